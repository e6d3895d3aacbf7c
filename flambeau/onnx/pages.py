"""What each recorded operator is in ONNX: function(graph, page, the nodes that it takes, its node) -> name of the result."""
from __future__ import annotations

from functools import partial

import numpy as np

from ..core.shape import contiguous_strides, numel

TRANSLATIONS: dict = {}


def page(*names: str):
    """A decorator: this function translates the pages of these names (and those derived from them)."""
    def put(function):
        TRANSLATIONS.update(dict.fromkeys(names, function))
        return function
    return put


def _same(g, taken, node, dtype=None):
    """The inputs, all as the result's dtype."""
    return [g.cast(n, dtype or node.dtype.numpy) for n in taken]


# ------------------------------------------------------------------------------------------------------- one element, from one each
def _plain(kind, g, op, taken, node, **attributes):
    return g.node(kind, _same(g, taken, node), **attributes)


for _page, _kind in {"Add": "Add", "Sub": "Sub", "Mul": "Mul", "Div": "Div", "Neg": "Neg", "Exp": "Exp", "Log": "Log", "Sqrt": "Sqrt", "Relu": "Relu",
                     "Sigmoid": "Sigmoid", "Tanh": "Tanh", "Abs": "Abs", "Sign": "Sign", "Floor": "Floor", "Ceil": "Ceil", "Round": "Round", "Sin": "Sin",
                     "Cos": "Cos", "Tan": "Tan", "Erf": "Erf", "Reciprocal": "Reciprocal", "Pow": "Pow", "Maximum": "Max", "Minimum": "Min", "ClampMin": "Max",
                     "ClampMax": "Min", "MatMul": "MatMul", "Mm": "MatMul", "Mv": "MatMul", "Dot": "MatMul", "Hardswish": "HardSwish", "Mish": "Mish",
                     "Prelu": "PRelu", "Clone": "Identity", "Cast": "Identity", "LogicalNot": "Not"}.items():
    TRANSLATIONS[_page] = partial(_plain, _kind)


@page("Rsqrt")
def _rsqrt(g, op, taken, node):
    return g.node("Reciprocal", [g.node("Sqrt", _same(g, taken, node))])


@page("Rsub")
def _rsub(g, op, taken, node):
    return g.node("Sub", _same(g, taken, node)[::-1])


@page("AddScaled")
def _add_scaled(g, op, taken, node):
    x, y, *scale = _same(g, taken, node)
    factor = scale[0] if scale else g.constant(op.alpha, node.dtype.numpy)
    return g.node("Add", [x, g.node("Mul", [y, factor])])


@page("FixedPow")
def _fixed_pow(g, op, taken, node):
    (value,) = [getattr(op, name) for name in type(op).__annotations__][:1]
    return g.node("Pow", [*_same(g, taken, node), g.constant(value, node.dtype.numpy)])


@page("Square")
def _square(g, op, taken, node):
    (x,) = _same(g, taken, node)
    return g.node("Mul", [x, x])


@page("Clamp")
def _clamp(g, op, taken, node):
    x, low, high = _same(g, taken, node)
    return g.node("Min", [g.node("Max", [x, low]), high])


@page("Silu")
def _silu(g, op, taken, node):
    (x,) = _same(g, taken, node)
    return g.node("Mul", [x, g.node("Sigmoid", [x])])


@page("Gelu")
def _gelu(g, op, taken, node):
    (x,) = _same(g, taken, node)
    number = partial(g.constant, dtype=node.dtype.numpy)
    return g.node("Mul", [g.node("Mul", [x, number(0.5)]), g.node("Add", [g.node("Erf", [g.node("Mul", [x, number(0.5 ** 0.5)])]), number(1)])])


@page("GeluTanh")
def _gelu_tanh(g, op, taken, node):
    (x,) = _same(g, taken, node)
    number = partial(g.constant, dtype=node.dtype.numpy)
    cube = g.node("Mul", [g.node("Pow", [x, number(3)]), number(0.044715)])
    inner = g.node("Mul", [g.node("Add", [x, cube]), number((2 / np.pi) ** 0.5)])
    return g.node("Mul", [g.node("Mul", [x, number(0.5)]), g.node("Add", [g.node("Tanh", [inner]), number(1)])])


