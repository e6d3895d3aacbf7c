"""What code runs during a call, and whether it could be left out the next time.

While a function is observed, Python tells of every call in its thread (sys.setprofile). Code of flambeau is trusted: what it does to tensors
is recorded, and what it does to other objects is seen by comparing them before and after. Of the user's code is noted which code objects ran,
so that all that they may read can be found (reach), and which functions in C they called: only those that follow from their arguments and
change nothing but these are harmless.
"""
from __future__ import annotations

import builtins
import collections
import dis
import functools
import gc
import inspect
import math
import operator
import os
import re
import sys
import sysconfig
import warnings
from collections.abc import Callable
from functools import lru_cache
from types import CodeType, ModuleType
from typing import Any

import numpy as np

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_NEUTRAL = tuple({os.path.abspath(path) + os.sep for path in (sysconfig.get_path("stdlib"), os.path.dirname(np.__file__), os.path.dirname(os.__file__))})
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")

ALL_NAMES = frozenset({"getattr", "hasattr", "setattr", "delattr", "__dict__", "__getattribute__", "methodcaller", "attrgetter", "vars"})
PURE = frozenset(map(id, [getattr(builtins, name) for name in (
    "abs all any ascii bin callable chr delattr divmod format getattr hasattr hex isinstance issubclass iter len max min next oct ord pow repr round "
    "setattr sorted sum").split()] + [functools.reduce, functools.cmp_to_key]))
PURE_MODULES = frozenset({"math", "cmath", "_operator", "operator"})
CONTAINERS = (list, dict, tuple, set, frozenset, str, bytes, int, float, complex, range, slice, collections.deque, type(None), bytearray)
_CLASS_METHODS = frozenset({list, dict, tuple, set, frozenset, str, bytes, int, float, complex, collections.OrderedDict, collections.defaultdict, object, type})


class Refused(Exception):
    """Why a call cannot be replayed: a clause that follows on "it", and the line of the user's program, if one is to blame.

    whole: it is recorded as a whole all the same, which is all that fullgraph=True asks for.
    """

    def __init__(self, reason: str, line=None, whole: bool = False):
        super().__init__(reason)
        self.reason, self.line, self.whole = reason, line, whole

    def __str__(self) -> str:
        where = f" ({self.line[0]}:{self.line[1]}, in {self.line[2]})" if self.line else ""
        return f"it {self.reason}{where}"


class Observer:
    """Watches the calls of this thread in a with statement. `user`: the user's code objects that ran, each with the globals that it ran in."""

    def __init__(self, complain: Callable[[Refused], None]):
        self.complain = complain
        self.user: dict[CodeType, dict] = {}
        self.trusted: set[CodeType] = set()

    def __enter__(self) -> Observer:
        self.collecting = gc.isenabled()
        gc.disable()                    # what the garbage collector calls (finalisers, callbacks) is no part of the call
        self.previous = sys.getprofile()
        sys.setprofile(self._tell)
        return self

    def __exit__(self, *error) -> None:
        sys.setprofile(self.previous)
        if self.collecting:
            gc.enable()

    def _tell(self, frame, event: str, arg: Any) -> None:
        code = frame.f_code
        if event == "call":
            if code not in self.user and (code not in self.trusted or code.co_filename.startswith("<") or not code.co_filename.startswith(_PACKAGE)):
                self._classify(frame, code)
        elif event == "c_call":
            if code in self.user:
                if not harmless(arg):
                    self._refuse(f"calls {_title(arg)}, which may have effects that a replay would not have", frame)
            elif arg is warnings.warn:
                self._refuse("warns", frame)

    def _classify(self, frame, code: CodeType) -> None:
        name = code.co_filename
        if name.startswith(_PACKAGE):
            self.trusted.add(code)
            return
        caller = frame.f_back
        if (name.startswith(("<frozen", "<string>", "<__array_function__", "<attrs")) or name.startswith(_NEUTRAL)) and caller is not None \
                and caller.f_code in self.trusted:
            self.trusted.add(code)
            return
        self.trusted.discard(code)
        self.user[code] = frame.f_globals
        if code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE):
            self._refuse("runs a coroutine", frame)
        if scan(code).builds_class:
            self._refuse("defines a class", frame)

    def _refuse(self, reason: str, frame) -> None:
        while frame.f_back is not None and frame.f_code not in self.user:
            frame = frame.f_back
        self.complain(Refused(reason, (frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)))


def harmless(function: Any) -> bool:
    """Whether a function in C follows from its arguments and changes nothing else."""
    if id(function) in PURE or isinstance(function, ModuleType):
        return True
    owner = getattr(function, "__self__", None)
    if isinstance(owner, ModuleType) or owner is None:
        return getattr(function, "__module__", None) in PURE_MODULES or function in (math.sqrt, operator.index)
    if isinstance(owner, type):
        return owner in _CLASS_METHODS or any(base in _CLASS_METHODS and base is not object and base is not type for base in owner.__mro__)
    if isinstance(owner, CONTAINERS):
        return True
    # methods of generators and iterators made within the call: those from outside are met, and refused, by reach
    return inspect.isgenerator(owner)


def _title(function: Any) -> str:
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", repr(function))
    return f"{module}.{name}" if module and module != "builtins" else str(name)


class Scan:
    """What a code object names: globals, attributes (and all strings that could be names), modules that it imports."""

    __slots__ = ("globals", "attributes", "imports", "builds_class", "dynamic")

    def __init__(self, code: CodeType):
        loads, attributes, self.imports, self.builds_class = set(), set(), set(), False
        for step in dis.get_instructions(code):
            op = step.opname
            if op in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"):
                loads.add(step.argval)
            elif op == "IMPORT_NAME":
                self.imports.add(step.argval)
            elif op == "LOAD_BUILD_CLASS":
                self.builds_class = True
        attributes.update(code.co_names)
        _strings(code.co_consts, attributes)
        self.globals, self.attributes = frozenset(loads), frozenset(attributes)
        self.dynamic = not ALL_NAMES.isdisjoint(code.co_names)


def _strings(constants, found: set) -> None:
    for constant in constants:
        if isinstance(constant, str):
            if _IDENTIFIER.fullmatch(constant):
                found.add(constant)
        elif isinstance(constant, tuple | frozenset):
            _strings(constant, found)


@lru_cache(maxsize=4096)
def scan(code: CodeType) -> Scan:
    """What `code` names."""
    return Scan(code)
