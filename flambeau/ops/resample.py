"""Images and volumes at other sizes: interpolation along each axis by weights that follow from the sizes alone."""
from __future__ import annotations

import math
import operator
import warnings
from functools import lru_cache

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from .common import Tensor, need_tensor, record
from .plane import shared_out

# how far an antialiasing filter reaches on each side, in pixels of the coarser of the two grids
_REACH = {"linear-aa": 1.0, "cubic-aa": 2.0, "lanczos-aa": 3.0}


@lru_cache(maxsize=256)
def taps(mode: str, size: int, to: int, scale: float, align: bool, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """For each of `to` results on an axis of `size`: the places that it reads (to, taps), and their weights, in the precision `kind`.

    scale: results a place, as the user gave it (0: to / size). Rounding follows PyTorch, in which nearest always computes in float32.
    """
    number = np.float32 if mode.startswith("nearest") else np.dtype(kind).type
    if mode == "area":
        index = shared_out(size, to)
        length = np.array([len(np.unique(row)) for row in index])
        weight = (np.arange(index.shape[1]) < length[:, None]) / length[:, None]
        return index, weight.astype(kind)
    if align:
        step = number(size - 1) / number(to - 1) if to > 1 else number(0)
    else:
        step = number(1.0 / scale) if scale > 0 else number(size) / number(to)
    i = np.arange(to).astype(number)
    if mode in _REACH:
        return _antialiased(mode, size, to, float(step), kind)
    if mode == "nearest-image" and to in (size, 2 * size):         # PyTorch's short cuts for images, whatever scale was given
        place = np.arange(to) * size // to
        return place[:, None], np.ones((to, 1), kind)
    if mode.startswith("nearest"):
        place = np.floor((i + number(0.5)) * step if mode == "nearest-exact" else i * step).astype(np.int64)
        return np.minimum(place, size - 1)[:, None], np.ones((to, 1), kind)
    at = i * step if align else step * (i + number(0.5)) - number(0.5)
    if mode == "linear":
        at = np.maximum(at, 0)
        low = np.minimum(at.astype(np.int64), size - 1)
        part = np.clip(at - low.astype(number), 0, 1)
        return np.stack([low, np.minimum(low + 1, size - 1)], 1), np.stack([1 - part, part], 1).astype(kind)
    low = np.floor(at)
    part = at - low
    index = np.clip(low.astype(np.int64)[:, None] + np.arange(-1, 3), 0, size - 1)
    weight = np.stack([_cubic(part + 1, -0.75), _cubic(part, -0.75), _cubic(1 - part, -0.75), _cubic(2 - part, -0.75)], 1)
    return index, weight.astype(kind)


def _cubic(x, a: float):
    """Keys's cubic convolution kernel (IEEE Transactions on Acoustics, Speech, and Signal Processing 29, 1981) of parameter `a`."""
    x = np.abs(x)
    return np.where(x <= 1, ((a + 2) * x - (a + 3)) * x * x + 1, np.where(x < 2, (((x - 5) * x + 8) * x - 4) * a, 0))


def _filter(mode: str, x):
    if mode == "linear-aa":
        return np.maximum(1 - np.abs(x), 0)
    if mode == "cubic-aa":
        return _cubic(x, -0.5)
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)


def _antialiased(mode: str, size: int, to: int, step: float, kind: str):
    """Weights of all pixels within the filter's reach, which grows with the step when images shrink, as Pillow has it."""
    wide = max(step, 1.0)
    reach, centre = _REACH[mode] * wide, step * (np.arange(to) + 0.5)
    first = np.maximum((centre - reach + 0.5).astype(np.int64), 0)
    last = np.minimum((centre + reach + 0.5).astype(np.int64), size)
    index = first[:, None] + np.arange(int((last - first).max(initial=0)))
    weight = np.where(index < last[:, None], _filter(mode, (index - centre[:, None] + 0.5) / wide), 0)
    total = weight.sum(1, keepdims=True)
    return np.minimum(index, size - 1), (weight / np.where(total == 0, 1, total)).astype(kind)


