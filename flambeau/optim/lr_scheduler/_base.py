"""The base of learning-rate schedules."""

import contextlib
import functools
import warnings
import weakref
from collections.abc import Iterator
from typing import Any

from flambeau import Tensor
from flambeau.optim._arithmetic import scalar
from flambeau.optim.optimizer import Optimizer

__all__ = ["EPOCH_DEPRECATION_WARNING", "LRScheduler", "_LRScheduler"]

EPOCH_DEPRECATION_WARNING = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler. Where epoch is given, the closed form of the schedule is used, if it has one."
)


class LRScheduler:
    """Sets the learning rates of an optimizer's groups.

    A subclass defines ``get_lr``, the groups' rates at ``self.last_epoch``; most derive them from the rates that the groups
    have, so that schedules can be combined and rates changed by hand. ``_get_closed_form_lr``, where there is one, derives
    them from ``self.base_lrs`` instead and serves ``step(epoch)``.

    Args:
        optimizer: whose rates to set. The rate that a group has now is kept as its ``initial_lr``.
        last_epoch: where to go on; -1 starts afresh.

    Raises:
        TypeError: not an optimizer.
        KeyError: ``last_epoch`` is given but a group has no ``initial_lr``.
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for index, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{index}] when resuming scheduler with last_epoch >= 0: "
                    "load the optimizer's state_dict first, or leave last_epoch out to start afresh"
                )
        self.base_lrs: list[float | Tensor] = group_values(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        _track_steps(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the rates for the start."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_lr(self) -> list[float | Tensor]:
        """The rates of the groups at ``self.last_epoch``, for ``step`` to set; to look at them use ``get_last_lr``."""
        raise NotImplementedError(f"{type(self).__name__} does not define get_lr(); a subclass of LRScheduler has to")

    def get_last_lr(self) -> list[float | Tensor]:
        """The rates of the groups that were set last."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Go on by one epoch and set the rates. Call it after the optimizer's step.

        Args:
            epoch: go to this one instead (deprecated).
        """
        if self._step_count == 1:
            self._check_order()
        self._step_count += 1
        if epoch is not None:
            warnings.warn(EPOCH_DEPRECATION_WARNING, UserWarning, stacklevel=2)
        self._update_lr(epoch)

    def _check_order(self) -> None:
        if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
            warnings.warn(
                "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. "
                "Please, make sure to call `optimizer.step()` before `lr_scheduler.step()`.",
                UserWarning,
                stacklevel=3,
            )
        elif not getattr(self.optimizer, "_opt_called", False):
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite order: "
                "`optimizer.step()` before `lr_scheduler.step()`; else the first value of the learning rate schedule is skipped.",
                UserWarning,
                stacklevel=3,
            )

    def _update_lr(self, epoch: int | None = None) -> None:
        with getting_lr(self):
            if epoch is None:
                self.last_epoch += 1
                values = self.get_lr()
            else:
                self.last_epoch = epoch
                values = self._get_closed_form_lr() if hasattr(self, "_get_closed_form_lr") else self.get_lr()
        self._set_lr(values)

    def _set_lr(self, values: list[float | Tensor]) -> None:
        for group, lr in zip(self.optimizer.param_groups, values, strict=True):
            set_value(group, "lr", lr)
        self._last_lr = group_values(self.optimizer, "lr")

    def _lrs(self) -> list[float | Tensor]:
        """The rates as they are, for a ``get_lr`` that has nothing to change."""
        return group_values(self.optimizer, "lr")

    def _scaled(self, factor: float) -> list[float | Tensor]:
        """The rates as they are, times ``factor``."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """All of the scheduler but its optimizer."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where a scheduler made in the same way was saved."""
        self.__dict__.update(state_dict)


class _LRScheduler(LRScheduler):
    """The name of LRScheduler in old programs."""


def _track_steps(optimizer: Optimizer) -> None:
    """Note on the optimizer that it was stepped, for the check of the order of calls."""
    if hasattr(optimizer.step, "_wrapped_by_lr_sched"):
        return
    function = optimizer.step.__func__
    reference = weakref.ref(optimizer)  # the wrapper lives in the optimizer

    @functools.wraps(function)
    def step(*args, **kwargs):
        self = reference()
        self._opt_called = True
        return function(self, *args, **kwargs)

    step._wrapped_by_lr_sched = True
    optimizer.step = step


@contextlib.contextmanager
def getting_lr(scheduler: LRScheduler) -> Iterator[None]:
    """Within the block, ``get_lr`` is called as it should be."""
    scheduler._get_lr_called_within_step = True
    try:
        yield
    finally:
        scheduler._get_lr_called_within_step = False


def warn_outside_step(scheduler: LRScheduler) -> None:
    """Warn about a call of ``get_lr`` by hand, which gives the rates after the next change as often as not."""
    if not scheduler._get_lr_called_within_step:
        warnings.warn("To get the last learning rate computed by the scheduler, please use `get_last_lr()`.", UserWarning, stacklevel=3)


def check_optimizer(optimizer: Any) -> None:
    """Raise TypeError for what is not an optimizer."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def copied(value: Any) -> Any:
    """A tensor's copy; a number as it is."""
    return value.clone() if isinstance(value, Tensor) else value


def group_values(optimizer: Optimizer, name: str) -> list[Any]:
    """An option's value in each group; copies where it is a tensor."""
    return [copied(group[name]) for group in optimizer.param_groups]


def set_value(group: dict[str, Any], name: str, value: Any) -> None:
    """Set a group's option; a tensor is written to, since others may hold it."""
    if isinstance(group[name], Tensor):
        group[name].fill_(scalar(value))
    else:
        group[name] = value


def one_each(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """A value for each group, from one for all or a list.

    Raises:
        ValueError: a list of another length.
    """
    groups = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        value = [value] * groups
    elif len(value) != groups:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, param_groups has {groups}."
        )
    return [copied(item) for item in value]
