"""A list for workers to share."""
from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

__all__ = ["PackedList"]


class PackedList(Sequence):
    """A read-only list of Python objects that forked workers read without copying it.

    A forked worker shares the memory of its parent until one of them writes to it, and to look at a Python object is to write: its
    reference count lies beside it. So a list of a million dicts is copied, page by page, into every worker that reads it. Here
    all elements lie pickled, one after another, in one array, which nobody writes to; `packed[i]` unpickles one. Spawned workers
    receive the array as one piece.

        self.records = PackedList(records)   # in the dataset's __init__
    """

    def __init__(self, items: Iterable) -> None:
        pieces = [pickle.dumps(item, pickle.HIGHEST_PROTOCOL) for item in items]
        self._bytes = np.frombuffer(b"".join(pieces), np.uint8)
        self._ends = np.cumsum([len(piece) for piece in pieces], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        n = len(self)
        position = index + n if index < 0 else index
        if not 0 <= position < n:
            raise IndexError(f"index {index} is out of range for a PackedList of {n} elements")
        start = self._ends[position - 1] if position else 0
        return pickle.loads(self._bytes[start : self._ends[position]].data)

    def __iter__(self) -> Iterator:
        return (self[position] for position in range(len(self)))

    def __repr__(self) -> str:
        return f"PackedList({len(self)} elements, {self._bytes.nbytes + self._ends.nbytes} bytes)"
