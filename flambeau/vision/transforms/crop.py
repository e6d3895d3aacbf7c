"""Transforms that choose a part of the image, or turn it over."""

import math
import numbers
import warnings
from collections.abc import Sequence

import numpy as np

import flambeau

from . import functional as F
from ._modes import InterpolationMode, check_padding_mode, interpolation_mode, pair, sides
from .base import Sometimes, Transform, below, between
from .draws import integers, uniform

_PLACES = ("picture", "tensor")


def pad_batch(images: np.ndarray, padding, fill, mode: str) -> np.ndarray:
    """(N, C, H, W) with borders (left, top, right, bottom), none negative."""
    left, top, right, bottom = padding
    widths = ((0, 0), (0, 0), (top, bottom), (left, right))
    if mode != "constant":
        return np.pad(images, widths, mode)
    n, c, h, w = images.shape
    height, width = top + h + bottom, left + w + right
    if images.strides[1] == images.itemsize < images.strides[3]:  # channels lie together: they stay so, and whole rows are copied
        padded = np.empty((n, height, width, c), images.dtype).transpose(0, 3, 1, 2)
    else:
        padded = np.empty((n, c, height, width), images.dtype)
    padded[:] = np.asarray(fill, images.dtype).reshape(-1, 1, 1)
    padded[:, :, top : top + h, left : left + w] = images
    return padded


def pad_view(view, padding, fill, mode: str) -> bool:
    """The same for a lookup.View; says whether it could be done."""
    if mode == "constant":
        return view.border(padding, fill)
    return view.replace(lambda images: pad_batch(images, padding, fill, mode))


def pads_batches(padding, fill) -> bool:
    """Whether `pad_batch` can do what `functional.pad` does with these, on bytes as on floats."""
    values = fill if isinstance(fill, (list, tuple)) else [fill]
    return min(sides(padding)) >= 0 and all(isinstance(value, int) and 0 <= value <= 255 for value in values)


