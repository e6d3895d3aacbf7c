"""Names of linear algebra that PyTorch has removed: they are still there to say what stands in their place."""
from __future__ import annotations


def _removed(name: str, instead: str):
    def function(*args, **kwargs):
        raise RuntimeError(f"This function was deprecated since version 1.9 and is now removed. {instead}")
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Removed: RuntimeError. {instead}"
    return function


eig = _removed("eig", "`torch.linalg.eig(A)` gives complex eigenvalues and eigenvectors, `torch.linalg.eigvals(A)` the eigenvalues alone.")
lstsq = _removed("lstsq", "`X = torch.linalg.lstsq(A, B).solution` replaces `X, _ = torch.lstsq(B, A)`: its arguments are the other way round, and the "
                          "residuals are a field of their own.")
matrix_rank = _removed("matrix_rank", "Please use `torch.linalg.matrix_rank`; the parameter 'symmetric' is called 'hermitian' there.")
solve = _removed("solve", "`X = torch.linalg.solve(A, B)` replaces `X, LU = torch.solve(B, A)`: its arguments are the other way round; the factorization is "
                          "`torch.linalg.lu_factor`.")
symeig = _removed("symeig", "`torch.linalg.eigh(A, UPLO='U' if upper else 'L')` gives eigenvalues and eigenvectors, `torch.linalg.eigvalsh` the eigenvalues "
                            "alone; by default they read the lower triangle.")

__all__ = ["eig", "lstsq", "matrix_rank", "solve", "symeig"]
