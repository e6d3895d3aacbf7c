"""Kernels that reduce along the outer axes of memory, where neighbours are different results: sums over a batch."""
from __future__ import annotations

import contextlib
import math

from ...compiler.scalar import Scalar
from .emit import Emitter, convert
from .ir import Function
from .kernel import Kernel
from .loops import Build, Part, Sum, along, lane_among, merge, nested, unravel, width_for

BLOCK = 128             # terms that a column adds up before they go to its sum: rounding errors grow with the length of a chain


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
    axes = merge(scalars, list(first.axes), parts)
    inner = merge(scalars, list(first.inner), parts)
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
