"""Rprop."""

from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.optim._arithmetic import scalar
from flambeau.optim._checks import check_lr
from flambeau.optim._per_parameter import PerParameter
from flambeau.optim.optimizer import ParamsT

__all__ = ["Rprop"]


class Rprop(PerParameter):
    """Resilient backpropagation: only the gradient's sign counts, and each element has a step size of its own
    (Riedmiller & Braun, 1993). For full batches.

    Where the sign is that of the last step, the step size grows by ``etas[1]``; where it turned, the size shrinks by
    ``etas[0]`` and the element stays for this step.

    Args:
        params: parameters, named parameters or parameter groups.
        lr: the first step size, 0 or more. A number or a tensor of one element.
        etas: factors that shrink and grow, ``0 < etas[0] < 1 < etas[1]``.
        step_sizes: smallest and largest step size.
        maximize: ascend instead of descend.
        differentiable: let autograd record the step itself.
        foreach, capturable: accepted; there is one implementation.

    Raises:
        ValueError: an option out of its range.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]} (the first is between 0 and 1, the second above 1)")
        defaults = dict(
            lr=lr,
            etas=etas,
            step_sizes=step_sizes,
            foreach=foreach,
            maximize=maximize,
            differentiable=differentiable,
            capturable=capturable,
        )
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        lr = scalar(group["lr"])
        return {
            "step": self._zero_step(param, group),
            "prev": flambeau.zeros_like(param, memory_format=flambeau.preserve_format),
            "step_size": flambeau.full_like(grad, complex(lr, lr) if param.is_complex() else float(lr)),
        }

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], count: float | None) -> None:
        shrink, grow = group["etas"]
        size, last = state["step_size"], state["prev"]
        agree = (grad * last).sign()
        # agree + 1 rather than 1: a gradient that is not a number has to show
        factor = flambeau.where(agree > 0, grow, flambeau.where(agree < 0, shrink, agree + 1))
        size.mul_(factor).clamp_(*group["step_sizes"])
        grad = flambeau.where(agree < 0, 0.0, grad)
        param.addcmul_(grad.sign(), size, value=-1)
        last.copy_(grad)
