"""A plan: a captured call as guards, a program, and what to do with its results.

The guard is Python source that is written for the plan: it compares the arguments and all edges by identity, one after the other. What follows
runs the program, on memory that stays where it is as long as nobody else comes to hold it (inplace), else in general.
"""
from __future__ import annotations

import operator
import os
import sys
import threading
from array import array
from collections import OrderedDict
from types import MappingProxyType
from typing import Any

import numpy as np

from .. import backends, runtime
from ..core import graph
from ..core.device import CPU, default_device
from ..core.dtype import default_dtype
from ..core.graph import Node
from ..core.storage import Storage
from ..core.tensor import Tensor
from .arguments import MISS, PLAIN, Arguments, Code
from .build import Draft, Made
from .inplace import InPlace, placeable
from .reach import CONSTANTS, Edge

_new = object.__new__
_replaying = threading.RLock()          # one replay at a time: they write in place to what another may read
if hasattr(os, "register_at_fork"):     # so that no child begins with a lock that a thread of its parent holds
    os.register_at_fork(before=_replaying.acquire, after_in_parent=_replaying.release, after_in_child=_replaying.release)
_ERRORS = (AttributeError, KeyError, ValueError, IndexError, TypeError)


class Plan:
    """How to replay a call. `run(args, kwargs)` is its result, MISS if the call is not of this plan, or PLAIN if it cannot be replayed now."""

    def __init__(self, draft: Draft, arguments: Arguments):
        self.arguments = arguments
        self.modes = draft.capture.modes
        self.never = False                      # whether the memory can never stay where it is
        for b in draft.around.tensors:
            b.node = None                       # whose value it was then is nobody's business any more
        self.tiers = runtime.Tiers(draft.program)
        self.leaves, self.spare, self.order = draft.leaves, draft.spare, draft.order
        self.written, self.grads, self.result = draft.written, draft.grads, draft.result
        self.made, self.tie, self.inputs_in_graph = list(draft.tensors.values()), draft.tie, draft.inputs_in_graph
        self.recipes = [recipe for recipe, _ in draft.capture.updates]
        self.draws, self.bounds = draft.capture.draws, draft.bounds
        for draw in self.draws:
            draw.result = None
        late = set()
        for recipe in self.recipes:
            if "lr" not in draft.reach.user_names:
                late.add(id(recipe.group))
        self.edges = _unique([e for e in draft.reach.edges if not (e.key == "lr" and id(e.holder) in late)])
        self.tensors = [b for b in draft.around.tensors if b.number is not None or id(b.tensor) in draft.reach.tensors or b in draft.touched]
        self.state = [b for b in draft.around.by_storage.values() if b.number is None]
        counted = {id(s) for recipe in self.recipes for s in recipe.storages}
        met = {id(leaf.what.storage) for leaf in self.leaves if leaf.kind == "state"} | {id(w.before.storage) for w in self.written}
        self.held = [b for b in self.state if id(b.storage) in met and id(b.storage) not in counted]      # whose values take part
        self.metadata = [b for b in self.tensors if b.number is None]
        self._place_numbers()
        self.place: InPlace | None = None       # where its memory stays, if it does
        self.compile()

    def _place_numbers(self) -> None:
        """Give each number leaf a place, 0-d, where its recipe keeps it."""
        starts, start = [], 0
        for u, _ in enumerate(self.recipes):
            starts.append(start)
            start += 1 + max([leaf.extra for leaf in self.leaves if leaf.kind == "number" and leaf.what == u], default=-1)
        figures = array("d", [0.0] * max(start, 1))
        seen = np.frombuffer(figures)
        for leaf in self.leaves:
            if leaf.kind == "number":
                at = starts[leaf.what] + leaf.extra
                leaf.extra = seen[at:at + 1].reshape(())
        for recipe, start in zip(self.recipes, starts, strict=True):
            recipe.place(figures, start)

    # ------------------------------------------------------------------------------------------------------------------ guards
    def renew(self) -> bool:
        """Whether all edges hold, perhaps by equal constants that are other objects now: then the guard is written anew."""
        if not all(e.renewed() for e in self.edges) or not all(b.same() and b.tensor._grad is b.grad for b in self.metadata):
            return False
        with _replaying:
            self._unbind()
            self.compile()
        return True

    @property
    def dead(self) -> bool:
        """Whether an object that the plan is for was replaced by another one."""
        return any(e.kind in ("item", "attr") and type(e.value) not in CONSTANTS and not e.holds() and e.found() is not None for e in self.edges)

    def compile(self) -> None:
        """Write the function `run`."""
        code = Code()
        grad, inference, *_ = self.modes.found
        code.names |= {"MISS": MISS, "PLAIN": PLAIN, "local": graph._local, "lock": _replaying, "general": self._general, "ERRORS": _ERRORS, "same": operator.is_,
                       "default_dtype": default_dtype, "default_device": default_device, "CPU": CPU}
        code.require(f"trace.grad is {grad} and trace.inference is {inference} and not (trace.anomaly or trace.saved_hooks or trace.unusual)")
        code.require(f"default_dtype() is {code.name(self.modes.found[5])} and default_device() is CPU")
        self.arguments.guard(code)
        xs = [f"x{k}" for k in range(len(self.arguments.tensors))]
        if xs:
            own = code.name({b.storage for b in self.state})
            for k, x in enumerate(xs):
                code.require(f"s{x} not in {own}" + "".join(f" and s{x} is not s{other}" for other in xs[:k]))
        for b in self.tensors:
            if b.number is not None:
                grad = code.name(b.grad)
                code.require(f"len(dx{b.number}) == 3 or x{b.number}._grad is None" if b.grad is None else f"x{b.number}._grad is {grad}")
        # what dictionaries hold is looked at only where they may have changed
        told = self.place is not None and self.place.told
        always, code.lines = code.lines, []
        for e in self.edges:
            if told and isinstance(e.holder, dict | MappingProxyType) and not e.namespace and not (e.kind == "keys" and isinstance(e.holder, OrderedDict)):
                _edge(code, e)
        for b in self.metadata:
            # of a tensor the dictionary is looked at (a class with __getattr__ is slow to ask); what is not in it is as the class has it
            fields = b.tensor.__dict__
            d = code.name(fields)
            known = [f"{d}[{name!r}] is {code.name(value)}" for name, value in b.fields().items() if name in fields]
            absent = frozenset([name for name in b.fields() if name not in fields])
            code.require(" and ".join([*known, f"{code.name(absent)}.isdisjoint({d})"]))
        deep, code.lines = code.lines, always
        for e in self.edges:
            if not (told and isinstance(e.holder, dict | MappingProxyType) and not e.namespace
                    and not (e.kind == "keys" and isinstance(e.holder, OrderedDict))):
                _edge(code, e)
        inputs = "(" + "".join(f"{x}, " for x in xs) + ")"
        body = ["def run(args, kwargs):", " try:", "  trace = local.trace", *[f"  {line}" for line in code.lines + ([] if told else deep)],
                " except ERRORS: return MISS", " with lock:"]
        body += [f"  {line}" for line in ([f"return general({inputs})"] if self.place is None else self.place.source(code, inputs, deep if told else []))]
        names = dict(code.names)
        exec("\n".join(body), names)        # nothing in the text comes from outside: names of attributes are identifiers, all else are objects
        self.names = names
        self.run = names["run"]

    # ----------------------------------------------------------------------------------------------------------- the general way
    def _general(self, inputs: tuple) -> Any:
        """Run on whatever memory the values are in now."""
        self._unbind()
        if not all([recipe.now() for recipe in self.recipes]):
            return PLAIN
        for b in self.held:
            if b.storage.shared and any(w.before is b for w in self.written):
                return PLAIN
        for b, low, high in self.bounds:
            array = graph.compute((b.storage if b.number is None else inputs[b.number]._storage).value)
            if array.size and not (array.min() >= low and array.max() <= high):
                return PLAIN
        storages = {k: leaf.what.storage if leaf.kind == "state" else inputs[leaf.what.number]._storage
                    for k, leaf in enumerate(self.leaves) if leaf.kind in ("state", "argument")}
        for k, storage in storages.items():
            node = storage.value
            if node.trace is not None or node.buffer is None:
                graph.compute(node)
            leaf = self.leaves[k]
            if node.number is not None or node.buffer is None or node.shape != leaf.shape or node.dtype is not leaf.dtype:
                return PLAIN
        drawn = [d.method(d.stream, *d.args, **d.kwargs) for d in self.draws]
        buffers: list = []
        for k, leaf in enumerate(self.leaves):
            if leaf.kind in ("state", "argument"):
                buffers.append(_copied(storages[k]) if self.spare[k] and not _sole(storages[k]) else storages[k].value.buffer)
            elif leaf.kind == "draw":
                buffers.append(np.asarray(drawn[leaf.what].reshape(leaf.extra), order="C"))
            elif leaf.kind == "number":
                buffers.append(leaf.extra)
            else:
                buffers.append(leaf.what.buffer)
        nodes = self._sources(storages, buffers)
        interrupted = False
        try:
            outputs = self.tiers(buffers)
        except backends.Interrupted as stop:
            outputs, interrupted = stop.args[0], True
        except MemoryError:
            raise
        except Exception:
            if self.draws:
                raise
            return PLAIN                        # nothing is written before what may fail: the call as it stands fails in its own way
        result = self._finish(inputs, [outputs[self.order[k]] for k in range(len(self.order))], nodes)
        del outputs, nodes, buffers
        self._bind()
        if interrupted:
            raise KeyboardInterrupt
        return result

    def _sources(self, storages: dict, buffers: list) -> dict[int, Node]:
        """The nodes of the leaves that are results as they are."""
        wanted = {w.value[1] for w in self.written if w.value[0] == "leaf"} | {m.value[1] for m in self.made if m.value[0] == "leaf"}
        found = {}
        for k in wanted:
            leaf = self.leaves[k]
            if leaf.kind in ("state", "argument"):
                found[k] = storages[k].value
            elif leaf.kind == "constant":
                found[k] = leaf.what
            else:
                array = np.array(buffers[k])
                found[k] = Node(leaf.shape, leaf.dtype, array)
        return found

    def _finish(self, inputs: tuple, outputs: list, nodes: dict[int, Node]) -> Any:
        """Hand out the results."""
        with graph.writing:
            for w in self.written:
                storage = w.before.storage if w.before.number is None else inputs[w.before.number]._storage
                kind, k = w.value
                storage.value = nodes[k] if kind == "leaf" else Node(w.shape, w.dtype, outputs[k])
                storage.__dict__.pop("trace", None)
                storage.version += w.count
            graph.writes.count += 1
        for recipe in self.recipes:
            recipe.done()
        tie = self.tie.of(inputs) if self.inputs_in_graph else self.tie
        made: dict[int, Tensor] = {}

        def tensor(m: Made) -> Tensor:
            t = made.get(id(m))
            if t is None:
                kind, k = m.value
                t = made[id(m)] = wrapped(nodes[k] if kind == "leaf" else Node(m.shape, m.dtype, outputs[k]))
                t.shape = m.shape
                if m.mark is not None:
                    t._tie, t._ordinal = tie, m.mark
                if m.inference:
                    t._inference = True
                if m.leaf:
                    t._leaf = True
            return t

        for b, m in self.grads:
            (b.tensor if b.number is None else inputs[b.number])._grad = None if m is None else tensor(m)
        return self._build(self.result, tensor, inputs)

    def _build(self, what: Any, tensor, inputs: tuple) -> Any:
        if isinstance(what, Made):
            return tensor(what)
        if len(what) == 2:
            kind, value = what
            return inputs[value] if kind == "argument" else value
        kind, keys, items = what
        items = [self._build(item, tensor, inputs) for item in items]
        if keys is not None:
            return dict(zip(keys, items, strict=True))
        return items if kind is list else tuple(items) if kind is tuple else kind._make(items)

    # --------------------------------------------------------------------------------------------- memory that stays where it is
    def _unbind(self) -> None:
        if self.place is not None:
            self.place.empty(self.names)

    def _bind(self) -> None:
        """Put the state's memory into place for the runs to come, if the program is compiled to one native call."""
        if self.never or self.tiers.execute is None:
            return
        if self.place is None:
            direct = placeable(self)
            if direct is None:
                self.never = True
                return
            self.place = InPlace(self, direct)
            self.compile()
        nodes = [b.storage.value for b in self.held]
        if all(node.trace is None and node.buffer is not None and node.number is None for node in nodes):
            self.place.fill(self.names, nodes)


