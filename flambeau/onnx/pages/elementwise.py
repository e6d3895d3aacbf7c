"""One element from one each."""
from __future__ import annotations

from functools import partial

import numpy as np

from .table import BOOL, FLOAT32, INT64, TRANSLATIONS, is_float, page, same


def _plain(kind, g, op, taken, node, **attributes):
    return g.node(kind, same(g, taken, node), **attributes)


for _page, _kind in {"Add": "Add", "Sub": "Sub", "Mul": "Mul", "Div": "Div", "Neg": "Neg", "Exp": "Exp", "Log": "Log", "Sqrt": "Sqrt", "Relu": "Relu",
                     "Sigmoid": "Sigmoid", "Tanh": "Tanh", "Abs": "Abs", "Sign": "Sign", "Floor": "Floor", "Ceil": "Ceil", "Round": "Round", "Sin": "Sin",
                     "Cos": "Cos", "Tan": "Tan", "Asin": "Asin", "Acos": "Acos", "Atan": "Atan", "Sinh": "Sinh", "Cosh": "Cosh", "Asinh": "Asinh", "Acosh": "Acosh",
                     "Atanh": "Atanh", "Erf": "Erf", "Reciprocal": "Reciprocal", "Pow": "Pow", "MatMul": "MatMul", "Mm": "MatMul", "Mv": "MatMul", "Dot": "MatMul",
                     "Hardswish": "HardSwish", "Mish": "Mish", "Prelu": "PRelu", "Clone": "Identity", "Cast": "Identity", "LogicalNot": "Not"}.items():
    TRANSLATIONS[_page] = partial(_plain, _kind)

for _page, _kind in {"Maximum": "Max", "Minimum": "Min", "ClampMin": "Max", "ClampMax": "Min"}.items():
    TRANSLATIONS[_page] = partial(_plain, _kind)


def _numbers(g, node):
    """A function of a number: its name, in the dtype of a value."""
    return partial(g.constant, dtype=node.dtype.numpy)


@page("LogicalNot")
def _not(g, op, taken, node):
    return g.node("Not", [g.cast(taken[0], BOOL)])


@page("Rsqrt")
def _rsqrt(g, op, taken, node):
    return g.node("Reciprocal", [g.node("Sqrt", same(g, taken, node))])


@page("Rsub")
def _rsub(g, op, taken, node):
    return g.node("Sub", same(g, taken, node)[::-1])


@page("AddScaled")
def _add_scaled(g, op, taken, node):
    x, y, *scale = same(g, taken, node)
    factor = scale[0] if scale else g.constant(op.alpha, node.dtype.numpy)
    return g.node("Add", [x, g.node("Mul", [y, factor])])


@page("FixedPow")
def _fixed_pow(g, op, taken, node):
    value = getattr(op, next(iter(type(op.op).__annotations__)))
    return g.node("Pow", [*same(g, taken, node), g.constant(value, node.dtype.numpy)])


@page("Square")
def _square(g, op, taken, node):
    (x,) = same(g, taken, node)
    return g.node("Mul", [x, x])


@page("Clamp")
def _clamp(g, op, taken, node):
    x, low, high = same(g, taken, node)
    return g.node("Min", [g.node("Max", [x, low]), high])


# -------------------------------------------------------------------------------------------------------- powers, logarithms, angles
@page("Expm1")
def _expm1(g, op, taken, node):
    return g.node("Sub", [g.node("Exp", same(g, taken, node)), _numbers(g, node)(1)])


@page("Log1p")
def _log1p(g, op, taken, node):
    return g.node("Log", [g.node("Add", [*same(g, taken, node), _numbers(g, node)(1)])])


@page("Exp2")
def _exp2(g, op, taken, node):
    return g.node("Pow", [_numbers(g, node)(2), *same(g, taken, node)])


@page("Log2", "Log10")
def _log_of_base(g, op, taken, node):
    return g.node("Div", [g.node("Log", same(g, taken, node)), _numbers(g, node)(np.log(2.0 if op.title == "Log2" else 10.0))])


@page("Deg2Rad", "Rad2Deg")
def _angle(g, op, taken, node):
    return g.node("Mul", [*same(g, taken, node), _numbers(g, node)(np.pi / 180 if op.title == "Deg2Rad" else 180 / np.pi)])


@page("Atan2")
def _atan2(g, op, taken, node):
    """arctan(y / x), moved by π where x is below 0; ±π / 2 where it is 0."""
    y, x = same(g, taken, node)
    number = _numbers(g, node)
    below, zero = g.node("Less", [x, number(0)]), g.node("Equal", [x, number(0)])
    sign = g.node("Where", [g.node("Less", [y, number(0)]), number(-1), number(1)])
    plain = g.node("Atan", [g.node("Div", [y, g.node("Where", [zero, number(1), x])])])
    turned = g.node("Add", [plain, g.node("Where", [below, g.node("Mul", [sign, number(np.pi)]), number(0)])])
    upright = g.node("Where", [g.node("Equal", [y, number(0)]), number(0), g.node("Mul", [sign, number(np.pi / 2)])])
    return g.node("Where", [zero, upright, turned])


