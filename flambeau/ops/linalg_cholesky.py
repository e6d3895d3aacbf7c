"""The Cholesky decomposition A = L Lᴴ of positive-definite matrices, and what is solved with it."""
from __future__ import annotations

import warnings

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from ..core.shape import broadcast_shapes
from .autocast import full_precision
from .common import into, need_tensor, record, values
from .linalg_triangular import LinalgSolveTriangular, check_solve
from .matrix import (
    LinAlgError,
    check_info,
    diagonal_of,
    each_matrix,
    halved_diagonal,
    hermitian_part,
    lapack,
    lower,
    matrices,
    mH,
)
from .returns import return_type


class LinalgCholeskyEx(Op):
    """(L, info) with A = L Lᴴ, or A = Uᴴ U and U for `upper`. Only that triangle of A is read. info[…] is 0, or the order of the first leading
    minor that is not positive-definite."""

    upper: bool = False
    outputs = 2
    saves = ("out",)
    no_gradient_test = "reads one triangle, while its gradient stands for a change of both: tests/ops/test_linalg.py takes Hermitian directions"

    def shape(self, a):
        return a.shape, a.shape[:-2]

    def dtype(self, a):
        return a.dtype, dt.int32

    def reference(self, a):
        if self.upper:
            a = np.conj(a.swapaxes(-1, -2))
        try:
            factor = np.linalg.cholesky(a)
            undefined = np.isnan(np.einsum("...ii->...i", factor).real)         # NaN is not positive, which not every LAPACK sees
            info = np.where(undefined.any(-1), undefined.argmax(-1) + 1, 0) if a.shape[-1] else np.zeros(a.shape[:-2], np.int32)
        except np.linalg.LinAlgError:
            factorize = lapack("potrf", a)
            factor, info = each_matrix(lambda m: factorize(m, lower=True, clean=True), [a], [(a.shape[-2:], a.dtype), ((), np.int32)])
        return np.conj(factor.swapaxes(-1, -2)) if self.upper else factor, info

    def gradient(self, g, out, a):
        g, factor = g[0], out[0]
        if g is None:
            return None
        if self.upper:
            g, factor = mH(g), mH(factor)
        inner = halved_diagonal(lower(mH(factor) @ g))
        # L⁻ᴴ inner L⁻¹
        left = record(LinalgSolveTriangular(True), mH(factor), inner)
        return hermitian_part(record(LinalgSolveTriangular(False, False), factor, left))

    samples = lambda: [(_definite(3),), (_definite(3), True), (np.stack([_definite(2), _definite(2) + 1]),), (normal(0, 0),), (normal(2, 0, 0),),
                       (_definite(2) + 1j * (np.triu(normal(2, 2), 1) - np.triu(normal(2, 2), 1).T),)]


def _definite(n):
    a = normal(n, n)
    return a @ a.T + n * np.eye(n)


class CholeskySolve(Op):
    """X with L Lᴴ X = B, or Uᴴ U X = B for `upper`. Only that triangle of the factor is read; its gradient is PyTorch's, that of a full matrix."""

    upper: bool = False
    saves = ("factor", "out")
    no_gradient_test = "reads one triangle, while its gradient fills both: tests/ops/test_linalg.py takes triangular directions"

    def shape(self, b, factor):
        return *broadcast_shapes(b.shape[:-2], factor.shape[:-2]), *b.shape[-2:]

    def reference(self, b, factor):
        solve = lapack("potrs", factor, b)
        return each_matrix(lambda m, b: solve(m, b, lower=not self.upper)[:1], (factor, b), [(b.shape[-2:], b.dtype)])[0]

    def gradient(self, g, out, b, factor):
        def to_b():
            return record(self, g, factor)

        def to_factor():
            return factor_gradient(to_b() @ mH(out), factor, self.upper)
        return to_b, to_factor

    samples = lambda: [(normal(3, 2), np.linalg.cholesky(_definite(3))), (normal(4, 3, 2), np.linalg.cholesky(_definite(3)).T, True),
                       (normal(2, 0), _definite(2)), (normal(0, 1), normal(0, 0))]


def factor_gradient(g, factor, upper: bool):
    """The gradient of a factor L from g, where -g is the gradient of A = L Lᴴ."""
    both = g + mH(g)
    return -(factor @ both) if upper else -(both @ factor)


