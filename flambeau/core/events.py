"""Events: calls that record the same again are matched with what they recorded last time, and nothing is built that nobody looks at.

While a thread records, its trace stands at an event, the last pure call (`record`, a view, a function marked `pure`) of this recording. Events
form a trie of their own: each knows which call followed it last time, with which tensors (by their number in the recording: bound ones, that
came from outside, below 0) and which other arguments (by type and value). If the next call is that one, nothing is written down but where the
thread is among its events. Its results are tensors whose storages have a place in the trace instead of a value, and whose grad_fn is a *tie* to
the recording. A backward (autograd.replay) and an optimizer's update (ops.foreach) are events too, so that a whole step that repeats the last
one is a walk along the trie, and what runs it is found at its end (runtime).

Tensors from outside that were there last time get their number when the first call of a recording is matched, all in one go (Recording.expect):
then to match an argument is to compare a number. What holds for a tensor then must hold when it is used. A change of the tensor takes its number
away (Tensor._unmark), a write in this thread ends the matching, and a write in any thread is counted (graph.writes), so that a recording that
has missed one looks again.

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
from .graph import MAX_ENTRIES, MAX_PENDING, NO_EVENT, _local, flush, writes
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


class Kind:
    """What a tensor from outside has to be like: its shape and dtype, and whether it is a leaf that wants a gradient.

    There is one object for each kind. A tensor that was found to be of it says so (`_kind`) until something about it changes (`_unmark`).
    """

    __slots__ = ("shape", "dtype", "leaf")
    known: ClassVar[dict] = {}

    @classmethod
    def of(cls, x: Tensor) -> Kind:
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

    wants: what each argument has to be: a tensor by its number (from outside: below 0), or Static. kinds: of those met here for the first time.
    added: how many values it adds to the trace; leaves: (position, number of the bound value or None, constant) of those that are leaves.
    results: what it returns; `single` if that is one tensor, `fresh` if that has memory of its own.
    entry, length, pending, nbytes: where the trace is after it. bound, link_count, tensor_count, made_count: how many of each there are by then.
    untold: whether something happened by then that no tape tells (a backward, an update).
    runs: what ran the recordings that ended here, by who held what; order: their leaves; owned: those that are a tensor's memory (runtime).
    """

    __slots__ = ("call", "wants", "kinds", "count", "next", "others", "parent", "entry", "added", "leaves", "length", "pending", "nbytes", "bound",
                 "results", "single", "first", "fresh", "links", "link_count", "tensor_count", "made_count", "untold", "heavy", "expected", "usual",
                 "runs", "order", "owned")

    def __init__(self, call, parent: Event | None, entry=None):
        self.call, self.parent, self.next, self.others, self.runs, self.order = call, parent, NO_EVENT, {}, None, None
        self.links = self.results = self.leaves = self.wants = self.kinds = ()
        self.count = self.added = 0
        self.heavy = False
        if parent is None:              # a recording's beginning: `expected` is who was bound under each number last time, `usual` how many
            self.entry, self.expected, self.usual = entry, [], 0
            self.length = self.pending = self.nbytes = self.bound = self.link_count = self.tensor_count = self.made_count = 0
            self.untold = False
        else:
            self.stand_as(parent)

    def stand_as(self, other: Event) -> None:
        """Nothing is recorded between `other` and here."""
        for name in _STANDING:
            setattr(self, name, getattr(other, name))


_STANDING = ("entry", "length", "pending", "nbytes", "bound", "link_count", "tensor_count", "made_count", "untold")


# ---------------------------------------------------------------------------------------------------------------- matching a call
def run(trace, event: Event, inputs):
    """The result of the call that `event` describes if `inputs` are what it wants, else MISS, with nothing changed."""
    if event.count != len(inputs):
        return MISS
    recording = trace.recording
    new = None
    if recording.writes != writes.count:
        recording.look_again()
    base = recording.base
    try:
        for x, want, kind in zip(inputs, event.wants, event.kinds, strict=False):       # of one length; strict costs
            if type(want) is int:
                if x._ordinal - base != want or kind is not None and x._kind is not kind:
                    new = meet(trace, event, inputs)
                    if new is None:
                        return MISS
                    break
            elif x is not want.value and not same(x, want.value):
                return MISS
    except AttributeError:                              # no tensor
        return MISS
    trace.lock.acquire()
    try:
        if trace.recording is not recording:            # another thread ran it in the meantime
            return undo(new)
        if new is not None:
            recording.bind(new)
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
            t._ordinal = base + result.ordinal
            if result.link is not None:
                tie = recording.tie
                t._tie = tie is not None and tie() or recording.tied(event)
                if result.number:
                    t._output_nr = result.number
        else:
            t = _results(trace, event, recording, inputs)
    finally:
        trace.lock.release()
    if event.heavy:
        flush()
    return t


