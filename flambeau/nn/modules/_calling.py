"""Calling a module: forward, with the hooks around it where there are any."""

import weakref
from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.nn.modules import _global_hooks as everywhere
from flambeau.nn.modules._backward_hook import BackwardHook
from flambeau.nn.modules._where import say_where, warn_user
from flambeau.utils.hooks import RemovableHandle

__all__ = ["Calling", "WrappedHook"]

_NOTHING: Any = object()
_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


class WrappedHook:
    """A hook that gets the module it belongs to as its first argument, without keeping that module alive."""

    def __init__(self, hook: Callable, module: Any = None):
        self.hook = hook
        update_wrapper(self, hook)
        self.with_module = module is not None
        if self.with_module:
            self.module = weakref.ref(module)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.with_module:
            return self.hook(*args, **kwargs)
        module = self.module()
        if module is None:
            raise RuntimeError("You are trying to call the hook of a dead Module!")
        return self.hook(module, *args, **kwargs)

    def __getstate__(self) -> dict:
        state: dict[str, Any] = {"hook": self.hook, "with_module": self.with_module}
        if self.with_module:
            state["module"] = self.module()
        return state

    def __setstate__(self, state: dict) -> None:
        self.hook, self.with_module = state["hook"], state["with_module"]
        if self.with_module:
            if state["module"] is None:
                raise RuntimeError("You are trying to revive the hook of a dead Module!")
            self.module = weakref.ref(state["module"])


