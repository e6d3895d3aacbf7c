"""Rows of Parquet and Arrow files, read a row group at a time."""
from __future__ import annotations

import functools
import glob
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .remote import is_url, open_binary
from .streams import Stream

__all__ = ["ColumnFiles"]

PARQUET, ARROW = (".parquet", ".pq"), (".arrow", ".feather", ".ipc")


def _pyarrow(module: str) -> Any:
    try:
        import pyarrow
        import pyarrow.ipc
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError("reading Parquet and Arrow files needs pyarrow: pip install pyarrow (or flambeau[data])", name="pyarrow") from error
    return {"parquet": pyarrow.parquet, "ipc": pyarrow.ipc}[module]


class ColumnFiles(Stream):
    """The rows of Parquet (.parquet, .pq) or Arrow (.arrow, .feather, .ipc) files: dicts of the columns' values.

    files: paths, folders, patterns (`*.parquet`) or http(s) addresses, one or many. columns: those to read; None reads all. Numbers come as
    Python's, lists of numbers as NumPy arrays, all else as Python objects. Only one row group of each file is in memory at a time, and over
    http only the bytes of the chosen columns are fetched. shuffle, transform, rank, world: as in Stream. `len()` counts this rank's rows.

    Raises ImportError without pyarrow, FileNotFoundError where nothing matches, ValueError for a column that is not there.
    """

    def __init__(self, files: str | os.PathLike | Sequence[str | os.PathLike], columns: Sequence[str] | None = None, shuffle: int = 0,
                 transform: Callable | None = None, rank: int | None = None, world: int | None = None) -> None:
        super().__init__(shuffle, transform, rank, world)
        given = [files] if isinstance(files, (str, os.PathLike)) else list(files)
        self.files = [name for place in given for name in _find(os.fspath(place))]
        self.columns = None if columns is None else list(columns)
        self._units: list[tuple[str, int, int]] = []  # (file, its row group, rows)
        for name in self.files:
            with open_binary(name) as file:
                opened = _open(name, file)
                if missing := set(self.columns or ()) - set(opened.names):
                    raise ValueError(f"{name} has no column {', '.join(sorted(missing))}; it has {', '.join(opened.names)}")
                self._units += [(name, number, rows) for number, rows in enumerate(opened.rows)]

    def units(self) -> Sequence[tuple[str, int, int]]:
        return self._units

    def read(self, unit: tuple[str, int, int]) -> Iterator[dict[str, Any]]:
        name, number, rows = unit
        with open_binary(name) as file:
            columns = _open(name, file).group(number, self.columns)
        for row in range(rows):
            yield {column: values[row] for column, values in columns.items()}

    def __len__(self) -> int:
        total = sum(rows for _, _, rows in self._units)
        if len(self._units) >= self.world:
            return sum(rows for _, _, rows in self._units[self.rank :: self.world])
        return len(range(self.rank, total, self.world))


def _find(place: str) -> list[str]:
    if is_url(place):
        return [place]
    place = os.path.expanduser(place)
    if os.path.isdir(place):
        found = sorted(name for name in glob.glob(os.path.join(place, "**", "*"), recursive=True) if name.lower().endswith(PARQUET + ARROW))
    elif os.path.isfile(place):
        found = [place]
    else:
        found = sorted(glob.glob(place, recursive=True))
    if not found:
        raise FileNotFoundError(f"there is no Parquet or Arrow file at {place}")
    return found


class _Opened:
    """A file of either kind: its columns' names, the rows of each group, and a group's values."""

    def __init__(self, names: list[str], rows: list[int], read: Callable[[int, list[str] | None], Any]) -> None:
        self.names, self.rows, self._read = names, rows, read

    def group(self, number: int, columns: list[str] | None) -> dict[str, Any]:
        table = self._read(number, columns)
        return {name: _values(table.column(name)) for name in (columns or table.schema.names)}


def _open(name: str, file: Any) -> _Opened:
    if name.lower().endswith(ARROW):
        reader = _pyarrow("ipc").open_file(file)
        batches = [reader.get_batch(number) for number in range(reader.num_record_batches)]
        return _Opened(reader.schema.names, [batch.num_rows for batch in batches], lambda number, columns: batches[number])
    reader = _pyarrow("parquet").ParquetFile(file)
    rows = [reader.metadata.row_group(number).num_rows for number in range(reader.metadata.num_row_groups)]
    return _Opened(reader.schema_arrow.names, rows, functools.partial(_row_group, reader))


def _row_group(reader: Any, number: int, columns: list[str] | None) -> Any:
    return reader.read_row_group(number, columns=columns)


def _values(column: Any) -> Any:
    """The values of a column by row: numbers, arrays of numbers, or Python objects."""
    kind = str(column.type)
    if kind.startswith(("list<", "large_list<", "fixed_size_list<")) and not column.null_count:
        combined = column.combine_chunks() if hasattr(column, "combine_chunks") else column
        try:
            return [combined[row].values.to_numpy(zero_copy_only=False).copy() for row in range(len(combined))]
        except (AttributeError, NotImplementedError, ValueError):  # lists of what NumPy does not hold
            return column.to_pylist()
    return column.to_pylist()
