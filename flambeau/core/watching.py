"""Watching a call that is made for what an event would have to know to stand for it (core.events)."""
from __future__ import annotations

from . import graph
from .events import Event, Kind, Static, catch_up, is_static, plain_value, stop, undo
from .grad import NUMBER, GradNode
from .graph import NO_EVENT, Constant, Number
from .tensor import Tensor
from .ties import Fresh, Link, Seen


def watch(trace, call, function, inputs):
    """Make the call, and remember it as an event if it turns out to depend on nothing but what an event tells."""
    recording, cursor = trace.recording, trace.cursor
    recording.settle()
    catch_up(trace)
    found = describe(trace, inputs)
    if found is None:
        stop(trace)
        return function(*inputs)
    trace.lock.acquire()
    try:
        if trace.recording is not recording:        # another thread ran it in the meantime
            return function(*inputs)
        start, entries, token, taped = len(trace.values), trace.entries, trace.token, trace.tape is not None
        looked, trace.looked = trace.looked, False
        trace.cursor, trace.reached, trace.next, trace.watched = None, None, NO_EVENT, {}
        result = function(*inputs)
        links = trace.watched
        unmarked = trace.looked or trace.token is not token or taped and trace.tape is None or trace.entries != entries
        trace.looked = looked or trace.looked
        if not unmarked:
            event = _event(trace, recording, cursor, call, inputs, found, start, links, result)
            if event is not None:
                follow(trace, cursor, event)
    finally:
        trace.watched = None
        if trace.cursor is None and trace.recording is recording:
            recording.end(cursor)
        trace.lock.release()
    return result


def describe(trace, inputs):
    """What an event wants of these arguments, as (wants, kinds, how many are bound by then); tensors from outside are bound.

    None where an event cannot tell what they are.
    """
    recording = trace.recording
    if recording.writes != graph.writes.count:
        recording.look_again()
    base, known, tensors, wants, kinds, new = recording.base, trace.cursor.bound, trace.cursor.tensor_count, [], [], []
    count = known
    for x in inputs:
        kind = None
        if isinstance(x, Tensor):
            want = x._ordinal - base
            if not -count <= want < tensors:
                value = plain_value(x)
                if value is None or any(value is v for _, v, _, _ in new) or value in trace.leaf_positions or not recording.free(value, known):
                    return undo(new) and None
                recording.clear(count)
                want, kind = -1 - count, Kind.of(x)
                new.append((x, value, count, kind))
                x._ordinal = base + want
                count += 1
            wants.append(want)
        elif is_static(x):
            wants.append(Static(x))
        else:
            return undo(new) and None
        kinds.append(kind)
    recording.bind(new)
    return wants, kinds, count


def follow(trace, cursor, event) -> None:
    """Put the thread behind a new event, which the trace was told of already."""
    event.length, event.pending, event.nbytes, event.entry = len(trace.values), trace.pending, trace.nbytes, trace.entry
    event.heavy = trace.pending >= graph.MAX_PENDING or trace.nbytes > graph.MAX_PENDING_BYTES
    cursor.others[event.call] = (*cursor.others.get(event.call, ()), event)
    cursor.next = trace.cursor = trace.reached = trace.recording.last = event
    trace.next = event.next
    trace.entries += 1


def leaves_since(trace, start: int, count: int) -> list | None:
    """The leaves among the trace's values from `start` on, as Event.leaves; None if one is neither a constant nor one of the first `count` bound."""
    leaves = []
    for entry in trace.path()[start:]:
        if entry.op is None:
            leaf = trace.values[entry.position]
            number = trace.recording.known.get(leaf)
            if number is None and not isinstance(leaf, (Number, Constant)) or number is not None and number >= count:
                return None
            leaves.append((entry.position, number, leaf if number is None else None))
    return leaves


def _event(trace, recording, cursor, call, inputs, found, start, links, result) -> Event | None:
    """The event of a call that was made, or None if it did what an event cannot tell."""
    event = Event(call, cursor)
    event.wants, event.kinds, event.bound = found
    event.count, event.added = len(inputs), len(trace.values) - start
    event.leaves = leaves_since(trace, start, event.bound)
    if event.leaves is None:
        return None
    first_link = cursor.link_count
    if len(trace.made) != cursor.made_count:
        return None
    event.made_count, event.link_count = cursor.made_count, first_link + len(links)
    for k, node in enumerate(links):
        node.mark = recording.base + first_link + k
    results = [result] if isinstance(result, Tensor) else result
    if type(results) not in (list, tuple) or not results:
        return None
    described = [_result(trace, event, recording, inputs, start, k, t) for k, t in enumerate(results)]
    if None in described or len({id(t) for t in results}) < len(results):
        return None
    event.results, event.single = described, isinstance(result, Tensor)
    event.first, event.fresh = described[0], event.single and type(described[0]) is Fresh
    event.tensor_count = cursor.tensor_count + len(described)
    known = {}                      # what saved tensors may be: arguments and results, by identity and by storage
    for k, (t, what) in enumerate(zip(results, described, strict=True)):
        if type(what) is not int:
            known[id(t)] = cursor.tensor_count + k
    described_links = [_link(trace, recording, start, node, position, known, results, described, cursor.tensor_count, event.bound, event.link_count)
                       for node, position in links.items()]
    if None in described_links:
        return None
    event.links = described_links
    for k, (t, what) in enumerate(zip(results, described, strict=True)):
        if type(what) is not int:
            number = cursor.tensor_count + k
            t._ordinal = recording.base + number
            if type(what) is Fresh:
                t._storage.trace, t._storage.position = trace, what.position
                trace.made.append(t._storage)
    return event


