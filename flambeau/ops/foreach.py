"""One operation on lists of tensors: what optimizers update all their parameters with.

An update of many tensors records the same operators each time. What the first time recorded is remembered in the trace's trie and appended
whole when the same structure comes again, as with a backward (autograd.replay). Numbers (rates, decays, powers of them) are leaves of their
own each time, so a schedule makes no new structure.
"""
from __future__ import annotations

from math import copysign
from operator import is_, itemgetter
from sys import getrefcount

import numpy as np

from ..core import dtype as dt
from ..core import events, graph, watching
from ..core.device import CPU
from ..core.graph import Node, Number
from ..core.shape import Size
from ..core.storage import COUNTS_TELL
from ..core.tensor import Tensor
from .blend import AddCDiv, AddCMul, LerpByNumber
from .elementwise import Add, AddScaled, Div, Mul, Neg, Sqrt
from .magnitude import Maximum

_ADD, _ADD_SCALED, _DIV, _MUL, _NEG, _SQRT = Add(), AddScaled(), Div(), Mul(), Neg(), Sqrt()
_ADDCDIV, _ADDCMUL, _LERP, _MAXIMUM = AddCDiv(), AddCMul(), LerpByNumber(), Maximum()
_SCALAR = Size(())


# ---------------------------------------------------------------------------------------------------------------- the formulas
def _scaled(add, x, y, factor, is_one):
    """x + factor · y, as `x.add(y, alpha=factor)` records it."""
    return add(_ADD, x, y) if is_one else add(_ADD_SCALED, x, y, factor)


def _axpy(add, switches, numbers, x, y):
    return add(_ADD_SCALED, x, y, numbers[0]),


def _sgd(add, switches, numbers, param, grad, buffer=None):
    maximize, decays, momentum, nesterov, ones = switches
    rate, decay, kept, taken = numbers
    if maximize:
        grad = add(_NEG, grad)
    if decays:
        grad = _scaled(add, grad, param, decay, ones[0])
    if not momentum:
        return _scaled(add, param, grad, rate, ones[3]),
    buffer = _scaled(add, add(_MUL, buffer, kept), grad, taken, ones[1])
    grad = _scaled(add, grad, buffer, kept, ones[2]) if nesterov else buffer
    return _scaled(add, param, grad, rate, ones[3]), buffer


def _adam(add, switches, numbers, param, grad, mean, square, largest=None):
    maximize, decays, decoupled, amsgrad, decay_is_one = switches
    decay, shrink, lerp, keep, take, correction, eps, rate = numbers
    if maximize:
        grad = add(_NEG, grad)
    if decays and decoupled:
        param = add(_MUL, param, shrink)
    elif decays:
        grad = _scaled(add, grad, param, decay, decay_is_one)
    mean = add(_LERP, mean, grad, lerp)
    square = found = add(_ADDCMUL, add(_MUL, square, keep), grad, grad, take)
    if amsgrad:
        largest = found = add(_MAXIMUM, largest, square)
    scale = add(_ADD, add(_DIV, add(_SQRT, found), correction), eps)
    param = add(_ADDCDIV, param, mean, scale, rate)
    return (param, mean, square, largest) if amsgrad else (param, mean, square)


class _Recorded:
    """What a formula recorded: blanks of the trace, and the positions of the results."""

    __slots__ = ("blanks", "entry", "nbytes", "results")


