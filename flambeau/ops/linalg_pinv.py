"""Pseudo-inverses, ranks, and least squares."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from ..core.shape import broadcast_shapes
from .autocast import full_precision
from .common import Tensor, into, need_tensor, record, values
from .create import tensor
from .elementwise import where
from .linalg_eigen import linalg_eigvalsh
from .linalg_svd import NOT_FINITE, Svdvals, singular_values
from .magnitude import maximum
from .matrix import LinAlgError, converged, each_matrix, matrices, mH
from .movement import squeeze, unsqueeze
from .returns import return_type


class LinalgPinv(Op):
    """The Moore-Penrose inverse of each matrix (…, m, n) -> (…, n, m): by singular values (by eigenvalues for `hermitian`), of which those not above
    max(atol, rtol · the greatest) count as 0."""

    hermitian: bool = False
    saves = ("a", "out")
    backward = "LinalgPinvBackward0"

    def shape(self, a, atol, rtol):
        batch = broadcast_shapes(a.shape[:-2], atol.shape, rtol.shape)
        return *batch, a.shape[-1], a.shape[-2]

    def compute(self, a, atol, rtol):
        return a.dtype

    def reference(self, a, atol, rtol):
        if not a.size:
            return np.zeros(self.shape(a, atol, rtol), a.dtype)
        m, n = a.shape[-2:]
        if self.hermitian:
            s, left, _ = converged(np.linalg.eigh, a, [((n,), a.real.dtype), ((n, n), a.dtype)])
            right = np.conj(left.swapaxes(-1, -2))
        else:
            k = min(m, n)
            left, s, right, _ = converged(lambda x: np.linalg.svd(x, False), a, [((m, k), a.dtype), ((k,), a.real.dtype), ((k, n), a.dtype)])
        size = np.abs(s)
        limit = np.maximum(atol.real, rtol.real * size.max(-1))[..., None]
        kept = size > limit
        scale = np.where(kept, 1 / np.where(kept, s, 1), 0)
        return np.conj(right.swapaxes(-1, -2)) * scale[..., None, :] @ np.conj(left.swapaxes(-1, -2))

    def gradient(self, g, out, a, atol, rtol):
        """d P = -P dA P + P Pᴴ dAᴴ (1 - A P) + (1 - P A) dAᴴ Pᴴ P, where the rank stays (Golub and Pereyra, 1973)."""
        def to_a():
            p, adjoint, gh = out, mH(out), mH(g)
            # (1 - A P) gᴴ P Pᴴ + Pᴴ P gᴴ (1 - P A) - Pᴴ g Pᴴ
            first, last = gh @ p @ adjoint, adjoint @ p @ gh
            return first - a @ (p @ first) + last - (last @ p) @ a - adjoint @ g @ adjoint
        return to_a, None, None

    samples = lambda: [(normal(3, 3), np.array(0.0), np.array(1e-9)), (normal(2, 4, 2), np.array([0.0, 1e-9]), np.array(0.0)),
                       (normal(2, 4), np.array(0.0), np.array(1e-9)), (normal(0, 3), np.array(0.0), np.array(0.0)),
                       (normal(2, 3) + 1j * normal(2, 3, seed=1), np.array(0.0), np.array(1e-9))]


class LinalgLstsq(Op):
    """(X, rank, singular values) with ‖A X - B‖ least, and of those X with ‖X‖ least: A (…, m, n), B (…, m, k), X (…, n, k). Singular values not above
    `rcond` · the greatest count as 0."""

    rcond: float
    outputs = 3
    saves = ("a", "b")

    def shape(self, a, b):
        batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
        return (*batch, a.shape[-1], b.shape[-1]), batch, (*batch, min(a.shape[-2:]))

    def dtype(self, a, b):
        return a.dtype, dt.int64, a.dtype.to_real()

    def reference(self, a, b):
        def one(a, b):
            if not (np.isfinite(a).all() and np.isfinite(b).all()):
                return np.nan, 0, np.nan                    # LAPACK would print its complaint
            solution, _, rank, levels = np.linalg.lstsq(a, b, self.rcond)
            return solution, rank, levels
        n, k = a.shape[-1], b.shape[-1]
        return each_matrix(one, (a, b), [((n, k), a.dtype), ((), np.int64), ((min(a.shape[-2:]),), a.real.dtype)])

    def gradient(self, g, out, a, b):
        """Of X = pinv(A) B, and of the singular values."""
        of_x, _, of_levels = g
        page, tolerances = LinalgPinv(), [tensor(limit, dtype=a.dtype.to_real()) for limit in (0.0, self.rcond)]
        inverse = None if of_x is None else record(page, a, *tolerances)

        def to_a():
            parts = []
            if of_x is not None:
                parts.append(page.gradient(of_x @ mH(b), inverse, a, *tolerances)[0]())
            if of_levels is not None:
                parts.append(Svdvals().gradient((of_levels, None), None, a))
            return sum(parts[1:], parts[0]) if parts else None
        return to_a, lambda: None if of_x is None else mH(inverse) @ of_x

    samples = lambda: [(normal(4, 2), normal(4, 3), 1e-9), (normal(2, 2, 3), normal(2, 2, 1), 1e-9), (normal(0, 2), normal(0, 1), 1e-9),
                       (normal(3, 2) + 1j * normal(3, 2, seed=1), normal(3, 1) + 0j, 1e-9)]


# ------------------------------------------------------------------------------------------------------------------ tolerances
def _tolerances(A, atol, rtol, name: str):
    """atol and rtol, with PyTorch's defaults: rtol is 0 where atol is above 0, else eps · max(m, n)."""
    for word, value in (("atol", atol), ("rtol", rtol)):
        if isinstance(value, Tensor) and value.dtype.is_complex:
            raise RuntimeError(f"{name}: {word} tensor of complex type is not supported. Got {value.dtype._title}")
    atol = 0.0 if atol is None else atol
    if rtol is None:
        default = float(np.finfo(A.dtype.to_real().numpy).eps) * max(A.shape[-2:])
        rtol = where(atol > 0, 0.0, default) if isinstance(atol, Tensor) else 0.0 if atol > 0 else default
    real = A.dtype.to_real()
    return [value.to(real) if isinstance(value, Tensor) else tensor(value, dtype=real) for value in (atol, rtol)]


