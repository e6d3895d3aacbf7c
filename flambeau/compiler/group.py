"""Group: which loop nests share their loops, and in which order the groups run.

    map         elementwise values over the same axes
    rows        for each row: reductions of it, and values over the row that use them (softmax, layer_norm)
    columns     reductions over the same axes in which neighbours in memory are different results (sums over a batch)
    anchor      a product or a kernel of its own, and the elementwise values made of its results while they are in registers
    whole       a kernel of its own that stands alone, of one result or several
    call        a step that runs by its reference

A value that only its own group reads, each place where it was made, is never stored.
"""
from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..core import dtype as dt
from ..core.shape import contiguous_strides
from .nests import KERNEL, WHOLE, Call, Nest, Nests, loads
from .products import factors
from .scalar import Scalar, linear

ROW = 1 << 14           # elements of a row that are worked on stage by stage: more would leave the cache between stages
STORES = 12             # values made by one group
SPLIT = 1 << 15         # elements reduced into one result from which on the work is split in pieces
NARROW = 16             # results (or vectors of them) below which that is needed to keep many threads busy


@dataclass(eq=False)
class Group:
    """Nests that run in one kernel. `sizes`: of the loops they share (the rows, for rows); `before`: bits of the groups that must run earlier."""

    kind: str
    members: list[Nest]
    sizes: tuple[int, ...]
    number: int
    anchor: Nest | Call | None = None
    before: int = 0
    slots: set[int] = field(default_factory=set)        # made here
    reads: set[int] = field(default_factory=set)        # read here, made elsewhere

    def __str__(self) -> str:
        return f"{self.kind} {self.sizes}\n" + "\n".join(f"    {m}" for m in ([self.anchor] if self.anchor else []) + self.members)


def gather(nests: Nests, strides) -> list[Group]:
    """The groups, in the order in which they run."""
    split_long(nests, strides)
    groups: list[Group] = []
    owner: dict[int, Group] = {}
    for item in nests.items:
        slots = item.body.slots if isinstance(item, Nest) else set(item.step.inputs)
        needs = 0
        for slot in slots:
            if slot in owner:
                needs |= 1 << owner[slot].number | owner[slot].before
        home = None
        if isinstance(item, Nest) and factors(item) is None:
            home = _home(nests, item, groups, owner, strides)
        if home is None:
            home = _found(nests, item, len(groups), strides)
            groups.append(home)
        elif home.anchor is not item:
            home.members.append(item)
        made = (item.slot,) if isinstance(item, Nest) else item.slots
        home.slots.update(made)
        home.reads |= slots
        added = needs & ~(1 << home.number)
        if added & ~home.before:
            for g in groups:
                if g is home or g.before >> home.number & 1:
                    g.before |= added
        owner.update(dict.fromkeys(made, home))
    for g in groups:
        g.reads -= g.slots
    return groups


def _found(nests: Nests, item, number: int, strides) -> Group:
    if isinstance(item, Call):
        kind = {KERNEL: "anchor", WHOLE: "whole"}.get(item.reason, "call")
        return Group(kind, [], tuple(nests.shapes[item.step.output]), number, item)
    if factors(item) is not None:
        return Group("anchor", [], tuple(nests.shapes[item.slot]), number, item)
    if item.kind is None:
        return Group("map", [item], item.sizes, number)
    return Group("rows" if by_rows(item, strides) else "columns", [item], item.sizes, number)


def _home(nests: Nests, nest: Nest, groups, owner, strides) -> Group | None:
    """The group that `nest` joins: one whose loops it shares and with which it has something in common."""
    slots = nest.body.slots
    sources = {owner[s] for s in slots if s in owner}
    depends = 0
    for g in sources:
        depends |= 1 << g.number | g.before
    best = None
    # what it reads may have been made long ago (the gradient that an optimizer uses); what it has merely in common with others not
    for g in sorted(sources.union(groups[-64:]), key=lambda g: -g.number):
        if g.kind in ("call", "whole") or len(g.members) >= STORES:
            continue
        mine = slots & g.slots
        if not mine and not _shares(nests, nest, g):
            continue
        # joining must not make the group wait for itself
        others = depends & ~(1 << g.number)
        if any(groups[k].before >> g.number & 1 for k in _bits(others)):
            continue
        if _fits(nests, nest, g, mine, strides):
            if mine:
                return g
            best = best or g
    return best


