"""Discrete Fourier transforms, one- and more-dimensional, of complex and real signals.

Three pages do them all: complex to complex, real to one half of its (Hermitian) spectrum, and such a half back to a real signal. A page's `scale`
counts how often the result is divided by √N, N being the number of points: 0, 1 or 2.
"""
from __future__ import annotations

import operator

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from ..core.shape import wrap_dim
from .arrange import roll
from .autocast import full_precision
from .common import Tensor, from_array, into, need_tensor, record
from .create import arange
from .pad import constant_pad_nd
from .parts import narrow

_FORWARD, _INVERSE = ("backward", "ortho", "forward"), ("forward", "ortho", "backward")        # NumPy's names of scale 0, 1, 2, by direction


class Transform(Op, abstract=True):
    """A transform over the axes `dims`, with exp(-2πi jk/n) if `forward`, else exp(2πi jk/n), divided by √N `scale` times."""

    dims: tuple[int, ...]
    forward: bool = True
    scale: int = 0
    types = "float"

    def dtype(self, x):
        return self.compute(x).to_complex()


class FftC2C(Transform):
    """out[k] = Σ_j x[j] exp(∓2πi jk/n) along each of `dims`; x complex or real, out complex"""

    backward = "FftC2CBackward0"

    def shape(self, x):
        return x.shape

    def reference(self, x):
        if not self.dims or not x.size:
            return x.astype(np.result_type(x.dtype, np.complex64))
        transform, names = (np.fft.fftn, _FORWARD) if self.forward else (np.fft.ifftn, _INVERSE)
        return transform(x, axes=self.dims, norm=names[self.scale])

    def gradient(self, g, out, x):
        return record(FftC2C(self.dims, not self.forward, self.scale), g)

    samples = lambda: [(normal(2, 5) + 1j * normal(2, 5, seed=1), (1,)), (normal(3, 4), (0, 1), False, 1), (normal(3, 1, 2), (0, 2), True, 2), (normal(), ())]


