"""The thread team: one a process, kept between runs. A run forks once; inside, threads meet at barriers.

Every wait first spins for some 40 µs, then sleeps (a futex on Linux, a condition variable elsewhere), so that neither a hot loop pays for system
calls nor an idle or crowded machine for spinning. Where spinning did not help, the next wait spins but briefly: on a crowded machine the thread
that is waited for may need this very processor. Workers start at the first run that wants them. They block signals, which stay with Python's
own threads, and never return into Python: a process may end, or fork, whenever it likes. After a fork the child starts a team of its own.

Two Python threads may run programs at once: the first has the team, the second computes alone. The state that the native code shares:

       0  busy i32          a run is going on
       8  threads i64       the team's size, the calling thread included
      16  arena ptr, 24 its bytes i64: memory for one run at a time
      32  spins i64        how often a wait looks before it sleeps
      40  asked i64        the size that was asked for: threads is less where the system gave no more
     128  arrived i32       how many threads are at the barrier
     256  generation i32    how many barriers there were
     384  sleepers i32      at the barrier; 388 patience i32: how many waits to come will spin briefly
     512  mutex, 640 condition: where there are no futexes
    1024 + 128 t            the mailbox of thread t: 0 epoch i32, 8 function ptr, 16 argument ptr, 24 threads i64, 32 state ptr, 40 t i64,
                            48 asleep i32, 52 patience i32
"""
from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from functools import cache

import numpy as np

from .ir import Function, Module, Value
from .kernel import Machine

BUSY, THREADS, ARENA, ARENA_BYTES, SPINS, ASKED = 0, 8, 16, 24, 32, 40
ARRIVED, GENERATION, SLEEPERS, MUTEX, CONDITION, MAILBOXES, MAILBOX = 128, 256, 384, 512, 640, 1024, 128
SPIN_NANOSECONDS = 1_000_000
BRIEF, PATIENCE = 16, 1             # after a spin in vain, the next one takes a sixteenth of the time
FUTEX = {"x86_64": 202, "aarch64": 98, "riscv64": 98, "powerpc64le": 221, "s390x": 238}       # the system call's number
ALL = (1 << 31) - 1

_pointer = Value("ptr", "%state")


def cell_at(f: Function, base: Value, offset: int) -> Value:
    """The address `offset` bytes after `base`."""
    return f.emit("ptr", f"getelementptr i8, ptr {base.name}, i64 {offset}")


def write(module: Module, machine: Machine) -> None:
    """The team's functions, for the module that runs programs: @pause, @wait, @wake, @arrive, @barrier, @fork, all private to it.

    wait(state, word, seen, sleepers): until the i32 at `word` is not `seen`. fork(state, function, argument, n): function(argument, t, n) on n threads.
    """
    _pause(module, machine)
    _sleep(module, machine)
    _wait(module)
    _arrive(module)
    _fork(module)


def write_worker(module: Module, name: str) -> None:
    """The life of a worker: `ptr name(ptr mailbox)`."""
    f = Function(module, name, [("ptr", "box")], "ptr")
    box = Value("ptr", "%box")
    state, thread = f.load("ptr", cell_at(f, box, 32)), f.load("i64", cell_at(f, box, 40))
    seen = f.variable("i32", Value("i32", "0"), 4)
    f.jump("next")
    f.label("next")
    f.call("wait", "void", state, box, f.load("i32", seen), cell_at(f, box, 48))
    f.store(f.emit("i32", "load atomic i32, ptr %box acquire, align 4"), seen)
    work = f.load("ptr", cell_at(f, box, 8))
    argument, n = f.load("ptr", cell_at(f, box, 16)), f.load("i64", cell_at(f, box, 24))
    f.do(f"br i1 {f.emit('i1', f'icmp eq ptr {work.name}, null').name}, label %end, label %run")
    f.label("run")
    f.do(f"call void {work.name}({argument}, {thread}, {n})")
    f.call("arrive", "i1", state, n)
    f.jump("next")
    f.label("end")
    f.finish(Value("ptr", "null"))


def _pause(module: Module, machine: Machine) -> None:
    """Tell the processor that this is a spin loop."""
    f = Function(module, "pause", [], attributes="nounwind alwaysinline", linkage="internal")
    if machine.triple.startswith("x86_64"):
        f.intrinsic("llvm.x86.sse2.pause", "void")
    elif machine.triple.startswith(("aarch64", "arm64")):
        f.intrinsic("llvm.aarch64.isb", "void", Value("i32", "15"), overload="")
    f.finish()


