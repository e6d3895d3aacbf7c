"""STL-10: colour images of 96 x 96 pixels, few of them labelled (Coates, Lee, Ng, 2011)."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .. import fetch
from .._files import FetchError, matches, unpack
from .utils import verify_str_arg
from .vision import ArrayDataset, Source

__all__ = ["STL10"]


class STL10(ArrayDataset):
    """5,000 training, 8,000 test and 100,000 unlabelled images of 10 classes.

    split: "train", "test", "unlabeled" or "train+unlabeled"; the unlabelled have target -1. folds: one of the ten predefined parts (0
    to 9) of 1,000 training images. data: uint8 array (N, 3, 96, 96). labels: array (N,). The files are sought in
    `root`/stl10_binary and with `download` fetched there.
    """

    base_folder = "stl10_binary"
    url = "http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz"
    filename = "stl10_binary.tar.gz"
    tgz_md5 = "91f7769df0f17e558f3565bffb0c7dfb"
    class_names_file = "class_names.txt"
    folds_list_file = "fold_indices.txt"
    train_list = [
        ["train_X.bin", "918c2871b30a85fa023e0c44e0bee87f"],
        ["train_y.bin", "5a34089d4802c674881badbb80307741"],
        ["unlabeled_X.bin", "5242ba1fed5e4be9e1e742405eb56ca4"],
    ]
    test_list = [["test_X.bin", "7f263ba9f9e0b06b93213547f721ac82"], ["test_y.bin", "36f9794fa4beb8a2c72628de14fa638e"]]
    splits = ("train", "train+unlabeled", "unlabeled", "test")

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        folds: int | None = None,
        transform: Callable | None = None,
        target_transform: Callable | None = None,
        download: bool = False,
    ):
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.split = verify_str_arg(split, "split", self.splits)
        if folds is not None and not isinstance(folds, int):
            raise ValueError(f"Expected type None or int for argument folds, but got type {type(folds)}.")
        if folds is not None and folds not in range(10):
            raise ValueError(f"Value for argument folds should be in the range [0, 10), but got {folds}.")
        self.folds = folds
        folder = os.path.join(self.root, self.base_folder)
        used = self.download() if download else None
        if not self._check_integrity():
            raise RuntimeError(f"Dataset not found or corrupted in {folder}. You can use download=True to download it")
        self.source = Source("download", folder, used) if used else Source("folder", folder)
        self.data, self.labels = self._load(folder)
        names = Path(folder, self.class_names_file)
        if names.is_file():
            self.classes = names.read_text().splitlines()

    def _load(self, folder: str) -> tuple[np.ndarray, np.ndarray]:
        if self.split == "test":
            return _read_pictures(folder, "test_X.bin"), _read_labels(folder, "test_y.bin")
        parts = []
        if self.split != "unlabeled":
            pictures, labels = _read_pictures(folder, "train_X.bin"), _read_labels(folder, "train_y.bin")
            if self.folds is not None:
                lines = Path(folder, self.folds_list_file).read_text().splitlines()
                chosen = np.array(lines[self.folds].split(), np.int64)
                pictures, labels = pictures[chosen], labels[chosen]
            parts.append((pictures, labels))
        if self.split != "train":
            pictures = _read_pictures(folder, "unlabeled_X.bin")
            parts.append((pictures, np.full(len(pictures), -1)))
        if len(parts) == 1:
            return parts[0]
        return np.concatenate([pictures for pictures, _ in parts]), np.concatenate([labels for _, labels in parts])

    def _check_integrity(self) -> bool:
        return all(matches(os.path.join(self.root, self.base_folder, name), md5) for name, md5 in self.train_list + self.test_list)

    def download(self) -> str | None:
        """Fetches and unpacks the archive unless all files are there; returns the address used, if any."""
        if self._check_integrity():
            return None
        archive = os.path.join(self.root, self.filename)
        used = fetch.download(self.url, archive, self.tgz_md5)
        unpack(archive, self.root)
        return used

    def _pictures(self) -> np.ndarray:
        return self.data.transpose(0, 2, 3, 1)

    def _labels(self, indices):
        return self.labels[indices].astype(np.int64)

    def _split(self) -> str:
        return self.split if self.folds is None else f"{self.split} fold {self.folds}"

    def __len__(self) -> int:
        return len(self.data)

    def extra_repr(self) -> str:
        return f"Split: {self.split}"


def _read_pictures(folder: str, name: str) -> np.ndarray:
    content = np.fromfile(os.path.join(folder, name), np.uint8)
    if len(content) % (3 * 96 * 96):
        raise FetchError(f"{os.path.join(folder, name)} is damaged: its {len(content):,} bytes are no whole number of images")
    return content.reshape(-1, 3, 96, 96).transpose(0, 1, 3, 2)  # stored column by column


def _read_labels(folder: str, name: str) -> np.ndarray:
    return np.fromfile(os.path.join(folder, name), np.uint8) - 1  # 1 to 10 in the file
