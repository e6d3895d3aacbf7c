"""Methods that load the module they live in when they are first used."""
from __future__ import annotations

from importlib import import_module


class LazyMethod:
    """A class attribute that becomes `module.name` (passed through `make`, if given) at its first use."""

    __slots__ = ("module", "name", "make", "attribute", "owner")

    def __init__(self, module: str, name: str, make=None):
        self.module, self.name, self.make = module, name, make

    def __set_name__(self, owner, attribute: str) -> None:
        self.owner, self.attribute = owner, attribute

    def load(self) -> None:
        """Put the function itself in this object's place."""
        function = getattr(import_module(self.module), self.name)
        if self.make is not None:
            function = self.make(function)
        setattr(self.owner, self.attribute, function)

    def __get__(self, instance, owner=None):
        self.load()
        return getattr(owner if instance is None else instance, self.attribute)


def install(owner: type, attribute: str, module: str, name: str, make=None) -> None:
    """Give `owner` a method that loads late."""
    method = LazyMethod(module, name, make)
    method.__set_name__(owner, attribute)
    setattr(owner, attribute, method)
