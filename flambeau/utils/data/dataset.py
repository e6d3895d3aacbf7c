"""Datasets: what a loader reads samples from, and ways to join, cut and split them.

A map-style `Dataset` answers `dataset[index]`; an `IterableDataset` is read from its beginning. Two further methods make a map-style
dataset fast, both optional:

- `__getitems__(indices) -> list of samples`: many samples in one call, as in PyTorch.
- `__getbatch__(indices) -> batch`: the collated batch itself. It must equal `default_collate([dataset[i] for i in indices])` bit for
  bit, random draws included, and may return NotImplemented, upon which the samples are read one by one. The loader asks for it only
  where it would have used `default_collate`, and only while no subclass has overridden `__getitem__` below it: see reading.batch_method.

Datasets whose batches are gathered from memory by arithmetic alone say how by `__getrecipe__()`, so that a thread may make the next
ones while the program computes: see recipe and ahead.

A dataset that comes from known files may say which by `content_key`, a hashable value: see leakcheck.
"""
from __future__ import annotations

import bisect
import itertools
import math
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

import flambeau
from flambeau import Generator, Tensor

from .collate import is_plain
from .reading import batch_method, length_of, many_samples, whole_batch
from .recipe import StackedRecipe, SubsetRecipe, TensorRecipe, recipe_of

