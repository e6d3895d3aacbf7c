"""Truncated decompositions of large matrices by random projection."""
from __future__ import annotations

from .common import need_tensor
from .contract import matmul
from .linalg_qr import linalg_qr
from .linalg_svd import linalg_svd
from .matrix import floating, mH
from .movement import broadcast_to
from .random import randn


def _basis(A, q: int, niter: int, M):
    """Q (…, m, q), orthonormal, with Q Qᴴ (A - M) close to A - M: subspace iteration from a random start (Halko, Martinsson and Tropp, 2011,
    algorithm 4.4)."""
    def shifted(X):
        return matmul(A, X) if M is None else matmul(A, X) - matmul(M, X)

    def shifted_adjoint(X):
        return matmul(mH(A), X) if M is None else matmul(mH(A), X) - matmul(mH(M), X)
    Q = linalg_qr(shifted(randn(A.shape[-1], q, dtype=A.dtype))).Q
    for _ in range(niter):
        Q = linalg_qr(shifted_adjoint(Q)).Q
        Q = linalg_qr(shifted(Q)).Q
    return Q


def svd_lowrank(A, q: int | None = 6, niter: int | None = 2, M=None):
    """(U, S, V) with A - M close to U diag(S) Vᴴ: A (…, m, n), U (…, m, q), S (…, q), V (…, n, q); M broadcasts to A.

    q: the rank, slightly overestimated; niter: how many subspace iterations. The start is random: seed it for repeatable results. Algorithm 5.1 of Halko,
    Martinsson and Tropp, "Finding structure with randomness", 2011. For matrices that fit in memory linalg.svd is as fast and exact.
    """
    floating(need_tensor(A, "svd_lowrank", "A"), "svd_lowrank")
    q, niter = 6 if q is None else q, 2 if niter is None else niter
    M = None if M is None else broadcast_to(M, A.shape)
    wide = A.shape[-2] < A.shape[-1]
    if wide:
        A, M = mH(A), None if M is None else mH(M)
    Q = _basis(A, q, niter, M)
    inner = matmul(mH(Q), A) if M is None else matmul(mH(Q), A) - matmul(mH(Q), M)
    u, s, vh = linalg_svd(inner, full_matrices=False)
    u, v = matmul(Q, u), mH(vh)
    return (v, s, u) if wide else (u, s, v)


def pca_lowrank(A, q: int | None = None, center: bool = True, niter: int = 2):
    """(U, S, V), the principal components of A (…, m samples, n features), by svd_lowrank of A less the mean of its rows (if `center`): the columns of V
    are the directions, S² / (m - 1) the variances along them. ValueError for q or niter out of range."""
    m, n = floating(need_tensor(A, "pca_lowrank", "A"), "pca_lowrank").shape[-2:]
    if q is None:
        q = min(6, m, n)
    elif not 0 <= q <= min(m, n):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(-2, keepdim=True) if center else A, q, niter)


__all__ = ["pca_lowrank", "svd_lowrank"]
