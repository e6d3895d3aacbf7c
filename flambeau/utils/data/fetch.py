"""From the sampler's indices to a batch: reading the dataset, by whole batches where it can, and saying which sample failed."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .collate import is_default
from .dataset import IterableDataset
from .reading import batch_method, explain, many_samples, noting
from .recipe import Recipe, carry_out, recipe_of

__all__ = ["IterableFetcher", "MapFetcher", "make_fetcher"]


class MapFetcher:
    """Reads a map-style dataset: a batch for each list of indices, or one sample for each index without batching.

    What the dataset or the collate function raises passes through, with a note that names the sample and the dataset's class.
    """

    def __init__(self, dataset: Any, batched: bool, collate_fn: Callable) -> None:
        self.dataset, self.batched, self.collate_fn = dataset, batched, collate_fn
        self._whole = batch_method(dataset) if batched and is_default(collate_fn) else None
        self._recipe: Recipe | None = None
        self.recipes = self._whole is not None and hasattr(dataset, "__getrecipe__")  # it may have one; its transforms can change

    def recipe(self) -> Recipe | None:
        """How the dataset makes whole batches now, if it says so; else None."""
        recipe = self._recipe
        if self.recipes and (recipe is None or not recipe.is_current()):
            recipe = self._recipe = recipe_of(self.dataset)
        return recipe

    def fetch(self, index: Any) -> Any:
        """The batch, or the sample, of the sampler's next item."""
        dataset = self.dataset
        if not self.batched:
            with noting("while loading sample {} of {}", index, dataset):
                return self.collate_fn(dataset[index])
        if self._whole is not None and set(map(type, index)) == {int}:
            try:
                recipe = self.recipe()
                batch = self._whole(index) if recipe is None else carry_out(recipe, index)
            except StopIteration:
                raise
            except Exception as error:
                explain(error, "while loading samples {} of {}", index, dataset)
                raise
            if batch is not NotImplemented:
                return batch
        samples = many_samples(dataset, index)
        with noting("while collating samples {} of {}", index, dataset):
            return self.collate_fn(samples)

    @property
    def stateful(self) -> bool:
        """Whether the dataset keeps a state of its own."""
        return has_state(self.dataset)

    def state(self) -> Any:
        """The dataset's own state where it has one."""
        return self.dataset.state_dict() if self.stateful else None

    def resume(self, state: Any, batches: int, item: Any) -> None:
        """Put the dataset where it was. Nothing else depends on what was read before."""
        if state is not None:
            self.dataset.load_state_dict(state)


class IterableFetcher:
    """Reads an iterable dataset from its beginning: StopIteration at its end."""

    def __init__(self, dataset: Any, batched: bool, collate_fn: Callable, drop_last: bool) -> None:
        self.dataset, self.batched, self.collate_fn, self.drop_last = dataset, batched, collate_fn, drop_last
        self._samples = iter(dataset)
        self._read = 0
        self._ended = False

    def fetch(self, index: Any) -> Any:
        """The next batch, of as many samples as `index` has places."""
        data = self._take(index)
        with noting("while collating samples up to number {} of {}", self._read - 1, self.dataset):
            return self.collate_fn(data)

    def _take(self, index: Any) -> Any:
        if self._ended:
            raise StopIteration
        if not self.batched:
            return self._next()
        samples: list = []
        try:
            while len(samples) < len(index):
                samples.append(self._next())
        except StopIteration:
            self._ended = True
        if not samples or (self.drop_last and len(samples) < len(index)):
            raise StopIteration
        return samples

    def _next(self) -> Any:
        try:
            sample = next(self._samples)
        except StopIteration:
            raise
        except Exception as error:
            explain(error, "while loading sample number {} of {}", self._read, self.dataset)
            raise
        self._read += 1
        return sample

    @property
    def stateful(self) -> bool:
        """Whether the iterator or the dataset keeps a state of its own."""
        return has_state(self._samples) or has_state(self.dataset)

    def state(self) -> Any:
        """The state of the iterator, or of the dataset, where one has it."""
        if not self.stateful:
            return None
        owner = self._samples if has_state(self._samples) else self.dataset
        return {"read": self._read, "state": owner.state_dict()}

    def resume(self, state: Any, batches: int, item: Any) -> None:
        """Go to where the stream was: by its own state, else by reading what had been read again."""
        if state is None:
            for _ in range(batches):
                self._take(item)
            return
        if has_state(self._samples):
            self._samples.load_state_dict(state["state"])
        else:
            self.dataset.load_state_dict(state["state"])
            self._samples = iter(self.dataset)
        self._read = state["read"]


def has_state(thing: Any) -> bool:
    """Whether it can say where it stands and return there."""
    return callable(getattr(thing, "state_dict", None)) and callable(getattr(thing, "load_state_dict", None))


def make_fetcher(dataset: Any, batched: bool, collate_fn: Callable, drop_last: bool) -> MapFetcher | IterableFetcher:
    """The reader for a dataset of its kind."""
    if isinstance(dataset, IterableDataset):
        return IterableFetcher(dataset, batched, collate_fn, drop_last)
    return MapFetcher(dataset, batched, collate_fn)
