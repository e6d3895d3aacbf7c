"""The recorder: nodes of values not computed yet, and the trie of the structures they were recorded in.

A Trace is what one thread has recorded since it last looked at a value. Each recorded operation moves the trace one step along a trie of
all earlier recordings. A trie entry knows the operator, where its inputs stand in the trace, and the result's shape and dtype, so a step
that repeats an earlier one costs comparisons only; and the entry reached when the trace runs holds the programs made for that structure.

Beside it runs the tape: what autograd has linked, in order. Together they name the structure of a backward before it starts, so that a
backward seen before is not walked again but appended as it was (autograd.replay).
"""
from __future__ import annotations

import os
import threading
import weakref

from .device import CPU
from .watch import call_site

MAX_PENDING = 4096              # recorded operations after which a trace runs although nobody looked
MAX_PENDING_BYTES = 1 << 30     # likewise for the memory that their results would take, if all were kept (most die within the program)
MAX_ENTRIES = 50_000            # trie entries kept before the trie starts anew (a program whose shapes never repeat)

_new = object.__new__


class Node:
    """A value: pending (an entry at a position of a trace) or concrete (a NumPy array in `buffer`). Never changes once concrete."""

    __slots__ = ("entry", "shape", "dtype", "buffer", "trace", "position", "__weakref__")
    number = None       # the Python number that the node stands for: numbers rank below tensors when types are promoted
    device = CPU

    def __init__(self, shape, dtype, buffer=None):
        self.entry = self.trace = None
        self.shape, self.dtype, self.buffer = shape, dtype, buffer

    @property
    def inputs(self) -> tuple[Node, ...]:
        """What a pending value is computed from."""
        trace = self.trace
        return () if trace is None else tuple([trace.node(p) for p in self.entry.sources])


class Number(Node):
    """The value of a Python number."""

    __slots__ = ("number",)

    def __init__(self, shape, dtype, buffer, number):
        super().__init__(shape, dtype, buffer)
        self.number = number


class Constant(Node):
    """A value that follows from the program's structure alone, such as zeros of a shape."""

    __slots__ = ()


class Elsewhere(Node):
    """A value on another device than the CPU."""

    __slots__ = ("device",)

    def __init__(self, shape, dtype, device):
        super().__init__(shape, dtype)
        self.device = device


