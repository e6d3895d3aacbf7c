"""What there is to learn: a data set known by name, a folder of images, or a table; split into training, validation and test samples."""
from __future__ import annotations

import copy
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import flambeau
from flambeau.utils.data import Dataset, Subset, TensorDataset
from flambeau.vision import datasets
from flambeau.vision import transforms as T

from .config import Config
from .leaks import Leak, digest_array, digest_file, find_leaks
from .tables import Encoder, read_table

__all__ = ["NAMED", "Task", "find_task"]

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@dataclass
class Named:
    """A data set known by name: its class, what a pixel is on average, and which changes leave its classes alone."""

    kind: str
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    padding: int
    mirrored: bool
    epochs: int


NAMED = {
    "fashion-mnist": Named("FashionMNIST", 28, (0.286,), (0.353,), 1, True, 15),
    "mnist": Named("MNIST", 28, (0.1307,), (0.3081,), 2, False, 10),
    "kmnist": Named("KMNIST", 28, (0.1918,), (0.3483,), 2, False, 15),
    "cifar10": Named("CIFAR10", 32, (0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616), 4, True, 30),
    "cifar100": Named("CIFAR100", 32, (0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762), 4, True, 40),
}


@dataclass
class Task:
    """The splits, and what a network for them looks like.

    shape: of a sample's features. classes: names, or None for a quantity. inputs: how a new file becomes a sample, in plain values.
    defaults: the options that suit it. fingerprint: equal for two runs on the same samples in the same splits.
    """

    name: str
    origin: str
    training: Dataset
    validation: Dataset
    test: Dataset
    shape: tuple[int, ...]
    classes: list[str] | None
    inputs: dict[str, Any]
    defaults: dict[str, Any]
    fingerprint: str
    leaks: list[Leak] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def outputs(self) -> int:
        """Numbers that the network gives a sample."""
        return 1 if self.classes is None else len(self.classes)


def find_task(config: Config) -> Task:
    """The task that `config.data` names: a data set, a folder or a CSV file. ValueError or FileNotFoundError, saying what there is."""
    if config.data in NAMED:
        return _named(config)
    path = Path(config.data)
    if path.is_dir():
        return _folder(config, path)
    if path.is_file():
        return _table(config, path)
    raise FileNotFoundError(f"{config.data} is no data set known by name ({', '.join(NAMED)}), and there is no such folder or file")


def _split(count: int, config: Config, held_out: tuple[float, ...]) -> list[list[int]]:
    """Shuffle 0 … count - 1 by the seed, and cut off the shares; the rest comes first."""
    order = list(range(count))
    random.Random(f"split {config.seed}").shuffle(order)
    parts = []
    for share in held_out:
        n = max(1, round(count * share)) if share > 0 else 0
        parts.append(sorted(order[:n]))
        order = order[n:]
    if len(order) < 2:
        raise ValueError(f"{count} samples are too few to train on after {' and '.join(f'{share:.0%}' for share in held_out)} are held out")
    return [sorted(order), *parts]


def _fingerprint(*parts: Any) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


# ---------------------------------------------------------------------------------------------------------------------------- named
def _named(config: Config) -> Task:
    known = NAMED[config.data]
    if config.sample:
        if config.data != "fashion-mnist":
            raise ValueError("a sample comes with flambeau of fashion-mnist only")
        halves = [datasets.FashionMNISTSample(train=train) for train in (True, False)]
    else:
        halves = [getattr(datasets, known.kind)(root=config.root, train=train, download=True) for train in (True, False)]
    size = config.image_size or known.size
    plain, varied = _small_transforms(known, size)
    rows, held = _split(len(halves[0]), config, (config.validation,))
    training, validation = copy.copy(halves[0]), copy.copy(halves[0])
    training.transform, validation.transform, halves[1].transform = varied, plain, plain
    pictures = [np.asarray(half.data) for half in halves]
    digests = [[digest_array(picture) for picture in part] for part in pictures]
    leaks = find_leaks({"training": rows, "validation": held, "test": range(len(halves[1]))},
                       lambda split, index: digests[split == "test"][index])
    channels = len(known.mean)
    return Task(
        name=config.data, origin=f"{known.kind}, {halves[0].source}", training=Subset(training, rows), validation=Subset(validation, held), test=halves[1],
        shape=(channels, size, size), classes=list(halves[0].classes), leaks=leaks,
        inputs={"kind": "image", "channels": channels, "size": size, "mean": list(known.mean), "std": list(known.std)},
        defaults={"model": "cnn", "epochs": known.epochs, "batch_size": 128, "lr": 0.004},
        fingerprint=_fingerprint(config.data, [hashlib.blake2b(b"".join(part), digest_size=16).hexdigest() for part in digests], rows))


