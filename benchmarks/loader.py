"""Loading images is not what a training loop waits for: flambeau's DataLoader beside PyTorch's, on the same pictures with the same transforms.

Goals: ToTensor + Normalize on Fashion-MNIST at 500,000 images/s or more without workers; crops and flips on CIFAR-shaped pictures at 20 times
PyTorch's rate without workers; a folder of JPEG files with 2 workers at 1.3 times PyTorch's.

torchvision is not installed beside PyTorch 2.13 everywhere, so its PIL path is written out here: PIL images, cropped, flipped and padded by Pillow,
`ToTensor` and `Normalize` by PyTorch's operations, random numbers by `torch.randint` and `torch.rand`, as torchvision's transforms have them.

    python benchmarks/loader.py [--rounds 7] [--images 20000] [--jpegs 400]
"""
from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

import flambeau
from flambeau.utils.data import DataLoader
from flambeau.vision import datasets
from flambeau.vision import transforms as T
from flambeau.vision.datasets.vision import ArrayDataset, Source

try:
    import torch
    import torch.utils.data
except ImportError:
    torch = None

PAUSE = 0.3  # seconds between engines: thread pools go on spinning for a while
GREY = ((0.286,), (0.353,))
COLOUR = ((0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616))


# ------------------------------------------------------------------------------------------- torchvision's PIL path, for PyTorch
def to_tensor(picture):
    """PIL -> float tensor (C, H, W) in 0 to 1."""
    array = torch.from_numpy(np.array(picture, np.uint8, copy=True))
    array = array.view(picture.size[1], picture.size[0], len(picture.getbands()))
    return array.permute((2, 0, 1)).contiguous().to(dtype=torch.get_default_dtype()).div(255)


class Normalize:
    """(x - mean) / std, channel by channel."""

    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def __call__(self, tensor):
        tensor = tensor.clone()
        mean = torch.as_tensor(self.mean, dtype=tensor.dtype, device=tensor.device)
        std = torch.as_tensor(self.std, dtype=tensor.dtype, device=tensor.device)
        if (std == 0).any():
            raise ValueError("std evaluated to zero")
        return tensor.sub_(mean.view(-1, 1, 1)).div_(std.view(-1, 1, 1))


def random_crop(size, padding=0):
    """A window at a random place of the padded picture."""
    def apply(picture):
        if padding:
            picture = ImageOps.expand(picture, border=padding, fill=0)
        top = torch.randint(0, picture.height - size + 1, size=(1,)).item()
        left = torch.randint(0, picture.width - size + 1, size=(1,)).item()
        return picture.crop((left, top, left + size, top + size))
    return apply


def random_flip(picture):
    """Mirrored with probability 1/2."""
    return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if torch.rand(1) < 0.5 else picture


def compose(*steps):
    """One after the other."""
    def apply(picture):
        for step in steps:
            picture = step(picture)
        return picture
    return apply


class Pictures:
    """Arrays in memory as torchvision's MNIST and CIFAR have them: a PIL image a sample."""

    def __init__(self, data, targets, transform):
        self.data, self.targets, self.transform = data, targets, transform

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.data[index])), int(self.targets[index])


class Folder:
    """torchvision's ImageFolder on the files of ours."""

    def __init__(self, samples, transform):
        self.samples, self.transform = samples, transform

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        path, target = self.samples[index]
        with open(path, "rb") as file:
            picture = Image.open(file).convert("RGB")
        return self.transform(picture), target


# ------------------------------------------------------------------------------------------------------------------ flambeau's data
class Array(ArrayDataset):
    """The same arrays as a data set of flambeau's."""

    train, source = True, Source("folder", "memory")

    def __init__(self, data, targets, transform):
        super().__init__(None, transform=transform)
        self.data, self.targets = data, np.asarray(targets, np.int64)

    def _pictures(self):
        return self.data

    def _labels(self, indices):
        return self.targets[indices]

    def __len__(self):
        return len(self.data)


def fashion() -> tuple[np.ndarray, np.ndarray, str]:
    """Fashion-MNIST where it is to be had, else noise of its shape."""
    try:
        data = datasets.FashionMNIST("data")
        return data.data.numpy(), data.targets.numpy(), "Fashion-MNIST"
    except RuntimeError:
        rng = np.random.default_rng(0)
        return rng.integers(0, 256, (60_000, 28, 28), np.uint8), rng.integers(0, 10, 60_000), "noise shaped like Fashion-MNIST"


def jpegs(folder: Path, count: int) -> None:
    """Smooth photographs, as it were, of 300 x 260 pixels in 4 classes."""
    rng = np.random.default_rng(0)
    for k in range(count):
        place = folder / f"class{k % 4}"
        place.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (13, 15, 3), np.uint8)).resize((300, 260), Image.Resampling.BICUBIC).save(place / f"{k}.jpg", quality=88)


