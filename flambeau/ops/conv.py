"""Convolutions in one, two and three dimensions, and transposed ones.

Three pages, each the derivative of the others: the product of an input with a kernel that slides over it (`Convolution`), the adjoint that
spreads a result back over the input (`ConvolutionInput`, which is the transposed convolution), and the product of an input with a result
that gives a kernel (`ConvolutionWeight`).
"""
from __future__ import annotations

import itertools
import operator
import warnings

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from .autocast import lower_precision
from .common import Tensor, need_tensor, numel, record
from .elementwise import conj_of
from .movement import sum_to, transpose
from .summation import total

CHUNK = 1 << 24         # bytes of gathered windows made at a time: more would fall out of the caches


# ------------------------------------------------------------------------------------------------------------------- in NumPy
def padded(x: np.ndarray, padding, value=0) -> np.ndarray:
    """`x` (N, C, *spatial) with `padding` (before, after) of each spatial axis filled with `value`; what a negative `after` cuts off is not seen."""
    if not any(before or after > 0 for before, after in padding):
        return x
    sizes = [n + before + max(after, 0) for n, (before, after) in zip(x.shape[2:], padding, strict=True)]
    out = np.full((*x.shape[:2], *sizes), value, x.dtype)
    out[(..., *[slice(before, before + n) for n, (before, _) in zip(x.shape[2:], padding, strict=True)])] = x
    return out


def windows(x: np.ndarray, kernel, stride, dilation, out) -> np.ndarray:
    """The view (N, C, *kernel, *out) of padded `x`: what the kernel sees at each place."""
    inner = [s * d for s, d in zip(x.strides[2:], dilation, strict=True)]
    outer = [s * t for s, t in zip(x.strides[2:], stride, strict=True)]
    return np.lib.stride_tricks.as_strided(x, (*x.shape[:2], *kernel, *out), (*x.strides[:2], *inner, *outer), writeable=False)


def at_offset(k, stride, dilation, out) -> tuple[slice, ...]:
    """The places of a padded input that meet the kernel's element `k`."""
    return (..., *[slice(j * d, j * d + s * (n - 1) + 1, s) for j, d, s, n in zip(k, dilation, stride, out, strict=True)])


