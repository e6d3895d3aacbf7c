"""A backward seen before is not walked again: what it recorded is appended as it was.

A trace's entry names the structure of all that was recorded, its tape the structure of autograd's links. Where both agree with an earlier
backward, and nothing happened that they do not tell (in-place writes, hooks, saved-tensor hooks, anomaly mode: all of them end the tape), the
walk would record the same operators on the same positions and give the same leaves their gradients. The replay does just that.
"""
from __future__ import annotations

from ..core import events, graph, watching
from ..core.grad import NUMBER, GradNode
from ..core.graph import Constant, Number
from ..core.storage import Storage
from ..core.tensor import Tensor, pending_tensor
from ..core.ties import Fresh


class Replay:
    """What one backward recorded: as many values as `values` lists, None but for constants, which are leaves.

    entry: the trie's, after it; pending, nbytes: what it added to the trace. results: (leaf, position, shape, dtype) for each gradient.
    guards: (position, number) of the Python numbers recorded before it that it reads.
    """

    __slots__ = ("values", "constants", "entry", "pending", "nbytes", "results", "guards")


class Backward(events.Event):
    """A backward as an event (core.events): what it recorded, and which leaves it gave their gradients."""

    __slots__ = ("targets",)


def place(t: Tensor):
    """(trace, entry, key) under which the backward of `t` is remembered; None where the tape does not tell its structure."""
    trace = graph._local.trace
    if trace.cursor is not None:
        events.catch_up(trace)
        trace.recording.settle()
    node = t._grad_fn if t._base is None else t._producer()
    if trace.tape is None or node is None or node.trace is not trace.token or trace.anomaly:
        return None
    return trace, trace.entry, (node.index, t._output_nr, *trace.tape)


def run(t: Tensor, where) -> bool:
    """Replay the backward of `t` if it is remembered and every leaf is ready to take a fresh gradient."""
    trace, place, key = where
    replay = None if place.replays is None else place.replays.get(key)
    if replay is None:
        return False
    nodes, leaves = _reachable(t._grad_fn, trace.leaf_count)
    leaves = [leaves[leaf] for leaf, *_ in replay.results]
    if not _ready(trace, replay, leaves) or not all(map(_unwritten, nodes)):
        return False
    event = _event(trace, t, replay, nodes, leaves)
    if event is None:
        graph.stop_events(trace)
    if not _append(trace, t._grad_fn.trace, replay, leaves, event):
        return False
    for node in nodes:
        node.release()
    return True


def _ready(trace, replay, leaves) -> bool:
    """Whether every leaf takes a fresh gradient, and the numbers are those that were there."""
    for x in leaves:
        if x._grad is not None or not x._leaf or x._hooks or x._post_accumulate or x._ending is not None:
            return False
    for position, number in replay.guards:
        if trace.values[position] is not number:
            return False
    return True


def _unwritten(node: GradNode) -> bool:
    """Whether what the node saved is as it was. A write in this thread ends the tape, a write in another one does not."""
    if node.versions is not None:
        for x, version in zip(node.inputs, node.versions, strict=True):
            if version is not None and isinstance(x, Tensor) and (x._counter or x._storage).version != version:
                return False
    return node.saved_out is None or all([storage.version == version for storage, *_, version in node.saved_out])


def _event(trace, t: Tensor, replay, nodes, leaves) -> Backward | None:
    """The backward of `t` as the next event of the recording, if it went through every link and there is no such event yet."""
    cursor, recording = trace.cursor, trace.recording
    if cursor is None or len(nodes) != cursor.link_count:
        return None
    ordinal, numbers = t._ordinal - recording.base, [recording.base - 1 - x._ordinal for x in leaves]
    if not 0 <= ordinal < cursor.tensor_count or (_BACKWARD, ordinal) in cursor.others \
            or not all(0 <= n < cursor.bound and recording.leaf(n) is x for n, x in zip(numbers, leaves, strict=True)):
        return None
    event = Backward((_BACKWARD, ordinal), cursor)
    event.added, event.leaves = len(replay.values), [(position, None, node) for position, node in replay.constants]
    event.untold, event.targets = True, []
    event.made_count += len(leaves)
    event.results = [Fresh(position, shape, dtype, None, 0, cursor.made_count + k, cursor.tensor_count + k)
                     for k, (_, position, shape, dtype) in enumerate(replay.results)]
    event.tensor_count += len(leaves)
    event.targets = list(zip(numbers, event.results, strict=True))
    return event


_BACKWARD = object()


