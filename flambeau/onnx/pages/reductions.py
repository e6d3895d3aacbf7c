"""Sums, means, extremes and their like along axes; order; running sums."""
from __future__ import annotations

from functools import partial

import numpy as np

from ..varying import Varying, product
from .table import BOOL, INT32, INT64, TRANSLATIONS, axes, cut, page, same


def _along(g, kind, name, dims, keepdim, rank):
    """A reduction over `dims`: all of them where none is named."""
    if not dims and rank == 0:
        return name
    given = [name, axes(g, dims)] if dims else [name]
    return g.node(kind, given, keepdims=int(keepdim))


def _reduce(kind, g, op, taken, node):
    return _along(g, kind, g.cast(taken[0], node.dtype.numpy), op.dims, op.keepdim, len(taken[0].shape))


for _page, _kind in {"Sum": "ReduceSum", "Mean": "ReduceMean", "Prod": "ReduceProd", "AMax": "ReduceMax", "AMin": "ReduceMin",
                     "LogSumExp": "ReduceLogSumExp"}.items():
    TRANSLATIONS[_page] = partial(_reduce, _kind)


def _squares(g, x, mean):
    d = g.node("Sub", [x, mean])
    return g.node("Mul", [d, d])


@page("Variance")
def _variance(g, op, taken, node):
    return g.node("ReduceMean", [_squares(g, *same(g, taken, node)), axes(g, op.dims)], keepdims=1)


@page("MeanSquare")
def _mean_square(g, op, taken, node):
    (x,) = same(g, taken, node)
    return g.node("ReduceMean", [g.node("Mul", [x, x]), axes(g, op.dims)], keepdims=1)


def _spread_of(g, op, x, value, dtype):
    """Σ |x - mean|² over the axes, over their count less the correction."""
    dims = [int(d) for d in op.dims] or [*range(len(value.shape))]
    sums = g.node("ReduceSum", [_squares(g, x, g.node("ReduceMean", [x, axes(g, dims)], keepdims=1)), axes(g, dims)], keepdims=int(op.keepdim))
    count = product(value.shape[d] for d in dims)
    if isinstance(count, Varying):
        less = g.node("Sub", [g.node("Cast", [g.scalar(count)], to=g.type_of(dtype)), g.constant(float(op.correction), dtype)])
        return g.node("Div", [sums, less])
    return g.node("Div", [sums, g.constant(max(float(count) - float(op.correction), 0.0), dtype)])


@page("Var", "Std")
def _var(g, op, taken, node):
    spread = _spread_of(g, op, *same(g, taken, node), taken[0], node.dtype.numpy)
    return g.node("Sqrt", [spread]) if op.title == "Std" else spread


@page("VarMean", "StdMean")
def _var_mean(g, op, taken, node):
    dtype = taken[0].dtype.numpy
    x = g.name(taken[0])
    spread = _spread_of(g, op, x, taken[0], dtype)
    mean = _along(g, "ReduceMean", x, op.dims, op.keepdim, len(taken[0].shape))
    return g.node("Sqrt", [spread]) if op.title == "StdMean" else spread, mean


@page("Softmax", "LogSoftmax")
def _softmax(g, op, taken, node):
    if not node.shape:
        raise NotImplementedError("the softmax of a tensor without axes")
    return g.node("LogSoftmax" if op.title == "LogSoftmax" else "Softmax", same(g, taken, node), axis=int(op.dim))


@page("Any", "All")
def _any(g, op, taken, node):
    """Whether some element is not 0: the greatest of 0 and 1; all: the least."""
    x = g.node("Cast", [g.cast(taken[0], BOOL)], to=g.type_of(INT32))
    kind = "ReduceMin" if op.title.startswith("All") else "ReduceMax"
    return g.node("Cast", [_along(g, kind, x, op.dims, op.keepdim, len(taken[0].shape))], to=g.type_of(node.dtype.numpy))


@page("VectorNorm")
def _norm(g, op, taken, node):
    x, rank = g.cast(taken[0], node.dtype.numpy), len(taken[0].shape)
    if op.p in (1, 2):
        return _along(g, f"ReduceL{int(op.p)}", x, op.dims, op.keepdim, rank)
    size = g.node("Abs", [x])
    if op.p in (float("inf"), float("-inf")):
        return _along(g, "ReduceMax" if op.p > 0 else "ReduceMin", size, op.dims, op.keepdim, rank)
    if op.p == 0:
        raise NotImplementedError("the norm of order 0")
    number = partial(g.constant, dtype=node.dtype.numpy)
    return g.node("Pow", [_along(g, "ReduceSum", g.node("Pow", [size, number(op.p)]), op.dims, op.keepdim, rank), number(1 / op.p)])


