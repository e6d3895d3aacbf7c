"""Padding: elements added around the last axes."""

from typing import Any, ClassVar

from flambeau import Tensor
from flambeau.nn import functional as F
from flambeau.nn.modules.module import Module
from flambeau.nn.modules.utils import _ntuple

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


class _Pad(Module):
    """Padding of the last ``_axes`` axes: one number for all sides, or (before, after) of the last axis, of the last but one …"""

    __constants__ = ["padding"]
    _axes: ClassVar[int]
    _mode: ClassVar[str]

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = _ntuple(2 * self._axes)(padding)

    def forward(self, input: Tensor) -> Tensor:
        """x -> x with larger last axes."""
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        """The padding."""
        return f"{self.padding}"


class _CircularPadNd(_Pad):
    _mode = "circular"

    def forward(self, input: Tensor) -> Tensor:
        """x -> x with larger last axes."""
        self._check_input_dim(input)
        return F.pad(input, self.padding, "circular")

    def _check_input_dim(self, input: Tensor) -> None:
        least = self._axes + 1
        if input.dim() not in (least, least + 1):
            raise ValueError(f"expected {least}D or {least + 1}D input (got {input.dim()}D input)")


class CircularPad1d(_CircularPadNd):
    """Continues from the other end: x (N, C, W) or (C, W) -> (N, C, left + W + right).

    Args:
        padding: (left, right), or one number for both; at most W.
    """

    _axes = 1


class CircularPad2d(_CircularPadNd):
    """Continues from the other end: x (N, C, H, W) or (C, H, W). ``padding``: one number, or (left, right, top, bottom)."""

    _axes = 2


class CircularPad3d(_CircularPadNd):
    """Continues from the other end: x (N, C, D, H, W) or (C, D, H, W). ``padding``: one number, or (left, right, top, bottom, front, back)."""

    _axes = 3


class _ReflectionPadNd(_Pad):
    _mode = "reflect"


class ReflectionPad1d(_ReflectionPadNd):
    """Mirrors at the outermost element, which is not repeated: x (N, C, W) or (C, W) -> (N, C, left + W + right).

    Args:
        padding: (left, right), or one number for both; less than W.
    """

    _axes = 1


class ReflectionPad2d(_ReflectionPadNd):
    """Mirrors at the outermost elements: x (N, C, H, W) or (C, H, W). ``padding``: one number, or (left, right, top, bottom)."""

    _axes = 2


class ReflectionPad3d(_ReflectionPadNd):
    """Mirrors at the outermost elements: x (N, C, D, H, W) or (C, D, H, W). ``padding``: one number, or (left, right, top, bottom, front, back)."""

    _axes = 3


class _ReplicationPadNd(_Pad):
    _mode = "replicate"


class ReplicationPad1d(_ReplicationPadNd):
    """Repeats the outermost element: x (N, C, W) or (C, W) -> (N, C, left + W + right).

    Args:
        padding: (left, right), or one number for both.
    """

    _axes = 1


class ReplicationPad2d(_ReplicationPadNd):
    """Repeats the outermost elements: x (N, C, H, W) or (C, H, W). ``padding``: one number, or (left, right, top, bottom)."""

    _axes = 2


class ReplicationPad3d(_ReplicationPadNd):
    """Repeats the outermost elements: x (N, C, D, H, W) or (C, D, H, W). ``padding``: one number, or (left, right, top, bottom, front, back)."""

    _axes = 3


class _ConstantPadNd(_Pad):
    __constants__ = ["padding", "value"]

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """x -> x with larger last axes."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """The padding and the value."""
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPadNd):
    """Adds one value: x (*, W) -> (*, left + W + right). A negative padding takes elements away.

    Args:
        padding: (left, right), or one number for both.
        value: what is added.
    """

    _axes = 1


class ConstantPad2d(_ConstantPadNd):
    """Adds one value: x (*, H, W). ``padding``: one number, or (left, right, top, bottom)."""

    _axes = 2


class ConstantPad3d(_ConstantPadNd):
    """Adds one value: x (*, D, H, W). ``padding``: one number, or (left, right, top, bottom, front, back)."""

    _axes = 3


class _ZeroPadNd:
    """Comes before a ConstantPad: its value is 0, and goes without saying."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """The padding."""
        return f"{self.padding}"


class ZeroPad1d(_ZeroPadNd, ConstantPad1d):
    """Adds zeros: x (*, W) -> (*, left + W + right). ``padding``: one number, or (left, right)."""


class ZeroPad2d(_ZeroPadNd, ConstantPad2d):
    """Adds zeros: x (*, H, W). ``padding``: one number, or (left, right, top, bottom)."""


class ZeroPad3d(_ZeroPadNd, ConstantPad3d):
    """Adds zeros: x (*, D, H, W). ``padding``: one number, or (left, right, top, bottom, front, back)."""
