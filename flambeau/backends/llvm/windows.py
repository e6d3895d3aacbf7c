"""Walks over windows: for each result the elements of a plane that its window sees or, the other way, the windows that see a place."""
from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass
from typing import NamedTuple

from .ir import Function, Value, constant, constants, is_float, lanes, vector
from .kernel import Epilogue, Machine, Operand
from .region import gather_as, load_as, ramp, sweep
from .sliding import RANK, Axis, adjoint, combinations, forward, product, three

UNROLLED = 36               # elements of a window that are written out one by one


@dataclass(frozen=True)
class Window:
    """How windows slide along one axis of a plane."""

    size: int
    places: int
    kernel: int
    stride: int
    padding: int
    dilation: int

    def axis(self, backwards: bool) -> Axis:
        """As a sum over taps; backwards: over the windows that see a place."""
        numbers = self.kernel, self.stride, self.padding, self.dilation
        return adjoint(self.places, self.size, *numbers) if backwards else forward(self.size, self.places, *numbers)


class Place(NamedTuple):
    """An index along one axis: `value` in the first lane and `step` more in each that follows, or (step None) a vector of its own."""

    value: Value
    step: int | None = 0


class Walk:
    """The code that walks over all results of a pool and hands what each sees to a body.

    backwards   results are places of the plane, what they see are windows
    along       the axis that lanes lie along: the last of those before the plane's (channels), or the plane's last
    """

    def __init__(self, f: Function, machine: Machine, inputs: list[Operand], pointers: list[Value], output, windows: list[Window], rank: int,
                 backwards: bool, along: int, type: str, epilogue: Epilogue):
        self.f, self.machine, self.inputs, self.output, self.windows, self.rank = f, machine, inputs, output, windows, rank
        self.backwards, self.along, self.type, self.epilogue = backwards, along, type, epilogue
        self.own, self.pointers = pointers[:len(inputs)], pointers[len(inputs):]
        self.axes = [w.axis(backwards) for w in windows]
        self.lead = len(output) - rank
        self.channels = along < self.lead
        self.unrolled = product(w.kernel for w in windows) <= UNROLLED
        # by phases, each with the same taps for all its places, where lanes need not be neighbouring places
        self.phased = backwards and self.channels and self.unrolled and product(len(a.phases) for a in self.axes) <= UNROLLED
        self.width = 0                                  # lanes of what is being computed
        self.tail: Value | None = None                  # which of them there are
        self.place: list[Place] = []                    # and where they are
        self.guarded = False                            # whether what is visited may not exist, or may be visited in a loop
        self._within = False                            # whether what is being computed may not exist
        self._read: dict = {}                           # what has been read for the same channels

    def run(self, body, thread: Value, threads: Value) -> None:
        """Write the loops over all results."""
        f = self.f
        shape = self.output[:self.along] if self.channels else self.output[:self.lead]
        plane = [a.count for a in self.axes] if self.phased else list(three(self.output[self.lead:], 1))
        sizes = (*shape, *plane[:2])
        start, stop = f.share(product(sizes), thread, threads)
        with f.loop(start, stop) as unit:
            at: list[Value] = []
            for n in reversed(sizes):
                at.insert(0, f.rem(unit, n))
                unit = f.div(unit, n)
            self.outer, (d, h) = at[:-2], at[-2:]
            self.bases = []
            for x, pointer in zip(self.inputs, self.own, strict=True):
                place = f.index(x.offset)
                for i, step in zip(self.outer, x.strides, strict=False):
                    place = f.add(place, f.mul(i, step))
                self.bases.append(f.at(pointer, place, x.type))
            if not self.channels:
                sweep(f, self.machine, plane[2], self.type, lambda w, width, mask: self._cell(
                    body, [Place(d), Place(h), Place(w, 1 if width else 0)], None, width, mask, None))
                return
            with f.loop(0, plane[2]) as w:
                sweep(f, self.machine, self.output[self.along], self.type, lambda c, width, mask: self._channels(body, [d, h, w], width, mask, c))

    def _channels(self, body, at: list[Value], width: int, mask: Value | None, channel: Value) -> None:
        """A register of channels of one place (of every phase)."""
        f = self.f
        self._read = {}
        for phase in combinations(self.axes) if self.phased else (None,):
            place, there = [Place(v) for v in at], None
            if phase is not None:
                place = [Place(f.add(f.mul(v, axis.step), p.start)) for v, axis, p in zip(at, self.axes, phase, strict=True)]
                for v, axis, p in zip(at, self.axes, phase, strict=True):
                    if p.count < axis.count:
                        there = self._both(there, f.compare("slt", v, f.index(p.count)))
            self._within = there is not None
            with self._when(there):
                self._cell(body, place, (at, phase), width, mask, channel)

    def _cell(self, body, place: list[Place], phase, width: int, mask: Value | None, channel: Value | None) -> None:
        """The results of one register."""
        f = self.f
        self.width, self.tail, self.place, self.channel = width, mask, place, channel
        body.start(vector(self.type, width))
        if phase is not None and phase[1] is not None:
            at, phases = phase
            each = [[self._shifted(v, q, axis.size, p.count) for _, q in p.taps] for v, p, axis in zip(at, phases, self.axes, strict=True)]
            for seen in itertools.product(*each):
                self._visit(body, seen)
        elif self.unrolled:
            each = [[self._seen(axis, k) for k in range(w.kernel)] for axis, w in enumerate(self.windows)]
            for seen in itertools.product(*each):
                self._visit(body, seen)
        else:
            kernels = [w.kernel for w in self.windows]
            with f.loop(0, kernels[0]) as i, f.loop(0, kernels[1]) as j, f.loop(0, kernels[2]) as k:
                self._visit(body, [self._seen(axis, tap) for axis, tap in enumerate((i, j, k))])
        value = body.finish(place)
        outer = [*self.outer, channel] if self.channels else self.outer
        self.epilogue.emit(f, self.pointers, [*outer, *[p.value for p in place[RANK - self.rank:]]], self.along, value, mask)

    # ---------------------------------------------------------------------------------------------------------- what is seen
    def _shifted(self, m: Value, shift: int, size: int, count: int) -> tuple[Place, Value | None]:
        """Place m + shift for m < count, and whether it exists (None: surely)."""
        f, at = self.f, self.f.add(m, shift)
        return Place(at), None if shift >= 0 and count - 1 + shift < size else f.compare("ult", at, f.index(size))

    def _seen(self, number: int, k) -> tuple[Place, Value | None]:
        """What element `k` of the window sees along an axis (backwards: which window's element `k` sees the place), and whether it exists."""
        f, w, s = self.f, self.windows[number], self.place[number]
        wide = bool(self.width and s.step)
        if not self.backwards:
            at = Place(f.add(f.mul(s.value, w.stride), f.sub(f.mul(k, w.dilation), w.padding)), s.step and s.step * w.stride)
            shift = k * w.dilation - w.padding if isinstance(k, int) else None
            if self.axes[number].inside() or shift is not None and shift >= 0 and (w.places - 1) * w.stride + shift < w.size:
                return at, None
            return at, self._below(at, w.size)
        far = Place(f.add(s.value, f.sub(w.padding, f.mul(k, w.dilation))), s.step)
        if w.stride == 1:
            return far, self._below(far, w.places)
        if not wide:
            at = f.div(far.value, w.stride)             # unsigned: what is negative is beyond the last window
            return Place(at), f.op("and", f.compare("ult", at, f.index(w.places)), f.compare("eq", f.mul(at, w.stride), far.value))
        index = f.convert("trunc", self.vector(far), vector("i32", self.width))
        at = f.op("udiv", index, constant(index.type, w.stride))
        exists = f.op("and", f.compare("ult", at, constant(at.type, w.places)), f.compare("eq", f.op("mul", at, constant(at.type, w.stride)), index))
        return Place(f.convert("zext", at, vector("i64", self.width)), None), exists

    def _below(self, at: Place, size: int) -> Value:
        """Whether 0 <= at < size, in each lane."""
        value = self.vector(at) if self.width and at.step else at.value
        return self.f.compare("ult", value, constant(value.type, size))

    def _visit(self, body, seen) -> None:
        """One element, where it exists."""
        scalar, mask = None, self.tail if not self.channels else None
        for _, exists in seen:
            if exists is not None and lanes(exists.type):
                mask = self._both(mask, exists)
            elif exists is not None:
                scalar = self._both(scalar, exists)
        self.guarded = scalar is not None or not self.unrolled
        with self._when(scalar):
            body.visit([at for at, _ in seen], mask)

    def _both(self, a: Value | None, b: Value) -> Value:
        return b if a is None else self.f.op("and", a, b)

    def _when(self, condition: Value | None):
        return contextlib.nullcontext() if condition is None else self.f.when(condition)

    # ------------------------------------------------------------------------------------------------------------ for bodies
    def vector(self, at: Place) -> Value:
        """A place as a vector of indices."""
        if at.step is None:
            return at.value
        f, width = self.f, self.width
        return f.op("add", f.splat(at.value, width), constants("i64", [k * at.step for k in range(width)]))

    def linear(self, at: Place, times: int, plus: int) -> Value:
        """at · times + plus, as a scalar where all lanes have the same."""
        f = self.f
        if self.width and at.step != 0:
            value = self.vector(at)
            return f.op("add", f.op("mul", value, constant(value.type, times)), constant(value.type, plus))
        return f.add(f.mul(at.value, times), plus)

    def combine(self, at: list[Place], steps) -> Value:
        """Σ at · step in every lane."""
        f, place = self.f, self.f.index(0)
        for a, step in zip(at[:2], steps, strict=False):
            place = f.add(place, f.mul(a.value, step))
        last = self.linear(at[2], steps[2], 0)
        if lanes(last.type):
            return f.op("add", last, f.splat(place, self.width))
        return f.splat(f.add(place, last), self.width)

    def read(self, number: int, at: list[Place], mask: Value | None, other: float, narrow: str = "") -> Value:
        """The elements of an input at a place, `other` where the mask is not set. narrow: integers cut to this type."""
        key = number, *[a.value.name for a in at]
        if not self.phased or self.guarded or self._within:
            return self._load(number, at, mask, other, narrow)
        if key not in self._read:
            self._read[key] = self._load(number, at, mask, other, narrow)
        return self._read[key]

    def _load(self, number: int, at: list[Place], mask: Value | None, other: float, narrow: str) -> Value:
        f, x, width = self.f, self.inputs[number], self.width
        type = self.type if is_float(x.type) else x.type
        steps = three(x.strides[self.lead:], 0)
        place = f.index(0)
        for a, step in zip(at, steps, strict=True):
            if a.step is not None:
                place = f.add(place, f.mul(a.value, step))
        step = at[2].step if at[2].step is None else at[2].step * steps[2]
        if self.channels:
            step, mask = x.strides[self.along], self.tail
            place = f.add(place, f.mul(self.channel, step))
        pointer = f.at(self.bases[number], place, x.type)
        if not width or step == 1:
            value = load_as(f, x.type, type, pointer, width, mask)
        elif step is not None:
            value = gather_as(f, x.type, type, pointer, ramp(width, step), mask)
        else:
            offsets = f.op("mul", at[2].value, constant(at[2].value.type, steps[2]))
            value = gather_as(f, x.type, type, pointer, offsets, mask)
        if narrow:
            value = f.convert("trunc", value, vector(narrow, width))
        if mask is None or self.channels or other == 0 or not width:
            return value
        return f.select(mask, value, constant(value.type, other))

