"""Segments: lists of kernels that run in one native call.

The native side takes a list of NumPy arrays as it is. It reads where their memory lies from the objects themselves, lays out the kernels'
arguments, forks the team if the work is worth it, and walks through the kernels, with a barrier between two wherever either ran on several threads.
"""
from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from ...core import threads as setting
from ...core import watch
from . import jit, team
from .host import host
from .ir import Function, Module, Value
from .kernel import Kernel, Machine, Scratch, Slot, Temporary

SERIAL = 2_000.0            # nanoseconds of work below which a kernel runs on one thread: a barrier and the other cores' cold caches cost as much
SHARE = 1_000.0             # the least work of a kernel that a further thread is worth
FORK = 20_000.0             # the same for a segment: waking a worker that sleeps takes about as long
HOLD = 20_000.0             # a segment shorter than this keeps the interpreter's lock: to get it back could take longer

DONE, BUSY, SMALL, WRONG, STALE = range(5)          # what a native run answers
HEAD = 64                                           # bytes of an arena before the pointers
# the descriptor of a segment, and then its arguments (base i64, offset i64) and launches (function, first argument in bytes, most threads, barrier)
CELL, ROWS, ARGUMENTS, LAUNCHES, FIXED, SCRATCH, WANTED, ARGUMENTS_AT, LAUNCHES_AT, VALUES_AT = range(0, 80, 8)
DESCRIPTOR = 80
CONTIGUOUS, OWNED, ALIGNED, WRITEABLE = 0x1, 0x4, 0x100, 0x400       # NumPy's flags: ndarraytypes.h


@cache
def layout() -> tuple[int, int, int, int] | None:
    """Where CPython and NumPy keep a list's items, an object's type, an array's memory and its flags; None where objects are built otherwise."""
    if sys.implementation.name != "cpython" or not getattr(sys, "_is_gil_enabled", lambda: True)() or sys.byteorder != "little":
        return None
    if object.__basicsize__ != 16 or list.__basicsize__ != 40 or np.ndarray.__basicsize__ < 72:
        return None
    items, kind, memory, flags = 24, 8, 16, 64
    word = ctypes.c_uint64.from_address
    ours = [np.arange(6.0), np.arange(6.0).reshape(2, 3).T, np.arange(4)[1:], np.frombuffer(b"abcdefghi", np.uint8)[1:], np.zeros((0, 2)),
            np.frombuffer(b"abcdefghi", np.uint8)[1:].view()[:8].view(np.int32), np.empty(())]
    where = word(id(ours) + items).value
    for k, array in enumerate(ours):
        expected = ((CONTIGUOUS if array.flags.c_contiguous else 0) | (OWNED if array.flags.owndata else 0) | (ALIGNED if array.flags.aligned else 0)
                    | (WRITEABLE if array.flags.writeable else 0))
        if (word(where + 8 * k).value != id(array) or word(id(array) + kind).value != id(np.ndarray) or word(id(array) + memory).value != array.ctypes.data
                or ctypes.c_int32.from_address(id(array) + flags).value & (CONTIGUOUS | OWNED | ALIGNED | WRITEABLE) != expected):
            return None
    return items, kind, memory, flags


# ------------------------------------------------------------------------------------------------------------------------------ native
def _field(f: Function, base: Value, offset: int, type: str = "i64") -> Value:
    return f.load(type, team.cell_at(f, base, offset))


def _write(module: Module, name: str, machine: Machine) -> None:
    team.write(module, machine)
    team.write_worker(module, f"{name}_worker")
    team.write_control(module, name)
    _clock(module, machine)
    _walk(module)
    _execute(module, f"{name}_execute", listed=True)
    _execute(module, f"{name}_raw", listed=False)
    _run(module, name)
    _fit(module, f"{name}_fit")


