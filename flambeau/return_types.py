"""The named tuples that operators with several results return, by name: `torch.return_types.max` has `.values` and `.indices`."""
from __future__ import annotations

import importlib as _importlib

from .ops.returns import TYPES as _TYPES
from .ops.returns import written_type as _written_type

_HOMES = ("linalg", "ops.blend", "ops.extremes", "ops.histogram", "ops.order", "ops.scan")        # whose operators have such results


def _load() -> None:
    for home in _HOMES:
        _importlib.import_module(f".{home}", __package__)


def __getattr__(name: str):
    if name not in _TYPES and not name.startswith("__"):
        _load()
    if name in _TYPES:
        return _TYPES[name]
    if name.removesuffix("_out") in _TYPES:
        return _written_type(_TYPES[name.removesuffix("_out")])
    raise AttributeError(f"module 'torch.return_types' has no attribute '{name}'", name=name, obj=None)


def __dir__():
    _load()
    return sorted(_TYPES)
