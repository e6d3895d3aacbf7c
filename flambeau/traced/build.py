"""From a captured call to a plan: where its values come from, what it leaves behind, and the program between them."""
from __future__ import annotations

from typing import Any

import numpy as np

from .. import compiler, runtime
from ..compiler.plan import may_fail
from ..core import graph
from ..core.device import CPU
from ..core.graph import Constant, Node, Number
from ..core.tensor import Tensor
from .arguments import Arguments, items_of
from .capture import Capture
from .observe import Refused
from .reach import CONSTANTS, Reach
from .released import Released, template

_FRESH = {"_storage", "shape", "dtype", "_fn", "_tie", "_output_nr", "_ordinal", "_inference", "_leaf", "_kind", "_weak", "_tape_number", "_stamp", "_cache"}
FACTS = ("_view", "_base", "_leaf", "_hooks", "_post_accumulate", "_ending", "_counter", "_creation", "_inference", "_retain")


OPEN = "returns a tensor that a backward can start from"


class Before:
    """What a tensor from outside was before the call. `number`: which argument it is, None for what belongs to the function's surroundings."""

    __slots__ = ("tensor", "number", "storage", "node", "version", "grad", "facts", "shape", "dtype")

    def __init__(self, tensor: Tensor, number: int | None):
        self.tensor, self.number, self.storage = tensor, number, tensor._storage
        if self.storage.value.trace is not None:
            graph.compute(self.storage.value)
        self.node, self.version, self.grad = self.storage.value, self.storage.version, tensor._grad
        self.shape, self.dtype, self.facts = tensor.shape, tensor.dtype, self._facts()

    def _facts(self) -> tuple:
        t = self.tensor
        return (*[getattr(t, name) for name in FACTS], t._fn, t._tie)

    def fields(self) -> dict[str, Any]:
        """What its attributes were."""
        return {"_storage": self.storage, "shape": self.shape, "dtype": self.dtype, "_grad": self.grad,
                **dict(zip((*FACTS, "_fn", "_tie"), self.facts, strict=True))}

    def same(self) -> bool:
        """Whether the tensor is still the same view of the same memory, with the same place in autograd."""
        t = self.tensor
        return t._storage is self.storage and t.shape == self.shape and t.dtype is self.dtype and all(
            x is y for x, y in zip(self.facts, self._facts(), strict=True))


class Surroundings:
    """Everything that a call starts from: its arguments, all that its code may read, and the tensors in both."""

    def __init__(self, function, arguments: Arguments, ran, trusted):
        self.arguments = arguments
        self.reach = reach_of(function, arguments, ran, trusted)
        numbers = {id(t): k for k, t in enumerate(arguments.tensors)}
        state = list(self.reach.tensors.values())
        if any(id(t) in numbers for t in state):
            raise Refused("is given a tensor that it can also reach in another way", whole=True)
        _unshare([t._storage for t in (*arguments.tensors, *state)])
        self.tensors = [Before(t, numbers[id(t)]) for t in arguments.tensors] + [Before(t, None) for t in state]
        self.by_storage: dict[int, Before] = {}
        by_node: dict[int, Before] = {}
        for b in self.tensors:
            if b.node.device is not CPU:
                raise Refused("uses tensors that are not on the CPU", whole=True)
            if b.number is not None and (b.facts[0] is not None or b.facts[1] is not None or b.tensor._fn is not None or b.tensor._tie is not None):
                raise Refused("is given a view, or a tensor that has a grad_fn", whole=True)
            other = self.by_storage.setdefault(id(b.storage), b)
            if other is not b:
                if b.number is not None or other.number is not None:
                    raise Refused("is given tensors that share memory", whole=True)
            else:
                by_node.setdefault(id(b.node), b)
        self.by_node = by_node
        # values that several storages have: a recording does not tell which of them was read
        self.shared_nodes = {id(b.node) for b in self.by_storage.values() if by_node[id(b.node)] is not b}

    def reached_again(self) -> bool:
        """Whether all that could be read is as it was; Refused names what is not."""
        for e in self.reach.edges:
            if not e.holds():
                raise Refused(f"changes {e.path}")
        if not Arguments(self.arguments.args, self.arguments.kwargs).same(self.arguments):
            raise Refused("changes its arguments")
        return True


def reach_of(function, arguments: Arguments, ran, trusted) -> Reach:
    """All that a call may read if these code objects run in it."""
    reach = Reach(ran, trusted)
    reach.walk(function, "the function")
    for value in arguments.others:
        reach.walk(value, f"an argument ({type(value).__name__})")
    for t in arguments.tensors:
        if t._grad is not None:
            reach.walk(t._grad, "an argument's grad")
    reach.globals_of_code()
    reach.finish()
    return reach


def _unshare(storages) -> None:
    """Give each storage a node of its own, so that a recording tells which of them it read. 0-d ones (step counts) are left alone."""
    found: dict[int, Any] = {}
    with graph.writing:
        for storage in storages:
            value = storage.value
            first = found.setdefault(id(value), storage)
            if first is not storage and value.trace is None and value.buffer is not None and value.shape and value.number is None:
                storage.value = Node(value.shape, value.dtype, value.buffer)


