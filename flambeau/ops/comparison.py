"""Comparison and logic, element by element, and closeness."""
from __future__ import annotations

import numpy as np

from ..core import element as el
from ..core.op import normal
from .common import need_tensor, record
from .create import from_numpy
from .pointwise import Binary, Predicate, binary, unary


class Comparison(Binary, abstract=True):
    """A comparison, element by element."""

    types = "bool"
    takes = "bif"
    symbol = "eq"

    def element(self, i, x, y):
        return el.Expr(self.symbol, x[i], y[i])

    samples = lambda: [(np.arange(4.0), np.arange(4.0)[::-1]), (normal(2, 3), normal())]


class Eq(Comparison):
    """x == y"""

    takes = "bifc"
    def reference(self, x, y): return np.equal(x, y)


class Ne(Comparison):
    """x != y"""

    takes, symbol = "bifc", "ne"
    def reference(self, x, y): return np.not_equal(x, y)


class Lt(Comparison):
    """x < y"""

    symbol = "lt"
    def reference(self, x, y): return np.less(x, y)


class Le(Comparison):
    """x <= y"""

    symbol = "le"
    def reference(self, x, y): return np.less_equal(x, y)


class Gt(Comparison):
    """x > y"""

    symbol = "gt"
    def reference(self, x, y): return np.greater(x, y)


class Ge(Comparison):
    """x >= y"""

    symbol = "ge"
    def reference(self, x, y): return np.greater_equal(x, y)


# ----------------------------------------------------------------------------------------------------------------------- logic
class _Logical(Binary, abstract=True):
    """Logic on whether elements are 0."""

    types = "bool"
    samples = lambda: [(np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.0, np.nan])), (normal(2, 1) > 0, np.arange(3))]


class LogicalAnd(_Logical):
    """Whether neither is 0"""

    def reference(self, x, y): return np.logical_and(x, y)
    def element(self, i, x, y): return x[i].__ne__(0) & y[i].__ne__(0)


class LogicalOr(_Logical):
    """Whether one is not 0"""

    def reference(self, x, y): return np.logical_or(x, y)
    def element(self, i, x, y): return x[i].__ne__(0) | y[i].__ne__(0)


class LogicalXor(_Logical):
    """Whether exactly one is 0"""

    def reference(self, x, y): return np.logical_xor(x, y)
    def element(self, i, x, y): return x[i].__ne__(0) ^ y[i].__ne__(0)


class LogicalNot(Predicate):
    """Whether x is 0"""

    def reference(self, x): return np.logical_not(x)
    def element(self, i, x): return x[i].__eq__(0)

    samples = lambda: [(np.array([0.0, 1.0, np.nan]),), (np.arange(3),)]


class IsClose(Comparison):
    """|x - y| <= atol + rtol · |y|; infinities are close to themselves, NaN to none (or to NaN if `equal_nan`)"""

    rtol: float
    atol: float
    equal_nan: bool
    takes = "bifc"

    def reference(self, x, y):
        close = x == y
        if self.equal_nan and x.dtype.kind in "fc":
            close |= np.isnan(x) & np.isnan(y)
        if self.rtol == 0 and self.atol == 0:
            return close
        if x.dtype.kind in "iub":
            x, y = x.astype(np.float64), y.astype(np.float64)
        error = np.abs(x - y)
        return close | (np.isfinite(error) & (error <= self.atol + np.abs(self.rtol * y)))

    def element(self, i, x, y):
        a, b = x[i], y[i]
        error = el.call("abs", a - b)
        close = a.__eq__(b) | ((error - error).__eq__(0) & (error <= self.atol + el.call("abs", b) * self.rtol))
        return close | (a.__ne__(a) & b.__ne__(b)) if self.equal_nan else close

    samples = lambda: [(np.array([1.0, 2.0, np.nan]), np.array([1.00001, 2.1, np.nan]), 1e-3, 1e-8, True),
                       (normal(2, 3), normal(), 0.5, 0.0, False)]


# ------------------------------------------------------------------------------------------------------------- the functions
eq, ne, lt, le, gt, ge = (binary(page, by_number=page) for page in (Eq(), Ne(), Lt(), Le(), Gt(), Ge()))


def equals(input, other):
    """input == other, the operator: a NumPy array counts as a tensor."""
    return eq(input, from_numpy(other) if isinstance(other, np.ndarray) else other)


not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge
logical_and, logical_or = binary(LogicalAnd(), "logical_and"), binary(LogicalOr(), "logical_or")
logical_xor, logical_not = binary(LogicalXor(), "logical_xor"), unary(LogicalNot(), "logical_not")


def isclose(input, other, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False):
    """Whether |input - other| <= atol + rtol · |other|, element by element. RuntimeError for two dtypes or negative tolerances."""
    x, y = need_tensor(input, "isclose"), need_tensor(other, "isclose", "other")
    if x.dtype is not y.dtype:
        raise RuntimeError(f"{x.dtype._title} did not match {y.dtype._title}: isclose compares tensors of one dtype; convert one with .to()")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value}")
    return record(IsClose(float(rtol), float(atol), bool(equal_nan)), x, y)


def allclose(input, other, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close, as isclose has it."""
    return isclose(input, other, rtol, atol, equal_nan).all().item()


__all__ = [
    "allclose", "eq", "ge", "greater", "greater_equal", "gt", "isclose", "le", "less", "less_equal", "logical_and", "logical_not", "logical_or",
    "logical_xor", "lt", "ne", "not_equal",
]
