"""Pooling: maxima, means and norms of windows, in one, two and three dimensions."""
from __future__ import annotations

import operator

from ..core import dtype as dt
from .autocast import full_precision
from .common import Tensor, cast, into, need_tensor, record, values
from .plane import (
    AdaptiveIndices,
    FractionalIndices,
    PutPlane,
    PutVolume,
    ReadAdaptive2d,
    ReadAdaptive3d,
    ReadFractional2d,
    ReadFractional3d,
)
from .random import rand
from .resample import shared_means
from .window import AvgPool, AvgPool3d, MaxPool, MaxPool3d, MaxPoolIndices

_NUMBER = {1: "one int", 2: "two ints", 3: "three ints"}
_LETTERS = {1: ("",), 2: ("H", "W"), 3: ("T", "H", "W")}


def _ints(value, count: int, name: str, what: str) -> tuple[int, ...]:
    """`count` ints from one or a sequence. TypeError for other kinds, RuntimeError for other lengths."""
    numbers = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if not all(hasattr(n, "__index__") and not isinstance(n, bool) for n in numbers):
        raise TypeError(f"{name}(): argument '{what}' must be tuple of ints, not {type(value).__name__}: {value!r}")
    if len(numbers) not in (1, count):
        omitted = "either be omitted, a single int" if what == "stride" else "either be a single int"
        raise RuntimeError(f"{name}: {what} must {omitted}, or a tuple of {_NUMBER[count]}, got {list(numbers)}")
    return tuple(operator.index(n) for n in (numbers * count if len(numbers) == 1 else numbers))


def _batched(name: str, input, spatial: int) -> Tensor:
    """The input, after PyTorch's checks of its axes: (C, *sizes) or (N, C, *sizes), nothing empty but the batch."""
    x = need_tensor(input, name)
    if x.ndim not in (spatial + 1, spatial + 2):
        raise RuntimeError(f"{name}: non-empty {spatial + 1}D or {spatial + 2}D (batch mode) tensor expected for input, got {list(x.shape)}")
    if 0 in (x.shape[1:] if x.ndim == spatial + 2 else x.shape):
        raise RuntimeError(f"{name}: Expected {spatial + 1}D or {spatial + 2}D (batch mode) tensor with optional 0 dim batch size for input, but got:"
                           f"{list(x.shape)}")
    return x


