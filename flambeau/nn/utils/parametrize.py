"""Parameters that are computed from others: each use of ``module.weight`` calls the modules that compute it."""

import copyreg
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.nn.modules.container import ModuleDict, ModuleList
from flambeau.nn.modules.module import Module
from flambeau.nn.parameter import Parameter

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]

_cache_enabled = 0
_cache: dict[tuple[int, str], Tensor] = {}


@contextmanager
def cached() -> Iterator[None]:
    """While inside, each parametrised tensor is computed once, at its first use."""
    global _cache_enabled
    _cache_enabled += 1
    try:
        yield
    finally:
        _cache_enabled -= 1
        if not _cache_enabled:
            _cache.clear()


def _register(module: Module, name: str, tensor: Any) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def _differences(before: Tensor, after: Tensor, names: tuple[str, str], what: str) -> None:
    """Raise ValueError if a tensor has another dtype or shape than the one it stands for."""
    for attribute in ("dtype", "shape"):
        was, became = getattr(before, attribute), getattr(after, attribute)
        if was != became:
            raise ValueError(
                f"{what} may not change the {attribute} of the tensor, unless the `unsafe` flag is enabled.\n"
                f"{names[0]}.{attribute}: {was}\n{names[1]}.{attribute}: {became}")


class ParametrizationList(ModuleList):
    """The modules that compute a tensor, one after the other, and what they compute it from: ``original``, or ``original0``,
    ``original1`` … where the first takes several.

    Made by :func:`register_parametrization`.

    Args:
        modules: the first takes the original, each other what the one before returned.
        original: the tensor; the modules' ``right_inverse`` methods, where there are any, give from it what it will be computed from.
        unsafe: dtype and shape may change.

    Raises:
        ValueError: the modules do not return tensors, or other ones than they may.
    """

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape_and_dtype = flambeau.empty(original.shape, dtype=original.dtype, device="meta")
        new: Any = original
        with flambeau.no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    try:
                        new = module.right_inverse(new)
                    except NotImplementedError:
                        continue  # as if it had none
        if not isinstance(new, Tensor | Sequence):
            raise ValueError(f"'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got {type(new).__name__}")
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if self.is_tensor else len(new)
        if self.is_tensor:
            self._keep_one(original, new)
        else:
            self._keep_several(original, new)
        if not unsafe:
            result = self()
            if not isinstance(result, Tensor):
                raise ValueError(f"A parametrization must return a tensor. Got {type(result).__name__}.")
            _differences(shape_and_dtype, result, ("unparametrized", "parametrized"), "Registering a parametrization")

    def _keep_one(self, original: Tensor, new: Tensor) -> None:
        for attribute in ("dtype", "device"):
            was, became = getattr(original, attribute), getattr(new, attribute)
            if was != became:
                raise ValueError(
                    f"When `right_inverse` outputs one tensor, it may not change the {attribute}.\noriginal.{attribute}: {was}\n"
                    f"right_inverse(original).{attribute}: {became}")
        original.data = new
        _register(self, "original", original)

    def _keep_several(self, original: Tensor, tensors: Sequence[Any]) -> None:
        for place, tensor in enumerate(tensors):
            if not isinstance(tensor, Tensor):
                raise ValueError(
                    "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got element "
                    f"{place} of the sequence with type {type(tensor).__name__}.")
            if isinstance(original, Parameter):
                tensor = Parameter(tensor, original.requires_grad)
            _register(self, f"original{place}", tensor.requires_grad_(original.requires_grad))

    def right_inverse(self, value: Tensor) -> None:
        """Make the originals such that ``value`` is computed from them. This is what assigning to the tensor does.

        Raises:
            RuntimeError: a module has no ``right_inverse``.
            ValueError: what it returned does not fit the originals.
        """
        with flambeau.no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                value = module.right_inverse(value)
            if self.is_tensor:
                if not isinstance(value, Tensor):
                    raise ValueError(f"`right_inverse` should return a tensor. Got {type(value).__name__}")
                _set(self.original, value, "The tensor returned by `right_inverse`", "`original`")
                return
            if not isinstance(value, Sequence):
                raise ValueError(f"'right_inverse' must return a sequence of tensors. Got {type(value).__name__}.")
            if len(value) != self.ntensors:
                raise ValueError(
                    f"'right_inverse' must return a sequence of tensors of length {self.ntensors}. Got a sequence of length {len(value)}.")
            for place, tensor in enumerate(value):
                if not isinstance(tensor, Tensor):
                    raise ValueError(
                        f"'right_inverse' must return a sequence of tensors. Got element {place} of type {type(tensor).__name__}.")
                _set(getattr(self, f"original{place}"), tensor, f"Tensor {place} returned by `right_inverse`", f"`original{place}`")

    def forward(self) -> Tensor:
        """The tensor, computed from its originals."""
        first, *others = self
        if self.is_tensor:
            value = first(self.original)
        else:
            value = first(*(getattr(self, f"original{place}") for place in range(self.ntensors)))
        for module in others:
            value = module(value)
        return value


