"""torch.sparse: functions of sparse tensors (see flambeau/ops/sparse_tensor.py for what they are)."""
from __future__ import annotations

import contextlib

import flambeau
from flambeau import Tensor, dtype


def mm(mat1: Tensor, mat2: Tensor, reduce: str = "sum") -> Tensor:
    """The product of two matrices. NotImplementedError for another reduction than the sum."""
    if reduce != "sum":
        raise NotImplementedError(f"torch.sparse.mm here reduces by the sum, not by {reduce!r}")
    return flambeau.spmm(mat1, mat2)


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta · input + alpha · mat1 · mat2"""
    return beta * input + alpha * flambeau.spmm(mat1, mat2)


def sum(input: Tensor, dim: int | tuple[int, ...] | None = None, dtype: dtype | None = None) -> Tensor:
    """The sum of all elements, or along axes: then sparse, unless no axis that the places are listed for is left."""
    if dim is None:
        return flambeau.sum(input, dtype=dtype)
    summed = flambeau.sum(input, dim, dtype=dtype)
    return summed.to_sparse() if summed.ndim else summed


def softmax(input: Tensor, dim: int, *, dtype: dtype | None = None) -> Tensor:
    """The softmax of the elements that are not zero, along an axis; the others stay zero."""
    return _among_nonzero(flambeau.softmax, input, dim, dtype)


def log_softmax(input: Tensor, dim: int, *, dtype: dtype | None = None) -> Tensor:
    """The logarithm of `softmax`, of the elements that are not zero; the others stay zero."""
    return _among_nonzero(flambeau.log_softmax, input, dim, dtype)


def _among_nonzero(function, input, dim, dtype):
    places = input.coalesce().indices()
    there = flambeau.zeros(input.shape, dtype=flambeau.bool)
    there[tuple(places.unbind(0))] = True
    shown = function(flambeau.where(there, input.to_dense(), float("-inf")), dim, dtype=dtype)
    return flambeau.sparse_coo_tensor(places, shown[tuple(places.unbind(0))], input.shape, is_coalesced=True)


def spdiags(diagonals: Tensor, offsets: Tensor, shape: tuple[int, int], layout: flambeau.layout | None = None) -> Tensor:
    """The sparse matrix with row k of `diagonals` on diagonal offsets[k]; element j of a row stands in column j."""
    where, entries = [], []
    for row, offset in zip(diagonals.reshape(-1, diagonals.shape[-1]), offsets.reshape(-1).tolist(), strict=True):
        for j in range(max(offset, 0), min(row.shape[0], shape[1], shape[0] + offset)):
            where.append((j - offset, j))
            entries.append(row[j])
    places = flambeau.tensor(where, dtype=flambeau.int64).reshape(-1, 2).t()
    values = flambeau.stack(entries) if entries else flambeau.zeros(0, dtype=diagonals.dtype)
    made = flambeau.sparse_coo_tensor(places, values, shape)
    return made if layout is None else made.to_sparse(layout=layout)


class check_sparse_tensor_invariants(contextlib.ContextDecorator):
    """Whether places of new sparse tensors are checked: they always are."""

    def __init__(self, enable: bool = True):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return None

    @staticmethod
    def is_enabled() -> bool:
        """Whether they are: yes."""
        return True

    @staticmethod
    def enable() -> None:
        """Check them: they are."""

    disable = enable


def __getattr__(name: str):
    """The old types of sparse tensors: torch.sparse.FloatTensor(indices, values, size)."""
    found = _TYPES.get(name)
    if found is None:
        raise AttributeError(f"module 'torch.sparse' has no attribute {name!r}")
    dtype = getattr(flambeau, found)
    return lambda *args: flambeau.sparse_coo_tensor(*(args if args and isinstance(args[0], Tensor) else (tuple(args),)), dtype=dtype)


_TYPES = {"FloatTensor": "float32", "DoubleTensor": "float64", "HalfTensor": "float16", "BFloat16Tensor": "bfloat16", "ByteTensor": "uint8",
          "CharTensor": "int8", "ShortTensor": "int16", "IntTensor": "int32", "LongTensor": "int64"}

__all__ = ["addmm", "check_sparse_tensor_invariants", "log_softmax", "mm", "softmax", "spdiags", "sum"]
