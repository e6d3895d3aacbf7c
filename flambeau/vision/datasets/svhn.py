"""Street View House Numbers: colour images of 32 x 32 pixels, centred on a digit (Netzer et al., 2011)."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .. import fetch
from .._files import FetchError, matches
from .utils import verify_str_arg
from .vision import ArrayDataset, Source

__all__ = ["SVHN"]


class SVHN(ArrayDataset):
    """73,257 training, 26,032 test and 531,131 extra images of the digits 0 to 9.

    split: "train", "test" or "extra". data: uint8 array (N, 3, 32, 32). labels: int64 array (N,); the digit 0, which the files call
    10, is 0. The .mat file is sought in `root` and with `download` fetched there. Needs SciPy to read it.
    """

    split_list = {
        "train": ["http://ufldl.stanford.edu/housenumbers/train_32x32.mat", "train_32x32.mat", "e26dedcc434d2e4c54c9b2d4a06d8373"],
        "test": ["http://ufldl.stanford.edu/housenumbers/test_32x32.mat", "test_32x32.mat", "eb5a983be6a315427106f1b164d9cef3"],
        "extra": ["http://ufldl.stanford.edu/housenumbers/extra_32x32.mat", "extra_32x32.mat", "a93ce644f1a588dc4d68dda5feec44a7"],
    }

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        transform: Callable | None = None,
        target_transform: Callable | None = None,
        download: bool = False,
    ):
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.split = verify_str_arg(split, "split", tuple(self.split_list))
        self.url, self.filename, self.file_md5 = self.split_list[self.split]
        used = self.download() if download else None
        path = os.path.join(self.root, self.filename)
        if not matches(path, self.file_md5):
            raise RuntimeError(f"Dataset not found or corrupted ({path}). You can use download=True to download it")
        self.source = Source("download", os.fspath(self.root), used) if used else Source("folder", os.fspath(self.root))
        self.data, self.labels = _read_mat(path)

    def download(self) -> str | None:
        """Fetches the file of this split unless it is there; returns the address used, if any."""
        return fetch.download(self.url, os.path.join(self.root, self.filename), self.file_md5)

    def _pictures(self) -> np.ndarray:
        return self.data.transpose(0, 2, 3, 1)

    def _labels(self, indices):
        return self.labels[indices]

    def _split(self) -> str:
        return self.split

    def __len__(self) -> int:
        return len(self.data)

    def extra_repr(self) -> str:
        return f"Split: {self.split}"


def _read_mat(path) -> tuple[np.ndarray, np.ndarray]:
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise ImportError("reading the .mat files of SVHN needs SciPy: pip install scipy", name="scipy") from error
    try:
        content = loadmat(path)
        pictures, labels = content["X"].transpose(3, 2, 0, 1), content["y"].astype(np.int64).reshape(-1)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise FetchError(f"{path} is damaged ({error}): delete it and fetch it again") from error
    return np.ascontiguousarray(pictures), np.where(labels == 10, 0, labels)
