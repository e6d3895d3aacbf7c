"""One call of a function, written down while it is made.

The call is an ordinary one: it records what it computes in a trace of its own, and whatever comes of it comes of the recording. The capture only
notes what a recording does not tell: draws of random numbers, values that were checked to be in bounds, numbers that an optimizer makes anew at
each step, and everything that speaks against replaying the call.
"""
from __future__ import annotations

import threading
from typing import Any

import numpy as np

from ..core import graph, mersenne
from ..core.device import CPU, default_device
from ..core.dtype import default_dtype, dtype
from ..core.graph import Node
from ..core.tensor import Tensor
from ..core.view import whole
from ..core.watch import call_site
from .observe import Refused

_PLAIN = (int, float, bool, str, type(None), dtype, np.dtype, type)


class Draw:
    """Random numbers that were drawn, and how to draw the next ones."""

    __slots__ = ("stream", "method", "args", "kwargs", "result")

    def __init__(self, stream, method, args, kwargs, result):
        self.stream, self.method, self.args, self.kwargs, self.result = stream, method, args, kwargs, result


class Modes:
    """What is in force in a thread beside its trace, as far as it changes what is recorded."""

    def __init__(self, trace):
        self.found = trace.grad, trace.inference, trace.anomaly, bool(trace.saved_hooks), trace.unusual, default_dtype(), default_device()

    def __eq__(self, other) -> bool:
        return isinstance(other, Modes) and self.found == other.found

    def __hash__(self) -> int:
        return hash(self.found)

    @property
    def usual(self) -> bool:
        """Whether calls can be captured."""
        _, _, anomaly, hooks, unusual, _, at = self.found
        return not (anomaly or hooks or unusual) and at is CPU


class Capture:
    """Attached to a thread's trace while a call is made. `failure`: the first thing that speaks against a replay."""

    def __init__(self, trace):
        self.trace, self.failure = trace, None
        self.draws: list[Draw] = []
        self.bounded: list[tuple[Node, int, int]] = []
        self.updates: list[tuple[Any, list[Node]]] = []
        self.strict = False                     # raise what fails at once
        self._numbers: list[Node] = []
        self._excused: Node | None = None
        self._depth, self._thread = 0, threading.get_ident()

    def __enter__(self) -> Capture:
        graph.flush()
        trace = self.trace
        with trace.lock:
            trace.begin()
            graph.stop_events(trace)
            trace.capture = self
        mersenne.watchers.append(self)
        self.modes = Modes(trace)
        return self

    def __exit__(self, *error) -> None:
        self.trace.capture = None
        mersenne.watchers.remove(self)

    # ----------------------------------------------------------------------------------------------------- what speaks against it
    def fail(self, reason: str | Refused) -> None:
        """The call cannot be replayed."""
        if self.failure is None:
            self.failure = reason if isinstance(reason, Refused) else Refused(reason, call_site())
            if self.strict:
                raise self.failure

    def look(self, node: Node) -> None:
        """A value is looked at, on which the way that the call goes may depend."""
        if node is self._excused:
            self._excused = None
        else:
            self.fail("looks at a value, on which its way may depend")

    # ------------------------------------------------------------------------------------------------------------ what is noted
    def bounds(self, index: Tensor, low: int, high: int) -> None:
        """The values of `index` are looked at in order to see that they are in low … high."""
        value, view = index._storage.value, index._view
        if value.trace is not None or value.buffer is None or view is not None and not whole(view, value) or value.dtype.category != 1:
            self.fail("checks indices that it computes itself")
            return
        buffer = value.buffer
        if buffer.size and not (buffer.min() >= low and buffer.max() <= high):
            self.fail("has an index out of range")
        self.bounded.append((value, low, high))
        self._excused = value

    def numbers(self, leaves: list[Node]) -> None:
        """An optimizer put numbers of its own into the trace."""
        self._numbers = leaves

    def update(self, recipe) -> None:
        """The numbers put in last can be had anew from `recipe`."""
        self.updates.append((recipe, self._numbers))

    def enter(self) -> None:
        """A draw of random numbers begins, perhaps within another one."""
        if threading.get_ident() == self._thread:
            self._depth += 1

    def leave(self, stream, method, args, kwargs, result) -> None:
        """A draw has ended."""
        if threading.get_ident() != self._thread:
            return
        self._depth -= 1
        if self._depth:
            return
        if not isinstance(result, np.ndarray) or not all(isinstance(a, _PLAIN) for a in (*args, *kwargs.values())):
            self.fail(f"uses a generator of random numbers in a way ({method.__name__}) that cannot be repeated")
            return
        self.draws.append(Draw(stream, method, args, kwargs, result))
