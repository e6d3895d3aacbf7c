"""The base of all optimizers: parameter groups, state, hooks, saving and loading."""

import functools
import itertools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any, TypeAlias

import flambeau
from flambeau import Tensor
from flambeau.utils.hooks import RemovableHandle

__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook"]

ParamsT: TypeAlias = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]

_global_step_pre_hooks: OrderedDict[int, Callable] = OrderedDict()
_global_step_post_hooks: OrderedDict[int, Callable] = OrderedDict()


class _Required:
    """Stands in ``defaults`` for an option that every parameter group has to give."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()


def _register(hooks: OrderedDict[int, Callable], hook: Callable, prepend: bool = False) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def register_optimizer_step_pre_hook(hook: Callable) -> RemovableHandle:
    """Have ``hook(optimizer, args, kwargs)`` called before every step of every optimizer.

    The hook returns None or new ``(args, kwargs)`` for the step. Returns a handle whose ``remove()`` takes the hook away.
    """
    return _register(_global_step_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Callable) -> RemovableHandle:
    """Have ``hook(optimizer, args, kwargs)`` called after every step of every optimizer; returns a removable handle."""
    return _register(_global_step_post_hooks, hook)


class Optimizer:
    """Base class of optimizers.

    A subclass gives ``defaults``, its options and their values where a group does not say otherwise, and defines
    ``step``. ``param_groups`` is a list of dicts, each with ``"params"`` and the options; ``state`` maps a parameter to
    a dict of what the algorithm remembers about it.

    Args:
        params: parameters, ``(name, parameter)`` pairs, or dicts of parameter groups; in an order that does not change
            from run to run, since saved state is matched by position.
        defaults: options by name.

    Raises:
        TypeError: ``params`` is a single tensor or a set, or holds something that is not a tensor.
        ValueError: no parameter at all, a parameter that is not a leaf, or one that is in two groups.
    """

    def __init__(self, params: ParamsT, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self._make_hooks()
        self._patch_step_function()
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {flambeau.typename(params)}; for a single tensor w write [w]"
            )
        self.state: defaultdict[Tensor, Any] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list; an iterator such as model.parameters() can be used once only")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    # -- a step ---------------------------------------------------------------------------------------------------

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters once, by their gradients; returns what ``closure`` returns.

        Args:
            closure: computes the loss and its gradients anew and returns the loss.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define step(); a subclass of Optimizer has to")

    @staticmethod
    def profile_hook_step(step: Callable) -> Callable:
        """Wrap a ``step`` method so that it calls the hooks registered for steps."""

        @functools.wraps(step)
        def hooked(*args, **kwargs):
            self = args[0]
            if not (_global_step_pre_hooks or self._optimizer_step_pre_hooks or self._optimizer_step_post_hooks or _global_step_post_hooks):
                return step(*args, **kwargs)
            for hook in itertools.chain(_global_step_pre_hooks.values(), self._optimizer_step_pre_hooks.values()):
                changed = hook(self, args, kwargs)
                if changed is None:
                    continue
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise RuntimeError(
                        f"{step} must return None or a tuple of (new_args, new_kwargs), but got {changed}; "
                        f"it comes from the step pre-hook {hook}"
                    )
                args, kwargs = changed
            result = step(*args, **kwargs)
            for hook in itertools.chain(self._optimizer_step_post_hooks.values(), _global_step_post_hooks.values()):
                hook(self, args, kwargs)
            return result

        return hooked

    def _patch_step_function(self) -> None:
        """Wrap the class's ``step`` for hooks, once a class, whoever defined it and when."""
        cls = type(self)
        if not getattr(cls.step, "hooked", False):
            cls.step = self.profile_hook_step(cls.step)
            cls.step.hooked = True

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters, or with ``set_to_none=False`` fill them with zeros.

        A parameter whose gradient is None is left out of the next step; one whose gradient is zero still moves by
        momentum and weight decay.
        """
        for group in self.param_groups:
            if set_to_none:
                flambeau._foreach_forget_gradients(group["params"])
                continue
            for param in group["params"]:
                grad = param.grad
                if grad is None:
                    continue
                if grad.grad_fn is not None:
                    grad.detach_()
                else:
                    grad.requires_grad_(False)
                grad.zero_()
        # here a step ends: what it recorded runs as one program, in which gradients that were dropped need no memory
        flambeau.run_pending()

    # -- parameter groups -----------------------------------------------------------------------------------------

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Optimize more parameters: ``{"params": ..., option: value, ...}``; options not given take the defaults.

        Raises:
            TypeError: not a dict, parameters in a set, or something that is not a tensor.
            ValueError: a tensor that is not a leaf, one that is in another group already, a required option missing,
                or names given to some parameters only.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
                "will change between runs. Please use a list instead."
            )
        params = [params] if isinstance(params, Tensor) else list(params)
        names = [p[0] for p in params if isinstance(p, tuple)]
        params = [p[1] if isinstance(p, tuple) else p for p in params]
        param_group["params"] = params
        if names:
            if len(names) != len(params):
                raise ValueError(
                    "all optimizer params should be with/without names. Some param names are missing: "
                    f"{len(names)} of {len(params)} have one"
                )
            param_group["param_names"] = names
        for index, param in enumerate(params):
            self._check_param(param, index)
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        if len(params) != len(set(params)):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error",
                stacklevel=3,
            )
        for index, group in enumerate(self.param_groups):
            if ("param_names" in param_group) != ("param_names" in group):
                raise ValueError(
                    "all optimizer param groups should be with/without names. cannot add param group "
                    f"{'with' if 'param_names' in param_group else 'without'} names to the optimizer"
                )
            if not set(group["params"]).isdisjoint(params):
                raise ValueError(f"some parameters appear in more than one parameter group; one is in group {index} already")
        self.param_groups.append(param_group)

    def _check_param(self, param: Any, index: int) -> None:
        if not isinstance(param, Tensor):
            raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {flambeau.typename(param)} (at index {index})")
        if not (self.defaults.get("differentiable") or param.is_leaf or param.retains_grad):
            raise ValueError(
                f"can't optimize a non-leaf Tensor: the one at index {index}, of shape {tuple(param.shape)}, was computed from "
                "others; give those, or its .detach().requires_grad_()"
            )

    # -- hooks ----------------------------------------------------------------------------------------------------

    def _make_hooks(self) -> None:
        for name in (
            "_optimizer_step_pre_hooks",
            "_optimizer_step_post_hooks",
            "_optimizer_state_dict_pre_hooks",
            "_optimizer_state_dict_post_hooks",
            "_optimizer_load_state_dict_pre_hooks",
            "_optimizer_load_state_dict_post_hooks",
        ):
            self.__dict__.setdefault(name, OrderedDict())

    def register_step_pre_hook(self, hook: Callable) -> RemovableHandle:
        """Have ``hook(optimizer, args, kwargs)`` called before each step; it returns None or new ``(args, kwargs)``."""
        return _register(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable) -> RemovableHandle:
        """Have ``hook(optimizer, args, kwargs)`` called after each step."""
        return _register(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Have ``hook(optimizer)`` called before ``state_dict``; with ``prepend`` before the hooks there are."""
        return _register(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Have ``hook(optimizer, state_dict)`` called with what ``state_dict`` made; it may return another dict."""
        return _register(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Have ``hook(optimizer, state_dict)`` called with a shallow copy of what is to be loaded; it may return another."""
        return _register(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Have ``hook(optimizer)`` called after ``load_state_dict``; with ``prepend`` before the hooks there are."""
        return _register(self._optimizer_load_state_dict_post_hooks, hook, prepend)

    # -- saving and loading ---------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """What is to be saved: ``{"state": {number: ...}, "param_groups": [{"params": [numbers], ...}]}``.

        Parameters are numbered in the order of the groups. The tensors are the optimizer's own, not copies.
        """
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        numbers: dict[int, int] = {}
        count = 0
        groups = []
        for group in self.param_groups:
            for position, param in enumerate(group["params"], count):
                numbers.setdefault(id(param), position)
            count += len(group["params"])
            packed = {name: value for name, value in group.items() if name != "params"}
            packed["params"] = [numbers[id(param)] for param in group["params"]]
            groups.append(packed)
        state = {numbers[id(key)] if isinstance(key, Tensor) else key: value for key, value in self.state.items()}
        state_dict = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            state_dict = _or_else(hook(self, state_dict), state_dict)
        return state_dict

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over saved state and options, matched to the parameters by position.

        State tensors get their parameter's device and floating-point dtype; ``step`` counts keep theirs. Tensors that
        need no change are taken as they are, not copied. Load the optimizer after its schedulers were made.

        Raises:
            ValueError: the number of groups, or of parameters in one of them, differs.
        """
        state_dict = state_dict.copy()
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            state_dict = _or_else(hook(self, state_dict), state_dict)
        saved = deepcopy(state_dict["param_groups"])
        self._check_saved_groups(saved)
        param_of = {}
        for group, ours in zip(saved, self.param_groups, strict=True):
            param_of.update(zip(group["params"], ours["params"], strict=True))

        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in param_of:
                param = param_of[key]
                state[param] = self._cast(value, param, key, state_dict["param_groups"])
            else:
                state[key] = value
        for group, ours in zip(saved, self.param_groups, strict=True):
            group["params"] = ours["params"]
            if "param_names" in ours:
                group.setdefault("param_names", ours["param_names"])
        self.__setstate__({"state": state, "param_groups": saved})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    def _check_saved_groups(self, saved: list[dict[str, Any]]) -> None:
        if len(saved) != len(self.param_groups):
            raise ValueError(
                "loaded state dict has a different number of parameter groups: "
                f"{len(saved)}, and the optimizer has {len(self.param_groups)}"
            )
        for index, (theirs, ours) in enumerate(zip(saved, self.param_groups, strict=True)):
            if len(theirs["params"]) != len(ours["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
                    f"group {index} has {len(theirs['params'])} parameters, the optimizer's {len(ours['params'])}"
                )

    def _cast(self, value: Any, param: Tensor, number: int, groups: list[dict[str, Any]], key: Any = None) -> Any:
        if isinstance(value, Tensor):
            return self._process_value_according_to_param_policy(param, value, number, groups, key)
        if isinstance(value, dict):
            return {name: self._cast(item, param, number, groups, name) for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self._cast(item, param, number, groups) for item in value)
        return value

    @staticmethod
    def _process_value_according_to_param_policy(
        param: Tensor, value: Tensor, param_id: int, param_groups: list[dict[str, Any]], key: Any = None
    ) -> Tensor:
        """A loaded state tensor as it suits its parameter: floating-point state has the parameter's dtype, but a count
        would lose its precision in half, so ``step`` stays as it is, or float32 beside the parameter if fused."""
        if key == "step":
            group = next((g for g in param_groups if param_id in g["params"]), {})
            if group.get("fused") or group.get("capturable"):
                return value.to(dtype=flambeau.float32, device=param.device)
            return value
        if param.is_floating_point():
            return value.to(dtype=param.dtype, device=param.device)
        return value.to(device=param.device)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._make_hooks()
        self._patch_step_function()
        self.defaults.setdefault("differentiable", False)

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for index, group in enumerate(self.param_groups):
            lines += ["", f"Parameter Group {index}"] if index else [f"Parameter Group {index}"]
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])


def _or_else(value: Any, other: Any) -> Any:
    return other if value is None else value
