"""Signs, sizes and bounds, element by element."""
from __future__ import annotations

import math

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.limits import finfo
from ..core.op import normal
from .common import Tensor, into, need_tensor, record, tensor_or_number
from .elementwise import Where, conj_of
from .pointwise import Binary, Pointwise, Predicate, binary, masked, unary, zeros_of

_COMPLEX = lambda: normal(2, 3) + 1j * normal(2, 3, seed=1)


class Abs(Pointwise):
    """|x|; the slope at 0 is 0"""

    types = "real"
    saves = ("x",)

    def compute(self, x):
        if x.dtype is dt.bool_:
            raise NotImplementedError("\"abs_cpu\" not implemented for 'Bool': a bool has no sign")
        return x.dtype

    def reference(self, x):        return np.abs(x)
    def element(self, i, x):       return el.call("abs", x[i])
    def gradient(self, g, out, x): return g * record(Sgn(), x)

    samples = lambda: [(normal(3, 4),), (normal(),), (normal(0, 2),), (np.array([0, -3, 5]),), (_COMPLEX(),)]


class Sign(Pointwise):
    """-1, 0 or 1: the sign of x"""

    takes = "bif"

    def compute(self, x):
        if x.dtype.is_complex:
            raise RuntimeError("Unlike NumPy, torch.sign() is not intended to support complex numbers. Please use torch.sgn() instead.")
        return x.dtype

    def reference(self, x):        return x if x.dtype.kind == "b" else np.where(np.isnan(x), 0, np.sign(x)) if x.dtype.kind == "f" else np.sign(x)
    def element(self, i, x):       return el.where(x[i] > 0, 1, el.where(x[i] < 0, -1, 0))
    def gradient(self, g, out, x): return zeros_of(g)

    samples = lambda: [(normal(3, 4),), (np.array([0, -3, 5]),)]


class Sgn(Pointwise):
    """x / |x|, 0 at 0: the sign of real numbers, the direction of complex ones"""

    saves = ("x", "out")

    def reference(self, x):
        if x.dtype.kind != "c":
            return Sign().reference(x)
        size = np.abs(x)
        return np.where(size == 0, 0, x / np.where(size == 0, 1, size))

    def element(self, i, x):
        v = x[i]
        if x.dtype in (np.complex64, np.complex128):
            size = el.call("abs", v)
            return el.where(size.__eq__(0), 0, v / size)
        return Sign().element(i, x)

    def gradient(self, g, out, x):
        if not x.dtype.is_complex:
            return zeros_of(g)
        size = x.abs()
        turned = (g - ((conj_of(g) * out).real * out)) / size
        return record(Where(), size == 0, 0, turned)

    samples = lambda: [(normal(3, 4),), (_COMPLEX(),)]


class Angle(Pointwise):
    """The argument of complex numbers in (-π, π]; of real ones 0, or π below 0"""

    types = "float"
    saves = ("x",)

    def dtype(self, x):
        return super().compute(x).to_real()

    def reference(self, x):
        return np.angle(x) if x.dtype.kind == "c" else np.where(np.isnan(x), x, np.where(x < 0, np.pi, 0))

    def gradient(self, g, out, x):
        if not x.dtype.is_complex:
            return zeros_of(g)
        size = x.abs()
        return record(Where(), size == 0, 0, (x / size) * (g / size) * 1j)

    samples = lambda: [(normal(3, 4),), (_COMPLEX(),)]


class CopySign(Binary):
    """|x| with the sign of y"""

    types = "float"
    takes = "f"
    saves = ("x", "out")
    backward = "CopysignBackward0"

    def reference(self, x, y):
        return np.copysign(x, y)

    def element(self, i, x, y):
        return el.binary("copysign", x[i], y[i])

    def gradient(self, g, out, x, y):
        return lambda: masked(x != 0, g * (out / x)), lambda: zeros_of(g)

    samples = lambda: [(normal(3, 4), normal(4, seed=2)), (normal(), normal(2))]


class CopySignByNumber(CopySign):
    """|x| with the sign of a number"""

    backward = "CopysignBackward1"


