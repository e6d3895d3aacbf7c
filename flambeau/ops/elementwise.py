"""Arithmetic, comparison and conversion, element by element."""
from __future__ import annotations

import warnings

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from .common import Tensor, cast, into, need_tensor, record, register_cast, tensor_or_number


def conj_of(x):
    """The complex conjugate, for gradients: a real tensor or number is its own."""
    if isinstance(x, Tensor):
        return record(Conj(), x) if x.dtype.is_complex else x
    return x.conjugate() if isinstance(x, complex) else x


# ------------------------------------------------------------------------------------------------------------- copies and types
class Clone(Op):
    """out = x, in memory of its own."""

    axes = "... -> ..."
    types = "keep"

    def reference(self, x):        return np.array(x)
    def element(self, i, x):       return x[i]
    def gradient(self, g, out, x): return g

    samples = lambda: [(normal(2, 3),), (normal(),), (normal(0, 2),)]


class Cast(Op):
    """out = x converted to `to`: floating values are cut towards zero when they become integers."""

    to: dt.dtype
    axes = "... -> ..."
    types = "keep"
    backward = "ToCopyBackward0"

    def dtype(self, x):            return self.to
    def reference(self, x):        return convert(x, self.to)
    def element(self, i, x):       return el.cast(x[i], self.to)
    def gradient(self, g, out, x): return real_if(cast(g, x.dtype) if g.dtype is not x.dtype else g, x)

    samples = lambda: [(normal(2, 3, dtype="float32"), dt.float64), (normal(2, 3) * 3, dt.int32), (normal(2), dt.bool_), (np.arange(4), dt.float64)]


def convert(x: np.ndarray, to: dt.dtype) -> np.ndarray:
    """`x` as PyTorch converts it: complex to real drops the imaginary part, floating to unsigned wraps."""
    if x.dtype.kind == "c" and not to.is_complex:
        if to is dt.bool_:
            return x != 0
        x = x.real
    if to.category == 1 and x.dtype.kind not in "iub":
        wide = x.astype(np.float64) if x.dtype.kind != "f" or x.dtype.itemsize < 8 else x
        return wide.astype(np.int64).astype(to.numpy) if to.itemsize < 4 or not to.is_signed else wide.astype(to.numpy)
    return x.astype(to.numpy)


def real_if(g, x):
    """A complex gradient of a real input keeps its real part."""
    return record(RealPart(), g) if g.dtype.is_complex and not x.dtype.is_complex else g


class Conj(Op):
    """The complex conjugate."""

    axes = "... -> ..."

    def reference(self, x):        return np.conj(x)
    def gradient(self, g, out, x): return conj_of(g)

    samples = lambda: [(normal(2, 3) + 1j * normal(2, 3, seed=1),)]


class RealPart(Op):
    """Re x, in memory of its own."""

    axes = "... -> ..."
    types = "real"

    def reference(self, x):        return np.real(x).copy()
    def gradient(self, g, out, x): return cast(g, x.dtype)

    samples = lambda: [(normal(2, 3) + 1j * normal(2, 3, seed=1),)]


class Complex(Op):
    """x + i · y, of two real tensors: put together, not computed, so that an infinite part leaves the other alone."""

    axes = "..., ... -> ..."
    half_in_float32 = False

    def dtype(self, x, y):
        return x.dtype.to_complex()

    def reference(self, x, y):
        return joined_parts(x, y)

    def gradient(self, g, out, x, y):
        return lambda: record(RealPart(), g), lambda: record(RealPart(), g * -1j)

    samples = lambda: [(normal(2, 3), normal(3, seed=1)), (normal(), normal(seed=1)), (normal(0, 2), normal(0, 2))]


def joined_parts(real, imag):
    """Complex numbers from arrays of their parts."""
    kind = np.complex128 if np.result_type(real, imag) == np.float64 else np.complex64
    out = np.empty(np.broadcast_shapes(real.shape, imag.shape), kind)
    out.real, out.imag = real, imag
    return out


