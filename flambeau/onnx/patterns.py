"""Values that no operator of the model made, and that differ between runs: zeros of a size, ranges, triangles. How a file makes them of any size."""
from __future__ import annotations

from typing import Any

import numpy as np

from .varying import Varying, simplest


def written(g: Any, value) -> str:
    """The name of a value like that. NotImplementedError for one whose rule was not found."""
    if value.number is not None:
        return _number(g, value)
    arrays = value.arrays()
    if all(a.size for a in arrays):
        for rule in (_filled, _ranged, _banded):
            found = rule(g, arrays, value)
            if found is not None:
                return found
    what = "another shape" if value.varies else "other values"
    raise NotImplementedError(f"it takes a tensor of shape {tuple(arrays[0].shape)} that has {what} at other sizes or values of the inputs, by a rule that was not "
                              "found: it is random, or was computed from their values outside of tensors. Pass it as an input")


def _number(g, value) -> str:
    """A Python number that follows from sizes: n, 1 / n, √n or 1 / √n."""
    numbers, dtype = value.number, value.dtype.numpy
    if not isinstance(numbers, Varying):
        raise NotImplementedError("a number that differs between runs on the same sizes: it was computed from values of the inputs")
    for function, steps in ((lambda x: x, ()), (lambda x: 1 / x, ("Reciprocal",)), (lambda x: x * x, ("Sqrt",)), (lambda x: 1 / (x * x), ("Sqrt", "Reciprocal"))):
        whole = [function(x) if x else 0.5 for x in numbers.values]
        if all(abs(x - round(x)) < 1e-9 * max(abs(x), 1) for x in whole):
            size = simplest([int(round(x)) for x in whole])
            name = g.node("Cast", [g.scalar(size)], to=g.type_of(dtype))
            for kind in steps:
                name = g.node(kind, [name])
            return name
    raise NotImplementedError(f"a number that is {numbers.values} in runs at several sizes follows from no size in a way that was found")


def _column(values):
    """A number for each run, as one that may vary; None if they are no whole numbers."""
    return simplest([int(v) for v in values]) if all(float(v).is_integer() for v in values) else None


def _as(g, n, dtype: np.dtype) -> str:
    """A number of no axes, of `dtype`."""
    return g.node("Cast", [g.scalar(n)], to=g.type_of(dtype)) if isinstance(n, Varying) else g.constant(np.asarray(n, dtype))


def _filled(g, arrays, value):
    """The same number everywhere."""
    firsts = [a.reshape(-1)[0] for a in arrays]
    if not all((a == x).all() or (a != a).all() for a, x in zip(arrays, firsts, strict=True)):
        return None
    same = all(x == firsts[0] or x != x and firsts[0] != firsts[0] for x in firsts)
    number = firsts[0] if same else _column(firsts)
    return None if number is None else g.expand(_as(g, number, arrays[0].dtype), value.shape)


def _ranged(g, arrays, value):
    """first + step · i along one axis."""
    if arrays[0].dtype.kind not in "iuf":
        return None
    for axis in range(arrays[0].ndim):
        if any(a.shape[axis] < 2 for a in arrays):
            continue
        moved = [np.moveaxis(a, axis, -1) for a in arrays]
        if not all((m == m.reshape(-1, m.shape[-1])[0]).all() for m in moved):
            continue
        rows = [m.reshape(-1, m.shape[-1])[0].astype(np.float64) for m in moved]
        first, step = [r[0] for r in rows], [r[1] - r[0] for r in rows]
        if not all(np.allclose(r, f + s * np.arange(len(r)), rtol=1e-6, atol=1e-9) for r, f, s in zip(rows, first, step, strict=True)):
            continue
        if len(set(step)) > 1 or len(set(first)) > 1 and _column(first) is None:
            return None
        begin = first[0] if len(set(first)) == 1 else _column(first)
        dtype = arrays[0].dtype
        numbers = g.node("Cast", [g.node("Range", [g.constant(np.int64(0)), g.scalar(value.shape[axis]), g.constant(np.int64(1))])], to=g.type_of(dtype))
        if step[0] != 1:
            numbers = g.node("Mul", [numbers, g.constant(np.asarray(step[0], dtype))])
        if isinstance(begin, Varying) or begin:
            numbers = g.node("Add", [numbers, _as(g, begin, dtype)])
        shape = [value.shape[axis] if d == axis else 1 for d in range(len(value.shape))]
        return g.expand(g.reshape(numbers, shape), value.shape) if len(shape) > 1 else numbers
    return None


def _banded(g, arrays, value):
    """Two values, of which one stands on a diagonal, or on it and below it."""
    if any(a.ndim < 2 for a in arrays):
        return None
    flat = [a.reshape(-1, *a.shape[-2:]) for a in arrays]
    if not all((f == f[:1]).all() for f in flat):
        return None
    planes = [f[0] for f in flat]
    values = np.unique(np.concatenate([p.reshape(-1) for p in planes]))
    if len(values) != 2:
        return None
    distances = [np.arange(p.shape[1]) - np.arange(p.shape[0])[:, None] for p in planes]       # column - row
    for inside, outside in (values, values[::-1]):
        shifts = [d[p == inside].max(initial=-10**6) for p, d in zip(planes, distances, strict=True)]
        shift = simplest([int(s) for s in shifts])
        for kind, test in (("LessOrEqual", np.less_equal), ("Equal", np.equal)):
            if all(((p == inside) == test(d, s)).all() for p, d, s in zip(planes, distances, shifts, strict=True)):
                rows, columns = value.shape[-2:]
                count = lambda n: g.node("Range", [g.constant(np.int64(0)), g.scalar(n), g.constant(np.int64(1))])
                distance = g.node("Sub", [count(columns), g.reshape(count(rows), [rows, 1])])
                holds = g.node(kind, [distance, _as(g, shift, np.dtype(np.int64))])
                plane = g.node("Where", [holds, g.constant(inside), g.constant(outside)])
                return g.expand(plane, value.shape) if len(value.shape) > 2 else plane
    return None
