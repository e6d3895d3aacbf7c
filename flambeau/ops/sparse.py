"""Sparse tensors, held dense: PyTorch's names for them make, and work on, ordinary tensors with zeros in the empty places.

Programs compute what they would, and take the memory of the full matrix. `is_sparse` stays False and `layout` strided, which is the truth.
What a sparse tensor lists of itself (`indices`, `values`) are the places and values of the elements that are not zero.
"""
from __future__ import annotations

from ..core import dtype as dt
from .common import Tensor, need_tensor
from .contract import matmul, mm
from .create import as_tensor, zeros
from .index import index_put
from .masked import nonzero


def sparse_coo_tensor(indices=None, values=None, size=None, *, dtype=None, device=None, pin_memory: bool = False, requires_grad: bool = False,
                      check_invariants: bool | None = None, is_coalesced: bool | None = None) -> Tensor:
    """The tensor with `values` (n, …) at the places `indices` (d, n), summed where places repeat, and zeros elsewhere.

    size: its shape; by default as small as the indices allow. RuntimeError for indices of another shape, or out of range.
    """
    if values is None:                      # sparse_coo_tensor(size): no elements
        made = zeros(tuple(indices if size is None else size), dtype=dtype, device=device)
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
    made = index_put(zeros(size, dtype=values.dtype), tuple(where.unbind(0)), values, accumulate=True)
    return made.detach().requires_grad_() if requires_grad else made


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
    return sparse_coo_tensor(places, values, size, dtype=dtype, device=device, requires_grad=requires_grad)


def sparse_csc_tensor(ccol_indices, row_indices, values, size=None, *, dtype=None, device=None, pin_memory: bool = False, requires_grad: bool = False,
                      check_invariants: bool | None = None) -> Tensor:
    """The matrix whose column c holds values[k] in the rows row_indices[k], for k from ccol_indices[c] to ccol_indices[c + 1]."""
    turned = None if size is None else (size[1], size[0])
    return sparse_csr_tensor(ccol_indices, row_indices, values, turned, dtype=dtype, device=device, requires_grad=requires_grad).t()


def spmm(input, mat2) -> Tensor:
    """The product of a matrix with a matrix or a vector."""
    return matmul(input, mat2)


def dsmm(input, mat2) -> Tensor:
    """The product of two matrices."""
    return mm(input, mat2)


hspmm = smm = dsmm


def to_sparse(input: Tensor, *args, **kwargs) -> Tensor:
    """The tensor itself: sparse tensors are held dense."""
    return need_tensor(input, "to_sparse")


def indices(input: Tensor) -> Tensor:
    """The places (d, n) of the elements that are not zero, in order."""
    return nonzero(input).t()


def values(input: Tensor) -> Tensor:
    """The elements that are not zero, in order."""
    return input[tuple(nonzero(input).unbind(1))] if input.ndim else input.reshape(-1)


def number_of_nonzero(input: Tensor) -> int:
    """How many elements are not zero."""
    return nonzero(input).shape[0]


def is_coalesced(input: Tensor) -> bool:
    """Whether no place is listed twice: True."""
    return True


def sparse_dim(input: Tensor) -> int:
    """How many axes the places are listed for: all."""
    return input.ndim


def dense_dim(input: Tensor) -> int:
    """How many axes each listed value has: none."""
    return 0


def sparse_mask(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where `mask` is not zero, zeros elsewhere."""
    return input * (mask != 0).to(input.dtype)


__all__ = ["dsmm", "hspmm", "smm", "sparse_coo_tensor", "sparse_csc_tensor", "sparse_csr_tensor", "spmm"]
