"""Groups of loop nests as kernels: elementwise maps, reductions by rows and by columns."""
from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass

from ...compiler.flatten import Flat, merged
from ...compiler.fuse import costly
from ...compiler.group import Group, neutral
from ...compiler.nests import Nest, Nests
from ...compiler.scalar import Scalar, linear, walk
from ...core import dtype as dt
from .describe import Names
from .emit import Emitter, across, combine, convert, literal
from .ir import Function, Module, Value, constant, is_float, known, vector
from .kernel import Kernel, Machine, Scratch, Slot

BLOCK = 128             # terms that a column adds up before they go to its sum: rounding errors grow with the length of a chain
CHUNK = 1024            # elements of one flat loop that a thread takes at a time
CHAINS, LIGHT = 4, 16   # sums that a pass over a row keeps side by side, so that none waits for its last addition; where a term costs no more than that
WORTH = 10              # operations that cost more than to keep their result and to load it again
AHEAD = 1 << 10         # bytes of a row from which on the next one is asked for in advance: processors see by themselves that short ones follow
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
        return Kernel(description, write, tuple(Scratch(rooms[s]) if s in rooms else Slot(s) for s in slots), max(volume * cost * _NANOSECONDS, nbytes * 0.05), float(volume * cost),
                      float(nbytes))


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


# ------------------------------------------------------------------------------------------------------------------------------- maps
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


# ------------------------------------------------------------------------------------------------------------------------------- rows
@dataclass(eq=False)
class Loop:
    """One pass over a row."""

    axes: tuple[Scalar, ...]
    parts: list[Part]
    sizes: tuple[int, ...]
    lane: Scalar | None = None


def rows_kernel(build: Build) -> Kernel:
    """Row by row: reductions of the row, and values over the row that read them, in as few passes as there are steps."""
    group, scalars, machine = build.group, build.scalars, build.machine
    count = len(group.sizes)
    rows = group.members[0].axes[:count]
    loops: list[Loop] = []
    made: dict[int, tuple[int, Part]] = {}
    for nest in group.members:
        swap = dict(zip(nest.axes[:count], rows, strict=True))
        inner = nest.inner if nest.kind is not None else nest.axes[count:]
        sizes = tuple(a.args[1] for a in inner)
        read = [made[s] for s in nest.body.slots if s in made]
        at = _pass_for(build, nest, swap, inner, sizes, read, loops)
        if at == len(loops):
            loops.append(Loop(inner, [], sizes))
        loop = loops[at]
        swap.update(zip(inner, loop.axes, strict=True))
        part = build.part(nest, swap)
        part.inner = loop.axes if nest.kind is not None else ()
        # read by a later pass: it goes through memory, which is in the cache still
        for number, source in read:
            if number != at and source.kind is None and source.offset.axes - set(rows):
                source.kept = True
        loop.parts.append(part)
        made[nest.slot] = at, part
    parts = [p for loop in loops for p in loop.parts]
    rows = _merge(scalars, list(rows), parts)
    for loop in loops:
        loop.axes = tuple(_merge(scalars, list(loop.axes), loop.parts, parts))
        for p in loop.parts:
            if p.kind is not None:
                p.inner = loop.axes
    rooms = _keep(build, loops)
    parts = [p for loop in loops for p in loop.parts]
    width = width_for(machine, parts)
    for loop in loops:
        loop.lane = lane_among(loop.axes, loop.parts, width)
    total = math.prod(a.args[1] for a in rows)
    busiest = max(loops[1:], key=lambda loop: sum(p.body.cost for p in loop.parts), default=None)
    ahead = _ahead(build, loops, rows, busiest) if busiest is not None else []

    def emit(f: Function, e: Emitter) -> None:
        _, thread, threads = f.parameters
        for p in parts:
            e.hoist(p.body, frozenset())
        with f.loop(*f.share(total, thread, threads)) as t:
            e.open()
            unravel(f, e, rows, t)
            for loop in loops:
                _emit_pass(f, e, scalars, loop, set(rows), width, ahead if loop is busiest else [])
                e.pending -= {p.slot for p in loop.parts}
            e.close()

    volume = total * sum(math.prod(loop.sizes) for loop in loops)
    return build.kernel(f"rows w{width} {[len(loop.parts) for loop in loops]} {[loop.axes.index(loop.lane) if loop.lane else None for loop in loops]}", parts,
                        (tuple(a.args[1] for a in rows), tuple(tuple(a.args[1] for a in loop.axes) for loop in loops)), emit, volume, rooms)


