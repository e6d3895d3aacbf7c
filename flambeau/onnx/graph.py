"""An ONNX graph, put together from what a model recorded."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core import graph as core_graph
from ..version import VERSION
from .capture import Captured
from .pages import TRANSLATIONS

OPSET = 18


class OnnxExporterError(RuntimeError):
    """A model cannot be written as ONNX."""


def onnx_package():
    """The package onnx. ModuleNotFoundError, which says what to install, where it is not there."""
    try:
        import onnx
    except ModuleNotFoundError:
        raise ModuleNotFoundError("torch.onnx.export needs the package onnx: pip install onnx (or flambeau[onnx])", name="onnx") from None
    return onnx


class Graph:
    """What translations write to: `node` adds an operator, `constant` an array, `name` says what a recorded value is called."""

    def __init__(self, onnx):
        self.onnx, self.nodes, self.initializers = onnx, [], []
        self.names: dict[int, str] = {}
        self.alive: list = []           # nodes whose identity names them must not be freed meanwhile
        self.dependent: set[int] = set()
        self.known: dict[int, str] = {}
        self.count = 0

    def fresh(self, base: str) -> str:
        """A name not used yet."""
        self.count += 1
        return f"{base}_{self.count}"

    def node(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Add an operator of one result; the result's name."""
        out = self.fresh(kind)
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def constant(self, array, dtype=None, name: str = "constant") -> str:
        """Add an array; its name."""
        array = np.asarray(array, dtype)
        name = self.fresh(name)
        self.initializers.append(self.onnx.numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name))
        return name

    def type_of(self, dtype: np.dtype) -> int:
        """ONNX's number of a dtype."""
        return self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))

    def name(self, node) -> str:
        """What a recorded value is called; what does not depend on the inputs becomes a constant."""
        found = self.names.get(id(node))
        if found is None:
            label = self.known.get(id(node))
            array = core_graph.compute(node)
            found = self.names[id(node)] = self._labelled(label, array) if label else self.constant(array)
            self.alive.append(node)
        return found

    def _labelled(self, label: str, array: np.ndarray) -> str:
        self.initializers.append(self.onnx.numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), label))
        return label

    def cast(self, node, dtype: np.dtype) -> str:
        """A recorded value as another dtype."""
        name = self.name(node)
        return name if node.dtype.numpy == dtype else self.node("Cast", [name], to=self.type_of(dtype))


def model_of(captured: Captured, model, input_names, output_names):
    """The onnx package's object for what was captured. OnnxExporterError for what has no form there."""
    onnx = onnx_package()
    g = Graph(onnx)
    if hasattr(model, "named_parameters"):
        for label, t in [*model.named_parameters(), *model.named_buffers()]:
            g.known[id(t._storage.value)] = label
            g.alive.append(t._storage.value)
    inputs = []
    for k, node in enumerate(captured.inputs):
        label = input_names[k] if input_names and k < len(input_names) else "input" if k == 0 else f"input.{k}"
        g.names[id(node)] = label
        g.dependent.add(id(node))
        inputs.append(_described(g, label, node))
    for op, taken, node in captured.steps:
        if not any(id(n) in g.dependent for n in taken):
            continue
        g.dependent.add(id(node))
        translate = _translation(type(op))
        if translate is None:
            raise OnnxExporterError(f"the model computes {type(op).__name__}, which torch.onnx.export cannot write: {(op.__doc__ or '').strip().splitlines()[0]}")
        try:
            g.names[id(node)] = translate(g, op, taken, node)
        except NotImplementedError as error:
            raise OnnxExporterError(f"the model computes {type(op).__name__}, of which torch.onnx.export cannot write this form: {error}") from None
    outputs = []
    for k, node in enumerate(captured.outputs):
        label = output_names[k] if output_names and k < len(output_names) else "output" if k == 0 else f"output.{k}"
        g.nodes.append(onnx.helper.make_node("Identity", [g.name(node)], [label]))
        outputs.append(_described(g, label, node))
    made = onnx.helper.make_model(onnx.helper.make_graph(g.nodes, type(model).__name__, inputs, outputs, g.initializers),
                                  opset_imports=[onnx.helper.make_opsetid("", OPSET)], producer_name="flambeau", producer_version=VERSION, ir_version=9)
    onnx.checker.check_model(made)
    return made


def _translation(page: type):
    """The translation of a page, or of one that it is derived from without meaning anything else."""
    for kind in page.__mro__:
        if kind.__name__ in TRANSLATIONS:
            return TRANSLATIONS[kind.__name__] if getattr(kind, "reference", None) is page.reference else None
    return None


def _described(g: Graph, label: str, node):
    return g.onnx.helper.make_tensor_value_info(label, g.type_of(node.dtype.numpy), [int(n) for n in node.shape])
