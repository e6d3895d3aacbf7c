"""LOBPCG: some eigenpairs of a large symmetric matrix, by preconditioned conjugate gradients on blocks of vectors."""
from __future__ import annotations

import numpy as np

from ..core.op import Op
from .common import Tensor, from_array, need_tensor, record, values
from .join import stack
from .linalg_solve import LinalgSolveEx
from .linalg_svd import between
from .matrix import LinAlgError, diagonal_matrix, diagonal_of, floating, identity_like, mH
from .movement import reshape, squeeze, transpose, unsqueeze
from .random import randn


class LOBPCG:
    """The state of one search, given to `tracker` after each step.

    A, B, iK, X, E, R, S: the matrices, the preconditioner, the present vectors and values, their residuals, and the basis searched, as tensors.
    iparams, fparams, bparams: what was asked for; ivars ("istep", "iterations_left", "converged_count"), fvars ("A_norm", "B_norm"),
    tvars ("rerr", the relative residuals), bvars: how it stands; a tracker that sets bvars["force_stop"] ends it.
    """

    def __init__(self, a, b, start, preconditioner, count: int, niter: int, tol: float, largest: bool):
        self.a, self.b, self.preconditioner = a, b, preconditioner
        self.iparams = {"m": a.shape[-1], "n": start.shape[-1], "k": count, "niter": niter}
        self.fparams, self.bparams = {"tol": tol}, {"largest": largest}
        self.ivars = {"istep": 0, "iterations_left": niter, "converged_count": 0}
        self.fvars = {"A_norm": np.linalg.norm(a @ start) / np.linalg.norm(start), "B_norm": np.linalg.norm(self.weigh(start)) / np.linalg.norm(start)}
        self.tvars: dict[str, Tensor] = {}
        self.bvars: dict[str, bool] = {}
        self.direction = start[:, :0]
        basis = self.orthonormal(start)
        if basis.shape[1] < start.shape[1]:
            raise LinAlgError(f"lobpcg: the {start.shape[1]} columns of X must be linearly independent, but span {basis.shape[1]} dimensions")
        self.step(basis)

    A = property(lambda self: from_array(self.a))
    B = property(lambda self: None if self.b is None else from_array(self.b))
    iK = property(lambda self: None if self.preconditioner is None else from_array(self.preconditioner))
    X = property(lambda self: from_array(self.vectors))
    E = property(lambda self: from_array(self.levels))
    R = property(lambda self: from_array(self.residual))
    S = property(lambda self: from_array(self.basis))

    def weigh(self, x):
        """B x"""
        return x if self.b is None else self.b @ x

    def orthonormal(self, u, against=None):
        """Columns with uᵀ B u = 1 that span what `u` spans beyond `against`; columns that add nothing are left out. Twice, for the digits that the first
        pass loses."""
        for _ in range(2):
            if against is not None and against.shape[1]:
                u = u - against @ (against.T @ self.weigh(u))
            size = np.sqrt(np.maximum(np.einsum("ij,ij->j", u, self.weigh(u)), 0))
            u = u[:, size > 0] / size[size > 0]
            strengths, turns = np.linalg.eigh(u.T @ self.weigh(u))
            kept = strengths > np.finfo(u.dtype).eps * max(u.shape[1], 1)
            u = u @ (turns[:, kept] / np.sqrt(strengths[kept]))
        return u

    def step(self, basis) -> None:
        """Rayleigh and Ritz: the best vectors in the span of `basis`, and how good they are."""
        n = self.iparams["n"]
        projected = basis.T @ (self.a @ basis)
        levels, turns = np.linalg.eigh((projected + projected.T) / 2)
        if self.bparams["largest"]:
            levels, turns = levels[::-1], turns[:, ::-1]
        self.basis, self.levels, self.vectors = basis, levels[:n].copy(), basis @ turns[:, :n]
        self.residual = self.a @ self.vectors - self.weigh(self.vectors) * self.levels
        if basis.shape[1] > n:
            # where the vectors went, apart from where they were
            moved = basis[:, n:] @ turns[n:, :n]
            self.direction = self.orthonormal(moved, self.vectors)
        scale = np.linalg.norm(self.vectors, axis=0) * (self.fvars["A_norm"] + np.abs(self.levels) * self.fvars["B_norm"])
        error = np.linalg.norm(self.residual, axis=0) / scale
        self.tvars["rerr"] = from_array(error)
        open_ = np.flatnonzero(error >= self.fparams["tol"])
        self.ivars["converged_count"] = int(open_[0]) if len(open_) else len(error)

    def run(self, tracker=None) -> None:
        """Search until enough pairs have converged, no iteration is left (-1: there always is), or the tracker says stop."""
        while True:
            if tracker is not None:
                tracker(self)
            if self.bvars.get("force_stop") or self.ivars["converged_count"] >= self.iparams["k"] or self.ivars["iterations_left"] == 0:
                return
            self.ivars["istep"] += 1
            self.ivars["iterations_left"] -= 1
            downhill = self.residual[:, self.ivars["converged_count"]:]
            if self.preconditioner is not None:
                downhill = self.preconditioner @ downhill
            known = np.concatenate([self.vectors, self.direction], 1)
            fresh = self.orthonormal(downhill, known)
            if not fresh.shape[1]:
                return                          # the residuals lie in the space already searched
            self.step(np.concatenate([known, fresh], 1))


