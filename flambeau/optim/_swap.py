"""Running an optimizer on other tensors for a while."""

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flambeau import Tensor

if TYPE_CHECKING:
    from flambeau.optim.optimizer import Optimizer

__all__ = ["swap_in_optimizer_params_and_state"]

_NAME = "swap_in_optimizer_params_and_state"


@contextlib.contextmanager
def swap_in_optimizer_params_and_state(
    optimizer: "Optimizer", swapin_parameters: dict[str, Tensor], swapin_optim_state: dict[str, Any]
) -> Iterator[None]:
    """Within the block, ``optimizer`` works on other parameters with other state; afterwards on its own again.

    What a step wrote is in the tensors that were given, so a step becomes a function of parameters and state.

    Args:
        optimizer: one that has made a step, so that it has state.
        swapin_parameters: by name, in the order of the optimizer's groups.
        swapin_optim_state: as ``optimizer.state_dict()`` gives it.

    Raises:
        RuntimeError: the optimizer has no state yet, or groups, options or parameters do not match the optimizer's.
    """
    state, groups = _checked(optimizer, swapin_optim_state)
    parameters = list(swapin_parameters.values())
    wanted = sum(len(group["params"]) for group in groups)
    if len(parameters) < wanted:
        raise RuntimeError(
            f"{_NAME} requires the explicit parameter state to match optimizer.param_groups ordering: "
            f"{len(parameters)} parameters were given, the optimizer has {wanted}"
        )
    own_state, own_groups = optimizer.state, [dict(group) for group in optimizer.param_groups]
    swapped: defaultdict[Tensor, Any] = defaultdict(dict)
    try:
        start = 0
        for live, group in zip(optimizer.param_groups, groups, strict=True):
            numbers = group["params"]
            live.update(group, params=parameters[start : start + len(numbers)])
            start += len(numbers)
            for param, number in zip(live["params"], numbers, strict=True):
                swapped[param] = dict(state.get(number, {}))
        optimizer.state = swapped
        yield
    finally:
        for live, own in zip(optimizer.param_groups, own_groups, strict=True):
            live.clear()
            live.update(own)
        optimizer.state = own_state


def _checked(optimizer: "Optimizer", state_dict: Any) -> tuple[dict[Any, Any], list[dict[str, Any]]]:
    if not optimizer.state:
        raise RuntimeError(f"{_NAME} requires initialized optimizer state; make a step first")
    if not isinstance(state_dict, dict):
        raise RuntimeError(f"{_NAME} requires an optimizer state_dict, got {type(state_dict).__name__}")
    state, groups = state_dict.get("state"), state_dict.get("param_groups")
    if not isinstance(state, dict):
        raise RuntimeError(
            f"{_NAME} requires swapin_optim_state['state'] to be a dict mapping packed parameter ids to per-param state dicts, "
            f"got {type(state).__name__}."
        )
    if any(isinstance(key, Tensor) for key in state):
        raise RuntimeError(f"{_NAME} requires optimizer.state_dict()-style state keyed by packed parameter ids.")
    if any(isinstance(key, int) and not isinstance(value, dict) for key, value in state.items()):
        raise RuntimeError(f"{_NAME} requires per-parameter optimizer state entries to be dictionaries.")
    if not isinstance(groups, list):
        raise RuntimeError(
            f"{_NAME} requires swapin_optim_state['param_groups'] to be a list of param-group dicts, got {type(groups).__name__}."
        )
    if len(groups) != len(optimizer.param_groups):
        raise RuntimeError(
            "swapin_optim_state has a different number of parameter groups than the live optimizer: "
            f"{len(groups)} and {len(optimizer.param_groups)}"
        )
    for index, (live, group) in enumerate(zip(optimizer.param_groups, groups, strict=True)):
        _check_group(index, live, group)
    known = {number for group in groups for number in group["params"]}
    if extra := [key for key in state if key not in known]:
        raise RuntimeError(
            f"{_NAME} requires swapin_optim_state['state'] to be keyed only by packed parameter ids from "
            f"param_groups[*]['params']; got extra keys {extra!r}."
        )
    return state, groups


def _check_group(index: int, live: dict[str, Any], group: Any) -> None:
    if not isinstance(group, dict):
        raise RuntimeError(f"{_NAME} requires each optimizer param group to be a dictionary, group {index} is {type(group).__name__}.")
    numbers = group.get("params")
    if not isinstance(numbers, list) or not all(isinstance(number, int) for number in numbers):
        raise RuntimeError(
            f"{_NAME} requires optimizer.state_dict()-style param_groups[*]['params'] entries keyed by packed parameter ids."
        )
    if len(numbers) != len(live["params"]):
        raise RuntimeError(
            f"swapin_optim_state param group {index} has a different number of params than the live optimizer param group: "
            f"{len(numbers)} and {len(live['params'])}"
        )
    if set(group) != set(live):
        raise RuntimeError(
            f"{_NAME} requires optimizer.state_dict()-style param group keys to exactly match the live optimizer group keys for "
            f"group {index}. Keys only in swap-in: {sorted(set(group) - set(live))}. Keys only in live: {sorted(set(live) - set(group))}."
        )
