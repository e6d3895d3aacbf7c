"""NumPy's .npz: named arrays in a zip archive, each as a .npy file. No objects, so nothing in it could be run.

NumPy has no bfloat16: it is kept as two raw bytes ("V2"), which `numpy.load(f)[name].view(ml_dtypes.bfloat16)` reads, and `load_npz` too.
Format: numpy.lib.format.
"""
from __future__ import annotations

import contextlib
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

import flambeau

from .arrays import numpy_dtype, to_array, to_tensor
from .atomic import replacing
from .errors import CheckpointError
from .source import Source, is_path

_RAW = np.dtype("V2")
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError, OverflowError, EOFError, OSError, SyntaxError,
           tokenize.TokenError, RuntimeError, TypeError, KeyError)
_MOST_PACKED = 1032         # bytes that deflate can make of one (zlib, "Technical Details")


def save_npz(f, tensors: Mapping[str, flambeau.Tensor], *, compressed: bool = False) -> None:
    """Write named tensors to `f`, a path (replaced in one step) or a binary file object, as numpy.savez does; numpy.load reads it.

    TypeError for what is no tensor; RuntimeError for a folder that does not exist; OSError where the disk is full.
    """
    if not isinstance(tensors, Mapping):
        raise TypeError(f"a .npz file holds named tensors: a dict is wanted, got {type(tensors).__name__}")
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, flambeau.Tensor):
            raise TypeError(f"a .npz file holds named tensors: got {type(name).__name__} -> {type(tensor).__name__}")
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with replacing(f) if is_path(f) else contextlib.nullcontext(f) as file, zipfile.ZipFile(file, "w", method, allowZip64=True) as archive:
        for name, tensor in tensors.items():
            array = to_array(tensor)
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                npy.write_array(member, array.view(_RAW) if array.dtype.name == "bfloat16" else array, allow_pickle=False)


def load_npz(f, device="cpu") -> dict[str, flambeau.Tensor]:
    """The named tensors in a .npz file, of whoever wrote it, on `device`.

    CheckpointError, naming the file, for a damaged one, and for arrays that no tensor can hold (texts, times, records, objects).
    """
    with _members(f) as (source, members):
        return {name: _tensor(name, member, size, source.name).to(device) for name, member, size in members}


def describe_npz(f) -> dict[str, tuple[tuple[int, ...], str]]:
    """name -> (shape, dtype by name), read from the headers alone."""
    with _members(f) as (source, members):
        return {name: (shape, "bfloat16" if dtype == _RAW else dtype.name)
                for name, member, size in members for shape, _, dtype in [_header(member, size)]}


@contextlib.contextmanager
def _members(f) -> Iterator[tuple[Source, Iterator[tuple[str, BinaryIO, int]]]]:
    """The arrays of a file, each as (name, file object, bytes); errors of reading become CheckpointErrors."""
    with Source(f) as source:
        try:
            with zipfile.ZipFile(source.stream) as archive:
                yield source, _opened(archive)
        except CheckpointError:
            raise
        except _DAMAGE as error:
            raise CheckpointError(f"{source.name} is not a NumPy .npz file, or damaged ({error}). Fetch it or save it again; checkpoints "
                                  "(.pt) are read with flambeau.load") from error


def _opened(archive: zipfile.ZipFile) -> Iterator[tuple[str, BinaryIO, int]]:
    for entry in archive.infolist():
        if not entry.filename.endswith(".npy"):
            raise ValueError(f"it has a member {entry.filename}, which is no array")
        if entry.file_size > entry.compress_size * _MOST_PACKED + 64:
            raise ValueError(f"{entry.filename} cannot be as large as it says")
        with archive.open(entry) as member:
            yield entry.filename.removesuffix(".npy"), member, entry.file_size


def _header(member: BinaryIO, size: int) -> tuple[tuple[int, ...], bool, np.dtype]:
    """(shape, Fortran order, dtype) from the header; ValueError unless just so many bytes follow it as they say."""
    version = npy.read_magic(member)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"arrays in version {version} of NumPy's format are records, which no tensor holds")
    shape, fortran, dtype = (npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0)(member)
    if dtype.hasobject:
        raise ValueError("it has an array of Python objects, which would have to be run to be read")
    left = size - member.tell()
    if any(n < 0 for n in shape) or math.prod(shape) * dtype.itemsize != left:
        raise ValueError(f"an array of shape {shape} and dtype {dtype} does not take {left} bytes")
    return shape, fortran, dtype


def _tensor(name: str, member: BinaryIO, size: int, file: str):
    shape, fortran, dtype = _header(member, size)
    data = np.frombuffer(bytearray(member.read()), numpy_dtype("bfloat16") if dtype == _RAW else dtype)
    array = data.reshape(shape, order="F" if fortran else "C")
    try:
        return to_tensor(array)
    except TypeError as error:
        raise CheckpointError(f"array {name!r} of {file} has dtype {dtype}, which no tensor has") from error


