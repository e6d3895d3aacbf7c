"""What valid groups, replacements and memory plans are, as a statement that runs."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

from .group import Group
from .nests import Nest, Nests, loads
from .plan import may_fail
from .program import Program
from .verify import Invalid
from .verify_nests import fills_of, reads_of


def made_by(group: Group) -> list:
    """The nests and calls of a group."""
    return [*([] if group.anchor is None else [group.anchor]), *group.members]


def verify_groups(groups: Sequence[Group], nests: Nests) -> None:
    """Invalid unless each value is made by one group, which runs after those that make what it reads."""
    full, seen, done = set(range(nests.leaves)), set(), 0
    for g in groups:
        items = made_by(g)
        slots = [slot for i in items for slot in fills_of(i)]
        reads = set().union(*map(reads_of, items))
        if set(slots) != g.slots or len(slots) != len(set(slots)) or reads - set(slots) != g.reads:
            raise Invalid(f"invalid group: it says that it makes {sorted(g.slots)} from {sorted(g.reads)}\n{g}")
        if seen & g.slots:
            raise Invalid(f"invalid groups: slot %{min(seen & g.slots)} is made twice\n{g}")
        if not g.reads <= full:
            raise Invalid(f"invalid groups: slot %{min(g.reads - full)} is read before it is made\n{g}")
        if g.before & ~done:
            raise Invalid(f"invalid groups: group {g.number} runs before one that it waits for\n{g}")
        _verify_members(g, items)
        full |= g.slots
        seen |= g.slots
        done |= 1 << g.number
    wanted = {slot for i in nests.items for slot in fills_of(i)}
    if seen != wanted:
        raise Invalid(f"invalid groups: slots {sorted(wanted - seen)} are made by none, {sorted(seen - wanted)} by nobody's wish")


def _verify_members(group: Group, items) -> None:
    """Within a group, what is read was made before; in a map or after an anchor, at the same place."""
    made: dict[int, object] = {}
    for item in items:
        slots = item.body.slots if isinstance(item, Nest) else ()
        later = [s for s in slots if s in group.slots and s not in made]
        if later:
            raise Invalid(f"invalid group: slot %{later[0]} is read before it is made\n{group}")
        if group.kind == "map" and isinstance(item, Nest):
            for load in loads(item.body):
                maker = made.get(load.args[0])
                if maker is not None and [_value(i, maker.axes) for i in maker.index] != [_value(i, item.axes) for i in load.args[1:]]:
                    raise Invalid(f"invalid group: {item} reads slot %{load.args[0]} at another place than where it is made\n{group}")
        made.update(dict.fromkeys(fills_of(item), item))


def _value(index, axes) -> str:
    """An index with axes named by their position."""
    text = repr(index)
    for k, a in sorted(enumerate(axes), key=lambda t: -len(repr(t[1]))):
        text = text.replace(f"i{a.args[0]}", f"axis {k}")
    return text


def verify_replacements(groups: Sequence[Group], nests: Nests, program: Program, replaced: Mapping[int, int]) -> None:
    """Invalid unless each leaf that a result is written over is nobody else's, of the same kind, and read for the last time where it is written."""
    order = {g.number: k for k, g in enumerate(groups)}
    owner = {slot: g for g in groups for slot in g.slots}
    risky = [g for g in groups if g.kind == "call" and may_fail(g.anchor.step)]
    if len(set(replaced.values())) != len(replaced):
        raise Invalid(f"invalid memory: two results are written over one leaf: {dict(replaced)}")
    writers = [(owner[slot], leaf, slot) for slot, leaf in replaced.items()]
    writers += [(g, g.anchor.step.inputs[0], g.anchor.step.output) for g in groups
                if g.kind == "call" and g.anchor.step.overwrite and g.anchor.step.inputs[0] < nests.leaves]
    for g, leaf, slot in writers:
        if not (0 <= leaf < nests.leaves and program.spare[leaf]):
            raise Invalid(f"invalid memory: slot %{slot} is written over %{leaf}, which others hold")
        if tuple(nests.shapes[slot]) != tuple(nests.shapes[leaf]) or nests.dtypes[slot] is not nests.dtypes[leaf]:
            raise Invalid(f"invalid memory: slot %{slot} is written over %{leaf}, which is of another shape or dtype")
        late = [r for r in groups if leaf in r.reads and order[r.number] > order[g.number]]
        if late:
            raise Invalid(f"invalid memory: %{leaf} is read after slot %{slot} was written over it\n{late[0]}")
        if any(order[r.number] > order[g.number] for r in risky):
            raise Invalid(f"invalid memory: %{leaf} is written over while a step that may fail is to come")
        if slot in replaced:
            for item in made_by(g):
                # (an anchor reads everywhere before its results are written)
                if leaf in reads_of(item) if item is g.anchor else any(load.args[0] == leaf and load.args[1:] != item.index for load in loads(item.body)):
                    raise Invalid(f"invalid memory: %{leaf} is read at other places while slot %{slot} is written over it\n{g}")


def verify_arena(offsets: Mapping[int, int], sizes: Mapping[int, int], lives: Mapping[int, tuple[int, int]], total: int, align: int) -> None:
    """Invalid unless values that are alive together lie apart, inside of what there is."""
    placed = [(offsets[slot], offsets[slot] + sizes[slot], *lives[slot], slot) for slot in lives]
    for at, end, _, _, slot in placed:
        if at % align or at < 0 or end > total:
            raise Invalid(f"invalid memory: slot %{slot} lies from {at} to {end} of {total} bytes, aligned to {align}")
    placed.sort()
    for k, (_, end, first, last, slot) in enumerate(placed):
        for at, _, begin, until, other in placed[k + 1:]:
            if at >= end:
                break
            if begin <= last and first <= until:
                raise Invalid(f"invalid memory: slots %{slot} and %{other} are alive together, and overlap")


__all__ = ["verify_arena", "verify_groups", "verify_replacements"]
