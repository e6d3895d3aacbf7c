"""The functions of `transforms.functional`, with those that `transforms.v2` names otherwise or has alone."""

import flambeau
from flambeau import Tensor

from ..._pillow import is_picture
from .. import functional as _F
from .._tensor_color import convert_dtype
from ..functional import *  # noqa: F403
from ..functional import __all__ as _shared
from ..functional import elastic_transform as elastic
from ..functional import get_image_num_channels as get_num_channels
from ..functional import hflip as horizontal_flip
from ..functional import pil_to_tensor, to_pil_image
from ..functional import vflip as vertical_flip

__all__ = [
    *_shared, "convert_image_dtype", "elastic", "equalize", "gaussian_noise", "get_num_channels", "get_size", "grayscale_to_rgb",
    "horizontal_flip", "permute_channels", "posterize", "to_dtype", "to_image", "vertical_flip",
]  # fmt: skip


def get_size(img) -> list[int]:
    """[height, width]."""
    return _F.get_dimensions(img)[1:]


def to_image(inpt) -> Tensor:
    """A PIL image or an array (H, W[, C]) as a tensor (C, H, W) of the same values; tensors stay."""
    if isinstance(inpt, Tensor):
        return inpt
    if is_picture(inpt):
        return pil_to_tensor(inpt)
    if not hasattr(inpt, "__array__"):
        raise TypeError(f"Input can either be a pure Tensor, a numpy array, or a PIL image, but got {type(inpt)} instead.")
    array = flambeau.from_numpy(inpt)
    return array.unsqueeze(0) if array.ndim == 2 else array.permute(2, 0, 1).contiguous()


def to_dtype(inpt: Tensor, dtype=flambeau.float32, scale: bool = False) -> Tensor:
    """The tensor in another dtype; with `scale` its range too (0 to 255 in uint8 is 0 to 1 in floats)."""
    return convert_dtype(inpt, dtype, reciprocal=True) if scale else inpt.to(dtype)


def convert_image_dtype(image: Tensor, dtype=flambeau.float32) -> Tensor:
    """`to_dtype` with scale."""
    return to_dtype(image, dtype, scale=True)


def posterize(img, bits: int):
    """Keeps the highest `bits` of every byte; floats are rounded down to 2**bits levels."""
    if isinstance(img, Tensor) and img.is_floating_point():
        levels = 1 << bits
        return img.mul(levels).floor().clamp(0, levels - 1).mul(1.0 / levels)
    return _F.posterize(img, bits)


def equalize(img):
    """Maps every channel so that its values are spread evenly; other types than bytes go by way of bytes."""
    if isinstance(img, Tensor) and img.dtype != flambeau.uint8:
        return to_dtype(_F.equalize(to_dtype(img, flambeau.uint8, scale=True)), img.dtype, scale=True)
    return _F.equalize(img)


def grayscale_to_rgb(img):
    """The image in three channels; colour images stay."""
    if is_picture(img):
        return img.convert("RGB")
    return img if img.shape[-3] >= 3 else _F.rgb_to_grayscale(img, num_output_channels=3)


def permute_channels(img, permutation):
    """The channels in another order: new channel i is old channel permutation[i]."""
    channels = _F.get_image_num_channels(img)
    if len(permutation) != channels:
        raise ValueError(f"Length of permutation does not match number of channels: {len(permutation)} != {channels}")
    if is_picture(img):
        return to_pil_image(permute_channels(pil_to_tensor(img), permutation))
    order = permutation if isinstance(permutation, Tensor) else flambeau.tensor(list(permutation))
    return img.index_select(-3, order)


def erase(img, i: int, j: int, h: int, w: int, v: Tensor, inplace: bool = False):
    """The image with the window of h x w pixels at (i, j) set to `v`; `inplace` changes a tensor itself."""
    return _F.through_tensor(img, lambda image: _F.erase(image, i, j, h, w, v, inplace))


def rotate(img, angle: float, interpolation=_F.InterpolationMode.NEAREST, expand: bool = False, center=None, fill=None):
    """Turns by `angle` degrees, counter-clockwise; tensors by a quarter turn, or half, without resampling where that is the same."""
    quarters, rest = divmod(angle % 360, 90)
    if isinstance(img, Tensor) and center is None and rest == 0 and (expand or quarters in (0, 2)):
        return img.clone() if quarters == 0 else flambeau.rot90(img, int(quarters), (-2, -1))
    return _F.rotate(img, angle, interpolation, expand, center, fill)


def gaussian_noise(img: Tensor, mean: float = 0.0, sigma: float = 0.1, clip: bool = True) -> Tensor:
    """The float tensor plus normal noise, kept in 0 to 1 with `clip`; for uint8, mean and sigma are shares of 255."""
    if not isinstance(img, Tensor):
        raise ValueError(f"gaussian_noise takes tensors, got {type(img).__name__}: put ToImage() before it")
    if sigma < 0:
        raise ValueError(f"sigma shouldn't be negative. Got {sigma}")
    if img.is_floating_point():
        noisy = img + mean + flambeau.randn_like(img) * sigma
        return noisy.clamp(0, 1) if clip else noisy
    if img.dtype != flambeau.uint8:
        raise ValueError(f"Input tensor is expected to be in uint8 or float dtype, got dtype={img.dtype}")
    noise = ((mean * 255) + flambeau.randn_like(img, dtype=flambeau.float32) * sigma * 255).to(flambeau.int16)
    noisy = img.to(flambeau.int16) + noise
    return (noisy.clamp(0, 255) if clip else noisy).to(flambeau.uint8)