def _update(formula, switches, numbers, writes, read, *written) -> bool:
    """Write to the tensors of each list in `written` what `formula` makes of them, of `read` (the second argument) and of the numbers.

    writes: how many writes in place that is for a tensor of each list: what its version is counted up by.
    False, with nothing changed, where that takes the general way: views, memory that NumPy or another device has, integers, aliases.
    """
    trace = graph.current_trace()
    if trace.inference:
        return False
    call, inputs = (formula, switches, len(written), len(read)), [*read]
    for column in written:
        inputs += column
    event = trace.next
    if event.call == call and _repeat(trace, event, inputs, numbers):
        return True
    storages = []
    for t in inputs:
        if t._view is not None or t._inference or t.dtype.category != 2:
            return False
        storages.append(t._storage)
    if len(set(storages)) < len(storages):
        return False
    cursor, found = trace.cursor, None
    if cursor is not None:
        for event in cursor.others.get(call, ()):
            if _repeat(trace, event, inputs, numbers):
                cursor.next = event
                return True
        events.catch_up(trace)
        found = watching.describe(trace, inputs)
    if found is None:
        graph.forget_tape()
    trace.tape = None
    graph.writing.acquire()
    trace.lock.acquire()
    try:
        positions = _places(trace, storages)
        if positions is None:
            graph.stop_events(trace)
            return False
        nodes = [_number(value) for value in numbers]
        positions += [trace._position(node) for node in nodes]
        key = (call, *positions)
        if trace.capture is not None:
            trace.capture.numbers(nodes)
        start = trace.entry
        block = None if start.replays is None else start.replays.get(key)
        if block is None:
            block = _record(trace, formula, switches, len(read), positions)
            if block is None:
                graph.stop_events(trace)
                return False
            if start.replays is None:
                start.replays = {}
            start.replays[key] = block
            trace.entries += len(block.blanks)
        else:
            trace.values.extend(block.blanks)
            trace.entry = block.entry
            trace.pending += len(block.blanks)
            trace.nbytes += block.nbytes
        results, written = block.results, inputs[len(read):]
        counts = [count for count in writes for _ in read]
        _write(trace, zip(written, results, counts, strict=True))
        if trace.cursor is not None and found is not None:
            _follow(trace, call, inputs, found, nodes, list(zip(results, counts, strict=True)))
    finally:
        trace.lock.release()
        graph.writing.release()
    if trace.waiting() >= graph.MAX_PENDING or trace.nbytes > graph.MAX_PENDING_BYTES:
        graph.flush()
    return True


def _write(trace, results) -> None:
    """Make what is pending at a position the value of a tensor, and count its writes, for each (tensor, position, count)."""
    made = trace.made.append
    for t, position, count in results:
        storage = t._storage
        try:
            del storage.value
        except AttributeError:          # it has none yet
            pass
        storage.trace = trace
        storage.position = position
        made(storage)
        if t._counter is None:
            storage.version += count
        else:
            t._counter.version += count
        t._ordinal = -1                 # it is not what the recording knew by its number
    _own_write(trace)


def _own_write(trace) -> None:
    """Count a write, of which this thread's recording knows."""
    graph.writes.count += 1
    trace.recording.writes += 1


class Update(events.Event):
    """An update as an event (core.events): where its results are, and how many writes each counts for; the nodes of its numbers last time."""

    __slots__ = ("writes", "nodes")


def _follow(trace, call, inputs, found, nodes, writes) -> None:
    """Remember the update that was just recorded as the event that follows."""
    cursor, recording = trace.cursor, trace.recording
    event = Update(call, cursor)
    event.wants, event.kinds, event.bound = found
    event.nodes = nodes
    recording.bind([(None, node, number, None) for number, node in enumerate(nodes, event.bound)])
    event.bound += len(nodes)
    event.leaves = watching.leaves_since(trace, cursor.length, event.bound)
    if event.leaves is None:
        graph.stop_events(trace)
        return
    event.added, event.count, event.writes = len(trace.values) - cursor.length, len(inputs), writes
    event.made_count += len(writes)
    event.untold = True
    watching.follow(trace, cursor, event)


def _number(value: float) -> Number:
    return Number(_SCALAR, dt.float64, np.array(value), value)


