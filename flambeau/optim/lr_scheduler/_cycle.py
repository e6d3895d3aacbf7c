"""Schedules that raise the rate and lower it again, momentum the other way round (L. Smith)."""

import functools
import math
import types
from collections.abc import Callable, Sequence
from typing import Any, Literal

from flambeau import Tensor
from flambeau.optim.lr_scheduler._base import LRScheduler, check_optimizer, one_each, set_value, warn_outside_step
from flambeau.optim.optimizer import Optimizer

__all__ = ["CyclicLR", "OneCycleLR"]


class _WithMomentum(LRScheduler):
    """A schedule that also moves the momentum, or of Adam and its kin the first beta."""

    cycle_momentum: bool

    def _start_momentum(self, optimizer: Optimizer, base_momentum: Any, max_momentum: Any, last_epoch: int) -> tuple[list, list]:
        if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
            raise ValueError(
                "optimizer must support momentum or beta1 with `cycle_momentum` option enabled, "
                f"but {type(optimizer).__name__} has neither; pass cycle_momentum=False"
            )
        self.use_beta1 = "betas" in optimizer.defaults
        least, most = one_each("base_momentum", optimizer, base_momentum), one_each("max_momentum", optimizer, max_momentum)
        if last_epoch == -1:
            for group, low, high in zip(optimizer.param_groups, least, most, strict=True):
                self._set_momentum(group, high)
                group["max_momentum"], group["base_momentum"] = high, low
        return least, most

    def _set_momentum(self, group: dict[str, Any], value: float) -> None:
        if self.use_beta1:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value


class CyclicLR(_WithMomentum):
    """Up from ``base_lr`` to ``max_lr`` and down again, evenly, over and over (Smith, 2017, arXiv:1506.01186).

    Args:
        optimizer: whose rates to set.
        base_lr: least rate, one for all groups or one for each.
        max_lr: largest rate, likewise.
        step_size_up: epochs of the way up.
        step_size_down: epochs of the way down; as many as up if None.
        mode: "triangular", "triangular2" (each cycle half as high as the last) or "exp_range" (times ``gamma**epoch``).
        gamma: for "exp_range".
        scale_fn: height of the cycle, from 0 to 1, instead of ``mode``.
        scale_mode: whether ``scale_fn`` gets the number of the "cycle", from 1, or of "iterations".
        cycle_momentum: move the momentum the other way.
        base_momentum: least momentum, where the rate is largest.
        max_momentum: largest momentum, where the rate is least.
        last_epoch: where to go on; -1 starts afresh.

    Raises:
        ValueError: an unknown mode, lists of another length than there are groups, or no momentum to cycle.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: Literal["cycle", "iterations"] = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float = 0.8,
        max_momentum: float = 0.9,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        base_lrs = one_each("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for lr, group in zip(base_lrs, optimizer.param_groups, strict=True):
                set_value(group, "lr", lr)
        self.max_lrs = one_each("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        down = up if step_size_down is None else float(step_size_down)
        self.total_size = up + down
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(f"mode is invalid and scale_fn is None: there are 'triangular', 'triangular2' and 'exp_range', not {mode!r}")
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode
        self._init_scale_fn()
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = self._start_momentum(optimizer, base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def _init_scale_fn(self) -> None:
        if self._scale_fn_custom is not None:
            return
        self._scale_fn_ref, self.scale_mode = {
            "triangular": (_full, "cycle"),
            "triangular2": (_halved, "cycle"),
            "exp_range": (functools.partial(pow, self.gamma), "iterations"),
        }[self.mode]

    def scale_fn(self, x: float) -> float:
        """Height of the cycle at ``x``: the number of the cycle or of the epoch, as ``scale_mode`` says."""
        return (self._scale_fn_ref if self._scale_fn_custom is None else self._scale_fn_custom)(x)

    def get_lr(self) -> list[float | Tensor]:
        """The rates of the groups at ``self.last_epoch``; sets the momenta as well."""
        warn_outside_step(self)
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        place = 1.0 + self.last_epoch / self.total_size - cycle  # in the cycle, from 0 to 1
        up = place <= self.step_ratio
        height = place / self.step_ratio if up else (place - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            groups = self.optimizer.param_groups
            for group, least, most in zip(groups, self.base_momentums, self.max_momentums, strict=True):
                self._set_momentum(group, most - (most - least) * height * scale)
        return [least + (most - least) * height * scale for least, most in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """All of the scheduler but its optimizer. Of a ``scale_fn`` that is a callable object, its attributes are saved."""
        state = super().state_dict()
        state.pop("_scale_fn_ref", None)
        function = state.pop("_scale_fn_custom")
        keep = function is not None and not isinstance(function, types.FunctionType)
        state["_scale_fn_custom"] = function.__dict__.copy() if keep else None
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where a scheduler made in the same way was saved."""
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "_scale_fn_custom"})
        attributes = state_dict["_scale_fn_custom"]
        if attributes is not None:
            self._scale_fn_custom.__dict__.update(attributes)
        self._init_scale_fn()


