"""A copy of a tensor with other values in a part of it: what writing through a view does, without writing."""
from __future__ import annotations

import numpy as np

from ..core import element as el
from ..core.op import Op, normal
from ..core.record import record
from ..core.shape import contiguous_strides, wrap_dim
from ..core.tensor import Tensor
from ..core.view import View, inverse
from .common import cast, into_same, need_tensor
from .movement import Movement
from .parts import Diagonal, Select, Slice
from .restride import Restride


class _Inset(Op, abstract=True):
    """x with `value` where the view `part` of it reads"""

    part: Movement
    types = "keep"
    overwrites = True

    def shape(self, x, value):
        return x.shape

    def overwrite(self, x, value):
        """Write into `x` itself."""
        sizes, strides, offset = self.part.strided(x.shape, contiguous_strides(x.shape), 0)
        View(tuple(sizes), tuple(strides), offset).read(x)[...] = value
        return x

    def reference(self, x, value):
        return self.overwrite(np.array(x, order="C"), value)

    def element(self, i, x, value):
        there, index = inverse(x.shape, *self.part.strided(tuple(x.shape), contiguous_strides(x.shape), 0))[1](i)
        return el.where(there, value[index], x[i])

    def gradient(self, g, out, x, value):
        return lambda: record(type(self)(self.part), g, 0), lambda: record(self.part, g)


class SelectScatter(_Inset):
    """x with `value` at one index of an axis"""

    samples = lambda: [(normal(3, 4), normal(3), Select(1, 2)), (normal(3, 4), normal(4), Select(0, -1))]


class SliceScatter(_Inset):
    """x with `value` in a slice of an axis"""

    samples = lambda: [(normal(5, 2), normal(2, 2), Slice(0, 1, 5, 2)), (normal(5, 2), normal(5, 0), Slice(1, 1, 1))]


class DiagonalScatter(_Inset):
    """x with `value` on a diagonal of two axes"""

    samples = lambda: [(normal(3, 4), normal(3), Diagonal(0, 0, 1)), (normal(3, 2, 4), normal(2, 2), Diagonal(-1, 0, 2))]


class AsStridedScatter(Op):
    """x with `value` at a part that is described by its layout in memory"""

    part: Restride
    types = "keep"

    def shape(self, x, value):
        return x.shape

    def reference(self, x, value):
        at = self.part.positions()
        out = np.array(x, order="C")
        out.reshape(-1)[at[at >= 0]] = np.broadcast_to(value, at.shape)[at >= 0]
        return out

    def gradient(self, g, out, x, value):
        return lambda: record(self, g, 0), lambda: record(self.part, g)

    samples = lambda: [(normal(3, 4), normal(2, 2), Restride((3, 4), (4, 1), (2, 2), (4, 2), 1))]


# ---------------------------------------------------------------------------------------------------------------- public functions
def _inset(page, part: Movement, x: Tensor, src: Tensor) -> Tensor:
    need_tensor(src, page.__name__, "src")
    sizes = tuple(part.strided(tuple(x.shape), contiguous_strides(x.shape), 0)[0])
    return record(page(part), x, cast(_fitting(src, sizes), x.dtype))


def _fitting(src: Tensor, sizes) -> Tensor:
    if tuple(src.shape) != tuple(sizes):
        raise RuntimeError(f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = {list(sizes)}")
    return src


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """`input` with `src` at one index of axis `dim`."""
    x = need_tensor(input, "select_scatter")
    dim, index = wrap_dim(dim, x.ndim), int(index)
    n = x.shape[dim] if x.ndim else 0
    if not -n <= index < n:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(x.shape)} at dimension {dim}")
    return _inset(SelectScatter, Select(dim, index), x, src)


def slice_scatter(input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1, *,
                  out: Tensor | None = None) -> Tensor:
    """`input` with `src` in start:end:step of axis `dim`."""
    x = need_tensor(input, "slice_scatter")
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    dim = wrap_dim(dim, x.ndim)
    page = Slice(dim, 0 if start is None else int(start), x.shape[dim] if end is None else int(end), int(step))
    return into_same(out, _inset(SliceScatter, page, x, src), "slice_scatter")


def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """`input` with `src` on a diagonal of two axes."""
    x = need_tensor(input, "diagonal_scatter")
    a, b = wrap_dim(dim1, x.ndim), wrap_dim(dim2, x.ndim)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return _inset(DiagonalScatter, Diagonal(int(offset), a, b), x, src)


def as_strided_scatter(input: Tensor, src: Tensor, size, stride, storage_offset: int | None = None) -> Tensor:
    """`input` with `src` at the elements that `input.as_strided(size, stride, storage_offset)` reads."""
    x = need_tensor(input, "as_strided_scatter")
    size, stride = tuple(map(int, size)), tuple(map(int, stride))
    x.detach().as_strided(size, stride, storage_offset)                     # refuses what lies outside of the memory
    offset = 0 if storage_offset is None else int(storage_offset) - x.storage_offset()
    part = Restride(tuple(x.shape), tuple(x.stride()), size, stride, offset)
    return record(AsStridedScatter(part), x, cast(_fitting(need_tensor(src, "as_strided_scatter", "src"), size), x.dtype))


__all__ = ["as_strided_scatter", "diagonal_scatter", "select_scatter", "slice_scatter"]
