"""Making sparse tensors, and functions of them. What they are is said in sparse_tensor.py."""
from __future__ import annotations

from ..core import dtype as dt
from ..core import layout as layouts
from . import sparse_arithmetic as _arithmetic  # noqa: F401  gives sparse tensors their arithmetic
from .common import Tensor, need_tensor
from .create import as_tensor, zeros
from .sparse_tensor import SparseTensor, listed, listing, restyled, times


def sparse_coo_tensor(indices=None, values=None, size=None, *, dtype=None, device=None, pin_memory: bool = False, requires_grad: bool = False,
                      check_invariants: bool | None = None, is_coalesced: bool | None = None) -> Tensor:
    """The sparse tensor with `values` (n, …) at the places `indices` (d, n), summed where places repeat, and zeros elsewhere.

    size: its shape; by default as small as the indices allow. RuntimeError for indices of another shape, or out of range.
    """
    if values is None:                      # sparse_coo_tensor(size): no elements
        size = tuple(indices if size is None else size)
        made = listing(zeros((len(size), 0), dtype=dt.int64), zeros(0, dtype=dtype, device=device), size)
        return made.requires_grad_() if requires_grad else made
    where, values = as_tensor(indices, dtype=dt.int64), as_tensor(values, dtype=dtype, device=device)
    if where.ndim != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(where.shape)}")
    if where.shape[1] != (values.shape[0] if values.ndim else 1):
        raise RuntimeError(f"number of dimensions must be sparse_dim + dense_dim: {where.shape[1]} places, but values of shape {list(values.shape)}")
    sparse_axes = where.shape[0]
    low, high = (where.amin(1).tolist(), where.amax(1).tolist()) if where.shape[1] else ([0] * sparse_axes, [-1] * sparse_axes)
    size = (*[n + 1 for n in high], *values.shape[1:]) if size is None else tuple(size)
    for d, n in enumerate(size[:sparse_axes]):
        if low[d] < 0 or high[d] >= n:
            raise RuntimeError(f"size is inconsistent with indices: for dim {d}, size is {n} but found index {low[d] if low[d] < 0 else high[d]}")
    values = values.reshape(1) if values.ndim == 0 else values
    if requires_grad:
        return listing(where, values.detach(), size, coalesced=bool(is_coalesced)).requires_grad_()
    return listing(where, values, size, coalesced=bool(is_coalesced))


def sparse_csr_tensor(crow_indices, col_indices, values, size=None, *, dtype=None, device=None, pin_memory: bool = False, requires_grad: bool = False,
                      check_invariants: bool | None = None) -> Tensor:
    """The matrix whose row r holds values[k] in the columns col_indices[k], for k from crow_indices[r] to crow_indices[r + 1]."""
    rows, columns = as_tensor(crow_indices, dtype=dt.int64), as_tensor(col_indices, dtype=dt.int64)
    if rows.ndim != 1 or columns.ndim != 1:
        raise RuntimeError(f"sparse_csr_tensor here takes one matrix: crow_indices and col_indices of 1 axis, got {rows.ndim} and {columns.ndim}")
    count = rows.shape[0] - 1
    if size is None:
        size = (count, int(columns.max()) + 1 if columns.shape[0] else 0)
    numbers = [r for r, n in enumerate((rows[1:] - rows[:-1]).tolist()) for _ in range(n)]
    places = as_tensor([numbers, columns.tolist()], dtype=dt.int64)
    made = sparse_coo_tensor(places, values, size, dtype=dtype, device=device)
    made = listing(*made._list(), made.shape, coalesced=True, style=layouts.sparse_csr)
    return made.detach().requires_grad_() if requires_grad else made


def sparse_csc_tensor(ccol_indices, row_indices, values, size=None, *, dtype=None, device=None, pin_memory: bool = False, requires_grad: bool = False,
                      check_invariants: bool | None = None) -> Tensor:
    """The matrix whose column c holds values[k] in the rows row_indices[k], for k from ccol_indices[c] to ccol_indices[c + 1]."""
    turned = None if size is None else (size[1], size[0])
    made = sparse_csr_tensor(ccol_indices, row_indices, values, turned, dtype=dtype, device=device)
    places, entries = made._list()
    made = listing(places.flip(0), entries, (made.shape[1], made.shape[0]), coalesced=True, style=layouts.sparse_csc)
    return made.detach().requires_grad_() if requires_grad else made


def spmm(input, mat2) -> Tensor:
    """The product of a matrix with a matrix or a vector."""
    return times(need_tensor(input, "spmm"), mat2)


dsmm = hspmm = smm = spmm


def to_sparse(input: Tensor, *args, layout=None, blocksize=None, dense_dim=None) -> Tensor:
    """The tensor as one that lists its elements that are not zero: by coordinates, or in the layout asked for.

    to_sparse(sparse_dim): slices along the axes after the first `sparse_dim`. NotImplementedError for layouts of blocks.
    """
    x = need_tensor(input, "to_sparse")
    style = args[0] if args and isinstance(args[0], layouts.layout) else layout
    if style in (None, layouts.sparse_coo):
        return listed(x, args[0] if args and isinstance(args[0], int) else None)
    if style not in (layouts.sparse_csr, layouts.sparse_csc):
        raise NotImplementedError(f"to_sparse: flambeau lists elements as sparse_coo, sparse_csr or sparse_csc, not as {style}")
    return restyled(x, style)


def to_sparse_csr(input: Tensor, dense_dim=None) -> Tensor:
    """A matrix as one that lists its elements that are not zero, row by row."""
    return restyled(need_tensor(input, "to_sparse_csr"), layouts.sparse_csr)


def to_sparse_csc(input: Tensor, dense_dim=None) -> Tensor:
    """A matrix as one that lists its elements that are not zero, column by column."""
    return restyled(need_tensor(input, "to_sparse_csc"), layouts.sparse_csc)


def not_sparse(input: Tensor, *args):
    """RuntimeError: an ordinary tensor lists nothing."""
    raise RuntimeError(f"this asks a tensor for its list of elements, and a tensor of layout {input.layout} has none: list them with .to_sparse()")


def sparse_mask(input: Tensor, mask: Tensor) -> Tensor:
    """The elements at the places that `mask` lists."""
    if not isinstance(mask, SparseTensor):
        raise RuntimeError("sparse_mask: the mask must be a sparse tensor, as .to_sparse() makes")
    places = mask.coalesce().indices()
    return listing(places, input[tuple(places.unbind(0))], input.shape, coalesced=True)


__all__ = ["dsmm", "hspmm", "smm", "sparse_coo_tensor", "sparse_csc_tensor", "sparse_csr_tensor", "spmm"]
