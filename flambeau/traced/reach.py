"""What a function may read: everything that its code can get hold of, as edges that can be compared later.

A replay is right if the code would take the same way and meet the same objects. So from the function, its arguments, and the globals and
closures of all code that ran, every attribute whose name some of that code mentions is followed, and containers are followed throughout. Each
step is an edge: this holder has this object under this key. While all edges hold, nothing that the code could have read has changed, but for
the values of tensors, which a replay reads anew. What cannot be compared (an iterator, a file, a lock) is refused.
"""
from __future__ import annotations

import collections
import enum
import functools
import operator
import sys
import types
import weakref
from collections.abc import Iterable
from types import CodeType
from typing import Any

from ..core.device import device
from ..core.dtype import dtype
from ..core.shape import Size
from ..core.tensor import Tensor
from .observe import CONTAINERS, PURE, PURE_MODULES, Refused, scan

MAX_EDGES = 4000
CONSTANTS = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented), dtype, device, range)
_HIGHER_ORDER = frozenset("map filter sorted min max reduce partial iter starmap accumulate takewhile dropwhile".split())
_TYPES = frozenset({
    bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range, zip, enumerate, map, filter, reversed, slice, type, object,
    super, property, staticmethod, classmethod, memoryview, collections.OrderedDict, collections.defaultdict, collections.deque, collections.Counter,
    functools.partial, types.SimpleNamespace, types.FunctionType, types.MethodType, type(None), functools.partialmethod,
})
_MODULES = PURE_MODULES | {"builtins", "itertools", "functools", "typing", "types", "collections", "enum", "abc", "dataclasses", "collections.abc", "numbers",
                           "string", "re", "copy", "contextlib", "__future__", "warnings"}
_MISSING = object()


class Edge:
    """`holder` has `value` under `key`.

    namespace: the holder is a module's, which changes all the time.
    kind: item; attr; ref, a weak reference; len; names, of which `value` are those that count; keys and values, all of a dictionary in order; absent.
    """

    __slots__ = ("kind", "holder", "key", "value", "path", "namespace")

    def __init__(self, kind: str, holder: Any, key: Any, value: Any, path: str, namespace: bool = False):
        self.kind, self.holder, self.key, self.value, self.path, self.namespace = kind, holder, key, value, path, namespace

    def found(self) -> Any:
        """What is there now."""
        kind = self.kind
        try:
            if kind == "item":
                return self.holder[self.key]
            if kind == "attr":
                return getattr(self.holder, self.key)
            if kind == "ref":
                return self.holder()
            if kind == "len":
                return len(self.holder)
            if kind == "names":
                return frozenset([k for k in self.holder if self.key is None or k in self.key])
            if kind == "keys":
                return tuple(self.holder)
            if kind == "values":
                return tuple(self.holder.values())
            return _MISSING if self.key not in self.holder else self.holder[self.key]
        except (KeyError, AttributeError, ValueError, IndexError):
            return _MISSING

    def holds(self) -> bool:
        """Whether it is as it was."""
        found = self.found()
        if self.kind in ("item", "attr", "ref"):
            return found is self.value
        if self.kind in ("keys", "values"):
            return len(found) == len(self.value) and all(map(operator.is_, found, self.value))
        return found is _MISSING if self.kind == "absent" else found == self.value

    def renewed(self) -> bool:
        """Whether it is as it was, or has an equal constant now, which it takes for its own."""
        if self.holds():
            return True
        found = self.found()
        if self.kind in ("item", "attr") and same_constant(found, self.value):
            self.value = found
            return True
        return False


def same_constant(x: Any, y: Any) -> bool:
    """Whether two objects are constants of one type and value, down to the sign of zero."""
    kind = type(x)
    if kind is not type(y) or isinstance(x, Tensor):
        return False
    if kind is tuple or kind is Size:
        return len(x) == len(y) and all(map(same_constant, x, y))
    if kind is float or kind is complex:
        return repr(x) == repr(y)
    return x is y or kind in (int, str, bytes, range, bool) and x == y