# ------------------------------------------------------------------------------------------------------------------ arithmetic
class Add(Op):
    """x + y"""

    axes = "..., ... -> ..."

    def reference(self, x, y):        return np.add(x, y)
    def element(self, i, x, y):       return x[i] + y[i]
    def gradient(self, g, out, x, y): return lambda: g, lambda: g

    samples = lambda: [(normal(3, 4), normal(4)), (normal(), normal(2)), (normal(0, 2), normal(2))]
    rejects = lambda: [(normal(2, 3), normal(4), "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1; "
                "shapes (2, 3) and (4,) do not broadcast")]


_BLOCK = 1 << 15         # elements


class AddScaled(Op):
    """x + alpha · y"""

    axes = "..., ..., -> ..."
    saves = ("y", "alpha")
    backward = "AddBackward0"

    overwrites = True

    def reference(self, x, y, alpha):
        return np.add(x, np.multiply(y, alpha))

    def overwrite(self, x, y, alpha):
        """x += alpha · y, in blocks that stay in the cache: what an optimizer's step does to every weight."""
        if y.shape != x.shape or not y.flags.c_contiguous:
            np.add(x, np.multiply(y, alpha), out=x)
            return x
        into, step = x.reshape(-1), y.reshape(-1)
        for start in range(0, into.size, _BLOCK):
            part = into[start:start + _BLOCK]
            np.add(part, np.multiply(step[start:start + _BLOCK], alpha), out=part)
        return x

    def element(self, i, x, y, alpha):       return x[i] + alpha[()] * y[i]
    def gradient(self, g, out, x, y, alpha): return lambda: g, lambda: g * conj_of(alpha), lambda: (g * conj_of(y)).sum()

    samples = lambda: [(normal(3, 4), normal(4), np.array(0.5)), (normal(), normal(2), np.array(-2.0))]


class Sub(Op):
    """x - y"""

    axes = "..., ... -> ..."

    def reference(self, x, y):        return np.subtract(x, y)
    def element(self, i, x, y):       return x[i] - y[i]
    def gradient(self, g, out, x, y): return lambda: g, lambda: -g

    samples = lambda: [(normal(3, 4), normal(3, 1)), (normal(), normal(2))]


class Rsub(Op):
    """y - x"""

    axes = "..., ... -> ..."

    def reference(self, x, y):        return np.subtract(y, x)
    def element(self, i, x, y):       return y[i] - x[i]
    def gradient(self, g, out, x, y): return lambda: -g, lambda: g

    samples = Sub.samples


class RsubFromNumber(Rsub):
    """y - x for a number y"""

    backward = "RsubBackward1"


class Mul(Op):
    """x · y"""

    axes = "..., ... -> ..."
    saves = ("x", "y")

    def reference(self, x, y):        return np.multiply(x, y)
    def element(self, i, x, y):       return x[i] * y[i]
    def gradient(self, g, out, x, y): return lambda: g * conj_of(y), lambda: g * conj_of(x)

    samples = lambda: [(normal(3, 4), normal(4)), (normal(2, 1), normal(1, 3)), (normal(), normal())]


class Div(Op):
    """x / y; integers are divided as floating numbers"""

    axes = "..., ... -> ..."
    types = "float"
    saves = ("x", "y")

    def reference(self, x, y):        return np.divide(x, y)
    def element(self, i, x, y):       return x[i] / y[i]
    def gradient(self, g, out, x, y): return lambda: g / conj_of(y), lambda: -g * conj_of((x / y) / y)

    samples = lambda: [(normal(3, 4), normal(4) + 3), (normal(), normal(2) - 4)]


class Neg(Op):
    """-x"""

    axes = "... -> ..."

    def reference(self, x):        return np.negative(x)
    def element(self, i, x):       return -x[i]
    def gradient(self, g, out, x): return -g

    samples = lambda: [(normal(3, 4),), (normal(),)]


