"""The zip archive that holds a checkpoint: uncompressed records, each aligned so that it can be mapped into memory.

The layout is that of PyTorch's writer, byte for byte: every record lies under one folder, a local header is padded by an extra field
until the data start at a multiple of 64, sizes and checksum follow the data in a descriptor, and the directory ends with zip64 records.
Format: .ZIP File Format Specification 6.3.10, PKWARE (APPNOTE.TXT), sections 4.3 to 4.5.
"""
from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib

import numpy as np

from .errors import CheckpointError
from .source import Source

FOLDER = "archive"
ALIGNMENT = 64
_LIMIT = 0xFFFFFFFF         # sizes and offsets from here on go to zip64 fields
_FLAGS = 0x0808             # a descriptor follows the data (bit 3); names are UTF-8 (bit 11)
_FLAGS_EMPTY = 0x0800
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_CHUNK = 1 << 24
_BYTE = np.dtype(np.uint8)
_DEFLATE_RATIO = 1032       # deflate cannot pack better than this (zlib, "Technical Details")


class ArchiveWriter:
    """Writes records to a binary file object, front to back, without seeking. `checksums` False leaves them 0, as PyTorch does."""

    def __init__(self, stream, checksums: bool = True):
        self.stream, self.checksums = stream, checksums
        self.position = 0
        self.directory: list[bytes] = []
        self.identity = hashlib.blake2b(digest_size=32)

    def write(self, name: str, data) -> None:
        """One record: `data` is bytes or a contiguous buffer of bytes."""
        data = memoryview(data).cast("B")
        size, header = len(data), self.position
        path = f"{FOLDER}/{name}".encode()
        checksum = zlib.crc32(data) if self.checksums else 0
        self.identity.update(struct.pack("<QQL", len(path), size, checksum) + path)
        flags = _FLAGS if size else _FLAGS_EMPTY
        wide = size >= _LIMIT or header >= _LIMIT
        extra = _zip64(size, size, header)
        unpadded = header + _LOCAL.size + len(path) + len(extra) + 4
        extra += struct.pack("<2sH", b"FB", -unpadded % ALIGNMENT) + b"Z" * (-unpadded % ALIGNMENT)
        self._emit(_LOCAL.pack(b"PK\x03\x04", 0, flags, 0, 0, 0, 0, 0, 0, len(path), len(extra)) + path + extra)
        self._emit(data)
        if size:
            self._emit(struct.pack("<4sLQQ" if wide else "<4sLLL", b"PK\x07\x08", checksum, size, size))
        extra = _zip64(size, size, header)
        shown = min(size, _LIMIT)
        self.directory.append(_CENTRAL.pack(b"PK\x01\x02", 0, 0, flags, 0, 0, 0, checksum, shown, shown, len(path), len(extra), 0, 0, 0, 0,
                                            min(header, _LIMIT)) + path + extra)

    def close(self) -> None:
        """The records that close every checkpoint (the format's version, a number made from the contents), then the directory."""
        self.write("version", b"3\n")
        number = int.from_bytes(self.identity.digest(), "little") % 10**40
        self.write(".data/serialization_id", f"{number:040d}".encode())
        start, count = self.position, len(self.directory)
        for entry in self.directory:
            self._emit(entry)
        size, end = self.position - start, self.position
        self._emit(struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 0x031E, 45, 0, 0, count, count, size, start))
        self._emit(struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1))
        shown = min(count, 0xFFFF)
        self._emit(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, shown, shown, min(size, _LIMIT), min(start, _LIMIT), 0))
        if hasattr(self.stream, "flush"):
            self.stream.flush()

    def _emit(self, data) -> None:
        write_all(self.stream, data)
        self.position += len(data)


def write_all(stream, data) -> None:
    """Write a buffer of bytes to any binary file object, in pieces; raw files may take less than they are given."""
    buffered = isinstance(stream, (io.RawIOBase, io.BufferedIOBase))
    for start in range(0, len(data), _CHUNK):
        piece = memoryview(data)[start:start + _CHUNK]
        if not buffered:
            stream.write(bytes(piece))  # a home-made file object may want bytes
            continue
        while piece:
            written = stream.write(piece)
            if not written:
                raise OSError("the file object took no more bytes: it must be a blocking one")
            piece = piece[written:]


def _zip64(size: int, packed: int, header: int) -> bytes:
    """The zip64 extra field for what does not fit 32 bits, empty if all does."""
    large = b"".join([struct.pack("<QQ", size, packed) if size >= _LIMIT else b"", struct.pack("<Q", header) if header >= _LIMIT else b""])
    return struct.pack("<2H", 1, len(large)) + large if large else b""