@page("LeakyRelu")
def _leaky(g, op, taken, node):
    return g.node("LeakyRelu", _same(g, taken, node), alpha=float(op.negative_slope))


@page("Elu")
def _elu(g, op, taken, node):
    (x,) = _same(g, taken, node)
    number = partial(g.constant, dtype=node.dtype.numpy)
    bent = g.node("Mul", [g.node("Sub", [g.node("Exp", [g.node("Mul", [x, number(op.input_scale)])]), number(1)]), number(op.alpha * op.scale)])
    return g.node("Where", [g.node("Greater", [x, number(0)]), g.node("Mul", [x, number(op.scale)]), bent])


@page("Hardtanh")
def _hardtanh(g, op, taken, node):
    (x,) = _same(g, taken, node)
    return g.node("Clip", [x, g.constant(op.low, node.dtype.numpy), g.constant(op.high, node.dtype.numpy)])


@page("Hardsigmoid")
def _hardsigmoid(g, op, taken, node):
    return g.node("HardSigmoid", _same(g, taken, node), alpha=1 / 6, beta=0.5)


@page("Softplus")
def _softplus(g, op, taken, node):
    (x,) = _same(g, taken, node)
    number = partial(g.constant, dtype=node.dtype.numpy)
    scaled = g.node("Mul", [x, number(op.beta)])
    soft = g.node("Div", [g.node("Softplus", [scaled]), number(op.beta)])
    return g.node("Where", [g.node("Greater", [scaled, number(op.threshold)]), x, soft])


@page("LogSigmoid")
def _log_sigmoid(g, op, taken, node):
    return g.node("Neg", [g.node("Softplus", [g.node("Neg", _same(g, taken, node))])])


def _compare(kind, g, op, taken, node):
    common = np.result_type(*[n.dtype.numpy for n in taken if n.number is None] or [n.dtype.numpy for n in taken])
    if any(n.number is not None and n.dtype.numpy.kind == "f" for n in taken) and common.kind in "biu":
        common = np.dtype(np.float32)
    common = np.dtype(np.int64) if common.kind == "b" else common
    found = g.node(kind, _same(g, taken, node, common))
    return found if kind != "Equal" or not type(op).__name__.startswith("Ne") else g.node("Not", [found])


for _page, _kind in {"Eq": "Equal", "Ne": "Equal", "Lt": "Less", "Le": "LessOrEqual", "Gt": "Greater", "Ge": "GreaterOrEqual"}.items():
    TRANSLATIONS[_page] = partial(_compare, _kind)


def _logical(kind, g, op, taken, node):
    return g.node(kind, _same(g, taken, node, np.dtype(bool)))


for _page, _kind in {"LogicalAnd": "And", "LogicalOr": "Or", "LogicalXor": "Xor"}.items():
    TRANSLATIONS[_page] = partial(_logical, _kind)


@page("Where")
def _where(g, op, taken, node):
    return g.node("Where", [g.cast(taken[0], np.dtype(bool)), *_same(g, taken[1:], node)])


@page("MaskedFill")
def _masked_fill(g, op, taken, node):
    x, mask, *value = taken
    fill = g.cast(value[0], node.dtype.numpy) if value else g.constant(op.value, node.dtype.numpy)
    return g.node("Where", [g.cast(mask, np.dtype(bool)), fill, g.cast(x, node.dtype.numpy)])


# --------------------------------------------------------------------------------------------------------------------- reductions
def _reduce(kind, g, op, taken, node):
    x = g.cast(taken[0], node.dtype.numpy)
    return g.node(kind, [x, g.constant(np.array(op.dims, np.int64))] if op.dims else [x], keepdims=int(op.keepdim), **({} if op.dims else {"noop_with_empty_axes": 0}))