class NextAfter(Binary):
    """The number next to x on the way to y"""

    takes = "f"
    half_in_float32 = False
    saves = ("x", "y")
    backward = "NextafterBackward0"

    def reference(self, x, y):
        return np.nextafter(x, y)

    def gradient(self, g, out, x, y):
        return lambda: masked(x != y, g), lambda: zeros_of(g)

    samples = lambda: [(normal(3, 4), normal(4, seed=2)), (normal(), normal(2))]
    no_gradient_test = "moves by one unit in the last place only"


# --------------------------------------------------------------------------------------------------------------------- bounds
class Maximum(Binary):
    """The greater of x and y, NaN if either is; equals share the gradient"""

    takes = "bif"
    saves = ("x", "y")

    def reference(self, x, y):        return np.maximum(x, y)
    def element(self, i, x, y):       return el.maximum(x[i], y[i])

    def gradient(self, g, out, x, y):
        shared = lambda: record(Where(), x == y, g / 2, g)
        return lambda: record(Where(), x < y, 0, shared()), lambda: record(Where(), x > y, 0, shared())

    samples = lambda: [(normal(3, 4), normal(4, seed=2)), (normal(), normal(2)), (normal(0, 2), normal(2))]


class Minimum(Binary):
    """The lesser of x and y, NaN if either is; equals share the gradient"""

    takes = "bif"
    saves = ("x", "y")

    def reference(self, x, y):        return np.minimum(x, y)
    def element(self, i, x, y):       return el.minimum(x[i], y[i])

    def gradient(self, g, out, x, y):
        shared = lambda: record(Where(), x == y, g / 2, g)
        return lambda: record(Where(), x > y, 0, shared()), lambda: record(Where(), x < y, 0, shared())

    samples = Maximum.samples


class FMax(Binary):
    """The greater of x and y, the other where one is NaN; of equals the first has the gradient"""

    takes = "bif"
    saves = ("x", "y")
    backward = "FmaxBackward0"

    def reference(self, x, y):        return np.fmax(x, y)
    def element(self, i, x, y):       return el.where((x[i] >= y[i]) | el.call("isnan", y[i]), x[i], y[i])

    def gradient(self, g, out, x, y):
        first = (x >= y) | (y != y)
        return lambda: masked(first, g), lambda: masked(~first, g)

    samples = Maximum.samples


class FMin(Binary):
    """The lesser of x and y, the other where one is NaN; of equals the first has the gradient"""

    takes = "bif"
    saves = ("x", "y")
    backward = "FminBackward0"

    def reference(self, x, y):        return np.fmin(x, y)
    def element(self, i, x, y):       return el.where((x[i] <= y[i]) | el.call("isnan", y[i]), x[i], y[i])

    def gradient(self, g, out, x, y):
        first = (x <= y) | (y != y)
        return lambda: masked(first, g), lambda: masked(~first, g)

    samples = Maximum.samples


class ClampMin(Binary):
    """x, or the bound where x is below it; at the bound the gradient is that of x"""

    takes = "bif"
    saves = ("x", "low")
    backward = "ClampMinBackward1"

    def reference(self, x, low):           return np.maximum(x, low)
    def element(self, i, x, low):          return el.maximum(x[i], low[i])
    def gradient(self, g, out, x, low):    return lambda: masked(x >= low, g), lambda: masked(x < low, g)

    samples = Maximum.samples


class ClampMax(Binary):
    """x, or the bound where x is above it; at the bound the gradient is that of x"""

    takes = "bif"
    saves = ("x", "high")
    backward = "ClampMaxBackward1"

    def reference(self, x, high):           return np.minimum(x, high)
    def element(self, i, x, high):          return el.minimum(x[i], high[i])
    def gradient(self, g, out, x, high):    return lambda: masked(x <= high, g), lambda: masked(x > high, g)

    samples = Maximum.samples


class Clamp(Pointwise):
    """min(max(x, low), high): where the bounds cross, it is `high`; at a bound the gradient is that of x"""

    axes = "..., ..., ... -> ..."
    takes = "bif"
    saves = ("x", "low", "high")

    def reference(self, x, low, high):        return np.minimum(np.maximum(x, low), high)
    def element(self, i, x, low, high):       return el.minimum(el.maximum(x[i], low[i]), high[i])

    def gradient(self, g, out, x, low, high):
        return (lambda: masked((x >= low) & (x <= high), g), lambda: masked((x < low) & (low < high), g),
                lambda: masked((x > high) | (high < low), g))

    samples = lambda: [(normal(3, 4), normal(4, seed=2) - 1, normal(4, seed=3) + 1), (normal(5), np.array(-0.5), np.array(0.5))]