class Entry:
    """A place in the trie: one more operation (or leaf, whose `op` is None) after the structure that leads here.

    position: of its value in every trace that passes here; sources: the positions of its inputs; leaf: the leaf that followed last time, where
    many follow each other (ops.foreach); replays: what was recorded from here on as a whole, by a key that names it; line: where in the user's
    program the operation was recorded when this place was new.
    """

    __slots__ = ("edges", "parent", "position", "sources", "op", "shape", "dtype", "compute", "nbytes", "plans", "count", "meta", "outputs", "replays", "leaf",
                 "line")

    def __init__(self, parent=None, sources=(), op=None, shape=None, dtype=None, compute=None):
        self.edges: dict = {}
        self.parent, self.sources = parent, sources
        self.position = -1 if parent is None else parent.position + 1
        self.op, self.shape, self.dtype, self.compute = op, shape, dtype, compute
        self.plans = self.meta = self.outputs = self.replays = self.leaf = self.line = None
        self.count = self.nbytes = 0


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
    """What one thread has recorded and not run yet.

    values: by position, leaves included, the nodes of what was recorded. A pending value has a node only if somebody asked for it: what a
    replay appends is named by its position alone, and its storages get their value when somebody reads it (`made` lists them).
    leaves: the concrete nodes that the pending ones (as many as `pending` says) start from.
    tape: autograd's links, each as its page, its place and where its gradients go; None once something happened that the tape does not tell (an
    in-place write, a hook).
    grad, inference, anomaly, saved_hooks: the thread's modes (core.grad.modes), here because every operation asks for them; unusual: whether
    another mode is in force that calls depend upon (autocast).
    recording, cursor, next, watched, roots: where the thread is among its events, and which it expects next (core.events). What matched events
    record is known from them: `values`, `entry`, `leaves`, `pending` and `nbytes` stand where `reached` says until somebody needs them (catch_up).
    capture: who writes down what is recorded, to replay it later (flambeau.traced); None nearly always. Meanwhile nothing runs unless it must.
    """

    __slots__ = ("lock", "root", "entry", "values", "pending", "made", "leaves", "leaf_positions", "nbytes", "sharing", "entries", "tape", "token",
                 "links", "leaf_count", "looked", "grad", "inference", "anomaly", "saved_hooks", "unusual", "recording", "cursor", "reached", "next", "watched",
                 "roots", "capture", "_path", "__weakref__")

    def __init__(self):
        self.lock = threading.RLock()
        self.root, self.entries = Entry(), 0
        self.grad, self.inference, self.anomaly, self.saved_hooks, self.unusual = True, False, False, (), False
        self.roots: dict = {}
        self.capture = None
        _traces.add(self)
        self.begin()

    def begin(self) -> None:
        """Start anew, with nothing pending."""
        if self.entries > MAX_ENTRIES:
            self.root, self.entries, self.roots = Entry(), 0, {}
        self.entry, self.values, self.pending, self.made, self.leaves, self.leaf_positions = self.root, [], 0, [], [], {}
        self.nbytes, self.sharing = 0, False
        self.tape, self.links, self.leaf_count, self.looked = [], 0, 0, False
        self.token = object()           # tells this recording's links and leaves from those of earlier ones
        self._path: list[Entry] = []
        self.recording, self.cursor, self.reached, self.next, self.watched = None, None, None, NO_EVENT, None
        if _begin is not None:
            _begin(self)

    def append(self, op, inputs) -> Node:
        """Record `op` on `inputs`, all of them concrete or pending in this trace. Raises for bad shapes or dtypes, changing nothing."""
        self.lock.acquire()                 # twice as fast as a with statement
        try:
            if len(inputs) == 1:
                n = inputs[0]
                key = (op, n.position if n.trace is self else self._position(n))
            elif len(inputs) == 2:
                n, m = inputs
                key = (op, n.position if n.trace is self else self._position(n), m.position if m.trace is self else self._position(m))
            else:
                key = (op, *[n.position if n.trace is self else self._position(n) for n in inputs])
            entry = self.entry.edges.get(key)
            if entry is None:
                entry = self._grow(key, op, inputs)
            values = self.values
            node = _new(Node)
            node.entry = self.entry = entry
            node.shape = entry.shape
            node.dtype = entry.dtype
            node.buffer = None
            node.trace = self
            node.position = entry.position
            values.append(node)
            self.pending += 1
            self.nbytes += entry.nbytes
            return node
        finally:
            self.lock.release()

    def _grow(self, key, op, inputs) -> Entry:
        entry = Entry(self.entry, key[1:], op, *op.infer(*inputs))
        entry.line = call_site()
        entry.meta = tuple([Unsaved(n.shape, n.dtype) for n in inputs])
        if op.outputs is None:
            entry.nbytes = entry.shape.numel() * entry.dtype.itemsize
            entry.outputs = ((entry.shape, entry.dtype),)
        else:
            entry.outputs = tuple(zip(entry.shape, entry.dtype, strict=True))
        self.entry.edges[key] = entry
        self.entries += 1
        return entry

    def _position(self, leaf: Node) -> int:
        """The position of a concrete value, which enters the trace as a leaf when first used."""
        position = self.leaf_positions.get(leaf)
        if position is not None:
            return position
        if leaf.trace is not None:
            raise RuntimeError("internal: a value pending in another trace was recorded here")
        key = (leaf.shape, leaf.dtype, None if leaf.number is None else type(leaf.number))
        entry = self.entry.edges.get(key)
        if entry is None:
            entry = self.entry.edges[key] = Entry(self.entry, (), None, leaf.shape, leaf.dtype)
            self.entries += 1
        self.entry = entry
        position = self.leaf_positions[leaf] = entry.position
        self.values.append(leaf)
        self.leaves.append(leaf)
        return position

    def path(self) -> list[Entry]:
        """The entries that the trace passed, by position."""
        known, new, entry = self._path, [], self.entry
        while entry.parent is not None and not (entry.position < len(known) and known[entry.position] is entry):
            new.append(entry)
            entry = entry.parent
        del known[entry.position + 1:]
        known.extend(reversed(new))
        return known

    def node(self, position: int) -> Node:
        """The node at `position`; made now if nobody asked for it before."""
        with self.lock:
            if self.cursor is not self.reached:
                _catch_up(self)
            node = self.values[position]
            if node is None:
                entry = self.path()[position]
                node = self.values[position] = Node(entry.shape, entry.dtype)
                node.entry, node.trace, node.position = entry, self, position
        return node

    def waiting(self) -> int:
        """How many recorded operations did not run yet."""
        cursor = self.cursor
        return self.pending if cursor is None else cursor.pending

    @property
    def nodes(self) -> list[Node]:
        """The pending nodes, in order."""
        return [self.node(e.position) for e in self.path() if e.op is not None]