class Leaf:
    """Where a value that the program starts from comes from. kind: argument, state, constant, number, draw."""

    __slots__ = ("kind", "what", "extra", "shape", "dtype")

    def __init__(self, node: Node, kind: str, what: Any, extra: Any = None):
        self.kind, self.what, self.extra, self.shape, self.dtype = kind, what, extra, node.shape, node.dtype


class Made:
    """A tensor that the call makes: which of the program's outputs it is (or which leaf), and its place in autograd."""

    __slots__ = ("value", "shape", "dtype", "mark", "inference", "leaf")

    def __init__(self, value, t: Tensor, mark: int | None):
        self.value, self.shape, self.dtype, self.mark, self.inference, self.leaf = value, t.shape, t.dtype, mark, t._inference, t._leaf


class Written:
    """A storage that the call writes to: whose, with which value, counted up by how much; `read`: the leaf that its old value is, if any."""

    __slots__ = ("before", "value", "count", "read", "shape", "dtype")

    def __init__(self, before: Before, value, count: int, read: int | None):
        self.before, self.value, self.count, self.read = before, value, count, read
        self.shape, self.dtype = before.node.shape, before.node.dtype


class Draft:
    """A captured call, described. `reach`: what this call may have read. Raises Refused for what cannot be replayed."""

    def __init__(self, around: Surroundings, capture: Capture, result: Any, reach: Reach):
        if capture.failure is not None:
            raise capture.failure
        self.around, self.capture, self.trace, self.reach = around, capture, capture.trace, reach
        around.reached_again()
        trace = self.trace
        self.index: dict[int, int] = {}                 # of recorded nodes, by position
        self.live: dict[int, int] = {}                  # positions that are wanted: which output
        self.tensors: dict[int, Made] = {}              # those that were made, by identity
        self.roots: list = []
        self._leaf_number = {id(n): k for k, n in enumerate(trace.leaves)}
        self.copied: set[int] = set()                   # leaves whose value is a result as it is
        self._effects()
        self.result = self._describe(result)
        graphs, left = template(self.roots, around.arguments.tensors)
        if graphs is None:
            raise Refused(OPEN, whole=True)
        self.tie = Released(graphs)
        self.inputs_in_graph = any(t._leaf for t in around.arguments.tensors)
        self._held(left)
        self._leaves()
        self._program()
        self.touched = [w.before for w in self.written] + [leaf.what for leaf in self.leaves if leaf.kind == "state"] + [b for b, _ in self.grads]

    # ------------------------------------------------------------------------------------------------------------ what it leaves
    def _value(self, storage) -> tuple[str, int]:
        """The value of a storage now: ("output", number) or ("leaf", number)."""
        fields = storage.__dict__
        position = None
        value = fields.get("value")
        if value is None and fields.get("trace") is self.trace:
            position = storage.position
            if self.trace.path()[position].op is None:
                value = self.trace.values[position]
        if value is not None:
            if value.trace is self.trace:
                position = value.position
            elif value.trace is None:
                number = self._leaf_number.get(id(value))
                if number is None:
                    number = self._add_leaf(value)
                self.copied.add(number)
                return "leaf", number
        if position is None:
            raise Refused("leaves a value pending in another thread")
        return "output", self.live.setdefault(position, len(self.live))

    def _add_leaf(self, node: Node) -> int:
        """A value that the call computed nothing from, but left behind."""
        self.trace._position(node)
        number = self._leaf_number[id(node)] = len(self.trace.leaves) - 1
        return number

    def _effects(self) -> None:
        counted = {id(s) for recipe, _ in self.capture.updates for s in recipe.storages}
        self.written: list[Written] = []
        self.grads: list[tuple[Before, Made | None]] = []
        for b in self.around.tensors:
            if not b.same():
                raise Refused("changes a tensor from outside other than by writing to it")
            if b.tensor._grad is not b.grad:
                if b.tensor._grad is not None and id(b.tensor._grad) in {id(o.tensor) for o in self.around.tensors}:
                    raise Refused("makes a tensor from outside a gradient")
                self.grads.append((b, None if b.tensor._grad is None else self._made(b.tensor._grad)))
        for b in self.around.by_storage.values():
            storage = b.storage
            if id(storage) in counted:
                continue
            if storage.shared and (storage.version != b.version or storage.__dict__.get("value") is not b.node):
                raise Refused("writes to memory that NumPy shares")
            if storage.__dict__.get("value") is b.node:
                if storage.version != b.version:
                    raise Refused("writes at once")
                continue
            if id(b.node) in self.around.shared_nodes:
                raise Refused("writes to one of several tensors that have one value")
            self.written.append(Written(b, self._value(storage), storage.version - b.version, self._leaf_number.get(id(b.node))))

    def _made(self, t: Tensor) -> Made:
        known = self.tensors.get(id(t))
        if known is not None:
            return known
        if type(t) is not Tensor or not t.__dict__.keys() <= _FRESH or t._storage.version or t._storage.shared \
                or any(m.value == self._value(t._storage) for m in self.tensors.values()):
            raise Refused("leaves behind a view, or a tensor of another kind, that a replay does not make")
        if id(t._storage) in self.around.by_storage:
            raise Refused("leaves behind a view of a tensor from outside")
        mark, node = None, t._grad_fn
        if node is not None:
            mark = len(self.roots)
            self.roots.append((node, t._output_nr))
        made = self.tensors[id(t)] = Made(self._value(t._storage), t, mark)
        return made

    def _describe(self, value: Any) -> Any:
        """What is returned, as ("constant", object), ("state", tensor), ("argument", number), a Made, or (class, [keys], [descriptions])."""
        if isinstance(value, Tensor):
            for b in self.around.tensors:
                if b.tensor is value:
                    return ("state", value) if b.number is None else ("argument", b.number)
            return self._made(value)
        if type(value) in CONSTANTS or id(value) in self.around.reach.seen:
            return "constant", value
        items = items_of(value)
        if items is None:
            raise Refused(f"returns a {type(value).__name__}, which a replay does not make")
        return type(value), list(value) if isinstance(value, dict) else None, [self._describe(item) for _, item in items]

    def _held(self, left: list) -> None:
        """Refused if a value that the call computed is held by somebody, and not by what it leaves behind. The nodes of its graph that no backward can
        come to any more are not somebody: they let go of what they saved."""
        saved = [x._storage for node in left for x in node.inputs if isinstance(x, Tensor)] + [out[0] for node in left for out in node.saved_out or ()]
        places = {s.value.position for s in saved if self._pending(s)}
        del saved
        if self._held_places() <= self.live.keys() | places:
            for node in left:
                node.release()
            if self._held_places() <= self.live.keys():
                return
        raise Refused("keeps a value that it does not return")

    def _held_places(self) -> set[int]:
        nodes, storages = runtime._held(self.trace)
        return nodes.keys() | storages.keys()

    def _pending(self, storage) -> bool:
        """Whether a storage's value is one that the call is to compute."""
        value = storage.__dict__.get("value")
        return storage.__dict__.get("trace") is self.trace if value is None else value.trace is self.trace

    # -------------------------------------------------------------------------------------------------------- where it starts from
    def _leaves(self) -> None:
        figures = {id(n): (u, k) for u, (_, nodes) in enumerate(self.capture.updates) for k, n in enumerate(nodes)}
        draws = list(self.capture.draws)
        used: set[int] = set()
        self.leaves: list[Leaf] = []
        for node in self.trace.leaves:
            b = self.around.by_node.get(id(node))
            if id(node) in figures:
                self.leaves.append(Leaf(node, "number", *figures[id(node)]))
            elif b is not None:
                if id(node) in self.around.shared_nodes and not isinstance(node, Number):
                    raise Refused("reads one of several tensors that have one value")
                if node.number is not None:
                    raise Refused("is given a number as a tensor")
                self.leaves.append(Leaf(node, "state" if b.number is None else "argument", b))
            elif isinstance(node, Number | Constant):
                self.leaves.append(Leaf(node, "constant", node))
            else:
                k = next((k for k, d in enumerate(draws) if k not in used and _shows(node.buffer, d.result)), None)
                if k is None:
                    if draws:
                        raise Refused("makes more of the random numbers that it draws than is recorded")
                    self.leaves.append(Leaf(node, "constant", node))
                else:
                    used.add(k)
                    self.leaves.append(Leaf(node, "draw", k, tuple(node.shape)))
        if len(used) < len(draws):
            raise Refused("makes more of the random numbers that it draws than is recorded")
        self.bounds = []
        for node, low, high in self.capture.bounded:
            b = self.around.by_node.get(id(node))
            if b is not None:
                self.bounds.append((b, low, high))

    def _program(self) -> None:
        trace = self.trace
        recorded = trace.nodes
        overwritten = {w.read for w in self.written if w.read is not None} - self.copied
        spare = tuple([k in overwritten for k in range(len(trace.leaves))])
        wanted = tuple([n.position in self.live for n in recorded])
        program = compiler.compile(trace.leaves, recorded, wanted, spare)
        if self.capture.draws and any(may_fail(step) for step in program.steps):
            raise Refused("draws random numbers and computes something that may fail", whole=True)
        self.spare = spare
        # which of the program's results each output is
        order = [recorded[k].position for k, _ in program.results]
        self.order = {number: order.index(position) for position, number in self.live.items()}
        self.program = program
        self.constants = {k: leaf.what for k, leaf in enumerate(self.leaves) if leaf.kind == "constant"}


def _shows(array: np.ndarray, drawn: np.ndarray) -> bool:
    """Whether an array holds just what was drawn, in order."""
    if array is drawn:
        return True
    whole = drawn if drawn.base is None else drawn.base
    return (array.base is drawn or array.base is whole and whole is not None) and array.size == drawn.size and array.dtype == drawn.dtype \
        and array.flags.c_contiguous and drawn.flags.c_contiguous and array.__array_interface__["data"] == drawn.__array_interface__["data"]