def real_of(x):
    """Re x for comparing: numbers and real tensors are their own."""
    if isinstance(x, Tensor):
        return record(RealPart(), x) if x.dtype.is_complex else x
    return x.real if isinstance(x, complex) else x


class Exp(Op):
    """e ** x"""

    axes = "... -> ..."
    types = "float"
    saves = ("out",)

    def reference(self, x):        return np.exp(x)
    def element(self, i, x):       return el.call("exp", x[i])
    def gradient(self, g, out, x): return g * conj_of(out)

    samples = lambda: [(normal(3, 4),), (normal(),)]


class Log(Op):
    """The natural logarithm"""

    axes = "... -> ..."
    types = "float"
    saves = ("x",)

    def reference(self, x):        return np.log(x)
    def element(self, i, x):       return el.call("log", x[i])
    def gradient(self, g, out, x): return g / conj_of(x)

    samples = lambda: [(np.abs(normal(3, 4)) + 0.1,)]


class Sqrt(Op):
    """√x"""

    axes = "... -> ..."
    types = "float"
    saves = ("out",)

    def reference(self, x):        return np.sqrt(x)
    def element(self, i, x):       return el.call("sqrt", x[i])
    def gradient(self, g, out, x): return g / (2 * conj_of(out))

    samples = lambda: [(np.abs(normal(3, 4)) + 0.1,)]


class Where(Op):
    """x where the condition holds, else y"""

    axes = "..., ..., ... -> ..."

    def compute(self, condition, x, y):
        return dt.result_dtype([(v.dtype, len(v.shape), v.number is not None) for v in (x, y)])

    def reference(self, condition, x, y):        return np.where(condition != 0, x, y)
    def element(self, i, condition, x, y):       return el.where(condition[i], x[i], y[i])

    saves = ("condition",)

    def gradient(self, g, out, condition, x, y):
        return None, lambda: record(Where(), condition, g, 0), lambda: record(Where(), condition, 0, g)

    samples = lambda: [(normal(3, 4) > 0, normal(3, 4), normal(4)), (normal(2) > 0, normal(), normal(2))]


# -------------------------------------------------------------------------------------------------------------- the functions
_ADD, _ADD_SCALED, _SUB, _MUL, _DIV, _NEG = Add(), AddScaled(), Sub(), Mul(), Div(), Neg()
_RSUB, _RSUB_FROM_NUMBER = Rsub(), RsubFromNumber()


def _alpha(name, other, alpha, *operands):
    """`other` times `alpha`, refusing what PyTorch refuses."""
    integral = all(not isinstance(t, Tensor) or t.dtype.category < 2 for t in operands)
    if isinstance(alpha, bool) and not all(isinstance(t, Tensor) and t.dtype is dt.bool_ for t in operands):
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if integral and isinstance(alpha, float) and all(isinstance(t, (Tensor, int)) for t in operands):
        raise RuntimeError(f"{name}: For integral input tensors, argument alpha must not be a floating point number.")
    return record(_MUL, other, alpha) if isinstance(other, Tensor) else other * alpha


_warned: set[str] = set()


def old_order(name: str, number, *tensors):
    """The operands of PyTorch's deprecated forms such as add(input, alpha, other): the tensors, then the number. Warns once."""
    if isinstance(number, Tensor) or not all(isinstance(t, Tensor) for t in tensors):
        raise TypeError(f"{name}() takes fewer positional arguments: give the factor by its name")
    if name not in _warned:
        _warned.add(name)
        warnings.warn(f"This overload of {name} is deprecated: the number before the tensors; give it by its name after them.", UserWarning, stacklevel=3)
    return *tensors, number