def has_futex(machine: Machine) -> bool:
    """Whether threads wait in Linux's futex system call."""
    return "linux" in machine.triple and machine.triple.split("-")[0] in FUTEX


def _sleep(module: Module, machine: Machine) -> None:
    """@sleep(state, word, seen): perhaps until somebody calls @rouse; may return for no reason. @rouse(state, word): end all sleeps on `word`."""
    sleep = Function(module, "sleep", [("ptr", "state"), ("ptr", "word"), ("i32", "seen")], linkage="internal")
    rouse = Function(module, "rouse", [("ptr", "state"), ("ptr", "word")], linkage="internal")
    if has_futex(machine):
        number = FUTEX[machine.triple.split("-")[0]]
        module.declare("declare i64 @syscall(i64, ...)")
        sleep.do(f"call i64 (i64, ...) @syscall(i64 {number}, ptr %word, i32 128, i32 %seen, ptr null, ptr null, i32 0)")           # FUTEX_WAIT_PRIVATE
        rouse.do(f"call i64 (i64, ...) @syscall(i64 {number}, ptr %word, i32 129, i32 {ALL}, ptr null, ptr null, i32 0)")           # FUTEX_WAKE_PRIVATE
    else:
        for name, count in (("pthread_mutex_lock", 1), ("pthread_mutex_unlock", 1), ("pthread_cond_wait", 2), ("pthread_cond_broadcast", 1)):
            module.declare(f"declare i32 @{name}({', '.join(['ptr'] * count)})")
        mutex, condition = cell_at(sleep, _pointer, MUTEX), cell_at(sleep, _pointer, CONDITION)
        sleep.call("pthread_mutex_lock", "i32", mutex)
        now = sleep.emit("i32", "load atomic i32, ptr %word seq_cst, align 4")
        with sleep.when(sleep.emit("i1", f"icmp eq i32 {now.name}, %seen")):
            sleep.call("pthread_cond_wait", "i32", condition, mutex)
        sleep.call("pthread_mutex_unlock", "i32", mutex)
        mutex, condition = cell_at(rouse, _pointer, MUTEX), cell_at(rouse, _pointer, CONDITION)
        rouse.call("pthread_mutex_lock", "i32", mutex)      # who has looked but does not sleep yet holds it
        rouse.call("pthread_cond_broadcast", "i32", condition)
        rouse.call("pthread_mutex_unlock", "i32", mutex)
    sleep.finish()
    rouse.finish()


def _wait(module: Module) -> None:
    f = Function(module, "wait", [("ptr", "state"), ("ptr", "word"), ("i32", "seen"), ("ptr", "sleepers")], linkage="internal")

    def changed():
        now = f.emit("i32", "load atomic i32, ptr %word seq_cst, align 4")
        return f.emit("i1", f"icmp ne i32 {now.name}, %seen")

    place = cell_at(f, Value("ptr", "%sleepers"), 4)
    patience = f.emit("i32", f"load atomic i32, ptr {place.name} monotonic, align 4")
    brief = f.emit("i1", f"icmp sgt i32 {patience.name}, 0")
    full = f.load("i64", cell_at(f, _pointer, SPINS))
    spins = f.select(brief, f.div(full, BRIEF), full)
    count = f.variable("i64", Value("i64", "0"), 8)
    f.jump("spin")
    f.label("spin")
    f.do(f"br i1 {changed().name}, label %lucky, label %again")
    f.label("again")
    f.call("pause", "void")
    following = f.add(f.load("i64", count), 1)
    f.store(following, count)
    f.do(f"br i1 {f.compare('slt', following, spins).name}, label %spin, label %tired")
    f.label("lucky")
    with f.when(brief):
        f.do(f"store atomic i32 0, ptr {place.name} monotonic, align 4")
    f.jump("end")
    f.label("tired")
    following = f.select(brief, f.emit("i32", f"sub i32 {patience.name}, 1"), Value("i32", str(PATIENCE)))
    f.do(f"store atomic {following}, ptr {place.name} monotonic, align 4")
    f.do("atomicrmw add ptr %sleepers, i32 1 seq_cst")      # before the last look: who changes the word looks at the sleepers afterwards
    f.jump("look")
    f.label("look")
    f.do(f"br i1 {changed().name}, label %awake, label %rest")
    f.label("rest")
    f.call("sleep", "void", _pointer, Value("ptr", "%word"), Value("i32", "%seen"))
    f.jump("look")
    f.label("awake")
    f.do("atomicrmw sub ptr %sleepers, i32 1 seq_cst")
    f.jump("end")
    f.label("end")
    f.finish()
    f = Function(module, "wake", [("ptr", "state"), ("ptr", "word"), ("ptr", "sleepers")], linkage="internal")
    sleepers = f.emit("i32", "load atomic i32, ptr %sleepers seq_cst, align 4")
    with f.when(f.emit("i1", f"icmp sgt i32 {sleepers.name}, 0")):
        f.call("rouse", "void", _pointer, Value("ptr", "%word"))
    f.finish()


