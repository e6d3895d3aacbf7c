"""RAdam."""

from typing import Any, ClassVar

import flambeau
from flambeau import Tensor
from flambeau.optim._arithmetic import add_, decayed, scalar
from flambeau.optim._checks import check_betas, check_eps, check_lr, check_non_negative
from flambeau.optim._per_parameter import PerParameter
from flambeau.optim.optimizer import ParamsT

__all__ = ["RAdam"]


class RAdam(PerParameter):
    """Adam that warms up by itself (Liu et al., 2020, arXiv:1908.03265).

    While v has seen too few gradients for its variance to exist (``rho(t) <= 5``), steps go along the mean gradient as it
    is; then along it divided by its root mean square, times the rectification ``r(t)``, which grows to 1:

        rho = 2 / (1 - beta2) - 1,   rho(t) = rho - 2 * t * beta2**t / (1 - beta2**t)
        r(t) = sqrt((rho(t) - 4) * (rho(t) - 2) * rho / ((rho - 4) * (rho - 2) * rho(t)))

    Args:
        params: parameters, named parameters or parameter groups.
        lr: learning rate, 0 or more. A number or a tensor of one element.
        betas: decay rates of the averages of gradient and square, from 0 to below 1.
        eps: added to the denominator.
        weight_decay: L2 penalty.
        decoupled_weight_decay: decay the parameter instead, as AdamW does.
        maximize: ascend instead of descend.
        differentiable: let autograd record the step itself.
        foreach, capturable: accepted; there is one implementation.

    Raises:
        ValueError: an option out of its range.
    """

    _newer_options: ClassVar[dict[str, Any]] = {**PerParameter._newer_options, "decoupled_weight_decay": False}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
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
            maximize=maximize,
            foreach=foreach,
            capturable=capturable,
            decoupled_weight_decay=decoupled_weight_decay,
            differentiable=differentiable,
        )
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {
            "step": self._zero_step(param, group),
            "exp_avg": flambeau.zeros_like(param, memory_format=flambeau.preserve_format),
            "exp_avg_sq": flambeau.zeros_like(param, memory_format=flambeau.preserve_format),
        }

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], count: float | None) -> None:
        beta1, beta2 = group["betas"]
        lr = scalar(group["lr"])
        grad = decayed(param, grad, group)
        mean = state["exp_avg"].lerp_(grad, 1 - beta1)
        square = state["exp_avg_sq"].mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        missing = 1 - beta2**count  # the part of v that its start from zero still lacks
        rho = 2 / (1 - beta2) - 1
        rho_t = rho - 2 * count * beta2**count / missing
        direction = mean / (1 - beta1**count)
        if rho_t > 5.0:
            rectified = ((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t)) ** 0.5
            direction = direction * (missing**0.5 / (square.sqrt() + group["eps"])) * rectified
        add_(param, direction, -lr)
