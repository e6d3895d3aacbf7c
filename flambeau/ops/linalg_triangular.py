"""Triangular systems of equations."""
from __future__ import annotations

import warnings

import numpy as np

from ..core.op import Op, normal
from ..core.shape import broadcast_shapes
from .autocast import full_precision
from .common import into, need_tensor, record
from .matrix import at_least_matrix, each_matrix, lower, matrices, mH, same_kind, upper
from .movement import broadcast_to
from .returns import return_type


class LinalgSolveTriangular(Op):
    """X with A X = B (X A = B unless `left`), A upper or lower triangular: only that half of it is read, without the diagonal if `unitriangular`.

    A (…, n, n), B (…, n, k) or (…, k, n). Division by a 0 on the diagonal gives inf and NaN.
    """

    upper: bool
    left: bool = True
    unitriangular: bool = False
    saves = ("a", "out")

    def shape(self, a, b):
        return *broadcast_shapes(a.shape[:-2], b.shape[:-2]), *b.shape[-2:]

    def reference(self, a, b):
        from scipy.linalg.blas import get_blas_funcs
        solve = get_blas_funcs("trsm", (a, b))

        def one(a, b):
            return solve(1, a, b, side=not self.left, lower=not self.upper, diag=self.unitriangular),
        return each_matrix(one, (a, b), [(b.shape[-2:], b.dtype)])[0]

    def gradient(self, g, out, a, b):
        def to_b():
            return record(LinalgSolveTriangular(not self.upper, self.left, self.unitriangular), mH(a), g)

        def to_a():
            product = -(to_b() @ mH(out)) if self.left else -(mH(out) @ to_b())
            half, off = (upper, 1) if self.upper else (lower, -1)
            return half(product, off if self.unitriangular else 0)
        return to_a, to_b

    samples = lambda: [(_triangular(3), normal(3, 2), True), (_triangular(3).T, normal(3, 2), False), (_triangular(3), normal(2, 4, 3), True, False, False),
                       (_triangular(3).T, normal(2, 3, 1), False, True, True), (normal(0, 0), normal(0, 2), True),
                       (_triangular(2) + 1j * np.triu(normal(2, 2)), normal(2, 2) + 1j * normal(2, 2, seed=1), True)]


def _triangular(n):
    return np.triu(normal(n, n)) + 3 * np.eye(n)


def check_fit(name: str, a, b, left: bool = True) -> None:
    """RuntimeError unless A X = B (X A = B) makes sense."""
    if a.shape[-2] != b.shape[-2 if left else -1]:
        raise RuntimeError(f"{name}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} ({a.shape[-2]}x{a.shape[-1]} and "
                           f"{b.shape[-2]}x{b.shape[-1]})")


def linalg_solve_triangular(A, B, *, upper: bool, left: bool = True, unitriangular: bool = False, out=None):
    """X with A X = B (X A = B if not `left`) for triangular A (…, n, n), of which only the upper (lower) half is read, with ones on the diagonal
    if `unitriangular`. B (…, n, k); leading axes broadcast. Nothing is said about singular matrices: they give inf and NaN."""
    name = "linalg.solve_triangular"
    at_least_matrix(need_tensor(B, name, "B"), name, "B")
    matrices(A, name, square=True)
    same_kind(name, A, B)
    check_fit(name, A, B, left)
    return into(out, record(LinalgSolveTriangular(bool(upper), bool(left), bool(unitriangular)), A, B), name)


Solution = return_type("triangular_solve", "solution", "cloned_coefficient")


@full_precision
def triangular_solve(input, A, upper: bool = True, transpose: bool = False, unitriangular: bool = False, *, out=None):
    """(X, copy of A) with A X = input, or Aᵀ X = input. Deprecated: linalg.solve_triangular is its successor."""
    warnings.warn("torch.triangular_solve is deprecated in favor of torch.linalg.solve_triangular and will be removed in a future PyTorch release.\n"
                  "torch.linalg.solve_triangular has its arguments reversed and does not return a copy of one of the inputs.\n"
                  "X = torch.triangular_solve(B, A).solution\nshould be replaced with\nX = torch.linalg.solve_triangular(A, B).", UserWarning, stacklevel=2)
    for argument, t in (("b", input), ("A", A)):
        if need_tensor(t, "triangular_solve", argument).ndim < 2:
            raise RuntimeError(f"torch.triangular_solve: Expected {argument} to have at least 2 dimensions, but it has {t.ndim} dimensions instead")
    check_solve("triangular_solve", input, A)
    matrices(A, "triangular_solve", square=True)
    batch = broadcast_shapes(input.shape[:-2], A.shape[:-2])
    A = broadcast_to(A, (*batch, *A.shape[-2:]))
    solution = record(LinalgSolveTriangular(bool(upper) is not bool(transpose), True, bool(unitriangular)), A.mT if transpose else A, input)
    return into(out, Solution(solution, A.clone()), "triangular_solve")


def check_solve(name: str, b, a) -> None:
    """What the older solvers refuse, in their words."""
    if a.dtype is not b.dtype:
        raise RuntimeError(f"Expected b and A to have the same dtype, but found b of type {b.dtype._title} and A of type {a.dtype._title} instead.")
    if a.shape[-2] != a.shape[-1]:
        raise RuntimeError(f"A must be batches of square matrices, but they are {a.shape[-2]} by {a.shape[-1]} matrices")
    if a.shape[-2] != b.shape[-2]:
        raise RuntimeError(f"Incompatible matrix sizes for {name}: each A matrix is {a.shape[-1]} by {a.shape[-1]} but each b matrix is {b.shape[-2]} by "
                           f"{b.shape[-1]}")


__all__ = ["triangular_solve"]
