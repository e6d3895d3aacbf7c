"""Anchors: products and other kernels of their own, with what the pages that follow make of their results as epilogue."""
from __future__ import annotations

from ...compiler.flatten import merged
from ...compiler.nests import Nest
from ...compiler.products import factors
from ...compiler.scalar import Scalar, linear, walk
from ...core import dtype as dt
from .describe import Names
from .emit import Emitter, convert
from .gemm import Contraction, contraction
from .ir import Function, Value, lanes
from .kernel import TYPES, Kernel, Operand, Slot, Temporary
from .loops import Build, Part, emit_parts, lane_among

FAR = 1 << 19           # bytes of an epilogue's values from which on they are not in the cache
SCATTERED = 32          # cycles for a vector that is stored or loaded lane by lane
_WIDE = {"float16": dt.float32, "bfloat16": dt.float32}         # sums of halves


class Fused:
    """An epilogue (kernel.Epilogue): the values of a group, computed where the anchor's result is, and stored.

    own: the anchor's result itself; axes: one for each axis of the result as the kernel counts it (None: of one element).
    """

    def __init__(self, build: Build, axes, own: Part, parts: list[Part], accumulate: dt.dtype):
        self.build, self.axes, self.own, self.parts, self.accumulate = build, tuple(axes), own, parts, accumulate
        stores = ([own] if own.kept else []) + parts
        names = Names()
        for a in self.axes:
            names.lines.append("one" if a is None else str(names.of(a)))
        names.of(own.key(build.scalars))
        for p in stores:
            names.lines.append(f"{names.slot(p.slot)}={names.of(p.body)}@{names.of(p.offset)} {p.dtype.name} {p.kept}")
        hidden = {p.slot for p in [own, *parts] if not p.kept}
        touched = {p.slot for p in stores if p.kept} | {n.args[0] for p in parts for n in walk(p.body) if n.kind == "load"} - hidden
        self.slots = [s for s in names.slots if s in touched]
        self.arguments = tuple(Slot(s) for s in self.slots)
        self.description = (f"{accumulate.name}->{own.dtype.name} {[names.slots[s] for s in self.slots]} {[build.numels[s] == 0 for s in self.slots]} "
                            f"{names.text()}")
        lane = lane_among([a for a in self.axes if a is not None], stores, 16)
        self.lanes = self.axes.index(lane) if lane is not None else None
        self.work = sum(p.body.cost + 1 for p in stores) * 0.012
        self.far = sum(build.numels[s] * build.nests.dtypes[s].itemsize for s in self.slots) > FAR
        self.scattered = SCATTERED * sum(self._apart(offset) for offset in [p.offset for p in stores if p.kept] + [
            n.args[1] for n in {n for p in parts for n in walk(p.body)} if n.kind == "load" and n.args[0] not in hidden])

    def _apart(self, offset: Scalar) -> float:
        """How dear it is to reach the lanes one by one: dearer where a large power of two lies between them, as those share their places in the cache."""
        steps = {t: k for t, k in linear(offset)[1] if t.kind == "axis"}
        if self.lanes is None or not steps.get(self.axes[self.lanes]):
            return 0
        return 3 if any(k % 256 == 0 for k in steps.values()) else 1

    def _emitter(self, f: Function, pointers: list[Value], index: list[Value], axis: int) -> Emitter:
        e = Emitter(f, self.build.machine, dict(zip(self.slots, pointers, strict=True)), self.build.numels)
        e.env.update((a, i) for a, i in zip(self.axes, index, strict=True) if a is not None)
        e.lane = self.axes[axis]
        return e

    def touch(self, f: Function, pointers: list[Value], index: list[Value], axis: int, width: int) -> None:
        """As kernel.Epilogue says: what lies side by side along the lanes and differs from row to row."""
        e = self._emitter(f, pointers, index, axis)
        stored = {(p.slot, p.offset) for p in [self.own, *self.parts] if p.kept}
        read = [n.args for p in self.parts for n in walk(p.body) if n.kind == "load" and n.args[0] in e.pointers]
        for slot, offset in dict.fromkeys([*stored, *read]):
            terms = dict(linear(offset)[1])
            if e.lane is None or terms.get(e.lane) != 1 or len(terms) < 2 or any(t.kind != "axis" for t in terms):
                continue
            e.width = width
            base, _, _ = e.place(offset)
            f.prefetch(f.at(e.pointers[slot], base, TYPES[self.build.nests.dtypes[slot].name]), (slot, offset) in stored)

    def emit(self, f: Function, pointers: list[Value], index: list[Value], axis: int, value: Value, mask: Value | None) -> None:
        """As kernel.Epilogue says."""
        e = self._emitter(f, pointers, index, axis)
        e.width, e.mask = lanes(value.type), mask
        if e.width and e.lane is None:              # an axis of one element: the first lane is all there is
            value, e.width, e.mask = f.lane(value, 0), 0, None
        own = self.own
        value = convert(f, value, self.accumulate, own.dtype)
        e.know(own.key(self.build.scalars), value)
        if own.kept:
            e.store(value, own.slot, own.offset, own.dtype)
        emit_parts(e, self.build.scalars, self.parts)


