"""Pooling: windows of the input become one number each, by their largest element, their mean or their norm."""

from collections.abc import Sequence
from typing import Any, ClassVar

from flambeau import Tensor
from flambeau.nn import functional as F
from flambeau.nn.modules.module import Module
from flambeau.nn.modules.utils import _ntuple, _single

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "FractionalMaxPool2d",
    "FractionalMaxPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]

# Each class calls the function of nn.functional that `_function` names. Sizes are one number for all axes, or one an axis.
Sizes = int | tuple[int, ...]


class _MaxPoolNd(Module):
    __constants__ = ["kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode"]
    _function: ClassVar[str]

    def __init__(
        self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, dilation: Sizes = 1, return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        """The maxima; with ``return_indices`` also where in the input they are."""
        return getattr(F, self._function)(
            input, self.kernel_size, self.stride, self.padding, self.dilation, ceil_mode=self.ceil_mode,
            return_indices=self.return_indices)

    def extra_repr(self) -> str:
        """The options."""
        return (f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
                f"ceil_mode={self.ceil_mode}")


class MaxPool1d(_MaxPoolNd):
    """The largest element of each window: x (N, C, L) or (C, L) -> (N, C, L_out) or (C, L_out), with
    L_out = floor((L + 2 padding - dilation (kernel_size - 1) - 1) / stride + 1).

    Args:
        kernel_size: of the window.
        stride: from window to window; by default kernel_size.
        padding: -inf on both sides, half a window at most.
        dilation: distance between a window's elements.
        return_indices: with the places of the maxima, as :class:`MaxUnpool1d` takes them.
        ceil_mode: round L_out up: a last window may begin inside the input or the left padding and end beyond.
    """

    _function = "max_pool1d"


class MaxPool2d(_MaxPoolNd):
    """The largest element of each window: x (N, C, H, W) or (C, H, W) -> (N, C, H_out, W_out) or (C, H_out, W_out), sizes as of
    :class:`MaxPool1d`, whose arguments it has.
    """

    _function = "max_pool2d"


class MaxPool3d(_MaxPoolNd):
    """The largest element of each window: x (N, C, D, H, W) or (C, D, H, W) -> the same axes, sizes as of :class:`MaxPool1d`, whose
    arguments it has.
    """

    _function = "max_pool3d"


class _MaxUnpoolNd(Module):
    _axes: ClassVar[int]
    _function: ClassVar[str]

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        super().__init__()
        each = _ntuple(self._axes)
        self.kernel_size = each(kernel_size)
        self.stride = each(stride if stride is not None else kernel_size)
        self.padding = each(padding)

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """Maxima and their places -> a tensor with zeros elsewhere; ``output_size`` chooses among the sizes that are possible."""
        return getattr(F, self._function)(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        """The options."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpoolNd):
    """Puts the maxima that :class:`MaxPool1d` found back where they were, with zeros elsewhere: x (N, C, L) or (C, L), indices of the
    same shape -> (N, C, L_out), with L_out = (L - 1) stride - 2 padding + kernel_size, or as the call says.

    Args:
        kernel_size, stride, padding: of the pooling.
    """

    _axes = 1
    _function = "max_unpool1d"


class MaxUnpool2d(_MaxUnpoolNd):
    """Puts the maxima that :class:`MaxPool2d` found back where they were: x (N, C, H, W) or (C, H, W). As :class:`MaxUnpool1d`."""

    _axes = 2
    _function = "max_unpool2d"


class MaxUnpool3d(_MaxUnpoolNd):
    """Puts the maxima that :class:`MaxPool3d` found back where they were: x (N, C, D, H, W) or (C, D, H, W). As :class:`MaxUnpool1d`."""

    _axes = 3
    _function = "max_unpool3d"


class _AvgPoolNd(Module):
    __constants__ = ["kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"]

    def extra_repr(self) -> str:
        """The options."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPoolNd):
    """The mean of each window: x (N, C, L) or (C, L) -> (N, C, L_out) or (C, L_out), with
    L_out = floor((L + 2 padding - kernel_size) / stride + 1).

    Args:
        kernel_size: of the window.
        stride: from window to window; by default kernel_size.
        padding: zeros on both sides, half a window at most.
        ceil_mode: round L_out up.
        count_include_pad: whether the zeros count as elements.
    """

    def __init__(
        self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, ceil_mode: bool = False, count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = _single(kernel_size)
        self.stride = _single(stride if stride is not None else kernel_size)
        self.padding = _single(padding)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, L) -> (N, C, L_out)."""
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class _AvgPoolWithDivisor(_AvgPoolNd):
    __constants__ = [*_AvgPoolNd.__constants__, "divisor_override"]
    _function: ClassVar[str]

    def __init__(
        self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, ceil_mode: bool = False, count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        return getattr(F, self._function)(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override)


class AvgPool2d(_AvgPoolWithDivisor):
    """The mean of each window: x (N, C, H, W) or (C, H, W) -> (N, C, H_out, W_out) or (C, H_out, W_out), sizes as of
    :class:`AvgPool1d`, whose arguments it has.

    Args:
        divisor_override: what each sum is divided by, instead of the number of elements.
    """

    _function = "avg_pool2d"


class AvgPool3d(_AvgPoolWithDivisor):
    """The mean of each window: x (N, C, D, H, W) or (C, D, H, W) -> the same axes. As :class:`AvgPool2d`."""

    _function = "avg_pool3d"


class _FractionalMaxPoolNd(Module):
    __constants__ = ["kernel_size", "return_indices", "output_size", "output_ratio"]
    _axes: ClassVar[int]
    _function: ClassVar[str]

    def __init__(
        self, kernel_size: Sizes, output_size: Sizes | None = None, output_ratio: Any = None, return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        each = _ntuple(self._axes)
        self.kernel_size = each(kernel_size)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = each(output_size) if output_size is not None else None
        self.output_ratio = each(output_ratio) if output_ratio is not None else None
        name = type(self).__name__
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio is not None and not all(0 < ratio < 1 for ratio in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Tensor) -> Any:
        """The maxima; with ``return_indices`` also where in the input they are."""
        return getattr(F, self._function)(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices, _random_samples=self._random_samples)


class FractionalMaxPool2d(_FractionalMaxPoolNd):
    """The largest element of windows at random distances, which give an output of any size (Graham, 2014, arXiv:1412.6071):
    x (N, C, H, W) or (C, H, W) -> (N, C, *output_size) or (C, *output_size).

    Args:
        kernel_size: of the window.
        output_size: (height, width) of the result; or
        output_ratio: the same as parts of the input's, between 0 and 1.
        return_indices: with the places of the maxima.

    Raises:
        ValueError: not exactly one of output_size and output_ratio is given, or the ratio is out of range.
    """

    _axes = 2
    _function = "fractional_max_pool2d"


class FractionalMaxPool3d(_FractionalMaxPoolNd):
    """As :class:`FractionalMaxPool2d`, for x (N, C, D, H, W) or (C, D, H, W)."""

    _axes = 3
    _function = "fractional_max_pool3d"

    def __init__(
        self, kernel_size: Sizes, output_size: Sizes | None = None, output_ratio: Any = None, return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        if not all(size > 0 for size in _single(kernel_size)):
            raise ValueError(f"kernel_size must be greater than 0, but got {kernel_size}")
        super().__init__(kernel_size, output_size, output_ratio, return_indices, _random_samples)


class _LPPoolNd(Module):
    __constants__ = ["norm_type", "kernel_size", "stride", "ceil_mode"]
    _function: ClassVar[str]

    def __init__(self, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """The norms."""
        return getattr(F, self._function)(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        """The options."""
        return f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, ceil_mode={self.ceil_mode}"


class LPPool1d(_LPPoolNd):
    """(sum of x^p over each window)^(1/p): x (N, C, L) or (C, L) -> (N, C, L_out) or (C, L_out), with
    L_out = floor((L - kernel_size) / stride + 1).

    Args:
        norm_type: p. 1 gives the sum, inf would be the maximum.
        kernel_size: of the window.
        stride: from window to window; by default kernel_size.
        ceil_mode: round L_out up.
    """

    _function = "lp_pool1d"


class LPPool2d(_LPPoolNd):
    """(sum of x^p over each window)^(1/p): x (N, C, H, W) or (C, H, W). The arguments are those of :class:`LPPool1d`."""

    _function = "lp_pool2d"


class LPPool3d(_LPPoolNd):
    """(sum of x^p over each window)^(1/p): x (N, C, D, H, W) or (C, D, H, W). The arguments are those of :class:`LPPool1d`."""

    _function = "lp_pool3d"


class _AdaptiveMaxPoolNd(Module):
    __constants__ = ["output_size", "return_indices"]
    _function: ClassVar[str]

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        """The maxima; with ``return_indices`` also where in the input they are."""
        return getattr(F, self._function)(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        """The output's size."""
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """The largest element of each of L_out windows that divide the input evenly: x (N, C, L) or (C, L) -> (N, C, L_out) or (C, L_out).

    Args:
        output_size: L_out.
        return_indices: with the places of the maxima.
    """

    _function = "adaptive_max_pool1d"


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """As :class:`AdaptiveMaxPool1d`, for x (N, C, H, W) or (C, H, W); output_size is one number or (height, width), None as the input's."""

    _function = "adaptive_max_pool2d"


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """As :class:`AdaptiveMaxPool1d`, for x (N, C, D, H, W) or (C, D, H, W); output_size is one number or three, None as the input's."""

    _function = "adaptive_max_pool3d"


class _AdaptiveAvgPoolNd(Module):
    __constants__ = ["output_size"]
    _function: ClassVar[str]

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        return getattr(F, self._function)(input, self.output_size)

    def extra_repr(self) -> str:
        """The output's size."""
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """The mean of each of L_out windows that divide the input evenly: x (N, C, L) or (C, L) -> (N, C, L_out) or (C, L_out).

    Args:
        output_size: L_out.
    """

    _function = "adaptive_avg_pool1d"


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """As :class:`AdaptiveAvgPool1d`, for x (N, C, H, W) or (C, H, W); output_size is one number or (height, width), None as the input's."""

    _function = "adaptive_avg_pool2d"


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """As :class:`AdaptiveAvgPool1d`, for x (N, C, D, H, W) or (C, D, H, W); output_size is one number or three, None as the input's."""

    _function = "adaptive_avg_pool3d"