class LobpcgPairs(Op):
    """(E, X) as they were found for A (m, m): the page that carries their gradients to A."""

    outputs = 2
    saves = ("a", "levels", "vectors")
    types = "keep"
    backward = "LOBPCGAutogradFunctionBackward"
    no_samples = "gives back what it is given: tests/ops/test_linalg_iterative.py differentiates it"

    def shape(self, a, levels, vectors):
        return levels.shape, vectors.shape

    def dtype(self, a, levels, vectors):
        return levels.dtype, vectors.dtype

    def reference(self, a, levels, vectors):
        return levels, vectors

    def gradient(self, g, out, a, levels, vectors):
        """As of eigh within the span of X; what leaves it, dx = (e - A)⁻¹ dA x on the complement, by one system for each pair."""
        of_levels, of_vectors = g
        adjoint = mH(vectors)

        def to_a():
            inner = diagonal_matrix(levels * 0 if of_levels is None else of_levels)
            result = 0
            if of_vectors is not None:
                turn = (adjoint @ of_vectors) / between(levels)
                inner = inner + turn - diagonal_matrix(diagonal_of(turn))
                identity = identity_like(a)
                inside = vectors @ adjoint
                outside = identity - inside
                systems = outside @ (reshape(levels, (-1, 1, 1)) * identity - a) @ outside + inside
                rest = unsqueeze(transpose(outside @ of_vectors, 0, 1), -1)
                away = squeeze(outside @ record(LinalgSolveEx(), systems, rest)[0], -1)
                result = transpose(away, 0, 1) @ adjoint
            return result + vectors @ inner @ adjoint
        return to_a, None, None


def lobpcg(A, k: int | None = None, B=None, X=None, n: int | None = None, iK=None, niter: int | None = None, tol: float | None = None,
           largest: bool | None = None, method: str | None = None, tracker=None, ortho_iparams: dict | None = None, ortho_fparams: dict | None = None,
           ortho_bparams: dict | None = None):
    """(E, X): the k largest (or smallest) eigenvalues of A x = e B x, A and B symmetric (…, m, m), B positive-definite (1 if not given), and their
    vectors (…, m, k), best first. A is never factorized, only multiplied with.

    X (…, m, n): the start, n >= k vectors (random ones otherwise); m must be at least 3 n (ValueError). iK (m, m): a preconditioner, close to A⁻¹.
    niter: the most iterations (1000; -1 for no limit); tol: the relative residual at which a pair has converged (√eps). Both methods, "basic" and "ortho",
    run with an orthonormal basis, and the three dictionaries, which tune PyTorch's, change nothing but `tol`. tracker: called with the LOBPCG after each
    step. Gradients reach A, which is symmetrized first, unless B is given.

    A. Knyazev, "Toward the optimal preconditioned eigensolver", SIAM J. Sci. Comput. 23(2), 2001; J. Duersch and others, "A robust and efficient
    implementation of LOBPCG", SIAM J. Sci. Comput. 40(5), 2018.
    """
    floating(need_tensor(A, "lobpcg", "A"), "lobpcg")
    if A.dtype.is_complex:
        raise RuntimeError("lobpcg: complex matrices are not supported")
    if A.ndim < 2 or A.shape[-2] != A.shape[-1] or (B is not None and B.shape != A.shape):
        raise RuntimeError(f"lobpcg: A and B must be square matrices of one shape, got {tuple(A.shape)}" + ("" if B is None else f" and {tuple(B.shape)}"))
    if method not in (None, "basic", "ortho"):
        raise ValueError(f"lobpcg: method must be 'basic' or 'ortho', got {method!r}")
    m = A.shape[-1]
    k = (1 if X is None else X.shape[-1]) if k is None else k
    n = X.shape[-1] if X is not None else k if n is None else n
    if m < 3 * n:
        raise ValueError(f"LOBPCG algorithm is not applicable when the number of A rows (={m}) is smaller than 3 x the number of requested eigenpairs (={n})")
    if A.requires_grad:
        A = (A + mH(A)) * 0.5
    tol = float(np.finfo(A.dtype.numpy).eps) ** 0.5 if tol is None else tol
    options = (k, 1000 if niter is None else niter, (ortho_fparams or {}).get("tol", tol), True if largest is None else largest)

    def search(a, b, start):
        start = randn(m, n, dtype=A.dtype) if start is None else start
        worker = LOBPCG(values(a), None if b is None else values(b), values(start), None if iK is None else values(iK), *options)
        worker.run(tracker)
        pair = from_array(worker.levels[:k]), from_array(worker.vectors[:, :k])
        if B is not None:
            if A.requires_grad or B.requires_grad:
                raise RuntimeError("lobpcg.backward is not supported yet with B != I!")
            return pair
        return record(LobpcgPairs(), a, *pair)

    if A.ndim == 2:
        return search(A, B, X)
    pairs = [search(*(None if t is None else t.reshape(-1, *t.shape[-2:])[place] for t in (A, B, X))) for place in range(A.shape[:-2].numel())]
    return tuple(stack(parts).reshape(*A.shape[:-2], *parts[0].shape) for parts in zip(*pairs, strict=True))


__all__ = ["lobpcg"]
