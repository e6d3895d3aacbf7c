"""What a checkpoint holds, found out without making any of it."""
from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from . import npz, safetensors
from .containers import open_container
from .machine import Machine
from .source import Source, is_path
from .survey import ITEMSIZES, StorageInfo, SurveyRules, TensorInfo, Thing, unknown_names

_MODULE_PARTS = ("_parameters", "_buffers", "_modules")     # where a saved nn.Module keeps what has a name
_LONGEST = 48                                               # characters shown of a value


@dataclass(frozen=True)
class Entry:
    """One thing in a checkpoint. `kind`: "tensor", "parameter", "array" (NumPy's), the type of a value, or a class that is no data.

    `shape`, `dtype` (by name), `nbytes`: of tensors and arrays, None for the rest. `storage`: the key of the memory that a tensor lies
    on; tensors with the same one share it. `value`: a plain value as text, cut short.
    """

    name: str
    kind: str
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    nbytes: int | None = None
    storage: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Listing:
    """What a file holds: its `format`, its `size` in bytes, and its `entries` in order.

    `nbytes`: bytes of all storages, shared ones once. `refused`: names that weights_only=True does not load. `metadata`: texts that
    the file keeps about itself. `str()` gives a table.
    """

    file: str
    format: str
    size: int
    nbytes: int
    entries: tuple[Entry, ...]
    refused: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def tensors(self) -> tuple[Entry, ...]:
        """The entries that are tensors or arrays."""
        return tuple(entry for entry in self.entries if entry.shape is not None)

    def __str__(self) -> str:
        shared = [e.storage for e in self.tensors if e.storage is not None]
        rows = [("name", "kind", "shape", "dtype", "bytes", "")]
        for e in self.entries:
            note = f"shares storage {e.storage}" if e.storage is not None and shared.count(e.storage) > 1 else e.value or ""
            rows.append((e.name, e.kind, "" if e.shape is None else " x ".join(map(str, e.shape)) or "scalar", e.dtype or "",
                         "" if e.nbytes is None else f"{e.nbytes:,}", note))
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        lines = [f"{self.file}: {self.format}, {len(self.tensors)} tensors, {self.nbytes:,} bytes of numbers in {self.size:,} bytes"]
        lines += [f"  {key}: {value}" for key, value in self.metadata.items()]
        for row in rows:
            cells = [cell.rjust(w) if i == 4 else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=False))]
            lines.append("  ".join([*cells, row[5]]).rstrip())
        if self.refused:
            lines.append(f"weights_only=True refuses it for: {', '.join(self.refused)}")
        return "\n".join(lines)


def inspect(f) -> Listing:
    """What the file `f` holds: a checkpoint of either format, a safetensors file or a .npz; a path or, for the others, a file object.

    Nothing is run and no tensor is made; of the numbers nothing is read. FileNotFoundError, EOFError for an empty file, CheckpointError
    for a damaged one or another format.
    """
    with Source(f) as source:
        start = source.read(0, min(source.size, 9))
        if start[8:9] == b"{" and is_path(f):
            return _listing_of_tensors(source, "safetensors", *safetensors.describe_file(f))
        if start[:4] == b"PK\x03\x04" and _is_npz(source):
            return _listing_of_tensors(source, "NumPy npz", {}, npz.describe_npz(f))
        survey, content, container = _survey(source)
        entries = tuple(_entries(content))
        nbytes = sum(s.count * ITEMSIZES.get(s.dtype or "uint8", 1) for s in survey.storages.values())
        return Listing(source.name, container.format, source.size, nbytes, entries, tuple(unknown_names(survey.names)))


def get_unsafe_globals_in_checkpoint(f) -> list[str]:
    """The classes and functions that the checkpoint `f` names and weights_only=True refuses, unless add_safe_globals allows them."""
    with Source(f) as source:
        return unknown_names(_survey(source)[0].names)


def _survey(source: Source):
    container = open_container(source)
    survey = SurveyRules()
    content = Machine(container.pickle, survey, file=source.name, position=container.start, encoding="latin-1").run()
    return survey, content, container


def _is_npz(source: Source) -> bool:
    try:
        with zipfile.ZipFile(source.stream) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError):
        names = []      # open_container will say what is wrong
    finally:
        source.stream.seek(source.start)
    return bool(names) and all(name.endswith(".npy") for name in names)


