"""Padding: axes made longer (or shorter) at their ends."""
from __future__ import annotations

import operator

import numpy as np

from ..core import element as el
from ..core.op import Op, normal
from .common import Tensor, need_tensor, record


class ConstantPad(Op):
    """out = x with `value` around it: (before, after) for each axis, negative to cut off"""

    pads: tuple[tuple[int, int], ...]
    value: float | int | bool | complex = 0
    types = "keep"
    backward = "ConstantPadNdBackward0"

    def shape(self, x):
        return tuple(n + before + after for n, (before, after) in zip(x.shape, self.pads, strict=True))

    def reference(self, x):
        out = np.full(self.shape(x), self.value, x.dtype)
        to = tuple(slice(max(before, 0), max(before, 0) + _kept(n, before, after)) for n, (before, after) in zip(x.shape, self.pads, strict=True))
        of = tuple(slice(max(-before, 0), max(-before, 0) + _kept(n, before, after)) for n, (before, after) in zip(x.shape, self.pads, strict=True))
        out[to] = x[of]
        return out

    def element(self, i, x):
        at, inside = [], None
        for k, n, (before, after) in zip(i, x.shape, self.pads, strict=True):
            place = k - before
            at.append(place)
            if before > 0 or after > 0:
                here = (place >= 0) & (place < n)
                inside = here if inside is None else inside & here
        return x[tuple(at)] if inside is None else el.where(inside, x[tuple(at)], self.value)

    def gradient(self, g, out, x):
        return record(ConstantPad(tuple((-before, -after) for before, after in self.pads), 0), g)

    samples = lambda: [(normal(2, 3), ((1, 2), (0, 1)), 1.5), (normal(3, 4), ((-1, 2), (1, -2)), 0), (normal(), ()), (normal(0, 2), ((1, 0), (0, 0)), 2.0)]


def _kept(n: int, before: int, after: int) -> int:
    return max(n + min(before, 0) + min(after, 0), 0)


class _Fold(Op, abstract=True):
    """Padding with values of the tensor itself: each place on an axis reads the place that `source` gives."""

    pads: tuple[tuple[int, int], ...]
    types = "keep"

    def source(self, k, n, before, after):
        """Which place of an axis of `n` is read for place k, counted from the input's first; k an array of integers."""
        raise NotImplementedError

    def at(self, k, n, before, after):
        """The same in the element language."""
        raise NotImplementedError

    def shape(self, x):
        return tuple(n + before + after for n, (before, after) in zip(x.shape, self.pads, strict=True))

    def reference(self, x):
        for axis, (n, (before, after)) in enumerate(zip(x.shape, self.pads, strict=True)):
            if before or after:
                x = np.take(x, self.source(np.arange(-before, n + after), n, before, after), axis)
        return x

    def element(self, i, x):
        return x[tuple(self.at(k - before, n, before, after) if before or after else k for k, n, (before, after) in zip(i, x.shape, self.pads, strict=True))]

    def gradient(self, g, out, x):
        return record(FoldBack(self, tuple(x.shape)), g)

    samples = lambda: [(normal(2, 5), ((0, 0), (2, 1))), (normal(2, 4, 5), ((0, 0), (1, 3), (-1, 2))), (normal(3, 3), ((0, 0), (0, -1)))]


class FoldBack(Op):
    """Each g added to the place that the padding read it from: the adjoint, of shape `to`"""

    page: _Fold
    to: tuple[int, ...]
    types = "keep"

    def shape(self, g):
        return self.to

    def reference(self, g):
        for axis, (n, (before, after)) in enumerate(zip(self.to, self.page.pads, strict=True)):
            if before or after:
                moved = np.moveaxis(g, axis, 0)
                out = np.zeros((n, *moved.shape[1:]), g.dtype)
                np.add.at(out, self.page.source(np.arange(-before, n + after), n, before, after), moved)
                g = np.moveaxis(out, 0, axis)
        return g

    def gradient(self, h, out, g):
        return record(self.page, h)

    samples = lambda: [(normal(2, 8), ReflectionPad1D(((0, 0), (2, 1))), (2, 5)), (normal(3, 7), CircularPad(((1, 0), (1, 1))), (2, 5))]


class ReflectionPad1D(_Fold):
    """Mirrored at the first and last elements, which are not repeated"""

    backward = "ReflectionPad1DBackward0"

    def source(self, k, n, before, after):
        return n - 1 - np.abs(n - 1 - np.abs(k))

    def at(self, k, n, before, after):
        return n - 1 - el.call("abs", n - 1 - el.call("abs", k))


class ReflectionPad2D(ReflectionPad1D):
    """Mirrored at the edges of images"""

    backward = "ReflectionPad2DBackward0"


class ReflectionPad3D(ReflectionPad1D):
    """Mirrored at the faces of volumes"""

    backward = "ReflectionPad3DBackward0"


class ReplicationPad1D(_Fold):
    """The first and last elements repeated"""

    backward = "ReplicationPad1DBackward0"

    def source(self, k, n, before, after):
        return np.clip(k, 0, n - 1)

    def at(self, k, n, before, after):
        return el.where(k < 0, 0, el.where(k < n, k, n - 1))