# the same with other names of their derivatives: bounds that are numbers, one bound given to clamp()
class ClampMinByNumber(ClampMin):
    """x, or a number where x is below it"""

    backward = "ClampMinBackward0"


class ClampMaxByNumber(ClampMax):
    """x, or a number where x is above it"""

    backward = "ClampMaxBackward0"


class ClampFrom(ClampMin):
    """clamp(x, min)"""

    backward = "ClampBackward0"


class ClampTo(ClampMax):
    """clamp(x, max=max)"""

    backward = "ClampBackward0"


class ClampFromNumber(ClampMin):
    """clamp(x, min) for a number"""

    backward = "ClampBackward1"


class ClampToNumber(ClampMax):
    """clamp(x, max=max) for a number"""

    backward = "ClampBackward1"


class ClampBetweenNumbers(Clamp):
    """clamp(x, min, max) for numbers"""

    backward = "ClampBackward1"


class NanToNum(Pointwise):
    """x with `nan` for NaN, `high` for inf, `low` for -inf, in both parts of complex numbers"""

    nan: float
    high: float
    low: float
    saves = ("x",)

    def reference(self, x):
        if x.dtype.kind == "c":
            return self.reference(x.real) + 1j * self.reference(x.imag)
        if x.dtype.kind != "f":
            return x
        return np.where(np.isnan(x), self.nan, np.where(np.isposinf(x), self.high, np.where(np.isneginf(x), self.low, x)))

    def element(self, i, x):
        v = x[i]
        return el.where(v.__ne__(v), self.nan, el.where(v.__eq__(math.inf), self.high, el.where(v.__eq__(-math.inf), self.low, v)))

    def gradient(self, g, out, x):
        return masked(record(IsFinite(), x), g)

    samples = lambda: [(normal(3, 4), 0.0, 9.0, -9.0), (np.array([1.0, np.nan, np.inf, -np.inf]), 2.0, 3.0, -4.0)]


# --------------------------------------------------------------------------------------------------------------- predicates
class IsNan(Predicate):
    """Whether x is NaN (in either part)"""

    def reference(self, x):        return np.isnan(x) if x.dtype.kind in "fc" else np.zeros(x.shape, bool)
    def element(self, i, x):       return x[i].__ne__(x[i])

    samples = lambda: [(np.array([1.0, np.nan, np.inf]),), (np.arange(3),), (_COMPLEX(),)]


class IsInf(Predicate):
    """Whether x is infinite (in either part)"""

    def reference(self, x):        return np.isinf(x) if x.dtype.kind in "fc" else np.zeros(x.shape, bool)
    def element(self, i, x):       return el.call("isinf", x[i])

    samples = IsNan.samples


class IsFinite(Predicate):
    """Whether x is neither infinite nor NaN (in both parts)"""

    def reference(self, x):        return np.isfinite(x) if x.dtype.kind in "fc" else np.ones(x.shape, bool)
    def element(self, i, x):       return ~(el.call("isinf", x[i]) | el.call("isnan", x[i]))

    samples = IsNan.samples


class IsPosInf(Predicate):
    """Whether x is +inf"""

    takes = "bif"
    def reference(self, x):        return np.isposinf(x) if x.dtype.kind == "f" else np.zeros(x.shape, bool)
    def element(self, i, x):       return x[i].__eq__(math.inf) if x.floating else el.lift(False)

    samples = lambda: IsNan.samples()[:2]


class IsNegInf(Predicate):
    """Whether x is -inf"""

    takes = "bif"
    def reference(self, x):        return np.isneginf(x) if x.dtype.kind == "f" else np.zeros(x.shape, bool)
    def element(self, i, x):       return x[i].__eq__(-math.inf) if x.floating else el.lift(False)

    samples = IsPosInf.samples


class IsReal(Predicate):
    """Whether the imaginary part is 0"""

    def reference(self, x):        return np.imag(x) == 0

    samples = IsNan.samples