def _clock(module: Module, machine: Machine) -> None:
    """@clock(): nanoseconds, on the clock of time.perf_counter_ns."""
    f = Function(module, "clock", [], "i64", linkage="internal")
    if "windows" in machine.triple:
        f.finish(f.intrinsic("llvm.readcyclecounter", "i64", overload=""))
        return
    module.declare("declare i32 @clock_gettime(i32, ptr)")
    moment = f.room("i64", 2)
    f.call("clock_gettime", "i32", Value("i32", "1" if "linux" in machine.triple else "8"), moment)      # CLOCK_MONOTONIC, CLOCK_UPTIME_RAW (macOS)
    f.finish(f.add(f.mul(f.load("i64", moment), 1_000_000_000), _field(f, moment, 8)))


def _walk(module: Module) -> None:
    """@walk(arena, t, n): what thread t of n does in a run."""
    f = Function(module, "walk", [("ptr", "arena"), ("i64", "t"), ("i64", "n")], linkage="internal")
    arena, t, n = Value("ptr", "%arena"), Value("i64", "%t"), Value("i64", "%n")
    descriptor, state, times, arguments = (_field(f, arena, 8 * k, "ptr") for k in range(4))
    launches = _field(f, descriptor, LAUNCHES_AT, "ptr")
    crowd = f.compare("sgt", n, f.index(1))
    timed = f.op("and", f.emit("i1", f"icmp ne ptr {times.name}, null"), f.compare("eq", t, f.index(0)))
    with f.loop(0, _field(f, descriptor, LAUNCHES)) as k:
        launch = f.at(launches, f.mul(k, 4), "i64")
        barrier = f.convert("trunc", _field(f, launch, 24), "i1")
        with f.when(f.op("and", barrier, crowd)):
            f.call("barrier", "void", state, n)
        with f.when(timed):
            f.store(f.call("clock", "i64"), f.at(times, f.mul(k, 2), "i64"))
        most = f.least(n, _field(f, launch, 16))
        with f.when(f.compare("slt", t, most)):
            function = _field(f, launch, 0, "ptr")
            first = f.emit("ptr", f"getelementptr i8, ptr {arguments.name}, i64 {_field(f, launch, 8).name}")
            f.do(f"call void {function.name}({first}, {t}, {most})")
        with f.when(timed):
            f.store(f.call("clock", "i64"), f.at(times, f.add(f.mul(k, 2), 1), "i64"))
    f.finish()


