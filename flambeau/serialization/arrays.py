"""Tensors as NumPy arrays and back, every dtype: NumPy knows bfloat16 only through ml_dtypes."""
from __future__ import annotations

import numpy as np

import flambeau


def to_array(tensor) -> np.ndarray:
    """The tensor's numbers as an array, bfloat16 as ml_dtypes.bfloat16; it shares memory where the tensor is on the CPU."""
    tensor = tensor.detach().cpu()
    if tensor.dtype is not flambeau.bfloat16:
        return tensor.numpy()
    return tensor.contiguous().view(flambeau.int16).numpy().view(numpy_dtype("bfloat16"))


def to_tensor(array: np.ndarray):
    """A tensor on an array's memory. TypeError for a dtype that no tensor has."""
    array = array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
    if array.dtype.name == "bfloat16":
        tensor = flambeau.from_numpy(array.view(memory_dtype("bfloat16"))).view(flambeau.bfloat16)
    else:
        tensor = flambeau.from_numpy(array)
    return tensor if array.size else flambeau.empty(array.shape, dtype=tensor.dtype)  # NumPy gives empty arrays strides of 0


def memory_dtype(name: str) -> np.dtype:
    """NumPy's dtype for memory that holds a dtype: the same, or 16-bit integers for bfloat16."""
    return np.dtype(np.int16 if name == "bfloat16" else name)


def numpy_dtype(name: str) -> np.dtype:
    """NumPy's dtype for a dtype's name, bfloat16 included."""
    if name != "bfloat16":
        return np.dtype(name)
    import ml_dtypes
    return np.dtype(ml_dtypes.bfloat16)
