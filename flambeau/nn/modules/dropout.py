"""Dropout: in training, a random part of the values becomes zero."""

from typing import ClassVar

from flambeau import Tensor
from flambeau.nn import functional as F
from flambeau.nn.modules.module import Module

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class _DropoutNd(Module):
    """Options of all kinds of dropout, and the call of the ``_function`` of nn.functional."""

    __constants__ = ["p", "inplace"]
    _function: ClassVar[str]

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x -> x in evaluation; of the same shape, with zeros, in training."""
        return getattr(F, self._function)(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        """Both options."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """In training each element becomes 0 with probability p, and x / (1 - p) otherwise; in evaluation y = x.

    Args:
        p: probability of 0, from 0 to 1.
        inplace: write into the input.

    Raises:
        ValueError: p is out of range.
    """

    _function = "dropout"


class Dropout1d(_DropoutNd):
    """Dropout of whole channels: x (N, C, L) or (C, L). The arguments are those of :class:`Dropout`."""

    _function = "dropout1d"


class Dropout2d(_DropoutNd):
    """Dropout of whole channels: x (N, C, H, W) or (N, C, L). The arguments are those of :class:`Dropout`."""

    _function = "dropout2d"


class Dropout3d(_DropoutNd):
    """Dropout of whole channels: x (N, C, D, H, W) or (C, D, H, W). The arguments are those of :class:`Dropout`."""

    _function = "dropout3d"


class _AlphaDropoutNd(_DropoutNd):
    def forward(self, input: Tensor) -> Tensor:
        """x -> x in evaluation; of the same shape, with some values replaced, in training."""
        return getattr(F, self._function)(input, self.p, self.training)


class AlphaDropout(_AlphaDropoutNd):
    """Dropout that keeps mean 0 and variance 1, for networks with SELU: what is dropped becomes SELU's negative limit, and all
    is scaled and shifted (Klambauer et al., 2017, arXiv:1706.02515). The arguments are those of :class:`Dropout`.
    """

    _function = "alpha_dropout"


class FeatureAlphaDropout(_AlphaDropoutNd):
    """:class:`AlphaDropout` of whole channels: x (N, C, *)."""

    _function = "feature_alpha_dropout"
