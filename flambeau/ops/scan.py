"""Scans: running sums, products and extremes along one axis."""
from __future__ import annotations

import math

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from ..core.shape import wrap_dim
from .common import Tensor, cast, into, need_tensor, numpy_names, record
from .elementwise import Where, conj_of, real_of
from .gather import GatherSum
from .returns import return_type


class Shift(Op):
    """out[…, k, …] = x[…, k - by, …] on axis `dim`, `fill` where there is none"""

    dim: int
    by: int
    fill: float
    types = "keep"
    axes = "... -> ..."

    def reference(self, x):
        out = np.full(x.shape, self.fill, x.dtype)
        n, to, source = x.shape[self.dim], [slice(None)] * x.ndim, [slice(None)] * x.ndim
        if abs(self.by) < n:
            to[self.dim] = slice(self.by, n) if self.by > 0 else slice(0, n + self.by)
            source[self.dim] = slice(0, n - self.by) if self.by > 0 else slice(-self.by, n)
            out[tuple(to)] = x[tuple(source)]
        return out

    def element(self, i, x):
        d = self.dim
        k = i[d] - self.by
        return el.where((k >= 0) & (k < x.shape[d]), x[(*i[:d], k, *i[d + 1:])], self.fill)

    def gradient(self, g, out, x):
        return record(Shift(self.dim, -self.by, 0), g)

    samples = lambda: [(normal(3, 4), 1, 1, 0), (normal(3, 4), 0, -2, 1), (normal(2), 0, 5, 1)]


def _doublings(n: int):
    """1, 2, 4, … below n: the steps in which a scan of n elements doubles its reach."""
    step = 1
    while step < n:
        yield step
        step *= 2


def products_before(x: Tensor, dim: int, backwards: bool = False) -> Tensor:
    """out[k] = Π_{j < k} x[j] (j > k backwards), by doubling: built of products only, so that zeros spoil no derivative of any order."""
    sign = -1 if backwards else 1
    out = record(Shift(dim, sign, 1), x)
    for step in _doublings(x.shape[dim]):
        out = out * record(Shift(dim, sign * step, 1), out)
    return out


def chained(g: Tensor, factor: Tensor, dim: int) -> Tensor:
    """s[k] = g[k] + factor[k] s[k + 1], a chain of affine maps composed by doubling."""
    for step in _doublings(g.shape[dim]):
        g = g + factor * record(Shift(dim, -step, 0), g)
        factor = factor * record(Shift(dim, -step, 0), factor)
    return g


class _Scan(Op, abstract=True):
    """A page along one axis `dim`; integers are added and multiplied as int64, a 0-d tensor is its own scan."""

    dim: int
    types = "keep"
    axes = "... -> ..."

    def compute(self, x):
        return dt.int64 if x.dtype.category < 2 else x.dtype

    def dtype(self, x):
        return self.compute(x)

    samples = lambda: [(normal(3, 4), 0), (normal(3, 4), 1), (normal(2, 3, 4), 1), (normal(), 0), (normal(0, 3), 0)]


def precise(x):
    """The type to accumulate in: double for floating numbers, as PyTorch does on the CPU."""
    return np.float64 if x.dtype.kind == "f" else np.complex128 if x.dtype.kind == "c" else x.dtype


class CumSum(_Scan):
    """out[k] = Σ_{j ≤ k} x[j], or Σ_{j ≥ k} backwards"""

    backwards: bool = False
    backward = "CumsumBackward0"

    def reference(self, x):
        if not x.ndim:
            return x
        if self.backwards:
            return np.flip(np.cumsum(np.flip(x, self.dim), axis=self.dim, dtype=precise(x)), self.dim)
        return np.cumsum(x, axis=self.dim, dtype=precise(x))

    def gradient(self, g, out, x):
        return record(CumSum(self.dim, not self.backwards), g)

    samples = lambda: [*_Scan.samples(), (normal(3, 4), 1, True)]


class CumProd(_Scan):
    """out[k] = Π_{j ≤ k} x[j]"""

    saves = ("x",)
    backward = "CumprodBackward0"

    def reference(self, x):
        return np.cumprod(x, axis=self.dim, dtype=precise(x)) if x.ndim else x

    def gradient(self, g, out, x):
        """dx[k] = Π_{j<k} x[j] · s[k] with s[k] = g[k] + x[k+1] s[k+1]"""
        if not x.ndim or not x.numel():
            return g
        z = conj_of(x)
        return products_before(z, self.dim) * chained(g, record(Shift(self.dim, -1, 0), z), self.dim)

    samples = lambda: [*_Scan.samples(), (np.array([1.0, 0.0, 3.0, 0.0, 2.0]), 0)]