class ReplicationPad2D(ReplicationPad1D):
    """The edges of images repeated"""

    backward = "ReplicationPad2DBackward0"


class ReplicationPad3D(ReplicationPad1D):
    """The faces of volumes repeated"""

    backward = "ReplicationPad3DBackward0"


class CircularPad(_Fold):
    """What is left of an axis continued from its other end"""

    backward = "CopySlices"

    def source(self, k, n, before, after):
        first = max(-before, 0)
        return (k - first) % max(_kept(n, before, after), 1) + first

    def at(self, k, n, before, after):
        first, left = max(-before, 0), max(_kept(n, before, after), 1)
        return (k - first + n * left) % left + first


# -------------------------------------------------------------------------------------------------------------- the functions
def constant_pad_nd(input, pad, value=0) -> Tensor:
    """`value` around the last axes: `pad` holds (before, after) of the last axis, of the one before it, …; negative numbers cut off."""
    x = need_tensor(input, "constant_pad_nd")
    numbers = [operator.index(n) for n in pad]
    if len(numbers) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(numbers)}")
    if len(numbers) > 2 * x.ndim:
        raise RuntimeError(f"Length of pad should be no more than twice the number of dimensions of the input. Pad length is {len(numbers)} while the input "
                           f"has {x.ndim} dimensions.")
    pairs = _pairs(numbers, x.ndim)
    for axis, (n, (before, after)) in enumerate(zip(x.shape, pairs, strict=True)):
        if n + before + after < 0:
            raise RuntimeError(f"The input size {n}, plus negative padding {before} and {after} resulted in a negative output size, which is invalid. Check "
                               f"dimension {axis} of your input.")
    if isinstance(value, complex) and not x.dtype.is_complex:
        raise RuntimeError(f"value cannot be converted to type {x.dtype.name} without overflow: {value}")
    return record(ConstantPad(pairs, x.dtype.number(value)), x)


def _pairs(numbers, ndim: int) -> tuple[tuple[int, int], ...]:
    """(before, after) of each axis, from the numbers that begin with the last axis."""
    given = list(zip(numbers[::2], numbers[1::2], strict=True))
    return ((0, 0),) * (ndim - len(given)) + tuple(reversed(given))


_PAGES = {"reflect": (ReflectionPad1D, ReflectionPad2D, ReflectionPad3D), "replicate": (ReplicationPad1D, ReplicationPad2D, ReplicationPad3D),
          "circular": (CircularPad, CircularPad, CircularPad)}


def pad(input, pad, mode: str = "constant", value=None) -> Tensor:
    """The last axes padded: `pad` holds (before, after) of the last axis, of the one before it, …

    mode: 'constant' (with `value`, 0 unless given), 'reflect' (mirrored at the ends), 'replicate' (the ends repeated), 'circular' (continued
    from the other end); the last three pad the last 1, 2 or 3 axes of (N, C, …) or (C, …). Negative numbers cut off.
    """
    x = need_tensor(input, "pad")
    if mode == "constant":
        return constant_pad_nd(x, pad, 0 if value is None else value)
    if value is not None and value != 0:
        raise ValueError(f'Padding mode "{mode}" doesn\'t take in value argument')
    numbers = [operator.index(n) for n in pad]
    axes = len(numbers) // 2
    if mode not in _PAGES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}: it is constant, reflect, replicate or circular")
    if len(numbers) % 2 or axes not in (1, 2, 3) or x.ndim not in (axes + 1, axes + 2):
        raise NotImplementedError("Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now: pad holds two numbers for each of the last "
                                  f"1, 2 or 3 axes of (N, C, …) or (C, …), got {len(numbers)} numbers for an input of {x.ndim} axes")
    pairs = _pairs(numbers, x.ndim)
    for d in range(x.ndim - axes, x.ndim):
        n, (before, after) = x.shape[d], pairs[d]
        if n == 0 or 0 in x.shape[x.ndim - axes - 1:]:
            raise RuntimeError(f"Expected {axes + 1}D or {axes + 2}D tensor with possibly 0 batch size and other non-zero dimensions for input, but got: "
                               f"{list(x.shape)}")
        if mode == "reflect" and max(before, after) >= n:
            raise RuntimeError(f"Argument #4: Padding size should be less than the corresponding input dimension, but got: padding ({before}, {after}) at "
                               f"dimension {d} of input {list(x.shape)}")
        if mode == "circular" and max(before, after) > n:
            raise RuntimeError(f"Padding value causes wrapping around more than once: ({before}, {after}) at dimension {d} of input {list(x.shape)}")
        if n + before + after < (0 if mode == "circular" else 1):
            raise RuntimeError(f"Negative padding value is resulting in an empty dimension: input {list(x.shape)}, padding ({before}, {after}) at dimension "
                               f"{d}")
    return record(_PAGES[mode][axes - 1](pairs), x)


__all__ = ["constant_pad_nd"]