def _repeat(trace, event, inputs, numbers) -> bool:
    """Make the update that `event` describes if that is what is asked for."""
    recording = trace.recording
    new = None
    if event.count != len(inputs):
        return False
    if recording.writes != graph.writes.count:
        recording.look_again()
    base = recording.base
    for t, want, kind in zip(inputs, event.wants, event.kinds, strict=True):
        if t._ordinal - base != want or kind is not None and t._kind is not kind:
            new = events.meet(trace, event, inputs)
            if new is None:
                return False
            break
    graph.writing.acquire()
    trace.lock.acquire()
    try:
        if trace.recording is not recording:            # another thread ran it in the meantime
            events.undo(new)
            return False
        if new is not None:
            recording.bind(new)
        nodes = event.nodes
        for k, value in enumerate(numbers):
            known = nodes[k].number
            if value != known or value == 0 and copysign(1, value) != copysign(1, known):
                nodes[k] = _number(value)
        recording.hold(nodes, event.bound - len(nodes))
        trace.cursor = recording.last = event
        trace.next = event.next
        _write(trace, [(t, position, count) for t, (position, count) in zip(inputs[len(inputs) - len(event.writes):], event.writes, strict=True)])
    finally:
        trace.lock.release()
        graph.writing.release()
    if event.heavy:
        graph.flush()
    return True


def _places(trace, storages) -> list[int] | None:
    """Where the trace has the storages' values, which enter it as leaves where it has not; None if one is elsewhere or shared."""
    values = []
    for storage in storages:
        fields = storage.__dict__
        value = fields.get("value")
        if value is None:
            if fields.get("trace") is not trace:
                return None
        elif "shared" in fields and storage.shared or value.trace is not None and value.trace is not trace or value.device is not CPU:
            return None
        values.append(value)
    positions, known, entry = [], trace.leaf_positions, trace.entry
    for storage, value in zip(storages, values, strict=True):
        if value is None:
            positions.append(storage.position)
        elif value.trace is trace:
            positions.append(value.position)
        else:
            position = known.get(value)
            if position is None:            # as Trace._position, without asking the trie where the same leaf followed last time
                after = entry.leaf
                if after is not None and after.dtype is value.dtype and after.shape == value.shape and value.number is None:
                    trace.entry = after
                    position = known[value] = after.position
                    trace.values.append(value)
                    trace.leaves.append(value)
                else:
                    position = trace._position(value)
                    if value.number is None:
                        entry.leaf = trace.entry
                entry = trace.entry
            positions.append(position)
    return positions


def _record(trace, formula, switches, count, positions) -> _Recorded | None:
    """Record the formula for each row of the columns, of `count` positions each; None where a row has several shapes or dtypes."""
    start, nbytes = len(trace.values), trace.nbytes
    nodes = [trace.node(p) for p in positions]
    numbers, nodes = [n for n in nodes if n.number is not None], [n for n in nodes if n.number is None]
    grads, param, *more = [nodes[k:k + count] for k in range(0, len(nodes), count)]
    rows = [param, grads, *more]
    if any(n.shape != row[0].shape or n.dtype is not row[0].dtype for row in zip(*rows, strict=True) for n in row):
        return None

    def add(op, *inputs):
        return trace.append(op, inputs)
    found = _Recorded()
    results = [formula(add, switches, numbers, *row) for row in zip(*rows, strict=True)]
    found.results = [n.position for column in zip(*results, strict=True) for n in column]
    found.blanks, found.entry, found.nbytes = [None] * (len(trace.values) - start), trace.entry, trace.nbytes - nbytes
    return found


# ------------------------------------------------------------------------------------------------------------ what optimizers call
def _foreach_add_(self, other, *, alpha=1.0) -> None:
    """self[k] += alpha * other[k] for every k; `other` is a list of tensors, or a number for all."""
    if not isinstance(other, (list, tuple)):
        other = [other] * len(self)
    if len(self) != len(other):
        raise RuntimeError(f"Tensor lists must have the same number of tensors, got {len(self)} and {len(other)}")
    simple = isinstance(alpha, float) and alpha != 1 and all(isinstance(g, Tensor) and t.shape == g.shape and t.dtype is g.dtype
                                                             for t, g in zip(self, other, strict=True))
    if self and simple and _update(_axpy, (), (alpha,), (1,), other, self):
        return
    for t, g in zip(self, other, strict=True):
        t.add_(g, alpha=alpha)


