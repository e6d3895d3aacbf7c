"""Memory for large results: blocks whose arrays died are kept for the next ones, up to a limit.

The system gives large memory back page by page: a result of 64 MB costs more time in page faults than its elements take to compute. NumPy lets
arrays bring an allocator of their own (NEP 49, PyDataMem_SetHandler). Ours, four functions written as IR, keeps freed blocks in a table and hands
them out again. The arrays are ordinary ones that own their memory, whoever holds them, and for as long as they like; blocks begin at multiples
of 64 bytes, where the widest loads and stores are fastest. Where NumPy or the system is built otherwise, results are plain `numpy.empty`.
"""
from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from functools import cache

import numpy as np

from . import jit
from .driver import layout
from .host import host
from .ir import Function, Module, Value, i64
from .kernel import Machine
from .team import cell_at

LEAST = 1 << 19                     # bytes of the smallest block that is worth keeping: below, the C library's own lists do as well
LIMIT = 256 << 20                   # bytes that are kept at most (and a sixteenth of the machine's memory)
GRAIN, ALIGN = 1 << 16, 64          # blocks are multiples of GRAIN, so that arrays of nearly the same size can follow each other
ENTRIES = 24                        # blocks that are kept at most
HUGE = 1 << 22                      # from so many bytes on, the system is asked for huge pages (as NumPy does)
SET_HANDLER = 304                   # the place of PyDataMem_SetHandler in NumPy's table of functions, since 1.22
# the state, in bytes: lock i32, then bytes held, the limit, a clock (i64 each), and for each entry its memory, bytes and time
LOCK, HELD, MOST, CLOCK, TABLE, ENTRY = 0, 8, 16, 24, 64, 24
_NAMES = ("_malloc", "_calloc", "_realloc", "_free")
_state, _size = Value("ptr", "%state"), Value("i64", "%size")


def _write(module: Module, name: str, machine: Machine) -> None:
    for declaration in ("ptr @malloc(i64)", "ptr @calloc(i64, i64)", "ptr @realloc(ptr, i64)", "void @free(ptr)", "i32 @posix_memalign(ptr, i64, i64)"):
        module.declare(f"declare {declaration}")
    linux = "linux" in machine.triple
    if linux:
        module.declare("declare i32 @madvise(ptr, i64, i32)")
    _lock(module)
    _evict(module)
    _acquire(module, f"{name}_malloc", linux)
    f = Function(module, f"{name}_calloc", [("ptr", "state"), ("i64", "count"), ("i64", "each")], "ptr")
    f.finish(f.call("calloc", "ptr", i64(1), _rounded(f, f.mul(Value("i64", "%count"), Value("i64", "%each")))))
    f = Function(module, f"{name}_realloc", [("ptr", "state"), ("ptr", "block"), ("i64", "size")], "ptr")
    f.finish(f.call("realloc", "ptr", Value("ptr", "%block"), _rounded(f, _size)))
    _keep(module, f"{name}_free")


def _rounded(f: Function, size: Value) -> Value:
    """The bytes that a block of `size` takes."""
    return f.select(f.compare("slt", size, i64(LEAST)), size, f.mul(f.div(f.add(size, GRAIN - 1), GRAIN), GRAIN))


def _lock(module: Module) -> None:
    """@lock(state): callers hold the interpreter's lock, so that this one is free but where there is none."""
    f = Function(module, "lock", [("ptr", "state")], linkage="internal")
    f.jump("again")
    f.label("again")
    pair = f.emit("{ i32, i1 }", "cmpxchg ptr %state, i32 0, i32 1 acquire monotonic")
    f.do(f"br i1 {f.emit('i1', f'extractvalue {pair}, 1').name}, label %mine, label %again")
    f.label("mine")
    f.finish()


def _unlock(f: Function) -> None:
    f.do("store atomic i32 0, ptr %state release, align 4")


def _entry(f: Function, k: Value) -> tuple[Value, Value, Value]:
    """Where entry k keeps its memory, its bytes and its time."""
    place = f.emit("ptr", f"getelementptr i8, ptr %state, i64 {f.add(f.mul(k, ENTRY), TABLE).name}")
    return place, cell_at(f, place, 8), cell_at(f, place, 16)


