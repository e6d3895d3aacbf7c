"""CSV tables as numbers: which columns are numbers, which are categories, and how both are coded.

What is learned about a column (mean, spread, categories) is learned from the training rows alone.
"""
from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Encoder", "Table", "read_table"]

MOST_CATEGORIES = 64    # columns of text with more different values name their rows, and are left out
MOST_CLASSES = 20       # a target of more different whole numbers is a quantity
MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "?"))


class Table:
    """A CSV file in memory: `columns`, and `rows` of text."""

    def __init__(self, path, columns: list[str], rows: list[list[str]]):
        self.path, self.columns, self.rows = path, columns, rows

    def column(self, name: str) -> list[str]:
        """The cells of one column. ValueError that lists the columns there are."""
        if name not in self.columns:
            raise ValueError(f"{self.path} has no column {name!r}; it has {', '.join(self.columns)}")
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


def read_table(path) -> Table:
    """A CSV file (UTF-8, header in the first row). ValueError, naming the line, for rows of another length and for a table without rows."""
    path = Path(path)
    rows: list[list[str]] = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, skipinitialspace=True)
        try:
            columns = [name.strip() for name in next(reader, [])]
            if len(set(columns)) < len(columns) or not columns:
                raise ValueError(f"{path}: the first row must name the columns, each once; found {', '.join(columns) or 'nothing'}")
            for row in reader:
                if not row:
                    continue
                if len(row) != len(columns):
                    raise ValueError(f"{path}, line {reader.line_num}: {len(row)} cells, but the header has {len(columns)}")
                rows.append([cell.strip() for cell in row])
        except (UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f"{path} is no CSV table in UTF-8: {error}, near line {reader.line_num + 1}") from error
    if not rows:
        raise ValueError(f"{path} has a header and no rows")
    return Table(path, columns, rows)


def numbers(cells: list[str]) -> np.ndarray | None:
    """The cells as floats, NaN where there is none; None if they are not numbers."""
    try:
        return np.array([math.nan if cell.lower() in MISSING else float(cell) for cell in cells])
    except ValueError:
        return None


class Encoder:
    """Columns -> float32 features, standardised or one-hot; a target -> class numbers or standardised values.

    `state` holds all of it in plain values: Encoder(state) is the same encoder.
    """

    def __init__(self, state: dict[str, Any]):
        self.state = state

    @classmethod
    def fit(cls, table: Table, target: str, training: list[int]) -> Encoder:
        """Learn from the training rows. ValueError for a target with gaps or of one value only, and where no column is of use."""
        columns, left_out, wanted = [], [], cls._target(table, target, training)
        for name in table.columns:
            if name == target:
                continue
            cells = [table.column(name)[row] for row in training]
            values = numbers(cells)
            if values is not None:
                there = values[np.isfinite(values)]
                if not len(there) or there.min() == there.max():
                    left_out.append(name)
                    continue
                columns.append({"name": name, "mean": float(there.mean()), "std": float(there.std()), "gaps": len(there) < len(values)})
            else:
                categories = sorted(set(cells))
                if len(categories) < 2 or len(categories) > MOST_CATEGORIES:
                    left_out.append(name)
                    continue
                columns.append({"name": name, "categories": categories})
        if not columns:
            raise ValueError(f"{table.path}: no column besides {target!r} holds numbers that vary, or up to {MOST_CATEGORIES} categories")
        state = {"columns": columns, "left_out": left_out, "target": target, **wanted}
        return cls(state)

    @staticmethod
    def _target(table: Table, target: str, training: list[int]) -> dict[str, Any]:
        cells = table.column(target)
        gap = next((row for row, cell in enumerate(cells) if cell.lower() in MISSING), None)
        if gap is not None:
            raise ValueError(f"{table.path}, row {gap + 1}: there is no value in the target column {target!r}: remove the row, or fill it in")
        values = numbers(cells)
        if values is not None and not np.isfinite(values).all():
            row = int(np.argmin(np.isfinite(values)))
            raise ValueError(f"{table.path}, row {row + 1}: {cells[row]!r} in the target column {target!r} is no finite number: remove the row, or mend it")
        distinct = sorted(set(cells))
        whole = values is not None and np.all(values == np.round(values))
        if values is not None and not (whole and len(distinct) <= MOST_CLASSES):
            known = values[training]
            return {"mean": float(known.mean()), "std": float(known.std()) or 1.0}
        if len(distinct) < 2:
            raise ValueError(f"{table.path}: the target column {target!r} has one value only, {distinct[0]!r}: there is nothing to learn")
        return {"classes": sorted(distinct, key=float) if whole else distinct}

    @property
    def classes(self) -> list[str] | None:
        """The names of the classes; None for a quantity."""
        return self.state.get("classes")

    @property
    def width(self) -> int:
        """Features of a row."""
        return sum(len(column["categories"]) if "categories" in column else 1 + column["gaps"] for column in self.state["columns"])

    def features(self, table: Table) -> np.ndarray:
        """float32 (rows, width). A category that training did not have is none of the known ones. ValueError for cells that are no numbers."""
        parts = []
        for column in self.state["columns"]:
            cells = table.column(column["name"])
            if "categories" in column:
                parts.append(np.array([[cell == category for category in column["categories"]] for cell in cells], np.float32))
                continue
            values = numbers(cells)
            if values is None:
                wrong = next(row for row, cell in enumerate(cells) if numbers([cell]) is None)
                raise ValueError(f"{table.path}, row {wrong + 1}: {cells[wrong]!r} in the column {column['name']!r} is no number")
            values = np.where(np.isfinite(values), values, np.nan)
            gaps = np.isnan(values)
            parts.append(np.where(gaps, 0.0, (values - column["mean"]) / column["std"]).astype(np.float32)[:, None])
            if column["gaps"]:
                parts.append(gaps.astype(np.float32)[:, None])
        return np.concatenate(parts, 1)

    def targets(self, table: Table) -> np.ndarray:
        """int64 class numbers (rows,), or float32 standardised values (rows, 1)."""
        cells = table.column(self.state["target"])
        if self.classes is not None:
            known = {name: number for number, name in enumerate(self.classes)}
            return np.array([known[cell] for cell in cells], np.int64)
        return ((np.array([float(cell) for cell in cells]) - self.state["mean"]) / self.state["std"]).astype(np.float32)[:, None]