def run_event(t: Tensor) -> bool:
    """Replay the backward of `t`, which the recording knows, without building what it would have walked over."""
    trace, tie = graph._local.trace, t._tie
    recording, cursor = tie.recording, trace.cursor
    if cursor is None or recording is not trace.recording:
        return False
    event = cursor.others.get((_BACKWARD, t._ordinal - recording.base))
    if event is None:
        return False
    event, = event
    if recording.writes != graph.writes.count:
        recording.look_again()
    leaves, bound, last = [], recording.bound, recording.base - 1
    for number, _ in event.targets:
        x = bound[number]()
        if x._ordinal != last - number or x._grad is not None or x._hooks or x._post_accumulate or x._ending is not None:
            return False
        leaves.append(x)
    with trace.lock:
        if trace.recording is not recording:        # another thread ran it in the meantime
            return False
        trace.cursor = recording.last = event
        trace.next = event.next
        base, made = recording.base, trace.made.append
        for x, (_, result) in zip(leaves, event.targets, strict=True):
            x._grad = g = _new(Tensor)
            g._storage = storage = _new(Storage)
            storage.trace, storage.position, g.shape, g.dtype, g._ordinal = trace, result.position, result.shape, result.dtype, base + result.ordinal
            made(storage)
    tie.release(event.link_count)
    if event.heavy:
        graph.flush()
    return True


_new = object.__new__


def _append(trace, token, replay, leaves, event) -> bool:
    """Append what the backward recorded, and give the leaves their gradients; False if another thread ran the trace in the meantime."""
    with trace.lock:
        if trace.token is not token:
            return False
        trace.values.extend(replay.values)
        for position, node in replay.constants:
            trace.leaf_positions[node] = position
            trace.leaves.append(node)
        trace.entry = replay.entry
        trace.pending += replay.pending
        trace.nbytes += replay.nbytes
        trace.tape = None
        for x, (_, position, shape, dtype) in zip(leaves, replay.results, strict=True):
            x._grad = pending_tensor(trace, position, shape, dtype)
        if event is not None:
            recording = trace.recording
            for x, result in zip(leaves, event.results, strict=True):
                x._grad._ordinal = recording.base + result.ordinal
            watching.follow(trace, trace.cursor, event)
            tie = recording.tie and recording.tie()
            if tie is not None:
                tie.release(event.link_count)
    return True


def _reachable(root: GradNode, count: int):
    """The nodes that backward from `root` visits, and the leaves by their number."""
    leaves: list = [None] * count
    nodes, stack, seen = [], [root], {root}
    while stack:
        node = stack.pop()
        nodes.append(node)
        for edge in node.next:
            if edge is None or edge is NUMBER:
                continue
            source = edge[0]
            if isinstance(source, GradNode):
                if source not in seen:
                    seen.add(source)
                    stack.append(source)
            else:
                leaves[source._tape_number[1]] = source
    return nodes, leaves


class Capture:
    """Watches a backward being walked, to remember it if it turns out to follow from the structure alone."""

    def __init__(self, where):
        self.trace, self.entry, self.key = where
        self.token, self.start, self.written = self.trace.token, len(self.trace.values), len(self.trace.tape)
        self.nbytes, self.trace.looked = self.trace.nbytes, False

    def keep(self, accumulated) -> None:
        """Remember the walk, whose leaves were `accumulated` as (leaf, whether it had no gradient before)."""
        trace = self.trace
        if trace.token is not self.token or trace.tape is None or len(trace.tape) != self.written or trace.looked:
            return
        replay = Replay()
        start, path = self.start, trace.path()
        replay.values, replay.constants = [], []
        for entry in path[start:]:
            node = None
            if entry.op is None:
                node = trace.values[entry.position]
                if not isinstance(node, (Number, Constant)):
                    return
                replay.constants.append((entry.position, node))
            replay.values.append(node)
        read = {p for entry in path[start:] for p in entry.sources if p < start}
        replay.guards = [(p, trace.values[p]) for p in sorted(read) if isinstance(trace.values[p], Number)]
        results = []
        for leaf, fresh in accumulated:
            number = leaf._tape_number
            hooked = leaf._hooks or leaf._post_accumulate or leaf._ending is not None
            if hooked or not fresh or number is None or number[0] is not self.token or leaf._grad is None:
                return
            value = leaf._grad._storage.value
            position = value.position if value.trace is trace else trace.leaf_positions.get(value)
            if position is None or leaf._grad._view is not None:
                return
            results.append((number[1], position, value.shape, value.dtype))
        replay.results, replay.entry, replay.nbytes = results, trace.entry, trace.nbytes - self.nbytes
        replay.pending = len(replay.values) - len(replay.constants)
        if self.entry.replays is None:
            self.entry.replays = {}
        self.entry.replays[self.key] = replay
        trace.entries += len(replay.values)     # remembered walks count towards what the trie may hold