class _NoEvent:
    """Stands where no event is expected."""

    __slots__ = ()
    call = object()


NO_EVENT = _NoEvent()


class _Local(threading.local):
    def __init__(self):
        self.trace = Trace()


class Writes:
    """How often memory got a new value that somebody may have known by its old one, by any thread: counted while `writing` is held."""

    __slots__ = ("count",)

    def __init__(self):
        self.count = 0


writes = Writes()
writing = threading.RLock()     # held while a storage gets its next value; no trace's lock is held when it is taken
_traces: weakref.WeakSet[Trace] = weakref.WeakSet()
_realize = None         # runtime.realize, registered when the package is put together
_begin = _stop = _catch_up = None       # what core.events does when a recording begins, when something happens that events cannot tell, ...
_local = _Local()


def register_runtime(realize) -> None:
    """Tell the core how a trace is run: `realize(trace)` makes every pending node concrete and begins the trace anew."""
    global _realize
    _realize = realize


def register_events(begin, stop, catch_up) -> None:
    """Tell the core what begins and ends the matching of events, and what writes down what they recorded."""
    global _begin, _stop, _catch_up
    _begin, _stop, _catch_up = begin, stop, catch_up
    for trace in list(_traces):
        begin(trace)


def stop_events(trace=None) -> None:
    """Something happens in this thread that events do not tell: from here on its calls are recorded one by one."""
    trace = trace or _local.trace
    if trace.cursor is not None:
        _stop(trace)


def stop_all_events() -> None:
    """As `stop_events`, in every thread."""
    for trace in list(_traces):
        with trace.lock:
            stop_events(trace)


def wrote() -> None:
    """Memory that somebody may know has got a new value."""
    with writing:
        writes.count += 1


def append(op, inputs: tuple[Node, ...]) -> Node:
    """Record `op` in this thread's trace, beside its events."""
    trace = _local.trace
    if trace.cursor is not None:
        _stop(trace)
    for n in inputs:
        if n.trace is not None and n.trace is not trace:
            _realize(n.trace)
    node = trace.append(op, inputs)
    if trace.nbytes > MAX_PENDING_BYTES or trace.pending >= MAX_PENDING:
        _realize(trace)
    return node


def current_trace() -> Trace:
    """This thread's trace."""
    return _local.trace


def forget_tape() -> None:
    """Something happens in this thread that neither tape nor events tell: no backward of the present trace is remembered."""
    trace = _local.trace
    trace.tape = None
    if trace.cursor is not None:
        _stop(trace)


def compute(node: Node):
    """The node's array; everything pending before it runs first."""
    if _local.trace.capture is not None:
        _local.trace.capture.look(node)
    if node.trace is not None:
        _realize(node.trace)
    _local.trace.looked = True
    if node.buffer is None and node in _failures:
        raise failure_of(node)
    return node.buffer


_failures: weakref.WeakKeyDictionary[Node, Exception] = weakref.WeakKeyDictionary()


def mark_failed(node: Node, failure: Exception) -> None:
    """Remember why `node` has no value."""
    _failures[node] = failure


def failure_of(node: Node) -> Exception:
    """Why `node` has no value."""
    return RuntimeError(f"this value could not be computed when it was due: {_failures.get(node)!r}")


def flush() -> None:
    """Run what this thread has pending; what is being captured goes on until it is too much."""
    trace = _local.trace
    if trace.waiting() and (trace.capture is None or trace.waiting() >= MAX_PENDING or trace.nbytes > MAX_PENDING_BYTES):
        _realize(trace)


def flush_all() -> None:
    """Run what any thread has pending (before a fork, so that both processes own the results)."""
    for trace in list(_traces):
        if trace.waiting():
            _realize(trace)


def _after_fork() -> None:
    """A lock held by another thread at the fork would stay locked for ever in the child."""
    global writing
    writing = threading.RLock()
    for trace in list(_traces):
        trace.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=flush_all, after_in_child=_after_fork)
