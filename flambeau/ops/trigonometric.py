"""Circular and hyperbolic functions, element by element; angles are in radians."""
from __future__ import annotations

import math

import numpy as np

from ..core import element as el
from ..core.op import normal
from .autocast import full_precision
from .common import exactly, into, need_tensor, record
from .elementwise import conj_of, joined_parts
from .formula import Formula
from .magnitude import sgn
from .pointwise import Binary, Pointwise, binary, masked, unary
from .powers import rsqrt


class _Circular(Pointwise, abstract=True):
    """A function of the family: integers become floating."""

    types = "float"
    saves = ("x",)
    function = ""

    def element(self, i, x):
        return el.call(self.function, x[i])

    samples = lambda: [(normal(3, 4),), (normal(),), (normal(0, 2),)]


class Sin(_Circular):
    """The sine"""

    function = "sin"
    def reference(self, x):        return np.sin(x)
    def gradient(self, g, out, x): return g * conj_of(cos(x))


class Cos(_Circular):
    """The cosine"""

    function = "cos"
    def reference(self, x):        return np.cos(x)
    def gradient(self, g, out, x): return g * -conj_of(sin(x))


class Tan(_Circular):
    """The tangent"""

    function, saves = "tan", ("out",)
    def reference(self, x):        return np.tan(x)
    def gradient(self, g, out, x): return g * conj_of(1 + out * out)


class Asin(_Circular):
    """The angle whose sine is x"""

    function = "asin"
    def reference(self, x):        return np.arcsin(x)
    def gradient(self, g, out, x): return g * conj_of(rsqrt(1 - x * x))

    samples = lambda: [(np.tanh(normal(3, 4)),), (np.array(0.5),)]


class Acos(_Circular):
    """The angle whose cosine is x"""

    function = "acos"
    def reference(self, x):        return np.arccos(x)
    def gradient(self, g, out, x): return g * -conj_of(rsqrt(1 - x * x))

    samples = Asin.samples


class Atan(_Circular):
    """The angle whose tangent is x"""

    function = "atan"
    def reference(self, x):        return np.arctan(x)
    def gradient(self, g, out, x): return g / conj_of(x * x + 1)


class Sinh(_Circular):
    """The hyperbolic sine"""

    function = "sinh"
    def reference(self, x):        return np.sinh(x)
    def gradient(self, g, out, x): return g * conj_of(cosh(x))


class Cosh(_Circular):
    """The hyperbolic cosine"""

    function = "cosh"
    def reference(self, x):        return np.cosh(x)
    def gradient(self, g, out, x): return g * conj_of(sinh(x))


class Tanh(Formula):
    """The hyperbolic tangent"""

    types = "float"
    takes = "fc"
    saves = ("out",)

    def value(self, x, m):         return m.tanh(x)
    def slope(self, y, m):         return 1 - y * y


class Asinh(_Circular):
    """The number whose hyperbolic sine is x"""

    function = "asinh"
    def reference(self, x):        return np.arcsinh(x)
    def gradient(self, g, out, x): return g * conj_of(rsqrt(x * x + 1))


class Acosh(_Circular):
    """The number, not below 0, whose hyperbolic cosine is x"""

    function = "acosh"

    def reference(self, x):
        return np.arccosh(x)

    def gradient(self, g, out, x):
        return g * conj_of(rsqrt(x + 1) * rsqrt(x - 1)) if x.dtype.is_complex else g * rsqrt(x * x - 1)

    samples = lambda: [(np.abs(normal(3, 4)) + 1.2,), (np.array(2.5),)]


class Atanh(_Circular):
    """The number whose hyperbolic tangent is x"""

    function = "atanh"
    def reference(self, x):        return np.arctanh(x)
    def gradient(self, g, out, x): return g / conj_of(1 - x * x)

    samples = Asin.samples


class Sinc(Pointwise):
    """sin(πx) / πx, 1 at 0"""

    types = "float"
    saves = ("x",)

    def reference(self, x):
        z = x * x.dtype.type(math.pi)
        return np.where(x == 0, 1, np.sin(z) / np.where(x == 0, 1, z))

    def element(self, i, x):
        z = x[i] * math.pi
        return el.where(x[i].__eq__(0), 1, el.call("sin", z) / z)

    def gradient(self, g, out, x):
        z = x * math.pi
        return masked(x != 0, g * conj_of((z * cos(z) - sin(z)) / (z * x)))

    samples = lambda: [(normal(3, 4),), (np.array(0.5),)]


