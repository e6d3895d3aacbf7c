"""`flambeau data NAME`: fetch a data set and say where it is."""
from __future__ import annotations

from flambeau.vision import datasets

DATASETS = {"fashion-mnist": "FashionMNIST", "mnist": "MNIST", "kmnist": "KMNIST", "cifar10": "CIFAR10", "cifar100": "CIFAR100"}


def main(arguments) -> int:
    """Find or download both halves of the data set, and print where they came from."""
    kind = getattr(datasets, DATASETS[arguments.name])
    train, test = (kind(root=arguments.root, train=train, download=True) for train in (True, False))
    print(f"{DATASETS[arguments.name]}: {len(train):,} training and {len(test):,} test images, {getattr(train, 'source', f'in {arguments.root}')}")
    return 0
