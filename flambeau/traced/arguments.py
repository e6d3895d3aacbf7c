"""The arguments of a call: which signature they have, and the tensors among them."""
from __future__ import annotations

import math
from typing import Any

from ..core.shape import Size
from ..core.tensor import Tensor
from .reach import CONSTANTS

MISS, PLAIN = object(), object()        # this plan is not for this call; this call cannot be replayed


def is_named(value: Any) -> bool:
    """Whether `value` is a namedtuple."""
    return isinstance(value, tuple) and hasattr(type(value), "_fields") and hasattr(type(value), "_make")


def items_of(value: Any) -> list | None:
    """(how to get at it in Python, item) for each item of a container that is followed; None for what is none."""
    kind = type(value)
    if kind is tuple or kind is list or is_named(value):
        return [(f"[{k}]", item) for k, item in enumerate(value)]
    if kind is dict and all(type(k) in (str, int) for k in value):
        return [(f"[{k!r}]", item) for k, item in value.items()]
    return None


def key_of(value: Any, storages: dict) -> Any:
    """What two calls' arguments must have in common to be of one signature."""
    if isinstance(value, Tensor):
        storage = value._storage
        number = storages.setdefault(id(storage), len(storages))
        view = value._view
        return (type(value), tuple(value.shape), value.dtype, value._leaf, value.requires_grad, view is not None and (view.sizes, view.strides),
                value._inference, number)
    kind = type(value)
    if kind in (float, complex):
        return kind, repr(value)
    if kind in CONSTANTS:
        return kind, value
    items = items_of(value)
    if items is None:
        return kind, id(value)
    return kind, tuple([(name, key_of(item, storages)) for name, item in items])


class Code:
    """Source text of a guard, and the objects that it names."""

    def __init__(self):
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}
        self._known: dict[int, str] = {}

    def name(self, value: Any) -> str:
        """An expression for an object."""
        if value is None or value is True or value is False:
            return repr(value)
        found = self._known.get(id(value))
        if found is None:
            found = self._known[id(value)] = f"k{len(self._known)}"
            self.names[found] = value
        return found

    def require(self, condition: str) -> None:
        """Go on only if this holds."""
        self.lines.append(f"if not ({condition}): return MISS")


class Arguments:
    """The arguments of one call, taken apart: `tensors` in order, `others` that are neither tensors nor constants nor containers."""

    def __init__(self, args: tuple, kwargs: dict):
        self.args, self.kwargs = args, kwargs
        self.tensors: list[Tensor] = []
        self.others: list[Any] = []
        self.leaves: list[Any] = []
        self._collect((args, kwargs))

    def _collect(self, value: Any) -> None:
        self.leaves.append(value if items_of(value) is None else type(value))
        if isinstance(value, Tensor):
            if not any(value is t for t in self.tensors):
                self.tensors.append(value)
        elif type(value) not in CONSTANTS and type(value) is not Size:
            items = items_of(value)
            if items is None:
                self.others.append(value)
            else:
                for _, item in items:
                    self._collect(item)

    def same(self, other: Arguments) -> bool:
        """Whether another look at the arguments finds the same objects."""
        return len(self.leaves) == len(other.leaves) and all(x is y for x, y in zip(self.leaves, other.leaves, strict=True))

    def guard(self, code: Code) -> None:
        """Write what arguments must be like to be taken for these: their tensors are called x0, x1 … from then on."""
        code.require(f"len(args) == {len(self.args)}")
        if self.kwargs:
            code.require(f"len(kwargs) == {len(self.kwargs)}")
        else:
            code.require("not kwargs")
        names: dict[int, str] = {}
        for k, value in enumerate(self.args):
            self._guard(code, f"args[{k}]", value, names)
        for key, value in self.kwargs.items():
            self._guard(code, f"kwargs[{key!r}]", value, names)

    def _guard(self, code: Code, path: str, value: Any, names: dict[int, str]) -> None:
        if isinstance(value, Tensor):
            known = names.get(id(value))
            if known is not None:
                code.require(f"{path} is {known}")
                return
            name = names[id(value)] = f"x{len(names)}"
            code.lines.append(f"{name} = {path}")
            _tensor_guard(code, name, value)
            return
        kind = type(value)
        if value is None or kind is bool or kind not in CONSTANTS and kind is not Size and items_of(value) is None:
            code.require(f"{path} is {code.name(value)}")
            return
        name = f"a{len(code.lines)}"
        code.lines.append(f"{name} = {path}")
        code.require(f"{name}.__class__ is {code.name(kind)}")
        if kind in CONSTANTS or kind is Size:
            if kind is float and math.isnan(value) or kind is complex:
                code.require(f"repr({name}) == {repr(value)!r}")
            else:
                code.require(f"{name} == {code.name(value)}")
                if kind is float and value == 0:
                    code.require(f"repr({name}) == {repr(value)!r}")
            return
        items = items_of(value)
        code.require(f"len({name}) == {len(items)}")
        if kind is dict and len(items) > 1:
            code.require(f"[*{name}] == {[*value]!r}")
        for at, item in items:
            self._guard(code, f"{name}{at}", item, names)


def _tensor_guard(code: Code, name: str, t: Tensor) -> None:
    # a tensor of three fields is all of its storage, no leaf, and unknown to autograd; other ones are looked at more closely
    code.require(f"{name}.__class__ is {code.name(type(t))}")
    code.lines.append(f"d{name} = {name}.__dict__")
    code.lines.append(f"s{name} = d{name}['_storage']")
    code.require(f"d{name}['dtype'] is {code.name(t.dtype)} and d{name}['shape'] == {code.name(t.shape)}")
    plain = not (t._leaf or t._inference or t._view is not None)
    code.require((f"len(d{name}) == 3 or " if plain else "")
                 + f"{name}._view is {code.name(t._view)} and {name}._leaf is {t._leaf} and {name}._fn is None and {name}._tie is None and {name}._base is None"
                 f" and {name}._inference is {t._inference} and {name}._hooks is None and {name}._post_accumulate is None and {name}._ending is None")
