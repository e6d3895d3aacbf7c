"""Adagrad."""

from typing import Any, ClassVar

import flambeau
from flambeau import Tensor
from flambeau.optim._arithmetic import addcdiv_, decayed, scalar
from flambeau.optim._checks import check_eps, check_flags, check_lr, check_non_negative
from flambeau.optim._per_parameter import PerParameter
from flambeau.optim.optimizer import ParamsT

__all__ = ["Adagrad"]


class Adagrad(PerParameter):
    """The gradient over the root of the sum of all its squares, so that rare features move far (Duchi et al., 2011).

        s = s + g**2
        param -= lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)

    Sparse gradients touch the elements they have only.

    Args:
        params: parameters, named parameters or parameter groups.
        lr: learning rate, 0 or more. A number or a tensor of one element.
        lr_decay: how the rate falls with the steps, 0 or more.
        weight_decay: L2 penalty; not for sparse gradients.
        initial_accumulator_value: where s starts, 0 or more.
        eps: added to the denominator.
        maximize: ascend instead of descend.
        differentiable: let autograd record the step itself.
        foreach, fused: accepted; there is one implementation.

    Raises:
        ValueError: an option out of its range.
    """

    _newer_options: ClassVar[dict[str, Any]] = dict(foreach=None, maximize=False, differentiable=False, fused=None)
    _no_sparse: ClassVar[str | None] = None

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check_non_negative("lr_decay", lr_decay)
        check_non_negative("weight_decay", weight_decay)
        check_non_negative("initial_accumulator_value", initial_accumulator_value)
        check_eps(eps)
        check_flags(foreach, fused, differentiable)
        defaults = dict(
            lr=lr,
            lr_decay=lr_decay,
            eps=eps,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            foreach=foreach,
            maximize=maximize,
            differentiable=differentiable,
            fused=fused,
        )
        super().__init__(params, defaults)
        for group in self.param_groups:
            for param in group["params"]:
                self.state[param] = self._start(param, param, group)

    def _start(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        first = self.defaults["initial_accumulator_value"]
        if param.is_complex():
            first = complex(first, first)
        total = flambeau.full_like(param, first, memory_format=flambeau.preserve_format)
        return {"step": self._zero_step(param, group), "sum": total}

    def share_memory(self) -> None:
        """Move the sums of squares to memory that processes share."""
        for group in self.param_groups:
            for param in group["params"]:
                self.state[param]["sum"].share_memory_()

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], count: float | None) -> None:
        lr = scalar(group["lr"]) / (1 + (count - 1) * group["lr_decay"])
        total, eps = state["sum"], group["eps"]
        if grad.is_sparse:
            if group["weight_decay"] != 0:
                raise RuntimeError("weight_decay option is not compatible with sparse gradients; set it to 0")
            grad = grad.coalesce()
            at, values = tuple(grad.indices()), grad.values()
            total[at] = total[at] + values**2
            param[at] = param[at] - lr * values / (total[at].sqrt() + eps)
            return
        grad = decayed(param, grad, group)
        total.addcmul_(grad, grad)
        addcdiv_(param, grad, total.sqrt() + eps, -lr)
