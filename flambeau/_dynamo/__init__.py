"""Settings of PyTorch's tracer that programs make (torch._dynamo): there is no tracer, they are kept and have no effect."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flambeau

from . import config


def _itself(fn: Callable | None = None, *args: Any, **kwargs: Any) -> Callable:
    """The function itself; without one, a decorator that gives it back."""
    return fn if callable(fn) else _itself


disable = allow_in_graph = disallow_in_graph = forbid_in_graph = run = assume_constant_result = _itself


def optimize(*args: Any, **kwargs: Any) -> Callable:
    """A decorator that gives its function back."""
    return _itself


def reset() -> None:
    """Forget compiled code: flambeau's depends on nothing that could make it wrong."""


def is_compiling() -> bool:
    """Whether this code runs while being traced: never."""
    return False


def mark_dynamic(t: flambeau.Tensor, index: Any, **kwargs: Any) -> None:
    """Say that an axis changes its size: without effect."""


mark_static = maybe_mark_dynamic = mark_static_address = mark_dynamic


def graph_break(msg: str = "") -> None:
    """End a traced graph here: there is none."""


def list_backends(exclude_tags: tuple[str, ...] = ()) -> list[str]:
    """The compilers that torch.compile knows: flambeau's own."""
    return ["flambeau"]


__all__ = ["config"]
