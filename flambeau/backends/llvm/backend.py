"""From a program to something that runs: nests, groups, kernels, memory; native segments with references between them."""
from __future__ import annotations

import contextlib
import math
import threading
from functools import partial

import numpy as np

from ...compiler import Program
from ...compiler.fuse import inline
from ...compiler.group import Group, gather
from ...compiler.layout import lay_out
from ...compiler.nests import KERNEL, WHOLE, Call, Nest, Nests, read
from ...compiler.verify_groups import verify_arena, verify_groups, verify_replacements
from ...compiler.verify_nests import verify_calls, verify_layout, verify_nests
from ...core import settings
from ...core.shape import contiguous_strides
from .. import Interrupted
from ..reference import run_step
from . import pages
from .anchor import page_kernels, product_kernels, whole_kernels
from .buffers import LEAST, fill
from .columns import columns_kernel
from .direct import Direct, direct
from .driver import Fitness, Segment
from .host import host
from .ir import Function, Module
from .kernel import TYPES, Kernel, Machine, Operand, Slot
from .loops import Build, map_kernel
from .memory import ALIGN, arena, in_order, replacements
from .rows import rows_kernel

_NO_CONTEXT = contextlib.nullcontext()
_KERNELS = {"map": map_kernel, "rows": rows_kernel, "columns": columns_kernel}
_COUNTER = -1           # the slot of the word in which a segment says that it has run


class LlvmBackend:
    """Machine code for the CPU."""

    name, device_type = "llvm", "cpu"

    def unavailable(self) -> str | None:
        """llvmlite is an ordinary dependency: it is there."""
        return None

    def prepare(self, program: Program):
        """A callable from the leaves' buffers to the results' buffers."""
        return Executable(program, host())


def count_run(module: Module, name: str, machine: Machine) -> None:
    """A kernel that adds 1 to a word: it tells whether the segment that it ends has run, whatever interrupted the caller."""
    f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
    with f.when(f.compare("eq", f.parameters[1], f.index(0))):
        word = f.load("ptr", f.parameters[0])
        f.store(f.add(f.load("i64", word), 1), word)
    f.finish()


def _written(module: Module, name: str, machine: Machine) -> None:
    raise RuntimeError("internal: this kernel's code was made already")


class Native:
    """A run of native groups."""

    def __init__(self, kernels: list[Kernel], places: dict[int, tuple[int, int]], rows: list[int], machine: Machine):
        self.counter = np.zeros(1, np.int64)
        self.rows = rows
        end = Kernel("count a run", count_run, (Slot(_COUNTER),), title="end")
        places = {Slot(s): p for s, p in places.items()} | {Slot(_COUNTER): (len(rows), 0)}
        self.kernels = kernels
        self.segment = Segment([*kernels, end], places, len(rows) + 1, machine)
        for kernel in kernels:          # what it was made from is not needed any more
            kernel.emit = _written


