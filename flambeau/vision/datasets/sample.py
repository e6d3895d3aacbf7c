"""A small part of Fashion-MNIST that comes with the package, for trying things out where the whole cannot be had."""

from collections.abc import Callable
from pathlib import Path

from .mnist import FashionMNIST
from .vision import Source

__all__ = ["FashionMNISTSample"]

FOLDER = Path(__file__).with_name("fashion_mnist_sample")


class FashionMNISTSample(FashionMNIST):
    """A SAMPLE of Fashion-MNIST: the first 300 training and the first 60 test images of each class, in the order of the full files.

    3,000 and 600 images, unchanged (MIT licence, beside the files; made by tools/make_sample.py). Networks trained on it reach
    some 80 %, not the figures known for the full 60,000: get those with `FashionMNIST(root, download=True)`, or by installing
    the system package dataset-fashion-mnist. Has no `root` and no `download`; else as FashionMNIST.
    """

    def __init__(self, train: bool = True, transform: Callable | None = None, target_transform: Callable | None = None):
        super().__init__(None, train, transform, target_transform)

    def _locate(self, download: bool) -> Source:
        return Source("sample", str(FOLDER), "a sample of 3,000 + 600 images, not the full Fashion-MNIST,")

    def extra_repr(self) -> str:
        return super().extra_repr() + "\nSample: 3,000 + 600 of the 60,000 + 10,000 images"
