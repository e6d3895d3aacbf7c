"""Products of vectors, matrices and tensors that are made of simpler ones: outer, inner, tensordot, kron, cross and their kin."""
from __future__ import annotations

import warnings

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from ..core.shape import broadcast_shapes, numel, wrap_dim, wrap_dims
from .autocast import full_precision, lower_precision
from .common import Tensor, from_array, into, into_same, need_tensor, record
from .contract import check_vectors, exact_out, mm, refuse_bool
from .elementwise import conj_of
from .movement import permute, reshape, unsqueeze


class Vdot(Op):
    """Σ_k conj(a[k]) · b[k]"""

    axes = "k, k -> "
    saves = ("a", "b")

    def reference(self, a, b):        return np.dot(np.conj(a), b)

    def element(self, i, a, b):
        if not (a.floating and b.floating):
            raise el.Inexpressible("conjugates of complex numbers")
        return el.total(a.shape[0], lambda k: a[k] * b[k])

    def gradient(self, g, out, a, b): return lambda: conj_of(g) * b, lambda: g * a

    samples = lambda: [(normal(4), normal(4, seed=3)), (normal(3) + 1j * normal(3, seed=1), normal(3, seed=2) - 1j * normal(3, seed=3)), (normal(0), normal(0))]


class Trace(Op):
    """Σ_k x[k, k]; integers are summed as int64."""

    types = "keep"

    def shape(self, x):            return ()
    def dtype(self, x):            return dt.int64 if x.dtype.category < 2 else x.dtype
    def compute(self, x):          return self.dtype(x)
    def reference(self, x):        return np.trace(x)
    def element(self, i, x):       return el.total(min(x.shape), lambda k: x[k, k])
    def gradient(self, g, out, x): return g * from_array(np.eye(*x.shape, dtype=x.dtype.numpy), x.dtype)

    samples = lambda: [(normal(3, 4),), (normal(2, 2),), (normal(0, 2),), (np.arange(4).reshape(2, 2),)]


class Cross(Op):
    """out[k] = x[k + 1] · y[k + 2] - x[k + 2] · y[k + 1] along axis `dim` of size 3, indices modulo 3"""

    dim: int
    saves = ("x", "y")
    backward = "LinalgCrossBackward0"

    def shape(self, x, y):
        return broadcast_shapes(x.shape, y.shape)

    def reference(self, x, y):
        def turned(a, steps):
            return np.roll(a, -steps, self.dim)
        return turned(x, 1) * turned(y, 2) - turned(x, 2) * turned(y, 1)

    def element(self, i, x, y):
        def turned(a, steps):
            return a[tuple((k + steps) % 3 if d == self.dim else k for d, k in enumerate(i))]
        return turned(x, 1) * turned(y, 2) - turned(x, 2) * turned(y, 1)

    def gradient(self, g, out, x, y):
        return lambda: record(self, conj_of(y), g), lambda: record(self, g, conj_of(x))

    samples = lambda: [(normal(3), normal(3, seed=1), 0), (normal(2, 3), normal(1, 3), 1), (normal(3, 4), normal(3, 1), 0), (normal(0, 3), normal(0, 3), 1)]


# ------------------------------------------------------------------------------------------------------------- the functions
def vdot(input, other, *, out=None):
    """Σ conj(input) · other of two vectors of one length and dtype"""
    check_vectors(need_tensor(input, "vdot"), need_tensor(other, "vdot", "other"))
    return exact_out(out, record(Vdot(), input, other), "vdot")


def outer(input, vec2, *, out=None):
    """out[i, j] = input[i] · vec2[j] of two vectors"""
    for t, argument in ((input, "self"), (vec2, "vec2")):
        if need_tensor(t, "outer", argument).ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {argument}, but got {t.ndim}-D")
    return into(out, unsqueeze(input, 1) * vec2, "outer")


def ger(input, vec2, *, out=None):
    """`outer(input, vec2)` under its older name."""
    return outer(input, vec2, out=out)


def inner(input, other, *, out=None):
    """Σ over the last axes: (…, k) and (*, k) -> (…, *); a 0-d operand scales the other."""
    x, y = need_tensor(input, "inner"), need_tensor(other, "inner", "other")
    if not x.ndim or not y.ndim:
        return into(out, x * y, "inner")
    if x.shape[-1] != y.shape[-1]:
        raise RuntimeError(f"inner() the last dimension must match on both input tensors but got shapes {list(x.shape)} and {list(y.shape)}")
    return tensordot(x, y, dims=([-1], [-1]), out=out)


def _pairs(dims, a, b) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes of `a` and those of `b` that tensordot's `dims` pairs."""
    if isinstance(dims, Tensor):
        dims = dims.tolist() if dims.numel() > 1 else int(dims.item())
    if isinstance(dims, (tuple, list)):
        if len(dims) == 2 and all(isinstance(d, (tuple, list)) for d in dims):
            first, second = dims
            if len(first) != len(second):
                raise RuntimeError(f"both dimension lists should have same length, got {list(first)} and {list(second)}")
            return wrap_dims(list(first), a.ndim), wrap_dims(list(second), b.ndim)
        if len(dims) != 1:
            raise TypeError("tensordot(): argument 'dims' must be an int or two lists of ints, one for each operand")
        dims = dims[0]
    if dims < 0:
        raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
    if dims > min(a.ndim, b.ndim):
        raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
    return tuple(range(a.ndim - dims, a.ndim)), tuple(range(dims))


