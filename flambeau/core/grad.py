"""The forward side of automatic differentiation: grad modes, and the nodes that recording leaves behind.

A GradNode stands for one differentiable operation that ran: its operator, the edges to what produced its inputs, and the values that its
gradient will read. The walk over these nodes is autograd's; the core only builds them.
"""
from __future__ import annotations

import itertools
import weakref
from typing import NamedTuple

from .graph import _local, forget_tape
from .watch import call_site

events_turn = None      # core.events.turn: what a change of mode is to a recording
next_sequence = itertools.count().__next__      # a number larger than that of every node made before


def _mode(name: str, text: str) -> property:
    def get(self):
        return getattr(_local.trace, name)

    def put(self, value):
        trace = _local.trace
        setattr(trace, name, value)
        if trace.cursor is not None:
            events_turn(trace)
    return property(get, put, doc=text)


def register(turn) -> None:
    """Give the modes what happens when one of them changes."""
    global events_turn
    events_turn = turn


class Modes:
    """What is in force in this thread."""

    grad = _mode("grad", "Whether operations are recorded for backward.")
    inference = _mode("inference", "Whether new tensors are barred from autograd for ever.")
    anomaly = _mode("anomaly", "Whether nodes remember the line that made them, and NaN in a gradient is an error.")
    saved_hooks = _mode("saved_hooks", "The (pack, unpack) pairs for saved tensors.")


modes = Modes()


class Modified:
    """A saved value that a later in-place write destroyed: any use of it is the error that names both versions."""

    __slots__ = ("_message", "shape", "dtype", "ndim")

    def __init__(self, message, shape, dtype):
        self._message, self.shape, self.dtype, self.ndim = message, shape, dtype, len(shape)

    def __getattr__(self, name):
        raise RuntimeError(self._message)


def _refuse(self, *args):
    raise RuntimeError(self._message)


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow", "matmul", "rmatmul", "neg", "gt", "lt", "ge",
              "le", "eq", "ne", "and", "or", "invert", "getitem", "mod", "rmod", "floordiv", "rfloordiv", "xor", "abs"):
    setattr(Modified, f"__{_name}__", _refuse)


class GradNode:
    """One operation in the graph that backward walks (PyTorch's `grad_fn`).

    next: for each input its producer as (GradNode, output number), (leaf tensor, 0), or None where no gradient is wanted.
    inputs: for each input the saved tensor, a Python number, or its shape and dtype (Unsaved).
    """

    # what most nodes never have is a class attribute
    saved_out = pre_hooks = post_hooks = tensor_hooks = retained = line = metadata_ = None
    released, run_backward = False, None
    index, trace = -1, None         # where the tape of its trace has it
    mark = -1                       # which link of the present recording it is (core.ties)

    def __init__(self, op, next, inputs, versions, outputs):
        self.op, self.next, self.inputs, self.versions, self.outputs = op, next, inputs, versions, outputs
        self.sequence = next_sequence()
        if modes.anomaly:
            self.line = user_line()

    @property
    def metadata(self) -> dict:
        """A dictionary for the user's own notes."""
        if self.metadata_ is None:
            self.metadata_ = {}
        return self.metadata_

    def name(self) -> str:
        """The node's name, such as "MulBackward0"."""
        return type(self).__name__

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    @property
    def next_functions(self):
        """For each input (grad_fn, output number), or (None, 0)."""
        return tuple((None, 0) if e is None or e is NUMBER else (e[0], e[1]) if isinstance(e[0], GradNode) else (AccumulateGrad(e[0]), 0)
                     for e in self.next)

    # hooks ---------------------------------------------------------------------------------------------------------------
    def register_hook(self, hook):
        """Call `hook(grad_inputs, grad_outputs)` after this node ran; a result replaces grad_inputs."""
        forget_tape()
        if self.post_hooks is None:
            self.post_hooks = {}
        return RemovableHandle(self.post_hooks, hook)

    def register_prehook(self, hook):
        """Call `hook(grad_outputs)` before this node runs; a result replaces grad_outputs."""
        forget_tape()
        if self.pre_hooks is None:
            self.pre_hooks = {}
        return RemovableHandle(self.pre_hooks, hook)

    def hooks_of(self, output: int) -> dict:
        """The hooks on the gradient of one output."""
        if self.tensor_hooks is None:
            self.tensor_hooks = {}
        return self.tensor_hooks.setdefault(output, {})

    def retain(self, output: int, t) -> None:
        """Put the gradient of one output into `t.grad` when it is known."""
        if self.retained is None:
            self.retained = {}
        self.retained[output] = weakref.ref(t)

    def release(self) -> None:
        """Let go of the saved values after a backward that does not retain the graph."""
        if self.versions is not None or self.saved_out is not None:
            self.released, self.inputs, self.versions, self.saved_out = True, (), None, None


NUMBER = object()       # the edge of an input that is a Python number

_node_types: dict[str, type[GradNode]] = {}


def node_type(name: str) -> type[GradNode]:
    """The class of grad_fns called `name`."""
    found = _node_types.get(name)
    if found is None:
        found = _node_types[name] = type(name, (GradNode,), {"__module__": "torch.autograd.graph"})
    return found


class AccumulateGrad(node_type("AccumulateGrad")):
    """The end of the graph at a leaf: adds what arrives to `variable.grad`."""

    variable = None

    def __new__(cls, variable):
        found = variable.__dict__.get("_accumulate")
        found = found() if found is not None else None
        return found if found is not None else super().__new__(cls)

    def __init__(self, variable):
        if self.variable is None:
            super().__init__(None, (), (), None, ())
            self.variable = variable
            variable._accumulate = weakref.ref(self)

    def name(self) -> str:
        """The node's name, with PyTorch's name space."""
        return "torch::autograd::AccumulateGrad"

    def register_hook(self, hook):
        """Call `hook((), (gradient,))` after the gradient was added."""
        self.variable._ending = self        # the hooks live as long as the leaf
        return super().register_hook(hook)

    def register_prehook(self, hook):
        """Call `hook((gradient,))` before the gradient is added; a result replaces it."""
        self.variable._ending = self
        return super().register_prehook(hook)


class GradientEdge(NamedTuple):
    """Where the gradient of a tensor is computed: output `output_nr` of `node`."""

    node: GradNode
    output_nr: int
    ownership_token: GradNode | None = None


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook away; as a context manager, on leaving."""

    _next_id = itertools.count()

    def __init__(self, hooks: dict, hook, extra: tuple[dict, ...] = ()):
        self.id = next(self._next_id)
        self._hooks, self._extra = hooks, extra
        hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        self._hooks.pop(self.id, None)
        for more in self._extra:
            more.pop(self.id, None)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.remove()


def user_line() -> str:
    """Where in the user's program the running operation was called."""
    site = call_site()
    return "" if site is None else '  File "{}", line {}, in {}'.format(*site)
