"""Elements in another order, or repeated: flip, roll, rot90, repeat, tile, repeat_interleave."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from ..core.record import record
from ..core.shape import numel, wrap_dim, wrap_dims
from ..core.tensor import Tensor, from_array
from .common import need_tensor, shape_args, values
from .elementwise import Clone
from .gather import index_select
from .movement import reshape


class Flip(Op):
    """out[…, k, …] = x[…, n - 1 - k, …] on the axes `dims`"""

    dims: tuple[int, ...]
    axes = "... -> ..."
    types = "keep"

    def reference(self, x):
        return np.flip(x, self.dims)

    def element(self, i, x):
        return x[tuple(x.shape[d] - 1 - k if d in self.dims else k for d, k in enumerate(i))]

    def gradient(self, g, out, x):
        return record(self, g)

    samples = lambda: [(normal(3, 4), (0,)), (normal(2, 3, 2), (0, 2)), (normal(), ()), (normal(0, 2), (0,))]


class Roll(Op):
    """out[…, k, …] = x[…, (k - shift) mod n, …] on the axes `dims`; without axes, of the elements in row-major order"""

    shifts: tuple[int, ...]
    dims: tuple[int, ...]
    axes = "... -> ..."
    types = "keep"

    def reference(self, x):
        return np.roll(x, self.shifts, self.dims) if self.dims else np.roll(x, self.shifts[0])

    def element(self, i, x):
        if not self.dims:
            place, n = 0, numel(x.shape)
            for k, size in zip(i, x.shape, strict=True):
                place = place * size + k
            return x.flat[(place + -self.shifts[0] % n) % n] if n and i else x.flat[0]
        at = list(i)
        for shift, d in zip(self.shifts, self.dims, strict=True):
            at[d] = (at[d] + -shift % x.shape[d]) % x.shape[d] if x.shape[d] else at[d]
        return x[tuple(at)]

    def gradient(self, g, out, x):
        return record(Roll(tuple(-s for s in self.shifts), self.dims), g)

    samples = lambda: [(normal(3, 4), (1,), (0,)), (normal(3, 4), (-1, 6), (0, 1)), (normal(3, 4), (5,), ()), (normal(), (1,), ()), (normal(0, 2), (1,), (0,))]


class Rot90(Op):
    """x turned `turns` times by 90 degrees, from the first of the axes `dims` towards the second"""

    turns: int
    dims: tuple[int, int]
    types = "keep"

    def shape(self, x):
        a, b = self.dims
        sizes = list(x.shape)
        if self.turns % 2:
            sizes[a], sizes[b] = sizes[b], sizes[a]
        return tuple(sizes)

    def reference(self, x):
        return np.rot90(x, self.turns, self.dims)

    def element(self, i, x):
        a, b = self.dims
        at = list(i)
        last = x.shape[a] - 1, x.shape[b] - 1
        at[a], at[b] = ((i[a], i[b]), (i[b], last[1] - i[a]), (last[0] - i[a], last[1] - i[b]), (last[0] - i[b], i[a]))[self.turns]
        return x[tuple(at)]

    def gradient(self, g, out, x):
        return record(Rot90(-self.turns % 4, self.dims), g)

    samples = lambda: [(normal(3, 4), k, (0, 1)) for k in range(4)] + [(normal(2, 3, 4), 1, (2, 0))]


class Repeat(Op):
    """x laid end to end `times[d]` times along each axis; new axes come in front"""

    times: tuple[int, ...]
    types = "keep"

    def shape(self, x):
        lead = len(self.times) - len(x.shape)
        return (*self.times[:lead], *(t * n for t, n in zip(self.times[lead:], x.shape, strict=True)))

    def reference(self, x):
        return np.tile(x, self.times)

    def element(self, i, x):
        lead = len(self.times) - len(x.shape)
        return x[tuple(k % n if t != 1 and n else k for t, k, n in zip(self.times[lead:], i[lead:], x.shape, strict=True))]

    def gradient(self, g, out, x):
        lead = len(self.times) - len(x.shape)
        pieces = [size for t, n in zip(self.times, (1,) * lead + tuple(x.shape), strict=True) for size in (t, n)]
        if not pieces:
            return g
        return reshape(reshape(g, pieces).sum(tuple(range(0, len(pieces), 2))), x.shape)

    samples = lambda: [(normal(2, 3), (2, 1)), (normal(2), (3, 2)), (normal(), ()), (normal(), (2,)), (normal(2, 3), (0, 2)), (normal(0, 2), (2, 3))]


# ---------------------------------------------------------------------------------------------------------------- public functions
def _numbers(name: str, argument: str, given, keyword) -> tuple[int, ...]:
    """Numbers given one by one, as one sequence, or by keyword."""
    if not given and keyword is None:
        raise TypeError(f'{name}() missing 1 required positional arguments: "{argument}"')
    return tuple(int(n) for n in shape_args(given if given else (keyword,)))


def flip(input: Tensor, *args, dims=None) -> Tensor:
    """The elements in reverse order along the axes `dims`: a copy."""
    x = need_tensor(input, "flip")
    dims = wrap_dims(_numbers("flip", "dims", args, dims), x.ndim)
    return record(Flip(dims if x.ndim else ()), x)


def backwards(x: Tensor) -> Tensor:
    """reversed(x): the elements in reverse order along axis 0."""
    return record(Flip((0,)), x) if x.ndim else x


def fliplr(input: Tensor) -> Tensor:
    """The elements in reverse order along axis 1."""
    if need_tensor(input, "fliplr").ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return record(Flip((1,)), input)


def flipud(input: Tensor) -> Tensor:
    """The elements in reverse order along axis 0."""
    if need_tensor(input, "flipud").ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return record(Flip((0,)), input)


def roll(input: Tensor, shifts, dims=()) -> Tensor:
    """The elements moved on by `shifts` along the axes `dims`, those that leave coming in at the other end; without dims, in row-major order."""
    x = need_tensor(input, "roll")
    shifts = tuple(int(s) for s in shifts) if isinstance(shifts, (tuple, list)) else (int(shifts),)
    dims = tuple(dims) if isinstance(dims, (tuple, list)) else (dims,) if dims is not None else ()
    if not shifts:
        raise RuntimeError("`shifts` required")
    if len(shifts) != len(dims) and (dims or len(shifts) != 1):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    if dims and not x.ndim:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    return record(Roll(shifts, tuple(wrap_dim(d, x.ndim) for d in dims)), x)


def rot90(input: Tensor, k: int = 1, dims=(0, 1)) -> Tensor:
    """A copy turned k times by 90 degrees in the plane of two axes, from the first towards the second (back, for negative k)."""
    x = need_tensor(input, "rot90")
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if x.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {x.ndim}")
    a, b = (wrap_dim(d, x.ndim) for d in dims)
    if a == b:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    return record(Rot90(k % 4, (a, b)), x)


def repeat(input: Tensor, *args, repeats=None) -> Tensor:
    """`input` laid end to end `repeats[d]` times along each axis (at least one number an axis; more are new axes in front): a copy."""
    x, times = need_tensor(input, "repeat"), _numbers("repeat", "repeats", args, repeats) if args or repeats is not None else ()
    if len(times) < x.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    for t, n in zip(times, (1,) * (len(times) - x.ndim) + tuple(x.shape), strict=True):
        if t < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {t * n}: repeats are {list(times)}")
    return record(Repeat(times), x)


def tile(input: Tensor, *args, dims=None) -> Tensor:
    """`repeat` that takes fewer numbers than axes: the first axes are then not repeated."""
    x, times = need_tensor(input, "tile"), _numbers("tile", "dims", args, dims)
    return repeat(x, (1,) * (x.ndim - len(times)) + times)


def repeat_interleave(input: Tensor | None = None, repeats=None, dim: int | None = None, *, output_size: int | None = None) -> Tensor:
    """Each index of axis `dim` repeated `repeats` times (a number, or one for each index), one after the other.

    Without `dim`, of the elements in row-major order. Given only a vector of numbers, its positions, each repeated so often.
    """
    if input is None or repeats is None:
        return _positions(need_tensor(repeats if input is None else input, "repeat_interleave", "repeats"), output_size)
    x = need_tensor(input, "repeat_interleave")
    if dim is None:
        x, dim = reshape(x, -1), 0
    dim = wrap_dim(dim, x.ndim)
    if not x.ndim:
        x = reshape(x, 1)
    n = x.shape[dim]
    if isinstance(repeats, Tensor) and repeats.numel() != 1:
        if repeats.ndim > 1:
            raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
        if repeats.numel() != n:
            raise RuntimeError(f"repeats must have the same size as input along dim, but got repeats.size(0) = {repeats.numel()} and input.size({dim}) = "
                               f"{n}")
        return index_select(x, dim, _positions(repeats, output_size))
    if isinstance(repeats, Tensor):
        return index_select(x, dim, _positions(reshape(repeats, 1).expand(n), output_size))
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    if output_size is not None and output_size != n * repeats:
        raise RuntimeError(f"repeat_interleave: Invalid output_size, expected {n * repeats} but got {output_size}")
    wide = x.unsqueeze(dim + 1).expand(*x.shape[:dim + 1], int(repeats), *x.shape[dim + 1:])
    return record(Clone(), wide).flatten(dim, dim + 1)


def _positions(repeats: Tensor, output_size: int | None) -> Tensor:
    """0, 1, … each repeated as often as the vector `repeats` says. Looks at its values: they decide the shape."""
    if repeats.ndim != 1:
        raise RuntimeError(f"repeat_interleave only accept 1D vector as repeat, got shape {tuple(repeats.shape)}")
    if repeats.dtype not in (dt.int64, dt.int32):
        raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{repeats.dtype._title}': numbers of repetitions are int32 or int64")
    counts = values(repeats)
    if counts.size and counts.min() < 0:
        raise RuntimeError("repeats can not be negative")
    if output_size is not None and int(counts.sum()) != output_size:
        raise RuntimeError(f"allocated size does not match required size: output_size is {output_size}, the repeats add up to {int(counts.sum())}")
    return from_array(np.repeat(np.arange(len(counts)), counts).astype(counts.dtype), repeats.dtype)


__all__ = ["flip", "fliplr", "flipud", "repeat_interleave", "roll", "rot90", "tile"]
