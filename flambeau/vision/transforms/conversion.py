"""Transforms between kinds of images and between types of numbers."""

from collections.abc import Callable, Sequence

import numpy as np

import flambeau
from flambeau import Tensor

from . import functional as F
from .base import Transform
from .convert import NUMPY_FLOATS, bytes_to_floats


class ToTensor(Transform):
    """A PIL image or an array (H, W[, C]) -> a tensor (C, H, W); bytes become floats in 0 to 1."""

    pointwise = True
    reads_arrays = True
    gives_tensor = True

    @property
    def batch_of(self):
        return ("picture",) if flambeau.get_default_dtype() in NUMPY_FLOATS else ()

    def forward(self, pic) -> Tensor:
        return F.to_tensor(pic)

    def batch(self, images: np.ndarray, words) -> np.ndarray:
        return bytes_to_floats(np.ascontiguousarray(images), NUMPY_FLOATS[flambeau.get_default_dtype()])


class PILToTensor(Transform):
    """A PIL image -> a tensor (C, H, W) of the same values."""

    pointwise = True
    gives_tensor = True
    batch_of = ("picture",)

    def forward(self, pic) -> Tensor:
        return F.pil_to_tensor(pic)

    def batch(self, images: np.ndarray, words) -> np.ndarray:
        return images


class ConvertImageDtype(Transform):
    """A tensor image -> one of `dtype`, with the range of values scaled to it (0 to 255 in uint8, 0 to 1 in floats)."""

    pointwise = True

    def __init__(self, dtype):
        super().__init__()
        self.dtype = dtype

    @property
    def batch_of(self):
        return ("tensor",) if self.dtype in NUMPY_FLOATS else ()

    def forward(self, image: Tensor) -> Tensor:
        return F.convert_image_dtype(image, self.dtype)

    def batch(self, images: np.ndarray, words) -> np.ndarray:
        dtype = NUMPY_FLOATS[self.dtype]
        return bytes_to_floats(images, dtype) if images.dtype == np.uint8 else images.astype(dtype, copy=False)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class ToPILImage(Transform):
    """A tensor (C, H, W) or an array (H, W[, C]) -> a PIL image; floats in 0 to 1 become bytes. `mode`: one of Pillow's, or None."""

    def __init__(self, mode: str | None = None):
        super().__init__()
        self.mode = mode

    def forward(self, pic):
        return F.to_pil_image(pic, self.mode)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'' if self.mode is None else f'mode={self.mode}'})"


class Normalize(Transform):
    """(x - mean) / std, channel by channel, for float tensors (..., C, H, W); with `inplace` the given tensor is changed."""

    pointwise = True

    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False):
        super().__init__()
        self.mean = mean
        self.std = std
        self.inplace = inplace

    @property
    def batch_of(self):
        return () if np.any(np.asarray(self.std, np.float32) == 0) else ("tensor",)

    def transform(self, image: Tensor, params) -> Tensor:
        return F.normalize(image, self.mean, self.std, self.inplace)

    def batch(self, images: np.ndarray, words) -> np.ndarray:
        if images.dtype not in (np.float32, np.float64):
            raise TypeError(f"Input tensor should be a float tensor. Got {images.dtype}: put ToTensor() before Normalize")
        mean, std = (np.asarray(value, images.dtype).reshape(-1, 1, 1) for value in (self.mean, self.std))
        images = np.subtract(images, mean, out=images if images.shape[1] >= mean.shape[0] else None)
        return np.divide(images, std, out=images if images.shape[1] >= std.shape[0] else None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(mean={self.mean}, std={self.std})"


class Lambda(Transform):
    """Applies the function `lambd`, to whatever there is."""

    def __init__(self, lambd: Callable):
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        super().__init__()
        self.lambd = lambd

    def forward(self, img):
        return self.lambd(img)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class LinearTransformation(Transform):
    """The flattened tensor image, less `mean_vector` (D,), times `transformation_matrix` (D, D), D = C H W: whitening, for one."""

    def __init__(self, transformation_matrix: Tensor, mean_vector: Tensor):
        super().__init__()
        rows, columns = transformation_matrix.shape
        if rows != columns:
            raise ValueError(f"transformation_matrix should be square. Got {(rows, columns)} rectangular matrix.")
        if mean_vector.shape[0] != rows:
            raise ValueError(
                f"mean_vector should have the same length {mean_vector.shape[0]} as any one of the dimensions of the "
                f"transformation_matrix [{(rows, columns)}]"
            )
        if transformation_matrix.device != mean_vector.device:
            raise ValueError(f"Input tensors should be on the same device. Got {transformation_matrix.device} and {mean_vector.device}")
        if transformation_matrix.dtype != mean_vector.dtype:
            raise ValueError(f"Input tensors should have the same dtype. Got {transformation_matrix.dtype} and {mean_vector.dtype}")
        self.transformation_matrix = transformation_matrix
        self.mean_vector = mean_vector

    def transform(self, image: Tensor, params) -> Tensor:
        values = image.shape[-3] * image.shape[-2] * image.shape[-1]
        if values != self.transformation_matrix.shape[0]:
            raise ValueError(
                f"Input tensor and transformation matrix have incompatible shape. "
                f"{' x '.join(map(str, image.shape[-3:]))} values != {self.transformation_matrix.shape[0]}"
            )
        flat = image.reshape(-1, values) - self.mean_vector
        return (flat @ self.transformation_matrix.to(flat.dtype)).reshape(image.shape)

    def __repr__(self) -> str:
        matrix, mean = self.transformation_matrix.tolist(), self.mean_vector.tolist()
        return f"{type(self).__name__}(transformation_matrix={matrix}, mean_vector={mean})"
