"""Samplers: the order in which a loader reads a dataset.

All of them draw from flambeau's generators, in the order and by the calls that PyTorch makes, so a seed gives the same order.
"""
from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Generic, TypeVar

import flambeau

from .reading import length_of

__all__ = ["BatchSampler", "RandomSampler", "Sampler", "SequentialSampler", "SubsetRandomSampler", "WeightedRandomSampler"]

T_co = TypeVar("T_co", covariant=True)

DRAWN_AT_ONCE = 32  # indices a call of randint in RandomSampler(replacement=True), part of the order


def _parts(total: int, size: int) -> Iterator[int]:
    """`size` as often as it goes into `total`, then the rest, be it 0. Programs ask for 10 ** 10 samples to have a pass that never ends."""
    return itertools.chain(itertools.repeat(size, total // size), (total % size,))


def _is_count(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


class Sampler(Generic[T_co]):
    """An iterable of indices, or of lists of them (a batch sampler).

    Subclasses define `__iter__`, and `__len__` where the number is known. One that has `state_dict()` and `load_state_dict(state)`
    is asked for its own position when a loader is saved; of others the loader remembers the random state at the start of the pass
    and draws again as many as had been used.
    """

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError(f"Subclasses of Sampler should implement __iter__. {type(self).__name__} does not.")


class SequentialSampler(Sampler[int]):
    """0, 1, … len(data_source) - 1."""

    data_source: Sized

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(length_of(self.data_source, "SequentialSampler")))

    def __len__(self) -> int:
        return length_of(self.data_source, "SequentialSampler")


class RandomSampler(Sampler[int]):
    """Indices at random: permutations of all, as many as give `num_samples` (default len(data_source)), or with `replacement`
    independent draws.

    Without `generator` each pass draws a seed from the default generator and shuffles by a fresh generator of that seed.
    Raises TypeError for a `replacement` that is no bool, ValueError for `num_samples` below 1.
    """

    data_source: Sized
    replacement: bool

    def __init__(self, data_source: Sized, replacement: bool = False, num_samples: int | None = None, generator=None) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        if not isinstance(self.num_samples, int) or self.num_samples <= 0:
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={self.num_samples}")

    @property
    def num_samples(self) -> int:
        """How many indices a pass yields; follows a dataset that grows."""
        return length_of(self.data_source, "RandomSampler") if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        n, wanted, generator = length_of(self.data_source, "RandomSampler"), self.num_samples, self.generator
        if generator is None:
            generator = flambeau.Generator()
            generator.manual_seed(draw_seed())
        if self.replacement:
            for count in _parts(wanted, DRAWN_AT_ONCE):
                yield from flambeau.randint(high=n, size=(count,), dtype=flambeau.int64, generator=generator).tolist()
        else:
            # The last permutation is drawn even where none of it is needed: a generator of the user's is left where PyTorch leaves it.
            for count in _parts(wanted, n):
                yield from flambeau.randperm(n, generator=generator).tolist()[:count]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """The given indices in random order, each once."""

    indices: Sequence[int]

    def __init__(self, indices: Sequence[int], generator=None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for position in flambeau.randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[position]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """`num_samples` indices of 0 … len(weights) - 1, index i with probability weights[i] / sum(weights).

    Without replacement an index comes at most once. Raises ValueError for `num_samples` below 1, a `replacement` that is no bool,
    and weights that are no 1-d sequence.
    """

    weights: flambeau.Tensor
    num_samples: int
    replacement: bool

    def __init__(self, weights: Sequence[float], num_samples: int, replacement: bool = True, generator=None) -> None:
        if not _is_count(num_samples):
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={num_samples}")
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.weights = flambeau.as_tensor(weights, dtype=flambeau.float64)
        if self.weights.dim() != 1:
            raise ValueError(f"weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}")
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        yield from flambeau.multinomial(self.weights, self.num_samples, self.replacement, generator=self.generator).tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Lists of `batch_size` indices that another sampler, or any iterable, yields; a short last list is dropped if `drop_last`.

    Raises ValueError for a `batch_size` that is no positive integer and a `drop_last` that is no bool.
    """

    def __init__(self, sampler: Sampler[int] | Iterable[int], batch_size: int, drop_last: bool) -> None:
        if not _is_count(batch_size):
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                break
            yield batch

    def __len__(self) -> int:
        n = length_of(self.sampler, "BatchSampler")
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)


def draw_seed(generator=None) -> int:
    """A seed in [0, 2**63) from the generator, or from the default one."""
    return int(flambeau.empty((), dtype=flambeau.int64).random_(generator=generator).item())
