"""Averaged stochastic gradient descent."""

from typing import Any, ClassVar

import flambeau
from flambeau import Tensor
from flambeau.optim._arithmetic import decayed
from flambeau.optim._checks import check_lr, check_non_negative
from flambeau.optim._per_parameter import PerParameter
from flambeau.optim.optimizer import ParamsT

__all__ = ["ASGD"]


class ASGD(PerParameter):
    """Gradient descent that also keeps the mean of the parameters (Polyak & Juditsky, 1992).

        param = param * (1 - lambd * eta) - eta * g
        ax = mean of param over the steps after t0, and param itself until then
        eta = lr / (1 + lambd * lr * t)**alpha

    The mean is in ``state[param]["ax"]``.

    Args:
        params: parameters, named parameters or parameter groups.
        lr: learning rate at the start, 0 or more. A number or a tensor of one element.
        lambd: decay.
        alpha: power by which eta falls.
        t0: step at which averaging starts.
        weight_decay: L2 penalty.
        maximize: ascend instead of descend.
        differentiable: let autograd record the step itself.
        foreach, capturable: accepted; there is one implementation.

    Raises:
        ValueError: an option out of its range.
    """

    _scalars: ClassVar[tuple[str, ...]] = ("step", "eta", "mu")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_non_negative("weight_decay", weight_decay)
        defaults = dict(
            lr=lr,
            lambd=lambd,
            alpha=alpha,
            t0=t0,
            weight_decay=weight_decay,
            foreach=foreach,
            maximize=maximize,
            differentiable=differentiable,
            capturable=capturable,
        )
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        step = self._zero_step(param, group)
        eta, mu = flambeau.zeros_like(step), flambeau.zeros_like(step)
        self._mirror.fill(eta, float(group["lr"]))
        self._mirror.fill(mu, 1.0)
        return {"step": step, "eta": eta, "mu": mu, "ax": flambeau.zeros_like(param, memory_format=flambeau.preserve_format)}

    @staticmethod
    def _scalar_device(param: Tensor, group: dict[str, Any]) -> Any:
        return param.device

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], count: float | None) -> None:
        lr, lambd = float(group["lr"]), group["lambd"]
        grad = decayed(param, grad, group)
        eta = self._mirror.read(state["eta"])
        mu = self._mirror.read(state["mu"])
        param.mul_(1 - lambd * eta).add_(grad, alpha=-eta)
        mean = state["ax"]
        if mu == 1:
            mean.copy_(param)
        else:
            mean.add_(param - mean, alpha=mu)
        self._mirror.fill(state["eta"], lr / (1 + lambd * lr * count) ** group["alpha"])
        self._mirror.fill(state["mu"], 1 / max(1, count - group["t0"]))
