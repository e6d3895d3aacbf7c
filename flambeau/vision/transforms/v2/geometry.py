"""Transforms of samples that change places: crops, flips, turns, bends."""

import flambeau

from .. import crop, geometry
from .._modes import check_padding_mode, check_sequence, pair
from ..base import Sometimes, below
from ..draws import integers
from . import functional as F
from .base import Transform, check_probability


def _number_pair(value, name: str) -> list[float]:
    if not isinstance(value, (int, float, list, tuple)):
        raise TypeError(f"{name} should be a number or a sequence of numbers. Got {type(value)}")
    values = [value] * 2 if isinstance(value, (int, float)) else list(value) * (2 if len(value) == 1 else 1)
    if len(values) != 2:
        raise ValueError(f"If {name} is a sequence its length should be 1 or 2. Got {len(values)}")
    return [float(part) for part in values]


class RandomHorizontalFlip(Transform, crop.RandomHorizontalFlip):
    """Exchanges left and right with probability `p`."""

    def __init__(self, p: float = 0.5):
        super().__init__(check_probability(p))


class RandomVerticalFlip(Transform, crop.RandomVerticalFlip):
    """Exchanges top and bottom with probability `p`."""

    def __init__(self, p: float = 0.5):
        super().__init__(check_probability(p))


class Resize(Transform, crop.Resize):
    """The image at another size: (h, w), one number for the shorter edge (the longer at most `max_size`), or None: longer = `max_size`."""

    shown = ("size", "interpolation", "max_size", "antialias")

    def __init__(self, size, interpolation="bilinear", max_size: int | None = None, antialias: bool | None = True):
        if size is None and not isinstance(max_size, int):
            raise ValueError(f"max_size must be an integer when size is None, but got {max_size} instead.")
        if not (size is None or isinstance(size, int) or (isinstance(size, (list, tuple)) and len(size) in (1, 2))):
            raise ValueError(f"size can be an integer, a sequence of one or two integers, or None, but got {size} instead.")
        super().__init__(size if size is not None else [1], interpolation, max_size, antialias)
        self.size = None if size is None else [size] if isinstance(size, int) else list(size)
        self.interpolation = interpolation


class CenterCrop(Transform, crop.CenterCrop):
    """The middle of the image, `size` (h, w) or one number for both."""


class FiveCrop(Transform, crop.FiveCrop):
    """A tuple of the four corners and the centre."""


class TenCrop(Transform, crop.TenCrop):
    """A tuple of the FiveCrop of the image and that of its mirror image."""


class Pad(Transform, crop.Pad):
    """Borders of `padding` pixels."""

    def __init__(self, padding, fill=0, padding_mode: str = "constant"):
        super().__init__(padding if isinstance(padding, int) else list(padding), 0 if fill is None else fill, padding_mode)


class RandomCrop(Transform, crop.RandomCrop):
    """A window of `size` at a random place; a draw is made only for a direction in which it can move."""

    shown = ("size", "padding", "pad_if_needed", "fill", "padding_mode")

    def __init__(self, size, padding=None, pad_if_needed: bool = False, fill=0, padding_mode: str = "constant"):
        check_padding_mode(padding_mode)
        super().__init__(size, padding, pad_if_needed, fill, padding_mode)
        left, top, right, bottom = self._sides
        self.padding = [left, right, top, bottom] if padding else None

    def draw(self, size):
        return tuple(below(room + 1) if room else 0 for room in self.slack(size))

    def words(self, size) -> int:
        return sum(room > 0 for room in self.slack(size))

    def places(self, words, down: int, right: int):
        zeros = integers(words[:, 0], 1)
        return integers(words[:, 0], down + 1) if down else zeros, integers(words[:, -1], right + 1) if right else zeros


class RandomResizedCrop(Transform, crop.RandomResizedCrop):
    """A window of random area and shape, at a random place, resized to `size`."""

    shown = ("size", "scale", "ratio", "interpolation", "antialias")

    def __init__(self, size, scale=(0.08, 1.0), ratio=(3.0 / 4.0, 4.0 / 3.0), interpolation="bilinear", antialias=True):
        super().__init__(size, scale, ratio, interpolation, antialias)
        self.interpolation = interpolation


class RandomRotation(Transform, geometry.RandomRotation):
    """Turns by an angle drawn evenly from `degrees`."""

    shown = ("degrees", "interpolation", "expand", "fill", "center")

    def __init__(self, degrees, interpolation="nearest", expand: bool = False, center=None, fill=0):
        super().__init__(degrees, interpolation, expand, center, fill)
        self.interpolation = interpolation

    def transform(self, image, params):
        return F.rotate(image, params, self.interpolation, self.expand, self.center, geometry.fill_for(image, self.fill))