def _shares(nests: Nests, nest: Nest, group: Group) -> bool:
    """Whether both read the same value of full size, so that reading it once saves something."""
    if group.kind == "anchor":
        return False
    size = nest.volume
    return any(math.prod(nests.shapes[s]) * 2 > size for s in nest.body.slots & group.reads)


def _fits(nests: Nests, nest: Nest, group: Group, mine, strides) -> bool:
    if group.kind == "anchor":
        shape = nests.shapes[group.anchor.slot if isinstance(group.anchor, Nest) else group.anchor.step.output]
        return nest.kind is None and nest.shape == shape and bool(mine) and _local(nest, mine, nest.index)
    if group.kind == "map":
        if nest.kind is None:
            return nest.sizes == group.sizes and (not mine or _aligned(nests, nest, group, mine))
        if not mine or not by_rows(nest, strides) or nest.depth > ROW:
            return False
        # rows: what the group made is reduced along its last axes
        if nest.sizes + tuple(a.args[1] for a in nest.inner) != group.sizes or not _aligned(nests, nest, group, mine):
            return False
        group.kind, group.sizes = "rows", nest.sizes
        return True
    if group.kind == "columns":
        first = group.members[0]
        return (nest.kind is not None and nest.sizes == first.sizes and tuple(a.args[1] for a in nest.inner) == tuple(a.args[1] for a in first.inner)
                and not mine and not by_rows(nest, strides))
    # rows
    if nest.sizes[:len(group.sizes)] != group.sizes:
        return False
    rest = nest.sizes[len(group.sizes):]
    if nest.kind is not None:
        return not rest and by_rows(nest, strides) and nest.depth <= ROW and _rowwise(nests, nest, group, mine)
    return math.prod(rest) <= ROW and bool(mine) and _rowwise(nests, nest, group, mine)


def _local(nest: Nest, mine, index) -> bool:
    """Whether every load of the slots `mine` is at `index`."""
    return all(load.args[1:] == index for load in loads(nest.body) if load.args[0] in mine)


def _aligned(nests: Nests, nest: Nest, group: Group, mine) -> bool:
    """Whether `nest` reads what the group made only at the place where it is made, loops paired by position."""
    loops = nest.axes + nest.inner
    for load in loads(nest.body):
        if load.args[0] in mine:
            maker = nests.made[load.args[0]]
            if maker.kind is not None:
                return False
            pairs = dict(zip(maker.axes, loops, strict=True)) if len(maker.axes) == len(loops) else None
            if pairs is None or load.args[1:] != tuple(nests.scalars.replace(i, pairs) for i in maker.index):
                return False
    return True


def _rowwise(nests: Nests, nest: Nest, group: Group, mine) -> bool:
    """Whether `nest` reads of what the group made only this row's."""
    rows = len(group.sizes)
    outer = nest.axes[:rows]
    for load in loads(nest.body):
        if load.args[0] not in mine:
            continue
        maker = nests.made[load.args[0]]
        if len(maker.axes) < rows:
            return False
        # wherever the maker's rows stand in its index, this row must be read; and they must stand apart from the rest
        own = set(maker.axes[:rows])
        swap = dict(zip(maker.axes[:rows], outer, strict=True))
        found: set = set()
        for place, asked in zip(maker.index, load.args[1:], strict=True):
            here = place.axes & own
            if here:
                if place.axes != here or nests.scalars.replace(place, swap) is not asked:
                    return False
                found |= here
        if found != own:
            return False
    return True


