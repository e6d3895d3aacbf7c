"""What a model records while it runs on examples: operators, and which results they take."""
from __future__ import annotations

import dataclasses
from typing import Any

from ..core import graph
from ..core.access import read
from ..core.tensor import Tensor


class _Listening(graph.Trace):
    """A trace that keeps a list of what is recorded, and matches nothing with earlier recordings."""

    __slots__ = ("list",)

    def begin(self) -> None:
        """Start anew, with nothing pending; the list stays."""
        super().begin()
        self.cursor, self.next, self.grad = None, graph.NO_EVENT, False

    def append(self, op, inputs):
        """Record `op`, and list it."""
        node = super().append(op, inputs)
        self.list.append((op, tuple(inputs), node))
        return node


@dataclasses.dataclass
class Captured:
    """steps: (operator, the nodes that it takes, its node), in order; inputs and outputs: the model's, as nodes."""

    steps: list[tuple]
    inputs: list
    outputs: list


def tensors_in(x: Any) -> list[Tensor]:
    """The tensors in nested tuples, lists and dictionaries, in order."""
    if isinstance(x, Tensor):
        return [x]
    items = x.values() if isinstance(x, dict) else x if isinstance(x, (tuple, list)) else ()
    return [t for item in items for t in tensors_in(item)]


def _fresh(x: Any) -> Any:
    """The examples with memory of their own, so that an input is nothing else too (a parameter, another input)."""
    if isinstance(x, Tensor):
        made = x.detach().clone()
        made.tolist()
        return made
    if isinstance(x, dict):
        return {key: _fresh(value) for key, value in x.items()}
    return type(x)(map(_fresh, x)) if type(x) in (tuple, list) else x


def capture(model, args: tuple, kwargs: dict) -> Captured:
    """Run `model` on the examples and list what it records."""
    args, kwargs = _fresh(args), _fresh(kwargs)
    before = graph.current_trace()
    graph.flush()
    trace = _Listening()
    trace.list = []
    graph._local.trace = trace
    try:
        inputs = [read(t) for t in tensors_in([args, kwargs])]
        outputs = [read(t) for t in tensors_in([model(*args, **kwargs)])]
        for node in outputs:
            graph.compute(node)
    finally:
        graph._local.trace = before
    return Captured(trace.list, inputs, outputs)
