"""Arithmetic with the roundings of compiled C, where NumPy's own differ in the last bit.

NumPy rounds a product before adding to it, evaluates `log`, `exp` … by vector kernels of its own, and narrows a double to a half in one
step. PyTorch's C++ fuses the multiply-add, calls the C library, and narrows by way of float32: so must numbers that are to equal its own.
"""
from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

_LOW_BITS, _MIDPOINT = 2**29 - 1, 2**28     # a float64 has 29 fraction bits more than a float32
_FLOAT32_TINY = 2.0**-126                   # the smallest normal float32
_SPLITTER = 2.0**27 + 1                     # Veltkamp's, for the 53 bits of a float64
_SAFE_FACTOR, _SAFE_TERM = 2.0**400, 2.0**900


def near_midpoint(values: np.ndarray, slack: int = 0) -> np.ndarray:
    """Where float64 `values` are within `slack` units in the last place of the point at which rounding to float32 tips over.

    Everything below the normal range of float32 counts as near, because the tipping points are elsewhere there.
    """
    bits = values.view(np.int64) & _LOW_BITS
    near = bits == _MIDPOINT if not slack else np.abs(bits - _MIDPOINT) <= slack
    return near | (np.abs(values) < _FLOAT32_TINY)


def fused32(a, b, c) -> np.ndarray:
    """a * b + c of float32 arrays, rounded once.

    In float64 the product is exact and only the sum is rounded. Rounding that again, to float32, goes wrong only where the sum fell on the
    midpoint of two float32s: there it is first moved to the side on which the exact value lies.
    """
    product = np.multiply(a, b, dtype=np.float64)
    total = product + c
    doubtful = near_midpoint(total)
    if doubtful.any():
        found = total[doubtful]
        error = _error_of_sum(product[doubtful], np.broadcast_to(c, total.shape)[doubtful].astype(np.float64), found)
        total[doubtful] = np.where(error == 0, found, np.nextafter(found, np.copysign(np.inf, error)))
    return total.astype(np.float32)


def fused64(a: np.ndarray, b: float, c: float) -> np.ndarray:
    """a * b + c of a float64 array and two numbers, rounded once.

    Error-free transformations, the last addition rounded to odd: S. Boldo and G. Melquiond, "Emulation of a FMA and correctly rounded sums:
    proved algorithms using rounding to odd", IEEE Transactions on Computers 57 (2008). Values so large or small that a transformation would
    overflow or underflow are computed as fractions.
    """
    a, b, c = np.asarray(a, np.float64), np.float64(b), np.float64(c)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if b == 1.0:
            return a + c
        product = a * b
        safe = (np.abs(a) < _SAFE_FACTOR) & ((np.abs(product) > 1 / _SAFE_TERM) | (a == 0))
        if not (1 / _SAFE_FACTOR < abs(b) < _SAFE_FACTOR and abs(c) < _SAFE_TERM):
            safe[...] = False
        rest = _error_of_product(a, b, product)
        middle = rest + c
        low = _error_of_sum(rest, c, middle)
        high = product + middle
        result = high + _add_to_odd(_error_of_sum(product, middle, high), low)
        result = np.where(result == 0, product + c, result)         # for the sign of zero
        if not safe.all():
            result[~safe] = [_fused_fraction(x, float(b), float(c)) for x in a[~safe].tolist()]
    return result


def libm(function: Callable[[float], float], values: np.ndarray) -> np.ndarray:
    """A function of the C library (as Python's `math` has it) of each element of a 1-D float64 array."""
    return np.fromiter(map(function, values.tolist()), np.float64, values.size)


def log(x: float) -> float:
    """The C library's natural logarithm of x >= 0: minus infinity at 0."""
    return math.log(x) if x else -math.inf


def exp(x: float) -> float:
    """The C library's exponential: infinity where it overflows."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def narrow(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Numbers converted as C++ does it: those bound for a 16-bit type go through float32, and what is too large becomes infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        if dtype.itemsize == 2 and dtype.kind not in "iu":
            values = values.astype(np.float32, copy=False)
        return values.astype(dtype, copy=False)


def _error_of_sum(a, b, total):
    """a + b - total, exactly, where total is the rounded sum (Knuth, Møller)."""
    of_b = total - a
    return (a - (total - of_b)) + (b - of_b)


def _error_of_product(a, b, product):
    """a * b - product, exactly, where product is the rounded product (Veltkamp, Dekker)."""
    a_high, a_low = _split(a)
    b_high, b_low = _split(b)
    return a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


def _split(x):
    scaled = x * _SPLITTER
    high = scaled - (scaled - x)
    return high, x - high


def _add_to_odd(a, b):
    """a + b rounded to odd: where it is inexact, of the two neighbours the one whose last bit is set."""
    total = a + b
    error = _error_of_sum(a, b, total)
    bits = total.view(np.int64)
    step = np.where((error > 0) == (total > 0), 1, -1)
    return np.where((error != 0) & (bits & 1 == 0), bits + step, bits).view(np.float64)


def _fused_fraction(a: float, b: float, c: float) -> float:
    if not (math.isfinite(a) and math.isfinite(b) and math.isfinite(c)):
        return a * b + c
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if not exact:
        return a * b + c
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf
