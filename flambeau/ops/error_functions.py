"""The error function, the normal distribution function, their complements, logarithms and inverses."""
from __future__ import annotations

import math

import numpy as np

from ..core import element as el
from ..core.op import normal
from .common import into, need_tensor
from .pointwise import Pointwise, unary

_SCALE = 2 / math.sqrt(math.pi)


class _ErrorFunction(Pointwise, abstract=True):
    """A function of the family: integers become floating, complex numbers are refused."""

    types = "float"
    takes = "f"
    saves = ("x",)

    samples = lambda: [(normal(3, 4),), (normal(),), (normal(0, 2),)]


class Erf(_ErrorFunction):
    """2/√π ∫_0^x e^-t² dt"""

    def reference(self, x):
        from scipy.special import erf
        return erf(x)

    def element(self, i, x):
        return el.call("erf", x[i])

    def gradient(self, g, out, x):
        return g * (-x * x).exp() * _SCALE


class Erfc(_ErrorFunction):
    """1 - erf(x), accurate where it is small"""

    def reference(self, x):
        from scipy.special import erfc
        return erfc(x)

    def element(self, i, x):
        return el.call("erfc", x[i])

    def gradient(self, g, out, x):
        return g * (-x * x).exp() * -_SCALE


class Erfcx(_ErrorFunction):
    """e^x² · erfc(x), without overflow"""

    saves = ("x", "out")
    backward = "SpecialErfcxBackward0"

    def reference(self, x):
        from scipy.special import erfcx
        return erfcx(x)

    def gradient(self, g, out, x):
        return g * (2 * x * out - _SCALE)


class Erfinv(_ErrorFunction):
    """The number whose error function is x: infinite at -1 and 1, NaN beyond"""

    saves = ("out",)

    def reference(self, x):
        from scipy.special import erfinv
        return np.where(x == 0, x, erfinv(x))

    def gradient(self, g, out, x):
        return g * (out * out).exp() * (1 / _SCALE)

    samples = lambda: [(np.tanh(normal(3, 4)) * 0.9,), (np.array(0.3),)]


class LogNdtr(_ErrorFunction):
    """log Φ(x), accurate where Φ(x) is small"""

    saves = ("x", "out")
    backward = "SpecialLogNdtrBackward0"

    def reference(self, x):
        from scipy.special import log_ndtr
        return log_ndtr(x)

    def gradient(self, g, out, x):
        return g * (-(out + x * x / 2)).exp() * (1 / math.sqrt(2 * math.pi))


class Ndtri(_ErrorFunction):
    """The number whose normal distribution function is x: infinite at 0 and 1, NaN beyond"""

    saves = ("out",)
    backward = "SpecialNdtriBackward0"

    def reference(self, x):
        from scipy.special import ndtri
        return ndtri(x)

    def gradient(self, g, out, x):
        return g * (out * out / 2).exp() * math.sqrt(2 * math.pi)

    samples = lambda: [(np.linspace(0.1, 0.9, 6).reshape(2, 3),), (np.array(0.3),)]


erf, erfc, erfinv = unary(Erf()), unary(Erfc()), unary(Erfinv())
erfcx, log_ndtr, ndtri = unary(Erfcx()), unary(LogNdtr(), "log_ndtr"), unary(Ndtri())


def ndtr(input, *, out=None):
    """Φ(x), the distribution function of the normal distribution"""
    return into(out, erfc(need_tensor(input, "ndtr") * -math.sqrt(0.5)) * 0.5, "ndtr")


__all__ = ["erf", "erfc", "erfinv"]
