"""Reductions: axes summed, multiplied, compared away."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from .common import all_dims, into, need_tensor, record
from .movement import expand, reshape


class Reduction(Op, abstract=True):
    """A page that does away with the axes `dims` (all sorted, from the front), or leaves them as size 1."""

    dims: tuple[int, ...]
    keepdim: bool = False
    kind = "add"            # the element language's name of what combines

    def shape(self, x):
        return tuple(1 if d in self.dims else n for d, n in enumerate(x.shape) if self.keepdim or d not in self.dims)

    def at(self, i, x, k):
        """The element of `x` at the kept indices `i` and the reduced ones `k`."""
        kept = iter([a for d, a in enumerate(i) if not (self.keepdim and d in self.dims)])
        reduced = iter(k)
        return x[tuple(next(reduced) if d in self.dims else next(kept) for d in range(len(x.shape)))]

    def element(self, i, x):
        return el.reduce(self.kind, tuple(x.shape[d] for d in self.dims), lambda *k: self.at(i, x, k))

    def over(self, g, x):
        """`g` of the result's shape, repeated over the reduced axes to the shape of `x`."""
        return expand(reshape(g, tuple(1 if d in self.dims else n for d, n in enumerate(x.shape))), x.shape)


def reduction_samples():
    """What every reduction is tested on."""
    return [(normal(3, 4), (0,), False), (normal(3, 4), (0, 1), True), (normal(2, 3, 4), (1,), False), (normal(), (), False), (normal(3), (0,), False)]


class Sum(Reduction):
    """out = Σ over `dims` of x; integers are summed as int64."""

    types = "keep"

    def compute(self, x):
        return dt.int64 if x.dtype.category < 2 else x.dtype

    def dtype(self, x):
        return self.compute(x)

    def reference(self, x):        return np.sum(x, axis=self.dims, keepdims=self.keepdim)
    def gradient(self, g, out, x): return self.over(g, x)

    samples = lambda: [*reduction_samples(), (normal(0, 3), (0,), False)]


class _SumDim(Sum):
    backward = "SumBackward1"


class Mean(Reduction):
    """out = (Σ over `dims` of x) / count"""

    def reference(self, x):
        return np.mean(x, axis=self.dims, keepdims=self.keepdim)

    def element(self, i, x):
        count = 1
        for d in self.dims:
            count *= x.shape[d]
        return super().element(i, x) / count

    def gradient(self, g, out, x):
        count = 1
        for d in self.dims:
            count *= x.shape[d]
        return self.over(g / count if count else g * float("nan"), x)

    samples = reduction_samples


class _MeanDim(Mean):
    backward = "MeanBackward1"


def sum(input, dim=None, keepdim: bool = False, *, dtype=None, out=None):
    """Σ over the axes `dim` (all by default). Integers give int64 unless `dtype` says otherwise."""
    x = need_tensor(input, "sum")
    if dtype is not None:
        x = x.to(dtype)
    page = Sum if dim is None and not keepdim else _SumDim
    result = record(page(all_dims(dim, x.ndim), bool(keepdim)), x)
    return into(out, result if dtype is None or result.dtype is dtype else result.to(dtype), "sum")


def mean(input, dim=None, keepdim: bool = False, *, dtype=None, out=None):
    """The mean over the axes `dim` (all by default) of a floating or complex tensor."""
    x = need_tensor(input, "mean")
    if dtype is not None:
        x = x.to(dtype)
    if x.dtype.category < 2:
        raise RuntimeError(f"mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {x.dtype._title}; "
                           "use .float().mean() or mean(dtype=torch.float32)")
    page = Mean if dim is None and not keepdim else _MeanDim
    return into(out, record(page(all_dims(dim, x.ndim), bool(keepdim)), x), "mean")

__all__ = [
    "sum", "mean",
]
