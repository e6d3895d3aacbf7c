"""NAdam."""

from typing import Any, ClassVar

import flambeau
from flambeau import Tensor
from flambeau.optim._arithmetic import addcdiv_, decayed, scalar
from flambeau.optim._checks import check_betas, check_eps, check_lr, check_non_negative
from flambeau.optim._per_parameter import PerParameter
from flambeau.optim.optimizer import ParamsT

__all__ = ["NAdam"]


class NAdam(PerParameter):
    """Adam with Nesterov's look ahead (Dozat, 2016, openreview OM0jvwB8jIp57ZJjtNEZ).

        mu(t) = beta1 * (1 - 0.96**(t * momentum_decay) / 2)
        m, v as in Adam
        param -= lr * ((1 - mu(t)) * g / (1 - mu(1)...mu(t)) + mu(t+1) * m / (1 - mu(1)...mu(t+1))) / (sqrt(v / (1 - beta2**t)) + eps)

    Args:
        params: parameters, named parameters or parameter groups.
        lr: learning rate, 0 or more. A number or a tensor of one element.
        betas: decay rates of the averages of gradient and square, from 0 to below 1.
        eps: added to the denominator.
        weight_decay: L2 penalty.
        momentum_decay: how fast the momentum comes to its full value.
        decoupled_weight_decay: decay the parameter instead, as AdamW does.
        maximize: ascend instead of descend.
        differentiable: let autograd record the step itself.
        foreach, capturable: accepted; there is one implementation.

    Raises:
        ValueError: an option out of its range.
    """

    _newer_options: ClassVar[dict[str, Any]] = {**PerParameter._newer_options, "decoupled_weight_decay": False}
    _scalars: ClassVar[tuple[str, ...]] = ("step", "mu_product")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        check_non_negative("momentum_decay", momentum_decay)
        defaults = dict(
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize,
            foreach=foreach,
            capturable=capturable,
            differentiable=differentiable,
        )
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        step = self._zero_step(param, group)
        product = flambeau.ones_like(step)
        self._mirror.note(product, 1.0)
        return {
            "step": step,
            "mu_product": product,
            "exp_avg": flambeau.zeros_like(param, memory_format=flambeau.preserve_format),
            "exp_avg_sq": flambeau.zeros_like(param, memory_format=flambeau.preserve_format),
        }

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], count: float | None) -> None:
        beta1, beta2 = group["betas"]
        lr = scalar(group["lr"])
        grad = decayed(param, grad, group)
        mu, mu_next = (beta1 * (1 - 0.5 * 0.96 ** (t * group["momentum_decay"])) for t in (count, count + 1))
        product = self._mirror.read(state["mu_product"]) * mu
        self._mirror.fill(state["mu_product"], product)

        mean = state["exp_avg"].lerp_(grad, 1 - beta1)
        square = state["exp_avg_sq"].mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        scale = (square / (1 - beta2**count)).sqrt() + group["eps"]
        addcdiv_(param, grad, scale, -lr * (1 - mu) / (1 - product))
        addcdiv_(param, mean, scale, -lr * mu_next / (1 - product * mu_next))
