"""GradScaler: multiplies the loss, so that small gradients do not vanish in a short type, and takes the factor out again."""
from __future__ import annotations

import enum
import inspect
import warnings
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import flambeau
from flambeau import Tensor


class OptState(enum.Enum):
    """What was done to an optimizer's gradients since the last `update()`."""

    READY = 0
    UNSCALED = 1
    STEPPED = 2


class _Progress:
    """An optimizer between two updates; `found_inf` becomes a 0-d tensor, above 0 where a gradient was not finite."""

    def __init__(self):
        self.stage, self.found_inf = OptState.READY, None


class GradScaler:
    """Scales losses up, gradients down again, and finds the factor.

        scaler.scale(loss).backward()
        scaler.step(optimizer)          # skipped if a gradient is infinite or NaN
        scaler.update()                 # such a step makes the factor smaller, many good ones larger

    Args:
        device: "cpu" or "cuda"; on "cuda" without a CUDA device the scaler disables itself, with a warning.
        init_scale: the first factor.
        growth_factor: what the factor is multiplied by after `growth_interval` good steps in a row; above 1.
        backoff_factor: what it is multiplied by after a step with infinite or NaN gradients; below 1.
        growth_interval: how many good steps let it grow.
        enabled: False makes `scale` return what it gets, `step` the optimizer's own, and the rest do nothing.

    Raises:
        AssertionError: a factor on the wrong side of 1.
    """

    def __init__(self, device: str = "cuda", init_scale: float = 2.0**16, growth_factor: float = 2.0, backoff_factor: float = 0.5,
                 growth_interval: int = 2000, enabled: bool = True):
        self._device, self._enabled = device, enabled
        if enabled and device == "cuda" and not flambeau.cuda.is_available():
            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.",
                          stacklevel=2 if type(self) is GradScaler else 3)
            self._enabled = False
        if not self._enabled:
            return
        if growth_factor <= 1.0:
            raise AssertionError(f"The growth factor must be > 1.0. Got {growth_factor}")
        if backoff_factor >= 1.0:
            raise AssertionError(f"The backoff factor must be < 1.0. Got {backoff_factor}")
        self._init_scale, self._init_growth_tracker = init_scale, 0
        self._growth_factor, self._backoff_factor, self._growth_interval = growth_factor, backoff_factor, growth_interval
        self._scale: Tensor | None = None               # both made by the first call of scale()
        self._growth_tracker: Tensor | None = None
        self._progress: dict[int, _Progress] = defaultdict(_Progress)

    # --------------------------------------------------------------------------------------------------------------- a step
    def scale(self, outputs: Tensor | Iterable[Any]) -> Any:
        """The tensor, or the tensors in a list, tuple or other iterable, times the factor. ValueError for anything else."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            if self._scale is None:
                self._scale = flambeau.full((), self._init_scale, dtype=flambeau.float32, device=outputs.device)
                self._growth_tracker = flambeau.full((), self._init_growth_tracker, dtype=flambeau.int32, device=outputs.device)
            return outputs * self._scale
        if isinstance(outputs, Iterable):
            scaled = map(self.scale, outputs)
            return type(outputs)(scaled) if isinstance(outputs, list | tuple) else scaled
        raise ValueError(f"outputs must be a Tensor or an iterable of Tensors, not {type(outputs).__name__}")

    def unscale_(self, optimizer: flambeau.optim.Optimizer) -> None:
        """Divide the optimizer's gradients by the factor, before they are clipped, say; `step` does it where this was not called.

        Raises:
            RuntimeError: called twice since the last update, or after `step`.
            ValueError: a float16 gradient.
        """
        if not self._enabled:
            return
        scale, _ = self._started("unscale_")
        progress = self._progress[id(optimizer)]
        if progress.stage is OptState.UNSCALED:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        if progress.stage is OptState.STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        progress.found_inf = self._unscale(optimizer, scale.double().reciprocal().float())
        progress.stage = OptState.UNSCALED

    def _unscale(self, optimizer, factor: Tensor, allow_half: bool = False) -> Tensor | None:
        """Multiply the gradients by `factor`; a tensor above 0 if one of them was not finite, None without gradients."""
        grads = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        if not allow_half and any(g.dtype is flambeau.float16 for g in grads):
            raise ValueError("Attempting to unscale FP16 gradients.")
        if not grads:
            return None
        with flambeau.no_grad():
            found = sum((~flambeau.isfinite(g)).any().float() for g in grads)
            for g in grads:
                g.mul_(factor.to(g.dtype))
        return found

    def step(self, optimizer: flambeau.optim.Optimizer, *args: Any, **kwargs: Any) -> float | None:
        """`optimizer.step(*args, **kwargs)` on gradients without the factor, unless one of them is infinite or NaN.

        Raises:
            RuntimeError: called twice since the last update, or with a closure.
            AssertionError: `scale` was never called, or the optimizer has no gradients.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._started("step")
        progress = self._progress[id(optimizer)]
        if progress.stage is OptState.STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if getattr(optimizer, "_step_supports_amp_scaling", False) and "grad_scaler" in inspect.signature(optimizer.step).parameters:
            result = optimizer.step(*args, **kwargs, grad_scaler=self)
        else:
            if progress.stage is OptState.READY:
                self.unscale_(optimizer)
            if progress.found_inf is None:
                raise AssertionError("No inf checks were recorded for this optimizer: none of its parameters has a gradient.")
            result = None if progress.found_inf.item() else optimizer.step(*args, **kwargs)
        progress.stage = OptState.STEPPED
        return result

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Find the next factor: smaller if a step was skipped, larger after enough good ones, or `new_scale`.

        Raises:
            AssertionError: no step was taken since the last update.
        """
        if not self._enabled:
            return
        scale, tracker = self._started("update")
        if new_scale is not None:
            if isinstance(new_scale, Tensor) and (new_scale.numel() != 1 or new_scale.requires_grad):
                raise AssertionError("new_scale should be a float or a 1-element torch.cuda.FloatTensor or torch.FloatTensor with requires_grad=False.")
            scale.fill_(new_scale)
        else:
            found = [p.found_inf for p in self._progress.values() if p.found_inf is not None]
            if not found:
                raise AssertionError("No inf checks were recorded prior to update.")
            self._adapt(scale, tracker, sum(f.item() for f in found) > 0)
        self._progress = defaultdict(_Progress)

    def _adapt(self, scale: Tensor, tracker: Tensor, skipped: bool) -> None:
        if skipped:
            scale.mul_(self._backoff_factor)
            tracker.zero_()
            return
        good = int(tracker.item()) + 1
        if good == self._growth_interval:
            grown = scale * self._growth_factor
            if flambeau.isfinite(grown).item():
                scale.copy_(grown)
            good = 0
        tracker.fill_(good)

    def _started(self, name: str) -> tuple[Tensor, Tensor]:
        if self._scale is None or self._growth_tracker is None:
            raise AssertionError(f"Attempted {name} but _scale is None.  This may indicate your script did not use scaler.scale(loss or outputs) "
                                 "earlier in the iteration.")
        return self._scale, self._growth_tracker

    # ------------------------------------------------------------------------------------------------------------- settings
    def get_scale(self) -> float:
        """The factor; 1.0 for a disabled scaler."""
        if not self._enabled:
            return 1.0
        return self._init_scale if self._scale is None else self._scale.item()

    def get_growth_factor(self) -> float:
        """What the factor is multiplied by after enough good steps."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set what the factor is multiplied by after enough good steps."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the factor is multiplied by after a skipped step."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set what the factor is multiplied by after a skipped step."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """How many good steps let the factor grow."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set how many good steps let the factor grow."""
        self._growth_interval = new_interval

    def _get_growth_tracker(self) -> int:
        """How many good steps there were since the factor last changed."""
        if not self._enabled:
            return 0
        return self._init_growth_tracker if self._growth_tracker is None else int(self._growth_tracker.item())

    def is_enabled(self) -> bool:
        """Whether anything is scaled."""
        return self._enabled

    # ---------------------------------------------------------------------------------------------------------------- state
    def state_dict(self) -> dict[str, Any]:
        """The factor, how it changes and since when it has not; empty for a disabled scaler."""
        if not self._enabled:
            return {}
        return {"scale": self.get_scale(), "growth_factor": self._growth_factor, "backoff_factor": self._backoff_factor,
                "growth_interval": self._growth_interval, "_growth_tracker": self._get_growth_tracker()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave; a disabled scaler ignores it.

        Raises:
            RuntimeError: the state is that of a disabled scaler.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError("The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler.")
        self._init_scale, self._init_growth_tracker = state_dict["scale"], state_dict["_growth_tracker"]
        self._growth_factor, self._backoff_factor = state_dict["growth_factor"], state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        if self._scale is not None and self._growth_tracker is not None:
            self._scale.fill_(self._init_scale)
            self._growth_tracker.fill_(self._init_growth_tracker)

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        if self._enabled:
            if self._progress:
                raise AssertionError("A GradScaler instance may only be pickled at the beginning of an iteration, or at the end after scaler.update().")
            state |= {"_init_scale": self.get_scale(), "_init_growth_tracker": self._get_growth_tracker(), "_scale": None, "_growth_tracker": None}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


__all__ = ["GradScaler", "OptState"]
