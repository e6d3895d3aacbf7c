"""Data sets of images: each finds its files, or downloads and checks them, and gives (image, target) by index."""

from .cifar import CIFAR10, CIFAR100
from .fakedata import FakeData
from .folder import DatasetFolder, ImageFolder
from .mnist import EMNIST, KMNIST, MNIST, QMNIST, FashionMNIST
from .sample import FashionMNISTSample
from .stl10 import STL10
from .svhn import SVHN
from .table import ImageTable
from .vision import VisionDataset

__all__ = [
    "CIFAR10", "CIFAR100", "EMNIST", "KMNIST", "MNIST", "QMNIST", "STL10", "SVHN", "DatasetFolder", "FakeData", "FashionMNIST",
    "FashionMNISTSample", "ImageFolder", "ImageTable", "VisionDataset",
]  # fmt: skip