def tensordot(a, b, dims=2, out=None):
    """Σ over pairs of axes: the last `dims` of `a` with the first of `b`, or the axes dims[0] of `a` with the axes dims[1] of `b`.

    The result has the other axes of `a`, then those of `b`. A paired axis of size 1 broadcasts. RuntimeError for other sizes or mixed dtypes.
    """
    need_tensor(a, "tensordot", "a")
    need_tensor(b, "tensordot", "b")
    first, second = _pairs(dims, a, b)
    if a.dtype is not b.dtype:
        raise RuntimeError(f"both inputs should have same dtype, got {a.dtype} and {b.dtype}")
    refuse_bool("dot", a)
    for d, e in zip(first, second, strict=True):
        if a.shape[d] == b.shape[e]:
            continue
        if a.shape[d] == 1:
            b = b.sum(e, keepdim=True)
        elif b.shape[e] == 1:
            a = a.sum(d, keepdim=True)
        else:
            raise RuntimeError(f"contracted dimensions need to match, but first has size {a.shape[d]} in dim {d} and second has size {b.shape[e]} in dim {e}")
    rows, columns = [[d for d in range(t.ndim) if d not in used] for t, used in ((a, first), (b, second))]
    height, width = [a.shape[d] for d in rows], [b.shape[d] for d in columns]
    inside = numel([a.shape[d] for d in first])
    left = reshape(permute(a, (*rows, *first)), (numel(height), inside))
    right = reshape(permute(b, (*second, *columns)), (inside, numel(width)))
    return into_same(out, reshape(mm(left, right), (*height, *width)), "tensordot", a, b)


def kron(input, other, *, out=None):
    """The Kronecker product: every element of `input` times all of `other`, block beside block. Axes are aligned from the last."""
    x, y = need_tensor(input, "kron"), need_tensor(other, "kron", "other")
    ndim = max(x.ndim, y.ndim)
    m, n = [(1,) * (ndim - t.ndim) + tuple(t.shape) for t in (x, y)]
    blocks = reshape(x, tuple(s for size in m for s in (size, 1))) * reshape(y, tuple(s for size in n for s in (1, size)))
    return into(out, reshape(blocks, tuple(a * b for a, b in zip(m, n, strict=True))), "kron")


@full_precision
def trace(input):
    """Σ of the diagonal of a matrix; integers give int64."""
    if need_tensor(input, "trace").ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    refuse_bool("trace", input)
    return record(Trace(), input)


def linalg_cross(input, other, *, dim: int = -1, out=None):
    """The cross product of vectors along axis `dim` of size 3; the other axes broadcast. RuntimeError for other sizes, numbers of axes or mixed dtypes."""
    x, y = need_tensor(input, "linalg.cross"), need_tensor(other, "linalg.cross", "other")
    if x.ndim != y.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    d = wrap_dim(dim, x.ndim)
    if x.size(d) != 3 or y.size(d) != 3:
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {x.size(d)} and {y.size(d)}")
    if x.dtype is not y.dtype:
        raise RuntimeError(f"expected scalar type {x.dtype._title} but found {y.dtype._title}")
    refuse_bool("cross", x)
    return into(out, record(Cross(d), x, y), "linalg.cross")


def cross(input, other, dim: int | None = None, *, out=None):
    """The cross product of vectors along axis `dim`, by default (deprecated) the first axis of size 3."""
    x = need_tensor(input, "cross")
    if dim is None:
        dim = next((d for d, n in enumerate(x.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError(f"no dimension of size 3 in input: its shape is {tuple(x.shape)}")
        warnings.warn("Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or simply use "
                      "torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross in a future release.",
                      UserWarning, stacklevel=2)
    return linalg_cross(x, other, dim=dim, out=out)


@lower_precision
def linalg_vecdot(x, y, *, dim: int = -1, out=None):
    """Σ along axis `dim` of conj(x) · y; the other axes broadcast. RuntimeError for integers and mixed dtypes."""
    need_tensor(x, "linalg.vecdot", "x")
    need_tensor(y, "linalg.vecdot", "y")
    if x.dtype.category < 2:
        raise RuntimeError(f"linalg.vecdot: Expected a floating point or complex tensor as input. Got {x.dtype._title}")
    if x.dtype is not y.dtype:
        raise RuntimeError(f"linalg.vecdot: Expected x and y to have the same dtype, but found x of type {x.dtype._title} and y of type {y.dtype._title} "
                           "instead")
    if x.ndim == y.ndim == 1:
        return vdot(x, y, out=out)
    return into(out, (conj_of(x) * y).sum(dim), "linalg.vecdot")


__all__ = ["cross", "ger", "inner", "kron", "outer", "tensordot", "trace", "vdot"]