class ArchiveReader:
    """The records of an archive. CheckpointError, naming the file, for whatever is wrong with it.

    `mapped`: the memory map of the whole file, from which records are then views; else each record is read into memory of its own.
    """

    def __init__(self, source: Source, mapped: np.ndarray | None = None):
        self.source, self.mapped = source, mapped
        try:
            with zipfile.ZipFile(_Window(source)) as archive:
                self.records = {entry.filename: entry for entry in archive.infolist()}
        except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OverflowError, EOFError, OSError) as error:
            raise CheckpointError(
                f"{source.name} begins like a checkpoint but cannot be read ({error}): it is damaged, or its end is missing, as after a "
                "download or a save that was interrupted. Fetch it or save it again."
            ) from error
        if not self.records:
            raise CheckpointError(f"{source.name} is an empty zip archive, not a checkpoint")
        first = next(iter(self.records))
        self.folder = first.partition("/")[0] + "/" if "/" in first else ""

    def __contains__(self, name: str) -> bool:
        return self.folder + name in self.records

    def names(self) -> list[str]:
        """The names of all records, without the folder that they lie in."""
        return [name.removeprefix(self.folder) for name in self.records]

    def size(self, name: str) -> int:
        """How many bytes the record holds, as the archive's directory says; checked against the file when the record is read."""
        return self._entry(name).file_size

    def read(self, name: str) -> bytes:
        """A record's bytes."""
        return self.array(name).tobytes()

    def array(self, name: str, dtype: np.dtype = _BYTE, checked: bool = True) -> np.ndarray:
        """A record as numbers of `dtype`, in memory that may be written to. `checked` False skips the checksum."""
        entry = self._entry(name)
        if entry.flag_bits & 1:
            raise CheckpointError(f"record {name} of {self.source.name} is encrypted: unpack the archive and save the checkpoint again")
        start = self._data_offset(entry)
        if entry.compress_type == zipfile.ZIP_DEFLATED:
            data = self._inflate(entry, start).view(self._fitting(entry, dtype))
        elif entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise CheckpointError(f"record {name} of {self.source.name} is packed by method {entry.compress_type}: checkpoints are stored, "
                                  "not packed; make the archive again with `zip -0`")
        elif self.mapped is not None:
            self.source.check(start, entry.file_size)
            data = self.mapped[start:start + entry.file_size].view(self._fitting(entry, dtype))
        else:
            data = self.source.array(start, entry.file_size, self._fitting(entry, dtype))
        if checked and entry.CRC and zlib.crc32(data) != entry.CRC:  # 0: written without checksums
            raise CheckpointError(f"record {name} of {self.source.name} is damaged: its checksum does not agree. "
                                  "Fetch or save the file again, or rescue what there is with mmap=True, which compares no checksums.")
        return data

    @staticmethod
    def _fitting(entry: zipfile.ZipInfo, dtype: np.dtype) -> np.dtype:
        """`dtype`, or bytes if the record is no whole number of such."""
        return _BYTE if entry.file_size % dtype.itemsize else dtype

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = self.records.get(self.folder + name)
        if entry is None:
            raise CheckpointError(f"{self.source.name} has no record {name}: it is damaged, or no checkpoint")
        return entry

    def _data_offset(self, entry: zipfile.ZipInfo) -> int:
        header = _LOCAL.unpack(self.source.read(entry.header_offset, _LOCAL.size))
        if header[0] != b"PK\x03\x04":
            raise CheckpointError(f"{self.source.name} is damaged: record {entry.filename} is not where the directory says")
        return entry.header_offset + _LOCAL.size + header[9] + header[10]

    def _inflate(self, entry: zipfile.ZipInfo, start: int) -> np.ndarray:
        if entry.file_size > _DEFLATE_RATIO * entry.compress_size + 64:
            raise CheckpointError(f"{self.source.name} is damaged: record {entry.filename} claims {entry.file_size} bytes out of "
                                  f"{entry.compress_size} packed ones, more than deflate can hold")
        try:
            data = zlib.decompressobj(-15).decompress(self.source.read(start, entry.compress_size), entry.file_size + 1)
        except zlib.error as error:
            raise CheckpointError(f"record {entry.filename} of {self.source.name} is damaged ({error})") from error
        if len(data) != entry.file_size:
            raise CheckpointError(f"record {entry.filename} of {self.source.name} is damaged: it unpacks to {len(data)} bytes instead of "
                                  f"{entry.file_size}")
        return np.frombuffer(data, np.uint8).copy()


class _Window(io.RawIOBase):
    """The bytes of a Source as a file object of its own, which is all that zipfile sees."""

    def __init__(self, source: Source):
        self.source, self.at = source, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        target = offset + (0 if whence == io.SEEK_SET else self.at if whence == io.SEEK_CUR else self.source.size)
        if target < 0:
            raise ValueError(f"the directory points {-target} bytes before the start of the file")
        self.at = target
        return target

    def read(self, size: int = -1) -> bytes:
        left = max(self.source.size - self.at, 0)
        count = left if size is None or size < 0 else min(size, left)
        data = self.source.read(self.at, count) if count else b""
        self.at += len(data)
        return data
