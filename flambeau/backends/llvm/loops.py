"""Groups of loop nests as kernels: what all kinds share, and elementwise maps. rows.py and columns.py have the reductions."""
from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass

from ...compiler.flatten import Flat, merged
from ...compiler.group import Group, neutral
from ...compiler.nests import Nest, Nests
from ...compiler.scalar import Scalar, linear, walk
from ...core import dtype as dt
from .describe import Names
from .emit import Emitter, across, combine, literal
from .ir import Function, Module, Value, constant, is_float, known, vector
from .kernel import Kernel, Machine, Scratch, Slot

CHUNK = 1024            # elements of one flat loop that a thread takes at a time
_NANOSECONDS = 0.012    # for one operation on one element


@dataclass(eq=False)
class Part:
    """One value of a group, flattened: its expression, where it goes, and whether it is kept in memory."""

    slot: int
    body: Scalar
    offset: Scalar
    dtype: dt.dtype
    kept: bool
    kind: str | None = None
    inner: tuple[Scalar, ...] = ()

    def key(self, scalars) -> Scalar:
        """The load that finds this value where it was made."""
        return scalars.load(self.slot, self.dtype, (self.offset,))


class Build:
    """What the kinds of groups share: flattened parts, the kernel's arguments and its description."""

    def __init__(self, group: Group, nests: Nests, strides, machine: Machine, kept: set[int], numels: dict[int, int]):
        self.group, self.nests, self.machine, self.kept, self.numels = group, nests, machine, kept, numels
        self.scalars, self.flat = nests.scalars, Flat(nests.scalars, strides)

    def part(self, nest: Nest, swap: dict[Scalar, Scalar], at: tuple[Scalar, ...] | None = None) -> Part:
        """A member with its axes renamed. at: what its index is called in the new terms (where axes were cut, renaming alone would not show it)."""
        scalars, body = self.scalars, nest.body
        if at is None:
            at = tuple(scalars.replace(i, swap) for i in nest.index)
        elif at != nest.index:
            body = scalars.rewrite(body, lambda node, args: (
                scalars.load(node.args[0], node.dtype, at) if node.kind == "load" and node.args[1:] == nest.index else None), {})
        body = self.flat.loads(scalars.replace(body, swap), {})
        offset = self.flat.offset(nest.slot, at)
        return Part(nest.slot, body, offset, nest.dtype, nest.slot in self.kept, nest.kind, nest.inner)

    def kernel(self, kind: str, parts: list[Part], shape, emit, volume: int, rooms: dict[int, int] | None = None) -> Kernel:
        """The kernel of `parts`, whose code `emit(f, emitter)` writes. `rooms`: slots that are memory of each thread's own, and their bytes."""
        rooms = rooms or {}
        names = Names()
        for p in parts:
            body, offset = names.of(p.body), names.of(p.offset)
            names.lines.append(f"{names.slot(p.slot)}={body}@{offset} {p.dtype.name} {p.kept} {p.kind} {[names.of(a) for a in p.inner]}")
        # slots that are neither read nor kept need no memory
        touched = {p.slot for p in parts if p.kept} | {n.args[0] for p in parts for n in walk(p.body) if n.kind == "load"} - {
            p.slot for p in parts if not p.kept}
        slots = [s for s in names.slots if s in touched]
        description = f"{kind} {shape} {[names.slots[s] for s in slots]} {[self.numels[s] == 0 for s in slots]} {names.text()}"
        if rooms:
            description += f" rooms {[(names.slots[s], n) for s, n in rooms.items()]}"
        numels = self.numels
        machine = self.machine

        def write(module: Module, name: str, machine: Machine = machine) -> None:
            f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
            pointers = {s: f.load("ptr", f.at(f.parameters[0], k, "ptr")) for k, s in enumerate(slots)}
            pointers |= {s: f.at(pointers[s], f.mul(f.parameters[1], nbytes), "i8") for s, nbytes in rooms.items()}
            e = Emitter(f, machine, pointers, numels)
            e.pending = frozenset(p.slot for p in parts)
            emit(f, e)
            f.finish()

        cost = sum(p.body.cost + 1 for p in parts)
        nbytes = sum(numels[s] * self.nests.dtypes[s].itemsize for s in slots if s not in rooms)
        arguments = tuple(Scratch(rooms[s]) if s in rooms else Slot(s) for s in slots)
        return Kernel(description, write, arguments, max(volume * cost * _NANOSECONDS, nbytes * 0.05), float(volume * cost), float(nbytes))


