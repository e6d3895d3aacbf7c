"""realize: run what a trace has pending.

The trie entry that the trace has reached names its structure. With each structure go the programs made for it, one for each set of results
that somebody still holds. Which tier runs a program depends on the structure and on how often it was seen, never on a clock.
"""
from __future__ import annotations

import math
import sys

from . import backends, compiler
from .core import graph, settings
from .core.determinism import are_deterministic_algorithms_enabled
from .core.events import leaves_of
from .core.graph import Node
from .core.storage import Storage

INTERPRET = settings.interpreted()      # every program by its reference, operator by operator
CROWD = 64              # compiled programs for each of which one more sight is asked for
FEW, TINY = 4, 1 << 10  # steps, and elements of each, up to which a program is never compiled
ALIKE = 2               # structures of one kind (a batch, and the last one of a pass) that are compiled without more ado
PATIENCE = 150          # steps that are interpreted in the time that one takes to compile,
DEAR = 1 << 14          # where none has more elements than this
KINDS = 1 << 10         # kinds of program that are counted
MAX_RUNS = 64           # sets of held values for which an event knows what runs it
LARGE = 1 << 26         # elements that a program makes from which on it is compiled at first sight

_refcounts_tell = not hasattr(sys, "_is_gil_enabled") or sys._is_gil_enabled()


def realize(trace: graph.Trace) -> None:
    """Make what is pending in `trace` and held by somebody concrete, and begin the trace anew.

    Out of memory, everything is still pending. Any other failure is a page's: it is raised here and whenever somebody looks at what it was to
    compute, and all else is computed.
    """
    with trace.lock:
        if not trace.waiting():
            return
        if trace.capture is not None:
            trace.capture.fail("has more to compute than is recorded at once, or another thread made it run")
        event, key = _matched(trace)
        again = None if key is None else event.runs.get(key)
        if again is None:
            _run(trace, event, key)
        else:
            _run_again(trace, event, *again)


def _run(trace, event, key) -> None:
    """Run a recording by what is known at the trie entry that it reached; `event` and `key` are to find it sooner next time, if there are any."""
    if event is not None:
        event = event if len({id(s) for s in trace.made}) == len(trace.made) else None      # none is written to twice
    graph.stop_events(trace)                # somebody may go backward from here: what that needs must be held, and nothing else
    leaves, plans = trace.leaves, trace.entry.plans
    if plans is None:
        plans = trace.entry.plans = {}
    nodes, storages = _held(trace)
    spare = _spare(leaves)
    held = tuple(nodes), tuple(storages), spare
    run = plans.get(held)
    if run is None:
        run = plans[held] = _prepare(trace, nodes.keys() | storages.keys(), spare)
    execute, results = run
    if event is not None and not nodes and key[1] == tuple([s for s, leaf in zip(spare, event.order, strict=True) if leaf in event.owned]):
        places = {id(s): k for k, s in enumerate(trace.made)}
        if len(event.runs) >= MAX_RUNS:
            event.runs.clear()
        event.runs[key] = execute, [([places[id(s)] for s in storages[position]], shape, dtype) for position, shape, dtype in results]
    outputs, interrupted = _execute(trace, execute, [leaf.buffer for leaf in leaves])
    for (position, shape, dtype), buffer in zip(results, outputs, strict=True):
        n = nodes.get(position)
        if n is None:
            n = Node(shape, dtype, buffer)
        else:
            n.buffer = buffer
            n.entry = n.trace = None
        for storage in storages.get(position, ()):
            storage.value = n
            storage.__dict__.pop("trace", None)     # twice in the list if it was written to twice
    trace.begin()
    if interrupted is not None:
        raise interrupted


def _matched(trace):
    """The event at which a recording ends that was matched whole and whose values nobody has looked at, and who holds what; else (None, None)."""
    event, recording = trace.cursor, trace.recording
    if event is None or trace.reached.parent is not None or not _refcounts_tell or not recording.settled():
        return None, None
    recording.let_go()
    if event.runs is None:
        event.runs = {}
        event.order = leaves_of(event)
        event.owned = [n for n in event.order if type(n) is int and recording.values[n].number is None]
    count, values = sys.getrefcount, recording.values
    return event, (tuple([count(s) > _STORAGE for s in trace.made]), tuple([count(values[n]) <= _VALUE for n in event.owned]))


