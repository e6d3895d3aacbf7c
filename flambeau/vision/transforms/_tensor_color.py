"""The changes of colour for tensors (..., C, H, W): integers over the whole range of their type, floats in 0 to 1."""

import numpy as np

import flambeau
import flambeau.nn.functional as nnf
from flambeau import Tensor

from ._tensor import as_float, check_channels

LUMA = (0.2989, 0.587, 0.114)  # ITU-R BT.601, as MATLAB's rgb2gray rounds it


def max_value(dtype) -> int:
    """White: the largest value of an integer type, 1 for floats."""
    white = {
        flambeau.uint8: 255,
        flambeau.int8: 127,
        flambeau.int16: 32767,
        flambeau.int32: 2147483647,
        flambeau.int64: 9223372036854775807,
    }
    return white.get(dtype, 1)


def convert_dtype(image: Tensor, dtype, reciprocal: bool = False) -> Tensor:
    """`image` with its range scaled from that of its type to that of `dtype`.

    Integers become floats by a division by white, or with `reciprocal` (transforms.v2) a multiplication by 1 / white, which may
    differ in the last bit. Raises RuntimeError for float32 to int32 or int64, and float64 to int64: the float has too few digits.
    """
    if image.dtype == dtype:
        return image
    if image.is_floating_point():
        if dtype.is_floating_point:
            return image.to(dtype)
        wide = (flambeau.int32, flambeau.int64)
        if (image.dtype == flambeau.float32 and dtype in wide) or (image.dtype == flambeau.float64 and dtype == flambeau.int64):
            raise RuntimeError(f"The cast from {image.dtype} to {dtype} cannot be performed safely.")
        return image.mul(max_value(dtype) + 1.0 - 1e-3).to(dtype)  # just under white + 1: every integer gets an equal share
    white, new_white = max_value(image.dtype), max_value(dtype)
    if dtype.is_floating_point:
        return image.to(dtype) * (1.0 / white) if reciprocal else image.to(dtype) / float(white)
    if white > new_white:
        return flambeau.div(image, (white + 1) // (new_white + 1), rounding_mode="floor").to(dtype)
    return image.to(dtype) * ((new_white + 1) // (white + 1))


def _check(image: Tensor, factor: float, name: str) -> None:
    if factor < 0:
        raise ValueError(f"{name} ({factor}) is not non-negative.")
    check_channels(image)


def blend(image: Tensor, other: Tensor, ratio: float) -> Tensor:
    """ratio * image + (1 - ratio) * other, kept in range."""
    ratio = float(ratio)
    return (ratio * image + (1.0 - ratio) * other).clamp(0, max_value(image.dtype)).to(image.dtype)


def grayscale(image: Tensor, channels: int) -> Tensor:
    if image.ndim < 3:
        raise TypeError(f"Input image tensor should have at least 3 dimensions, but found {image.ndim}")
    check_channels(image)
    if image.shape[-3] == 3:
        r, g, b = image.unbind(-3)
        gray = (LUMA[0] * r + LUMA[1] * g + LUMA[2] * b).to(image.dtype).unsqueeze(-3)
    else:
        gray = image.clone()
    return gray.expand(*image.shape[:-3], 3, *image.shape[-2:]) if channels == 3 else gray


def brightness(image: Tensor, factor: float) -> Tensor:
    _check(image, factor, "brightness_factor")
    return blend(image, flambeau.zeros_like(image), factor)


def contrast(image: Tensor, factor: float) -> Tensor:
    _check(image, factor, "contrast_factor")
    dtype = image.dtype if image.is_floating_point() else flambeau.float32
    gray = grayscale(image, 1) if image.ndim > 2 and image.shape[-3] == 3 else image
    return blend(image, gray.to(dtype).mean(dim=tuple(range(-min(3, image.ndim), 0)), keepdim=True), factor)


def saturation(image: Tensor, factor: float) -> Tensor:
    _check(image, factor, "saturation_factor")
    return image if image.shape[-3] == 1 else blend(image, grayscale(image, 1), factor)


def hue(image: Tensor, factor: float) -> Tensor:
    check_channels(image)
    if image.ndim < 3 or image.shape[-3] == 1:
        return image
    h, s, v = rgb_to_hsv(convert_dtype(image, flambeau.float32))
    return convert_dtype(hsv_to_rgb((h + factor) % 1.0, s, v), image.dtype)


def rgb_to_hsv(image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Hue (0 to 1 round the circle), saturation and value of floats (..., 3, H, W), each (..., H, W)."""
    r, g, b = image.unbind(-3)
    value, least = image.amax(-3), image.amin(-3)
    gray = value == least
    one = flambeau.ones_like(value)
    span = flambeau.where(gray, one, value - least)
    rc, gc, bc = (value - r) / span, (value - g) / span, (value - b) / span
    sector = flambeau.where(value == r, bc - gc, flambeau.where(value == g, 2.0 + rc - bc, 4.0 + gc - rc))
    saturation = (value - least) / flambeau.where(gray, one, value)
    return flambeau.fmod(sector / 6.0 + 1.0, 1.0), saturation, value


def hsv_to_rgb(h: Tensor, s: Tensor, v: Tensor) -> Tensor:
    """The inverse of `rgb_to_hsv`, (..., 3, H, W)."""
    sector = flambeau.floor(h * 6.0)
    f = h * 6.0 - sector
    p = (v * (1.0 - s)).clamp(0.0, 1.0)
    q = (v * (1.0 - s * f)).clamp(0.0, 1.0)
    t = (v * (1.0 - s * (1.0 - f))).clamp(0.0, 1.0)
    sector = sector % 6

    def choose(*values):
        result = values[5]
        for number in range(5):
            result = flambeau.where(sector == number, values[number], result)
        return result

    return flambeau.stack((choose(v, q, p, p, t, v), choose(t, v, v, q, p, p), choose(p, p, t, v, v, q)), -3)


def gamma(image: Tensor, gamma: float, gain: float) -> Tensor:
    check_channels(image)
    floats = image if image.is_floating_point() else convert_dtype(image, flambeau.float32)
    return convert_dtype((gain * floats.pow(gamma)).clamp(0, 1), image.dtype)


def sharpness(image: Tensor, factor: float) -> Tensor:
    _check(image, factor, "sharpness_factor")
    if image.shape[-1] <= 2 or image.shape[-2] <= 2:
        return image
    floats, back = as_float(image)
    channels = floats.shape[-3]
    kernel = flambeau.tensor([[1.0, 1.0, 1.0], [1.0, 5.0, 1.0], [1.0, 1.0, 1.0]], dtype=floats.dtype)  # Pillow's SMOOTH
    inner = back(nnf.conv2d(floats, (kernel / kernel.sum()).expand(channels, 1, 3, 3), groups=channels))
    smooth = image.clone()
    smooth[..., 1:-1, 1:-1] = inner
    return blend(image, smooth, factor)


def invert(image: Tensor) -> Tensor:
    check_channels(image)
    return max_value(image.dtype) - image


def posterize(image: Tensor, bits: int) -> Tensor:
    if image.dtype != flambeau.uint8:
        raise TypeError(f"Only {flambeau.uint8} image tensors are supported, but found {image.dtype}")
    check_channels(image)
    return image & (256 - 2 ** (8 - bits))


def solarize(image: Tensor, threshold: float) -> Tensor:
    check_channels(image)
    if threshold > max_value(image.dtype):
        raise TypeError("Threshold should be less than bound of img.")
    return flambeau.where(image >= threshold, invert(image), image)


def autocontrast(image: Tensor) -> Tensor:
    check_channels(image)
    white = max_value(image.dtype)
    dtype = image.dtype if image.is_floating_point() else flambeau.float32
    low = image.amin(dim=(-2, -1), keepdim=True).to(dtype)
    high = image.amax(dim=(-2, -1), keepdim=True).to(dtype)
    flat = high == low
    scale = white / flambeau.where(flat, flambeau.ones_like(high), high - low)
    low = flambeau.where(flat, flambeau.zeros_like(low), low)
    scale = flambeau.where(flat, flambeau.ones_like(scale), scale)
    return ((image - low) * scale).clamp(0, white).to(image.dtype)


def equalize(image: Tensor) -> Tensor:
    if image.ndim < 3:
        raise TypeError(f"Input image tensor should have 3 or 4 dimensions, but found {image.ndim}")
    if image.dtype != flambeau.uint8:
        raise TypeError(f"Only {flambeau.uint8} image tensors are supported, but found {image.dtype}")
    check_channels(image)
    planes = image.cpu().numpy().reshape(-1, *image.shape[-2:])
    equal = np.stack([_equalize_plane(plane) for plane in planes]) if len(planes) else planes
    return flambeau.from_numpy(equal.reshape(tuple(image.shape))).to(image.device)


def _equalize_plane(plane: np.ndarray) -> np.ndarray:
    """Pillow's ImageOps.equalize for one channel: the cumulated histogram, in steps of 1/255 of all but the last used value."""
    counts = np.bincount(plane.ravel(), minlength=256)
    step = counts[counts > 0][:-1].sum() // 255
    if step == 0:
        return plane.copy()
    before = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return ((before + step // 2) // step).clip(0, 255).astype(np.uint8)[plane]
