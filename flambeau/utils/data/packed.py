"""A list for workers to share."""
from __future__ import annotations

import pickle
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

__all__ = ["PackedList", "warn_of_copies"]

DEEPEST = 8         # data sets in data sets that are looked into
MANY = 100_000      # elements below which a list is not looked at
LOOKED_AT = 16      # elements from whose size the size of all is guessed
MUCH = 1 << 30      # bytes of copies in all workers together that are worth a warning


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


def warn_of_copies(dataset: Any, num_workers: int) -> None:
    """Warn of a list (or tuple, or dict) of Python objects that the dataset holds and that forked workers will come to copy, if it is a large one."""
    for _ in range(DEEPEST):
        for name, value in getattr(dataset, "__dict__", {}).items():
            size = _size(value) if type(value) in (list, tuple, dict) and len(value) >= MANY else 0
            if size * num_workers >= MUCH:
                warnings.warn(
                    f"{type(dataset).__name__}.{name} is a {type(value).__name__} of {len(value):,} Python objects, some {size >> 20:,} MB, and each of the "
                    f"{num_workers} workers will come to hold a copy of it: to look at an object is to write its reference count, and memory that is "
                    "written to is not shared any more. flambeau.utils.data.PackedList(…) of it in the dataset's __init__ is shared by all", stacklevel=4)
                return
        if (dataset := getattr(dataset, "dataset", None)) is None:
            return


def _size(data: list | tuple | dict) -> int:
    """Bytes that the elements take, guessed from a few of them."""
    keys = iter(data)
    some = [next(keys) for _ in range(LOOKED_AT)]
    elements = [(key, data[key]) for key in some] if isinstance(data, dict) else some
    return sum(_deep(element, 3) for element in elements) * len(data) // LOOKED_AT


def _deep(value: Any, depth: int) -> int:
    if type(value) not in (list, tuple, dict, str, bytes, int, float):
        return 0  # None and the like are shared; arrays and tensors have their values elsewhere
    inside = (part for pair in value.items() for part in pair) if isinstance(value, dict) else value
    deeper = sum(_deep(part, depth - 1) for part in list(inside)[:LOOKED_AT]) if depth and type(value) in (list, tuple, dict) else 0
    return sys.getsizeof(value) + deeper
