"""An ONNX graph, put together from what a model computes."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core import graph as core_graph
from ..version import VERSION
from .pages import TRANSLATIONS
from .patterns import written
from .runs import OnnxExporterError, Program, Step, Value, said
from .sizes import Sizes
from .varying import Varying

OPSET = 18
LARGEST_FILE = 2**31 - 2**20       # bytes of weights: protocol buffers end at 2 GiB


def onnx_package():
    """The package onnx. ModuleNotFoundError, which says what to install, where it is not there."""
    try:
        import onnx
    except ModuleNotFoundError:
        raise ModuleNotFoundError("torch.onnx.export needs the package onnx: pip install onnx (or flambeau[onnx])", name="onnx") from None
    return onnx


class Graph:
    """What translations write to: `node` adds an operator, `constant` an array, `name` says what a value is called, `sizes` makes a shape."""

    def __init__(self, onnx):
        self.onnx, self.nodes, self.initializers = onnx, [], {}
        self.names: dict[int, Any] = {}
        self.labels: dict[int, str] = {}        # of parameters and buffers, by node
        self.numbers: dict[tuple, str] = {}
        self.count = 0
        self._sizes = Sizes(self.node, self.constant)
        self.sizes, self.scalar = self._sizes.several, self._sizes.scalar

    def fresh(self, base: str) -> str:
        """A name not used yet."""
        self.count += 1
        return f"{base}_{self.count}"

    def node(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Add an operator of one result; the result's name."""
        return self.several(kind, inputs, 1, **attributes)[0]

    def several(self, kind: str, inputs: Sequence[str], count: int, **attributes: Any) -> list[str]:
        """Add an operator of `count` results; their names."""
        out = [self.fresh(kind) for _ in range(count)]
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), out, **attributes))
        return out

    def constant(self, array, dtype=None, name: str = "") -> str:
        """Add an array; its name. Small ones of the same values are one."""
        array = np.asarray(array, dtype)
        key = (array.dtype, array.shape, array.tobytes()) if array.size <= 16 and not name else None
        found = self.numbers.get(key) if key else None
        if found is None:
            found = name or self.fresh("constant")
            self.initializers[found] = array
            if key:
                self.numbers[key] = found
        return found

    def type_of(self, dtype: np.dtype) -> int:
        """ONNX's number of a dtype."""
        return self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))

    def name(self, value: Value) -> str:
        """What a value is called; what does not depend on the inputs becomes a constant."""
        found = self.names.get(id(value))
        if found is None:
            if value.live:
                found = written(self, value)
                self._sizes.define(found, value.shape)
            else:
                found = self.constant(core_graph.compute(value.nodes[0]), name=self.labels.get(id(value.nodes[0]), ""))
            self.names[id(value)] = found
        return found

    def define(self, value: Value, name: Any) -> None:
        """Say what a value is called (the names of several results, where it is several)."""
        self.names[id(value)] = name
        if isinstance(name, str):
            self._sizes.define(name, value.shape)

    def cast(self, value: Value, dtype: np.dtype) -> str:
        """A value as another dtype."""
        name = self.name(value)
        return name if value.dtype.numpy == dtype else self.node("Cast", [name], to=self.type_of(dtype))

    def reshape(self, name: str, sizes: Sequence) -> str:
        """The elements of a value under another shape."""
        varying = [d for d, n in enumerate(sizes) if isinstance(n, Varying)]
        if len(varying) == 1 and all(n for d, n in enumerate(sizes) if d not in varying):
            return self.node("Reshape", [name, self.constant(np.array([-1 if d in varying else n for d, n in enumerate(sizes)], np.int64))])
        return self.node("Reshape", [name, self.sizes(sizes)], allowzero=int(0 in [n for n in sizes if not isinstance(n, Varying)]))

    def expand(self, name: str, sizes: Sequence) -> str:
        """A value repeated along its axes of size 1, and new ones in front."""
        return self.node("Expand", [name, self.sizes(sizes)])


