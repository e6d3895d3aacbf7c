"""Tools around the network: `utils.data`, `utils.checkpoint`, `utils.tensorboard`, `utils.benchmark` and others. Loaded on first use."""
from __future__ import annotations

import importlib
from typing import Any

_FILES = ("backcompat", "benchmark", "checkpoint", "collect_env", "cpp_extension", "data", "deterministic", "dlpack", "hooks", "mobile_optimizer",
          "model_zoo", "tensorboard", "weak", "_pytree")
_ELSEWHERE = {"swap_tensors": "swap"}
__all__ = [*_FILES[:-1], *_ELSEWHERE]


def __getattr__(name: str) -> Any:
    if name in _FILES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _ELSEWHERE:
        value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_ELSEWHERE[name]}"), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
