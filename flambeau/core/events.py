"""Events: calls that record the same again are matched with what they recorded last time, and nothing is built that nobody looks at.

While a thread records, its trace stands at an event, the last pure call (`record`, a view, a function marked `pure`) of this recording. Events
form a trie of their own: each knows which call followed it last time, with which tensors (by their number in the recording: bound ones, that
came from outside, below 0) and which other arguments (by type and value). If the next call is that one, its values are appended to the trace as
blanks, and its results are tensors whose storages have a place in the trace instead of a value, and whose grad_fn is a *tie* to the recording.

Whoever asks for a value gets its node then (Storage.__getattr__); whoever asks for a grad_fn has the recording's links built in order
(`settle`). Whatever an event cannot tell (a write, a hook, a mode, a tensor of another shape, a look at a value within the call) ends the
matching for this recording (`stop`): from there on calls are recorded one by one, as they are the first time.

An event is only made of a call whose whole way through the trie of operations was known, so what happens once costs nothing extra.
"""
from __future__ import annotations

import functools
import itertools
import math
from typing import ClassVar

from . import grad, graph
from .device import CPU
from .dtype import default_dtype, dtype, on_default_change
from .graph import MAX_ENTRIES, MAX_PENDING, MAX_PENDING_BYTES, NO_EVENT, _local, flush
from .shape import Size
from .storage import Storage
from .tensor import Tensor
from .ties import Fresh, Recording, see

MAX_ALTERNATIVES = 16       # calls that may follow one event; a number that is another one each time would fill the trie

MAX_KINDS = 10_000
MISS = object()             # no event that is known: the call has to be made
_new = object.__new__


