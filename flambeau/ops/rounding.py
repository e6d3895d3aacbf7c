"""Rounding, and division with a whole quotient."""
from __future__ import annotations

import numpy as np

from ..core import element as el
from ..core.op import normal
from .common import Tensor, into, need_tensor, record, tensor_or_number, values
from .elementwise import Div
from .pointwise import Binary, Pointwise, binary, unary, zeros_of


class Rounding(Pointwise, abstract=True):
    """A page that gives whole numbers: integers are their own, the slope is 0."""

    takes = "if"
    function = ""

    def reference(self, x):
        return x if x.dtype.kind in "iu" else self.rounded(x)

    def element(self, i, x):
        return el.call(self.function, x[i])

    def gradient(self, g, out, x):
        return zeros_of(g)

    samples = lambda: [(normal(3, 4) * 5,), (np.arange(-2, 2),), (normal(),)]


class Floor(Rounding):
    """The greatest whole number not above x"""

    function, rounded = "floor", staticmethod(np.floor)


class Ceil(Rounding):
    """The least whole number not below x"""

    function, rounded = "ceil", staticmethod(np.ceil)


class Trunc(Rounding):
    """x without its fraction"""

    function, rounded = "trunc", staticmethod(np.trunc)


class Round(Rounding):
    """The nearest whole number, of two equally near the even one"""

    function, rounded = "round", staticmethod(np.rint)


class RoundDecimals(Rounding):
    """The nearest multiple of 10^-decimals"""

    decimals: int
    backward = "RoundBackward1"

    def rounded(self, x):
        scale = x.dtype.type(10.0 ** abs(self.decimals))
        return np.rint(x * scale) / scale if self.decimals > 0 else np.rint(x / scale) * scale if self.decimals else np.rint(x)

    def element(self, i, x):
        scale = 10.0 ** abs(self.decimals)
        return el.call("round", x[i] * scale) / scale if self.decimals > 0 else el.call("round", x[i] / scale) * scale

    samples = lambda: [(normal(3, 4) * 5, 2), (normal(3, 4) * 500, -2), (normal(), 0)]


class Frac(Pointwise):
    """x - trunc(x)"""

    takes = "f"

    def reference(self, x):        return x - np.trunc(x)
    def element(self, i, x):       return x[i] - el.call("trunc", x[i])
    def gradient(self, g, out, x): return g

    samples = lambda: [(normal(3, 4) * 5,), (normal(),)]


# -------------------------------------------------------------------------------------------------------------------- division
_PAIRS = lambda: [(normal(3, 4) * 5, normal(4, seed=2) + 3), (np.array([7, -7, 7, -7]), np.array([2, 2, -2, -2])), (normal(), normal(2) * 2 + 5)]


class DivFloor(Binary):
    """⌊x / y⌋"""

    takes = "if"
    backward = "DivBackward2"

    def reference(self, x, y):        return np.floor_divide(x, y)
    def element(self, i, x, y):       return x[i] // y[i]
    def gradient(self, g, out, x, y): return lambda: zeros_of(g), lambda: zeros_of(g)

    samples = _PAIRS


class FloorDivide(DivFloor):
    """⌊x / y⌋, for which PyTorch has no derivative"""

    backward = "NotImplemented"

    def gradient(self, g, out, x, y):
        raise RuntimeError("derivative for aten::floor_divide is not implemented; torch.div(x, y, rounding_mode='floor') has one, which is 0")

    no_gradient_test = "raises"


class DivTrunc(Binary):
    """x / y without its fraction"""

    takes = "if"
    backward = "DivBackward2"

    def reference(self, x, y):
        if x.dtype.kind == "f":
            return np.trunc(x / y)
        quotient, rest = np.divmod(x, y)
        return quotient + ((rest != 0) & ((x < 0) != (y < 0)))

    def element(self, i, x, y):
        a, b = x[i], y[i]
        if x.floating or y.floating:
            return el.call("trunc", a / b)
        return a // b + el.where((a % b).__ne__(0) & ((a < 0) ^ (b < 0)), 1, 0)

    def gradient(self, g, out, x, y):
        return lambda: zeros_of(g), lambda: zeros_of(g)

    samples = _PAIRS


