"""What valid loop nests are, as a statement that runs: every pass from reading steps to fusing them must keep it."""
from __future__ import annotations

import math

from ..core import dtype as dt
from .nests import KERNEL, WHOLE, Call, Nest, Nests
from .program import Program
from .scalar import COMPARISONS, INDEX, Scalar, linear, walk
from .verify import Invalid

_ARITHMETIC = frozenset(("add", "sub", "mul", "div", "floordiv", "mod", "pow", "and", "or", "xor", "shl", "shr", "fmod", "atan2", "hypot", "copysign"))
_TRUTHS = frozenset(("isnan", "isinf"))


def reads_of(item: Nest | Call) -> set[int]:
    """The slots that it reads."""
    return set(item.body.slots) if isinstance(item, Nest) else set(item.step.inputs)


def fills_of(item: Nest | Call) -> tuple[int, ...]:
    """The slots that it fills."""
    return (item.slot,) if isinstance(item, Nest) else item.slots


def verify_nests(nests: Nests, program: Program) -> Nests:
    """`nests` itself. Invalid naming what reads a value that is not made yet, is of another shape or dtype than its slot, reads outside of what it
    reads, or leaves elements out."""
    full = set(range(nests.leaves))
    shapes = {s.output: (tuple(s.shape), s.dtype) for s in program.steps if s.op.outputs is None}
    for item in nests.items:
        reads = reads_of(item)
        if not reads <= full:
            raise Invalid(f"invalid nests: {item} reads slot %{min(reads - full)}, which is empty\n{nests}")
        for slot in fills_of(item):
            if slot in full:
                raise Invalid(f"invalid nests: {item} fills slot %{slot}, which is not free\n{nests}")
            found = tuple(nests.shapes[slot]), nests.dtypes[slot]
            if slot in shapes and found != shapes[slot]:
                raise Invalid(f"invalid nests: slot %{slot} is {found}, but its step makes {shapes[slot]}\n{nests}")
            full.add(slot)
        if isinstance(item, Nest):
            verify_nest(nests, item)
    missing = [slot for slot in nests.results if slot not in full]
    if missing:
        raise Invalid(f"invalid nests: result %{missing[0]} is not computed\n{nests}")
    return nests


def verify_nest(nests: Nests, nest: Nest) -> None:
    """Invalid unless every element of the slot is made once, from what is there, in the right types."""
    loops, inner = set(nest.axes), set(nest.inner)
    if loops & inner or len(loops) != len(nest.axes) or len(inner) != len(nest.inner):
        raise Invalid(f"invalid nest: an axis stands twice in {nest}")
    if not nest.body.axes <= loops | inner:
        raise Invalid(f"invalid nest: an axis without a loop in {nest}")
    if nest.kind is None and inner or nest.kind is not None and not inner:
        raise Invalid(f"invalid nest: reduced axes without a reduction, or the other way round, in {nest}")
    if nest.dtype is not nests.dtypes[nest.slot] or tuple(nest.shape) != tuple(nests.shapes[nest.slot]):
        raise Invalid(f"invalid nest: {nest} is not of its slot's shape and dtype, {nests.shapes[nest.slot]} {nests.dtypes[nest.slot].name}")
    if nest.kind is None and nest.body.dtype is not nest.dtype:
        raise Invalid(f"invalid nest: the value of {nest} is of {nest.body.dtype.name}")
    if len(nest.index) != len(nest.shape) or math.prod(nest.sizes) != math.prod(nest.shape):
        raise Invalid(f"invalid nest: the loops of {nest} make {math.prod(nest.sizes)} of the {math.prod(nest.shape)} elements of {nest.shape}")
    for i, n in zip(nest.index, nest.shape, strict=True):
        if n and not covers(i, n):
            raise Invalid(f"invalid nest: the index {i} of {nest} does not pass through 0 to {n - 1} once")
    if sum(len(i.axes) for i in nest.index) != len(set().union(*[i.axes for i in nest.index])):
        raise Invalid(f"invalid nest: an axis stands in two places of the index of {nest}")
    _verify_scalar(nests, nest, nest.body, guarded=not math.prod(nest.shape) or not nest.depth, seen=set())