def by_rows(nest: Nest, strides) -> bool:
    """Whether neighbours in memory are reduced into one result (lanes along the reduction), rather than being different results."""
    votes: dict[Scalar, int] = {}
    for load in loads(nest.body):
        weight = 1 + len(load.axes & {*nest.axes, *nest.inner})
        for axis, step in steps_of(load, strides).items():
            if step in (1, -1):
                votes[axis] = votes.get(axis, 0) + weight
    inner = max((votes.get(a, 0) for a in nest.inner), default=0)
    outer = max((votes.get(a, 0) for a in nest.axes), default=0)
    return inner >= outer


def steps_of(load: Scalar, strides) -> dict[Scalar, int]:
    """How far one step along each axis goes in the memory that `load` reads; axes in what is not linear are left out."""
    steps: dict[Scalar, int] = {}
    for i, stride in zip(load.args[1:], strides[load.args[0]], strict=True):
        for term, factor in linear(i)[1]:
            if term.kind == "axis":
                steps[term] = steps.get(term, 0) + factor * stride
    return steps


def _bits(mask: int):
    k = 0
    while mask:
        if mask & 1:
            yield k
        mask >>= 1
        k += 1


# ---------------------------------------------------------------------------------------------------------------- long reductions
def split_long(nests: Nests, strides) -> None:
    """Cut reductions of much into little in two: pieces first, then the sum of the pieces. The cut depends on sizes alone, so results do
    not depend on the number of threads."""
    items = []
    for item in nests.items:
        if isinstance(item, Nest) and item.kind is not None and factors(item) is None and item.depth >= SPLIT:
            columns = not by_rows(item, strides)
            if math.prod(item.sizes) < (NARROW * 16 if columns else NARROW):
                items.extend(_in_pieces(nests, item, strides))
                continue
        items.append(item)
    nests.items = items


def _in_pieces(nests: Nests, nest: Nest, strides) -> list[Nest]:
    scalars = nests.scalars
    axis = max(nest.inner[:-1] or nest.inner, key=lambda a: a.args[1])
    n = axis.args[1]
    pieces = next((p for p in range(64, 15, -1) if n % p == 0), None)
    guard = None
    if pieces is None:
        pieces = min(64, n)
        size = -(-n // pieces)
    else:
        size = n // pieces
    piece, within = scalars.axis(pieces), scalars.axis(size) if size > 1 else scalars.int(0)
    place = scalars.add(scalars.scaled(piece, size), within)
    body = scalars.replace(nest.body, {axis: place})
    if pieces * size != n:
        guard = scalars.make("lt", dt.bool_, place, scalars.int(n))
        body = scalars.make("where", body.dtype, guard, body, scalars.const(neutral(nest.kind, body.dtype), body.dtype))
    inner = tuple(x for a in nest.inner for x in ((within,) if a is axis else (a,)) if x.kind == "axis")
    slot = nests.new_slot((*nest.sizes, pieces), body.dtype)
    strides[slot] = contiguous_strides(nests.shapes[slot])
    part = Nest(slot, (*nest.axes, piece), body, body.dtype, nests.shapes[slot], (*nest.axes, piece), nest.kind if inner else None, inner, nest.steps)
    again = scalars.axis(pieces)
    whole = Nest(nest.slot, nest.axes, scalars.load(slot, body.dtype, (*nest.axes, again)), nest.dtype, nest.shape, nest.index, nest.kind, (again,),
                 nest.steps)
    nests.made[slot], nests.made[nest.slot] = part, whole
    return [part, whole]


def neutral(kind: str, dtype):
    """The value that changes nothing in a reduction."""
    if kind in ("add", "mul"):
        return 0 if kind == "add" else 1
    if kind in ("any", "all"):
        return kind == "all"
    if dtype.category == 2:
        return -math.inf if kind == "max" else math.inf
    if dtype.category == 0:
        return kind == "min"
    bits = dtype.itemsize * 8
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if dtype.is_signed else (0, (1 << bits) - 1)
    return low if kind == "max" else high
