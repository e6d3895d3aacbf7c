"""script, trace, save and load: what is left of them without TorchScript."""
from __future__ import annotations

import copy
import functools
import pickle
import warnings
from typing import Any, TypeVar

import flambeau
from flambeau import nn

T = TypeVar("T")
_warned = False


def _warn(name: str) -> None:
    global _warned
    if not _warned:
        _warned = True
        warnings.warn(f"torch.jit.{name} makes no TorchScript: flambeau compiles the steps of any program by itself, so the function or module works as it "
                      "did before", UserWarning, stacklevel=3)


class ScriptModule(nn.Module):
    """A module that went through `script` or `trace`: its attributes, parameters and methods are the original's, and shared with it."""

    @property
    def original_name(self) -> str:
        """The name of the class that was scripted."""
        return type(self)._original.__name__

    def save(self, f, _extra_files: dict[str, Any] | None = None) -> None:
        """Save the module, as `torch.jit.save` does."""
        save(self, f, _extra_files)

    def __reduce_ex__(self, protocol):
        return _original(self).__reduce_ex__(protocol)

    def __deepcopy__(self, memo):
        return _scripted(copy.deepcopy(_original(self), memo))

    def __getattr__(self, name):
        if name in ("code", "graph", "inlined_graph"):
            raise NotImplementedError(f"flambeau makes no TorchScript, so there is no {name} of it to show; the module itself is its source")
        return super().__getattr__(name)


RecursiveScriptModule = TracedModule = TopLevelTracedModule = ScriptModule


@functools.cache
def _script_class(cls: type) -> type:
    return type("RecursiveScriptModule", (ScriptModule, cls), {"__module__": __name__, "_original": cls, "__doc__": cls.__doc__})


def _scripted(module: nn.Module) -> ScriptModule:
    """The module as a ScriptModule, on the same attributes."""
    if isinstance(module, ScriptModule):
        return module
    made = object.__new__(_script_class(type(module)))
    object.__setattr__(made, "__dict__", module.__dict__)
    return made


def _original(module: ScriptModule) -> nn.Module:
    made = object.__new__(type(module)._original)
    object.__setattr__(made, "__dict__", module.__dict__)
    return made


def script(obj: T, optimize: Any = None, _frames_up: int = 0, _rcb: Any = None, example_inputs: Any = None) -> T:
    """A function or class as it is; a module as a `ScriptModule` that shares everything with it. Warns once."""
    _warn("script")
    return _scripted(obj) if isinstance(obj, nn.Module) else obj


def trace(func: T, example_inputs: Any = None, optimize: Any = None, check_trace: bool = True, check_inputs: Any = None, check_tolerance: float = 1e-5,
          strict: bool = True, example_kwarg_inputs: dict[str, Any] | None = None, **kwargs: Any) -> T:
    """The function as it is, or the module as a `ScriptModule`, run once on the example, whose errors it shows. Warns once.

    Unlike PyTorch's, it keeps its control flow: other inputs may take other branches.
    """
    _warn("trace")
    with flambeau.no_grad():
        if example_kwarg_inputs is not None:
            func(**example_kwarg_inputs)
        else:
            func(*(example_inputs if isinstance(example_inputs, tuple | list) else (example_inputs,)))
    return _scripted(func) if isinstance(func, nn.Module) else func


def trace_module(mod: nn.Module, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> ScriptModule:
    """The module as a `ScriptModule`, each method named in `inputs` run once on its example. Warns once."""
    _warn("trace_module")
    with flambeau.no_grad():
        for name, example in inputs.items():
            getattr(mod, name)(*(example if isinstance(example, tuple | list) else (example,)))
    return _scripted(mod)


def save(m: nn.Module, f, _extra_files: dict[str, Any] | None = None) -> None:
    """Save a module as a whole, as `torch.save` does: its class must be there when it is loaded. NotImplementedError with extra files."""
    if _extra_files:
        raise NotImplementedError("torch.jit.save writes no extra files here: save them beside the module")
    flambeau.save(_original(m) if isinstance(m, ScriptModule) else m, f)


def load(f, map_location: Any = None, _extra_files: dict[str, Any] | None = None, _restore_shapes: bool = False) -> ScriptModule:
    """A module that `torch.jit.save` of flambeau wrote; its class must be imported.

    Raises:
        RuntimeError: an archive of real TorchScript, which holds code for PyTorch's own interpreter.
    """
    try:
        module = flambeau.load(f, map_location=map_location, weights_only=False)
    except (RuntimeError, pickle.UnpicklingError) as error:
        raise RuntimeError(f"torch.jit.load reads modules that flambeau saved, not TorchScript: it has no interpreter for the code in such a file. "
                           f"Build the module in Python, and load its state_dict ({error})") from error
    return _scripted(module) if isinstance(module, nn.Module) else module


__all__ = ["RecursiveScriptModule", "ScriptModule", "TopLevelTracedModule", "TracedModule", "load", "save", "script", "trace", "trace_module"]