def _ahead(build: Build, loops: list[Loop], rows, busiest: Loop) -> list[tuple[int, Scalar, int]]:
    """What the next row's first pass will read, asked for while this row's `busiest` one computes: (slot, offset along its loop, bytes of an element)."""
    scalars, asked = build.scalars, []
    if len(rows) != 1 or len(loops[0].axes) != 1 or [a.args[1] for a in busiest.axes] != [loops[0].axes[0].args[1]]:
        return []
    (row,), (here,), (there,) = rows, loops[0].axes, busiest.axes
    for p in loops[0].parts:
        for n in walk(p.body):
            if n.kind == "load" and all(t.kind == "axis" for t, _ in linear(n.args[1])[1]):
                steps = dict(linear(n.args[1])[1])
                if steps.get(here) == 1 and steps.get(row, 0) * n.dtype.itemsize >= AHEAD:
                    asked.append((n.args[0], scalars.add(scalars.replace(n.args[1], {here: there}), scalars.int(steps[row])), n.dtype.itemsize))
    return list(dict.fromkeys(asked))


def _keep(build: Build, loops: list[Loop]) -> dict[int, int]:
    """What a pass computes at some cost and a later one would compute again goes through memory of each thread's own, a row of it, which stays
    in the cache. The slots of that memory, and their bytes."""
    nests, scalars, rooms = build.nests, build.scalars, {}
    for at, later in enumerate(loops):
        for earlier in loops[:at]:
            if len(later.axes) != 1 or [a.args[1] for a in earlier.axes] != [later.axes[0].args[1]]:
                continue
            (here,), (there,) = later.axes, earlier.axes
            made = {n for p in earlier.parts for n in walk(p.body) if n.kind not in ("load", "const", "axis")}
            swap: dict[Scalar, Scalar] = {}

            def change(node, args, made=made, here=here, there=there, earlier=earlier, swap=swap):
                if here not in node.axes or node.cost < WORTH or not costly(node):
                    return None
                twin = scalars.replace(node, {here: there})
                if twin not in made:
                    return None
                if twin not in swap:
                    n = there.args[1]
                    slot = nests.new_slot((n,), node.dtype)
                    build.numels[slot], rooms[slot] = n, -(-n * node.dtype.itemsize // 64) * 64
                    earlier.parts.insert(0, Part(slot, twin, there, node.dtype, True))
                    swap[twin] = slot
                return scalars.load(swap[twin], node.dtype, (here,))

            for p in later.parts:
                p.body = scalars.rewrite(p.body, change, {})
    return rooms


def _pass_for(build, nest, swap, inner, sizes, read, loops) -> int:
    """The number of the pass that `nest` can join (the next one, if none)."""
    least = 0
    for number, source in read:
        least = max(least, number + (source.kind is not None or sizes != loops[number].sizes))
    for at in range(least, len(loops)):
        if loops[at].sizes != sizes:
            continue
        here = [source for number, source in read if number == at]
        if here:
            trial = build.flat.loads(build.scalars.replace(nest.body, swap | dict(zip(inner, loops[at].axes, strict=True))), {})
            keys = {source.key(build.scalars) for source in here}
            slots = {source.slot for source in here}
            if any(n.kind == "load" and n.args[0] in slots and n not in keys for n in walk(trial)):
                continue
        return at
    return len(loops)


def _merge(scalars, axes: list[Scalar], parts: list[Part], everything: list[Part] | None = None) -> list[Scalar]:
    """Merge what can be of `axes`, in the parts given (all that use them)."""
    everything = parts if everything is None else everything
    axes, bodies, offsets = merged(scalars, axes, [p.body for p in everything], [p.offset for p in everything])
    for p, body, offset in zip(everything, bodies, offsets, strict=True):
        p.body, p.offset = body, offset
    return axes


def _emit_pass(f: Function, e: Emitter, scalars, loop: Loop, bound: set[Scalar], width: int, ahead=()) -> None:
    if not loop.axes:
        for p in loop.parts:
            e.know(p.key(scalars), e.value(p.body))
        for p in loop.parts:
            if p.kept:
                e.store(e.value(p.key(scalars)), p.slot, p.offset, p.dtype)
        return
    outer = [a for a in loop.axes if a is not loop.lane]
    light = all(p.kind is not None for p in loop.parts) and sum(p.body.cost for p in loop.parts) <= LIGHT
    unroll = CHAINS if light and loop.lane.args[1] >= CHAINS * width else 1
    sums = {p: [Sum(f, p, width) for _ in range(unroll)] for p in loop.parts if p.kind is not None}

    def body(k: int = 0) -> None:
        for slot, offset, itemsize in ahead:
            base, _, _ = e.place(offset)
            for line in range(0, width * itemsize, 64):
                f.prefetch(f.at(e.pointers[slot], f.add(base, line // itemsize), f"i{8 * itemsize}"))
        values = []
        for p in loop.parts:
            value = e.value(p.body)
            if p.kind is None:
                e.know(p.key(scalars), value)
            values.append(value)
        for p, value in zip(loop.parts, values, strict=True):
            if p.kind is not None:
                sums[p][k].take(e, value)
            elif p.kept:
                e.store(value, p.slot, p.offset, p.dtype)

    e.open()
    with nested(f, e, outer, loop.parts, bound):
        along(f, e, loop.lane, 0, loop.lane.args[1], width, loop.parts, bound, body, unroll)
    e.close()
    for p, chains in sums.items():
        while len(chains) > 1:
            for low, high in zip(chains[::2], chains[1::2], strict=True):
                low.add(high.now())
            chains = chains[::2]
        value = convert(f, chains[0].result(), p.body.dtype, p.dtype)
        e.know(p.key(scalars), value)
        if p.kept:
            e.store(value, p.slot, p.offset, p.dtype)


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


# ---------------------------------------------------------------------------------------------------------------------------- columns
def columns_kernel(build: Build) -> Kernel:
    """Sums along the outer axes of memory: a vector of neighbouring results, and for each of them all that is reduced."""
    group, scalars, machine = build.group, build.scalars, build.machine
    first = group.members[0]
    parts = []
    for nest in group.members:
        swap = dict(zip(nest.axes + nest.inner, first.axes + first.inner, strict=True))
        part = build.part(nest, swap)
        part.inner = first.inner
        parts.append(part)
    axes = _merge(scalars, list(first.axes), parts)
    inner = _merge(scalars, list(first.inner), parts)
    for p in parts:
        p.inner = tuple(inner)
    base = width_for(machine, parts)
    lane = lane_among(axes, parts, base, 0)          # what is stored once counts for nothing beside what is summed
    width = base
    while lane is not None and width * 2 <= 4 * base and lane.args[1] % (width * 2) == 0 and len(parts) * width * 2 <= 8 * base:
        width *= 2
    outer = [a for a in axes if a is not lane]
    total = math.prod(a.args[1] for a in outer)

    def emit(f: Function, e: Emitter) -> None:
        _, thread, threads = f.parameters
        for p in parts:
            e.hoist(p.body, frozenset())
        lanes = lane.args[1] if lane else 1
        blocks = -(-lanes // width) if lane else 1
        with f.loop(*f.share(total * blocks, thread, threads)) as t:
            e.open()
            block = f.rem(t, blocks)
            unravel(f, e, outer, f.div(t, blocks))
            bound = set(outer)
            if lane is None:
                _column(f, e, scalars, parts, inner, bound, 0)
            else:
                start = f.mul(block, width)
                along(f, e, lane, start, f.least(f.add(start, width), lanes), width, parts, bound,
                      lambda: _column(f, e, scalars, parts, inner, bound, width))
            e.close()

    shape = tuple(a.args[1] for a in axes), tuple(a.args[1] for a in inner)
    return build.kernel(f"columns w{width} lane{axes.index(lane) if lane else None}", parts, shape, emit, math.prod(shape[0]) * math.prod(shape[1]))


def _column(f: Function, e: Emitter, scalars, parts: list[Part], inner, bound: set[Scalar], width: int) -> None:
    sums = [Sum(f, p, width) for p in parts]
    last = inner[-1]
    with nested(f, e, inner[:-1], parts, bound):
        for p in parts:
            e.hoist(p.body, frozenset(bound))
        long = last.args[1] > BLOCK or len(inner) > 1
        n = last.args[1]
        with f.loop(0, n, BLOCK) if n > BLOCK else contextlib.nullcontext(f.index(0)) as start:
            chain = [Sum(f, p, width) for p in parts] if long else sums
            with f.loop(start, f.least(f.add(start, BLOCK), n)) as k:
                e.env[last] = k
                bound.add(last)
                e.open()
                values = [e.value(p.body) for p in parts]
                for total, value in zip(chain, values, strict=True):
                    total.add(f.splat(value, width))
                e.close()
                bound.discard(last)
            if long:
                for total, part in zip(sums, chain, strict=True):
                    total.add(part.now())
    for p, total in zip(parts, sums, strict=True):
        value = convert(f, total.now(), p.body.dtype, p.dtype)
        e.know(p.key(scalars), value)
        if p.kept:
            e.store(value, p.slot, p.offset, p.dtype)


def kernel_of(build: Build) -> Kernel:
    """The kernel of a group that is no anchor."""
    make = {"map": map_kernel, "rows": rows_kernel, "columns": columns_kernel}[build.group.kind]
    return make(build)


__all__ = ["Build", "Part", "emit_parts", "kernel_of", "lane_among"]
