"""The LU decomposition A = P L U with partial pivoting, and what is solved with it."""
from __future__ import annotations

import warnings

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from .autocast import full_precision
from .common import into, need_tensor, record, values
from .create import zeros
from .join import cat
from .linalg_triangular import LinalgSolveTriangular, check_fit
from .matrix import at_least_matrix, check_info, each_matrix, floating, identity_like, lapack, lower, mH, same_kind, upper
from .parts import narrow
from .returns import return_type


class LinalgLuFactorEx(Op):
    """(LU, pivots, info): L below the diagonal of LU (its own is 1), U on and above it. Row k was exchanged with row pivots[k] (counted from 1), in the
    order of k. info[…] is 0, or k where U[k, k] is 0. A (…, m, n)."""

    outputs = 3
    saves = ("out",)

    def shape(self, a):
        return a.shape, (*a.shape[:-2], min(a.shape[-2:])), a.shape[:-2]

    def dtype(self, a):
        return a.dtype, dt.int32, dt.int32

    def reference(self, a):
        factorize = lapack("getrf", a)

        def one(a):
            factors, pivots, info = factorize(a)
            return factors, pivots + 1, info
        return each_matrix(one, [a], [(a.shape[-2:], a.dtype), ((min(a.shape[-2:]),), np.int32), ((), np.int32)])

    def gradient(self, g, out, a):
        """From A' = Pᵀ A = L U: L⁻¹ dA' U⁻¹ = L⁻¹ dL + dU U⁻¹, whose terms are strictly lower and upper. The rows (or columns) beyond the square part
        follow from it: A'₂ = L₂ U (or L U₂)."""
        g, (factors, pivots, _) = g[0], out
        if g is None:
            return None
        m, n = a.shape[-2:]
        k = min(m, n)
        square = narrow(narrow(factors, -1, 0, k), -2, 0, k)
        low, up = lower(square, -1) + identity_like(square), upper(square)
        g_low, g_up = lower(narrow(g, -1, 0, k), -1), upper(narrow(g, -2, 0, k))
        g1, u1 = narrow(g_low, -2, 0, k), narrow(g_up, -1, 0, k)
        inner_low, inner_up = mH(low) @ g1, u1 @ mH(up)
        if m > n:
            low2, g2 = narrow(factors, -2, k, m - k), narrow(g_low, -2, k, m - k)
            inner_up = inner_up - mH(low2) @ g2
        elif n > m:
            up2, u2 = narrow(factors, -1, k, n - k), narrow(g_up, -1, k, n - k)
            inner_low = inner_low - u2 @ mH(up2)
        result = record(_BEFORE, mH(low), record(_AFTER, mH(up), lower(inner_low, -1) + upper(inner_up)))
        if m > n:
            result = cat([result, record(_AFTER, mH(up), g2)], -2)
        elif n > m:
            result = cat([result, record(_BEFORE, mH(low), u2)], -1)
        return record(PivotMatrix(m, a.dtype), pivots) @ result

    samples = lambda: [(normal(3, 3),), (normal(2, 4, 2),), (normal(2, 4),), (normal(0, 3),), (normal(2, 2) + 1j * normal(2, 2, seed=1),)]


_BEFORE, _AFTER = LinalgSolveTriangular(True, True, True), LinalgSolveTriangular(False, False)         # L⁻ᴴ X and X U⁻ᴴ


class PivotMatrix(Op):
    """The permutation matrix P with A = P L U, of `rows` rows, from the pivots (…, k) of an LU decomposition."""

    rows: int
    kind: dt.dtype
    types = "keep"

    def shape(self, pivots):
        return *pivots.shape[:-1], self.rows, self.rows

    def dtype(self, pivots):
        return self.kind

    def reference(self, pivots):
        result = np.zeros(self.shape(pivots), self.kind.numpy)
        for place in np.ndindex(pivots.shape[:-1]):
            order = np.arange(self.rows)
            for k, j in enumerate(pivots[place] - 1):
                order[[k, j]] = order[[j, k]]
            result[place][order, np.arange(self.rows)] = 1
        return result

    samples = lambda: [(np.array([3, 3, 3], "int32"), 3, dt.float64), (np.array([[2, 2], [1, 3]], "int32"), 3, dt.float32),
                       (np.zeros(0, "int32"), 2, dt.float64)]


