"""What code says to TorchScript about itself: decorators that leave things alone, and questions whose answer is no."""
from __future__ import annotations

import builtins
import types
import typing
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def _itself(fn: T = None, *args: Any, **kwargs: Any) -> T | Callable[[T], T]:
    """The function or class itself; without one, a decorator that gives it back."""
    return fn if callable(fn) else _itself


export = ignore = unused = interface = script_method = script_if_tracing = _overload = _overload_method = _itself


def is_scripting() -> bool:
    """Whether this code runs as TorchScript, or is being traced: never."""
    return False


is_tracing = is_scripting


def annotate(the_type: Any, the_value: T) -> T:
    """The value, for which a type was written."""
    return the_value


def isinstance(obj: Any, target_type: Any) -> bool:
    """Whether `obj` is of a type, or of one of a tuple of them, `List[int]` and `Optional[int]` too; elements are not looked at."""
    return builtins.isinstance(obj, tuple(_plain(target_type)))


def _plain(kind):
    if builtins.isinstance(kind, tuple | list):
        for k in kind:
            yield from _plain(k)
    elif typing.get_origin(kind) in (typing.Union, types.UnionType):
        yield from _plain(typing.get_args(kind))
    else:
        yield typing.get_origin(kind) or kind


class Attribute(typing.NamedTuple):
    """A value with its type, for a scripted module."""

    value: Any
    type: Any


__all__ = ["Attribute", "annotate", "export", "ignore", "interface", "is_scripting", "is_tracing", "isinstance", "script_if_tracing", "script_method",
           "unused"]