class Static:
    """An argument that is no tensor."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


class Bind:
    """A tensor from outside, met for the first time in a recording: of one shape and dtype, a leaf that wants a gradient or none.

    There is one object for each kind. A tensor that was found to be of it says so (`_kind`) until something about it changes (`_unmark`).
    """

    __slots__ = ("shape", "dtype", "leaf")
    known: ClassVar[dict] = {}

    @classmethod
    def of(cls, x: Tensor) -> Bind:
        """The kind of `x`."""
        key = tuple(x.shape), x.dtype, x._leaf
        found = cls.known.get(key)
        if found is None:
            if len(cls.known) > MAX_KINDS:
                cls.known.clear()
            found = cls.known[key] = cls()
            found.shape, found.dtype, found.leaf = x.shape, x.dtype, x._leaf
        x._kind = found
        return found


class Event:
    """A call that was made at this point of a recording, and what it recorded.

    wants: what each argument has to be. blanks: what it adds to the trace's values. leaves: (position, number of the bound tensor or None, constant)
    of those that are leaves. results: what it returns; `single` if that is one tensor. known: (links, tensors, made storages) up to here.
    """

    __slots__ = ("call", "wants", "count", "next", "others", "parent", "entry", "blanks", "leaves", "pending", "nbytes", "results", "single", "links",
                 "link_count", "tensor_count", "made_count", "backwards", "first", "fresh")

    def __init__(self, call=None, parent=None):
        self.call, self.parent = call, parent
        self.next, self.others, self.backwards = NO_EVENT, {}, {}
        self.link_count = self.tensor_count = self.made_count = 0
        self.links = self.results = ()
        self.entry = None


# ---------------------------------------------------------------------------------------------------------------- matching a call
def run(trace, event: Event, inputs):
    """The result of the call that `event` describes if `inputs` are what it wants, else MISS, with nothing changed."""
    if event.count != len(inputs):
        return MISS
    recording = trace.recording
    base, new = recording.base, None
    try:
        for x, want in zip(inputs, event.wants, strict=False):         # of one length; strict costs
            kind = type(want)
            if kind is int:
                if x._ordinal - base != want or want < 0 and not _unchanged(x, ~want, recording):
                    return undo(new)
            elif kind is Bind:
                if x._kind is want:
                    storage = x._storage
                    value = storage.__dict__.get("value")
                    if value is None or value.trace is not None or value in recording.known or value.buffer is None or value.number is not None \
                            or storage.shared:
                        return undo(new)
                else:
                    value = _bindable(x, want, recording)
                    if value is None:
                        return undo(new)
                if new is None:
                    new = [(x, value)]
                elif any(value is v for _, v in new):
                    return undo(new)
                else:
                    new.append((x, value))
                x._ordinal = base - len(recording.bound) - len(new)
            elif x is not want.value and not _same(x, want.value):
                return undo(new)
    except AttributeError:                              # no tensor
        return undo(new)
    trace.lock.acquire()
    try:
        if trace.recording is not recording:            # another thread ran it in the meantime
            return undo(new)
        if new is not None:
            for x, value in new:
                recording.bind(x, value)
        if event.pending or event.leaves:
            values = trace.values
            values.extend(event.blanks)
            for position, number, node in event.leaves:
                if node is None:
                    node = recording.values[number]
                values[position] = node
                trace.leaf_positions[node] = position
                trace.leaves.append(node)
            trace.entry = event.entry
            trace.pending += event.pending
            trace.nbytes += event.nbytes
        trace.cursor = recording.last = event
        trace.next = event.next
        result = event.first
        if event.fresh:                                 # one new tensor: nearly always
            t = _new(Tensor)
            t._storage = storage = _new(Storage)
            storage.trace = trace
            storage.position = result.position
            trace.made.append(storage)
            t.shape = result.shape
            t.dtype = result.dtype
            t._ordinal = base + event.tensor_count - 1
            if result.link is not None:
                tie = recording.tie
                t._tie = tie is not None and tie() or recording.tied(event)
                if result.number:
                    t._output_nr = result.number
        else:
            t = _results(trace, event, recording, inputs)
    finally:
        trace.lock.release()
    if event.pending and (trace.pending >= MAX_PENDING or trace.nbytes > MAX_PENDING_BYTES):
        flush()
    return t


def _unchanged(x: Tensor, number: int, recording) -> bool:
    """Whether a bound tensor still has the value that it was bound with (if it was before this call)."""
    values = recording.values
    return number >= len(values) or x._storage.__dict__.get("value") is values[number]


def undo(new):
    """MISS; tensors that were marked on the way are not bound after all."""
    if new is not None:
        for x, _ in new:
            x._ordinal = -1
    return MISS


def _results(trace, event: Event, recording, inputs):
    mark = recording.base + event.tensor_count - len(event.results)
    made = []
    for number, result in enumerate(event.results):
        if type(result) is int:
            made.append(inputs[result])
            continue
        t = _new(Tensor)
        t.shape, t.dtype, t._ordinal = result.shape, result.dtype, mark + number
        if type(result) is Fresh:
            t._storage = storage = _new(Storage)
            storage.trace, storage.position = trace, result.position
            trace.made.append(storage)
        else:
            source = inputs[result.argument]
            see(t, source, source if source._base is None else source._base, result)
        if result.link is not None:
            t._tie = recording.tied(event)
            if result.number:
                t._output_nr = result.number
        made.append(t)
    return made[0] if event.single else tuple(made)


def _bindable(x, want: Bind, recording):
    """The value of a tensor from outside if it is like the one that was there last time, and none that the recording has already."""
    if x.dtype is want.dtype and x.shape == want.shape and x._leaf is want.leaf:
        value = plain_value(x, recording)
        if value is not None:
            x._kind = want
        return value
    return None


def plain_value(x: Tensor, recording):
    """The value of a tensor that is all of a storage on the CPU, computed, unknown to the recording, and without a producer."""
    if x._view is x._base is x._fn is x._tie is x._creation is None and not x._inference:
        storage = x._storage
        value = storage.__dict__.get("value")
        if value is not None and value.buffer is not None and not storage.shared and value.number is None and value.trace is None \
                and value not in recording.known and value.device is CPU and value.shape == x.shape:
            return value
    return None


def _same(x, y) -> bool:
    """Whether two arguments are of the same type and value, down to the sign of zero."""
    kind = type(x)
    if kind is not type(y):
        return False
    if kind is tuple or kind is list or kind is Size:
        return len(x) == len(y) and all([a is b or _same(a, b) for a, b in zip(x, y, strict=True)])
    if kind is float:
        return x == y and (x != 0 or math.copysign(1, x) == math.copysign(1, y))
    return kind in (int, str, bool) and x == y


_PLAIN = (int, float, str, bool, type(None), dtype)


def is_static(x) -> bool:
    """Whether `x` is an argument that can be compared later."""
    kind = type(x)
    if kind is tuple or kind is list or kind is Size:
        return all([is_static(a) for a in x])
    return kind in _PLAIN


# --------------------------------------------------------------------------------------------------------------- watching a call
def call(trace, call, function, inputs):
    """`function(*inputs)`, a pure call that `call` names: as an event that is known here, or made and perhaps remembered."""
    cursor = trace.cursor
    known = cursor.others.get(call, ())
    for event in known:
        if event is not trace.next:
            result = run(trace, event, inputs)
            if result is not MISS:
                cursor.next = event
                return result
    if len(known) >= MAX_ALTERNATIVES or cursor.tensor_count >= MAX_PENDING or trace.entries > MAX_ENTRIES:
        stop(trace)                         # (views alone leave nothing pending, so that nothing else would end the recording)
        return function(*inputs)
    return _watch(trace, call, function, inputs)


def stop(trace) -> None:
    """From here on the recording's calls are made one by one; the links that it has so far are built if anybody may need them."""
    if trace.cursor is not None:
        trace.cursor, trace.next = None, NO_EVENT
        if (tie := trace.recording.tie and trace.recording.tie()) is not None and not tie.released:
            tie.settle()
        trace.recording.forget()


