"""Lets programs that import `torch` and `torchvision` run on flambeau: an import hook, used by `flambeau run`.

    from flambeau import torch_alias
    torch_alias.install()
    import torch                    # is flambeau: the same module object, and so are torch.nn, torch.utils.data …

PyTorch need not be installed, and is not loaded if it is. A module or name that flambeau does not have is no error where it is imported,
unless the program guards that import by `except ImportError`, and so has another way: then it gets its ImportError. Else the name stands
for a `Missing`, and using that is the error, which says where the name was imported and where it was used.

This package is loaded by Python itself at the start of child processes (site/sitecustomize.py), before flambeau and without it. So it
imports little, and flambeau only when torch is imported.
"""
from __future__ import annotations

import builtins
import importlib
import os
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

NAMES = {"torch": "flambeau", "torchvision": "flambeau.vision", "functorch": "flambeau.func"}
SITE = Path(__file__).resolve().parent / "site"         # a folder for PYTHONPATH: Python runs its sitecustomize.py at start


def home(name: str) -> str | None:
    """flambeau's module for a module of PyTorch, `flambeau.nn` for `torch.nn`; None for modules of others."""
    head, dot, rest = name.partition(".")
    return NAMES[head] + dot + rest if head in NAMES else None


class _Loader(Loader):
    """Hands over a module that is loaded already, as it is."""

    def __init__(self, module: ModuleType):
        self.module, self.spec = module, getattr(module, "__spec__", None)

    def create_module(self, spec):
        return self.module

    def exec_module(self, module):
        module.__spec__ = self.spec         # importlib has put the alias's there


class Finder(MetaPathFinder):
    """Finds flambeau's modules by PyTorch's names."""

    def find_spec(self, name, path=None, target=None):
        """The alias's spec; ModuleNotFoundError where flambeau has no such module, whether or not PyTorch is installed."""
        there = home(name)
        if there is None:
            return None
        try:
            module = importlib.import_module(there)
        except ModuleNotFoundError as error:
            if not f"{there}.".startswith(f"{error.name}."):        # something that the module itself needs
                raise
            raise ModuleNotFoundError(f"No module named {name!r}: flambeau has no {error.name}", name=name) from None
        return ModuleSpec(name, _Loader(module), origin=getattr(module, "__file__", None), is_package=hasattr(module, "__path__"))

    def find_distributions(self, context):
        """What `importlib.metadata.version("torch")` reads."""
        if context.name in NAMES:
            yield importlib.import_module(f"{__name__}.metadata").AliasDistribution(context.name)


def _import(name, globals=None, locals=None, fromlist=(), level=0):
    """The import statement: as Python's, but what flambeau lacks is only an error where it is used."""
    if level or name.partition(".")[0] not in NAMES:
        return _python_import(name, globals, locals, fromlist, level)
    try:
        module = _python_import(name, globals, locals, fromlist, level)
    except ModuleNotFoundError as error:
        if home(error.name or "") is None:
            raise
        return importlib.import_module(f"{__name__}.missing").in_place_of_module(error, name, fromlist, sys._getframe(1))
    absent = [n for n in fromlist or () if n != "*" and not hasattr(module, n)]
    if absent:
        return importlib.import_module(f"{__name__}.missing").in_place_of_names(module, name, absent, sys._getframe(1))
    return module


_python_import = builtins.__import__


def install() -> None:
    """Map `torch` and `torchvision` to flambeau in this process from now on. RuntimeError if PyTorch itself is loaded already."""
    for name in NAMES:
        loaded = sys.modules.get(name)
        if loaded is not None and loaded is not sys.modules.get(NAMES[name]):
            raise RuntimeError(f"{name} is loaded already, from {getattr(loaded, '__file__', None)}: call flambeau.torch_alias.install() before "
                               "anything imports it")
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())
    if builtins.__import__ is not _import:
        builtins.__import__ = _import


def environment(base: dict[str, str]) -> dict[str, str]:
    """The environment `base`, changed so that the Python processes started in it, and their children, have the mapping."""
    return base | {"PYTHONPATH": os.pathsep.join(filter(None, [str(SITE), base.get("PYTHONPATH")]))}
