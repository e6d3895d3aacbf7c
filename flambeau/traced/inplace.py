"""Runs on memory that stays where it is: nearly all runs of a small training step.

While nobody else comes to hold the memory of the state that a plan updates, each run is one native call on the same arrays. What has to be seen
before it (that dictionaries have not changed, that nobody holds the memory, that indices are in bounds) is another one.
"""
from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ..core import graph
from ..core.dtype import int64
from ..core.graph import Node
from ..core.shape import numel
from ..core.storage import Storage
from ..core.tensor import Tensor
from .arguments import Code
from .build import Made

KEPT = 1 << 20              # bytes of a result up to which its memory is used again once nobody else holds it
_CHANGED, _OUTSIDE = 1, 3   # answers of the native look (backends.llvm.direct),
_ELSEWHERE = 9              # and the one that was given before it: a value is not where it was
_HOLDERS = 3                # of a node that is written to: its storage, the list of nodes, the guard's variables
_new = object.__new__


def placeable(plan):
    """The plan's program as one native call that updates all state in place; None where it is not that."""
    make = getattr(plan.tiers.execute, "direct", None)
    direct = None if make is None else make()
    if direct is None or any(m.value[0] != "output" for m in plan.made) or any(w.value[0] != "output" or w.before.number is not None for w in plan.written):
        return None
    slots = [direct.results[plan.order[k]] for k in range(len(plan.order))]
    fresh = {slot for slot, *_ in direct.fresh}
    in_place = all(direct.in_place.get(slots[w.value[1]], -1) == w.read for w in plan.written)
    drawn = {leaf.what for leaf in plan.leaves if leaf.kind == "draw"}
    return direct if in_place and all(slots[m.value[1]] in fresh for m in plan.made) and len(drawn) == len(plan.draws) else None


