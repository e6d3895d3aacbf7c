"""Schedules given by a function of the epoch."""

import types
from collections.abc import Callable
from typing import Any

from flambeau import Tensor
from flambeau.optim.lr_scheduler._base import LRScheduler, warn_outside_step
from flambeau.optim.optimizer import Optimizer

__all__ = ["LambdaLR", "MultiplicativeLR"]


class _ByFunction(LRScheduler):
    """A schedule with one function for all groups or one for each."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | list[Callable[[int], float]], last_epoch: int = -1):
        groups = len(optimizer.param_groups)
        functions = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * groups
        if len(functions) != groups:
            raise ValueError(f"Expected {groups} lr_lambdas, but got {len(functions)}: one for each parameter group")
        self.lr_lambdas = functions
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """All of the scheduler but its optimizer. Functions are not saved; of callable objects, their attributes are."""
        state = super().state_dict()
        state["lr_lambdas"] = [None if isinstance(f, types.FunctionType) else f.__dict__.copy() for f in self.lr_lambdas]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where a scheduler made with the same functions was saved."""
        self.__dict__.update((name, value) for name, value in state_dict.items() if name != "lr_lambdas")
        for function, attributes in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if attributes is not None:
                function.__dict__.update(attributes)


class LambdaLR(_ByFunction):
    """The initial rate times ``lr_lambda(epoch)``.

    Args:
        optimizer: whose rates to set.
        lr_lambda: a function of the epoch, or one for each parameter group.
        last_epoch: where to go on; -1 starts afresh.
    """

    def get_lr(self) -> list[float | Tensor]:
        warn_outside_step(self)
        return [lr * function(self.last_epoch) for function, lr in zip(self.lr_lambdas, self.base_lrs, strict=True)]


class MultiplicativeLR(_ByFunction):
    """The last rate times ``lr_lambda(epoch)``.

    Args:
        optimizer: whose rates to set.
        lr_lambda: a function of the epoch, or one for each parameter group.
        last_epoch: where to go on; -1 starts afresh.

    Raises:
        TypeError: ``lr_lambda`` cannot be called.
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | list[Callable[[int], float]], last_epoch: int = -1):
        for function in lr_lambda if isinstance(lr_lambda, (list, tuple)) else [lr_lambda]:
            if not callable(function):
                raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")
        super().__init__(optimizer, lr_lambda, last_epoch)

    def get_lr(self) -> list[float | Tensor]:
        warn_outside_step(self)
        if self._is_initial:
            return self._lrs()
        groups = self.optimizer.param_groups
        return [group["lr"] * function(self.last_epoch) for function, group in zip(self.lr_lambdas, groups, strict=True)]
