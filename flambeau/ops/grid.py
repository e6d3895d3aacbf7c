"""Images read at given places, and the grids of places that affine maps give."""
from __future__ import annotations

import warnings

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from .autocast import full_precision
from .common import Tensor, cast, from_array, need_tensor, numel, record
from .contract import matmul
from .elementwise import where
from .plane import scattered

_PIXELS = np.array([[[0, 5], [5, 11]], [[1, 2], [3, 3]]])


class ReadPixels(Op):
    """out[n, c, …] = the pixel index[n, …] of image x[n, c], counted row by row: x (N, C, *sizes), index (N, …) -> (N, C, …)"""

    types = "keep"
    saves = ("index",)
    backward = "GridSampler2DBackward0"

    def shape(self, x, index):
        return (x.shape[0], x.shape[1], *index.shape[1:])

    def reference(self, x, index):
        flat, places = x.reshape(*x.shape[:2], numel(x.shape[2:])), index.reshape(index.shape[0], 1, numel(index.shape[1:]))
        return np.take_along_axis(flat, places, 2).reshape(self.shape(x, index))

    def element(self, i, x, index):
        return x.flat[(i[0] * x.shape[1] + i[1]) * numel(x.shape[2:]) + index[(i[0], *i[2:])]]

    def gradient(self, g, out, x, index):
        return lambda: record(AddPixels(tuple(x.shape[2:])), g, index), None

    samples = lambda: [(normal(2, 3, 3, 4), _PIXELS)]


class AddPixels(Op):
    """Images of `sizes` with g[n, c, …] added at pixel index[n, …]: the adjoint of ReadPixels"""

    sizes: tuple[int, ...]
    types = "keep"
    saves = ("index",)
    backward = "GridSampler2DBackwardBackward0"

    def shape(self, g, index):
        return (*g.shape[:2], *self.sizes)

    def reference(self, g, index):
        flat = g.reshape(*g.shape[:2], numel(g.shape[2:]))
        places = np.broadcast_to(index.reshape(index.shape[0], 1, numel(index.shape[1:])), flat.shape)
        return scattered(flat, places, (numel(self.sizes),)).reshape(self.shape(g, index))

    def gradient(self, h, out, g, index):
        return lambda: record(ReadPixels(), h, index), None

    samples = lambda: [(normal(2, 3, 2, 2), _PIXELS, (3, 4))]


class _Sampler:
    """Reads pixels at fractional coordinates; `axes` counts them from the slowest, as sizes stand in the shape."""

    def __init__(self, image, padding: str, align: bool):
        self.image, self.padding, self.align = image, padding, align
        self.sizes = tuple(image.shape[2:])

    def coordinate(self, x, size: int):
        """From -1 … 1 to pixels: the corner pixels' centres lie at ±1 with `align`, else the image's edges do."""
        return (x + 1) * ((size - 1) / 2) if self.align else ((x + 1) * size - 1) / 2

    def inside(self, at, size: int):
        """Coordinates beyond the image brought back, unless its outside counts as zeros."""
        if self.padding == "zeros":
            return at
        if self.padding == "reflection":
            low, span = (0.0, float(size - 1)) if self.align else (-0.5, float(size))
            if span == 0:
                return at * 0
            far = (at - low).abs()
            turns = (far / span).detach().floor()
            rest = far - turns * span
            at = where(turns % 2 == 0, rest + low, span - rest + low)
        return at.clamp(0, size - 1)

    def pixels(self, at):
        """The pixels at whole coordinates (tensors of the grid's dtype without gradient), 0 outside the image."""
        number, here = None, None
        for whole, size in zip(at, self.sizes, strict=True):
            place = cast(whole.clamp(0, size - 1).nan_to_num(0), dt.int64)
            number = place if number is None else number * size + place
            if self.padding == "zeros":
                ok = (whole >= 0) & (whole <= size - 1)
                here = ok if here is None else here & ok
        found = record(ReadPixels(), self.image, number)
        return found if here is None else found * cast(here, found.dtype).unsqueeze(1)

    def nearest(self, at):
        """The nearest pixels, halves to the even one."""
        return self.pixels([self.inside(self.coordinate(x, n), n).detach().round() for x, n in zip(at, self.sizes, strict=True)])

    def linear(self, at):
        """Means of the 2, 4 or 8 pixels around, by nearness."""
        at = [self.inside(self.coordinate(x, n), n) for x, n in zip(at, self.sizes, strict=True)]
        low = [x.detach().floor() for x in at]
        parts = [x - a for x, a in zip(at, low, strict=True)]
        total = None
        for corner in range(2 ** len(at)):
            high = [corner >> k & 1 for k in range(len(at))]
            weight = None
            for part, up in zip(parts, high, strict=True):
                factor = part if up else 1 - part
                weight = factor if weight is None else weight * factor
            term = self.pixels([a + up for a, up in zip(low, high, strict=True)]) * weight.unsqueeze(1)
            total = term if total is None else total + term
        return total

    def cubic(self, at):
        """Keys's cubic convolution of the 16 pixels around, of parameter -0.75; each pixel's own coordinate is brought back inside."""
        at = [self.coordinate(x, n) for x, n in zip(at, self.sizes, strict=True)]
        low = [x.detach().floor() for x in at]
        rows, columns = (_cubic_weights(x - a) for x, a in zip(at, low, strict=True))
        total = None
        for i, row in enumerate(rows):
            line = None
            for j, column in enumerate(columns):
                place = [self.inside(low[0] + (i - 1), self.sizes[0]).round(), self.inside(low[1] + (j - 1), self.sizes[1]).round()]
                term = self.pixels(place) * column.unsqueeze(1)
                line = term if line is None else line + term
            line = line * row.unsqueeze(1)
            total = line if total is None else total + line
        return total


