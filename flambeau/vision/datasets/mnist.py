"""MNIST and the data sets that share its format: grey 28 x 28 images, a class number each."""

import os
import shutil
import string
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

import flambeau

from .. import fetch
from .._files import FetchError, decompress, find_system_folder, unpack
from .idx import read_idx
from .utils import verify_str_arg
from .vision import ArrayDataset, Source, as_array

__all__ = ["EMNIST", "KMNIST", "MNIST", "QMNIST", "FashionMNIST"]

PACKINGS = ("", ".gz", ".xz")  # how an idx file may lie on disk, in order of preference


def _find(folder, name: str) -> Path | None:
    """The file `name` in `folder`, plain or compressed."""
    for packing in PACKINGS:
        path = Path(folder, name + packing)
        if path.is_file():
            return path
    return None


class MNIST(ArrayDataset):
    """Handwritten digits: 60,000 training and 10,000 test images (LeCun, Cortes, Burges, 1998).

    data: uint8 (N, 28, 28), 0 is background. targets: int64 (N,), 0 to 9. source: where the files came from.

    The files (gzip or plain) are sought in `root`/`ClassName`/raw, then in share/datasets of the system (a package such as
    Debian's dataset-fashion-mnist puts them there), and with `download` fetched into the first. Raises RuntimeError when they
    are nowhere, FetchError (a RuntimeError) that names the file when one is damaged or cannot be fetched.
    """

    mirrors = [
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "http://yann.lecun.com/exdb/mnist/",
    ]
    resources = [  # (file, MD5), as the mirrors serve them
        ("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        ("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
        ("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
        ("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
    ]
    system_folder = "mnist"
    system_package = ""
    classes = ["0 - zero", "1 - one", "2 - two", "3 - three", "4 - four", "5 - five", "6 - six", "7 - seven", "8 - eight", "9 - nine"]

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
        self.source = self._locate(download)
        self.data, self.targets = self._load_data(self.source.folder)

    @property
    def raw_folder(self) -> str:
        """Where the files lie below `root`."""
        return os.path.join(self.root, type(self).__name__, "raw")

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The class number of each class name."""
        return {name: number for number, name in enumerate(self.classes)}

    def _files(self) -> list[str]:
        """The names, without packing, of the files that must be there."""
        return [os.path.splitext(name)[0] for name, _ in self.resources]

    def _file_pair(self) -> tuple[str, str]:
        """The images and the labels of this split."""
        images, labels = self._files()[:2] if self.train else self._files()[2:]
        return images, labels

    def _locate(self, download: bool) -> Source:
        if self._check_exists():
            return Source("folder", self.raw_folder)
        names = [[name + packing for packing in PACKINGS] for name in self._files()]
        if self.system_folder and (folder := find_system_folder(self.system_folder, names)):
            return Source("system package", str(folder))
        if not download:
            ways = f" or install the system package {self.system_package}" if self.system_package else ""
            raise RuntimeError(f"Dataset not found. You can use download=True to download it{ways} (no {names[0][0]} in {self.raw_folder})")
        return Source("download", self.raw_folder, self.download() or "")

    def _check_exists(self) -> bool:
        return all(_find(self.raw_folder, name) for name in self._files())

    def download(self) -> str | None:
        """Fetches the missing files into `raw_folder` and unpacks them; returns the address of the first, None if all were there."""
        used = None
        for name, checksum in self.resources:
            plain = os.path.join(self.raw_folder, os.path.splitext(name)[0])
            if os.path.isfile(plain):
                continue
            packed = os.path.join(self.raw_folder, name)
            hint = f"install the system package {self.system_package}" if self.system_package else ""
            address = fetch.download([mirror + name for mirror in self.mirrors], packed, checksum, hint=hint)
            decompress(packed, plain)
            used = used or address
        return used

    def _load_data(self, folder: str):
        images, labels = (read_idx(_find(folder, name)) for name in self._file_pair())
        where = os.path.join(folder, self._file_pair()[0])
        if images.dtype != np.uint8 or images.ndim != 3:
            raise FetchError(f"{where} holds {images.dtype} of shape {images.shape}, expected uint8 (N, height, width)")
        if labels.dtype != np.uint8 or labels.shape != images.shape[:1]:
            raise FetchError(f"{where} holds {len(images)} images, its labels are {labels.dtype} of shape {labels.shape}")
        return flambeau.from_numpy(images), flambeau.from_numpy(labels.astype(np.int64))

    def _pictures(self) -> np.ndarray:
        return as_array(self.data)

    def _labels(self, indices):
        if isinstance(self.targets, list):
            return [int(self.targets[index]) for index in indices]
        return as_array(self.targets)[indices].astype(np.int64, copy=False)

    def __len__(self) -> int:
        return len(self.data)

    def extra_repr(self) -> str:
        return f"Split: {'Train' if self.train is True else 'Test'}"

    @property
    def train_labels(self):
        """The old name of `targets`."""
        warnings.warn("train_labels has been renamed targets", stacklevel=2)
        return self.targets

    @property
    def test_labels(self):
        """The old name of `targets`."""
        warnings.warn("test_labels has been renamed targets", stacklevel=2)
        return self.targets

    @property
    def train_data(self):
        """The old name of `data`."""
        warnings.warn("train_data has been renamed data", stacklevel=2)
        return self.data

    @property
    def test_data(self):
        """The old name of `data`."""
        warnings.warn("test_data has been renamed data", stacklevel=2)
        return self.data


class FashionMNIST(MNIST):
    """Articles of clothing, drop-in for MNIST: 60,000 training and 10,000 test images (Xiao, Rasul, Vollgraf, 2017; MIT licence)."""

    mirrors = [
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ]
    resources = [
        ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    ]
    system_folder = "fashion-mnist"
    system_package = "dataset-fashion-mnist"
    classes = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


class KMNIST(MNIST):
    """Cursive Japanese characters, drop-in for MNIST (Clanuwat et al., 2018; CC BY-SA 4.0)."""

    mirrors = ["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"]
    resources = [
        ("train-images-idx3-ubyte.gz", "bdb82020997e1d708af4cf47b453dcf7"),
        ("train-labels-idx1-ubyte.gz", "e144d726b3acfaa3e44228e80efcd344"),
        ("t10k-images-idx3-ubyte.gz", "5c965bf0a639b31b8f53240b1b52f4d7"),
        ("t10k-labels-idx1-ubyte.gz", "7320c461ea6c1c855c0b718fb2a4b134"),
    ]
    system_folder = "kmnist"
    classes = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]


class EMNIST(MNIST):
    """Handwritten letters and digits in six splits of classes (Cohen, Afshar, Tapson, van Schaik, 2017).

    split: "byclass" (62 classes), "bymerge" and "balanced" (47), "letters" (26, numbered from 1), "digits" or "mnist" (10).
    The images are stored transposed, as everywhere.
    """

    url = "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip"
    md5 = "58c8d27c78d21e728a6bc7b3cc06412e"
    splits = ("byclass", "bymerge", "balanced", "letters", "digits", "mnist")
    system_folder = "emnist"
    _all_classes = set(string.digits + string.ascii_letters)
    _merged_classes = set("cijklmopsuvwxyz")  # lower and upper case look alike
    classes_split_dict = {
        "byclass": sorted(_all_classes),
        "bymerge": sorted(_all_classes - _merged_classes),
        "balanced": sorted(_all_classes - _merged_classes),
        "letters": ["N/A", *string.ascii_lowercase],
        "digits": list(string.digits),
        "mnist": list(string.digits),
    }

    def __init__(self, root: str | Path, split: str, **kwargs):
        self.split = verify_str_arg(split, "split", self.splits)
        super().__init__(root, **kwargs)
        self.classes = self.classes_split_dict[self.split]

    def _files(self) -> list[str]:
        stem = f"emnist-{self.split}-{'train' if self.train else 'test'}"
        return [f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx1-ubyte"]

    def _file_pair(self) -> tuple[str, str]:
        images, labels = self._files()
        return images, labels

    def _split(self) -> str:
        return f"{self.split} {super()._split()}"

    def download(self) -> str | None:
        """Fetches the archive of all splits into `raw_folder` and unpacks it; returns its address, None if all was there."""
        if self._check_exists():
            return None
        archive = os.path.join(self.raw_folder, os.path.basename(self.url))
        used = fetch.download(self.url, archive, self.md5)
        for path in unpack(archive, self.raw_folder):
            if path.suffix == ".gz":
                decompress(path, os.path.join(self.raw_folder, path.stem))
        shutil.rmtree(os.path.join(self.raw_folder, "gzip"), ignore_errors=True)
        return used


class QMNIST(MNIST):
    """MNIST rebuilt from NIST's originals, with 60,000 test images and full bookkeeping (Yadav, Bottou, 2019).

    what: "train", "test" (60,000), "test10k" (those of MNIST), "test50k" (the others) or "nist" (all digits); None follows
    `train`. compat: the target is the class number; False gives the int64 vector (8,) of class, writer, source, and ids.
    """

    subsets = {"train": "train", "test": "test", "test10k": "test", "test50k": "test", "nist": "nist"}
    mirrors = ["https://raw.githubusercontent.com/facebookresearch/qmnist/master/"]
    parts = {
        "train": [
            ("qmnist-train-images-idx3-ubyte.gz", "ed72d4157d28c017586c42bc6afe6370"),
            ("qmnist-train-labels-idx2-int.gz", "0058f8dd561b90ffdd0f734c6a30e5e4"),
        ],
        "test": [
            ("qmnist-test-images-idx3-ubyte.gz", "1394631089c404de565df7b7aeaf9412"),
            ("qmnist-test-labels-idx2-int.gz", "5b5b05890a5e13444e108efe57b788aa"),
        ],
        "nist": [
            ("xnist-images-idx3-ubyte.xz", "7f124b3b8ab81486c9d8c2749c17f834"),
            ("xnist-labels-idx2-int.xz", "5ed0e788978e45d4a8bd4b7caec3d79d"),
        ],
    }
    system_folder = "qmnist"

    def __init__(self, root: str | Path, what: str | None = None, compat: bool = True, train: bool = True, **kwargs):
        self.what = verify_str_arg(what or ("train" if train else "test"), "what", tuple(self.subsets))
        self.compat = compat
        self.resources = self.parts[self.subsets[self.what]]
        super().__init__(root, train, **kwargs)

    def _file_pair(self) -> tuple[str, str]:
        images, labels = self._files()
        return images, labels

    def _split(self) -> str:
        return self.what

    def _load_data(self, folder: str):
        images, labels = (read_idx(_find(folder, name)) for name in self._file_pair())
        where = os.path.join(folder, self._file_pair()[0])
        if images.dtype != np.uint8 or images.ndim != 3 or labels.ndim != 2 or len(labels) != len(images):
            raise FetchError(f"{where} holds {images.dtype} of shape {images.shape}, its labels have shape {labels.shape}; expected (N, 8)")
        part = {"test10k": slice(10_000), "test50k": slice(10_000, None)}.get(self.what, slice(None))
        return flambeau.from_numpy(images[part].copy()), flambeau.from_numpy(labels[part].astype(np.int64))

    def _labels(self, indices):
        if not self.compat:
            return [self.targets[int(index)] for index in indices]
        return as_array(self.targets)[indices, 0]

    def extra_repr(self) -> str:
        return f"Split: {self.what}"
