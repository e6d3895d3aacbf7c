"""Memory read and written through views: reshapes, orders of axes, parts and repetitions of them; joining, padding, turning."""
from __future__ import annotations

import numpy as np

from ...core.shape import contiguous_strides
from ..varying import Undecided, Varying, product
from .table import axes, counted, cut, page, same


@page("Cat")
def _cat(g, op, taken, node):
    return g.node("Concat", same(g, taken, node), axis=int(op.dim))


@page("Stack")
def _stack(g, op, taken, node):
    axis = axes(g, [op.dim])
    return g.node("Concat", [g.node("Unsqueeze", [x, axis]) for x in same(g, taken, node)], axis=int(op.dim))


# ------------------------------------------------------------------------------------------------------------------ strided reading
@page("View")
def _view(g, op, taken, node):
    """A strided reading of memory: slices of its axes in another order where it is that, else a gathering of elements by number."""
    (x,) = taken
    if op.kind not in (None, x.dtype):
        raise NotImplementedError("memory read as another dtype")
    return strided(g, g.name(x), x.shape, op.sizes, op.strides, op.offset)


def strided(g, name, shape, sizes, strides, offset) -> str:
    """The elements (sizes, strides, offset) of the memory of a value of `shape`."""
    count = product(shape)
    if _is(offset, 0) and _all_is(sizes, shape) and _all_is(strides, contiguous_strides(shape)):
        return name
    try:
        real = [d for d, (n, s) in enumerate(zip(sizes, strides, strict=True)) if not _is(n, 1) and not _is(s, 0)]
        if _is(offset, 0) and _is(product(sizes), count) and _all_is([strides[d] for d in real], _steps([sizes[d] for d in real])):
            return g.reshape(name, sizes)
        for units in _chains(shape, [strides[d] for d in real]):
            found = _sliced(g, name, shape, count, units, sizes, strides, offset, real)
            if found is not None:
                return found
    except Undecided:
        pass                            # at some sizes it is another kind of reading: element by element is always right
    return g.node("Gather", [g.reshape(name, [count]), numbers(g, sizes, strides, offset)], axis=0)


def _is(x, y) -> bool:
    """Whether two numbers are the same in every run; never undecided."""
    return x.values == y.values if isinstance(x, Varying) and isinstance(y, Varying) else not isinstance(x, Varying) and not isinstance(y, Varying) and x == y


def _all_is(xs, ys) -> bool:
    return len(xs) == len(ys) and all(map(_is, xs, ys))


def _steps(sizes) -> list:
    """Strides of contiguous memory."""
    steps, step = [], 1
    for n in reversed(sizes):
        steps.insert(0, step)
        step = n * step
    return steps


def _chains(shape, strides):
    """Ways to see memory as axes: by the steps from one element to the next along each, largest first."""
    own = [s for n, s in zip(shape, _steps(shape), strict=True) if not _is(n, 1)]
    yield own or [1]
    both = [*own]
    for s in [*strides, 1]:
        if not any(_is(s, u) for u in both):
            both.append(s)
    yield sorted(both, reverse=True)
    yield sorted([s for k, s in enumerate([*strides, 1]) if not any(_is(s, u) for u in [*strides, 1][:k])], reverse=True)


