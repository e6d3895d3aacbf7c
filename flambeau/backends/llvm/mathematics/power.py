"""Powers, and the length of a vector. Coefficients: tools/minimax.py."""
from __future__ import annotations

import math

from ..ir import is_float, size_of
from . import coefficients as table
from .exponential import exp2, log2, split
from .lanes import Lanes, error_of_product, exact_sum, number_in, ordered_sum, product


def power(a: Lanes, b: Lanes, signed: bool = True) -> Lanes:
    """a^b, with the special cases of C's pow; of integers modulo 2^bits, as NumPy has it."""
    number = number_in(b)
    if not is_float(a.type):
        return _constant_power(a, int(number)) if number is not None and number >= 0 else _integer_power(a, b, signed)
    if number in (0.0, 1.0, 2.0, 3.0, 4.0, -1.0, -2.0):
        return _constant_power(1.0 / a if number < 0 else a, abs(int(number)))
    if number == 0.5:                                   # as NumPy and PyTorch do, although C's pow has 0 for -0 and inf for -inf
        return a.sqrt()
    x, y = a.wide(), b.wide()
    size = x.abs()
    magnitude = _float_power(size, y) if a.single else _double_power(size, y)
    whole = y == y.call("llvm.trunc")
    half = y * 0.5
    odd = whole & (half != half.call("llvm.trunc")) & (y.abs() < 2.0 ** 53)
    magnitude = ((size == 1.0) & (y == y)).where(1.0, magnitude)
    result = (odd & (x.bits() < 0)).where(-magnitude, magnitude)
    result = ((x < 0.0) & (x > -math.inf) & ~whole).where(math.nan, result)
    result = ((x != x) | (y != y)).where(x + y, result)
    return ((y == 0.0) | (x == 1.0)).where(1.0, result).narrow(a.type)


def _constant_power(a: Lanes, n: int) -> Lanes:
    """a^n by squaring."""
    result, square = None, a
    while n:
        if n & 1:
            result = square if result is None else result * square
        n >>= 1
        if n:
            square = square * square
    return a.of(1) if result is None else result


def _integer_power(a: Lanes, b: Lanes, signed: bool) -> Lanes:
    """a^b of integers by squaring. Negative exponents: 1 and -1 have their powers, the others 0."""
    f, kind = a.f, a.type
    result, base, left = f.variable(kind, a.of(1).value), f.variable(kind, a.value), f.variable(kind, b.value)
    with f.loop(0, 8 * size_of(kind)):
        exponent = Lanes(f, f.load(kind, left))
        with f.when((exponent != 0).any()):
            square, so_far = Lanes(f, f.load(kind, base)), Lanes(f, f.load(kind, result))
            f.store(((exponent & 1) != 0).where(so_far * square, so_far).value, result)
            f.store((square * square).value, base)
            f.store(exponent.lshr(1).value, left)
    result = Lanes(f, f.load(kind, result))
    if signed:
        small = (a == 1).where(1, (a == -1).where(((b & 1) != 0).where(-1, a.of(1)), a.of(0)))
        result = (b < 0).where(small, result)
    return result


def _float_power(size: Lanes, y: Lanes) -> Lanes:
    """size^y to the precision of floats, in double: 2^(y · log2(size))."""
    return exp2((y * log2(size, table.LOG_MIDDLE)).at_most(1000.0).at_least(-1000.0), coefficients=table.EXP_MIDDLE)


def _double_power(size: Lanes, y: Lanes) -> Lanes:
    """size^y: 2^(y · log2(size)), where the logarithm and the product are sums of two doubles, as an error of the exponent is one of the result."""
    high, low = _log2_twice(size)
    exponent = y * high
    rest = error_of_product(y, high, exponent) + y * low
    ordinary = exponent.abs() < 2048.0                  # the others over- or underflow, and their errors may not be numbers
    return exp2(exponent, ordinary.where(rest, 0.0))


def _log2_twice(x: Lanes) -> tuple[Lanes, Lanes]:
    """log2(x) to some 65 bits, as an unevaluated sum: 2/log 2 · s(1 + s²/3 + s⁴ · R(s²)) + e, s = (m - 1) / (m + 1)."""
    m, e, _ = split(x)
    f, g = m - 1.0, m + 1.0
    lost = m - (g - 1.0)
    s = f / g
    back, error = product(s, g)
    s_low = (((f - back) - error) - s * lost) / g
    t, t_low = product(s, s)
    t_low = t_low + (s + s) * s_low
    third, third_low = 1 / 3, (1 - 3 * (1 / 3)) / 3 or 1.850371707708594e-17
    u, u_low = product(t, t.of(third))
    u_low = u_low + (t * third_low + t_low * third)
    v, v_low = ordered_sum(t.of(1.0), u)
    v, v_low = ordered_sum(v, v_low + (u_low + (t * t) * t.polynomial(table.ATANH_REST)))
    p, p_low = product(s, v)
    p_low = p_low + (s * v_low + s_low * v)
    factor, factor_low = 2 / math.log(2), table.TWO_BY_LN2_ERROR
    q, q_low = product(p, p.of(factor))
    q_low = q_low + (p * factor_low + p_low * factor)
    high, low = exact_sum(e, q)
    high, low = ordered_sum(high, low + q_low)
    ends = (x == 0.0) | (x == math.inf)
    return ends.where((x == 0.0).where(-math.inf, x), high), ends.where(0.0, low)


def hypot(a: Lanes, b: Lanes) -> Lanes:
    """√(a² + b²) without over- or underflow on the way; infinite if one is, even if the other is NaN."""
    x, y = a.wide().abs(), b.wide().abs()
    if a.single:
        length = x.fma(x, y * y).sqrt()
    else:
        high = (x > y).where(x, y)
        scale = (high > 2.0 ** 500).where(2.0 ** -600, (high < 2.0 ** -400).where(2.0 ** 600, x.of(1.0)))
        back = (high > 2.0 ** 500).where(2.0 ** 600, (high < 2.0 ** -400).where(2.0 ** -600, x.of(1.0)))
        p, q = x * scale, y * scale
        length = p.fma(p, q * q).sqrt() * back
    return ((x == math.inf) | (y == math.inf)).where(math.inf, length).narrow(a.type)