def _parts(build: Build, index) -> tuple[Part, list[Part]]:
    """The anchor's own result at `index`, and the members of its group in terms of the same axes."""
    group, scalars = build.group, build.scalars
    slot = group.anchor.slot if isinstance(group.anchor, Nest) else group.anchor.step.output
    own = Part(slot, scalars.int(0), build.flat.offset(slot, index), build.nests.dtypes[slot], slot in build.kept)
    parts = []
    for nest in group.members:
        swap: dict[Scalar, Scalar] = {}
        for mine, theirs in zip(nest.index, index, strict=True):
            swap.update(_pair(scalars, mine, theirs))
        parts.append(build.part(nest, swap, tuple(index)))
    return own, parts


def _pair(scalars, mine: Scalar, theirs: Scalar) -> dict[Scalar, Scalar]:
    """The axes of `mine` in terms of those of `theirs`: both are the index along one axis of the same shape, cut or not."""
    if mine.kind == "axis":
        return {mine: theirs}
    swap, above = {}, None
    for axis, factor in sorted(linear(mine)[1], key=lambda t: -t[1]):
        part = theirs if above is None else scalars.make("mod", dt.int64, theirs, scalars.int(above))
        swap[axis] = scalars.make("floordiv", dt.int64, part, scalars.int(factor))
        above = factor
    return swap


def product_kernels(build: Build) -> list[Kernel]:
    """A contraction and its epilogue."""
    nest, scalars = build.group.anchor, build.scalars
    own, parts = _parts(build, nest.index)
    pair = factors(nest)
    reads = [build.flat.offset(load.args[0], load.args[1:]) for load in pair]
    bodies, offsets = [p.body for p in parts], [*reads, own.offset, *[p.offset for p in parts]]
    axes, bodies, offsets = merged(scalars, nest.axes, bodies, offsets)
    inner, bodies, offsets = merged(scalars, nest.inner, bodies, offsets)
    (x0, x), (y0, y) = ((c, dict(t)) for c, t in map(linear, offsets[:2]))
    own.offset = offsets[2]
    for p, body, offset in zip(parts, bodies, offsets[3:], strict=True):
        p.body, p.offset = body, offset
    k, = inner
    # rows and columns that do not lie as one: all but the longest are left to the batch
    m = max((a for a in axes if x.get(a) and not y.get(a)), key=lambda a: a.args[1], default=None)
    n = max((a for a in axes if y.get(a) and not x.get(a)), key=lambda a: a.args[1], default=None)
    batch = [a for a in axes if a is not m and a is not n]

    def size(a) -> int:
        return 1 if a is None else a.args[1]

    def operand(load, offset, steps, *last) -> Operand:
        kept = (*batch, *last)
        return Operand(Slot(load.args[0]), tuple(map(size, kept)), tuple(steps.get(a, 0) for a in kept), TYPES[load.dtype.name], offset)

    accumulate = _WIDE.get(nest.body.dtype.name, nest.body.dtype)
    spec = Contraction(tuple(map(size, batch)), size(m), size(n), size(k), operand(pair[0], x0, x, m, k), operand(pair[1], y0, y, k, n),
                       TYPES[accumulate.name])
    return _own_temporaries(contraction(spec, Fused(build, (*batch, m, n), own, parts, accumulate), build.machine))


def whole_kernels(build: Build, make) -> list[Kernel]:
    """A page's own kernel that takes no epilogue. Results that nobody reads are None to it."""
    call = build.group.anchor

    def operand(slot: int) -> Operand:
        return Operand(Slot(slot), tuple(build.nests.shapes[slot]), tuple(build.flat.strides[slot]), TYPES[build.nests.dtypes[slot].name])
    results = [operand(s) if s in build.kept else None for s in call.parts]
    return _own_temporaries(make(call.step.op, [operand(s) for s in call.step.inputs], results, build.machine))


def _own_temporaries(kernels: list[Kernel]) -> list[Kernel]:
    """The kernels with temporaries that no other list shares: the driver tells them apart by the identity of their keys."""
    keys: dict = {}
    for kernel in kernels:
        kernel.arguments = tuple(Temporary(keys.setdefault(a.key, object()), a.nbytes) if isinstance(a, Temporary) else a for a in kernel.arguments)
    return kernels


def page_kernels(build: Build, make) -> list[Kernel]:
    """A page's own kernel and its epilogue. RuntimeError where there is none for how its inputs lie in memory, which is not known when it is asked for."""
    call, scalars, nests = build.group.anchor, build.scalars, build.nests
    shape = nests.shapes[call.step.output]
    axes = [scalars.axis(n) if n != 1 else None for n in shape]
    own, parts = _parts(build, [scalars.int(0) if a is None else a for a in axes])
    accumulate = _WIDE.get(own.dtype.name, own.dtype)
    inputs = [Operand(Slot(s), tuple(nests.shapes[s]), tuple(build.flat.strides[s]), TYPES[nests.dtypes[s].name]) for s in call.step.inputs]
    made = make(call.step.op, inputs, tuple(shape), Fused(build, axes, own, parts, accumulate), build.machine)
    if made is None:
        raise RuntimeError(f"internal: no kernel for {call} on inputs of strides {[x.strides for x in inputs]}")
    return _own_temporaries(made)
