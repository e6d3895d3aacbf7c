"""Recurrent layers and their gradients: all steps of one direction in one kernel.

Every row of the batch is a sequence of its own, so threads share out the rows, and none of them ever waits for another. For each step a thread
multiplies its rows' states by w_hh, which lies packed in the order in which the register tiles read it, and makes the new states of the sums
while they are in the first-level cache. The gradients run the steps backwards: first what arrives at the gates, for all of the thread's rows, then
its product with w_hh, which is what the step before gets. What the weights get is left to one product over all steps.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .gemm_plan import Split
from .gemm_tile import Source, Words, nothing, tile
from .ir import Function, Module, Value, constant, size_of, vector
from .kernel import Kernel, Machine, Operand, Scratch, Slot, Temporary
from .packing import gather_as, ramp
from .recurrence_cells import CELLS, Cell
from .sliding import round_up

FLOPS = 60.0            # multiplications and additions in a nanosecond of one thread
CHUNK = 32              # steps along k that one piece of packing covers


@dataclass(frozen=True)
class Layer:
    """Sizes, and how they are cut: a tile has some rows of the batch, and `vectors` vectors of each of `blocks` blocks of lanes."""

    steps: int
    rows: int
    units: int
    gates: int              # blocks of w_hh's rows
    type: str
    machine: Machine
    reverse: bool
    backward: bool

    @property
    def width(self) -> int:
        return self.machine.width(self.type)

    @property
    def all_vectors(self) -> int:
        """Vectors that hold the units of one row."""
        return -(-self.units // self.width)

    @property
    def blocks(self) -> int:
        """What a tile computes at once of each unit: all its gates; backwards, one number."""
        return 1 if self.backward else self.gates

    @property
    def depth(self) -> int:
        """How long the sums are."""
        return self.gates * self.units if self.backward else self.units

    @property
    def vectors(self) -> int:
        return 1 if self.blocks > 1 else min(4 if self.machine.registers > 16 else 2, self.all_vectors)

    @property
    def panels(self) -> int:
        return -(-self.all_vectors // self.vectors)

    @property
    def row(self) -> int:
        """Elements of a panel from one step along k to the next."""
        return self.blocks * self.vectors * self.width

    @property
    def tiles(self) -> Split:
        """The rows in tiles whose sums fit the registers, in a number that many numbers of threads divide."""
        wide = self.blocks * self.vectors
        most = max(1, min((self.machine.registers - 1 - wide) // wide, 12))
        least = -(-self.rows // most)
        for even in (4, 2):
            parts = round_up(least, even)
            if 3 * (self.rows // parts) >= 2 * most:
                return Split(self.rows, parts)
        return Split(self.rows, least)

    @property
    def nbytes(self) -> int:
        """Of packed weights."""
        return self.panels * self.depth * self.row * size_of(self.type)

    def pack(self, weight: Operand, key: object) -> Kernel:
        """Copy w_hh (gates · units, units) as [panel][k][block][vector][lane]; k counts units, backwards the rows of w_hh."""
        def emit(module: Module, name: str, machine: Machine) -> None:
            f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
            source, target = (f.load("ptr", f.at(f.parameters[0], k, "ptr")) for k in range(2))
            chunks = -(-self.depth // CHUNK)
            start, stop = f.share(self.panels * chunks, *f.parameters[1:])
            with f.loop(start, stop) as piece:
                panel, begin = f.div(piece, chunks), f.mul(f.rem(piece, chunks), CHUNK)
                to = f.at(target, f.mul(panel, self.depth * self.row), self.type)
                for b in range(self.blocks):
                    for v in range(self.vectors):
                        unit = f.add(f.mul(panel, self.vectors * self.width), v * self.width)
                        mask = None if self.units % (self.vectors * self.width) == 0 else f.tail(f.greatest(f.sub(self.units, unit), 0), self.width)
                        with f.loop(begin, f.least(f.add(begin, CHUNK), self.depth)) as k:
                            if self.backward:
                                at = f.at(source, f.add(f.mul(k, self.units), unit), self.type)
                                value = self.load(f, at, mask)
                            else:
                                at = f.at(source, f.add(f.mul(f.add(unit, b * self.units), self.units), k), self.type)
                                value = gather_as(f, self.type, self.type, at, ramp(self.width, self.units), mask)
                            f.store(value, f.at(to, f.add(f.mul(k, self.row), (b * self.vectors + v) * self.width), self.type))
            f.finish()
        return Kernel(f"pack recurrent {self}", emit, (weight.slot, Temporary(key, self.nbytes)), work=self.nbytes / 8, nbytes=2.0 * self.nbytes, title="pack")

    def load(self, f: Function, pointer: Value, mask: Value | None) -> Value:
        """A vector from memory."""
        type = vector(self.type, self.width)
        return f.load(type, pointer) if mask is None else f.masked_load(type, pointer, mask)

    def store(self, f: Function, value: Value, pointer: Value, mask: Value | None) -> None:
        """A vector to memory."""
        if mask is None:
            f.store(value, pointer)
        else:
            f.masked_store(value, pointer, mask)

    def mask(self, f: Function, unit: Value) -> Value | None:
        """Which of the lanes from `unit` on exist; None for all."""
        return f.tail(f.sub(self.units, unit), self.width) if self.units % self.width else None

    def __str__(self) -> str:
        return f"{self.steps} {self.rows} {self.units} {self.gates} {self.type} {self.reverse} {self.backward}"


class Arguments:
    """A kernel's arguments by name."""

    def __init__(self):
        self.names: list[str] = []
        self.list: list[Slot | Scratch | Temporary] = []

    def add(self, name: str, argument: Slot | Scratch | Temporary) -> None:
        self.names.append(name)
        self.list.append(argument)

    def load(self, f: Function) -> dict[str, Value]:
        """The pointers."""
        return {name: f.load("ptr", f.at(f.parameters[0], k, "ptr")) for k, name in enumerate(self.names)}


