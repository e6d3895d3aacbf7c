"""Windows that slide over the last axes of a tensor: the greatest element of each, where it is, and means. What pooling is made of."""
from __future__ import annotations

import itertools

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from ..core.shape import contiguous_strides
from .common import numel, record
from .plane import ReadPlane, scattered


class Windows(Op, abstract=True):
    """Windows of `kernel` elements `dilation` apart, one every `stride` from -`padding` on, `to` of them along each of the last axes."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    to: tuple[int, ...]

    def window(self):
        return self.kernel, self.stride, self.padding, self.dilation, self.to

    def shape(self, x, *rest):
        return (*x.shape[:len(x.shape) - len(self.to)], *self.to)

    def filled(self, x: np.ndarray, value) -> np.ndarray:
        """`x` with `value` around it, wide enough for every window."""
        lead, sizes = x.shape[:x.ndim - len(self.to)], x.shape[x.ndim - len(self.to):]
        reach = [(n - 1) * s + (k - 1) * d + 1 for n, s, k, d in zip(self.to, self.stride, self.kernel, self.dilation, strict=True)]
        room = [max(r, p + n) for r, p, n in zip(reach, self.padding, sizes, strict=True)]
        if tuple(room) == tuple(sizes):
            return x
        out = np.full((*lead, *room), value, x.dtype)
        out[(..., *[slice(p, p + n) for p, n in zip(self.padding, sizes, strict=True)])] = x
        return out

    def views(self, x: np.ndarray):
        """For each element of the window, its number along each axis and what it sees in every window of filled `x`."""
        for k in itertools.product(*map(range, self.kernel)):
            yield k, x[(..., *[slice(j * d, j * d + s * (n - 1) + 1, s) for j, d, s, n in zip(k, self.dilation, self.stride, self.to, strict=True)])]

    def seen(self, i, k, sizes):
        """In the element language: the place that element `k` of window `i` sees along each axis, and whether all are inside (None: surely)."""
        at, inside = [], None
        for p, j, s, t, d, n, count in zip(i, k, self.stride, self.padding, self.dilation, sizes, self.to, strict=True):
            place = p * s + j * d - t
            at.append(place)
            if t or (count - 1) * s + (self.kernel[len(at) - 1] - 1) * d >= n:
                here = (place >= 0) & (place < n)
                inside = here if inside is None else inside & here
        return at, inside

    def over(self, s, k, counts):
        """The reverse: along each axis the window whose element `k` sees place `s`, and whether there is one."""
        at, inside = [], None
        for place, j, t, p, d, n in zip(s, k, self.stride, self.padding, self.dilation, counts, strict=True):
            far = place + p - j * d
            here = (far >= 0) & (far < n * t)
            if t > 1:
                here = here & (far % t).__eq__(0)
            at.append(far // t if t > 1 else far)
            inside = here if inside is None else inside & here
        return at, inside


def largest(views) -> np.ndarray:
    """The greatest of all views, element by element."""
    best = None
    for _, seen in views:
        best = np.array(seen) if best is None else np.maximum(best, seen, out=best)
    return best


def lowest(dtype):
    """What is below every number of a NumPy dtype, or is the least of them."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


_CASES = lambda: [((2, 2), (2, 2), (0, 0), (1, 1), (2, 3)), ((3, 2), (1, 2), (1, 1), (1, 1), (4, 4)), ((2, 2), (1, 1), (0, 0), (2, 3), (2, 3)),
                  ((3, 3), (2, 2), (1, 1), (1, 1), (3, 4))]


class MaxPool(Windows):
    """The greatest element of each window, NaN if one is"""

    saves = ("x",)
    backward = "MaxPool2DWithIndicesBackward0"

    def reference(self, x):
        return largest(self.views(self.filled(x, lowest(x.dtype))))

    def element(self, i, x):
        lead, sizes = len(x.shape) - len(self.to), x.shape[len(x.shape) - len(self.to):]

        def one(*k):
            at, inside = self.seen(i[lead:], k, sizes)
            value = x[(*i[:lead], *at)]
            return value if inside is None else el.where(inside, value, lowest(_numpy(x.dtype)))
        return el.maximum_over(*self.kernel, one)

    def gradient(self, g, out, x):
        sizes = tuple(x.shape[x.ndim - len(self.to):])
        return record(MaxPoolGradient(*self.window(), sizes), g, record(MaxPoolIndices(*self.window()), x))

    samples = lambda: [(normal(2, 4, 6), *case) for case in _CASES()] + [
        (normal(7), (3,), (2,), (1,), (1,), (4,)), (normal(0, 4), (2,), (2,), (0,), (1,), (2,)),
        (normal(1, 3, 4, 3), (2, 2, 2), (1, 1, 1), (0, 0, 0), (1, 1, 1), (2, 3, 2))]


class MaxPool3d(MaxPool):
    """The greatest element of each window in a volume"""

    backward = "MaxPool3DWithIndicesBackward0"


