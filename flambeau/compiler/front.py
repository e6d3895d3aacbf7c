"""What programs say to a compiler: `torch.compile` and `torch.compiler`. Every step is recorded and compiled here without being asked.

So `compile` gives back what it gets, and the rest answers for a compiler that is always there and never in the way: nothing is being traced
in a special mode, nothing needs keeping out of it, and there are no artefacts to save.
"""
from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

_MODES = ("default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")


def compile(model: Callable | None = None, *, fullgraph: bool = False, dynamic: bool | None = None, backend: str | Callable = "inductor",
            mode: str | None = None, options: dict[str, Any] | None = None, disable: bool = False, **more: Any) -> Callable:
    """The function or module itself; without one, a decorator that gives it back.

    flambeau records what a program computes, and compiles steps that repeat, decorated or not: there is nothing left to do. The arguments
    are PyTorch's, and have no effect. A module can be reached by `_orig_mod` too, as through the wrapper that PyTorch makes; its
    state_dict has the plain names, without that prefix.

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
    if hasattr(model, "state_dict") and hasattr(model, "_modules"):
        model.__dict__["_orig_mod"] = model         # past __setattr__, which would make the module its own child
    return model


def _itself(fn: Callable) -> Callable:
    """The function itself: compiling changes nothing that it could be kept out of."""
    return fn


allow_in_graph = assume_constant_result = wrap_numpy = forbid_in_graph = _itself


def _decorator(fn: Callable | None = None, *args: Any, **kwargs: Any) -> Callable:
    """The function itself; without one, a decorator that gives it back."""
    return _itself if fn is None else fn


disable = nested_compile_region = _decorator


def substitute_in_graph(original_fn: Callable, **kwargs: Any) -> Callable:
    """A decorator that gives its function back: no function needs another in its place."""
    return _itself


def reset() -> None:
    """Forget compiled code: flambeau's depends on nothing that could make it wrong."""


def cudagraph_mark_step_begin() -> None:
    """Say that a step begins: flambeau sees it."""


def is_compiling() -> bool:
    """Whether this code runs while being traced instead of really: never."""
    return False


is_dynamo_compiling = is_exporting = is_compiling


def list_backends(exclude_tags: tuple[str, ...] = ()) -> list[str]:
    """The compilers that `torch.compile` knows: flambeau's own."""
    return ["flambeau"]


@contextlib.contextmanager
def _stance():
    yield


def set_stance(stance: str = "default", **kwargs: Any) -> contextlib.AbstractContextManager:
    """How eagerly to compile, for a with statement, a decorator or from now on: without effect."""
    return _stance()


__all__ = ["allow_in_graph", "assume_constant_result", "cudagraph_mark_step_begin", "disable", "is_compiling", "is_dynamo_compiling", "is_exporting",
           "list_backends", "nested_compile_region", "reset", "set_stance", "substitute_in_graph", "wrap_numpy"]
