"""The singular value decomposition."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from .autocast import full_precision
from .common import Tensor, into, need_tensor, record, values
from .create import zeros
from .matrix import check_info, converged, diagonal_matrix, diagonal_of, matrices, mH
from .movement import unsqueeze
from .parts import narrow
from .returns import return_type

GAUGE = ("in the complex case are specified up to multiplication by e^{i phi}. The specified loss function depends on this quantity, so it is "
         "ill-defined.")


def refuse_phase(imaginary: Tensor, name: str, vectors: str) -> None:
    """RuntimeError if a loss depends on the phase of complex vectors, which is arbitrary: then `imaginary`, its slope along the phase, is not 0."""
    if np.abs(values(imaginary)).max(initial=0) > 1e-2:
        raise RuntimeError(f"{name}: The {vectors} {GAUGE}")


def between(levels: Tensor) -> Tensor:
    """E[i, j] = levels[j] - levels[i], and ones on the diagonal: what divides in the derivatives of singular and eigenvectors."""
    return unsqueeze(levels, -2) - unsqueeze(levels, -1) + levels.new_tensor(np.eye(levels.shape[-1]))


class LinalgSvd(Op):
    """(U, S, Vᴴ, info) with A = U diag(S) Vᴴ, A (…, m, n), S (…, k) in descending order, k = min(m, n); U (…, m, k) and Vᴴ (…, k, n), for `full` square.
    info[…] is 0, or 1 where the iteration did not converge."""

    full: bool
    outputs = 4
    saves = ("out",)

    def shape(self, a):
        *batch, m, n = a.shape
        k = min(m, n)
        return (*batch, m, m if self.full else k), (*batch, k), (*batch, n if self.full else k, n), tuple(batch)

    def dtype(self, a):
        return a.dtype, a.dtype.to_real(), a.dtype, dt.int32

    def reference(self, a):
        u, s, vh = (shape[a.ndim - 2:] for shape in self.shape(a)[:3])
        return converged(lambda m: np.linalg.svd(m, self.full), a, [(u, a.dtype), (s, a.real.dtype), (vh, a.dtype)])

    def gradient(self, g, out, a):
        """With P = Uᴴ dA V and E[i, j] = s[j]² - s[i]²: dS = Re diag P, Uᴴ dU = (P S + S Pᴴ) / E, Vᴴ dV = (S P + Pᴴ S) / E. What of dU and dV leaves the
        spaces of U and V comes from the rest of dA. The extra columns of `full` have no say."""
        g_u, g_s, g_vh, _ = g
        u, s, vh, _ = out
        if g_u is None and g_vh is None:
            return None if g_s is None else (u[..., :s.shape[-1]] * unsqueeze(g_s, -2)) @ vh[..., :s.shape[-1], :]
        k = s.shape[-1]
        m, n = a.shape[-2:]
        u, vh = narrow(u, -1, 0, k), narrow(vh, -2, 0, k)
        g_u = None if g_u is None else narrow(g_u, -1, 0, k)
        g_v = None if g_vh is None else mH(narrow(g_vh, -2, 0, k))
        of_u = None if g_u is None else mH(u) @ g_u
        of_v = None if g_v is None else vh @ g_v
        self._check_phase(of_u, of_v, a)
        gaps = between(s * s)
        inner = 0
        if of_u is not None:
            inner = (of_u - mH(of_u)) / gaps * unsqueeze(s, -2)
        if of_v is not None:
            inner = inner + unsqueeze(s, -1) * ((of_v - mH(of_v)) / gaps)
        levels = g_s
        if a.dtype.is_complex and of_u is not None:
            turn = diagonal_of(of_u).imag / s * 1j
            levels = turn if levels is None else levels + turn
        if levels is not None:
            inner = inner + diagonal_matrix(levels)
        result = u @ inner @ vh
        if g_u is not None and m > k:
            outside = g_u / unsqueeze(s, -2)
            result = result + (outside - u @ (mH(u) @ outside)) @ vh
        if g_v is not None and n > k:
            outside = mH(g_v / unsqueeze(s, -2))
            result = result + u @ (outside - (outside @ mH(vh)) @ vh)
        return result

    @staticmethod
    def _check_phase(of_u, of_v, a) -> None:
        if a.dtype.is_complex:
            turns = [diagonal_of(x).imag for x in (of_u, of_v) if x is not None]
            refuse_phase(sum(turns[1:], turns[0]), "linalg_svd_backward", "singular vectors")

    samples = lambda: [(normal(3, 3), True), (normal(2, 4, 2), False), (normal(2, 4), False), (normal(0, 3), True), (normal(0, 3), False)]


class Svdvals(Op):
    """(S, info): the singular values of each matrix, in descending order; info[…] is 0, or 1 where the iteration did not converge."""

    outputs = 2
    saves = ("a",)
    backward = "LinalgSvdBackward0"

    def shape(self, a):
        return (*a.shape[:-2], min(a.shape[-2:])), a.shape[:-2]

    def dtype(self, a):
        return a.dtype.to_real(), dt.int32

    def reference(self, a):
        return converged(lambda m: (np.linalg.svd(m, compute_uv=False),), a, [((min(a.shape[-2:]),), a.real.dtype)])

    def gradient(self, g, out, a):
        if g[0] is None:
            return None
        u, _, vh, _ = record(LinalgSvd(False), a)
        return (u * unsqueeze(g[0], -2)) @ vh

    samples = lambda: [(normal(3, 3),), (normal(2, 4, 2),), (normal(2, 4),), (normal(0, 3),), (normal(2, 2) + 1j * normal(2, 2, seed=1),)]


# ------------------------------------------------------------------------------------------------------------- the functions
LinalgResult = return_type("linalg_svd", "U", "S", "Vh")
Result = return_type("svd", "U", "S", "V")


NOT_FINITE = "The algorithm failed to converge because the input matrix contained non-finite values."


def _reason(code: int) -> str:
    return NOT_FINITE


def _no_driver(driver) -> None:
    if driver is not None:
        raise RuntimeError("torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend.")


@full_precision
def linalg_svd(A, full_matrices: bool = True, *, driver: str | None = None, out=None):
    """(U, S, Vh) with A = U diag(S) Vh for each matrix of A (…, m, n): U and Vh unitary, S real, descending. With k = min(m, n), U (…, m, m) and
    Vh (…, n, n), or U (…, m, k) and Vh (…, k, n) if not `full_matrices`. LinAlgError for matrices with NaN.

    Gradients through U and Vh are those of the first k vectors, and are infinite where singular values are equal.
    """
    _no_driver(driver)
    u, s, vh, info = record(LinalgSvd(bool(full_matrices)), matrices(A, "linalg.svd"))
    check_info(info, "linalg.svd", _reason)
    return into(out, LinalgResult(u, s, vh), "linalg.svd")


def singular_values(A: Tensor) -> Tensor:
    """The singular values (…, k) of a floating tensor of matrices, in descending order. LinAlgError for matrices with NaN."""
    s, info = record(Svdvals(), A)
    check_info(info, "linalg.svd", _reason)
    return s


@full_precision
def linalg_svdvals(A, *, driver: str | None = None, out=None):
    """The singular values (…, min(m, n)) of each matrix of A (…, m, n), in descending order. LinAlgError for matrices with NaN."""
    _no_driver(driver)
    return into(out, singular_values(matrices(A, "linalg.svd")), "linalg.svdvals")


@full_precision
def svd(input, some: bool = True, compute_uv: bool = True, *, out=None):
    """(U, S, V) with input = U diag(S) Vᴴ, reduced unless `some` is False; with compute_uv False, U and V are zeros. linalg.svd is its successor."""
    if need_tensor(input, "svd").ndim < 2:
        raise RuntimeError(f"linalg.svd: input should have at least 2 dimensions, but has {input.ndim} dimensions instead")
    if compute_uv:
        u, s, vh = linalg_svd(input, not some)
        return into(out, Result(u, s, mH(vh)), "svd")
    *batch, m, n = input.shape
    blanks = [zeros(*batch, size, size, dtype=input.dtype) for size in (m, n)]
    return into(out, Result(blanks[0], linalg_svdvals(input), blanks[1]), "svd")


__all__ = ["svd"]