def _sliced(g, name, shape, count, units, sizes, strides, offset, real):
    """The reading as slices of the axes that `units` cut memory into; None where it is none."""
    if not _is(units[-1], 1):
        return None
    wholes = [count, *units[:-1]]
    if any(not _is(w % u, 0) for w, u in zip(wholes, units, strict=True)):
        return None
    extents = [w // u for w, u in zip(wholes, units, strict=True)]
    starts, rest = [], offset
    for u in units:
        starts.append(rest // u)
        rest = rest % u
    place: dict[int, tuple] = {}
    for d in real:
        axis = next((k for k, u in enumerate(units) if u <= strides[d]), None)
        if axis is None or axis in place or not _is(strides[d] % units[axis], 0):
            return None
        step = strides[d] // units[axis]
        if not starts[axis] + step * (sizes[d] - 1) < extents[axis]:
            return None
        place[axis] = d, step
    out = name if _all_is(extents, shape) else g.reshape(name, extents)
    for axis, (extent, start) in enumerate(zip(extents, starts, strict=True)):
        d, step = place.get(axis, (None, 1))
        n = 1 if d is None else sizes[d]
        if not (_is(start, 0) and _is(n, extent) and _is(step, 1)) and not _is(extent, 1):
            out = g.node("Slice", [out, g.sizes([start]), g.sizes([start + step * (n - 1) + 1]), axes(g, [axis]), g.sizes([step])])
    order = [axis for d in real for axis, (e, _) in place.items() if e == d]
    order += [axis for axis in range(len(units)) if axis not in place]
    if order != sorted(order):
        out = g.node("Transpose", [out], perm=order)
    kept = [n if d in real else 1 for d, n in enumerate(sizes)]
    if not _all_is([*[sizes[d] for d in real], *[1] * (len(units) - len(real))], kept):
        out = g.reshape(out, kept)
    return out if _all_is(kept, sizes) else g.expand(out, sizes)


def numbers(g, sizes, strides, offset) -> str:
    """The number in memory of each element of a strided reading, as int64."""
    if not any(isinstance(n, Varying) for n in (*sizes, *strides, offset)):
        found = np.full((1,) * len(sizes), offset, np.int64)
        for d, (n, s) in enumerate(zip(sizes, strides, strict=True)):
            found = found + (np.arange(n) * s).reshape(-1, *(1,) * (len(sizes) - d - 1))
        return g.constant(found.reshape([int(n) for n in sizes]))
    out = g.reshape(g.scalar(offset), [1] * len(sizes))
    for d, (n, s) in enumerate(zip(sizes, strides, strict=True)):
        along = g.node("Mul", [counted(g, n), g.scalar(s)])
        out = g.node("Add", [out, g.reshape(along, [n, *[1] * (len(sizes) - d - 1)])])
    return out


@page("Write")
def _write(g, op, taken, node):
    x, value = taken
    if op.kind not in (None, x.dtype):
        raise NotImplementedError("memory written as another dtype")
    flat = g.reshape(g.name(x), [product(x.shape)])
    at = g.reshape(numbers(g, op.sizes, op.strides, op.offset), [product(op.sizes), 1])
    updates = g.reshape(g.cast(value, x.dtype.numpy), [product(op.sizes)])
    return g.reshape(g.node("ScatterND", [flat, at, updates]), x.shape)


# ----------------------------------------------------------------------------------------------------------------------- triangles
@page("Tril", "Triu")
def _triangle(g, op, taken, node):
    x = g.name(taken[0])
    if node.dtype.numpy.kind != "b":
        return g.node("Trilu", [x, g.scalar(op.shift)], upper=int(op.title == "Triu"))
    whole = g.node("Trilu", [g.node("Cast", [x], to=g.type_of(np.int32)), g.scalar(op.shift)], upper=int(op.title == "Triu"))
    return g.node("Cast", [whole], to=g.type_of(np.bool_))


# ----------------------------------------------------------------------------------------------------------------- padding, turning
def _pads(g, op):
    before, after = zip(*op.pads, strict=True)
    return g.sizes([*before, *after])


@page("ConstantPad")
def _pad(g, op, taken, node):
    if not op.pads:
        return g.name(taken[0])
    kind = node.dtype.numpy
    wide = np.dtype(np.int32) if kind.kind == "b" else kind
    x, pads = g.cast(taken[0], wide), []
    for axis, ends in enumerate(op.pads):       # a negative end is cut off: not every runtime takes it for one
        before, after = [min(p, 0) if isinstance(p, int) else 0 for p in ends]
        if before or after:
            x = cut(g, x, axis, -before, after or np.iinfo(np.int64).max)
        pads.append([max(p, 0) if isinstance(p, int) else p for p in ends])
    padded = g.node("Pad", [x, g.sizes([p[0] for p in pads] + [p[1] for p in pads]), g.constant(op.value, wide)])
    return padded if wide == kind else g.node("Cast", [padded], to=g.type_of(kind))


@page("ReflectionPad1D")
def _reflection(g, op, taken, node):
    return g.node("Pad", [*same(g, taken, node), _pads(g, op)], mode="reflect")


@page("ReplicationPad1D")
def _replication(g, op, taken, node):
    return g.node("Pad", [*same(g, taken, node), _pads(g, op)], mode="edge")


@page("CircularPad")
def _circular(g, op, taken, node):
    (out,) = same(g, taken, node)
    for axis, (n, (before, after)) in enumerate(zip(taken[0].shape, op.pads, strict=True)):
        if before < 0 or after < 0:
            raise NotImplementedError("circular padding that cuts off")
        parts = [out]
        if before:
            parts.insert(0, cut(g, out, axis, n - before, n))
        if after:
            parts.append(cut(g, out, axis, 0, after))
        out = g.node("Concat", parts, axis=axis) if len(parts) > 1 else out
    return out


@page("Flip")
def _flip(g, op, taken, node):
    out = g.name(taken[0])
    for axis in op.dims:
        out = cut(g, out, axis, -1, np.iinfo(np.int64).min, -1)
    return out


@page("Roll")
def _roll(g, op, taken, node):
    shape = taken[0].shape if op.dims else (product(taken[0].shape),)
    out = g.name(taken[0]) if op.dims else g.reshape(g.name(taken[0]), shape)
    for axis, shift in zip(op.dims or (0,), op.shifts, strict=True):
        n = shape[axis]
        start = (n - shift) % n
        out = g.node("Concat", [cut(g, out, axis, start, n), cut(g, out, axis, 0, start)], axis=int(axis))
    return out if op.dims else g.reshape(out, node.shape)


@page("Shift")
def _shift(g, op, taken, node):
    axis, n, by = int(op.dim), taken[0].shape[op.dim], int(op.by)
    (x,) = same(g, taken, node)
    pads = [[0, 0] for _ in node.shape]
    pads[axis] = [by, -by] if by > 0 else [by, -by]
    if not abs(by) < n:
        raise NotImplementedError("a shift beyond the end of an axis")
    return g.node("Pad", [x, g.sizes([p[0] for p in pads] + [p[1] for p in pads]), g.constant(op.fill, node.dtype.numpy)])


@page("Repeat")
def _repeat(g, op, taken, node):
    lead = len(op.times) - len(taken[0].shape)
    x = g.name(taken[0])
    if lead > 0:
        x = g.node("Unsqueeze", [x, axes(g, range(lead))])
    return g.node("Tile", [x, g.sizes(op.times)])


@page("DiagEmbed")
def _diag_embed(g, op, taken, node):
    """Where column - row is the shift, the elements, moved to the place of their row."""
    rows, columns = node.shape[op.dim0], node.shape[op.dim1]
    shift, rank = op.shift, len(node.shape)
    if shift != 0 or (op.dim0 % rank, op.dim1 % rank) != (rank - 2, rank - 1):
        raise NotImplementedError("a diagonal beside the main one, or of other axes than the last two")
    at = g.node("Equal", [counted(g, columns), g.reshape(counted(g, rows), [rows, 1])])
    spread = g.node("Unsqueeze", [g.name(taken[0]), axes(g, [-1])])
    return g.node("Where", [at, spread, g.constant(0, node.dtype.numpy)])
