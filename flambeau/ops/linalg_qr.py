"""The QR decomposition, and products of Householder reflections, of which LAPACK makes Q."""
from __future__ import annotations

import warnings

import numpy as np

from ..core.op import Op, normal
from .autocast import full_precision
from .common import into, need_tensor, record
from .elementwise import conj_of
from .join import cat
from .linalg_triangular import LinalgSolveTriangular
from .matrix import each_matrix, floating, halved_diagonal, identity_like, lapack, lower, matrices, mH, upper
from .movement import unsqueeze
from .parts import narrow
from .returns import return_type


class LinalgQr(Op):
    """(Q, R) with A = Q R, A (…, m, n): Q (…, m, k) with orthonormal columns, R (…, k, n) upper triangular, k = min(m, n). In mode "complete", Q (…, m, m)
    and R (…, m, n); in mode "r", R alone, Q is empty."""

    mode: str = "reduced"
    outputs = 2
    saves = ("out", "a")

    def shape(self, a):
        *batch, m, n = a.shape
        k = min(m, n)
        return {"reduced": ((*batch, m, k), (*batch, k, n)), "complete": ((*batch, m, m), (*batch, m, n)), "r": ((0,), (*batch, k, n))}[self.mode]

    def dtype(self, a):
        return a.dtype, a.dtype

    def reference(self, a):
        if self.mode == "r":
            return np.zeros(0, a.dtype), np.linalg.qr(a, "r")
        return tuple(np.linalg.qr(a, self.mode))

    def gradient(self, g, out, a):
        """From Qᴴ dA R⁻¹ = Qᴴ dQ + dR R⁻¹, whose terms are skew-Hermitian and upper triangular with real diagonal. Of a wide matrix A = [X Y], X = Q U is
        decomposed so, and R = [U QᴴY]."""
        if self.mode == "r":
            raise RuntimeError("The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, mode='reduced') if you "
                               "are going to differentiate through linalg.qr.")
        m, n = a.shape[-2:]
        if self.mode == "complete" and m > n:
            raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
        (g_q, g_r), (q, r) = g, out
        if g_q is None and g_r is None:
            return None
        if n > m and g_r is not None:
            rest = narrow(g_r, -1, m, n - m)
            from_rest = narrow(a, -1, m, n - m) @ mH(rest)
            g_q = from_rest if g_q is None else g_q + from_rest
            g_r, r = narrow(g_r, -1, 0, m), narrow(r, -1, 0, m)
            return cat([self._tall(g_q, g_r, q, r), q @ rest], -1)
        if n > m:
            square = self._tall(g_q, None, q, narrow(r, -1, 0, m))
            return cat([square, square.new_zeros((*a.shape[:-1], n - m))], -1)
        return self._tall(g_q, g_r, q, r)

    @staticmethod
    def _tall(g_q, g_r, q, r):
        inner = None if g_r is None else g_r @ mH(r)
        if g_q is not None:
            inner = -(mH(q) @ g_q) if inner is None else inner - mH(q) @ g_q
        half = halved_diagonal(upper(inner))
        result = q @ (half + mH(half))
        result = result if g_q is None else g_q + result
        return record(LinalgSolveTriangular(False, False), mH(r), result)               # times R⁻ᴴ

    samples = lambda: [(normal(3, 3),), (normal(2, 4, 2),), (normal(2, 4),), (normal(0, 3),), (normal(2, 2) + 1j * normal(2, 2, seed=1),),
                       (normal(2, 3) + 1j * normal(2, 3, seed=1), "complete")]


# -------------------------------------------------------------------------------------------------------- Householder reflections
def _reflectors(v):
    """The vectors of reflections from LAPACK's form: ones on the diagonal of `v`, zeros above."""
    return lower(v, -1) + v.new_tensor(np.eye(*v.shape[-2:]))


def _column(x, k):
    return narrow(x, -1, k, 1)


def _reflect(v, tau, x):
    """x - tau · v (vᴴ x) for one vector v (…, m, 1)"""
    return x - unsqueeze(tau, -1) * (v @ (mH(v) @ x))


def _chain_gradient(g, v, tau, first):
    """The gradients of (v, tau) from `g` of H₁ … H_k · first, where H_i = I - tau_i v_i v_iᴴ: back through the reflections one after the other."""
    vectors, count = _reflectors(v), tau.shape[-1]
    inputs = [first]                                                # what H_k, H_{k-1}, … were applied to
    for k in range(count - 1, 0, -1):
        inputs.append(_reflect(_column(vectors, k), _column(tau, k), inputs[-1]))
    columns, factors = [], []
    for k in range(count):
        u, t, x = _column(vectors, k), _column(tau, k), inputs[count - 1 - k]
        across, back = mH(u) @ x, mH(u) @ g                          # vᴴ x and vᴴ g
        factors.append(-(back * conj_of(across)).sum(-1))
        columns.append(-(unsqueeze(conj_of(t), -1) * (g @ mH(across)) + unsqueeze(t, -1) * (x @ mH(back))))
        g = _reflect(u, conj_of(t), g)
    left = v.shape[-1] - count
    if left or not count:
        columns.append(v.new_zeros((*v.shape[:-1], left)))
    return lower(cat(columns, -1), -1), cat(factors, -1) if count else tau * 0


