"""Settings of PyTorch's tracer that programs make (torch._dynamo), and what stands behind torch.compile."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flambeau
from flambeau.traced import disable, is_compiling, reset

from . import config
from .eval_frame import OptimizedModule


def _itself(fn: Callable | None = None, *args: Any, **kwargs: Any) -> Callable:
    """The function itself; without one, a decorator that gives it back."""
    return fn if callable(fn) else _itself


allow_in_graph = disallow_in_graph = forbid_in_graph = run = assume_constant_result = _itself


def optimize(*args: Any, **kwargs: Any) -> Callable:
    """A decorator that gives its function back."""
    return _itself


def mark_dynamic(t: flambeau.Tensor, index: Any, **kwargs: Any) -> None:
    """Say that an axis changes its size: without effect."""


mark_static = maybe_mark_dynamic = mark_static_address = mark_dynamic


@disable
def graph_break(msg: str = "") -> None:
    """Keep the calls in which this is called from being replayed."""


def list_backends(exclude_tags: tuple[str, ...] = ()) -> list[str]:
    """The compilers that torch.compile knows: flambeau's own."""
    return ["flambeau"]


__all__ = ["OptimizedModule", "config", "disable", "is_compiling", "reset"]