def _execute(module: Module, name: str, listed: bool) -> None:
    """`i64 name(ptr memory, ptr descriptor, ptr state, ptr times)`. memory: a Python list of arrays, or an array of pointers."""
    f = Function(module, name, [("ptr", "memory"), ("ptr", "descriptor"), ("ptr", "state"), ("ptr", "times")], "i64")
    memory, descriptor, state = Value("ptr", "%memory"), Value("ptr", "%descriptor"), Value("ptr", "%state")
    rows = _field(f, descriptor, ROWS)
    if listed:
        f.do(f"br i1 {f.compare('eq', _field(f, memory, 16), rows).name}, label %right, label %wrong")
        f.label("right")
    team.take(f, state, "busy")
    n = f.least(_field(f, state, team.THREADS), _field(f, descriptor, WANTED))
    need = f.add(_field(f, descriptor, FIXED), f.mul(n, _field(f, descriptor, SCRATCH)))
    f.do(f"br i1 {f.compare('sle', need, _field(f, state, team.ARENA_BYTES)).name}, label %enough, label %small")
    f.label("enough")
    arena = _field(f, state, team.ARENA, "ptr")
    bases = team.cell_at(f, arena, HEAD)
    if listed:
        items, kind, where, _ = layout()
        array_type = _field(f, _field(f, descriptor, CELL, "ptr"), 16, "ptr")
        objects = _field(f, memory, items, "ptr")
        good = f.variable("i1", Value("i1", "true"), 1)
        with f.loop(0, rows) as k:
            found = f.load("ptr", f.at(objects, k, "ptr"))
            ours = f.emit("i1", f"icmp eq ptr {_field(f, found, kind, 'ptr').name}, {array_type.name}")
            f.store(f.op("and", f.load("i1", good), ours), good)
            f.store(f.emit("ptr", f"select {ours}, {f.emit('ptr', f'getelementptr i8, ptr {found.name}, i64 {where}')}, ptr {found.name}"), f.at(bases, k, "ptr"))
        f.do(f"br i1 {f.load('i1', good).name}, label %arrays, label %strange")
        f.label("arrays")
        with f.loop(0, rows) as k:
            place = f.at(bases, k, "ptr")
            f.store(f.load("ptr", f.load("ptr", place)), place)
    else:
        with f.loop(0, rows) as k:
            f.store(f.load("ptr", f.at(memory, k, "ptr")), f.at(bases, k, "ptr"))
    f.store(arena, f.at(bases, rows, "ptr"))                                    # the row after the last: temporaries and scratch
    arguments = f.at(bases, f.add(rows, 1), "ptr")
    table = _field(f, descriptor, ARGUMENTS_AT, "ptr")
    with f.loop(0, _field(f, descriptor, ARGUMENTS)) as k:
        entry = f.at(table, f.mul(k, 2), "i64")
        base = f.load("ptr", f.at(bases, _field(f, entry, 0), "ptr"))
        f.store(f.emit("ptr", f"getelementptr i8, ptr {base.name}, i64 {_field(f, entry, 8).name}"), f.at(arguments, k, "ptr"))
    for k, value in enumerate((descriptor, state, Value("ptr", "%times"), arguments)):
        f.store(value, team.cell_at(f, arena, 8 * k))
    f.call("fork", "void", state, Value("ptr", "@walk"), arena, n)
    team.release(f, state)
    f.do(f"ret i64 {DONE}")
    f.label("busy")
    f.do(f"ret i64 {BUSY}")
    f.label("small")
    team.release(f, state)
    if listed:
        f.do(f"ret i64 {SMALL}")
        f.label("strange")
        team.release(f, state)
        f.do(f"ret i64 {WRONG}")
        f.label("wrong")
        f.finish(Value("i64", str(WRONG)))
    else:
        f.finish(Value("i64", str(SMALL)))


def _run(module: Module, name: str) -> None:
    """`i64 name_run(ptr list, ptr descriptor)`: execute with the process's team, if its size is what is wanted now."""
    f = Function(module, f"{name}_run", [("ptr", "list"), ("ptr", "descriptor")], "i64")
    descriptor = Value("ptr", "%descriptor")
    cell = _field(f, descriptor, CELL, "ptr")
    state = _field(f, cell, 0, "ptr")
    asked = f.load("i64", _field(f, cell, 8, "ptr"))
    other = f.compare("ne", asked, _field(f, state, team.ASKED))
    stale = f.op("and", other, f.compare("sgt", _field(f, descriptor, WANTED), f.index(1)))
    f.do(f"br i1 {stale.name}, label %old, label %go")
    f.label("old")
    f.do(f"ret i64 {STALE}")
    f.label("go")
    f.finish(f.call(f"{name}_execute", "i64", Value("ptr", "%list"), descriptor, state, Value("ptr", "null")))