__all__ = [
    "ChainDataset", "ConcatDataset", "Dataset", "IterableDataset", "StackDataset", "Subset", "TensorDataset", "random_split",
]

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Dataset(Generic[T_co]):
    """A map from an index (or any key that the sampler yields) to a sample.

    Subclasses define `__getitem__(self, index)`, and `__len__(self)` for the samplers that need to know how many there are.
    `a + b` is `ConcatDataset([a, b])`.
    """

    def __getitem__(self, index) -> T_co:
        raise NotImplementedError(f"Subclasses of Dataset should implement __getitem__. {type(self).__name__} does not.")

    def __add__(self, other: Dataset[T_co]) -> ConcatDataset[T_co]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co], Iterable[T_co]):
    """Samples that come as a stream: subclasses define `__iter__(self)`.

    With `num_workers > 0` each worker process iterates over a copy of its own, so `__iter__` has to take only the worker's share
    (`get_worker_info()` says which), else every sample comes once a worker. Where the dataset, or the iterator it returns, has
    `state_dict()` and `load_state_dict(state)`, a loader resumes by them instead of reading again what it had read.
    `a + b` is `ChainDataset([a, b])`.
    """

    def __add__(self, other: Dataset[T_co]) -> ChainDataset:
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Sample i is `(t[i] for t in tensors)`: tensors with first axes of one length.

    Raises AssertionError where the lengths differ.
    """

    tensors: tuple[Tensor, ...]

    def __init__(self, *tensors: Tensor) -> None:
        sizes = [tensor.size(0) for tensor in tensors]
        if any(size != sizes[0] for size in sizes):
            raise AssertionError(f"Size mismatch between tensors: the first axes have lengths {sizes}")
        self.tensors = tensors

    def __getitem__(self, index):
        return tuple(tensor[index] for tensor in self.tensors)

    def __getrecipe__(self) -> TensorRecipe | None:
        """One gather a tensor, in place of a stack of `len(indices)` rows."""
        return TensorRecipe(self) if self.tensors and all(map(is_plain, self.tensors)) else None

    def __getbatch__(self, indices: list[int]) -> list[Tensor]:
        """The same as tensors; of tensors that are more than the values of an array too, except those that want a gradient."""
        if any(tensor.requires_grad for tensor in self.tensors):
            return NotImplemented  # the graph of a batch is to show that rows were stacked
        rows = flambeau.from_numpy(np.array(indices, np.int64))
        return [tensor[rows] for tensor in self.tensors]

    def __len__(self) -> int:
        return self.tensors[0].size(0)


class StackDataset(Dataset):
    """Sample i is the tuple `(d[i] for d in datasets)`, or a dict of them where the datasets come by keyword.

    Raises ValueError for no dataset, for both kinds at once, and where lengths differ.
    """

    datasets: tuple | dict

    def __init__(self, *args: Dataset, **kwargs: Dataset) -> None:
        if args and kwargs:
            raise ValueError("Supported either ``tuple``- (via ``args``) or ``dict``- (via ``kwargs``) like input/output, "
                             "but both types are given.")
        if not args and not kwargs:
            raise ValueError("At least one dataset should be passed")
        self.datasets = args or kwargs
        lengths = [length_of(dataset, "StackDataset") for dataset in self._members()]
        if any(length != lengths[0] for length in lengths):
            raise ValueError(f"Size mismatch between datasets: their lengths are {lengths}")
        self._length = lengths[0]

    def _members(self) -> list:
        return list(self.datasets.values() if isinstance(self.datasets, dict) else self.datasets)

    def __getitem__(self, index):
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __getitems__(self, indices: list) -> list:
        columns = []
        for dataset in self._members():
            column = many_samples(dataset, indices)
            if len(column) != len(indices):
                raise ValueError(f"Nested dataset's output size mismatch. Expected {len(indices)}, got {len(column)}")
            columns.append(column)
        rows = zip(*columns, strict=True)
        if isinstance(self.datasets, dict):
            return [dict(zip(self.datasets, row, strict=True)) for row in rows]
        return list(rows)

    def __getrecipe__(self) -> StackedRecipe | None:
        recipes = [recipe_of(dataset) for dataset in self._members()]
        return None if any(recipe is None or recipe.words_each for recipe in recipes) else StackedRecipe(self, recipes)

    def __getbatch__(self, indices: list[int]) -> list | dict:
        if any(batch_method(dataset) is None for dataset in self._members()):
            return NotImplemented
        batches = [whole_batch(dataset, indices) for dataset in self._members()]
        if any(batch is NotImplemented for batch in batches):
            return NotImplemented
        return dict(zip(self.datasets, batches, strict=True)) if isinstance(self.datasets, dict) else batches

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[T_co]):
    """Datasets one after another. `cumulative_sizes[k]` is where dataset k ends.

    Raises AssertionError for no dataset and for an IterableDataset; `concat[i]` raises ValueError below -len and IndexError from len on.
    """

    datasets: list[Dataset[T_co]]
    cumulative_sizes: list[int]

    @staticmethod
    def cumsum(sequence: Iterable) -> list[int]:
        """Running totals of the lengths."""
        return list(itertools.accumulate(length_of(item, "ConcatDataset") for item in sequence))

    def __init__(self, datasets: Iterable[Dataset]) -> None:
        super().__init__()
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset")
        self.cumulative_sizes = self.cumsum(self.datasets)

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, idx):
        total = len(self)
        if idx < -total:
            raise ValueError("absolute value of index should not exceed dataset length")
        if idx >= total:
            raise IndexError(f"index {idx} is out of range for a ConcatDataset of {total} samples")
        if idx < 0:
            idx += total
        which = bisect.bisect_right(self.cumulative_sizes, idx)
        return self.datasets[which][idx - (self.cumulative_sizes[which - 1] if which else 0)]

    @property
    def cummulative_sizes(self) -> list[int]:
        """Old misspelt name of `cumulative_sizes`."""
        warnings.warn("`cummulative_sizes` attribute is renamed to `cumulative_sizes`", FutureWarning, stacklevel=2)
        return self.cumulative_sizes


class ChainDataset(IterableDataset):
    """Iterable datasets read one after another; raises AssertionError when it comes to one of another kind."""

    def __init__(self, datasets: Iterable[Dataset]) -> None:
        super().__init__()
        self.datasets = datasets

    def _checked(self) -> Iterable[IterableDataset]:
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError(f"ChainDataset only supports IterableDataset, but found {type(dataset).__name__}")
            yield dataset

    def __iter__(self):
        for dataset in self._checked():
            yield from dataset

    def __len__(self) -> int:
        return sum(length_of(dataset, "len(ChainDataset)") for dataset in self._checked())


class Subset(Dataset[T_co]):
    """Sample i is `dataset[indices[i]]`.

    A subclass that overrides `__getitem__` must override `__getitems__`, by which the loader reads, too:
    `def __getitems__(self, indices): return [self[i] for i in indices]`; else NotImplementedError is raised.
    """

    dataset: Dataset[T_co]
    indices: Sequence[int]

    def __init__(self, dataset: Dataset[T_co], indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices
        cls = type(self)
        if cls.__getitem__ is not Subset.__getitem__ and cls.__getitems__ is Subset.__getitems__:
            raise NotImplementedError(
                f"{cls.__name__} overrides __getitem__ but not __getitems__, by which DataLoader reads the samples of a Subset. "
                "Add to it: def __getitems__(self, indices): return [self[i] for i in indices]"
            )

    def __getitem__(self, idx):
        if isinstance(idx, list):
            return self.dataset[[self.indices[i] for i in idx]]
        return self.dataset[self.indices[idx]]

    def __getitems__(self, indices: list[int]) -> list[T_co]:
        return many_samples(self.dataset, [self.indices[i] for i in indices])

    def __getrecipe__(self) -> SubsetRecipe | None:
        inner = recipe_of(self.dataset) if type(self.indices) is list else None
        return None if inner is None else SubsetRecipe(self, inner)

    def __getbatch__(self, indices: list[int]) -> Any:
        rows = [self.indices[i] for i in indices]
        if any(type(row) is not int for row in rows):
            return NotImplemented
        return whole_batch(self.dataset, rows)

    def __len__(self) -> int:
        return len(self.indices)


def random_split(dataset: Dataset[T], lengths: Sequence[int | float],
                 generator: Generator | None = flambeau.default_generator) -> list[Subset[T]]:
    """Cut a dataset at random into Subsets of the given lengths.

    `lengths` are counts that add up to len(dataset), or fractions in [0, 1] that add up to 1. Fractions become
    floor(fraction * len(dataset)), and what is left is dealt out one by one from the first on. The order is one
    `randperm(len(dataset), generator=generator)`.

    Raises ValueError for lengths that do not add up and for a fraction outside [0, 1]; warns of a split that is empty.
    """
    total = length_of(dataset, "random_split")
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        counts = []
        for position, fraction in enumerate(lengths):
            if not 0 <= fraction <= 1:
                raise ValueError(f"Fraction at index {position} is not between 0 and 1: {fraction}")
            counts.append(math.floor(total * fraction))
        for extra in range(total - sum(counts)):
            counts[extra % len(counts)] += 1
        for position, count in enumerate(counts):
            if count == 0:
                warnings.warn(f"Length of split at index {position} is 0. This might result in an empty dataset.", stacklevel=2)
        lengths = counts
    if sum(lengths) != total:
        raise ValueError("Sum of input lengths does not equal the length of the input dataset! "
                         f"The lengths {list(lengths)} add up to {sum(lengths)}, the dataset has {total} samples")
    order = flambeau.randperm(total, generator=generator).tolist()
    ends = itertools.accumulate(lengths)
    return [Subset(dataset, order[end - length : end]) for end, length in zip(ends, lengths, strict=True)]
