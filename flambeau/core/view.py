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

    def element(self, i, x, value):
        if self.kind is not None and self.kind not in (x.dtype, value.dtype):
            raise el.Inexpressible("bytes are written as another dtype")
        free, at = inverse(x.shape, self.sizes, self.strides, self.offset)
        if free:
            raise el.Inexpressible("the view has several elements at one place")
        there, index = at(i)
        return el.where(there, value[index], x[i])

    samples = lambda: [(normal(3, 4), normal(2, 2), (2, 2), (4, 2), 1), (normal(6), normal(3), (3,), (2,), 0), (normal(3, 4), normal(5), (5,), (2,), 1),
                       (normal(3, 4), normal(12), (12,), (1,), 0), (normal(3, 4), normal(0, 2), (0, 2), (4, 1), 0), (normal(4, 4), normal(4), (4,), (5,), 0)]


def inverse(shape, sizes, strides, offset: int):
    """Where in a view the elements of its contiguous memory of `shape` are: (free, at).

    at(i, k) is (condition, index): whether the view reads element i of the memory, and at which index. Axes of the view named in `free` may take
    any value, given as `k`: several indices then name one element, and the condition says whether this one does.
    """
    if numel(sizes) == 0:
        return (), lambda i, k=(): (el.lift(False), [el.lift(0)] * len(sizes))
    steps = contiguous_strides(shape)
    starts = [offset // step % n for step, n in zip(steps, shape, strict=True)]
    axes: dict[int, tuple[int, int]] = {}               # axis of the memory -> (axis of the view that runs along it, how many places at a time)
    for d, (n, stride) in enumerate(zip(sizes, strides, strict=True)):
        if n == 1:
            continue
        axis = next((a for a, (step, m) in enumerate(zip(steps, shape, strict=True)) if m > 1 and step <= stride < step * m and stride % step == 0), None)
        if axis is None or axis in axes or starts[axis] + stride // steps[axis] * (n - 1) >= shape[axis]:
            return _inverse_of_flat(shape, sizes, strides, offset)
        axes[axis] = d, stride // steps[axis]

    def at(i, k=()):
        conditions, index = [], [el.lift(0)] * len(sizes)
        for a, n in enumerate(shape):
            start = starts[a]
            if a not in axes:
                if n > 1:
                    conditions.append(i[a].__eq__(start))
                continue
            d, step = axes[a]
            last = start + step * (sizes[d] - 1)
            place = i[a] - start if start else i[a]
            if start:
                conditions.append(i[a] >= start)
            if last < n - 1:
                conditions.append(i[a] <= last)
            if step > 1:
                conditions.append((place % step).__eq__(0))
                place = place // step
            index[d] = place
        return el.every(conditions), index
    return (), at


def _inverse_of_flat(shape, sizes, strides, offset: int):
    """The same for views whose axes do not run along those of the memory: by the number of the element, one axis after the other."""
    kept, free = [], [d for d, (n, stride) in enumerate(zip(sizes, strides, strict=True)) if n > 1 and stride == 0]
    for d in sorted((d for d, (n, stride) in enumerate(zip(sizes, strides, strict=True)) if n > 1 and stride), key=lambda d: strides[d]):
        while kept and sum((sizes[e] - 1) * strides[e] for e in kept) >= strides[d] and sizes[kept[-1]] <= sizes[d]:
            free.append(kept.pop())                     # of two that overlap the longer one stays
        if sum((sizes[e] - 1) * strides[e] for e in kept) >= strides[d]:
            free.append(d)
        else:
            kept.append(d)

    def at(i, k=()):
        rest = el.lift(-offset)
        for axis, step in zip(i, contiguous_strides(shape), strict=True):
            rest = rest + axis * step
        index, conditions = [el.lift(0)] * len(sizes), []
        for d, v in zip(free, k, strict=True):
            index[d] = v
            rest = rest - v * strides[d]
        for d in reversed(kept):
            index[d] = rest // strides[d] if strides[d] > 1 else rest
            conditions += [index[d] >= 0, index[d] < sizes[d]]
            rest = rest % strides[d] if strides[d] > 1 else el.lift(0)
        return el.every([*conditions, rest.__eq__(0)]), index
    return tuple(free), at


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