def _is_null(f: Function, pointer: Value) -> Value:
    return f.emit("i1", f"icmp eq ptr {pointer.name}, null")


def _evict(module: Module) -> None:
    """`i64 @evict(state)`: free the block that was kept for longest; 0 if there is none."""
    f = Function(module, "evict", [("ptr", "state")], "i64", linkage="internal")
    oldest, victim = f.variable("i64", i64((1 << 63) - 1), 8), f.variable("i64", i64(-1), 8)
    with f.loop(0, ENTRIES) as k:
        memory, _, time = _entry(f, k)
        there, then = f.load("ptr", memory), f.load("i64", time)
        older = f.op("and", f.emit("i1", f"icmp ne ptr {there.name}, null"), f.compare("slt", then, f.load("i64", oldest)))
        with f.when(older):
            f.store(then, oldest)
            f.store(k, victim)
    found = f.compare("sge", f.load("i64", victim), i64(0))
    with f.when(found):
        memory, nbytes, _ = _entry(f, f.load("i64", victim))
        held = cell_at(f, _state, HELD)
        f.store(f.sub(f.load("i64", held), f.load("i64", nbytes)), held)
        f.call("free", "void", f.load("ptr", memory))
        f.store(Value("ptr", "null"), memory)
    f.finish(f.convert("zext", found, "i64"))


def _acquire(module: Module, name: str, linux: bool) -> None:
    """`ptr name(state, size)`: a block that was kept and has just this size, else a new one."""
    f = Function(module, name, [("ptr", "state"), ("i64", "size")], "ptr")
    with f.when(f.compare("slt", _size, i64(LEAST))):
        f.do(f"ret {f.call('malloc', 'ptr', _size)}")
        f.label(f.fresh())
    need = _rounded(f, _size)
    block = f.variable("ptr", Value("ptr", "null"), 8)
    f.call("lock", "void", _state)
    with f.loop(0, ENTRIES) as k:
        memory, nbytes, _ = _entry(f, k)
        there = f.load("ptr", memory)
        fits = f.op("and", f.emit("i1", f"icmp ne ptr {there.name}, null"), f.compare("eq", f.load("i64", nbytes), need))
        with f.when(f.op("and", fits, _is_null(f, f.load("ptr", block)))):
            f.store(there, block)
            f.store(Value("ptr", "null"), memory)
            held = cell_at(f, _state, HELD)
            f.store(f.sub(f.load("i64", held), need), held)
    _unlock(f)
    with f.when(_is_null(f, f.load("ptr", block))):
        f.jump("again")
        f.label("again")
        failed = f.compare("ne", f.call("posix_memalign", "i32", block, i64(ALIGN), need), Value("i32", "0"))
        f.do(f"br i1 {failed.name}, label %short, label %made")
        f.label("short")                            # what is kept goes first
        f.call("lock", "void", _state)
        more = f.call("evict", "i64", _state)
        _unlock(f)
        f.do(f"br i1 {f.compare('ne', more, i64(0)).name}, label %again, label %none")
        f.label("none")
        f.do("ret ptr null")
        f.label("made")
        if linux:
            with f.when(f.compare("sge", need, i64(HUGE))):
                first = f.emit("i64", f"ptrtoint {f.load('ptr', block)} to i64")
                begin = f.mul(f.div(f.add(first, 4095), 4096), 4096)
                place = f.emit("ptr", f"inttoptr {begin} to ptr")
                f.call("madvise", "i32", place, f.sub(need, f.sub(begin, first)), Value("i32", "14"))        # MADV_HUGEPAGE; advice may be refused
    f.finish(f.load("ptr", block))


