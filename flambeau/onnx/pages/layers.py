"""Layers: products with weights, convolutions, pools, normalisation, look-up tables."""
from __future__ import annotations

import numpy as np

from ..varying import Varying, greatest, product
from .table import INT64, cut, page, same


@page("Linear", "LinearNoBias")
def _linear(g, op, taken, node):
    x, weight, *bias = same(g, taken, node)
    out = g.node("MatMul", [x, g.node("Transpose", [weight], perm=[1, 0])])
    return g.node("Add", [out, bias[0]]) if bias else out


@page("Addmm")
def _addmm(g, op, taken, node):
    return g.node("Gemm", same(g, [*taken[1:], taken[0]], node), alpha=float(op.alpha), beta=float(op.beta))


@page("Baddbmm")
def _baddbmm(g, op, taken, node):
    x, a, b = same(g, taken, node)
    number = lambda n: g.constant(n, node.dtype.numpy)
    return g.node("Add", [g.node("Mul", [x, number(op.beta)]), g.node("Mul", [g.node("MatMul", [a, b]), number(op.alpha)])])


def _pads(op):
    before, after = zip(*op.padding, strict=True) if isinstance(op.padding[0], tuple) else (op.padding, op.padding)
    return [*map(int, before), *map(int, after)]


@page("Convolution")
def _convolution(g, op, taken, node):
    x, *rest = same(g, taken, node)
    pads, axis_count = _pads(op), len(op.padding)
    for d, n in enumerate(pads[axis_count:]):
        if n < 0:                   # the end of an axis is left out
            x, pads[axis_count + d] = cut(g, x, d + 2, 0, n), 0
    return g.node("Conv", [x, *rest], strides=list(op.stride), pads=pads, dilations=list(op.dilation), group=int(op.groups),
                  kernel_shape=[int(n) for n in taken[1].shape[2:]])


@page("ConvolutionInput")
def _transposed(g, op, taken, node):
    kernel, places = taken[1].shape[2:], taken[0].shape[2:]
    grown = [s * (p - 1) + d * (k - 1) + 1 - before - n for s, p, d, k, (before, _), n in
             zip(op.stride, places, op.dilation, kernel, op.padding, op.to, strict=True)]           # how much is cut off each end (less than 0: added)
    if any(isinstance(n, Varying) for n in grown):
        raise NotImplementedError("a transposed convolution whose output_padding changes with the sizes of the inputs")
    return g.node("ConvTranspose", same(g, taken, node), strides=list(op.stride), dilations=list(op.dilation), group=int(op.groups),
                  kernel_shape=[int(n) for n in kernel], pads=[*[int(b) for b, _ in op.padding], *[max(n, 0) for n in grown]],
                  output_padding=[max(-n, 0) for n in grown])


@page("Normalize")
def _normalize(g, op, taken, node):
    x, m, r, *affine = same(g, taken, node)
    out = g.node("Mul", [g.node("Sub", [x, m]), r])
    if op.given & 1:
        out = g.node("Mul", [out, affine[0]])
    return g.node("Add", [out, affine[-1]]) if op.given & 2 else out


@page("RmsNorm")
def _rms_norm(g, op, taken, node):
    x, r, *weight = same(g, taken, node)
    out = g.node("Mul", [x, r])
    return g.node("Mul", [out, weight[0]]) if weight else out


@page("Embedding")
def _embedding(g, op, taken, node):
    return g.node("Gather", [g.name(taken[0]), g.name(taken[1])], axis=0)


# --------------------------------------------------------------------------------------------------------------------------- pools
def _batched(g, op, value, name):
    """A pool's input with axes (N, C, sizes): ONNX knows no other."""
    count = len(value.shape) - len(op.to)
    if count == 2:
        return name
    lead = value.shape[:count]
    return g.reshape(name, [1, product(lead), *value.shape[count:]])


def _unbatched(g, op, node, name):
    return name if len(node.shape) - len(op.to) == 2 else g.reshape(name, node.shape)


