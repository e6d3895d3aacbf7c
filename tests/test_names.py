"""The tables of names say what is there: flambeau/ops/names.py, and the methods of Tensor."""
from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import flambeau
from flambeau.core.lazy import LazyMethod
from flambeau.ops import methods
from flambeau.ops.names import FUNCTIONS

ROOT = Path(__file__).resolve().parent.parent


def tool():
    spec = importlib.util.spec_from_file_location("names_tool", ROOT / "tools" / "names.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_of_functions_is_up_to_date():
    assert (ROOT / "flambeau" / "ops" / "names.py").read_text(encoding="utf-8") == tool().table(), "run python tools/names.py"


def test_every_function_is_there_and_explains_itself():
    for module, names in FUNCTIONS.items():
        for name in names.split():
            function = getattr(flambeau, name)
            assert function is getattr(importlib.import_module(f"flambeau.ops.{module}"), name)
            assert not callable(function) or function.__doc__, f"flambeau.{name} has no docstring"
    assert set(" ".join(FUNCTIONS.values()).split()) <= set(dir(flambeau))


def test_every_method_loads():
    for name in dir(flambeau.Tensor):
        value = getattr(flambeau.Tensor, name)
        assert not isinstance(value, LazyMethod), name
    for names in methods.METHODS.values():
        for entry in names.split():
            name, _, inplace = entry.partition(":")
            assert callable(getattr(flambeau.Tensor, name))
            assert not inplace or callable(getattr(flambeau.Tensor, name + "_"))
