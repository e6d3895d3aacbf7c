"""A file to read at any place: a path or an open, seekable file object; read, or mapped into memory."""
from __future__ import annotations

import io
import mmap
import os
import threading

import numpy as np

from .errors import CheckpointError

MAP_PRIVATE = getattr(mmap, "MAP_PRIVATE", 2)  # the constants are missing on Windows, where every mapping is private
MAP_SHARED = getattr(mmap, "MAP_SHARED", 1)


def is_path(f) -> bool:
    """Whether `f` names a file, rather than being one."""
    return isinstance(f, (str, os.PathLike))


class Source:
    """Bytes of a file, from where it stands to its end; offsets count from there. Use it in a `with` block.

    Raises the error of `open` for a path, and for an object that cannot seek AttributeError or io.UnsupportedOperation.
    """

    def __init__(self, f):
        self.owned = is_path(f)
        self.path = os.fspath(f) if self.owned else None
        self.stream = open(f, "rb") if self.owned else _seekable(f)
        self.name = repr(self.path) if self.owned else f"the file {f.name!r}" if isinstance(getattr(f, "name", None), str) else "the buffer"
        self.start = self.stream.tell()
        self.size = self.stream.seek(0, io.SEEK_END) - self.start
        self.stream.seek(self.start)
        self._lock = threading.Lock()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *exc) -> None:
        if self.owned:
            self.stream.close()

    def read(self, offset: int, count: int) -> bytes:
        """`count` bytes from `offset`. CheckpointError where the file ends before, so a count read from a file cannot exhaust memory."""
        self.check(offset, count)
        with self._lock:
            self.stream.seek(self.start + offset)
            data = self.stream.read(count)
        if not isinstance(data, bytes):
            raise TypeError(f"{self.name} gives {type(data).__name__}, not bytes: open it with mode 'rb'")
        if len(data) != count:
            raise CheckpointError(f"{self.name} ended while it was read: {count} bytes wanted at offset {offset}, {len(data)} found")
        return data

    def array(self, offset: int, count: int, dtype: np.dtype) -> np.ndarray:
        """`count` bytes from `offset`, which are whole numbers of `dtype`, in memory of their own; without a copy where that can be."""
        self.check(offset, count)
        readinto = getattr(self.stream, "readinto", None)
        if readinto is None:
            return np.frombuffer(self.read(offset, count), dtype).copy()
        target = np.empty(count // dtype.itemsize, dtype)
        rest = memoryview(target.view(np.uint8))
        with self._lock:
            self.stream.seek(self.start + offset)
            while rest:
                got = readinto(rest)
                if not got:
                    raise CheckpointError(f"{self.name} ended while it was read: {len(rest)} bytes are missing at offset {offset}")
                rest = rest[got:]
        return target

    def mapped(self, flags: int = MAP_PRIVATE) -> np.ndarray:
        """The whole file as memory (uint8), read from disk when looked at; what is written stays private unless `flags` is MAP_SHARED."""
        if self.size == 0:
            return np.empty(0, np.uint8)
        if flags == MAP_SHARED:
            with open(self.path, "r+b") as file:
                memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_WRITE)
        else:
            memory = mmap.mmap(self.stream.fileno(), 0, access=mmap.ACCESS_COPY)
        return np.frombuffer(memory, np.uint8)

    def check(self, offset: int, count: int) -> None:
        """CheckpointError unless the file has `count` bytes from `offset`."""
        if offset < 0 or count < 0 or offset + count > self.size:
            raise CheckpointError(
                f"{self.name} is damaged or cut short: it tells of {count} bytes at offset {offset}, but has {self.size} bytes in all"
            )


def _seekable(f):
    """`f`, if it can be read at any place; the error says so otherwise."""
    try:
        f.read, f.seek(f.tell())
    except (AttributeError, io.UnsupportedOperation) as error:
        raise type(error)(
            f"{error}: a checkpoint is read from a path, or from a seekable binary file. Read the data into an io.BytesIO first."
        ) from None
    return f
