"""Softmax and its logarithm along one axis, and the logarithm of a sum of exponentials."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from ..core.shape import wrap_dim
from .common import Tensor, all_dims, cast, into, need_tensor, numpy_names, record
from .elementwise import conj_of
from .reduce import Reduction, reduction_samples


class _Along(Op, abstract=True):
    """A page along one axis `dim`, counted from the front; a 0-d tensor has one nominal axis."""

    dim: int
    axes = "... -> ..."

    def compute(self, *inputs):
        if inputs[0].dtype.category != 2:
            raise NotImplementedError(f'"{self.name}" not implemented for \'{inputs[0].dtype._title}\': it takes floating types; convert with .float() '
                                      "or give dtype=")
        return inputs[0].dtype

    def line(self, i, x):
        """The length of the axis, and the element of `x` at place k of it, beside the index `i`."""
        d = self.dim
        return (x.shape[d] if x.shape else 1), lambda k: x[(*i[:d], k, *i[d + 1:])]

    samples = lambda: [(normal(3, 4), 1), (normal(3, 4), 0), (normal(2, 3, 4) * 50, 1), (normal(), 0), (normal(0, 3), 1)]


def _shifted(x, dim):
    """`x` minus the greatest along the axis."""
    return x - np.max(x, axis=dim, keepdims=True, initial=-np.inf) if x.ndim else x - x


class Softmax(_Along):
    """out[…, k, …] = e^x[k] / Σ_j e^x[j]"""

    saves = ("out",)

    def reference(self, x):
        e = np.exp(_shifted(x, self.dim))
        return e / e.sum(axis=self.dim if x.ndim else None, keepdims=True)

    def element(self, i, x):
        n, at = self.line(i, x)
        peak = el.maximum_over(n, at)
        return el.call("exp", x[i] - peak) / el.total(n, lambda k: el.call("exp", at(k) - peak))

    def gradient(self, g, out, x):
        return record(SoftmaxGradient(self.dim), g, out)


class SoftmaxGradient(_Along):
    """out = y · (g - Σ_k g[k] y[k]), the gradient of y = softmax(x)"""

    axes = "..., ... -> ..."
    saves = ("h", "y")

    def reference(self, g, y):
        return y * (g - (g * y).sum(axis=self.dim if y.ndim else None, keepdims=True))

    def element(self, i, g, y):
        n, at = self.line(i, g)
        _, to = self.line(i, y)
        return (g[i] - el.total(n, lambda k: at(k) * to(k))) * y[i]

    def gradient(self, g, out, h, y):
        def along(a):
            return a.sum(self.dim, keepdim=True) if a.ndim else a
        return lambda: record(self, g, y), lambda: g * (h - along(h * y)) - h * along(g * y)

    samples = lambda: [(normal(3, 4), normal(3, 4, seed=3), 1), (normal(3, 4), normal(3, 4, seed=3), 0), (normal(), normal(seed=3), 0)]


class LogSoftmax(_Along):
    """out[…, k, …] = x[k] - log Σ_j e^x[j]"""

    saves = ("out",)

    def reference(self, x):
        shifted = _shifted(x, self.dim)
        return shifted - np.log(np.exp(shifted).sum(axis=self.dim if x.ndim else None, keepdims=True))

    def element(self, i, x):
        n, at = self.line(i, x)
        peak = el.maximum_over(n, at)
        return x[i] - peak - el.call("log", el.total(n, lambda k: el.call("exp", at(k) - peak)))

    def gradient(self, g, out, x):
        return record(LogSoftmaxGradient(self.dim), g, out)


class LogSoftmaxGradient(_Along):
    """out = g - e^y Σ_k g[k], the gradient of y = log softmax(x)"""

    axes = "..., ... -> ..."
    saves = ("h", "y")

    def reference(self, g, y):
        return g - np.exp(y) * g.sum(axis=self.dim if y.ndim else None, keepdims=True)

    def element(self, i, g, y):
        n, at = self.line(i, g)
        return g[i] - el.call("exp", y[i]) * el.total(n, at)

    def gradient(self, g, out, h, y):
        def along(a):
            return a.sum(self.dim, keepdim=True) if a.ndim else a
        return lambda: g - along(g * y.exp()), lambda: -g * y.exp() * along(h)

    samples = SoftmaxGradient.samples


class LogSumExp(Reduction):
    """out = log Σ e^x over `dims`, without overflow"""

    types = "float"
    saves = ("x", "out")
    backward = "LogsumexpBackward0"

    def reference(self, x):
        peak = np.max(x.real, axis=self.dims, keepdims=True, initial=-np.inf)
        peak = np.where(np.isfinite(peak), peak, 0)
        out = np.log(np.sum(np.exp(x - peak), axis=self.dims, keepdims=True)) + peak
        return out if self.keepdim else out.reshape(self.shape(x))

    def element(self, i, x):
        sizes = tuple(x.shape[d] for d in self.dims)
        peak = el.reduce("max", sizes, lambda *k: self.at(i, x, k))
        peak = el.where((peak - peak).__eq__(0), peak, 0)          # an infinite peak cannot be taken away
        return el.call("log", el.reduce("add", sizes, lambda *k: el.call("exp", self.at(i, x, k) - peak))) + peak

    def gradient(self, g, out, x):
        return self.over(g, x) * conj_of((x - self.over(out, x)).exp())

    samples = lambda: [*reduction_samples(), (normal(3, 4) * 300, (1,), False)]


def _along(page, name: str, input, dim, dtype):
    x = need_tensor(input, name)
    if dtype is not None:
        x = cast(x, dt.as_dtype(dtype))
    return record(page(wrap_dim(dim, x.ndim)), x)


@numpy_names
def softmax(input: Tensor, dim: int, dtype=None, *, out=None) -> Tensor:
    """e^x / Σ e^x along axis `dim`; `dtype` converts the input first. NotImplementedError for integers."""
    return into(out, _along(Softmax, "softmax", input, dim, dtype), "softmax")


@numpy_names
def log_softmax(input: Tensor, dim: int, dtype=None, *, out=None) -> Tensor:
    """log(e^x / Σ e^x) along axis `dim`, without overflow; `dtype` converts the input first. NotImplementedError for integers."""
    return into(out, _along(LogSoftmax, "log_softmax", input, dim, dtype), "log_softmax")


@numpy_names
def logsumexp(input: Tensor, dim, keepdim: bool = False, *, out=None) -> Tensor:
    """log Σ e^x over the axes `dim`, without overflow."""
    x = need_tensor(input, "logsumexp")
    return into(out, record(LogSumExp(all_dims(dim, x.ndim), bool(keepdim)), x), "logsumexp")


__all__ = ["log_softmax", "logsumexp", "softmax"]
