"""A model in other programs' forms: `export.onnx(model, args, path)`. PyTorch's own graphs (torch.export.export) are not made here."""
from __future__ import annotations

import os
from typing import Any

from flambeau import onnx as _onnx
from flambeau.absent import absent, absent_class
from flambeau.onnx import Dim, dims

_REASON = "flambeau has no graphs of PyTorch's operators; torch.export.onnx(model, args, path) writes the model for other programs"

export, load, save = (absent(f"torch.export.{_name}", _REASON) for _name in ("export", "load", "save"))
ExportedProgram = absent_class("torch.export.ExportedProgram", _REASON)


def onnx(model: Any, args: Any, path: str | os.PathLike, **options: Any) -> Any:
    """Write `model` as an ONNX file, as it computes on `args`. See `torch.onnx.export`."""
    return _onnx.export(model, args, path, **options)


__all__ = ["Dim", "ExportedProgram", "dims", "export", "load", "onnx", "save"]
