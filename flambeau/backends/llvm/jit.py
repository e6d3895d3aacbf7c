"""From kernels to addresses: looked up in memory, in the disk cache, else compiled.

All objects live in one engine for as long as the process does: nothing that could still be running is ever unloaded. An object that comes from
the cache is linked without LLVM's parser or code generator seeing anything (some 60 µs).

    FLAMBEAU_LOG=compile    tells on stderr what is compiled, how long it took, and what came from the cache
"""
from __future__ import annotations

import ctypes
import hashlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm

from ...core import settings
from .cache import Store, default_folder
from .host import host, runs_here, target_machine
from .ir import Module
from .kernel import Kernel, Machine
from .objects import undefined

# Outside functions are called through a table of addresses, those that LLVM brings in by itself too: the engine reserves memory for the table, but
# not for the jump stubs that other calls would need, and so could not place an object's parts close together.
FLAGS = '\n!llvm.module.flags = !{!0}\n!0 = !{i32 7, !"RtLibUseGOT", i32 1}\n'

_lock = threading.RLock()       # LLVM is used by one thread at a time
_addresses: dict[tuple[str, Machine], dict[str, int]] = {}
_log = settings.logged("compile")


def address(kernel: Kernel, machine: Machine | None = None) -> int:
    """The address of a kernel's function."""
    return addresses([kernel], machine)[0]


def addresses(kernels: Sequence[Kernel], machine: Machine | None = None) -> list[int]:
    """The addresses of several kernels' functions."""
    return [library(k.description, k.emit, ("",), machine, k.title)[""] for k in kernels]


def library(description: str, emit: Callable[[Module, str, Machine], None], exports: Iterable[str] = ("",), machine: Machine | None = None,
            title: str = "") -> dict[str, int]:
    """The addresses of the functions that `emit(module, name, machine)` writes: those called `name` + x, for each x of `exports`.

    `description` tells all that the code depends on beside the machine. RuntimeError if the code is for another machine than this host or needs
    functions that no library of this process has.
    """
    machine = machine or host()
    found = _addresses.get((description, machine))
    if found is None:
        with _lock:
            found = _addresses.get((description, machine))
            if found is None:
                found = _addresses[description, machine] = _make(description, emit, tuple(exports), machine, title or description[:60])
    return found


def object_code(emit: Callable[[Module, str, Machine], None], name: str, machine: Machine, times: dict[str, float] | None = None) -> bytes:
    """The object file of what `emit` writes, for any machine. `times` receives the milliseconds of each part."""
    clock = time.perf_counter
    with _lock:
        begin = clock()
        module = Module()
        emit(module, name, machine)
        text = f"{module}{FLAGS}"
        emitted = clock()
        parsed = llvm.parse_assembly(text)
        parsed.verify()
        target = _generator(machine)
        parsed.triple = machine.triple
        parsed.data_layout = str(target.target_data)
        for function in parsed.functions:
            if function.is_declaration:
                if not function.name.startswith("llvm."):
                    function.add_function_attribute("nonlazybind")
            elif not function.name.startswith(name):
                function.linkage = "internal"           # objects share one engine: what they do not export must not meet
        read = clock()
        builder = llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options(speed_level=1))
        passes = llvm.create_new_module_pass_manager()
        passes.add_sroa_pass()
        passes.run(parsed, builder)
        optimized = clock()
        code = target.emit_object(parsed)
    if times is not None:
        times |= {"emit": 1e3 * (emitted - begin), "parse": 1e3 * (read - emitted), "passes": 1e3 * (optimized - read), "code": 1e3 * (clock() - optimized)}
    return code


