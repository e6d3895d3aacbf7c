"""A layer and the batch normalisation after it, made one layer for evaluation."""

import copy

import flambeau
from flambeau import Tensor
from flambeau.nn.modules.module import Module
from flambeau.nn.parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]


def _check(layer: Module, bn: Module) -> None:
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("the batch normalisation has no running statistics to fuse")


def fuse_conv_bn_eval(conv: Module, bn: Module, transpose: bool = False) -> Module:
    """A copy of a convolution that gives what the convolution and the batch normalisation give one after the other.

    Args:
        conv, bn: both in evaluation mode.
        transpose: it is a transposed convolution.

    Raises:
        AssertionError: one of them is in training mode, or there are no running statistics.
    """
    _check(conv, bn)
    fused = copy.deepcopy(conv)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose)
    return fused


def fuse_conv_bn_weights(
    conv_w: Tensor, conv_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float, bn_w: Tensor | None, bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of the one layer: w s and (b - mean) s + bias, with s = weight / sqrt(var + eps) of each channel."""
    bias = flambeau.zeros_like(bn_rm) if conv_b is None else conv_b
    scale = flambeau.rsqrt(bn_rv + bn_eps) * (1 if bn_w is None else bn_w)
    shape = [1, -1] if transpose else [-1, 1]
    weight = conv_w * scale.reshape(shape + [1] * (conv_w.dim() - 2))
    shifted = (bias - bn_rm) * scale + (0 if bn_b is None else bn_b)
    bias_dtype = conv_w.dtype if conv_b is None else conv_b.dtype
    return Parameter(weight.to(conv_w.dtype), conv_w.requires_grad), Parameter(shifted.to(bias_dtype), bias.requires_grad)


def fuse_linear_bn_eval(linear: Module, bn: Module) -> Module:
    """A copy of a Linear that gives what it and the batch normalisation give one after the other.

    Args:
        linear, bn: both in evaluation mode.

    Raises:
        AssertionError: one of them is in training mode, there are no running statistics, or sizes differ.
    """
    _check(linear, bn)
    if bn.num_features not in (linear.out_features, 1):
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got "
            f"linear.out_features={linear.out_features} and bn.num_features={bn.num_features}")
    fused = copy.deepcopy(linear)
    fused.weight, fused.bias = fuse_linear_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)
    return fused


def fuse_linear_bn_weights(
    linear_w: Tensor, linear_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float, bn_w: Tensor, bn_b: Tensor,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of the one layer: w s and (b - mean) s + bias, with s = weight / sqrt(var + eps) of each feature."""
    bias = flambeau.zeros_like(bn_rm) if linear_b is None else linear_b
    scale = bn_w * flambeau.rsqrt(bn_rv + bn_eps)
    weight = linear_w * scale.unsqueeze(-1).to(linear_w.dtype)
    shifted = (bias - bn_rm) * scale + bn_b
    bias_dtype = linear_w.dtype if linear_b is None else linear_b.dtype
    return Parameter(weight, linear_w.requires_grad), Parameter(shifted.to(bias_dtype), bias.requires_grad)
