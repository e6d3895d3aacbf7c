"""Reductions that add, multiply and ask: axes summed, multiplied, or questioned away."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from ..core.shape import wrap_dim
from .autocast import full_precision
from .common import Tensor, all_dims, cast, into, need_tensor, numel, numpy_names, record
from .elementwise import Where, conj_of
from .gather import GatherSum
from .movement import expand, reshape, unsqueeze
from .pointwise import masked
from .scan import products_before
from .summation import total


class Collapse(Op, abstract=True):
    """A page that does away with the axes `dims` (all sorted, from the front), or leaves them as size 1."""

    dims: tuple[int, ...]
    keepdim: bool = False

    def shape(self, x):
        return tuple(1 if d in self.dims else n for d, n in enumerate(x.shape) if self.keepdim or d not in self.dims)

    def at(self, i, x, k):
        """The element of `x` at the kept indices `i` and the reduced ones `k`."""
        kept = iter([a for d, a in enumerate(i) if not (self.keepdim and d in self.dims)])
        reduced = iter(k)
        return x[tuple(next(reduced) if d in self.dims else next(kept) for d in range(len(x.shape)))]

    def count(self, x) -> int:
        """How many elements of `x` make one of the result."""
        return numel([x.shape[d] for d in self.dims])

    def over(self, g, x):
        """`g` of the result's shape, repeated over the reduced axes to the shape of `x`."""
        return expand(reshape(g, tuple(1 if d in self.dims else n for d, n in enumerate(x.shape))), x.shape)


class Reduction(Collapse, abstract=True):
    """A page that combines the elements over `dims` by what the element language calls `kind`."""

    kind = "add"

    def element(self, i, x):
        return el.reduce(self.kind, tuple(x.shape[d] for d in self.dims), lambda *k: self.at(i, x, k))


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

    def reference(self, x):        return total(x, self.dims, self.keepdim)
    def gradient(self, g, out, x): return self.over(g, x)

    samples = lambda: [*reduction_samples(), (normal(0, 3), (0,), False)]


class SumDim(Sum):
    """Σ over given `dims`: PyTorch has another name for its derivative."""

    backward = "SumBackward1"


class NanSum(Sum):
    """out = Σ over `dims` of x, NaN counting as 0"""

    saves = ("x",)
    backward = "NansumBackward0"

    def reference(self, x):
        return total(np.where(np.isnan(x), 0, x) if x.dtype.kind in "fc" else x, self.dims, self.keepdim)

    def element(self, i, x):
        def value(*k):
            return el.where(el.call("isnan", self.at(i, x, k)), 0, self.at(i, x, k))
        return el.total(*[x.shape[d] for d in self.dims], value)

    def gradient(self, g, out, x):
        return masked(x == x, self.over(g, x))

    samples = lambda: [*reduction_samples(), (np.array([[1.0, np.nan], [2.0, 3.0]]), (0,), False)]


class Mean(Reduction):
    """out = (Σ over `dims` of x) / count"""

    def reference(self, x):
        with np.errstate(all="ignore"):
            return np.divide(total(x, self.dims, self.keepdim), x.dtype.type(self.count(x)))

    def element(self, i, x):
        return super().element(i, x) / self.count(x)

    def gradient(self, g, out, x):
        count = self.count(x)
        return self.over(g / count if count else g * float("nan"), x)

    samples = reduction_samples


class MeanDim(Mean):
    """The mean over given `dims`: PyTorch has another name for its derivative."""

    backward = "MeanBackward1"