for _page, _kind in {"Sum": "ReduceSum", "Mean": "ReduceMean", "Prod": "ReduceProd", "AMax": "ReduceMax", "AMin": "ReduceMin"}.items():
    TRANSLATIONS[_page] = partial(_reduce, _kind)


@page("Variance")
def _variance(g, op, taken, node):
    x, m = _same(g, taken, node)
    d = g.node("Sub", [x, m])
    return g.node("ReduceMean", [g.node("Mul", [d, d]), g.constant(np.array(op.dims, np.int64))], keepdims=1)


@page("Softmax", "LogSoftmax")
def _softmax(g, op, taken, node):
    kind = "LogSoftmax" if type(op).__name__ == "LogSoftmax" else "Softmax"
    return g.node(kind, _same(g, taken, node), axis=int(op.dim))


# ------------------------------------------------------------------------------------------------------------------------- layers
@page("Linear", "LinearNoBias")
def _linear(g, op, taken, node):
    x, weight, *bias = _same(g, taken, node)
    out = g.node("MatMul", [x, g.node("Transpose", [weight], perm=[1, 0])])
    return g.node("Add", [out, bias[0]]) if bias else out


@page("Addmm")
def _addmm(g, op, taken, node):
    return g.node("Gemm", _same(g, [*taken[1:], taken[0]], node), alpha=float(op.alpha), beta=float(op.beta))


def _pads(op, extra=()):
    before, after = zip(*op.padding, strict=True) if isinstance(op.padding[0], tuple) else (op.padding, op.padding)
    return [*map(int, before), *map(int, after)]


@page("Convolution")
def _convolution(g, op, taken, node):
    if any(after < 0 for _, after in op.padding):
        raise NotImplementedError("a convolution that leaves out the end of an axis")
    return g.node("Conv", _same(g, taken, node), strides=list(op.stride), pads=_pads(op), dilations=list(op.dilation), group=int(op.groups),
                  kernel_shape=[int(n) for n in taken[1].shape[2:]])


@page("ConvolutionInput")
def _transposed(g, op, taken, node):
    kernel, places = taken[1].shape[2:], taken[0].shape[2:]
    grown = [s * (p - 1) + d * (k - 1) + 1 - before - n for s, p, d, k, (before, _), n in
             zip(op.stride, places, op.dilation, kernel, op.padding, op.to, strict=True)]           # how much is cut off each end (less than 0: added)
    return g.node("ConvTranspose", _same(g, taken, node), strides=list(op.stride), dilations=list(op.dilation), group=int(op.groups),
                  kernel_shape=[int(n) for n in kernel], pads=[*[int(b) for b, _ in op.padding], *[max(n, 0) for n in grown]],
                  output_padding=[max(-n, 0) for n in grown])


@page("Normalize")
def _normalize(g, op, taken, node):
    x, m, r, *affine = _same(g, taken, node)
    out = g.node("Mul", [g.node("Sub", [x, m]), r])
    if op.given & 1:
        out = g.node("Mul", [out, affine[0]])
    return g.node("Add", [out, affine[-1]]) if op.given & 2 else out


def _fits(op, x):
    """Padding at the ends that gives exactly the windows of the page, of which the last may reach beyond."""
    sizes = x.shape[-len(op.kernel):]
    return [max((t - 1) * s + d * (k - 1) + 1 - n - p, 0) for t, s, d, k, n, p in zip(op.to, op.stride, op.dilation, op.kernel, sizes, op.padding, strict=True)]


@page("MaxPool")
def _max_pool(g, op, taken, node):
    return g.node("MaxPool", _same(g, taken, node), kernel_shape=list(op.kernel), strides=list(op.stride), dilations=list(op.dilation),
                  pads=[*op.padding, *_fits(op, taken[0])])


@page("AvgPool")
def _avg_pool(g, op, taken, node):
    ends = _fits(op, taken[0])
    if op.divisor or any(e > p for e, p in zip(ends, op.padding, strict=True)):
        raise NotImplementedError("an average pool with a divisor of its own, or windows beyond the end")
    return g.node("AveragePool", _same(g, taken, node), kernel_shape=list(op.kernel), strides=list(op.stride), pads=[*op.padding, *op.padding],
                  count_include_pad=int(op.include))


