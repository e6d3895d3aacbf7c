"""Normalisation: values brought to mean 0 and variance 1 over a batch, a layer, groups of channels, then scaled and shifted."""
from __future__ import annotations

import operator

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.events import pure
from ..core.grad import modes
from ..core.op import Op, normal
from .common import Tensor, cast, need_tensor, numel, record
from .movement import reshape, sum_to
from .pad import pad
from .pool import avg_pool2d, avg_pool3d
from .reduce import Mean
from .summation import total


def _count(shape, dims) -> int:
    return numel([shape[d] for d in dims])


def _without(i, dims):
    """An index in which the reduced axes, of size 1, stand at 0."""
    return tuple(0 if d in dims else k for d, k in enumerate(i))


class Variance(Op):
    """out = (Σ over `dims` of (x - m)²) / count, m being x's mean over `dims`; both have those axes with size 1"""

    dims: tuple[int, ...]
    saves = ("x", "m")

    def shape(self, x, m):
        return m.shape

    def reference(self, x, m):
        d = x - m
        d *= d
        return np.divide(total(d, self.dims, True), x.dtype.type(_count(x.shape, self.dims)))

    def element(self, i, x, m):
        def one(*k):
            at, place = list(i), iter(k)
            for d in self.dims:
                at[d] = next(place)
            difference = x[tuple(at)] - m[_without(i, self.dims)]
            return difference * difference
        return el.total(*[x.shape[d] for d in self.dims], one) / _count(x.shape, self.dims)

    def gradient(self, g, out, x, m):
        return lambda: (2 / max(1, _count(x.shape, self.dims))) * g * (x - m), None         # with respect to the mean it is 0

    samples = lambda: [(_X, _X.mean((0, 2), keepdims=True), (0, 2)), (_X, _X.mean(2, keepdims=True), (2,))]
    no_gradient_test = "m stands for x's own mean: tests/ops/test_normalize.py"


_X = normal(3, 2, 4)


class MeanSquare(Op):
    """out = (Σ over `dims` of x²) / count; those axes stay with size 1"""

    dims: tuple[int, ...]
    saves = ("x",)

    def shape(self, x):
        return tuple(1 if d in self.dims else n for d, n in enumerate(x.shape))

    def reference(self, x):
        return np.divide(total(x * x, self.dims, True), x.dtype.type(_count(x.shape, self.dims)))

    def element(self, i, x):
        def one(*k):
            at, place = list(i), iter(k)
            for d in self.dims:
                at[d] = next(place)
            return x[tuple(at)] * x[tuple(at)]
        return el.total(*[x.shape[d] for d in self.dims], one) / _count(x.shape, self.dims)

    def gradient(self, g, out, x):
        return (2 / max(1, _count(x.shape, self.dims))) * g * x

    samples = lambda: [(_X, (0, 2)), (_X, (2,))]


class Normalize(Op):
    """out = (x - m) · r · weight + bias, m and r being the mean of x over `dims` and the reciprocal of its standard deviation

    With `dims` empty m and r are constants. `given`: which of weight (1) and bias (2) there are; they broadcast with x. The derivative with
    respect to x is the whole one, that by way of m and r included.
    """

    dims: tuple[int, ...]
    given: int
    saves = ("x", "m", "r", "affine")

    def shape(self, x, m, r, *affine):
        return x.shape

    def reference(self, x, m, r, *affine):
        out = x - m
        out *= r
        if self.given & 1:
            out *= affine[0]
        if self.given & 2:
            out += affine[-1]
        return out

    def element(self, i, x, m, r, *affine):
        out = (x[i] - m[i]) * r[i]
        if self.given & 1:
            out = out * affine[0][i]
        return out + affine[-1][i] if self.given & 2 else out

    def gradient(self, g, out, x, m, r, *affine):
        def plain():
            return record(Normalize(self.dims, 0), x, m, r)

        def input():
            scaled = g * affine[0] if self.given & 1 else g
            if not self.dims:
                return scaled * r
            z = plain()
            return r * (scaled - _mean(scaled, self.dims) - z * _mean(scaled * z, self.dims))
        parameters = []
        if self.given & 1:
            parameters.append(lambda: sum_to(g * plain(), affine[0].shape))
        if self.given & 2:
            parameters.append(lambda: sum_to(g, affine[-1].shape))
        return (input, None, None, *parameters)

    samples = lambda: [(_X, _M, 1 / _X.std((0, 2), keepdims=True), normal(1, 2, 1), normal(1, 2, 1, seed=3), (0, 2), 3), (_X, _M, _M, (0, 2), 0),
                       (_X, _M, _M, normal(4), (0, 2), 2), (_X, _M, _M, normal(4), (0, 2), 1)]
    no_gradient_test = "m and r stand for x's own moments: tests/ops/test_normalize.py"


