"""Elements of the last axes named by one number, counted row by row: read, written, added; and pools that choose elements so."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from ..core.shape import contiguous_strides
from .common import numel, record


def scattered(g: np.ndarray, index: np.ndarray, sizes, distinct: bool = False) -> np.ndarray:
    """Zeros with last axes `sizes` and g added at `index`, which counts over them; `distinct`: no place occurs twice."""
    lead, plane = g.shape[:g.ndim - len(sizes)], numel(sizes)
    number = index.reshape(numel(lead), numel(index.shape[len(lead):])) + np.arange(numel(lead))[:, None] * plane
    total = numel(lead) * plane
    if distinct:
        out = np.zeros(total, g.dtype)
        out[number.reshape(-1)] = g.reshape(-1)
    elif g.dtype.kind in "fV":                              # V: bfloat16, whose type is not NumPy's own
        out = np.bincount(number.reshape(-1), g.reshape(-1).astype(np.float64), total) if g.size else np.zeros(total)
    else:
        out = np.zeros(total, g.dtype)
        np.add.at(out, number.reshape(-1), g.reshape(-1))
    return out.astype(g.dtype, copy=False).reshape(*lead, *sizes)


class ReadPlane(Op):
    """out[…, i] = the element of x's last `count` axes that has the number index[…, i] in row-major order"""

    count: int
    types = "keep"
    saves = ("index",)
    backward = "GatherBackward0"

    def shape(self, x, index):
        return index.shape

    def reference(self, x, index):
        lead = x.shape[:x.ndim - self.count]
        flat = index.reshape(*lead, numel(index.shape[len(lead):]))
        found = np.take_along_axis(x.reshape(*lead, numel(x.shape[len(lead):])), flat, -1)
        return found.reshape(index.shape)

    def element(self, i, x, index):
        lead = len(x.shape) - self.count
        number = el.lift(0)
        for place, n in zip(i[:lead], x.shape[:lead], strict=True):
            number = number * n + place
        return x.flat[number * numel(x.shape[lead:]) + index[i]]

    def gradient(self, g, out, x, index):
        return lambda: record(AddPlane(tuple(x.shape[x.ndim - self.count:])), g, index), None

    samples = lambda: [(normal(2, 3, 4), np.array([[[0, 5], [5, 11]]] * 2), 2), (normal(5), np.array([4, 0]), 1)]


# the same under the names of the pools that choose their elements so
class ReadAdaptive2d(ReadPlane):
    """The elements that adaptive max pooling of images chose"""

    backward = "AdaptiveMaxPool2DBackward0"


class ReadAdaptive3d(ReadPlane):
    """The elements that adaptive max pooling of volumes chose"""

    backward = "AdaptiveMaxPool3DBackward0"


class ReadFractional2d(ReadPlane):
    """The elements that fractional max pooling of images chose"""

    backward = "FractionalMaxPool2DBackward0"


class ReadFractional3d(ReadPlane):
    """The elements that fractional max pooling of volumes chose"""

    backward = "FractionalMaxPool3DBackward0"


class AddPlane(Op):
    """Zeros of last axes `sizes`, with g added at the places that `index` numbers: the adjoint of ReadPlane"""

    sizes: tuple[int, ...]
    types = "keep"
    saves = ("index",)

    def shape(self, g, index):
        return (*g.shape[:len(g.shape) - len(self.sizes)], *self.sizes)

    def reference(self, g, index):
        return scattered(g, index, self.sizes)

    def gradient(self, h, out, g, index):
        return lambda: record(ReadPlane(len(self.sizes)), h, index), None

    samples = lambda: [(normal(2, 2, 2), np.array([[[0, 5], [5, 11]]] * 2), (3, 4)), (normal(2), np.array([4, 0]), (5,))]


class PutPlane(Op):
    """Zeros of last axes `sizes`, with x written to the places that `index` numbers"""

    sizes: tuple[int, ...]
    types = "keep"
    saves = ("index",)

    backward = "MaxUnpool2DBackward0"

    def shape(self, x, index):
        return (*x.shape[:len(x.shape) - len(self.sizes)], *self.sizes)

    def reference(self, x, index):
        lead = x.shape[:x.ndim - len(self.sizes)]
        out = np.zeros((*lead, numel(self.sizes)), x.dtype)
        if x.size:
            np.put_along_axis(out, index.reshape(*lead, -1), x.reshape(*lead, -1), -1)
        return out.reshape(*lead, *self.sizes)

    def gradient(self, g, out, x, index):
        return lambda: record(ReadPlane(len(self.sizes)), g, index), None

    samples = lambda: [(normal(2, 2, 2), np.array([[[0, 5], [6, 11]]] * 2), (3, 4)), (normal(2), np.array([4, 0]), (5,))]


