"""Hooks that run for every module there is: for debuggers and profilers."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from flambeau.utils.hooks import RemovableHandle

__all__ = [
    "GlobalHooks",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]


class GlobalHooks(OrderedDict):
    """Hooks for all modules by their handle's id. ``on_add`` is called when there is a new one."""

    on_add: Callable[[], None] = staticmethod(lambda: None)

    def __setitem__(self, key: int, hook: Callable) -> None:
        super().__setitem__(key, hook)
        GlobalHooks.on_add()


_global_buffer_registration_hooks: dict[int, Callable] = OrderedDict()
_global_module_registration_hooks: dict[int, Callable] = OrderedDict()
_global_parameter_registration_hooks: dict[int, Callable] = OrderedDict()
_global_backward_pre_hooks: dict[int, Callable] = GlobalHooks()
_global_backward_hooks: dict[int, Callable] = GlobalHooks()
_global_forward_pre_hooks: dict[int, Callable] = GlobalHooks()
_global_forward_hooks: dict[int, Callable] = GlobalHooks()
_global_forward_hooks_always_called: dict[int, bool] = OrderedDict()
_global_forward_hooks_with_kwargs: dict[int, bool] = OrderedDict()

_full_backward: bool | None = None  # which of the two kinds of global backward hooks is in use


def any_global_hook() -> bool:
    """Whether a call of a module has global hooks to run."""
    return bool(_global_backward_pre_hooks or _global_backward_hooks or _global_forward_pre_hooks or _global_forward_hooks)


def full_backward_hooks() -> bool | None:
    """Whether global backward hooks are full ones; None before the first."""
    return _full_backward


def _add(table: Any, hook: Callable, extra: Any = None) -> RemovableHandle:
    handle = RemovableHandle(table, extra_dict=extra)
    table[handle.id] = hook
    return handle


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, buffer)`` whenever a module gets a buffer; a result other than None takes the buffer's place."""
    return _add(_global_buffer_registration_hooks, hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, submodule)`` whenever a module gets a submodule; a result other than None takes its place."""
    return _add(_global_module_registration_hooks, hook)


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, parameter)`` whenever a module gets a parameter; a result other than None takes its place."""
    return _add(_global_parameter_registration_hooks, hook)


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, args)`` before every module's forward and before the module's own hooks; a result replaces the arguments."""
    return _add(_global_forward_pre_hooks, hook)


def register_module_forward_hook(hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False) -> RemovableHandle:
    """Call ``hook(module, args, output)`` after every module's forward and before the module's own hooks; a result replaces the output.

    Args:
        hook: with ``with_kwargs`` it is called as ``hook(module, args, kwargs, output)``.
        always_call: also when forward raises.
    """
    handle = _add(_global_forward_hooks, hook, [_global_forward_hooks_always_called, _global_forward_hooks_with_kwargs])
    if with_kwargs:
        _global_forward_hooks_with_kwargs[handle.id] = True
    if always_call:
        _global_forward_hooks_always_called[handle.id] = True
    return handle


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """As :meth:`Module.register_full_backward_pre_hook`, for every module; runs before the module's own hooks."""
    return _add(_global_backward_pre_hooks, hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """As :meth:`Module.register_full_backward_hook`, for every module; runs before the module's own hooks.

    Raises:
        RuntimeError: hooks of the older kind are in use.
    """
    return _add_backward(hook, full=True)


def register_module_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """As :meth:`Module.register_backward_hook`, for every module. Prefer :func:`register_module_full_backward_hook`.

    Raises:
        RuntimeError: full hooks are in use.
    """
    return _add_backward(hook, full=False)


def _add_backward(hook: Callable, full: bool) -> RemovableHandle:
    global _full_backward
    if _full_backward is (not full):
        raise RuntimeError("Cannot use both regular backward hooks and full backward hooks as a global Module hook; use one kind only.")
    _full_backward = full
    return _add(_global_backward_hooks, hook)
