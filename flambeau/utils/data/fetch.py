"""From the sampler's indices to a batch: reading the dataset, by whole batches where it can, and saying which sample failed."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .collate import is_default
from .dataset import IterableDataset, batch_method

__all__ = ["IterableFetcher", "MapFetcher", "make_fetcher"]

NAMED = 8  # indices named in a message


def class_name(dataset: Any) -> str:
    """The dataset's class, and what it wraps: `Subset of Faces`."""
    names = [type(dataset).__name__]
    while (dataset := getattr(dataset, "dataset", None)) is not None and len(names) < NAMED:
        names.append(type(dataset).__name__)
    return " of ".join(names)


def some(indices: Any) -> str:
    """The indices of a batch, the first few of many."""
    if not isinstance(indices, (list, tuple)):
        return str(indices)
    shown = ", ".join(map(str, indices[:NAMED]))
    return f"[{shown}, … {len(indices)} in all]" if len(indices) > NAMED else f"[{shown}]"


def _takes_no_index(dataset: Any) -> TypeError | None:
    """The error to raise where `__getitem__` of the dataset, or of one that it wraps, was defined without a parameter for the index."""
    while dataset is not None:
        code = getattr(getattr(type(dataset), "__getitem__", None), "__code__", None)
        if code is not None and code.co_argcount == 1 and not code.co_flags & 0x04:  # CO_VARARGS: no *args either
            name = type(dataset).__name__
            return TypeError(f"{name}.__getitem__ takes the sample's index: write `def __getitem__(self, index):` in {name}, "
                             f"where `def __getitem__({code.co_varnames[0]}):` was found")
        dataset = getattr(dataset, "dataset", None)
    return None


class MapFetcher:
    """Reads a map-style dataset: a batch for each list of indices, or one sample for each index without batching.

    What the dataset or the collate function raises passes through, with a note that names the sample and the dataset's class.
    """

    def __init__(self, dataset: Any, batched: bool, collate_fn: Callable) -> None:
        self.dataset, self.batched, self.collate_fn = dataset, batched, collate_fn
        self._whole = batch_method(dataset) if batched and is_default(collate_fn) else None

    def fetch(self, index: Any) -> Any:
        """The batch, or the sample, of the sampler's next item."""
        if self._whole is not None and all(type(i) is int for i in index):
            with _Noting(self.dataset, "while loading samples {} of {}", index):
                batch = self._whole(index)
            if batch is not NotImplemented:
                return batch
        data = self._read_all(index) if self.batched else self._read(index)
        with _Noting(self.dataset, "while collating samples {} of {}" if self.batched else "while converting sample {} of {}", index):
            return self.collate_fn(data)

    def _read(self, index: Any) -> Any:
        with _Noting(self.dataset, "while loading sample {} of {}", index):
            return self.dataset[index]

    def _read_all(self, indices: Any) -> list:
        dataset = self.dataset
        if getattr(dataset, "__getitems__", None):
            with _Noting(dataset, "while loading samples {} of {}", indices):
                return dataset.__getitems__(indices)
        samples: list = []
        index = None
        try:
            for index in indices:
                samples.append(dataset[index])
        except Exception as error:
            _Noting(dataset, "while loading sample {} of {}", index).note(error)
            raise
        return samples

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
        with _Noting(self.dataset, "while collating samples up to number {} of {}", self._read - 1):
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
            _Noting(self.dataset, "while loading sample number {} of {}", self._read).note(error)
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


class _Noting:
    """Adds to an error which sample of which dataset was at hand; `str(error)` stays what it was."""

    def __init__(self, dataset: Any, text: str, index: Any) -> None:
        self.dataset, self.text, self.index = dataset, text, index

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, StopIteration):
            self.note(error)

    def note(self, error: Exception) -> None:
        """Add the note; raise the plainer error where the cause is a `__getitem__` without the index."""
        if isinstance(error, TypeError) and (plainer := _takes_no_index(self.dataset)) is not None:
            raise plainer from error
        error.add_note(self.text.format(some(self.index), class_name(self.dataset)))
