"""Modules as functions: called with given parameters, stacked into one."""
from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import flambeau
from flambeau import Tensor, nn
from flambeau.nn.utils.stateless import call_with as functional_call


def stack_module_state(models: Sequence[nn.Module]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(parameters, buffers) of several modules of one class, by name, each stacked along a new first axis: for `vmap` over `functional_call`.

    Parameters of modules that are trained are new leaves that want gradients.

    Raises:
        RuntimeError: no module, modules of different classes, or some in training and some not.
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not (all(m.training for m in models) or all(not m.training for m in models)):
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(m) is not type(models[0]) for m in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")

    def stacked(named: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        return {name: _stack([tensors[name] for tensors in named]) for name in named[0]}
    return stacked([dict(m.named_parameters()) for m in models]), stacked([dict(m.named_buffers()) for m in models])


def _stack(tensors: list[Tensor]) -> Tensor:
    wants = {t.requires_grad for t in tensors}
    if len(wants) > 1:
        raise RuntimeError("Expected the parameter of every model to have the same .requires_grad: freeze it in all of them or in none")
    return flambeau.stack([t.detach() for t in tensors]).requires_grad_() if wants == {True} else flambeau.stack(tensors)


def replace_all_batch_norm_modules_(root: nn.Module) -> nn.Module:
    """Make every batch normalisation in `root`, in place, use the statistics of the batch alone, as `vmap` needs; returns it."""
    for module in root.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root


def functionalize(func: Callable, *, remove: str = "mutations") -> Callable:
    """The function itself: in-place writes are undone when a program is compiled, not before. RuntimeError for an unknown `remove`."""
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(f"functionalize(f, remove='mutations'): Valid options are: remove='mutations' and remove='mutations_and_views'. Got: {remove}")
    return func


def debug_unwrap(tensor: Tensor, *, recurse: bool = True) -> Tensor:
    """A tensor's copy without gradient, to look at inside `grad` and `vmap`: here every tensor can be looked at."""
    return copy.copy(tensor.detach())


__all__ = ["debug_unwrap", "functional_call", "functionalize", "replace_all_batch_norm_modules_", "stack_module_state"]