def _full(cycle: float) -> float:
    return 1.0


def _halved(cycle: float) -> float:
    return 1 / (2.0 ** (cycle - 1))


class OneCycleLR(_WithMomentum):
    """Up from ``max_lr / div_factor`` to ``max_lr``, then down to far below the start, once (Smith & Topin, 2018,
    arXiv:1708.07120). Step it after every batch.

    Args:
        optimizer: whose rates to set.
        max_lr: largest rate, one for all groups or one for each.
        total_steps: of the whole cycle; or else
        epochs, steps_per_epoch: whose product is ``total_steps``.
        pct_start: part of the cycle that goes up, from 0 to 1.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: move the momentum the other way.
        base_momentum: least momentum, where the rate is largest.
        max_momentum: largest momentum.
        div_factor: ``max_lr`` over the first rate.
        final_div_factor: the first rate over the last.
        three_phase: down to the first rate in as many steps as up, and only then to the last.
        last_epoch: where to go on; -1 starts afresh.

    Raises:
        ValueError: an option out of its range, or neither ``total_steps`` nor both ``epochs`` and ``steps_per_epoch``;
            at a step, more steps than ``total_steps``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        self.total_steps = _total_steps(total_steps, epochs, steps_per_epoch)
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self._schedule_phases = _phases(self.total_steps, pct_start, three_phase)
        self._anneal_func_type = anneal_strategy
        max_lrs = one_each("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, most in zip(optimizer.param_groups, max_lrs, strict=True):
                group["initial_lr"] = most / div_factor
                group["max_lr"] = most
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._start_momentum(optimizer, base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    def _between(self, start: float, end: float, part: float) -> float:
        if self._anneal_func_type == "linear":
            return (end - start) * part + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)

    def get_lr(self) -> list[float | Tensor]:
        """The rates of the groups at ``self.last_epoch``; sets the momenta as well."""
        warn_outside_step(self)
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(f"Tried to step {step} times. The specified number of total steps is {self.total_steps}")
        start, phase = 0.0, self._schedule_phases[0]
        for following in self._schedule_phases[1:]:
            if step <= phase["end_step"]:
                break
            start, phase = phase["end_step"], following
        part = (step - start) / (phase["end_step"] - start)
        lrs = []
        for group in self.optimizer.param_groups:
            lrs.append(self._between(group[phase["start_lr"]], group[phase["end_lr"]], part))
            if self.cycle_momentum:
                self._set_momentum(group, self._between(group[phase["start_momentum"]], group[phase["end_momentum"]], part))
        return lrs


def _total_steps(total: Any, epochs: Any, steps: Any) -> int:
    if total is not None:
        names = {"total_steps": total}
    elif epochs is not None and steps is not None:
        names = {"epochs": epochs, "steps_per_epoch": steps}
    else:
        raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
    for name, value in names.items():
        if not isinstance(value, int) or value <= 0:
            raise ValueError(f"Expected positive integer {name}, but got {value}")
    return math.prod(names.values())


def _phases(total_steps: int, pct_start: float, three_phase: bool) -> list[dict[str, Any]]:
    """Each phase's last step, and the names in a group of what it starts from and ends at."""
    ends: Sequence[float] = (float(pct_start * total_steps) - 1, total_steps - 1)
    lrs = ("initial_lr", "max_lr", "min_lr")
    momenta = ("max_momentum", "base_momentum", "max_momentum")
    if three_phase:
        ends = (ends[0], float(2 * pct_start * total_steps) - 2, ends[1])
        lrs = ("initial_lr", "max_lr", "initial_lr", "min_lr")
        momenta = ("max_momentum", "base_momentum", "max_momentum", "max_momentum")
    return [
        dict(end_step=end, start_lr=lrs[i], end_lr=lrs[i + 1], start_momentum=momenta[i], end_momentum=momenta[i + 1])
        for i, end in enumerate(ends)
    ]
