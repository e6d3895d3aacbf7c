"""Norms of matrices, the norm for either, and condition numbers."""
from __future__ import annotations

import math

from ..core.shape import wrap_dim
from .autocast import full_precision
from .common import Tensor, into, need_tensor, numpy_names, record
from .linalg_solve import LinalgInvEx
from .linalg_svd import singular_values
from .magnitude import nan_to_num
from .matrix import at_least_matrix, floating, matrices
from .movement import movedim, reshape, unsqueeze
from .norms import converted, vector_norm

_SPECTRAL = (2, -2, "nuc")          # what singular values tell
_BY_SUMS = (1, -1, math.inf, -math.inf)


def _checked_out(out, result, name: str):
    if isinstance(out, Tensor) and out.dtype is not result.dtype:
        raise RuntimeError(f"{name} expected out tensor dtype {result.dtype._title} but got: {out.dtype._title}")
    return into(out, result, name)


@numpy_names
def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim: bool = False, *, dtype=None, out=None):
    """The norm of each matrix that the two axes `dim` (row, column) make.

    ord: "fro" √Σ|a|², "nuc" the sum of the singular values, 2 and -2 the greatest and the least of them, 1 and -1 the greatest and the least sum of
    |a| over a column, inf and -inf over a row. RuntimeError for other orders and for integers.
    """
    name = "linalg.matrix_norm"
    at_least_matrix(need_tensor(A, name, "A"), name)
    if not isinstance(dim, (tuple, list)) or len(dim) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {' '.join(map(str, dim)) if isinstance(dim, (tuple, list)) else dim}")
    rows, columns = (wrap_dim(d, A.ndim) for d in dim)
    if rows == columns:
        raise RuntimeError(f"{name}: dims must be different. Got ({dim[0]}, {dim[1]})")
    if ord not in ("fro", *_SPECTRAL, *_BY_SUMS):
        raise RuntimeError(f"{name}: Order {ord} not supported.")
    if ord in _SPECTRAL:
        floating(A, name)
    x = converted(name, A, dtype)
    if ord == "fro":
        result = vector_norm(x, 2, (rows, columns), keepdim)
    elif ord in _SPECTRAL:
        levels = singular_values(movedim(x, (rows, columns), (-2, -1)))
        result = levels.sum(-1) if ord == "nuc" else _extreme(levels, -1, ord > 0)
        result = unsqueeze(unsqueeze(result, min(rows, columns)), max(rows, columns)) if keepdim else result
    else:
        summed, kept = (rows, columns) if ord in (1, -1) else (columns, rows)
        result = _extreme(vector_norm(x, 1, summed, keepdim=True), kept, ord > 0, keepdim=True)
        result = result if keepdim else result.squeeze((rows, columns))
    return _checked_out(out, result, name)


def _extreme(x: Tensor, dim: int, greatest: bool, keepdim: bool = False) -> Tensor:
    """The greatest along an axis, 0 if the axis is empty; or the least."""
    if not greatest:
        return x.amin(dim, keepdim)
    return x.amax(dim, keepdim) if x.shape[dim] else x.sum(dim, keepdim)


@numpy_names
def linalg_norm(A, ord=None, dim=None, keepdim: bool = False, *, out=None, dtype=None):
    """The norm of vectors or matrices: without `ord`, 2 over all elements (or over the axes `dim`); with it, the vector norm of a vector or along one
    axis, the matrix norm of a matrix or over two."""
    x = need_tensor(A, "linalg.norm", "A")
    dims = (dim,) if isinstance(dim, int) else dim
    if dims is not None and len(dims) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dims)}")
    if ord is not None and dims is None and x.ndim not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {x.ndim}D.")
    if ord is not None and (isinstance(ord, str) or (len(dims) if dims is not None else x.ndim) == 2):
        result = matrix_norm(x, ord, (-2, -1) if dims is None else dims, keepdim, dtype=dtype)
    else:
        result = vector_norm(x, 2 if ord is None else ord, dims, keepdim, dtype=dtype)
    return _checked_out(out, result, "linalg.norm")


@numpy_names
def norm(input, p="fro", dim=None, keepdim: bool = False, out=None, dtype=None):
    """The norm of all elements, or over the axes `dim`: p is a number, "fro" (2), or for two axes "nuc" (the sum of the singular values)."""
    x = need_tensor(input, "norm")
    if not isinstance(p, str):
        return vector_norm(x, 2 if p is None else p, dim, keepdim, dtype=dtype, out=out)
    if p == "fro" and (dim is None or isinstance(dim, int) or len(dim) <= 2):
        return vector_norm(x, 2, dim, keepdim, dtype=dtype, out=out)
    axes = tuple(range(x.ndim)) if dim is None else (dim,) if isinstance(dim, int) else dim
    return matrix_norm(x, p, axes, keepdim, dtype=dtype, out=out)


@full_precision
def linalg_cond(A, p=None, *, out=None):
    """The condition number of each matrix of A (…, m, n): ‖A‖ ‖A⁻¹‖ for the norms that matrix_norm knows (square matrices only), and for p None, 2 or
    "nuc" the same by singular values, where p None or 2 is the greatest over the least of them, p -2 the reverse. inf for singular matrices."""
    name = "linalg.cond"
    x = need_tensor(A, name, "A")
    if x.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    if p is not None and p not in ("fro", *_SPECTRAL, *_BY_SUMS):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    matrices(x, *(("linalg.svd",) if p in (None, 2, -2) else (f"{name}(ord={p})", "A", True)))
    if not x.numel():
        return into(out, x.new_zeros(x.shape[:-2], dtype=x.dtype.to_real()), name)
    if p in (None, 2, -2):
        levels = singular_values(x)
        greatest, least = levels[..., 0], levels[..., -1]
        return into(out, least / greatest if p == -2 else greatest / least, name)
    if p == "nuc":
        levels = singular_values(x)
        return into(out, levels.sum(-1) * levels.reciprocal().sum(-1), name)
    inverted, _ = record(LinalgInvEx(), x)             # of inf and NaN where the matrix is singular
    return into(out, nan_to_num(matrix_norm(x, p) * matrix_norm(inverted, p), math.inf, math.inf, -math.inf), name)


def frobenius_norm(input, dim, keepdim: bool = False, *, out=None):
    """√Σ|x|² over the axes `dim`: `linalg.vector_norm` under an older name."""
    return vector_norm(input, 2, dim, keepdim, out=out)


def nuclear_norm(input, dim=None, keepdim: bool = False, *, out=None):
    """The sum of the singular values of each matrix that the axes `dim` make: `linalg.matrix_norm(…, "nuc")` under an older name."""
    return matrix_norm(input, "nuc", (-2, -1) if dim is None else tuple(dim), keepdim, out=out)


def norm_except_dim(v, pow: int = 2, dim: int = 0):
    """The `pow`-norm of each slice along axis `dim`, of size 1 on the others; of all elements for dim -1."""
    x = need_tensor(v, "norm_except_dim", "v")
    if dim == -1:
        return vector_norm(x, pow)
    kept = wrap_dim(dim, x.ndim)
    size = vector_norm(x.transpose(0, kept).reshape(x.shape[kept], -1), pow, 1)
    return reshape(size, [x.shape[kept] if d == kept else 1 for d in range(x.ndim)])


__all__ = ["frobenius_norm", "norm", "norm_except_dim", "nuclear_norm"]