def chunks(count: int, nbytes: int):
    """Slices of `count` samples, each sample taking `nbytes`."""
    step = max(1, CHUNK // max(nbytes, 1))
    return [slice(k, k + step) for k in range(0, count, step)]


class _Sliding(Op, abstract=True):
    """What the three pages share. `padding` holds (before, after) for each spatial axis; a negative `after` leaves out the axis's end."""

    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    groups: int
    backward = "ConvolutionBackward0"

    def geometry(self):
        return self.stride, self.padding, self.dilation, self.groups

    def places(self, sizes, kernel) -> tuple[int, ...]:
        """How many places the kernel has on inputs of the given sizes."""
        return tuple((n + before + after - d * (k - 1) - 1) // s + 1
                     for n, k, s, (before, after), d in zip(sizes, kernel, self.stride, self.padding, self.dilation, strict=True))

    def seen(self, p, k, sizes):
        """Which element of the input the kernel's element `k` sees at place `p`, and whether it is inside (None: always)."""
        at, inside = [], None
        for i, j, s, (before, after), d, n in zip(p, k, self.stride, self.padding, self.dilation, sizes, strict=True):
            place = i * s + j * d - before
            at.append(place)
            if before or after:
                here = (place >= 0) & (place < n)
                inside = here if inside is None else inside & here
        return at, inside

    def thin(self, weight) -> bool:
        """Whether each channel has a kernel of its own, so that there are no matrices to multiply."""
        return weight.shape[1] == 1 and weight.shape[0] == self.groups

    def columns(self, x, kernel, out):
        """Slices of samples with their windows as matrices: (slice, (samples, groups, channels · kernel, places))."""
        if numel(kernel) == 1 and all(s == 1 for s in self.stride) and not any(map(any, self.padding)):
            yield slice(None), x.reshape(x.shape[0], self.groups, -1, numel(out))
            return
        seen = windows(padded(x, self.padding), kernel, self.stride, self.dilation, out)
        rows = x.shape[1] // self.groups * numel(kernel)
        for part in chunks(x.shape[0], self.groups * rows * numel(out) * x.itemsize):
            yield part, seen[part].reshape(-1, self.groups, rows, numel(out))


def _channel_weights(weight):
    """For each element of the kernel, its number and its weights of the channels, to multiply (N, C, …) by."""
    for k in itertools.product(*map(range, weight.shape[2:])):
        yield k, weight[(slice(None), 0, *k)].reshape(-1, *(1,) * (weight.ndim - 2))


class Convolution(_Sliding):
    """out[n, o, p] = Σ_c,k x[n, c, p · stride + k · dilation - before] · weight[o, c, k] + bias[o]

    x (N, C, *sizes), weight (O, C / groups, *kernel), bias (O): output channel o sees the input channels of its group only.
    """

    saves = ("x", "weight")

    def shape(self, x, weight, *bias):
        return (x.shape[0], weight.shape[0], *self.places(x.shape[2:], weight.shape[2:]))

    def reference(self, x, weight, *bias):
        kernel, out = weight.shape[2:], self.places(x.shape[2:], weight.shape[2:])
        samples, filters = x.shape[0], weight.shape[0]
        if self.thin(weight):
            x, result = padded(x, self.padding), np.zeros((samples, filters, *out), x.dtype)
            for k, scale in _channel_weights(weight):
                result += x[at_offset(k, self.stride, self.dilation, out)] * scale
        else:
            rows = weight.reshape(self.groups, filters // self.groups, -1)
            result = np.empty((samples, self.groups, rows.shape[1], numel(out)), x.dtype)
            for part, columns in self.columns(x, kernel, out):
                np.matmul(rows, columns, out=result[part])
        result = result.reshape(samples, filters, *out)
        for b in bias:
            result += b.reshape(-1, *(1,) * len(out))
        return result

    def element(self, i, x, weight, *bias):
        n, o, *p = i
        filters, channels, *kernel = weight.shape
        first = o // (filters // self.groups) * channels if self.groups > 1 else 0

        def term(c, *k):
            at, inside = self.seen(p, k, x.shape[2:])
            product = x[(n, first + c, *at)] * weight[(o, c, *k)]
            return product if inside is None else el.where(inside, product, 0)
        result = el.total(channels, *kernel, term)
        for b in bias:
            result = result + b[o]
        return result

    def gradient(self, g, out, x, weight, *bias):
        return (lambda: record(ConvolutionInput(*self.geometry(), tuple(x.shape[2:])), g, conj_of(weight)),
                lambda: record(ConvolutionWeight(*self.geometry(), tuple(weight.shape[2:])), conj_of(x), g),
                *[lambda: _over_places(g) for _ in bias])

    samples = lambda: [
        (normal(2, 3, 6), normal(4, 3, 3), normal(4), (1,), ((0, 0),), (1,), 1), (normal(2, 4, 7), normal(6, 2, 2), (2,), ((1, 0),), (2,), 2),
        (normal(2, 3, 5, 6), normal(4, 3, 3, 2), normal(4), (1, 2), ((1, 1), (0, 1)), (1, 1), 1),
        (normal(1, 2, 4, 4), normal(3, 2, 1, 1), (1, 1), ((0, 0),) * 2, (1, 1), 1),
        (normal(2, 3, 5, 5), normal(3, 1, 3, 3), (2, 2), ((1, 1),) * 2, (1, 1), 3),
        (normal(1, 2, 3, 4, 3), normal(2, 2, 2, 2, 2), (1, 1, 1), ((0, 0), (1, 1), (0, 0)), (1, 1, 1), 1),
        (normal(0, 3, 5, 6), normal(4, 3, 3, 2), (1, 1), ((0, 0),) * 2, (1, 1), 1)]


def _over_places(g):
    """The gradient of a bias: the sum over all but the channels."""
    return sum_to(g, (1, g.shape[1], *(1,) * (g.ndim - 2))).reshape(g.shape[1])


class ConvolutionInput(_Sliding):
    """out[n, c, s] = Σ g[n, o, p] · weight[o, c, k] over all o, p, k with p · stride + k · dilation - before = s, plus bias[c]

    g (N, O, *places), weight (O, C / groups, *kernel), bias (C) -> (N, C, *to)
    """

    to: tuple[int, ...]
    saves = ("g_out", "weight")

    def shape(self, g, weight, *bias):
        return (g.shape[0], weight.shape[1] * self.groups, *self.to)

    def reference(self, g, weight, *bias):
        filters, channels, *kernel = weight.shape
        samples, out = g.shape[0], g.shape[2:]
        rows = weight.reshape(self.groups, filters // self.groups, -1).swapaxes(1, 2)
        sizes = [n + before + max(after, 0) for n, (before, after) in zip(self.to, self.padding, strict=True)]
        result = np.zeros((samples, channels * self.groups, *sizes), g.dtype)
        if self.thin(weight):
            for k, scale in _channel_weights(weight):
                result[at_offset(k, self.stride, self.dilation, out)] += g * scale
        else:
            flat = g.reshape(samples, self.groups, filters // self.groups, numel(out))
            for part in chunks(samples, self.groups * rows.shape[1] * numel(out) * g.itemsize):
                columns = np.matmul(rows, flat[part]).reshape(-1, channels * self.groups, *kernel, *out)
                for k in itertools.product(*map(range, kernel)):
                    result[part][at_offset(k, self.stride, self.dilation, out)] += columns[(slice(None), slice(None), *k)]
        result = result[(..., *[slice(before, before + n) for n, (before, _) in zip(self.to, self.padding, strict=True)])]
        return result + bias[0].reshape(-1, *(1,) * len(out)) if bias else result

    def element(self, i, g, weight, *bias):
        n, c, *s = i
        filters, channels, *kernel = weight.shape
        each = filters // self.groups
        group, inner = (c // channels, c % channels) if self.groups > 1 else (0, c)

        def term(o, *k):
            at, inside = [], None
            for place, j, t, (before, _), d, count in zip(s, k, self.stride, self.padding, self.dilation, g.shape[2:], strict=True):
                far = place + before - j * d
                here = (far >= 0) & (far < count * t)
                if t > 1:
                    here = here & (far % t).__eq__(0)
                at.append(far // t if t > 1 else far)
                inside = here if inside is None else inside & here
            product = g[(n, group * each + o, *at)] * weight[(group * each + o, inner, *k)]
            return product if inside is None else el.where(inside, product, 0)
        result = el.total(each, *kernel, term)
        for b in bias:
            result = result + b[c]
        return result

    def gradient(self, h, out, g_out, weight, *bias):
        return (lambda: record(Convolution(*self.geometry()), h, conj_of(weight)),
                lambda: record(ConvolutionWeight(*self.geometry(), tuple(weight.shape[2:])), h, conj_of(g_out)),
                *[lambda: _over_places(h) for _ in bias])

    samples = lambda: [
        (normal(2, 4, 4), normal(4, 3, 3), (1,), ((0, 0),), (1,), 1, (6,)), (normal(2, 6, 3), normal(6, 2, 2), normal(4), (2,), ((1, 0),), (2,), 2, (7,)),
        (normal(2, 4, 5, 3), normal(4, 3, 3, 2), (1, 2), ((1, 1), (0, 1)), (1, 1), 1, (5, 6)),
        (normal(1, 2, 2, 2, 2), normal(2, 2, 2, 2, 2), (1, 1, 1), ((0, 0),) * 3, (1, 1, 1), 1, (3, 3, 3)),
        (normal(2, 3, 3, 3), normal(3, 1, 3, 3), (2, 2), ((1, 1),) * 2, (1, 1), 3, (5, 5)), (normal(2, 3, 3), normal(3, 2, 2), (2,), ((1, -1),), (3,), 1, (9,))]


class ConvolutionWeight(_Sliding):
    """out[o, c, k] = Σ_n,p x[n, c, p · stride + k · dilation - before] · g[n, o, p]

    x (N, C, *sizes), g (N, O, *places) -> (O, C / groups, *kernel)
    """

    kernel: tuple[int, ...]
    saves = ("x", "g_out")

    def shape(self, x, g):
        return (g.shape[1], x.shape[1] // self.groups, *self.kernel)

    def reference(self, x, g):
        out, filters = g.shape[2:], g.shape[1] // self.groups
        if filters == 1 and x.shape[1] == self.groups:
            x, result = padded(x, self.padding), np.zeros((self.groups, 1, *self.kernel), x.dtype)
            for k in itertools.product(*map(range, self.kernel)):
                result[(slice(None), 0, *k)] = total(x[at_offset(k, self.stride, self.dilation, out)] * g, (0, *range(2, g.ndim)))
            return result
        result = np.zeros((self.groups, filters, x.shape[1] // self.groups * numel(self.kernel)), x.dtype)
        flat = g.reshape(g.shape[0], self.groups, filters, numel(out))
        for part, columns in self.columns(x, self.kernel, out):
            for sample, column in zip(flat[part], columns, strict=True):
                result += np.matmul(sample, column.swapaxes(1, 2))
        return result.reshape(g.shape[1], x.shape[1] // self.groups, *self.kernel)

    def element(self, i, x, g):
        o, c, *k = i
        channels = x.shape[1] // self.groups
        first = o // (g.shape[1] // self.groups) * channels if self.groups > 1 else 0

        def term(n, *p):
            at, inside = self.seen(p, k, x.shape[2:])
            product = x[(n, first + c, *at)] * g[(n, o, *p)]
            return product if inside is None else el.where(inside, product, 0)
        return el.total(x.shape[0], *g.shape[2:], term)

    def gradient(self, h, out, x, g_out):
        return (lambda: record(ConvolutionInput(*self.geometry(), tuple(x.shape[2:])), conj_of(g_out), h),
                lambda: record(Convolution(*self.geometry()), conj_of(x), h))

    samples = lambda: [
        (normal(2, 3, 6), normal(2, 4, 4), (1,), ((0, 0),), (1,), 1, (3,)), (normal(2, 4, 7), normal(2, 6, 3), (2,), ((1, 0),), (2,), 2, (2,)),
        (normal(2, 3, 5, 6), normal(2, 4, 5, 3), (1, 2), ((1, 1), (0, 1)), (1, 1), 1, (3, 2)),
        (normal(2, 3, 5, 5), normal(2, 3, 3, 3), (2, 2), ((1, 1),) * 2, (1, 1), 3, (3, 3))]


# -------------------------------------------------------------------------------------------------------------- the functions
def int_tuple(value, count: int, what: str, where: str = "convolution") -> tuple[int, ...]:
    """`count` integers from one or from a sequence of 1 or `count`. TypeError for other kinds, RuntimeError for other lengths."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if not all(hasattr(v, "__index__") and not isinstance(v, bool) for v in values):
        raise TypeError(f"{what} must be an int or a tuple of ints, not {value!r}")
    if len(values) == 1:
        values *= count
    if len(values) != count:
        raise RuntimeError(f"expected {what} to be a single integer value or a list of {count} values to match the {where} dimensions, but got "
                           f"{what}={list(values)}")
    return tuple(map(operator.index, values))


_PLAIN = {"float32": "float", "float64": "double", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "int64": "long int", "int32": "int",
          "complex64": "c10::complex<float>", "complex128": "c10::complex<double>"}


def _check(name: str, input, weight, bias, stride, dilation, groups: int, transposed: bool) -> None:
    """Raise what PyTorch raises for operands that do not fit, after the input has got its batch."""
    for what, numbers in (("groups", (groups,)), ("stride", stride), ("dilation", dilation)):
        if any(n <= 0 for n in numbers):
            raise RuntimeError(f"non-positive {what} is not supported: {name} got {what}={numbers[0] if what == 'groups' else list(numbers)}")
    sizes = list(weight.shape)
    if weight.shape[0] < groups:
        raise RuntimeError(f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size {sizes} instead")
    if weight.shape[0] % groups:
        raise RuntimeError(f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size [{sizes}] instead")
    channels = weight.shape[0] if transposed else weight.shape[1] * groups
    if input.shape[1] != channels:
        hint = ""
        if not transposed and channels == input.shape[-1]:
            hint = f"; the axes are (N, C, …): if channels are the last axis, move them with .movedim(-1, 1) (input {tuple(input.shape)})"
        elif not transposed and channels == 1 and input.shape[0] == 1:
            hint = f"; an input of {input.ndim - 1} axes is read as one sample (C, …): for a batch of one channel add that axis with .unsqueeze(1)"
        raise RuntimeError(f"Given {'transposed' if transposed else 'groups'}={1 if transposed else groups}, weight of size {sizes}, expected "
                           f"input{list(input.shape)} to have {channels} channels, but got {input.shape[1]} channels instead{hint}")
    filters = weight.shape[1] * groups if transposed else weight.shape[0]
    if bias is not None and tuple(bias.shape) != (filters,):
        raise RuntimeError(f"Given {'transposed=1, ' if transposed else ''}weight of size {sizes}, expected bias to be 1-dimensional with {filters} "
                           f"elements, but got bias of size {list(bias.shape)} instead")
    if weight.dtype is not input.dtype:
        raise RuntimeError(f"Input type (torch.{input.dtype._title}Tensor) and weight type (torch.{weight.dtype._title}Tensor) should be the same: convert "
                           f"the input, e.g. with .to({weight.dtype})")
    if bias is not None and bias.dtype is not input.dtype:
        raise RuntimeError(f"Input type ({_PLAIN.get(input.dtype.name, input.dtype.name)}) and bias type ({_PLAIN.get(bias.dtype.name, bias.dtype.name)}) "
                           "should be the same")
    if input.dtype is dt.bool_:
        raise NotImplementedError(f"\"slow_conv{input.ndim - 2}d_cpu\" not implemented for 'Bool'")


def _batched(name: str, input, weight, bias, spatial: int) -> tuple[Tensor, bool]:
    """The input with an axis for the batch, and whether it had one."""
    for t, what in ((input, "input"), (weight, "weight")) + (((bias, "bias"),) if bias is not None else ()):
        need_tensor(t, name, what)
    if input.ndim not in (spatial + 1, spatial + 2):
        raise RuntimeError(f"Expected {spatial + 1}D (unbatched) or {spatial + 2}D (batched) input to {name}, but got input of size: {list(input.shape)}")
    if weight.ndim != spatial + 2:
        raise RuntimeError(f"{name}: expected a weight of {spatial + 2} dimensions, but got weight of size {list(weight.shape)}")
    return (input, True) if input.ndim == spatial + 2 else (input.unsqueeze(0), False)


def _padding(padding, kernel, stride, dilation) -> tuple[tuple[int, int], ...]:
    """(before, after) of each axis from numbers, 'valid' or 'same'."""
    if isinstance(padding, str):
        if padding == "valid":
            return ((0, 0),) * len(kernel)
        if padding != "same":
            raise RuntimeError(f"Invalid padding string: '{padding}': it is 'valid' or 'same'")
        if any(s != 1 for s in stride):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        both = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        if any(n % 2 for n in both):
            warnings.warn("Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of the input be "
                          "created", UserWarning,
                          stacklevel=4)
        return tuple((n // 2, n - n // 2) for n in both)
    numbers = int_tuple(padding, len(kernel), "padding")
    if any(n < 0 for n in numbers):
        raise RuntimeError(f"negative padding is not supported: got padding={list(numbers)}")
    return tuple((n, n) for n in numbers)


def _convolve(name: str, input, weight, bias, stride, padding, dilation, groups: int) -> Tensor:
    spatial = int(name[4]) if name[4:5].isdigit() else weight.ndim - 2
    x, had_batch = _batched(name, input, weight, bias, spatial)
    kernel = tuple(weight.shape[2:])
    stride, dilation = int_tuple(stride, spatial, "stride"), int_tuple(dilation, spatial, "dilation")
    groups = operator.index(groups)
    _check(name, x, weight, bias, stride, dilation, groups, False)
    pairs = _padding(padding, kernel, stride, dilation)
    room = [n + before + after for n, (before, after) in zip(x.shape[2:], pairs, strict=True)]
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    if any(r > n for r, n in zip(reach, room, strict=True)):
        raise RuntimeError(f"Calculated padded input size per channel: ({' x '.join(map(str, room))}). Kernel size: ({' x '.join(map(str, reach))}). Kernel "
                           f"size can't be greater than actual input size: {name} got an input {tuple(input.shape)}, kernel {kernel}, padding {padding}")
    result = record(Convolution(stride, pairs, dilation, groups), x, weight, *(() if bias is None else (bias,)))
    return result if had_batch else result.squeeze(0)


def _spread(name: str, input, weight, bias, stride, padding, output_padding, groups: int, dilation) -> Tensor:
    spatial = int(name[14]) if name[14:15].isdigit() else weight.ndim - 2
    x, had_batch = _batched(name, input, weight, bias, spatial)
    kernel = tuple(weight.shape[2:])
    stride, dilation = int_tuple(stride, spatial, "stride"), int_tuple(dilation, spatial, "dilation")
    padding, extra = int_tuple(padding, spatial, "padding"), int_tuple(output_padding, spatial, "output_padding")
    groups = operator.index(groups)
    _check(name, x, weight, bias, stride, dilation, groups, True)
    for what, numbers in (("padding", padding), ("output_padding", extra)):
        if any(n < 0 for n in numbers):
            raise RuntimeError(f"negative {what} is not supported: got {what}={list(numbers)}")
    if any(e >= s and e >= d for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise RuntimeError(f"output padding must be smaller than either stride or dilation, but got output_padding: {list(extra)} stride: {list(stride)} "
                           f"dilation: {list(dilation)}")
    to = tuple((n - 1) * s - 2 * p + d * (k - 1) + e + 1
               for n, s, p, d, k, e in zip(x.shape[2:], stride, padding, dilation, kernel, extra, strict=True))
    if any(n < 0 for n in to):
        raise RuntimeError(f"Given input size per channel: ({' x '.join(map(str, x.shape[2:]))}). Calculated output size per channel: "
                           f"({' x '.join(map(str, to))}). Output size is too small")
    # the convolution of which this is the adjoint does not see what output_padding adds: it has that much less padding after (or crops)
    pairs = tuple((p, p - e) for p, e in zip(padding, extra, strict=True))
    result = record(ConvolutionInput(stride, pairs, dilation, groups, to), x, weight, *(() if bias is None else (bias,)))
    return result if had_batch else result.squeeze(0)


@lower_precision
def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups: int = 1) -> Tensor:
    """A kernel slid along one axis: input (N, C, L) or (C, L), weight (O, C / groups, K), bias (O) -> (N, O, places).

    padding: zeros on both sides, 'valid' (none), or 'same' (as many places as the input has). RuntimeError for operands that do not fit.
    """
    return _convolve("conv1d", input, weight, bias, stride, padding, dilation, groups)


@lower_precision
def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups: int = 1) -> Tensor:
    """A kernel slid over images: input (N, C, H, W) or (C, H, W), weight (O, C / groups, KH, KW), bias (O) -> (N, O, rows, columns).

    padding: zeros on each side, 'valid' (none), or 'same' (as many places as the input has). RuntimeError for operands that do not fit.
    """
    return _convolve("conv2d", input, weight, bias, stride, padding, dilation, groups)


@lower_precision
def conv3d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups: int = 1) -> Tensor:
    """A kernel slid through volumes: input (N, C, D, H, W) or (C, D, H, W), weight (O, C / groups, KD, KH, KW), bias (O).

    padding: zeros on each side, 'valid' (none), or 'same' (as many places as the input has). RuntimeError for operands that do not fit.
    """
    return _convolve("conv3d", input, weight, bias, stride, padding, dilation, groups)


@lower_precision
def conv_transpose1d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups: int = 1, dilation=1) -> Tensor:
    """The adjoint of conv1d: input (N, C, L), weight (C, O / groups, K) -> (N, O, (L - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1)."""
    return _spread("conv_transpose1d", input, weight, bias, stride, padding, output_padding, groups, dilation)


@lower_precision
def conv_transpose2d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups: int = 1, dilation=1) -> Tensor:
    """The adjoint of conv2d, which enlarges images: input (N, C, H, W), weight (C, O / groups, KH, KW). Sizes as in conv_transpose1d."""
    return _spread("conv_transpose2d", input, weight, bias, stride, padding, output_padding, groups, dilation)


@lower_precision
def conv_transpose3d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups: int = 1, dilation=1) -> Tensor:
    """The adjoint of conv3d: input (N, C, D, H, W), weight (C, O / groups, KD, KH, KW). Sizes as in conv_transpose1d."""
    return _spread("conv_transpose3d", input, weight, bias, stride, padding, output_padding, groups, dilation)


def convolution(input, weight, bias, stride, padding, dilation, transposed: bool, output_padding, groups: int) -> Tensor:
    """A convolution, transposed or not, over as many axes as the weight has beside its channels."""
    if transposed:
        return _spread("convolution", input, weight, bias, stride, padding, output_padding, groups, dilation)
    return _convolve("convolution", input, weight, bias, stride, padding, dilation, groups)


@lower_precision
def conv_tbc(input, weight, bias, pad: int = 0) -> Tensor:
    """conv1d with time first: input (T, N, C), weight (K, C, O), bias (O) -> (places, N, O)."""
    if need_tensor(input, "conv_tbc").ndim != 3 or weight.ndim != 3 or bias.ndim != 1:
        raise RuntimeError("conv_tbc: input and weight must have 3 dims: time, batch, channels and kernel, channels, filters; bias 1, got "
                           f"{list(input.shape)}, {list(weight.shape)} and {list(bias.shape)}")
    return conv1d(input.permute(1, 2, 0), transpose(weight, 0, 2), bias, 1, pad).permute(2, 0, 1)


__all__ = ["conv1d", "conv2d", "conv3d", "conv_tbc", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "convolution"]
