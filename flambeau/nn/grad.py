"""Gradients of convolutions by their inputs and weights, as functions."""

from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.nn import functional as F

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]


def _by_input(axes: int, input_size: Any, weight: Tensor, grad_output: Tensor, stride: Any, padding: Any, dilation: Any, groups: int) -> Tensor:
    x = grad_output.new_zeros(tuple(input_size)).requires_grad_()
    return _gradient(axes, x, x, weight.detach(), grad_output, stride, padding, dilation, groups)


def _by_weight(axes: int, x: Tensor, weight_size: Any, grad_output: Tensor, stride: Any, padding: Any, dilation: Any, groups: int) -> Tensor:
    weight = grad_output.new_zeros(tuple(weight_size)).requires_grad_()
    return _gradient(axes, weight, x.detach(), weight, grad_output, stride, padding, dilation, groups)


def _gradient(
    axes: int, by: Tensor, x: Tensor, weight: Tensor, grad_output: Tensor, stride: Any, padding: Any, dilation: Any, groups: int,
) -> Tensor:
    with flambeau.enable_grad():
        y = getattr(F, f"conv{axes}d")(x, weight, None, stride, padding, dilation, groups)
    return flambeau.autograd.grad(y, by, grad_output)[0]


def conv1d_input(
    input_size: Any, weight: Tensor, grad_output: Tensor, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
) -> Tensor:
    """Gradient of ``F.conv1d`` by its input, of shape input_size, for the output's gradient."""
    return _by_input(1, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv1d_weight(
    input: Tensor, weight_size: Any, grad_output: Tensor, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
) -> Tensor:
    """Gradient of ``F.conv1d`` by its weight, of shape weight_size, for the output's gradient."""
    return _by_weight(1, input, weight_size, grad_output, stride, padding, dilation, groups)


def conv2d_input(
    input_size: Any, weight: Tensor, grad_output: Tensor, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
) -> Tensor:
    """Gradient of ``F.conv2d`` by its input, of shape input_size, for the output's gradient."""
    return _by_input(2, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv2d_weight(
    input: Tensor, weight_size: Any, grad_output: Tensor, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
) -> Tensor:
    """Gradient of ``F.conv2d`` by its weight, of shape weight_size, for the output's gradient."""
    return _by_weight(2, input, weight_size, grad_output, stride, padding, dilation, groups)


def conv3d_input(
    input_size: Any, weight: Tensor, grad_output: Tensor, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
) -> Tensor:
    """Gradient of ``F.conv3d`` by its input, of shape input_size, for the output's gradient."""
    return _by_input(3, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv3d_weight(
    input: Tensor, weight_size: Any, grad_output: Tensor, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
) -> Tensor:
    """Gradient of ``F.conv3d`` by its weight, of shape weight_size, for the output's gradient."""
    return _by_weight(3, input, weight_size, grad_output, stride, padding, dilation, groups)
