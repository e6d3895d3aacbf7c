"""Pieces of images copied to where they are read from often: channels side by side, zeros around, in the type that sums are made in."""
from __future__ import annotations

from dataclasses import dataclass

from .ir import Function, Value, constant, constants, is_float, known, lanes, like, size_of, vector
from .kernel import Machine, Operand
from .sliding import product, three


def accumulator(type: str) -> str | None:
    """The type that sums of products of elements are made in; None: not a type that is computed with here."""
    return {"half": "float", "bfloat": "float", "float": "float", "double": "double"}.get(type)


def computable(machine: Machine, *operands: Operand) -> str | None:
    """The common accumulating type of operands of one floating type; None if there is none or the machine cannot convert them by itself."""
    types = {x.type for x in operands}
    if len(types) != 1:
        return None
    kind = types.pop()
    if kind == "half" and "x86" in (machine.triple or "x86") and "f16c" not in machine.features and machine.vector_bytes < 64:
        return None                         # LLVM would call a library that is not there
    return accumulator(kind)


def load_as(f: Function, kind: str, accumulating: str, pointer: Value, width: int, mask: Value | None = None) -> Value:
    """Elements of type `kind` from memory, side by side, as the accumulating type."""
    type = vector(kind, width)
    value = f.load(type, pointer) if mask is None else f.masked_load(type, pointer, mask)
    return f.convert("fpext", value, like(accumulating, type))


def addresses(f: Function, pointer: Value, offsets: Value, kind: str) -> Value:
    """Pointers to the elements of type `kind` at a vector of offsets."""
    return f.emit(f"<{lanes(offsets.type)} x ptr>", f"getelementptr {kind}, ptr {pointer.name}, {offsets}")


def ramp(width: int, step: int) -> Value:
    """0, step, 2 step … as indices for a gather: 32 bits wide where that is enough, which is faster."""
    return constants("i32" if abs(step) * width < 1 << 31 else "i64", [k * step for k in range(width)])


def gather_as(f: Function, kind: str, accumulating: str, pointer: Value, offsets: Value, mask: Value | None = None) -> Value:
    """Elements from a vector of offsets, as the accumulating type."""
    width = lanes(offsets.type)
    return f.convert("fpext", f.gather(vector(kind, width), addresses(f, pointer, offsets, kind), mask), vector(accumulating, width))


def sweep(f: Function, machine: Machine, count, type: str, body) -> None:
    """body(first, width, mask) over `count` neighbouring elements, in registers and a rest (element by element where masks are slow)."""
    width = machine.width(type)
    count = f.index(count)
    whole = f.mul(f.div(count, width), width)
    if known(whole) != 0:
        with f.loop(0, whole, width) as i:
            body(i, width, None)
    rest = f.sub(count, whole)
    if known(rest) == 0:
        return
    if "avx512f" in machine.features and is_float(type) and size_of(type) >= 4:
        with f.when(f.compare("sgt", rest, f.index(0))):
            body(whole, width, f.tail(rest, width))
    else:
        with f.loop(whole, count) as i:
            body(i, 0, None)


def store(f: Function, value: Value, pointer: Value, mask: Value | None) -> None:
    """Into memory, the lanes that `mask` names."""
    if mask is None:
        f.store(value, pointer)
    else:
        f.masked_store(value, pointer, mask)


def fill_zero(f: Function, machine: Machine, pointer: Value, count, type: str) -> None:
    """`count` zeros."""
    sweep(f, machine, count, type, lambda i, width, mask: store(f, constant(vector(type, width), 0), f.at(pointer, i, type), mask))


@dataclass(frozen=True)
class Image:
    """An operand (N, C, *sizes) with three axes of space."""

    operand: Operand

    @property
    def sizes(self) -> tuple[int, ...]:
        return three(self.operand.shape[2:], 1)

    @property
    def steps(self) -> tuple[int, ...]:
        """Elements from one place to the next along each axis of space."""
        return three(self.operand.strides[2:], 0)

    @property
    def channels(self) -> int:
        return self.operand.shape[1]

    @property
    def packed_channels(self) -> bool:
        """Whether the channels of a place lie side by side."""
        return self.operand.strides[1] == 1 or self.channels == 1

    def describe(self) -> str:
        x = self.operand
        return f"{x.type}{list(x.shape)}@{list(x.strides)}+{x.offset}"


