"""Weighted combinations of three operands, and numbers taken apart into fraction and exponent."""
from __future__ import annotations

import math

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from .common import Tensor, into, need_tensor, record, tensor_or_number
from .elementwise import conj_of, old_order
from .pointwise import Binary, Pointwise, binary
from .powers import pow_of
from .returns import return_type


class Lerp(Pointwise):
    """start + weight · (end - start), reckoned from the nearer end so that weights 0 and 1 give the ends exactly"""

    axes = "..., ..., ... -> ..."
    takes = "fc"
    saves = ("start", "end", "weight")
    backward = "LerpBackward1"

    def compute(self, start, end, weight):
        found = Pointwise.compute(self, start, end)
        for name, t in (("end", end), ("weight", weight)):
            if t.number is None and t.dtype is not start.dtype:
                raise RuntimeError(f"expected dtype {start.dtype._title.lower()} for `{name}` but got dtype {t.dtype._title.lower()}; convert it with "
                                   f".to({start.dtype})")
        return found

    def reference(self, start, end, weight):
        step = end - start
        return np.where(np.abs(weight) < 0.5, start + weight * step, end - step * (1 - weight))

    def element(self, i, start, end, weight):
        a, b, w = start[i], end[i], weight[i]
        return el.where(el.call("abs", w) < 0.5, a + w * (b - a), b - (b - a) * (1 - w))

    def gradient(self, g, out, start, end, weight):
        return lambda: g * conj_of(1 - weight), lambda: g * conj_of(weight), lambda: g * conj_of(end - start)

    samples = lambda: [(normal(3, 4), normal(4), np.full((3, 1), 0.3)), (normal(2), normal(2), np.array([0.0, 1.0])), (normal(), normal(2), np.array(0.7))]


class LerpByNumber(Lerp):
    """start + weight · (end - start) for a number `weight`"""

    backward = "LerpBackward0"


class AddCMul(Pointwise):
    """x + value · a · b"""

    axes = "..., ..., ..., -> ..."
    saves = ("a", "b", "value")
    backward = "AddcmulBackward0"

    def reference(self, x, a, b, value):
        return x + value * a * b

    def element(self, i, x, a, b, value):
        return x[i] + value[()] * a[i] * b[i]

    def gradient(self, g, out, x, a, b, value):
        return lambda: g, lambda: g * conj_of(b * value), lambda: g * conj_of(a * value), None

    samples = lambda: [(normal(3, 4), normal(4), normal(3, 1), np.array(0.5)), (np.arange(3), np.arange(3), np.array([2]), np.array(2))]
    no_gradient_test = "`value` is always a number"


class AddCDiv(Pointwise):
    """x + value · a / b"""

    axes = "..., ..., ..., -> ..."
    takes = "fc"
    saves = ("a", "b", "value")
    backward = "AddcdivBackward0"

    def reference(self, x, a, b, value):
        return x + value * a / b

    def element(self, i, x, a, b, value):
        return x[i] + value[()] * a[i] / b[i]

    def gradient(self, g, out, x, a, b, value):
        return lambda: g, lambda: g * conj_of(value / b), lambda: -g * conj_of(value * a / (b * b)), None

    samples = lambda: [(normal(3, 4), normal(4), normal(3, 1) + 3, np.array(0.5))]
    no_gradient_test = "`value` is always a number"


class LdExp(Op):
    """x · 2^y; whole exponents of floating numbers never overflow on the way"""

    axes = "..., ... -> ..."
    saves = ("y", "out")
    backward = "LdexpBackward0"

    def compute(self, x, y):
        return None

    def dtype(self, x, y):
        if x.dtype.category < 2 and y.dtype.category < 2:
            return dt.default_dtype()
        return dt.result_dtype([(t.dtype, len(t.shape), False) for t in (x, y)])

    def reference(self, x, y):
        if y.dtype.kind in "iub":
            whole = x.astype(np.float64) if x.dtype.kind in "iub" else x
            return np.ldexp(whole, y.astype(np.int32)) if whole.dtype.kind == "f" else whole * np.exp2(y.astype(np.float64))
        return x * (np.exp2(y) if y.dtype.kind != "c" else np.exp(y * y.dtype.type(math.log(2))))

    def gradient(self, g, out, x, y):
        return lambda: g * conj_of(pow_of(2.0, y)), lambda: g * conj_of(out) * math.log(2)

    samples = lambda: [(normal(3, 4), normal(4)), (normal(), normal(2)), (normal(3), np.array([-2, 0, 5]))]


