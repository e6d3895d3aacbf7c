"""Modules called with other parameters than their own."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flambeau import Tensor
from flambeau.nn.modules.module import Module

__all__ = ["functional_call"]

_NOTHING: Any = object()


def functional_call(
    module: Module, parameters_and_buffers: dict[str, Tensor], args: Any = None, kwargs: dict[str, Any] | None = None, *,
    tie_weights: bool = True, strict: bool = False,
) -> Any:
    """Deprecated: use :func:`flambeau.func.functional_call`, which has the same arguments."""
    warnings.warn(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be removed in a future version of PyTorch. "
        "Please use `torch.func.functional_call` instead which is a drop-in replacement.", FutureWarning, stacklevel=2)
    return call_with(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)


def call_with(
    module: Module, parameters_and_buffers: Any, args: Any = None, kwargs: dict[str, Any] | None = None, *, tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """``module(*args, **kwargs)`` with the given tensors in the places of its parameters and buffers.

    Args:
        module: gets its own tensors back afterwards. What it writes to a given buffer is in ``parameters_and_buffers``.
        parameters_and_buffers: tensors by their names in the module, or several such dicts without common names.
        args: a tuple of arguments, or one argument.
        kwargs: keyword arguments.
        tie_weights: a tensor that is under several names in the module is replaced under all of them.
        strict: names that the module has not, or that are not given, are an error.

    Raises:
        ValueError: several values for one tied tensor, or the same name in several dicts.
        RuntimeError: names that do not match, and strict.
    """
    if not isinstance(parameters_and_buffers, dict):
        parameters_and_buffers = _merged(parameters_and_buffers)
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, parameters_and_buffers, tie_weights, strict):
        return module(*arguments, **(kwargs or {}))


def _merged(dicts: Any) -> dict[str, Tensor]:
    if not (isinstance(dicts, tuple | list) and all(isinstance(part, dict) for part in dicts)):
        raise ValueError(f"Expected parameters_and_buffers to be a dict, or a list/tuple of dicts, but got {type(dicts)}")
    names = [name for part in dicts for name in part]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous")
    return {name: tensor for part in dicts for name, tensor in part.items()}


@contextmanager
def _replaced(module: Module, given: dict[str, Tensor], tie_weights: bool, strict: bool) -> Iterator[None]:
    """While inside, ``module`` has the given tensors; then its own again, and ``given`` what is in their places by then."""
    wanted = _with_tied(module, given) if tie_weights else dict(given)
    if strict:
        _check_names(module, wanted)
    own: dict[str, Tensor] = {}
    try:
        for name, tensor in wanted.items():
            own[name] = _swap(module, name, tensor)
        yield
    finally:
        now = {name: _swap(module, name, tensor) for name, tensor in own.items()}
        given.update({name: now[name] for name in given if name in now})


def _swap(module: Module, path: str, tensor: Any) -> Any:
    """Put a tensor in the place of a parameter or buffer, and return what was there. _NOTHING stands for no such attribute."""
    prefix, _, name = path.rpartition(".")
    owner = module.get_submodule(prefix)
    for table in (owner._parameters, owner._buffers):
        if name in table:
            before, table[name] = table[name], tensor
            return before
    before = getattr(owner, name, _NOTHING)
    if before is not _NOTHING and not isinstance(before, Tensor):
        raise TypeError(f"{path} of {module._get_name()} is a {type(before).__name__}, not a tensor")
    if tensor is _NOTHING:
        delattr(owner, name)
    else:
        setattr(owner, name, tensor)
    return before


def _with_tied(module: Module, given: dict[str, Tensor]) -> dict[str, Tensor]:
    """The given tensors, each under all names of the tensor that it replaces."""
    names_of: dict[Tensor, list[str]] = {}
    for named in (module.named_parameters(remove_duplicate=False), module.named_buffers(remove_duplicate=False)):
        for name, tensor in named:
            names_of.setdefault(tensor, []).append(name)
    wanted = dict(given)
    for names in names_of.values():
        values = [given[name] for name in names if name in given]
        if len(names) > 1 and values:
            if any(value is not values[0] for value in values):
                raise ValueError(
                    f"functional_call got multiple values for keys {sorted(names)}, which are tied. Consider using tie_weights=False")
            wanted.update(dict.fromkeys(names, values[0]))
    return wanted


def _check_names(module: Module, given: dict[str, Tensor]) -> None:
    known = dict(module.named_parameters(remove_duplicate=False)) | dict(module.named_buffers(remove_duplicate=False))
    problems = []
    for kind, names in (("Unexpected", [n for n in given if n not in known]), ("Missing", [n for n in known if n not in given])):
        if names:
            problems.append(f"{kind} key(s): {', '.join(map(repr, names))}.")
    if problems:
        listed = "\n\t".join(problems)
        raise RuntimeError(f"Error(s) in reparametrizing for {module._get_name()}:\n\t{listed}")