def _run_again(trace, event, execute, results) -> None:
    """Run a recording that ended at this event before, with the same values held."""
    recording = trace.recording
    values, made = recording.values, trace.made
    outputs, interrupted = _execute(trace, execute, [(values[n] if type(n) is int else n).buffer for n in event.order])
    for (places, shape, dtype), buffer in zip(results, outputs, strict=True):
        n = _new(Node)
        n.entry = n.trace = None
        n.shape, n.dtype, n.buffer = shape, dtype, buffer
        for k in places:
            storage = made[k]
            storage.value = n
            del storage.trace
    recording.root.usual = event.bound
    trace.begin()
    if interrupted is not None:
        raise interrupted


def _execute(trace, execute, buffers):
    """(the results, KeyboardInterrupt to be raised once they are taken in). Where a page fails, what does not depend on it is computed."""
    try:
        return execute(buffers), None
    except backends.Interrupted as stop:
        return stop.args[0], KeyboardInterrupt()
    except MemoryError:
        graph.stop_events(trace)
        raise
    except Exception as failure:
        graph.stop_events(trace)
        leaves = trace.leaves
        _salvage(trace)
        trace.begin()
        lacking = next((leaf for leaf in leaves if leaf.buffer is None), None)
        raise failure if lacking is None else graph.failure_of(lacking) from None


def _prepare(trace, live, spare):
    """What computes the values at the positions `live`: (a callable from the leaves' buffers to theirs, where each goes)."""
    plans, key = trace.entry.plans, (frozenset(live), spare)
    if key not in plans:                    # it is the same program whether nodes or storages hold the values
        recorded = trace.nodes
        program = compiler.compile(trace.leaves, recorded, tuple([n.position in live for n in recorded]), spare)
        plans[key] = Tiers(program), [(recorded[k].position, recorded[k].shape, recorded[k].dtype) for k, _ in program.results]
    return plans[key]


