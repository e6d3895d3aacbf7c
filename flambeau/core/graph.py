"""The recorder: nodes of values not computed yet, and the trie of the structures they were recorded in.

A Trace is what one thread has recorded since it last looked at a value. Each recorded operation moves the trace one step along a trie of
all earlier recordings. A trie entry knows the operator, where its inputs stand in the trace, and the result's shape and dtype, so a step
that repeats an earlier one costs comparisons only; and the entry reached when the trace runs holds the programs made for that structure.
"""
from __future__ import annotations

import os
import threading
import weakref

from .device import CPU

MAX_PENDING = 1024              # recorded operations after which a trace runs although nobody looked
MAX_PENDING_BYTES = 1 << 26     # likewise for the memory that their results would take
MAX_ENTRIES = 50_000            # trie entries kept before the trie starts anew (a program whose shapes never repeat)


class Node:
    """A value: pending (an operator and its inputs, in a trace) or concrete (a NumPy array in `buffer`). Never changes once concrete.

    `number` is the Python number that the node stands for, else None: numbers rank below tensors when types are promoted.
    """

    __slots__ = ("op", "inputs", "shape", "dtype", "buffer", "trace", "position", "number", "device", "compute", "bounds", "__weakref__")

    def __init__(self, shape, dtype, buffer=None, number=None, device=CPU):
        self.op, self.inputs, self.trace, self.bounds = None, (), None, None
        self.shape, self.dtype, self.buffer, self.number, self.device = shape, dtype, buffer, number, device


class Entry:
    """A place in the trie: one more operation (or leaf) after the structure that leads here."""

    __slots__ = ("edges", "op", "inputs", "shape", "dtype", "compute", "nbytes", "plans", "count", "meta")

    def __init__(self, op=None, inputs=(), shape=None, dtype=None, compute=None):
        self.edges: dict = {}
        self.op, self.inputs, self.shape, self.dtype, self.compute = op, inputs, shape, dtype, compute
        self.plans, self.count, self.meta, self.nbytes = None, 0, None, 0


class Unsaved:
    """An input that its operator's gradient does not read: its shape and dtype, no value."""

    __slots__ = ("shape", "dtype", "ndim")

    def __init__(self, shape, dtype):
        self.shape, self.dtype, self.ndim = shape, dtype, len(shape)

    def numel(self):
        return self.shape.numel()

    def size(self, dim=None):
        return self.shape if dim is None else self.shape[dim]


class Trace:
    """What one thread has recorded and not run yet."""

    __slots__ = ("lock", "root", "entry", "nodes", "leaves", "leaf_positions", "position", "nbytes", "sharing", "entries", "__weakref__")

    def __init__(self):
        self.lock = threading.RLock()
        self.root, self.entries = Entry(), 0
        _traces.add(self)
        self.begin()

    def begin(self) -> None:
        """Start anew, with nothing pending."""
        if self.entries > MAX_ENTRIES:
            self.root, self.entries = Entry(), 0
        self.entry, self.nodes, self.leaves, self.leaf_positions = self.root, [], [], {}
        self.position, self.nbytes, self.sharing = 0, 0, False

    def append(self, op, inputs: tuple[Node, ...]) -> Node:
        """Record `op` on `inputs`, all of them concrete or pending in this trace. Raises for bad shapes or dtypes, changing nothing."""
        with self.lock:
            key: list = [op]
            for n in inputs:
                key.append(n.position if n.trace is self else self._enter(n))
            key = tuple(key)
            entry = self.entry.edges.get(key)
            if entry is None:
                entry = Entry(op, key[1:], *op.infer(*inputs))
                entry.meta = tuple(Unsaved(n.shape, n.dtype) for n in inputs)
                entry.nbytes = 0 if op.outputs else entry.shape.numel() * entry.dtype.itemsize
                self.entry.edges[key] = entry
                self.entries += 1
            node = Node.__new__(Node)
            node.op, node.inputs, node.shape, node.dtype, node.compute = op, inputs, entry.shape, entry.dtype, entry.compute
            node.buffer = node.number = node.bounds = None
            node.trace, node.position, node.device = self, self.position, CPU
            self.entry = entry
            self.position += 1
            self.nodes.append(node)
            self.nbytes += entry.nbytes
            return node

    def _enter(self, leaf: Node) -> int:
        """The position of a concrete value, which enters the trace as a leaf when first used."""
        position = self.leaf_positions.get(leaf)
        if position is None:
            if leaf.trace is not None:
                raise RuntimeError("internal: a value pending in another trace was recorded here")
            key = (leaf.shape, leaf.dtype, None if leaf.number is None else type(leaf.number))
            entry = self.entry.edges.get(key)
            if entry is None:
                entry = self.entry.edges[key] = Entry(None, (), leaf.shape, leaf.dtype)
                self.entries += 1
            self.entry = entry
            position = self.leaf_positions[leaf] = self.position
            self.position += 1
            self.leaves.append(leaf)
        return position


class _Local(threading.local):
    def __init__(self):
        self.trace = Trace()


_traces: weakref.WeakSet[Trace] = weakref.WeakSet()
_local = _Local()
_realize = None         # runtime.realize, registered when the package is put together


def register_runtime(realize) -> None:
    """Tell the core how a trace is run: `realize(trace)` makes every pending node concrete and begins the trace anew."""
    global _realize
    _realize = realize


def append(op, inputs: tuple[Node, ...]) -> Node:
    """Record `op` in this thread's trace."""
    trace = _local.trace
    for n in inputs:
        if n.trace is not None and n.trace is not trace:
            _realize(n.trace)
    node = trace.append(op, inputs)
    if trace.nbytes > MAX_PENDING_BYTES or len(trace.nodes) >= MAX_PENDING:
        _realize(trace)
    return node


def current_trace() -> Trace:
    """This thread's trace."""
    return _local.trace


def compute(node: Node):
    """The node's array; everything pending before it runs first."""
    if node.trace is not None:
        _realize(node.trace)
    return node.buffer


def flush() -> None:
    """Run what this thread has pending."""
    if _local.trace.nodes:
        _realize(_local.trace)


def flush_all() -> None:
    """Run what any thread has pending (before a fork, so that both processes own the results)."""
    for trace in list(_traces):
        if trace.nodes:
            _realize(trace)


def _after_fork() -> None:
    """A lock held by another thread at the fork would stay locked for ever in the child."""
    for trace in list(_traces):
        trace.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=flush_all, after_in_child=_after_fork)
