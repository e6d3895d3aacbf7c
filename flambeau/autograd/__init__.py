"""Automatic differentiation: one reverse walk over the graph that recording leaves behind."""
from __future__ import annotations

from importlib import import_module

from ..core.lazy import install
from ..core.tensor import Tensor
from .modes import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled

# name -> the file that has it, loaded when first used
_LATER = {"backward": "engine", "grad": "engine", "Function": "function", "GradcheckError": "gradcheck", "gradcheck": "gradcheck", "gradgradcheck": "gradcheck",
          "detect_anomaly": "anomaly_mode", "is_anomaly_enabled": "anomaly_mode", "set_detect_anomaly": "anomaly_mode", "Variable": "variable"}
_FILES = ("anomaly_mode", "engine", "forward_ad", "function", "functional", "graph", "profiler", "variable")

install(Tensor, "backward", f"{__name__}.engine", "backward_from")


def __getattr__(name: str):
    if name in _LATER:
        module = import_module(f".{_LATER[name]}", __name__)
        for other, file in _LATER.items():          # gradcheck is a function here, although loading its file puts the file in that place
            if file == _LATER[name]:
                globals()[other] = getattr(module, other)
        return globals()[name]
    if name in _FILES:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module 'torch.autograd' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_LATER, *_FILES})


__all__ = ["Function", "GradcheckError", "Variable", "backward", "detect_anomaly", "enable_grad", "function", "functional", "grad", "gradcheck",
           "gradgradcheck", "graph", "inference_mode", "is_anomaly_enabled", "is_grad_enabled", "no_grad", "set_detect_anomaly", "set_grad_enabled"]
