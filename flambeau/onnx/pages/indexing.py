"""Elements found, written and added by tensors of positions."""
from __future__ import annotations

import numpy as np

from ..varying import product
from .table import INT64, axes, page

_REDUCTIONS = {"sum": "add", "mean": "add", "prod": "mul", "amax": "max", "amin": "min"}


@page("Gather")
def _gather(g, op, taken, node):
    x, index = taken
    if not x.shape or not index.shape:
        return g.reshape(g.node("Gather", [g.reshape(g.name(x), [product(x.shape)]), g.cast(index, INT64)], axis=0), node.shape)
    return g.node("GatherElements", [g.name(x), g.cast(index, INT64)], axis=int(op.dim))


@page("Index")
def _index(g, op, taken, node):
    x, *indices = taken
    if len(op.dims) == 1:
        return g.node("Gather", [g.name(x), g.cast(indices[0], INT64)], axis=int(op.dims[0]))
    front, places, order = _fronted(g, op, x)
    found = g.node("GatherND", [front, _points(g, indices, places(node.shape))])
    rank = len(node.shape) - len(order) + len(op.dims)         # axes of the places
    return _moved(g, found, rank, _lead(op.dims), len(node.shape))


def _lead(dims) -> int:
    """The axis of the result at which the axes of the places start."""
    first = dims[0]
    return first if tuple(dims) == tuple(range(first, first + len(dims))) else 0


def _fronted(g, op, x):
    """x with its indexed axes in front; which axes of a result's shape are those of the places; the order of axes."""
    order = [*op.dims, *[d for d in range(len(x.shape)) if d not in op.dims]]
    front = g.name(x) if order == sorted(order) else g.node("Transpose", [g.name(x)], perm=order)
    rest = len(x.shape) - len(op.dims)

    def places(shape):
        lead = _lead(op.dims)
        return shape[lead:lead + len(shape) - rest]
    return front, places, order


def _points(g, indices, places) -> str:
    """(places, axes): the index tensors side by side, broadcast to the shape of the places."""
    each = [g.node("Unsqueeze", [g.expand(g.cast(index, INT64), places), axes(g, [-1])]) for index in indices]
    return g.node("Concat", each, axis=-1)


def _moved(g, name, rank: int, lead: int, total: int) -> str:
    """The first `rank` axes moved behind `lead` others."""
    if lead == 0 or rank == 0:
        return name
    return g.node("Transpose", [name], perm=[*range(rank, rank + lead), *range(rank), *range(rank + lead, total)])


@page("IndexPut")
def _index_put(g, op, taken, node):
    x, value, *indices = taken
    front, _, order = _fronted(g, op, x)
    lead, places = _lead(op.dims), _broadcast([k.shape for k in indices])
    rest = [n for d, n in enumerate(x.shape) if d not in op.dims]
    found = [*rest[:lead], *places, *rest[lead:]]
    given = list(value.shape)
    updates = g.cast(value, node.dtype.numpy)
    if len(given) > len(found):
        updates = g.reshape(updates, given[len(given) - len(found):])
    updates = g.expand(updates, found)
    if lead and places:         # (rest before, places, rest behind) -> (places, rest)
        updates = g.node("Transpose", [updates], perm=[*range(lead, lead + len(places)), *range(lead), *range(lead + len(places), len(found))])
    more = {"reduction": "add"} if op.accumulate else {}
    out = g.node("ScatterND", [front, _points(g, indices, places), updates], **more)
    return out if order == sorted(order) else g.node("Transpose", [out], perm=[order.index(d) for d in range(len(order))])


def _broadcast(shapes) -> list:
    """The shape that shapes broadcast to."""
    rank = max(map(len, shapes))
    result = []
    for column in zip(*[[*[1] * (rank - len(s)), *s] for s in shapes], strict=True):
        result.append(next((n for n in column if not n == 1), 1))
    return result


def _scatter_elements(g, op, x, index, source, reduction="none"):
    if not index.shape:
        x = g.reshape(x, [1])
        return g.reshape(g.node("ScatterElements", [x, g.reshape(g.cast(index, INT64), [1]), g.reshape(source, [1])], axis=0, reduction=reduction), [])
    return g.node("ScatterElements", [x, g.cast(index, INT64), source], axis=int(op.dim), reduction=reduction)


def _source(g, taken, node):
    _, index, source = taken
    name = g.cast(source, node.dtype.numpy)
    return name if len(source.shape) == len(index.shape) and source.number is None else g.expand(name, index.shape)


@page("Scatter")
def _scatter(g, op, taken, node):
    return _scatter_elements(g, op, g.name(taken[0]), taken[1], _source(g, taken, node))


@page("ScatterAdd")
def _scatter_add(g, op, taken, node):
    return _scatter_elements(g, op, g.name(taken[0]), taken[1], _source(g, taken, node), "add")


@page("ScatterReduce")
def _scatter_reduce(g, op, taken, node):
    x, kind, dtype = g.name(taken[0]), _REDUCTIONS[op.reduce], node.dtype.numpy
    source = _source(g, taken, node)
    full = lambda n: g.expand(g.constant(n, dtype), taken[1].shape)
    if not op.include_self:
        extreme = (-np.inf, np.inf) if dtype.kind == "f" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
        x = _scatter_elements(g, op, x, taken[1], full({"add": 0, "mul": 1, "max": extreme[0], "min": extreme[1]}[kind]))
    out = _scatter_elements(g, op, x, taken[1], source, kind)
    if op.reduce != "mean":
        return out
    start = g.expand(g.constant(int(op.include_self), dtype), node.shape)
    count = _scatter_elements(g, op, start, taken[1], full(1), "add")
    return g.node("Div", [out, g.node("Max", [count, g.constant(1, dtype)])])
