"""The safetensors format, through its library: named tensors in one file, with nothing in it that could be run.

Each tensor is whole and by itself: no views, no sharing, no other objects, no complex128. https://github.com/huggingface/safetensors
"""
from __future__ import annotations

import os
import stat
from collections.abc import Mapping

import numpy as np
import safetensors
import safetensors.numpy

import flambeau

from .arrays import numpy_dtype, to_array, to_tensor
from .atomic import replacing
from .errors import CheckpointError
from .names import dtype_name

_DTYPES = {  # the format's names, in the library's safetensors/src/tensor.rs
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "I16": "int16", "U16": "uint16", "I32": "int32", "U32": "uint32", "I64": "int64",
    "U64": "uint64", "F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64", "C64": "complex64",
}


def save_file(tensors: Mapping[str, flambeau.Tensor], filename: str | os.PathLike, metadata: dict[str, str] | None = None) -> None:
    """Write named tensors to `filename`, in one step: if anything fails, the file that was there stays as it was.

    metadata: texts to keep beside them. TypeError for what is no tensor; ValueError for a tensor that is not contiguous, or complex128;
    RuntimeError for tensors that share memory, which the format cannot tell; OSError where the disk is full.
    """
    arrays = _arrays(tensors)
    with replacing(filename) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # a pipe, say: the library would put a file in its place
            file.write(safetensors.numpy.save(arrays, metadata=metadata))
            return
        try:
            safetensors.numpy.save_file(arrays, file.name, metadata=metadata)
        except safetensors.SafetensorError as error:
            raise OSError(f"cannot write {os.fspath(filename)!r} ({error}); nothing was changed") from error
        with open(file.name, "rb") as written:  # another file than `file`: the library renames one of its own, with its own permissions
            os.chmod(file.name, stat.S_IMODE(os.fstat(file.fileno()).st_mode))
            os.fsync(written.fileno())


def save(tensors: Mapping[str, flambeau.Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """The file's bytes. Raises as save_file does."""
    return safetensors.numpy.save(_arrays(tensors), metadata=metadata)


def load_file(filename: str | os.PathLike, device="cpu") -> dict[str, flambeau.Tensor]:
    """The named tensors in `filename`, on `device`. FileNotFoundError; CheckpointError, naming the file, for one that is damaged."""
    with open(filename, "rb"):  # whose errors are Python's own
        pass
    name = repr(os.fspath(filename))
    try:
        with safetensors.safe_open(filename, framework="np") as file:
            return {key: _tensor(key, file.get_tensor(key), device, name) for key in file.keys()}
    except (safetensors.SafetensorError, AttributeError, ValueError) as error:
        raise _damaged(name, error) from error


def load(data: bytes, device="cpu") -> dict[str, flambeau.Tensor]:
    """The named tensors in a file's bytes. CheckpointError where they are damaged."""
    name, tensors = "the buffer", {}
    try:
        for key, view in safetensors.deserialize(bytes(data)):
            if view["dtype"] not in _DTYPES:
                raise CheckpointError(f"tensor {key!r} in {name} is of dtype {view['dtype']}, which flambeau does not have")
            array = np.frombuffer(view["data"], np.uint8).copy().view(numpy_dtype(_DTYPES[view["dtype"]]))
            tensors[key] = _tensor(key, array.reshape(view["shape"]), device, name)
    except (safetensors.SafetensorError, ValueError) as error:
        raise _damaged(name, error) from error
    return tensors


def describe_file(filename: str | os.PathLike) -> tuple[dict[str, str], dict[str, tuple[tuple[int, ...], str]]]:
    """The metadata, and name -> (shape, dtype by name), read from the header alone. CheckpointError for a damaged file."""
    try:
        with safetensors.safe_open(filename, framework="np") as file:
            views = {key: file.get_slice(key) for key in file.keys()}
            described = {key: (tuple(view.get_shape()), _DTYPES.get(view.get_dtype(), view.get_dtype())) for key, view in views.items()}
            return dict(file.metadata() or {}), described
    except safetensors.SafetensorError as error:
        raise _damaged(repr(os.fspath(filename)), error) from error


def _arrays(tensors: Mapping[str, flambeau.Tensor]) -> dict[str, np.ndarray]:
    if not isinstance(tensors, Mapping):
        raise TypeError(f"safetensors holds named tensors: a dict is wanted, got {type(tensors).__name__}")
    places: dict[tuple, list[tuple[int, int, str]]] = {}
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, flambeau.Tensor):
            raise TypeError(f"Key `{name}` is invalid, expected str -> Tensor but received {type(name).__name__} -> "
                            f"{type(tensor).__name__}")
        if not tensor.is_contiguous():
            raise ValueError(f"You are trying to save a non contiguous tensor: `{name}` which is not allowed. Pack it before saving with "
                             "`.contiguous()`")
        if dtype_name(tensor.dtype) not in _DTYPES.values():
            raise ValueError(f"tensor `{name}` is {dtype_name(tensor.dtype)}, which safetensors cannot hold: use flambeau.save")
        if tensor.numel():
            begin = tensor.data_ptr()
            places.setdefault((str(tensor.device), tensor.untyped_storage().data_ptr()), []).append((begin, begin + tensor.nbytes, name))
    for spans in places.values():
        spans.sort()
        for (_, end, first), (begin, _, second) in zip(spans, spans[1:], strict=False):
            if begin < end:
                raise RuntimeError(f"Some tensors share memory, which safetensors cannot tell: {first!r} and {second!r}. Save a clone() of "
                                   "one of them, or leave one out, or use flambeau.save")
    return {name: to_array(tensor) for name, tensor in tensors.items()}


def _tensor(key: str, array: np.ndarray, device, file: str):
    if array.dtype.name not in _DTYPES.values():
        raise CheckpointError(f"tensor {key!r} in {file} is of dtype {array.dtype.name}, which flambeau does not have")
    return to_tensor(array).to(device)


def _damaged(file: str, error: Exception) -> CheckpointError:
    return error if isinstance(error, CheckpointError) else CheckpointError(
        f"{file} is not a safetensors file, or damaged ({error}). Fetch it or save it again; checkpoints (.pt) are read with flambeau.load")