class Prod(Reduction):
    """out = Π over `dims` of x; integers are multiplied as int64. At zeros, too, the derivative is the product of the others."""

    types = "keep"
    kind = "mul"
    saves = ("x",)

    def compute(self, x):
        return dt.int64 if x.dtype.category < 2 else x.dtype

    def dtype(self, x):
        return self.compute(x)

    def reference(self, x):
        return np.prod(x, axis=self.dims, keepdims=self.keepdim)

    def gradient(self, g, out, x):
        others = x if x.ndim == 1 or len(self.dims) == 1 else reshape(x, (-1,))
        d = self.dims[0] if len(self.dims) == 1 else 0
        if not x.ndim:
            return g
        others = products_before(others, d) * products_before(others, d, backwards=True)
        return self.over(g, x) * conj_of(reshape(others, x.shape))

    samples = lambda: [*reduction_samples(), (np.array([[1.0, 0.0, 3.0], [0.0, 2.0, 0.0]]), (1,), False)]


class ProdDim(Prod):
    """The product over one given axis: PyTorch has another name for its derivative."""

    backward = "ProdBackward1"


class Any(Reduction):
    """Whether an element over `dims` is not 0; for uint8 the answer is uint8."""

    types = "keep"
    kind = "any"

    def dtype(self, x):
        return dt.uint8 if x.dtype is dt.uint8 else dt.bool_

    def reference(self, x):
        return np.any(x != 0, axis=self.dims, keepdims=self.keepdim)

    def element(self, i, x):
        return el.reduce(self.kind, tuple(x.shape[d] for d in self.dims), lambda *k: self.at(i, x, k).__ne__(0))

    samples = lambda: [(normal(3, 4) > 1, (0,), False), (normal(2, 3, 4), (0, 2), True), (normal(0, 3), (0,), False), (normal(), (), False)]


class All(Any):
    """Whether no element over `dims` is 0; for uint8 the answer is uint8."""

    kind = "all"

    def reference(self, x):
        return np.all(x != 0, axis=self.dims, keepdims=self.keepdim)


def chosen_gradient(g, index, dim: int, keepdim: bool, x):
    """The gradient of a reduction over `dim` that returned x[index]: `g` at the index, zeros elsewhere."""
    if x.shape and not keepdim:
        g, index = unsqueeze(g, dim), unsqueeze(index, dim)
    return record(GatherSum(dim, tuple(x.shape)), g, index)


class HashTensor(Collapse):
    """The exclusive or, over `dims`, of the elements' bits as uint64: of the number as float64, or as int64."""

    def compute(self, x):
        if x.dtype.is_complex:
            raise NotImplementedError(f'"xor_sum_cpu" not implemented for \'{x.dtype._title}\'')
        return dt.float64 if x.dtype.is_floating_point else dt.int64

    def dtype(self, x):
        return dt.uint64

    def reference(self, x):
        return np.bitwise_xor.reduce(x.view(np.uint64), axis=self.dims, keepdims=self.keepdim)

    samples = lambda: [(normal(3, 4), (0,)), (np.arange(6).reshape(2, 3), (0, 1), True), (normal(), ())]


# ------------------------------------------------------------------------------------------------------------- the functions
def _converted(name: str, input, dtype, out=None):
    """The input in the type in which it is to be reduced (that of `out` unless given), and that type or None."""
    x = need_tensor(input, name)
    dtype = dt.as_dtype(dtype) if dtype is not None else out.dtype if isinstance(out, Tensor) else None
    return (x, None) if dtype is None else (cast(x, dtype), dtype)


def _finished(result, dtype, out, name):
    if dtype is not None:
        result = cast(result, dtype)
    return result if out is None else into(out, result, name)


@numpy_names
def sum(input, dim=None, keepdim: bool = False, *, dtype=None, out=None):
    """Σ over the axes `dim` (all by default). Integers give int64; `dtype` converts the input first."""
    x, dtype = _converted("sum", input, dtype, out)
    page = Sum if dim is None and not keepdim else SumDim
    return _finished(record(page(all_dims(dim, x.ndim), bool(keepdim)), x), dtype, out, "sum")


