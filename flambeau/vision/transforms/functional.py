"""The transforms as plain functions, for PIL images and for tensors (..., C, H, W) alike.

PIL images go through Pillow, tensors through flambeau's operations (and keep gradients where the operation has one). Integer
tensors use the whole range of their type, float tensors the range 0 to 1. Anything else raises TypeError.
"""

import math
import numbers
import warnings
from collections.abc import Sequence

import numpy as np

import flambeau
from flambeau import Tensor

from .._pillow import is_picture
from . import _pil, _tensor, _tensor_color
from ._modes import PILLOW_CODES, InterpolationMode, check_padding_mode, interpolation_mode, pair, sides
from .convert import convert_image_dtype, pil_to_tensor, to_pil_image, to_tensor

__all__ = [
    "InterpolationMode", "adjust_brightness", "adjust_contrast", "adjust_gamma", "adjust_hue", "adjust_saturation",
    "adjust_sharpness", "affine", "autocontrast", "center_crop", "convert_image_dtype", "crop", "elastic_transform", "equalize",
    "erase", "five_crop", "gaussian_blur", "get_dimensions", "get_image_num_channels", "get_image_size", "hflip", "invert",
    "normalize", "pad", "perspective", "pil_to_tensor", "posterize", "resize", "resized_crop", "rgb_to_grayscale", "rotate",
    "solarize", "ten_crop", "to_grayscale", "to_pil_image", "to_tensor", "vflip",
]  # fmt: skip


def _kernels(image, module_for_tensors=_tensor):
    """The module whose functions do the work for this kind of image."""
    if isinstance(image, Tensor):
        return module_for_tensors
    if is_picture(image):
        return _pil
    raise TypeError(f"expected a PIL image or a tensor (..., C, H, W), got {type(image).__name__}; ToTensor() turns arrays into tensors")


def get_dimensions(img) -> list[int]:
    """[channels, height, width]."""
    return _kernels(img).dimensions(img)


def get_image_size(img) -> list[int]:
    """[width, height]."""
    _, height, width = get_dimensions(img)
    return [width, height]


def get_image_num_channels(img) -> int:
    """The number of channels; 1 for a tensor (H, W)."""
    return get_dimensions(img)[0]


