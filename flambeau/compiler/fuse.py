"""Fuse: values that cost less to compute again than to keep are written into their readers."""
from __future__ import annotations

import math

from ..core import dtype as dt
from .nests import Nest, Nests, loads, untangle
from .products import contractible, factors, make_contractible
from .scalar import Scalar, walk

CHEAP = 12              # operations (loads counted) up to which a value is computed again by each of several readers
READS = 2               # values of full size that may be read for it
AGAIN = 6               # readers that may do so
DEEP = 100              # operations in one body, after which nothing more is written into it
WIDE = 24               # values read by one body, likewise
_MOVES = frozenset(("load", "const", "axis", "add", "sub", "mul", "floordiv", "mod"))
_LIGHT = frozenset(("neg", "abs", "not", "sqrt", "isnan", "isinf", "sign", "reciprocal", "floor", "ceil", "round", "trunc"))


def inline(nests: Nests) -> Nests:
    """Write movement, cheap values and values with one reader into the nests that read them; drop what nobody reads any more."""
    drop_dead(nests)
    readers: dict[int, list] = {}
    for item in nests.items:
        for slot in (item.body.slots if isinstance(item, Nest) else set(item.step.inputs)):
            readers.setdefault(slot, []).append(item)
    results = set(nests.results)
    for nest in nests.items:
        if not isinstance(nest, Nest) or nest.kind is not None or not all(i.kind in ("axis", "const") for i in nest.index):
            continue
        taking = [r for r in readers.get(nest.slot, ()) if isinstance(r, Nest)]
        others = len(readers.get(nest.slot, ())) - len(taking)
        if not moves(nest.body) and not dissolves(nests, nest, taking, others > 0 or nest.slot in results):
            continue
        for reader in taking:
            if not take(nests, reader, nest):
                continue
            readers[nest.slot].remove(reader)
            for slot in nest.body.slots:
                if reader not in readers.setdefault(slot, []):
                    readers[slot].append(reader)
    drop_dead(nests)
    for nest in nests.made.values():
        untangle(nests, nest)
    make_contractible(nests)
    return nests


def dissolves(nests: Nests, nest: Nest, readers, kept: bool) -> bool:
    """Whether every reader of `nest` shall compute it, so that it is never stored."""
    body = nest.body
    if kept or not readers or any(factors(r) is not None for r in readers):
        return False                            # the operands of a product are read many times: they are stored, and so at hand for all
    if any(r.body.cost + body.cost > DEEP or len(r.body.slots | body.slots) > WIDE for r in readers):
        return False
    if body.kind == "const":
        return True
    size = math.prod(nest.sizes)
    heavy = costly(body)
    if any(r.volume > size for r in readers) and (heavy or body.cost > 4):
        return False                            # read again and again by one reader: computed once
    if len(readers) == 1:
        return True
    full = sum(math.prod(nests.shapes[load.args[0]]) * 2 > size for load in loads(body))
    return not heavy and (body.cost <= CHEAP and full <= READS and len(readers) <= AGAIN or body.cost <= 6 and full <= 1)


def costly(body: Scalar) -> bool:
    """Whether an expression holds functions that take many instructions."""
    return any(n.kind == "call" and n.args[0] not in _LIGHT or n.kind in ("pow", "floordiv", "mod") and n.dtype.category == 2 for n in walk(body))


def moves(body: Scalar) -> bool:
    """Whether a value is another one's, found elsewhere: no arithmetic but that of indices."""
    if body.kind == "cast" and body.args[0].kind == "load" and body.args[0].dtype is dt.bool_:
        body = body.args[0]
    return body.kind == "const" or body.kind == "load" and all(n.kind in _MOVES for i in body.args[1:] for n in walk(i))


def take(nests: Nests, reader: Nest, nest: Nest) -> bool:
    """Substitute, unless that would leave a product with operands that lie in memory as no product can read them."""
    if factors(reader) is None:
        substitute(nests, reader, nest)
        return True
    before = reader.body, reader.axes, reader.inner, reader.index, reader.steps
    fitted = contractible(nests, reader)
    substitute(nests, reader, nest)
    untangle(nests, reader)
    if fitted and not contractible(nests, reader):
        reader.body, reader.axes, reader.inner, reader.index, reader.steps = before
        return False
    return True


def substitute(nests: Nests, nest: Nest, producer: Nest) -> None:
    """Replace loads of `producer` in `nest` by its expression."""
    scalars = nests.scalars
    places = {i: 1 + k for k, i in enumerate(producer.index) if i.kind == "axis"}

    def change(node, args):
        if node.kind != "load" or args[0] != producer.slot:
            return None
        return scalars.replace(producer.body, {axis: args[k] for axis, k in places.items()})

    nest.body = scalars.rewrite(nest.body, change, {})
    nest.steps = tuple(sorted({*nest.steps, *producer.steps}))


def drop_dead(nests: Nests) -> Nests:
    """Without the nests and calls that nothing reads."""
    needed = set(nests.results)
    kept = []
    for item in reversed(nests.items):
        if not needed.isdisjoint((item.slot,) if isinstance(item, Nest) else item.slots):
            needed |= item.body.slots if isinstance(item, Nest) else set(item.step.inputs)
            kept.append(item)
    nests.items = kept[::-1]
    nests.made = {n.slot: n for n in nests.items if isinstance(n, Nest)}
    return nests
