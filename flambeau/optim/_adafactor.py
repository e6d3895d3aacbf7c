"""Adafactor."""

from typing import Any, ClassVar

import flambeau
from flambeau import Tensor
from flambeau.optim._arithmetic import scalar
from flambeau.optim._checks import check_lr
from flambeau.optim._per_parameter import PerParameter
from flambeau.optim.optimizer import ParamsT

__all__ = ["Adafactor"]


class Adafactor(PerParameter):
    """Adam's division by the root mean square, which for a matrix is estimated from its rows' and its columns' means, so that
    the state of a (n, m) parameter is n + m numbers (Shazeer & Stern, 2018, arXiv:1804.04235).

        w = 1 - t**beta2_decay
        r = w * r + (1 - w) * mean of g**2 along rows,   c likewise along columns
        u = g / max(sqrt(r c / mean(r)), eps1);  for vectors, g over the root of the mean square
        param -= max(eps2, rms(param)) * min(lr, 1 / sqrt(t)) * u / max(1, rms(u) / d)

    Args:
        params: parameters, named parameters or parameter groups.
        lr: the largest step relative to the parameter's root mean square, 0 or more. A number or a tensor of one element.
        beta2_decay: power by which the averages' windows grow, 0 or less.
        eps: least root mean square of the gradient (None: the dtype's eps) and of the parameter, 0 or more.
        d: largest root mean square of an update, 1 or more.
        weight_decay: decoupled: what a parameter loses in one step is ``lr * weight_decay`` of its value.
        maximize: ascend instead of descend.
        foreach: accepted; there is one implementation.

    Raises:
        ValueError: an option out of its range.
    """

    _newer_options: ClassVar[dict[str, Any]] = {"foreach": None}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_lr(lr)
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None and not 0.0 <= eps[0]:
            raise ValueError(f"epsilon1 should be >= 0 but is: {eps[0]}")
        if not 0.0 <= eps[1]:
            raise ValueError(f"epsilon2 should be >= 0 but is: {eps[1]}")
        if not 1.0 <= d:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        super().__init__(
            params, dict(lr=lr, beta2_decay=beta2_decay, eps=eps, d=d, weight_decay=weight_decay, foreach=foreach, maximize=maximize)
        )

    def _start(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        if param.is_complex():
            raise RuntimeError("Adafactor does not support complex parameters")
        state = {"step": self._zero_step(param, group)}
        if grad.dim() > 1:
            *batch, rows, columns = grad.shape
            state["row_var"] = grad.new_zeros([*batch, rows, 1])
            state["col_var"] = grad.new_zeros([*batch, 1, columns])
        else:
            state["variance"] = flambeau.zeros_like(grad, memory_format=flambeau.preserve_format)
        return state

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], count: float | None) -> None:
        lr = scalar(group["lr"])
        eps1, eps2 = group["eps"]
        if eps1 is None:
            eps1 = flambeau.finfo(param.dtype).eps
        weight = count ** group["beta2_decay"]
        size = _rms(param).clamp(min=eps2) * min(lr, 1 / count**0.5)
        if group["weight_decay"] != 0:
            param.mul_(1 - lr * group["weight_decay"])
        if grad.dim() > 1:
            rows = state["row_var"].lerp_(grad.norm(dim=-1, keepdim=True).square() / grad.size(-1), weight)
            columns = state["col_var"].lerp_(grad.norm(dim=-2, keepdim=True).square() / grad.size(-2), weight)
            square = rows @ columns / rows.mean(dim=-2, keepdim=True).clamp(min=eps1)
        else:
            square = state["variance"].lerp_(grad * grad, weight)
        update = square.clamp(min=eps1 * eps1).rsqrt() * grad
        clipped = (_rms(update) / group["d"]).clamp(min=1.0)
        param.copy_(param - update * (size / clipped))


def _rms(x: Tensor) -> Tensor:
    """Root mean square, a 0-d tensor of at least float32 so that it is exact enough to scale with."""
    wide = flambeau.promote_types(x.dtype, flambeau.float32)
    return flambeau.linalg.vector_norm(x).to(wide) / x.numel() ** 0.5