def _set(original: Tensor, value: Tensor, what: str, name: str) -> None:
    if value.dtype != original.dtype:
        raise ValueError(f"{what} has dtype {value.dtype} while {name} has dtype {original.dtype}")
    original.data = value


def _inject_class(module: Module) -> None:
    """Give the module a class of its own, on which properties can be put."""
    cls = type(module)

    def deep_copy(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            copied = memo[id(self)] = self.__new__(type(self))
            copied.__setstate__(deepcopy(Module.__getstate__(self), memo))
            for slot in copyreg._slotnames(type(self)):
                if hasattr(self, slot):
                    setattr(copied, slot, deepcopy(getattr(self, slot), memo))
        return memo[id(self)]

    def get_state(self) -> Any:
        raise RuntimeError(
            "Serialization of parametrized modules is only supported through state_dict(): save that, and load it into a module that was "
            "made and parametrized in the same way.")

    members: dict[str, Any] = {"__getstate__": get_state, "__doc__": cls.__doc__}
    if not hasattr(cls, "__deepcopy__"):
        members["__deepcopy__"] = deep_copy
    module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), members)


def _inject_property(module: Module, tensor_name: str) -> None:
    if hasattr(module, tensor_name):
        raise AssertionError(f"Module already has an attribute named '{tensor_name}'")

    def computed(self) -> Tensor:
        parametrization = self.parametrizations[tensor_name]
        if not _cache_enabled:
            return parametrization()
        key = id(self), tensor_name
        if key not in _cache:
            _cache[key] = parametrization()
        return _cache[key]

    def assign(self, value: Tensor) -> None:
        self.parametrizations[tensor_name].right_inverse(value)

    setattr(type(module), tensor_name, property(computed, assign))


def register_parametrization(module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False) -> Module:
    """Have a parameter or buffer of a module computed by another module, from then on at each use.

    The tensor is computed from ``module.parametrizations.<tensor_name>.original``, which is what is learned. Registered again, the new
    parametrization takes what the one before returns. If it has a method ``right_inverse``, that gives what to compute the present
    value from, here and when something is assigned to the tensor.

    Args:
        module: changed in place; its class becomes a subclass of what it was.
        tensor_name: the parameter's or buffer's.
        parametrization: a module that takes the tensor, or the several tensors of ``right_inverse``, and returns a tensor.
        unsafe: dtype and shape may change, which is not checked then.

    Returns:
        the module.

    Raises:
        ValueError: there is no such tensor, or the parametrization does not return what it may.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_further(module, tensor_name, parametrization)
        parametrizations = module.parametrizations[tensor_name]
        parametrizations.append(parametrization)
        parametrizations.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        parametrizations = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _inject_class(module)
            module.parametrizations = ModuleDict()
        _inject_property(module, tensor_name)
        module.parametrizations[tensor_name] = parametrizations
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name '{tensor_name}'")
    return module


def _check_further(module: Module, tensor_name: str, parametrization: Module) -> None:
    """What a further parametrization returns, there and back, must be like what it takes."""
    before = getattr(module, tensor_name)
    after = parametrization(before)
    if not isinstance(after, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(after).__name__}.")
    names = f"module.{tensor_name}", f"parametrization(module.{tensor_name})"
    _differences(before, after, names, "Registering a parametrization")
    if hasattr(parametrization, "right_inverse"):
        try:
            back = parametrization.right_inverse(after)
        except NotImplementedError:
            return
        if not isinstance(back, Tensor):
            raise ValueError(f"parametrization.right_inverse must return a tensor. Got: {type(back).__name__}")
        _differences(before, back, (names[0], "returned"), "parametrization.right_inverse")


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a tensor of a module, or any of them, is parametrised."""
    parametrizations = getattr(module, "parametrizations", None)
    if not isinstance(parametrizations, ModuleDict):
        return False
    return len(parametrizations) > 0 if tensor_name is None else tensor_name in parametrizations


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make a parametrised tensor an ordinary one again, with its present value or, without leave_parametrized, its original.

    Returns:
        the module.

    Raises:
        ValueError: the tensor is not parametrised, or has several originals and is not to keep its value.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    parametrizations = module.parametrizations[tensor_name]
    if parametrizations.is_tensor:
        result = parametrizations.original
        if leave_parametrized:
            with flambeau.no_grad():
                result.data = getattr(module, tensor_name)
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        result = Parameter(value) if value.requires_grad else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of tensors.")
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, result)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type:
    """The module's class, as it was before anything was parametrised."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module: Module, to_module: Module, tensor_name: str | None = None) -> Module:
    """Give a module the parametrizations of another, and the tensors that they compute from. Returns ``to_module``.

    Args:
        from_module, to_module: both keep what they are given in common.
        tensor_name: of one tensor; by default of all.
    """
    if not is_parametrized(from_module):
        return to_module
    for name in list(from_module.parametrizations) if tensor_name is None else [tensor_name]:
        source = from_module.parametrizations[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        for parametrization in source:
            register_parametrization(to_module, name, parametrization)
        target = to_module.parametrizations[name]
        originals = ["original"] if source.is_tensor else [f"original{place}" for place in range(source.ntensors)]
        for original in originals:
            setattr(target, original, getattr(source, original))
    return to_module
