"""The error function and log Γ. Coefficients: tools/minimax.py."""
from __future__ import annotations

import math

from . import coefficients as table
from .exponential import exp, log
from .lanes import Lanes
from .trigonometric import sine_near


def erf(x: Lanes) -> Lanes:
    """The error function. Of floats x · P(x²) / Q(x²) up to where it is 1; of doubles x · P(x²) up to ¾, and 1 - erfc beyond."""
    if not x.single:
        size = x.abs()
        square = size * size
        return (size < 0.75).where(square.polynomial(table.ERF_DOUBLE) * size, 1.0 - erfc(size)).copysign(x)
    x = x.at_most(table.ERF_BOUND_FLOAT).at_least(-table.ERF_BOUND_FLOAT)
    square = x * x
    top, bottom = table.ERF_FLOAT
    return (square.polynomial(top) * x / square.polynomial(bottom)).at_most(1.0).at_least(-1.0)


def erfc(x: Lanes) -> Lanes:
    """1 - erf(x), with its own digits where it is small: e^(-x²) · P(|x|) / Q(|x|); only for `double`."""
    size = x.abs().at_most(27.3)
    top, bottom = table.ERFCX
    # x² = h² + (x - h)(x + h), where h has so few bits that h² is exact: else its rounding would be magnified by x²
    h = (size.bits() & -(1 << 27)).floats()
    d = (h - size) * (h + size)
    e = exp(-(h * h))
    correction = d + d * d * (d * (1 / 6) + 0.5)
    y = size.polynomial(top) / size.polynomial(bottom)
    y = e * y.fma(correction, y)
    return (x < 0.0).where(2.0 - y, y)


def lgamma(x: Lanes) -> Lanes:
    """log |Γ(x)|; only for `double`. Near its zeros at negative x it is right to some 1e-15, not to as many digits.

    [1, 3]: (x - 1)(x - 2) · R(x). Below 1 and up to 8 by Γ(x + 1) = x · Γ(x). Beyond 8 Stirling's series. Negative x by reflection.
    """
    size = x.abs()
    small, large = size < 1.0, size >= 8.0
    y, product = small.where(size + 1.0, size), small.where(size, x.of(1.0))
    factor = y.of(1.0)
    for _ in range(5):
        step = y >= 3.0
        y = step.where(y - 1.0, y)
        factor = step.where(factor * y, factor)
    top, bottom = table.LGAMMA
    near = (small.where(size, y - 1.0) * small.where(size - 1.0, y - 2.0)) * (y.polynomial(top) / y.polynomial(bottom))
    logarithm = log(large.where(size, small.where(product, factor)))
    near = near + small.where(-logarithm, logarithm)
    inverse = 1.0 / size
    tail = (inverse * inverse).polynomial(table.STIRLING) * inverse
    far = (size - 0.5) * (logarithm - 1.0) + (tail + (0.5 * math.log(2 * math.pi) - 0.5))
    value = large.where(far, near)
    value = (size == math.inf).where(math.inf, value)
    # Γ(x) Γ(-x) = -π / (x sin πx)
    negative = (x < -1e-20) & (x > -math.inf)
    result = x.f.variable(x.type, value.value)
    with x.f.when(negative.any()):
        r = size - size.call("llvm.rint")
        reflected = log(math.pi / (size * sine_near(r * math.pi).abs())) - value
        x.f.store(negative.where(reflected, value).value, result)
    value = Lanes(x.f, x.f.load(x.type, result))
    return value
