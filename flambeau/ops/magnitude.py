"""Signs, sizes and bounds, element by element."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from .common import Tensor, into, need_tensor, record, tensor_or_number
from .elementwise import Conj, Where, conj_of
from .pointwise import Binary, Pointwise, Predicate, binary, masked, unary, zeros_of

_COMPLEX = lambda: normal(2, 3) + 1j * normal(2, 3, seed=1)


class Abs(Pointwise):
    """|x|; the slope at 0 is 0"""

    types = "real"
    saves = ("x",)

    def compute(self, x):
        if x.dtype is dt.bool_:
            raise NotImplementedError("\"abs_cpu\" not implemented for 'Bool': a bool has no sign")
        return x.dtype

    def reference(self, x):        return np.abs(x)
    def element(self, i, x):       return el.call("abs", x[i])
    def gradient(self, g, out, x): return g * record(Sgn(), x)

    samples = lambda: [(normal(3, 4),), (normal(),), (normal(0, 2),), (np.array([0, -3, 5]),), (_COMPLEX(),)]


class Sign(Pointwise):
    """-1, 0 or 1: the sign of x"""

    takes = "bif"

    def compute(self, x):
        if x.dtype.is_complex:
            raise RuntimeError("Unlike NumPy, torch.sign() is not intended to support complex numbers. Please use torch.sgn() instead.")
        return x.dtype

    def reference(self, x):        return x if x.dtype.kind == "b" else np.where(np.isnan(x), 0, np.sign(x)) if x.dtype.kind == "f" else np.sign(x)
    def element(self, i, x):       return el.where(x[i] > 0, 1, el.where(x[i] < 0, -1, 0))
    def gradient(self, g, out, x): return zeros_of(g)

    samples = lambda: [(normal(3, 4),), (np.array([0, -3, 5]),)]


class Sgn(Pointwise):
    """x / |x|, 0 at 0: the sign of real numbers, the direction of complex ones"""

    saves = ("x", "out")

    def reference(self, x):
        if x.dtype.kind != "c":
            return Sign().reference(x)
        size = np.abs(x)
        return np.where(size == 0, 0, x / np.where(size == 0, 1, size))

    def gradient(self, g, out, x):
        if not x.dtype.is_complex:
            return zeros_of(g)
        size = x.abs()
        turned = (g - ((conj_of(g) * out).real * out)) / size
        return record(Where(), size == 0, 0, turned)

    samples = lambda: [(normal(3, 4),), (_COMPLEX(),)]


class Angle(Pointwise):
    """The argument of complex numbers in (-π, π]; of real ones 0, or π below 0"""

    types = "float"
    saves = ("x",)

    def dtype(self, x):
        return super().compute(x).to_real()

    def reference(self, x):
        return np.angle(x) if x.dtype.kind == "c" else np.where(np.isnan(x), x, np.where(x < 0, np.pi, 0))

    def gradient(self, g, out, x):
        if not x.dtype.is_complex:
            return zeros_of(g)
        size = x.abs()
        return record(Where(), size == 0, 0, (x / size) * (g / size) * 1j)

    samples = lambda: [(normal(3, 4),), (_COMPLEX(),)]


class CopySign(Binary):
    """|x| with the sign of y"""

    types = "float"
    takes = "f"
    saves = ("x", "out")
    backward = "CopysignBackward0"

    def reference(self, x, y):
        return np.copysign(x, y)

    def gradient(self, g, out, x, y):
        return lambda: masked(x != 0, g * (out / x)), lambda: zeros_of(g)

    samples = lambda: [(normal(3, 4), normal(4, seed=2)), (normal(), normal(2))]


class NextAfter(Binary):
    """The number next to x on the way to y"""

    takes = "f"
    half_in_float32 = False
    saves = ("x", "y")

    def reference(self, x, y):
        return np.nextafter(x, y)

    def gradient(self, g, out, x, y):
        return lambda: masked(x != y, g), lambda: zeros_of(g)

    samples = lambda: [(normal(3, 4), normal(4, seed=2)), (normal(), normal(2))]
    no_gradient_test = "moves by one unit in the last place only"


# --------------------------------------------------------------------------------------------------------------------- bounds
class Maximum(Binary):
    """The greater of x and y, NaN if either is; equals share the gradient"""

    takes = "bif"
    saves = ("x", "y")

    def reference(self, x, y):        return np.maximum(x, y)
    def element(self, i, x, y):       return el.maximum(x[i], y[i])

    def gradient(self, g, out, x, y):
        shared = lambda: record(Where(), x == y, g / 2, g)
        return lambda: record(Where(), x < y, 0, shared()), lambda: record(Where(), x > y, 0, shared())

    samples = lambda: [(normal(3, 4), normal(4, seed=2)), (normal(), normal(2)), (normal(0, 2), normal(2))]


class Minimum(Binary):
    """The lesser of x and y, NaN if either is; equals share the gradient"""

    takes = "bif"
    saves = ("x", "y")

    def reference(self, x, y):        return np.minimum(x, y)
    def element(self, i, x, y):       return el.minimum(x[i], y[i])

    def gradient(self, g, out, x, y):
        shared = lambda: record(Where(), x == y, g / 2, g)
        return lambda: record(Where(), x > y, 0, shared()), lambda: record(Where(), x < y, 0, shared())

    samples = Maximum.samples


class FMax(Binary):
    """The greater of x and y, the other where one is NaN; of equals the first has the gradient"""

    takes = "bif"
    saves = ("x", "y")
    backward = "FmaxBackward0"

    def reference(self, x, y):        return np.fmax(x, y)
    def element(self, i, x, y):       return el.where((x[i] >= y[i]) | el.call("isnan", y[i]), x[i], y[i])

    def gradient(self, g, out, x, y):
        first = (x >= y) | (y != y)
        return lambda: masked(first, g), lambda: masked(~first, g)

    samples = Maximum.samples


class FMin(Binary):
    """The lesser of x and y, the other where one is NaN; of equals the first has the gradient"""

    takes = "bif"
    saves = ("x", "y")
    backward = "FminBackward0"

    def reference(self, x, y):        return np.fmin(x, y)
    def element(self, i, x, y):       return el.where((x[i] <= y[i]) | el.call("isnan", y[i]), x[i], y[i])

    def gradient(self, g, out, x, y):
        first = (x <= y) | (y != y)
        return lambda: masked(first, g), lambda: masked(~first, g)

    samples = Maximum.samples


class ClampMin(Binary):
    """x, or the bound where x is below it; at the bound the gradient is that of x"""

    takes = "if"
    saves = ("x", "low")
    backward = "ClampMinBackward0"

    def reference(self, x, low):           return np.maximum(x, low)
    def element(self, i, x, low):          return el.maximum(x[i], low[i])
    def gradient(self, g, out, x, low):    return lambda: masked(x >= low, g), lambda: masked(x < low, g)

    samples = Maximum.samples


class ClampMax(Binary):
    """x, or the bound where x is above it; at the bound the gradient is that of x"""

    takes = "if"
    saves = ("x", "high")
    backward = "ClampMaxBackward0"

    def reference(self, x, high):           return np.minimum(x, high)
    def element(self, i, x, high):          return el.minimum(x[i], high[i])
    def gradient(self, g, out, x, high):    return lambda: masked(x <= high, g), lambda: masked(x > high, g)

    samples = Maximum.samples


class Clamp(Pointwise):
    """min(max(x, low), high): where the bounds cross, it is `high`"""

    axes = "..., ..., ... -> ..."
    takes = "if"
    saves = ("x", "low", "high")

    def reference(self, x, low, high):        return np.minimum(np.maximum(x, low), high)
    def element(self, i, x, low, high):       return el.minimum(el.maximum(x[i], low[i]), high[i])

    def gradient(self, g, out, x, low, high):
        return (lambda: masked((x >= low) & (x <= high), g), lambda: masked((x < low) & (low < high), g),
                lambda: masked((x > high) | (high < low), g))

    samples = lambda: [(normal(3, 4), normal(4, seed=2) - 1, normal(4, seed=3) + 1), (normal(5), np.array(-0.5), np.array(0.5))]


class _ByNumber(Clamp):
    """Clamping to numbers: PyTorch has another name for its derivative."""

    backward = "ClampBackward1"
