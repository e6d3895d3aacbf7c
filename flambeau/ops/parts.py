"""Views of a part: slices, one index of an axis, diagonals, windows, and any strided part of a storage."""
from __future__ import annotations

import builtins

from ..core.op import normal
from ..core.record import make_view
from ..core.shape import numel, wrap_dim
from ..core.view import View
from .common import Tensor
from .movement import Movement, as_view
from .restride import Restride, reach


class Slice(Movement):
    """out[…, i, …] = x[…, start + i * step, …] on axis `dim`."""

    dim: int
    start: int
    stop: int
    step: int = 1

    def strided(self, shape, strides, offset):
        n = shape[self.dim]
        start = min(max(self.start + n if self.start < 0 else self.start, 0), n)
        stop = min(max(self.stop + n if self.stop < 0 else self.stop, start), n)
        size = (stop - start + self.step - 1) // self.step
        return ((*shape[:self.dim], size, *shape[self.dim + 1:]), (*strides[:self.dim], strides[self.dim] * self.step, *strides[self.dim + 1:]),
                offset + start * strides[self.dim])

    samples = lambda: [(normal(5, 3), 0, 1, 4, 2), (normal(5, 3), 1, 0, 0), (normal(2, 6), 1, -4, 100, 3)]


class Select(Movement):
    """The sub-tensor at `index` of axis `dim`, which goes."""

    dim: int
    index: int

    def strided(self, shape, strides, offset):
        n = shape[self.dim]
        if not -n <= self.index < n:
            raise IndexError(f"index {self.index} is out of bounds for dimension {self.dim} with size {n}")
        k = self.index + n if self.index < 0 else self.index
        d = self.dim
        return (*shape[:d], *shape[d + 1:]), (*strides[:d], *strides[d + 1:]), offset + k * strides[d]

    samples = lambda: [(normal(5, 3), 0, 2), (normal(5, 3), 1, -1)]
    rejects = lambda: [(normal(2, 3), 0, 2, "index 2 is out of bounds for dimension 0 with size 2")]


class Diagonal(Movement):
    """out[…, i] = x[…, i, i + shift, …]: the diagonal of axes dim0, dim1 becomes the last axis."""

    shift: int
    dim0: int
    dim1: int

    def strided(self, shape, strides, offset):
        a, b = self.dim0, self.dim1
        n = builtins.max(0, builtins.min(shape[a] + builtins.min(self.shift, 0), shape[b] - builtins.max(self.shift, 0)))
        rest = [d for d in range(len(shape)) if d not in (a, b)]
        if n:
            offset += self.shift * strides[b] if self.shift >= 0 else -self.shift * strides[a]
        return (*(shape[d] for d in rest), n), (*(strides[d] for d in rest), strides[a] + strides[b]), offset

    samples = lambda: [(normal(3, 4), 0, 0, 1), (normal(3, 4), 1, 0, 1), (normal(2, 3, 4), -1, 0, 2), (normal(3, 3), 5, 0, 1)]


class Unfold(Movement):
    """Windows of `size` every `step` along axis `dim`, laid out along a new last axis."""

    dim: int
    size: int
    step: int

    def strided(self, shape, strides, offset):
        if not shape:
            return (self.size,), (1,), offset
        d = self.dim
        count = (shape[d] - self.size) // self.step + 1
        return (*shape[:d], count, *shape[d + 1:], self.size), (*strides[:d], strides[d] * self.step, *strides[d + 1:], strides[d]), offset

    samples = lambda: [(normal(7), 0, 3, 2), (normal(2, 6), 1, 2, 2), (normal(2, 6), 1, 3, 1)]


class AsStrided(Movement):
    """out[i, j, …] = memory[offset + i * strides[0] + …], whatever the input's own shape was."""

    sizes: tuple[int, ...]
    steps: tuple[int, ...]
    offset: int

    def strided(self, shape, strides, offset):
        return self.sizes, self.steps, self.offset

    samples = lambda: [(normal(10), (3, 3), (3, 1), 1), (normal(4, 4), (2, 2), (1, 1), 0)]


# ------------------------------------------------------------------------------------------------------------ the functions
def as_strided(input: Tensor, size, stride, storage_offset: int | None = None) -> Tensor:
    """A view of the storage with any shape, strides and offset (in elements). RuntimeError if it would reach outside."""
    offset = input.storage_offset() if storage_offset is None else storage_offset
    size, stride = tuple(map(int, size)), tuple(map(int, stride))
    if len(size) != len(stride):
        raise RuntimeError(f"mismatch in length of strides and shape: {list(stride)} and {list(size)}")
    if any(s < 0 for s in stride) or offset < 0:
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}")
    room = input._storage.nbytes() // input.dtype.itemsize
    if numel(size) and offset + reach(View(size, stride)) >= room:
        raise RuntimeError(f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize {input.dtype.itemsize} "
                           f"requiring a storage size of {(offset + reach(View(size, stride)) + 1) * input.dtype.itemsize} are out of bounds for "
                           f"storage of size {room * input.dtype.itemsize}")
    if input.requires_grad:
        op = Restride(tuple(input.shape), input.stride(), size, stride, offset - input.storage_offset())
        return make_view(input, op, View(size, stride, offset, input._view.kind if input._view is not None else None))
    return as_view(AsStrided(size, stride, offset), input)


def narrow(input: Tensor, dim: int, start, length: int) -> Tensor:
    """`length` indices of axis `dim` from `start` on."""
    if input.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    dim, start = wrap_dim(dim, input.ndim), int(start)
    n = input.shape[dim]
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -n <= start <= n:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start += n if start < 0 else 0
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return as_view(Slice(dim, start, start + length), input)


def select(input: Tensor, dim: int, index) -> Tensor:
    """The sub-tensor at `index` of axis `dim`."""
    if input.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim, index = wrap_dim(dim, input.ndim), int(index)
    n = input.shape[dim]
    if not -n <= index < n:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {dim}")
    return as_view(Select(dim, index), input)


def slice_axis(input: Tensor, dim: int, start, stop, step: int = 1) -> Tensor:
    """x[start:stop:step] on one axis, as a view."""
    if step <= 0:
        raise ValueError("step must be greater than zero" + ("; use flip() to reverse an axis" if step < 0 else ""))
    return as_view(Slice(dim, 0 if start is None else int(start), input.shape[dim] if stop is None else int(stop), int(step)), input)


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal of two axes as a last axis: a view."""
    a, b = wrap_dim(dim1, input.ndim), wrap_dim(dim2, input.ndim)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return as_view(Diagonal(int(offset), a, b), input)


def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Windows of `size` elements every `step` along an axis, as a view with a new last axis."""
    d = wrap_dim(dimension, input.ndim)
    n = input.shape[d] if input.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if size > n:
        raise RuntimeError(f"maximum size for tensor at dimension {d} is {n} but size is {size}")
    return as_view(Unfold(d, size, step), input)


__all__ = ["as_strided", "narrow", "select", "diagonal"]
