"""The safetensors format, through its library: named tensors in one file, with nothing in it that could be run.

Each tensor is whole and by itself: no views, no sharing, no other objects, no complex128. https://github.com/huggingface/safetensors
"""
from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
import safetensors
import safetensors.numpy

import flambeau

from .arrays import to_array, to_tensor
from .atomic import replacing
from .errors import CheckpointError

_WITHOUT = ("complex128",)  # dtypes of flambeau that the format has not


def save_file(tensors: Mapping[str, flambeau.Tensor], filename: str | os.PathLike, metadata: dict[str, str] | None = None) -> None:
    """Write named tensors to `filename`, in one step: if anything fails, the file that was there stays as it was.

    metadata: texts to keep beside them. TypeError for what is no tensor; ValueError for a tensor that is not contiguous, or complex128;
    RuntimeError for tensors that share memory, which the format cannot tell; OSError where the disk is full.
    """
    arrays = _arrays(tensors)
    with replacing(filename) as file:
        try:
            safetensors.numpy.save_file(arrays, file.name, metadata=metadata)
        except safetensors.SafetensorError as error:
            raise OSError(f"cannot write {os.fspath(filename)!r}: {error}") from error
        with open(file.name, "rb") as written:  # the library may have put another file under the name
            os.fsync(written.fileno())


def save(tensors: Mapping[str, flambeau.Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """The file's bytes. Raises as save_file does."""
    return safetensors.numpy.save(_arrays(tensors), metadata=metadata)


def load_file(filename: str | os.PathLike, device="cpu") -> dict[str, flambeau.Tensor]:
    """The named tensors in `filename`, on `device`. FileNotFoundError; CheckpointError, naming the file, for one that is damaged."""
    with open(filename, "rb"):  # its errors are clearer than the library's
        pass
    try:
        with safetensors.safe_open(filename, framework="np") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except (safetensors.SafetensorError, AttributeError, TypeError, ValueError) as error:
        raise _damaged(repr(os.fspath(filename)), error) from error
    return _tensors(arrays, device, repr(os.fspath(filename)))


def load(data: bytes, device="cpu") -> dict[str, flambeau.Tensor]:
    """The named tensors in a file's bytes."""
    try:
        found = safetensors.deserialize(bytes(data))
    except safetensors.SafetensorError as error:
        raise _damaged("the buffer", error) from error
    arrays = {}
    for name, view in found:
        dtype = _DTYPES.get(view["dtype"])
        if dtype is None:
            raise CheckpointError(f"tensor {name} in the buffer has dtype {view['dtype']}, which flambeau does not have")
        arrays[name] = np.frombuffer(view["data"], np.uint8).copy().view(_numpy_dtype(dtype)).reshape(view["shape"])
    return _tensors(arrays, device, "the buffer")
