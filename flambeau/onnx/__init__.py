"""torch.onnx: a model as an ONNX file, which other programs run (onnxruntime, for one).

`export` runs the model once on examples of its inputs and writes down what was recorded, so loops and branches stand in the file as they
went, and sizes are those of the examples. What does not depend on the inputs is computed and written as a constant.
"""
from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from ..absent import absent
from .capture import capture
from .graph import OPSET, OnnxExporterError, model_of

dynamo_export = absent("torch.onnx.dynamo_export", "PyTorch has taken it out; use torch.onnx.export")


class ONNXProgram:
    """What `export` made: `model_proto` is the onnx package's object; `save(path)` writes it."""

    def __init__(self, model_proto: Any):
        self.model_proto = model_proto

    def save(self, destination: str | os.PathLike | BinaryIO) -> None:
        """Write the file, whole or not at all."""
        data = self.model_proto.SerializeToString()
        if not isinstance(destination, (str, os.PathLike)):
            destination.write(data)
            return
        part = f"{os.fspath(destination)}.part"
        try:
            with open(part, "wb") as file:
                file.write(data)
            os.replace(part, destination)
        except OSError:
            if os.path.exists(part):
                os.remove(part)
            raise


def is_in_onnx_export() -> bool:
    """Whether this code runs while a model is written as ONNX."""
    return bool(_running)


_running: list[object] = []


def export(model: Any, args: Any = (), f: str | os.PathLike | BinaryIO | None = None, *, kwargs: Mapping[str, Any] | None = None, verbose: bool | None = None,
           input_names: Sequence[str] | None = None, output_names: Sequence[str] | None = None, opset_version: int | None = None,
           dynamic_axes: Any = None, dynamic_shapes: Any = None, training: Any = None, **more: Any) -> ONNXProgram:
    """Write `model` as ONNX, as it computes on `args` (a tensor, or a tuple of arguments), in evaluation mode.

    f: the file to write; None only returns the ONNXProgram. input_names, output_names: names in the file ("input", "input.1", … unless given).
    opset_version: accepted from 18 on. Other arguments of PyTorch's are accepted.

    Raises:
        ModuleNotFoundError: the package onnx is not installed.
        OnnxExporterError: the model computes something that has no form in ONNX here; the message names it.
        NotImplementedError: dynamic_axes or dynamic_shapes: sizes are those of the examples.
    """
    if dynamic_axes or dynamic_shapes:
        raise NotImplementedError("torch.onnx.export: sizes in the file are those of the examples: leave out dynamic_axes and dynamic_shapes, and export once "
                                  "for each batch size that you need")
    if opset_version is not None and not OPSET <= opset_version:
        raise ValueError(f"torch.onnx.export writes opset {OPSET}, which opset_version={opset_version} is older than")
    given = args if isinstance(args, tuple) else (args,)
    modes = [(m, m.training) for m in model.modules()] if hasattr(model, "modules") else []
    _running.append(model)
    try:
        for module, _ in modes:
            module.training = False
        captured = capture(model, given, dict(kwargs or {}))
    finally:
        _running.pop()
        for module, training_mode in modes:
            module.training = training_mode
    program = ONNXProgram(model_of(captured, model, input_names, output_names))
    if f is not None:
        program.save(f)
    return program


class TrainingMode:
    """What the model's mode is while it is exported: evaluation, whichever is asked for."""

    EVAL, PRESERVE, TRAINING = 0, 1, 2


__all__ = ["ONNXProgram", "OnnxExporterError", "TrainingMode", "dynamo_export", "export", "is_in_onnx_export"]