def layer(op, inputs: list[Operand], results: list[Operand | None], machine: Machine) -> list[Kernel] | None:
    """The kernels of a layer: pack w_hh, then run."""
    cell = CELLS[type(op).__name__](op)
    x, *others = inputs
    states, weight, *bias = *(others[:cell.states],), *others[cell.states:]
    if not _known(machine, inputs):
        return None
    steps, rows, _ = x.shape
    shape = Layer(steps, rows, weight.shape[1], cell.gates, x.type, machine, op.reverse, False)
    arguments = Arguments()
    weights = object()
    arguments.add("weight", Temporary(weights, shape.nbytes))
    arguments.add("x", x.slot)
    for name, operand in zip(cell.state_names, states, strict=True):
        arguments.add(f"{name}0", operand.slot)
    for operand in bias:
        arguments.add("bias", operand.slot)
    step = rows * shape.units
    rings = []
    for name, result in zip(cell.result_names, results, strict=True):
        if result is not None:
            arguments.add(name, result.slot)
        elif name in cell.state_names:          # nobody wants all of them: two steps' worth, by turns
            arguments.add(name, Temporary(object(), 2 * step * size_of(x.type)))
            rings.append(name)
    wanted = tuple(name for name, result in zip(cell.result_names, results, strict=True) if result is not None)

    def emit(module: Module, name: str, machine: Machine) -> None:
        f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
        _Forward(f, shape, cell, arguments.load(f), frozenset(rings), wanted).write()
        f.finish()
    flops = 2.0 * steps * step * cell.gates * shape.units
    run = Kernel(f"recurrent {cell.description} {shape} {len(bias)} {wanted}", emit, tuple(arguments.list), work=flops / FLOPS + 2.0 * steps * step * cell.gates,
                 flops=flops, nbytes=float(steps * step * (2 * cell.gates + 2) * size_of(x.type)), title="recurrent layer")
    return [shape.pack(weight, weights), run]