def width_for(machine: Machine, parts: list[Part]) -> int:
    """Lanes of a vector: as many as the widest of the numbers computed with fit a register, but for indices."""
    wide = all(p.dtype.itemsize == 8 and all(n.dtype.itemsize == 8 for n in walk(p.body) if n.kind in ("load", "call")) for p in parts)
    return machine.width("double" if wide else "float")


def lane_among(axes, parts: list[Part], width: int, stores: int = 2) -> Scalar | None:
    """The axis along which most loads and stores (which count `stores` times) find neighbours in memory; of equals the last one."""
    votes = dict.fromkeys(axes, 0.0)
    for p in parts:
        offsets = [n.args[1] for n in walk(p.body) if n.kind == "load"] + ([p.offset] * stores if p.kept else [])
        for offset in offsets:
            terms = linear(offset)[1]
            for t, k in terms:
                if k == 1 and t in votes:
                    votes[t] += 1
                elif k != 1 and t in votes:
                    votes[t] -= 0.5
    best = None
    for a in axes:
        score = votes[a] + (0.25 if votes[a] >= 0 else 0) + min(1.0, a.args[1] / width) * 0.5
        if best is None or score >= best[0]:
            best = score, a
    return best[1] if best else None


@contextlib.contextmanager
def nested(f: Function, e: Emitter, axes, parts: list[Part], bound: set[Scalar]):
    """Loops over `axes`, the first outermost; at each level what depends on no inner axis is computed."""
    with contextlib.ExitStack() as stack:
        opened = 0
        for a in axes:
            for p in parts:
                e.hoist(p.body, frozenset(bound))
            e.env[a] = stack.enter_context(f.loop(0, a.args[1]))
            bound.add(a)
            e.open()
            opened += 1
        yield
        for _ in range(opened):
            e.close()
        bound.difference_update(axes)


def along(f: Function, e: Emitter, lane: Scalar, start, stop, width: int, parts: list[Part], bound: set[Scalar], body, unroll: int = 1) -> None:
    """`body()` for every vector of lanes in [start, stop); the last one masked. `unroll`: so many vectors, body(0), body(1) …, at a time."""
    for p in parts:
        e.hoist(p.body, frozenset(bound))
    start, stop = f.index(start), f.index(stop)
    count = f.sub(stop, start)
    rest = f.rem(count, width)
    whole = f.sub(stop, rest)
    bound.add(lane)
    e.lane, e.width = lane, width
    static = count.name.isdigit()
    if unroll > 1 and static and int(count.name) >= unroll * width:
        several = f.sub(whole, f.rem(f.sub(whole, start), unroll * width))
        with f.loop(start, several, unroll * width) as i:
            for k in range(unroll):
                e.env[lane] = f.add(i, k * width)
                e.open()
                body(k)
                e.close()
        start = several
    if not static or known(f.sub(whole, start)) != 0:
        with f.loop(start, whole, width) as i:
            e.env[lane] = i
            e.open()
            body()
            e.close()
    if not static or rest.name != "0":
        with f.when(f.compare("sgt", rest, f.index(0))) if not static else contextlib.nullcontext():
            e.env[lane], e.mask = whole, f.tail(rest, width)
            e.open()
            body()
            e.close()
            e.mask = None
    bound.discard(lane)
    e.lane, e.width = None, 0


def unravel(f: Function, e: Emitter, axes, number: Value) -> None:
    """Set the indices of `axes` from the number of an element in row-major order."""
    for a in reversed(axes[1:]):
        e.env[a] = f.rem(number, a.args[1])
        number = f.div(number, a.args[1])
    if axes:
        e.env[axes[0]] = number


def merge(scalars, axes: list[Scalar], parts: list[Part], everything: list[Part] | None = None) -> list[Scalar]:
    """Merge what can be of `axes`, in the parts given (all that use them)."""
    everything = parts if everything is None else everything
    axes, bodies, offsets = merged(scalars, axes, [p.body for p in everything], [p.offset for p in everything])
    for p, body, offset in zip(everything, bodies, offsets, strict=True):
        p.body, p.offset = body, offset
    return axes


