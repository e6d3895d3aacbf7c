"""Between PIL images, arrays and tensors."""

import numpy as np

import flambeau
from flambeau import Tensor

from .._pillow import is_picture, picture_from_array
from ._tensor_color import convert_dtype

_ARRAY_TYPES = {"I": np.int32, "I;16": np.int16, "I;16B": np.int16, "F": np.float32}  # by PIL mode; others are bytes
_MODES_OF_CHANNELS = {2: ("LA",), 3: ("RGB", "YCbCr", "HSV"), 4: ("RGBA", "CMYK", "RGBX")}
_GREY_MODES = {"uint8": "L", "int16": "I;16", "int32": "I", "float32": "F"}
NUMPY_FLOATS = {flambeau.float32: np.dtype(np.float32), flambeau.float64: np.dtype(np.float64)}


def _chw(array: np.ndarray) -> np.ndarray:
    """(H, W) or (H, W, C) -> (C, H, W), its values in that order in memory."""
    return np.ascontiguousarray(array[None] if array.ndim == 2 else array.transpose(2, 0, 1))


def to_tensor(pic) -> Tensor:
    """A PIL image or an array (H, W[, C]) as a tensor (C, H, W); bytes become floats (the default dtype) in 0 to 1.

    Other types keep their values: int32 for mode I, int16 for I;16, float32 for F.
    Raises TypeError for anything else, ValueError for an array that has not two or three dimensions.
    """
    if is_picture(pic):
        array = np.array(pic, _ARRAY_TYPES.get(pic.mode, np.uint8))
        array = array * np.uint8(255) if pic.mode == "1" else array
    elif isinstance(pic, np.ndarray):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        array = pic
    else:
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
    array = _chw(array)
    if array.dtype != np.uint8:
        return flambeau.from_numpy(array)
    dtype = flambeau.get_default_dtype()
    if dtype in NUMPY_FLOATS:
        return flambeau.from_numpy(bytes_to_floats(array, NUMPY_FLOATS[dtype]))
    return flambeau.from_numpy(array).to(dtype).div(255)


def bytes_to_floats(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """uint8 / 255 in `dtype`: the one rounding of a correct division, as the tensor operation has it."""
    return np.divide(array, dtype.type(255), dtype=dtype)


def pil_to_tensor(pic) -> Tensor:
    """A PIL image as a tensor (C, H, W), values unchanged. Raises TypeError for anything else."""
    if not is_picture(pic):
        raise TypeError(f"pic should be PIL Image. Got {type(pic)}")
    array = np.array(pic)
    return flambeau.from_numpy(array[None] if array.ndim == 2 else array).permute(*((0, 1, 2) if array.ndim == 2 else (2, 0, 1)))


def convert_image_dtype(image: Tensor, dtype=flambeau.float32) -> Tensor:
    """`image` in another dtype, its range scaled: 0 to 255 in uint8 is 0 to 1 in floats. Raises RuntimeError where floats lack digits."""
    if not isinstance(image, Tensor):
        raise TypeError("Input img should be Tensor Image")
    return convert_dtype(image, dtype)


def to_pil_image(pic, mode: str | None = None):
    """A tensor (C, H, W) or (H, W), or an array (H, W[, C]), as a PIL image; floats in 0 to 1 become bytes.

    mode: which of Pillow's modes, where the type and the number of channels leave a choice. Raises TypeError or ValueError
    when they do not fit a mode.
    """
    if isinstance(pic, Tensor):
        array = pic.detach().cpu().numpy()
        array = array.transpose(1, 2, 0) if array.ndim == 3 else array
    elif isinstance(pic, np.ndarray):
        array = pic
    else:
        raise TypeError(f"pic should be Tensor or ndarray. Got {type(pic)}.")
    if array.ndim not in (2, 3):
        raise ValueError(f"pic should be 2/3 dimensional. Got {array.ndim} dimensions.")
    array = array[:, :, None] if array.ndim == 2 else array
    channels = array.shape[2]
    if channels > 4:
        raise ValueError(f"pic should not have > 4 channels. Got {channels} channels.")
    if np.issubdtype(array.dtype, np.floating) and mode != "F":
        array = (array * 255).astype(np.uint8)
    if channels == 1:
        expected = _GREY_MODES.get(array.dtype.name)
        if mode is not None and mode != expected:
            raise ValueError(f"Incorrect mode ({mode}) supplied for input type {array.dtype}. Should be {expected}")
        array, mode = array[:, :, 0], expected
    else:
        modes = _MODES_OF_CHANNELS[channels]
        if mode is not None and mode not in modes:
            raise ValueError(f"Only modes {list(modes)} are supported for {channels}D inputs")
        if mode is None and array.dtype == np.uint8:
            mode = {2: "LA", 3: "RGB", 4: "RGBA"}[channels]
    if mode is None:
        raise TypeError(f"Input type {array.dtype} is not supported")
    return picture_from_array(array, mode)
