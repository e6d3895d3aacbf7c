"""Eigenvalues and eigenvectors."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from .autocast import full_precision
from .common import into, record, values
from .elementwise import conj_of
from .linalg_solve import LinalgSolveEx
from .linalg_svd import between, refuse_phase
from .matrix import LinAlgError, check_info, converged, diagonal_matrix, diagonal_of, matrices, mH
from .movement import unsqueeze
from .returns import return_type


def _symmetric(n):
    a = normal(n, n)
    return a + a.T


class LinalgEigh(Op):
    """(L, V, info) with A = V diag(L) Vᴴ, A (…, n, n) Hermitian: L (…, n) real, ascending, V unitary. Only the lower (upper) triangle of A is read.
    info[…] is 0, or 1 where the iteration did not converge."""

    lower: bool = True
    outputs = 3
    saves = ("out",)
    no_gradient_test = "reads one triangle, while its gradient stands for a change of both: tests/ops/test_linalg.py takes Hermitian directions"

    def shape(self, a):
        return a.shape[:-1], a.shape, a.shape[:-2]

    def dtype(self, a):
        return a.dtype.to_real(), a.dtype, dt.int32

    def reference(self, a):
        triangle = "L" if self.lower else "U"
        return converged(lambda m: np.linalg.eigh(m, triangle), a, [(a.shape[-1:], a.real.dtype), (a.shape[-2:], a.dtype)])

    def gradient(self, g, out, a):
        """dL = Re diag(Vᴴ dA V); Vᴴ dV = (Vᴴ dA V) / E off the diagonal, E[i, j] = L[j] - L[i]. Of all gradients for a Hermitian A, the Hermitian one."""
        (g_levels, g_v, _), (levels, v, _) = g, out
        if g_v is None:
            return None if g_levels is None else (v * unsqueeze(g_levels, -2)) @ mH(v)
        inner = mH(v) @ g_v
        if a.dtype.is_complex:
            refuse_phase(diagonal_of(inner).imag, "linalg_eigh_backward", "eigenvectors")
        inner = (inner - mH(inner)) * 0.5 / between(levels)
        inner = inner - diagonal_matrix(diagonal_of(inner) if g_levels is None else diagonal_of(inner) - g_levels)
        return v @ inner @ mH(v)

    samples = lambda: [(_symmetric(3),), (_symmetric(3), False), (np.stack([_symmetric(2), _symmetric(2) + 1]),), (normal(0, 0),)]


class Eigvalsh(Op):
    """(L, info): the eigenvalues of each Hermitian matrix, ascending. Only the lower (upper) triangle is read. info[…] is 0, or 1 where the iteration
    did not converge."""

    lower: bool = True
    outputs = 2
    saves = ("a",)
    backward = "LinalgEighBackward0"
    no_gradient_test = LinalgEigh.no_gradient_test

    def shape(self, a):
        return a.shape[:-1], a.shape[:-2]

    def dtype(self, a):
        return a.dtype.to_real(), dt.int32

    def reference(self, a):
        triangle = "L" if self.lower else "U"
        return converged(lambda m: (np.linalg.eigvalsh(m, triangle),), a, [(a.shape[-1:], a.real.dtype)])

    def gradient(self, g, out, a):
        if g[0] is None:
            return None
        _, v, _ = record(LinalgEigh(self.lower), a)
        return (v * unsqueeze(g[0], -2)) @ mH(v)

    samples = LinalgEigh.samples


class LinalgEig(Op):
    """(L, V, info) with A V = V diag(L), A (…, n, n) any square matrix: L (…, n) and V complex, columns of V of length 1. info[…] is 0, or 1 where the
    iteration did not converge."""

    outputs = 3
    saves = ("out",)
    no_gradient_test = "the phase of its vectors is arbitrary: tests/ops/test_linalg.py takes functions that do not depend on it"

    def shape(self, a):
        return a.shape[:-1], a.shape, a.shape[:-2]

    def dtype(self, a):
        return a.dtype.to_complex(), a.dtype.to_complex(), dt.int32

    def reference(self, a):
        kind = np.result_type(a.dtype, np.complex64)
        return converged(np.linalg.eig, a, [(a.shape[-1:], kind), (a.shape[-2:], kind)])

    def gradient(self, g, out, a):
        """dL = diag(V⁻¹ dA V); V⁻¹ dV = (V⁻¹ dA V) / E off the diagonal, E[i, j] = L[j] - L[i], and on it what keeps the columns' length."""
        (g_levels, g_v, _), (levels, v, _) = g, out
        adjoint = mH(v)
        if g_v is None:
            return None if g_levels is None else record(LinalgSolveEx(), adjoint, unsqueeze(g_levels, -1) * adjoint)[0]
        inner = adjoint @ g_v
        lengths = diagonal_of(inner)
        refuse_phase(lengths.imag, "linalg_eig_backward", "eigenvectors")
        inner = (inner - adjoint @ (v * unsqueeze(lengths.real, -2))) / conj_of(between(levels))
        inner = inner - diagonal_matrix(diagonal_of(inner) if g_levels is None else diagonal_of(inner) - g_levels)
        return record(LinalgSolveEx(), adjoint, inner @ adjoint)[0]

    samples = lambda: [(normal(3, 3),), (normal(2, 2, 2),), (normal(2, 2) + 1j * normal(2, 2, seed=1),), (normal(0, 0),)]