class CenterCrop(Transform):
    """The middle of the image, `size` (h, w) or one number for both; padded with 0 where the image is smaller."""

    batch_of = _PLACES

    def __init__(self, size):
        super().__init__()
        self.size = pair(size)

    def transform(self, image, params):
        return F.center_crop(image, self.size)

    def batch(self, images: np.ndarray, words) -> np.ndarray:
        height, width = self.size
        wide, high = max(width - images.shape[3], 0), max(height - images.shape[2], 0)
        if wide or high:
            images = pad_batch(images, (wide // 2, high // 2, (wide + 1) // 2, (high + 1) // 2), 0, "constant")
        top, left = F.centre_of(images.shape[2], height), F.centre_of(images.shape[3], width)
        return images[:, :, top : top + height, left : left + width]

    def geometry(self, view, words, may_pad: bool) -> bool:
        height, width = self.size
        if height > view.height or width > view.width:
            return False
        view.window(F.centre_of(view.height, height), F.centre_of(view.width, width), height, width)
        return True

    def output_size(self, size):
        return [size[0], *self.size]

    def extra_repr(self) -> str:
        return f"size={self.size}"


class Pad(Transform):
    """Borders of `padding` pixels: all sides, (left and right, top and bottom), or (left, top, right, bottom).

    padding_mode: "constant" (`fill`, a number or one for each channel), "edge", "reflect" or "symmetric".
    """

    def __init__(self, padding, fill=0, padding_mode: str = "constant"):
        super().__init__()
        if not isinstance(fill, (numbers.Number, tuple, list)):
            raise TypeError("Got inappropriate fill arg")
        sides(padding)
        check_padding_mode(padding_mode)
        self.padding = padding
        self.fill = fill
        self.padding_mode = padding_mode

    @property
    def batch_of(self):
        return _PLACES if pads_batches(self.padding, self.fill) else ()

    def transform(self, image, params):
        return F.pad(image, self.padding, self.fill, self.padding_mode)

    def batch(self, images: np.ndarray, words) -> np.ndarray:
        return pad_batch(images, sides(self.padding), self.fill, self.padding_mode)

    def geometry(self, view, words, may_pad: bool) -> bool:
        return may_pad and pad_view(view, sides(self.padding), self.fill, self.padding_mode)

    def output_size(self, size):
        left, top, right, bottom = sides(self.padding)
        return [size[0], size[1] + top + bottom, size[2] + left + right]

    def extra_repr(self) -> str:
        return f"padding={self.padding}, fill={self.fill}, padding_mode={self.padding_mode}"


class RandomCrop(Transform):
    """A window of `size` (h, w) at a random place, after padding the image by `padding` and, with `pad_if_needed`, to at least `size`.

    Draws top, then left. Raises ValueError when the padded image is smaller than the window.
    """

    random = True

    def __init__(self, size, padding=None, pad_if_needed: bool = False, fill=0, padding_mode: str = "constant"):
        super().__init__()
        self.size = tuple(pair(size))
        self.padding = padding
        self._sides = sides(padding) if padding is not None else (0, 0, 0, 0)
        self.pad_if_needed = pad_if_needed
        self.fill = fill
        self.padding_mode = padding_mode

    @property
    def batch_of(self):
        return _PLACES if pads_batches(self._sides, self.fill) else ()

    def borders(self, size) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) by which an image of `size` is padded first."""
        left, top, right, bottom = self._sides
        if self.pad_if_needed:
            wanting = max(self.size[1] - (size[2] + left + right), 0)
            left, right = left + wanting, right + wanting
            wanting = max(self.size[0] - (size[1] + top + bottom), 0)
            top, bottom = top + wanting, bottom + wanting
        return left, top, right, bottom

    def slack(self, size) -> tuple[int, int]:
        """How far down and to the right the window may lie. Raises ValueError when it does not fit."""
        left, top, right, bottom = self.borders(size)
        height, width = size[1] + top + bottom, size[2] + left + right
        if height < self.size[0] or width < self.size[1]:
            raise ValueError(f"Required crop size {self.size} is larger than input image size {(height, width)}")
        return height - self.size[0], width - self.size[1]

    @staticmethod
    def get_params(img, output_size) -> tuple[int, int, int, int]:
        """(top, left, height, width) of a random window of `output_size` in `img`."""
        _, h, w = F.get_dimensions(img)
        height, width = output_size
        if h < height or w < width:
            raise ValueError(f"Required crop size {(height, width)} is larger than input image size {(h, w)}")
        if (h, w) == (height, width):
            return 0, 0, h, w
        return below(h - height + 1), below(w - width + 1), height, width

    def draw(self, size):
        down, right = self.slack(size)
        return (below(down + 1), below(right + 1)) if down or right else (0, 0)

    def transform(self, image, params):
        borders = self.borders(F.get_dimensions(image))
        if any(borders):
            image = F.pad(image, borders, self.fill, self.padding_mode)
        return F.crop(image, *params, *self.size)

    def words(self, size) -> int:
        return 2 if any(self.slack(size)) else 0

    def batch(self, images: np.ndarray, words) -> np.ndarray:
        size = images.shape[1:]
        down, right = self.slack(size)
        if any(borders := self.borders(size)):
            images = pad_batch(images, borders, self.fill, self.padding_mode)
        if words is None:
            return images
        return windows(images, self.size, *self.places(words, down, right))

    def geometry(self, view, words, may_pad: bool) -> bool:
        size = view.size
        down, right = self.slack(size)
        borders = self.borders(size)
        if any(borders) and not (may_pad and pad_view(view, borders, self.fill, self.padding_mode)):
            return False
        view.window(*((0, 0) if words is None else self.places(words, down, right)), *self.size)
        return True

    def places(self, words, down: int, right: int):
        """(tops, lefts) of the windows of all images."""
        return integers(words[:, 0], down + 1), integers(words[:, 1], right + 1)

    def output_size(self, size):
        return [size[0], *self.size]

    def extra_repr(self) -> str:
        return f"size={self.size}, padding={self.padding}"


def windows(images: np.ndarray, size, tops, lefts) -> np.ndarray:
    """The window of `size` (h, w) of every image, each at its own place."""
    height, width = size
    view = np.lib.stride_tricks.sliding_window_view(images, (height, width), axis=(2, 3))  # (N, C, top, left, h, w)
    return view[np.arange(len(images)), :, tops, lefts]


class _RandomFlip(Sometimes):
    batch_of = _PLACES
    axis = -1

    def words(self, size) -> int:
        return 1

    def batch(self, images: np.ndarray, words) -> np.ndarray:
        flipped = uniform(words[:, 0]) < np.float32(self.p)
        images[flipped] = np.flip(images[flipped], self.axis)
        return images

    def geometry(self, view, words, may_pad: bool) -> bool:
        view.mirror(uniform(words[:, 0]) < np.float32(self.p), self.axis)
        return True


class RandomHorizontalFlip(_RandomFlip):
    """Exchanges left and right with probability `p`."""

    def transform(self, image, params):
        return F.hflip(image)


class RandomVerticalFlip(_RandomFlip):
    """Exchanges top and bottom with probability `p`."""

    axis = -2

    def transform(self, image, params):
        return F.vflip(image)


class Resize(Transform):
    """The image at another size: `size` (h, w), or one number for the shorter edge, the longer following (at most `max_size`)."""

    def __init__(self, size, interpolation=InterpolationMode.BILINEAR, max_size: int | None = None, antialias: bool | None = True):
        super().__init__()
        if not isinstance(size, (int, Sequence)):
            raise TypeError(f"Size should be int or sequence. Got {type(size)}")
        if isinstance(size, Sequence) and len(size) not in (1, 2):
            raise ValueError("If size is a sequence, it should have 1 or 2 values")
        self.size = size
        self.max_size = max_size
        self.interpolation = interpolation_mode(interpolation)
        self.antialias = antialias

    def transform(self, image, params):
        return F.resize(image, self.size, self.interpolation, self.max_size, self.antialias)

    def extra_repr(self) -> str:
        mode = self.interpolation.value
        return f"size={self.size}, interpolation={mode}, max_size={self.max_size}, antialias={self.antialias}"


class RandomResizedCrop(Transform):
    """A window of random area and shape, at a random place, resized to `size` (h, w).

    scale: the share of the image's area, drawn evenly. ratio: width over height, drawn evenly on a logarithmic scale. When ten
    tries give no window that fits, the largest centred one within the ratios is taken.
    """

    random = True

    def __init__(self, size, scale=(0.08, 1.0), ratio=(3.0 / 4.0, 4.0 / 3.0), interpolation=InterpolationMode.BILINEAR, antialias=True):
        super().__init__()
        self.size = pair(size)
        check_intervals(scale, ratio)
        self.scale = scale
        self.ratio = ratio
        self.interpolation = interpolation_mode(interpolation)
        self.antialias = antialias

    @staticmethod
    def get_params(img, scale, ratio) -> tuple[int, int, int, int]:
        """(top, left, height, width) of a random window in `img`."""
        return _window(F.get_dimensions(img), scale, ratio)

    def draw(self, size):
        return _window(size, self.scale, self.ratio)

    def transform(self, image, params):
        return F.resized_crop(image, *params, self.size, self.interpolation, antialias=self.antialias)

    def extra_repr(self) -> str:
        scale, ratio = (tuple(round(value, 4) for value in values) for values in (self.scale, self.ratio))
        mode = self.interpolation.value
        return f"size={self.size}, scale={scale}, ratio={ratio}, interpolation={mode}, antialias={self.antialias}"


def check_intervals(scale, ratio) -> None:
    """Raises TypeError unless both are sequences; warns when one is the wrong way round."""
    if not isinstance(scale, Sequence):
        raise TypeError("Scale should be a sequence")
    if not isinstance(ratio, Sequence):
        raise TypeError("Ratio should be a sequence")
    if scale[0] > scale[1] or ratio[0] > ratio[1]:
        warnings.warn("Scale and ratio should be of kind (min, max)", stacklevel=3)


def draw_edges(area: float, scale, ratio) -> tuple[int, int]:
    """Two edges, in pixels: the area a share of `area` drawn from `scale`, the first over the second drawn from `ratio` on a log scale."""
    target = area * between(*scale)
    low, high = flambeau.log(flambeau.tensor(ratio)).tolist()
    aspect = flambeau.exp(flambeau.empty(1).uniform_(low, high)).item()
    return int(round(math.sqrt(target * aspect))), int(round(math.sqrt(target / aspect)))


def _window(size, scale, ratio) -> tuple[int, int, int, int]:
    _, height, width = size
    for _ in range(10):
        w, h = draw_edges(height * width, scale, ratio)
        if 0 < w <= width and 0 < h <= height:
            return below(height - h + 1), below(width - w + 1), h, w
    w, h = width, height
    if width / height < min(ratio):
        h = int(round(w / min(ratio)))
    elif width / height > max(ratio):
        w = int(round(h * max(ratio)))
    return (height - h) // 2, (width - w) // 2, h, w


class FiveCrop(Transform):
    """A tuple of the four corners and the centre, each `size` (h, w)."""

    def __init__(self, size):
        super().__init__()
        self.size = pair(size)

    def transform(self, image, params):
        return F.five_crop(image, self.size)

    def extra_repr(self) -> str:
        return f"size={self.size}"


class TenCrop(Transform):
    """A tuple of the FiveCrop of the image and that of its mirror image (upside down with `vertical_flip`)."""

    def __init__(self, size, vertical_flip: bool = False):
        super().__init__()
        self.size = pair(size)
        self.vertical_flip = vertical_flip

    def transform(self, image, params):
        return F.ten_crop(image, self.size, self.vertical_flip)

    def extra_repr(self) -> str:
        return f"size={self.size}, vertical_flip={self.vertical_flip}"
