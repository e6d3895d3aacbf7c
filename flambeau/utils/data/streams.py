"""Data sets larger than memory: samples that come as streams from many files, shared out, shuffled and resumed alike.

A stream has units that can be read on their own (a tar file, a row group of a Parquet file). Of R ranks with W workers each, every unit
goes to one, in turn; where there are fewer units than takers, all of them read each unit and every k-th sample is one's own. Either
way each sample comes exactly once.
"""
from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import flambeau

from .dataset import IterableDataset
from .info import get_worker_info
from .sampler import draw_seed

__all__ = ["Stream"]


class Stream(IterableDataset):
    """The base: subclasses define `units()` and `read(unit)`, which yields the samples of one before they are decoded, and may override
    `decode(sample)`.

    shuffle: 0 keeps the order; n shuffles the units and passes samples through a buffer of n, of which a random one comes next. The order is drawn from
    the default generator at the beginning of each pass, so it follows from the seed and differs from pass to pass.
    transform: applied to each decoded sample. rank, world: this process's number and how many there are; by default the process group's, if
    there is one.

    An iterator over it can say where it stands, so a loader resumes without decoding again what had been read.
    """

    def __init__(self, shuffle: int = 0, transform: Callable | None = None, rank: int | None = None, world: int | None = None) -> None:
        group = getattr(flambeau, "distributed", None)
        grouped = group is not None and group.is_available() and group.is_initialized()
        self.rank = (group.get_rank() if grouped else 0) if rank is None else rank
        self.world = (group.get_world_size() if grouped else 1) if world is None else world
        if shuffle < 0:
            raise ValueError(f"shuffle is the length of the buffer, 0 or more, not {shuffle}")
        if not 0 <= self.rank < self.world:
            raise ValueError(f"rank must lie between 0 and world - 1, found rank={self.rank}, world={self.world}")
        self.shuffle, self.transform = shuffle, transform

    def units(self) -> Sequence[Any]:
        """What can be read on its own."""
        raise NotImplementedError(f"{type(self).__name__} must define units(self)")

    def read(self, unit: Any) -> Iterator[Any]:
        """The samples of a unit, in their order."""
        raise NotImplementedError(f"{type(self).__name__} must define read(self, unit)")

    def decode(self, sample: Any) -> Any:
        """What a program gets of a sample that `read` gave."""
        return sample

    def __iter__(self) -> StreamIterator:
        return StreamIterator(self)

    def share(self, worker: int, workers: int) -> tuple[list[Any], list[tuple[int, int]]]:
        """(units to read, [(place, of how many), …] by which their samples are divided further) of one worker of this rank."""
        units, divided = list(self.units()), []
        for place, takers in ((self.rank, self.world), (worker, workers)):
            if len(units) >= takers:
                units = units[place::takers]
            else:
                divided.append((place, takers))
        return units, divided


class StreamIterator:
    """One pass. `state_dict` says how far it is."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._seed: int | None = None  # drawn for the first sample: an iterator that is put elsewhere draws none
        self._given = 0
        self._samples: Iterator[Any] | None = None

    def __iter__(self) -> StreamIterator:
        return self

    def __next__(self) -> Any:
        if self._samples is None:
            self._seed = draw_seed() if self._stream.shuffle else 0
            self._samples = self._raw()
        sample = next(self._samples)
        self._given += 1
        sample = self._stream.decode(sample)
        return sample if self._stream.transform is None else self._stream.transform(sample)

    def _raw(self) -> Iterator[Any]:
        info, stream = get_worker_info(), self._stream
        units, divided = stream.share(info.id if info else 0, info.num_workers if info else 1)
        draws = random.Random(f"units {self._seed}")
        if stream.shuffle:
            draws.shuffle(units)
        samples: Iterator[Any] = itertools.chain.from_iterable(map(stream.read, units))
        for place, takers in divided:
            samples = itertools.islice(samples, place, None, takers)
        return _mixed(samples, stream.shuffle, draws) if stream.shuffle else samples

    def state_dict(self) -> dict[str, Any]:
        """How far the pass is."""
        return {"seed": self._seed, "given": self._given}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go there: what comes before is read, and not decoded."""
        self._seed, self._given = state["seed"], state["given"]
        if self._seed is None:
            return
        self._samples = self._raw()
        next(itertools.islice(self._samples, self._given, self._given), None)


def _mixed(samples: Iterator[Any], size: int, draws: random.Random) -> Iterator[Any]:
    """The samples in an order that is random over some `size` of them."""
    buffer = list(itertools.islice(samples, size))
    for sample in samples:
        place = draws.randrange(size)
        buffer[place], sample = sample, buffer[place]
        yield sample
    draws.shuffle(buffer)
    yield from buffer
