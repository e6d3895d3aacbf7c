"""Samples in tar files, in WebDataset's layout: the files of a sample lie one after another and share their name up to the first dot.

    000001.jpg 000001.cls 000002.jpg 000002.cls …
"""
from __future__ import annotations

import json
import os
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .remote import open_binary
from .streams import Stream

__all__ = ["TarShards", "expand"]

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")

DECODERS: dict[str, Callable[[bytes], Any]] = {
    "cls": lambda data: int(data),
    "txt": lambda data: data.decode(),
    "json": json.loads,
}


def expand(pattern: str) -> list[str]:
    """`train-{000..003}.tar` -> the four names; the first braces run slowest."""
    found = _RANGE.search(pattern)
    if found is None:
        return [pattern]
    first, last = found.groups()
    if int(last) < int(first):
        raise ValueError(f"{pattern}: the range {found.group()} runs backwards")
    numbers = (str(number).zfill(len(first)) for number in range(int(first), int(last) + 1))
    return [name for number in numbers for name in expand(pattern[: found.start()] + number + pattern[found.end() :])]


class _Entry(tarfile.TarInfo):
    """An entry of a file that must end with closing blocks: tarfile takes any end between two entries, so half a download, for the whole."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> tarfile.TarInfo:
        try:
            return super().fromtarfile(archive)
        except (tarfile.EmptyHeaderError, tarfile.TruncatedHeaderError) as error:
            raise tarfile.ReadError("it ends without its closing blocks") from error


class TarShards(Stream):
    """Samples from tar files (plain, gz, bz2 or xz): dicts of "__key__" and, by file extension, what the files hold.

    shards: paths or http(s) addresses, one or many, in which `{000..127}` stands for a range. decoders: extension -> function of the bytes;
    `cls` (a whole number), `txt` and `json` are known, other files stay bytes. shuffle, transform, rank, world: as in Stream.

        images = TarShards("https://host/train-{000..127}.tar", shuffle=1000, decoders={"jpg": decode})

    Raises OSError, naming the shard, where one cannot be read; ValueError, naming shard and sample, where a file cannot be decoded.
    """

    def __init__(self, shards: str | os.PathLike | Sequence[str | os.PathLike], shuffle: int = 0, decoders: Mapping[str, Callable] | None = None,
                 transform: Callable | None = None, rank: int | None = None, world: int | None = None) -> None:
        super().__init__(shuffle, transform, rank, world)
        places = [shards] if isinstance(shards, (str, os.PathLike)) else list(shards)
        self.shards = [name for place in places for name in expand(os.fspath(place))]
        if not self.shards:
            raise ValueError("no shards were given")
        self.decoders = DECODERS | dict(decoders or {})

    def units(self) -> Sequence[str]:
        return self.shards

    def read(self, unit: str) -> Iterator[dict[str, Any]]:
        sample: dict[str, Any] = {}
        try:
            with open_binary(unit) as file, tarfile.open(fileobj=file, mode="r|*", tarinfo=_Entry) as archive:
                for member in archive:
                    if not member.isreg():
                        continue
                    folder, _, name = member.name.rpartition("/")
                    stem, _, extension = name.partition(".")
                    key = f"{folder}/{stem}" if folder else stem
                    if sample and sample["__key__"] != key:
                        yield sample
                        sample = {}
                    if not sample:
                        sample = {"__key__": key, "__shard__": unit}
                    sample[extension.lower()] = archive.extractfile(member).read()
        except (tarfile.TarError, EOFError) as error:
            raise OSError(f"{unit} is no whole tar file: {error}") from error
        if sample:
            yield sample

    def decode(self, sample: dict[str, Any]) -> dict[str, Any]:
        shard, decoded = sample["__shard__"], {"__key__": sample["__key__"]}
        for extension, data in sample.items():
            if extension.startswith("__"):
                continue
            decoder = self.decoders.get(extension)
            try:
                decoded[extension] = data if decoder is None else decoder(data)
            except Exception as error:
                raise ValueError(f"{shard}: {sample['__key__']}.{extension} cannot be decoded: {error}") from error
        return decoded