def add(input, other, *old, alpha=1, out=None):
    """input + alpha * other"""
    if old:
        other, alpha = old_order("add", other, *old)
    if alpha != 1 or alpha is True:
        if isinstance(other, Tensor) and type(alpha) is float and other.dtype.category >= 2:
            return into(out, record(_ADD_SCALED, input, other, alpha), "add")
        other = _alpha("add", other, alpha, input, other)
    return into(out, record(_ADD, input, other), "add")


def _is_bool(x) -> bool:
    return x.dtype is dt.bool_ if isinstance(x, Tensor) else x is True or x is False


def _refuse_bool(x, y) -> None:
    """Truth values are not subtracted."""
    if _is_bool(x) or _is_bool(y):
        if _is_bool(x) and _is_bool(y):
            raise RuntimeError("Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead.")
        raise RuntimeError("Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or "
                           "`logical_not()` operator instead.")


def sub(input, other, *old, alpha=1, out=None):
    """input - alpha * other"""
    if old:
        other, alpha = old_order("sub", other, *old)
    _refuse_bool(input, other)
    if alpha != 1 or alpha is True:
        other = _alpha("sub", other, alpha, input, other)
    return into(out, record(_SUB, input, other), "sub")


subtract = sub


def rsub(input, other, *, alpha=1):
    """other - alpha * input"""
    x = need_tensor(input, "rsub")
    _refuse_bool(other, x)
    if alpha != 1 or alpha is True:
        x = _alpha("rsub", x, alpha, x, other)
    return record(_RSUB if isinstance(other, Tensor) else _RSUB_FROM_NUMBER, x, other)


def mul(input, other, *, out=None):
    """input * other"""
    return into(out, record(_MUL, input, other), "mul")


multiply = mul


def true_divide(input, other, *, out=None):
    """input / other, integers as floating numbers"""
    return into(out, record(_DIV, input, other), "div")


def neg(input, *, out=None):
    """-input"""
    if need_tensor(input, "neg").dtype is dt.bool_:
        raise RuntimeError("Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or "
                           "`logical_not()` operator instead.")
    return into(out, record(_NEG, input), "neg")


negative = neg


def exp(input, *, out=None):
    """e ** input"""
    return into(out, record(Exp(), need_tensor(input, "exp")), "exp")


def log(input, *, out=None):
    """The natural logarithm of each element"""
    return into(out, record(Log(), need_tensor(input, "log")), "log")


def sqrt(input, *, out=None):
    """The square root of each element"""
    return into(out, record(Sqrt(), need_tensor(input, "sqrt")), "sqrt")


def positive(input):
    """The tensor itself. RuntimeError for bool tensors."""
    if need_tensor(input, "positive").dtype is dt.bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


def conj(input):
    """The complex conjugate; a real tensor itself."""
    return conj_of(input)


def conj_physical(input, *, out=None):
    """The complex conjugate; a real tensor itself."""
    return into(out, conj_of(need_tensor(input, "conj_physical")), "conj_physical")


def resolve_conj(input):
    """The tensor itself: conjugation is never put off here."""
    return need_tensor(input, "resolve_conj")


def resolve_neg(input):
    """The tensor itself: negation is never put off here."""
    return need_tensor(input, "resolve_neg")


def where(condition, input=None, other=None, *, out=None):
    """`input` where the condition holds, else `other`; with the condition alone, the indices at which it holds."""
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)
    need_tensor(condition, "where", "condition")
    if condition.dtype not in (dt.bool_, dt.uint8):
        raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype._title}")
    for x in (input, other):
        if not tensor_or_number(x):
            raise TypeError(f"where(): arguments must be Tensors or numbers, not {type(x).__name__}")
    return into(out, record(Where(), condition, input, other), "where")


register_cast(Cast)

__all__ = [
    "add", "conj", "conj_physical", "exp", "log", "mul", "multiply", "neg", "negative", "positive", "resolve_conj", "resolve_neg", "rsub", "sqrt", "sub",
    "subtract", "true_divide", "where",
]
