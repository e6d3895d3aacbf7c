"""e^x, logarithms and what is made of them. Coefficients: tools/minimax.py."""
from __future__ import annotations

import math

from . import coefficients as table
from .lanes import Lanes, bits_of, shortened

LN2 = math.log(2)


def _fraction(x: Lanes) -> int:
    """Bits of the fraction of a number."""
    return 23 if x.single else 52


def _magic(x: Lanes) -> float:
    """Added to a small number, it leaves the nearest integer in the low bits: rounding and conversion in one addition, without poison for NaN."""
    return 1.5 * 2.0 ** _fraction(x)


def _power_of_two(rounded: Lanes, bias: int = 0) -> Lanes:
    """2^(n + bias), where `rounded` is n + _magic."""
    one = bits_of(2.0 ** bias, rounded.single)
    return ((rounded.bits() << _fraction(rounded)) + one).floats()


def _low(factor: float, high: float) -> float:
    """factor · log 2 - high"""
    return (factor * LN2 - high) + factor * table.LN2_ERROR


def _exp_near(r: Lanes, coefficients=None) -> Lanes:
    """e^r - 1 for |r| <= log 2."""
    return (r * r).fma(r.polynomial(coefficients or (table.EXP_FLOAT if r.single else table.EXP_DOUBLE)), r)


def exp(x: Lanes, scale: float = 1.0) -> Lanes:
    """scale · e^x: x = 2k·log 2 + r; e^r times 2^k twice, so that overflow and denormals come out as they should.

    What rounds to 0, as e^-inf under a mask, is made by a factor of 0: a product that underflows takes Intel's processors 150 cycles.
    """
    vanishes = x < (-104.0 if x.single else -745.2)
    x = vanishes.where(0.0, x.at_most(90.0 if x.single else 711.0))
    high = shortened(2 * LN2, 16 if x.single else 42)                   # k · high is exact
    rounded = x.fma(0.5 / LN2, _magic(x))
    k = rounded - _magic(x)
    r = k.fma(-_low(2.0, high), k.fma(-high, x))
    s = _power_of_two(rounded)
    y = (_exp_near(r) + 1.0) * s
    return (y * scale if scale != 1.0 else y) * vanishes.where(0.0, s)


def exp2(x: Lanes, rest: Lanes | None = None, coefficients=None) -> Lanes:
    """2^(x + rest), exact for integers: x = n + r."""
    x = x.at_most(130.0 if x.single else 1026.0).at_least(-152.0 if x.single else -1078.0)
    rounded = x + _magic(x)
    r = x - (rounded - _magic(x))
    if rest is not None:
        r = r + rest
    bits, fraction = rounded.bits(), _fraction(x)
    half = bits.lshr(1) << fraction                                     # n = ⌊n / 2⌋ + the rest: neither half over- nor underflows
    one = bits_of(1.0, x.single)
    first, second = (half + one).floats(), ((bits << fraction) - half + one).floats()
    return (_exp_near(r * LN2, coefficients) + 1.0) * first * second


def expm1(x: Lanes) -> Lanes:
    """e^x - 1 = 2^n · (e^r - 1) + (2^n - 1), computed in halves so that 2^n does not overflow before the result does."""
    given = x
    x = x.at_most(90.0 if x.single else 711.0).at_least(-30.0 if x.single else -60.0)
    high = shortened(LN2, 15 if x.single else 41)
    rounded = x.fma(1 / LN2, _magic(x))
    n = rounded - _magic(x)
    r = n.fma(-_low(1.0, high), n.fma(-high, x))
    s = _power_of_two(rounded, -1)
    y = _exp_near(r).fma(s, s - 0.5) * 2.0
    y = (x > (89.0 if x.single else 709.9)).where(math.inf, y)          # there 2^(n-1) may be infinite, and inf - inf none
    return (given.abs() < (2.0 ** -26 if x.single else 2.0 ** -55)).where(given, y)


def sigmoid(x: Lanes) -> Lanes:
    """1 / (1 + e^-x), by e^-|x| so that nothing overflows and small values keep their digits."""
    e = exp(-x.abs())
    return (x < 0.0).where(e, 1.0) / (e + 1.0)


def split(x: Lanes) -> tuple[Lanes, Lanes, Lanes]:
    """x = m · 2^e with √½ <= m < √2: (m, e as a number, e + bias in an integer), for positive finite x, denormal ones included."""
    single, fraction = x.single, _fraction(x)
    tiny = x < (2.0 ** -126 if single else 2.0 ** -1022)
    x = tiny.where(x * 2.0 ** (fraction + 2), x)
    root, one = bits_of(math.sqrt(0.5), single), bits_of(1.0, single)
    shifted = x.bits() + (one - root)
    m = ((shifted & ((1 << fraction) - 1)) + root).floats()
    biased = shifted.lshr(fraction)
    # an integer in the fraction of 2^fraction, from which 2^fraction is taken again: a conversion that every machine has
    lift, bias = 2.0 ** fraction, 127 if single else 1023
    shift = tiny.where(-(lift + bias) - (fraction + 2), m.of(-(lift + bias)))
    e = (biased | bits_of(lift, single)).floats() + shift
    return m, e, biased