@page("Hypot")
def _hypot(g, op, taken, node):
    x, y = same(g, taken, node)
    return g.node("Sqrt", [g.node("Add", [g.node("Mul", [x, x]), g.node("Mul", [y, y])])])


@page("Logit")
def _logit(g, op, taken, node):
    (x,) = same(g, taken, node)
    if getattr(op.op, "eps", None) not in (None, -1.0):
        raise NotImplementedError("logit with an eps")
    return g.node("Log", [g.node("Div", [x, g.node("Sub", [_numbers(g, node)(1), x])])])


@page("LogAddExp")
def _log_add_exp(g, op, taken, node):
    x, y = same(g, taken, node)
    high = g.node("Max", [x, y])
    terms = [g.node("Exp", [g.node("Sub", [n, high])]) for n in (x, y)]
    return g.node("Add", [high, g.node("Log", [g.node("Add", terms)])])


# -------------------------------------------------------------------------------------------------------------------- quotients
@page("Trunc")
def _trunc(g, op, taken, node):
    (x,) = same(g, taken, node)
    return _whole(g, x, node)


def _whole(g, x, node):
    """A number without what stands behind the point."""
    return g.node("Where", [g.node("Less", [x, _numbers(g, node)(0)]), g.node("Ceil", [x]), g.node("Floor", [x])]) if is_float(node) else x


@page("Frac")
def _frac(g, op, taken, node):
    (x,) = same(g, taken, node)
    return g.node("Sub", [x, _whole(g, x, node)])


@page("DivTrunc")
def _div_trunc(g, op, taken, node):
    quotient = g.node("Div", same(g, taken, node))
    return _whole(g, quotient, node)


@page("FloorDivide", "DivFloor")
def _floor_divide(g, op, taken, node):
    x, y = same(g, taken, node)
    if is_float(node):
        return g.node("Floor", [g.node("Div", [x, y])])
    return g.node("Div", [g.node("Sub", [x, g.node("Mod", [x, y])]), y])


@page("Remainder")
def _remainder(g, op, taken, node):
    x, y = same(g, taken, node)
    if is_float(node):
        return g.node("Sub", [x, g.node("Mul", [g.node("Floor", [g.node("Div", [x, y])]), y])])
    return g.node("Mod", [x, y])


@page("Fmod")
def _fmod(g, op, taken, node):
    return g.node("Mod", same(g, taken, node), fmod=1)


@page("Lerp", "LerpByNumber")
def _lerp(g, op, taken, node):
    start, end, *weight = same(g, taken, node)
    weight = weight[0] if weight else _numbers(g, node)(op.weight)
    return g.node("Add", [start, g.node("Mul", [weight, g.node("Sub", [end, start])])])


@page("AddCMul", "AddCDiv")
def _add_c(g, op, taken, node):
    x, a, b, value = same(g, taken, node)
    return g.node("Add", [x, g.node("Mul", [value, g.node("Mul" if op.title == "AddCMul" else "Div", [a, b])])])


# ------------------------------------------------------------------------------------------------------------------ activations
@page("Silu")
def _silu(g, op, taken, node):
    (x,) = same(g, taken, node)
    return g.node("Mul", [x, g.node("Sigmoid", [x])])


@page("Gelu")
def _gelu(g, op, taken, node):
    (x,) = same(g, taken, node)
    number = _numbers(g, node)
    return g.node("Mul", [g.node("Mul", [x, number(0.5)]), g.node("Add", [g.node("Erf", [g.node("Mul", [x, number(0.5 ** 0.5)])]), number(1)])])


@page("GeluTanh")
def _gelu_tanh(g, op, taken, node):
    (x,) = same(g, taken, node)
    number = _numbers(g, node)
    cube = g.node("Mul", [g.node("Pow", [x, number(3)]), number(0.044715)])
    inner = g.node("Mul", [g.node("Add", [x, cube]), number((2 / np.pi) ** 0.5)])
    return g.node("Mul", [g.node("Mul", [x, number(0.5)]), g.node("Add", [g.node("Tanh", [inner]), number(1)])])


@page("LeakyRelu")
def _leaky(g, op, taken, node):
    return g.node("LeakyRelu", same(g, taken, node), alpha=float(op.negative_slope))


@page("Elu")
def _elu(g, op, taken, node):
    (x,) = same(g, taken, node)
    number = _numbers(g, node)
    bent = g.node("Mul", [g.node("Sub", [g.node("Exp", [g.node("Mul", [x, number(op.input_scale)])]), number(1)]), number(op.alpha * op.scale)])
    return g.node("Where", [g.node("Greater", [x, number(0)]), g.node("Mul", [x, number(op.scale)]), bent])


@page("Hardtanh")
def _hardtanh(g, op, taken, node):
    (x,) = same(g, taken, node)
    return g.node("Clip", [x, g.constant(op.low, node.dtype.numpy), g.constant(op.high, node.dtype.numpy)])


