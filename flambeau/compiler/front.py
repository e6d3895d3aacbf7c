"""What programs say to a compiler: `torch.compiler`, beside `torch.compile` itself (flambeau._dynamo).

Every step is recorded and compiled without being asked. What `torch.compile` adds is that whole calls of a function are replayed (flambeau.traced):
the functions here keep code out of that, forget what was captured, and tell whether a call is being captured.
"""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..core.tracing import forget, is_capturing, keep_out
from ..core.tracing import stance as current

_STANCES = ("default", "eager_then_compile", "force_eager", "eager_on_recompile", "fail_on_recompile")


def _itself(fn: Callable) -> Callable:
    """The function itself: compiling changes nothing that it could be kept out of."""
    return fn


allow_in_graph = assume_constant_result = wrap_numpy = forbid_in_graph = _itself


def nested_compile_region(fn: Callable | None = None, *args: Any, **kwargs: Any) -> Callable:
    """The function itself; without one, a decorator that gives it back."""
    return _itself if fn is None else fn


def disable(fn: Callable | None = None, recursive: bool = True, *, reason: str | None = None) -> Callable:
    """The function, kept out of compiled ones: a call in which it takes part is made, never replayed. Without one, a decorator."""
    if fn is None:
        return lambda function: disable(function, recursive, reason=reason)
    if isinstance(fn, type) or not hasattr(fn, "__name__"):
        return fn

    @functools.wraps(fn)
    def kept_out(*args: Any, **kwargs: Any) -> Any:
        keep_out(fn.__name__)
        return fn(*args, **kwargs)
    kept_out._torchdynamo_disable = True
    return kept_out


def substitute_in_graph(original_fn: Callable, **kwargs: Any) -> Callable:
    """A decorator that gives its function back: no function needs another in its place."""
    return _itself


def reset() -> None:
    """Forget all captured calls. Compiled kernels stay: they depend on nothing that could make them wrong."""
    forget()


def cudagraph_mark_step_begin() -> None:
    """Say that a step begins: flambeau sees it."""


def is_compiling() -> bool:
    """Whether this code runs in a call that is being captured for later replays."""
    return is_capturing()


is_dynamo_compiling = is_compiling


def is_exporting() -> bool:
    """Whether this code runs in an export: it is never asked then."""
    return False


def list_backends(exclude_tags: tuple[str, ...] = ()) -> list[str]:
    """The compilers that `torch.compile` knows: flambeau's own."""
    return ["flambeau"]


class set_stance:
    """How eagerly to compile, from now on, within a with statement, or for a function's calls: "force_eager" makes all calls as they stand.

    The other stances are "default", "eager_then_compile", "eager_on_recompile" and "fail_on_recompile", all of which are the default's here.
    RuntimeError for another one.
    """

    def __init__(self, stance: str = "default", *, skip_guard_eval_unsafe: bool = False, force_backend: Any = None):
        if stance not in _STANCES:
            raise RuntimeError(f"Unknown stance {stance!r}: it is one of {', '.join(_STANCES)}")
        self.stance, self.previous = stance, current[-1]
        current[-1] = stance

    def __enter__(self) -> None:
        current[-1] = self.stance

    def __exit__(self, *error: Any) -> None:
        current[-1] = self.previous

    def __call__(self, fn: Callable) -> Callable:
        current[-1] = self.previous

        @functools.wraps(fn)
        def held(*args: Any, **kwargs: Any) -> Any:
            before, current[-1] = current[-1], self.stance
            try:
                return fn(*args, **kwargs)
            finally:
                current[-1] = before
        return held


__all__ = ["allow_in_graph", "assume_constant_result", "cudagraph_mark_step_begin", "disable", "is_compiling", "is_dynamo_compiling", "is_exporting",
           "list_backends", "nested_compile_region", "reset", "set_stance", "substitute_in_graph", "wrap_numpy"]
