"""Reads the pickles in which old data sets come, without running anything that they name.

Only dicts, lists, strings, numbers and NumPy arrays come out. The names that a pickled array refers to are answered with the classes
below, which keep what they are told and run none of NumPy's code; any other name is refused.
"""

import pickle

import numpy as np

from .._files import FetchError


class _Dtype:
    """What a pickle says of a dtype: its code, such as "u1"."""

    def __init__(self, code, *flags):
        self.code = code
        self.order = "<"

    def __setstate__(self, state):
        self.order = state[1] if state[1] in ("<", ">") else "|"


class _Array:
    """What a pickle says of an array: shape, dtype and bytes."""

    def __setstate__(self, state):
        self.version, self.shape, self.dtype, self.fortran, self.content = state

    def array(self) -> np.ndarray:
        if not isinstance(self.dtype, _Dtype) or self.dtype.code not in ("u1", "i1", "i4", "i8", "f4", "f8"):
            raise ValueError("an array of another type than numbers")
        content = self.content.encode("latin1") if isinstance(self.content, str) else self.content
        values = np.frombuffer(content, np.dtype(self.dtype.code).newbyteorder(self.dtype.order.replace("|", "=")))
        return values.reshape(self.shape, order="F" if self.fortran else "C")


def _reconstruct(*ignored) -> _Array:
    return _Array()


def _encode(text: str, encoding: str = "latin1") -> bytes:
    return text.encode("latin1")


class _Placeholder:
    """Stands for numpy.ndarray, which pickles pass to _reconstruct."""


_KNOWN = {
    ("numpy", "ndarray"): _Placeholder,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encode,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which is not data") from None


def _plain(value):
    if isinstance(value, _Array):
        return value.array()
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def read_pickle(path) -> dict:
    """The dict in a pickle of Python 2 or 3; byte strings come out as str. Raises FetchError, naming the file, for anything else."""
    try:
        with open(path, "rb") as file:
            content = _plain(_Unpickler(file, encoding="latin1").load())
    except FileNotFoundError:
        raise
    except Exception as error:  # a broken pickle can fail in many ways, inside the unpickler as in the classes above
        raise FetchError(f"{path} is damaged or no data file: {error}. Delete it and fetch it again") from error
    if not isinstance(content, dict):
        raise FetchError(f"{path} holds a {type(content).__name__}, expected a dict")
    return content
