"""The two files that a checkpoint may lie in: a pickle, and the storages beside it.

Both offer `pickle` (its bytes) and `start` (where in them it begins), `size(key)` and `memory(key, dtype)` of a storage.
"""
from __future__ import annotations

import mmap
import struct
import sys

import numpy as np

from .archive import ArchiveReader
from .arrays import memory_dtype
from .errors import CheckpointError, other_format
from .machine import Machine
from .options import LoadEndianness, Options
from .rules import DataRules
from .source import Source
from .survey import ITEMSIZES, SurveyRules

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C   # how PyTorch's files before 1.6 begin, as a pickle of its own
PROTOCOL_VERSION = 1001
_COUNT = struct.Struct("<q")


def open_container(source: Source, mmap_flags: int | None = None) -> ZipContainer | StreamContainer:
    """The checkpoint in a file. `mmap_flags`: map storages into memory that way; the zip format only, else RuntimeError.

    EOFError for an empty file; CheckpointError for a damaged one, or one of another format, which the text then names.
    """
    if source.size == 0:
        raise EOFError(f"Ran out of input: {source.name} is empty (0 bytes). The save or the download that made it did not finish.")
    start = source.read(0, min(source.size, 512))
    if start[:4] == b"PK\x03\x04":
        return ZipContainer(source, mmap_flags)
    found = other_format(start)
    if found:
        raise CheckpointError(f"{source.name} is {found[0]}, not a checkpoint: {found[1]}.")
    if mmap_flags is not None:
        raise RuntimeError(f"mmap can only be used with files of the zip format, which {source.name} is not: load it without mmap, "
                           "then save it again")
    return StreamContainer(source, start)


class ZipContainer:
    """The format since PyTorch 1.6: an archive with the records data.pkl and data/<key>."""

    format = "PyTorch zip"
    start = 0

    def __init__(self, source: Source, mmap_flags: int | None = None):
        self.source, self.mapped = source, mmap_flags is not None
        self.archive = ArchiveReader(source, source.mapped(mmap_flags) if self.mapped else None)
        self._check_kind()
        self.pickle = self.archive.read("data.pkl")
        self.swapped = self._byteorder() != sys.byteorder

    def size(self, key: str) -> int:
        """How many bytes storage `key` has."""
        return self.archive.size(f"data/{key}")

    def memory(self, key: str, dtype: str) -> np.ndarray:
        """The numbers of storage `key` as an array, of another dtype of the same size where NumPy has no such."""
        data = self.archive.array(f"data/{key}", memory_dtype(dtype), checked=not self.mapped)
        if not data.flags.aligned:  # files by other writers may align nothing
            data = data.copy()
        return data.byteswap() if self.swapped else data

    def _check_kind(self) -> None:
        name, archive = self.source.name, self.archive
        if "constants.pkl" in archive:
            raise CheckpointError(f"{name} is a TorchScript program (torch.jit.save), which holds code. flambeau loads data: in PyTorch, "
                                  "save the program's state_dict() instead")
        if "data.pkl" in archive:
            return
        records = sorted(archive.records)
        if all(record.endswith(".npy") for record in records):
            raise CheckpointError(f"{name} is a NumPy .npz file, not a checkpoint: read it with flambeau.serialization.load_npz")
        shown = ", ".join(records[:5]) + (", …" if len(records) > 5 else "")
        raise CheckpointError(f"{name} is a zip archive, but no checkpoint: it has no record data.pkl, but {shown}")

    def _byteorder(self) -> str:
        if "byteorder" in self.archive:
            order = self.archive.read("byteorder").decode("ascii", "replace")
            if order not in ("little", "big"):
                raise CheckpointError(f"{self.source.name} is damaged: its byte order is {order[:20]!r} instead of little or big")
            return order
        return {LoadEndianness.NATIVE: sys.byteorder, LoadEndianness.BIG: "big"}.get(Options.endianness, "little")


class StreamContainer:
    """The format before PyTorch 1.6: four pickles (magic number, version, the writer's machine, the object), a list of keys, storages."""

    format = "PyTorch before 1.6"

    def __init__(self, source: Source, beginning: bytes):
        self.source = source
        self.pickle = mmap.mmap(source.stream.fileno(), 0, access=mmap.ACCESS_READ) if source.owned else source.read(0, source.size)
        rules = DataRules(self._no_storage, source.name)
        prologue = Machine(self.pickle, rules, file=source.name)
        self._check_magic(prologue, beginning)
        if prologue.run() != PROTOCOL_VERSION:
            raise CheckpointError(f"{source.name} is damaged, or of a version of the old format that no PyTorch has written")
        prologue.run()  # the sizes of C's types on the writer's machine: the storages are little-endian whatever it says
        self.start = prologue.position
        survey = SurveyRules()
        scout = Machine(self.pickle, survey, file=source.name, position=self.start, encoding="latin-1")
        scout.run()
        scout.rules = rules
        self.places = self._places(scout, scout.run(), survey)

    def size(self, key: str) -> int:
        """How many bytes storage `key` has."""
        if key not in self.places:
            raise CheckpointError(f"{self.source.name} is damaged: storage {key} is named but not there")
        return self.places[key][1]

    def memory(self, key: str, dtype: str) -> np.ndarray:
        """The numbers of storage `key` as an array, of another dtype of the same size where NumPy has no such."""
        start, size = self.places[key]
        piece = self.pickle[start:start + size]
        data = np.frombuffer(piece[:size - size % memory_dtype(dtype).itemsize], memory_dtype(dtype)).copy()
        return data.byteswap() if sys.byteorder == "big" else data

    def _check_magic(self, prologue: Machine, beginning: bytes) -> None:
        try:
            found = prologue.run()
        except (CheckpointError, EOFError) as error:
            raise CheckpointError(f"{self.source.name} is not a checkpoint: it begins with {beginning[:8]!r}, which is neither a zip "
                                  "archive nor a pickle. Was it cut short or overwritten, or is it another file?") from error
        if found != MAGIC_NUMBER or type(found) is not int:
            raise CheckpointError(f"Invalid magic number; corrupt file? {self.source.name} is a pickle, but not one that save() wrote. If "
                                  "it is yours, read it with pickle.load, and save it again with flambeau.save")

    def _places(self, scout: Machine, keys, survey: SurveyRules) -> dict[str, tuple[int, int]]:
        """Where each storage is: key -> (offset, bytes)."""
        if not isinstance(keys, list):
            raise CheckpointError(f"{self.source.name} is damaged: no list of storages follows its objects")
        places, position = {}, scout.position
        for key in map(str, keys):
            info = survey.storages.get(key)
            if info is None:
                raise CheckpointError(f"{self.source.name} is damaged: storage {key[:60]} belongs to nothing")
            self.source.check(position, _COUNT.size)
            size = _COUNT.unpack(self.pickle[position:position + _COUNT.size])[0] * ITEMSIZES.get(info.dtype or "uint8", 1)
            self.source.check(position + _COUNT.size, size)
            places[key] = (position + _COUNT.size, size)
            position += _COUNT.size + size
        self.end = position
        return places

    def _no_storage(self, *key):
        raise CheckpointError(f"{self.source.name} is damaged: a storage where there can be none")