class Eigvals(Op):
    """(L, info): the complex eigenvalues of each square matrix, in no particular order. info[…] is 0, or 1 where the iteration did not converge."""

    outputs = 2
    saves = ("a",)
    backward = "LinalgEigBackward0"

    def shape(self, a):
        return a.shape[:-1], a.shape[:-2]

    def dtype(self, a):
        return a.dtype.to_complex(), dt.int32

    def reference(self, a):
        kind = np.result_type(a.dtype, np.complex64)
        return converged(lambda m: (np.linalg.eigvals(m),), a, [(a.shape[-1:], kind)])

    def gradient(self, g, out, a):
        if g[0] is None:
            return None
        _, v, _ = record(LinalgEig(), a)
        return record(LinalgSolveEx(), mH(v), unsqueeze(g[0], -1) * mH(v))[0]

    samples = lambda: [(normal(3, 3),), (normal(2, 2, 2),), (normal(2, 2) + 1j * normal(2, 2, seed=1),), (normal(0, 0),)]


# ------------------------------------------------------------------------------------------------------------- the functions
Hermitian = return_type("linalg_eigh", "eigenvalues", "eigenvectors")
General = return_type("linalg_eig", "eigenvalues", "eigenvectors")


def _reads_lower(UPLO) -> bool:
    if not isinstance(UPLO, str) or UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return UPLO.upper() == "L"


def _no_convergence(code: int) -> str:
    return "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated eigenvalues."


@full_precision
def linalg_eigh(A, UPLO: str = "L", *, out=None):
    """(eigenvalues, eigenvectors) of each symmetric or Hermitian matrix of A (…, n, n), of which only the lower ("U": upper) triangle is read:
    A = V diag(L) Vᴴ, L (…, n) real and ascending, V unitary. Gradients through V are infinite where eigenvalues are equal."""
    levels, v, info = record(LinalgEigh(_reads_lower(UPLO)), matrices(A, "linalg.eigh", square=True))
    check_info(info, "linalg.eigh", _no_convergence)
    return into(out, Hermitian(levels, v), "linalg.eigh")


@full_precision
def linalg_eigvalsh(A, UPLO: str = "L", *, out=None):
    """The eigenvalues (…, n), ascending, of each symmetric or Hermitian matrix of A (…, n, n), of which only one triangle is read."""
    levels, info = record(Eigvalsh(_reads_lower(UPLO)), matrices(A, "linalg.eigh", square=True))
    check_info(info, "linalg.eigh", _no_convergence)
    return into(out, levels, "linalg.eigvalsh")


def _finite(A, name: str):
    matrices(A, name, square=True)
    if not A.is_meta and not np.isfinite(values(A)).all():
        raise LinAlgError(f"torch.{name}: input tensor should not contain infs or NaNs.")
    return A


@full_precision
def linalg_eig(A, *, out=None):
    """(eigenvalues, eigenvectors) of each square matrix of A (…, n, n): A V = V diag(L), both complex; the columns of V have length 1 and an arbitrary
    phase. LinAlgError for matrices with NaN or inf."""
    levels, v, info = record(LinalgEig(), _finite(A, "linalg.eig"))
    check_info(info, "linalg.eig", _no_convergence)
    return into(out, General(levels, v), "linalg.eig")


@full_precision
def linalg_eigvals(A, *, out=None):
    """The complex eigenvalues (…, n) of each square matrix of A (…, n, n), in no particular order. LinAlgError for matrices with NaN or inf."""
    levels, info = record(Eigvals(), _finite(A, "linalg.eigvals"))
    check_info(info, "linalg.eigvals", _no_convergence)
    return into(out, levels, "linalg.eigvals")


__all__ = []
