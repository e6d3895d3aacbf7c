"""Indexing with tensors of positions: the pages, and `index_put`. What stands in `x[…]` is read by ops.subscript."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from ..core.record import in_place, record
from ..core.shape import broadcast_shapes
from ..core.tensor import Tensor, from_array
from .accumulate import add_at
from .common import need_tensor, values
from .elementwise import Where
from .pointwise import masked
from .ranges import check_index

_ROWS, _PAIR, _COLUMN = np.array([2, 0, 2]), np.array([[0, -1], [1, 1]]), np.array([[1], [0]])


class Indexing(Op, abstract=True):
    """A page that finds elements of x by tensors of positions: the axes `dims` of x are indexed by as many index tensors, which broadcast.

    The axes of the indices take the place of the indexed ones where these are neighbours, else they come first. Negative positions count
    from the end; that all are in range was checked before.
    """

    dims: tuple[int, ...]
    types = "keep"

    @property
    def lead(self) -> int:
        """The axis of the result at which the axes of the indices start."""
        first = self.dims[0]
        return first if self.dims == tuple(range(first, first + len(self.dims))) else 0

    def found(self, shape, indices) -> tuple[int, ...]:
        """The shape of the elements that are found in a tensor of `shape`."""
        try:
            places = broadcast_shapes(*[k.shape for k in indices])
        except RuntimeError:
            shapes = ", ".join(str(list(k.shape)) for k in indices)
            raise IndexError(f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}") from None
        rest = [n for d, n in enumerate(shape) if d not in self.dims]
        return (*rest[:self.lead], *places, *rest[self.lead:])

    def key(self, ndim: int, indices):
        """The index by which NumPy finds the same elements."""
        key = [slice(None)] * ndim
        for d, k in zip(self.dims, indices, strict=True):
            key[d] = k
        return tuple(key)


class Index(Indexing):
    """out = x[…, indices, …]"""

    saves = ("indices",)

    def shape(self, x, *indices):
        return self.found(x.shape, indices)

    def reference(self, x, *indices):
        if len(indices) == 1:
            return np.take(x, indices[0], axis=self.dims[0])
        return x[self.key(x.ndim, indices)]

    def element(self, i, x, *indices):
        count = len(i) - x.ndim + len(self.dims)
        place = i[self.lead:self.lead + count]
        rest = iter((*i[:self.lead], *i[self.lead + count:]))
        at = []
        for d, n in enumerate(x.shape):
            if d in self.dims:
                k = indices[self.dims.index(d)][place]
                at.append(el.where(k < 0, k + n, k))
            else:
                at.append(next(rest))
        return x[tuple(at)]

    def gradient(self, g, out, x, *indices):
        return lambda: record(IndexSum(self.dims, tuple(x.shape)), g, *indices), *(None for _ in indices)

    samples = lambda: [(normal(3, 4), _ROWS, (0,)), (normal(3, 4, 2), _PAIR, (1,)), (normal(3, 4, 2), _ROWS, _COLUMN, (0, 2)),
                       (normal(3, 4), np.array([], np.int64), (0,)), (normal(3, 4, 2), _PAIR, np.array([0, 1]), (0, 1)), (normal(2, 0), np.array([1]), (0,))]
    rejects = lambda: [(normal(3, 4), np.array([0, 1]), _ROWS, (0, 1), "shape mismatch: indexing tensors could not be broadcast together with shapes "
                        "[2], [3]")]


class IndexSum(Indexing):
    """Zeros of shape `to`, with g added where Index reads: its adjoint."""

    to: tuple[int, ...]
    saves = ("indices",)

    def shape(self, g, *indices):
        return self.to

    def reference(self, g, *indices):
        out = np.zeros(self.to, np.float32 if g.dtype.itemsize == 2 and g.dtype.kind not in "iu" else g.dtype)
        add_at(out, self.dims, self.lead, indices, g)
        return out

    def gradient(self, g, out, x, *indices):
        return lambda: record(Index(self.dims), g, *indices), *(None for _ in indices)

    samples = lambda: [(normal(3, 4), _ROWS, (0,), (3, 4)), (normal(3, 2, 2, 2), _PAIR, (1,), (3, 4, 2)), (normal(3), _ROWS, _COLUMN[0], (0, 1), (3, 4)),
                       (normal(2, 3, 4), _ROWS, _COLUMN, (0, 2), (3, 4, 2)), (normal(0, 4), np.array([], np.int64), (0,), (3, 4))]


class IndexPut(Indexing):
    """x with `value`, broadcast, written (or added, each repetition counted) where Index would read; of repeated places the last value stays"""

    accumulate: bool = False
    saves = ("indices",)
    overwrites = True

    def shape(self, x, value, *indices):
        found = self.found(x.shape, indices)
        given = tuple(value.shape)
        while len(given) > len(found) and given[0] == 1:
            given = given[1:]
        if len(given) > len(found) or any(n not in (1, m) for n, m in zip(given[::-1], found[::-1], strict=False)):
            raise RuntimeError(f"shape mismatch: value tensor of shape {list(value.shape)} cannot be broadcast to indexing result of shape {list(found)}")
        return x.shape

    def overwrite(self, x, value, *indices):
        """Write into `x` itself."""
        value = value.reshape(value.shape[max(value.ndim - len(self.found(x.shape, indices)), 0):])
        if not self.accumulate:
            x[self.key(x.ndim, indices)] = value
        elif x.dtype.itemsize == 2 and x.dtype.kind not in "iu":            # sums of half precision are rounded once, at the end
            total = x.astype(np.float32)
            add_at(total, self.dims, self.lead, indices, value)
            x[...] = total
        else:
            add_at(x, self.dims, self.lead, indices, value)
        return x

    def reference(self, x, value, *indices):
        return self.overwrite(np.array(x, order="C"), value, *indices)

    def gradient(self, g, out, x, value, *indices):
        def untouched():
            return g if self.accumulate else record(IndexPut(self.dims), g, 0, *indices)
        return untouched, lambda: record(Index(self.dims), g, *indices), *(None for _ in indices)

    samples = lambda: [(normal(3, 4), normal(4), np.array([2, 0]), (0,), False), (normal(3, 4), normal(3, 4), _ROWS, (0,), True),
                       (normal(3, 4, 2), normal(2, 3, 4), _ROWS, _COLUMN, (0, 2), True), (normal(3, 4, 2), normal(), np.array([1, 0]), (1,), False),
                       (normal(3, 4), normal(1, 1, 2, 1), _PAIR, np.array([3, 0]), (0, 1), True)]
    rejects = lambda: [(normal(3, 4), normal(5), _ROWS, (0,), False, "shape mismatch: value tensor of shape [5] cannot be broadcast to indexing result "
                        "of shape [3, 4]")]


class MaskedFill(Op):
    """out = value where the mask holds, else x; in the dtype of x"""

    types = "keep"
    saves = ("mask",)
    overwrites = True

    def shape(self, x, mask, value):
        return broadcast_shapes(x.shape, mask.shape)

    def reference(self, x, mask, value):
        return np.where(mask, value.astype(x.dtype), x)

    def overwrite(self, x, mask, value):
        """Write into `x` itself."""
        if np.broadcast_shapes(x.shape, mask.shape) != x.shape:
            return self.reference(x, mask, value)
        np.copyto(x, value.astype(x.dtype), where=mask)
        return x

    def element(self, i, x, mask, value):
        return el.where(mask[i], value[()], x[i])

    def gradient(self, g, out, x, mask, value):
        return lambda: record(Where(), mask, 0, g), None, lambda: masked(mask, g).sum()

    samples = lambda: [(normal(3, 4), normal(4, seed=2) > 0, np.array(2.0)), (normal(4), normal(3, 4) > 0, np.array(-1.0)),
                       (normal(), np.array(True), np.array(3.0)), (normal(0, 2), np.zeros((0, 1), bool), np.array(3.0))]


class MaskedFillTensor(MaskedFill):
    """The same with a tensor for a value."""

    backward = "MaskedFillBackward1"


class MaskPut(MaskedFill):
    """The same, as x[mask] = value records it."""

    backward = "IndexPutBackward0"


# ----------------------------------------------------------------------------------------------------------------- index tensors
def place_numbers(mask: Tensor) -> list[Tensor]:
    """For each axis of a mask the places at which it holds, in row-major order. Its values are needed now: they decide the shape."""
    found = np.nonzero(values(mask)) if mask.ndim else (np.zeros(int(bool(values(mask))), np.int64),)
    return [from_array(k, dt.int64) for k in found]


def is_mask(index: Tensor) -> bool:
    """Whether an index tensor says yes or no to every place."""
    return index.dtype is dt.bool_ or index.dtype is dt.uint8


def check_mask(mask: Tensor, shape, at: int) -> None:
    """IndexError unless `mask` has the sizes of the axes of `shape` from `at` on."""
    for d, n in enumerate(mask.shape):
        if n != shape[at + d]:
            raise IndexError(f"The shape of the mask {list(mask.shape)} at index {d} does not match the shape of the indexed tensor {list(shape)} at "
                             f"index {at + d}")


def resolve(x: Tensor, places) -> tuple[tuple[int, ...], list[Tensor]]:
    """(axes, index tensors) from (axis, index tensor or mask) pairs that were checked against x: masks become indices, ranges are checked."""
    dims, indices = [], []
    for at, index in places:
        if is_mask(index):
            found = place_numbers(index)
            indices += found
            dims += range(at, at + len(found))
        else:
            check_index(index, x.shape[at], at)
            indices.append(index)
            dims.append(at)
    return tuple(dims), indices


def read_places(x: Tensor, places) -> Tensor:
    """x[places]"""
    dims, indices = resolve(x, places)
    return record(Index(dims), x, *indices)


def put_places(x: Tensor, places, value: Tensor, accumulate: bool = False) -> Tensor:
    """x with `value` written or added at `places`, in memory of its own."""
    at, index = places[0]
    if len(places) == 1 and is_mask(index) and index.ndim and value.numel() == 1 and not accumulate:     # needs no look at the mask
        mask = index if index.dtype is dt.bool_ else index != 0
        rest = x.ndim - at - index.ndim
        return record(MaskPut(), x, mask.reshape((*mask.shape, *(1,) * rest)) if rest else mask, value if value.ndim == 0 else value.reshape(()))
    dims, indices = resolve(x, places)
    return record(IndexPut(dims, accumulate), x, value, *indices)


# ---------------------------------------------------------------------------------------------------------------- public functions
def _places(name: str, x: Tensor, indices, values) -> list:
    if isinstance(indices, Tensor) or not isinstance(indices, (tuple, list)):
        raise TypeError(f"{name}(): argument 'indices' (position 1) must be tuple of Tensors, not {type(indices).__name__}")
    need_tensor(values, name, "values")
    places, at = [], 0
    for k, index in enumerate(indices):
        if index is None:
            at += 1
            continue
        if not isinstance(index, Tensor):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type(index).__name__}")
        if not is_mask(index) and index.dtype not in (dt.int64, dt.int32):
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        width = index.ndim if is_mask(index) else 1
        if at + width > x.ndim:
            raise IndexError(f"too many indices for tensor of dimension {x.ndim} (got {at + width})")
        if is_mask(index):
            check_mask(index, x.shape, at)
        places.append((at, index))
        at += width
    if not places:
        raise RuntimeError(f"{name}: at least one index must be a tensor")
    if values.dtype is not x.dtype:
        raise RuntimeError(f"Index put requires the source and destination dtypes match, got {x.dtype._title} for the destination and "
                           f"{values.dtype._title} for the source.")
    return places


def index_put(input: Tensor, indices, values: Tensor, accumulate: bool = False) -> Tensor:
    """`input` with `values`, broadcast, written at `indices` (one tensor of positions or mask an axis), or added to what is there.

    IndexError for positions out of range, RuntimeError where dtypes or shapes do not fit.
    """
    x = need_tensor(input, "index_put")
    return put_places(x, _places("index_put", x, indices, values), values, bool(accumulate))


def index_put_(input: Tensor, indices, values: Tensor, accumulate: bool = False) -> Tensor:
    """`index_put` in the memory of `input`."""
    places = _places("index_put_", input, indices, values)
    return in_place(input, lambda old: put_places(old, places, values, bool(accumulate)))


__all__ = ["index_put", "index_put_"]