@page("Hardsigmoid")
def _hardsigmoid(g, op, taken, node):
    return g.node("HardSigmoid", same(g, taken, node), alpha=1 / 6, beta=0.5)


@page("Softplus")
def _softplus(g, op, taken, node):
    (x,) = same(g, taken, node)
    number = _numbers(g, node)
    scaled = g.node("Mul", [x, number(op.beta)])
    soft = g.node("Div", [g.node("Softplus", [scaled]), number(op.beta)])
    return g.node("Where", [g.node("Greater", [scaled, number(op.threshold)]), x, soft])


@page("LogSigmoid")
def _log_sigmoid(g, op, taken, node):
    return g.node("Neg", [g.node("Softplus", [g.node("Neg", same(g, taken, node))])])


@page("Hardshrink")
def _hardshrink(g, op, taken, node):
    (x,) = same(g, taken, node)
    return g.node("Shrink", [x], lambd=float(op.lambd), bias=0.0)


@page("Softshrink")
def _softshrink(g, op, taken, node):
    (x,) = same(g, taken, node)
    return g.node("Shrink", [x], lambd=float(op.lambd), bias=float(op.lambd))


@page("Threshold")
def _threshold(g, op, taken, node):
    (x,) = same(g, taken, node)
    number = _numbers(g, node)
    return g.node("Where", [g.node("Greater", [x, number(op.at)]), x, number(op.fill)])


@page("Glu")
def _glu(g, op, taken, node):
    a, b = g.several("Split", same(g, taken, node), 2, axis=int(op.dim), num_outputs=2)
    return g.node("Mul", [a, g.node("Sigmoid", [b])])


# ----------------------------------------------------------------------------------------------------------- comparison and logic
def _compare(kind, g, op, taken, node):
    common = np.result_type(*[n.dtype.numpy for n in taken if n.number is None] or [n.dtype.numpy for n in taken])
    if any(n.number is not None and n.dtype.numpy.kind == "f" for n in taken) and common.kind in "biu":
        common = FLOAT32
    common = INT64 if common.kind == "b" else common
    found = g.node(kind, same(g, taken, node, common))
    return found if kind != "Equal" or not op.title.startswith("Ne") else g.node("Not", [found])


for _page, _kind in {"Eq": "Equal", "Ne": "Equal", "Lt": "Less", "Le": "LessOrEqual", "Gt": "Greater", "Ge": "GreaterOrEqual"}.items():
    TRANSLATIONS[_page] = partial(_compare, _kind)


def _logical(kind, g, op, taken, node):
    return g.node(kind, same(g, taken, node, BOOL))


for _page, _kind in {"LogicalAnd": "And", "LogicalOr": "Or", "LogicalXor": "Xor"}.items():
    TRANSLATIONS[_page] = partial(_logical, _kind)


@page("BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot")
def _bitwise(g, op, taken, node):
    kind = op.title if node.dtype.numpy.kind != "b" else op.title.removeprefix("Bitwise")
    return g.node(kind, same(g, taken, node))


@page("IsNan")
def _is_nan(g, op, taken, node):
    if not is_float(taken[0]):
        return g.expand(g.constant(np.bool_(False)), node.shape)
    return g.node("IsNaN", [g.name(taken[0])])


@page("IsInf", "IsPosInf", "IsNegInf")
def _is_inf(g, op, taken, node):
    if not is_float(taken[0]):
        return g.expand(g.constant(np.bool_(False)), node.shape)
    return g.node("IsInf", [g.name(taken[0])], detect_negative=int(op.title != "IsPosInf"), detect_positive=int(op.title != "IsNegInf"))


@page("IsFinite")
def _is_finite(g, op, taken, node):
    if not is_float(taken[0]):
        return g.expand(g.constant(np.bool_(True)), node.shape)
    x = g.name(taken[0])
    return g.node("Not", [g.node("Or", [g.node("IsNaN", [x]), g.node("IsInf", [x])])])


@page("Where")
def _where(g, op, taken, node):
    return g.node("Where", [g.cast(taken[0], BOOL), *same(g, taken[1:], node)])


@page("MaskedFill")
def _masked_fill(g, op, taken, node):
    x, mask, *value = taken
    fill = g.cast(value[0], node.dtype.numpy) if value else g.constant(op.value, node.dtype.numpy)
    return g.node("Where", [g.cast(mask, BOOL), fill, g.cast(x, node.dtype.numpy)])


@page("Fill")
def _fill(g, op, taken, node):
    return g.expand(g.cast(taken[1], node.dtype.numpy), node.shape)


@page("CopyInto")
def _copy_into(g, op, taken, node):
    return g.expand(g.cast(taken[-1], node.dtype.numpy), node.shape)


@page("OneHot")
def _one_hot(g, op, taken, node):
    numbers = g.node("Unsqueeze", [g.cast(taken[0], INT64), g.constant(np.array([-1], np.int64))])
    found = g.node("Equal", [numbers, g.constant(np.arange(int(op.classes), dtype=np.int64))])
    return g.node("Cast", [found], to=g.type_of(node.dtype.numpy))
