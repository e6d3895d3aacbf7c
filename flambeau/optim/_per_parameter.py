"""Optimizers that update every parameter by itself, from its gradient and what is remembered about it."""

from collections.abc import Callable
from typing import Any, ClassVar

import flambeau
from flambeau import Tensor
from flambeau.optim._mirror import Mirror
from flambeau.optim.optimizer import Optimizer, ParamsT

__all__ = ["PerParameter"]


class PerParameter(Optimizer):
    """An optimizer given by one formula, ``_update``.

    All that formulas share is here: the closure, parameters without gradients, ``maximize``, sparse and complex
    gradients, state made at a parameter's first update, step counts, steps that are differentiated, gradients that
    GradScaler left scaled, and state of earlier versions. A subclass defines

    ``_start(param, grad, group)``
        The state before the first update. A ``step`` entry, made by ``_zero_step``, is counted up here.
    ``_update(param, grad, state, group, count)``
        The formula: changes ``param`` and ``state``. ``count`` is the number of updates including this one, a Python
        number, or None where there is no ``step``. A complex parameter comes as its real view, and so do its gradient
        and its state.
    """

    #: Options that an earlier version's state dict may lack, and their values then.
    _newer_options: ClassVar[dict[str, Any]] = dict(foreach=None, maximize=False, capturable=False, differentiable=False)
    #: State entries that are 0-d tensors, and were numbers in earlier versions.
    _scalars: ClassVar[tuple[str, ...]] = ("step",)
    #: What to say where gradients are sparse; None if they may be.
    _no_sparse: ClassVar[str | None] = "{name} does not support sparse gradients"
    #: Whether complex numbers are updated as pairs of real ones. A formula that is linear need not care.
    _complex_as_pairs: ClassVar[bool] = True

    def __init__(self, params: ParamsT, defaults: dict[str, Any]) -> None:
        self._mirror = Mirror()
        super().__init__(params, defaults)
        if defaults.get("fused"):
            self._step_supports_amp_scaling = True

    def _start(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {}

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], count: float | None) -> None:
        raise NotImplementedError

    # -- the step -------------------------------------------------------------------------------------------------

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient, once; returns what ``closure`` returns, or None.

        Args:
            closure: computes the loss and its gradients anew and returns the loss.
        """
        loss = None
        groups = self.param_groups
        if closure is None and getattr(self, "found_inf", None) is None and getattr(self, "grad_scale", None) is None:
            groups = [group for group in groups if not self._update_all(group)]     # which autograd never sees, whatever its mode
            if not groups:
                return None
        with flambeau.set_grad_enabled(self.defaults.get("differentiable", False)):
            if closure is not None:
                with flambeau.enable_grad():
                    loss = closure()
            if self._unscaled():
                for group in groups:
                    if closure is not None and self._update_all(group):
                        continue
                    for param in group["params"]:
                        grad = param.grad
                        if grad is not None:
                            self._update_one(param, grad, group)
        return loss

    def _update_all(self, group: dict[str, Any]) -> bool:
        """Update a whole group with one call that records no gradients, where the formula is that simple; False, with nothing changed, leaves it to
        `_update`.
        """
        return False

    def _update_one(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        if grad.is_sparse and self._no_sparse is not None:
            raise RuntimeError(self._no_sparse.format(name=type(self).__name__))
        state = self.state.get(param)
        if not state:
            state = self._start(param, grad, group)
            if state:
                self.state[param] = state
        if group.get("maximize"):
            grad = -grad
        if group.get("differentiable"):
            # Earlier values stay in the graph, so the step changes copies of them.
            state.update({name: value.clone() for name, value in state.items() if isinstance(value, Tensor) and name != "step"})
        count = self._count(param, state) if "step" in state else None
        if self._complex_as_pairs and param.is_complex():
            param, grad = flambeau.view_as_real(param), flambeau.view_as_real(grad)
            state = {name: _as_pairs(value) for name, value in state.items()}
        self._update(param, grad, state, group, count)

    def _count(self, param: Tensor, state: dict[str, Any]) -> float:
        """Count this update: ``state["step"] += 1``, and the new number."""
        step = state["step"]
        count = self._mirror.read(step) + 1
        step += 1
        self._mirror.note(step, count)
        return count

    def _zero_step(self, param: Tensor, group: dict[str, Any]) -> Tensor:
        """The count before a parameter's first update: 0-d, float32 unless float64 is the default dtype."""
        self._check_fused(param, group)
        step = flambeau.zeros((), dtype=_scalar_dtype(group), device=self._scalar_device(param, group))
        self._mirror.note(step, 0.0)
        return step

    @staticmethod
    def _scalar_device(param: Tensor, group: dict[str, Any]) -> Any:
        """Counts stay on the CPU, where to read them is cheap, unless the step is to run on the parameter's device alone."""
        return param.device if group.get("fused") or group.get("capturable") else "cpu"

    @staticmethod
    def _check_fused(param: Tensor, group: dict[str, Any]) -> None:
        if group.get("fused") and not param.is_floating_point():
            raise RuntimeError(
                f"`fused=True` requires all the params to be floating point Tensors, but one is {param.dtype} on {param.device}; "
                "leave fused out"
            )

    def _unscaled(self) -> bool:
        """Divide the gradients by the scale that GradScaler hands to a fused optimizer; False if the step is to be skipped."""
        found_inf = getattr(self, "found_inf", None)
        if found_inf is not None and found_inf.item():
            return False
        scale = getattr(self, "grad_scale", None)
        if scale is not None:
            for group in self.param_groups:
                for param in group["params"]:
                    if param.grad is not None:
                        param.grad.div_(scale.to(param.grad.device))
        return True

    # -- state of earlier versions ----------------------------------------------------------------------------------

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._mirror = Mirror()
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in self._newer_options.items():
                group.setdefault(name, value)
            for param in group["params"]:
                entries = self.state.get(param) or {}
                for name in self._scalars:
                    if name in entries and not isinstance(entries[name], Tensor):
                        entries[name] = flambeau.tensor(
                            float(entries[name]), dtype=_scalar_dtype(group), device=self._scalar_device(param, group)
                        )


def _scalar_dtype(group: dict[str, Any]) -> Any:
    if not group.get("fused") and flambeau.get_default_dtype() == flambeau.float64:
        return flambeau.float64
    return flambeau.float32


def _as_pairs(value: Any) -> Any:
    return flambeau.view_as_real(value) if isinstance(value, Tensor) and value.is_complex() else value
