"""Linear equations and inverses of square matrices."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from ..core.shape import broadcast_shapes, numel, wrap_dims
from .autocast import full_precision
from .common import into, need_tensor, record
from .linalg_triangular import check_fit
from .matrix import at_least_matrix, check_info, each_matrix, floating, lapack, matrices, mH, same_kind
from .movement import permute, reshape, squeeze, unsqueeze
from .returns import return_type


def _some(n, shift=0.0):
    return normal(n, n) + shift * np.eye(n)


class LinalgSolveEx(Op):
    """(X, info) with A X = B: A (…, n, n), B (…, n, k), leading axes broadcast. info[…] of A is 0, or k where U[k, k] of its LU decomposition is 0: then
    X has inf and NaN."""

    outputs = 2
    saves = ("a", "out")

    def shape(self, a, b):
        return (*broadcast_shapes(a.shape[:-2], b.shape[:-2]), *b.shape[-2:]), a.shape[:-2]

    def dtype(self, a, b):
        return a.dtype, dt.int32

    def reference(self, a, b):
        try:
            return np.linalg.solve(a, b), np.zeros(a.shape[:-2], np.int32)
        except np.linalg.LinAlgError:
            return each_matrix(_solve_one, (a, b), [(b.shape[-2:], b.dtype)])[0], singular_info(a)

    def gradient(self, g, out, a, b):
        if g[0] is None:
            return None, None

        def to_b():
            return record(self, mH(a), g[0])[0]
        return lambda: -to_b() @ mH(out[0]), to_b

    samples = lambda: [(_some(3), normal(3, 2)), (_some(2, 2), normal(4, 2, 1)), (np.stack([_some(2), _some(2, 1)]), normal(2, 3)),
                       (normal(0, 0), normal(0, 2)), (_some(2) + 1j * _some(2, 1), normal(2, 2) + 1j * normal(2, 2, seed=1))]


def _solve_one(a, b):
    """X of one system, with inf and NaN where A is singular."""
    factorize, substitute = lapack(("getrf", "getrs"), a, b)
    factors, pivots, _ = factorize(a)
    return substitute(factors, pivots, b)[:1]


def singular_info(a: np.ndarray) -> np.ndarray:
    """For each matrix, 0, or k where U[k, k] of its LU decomposition is 0."""
    factorize = lapack("getrf", a)
    return each_matrix(lambda m: factorize(m)[2:], [a], [((), np.int32)])[0]


class LinalgInvEx(Op):
    """(A⁻¹, info). info[…] is 0, or k where U[k, k] of the LU decomposition is 0: then the inverse has inf and NaN."""

    outputs = 2
    saves = ("out",)

    def shape(self, a):
        return a.shape, a.shape[:-2]

    def dtype(self, a):
        return a.dtype, dt.int32

    def reference(self, a):
        try:
            return np.linalg.inv(a), np.zeros(a.shape[:-2], np.int32)
        except np.linalg.LinAlgError:
            identity = np.eye(a.shape[-1], dtype=a.dtype)
            return each_matrix(_solve_one, (a, identity), [(a.shape[-2:], a.dtype)])[0], singular_info(a)

    def gradient(self, g, out, a):
        if g[0] is None:
            return None
        adjoint = mH(out[0])
        return -adjoint @ g[0] @ adjoint

    samples = lambda: [(_some(3),), (np.stack([_some(2), _some(2, 1)]),), (normal(0, 0),), (_some(2) + 1j * _some(2, 1),)]


# ------------------------------------------------------------------------------------------------------------- the functions
Inverse = return_type("linalg_inv_ex", "inverse", "info")
Result = return_type("linalg_solve_ex", "result", "info")


def _no_inverse(k: int) -> str:
    return f"The diagonal element {k} is zero, the inversion could not be completed because the input matrix is singular."


@full_precision
def linalg_inv_ex(A, *, check_errors: bool = False, out=None):
    """(inverse, info) of each matrix of A (…, n, n); info is 0, or tells where a singular matrix failed, which is a LinAlgError with `check_errors`."""
    result = Inverse(record(LinalgInvEx(), matrices(A, "linalg.inv", square=True)))
    if check_errors:
        check_info(result.info, "linalg.inv_ex", _no_inverse)
    return into(out, result, "linalg.inv_ex")


@full_precision
def linalg_inv(A, *, out=None):
    """The inverse of each matrix of A (…, n, n). LinAlgError if one is singular."""
    inverted, info = record(LinalgInvEx(), matrices(A, "linalg.inv", square=True))
    check_info(info, "linalg.inv", _no_inverse)
    return into(out, inverted, "linalg.inv")


@full_precision
def inverse(input, *, out=None):
    """`linalg.inv` under its older name."""
    return linalg_inv(input, out=out)


def _solved(A, B, left: bool):
    """The result, of the shape that users expect, and info."""
    name = "linalg.solve"
    matrices(A, name, square=True)
    same_kind(name, A, need_tensor(B, name, "B"))
    vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])
    if vector:
        if not left:
            raise RuntimeError("linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case linalg.solve is "
                               "equivalent to B / A.squeeze(-1)")
        B = unsqueeze(B, -1)
    at_least_matrix(B, name, "B")
    check_fit(name, A, B, left)
    if left:
        result, info = record(LinalgSolveEx(), A, B)
    else:
        result, info = record(LinalgSolveEx(), A.mT, B.mT)
        result = result.mT
    return squeeze(result, -1) if vector else result, info


def linalg_solve_ex(A, B, *, left: bool = True, check_errors: bool = False, out=None):
    """(result, info): X with A X = B (X A = B if not `left`), and 0 or the place where a singular matrix failed, a LinAlgError with `check_errors`."""
    result = Result(_solved(A, B, left))
    if check_errors:
        check_info(result.info, "torch.linalg.solve_ex", _no_solution)
    return into(out, result, "linalg.solve_ex")


def _no_solution(k: int) -> str:
    return "The solver failed because the input matrix is singular."


@full_precision
def linalg_solve(A, B, *, left: bool = True, out=None):
    """X with A X = B (X A = B if not `left`): A (…, n, n), B (…, n, k), or vectors (…, n); leading axes broadcast. LinAlgError if a matrix is singular."""
    result, info = _solved(A, B, left)
    check_info(info, "torch.linalg.solve", _no_solution)
    return into(out, result, "linalg.solve")


@full_precision
def linalg_tensorinv(A, ind: int = 2, *, out=None):
    """The inverse of A for tensordot: tensordot(tensorinv(A), B, ind) = X solves tensordot(A, X, X.ndim) = B. A has the axes of B (the first `ind`), then
    those of X, equally many elements. The result has those of X, then those of B."""
    floating(need_tensor(A, "linalg.tensorinv", "A"), "linalg.tensorinv")
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    ours, theirs = tuple(A.shape[:ind]), tuple(A.shape[ind:])
    if ind > A.ndim or numel(ours) != numel(theirs):
        raise RuntimeError(f"Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got {numel(theirs)} != "
                           f"{numel(ours)}")
    inverted, info = record(LinalgInvEx(), reshape(A, (numel(ours), numel(theirs))))
    check_info(info, "inv", _no_inverse)
    return into(out, reshape(inverted, (*theirs, *ours)), "linalg.tensorinv")


@full_precision
def linalg_tensorsolve(A, B, dims=None, *, out=None):
    """X with tensordot(A, X, X.ndim) = B: A has the axes of B, then those of X, equally many elements; `dims` names axes of A to be moved to the end
    first."""
    same_kind("linalg.tensorsolve", floating(need_tensor(A, "linalg.tensorsolve", "A"), "linalg.tensorsolve"), need_tensor(B, "linalg.tensorsolve", "B"))
    if dims is not None:
        moved = wrap_dims(dims, A.ndim)
        A = permute(A, (*(d for d in range(A.ndim) if d not in moved), *moved))
    theirs = tuple(A.shape[B.ndim:])
    if numel(theirs) != numel(A.shape[:B.ndim]):
        raise RuntimeError("Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got "
                           f"{numel(theirs)} != {numel(A.shape[:B.ndim])}")
    flat = reshape(A, (B.numel(), numel(theirs)))
    return into(out, reshape(linalg_solve(flat, reshape(B, (-1,))), theirs), "linalg.tensorsolve")


__all__ = ["inverse"]
