"""Sorting, and what stands at a given place in the order. NaN is greater than all numbers."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from ..core.shape import wrap_dim
from .common import Tensor, apart, into, need_tensor, numpy_names, record
from .elementwise import Where
from .gather import GatherSum
from .reduce import chosen_gradient
from .returns import return_type
from .selection import greatest, kth, ordering, sorting


class _Chosen(Op, abstract=True):
    """A page that picks elements along axis `dim` and says where they stood: (values, indices)."""

    dim: int
    outputs = 2
    takes = (0, 1, 2)
    saves = ("out",)

    def compute(self, x):
        if x.dtype.category not in self.takes:
            raise self.refusal(x.dtype)
        return x.dtype

    def refusal(self, dtype):
        """The error for a dtype without the order that this needs."""
        if dtype is dt.bool_:
            return NotImplementedError(f'"{self.name}_cpu" not implemented for \'Bool\'')
        return RuntimeError(f" {type(self).__name__} does not support complex dtypes on CPU: complex numbers have no order")

    def dtype(self, x):
        return x.dtype, dt.int64

    def picked(self, x, at):
        """The elements of `x` at the indices `at` along the axis, and these."""
        return np.take_along_axis(x, at, self.dim), at


class Sort(_Chosen):
    """x in ascending (descending) order along `dim`, and where each stood; equal elements in their given order if `stable`, else as PyTorch has them"""

    descending: bool = False
    stable: bool = False

    def shape(self, x):
        return x.shape, x.shape

    def reference(self, x):
        if not x.ndim:
            return x, np.zeros((), np.int64)
        return self.picked(x, (ordering if self.stable else sorting)(x, self.dim, self.descending))

    def gradient(self, g, out, x):
        return record(GatherSum(self.dim, tuple(x.shape)), g[0], out[1])

    samples = lambda: [(normal(3, 4), 0), (normal(3, 4), 1, True), (normal(2, 3, 4), 1, False, True), (normal(), 0), (normal(0, 3), 0),
                       (np.array([2, 1, 2, 1]), 0, True), (np.arange(40) % 3, 0)]


class SortStable(Sort):
    """The same, asked for with stable=: PyTorch has another name for its derivative."""

    backward = "SortBackward1"


class TopK(_Chosen):
    """The `k` greatest (least) along `dim`, in order or not, and where they stood"""

    k: int
    largest: bool = True
    in_order: bool = True
    backward = "TopkBackward0"
    takes = (1, 2)

    def refusal(self, dtype):
        return RuntimeError(f"topk does not support {'bool' if dtype is dt.bool_ else 'complex'} dtypes on CPU")

    def shape(self, x):
        kept = tuple(self.k if d == self.dim else n for d, n in enumerate(x.shape))
        return kept, kept

    def reference(self, x):
        return self.picked(x, greatest(x, self.dim, self.k, self.largest, self.in_order)) if x.ndim else (x, np.zeros((), np.int64))

    def gradient(self, g, out, x):
        return record(GatherSum(self.dim, tuple(x.shape)), g[0], out[1])

    samples = lambda: [(normal(3, 4), 1, 2), (normal(3, 4), 0, 2, False), (normal(), 0, 1), (normal(3, 4), 1, 0), (normal(9), 0, 5, True, False),
                       (np.arange(12) % 3, 0, 5)]


class _One(_Chosen, abstract=True):
    """A page that picks one element along axis `dim`, which goes or stays as size 1."""

    keepdim: bool = False
    takes = (1, 2)

    def shape(self, x):
        kept = tuple(1 if d == self.dim else n for d, n in enumerate(x.shape) if self.keepdim or d != self.dim)
        return kept, kept

    def find(self, x):
        """The index of the element along the axis, which stays as size 1."""
        raise NotImplementedError

    def reference(self, x):
        if not x.ndim:
            return x, np.zeros((), np.int64)
        value, at = self.picked(x, self.find(x))
        return (value, at) if self.keepdim else (value.squeeze(self.dim), at.squeeze(self.dim))

    def gradient(self, g, out, x):
        return chosen_gradient(g[0], out[1], self.dim, self.keepdim, x)

    samples = lambda: [(normal(3, 5), 0, False), (normal(3, 5), 1, True), (normal(), 0, False)]


class KthValue(_One):
    """The k-th least along `dim`, and where it stood"""

    k: int = 1
    backward = "KthvalueBackward0"

    def find(self, x):
        return kth(x, self.dim, self.k - 1)

    samples = lambda: [(normal(3, 5), 0, False, 2), (normal(3, 5), 1, True, 5), (normal(), 0, False, 1)]


class MedianDim(_One):
    """The lower median along `dim`, and where it stood; NaN if there is one"""

    backward = "MedianBackward1"

    def find(self, x):
        order = ordering(x, self.dim)
        middle = np.take(order, [(x.shape[self.dim] - 1) // 2], axis=self.dim)
        if x.dtype.kind != "f":
            return middle
        missing = np.isnan(x)
        return np.where(missing.any(self.dim, keepdims=True), missing.argmax(self.dim, keepdims=True), middle)


class NanMedianDim(_One):
    """The lower median along `dim` of what is not NaN, and where it stood"""

    backward = "NanmedianBackward1"

    def find(self, x):
        there = np.sum(x == x, axis=self.dim, keepdims=True)
        return np.take_along_axis(ordering(x, self.dim), np.maximum(there - 1, 0) // 2, self.dim)


class Mode(_One):
    """The most frequent element along `dim`, of several the least, and where one of it stood"""

    takes = (0, 1, 2)

    def find(self, x):
        order = sorting(x, self.dim)
        ranked = np.moveaxis(np.take_along_axis(x, order, self.dim), self.dim, -1)
        first = np.ones(ranked.shape, bool)
        first[..., 1:] = ranked[..., 1:] != ranked[..., :-1]
        place = np.arange(ranked.shape[-1])
        run = place - np.maximum.accumulate(np.where(first, place, 0), axis=-1)         # how many equal ones stand before
        return np.take_along_axis(order, np.moveaxis(run.argmax(-1, keepdims=True), -1, self.dim), self.dim)

    samples = lambda: [(np.array([[1.0, 2.0, 2.0, 3.0, 3.0], [4.0, 1.0, 4.0, 1.0, 0.0]]), 1, False), (normal(3, 2), 0, True), (normal(), 0, False)]
    no_gradient_test = "jumps where elements are equal"


class Median(Op):
    """The lower median of all elements; NaN if there is one; equals share the gradient"""

    saves = ("x", "out")

    def shape(self, x):
        return ()

    def compute(self, x):
        if x.dtype.category not in (1, 2):
            raise NotImplementedError(f"\"median_cpu\" not implemented for '{x.dtype._title}'")
        return x.dtype

    def reference(self, x):
        flat = x.reshape(-1)
        if not flat.size:
            return np.array(np.nan if x.dtype.kind == "f" else np.iinfo(x.dtype).min)
        return flat[MedianDim(0, True).find(flat)[0]]

    def gradient(self, g, out, x):
        there = (x == out) | ((out != out) & (x != x))
        return record(Where(), there, g / there.sum(), 0)

    samples = lambda: [(normal(3, 5),), (normal(),), (normal(4),)]


class NanMedian(Median):
    """The lower median of all elements that are not NaN; equals share the gradient"""

    backward = "NanmedianBackward0"

    def reference(self, x):
        flat = x.reshape(-1)
        return flat[NanMedianDim(0, True).find(flat)[0]] if flat.size else Median.reference(self, x)


# ------------------------------------------------------------------------------------------------------------- the functions
_sort_type, _topk_type = return_type("sort", "values", "indices"), return_type("topk", "values", "indices")


@numpy_names
def sort(input, dim: int = -1, descending: bool = False, stable: bool | None = None, *, out=None):
    """The elements in ascending order along axis `dim`, and where each stood: (values, indices). Equal elements keep their order if `stable`."""
    x = need_tensor(input, "sort")
    page = Sort if stable is None else SortStable
    return into(out, _sort_type(record(page(wrap_dim(dim, x.ndim), bool(descending), bool(stable)), x)), "sort")


@numpy_names
def argsort(input, dim: int = -1, descending: bool = False, stable: bool = False, *, out=None):
    """The indices that put the elements in ascending order along axis `dim`."""
    return into(out, sort(input, dim, descending, stable or None)[1], "argsort")


def msort(input, *, out=None):
    """The elements in ascending order along the first axis."""
    return into(out, sort(need_tensor(input, "msort"), 0)[0], "msort")


@numpy_names
def topk(input, k: int, dim: int = -1, largest: bool = True, sorted: bool = True, *, out=None):
    """The `k` greatest (or least) elements along axis `dim`, in order if `sorted`, and where they stood: (values, indices)."""
    x = need_tensor(input, "topk")
    d, k = wrap_dim(-1 if dim is None else dim, x.ndim), int(k)
    if not 0 <= k <= (x.shape[d] if x.ndim else 1):
        raise RuntimeError(f"selected index k out of range: {k} of {x.shape[d] if x.ndim else 1} elements along dimension {d}")
    return into(out, _topk_type(record(TopK(d, k, bool(largest), bool(sorted)), x)), "topk")


def _picking(name: str, x: Tensor, dim) -> int:
    d = wrap_dim(dim, x.ndim)
    if x.ndim and x.shape[d] == 0:
        raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")
    return d


_kthvalue_type, _mode_type = return_type("kthvalue", "values", "indices"), return_type("mode", "values", "indices")


@numpy_names
def kthvalue(input, k: int, dim: int = -1, keepdim: bool = False, *, out=None):
    """The `k`-th least element along axis `dim` (counted from 1), and where it stood: (values, indices)."""
    x = need_tensor(input, "kthvalue")
    d = _picking("kthvalue", x, dim)
    if not 1 <= k <= (x.shape[d] if x.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {d}")
    apart(out, x)
    return into(out, _kthvalue_type(record(KthValue(d, bool(keepdim), int(k)), x)), "kthvalue")


@numpy_names
def mode(input, dim: int = -1, keepdim: bool = False, *, out=None):
    """The most frequent element along axis `dim`, and where one of it stood: (values, indices)."""
    x = need_tensor(input, "mode")
    return into(out, _mode_type(record(Mode(_picking("mode", x, dim), bool(keepdim)), x)), "mode")


def _medians(name: str, whole, along, text: str):
    made = return_type(name, "values", "indices")

    @numpy_names
    def function(input, dim=None, keepdim: bool = False, *, out=None):
        x = need_tensor(input, name)
        if dim is None:
            return into(out, record(whole(), x), name)
        return into(out, made(record(along(_picking(name, x, dim), bool(keepdim)), x)), name)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = text
    return function


median = _medians("median", Median, MedianDim, "The median, the lower of two: of all elements, or along an axis with where it stood: (values, indices).")
nanmedian = _medians("nanmedian", NanMedian, NanMedianDim, "The median, the lower of two, of what is not NaN: of all elements, or along an axis with where it "
                     "stood: (values, indices).")

__all__ = ["argsort", "kthvalue", "median", "mode", "msort", "nanmedian", "sort", "topk"]