@page("EuclideanDist")
def _euclidean(g, op, taken, node):
    x, y = same(g, taken, node)
    left = g.node("Unsqueeze", [x, axes(g, [-2])])
    right = g.node("Unsqueeze", [y, axes(g, [-3])])
    return g.node("ReduceL2", [g.node("Sub", [left, right]), axes(g, [-1])], keepdims=0)


# ---------------------------------------------------------------------------------------------------------------- where things stand
def _ordered(g, value):
    """A value and its name, in a type that can be put in order by every program."""
    kind = value.dtype.numpy
    return g.cast(value, INT64) if kind.kind in "bu" or kind.itemsize < 4 and kind.kind == "i" else g.name(value)


@page("ArgMax", "ArgMin")
def _arg(g, op, taken, node):
    kind = "ArgMin" if op.title.startswith("ArgMin") else "ArgMax"
    if not taken[0].shape:
        return g.constant(np.int64(0))
    return g.node(kind, [_ordered(g, taken[0])], axis=int(op.dim), keepdims=int(op.keepdim))


@page("MaxDim", "MinDim")
def _extreme_along(g, op, taken, node):
    """Two results: the values and where they are, of which `_Item` takes one."""
    less = op.title.startswith("MinDim")
    x, keep = _ordered(g, taken[0]), int(op.keepdim)
    if not taken[0].shape:
        return g.name(taken[0]), g.constant(np.int64(0))
    values = g.node("ReduceMin" if less else "ReduceMax", [x, axes(g, [op.dim])], keepdims=keep)
    return _back(g, values, taken[0]), g.node("ArgMin" if less else "ArgMax", [x], axis=int(op.dim), keepdims=keep)


def _back(g, name, value):
    kind = value.dtype.numpy
    return g.node("Cast", [name], to=g.type_of(kind)) if kind.kind in "bu" or kind.itemsize < 4 and kind.kind == "i" else name


@page("_Item")
def _item(g, op, taken, node):
    return g.names[id(taken[0])][op.k]


def _first(g, taken, dim, k, largest, in_order=1):
    """The k first in order along an axis, and where they stood; of equals the first comes first."""
    values, at = g.several("TopK", [_ordered(g, taken[0]), g.sizes([k])], 2, axis=int(dim), largest=int(largest), sorted=int(in_order))
    return _back(g, values, taken[0]), at


@page("Sort")
def _sort(g, op, taken, node):
    if not taken[0].shape:
        return g.name(taken[0]), g.constant(np.int64(0))
    return _first(g, taken, op.dim, taken[0].shape[op.dim], op.descending)


@page("TopK")
def _topk(g, op, taken, node):
    if not taken[0].shape:
        return g.name(taken[0]), g.constant(np.int64(0))
    return _first(g, taken, op.dim, op.k, op.largest, op.in_order)


@page("KthValue", "MedianDim")
def _kth(g, op, taken, node):
    if not taken[0].shape:
        return g.name(taken[0]), g.constant(np.int64(0))
    k = op.k if op.title == "KthValue" else (taken[0].shape[op.dim] - 1) // 2 + 1
    found = [cut(g, name, op.dim, k - 1, k) for name in _first(g, taken, op.dim, k, 0)]
    return tuple(found) if op.keepdim else tuple(g.node("Squeeze", [name, axes(g, [op.dim])]) for name in found)


@page("Median")
def _median(g, op, taken, node):
    count = product(taken[0].shape)
    k = (count - 1) // 2 + 1
    values, _ = g.several("TopK", [g.reshape(g.name(taken[0]), [count]), g.sizes([k])], 2, axis=0, largest=0, sorted=1)
    return g.node("Squeeze", [cut(g, values, 0, k - 1, k), axes(g, [0])])


@page("CumSum")
def _cumsum(g, op, taken, node):
    (x,) = same(g, taken, node)
    return g.node("CumSum", [x, g.constant(np.int64(op.dim))], reverse=int(op.backwards)) if node.shape else x
