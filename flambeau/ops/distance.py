"""Distances and similarities of vectors, and vectors brought to length 1."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from ..core.shape import broadcast_shapes
from .autocast import full_precision
from .common import Tensor, cast, from_array, into, need_tensor, record
from .contract import matmul
from .elementwise import Where
from .movement import expand
from .norms import VectorNorm, vector_norm


class EuclideanDist(Op):
    """out[…, i, j] = √Σ_k (x[…, i, k] - y[…, j, k])², from the differences (|x|² + |y|² - 2 x · y loses all digits where x is near y); the slope at
    distance 0 is 0"""

    axes = "... i k, ... j k -> ... i j"
    saves = ("x", "y", "out")
    backward = "EuclideanDistBackward0"

    def reference(self, x, y):
        squares = np.zeros((*np.broadcast_shapes(x.shape[:-2], y.shape[:-2]), x.shape[-2], y.shape[-2]), np.result_type(x, np.float64))
        for k in range(x.shape[-1]):            # one pass for each coordinate: all differences at once would take k times the memory
            squares += np.square(x[..., :, None, k] - y[..., None, :, k])      # (which overflow where x's own type does)
        return np.sqrt(squares).astype(x.dtype)

    def element(self, i, x, y):
        *n, r, c = i
        return el.call("sqrt", el.total(x.shape[-1], lambda k: (x[(*n, r, k)] - y[(*n, c, k)]) * (x[(*n, r, k)] - y[(*n, c, k)])))

    def gradient(self, g, out, x, y):
        ratio = record(Where(), out == 0, 0, g / out)
        return (lambda: x * ratio.sum(-1, keepdim=True) - matmul(ratio, y),
                lambda: y * ratio.sum(-2).unsqueeze(-1) - matmul(ratio.transpose(-1, -2), x))

    samples = lambda: [(normal(3, 4), normal(5, 4, seed=1)), (normal(2, 3, 4), normal(2, 4, seed=1))]


class Cdist(VectorNorm):
    """The distance of norm p between each row of one matrix and each of another, from their differences"""

    backward = "CdistBackward0"


class Pdist(VectorNorm):
    """The distance of norm p between each two rows, from their differences"""

    backward = "PdistBackward0"


_MANY = 25      # rows from which PyTorch takes Euclidean distances from a matrix product
_MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")


@full_precision
def cdist(x1, x2, p: float = 2.0, compute_mode: str = _MODES[0]) -> Tensor:
    """Distances of norm `p` between the rows of x1 (…, n, k) and those of x2 (…, m, k) -> (…, n, m).

    compute_mode: whether Euclidean distances come from a matrix product, which is fast and less exact: if there are more than 25 rows (the
    default), always, or never ('donot_use_mm_for_euclid_dist'). RuntimeError for shapes or types that do not fit.
    """
    for name, t in (("X1", need_tensor(x1, "cdist", "x1")), ("X2", need_tensor(x2, "cdist", "x2"))):
        if t.dtype.category != 2:
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {t.dtype._title}")
        if t.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {t.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    if p < 0:
        raise RuntimeError(f"cdist only supports non-negative p values, got {p}")
    if compute_mode is not None and compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode: it is one of {', '.join(_MODES)}")
    if x1.dtype is not x2.dtype:
        raise RuntimeError(f"expected scalar type {x1.dtype._title} but found {x2.dtype._title}: cdist takes two tensors of one dtype")
    if dt.dtype_of_half(x1.dtype):
        raise NotImplementedError(f"\"cdist\" not implemented for '{x1.dtype._title}': convert with .float()")
    n, m = x1.shape[-2], x2.shape[-2]
    product = compute_mode == _MODES[1] or compute_mode in (None, _MODES[0]) and (n > _MANY or m > _MANY)
    if p == 2 and product and x1.shape[-1]:
        return record(EuclideanDist(), x1, x2)
    difference = x1.unsqueeze(-2) - x2.unsqueeze(-3)
    return record(Cdist((difference.ndim - 1,), False, float(p)), difference) if x1.shape[-1] else difference.sum(-1)


def pdist(input, p: float = 2) -> Tensor:
    """Distances of norm `p` between each two rows of a matrix (n, k) -> (n (n - 1) / 2): row 0 with 1, 2, …, then 1 with 2, …"""
    x = need_tensor(input, "pdist")
    if x.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {x.ndim}D")
    if x.dtype.category != 2:
        raise RuntimeError(f"pdist only supports floating-point dtypes, got {x.dtype}")
    if p < 0:
        raise RuntimeError(f"pdist only supports non-negative p values, got {p}")
    first, second = (from_array(rows, dt.int64).to(x.device) for rows in np.triu_indices(x.shape[0], 1))
    difference = x[first] - x[second]
    return record(Pdist((1,), False, float(p)), difference) if x.shape[1] else difference.sum(1)


def pairwise_distance(x1, x2, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The norm of order `p` of x1 - x2 + eps over the last axis: (…, d) and (…, d) -> (…)."""
    need_tensor(x1, "pairwise_distance", "x1")
    need_tensor(x2, "pairwise_distance", "x2")
    return vector_norm(x1 - x2 + eps, p, -1, keepdim)


def cosine_similarity(x1, x2, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x1 · x2 / (|x1| |x2|) along an axis, lengths no less than `eps`. RuntimeError for integers."""
    x1, x2 = need_tensor(x1, "cosine_similarity", "x1"), need_tensor(x2, "cosine_similarity", "x2")
    common = dt.result_dtype([(t.dtype, t.ndim, False) for t in (x1, x2)])
    if common.category != 2:
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {common._title}")
    shape = broadcast_shapes(x1.shape, x2.shape)
    quotients = []
    for x in (x1, x2):
        x = expand(cast(x, common), shape)
        length = vector_norm(x, 2, dim, True)
        quotients.append(x / (length + (length.detach() < eps) * (eps - length.detach())))       # raised to eps as a constant
    return (quotients[0] * quotients[1]).sum(dim)


def normalize(input, p: float = 2.0, dim=1, eps: float = 1e-12, out=None) -> Tensor:
    """input / max(its norm of order `p` along `dim`, eps)"""
    x = need_tensor(input, "normalize")
    return into(out, x / vector_norm(x, p, dim, True).clamp(min=eps), "normalize")


__all__ = ["cdist", "cosine_similarity", "pairwise_distance", "pdist"]
