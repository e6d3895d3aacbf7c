"""Operations on the bits of integers, and on their divisors."""
from __future__ import annotations

import numpy as np

from ..core import element as el
from .common import Tensor
from .pointwise import Binary, Pointwise, binary, unary

_PAIRS = lambda: [(np.array([[5], [-3]]), np.arange(-2, 3)), (np.array([True, False]), np.array([True, True])), (np.array(6), np.array(3))]


class _Bits(Binary, abstract=True):
    """A page on the bits of two integers, or on two truth values."""

    takes = "bi"
    symbol = "and"

    def element(self, i, x, y):
        return el.Expr(self.symbol, x[i], y[i])

    samples = _PAIRS


class BitwiseAnd(_Bits):
    """The bits set in both"""

    def reference(self, x, y): return np.bitwise_and(x, y)


class BitwiseOr(_Bits):
    """The bits set in either"""

    symbol = "or"
    def reference(self, x, y): return np.bitwise_or(x, y)


class BitwiseXor(_Bits):
    """The bits set in exactly one"""

    symbol = "xor"
    def reference(self, x, y): return np.bitwise_xor(x, y)


class BitwiseNot(Pointwise):
    """The bits not set; of truth values the opposite"""

    takes = "bi"

    def reference(self, x): return np.invert(x)
    def element(self, i, x): return el.call("not", x[i])

    samples = lambda: [(np.arange(-2, 3),), (np.array([True, False]),)]


class LeftShift(Binary):
    """x · 2^y, bits beyond the type lost; 0 for a shift that is negative or as wide as the type"""

    takes = "i"

    def reference(self, x, y):
        bits = x.dtype.itemsize * 8
        return np.where((y < 0) | (y >= bits), 0, np.left_shift(x, np.clip(y, 0, bits - 1)))

    def element(self, i, x, y):
        return el.where(y[i] < 0, 0, x[i] << y[i])          # that a shift by all bits leaves 0, or the sign, is what shl and shr mean

    samples = lambda: [(np.array([[5], [-3]]), np.array([0, 1, 3, 63, 64, -1])), (np.array(6), np.array(3))]


class RightShift(Binary):
    """⌊x / 2^y⌋; a shift that is negative or as wide as the type leaves the sign only"""

    takes = "i"

    def reference(self, x, y):
        last = x.dtype.itemsize * 8 - (x.dtype.kind == "i")
        whole = np.right_shift(x, np.where((y < 0) | (y >= last), x.dtype.itemsize * 8 - 1, y).astype(x.dtype))
        return whole if x.dtype.kind == "i" else np.where((y < 0) | (y >= last), 0, whole)

    def element(self, i, x, y):
        return x[i] >> el.where(y[i] < 0, 100, y[i])

    samples = LeftShift.samples


class Gcd(Binary):
    """The greatest common divisor of |x| and |y|"""

    takes = "i"
    def reference(self, x, y): return np.gcd(x, y)

    samples = lambda: [(np.array([12, -18, 0, 7]), np.array([18, 12, 5, 0])), (np.array(12), np.array([8, 9]))]


class Lcm(Binary):
    """The least common multiple of |x| and |y|"""

    takes = "i"
    def reference(self, x, y): return np.lcm(x, y)

    samples = Gcd.samples


bitwise_not = unary(BitwiseNot(), "bitwise_not")
gcd, lcm = binary(Gcd()), binary(Lcm())


def _either(name: str, page):
    """Both operands may be numbers, though not both at once."""
    return binary(page, name, page, page)


bitwise_and, bitwise_or, bitwise_xor = _either("bitwise_and", BitwiseAnd()), _either("bitwise_or", BitwiseOr()), _either("bitwise_xor", BitwiseXor())
bitwise_left_shift, bitwise_right_shift = _either("bitwise_left_shift", LeftShift()), _either("bitwise_right_shift", RightShift())


def invert(input: Tensor) -> Tensor:
    """~input, the operator: TypeError for what has no bits."""
    if input.dtype.category > 1:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return bitwise_not(input)


__all__ = ["bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "gcd", "lcm"]