# ---------------------------------------------------------------------------------------------------------------------- measuring
def rate(loader) -> float:
    """Images/s of one pass. Batches are plain memory when they come: nothing is left to be computed."""
    began, count = time.perf_counter(), 0
    for images, _ in loader:
        count += len(images)
    return count / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--images", type=int, default=20_000, help="CIFAR-shaped pictures")
    parser.add_argument("--jpegs", type=int, default=400, help="JPEG files")
    parser.add_argument("--peer-images", type=int, default=6_000, help="pictures that PyTorch reads of the sets in memory (its rate does not depend on it)")
    parser.add_argument("--only", choices=("fashion", "cifar", "jpeg"), help="one of the three")
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {len(os.sched_getaffinity(0))} cores; Python {platform.python_version()}, NumPy {np.__version__}, "
          f"flambeau {flambeau.__version__}, PyTorch {torch.__version__ if torch else 'absent'}")
    if torch:
        torch.set_num_threads(1)
    few = options.peer_images

    def pair(data, targets, ours, theirs, batch_size):
        """Loaders of the two; both are compared on PyTorch's part first, then ours reads all."""
        mine = DataLoader(Array(data, targets, ours), batch_size=batch_size, shuffle=True)
        other = torch and torch.utils.data.DataLoader(Pictures(data[:few], targets[:few], theirs), batch_size=batch_size, shuffle=True)
        if torch:  # the same batch from the same seed
            flambeau.manual_seed(1)
            torch.manual_seed(1)
            mine_first = next(iter(DataLoader(Array(data[:few], targets[:few], ours), batch_size=batch_size, shuffle=True)))[0].numpy()
            np.testing.assert_allclose(mine_first, next(iter(other))[0].numpy(), rtol=1e-6, atol=1e-6)
        return mine, other

    def measure(title, mine, other):
        rates = {"flambeau": [], "PyTorch": []}
        for _ in range(options.rounds + 1):
            for name, loader in (("flambeau", mine), ("PyTorch", other)):
                if loader is not None:
                    time.sleep(PAUSE)
                    rates[name].append(rate(loader))
        report(title, rates)

    if options.only in (None, "fashion"):
        data, targets, what = fashion()
        for batch_size in (64, 256):
            mine, other = pair(data, targets, T.Compose([T.ToTensor(), T.Normalize(*GREY)]), torch and compose(to_tensor, Normalize(*GREY)), batch_size)
            measure(f"{what}, ToTensor + Normalize, shuffled, batches of {batch_size}, no workers (goal: 500,000 images/s)", mine, other)
    if options.only in (None, "cifar"):
        rng = np.random.default_rng(0)
        data, targets = rng.integers(0, 256, (options.images, 32, 32, 3), np.uint8), rng.integers(0, 10, options.images)
        for batch_size in (64, 256):
            mine, other = pair(
                data, targets, T.Compose([T.RandomCrop(32, padding=4), T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize(*COLOUR)]),
                torch and compose(random_crop(32, 4), random_flip, to_tensor, Normalize(*COLOUR)), batch_size)
            measure(f"CIFAR-shaped noise, RandomCrop + flip + ToTensor + Normalize, batches of {batch_size}, no workers (goal: 20 times)", mine, other)
    if options.only in (None, "jpeg"):
        with tempfile.TemporaryDirectory() as place:
            jpegs(Path(place), options.jpegs)
            ours = datasets.ImageFolder(place, T.Compose([T.RandomCrop(224), T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize(*COLOUR)]))
            mine = DataLoader(ours, batch_size=32, num_workers=2, persistent_workers=True)
            other = torch and torch.utils.data.DataLoader(
                Folder(ours.samples, compose(random_crop(224), random_flip, to_tensor, Normalize(*COLOUR))),
                batch_size=32, num_workers=2, persistent_workers=True)
            measure(f"{options.jpegs} JPEG files of 300x260, RandomCrop(224) + flip + ToTensor + Normalize, 2 workers (goal: 1.3 times)", mine, other)


def report(title: str, rates: dict[str, list[float]]) -> None:
    """Medians and quartiles, the first pass of each left out as a warm-up; then the ratio."""
    print(f"\n{title}")
    medians = {}
    for name, values in rates.items():
        if values[1:]:
            low, medians[name], high = statistics.quantiles(values[1:], n=4)
            print(f"  {name:9s} {medians[name]:>12,.0f} images/s   ({low:,.0f} to {high:,.0f})")
    if len(medians) < 2:
        print("  PyTorch is absent: pip install torch==2.13.0")
    else:
        print(f"  flambeau / PyTorch: {medians['flambeau'] / medians['PyTorch']:.2f} times the rate")


if __name__ == "__main__":
    main()
