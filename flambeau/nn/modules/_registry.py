"""The tables in which a module keeps its parameters, buffers and submodules."""

import weakref
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["Registry", "OWN_NAMES"]

OWN_NAMES = frozenset({"summary"})  # methods that PyTorch's Module has not: programs may use these names for modules and parameters


class Registry(dict):
    """A dict of a module's parameters (or buffers, or submodules), each of which it also puts into the module's ``__dict__``.

    So ``self.weight`` is an ordinary attribute, found without ``__getattr__``, however the table is written to. As with PyTorch,
    what the class itself defines under a name is found first, so such a name is left alone.

    The owner is held weakly: a cycle would keep the memory of a model until the garbage collector comes round.
    """

    __slots__ = ("_owner",)

    def __init__(self, owner: Any, items: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()):
        self._owner = weakref.ref(owner)
        for name, value in dict(items).items():
            self[name] = value

    def __setitem__(self, name: str, value: Any) -> None:
        dict.__setitem__(self, name, value)
        owner = self._owner()
        if owner is not None and (name in OWN_NAMES or not hasattr(type(owner), name)):
            owner.__dict__[name] = value

    def __delitem__(self, name: str) -> None:
        value = dict.__getitem__(self, name)
        dict.__delitem__(self, name)
        owner = self._owner()
        if owner is not None and owner.__dict__.get(name) is value:
            owner.__dict__.pop(name, None)

    def pop(self, name: str, *default: Any) -> Any:
        """As of dict."""
        if name not in self and default:
            return default[0]
        value = self[name]
        del self[name]
        return value

    def popitem(self) -> tuple[str, Any]:
        """As of dict."""
        name = next(reversed(self), None)
        if name is None:
            raise KeyError("popitem(): dictionary is empty")
        return name, self.pop(name)

    def clear(self) -> None:
        """As of dict."""
        for name in list(self):
            del self[name]

    def update(self, *items: Any, **more: Any) -> None:
        """As of dict."""
        for name, value in dict(*items, **more).items():
            self[name] = value

    def __ior__(self, items: Any):
        self.update(items)
        return self

    def setdefault(self, name: str, default: Any = None) -> Any:
        """As of dict."""
        if name not in self:
            self[name] = default
        return self[name]

    def __reduce_ex__(self, protocol: Any) -> tuple:
        return dict, (dict(self),)
