"""Images and signals made larger, or smaller."""

from typing import Any

from flambeau import Tensor
from flambeau.nn import functional as F
from flambeau.nn.modules.module import Module

__all__ = ["Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"]


class Upsample(Module):
    """Interpolates to another size: x (N, C, *spatial) with one to three spatial axes -> (N, C, *sizes).

    Args:
        size: the spatial sizes of the result; or
        scale_factor: what the sizes are multiplied by, one number or one an axis.
        mode: ``"nearest"``, ``"linear"`` (1 axis), ``"bilinear"``, ``"bicubic"`` (2 axes) or ``"trilinear"`` (3 axes).
        align_corners: whether the corner elements of input and result lie at the same places; else the outer edges do.
        recompute_scale_factor: interpolate by the ratio of the sizes instead of the factor that was given.
    """

    __constants__ = ["size", "scale_factor", "mode", "align_corners", "name", "recompute_scale_factor"]

    def __init__(
        self, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        if isinstance(scale_factor, tuple):
            self.scale_factor = tuple(float(factor) for factor in scale_factor)
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        """x (N, C, *spatial) -> (N, C, *sizes)."""
        return F.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners, recompute_scale_factor=self.recompute_scale_factor)

    def __setstate__(self, state: dict[str, Any]) -> None:
        state.setdefault("recompute_scale_factor", True)  # what it was before there was a choice
        super().__setstate__(state)

    def extra_repr(self) -> str:
        """The factor or the size, and the mode."""
        how = f"scale_factor={self.scale_factor!r}" if self.scale_factor is not None else f"size={self.size!r}"
        return f"{how}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Repeats the nearest element: x (N, C, H, W) -> (N, C, *size). See :class:`Upsample`.

    Args:
        size, scale_factor: one of them.
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Interpolates between the four nearest elements, with aligned corners: x (N, C, H, W) -> (N, C, *size). See :class:`Upsample`.

    Args:
        size, scale_factor: one of them.
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