class Tiers:
    """A program, interpreted when it is first seen, compiled from the second time on.

    What is seen for the first time may never come again, and interpreting it costs less than compiling. Only where a program handles so much
    data that its interpretation is the dearer one is it compiled at once. Where the same operators keep coming with other shapes (a text that
    grows, sentences of all lengths) each structure is asked for as many sights as there are of its kind, but for no more than it takes until
    compiling would have paid. All of this is decided by counting, never by a clock or by what the disk holds, so that the same script gives
    the same bits every time.
    """

    __slots__ = ("program", "execute", "seen", "kind")
    compiled = 0                            # programs compiled so far in this process
    kinds: dict[tuple, set[int]] = {}       # the operators of programs, in order -> the structures that had them

    def __init__(self, program):
        self.program, self.execute, self.seen = program, None, 0
        if self.small():
            self.execute = backends.get("numpy").prepare(program)
            return
        steps, kinds = program.steps, Tiers.kinds
        if len(kinds) >= KINDS:
            kinds.clear()
        self.kind = kinds.setdefault(tuple([type(s.op) for s in steps]), set())
        if len(self.kind) < PATIENCE:
            self.kind.add(hash((tuple([(s.op, s.inputs) for s in steps]), tuple(program.types))))

    def __call__(self, buffers):
        if self.execute is None:
            self.seen += 1
            if INTERPRET or not are_deterministic_algorithms_enabled() and self.seen <= self.patience() and not self.large():
                return backends.get("numpy").prepare(self.program)(buffers)
            self.execute = self.compile()
            Tiers.compiled += 1
        return self.execute(buffers)

    def patience(self) -> int:
        """How often the program is interpreted before it is compiled."""
        alike = len(self.kind)
        wait = max(1, Tiers.compiled // CROWD)
        if alike <= ALIKE:
            return wait
        steps = self.program.steps
        elements = sum(math.prod(s.shape) for s in steps if s.op.outputs is None) + sum(math.prod(shape) for shape, _ in self.program.types)
        return max(wait, min(alike, round(PATIENCE * len(steps) / (len(steps) + elements / DEAR))))

    def small(self) -> bool:
        """Whether interpreting costs no more than a call of compiled code: a few steps on a few numbers."""
        steps = self.program.steps
        return len(steps) <= FEW and all(s.op.outputs is None and math.prod(s.shape) <= TINY for s in steps) and all(
            math.prod(shape) <= TINY for shape, _ in self.program.types)

    def large(self) -> bool:
        """Whether interpreting costs more than compiling."""
        return sum(math.prod(s.shape) for s in self.program.steps if s.op.outputs is None) > LARGE

    def compile(self):
        """By the first backend that can; a backend's own failure must not be the user's."""
        for name in backends.BACKENDS:
            try:
                return backends.get(name).prepare(self.program)
            except Exception as failure:
                if name == backends.BACKENDS[-1] or settings.strict():
                    raise
                if settings.logged("compile"):
                    print(f"flambeau: {name} could not compile a program of {len(self.program.steps)} steps, which is interpreted instead: {failure!r}",
                          file=sys.stderr)
        raise RuntimeError("internal: no backend")


def _salvage(trace) -> None:
    """Compute the nodes one by one; those that fail, and those that depend on them, are marked as failed."""
    for storage in trace.made:
        if "value" not in storage.__dict__:
            storage.value = trace.node(storage.position)        # which is to have the value or the mark
    for n in trace.nodes:
        try:
            inputs = n.inputs
            lacking = next((graph.failure_of(i) for i in inputs if i.buffer is None), None)
            if lacking is not None:
                raise lacking
            program = compiler.compile(inputs, [n], (True,), (False,) * len(inputs))
            n.buffer, = backends.get("numpy").prepare(program)([i.buffer for i in inputs])
        except Exception as failure:
            graph.mark_failed(n, failure)
        n.entry = n.trace = None


def _held(trace) -> tuple[dict[int, Node], dict[int, list[Storage]]]:
    """The pending values that somebody outside the trace holds, by position: as nodes, and as storages whose value has no node yet."""
    count = sys.getrefcount if _refcounts_tell else _many
    storages: dict[int, list[Storage]] = {}
    for s in trace.made:
        if "value" not in s.__dict__:
            if count(s) > _STORAGE:
                storages.setdefault(s.position, []).append(s)
        elif count(s) <= _STORAGE and s.value.trace is trace:
            del s.value                     # somebody read it, and let go of it: it must not count as held by the storage
    nodes = {n.position: n for n in trace.values if n is not None and n.trace is trace and count(n) > _NODE}
    return nodes, storages


def _spare(leaves) -> tuple[bool, ...]:
    """Of each leaf whether nobody outside the trace holds it."""
    if not _refcounts_tell:
        return (False,) * len(leaves)
    count = sys.getrefcount
    return tuple([count(n) <= _LEAF and n.number is None for n in leaves])         # a number is met again


def _many(x) -> int:
    return sys.maxsize


def _calibrate() -> tuple[int, int, int, int]:
    """The references that the counting itself, the trace's lists and (for leaves) its dictionary hold; for a recording's values, its own."""
    trace, probe = graph.Trace(), Node((), None)
    trace.values.append(probe)
    trace.made.append(Storage(probe))
    del probe
    node, = [sys.getrefcount(n) for n in trace.values]
    for s in trace.made:
        storage = sys.getrefcount(s)
    trace.leaves.append(trace.values[0])
    trace.leaf_positions[trace.leaves[0]] = 0
    trace.made.clear()
    del s                                   # it holds the node too
    leaf, = [sys.getrefcount(n) for n in trace.leaves]
    values = [Node((), None)]
    known = {values[0]: 0}                  # as Recording.known
    value, = [sys.getrefcount(values[n]) for n in known.values()]
    return node - 1, storage, leaf, value   # a node was held by its storage too


_new = object.__new__
_NODE, _STORAGE, _LEAF, _VALUE = _calibrate()
graph.register_runtime(realize)
