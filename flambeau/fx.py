"""torch.fx's names: programs are not rewritten as graphs of Python objects here; flambeau's own graphs are those that it records."""
from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flambeau.absent import absent, absent_class

T = TypeVar("T", bound=Callable | str)
_REASON = "flambeau does not turn modules into graphs to be rewritten; replace submodules by setattr, and look at values by hooks"

symbolic_trace, replace_pattern = (absent(f"torch.fx.{_name}", _REASON) for _name in ("symbolic_trace", "replace_pattern"))
Graph, GraphModule, Interpreter, Node, Proxy, Tracer, Transformer = (
    absent_class(f"torch.fx.{_name}", _REASON) for _name in ("Graph", "GraphModule", "Interpreter", "Node", "Proxy", "Tracer", "Transformer"))


def wrap(fn_or_name: T) -> T:
    """The function itself: nothing is traced that it could be kept out of."""
    return fn_or_name


def has_side_effect(fn: T) -> T:
    """The function itself: nothing is left out of what a program does."""
    return fn


__all__ = ["Graph", "GraphModule", "Interpreter", "Node", "Proxy", "Tracer", "Transformer", "has_side_effect", "replace_pattern", "symbolic_trace", "wrap"]
