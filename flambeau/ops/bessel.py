"""Bessel functions, modified and not, and the Airy function."""
from __future__ import annotations

import numpy as np

from ..core.op import normal
from .common import record
from .elementwise import Where
from .pointwise import Pointwise, unary


class _Cylinder(Pointwise, abstract=True):
    """A function that SciPy has: integers become floating, complex numbers are refused."""

    types = "float"
    takes = "f"
    function = ""

    def reference(self, x):
        import scipy.special
        return getattr(scipy.special, self.function)(x)

    samples = lambda: [(np.abs(normal(3, 4)) + 0.5,), (np.array(2.5),), (normal(0, 2),)]


class I0(_Cylinder):
    """I_0, the modified Bessel function of the first kind of order 0"""

    function, saves = "i0", ("x",)
    def gradient(self, g, out, x): return g * i1(x)


class I0e(_Cylinder):
    """e^-|x| · I_0(x)"""

    function, saves, backward = "i0e", ("x", "out"), "SpecialI0EBackward0"
    def gradient(self, g, out, x): return g * (i1e(x) - x.sgn() * out)


class I1(_Cylinder):
    """I_1, the modified Bessel function of the first kind of order 1"""

    function, saves, backward = "i1", ("x", "out"), "SpecialI1Backward0"

    def gradient(self, g, out, x):
        safe = record(Where(), x == 0, 1, x)
        return g * record(Where(), x == 0, 0.5, i0(x) - out / safe)


class I1e(_Cylinder):
    """e^-|x| · I_1(x)"""

    function, saves, backward = "i1e", ("x", "out"), "SpecialI1EBackward0"

    def gradient(self, g, out, x):
        safe = record(Where(), x == 0, 1, x)
        return g * record(Where(), x == 0, 0.5, i0e(x) - out * (x.sgn() + 1 / safe))


class J0(_Cylinder):
    """J_0, the Bessel function of the first kind of order 0"""

    function = "j0"


class J1(_Cylinder):
    """J_1, the Bessel function of the first kind of order 1"""

    function = "j1"


class Y0(_Cylinder):
    """Y_0, the Bessel function of the second kind of order 0"""

    function = "y0"


class Y1(_Cylinder):
    """Y_1, the Bessel function of the second kind of order 1"""

    function = "y1"


class K0(_Cylinder):
    """K_0, the modified Bessel function of the second kind of order 0"""

    function = "k0"


class K1(_Cylinder):
    """K_1, the modified Bessel function of the second kind of order 1"""

    function = "k1"


class K0e(_Cylinder):
    """e^x · K_0(x)"""

    function = "k0e"


class K1e(_Cylinder):
    """e^x · K_1(x)"""

    function = "k1e"


class PlainI0(_Cylinder):
    """I_0, under the name that has no derivative in PyTorch"""

    function = "i0"


class PlainI1(_Cylinder):
    """I_1, under the name that has no derivative in PyTorch"""

    function = "i1"


class SphericalJ0(_Cylinder):
    """sin(x) / x, 1 at 0: the spherical Bessel function of the first kind of order 0"""

    def reference(self, x):
        return np.where(np.isinf(x), 0, np.where(x == 0, 1, np.sin(x) / np.where(x == 0, 1, x)))


class AiryAi(_Cylinder):
    """Ai, the Airy function"""

    def reference(self, x):
        from scipy.special import airy
        return airy(x)[0]


i0, i0e, i1, i1e = unary(I0()), unary(I0e()), unary(I1()), unary(I1e())
bessel_j0, bessel_j1, bessel_y0, bessel_y1 = unary(J0(), "bessel_j0"), unary(J1(), "bessel_j1"), unary(Y0(), "bessel_y0"), unary(Y1(), "bessel_y1")
modified_bessel_i0, modified_bessel_i1 = unary(PlainI0(), "modified_bessel_i0"), unary(PlainI1(), "modified_bessel_i1")
modified_bessel_k0, modified_bessel_k1 = unary(K0(), "modified_bessel_k0"), unary(K1(), "modified_bessel_k1")
scaled_modified_bessel_k0, scaled_modified_bessel_k1 = unary(K0e(), "scaled_modified_bessel_k0"), unary(K1e(), "scaled_modified_bessel_k1")
spherical_bessel_j0, airy_ai = unary(SphericalJ0(), "spherical_bessel_j0"), unary(AiryAi(), "airy_ai")

__all__ = ["i0"]
