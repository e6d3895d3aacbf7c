"""Softmax and its kin: numbers along an axis become parts of one whole."""

from typing import Any

from flambeau import Tensor
from flambeau.nn import functional as F
from flambeau.nn.modules.module import Module

__all__ = ["LogSoftmax", "Softmax", "Softmax2d", "Softmin"]


class _AlongAxis(Module):
    """A function along an axis; without ``dim`` it guesses which, and warns."""

    __constants__ = ["dim"]

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.__dict__.setdefault("dim", None)

    def extra_repr(self) -> str:
        """The axis."""
        return f"dim={self.dim}"


class Softmin(_AlongAxis):
    """y = exp(-x) / sum of exp(-x) along an axis.

    Args:
        dim: the axis.
    """

    def forward(self, input: Tensor) -> Tensor:
        """x -> y, from 0 to 1."""
        return F.softmin(input, self.dim)


class Softmax(_AlongAxis):
    """y = exp(x) / sum of exp(x) along an axis: from 0 to 1, with sum 1.

    CrossEntropyLoss does this itself: it takes what goes into Softmax.

    Args:
        dim: the axis.
    """

    def forward(self, input: Tensor) -> Tensor:
        """x -> y, from 0 to 1."""
        return F.softmax(input, self.dim)


class Softmax2d(Module):
    """:class:`Softmax` over the channels of each pixel: x (N, C, H, W) or (C, H, W) -> the same.

    Raises:
        ValueError: an input with another number of axes.
    """

    def forward(self, input: Tensor) -> Tensor:
        """x -> y, from 0 to 1."""
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return F.softmax(input, -3)


class LogSoftmax(_AlongAxis):
    """y = x - log(sum of exp(x)) along an axis: the logarithm of :class:`Softmax`.

    Args:
        dim: the axis.
    """

    def forward(self, input: Tensor) -> Tensor:
        """x -> y, at most 0."""
        return F.log_softmax(input, self.dim)
