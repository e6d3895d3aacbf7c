"""Activation functions, element by element."""
from __future__ import annotations

import math

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.events import pure
from ..core.op import Op, normal
from ..core.record import in_place
from ..core.shape import wrap_dim
from .common import Tensor, into, need_tensor, record
from .elementwise import Where
from .exponential import sigmoid
from .formula import Formula
from .join import cat
from .movement import reshape
from .parts import narrow
from .pointwise import Binary, masked
from .trigonometric import tanh


class Relu(Op):
    """max(x, 0), element by element. The slope at 0 is 0, as in PyTorch; NaN stays NaN."""

    axes = "... -> ..."
    saves = ("out",)

    def reference(self, x):        return np.maximum(x, 0)
    def element(self, i, x):       return el.where(x[i] <= 0, 0, x[i])
    def gradient(self, g, out, x): return record(ReluGradient(), g, out)

    samples = lambda: [(normal(3, 4),), (normal(),), (normal(0, 2),)]


class ReluGradient(Op):
    """0 where out <= 0, else g: a page of its own, because every network runs it once for each activation."""

    axes = "..., ... -> ..."
    saves = ("out_",)
    backward = "ThresholdBackwardBackward0"

    def reference(self, g, out_):            return np.where(out_ <= 0, 0, g)
    def element(self, i, g, out_):           return el.where(out_[i] <= 0, 0, g[i])
    def gradient(self, h, out, g, out_):     return lambda: record(ReluGradient(), h, out_), None

    samples = lambda: [(normal(3, 4), normal(3, 4, seed=1)), (normal(), normal(seed=1))]


# -------------------------------------------------------------------------------------------------------------------- smooth
class Elu(Formula):
    """scale · x above 0, scale · alpha · (e^(input_scale · x) - 1) below; the slope at 0 is the lower one's"""

    alpha: float
    scale: float = 1.0
    input_scale: float = 1.0

    def value(self, x, m):
        return m.where(x < 0, self.alpha * self.scale * m.expm1(x * self.input_scale), x * self.scale)

    def slope(self, x, m):
        below = x <= 0
        return m.where(below, self.alpha * self.scale * self.input_scale * m.exp(m.where(below, x, 0.0) * self.input_scale), self.scale)

    samples = lambda: [(normal(3, 4), 1.0), (normal(3, 4), 1.5, 2.0, 0.5), (normal(), 1.0)]


class Celu(Elu):
    """x above 0, alpha · (e^(x / alpha) - 1) below"""


class Gelu(Formula):
    """x · Φ(x), Φ the distribution function of the normal distribution (Hendrycks and Gimpel, arXiv:1606.08415)"""

    def value(self, x, m):
        return 0.5 * x * (1 + m.erf(x * math.sqrt(0.5)))

    def slope(self, x, m):
        return 0.5 * (1 + m.erf(x * math.sqrt(0.5))) + x * m.exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))


class GeluTanh(Formula):
    """x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))), an approximation of x · Φ(x) from the same paper"""

    backward = "GeluBackward0"

    def value(self, x, m):
        return 0.5 * x * (1 + m.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))

    def slope(self, x, m):
        t = m.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)


class Silu(Formula):
    """x / (1 + e^-x)"""

    takes = "fc"

    def value(self, x, m):
        return x / (1 + m.exp(-x))

    def slope(self, x, m):
        s = 1 / (1 + m.exp(-x))
        return s * (1 + x * (1 - s))


def _softplus(x, m):
    """log(1 + e^x), without overflow"""
    return m.where(x > 0, x, 0.0) + m.log1p(m.exp(-m.abs(x)))


class Mish(Formula):
    """x · tanh(log(1 + e^x)) (Misra, arXiv:1908.08681)"""

    def value(self, x, m):
        return x * m.tanh(_softplus(x, m))

    def slope(self, x, m):
        t = m.tanh(_softplus(x, m))
        return t + x * (1 - t * t) / (1 + m.exp(-x))