def _fit(module: Module, name: str) -> None:
    """`i64 name(ptr list, ptr wishes)`: how many rows are not as wished. wishes: rows i64, most references i64, type of arrays, flags i32 for each row."""
    f = Function(module, name, [("ptr", "list"), ("ptr", "wishes")], "i64")
    wishes, rows = Value("ptr", "%wishes"), _field(f, Value("ptr", "%wishes"), 0)
    items, kind, _, flags_at = layout()
    with f.when(f.compare("ne", _field(f, Value("ptr", "%list"), 16), rows)):
        f.do("ret i64 -1")
        f.label(f.fresh())
    objects = _field(f, Value("ptr", "%list"), items, "ptr")
    most, array_type = f.convert("trunc", _field(f, wishes, 8), "i32"), _field(f, wishes, 16, "ptr")
    flags = team.cell_at(f, wishes, 24)
    bad = f.variable("i64", f.index(0), 8)
    with f.loop(0, rows) as k:
        found = f.load("ptr", f.at(objects, k, "ptr"))
        wish = f.load("i32", f.at(flags, k, "i32"))
        ours = f.emit("i1", f"icmp eq ptr {_field(f, found, kind, 'ptr').name}, {array_type.name}")
        with f.when(ours):
            there = f.op("and", _field(f, found, flags_at, "i32"), wish)
            read_only = f.emit("i1", f"icmp eq i32 {f.emit('i32', f'and i32 {wish.name}, {WRITEABLE}').name}, 0")
            alone = f.op("or", read_only, f.compare("sle", _field(f, found, 0, "i32"), most))
            good = f.op("and", f.compare("eq", there, wish), alone)
            f.store(f.add(f.load("i64", bad), f.convert("zext", f.emit("i1", f"xor i1 {good.name}, true"), "i64")), bad)
        strange = f.emit("i1", f"xor i1 {ours.name}, true")
        f.store(f.add(f.load("i64", bad), f.convert("zext", strange, "i64")), bad)
    f.finish(f.load("i64", bad))


# ------------------------------------------------------------------------------------------------------------------------------ Python
class _Native:
    """The compiled functions, and the process's present team."""

    def __init__(self):
        described = f"driver {layout()} {team.has_futex(host())}"
        exports = ("_run", "_execute", "_raw", "_fit", "_worker", "_spin", "_claim", "_retire")
        self.code = jit.library(described, _write, exports, title="the driver")
        word = ctypes.c_void_p
        self.run = ctypes.CFUNCTYPE(ctypes.c_int64, word, word)(self.code["_run"])
        self.run_held = ctypes.PYFUNCTYPE(ctypes.c_int64, word, word)(self.code["_run"])
        self.execute = ctypes.CFUNCTYPE(ctypes.c_int64, word, word, word, word)(self.code["_execute"])
        self.raw = ctypes.CFUNCTYPE(ctypes.c_int64, word, word, word, word)(self.code["_raw"])
        self.fit = ctypes.PYFUNCTYPE(ctypes.c_int64, word, word)(self.code["_fit"])
        self.cell = np.zeros(3, np.int64)
        self.cell[1], self.cell[2] = setting.count.ctypes.data, id(np.ndarray)
        self.changing = threading.Lock()
        self.alone = threading.local()
        self.anew()

    def anew(self) -> None:
        """A team of one, without workers: at the start, and in the child of a fork."""
        self.changing = threading.Lock()
        self.alone = threading.local()
        self.team = team.Team(1, self.code)
        self.cell[0] = self.team.state

    def wanted_team(self) -> team.Team:
        """The process's team, of the size that is wanted now."""
        with self.changing:
            size = setting.get_num_threads()
            old = self.team
            if old.asked != size:
                self.team = team.Team(size, self.code)
                self.cell[0] = self.team.state
                old.retire()
            return self.team

    def lone_team(self) -> team.Team:
        """This Python thread's own team of one, for while another has the team."""
        found = getattr(self.alone, "team", None)
        if found is None:
            found = self.alone.team = team.Team(1, self.code)
        return found


_made: list[_Native] = []
_making = threading.Lock()


def native() -> _Native:
    """The native side, compiled when first needed."""
    if not _made:
        with _making:
            if not _made:
                _made.append(_Native())
                if hasattr(os, "register_at_fork"):
                    os.register_at_fork(after_in_child=_made[0].anew)
    return _made[0]