_RESULT = {"_storage", "shape", "dtype", "_fn", "_output_nr", "_view", "_base", "_counter", "_stamp", "_creation", "_leaf", "_cache", "_ordinal"}


def _result(trace, event, recording, inputs, start, place, t):
    """A result as an event makes it again: the number of an argument, Fresh or Seen; None for what it cannot make."""
    for k, x in enumerate(inputs):
        if x is t:
            return k
    if type(t) is not Tensor or not t.__dict__.keys() <= _RESULT or t._tie is not None:
        return None
    link, number = t._fn, t._output_nr
    if link is not None:
        link = _link_number(recording, link, event.link_count)
        if link is None:
            return None
    if t._view is None and t._base is None:
        storage = t._storage
        value = storage.value
        if value.trace is not trace or value.position < start or value.shape != t.shape or storage.shared or storage.version or t._counter is not None:
            return None
        if t._leaf or t._creation is not None or any(isinstance(x, Tensor) and x._storage is storage for x in inputs):
            return None
        made = event.made_count
        event.made_count += 1
        return Fresh(value.position, t.shape, t.dtype, link, number, made, event.tensor_count + place)
    for k, x in enumerate(inputs):
        if isinstance(x, Tensor) and x._storage is t._storage and t._base is (x if x._base is None else x._base):
            base = t._base._ordinal - recording.base
            if not -event.bound <= base < event.tensor_count or t._counter is not x._counter:
                return None
            extra = {name: t.__dict__[name] for name in ("_creation", "_leaf") if name in t.__dict__}
            return Seen(k, base, t._view, t.shape, t.dtype, link, number, extra or None, x._ordinal - recording.base)
    return None


def _link(trace, recording, start, node, position, known, results, described, first, bound, count) -> Link | None:
    """How to build `node` again, or None."""
    link = Link()
    link.kind, link.op, link.outputs, link.position = type(node), node.op, node.outputs, position
    if node.run_backward is not None or node.line is not None or node.tensor_hooks or node.pre_hooks or node.post_hooks:
        return None
    link.edges = []
    for edge in node.next:
        if edge is None or edge is NUMBER:
            link.edges.append(edge)
        elif isinstance(edge[0], GradNode):
            number = _link_number(recording, edge[0], count)
            if number is None:
                return None
            link.edges.append((number, edge[1]))
        else:
            number = recording.base - 1 - edge[0]._ordinal
            if not 0 <= number < bound or recording.leaf(number) is not edge[0]:
                return None
            link.edges.append((-1, number))
    link.inputs, link.versions, link.saved_out = node.inputs, None, None
    if node.versions is not None:
        link.versions = tuple([v is not None for v in node.versions])
        link.inputs = []
        for x in node.inputs:
            if isinstance(x, Tensor):
                x = _saved_as(trace, recording, start, x, known, bound, count)
                if x is None:
                    return None
            elif type(x) is tuple:
                return None
            link.inputs.append(x)
        for x, version in zip(node.inputs, node.versions, strict=True):
            if version is not None and (not isinstance(x, Tensor) or (x._counter or x._storage).version != version):
                return None
    if node.saved_out is not None:
        link.saved_out = []
        for storage, view, _, _, version in node.saved_out:
            if view is not None or version != storage.version:
                return None
            for k, (t, what) in enumerate(zip(results, described, strict=True)):
                if type(what) is Fresh and t._storage is storage:
                    link.saved_out.append(("tensor", first + k))
                    break
            else:
                value = storage.value
                if value.trace is not trace or value.position < start:
                    return None
                link.saved_out.append(("value", value.position, None, 0))
    return link


def _link_number(recording, node: GradNode, count: int) -> int | None:
    """The number of a link of this recording."""
    number = node.mark - recording.base
    return number if 0 <= number < count else None


def _saved_as(trace, recording, start, x: Tensor, known, bound: int, count: int):
    """A saved tensor as Recording._saved finds it again, or None."""
    number = known.get(id(x))
    if number is None:
        mark = x._ordinal - recording.base
        if -bound <= mark < recording.last.tensor_count and (mark >= 0 or not x._leaf or recording.leaf(~mark) is x):
            number = mark
    if number is not None:
        return "tensor", number
    if type(x) is not Tensor or x._leaf or x._counter is not None:
        return None
    link = x._grad_fn
    if link is not None:
        link = _link_number(recording, link, count)
        if link is None:
            return None
    if x._view is None and x._base is None:
        value = x._storage.value
        if value.trace is not trace or value.position < start:
            return None
        return "value", value.position, link, x._output_nr
    if x._base is None:
        return None
    base = _saved_as(trace, recording, start, x._base, known, bound, count)
    return None if base is None else ("view", base, x._view, x.shape, x.dtype, link, x._output_nr)
