"""Stochastic gradient descent."""

from typing import Any, ClassVar

import flambeau
from flambeau import Tensor
from flambeau.optim._arithmetic import add_, decayed, scalar
from flambeau.optim._checks import check_flags, check_lr, check_non_negative
from flambeau.optim._per_parameter import PerParameter
from flambeau.optim.optimizer import ParamsT

__all__ = ["SGD"]


class SGD(PerParameter):
    """Stochastic gradient descent, optionally with momentum.

        g = grad + weight_decay * param
        b = g at first, then momentum * b + (1 - dampening) * g
        param -= lr * b,   or with nesterov   param -= lr * (g + momentum * b)

    The rate scales the whole buffer at each step: ``b`` is not in units of ``lr``, unlike Sutskever et al. (2013), so that
    a change of ``lr`` acts at once.

    Args:
        params: parameters, named parameters or parameter groups.
        lr: learning rate, what one step moves along the gradient; 0 or more. A number or a tensor of one element.
        momentum: how much of the buffer is kept, 0 (no buffer) or more.
        dampening: how much of the gradient is kept out of the buffer.
        weight_decay: L2 penalty, 0 or more.
        nesterov: look ahead (needs a momentum and no dampening).
        maximize: ascend instead of descend.
        differentiable: let autograd record the step itself.
        foreach, fused: accepted; there is one implementation.

    Raises:
        ValueError: an option out of its range.
    """

    _newer_options: ClassVar[dict[str, Any]] = dict(nesterov=False, maximize=False, foreach=None, differentiable=False, fused=False)
    _no_sparse: ClassVar[str | None] = None
    _complex_as_pairs: ClassVar[bool] = False

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check_non_negative("momentum", momentum)
        check_non_negative("weight_decay", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError(
                "Nesterov momentum requires a momentum and zero dampening, "
                f"but momentum is {momentum} and dampening {dampening}; momentum=0.9 is usual"
            )
        check_flags(foreach, fused, differentiable)
        defaults = dict(
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            maximize=maximize,
            foreach=foreach,
            differentiable=differentiable,
            fused=fused,
        )
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        self._check_fused(param, group)
        return {"momentum_buffer": None} if group["momentum"] != 0 else {}

    def _update_all(self, group: dict[str, Any]) -> bool:
        lr, momentum = group["lr"], group["momentum"]
        if not (type(lr) is float and isinstance(momentum, int | float) and isinstance(group["weight_decay"], int | float)):
            return False
        if group["differentiable"] or group["fused"]:
            return False
        params, grads = flambeau._foreach_gradients(group["params"])
        if not params:
            return True
        if any([g.is_sparse for g in grads]):
            return False
        buffers = [self.state[p].get("momentum_buffer") for p in params] if momentum != 0 else None
        if buffers is not None and any(b is None for b in buffers):
            return False
        return flambeau._foreach_sgd_(
            params,
            grads,
            buffers,
            lr=lr,
            momentum=momentum,
            dampening=group["dampening"],
            weight_decay=group["weight_decay"],
            nesterov=group["nesterov"],
            maximize=group["maximize"],
            group=group,
        )

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], count: float | None) -> None:
        grad = decayed(param, grad, group)
        momentum = group["momentum"]
        if momentum != 0:
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = state["momentum_buffer"] = grad.detach().clone()
            else:
                buffer.mul_(momentum).add_(grad, alpha=1 - group["dampening"])
            grad = grad.add(buffer, alpha=momentum) if group["nesterov"] else buffer
        add_(param, grad, -scalar(group["lr"]))