def _cubic_weights(t):
    """The weights of the pixels at -1, 0, 1, 2 for a place `t` between 0 and 1."""
    a = -0.75

    def near(x):
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x):
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return far(t + 1), near(t), near(1 - t), far(2 - t)


def sample(input, grid, mode: str, padding_mode: str, align_corners: bool) -> Tensor:
    """`grid_sample` after its words were checked."""
    x, grid = need_tensor(input, "grid_sampler"), need_tensor(grid, "grid_sampler", "grid")
    axes = x.ndim - 2
    if axes not in (2, 3) or grid.ndim != x.ndim:
        raise RuntimeError(f"grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes {list(x.shape)} and "
                           f"grid with sizes {list(grid.shape)}")
    if x.dtype is not grid.dtype:
        raise RuntimeError(f"grid_sampler(): expected input and grid to have same dtype, but input has {x.dtype} and grid has {grid.dtype}")
    if x.dtype.category != 2:
        raise NotImplementedError(f"\"grid_sampler{axes}d_cpu\" not implemented for '{x.dtype._title}': convert the input, e.g. with .float()")
    if x.shape[0] != grid.shape[0]:
        raise RuntimeError(f"grid_sampler(): expected grid and input to have same batch size, but got input with sizes {list(x.shape)} and grid with sizes "
                           f"{list(grid.shape)}")
    if grid.shape[-1] != axes:
        raise RuntimeError(f"grid_sampler(): expected grid to have size {axes} in last dimension, but got grid with sizes {list(grid.shape)}")
    for d in range(2, x.ndim):
        if x.shape[d] == 0:
            raise RuntimeError(f"grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes {list(x.shape)} with dimension "
                               f"{d} being empty")
    if mode == "bicubic" and axes != 2:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    sampler = _Sampler(x, padding_mode, align_corners)
    at = [grid.select(-1, k) for k in reversed(range(axes))]            # the grid names the fastest axis first
    return {"bilinear": sampler.linear, "nearest": sampler.nearest, "bicubic": sampler.cubic}[mode](at)


_CHANGED = ("Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify align_corners=True if the old "
            "behavior is desired. See the documentation of grid_sample for details.")


@full_precision
def grid_sample(input, grid, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None) -> Tensor:
    """Images read at the places of a grid: input (N, C, H, W), grid (N, H', W', 2) of (x, y) in -1 … 1 -> (N, C, H', W'); volumes likewise.

    mode: bilinear, nearest, bicubic. padding_mode: what lies outside is 0 ('zeros'), the nearest edge ('border') or the mirror image
    ('reflection'). align_corners: ±1 are the corner pixels' centres, else the image's edges. ValueError, RuntimeError for what does not fit.
    """
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'")
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(f"nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: '{padding_mode}'")
    if align_corners is None:
        warnings.warn(_CHANGED, UserWarning, stacklevel=2)
    return sample(input, grid, mode, padding_mode, bool(align_corners))


def affine_grid(theta, size, align_corners: bool | None = None) -> Tensor:
    """The places that affine maps send the pixels of a result to: theta (N, 2, 3), size (N, C, H, W) -> (N, H, W, 2); or (N, 3, 4) with 5 sizes.

    ValueError, NotImplementedError for what does not fit.
    """
    if align_corners is None:
        warnings.warn(_CHANGED, UserWarning, stacklevel=2)
    theta = need_tensor(theta, "affine_grid", "theta")
    size = tuple(int(n) for n in size)
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    axes = len(size) - 2
    if axes not in (2, 3):
        raise NotImplementedError(f"affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size {list(size)}.")
    if theta.ndim != 3 or tuple(theta.shape[1:]) != (axes, axes + 1):
        raise ValueError(f"Expected a batch of {axes}D affine matrices of shape Nx{axes}x{axes + 1} for size {list(size)}. Got {theta.shape}.")
    if align_corners and min(size[2:]) == 1:
        warnings.warn("Since version 1.3.0, affine_grid behavior has changed for unit-size grids when align_corners=True. This is not an intended use case "
                      "of affine_grid. See the documentation of affine_grid for details.", UserWarning, stacklevel=2)
    elif min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {list(size)}")
    return affine_places(theta, size, bool(align_corners))


def affine_places(theta, size, align_corners: bool) -> Tensor:
    """`affine_grid` after its arguments were checked."""
    sizes = size[2:]
    places = []
    for n in sizes:
        line = np.linspace(-1, 1, n) if n > 1 else np.zeros(n)
        places.append(line if align_corners else line * (n - 1) / n)
    mesh = np.meshgrid(*places, indexing="ij")
    base = np.stack([*reversed(mesh), np.ones(sizes)], -1).reshape(-1, len(sizes) + 1)
    grid = matmul(from_array(base.astype(theta.dtype.numpy), theta.dtype).to(theta.device), theta.transpose(1, 2))
    return grid.reshape(size[0], *sizes, len(sizes))


__all__: list[str] = []         # nn.functional's names; the package's own are in top.py
