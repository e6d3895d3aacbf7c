"""Norms of vectors: lengths of all elements, or along axes."""
from __future__ import annotations

import math

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import normal
from .common import Tensor, all_dims, cast, into, need_tensor, numpy_names, record
from .elementwise import Where
from .pointwise import zeros_of
from .powers import pow_of
from .reduce import Reduction
from .summation import total


class VectorNorm(Reduction):
    """out = (Σ |x|^p over `dims`)^(1/p); for p = inf and -inf the greatest and the least |x|, for p = 0 the number of elements other than 0"""

    p: float = 2.0
    types = "real"
    saves = ("x", "out")
    backward = "LinalgVectorNormBackward0"

    def reference(self, x):
        size, p = np.abs(x), self.p
        if p in (math.inf, -math.inf):
            return (np.max if p > 0 else np.min)(size, axis=self.dims, keepdims=self.keepdim)
        if p == 0:
            return total((x != 0).astype(size.dtype), self.dims, self.keepdim)
        if p == 1:
            return total(size, self.dims, self.keepdim)
        if p == 2:
            return np.sqrt(total(size * size, self.dims, self.keepdim))
        return total(size ** size.dtype.type(p), self.dims, self.keepdim) ** size.dtype.type(1 / p)

    def element(self, i, x):
        sizes, p = tuple(x.shape[d] for d in self.dims), self.p
        size = lambda *k: el.call("abs", self.at(i, x, k))
        if p in (math.inf, -math.inf):
            return el.reduce("max" if p > 0 else "min", sizes, size)
        if p == 0:
            return el.reduce("add", sizes, lambda *k: el.where(self.at(i, x, k).__ne__(0), 1.0, 0.0))
        if p == 1:
            return el.reduce("add", sizes, size)
        if p == 2:
            return el.call("sqrt", el.reduce("add", sizes, lambda *k: self.at(i, x, k) * self.at(i, x, k)))
        return el.reduce("add", sizes, lambda *k: size(*k) ** p) ** (1 / p)

    def gradient(self, g, out, x):
        """Where the norm is not smooth, the least subgradient: 0 at 0; extremes share theirs."""
        p, far, norm = self.p, self.over(g, x), self.over(out, x)
        if p == 0:
            return zeros_of(x)
        if p == 1:
            return x.sgn() * far
        if p in (math.inf, -math.inf):
            there = (x.abs() == norm) | ((norm != norm) & (x != x))
            return record(Where(), there, x.sgn() * (far / self.over(there.sum(self.dims, keepdim=self.keepdim), x)), 0)
        if p == 2:
            return record(Where(), norm == 0, 0, far * (x / norm))
        size = x.abs()
        if p < 1:
            return record(Where(), x == 0, 0, x.sgn() * pow_of(size, p - 1) * far * pow_of(norm, 1 - p))
        if p < 2:
            return record(Where(), norm == 0, 0, x.sgn() * pow_of(size, p - 1) * far / pow_of(norm, p - 1))
        return record(Where(), norm == 0, 0, x * pow_of(size, p - 2) * far / pow_of(norm, p - 1))

    samples = lambda: [(normal(3, 4), (0,), False, 2.0), (normal(3, 4), (0, 1), True, 1.0), (normal(3, 4), (1,), False, math.inf),
                       (normal(3, 4), (1,), False, -math.inf), (normal(3, 4), (1,), False, 3.0), (normal(3, 4), (1,), False, 0.5),
                       (normal(3, 4), (1,), False, 1.5), (normal(3, 4), (1,), False, 0.0), (normal(), (), False, 2.0)]


# ------------------------------------------------------------------------------------------------------------- the functions
def converted(name: str, x: Tensor, dtype) -> Tensor:
    """`x`, of `dtype` if one is given. RuntimeError for integers, and for dtypes that would lose something."""
    if x.dtype.category < 2:
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {x.dtype._title}")
    if dtype is None:
        return x
    target = dt.as_dtype(dtype)
    if target.category < 2:
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {target._title}")
    if target.is_complex != x.dtype.is_complex:
        kind = "complex" if x.dtype.is_complex else "real"
        raise RuntimeError(f"{name}: dtype should be {kind} for {kind} inputs, but got {target._title}")
    if dt.promote_types(x.dtype, target) is not target:
        raise RuntimeError(f"{name}: the dtype of the input ({x.dtype._title}) should be convertible without narrowing to the specified dtype "
                           f"({target._title})")
    return cast(x, target)


@numpy_names
def vector_norm(x, ord=2, dim=None, keepdim: bool = False, *, dtype=None, out=None):
    """(Σ |x|^ord)^(1/ord) over the axes `dim` (all by default), as linalg.vector_norm; ord may be any number, inf and -inf too."""
    t = need_tensor(x, "linalg.vector_norm")
    if isinstance(ord, (str, tuple)) or ord is None:
        raise TypeError(f"linalg_vector_norm(): argument 'ord' (position 2) must be Number, not {type(ord).__name__}")
    if isinstance(ord, complex):
        raise RuntimeError("linalg.vector_norm: Expected a non-complex scalar as the order of norm.")
    t = converted("linalg.vector_norm", t, dtype)
    dims, p = all_dims(dim, t.ndim), float(ord)
    if (p < 0 or p == math.inf) and not t.numel() and (not t.ndim or any(t.shape[d] == 0 for d in dims)):
        raise RuntimeError(f"linalg.vector_norm cannot compute the {ord} norm on an empty tensor because the operation does not have an identity")
    result = record(VectorNorm(dims, bool(keepdim), p), t)
    if isinstance(out, Tensor) and out.dtype is not result.dtype:
        raise RuntimeError(f"linalg.vector_norm expected out tensor dtype {result.dtype} but got: {out.dtype}")
    return into(out, result, "linalg.vector_norm")


def dist(input, other, p=2):
    """The p-norm of input - other."""
    x, y = need_tensor(input, "dist"), need_tensor(other, "dist", "other")
    difference = x - y
    if difference.dtype.category < 2:
        raise RuntimeError(f"norm(): input dtype should be either floating point or complex. Got {difference.dtype._title} instead.")
    return vector_norm(difference, p)


def renorm(input, p, dim: int, maxnorm, *, out=None):
    """Each slice along axis `dim` whose p-norm is above `maxnorm` scaled down to it."""
    x = need_tensor(input, "renorm")
    if x.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {x.ndim} dimensions")
    if isinstance(p, complex) or p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if isinstance(maxnorm, complex) or maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    kept, = all_dims(dim, x.ndim)
    size = vector_norm(x, p, [d for d in range(x.ndim) if d != kept], keepdim=True)
    factor = record(Where(), size > maxnorm, maxnorm / (size + 1e-7), 1.0)
    return into(out, x * cast(factor, x.dtype.to_real()), "renorm")


__all__ = ["dist", "renorm"]