class InPlace:
    """A plan's memory in place, or the place for it. `told`: whether it can be told that dictionaries have changed; written: the nodes written to."""

    def __init__(self, plan, direct):
        self.plan, self.direct, self.written = plan, direct, []
        rows = {leaf.what: direct.place[k] for k, leaf in enumerate(plan.leaves) if leaf.kind in ("state", "argument") and k in direct.place}
        self.bounds = [(rows[b], numel(b.shape), low, high) for b, low, high in plan.bounds if b in rows and b.dtype is int64]
        self.other_bounds = [(b, low, high) for b, low, high in plan.bounds if not (b in rows and b.dtype is int64)]
        dictionaries = {id(e.holder): e.holder for e in plan.edges if not e.namespace and isinstance(e.holder, dict | type(type.__dict__))}
        dictionaries |= {id(b.tensor.__dict__): b.tensor.__dict__ for b in plan.metadata}
        self.told = direct.watch(list(dictionaries.values()), self.written, _HOLDERS, self.bounds)
        if not self.told:
            direct.table[1] = 1             # the guard looks at all of them each time

    def fill(self, names: dict[str, Any], nodes: list[Node]) -> None:
        """Put the memory of the state's present values (as plan.held has it) into place; `names` are the guard's variables."""
        plan, buffers = self.plan, {}
        found = {id(b.storage): node for b, node in zip(plan.held, nodes, strict=True)}
        for k, leaf in enumerate(plan.leaves):
            if leaf.kind == "state":
                buffers[k] = found[id(leaf.what.storage)].buffer
            elif leaf.kind in ("constant", "number"):
                buffers[k] = leaf.what.buffer if leaf.kind == "constant" else leaf.extra
        self.direct.put(buffers)
        self.written[:] = [found[id(w.before.storage)] for w in plan.written]
        names.update({f"node{k}": node for k, node in enumerate(nodes)})

    def empty(self, names: dict[str, Any]) -> None:
        """Hold no value any more: what is held twice could not be written to."""
        names.update({f"node{k}": None for k in range(len(self.plan.held))})
        self.written.clear()
        self.direct.clear()

    def source(self, code: Code, inputs: str, deep: list[str]) -> list[str]:
        """The source of a run. `deep`: of what is to hold if dictionaries have changed."""
        plan, direct = self.plan, self.direct
        ready, table = direct.ready()
        code.names |= {"rows": direct.rows, "ready": ready, "execute": direct.segment.run, "counter": direct.counter.item, "empty": np.empty,
                       "hole": np.zeros(0, np.uint8), "asarray": np.asarray, "fresh": fresh_tensor, "unfit": unfit, "table": direct.table,
                       "holders": sys.getrefcount, "written": self.written}
        general = f"return general({inputs})"
        code.names |= {f"node{k}": None for k in range(len(plan.held))}         # `fill` puts them there
        there = [f"{code.name(b.storage.__dict__)}['value'] is node{k}" for k, b in enumerate(plan.held)]
        lines, holes, draws = [], [], []
        for k, leaf in enumerate(plan.leaves):
            row = direct.place.get(k)
            if leaf.kind == "argument":
                value = f"v{leaf.what.number}"
                lines.append(f"{value} = sx{leaf.what.number}.value")
                there.append(f"{value}.buffer is not None and {value}.number is None and {value}.trace is None")
                if row is not None:
                    lines.append(f"rows[{row}] = {value}.buffer")       # (None, where it is to be computed, is no array: the look says so)
                    holes.append(row)
            elif leaf.kind == "draw" and row is not None:
                draw = plan.draws[leaf.what]
                drawn = f"{code.name(draw.method)}({code.name(draw.stream)}, *{code.name(draw.args)}, **{code.name(draw.kwargs)})"
                draws.append(f"rows[{row}] = asarray({drawn}.reshape({leaf.extra!r}), order='C')")
                holes.append(row)
        for slot, shape, kind in direct.fresh:
            row, make = direct.place[slot], f"empty({tuple(shape)!r}, {code.name(np.dtype(kind))})"
            if int(np.prod(shape)) * np.dtype(kind).itemsize > KEPT:
                lines.append(f"rows[{row}] = r{slot} = {make}")
                holes.append(row)
            else:           # three hold it: the list, this variable, and the count itself
                lines += [f"r{slot} = rows[{row}]", f"if holders(r{slot}) > 3: rows[{row}] = r{slot} = {make}"]
        clear = f"{' = '.join(f'rows[{row}]' for row in holes)} = hole" if holes else "pass"
        lines += [f"code = {_ELSEWHERE}", "try:", f" if {' and '.join(there) or True}: code = ready({table})", "except KeyError: pass", "if code:"]
        if deep:
            lines += [f" if code == {_CHANGED} or code == {_ELSEWHERE}:", "  try:", *[f"   {line}" for line in deep], "   pass", "  except ERRORS: return MISS",
                      f"  if code == {_CHANGED}:", "   table[1] = 1", f"   code = ready({table})"]
        lines += [" if code:", f"  {clear}", f"  if code == {_OUTSIDE}: return PLAIN", f"  {general}"]
        lines += [f"if not {code.name(recipe)}.now(): return PLAIN" for recipe in plan.recipes]
        for b, low, high in self.other_bounds:
            buffer = f"{code.name(b.storage)}.value.buffer" if b.number is None else f"sx{b.number}.value.buffer"
            lines.append(f"if unfit({buffer}, {low}, {high}): return PLAIN")
        lines += [*draws, "before = counter()", "try: execute(rows)", "finally:", " if counter() != before:"]
        for w in plan.written:
            w.before.storage.version += 0       # so that it has one of its own
            lines.append(f"  {code.name(w.before.storage.__dict__)}['version'] += {w.count}")
        if plan.written:
            code.names |= {"writes": graph.writes, "graph": graph}
            lines.append("  with graph.writing: writes.count += 1")
        lines += [f"  {code.name(recipe)}.done()" for recipe in plan.recipes] + ["  pass", f" {clear}"]
        return lines + self._handing_out(code)

    def _handing_out(self, code: Code) -> list[str]:
        """The source that makes the tensors that the call leaves behind, and returns."""
        plan, direct = self.plan, self.direct
        slots = [direct.results[plan.order[k]] for k in range(len(plan.order))]
        names, lines = {}, []
        code.names["tie"] = plan.tie
        if plan.inputs_in_graph and any(m.mark is not None for m in plan.made):
            lines.append(f"tie = {code.name(plan.tie)}.of(({''.join(f'x{k}, ' for k in range(len(plan.arguments.tensors)))}))")
        for n, m in enumerate(plan.made):
            name = names[id(m)] = f"t{n}"
            lines.append(f"{name} = fresh({code.name(m.shape)}, {code.name(m.dtype)}, r{slots[m.value[1]]})")
            if m.mark is not None:
                lines.append(f"{name}._tie = tie; {name}._ordinal = {m.mark}")
            if m.inference:
                lines.append(f"{name}._inference = True")
            if m.leaf:
                lines.append(f"{name}._leaf = True")
        for b, m in plan.grads:
            t = code.name(b.tensor) if b.number is None else f"x{b.number}"
            lines.append(f"{t}._grad = {None if m is None else names[id(m)]}")
        return [*lines, f"return {_text(plan.result, code, names)}"]


def fresh_tensor(shape, dtype, buffer) -> Tensor:
    """A tensor on a new array."""
    node = _new(Node)
    node.entry = node.trace = None
    node.shape, node.dtype, node.buffer = shape, dtype, buffer
    t = _new(Tensor)
    t._storage = storage = _new(Storage)
    storage.value, t.shape, t.dtype = node, shape, dtype
    return t


def unfit(array: np.ndarray, low: int, high: int) -> bool:
    """Whether a number is out of bounds."""
    return array.size > 0 and not (array.min() >= low and array.max() <= high)


def _text(what: Any, code: Code, names: dict[int, str]) -> str:
    """An expression for what a call returns."""
    if isinstance(what, Made):
        return names[id(what)]
    if len(what) == 2:
        return f"x{what[1]}" if what[0] == "argument" else code.name(what[1])
    kind, keys, items = what
    parts = [_text(item, code, names) for item in items]
    if keys is not None:
        return "{" + ", ".join(f"{key!r}: {part}" for key, part in zip(keys, parts, strict=True)) + "}"
    inside = "".join(f"{part}, " for part in parts)
    return f"[{inside}]" if kind is list else f"({inside})" if kind is tuple else f"{code.name(kind)}._make(({inside}))"
