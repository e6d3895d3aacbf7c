"""Linear algebra: decompositions, equations, determinants, norms. The functions of torch.linalg, written beside their operator pages.

Written by tools/stubs.py: do not edit.
"""

from collections.abc import Sequence
from typing import Any

from flambeau import return_types as _return_types
from flambeau.core.dtype import dtype as _dtype
from flambeau.core.tensor import Tensor as Tensor
from flambeau.core.tensor import _bool, _int, _Out, _str
from flambeau.ops.matrix import LinAlgError as LinAlgError

def cholesky(A: Tensor, *, upper: _bool = False, out: _Out = None) -> Tensor:
    """L with A = L Lᴴ, lower triangular with positive diagonal (U with A = Uᴴ U for `upper`), for each matrix of A (…, n, n). LinAlgError if one …"""
def cholesky_ex(A: Tensor, *, upper: _bool = False, check_errors: _bool = False, out: _Out = None) -> _return_types.linalg_cholesky_ex:
    """(L, info): the lower Cholesky factor of each matrix, or the upper one. info is 0 where all went well, else the order of the first leading …"""
def cond(A: Tensor, p: Any = None, *, out: _Out = None) -> Tensor:
    """The condition number of each matrix of A (…, m, n): ‖A‖ ‖A⁻¹‖ for the norms that matrix_norm knows (square matrices only), and for p None, …"""
def cross(input: Tensor, other: Tensor, *, dim: _int = -1, out: _Out = None) -> Tensor:
    """The cross product of vectors along axis `dim` of size 3; the other axes broadcast. RuntimeError for other sizes, numbers of axes or mixed …"""
def det(A: Tensor, *, out: _Out = None) -> Tensor:
    """The determinant of each matrix of A (…, n, n) -> (…). Its gradient is exact for singular matrices too."""
def diagonal(A: Tensor, *, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
    """The diagonals of matrices as a last axis: a view. `diagonal` of the last two axes, unless others are named."""
def eig(A: Tensor, *, out: _Out = None) -> _return_types.linalg_eig:
    """(eigenvalues, eigenvectors) of each square matrix of A (…, n, n): A V = V diag(L), both complex; the columns of V have length 1 and an …"""
def eigh(A: Tensor, UPLO: _str = 'L', *, out: _Out = None) -> _return_types.linalg_eigh:
    """(eigenvalues, eigenvectors) of each symmetric or Hermitian matrix of A (…, n, n), of which only the lower ("U": upper) triangle is read:"""
def eigvals(A: Tensor, *, out: _Out = None) -> Tensor:
    """The complex eigenvalues (…, n) of each square matrix of A (…, n, n), in no particular order. LinAlgError for matrices with NaN or inf."""
def eigvalsh(A: Tensor, UPLO: _str = 'L', *, out: _Out = None) -> Tensor:
    """The eigenvalues (…, n), ascending, of each symmetric or Hermitian matrix of A (…, n, n), of which only one triangle is read."""
def householder_product(input: Tensor, tau: Tensor, *, out: _Out = None) -> Tensor:
    """The first n columns of the product of k Householder reflections I - tau_i v_i v_iᴴ: input (…, m, n) has the v_i below its diagonal (as …"""
def inv(A: Tensor, *, out: _Out = None) -> Tensor:
    """The inverse of each matrix of A (…, n, n). LinAlgError if one is singular."""
def inv_ex(A: Tensor, *, check_errors: _bool = False, out: _Out = None) -> _return_types.linalg_inv_ex:
    """(inverse, info) of each matrix of A (…, n, n); info is 0, or tells where a singular matrix failed, which is a LinAlgError with …"""
def ldl_factor(A: Tensor, *, hermitian: _bool = False, out: _Out = None) -> _return_types.linalg_ldl_factor:
    """(LD, pivots) of each symmetric (or `hermitian`) matrix of A (…, n, n), for ldl_solve. LinAlgError if one is singular. Not differentiable."""
def ldl_factor_ex(A: Tensor, *, hermitian: _bool = False, check_errors: _bool = False, out: _Out = None) -> _return_types.linalg_ldl_factor_ex:
    """(LD, pivots, info) of each symmetric (or `hermitian`) matrix of A (…, n, n), of which the lower triangle is read, in LAPACK's form. info …"""
def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: _bool = False, out: _Out = None) -> Tensor:
    """X with A X = B from the results of ldl_factor: LD (…, n, n), pivots (…, n), B (…, n, k); leading axes broadcast. Not differentiable."""
def lstsq(A: Tensor, B: Tensor, rcond: Any = None, *, driver: _str | None = None, out: _Out = None) -> _return_types.linalg_lstsq:
    """X with ‖A X - B‖ least, and of those with the least ‖X‖: A (…, m, n), B (…, m, k) or vectors (…, m)."""
def lu(A: Tensor, *, pivot: _bool = True, out: _Out = None) -> _return_types.linalg_lu:
    """(P, L, U) with A = P L U: P a permutation (…, m, m), L (…, m, k) lower triangular with ones on the diagonal, U (…, k, n), k = min(m, n)."""
def lu_factor(A: Tensor, *, pivot: _bool = True, out: _Out = None) -> _return_types.linalg_lu_factor:
    """(LU, pivots) of each matrix of A (…, m, n), for lu_solve. RuntimeError where U has a 0 on its diagonal."""
def lu_factor_ex(A: Tensor, *, pivot: _bool = True, check_errors: _bool = False, out: _Out = None) -> _return_types.linalg_lu_factor_ex:
    """(LU, pivots, info) of each matrix of A (…, m, n): L and U in one matrix, the rows exchanged (counted from 1), and 0 or the place of the …"""
