"""The transforms of PIL images, by Pillow's own operations."""

import numpy as np

from .._pillow import picture_from_array, pillow
from ._modes import sides

# PIL.Image.Transpose and PIL.Image.Transform, whose numbers are part of Pillow's interface
FLIP_LEFT_RIGHT, FLIP_TOP_BOTTOM = 0, 1
AFFINE, PERSPECTIVE = 0, 2


def dimensions(image) -> list[int]:
    return [len(image.getbands()), image.height, image.width]


def hflip(image):
    return image.transpose(FLIP_LEFT_RIGHT)


def vflip(image):
    return image.transpose(FLIP_TOP_BOTTOM)


def crop(image, top, left, height, width):
    return image.crop((left, top, left + width, top + height))


def resize(image, size, code):
    return image.resize(tuple(size[::-1]), code)


def fill_of(fill, image):
    """`fill` as Pillow wants it for the mode of `image`: a number, or a tuple of one for each band; integers but for mode F."""
    bands = len(image.getbands())
    if fill is None:
        fill = 0
    if isinstance(fill, (int, float)):
        fill = fill if bands == 1 else (fill,) * bands
    else:
        if len(fill) not in (1, bands):
            raise ValueError(
                f"The number of elements in 'fill' does not match the number of channels of the image ({len(fill)} != {bands})"
            )
        fill = tuple(fill) * (bands if len(fill) == 1 else 1)
    if image.mode == "F":
        return fill
    return tuple(int(value) for value in fill) if isinstance(fill, tuple) else int(fill)


def pad(image, padding, fill, mode):
    if mode == "constant":
        border = tuple(sides(padding))
        palette = image.getpalette() if image.mode == "P" else None
        padded = pillow("pad", "ImageOps").expand(image, border=border, fill=fill_of(fill, image))
        if palette is not None:
            padded.putpalette(palette)
        return padded
    left, top, right, bottom = sides(padding)
    image = image.crop((-min(left, 0), -min(top, 0), image.width + min(right, 0), image.height + min(bottom, 0)))
    array = np.asarray(image)
    widths = [(max(top, 0), max(bottom, 0)), (max(left, 0), max(right, 0)), (0, 0)][: array.ndim]
    padded = picture_from_array(np.pad(array, widths, mode))
    if image.mode == "P":
        padded.putpalette(image.getpalette())
    return padded


def affine(image, matrix, code, fill):
    return image.transform(image.size, AFFINE, matrix, code, fillcolor=fill_of(fill, image))


def rotate(image, angle, code, expand, center, fill):
    return image.rotate(angle, code, expand, center, fillcolor=fill_of(fill, image))


def perspective(image, coefficients, code, fill):
    return image.transform(image.size, PERSPECTIVE, coefficients, code, fillcolor=fill_of(fill, image))


def grayscale(image, channels):
    gray = image.convert("L")
    return gray if channels == 1 else pillow("grayscale").merge("RGB", (gray,) * 3)


def brightness(image, factor):
    return pillow("brightness", "ImageEnhance").Brightness(image).enhance(factor)


def contrast(image, factor):
    return pillow("contrast", "ImageEnhance").Contrast(image).enhance(factor)


def saturation(image, factor):
    return pillow("saturation", "ImageEnhance").Color(image).enhance(factor)


def sharpness(image, factor):
    return pillow("sharpness", "ImageEnhance").Sharpness(image).enhance(factor)


def hue(image, factor):
    if image.mode in ("L", "1", "I", "F"):
        return image
    h, s, v = image.convert("HSV").split()
    shift = int(factor * 255)  # hue is a byte in Pillow, and adding to it goes round
    h = h.point([(value + shift) % 256 for value in range(256)])
    return pillow("hue").merge("HSV", (h, s, v)).convert(image.mode)


def gamma(image, gamma, gain):
    table = [int((255 + 1 - 1e-3) * gain * pow(value / 255.0, gamma)) for value in range(256)] * 3
    return image.convert("RGB").point(table).convert(image.mode)


def invert(image):
    return pillow("invert", "ImageOps").invert(image)


def posterize(image, bits):
    return pillow("posterize", "ImageOps").posterize(image, bits)


def solarize(image, threshold):
    return pillow("solarize", "ImageOps").solarize(image, threshold)


def autocontrast(image):
    return pillow("autocontrast", "ImageOps").autocontrast(image)


def equalize(image):
    return pillow("equalize", "ImageOps").equalize(image)
