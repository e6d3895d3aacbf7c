"""What the transforms of whole samples have in common."""

import enum
from collections.abc import Sequence
from typing import Any

import numpy as np

from flambeau import Tensor, nn

from ..._pillow import is_picture
from .. import base
from .. import functional as F
from ._tree import leaves, rebuild

SHOWN = (bool, int, float, str, tuple, list, enum.Enum)


class ImageSize(Sequence):
    """[channels, height, width] of the images among some leaves, found when it is asked for."""

    def __init__(self, flat_inputs: list):
        self.flat_inputs = flat_inputs

    def __getitem__(self, index):
        sizes = {tuple(F.get_dimensions(leaf)) for leaf in self.flat_inputs if isinstance(leaf, Tensor) or is_picture(leaf)}
        if not sizes:
            raise TypeError("No image or video was found in the sample")
        if len(sizes) > 1:
            raise ValueError(f"Found multiple CxHxW dimensions in the sample: {', '.join(map(str, sorted(sizes)))}")
        return list(sizes.pop())[index]

    def __len__(self) -> int:
        return 3


class Transform(base.Transform):
    """A transform of a sample: an image, or images and whatever else, nested in tuples, lists and dicts.

    The images are the PIL images and, when there are none, the first tensor; all else passes unchanged. Random numbers are drawn once
    for the sample, so that all its images change alike.

    A user's subclass defines `transform(inpt, params)`, and `make_params(flat_inputs)` when it draws.
    """

    shown: tuple[str, ...] | None = None  # the attributes to print, in order; None: all
    changes = ("tensor", "picture")  # of "tensor", "picture", "array", "anything"

    def make_params(self, flat_inputs: list[Any]) -> Any:
        """What `transform` needs to know, drawn once for the sample; `flat_inputs` are the leaves that it will get."""
        return self.draw(ImageSize(flat_inputs)) if self.random else {}

    def check_inputs(self, flat_inputs: list[Any]) -> None:
        """Raises TypeError for samples that the transform cannot take."""

    def forward(self, *inputs: Any) -> Any:
        sample = inputs if len(inputs) > 1 else inputs[0]
        flat = leaves(sample)
        self.check_inputs(flat)
        chosen = self.needs_transform(flat)
        params = self.make_params([leaf for leaf, change in zip(flat, chosen, strict=True) if change])
        if params is base.SKIP:
            return sample
        return rebuild(sample, [self.transform(leaf, params) if change else leaf for leaf, change in zip(flat, chosen, strict=True)])

    def needs_transform(self, flat_inputs: list[Any]) -> list[bool]:
        """Which of the leaves are for this transform."""
        tensor_due = not any(is_picture(leaf) for leaf in flat_inputs)
        chosen = []
        for leaf in flat_inputs:
            if isinstance(leaf, Tensor):
                chosen.append("anything" in self.changes or ("tensor" in self.changes and tensor_due))
                tensor_due = False
            elif is_picture(leaf):
                chosen.append("picture" in self.changes or "anything" in self.changes)
            else:
                chosen.append("anything" in self.changes or ("array" in self.changes and isinstance(leaf, np.ndarray)))
        return chosen

    def extra_repr(self) -> str:
        names = self.shown or [name for name in self.__dict__ if not name.startswith("_") and name != "training"]
        return ", ".join(f"{name}={value}" for name in names if isinstance(value := getattr(self, name), SHOWN))

    __repr__ = nn.Module.__repr__


def check_probability(p: float) -> float:
    """`p`. Raises ValueError unless it lies between 0 and 1."""
    if not 0.0 <= p <= 1.0:
        raise ValueError("`p` should be a floating point value in the interval [0.0, 1.0].")
    return p