class RandomAffine(Transform, geometry.RandomAffine):
    """Turns, moves, scales and shears by random amounts."""

    shown = ("degrees", "translate", "scale", "shear", "interpolation", "fill", "center")

    def __init__(self, degrees, translate=None, scale=None, shear=None, interpolation="nearest", fill=0, center=None):
        super().__init__(degrees, translate, scale, shear, interpolation, fill, center)
        self.interpolation = interpolation


class RandomPerspective(Transform, geometry.RandomPerspective):
    """With probability `p`, moves each corner inwards by up to half the size times `distortion_scale`."""

    shown = ("p", "distortion_scale", "interpolation", "fill")

    def __init__(self, distortion_scale: float = 0.5, p: float = 0.5, interpolation="bilinear", fill=0):
        if not 0 <= distortion_scale <= 1:
            raise ValueError("Argument distortion_scale value should be between 0 and 1")
        super().__init__(distortion_scale, check_probability(p), interpolation, fill)
        self.interpolation = interpolation


class ElasticTransform(Transform, geometry.ElasticTransform):
    """Moves every pixel by a smooth random field."""

    shown = ("alpha", "sigma", "interpolation", "fill")

    def __init__(self, alpha=50.0, sigma=5.0, interpolation="bilinear", fill=0):
        super().__init__(_number_pair(alpha, "alpha"), _number_pair(sigma, "sigma"), interpolation, fill)
        self.interpolation = interpolation
        self._fill, self.fill = self.fill, fill

    def transform(self, image, params):
        return F.elastic(image, params, self.interpolation, self._fill)


class GaussianBlur(Transform, geometry.GaussianBlur):
    """A blur by a normal curve of random width."""

    shown = ("kernel_size", "sigma")

    def __init__(self, kernel_size, sigma=(0.1, 2.0)):
        super().__init__(kernel_size, _number_pair(sigma, "sigma"))


class RandomZoomOut(Transform, Sometimes):
    """With probability `p`, puts the image at a random place on a canvas larger by a factor drawn from `side_range`."""

    shown = ("p", "fill", "side_range")

    def __init__(self, fill=0, side_range=(1.0, 4.0), p: float = 0.5):
        super().__init__(check_probability(p))
        check_sequence(side_range, "side_range", (2,))
        if side_range[0] < 1.0 or side_range[0] > side_range[1]:
            raise ValueError(f"Invalid side range provided {side_range}.")
        self.fill = fill
        self.side_range = side_range

    def draw_applied(self, size):
        _, height, width = size
        low, high = self.side_range
        factor = low + flambeau.rand(1) * (high - low)
        room_x, room_y = int(width * factor) - width, int(height * factor) - height
        place = flambeau.rand(2)
        left, top = int(room_x * place[0]), int(room_y * place[1])
        return [left, top, room_x - left, room_y - top]

    def transform(self, image, params):
        return F.pad(image, params, geometry.fill_for(image, self.fill))


class _RandomSize(Transform):
    random = True

    def __init__(self, interpolation, antialias):
        super().__init__()
        self.interpolation = interpolation
        self.antialias = antialias

    def transform(self, image, params):
        return F.resize(image, params, self.interpolation, antialias=self.antialias)


class ScaleJitter(_RandomSize):
    """Resizes so that the image just fits into `target_size` times a factor drawn from `scale_range`."""

    shown = ("target_size", "scale_range", "interpolation", "antialias")

    def __init__(self, target_size, scale_range=(0.1, 2.0), interpolation="bilinear", antialias=True):
        super().__init__(interpolation, antialias)
        self.target_size = pair(target_size)
        self.scale_range = scale_range

    def draw(self, size):
        _, height, width = size
        low, high = self.scale_range
        factor = min(self.target_size[1] / height, self.target_size[0] / width) * (low + flambeau.rand(1) * (high - low))
        return int(height * factor), int(width * factor)


class RandomShortestSize(_RandomSize):
    """Resizes the shorter edge to one of `min_size`, but the longer to at most `max_size`."""

    shown = ("min_size", "max_size", "interpolation", "antialias")

    def __init__(self, min_size, max_size: int | None = None, interpolation="bilinear", antialias=True):
        super().__init__(interpolation, antialias)
        self.min_size = [min_size] if isinstance(min_size, int) else list(min_size)
        self.max_size = max_size

    def draw(self, size):
        _, height, width = size
        factor = self.min_size[below(len(self.min_size))] / min(height, width)
        if self.max_size is not None:
            factor = min(factor, self.max_size / max(height, width))
        return int(height * factor), int(width * factor)


class RandomResize(_RandomSize):
    """Resizes the shorter edge to a length drawn from `min_size` to `max_size` - 1."""

    shown = ("min_size", "max_size", "interpolation", "antialias")

    def __init__(self, min_size: int, max_size: int, interpolation="bilinear", antialias=True):
        super().__init__(interpolation, antialias)
        self.min_size = min_size
        self.max_size = max_size

    def draw(self, size):
        return [below(self.max_size, self.min_size)]
