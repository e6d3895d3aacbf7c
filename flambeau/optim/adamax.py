"""Adamax."""

from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.optim._arithmetic import addcdiv_, decayed, scalar
from flambeau.optim._checks import check_betas, check_eps, check_lr, check_non_negative
from flambeau.optim._per_parameter import PerParameter
from flambeau.optim.optimizer import ParamsT

__all__ = ["Adamax"]


class Adamax(PerParameter):
    """Adam by the largest gradient instead of the root mean square (Kingma & Ba, 2015, section 7.1).

        m = beta1 * m + (1 - beta1) * g
        u = max(beta2 * u, |g| + eps)
        param -= lr / (1 - beta1**t) * m / u

    Args:
        params: parameters, named parameters or parameter groups.
        lr: learning rate, 0 or more. A number or a tensor of one element.
        betas: decay rates of the mean and of the largest gradient, from 0 to below 1.
        eps: added to ``|g|``, so that no division is by zero.
        weight_decay: L2 penalty.
        maximize: ascend instead of descend.
        differentiable: let autograd record the step itself.
        foreach, capturable: accepted; there is one implementation.

    Raises:
        ValueError: an option out of its range.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_eps(eps)
        check_betas(betas)
        check_non_negative("weight_decay", weight_decay)
        defaults = dict(
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            foreach=foreach,
            maximize=maximize,
            differentiable=differentiable,
            capturable=capturable,
        )
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {
            "step": self._zero_step(param, group),
            "exp_avg": flambeau.zeros_like(param, memory_format=flambeau.preserve_format),
            "exp_inf": flambeau.zeros_like(param, memory_format=flambeau.preserve_format),
        }

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], count: float | None) -> None:
        beta1, beta2 = group["betas"]
        grad = decayed(param, grad, group)
        mean = state["exp_avg"].lerp_(grad, 1 - beta1)
        largest = state["exp_inf"]
        largest.copy_(flambeau.maximum(largest * beta2, grad.abs() + group["eps"]))
        addcdiv_(param, mean, largest, -scalar(group["lr"]) / (1 - beta1**count))