class FftR2C(Transform):
    """out[k] = Σ_j x[j] exp(∓2πi jk/n) along each of `dims`, for x real; on the last of them only k <= n/2, of which the others are the conjugates"""

    backward = "FftR2CBackward0"

    def shape(self, x):
        last = self.dims[-1]
        return tuple(n // 2 + 1 if d == last else n for d, n in enumerate(x.shape))

    def reference(self, x):
        if not x.size:
            return np.zeros(self.shape(x), np.result_type(x.dtype, np.complex64))
        result = np.fft.rfftn(x, axes=self.dims, norm=_FORWARD[self.scale])
        return result if self.forward else np.conj(result)

    def gradient(self, g, out, x):
        last = self.dims[-1]
        return record(FftC2R(self.dims, not self.forward, self.scale, x.shape[last]), g * _weights(x.shape, last, 0.5, x.dtype))

    samples = lambda: [(normal(2, 5), (1,)), (normal(3, 4), (0, 1), True, 1), (normal(3, 4), (1, 0), False, 2), (normal(1, 1), (1,))]


class FftC2R(Transform):
    """The inverse of FftR2C: the real signal, of `last` points on the last axis, whose half spectrum is x. Imaginary parts that no real signal has are not
    read."""

    last: int = 0
    backward = "FftC2RBackward0"

    def shape(self, x):
        return tuple(self.last if d == self.dims[-1] else n for d, n in enumerate(x.shape))

    def compute(self, x):
        return super().compute(x).to_complex()

    def dtype(self, x):
        return self.compute(x).to_real()

    def reference(self, x):
        if not x.size:
            return np.zeros(self.shape(x), x.real.dtype)
        sizes = [*(x.shape[d] for d in self.dims[:-1]), self.last]
        return np.fft.irfftn(np.conj(x) if self.forward else x, s=sizes, axes=self.dims, norm=_INVERSE[self.scale])

    def gradient(self, g, out, x):
        last = self.dims[-1]
        return record(FftR2C(self.dims, not self.forward, self.scale), g) * _weights(g.shape, last, 2.0, g.dtype)

    samples = lambda: [(normal(2, 3) + 1j * normal(2, 3, seed=1), (1,), False, 2, 5), (normal(3, 3) + 1j * normal(3, 3, seed=1), (0, 1), False, 1, 4),
                       (normal(3, 2) + 1j * normal(3, 2, seed=1), (1, 0), True, 0, 5), (normal(1, 1) + 0j, (1,), False, 0, 1)]


def _weights(shape, last: int, inner: float, dtype) -> Tensor:
    """For a half spectrum of an axis: 1 for the frequencies that stand for themselves (0, and n/2 of an even n), `inner` for those that stand for two."""
    n = shape[last]
    weights = np.full(n // 2 + 1, inner)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    return from_array(weights.astype(dtype.numpy)).reshape([-1 if d == last else 1 for d in range(len(shape))])


# ------------------------------------------------------------------------------------------------------------------- arguments
def _scale(norm, forward: bool) -> int:
    """How often to divide by √N, for PyTorch's `norm`."""
    names = _FORWARD if forward else _INVERSE
    name = "backward" if norm is None else norm
    if name not in names:
        raise RuntimeError(f'Invalid normalization mode: "{norm}"; it is "forward", "backward" or "ortho"')
    return names.index(name)


def _wrapped(dim, x) -> int:
    if not x.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return wrap_dim(dim, x.ndim)


def _axes(x, s, dim):
    """The axes to transform and the number of points on each (-1: as many as there are)."""
    s = None if s is None else [operator.index(n) for n in (s if isinstance(s, (tuple, list)) else (s,))]
    if dim is not None:
        dim = dim if isinstance(dim, (tuple, list)) else (dim,)
        dims = tuple(_wrapped(d, x) for d in dim)
        if len(set(dims)) != len(dims):
            raise RuntimeError("FFT dims must be unique")
        if s is not None and len(s) != len(dims):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
    else:
        if s is not None and len(s) > x.ndim:
            raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {x.ndim} dimensions.")
        dims = tuple(range(x.ndim - (x.ndim if s is None else len(s)), x.ndim))
    return dims, [-1] * len(dims) if s is None else s


def _resized(x, dims, sizes) -> Tensor:
    """`x` cut, or filled up with zeros, to `sizes` on the axes `dims`."""
    for d, n in zip(dims, sizes, strict=True):
        have = x.shape[d]
        if n < have:
            x = narrow(x, d, 0, n)
        elif n > have:
            x = constant_pad_nd(x, [0, 0] * (x.ndim - 1 - d) + [0, n - have])
    return x


def _checked(x, name: str, real: bool) -> Tensor:
    need_tensor(x, name)
    if x.dtype in (dt.float16, dt.bfloat16):
        raise RuntimeError(f"Unsupported dtype {x.dtype._title}")
    if real and x.dtype.is_complex:
        raise RuntimeError(f"{name} expects a real{'-valued' if name.endswith('n') else ''} input tensor, but got {x.dtype._title}")
    return x


def _positive(sizes) -> None:
    for n in sizes:
        if n < 1:
            raise RuntimeError(f"Invalid number of data points ({n}) specified")


def _transformed(name: str, kind: type[Transform], forward: bool, x, dims, sizes, norm, out):
    """The transform of `x` along `dims`, on which it gets `sizes` first (-1: as they are)."""
    scale = _scale(norm, forward)
    if kind is not FftC2C and not dims:
        raise RuntimeError(f"{name} must transform at least one axis")
    points = [x.shape[d] if n == -1 else n for d, n in zip(dims, sizes, strict=True)]
    if kind is FftC2R:
        points[-1] = 2 * (x.shape[dims[-1]] - 1) if sizes[-1] == -1 else sizes[-1]
        _positive(points)
        if out is not None and out.dtype.is_complex:
            raise RuntimeError(f"{name} expects a floating point output tensor, but got {out.dtype._title}")
        x = _resized(x, dims, [*points[:-1], points[-1] // 2 + 1])
        return into(out, record(FftC2R(dims, forward, scale, points[-1]), x), name)
    _positive(points)
    return into(out, record(kind(dims, forward, scale), _resized(x, dims, points)), name)


# ----------------------------------------------------------------------------------------------------------- the public functions
def _along_one(name: str, kind: type[Transform], forward: bool, text: str):
    def function(input, n: int | None = None, dim: int = -1, norm: str | None = None, *, out=None):
        x = _checked(input, name, kind is FftR2C)
        d = _wrapped(dim, x)
        if n is not None:
            _positive([n := operator.index(n)])
        return _transformed(name, kind, forward, x, (d,), [-1 if n is None else n], norm, out)
    return _titled(function, name, text + " along axis `dim`, after cutting it or filling it up with zeros to n points.")


def _along_many(name: str, kind: type[Transform], forward: bool, text: str):
    def function(input, s=None, dim=None, norm: str | None = None, *, out=None):
        x = _checked(input, name, kind is FftR2C)
        return _transformed(name, kind, forward, x, *_axes(x, s, dim), norm, out)
    return _titled(function, name, text + " along the axes `dim` (by default the last, as many as `s` has sizes; without s, all), after cutting them or "
                                          "filling them up with zeros to the sizes s (-1: as they are).")


def _along_two(name: str, many, text: str):
    def function(input, s=None, dim=(-2, -1), norm: str | None = None, *, out=None):
        return many(input, s, dim, norm, out=out)
    return _titled(function, name, text + " along two axes, the last by default, after cutting them or filling them up with zeros to the sizes s.")


def _titled(function, name: str, text: str):
    function.__name__ = function.__qualname__ = name
    function.__doc__ = text + (" norm says what divides: \"forward\" this way by the number of points, \"backward\" (default) the way back, \"ortho\" both by "
                               "its root.")
    return full_precision(function)


_FFT, _IFFT = "Σ_j x[j] exp(-2πi jk/n)", "1/n Σ_j x[j] exp(2πi jk/n)"
_RFFT, _IRFFT = "The first n/2 + 1 terms of fft of a real signal", "The real signal (by default of even length) whose rfft is given"
_HFFT, _IHFFT = "fft of a signal with Hermitian symmetry, of which one half is given: real", "The inverse of hfft: the half of ifft of a real signal"

fft, ifft = _along_one("fft", FftC2C, True, _FFT), _along_one("ifft", FftC2C, False, _IFFT)
rfft, irfft = _along_one("rfft", FftR2C, True, _RFFT), _along_one("irfft", FftC2R, False, _IRFFT)
hfft, ihfft = _along_one("hfft", FftC2R, True, _HFFT), _along_one("ihfft", FftR2C, False, _IHFFT)
fftn, ifftn = _along_many("fftn", FftC2C, True, _FFT), _along_many("ifftn", FftC2C, False, _IFFT)
rfftn, irfftn = _along_many("rfftn", FftR2C, True, _RFFT), _along_many("irfftn", FftC2R, False, _IRFFT)
hfftn, ihfftn = _along_many("hfftn", FftC2R, True, _HFFT), _along_many("ihfftn", FftR2C, False, _IHFFT)
fft2, ifft2 = _along_two("fft2", fftn, _FFT), _along_two("ifft2", ifftn, _IFFT)
rfft2, irfft2 = _along_two("rfft2", rfftn, _RFFT), _along_two("irfft2", irfftn, _IRFFT)
hfft2, ihfft2 = _along_two("hfft2", hfftn, _HFFT), _along_two("ihfft2", ihfftn, _IHFFT)


# ----------------------------------------------------------------------------------------------------------- frequencies, shifts
def _frequencies(count: int, order, n: int, d: float, dtype, out, requires_grad: bool, name: str):
    kind = dt.as_dtype(dtype) if dtype is not None else out.dtype if out is not None else dt.default_dtype()
    if kind.category < 2:
        raise RuntimeError(f"{name} requires a floating point or complex dtype")
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    steps = order(arange(count, dtype=kind))
    result = steps * (1.0 / (n * d) if n * d else float("inf"))
    return into(out, result.requires_grad_() if requires_grad else result, name)


def fftfreq(n: int, d: float = 1.0, *, out=None, dtype=None, layout=None, device=None, requires_grad: bool = False) -> Tensor:
    """The frequencies of fft's n terms, for samples `d` apart: [0, 1, …, (n - 1) // 2, -(n // 2), …, -1] / (n d)"""
    def wrapped(k):
        half = (n + 1) // 2
        k[half:] -= n
        return k
    return _frequencies(n, wrapped, n, d, dtype, out, requires_grad, "fftfreq")


def rfftfreq(n: int, d: float = 1.0, *, out=None, dtype=None, layout=None, device=None, requires_grad: bool = False) -> Tensor:
    """The frequencies of rfft's terms of n samples `d` apart: [0, 1, …, n // 2] / (n d)"""
    return _frequencies(n // 2 + 1, lambda k: k, n, d, dtype, out, requires_grad, "rfftfreq")


def _shift_axes(input, dim, name: str):
    x = need_tensor(input, name)
    if dim is None:
        return x, tuple(range(x.ndim))
    return x, tuple(wrap_dim(d, x.ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,)))


def fftshift(input, dim=None) -> Tensor:
    """The terms of fft in the order of frequency, 0 in the middle, along the axes `dim` (all by default)."""
    x, dims = _shift_axes(input, dim, "fftshift")
    return roll(x, tuple(x.shape[d] // 2 for d in dims), dims)


def ifftshift(input, dim=None) -> Tensor:
    """The inverse of fftshift."""
    x, dims = _shift_axes(input, dim, "ifftshift")
    return roll(x, tuple((x.shape[d] + 1) // 2 for d in dims), dims)


__all__ = []