def _foreach_sgd_(params, grads, buffers, *, lr: float, momentum: float, dampening: float, weight_decay: float, nesterov: bool, maximize: bool,
                  group: dict | None = None) -> bool:
    """SGD's step on lists; `buffers` is None without momentum. False, with nothing changed, where it takes the general way.

    `group` is where `lr` comes from: a captured step reads it there each time.
    """
    numbers = tuple(map(float, (-lr, weight_decay, momentum, 1 - dampening)))
    ones = weight_decay == 1, numbers[3] == 1, momentum == 1, -lr == 1
    switches = bool(maximize), weight_decay != 0, momentum != 0, bool(nesterov), ones
    if not _update(_sgd, switches, numbers, (1, 2) if momentum != 0 else (1,), grads, params, *([buffers] if momentum != 0 else [])):
        return False
    capture = graph.current_trace().capture
    if capture is not None and group is not None:
        capture.update(SgdNumbers(group, numbers))
    return True


def _foreach_adam_(params, grads, means, squares, largest, steps, *, lr: float, beta1: float, beta2: float, eps: float, weight_decay: float,
                   decoupled: bool, maximize: bool, group: dict | None = None) -> bool:
    """Adam's step on lists, `largest` None but for amsgrad; counts up `steps`. False, with nothing changed, where it takes the general way.

    `group` is where `lr` comes from: a captured step reads it there each time.
    """
    count = _common_count(steps)
    if count is None:
        return False

    def numbers(lr, count):
        return (float(weight_decay), 1.0 - lr * weight_decay, 1.0 - beta1, beta2, 1.0 - beta2, (1.0 - beta2 ** count) ** 0.5, eps,
                -lr / (1.0 - beta1 ** count))

    switches = bool(maximize), weight_decay != 0, bool(decoupled), largest is not None, weight_decay == 1
    writes = (2 if decoupled and weight_decay != 0 else 1, 1, 2)
    lists = [params, means, squares]
    if largest is not None:
        writes += (1,)
        lists.append(largest)
    if not _update(_adam, switches, tuple(map(float, numbers(lr, count))), writes, grads, *lists):
        return False
    _count_up(steps, count)
    capture = graph.current_trace().capture
    if capture is not None:
        capture.update(AdamNumbers(group, lr, beta1, beta2, list(steps), numbers))
    return True


# ----------------------------------------------------------------------------------------------------- what captured steps do anew
class SgdNumbers:
    """The numbers of a captured step of SGD, as the group's rate has them now."""

    storages: tuple = ()

    def __init__(self, group: dict, numbers: tuple[float, ...]):
        self.group, self.numbers = group, numbers

    def place(self, figures, start: int) -> None:
        """Keep the numbers in `figures` (an array of floats) from `start` on."""
        self.figures, self.start = figures, start
        for k, number in enumerate(self.numbers, start):
            figures[k] = number

    def now(self) -> bool:
        """Put the numbers of the step to be made into place; False where it has to be made in another way."""
        lr = self.group["lr"]
        if type(lr) is not float or (lr == -1) is not (self.numbers[0] == 1):
            return False
        self.figures[self.start] = -lr
        return True

    def done(self) -> None:
        """The step was made: nothing is counted."""


