"""RMSprop."""

from typing import Any, ClassVar

import flambeau
from flambeau import Tensor
from flambeau.optim._arithmetic import add_, addcdiv_, decayed, scalar
from flambeau.optim._checks import check_eps, check_lr, check_non_negative
from flambeau.optim._per_parameter import PerParameter
from flambeau.optim.optimizer import ParamsT

__all__ = ["RMSprop"]


class RMSprop(PerParameter):
    """The gradient over its root mean square (Hinton, Neural Networks for Machine Learning, 2012, lecture 6).

        v = alpha * v + (1 - alpha) * g**2
        d = g / (sqrt(v) + eps)              with centered: v less the mean gradient squared (Graves, 2013, arXiv:1308.0850)
        param -= lr * d,   or with momentum  b = momentum * b + d,  param -= lr * b

    ``eps`` is outside the root; TensorFlow has it inside.

    Args:
        params: parameters, named parameters or parameter groups.
        lr: learning rate, 0 or more. A number or a tensor of one element.
        alpha: decay rate of the averages, 0 or more.
        eps: added to the denominator.
        weight_decay: L2 penalty.
        momentum: how much of the buffer b is kept, 0 (no buffer) or more.
        centered: divide by an estimate of the standard deviation.
        maximize: ascend instead of descend.
        differentiable: let autograd record the step itself.
        foreach, capturable: accepted; there is one implementation.

    Raises:
        ValueError: an option out of its range.
    """

    _newer_options: ClassVar[dict[str, Any]] = {**PerParameter._newer_options, "momentum": 0, "centered": False}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check_eps(eps)
        check_non_negative("momentum", momentum)
        check_non_negative("weight_decay", weight_decay)
        check_non_negative("alpha", alpha)
        defaults = dict(
            lr=lr,
            momentum=momentum,
            alpha=alpha,
            eps=eps,
            centered=centered,
            weight_decay=weight_decay,
            capturable=capturable,
            foreach=foreach,
            maximize=maximize,
            differentiable=differentiable,
        )
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        state = {"step": self._zero_step(param, group)}
        for name, wanted in (("square_avg", True), ("momentum_buffer", group["momentum"] > 0), ("grad_avg", group["centered"])):
            if wanted:
                state[name] = flambeau.zeros_like(param, memory_format=flambeau.preserve_format)
        return state

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], count: float | None) -> None:
        alpha, momentum = group["alpha"], group["momentum"]
        lr = scalar(group["lr"])
        grad = decayed(param, grad, group)
        square = state["square_avg"].mul_(alpha).addcmul_(grad, grad, value=1 - alpha)
        if group["centered"]:
            mean = state["grad_avg"].lerp_(grad, 1 - alpha)
            square = square.addcmul(mean, mean, value=-1)
        scale = square.sqrt() + group["eps"]
        if momentum > 0:
            add_(param, state["momentum_buffer"].mul_(momentum).addcdiv_(grad, scale), -lr)
        else:
            addcdiv_(param, grad, scale, -lr)