def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: _bool = True, adjoint: _bool = False, out: _Out = None) -> Tensor:
    """X with A X = B (X A = B if not `left`; Aᴴ for A if `adjoint`), from the results of lu_factor. LU (…, n, n), pivots (…, n), B (…, n, k); …"""
def matmul(input: Tensor, other: Tensor, *, out: _Out = None) -> Tensor:
    """The matrix product: vectors, matrices, and batches of them by broadcasting, as NumPy's matmul."""
def matrix_exp(A: Tensor) -> Tensor:
    """exp(A) of each square matrix of A (…, n, n), by scaling and squaring (Higham, 2005)."""
def matrix_norm(
    A: Tensor, ord: Any = 'fro', dim: _int | Sequence[_int] = (-2, -1), keepdim: _bool = False, *, dtype: _dtype | None = None, out: _Out = None,
) -> Tensor:
    """The norm of each matrix that the two axes `dim` (row, column) make."""
def matrix_power(A: Tensor, n: _int, *, out: _Out = None) -> Tensor:
    """The n-th power of each square matrix of A (…, k, k), by squaring; of the inverse for negative n (LinAlgError for singular matrices)."""
def matrix_rank(A: Tensor, tol: Any = None, hermitian: _bool = False, *, atol: Any = None, rtol: Any = None, out: _Out = None) -> Tensor:
    """How many singular values (absolute eigenvalues of a `hermitian` A) of each matrix are above max(atol, rtol · the greatest): int64. By …"""
def multi_dot(tensors: Any, *, out: _Out = None) -> Tensor:
    """The product of two or more matrices in the order that costs least; the first may be a row vector, the last a column vector."""
def norm(
    A: Tensor, ord: Any = None, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: _Out = None, dtype: _dtype | None = None,
) -> Tensor:
    """The norm of vectors or matrices: without `ord`, 2 over all elements (or over the axes `dim`); with it, the vector norm of a vector or …"""
def pinv(A: Tensor, rcond: Any = None, hermitian: _bool = False, *, atol: Any = None, rtol: Any = None, out: _Out = None) -> Tensor:
    """The Moore-Penrose inverse of each matrix of A (…, m, n) -> (…, n, m). Singular values (absolute eigenvalues of a `hermitian` A, of which …"""
def qr(A: Tensor, mode: _str = 'reduced', *, out: _Out = None) -> _return_types.linalg_qr:
    """(Q, R) with A = Q R, for each matrix of A (…, m, n): Q (…, m, k) orthonormal, R (…, k, n) upper triangular, k = min(m, n); k = m in mode …"""
def slogdet(A: Tensor, *, out: _Out = None) -> _return_types.linalg_slogdet:
    """(sign, logabsdet) of each matrix of A (…, n, n): the determinant is sign · exp(logabsdet); 0 and -inf for singular matrices."""
def solve(A: Tensor, B: Tensor, *, left: _bool = True, out: _Out = None) -> Tensor:
    """X with A X = B (X A = B if not `left`): A (…, n, n), B (…, n, k), or vectors (…, n); leading axes broadcast. LinAlgError if a matrix is …"""
def solve_ex(A: Tensor, B: Tensor, *, left: _bool = True, check_errors: _bool = False, out: _Out = None) -> _return_types.linalg_solve_ex:
    """(result, info): X with A X = B (X A = B if not `left`), and 0 or the place where a singular matrix failed, a LinAlgError with …"""
def solve_triangular(A: Tensor, B: Tensor, *, upper: _bool, left: _bool = True, unitriangular: _bool = False, out: _Out = None) -> Tensor:
    """X with A X = B (X A = B if not `left`) for triangular A (…, n, n), of which only the upper (lower) half is read, with ones on the diagonal …"""
def svd(A: Tensor, full_matrices: _bool = True, *, driver: _str | None = None, out: _Out = None) -> _return_types.linalg_svd:
    """(U, S, Vh) with A = U diag(S) Vh for each matrix of A (…, m, n): U and Vh unitary, S real, descending. With k = min(m, n), U (…, m, m) and …"""
def svdvals(A: Tensor, *, driver: _str | None = None, out: _Out = None) -> Tensor:
    """The singular values (…, min(m, n)) of each matrix of A (…, m, n), in descending order. LinAlgError for matrices with NaN."""
def tensorinv(A: Tensor, ind: _int = 2, *, out: _Out = None) -> Tensor:
    """The inverse of A for tensordot: tensordot(tensorinv(A), B, ind) = X solves tensordot(A, X, X.ndim) = B. A has the axes of B (the first …"""
def tensorsolve(A: Tensor, B: Tensor, dims: _int | Sequence[_int] | None = None, *, out: _Out = None) -> Tensor:
    """X with tensordot(A, X, X.ndim) = B: A has the axes of B, then those of X, equally many elements; `dims` names axes of A to be moved to the …"""
def vander(x: Tensor, *, N: _int | None = None) -> Tensor:
    """out[…, i, j] = x[…, i] ** j for j < N (by default as many as x has elements on its last axis). Integers give int64."""
def vecdot(x: Tensor, y: Tensor, *, dim: _int = -1, out: _Out = None) -> Tensor:
    """Σ along axis `dim` of conj(x) · y; the other axes broadcast. RuntimeError for integers and mixed dtypes."""
def vector_norm(
    x: Tensor, ord: Any = 2, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None, out: _Out = None,
) -> Tensor:
    """(Σ |x|^ord)^(1/ord) over the axes `dim` (all by default), as linalg.vector_norm; ord may be any number, inf and -inf too."""