class Atan2(Binary):
    """The angle of the point (y, x) in (-π, π]"""

    types = "float"
    takes = "f"
    saves = ("y", "x")

    def reference(self, y, x):
        return np.arctan2(y, x)

    def element(self, i, y, x):
        return el.binary("atan2", y[i], x[i])

    def gradient(self, g, out, y, x):
        """At the centre of the plane it is 0, as in PyTorch."""
        scaled = lambda v: masked((x != 0) | (y != 0), g * v / (y * y + x * x))
        return lambda: scaled(x), lambda: scaled(-y)

    samples = lambda: [(normal(3, 4), normal(4, seed=2)), (np.array(1.0), np.array([2.0, -3.0]))]


class Hypot(Binary):
    """√(x² + y²), without overflow"""

    takes = "f"
    saves = ("x", "y", "out")

    def reference(self, x, y):        return np.hypot(x, y)
    def element(self, i, x, y):       return el.binary("hypot", x[i], y[i])
    def gradient(self, g, out, x, y): return lambda: g * (x / out), lambda: g * (y / out)

    samples = Atan2.samples


class Deg2Rad(Pointwise):
    """x · π / 180"""

    types = "float"
    takes = "f"
    scale = math.pi / 180

    def compute(self, x):
        if x.dtype.is_complex:
            raise RuntimeError(f"{self.name} is not supported for complex tensors.")
        return super().compute(x)

    def reference(self, x):        return x * x.dtype.type(self.scale)
    def element(self, i, x):       return x[i] * self.scale
    def gradient(self, g, out, x): return g * self.scale

    samples = lambda: [(normal(3, 4),), (normal(),)]


class Rad2Deg(Deg2Rad):
    """x · 180 / π"""

    scale = 180 / math.pi


class Polar(Binary):
    """abs · e^(i · angle), complex"""

    saves = ("out",)

    def dtype(self, size, turn):
        return size.dtype.to_complex()

    def reference(self, size, turn):
        return joined_parts(size * np.cos(turn), size * np.sin(turn))

    def gradient(self, g, out, size, turn):
        return lambda: (conj_of(g) * sgn(out)).real, lambda: (conj_of(g) * (out * 1j)).real

    samples = lambda: [(np.abs(normal(3, 4)) + 0.5, normal(4)), (np.array(2.0), np.array(0.3))]


# ------------------------------------------------------------------------------------------------------------ the functions
sin, cos, tan = unary(Sin()), unary(Cos()), unary(Tan())
asin, acos, atan = unary(Asin()), unary(Acos()), unary(Atan())
sinh, cosh, tanh = unary(Sinh()), unary(Cosh()), unary(Tanh())
asinh, acosh, atanh = unary(Asinh()), unary(Acosh()), unary(Atanh())
arcsin, arccos, arctan, arcsinh, arccosh, arctanh = asin, acos, atan, asinh, acosh, atanh
sinc, deg2rad, rad2deg = unary(Sinc()), unary(Deg2Rad()), unary(Rad2Deg())
atan2, hypot = binary(Atan2()), binary(Hypot())
arctan2 = atan2


@full_precision
def polar(abs, angle, *, out=None):
    """The complex numbers of given absolute values and angles: two floating tensors of one dtype."""
    size, turn = need_tensor(abs, "polar", "abs"), need_tensor(angle, "polar", "angle")
    for t in (size, turn):
        if t.dtype.category != 2 or t.dtype.name == "bfloat16":
            raise RuntimeError(f"Expected both inputs to be Half, Float or Double tensors but got {size.dtype._title} and {turn.dtype._title}")
    if size.dtype is not turn.dtype:
        raise RuntimeError(f"Expected object of scalar type {size.dtype._title} but got scalar type {turn.dtype._title} for second argument")
    exactly(out, size.dtype.to_complex())
    return into(out, record(Polar(), size, turn), "polar")


__all__ = [
    "acos", "acosh", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh",
    "deg2rad", "hypot", "polar", "rad2deg", "sin", "sinc", "sinh", "tan", "tanh",
]