@page("Embedding")
def _embedding(g, op, taken, node):
    return g.node("Gather", [g.name(taken[0]), g.name(taken[1])], axis=0)


@page("ConstantPad")
def _pad(g, op, taken, node):
    before, after = zip(*op.pads, strict=True)
    return g.node("Pad", [*_same(g, taken, node), g.constant(np.array([*before, *after], np.int64)), g.constant(op.value, node.dtype.numpy)])


@page("Resample")
def _resample(g, op, taken, node):
    kinds = {"nearest": ("nearest", "asymmetric"), "linear": ("linear", None), "bilinear": ("linear", None), "trilinear": ("linear", None)}
    if op.mode not in kinds:
        raise NotImplementedError(f"interpolation of mode {op.mode}")
    mode, where = kinds[op.mode]
    where = where or ("align_corners" if op.align else "half_pixel")
    more = {"nearest_mode": "floor"} if mode == "nearest" else {}
    return g.node("Resize", [*_same(g, taken, node), "", "", g.constant(np.array(node.shape, np.int64))], mode=mode, coordinate_transformation_mode=where, **more)


# ------------------------------------------------------------------------------------------------------------------------ movement
@page("Cat")
def _cat(g, op, taken, node):
    return g.node("Concat", _same(g, taken, node), axis=int(op.dim))


@page("Stack")
def _stack(g, op, taken, node):
    axis = g.constant(np.array([op.dim], np.int64))
    return g.node("Concat", [g.node("Unsqueeze", [x, axis]) for x in _same(g, taken, node)], axis=int(op.dim))


@page("View")
def _view(g, op, taken, node):
    """A strided reading of memory: a new shape, an order of axes or a repetition where it is that, else a gathering of elements by number."""
    (x,) = taken
    if op.kind is not None and op.kind is not x.dtype:
        raise NotImplementedError("memory read as another dtype")
    sizes, strides, count = [int(n) for n in op.sizes], list(op.strides), numel(x.shape)
    name = g.name(x)
    shaped = lambda value, to: g.node("Reshape", [value, g.constant(np.array(to, np.int64))])
    if op.offset == 0 and numel(sizes) == count and op.plain:
        return shaped(name, sizes)
    real = [d for d, n in enumerate(sizes) if n != 1 and strides[d]]
    order = sorted(real, key=lambda d: -strides[d])
    if op.offset == 0 and numel([sizes[d] for d in real]) == count and [strides[d] for d in order] == list(contiguous_strides([sizes[d] for d in order])):
        out = shaped(name, [sizes[d] for d in order])
        if order != real:
            out = g.node("Transpose", [out], perm=[order.index(d) for d in real])
        out = shaped(out, [n if d in real else 1 for d, n in enumerate(sizes)])
        repeated = any(n != 1 and not strides[d] for d, n in enumerate(sizes))
        return g.node("Expand", [out, g.constant(np.array(sizes, np.int64))]) if repeated else out
    numbers = np.full((1,) * len(sizes), op.offset, np.int64)
    for d, (n, s) in enumerate(zip(sizes, strides, strict=True)):
        numbers = numbers + (np.arange(n) * s).reshape(-1, *(1,) * (len(sizes) - d - 1))
    return g.node("Gather", [shaped(name, [-1]), g.constant(numbers.reshape(sizes))], axis=0)


@page("Write")
def _write(g, op, taken, node):
    x, value = taken
    shape = [int(n) for n in x.shape]
    numbers = np.full((1,) * len(op.sizes), op.offset, np.int64)
    for d, (n, s) in enumerate(zip(op.sizes, op.strides, strict=True)):
        numbers = numbers + (np.arange(n) * s).reshape(-1, *(1,) * (len(op.sizes) - d - 1))
    flat = g.node("Reshape", [g.name(x), g.constant(np.array([-1], np.int64))])
    updates = g.node("Reshape", [g.cast(value, x.dtype.numpy), g.constant(np.array([-1], np.int64))])
    written = g.node("ScatterND", [flat, g.constant(numbers.reshape(-1, 1)), updates])
    return g.node("Reshape", [written, g.constant(np.array(shape, np.int64))])


