"""Kernels that work row by row: reductions of the row, and values over the row that read them (softmax, layer_norm)."""
from __future__ import annotations

import math
from dataclasses import dataclass

from ...compiler.fuse import costly
from ...compiler.scalar import Scalar, linear, walk
from .emit import Emitter, convert
from .ir import Function
from .kernel import Kernel
from .loops import Build, Part, Sum, along, lane_among, merge, nested, unravel, width_for

CHAINS, LIGHT = 4, 16   # sums that a pass over a row keeps side by side, so that none waits for its last addition; where a term costs no more than that
WORTH = 10              # operations that cost more than to keep their result and to load it again
AHEAD = 1 << 10         # bytes of a row from which on the next one is asked for in advance: processors see by themselves that short ones follow


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
    rows = merge(scalars, list(rows), parts)
    for loop in loops:
        loop.axes = tuple(merge(scalars, list(loop.axes), loop.parts, parts))
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


def _inside(build: Build, x: Scalar) -> bool:
    """Whether everything that `x` loads is surely inside its memory, whatever conditions it stands under."""
    return all(n.args[1].bounds is not None and 0 <= n.args[1].bounds[0] and n.args[1].bounds[1] < build.numels[n.args[0]]
               for n in walk(x) if n.kind == "load")


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
                if twin not in made or not _inside(build, twin):
                    return None
                if twin not in swap:
                    n = there.args[1]
                    slot = nests.new_slot((n,), node.dtype)
                    build.numels[slot], rooms[slot] = n, -(-n * node.dtype.itemsize // 64) * 64
                    earlier.parts.append(Part(slot, twin, there, node.dtype, True))
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
