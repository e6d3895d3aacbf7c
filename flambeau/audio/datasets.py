"""A small public data set of sounds."""
from __future__ import annotations

import os
from pathlib import Path

from flambeau import Tensor
from flambeau.utils.data import Dataset
from flambeau.vision.datasets.utils import extract_archive
from flambeau.vision.fetch import download as fetch

from .files import load

__all__ = ["YESNO"]


class YESNO(Dataset[tuple[Tensor, int, list[int]]]):
    """60 recordings of one man saying yes or no in Hebrew, eight times each (openslr.org/1, public domain).

    Sample i is (wave, samples a second, eight labels: 1 for yes). Sought in `root`/waves_yesno, and with `download` fetched there and checked.
    Raises RuntimeError where the files are not there.
    """

    url = "http://www.openslr.org/resources/1/waves_yesno.tar.gz"
    checksum = "c3f49e0cca421f96b75b41640749167b52118f232498667ca7a5f9416aef8e73"
    folder_in_archive = "waves_yesno"

    def __init__(self, root: str | os.PathLike, download: bool = False) -> None:
        self.root = Path(os.path.expanduser(root))
        folder = self.root / self.folder_in_archive
        if download and not folder.is_dir():
            archive = self.root / os.path.basename(self.url)
            fetch(self.url, archive, self.checksum)
            extract_archive(os.fspath(archive), os.fspath(self.root))
        self.files = sorted(folder.glob("*.wav"))
        if not self.files:
            raise RuntimeError(f"Dataset not found (no wav files in {folder}). You can use download=True to download it")

    def __getitem__(self, index: int) -> tuple[Tensor, int, list[int]]:
        file = self.files[index]
        wave, rate = load(file)
        return wave, rate, [int(word) for word in file.stem.split("_")]

    def __len__(self) -> int:
        return len(self.files)