_M = _X.mean((0, 2), keepdims=True)


def _mean(x, dims):
    return record(Mean(dims, True), x)


# the same under PyTorch's names of the derivatives
class NativeBatchNorm(Normalize):
    """Normalisation of each channel over the batch"""


class NativeLayerNorm(Normalize):
    """Normalisation over the last axes"""


class NativeGroupNorm(Normalize):
    """Normalisation over groups of channels"""


class RmsNorm(Op):
    """out = x · r · weight, r being 1 / √(mean over `dims` of x² + eps); the derivative includes that by way of r"""

    dims: tuple[int, ...]
    saves = ("x", "r", "weight")
    backward = "MulBackward0"

    def shape(self, x, r, *weight):
        return x.shape

    def reference(self, x, r, *weight):
        return x * r * weight[0] if weight else x * r

    def element(self, i, x, r, *weight):
        return x[i] * r[i] * weight[0][i] if weight else x[i] * r[i]

    def gradient(self, g, out, x, r, *weight):
        def input():
            scaled = g * weight[0] if weight else g
            z = x * r
            return r * (scaled - z * _mean(scaled * z, self.dims))
        return (input, None, *[lambda: sum_to(g * (x * r), weight[0].shape) for _ in weight])

    samples = lambda: [(_X, _M, normal(4), (0, 2)), (_X, _M, (0, 2))]
    no_gradient_test = "r stands for x's own: tests/ops/test_normalize.py"


# -------------------------------------------------------------------------------------------------------------- the functions
def _wide(name: str, x: Tensor, *parameters) -> Tensor:
    """The input in the precision in which to compute. NotImplementedError for integers, RuntimeError for parameters of other types."""
    if x.dtype.category != 2:
        raise NotImplementedError(f"\"{name}\" not implemented for '{x.dtype._title}': it takes floating types; convert with .float()")
    half = dt.dtype_of_half(x.dtype)
    for p in parameters:
        if p is not None and p.dtype is not x.dtype and not (half and p.dtype is dt.float32):
            raise RuntimeError(f"mixed dtype (CPU): all inputs must share same datatype. Found {x.dtype} for the input and {p.dtype} for a parameter; "
                               "convert one of them")
    return cast(x, dt.float32) if half else x


def _affine(page, dims, x, m, r, weight, bias, kind) -> Tensor:
    given = (weight is not None) + 2 * (bias is not None)
    result = record(page(dims, given), x, m, r, *[p for p in (weight, bias) if p is not None])
    return cast(result, kind)


def moments(x: Tensor, dims):
    """Mean and (biased) variance over `dims`, which stay with size 1."""
    m = _mean(x, dims)
    return m, record(Variance(dims), x, m)


def _follow(running, found, momentum: float) -> None:
    """running = (1 - momentum) running + momentum found, unseen by autograd."""
    previous, modes.grad = modes.grad, False
    try:
        running.copy_((1 - momentum) * running + momentum * cast(found.detach(), running.dtype))
    finally:
        modes.grad = previous


