"""What a file may name and make when it is loaded with weights_only=True."""
from __future__ import annotations

import functools
import os
import pickle
import sys
from collections import Counter, OrderedDict
from collections.abc import Callable

import numpy as np

import flambeau

from . import numpy_objects
from .errors import CheckpointError, refusal
from .machine import Rules, outside
from .names import DTYPES, describe, find_own, full_name
from .numpy_objects import NUMPY_GLOBALS
from .plain import StorageKind, makers, plain
from .rebuild import set_attributes
from .safe_globals import allowed

_BLOCKED = ("sys", "os", "posix", "nt")     # never, not even when the program allows them (PyTorch's list)
_SPECIAL = ("torch._utils._rebuild_qtensor", "torch._utils._rebuild_nested_tensor", "torch._utils._rebuild_wrapper_subclass")
# Python's own modules and types whose objects programs keep in checkpoints
_VALUES = ("argparse", "collections", "datetime", "decimal", "enum", "fractions", "functools", "logging", "pathlib", "types", "uuid",
           "range", "slice")
_NUMPY_HINT = "numpy._core.multiarray._reconstruct, numpy._core.multiarray.scalar, numpy.ndarray, numpy.dtype"


class DataRules(Rules):
    """Data only: tensors, dtypes, devices, sizes, numbers, strings and Python's containers, and what the program has allowed.

    `storages(kind, key, location, count, view)` gives the storage that lies beside the pickle; `file` is named in errors.
    """

    def __init__(self, storages: Callable, file: str):
        self.storages, self.file = storages, file
        self.extra = allowed()
        self.trusted = {id(obj) for obj in self.extra.values()}

    # ------------------------------------------------------------------------------------------------------------------ names
    def find(self, module: str, name: str):
        full = full_name(module, name)
        known = plain().get(full)
        if known is not None:
            return known[0]
        if full in _SPECIAL or full.rpartition(".")[2] in DTYPES and full.startswith("torch."):
            raise CheckpointError(f"{self.file} holds {full}, which flambeau does not have (a quantized, nested or other special tensor): "
                                  "convert it with PyTorch first")
        if full in self.extra and module not in _BLOCKED:
            return NUMPY_GLOBALS.get(full, (self.extra[full],))[0]
        if full.startswith("torch"):
            own = find_own(module, name)
            if id(own) in self.trusted:
                return own
        return self.find_more(module, name, full)

    def find_more(self, module: str, name: str, full: str):
        """What these rules say to a name that is neither plain data nor allowed."""
        short = full.removeprefix("builtins.")
        if is_of_python(module) and short.partition(".")[0] not in _VALUES:
            raise refusal(short, self.file, suspicion(short))
        wanted = (_NUMPY_HINT if full in NUMPY_GLOBALS else name if module == "__main__"
                  else f"flambeau.{full.split('.')[1]}.{name}" if find_own(module, name) is not None else short)
        raise refusal(short, self.file, f"If you trust the file, allow it with flambeau.serialization.add_safe_globals([{wanted}]), or "
                      "pass weights_only=False.")

    # ---------------------------------------------------------------------------------------------------------------- actions
    def call(self, function, args: tuple):
        make = makers().get(id(function))
        if make is not None:
            return make(*args)
        if id(function) in self.trusted and not is_tensor_class(function):
            with outside():
                return function(*args)
        raise self.refuse_call(function)

    def new(self, cls, args: tuple, kwargs: dict):
        make = makers().get(id(cls))
        if make is not None and not kwargs:
            return make(*args)
        if isinstance(cls, type) and self.is_allowed_class(cls) and not is_tensor_class(cls):
            with outside():
                return cls.__new__(cls, *args, **kwargs)
        raise self.refuse_call(cls)

    def build(self, obj, state):
        if isinstance(obj, flambeau.Tensor):
            return set_attributes(obj, state)
        if type(obj) in (OrderedDict, Counter):
            return _set_plain_attributes(obj, state)
        if type(obj) is np.ndarray:
            return numpy_objects.build_array(obj, state)
        if isinstance(obj, np.dtype):
            return numpy_objects.build_dtype(obj, state)
        if self.is_allowed_class(type(obj)):
            with outside():
                return set_state(obj, state)
        raise self.refuse_call(obj, "filled")

    def fill(self, obj, items, what: str):
        if not self.is_allowed_class(type(obj)) or isinstance(obj, flambeau.Tensor):
            raise self.refuse_call(obj, "filled")
        with outside():
            if what == "dict":
                for key, value in items:
                    obj[key] = value
            elif what == "set":
                for item in items:
                    obj.add(item)
            elif hasattr(obj, "extend"):
                obj.extend(items)
            else:
                for item in items:
                    obj.append(item)

    def persistent(self, key):
        if type(key) is not tuple or not key:
            raise ValueError("an object outside the pickle that is no storage")
        what, *rest = key
        if what == "module" and rest and isinstance(rest[0], type):  # the old format's way to name a module's class
            return rest[0]
        if what not in ("storage", b"storage") or len(rest) not in (4, 5) or not isinstance(rest[0], StorageKind):
            raise ValueError("an object outside the pickle that is no storage")
        kind, name, location, count, *view = rest
        location = location.decode("ascii") if isinstance(location, bytes) else location
        if not isinstance(location, str) or not isinstance(name, (str, int)) or type(count) is not int or count < 0:
            raise ValueError("a storage is told by its name, its device and its size")
        return self.storages(kind, str(name), location, count, view[0] if view else None)

    def is_allowed_class(self, cls) -> bool:
        """Whether instances of `cls` may be made and filled."""
        return id(cls) in self.trusted

    def refuse_call(self, obj, what: str = "called") -> pickle.UnpicklingError:
        """The error for something that the file wants called or filled, but may not be."""
        return refusal(f"a {describe(obj)}, to be {what},", self.file,
                       "If you trust the file, allow its class with flambeau.serialization.add_safe_globals([...]), or pass "
                       "weights_only=False.")


@functools.cache
def is_of_python(module: str) -> bool:
    """Whether a module is Python's own: by its name, and by where it lies, since programs have modules called `types` or `code`, too."""
    root = str(module).partition(".")[0]
    if root not in sys.stdlib_module_names and root != "builtins":
        return False
    path = getattr(sys.modules.get(root), "__file__", None)
    library = os.path.dirname(os.path.realpath(os.__file__)) + os.sep
    return path is None or os.path.realpath(path).startswith(library) and "site-packages" not in path


def suspicion(full: str) -> str:
    """What to tell about a name that no checkpoint has a reason to hold."""
    return f"Do not load it before you know why it names {full}, which no checkpoint needs: it may be an attack."


def is_tensor_class(obj) -> bool:
    return isinstance(obj, type) and issubclass(obj, flambeau.Tensor)


def set_state(obj, state):
    """What pickle does with an instance's state."""
    if hasattr(type(obj), "__setstate__"):
        obj.__setstate__(state)
        return obj
    slots = None
    if isinstance(state, tuple) and len(state) == 2:
        state, slots = state
    if state:
        vars(obj).update({sys.intern(k) if type(k) is str else k: v for k, v in state.items()})
    for name, value in (slots or {}).items():
        setattr(obj, name, value)
    return obj


def _set_plain_attributes(obj, state):
    """Attributes of an OrderedDict, such as a state_dict's `_metadata`; its methods stay what they are."""
    for name, value in state.items():
        if type(name) is not str or hasattr(type(obj), name):
            raise ValueError("an attribute of a dict that would hide what the dict has")
        vars(obj)[name] = value
    return obj
