"""View and Write: the two operators between a storage and the tensors that look at it."""
from __future__ import annotations

from functools import lru_cache

import numpy as np

from . import element as el
from .dtype import dtype as DType
from .op import Op, normal
from .shape import contiguous_strides, is_contiguous, numel


class View(Op):
    """out[i, j, …] = memory[offset + i * strides[0] + j * strides[1] + …]

    The strided reading of a storage's value. Strides and offset count elements of the view's dtype, which is the storage's unless
    `kind` names another (then the bytes are read as that).
    """

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0
    kind: DType | None = None
    types = "keep"
    reads_memory = True         # of a storage, whatever the tensor's own strides

    def shape(self, x):
        return self.sizes

    def dtype(self, x):
        return self.kind or x.dtype

    def read(self, buffer: np.ndarray) -> np.ndarray:
        """The view as a NumPy view of `buffer` (of a copy, if the buffer is not contiguous)."""
        flat = buffer.reshape(-1) if buffer.flags.c_contiguous else np.ascontiguousarray(buffer).reshape(-1)
        if self.kind is not None and flat.dtype != self.kind.numpy:
            flat = flat.view(self.kind.numpy)
        if numel(self.sizes) == 0:
            return np.empty(self.sizes, flat.dtype)
        if self.plain:
            stop = self.offset + numel(self.sizes)
            return flat[self.offset:stop].reshape(self.sizes)
        step = flat.itemsize
        return np.lib.stride_tricks.as_strided(flat[self.offset:], self.sizes, tuple(s * step for s in self.strides))

    @property
    def plain(self) -> bool:
        """Whether the elements lie in row-major order."""
        return _plain(self.sizes, self.strides)

    def reference(self, x):
        return self.read(x)

    def element(self, i, x):
        k = el.lift(self.offset)
        for axis, stride in zip(i, self.strides, strict=True):
            if stride:
                k = k + axis * stride
        return x.flat[k]

    @property
    def writer(self) -> Write:
        """The operator that writes what this one reads."""
        return Write(self.sizes, self.strides, self.offset, self.kind)

    samples = lambda: [(normal(3, 4), (3, 4), (4, 1), 0), (normal(3, 4), (4, 3), (1, 4), 0), (normal(3, 4), (2, 2), (4, 2), 1), (normal(5), (2, 5), (0, 1))]


class Write(Op):
    """The storage `x` with `value` written where the view (sizes, strides, offset) reads."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0
    kind: DType | None = None
    types = "keep"
    overwrites = True

    def shape(self, x, value):
        return x.shape

    def overwrite(self, x, value):
        """Write into `x` itself."""
        target = View(self.sizes, self.strides, self.offset, self.kind).read(x)
        np.copyto(target, value.copy() if np.may_share_memory(target, value) else value)
        return x

    def reference(self, x, value):
        return self.overwrite(np.array(x, order="C"), value)

    samples = lambda: [(normal(3, 4), normal(2, 2), (2, 2), (4, 2), 1), (normal(6), normal(3), (3,), (2,), 0)]


_plain = lru_cache(maxsize=4096)(is_contiguous)


@lru_cache(maxsize=4096)
def _whole(view: View, shape, dtype) -> bool:
    return view.offset == 0 and view.plain and numel(view.sizes) == numel(shape) and view.kind in (None, dtype)


def whole(view: View, node) -> bool:
    """Whether `view` covers all of the storage value `node`, in order."""
    return _whole(view, node.shape, node.dtype)


def view_of(shape, strides, offset: int = 0, kind=None) -> View:
    """The interned view."""
    return View(tuple(shape), tuple(strides), offset, kind)


def flat_view(shape) -> View:
    """The view of a whole contiguous storage as `shape`."""
    return View(tuple(shape), contiguous_strides(shape), 0, None)
