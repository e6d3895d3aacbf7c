"""Orthogonal polynomials, by their three-term recurrences (Abramowitz and Stegun, chapter 22)."""
from __future__ import annotations

import numpy as np

from ..core.op import normal
from .pointwise import Binary, binary


class _Polynomial(Binary, abstract=True):
    """p_n(x), element by element; the degree n is cut to a whole number, below 0 the value is 0.

    p_0 = 1, p_1 is `first`, and p_{k+1} comes from p_k, p_{k-1} by `following`. No derivatives, as in PyTorch.
    """

    types = "float"
    takes = "f"

    def first(self, x):
        return x

    def following(self, k, x, p, before):
        raise NotImplementedError

    def reference(self, x, n):
        degree = np.where(np.isfinite(n), n, -1).astype(np.int64)
        z, degree = np.broadcast_arrays(self.moved(x), degree)
        out = (degree == 0).astype(z.dtype)
        before, p = np.ones_like(z), self.first(z)
        for k in range(1, int(degree.max(initial=0)) + 1):
            out = np.where(degree == k, p, out)
            before, p = p, self.following(k, z, p, before)
        return out

    def moved(self, x):
        """The variable, moved to the interval of the family."""
        return x

    samples = lambda: [(np.tanh(normal(3, 4)), np.array([0, 1, 2, 5])), (np.array(0.3), np.array([3.0, -1.0]))]


class ChebyshevT(_Polynomial):
    """T_n: T_1 = x, T_{k+1} = 2x T_k - T_{k-1}"""

    def following(self, k, x, p, before):
        return 2 * x * p - before


class ChebyshevU(ChebyshevT):
    """U_n: U_1 = 2x, U_{k+1} = 2x U_k - U_{k-1}"""

    def first(self, x):
        return 2 * x


class ChebyshevV(ChebyshevT):
    """V_n: V_1 = 2x - 1, V_{k+1} = 2x V_k - V_{k-1}"""

    def first(self, x):
        return 2 * x - 1


class ChebyshevW(ChebyshevT):
    """W_n: W_1 = 2x + 1, W_{k+1} = 2x W_k - W_{k-1}"""

    def first(self, x):
        return 2 * x + 1


def _shifted(page):
    """The same on [0, 1] instead of [-1, 1]."""
    def moved(self, x):
        return 2 * x - 1
    return type("Shifted" + page.__name__, (page,), {"moved": moved, "__doc__": page.__doc__ + ", of 2x - 1", "__module__": __name__, "__annotations__": {}})


class HermiteH(_Polynomial):
    """H_n: H_1 = 2x, H_{k+1} = 2x H_k - 2k H_{k-1}"""

    def first(self, x):
        return 2 * x

    def following(self, k, x, p, before):
        return 2 * x * p - 2 * k * before


class HermiteHe(_Polynomial):
    """He_n: He_1 = x, He_{k+1} = x He_k - k He_{k-1}"""

    def following(self, k, x, p, before):
        return x * p - k * before


class LaguerreL(_Polynomial):
    """L_n: L_1 = 1 - x, (k + 1) L_{k+1} = (2k + 1 - x) L_k - k L_{k-1}"""

    def first(self, x):
        return 1 - x

    def following(self, k, x, p, before):
        return ((2 * k + 1 - x) * p - k * before) / (k + 1)


class LegendreP(_Polynomial):
    """P_n: P_1 = x, (k + 1) P_{k+1} = (2k + 1) x P_k - k P_{k-1}"""

    def following(self, k, x, p, before):
        return ((2 * k + 1) * x * p - k * before) / (k + 1)


def _function(page, name):
    return binary(page(), name, page(), page())


chebyshev_polynomial_t, chebyshev_polynomial_u = _function(ChebyshevT, "chebyshev_polynomial_t"), _function(ChebyshevU, "chebyshev_polynomial_u")
chebyshev_polynomial_v, chebyshev_polynomial_w = _function(ChebyshevV, "chebyshev_polynomial_v"), _function(ChebyshevW, "chebyshev_polynomial_w")
shifted_chebyshev_polynomial_t, shifted_chebyshev_polynomial_u, shifted_chebyshev_polynomial_v, shifted_chebyshev_polynomial_w = (
    _function(_shifted(page), f"shifted_chebyshev_polynomial_{page.__name__[-1].lower()}") for page in (ChebyshevT, ChebyshevU, ChebyshevV, ChebyshevW))
hermite_polynomial_h, hermite_polynomial_he = _function(HermiteH, "hermite_polynomial_h"), _function(HermiteHe, "hermite_polynomial_he")
laguerre_polynomial_l, legendre_polynomial_p = _function(LaguerreL, "laguerre_polynomial_l"), _function(LegendreP, "legendre_polynomial_p")
