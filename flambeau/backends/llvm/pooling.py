"""Pooling: the greatest elements of windows, where they are, means, and the gradients of all of these.

A result is computed whole by one thread, gradients too: each place gathers from the windows that see it, so nothing is added to memory that another
thread may be writing. Lanes lie along the channels where those are side by side in memory, else along the last axis of space.
"""
from __future__ import annotations

import math
from collections.abc import Callable

from .ir import Function, Module, Value, constant, lanes, like, size_of
from .kernel import Epilogue, Kernel, Machine, Operand
from .region import computable
from .sliding import RANK, product, three
from .windows import Place, Walk, Window

NANOSECONDS = 0.4           # for one cycle


class Body:
    """What a pool does with its windows: `start`, then `visit` for each element that a result sees, then `finish`, which gives the result."""

    adjoint = False         # whether results are places, and what they see are windows

    def __init__(self, op, f: Function, walk: Walk, type: str):
        self.op, self.f, self.walk, self.type = op, f, walk, type

    def sizes(self) -> tuple[int, ...]:
        """Of the plane that the windows slide over."""
        return tuple(w.size for w in self.walk.windows)

    @property
    def index_type(self) -> str:
        """Of numbers of places: 32 bits wide where that is enough, so that they take no more registers than elements."""
        return "i32" if product(self.sizes()) < 1 << 31 else "i64"

    def number(self, at: list[Place]) -> Value:
        """The number of a place in its plane, row by row."""
        _, height, width = self.sizes()
        number = self.walk.combine(at, (height * width, width, 1))
        return self.f.convert("trunc", number, like(self.index_type, number.type))


class Largest(Body):
    """MaxPool: NaN if there is one."""

    def start(self, kind: str) -> None:
        self.kind, self.best, self.first = kind, self.f.variable(kind, constant(kind, -math.inf)), True

    def visit(self, at: list[Place], mask: Value | None) -> None:
        value = self.walk.read(0, at, mask, -math.inf)
        if not self.taken(value, mask):
            best = self.f.load(self.kind, self.best, 64)
            self.f.store(self.f.select(self.better(value, best), value, best), self.best, 64)

    def taken(self, value: Value, mask: Value | None) -> bool:
        """Take the first element as it is, where every result has it."""
        taken = self.first and not self.walk.guarded and mask is None
        self.first = False
        if taken:
            self.f.store(value, self.best, 64)
        return taken

    def better(self, value: Value, best: Value) -> Value:
        """Whether an element takes the place of the greatest so far: of equals the first stays, of NaN the last."""
        return self.f.op("or", self.f.compare("ogt", value, best), self.f.compare("uno", value, value))

    def finish(self, place: list[Place]) -> Value:
        return self.f.load(self.kind, self.best, 64)


class LargestIndex(Largest):
    """MaxPoolIndices: the number of the greatest element, the first inside if all are -inf."""

    def start(self, kind: str) -> None:
        super().start(kind)
        type = like(self.index_type, kind)
        self.index, self.known = self.f.variable(type, constant(type, -1)), False

    def visit(self, at: list[Place], mask: Value | None) -> None:
        f, number = self.f, self.number(at)
        value = self.walk.read(0, at, mask, -math.inf)
        if self.taken(value, mask):
            self.known = True
            f.store(number, self.index, 64)
            return
        best, index = f.load(self.kind, self.best, 64), f.load(number.type, self.index, 64)
        better = self.better(value, best)
        if not self.known:
            better = f.op("or", better, f.compare("slt", index, constant(index.type, 0)))
        if mask is not None:
            better = f.op("and", better, mask)
        f.store(f.select(better, value, best), self.best, 64)
        f.store(f.select(better, number, index), self.index, 64)

    def finish(self, place: list[Place]) -> Value:
        f, type = self.f, like(self.index_type, self.kind)
        return f.convert("sext", f.load(type, self.index, 64), like("i64", type))


class Total(Body):
    """What sums have in common."""

    def start(self, kind: str) -> None:
        self.kind, self.sum, self.first = kind, self.f.variable(kind, constant(kind, 0)), True

    def add(self, value: Value) -> None:
        f = self.f
        if not self.first or self.walk.guarded:
            value = f.fadd(f.load(self.kind, self.sum, 64), value)
        self.first = False
        f.store(value, self.sum, 64)

    def finish(self, place: list[Place]) -> Value:
        return self.f.load(self.kind, self.sum, 64)


class LargestGradient(Total):
    """MaxPoolGradient: a place takes the g of each window whose index is its number."""

    adjoint = True

    def start(self, kind: str) -> None:
        super().start(kind)
        self.mine = self.number(self.walk.place)

    def visit(self, at: list[Place], mask: Value | None) -> None:
        f = self.f
        value, index = self.walk.read(0, at, mask, 0), self.walk.read(1, at, mask, -1, self.index_type)
        self.add(f.select(f.compare("eq", index, self.mine), value, constant(value.type, 0)))


