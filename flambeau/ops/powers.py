"""Powers and roots, element by element."""
from __future__ import annotations

import cmath
import math

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import normal
from .common import Tensor, cast, into, need_tensor, record, tensor_or_number
from .elementwise import Log, Where, conj_of, real_of
from .pointwise import Binary, Pointwise, unary, zeros_of


def integer_power(x, y):
    """x ** y of integers; negative powers are 0 but for 1 and -1."""
    whole = np.power(x, np.maximum(y, 0))
    return np.where(y < 0, np.where(x == 1, 1, np.where(x == -1, np.where(y % 2 == 0, 1, -1), 0)), whole) if y.dtype.kind == "i" else whole


class Pow(Binary):
    """x ** y; the derivative with respect to y is 0 where x is 0 and y is not negative"""

    takes = "ifc"
    saves = ("x", "y", "out")
    backward = "PowBackward1"

    def reference(self, x, y):
        if x.dtype.kind == "b":
            return x | ~y
        return np.power(x, y) if x.dtype.kind not in "iu" else integer_power(x, y)

    def element(self, i, x, y):
        return x[i] ** y[i]

    def gradient(self, g, out, x, y):
        def base():
            slope = g * conj_of(y * pow_of(x, y - 1))
            return record(Where(), y == 0, 0, slope) if isinstance(y, Tensor) else zeros_of(g) if y == 0 else slope

        def exponent():
            if isinstance(x, Tensor):
                log_x = record(Log(), cast(x, out.dtype) if out.dtype.is_complex else x)
                return record(Where(), (x == 0) & (real_of(y) >= 0), 0, g * conj_of(out * log_x))
            if x == 0:
                return record(Where(), real_of(y) >= 0, 0, g * conj_of(out * -math.inf))
            return g * conj_of(out * (cmath.log(x) if out.dtype.is_complex else math.log(x) if x > 0 else math.nan))
        return base, exponent

    samples = lambda: [(np.abs(normal(3, 4)) + 0.5, normal(4)), (np.abs(normal(2)) + 1, normal()),
                       (np.array([2, 0, -1, 1, 3]), np.array([1, 0, 3, 2, 4]))]


class PowByNumber(Pow):
    """x ** y for a number y"""

    takes = "bifc"

    backward = "PowBackward0"


class PowOfNumber(Pow):
    """x ** y for a number x"""

    backward = "PowBackward2"


class FixedPow(Pointwise):
    """x ** exponent for the exponents that need no power function: 2, 3, 1/2, -1/2, -1, -2"""

    exponent: float
    takes = "ifc"
    saves = ("x",)
    backward = "PowBackward0"

    def compute(self, x):
        number = dt.of_number(self.exponent)
        common = dt.result_dtype([(x.dtype, len(x.shape), False), (number, 0, True)])
        return super().compute(x) if common is x.dtype else common

    def dtype(self, x):
        return self.compute(x)

    def reference(self, x):
        return self.formula(x, np.sqrt)

    def element(self, i, x):
        return self.formula(x[i], lambda v: el.call("sqrt", v))

    def formula(self, x, sqrt):
        """The power of `x` by products and roots."""
        power = abs(self.exponent)
        y = sqrt(x) if power == 0.5 else x if power == 1 else x * x if power == 2 else x * x * x
        return y if self.exponent > 0 else 1 / y

    def gradient(self, g, out, x):
        return g * conj_of(self.exponent * pow_of(x, self.exponent - 1))

    samples = lambda: [*((np.abs(normal(3, 4)) + 0.5, e) for e in (2, 3, 0.5, -0.5, -1, -2.0)), (np.arange(4), 2), (normal(), 2)]


_FIXED = (2, 3, 0.5, -0.5, -1, -2)


def pow_of(x, y) -> Tensor:
    """x ** y of tensors and numbers, one of them a tensor."""
    if not isinstance(y, Tensor):
        if type(y) in (int, float) and y in _FIXED:
            return record(FixedPow(y), x)
        return record(PowByNumber(), x, y)
    return record(Pow() if isinstance(x, Tensor) else PowOfNumber(), x, y)


class Rsqrt(Pointwise):
    """1 / √x"""

    types = "float"
    saves = ("out",)

    def reference(self, x):        return 1 / np.sqrt(x)
    def element(self, i, x):       return el.call("rsqrt", x[i])
    def gradient(self, g, out, x): return -0.5 * g * conj_of(out * out * out)

    samples = lambda: [(np.abs(normal(3, 4)) + 0.5,), (np.array(2.0),)]


class Reciprocal(Pointwise):
    """1 / x"""

    types = "float"
    saves = ("out",)

    def reference(self, x):        return 1 / x
    def element(self, i, x):       return el.call("reciprocal", x[i])
    def gradient(self, g, out, x): return -g * conj_of(out * out)

    samples = lambda: [(normal(3, 4) + 4,), (np.array(2.0),)]


# ------------------------------------------------------------------------------------------------------------ the functions
def pow(input, exponent, *, out=None):
    """input ** exponent; one of the two may be a number. RuntimeError for an integer tensor to a negative integer number."""
    if not isinstance(input, Tensor) and not isinstance(exponent, Tensor) or not tensor_or_number(input) or not tensor_or_number(exponent):
        raise TypeError(f"pow() takes Tensors and numbers, one of them a Tensor: got {type(input).__name__} and {type(exponent).__name__}")
    if isinstance(exponent, int) and exponent < 0 and input.dtype.category < 2:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    result = pow_of(input, exponent)
    return result if out is None else into(out, result, "pow")


def square(input, *, out=None):
    """input²"""
    return pow(need_tensor(input, "square"), 2, out=out)


def float_power(input, exponent, *, out=None):
    """input ** exponent in double precision."""
    operands = [x for x in (input, exponent) if isinstance(x, Tensor)]
    if not operands:
        raise TypeError("float_power(): one of input and exponent must be a Tensor")
    target = dt.complex128 if any(x.dtype.is_complex if isinstance(x, Tensor) else isinstance(x, complex) for x in (input, exponent)) else dt.float64
    base, power = (cast(x, target) if isinstance(x, Tensor) else complex(x) if target.is_complex else float(x) for x in (input, exponent))
    if out is not None and out.dtype is not target:
        raise RuntimeError(f"the output given to float_power has dtype {out.dtype._title} but the operation's result requires dtype {target._title}")
    return pow(base, power, out=out)


def float_power_(input, exponent):
    """input ** exponent in place, for tensors in double precision."""
    target = dt.complex128 if input.dtype.is_complex or isinstance(exponent, complex) else dt.float64
    if input.dtype is not target:
        raise RuntimeError(f"the base given to float_power_ has dtype {input.dtype._title} but the operation's result requires dtype {target._title}")
    return input.pow_(exponent)


rsqrt, reciprocal = unary(Rsqrt()), unary(Reciprocal())


def reflected_divide(input, other):
    """other / input, rounded twice as PyTorch does it: the reciprocal, then the product."""
    return reciprocal(input) * other


__all__ = ["float_power", "pow", "reciprocal", "rsqrt", "square"]
