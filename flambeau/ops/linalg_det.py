"""Determinants."""
from __future__ import annotations

import numpy as np

from ..core.op import Op, normal
from .common import into, record
from .elementwise import conj_of, log, where
from .linalg_solve import LinalgInvEx
from .matrix import converged, matrices, mH
from .movement import unsqueeze
from .returns import return_type


def _matrices():
    return [(normal(3, 3),), (normal(2, 2, 2),), (normal(0, 0),), (normal(2, 2) + 1j * normal(2, 2, seed=1),)]


def _column(x):
    """A number for each matrix, to be multiplied with the matrices."""
    return unsqueeze(unsqueeze(x, -1), -1)


class LinalgDet(Op):
    """det A of each matrix (…, n, n)"""

    saves = ("a",)

    def shape(self, a):
        return a.shape[:-2]

    def reference(self, a):
        return np.linalg.det(a)

    def gradient(self, g, out, a):
        return _column(g) * conj_of(record(_Cofactor(), a))

    samples = _matrices


class _Cofactor(Op):
    """The cofactors of each matrix, det A · A⁻ᵀ, the derivatives of det A.

    By singular values, A = U S Vᴴ: conj(det(U Vᴴ) U diag(Π of the other singular values) Vᴴ) up to the phase, which is exact for singular matrices too.
    """

    saves = ("a",)

    def shape(self, a):
        return a.shape

    def reference(self, a):
        if not a.size:
            return a
        n = a.shape[-1]
        left, s, right, _ = converged(np.linalg.svd, a, [((n, n), a.dtype), ((n,), a.real.dtype), ((n, n), a.dtype)])
        others = np.where(np.eye(n, dtype=bool), 1, s[..., None, :]).prod(-1)
        phase = np.linalg.det(left @ right)[..., None, None]
        return phase * np.conj((left * others[..., None, :]) @ right)

    def gradient(self, g, out, a):
        """Of C = det A · A⁻ᵀ, for matrices that have an inverse."""
        inverted, determinant = record(LinalgInvEx(), a)[0], record(LinalgDet(), a)
        inner = (g * conj_of(inverted.mT)).sum((-2, -1))
        return _column(inner) * conj_of(record(_Cofactor(), a)) - mH(inverted) @ (_column(conj_of(determinant)) * g.mT) @ mH(inverted)

    samples = _matrices


class LinalgSlogdet(Op):
    """(sign, log |det A|) of each matrix: det A = sign · exp(log |det A|), sign is ±1, 0, or on the unit circle"""

    outputs = 2
    saves = ("a", "out")

    def shape(self, a):
        return a.shape[:-2], a.shape[:-2]

    def dtype(self, a):
        return a.dtype, a.dtype.to_real()

    def reference(self, a):
        return tuple(np.linalg.slogdet(a))

    def gradient(self, g, out, a):
        """d log|det A| = Re t and d sign = i · Im t · sign, with t = tr(A⁻¹ dA)."""
        sign, size = g
        if sign is not None and a.dtype.is_complex:
            turn = (sign * conj_of(out[0])).imag * 1j
            size = turn if size is None else size + turn
        return None if size is None else _column(size) * mH(record(LinalgInvEx(), a)[0])

    samples = _matrices


# ------------------------------------------------------------------------------------------------------------- the functions
LinalgResult = return_type("linalg_slogdet", "sign", "logabsdet")
Result = return_type("slogdet", "sign", "logabsdet")


def linalg_det(A, *, out=None):
    """The determinant of each matrix of A (…, n, n) -> (…). Its gradient is exact for singular matrices too."""
    return into(out, record(LinalgDet(), matrices(A, "linalg.det", square=True)), "linalg.det")


def det(input):
    """`linalg.det` under its older name."""
    return linalg_det(input)


def linalg_slogdet(A, *, out=None):
    """(sign, logabsdet) of each matrix of A (…, n, n): the determinant is sign · exp(logabsdet); 0 and -inf for singular matrices."""
    return into(out, LinalgResult(record(LinalgSlogdet(), matrices(A, "linalg.slogdet", square=True))), "linalg.slogdet")


def slogdet(input, *, out=None):
    """`linalg.slogdet` under its older name."""
    return into(out, Result(linalg_slogdet(input)), "slogdet")


def logdet(input):
    """The logarithm of the determinant of each matrix: NaN where it is negative, -inf where it is 0."""
    sign, size = record(LinalgSlogdet(), matrices(input, "logdet", square=True))
    return log(sign) + size if input.dtype.is_complex else where(sign == -1, float("nan"), size)


__all__ = ["det", "logdet", "slogdet"]
