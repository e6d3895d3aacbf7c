"""Updates in place whose coefficient is a Python number or, for a learning rate or a decay that is one, a 0-d tensor.

A number goes into the operation; a tensor stays a tensor, so that it is neither read (which would make recorded work run)
nor cut off from the gradients that flow through a differentiable step.
"""

from typing import Any

from flambeau import Tensor

__all__ = ["add_", "addcdiv_", "addcmul_", "decayed", "lerp_", "scalar"]

Number = float | Tensor


def scalar(value: Any) -> Any:
    """A one-element tensor as a 0-d one, which does not take part in broadcasting; anything else as it is."""
    if isinstance(value, Tensor) and value.dim() != 0:
        return value.squeeze()
    return value


def add_(x: Tensor, y: Tensor, scale: Number) -> Tensor:
    """``x += scale * y``; of a sparse y only the places that it lists are touched."""
    if y.is_sparse and y.sparse_dim() == 1:
        rows = y._values() * scale if isinstance(scale, Tensor) else y._values()
        return x.index_add_(0, y._indices()[0], rows, alpha=1 if isinstance(scale, Tensor) else scale)
    if isinstance(scale, Tensor):
        return x.add_(y * scale)
    return x.add_(y, alpha=scale)


def addcmul_(x: Tensor, a: Tensor, b: Tensor, scale: Number) -> Tensor:
    """``x += scale * a * b``"""
    if isinstance(scale, Tensor):
        return x.add_(a * b * scale)
    return x.addcmul_(a, b, value=scale)


def addcdiv_(x: Tensor, a: Tensor, b: Tensor, scale: Number) -> Tensor:
    """``x += scale * a / b``"""
    if isinstance(scale, Tensor):
        return x.add_(a / b * scale)
    return x.addcdiv_(a, b, value=scale)


def lerp_(x: Tensor, y: Tensor, weight: Number) -> Tensor:
    """``x += weight * (y - x)``"""
    if isinstance(weight, Tensor):
        weight = weight.to(device=x.device, dtype=x.dtype)
    return x.lerp_(y, weight)


def decayed(param: Tensor, grad: Tensor, group: dict[str, Any]) -> Tensor:
    """The gradient with the group's weight decay: the L2 penalty's ``grad + weight_decay * param``.

    A decoupled decay (Loshchilov & Hutter, 2019) shrinks the parameter by ``lr * weight_decay`` at once instead.
    """
    decay = group["weight_decay"]
    if not isinstance(decay, Tensor) and decay == 0:
        return grad
    if group.get("decoupled_weight_decay"):
        param.mul_(1 - scalar(group["lr"]) * decay)
        return grad
    if isinstance(decay, Tensor):
        return grad + param.clone() * decay
    return grad.add(param, alpha=decay)