def layer_gradient(op, inputs: list[Operand], results: list[Operand | None], machine: Machine) -> list[Kernel] | None:
    """The kernels of a layer's gradient: pack w_hh, then run backwards."""
    cell = CELLS[type(op).__name__](op)
    names = cell.gradient_inputs[:len(inputs)]
    if not _known(machine, inputs):
        return None
    given = dict(zip(names, inputs, strict=True))
    steps, rows, units = given["g"].shape
    shape = Layer(steps, rows, units, cell.gates, given["g"].type, machine, op.reverse, True)
    arguments = Arguments()
    weights, size = object(), size_of(shape.type)
    arguments.add("weight", Temporary(weights, shape.nbytes))
    for name, operand in given.items():
        if name != "w_hh":
            arguments.add(name, operand.slot)
    for name in cell.state_names:
        arguments.add(f"d_{name}", Temporary(object(), rows * units * size))
    rings = set()
    wanted = {name for name, result in zip(cell.gradient_results, results, strict=True) if result is not None}
    for name, result in zip(cell.gradient_results, results, strict=True):
        if result is not None:
            arguments.add(name, result.slot)
        elif name == cell.multiplied:           # of one step, for the product
            arguments.add(name, Temporary(object(), rows * cell.gates * units * size))
            rings.add(name)

    def emit(module: Module, name: str, machine: Machine) -> None:
        f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
        _Backward(f, shape, cell, arguments.load(f), frozenset(rings), frozenset(wanted)).write()
        f.finish()
    count = steps * rows * units
    flops = 2.0 * count * cell.gates * units
    run = Kernel(f"recurrent gradient {cell.description} {shape} {names} {sorted(wanted)}", emit, tuple(arguments.list),
                 work=flops / FLOPS + 2.0 * count * cell.gates, flops=flops, nbytes=float(count * (2 * cell.gates + 3) * size),
                 title="recurrent layer's gradient")
    return [shape.pack(given["w_hh"], weights), run]


def _known(machine: Machine, inputs: list[Operand]) -> bool:
    return all(x.type == inputs[0].type and x.type in ("float", "double") for x in inputs)


class _Steps:
    """What both directions through the steps share."""

    def __init__(self, f: Function, shape: Layer, cell: Cell, pointers: dict[str, Value], rings: frozenset[str], wanted):
        self.f, self.shape, self.cell, self.pointers, self.rings, self.wanted = f, shape, cell, pointers, rings, wanted
        self.words = Words(shape.type, False, shape.width)
        thread, threads = f.parameters[1:]
        self.first_tile, self.last_tile = f.share(shape.tiles.parts, thread, threads)

    def at(self, name: str, index) -> Value:
        """The address of an element of an argument."""
        return self.f.at(self.pointers[name], index, self.shape.type)

    def panel(self, p: Value) -> Source:
        """A panel of packed weights as a side of a register tile."""
        shape = self.shape
        return Source(self.at("weight", self.f.mul(p, shape.depth * shape.row)), shape.type, 1, shape.row)

    def each_tile(self, body: Callable[[Value, int], None]) -> None:
        """body(first row, rows) for each tile of this thread."""
        f, tiles = self.f, self.shape.tiles
        for rows, begin, end in tiles.sizes:
            with f.loop(f.greatest(self.first_tile, begin), f.least(self.last_tile, end)) as t:
                body(tiles.start(f, t), rows)

    def each_vector(self, p: Value, body: Callable[[Value, Value], None]) -> None:
        """body(vector, its first unit) for each vector of a panel that exists."""
        f, shape = self.f, self.shape
        if shape.vectors == 1:
            body(f.index(0), f.mul(p, shape.width))
            return
        first = f.mul(p, shape.vectors)
        with f.loop(0, f.least(shape.vectors, f.sub(shape.all_vectors, first))) as v:
            body(v, f.mul(f.add(first, v), shape.width))