def meet(trace, event: Event, inputs):
    """What `event` would bind of `inputs`, as (tensor, value, number, kind), with the tensors marked; None if they are not what it wants."""
    recording, new = trace.recording, []
    base, count = recording.base, trace.cursor.bound
    for x, want, kind in zip(inputs, event.wants, event.kinds, strict=True):
        if type(want) is not int:
            if x is not want.value and not same(x, want.value):
                return undo(new) and None
        elif not isinstance(x, Tensor):
            return undo(new) and None
        elif x._ordinal - base == want and (kind is None or x._kind is kind):
            if kind is not None:
                count = -want           # it has this number for certain
        elif kind is None:
            return undo(new) and None
        else:
            value = plain_value(x) if x._kind is kind or x.dtype is kind.dtype and x.shape == kind.shape and x._leaf is kind.leaf else None
            if value is None or any(value is v for _, v, _, _ in new) or not recording.free(value, count):
                return undo(new) and None
            recording.clear(~want)          # before anything else is looked for by that number
            new.append((x, value, ~want, kind))
            x._kind, x._ordinal, count = kind, base + want, -want
    return new


def undo(new):
    """MISS; tensors that were marked on the way are not bound after all."""
    if new:
        for x, *_ in new:
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


def plain_value(x: Tensor):
    """The value of a tensor that is all of a storage on the CPU, computed, and without a producer or a version counter apart from the storage's."""
    if x._view is x._base is x._fn is x._tie is x._creation is x._counter is None and not x._inference:
        storage = x._storage
        value = storage.__dict__.get("value")
        if value is not None and value.buffer is not None and not storage.shared and value.number is None and value.trace is None \
                and value.device is CPU and value.shape == x.shape:
            return value
    return None


def same(x, y) -> bool:
    """Whether two arguments are of the same type and value, down to the sign of zero."""
    kind = type(x)
    if kind is not type(y):
        return False
    if kind is tuple or kind is list or kind is Size:
        return len(x) == len(y) and all([a is b or same(a, b) for a, b in zip(x, y, strict=True)])
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


# ---------------------------------------------------------------------------------------------------------- what the trace is told
def catch_up(trace) -> None:
    """Write down in the trace what the events since `reached` recorded."""
    with trace.lock:
        cursor, event, chain = trace.cursor, trace.cursor, []
        if cursor is trace.reached:
            return
        while event is not trace.reached:
            if event.added:
                chain.append(event)
            event = event.parent
        bound = trace.recording.values
        values, positions, leaves = trace.values, trace.leaf_positions, trace.leaves
        values.extend([None] * (cursor.length - len(values)))
        for event in reversed(chain):
            for position, number, node in event.leaves:
                if node is None:
                    node = bound[number]
                values[position] = node
                positions[node] = position
                leaves.append(node)
        trace.entry, trace.pending, trace.nbytes, trace.reached = cursor.entry, cursor.pending, cursor.nbytes, cursor
        if cursor.untold:
            trace.tape = None


def leaves_of(event: Event):
    """The leaves of a recording that ended at `event`, in order, each as the number of a bound value or as a constant."""
    chain = []
    while event.parent is not None:
        chain.append(event)
        event = event.parent
    return [node if number is None else number for event in reversed(chain) for _, number, node in event.leaves]


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
    cursor = trace.cursor
    if cursor is not None:
        if cursor is not trace.reached:
            catch_up(trace)
        trace.cursor, trace.reached, trace.next = None, None, NO_EVENT
        trace.recording.settle()
        trace.recording.end(cursor)


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
        root = trace.roots[key] = Event(None, None, trace.root)
    trace.recording = Recording(trace, next(_bases), root)
    if trace.inference or trace.anomaly or trace.saved_hooks or trace.unusual:
        trace.cursor, trace.reached, trace.next = None, None, NO_EVENT
    else:
        trace.cursor, trace.reached, trace.next = root, root, root.next


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
        trace.cursor, trace.next, recording.last = event, event.next, event


graph.register_events(begin, stop, catch_up)
grad.register(turn)
on_default_change.append(graph.stop_all_events)
_watch = None


def register(watch) -> None:
    """Give the events what watches calls that are made (core.watching)."""
    global _watch
    _watch = watch