def _keep(module: Module, name: str) -> None:
    """`void name(state, block, size)`: keep the block; what was kept for longest makes room for it."""
    f = Function(module, name, [("ptr", "state"), ("ptr", "block"), ("i64", "size")])
    block, need = Value("ptr", "%block"), _rounded(f, _size)
    most = f.load("i64", cell_at(f, _state, MOST))
    small = f.op("or", f.compare("slt", _size, i64(LEAST)), f.compare("sgt", need, most))
    with f.when(f.op("or", small, _is_null(f, block))):
        f.call("free", "void", block)
        f.do("ret void")
        f.label(f.fresh())
    f.call("lock", "void", _state)
    held = cell_at(f, _state, HELD)
    free = f.variable("i64", align=8)
    f.jump("look")
    f.label("look")
    f.store(i64(-1), free)
    with f.loop(0, ENTRIES) as k:
        with f.when(_is_null(f, f.load("ptr", _entry(f, k)[0]))):
            f.store(k, free)
    room = f.op("and", f.compare("sge", f.load("i64", free), i64(0)), f.compare("sle", f.add(f.load("i64", held), need), most))
    f.do(f"br i1 {room.name}, label %put, label %full")
    f.label("full")
    f.call("evict", "i64", _state)
    f.jump("look")
    f.label("put")
    memory, nbytes, time = _entry(f, f.load("i64", free))
    clock = cell_at(f, _state, CLOCK)
    now = f.add(f.load("i64", clock), 1)
    f.store(now, clock)
    f.store(block, memory)
    f.store(need, nbytes)
    f.store(now, time)
    f.store(f.add(f.load("i64", held), need), held)
    _unlock(f)
    f.finish()


class _Allocator(ctypes.Structure):
    _fields_ = [("context", ctypes.c_void_p), *((name[1:], ctypes.c_void_p) for name in _NAMES)]


class _Handler(ctypes.Structure):
    """PyDataMem_Handler, version 1 (numpy/ndarraytypes.h)."""

    _fields_ = [("name", ctypes.c_char * 127), ("version", ctypes.c_uint8), ("allocator", _Allocator)]


class Pool:
    """The allocator, and how to put it in the place of NumPy's."""

    def __init__(self):
        code = jit.library(f"buffers {LEAST} {GRAIN} {ENTRIES} {HUGE}", _write, _NAMES, title="memory of results")
        self._memory = np.zeros((TABLE + ENTRY * ENTRIES) // 8, np.int64)
        self._memory[MOST // 8] = min(LIMIT, _physical() // 16)
        self._handler = _Handler(b"flambeau", 1, _Allocator(self._memory.ctypes.data, *(code[name] for name in _NAMES)))
        api = ctypes.pythonapi
        for needed in (self._memory, self._handler):        # arrays free their memory by these until the very end of the process
            api.Py_IncRef(ctypes.py_object(needed))
        make, look = api.PyCapsule_New, api.PyCapsule_GetPointer
        make.restype, make.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
        look.restype, look.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
        self._capsule = make(ctypes.addressof(self._handler), b"mem_handler", None)
        table = look(np._core._multiarray_umath._ARRAY_API, None)
        entry = ctypes.c_void_p.from_address(table + SET_HANDLER * ctypes.sizeof(ctypes.c_void_p)).value
        self._put = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(entry)

    @property
    def held(self) -> int:
        """Bytes that are kept for arrays to come."""
        return int(self._memory[HELD // 8])

    @contextlib.contextmanager
    def serving(self):
        """Arrays that this thread makes in the block take their memory from here."""
        before = self._put(self._capsule)
        try:
            yield
        finally:
            self._put(before)


def _physical() -> int:
    """Bytes of memory that the machine has."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 1 << 32


@cache
def pool() -> Pool | None:
    """The pool; None where there can be none."""
    if layout() is None or sys.platform not in ("linux", "darwin") or not hasattr(getattr(np, "_core", None), "_multiarray_umath"):
        return None
    return Pool() if "linux" in host().triple or "darwin" in host().triple else None


def fill(table: list, wanted) -> None:
    """Arrays for the slots `wanted`, (slot, shape, NumPy dtype) each."""
    source = pool()
    with source.serving() if source is not None else contextlib.nullcontext():
        for slot, shape, kind in wanted:
            table[slot] = np.empty(shape, kind)
