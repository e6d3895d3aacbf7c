"""Muon."""

import math
from typing import Any, ClassVar

import flambeau
from flambeau import Tensor
from flambeau.optim._arithmetic import add_, scalar
from flambeau.optim._checks import check_lr
from flambeau.optim._per_parameter import PerParameter
from flambeau.optim.optimizer import ParamsT

__all__ = ["Muon"]

# Keller Jordan, "Muon: an optimizer for hidden layers" (2024): the quintic whose slope at zero is as steep as it can be
# while five iterations still bring singular values to between 0.7 and 1.2.
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)


class Muon(PerParameter):
    """Momentum, orthogonalised: all directions of a matrix parameter move by the same amount (Jordan, 2024).

        b = momentum * b + (1 - momentum) * g
        U S V' = (1 - momentum) * g + momentum * b with nesterov, else b
        param = param * (1 - lr * weight_decay) - lr * ratio * U V'

    For the weights of hidden layers, which are matrices; give biases, embeddings and the head another optimizer.

    Args:
        params: matrices of shape (A, B), named parameters or parameter groups.
        lr: learning rate, 0 or more. A number or a tensor of one element.
        weight_decay: decoupled: what a parameter loses in one step is ``lr * weight_decay`` of its value.
        momentum: how much of the buffer is kept, 0 or more.
        nesterov: look ahead.
        ns_coefficients: of the iteration ``X = a X + (b XX' + c XX'XX') X``.
        eps: the least norm that a gradient is divided by.
        ns_steps: iterations, below 100.
        adjust_lr_fn: ``ratio`` is sqrt(max(1, A / B)) for "original", which is the default, and
            0.2 * sqrt(max(A, B)) for "match_rms_adamw", with which AdamW's rates and decays can be kept
            (Liu et al., 2025, arXiv:2502.16982).

    Raises:
        ValueError: an option out of its range, or a parameter that is not a matrix.
    """

    _newer_options: ClassVar[dict[str, Any]] = {}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = _COEFFICIENTS,
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        if not 0.0 <= momentum:
            raise ValueError(f"momentum should be >= 0 but is: {momentum}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"weight decay should be >= 0 but is: {weight_decay}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported; there are 'original' and 'match_rms_adamw'")
        defaults = dict(
            lr=lr,
            weight_decay=weight_decay,
            momentum=momentum,
            nesterov=nesterov,
            ns_coefficients=ns_coefficients,
            eps=eps,
            ns_steps=ns_steps,
            adjust_lr_fn=adjust_lr_fn,
        )
        super().__init__(params, defaults)
        for group in self.param_groups:
            for param in group["params"]:
                if param.ndim != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {param.size()}; "
                        "give it another optimizer"
                    )

    def _start(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        if param.is_complex():
            raise RuntimeError("Muon does not support complex parameters")
        return {"momentum_buffer": flambeau.zeros_like(grad, memory_format=flambeau.preserve_format)}

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], count: float | None) -> None:
        lr, momentum = scalar(group["lr"]), group["momentum"]
        buffer = state["momentum_buffer"].lerp_(grad, 1 - momentum)
        update = grad.lerp(buffer, momentum) if group["nesterov"] else buffer
        update = _orthogonalised(update, group["ns_coefficients"], group["ns_steps"], group["eps"])
        param.mul_(1 - lr * group["weight_decay"])
        add_(param, update, -lr * _ratio(group["adjust_lr_fn"], *param.shape))


def _orthogonalised(matrix: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """About U V' of the matrix U S V', in bfloat16, by Newton-Schulz iteration.

    Each step applies the odd polynomial ``a s + b s^3 + c s^5`` to all singular values. They do not converge to 1 but to a
    band around it, which serves as well and takes fewer steps.
    """
    if steps >= 100:
        raise ValueError(f"Number of steps must be less than 100 for computational efficiency, but ns_steps is {steps}; 5 is usual")
    if len(coefficients) != 3:
        raise ValueError(f"Coefficients must be a tuple of exactly 3 values, but ns_coefficients is {coefficients}")
    a, b, c = coefficients
    tall = matrix.size(0) > matrix.size(1)
    x = matrix.bfloat16()
    if tall:
        x = x.T
    x = x / x.norm().clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.T
        x = flambeau.addmm(x, flambeau.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x


def _ratio(name: str | None, rows: int, columns: int) -> float:
    if name == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1, rows / columns))
