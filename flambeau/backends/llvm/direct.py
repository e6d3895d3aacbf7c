"""A compiled program on memory that stays where it is: its buffers are put into place once, and each run is one native call.

For programs that are replayed (flambeau.traced): the state that they update lies in the same arrays from call to call. Before each run two short
native calls see that nobody else has come to hold that memory since; else the caller takes the general way (Executable), which copies.
"""
from __future__ import annotations

import ctypes
import sys
from collections import OrderedDict
from functools import cache

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

    def clear(self) -> None:
        """Let go of all buffers."""
        self._also = []
        self.rows[:-2] = [_HOLE] * (len(self.rows) - 2)

    def watch(self, dictionaries: list, nodes: list, holders: int, bounds: list[tuple[int, int, int, int]]) -> bool:
        """Say what `ready` looks at; True if it can tell that dictionaries have changed.

        nodes: objects that at most `holders` may hold; bounds: (row, how many int64 numbers, the least, the greatest).
        """
        told = dictionaries if versions_tell() else []
        self._held = dictionaries, nodes
        self._versions = np.zeros((max(len(told), 1), 2), np.int64)
        self._versions[:len(told), 0] = [_dictionary(d) for d in told]
        limits = np.array(bounds, np.int64).reshape(-1, 4)
        self.table = np.array([len(told), 0, self._versions.ctypes.data, id(self.rows), self.fitness._address, driver.native().code["_fit"], id(nodes), holders,
                               len(bounds), *limits.reshape(-1)], np.int64)
        return bool(told) or not dictionaries

    def ready(self):
        """The function that says whether a run may begin, and the address that it takes: READY; CHANGED, which is so until table[1] is 1; HELD, if a buffer
        is not as the machine code needs it, or somebody else holds what it writes to; OUTSIDE, if a number is out of bounds.
        """
        return looks().ready, self.table.ctypes.data


READY, CHANGED, HELD, OUTSIDE = range(4)
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
_VERSION, _INNER = 24, 16           # where CPython 3.11 and 3.12 keep a dictionary's version, and a mapping proxy what it stands for


def _dictionary(holder) -> int:
    """The address of a dictionary, or of the one that a class's mapping proxy stands for."""
    return id(holder) if isinstance(holder, dict) else ctypes.c_uint64.from_address(id(holder) + _INNER).value


@cache
def versions_tell() -> bool:
    """Whether every change of a dictionary, and nothing else, gives it another version, at the place where CPython 3.11 keeps that. (The order of an
    OrderedDict is kept elsewhere.)"""
    if driver.layout() is None or sys.version_info[:2] not in ((3, 11), (3, 12)):
        return False

    class Probe:
        """An object and a class whose dictionaries are changed."""

    probe, seen = Probe(), []
    dictionaries = [{"a": 1, "b": 2.0}, probe.__dict__, Probe.__dict__, OrderedDict(a=1, b=2)]

    def versions():
        return [ctypes.c_uint64.from_address(_dictionary(d) + _VERSION).value for d in dictionaries]
    plain = dictionaries[0]

    def read():
        return plain.get("a"), plain.get("c"), len(plain), [*plain], getattr(probe, "x", 0), Probe.__name__, dictionaries[3].get("a")

    def step(k, change):
        before = versions()
        read()
        still = versions() == before
        change()
        after = versions()
        seen.append(still and after[k] != before[k] and all(a == b for n, (a, b) in enumerate(zip(after, before, strict=True)) if n != k))
    for change in (lambda: plain.__setitem__("c", 3), lambda: plain.__setitem__("a", 5), lambda: plain.pop("c"), lambda: plain.update(a=6),
                   lambda: plain.setdefault("d", 1), lambda: plain.__delitem__("d"), lambda: plain.popitem(), lambda: plain.__ior__({"z": 1}), plain.clear):
        step(0, change)
    for change in (lambda: setattr(probe, "x", 1), lambda: setattr(probe, "x", 2), lambda: delattr(probe, "x"), lambda: vars(probe).__setitem__("y", 1)):
        step(1, change)
    for change in (lambda: setattr(Probe, "x", 1), lambda: setattr(Probe, "x", 2), lambda: delattr(Probe, "x")):
        step(2, change)
    for change in (lambda: dictionaries[3].__setitem__("a", 7), lambda: dictionaries[3].popitem()):
        step(3, change)
    for value in (1, 2):                # as attributes are written in loops
        before = versions()
        for _ in range(3):
            probe.z = value
        seen.append(versions()[1] != before[1])
    return all(seen)