class Sum:
    """The running result of a reduction, one for each lane.

    The greatest and the least of floating numbers are found by comparisons that lose NaN, one instruction each; where one was is noted beside.
    """

    def __init__(self, f: Function, part: Part, width: int):
        self.f, self.kind, self.dtype, self.width = f, part.kind, part.body.dtype, width
        self.start = f.splat(literal(self.dtype, neutral(self.kind, self.dtype)), width)
        self.variable = f.variable(self.start.type)
        self.lost = f.variable(vector("i1", width)) if self.kind in ("max", "min") and is_float(self.start.type) else None
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.f.store(self.start, self.variable, 64)
        if self.lost is not None:
            self.f.store(constant(vector("i1", self.width), 0), self.lost, 64)

    def take(self, e: Emitter, value: Value) -> None:
        """Combine with the value of the present lanes, of which the masked ones count."""
        value = self.f.splat(value, self.width)
        if e.mask is not None:
            value = self.f.select(e.mask, value, self.start)
        self.add(value)

    def add(self, value: Value) -> None:
        """Combine with a value in every lane."""
        f = self.f
        before = f.load(self.start.type, self.variable, 64)
        if self.lost is None:
            f.store(combine(f, self.kind, before, value, self.dtype), self.variable, 64)
            return
        f.store(f.select(f.compare("ogt" if self.kind == "max" else "olt", before, value), before, value), self.variable, 64)
        f.store(f.op("or", f.load(vector("i1", self.width), self.lost, 64), f.compare("uno", value, value)), self.lost, 64)

    def now(self) -> Value:
        """What every lane has."""
        found = self.f.load(self.start.type, self.variable, 64)
        if self.lost is None:
            return found
        return self.f.select(self.f.load(vector("i1", self.width), self.lost, 64), constant(found.type, math.nan), found)

    def result(self) -> Value:
        """All lanes combined."""
        return across(self.f, self.kind, self.now(), self.dtype)


def map_kernel(build: Build) -> Kernel:
    """out[i] = body(i) for every i: several values in one pass."""
    group, scalars, machine = build.group, build.scalars, build.machine
    axes = group.members[0].axes
    parts = [build.part(n, dict(zip(n.axes, axes, strict=True)) if n.axes != axes else {}) for n in group.members]
    axes, bodies, offsets = merged(scalars, axes, [p.body for p in parts], [p.offset for p in parts])
    for p, body, offset in zip(parts, bodies, offsets, strict=True):
        p.body, p.offset = body, offset
    width = width_for(machine, parts)
    lane = lane_among(axes, parts, width)
    outer = [a for a in axes if a is not lane]
    volume = math.prod(a.args[1] for a in axes)

    def emit(f: Function, e: Emitter) -> None:
        _, thread, threads = f.parameters
        bound: set[Scalar] = set()

        def body() -> None:
            emit_parts(e, scalars, parts)

        if lane is None:
            with f.when(f.compare("eq", thread, f.index(0))):
                e.open()
                body()
                e.close()
        elif not outer:
            n = lane.args[1]
            first, last = f.share(-(-n // CHUNK), thread, threads)
            along(f, e, lane, f.mul(first, CHUNK), f.least(f.mul(last, CHUNK), n), width, parts, bound, body)
        else:
            lead = 1
            while lead < len(outer) and math.prod(a.args[1] for a in outer[:lead]) < 64:
                lead += 1
            for p in parts:
                e.hoist(p.body, frozenset())
            with f.loop(*f.share(math.prod(a.args[1] for a in outer[:lead]), thread, threads)) as t:
                e.open()
                unravel(f, e, outer[:lead], t)
                bound.update(outer[:lead])
                with nested(f, e, outer[lead:], parts, bound):
                    along(f, e, lane, 0, lane.args[1], width, parts, bound, body)
                bound.difference_update(outer[:lead])
                e.close()

    return build.kernel(f"map w{width} lane{axes.index(lane) if lane else None}", parts, tuple(a.args[1] for a in axes), emit, volume)


def emit_parts(e: Emitter, scalars, parts: list[Part]) -> None:
    """Values first, then stores: what is overwritten may be read by all."""
    values = []
    for p in parts:
        value = e.value(p.body)
        e.know(p.key(scalars), value)
        values.append(value)
    for p, value in zip(parts, values, strict=True):
        if p.kept:
            e.store(value, p.slot, p.offset, p.dtype)
