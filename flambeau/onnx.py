"""torch.onnx's names."""
from __future__ import annotations

from typing import Any


class OnnxExporterError(RuntimeError):
    """A model cannot be written as ONNX."""


def export(model: Any, args: Any = (), f: Any = None, **kwargs: Any):
    """NotImplementedError: models are not written as ONNX yet."""
    raise NotImplementedError("torch.onnx.export: flambeau does not write ONNX files yet; save the state_dict with torch.save, which PyTorch reads and exports")


def is_in_onnx_export() -> bool:
    """Whether this code runs while a model is written as ONNX: never."""
    return False


__all__ = ["OnnxExporterError", "export", "is_in_onnx_export"]