class CholeskyInverse(Op):
    """(L Lᴴ)⁻¹, or (Uᴴ U)⁻¹ for `upper`. Only that triangle of the factor is read; its gradient is PyTorch's, that of a full matrix."""

    upper: bool = False
    saves = ("factor", "out")
    no_gradient_test = CholeskySolve.no_gradient_test

    def shape(self, factor):
        return factor.shape

    def reference(self, factor):
        return CholeskySolve(self.upper).reference(np.eye(factor.shape[-1], dtype=factor.dtype), factor)

    def gradient(self, g, out, factor):
        return factor_gradient(out @ g @ out, factor, self.upper)

    samples = lambda: [(np.linalg.cholesky(_definite(3)),), (np.linalg.cholesky(_definite(3)).T, True), (normal(0, 0),)]


Factor = return_type("linalg_cholesky_ex", "L", "info")


def _not_definite(order: int) -> str:
    return (f"The factorization could not be completed because the input is not positive-definite (the leading minor of order {order} is not "
            "positive-definite).")


@full_precision
def linalg_cholesky_ex(A, *, upper: bool = False, check_errors: bool = False, out=None):
    """(L, info): the lower Cholesky factor of each matrix, or the upper one. info is 0 where all went well, else the order of the first leading
    minor that is not positive-definite; with `check_errors` that is a LinAlgError."""
    result = Factor(record(LinalgCholeskyEx(bool(upper)), matrices(A, "linalg.cholesky", square=True)))
    if check_errors:
        check_info(result.info, "linalg.cholesky_ex", _not_definite)
    return into(out, result, "linalg.cholesky_ex")


@full_precision
def linalg_cholesky(A, *, upper: bool = False, out=None):
    """L with A = L Lᴴ, lower triangular with positive diagonal (U with A = Uᴴ U for `upper`), for each matrix of A (…, n, n). LinAlgError if one is
    not positive-definite."""
    return _checked(A, upper, "linalg.cholesky", out)


def _checked(A, upper, name, out):
    factor, info = record(LinalgCholeskyEx(bool(upper)), matrices(A, name, square=True))
    check_info(info, name, _not_definite)
    return into(out, factor, name)


@full_precision
def cholesky(input, upper: bool = False, *, out=None):
    """L with input = L Lᴴ, or U with input = Uᴴ U. Deprecated: linalg.cholesky is its successor."""
    warnings.warn("torch.cholesky is deprecated in favor of torch.linalg.cholesky and will be removed in a future PyTorch release.\nL = torch.cholesky(A)\n"
                  "should be replaced with\nL = torch.linalg.cholesky(A)\nand\nU = torch.cholesky(A, upper=True)\nshould be replaced with\n"
                  "U = torch.linalg.cholesky(A).mH", UserWarning, stacklevel=2)
    return _checked(input, upper, "cholesky", out)


@full_precision
def cholesky_solve(input, input2, upper: bool = False, *, out=None):
    """X with A X = input, from the Cholesky factor `input2` of A, lower or upper: (…, n, k) and (…, n, n); leading axes broadcast."""
    for argument, t in (("b", input), ("u", input2)):
        if need_tensor(t, "cholesky_solve", argument).ndim < 2:
            raise RuntimeError(f"{argument} should have at least 2 dimensions, but has {t.ndim} dimensions instead")
    check_solve("cholesky_solve", input, input2)
    matrices(input2, "cholesky_solve", square=True)
    return into(out, record(CholeskySolve(bool(upper)), input, input2), "cholesky_solve")


@full_precision
def cholesky_inverse(input, upper: bool = False, *, out=None):
    """The inverse of A from its Cholesky factor `input` (…, n, n), lower or upper. LinAlgError if the factor has a 0 on its diagonal."""
    factor = matrices(input, "cholesky_inverse", square=True)
    if not factor.is_meta and factor.numel():
        zeros = np.argwhere(values(diagonal_of(factor)) == 0)
        if len(zeros):
            where = f"(Batch element {np.ravel_multi_index(tuple(zeros[0, :-1]), factor.shape[:-2])}): " if factor.ndim > 2 else ""
            raise LinAlgError(f"cholesky_inverse: {where}The diagonal element {zeros[0, -1] + 1} is zero, the inversion could not be completed because the "
                              "input matrix is singular.")
    return into(out, record(CholeskyInverse(bool(upper)), factor), "cholesky_inverse")


__all__ = ["cholesky", "cholesky_inverse", "cholesky_solve"]