class _Forward(_Steps):
    """From the first states to the last."""

    def write(self) -> None:
        f, shape = self.f, self.shape
        every = shape.rows * shape.units
        with f.loop(0, shape.steps) as s:
            t = f.sub(shape.steps - 1, s) if shape.reverse else s
            begins = f.compare("eq", s, f.index(0))
            before, now = {}, {}
            for name in self.cell.state_names:
                if name in self.rings:
                    places = [f.op("and", f.add(s, k), f.index(1)) for k in (1, 0)]
                else:
                    places = [f.add(t, 1 if shape.reverse else -1), t]
                last, now[name] = (self.at(name, f.mul(place, every)) for place in places)
                before[name] = f.select(begins, self.pointers[f"{name}0"], last)
            with f.loop(0, shape.panels) as p:
                self.each_tile(lambda top, rows: self._tile(t, p, top, rows, before, now))      # noqa: B023 (called at once)

    def _tile(self, t: Value, p: Value, top: Value, rows: int, before: dict, now: dict) -> None:
        f, shape, cell = self.f, self.shape, self.cell
        wide = shape.blocks * shape.vectors
        states = Source(f.at(before["h"], f.mul(top, shape.units), shape.type), shape.type, shape.units, 1)
        sums = tile(f, self.words, states, self.panel(p), (rows, wide), (0, shape.depth), [None] * wide, nothing(self.words, (rows, wide)))
        room = f.room(self.words.sums, rows * wide)
        for r, line in enumerate(sums):
            for k, value in enumerate(line):
                f.store(value, f.emit("ptr", f"getelementptr {self.words.sums}, ptr {room.name}, i64 {r * wide + k}"), 64)

        def finish(r: Value, v: Value, unit: Value) -> None:
            mask = shape.mask(f, unit)
            row = f.add(top, r)
            number = f.add(f.mul(t, shape.rows), row)

            def load(pointer: Value) -> Value:
                return shape.load(f, pointer, mask)
            own, inputs = f.add(f.mul(row, shape.units), unit), f.add(f.mul(number, cell.gates * shape.units), unit)
            products = []
            for gate in range(cell.gates):
                k = f.add(f.add(f.mul(r, wide), gate * shape.vectors), v)
                value = f.load(self.words.sums, f.emit("ptr", f"getelementptr {self.words.sums}, ptr {room.name}, i64 {k.name}"), 64)
                if "bias" in self.pointers:
                    value = f.fadd(value, load(self.at("bias", f.add(unit, gate * shape.units))))
                products.append(value)
            given = [load(self.at("x", f.add(inputs, gate * shape.units))) for gate in range(cell.gates)]
            states = {name: load(f.at(before[name], own, shape.type)) for name in cell.state_names if name in cell.reads}
            made, kept = cell.forward(f, given, products, states)
            for name, value in made.items():
                shape.store(f, value, f.at(now[name], own, shape.type), mask)
            if "kept" in self.wanted:
                place = f.add(f.mul(number, len(kept) * shape.units), unit)
                for k, value in enumerate(kept):
                    shape.store(f, value, self.at("kept", f.add(place, k * shape.units)), mask)
        with f.loop(0, rows) as r:
            self.each_vector(p, lambda v, unit: finish(r, v, unit))                             # noqa: B023


