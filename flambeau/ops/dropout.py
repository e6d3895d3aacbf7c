"""Dropout: elements or whole channels left out at random while a network trains, the rest scaled so that means stay.

The masks are PyTorch's, bit for bit: drawn at the call from the default stream, in the order in which the elements lie in memory.
"""
from __future__ import annotations

import math
import warnings

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from ..core.shape import dense_strides, numel, storage_order
from .common import Tensor, from_array, in_place, need_tensor, record
from .elementwise import mul
from .random import stream

ALPHA = 1.7580993408473766      # -(SELU's limit at minus infinity), Klambauer et al., "Self-Normalizing Neural Networks", 2017


class Dropout(Op):
    """out = x · scale where the mask holds, x · 0 elsewhere"""

    scale: float
    axes = "..., ... -> ..."
    saves = ("mask",)
    backward = "MulBackward0"

    def compute(self, x, mask):
        return x.dtype

    def reference(self, x, mask):        return x * (mask * mask.dtype.type(self.scale))
    def element(self, i, x, mask):       return x[i] * (mask[i] * self.scale)
    def gradient(self, g, out, x, mask): return lambda: record(self, g, mask), None

    samples = lambda: [(normal(3, 4), normal(3, 4, seed=1) > 0, 2.0), (normal(2, 3, 4), np.array([[[True], [False], [True]]] * 2), 1.25)]


class AlphaDropout(Op):
    """out = x · scale + kept where the mask holds, x · 0 + dropped elsewhere"""

    scale: float
    kept: float
    dropped: float
    axes = "..., ... -> ..."
    saves = ("mask",)
    backward = "AddBackward0"
    half_in_float32 = False         # the product is rounded before the sum

    def compute(self, x, mask):
        return x.dtype

    def reference(self, x, mask):
        kind = mask.dtype.type
        return x * (mask * kind(self.scale)) + np.where(mask != 0, kind(self.kept), kind(self.dropped))

    def element(self, i, x, mask):
        return x[i] * (mask[i] * self.scale) + el.where(mask[i].__ne__(0), self.kept, self.dropped)

    def gradient(self, g, out, x, mask):
        return lambda: record(Dropout(self.scale), g, mask), None

    samples = lambda: [(normal(3, 4), normal(3, 4, seed=1) > 0, 1.5, 0.25, -0.75)]


def _rounded(value: float, dtype) -> float:
    """A factor as the kernels take it: in the type in which they compute, then in the tensor's own."""
    wide = np.float64(value).astype(np.float64 if dtype is dt.float64 else np.float32)
    return float(wide.astype(dtype.numpy))


def _mask(x: Tensor, shape, p: float) -> Tensor:
    """True with probability 1 - p, of `shape` (that of `x`, or broadcasting with it)."""
    if x.dtype.category < 2:
        raise RuntimeError(f"result type Float can't be cast to the desired output type {x.dtype._title}: dropout scales what it keeps; convert the "
                           "input, e.g. with .float()")
    if x.dtype.is_complex:
        raise NotImplementedError(f"\"bernoulli_scalar_cpu_\" not implemented for '{x.dtype._title}'")
    if x.is_meta:
        return x.new_empty(shape, dtype=dt.bool_)
    drawn = stream(None).bernoulli_scalar(numel(shape), 1 - p)
    if shape is x.shape and x._view is not None:
        order = storage_order(shape, dense_strides(shape, x.stride()))
        drawn = drawn.reshape([shape[d] for d in order]).transpose(np.argsort(order))
    return from_array(np.asarray(drawn.reshape(shape), order="C"), dt.bool_)


def _drop(name: str, input, p: float, train: bool, feature: bool, alpha: bool, inplace: bool) -> Tensor:
    x = need_tensor(input, name)
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")
    if p == 0 or not train or x.numel() == 0:
        return x
    if p == 1:
        return in_place(x, mul, 0) if inplace else mul(x, 0)
    shape = x.shape
    if feature:
        if x.ndim < 2:
            raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
        shape = (*x.shape[:2], *(1,) * (x.ndim - 2))
    mask = _mask(x, shape, p)
    if not alpha:
        one = np.float64(1) if x.dtype is dt.float64 else np.float32(1)
        op = Dropout(_rounded(one / one.dtype.type(1 - p), x.dtype))
    else:
        a = 1.0 / math.sqrt((ALPHA * ALPHA * p + 1) * (1 - p))
        kept = _rounded(ALPHA * a * p, x.dtype)
        fall = _rounded(-ALPHA * a, x.dtype)
        kind = np.float64 if x.dtype is dt.float64 else np.float32
        op = AlphaDropout(_rounded(a, x.dtype), kept, _rounded(kind(fall) + kind(ALPHA * a * p), x.dtype))
    return in_place(x, lambda old: record(op, old, mask)) if inplace else record(op, x, mask)


