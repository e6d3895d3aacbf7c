"""torch.compile, for functions and for modules."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flambeau.nn import Module
from flambeau.traced import compiled

from . import config

_MODES = ("default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")


def compile(model: Callable | None = None, *, fullgraph: bool = False, dynamic: bool | None = None, backend: str | Callable = "inductor",
            mode: str | None = None, options: dict[str, Any] | None = None, disable: bool = False, **more: Any) -> Callable:
    """A function whose calls are replayed: made and observed the first time, captured the second, and from then on only what they compute is done.

    What it shows is what the function would have shown. Whatever the function may have read is compared with what was there before each replay, and
    a call that cannot be proved to be replayable (it prints, looks at a value, changes other objects than tensors, draws numbers from another
    source) is made as it stands. So is a call whose result can still be walked backward: it is recorded, and compiled with what follows it. A whole
    training step (forward, backward, step, zero_grad) in one function gains the most. FLAMBEAU_LOG=compile tells what is replayed, and why not.

    Args:
        model: a function or a module; without one, a decorator. A module comes as an `OptimizedModule` around it.
        fullgraph: raise an error, which names the reason and the line, where a call cannot be replayed.
        disable: give back what came.
        dynamic, backend, mode, options: PyTorch's, without effect.

    Raises:
        RuntimeError: both mode and options, or a mode that PyTorch does not have.
        TypeError: not a function or module.
    """
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be specified at the same time.")
    if mode is not None and mode not in _MODES:
        raise RuntimeError(f"Unrecognized mode={mode}, should be one of: {', '.join(_MODES)}")
    if model is None:
        return lambda function: compile(function, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options, disable=disable, **more)
    if not callable(model):
        raise TypeError(f"torch.compile takes a function or a module, not {type(model).__name__}")
    if disable or isinstance(model, type):
        return model
    if isinstance(model, OptimizedModule):
        return model
    if isinstance(model, Module):
        return OptimizedModule(model, fullgraph)
    return compiled(model, fullgraph, _limit)


def _limit() -> int:
    """How many kinds of calls of one function are replayed."""
    return min(config.cache_size_limit, config.recompile_limit)


class OptimizedModule(Module):
    """A module whose calls are replayed. It shares everything with the module inside, `_orig_mod`, whose name is in those of its parameters."""

    _own = frozenset({"_orig_mod", "_fullgraph", "forward", "training", "_parameters", "_buffers", "_modules", "_non_persistent_buffers_set", "_call_slowly",
                      "_unseen_lists", "_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks", "_forward_hooks_with_kwargs",
                      "_forward_hooks_always_called", "_forward_pre_hooks_with_kwargs", "_state_dict_hooks", "_state_dict_pre_hooks",
                      "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks", "_is_full_backward_hook", "_compiled_call_impl"})

    def __init__(self, mod: Module, fullgraph: bool = False) -> None:
        super().__init__()
        self._orig_mod = mod
        self._fullgraph = fullgraph
        self._compile()

    def _compile(self) -> None:
        self.__dict__["forward"] = compiled(self._orig_mod.__call__, self._fullgraph, _limit)

    def __len__(self) -> int:
        return len(self._orig_mod)

    @property
    def training(self) -> bool:
        """The module's."""
        return self._modules["_orig_mod"].training

    @training.setter
    def training(self, value: bool) -> None:
        self._modules["_orig_mod"].training = value

    def __getattr__(self, name: str) -> Any:
        if name in OptimizedModule._own or "_modules" not in self.__dict__ or "_orig_mod" not in self.__dict__["_modules"]:
            return super().__getattr__(name)
        return getattr(self.__dict__["_modules"]["_orig_mod"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in OptimizedModule._own:
            super().__setattr__(name, value)
        else:
            setattr(self._orig_mod, name, value)

    def __delattr__(self, name: str) -> None:
        if name in OptimizedModule._own:
            super().__delattr__(name)
        else:
            delattr(self._orig_mod, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self._orig_mod)})

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("forward", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._compile()