def _listing_of_tensors(source: Source, form: str, metadata: dict[str, str], tensors: dict) -> Listing:
    entries = tuple(Entry(name, "tensor", shape, dtype, math.prod(shape) * ITEMSIZES.get(dtype, 1))
                    for name, (shape, dtype) in tensors.items())
    return Listing(source.name, form, source.size, sum(e.nbytes or 0 for e in entries), entries, (), metadata)


def _entries(content) -> Iterator[Entry]:
    """The leaves of what a pickle holds, with the names that lead to them, in order. Each container is walked once."""
    pending: list[tuple[str, Any]] = [("", content)]
    seen: dict[int, str] = {}
    while pending:
        name, value = pending.pop()
        parts = _parts(name, value)
        if parts is None:
            yield _leaf(name or "(all of it)", value)
            continue
        if id(value) in seen:
            yield Entry(name, "same as", value=seen[id(value)])
            continue
        seen[id(value)] = name or "(all of it)"
        if isinstance(value, Thing):
            yield Entry(name or "(all of it)", value.cls)
        pending.extend(reversed(parts))


def _parts(name: str, value) -> list[tuple[str, Any]] | None:
    """What a container holds, named; None for a leaf."""
    prefix = name + "." if name else ""
    if isinstance(value, Thing):
        if _array(value) is not None:
            return None
        state = value.state if isinstance(value.state, dict) else {} if value.state is None else {"(state)": value.state}
        parts = []
        for key, part in state.items():
            inner = part.items() if key in _MODULE_PARTS and isinstance(part, dict) else [(key, part)]
            parts += [(f"{prefix}{_key(k)}", v) for k, v in inner]
        extra = [*value.args, *(v if not isinstance(v, tuple) or len(v) != 2 else v[1] for v in value.items)]
        return parts + [(f"{name}[{i}]", v) for i, v in enumerate(extra)]
    if isinstance(value, dict):
        return [(f"{prefix}{_key(k)}", v) for k, v in value.items()] or None
    if isinstance(value, (list, tuple, set, frozenset)):
        if all(isinstance(v, (int, float, str, bool, type(None))) for v in value):
            return None     # a list of plain values is shown as one
        return [(f"{name}[{i}]", v) for i, v in enumerate(value)]
    return None


def _leaf(name: str, value) -> Entry:
    if isinstance(value, TensorInfo):
        storage = None if value.storage is None else value.storage.key
        return Entry(name, "parameter" if value.parameter else "tensor", value.shape, value.dtype, value.nbytes, storage)
    if isinstance(value, StorageInfo):
        dtype = value.dtype or "uint8"
        return Entry(name, "storage", (value.count,), dtype, value.count * ITEMSIZES[dtype], value.key)
    if isinstance(value, Thing):
        return _array(value, name) or Entry(name, value.cls)
    kind = value.full if hasattr(value, "full") else type(value).__name__
    return Entry(name, kind, value=None if hasattr(value, "full") else _text(value))


def _array(thing: Thing, name: str = "") -> Entry | None:
    """The entry for a NumPy array or scalar, None for another thing."""
    def dtype_of(dtype) -> str:
        return str(dtype.args[0]) if isinstance(dtype, Thing) and dtype.args else "?"

    if thing.cls.endswith("multiarray._reconstruct") and isinstance(thing.state, tuple) and len(thing.state) == 5:
        _, shape, dtype, _, data = thing.state
        if isinstance(shape, tuple) and isinstance(data, bytes):
            return Entry(name, "array", shape, dtype_of(dtype), len(data))
    if thing.cls.endswith("multiarray.scalar") and len(thing.args) == 2 and isinstance(thing.args[1], bytes):
        return Entry(name, "array", (), dtype_of(thing.args[0]), len(thing.args[1]))
    return None


def _key(key) -> str:
    return key if isinstance(key, str) else f"[{_text(key)}]"


def _text(value) -> str:
    """A plain value as text, cut short before it is made, since a file may hold a number of a million digits."""
    if isinstance(value, int) and value.bit_length() > 200:
        return f"a number of {value.bit_length()} bits"
    if isinstance(value, (str, bytes, bytearray, list)):
        text = repr(value[:_LONGEST])
        return text if len(value) <= _LONGEST and len(text) <= _LONGEST else text[:_LONGEST] + "…"
    if isinstance(value, (tuple, set, frozenset, dict)) and len(value) > _LONGEST:
        return f"{len(value)} values"
    if isinstance(value, (int, float, complex, type(None), tuple, set, frozenset, dict)):
        text = repr(value)
        return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return type(value).__name__
