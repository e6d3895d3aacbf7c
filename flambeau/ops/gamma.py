"""The gamma function's family: its logarithm and derivatives, the incomplete ones, and the Hurwitz zeta function."""
from __future__ import annotations

import math

import numpy as np

from ..core import element as el
from ..core.op import normal
from .common import into, need_tensor, record
from .pointwise import Binary, Pointwise, binary, unary


class Lgamma(Pointwise):
    """log |Γ(x)|"""

    types = "float"
    takes = "f"
    saves = ("x",)

    def reference(self, x):
        from scipy.special import gammaln
        return np.where(np.isinf(x), np.inf, gammaln(x))

    def element(self, i, x):
        return el.call("lgamma", x[i])

    def gradient(self, g, out, x):
        return g * digamma(x)

    samples = lambda: [(np.abs(normal(3, 4)) + 0.5,), (np.array(2.5),), (normal(0, 2),)]


class Digamma(Pointwise):
    """Γ'(x) / Γ(x)"""

    types = "float"
    takes = "f"
    saves = ("x",)

    def reference(self, x):
        from scipy.special import digamma
        return np.where(x == 0, np.copysign(np.inf, -x), digamma(x))

    def gradient(self, g, out, x):
        return g * polygamma(1, x)

    samples = Lgamma.samples


def trigamma(x: np.ndarray) -> np.ndarray:
    """The derivative of the digamma function: reflected to x >= 1/2, moved up by 6, there the asymptotic series (Abramowitz and Stegun 6.4)."""
    low = x < 0.5
    z = np.where(low, 1 - x, x)
    reflected = np.where(low, -(math.pi ** 2) / np.sin(math.pi * np.where(low, x, 0.5)) ** 2, 0)
    terms = reflected
    for _ in range(6):
        terms = terms + 1 / (z * z)
        z = z + 1
    square = 1 / (z * z)
    terms = terms + (1 + 1 / (2 * z) + square * (1 / 6 - square * (1 / 30 - square * (1 / 42)))) / z
    return np.where(low, -terms, terms).astype(x.dtype)


class Polygamma(Pointwise):
    """The order-th derivative of the digamma function, (-1)^(n+1) n! ζ(n + 1, x)"""

    order: int
    types = "float"
    takes = "f"
    saves = ("x",)

    def reference(self, x):
        if self.order == 0:
            return Digamma().reference(x)
        if self.order == 1:
            return trigamma(x)
        from scipy.special import gamma, zeta
        n = self.order
        return (-1) ** (n + 1) * x.dtype.type(gamma(n + 1)) * zeta(x.dtype.type(n + 1), x)

    def gradient(self, g, out, x):
        return g * polygamma(self.order + 1, x)

    samples = lambda: [(np.abs(normal(3, 4)) + 0.5, 0), (np.abs(normal(3, 4)) + 0.5, 1), (np.array(2.5), 3)]


class MultiGamma(Pointwise):
    """log Γ_p(x) = p(p-1)/4 · log π + Σ_{j=0}^{p-1} log Γ(x - j/2)"""

    p: int
    types = "float"
    takes = "f"
    saves = ("x",)
    backward = "MvlgammaBackward0"

    def reference(self, x):
        from scipy.special import gammaln
        constant = x.dtype.type(self.p * (self.p - 1) / 4 * math.log(math.pi))
        return sum((gammaln(x - x.dtype.type(j / 2)) for j in range(self.p)), constant)

    def gradient(self, g, out, x):
        return g * sum(digamma(x - j / 2) for j in range(self.p))

    samples = lambda: [(np.abs(normal(3, 4)) + 2, 3), (np.array(2.5), 1)]


class GammaInc(Binary):
    """1/Γ(a) ∫_0^x t^(a-1) e^-t dt"""

    takes = "f"
    saves = ("a", "x")
    backward = "IgammaBackward0"
    sign = 1

    def reference(self, a, x):
        from scipy.special import gammainc
        return gammainc(a, x)

    def gradient(self, g, out, a, x):
        def shape():
            raise NotImplementedError(f"the derivative for '{'igamma' if self.sign > 0 else 'igammac'}: input' is not implemented.")
        return shape, lambda: g * ((a - 1) * x.log() - x - lgamma(a)).exp() * self.sign

    samples = lambda: [(np.abs(normal(3, 4)) + 0.5, np.abs(normal(4)) + 0.5), (np.array(2.0), np.array([0.5, 3.0]))]
    no_gradient_test = "has a derivative with respect to x only"


class GammaIncC(GammaInc):
    """1/Γ(a) ∫_x^∞ t^(a-1) e^-t dt"""

    backward = "IgammacBackward0"
    sign = -1

    def reference(self, a, x):
        from scipy.special import gammaincc
        return gammaincc(a, x)


class Zeta(Binary):
    """Σ_{k>=0} 1 / (k + q)^x, the Hurwitz zeta function"""

    types = "float"
    takes = "f"
    saves = ("x", "q")
    backward = "SpecialZetaBackward0"

    def reference(self, x, q):
        from scipy.special import zeta
        return zeta(x, q)

    def gradient(self, g, out, x, q):
        def exponent():
            raise NotImplementedError("the derivative for 'zeta' is not implemented.")
        return exponent, lambda: g * -x * record(Zeta(), x + 1, q)

    samples = lambda: [(np.abs(normal(3, 4)) + 2, np.abs(normal(4)) + 0.5), (np.array(2.0), np.array([0.5, 3.0]))]
    no_gradient_test = "has a derivative with respect to q only"


class ZetaOfNumber(Zeta):
    """Σ 1 / (k + q)^x for a number x"""

    backward = "SpecialZetaBackward1"


class ZetaByNumber(Zeta):
    """Σ 1 / (k + q)^x for a number q"""

    backward = "SpecialZetaBackward2"


lgamma, digamma = unary(Lgamma()), unary(Digamma())
igamma, igammac = binary(GammaInc(), "igamma"), binary(GammaIncC(), "igammac")
zeta = binary(Zeta(), "zeta", ZetaByNumber(), ZetaOfNumber())


def polygamma(n: int, input, *, out=None):
    """The n-th derivative of the digamma function. RuntimeError for a negative n."""
    if n < 0:
        raise RuntimeError(f"polygamma(n, x) does not support negative n, got {n}")
    return into(out, record(Polygamma(int(n)), need_tensor(input, "polygamma")), "polygamma")


def polygamma_method(input, n: int):
    """The n-th derivative of the digamma function."""
    return polygamma(n, input)


polygamma_method.__name__ = polygamma_method.__qualname__ = "polygamma"


def mvlgamma(input, p: int, *, out=None):
    """The logarithm of the multivariate gamma function of dimension p. RuntimeError for p below 1."""
    x = need_tensor(input, "mvlgamma")
    if p < 1:
        raise RuntimeError(f"p has to be greater than or equal to 1, got {p}")
    return into(out, record(MultiGamma(int(p)), x), "mvlgamma")


__all__ = ["digamma", "igamma", "igammac", "lgamma", "mvlgamma", "polygamma"]