class PutVolume(PutPlane):
    """Zeros of three last axes, with x written to the places that `index` numbers"""

    backward = "MaxUnpool3DBackward0"
    samples = lambda: [(normal(2, 1, 2, 2), np.array([[[[0, 5], [6, 11]]]] * 2), (2, 2, 3))]


class AdaptiveIndices(Op):
    """Where the greatest element is in each of `to` windows that share out an axis: window i sees floor(i n / to) … ceil((i + 1) n / to) - 1"""

    to: tuple[int, ...]
    types = "keep"

    def shape(self, x):
        return (*x.shape[:len(x.shape) - len(self.to)], *self.to)

    def dtype(self, x):
        return dt.int64

    def reference(self, x):
        m = len(self.to)
        lead, sizes = x.shape[:x.ndim - m], x.shape[x.ndim - m:]
        tables = [shared_out(n, count) for n, count in zip(sizes, self.to, strict=True)]
        # every axis becomes two, windows and their elements; the last element is repeated where a window is shorter
        at = []
        for axis, table in enumerate(tables):
            shape = [1] * (2 * m)
            shape[axis], shape[m + axis] = table.shape
            at.append(table.reshape(shape))
        number = np.int64(0)
        for place, step in zip(at, contiguous_strides(sizes), strict=True):
            number = number + place * step
        number = number.reshape(*self.to, numel(number.shape[m:]))
        seen = x[(..., *at)].reshape(*lead, *number.shape)
        best = np.argmax(seen if seen.dtype.kind != "V" else seen.astype(np.float32), -1)
        return np.take_along_axis(np.broadcast_to(number, seen.shape), best[..., None], -1)[..., 0]

    samples = lambda: [(normal(2, 5, 6), (2, 4)), (normal(7), (3,)), (normal(2, 3, 4, 5), (2, 3, 1))]


def shared_out(size: int, count: int) -> np.ndarray:
    """The places that `count` windows see which share out an axis of `size`: (count, longest), the last one repeated."""
    first = np.arange(count) * size // count
    last = -(-(np.arange(count) + 1) * size // count) - 1
    longest = int((last - first).max(initial=-1)) + 1
    return np.minimum(first[:, None] + np.arange(longest), last[:, None])


class FractionalIndices(Op):
    """Where the greatest element is in windows of `kernel` whose places are drawn: x (N, C, *sizes), samples in [0, 1) (N, C, axes)

    With alpha = (size - kernel) / (to - 1) and a sample u, window i begins at floor((i + u) alpha) - floor(u alpha), the last at size - kernel
    (B. Graham, "Fractional Max-Pooling", 2014).
    """

    kernel: tuple[int, ...]
    to: tuple[int, ...]
    order: tuple[int, ...]          # which sample belongs to which axis
    types = "keep"

    def shape(self, x, samples):
        return (*x.shape[:2], *self.to)

    def dtype(self, x, samples):
        return dt.int64

    def reference(self, x, samples):
        m = len(self.to)
        sizes, at = x.shape[2:], []
        kind = np.float64 if samples.dtype == np.float64 else np.float32
        for axis, (n, k, count) in enumerate(zip(sizes, self.kernel, self.to, strict=True)):
            u = samples[:, :, self.order[axis]].astype(kind)[..., None]
            alpha = kind(n - k) / kind(max(count - 1, 1))
            first = ((np.arange(count).astype(kind) + u) * alpha).astype(np.int64) - (u * alpha).astype(np.int64)
            first[..., -1] = n - k
            table = first[..., None] + np.arange(k)                                  # (N, C, to, kernel)
            shape = [*x.shape[:2], *(1,) * (2 * m)]
            shape[2 + axis], shape[2 + m + axis] = count, k
            at.append(table.reshape(shape))
        number = np.int64(0)
        for place, step in zip(at, contiguous_strides(sizes), strict=True):
            number = number + place * step
        number = number.reshape(*x.shape[:2], *self.to, numel(self.kernel))
        flat = number.reshape(*x.shape[:2], numel(self.to) * numel(self.kernel))
        seen = np.take_along_axis(x.reshape(*x.shape[:2], numel(sizes)), flat, -1).reshape(number.shape)
        best = np.argmax(seen if seen.dtype.kind != "V" else seen.astype(np.float32), -1)
        return np.take_along_axis(number, best[..., None], -1)[..., 0]

    samples = lambda: [(normal(2, 3, 6, 7), np.random.default_rng(0).random((2, 3, 2)), (2, 3), (3, 3), (1, 0))]


__all__: list[str] = []         # pages only: the functions are in pool.py
