"""Transforms made of transforms."""

import random
from collections.abc import Callable, Sequence

from .base import Transform, happens


def _listed(transforms) -> str:
    return "".join(f"\n    {transform}" for transform in transforms)


class Compose(Transform):
    """Applies `transforms` one after the other."""

    is_sequence = True

    def __init__(self, transforms: Sequence[Callable]):
        super().__init__()
        self.transforms = transforms

    def forward(self, img):
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_listed(self.transforms)}\n)"


class RandomApply(Transform):
    """Applies all of `transforms` with probability `p`, or none."""

    def __init__(self, transforms: Sequence[Callable], p: float = 0.5):
        super().__init__()
        self.transforms = transforms
        self.p = p

    def forward(self, img):
        if not happens(self.p):
            return img
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        return f"{type(self).__name__}(\n    p={self.p}{_listed(self.transforms)}\n)"


class _Choice(Transform):
    def __init__(self, transforms: Sequence[Callable]):
        super().__init__()
        if not isinstance(transforms, Sequence):
            raise TypeError("Argument transforms should be a sequence")
        self.transforms = transforms

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_listed(self.transforms)}\n)"


class RandomOrder(_Choice):
    """Applies all of `transforms`, in an order drawn by Python's `random`."""

    def forward(self, img):
        order = list(range(len(self.transforms)))
        random.shuffle(order)
        for number in order:
            img = self.transforms[number](img)
        return img


class RandomChoice(_Choice):
    """Applies one of `transforms`, drawn by Python's `random` with the weights `p` (default: all alike)."""

    def __init__(self, transforms: Sequence[Callable], p: Sequence[float] | None = None):
        super().__init__(transforms)
        if p is not None and not isinstance(p, Sequence):
            raise TypeError("Argument p should be a sequence")
        self.p = p

    def forward(self, *args):
        return random.choices(self.transforms, weights=self.p)[0](*args)

    def __repr__(self) -> str:
        return f"{super().__repr__()}(p={self.p})"
