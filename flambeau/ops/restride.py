"""Strided reads and writes as pages: the adjoints of views, and what a view means to the tensor that it is a view of."""
from __future__ import annotations

import builtins

import numpy as np

from ..core import element as el
from ..core import tensor as core_tensor
from ..core.op import Op, normal
from ..core.record import record, register
from ..core.shape import contiguous_strides, numel
from ..core.view import View, inverse
from .common import cast


class Spread(Op):
    """Zeros of shape `to`, with g added where the view (sizes, strides, offset) of such memory reads: the adjoint of a view."""

    to: tuple[int, ...]
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    types = "keep"

    def shape(self, g):
        return self.to

    def reference(self, g):
        out = np.zeros(numel(self.to), g.dtype)
        if g.size:
            at = View(self.sizes, self.strides, self.offset)
            if _distinct(self.sizes, self.strides):
                np.copyto(at.read(out), g)
            else:
                np.add.at(out, at.read(np.arange(out.size)).reshape(-1), g.reshape(-1))
        return out.reshape(self.to)

    def element(self, i, g):
        free, at = inverse(self.to, self.sizes, self.strides, self.offset)

        def part(*k):
            there, index = at(i, k)
            return el.where(there, g[index], 0)
        return el.total(*(self.sizes[d] for d in free), part) if free else part()

    def gradient(self, g, out, x):
        return record(Restride(self.to, contiguous_strides(self.to), self.sizes, self.strides, self.offset), g)

    samples = lambda: [(normal(2, 2), (3, 4), (2, 2), (4, 2), 1), (normal(3, 2), (4,), (3, 2), (1, 1), 0), (normal(0, 2), (3,), (0, 2), (1, 1), 0),
                       (normal(3, 2), (3, 4), (3, 2), (4, 0), 1), (normal(2, 4, 3), (2, 6), (2, 4, 3), (6, 1, 1), 0), (normal(4), (4, 4), (4,), (5,), 0)]


def _distinct(sizes, strides) -> bool:
    """Whether no two indices of the view name the same element (surely; False when it is not plain to see)."""
    reach = 0
    for stride, size in sorted((t, s) for s, t in zip(sizes, strides, strict=True) if s > 1):
        if stride <= reach:
            return False
        reach += stride * (size - 1)
    return True


def spread(g, to, sizes, strides, offset):
    """The adjoint of reading a contiguous tensor of shape `to` through a view."""
    return record(Spread(tuple(to), sizes, strides, offset), g)


class Restride(Op):
    """A part of a tensor of any layout, found through the memory both look at: how a view's gradient reaches its base and back.

    `shape`/`strides` describe the base in memory, `sizes`/`steps`/`offset` the part, relative to the base's first element.
    """

    base_shape: tuple[int, ...]
    base_strides: tuple[int, ...]
    sizes: tuple[int, ...]
    steps: tuple[int, ...]
    offset: int
    types = "keep"
    backward = "AsStridedBackward0"

    def shape(self, x):
        return self.sizes

    def positions(self):
        """For each element of the part, its number in the base in row-major order (-1: not in the base)."""
        before = builtins.max(0, -self.offset)              # where the part begins before the base does
        base = View(self.base_shape, self.base_strides, before)
        part = View(self.sizes, self.steps, before + self.offset)
        memory = np.full(1 + builtins.max(view.offset + reach(view) for view in (base, part)), -1)
        base.read(memory)[...] = np.arange(numel(self.base_shape)).reshape(self.base_shape)
        return part.read(memory)

    def reference(self, x):
        at = self.positions()
        return np.where(at >= 0, x.reshape(-1)[at], 0)

    def of_contiguous(self) -> None:
        """Inexpressible where the base is no contiguous memory."""
        if tuple(self.base_strides) != contiguous_strides(self.base_shape):
            raise el.Inexpressible("a part of a base that is not contiguous")

    def element(self, i, x):
        self.of_contiguous()
        place = el.lift(self.offset)
        for axis, step in zip(i, self.steps, strict=True):
            place = place + axis * step
        if 0 <= self.offset and self.offset + reach(View(self.sizes, self.steps)) < numel(self.base_shape):
            return x.flat[place]
        return el.where((place >= 0) & (place < numel(self.base_shape)), x.flat[place], 0)

    def gradient(self, g, out, x):
        return record(Place(self), g)

    samples = lambda: [(normal(3, 2), (3, 2), (1, 3), (2,), (3,), 1), (normal(4), (4,), (1,), (2, 2), (1, 2), -1), (normal(3, 4), (3, 4), (4, 1), (2,), (5,), 1)]


def reach(view: View) -> int:
    """The largest memory position that a view reads."""
    return builtins.sum((n - 1) * s for n, s in zip(view.sizes, view.strides, strict=True)) if numel(view.sizes) else 0


class Place(Op):
    """The adjoint of Restride: zeros like the base, with g added at the part."""

    part: Op
    types = "keep"

    def shape(self, g):
        return self.part.base_shape

    def reference(self, g):
        at = self.part.positions()
        out = np.zeros(numel(self.part.base_shape), g.dtype)
        np.add.at(out, at[at >= 0], g[at >= 0])
        return out.reshape(self.part.base_shape)

    def element(self, i, g):
        part = self.part
        part.of_contiguous()
        return Spread(part.base_shape, part.sizes, part.steps, part.offset).element(i, g)

    def gradient(self, g, out, x):
        return record(self.part, g)

    samples = lambda: [(normal(2), Restride((3, 2), (1, 3), (2,), (3,), 1)), (normal(2), Restride((3, 4), (4, 1), (2,), (5,), 1)),
                       (normal(2), Restride((2,), (1,), (2,), (1,), -1))]


class Erase(Op):
    """A tensor like the base with zeros at the part: what a write through a view leaves of the base's gradient."""

    part: Op
    types = "keep"

    def shape(self, g):
        return g.shape

    def reference(self, g):
        at = self.part.positions()
        out = np.array(g).reshape(-1)
        out[at[at >= 0]] = 0
        return out.reshape(self.part.base_shape)

    def element(self, i, g):
        part = self.part
        part.of_contiguous()
        free, at = inverse(part.base_shape, part.sizes, part.steps, part.offset)
        if free:
            raise el.Inexpressible("a part that has several elements at one place")
        return el.where(at(i)[0], 0, g[i])

    def gradient(self, g, out, x):
        return record(self, g)

    samples = lambda: [(normal(3, 2), Restride((3, 2), (1, 3), (2,), (3,), 1)), (normal(3, 4), Restride((3, 4), (4, 1), (2,), (5,), 1))]


register(cast=cast, keep_outside=lambda g, part: record(Erase(part), g), read_part=lambda g, part: record(part, g))
core_tensor.register(restride=Restride)