class SignBit(Predicate):
    """Whether the sign is minus, also that of -0.0"""

    takes = "bif"
    def reference(self, x):        return np.signbit(x) if x.dtype.kind == "f" else x < 0
    def element(self, i, x):       return (el.binary("copysign", 1.0, x[i]) if x.floating else x[i]) < 0

    samples = lambda: [(np.array([0.0, -0.0, -2.0, 3.0]),), (np.arange(-1, 2),)]


# ------------------------------------------------------------------------------------------------------------ the functions
abs = unary(Abs())
sign, sgn, angle = unary(Sign()), unary(Sgn()), unary(Angle())
copysign = binary(CopySign(), by_number=CopySignByNumber())
nextafter = binary(NextAfter())
fmax, fmin = binary(FMax()), binary(FMin())
isnan, isinf, isfinite, isreal = (unary(page) for page in (IsNan(), IsInf(), IsFinite(), IsReal()))
isposinf, isneginf, signbit = unary(IsPosInf()), unary(IsNegInf()), unary(SignBit())
absolute = abs


def _ordered(page, name):
    function = binary(page, name)

    def ordered(input, other, *, out=None):
        for x in (need_tensor(input, name), need_tensor(other, name, "other")):
            if x.dtype.is_complex:
                raise RuntimeError(f"{name} not implemented for complex tensors.")
        return function(input, other, out=out)
    ordered.__name__ = ordered.__qualname__ = name
    ordered.__doc__ = function.__doc__
    return ordered


maximum, minimum = _ordered(Maximum(), "maximum"), _ordered(Minimum(), "minimum")


def _bound(name, x, bound):
    if not tensor_or_number(bound):
        raise TypeError(f"{name}(): a bound must be a number or a Tensor, not {type(bound).__name__}")
    for t in (x, bound):
        if isinstance(t, Tensor) and t.dtype.is_complex or isinstance(t, complex):
            raise NotImplementedError(f"{name} is not supported for complex types")
    return bound


def clamp(input, min=None, max=None, *, out=None):
    """`input` with what is below `min` raised to it and what is above `max` lowered to it; both bounds numbers or both tensors."""
    x = need_tensor(input, "clamp")
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    bounds = [_bound("clamp", x, b) for b in (min, max) if b is not None]
    tensors = [isinstance(b, Tensor) for b in bounds]
    if len(bounds) == 2:
        if tensors[0] != tensors[1]:
            raise TypeError("clamp(): min and max must both be numbers or both be Tensors; one is a " + " and the other a ".join(
                "Tensor" if t else "number" for t in tensors))
        page = Clamp() if tensors[0] else ClampBetweenNumbers()
    elif max is None:
        page = ClampFrom() if tensors[0] else ClampFromNumber()
    else:
        page = ClampTo() if tensors[0] else ClampToNumber()
    return into(out, record(page, x, *bounds), "clamp")


clip = clamp


def clamp_min(input, min, *, out=None):
    """`input` with what is below `min` (a number or a tensor) raised to it."""
    x = need_tensor(input, "clamp_min")
    page = ClampMin() if isinstance(_bound("clamp_min", x, min), Tensor) else ClampMinByNumber()
    return into(out, record(page, x, min), "clamp_min")


def clamp_max(input, max, *, out=None):
    """`input` with what is above `max` (a number or a tensor) lowered to it."""
    x = need_tensor(input, "clamp_max")
    page = ClampMax() if isinstance(_bound("clamp_max", x, max), Tensor) else ClampMaxByNumber()
    return into(out, record(page, x, max), "clamp_max")


def nan_to_num(input, nan=None, posinf=None, neginf=None, *, out=None):
    """`input` with `nan` (0) for NaN, `posinf` and `neginf` (the greatest and least finite numbers) for the infinities."""
    x = need_tensor(input, "nan_to_num")
    greatest = finfo(x.dtype.to_real()).max if x.dtype.category >= 2 else 0.0
    page = NanToNum(0.0 if nan is None else float(nan), greatest if posinf is None else float(posinf), -greatest if neginf is None else float(neginf))
    return into(out, record(page, x), "nan_to_num")


__all__ = [
    "abs", "absolute", "angle", "clamp", "clamp_max", "clamp_min", "clip", "copysign", "fmax", "fmin", "isfinite", "isinf", "isnan", "isneginf",
    "isposinf", "isreal", "maximum", "minimum", "nan_to_num", "nextafter", "sgn", "sign", "signbit",
]
