"""The idx format of MNIST and its relatives: a magic number, the sizes, then the values, big-endian.

    byte 0, 1   zero
    byte 2      type: 8 uint8, 9 int8, 11 int16, 12 int32, 13 float32, 14 float64
    byte 3      number of dimensions d
    4 d bytes   sizes as unsigned 32-bit integers
    the rest    the values, last index fastest

Described at the foot of the original MNIST page (LeCun, Cortes, Burges); files may be plain, gzip or xz.
"""

import gzip
import lzma
import math
import os
import zlib

import numpy as np

from .._files import FetchError, open_compressed

_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_DENSEST = 8000  # bytes that one compressed byte can stand for at most: deflate gives 1,032, xz some 7,000 on zeros


def read_idx(path) -> np.ndarray:
    """The array in an idx file, in native byte order and writable.

    Raises FetchError, naming the file and what is wrong with it, when the file is damaged, cut short or of another format.
    """
    try:
        with open_compressed(path) as file:
            return _parse(file, path)
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error) as error:
        raise _damaged(path, f"it cannot be unpacked: {error}") from error


def _parse(file, path) -> np.ndarray:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or magic[3] == 0:
        raise _damaged(path, f"it starts with {magic.hex(' ') or 'nothing'}, which is no idx header")
    sizes_read = file.read(4 * magic[3])
    if len(sizes_read) < 4 * magic[3]:
        raise _damaged(path, "it ends inside its header")
    sizes = [int(size) for size in np.frombuffer(sizes_read, ">u4")]
    dtype = np.dtype(_TYPES[magic[2]])
    expected = math.prod(sizes) * dtype.itemsize
    if expected > os.path.getsize(path) * _DENSEST:  # never allocate what a corrupt header asks for
        raise _damaged(path, f"its header promises {' x '.join(map(str, sizes))} values, more than the file can hold")
    content = bytearray(expected)
    view, filled = memoryview(content), 0
    while filled < expected and (count := file.readinto(view[filled:])):
        filled += count
    if filled < expected or file.read(1):
        found = f"only {filled:,}" if filled < expected else "more"
        raise _damaged(path, f"its header promises {expected:,} bytes of values, there are {found}")
    return np.frombuffer(content, dtype).astype(dtype.newbyteorder("="), copy=False).reshape(sizes)


def _damaged(path, what: str) -> FetchError:
    return FetchError(f"{path} is damaged: {what}. Delete it and fetch it again")