class Executable:
    """A program, compiled."""

    def __init__(self, program: Program, machine: Machine):
        self.machine = machine
        has, thorough = partial(native, machine), settings.verified()
        nests = read(program, has)
        if thorough:
            verify_nests(nests, program)
        nests = inline(nests)
        strides = lay_out(nests, wants)
        if thorough:
            verify_nests(nests, program)
            verify_layout(nests, strides)
            verify_calls(nests, has)
        groups = gather(nests, strides)
        replaced = replacements(nests, groups, program)
        groups = in_order(groups)
        if thorough:
            verify_nests(nests, program)
            verify_layout(nests, strides)
            verify_groups(groups, nests)
            verify_replacements(groups, nests, program, replaced)
        self._build(program, nests, groups, strides, replaced)

    def _build(self, program: Program, nests: Nests, groups: list[Group], strides, replaced: dict[int, int]) -> None:
        results = [slot for _, slot in program.results]
        calls = {s for g in groups if g.kind == "call" for s in (*g.anchor.step.inputs, g.anchor.step.output)}
        outside = set(results) | calls
        kept = outside.union(*[g.reads for g in groups])
        numels = {s: math.prod(shape) for s, shape in nests.shapes.items() if nests.dtypes[s] is not None and not isinstance(nests.dtypes[s], tuple)}
        made: list[list[Kernel] | Call] = []
        for g in groups:
            if g.kind == "call":
                made.append(g.anchor)
                continue
            build = Build(g, nests, strides, self.machine, kept, numels)
            if g.kind == "whole":
                made.append(whole_kernels(build, pages.WHOLE[type(g.anchor.step.op).__name__]))
            elif g.kind != "anchor":
                made.append([_KERNELS[g.kind](build)])
            elif isinstance(g.anchor, Nest):
                made.append(product_kernels(build))
            else:
                made.append(page_kernels(build, pages.KERNELS[type(g.anchor.step.op).__name__]))
            _name(made[-1], g, program)
        # memory: rows of arrays for leaves, results and what references see; one arena for the rest
        lives: dict[int, tuple[int, int]] = {}
        for k, part in enumerate(made):
            used = {a.number for kernel in part for a in kernel.arguments if isinstance(a, Slot)} if isinstance(part, list) else ()
            for s in used:
                if s >= nests.leaves and s not in outside:
                    lives[s] = (min(k, lives.get(s, (k, k))[0]), k)
        sizes = {s: max(numels[s], 1) * nests.dtypes[s].itemsize for s in lives}
        offsets, self.arena_bytes = arena(sizes, lives)
        if settings.verified():
            verify_arena(offsets, sizes, lives, self.arena_bytes, ALIGN)
        self.steps: list[Native | Call] = []
        run: list[Kernel] = []

        def end_run() -> None:
            if not run:
                return
            slots = dict.fromkeys(a.number for kernel in run for a in kernel.arguments if isinstance(a, Slot))
            rows = [s for s in slots if s not in offsets]
            places = {s: (k, 0) for k, s in enumerate(rows)} | {s: (len(rows), offsets[s]) for s in slots if s in offsets}
            self.steps.append(Native(list(run), places, [*rows, _ARENA], self.machine))
            run.clear()

        for part in made:
            if isinstance(part, list):
                run.extend(part)
            else:
                end_run()
                self.steps.append(part)
        end_run()
        # results of kernels need arrays before the first segment that writes them
        by_call = {p.step.output for p in self.steps if isinstance(p, Call)}
        natively = {s for p in self.steps if isinstance(p, Native) for s in p.rows if s != _ARENA}
        used_leaves = [s for s in range(nests.leaves) if s in natively]
        self.replaced = [(slot, leaf) for slot, leaf in replaced.items() if slot in natively]
        overwritten = dict(self.replaced)
        # (what is empty is made by no kernel, and is needed all the same)
        wanted = natively | set(results) | {i for p in self.steps if isinstance(p, Call) for i in p.step.inputs}
        fresh = [s for s in sorted(wanted) if s >= nests.leaves and s not in by_call and s not in overwritten]
        large = {s for s in fresh if numels[s] * nests.dtypes[s].itemsize >= LEAST}
        self.fresh, self.large = ([(s, tuple(nests.shapes[s]), nests.dtypes[s].numpy) for s in fresh if (s in large) == big] for big in (False, True))
        self.checked, self.leaves, self.native_slots = used_leaves, nests.leaves, natively | set(results)
        written = [used_leaves.index(leaf) for leaf in overwritten.values() if leaf in used_leaves]
        self.fitness = Fitness(len(used_leaves), written, 3)
        self.referring = bool(by_call)
        self.results = results
        self.slots = nests.fresh

    def __call__(self, buffers: list[np.ndarray]) -> list[np.ndarray]:
        table: list = [None] * self.slots
        table[:len(buffers)] = buffers
        buffers.clear()
        used = [table[s] for s in self.checked]
        for k in self.fitness.unfit(used):
            table[self.checked[k]] = np.array(used[k], order="C", copy=True)
        del used
        for slot, leaf in self.replaced:
            table[slot] = table[leaf]
        for slot, shape, kind in self.fresh:
            table[slot] = np.empty(shape, kind)
        if self.large:
            fill(table, self.large)
        table.append(_take_arena(self.arena_bytes))
        interrupted, held = False, set(range(self.leaves))
        with np.errstate(all="ignore") if self.referring else _NO_CONTEXT:
            for step in self.steps:
                while True:
                    before = step.counter[0] if isinstance(step, Native) else None
                    try:
                        if before is None:
                            self._call(step, table, held)
                        else:
                            step.segment.run([*[table[s] for s in step.rows], step.counter])
                        break
                    except KeyboardInterrupt:
                        interrupted = True
                        if before is not None and step.counter[0] != before:
                            break
        _arenas.idle = table[_ARENA]
        results = [table[s] for s in self.results]
        if interrupted:
            raise Interrupted(results)
        return results

    def direct(self) -> Direct | None:
        """The program for memory that stays where it is; None where it is more than one native call."""
        return direct(self)

    def _call(self, call: Call, table, held: set[int]) -> None:
        inputs = [table[i] for i in call.step.inputs]
        # (counting references, run_step must find the first input where it lies)
        inputs = inputs[1:] if call.step.overwrite else inputs
        result = run_step(call.step, table, held, "no kernel of its own")
        single = not isinstance(result, tuple)
        made = [_apart(part, inputs) for part in ((result,) if single else result)]
        table[call.step.output] = made[0] if single else tuple(made)
        for i in call.step.release:
            if i not in self.native_slots:
                table[i] = None