# ------------------------------------------------------------------------------------------------------------- the functions
Factors = return_type("linalg_lu_factor", "LU", "pivots")
FactorsEx = return_type("linalg_lu_factor_ex", "LU", "pivots", "info")
FactorsWithInfo = return_type("_lu_with_info", "LU", "pivots", "info")
Lu = return_type("linalg_lu", "P", "L", "U")
Unpacked = return_type("lu_unpack", "P", "L", "U")


def _factorized(A, pivot, name: str):
    if need_tensor(A, name, "A").ndim < 2:
        raise RuntimeError(f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(A.shape)} instead")
    if A.dtype.category < 2 or A.dtype.itemsize < 4:
        raise NotImplementedError(f"\"lu_cpu\" not implemented for '{A.dtype._title}'")
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    return record(LinalgLuFactorEx(), A)


def _singular(k: int) -> str:
    return (f"U[{k},{k}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the factorization, consider "
            "calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)")


def linalg_lu_factor_ex(A, *, pivot: bool = True, check_errors: bool = False, out=None):
    """(LU, pivots, info) of each matrix of A (…, m, n): L and U in one matrix, the rows exchanged (counted from 1), and 0 or the place of the first 0
    on U's diagonal, a RuntimeError with `check_errors`."""
    result = FactorsEx(_factorized(A, pivot, "torch.lu_factor"))
    if check_errors:
        check_info(result.info, "torch.linalg.lu_factor_ex", _singular, RuntimeError)
    return into(out, result, "linalg.lu_factor_ex")


def linalg_lu_factor(A, *, pivot: bool = True, out=None):
    """(LU, pivots) of each matrix of A (…, m, n), for lu_solve. RuntimeError where U has a 0 on its diagonal."""
    factors, pivots, info = _factorized(A, pivot, "torch.lu_factor")
    check_info(info, "torch.linalg.lu_factor", _singular, RuntimeError)
    return into(out, Factors(factors, pivots), "linalg.lu_factor")


def linalg_lu(A, *, pivot: bool = True, out=None):
    """(P, L, U) with A = P L U: P a permutation (…, m, m), L (…, m, k) lower triangular with ones on the diagonal, U (…, k, n), k = min(m, n)."""
    factors, pivots, _ = _factorized(A, pivot, "linalg.lu")
    return into(out, Lu(record(PivotMatrix(A.shape[-2], A.dtype), pivots), *_triangles(factors)), "linalg.lu")


def _triangles(factors):
    """L and U from one matrix."""
    k = min(factors.shape[-2:])
    left = narrow(factors, -1, 0, k)
    ones = np.eye(factors.shape[-2], k)
    return lower(left, -1) + factors.new_tensor(ones), upper(narrow(factors, -2, 0, k))


def lu(A, pivot: bool = True, get_infos: bool = False, out=None):
    """(LU, pivots), and with `get_infos` info. Deprecated: linalg.lu_factor is its successor."""
    warnings.warn("torch.lu is deprecated in favor of torch.linalg.lu_factor / torch.linalg.lu_factor_ex and will be removed in a future PyTorch "
                  "release.\nLU, pivots = torch.lu(A, compute_pivots)\nshould be replaced with\nLU, pivots = torch.linalg.lu_factor(A, compute_pivots)\nand\n"
                  "LU, pivots, info = torch.lu(A, compute_pivots, get_infos=True)\nshould be replaced with\n"
                  "LU, pivots, info = torch.linalg.lu_factor_ex(A, compute_pivots)", UserWarning, stacklevel=2)
    result = FactorsWithInfo(_factorized(A, pivot, "torch.lu_factor"))
    if get_infos:
        return into(out, result, "lu")
    return into(out, (result.LU, result.pivots), "lu")