class Calling:
    """The part of :class:`Module` that calls forward and registers hooks.

    ``_call_slowly`` is what the shortest way into forward looks at: False until this module has a hook or a list to look into, or any
    module has a global hook (then the class says so).
    """

    _call_slowly = False
    _is_full_backward_hook: bool | None = None
    _compiled_call_impl: Callable | None = None

    def __call__(self, input: Any = _NOTHING, /, *args: Any, **kwargs: Any) -> Any:
        if self._call_slowly:
            return self._wrapped_call_impl(*(() if input is _NOTHING else (input, *args)), **kwargs)
        try:
            if not (args or kwargs or input is _NOTHING):
                return self.forward(input)
            if input is _NOTHING:
                return self.forward(**kwargs)
            return self.forward(input, *args, **kwargs)
        except Exception as error:
            say_where(error, self, () if input is _NOTHING else (input, *args))
            raise

    def _wrapped_call_impl(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return (self._compiled_call_impl or self._call_impl)(*args, **kwargs)
        except Exception as error:
            say_where(error, self, args)
            raise

    def _call_impl(self, *args: Any, **kwargs: Any) -> Any:
        if "_unseen_lists" in self.__dict__:
            self._warn_of_lists()
        if not everywhere.any_global_hook():
            if Calling._call_slowly:
                Calling._call_slowly = False
            if not any(map(self.__dict__.get, _HOOKS)):
                return self.forward(*args, **kwargs)
        return _HookedCall(self).run(args, kwargs)

    def _advise_on_error(self, *inputs: Any) -> str:
        """What to do about inputs that raised an error, for its message; empty if there is nothing to say."""
        return ""

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Call this module through ``flambeau.compile`` from now on, with the given arguments."""
        self._compiled_call_impl = flambeau.compile(self._call_impl, *args, **kwargs)
        self._call_slowly = True

    # ---------------------------------------------------------------------------------------------------------------- hooks
    def register_forward_pre_hook(self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False) -> RemovableHandle:
        """Call ``hook(module, args)`` before each forward; a result replaces the positional arguments (a single value is wrapped).

        Args:
            hook: with ``with_kwargs`` it is called as ``hook(module, args, kwargs)`` and returns None or ``(args, kwargs)``.
            prepend: before the hooks registered so far, instead of after them.

        Returns:
            a handle with ``remove()``.
        """
        handle = _add(self._forward_pre_hooks, hook, prepend, self._forward_pre_hooks_with_kwargs)
        if with_kwargs:
            self._forward_pre_hooks_with_kwargs[handle.id] = True
        return handle

    def register_forward_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False,
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after each forward; a result replaces the output.

        Args:
            hook: with ``with_kwargs`` it is called as ``hook(module, args, kwargs, output)``.
            prepend: before the hooks registered so far, instead of after them.
            always_call: also when forward raises; the output is then None.

        Returns:
            a handle with ``remove()``.
        """
        handle = _add(self._forward_hooks, hook, prepend, [self._forward_hooks_with_kwargs, self._forward_hooks_always_called])
        if with_kwargs:
            self._forward_hooks_with_kwargs[handle.id] = True
        if always_call:
            self._forward_hooks_always_called[handle.id] = True
        return handle

    def register_full_backward_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` when the gradients of the outputs are there; a result replaces them.

        ``grad_output`` is a tuple, with None for outputs that are not tensors.
        """
        return _add(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are there; a result replaces grad_input.

        Both are tuples, with None for what is not a tensor; keyword arguments do not count. Where no input requires a gradient it
        runs with the gradients of the outputs alone. Forward then sees views of its inputs, and the caller views of the outputs,
        which must not be written to in place.

        Raises:
            RuntimeError: the module has a hook of the older kind.
        """
        return _add_backward_hook(self, hook, prepend, full=True)

    def register_backward_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` with the gradients at the last operation of forward, which is not always the
        whole module. Prefer :meth:`register_full_backward_hook`.

        Raises:
            RuntimeError: the module has full backward hooks.
        """
        return _add_backward_hook(self, hook, prepend=False, full=False)


def _add_backward_hook(module: Any, hook: Callable, prepend: bool, full: bool) -> RemovableHandle:
    if module._is_full_backward_hook is (not full):
        raise RuntimeError("Cannot use both regular backward hooks and full backward hooks on a single Module; use one kind only.")
    module._is_full_backward_hook = full
    return _add(module._backward_hooks, hook, prepend)


def _add(table: Any, hook: Callable, prepend: bool, extra: Any = None) -> RemovableHandle:
    handle = RemovableHandle(table, extra_dict=extra)
    table[handle.id] = hook
    if prepend:
        table.move_to_end(handle.id, last=False)
    return handle


class _HookedCall:
    """One call of a module that has hooks, or while there are global ones."""

    def __init__(self, module: Any):
        own = module.__dict__.get  # an attribute would make the table that is missing, and the module slow
        self.module = module
        self.forward_pre_hooks = {**everywhere._global_forward_pre_hooks, **own("_forward_pre_hooks", {})}
        self.forward_hooks = {**everywhere._global_forward_hooks, **own("_forward_hooks", {})}
        self.backward_pre_hooks = [*everywhere._global_backward_pre_hooks.values(), *own("_backward_pre_hooks", {}).values()]
        self.pre_with_kwargs = own("_forward_pre_hooks_with_kwargs", {})
        self.with_kwargs = own("_forward_hooks_with_kwargs", {}).keys() | everywhere._global_forward_hooks_with_kwargs.keys()
        self.always_called = own("_forward_hooks_always_called", {}).keys() | everywhere._global_forward_hooks_always_called.keys()
        self.backward_hooks: list[Callable] = []
        self.last_node_hooks: list[Callable] = []
        for full, hooks in (
            (everywhere.full_backward_hooks(), everywhere._global_backward_hooks),
            (module._is_full_backward_hook, own("_backward_hooks", {})),
        ):
            (self.backward_hooks if full else self.last_node_hooks).extend(hooks.values())
        self.called: set[int] = set()  # of those always called, the ones that were
        self.result: Any = None

    def run(self, args: tuple, kwargs: dict) -> Any:
        """Pre-hooks, forward, hooks; and after an error those hooks that are always called."""
        self.args, self.kwargs = args, kwargs
        try:
            return self._run()
        except Exception:
            self._call_after_error()
            raise

    def _run(self) -> Any:
        self._before_forward()
        backward = None
        if self.backward_hooks or self.backward_pre_hooks:
            backward = BackwardHook(self.module, self.backward_hooks, self.backward_pre_hooks)
            self.args = backward.setup_input_hook(self.args)
        self.result = self.module.forward(*self.args, **self.kwargs)
        for key, hook in self.forward_hooks.items():
            if key in self.always_called:
                self.called.add(key)
            self._call_forward_hook(key, hook)
        if backward is not None:
            if not isinstance(self.result, Tensor | tuple):
                warn_user(
                    "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                    f"{type(self.result)}")
            self.result = backward.setup_output_hook(self.result)
        if self.last_node_hooks:
            self._hook_last_node()
        return self.result

    def _before_forward(self) -> None:
        for key, hook in self.forward_pre_hooks.items():
            if key in self.pre_with_kwargs:
                replaced = hook(self.module, self.args, self.kwargs)
                if replaced is None:
                    continue
                if not (isinstance(replaced, tuple) and len(replaced) == 2):
                    raise RuntimeError(f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {replaced}.")
                self.args, self.kwargs = replaced
            else:
                replaced = hook(self.module, self.args)
                if replaced is not None:
                    self.args = replaced if isinstance(replaced, tuple) else (replaced,)

    def _call_after_error(self) -> None:
        for key, hook in self.forward_hooks.items():
            if key in self.always_called and key not in self.called:
                try:
                    self._call_forward_hook(key, hook)
                except Exception as error:
                    whose = "global module" if key in everywhere._global_forward_hooks else "module"
                    warn_user(
                        f"{whose} forward hook with ``always_call=True`` raised an exception that was silenced as another error was "
                        f"raised in forward: {error}")

    def _call_forward_hook(self, key: int, hook: Callable) -> None:
        if key in self.with_kwargs:
            replaced = hook(self.module, self.args, self.kwargs, self.result)
        else:
            replaced = hook(self.module, self.args, self.result)
        if replaced is not None:
            self.result = replaced

    def _hook_last_node(self) -> None:
        found = self.result
        while not isinstance(found, Tensor):
            found = next(v for v in found.values() if isinstance(v, Tensor)) if isinstance(found, dict) else found[0]
        node = found.grad_fn
        if node is None:
            return
        for hook in self.last_node_hooks:
            node.register_hook(WrappedHook(hook, self.module))
        doubt = _what_is_missed(self.args, self.result, node)
        if doubt:
            warn_user(
                f"Using a non-full backward hook {doubt} is deprecated: some gradients will be missing. Please use "
                "register_full_backward_hook to get the documented behavior.", FutureWarning)


def _what_is_missed(inputs: Any, result: Any, node: Any) -> str:
    """Why a hook on the last node alone does not see all gradients of a module; empty if it does."""
    results = (result,) if isinstance(result, Tensor) else result
    if not (isinstance(results, tuple) and all(isinstance(tensor, Tensor) for tensor in results)):
        return "on a Module that does not return a single Tensor or a tuple of Tensors"
    if not all(isinstance(tensor, Tensor) for tensor in inputs):
        return "on a Module that does not take as input a single Tensor or a tuple of Tensors"
    nodes = {tensor.grad_fn for tensor in results if tensor.grad_fn is not None}
    if nodes != {node}:
        return "when outputs are generated by different autograd Nodes"
    if {tensor.grad_fn for tensor in inputs if tensor.grad_fn is not None} != {edge[0] for edge in node.next_functions}:
        return "when the forward contains multiple autograd Nodes"
    return ""


def _notice_global_hook() -> None:
    Calling._call_slowly = True


everywhere.GlobalHooks.on_add = staticmethod(_notice_global_hook)