class _Looks:
    """A question asked of Python's objects by machine code."""

    def __init__(self):
        code = jit.library(f"looks {driver.layout()}", _write, ("_ready",), title="looks")
        self.ready = ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(code["_ready"])


_made: list[_Looks] = []


def looks() -> _Looks:
    """The native looks, compiled when first needed."""
    if not _made:
        _made.append(_Looks())
    return _made[0]


def _write(module: Module, name: str, machine) -> None:
    """`i64 name_ready(ptr table)`, whose words `Direct.watch` lists."""
    f = Function(module, f"{name}_ready", [("ptr", "table")], "i64")
    table = Value("ptr", "%table")
    items, _, memory, _ = driver.layout()

    def leave(condition: Value, answer: int) -> None:
        with f.when(condition):
            f.do(f"ret i64 {answer}")
            f.label(f.fresh())

    changed = f.variable("i64", f.index(0), 8)
    pairs = driver._field(f, table, 16, "ptr")
    with f.loop(0, driver._field(f, table, 0)) as k:
        pair = f.at(pairs, f.mul(k, 2), "i64")
        version = driver._field(f, f.load("ptr", pair), _VERSION)
        known = f.at(pair, 1, "i64")
        f.store(f.op("or", f.load("i64", changed), f.op("xor", version, f.load("i64", known))), changed)
        f.store(version, known)
    valid = f.at(table, 1, "i64")
    doubt = f.op("or", f.compare("ne", f.load("i64", changed), f.index(0)), f.compare("eq", f.load("i64", valid), f.index(0)))
    with f.when(doubt):
        f.store(f.index(0), valid)
        f.do(f"ret i64 {CHANGED}")
        f.label(f.fresh())
    rows, wishes, fit = (driver._field(f, table, offset, "ptr") for offset in (24, 32, 40))
    leave(f.compare("ne", f.emit("i64", f"call i64 {fit.name}(ptr {rows.name}, ptr {wishes.name})"), f.index(0)), HELD)
    nodes, most = driver._field(f, table, 48, "ptr"), driver._field(f, table, 56)
    objects = driver._field(f, nodes, items, "ptr")
    count = f.variable("i64", f.index(0), 8)
    with f.loop(0, driver._field(f, nodes, 16)) as k:
        references = f.convert("zext", driver._field(f, f.load("ptr", f.at(objects, k, "ptr")), 0, "i32"), "i64")
        f.store(f.add(f.load("i64", count), f.convert("zext", f.compare("sgt", references, most), "i64")), count)
    leave(f.compare("ne", f.load("i64", count), f.index(0)), HELD)
    arrays = driver._field(f, rows, items, "ptr")
    with f.loop(0, driver._field(f, table, 64)) as k:
        limit = f.at(table, f.add(f.mul(k, 4), 9), "i64")
        row, n, low, high = (f.load("i64", f.at(limit, j, "i64")) for j in range(4))
        data = driver._field(f, f.load("ptr", f.at(arrays, row, "ptr")), memory, "ptr")
        with f.loop(0, n) as i:
            number = f.load("i64", f.at(data, i, "i64"))
            bad = f.op("or", f.compare("slt", number, low), f.compare("sgt", number, high))
            f.store(f.add(f.load("i64", count), f.convert("zext", bad, "i64")), count)
    leave(f.compare("ne", f.load("i64", count), f.index(0)), OUTSIDE)
    f.finish(f.index(READY))


__all__ = ["Direct", "direct", "looks", "versions_tell"]