class LinalgHouseholderProduct(Op):
    """The first n columns of H₁ H₂ … H_k, H_i = I - tau_i v_i v_iᴴ: v (…, m, n) has v_i below its diagonal, where they are 1; tau (…, k)."""

    saves = ("v", "tau")

    def shape(self, v, tau):
        return v.shape

    def reference(self, v, tau):
        m, n, k = *v.shape[-2:], tau.shape[-1]
        if not k:
            return np.broadcast_to(np.eye(m, n, dtype=v.dtype), v.shape)
        multiply = lapack("ungqr" if v.dtype.kind == "c" else "orgqr", v)
        return each_matrix(lambda a, t: multiply(a, t[:, 0])[:1], (v, tau[..., None]), [((m, n), v.dtype)])[0]

    def gradient(self, g, out, v, tau):
        found = []

        def pair():
            if not found:
                found.extend(_chain_gradient(g, v, tau, v.new_tensor(np.eye(*v.shape[-2:]))))
            return found
        return lambda: pair()[0], lambda: pair()[1]

    samples = lambda: [(normal(3, 2), normal(2)), (normal(2, 3, 3), normal(2, 2)), (normal(3, 2), normal(0)), (normal(0, 0), normal(0)),
                       (normal(3, 2) + 1j * normal(3, 2, seed=1), normal(2) + 1j * normal(2, seed=4))]


class Ormqr(Op):
    """Q · c (c · Q unless `left`; Qᴴ for Q if `adjoint`), Q (m x m) the product of the Householder reflections (v, tau), which is not formed."""

    left: bool = True
    adjoint: bool = False
    saves = ("v", "tau", "c")

    def shape(self, v, tau, c):
        return c.shape

    def reference(self, v, tau, c):
        complex_ = v.dtype.kind == "c"
        multiply = lapack("unmqr" if complex_ else "ormqr", v)
        turn = ("C" if complex_ else "T") if self.adjoint else "N"
        size = max(1, c.shape[-1] if self.left else c.shape[-2]) * 64

        def one(v, tau, c):
            return multiply("L" if self.left else "R", turn, v[:, :tau.shape[0]], tau[:, 0], c, size)[:1]
        return each_matrix(one, (v, tau[..., None], c), [(c.shape[-2:], c.dtype)])[0] if tau.shape[-1] and c.size else c

    def gradient(self, g, out, v, tau, c):
        """With G = Q · c: the gradient of Q, an m x m matrix, is that of the product of reflections applied to the identity."""
        found = []

        def pair():
            if not found:
                # g · cᴴ is the gradient of the factor, and its adjoint that of Q where the factor is Qᴴ
                of_factor = g @ mH(c) if self.left else mH(c) @ g
                of_q = mH(of_factor) if self.adjoint else of_factor
                found.extend(_chain_gradient(of_q, v, tau, identity_like(v, v.shape[-2])))
            return found
        return (lambda: pair()[0]), (lambda: pair()[1]), (lambda: record(Ormqr(self.left, not self.adjoint), v, tau, g))

    samples = lambda: [(normal(3, 2), normal(2), normal(3, 2, seed=5)), (normal(3, 2), normal(2), normal(4, 3), False, True),
                       (normal(2, 3, 3), normal(2, 2), normal(2, 3, 1), True, True),
                       (normal(3, 2) + 1j * normal(3, 2, seed=1), normal(2) + 1j * normal(2, seed=4), normal(2, 3) + 0j, False, False)]


class Geqrf(Op):
    """(a, tau): R of A = Q R on and above the diagonal of `a`, below it the vectors of the reflections that make Q, with the factors tau (…, k)."""

    outputs = 2
    no_gradient_test = "PyTorch has none: tests/ops/test_linalg.py sees that it is refused"

    def shape(self, a):
        return a.shape, (*a.shape[:-2], min(a.shape[-2:]))

    def dtype(self, a):
        return a.dtype, a.dtype

    def reference(self, a):
        factorize = lapack("geqrf", a)

        def one(a):
            factors, tau, _, _ = factorize(a)
            return factors, tau
        return each_matrix(one, [a], [(a.shape[-2:], a.dtype), ((min(a.shape[-2:]),), a.dtype)])

    def gradient(self, g, out, a):
        raise NotImplementedError("the derivative for 'geqrf' is not implemented. Use linalg.qr")

    samples = lambda: [(normal(3, 3),), (normal(2, 4, 2),), (normal(2, 4),), (normal(0, 3),)]