def _arrive(module: Module) -> None:
    """@arrive(state, n): one of n threads is here; true for the last one, which lets the others go. @barrier(state, n): arrive and wait for all."""
    n = Value("i64", "%n")
    f = Function(module, "arrive", [("ptr", "state"), ("i64", "n")], "i1", linkage="internal")
    arrived, generation, sleepers = (cell_at(f, _pointer, offset) for offset in (ARRIVED, GENERATION, SLEEPERS))
    before = f.emit("i32", f"atomicrmw add ptr {arrived.name}, i32 1 acq_rel")
    last = f.compare("eq", f.add(f.convert("sext", before, "i64"), 1), n)
    with f.when(last):
        f.do(f"store atomic i32 0, ptr {arrived.name} monotonic, align 4")
        f.do(f"atomicrmw add ptr {generation.name}, i32 1 seq_cst")
        f.call("wake", "void", _pointer, generation, sleepers)
    f.finish(last)
    f = Function(module, "barrier", [("ptr", "state"), ("i64", "n")], linkage="internal")
    generation, sleepers = cell_at(f, _pointer, GENERATION), cell_at(f, _pointer, SLEEPERS)
    now = f.emit("i32", f"load atomic i32, ptr {generation.name} acquire, align 4")
    last = f.call("arrive", "i1", _pointer, n)
    with f.when(f.emit("i1", f"xor i1 {last.name}, true")):
        f.call("wait", "void", _pointer, generation, now, sleepers)
    f.finish()


def _fork(module: Module) -> None:
    f = Function(module, "post", [("ptr", "state"), ("ptr", "function"), ("ptr", "argument"), ("i64", "n")], linkage="internal")
    n = Value("i64", "%n")
    with f.loop(1, n) as t:
        box = f.emit("ptr", f"getelementptr i8, ptr %state, i64 {f.add(f.mul(t, MAILBOX), MAILBOXES).name}")
        f.store(Value("ptr", "%function"), cell_at(f, box, 8))
        f.store(Value("ptr", "%argument"), cell_at(f, box, 16))
        f.store(n, cell_at(f, box, 24))
        f.do(f"atomicrmw add ptr {box.name}, i32 1 seq_cst")
        f.call("wake", "void", _pointer, box, cell_at(f, box, 48))
    f.finish()
    f = Function(module, "fork", [("ptr", "state"), ("ptr", "function"), ("ptr", "argument"), ("i64", "n")], linkage="internal")
    f.call("post", "void", _pointer, Value("ptr", "%function"), Value("ptr", "%argument"), n)
    f.do("call void %function(ptr %argument, i64 0, i64 %n)")
    with f.when(f.compare("sgt", n, f.index(1))):
        f.call("barrier", "void", _pointer, n)
    f.finish()


