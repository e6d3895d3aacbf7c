"""torch.library: operators of a program's own. Here they are functions with a gradient; there is no dispatcher to register them with."""
from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import flambeau
from flambeau.absent import absent_class

Library = absent_class("torch.library.Library", "flambeau has no dispatcher; write the operator as a function, or an autograd.Function if its gradient is its own")


class CustomOpDef:
    """A function as an operator: `@custom_op("mine::scaled", mutates_args=())`, called as before; `register_autograd` gives it a gradient."""

    def __init__(self, name: str, function: Callable):
        self._qualname, self._function, self._backward, self._setup = name, function, None, None
        self.__doc__, self.__name__ = function.__doc__, function.__name__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._backward is None:
            with flambeau.no_grad():
                return self._function(*args, **kwargs)
        bound = inspect.signature(self._function).bind(*args, **kwargs)
        bound.apply_defaults()
        return self._differentiable().apply(*bound.args, *bound.kwargs.values())

    def _differentiable(self) -> type:
        function, setup, backward = self._function, self._setup, self._backward

        class _Operator(flambeau.autograd.Function):
            @staticmethod
            def forward(ctx, *args):
                output = function(*args)
                if setup is not None:
                    setup(ctx, args, output)
                return output

            @staticmethod
            def backward(ctx, *grads):
                return backward(ctx, *grads)

        return _Operator

    def register_autograd(self, backward: Callable, /, *, setup_context: Callable | None = None) -> None:
        """`backward(ctx, *grads)` gives the gradients of the arguments; `setup_context(ctx, inputs, output)` keeps what it needs."""
        self._backward, self._setup = backward, setup_context

    def register_fake(self, fn: Callable, /) -> Callable:
        """What the operator gives for tensors without values: kept off, because nothing is computed without values here."""
        return fn

    def register_kernel(self, device_types: Any, fn: Callable | None = None, /) -> Callable:
        """Another function for the CPU; those for other devices are never called."""
        kinds = (device_types,) if isinstance(device_types, str) or device_types is None else tuple(device_types)

        def take(function: Callable) -> Callable:
            if None in kinds or "cpu" in kinds:
                self._function = function
            return function
        return take if fn is None else take(fn)

    register_vmap = register_fake


def custom_op(name: str, fn: Callable | None = None, /, *, mutates_args: Any = (), device_types: Any = None, schema: str | None = None, tags: Any = None) -> Any:
    """A function as an operator named "namespace::name"; without a function, a decorator. ValueError for a name without a name space."""
    if "::" not in name:
        raise ValueError(f"custom_op(name={name!r}): expected a name of the form 'namespace::name'")
    make = lambda function: CustomOpDef(name, function)
    return make if fn is None else make(fn)


def _on(op: Any, method: str, func: Callable | None, *more: Any) -> Any:
    if not isinstance(op, CustomOpDef):
        raise TypeError(f"torch.library.register_…: give the operator that custom_op made, not {op!r}: there is no dispatcher that knows names")
    return getattr(op, method) if func is None else getattr(op, method)(*more, func)


def register_fake(op: Any, func: Callable | None = None, /, **kwargs: Any) -> Any:
    """See `CustomOpDef.register_fake`."""
    return _on(op, "register_fake", func)


def register_autograd(op: Any, backward: Callable, /, *, setup_context: Callable | None = None, lib: Any = None) -> None:
    """See `CustomOpDef.register_autograd`."""
    _on(op, "register_autograd", None)(backward, setup_context=setup_context)


__all__ = ["CustomOpDef", "Library", "custom_op", "register_autograd", "register_fake"]
