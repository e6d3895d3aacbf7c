"""Contractions: products summed over an axis, which matmul, linear layers, attention and all their gradients are made of.

    contraction(spec, epilogue, machine) -> kernels, to be run one after the other

gemm_plan chooses how the work is cut, gemm_pack copies operands into the order in which they are read, gemm_tile multiplies; here the loops
around them are written. The result itself is never stored by these kernels: each finished vector of sums goes to the epilogue.
"""
from __future__ import annotations

import contextlib
from dataclasses import dataclass
from math import prod

from .gemm_pack import CHUNK, LanesPacking, RowsPacking, StripPacking
from .gemm_plan import CLOCK, Plan, Side, Split, choose, lanes_of, sides
from .gemm_tile import Source, Words, nothing, tile
from .ir import Function, Module, Value, constant, i64, size_of
from .kernel import Epilogue, Kernel, Machine, Operand, Scratch, Temporary

AHEAD = 64              # steps along k from which on they hide what asking for the epilogue's memory takes
INLINE = 2000           # instructions of epilogues that may stand inside one kernel; more are written once, in a loop over sums in memory


@dataclass(frozen=True)
class Contraction:
    """out[batch…, m, n] = Σ_k a[batch…, m, k] · b[batch…, k, n]

    a           (*batch, m, k): any strides, 0 repeats
    b           (*batch, k, n)
    accumulate  the LLVM type of the sums. Integers wrap; those of operands are signed where they are narrower than the sums
    """

    batch: tuple[int, ...]
    m: int
    n: int
    k: int
    a: Operand
    b: Operand
    accumulate: str


def contraction(spec: Contraction, epilogue: Epilogue, machine: Machine) -> list[Kernel]:
    """The kernels that compute it: packing, if any, then the product. Results have the same bits for any number of threads."""
    if not (prod(spec.batch) and spec.m and spec.n):
        return []
    product = _Product(spec, choose(spec, epilogue, machine), epilogue, machine)
    return [*product.packings(), product.kernel()]


def estimate(spec: Contraction, epilogue: Epilogue, machine: Machine) -> float:
    """Nanoseconds on one thread."""
    if not (prod(spec.batch) and spec.m and spec.n):
        return 0.0
    return choose(spec, epilogue, machine).cycles / CLOCK