class AdamNumbers:
    """The numbers of a captured step of Adam: its rate and its count as they are now.

    All counts share one value as a rule. While nobody else holds that it is counted up where it stands.
    """

    def __init__(self, group: dict | None, lr: float, beta1: float, beta2: float, steps: list[Tensor], numbers):
        self.group, self.beta1, self.beta2, self.steps, self.numbers = group or {"lr": lr}, beta1, beta2, steps, numbers
        self.storages = tuple([t._storage for t in steps])
        self.fields = [storage.__dict__ for storage in self.storages]       # quicker to ask than a class that has __getattr__
        self.node, self.nodes, self.known, self.count = None, (None,) * len(steps), 0.0, 0.0

    def place(self, figures, start: int) -> None:
        """Keep the numbers in `figures` (an array of floats) from `start` on."""
        self.figures, self.start = figures, start
        for k, number in enumerate(self.numbers(self.group["lr"], 1.0), start):
            figures[k] = number

    def now(self) -> bool:
        """Put the numbers of the step to be made into place; False where it has to be made in another way."""
        lr = self.group["lr"]
        if type(lr) is not float:
            return False
        if self._known_still():
            count = self.known + 1
            if count >= 1 << 24:
                return False
        else:
            self.node = None
            count = _common_count(self.steps)
            if count is None:
                return False
        if (self.node is None or not self._alone()) and any(storage.shared for storage in self.storages):
            return False
        self.count, figures, start = count, self.figures, self.start
        power = self.beta2 ** count
        figures[start + 1] = 1.0 - lr * figures[start]
        figures[start + 5] = (1.0 - power) ** 0.5
        figures[start + 7] = -lr / (1.0 - self.beta1 ** count)
        return True

    def _known_still(self) -> bool:
        try:
            return all(map(is_, map(_value_of, self.fields), self.nodes))
        except KeyError:                # one is pending
            return False

    def _alone(self) -> bool:
        """Whether nobody but the counts and this object holds their value."""
        return COUNTS_TELL and getrefcount(self.node) <= 2 * len(self.nodes) + 2 and getrefcount(self.buffer) <= 3

    def done(self) -> None:
        """The step was made: count it."""
        count = self.known = self.count
        if self.node is not None and self._alone():
            self.buffer[()] = count
            for fields in self.fields:
                fields["version"] += 1
            with graph.writing:
                graph.writes.count += 1
            return
        node, *more = _count_up(self.steps, count)
        if more or any(t._counter is not None for t in self.steps):         # counts of two types; counted otherwise than by their storages
            self.node = self.buffer = None
            self.nodes = (None,) * len(self.steps)
        else:
            self.node, self.buffer, self.nodes = node, node.buffer, (node,) * len(self.steps)


_value_of = itemgetter("value")


def _common_count(steps) -> float | None:
    """What follows the number that all of `steps` (0-d, of one storage each) hold now; None if that is not known without running anything."""
    values = set()
    for t in steps:
        storage = t._storage
        if storage.shared or t._view is not None or t._inference or t.shape or "value" not in storage.__dict__:
            return None
        values.add(storage.value)
    found = set()
    for value in values:
        if value.trace is not None or value.buffer is None or value.dtype not in (dt.float32, dt.float64):
            return None
        found.add(float(value.buffer.item()))
    if len(found) != 1:
        return None
    count, = found
    return count + 1 if count < 1 << 24 else None


def _count_up(steps, count: float) -> tuple:
    """Write `count` to each of `steps`, which share one value from then on: so the next look at them is a look at one. That value, one a dtype."""
    nodes: dict = {}
    with graph.writing:
        for t in steps:
            node = nodes.get(t.dtype)
            if node is None:
                node = nodes[t.dtype] = Node(_SCALAR, t.dtype, np.array(count, t.dtype.numpy))
            t._storage.value = node
            (t._counter or t._storage).version += 1
            t._ordinal = -1
        _own_write(graph.current_trace())
    return tuple(nodes.values())


def _foreach_gradients(params) -> tuple[list[Tensor], list[Tensor]]:
    """Those of `params` that have gradients, and these."""
    grads = [p._grad for p in params]
    if all([g is not None for g in grads]):
        return params, grads
    return [p for p in params if p._grad is not None], [g for g in grads if g is not None]


def _foreach_forget_gradients(params) -> None:
    """Let no parameter have a gradient."""
    for p in params:
        p._grad = None


__all__ = ["_foreach_adam_", "_foreach_add_", "_foreach_forget_gradients", "_foreach_gradients", "_foreach_sgd_"]
