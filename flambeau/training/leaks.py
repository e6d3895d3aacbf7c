"""Samples that are in two splits at once: found by a hash of their content."""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

__all__ = ["Leak", "digest_array", "digest_file", "find_leaks"]

CHUNK = 1 << 20


def digest_array(array: np.ndarray) -> bytes:
    """16 bytes that stand for the values of an array."""
    return hashlib.blake2b(np.ascontiguousarray(array).data, digest_size=16).digest()


def digest_file(path) -> bytes:
    """16 bytes that stand for the content of a file."""
    known = hashlib.blake2b(digest_size=16)
    with Path(path).open("rb") as file:
        while chunk := file.read(CHUNK):
            known.update(chunk)
    return known.digest()


class Leak(tuple):
    """(split, other split, how many samples of the first are in the second, [(index, index in the other), …] of the first few)."""

    def __str__(self) -> str:
        split, other, count, pairs = self
        examples = ", ".join(f"{split} {a} = {other} {b}" for a, b in pairs)
        return (f"{count} sample{'s' * (count != 1)} of the {split} set {'are' if count != 1 else 'is'} in the {other} set too ({examples}"
                f"{', …' if count > len(pairs) else ''}): figures for the {split} set say too much of new data")


def find_leaks(splits: dict[str, Iterable], digest: Callable) -> list[Leak]:
    """Compare each split with those before it; digest(split, index) gives a sample's hash."""
    known: dict[str, dict[bytes, int]] = {}
    leaks = []
    for name, indices in splits.items():
        own = {digest(name, index): index for index in indices}
        for other, theirs in known.items():
            pairs = [(index, theirs[key]) for key, index in own.items() if key in theirs]
            if pairs:
                leaks.append(Leak((name, other, len(pairs), pairs[:3])))
        known[name] = own
    return leaks