class _Product:
    """One contraction with its plan."""

    def __init__(self, spec: Contraction, plan: Plan, epilogue: Epilogue, machine: Machine):
        self.spec, self.plan, self.epilogue, self.machine = spec, plan, epilogue, machine
        self.rows, self.lanes = sides(spec, plan.lanes_on_m)
        self._keys = {"lanes": object(), "rows": object()}         # of this contraction alone: a key is one object, whatever it equals
        self.words = Words(spec.accumulate, plan.pairs, lanes_of(spec.accumulate, machine))
        self.batches = prod(spec.batch)
        self.lanes_packing = LanesPacking(self.lanes, self.words, plan.words, plan.vectors, spec.k, machine)
        self.rows_packing = RowsPacking(self.rows, self.words, plan.words, plan.rows, spec.k, machine)
        self.strip_packing = StripPacking(self.rows, self.words, plan.words, plan.strips.long * plan.rows.long,
                                          plan.strips.short * plan.rows.short) if plan.strips else None
        self.lanes_axis = len(spec.batch) + (0 if plan.lanes_on_m else 1)
        variants = sum(r * v for r, _, _ in plan.rows.sizes for v, _, _ in plan.vectors.sizes)
        self.inline = plan.passes == 1 and variants * self._length_of_epilogue() <= INLINE
        waiting = 0 if self.inline else (plan.tall if plan.passes > 1 else 1) * plan.rows.long * self.lanes_packing.row * size_of(spec.accumulate)
        self.sums_bytes = -(-waiting // 64) * 64

    def _length_of_epilogue(self) -> int:
        """Instructions of the epilogue for one vector, by writing it once."""
        probe = Function(Module(), "probe", [])
        pointers = [Value("ptr", f"%p{i}") for i in range(len(self.epilogue.arguments))]
        index = [Value("i64", f"%i{axis}") for axis in range(len(self.spec.batch) + 2)]
        self.epilogue.emit(probe, pointers, index, self.lanes_axis, nothing(self.words, (1, 1))[0][0], None)
        return probe.length

    # ------------------------------------------------------------------------------------------------------------------ kernels
    @property
    def _description(self) -> str:
        spec = self.spec
        sides = (f"{o.type} {o.strides} +{o.offset}" for o in (spec.a, spec.b))
        return f"{spec.batch} {spec.m} {spec.n} {spec.k} {spec.accumulate} | {' | '.join(sides)} | {self.plan}"

    def packings(self) -> list[Kernel]:
        """Kernels that fill what all threads read."""
        found = []
        if self.plan.lanes_from == "shared" and self.plan.words:
            found.append(self._packing("lanes", self.lanes, self.lanes_packing, self.plan.vectors))
        if self.plan.rows_from == "shared" and self.plan.words:
            found.append(self._packing("rows", self.rows, self.rows_packing, self.plan.rows))
        return found

    def _temporary(self, key: str) -> Temporary:
        side, packing, split = ((self.lanes, self.lanes_packing, self.plan.vectors) if key == "lanes" else
                                (self.rows, self.rows_packing, self.plan.rows))
        return Temporary(self._keys[key], (1 if side.repeats else self.batches) * split.parts * packing.nbytes)

    def _packing(self, key: str, side: Side, packing: LanesPacking | RowsPacking, split: Split) -> Kernel:
        batches = 1 if side.repeats else self.batches
        chunks = -(-self.plan.words // CHUNK)

        def emit(module: Module, name: str, machine: Machine) -> None:
            f, (source, panels), thread, threads = _begin(module, name, 2)
            start, stop = f.share(batches * split.parts * chunks, thread, threads)
            with f.loop(start, stop) as piece:
                panel, chunk = f.div(piece, chunks), f.rem(piece, chunks)
                part = f.rem(panel, split.parts)
                base = self._base(f, source, side, self._batch_index(f, f.div(panel, split.parts)))
                begin = f.mul(chunk, CHUNK)
                first = split.start(f, part)
                if key == "lanes":
                    first = f.mul(first, self.words.width)
                packing.fill(f, base, first, begin, f.least(f.add(begin, CHUNK), self.plan.words), f.at(panels, f.mul(panel, packing.nbytes), "i8"))
            f.finish()

        nbytes = self._temporary(key).nbytes
        return Kernel(f"pack {key} {self._description}", emit, (side.operand.slot, self._temporary(key)), work=nbytes / 16 / CLOCK,
                      nbytes=2.0 * nbytes, title="pack")

    def kernel(self) -> Kernel:
        """The product itself."""
        spec, plan = self.spec, self.plan
        own = self.lanes_packing if plan.lanes_from == "own" else self.strip_packing if plan.rows_from == "own" else None
        own_bytes = -(-own.nbytes // 64) * 64 if own else 0
        scratch = own_bytes + self.sums_bytes
        shared = [key for key, origin in (("lanes", plan.lanes_from), ("rows", plan.rows_from)) if origin == "shared" and plan.words]
        arguments = [spec.a.slot, spec.b.slot, *(self._temporary(key) for key in shared), *((Scratch(scratch),) if scratch else ())]

        def emit(module: Module, name: str, machine: Machine) -> None:
            f, pointers, thread, threads = _begin(module, name, len(arguments) + len(self.epilogue.arguments))
            place = dict(zip(shared, pointers[2:], strict=False))
            rest = pointers[2 + len(shared):]
            if scratch:
                mine = f.at(rest.pop(0), f.mul(thread, scratch), "i8")
                place["own"], place["sums"] = mine, f.at(mine, own_bytes, "i8")
            a, b = pointers[:2]
            place["row operand"], place["lane operand"] = (b, a) if plan.lanes_on_m else (a, b)
            loops = self._strip_by_strip if plan.strips else self._panel_by_panel
            loops(f, place, rest, thread, threads)
            f.finish()

        flops = 2.0 * self.batches * spec.m * spec.n * spec.k
        return Kernel(f"contraction {self._description} | {self.epilogue.description}", emit, (*arguments, *self.epilogue.arguments),
                      work=plan.cycles / CLOCK, flops=flops, title="matmul",
                      nbytes=float(self.batches) * (spec.m * spec.k * size_of(spec.a.type) + spec.n * spec.k * size_of(spec.b.type)))

    # -------------------------------------------------------------------------------------------------------------------- loops
    def _panel_by_panel(self, f: Function, place: dict[str, Value], pointers: list[Value], thread: Value, threads: Value) -> None:
        """Every thread takes a run of the row tiles of all panels of all batches, in that order."""
        plan, tiles, panels = self.plan, self.plan.rows.parts, self.plan.vectors.parts
        start, stop = f.share(self.batches * panels * tiles, thread, threads)
        with f.loop(f.div(start, tiles), f.div(f.add(stop, tiles - 1), tiles)) as unit:
            low = f.greatest(f.sub(start, f.mul(unit, tiles)), 0)
            high = f.least(f.sub(stop, f.mul(unit, tiles)), tiles)
            part, number = f.rem(unit, panels), f.div(unit, panels)
            batch = self._batch_index(f, number)
            rows_base = self._base(f, place["row operand"], self.rows, batch)
            lane, columns = self._columns(f, place, batch, number, part)
            if plan.rows_from == "shared" and plan.words:
                first = 0 if self.rows.repeats else f.mul(number, tiles * self.rows_packing.nbytes)
                rows = self.rows_packing.source(f.at(place["rows"], first, "i8"))
            else:
                rows = self._rows_in_memory(rows_base)
            for size, first, end in plan.vectors.sizes:
                with _when(f, part, first, end, panels):
                    panel = _Panel(self, f, batch, lane, size, rows, columns, pointers, place.get("sums"))
                    panel.cover(low, high)

    def _strip_by_strip(self, f: Function, place: dict[str, Value], pointers: list[Value], thread: Value, threads: Value) -> None:
        """Every thread takes a run of the strips of rows of all batches; each strip passes all panels while it is in the cache."""
        plan, strips = self.plan, self.plan.strips
        with f.loop(*f.share(self.batches * strips.parts, thread, threads)) as unit:
            strip, number = f.rem(unit, strips.parts), f.div(unit, strips.parts)
            batch = self._batch_index(f, number)
            low, high = strips.start(f, strip), strips.start(f, f.add(strip, 1))
            rows_base = self._base(f, place["row operand"], self.rows, batch)
            if plan.rows_from == "own":
                top = plan.rows.start(f, low)
                self.strip_packing.fill(f, rows_base, top, place["own"])
                rows = self.strip_packing.source(f.at(place["own"], f.sub(0, top), self.words.type))
            else:
                rows = self._rows_in_memory(rows_base)
            for size, first, end in plan.vectors.sizes:
                with f.loop(first, end) as part:
                    lane, columns = self._columns(f, place, batch, number, part)
                    panel = _Panel(self, f, batch, lane, size, rows, columns, pointers, place.get("sums"))
                    panel.cover(low, high)

    def _rows_in_memory(self, base: Value) -> Source:
        return Source(base, self.rows.operand.type, self.rows.step, self.rows.depth * (2 if self.plan.pairs else 1))

    def _columns(self, f: Function, place: dict[str, Value], batch: list[Value], number: Value, part: Value) -> tuple[Value, Source]:
        """The first lane of a panel, and where its lanes are read."""
        plan = self.plan
        lane = f.mul(plan.vectors.start(f, part), self.words.width)
        base = self._base(f, place["lane operand"], self.lanes, batch)
        if plan.lanes_from == "memory":
            type = self.lanes.operand.type
            return lane, Source(f.at(base, f.mul(lane, self.lanes.step), type), type, 1, self.lanes.depth)
        if plan.lanes_from == "own":
            self.lanes_packing.fill(f, base, lane, 0, plan.words, place["own"])
            return lane, self.lanes_packing.source(place["own"])
        panel = part if self.lanes.repeats else f.add(f.mul(number, plan.vectors.parts), part)
        return lane, self.lanes_packing.source(f.at(place["lanes"], f.mul(panel, self.lanes_packing.nbytes), "i8") if plan.words else base)

    def _batch_index(self, f: Function, batch: Value) -> list[Value]:
        index = []
        for size in reversed(self.spec.batch):
            index.insert(0, f.rem(batch, size))
            batch = f.div(batch, size)
        return index

    def _base(self, f: Function, pointer: Value, side: Side, batch: list[Value]) -> Value:
        """Element (0, 0) of one batch."""
        element = i64(side.operand.offset)
        for stride, index in zip(side.batch, batch, strict=True):
            element = f.add(element, f.mul(index, stride))
        return f.at(pointer, element, side.operand.type)


class _Panel:
    """The row tiles of one panel, `size` vectors wide."""

    def __init__(self, product: _Product, f: Function, batch, lane: Value, size: int, rows: Source, columns: Source, pointers, sums: Value | None):
        self.product, self.f, self.batch, self.lane, self.size = product, f, batch, lane, size
        self.rows, self.columns, self.pointers, self.sums = rows, columns, pointers, sums
        words, lanes, plan = product.words, product.lanes, product.plan
        self.mask = f.tail(f.sub(lanes.count, f.add(lane, (size - 1) * words.width)), words.width) if lanes.count % words.width else None
        in_place = plan.lanes_from == "memory"
        self.read_masks = [None] * (size - 1) + [self.mask if in_place else None]
        self.masked_for_free = "avx512f" in product.machine.features or plan.vectors.parts == 1
        self.odd = i64(plan.words - 1) if plan.pairs and product.spec.k % 2 and plan.rows_from == "memory" else None

    def cover(self, low: Value, high: Value) -> None:
        """Row tiles [low, high)."""
        f, plan = self.f, self.product.plan
        if plan.passes == 1:
            for rows, first, end in plan.rows.sizes:
                with f.loop(f.greatest(low, first), f.least(high, end)) as t:
                    self._whole(t, rows)
            return
        # the sums of `tall` tiles wait in memory between the passes over k
        with f.loop(low, high, plan.tall) as begin:
            end = f.least(f.add(begin, plan.tall), high)
            top = plan.rows.start(f, begin)
            row_count = f.sub(plan.rows.start(f, end), top)
            row_bytes = self.product.lanes_packing.row
            with f.loop(0, f.mul(row_count, row_bytes), self.product.words.width) as i:
                f.store(nothing(self.product.words, (1, 1))[0][0], f.at(self.sums, i, self.product.spec.accumulate), 64)
            with f.loop(0, plan.words, plan.block) as k:
                stop = f.least(f.add(k, plan.block), plan.words)
                for rows, first, last in plan.rows.sizes:
                    with f.loop(f.greatest(begin, first), f.least(end, last)) as t:
                        self._partial(t, rows, f.sub(plan.rows.start(f, t), top), k, stop)
            self._finish_waiting(top, row_count)

    def _sources(self, t: Value) -> Source:
        plan = self.product.plan
        if plan.rows_from == "shared":
            return self.rows._replace(pointer=self.f.at(self.rows.pointer, self.f.mul(t, self.product.rows_packing.nbytes), "i8"))
        row = self.f.mul(plan.rows.start(self.f, t), self.rows.step)
        return self.rows._replace(pointer=self.f.at(self.rows.pointer, row, self.rows.type))

    def _multiply(self, t: Value, rows: int, span, sums) -> list[list[Value]]:
        return tile(self.f, self.product.words, self._sources(t), self.columns, (rows, self.size), span, self.read_masks, sums, self.odd)

    def _whole(self, t: Value, rows: int) -> None:
        """All of k at once."""
        f, product = self.f, self.product
        top = product.plan.rows.start(f, t)
        self._touch(top, i64(rows))
        sums = self._multiply(t, rows, (0, product.plan.words), nothing(product.words, (rows, self.size)))
        if product.inline:
            for r in range(rows):
                for v in range(self.size):
                    self._finish(f.add(top, r), f.add(self.lane, v * product.words.width), sums[r][v], self.mask if v == self.size - 1 else None)
            return
        for r in range(rows):
            for v in range(self.size):
                f.store(sums[r][v], self._waiting(r, v), 64)
        self._finish_waiting(top, i64(rows))

    def _partial(self, t: Value, rows: int, row: Value, start: Value, stop: Value) -> None:
        """One pass over a part of k, from sums in memory to sums in memory."""
        f, words = self.f, self.product.words
        places = [[self._waiting(f.add(row, r), v) for v in range(self.size)] for r in range(rows)]
        sums = self._multiply(t, rows, (start, stop), [[f.load(words.sums, at, 64) for at in line] for line in places])
        for line, values in zip(places, sums, strict=True):
            for at, value in zip(line, values, strict=True):
                f.store(value, at, 64)

    def _waiting(self, row, v) -> Value:
        f, product = self.f, self.product
        return f.at(self.sums, f.add(f.mul(row, product.lanes_packing.row), f.mul(v, product.words.width)), product.spec.accumulate)

    def _finish_waiting(self, top: Value, count: Value) -> None:
        """The epilogue over sums in memory, in a loop."""
        f, words = self.f, self.product.words
        with f.loop(0, count) as r:
            for v in range(self.size):
                value = f.load(words.sums, self._waiting(r, v), 64)
                self._finish(f.add(top, r), f.add(self.lane, v * words.width), value, self.mask if v == self.size - 1 else None)

    def _touch(self, top: Value, count: Value) -> None:
        """Ask for what the epilogue of some rows will need, so that it comes while their products are summed."""
        f, product = self.f, self.product
        if not product.epilogue.far or product.plan.words < AHEAD:
            return
        with f.loop(0, count) as r:
            for v in range(self.size):
                index = self._index(f.add(top, r), f.add(self.lane, v * product.words.width))
                product.epilogue.touch(f, self.pointers, index, product.lanes_axis, product.words.width)

    def _index(self, row: Value, lane: Value) -> list[Value]:
        return [*self.batch, lane, row] if self.product.plan.lanes_on_m else [*self.batch, row, lane]

    def _finish(self, row: Value, lane: Value, value: Value, mask: Value | None) -> None:
        """Hand a vector of sums to the epilogue."""
        f, product = self.f, self.product
        index = self._index(row, lane)

        def emit(mask: Value | None) -> None:
            product.epilogue.emit(f, self.pointers, index, product.lanes_axis, value, mask)

        if mask is None or self.masked_for_free:
            emit(mask)
            return
        full = f.compare("sge", f.sub(product.lanes.count, lane), i64(product.words.width))
        with f.when(full):
            emit(None)
        with f.when(f.op("xor", full, constant("i1", 1))):
            emit(mask)


def _when(f: Function, part: Value, first: int, end: int, parts: int):
    """if first <= part < end, of `parts`"""
    if end - first == parts:
        return contextlib.nullcontext()
    return f.when(f.compare("slt", part, i64(end)) if first == 0 else f.compare("sge", part, i64(first)))


def _begin(module: Module, name: str, count: int):
    """A kernel's function with its pointers loaded."""
    f = Function(module, name, [("ptr noalias", "arguments"), ("i64", "thread"), ("i64", "threads")])
    pointers = [f.load("ptr", f.at(f.parameters[0], i, "ptr")) for i in range(count)]
    return f, pointers, f.parameters[1], f.parameters[2]
