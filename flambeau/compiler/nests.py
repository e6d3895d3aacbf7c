"""From steps to loop nests: each value as one scalar expression over its axes, with at most one reduction, at the outside.

    nest   value[axes] = body                         (an elementwise value)
           value[axes] = reduce kind over inner: body (a reduction)
    call   a step that runs by its reference, or by a kernel that the backend has for its page
"""
from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..core.dtype import dtype as DType
from ..core.shape import numel
from .program import Program, Step
from .scalar import Scalar, Scalars, linear, walk
from .typed import Unsupported, express, split_for


@dataclass(eq=False)
class Nest:
    """One value. `shape` is the logical shape of its slot; `axes` the loops over it, and `index` the place of each element in terms of them."""

    slot: int
    axes: tuple[Scalar, ...]
    body: Scalar
    dtype: DType
    shape: tuple[int, ...]
    index: tuple[Scalar, ...]
    kind: str | None = None
    inner: tuple[Scalar, ...] = ()
    steps: tuple[int, ...] = ()             # the steps it came from, for the profiler

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of the loops."""
        return tuple(a.args[1] for a in self.axes)

    @property
    def depth(self) -> int:
        """How many elements one result is reduced from."""
        return math.prod(a.args[1] for a in self.inner)

    @property
    def volume(self) -> int:
        """How often the body is computed."""
        return math.prod(self.sizes) * self.depth

    def __str__(self) -> str:
        over = f"{self.kind} over {', '.join(f'{a}<{a.args[1]}' for a in self.inner)}: " if self.kind else ""
        return f"%{self.slot}[{', '.join(f'{a}<{a.args[1]}' for a in self.axes)}] = {over}{self.body} : {self.dtype.name}"


KERNEL = "kernel"           # why a step is a call: the backend has a kernel that takes an epilogue,
WHOLE = "whole kernel"      # or one that takes none and may have several results


@dataclass(eq=False)
class Call:
    """A step that is no loop nest here, and why. `parts`: the slots of each of its results (None: nobody takes it), where it is a whole kernel."""

    step: Step
    reason: str
    number: int = 0
    parts: tuple[int | None, ...] = ()

    @property
    def slots(self) -> tuple[int, ...]:
        """The slots that it fills."""
        return tuple(s for s in self.parts if s is not None) if self.parts else (self.step.output,)

    def __str__(self) -> str:
        return f"%{self.step.output} = {self.step.op!r}({', '.join(f'%{i}' for i in self.step.inputs)}) [{self.reason}]"


@dataclass(eq=False)
class Nests:
    """A program as nests and calls, in an order in which it can run. `shapes` and `dtypes` of every slot; `fresh`: the next free slot."""

    scalars: Scalars
    items: list[Nest | Call]
    shapes: dict[int, tuple[int, ...]]
    dtypes: dict[int, DType]
    results: tuple[int, ...]
    leaves: int
    fresh: int
    made: dict[int, Nest] = field(default_factory=dict)

    def __str__(self) -> str:
        return "\n".join(map(str, self.items))

    def new_slot(self, shape, dtype) -> int:
        """A slot for a value that no step names."""
        slot, self.fresh = self.fresh, self.fresh + 1
        self.shapes[slot], self.dtypes[slot] = tuple(shape), dtype
        return slot


def read(program: Program, native) -> Nests:
    """The nests of `program`.

    native: KERNEL or WHOLE if the backend has a kernel of its own for a step, of inputs of these shapes and dtypes; else None. A step that changes
    a small part of a value that dies is left to its page, which does so where it lies.
    """
    scalars = Scalars()
    shapes = {k: tuple(s) for k, (s, _) in enumerate(program.types)}
    dtypes = {k: d for k, (_, d) in enumerate(program.types)}
    nests = Nests(scalars, [], shapes, dtypes, tuple(slot for _, slot in program.results), program.leaves, program.slots)
    apart: dict[int, dict[int, int]] = {}       # several results in one slot: where each of them is taken to
    for step in program.steps:
        shapes[step.output], dtypes[step.output] = step.shape, step.dtype
        if len(step.inputs) == 1 and isinstance(dtypes[step.inputs[0]], tuple):
            apart.setdefault(step.inputs[0], {})[step.op.k] = step.output
    filled: set[int] = set()
    for k, step in enumerate(program.steps):
        if step.output in filled:
            continue
        reason = native(step, [shapes[i] for i in step.inputs], [dtypes[i] for i in step.inputs])
        if reason is not None:
            call = Call(step, reason, k)
            if reason == WHOLE:
                several = apart.get(step.output, {})
                call.parts = (step.output,) if step.op.outputs is None else tuple(several.get(n) for n in range(len(step.shape)))
                filled.update(call.slots)
            nests.items.append(call)
            continue
        if step.overwrite and len(step.inputs) > 1 and 2 * numel(shapes[step.inputs[1]]) <= numel(step.shape) and step.op.types == "keep":
            nests.items.append(Call(step, "writes a part of its first input", k))
            continue
        try:
            axes, body = express(scalars, step, [shapes[i] for i in step.inputs], [dtypes[i] for i in step.inputs])
        except Unsupported as reason:
            nests.items.append(Call(step, str(reason), k))
            continue
        define(nests, step.output, axes, body, step.dtype, (k,))
    return nests


def define(nests: Nests, slot: int, axes, body: Scalar, dtype: DType, steps) -> Nest:
    """Add the nest (or nests) of a value."""
    scalars = nests.scalars
    index = tuple(a if a.args[1] != 1 else scalars.int(0) for a in axes)
    loops = tuple(a for a in axes if a.args[1] != 1)

    def cut(node, args):
        if node.kind != "reduce" or node is body:
            return None
        kind, inner, value = args
        free = tuple(sorted(node.axes, key=lambda a: a.number))
        part = nests.new_slot([a.args[1] for a in free], node.dtype)
        add(nests, Nest(part, free, value, node.dtype, nests.shapes[part], free, kind, inner, steps))
        return scalars.load(part, node.dtype, free)

    if body.kind == "reduce":
        kind, inner, value = body.args
        value = scalars.rewrite(value, cut, {})
        return add(nests, Nest(slot, loops, value, dtype, tuple(nests.shapes[slot]), index, kind, inner, steps))
    return add(nests, Nest(slot, loops, scalars.rewrite(body, cut, {}), dtype, tuple(nests.shapes[slot]), index, None, (), steps))


def add(nests: Nests, nest: Nest) -> Nest:
    """Append a nest."""
    nests.items.append(nest)
    nests.made[nest.slot] = nest
    return nest


def untangle(nests: Nests, nest: Nest) -> None:
    """Cut axes of `nest` in two wherever a load's index then becomes linear: a flattened axis read axis by axis."""
    for _ in range(8):
        found = None
        for node in walk(nest.body):
            if node.kind == "load":
                found = split_for(node.args[1:])
                if found is not None:
                    break
        if found is None:
            return
        axis, inner = found
        cut_axis(nests, nest, axis, inner)


def cut_axis(nests: Nests, nest: Nest, axis: Scalar, inner: int) -> None:
    """Replace `axis` by two: axis = high · inner + low."""
    scalars = nests.scalars
    high, low = scalars.axis(axis.args[1] // inner), scalars.axis(inner)          # both of more than one element (typed.split_for)
    swap = {axis: scalars.add(scalars.scaled(high, inner), low)}
    parts = high, low
    nest.body = scalars.replace(nest.body, swap)
    nest.index = tuple(scalars.replace(i, swap) for i in nest.index)
    nest.axes = tuple(p for a in nest.axes for p in (parts if a is axis else (a,)))
    nest.inner = tuple(p for a in nest.inner for p in (parts if a is axis else (a,)))


def loads(x: Scalar) -> list[Scalar]:
    """The load nodes of an expression, those inside indices included."""
    return [node for node in walk(x) if node.kind == "load"]


def is_linear(index) -> bool:
    """Whether every index is a sum of multiples of axes."""
    return all(t.kind == "axis" for i in index for t, _ in linear(i)[1])
