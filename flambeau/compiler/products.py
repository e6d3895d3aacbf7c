"""Products summed over an axis, as loop nests show them: whatever page they come from."""
from __future__ import annotations

from ..core.shape import contiguous_strides
from .flatten import Flat, merged
from .nests import Nest, Nests
from .scalar import Scalar, linear


def factors(nest: Nest) -> tuple[Scalar, Scalar] | None:
    """The two loads whose product a nest sums (a contraction); None for other nests."""
    if nest.kind != "add" or nest.body.kind != "mul":
        return None
    pair = tuple(a.args[0] if a.kind == "cast" and a.args[0].kind == "load" else a for a in nest.body.args)
    # both must vary along all that is summed and along something else, and not along the same axes: else it is a plain reduction
    inner = set(nest.inner)
    return pair if all(x.kind == "load" and inner < x.axes for x in pair) and pair[0].axes != pair[1].axes else None


def contractible(nests: Nests, nest: Nest) -> bool:
    """Whether the operands lie in memory (row by row) so that what is summed over is one axis; False for nests that are no products."""
    pair = factors(nest)
    if pair is None:
        return False
    flat = Flat(nests.scalars, {load.args[0]: contiguous_strides(nests.shapes[load.args[0]]) for load in pair})
    return _one_axis(nests, nest, [flat.offset(load.args[0], load.args[1:]) for load in pair])


def _one_axis(nests: Nests, nest: Nest, offsets) -> bool:
    if any(t.kind != "axis" for o in offsets for t, _ in linear(o)[1]):
        return False
    return len(merged(nests.scalars, nest.inner, [], offsets)[0]) == 1


def make_contractible(nests: Nests) -> None:
    """Copy the operands that do not lie so, with the axes that are summed over innermost."""
    items = []
    for item in nests.items:
        if isinstance(item, Nest) and factors(item) is not None and not contractible(nests, item):
            for load in dict.fromkeys(factors(item)):
                flat = Flat(nests.scalars, {load.args[0]: contiguous_strides(nests.shapes[load.args[0]])})
                if not _one_axis(nests, item, [flat.offset(load.args[0], load.args[1:])]):
                    items.append(_copy(nests, item, load))
        items.append(item)
    nests.items = items


def _copy(nests: Nests, nest: Nest, load: Scalar) -> Nest:
    scalars = nests.scalars
    order = tuple(a for a in nest.axes + nest.inner if a in load.axes)
    slot = nests.new_slot([a.args[1] for a in order], load.dtype)
    copy = Nest(slot, order, load, load.dtype, nests.shapes[slot], order, None, (), nest.steps)
    nests.made[slot] = copy
    read = scalars.load(slot, load.dtype, order)
    nest.body = scalars.rewrite(nest.body, lambda node, args: read if node is load else None, {})
    return copy