def _check(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each element 0 with probability `p`, else divided by 1 - p; the input itself when not `training`. ValueError for p outside [0, 1]."""
    _check(p)
    return _drop("dropout", input, p, training, False, False, inplace)


def alpha_dropout(input, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Each element SELU's lower limit with probability `p`, then all scaled and shifted so that mean 0 and variance 1 stay."""
    _check(p)
    return _drop("alpha_dropout", input, p, training, False, True, inplace)


def feature_alpha_dropout(input, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """`alpha_dropout` of whole channels: input (N, C, …)."""
    _check(p)
    return _drop("feature_alpha_dropout", input, p, training, True, True, inplace)


def _with_batch(input, batched: bool, function, inplace: bool) -> Tensor:
    """`function` of the input with a batch of one in front, where it has none."""
    if batched:
        return function(input)
    if inplace:
        function(input.unsqueeze(0))
        return input
    return function(input.unsqueeze(0)).squeeze(0)


def dropout1d(input, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels 0 with probability `p`, else divided by 1 - p: input (N, C, L) or (C, L). RuntimeError for other shapes."""
    _check(p)
    ndim = need_tensor(input, "dropout1d").ndim
    if ndim not in (2, 3):
        raise RuntimeError(f"dropout1d: Expected 2D or 3D input, but received a {ndim}D input. Note that dropout1d exists to provide channel-wise dropout "
                           "on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs).")
    return _with_batch(input, ndim == 3, lambda x: _drop("feature_dropout", x, p, training, True, False, inplace), inplace)


def _warn_shape(name: str, spatial: int, ndim: int) -> None:
    if ndim not in (spatial + 1, spatial + 2):
        warnings.warn(f"{name}: Received a {ndim}-D input to {name}, which is deprecated and will result in an error in a future release. To retain the "
                      f"behavior and silence this warning, please use dropout instead. Note that {name} exists to provide channel-wise dropout on inputs "
                      f"with {spatial} spatial dimensions, a channel dimension, and an optional batch dimension (i.e. {spatial + 1}D or {spatial + 2}D "
                      "inputs).", UserWarning, stacklevel=3)


def dropout2d(input, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels 0 with probability `p`, else divided by 1 - p: input (N, C, H, W). Three axes are read as (N, C, L), with a warning."""
    _check(p)
    ndim = need_tensor(input, "dropout2d").ndim
    _warn_shape("dropout2d", 2, ndim)
    if ndim == 3:
        warnings.warn("dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired - input is interpreted "
                      "as shape (N, C, L), where C is the channel dim. This behavior will change in a future release to interpret the input as one without "
                      "a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise dropout behavior, please switch to using dropout1d "
                      "instead.", UserWarning, stacklevel=2)
    return _drop("feature_dropout", input, p, training, True, False, inplace)


def dropout3d(input, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels 0 with probability `p`, else divided by 1 - p: input (N, C, D, H, W) or (C, D, H, W)."""
    _check(p)
    ndim = need_tensor(input, "dropout3d").ndim
    _warn_shape("dropout3d", 3, ndim)
    return _with_batch(input, ndim == 5, lambda x: _drop("feature_dropout", x, p, training, True, False, inplace), inplace)


def _top(name: str, feature: bool, alpha: bool, inplace: bool, text: str):
    def function(input, p: float, train: bool):
        return _drop(name, input, p, train, feature, alpha, inplace)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = text
    return function


# the package's own names take (input, p, train)
TOP = {name + "_" * inplace: _top(name + "_" * inplace, feature, alpha, inplace, text + (" In place." if inplace else ""))
       for inplace in (False, True) for name, feature, alpha, text in (
           ("dropout", False, False, "Elements 0 with probability `p`, else divided by 1 - p."),
           ("feature_dropout", True, False, "Whole channels 0 with probability `p`, else divided by 1 - p."),
           ("alpha_dropout", False, True, "Elements SELU's lower limit with probability `p`, then scaled so that mean and variance stay."),
           ("feature_alpha_dropout", True, True, "Whole channels SELU's lower limit with probability `p`, then scaled so that mean and variance stay."))}


def native_dropout(input, p: float, train: bool | None):
    """Dropout and its mask: (input · mask / (1 - p), mask); the input and a mask of ones when not `train`."""
    x = need_tensor(input, "native_dropout")
    if train is False or x.numel() == 0:
        return x.clone(), x.new_ones(x.shape, dtype=dt.bool_)
    if p == 1:
        return mul(x, 0), x.new_zeros(x.shape, dtype=dt.bool_)
    mask = _mask(x, x.shape, p)
    return record(Dropout(_rounded(1 / (1 - p), x.dtype)), x, mask), mask


__all__: list[str] = []         # nn.functional's names; the package's own are in top.py
