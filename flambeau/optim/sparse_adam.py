"""SparseAdam."""

from typing import Any, ClassVar

import flambeau
from flambeau import Tensor
from flambeau.optim._arithmetic import scalar
from flambeau.optim._checks import check_betas, check_lr
from flambeau.optim._per_parameter import PerParameter
from flambeau.optim.optimizer import ParamsT

__all__ = ["SparseAdam"]


class SparseAdam(PerParameter):
    """Adam for sparse gradients of dense parameters: averages and parameter change only where the gradient has an entry.

    For an embedding of many words this makes a step as cheap as its batch. It is not Adam with zeros filled in: an
    element that gets no gradient keeps its momentum and does not move.

    Args:
        params: parameters, named parameters or parameter groups.
        lr: learning rate, above 0. A number or a tensor of one element.
        betas: decay rates of the averages of gradient and square, from 0 to below 1.
        eps: added to the denominator, above 0.
        maximize: ascend instead of descend.

    Raises:
        ValueError: an option out of its range, a sparse or a complex parameter.
        RuntimeError: at a step, a gradient that is not sparse.
    """

    _newer_options: ClassVar[dict[str, Any]] = {}
    _scalars: ClassVar[tuple[str, ...]] = ()
    _no_sparse: ClassVar[str | None] = None

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 < lr:
            raise ValueError(f"Invalid learning rate: {lr} (lr is above 0)")
        if not 0.0 < eps:
            raise ValueError(f"Invalid epsilon value: {eps} (eps is above 0)")
        check_betas(betas)
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, maximize=maximize))
        places = [(i, j, param) for i, group in enumerate(self.param_groups) for j, param in enumerate(group["params"])]
        if sparse := [[i, j] for i, j, param in places if param.is_sparse]:
            raise ValueError(f"Sparse params at indices {sparse}: SparseAdam requires dense parameter tensors")
        if complexes := [[i, j] for i, j, param in places if param.is_complex()]:
            raise ValueError(f"Complex params at indices {complexes}: SparseAdam does not support complex parameters")

    def _start(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {
            "step": 0,
            "exp_avg": flambeau.zeros_like(param, memory_format=flambeau.preserve_format),
            "exp_avg_sq": flambeau.zeros_like(param, memory_format=flambeau.preserve_format),
        }

    def _count(self, param: Tensor, state: dict[str, Any]) -> float:
        state["step"] += 1
        return state["step"]

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], count: float | None) -> None:
        if not grad.is_sparse:
            raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
        grad = grad.coalesce()
        at, values = tuple(grad.indices()), grad.values()
        if values.numel() == 0:
            return
        beta1, beta2 = group["betas"]
        mean = flambeau.lerp(state["exp_avg"][at], values, 1 - beta1)
        square = flambeau.lerp(state["exp_avg_sq"][at], values**2, 1 - beta2)
        state["exp_avg"][at], state["exp_avg_sq"][at] = mean, square
        size = scalar(group["lr"]) * (1 - beta2**count) ** 0.5 / (1 - beta1**count)
        param[at] = param[at] - size * mean / (square.sqrt() + group["eps"])
