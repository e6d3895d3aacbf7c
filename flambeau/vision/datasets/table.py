"""Images in a folder, with a CSV table that says which is what."""

import csv
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .batches import read_batch
from .folder import default_loader
from .vision import VisionDataset

__all__ = ["ImageTable"]


class ImageTable(VisionDataset):
    """The images that a CSV table names, with the labels that it gives.

        table.csv:  file,label        ImageTable("table.csv", "images")[0] -> (images/a.png, 3)
                    a.png,3

    table: the CSV file (UTF-8, comma). root: the folder to which its file names are relative (default: that of the table).
    file_column, label_column: names in the header, or positions. header: whether the first row is one.
    Labels that are all whole numbers are the targets; others are class names, numbered in sorted order (`classes`, `class_to_idx`).
    loader: path -> sample, by default an RGB PIL image.

    Raises FileNotFoundError for a missing table or image, ValueError for a missing column or a row cut short, naming file and line.
    """

    def __init__(
        self,
        table: str | Path,
        root: str | Path | None = None,
        transform: Callable | None = None,
        target_transform: Callable | None = None,
        file_column: str | int = 0,
        label_column: str | int = 1,
        header: bool = True,
        loader: Callable[[str], Any] = default_loader,
    ):
        root = os.path.dirname(table) or "." if root is None else root
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.table = os.path.expanduser(table)
        self.loader = loader
        self.samples, labels = [], []
        for path, label in self._rows(file_column, label_column, header):
            self.samples.append(path)
            labels.append(label)
        try:
            self.targets = [int(label) for label in labels]
            self.classes = [str(number) for number in sorted(set(self.targets))]
            self.class_to_idx = {name: int(name) for name in self.classes}
        except ValueError:
            self.classes = sorted(set(labels))
            self.class_to_idx = {name: number for number, name in enumerate(self.classes)}
            self.targets = [self.class_to_idx[label] for label in labels]

    def _rows(self, file_column, label_column, header: bool):
        with open(self.table, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, skipinitialspace=True)
            names = next(reader, []) if header else []
            columns = [self._position(column, names) for column in (file_column, label_column)]
            for row in reader:
                if not row:
                    continue
                if len(row) <= max(columns):
                    raise ValueError(f"{self.table}, line {reader.line_num}: {len(row)} columns, at least {max(columns) + 1} expected")
                path = os.path.join(self.root, row[columns[0]])
                if not os.path.isfile(path):
                    raise FileNotFoundError(f"{self.table}, line {reader.line_num}: there is no file {path}")
                yield path, row[columns[1]].strip()

    def _position(self, column: str | int, names: list[str]) -> int:
        if isinstance(column, int):
            return column
        if column not in names:
            raise ValueError(f"{self.table} has no column {column!r}; its header is {', '.join(names) or 'empty'}")
        return names.index(column)

    @property
    def content_key(self) -> tuple[str, str, str]:
        """(class, folder, table): equal for two data sets exactly when they hold the same samples."""
        return type(self).__name__, os.path.realpath(self.root), os.path.realpath(self.table)

    def _raw(self, index: int) -> tuple[Any, Any]:
        return self.loader(self.samples[index]), self.targets[index]

    def __getbatch__(self, indices: Sequence[int]) -> Any:
        """The collated batch: what comes after ToTensor (or its like) is done for all images at once."""
        return read_batch(self, self._raw, indices)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        sample, target = self._raw(index)
        if self.transform is not None:
            sample = self.transform(sample)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return sample, target

    def __len__(self) -> int:
        return len(self.samples)

    def extra_repr(self) -> str:
        return f"Table: {self.table}"
