"""Data sets of images: each finds its files, or downloads and checks them, and gives (image, target) by index."""

from .mnist import EMNIST, KMNIST, MNIST, QMNIST, FashionMNIST
from .sample import FashionMNISTSample
from .vision import VisionDataset

__all__ = ["EMNIST", "KMNIST", "MNIST", "QMNIST", "FashionMNIST", "FashionMNISTSample", "VisionDataset"]