class FrExp(Pointwise):
    """(m, e) with x = m · 2^e and 1/2 <= |m| < 1 (both 0 for 0)"""

    outputs = 2
    saves = ("out",)
    backward = "FrexpBackward0"

    def shape(self, x):
        return x.shape, x.shape

    def dtype(self, x):
        return x.dtype, dt.int32

    def reference(self, x):
        fraction, exponent = np.frexp(x)
        return fraction, np.where(np.isfinite(x), exponent, 0)

    def gradient(self, g, out, x):
        return g[0] / pow_of(2.0, out[1])

    samples = lambda: [(normal(3, 4),), (np.array(5.0),)]


class Heaviside(Binary):
    """0 below 0, y at 0, 1 above (and 0 for NaN)"""

    takes = "bif"
    backward = "NotImplemented"

    def reference(self, x, y):        return np.where(x == 0, y, x > 0)
    def element(self, i, x, y):       return el.where(x[i].__eq__(0), y[i], el.where(x[i] > 0, 1, 0))

    def gradient(self, g, out, x, y):
        raise RuntimeError("derivative for aten::heaviside is not implemented")

    samples = lambda: [(np.array([-1.0, 0.0, 2.0]), np.array(0.5)), (np.arange(-1, 2), np.array([5, 6, 7]))]
    no_gradient_test = "raises"


# ------------------------------------------------------------------------------------------------------------ the functions
def lerp(input, end, weight, *, out=None):
    """input + weight · (end - input); `weight` is a number or a tensor. RuntimeError for two dtypes, NotImplementedError for integers."""
    x = need_tensor(input, "lerp")
    need_tensor(end, "lerp", "end")
    if not tensor_or_number(weight):
        raise TypeError(f"lerp(): argument 'weight' must be Tensor or Number, not {type(weight).__name__}")
    return into(out, record(Lerp() if isinstance(weight, Tensor) else LerpByNumber(), x, end, weight), "lerp")


def _three(name: str, page, input, tensor1, tensor2, value, out):
    x, a, b = need_tensor(input, name), need_tensor(tensor1, name, "tensor1"), need_tensor(tensor2, name, "tensor2")
    common = dt.result_dtype([(t.dtype, t.ndim, False) for t in (x, a, b)])
    if isinstance(value, Tensor):
        value = value.item()
    if common.category < 2 and isinstance(value, float):
        value = int(value)
    return into(out, record(page, x, a, b, value), name)


def addcmul(input, tensor1, tensor2, *old, value=1, out=None):
    """input + value · tensor1 · tensor2"""
    if old:
        tensor1, tensor2, value = old_order("addcmul", tensor1, tensor2, *old)
    return _three("addcmul", AddCMul(), input, tensor1, tensor2, value, out)


def addcdiv(input, tensor1, tensor2, *old, value=1, out=None):
    """input + value · tensor1 / tensor2. RuntimeError for an integer divided by an integer."""
    if old:
        tensor1, tensor2, value = old_order("addcdiv", tensor1, tensor2, *old)
    if all(isinstance(t, Tensor) and t.dtype.category < 2 for t in (tensor1, tensor2)):
        raise RuntimeError("Integer division with addcdiv is no longer supported: convert tensor1 or tensor2 to a floating type for a true division, or use "
                           "input + value * torch.div(tensor1, tensor2, rounding_mode='trunc')")
    return _three("addcdiv", AddCDiv(), input, tensor1, tensor2, value, out)


ldexp = binary(LdExp())
_frexp_type = return_type("frexp", "mantissa", "exponent")


def frexp(input, *, out=None):
    """(mantissa, exponent) with input = mantissa · 2^exponent and 1/2 <= |mantissa| < 1. RuntimeError unless floating."""
    x = need_tensor(input, "frexp")
    if not x.dtype.is_floating_point:
        raise RuntimeError(f"torch.frexp() only supports floating-point dtypes, got {x.dtype}")
    return into(out, _frexp_type(record(FrExp(), x)), "frexp")


def heaviside(input, values, *, out=None):
    """0 below 0, `values` at 0, 1 above. RuntimeError for two dtypes."""
    x, y = need_tensor(input, "heaviside"), need_tensor(values, "heaviside", "values")
    if x.dtype.is_complex or y.dtype.is_complex:
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if x.dtype is not y.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    return into(out, record(Heaviside(), x, y), "heaviside")


__all__ = ["addcdiv", "addcmul", "frexp", "heaviside", "ldexp", "lerp"]
