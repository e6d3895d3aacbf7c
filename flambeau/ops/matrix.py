"""What the operators of linear algebra share: their checks and error, parts of matrices, and LAPACK over batches."""
from __future__ import annotations

import numpy as np

from .common import Tensor, from_array, need_tensor, record, values
from .diagonal import Tril, Triu, diag_embed
from .elementwise import conj_of
from .movement import transpose
from .parts import diagonal


class LinAlgError(RuntimeError):
    """An operation of linear algebra failed: a matrix is singular or not positive-definite, or an iteration did not converge."""


# --------------------------------------------------------------------------------------------------------------------- checks
def matrices(x, name: str, argument: str = "A", square: bool = False) -> Tensor:
    """`x` if it is a floating or complex tensor of matrices (…, m, n). TypeError or RuntimeError, in PyTorch's words, if it is not."""
    at_least_matrix(need_tensor(x, name, argument), name, argument)
    if square:
        need_square(x, name, argument)
    return floating(x, name)


def at_least_matrix(x: Tensor, name: str, argument: str = "A") -> None:
    """RuntimeError for tensors of fewer than two axes."""
    if x.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {argument} must have at least 2 dimensions.")


def need_square(x: Tensor, name: str, argument: str = "A") -> None:
    """RuntimeError for matrices that are not square."""
    if x.shape[-2] != x.shape[-1]:
        raise RuntimeError(f"{name}: {argument} must be batches of square matrices, but they are {x.shape[-2]} by {x.shape[-1]} matrices")


def floating(x: Tensor, name: str, low: bool = False) -> Tensor:
    """`x` if its dtype is floating or complex, and (unless `low`) of at least 32 bits. RuntimeError (NotImplementedError) if it is not."""
    if x.dtype.category < 2:
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {x.dtype._title}")
    if not low and x.dtype.itemsize < 4:
        raise NotImplementedError(f"{name}: Low precision dtypes not supported. Got {x.dtype._title}")
    return x


def same_kind(name: str, a: Tensor, b: Tensor, first: str = "A", second: str = "B") -> None:
    """RuntimeError unless both have one dtype."""
    if a.dtype is not b.dtype:
        raise RuntimeError(f"{name}: Expected {first} and {second} to have the same dtype, but found {first} of type {a.dtype._title} and {second} of type "
                           f"{b.dtype._title} instead")


def check_info(info: Tensor, name: str, reason, error: type[RuntimeError] = LinAlgError) -> None:
    """LinAlgError for the first matrix whose LAPACK code in `info` is not 0; `reason(code)` is the sentence. This runs what is pending."""
    if info.is_meta:
        return
    codes = values(info)
    if codes.any():
        k = int(np.flatnonzero(codes)[0])
        where = f"(Batch element {k}): " if codes.ndim else ""
        raise error(f"{name}: {where}{reason(int(codes.reshape(-1)[k]))}")


# ----------------------------------------------------------------------------------------------------------- parts of matrices
def lower(x: Tensor, k: int = 0) -> Tensor:
    """The lower triangle of matrices, up to diagonal `k`; zeros above."""
    return record(Tril(k), x)


def upper(x: Tensor, k: int = 0) -> Tensor:
    """The upper triangle of matrices, from diagonal `k` on; zeros below."""
    return record(Triu(k), x)


def halved_diagonal(x: Tensor) -> Tensor:
    """Matrices with their diagonal halved."""
    return x - diagonal_matrix(diagonal_of(x) * 0.5)


def diagonal_matrix(x: Tensor) -> Tensor:
    """Matrices (…, n, n) with x (…, n) on the diagonal."""
    return diag_embed(x, 0, -2, -1)


def diagonal_of(x: Tensor) -> Tensor:
    """The diagonals (…, n) of matrices."""
    return diagonal(x, 0, -2, -1)


def mH(x: Tensor) -> Tensor:
    """The conjugate transposes of matrices."""
    return conj_of(transpose(x, -2, -1))


def hermitian_part(x: Tensor) -> Tensor:
    """(x + xᴴ) / 2"""
    return (x + mH(x)) * 0.5


def identity_like(x: Tensor, n: int | None = None) -> Tensor:
    """The n x n identity in the dtype of `x`, by default of the size of its last axis."""
    return from_array(np.eye(x.shape[-1] if n is None else n, dtype=x.dtype.numpy), x.dtype)


def linalg_diagonal(A, *, offset: int = 0, dim1: int = -2, dim2: int = -1):
    """The diagonals of matrices as a last axis: a view. `diagonal` of the last two axes, unless others are named."""
    return diagonal(need_tensor(A, "linalg.diagonal", "A"), offset, dim1, dim2)


# --------------------------------------------------------------------------------------------------------------------- LAPACK
def lapack(names, *arrays):
    """LAPACK's routines `names`, in the precision of `arrays`."""
    from scipy.linalg.lapack import get_lapack_funcs
    return get_lapack_funcs(names, arrays)


def each_matrix(function, arrays, results):
    """`function` of the matrices of `arrays` (…, m, n), one after the other; their leading axes broadcast.

    results: the shape of each result for one matrix, and its NumPy dtype. Where a matrix of the first array is empty, they are zeros.
    """
    batch = np.broadcast_shapes(*[a.shape[:-2] for a in arrays])
    made = [np.zeros(batch + tuple(shape), kind) for shape, kind in results]
    arrays = [np.broadcast_to(a, batch + a.shape[-2:]) for a in arrays]
    if 0 in arrays[0].shape[-2:]:
        return tuple(made)
    for k in np.ndindex(*batch):
        for result, value in zip(made, function(*[a[k] for a in arrays]), strict=True):
            result[k] = value
    return tuple(made)


def converged(function, a: np.ndarray, results):
    """`function` of all matrices of `a` at once, and info 0. If one does not converge: of one after the other, with NaN and info 1 for those.

    results: the shape of each result for one matrix, and its NumPy dtype.
    """
    def one(m):
        try:
            return *function(m), 0
        except np.linalg.LinAlgError:
            return *(np.full(shape, np.nan, kind) for shape, kind in results), 1
    try:
        return *function(a), np.zeros(a.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        return each_matrix(one, [a], [*results, ((), np.int32)])