class Softplus(Formula):
    """log(1 + e^(beta · x)) / beta, and x itself where beta · x is above the threshold"""

    beta: float = 1.0
    threshold: float = 20.0

    def value(self, x, m):
        z = x * self.beta
        return m.where(z > self.threshold, x, _softplus(z, m) / self.beta)

    def slope(self, x, m):
        z = x * self.beta
        return m.where(z > self.threshold, 1.0, 1 / (1 + m.exp(-z)))

    samples = lambda: [(normal(3, 4),), (normal(3, 4) * 10, 2.0, 5.0), (normal(),)]


class LogSigmoid(Formula):
    """-log(1 + e^-x)"""

    def value(self, x, m):
        return m.where(x < 0, x, 0.0) - m.log1p(m.exp(-m.abs(x)))

    def slope(self, x, m):
        return 1 / (1 + m.exp(x))


# --------------------------------------------------------------------------------------------------------------- piece by piece
class LeakyRelu(Formula):
    """x above 0, negative_slope · x else"""

    negative_slope: float

    def value(self, x, m):
        return m.where(x > 0, x, x * self.negative_slope)

    def slope(self, x, m):
        return m.where(x > 0, 1.0, self.negative_slope)

    samples = lambda: [(normal(3, 4), 0.01), (normal(), 0.2), (normal(0, 2), 0.01)]


class Hardtanh(Formula):
    """x, and the bound where it is outside [low, high]; the slope at a bound is 0"""

    low: float
    high: float
    takes = "if"

    def value(self, x, m):
        return m.where(x < self.low, self.low, m.where(x > self.high, self.high, x))

    def slope(self, x, m):
        return m.where((x <= self.low) | (x >= self.high), 0.0, 1.0)

    samples = lambda: [(normal(3, 4) * 2, -1.0, 1.0), (normal() * 9, 0.0, 6.0), (np.arange(-2, 9), 0, 6)]


class Hardsigmoid(Formula):
    """x/6 + 1/2, at least 0 and at most 1"""

    def value(self, x, m):
        return m.where(x <= -3, 0.0, m.where(x >= 3, 1.0, (x + 3) / 6))

    def slope(self, x, m):
        return m.where((x > -3) & (x < 3), 1 / 6, 0.0)

    samples = lambda: [(normal(3, 4) * 4,), (normal(),)]


class Hardswish(Formula):
    """x · min(max(x + 3, 0), 6) / 6 (Howard et al., arXiv:1905.02244)"""

    def value(self, x, m):
        return x * m.where(x <= -3, 0.0, m.where(x >= 3, 6.0, x + 3)) / 6

    def slope(self, x, m):
        return m.where(x <= -3, 0.0, m.where(x < 3, x / 3 + 0.5, 1.0))

    samples = Hardsigmoid.samples


class Hardshrink(Formula):
    """x, and 0 in [-lambd, lambd]"""

    lambd: float

    def value(self, x, m):
        return m.where((x >= -self.lambd) & (x <= self.lambd), 0.0, x)

    def slope(self, x, m):
        return m.where((x >= -self.lambd) & (x <= self.lambd), 0.0, 1.0)

    samples = lambda: [(normal(3, 4), 0.5), (normal(), 0.1)]


class Softshrink(Hardshrink):
    """x moved by `lambd` towards 0, and 0 in [-lambd, lambd]"""

    def value(self, x, m):
        return m.where(x > self.lambd, x - self.lambd, m.where(x < -self.lambd, x + self.lambd, x * 0))


class Threshold(Formula):
    """x above the threshold, `fill` else"""

    at: float
    fill: float
    takes = "if"

    def value(self, x, m):
        return m.where(x <= self.at, self.fill, x)

    def slope(self, x, m):
        return m.where(x <= self.at, 0.0, 1.0)

    samples = lambda: [(normal(3, 4), 0.1, -2.0), (np.arange(4), 1, 7)]


