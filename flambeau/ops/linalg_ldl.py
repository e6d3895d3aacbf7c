"""The LDL decomposition of symmetric and Hermitian matrices that need not be definite."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from ..core.shape import broadcast_shapes
from .common import into, need_tensor, record
from .matrix import check_info, each_matrix, floating, lapack, matrices
from .returns import return_type


def _routine(name: str, hermitian: bool, *arrays):
    return lapack(("he" if hermitian and arrays[0].dtype.kind == "c" else "sy") + name, *arrays)


class LinalgLdlFactorEx(Op):
    """(LD, pivots, info) in LAPACK's form (Bunch-Kaufman): D, with blocks of 1 or 2, and L below it, of A = P L D Lᵀ Pᵀ (Lᴴ for `hermitian`). Only the lower
    triangle of A (…, n, n) is read. info[…] is 0, or k where D[k, k] is 0."""

    hermitian: bool = False
    outputs = 3
    no_gradient_test = "PyTorch has none: tests/ops/test_linalg.py sees that it is refused"

    def shape(self, a):
        return a.shape, a.shape[:-1], a.shape[:-2]

    def dtype(self, a):
        return a.dtype, dt.int32, dt.int32

    def reference(self, a):
        factorize = _routine("trf", self.hermitian, a)

        def one(a):
            factors, pivots, info = factorize(a, lower=True)
            return np.tril(factors), pivots, info
        return each_matrix(one, [a], [(a.shape[-2:], a.dtype), (a.shape[-1:], np.int32), ((), np.int32)])

    def gradient(self, g, out, a):
        raise RuntimeError("the derivative of linalg.ldl_factor_ex is not implemented")

    samples = lambda: [(normal(3, 3),), (normal(2, 2, 2) + 1j * normal(2, 2, 2, seed=1), True), (normal(0, 0),)]


class LinalgLdlSolve(Op):
    """X with A X = B from the LDL decomposition of A: LD (…, n, n), pivots (…, n), B (…, n, k)"""

    hermitian: bool = False
    no_gradient_test = LinalgLdlFactorEx.no_gradient_test

    def shape(self, factors, pivots, b):
        return *broadcast_shapes(factors.shape[:-2], b.shape[:-2]), *b.shape[-2:]

    def compute(self, factors, pivots, b):
        return None

    def dtype(self, factors, pivots, b):
        return b.dtype

    def reference(self, factors, pivots, b):
        solve = _routine("trs", self.hermitian, factors, b)
        return each_matrix(lambda a, p, b: solve(a, p[:, 0], b, lower=True)[:1], (factors, pivots[..., None], b), [(b.shape[-2:], b.dtype)])[0]

    def gradient(self, g, out, factors, pivots, b):
        raise RuntimeError("the derivative of linalg.ldl_solve is not implemented")

    samples = lambda: [(np.tril(normal(3, 3)), np.array([1, 2, 3], "int32"), normal(3, 2))]


# ------------------------------------------------------------------------------------------------------------- the functions
Factors = return_type("linalg_ldl_factor", "LD", "pivots")
FactorsEx = return_type("linalg_ldl_factor_ex", "LD", "pivots", "info")


def _singular(k: int) -> str:
    return f"D[{k},{k}] is zero: the matrix is singular, and using the factorization to solve would divide by zero"


def linalg_ldl_factor_ex(A, *, hermitian: bool = False, check_errors: bool = False, out=None):
    """(LD, pivots, info) of each symmetric (or `hermitian`) matrix of A (…, n, n), of which the lower triangle is read, in LAPACK's form. info is 0, or
    the place of the first 0 on D's diagonal, a LinAlgError with `check_errors`. Not differentiable."""
    result = FactorsEx(record(LinalgLdlFactorEx(bool(hermitian)), matrices(A, "torch.linalg.ldl_factor_ex", square=True)))
    if check_errors:
        check_info(result.info, "torch.linalg.ldl_factor_ex", _singular)
    return into(out, result, "linalg.ldl_factor_ex")


def linalg_ldl_factor(A, *, hermitian: bool = False, out=None):
    """(LD, pivots) of each symmetric (or `hermitian`) matrix of A (…, n, n), for ldl_solve. LinAlgError if one is singular. Not differentiable."""
    factors, pivots, info = record(LinalgLdlFactorEx(bool(hermitian)), matrices(A, "torch.linalg.ldl_factor_ex", square=True))
    check_info(info, "torch.linalg.ldl_factor", _singular)
    return into(out, Factors(factors, pivots), "linalg.ldl_factor")


def linalg_ldl_solve(LD, pivots, B, *, hermitian: bool = False, out=None):
    """X with A X = B from the results of ldl_factor: LD (…, n, n), pivots (…, n), B (…, n, k); leading axes broadcast. Not differentiable."""
    name = "torch.linalg.ldl_solve"
    matrices(LD, name, square=True)
    if need_tensor(B, name, "B").ndim < 2:
        raise RuntimeError(f"{name}: Expected B to have at least 2 dimensions, but it has {B.ndim} dimensions instead")
    if need_tensor(pivots, name, "pivots").dtype.category != 1:
        raise RuntimeError(f"{name}: Expected pivots to be integers. Got {pivots.dtype._title}")
    if pivots.shape != LD.shape[:-1]:
        raise RuntimeError(f"{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape {list(pivots.shape)} instead")
    if floating(B, name).dtype is not LD.dtype:
        raise RuntimeError(f"Expected b and A to have the same dtype, but found b of type {B.dtype._title} and A of type {LD.dtype._title} instead.")
    if B.shape[-2] != LD.shape[-1]:
        raise RuntimeError(f"Incompatible matrix sizes for {name}: each A matrix is {LD.shape[-1]} by {LD.shape[-1]} but each b matrix is {B.shape[-2]} by "
                           f"{B.shape[-1]}")
    return into(out, record(LinalgLdlSolve(bool(hermitian)), LD, pivots, B), "linalg.ldl_solve")


__all__ = []
