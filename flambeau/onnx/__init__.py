"""torch.onnx: a model as an ONNX file, which other programs run (onnxruntime, for one).

`export` runs the model on examples of its inputs and writes down what was recorded, so loops and branches stand in the file as they went. Sizes are
those of the examples but for the axes that are to be open. What does not depend on the inputs is computed and written as a constant.
"""
from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from ..absent import absent
from .capture import tensors_in
from .dynamic import Dim, dims, from_axes, from_shapes
from .graph import OPSET, label_of, model_of, onnx_package
from .runs import OnnxExporterError, program_of

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
    dynamic_axes: the axes whose sizes are left open, `{"input": {0: "batch"}}` or `{"input": [0]}`, by the names in the file; those of outputs only name
    them. dynamic_shapes: the same by argument, `{"x": {0: torch.export.Dim("batch")}}` or a tuple in the order of arguments; a name (also a plain
    string) stands for one size wherever it occurs. opset_version: accepted from 18 on. Other arguments of PyTorch's are accepted.

    The model is run at several sizes of its open axes, and on other values. What is the same but for numbers is written so that the file computes these
    from its inputs' sizes; anything else that changes would be wrong in a file, and is an error.

    Raises:
        ModuleNotFoundError: the package onnx is not installed.
        OnnxExporterError: the model computes something that has no form in ONNX here, or other things at other sizes or values of its inputs; the
            message names the operator and the user's line.
    """
    if dynamic_axes and dynamic_shapes:
        raise ValueError("torch.onnx.export: dynamic_axes and dynamic_shapes say the same thing: give one of them")
    if opset_version is not None and not OPSET <= opset_version:
        raise ValueError(f"torch.onnx.export writes opset {OPSET}, which opset_version={opset_version} is older than")
    given = args if isinstance(args, tuple) else (args,)
    given_by_name = dict(kwargs or {})
    onnx_package()
    inputs = tensors_in([given, given_by_name])
    names = [label_of("input", input_names, k) for k in range(len(inputs))]
    symbols, of_outputs = [], {}
    if dynamic_axes:
        symbols, of_outputs = from_axes(dynamic_axes, inputs, names, output_names or ["output"])
    elif dynamic_shapes:
        symbols = from_shapes(dynamic_shapes, model, given, given_by_name, inputs)
    modes = [(m, m.training) for m in model.modules()] if hasattr(model, "modules") else []
    _running.append(model)
    try:
        for module, _ in modes:
            module.training = False
        made = program_of(model, given, given_by_name, symbols)
        program = ONNXProgram(model_of(made, model, input_names, output_names, of_outputs))
    finally:
        _running.pop()
        for module, training_mode in modes:
            module.training = training_mode
    if f is not None:
        program.save(f)
    return program


class TrainingMode:
    """What the model's mode is while it is exported: evaluation, whichever is asked for."""

    EVAL, PRESERVE, TRAINING = 0, 1, 2


__all__ = ["Dim", "ONNXProgram", "OnnxExporterError", "TrainingMode", "dims", "dynamo_export", "export", "is_in_onnx_export"]