def _log1p_near(z: Lanes, coefficients=None) -> Lanes:
    """log(1 + z) - z for √½ <= 1 + z <= √2"""
    square = z * z
    return (square * z).fma(z.polynomial(coefficients or (table.LOG_FLOAT if z.single else table.LOG_DOUBLE)), square * -0.5)


def logarithm_ends(x: Lanes, y: Lanes) -> Lanes:
    """y for positive finite x; -inf at 0, inf at inf, NaN for negative numbers and NaN."""
    edge = (x == 0.0).where(-math.inf, (x > 0.0).where(x, math.nan))
    inner = (x.bits() - 1).below(bits_of(math.inf, x.single) - 1)
    return inner.where(y, edge)


def _plus_exponent(z: Lanes, y: Lanes, e: Lanes) -> Lanes:
    """z + y + e · log 2"""
    high = shortened(LN2, 16 if z.single else 41)
    return e.fma(high, z + e.fma(_low(1.0, high), y))


def log(x: Lanes) -> Lanes:
    """The natural logarithm."""
    m, e, _ = split(x)
    z = m - 1.0
    return logarithm_ends(x, _plus_exponent(z, _log1p_near(z), e))


def log2(x: Lanes, coefficients=None) -> Lanes:
    """The logarithm to base 2, exact for powers of two."""
    m, e, _ = split(x)
    z = m - 1.0
    return logarithm_ends(x, (z + _log1p_near(z, coefficients)).fma(1 / LN2, e))


def log10(x: Lanes) -> Lanes:
    """The logarithm to base 10."""
    m, e, _ = split(x)
    z = m - 1.0
    ratio = math.log10(2)
    high = shortened(ratio, 16 if x.single else 41)
    y = (z + _log1p_near(z)).fma(1 / math.log(10), e * (ratio - high))
    return logarithm_ends(x, e.fma(high, y))


def log1p(x: Lanes) -> Lanes:
    """log(1 + x): what 1 + x loses in rounding is given back to the reduced argument."""
    u = x + 1.0
    lost = x - (u - 1.0)
    m, e, biased = split(u)
    fraction, bias = _fraction(x), 127 if x.single else 1023
    scale = ((2 * bias - biased).at_least(0) << fraction).floats()      # 2^-e
    z = lost.fma(scale, m - 1.0)
    return logarithm_ends(u, _plus_exponent(z, _log1p_near(z), e)).copysign(x)


def tanh(x: Lanes) -> Lanes:
    """The hyperbolic tangent: x · P(x²) / Q(x²) up to where it is 1."""
    bound = table.TANH_BOUND_FLOAT if x.single else table.TANH_BOUND_DOUBLE
    top, bottom = table.TANH_FLOAT if x.single else table.TANH_DOUBLE
    x = x.at_most(bound).at_least(-bound)
    square = x * x
    y = square.polynomial(top) * x / square.polynomial(bottom)
    return y.at_most(1.0).at_least(-1.0)


def sinh(x: Lanes) -> Lanes:
    """The hyperbolic sine: a polynomial up to 1, beyond it (e^|x| - e^-|x|) / 2."""
    size = x.abs()
    h = exp(size, 0.5)
    far = h - 0.25 / h
    square = x * x
    near = (square * size).fma(square.polynomial(table.SINH_FLOAT if x.single else table.SINH_DOUBLE), size)
    return (size < 1.0).where(near, far).copysign(x)


def cosh(x: Lanes) -> Lanes:
    """The hyperbolic cosine: (e^|x| + e^-|x|) / 2."""
    h = exp(x.abs(), 0.5)
    return h + 0.25 / h


def _log1p_or_log(near: Lanes, big: Lanes, x: Lanes) -> Lanes:
    """log(1 + near), or log(2x) where `big`."""
    return log1p(big.where(x - 1.0, near)) + big.where(LN2, x.of(0.0))


def asinh(x: Lanes) -> Lanes:
    """log(|x| + √(x² + 1)) with the sign of x."""
    size = x.abs()
    big = size > 2.0 ** 28
    square = size * size
    return _log1p_or_log(size + square / ((square + 1.0).sqrt() + 1.0), big, size).copysign(x)


def acosh(x: Lanes) -> Lanes:
    """log(x + √(x² - 1)); NaN below 1."""
    big, t = x > 2.0 ** 28, x - 1.0
    y = _log1p_or_log(t + t.fma(t, t + t).sqrt(), big, x)
    return (x < 1.0).where(math.nan, y)


def atanh(x: Lanes) -> Lanes:
    """½ log((1 + x) / (1 - x)); NaN beyond 1."""
    size = x.abs()
    return (log1p((size + size) / (1.0 - size)) * 0.5).copysign(x)
