"""What a model records while it runs on examples: operators, and which results they take."""
from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import graph
from ..core.access import read
from ..core.tensor import Tensor, from_array
from ..core.watch import Line, call_site
from .recurrence import as_wholes


class _Listening(graph.Trace):
    """A trace that keeps a list of what is recorded, and matches nothing with earlier recordings."""

    __slots__ = ("list",)

    def begin(self) -> None:
        """Start anew, with nothing pending; the list stays."""
        super().begin()
        self.cursor, self.reached, self.next, self.grad = None, None, graph.NO_EVENT, False

    def append(self, op, inputs):
        """Record `op`, and list it."""
        node = super().append(op, inputs)
        self.list.append((op, tuple(inputs), node, call_site()))
        return node


@dataclasses.dataclass
class Captured:
    """steps: (operator, the nodes that it takes, its node, the user's line), in order; inputs and outputs: the model's, as nodes."""

    steps: list[tuple[Any, tuple, Any, Line | None]]
    inputs: list
    outputs: list


def tensors_in(x: Any) -> list[Tensor]:
    """The tensors in nested tuples, lists and dictionaries, in order."""
    if isinstance(x, Tensor):
        return [x]
    items = x.values() if isinstance(x, dict) else x if isinstance(x, (tuple, list)) else ()
    return [t for item in items for t in tensors_in(item)]


def mapped(x: Any, function: Callable[[Tensor], Tensor]) -> Any:
    """Nested tuples, lists and dictionaries with `function` of each tensor."""
    if isinstance(x, Tensor):
        return function(x)
    if isinstance(x, dict):
        return {key: mapped(value, function) for key, value in x.items()}
    return type(x)([mapped(item, function) for item in x]) if type(x) in (tuple, list) else x


def example(t: Tensor, sizes: dict[int, int], other: bool) -> Tensor:
    """An input like `t`, with memory of its own: of other `sizes` (by axis), and of `other` values, which are t's in another order."""
    array = t.detach()._array()
    for axis, n in sizes.items():
        array = np.take(array, np.arange(n) % array.shape[axis], axis)
    if other:
        array = np.flip(array)
        if t.dtype.is_floating_point:
            array = array * array.dtype.type(0.875)
    return from_array(np.array(array, order="C"), t.dtype)


def capture(model, args: tuple, kwargs: dict) -> Captured:
    """Run `model` on the examples and list what it records."""
    before = graph.current_trace()
    graph.flush()
    trace = _Listening()
    trace.list = []
    graph._local.trace = trace
    try:
        inputs = [read(t) for t in tensors_in([args, kwargs])]
        with as_wholes(model):
            results = model(*args, **kwargs)
        outputs = [read(t) for t in tensors_in([results])]
    finally:
        graph._local.trace = before
    return Captured(trace.list, inputs, outputs)