def normalized_by_batch(input, weight, bias, running_mean, running_var, training: bool, momentum: float, eps: float):
    """Batch normalisation with its statistics: (result, mean, reciprocal of the standard deviation); they are None in evaluation."""
    x = need_tensor(input, "batch_norm")
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    if x.numel() == 0:
        out = x.clone()
        out = out if weight is None else out * weight[0]
        return out if bias is None else out + bias[0], None, None
    if x.ndim < 2:
        raise IndexError(f"batch_norm: the input needs an axis of channels, (N, C, …); its shape is {tuple(x.shape)}")
    channels = x.shape[1]
    for name, p in (("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias)):
        if p is None:
            if name.startswith("running") and not training:
                raise RuntimeError(f"{name} must be defined in evaluation mode")
        elif p.numel() != channels:
            raise RuntimeError(f"{name} should contain {channels} elements not {p.numel()}: the input {tuple(x.shape)} has {channels} channels on axis 1")
        elif name.startswith("running") and p.requires_grad:
            raise RuntimeError(f"The function 'native_batch_norm' is not differentiable with respect to argument '{name}'. This input cannot have "
                               "requires_grad True.")
    wide = _wide("batch_norm", x, weight, bias, running_mean, running_var)
    shape = (1, channels, *(1,) * (x.ndim - 2))
    weight, bias = (None if p is None else reshape(p, shape) for p in (weight, bias))
    if not training:
        r = (cast(reshape(running_var, shape), wide.dtype) + eps).rsqrt()
        return _affine(NativeBatchNorm, (), wide, reshape(running_mean, shape), r, weight, bias, x.dtype), None, None
    dims = (0, *range(2, x.ndim))
    m, v = moments(wide, dims)
    if running_mean is not None:
        n = _count(x.shape, dims)
        _follow(running_mean, reshape(m, (channels,)), momentum)
        _follow(running_var, reshape(v, (channels,)) * (n / (n - 1) if n > 1 else float("nan")), momentum)
    r = (v + eps).rsqrt()
    return _affine(NativeBatchNorm, dims, wide, m, r, weight, bias, x.dtype), reshape(m, (channels,)), reshape(r, (channels,))


def _need_several(size) -> None:
    """ValueError where a channel has one value only, of which there is no variance."""
    if numel(size) == size[1]:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}; use a batch of more samples, or .eval()")


def batch_norm(input, running_mean, running_var, weight=None, bias=None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5) -> Tensor:
    """(input - mean) / √(variance + eps) · weight + bias for each channel: input (N, C, …), all others (C).

    training: mean and variance are the batch's, and the running ones move towards them by `momentum` (the variance unbiased); else they are
    the running ones. ValueError with one value a channel in training.
    """
    if training and need_tensor(input, "batch_norm").ndim > 1:
        _need_several(input.shape)
    if eps < 0 or training and eps == 0:
        raise ValueError(f"batch_norm eps must be {'positive during training' if training else 'non-negative'}, but got {eps}")
    return normalized_by_batch(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]


def instance_norm(input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats: bool = True, momentum: float = 0.1,
                  eps: float = 1e-5) -> Tensor:
    """Normalisation of each channel of each sample over its places: input (N, C, …), all others (C).

    use_input_stats: mean and variance are the sample's, and the running ones follow their means over the batch; else they are the running ones.
    """
    x = need_tensor(input, "instance_norm")
    if use_input_stats:
        if numel(x.shape[2:]) == 1:
            raise ValueError(f"Expected more than 1 spatial element when training, got input size {x.shape}")
    elif running_mean is None or running_var is None:
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    else:
        return normalized_by_batch(x, weight, bias, running_mean, running_var, False, momentum, eps)[0]
    wide = _wide("instance_norm", x, weight, bias, running_mean, running_var)
    channels, shape, dims = x.shape[1], (1, x.shape[1], *(1,) * (x.ndim - 2)), tuple(range(2, x.ndim))
    for name, p in (("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias)):
        if p is not None and p.numel() != channels:
            raise RuntimeError(f"{name} should contain {channels} elements not {p.numel()}: the input {tuple(x.shape)} has {channels} channels on axis 1")
    if x.numel() == 0:
        return x + 0
    m, v = moments(wide, dims)
    if running_mean is not None:
        _follow(running_mean, reshape(_mean(m, (0,)), (channels,)), momentum)
    if running_var is not None:
        n = _count(x.shape, dims)
        _follow(running_var, reshape(_mean(v * (n / (n - 1)), (0,)), (channels,)), momentum)
    weight, bias = (None if p is None else reshape(p, shape) for p in (weight, bias))
    return _affine(NativeBatchNorm, dims, wide, m, (v + eps).rsqrt(), weight, bias, x.dtype)


def _last_axes(name: str, input, normalized_shape, stars: str, **parameters) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shape and the axes over which to normalise. RuntimeError where they are not the input's last."""
    if not isinstance(normalized_shape, (tuple, list)):
        raise TypeError(f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not {type(normalized_shape).__name__}")
    shape = tuple(map(operator.index, normalized_shape))
    if not shape:
        raise RuntimeError("Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []")
    for what, p in parameters.items():
        if p is not None and tuple(p.shape) != shape:
            raise RuntimeError(f"Expected {what} to be of same shape as normalized_shape, but got {what} of shape {list(p.shape)} and normalized_shape = "
                               f"{list(shape)}")
    if tuple(input.shape[-len(shape):]) != shape:
        raise RuntimeError(f"Given normalized_shape={list(shape)}, expected input with shape [{stars}{', '.join(map(str, shape))}], but got input of "
                           f"size{list(input.shape)}")
    return shape, tuple(range(input.ndim - len(shape), input.ndim))


def normalized_by_layer(input, normalized_shape, weight, bias, eps: float):
    """Layer normalisation with its statistics: (result, mean, reciprocal of the standard deviation)."""
    x = need_tensor(input, "layer_norm")
    _, dims = _last_axes("layer_norm", x, normalized_shape, "*, ", weight=weight, bias=bias)
    wide = _wide("LayerNormKernelImpl", x, weight, bias)
    m, v = moments(wide, dims)
    r = (v + eps).rsqrt()
    return _affine(NativeLayerNorm, dims, wide, m, r, weight, bias, x.dtype), m, r


@pure
def layer_norm(input, normalized_shape, weight=None, bias=None, eps: float = 1e-5) -> Tensor:
    """(input - mean) / √(variance + eps) · weight + bias over the last axes, whose sizes are `normalized_shape`, the shape of weight and bias."""
    return normalized_by_layer(input, normalized_shape, weight, bias, eps)[0]


def rms_norm(input, normalized_shape, weight=None, eps: float | None = None) -> Tensor:
    """input / √(mean of its squares + eps) · weight over the last axes, whose sizes are `normalized_shape`. eps: the dtype's, unless given."""
    x = need_tensor(input, "rms_norm")
    _, dims = _last_axes("rms_norm", x, normalized_shape, "*", weight=weight)
    if x.dtype.category != 2:
        raise NotImplementedError(f"rms_norm is not implemented for {x.dtype}: it takes floating types; convert with .float()")
    wide = cast(x, dt.float32) if dt.dtype_of_half(x.dtype) else x
    r = (record(MeanSquare(dims), wide) + (float(np.finfo(wide.dtype.numpy).eps) if eps is None else eps)).rsqrt()
    return cast(record(RmsNorm(dims), wide, r, *(() if weight is None else (weight,))), x.dtype)


def normalized_by_group(input, groups: int, weight, bias, eps: float):
    """Group normalisation with its statistics: (result, mean (N, groups), reciprocal of the standard deviation)."""
    x = need_tensor(input, "group_norm")
    samples, channels, *sizes = x.shape
    if groups <= 0 or channels % groups:
        raise RuntimeError(f"Expected number of channels in input to be divisible by num_groups, but got input of shape {list(x.shape)} and "
                           f"num_groups={groups}")
    for name, p in (("weight", weight), ("bias", bias)):
        if p is not None and tuple(p.shape) != (channels,):
            raise RuntimeError(f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of shape {list(p.shape)} "
                               f"and input of shape {list(x.shape)}")
    wide = reshape(_wide("GroupNormKernelImpl", x, weight, bias), (samples, groups, channels // groups, *sizes))
    dims, shape = tuple(range(2, wide.ndim)), (1, groups, channels // groups, *(1,) * len(sizes))
    m, v = moments(wide, dims)
    r = (v + eps).rsqrt()
    weight, bias = (None if p is None else reshape(p, shape) for p in (weight, bias))
    result = reshape(_affine(NativeGroupNorm, dims, wide, m, r, weight, bias, x.dtype), x.shape)
    return result, reshape(m, (samples, groups)), reshape(r, (samples, groups))


def group_norm(input, num_groups: int, weight=None, bias=None, eps: float = 1e-5) -> Tensor:
    """Normalisation of each sample over `num_groups` groups of channels: input (N, C, …), weight and bias (C)."""
    x = need_tensor(input, "group_norm")
    if x.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {x.ndim}")
    each = x.shape[0] * x.shape[1] // num_groups
    if each * numel(x.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {[each, num_groups, *x.shape[2:]]}")
    return normalized_by_group(x, num_groups, weight, bias, eps)[0]


def local_response_norm(input, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """input / (k + alpha · the mean of squares over `size` neighbouring channels)^beta: input (N, C, …), zeros beyond the first and last channel."""
    x = need_tensor(input, "local_response_norm")
    if x.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality                          input (got {x.ndim} dimensions)")
    if x.numel() == 0:
        return x
    before, after = size // 2, (size - 1) // 2
    if x.ndim == 3:
        means = avg_pool2d(pad((x * x).unsqueeze(1), (0, 0, before, after)), (size, 1), stride=1).squeeze(1)
    else:
        squares = reshape(x * x, (x.shape[0], 1, x.shape[1], x.shape[2], -1))
        means = reshape(avg_pool3d(pad(squares, (0, 0, 0, 0, before, after)), (size, 1, 1), stride=1).squeeze(1), x.shape)
    return x / (means * alpha + k) ** beta


__all__: list[str] = []         # nn.functional's names; the package's own are in top.py
