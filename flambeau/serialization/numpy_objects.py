"""NumPy's arrays, scalars and dtypes out of a pickle, each field checked before NumPy sees it."""
from __future__ import annotations

import math
import re

import numpy as np

_KIND = re.compile(r"[|<>=]?[biufcSUVMmO]\d*")
_ORDERS = ("<", ">", "|", "=")


def make_dtype(name: str, align: bool = False, copy: bool = True) -> np.dtype:
    """A dtype as pickles begin it: np.dtype("f8", False, True). ValueError for anything but a plain letter and size."""
    name = name.decode("ascii") if isinstance(name, bytes) else name
    if not isinstance(name, str) or not _KIND.fullmatch(name) or len(name) > 16:
        raise ValueError("a NumPy dtype other than a plain number, text, time or object")
    return np.dtype(name, copy=True)


def build_dtype(dtype: np.dtype, state: tuple) -> np.dtype:
    """Give a dtype its byte order and, for times, its unit. ValueError for structured ones."""
    version, order, base, names, fields, size, alignment, flags, *unit = state
    order = order.decode("ascii") if isinstance(order, bytes) else order
    if version not in (3, 4) or order not in _ORDERS or base is not None or names is not None or fields is not None or len(unit) > 1:
        raise ValueError("a structured NumPy dtype, which is not loaded from files")
    if unit:
        dtype.__setstate__((4, order, None, None, None, -1, -1, 0, _check_unit(unit[0])))
    elif dtype.kind in "biufcmMO" and order in "<>":
        dtype.__setstate__((3, order, None, None, None, -1, -1, 0))  # in place: the pickle refers to this object again
    elif dtype.kind in "SUV" and type(size) is int and 0 <= size < 2**31 and order in "<>|":
        dtype.__setstate__((3, order, None, None, None, size, alignment if alignment in (1, 4) else 1, 0))
    return dtype


def _check_unit(unit) -> tuple:
    """The unit of a time, (None, (b"D", 1, 1, 1)): a name and three numbers."""
    _, (name, *numbers) = unit
    if not isinstance(name, bytes) or len(name) > 8 or len(numbers) != 3 or any(type(n) is not int or not 0 < n < 2**31 for n in numbers):
        raise ValueError("a NumPy time without a unit that exists")
    return None, (name, *numbers)


def scalar(dtype: np.dtype, data=b""):
    """A NumPy scalar from its bytes."""
    if not isinstance(dtype, np.dtype) or dtype.hasobject or not isinstance(data, (bytes, str)):
        raise ValueError("a NumPy scalar is made from a dtype and bytes")
    data = data.encode("latin-1") if isinstance(data, str) else data
    return frombuffer(data, dtype, (), "C")[()]


def frombuffer(data, dtype: np.dtype, shape: tuple, order: str) -> np.ndarray:
    """An array from its bytes; ValueError unless they are as many as dtype and shape want."""
    if not isinstance(dtype, np.dtype) or dtype.hasobject or order not in ("C", "F"):
        raise ValueError("a NumPy array is made from bytes, a dtype without objects, a shape and an order")
    shape = _check_shape(shape)
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"a NumPy array of {math.prod(shape)} elements of {dtype} with {len(data)} bytes")
    return np.frombuffer(data, np.uint8).copy().view(dtype).reshape(shape, order=order) if len(data) else np.empty(shape, dtype, order)


def reconstruct(kind: type, shape: tuple, code) -> np.ndarray:
    """The empty array with which the pickle of an array begins."""
    if kind is not np.ndarray or shape != (0,):
        raise ValueError("a NumPy array begins as an empty numpy.ndarray")
    return np.empty(0, np.int8)


def build_array(array: np.ndarray, state: tuple) -> np.ndarray:
    """Give an array its shape, dtype and contents: (version, shape, dtype, Fortran order, bytes or list of objects)."""
    version, shape, dtype, fortran, data = state
    data = data.encode("latin-1") if isinstance(data, str) else data
    if version != 1 or not isinstance(dtype, np.dtype):
        raise ValueError("a NumPy array of an unknown form")
    count = math.prod(_check_shape(shape))
    held, wanted = (len(data), count) if isinstance(data, list) else (len(data), count * dtype.itemsize)
    if dtype.hasobject is not isinstance(data, list) or held != wanted:
        raise ValueError(f"a NumPy array of shape {shape} and dtype {dtype} with contents of length {held}")
    array.__setstate__((1, shape, dtype, bool(fortran), data))
    return array


def _check_shape(shape) -> tuple:
    if not isinstance(shape, tuple) or len(shape) > 64 or any(type(n) is not int or not 0 <= n < 2**48 for n in shape):
        raise ValueError("a NumPy array's shape is a tuple of numbers from 0 up")
    return shape


# what pickles call these, with the arguments checked; NumPy's own functions are never called
NUMPY_GLOBALS = {
    "numpy.ndarray": (np.ndarray, None),
    "numpy.dtype": (np.dtype, make_dtype),
    "numpy._core.multiarray.scalar": (scalar, scalar),
    "numpy._core.multiarray._reconstruct": (reconstruct, reconstruct),
    "numpy._core.numeric._frombuffer": (frombuffer, frombuffer),
    **{f"numpy.{kind.__name__}": (kind, None) for kind in np.ScalarType if issubclass(kind, np.generic)},
}
