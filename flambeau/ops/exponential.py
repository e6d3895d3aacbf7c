"""Exponentials, logarithms and what is made of them, element by element."""
from __future__ import annotations

import math

import numpy as np

from ..core import element as el
from ..core.op import normal
from .common import into, need_tensor, record
from .elementwise import Where, conj_of
from .formula import Formula
from .pointwise import Binary, Pointwise, binary, masked, unary
from .scan import complex_logaddexp

LN2, LN10 = math.log(2), math.log(10)


class Exp2(Pointwise):
    """2 ** x"""

    types = "float"
    saves = ("out",)

    def reference(self, x):        return np.exp2(x) if x.dtype.kind == "f" else np.exp(x * x.dtype.type(LN2))
    def element(self, i, x):       return el.call("exp2", x[i])
    def gradient(self, g, out, x): return g * conj_of(out) * LN2

    samples = lambda: [(normal(3, 4),), (normal(),)]


class Expm1(Pointwise):
    """e^x - 1, accurate near 0"""

    types = "float"
    saves = ("out",)

    def reference(self, x):        return np.expm1(x)
    def element(self, i, x):       return el.call("expm1", x[i])
    def gradient(self, g, out, x): return g * (conj_of(out) + 1)

    samples = lambda: [(normal(3, 4),), (normal(),)]


class Log2(Pointwise):
    """The logarithm to base 2"""

    types = "float"
    saves = ("x",)

    def reference(self, x):        return np.log2(x)
    def element(self, i, x):       return el.call("log2", x[i])
    def gradient(self, g, out, x): return g / (conj_of(x) * LN2)

    samples = lambda: [(np.abs(normal(3, 4)) + 0.1,), (np.array(2.0),)]


class Log10(Pointwise):
    """The logarithm to base 10"""

    types = "float"
    saves = ("x",)

    def reference(self, x):        return np.log10(x)
    def element(self, i, x):       return el.call("log10", x[i])
    def gradient(self, g, out, x): return g / (conj_of(x) * LN10)

    samples = Log2.samples


class Log1p(Pointwise):
    """log(1 + x), accurate near 0"""

    types = "float"
    saves = ("x",)
    backward = "Log1PBackward0"

    def reference(self, x):        return np.log1p(x)
    def element(self, i, x):       return el.call("log1p", x[i])
    def gradient(self, g, out, x): return g / (conj_of(x) + 1)

    samples = Log2.samples


class LogAddExp(Binary):
    """log(e^x + e^y), without overflow"""

    takes = "fc"
    saves = ("x", "y")
    backward = "LogaddexpBackward0"

    def reference(self, x, y):
        return complex_logaddexp(x, y) if x.dtype.kind == "c" else np.logaddexp(x, y)

    def element(self, i, x, y):
        a, b = x[i], y[i]
        return el.where(a.__eq__(b), a + LN2, el.maximum(a, b) + el.call("log1p", el.call("exp", -el.call("abs", a - b))))

    def gradient(self, g, out, x, y):
        return lambda: g / conj_of(1 + (y - x).exp()), lambda: g / conj_of(1 + (x - y).exp())

    samples = lambda: [(normal(3, 4), normal(4, seed=2)), (normal() * 40, normal(2)), (normal(0, 2), normal(2))]


class LogAddExp2(Binary):
    """log2(2^x + 2^y), without overflow"""

    takes = "f"
    saves = ("x", "y")
    backward = "Logaddexp2Backward0"

    def reference(self, x, y):
        return np.logaddexp2(x, y)

    def element(self, i, x, y):
        a, b = x[i], y[i]
        return el.where(a.__eq__(b), a + 1, el.maximum(a, b) + el.call("log1p", el.call("exp2", -el.call("abs", a - b))) / LN2)

    def gradient(self, g, out, x, y):
        return lambda: g / (1 + 2 ** (y - x)), lambda: g / (1 + 2 ** (x - y))

    samples = LogAddExp.samples


class Sigmoid(Formula):
    """1 / (1 + e^-x)"""

    types = "float"
    takes = "fc"
    saves = ("out",)

    def value(self, x, m):         return 1 / (1 + m.exp(-x))
    def slope(self, y, m):         return (1 - y) * y