def _small_transforms(known: Named, size: int) -> tuple[Callable, Callable]:
    resize = [T.Resize((size, size))] if size != known.size else []
    last = [T.ToTensor(), T.Normalize(known.mean, known.std)]
    changes = [T.RandomCrop(size, padding=known.padding)] + [T.RandomHorizontalFlip()] * known.mirrored
    return T.Compose(resize + last), T.Compose(resize + changes + last)


# --------------------------------------------------------------------------------------------------------------------------- folder
def _folder(config: Config, path: Path) -> Task:
    size = config.image_size or 64
    plain = image_transform({"channels": 3, "size": size, "mean": IMAGENET[0], "std": IMAGENET[1]})
    varied = T.Compose([T.RandomResizedCrop(size, scale=(0.5, 1.0)), T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize(*IMAGENET)])
    folders = {entry.name: entry for entry in path.iterdir() if entry.is_dir()}
    second = next((folders[name] for name in ("test", "val", "valid", "validation") if name in folders), None)
    if "train" in folders and second is not None:
        whole, test = datasets.ImageFolder(folders["train"], varied), datasets.ImageFolder(second, plain)
        if whole.classes != test.classes:
            raise ValueError(f"{folders['train']} has the classes {', '.join(whole.classes)}, but {second} has {', '.join(test.classes)}")
        rows, held = _split(len(whole), config, (config.validation,))
        test_rows, test_files = list(range(len(test))), test.samples
    else:
        whole = datasets.ImageFolder(path, varied)
        rows, held, test_rows = _split(len(whole), config, (config.validation, config.test))
        test_files = whole.samples
        test = copy.copy(whole)
        test.transform = plain
    if len(whole.classes) < 2:
        raise ValueError(f"{path} has one folder of images, {whole.classes[0]}: a folder for each of two classes or more is needed")
    validation = copy.copy(whole)
    validation.transform = plain
    files = {"training": whole.samples, "validation": whole.samples, "test": test_files}
    digests = {name: digest_file(name) for samples in (whole.samples, test_files) for name, _ in samples}
    leaks = find_leaks({"training": rows, "validation": held, "test": test_rows}, lambda split, index: digests[files[split][index][0]])
    return Task(
        name=path.resolve().name, origin=f"{len(whole.samples):,} images in {path}", training=Subset(whole, rows), validation=Subset(validation, held),
        test=Subset(test, test_rows), shape=(3, size, size), classes=list(whole.classes), leaks=leaks,
        inputs={"kind": "image", "channels": 3, "size": size, "mean": list(IMAGENET[0]), "std": list(IMAGENET[1])},
        defaults={"model": "cnn", "epochs": 20, "batch_size": 32, "lr": 0.002},
        fingerprint=_fingerprint("folder", whole.classes, sorted(key.hex() for key in digests.values()), rows, test_rows))


def image_transform(inputs: dict[str, Any]) -> Callable:
    """PIL image -> the tensor that a network for such `inputs` takes."""
    size, channels = inputs["size"], inputs["channels"]
    steps: list[Callable] = [T.Grayscale()] if channels == 1 else []
    return T.Compose([*steps, T.Resize(size), T.CenterCrop(size), T.ToTensor(), T.Normalize(inputs["mean"], inputs["std"])])


# ---------------------------------------------------------------------------------------------------------------------------- table
def _table(config: Config, path: Path) -> Task:
    if path.suffix.lower() not in (".csv", ".txt"):
        raise ValueError(f"{path} is neither a folder of images nor a CSV table (its name ends in {path.suffix or 'nothing'})")
    table = read_table(path)
    if config.target is None:
        raise ValueError(f"which column of {path} is to be learned? Say --target COLUMN, one of {', '.join(table.columns)}")
    table.column(config.target)
    rows, held, test_rows = _split(len(table.rows), config, (config.validation, config.test))
    encoder = Encoder.fit(table, config.target, rows)
    features, targets = encoder.features(table), encoder.targets(table)

    def part(chosen: list[int]) -> TensorDataset:
        return TensorDataset(flambeau.tensor(features[chosen]), flambeau.tensor(targets[chosen]))

    keys = [digest_array(row) for row in features]
    leaks = find_leaks({"training": rows, "validation": held, "test": test_rows}, lambda split, index: keys[index])
    left_out = encoder.state["left_out"]
    return Task(
        name=path.stem, origin=f"{len(table.rows):,} rows of {path}", training=part(rows), validation=part(held), test=part(test_rows),
        shape=(encoder.width,), classes=encoder.classes, leaks=leaks, inputs={"kind": "table", "encoder": encoder.state},
        defaults={"model": "mlp", "epochs": 60, "batch_size": 64 if len(rows) >= 1000 else 16, "lr": 0.003},
        notes=[f"left out, for they say nothing of other rows: {', '.join(left_out)}"] if left_out else [],
        fingerprint=_fingerprint("table", table.columns, digest_array(features).hex(), digest_array(targets).hex(), rows))
