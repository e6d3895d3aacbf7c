"""Neural networks: modules, which are layers and models; their functions, first values, and tools for their parameters.

    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))
    loss = nn.CrossEntropyLoss()(model(images), labels)
"""

import importlib
from typing import TYPE_CHECKING, Any

from flambeau.nn import init, modules, parameter
from flambeau.nn.modules._names import nearest
from flambeau.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

if TYPE_CHECKING:
    from flambeau.nn import attention, functional, parallel, utils
    from flambeau.nn.modules import *
    from flambeau.nn.parallel import DataParallel

_LATER = ("attention", "common_types", "functional", "grad", "parallel", "utils")

globals().update({name: getattr(modules, name) for name in modules.__all__ if name in vars(modules)})  # the others when they are used


def factory_kwargs(kwargs: dict[str, Any] | None) -> dict[str, Any]:
    """From a module's keyword arguments those for the functions that make its tensors: ``device``, ``dtype``, ``memory_format``, and
    what is in ``factory_kwargs``.

    Raises:
        TypeError: others, or one of them twice.
    """
    if kwargs is None:
        return {}
    simple = ("device", "dtype", "memory_format")
    unexpected = kwargs.keys() - {*simple, "factory_kwargs"}
    if unexpected:
        raise TypeError(f"unexpected kwargs {unexpected}")
    found = dict(kwargs.get("factory_kwargs", {}))
    for name in simple:
        if name in kwargs:
            if name in found:
                raise TypeError(f"{name} specified twice, in **kwargs and in factory_kwargs")
            found[name] = kwargs[name]
    return found


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return importlib.import_module(f"{__name__}.{name}")
    if name == "DataParallel":
        return importlib.import_module(f"{__name__}.parallel").DataParallel
    if name in modules.__all__:
        value = globals()[name] = getattr(modules, name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{_meant(name)}")


def _meant(name: str) -> str:
    """What a name was probably meant to be, for the end of a message: a layer, its function, or both."""
    if name.startswith("_"):
        return ""
    functions = importlib.import_module(f"{__name__}.functional")
    found = []
    layer = nearest(name, __dir__())
    if layer is not None:
        found.append(f"`nn.{layer}` (the layer)" if isinstance(getattr(modules, layer, None), type) else f"`nn.{layer}`")
    function = name if callable(getattr(functions, name, None)) else None if layer else nearest(name, dir(functions))
    if function is not None:
        found.append(f"`nn.functional.{function}`")
    return f"; did you mean {' or '.join(found)}?" if found else ""


def __dir__() -> list[str]:
    return sorted({*globals(), *modules.__all__, *_LATER, "DataParallel"})