def _numpy(dtype):
    return getattr(dtype, "numpy", dtype)


class MaxPoolIndices(Windows):
    """Where the greatest element of each window is: its number in row-major order over the last axes, the first of equals"""

    types = "keep"

    def dtype(self, x):
        return dt.int64

    def reference(self, x):
        sizes = x.shape[x.ndim - len(self.to):]
        x = x.astype(np.float32) if x.dtype.kind == "V" or x.dtype == np.float16 else x
        wide = self.filled(x, lowest(x.dtype))
        best, offsets = largest(self.views(wide)), list(self.views(wide))
        # counted from 1, the last element first, so that of equals the first one stays; what the padding holds is never chosen
        which = np.zeros(best.shape, np.int8 if len(offsets) < 128 else np.int64)
        for number in range(len(offsets), 0, -1):
            k, seen = offsets[number - 1]
            found = seen == best
            inside = self.within(k, sizes)
            found = (found if inside.all() else found & inside).view(np.int8)
            which -= which * found
            which += found * which.dtype.type(number)
        if (lost := which == 0).any():                      # the greatest is NaN: PyTorch takes the last one
            for number, (k, seen) in enumerate(offsets, 1):
                np.copyto(which, number, where=lost & np.isnan(seen) & self.within(k, sizes))
        return self.numbers(which, sizes)

    def within(self, k, sizes) -> np.ndarray:
        """For every window, whether its element `k` lies inside: broadcasts to the windows."""
        result = np.ones((1,) * len(sizes), bool)
        for axis, (n, s, j, d, p, size) in enumerate(zip(self.to, self.stride, k, self.dilation, self.padding, sizes, strict=True)):
            place = np.arange(n) * s + j * d - p
            result = result & ((place >= 0) & (place < size)).reshape(-1, *(1,) * (len(sizes) - axis - 1))
        return result

    def numbers(self, which, sizes) -> np.ndarray:
        """The row-major numbers of the elements `which` of every window, counted in it from 1."""
        inner, outer = np.int64(0), np.int64(0)
        axes = zip(self.kernel, self.dilation, self.to, self.stride, self.padding, contiguous_strides(sizes), strict=True)
        for axis, (k, d, n, s, p, step) in enumerate(axes):
            behind = (1,) * (len(sizes) - axis - 1)
            inner = inner + (np.arange(k) * d * step).reshape(-1, *behind)
            outer = outer + ((np.arange(n) * s - p) * step).reshape(-1, *behind)
        return np.append(0, inner.reshape(-1))[which] + outer

    def element(self, i, x):
        lead, sizes = len(x.shape) - len(self.to), x.shape[len(x.shape) - len(self.to):]
        steps, best = contiguous_strides(sizes), MaxPool(*self.window()).element(i, x)

        def one(*k):
            at, inside = self.seen(i[lead:], k, sizes)
            value, number = x[(*i[:lead], *at)], el.lift(0)
            for place, step in zip(at, steps, strict=True):
                number = number + place * step
            found = value.__eq__(best) | el.call("isnan", value)
            return el.where(found if inside is None else found & inside, number, np.iinfo(np.int64).max)
        return el.minimum_over(*self.kernel, one)

    samples = MaxPool.samples


class MaxPoolGradient(Windows):
    """Zeros of the last axes `sizes`, with each window's g added at its index: the adjoint of reading the greatest elements"""

    sizes: tuple[int, ...]
    types = "keep"
    saves = ("index",)

    def shape(self, g, index):
        return (*g.shape[:len(g.shape) - len(self.to)], *self.sizes)

    def reference(self, g, index):
        apart = all(s > (k - 1) * d for s, k, d in zip(self.stride, self.kernel, self.dilation, strict=True))
        return scattered(g, index, self.sizes, apart)

    def element(self, i, g, index):
        lead = len(g.shape) - len(self.to)
        number = el.lift(0)
        for place, step in zip(i[lead:], contiguous_strides(self.sizes), strict=True):
            number = number + place * step

        def one(*k):
            at, inside = self.over(i[lead:], k, self.to)
            place = (*i[:lead], *at)
            return el.where(inside & index[place].__eq__(number), g[place], 0)
        return el.total(*self.kernel, one)

    def gradient(self, h, out, g, index):
        return lambda: record(ReadPlane(len(self.to)), h, index), None

    samples = lambda: [(normal(2, 2, 3), np.array([[[0, 3, 5], [12, 21, 16]]] * 2), (2, 2), (2, 2), (0, 0), (1, 1), (2, 3), (4, 6)),
                       (normal(3), np.array([1, 1, 4]), (3,), (2,), (1,), (1,), (3,), (5,))]