def pure(function):
    """Mark a function whose result follows from its arguments' shapes, dtypes and (of what is no tensor) values alone, and which neither writes, nor
    draws random numbers, nor looks at values, nor warns where it succeeds. Keyword arguments are part of the call's name.
    """
    @functools.wraps(function)
    def remembering(*args, **kwargs):
        trace = _local.trace
        event = trace.next
        if kwargs:
            if trace.cursor is None:
                return function(*args, **kwargs)
            return _with_names(trace, function, args, kwargs)
        if event.call is function:
            result = run(trace, event, args)
            if result is not MISS:
                return result
        if trace.cursor is None:
            return function(*args)
        return _pure_call(trace, function, function, args)
    return remembering


_named: dict = {}


def _with_names(trace, function, args, kwargs):
    """A call with keyword arguments, whose names are part of what is called."""
    key = (function, len(args), *kwargs)
    named = _named.get(key)
    if named is None:
        names, count = tuple(kwargs), len(args)

        def named(*inputs):
            return function(*inputs[:count], **dict(zip(names, inputs[count:], strict=True)))
        if len(_named) < 4096:
            _named[key] = named
    inputs = (*args, *kwargs.values())
    event = trace.next
    if event.call is named:
        result = run(trace, event, inputs)
        if result is not MISS:
            return result
    return _pure_call(trace, named, named, inputs)


def _pure_call(trace, name, function, inputs):
    if not all([isinstance(x, Tensor) or is_static(x) for x in inputs]):
        return function(*inputs)            # the calls within may be events
    return call(trace, name, function, inputs)


# --------------------------------------------------------------------------------------------------------------- where they begin
_bases = itertools.count(1 << 20, 1 << 20)      # marks of two recordings never meet, whichever threads they are in


def begin(trace) -> None:
    """A recording begins: at the root of its modes, or without events where a mode is in force that they do not tell."""
    key = trace.grad, default_dtype()
    root = trace.roots.get(key)
    if root is None:
        root = trace.roots[key] = Event()
    trace.recording = Recording(trace, next(_bases), root)
    if not (trace.inference or trace.anomaly or trace.saved_hooks or trace.unusual):
        trace.cursor, trace.next = root, root.next


def turn(trace) -> None:
    """A mode of the thread changed: with the grad mode a recording goes on, as after an event of its own."""
    cursor, recording = trace.cursor, trace.recording
    if trace.inference or trace.anomaly or trace.saved_hooks:
        stop(trace)
    elif cursor.parent is None:
        begin(trace)
    else:
        event = cursor.others.get(trace.grad)
        if event is None:
            event = cursor.others[trace.grad] = Event(None, cursor)
            event.link_count, event.tensor_count, event.made_count = cursor.link_count, cursor.tensor_count, cursor.made_count
            event.entry = cursor.entry
        trace.cursor, trace.next, recording.last = event, event.next, event


graph.register_events(begin, stop)
grad.register(turn)
on_default_change.append(graph.stop_all_events)
_watch = None


def register(watch) -> None:
    """Give the events what watches calls that are made (core.watching)."""
    global _watch
    _watch = watch