class _CumExtreme(Op, abstract=True):
    """The running extreme of x along `dim`, and the last place at which it stood; NaN once one was met."""

    dim: int
    outputs = 2
    better = np.greater_equal

    def shape(self, x):
        return x.shape, x.shape

    def compute(self, x):
        if x.dtype.is_complex:
            raise NotImplementedError(f'"{self.name}" not implemented for \'{x.dtype._title}\': complex numbers have no order')
        return x.dtype

    def dtype(self, x):
        return x.dtype, dt.int64

    def reference(self, x):
        if not x.ndim:
            return x, np.zeros((), np.int64)
        best = self.ufunc.accumulate(x, axis=self.dim) if x.size else x
        there = np.equal(x, best) | (np.isnan(x) if x.dtype.kind == "f" else False)
        places = np.arange(x.shape[self.dim]).reshape([-1 if d == self.dim else 1 for d in range(x.ndim)])
        return best, np.maximum.accumulate(np.where(there, places, 0), axis=self.dim) if x.size else np.zeros(x.shape, np.int64)

    def gradient(self, g, out, x):
        if not x.shape:
            return g[0]
        return record(GatherSum(self.dim, tuple(x.shape)), g[0], out[1])

    saves = ("out",)
    samples = lambda: [(normal(3, 4), 0), (normal(2, 3, 4), 1), (normal(), 0), (np.array([1.0, 3.0, 4.0, 2.0]), 0), (normal(0, 3), 0)]


class CumMax(_CumExtreme):
    """out[k] = max_{j ≤ k} x[j], and the last j at which it is reached"""

    backward, ufunc = "CummaxBackward0", np.maximum


class CumMin(_CumExtreme):
    """out[k] = min_{j ≤ k} x[j], and the last j at which it is reached"""

    backward, ufunc = "CumminBackward0", np.minimum


class LogCumSumExp(Op):
    """out[k] = log Σ_{j ≤ k} e^x[j], without overflow"""

    dim: int
    axes = "... -> ..."
    saves = ("x", "out")
    backward = "LogcumsumexpBackward0"

    def compute(self, x):
        if x.dtype.category < 2:
            raise NotImplementedError(f'"logcumsumexp_out_cpu" not implemented for \'{x.dtype._title}\': it takes floating types')
        return x.dtype

    def reference(self, x):
        if not x.ndim or not x.size:
            return x
        x = x.astype(precise(x))
        return _complex_running(x, self.dim) if x.dtype.kind == "c" else np.logaddexp.accumulate(x, axis=self.dim)

    def gradient(self, g, out, x):
        """dx[k] = e^(x[k] - y[k]) r[k] with r[k] = g[k] + e^(y[k] - y[k+1]) r[k+1]; none of the factors overflows"""
        if not x.ndim or not x.numel():
            return g
        empty = real_of(out) == -math.inf               # nothing but e^-inf so far: no part of the sums
        y = record(Where(), empty, 0, out)
        factor = (y - record(Shift(self.dim, -1, math.inf), y)).exp()
        factor = conj_of(record(Where(), empty, 0, factor))
        return record(Where(), empty, 0, conj_of((x - y).exp())) * chained(g, factor, self.dim)

    samples = lambda: [(normal(3, 4), 0), (normal(3, 4) * 9, 1), (normal(), 0), (normal(0, 3), 0)]


def complex_logaddexp(a, b):
    """log(e^a + e^b) of complex numbers, the greater real part taken out first."""
    swap = b.real > a.real
    high, low = np.where(swap, b, a), np.where(swap, a, b)
    empty = np.isneginf(high.real)
    return np.where(empty, high, high + np.log1p(np.exp(low - np.where(empty, 0, high))))


def _complex_running(x, dim):
    out = np.moveaxis(x.copy(), dim, 0)
    for k in range(1, len(out)):
        out[k] = complex_logaddexp(out[k - 1], out[k])
    return np.moveaxis(out, 0, dim)


# ------------------------------------------------------------------------------------------------------------- the functions
def _scanner(page, name: str, text: str):
    @numpy_names
    def function(input, dim: int, *, dtype=None, out=None):
        x = need_tensor(input, name)
        if dtype is not None:
            x = cast(x, dt.as_dtype(dtype))
        result = record(page(wrap_dim(dim, x.ndim)), x)
        return into(out, result if dtype is None else cast(result, dt.as_dtype(dtype)), name)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = text
    return function


cumsum = _scanner(CumSum, "cumsum", "The running sums Σ_{j ≤ k} along axis `dim`. Integers give int64; `dtype` converts the input first.")
cumprod = _scanner(CumProd, "cumprod", "The running products Π_{j ≤ k} along axis `dim`. Integers give int64; `dtype` converts the input first.")
_cummax_type = return_type("cummax", "values", "indices")
_cummin_type = return_type("cummin", "values", "indices")


@numpy_names
def cummax(input, dim: int, *, out=None):
    """The running greatest values along axis `dim`, and where each last stood: (values, indices)."""
    x = need_tensor(input, "cummax")
    return into(out, _cummax_type(record(CumMax(wrap_dim(dim, x.ndim)), x)), "cummax")


@numpy_names
def cummin(input, dim: int, *, out=None):
    """The running least values along axis `dim`, and where each last stood: (values, indices)."""
    x = need_tensor(input, "cummin")
    return into(out, _cummin_type(record(CumMin(wrap_dim(dim, x.ndim)), x)), "cummin")


@numpy_names
def logcumsumexp(input, dim: int, *, out=None):
    """log of the running sums of e^input along axis `dim`, without overflow."""
    x = need_tensor(input, "logcumsumexp")
    return into(out, record(LogCumSumExp(wrap_dim(dim, x.ndim)), x), "logcumsumexp")


__all__ = ["cummax", "cummin", "cumprod", "cumsum", "logcumsumexp"]