def model_of(program: Program, model, input_names, output_names, axis_names: dict[str, dict[int, str]]):
    """The onnx package's object for a program. OnnxExporterError for what has no form there."""
    onnx = onnx_package()
    g = Graph(onnx)
    if hasattr(model, "named_parameters"):
        g.labels = {id(t._storage.value): label for label, t in [*model.named_parameters(), *model.named_buffers()]}
    inputs = []
    for k, value in enumerate(program.inputs):
        label = label_of("input", input_names, k)
        g.define(value, label)
        inputs.append(_described(g, label, value, program, {}))
    for step in program.steps:
        if step.made.live:
            _write(g, step)
    outputs = []
    for k, value in enumerate(program.outputs):
        label = label_of("output", output_names, k)
        g.nodes.append(onnx.helper.make_node("Identity", [_guarded(g, None, lambda value=value: g.name(value))], [label]))
        outputs.append(_described(g, label, value, program, axis_names.get(label, {})))
    nodes = _needed(g.nodes, [o.name for o in outputs])
    used = {name for n in nodes for name in n.input}
    weights = {name: array for name, array in g.initializers.items() if name in used}
    if sum(array.nbytes for array in weights.values()) > LARGEST_FILE:
        raise OnnxExporterError("the model's weights take more than 2 GiB, the most that one ONNX file can hold: convert it to float16 or bfloat16, or export its parts")
    made = onnx.helper.make_model(onnx.helper.make_graph(nodes, type(model).__name__, inputs, outputs),
                                  opset_imports=[onnx.helper.make_opsetid("", OPSET)], producer_name="flambeau", producer_version=VERSION, ir_version=9)
    _check(g, made, weights)
    for name, array in weights.items():
        _put(g, made.graph.initializer.add(), name, array)
    return made


def _put(g: Graph, tensor, name: str, array: np.ndarray) -> None:
    """Fill in an initializer: in place, since weights are large."""
    tensor.name, tensor.data_type = name, g.type_of(array.dtype)
    tensor.dims.extend(array.shape)
    tensor.raw_data = np.ascontiguousarray(array).tobytes()


def _check(g: Graph, made, weights: dict[str, np.ndarray]) -> None:
    """Let the onnx package check the model, its large weights being inputs for the moment: copying them would take long."""
    sketch = type(made)()
    sketch.CopyFrom(made)
    for name, array in weights.items():
        if array.nbytes > 1 << 12:
            sketch.graph.input.append(g.onnx.helper.make_tensor_value_info(name, g.type_of(array.dtype), array.shape))
        else:
            _put(g, sketch.graph.initializer.add(), name, array)
    g.onnx.checker.check_model(sketch)


def label_of(base: str, names, k: int) -> str:
    """The name of input or output number k."""
    return names[k] if names and k < len(names) else base if k == 0 else f"{base}.{k}"


def _write(g: Graph, step: Step) -> None:
    """Add what a step computes."""
    translate = _translation(type(step.page.op))
    if translate is None:
        about = (step.page.op.__doc__ or "").strip().splitlines()
        raise OnnxExporterError(f"the model computes {step.page.title}{said(step.line)}, which torch.onnx.export cannot write ({about[0] if about else '?'}). Compute it "
                                "before or after the exported model, or say it with other operations")
    name = _guarded(g, step, lambda: translate(g, step.page, step.taken, step.made))
    g.define(step.made, name)


def _guarded(g: Graph, step: Step | None, function):
    try:
        return function()
    except NotImplementedError as error:
        what = f"{step.page.title}{said(step.line)}" if step is not None else "one of the results"
        raise OnnxExporterError(f"the model computes {what}, of which torch.onnx.export cannot write this form: {error}") from None


def _needed(nodes: list, wanted: list[str]) -> list:
    """The operators that the wanted results are computed from, in order."""
    needed, kept = set(wanted), []
    for node in reversed(nodes):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    return kept[::-1]


def _translation(page: type):
    """The translation of a page, or of one that it is derived from without meaning anything else."""
    for kind in page.__mro__:
        if kind.__name__ in TRANSLATIONS:
            return TRANSLATIONS[kind.__name__] if getattr(kind, "reference", None) is page.reference else None
    return None


def _described(g: Graph, label: str, value: Value, program: Program, names: dict[int, str]):
    """An input or output of the file: its dtype, its fixed sizes, the names of its open ones."""
    shape = []
    for axis, n in enumerate(value.shape):
        if isinstance(n, Varying):
            symbol = next((s.name for s, column in zip(program.symbols, program.sizes, strict=True) if isinstance(column, Varying) and column.values == n.values), None)
            n = names.get(axis) or names.get(axis - len(value.shape)) or symbol or f"{label}_{axis}"
        shape.append(n)
    return g.onnx.helper.make_tensor_value_info(label, g.type_of(value.dtype.numpy), shape)
