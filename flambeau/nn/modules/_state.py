"""What a module saves and loads: its parameters and persistent buffers by name, and extra state of its own."""

from collections import OrderedDict, namedtuple
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.nn.modules._calling import WrappedHook
from flambeau.nn.modules._where import warn_user
from flambeau.nn.parameter import Parameter, is_lazy
from flambeau.utils.hooks import RemovableHandle

__all__ = ["State"]

_EXTRA = "_extra_state"


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What :meth:`State.load_state_dict` returns."""

    __slots__ = ()

    def __repr__(self) -> str:
        return super().__repr__() if self.missing_keys or self.unexpected_keys else "<All keys matched successfully>"

    __str__ = __repr__


class State:
    """The part of :class:`Module` that makes and loads state dicts."""

    _version: int = 1  # of the names in the state dict; goes into its metadata, so that later versions can tell

    def get_extra_state(self) -> Any:
        """Define it, with :meth:`set_extra_state`, to put something beside tensors into the ``state_dict``."""
        raise RuntimeError(f"{type(self).__name__} defines set_extra_state() and not get_extra_state(); define both")

    def set_extra_state(self, state: Any) -> None:
        """Takes what :meth:`get_extra_state` returned when the state dict was made."""
        raise RuntimeError(f"{type(self).__name__} defines get_extra_state() and not set_extra_state(); define both")

    # --------------------------------------------------------------------------------------------------------------- saving
    def state_dict(self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> dict[str, Any]:
        """The parameters and persistent buffers of this module and those below it, by their names.

        The tensors share memory with the model's, and are detached unless ``keep_vars``.

        Args:
            destination: a dict to put them into, instead of a new OrderedDict.
            prefix: put before each name.
            keep_vars: the parameters themselves, as autograd knows them.
        """
        if args:
            warn_user("Positional args are being deprecated, use kwargs instead.", FutureWarning)
            positional = dict(zip(("destination", "prefix", "keep_vars"), args, strict=False))
            destination = positional["destination"] if destination is None else destination
            prefix = prefix or positional.get("prefix", "")
            keep_vars = keep_vars or positional.get("keep_vars", False)
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        for hook in _hooks_of(self, "_state_dict_pre_hooks"):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in _hooks_of(self, "_state_dict_hooks"):
            replaced = hook(self, destination, prefix, metadata)
            if replaced is None:
                continue
            if getattr(hook, "_from_public_api", False):
                raise RuntimeError("state_dict post-hook must return None")
            destination = replaced
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        for name, tensor in _own_state(self).items():
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if type(self).get_extra_state is not State.get_extra_state:
            destination[prefix + _EXTRA] = self.get_extra_state()

    def register_state_dict_pre_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before ``state_dict`` collects this module's tensors."""
        return _add(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` after ``state_dict`` collected; it may change the dict in place."""
        hook._from_public_api = True
        return _add(self._state_dict_hooks, hook)

    def _register_state_dict_hook(self, hook: Callable) -> RemovableHandle:
        if getattr(hook, "_from_public_api", False):
            raise RuntimeError(
                "Cannot register the same function as the state dict post hook that was previously registered via "
                "register_state_dict_post_hook")
        return _add(self._state_dict_hooks, hook)

    # -------------------------------------------------------------------------------------------------------------- loading
    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> _IncompatibleKeys:
        """Copy the tensors of a state dict into the parameters and buffers of the same names.

        Args:
            state_dict: as :meth:`state_dict` makes it.
            strict: names that are missing here or there are an error.
            assign: take the given tensors in place of the module's own, instead of copying their values. They keep their dtype
                and device; ``requires_grad`` stays as it is in the module.

        Returns:
            the names ``missing_keys`` and ``unexpected_keys``.

        Raises:
            TypeError: ``state_dict`` is not a dict.
            RuntimeError: all that does not fit: shapes and, if ``strict``, names.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        metadata = getattr(state_dict, "_metadata", None)
        state_dict = OrderedDict(state_dict)
        if metadata is not None:
            state_dict._metadata = metadata
        incompatible = _IncompatibleKeys([], [])
        errors: list[str] = []
        _load(self, state_dict, "", metadata, assign, incompatible, errors)
        if strict:
            for kind, keys in (("Unexpected", incompatible.unexpected_keys), ("Missing", incompatible.missing_keys)):
                if keys:
                    errors.insert(0, f"{kind} key(s) in state_dict: {', '.join(f'{chr(34)}{key}{chr(34)}' for key in keys)}. ")
        if errors:
            listed = "\n\t".join(errors)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{listed}")
        return incompatible

    def _load_from_state_dict(
        self, state_dict: dict, prefix: str, local_metadata: dict, strict: bool,
        missing_keys: list[str], unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:
        """Load this module's own tensors, without those of submodules. To be extended where names changed between versions.

        Args:
            state_dict: may be changed.
            prefix: what the module's names begin with in it.
            local_metadata: of this module, with ``version``.
            strict: whether to collect missing and unexpected keys.
            missing_keys, unexpected_keys, error_msgs: to be added to.
        """
        for hook in _hooks_of(self, "_load_state_dict_pre_hooks"):
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        own = _own_state(self)
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, tensor in own.items():
            key = prefix + name
            if key in state_dict:
                error = _load_one(self, name, tensor, key, state_dict[key], assign)
                if error:
                    error_msgs.append(error)
            elif strict:
                missing_keys.append(key)
        extra = prefix + _EXTRA
        takes_extra = type(self).set_extra_state is not State.set_extra_state
        if takes_extra and extra in state_dict:
            self.set_extra_state(state_dict[extra])
        elif takes_extra and strict:
            missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)
        if strict:
            for key in state_dict:
                if key.startswith(prefix) and key != extra:
                    first, dot, _ = key[len(prefix):].partition(".")
                    if first not in (self._modules if dot else own):
                        unexpected_keys.append(key)

    def register_load_state_dict_pre_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)`` before this
        module's tensors are loaded; it may change the dict and the lists in place.
        """
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(self, hook: Callable, with_module: bool = False) -> RemovableHandle:
        return _add(self._load_state_dict_pre_hooks, WrappedHook(hook, self if with_module else None))

    def register_load_state_dict_post_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` after this module and those below it were loaded; it may change the lists of
        missing and unexpected keys in place, so that ``strict`` takes no offence.
        """
        return _add(self._load_state_dict_post_hooks, hook)


def _hooks_of(module: Any, table: str) -> list[Callable]:
    """The hooks in one of a module's tables, without making a table that is not there."""
    return list(module.__dict__.get(table, {}).values())


def _own_state(module: Any) -> dict[str, Tensor]:
    """A module's own parameters and persistent buffers."""
    buffers = ((name, buffer) for name, buffer in module._buffers.items() if name not in module._non_persistent_buffers_set)
    return {name: tensor for name, tensor in chain(module._parameters.items(), buffers) if tensor is not None}


def _add(table: Any, hook: Callable) -> RemovableHandle:
    handle = RemovableHandle(table)
    table[handle.id] = hook
    return handle


def _load_one(module: Any, name: str, tensor: Tensor, key: str, given: Any, assign: bool) -> str | None:
    """Load one tensor; what is wrong with it, if something is."""
    if not isinstance(given, Tensor):
        return (f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint but received '
                f"{type(given)}")
    if not is_lazy(tensor):
        if tensor.dim() == 0 and given.dim() == 1 and given.shape[0] == 1:
            given = given[0]  # scalars were vectors of one element once
        if is_lazy(given) or given.shape != tensor.shape:
            return (f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, the shape in current model is "
                    f"{tensor.shape}.")
    if tensor.is_meta and not given.is_meta and not assign:
        warn_user(
            f"for {key}: copying from a non-meta parameter in the checkpoint to a meta parameter in the current model, which is a "
            "no-op. (Did you mean to pass `assign=True` to assign items in the state dictionary to their corresponding key in the "
            "module instead of copying them in place?)")
    try:
        with flambeau.no_grad():
            if assign:
                setattr(module, name, _in_place_of(tensor, given))
            else:
                tensor.copy_(given)
    except Exception as error:  # whatever a copy may raise is told with the others
        return (f'While copying the parameter named "{key}", whose dimensions in the model are {tensor.size()} and whose dimensions in '
                f"the checkpoint are {given.size()}, an exception occurred : {error.args}.")
    return None


def _in_place_of(tensor: Tensor, given: Tensor) -> Tensor:
    """``given`` as a parameter if ``tensor`` is one."""
    if not isinstance(tensor, Parameter):
        return given
    if not isinstance(given, Parameter):
        return Parameter(given, requires_grad=tensor.requires_grad)
    return given.requires_grad_(tensor.requires_grad)


def _load(
    module: Any, state_dict: dict, prefix: str, metadata: dict | None, assign: bool, incompatible: _IncompatibleKeys, errors: list[str],
) -> None:
    local = {} if metadata is None else metadata.get(prefix[:-1], {})
    if assign:
        local["assign_to_params_buffers"] = assign
    module._load_from_state_dict(state_dict, prefix, local, True, *incompatible, errors)
    for name, child in module._modules.items():
        if child is not None:
            below = f"{prefix}{name}."
            of_child = {key: value for key, value in state_dict.items() if key.startswith(below)}
            _load(child, of_child, below, metadata, assign, incompatible, errors)
    for hook in _hooks_of(module, "_load_state_dict_post_hooks"):
        if hook(module, incompatible) is not None:
            raise AssertionError(
                "Hooks registered with `register_load_state_dict_post_hook` are not expected to return new values; change "
                "incompatible_keys in place.")