def _make(description, emit, exports, machine, title) -> dict[str, int]:
    if not runs_here(machine):
        lacking = sorted(machine.features - host().features)
        raise RuntimeError(f"code for another machine cannot run here: {machine.triple}" + (f", with {', '.join(lacking)}" if lacking else ""))
    key = _key(description, machine)
    name = f"flambeau_{key}"
    begin = time.perf_counter()
    kept = _store().get(key)
    if kept is not None:
        length = int.from_bytes(kept[:4], "little")
        needs, code = kept[4:4 + length].decode().split(), kept[4 + length:]
        found = _link(code, name, exports, needs)
        if _log:
            print(f"flambeau: {title}: from cache, {1e3 * (time.perf_counter() - begin):.2f} ms, {len(code)} bytes", file=sys.stderr)
        return found
    times: dict[str, float] = {}
    code = object_code(emit, name, machine, times)
    needs = undefined(code)
    begin = time.perf_counter()
    found = _link(code, name, exports, needs)
    names = " ".join(needs).encode()
    _store().put(key, len(names).to_bytes(4, "little") + names + code)
    if _log:
        times["link"] = 1e3 * (time.perf_counter() - begin)
        print(f"flambeau: {title}: compiled, {', '.join(f'{part} {ms:.2f}' for part, ms in times.items())} ms, {len(code)} bytes", file=sys.stderr)
    return found


def _link(code: bytes, name: str, exports: tuple[str, ...], needs: list[str]) -> dict[str, int]:
    missing = [symbol for symbol in needs if not _bound(symbol)]
    if missing:
        raise RuntimeError(f"compiled code calls functions that no library of this process has: {', '.join(missing)}")
    engine = _engine()
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    found = {export: engine.get_function_address(name + export) for export in exports}
    lacking = [export for export, where in found.items() if not where]
    if lacking:
        raise RuntimeError(f"compiled code lacks the function {', '.join(map(repr, lacking))} that it should define")
    return found


@cache
def _engine() -> llvm.ExecutionEngine:
    """The engine. On Linux one allocation for each object keeps its code and its constants close together (`use_lmm`); elsewhere LLVM's own way."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine(host()), use_lmm=True if "linux" in host().triple else None)
    engine._dispose = lambda: None          # threads may sit in its code when the interpreter ends
    return engine


@cache
def _generator(machine: Machine) -> llvm.TargetMachine:
    return target_machine(machine)


@cache
def _bound(symbol: str) -> bool:
    """Whether the linker finds `symbol` in this process; the compiler's own run-time library is looked through too."""
    if llvm.address_of_symbol(symbol):
        return True
    for library in ("libgcc_s.so.1", "libm.so.6", _mathematics):       # the last one asks other programs, which takes long
        try:
            name = library() if callable(library) else library
            function = getattr(ctypes.CDLL(name), symbol) if name else None
        except (OSError, AttributeError):
            continue
        if function is not None:
            llvm.add_symbol(symbol, ctypes.cast(function, ctypes.c_void_p).value)
            return True
    return False


def _mathematics() -> str | None:
    """The name of the C library's mathematical part."""
    import ctypes.util  # slow to load, and seldom needed
    return ctypes.util.find_library("m")


@cache
def _store() -> Store:
    store = Store(default_folder() if Path(__file__).exists() else None, settings.cache_limit())      # without sources nothing tells versions apart
    if store.trouble:
        print(f"flambeau: {store.trouble}; what is compiled is kept in memory only", file=sys.stderr)
    return store


def _key(description: str, machine: Machine) -> str:
    content = "\0".join([_versions(), _described(machine), description])
    return hashlib.blake2b(content.encode(), digest_size=20).hexdigest()


@cache
def _described(machine: Machine) -> str:
    return "\0".join([machine.triple, machine.cpu, *sorted(machine.features)])


@cache
def _versions() -> str:
    """What the code depends on beside descriptions and the machine: LLVM, and flambeau's own sources (1 ms)."""
    here = Path(__file__).resolve().parent
    digest = hashlib.blake2b(digest_size=20)
    for folder in (here, here.parents[1] / "compiler", here.parents[1] / "core"):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return "\0".join([llvmlite.__version__, ".".join(map(str, llvm.llvm_version_info)), digest.hexdigest()])


_forking: int | None = None     # the thread that holds the lock for a fork


def _before_fork() -> None:
    global _forking
    _lock.acquire()
    _forking = threading.get_ident()


def _after_fork() -> None:
    global _forking
    if _forking == threading.get_ident():   # else this module was loaded by what another hook did before this very fork
        _forking = None
        _lock.release()


if hasattr(os, "register_at_fork"):     # no other thread is inside LLVM while a process forks
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