@numpy_names
def nansum(input, dim=None, keepdim: bool = False, *, dtype=None, out=None):
    """Σ over the axes `dim` (all by default), NaN counting as 0. RuntimeError for complex tensors."""
    x = need_tensor(input, "nansum")
    if x.dtype.is_complex:
        raise RuntimeError(f"nansum does not support complex inputs, got {x.dtype}")
    if x.dtype.is_floating_point and dtype is not None and not dt.as_dtype(dtype).is_floating_point:
        x = record(Where(), x != x, 0, x)               # before NaN becomes a number
    x, dtype = _converted("nansum", x, dtype, out)
    if not x.dtype.is_floating_point:
        return sum(x, dim, keepdim, dtype=dtype, out=out)
    return _finished(record(NanSum(all_dims(dim, x.ndim), bool(keepdim)), x), dtype, out, "nansum")


@numpy_names
def mean(input, dim=None, keepdim: bool = False, *, dtype=None, out=None):
    """The mean over the axes `dim` (all by default) of a floating or complex tensor; `dtype` converts the input first."""
    x, _ = _converted("mean", input, dtype)
    if x.dtype.category < 2:
        raise RuntimeError(f"mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {x.dtype._title}; "
                           "use .float().mean() or mean(dtype=torch.float32)")
    page = Mean if dim is None and not keepdim else MeanDim
    return into(out, record(page(all_dims(dim, x.ndim), bool(keepdim)), x), "mean")


@numpy_names
def nanmean(input, dim=None, keepdim: bool = False, *, dtype=None, out=None):
    """The mean over the axes `dim` (all by default) of the elements that are not NaN."""
    x = need_tensor(input, "nanmean")
    if x.dtype.category < 2:
        raise RuntimeError(f"nanmean(): expected input to have floating point or complex dtype but got {x.dtype._title}")
    total = nansum(x, dim, keepdim, dtype=dtype)
    return into(out, total / sum(x == x, dim, keepdim), "nanmean")


@numpy_names
@full_precision
def prod(input, dim=None, keepdim: bool = False, *, dtype=None, out=None):
    """Π over the axis `dim` (over all by default). Integers give int64; `dtype` converts the input first."""
    x, dtype = _converted("prod", input, dtype, out)
    if dim is None:
        return _finished(record(Prod(all_dims(None, x.ndim), bool(keepdim)), x), dtype, out, "prod")
    dims = (wrap_dim(dim, x.ndim),) if x.ndim else all_dims(dim, 0)
    return _finished(record(ProdDim(dims, bool(keepdim)), x), dtype, out, "prod")


def _asking(page, name: str):
    @numpy_names
    def function(input, dim=None, keepdim: bool = False, *, out=None):
        x = need_tensor(input, name)
        if dim == ():                                   # over no axes: each element by itself
            return into(out, cast(x != 0, dt.uint8) if x.dtype is dt.uint8 else x != 0, name)
        return into(out, record(page(all_dims(dim, x.ndim), bool(keepdim)), x), name)
    function.__name__ = function.__qualname__ = name
    return function


any = _asking(Any, "any")
any.__doc__ = "Whether an element over the axes `dim` (all by default) is not 0: a bool tensor, for uint8 a uint8 one."
all = _asking(All, "all")
all.__doc__ = "Whether no element over the axes `dim` (all by default) is 0: a bool tensor, for uint8 a uint8 one."


def hash_tensor(input, dim=(), *, keepdim: bool = False, mode: int = 0, out=None):
    """A hash of the elements over the axes `dim` (all by default): the exclusive or of their bits, uint64. RuntimeError for another mode than 0."""
    x = need_tensor(input, "hash_tensor")
    if mode != 0:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    dims = all_dims(dim, x.ndim)
    if not x.numel():
        if dim in ((), None):
            raise RuntimeError("hash_tensor: Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.")
        for d in dims:
            if x.shape[d] == 0:
                raise IndexError(f"hash_tensor: Expected reduction dim {d} to have non-zero size.")
    return into(out, record(HashTensor(dims, bool(keepdim)), x), "hash_tensor")


__all__ = ["all", "any", "hash_tensor", "mean", "nanmean", "nansum", "prod", "sum"]