def write_control(module: Module, name: str) -> None:
    """`i64 name_spin(ptr state, i64 count)`: pause so often. `i64 name_claim(ptr state, ptr arena, i64 bytes)`: give the team an arena.
    `i64 name_retire(ptr state)`: send the workers home for ever. The last two return 0, having done nothing, while a run is going on."""
    f = Function(module, f"{name}_spin", [("ptr", "state"), ("i64", "count")], "i64")
    with f.loop(0, Value("i64", "%count")):
        f.call("pause", "void")
    f.finish(Value("i64", "1"))
    f = Function(module, f"{name}_claim", [("ptr", "state"), ("ptr", "arena"), ("i64", "bytes")], "i64")
    take(f, _pointer, "busy")
    f.store(Value("ptr", "%arena"), cell_at(f, _pointer, ARENA))
    f.store(Value("i64", "%bytes"), cell_at(f, _pointer, ARENA_BYTES))
    release(f, _pointer)
    f.do("ret i64 1")
    f.label("busy")
    f.finish(Value("i64", "0"))
    f = Function(module, f"{name}_retire", [("ptr", "state")], "i64")
    take(f, _pointer, "busy")
    f.call("post", "void", _pointer, Value("ptr", "null"), Value("ptr", "null"), f.load("i64", cell_at(f, _pointer, THREADS)))
    f.do("ret i64 1")
    f.label("busy")
    f.finish(Value("i64", "0"))


def take(f: Function, state: Value, busy: str) -> None:
    """Begin a run; go to the block `busy` if there is one already."""
    pair = f.emit("{ i32, i1 }", f"cmpxchg ptr {state.name}, i32 0, i32 1 acquire monotonic")
    mine, free = f.emit("i1", f"extractvalue {pair}, 1"), f.fresh()
    f.do(f"br i1 {mine.name}, label %{free}, label %{busy}")
    f.label(free)


def release(f: Function, state: Value) -> None:
    """End a run."""
    f.do(f"store atomic i32 0, ptr {state.name} release, align 4")


class Team:
    """A team of `size` threads, or as many as the system gives; its workers wait for the first run. `code`: the addresses of the native functions."""

    def __init__(self, size: int, code: dict[str, int]):
        self._memory = np.zeros(MAILBOXES + MAILBOX * (size + 1), np.uint8)
        self.state = self._memory.ctypes.data + -self._memory.ctypes.data % MAILBOX
        _kept.append(self._memory)
        self.arena = np.empty(0, np.uint8)
        self._growing = threading.Lock()
        self._claim, self._retire = _function(code["_claim"], 3), _function(code["_retire"], 1)
        self.asked = size
        self._put(ASKED, size)
        self._put(SPINS, _spins(code["_spin"]))
        self.size = 1 + self._start(size, code["_worker"])
        self._put(THREADS, self.size)

    def _put(self, offset: int, number: int) -> None:
        ctypes.c_int64.from_address(self.state + offset).value = number

    def _start(self, size: int, worker: int) -> int:
        """Start the workers; how many there are. Windows has no pthreads: there the team is the calling thread."""
        if size == 1 or os.name == "nt":
            return 0
        library = ctypes.CDLL(None)
        library.pthread_mutex_init(ctypes.c_void_p(self.state + MUTEX), None)
        library.pthread_cond_init(ctypes.c_void_p(self.state + CONDITION), None)
        handle = ctypes.c_void_p()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            for t in range(1, size):
                box = MAILBOXES + t * MAILBOX
                self._put(box + 32, self.state)
                self._put(box + 40, t)
                if library.pthread_create(ctypes.byref(handle), None, ctypes.c_void_p(worker), ctypes.c_void_p(self.state + box)):
                    return t - 1
                library.pthread_detach(handle)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return size - 1

    def grow(self, nbytes: int) -> bool:
        """Give the team an arena of at least `nbytes`; False while a run is going on."""
        with self._growing:
            if len(self.arena) >= nbytes + 64:
                return True
            arena = np.empty(nbytes + nbytes // 4 + 64, np.uint8)
            where = arena.ctypes.data + -arena.ctypes.data % 64
            if not self._claim(self.state, where, arena.ctypes.data + len(arena) - where):
                return False
            self.arena = arena
            return True

    def retire(self) -> None:
        """Let the workers end, once the run that is going on (if one is) has ended. The team is of no use afterwards."""
        while not self._retire(self.state):
            time.sleep(0.001)


_kept: list[np.ndarray] = []        # workers look at their mailbox until the process ends


def _function(address: int, arguments: int):
    return ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * arguments)(address)


@cache
def _spins(address: int) -> int:
    """How many pauses take SPIN_NANOSECONDS: between 10 and 140 cycles each, depending on the processor."""
    spin = _function(address, 2)
    times = []
    for _ in range(5):
        begin = time.perf_counter_ns()
        spin(None, 200)
        times.append(time.perf_counter_ns() - begin)
    return max(50, 200 * SPIN_NANOSECONDS // max(1, min(times)))