def _ends(op, x) -> tuple[list, bool]:
    """Padding at the ends that gives exactly the windows of the page, of which the last may reach beyond; and whether to ask for ONNX's ceil_mode
    instead, where that padding changes with the sizes of the inputs."""
    sizes = x.shape[-len(op.kernel):]
    reach = [d * (k - 1) + 1 for d, k in zip(op.dilation, op.kernel, strict=True)]
    ends = [greatest((t - 1) * s + r - n - p, 0) for t, s, r, n, p in zip(op.to, op.stride, reach, sizes, op.padding, strict=True)]
    if not any(isinstance(e, Varying) for e in ends):
        return [int(e) for e in ends], False
    for t, s, r, n, p in zip(op.to, op.stride, reach, sizes, op.padding, strict=True):
        if not -((r - n - 2 * p) // s) + 1 == t:
            raise NotImplementedError("a pool whose windows reach beyond the end at some sizes of the inputs only")
    return list(op.padding), True


@page("MaxPool")
def _max_pool(g, op, taken, node):
    return _unbatched(g, op, node, _max(g, op, taken, node, 1)[0])


def _max(g, op, taken, node, count):
    ends, ceil = _ends(op, taken[0])
    x = _batched(g, op, taken[0], g.name(taken[0]))
    return g.several("MaxPool", [x], count, kernel_shape=list(op.kernel), strides=list(op.stride), dilations=list(op.dilation), pads=[*op.padding, *ends],
                     ceil_mode=int(ceil))


@page("MaxPoolIndices")
def _max_pool_indices(g, op, taken, node):
    """ONNX counts over the whole tensor; here each plane is counted by itself."""
    _, at = _max(g, op, taken, node, 2)
    return _unbatched(g, op, node, g.node("Mod", [at, g.scalar(product(taken[0].shape[-len(op.to):]))]))


@page("AvgPool")
def _avg_pool(g, op, taken, node):
    ends, ceil = _ends(op, taken[0])
    if ceil or any(e > p for e, p in zip(ends, op.padding, strict=True)):
        raise NotImplementedError("an average pool with windows beyond the end (ceil_mode)")
    x = _batched(g, op, taken[0], *same(g, taken, node))
    means = g.node("AveragePool", [x], kernel_shape=list(op.kernel), strides=list(op.stride), pads=[*op.padding, *op.padding],
                   count_include_pad=int(op.include or bool(op.divisor)))
    if op.divisor:
        means = g.node("Mul", [means, g.constant(product(op.kernel) / op.divisor, node.dtype.numpy)])
    return _unbatched(g, op, node, means)


def shared_out(size: int, count: int) -> np.ndarray:
    """The places that `count` windows see which share out an axis of `size`: (count, longest), the last one repeated."""
    first = np.arange(count) * size // count
    last = -(-(np.arange(count) + 1) * size // count) - 1
    longest = int((last - first).max(initial=-1)) + 1
    return np.minimum(first[:, None] + np.arange(longest), last[:, None])


@page("AdaptiveIndices")
def _adaptive_indices(g, op, taken, node):
    """Of each window's elements the number of the greatest."""
    sizes = taken[0].shape[-len(op.to):]
    if any(isinstance(n, Varying) for n in (*sizes, *op.to)):
        raise NotImplementedError("adaptive max pooling of an axis that is open: its windows change with its size")
    tables, number = [shared_out(n, t) for n, t in zip(sizes, op.to, strict=True)], np.zeros((1,) * (2 * len(sizes)), np.int64)
    step = 1
    for axis in reversed(range(len(sizes))):
        shape = [1] * (2 * len(sizes))
        shape[axis], shape[len(sizes) + axis] = tables[axis].shape
        number, step = number + tables[axis].reshape(shape) * step, step * sizes[axis]
    number = number.reshape(*op.to, -1)
    lead = taken[0].shape[:-len(op.to)]
    flat = g.reshape(g.name(taken[0]), [*lead, product(sizes)])
    seen = g.node("Gather", [flat, g.constant(number)], axis=len(lead))
    best = g.node("ArgMax", [seen], axis=-1, keepdims=0)
    starts = np.arange(number.size, step=number.shape[-1]).reshape(op.to)           # of each window's row in the table
    return g.node("Gather", [g.constant(number.reshape(-1)), g.node("Add", [best, g.constant(starts)])])


@page("ReadPlane")
def _read_plane(g, op, taken, node):
    x, index = taken
    lead = x.shape[:len(x.shape) - op.count]
    flat = g.reshape(g.name(x), [*lead, product(x.shape[len(lead):])])
    at = g.reshape(g.cast(index, INT64), [*lead, product(index.shape[len(lead):])])
    return g.reshape(g.node("GatherElements", [flat, at], axis=len(lead)), node.shape)


@page("PutPlane")
def _put_plane(g, op, taken, node):
    x, index = taken
    lead = x.shape[:len(x.shape) - len(op.sizes)]
    flat = lambda name: g.reshape(name, [*lead, product(x.shape[len(lead):])])
    zeros = g.expand(g.constant(np.zeros((), node.dtype.numpy)), [*lead, product(op.sizes)])
    return g.reshape(g.node("ScatterElements", [zeros, flat(g.cast(index, INT64)), flat(g.name(x))], axis=len(lead)), node.shape)


@page("Im2col")
def _windows(g, op, taken, node):
    """A convolution whose every filter reads one place of one channel."""
    channels, count = taken[0].shape[1], product(op.kernel)
    places = np.eye(count, dtype=node.dtype.numpy).reshape(count, 1, *op.kernel)
    weight = g.constant(np.tile(places, (int(channels), 1, *[1] * len(op.kernel))))
    seen = g.node("Conv", [g.name(taken[0]), weight], strides=list(op.stride), pads=[*op.padding, *op.padding], dilations=list(op.dilation),
                  group=int(channels), kernel_shape=list(op.kernel))
    return g.reshape(seen, node.shape)


@page("Col2im")
def _from_windows(g, op, taken, node):
    return g.node("Col2Im", [g.name(taken[0]), g.sizes(op.to), g.sizes(op.kernel)], strides=list(op.stride), pads=[*op.padding, *op.padding],
                  dilations=list(op.dilation))