class Logit(Pointwise):
    """log(x / (1 - x)), with x first clamped to [eps, 1 - eps]; without `eps` (a negative one) NaN outside [0, 1]"""

    eps: float = -1.0
    types = "float"
    takes = "f"
    saves = ("x",)

    def reference(self, x):
        low, high = x.dtype.type(self.eps), x.dtype.type(1) - x.dtype.type(self.eps)
        z = np.where(x < low, low, np.where(x > high, high, x)) if self.eps >= 0 else x
        return np.log(z / (1 - z))

    def element(self, i, x):
        z = el.where(x[i] < self.eps, self.eps, el.where(x[i] > 1 - self.eps, 1 - self.eps, x[i])) if self.eps >= 0 else x[i]
        return el.call("log", z / (1 - z))

    def gradient(self, g, out, x):
        if self.eps < 0:
            return record(Where(), (x >= 0) & (x <= 1), g / (x * (1 - x)), math.nan)
        return masked((x >= self.eps) & (x <= 1 - self.eps), g / (x * (1 - x)))

    samples = lambda: [(np.linspace(0.1, 0.9, 6).reshape(2, 3), -1.0), (np.linspace(0.05, 0.95, 6), 0.2)]


# ------------------------------------------------------------------------------------------------------------ x log y and kin
class XLogY(Binary):
    """x · log y, 0 where x is 0 (but NaN for a NaN y)"""

    types = "float"
    takes = "f"
    saves = ("x", "y")
    backward = "XlogyBackward0"

    def reference(self, x, y):
        return np.where(np.isnan(y), np.nan, np.where(x == 0, 0, x * np.log(y)))

    def element(self, i, x, y):
        return el.where(x[i].__eq__(0) & y[i].__eq__(y[i]), 0, x[i] * el.call("log", y[i]))

    def gradient(self, g, out, x, y):
        return lambda: record(Where(), (x == 0) & (y <= 0), 0, record(XLogY(), g, y)), lambda: g * x / y

    samples = lambda: [(normal(3, 4), np.abs(normal(4)) + 0.5), (np.array([0.0, 2.0]), np.array([0.5, 3.0]))]


class XLogYOfNumber(XLogY):
    """x · log y for a number x"""

    backward = "XlogyBackward1"


class XLogYByNumber(XLogY):
    """x · log y for a number y"""

    backward = "XlogyBackward2"


class XLog1PY(Binary):
    """x · log(1 + y), 0 where x is 0 (but NaN for a NaN y)"""

    types = "float"
    takes = "f"
    saves = ("x", "y")
    backward = "SpecialXlog1PyBackward0"

    def reference(self, x, y):
        return np.where(np.isnan(y), np.nan, np.where(x == 0, 0, x * np.log1p(y)))

    def element(self, i, x, y):
        return el.where(x[i].__eq__(0) & y[i].__eq__(y[i]), 0, x[i] * el.call("log1p", y[i]))

    def gradient(self, g, out, x, y):
        return lambda: record(Where(), (x == 0) & (y <= -1.0), 0, record(XLog1PY(), g, y)), lambda: g * x / (y + 1)

    samples = XLogY.samples


class XLog1PYOfNumber(XLog1PY):
    """x · log(1 + y) for a number x"""

    backward = "SpecialXlog1PyBackward1"


class XLog1PYByNumber(XLog1PY):
    """x · log(1 + y) for a number y"""

    backward = "SpecialXlog1PyBackward2"


class Entr(Pointwise):
    """-x · log x, 0 at 0, -inf below"""

    types = "float"
    takes = "f"
    saves = ("x",)
    backward = "SpecialEntrBackward0"

    def reference(self, x):
        return np.where(np.isnan(x), x, np.where(x > 0, -x * np.log(np.where(x > 0, x, 1)), np.where(x == 0, 0, -np.inf)))

    def element(self, i, x):
        return el.where(x[i].__eq__(0), 0, el.where(x[i] < 0, -math.inf, -x[i] * el.call("log", x[i])))

    def gradient(self, g, out, x):
        return g * (-(1 + x.log()))

    samples = lambda: [(np.abs(normal(3, 4)) + 0.1,), (np.array(0.5),)]


# ------------------------------------------------------------------------------------------------------------ the functions
exp2, expm1, log2, log10, log1p = unary(Exp2()), unary(Expm1()), unary(Log2()), unary(Log10()), unary(Log1p())
logaddexp, logaddexp2 = binary(LogAddExp()), binary(LogAddExp2())
sigmoid = unary(Sigmoid())
xlogy = binary(XLogY(), "xlogy", XLogYByNumber(), XLogYOfNumber())
xlog1py = binary(XLog1PY(), "xlog1py", XLog1PYByNumber(), XLog1PYOfNumber())
entr = unary(Entr())


def logit(input, eps: float | None = None, *, out=None):
    """log(x / (1 - x)), with x clamped to [eps, 1 - eps] first if `eps` is given."""
    x = need_tensor(input, "logit")
    return into(out, record(Logit(-1.0 if eps is None else float(eps)), x), "logit")


__all__ = ["exp2", "expm1", "log10", "log1p", "log2", "logaddexp", "logaddexp2", "logit", "sigmoid", "xlogy"]
