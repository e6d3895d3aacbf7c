"""What is in a model: its modules, what they return, and how many parameters they have."""

from dataclasses import dataclass
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.nn.modules.module import Module
from flambeau.nn.parameter import is_lazy

__all__ = ["Summary", "SummaryRow", "summary"]


@dataclass(frozen=True)
class SummaryRow:
    """One module.

    Attributes:
        path: its name in the model, such as ``"encoder.layers.0"``; empty for the model.
        type: its class's name.
        output: the shape that it returned, a tuple of such for several tensors, None if it was not called.
        parameters: number of elements of its own parameters, without those of submodules; shared ones count where they are first.
        trainable: those of them that require gradients.
    """

    path: str
    type: str
    output: Any
    parameters: int
    trainable: int


@dataclass(frozen=True)
class Summary:
    """A model's modules, in the order in which it has them. Prints as a table.

    Attributes:
        rows: one for each module.
        nbytes: of all parameters and buffers.
    """

    rows: tuple[SummaryRow, ...]
    nbytes: int

    @property
    def parameters(self) -> int:
        """Number of elements of all parameters."""
        return sum(row.parameters for row in self.rows)

    @property
    def trainable(self) -> int:
        """Those of them that require gradients."""
        return sum(row.trainable for row in self.rows)

    def __str__(self) -> str:
        cells = [("Module", "Output shape", "Parameters")]
        for row in self.rows:
            depth = row.path.count(".") + 1 if row.path else 0
            name = row.path.rpartition(".")[2]
            cells.append((
                "  " * depth + (f"{name}: {row.type}" if name else row.type),
                "-" if row.output is None else str(row.output),
                f"{row.parameters:,}" if row.parameters else "-",
            ))
        widths = [max(len(line[column]) for line in cells) for column in range(3)]
        lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}" for a, b, c in cells]
        rule = "-" * len(lines[0])
        total = f"{self.parameters:,} parameters, {self.trainable:,} of them trainable; {_size(self.nbytes)} with buffers"
        return "\n".join([lines[0], rule, *lines[1:], rule, total])

    __repr__ = __str__


def _size(nbytes: int) -> str:
    for unit in ("bytes", "kB", "MB"):
        if nbytes < 1000:
            return f"{nbytes:.4g} {unit}"
        nbytes /= 1000
    return f"{nbytes:.4g} GB"


def summary(model: Module, *inputs: Any, **kwargs: Any) -> Summary:
    """The modules of a model with what they return for sample inputs.

    The model is called once, in evaluation mode and without gradients, and is left as it was.

    Args:
        model: any module.
        inputs: what to call it with; a tuple of ints stands for zeros of that shape. Without inputs it is not called.
        kwargs: keyword arguments of the call.
    """
    outputs: dict[Module, Any] = {}
    if inputs or kwargs:
        outputs = _outputs(model, [_sample(value) for value in inputs], {name: _sample(value) for name, value in kwargs.items()})
    counted: set[Any] = set()
    rows = []
    for path, module in model.named_modules():
        own = [p for p in module._parameters.values() if p is not None and not is_lazy(p) and p not in counted]
        counted.update(own)
        sizes = [(p.numel(), p.requires_grad) for p in own]
        rows.append(SummaryRow(
            path, type(module).__name__, outputs.get(module), sum(n for n, _ in sizes), sum(n for n, learned in sizes if learned)))
    tensors = counted.union(buffer for buffer in model.buffers() if not is_lazy(buffer))
    return Summary(tuple(rows), sum(tensor.numel() * tensor.element_size() for tensor in tensors))


def _sample(value: Any) -> Any:
    if isinstance(value, tuple) and value and all(isinstance(size, int) for size in value):
        return flambeau.zeros(value)
    return value


def _outputs(model: Module, args: list[Any], kwargs: dict[str, Any]) -> dict[Module, Any]:
    """The shape of what each module returned the first time it was called."""
    outputs: dict[Module, Any] = {}
    modes = {module: module.training for module in model.modules()}
    handles = [
        module.register_forward_hook(lambda module, _, output: outputs.setdefault(module, _shapes(output)) and None)
        for module in modes
    ]
    try:
        model.eval()
        with flambeau.no_grad():
            model(*args, **kwargs)
    finally:
        for handle in handles:
            handle.remove()
        for module, training in modes.items():
            module.training = training
    return outputs


def _shapes(output: Any) -> Any:
    if isinstance(output, Tensor):
        return tuple(output.shape)
    if isinstance(output, dict):
        return {name: _shapes(value) for name, value in output.items()}
    if isinstance(output, tuple | list):
        return tuple(_shapes(value) for value in output)
    return type(output).__name__
