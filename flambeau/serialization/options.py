"""Settings of the file format: checksums, byte order of old files, how files are mapped."""
from __future__ import annotations

import enum
import mmap

from .source import MAP_PRIVATE, MAP_SHARED


class LoadEndianness(enum.Enum):
    """The byte order assumed for a file that does not tell its own (those written before PyTorch 2.1)."""

    NATIVE = 1
    LITTLE = 2
    BIG = 3


class Options:
    """The settings in force: whether `save` writes checksums, the byte order of old files (None: little), the flags of `mmap=True`."""

    checksums = True
    endianness: LoadEndianness | None = None
    mmap_flags: int = MAP_PRIVATE


def get_crc32_options() -> bool:
    """Whether `save` writes a checksum for each record (True)."""
    return Options.checksums


def set_crc32_options(compute_crc32: bool) -> None:
    """Choose whether `save` writes a checksum for each record; without, damage to a file goes unnoticed and `unzip` complains."""
    Options.checksums = bool(compute_crc32)


def get_default_load_endianness() -> LoadEndianness | None:
    """The byte order assumed for a file that does not tell its own; None means little."""
    return Options.endianness


def set_default_load_endianness(endianness: LoadEndianness | None) -> None:
    """Set the byte order assumed for a file that does not tell its own. TypeError for anything but a LoadEndianness or None."""
    if endianness is not None and not isinstance(endianness, LoadEndianness):
        raise TypeError(f"set_default_load_endianness takes a LoadEndianness or None, got {type(endianness).__name__}")
    Options.endianness = endianness


def get_default_mmap_options() -> int:
    """The flags with which `load(..., mmap=True)` maps a file: mmap.MAP_PRIVATE unless set."""
    return Options.mmap_flags


class set_default_mmap_options:
    """Map files with `flags` from now on, or inside a `with` block.

    mmap.MAP_PRIVATE: writes to a loaded tensor stay in memory. mmap.MAP_SHARED: they change the file, but not its checksums, so that
    from then on it can only be loaded with mmap=True. ValueError for other flags; RuntimeError on Windows, which has no such choice.
    """

    def __init__(self, flags: int):
        if not hasattr(mmap, "MAP_PRIVATE"):
            raise RuntimeError("the way files are mapped cannot be chosen on Windows: they are always private to the process")
        if flags not in (MAP_PRIVATE, MAP_SHARED):
            raise ValueError(f"set_default_mmap_options takes mmap.MAP_PRIVATE or mmap.MAP_SHARED, got {flags!r}")
        self.previous, Options.mmap_flags = Options.mmap_flags, flags

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc) -> None:
        Options.mmap_flags = self.previous
