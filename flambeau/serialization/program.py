"""What a file may name and make when it is loaded with weights_only=False: objects of classes that the program has already."""
from __future__ import annotations

import argparse
import copyreg
import datetime
import decimal
import enum
import functools
import logging
import pathlib
import pickle
import sys
import types
import uuid
from collections import defaultdict, deque
from collections.abc import Callable

from .machine import outside
from .names import describe, find_inside, find_own, module_here
from .numpy_objects import NUMPY_GLOBALS
from .plain import listed
from .rules import DataRules, is_of_python, is_tensor_class, suspicion

_LONGEST_RANGE = 2**24
_PLAIN_BASES = (object, dict, list, tuple, set, frozenset, int, float, complex, str, bytes)


class ProgramRules(DataRules):
    """Data, and objects of classes that the program has already: flambeau's own, and those of modules that it has imported.

    No module is imported and no function is called. Of the standard library only plain value classes are known. An instance is made
    without __init__ and filled by its __setstate__ or attribute by attribute; a class is called only if it says itself, by __reduce__
    or copyreg, that this is how it is pickled.
    """

    def __init__(self, storages: Callable, file: str):
        super().__init__(storages, file)
        self.classes: dict[int, type] = {}

    def find_more(self, module: str, name: str, full: str):
        known = _KNOWN.get(full)
        if known is not None:
            return known[0]
        own = module_here(module)
        if own.partition(".")[0] == "flambeau":
            found = find_own(module, name)
            if found is None:
                raise pickle.UnpicklingError(f"{self.file} names {full}, and flambeau has no class of that name. {self._advice(name)}")
        else:
            found = self._find_class(module, name, full)
        if isinstance(found, type):
            self.classes[id(found)] = found
        return found

    def _find_class(self, module: str, name: str, full: str) -> type:
        home = sys.modules.get(module)
        if home is None:
            raise pickle.UnpicklingError(f"{self.file} names {full}, but the program has not imported {module}, and loading imports "
                                         f"nothing: write `import {module}` before it")
        found = find_inside(home, name)
        if found is None:
            raise pickle.UnpicklingError(f"{self.file} names {full}, and module {module} has nothing of that name: "
                                         "define it before loading")
        if is_of_python(module) or is_of_python(found.__module__):
            raise pickle.UnpicklingError(f"{self.file} names {full}, which can do more than hold data. {suspicion(full)}")
        if not isinstance(found, type) or issubclass(found, type):
            raise pickle.UnpicklingError(f"{self.file} names {full}, which is not a class; a file may not name functions. "
                                         f"{self._advice(name)}")
        return found

    @staticmethod
    def _advice(name: str) -> str:
        return (f"If you trust the file, allow it with flambeau.serialization.add_safe_globals([{name}]); weights_only=False allows "
                "classes of imported modules only.")

    def call(self, function, args: tuple):
        make = _MAKERS.get(id(function))
        if make is not None:
            return make(*args)
        if function is copyreg._reconstructor:
            return self._reconstruct(*args)
        if function is copyreg.__newobj__:
            return self.new(args[0], args[1:], {})
        if id(function) in self.classes and _says_how_it_is_pickled(function) and not is_tensor_class(function):
            with outside():
                return function(*args)
        return super().call(function, args)

    def _reconstruct(self, cls, base, state):
        """copyreg's way, before protocol 2, to make an instance of a class on a plain base."""
        if not self.is_allowed_class(cls) or is_tensor_class(cls) or base not in _PLAIN_BASES:
            raise self.refuse_call(cls)
        with outside():
            return copyreg._reconstructor(cls, base, state)

    def build(self, obj, state):
        if isinstance(obj, (type, enum.Enum)):  # they are the program's, not the file's
            raise self.refuse_call(obj, "changed")
        return super().build(obj, state)

    def is_allowed_class(self, cls) -> bool:
        return id(cls) in self.classes or id(cls) in _BARE or super().is_allowed_class(cls)

    def refuse_call(self, obj, what: str = "called") -> pickle.UnpicklingError:
        return pickle.UnpicklingError(
            f"{self.file} wants {describe(obj)} to be {what}, which loading never does (weights_only=False allows instances of the "
            "program's classes, but no calls). If you trust the file, allow it with flambeau.serialization.add_safe_globals([...])."
        )


def _says_how_it_is_pickled(cls: type) -> bool:
    return cls.__reduce__ is not object.__reduce__ or cls.__reduce_ex__ is not object.__reduce_ex__ or cls in copyreg.dispatch_table


def _partial(function, *args, **kwargs) -> functools.partial:
    if not callable(function):
        raise TypeError("a partial is made from a class or function")
    return functools.partial(function, *args, **kwargs)


def _deque(items=(), maxlen=None) -> deque:
    return deque(listed(items), maxlen)


def _default_dict(factory=None) -> defaultdict:
    return defaultdict(factory)


def _range(*numbers) -> range:
    result = range(*numbers)
    if len(result) > _LONGEST_RANGE:
        raise ValueError(f"a range of more than {_LONGEST_RANGE} numbers, which would fill the memory if a container were made of it")
    return result


def _path(*parts) -> pathlib.Path:
    return pathlib.Path(*map(_text, parts))  # this system's kind of path, whatever system wrote the file


def _decimal(digits) -> decimal.Decimal:
    return decimal.Decimal(_text(digits))


def _logger(name="") -> logging.Logger:
    return logging.getLogger(_text(name))


def _text(text) -> str:
    if type(text) is not str:
        raise TypeError(f"a string is wanted, got {type(text).__name__}")
    return text


_DATES = (datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone)
_PATHS = ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")
# of Python's own, what programs keep in checkpoints: name in the file -> (what it stands for, what a call of it does: None for no calls)
_KNOWN = {
    **{f"builtins.{kind.__name__}": (kind, None) for kind in (object, dict, list, tuple, int, float, str, bool)},
    "builtins.range": (range, _range),
    "builtins.slice": (slice, slice),
    "collections.defaultdict": (defaultdict, _default_dict),
    "collections.deque": (deque, _deque),
    "functools.partial": (functools.partial, _partial),
    "types.SimpleNamespace": (types.SimpleNamespace, types.SimpleNamespace),
    "argparse.Namespace": (argparse.Namespace, None),
    "uuid.UUID": (uuid.UUID, None),
    "decimal.Decimal": (decimal.Decimal, _decimal),
    "logging.getLogger": (_logger, _logger),
    "copyreg._reconstructor": (copyreg._reconstructor, None),
    "copyreg.__newobj__": (copyreg.__newobj__, None),
    **{f"datetime.{kind.__name__}": (kind, kind) for kind in _DATES},
    **{f"pathlib.{name}": (getattr(pathlib, name), _path) for name in _PATHS},
    **{f"pathlib._local.{name}": (getattr(pathlib, name), _path) for name in _PATHS},  # where Python 3.13 has them
    **NUMPY_GLOBALS,
}
_MAKERS = {id(obj): make for obj, make in _KNOWN.values() if make is not None}
# those of them that are made bare, and filled
_BARE = frozenset(map(id, (argparse.Namespace, uuid.UUID, types.SimpleNamespace, defaultdict, deque, functools.partial)))
