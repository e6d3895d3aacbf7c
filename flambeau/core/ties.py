"""What matched calls (core.events) left out, and how it is made up for when somebody asks: the links that backward walks.

A recording is what a thread recorded from one run of its trace to the next. Its matched calls built no GradNodes. Their results hold a *tie*
instead, which knows the recording; all of its links are built, in order, when one of them is asked for. Once nobody holds the tie, nobody can
go backward from there, and nothing is built.
"""
from __future__ import annotations

import weakref

from .grad import NUMBER, next_sequence
from .graph import stop_events, writes
from .storage import Storage
from .tensor import Tensor, Weak

_new = object.__new__


class Fresh:
    """A result in memory of its own: where its value is, the link (number, output) that made it or None, which storage of the trace and which
    tensor of the recording it is.
    """

    __slots__ = ("position", "shape", "dtype", "link", "number", "made", "ordinal")

    def __init__(self, position, shape, dtype, link, number, made, ordinal):
        self.position, self.shape, self.dtype, self.link, self.number, self.made, self.ordinal = position, shape, dtype, link, number, made, ordinal


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
    """What the events of one recording have met: values from outside by number, their owners, and the values' numbers.

    root: the event where it began, last: where it is. bound: for each value a weak reference to the leaf that wants a gradient (its ties hold it),
    the storage of another tensor, None for a number. versions: of the storages then, which another thread may write to since. tie: a weak
    reference to the tie. writes: what graph.writes had counted when the values were last looked at; -1 before the first call, when those of last
    time are bound again.
    """

    __slots__ = ("trace", "base", "root", "last", "bound", "values", "versions", "known", "tie", "writes")

    def __init__(self, trace, base: int, root):
        self.trace, self.base, self.root, self.last, self.tie, self.writes = trace, base, root, root, None, -1
        self.bound, self.values, self.versions, self.known = [], [], [], {}

    # ------------------------------------------------------------------------------------------------------ values from outside
    def look_again(self) -> None:
        """Before the first call, bind what was bound last time; later take their numbers from tensors that were written to in the meantime."""
        first, self.writes = self.writes < 0, writes.count
        if first:
            self._expect()
            return
        count, expected = self.trace.cursor.bound, self.root.expected
        for number, value in enumerate(self.values):
            owner = None if value is None or expected[number] is None else expected[number][0]()
            if owner is not None and (owner._storage.__dict__.get("value") is not value or owner._storage.shared):
                if number >= count:
                    self._unbind(number)
                elif owner._ordinal == self.base - 1 - number:
                    owner._ordinal = -1

    def _expect(self) -> None:
        """Give the tensors that the last recording bound their numbers, where they are as they were."""
        values, bound, versions, known, mark = self.values, self.bound, self.versions, self.known, self.base
        for owner in self.root.expected[:self.root.usual]:
            mark -= 1
            if owner is not None:
                weak, kind = owner
                x = weak()
                if x is not None and x._kind is kind:
                    storage = x._storage
                    value = storage.__dict__.get("value")
                    if value is not None and value.trace is None and value.buffer is not None and not storage.shared and value not in known:
                        known[value] = len(values)
                        values.append(value)
                        versions.append(storage.version)
                        bound.append(weak if x._leaf and self.trace.grad else storage)
                        x._ordinal = mark
                        continue
            values.append(None)
            versions.append(0)
            bound.append(None)

    def bind(self, new) -> None:
        """Bind the next values, each given as (tensor or None, value, number, kind)."""
        expected = self.root.expected
        for x, value, number, kind in new:
            if number < len(self.values):
                self.clear(number)
            else:
                self.values.append(None)
                self.versions.append(0)
                self.bound.append(None)
            if number == len(expected):
                expected.append(None)
            self.values[number], self.known[value] = value, number
            if x is None:
                expected[number] = None
                continue
            weak = x._weak
            if weak is None:
                weak = x._weak = Weak(x)
            expected[number] = weak, kind
            self.versions[number] = x._storage.version
            if x._leaf and self.trace.grad:
                self.bound[number] = weak
                tie = self.tie and self.tie()
                if tie is not None:
                    tie.leaves.append(x)
            else:
                self.bound[number] = x._storage

    def hold(self, nodes, number: int) -> None:
        """Bind numbers, which nobody owns, from `number` on."""
        values = self.values
        for node in nodes:
            if number == len(values):
                values.append(node)
                self.versions.append(0)
                self.bound.append(None)
            else:
                self.clear(number)
                values[number] = node
            number += 1

    def free(self, value, count: int) -> bool:
        """Whether `value` is none of the first `count`. A later number that it was expected to have is free again."""
        number = self.known.get(value)
        if number is None:
            return True
        if number >= count:
            self._unbind(number)
        return number >= count

    def clear(self, number: int) -> None:
        """Who was expected to have this number has it no more."""
        if number < len(self.values) and self.values[number] is not None:
            self._unbind(number)

    def _unbind(self, number: int) -> None:
        """Another tensor than was expected has this number."""
        del self.known[self.values[number]]
        self.values[number] = self.bound[number] = None
        owner = self.root.expected[number]
        owner = owner and owner[0]()
        if owner is not None and owner._ordinal == self.base - 1 - number:
            owner._ordinal = -1

    def end(self, cursor) -> None:
        """Nothing is matched after `cursor`, and the links are built or need not be: let go of values and data, which may be written over then."""
        self.root.usual = cursor.bound
        self.values = self.known = ()
        self.let_go()

    def let_go(self) -> None:
        """No link will need the data."""
        self.bound = [b if type(b) is Weak else None for b in self.bound]

    # ------------------------------------------------------------------------------------------------------------------- links
    def tied(self, event) -> Tie:
        """The tie; made where nobody holds one, for what comes from `event` on."""
        tie = self.tie and self.tie()
        if tie is None:
            tie = Tie(self, event.parent)
            tie.leaves.extend([x for x in [b() for b in self.bound if type(b) is Weak] if x is not None])
            self.tie = weakref.ref(tie)
        return tie

    def leaf(self, number: int) -> Tensor | None:
        """The leaf of this number, if it is one that wants a gradient and lives."""
        found = self.bound[number]
        return found() if type(found) is Weak else None

    def settle(self) -> None:
        """Build the links, if anybody may ask for them and some are not released."""
        tie = self.tie and self.tie()
        if tie is not None and tie.released < self.last.link_count:
            tie.settle()

    def settled(self) -> bool:
        """Whether nobody will ask for a link with what it saved."""
        tie = self.tie and self.tie()
        return tie is None or tie.released >= self.last.link_count


