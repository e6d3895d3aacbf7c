"""The named tuples that operators with several results return, by name: `torch.return_types.max` has `.values` and `.indices`."""
from __future__ import annotations

import importlib as _importlib

from .ops.returns import TYPES as _TYPES


def __getattr__(name: str):
    if name not in _TYPES and name.startswith("linalg"):
        _importlib.import_module(".linalg", __package__)        # brings types of its own
    if name in _TYPES:
        return _TYPES[name]
    raise AttributeError(f"module 'torch.return_types' has no attribute '{name}'", name=name, obj=None)


def __dir__():
    return sorted(_TYPES)
