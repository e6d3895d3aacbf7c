"""Masks: filling, selecting and scattering where they hold, and the places at which they do."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from ..core.record import record
from ..core.shape import broadcast_shapes, wrap_dims
from ..core.tensor import Tensor, from_array
from .common import cast, into_same, need_tensor, numpy_names, tensor_or_number, values
from .elementwise import Where, where
from .index import Index, MaskedFill, MaskedFillTensor
from .ranges import fitting

_MASK = np.array([[True, False, True], [False, True, True]])


class MaskedSelect(Index):
    """out[k] = x at the k-th place at which a mask holds: one index tensor for each axis"""

    samples = lambda: [(normal(2, 3), *np.nonzero(_MASK), (0, 1))]
    rejects = tuple


class MaskedScatter(Op):
    """out = the next element of source where the mask holds, else x"""

    types = "keep"
    saves = ("mask",)

    def shape(self, x, mask, source):
        return broadcast_shapes(x.shape, mask.shape)

    def reference(self, x, mask, source):
        out = np.array(np.broadcast_to(x, np.broadcast_shapes(x.shape, mask.shape)))
        mask = np.broadcast_to(mask, out.shape)
        out[mask] = source.reshape(-1)[:np.count_nonzero(mask)]
        return out

    def gradient(self, g, out, x, mask, source):
        return lambda: record(Where(), mask, 0, g), None, lambda: record(MaskedTake(tuple(source.shape)), g, mask)

    samples = lambda: [(normal(2, 3), _MASK, normal(5)), (normal(3), _MASK, normal(2, 3)), (normal(), np.array(True), normal(1))]


class MaskedTake(Op):
    """The elements of g where the mask holds, one after the other, and then zeros, in the shape `to`: the adjoint of MaskedScatter"""

    to: tuple[int, ...]
    types = "keep"
    saves = ("mask",)
    backward = "MaskedScatterBackward0"

    def shape(self, g, mask):
        return self.to

    def reference(self, g, mask):
        out = np.zeros(self.to, g.dtype)
        found = g[np.broadcast_to(mask, g.shape)]
        out.reshape(-1)[:found.size] = found
        return out

    def gradient(self, g, out, x, mask):
        return lambda: record(MaskedScatter(), g.new_zeros(x.shape), mask, g), None

    samples = lambda: [(normal(2, 3), _MASK, (5,)), (normal(2, 3), np.array([True, False, True]), (2, 2))]


# ---------------------------------------------------------------------------------------------------------------- public functions
def masked_fill(input: Tensor, mask: Tensor, value) -> Tensor:
    """`value` (a number or a 0-d tensor) where the mask holds, else `input`; in the dtype of `input`."""
    x, mask = need_tensor(input, "masked_fill"), need_tensor(mask, "masked_fill", "mask")
    if mask.dtype is not dt.bool_:
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype._title}; compare it, e.g. mask != 0")
    if not isinstance(value, Tensor):
        if not tensor_or_number(value):
            raise TypeError(f"masked_fill(): argument 'value' must be Tensor or a number, not {type(value).__name__}")
        return record(MaskedFill(), x, mask, fitting(value, x.dtype))
    if value.ndim:
        raise RuntimeError(f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s).")
    if value.dtype.is_complex and not x.dtype.is_complex:
        raise RuntimeError("value cannot be converted to type float without overflow: a complex value in a real tensor")
    return record(MaskedFillTensor(), x, mask, cast(value, x.dtype))


def where_method(self: Tensor, condition: Tensor, other) -> Tensor:
    """This tensor where the condition holds, else `other`."""
    return where(condition, self, other)


def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements at which the mask holds, both broadcast, as a vector. Looks at the mask: it decides the shape."""
    x, mask = need_tensor(input, "masked_select"), need_tensor(mask, "masked_select", "mask")
    if mask.dtype is not dt.bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = broadcast_shapes(x.shape, mask.shape)
    if not shape:
        shape = (1,)
    places = np.nonzero(np.broadcast_to(values(mask), shape))
    wide = x if x.shape == shape else x.expand(shape)
    found = record(MaskedSelect(tuple(range(len(shape)))), wide, *[from_array(k, dt.int64) for k in places])
    return into_same(out, found, "masked_select", x, mask)


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """The elements of `source`, one after the other, where the mask holds, else `input`; mask and input are broadcast."""
    x, mask, source = (need_tensor(t, "masked_scatter", n) for t, n in ((input, "input"), (mask, "mask"), (source, "source")))
    if source.dtype is not x.dtype:
        raise RuntimeError(f"masked_scatter: expected self and source to have same dtypes but got {x.dtype._title} and {source.dtype._title}")
    if mask.dtype is not dt.bool_:
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.dtype._title}")
    shape = broadcast_shapes(x.shape, mask.shape)
    if not mask.is_meta:
        wanted = int(np.count_nonzero(np.broadcast_to(values(mask), shape)))
        if source.numel() < wanted:
            raise RuntimeError(f"masked_scatter: Number of elements of source < number of ones in mask: {source.numel()} < {wanted}")
    return record(MaskedScatter(), x, mask, source)


def nonzero(input: Tensor, *, out: Tensor | None = None, as_tuple: bool = False):
    """The places of all elements other than 0, one a row (n, axes), in row-major order; as_tuple: one vector of positions for each axis.

    Looks at the values: they decide the shape.
    """
    array = values(need_tensor(input, "nonzero"))
    if as_tuple:
        return tuple([from_array(k, dt.int64) for k in np.nonzero(np.atleast_1d(array))])
    rows = np.stack(np.nonzero(array), 1) if array.ndim else np.zeros((int(bool(array)), 0), np.int64)
    if out is not None and isinstance(out, Tensor) and out.dtype is not dt.int64:
        raise RuntimeError(f"nonzero: Expected out tensor to have scalar type Long but got scalar type {out.dtype._title}")
    return into_same(out, from_array(rows, dt.int64), "nonzero")


def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1, out: Tensor | None = None) -> Tensor:
    """`nonzero` cut or filled up with rows of `fill_value` to `size` rows."""
    if size < 0:
        raise RuntimeError(f"nonzero_static: 'size' must be an non-negative integer, got {size}")
    rows = values(nonzero(input))
    result = np.full((size, rows.shape[1]), fill_value, np.int64)
    result[:len(rows)] = rows[:size]
    return into_same(out, from_array(result, dt.int64), "nonzero_static")


def argwhere(input: Tensor) -> Tensor:
    """The places of all elements other than 0, one a row, in row-major order."""
    return nonzero(input)


@numpy_names
def count_nonzero(input: Tensor, dim=None) -> Tensor:
    """How many elements other than 0 there are, along the axes `dim` (all by default)."""
    x = need_tensor(input, "count_nonzero")
    if dim is not None:
        dim = wrap_dims(dim, x.ndim)
    return (x != 0).sum(dim)


__all__ = ["argwhere", "count_nonzero", "masked_fill", "masked_scatter", "masked_select", "nonzero", "nonzero_static"]