# ------------------------------------------------------------------------------------------------------------- the functions
LinalgResult = return_type("linalg_qr", "Q", "R")
Result = return_type("qr", "Q", "R")
Reflections = return_type("geqrf", "a", "tau")


@full_precision
def linalg_qr(A, mode: str = "reduced", *, out=None):
    """(Q, R) with A = Q R, for each matrix of A (…, m, n): Q (…, m, k) orthonormal, R (…, k, n) upper triangular, k = min(m, n); k = m in mode
    "complete"; in mode "r", Q is empty and nothing is differentiable."""
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'")
    return into(out, LinalgResult(record(LinalgQr(mode), matrices(A, "linalg.qr"))), "linalg.qr")


@full_precision
def qr(input, some: bool = True, *, out=None):
    """(Q, R), reduced or (not `some`) complete. Deprecated: linalg.qr is its successor."""
    warnings.warn("torch.qr is deprecated in favor of torch.linalg.qr and will be removed in a future PyTorch release.\nThe boolean parameter 'some' has been "
                  "replaced with a string parameter 'mode'.\nQ, R = torch.qr(A, some)\nshould be replaced with\n"
                  "Q, R = torch.linalg.qr(A, 'reduced' if some else 'complete')", UserWarning, stacklevel=2)
    return into(out, Result(linalg_qr(input, "reduced" if some else "complete")), "qr")


def _check_reflections(name: str, v, tau) -> None:
    if need_tensor(v, name).ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if need_tensor(tau, name, "tau").dtype is not v.dtype:
        raise RuntimeError(f"{name}: tau dtype {tau.dtype._title} does not match input dtype {v.dtype._title}")
    floating(v, name)
    if v.ndim - tau.ndim != 1:
        raise RuntimeError(f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to {tau.ndim} and input.ndim is equal to "
                           f"{v.ndim}")
    if tau.shape[:-1] != v.shape[:-2]:
        raise RuntimeError(f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got {list(tau.shape[:-1])}")


@full_precision
def linalg_householder_product(input, tau, *, out=None):
    """The first n columns of the product of k Householder reflections I - tau_i v_i v_iᴴ: input (…, m, n) has the v_i below its diagonal (as geqrf gives
    them), tau (…, k); m >= n >= k."""
    name = "torch.linalg.householder_product"
    _check_reflections(name, input, tau)
    if input.shape[-2] < input.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if input.shape[-1] < tau.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    return into(out, record(LinalgHouseholderProduct(), input, tau), "linalg.householder_product")


@full_precision
def orgqr(input, input2, *, out=None):
    """`linalg.householder_product` under LAPACK's name."""
    return linalg_householder_product(input, input2, out=out)


@full_precision
def ormqr(input, tau, other, left: bool = True, transpose: bool = False, *, out=None):
    """Q · other (other · Q if not `left`; Qᴴ for Q if `transpose`), Q the product of the reflections (input, tau) that geqrf gives."""
    name = "torch.ormqr"
    if need_tensor(other, name, "other").ndim < 2:
        raise RuntimeError(f"{name}: other must have at least 2 dimensions.")
    _check_reflections(name, input, tau)
    if other.dtype is not input.dtype:
        raise RuntimeError(f"{name}: Expected input and other to have the same dtype, but input has dtype{input.dtype._title} and other has dtype "
                           f"{other.dtype._title}")
    axis = -2 if left else -1
    if other.shape[axis] < tau.shape[-1]:
        raise RuntimeError(f"{name}: other.shape[{axis}] must be greater than or equal to tau.shape[-1]")
    if tau.shape[-1] > input.shape[-1]:
        raise RuntimeError(f"{name}: tau.shape[-1] must be less than or equal to input.shape[-1], got {tau.shape[-1]} and {input.shape[-1]}")
    if other.shape[axis] != input.shape[-2]:
        raise RuntimeError(f"{name}: other.shape[{axis}] must be equal to input.shape[-2]")
    if other.ndim != input.ndim:
        raise RuntimeError(f"{name}: Expected other to have the same number of dimensions as input, but got other.ndim equal to {other.ndim} and input.ndim is "
                           f"equal to {input.ndim}")
    if other.shape[:-2] != input.shape[:-2]:
        raise RuntimeError(f"{name}: Expected batch dimensions of other to be equal to input.shape[:-2], but got {list(other.shape[:-2])}")
    return into(out, record(Ormqr(bool(left), bool(transpose)), input, tau, other), "ormqr")


@full_precision
def geqrf(input, *, out=None):
    """(a, tau) of the QR decomposition in LAPACK's form: R on and above the diagonal of `a`, below it the vectors of the reflections whose product is Q.
    Not differentiable."""
    if need_tensor(input, "geqrf").ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")
    return into(out, Reflections(record(Geqrf(), floating(input, "torch.geqrf"))), "geqrf")


__all__ = ["geqrf", "orgqr", "ormqr", "qr"]
