"""Where each value lies: in an array that somebody sees, in the memory of a parameter that it replaces, or in the arena of temporaries."""
from __future__ import annotations

from ...compiler.group import Group
from ...compiler.nests import Call, Nest, Nests, loads
from ...compiler.plan import may_fail
from ...compiler.program import Program

ALIGN = 64


def replacements(nests: Nests, groups: list[Group], program: Program) -> dict[int, int]:
    """Results that may be written where a leaf lies: each is made element by element from the same element of a leaf that nobody needs afterwards.

    Groups that read such a leaf are made to run before the one that overwrites it, and so is every step that may fail, as the leaves must be whole
    then. Where that cannot be, the result gets memory of its own.
    """
    first = {s.output: s.inputs[0] for s in program.steps if s.inputs}
    readers: dict[int, list[Group]] = {}
    for g in groups:
        for slot in g.reads:
            readers.setdefault(slot, []).append(g)
    risky = [g for g in groups if g.kind == "call" and may_fail(g.anchor.step)]
    for g in groups:
        if g.kind == "call" and g.anchor.step.overwrite and g.anchor.step.inputs[0] < nests.leaves:
            _after(g, [r for r in risky if r.number < g.number], groups)        # none of them comes later, nor waits for it
    taken: dict[int, int] = {}
    for g in groups:
        if g.kind not in ("map", "anchor"):
            continue
        for nest in g.members:
            if nest.slot not in nests.results:
                continue
            candidates = [s for s in nest.body.slots if s < nests.leaves and program.spare[s] and s not in taken.values()
                          and tuple(nests.shapes[s]) == tuple(nests.shapes[nest.slot]) and nests.dtypes[s] is nest.dtype]
            candidates.sort(key=lambda s: s != first.get(nest.slot))
            for leaf in candidates:
                if _only_there(g, leaf) and _after(g, [*readers[leaf], *risky], groups):
                    taken[nest.slot] = leaf
                    break
    return taken


def _only_there(group: Group, leaf: int) -> bool:
    """Whether all of the group reads `leaf` only at the place of the element that it makes."""
    if isinstance(group.anchor, Nest) and leaf in group.anchor.body.slots or isinstance(group.anchor, Call) and leaf in group.anchor.step.inputs:
        return False
    return all(load.args[1:] == member.index for member in group.members for load in loads(member.body) if load.args[0] == leaf)


def _after(group: Group, earlier: list[Group], groups: list[Group]) -> bool:
    """Make the groups `earlier` run before `group`; False, with nothing changed, if one of them waits for it."""
    others = [g for g in earlier if g is not group]
    if any(g.before >> group.number & 1 for g in others):
        return False
    added = 0
    for g in others:
        added |= 1 << g.number | g.before
    for g in groups:
        if g is group or g.before >> group.number & 1:
            g.before |= added
    return True


def in_order(groups: list[Group]) -> list[Group]:
    """The groups, each after those that it waits for, else as they were made."""
    done, order, left = 0, [], list(groups)
    while left:
        ready = next(g for g in left if not g.before & ~done)
        left.remove(ready)
        order.append(ready)
        done |= 1 << ready.number
    return order


def arena(sizes: dict[int, int], lives: dict[int, tuple[int, int]]) -> tuple[dict[int, int], int]:
    """Offsets for values of the given bytes that live from one place in the order to another, and the bytes in all: first fit, the large first."""
    placed: list[tuple[int, int, int, int]] = []
    offsets, total = {}, 0
    for slot in sorted(sizes, key=lambda s: (-sizes[s], lives[s])):
        need, (begin, end) = -(-sizes[slot] // ALIGN) * ALIGN, lives[slot]
        at = 0
        for low, high, b, e in sorted(placed):
            if b <= end and begin <= e and at < high and low < at + need:
                at = high
        placed.append((at, at + need, begin, end))
        offsets[slot] = at
        total = max(total, at + need)
    return offsets, total
