"""A compiled program on memory that stays where it is: its buffers are put into place once, and each run is one native call.

For programs that are replayed (flambeau.traced): the state that they update lies in the same arrays from call to call. Before each run two short
native calls see that nobody else has come to hold that memory since; else the caller takes the general way (Executable), which copies.
"""
from __future__ import annotations

import ctypes

import numpy as np

from . import driver, jit
from .ir import Function, Module, Value


class Direct:
    """One native segment that is all of a program.

    rows: the list of buffers that the segment reads, to be filled in. place: the row of a leaf or of a result (by its slot) in it. fresh: (slot,
    shape, type) of the results that need a new array each time; in_place: of each other result the leaf whose memory it takes.
    """

    def __init__(self, executable, results):
        native, = executable.steps
        *slots, _ = native.rows
        self.segment, self.counter = native.segment, native.counter
        self.place = {slot: row for row, slot in enumerate(slots)}
        self.rows: list = [_HOLE] * len(slots) + [_aligned(executable.arena_bytes), native.counter]
        self.fresh = [f for f in executable.fresh if f[0] in self.place]
        self.in_place = dict(executable.replaced)
        self.results, self.leaves = results, executable.leaves

        self.fitness = driver.Fitness(len(self.rows), [self.place[slot] for slot in self.in_place if slot in self.place], _HOLDERS)
        self.looks = looks()

    def put(self, buffers: dict[int, np.ndarray]) -> None:
        """Put the buffers of leaves into place, and with them those of the results that take their memory."""
        self._also = []
        for leaf, buffer in buffers.items():
            if leaf in self.place:
                self.rows[self.place[leaf]] = buffer
        for slot, leaf in self.in_place.items():
            self.rows[self.place[slot]] = buffers[leaf]
            if leaf not in self.place:
                self._also.append(buffers[leaf])        # so that all are held equally often

    def look(self) -> tuple:
        """A function and its arguments that says how many buffers are not as the machine code needs them: of those that it writes to, one node and
        this object may hold each, and nobody else."""
        return self.fitness._call, id(self.rows), self.fitness._address


_HOLDERS = 3            # of a buffer that is written to: its node, and two places here
_HOLE = np.zeros(0, np.uint8)


def _aligned(nbytes: int) -> np.ndarray:
    found = np.empty(nbytes + 128, np.uint8)
    return found[-found.ctypes.data % 64:]


def direct(executable) -> Direct | None:
    """The program as one native call, or None where it takes more than that."""
    results = executable.results
    if driver.layout() is None or len(executable.steps) != 1 or not hasattr(executable.steps[0], "segment"):
        return None
    rows = set(executable.steps[0].rows)
    if len(set(results)) < len(results) or any(slot < executable.leaves or slot not in rows for slot in results):
        return None
    return Direct(executable, results)


# ------------------------------------------------------------------------------------------------------------------ native looks
class _Looks:
    """Two questions asked of Python's objects by machine code."""

    def __init__(self):
        code = jit.library(f"looks {driver.layout()}", _write, ("_held", "_outside"), title="looks")
        word = ctypes.c_void_p
        self.held = ctypes.PYFUNCTYPE(ctypes.c_int64, word, ctypes.c_int64)(code["_held"])
        self.outside = ctypes.PYFUNCTYPE(ctypes.c_int64, word, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(code["_outside"])


_made: list[_Looks] = []


def looks() -> _Looks:
    """The native looks, compiled when first needed."""
    if not _made:
        _made.append(_Looks())
    return _made[0]


def _write(module: Module, name: str, machine) -> None:
    _held(module, f"{name}_held")
    _outside(module, f"{name}_outside")


def _held(module: Module, name: str) -> None:
    """`i64 held(ptr list, i64 most)`: how many of a list's objects have more references than that."""
    f = Function(module, name, [("ptr", "list"), ("i64", "most")], "i64")
    items, *_ = driver.layout()
    objects = driver._field(f, Value("ptr", "%list"), items, "ptr")
    count = f.variable("i64", f.index(0), 8)
    with f.loop(0, driver._field(f, Value("ptr", "%list"), 16)) as k:
        references = f.convert("zext", driver._field(f, f.load("ptr", f.at(objects, k, "ptr")), 0, "i32"), "i64")
        f.store(f.add(f.load("i64", count), f.convert("zext", f.compare("sgt", references, Value("i64", "%most")), "i64")), count)
    f.finish(f.load("i64", count))


def _outside(module: Module, name: str) -> None:
    """`i64 outside(ptr array, i64 n, i64 low, i64 high)`: how many of the n int64 numbers of a contiguous array are not in low … high."""
    f = Function(module, name, [("ptr", "array"), ("i64", "n"), ("i64", "low"), ("i64", "high")], "i64")
    _, _, memory, _ = driver.layout()
    data = driver._field(f, Value("ptr", "%array"), memory, "ptr")
    count = f.variable("i64", f.index(0), 8)
    with f.loop(0, Value("i64", "%n")) as k:
        number = f.load("i64", f.at(data, k, "i64"))
        bad = f.op("or", f.compare("slt", number, Value("i64", "%low")), f.compare("sgt", number, Value("i64", "%high")))
        f.store(f.add(f.load("i64", count), f.convert("zext", bad, "i64")), count)
    f.finish(f.load("i64", count))


__all__ = ["Direct", "direct", "looks"]