class Segment:
    """Kernels that run one after the other, as one native call. `places`: where a slot's memory is, as (row of the list of buffers, offset in bytes)."""

    def __init__(self, kernels: Sequence[Kernel], places: Mapping[Slot, tuple[int, int]], rows: int, machine: Machine):
        self.kernels, self.rows = tuple(kernels), rows
        self._native = native()
        functions = jit.addresses(self.kernels, machine)
        count = sum(len(k.arguments) for k in self.kernels)
        pointers = HEAD + 8 * (rows + 1) + 8 * count
        self._temporary, self.temporary_bytes = _plan(self.kernels)
        scratch_at = -(-pointers // 64) * 64 + self.temporary_bytes
        self._fixed, self._scratch = scratch_at, max((-(-a.nbytes // 64) * 64 for k in self.kernels for a in k.arguments if isinstance(a, Scratch)), default=0)
        limits = [1 if k.work < SERIAL else max(2, int(k.work // SHARE)) for k in self.kernels]
        shared = sum(k.work for k, limit in zip(self.kernels, limits, strict=True) if limit > 1)
        self.wanted = min(max(limits, default=1), 1 + int(shared // FORK)) if shared > FORK else 1
        table, launches, first = [], [], 0
        for position, (kernel, function, limit) in enumerate(zip(self.kernels, functions, limits, strict=True)):
            barrier = position > 0 and (limit > 1 or limits[position - 1] > 1)
            launches.append((function, 8 * first, limit, barrier))
            first += len(kernel.arguments)
            for a in kernel.arguments:
                if isinstance(a, Slot):
                    table.append(places[a])
                else:
                    table.append((rows, scratch_at if isinstance(a, Scratch) else scratch_at - self.temporary_bytes + self._temporary[id(a.key)]))
        self._arguments, self._launches = np.array(table, np.int64).reshape(-1, 2), np.array(launches, np.int64).reshape(-1, 4)
        self._words = np.zeros(DESCRIPTOR // 8, np.int64)
        for offset, value in ((CELL, self._native.cell.ctypes.data), (ROWS, rows), (ARGUMENTS, count), (LAUNCHES, len(launches)), (FIXED, self._fixed),
                              (SCRATCH, self._scratch), (WANTED, self.wanted), (ARGUMENTS_AT, self._arguments.ctypes.data),
                              (LAUNCHES_AT, self._launches.ctypes.data)):
            self._words[offset // 8] = value
        self._descriptor = self._words.ctypes.data
        self._call = self._native.run_held if self.wanted == 1 and sum(k.work for k in self.kernels) < HOLD else self._native.run

    def scratch_bytes(self, threads: int) -> int:
        """How much memory a run on so many threads takes beside the buffers."""
        return self._fixed + min(threads, self.wanted) * self._scratch

    if layout() is not None:
        def run(self, buffers: list[np.ndarray]) -> None:
            """Run on `buffers`, of which row r is the memory that places call r: C-contiguous, aligned, of the size that the kernels expect."""
            if watch.listeners:
                self._tell(self.run_timed(buffers))
            elif self._call(id(buffers), self._descriptor):
                self._run_with_care(buffers)
    else:
        def run(self, buffers: list[np.ndarray]) -> None:
            """Run on `buffers`, of which row r is the memory that places call r: C-contiguous, aligned, of the size that the kernels expect."""
            if watch.listeners:
                self._tell(self.run_timed(buffers))
            else:
                self._run_with_care(buffers)

    def run_timed(self, buffers: list[np.ndarray]) -> np.ndarray:
        """Run; when each kernel began and ended on the calling thread, (kernels, 2), nanoseconds on the clock of time.perf_counter_ns."""
        times = np.zeros((max(1, len(self.kernels)), 2), np.int64)
        self._run_with_care(buffers, times.ctypes.data)
        return times[:len(self.kernels)]

    def _tell(self, times: np.ndarray) -> None:
        """Tell who listens what ran. A kernel's time is until the next one began: what the calling thread waited for the others is in it."""
        begins = [*times[:, 0].tolist(), int(times[-1, 1]) if len(times) else 0]
        for k, kernel in enumerate(self.kernels):
            watch.tell(watch.Work(kernel.title or kernel.description[:60], begins[k], begins[k + 1], kernel.flops, kernel.nbytes, kernel.lines))

    def _run_with_care(self, buffers: list[np.ndarray], times: int | None = None) -> None:
        """Run where the fast path says that something is different: the team's size, the arena, another thread's run, another layout of objects."""
        if len(buffers) != self.rows or not all(isinstance(b, np.ndarray) for b in buffers):
            raise TypeError(f"internal: a segment of {self.rows} rows was given {len(buffers)} buffers: {', '.join(type(b).__name__ for b in buffers)}")
        pointers = np.array([b.ctypes.data for b in buffers], np.uintp)
        group = self._native.wanted_team() if self.wanted > 1 else self._native.team
        while True:
            code = self._native.raw(pointers.ctypes.data, self._descriptor, group.state, times)
            if code == DONE:
                return
            if code == BUSY or not group.grow(self.scratch_bytes(group.size)):
                group = self._native.lone_team()


def _plan(kernels: Sequence[Kernel]) -> tuple[dict[int, int], int]:
    """Where each temporary lies (by the identity of its key), and how many bytes all take: those that never live together may share memory."""
    lives: dict[int, list[int]] = {}
    for position, kernel in enumerate(kernels):
        for a in kernel.arguments:
            if isinstance(a, Temporary):
                life = lives.setdefault(id(a.key), [position, position, 0])
                life[1], life[2] = position, max(life[2], -(-max(1, a.nbytes) // 64) * 64)
    placed: list[tuple[int, int, int, int]] = []        # first, last, offset, end
    where, total = {}, 0
    for key, (first, last, nbytes) in sorted(lives.items(), key=lambda item: -item[1][2]):
        offset = 0
        for begin, end in sorted((at, stop) for start, final, at, stop in placed if start <= last and first <= final):
            if offset + nbytes <= begin:
                break
            offset = max(offset, end)
        placed.append((first, last, offset, offset + nbytes))
        where[key], total = offset, max(total, offset + nbytes)
    return where, total


class Fitness:
    """Whether arrays can be used in place: all C-contiguous and aligned; those of the rows `written` also writeable, owners of their memory, and
    referred to from at most `references` places (as Python counts, the list included)."""

    def __init__(self, rows: int, written: Sequence[int], references: int):
        self.rows, self.written, self.references = rows, frozenset(written), references
        self._words = np.zeros(24 + 4 * rows + 8, np.uint8)
        self._words[:24].view(np.int64)[:] = rows, references, id(np.ndarray)
        self._words[24:24 + 4 * rows].view(np.int32)[:] = [CONTIGUOUS | ALIGNED | (WRITEABLE | OWNED if r in self.written else 0) for r in range(rows)]
        self._address = self._words.ctypes.data
        self._call = native().fit if layout() is not None else None

    def unfit(self, buffers: list[np.ndarray]) -> list[int]:
        """The rows of the arrays that must be copied first."""
        if self._call is not None and not self._call(id(buffers), self._address):
            return []
        return [r for r in range(self.rows) if not self._fits(buffers, r)]

    def _fits(self, buffers: list[np.ndarray], r: int) -> bool:
        array = buffers[r]
        flags = array.flags
        if type(array) is not np.ndarray or not (flags.c_contiguous and flags.aligned):
            return False
        if r not in self.written:
            return True
        return layout() is not None and flags.writeable and flags.owndata and sys.getrefcount(array) - _OWN_REFERENCES <= self.references


def _own_references() -> int:
    """How many references looking at an array from _fits adds; they differ between Python versions."""
    class Probe(Fitness):
        """An array that one list holds, seen as _fits sees it."""

        def __init__(self):
            pass

        def _fits(self, buffers, r):
            array = buffers[r]
            flags = array.flags
            return sys.getrefcount(array) - 1 if flags else 0

    return Probe()._fits([np.zeros(1)], 0)


_OWN_REFERENCES = _own_references()
