"""save: objects into checkpoints."""
from __future__ import annotations

import contextlib
import io
import pickle
import struct
import sys
from typing import Any

import numpy as np

from .archive import ALIGNMENT, ArchiveWriter, write_all
from .arrays import memory_dtype
from .atomic import replacing
from .containers import MAGIC_NUMBER, PROTOCOL_VERSION
from .options import Options
from .pickler import DEFAULT_PROTOCOL, TensorPickler
from .source import is_path


def save(obj: object, f, pickle_module: Any = pickle, pickle_protocol: int = DEFAULT_PROTOCOL, _use_new_zipfile_serialization: bool = True,
         _disable_byteorder_record: bool = False) -> None:
    """Write `obj`, and every tensor in it, to `f`: a path, or a binary file object with `write`. PyTorch's `load` reads the file, too.

    Tensors on one storage share it in the file, and an object that occurs twice is one object again after loading. A path is replaced
    in one step when everything is on the disk; if anything fails, the file that was there stays as it was.

    pickle_protocol: 1 to 5; PyTorch's weights_only=True reads only 2, the default. `_use_new_zipfile_serialization` False writes the
    format before PyTorch 1.6. pickle_module: only Python's pickle, since other picklers write what `load` would have to run.

    Raises AttributeError unless `f` is a path or can be written to; RuntimeError for a folder that does not exist, or tensors that see
    one storage with different dtypes; OSError where the disk is full; and what pickle raises for objects that have no pickle (lambdas …).
    """
    if getattr(pickle_module, "Pickler", None) is not pickle.Pickler:
        name = getattr(pickle_module, "__name__", pickle_module)
        raise ValueError(f"pickle_module={name!r} writes what flambeau's load does not run: leave it out")
    if not is_path(f) and not hasattr(f, "write"):
        raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")
    stream = io.BytesIO()
    pickler = TensorPickler(stream, pickle_protocol, legacy=not _use_new_zipfile_serialization)
    pickler.dump(obj)
    with replacing(f) if is_path(f) else contextlib.nullcontext(f) as file:
        if _use_new_zipfile_serialization:
            _write_archive(file, stream.getbuffer(), pickler, byteorder=not _disable_byteorder_record)
        else:
            _write_stream(file, stream.getbuffer(), pickler)
    if hasattr(f, "flush"):
        f.flush()


def _write_archive(file, pickled, pickler: TensorPickler, byteorder: bool) -> None:
    archive = ArchiveWriter(file, checksums=Options.checksums)
    archive.write("data.pkl", pickled)
    archive.write(".format_version", b"1")
    archive.write(".storage_alignment", str(ALIGNMENT).encode())
    if byteorder:
        archive.write("byteorder", sys.byteorder.encode())
    for storage in pickler.storages:
        archive.write(f"data/{storage.key}", storage.data)
    archive.close()


def _write_stream(file, pickled, pickler: TensorPickler) -> None:
    """The format before PyTorch 1.6; see StreamContainer."""
    sizes = {name: struct.calcsize(f"={code}") for name, code in (("short", "h"), ("int", "i"), ("long", "l"))}
    machine = {"protocol_version": PROTOCOL_VERSION, "little_endian": sys.byteorder == "little", "type_sizes": sizes}
    for value in (MAGIC_NUMBER, PROTOCOL_VERSION, machine):
        write_all(file, pickle.dumps(value, protocol=pickler.proto))
    write_all(file, pickled)
    storages = sorted(pickler.storages, key=lambda storage: storage.key)
    write_all(file, pickle.dumps([storage.key for storage in storages], protocol=pickler.proto))
    for storage in storages:
        write_all(file, struct.pack("<q", len(storage.data) // storage.itemsize))
        numbers = storage.data.view(memory_dtype(storage.dtype))
        write_all(file, (numbers if sys.byteorder == "little" else numbers.byteswap()).view(np.uint8))


