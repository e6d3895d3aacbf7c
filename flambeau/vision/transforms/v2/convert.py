"""Transforms of samples between kinds of images and types of numbers."""

import warnings
from collections.abc import Callable, Sequence

import numpy as np

import flambeau
from flambeau import Tensor

from ..._pillow import is_picture
from .. import conversion as v1
from ..convert import NUMPY_FLOATS
from . import functional as F
from .base import Transform


class Identity(Transform):
    """Changes nothing."""

    def transform(self, inpt, params):
        return inpt


class Lambda(Transform):
    """Applies the function `lambd` to every leaf, or to those of the given types."""

    changes = ("anything",)

    def __init__(self, lambd: Callable, *types: type):
        super().__init__()
        self.lambd = lambd
        self.types = types or (object,)

    def transform(self, inpt, params):
        return self.lambd(inpt) if isinstance(inpt, self.types) else inpt

    def extra_repr(self) -> str:
        name = getattr(self.lambd, "__name__", None)
        return ", ".join([name] * bool(name) + [f"types={[type_.__name__ for type_ in self.types]}"])


class ToImage(Transform):
    """A PIL image or an array (H, W[, C]) -> a tensor (C, H, W) of the same values."""

    pointwise = True
    changes = ("tensor", "picture", "array")
    reads_arrays = True
    gives_tensor = True
    batch_of = ("picture", "tensor")

    def transform(self, inpt, params) -> Tensor:
        return F.to_image(inpt)

    def batch(self, images: np.ndarray, words) -> np.ndarray:
        return images


class PILToTensor(Transform):
    """A PIL image -> a tensor (C, H, W) of the same values."""

    pointwise = True
    changes = ("picture",)
    gives_tensor = True
    batch_of = ("picture",)

    def transform(self, inpt, params) -> Tensor:
        return F.pil_to_tensor(inpt)

    def batch(self, images: np.ndarray, words) -> np.ndarray:
        return images


class ToPILImage(Transform):
    """A tensor (C, H, W) or an array (H, W[, C]) -> a PIL image. `mode`: one of Pillow's, or None."""

    changes = ("tensor", "array")

    def __init__(self, mode: str | None = None):
        super().__init__()
        self.mode = mode

    def transform(self, inpt, params):
        return F.to_pil_image(inpt, mode=self.mode)


class ToPureTensor(Transform):
    """Changes nothing: all tensors are plain ones here."""

    def transform(self, inpt, params):
        return inpt


class ToTensor(Transform):
    """A PIL image or an array -> a float tensor in 0 to 1. Deprecated by torchvision, with this warning."""

    pointwise = True
    changes = ("picture", "array")
    reads_arrays = True
    gives_tensor = True
    batch_of = v1.ToTensor.batch_of
    batch = v1.ToTensor.batch

    def __init__(self):
        warnings.warn(
            "The transform `ToTensor()` is deprecated and will be removed in a future release. Instead, please use "
            "`v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])`.Output is equivalent up to float precision.",
            stacklevel=2,
        )
        super().__init__()

    def transform(self, inpt, params) -> Tensor:
        return F.to_tensor(inpt)


class ToDtype(Transform):
    """The tensor images in `dtype`; with `scale` the range too (0 to 255 in uint8 is 0 to 1 in floats).

    dtype: one, or a dict from types of leaves (or "others") to dtypes, None leaving those leaves alone.
    """

    pointwise = True
    changes = ("tensor",)

    def __init__(self, dtype, scale: bool = False):
        super().__init__()
        if not isinstance(dtype, (dict, flambeau.dtype)):
            raise ValueError(f"dtype must be a dict or a torch.dtype, got {type(dtype)} instead")
        self.dtype = dtype
        self.scale = scale

    @property
    def batch_of(self):
        return ("tensor",) if not isinstance(self.dtype, dict) and self.dtype in NUMPY_FLOATS else ()

    def transform(self, inpt, params):
        dtype = self.dtype
        if isinstance(dtype, dict):
            if type(inpt) not in dtype and "others" not in dtype:
                raise ValueError(f"No dtype was specified for type {type(inpt)}: add it to the dict, or the key 'others'")
            dtype = dtype.get(type(inpt), dtype.get("others"))
        return inpt if dtype is None else F.to_dtype(inpt, dtype=dtype, scale=self.scale)

    def batch(self, images: np.ndarray, words) -> np.ndarray:
        dtype = NUMPY_FLOATS[self.dtype]
        if self.scale and images.dtype == np.uint8:
            return np.multiply(images, dtype.type(1.0 / 255), dtype=dtype)
        return images.astype(dtype, copy=False)


class ConvertImageDtype(ToDtype):
    """`ToDtype` with scale."""

    shown = ()

    def __init__(self, dtype=flambeau.float32):
        super().__init__(dtype, scale=True)

    def extra_repr(self) -> str:
        return ""


class Normalize(Transform, v1.Normalize):
    """(x - mean) / std, channel by channel, for float tensors (..., C, H, W)."""

    shown = ("mean", "std", "inplace")

    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False):
        super().__init__(list(mean), list(std), inplace)

    def check_inputs(self, flat_inputs) -> None:
        if any(is_picture(leaf) for leaf in flat_inputs):
            raise TypeError(f"{type(self).__name__}() does not support PIL images: put ToImage() and ToDtype() before it")


class LinearTransformation(Transform, v1.LinearTransformation):
    """The flattened tensor image, less `mean_vector`, times `transformation_matrix`."""

    def check_inputs(self, flat_inputs) -> None:
        if any(is_picture(leaf) for leaf in flat_inputs):
            raise TypeError(f"{type(self).__name__}() does not support PIL images.")