# ------------------------------------------------------------------------------------------------------------- the functions
def linalg_pinv(A, rcond=None, hermitian: bool = False, *, atol=None, rtol=None, out=None):
    """The Moore-Penrose inverse of each matrix of A (…, m, n) -> (…, n, m). Singular values (absolute eigenvalues of a `hermitian` A, of which the lower
    triangle is read) not above max(atol, rtol · the greatest) count as 0; by default rtol is eps · max(m, n). rcond is an older name of rtol."""
    x = need_tensor(A, "linalg.pinv", "A")
    if x.ndim < 2 or x.dtype.category < 2 or x.dtype.itemsize < 4:
        raise RuntimeError(f"linalg.pinv({x.dtype._title}{{{list(x.shape)}}}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble "
                           "types")
    if hermitian:
        matrices(x, "linalg.eigh", square=True)
    if not x.is_meta and not hermitian and np.isnan(values(x)).any():
        raise LinAlgError(f"linalg.svd: {NOT_FINITE}")
    tolerances = _tolerances(x, atol, rcond if rtol is None else rtol, "torch.linalg.pinv")
    return into(out, record(LinalgPinv(bool(hermitian)), x, *tolerances), "linalg.pinv")


@full_precision
def pinverse(input, rcond: float = 1e-15):
    """The Moore-Penrose inverse of each matrix; singular values not above rcond · the greatest count as 0."""
    return linalg_pinv(input, rcond)


@full_precision
def linalg_matrix_rank(A, tol=None, hermitian: bool = False, *, atol=None, rtol=None, out=None):
    """How many singular values (absolute eigenvalues of a `hermitian` A) of each matrix are above max(atol, rtol · the greatest): int64. By default
    rtol is eps · max(m, n); `tol` is an older form of atol with rtol 0."""
    name = "torch.linalg.matrix_rank"
    x = need_tensor(A, name)
    matrices(x, name, "input")
    if tol is not None:
        atol, rtol = tol, 0.0
    atol, rtol = _tolerances(x, atol, rtol, name)
    if hermitian:
        levels = linalg_eigvalsh(x.detach()).abs()
    else:
        levels = singular_values(x.detach())
    greatest = levels.amax(-1) if levels.shape[-1] else levels.sum(-1)
    limit = maximum(atol, rtol * greatest)
    return into(out, (levels > unsqueeze(limit, -1)).sum(-1), "linalg.matrix_rank")


Solution = return_type("linalg_lstsq", "solution", "residuals", "rank", "singular_values")
_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


@full_precision
def linalg_lstsq(A, B, rcond=None, *, driver: str | None = None, out=None):
    """X with ‖A X - B‖ least, and of those with the least ‖X‖: A (…, m, n), B (…, m, k) or vectors (…, m).

    A named tuple (solution, residuals, rank, singular_values): residuals ‖A X - B‖² a column, if m > n, the rank is full and the driver is not gelsy;
    rank unless the driver is gels; singular values for gelsd and gelss; what is not given is empty. Every driver ("gelsy" by default) solves by singular
    values, of which those not above rcond · the greatest (default eps · max(m, n)) count as 0.
    """
    name = "torch.linalg.lstsq"
    if need_tensor(A, name, "A").ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if need_tensor(B, name, "B").ndim < 1:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if A.dtype is not B.dtype:
        raise RuntimeError(f"{name}: Expected input and other to have the same dtype, but got input's dtype {A.dtype._title} and other's dtype "
                           f"{B.dtype._title}")
    if not 0 <= A.ndim - B.ndim <= 1:
        raise RuntimeError(f"{name}: input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1")
    matrices(A, name, "input")
    driver = "gelsy" if driver is None else driver
    if driver not in _DRIVERS:
        raise RuntimeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    vector = A.ndim - 1 == B.ndim and A.shape[:-1] == B.shape
    b = unsqueeze(B, -1) if vector else B
    if b.ndim < 2 or A.shape[-2] != b.shape[-2]:
        raise RuntimeError(f"{name}: input.size({-2 if not vector else -1}) should match other.size({-2 if not vector else -1})")
    m, n = A.shape[-2:]
    rcond = float(np.finfo(A.dtype.to_real().numpy).eps) * max(m, n) if rcond is None else float(rcond)
    solution, rank, levels = record(LinalgLstsq(rcond), A, b)
    nothing = A.new_zeros(0, dtype=A.dtype.to_real())
    residuals = nothing
    if m > n and driver != "gelsy" and (driver == "gels" or rank.is_meta or bool((rank == n).all())):
        residuals = (A @ solution - b).abs().square().sum(-2)
    return into(out, Solution(squeeze(solution, -1) if vector else solution, residuals, nothing.to(dt.int64) if driver == "gels" else rank,
                              levels if driver in ("gelsd", "gelss") else nothing), "linalg.lstsq")


__all__ = ["pinverse"]
