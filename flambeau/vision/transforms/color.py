"""Transforms that change colours, and one that paints a hole."""

import numbers
from collections.abc import Sequence

import numpy as np

import flambeau
from flambeau import Tensor

from . import functional as F
from .base import Sometimes, Transform, below, between
from .crop import check_intervals, draw_edges


class ColorJitter(Transform):
    """Changes brightness, contrast, saturation and hue by random amounts, in random order.

    Each of the first three: a number d for factors from max(0, 1 - d) to 1 + d, or (low, high). hue: d at most 0.5 for shifts from -d
    to d of the colour circle, or (low, high). 0 leaves that property alone.
    """

    random = True

    def __init__(self, brightness=0, contrast=0, saturation=0, hue=0):
        super().__init__()
        self.brightness = _factors(brightness, "brightness")
        self.contrast = _factors(contrast, "contrast")
        self.saturation = _factors(saturation, "saturation")
        self.hue = _factors(hue, "hue", center=0, bound=(-0.5, 0.5))

    @staticmethod
    def get_params(brightness, contrast, saturation, hue):
        """(the order, four numbers 0 to 3; then the factor of each property, None where its range is None)."""
        order = flambeau.randperm(4)
        return order, *(None if limits is None else between(*limits) for limits in (brightness, contrast, saturation, hue))

    def draw(self, size):
        return self.get_params(self.brightness, self.contrast, self.saturation, self.hue)

    def transform(self, image, params):
        order, *factors = params
        changes = (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue)
        for number in order.tolist():
            if factors[number] is not None:
                image = changes[number](image, factors[number])
        return image

    def extra_repr(self) -> str:
        return f"brightness={self.brightness}, contrast={self.contrast}, saturation={self.saturation}, hue={self.hue}"


def _factors(value, name: str, center: int = 1, bound=(0, float("inf"))) -> tuple[float, float] | None:
    if value is None:
        return None
    if isinstance(value, numbers.Number):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be non negative.")
        low = center - float(value)
        limits = (max(low, 0.0) if center else low, center + float(value))
    elif isinstance(value, (tuple, list)) and len(value) == 2:
        limits = (float(value[0]), float(value[1]))
    else:
        raise TypeError(f"{name} should be a single number or a list/tuple with length 2.")
    if not bound[0] <= limits[0] <= limits[1] <= bound[1]:
        raise ValueError(f"{name} values should be between {bound}, but got {list(limits)}.")
    return None if limits[0] == limits[1] == center else limits


class Grayscale(Transform):
    """Luminance in 1 channel, or repeated in 3."""

    batch_of = ("picture",)

    def __init__(self, num_output_channels: int = 1):
        super().__init__()
        self.num_output_channels = num_output_channels

    def transform(self, image, params):
        return F.rgb_to_grayscale(image, num_output_channels=self.num_output_channels)

    def batch(self, images: np.ndarray, words) -> np.ndarray:
        if images.shape[1] == 3:
            r, g, b = (images[:, channel].astype(np.uint32) for channel in range(3))
            images = ((19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16).astype(np.uint8)[:, None]  # Pillow's convert("L")
        return np.repeat(images, self.num_output_channels, 1) if self.num_output_channels != 1 else images

    def output_size(self, size):
        return [self.num_output_channels, *size[1:]]

    def extra_repr(self) -> str:
        return f"num_output_channels={self.num_output_channels}"


class RandomGrayscale(Sometimes):
    """The luminance with probability `p`, in as many channels as the image has."""

    def __init__(self, p: float = 0.1):
        super().__init__(p)

    def transform(self, image, params):
        return F.rgb_to_grayscale(image, num_output_channels=F.get_image_num_channels(image))


class RandomInvert(Sometimes):
    """White minus the image, with probability `p`."""

    def transform(self, image, params):
        return F.invert(image)


class RandomPosterize(Sometimes):
    """Keeps the highest `bits` (0 to 8) of every byte, with probability `p`."""

    def __init__(self, bits: int, p: float = 0.5):
        super().__init__(p)
        self.bits = bits

    def transform(self, image, params):
        return F.posterize(image, self.bits)

    def extra_repr(self) -> str:
        return f"bits={self.bits},p={self.p}"


class RandomSolarize(Sometimes):
    """Inverts the values from `threshold` on, with probability `p`."""

    def __init__(self, threshold: float, p: float = 0.5):
        super().__init__(p)
        self.threshold = threshold

    def transform(self, image, params):
        return F.solarize(image, self.threshold)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold},p={self.p}"


