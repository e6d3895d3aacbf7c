"""Adadelta."""

from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.optim._arithmetic import add_, decayed, scalar
from flambeau.optim._checks import check_eps, check_lr, check_non_negative
from flambeau.optim._per_parameter import PerParameter
from flambeau.optim.optimizer import ParamsT

__all__ = ["Adadelta"]


class Adadelta(PerParameter):
    """Steps in the parameter's own units: the gradient over its root mean square, times that of earlier steps (Zeiler, 2012,
    arXiv:1212.5701).

        v = rho * v + (1 - rho) * g**2
        delta = sqrt(u + eps) / sqrt(v + eps) * g
        u = rho * u + (1 - rho) * delta**2
        param -= lr * delta

    Args:
        params: parameters, named parameters or parameter groups.
        lr: scale of the step, 0 or more; 1 in the paper. A number or a tensor of one element.
        rho: decay rate of the averages, from 0 to 1.
        eps: what steps grow from; added under both roots.
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
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho} (rho is from 0 to 1)")
        check_eps(eps)
        check_non_negative("weight_decay", weight_decay)
        defaults = dict(
            lr=lr,
            rho=rho,
            eps=eps,
            weight_decay=weight_decay,
            maximize=maximize,
            capturable=capturable,
            foreach=foreach,
            differentiable=differentiable,
        )
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {
            "step": self._zero_step(param, group),
            "square_avg": flambeau.zeros_like(param, memory_format=flambeau.preserve_format),
            "acc_delta": flambeau.zeros_like(param, memory_format=flambeau.preserve_format),
        }

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], count: float | None) -> None:
        rho, eps = group["rho"], group["eps"]
        grad = decayed(param, grad, group)
        square = state["square_avg"].mul_(rho).addcmul_(grad, grad, value=1 - rho)
        moved = state["acc_delta"]
        delta = (moved + eps).sqrt() / (square + eps).sqrt() * grad
        moved.mul_(rho).addcmul_(delta, delta, value=1 - rho)
        add_(param, delta, -scalar(group["lr"]))
