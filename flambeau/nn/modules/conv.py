"""Convolutions over one, two and three axes."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import flambeau
from flambeau import Tensor
from flambeau.nn import functional as F
from flambeau.nn import init
from flambeau.nn.modules.lazy import LazyModuleMixin
from flambeau.nn.modules.module import Module
from flambeau.nn.modules.utils import _ntuple, _reverse_repeat_tuple
from flambeau.nn.parameter import Parameter, UninitializedParameter

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
]

_PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What all convolutions are: their options, weight and bias. Sizes are tuples, one number an axis."""

    __constants__ = ["stride", "padding", "dilation", "groups", "padding_mode", "output_padding", "in_channels", "out_channels", "kernel_size"]

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: tuple[int, ...], stride: tuple[int, ...], padding: str | tuple[int, ...],
        dilation: tuple[int, ...], transposed: bool, output_padding: tuple[int, ...], groups: int, bias: bool, padding_mode: str,
        device=None, dtype=None,
    ) -> None:
        super().__init__()
        if groups <= 0:
            raise ValueError(f"groups must be a positive integer, got {groups}")
        if in_channels % groups != 0:
            raise ValueError(f"in_channels must be divisible by groups, got in_channels={in_channels} and groups={groups}")
        if out_channels % groups != 0:
            raise ValueError(f"out_channels must be divisible by groups, got out_channels={out_channels} and groups={groups}")
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of 'same', 'valid'")
            if padding == "same" and any(s != 1 for s in stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if padding_mode not in _PADDING_MODES:
            raise ValueError(f"padding_mode must be one of {_PADDING_MODES}, but got padding_mode='{padding_mode}'")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.transposed = transposed
        self.output_padding = output_padding
        self.groups = groups
        self.padding_mode = padding_mode
        self._reversed_padding_repeated_twice = self._padding_by_side()
        first, second = (in_channels, out_channels) if transposed else (out_channels, in_channels)
        self.weight = Parameter(flambeau.empty((first, second // groups, *kernel_size), device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(flambeau.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _padding_by_side(self) -> Sequence[int]:
        """Padding before and after each axis, last axis first, as ``F.pad`` takes it."""
        if not isinstance(self.padding, str):
            return _reverse_repeat_tuple(self.padding, 2)
        sides = []
        for dilation, size in zip(reversed(self.dilation), reversed(self.kernel_size), strict=False):
            total = dilation * (size - 1) if self.padding == "same" else 0
            sides += [total // 2, total - total // 2]
        return sides

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, uniform in ±1/sqrt(fan_in), where fan_in = in_channels / groups * product of kernel_size."""
        with flambeau.no_grad():
            if self.weight.is_contiguous():
                init.kaiming_uniform_(self.weight, a=math.sqrt(5))
            else:  # drawn in the order of the axes, whatever lies next to what in memory
                drawn = flambeau.empty_like(self.weight, memory_format=flambeau.contiguous_format)
                self.weight.copy_(init.kaiming_uniform_(drawn, a=math.sqrt(5)))
            if self.bias is not None:
                fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
                bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
                init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """The options that are not the default."""
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * len(self.padding):
            text += f", padding={self.padding}"
        if self.dilation != (1,) * len(self.dilation):
            text += f", dilation={self.dilation}"
        if self.output_padding != (0,) * len(self.output_padding):
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class _Conv(_ConvNd):
    """A convolution over ``_axes`` axes, by the ``_function`` of nn.functional."""

    _axes: ClassVar[int]
    _function: ClassVar[str]

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int | tuple, stride: int | tuple = 1, padding: str | int | tuple = 0,
        dilation: int | tuple = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device=None, dtype=None,
    ) -> None:
        each = _ntuple(self._axes)
        super().__init__(
            in_channels, out_channels, each(kernel_size), each(stride), padding if isinstance(padding, str) else each(padding),
            each(dilation), False, each(0), groups, bias, padding_mode, device=device, dtype=dtype)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        padding = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = (0,) * self._axes
        return getattr(F, self._function)(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input: Tensor) -> Tensor:
        """(N, in_channels, *spatial) -> (N, out_channels, *spatial out); N may be left away."""
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    """out[n, o] = bias[o] + sum over i of weight[o, i] ⋆ x[n, i], where ⋆ slides the kernel over the length (cross-correlation).

    Shapes: x (N, C_in, L) or (C_in, L) -> (N, C_out, L_out) or (C_out, L_out), with
    L_out = floor((L + 2 padding - dilation (kernel_size - 1) - 1) / stride + 1);
    ``weight`` (C_out, C_in / groups, kernel_size), ``bias`` (C_out); both start uniform in ±sqrt(groups / (C_in kernel_size)).

    Args:
        in_channels, out_channels: C_in and C_out.
        kernel_size: length of the kernel.
        stride: how far it moves between outputs.
        padding: elements added on both sides; ``"valid"`` is none, ``"same"`` keeps the length (stride 1 only).
        dilation: distance between the kernel's elements.
        groups: channels fall into so many groups that do not see each other; divides both numbers of channels.
        bias: whether there is one.
        padding_mode: what is added: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.
        device, dtype: of the parameters.

    Raises:
        ValueError: options that do not go together.
    """

    _axes = 1
    _function = "conv1d"


class Conv2d(_Conv):
    """out[n, o] = bias[o] + sum over i of weight[o, i] ⋆ x[n, i], where ⋆ slides the kernel over height and width (cross-correlation).

    Shapes: x (N, C_in, H, W) or (C_in, H, W) -> (N, C_out, H_out, W_out) or (C_out, H_out, W_out); H_out and W_out as L_out of
    :class:`Conv1d`; ``weight`` (C_out, C_in / groups, *kernel_size), ``bias`` (C_out).

    Args:
        in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype: as of Conv1d;
            sizes are one number for both axes, or a pair (height, width).
    """

    _axes = 2
    _function = "conv2d"


class Conv3d(_Conv):
    """out[n, o] = bias[o] + sum over i of weight[o, i] ⋆ x[n, i], where ⋆ slides the kernel over depth, height and width.

    Shapes: x (N, C_in, D, H, W) or (C_in, D, H, W) -> (N, C_out, D_out, H_out, W_out), each size as L_out of :class:`Conv1d`;
    ``weight`` (C_out, C_in / groups, *kernel_size), ``bias`` (C_out).

    Args:
        in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype: as of Conv1d;
            sizes are one number for all axes, or a triple (depth, height, width).
    """

    _axes = 3
    _function = "conv3d"


class _ConvTransposeNd(_ConvNd):
    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...],
        dilation: tuple[int, ...], transposed: bool, output_padding: tuple[int, ...], groups: int, bias: bool, padding_mode: str,
        device=None, dtype=None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, transposed, output_padding, groups, bias, padding_mode,
            device=device, dtype=dtype)

    def _output_padding(
        self, input: Tensor, output_size: Sequence[int] | None, stride: Sequence[int], padding: Sequence[int],
        kernel_size: Sequence[int], num_spatial_dims: int, dilation: Sequence[int] | None = None,
    ) -> Sequence[int]:
        """What is missing from the smallest output that the input can have come from to the one that is wanted."""
        if output_size is None:
            return self.output_padding
        others = 2 if input.dim() == num_spatial_dims + 2 else 1
        wanted = list(output_size)
        if len(wanted) == others + num_spatial_dims:
            wanted = wanted[others:]
        if len(wanted) != num_spatial_dims:
            raise ValueError(
                f"ConvTranspose{num_spatial_dims}D: for {input.dim()}D input, output_size must have {num_spatial_dims} or "
                f"{others + num_spatial_dims} elements (got {len(wanted)})")
        dilation = dilation or (1,) * num_spatial_dims
        smallest = [
            (input.size(d + others) - 1) * stride[d] - 2 * padding[d] + dilation[d] * (kernel_size[d] - 1) + 1
            for d in range(num_spatial_dims)
        ]
        largest = [size + step - 1 for size, step in zip(smallest, stride, strict=True)]
        if not all(low <= size <= high for low, size, high in zip(smallest, wanted, largest, strict=True)):
            raise ValueError(
                f"requested an output size of {wanted}, but valid sizes range from {smallest} to {largest} (for an input of "
                f"{tuple(input.shape[others:])})")
        return [size - low for low, size in zip(smallest, wanted, strict=True)]


class _ConvTranspose(_ConvTransposeNd):
    """A transposed convolution over ``_axes`` axes, by the ``_function`` of nn.functional."""

    _axes: ClassVar[int]
    _function: ClassVar[str]

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int | tuple, stride: int | tuple = 1, padding: int | tuple = 0,
        output_padding: int | tuple = 0, groups: int = 1, bias: bool = True, dilation: int | tuple = 1, padding_mode: str = "zeros",
        device=None, dtype=None,
    ) -> None:
        each = _ntuple(self._axes)
        super().__init__(
            in_channels, out_channels, each(kernel_size), each(stride), each(padding), each(dilation), True, each(output_padding),
            groups, bias, padding_mode, device=device, dtype=dtype)

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """(N, in_channels, *spatial) -> (N, out_channels, *spatial out); ``output_size`` chooses among those that are possible."""
        if self.padding_mode != "zeros":
            raise ValueError(f"Only `zeros` padding mode is supported for {type(self).__name__}")
        output_padding = self._output_padding(
            input, output_size, self.stride, self.padding, self.kernel_size, self._axes, self.dilation)
        return getattr(F, self._function)(input, self.weight, self.bias, self.stride, self.padding, output_padding, self.groups, self.dilation)


class ConvTranspose1d(_ConvTranspose):
    """The gradient of :class:`Conv1d` by its input, as a layer: each input element adds the kernel, times itself, to the output.

    Shapes: x (N, C_in, L) or (C_in, L) -> (N, C_out, L_out) or (C_out, L_out), with
    L_out = (L - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1;
    ``weight`` (C_in, C_out / groups, kernel_size), ``bias`` (C_out); both start uniform in ±sqrt(groups / (C_out kernel_size)).

    Args:
        in_channels, out_channels, kernel_size, stride, groups, bias, dilation, device, dtype: as of the Conv1d that this reverses.
        padding: elements taken off both sides of the output.
        output_padding: elements added at the end of the output: with a stride, several lengths lead to one.
        padding_mode: only ``"zeros"``.

    Raises:
        ValueError: options that do not go together, or an ``output_size`` in the call that is not possible.
    """

    _axes = 1
    _function = "conv_transpose1d"


class ConvTranspose2d(_ConvTranspose):
    """The gradient of :class:`Conv2d` by its input, as a layer.

    Shapes: x (N, C_in, H, W) or (C_in, H, W) -> (N, C_out, H_out, W_out) or (C_out, H_out, W_out); H_out and W_out as L_out of
    :class:`ConvTranspose1d`; ``weight`` (C_in, C_out / groups, *kernel_size), ``bias`` (C_out).

    Args:
        in_channels, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation, padding_mode, device, dtype:
            as of ConvTranspose1d; sizes are one number for both axes, or a pair (height, width).
    """

    _axes = 2
    _function = "conv_transpose2d"


class ConvTranspose3d(_ConvTranspose):
    """The gradient of :class:`Conv3d` by its input, as a layer.

    Shapes: x (N, C_in, D, H, W) or (C_in, D, H, W) -> (N, C_out, D_out, H_out, W_out), each size as L_out of
    :class:`ConvTranspose1d`; ``weight`` (C_in, C_out / groups, *kernel_size), ``bias`` (C_out).

    Args:
        in_channels, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation, padding_mode, device, dtype:
            as of ConvTranspose1d; sizes are one number for all axes, or a triple (depth, height, width).
    """

    _axes = 3
    _function = "conv_transpose3d"


class _LazyConvXdMixin(LazyModuleMixin):
    """A convolution that takes ``in_channels`` from its first input."""

    def _make_uninitialized(self, out_channels: int, bias: bool, device: Any, dtype: Any) -> None:
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_channels = out_channels
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw weight and bias, once their shapes are known."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """Make weight and bias for inputs of this many channels."""
        if not self.has_uninitialized_params():
            return
        self.in_channels = self._get_in_channels(input)
        if self.in_channels % self.groups != 0:
            raise ValueError(f"in_channels must be divisible by groups, got in_channels={self.in_channels} and groups={self.groups}")
        first, second = (self.in_channels, self.out_channels) if self.transposed else (self.out_channels, self.in_channels)
        self.weight.materialize((first, second // self.groups, *self.kernel_size))
        if self.bias is not None:
            self.bias.materialize((self.out_channels,))
        self.reset_parameters()

    def _get_in_channels(self, input: Tensor) -> int:
        axes = self._get_num_spatial_dims()
        if input.dim() not in (axes + 1, axes + 2):
            raise RuntimeError(
                f"Expected {axes + 1}D (unbatched) or {axes + 2}D (batched) input to {type(self).__name__}, but got input of size: "
                f"{input.shape}")
        return input.shape[-axes - 1]

    def _get_num_spatial_dims(self) -> int:
        return self._axes


class _LazyConv(_LazyConvXdMixin):
    def __init__(
        self, out_channels: int, kernel_size: int | tuple, stride: int | tuple = 1, padding: str | int | tuple = 0,
        dilation: int | tuple = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device=None, dtype=None,
    ) -> None:
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, device=device, dtype=dtype)
        self._make_uninitialized(out_channels, bias, device, dtype)


class _LazyConvTranspose(_LazyConvXdMixin):
    def __init__(
        self, out_channels: int, kernel_size: int | tuple, stride: int | tuple = 1, padding: int | tuple = 0,
        output_padding: int | tuple = 0, groups: int = 1, bias: bool = True, dilation: int | tuple = 1, padding_mode: str = "zeros",
        device=None, dtype=None,
    ) -> None:
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode, device=device, dtype=dtype)
        self._make_uninitialized(out_channels, bias, device, dtype)


class LazyConv1d(_LazyConv, Conv1d):
    """A :class:`Conv1d` that takes ``in_channels`` from its first input. The other arguments are the same."""

    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """A :class:`Conv2d` that takes ``in_channels`` from its first input. The other arguments are the same."""

    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """A :class:`Conv3d` that takes ``in_channels`` from its first input. The other arguments are the same."""

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """A :class:`ConvTranspose1d` that takes ``in_channels`` from its first input. The other arguments are the same."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """A :class:`ConvTranspose2d` that takes ``in_channels`` from its first input. The other arguments are the same."""

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """A :class:`ConvTranspose3d` that takes ``in_channels`` from its first input. The other arguments are the same."""

    cls_to_become = ConvTranspose3d