class RandomAdjustSharpness(Sometimes):
    """Blends with a smoothed image (factor 0; 1 changes nothing, more sharpens), with probability `p`."""

    def __init__(self, sharpness_factor: float, p: float = 0.5):
        super().__init__(p)
        self.sharpness_factor = sharpness_factor

    def transform(self, image, params):
        return F.adjust_sharpness(image, self.sharpness_factor)

    def extra_repr(self) -> str:
        return f"sharpness_factor={self.sharpness_factor},p={self.p}"


class RandomAutocontrast(Sometimes):
    """Stretches every channel from black to white, with probability `p`."""

    def transform(self, image, params):
        return F.autocontrast(image)


class RandomEqualize(Sometimes):
    """Spreads the values of every channel evenly, with probability `p`."""

    def transform(self, image, params):
        return F.equalize(image)


class RandomErasing(Sometimes):
    """With probability `p`, paints over a window of a tensor image (Zhong et al., 2017).

    scale: the window's share of the area. ratio: height over width, drawn evenly on a logarithmic scale. value: a number, one for each
    channel, or "random" for normal noise. inplace: change the given tensor. When ten tries give no window, nothing is painted.
    """

    def __init__(self, p: float = 0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=0, inplace: bool = False):
        super().__init__(p)
        if not isinstance(value, (numbers.Number, str, tuple, list)):
            raise TypeError("Argument value should be either a number or str or a sequence")
        if isinstance(value, str) and value != "random":
            raise ValueError("If value is str, it should be 'random'")
        check_intervals(scale, ratio)
        if scale[0] < 0 or scale[1] > 1:
            raise ValueError("Scale should be between 0 and 1")
        if p < 0 or p > 1:
            raise ValueError("Random erasing probability should be between 0 and 1")
        self.scale = scale
        self.ratio = ratio
        self.value = value
        self.inplace = inplace

    @staticmethod
    def get_params(img: Tensor, scale, ratio, value: Sequence[float] | None = None):
        """(top, left, height, width, values) of a random window in the tensor `img`; the values are noise where `value` is None."""
        return _hole(F.get_dimensions(img), scale, ratio, value) or (0, 0, img.shape[-2], img.shape[-1], img)

    def _value(self, channels: int) -> list[float] | None:
        if self.value is None or isinstance(self.value, str):
            return None
        value = [float(self.value)] if isinstance(self.value, (int, float)) else [float(part) for part in self.value]
        if len(value) not in (1, channels):
            raise ValueError(f"If value is a sequence, it should have either a single value or {channels} (number of input channels)")
        return value

    def draw_applied(self, size):
        return _hole(size, self.scale, self.ratio, self._value(size[0]))

    def transform(self, image, params):
        return image if params is None else F.erase(image, *params, self.inplace)

    def extra_repr(self) -> str:
        return f"p={self.p}, scale={self.scale}, ratio={self.ratio}, value={self.value}, inplace={self.inplace}"


def _hole(size, scale, ratio, value):
    channels, height, width = size
    for _ in range(10):
        h, w = draw_edges(height * width, scale, ratio)
        if h < height and w < width:
            if value is None:
                paint = flambeau.empty([channels, h, w], dtype=flambeau.float32).normal_()
            else:
                paint = flambeau.tensor(value)[:, None, None]
            return below(height - h + 1), below(width - w + 1), h, w, paint
    return None
