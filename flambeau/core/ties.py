"""What matched calls (core.events) left out, and how it is made up for when somebody asks: the links that backward walks.

A recording is what a thread recorded from one run of its trace to the next. Its matched calls built no GradNodes. Their results hold a *tie*
instead, which knows the recording; all of its links are built, in order, when one of them is asked for. Once nobody holds the tie, nobody can
go backward from there, and nothing is built.
"""
from __future__ import annotations

import weakref

from .grad import NUMBER, next_sequence
from .graph import stop_events
from .storage import Storage
from .tensor import Tensor, Weak

_new = object.__new__


class Fresh:
    """A result in memory of its own: where its value is, and the link (number, output) that made it, or None."""

    __slots__ = ("position", "shape", "dtype", "link", "number", "made")

    def __init__(self, position, shape, dtype, link, number, made):
        self.position, self.shape, self.dtype, self.link, self.number, self.made = position, shape, dtype, link, number, made


class Seen:
    """A result that is a view: of which argument, with which base, and the fields that it does not share with that."""

    __slots__ = ("argument", "base", "view", "shape", "dtype", "link", "number", "extra", "source")

    def __init__(self, argument, base, view, shape, dtype, link, number, extra, source):
        self.argument, self.base, self.view, self.shape, self.dtype, self.link, self.number, self.extra = argument, base, view, shape, dtype, link, number, extra
        self.source = source                # the number of the argument in the recording


class Link:
    """How to build a GradNode: edges as None, NUMBER, (-1, leaf's number) or (link, output); inputs and outputs that it saves as descriptions."""

    __slots__ = ("kind", "op", "outputs", "position", "edges", "inputs", "versions", "saved_out")


class Recording:
    """What the events of one recording have met: tensors from outside (`bound`), their values, and the values' numbers.

    bound: a leaf that wants a gradient as a weak reference (its ties hold it), another tensor by its twin. tie: a weak reference to the tie.
    """

    __slots__ = ("trace", "base", "bound", "values", "known", "last", "tie")

    def __init__(self, trace, base: int, root):
        self.trace, self.base, self.last, self.tie = trace, base, root, None
        self.bound, self.values, self.known = [], [], {}

    def bind(self, x: Tensor, value) -> None:
        """`x` is the next tensor from outside."""
        self.known[value] = len(self.bound)
        self.values.append(value)
        if x._leaf and self.trace.grad:
            weak = x._weak
            if weak is None:
                weak = x._weak = Weak(x)
            self.bound.append(weak)
            tie = self.tie and self.tie()
            if tie is not None:
                tie.leaves.append(x)
        else:
            self.bound.append(twin(x))

    def forget(self) -> None:
        """Nothing will be matched any more: let go of the values, which may be written over once nobody else holds them."""
        self.values, self.known = [], {}

    def tied(self, event) -> Tie:
        """The tie; made where nobody holds one, for what comes from `event` on."""
        tie = self.tie and self.tie()
        if tie is None:
            tie = Tie(self, event.parent)
            tie.leaves.extend([x for x in (b() for b in self.bound if type(b) is Weak) if x is not None])
            self.tie = weakref.ref(tie)
        return tie

    def leaf(self, number: int) -> Tensor | None:
        """The leaf of this number, if it is one that wants a gradient and lives."""
        found = self.bound[number]
        return found() if type(found) is Weak else None

    def settle(self) -> None:
        """Build the links, if anybody may ask for them."""
        tie = self.tie and self.tie()
        if tie is not None:
            tie.settle()


