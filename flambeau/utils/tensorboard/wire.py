"""Protocol buffers and event files, as far as TensorBoard's logs need them.

A message is bytes: fields one after another, each (number, kind of coding) and content. https://protobuf.dev/programming-guides/encoding
An event file is a row of TensorFlow's records: length, its checksum, the event, its checksum.
https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
"""
from __future__ import annotations

import struct
from collections.abc import Iterable

import numpy as np

__all__ = ["crc32c", "double", "float32", "integer", "packed_doubles", "packed_integers", "record", "text"]

_CASTAGNOLI = 0x82F63B78  # the polynomial of CRC-32C, reversed


def _crc_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (_CASTAGNOLI if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc_table()


def crc32c(data: bytes) -> int:
    """The Castagnoli CRC of `data`."""
    crc, table = 0xFFFFFFFF, _TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _masked(data: bytes) -> bytes:
    """The checksum in the form that records have it: rotated and moved, so that a checksum of checksums is a good one."""
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def record(data: bytes) -> bytes:
    """One record of an event file."""
    length = struct.pack("<Q", len(data))
    return length + _masked(length) + data + _masked(data)


def _varint(value: int) -> bytes:
    value &= 0xFFFFFFFFFFFFFFFF  # negative numbers as two's complement of 64 bits
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def integer(number: int, value: int) -> bytes:
    """A field of an int, bool or enum type."""
    return _varint(number << 3) + _varint(int(value))


def double(number: int, value: float) -> bytes:
    """A field of type double."""
    return _varint(number << 3 | 1) + struct.pack("<d", value)


def float32(number: int, value: float) -> bytes:
    """A field of type float."""
    return _varint(number << 3 | 5) + struct.pack("<f", value)


def text(number: int, value: str | bytes) -> bytes:
    """A field of type string or bytes, or a message within a message."""
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def packed_doubles(number: int, values: Iterable[float]) -> bytes:
    """A repeated field of type double."""
    return text(number, np.asarray(values, "<f8").tobytes())


def packed_integers(number: int, values: Iterable[int]) -> bytes:
    """A repeated field of an int type."""
    return text(number, b"".join(_varint(int(value)) for value in values))