class AvgPool(Windows):
    """The sum of each window over the number of its elements: with the padding's (`include`) or without, or over `divisor` if not 0"""

    include: bool
    divisor: int
    backward = "AvgPool2DBackward0"

    def compute(self, x):
        if x.dtype is dt.bool_ or x.dtype.is_complex:
            raise NotImplementedError(f"\"avg_pool{len(self.to)}d\" not implemented for '{x.dtype._title}'")
        return x.dtype

    def counts(self, sizes):
        """The number of elements of the windows along each axis."""
        for n, k, s, p, count in zip(sizes, self.kernel, self.stride, self.padding, self.to, strict=True):
            first = np.arange(count) * s - p
            last = np.minimum(first + k, n + p)
            yield last - first if self.include else np.minimum(last, n) - np.maximum(first, 0)

    def divisors(self, sizes):
        """What the windows' sums are divided by."""
        if self.divisor:
            return self.divisor
        result = np.int64(1)
        for axis, count in enumerate(self.counts(sizes)):
            result = result * count.reshape(-1, *(1,) * (len(sizes) - axis - 1))
        return result

    def reference(self, x):
        m = len(self.to)
        sizes, sums = x.shape[x.ndim - m:], self.filled(x, 0)
        for axis, (k, s, n) in enumerate(zip(self.kernel, self.stride, self.to, strict=True)):       # one axis after the other
            at = [slice(None)] * sums.ndim
            total = None
            for j in range(k):
                at[sums.ndim - m + axis] = slice(j, j + s * (n - 1) + 1, s)
                total = sums[tuple(at)].copy() if total is None else total + sums[tuple(at)]
            sums = total
        divisors = self.divisors(sizes)
        return np.trunc(sums / divisors) if x.dtype.kind in "iu" else np.divide(sums, np.asarray(divisors, x.dtype))

    def element(self, i, x):
        lead, sizes = len(x.shape) - len(self.to), x.shape[len(x.shape) - len(self.to):]

        def one(*k):
            at, inside = self.seen(i[lead:], k, sizes)
            value = x[(*i[:lead], *at)]
            return value if inside is None else el.where(inside, value, 0)
        return el.total(*self.kernel, one) / self.divisor_at(i[lead:], sizes)

    def divisor_at(self, i, sizes):
        """The divisor of window `i`, in the element language."""
        if self.divisor or not any(self.padding) and all((c - 1) * s + k <= n for c, s, k, n in zip(self.to, self.stride, self.kernel, sizes, strict=True)):
            return self.divisor or numel(self.kernel)
        result = el.lift(1)
        for p, n, k, s, t in zip(i, sizes, self.kernel, self.stride, self.padding, strict=True):
            first = p * s - t
            last = el.where(first + k < n + t, first + k, n + t)
            if not self.include:
                last, first = el.where(last < n, last, n), el.where(first > 0, first, 0)
            result = result * (last - first)
        return result

    def gradient(self, g, out, x):
        return record(AvgPoolGradient(*self.window(), self.include, self.divisor, tuple(x.shape[x.ndim - len(self.to):])), g)

    samples = lambda: [(normal(2, 4, 6), *case, include, divisor) for case in _CASES() if case[3] == (1, 1)
                       for include, divisor in ((True, 0), (False, 0), (True, 3))] + [
        (normal(7), (3,), (2,), (1,), (1,), (4,), False, 0), (normal(0, 4), (2,), (2,), (0,), (1,), (2,), True, 0)]


class AvgPool3d(AvgPool):
    """The mean of each window in a volume"""

    backward = "AvgPool3DBackward0"


class AvgPoolGradient(AvgPool):
    """Each window's g over its divisor, added to all places that the window sees: the adjoint of AvgPool"""

    sizes: tuple[int, ...]

    def shape(self, g):
        return (*g.shape[:len(g.shape) - len(self.to)], *self.sizes)

    def reference(self, g):
        m = len(self.to)
        spread = np.divide(g, np.asarray(self.divisors(self.sizes), g.dtype))
        for axis, (k, s, p, size, n) in enumerate(zip(self.kernel, self.stride, self.padding, self.sizes, self.to, strict=True)):
            place = spread.ndim - m + axis
            shape = list(spread.shape)
            shape[place] = max((n - 1) * s + k, p + size)
            wide, at = np.zeros(shape, g.dtype), [slice(None)] * spread.ndim
            for j in range(k):
                at[place] = slice(j, j + s * (n - 1) + 1, s)
                wide[tuple(at)] += spread
            at[place] = slice(p, p + size)
            spread = wide[tuple(at)]
        return spread

    def element(self, i, g):
        lead = len(g.shape) - len(self.to)

        def one(*k):
            at, inside = self.over(i[lead:], k, self.to)
            return el.where(inside, g[(*i[:lead], *at)] / self.divisor_at(at, self.sizes), 0)
        return el.total(*self.kernel, one)

    def gradient(self, h, out, g):
        return record(AvgPool(*self.window(), self.include, self.divisor), h)

    samples = lambda: [(normal(2, *case[4]), *case, include, 0, (4, 6)) for case in _CASES() if case[3] == (1, 1) for include in (True, False)]


__all__: list[str] = []         # pages only: the functions are in pool.py
