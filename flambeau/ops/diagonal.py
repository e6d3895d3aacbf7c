"""Triangles and diagonals: tril, triu, diag, diag_embed, diagflat, and the Vandermonde matrix."""
from __future__ import annotations

import builtins

import numpy as np

from ..core import device as devices
from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from ..core.record import record
from ..core.shape import wrap_dim
from ..core.tensor import Tensor, from_array, meta
from .common import into, into_same, need_tensor
from .elementwise import Clone
from .join import cat
from .movement import as_view, reshape
from .parts import Diagonal


class Tril(Op):
    """out[…, r, c] = x[…, r, c] where c - r <= shift, else 0"""

    shift: int
    axes = "... r c -> ... r c"
    types = "keep"

    def reference(self, x):
        return np.tril(x, self.shift)

    def element(self, i, x):
        return el.where(i[-1] - i[-2] <= self.shift, x[i], 0)

    def gradient(self, g, out, x):
        return record(self, g)

    samples = lambda: [(normal(3, 4), 0), (normal(2, 3, 3), -1), (normal(3, 2), 1), (normal(0, 3), 0)]


class Triu(Tril):
    """out[…, r, c] = x[…, r, c] where c - r >= shift, else 0"""

    def reference(self, x):
        return np.triu(x, self.shift)

    def element(self, i, x):
        return el.where(i[-1] - i[-2] >= self.shift, x[i], 0)

    samples = Tril.samples


class DiagEmbed(Op):
    """Zeros, with the last axis of x on the `shift`-th diagonal of the new axes dim0 and dim1"""

    shift: int
    dim0: int
    dim1: int
    types = "keep"

    def shape(self, x):
        n = x.shape[-1] + abs(self.shift)
        sizes = list(x.shape[:-1])
        for d in sorted((self.dim0, self.dim1)):
            sizes.insert(d, n)
        return tuple(sizes)

    def reference(self, x):
        out = np.zeros(self.shape(x), x.dtype)
        np.einsum("...ii->...i", np.moveaxis(out, (self.dim0, self.dim1), (-2, -1))[
            ..., builtins.max(-self.shift, 0):, builtins.max(self.shift, 0):][..., :x.shape[-1], :x.shape[-1]])[...] = x
        return out

    def element(self, i, x):
        r, c = i[self.dim0], i[self.dim1]
        rest = tuple(k for d, k in enumerate(i) if d not in (self.dim0, self.dim1))
        k = r if self.shift >= 0 else c
        return el.where((c - r).__eq__(self.shift), x[(*rest, k)], 0)

    def gradient(self, g, out, x):
        return as_view(Diagonal(self.shift, self.dim0, self.dim1), g)

    samples = lambda: [(normal(3), 0, 0, 1), (normal(2, 3), 1, 0, 2), (normal(2, 3), -2, 2, 1), (normal(0), 0, 0, 1)]


# ---------------------------------------------------------------------------------------------------------------- public functions
def tril(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The lower triangles of the last two axes, up to the given diagonal (0: the main one, above it positive); zeros elsewhere."""
    if need_tensor(input, "tril").ndim < 2:
        raise RuntimeError(f"tril: input tensor must have at least 2 dimensions, found shape {tuple(input.shape)}")
    return into_same(out, record(Tril(int(diagonal)), input), "tril")


def triu(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The upper triangles of the last two axes, from the given diagonal on (0: the main one, above it positive); zeros elsewhere."""
    if need_tensor(input, "triu").ndim < 2:
        raise RuntimeError(f"triu: input tensor must have at least 2 dimensions, found shape {tuple(input.shape)}")
    return into_same(out, record(Triu(int(diagonal)), input), "triu")


def _triangle_places(name: str, row: int, col: int, inside, dtype, device) -> Tensor:
    for word, n in (("row", row), ("col", col)):
        if n < 0:
            raise RuntimeError(f"{word} must be non-negative, got {n}")
    kind = dt.int64 if dtype is None else dt.as_dtype(dtype)
    if kind.category != 1:
        raise NotImplementedError(f"\"{name}\" not implemented for '{kind._title}': positions are integers")
    r, c = np.nonzero(inside(np.arange(col)[None, :] - np.arange(row)[:, None]))
    if devices.as_device(device) is devices.META:
        return meta((2, len(r)), kind)
    return from_array(np.stack([r, c]).astype(kind.numpy), kind)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype=None, device=None, layout=None) -> Tensor:
    """Rows and columns (2, n) of the places of the lower triangle of a row x col matrix, in row-major order."""
    return _triangle_places("tril_indices", row, col, lambda shift: shift <= offset, dtype, device)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype=None, device=None, layout=None) -> Tensor:
    """Rows and columns (2, n) of the places of the upper triangle of a row x col matrix, in row-major order."""
    return _triangle_places("triu_indices", row, col, lambda shift: shift >= offset, dtype, device)


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The last axis on a diagonal of two new axes, zeros elsewhere."""
    x = need_tensor(input, "diag_embed")
    a, b = wrap_dim(dim1, x.ndim + 1), wrap_dim(dim2, x.ndim + 1)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return record(DiagEmbed(int(offset), a, b), x)


def diag(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The matrix with a vector on its diagonal, or the diagonal of a matrix (a copy)."""
    x = need_tensor(input, "diag")
    if x.ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {x.ndim}D")
    return into(out, diag_embed(x, diagonal) if x.ndim == 1 else record(Clone(), as_view(Diagonal(int(diagonal), 0, 1), x)), "diag")


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix with all elements, in row-major order, on its diagonal."""
    return diag_embed(reshape(need_tensor(input, "diagflat"), -1), offset)


def fill_diagonal_(input: Tensor, fill_value, wrap: bool = False) -> Tensor:
    """Write a number to the main diagonal (of more than two axes, all of one size: where all indices are equal).

    wrap: in a tall matrix the diagonal starts anew below, one row left out.
    """
    if input.ndim < 2:
        raise RuntimeError("dimensions must larger than 1")
    if input.ndim > 2 and len(set(input.shape)) > 1:
        raise RuntimeError(f"all dimensions of input must be of equal length, found shape {tuple(input.shape)}")
    step, start = builtins.sum(input.stride()), input.storage_offset()
    main = builtins.min(input.shape)
    input.as_strided((main,), (step,), start).fill_(fill_value)
    rows, columns = input.shape[:2]
    if wrap and input.ndim == 2 and rows > columns + 1:
        rest = -(-input.numel() // (columns + 1)) - main
        input.as_strided((rest,), (step,), start + input.stride(0) * (columns + 1)).fill_(fill_value)
    return input


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of the elements of a vector, one a row: x^(N-1) … x^0, or the other way round. N: how many (default: the vector's length)."""
    if need_tensor(x, "vander", "x").ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    n = x.numel() if N is None else int(N)
    if n < 0:
        raise RuntimeError("N must be non-negative.")
    kind = x.dtype if x.dtype.category > 1 else dt.int64
    x = x.to(kind)
    if n == 0:
        return x.new_zeros(x.numel(), 0)
    powers = x.new_ones(x.numel(), 1)
    if n > 1:
        powers = cat([powers, x.unsqueeze(1).expand(x.numel(), n - 1).cumprod(1)], 1)
    return powers if increasing else powers.flip(1)


__all__ = ["diag", "diag_embed", "diagflat", "tril", "tril_indices", "triu", "triu_indices", "vander"]
