"""Powers, exponentials and long products of matrices, and Vandermonde matrices."""
from __future__ import annotations

import functools
import warnings

from ..core import dtype as dt
from ..core.op import Op, normal
from .common import Tensor, cast, into, need_tensor, record
from .contract import exact_out, matmul
from .create import ones_like
from .join import cat
from .linalg_solve import linalg_inv
from .matrix import at_least_matrix, floating, identity_like, mH, need_square
from .movement import broadcast_to, squeeze, unsqueeze
from .parts import narrow


class LinalgMatrixExp(Op):
    """exp(A) = Σ_k Aᵏ / k! of each matrix (…, n, n)"""

    saves = ("a",)

    def shape(self, a):
        return a.shape

    def reference(self, a):
        from scipy.linalg import expm
        return expm(a) if a.size else a

    def gradient(self, g, out, a):
        """exp of [[A, dA], [0, A]] has the differential of exp(A) in its corner; its adjoint is the same of Aᴴ."""
        adjoint, n = mH(a), a.shape[-1]
        block = cat([cat([adjoint, g], -1), cat([adjoint * 0, adjoint], -1)], -2)
        return narrow(narrow(record(self, block), -2, 0, n), -1, n, n)

    samples = lambda: [(normal(3, 3),), (normal(2, 2, 2),), (normal(0, 0),), (normal(2, 2) + 1j * normal(2, 2, seed=1),)]


def linalg_matrix_exp(A):
    """exp(A) of each square matrix of A (…, n, n), by scaling and squaring (Higham, 2005)."""
    name = "linalg.matrix_exp"
    at_least_matrix(need_tensor(A, name, "A"), name)
    need_square(floating(A, name, low=True), name)
    return record(LinalgMatrixExp(), A)


def matrix_exp(input):
    """`linalg.matrix_exp` under its older name."""
    return linalg_matrix_exp(input)


def linalg_matrix_power(A, n: int, *, out=None):
    """The n-th power of each square matrix of A (…, k, k), by squaring; of the inverse for negative n (LinAlgError for singular matrices)."""
    name = "linalg.matrix_power"
    at_least_matrix(need_tensor(A, name, "A"), name)
    need_square(A, name)
    if n == 0:
        return into(out, A.clone().copy_(identity_like(A)), name)
    square = linalg_inv(A) if n < 0 else A
    result, left = None, abs(n)
    while left:
        if left & 1:
            result = square if result is None else matmul(result, square)
        left >>= 1
        square = matmul(square, square) if left else square
    return exact_out(out, result.clone() if result is A else result, name)


def matrix_power(input, n: int, *, out=None):
    """`linalg.matrix_power` under its older name."""
    return linalg_matrix_power(input, n, out=out)


# ---------------------------------------------------------------------------------------------------------------- long products
@functools.lru_cache(maxsize=256)
def _splits(sizes: tuple[int, ...]) -> dict[tuple[int, int], int]:
    """Where to split each product of matrices first … last, of sizes[k] x sizes[k + 1], so that the fewest numbers are multiplied: the textbook's dynamic
    programme."""
    count = len(sizes) - 1
    cost = {(k, k): 0 for k in range(count)}
    splits = {}
    for span in range(1, count):
        for first in range(count - span):
            last = first + span

            def total(k, first=first, last=last):
                return cost[first, k] + cost[k + 1, last] + sizes[first] * sizes[k + 1] * sizes[last + 1]
            splits[first, last] = best = min(range(first, last), key=total)
            cost[first, last] = total(best)
    return splits


def _chain(matrices, splits, first: int, last: int) -> Tensor:
    if first == last:
        return matrices[first]
    k = splits[first, last]
    return matmul(_chain(matrices, splits, first, k), _chain(matrices, splits, k + 1, last))


def linalg_multi_dot(tensors, *, out=None):
    """The product of two or more matrices in the order that costs least; the first may be a row vector, the last a column vector."""
    tensors = list(tensors)
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    for k, t in enumerate(tensors):
        need_tensor(t, "multi_dot", f"tensors[{k}]")
        if k in (0, len(tensors) - 1) and t.ndim not in (1, 2):
            raise RuntimeError(f"multi_dot(): the {'last' if k else 'first'} tensor must be 1D or 2D but got {t.ndim}D")
        if 0 < k < len(tensors) - 1 and t.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {k} must be 2D but got {t.ndim}D")
        if t.dtype is not tensors[0].dtype:
            raise RuntimeError(f"multi_dot(): all tensors must have be the same dtype but tensor 0 is {tensors[0].dtype} and tensor {k} {t.dtype}")
    row, column = tensors[0].ndim == 1, tensors[-1].ndim == 1
    chain = [unsqueeze(tensors[0], 0) if row else tensors[0], *tensors[1:-1], unsqueeze(tensors[-1], 1) if column else tensors[-1]]
    for k, (a, b) in enumerate(zip(chain, chain[1:], strict=False)):
        if a.shape[1] != b.shape[0]:
            raise RuntimeError(f"multi_dot(): tensors {k} and {k + 1} with shapes {list(a.shape)} and {list(b.shape)} cannot be multiplied")
    sizes = (*(t.shape[0] for t in chain), chain[-1].shape[1])
    result = _chain(chain, _splits(sizes), 0, len(chain) - 1)
    if column:
        result = squeeze(result, 1)
    return into(out, squeeze(result, 0) if row else result, "linalg.multi_dot")


def chain_matmul(*matrices, out=None):
    """The product of matrices in the order that costs least. Deprecated: linalg.multi_dot is its successor."""
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    for t in matrices:
        if need_tensor(t, "chain_matmul", "matrices").ndim != 2:
            raise RuntimeError(f"Tensor dimension is {t.ndim}, expected 2 instead.")
    if len(matrices) == 1:
        return into(out, matrices[0], "chain_matmul")
    warnings.warn("torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use torch.linalg.multi_dot instead, which accepts a "
                  "list of two or more tensors rather than multiple parameters.", UserWarning, stacklevel=2)
    return linalg_multi_dot(matrices, out=out)


def linalg_vander(x, *, N: int | None = None):
    """out[…, i, j] = x[…, i] ** j for j < N (by default as many as x has elements on its last axis). Integers give int64."""
    name = "linalg.vander"
    if need_tensor(x, name, "x").dtype is dt.bool_:
        raise RuntimeError(f"{name} supports floating point, complex, and integer tensors, but got Bool")
    x = x if x.ndim else unsqueeze(x, 0)
    count = x.shape[-1] if N is None else int(N)
    if count <= 1:
        raise RuntimeError("N must be greater than 1.")
    x = unsqueeze(cast(x, dt.int64) if x.dtype.category == 1 else x, -1)
    powers = broadcast_to(x, (*x.shape[:-1], count - 1)).cumprod(-1)
    return cat([ones_like(x), powers], -1)


__all__ = ["chain_matmul", "matrix_exp", "matrix_power"]
