"""Grad modes: context managers, decorators and functions that say whether operations are recorded for backward."""
from __future__ import annotations

import functools
import inspect

from ..core.grad import modes


class _Mode:
    """A context manager that is a decorator too (of functions, generators and classes' methods)."""

    def __call__(self, function):
        if inspect.isgeneratorfunction(function):
            @functools.wraps(function)
            def generator(*args, **kwargs):
                inner = function(*args, **kwargs)
                try:
                    with self.clone():
                        sent = inner.send(None)
                    while True:
                        try:
                            request = yield sent
                        except GeneratorExit:
                            with self.clone():
                                inner.close()
                            raise
                        except BaseException as e:
                            with self.clone():
                                sent = inner.throw(e)
                        else:
                            with self.clone():
                                sent = inner.send(request)
                except StopIteration as stop:
                    return stop.value
            return generator

        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            with self.clone():
                return function(*args, **kwargs)
        return wrapped

    def clone(self):
        """A fresh manager of the same kind."""
        return type(self)()


class no_grad(_Mode):
    """Nothing inside is recorded for backward; results do not require grad."""

    def __new__(cls, function=None):
        made = super().__new__(cls)
        return made if function is None else made(function)

    def __init__(self, function=None):
        self.previous = None

    def __enter__(self):
        self.previous, modes.grad = modes.grad, False

    def __exit__(self, *exc):
        modes.grad = self.previous


class enable_grad(no_grad):
    """Operations inside are recorded again, within no_grad too."""

    def __enter__(self):
        self.previous, modes.grad = modes.grad, True


class set_grad_enabled(_Mode):
    """Turn recording for backward on or off: at once, and as a context manager until its end."""

    def __init__(self, mode: bool):
        if not isinstance(mode, bool):
            raise TypeError(f"set_grad_enabled(): argument 'mode' must be bool, not {type(mode).__name__}")
        self.mode, self.previous, modes.grad = mode, modes.grad, mode

    def __call__(self, function):
        modes.grad = self.previous
        return super().__call__(function)

    def __enter__(self):
        modes.grad = self.mode

    def __exit__(self, *exc):
        modes.grad = self.previous

    def clone(self):
        return _Set(self.mode)


class _Set(_Mode):
    """set_grad_enabled within a decorated function."""

    def __init__(self, mode):
        self.mode = mode

    def __enter__(self):
        self.previous, modes.grad = modes.grad, self.mode

    def __exit__(self, *exc):
        modes.grad = self.previous


class inference_mode(_Mode):
    """no_grad, and the tensors made inside can never enter autograd."""

    def __new__(cls, mode=True):
        if callable(mode) and not isinstance(mode, bool):
            made = super().__new__(cls)
            made.mode, made.previous = True, None
            return made(mode)
        return super().__new__(cls)

    def __init__(self, mode: bool = True):
        self.mode, self.previous = mode, None

    def __enter__(self):
        self.previous = modes.grad, modes.inference
        if self.mode:
            modes.grad = False
        modes.inference = self.mode

    def __exit__(self, *exc):
        modes.grad, modes.inference = self.previous

    def clone(self):
        return type(self)(self.mode)


def is_grad_enabled() -> bool:
    """Whether operations are recorded for backward now."""
    return modes.grad


def is_inference_mode_enabled() -> bool:
    """Whether tensors made now are inference tensors."""
    return modes.inference