class Reach:
    """Everything that may be read, with `names` as the attributes that count (None: all)."""

    def __init__(self, ran: dict[CodeType, dict], trusted: Iterable[CodeType]):
        self.ran, self.trusted = ran, frozenset(trusted)
        self.edges: list[Edge] = []
        self.tensors: dict[int, Tensor] = {}
        self.seen: dict[int, Any] = {}          # by identity; held, so that no identity is used twice
        self.codes: set[CodeType] = set()       # of functions that were met
        self.unordered: set[int] = set()        # dictionaries (their ids) of which nobody asks in which order their entries are
        user: set[str] = set()
        for code in ran:
            user |= scan(code).attributes
        self.user_names = frozenset(user)
        names = set(user)
        for code in self.trusted:
            names |= scan(code).attributes
        dynamic = any(scan(code).dynamic for code in ran)
        self.names: frozenset[str] | None = None if dynamic else frozenset(names)
        self.module_names = None if dynamic else self.user_names

    # ------------------------------------------------------------------------------------------------------------------- roots
    def globals_of_code(self) -> None:
        """Follow the globals that the user's code names."""
        for code, variables in self.ran.items():
            names = scan(code)
            for name in names.globals:
                if name in variables:
                    self.edge("item", variables, name, variables[name], f"the global {name!r}", namespace=True)
                else:
                    self.add("absent", variables, name, None, f"the global {name!r}", namespace=True)
                    builtin = variables.get("__builtins__", {})
                    builtin = getattr(builtin, "__dict__", builtin)
                    if name in builtin:
                        self.walk(builtin[name], name)
            for name in names.imports:
                if name not in _MODULES and name.partition(".")[0] not in ("flambeau", "torch"):
                    raise Refused(f"imports {name}", (code.co_filename, code.co_firstlineno, code.co_name))
                if name in sys.modules:
                    self.walk(sys.modules[name], name)

    def finish(self) -> None:
        """Raise Refused unless every code object of the user's that ran belongs to a function that was met."""
        stack, met = list(self.codes), set()
        while stack:
            code = stack.pop()
            if code not in met:
                met.add(code)
                stack.extend([c for c in code.co_consts if isinstance(c, CodeType)])
        for code in self.ran:
            if code not in met:
                raise Refused(f"runs {code.co_qualname if hasattr(code, 'co_qualname') else code.co_name}, and where that comes from cannot be told",
                              (code.co_filename, code.co_firstlineno, code.co_name))

    # -------------------------------------------------------------------------------------------------------------------- steps
    def add(self, kind: str, holder: Any, key: Any, value: Any, path: str, namespace: bool = False) -> None:
        """Note an edge."""
        self.edges.append(Edge(kind, holder, key, value, path, namespace))
        if len(self.edges) > MAX_EDGES:
            raise Refused("may read more than can be compared each time")

    def edge(self, kind: str, holder: Any, key: Any, value: Any, path: str, namespace: bool = False) -> None:
        """Note an edge, and go on from where it leads."""
        self.add(kind, holder, key, value, path, namespace)
        self.walk(value, path)

    def counts(self, name: Any) -> bool:
        """Whether an attribute of this name may be read."""
        return self.names is None or name in self.names

    def walk(self, value: Any, path: str) -> None:
        """Follow all that may be read through `value`."""
        kind = type(value)
        if kind in CONSTANTS or id(value) in self.seen:
            return
        self.seen[id(value)] = value
        if isinstance(value, Tensor):
            self._tensor(value, path)
        elif isinstance(value, types.FunctionType):
            self._function(value, path)
        elif isinstance(value, type):
            self._class(value, path)
        elif isinstance(value, types.ModuleType):
            self._module(value)
        elif isinstance(value, types.MethodType):
            self.walk(value.__self__, path)
            self.walk(value.__func__, path)
        elif isinstance(value, types.BuiltinFunctionType | types.MethodDescriptorType | types.WrapperDescriptorType | types.MethodWrapperType):
            self._builtin(value, path)
        elif isinstance(value, property):
            for function in (value.fget, value.fset, value.fdel):
                self.walk(function, path)
        elif isinstance(value, staticmethod | classmethod):
            self.walk(value.__func__, path)
        elif isinstance(value, functools.partial):
            for part in (value.func, value.args, value.keywords):
                self.walk(part, path)
        elif isinstance(value, types.CellType):
            self._cell(value, path)
        elif isinstance(value, weakref.ref):
            self.edge("ref", value, None, value(), path)
        elif isinstance(value, enum.Enum) or isinstance(value, slice):
            pass
        elif isinstance(value, CONTAINERS):
            self._container(value, path)
            if kind not in _TYPES and hasattr(value, "__dict__"):
                self._object(value, path)
        elif _trusted_class(kind) and kind.__name__ == "Generator":
            pass                                    # what it draws is noted
        else:
            self._object(value, path)

    def _tensor(self, t: Tensor, path: str) -> None:
        if not _trusted_class(type(t)) or t.is_sparse:
            raise Refused(f"uses {path}, a tensor of a class of its own, {type(t).__name__}")
        self.tensors[id(t)] = t
        if t._grad is not None:
            self.walk(t._grad, f"{path}.grad")
        for name in [n for n in t.__dict__ if not n.startswith("_") and n not in ("shape", "dtype") and self.counts(n)]:
            self.edge("item", t.__dict__, name, t.__dict__[name], f"{path}.{name}")

    def _cell(self, cell, path: str) -> None:
        try:
            value = cell.cell_contents
        except ValueError:
            raise Refused(f"reads {path} before it has a value") from None
        self.edge("attr", cell, "cell_contents", value, path)

    def _function(self, function, path: str) -> None:
        code = function.__code__
        trusted = _trusted_module(function.__module__) and code not in self.ran
        if trusted or code in self.ran:
            self.codes.add(code)
            for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
                if not trusted:
                    self.walk(cell, f"{name!r} of {function.__qualname__}")
                    continue
                try:
                    content = cell.cell_contents        # a wrapper of the library's: what it wraps does not change
                except ValueError:
                    continue
                if isinstance(content, types.FunctionType | types.MethodType):
                    self.walk(content, path)
        if code in self.ran:
            for name in ("__code__", "__defaults__", "__kwdefaults__"):
                self.add("attr", function, name, getattr(function, name), path)
            self.walk(function.__defaults__, f"a default of {function.__qualname__}")
            self.walk(function.__kwdefaults__, f"a default of {function.__qualname__}")
        elif isinstance(getattr(function, "__wrapped__", None), types.FunctionType):
            self.walk(function.__wrapped__, path)

    def _builtin(self, function, path: str) -> None:
        # what was called from Python was seen; what another function in C may have called was not
        if id(function) in PURE or getattr(function, "__module__", None) in PURE_MODULES or self.user_names.isdisjoint(_HIGHER_ORDER):
            owner = getattr(function, "__self__", None)
            if owner is not None and not isinstance(owner, types.ModuleType | type):
                self.walk(owner, path)
            return
        raise Refused(f"may call {path}, which may have effects that a replay would not have")

    def _module(self, module) -> None:
        name = module.__name__
        if name in _MODULES:
            return
        variables = vars(module)
        for attribute in self.module_names if self.module_names is not None else list(variables):
            if attribute in variables:
                value = variables[attribute]
                if self.module_names is None and (attribute.startswith("__") or isinstance(value, types.ModuleType) and _trusted_module(name)):
                    continue
                self.edge("item", variables, attribute, value, f"{name}.{attribute}", namespace=True)

    def _class(self, cls: type, path: str) -> None:
        for base in cls.__mro__:
            if base in _TYPES or issubclass(base, BaseException) and base.__module__ == "builtins":
                continue
            if _trusted_class(base):
                self._trusted_attributes(base)
            elif _python_class(base):
                self._attributes(base)
            elif base.__module__ in _MODULES:
                continue
            else:
                raise Refused(f"uses {path}: what {base.__module__}.{base.__qualname__} does cannot be seen")

    def _attributes(self, cls: type) -> None:
        if id(vars(cls)) in self.seen or ("class", cls) in self.seen:
            return
        self.seen["class", cls] = cls
        fields = vars(cls)
        self.add("names", fields, self.names, frozenset([k for k in fields if self.counts(k)]), f"the class {cls.__qualname__}")
        for name, value in list(fields.items()):
            code = getattr(_plain_function(value), "__code__", None)
            if code in self.ran or self.counts(name) and not name.startswith("__"):
                self.edge("item", fields, name, value, f"{cls.__qualname__}.{name}")

    def _trusted_attributes(self, cls: type) -> None:
        if ("class", cls) in self.seen:
            return
        self.seen["class", cls] = cls
        fields = vars(cls)
        for name, value in list(fields.items()):
            function = _plain_function(value)
            if isinstance(function, types.FunctionType):
                if function.__code__ in self.trusted and not name.startswith("__") or function.__code__ in self.ran:
                    self.edge("item", fields, name, value, f"{cls.__qualname__}.{name}")
            elif type(value) in CONSTANTS and not name.startswith("__") and self.counts(name):
                self.add("item", fields, name, value, f"{cls.__qualname__}.{name}")

    def _container(self, value, path: str) -> None:
        if isinstance(value, dict):
            named = all(type(key) in (str, int) for key in value)
            if named and id(value) in self.unordered:
                self.add("len", value, None, len(value), path)
            else:
                self.add("keys", value, None, tuple(value), path)
            if not named:
                self.add("values", value, None, tuple(value.values()), path)
            for key, item in list(value.items()):
                if not named:
                    self.walk(key, f"a key of {path}")
                    self.walk(item, f"an entry of {path}")
                    continue
                self.edge("item", value, key, item, f"{path}[{key!r}]" if isinstance(key, str | int) else f"an entry of {path}")
        elif isinstance(value, list | collections.deque):
            self.add("len", value, None, len(value), path)
            for k, item in enumerate(list(value)):
                self.edge("item", value, k, item, f"{path}[{k}]")
        elif isinstance(value, tuple | frozenset):
            for item in value:
                self.walk(item, f"an entry of {path}")
        elif isinstance(value, set):
            if not all(type(item) is str for item in value):
                raise Refused(f"reads {path}, a set of other things than strings")
            self.add("names", value, None, frozenset(value), path)
        elif isinstance(value, bytearray):
            raise Refused(f"reads {path}, a bytearray")

    def _object(self, value, path: str) -> None:
        cls = type(value)
        self._class(cls, path)
        fields = getattr(value, "__dict__", None)
        slots = [name for base in cls.__mro__ for name in _slots(base)]
        if fields is None and not slots and not _trusted_class(cls) and not (_python_class(cls)):
            raise Refused(f"reads {path}, a {cls.__name__}, whose state cannot be compared")
        if _trusted_class(cls) and isinstance(groups := getattr(value, "param_groups", None), list):
            for entry in (value.defaults, *groups, *value.state.values()):
                self.unordered.add(id(entry))
        if isinstance(fields, dict):
            self.add("names", fields, self.names, frozenset([k for k in fields if self.counts(k)]), path)
            if not _trusted_class(cls) and not hasattr(cls, "__getattr__"):
                self.add("attr", value, "__dict__", fields, path)
            for name in [n for n in fields if self.counts(n)]:
                self.edge("item", fields, name, fields[name], f"{path}.{name}")
        for name in slots:
            if self.counts(name) and hasattr(value, name):
                self.edge("attr", value, name, getattr(value, name), f"{path}.{name}")


def _plain_function(value: Any) -> Any:
    if isinstance(value, staticmethod | classmethod):
        return value.__func__
    if isinstance(value, property):
        return value.fget
    return value


def _slots(cls: type) -> list[str]:
    found = vars(cls).get("__slots__", ())
    return [name for name in ((found,) if isinstance(found, str) else found) if not name.startswith("__")]


def _trusted_module(name: Any) -> bool:
    return isinstance(name, str) and (name == "flambeau" or name.startswith("flambeau."))


def _trusted_class(cls: type) -> bool:
    return _trusted_module(cls.__module__)


def _python_class(cls: type) -> bool:
    """Whether a class is written in Python: its module comes from a file of Python, and it has no methods in C."""
    module = sys.modules.get(cls.__module__)
    if cls.__module__ != "__main__" and module is not None:
        file = getattr(module, "__file__", None)
        if file is None and getattr(module, "__spec__", None) is not None or file is not None and not file.endswith((".py", ".pyc", ".ipynb")):
            return False
    return not any(isinstance(v, types.MethodDescriptorType | types.WrapperDescriptorType | types.BuiltinFunctionType) for v in vars(cls).values())