class _Backward(_Steps):
    """From the last gradients to the first."""

    def write(self) -> None:
        f, shape, cell = self.f, self.shape, self.cell
        first_row, last_row = (shape.tiles.start(f, t) for t in (self.first_tile, self.last_tile))
        every = shape.rows * shape.units
        with f.loop(0, shape.steps) as s:
            t = s if shape.reverse else f.sub(shape.steps - 1, s)
            begins, ends = f.compare("eq", s, f.index(0)), f.compare("eq", s, f.index(shape.steps - 1))
            before = None
            if cell.before:
                earlier = self.at(cell.before, f.mul(f.add(t, 1 if shape.reverse else -1), every))
                before = f.select(ends, self.pointers[f"{cell.before}0"], earlier)
            # where the gradients of the states before go: at the end to results, if somebody wants them
            to = {name: f.select(ends, self.pointers[f"{name}0 gradient"], self.pointers[f"d_{name}"]) if f"{name}0 gradient" in self.wanted
                  else self.pointers[f"d_{name}"] for name in cell.state_names}
            with f.loop(first_row, last_row) as n, f.loop(0, shape.all_vectors) as v:
                self._gates(t, n, f.mul(v, shape.width), begins, before, to)
            place = 0 if cell.multiplied in self.rings else f.mul(t, cell.gates * every)
            gates = self.at(cell.multiplied, place)

            def product() -> None:
                with f.loop(0, shape.panels) as p:
                    self.each_tile(lambda top, rows: self._tile(p, top, rows, gates, to["h"]))          # noqa: B023
            if "h0 gradient" in self.wanted:
                product()
            else:
                with f.when(f.op("xor", ends, constant("i1", 1))):
                    product()

    def _gates(self, t: Value, n: Value, unit: Value, begins: Value, before: Value | None, to: dict[str, Value]) -> None:
        """What arrives at the gates of one vector of units of one row."""
        f, shape, cell = self.f, self.shape, self.cell
        mask = shape.mask(f, unit)
        zero = constant(self.words.sums, 0)
        own = f.add(f.mul(n, shape.units), unit)
        here = f.add(f.mul(t, shape.rows * shape.units), own)

        def load(pointer: Value) -> Value:
            return shape.load(f, pointer, mask)
        number = f.add(f.mul(t, shape.rows), n)
        kept_at = f.add(f.mul(number, cell.kept * shape.units), unit)
        kept = [load(self.at("kept", f.add(kept_at, k * shape.units))) for k in range(cell.kept)]
        arriving = {name: f.select(f.splat(begins, shape.width), zero, load(self.at(f"d_{name}", own))) for name in cell.state_names}
        arriving["h"] = f.fadd(arriving["h"], load(self.at("g", here)))
        if "g_c" in self.pointers:
            arriving["c"] = f.fadd(arriving["c"], load(self.at("g_c", here)))
        state = load(self.at(cell.state, here)) if cell.state else None
        earlier = None if before is None else load(f.at(before, own, shape.type))
        made, on = cell.backward(f, arriving, kept, state, earlier)
        for name, values in made.items():
            if name not in self.pointers:
                continue
            row = n if name in self.rings else number
            place = f.add(f.mul(row, cell.gates * shape.units), unit)
            for gate, value in enumerate(values):
                shape.store(f, value, self.at(name, f.add(place, gate * shape.units)), mask)
        for name, value in on.items():
            shape.store(f, value, f.at(to[name], own, shape.type), mask)

    def _tile(self, p: Value, top: Value, rows: int, gates: Value, to: Value) -> None:
        """What the states before get through w_hh."""
        f, shape, cell = self.f, self.shape, self.cell
        wide, across = shape.vectors, cell.gates * shape.units
        source = Source(f.at(gates, f.mul(top, across), shape.type), shape.type, across, 1)
        sums = tile(f, self.words, source, self.panel(p), (rows, wide), (0, shape.depth), [None] * wide, nothing(self.words, (rows, wide)))
        for v in range(wide):
            unit = f.add(f.mul(p, wide * shape.width), v * shape.width)

            def finish(unit: Value, v: int) -> None:
                mask = shape.mask(f, unit)
                for r in range(rows):
                    at = f.at(to, f.add(f.mul(f.add(top, r), shape.units), unit), shape.type)
                    value = f.fadd(sums[r][v], shape.load(f, at, mask)) if cell.direct else sums[r][v]
                    shape.store(f, value, at, mask)
            if shape.all_vectors % wide == 0 or v == 0:
                finish(unit, v)
            else:
                with f.when(f.compare("slt", unit, f.index(shape.units))):
                    finish(unit, v)
