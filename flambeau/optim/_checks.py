"""Checks of options that optimizers share. Each raises ValueError with the option, what it is and what it may be."""

from collections.abc import Sequence
from typing import Any

from flambeau import Tensor

__all__ = ["check_betas", "check_eps", "check_flags", "check_lr", "check_non_negative"]


def check_lr(lr: Any) -> None:
    """A learning rate is a number from 0 up, or a tensor of one element."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError(f"Tensor lr must be 1-element, this one is of shape {tuple(lr.shape)}; give each rate a parameter group")
    if not 0.0 <= lr:
        raise ValueError(f"Invalid learning rate: {lr} (lr is 0 or more; to ascend use maximize=True)")


def check_non_negative(name: str, value: Any) -> None:
    """``value`` is a number from 0 up."""
    if not 0.0 <= value:
        raise ValueError(f"Invalid {name} value: {value} ({name} is 0 or more)")


def check_eps(eps: Any) -> None:
    """A term added to a denominator is a number from 0 up."""
    if not 0.0 <= eps:
        raise ValueError(f"Invalid epsilon value: {eps} (eps is 0 or more)")


def check_betas(betas: Sequence[Any]) -> None:
    """Two decay rates of running averages, from 0 to below 1."""
    for index in (0, 1):
        if not 0.0 <= betas[index] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {index}: {betas[index]} (betas are from 0 to below 1)")


def check_flags(foreach: bool | None, fused: bool | None, differentiable: bool) -> None:
    """The flags that choose PyTorch's implementation exclude one another there, so they do here; else they do nothing.

    Raises:
        RuntimeError: ``fused`` together with ``differentiable`` or ``foreach``.
    """
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`; leave fused out")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