class Tie:
    """A recording's links: `nodes` by number, once they are built; `producers` of its tensors by theirs, as (link, output).

    released: how many of the links went through a backward.
    """

    __slots__ = ("recording", "leaves", "nodes", "tensors", "producers", "start", "settled", "released", "__weakref__")

    def __init__(self, recording: Recording, start):
        self.recording, self.start, self.settled, self.released = recording, start, False, 0
        self.leaves, self.tensors, self.producers = [], {}, {}
        self.nodes: list = [None] * start.link_count            # nobody holds what came before

    def release(self, count: int) -> None:
        """The first `count` links went through a backward: nothing that they saved is needed any more."""
        self.released = count
        for node in self.nodes[:count]:
            if node is not None:
                node.release()
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
        if len(self.nodes) <= self.released:
            node.inputs, node.versions, node.released = () if saves else link.inputs, None, saves
            return
        node.inputs, node.versions = link.inputs, None
        if saves:
            memo: dict = {}
            if link.versions is not None:
                node.inputs = [self._saved(x, memo) if type(x) is tuple else x for x in link.inputs]
                node.versions = [self._version(x, what) if kept else None
                                 for x, what, kept in zip(node.inputs, link.inputs, link.versions, strict=True)]
            if link.saved_out is not None:
                node.saved_out = []
                for what in link.saved_out:
                    t = self._saved(what, memo, producer=False)
                    node.saved_out.append([t._storage, t._view, t.shape, t.dtype, (t._counter or t._storage).version])
        if recording.trace.tape is not None:
            _tape(recording.trace, node, link.position)

    def _version(self, x: Tensor, what) -> int:
        """The version that a saved tensor had when it was saved: a write in this thread has built the links before, one in another thread has not."""
        if what[0] == "tensor" and what[1] < 0:
            return self.recording.versions[~what[1]]
        return (x._counter or x._storage).version

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
        t = self.tensors.get(number)
        if t is None and number < 0:
            owner = self.recording.bound[~number]
            if type(owner) is Weak:
                return owner()
            value = self.recording.values[~number]
            t = self.tensors[number] = _new(Tensor)         # the user's own may be no more
            t._storage, t.shape, t.dtype = owner, value.shape, value.dtype
        elif t is None:
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


_tape = None


def register(tape) -> None:
    """Give the ties what record.py has: writing a link on the tape."""
    global _tape
    _tape = tape
