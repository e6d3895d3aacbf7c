"""torch.sparse: functions of sparse tensors, which flambeau holds dense (see flambeau.sparse_coo_tensor)."""
from __future__ import annotations

import flambeau
from flambeau import Tensor, dtype


def mm(mat1: Tensor, mat2: Tensor, reduce: str = "sum") -> Tensor:
    """The product of two matrices. NotImplementedError for another reduction than the sum."""
    if reduce != "sum":
        raise NotImplementedError(f"torch.sparse.mm here reduces by the sum, not by {reduce!r}")
    return flambeau.mm(mat1, mat2)


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta · input + alpha · mat1 · mat2"""
    return flambeau.addmm(input, mat1, mat2, beta=beta, alpha=alpha)


def sum(input: Tensor, dim: int | tuple[int, ...] | None = None, dtype: dtype | None = None) -> Tensor:
    """The sum of all elements, or along axes."""
    return flambeau.sum(input, dtype=dtype) if dim is None else flambeau.sum(input, dim, dtype=dtype)


def softmax(input: Tensor, dim: int, *, dtype: dtype | None = None) -> Tensor:
    """The softmax of the elements that are not zero, along an axis; the others stay zero."""
    return _among_nonzero(flambeau.softmax, input, dim, dtype)


def log_softmax(input: Tensor, dim: int, *, dtype: dtype | None = None) -> Tensor:
    """The logarithm of `softmax`, of the elements that are not zero; the others stay zero."""
    return _among_nonzero(flambeau.log_softmax, input, dim, dtype)


def _among_nonzero(function, input, dim, dtype):
    there = input != 0
    shown = function(flambeau.where(there, input, float("-inf")), dim, dtype=dtype)
    return flambeau.where(there, shown, 0.0)


__all__ = ["addmm", "log_softmax", "mm", "softmax", "sum"]