def _edge(code: Code, e: Edge) -> None:
    holder = code.name(e.holder)
    key = repr(e.key) if type(e.key) in (str, int) else code.name(e.key)
    if e.kind == "item":
        code.require(f"{holder}[{key}] is {code.name(e.value)}")
    elif e.kind == "attr":
        code.require(f"{holder}.{e.key} is {code.name(e.value)}" if e.key.isidentifier() else f"getattr({holder}, {key}) is {code.name(e.value)}")
    elif e.kind == "ref":
        code.require(f"{holder}() is {code.name(e.value)}")
    elif e.kind == "len":
        code.require(f"len({holder}) == {e.value}")
    elif e.kind == "names":
        if e.key is None:
            code.require(f"len({holder}) == {len(e.value)}")
        else:
            code.require(f"{code.name(e.key - e.value)}.isdisjoint({holder})")
    elif e.kind == "keys":
        code.require(f"len({holder}) == {len(e.value)}")
        if len(e.value) > 1:
            code.require(f"[*{holder}] == {[*e.value]!r}" if all(type(k) is str for k in e.value) else f"all(map(same, {holder}, {code.name(e.value)}))")
    elif e.kind == "values":
        code.require(f"all(map(same, {holder}.values(), {code.name(e.value)}))")
    else:
        code.require(f"{key} not in {holder}")


def _unique(edges: list[Edge]) -> list[Edge]:
    found = {}
    for e in edges:
        found.setdefault((e.kind, id(e.holder), e.key if isinstance(e.key, str | int) else id(e.key)), e)
    return list(found.values())


def wrapped(node: Node) -> Tensor:
    """A tensor in memory of its own."""
    t = _new(Tensor)
    t._storage = storage = _new(Storage)
    storage.value, t.shape, t.dtype = node, node.shape, node.dtype
    return t


def _copied(storage: Storage) -> np.ndarray:
    return np.array(storage.value.buffer, order="C", copy=True)


def _sole(storage: Storage) -> bool:
    """Whether nobody but the storage holds its value."""
    return _counts_tell and sys.getrefcount(storage.value) <= _SOLE


def _calibrate() -> int:
    storage = Storage(Node((), None))
    return sys.getrefcount(storage.value)


_counts_tell = runtime._refcounts_tell
_SOLE = _calibrate()
