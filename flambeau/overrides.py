"""Objects that answer for torch's functions themselves (torch.overrides), by a method `__torch_function__`.

Libraries that have such functions of their own ask here whether an argument wants to answer, and let it.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flambeau import Tensor


def _overrides(x: Any) -> bool:
    kind = type(x)
    method = getattr(kind, "__torch_function__", None)
    return method is not None and getattr(method, "__func__", method) is not getattr(Tensor.__dict__.get("__torch_function__"), "__func__", None)


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Whether one of some arguments answers for functions itself."""
    return any(map(_overrides, relevant_args))


def has_torch_function_unary(x: Any) -> bool:
    """Whether an argument answers for functions itself."""
    return _overrides(x)


def has_torch_function_variadic(*args: Any) -> bool:
    """Whether one of the arguments answers for functions itself."""
    return has_torch_function(args)


def handle_torch_function(public_api: Callable, relevant_args: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
    """What the first of the arguments that answers for `public_api(*args, **kwargs)` gives: subclasses before their bases, else from left to right.

    Raises:
        TypeError: none of them does.
    """
    asked: list[Any] = []
    for x in relevant_args:
        if _overrides(x) and not any(type(x) is type(other) for other in asked):
            place = next((k for k, other in enumerate(asked) if issubclass(type(x), type(other))), len(asked))
            asked.insert(place, x)
    kinds = tuple(map(type, asked))
    for x in asked:
        result = type(x).__torch_function__(public_api, kinds, args, kwargs)
        if result is not NotImplemented:
            return result
    name = f"{public_api.__module__}.{public_api.__name__}"
    raise TypeError(f"no implementation found for '{name}' on types that implement __torch_function__: {list(kinds)}")


def is_tensor_like(inp: Any) -> bool:
    """Whether it is a tensor, or answers for torch's functions as if it were one."""
    return isinstance(inp, Tensor) or hasattr(inp, "__torch_function__")


def is_tensor_method_or_property(func: Callable) -> bool:
    """Whether a function is a Tensor's method or property."""
    name = getattr(func, "__name__", "")
    return name == "__get__" or getattr(Tensor, name, None) is func


def resolve_name(f: Callable) -> str | None:
    """The dotted name of a function of torch's."""
    module, name = getattr(f, "__module__", None), getattr(f, "__qualname__", None)
    return f"{module}.{name}" if module and name else None


def wrap_torch_function(dispatcher: Callable[..., Iterable[Any]]) -> Callable[[Callable], Callable]:
    """Decorates a function, so that arguments may answer for it; `dispatcher(*args, **kwargs)` says which."""
    def decorate(function: Callable) -> Callable:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            relevant = list(dispatcher(*args, **kwargs))
            return handle_torch_function(wrapped, relevant, *args, **kwargs) if has_torch_function(relevant) else function(*args, **kwargs)
        wrapped.__name__, wrapped.__qualname__ = function.__name__, function.__qualname__
        wrapped.__module__, wrapped.__doc__, wrapped.__wrapped__ = function.__module__, function.__doc__, function
        return wrapped
    return decorate


class TorchFunctionMode:
    """A region in which all calls of torch's functions go through a method: NotImplementedError, calls are not intercepted here."""

    def __enter__(self):
        raise NotImplementedError(f"{type(self).__name__}: flambeau does not send its functions through __torch_function__ modes")

    def __exit__(self, *exception) -> None:
        return None


BaseTorchFunctionMode = TorchFunctionMode

__all__ = ["BaseTorchFunctionMode", "TorchFunctionMode", "handle_torch_function", "has_torch_function", "has_torch_function_unary",
           "has_torch_function_variadic", "is_tensor_like", "is_tensor_method_or_property", "resolve_name", "wrap_torch_function"]