def normalize(tensor: Tensor, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> Tensor:
    """(x - mean) / std, channel by channel, for a float tensor (..., C, H, W); `inplace` changes `tensor` itself.

    Raises TypeError for anything but a float tensor, ValueError for fewer than three dimensions or a std that is zero.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(tensor)}")
    if not tensor.is_floating_point():
        raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}: put ToTensor() or ConvertImageDtype before Normalize")
    if tensor.ndim < 3:
        raise ValueError(f"Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = {tensor.size()}")
    mean, std = (flambeau.as_tensor(value, dtype=tensor.dtype, device=tensor.device) for value in (mean, std))
    if 0.0 in std.flatten().tolist():
        raise ValueError(f"std evaluated to zero after conversion to {tensor.dtype}, leading to division by zero.")
    mean, std = (value.view(-1, 1, 1) if value.ndim == 1 else value for value in (mean, std))
    return tensor.sub_(mean).div_(std) if inplace else tensor.sub(mean).div_(std)


def _resized(height: int, width: int, size, max_size: int | None) -> list[int]:
    """[height, width] after a resize: `size` (h, w), or the length (one number) of the shorter edge."""
    if size is not None and len(size) == 2:
        return list(size)
    short, long = sorted((height, width))
    if size is None:
        new_short, new_long = int(max_size * short / long), max_size
    else:
        new_short, new_long = size[0], int(size[0] * long / short)
        if max_size is not None:
            if max_size <= size[0]:
                raise ValueError(
                    f"max_size = {max_size} must be strictly greater than the requested size for the smaller edge size = {size}"
                )
            if new_long > max_size:
                new_short, new_long = int(max_size * new_short / new_long), max_size
    return [new_long, new_short] if width <= height else [new_short, new_long]


def resize(img, size, interpolation=InterpolationMode.BILINEAR, max_size: int | None = None, antialias: bool | None = True):
    """The image at another size. `size`: (h, w), or one number for the shorter edge, the longer following (at most `max_size`).

    antialias: widen the filter when shrinking, as Pillow always does; for tensors with bilinear and bicubic only.
    """
    interpolation = interpolation_mode(interpolation)
    size = [size] if isinstance(size, int) else size
    if size is not None and len(size) not in (1, 2):
        raise ValueError(f"Size must be an int or a 1 or 2 element tuple/list, not a {len(size)} element tuple/list")
    if max_size is not None and size is not None and len(size) != 1:
        raise ValueError("max_size should only be passed if size specifies the length of the smaller edge, i.e. size should be an int")
    _, height, width = get_dimensions(img)
    target = _resized(height, width, size, max_size)
    if target == [height, width]:
        return img
    if isinstance(img, Tensor):
        return _tensor.resize(img, target, interpolation.value, antialias)
    if antialias is False:
        warnings.warn("Anti-alias option is always applied for PIL Image input. Argument antialias is ignored.", stacklevel=2)
    return _pil.resize(img, target, PILLOW_CODES[interpolation])


def pad(img, padding, fill=0, padding_mode: str = "constant"):
    """The image with borders. `padding`: all sides, (left and right, top and bottom), or (left, top, right, bottom); negative crops.

    padding_mode: "constant" (`fill`, a number or one for each channel), "edge", "reflect" (without repeating the edge) or
    "symmetric" (repeating it).
    """
    if fill is not None and not isinstance(fill, (numbers.Number, tuple, list)):
        raise TypeError("Got inappropriate fill arg")
    if not isinstance(padding_mode, str):
        raise TypeError("Got inappropriate padding_mode arg")
    check_padding_mode(padding_mode)
    return _kernels(img).pad(img, sides(padding), fill, padding_mode)


def crop(img, top: int, left: int, height: int, width: int):
    """The window whose upper left corner is (top, left); what lies outside the image is 0."""
    return _kernels(img).crop(img, top, left, height, width)


def center_crop(img, output_size):
    """The middle (h, w) of the image, padded with 0 where the image is smaller."""
    height, width = pair(output_size)
    _, image_height, image_width = get_dimensions(img)
    if width > image_width or height > image_height:
        wide, high = max(width - image_width, 0), max(height - image_height, 0)
        img = pad(img, [wide // 2, high // 2, (wide + 1) // 2, (high + 1) // 2], fill=0)
        _, image_height, image_width = get_dimensions(img)
        if (height, width) == (image_height, image_width):
            return img
    top, left = centre_of(image_height, height), centre_of(image_width, width)
    return crop(img, top, left, height, width)


def centre_of(size: int, part: int) -> int:
    """Where a centred part of `size` begins; halves round to even, as Python's round does."""
    return int(round((size - part) / 2.0))


def resized_crop(img, top, left, height, width, size, interpolation=InterpolationMode.BILINEAR, antialias: bool | None = True):
    """`crop`, then `resize`."""
    return resize(crop(img, top, left, height, width), size, interpolation, antialias=antialias)


def hflip(img):
    """The image with left and right exchanged."""
    return img.flip(-1) if isinstance(img, Tensor) else _kernels(img).hflip(img)


def vflip(img):
    """The image with top and bottom exchanged."""
    return img.flip(-2) if isinstance(img, Tensor) else _kernels(img).vflip(img)


def five_crop(img, size):
    """The four corners and the centre, each (h, w): top left, top right, bottom left, bottom right, centre."""
    height, width = pair(size)
    _, image_height, image_width = get_dimensions(img)
    if width > image_width or height > image_height:
        raise ValueError(f"Requested crop size {tuple(size)} is bigger than input size {(image_height, image_width)}")
    below, right = image_height - height, image_width - width
    corners = ((0, 0), (0, right), (below, 0), (below, right))
    return (*(crop(img, top, left, height, width) for top, left in corners), center_crop(img, (height, width)))


def ten_crop(img, size, vertical_flip: bool = False):
    """`five_crop` of the image and of its mirror image."""
    size = pair(size)
    return five_crop(img, size) + five_crop(vflip(img) if vertical_flip else hflip(img), size)


def adjust_brightness(img, brightness_factor: float):
    """Scales towards black (factor 0); 1 changes nothing."""
    return _kernels(img, _tensor_color).brightness(img, brightness_factor)


def adjust_contrast(img, contrast_factor: float):
    """Blends with the mean grey (factor 0); 1 changes nothing."""
    return _kernels(img, _tensor_color).contrast(img, contrast_factor)


def adjust_saturation(img, saturation_factor: float):
    """Blends with the grey image (factor 0); 1 changes nothing."""
    return _kernels(img, _tensor_color).saturation(img, saturation_factor)


def adjust_hue(img, hue_factor: float):
    """Turns the colour circle by `hue_factor` (-0.5 to 0.5, both half-way round); grey images stay."""
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    return _kernels(img, _tensor_color).hue(img, hue_factor)


def adjust_gamma(img, gamma: float, gain: float = 1):
    """gain * x**gamma on the range 0 to 1: below 1 lightens the shadows, above 1 darkens them."""
    if gamma < 0:
        raise ValueError("Gamma should be a non-negative real number")
    return _kernels(img, _tensor_color).gamma(img, gamma, gain)


def inverse_affine_matrix(center, angle: float, translate, scale: float, shear) -> list[float]:
    """The first two rows of the inverse of T(centre + translate) R(angle) Shear Scale T(-centre); angles in degrees.

    Images are resampled by asking, for each new pixel, where it came from: hence the inverse.
    """
    rotation, shear_x, shear_y = (math.radians(value) for value in (angle, *shear))
    a = math.cos(rotation - shear_y) / math.cos(shear_y)
    b = -math.cos(rotation - shear_y) * math.tan(shear_x) / math.cos(shear_y) - math.sin(rotation)
    c = math.sin(rotation - shear_y) / math.cos(shear_y)
    d = -math.sin(rotation - shear_y) * math.tan(shear_x) / math.cos(shear_y) + math.cos(rotation)
    matrix = [value / scale for value in (d, -b, 0.0, -c, a, 0.0)]
    x, y = -center[0] - translate[0], -center[1] - translate[1]
    matrix[2] += matrix[0] * x + matrix[1] * y + center[0]
    matrix[5] += matrix[3] * x + matrix[4] * y + center[1]
    return matrix


def _from_middle(center, img) -> list[float]:
    """`center` (x, y) in pixels from the upper left corner -> from the middle of the image; None is the middle."""
    if center is None:
        return [0.0, 0.0]
    width, height = get_image_size(img)
    return [1.0 * (center[0] - width * 0.5), 1.0 * (center[1] - height * 0.5)]


def rotate(img, angle: float, interpolation=InterpolationMode.NEAREST, expand: bool = False, center=None, fill=None):
    """Turns by `angle` degrees, counter-clockwise, about `center` (x, y; default: the middle).

    expand: make the image large enough to hold all of it (only right for the default centre). fill: what is laid bare.
    """
    interpolation = interpolation_mode(interpolation)
    if not isinstance(angle, (int, float)):
        raise TypeError("Argument angle should be int or float")
    if center is not None and not isinstance(center, (list, tuple)):
        raise TypeError("Argument center should be a sequence")
    if not isinstance(img, Tensor):
        return _kernels(img).rotate(img, angle, PILLOW_CODES[interpolation], expand, center, fill)
    matrix = inverse_affine_matrix(_from_middle(center, img), -angle, [0.0, 0.0], 1.0, [0.0, 0.0])
    w, h = get_image_size(img)
    out_w, out_h = _tensor.rotated_size(matrix, w, h) if expand else (w, h)
    return _tensor.sample_grid(img, _tensor.affine_grid(matrix, w, h, out_w, out_h), interpolation.value, fill)


def affine(img, angle: float, translate, scale: float, shear, interpolation=InterpolationMode.NEAREST, fill=None, center=None):
    """Turns by `angle` degrees (clockwise), shears by `shear` degrees (x, or x and y), scales, then moves by `translate` (x, y) pixels."""
    interpolation = interpolation_mode(interpolation)
    if not isinstance(angle, (int, float)):
        raise TypeError("Argument angle should be int or float")
    if not isinstance(translate, (list, tuple)):
        raise TypeError("Argument translate should be a sequence")
    if len(translate) != 2:
        raise ValueError("Argument translate should be a sequence of length 2")
    if scale <= 0.0:
        raise ValueError("Argument scale should be positive")
    if not isinstance(shear, (numbers.Number, list, tuple)):
        raise TypeError("Shear should be either a single value or a sequence of two values")
    shear = [shear, 0.0] if isinstance(shear, numbers.Number) else list(shear) * (2 if len(shear) == 1 else 1)
    if len(shear) != 2:
        raise ValueError(f"Shear should be a sequence containing two values. Got {shear}")
    if center is not None and not isinstance(center, (list, tuple)):
        raise TypeError("Argument center should be a sequence")
    w, h = get_image_size(img)
    if not isinstance(img, Tensor):
        matrix = inverse_affine_matrix(center or [w * 0.5, h * 0.5], angle, translate, scale, shear)
        return _pil.affine(img, matrix, PILLOW_CODES[interpolation], fill)
    matrix = inverse_affine_matrix(_from_middle(center, img), angle, translate, scale, shear)
    return _tensor.sample_grid(img, _tensor.affine_grid(matrix, w, h, w, h), interpolation.value, fill)


def perspective_coefficients(startpoints, endpoints) -> list[float]:
    """(a, b, c, d, e, f, g, h) of the map (a x + b y + c, d x + e y + f) / (g x + h y + 1) that takes `endpoints` to `startpoints`."""
    if len(startpoints) != 4 or len(endpoints) != 4:
        raise ValueError(f"Please provide exactly four corners, got {len(startpoints)} startpoints and {len(endpoints)} endpoints.")
    rows = []
    for (x, y), (u, v) in zip(endpoints, startpoints, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    solution = np.linalg.lstsq(np.array(rows, np.float64), np.array(startpoints, np.float64).reshape(8), rcond=None)[0]
    return solution.astype(np.float32).tolist()


def perspective(img, startpoints, endpoints, interpolation=InterpolationMode.BILINEAR, fill=None):
    """The image seen so that the four `startpoints` [x, y] come to lie on the `endpoints`."""
    return perspective_by(img, perspective_coefficients(startpoints, endpoints), interpolation, fill)


def perspective_by(img, coefficients, interpolation=InterpolationMode.BILINEAR, fill=None):
    """`perspective`, with the coefficients at hand."""
    interpolation = interpolation_mode(interpolation)
    if not isinstance(img, Tensor):
        return _kernels(img).perspective(img, coefficients, PILLOW_CODES[interpolation], fill)
    w, h = get_image_size(img)
    return _tensor.sample_grid(img, _tensor.perspective_grid(coefficients, w, h), interpolation.value, fill)


def elastic_transform(img, displacement: Tensor, interpolation=InterpolationMode.BILINEAR, fill=None):
    """Moves every pixel by its own `displacement` (1, H, W, 2), in units of half the image."""
    if not isinstance(displacement, Tensor):
        raise TypeError("Argument displacement should be a Tensor")
    _, height, width = get_dimensions(img)
    if tuple(displacement.shape) != (1, height, width, 2):
        raise ValueError(f"Argument displacement shape should be {(1, height, width, 2)}, but given {tuple(displacement.shape)}")

    grid, mode = _tensor.identity_grid(height, width) + displacement, interpolation_mode(interpolation).value
    return through_tensor(img, lambda image: _tensor.sample_grid(image, grid, mode, fill))


def gaussian_blur(img, kernel_size, sigma=None):
    """A blur by a normal curve. kernel_size: odd, one number or (x, y). sigma: pixels, likewise (default 0.15 kernel_size + 0.35)."""
    if not isinstance(kernel_size, (int, list, tuple)):
        raise TypeError(f"kernel_size should be int or a sequence of integers. Got {type(kernel_size)}")
    kernel_size = [kernel_size] * 2 if isinstance(kernel_size, int) else list(kernel_size)
    if len(kernel_size) != 2:
        raise ValueError(f"If kernel_size is a sequence its length should be 2. Got {len(kernel_size)}")
    if any(size % 2 == 0 or size < 0 for size in kernel_size):
        raise ValueError(f"kernel_size should have odd and positive integers. Got {kernel_size}")
    if sigma is None:
        sigma = [size * 0.15 + 0.35 for size in kernel_size]
    if not isinstance(sigma, (int, float, list, tuple)):
        raise TypeError(f"sigma should be either float or sequence of floats. Got {type(sigma)}")
    sigma = [float(sigma)] * 2 if isinstance(sigma, (int, float)) else list(sigma) * (2 if len(sigma) == 1 else 1)
    if len(sigma) != 2:
        raise ValueError(f"If sigma is a sequence, its length should be 2. Got {len(sigma)}")
    if any(width <= 0.0 for width in sigma):
        raise ValueError(f"sigma should have positive values. Got {sigma}")
    return through_tensor(img, lambda image: _tensor.gaussian_blur(image, kernel_size, sigma))


def through_tensor(img, function):
    """function(img); PIL images, for which Pillow has nothing of the kind, are taken there and back."""
    if isinstance(img, Tensor):
        return function(img)
    _kernels(img)
    return to_pil_image(function(pil_to_tensor(img)), mode=img.mode)


def rgb_to_grayscale(img, num_output_channels: int = 1):
    """Luminance (ITU-R BT.601) in 1 channel, or repeated in 3."""
    if num_output_channels not in (1, 3):
        raise ValueError("num_output_channels should be either 1 or 3")
    return _kernels(img, _tensor_color).grayscale(img, num_output_channels)


def to_grayscale(img, num_output_channels: int = 1):
    """`rgb_to_grayscale` for PIL images only."""
    if not is_picture(img):
        raise TypeError("Input should be PIL Image")
    return rgb_to_grayscale(img, num_output_channels)


def erase(img: Tensor, i: int, j: int, h: int, w: int, v: Tensor, inplace: bool = False) -> Tensor:
    """The tensor image with the window of h x w pixels at (i, j) set to `v`; `inplace` changes `img` itself."""
    if not isinstance(img, Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(img)}")
    img = img if inplace else img.clone()
    img[..., i : i + h, j : j + w] = v
    return img


def invert(img):
    """White minus the image."""
    return _kernels(img, _tensor_color).invert(img)


def posterize(img, bits: int):
    """Keeps the highest `bits` (0 to 8) of every byte."""
    if not 0 <= bits <= 8:
        raise ValueError(f"The number if bits should be between 0 and 8. Got {bits}")
    return _kernels(img, _tensor_color).posterize(img, bits)


def solarize(img, threshold: float):
    """Inverts the values from `threshold` on."""
    return _kernels(img, _tensor_color).solarize(img, threshold)


def adjust_sharpness(img, sharpness_factor: float):
    """Blends with a smoothed image (factor 0); 1 changes nothing, more sharpens."""
    return _kernels(img, _tensor_color).sharpness(img, sharpness_factor)


def autocontrast(img):
    """Stretches every channel so that its darkest value is black and its lightest white."""
    return _kernels(img, _tensor_color).autocontrast(img)


def equalize(img):
    """Maps every channel so that its values are spread evenly (bytes only)."""
    return _kernels(img, _tensor_color).equalize(img)


def white(img) -> int:
    """The value of white: 255 for PIL images, the largest of an integer tensor's type, 1 for float tensors."""
    return _tensor_color.max_value(img.dtype) if isinstance(img, Tensor) else 255