@page("Gather")
def _gather(g, op, taken, node):
    return g.node("GatherElements", [g.name(taken[0]), g.cast(taken[1], np.dtype(np.int64))], axis=int(op.dim))


@page("Tril", "Triu")
def _triangle(g, op, taken, node):
    upper = int(type(op).__name__ == "Triu")
    return g.node("Trilu", [g.name(taken[0]), g.constant(np.int64(op.shift))], upper=upper)


@page("CopyInto")
def _copy_into(g, op, taken, node):
    return g.node("Expand", [g.cast(taken[-1], node.dtype.numpy), g.constant(np.array(node.shape, np.int64))])


@page("Any", "All")
def _any(g, op, taken, node):
    """Whether some element is not 0: the greatest of 0 and 1; all: the least."""
    x = g.node("Cast", [g.cast(taken[0], np.dtype(bool))], to=g.type_of(np.int32))
    kind = "ReduceMin" if type(op).__name__.startswith("All") else "ReduceMax"
    found = g.node(kind, [x, g.constant(np.array(op.dims, np.int64))] if op.dims else [x], keepdims=int(op.keepdim))
    return g.node("Cast", [found], to=g.type_of(node.dtype.numpy))


@page("Index")
def _index(g, op, taken, node):
    if len(op.dims) != 1:
        raise NotImplementedError("indexing by tensors along several axes")
    return g.node("Gather", [g.name(taken[0]), g.cast(taken[1], np.dtype(np.int64))], axis=int(op.dims[0]))


@page("ReflectionPad1D")
def _reflection(g, op, taken, node):
    return _pad_ends(g, op, taken, node, "reflect")


@page("ReplicationPad1D")
def _replication(g, op, taken, node):
    return _pad_ends(g, op, taken, node, "edge")


def _pad_ends(g, op, taken, node, mode):
    lead = [(0, 0)] * (len(node.shape) - len(op.pads))
    before, after = zip(*lead, *op.pads, strict=True)
    return g.node("Pad", [*_same(g, taken, node), g.constant(np.array([*before, *after], np.int64))], mode=mode)


@page("ArgMax", "ArgMin")
def _arg(g, op, taken, node):
    kind = "ArgMin" if type(op).__name__.startswith("ArgMin") else "ArgMax"
    return g.node(kind, [g.name(taken[0])], axis=int(op.dim), keepdims=int(op.keepdim))


@page("MaxDim", "MinDim")
def _extreme_along(g, op, taken, node):
    """Two results: the values and where they are, of which `_Item` takes one."""
    less = type(op).__name__.startswith("MinDim")
    x, keep = g.name(taken[0]), int(op.keepdim)
    return (g.node("ReduceMin" if less else "ReduceMax", [x, g.constant(np.array([op.dim], np.int64))], keepdims=keep),
            g.node("ArgMin" if less else "ArgMax", [x], axis=int(op.dim), keepdims=keep))


@page("_Item")
def _item(g, op, taken, node):
    return g.names[id(taken[0])][op.k]


@page("CumSum")
def _cumsum(g, op, taken, node):
    return g.node("CumSum", [*_same(g, taken, node), g.constant(np.int64(op.dim))], reverse=int(op.backwards))


@page("VectorNorm")
def _norm(g, op, taken, node):
    if op.p not in (1, 2):
        raise NotImplementedError(f"the norm of order {op.p}")
    return _reduce(f"ReduceL{int(op.p)}", g, op, taken, node)


@page("Repeat")
def _repeat(g, op, taken, node):
    lead = len(op.times) - len(taken[0].shape)
    x = g.name(taken[0])
    if lead > 0:
        x = g.node("Unsqueeze", [x, g.constant(np.arange(lead, dtype=np.int64))])
    return g.node("Tile", [x, g.constant(np.array(op.times, np.int64))])
