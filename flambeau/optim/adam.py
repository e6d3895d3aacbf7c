"""Adam and AdamW's common formula."""

from typing import Any, ClassVar

import flambeau
from flambeau import Tensor
from flambeau.optim._arithmetic import addcdiv_, addcmul_, decayed, lerp_, scalar
from flambeau.optim._checks import check_betas, check_eps, check_flags, check_lr, check_non_negative
from flambeau.optim._per_parameter import PerParameter
from flambeau.optim.optimizer import ParamsT

__all__ = ["Adam"]


class Adam(PerParameter):
    """Adam: steps along the mean gradient, in units of its root mean square (Kingma & Ba, 2015, arXiv:1412.6980).

        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        param -= lr * m / (1 - beta1**t) / (sqrt(v / (1 - beta2**t)) + eps)

    for the t-th step; the divisors undo that m and v start from zero.

    Args:
        params: parameters, named parameters or parameter groups.
        lr: learning rate, about what a parameter moves in one step; 0 or more. A number or a tensor of one element.
        betas: decay rates of the two averages, from 0 to below 1; both floats or both tensors of one element.
        eps: keeps the division from blowing up where gradients are tiny.
        weight_decay: L2 penalty, added to the gradient.
        amsgrad: divide by the largest v so far (Reddi et al., 2018, openreview ryQu7f-RZ).
        maximize: ascend instead of descend.
        differentiable: let autograd record the step itself.
        decoupled_weight_decay: shrink the parameter by ``lr * weight_decay`` instead, which is AdamW.
        foreach, capturable, fused: accepted; there is one implementation.

    Raises:
        ValueError: an option out of its range.
    """

    _newer_options: ClassVar[dict[str, Any]] = dict(
        amsgrad=False,
        maximize=False,
        foreach=None,
        capturable=False,
        differentiable=False,
        decoupled_weight_decay=False,
        fused=None,
    )
    _no_sparse: ClassVar[str | None] = "Adam does not support sparse gradients, please consider SparseAdam instead"

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_lr(lr)
        check_eps(eps)
        check_betas(betas)
        check_non_negative("weight_decay", weight_decay)
        _check_tensor_options(lr, betas, foreach and not capturable)
        check_flags(foreach, fused, differentiable)
        defaults = dict(
            lr=lr,
            betas=tuple(map(scalar, betas)),
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
            foreach=foreach,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=decoupled_weight_decay,
        )
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        state = {"step": self._zero_step(param, group)}
        for name in ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")[: 3 if group["amsgrad"] else 2]:
            state[name] = flambeau.zeros_like(param, memory_format=flambeau.preserve_format)
        return state

    def _update_all(self, group: dict[str, Any]) -> bool:
        lr, betas = group["lr"], group["betas"]
        if not (isinstance(lr, float) and isinstance(betas[0], float) and isinstance(group["weight_decay"], int | float)):
            return False
        if group["differentiable"] or group["capturable"] or group["fused"]:
            return False
        params, grads = flambeau._foreach_gradients(group["params"])
        states = [self.state.get(p) for p in params]
        if not all(states) or any([g.is_sparse for g in grads]):
            return False
        if not params:
            return True
        return flambeau._foreach_adam_(
            params,
            grads,
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [state["max_exp_avg_sq"] for state in states] if group["amsgrad"] else None,
            [state["step"] for state in states],
            lr=lr,
            beta1=betas[0],
            beta2=betas[1],
            eps=group["eps"],
            weight_decay=group["weight_decay"],
            decoupled=group["decoupled_weight_decay"],
            maximize=group["maximize"],
            group=group,
        )

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], count: float | None) -> None:
        if group["differentiable"] and state["step"].requires_grad:
            raise RuntimeError("`requires_grad` is not supported for `step` in differentiable mode")
        beta1, beta2 = group["betas"]
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        grad = decayed(param, grad, group)
        lerp_(mean, grad, 1 - beta1)
        addcmul_(square.mul_(beta2), grad, grad, 1 - beta2)
        if group["amsgrad"]:
            square = state["max_exp_avg_sq"].copy_(flambeau.maximum(state["max_exp_avg_sq"], square))
        scale = square.sqrt() / (1 - beta2**count) ** 0.5 + group["eps"]
        addcdiv_(param, mean, scale, -scalar(group["lr"]) / (1 - beta1**count))


def _check_tensor_options(lr: Any, betas: Any, numbers_only: bool | None) -> None:
    if not any(all(isinstance(beta, kind) for beta in betas) for kind in (float, Tensor)):
        raise ValueError(f"betas must be either both floats or both Tensors, but they are {betas[0]!r} and {betas[1]!r}")
    for name, value in (("lr", lr), ("betas[0]", betas[0]), ("betas[1]", betas[1])):
        if not isinstance(value, Tensor):
            continue
        if numbers_only:
            raise ValueError(f"{name} as a Tensor is not supported for capturable=False and foreach=True")
        if value.numel() != 1:
            raise ValueError(f"Tensor {name} must be 1-element, this one is of shape {tuple(value.shape)}")
