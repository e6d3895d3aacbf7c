"""Data sets of texts."""
from __future__ import annotations

import csv
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from flambeau.utils.data import Dataset, PackedList
from flambeau.vision.datasets.utils import check_integrity, verify_str_arg
from flambeau.vision.fetch import download as fetch

__all__ = ["AG_NEWS", "CSVDataset", "LineDataset"]


class LineDataset(Dataset[Any]):
    """The lines of a text file, without their ends; sample i is line i, after `transform`.

    Only the places where lines begin are kept in memory. Empty lines count unless `skip_empty`. Raises FileNotFoundError for a missing file,
    ValueError that names the line for bytes that are not in `encoding` (which must have newlines as the byte 10: UTF-8, Latin-1 …).
    """

    def __init__(self, path: str | os.PathLike, transform: Callable[[str], Any] | None = None, encoding: str = "utf-8", skip_empty: bool = False) -> None:
        self.path, self.transform, self.encoding = os.path.expanduser(os.fspath(path)), transform, encoding
        begins, place = [], 0
        with open(self.path, "rb") as file:
            for line in file:
                if not skip_empty or line.strip():
                    begins.append((place, len(line)))
                place += len(line)
        self._places = np.array(begins, np.int64).reshape(-1, 2)

    def __getitem__(self, index: int) -> Any:
        if not -len(self) <= index < len(self):
            raise IndexError(f"line {index} of {self.path}, which has {len(self)}")
        begin, length = self._places[index].tolist()
        with open(self.path, "rb") as file:
            file.seek(begin)
            data = file.read(length)
        try:
            line = data.decode(self.encoding).rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise ValueError(f"{self.path}, line {index % len(self) + 1} is not in {self.encoding}: {error.reason} at byte {error.start}") from error
        return line if self.transform is None else self.transform(line)

    def __len__(self) -> int:
        return len(self._places)


class CSVDataset(Dataset[Any]):
    """The rows of a CSV file: sample i is the tuple of the chosen `columns` (names in the header, or positions), after `transform`.

    header: whether the first row holds names. Rows lie packed in memory, which workers share. Raises ValueError, naming file and line, for a
    column that is not there and for a row cut short.
    """

    def __init__(self, path: str | os.PathLike, columns: Sequence[str | int] | None = None, transform: Callable[[tuple], Any] | None = None,
                 header: bool = True, encoding: str = "utf-8-sig", delimiter: str = ",") -> None:
        self.path, self.transform = os.path.expanduser(os.fspath(path)), transform
        with open(self.path, newline="", encoding=encoding) as file:
            reader = csv.reader(file, delimiter=delimiter)
            self.names = next(reader, []) if header else []
            places = None if columns is None else [self._place(column) for column in columns]
            self._rows = PackedList(self._read(reader, places))

    def _place(self, column: str | int) -> int:
        if isinstance(column, int):
            return column
        if column not in self.names:
            raise ValueError(f"{self.path} has no column {column!r}; its header is {', '.join(self.names) or 'empty'}")
        return self.names.index(column)

    def _read(self, reader: Any, places: list[int] | None) -> Any:
        for row in reader:
            if not row:
                continue
            needed = len(self.names) if places is None else max(places, default=-1) + 1
            if len(row) < needed:
                raise ValueError(f"{self.path}, line {reader.line_num}: {len(row)} cells, at least {needed} expected")
            yield tuple(row) if places is None else tuple(row[place] for place in places)

    def __getitem__(self, index: int) -> Any:
        row = self._rows[index]
        return row if self.transform is None else self.transform(row)

    def __len__(self) -> int:
        return len(self._rows)


class AG_NEWS(Dataset[tuple[int, str]]):
    """News in four classes: 120,000 training and 7,600 test texts (Zhang, Zhao, LeCun, 2015). Sample i is (class 0 to 3, title and first lines).

    split: "train" or "test". The file is sought in `root`/AG_NEWS, and with `download` fetched there and checked. Raises RuntimeError where it is
    not there or not as published.
    """

    classes = ["World", "Sports", "Business", "Sci/Tech"]
    url = "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv/"
    md5 = {"train": "b1a00f826fdfbd249f79597b59e1dc12", "test": "d52ea96a97a2d943681189a97654912d"}

    def __init__(self, root: str | os.PathLike, split: str = "train", transform: Callable[[str], Any] | None = None,
                 target_transform: Callable[[int], Any] | None = None, download: bool = False) -> None:
        self.split = verify_str_arg(split, "split", ("train", "test"))
        self.root, self.transform, self.target_transform = os.path.expanduser(os.fspath(root)), transform, target_transform
        path = Path(self.root, "AG_NEWS", f"{self.split}.csv")
        if download:
            fetch(f"{self.url}{self.split}.csv", path, self.md5[self.split])
        if not check_integrity(path, self.md5[self.split]):
            raise RuntimeError(f"Dataset not found or corrupted ({path}). You can use download=True to download it")
        self._rows = CSVDataset(path, [0, 1, 2], header=False)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        number, title, body = self._rows[index]
        target, text = int(number) - 1, f"{title} {body}"
        return (target if self.target_transform is None else self.target_transform(target), text if self.transform is None else self.transform(text))

    def __len__(self) -> int:
        return len(self._rows)