class Prelu(Binary):
    """x above 0, weight · x else"""

    saves = ("x", "weight")
    takes = "f"
    backward = "PreluKernelBackward0"

    def reference(self, x, weight):        return np.where(x > 0, x, weight * x)
    def element(self, i, x, weight):       return el.where(x[i] > 0, x[i], weight[i] * x[i])

    def gradient(self, g, out, x, weight):
        return lambda: record(Where(), x > 0, g, g * weight), lambda: masked(~(x > 0), g * x)

    samples = lambda: [(normal(2, 3, 4), np.abs(normal(3, 1))), (normal(), np.array(0.3))]


class Glu(Op):
    """a · σ(b) of the two halves of axis `dim`"""

    dim: int
    saves = ("x",)

    def shape(self, x):
        return tuple(n // 2 if d == self.dim else n for d, n in enumerate(x.shape))

    def reference(self, x):
        a, b = np.split(x, 2, self.dim)
        return a / (1 + np.exp(-b))

    def element(self, i, x):
        d = self.dim
        return x[i] / (1 + el.call("exp", -x[(*i[:d], i[d] + x.shape[d] // 2, *i[d + 1:])]))

    def gradient(self, g, out, x):
        half = x.shape[self.dim] // 2
        a, s = narrow(x, self.dim, 0, half), sigmoid(narrow(x, self.dim, half, half))
        return cat([g * s, g * a * s * (1 - s)], self.dim)

    samples = lambda: [(normal(4, 3), 0), (normal(2, 6, 3), 1), (normal(0, 2), 1)]


# ------------------------------------------------------------------------------------------------------------ the functions
def _apply(name: str, page: Op, input, inplace: bool = False) -> Tensor:
    x = need_tensor(input, name)
    return in_place(x, lambda old: record(page, old)) if inplace else record(page, x)


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0), with slope 0 at 0. RuntimeError for bool tensors."""
    if not inplace and isinstance(input, Tensor) and 0 < input.dtype.category < 3:      # nearly always
        return record(_RELU, input)
    if need_tensor(input, "relu").dtype.category in (0, 3):
        raise NotImplementedError("Boolean inputs not supported for relu" if input.dtype is dt.bool_ else "relu is not supported for complex types")
    return _apply("relu", _RELU, input, inplace)


_RELU = Relu()


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(x, 0), 6)"""
    return hardtanh(input, 0.0, 6.0, inplace)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x above 0, negative_slope · x else."""
    return _apply("leaky_relu", LeakyRelu(float(negative_slope)), input, inplace)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x above 0, alpha · (e^x - 1) else (Clevert et al., arXiv:1511.07289)."""
    return _apply("elu", Elu(float(alpha)), input, inplace)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """scale · elu(x, alpha), with the constants that keep mean 0 and variance 1 (Klambauer et al., arXiv:1706.02515)."""
    return _apply("selu", Elu(1.6732632423543772848170429916717, 1.0507009873554804934193349852946), input, inplace)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x above 0, alpha · (e^(x / alpha) - 1) else (Barron, arXiv:1704.07483). RuntimeError for alpha 0."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return _apply("celu", Celu(float(alpha), 1.0, 1.0 / alpha), input, inplace)


@pure
def gelu(input: Tensor, approximate: str = "none", *, out=None) -> Tensor:
    """x · Φ(x), Φ the normal distribution function; approximate="tanh" approximates it by a hyperbolic tangent."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return into(out, _apply("gelu", Gelu() if approximate == "none" else GeluTanh(), input), "gelu")


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x · σ(x) (Hendrycks and Gimpel, arXiv:1606.08415)."""
    return _apply("silu", Silu(), input, inplace)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x · tanh(softplus(x)) (Misra, arXiv:1908.08681)."""
    return _apply("mish", Mish(), input, inplace)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0, *, out=None) -> Tensor:
    """log(1 + e^(beta · x)) / beta, and x itself where beta · x is above `threshold`."""
    return into(out, _apply("softplus", Softplus(float(beta), float(threshold)), input), "softplus")


def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|)"""
    return input / (need_tensor(input, "softsign").abs() + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x)"""
    return need_tensor(input, "tanhshrink") - tanh(input)


def logsigmoid(input: Tensor, *, out=None) -> Tensor:
    """log σ(x), without overflow."""
    return into(out, _apply("logsigmoid", LogSigmoid(), input), "logsigmoid")


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """x, and the bound where it is outside [min_val, max_val]. ValueError for bounds that cross."""
    if min_val > max_val:
        raise ValueError(f"min_val cannot be greater than max_val: got {min_val} and {max_val}")
    kind = need_tensor(input, "hardtanh").dtype
    if kind.category == 1:
        min_val, max_val = int(min_val), int(max_val)
        if min_val < 0 and not kind.is_signed:
            raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    return _apply("hardtanh", Hardtanh(min_val, max_val), input, inplace)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(x + 3, 0), 6) / 6"""
    return _apply("hardsigmoid", Hardsigmoid(), input, inplace)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x · min(max(x + 3, 0), 6) / 6"""
    return _apply("hardswish", Hardswish(), input, inplace)


def hardshrink(input: Tensor, lambd: float = 0.5, *, out=None) -> Tensor:
    """x, and 0 in [-lambd, lambd]."""
    return into(out, _apply("hardshrink", Hardshrink(float(lambd)), input), "hardshrink")


def softshrink(input: Tensor, lambd: float = 0.5, *, out=None) -> Tensor:
    """x moved by `lambd` towards 0, and 0 in [-lambd, lambd]. RuntimeError for a negative lambd."""
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}")
    return into(out, _apply("softshrink", Softshrink(float(lambd)), input), "softshrink")


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x above `threshold`, `value` else."""
    if need_tensor(input, "threshold").dtype.category == 1:
        threshold, value = int(threshold), int(value)
    return _apply("threshold", Threshold(threshold, value), input, inplace)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x above 0, weight · x else: one weight for all, or one for each index of axis 1. RuntimeError for another number of them."""
    x, w = need_tensor(input, "prelu"), need_tensor(weight, "prelu", "weight")
    if w.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {w.ndim}")
    if x.dtype is not w.dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {x.dtype} and {w.dtype}")
    if w.numel() != 1:
        channels = x.shape[1] if x.ndim > 1 else 1
        if x.ndim == 0:
            raise RuntimeError("Not allow zero-dim input tensor.")
        if w.numel() != channels:
            raise RuntimeError(f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {w.numel()} and channel size = {channels}.")
    if w.ndim and x.ndim != 1:
        w = reshape(w, [w.numel() if d == 1 else 1 for d in range(x.ndim)])
    return record(Prelu(), x, w)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """a · σ(b) of the two halves of axis `dim` (Dauphin et al., arXiv:1612.08083). RuntimeError for an odd size."""
    x = need_tensor(input, "glu")
    if x.ndim == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    d = wrap_dim(dim, x.ndim)
    if x.shape[d] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {d} is size {x.shape[d]}")
    if x.dtype.category != 2:
        raise NotImplementedError(f"\"glu_cpu\" not implemented for '{x.dtype._title}'")
    return record(Glu(d), x)


def _in_place(function):
    def form(input, *args, **kwargs):
        return function(input, *args, **kwargs, inplace=True)
    form.__name__ = form.__qualname__ = function.__name__ + "_"
    form.__doc__ = f"In-place form of `{function.__name__}`: {function.__doc__}"
    return form


relu_, elu_, selu_, celu_, leaky_relu_ = _in_place(relu), _in_place(elu), _in_place(selu), _in_place(celu), _in_place(leaky_relu)
hardtanh_, threshold_ = _in_place(hardtanh), _in_place(threshold)

__all__ = ["celu", "celu_", "hardshrink", "prelu", "relu", "relu_", "selu", "selu_", "threshold", "threshold_"]
