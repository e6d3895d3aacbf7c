"""CIFAR-10 and CIFAR-100: colour images of 32 x 32 pixels (Krizhevsky, 2009)."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .. import fetch
from .._files import FetchError, matches, unpack
from ._safe_pickle import read_pickle
from .vision import ArrayDataset, Source

__all__ = ["CIFAR10", "CIFAR100"]


class CIFAR10(ArrayDataset):
    """50,000 training and 10,000 test images of 10 classes.

    data: uint8 array (N, 32, 32, 3). targets: list of class numbers. The pickled batches are sought in `root`/cifar-10-batches-py
    and with `download` fetched there; nothing in them is executed. Raises RuntimeError when they are not there or not as published.
    """

    base_folder = "cifar-10-batches-py"
    url = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    filename = "cifar-10-python.tar.gz"
    tgz_md5 = "c58f30108f718f92721af3b95e74349a"
    train_list = [
        ["data_batch_1", "c99cafc152244af753f735de768cd75f"],
        ["data_batch_2", "d4bba439e000b95fd0a9bffe97cbabec"],
        ["data_batch_3", "54ebc095f3ab1f0389bbae665268c751"],
        ["data_batch_4", "634d18415352ddfa80567beed471001a"],
        ["data_batch_5", "482c414d41f54cd18b22e5b47cb7c3cb"],
    ]
    test_list = [["test_batch", "40351d587109b95175f43aff81a1287e"]]
    meta = {"filename": "batches.meta", "key": "label_names", "md5": "5ff9c542aee3614f3951f8cda6e48888"}

    def __init__(
        self,
        root: str | Path,
        train: bool = True,
        transform: Callable | None = None,
        target_transform: Callable | None = None,
        download: bool = False,
    ):
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        folder = os.path.join(self.root, self.base_folder)
        used = self.download() if download else None
        if not self._check_integrity():
            raise RuntimeError(f"Dataset not found or corrupted in {folder}. You can use download=True to download it")
        self.source = Source("download", folder, used) if used else Source("folder", folder)
        pictures, self.targets = [], []
        for name, _ in self.train_list if train else self.test_list:
            path = os.path.join(folder, name)
            entry = read_pickle(path)
            data, labels = entry.get("data"), entry.get("labels", entry.get("fine_labels"))
            if not isinstance(data, np.ndarray) or data.ndim != 2 or data.shape[1] != 3072 or data.shape[0] != len(labels or ()):
                raise FetchError(f"{path} is damaged: it does not hold as many rows of 3,072 bytes as labels")
            pictures.append(data)
            self.targets.extend(labels)
        self.data = np.ascontiguousarray(np.concatenate(pictures).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
        self.classes = read_pickle(os.path.join(folder, self.meta["filename"]))[self.meta["key"]]
        self.class_to_idx = {name: number for number, name in enumerate(self.classes)}

    def _check_integrity(self) -> bool:
        files = [*self.train_list, *self.test_list, [self.meta["filename"], self.meta["md5"]]]
        return all(matches(os.path.join(self.root, self.base_folder, name), checksum) for name, checksum in files)

    def download(self) -> str | None:
        """Fetches and unpacks the archive unless all files are there; returns the address used, if any."""
        if self._check_integrity():
            return None
        archive = os.path.join(self.root, self.filename)
        used = fetch.download(self.url, archive, self.tgz_md5)
        unpack(archive, self.root)
        return used

    def _pictures(self) -> np.ndarray:
        return self.data

    def _labels(self, indices):
        return np.array([self.targets[index] for index in indices], np.int64)

    def __len__(self) -> int:
        return len(self.data)

    def extra_repr(self) -> str:
        return f"Split: {'Train' if self.train is True else 'Test'}"


class CIFAR100(CIFAR10):
    """50,000 training and 10,000 test images of 100 classes; else as CIFAR10, in `root`/cifar-100-python."""

    base_folder = "cifar-100-python"
    url = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
    filename = "cifar-100-python.tar.gz"
    tgz_md5 = "eb9058c3a382ffc7106e4002c42a8d85"
    train_list = [["train", "16019d7e3df5f24257cddd939b257f8d"]]
    test_list = [["test", "f0ef6b0ae62326f3e7ffdfab6717acfc"]]
    meta = {"filename": "meta", "key": "fine_label_names", "md5": "7973b15100ade9c7d40fb424638fde48"}