class Tie:
    """A recording's links: `nodes` by number, once they are built; `producers` of its tensors by theirs, as (link, output)."""

    __slots__ = ("recording", "leaves", "nodes", "tensors", "producers", "start", "settled", "released", "__weakref__")

    def __init__(self, recording: Recording, start):
        self.recording, self.start, self.settled, self.released = recording, start, False, False
        self.leaves, self.tensors, self.producers = [], {}, {}
        self.nodes: list = [None] * start.link_count            # nobody holds what came before

    def release(self) -> None:
        """The links went through a backward: nothing that they saved is needed any more."""
        self.released = True
        for node in self.nodes:
            if node is not None:
                node.release()
        recording = self.recording
        recording.bound = [b if type(b) is Weak else None for b in recording.bound]      # data may go
        recording.forget()
        self.tensors = {}

    def settle(self) -> None:
        """Build the links that are not there yet."""
        if self.settled:
            return
        self.settled = True
        chain, event = [], self.recording.last
        while event is not self.start:
            chain.append(event)
            event = event.parent
        for event in reversed(chain):
            for number, result in enumerate(event.results, event.tensor_count - len(event.results)):
                if type(result) is not int and result.link is not None:
                    self.producers[number] = result.link, result.number
            for link in event.links:
                self._build(link)

    def _build(self, link: Link) -> None:
        recording = self.recording
        node = _new(link.kind)
        node.op, node.outputs, node.sequence = link.op, link.outputs, next_sequence()
        node.next = [e if e is None or e is NUMBER else (recording.leaf(e[1]), 0) if e[0] < 0 else (self.nodes[e[0]], e[1]) for e in link.edges]
        node.mark = recording.base + len(self.nodes)
        self.nodes.append(node)
        saves = link.versions is not None or link.saved_out is not None
        if self.released:
            node.inputs, node.versions, node.released = () if saves else link.inputs, None, saves
            return
        node.inputs, node.versions = link.inputs, None
        if saves:
            memo: dict = {}
            if link.versions is not None:
                node.inputs = [self._saved(x, memo) if type(x) is tuple else x for x in link.inputs]
                node.versions = [(x._counter or x._storage).version if kept else None for x, kept in zip(node.inputs, link.versions, strict=True)]
            if link.saved_out is not None:
                node.saved_out = []
                for what in link.saved_out:
                    t = self._saved(what, memo, producer=False)
                    node.saved_out.append([t._storage, t._view, t.shape, t.dtype, (t._counter or t._storage).version])
        if recording.trace.tape is not None:
            _tape(recording.trace, node, link.position)

    def _saved(self, what, memo: dict, producer: bool = True) -> Tensor:
        """A saved tensor from ("tensor", number), ("value", position, link, output) or ("view", of what, view, shape, dtype, link, output)."""
        kind = what[0]
        if kind == "tensor":
            return self.tensor(what[1])
        key = what[:4] if kind == "view" else what[:2]
        t = memo.get(key)
        if t is None:
            t = memo[key] = _new(Tensor)
            if kind == "value":
                node = self.recording.trace.node(what[1])
                t._storage, t.shape, t.dtype = Storage(node), node.shape, node.dtype
            else:
                base = self._saved(what[1], memo)
                t._storage, t._view, t._counter, t._base = base._storage, what[2], base._counter, base if base._base is None else base._base
                t.shape, t.dtype, t._stamp = what[3], what[4], (base._counter or base._storage).version
            link, number = what[-2:]
            if link is not None:
                t._grad_fn, t._output_nr = self.nodes[link], number
        return t

    def tensor(self, number: int) -> Tensor:
        """The recording's tensor of this number: a bound one itself, one that was made as another tensor on the same storage."""
        if number < 0:
            return self.recording.bound[~number] if type(self.recording.bound[~number]) is Tensor else self.recording.leaf(~number)
        t = self.tensors.get(number)
        if t is None:
            event = self.recording.last
            while event.tensor_count - len(event.results) > number:
                event = event.parent
            result = event.results[number - event.tensor_count + len(event.results)]
            t = self.tensors[number] = _new(Tensor)
            t.shape, t.dtype = result.shape, result.dtype
            if type(result) is Fresh:
                t._storage = self.recording.trace.made[result.made]
            else:
                source = self.tensor(result.source)
                see(t, source, self.tensor(result.base), result)
            if result.link is not None:
                t._grad_fn, t._output_nr = self.nodes[result.link], result.number
        return t

    def producer(self, mark: int):
        """(GradNode, output) that made the tensor of this mark."""
        if not self.settled:
            self.settle()
            trace = self.recording.trace
            if trace.recording is self.recording:
                stop_events(trace)          # what is matched after this could not lead to links that somebody holds
        link, number = self.producers[mark - self.recording.base]
        return self.nodes[link], number


def see(t: Tensor, source: Tensor, base: Tensor, result: Seen) -> None:
    """Make `t` the view of `source` that `result` describes."""
    t._storage, t._view, t._base = source._storage, result.view, base
    counter = source._counter
    if counter is not None:
        t._counter = counter
    t._stamp = (counter or source._storage).version
    if result.extra is not None:
        t.__dict__.update(result.extra)


def twin(x: Tensor) -> Tensor:
    """A tensor on the same memory: what a recording keeps of one that no gradient goes to, since the user's own object may die."""
    t = _new(Tensor)
    t._storage, t.shape, t.dtype = x._storage, x.shape, x.dtype
    if x._counter is not None:
        t._counter = x._counter
    return t


_tape = None


def register(tape) -> None:
    """Give the ties what record.py has: writing a link on the tape."""
    global _tape
    _tape = tape