def _geometry(name: str, x: Tensor, spatial: int, kernel_size, stride, padding, dilation, ceil_mode: bool):
    """(kernel, stride, padding, dilation, sizes of the result). RuntimeError for windows that do not fit."""
    kernel = _ints(kernel_size, spatial, name, "kernel_size")
    stride = kernel if stride is None or isinstance(stride, (tuple, list)) and not stride else _ints(stride, spatial, name, "stride")
    padding, dilation = _ints(padding, spatial, name, "padding"), _ints(dilation, spatial, name, "dilation")
    if any(s == 0 for s in stride):
        raise RuntimeError(f"stride should not be zero, got {list(stride)} in {name}")
    for what, numbers in (("kernel size", kernel), ("stride", stride), ("dilation", dilation)):
        if any(n <= 0 for n in numbers):
            raise RuntimeError(f"{what} should be greater than zero, but got " + " ".join(
                f"{what.split()[0]}{letter}: {n}" for letter, n in zip(_LETTERS[spatial], numbers, strict=True)))
    for p, k, d in zip(padding, kernel, dilation, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError(f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation={d}")
    sizes = x.shape[x.ndim - spatial:]
    to = []
    for n, k, s, p, d in zip(sizes, kernel, stride, padding, dilation, strict=True):
        count = (n + 2 * p - d * (k - 1) - 1 + (s - 1 if ceil_mode else 0)) // s + 1
        to.append(count - 1 if ceil_mode and (count - 1) * s >= n + p else count)       # the last window must begin inside
    if any(n < 1 for n in to):
        planes = x.shape[-spatial - 1]
        raise RuntimeError(f"Given input size: ({'x'.join(map(str, (planes, *sizes)))}). Calculated output size: ({'x'.join(map(str, (planes, *to)))}). "
                           f"Output size is too small: windows of {list(kernel)} do not fit")
    return kernel, stride, padding, dilation, tuple(to)


def _max(spatial: int, input, kernel_size, stride, padding, dilation, ceil_mode, indices: bool):
    name = f"max_pool{spatial}d"
    x = _batched(name, input, spatial)
    if x.dtype is dt.bool_ or x.dtype.is_complex or spatial == 1 and x.dtype.category < 2:
        raise NotImplementedError(f"\"{name}{'_impl' * (spatial == 1)}\" not implemented for '{x.dtype._title}'")
    window = _geometry(name, x, spatial, kernel_size, stride, padding, dilation, ceil_mode)
    result = record((MaxPool3d if spatial == 3 else MaxPool)(*window), x)
    return (result, record(MaxPoolIndices(*window), x)) if indices else result


def max_pool1d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode: bool = False, return_indices: bool = False):
    """The greatest element of each window: input (N, C, L) or (C, L). return_indices: also where it is, for max_unpool1d.

    stride: the kernel's size unless given; padding: -inf on both sides; ceil_mode: also windows that reach beyond the end.
    """
    return _max(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode: bool = False, return_indices: bool = False):
    """The greatest element of each window: input (N, C, H, W) or (C, H, W). return_indices: also its number in its plane, row by row.

    stride: the kernel's size unless given; padding: -inf on all sides; ceil_mode: also windows that reach beyond the end.
    """
    return _max(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@full_precision
def max_pool3d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode: bool = False, return_indices: bool = False):
    """The greatest element of each window: input (N, C, D, H, W) or (C, D, H, W). return_indices: also its number in its volume.

    stride: the kernel's size unless given; padding: -inf on all sides; ceil_mode: also windows that reach beyond the end.
    """
    return _max(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool1d_with_indices(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode: bool = False, return_indices: bool = False):
    """`max_pool1d` and where the greatest elements are."""
    return _max(1, input, kernel_size, stride, padding, dilation, ceil_mode, True)


def max_pool2d_with_indices(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode: bool = False, return_indices: bool = False):
    """`max_pool2d` and where the greatest elements are."""
    return _max(2, input, kernel_size, stride, padding, dilation, ceil_mode, True)


@full_precision
def max_pool3d_with_indices(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode: bool = False, return_indices: bool = False):
    """`max_pool3d` and where the greatest elements are."""
    return _max(3, input, kernel_size, stride, padding, dilation, ceil_mode, True)


# ----------------------------------------------------------------------------------------------------------------------- means
def _avg(spatial: int, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor):
    name = f"avg_pool{spatial}d"
    x = _batched(name, input, spatial)
    window = _geometry(name, x, spatial, kernel_size, stride, padding, 1, ceil_mode)
    if divisor == 0:
        raise RuntimeError("divisor must be not zero")
    return record((AvgPool3d if spatial == 3 else AvgPool)(*window, bool(count_include_pad), 0 if divisor is None else int(divisor)), x)


def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode: bool = False, count_include_pad: bool = True):
    """The mean of each window: input (N, C, L) or (C, L). count_include_pad: the padding's zeros count as elements."""
    return _avg(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override=None, *,
               out=None):
    """The mean of each window: input (N, C, H, W) or (C, H, W). count_include_pad: the padding's zeros count as elements.

    divisor_override: divide sums by this instead of the number of elements.
    """
    return into(out, _avg(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override), "avg_pool2d")


@full_precision
def avg_pool3d(input, kernel_size, stride=None, padding=0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override=None, *,
               out=None):
    """The mean of each window: input (N, C, D, H, W) or (C, D, H, W), arguments as in avg_pool2d."""
    return into(out, _avg(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override), "avg_pool3d")


def _lp(spatial: int, input, norm_type, kernel_size, stride, ceil_mode):
    if norm_type in (float("inf"), -float("inf")):
        sign = 1 if norm_type > 0 else -1
        return sign * _max(spatial, sign * input.abs(), kernel_size, stride, 0, 1, ceil_mode, False)
    count = 1
    for k in _ints(kernel_size, spatial, f"lp_pool{spatial}d", "kernel_size"):
        count *= k
    means = _avg(spatial, input.pow(norm_type), kernel_size, stride, 0, ceil_mode, True, None)
    return (means.sign() * means.abs().relu() * count).pow(1.0 / norm_type)


def lp_pool1d(input, norm_type, kernel_size, stride=None, ceil_mode: bool = False):
    """(Σ x^p)^(1/p) of each window, p the norm_type (inf: the greatest magnitude): input (N, C, L) or (C, L)."""
    return _lp(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input, norm_type, kernel_size, stride=None, ceil_mode: bool = False):
    """(Σ x^p)^(1/p) of each window, p the norm_type (inf: the greatest magnitude): input (N, C, H, W) or (C, H, W)."""
    return _lp(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input, norm_type, kernel_size, stride=None, ceil_mode: bool = False):
    """(Σ x^p)^(1/p) of each window, p the norm_type (inf: the greatest magnitude): input (N, C, D, H, W) or (C, D, H, W)."""
    return _lp(3, input, norm_type, kernel_size, stride, ceil_mode)


# -------------------------------------------------------------------------------------------------------------------- adaptive
def _adaptive(name: str, input, spatial: int, output_size) -> tuple[Tensor, tuple[int, ...]]:
    x = need_tensor(input, name)
    sizes = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * spatial
    if len(sizes) != spatial:
        raise RuntimeError(f"{name}: output_size must be {spatial}, got {list(sizes)}")
    if x.ndim < spatial + 1 and spatial > 1:
        raise ValueError(f"Input dimension should be at least {spatial + 1}: {name} got {list(x.shape)}")
    if x.ndim not in (spatial + 1, spatial + 2):
        raise RuntimeError(f"{name}(): Expected {spatial + 1}D or {spatial + 2}D tensor, but got {list(x.shape)}")
    to = tuple(int(n) if t is None else operator.index(t) for t, n in zip(sizes, x.shape[x.ndim - spatial:], strict=True))
    if any(n < 0 for n in to):
        raise RuntimeError(f"{name}: elements of output_size must be greater than or equal to 0 but received {set(to)}")
    for d in range(1 if x.ndim == spatial + 2 else 0, x.ndim):
        if x.shape[d] == 0:
            raise RuntimeError(f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes {list(x.shape)} with dimension "
                               f"{d} being empty")
    return x, to


def _adaptive_avg(spatial: int, input, output_size):
    name = f"adaptive_avg_pool{spatial}d"
    x, to = _adaptive(name, input, spatial, output_size)
    if all(n == 1 for n in to) and spatial > 1:
        return x.mean(tuple(range(x.ndim - spatial, x.ndim)), keepdim=True)
    if x.dtype.category < 2:
        raise NotImplementedError(f"\"adaptive_avg_pool{spatial}d\" not implemented for '{x.dtype._title}'")
    return shared_means(x, to)


def adaptive_avg_pool1d(input, output_size):
    """Means of `output_size` windows that share out an axis: input (N, C, L) or (C, L)."""
    return _adaptive_avg(1, input, output_size)


def adaptive_avg_pool2d(input, output_size):
    """Means of windows that share out an image, as many as `output_size` says (None: as many as pixels): input (N, C, H, W) or (C, H, W)."""
    return _adaptive_avg(2, input, output_size)


@full_precision
def adaptive_avg_pool3d(input, output_size):
    """Means of windows that share out a volume: input (N, C, D, H, W) or (C, D, H, W)."""
    return _adaptive_avg(3, input, output_size)


def _adaptive_max(spatial: int, input, output_size, indices: bool):
    name = f"adaptive_max_pool{spatial}d"
    x, to = _adaptive(name, input, spatial, output_size)
    if x.dtype.category != 2:
        raise NotImplementedError(f"\"{name}\" not implemented for '{x.dtype._title}'")
    number = record(AdaptiveIndices(to), x)
    result = record((ReadAdaptive3d if spatial == 3 else ReadAdaptive2d)(spatial), x, number)
    return (result, number) if indices else result


def adaptive_max_pool1d(input, output_size, return_indices: bool = False):
    """The greatest elements of `output_size` windows that share out an axis: input (N, C, L) or (C, L)."""
    return _adaptive_max(1, input, output_size, return_indices)


def adaptive_max_pool2d(input, output_size, return_indices: bool = False):
    """The greatest elements of windows that share out an image: input (N, C, H, W) or (C, H, W). return_indices: also where they are."""
    return _adaptive_max(2, input, output_size, return_indices)


@full_precision
def adaptive_max_pool3d(input, output_size, return_indices: bool = False):
    """The greatest elements of windows that share out a volume: input (N, C, D, H, W) or (C, D, H, W)."""
    return _adaptive_max(3, input, output_size, return_indices)


def adaptive_max_pool1d_with_indices(input, output_size, return_indices: bool = False):
    """`adaptive_max_pool1d` and where the greatest elements are."""
    return _adaptive_max(1, input, output_size, True)


def adaptive_max_pool2d_with_indices(input, output_size, return_indices: bool = False):
    """`adaptive_max_pool2d` and where the greatest elements are."""
    return _adaptive_max(2, input, output_size, True)


@full_precision
def adaptive_max_pool3d_with_indices(input, output_size, return_indices: bool = False):
    """`adaptive_max_pool3d` and where the greatest elements are."""
    return _adaptive_max(3, input, output_size, True)


# ------------------------------------------------------------------------------------------------------------------ fractional
def _fractional(spatial: int, input, kernel_size, output_size, output_ratio, indices: bool, samples):
    name = f"fractional_max_pool{spatial}d"
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    x = need_tensor(input, name)
    if x.ndim not in (spatial + 1, spatial + 2):
        raise RuntimeError(f"{name}(): Expected {spatial + 1}D or {spatial + 2}D tensor, but got: {list(x.shape)}")
    sizes = x.shape[x.ndim - spatial:]
    if output_size is None:
        ratios = tuple(output_ratio) if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * spatial
        if len(ratios) != spatial:
            raise ValueError(f"{name} requires output_ratio to be a single number or a tuple of {spatial}, got {ratios}")
        output_size = tuple(int(n * r) for n, r in zip(sizes, ratios, strict=True))
    kernel, to = _ints(kernel_size, spatial, name, "kernel_size"), _ints(output_size, spatial, name, "output_size")
    for n, k, t, axis in zip(sizes, kernel, to, ("time", "height", "width")[3 - spatial:], strict=True):
        if t + k - 1 > n - (spatial == 3):
            raise RuntimeError(f"{name}(): pool {axis} {k} too large relative to input {axis} {n}: {t} windows need {t + k - 1}")
    batched = x if x.ndim == spatial + 2 else x.unsqueeze(0)
    if samples is None:
        samples = rand(*batched.shape[:2], spatial, dtype=x.dtype, device=x.device)
    rows, channels = batched.shape[:2]
    if samples.ndim != 3 or samples.shape[0] < rows or tuple(samples.shape[1:]) != (channels, spatial):
        raise RuntimeError(f"Expect _random_samples of shape {[rows, channels, spatial]}, or with more rows: one number for each sample, input channel and "
                           f"axis; got {list(samples.shape)}")
    if samples.dtype is not x.dtype:
        raise RuntimeError(f"Expect _random_samples to have the same dtype as input: {x.dtype}, got {samples.dtype}")
    order = (1, 0) if spatial == 2 else (0, 1, 2)           # PyTorch's own: of images the first sample is the width's
    number = record(FractionalIndices(kernel, to, order), batched, samples[:rows])
    result = record((ReadFractional3d if spatial == 3 else ReadFractional2d)(spatial), batched, number)
    if x.ndim == spatial + 1:
        result, number = result.squeeze(0), number.squeeze(0)
    return (result, number) if indices else result


@full_precision
def fractional_max_pool2d(input, kernel_size, output_size=None, output_ratio=None, return_indices: bool = False, _random_samples=None):
    """The greatest elements of windows at random places, about evenly spread: input (N, C, H, W) or (C, H, W).

    The result's sizes are `output_size`, or the input's times `output_ratio`; ValueError with neither.
    """
    return _fractional(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


@full_precision
def fractional_max_pool3d(input, kernel_size, output_size=None, output_ratio=None, return_indices: bool = False, _random_samples=None):
    """The greatest elements of windows at random places in volumes, about evenly spread: input (N, C, D, H, W) or (C, D, H, W)."""
    return _fractional(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


@full_precision
def fractional_max_pool2d_with_indices(input, kernel_size, output_size=None, output_ratio=None, return_indices: bool = False, _random_samples=None):
    """`fractional_max_pool2d` and where the greatest elements are."""
    return _fractional(2, input, kernel_size, output_size, output_ratio, True, _random_samples)


@full_precision
def fractional_max_pool3d_with_indices(input, kernel_size, output_size=None, output_ratio=None, return_indices: bool = False, _random_samples=None):
    """`fractional_max_pool3d` and where the greatest elements are."""
    return _fractional(3, input, kernel_size, output_size, output_ratio, True, _random_samples)


# -------------------------------------------------------------------------------------------------------------------- unpooling
def _unpool(spatial: int, input, indices, kernel_size, stride, padding, output_size):
    name = f"max_unpool{spatial}d"
    x = need_tensor(input, name)
    need_tensor(indices, name, "indices")
    kernel = _ints(kernel_size, spatial, name, "kernel_size")
    stride = kernel if stride is None else _ints(stride, spatial, name, "stride")
    padding = _ints(padding, spatial, name, "padding")
    if indices.dtype is not dt.int64:
        raise RuntimeError(f"elements in indices should be type int64 but got: {indices.dtype._title}")
    if x.ndim not in (spatial + 1, spatial + 2):
        raise RuntimeError(f"Input to {name} should be a {spatial + 1}d or {spatial + 2}d Tensor, but got: {list(x.shape)}")
    if indices.shape != x.shape:
        raise RuntimeError(f"Expected shape of indices to be same as that of the input tensor ({list(x.shape)}) but got indices tensor with shape: "
                           f"{list(indices.shape)}")
    usual = [(n - 1) * s + k - 2 * p for n, s, k, p in zip(x.shape[x.ndim - spatial:], stride, kernel, padding, strict=True)]
    to = list(usual if output_size is None else output_size)
    if len(to) == spatial + 2:
        to = to[2:]
    if len(to) != spatial:
        raise ValueError(f"output_size should be a sequence containing {spatial} or {spatial + 2} elements, but it has a length of '{len(to)}'")
    for d, (n, middle, s) in enumerate(zip(to, usual, stride, strict=True)):
        if output_size is not None and not middle - s < n < middle + s:
            raise ValueError(f'invalid output_size "{output_size}" (dim {d} must be between {middle - s} and {middle + s})')
        if n < 0:
            raise ValueError(f"max_unpooling: output_size must contain non-negative spatial dimensions, but got output_size[{d}]={n}")
    plane = 1
    for n in to:
        plane *= n
    found = values(indices)
    if found.size and not 0 <= found.min() <= found.max() < plane:
        bad = int(found[(found < 0) | (found >= plane)][0])
        raise RuntimeError(f"Found an invalid max index: {bad} (output volumes are of size {'x'.join(map(str, to))})")
    return record((PutVolume if spatial == 3 else PutPlane)(tuple(map(int, to))), x, cast(indices, dt.int64))


def max_unpool1d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """The reverse of max_pool1d: the elements where its indices say, zeros elsewhere. output_size: of several that would give this input."""
    return _unpool(1, input, indices, kernel_size, stride, padding, output_size)


@full_precision
def max_unpool2d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """The reverse of max_pool2d: the elements where its indices say, zeros elsewhere. output_size: of several that would give this input."""
    return _unpool(2, input, indices, kernel_size, stride, padding, output_size)


@full_precision
def max_unpool3d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """The reverse of max_pool3d: the elements where its indices say, zeros elsewhere. output_size: of several that would give this input."""
    return _unpool(3, input, indices, kernel_size, stride, padding, output_size)


__all__: list[str] = []         # nn.functional's names; the package's own are in top.py
