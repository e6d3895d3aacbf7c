"""Reading by positions along one axis: gather, index_select, take and their kin."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from ..core.record import record
from ..core.shape import broadcast_shapes, contiguous_strides, numel, wrap_dim
from ..core.tensor import Tensor
from .common import into_same, need_tensor, numpy_names
from .index import Index
from .movement import reshape
from .ranges import OutOfRange, check_index, first_outside

_AT, _LESS = np.array([[0, 2], [1, 1], [2, 0]]), np.array([[3, 0, 3]])


def flat_places(shape, dim: int, index: np.ndarray) -> np.ndarray:
    """The row-major number, in an array of `shape`, of […, index[…, k, …], …] on axis `dim` for each element of the index."""
    if not shape or not index.ndim:
        return index.astype(np.int64, copy=False)
    place = np.asarray(0)
    for d, step in enumerate(contiguous_strides(shape)):
        at = index if d == dim else np.arange(index.shape[d]).reshape((-1,) + (1,) * (index.ndim - d - 1))
        place = place + at.astype(np.int64, copy=False) * step
    return place


class Gather(Op):
    """out[…, k, …] = x[…, index[…, k, …], …] on axis `dim`; on the other axes the index may be smaller than x"""

    dim: int
    types = "keep"
    saves = ("index",)

    def shape(self, x, index):
        return index.shape

    def reference(self, x, index):
        if not index.size:
            return np.empty(index.shape, x.dtype)
        if not x.ndim or not index.ndim:
            return x.reshape(-1)[index]
        part = x[tuple(slice(None) if d == self.dim else slice(n) for d, n in enumerate(index.shape))]
        return np.take_along_axis(part, index, self.dim)

    def element(self, i, x, index):
        if not x.shape or not i:
            return x.flat[index.flat[0]] if not i else x.flat[index[i]]
        return x[(*i[:self.dim], index[i], *i[self.dim + 1:])]

    def gradient(self, g, out, x, index):
        return lambda: record(GatherSum(self.dim, tuple(x.shape)), g, index), None

    samples = lambda: [(normal(3, 4), _AT, 1), (normal(3, 4), _LESS, 1), (normal(3, 4), np.array([[2, 0, 1, 1]]), 0), (normal(), np.array(0), 0),
                       (normal(3), np.array(2), 0), (normal(2, 3), np.zeros((2, 0), np.int64), 1)]


class GatherSum(Op):
    """Zeros of shape `to`, with g added where Gather reads: its adjoint"""

    dim: int
    to: tuple[int, ...]
    types = "keep"
    saves = ("index",)
    backward = "ScatterAddBackward0"

    def shape(self, g, index):
        return self.to

    def reference(self, g, index):
        out = np.zeros(numel(self.to), np.float32 if g.dtype.itemsize == 2 and g.dtype.kind not in "iu" else g.dtype)
        at = flat_places(self.to, self.dim, index)
        if index.ndim and index.shape[self.dim] == 1:           # no place repeats
            out[at] = g
        else:
            np.add.at(out, at.reshape(-1), g.reshape(-1))
        return out.reshape(self.to)

    def gradient(self, g, out, x, index):
        return lambda: record(Gather(self.dim), g, index), None

    samples = lambda: [(normal(3, 2), _AT, 1, (3, 4)), (normal(1, 3), _LESS, 1, (3, 4)), (normal(1, 4), np.array([[2, 0, 1, 1]]), 0, (3, 4)),
                       (normal(), np.array(0), 0, ())]


class IndexSelect(Index):
    """out[…, k, …] = x[…, index[k], …] on one axis"""

    samples = lambda: [(normal(3, 4), np.array([1, 1, 0]), (0,)), (normal(3, 4), np.array([], np.int64), (1,))]
    rejects = tuple


class Take(Index):
    """out[k] = x[index[k]], of the elements of x in row-major order"""

    samples = lambda: [(normal(6), np.array([[1, -1], [0, 1]]), (0,)), (normal(6), np.array(2), (0,))]
    rejects = tuple


def check_index_dtype(index: Tensor, name: str, only_long: bool = False) -> None:
    """RuntimeError unless the index holds int64 (or int32, where that is allowed)."""
    if only_long and index.dtype is not dt.int64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {index.dtype._title}; convert it with .long()")
    if index.dtype not in (dt.int64, dt.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index but got: {index.dtype._title}; convert it with .long()")


# ---------------------------------------------------------------------------------------------------------------- public functions
@numpy_names
def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False, out: Tensor | None = None) -> Tensor:
    """out[…, k, …] = input[…, index[…, k, …], …] on axis `dim`; the result has the shape of the index.

    RuntimeError for an index that is out of range, is larger than the input on another axis, or has another number of axes.
    """
    x, index = need_tensor(input, "gather"), need_tensor(index, "gather", "index")
    dim = wrap_dim(dim, x.ndim)
    if index.numel():
        check_index_dtype(index, "gather")
        if (index.ndim or 1) != (x.ndim or 1):
            raise RuntimeError("Index tensor must have the same number of dimensions as input tensor: the index has shape "
                               f"{tuple(index.shape)}, the input {tuple(x.shape)}")
        if any(n > m for d, (n, m) in enumerate(zip(index.shape, x.shape, strict=False)) if d != dim):
            where = next(d for d, (n, m) in enumerate(zip(index.shape, x.shape, strict=False)) if d != dim and n > m)
            raise RuntimeError(f"Size does not match at dimension {where} expected index {list(index.shape)} to be no larger than self {list(x.shape)} "
                               f"apart from dimension {dim}")
        check_index(index, x.shape[dim] if x.ndim else 1, dim, negative=False, error=RuntimeError)
    return into_same(out, record(Gather(dim), x, index), "gather", x, index)


@numpy_names
def index_select(input: Tensor, dim: int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """out[…, k, …] = input[…, index[k], …] on axis `dim`, for a vector of positions (IndexError if it is none or out of range)."""
    x, index = need_tensor(input, "index_select"), need_tensor(index, "index_select", "index")
    dim = wrap_dim(dim, x.ndim)
    if index.ndim > 1:
        raise IndexError(f"index_select(): Index is supposed to be a vector, but has shape {tuple(index.shape)}")
    if index.dtype not in (dt.int64, dt.int32):
        raise RuntimeError(f"index_select(): Expected dtype int32 or int64 for index, but got {index.dtype}; convert it with .long()")
    size = x.shape[dim] if x.ndim else 1
    if not x.ndim and index.numel() != 1:
        raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index.numel()} value(s)")
    bad = first_outside(index, 0, size - 1)
    if bad is not None:
        raise OutOfRange(f"index out of range in self: index {bad}, but dimension {dim} has size {size}")
    if not x.ndim:
        return into_same(out, reshape(record(IndexSelect((0,)), reshape(x, 1), reshape(index, 1)), ()), "index_select", x, index)
    return into_same(out, record(IndexSelect((dim,)), x, index if index.ndim else reshape(index, 1)), "index_select", x, index)


def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements at `index` of the input in row-major order, in the shape of the index."""
    x, index = need_tensor(input, "take"), need_tensor(index, "take", "index")
    check_index_dtype(index, "take", only_long=True)
    check_flat(x, index, "take")
    return into_same(out, record(Take((0,)), reshape(x, -1), index), "take", x, index)