def lu_unpack(LU_data, LU_pivots, unpack_data: bool = True, unpack_pivots: bool = True, *, out=None):
    """(P, L, U) from the results of lu_factor; P, or L and U, are empty if not asked for. RuntimeError for pivots that are none."""
    factors, pivots = need_tensor(LU_data, "lu_unpack", "LU_data"), need_tensor(LU_pivots, "lu_unpack", "LU_pivots")
    at_least_matrix(factors, "torch.lu_unpack", "LU_data")
    rows = factors.shape[-2]
    if pivots.dtype is not dt.int32:
        raise RuntimeError("torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: this function is intended to be "
                           "used with the output produced by torch.linalg.lu_factor")
    if unpack_pivots and not pivots.is_meta and pivots.numel() and not 1 <= values(pivots).min() <= values(pivots).max() <= rows:
        raise RuntimeError("pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive. Did you properly pass the result of lu_factor?")
    nothing = zeros(0, dtype=factors.dtype)
    low, up = _triangles(factors) if unpack_data else (nothing, nothing)
    permutation = record(PivotMatrix(rows, factors.dtype), pivots) if unpack_pivots else nothing
    return into(out, Unpacked(permutation, low, up), "lu_unpack")


def linalg_lu_solve(LU, pivots, B, *, left: bool = True, adjoint: bool = False, out=None):
    """X with A X = B (X A = B if not `left`; Aᴴ for A if `adjoint`), from the results of lu_factor. LU (…, n, n), pivots (…, n), B (…, n, k); leading
    axes broadcast."""
    name = "linalg.lu_solve"
    need_tensor(pivots, name, "pivots")
    floating(need_tensor(LU, name, "LU"), "torch.linalg.lu_solve")
    same_kind(name, LU, need_tensor(B, name, "B"), "LU")
    if pivots.dtype is not dt.int32:
        raise RuntimeError(f"{name}: pivots should be a Tensor of scalar type torch.int32")
    if LU.ndim < 2 or LU.shape[-2] != LU.shape[-1]:
        raise RuntimeError(f"torch.linalg.lu_solve: A must be batches of square matrices, but they are {' by '.join(map(str, LU.shape[-2:]))} matrices")
    at_least_matrix(B, name, "B")
    check_fit(name, LU, B, left)
    if pivots.shape[-1:] != LU.shape[-1:]:
        raise RuntimeError(f"{name}: Number of pivots per batch should be same as the dimension of the matrix")
    if pivots.shape[:-1] != LU.shape[:-2]:
        raise RuntimeError(f"{name}: Batch dimensions of LU and pivots should match, got {list(LU.shape[:-2])} and {list(pivots.shape[:-1])}")
    result = _solved(LU, pivots, B, adjoint) if left else mH(_solved(LU, pivots, mH(B), not adjoint))
    return into(out, result, name)


def _solved(factors, pivots, b, adjoint: bool):
    permutation = record(PivotMatrix(factors.shape[-1], factors.dtype), pivots)
    if adjoint:                                                                     # Aᴴ = Uᴴ Lᴴ Pᵀ
        half = record(LinalgSolveTriangular(False), mH(factors), b)
        return permutation @ record(LinalgSolveTriangular(True, True, True), mH(factors), half)
    half = record(LinalgSolveTriangular(False, True, True), factors, permutation.mT @ b)
    return record(LinalgSolveTriangular(True), factors, half)


@full_precision
def lu_solve(b, LU_data, LU_pivots, *, out=None):
    """X with A X = b from the results of lu_factor. Deprecated: linalg.lu_solve is its successor."""
    warnings.warn("torch.lu_solve is deprecated in favor of torch.linalg.lu_solve and will be removed in a future PyTorch release.\n"
                  "Note that torch.linalg.lu_solve has its arguments reversed.\nX = torch.lu_solve(B, LU, pivots)\nshould be replaced with\n"
                  "X = torch.linalg.lu_solve(LU, pivots, B)", UserWarning, stacklevel=2)
    return linalg_lu_solve(LU_data, LU_pivots, b, out=out)


__all__ = ["lu", "lu_solve", "lu_unpack"]
