"""Module: what every layer and every model is."""

from collections import OrderedDict
from inspect import getattr_static, signature
from typing import Any, ClassVar

from flambeau import Tensor
from flambeau.nn.modules._calling import Calling
from flambeau.nn.modules._conversion import Conversion
from flambeau.nn.modules._global_hooks import (
    _global_buffer_registration_hooks,
    _global_module_registration_hooks,
    _global_parameter_registration_hooks,
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from flambeau.nn.modules._names import MissingName, typename
from flambeau.nn.modules._registry import OWN_NAMES, Registry
from flambeau.nn.modules._state import State
from flambeau.nn.modules._state import _IncompatibleKeys as _IncompatibleKeys
from flambeau.nn.modules._tree import Tree
from flambeau.nn.modules._unregistered import looks_like_modules, warn_of_unregistered
from flambeau.nn.parameter import Buffer, Parameter

__all__ = [
    "Module",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]

_TABLES = ("_parameters", "_buffers", "_modules")
_CALL_HOOKS = frozenset({
    "_backward_hooks", "_backward_pre_hooks", "_forward_hooks", "_forward_hooks_always_called", "_forward_hooks_with_kwargs",
    "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs",
})
_HOOKS = _CALL_HOOKS | {"_load_state_dict_post_hooks", "_load_state_dict_pre_hooks", "_state_dict_hooks", "_state_dict_pre_hooks"}


def _forward_unimplemented(self, *input: Any) -> Any:
    """What the module computes; called by calling the module. Every class defines its own."""
    raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')


class Module(Calling, State, Conversion, Tree):
    """A layer, or a model made of layers. A class of the user's calls ``super().__init__()``, assigns its parts, defines ``forward``::

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.hidden = nn.Linear(784, 128)
                self.output = nn.Linear(128, 10)

            def forward(self, x):
                return self.output(F.relu(self.hidden(x)))

    What is assigned to an attribute is registered: a :class:`Parameter` in ``_parameters``, a Module in ``_modules``, a
    :class:`Buffer` in ``_buffers``. So ``parameters()``, ``state_dict()``, ``to()`` and ``train()`` reach all of a model. The tables
    are what counts; their entries are also ordinary attributes, so that reading ``self.hidden`` costs a dict look-up.

    Attributes:
        training: what ``train()`` and ``eval()`` set.
    """

    dump_patches: bool = False
    call_super_init: bool = False
    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, "Module | None"]
    _non_persistent_buffers_set: set[str]
    __constants__: ClassVar[list[str]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and (args or kwargs):
            if kwargs:
                raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'")
            raise TypeError(f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were given")
        fields = self.__dict__
        fields["training"] = True
        for table in _TABLES:
            fields[table] = Registry(self)
        fields["_non_persistent_buffers_set"] = set()
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    forward = _forward_unimplemented

    # --------------------------------------------------------------------------------------------------------- registration
    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under a name; None makes the name known and stands for no parameter.

        Raises:
            AttributeError: before ``Module.__init__()``.
            KeyError: the name is empty, has a dot, or is another attribute's.
            TypeError: not a Parameter.
            ValueError: a computed tensor.
        """
        self._check_name("parameter", name, "_parameters")
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(
                    f"cannot assign '{typename(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)")
            if param.grad_fn is not None:
                raise ValueError(
                    f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. To express "
                    f"'{name}' as a function of another Tensor, compute the value in the forward() method.")
            param = _through(_global_parameter_registration_hooks, self, name, param)
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is part of the module's state and is not learned, such as a running mean.

        Args:
            name: its attribute's.
            tensor: None makes the name known and stands for no buffer.
            persistent: whether it is in the ``state_dict()``.

        Raises:
            AttributeError: before ``Module.__init__()``.
            KeyError: the name is empty, has a dot, or is another attribute's.
            TypeError: not a Tensor.
        """
        self._check_name("buffer", name, "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)")
        self._buffers[name] = _through(_global_buffer_registration_hooks, self, name, tensor)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: "Module | None") -> None:
        """Add a submodule under a name, which may be one that is no Python name, such as ``"0"``.

        Raises:
            TypeError: not a Module.
            KeyError: the name is empty, has a dot, or is another attribute's.
        """
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{typename(module)} is not a Module subclass")
        self._check_name("module", name, "_modules")
        self._modules[name] = _through(_global_module_registration_hooks, self, name, module)

    def register_module(self, name: str, module: "Module | None") -> None:
        """As :meth:`add_module`."""
        self.add_module(name, module)

    def _check_name(self, kind: str, name: Any, table: str) -> None:
        if table not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {typename(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if name not in self.__dict__[table] and (hasattr(self, name) if name not in OWN_NAMES else name in self.__dict__):
            raise KeyError(f"attribute '{name}' already exists")

    # ----------------------------------------------------------------------------------------------------------- attributes
    def __getattr__(self, name: str) -> Any:
        # Reached for what is not in __dict__: hook tables before their first use, and names of tables that were put there by hand.
        fields = self.__dict__
        for table in _TABLES:
            if name in fields.get(table, ()):
                return fields[table][name]
        if name in _HOOKS and "_parameters" in fields:
            if name in _CALL_HOOKS:
                fields["_call_slowly"] = True
            return fields.setdefault(name, OrderedDict())
        if isinstance(getattr_static(type(self), name, None), property):
            return object.__getattribute__(self, name)  # it raised an AttributeError itself, which is then seen
        raise MissingName(f"'{type(self).__name__}' object has no attribute '{name}'", name, self)

    def __setattr__(self, name: str, value: Any) -> None:
        fields = self.__dict__
        if isinstance(value, Module):
            if "_modules" not in fields:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name, "_modules")
            fields["_modules"][name] = _through(_global_module_registration_hooks, self, name, value)
            return
        is_tensor = isinstance(value, Tensor)
        if is_tensor and isinstance(value, Parameter):
            if "_parameters" not in fields:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name, "_parameters")
            self.register_parameter(name, value)
        elif name in fields.get("_parameters", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as parameter '{name}' (torch.nn.Parameter or None expected)")
            self.register_parameter(name, None)
        elif name in fields.get("_modules", ()):
            if value is not None:
                raise TypeError(f"cannot assign '{typename(value)}' as child module '{name}' (torch.nn.Module or None expected)")
            fields["_modules"][name] = _through(_global_module_registration_hooks, self, name, None)
        elif name in fields.get("_buffers", ()) or (is_tensor and isinstance(value, Buffer)):
            self._set_buffer(name, value)
        elif name in _TABLES:
            self._replace_table(name, value)
        else:
            if looks_like_modules(value, Module):
                fields.setdefault("_unseen_lists", set()).add(name)
                fields["_call_slowly"] = True
            super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        for table in _TABLES:
            if name in self.__dict__.get(table, ()):
                del self.__dict__[table][name]
                if table == "_buffers":
                    self._non_persistent_buffers_set.discard(name)
                return
        super().__delattr__(name)

    def _forget(self, name: str, keep: str) -> None:
        """Take away what else goes by this name, before a value is put into the table ``keep``."""
        fields = self.__dict__
        fields.pop(name, None)
        for table in _TABLES:
            if table != keep and name in fields[table]:
                del fields[table][name]
        fields["_non_persistent_buffers_set"].discard(name)

    def _set_buffer(self, name: str, value: Any) -> None:
        if value is not None and not isinstance(value, Tensor):
            raise TypeError(
                f"cannot assign '{typename(value)}' as buffer '{name}' (torch.nn.Buffer, torch.Tensor or None expected)")
        if value is not None and isinstance(value, Buffer):
            persistent = value.persistent
        else:
            persistent = name not in self._non_persistent_buffers_set
        if type(self).register_buffer is Module.register_buffer or "persistent" in signature(self.register_buffer).parameters:
            self.register_buffer(name, value, persistent)
        elif persistent:
            self.register_buffer(name, value)
        else:
            raise RuntimeError(
                f"{type(self).__name__}.register_buffer() has no argument 'persistent', so it cannot register the non-persistent "
                f"buffer '{name}'; add the argument")

    def _replace_table(self, table: str, entries: dict[str, Any]) -> None:
        fields = self.__dict__
        for name, value in dict(fields.get(table, {})).items():
            if fields.get(name) is value:
                fields.pop(name, None)
        fields[table] = Registry(self, entries)

    def _warn_of_lists(self) -> None:
        warn_of_unregistered(self, Module)
        if not any(map(self.__dict__.get, _CALL_HOOKS)) and self._compiled_call_impl is None:
            self.__dict__.pop("_call_slowly", None)

    # -------------------------------------------------------------------------------------------------------------- copying
    def __getstate__(self) -> dict[str, Any]:
        """``__dict__`` as PyTorch has it: the tables as plain dicts, their entries there only."""
        state = self.__dict__.copy()
        for table in _TABLES:
            state[table] = dict(state.get(table, {}))
            for name, value in state[table].items():
                if state.get(name) is value:
                    state.pop(name, None)
        for name in ("_compiled_call_impl", "_unseen_lists", "_call_slowly"):
            state.pop(name, None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        fields = self.__dict__
        fields.update(state)
        for table in _TABLES:
            fields[table] = Registry(self, fields.get(table, {}))
        fields.setdefault("_non_persistent_buffers_set", set())
        if any(map(fields.get, _CALL_HOOKS)):
            fields["_call_slowly"] = True

    def _replicate_for_data_parallel(self) -> "Module":
        replica = self.__new__(type(self))
        replica.__setstate__(self.__getstate__())
        replica._parameters = {}
        replica._is_replica = True
        return replica


def _through(hooks: dict, module: Module, name: str, value: Any) -> Any:
    """What is registered after the global registration hooks had their say."""
    for hook in hooks.values():
        replaced = hook(module, name, value)
        if replaced is not None:
            value = replaced
    return value