def check_flat(x: Tensor, index: Tensor, name: str) -> None:
    """IndexError unless every position names an element of x in row-major order (negative ones from the end)."""
    count = x.numel()
    if not count and index.numel():
        raise IndexError(f"{name}(): tried to {name} elements {'into' if name == 'put_' else 'from'} an empty tensor")
    bad = first_outside(index, -count, count - 1)
    if bad is not None:
        raise IndexError(f"out of range: tried to access index {bad} on a tensor of {count} elements.")


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None, *, out: Tensor | None = None) -> Tensor:
    """`gather` whose input and index are broadcast on the other axes; without `dim`, from the elements in row-major order.

    With `dim`, positions are taken modulo the size of the axis, so that negative ones count from its end.
    """
    x, index = need_tensor(input, "take_along_dim"), need_tensor(indices, "take_along_dim", "indices")
    check_index_dtype(index, "take_along_dim")
    if dim is None:
        return gather(reshape(x, -1), 0, reshape(index, -1), out=out)
    if x.ndim != index.ndim:
        raise RuntimeError(f"torch.take_along_dim(): input and indices should have the same number of dimensions, but got {x.ndim} dimensions for input, "
                           f"and {index.ndim} dimensions for indices")
    dim = wrap_dim(dim, x.ndim)
    if x.ndim and first_outside(index, 0, x.shape[dim] - 1) is not None:
        index = index % x.shape[dim]
    common = list(broadcast_shapes([n for d, n in enumerate(x.shape) if d != dim], [n for d, n in enumerate(index.shape) if d != dim]))
    if not x.ndim:
        return gather(x, dim, index, out=out)
    return gather(x.expand(*common[:dim], x.shape[dim], *common[dim:]), dim, index.expand(*common[:dim], index.shape[dim], *common[dim:]), out=out)


__all__ = ["gather", "index_select", "take", "take_along_dim"]