def _along(x: np.ndarray, axis: int, index: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted sums of the places that each result reads on one axis."""
    if index.shape[1] == 1:
        return np.take(x, index[:, 0], axis)
    finite = bool(np.isfinite(x).all())
    if index.shape[1] <= 4 or not finite:
        shape = [1] * x.ndim
        shape[axis] = -1
        out = 0
        for k in range(index.shape[1]):
            w = weight[:, k].reshape(shape)
            out = out + (np.take(x, index[:, k], axis) * w if finite else np.where(w == 0, 0, np.take(x, index[:, k], axis) * w))   # 0 · inf is not read
        return out
    return np.moveaxis(np.matmul(np.moveaxis(x, axis, -1), _matrix(index, weight, x.shape[axis]).T), -1, axis)


def _matrix(index, weight, size: int) -> np.ndarray:
    """The same as a matrix (results, places)."""
    matrix = np.zeros((len(index), size), weight.dtype)
    np.add.at(matrix, (np.arange(len(index))[:, None], index), weight)
    return matrix


def _of_bytes(x: np.ndarray, axis: int, index, weight) -> np.ndarray:
    """The same for bytes, rounded to bytes again, with weights in fixed point of 16 bits: as PyTorch and Pillow have it."""
    matrix = _matrix(index, weight, x.shape[axis])
    bits = 0
    while bits < 22 and int(0.5 + matrix.max() * (1 << (bits + 1))) < 1 << 15:
        bits += 1
    fixed = np.trunc(matrix * (1 << bits) + np.where(matrix < 0, -0.5, 0.5))
    sums = np.matmul(np.moveaxis(x, axis, -1).astype(np.float64), fixed.T)          # exact: far below 2**53
    return np.moveaxis(np.clip(np.floor((sums + (1 << (bits - 1))) / (1 << bits)), 0, 255).astype(np.uint8), -1, axis)


class Resample(Op):
    """x at other sizes `to` of its last axes: each result a weighted sum of what is near its place, one axis after the other (see `taps`)"""

    mode: str
    to: tuple[int, ...]
    scales: tuple[float, ...]
    align: bool

    def compute(self, x):
        if x.dtype.category != 2 and (x.dtype is not dt.uint8 or self.mode == "area" or len(self.to) != 2):
            if not (x.dtype is dt.uint8 and self.mode.startswith("nearest")):
                raise NotImplementedError(f"\"{self.name}\" not implemented for '{x.dtype._title}': convert the input, e.g. with .float()")
        return x.dtype

    def shape(self, x):
        return (*x.shape[:len(x.shape) - len(self.to)], *self.to)

    def plans(self, sizes, kind):
        """Places and weights for each axis."""
        mode = "nearest-image" if self.mode == "nearest" and len(self.to) == 2 else self.mode
        return [taps(mode, n, t, s, self.align, kind) for n, t, s in zip(sizes, self.to, self.scales, strict=True)]

    def reference(self, x):
        first, kind = x.ndim - len(self.to), "float32" if x.dtype == np.float32 else "float64"
        if x.dtype.kind == "u" and not self.mode.startswith("nearest"):
            for axis in (1, 0):
                if x.shape[first + axis] != self.to[axis]:
                    x = _of_bytes(x, first + axis, *self.plans(x.shape[first:], kind)[axis])
            return x
        for axis, (index, weight) in enumerate(self.plans(x.shape[first:], kind)):
            x = _along(x, first + axis, index, weight)
        return x

    def element(self, i, x):
        first = len(x.shape) - len(self.to)
        lead, sizes = i[:first], x.shape[first:]
        begin = [k * n // t for k, n, t in zip(i[first:], sizes, self.to, strict=True)]
        if self.repeats(sizes):
            return x[(*lead, *begin)]
        if self.mode != "area":
            raise el.Inexpressible(f"weights of {self.mode}")
        end = [((k + 1) * n + (t - 1)) // t for k, n, t in zip(i[first:], sizes, self.to, strict=True)]
        longest = [shared_out(n, t).shape[1] for n, t in zip(sizes, self.to, strict=True)]
        ragged = [d for d, (n, t) in enumerate(zip(sizes, self.to, strict=True)) if t and n % t]
        count = el.lift(1)
        for d, n in enumerate(longest):
            count = count * (end[d] - begin[d] if d in ragged else n)

        def part(*k):
            places = [b + step for b, step in zip(begin, k, strict=True)]
            value = x[(*lead, *places)]
            return el.where(el.every(places[d] < end[d] for d in ragged), value, 0) if ragged else value
        return el.total(*longest, part) / count

    def repeats(self, sizes) -> bool:
        """Whether each result is the element at result · size // to."""
        plans = self.plans(sizes, "float32") if self.mode.startswith("nearest") else ()
        return bool(plans) and all(np.array_equal(index[:, 0], np.arange(t) * n // t) for (index, _), n, t in zip(plans, sizes, self.to, strict=True))

    def gradient(self, g, out, x):
        return record(ResampleAdjoint(self.mode, self.to, self.scales, self.align, tuple(x.shape[x.ndim - len(self.to):])), g)

    samples = lambda: [(normal(2, 5, 6), mode, (7, 4), (0.0, 0.0), False) for mode in ("nearest", "nearest-exact", "linear", "cubic", "area", *_REACH)] + [
        (normal(2, 3, 2), "nearest", (6, 4), (0.0, 0.0), False), (normal(2, 3, 4), "area", (1, 2), (0.0, 0.0), False),
        (normal(2, 5, 6), "linear", (7, 4), (0.0, 0.0), True), (normal(2, 6), "cubic", (9,), (1.6,), True), (normal(2, 6), "linear", (9,), (1.6,), False)]


class AreaOfImage(Resample):
    """Means of windows that share out the pixels"""

    backward = "AdaptiveAvgPool2DBackward0"


class AreaOfVolume(Resample):
    """Means of windows that share out a volume"""

    backward = "AdaptiveAvgPool3DBackward0"


def shared_means(x: Tensor, to) -> Tensor:
    """Means of windows that share out the last axes: interpolation by area, adaptive mean pooling."""
    return record((AreaOfVolume if len(to) == 3 else AreaOfImage)("area", tuple(to), (0.0,) * len(to), False), x)


class ResampleAdjoint(Resample):
    """Each g given back to the places it was made of, by the same weights: the adjoint of Resample, of last axes `sizes`"""

    sizes: tuple[int, ...]

    def shape(self, g):
        return (*g.shape[:len(g.shape) - len(self.to)], *self.sizes)

    def reference(self, g):
        first = g.ndim - len(self.to)
        for axis, (index, weight) in enumerate(self.plans(self.sizes, str(g.dtype))):
            last = np.moveaxis(g, first + axis, -1)
            if np.isfinite(g).all():
                made = np.matmul(last, _matrix(index, weight, self.sizes[axis]))
            else:                               # 0 · inf is not given back
                made = np.zeros((*last.shape[:-1], self.sizes[axis]), last.dtype)
                to, k = np.nonzero(weight)
                np.add.at(made, (..., index[to, k]), last[..., to] * weight[to, k])
            g = np.moveaxis(made, -1, first + axis)
        return g

    def element(self, i, g):
        first = len(g.shape) - len(self.to)
        pairs = list(zip(i[first:], self.sizes, self.to, strict=True))
        if self.mode == "area" and all(t and n % t == 0 for _, n, t in pairs):
            return g[(*i[:first], *(p // (n // t) for p, n, t in pairs))] / math.prod(n // t for _, n, t in pairs)
        if self.repeats(self.sizes) and all(n and t % n == 0 for _, n, t in pairs):
            return el.total(*(t // n for _, n, t in pairs), lambda *k: g[(*i[:first], *(p * (t // n) + step for (p, n, t), step in zip(pairs, k, strict=True)))])
        raise el.Inexpressible(f"the adjoint of {self.mode} between these sizes")

    def gradient(self, h, out, g):
        return record(Resample(self.mode, self.to, self.scales, self.align), h)

    samples = lambda: [(normal(2, 7, 4), mode, (7, 4), (0.0, 0.0), False, (5, 6)) for mode in ("nearest", "linear", "area", "cubic-aa")] + [
        (normal(2, 6, 4), "nearest", (6, 4), (0.0, 0.0), False, (3, 2)), (normal(2, 1, 2), "area", (1, 2), (0.0, 0.0), False, (3, 4))]


# the page of each mode and number of axes, under PyTorch's name of its derivative
PAGES = {}
for _mode, _axes, _name in (
        ("nearest", 1, "Nearest1D"), ("nearest", 2, "Nearest2D"), ("nearest", 3, "Nearest3D"), ("nearest-exact", 1, "NearestExact1D"),
        ("nearest-exact", 2, "NearestExact2D"), ("nearest-exact", 3, "NearestExact3D"), ("linear", 1, "Linear1D"), ("linear", 2, "Bilinear2D"),
        ("linear", 3, "Trilinear3D"), ("cubic", 2, "Bicubic2D"), ("linear-aa", 2, "Bilinear2DAa"), ("cubic-aa", 2, "Bicubic2DAa"),
        ("lanczos-aa", 2, "Lanczos2DAa")):
    _page = type(Resample)(f"Upsample{_name}", (Resample,), {
        "__module__": __name__, "__qualname__": f"Upsample{_name}", "__annotations__": {}, "__doc__": f"Resample by {_mode} along {_axes} axes",
        "samples": tuple, "no_samples": "Resample has them for every mode"})
    PAGES[_mode, _axes] = globals()[f"Upsample{_name}"] = _page

_MODES = {("nearest", 1): "nearest", ("nearest", 2): "nearest", ("nearest", 3): "nearest", ("nearest-exact", 1): "nearest-exact",
          ("nearest-exact", 2): "nearest-exact", ("nearest-exact", 3): "nearest-exact", ("linear", 1): "linear", ("bilinear", 2): "linear",
          ("trilinear", 3): "linear", ("bicubic", 2): "cubic", ("lanczos", 2): "lanczos-aa"}
_AXES = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2, "lanczos": 2}


# --------------------------------------------------------------------------------------------------------------- the functions
def _list(value, count: int, name: str, sizes):
    """One number for each axis. ValueError for another count."""
    if not isinstance(value, (tuple, list)):
        return (value,) * count
    if len(value) != count:
        raise ValueError(f"Input and {name} must have the same number of spatial dimensions, but got input with spatial dimensions of {list(sizes)} and "
                         f"{name} of {value}: the input is (N, C, d1, …, dK), {name} (o1, …, oK)")
    return tuple(value)


def interpolate(input, size=None, scale_factor=None, mode: str = "nearest", align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
                antialias: bool = False) -> Tensor:
    """`input` (N, C, L), (N, C, H, W) or (N, C, D, H, W) at another `size`, or at `scale_factor` times its own.

    mode: nearest, nearest-exact, linear (3 axes), bilinear, bicubic, lanczos (4), trilinear (5), area. align_corners: the corner pixels'
    centres stay where they are, else the image's edges do. recompute_scale_factor: the scale is that of the rounded sizes. antialias: a
    filter as wide as the shrinking asks for (bilinear, bicubic, lanczos). ValueError, NotImplementedError for what does not go together.
    """
    x = need_tensor(input, "interpolate")
    if mode in ("nearest", "area", "nearest-exact"):
        if align_corners is not None:
            raise ValueError("align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear")
    axes, sizes = x.ndim - 2, x.shape[2:]
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    scales = (0.0,) * max(axes, 0)
    if size is not None:
        to = _list(size, axes, "output size", sizes)
        if not all(hasattr(n, "__index__") for n in to):
            raise TypeError(f"expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size with types "
                            f"{[type(n) for n in to]}")
        to = tuple(map(operator.index, to))
    else:
        factors = tuple(map(float, _list(scale_factor, axes, "scale_factor", sizes)))
        to = tuple(math.floor(n * s) for n, s in zip(sizes, factors, strict=True))
        if not recompute_scale_factor and mode != "area":
            scales = factors
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and x.ndim == 4):
        raise ValueError("Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input")
    if mode == "lanczos" and (align_corners or not antialias):
        raise ValueError("Lanczos mode does not support align_corners=True" if align_corners else "Lanczos mode requires antialias=True")
    if axes in (1, 2, 3) and mode == "area":
        return shared_means(_filled(x, to), to)
    rule = _MODES.get((mode, axes))
    if rule is None:
        if mode in _AXES and axes in (1, 2, 3):
            raise NotImplementedError(f"Got {axes + 2}D input, but {mode} mode needs {_AXES[mode] + 2}D input")
        raise NotImplementedError(f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {x.ndim}D) for the modes: nearest | linear | bilinear | "
                                  f"bicubic | trilinear | lanczos | area | nearest-exact (got {mode})")
    if antialias and not rule.endswith("-aa"):
        rule += "-aa"
    return record(PAGES[rule, axes](rule, to, scales, bool(align_corners)), _filled(x, to))


def _filled(x: Tensor, to) -> Tensor:
    """The input; RuntimeError where there is nothing to read or to make."""
    if min(*x.shape[2:], *to) < 1:
        raise RuntimeError(f"Input and output sizes should be greater than 0, but got input {list(x.shape[2:])}, output {list(to)}")
    if 0 in x.shape[1:]:
        raise RuntimeError(f"Non-empty {x.ndim}D data tensor expected but got a tensor with sizes {list(x.shape)}")
    return x


def upsample(input, size=None, scale_factor=None, mode: str = "nearest", align_corners: bool | None = None) -> Tensor:
    """`interpolate` under its old name, with a UserWarning."""
    warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning, stacklevel=2)
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input, size=None, scale_factor=None) -> Tensor:
    """`interpolate` with mode nearest, under its old name, with a UserWarning."""
    warnings.warn("`nn.functional.upsample_nearest` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning, stacklevel=2)
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input, size=None, scale_factor=None) -> Tensor:
    """`interpolate` with mode bilinear and corners aligned, under its old name, with a UserWarning."""
    warnings.warn("`nn.functional.upsample_bilinear` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning, stacklevel=2)
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


__all__: list[str] = []         # names of nn.functional only