class Fmod(Binary):
    """x - y · trunc(x / y), with the sign of x"""

    takes = "if"
    saves = ("x", "y")
    backward = "FmodBackward1"

    def reference(self, x, y):        return np.fmod(x, y)
    def element(self, i, x, y):       return el.binary("fmod", x[i], y[i])
    def gradient(self, g, out, x, y): return lambda: g, lambda: -g * div(x, y, rounding_mode="trunc")

    samples = _PAIRS


class FmodByNumber(Fmod):
    """x - y · trunc(x / y) for a number y"""

    backward = "FmodBackward0"


class Remainder(Binary):
    """x - y · ⌊x / y⌋, with the sign of y"""

    takes = "if"
    saves = ("x", "y")
    backward = "RemainderBackward1"

    def reference(self, x, y):
        rest = np.fmod(x, y)
        return np.where((rest != 0) & ((y < 0) != (rest < 0)), rest + y, rest)

    def element(self, i, x, y):
        rest = el.binary("fmod", x[i], y[i])            # not %, which gives a zero the sign of y
        return el.where(rest.__ne__(0) & ((y[i] < 0) ^ (rest < 0)), rest + y[i], rest)

    def gradient(self, g, out, x, y):
        return lambda: g, lambda: -g * div(x, y, rounding_mode="floor")

    samples = _PAIRS


class RemainderByNumber(Remainder):
    """x - y · ⌊x / y⌋ for a number y"""

    backward = "RemainderBackward0"


class RemainderOfNumber(Remainder):
    """x - y · ⌊x / y⌋ for a number x, for which PyTorch has no derivative"""

    backward = "NotImplemented"

    def gradient(self, g, out, x, y):
        raise RuntimeError("derivative for aten::remainder is not implemented for a number divided by a tensor; make the number a tensor")

    no_gradient_test = "raises"


# ------------------------------------------------------------------------------------------------------------ the functions
def _check_division(x, y) -> None:
    """RuntimeError for integers divided by zero: found at the call, since the result would be nothing at all."""
    if all(t.dtype.category < 2 if isinstance(t, Tensor) else isinstance(t, int) for t in (x, y)):
        if (bool((values(y) == 0).any()) if not y.is_meta else False) if isinstance(y, Tensor) else y == 0:
            raise RuntimeError("ZeroDivisionError")


def _dividing(name: str, page, by_number, of_number):
    made = binary(page, name, by_number, of_number)

    def function(input, other, *, out=None):
        for t in (input, other):
            if not tensor_or_number(t) or of_number is None and t is input and not isinstance(t, Tensor):
                allowed = "Tensors or numbers" if of_number else "a Tensor and a Tensor or number"
                raise TypeError(f"{name}(): arguments must be {allowed}, not {type(t).__name__}")
        _check_division(input, other)
        return made(input, other, out=out)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{made.__doc__}. RuntimeError for an integer divided by 0."
    return function


floor_divide = _dividing("floor_divide", FloorDivide(), FloorDivide(), FloorDivide())
fmod = _dividing("fmod", Fmod(), FmodByNumber(), None)
remainder = _dividing("remainder", Remainder(), RemainderByNumber(), RemainderOfNumber())


def div(input, other, *, rounding_mode: str | None = None, out=None):
    """input / other; rounding_mode "floor" rounds the quotient down, "trunc" towards 0 (both keep integers integers)."""
    if rounding_mode is None:
        return into(out, record(Div(), input, other), "div")
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")
    _check_division(input, other)
    return into(out, record(DivFloor() if rounding_mode == "floor" else DivTrunc(), input, other), "div")


divide = div
floor, ceil, trunc = unary(Floor()), unary(Ceil()), unary(Trunc())
frac = unary(Frac())
fix = trunc


def round(input, *, decimals: int = 0, out=None):
    """The nearest multiple of 10^-decimals, of two equally near the even one. RuntimeError for integers with decimals."""
    x = need_tensor(input, "round")
    if decimals and x.dtype.category < 2:
        raise NotImplementedError(f"\"round_vml_cpu\" not implemented for '{x.dtype._title}': decimals are for floating tensors")
    return into(out, record(RoundDecimals(int(decimals)) if decimals else Round(), x), "round")


__all__ = ["ceil", "div", "divide", "fix", "floor", "floor_divide", "fmod", "frac", "remainder", "round", "trunc"]