def _apart(result: np.ndarray, inputs) -> np.ndarray:
    """A reference's result as kernels need it: row by row, and in memory of its own, as that of its inputs may be written to later."""
    if any(isinstance(x, np.ndarray) and np.may_share_memory(result, x) for x in inputs):
        return np.array(result, order="C", copy=True)
    return result if result.flags.c_contiguous and result.flags.aligned else np.ascontiguousarray(result)


class _Arenas(threading.local):
    """The memory for temporaries that no program of this thread uses at the moment: one serves all programs, each while it runs."""

    idle: np.ndarray | None = None


_arenas = _Arenas()


def _take_arena(nbytes: int) -> np.ndarray:
    """Memory of at least so many bytes, 64-byte aligned. A program that runs within another one (in a finaliser, say) gets its own."""
    found, _arenas.idle = _arenas.idle, None
    if found is None or found.nbytes < nbytes:
        found = np.empty(nbytes + 128, np.uint8)
        found = found[-found.ctypes.data % 64:]
    return found


_ARENA = -1             # the last entry of the table


def _name(kernels: list[Kernel], group: Group, program: Program) -> None:
    """Titles and lines for the profiler: the operators that went into a group, and where they were called."""
    by_output = {s.output: s for s in program.steps}
    numbers = sorted({k for n in group.members for k in n.steps} | (set(group.anchor.steps) if isinstance(group.anchor, Nest) else set()))
    steps = [program.steps[k] for k in numbers]
    if isinstance(group.anchor, Call):
        steps.insert(0, by_output[group.anchor.step.output])
    title = " + ".join(dict.fromkeys(step.op.name for step in steps))
    lines = tuple(dict.fromkeys(step.line for step in steps if step.line))
    for kernel in kernels:
        kernel.title = f"{title} ({kernel.title})" if kernel.title else title
        kernel.lines = lines


class _Nothing:
    """An epilogue that does nothing, to ask whether there is a kernel."""

    description, arguments, lanes, work, far, scattered = "nothing", (), None, 0.0, False, 0.0

    def emit(self, f, pointers, index, axis, value, mask) -> None:
        """Nothing."""

    def touch(self, f, pointers, index, axis, width) -> None:
        """Nothing."""


def native(machine: Machine, step, shapes, dtypes) -> str | None:
    """Whether this backend has a kernel of its own for a step: KERNEL, WHOLE, or None."""
    name = type(step.op).__name__
    make, whole = pages.KERNELS.get(name), pages.WHOLE.get(name)
    if make is None and whole is None:
        return None
    results = [(step.shape, step.dtype)] if step.op.outputs is None else list(zip(step.shape, step.dtype, strict=True))
    if any(isinstance(d, tuple) or d is None or d.name not in TYPES for d in (*dtypes, *[d for _, d in results])) or not all(
            math.prod(shape) for shape, _ in results):
        return None

    def operand(k: int, shape, dtype) -> Operand:
        return Operand(Slot(k), tuple(shape), contiguous_strides(shape), TYPES[dtype.name])
    operands = [operand(k, *both) for k, both in enumerate(zip(shapes, dtypes, strict=True))]
    if whole is not None:
        made = whole(step.op, operands, [operand(len(operands) + k, *both) for k, both in enumerate(results)], machine)
        return None if made is None else WHOLE
    return None if make(step.op, operands, tuple(step.shape), _Nothing(), machine) is None else KERNEL


def wants(step) -> tuple[tuple[int, ...], bool]:
    """Which inputs, and whether the result, a step's kernel would have channels-last."""
    return pages.LAYOUT.get(type(step.op).__name__, ((), False))


backend = LlvmBackend()

__all__ = ["Executable", "LlvmBackend", "backend"]