class Mean(Total):
    """AvgPool: the sum of a window over its divisor."""

    def visit(self, at: list[Place], mask: Value | None) -> None:
        self.add(self.walk.read(0, at, mask, 0))

    def finish(self, place: list[Place]) -> Value:
        return self.over_divisor(super().finish(place), place)

    def over_divisor(self, value: Value, place: list[Place]) -> Value:
        """A value over the divisor of the window at `place`."""
        f, op = self.f, self.op
        windows = list(zip(place, self.sizes(), three(op.kernel, 1), three(op.stride, 1), three(op.padding, 0), three(op.to, 1), strict=True))
        if op.divisor or all(not t and (count - 1) * s + k <= n for _, n, k, s, t, count in windows):
            divisor = op.divisor or product(op.kernel)
            if divisor & (divisor - 1) == 0 and divisor > 0:
                return f.fmul(value, constant(value.type, 1 / divisor))         # exact
            return f.fdiv(value, constant(value.type, divisor))
        count = None
        for at, n, k, s, t, _ in windows:
            first = self.walk.linear(at, s, -t)
            last = self._bound("smin", f.op("add", first, constant(first.type, k)), n + t if op.include else n)
            if not op.include:
                first = self._bound("smax", first, 0)
            length = f.op("sub", last, first)
            if count is not None and lanes(length.type) and not lanes(count.type):
                count = f.splat(count, lanes(length.type))
            count = length if count is None else f.op("mul", count, length)
        number = f.convert("sitofp", count, like(self.type, count.type))
        return f.fdiv(value, f.splat(number, self.walk.width))

    def _bound(self, kind: str, x: Value, n: int) -> Value:
        return self.f.intrinsic(f"llvm.{kind}", x.type, x, constant(x.type, n))


class MeanGradient(Mean):
    """AvgPoolGradient: a place takes the g of each window that sees it, over the window's divisor."""

    adjoint = True

    def visit(self, at: list[Place], mask: Value | None) -> None:
        value = self.over_divisor(self.walk.read(0, at, mask, 0), at)
        if mask is not None and lanes(value.type):      # no window there: its divisor may be 0
            value = self.f.select(mask, value, constant(value.type, 0))
        self.add(value)

    def finish(self, place: list[Place]) -> Value:
        return Total.finish(self, place)


def pooling(body: type[Body], title: str) -> Callable:
    """The builder of a page whose results are computed by `body`."""
    def build(op, inputs: list[Operand], output, epilogue: Epilogue, machine: Machine) -> list[Kernel] | None:
        x = inputs[0]
        type, rank = computable(machine, x), len(op.to)
        if type is None or rank > RANK:
            return None
        if not product(output):
            return []
        sizes = x.shape[len(x.shape) - rank:]
        plane, places = (op.sizes, sizes) if body.adjoint else (sizes, op.to)
        windows = [Window(*numbers) for numbers in zip(three(plane, 1), three(places, 1), three(op.kernel, 1), three(op.stride, 1),
                                                       three(op.padding, 0), three(op.dilation, 1), strict=True)]
        along = _lanes(x, rank)

        def emit(module: Module, name: str, machine: Machine) -> None:
            f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
            pointers = [f.load("ptr", f.at(Value("ptr", "%arguments"), k, "ptr")) for k in range(len(inputs) + len(epilogue.arguments))]
            walk = Walk(f, machine, inputs, pointers, tuple(output), windows, rank, body.adjoint, along, type, epilogue)
            walk.run(body(op, f, walk, type), Value("i64", "%thread"), Value("i64", "%threads"))
            f.finish()
        operands = " ".join(f"{i.type}{list(i.shape)}@{list(i.strides)}+{i.offset}" for i in inputs)
        attributes = [getattr(op, field) for field in op._fields]
        results = product(output)
        seen = results * product(op.kernel) / (product(op.stride) if body.adjoint else 1)
        moved = sum(product(i.shape) * size_of(i.type) for i in inputs) + results * size_of(type)
        return [Kernel(f"{title} {attributes} {operands} {tuple(output)} {along} | {epilogue.description}", emit,
                       (*[i.slot for i in inputs], *epilogue.arguments), seen / machine.width(type) * 3 * NANOSECONDS + moved * 0.1
                       + results * epilogue.work, seen, moved, title)]
    return build


def _lanes(x: Operand, rank: int) -> int:
    """The axis that lanes lie along: the channels where they are side by side, else the last one."""
    lead = len(x.shape) - rank
    if lead and (x.strides[lead - 1] == 1 and x.shape[lead - 1] > 1 or x.strides[-1] != 1 and x.shape[lead - 1] >= x.shape[-1]):
        return lead - 1
    return len(x.shape) - 1


max_pool = pooling(Largest, "max pool")
max_pool_indices = pooling(LargestIndex, "max pool indices")
max_pool_gradient = pooling(LargestGradient, "max pool gradient")
avg_pool = pooling(Mean, "average pool")
avg_pool_gradient = pooling(MeanGradient, "average pool gradient")