def covers(index: Scalar, size: int) -> bool:
    """Whether an index takes each value from 0 to size - 1 once: mixed radix over its axes."""
    constant, terms = linear(index)
    step = 1
    for axis, factor in sorted(terms, key=lambda t: t[1]):
        if axis.kind != "axis" or factor != step:
            return False
        step *= axis.args[1]
    return constant == 0 and step == size


def _verify_scalar(nests: Nests, nest: Nest, x: Scalar, guarded: bool, seen: set) -> None:
    """Types of an expression and places that it reads; under the branch of a `where` a place may be outside."""
    if (x, guarded) in seen:
        return
    seen.add((x, guarded))
    args = [a for a in x.args if type(a) is Scalar]
    kind, dtype = x.kind, x.dtype

    def wrong(what: str) -> Invalid:
        return Invalid(f"invalid nest: {what} in {x!r} of {nest}")

    if kind == "reduce":
        raise wrong("a reduction that is not the outermost")
    if kind == "load":
        slot, index = x.args[0], x.args[1:]
        if nests.dtypes[slot] is not dtype:
            raise wrong(f"a load of {dtype.name} from slot %{slot}, which holds {nests.dtypes[slot].name},")
        if len(index) != len(nests.shapes[slot]):
            raise wrong(f"{len(index)} indices for slot %{slot} of shape {nests.shapes[slot]}")
        for i, n in zip(index, nests.shapes[slot], strict=True):
            if i.dtype is not INDEX:
                raise wrong("an index that is no int64")
            if guarded or i.bounds is None or any(node.kind == "where" for node in walk(i)):
                continue                        # (of a choice only the range of both sides is known)
            if not (0 <= i.bounds[0] and i.bounds[1] < n):
                raise wrong(f"an index from {i.bounds[0]} to {i.bounds[1]} along an axis of {n}")
    elif kind == "where":
        if args[0].dtype is not dt.bool_ or args[1].dtype is not dtype or args[2].dtype is not dtype:
            raise wrong("a choice between other types")
        _verify_scalar(nests, nest, args[0], guarded, seen)
        for a in args[1:]:
            _verify_scalar(nests, nest, a, True, seen)
        return
    elif kind in COMPARISONS:
        if dtype is not dt.bool_ or args[0].dtype is not args[1].dtype:
            raise wrong("a comparison of two types")
    elif kind == "call":
        if args[0].dtype is not dtype and not (x.args[0] in _TRUTHS and dtype is dt.bool_):
            raise wrong("a function of another type than its argument")
    elif kind in _ARITHMETIC:
        if any(a.dtype is not dtype for a in args):
            raise wrong("arithmetic between types")
    elif kind not in ("const", "axis", "cast"):
        raise wrong(f"the unknown operation {kind!r}")
    for a in args:
        _verify_scalar(nests, nest, a, guarded, seen)


def verify_layout(nests: Nests, strides: dict[int, tuple[int, ...]]) -> None:
    """Invalid naming a slot whose elements would not lie side by side, each in a place of its own, or a leaf or result that is not row by row."""
    for slot, steps in strides.items():
        shape = nests.shapes[slot]
        if nests.dtypes[slot].__class__ is tuple or not math.prod(shape):
            continue
        expected = 1
        for step, n in sorted((s, n) for s, n in zip(steps, shape, strict=True) if n != 1):
            if step != expected:
                raise Invalid(f"invalid layout: slot %{slot} of shape {shape} has strides {steps}")
            expected *= n
    for slot in (*range(nests.leaves), *nests.results):
        shape = nests.shapes[slot]
        steps = [s for s, n in zip(strides.get(slot, ()), shape if slot in strides else (), strict=True) if n != 1]
        if math.prod(shape if slot in strides else ()) and steps != sorted(steps, reverse=True):
            raise Invalid(f"invalid layout: slot %{slot}, which is seen outside, has strides {strides[slot]} for shape {shape}")


def verify_calls(nests: Nests, native) -> None:
    """Invalid naming a call that stands for a kernel that the backend does not have."""
    for item in nests.items:
        if isinstance(item, Call) and item.reason in (KERNEL, WHOLE):
            step = item.step
            if native(step, [nests.shapes[i] for i in step.inputs], [nests.dtypes[i] for i in step.inputs]) != item.reason:
                raise Invalid(f"invalid nests: there is no kernel for {item}")


__all__ = ["covers", "fills_of", "reads_of", "verify_calls", "verify_layout", "verify_nest", "verify_nests"]
