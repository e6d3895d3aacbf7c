"""Greatest and least elements, and where they are."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from ..core.shape import wrap_dim
from .common import Tensor, all_dims, into, need_tensor, numpy_names, record
from .magnitude import Maximum, Minimum
from .reduce import Reduction, chosen_gradient, reduction_samples
from .returns import return_type


def refuse_complex(name: str, x) -> None:
    """NotImplementedError: complex numbers have no order."""
    if x.dtype.is_complex:
        raise NotImplementedError(f'"{name}" not implemented for \'{x.dtype._title}\': complex numbers have no order')


class AMax(Reduction):
    """out = the greatest over `dims`; its gradient is shared evenly by the elements that reach it."""

    kind = "max"
    saves = ("x", "out")
    backward = "AmaxBackward0"

    def compute(self, x):
        refuse_complex(self.name, x)
        return x.dtype

    def reference(self, x):
        return np.max(x, axis=self.dims, keepdims=self.keepdim)

    def gradient(self, g, out, x):
        there = self.reaching(out, x)
        return self.over(g / there.sum(self.dims, keepdim=self.keepdim), x) * there

    def reaching(self, out, x):
        """Where `x` is the extreme."""
        return x == self.over(out, x)

    samples = lambda: [*reduction_samples(), (np.array([[1.0, 3.0], [3.0, 2.0]]), (0,), False)]


class AMin(AMax):
    """out = the least over `dims`; its gradient is shared evenly by the elements that reach it."""

    kind = "min"
    backward = "AminBackward0"

    def reference(self, x):
        return np.min(x, axis=self.dims, keepdims=self.keepdim)


class Max(AMax):
    """out = the greatest of all elements; where it is NaN, the NaN share the gradient."""

    backward = "MaxBackward1"

    def reaching(self, out, x):
        out = self.over(out, x)
        return (x == out) | ((out != out) & (x != x))


class Min(AMin):
    """out = the least of all elements; where it is NaN, the NaN share the gradient."""

    backward = "MinBackward1"
    reaching = Max.reaching


class AMaxOfBoth(AMax):
    """The greatest, as aminmax gives it."""

    backward = "AminmaxBackward0"


class AMinOfBoth(AMin):
    """The least, as aminmax gives it."""

    backward = "AminmaxBackward0"


class MaxDim(Op):
    """The greatest along axis `dim`, and the first index at which it stands; NaN is greater than all."""

    dim: int
    keepdim: bool = False
    outputs = 2
    saves = ("out",)
    backward = "MaxBackward0"

    def shape(self, x):
        kept = tuple(n for d, n in enumerate(x.shape) if d != self.dim) if not self.keepdim else \
            tuple(1 if d == self.dim else n for d, n in enumerate(x.shape))
        return kept, kept

    def compute(self, x):
        refuse_complex(self.name, x)
        return x.dtype

    def dtype(self, x):
        return x.dtype, dt.int64

    find = staticmethod(np.argmax)

    def reference(self, x):
        if not x.ndim:
            return x, np.zeros((), np.int64)
        at = self.find(x, axis=self.dim, keepdims=True)
        best = np.take_along_axis(x, at, self.dim)
        return (best, at) if self.keepdim else (best.squeeze(self.dim), at.squeeze(self.dim))

    def gradient(self, g, out, x):
        return chosen_gradient(g[0], out[1], self.dim, self.keepdim, x)

    samples = lambda: [(normal(3, 4), 0, False), (normal(3, 4), 1, True), (normal(2, 3, 4), 1, False), (normal(), 0, False), (normal(0, 3), 1, False)]


class MinDim(MaxDim):
    """The least along axis `dim`, and the first index at which it stands; NaN is less than all."""

    backward = "MinBackward0"
    find = staticmethod(np.argmin)


class ArgMax(Op):
    """The first index of the greatest along axis `dim`."""

    dim: int
    keepdim: bool = False

    def shape(self, x):
        return tuple(1 if d == self.dim else n for d, n in enumerate(x.shape) if self.keepdim or d != self.dim)

    def compute(self, x):
        if x.dtype.category in (0, 3):
            raise RuntimeError(f"{self.name}(): does not support {'bool' if x.dtype.category == 0 else 'complex'} input")
        return x.dtype

    def dtype(self, x):
        return dt.int64

    find = staticmethod(np.argmax)

    def reference(self, x):
        return self.find(x, axis=self.dim, keepdims=self.keepdim) if x.ndim else np.zeros((), np.int64)

    kind = "max"

    def element(self, i, x):
        if not x.ndim:
            return el.lift(0)
        rest = i[self.dim + self.keepdim:]
        at = lambda k: x[(*i[:self.dim], k, *rest)]
        best = el.reduce(self.kind, (x.shape[self.dim],), at)               # NaN if one is
        reached = lambda k: at(k).__eq__(best) | at(k).__ne__(at(k))
        return el.minimum_over(x.shape[self.dim], lambda k: el.where(reached(k), k, x.shape[self.dim]))

    samples = lambda: [(normal(3, 4), 0, False), (normal(3, 4), 1, True), (normal(), 0, False), (normal(0, 3), 1, False),
                       (np.array([[1.0, 5.0, 5.0], [np.nan, 7.0, np.nan]]), 1, False), (np.array([[3, 3, 1], [0, 1, 0]]), 1, True)]


class ArgMin(ArgMax):
    """The first index of the least along axis `dim`."""

    kind = "min"
    find = staticmethod(np.argmin)


# ------------------------------------------------------------------------------------------------------------- the functions
def _need_elements(name: str, x: Tensor, dims) -> None:
    """IndexError for an axis of size 0 that is to be reduced while something is to be returned."""
    for d in dims:
        if x.shape and x.shape[d] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


def _three_forms(name: str, whole, along, pairwise, text: str):
    made = return_type(name, "values", "indices")

    @numpy_names
    def function(input, dim=None, keepdim: bool = False, *, other=None, out=None):
        x = need_tensor(input, name)
        if isinstance(dim, Tensor):
            other, dim = dim, None
        if other is not None:
            if dim is not None:
                raise TypeError(f"{name}(): takes a dim or another tensor, not both")
            return into(out, record(pairwise, x, need_tensor(other, name, "other")), name)
        if dim is None:
            if not x.numel():
                raise RuntimeError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' "
                                   "argument.")
            return into(out, record(whole(all_dims(None, x.ndim)), x), name)
        if isinstance(dim, (bool, float, tuple, list)):
            raise TypeError(f"{name}(): argument 'dim' must be int, or the second argument a Tensor, not {type(dim).__name__}"
                            + (f"; over several axes: a{name}" if isinstance(dim, (tuple, list)) else ""))
        d = wrap_dim(dim, x.ndim)
        _need_elements(name, x, (d,))
        return into(out, made(record(along(d, bool(keepdim)), x)), name)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = text
    return function


max = _three_forms("max", Max, MaxDim, Maximum(), """\
max(input): the greatest element. max(input, dim): (values, indices) along an axis. max(input, other): the greater of two, element by element.

    RuntimeError for no elements, IndexError for an axis of size 0.""")
min = _three_forms("min", Min, MinDim, Minimum(), """\
min(input): the least element. min(input, dim): (values, indices) along an axis. min(input, other): the lesser of two, element by element.

    RuntimeError for no elements, IndexError for an axis of size 0.""")


def _over_axes(name: str, page, text: str):
    @numpy_names
    def function(input, dim=(), keepdim: bool = False, *, out=None):
        x = need_tensor(input, name)
        dims = all_dims(dim, x.ndim)
        if not x.numel():
            if dim == () or dim is None:
                raise RuntimeError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' "
                                   "argument.")
            _need_elements(name, x, dims)
        if isinstance(out, Tensor) and out.dtype is not x.dtype:
            raise RuntimeError(f"Expected the dtype for input and out to match, but got {x.dtype._title} for input's dtype and {out.dtype._title} for "
                               "out's dtype.")
        return into(out, record(page(dims, bool(keepdim)), x), name)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = text
    return function


amax = _over_axes("amax", AMax, "The greatest elements over the axes `dim` (all by default); ties share the gradient.")
amin = _over_axes("amin", AMin, "The least elements over the axes `dim` (all by default); ties share the gradient.")
_aminmax_type = return_type("aminmax", "min", "max")


@numpy_names
def aminmax(input, *, dim=None, keepdim: bool = False, out=None):
    """The least and the greatest elements over axis `dim` (over all by default): (min, max)."""
    x = need_tensor(input, "aminmax")
    dims = all_dims(None, x.ndim) if dim is None else (wrap_dim(dim, x.ndim),) if x.ndim else all_dims(dim, 0)
    if not x.numel() and dim is None:
        raise RuntimeError("aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.")
    _need_elements("aminmax", x, dims)
    for o in out or ():
        if isinstance(o, Tensor) and o.dtype is not x.dtype:
            raise RuntimeError(f"Expected out tensor to have dtype {x.dtype}, but got {o.dtype} instead")
    both = _aminmax_type(record(AMinOfBoth(dims, bool(keepdim)), x), record(AMaxOfBoth(dims, bool(keepdim)), x))
    return into(out, both, "aminmax")


def _where(name: str, page, text: str):
    @numpy_names
    def function(input, dim=None, keepdim: bool = False, *, out=None):
        x = need_tensor(input, name)
        if dim is None:
            if not x.numel():
                raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
            result = record(page(0), x.reshape(-1))
            return into(out, result.reshape((1,) * x.ndim) if keepdim else result, name)
        if isinstance(dim, (bool, float, tuple, list)):
            raise TypeError(f"{name}(): argument 'dim' must be int, not {type(dim).__name__}")
        d = wrap_dim(dim, x.ndim)
        _need_elements(name, x, (d,))
        return into(out, record(page(d, bool(keepdim)), x), name)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = text
    return function


argmax = _where("argmax", ArgMax, "The index of the greatest element along axis `dim`, the first of equal ones (without `dim`: in the flattened tensor).")
argmin = _where("argmin", ArgMin, "The index of the least element along axis `dim`, the first of equal ones (without `dim`: in the flattened tensor).")

__all__ = ["amax", "amin", "aminmax", "argmax", "argmin", "max", "min"]
