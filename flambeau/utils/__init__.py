"""Tools around the network: `utils.data`, `utils.checkpoint`, `utils.tensorboard`, `utils.dlpack`, `utils.hooks`. Loaded on first use."""
from __future__ import annotations

import importlib
from typing import Any

__all__ = ["checkpoint", "data", "dlpack", "hooks", "tensorboard"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
