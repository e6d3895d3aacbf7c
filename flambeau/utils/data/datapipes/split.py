"""One pipe read as several: `fork` gives every sample to each child, `demux` each sample to one of them."""
from __future__ import annotations

import copy
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from .pipe import IterDataPipe, functional_datapipe

__all__ = ["DemultiplexerIterDataPipe", "ForkerIterDataPipe"]

_COPIES: dict[str | None, Callable] = {None: lambda sample: sample, "shallow": copy.copy, "deep": copy.deepcopy}


class _Shared(IterDataPipe):
    """The source of several children, and what waits for each of them. A pass ends when a child that is in it begins anew."""

    def __init__(self, datapipe: IterDataPipe, num_instances: int, deal: Callable[[Any], list[tuple[int, Any]]], buffer_size: int, name: str) -> None:
        self.main_datapipe, self.num_instances, self._deal = datapipe, num_instances, deal
        self.buffer_size, self._name = buffer_size, name
        self.epoch = 0
        self.reset()

    def reset(self) -> None:
        self._samples: Iterator | None = None
        self._waiting: list[deque] = [deque() for _ in range(self.num_instances)]
        self._ended: set[int] = set()

    def __getstate__(self) -> dict:
        return {**vars(self), "_samples": None, "_waiting": [deque() for _ in self._waiting], "_ended": set()}

    def begin(self, joined: int) -> int:
        """The pass that a child begins that was in pass `joined` before: the one under way, or a new one."""
        if joined == self.epoch:
            if self._samples is not None and len(self._ended) < self.num_instances:
                warnings.warn("Some child DataPipes are not exhausted when __iter__ is called. We are resetting the buffer and each child "
                              "DataPipe will read from the start again.", UserWarning, stacklevel=4)
            self.epoch += 1
            self.reset()
        return self.epoch

    def next_for(self, instance: int) -> Any:
        """The next sample of a child. StopIteration at the end; BufferError where others are too far behind."""
        if self._samples is None:
            self._samples = iter(self.main_datapipe)
        waiting = self._waiting[instance]
        while not waiting:
            try:
                sample = next(self._samples)
            except StopIteration:
                self._ended.add(instance)
                raise
            for to, given in self._deal(sample):
                self._waiting[to].append(given)
            self._check_room(instance)
        return waiting.popleft()

    @staticmethod
    def _waits(others: list[int]) -> int:
        """How much of the buffer is taken, by the samples that wait for each of the others."""
        return sum(others)

    def _check_room(self, reader: int) -> None:
        if 0 <= self.buffer_size < self._waits([len(waiting) for child, waiting in enumerate(self._waiting) if child != reader]):
            raise BufferError(f"{self._name} buffer overflow, buffer size {self.buffer_size} is insufficient: read the children side by side, "
                              "or ask for a larger buffer_size (-1: without limit).")


class _ChildDataPipe(IterDataPipe):
    """One of the pipes that `fork` and `demux` give."""

    def __init__(self, main_datapipe: _Shared, instance_id: int) -> None:
        self.main_datapipe, self.instance_id, self._epoch = main_datapipe, instance_id, -1

    def __iter__(self) -> Iterator:
        main = self.main_datapipe
        epoch = self._epoch = main.begin(self._epoch)
        while True:
            if epoch != main.epoch:
                raise RuntimeError("This iterator has been invalidated, because a new iterator has been created from one of the ChildDataPipes of "
                                   f"{main.main_datapipe!r}.")
            try:
                sample = main.next_for(self.instance_id)
            except StopIteration:
                return
            yield sample

    def __len__(self) -> int:
        if main_length := getattr(self.main_datapipe, "length", None):
            return main_length()
        raise TypeError(f"{type(self).__name__} instance doesn't have valid length")


class _ForEach:
    """Every child gets a sample, or a copy of it."""

    def __init__(self, num_instances: int, kind: str | None) -> None:
        if kind not in _COPIES:
            raise ValueError(f"Unknown copy method `{kind}` requested, choose one of None, `shallow` or `deep`.")
        self.num_instances, self.kind = num_instances, kind

    def __call__(self, sample: Any) -> list[tuple[int, Any]]:
        return [(child, _COPIES[self.kind](sample)) for child in range(self.num_instances)]


class _ForOne:
    """The child whose number the classifier says gets the sample."""

    def __init__(self, num_instances: int, classifier_fn: Callable, drop_none: bool) -> None:
        self.num_instances, self.classifier_fn, self.drop_none = num_instances, classifier_fn, drop_none

    def __call__(self, sample: Any) -> list[tuple[int, Any]]:
        child = self.classifier_fn(sample)
        if child is None and self.drop_none:
            return []
        if child is None or not 0 <= child < self.num_instances:
            raise ValueError(f"Output of the classification fn should be between 0 and {self.num_instances - 1}. {child} is returned.")
        return [(int(child), sample)]


def _unlimited(buffer_size: int, name: str) -> None:
    if buffer_size < 0:
        warnings.warn(f"Unlimited buffer size is set for `{name}`, please be aware of OOM at random places", UserWarning, stacklevel=3)


@functional_datapipe("fork")
class ForkerIterDataPipe(IterDataPipe):
    """`num_instances` pipes of the same samples; at most `buffer_size` samples may one be ahead of another. copy: None, "shallow" or "deep"."""

    def __new__(cls, datapipe: IterDataPipe, num_instances: int, buffer_size: int = 1000, copy: str | None = None):
        if num_instances < 1:
            raise ValueError(f"Expected `num_instances` larger than 0, but {num_instances} is found")
        if num_instances == 1:
            return datapipe
        _unlimited(buffer_size, "fork")
        shared = _Forked(datapipe, num_instances, _ForEach(num_instances, copy), buffer_size, "ForkerIterDataPipe")
        return [_ChildDataPipe(shared, child) for child in range(num_instances)]


class _Forked(_Shared):
    @staticmethod
    def _waits(others: list[int]) -> int:
        return max(others)  # all wait for the same samples

    def length(self) -> int:
        return len(self.main_datapipe)


@functional_datapipe("demux")
class DemultiplexerIterDataPipe(IterDataPipe):
    """`num_instances` pipes, of which each sample goes to the one whose number classifier_fn(sample) is; None is an error, or dropped."""

    def __new__(cls, datapipe: IterDataPipe, num_instances: int, classifier_fn: Callable, drop_none: bool = False, buffer_size: int = 1000):
        if num_instances < 1:
            raise ValueError(f"Expected `num_instances` larger than 0, but {num_instances} is found")
        if not callable(classifier_fn):
            raise TypeError(f"A callable function is expected, but {type(classifier_fn)} is provided.")
        _unlimited(buffer_size, "demux")
        shared = _Shared(datapipe, num_instances, _ForOne(num_instances, classifier_fn, drop_none), buffer_size, "DemultiplexerIterDataPipe")
        return [_ChildDataPipe(shared, child) for child in range(num_instances)]