@dataclass(frozen=True)
class Region:
    """[extents][pitch] elements of the accumulating type: for each place its channels, one after the other.

    each   0: the channels as they are; else lanes are results: [channels of a group][lanes], where lane o sees the group o // each
    """

    image: Image
    extents: tuple[int, ...]
    type: str
    pitch: int
    each: int = 0
    reduced: int = 0            # channels of a group, with `each`
    results: int = 0            # how many lanes there are, with `each`

    @property
    def nbytes(self) -> int:
        """Bytes of the region, a multiple of 64."""
        return -(-product(self.extents) * self.pitch * size_of(self.type) // 64) * 64

    @property
    def steps(self) -> tuple[int, ...]:
        """Elements from one place to the next along each axis."""
        _, h, w = self.extents
        return h * w * self.pitch, w * self.pitch, self.pitch

    def pack(self, f: Function, machine: Machine, source: Value, target: Value, n: Value, origin, name: str) -> None:
        """Copy what image `n` has from `origin` (three indices, perhaps outside) on. `name`: of the function, for tables."""
        x, type = self.image.operand, self.type
        (depth, height, width), steps = self.image.sizes, self.image.steps
        table = self._table(f, name)
        base = f.at(source, f.add(f.mul(n, x.strides[0]), x.offset), x.type)
        left = f.least(f.greatest(f.sub(0, origin[2]), 0), self.extents[2])
        right = f.greatest(f.least(f.sub(width, origin[2]), self.extents[2]), left)
        with f.loop(0, self.extents[0]) as d, f.loop(0, self.extents[1]) as h:
            row = f.at(target, f.add(f.mul(d, self.steps[0]), f.mul(h, self.steps[1])), type)
            at = [f.add(origin[0], d), f.add(origin[1], h)]
            here = f.op("and", f.compare("ult", at[0], f.index(depth)), f.compare("ult", at[1], f.index(height)))      # unsigned: no negative ones
            first, last = (f.select(here, edge, f.index(self.extents[2])) for edge in (left, right))
            fill_zero(f, machine, row, f.mul(first, self.pitch), type)
            line = f.add(f.mul(at[0], steps[0]), f.mul(at[1], steps[1]))
            begin = f.at(base, f.add(line, f.mul(f.add(origin[2], first), steps[2])), x.type)
            self._copy(f, machine, begin, f.at(row, f.mul(first, self.pitch), type), f.sub(last, first), table)
            fill_zero(f, machine, f.at(row, f.mul(last, self.pitch), type), f.mul(f.sub(self.extents[2], last), self.pitch), type)

    def _table(self, f: Function, name: str) -> Value | None:
        """Where each lane finds the first channel of its group, for lanes that are not one channel each."""
        if not self.each or self.each == 1 and self.reduced == 1:
            return None
        count = self.pitch // self.reduced
        step = self.image.operand.strides[1] * self.reduced
        return f.module.table(f"{name}.groups", "i64", [min(o, self.results - 1) // self.each * step for o in range(count)])

    def _copy(self, f: Function, machine: Machine, source: Value, target: Value, count: Value, table: Value | None) -> None:
        """`count` places of one row."""
        x, type, step = self.image.operand, self.type, self.image.steps[2]
        channels = self.image.channels
        if table is None and self.image.packed_channels and (step == channels == self.pitch):
            def move(i, width, mask):
                store(f, load_as(f, x.type, type, f.at(source, i, x.type), width, mask), f.at(target, i, type), mask)
            sweep(f, machine, f.mul(count, channels), type, move)
            return
        with f.loop(0, count) as w:
            place, result = f.at(source, f.mul(w, step), x.type), f.at(target, f.mul(w, self.pitch), type)
            if table is not None:
                self._spread(f, machine, place, result, table)
            else:
                self._place(f, machine, place, result)

    def _place(self, f: Function, machine: Machine, place: Value, result: Value) -> None:
        """The channels of one place, as they are."""
        x, type, channels, step = self.image.operand, self.type, self.image.channels, self.image.operand.strides[1]

        def move(i, width, mask):
            begin = f.at(place, f.mul(i, step), x.type)
            if width and not self.image.packed_channels:
                value = gather_as(f, x.type, type, begin, ramp(width, step), mask)
            else:
                value = load_as(f, x.type, type, begin, width, mask)
            store(f, value, f.at(result, i, type), mask)
        if channels < 4:
            for c in range(channels):
                move(f.index(c), 0, None)
        else:
            sweep(f, machine, channels, type, move)
        if self.pitch > channels:
            fill_zero(f, machine, f.at(result, channels, type), self.pitch - channels, type)

    def _spread(self, f: Function, machine: Machine, place: Value, result: Value, table: Value) -> None:
        """One place with every lane's channels; lanes beyond the last result repeat it, so that nothing outside is read."""
        x, type, width = self.image.operand, self.type, machine.width(self.type)
        count = self.pitch // self.reduced
        with f.loop(0, self.reduced) as c, f.loop(0, count, width) as o:
            offsets = f.load(f"<{width} x i64>", f.at(table, o, "i64"))
            value = gather_as(f, x.type, type, f.at(place, f.mul(c, x.strides[1]), x.type), offsets)
            f.store(value, f.at(result, f.add(f.mul(c, count), o), type))

