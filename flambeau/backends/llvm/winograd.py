"""Convolutions of 3 x 3 taps with 2.25 times fewer multiplications: Winograd's minimal filtering F(2 x 2, 3 x 3).

Two neighbouring results of a kernel of three are A^T ((G g) · (B^T d)) of their four inputs d, with four products instead of six; in both axes, 16
instead of 36 (A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2015). Summed over channels, each of the 16 is a matrix
product. B and A hold only 0, 1 and -1, so rounding is about that of the plain sum. An infinity would meet itself with the other sign: results that
are not finite are computed again by the plain sum.
"""
from __future__ import annotations

from dataclasses import replace

from .ir import Function, Module, Value, constant, i64, lanes, size_of, vector
from .kernel import Kernel, Machine, Scratch
from .packing import Lanes, Panels, pack_biases
from .region import Region, gather_as, ramp
from .sliding import RANK, best_tile, cycles, product, round_up

BUDGET = 512 << 10          # bytes of a piece's inputs and products
WEIGHTS = 1 << 20           # bytes of transformed weights that may be read again for every piece
NANOSECONDS = 0.4           # for one cycle
POINTS = 16                 # products of a tile of 2 x 2 results


def plan(plain) -> Winograd | None:
    """A faster plan than a plain one, or None where there is none: too few channels, other taps, very small or wide images, too many weights."""
    problem = plain.problem
    depth, height, width = problem.axes
    three = all(axis.stride == axis.step == 1 and [q - axis.low for _, q in axis.phases[0].taps] == [0, 1, 2] for axis in (height, width))
    if not three or problem.groups > 1 or plain.type != "float" or depth.size != 1 or depth.count != 1 or not depth.inside():
        return None
    channels = problem.x.channels
    if channels < plain.width or plain.lanes < plain.width or POINTS * channels * plain.lanes * 4 > WEIGHTS:
        return None
    made = Winograd(plain)
    return made if made.nbytes <= 2 * BUDGET and made.cost < 0.85 * plain.cost else None


def input_transform(f: Function, type: str, width: int, region: Value, steps, target: Value, rows: Value, across: int, channels: int, pitch: int,
                    far: int) -> None:
    """B^T d B of every tile of a packed region: [points, `far` apart][tiles, `pitch` apart][channels]."""
    kind = vector(type, width)

    def difference(a: Value, b: Value, c: Value, d: Value) -> list[Value]:
        return [f.fsub(a, c), f.fadd(b, c), f.fsub(c, b), f.fsub(b, d)]
    with f.loop(0, rows) as i, f.loop(0, across) as j:
        begin = f.at(region, f.add(f.mul(i, 2 * steps[1]), f.mul(j, 2 * steps[2])), type)
        here = f.at(target, f.mul(f.add(f.mul(i, across), j), pitch), type)
        with f.loop(0, channels, width) as c:
            seen = [[f.load(kind, f.at(begin, f.add(c, h * steps[1] + w * steps[2]), type)) for w in range(4)] for h in range(4)]
            columns = [difference(*(row[w] for row in seen)) for w in range(4)]
            for h in range(4):
                for w, value in enumerate(difference(*(column[h] for column in columns))):
                    f.store(value, f.at(here, f.add(c, (4 * h + w) * far), type))


def not_finite(f: Function, kind: str, places: list[Value]) -> Value:
    """Whether a lane of the vectors at `places` is not finite."""
    sum = None
    for place in places:
        value = f.load(kind, place)
        value = f.fsub(value, value)
        sum = value if sum is None else f.fadd(sum, value)
    bits = f.convert("bitcast", f.compare("uno", sum, sum), f"i{lanes(kind)}")
    return f.compare("ne", bits, Value(bits.type, "0"))


class Winograd:
    """How one convolution is computed so: pieces of rows of tiles of 2 x 2 results."""

    def __init__(self, plain):
        self.plain, self.problem, self.machine, self.epilogue = plain, plain.problem, plain.machine, plain.epilogue
        self.type, self.width, self.output = plain.type, plain.width, plain.output
        _, height, width = self.problem.axes
        self.across, self.down = (width.count + 1) // 2, (height.count + 1) // 2           # tiles
        self.channels = round_up(self.problem.x.channels, self.width)
        vectors = -(-plain.lanes // self.width)
        self.tile = best_tile(self.machine, 1, min(self.across * self.down, 56), vectors, self.problem.x.channels)
        self.block = self.tile.vectors * self.width
        self.blocks = -(-plain.lanes // self.block)
        self.rows = self.down
        while self.rows > 1 and self._nbytes(self.rows) > BUDGET:
            self.rows = (self.rows + 1) // 2
        while self.rows > 1 and self.output[0] * self.blocks * -(-self.down // self.rows) < 16:
            self.rows = (self.rows + 1) // 2
        self.nbytes = self._nbytes(self.rows)           # of one piece
        self.bands = -(-self.down // self.rows)
        self.tiles = round_up(self.rows * self.across, self.tile.width)
        self.region = Region(self.problem.x, (1, 2 * self.rows + 2, 2 * self.across + 2), self.type, self.channels)
        self.panels: Panels = replace(plain.panels, block=self.block, blocks=self.blocks, expanded=POINTS)
        each = (POINTS * cycles(self.tile.rows, self.tile.vectors, self.problem.x.channels) / self.tile.width * self.blocks
                + 90 * self.channels / self.width + 110 * self.blocks * self.tile.vectors)
        self.cost = self.output[0] * self.across * self.down * each

    def _nbytes(self, rows: int) -> int:
        seen = (2 * rows + 2) * (2 * self.across + 2) * self.channels
        return (seen + POINTS * rows * self.across * (self.channels + self.block)) * size_of(self.type)

    def kernels(self) -> list[Kernel]:
        """Transformed weights, then the convolution."""
        total = self.panels.sizes[0] * self.blocks
        bias = (self.panels.bias.slot,) if self.panels.bias else ()
        weights = Kernel(f"winograd weights {self.panels.describe()}", self._emit_weights, (self.panels.memory, self.panels.weight.slot, *bias), total * 0.5,
                         total * 3, total * 2 * size_of(self.type), "convolution weights")
        problem, results = self.problem, product(self.output)
        description = (f"winograd {self.plain.title} {problem.axes} {problem.x.describe()} {self.panels.describe()} {self.output} {self.type} {self.tile} "
                       f"{self.rows} across {self.plain.across} | {self.epilogue.description}")
        arguments = (problem.x.operand.slot, self.panels.memory, self.panels.weight.slot, Scratch(self._scratch()), *self.epilogue.arguments)
        return [weights, Kernel(description, self._emit, arguments, self.cost * NANOSECONDS + results * self.epilogue.work,
                                2.0 * results * problem.x.channels * problem.taps, size_of(self.type) * (product(problem.x.operand.shape) + results),
                                self.plain.title)]

    def _scratch(self) -> int:
        return self.region.nbytes + size_of(self.type) * (POINTS * self.tiles * (self.channels + self.block) + 4 * self.across * self.block)

    # --------------------------------------------------------------------------------------------------------------- weights
    def _emit_weights(self, module: Module, name: str, machine: Machine) -> None:
        """G g G^T for each channel and a register of results at a time."""
        panels, width, type = self.panels, self.width, self.type
        f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
        target, source, *bias = (f.load("ptr", f.at(Value("ptr", "%arguments"), k, "ptr")) for k in range(2 + panels.head))
        thread, threads = Value("i64", "%thread"), Value("i64", "%threads")
        loads, size, vectors = Lanes(f, panels, width, name), panels.sizes[0], panels.block // width
        half = constant(vector(type, width), 0.5)

        def expand(a: Value, b: Value, c: Value) -> list[Value]:
            ends, middle = f.fmul(f.fadd(a, c), half), f.fmul(b, half)
            return [a, f.fadd(ends, middle), f.fsub(ends, middle), c]
        start, stop = f.share(self.blocks * panels.reduced * vectors, thread, threads)
        with f.loop(start, stop) as unit:
            v, rest = f.rem(unit, vectors), f.div(unit, vectors)
            panel, c = f.div(rest, panels.reduced), f.rem(rest, panels.reduced)
            loads.begin(panel, f.mul(v, width))
            base = f.at(source, f.add(panels.weight.offset, f.mul(c, panels.over)), panels.weight.type)
            taps = [loads.load(f.at(base, place, panels.weight.type)) for place in panels.taps]
            columns = [expand(taps[j], taps[3 + j], taps[6 + j]) for j in range(3)]
            place = f.add(f.mul(panel, size), f.add(f.mul(c, panels.block), f.mul(v, width)))
            for i in range(4):
                for j, value in enumerate(expand(*(column[i] for column in columns))):
                    f.store(value, f.at(target, f.add(place, (panels.head + (4 * i + j) * panels.reduced) * panels.block), type))
        if bias:
            pack_biases(f, panels, width, bias[0], target, thread, threads, name)
        f.finish()

    # ------------------------------------------------------------------------------------------------------------ convolution
    def _emit(self, module: Module, name: str, machine: Machine) -> None:
        f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
        thread, threads = Value("i64", "%thread"), Value("i64", "%threads")
        pointers = [f.load("ptr", f.at(Value("ptr", "%arguments"), k, "ptr")) for k in range(4 + len(self.epilogue.arguments))]
        x, weights, plain, scratch = pointers[:4]
        region = f.at(scratch, f.mul(thread, self._scratch()), "i8")
        inputs = f.at(region, self.region.nbytes, "i8")
        products = f.at(inputs, POINTS * self.tiles * self.channels, self.type)
        loads = Lanes(f, self.panels, self.width, name)
        strip = f.at(products, POINTS * self.tiles * self.block, self.type)          # results of a row of tiles
        depth, height, width = self.problem.axes
        start, stop = f.share(self.output[0] * self.bands * self.blocks, thread, threads)
        with f.loop(f.div(start, self.blocks), f.div(f.add(stop, self.blocks - 1), self.blocks)) as piece:
            before = f.mul(piece, self.blocks)
            first, last = f.greatest(f.sub(start, before), 0), f.least(f.sub(stop, before), self.blocks)
            n, row = f.div(piece, self.bands), f.mul(f.rem(piece, self.bands), self.rows)
            rows = f.least(f.sub(self.down, row), self.rows)
            top = f.mul(row, 2)
            self.region.pack(f, machine, x, region, n, [i64(depth.low), f.add(top, height.low), i64(width.low)], name)
            input_transform(f, self.type, self.width, region, self.region.steps, inputs, rows, self.across, self.channels, self.channels,
                            self.tiles * self.channels)
            with f.loop(first, last) as block:
                panel = f.at(weights, f.mul(block, self.panels.sizes[0]), self.type)
                self._products(f, inputs, f.at(panel, self.panels.head * self.block, self.type), products, f.mul(rows, self.across))
                with f.loop(0, rows) as i:
                    with f.loop(0, self.across) as j, f.loop(0, self.tile.vectors) as v:
                        lane = f.mul(v, self.width)
                        with f.when(f.compare("slt", f.add(f.mul(block, self.block), lane), i64(self.plain.lanes))):
                            tile = f.add(f.mul(i, self.across), j)
                            found = f.at(products, f.add(f.mul(tile, POINTS * self.block), lane), self.type)
                            target = f.at(strip, f.add(f.mul(j, 2 * self.block), lane), self.type)
                            self._results(f, found, f.at(panel, lane, self.type), target)
                            with f.when(not_finite(f, vector(self.type, self.width), [f.at(target, k, self.type) for k in self._corners()])):
                                loads.begin(block, lane)
                                self._again(f, region, plain, loads, f.at(panel, lane, self.type), f.mul(i, 2), f.mul(j, 2), target)
                    down = f.add(top, f.mul(i, 2))
                    with f.loop(0, f.least(f.sub(height.count, down), 2)) as h:
                        line = f.at(strip, f.mul(h, 2 * self.across * self.block), self.type)
                        emit = self._along_rows if self.plain.across else self._along_channels
                        emit(f, pointers[4:], line, n, f.mul(block, self.block), f.add(down, h))
        f.finish()

    def _products(self, f: Function, inputs: Value, weights: Value, products: Value, count: Value) -> None:
        """The 16 matrix products: [tiles][points][results of a block]."""
        kind, tile, type = vector(self.type, self.width), self.tile, self.type
        with f.loop(0, POINTS) as point, f.loop(0, count, tile.width) as first:
            a = f.at(inputs, f.add(f.mul(point, self.tiles * self.channels), f.mul(first, self.channels)), type)
            b = f.at(weights, f.mul(point, self.panels.reduced * self.block), type)
            sums = [[f.variable(kind, constant(kind, 0)) for _ in range(tile.vectors)] for _ in range(tile.width)]
            with f.loop(0, self.panels.reduced) as c:
                here, there = f.at(a, c, type), f.at(b, f.mul(c, self.block), type)
                vectors = [f.load(kind, f.at(there, v * self.width, type)) for v in range(tile.vectors)]
                for r, row in enumerate(sums):
                    element = f.splat(f.load(type, f.at(here, r * self.channels, type)), self.width)
                    for sum, other in zip(row, vectors, strict=True):
                        f.store(f.fma(element, other, f.load(kind, sum, 64)), sum, 64)
            target = f.at(products, f.add(f.mul(first, POINTS * self.block), f.mul(point, self.block)), type)
            for r, row in enumerate(sums):
                for v, sum in enumerate(row):
                    f.store(f.load(kind, sum, 64), f.at(target, r * POINTS * self.block + v * self.width, type))

    def _corners(self) -> list[int]:
        """Where the four results of a tile are in a strip [2 rows][places][channels of a block]."""
        return [(2 * h * self.across + w) * self.block for h in range(2) for w in range(2)]

    def _along_channels(self, f: Function, pointers, line: Value, n: Value, channel: Value, h: Value) -> None:
        """Hand a row of results to the epilogue, channels on the lanes."""
        width = self.problem.axes[2]
        with f.loop(0, width.count) as w, f.loop(0, self.tile.vectors) as v:
            lane = f.mul(v, self.width)
            left = f.sub(f.sub(self.plain.lanes, channel), lane)
            with f.when(f.compare("sgt", left, i64(0))):
                value = f.load(vector(self.type, self.width), f.at(line, f.add(f.mul(w, self.block), lane), self.type))
                mask = None if self.plain.lanes % self.width == 0 else f.tail(left, self.width)
                self.epilogue.emit(f, pointers, self._index(n, f.add(channel, lane), h, w), 1, value, mask)

    def _along_rows(self, f: Function, pointers, line: Value, n: Value, channel: Value, h: Value) -> None:
        """The same with places on the lanes, for results whose rows are contiguous."""
        count = self.problem.axes[2].count
        with f.loop(0, f.least(f.sub(self.plain.lanes, channel), self.block)) as c, f.loop(0, count, self.width) as w:
            mask = None if count % self.width == 0 else f.tail(f.sub(count, w), self.width)
            begin = f.at(line, f.add(f.mul(w, self.block), c), self.type)
            value = gather_as(f, self.type, self.type, begin, ramp(self.width, self.block), mask)
            self.epilogue.emit(f, pointers, self._index(n, f.add(channel, c), h, w), len(self.output) - 1, value, mask)

    def _index(self, n: Value, channel: Value, h: Value, w: Value) -> list[Value]:
        return [n, channel, *[i64(0), h, w][RANK + 2 - len(self.output):]]

    def _results(self, f: Function, found: Value, bias: Value, strip: Value) -> None:
        """A^T m A and the bias of one tile and a register of channels, into a strip."""
        kind = vector(self.type, self.width)
        m = [[f.load(kind, f.at(found, (4 * h + w) * self.block, self.type)) for w in range(4)] for h in range(4)]

        def gather(a: Value, b: Value, c: Value, d: Value) -> tuple[Value, Value]:
            return f.fadd(f.fadd(a, b), c), f.fsub(f.fsub(b, c), d)
        columns = [gather(*(row[w] for row in m)) for w in range(4)]
        results = [value for h in range(2) for value in gather(*(column[h] for column in columns))]
        for value, corner in zip(results, self._corners(), strict=True):
            if self.panels.head:
                value = f.fadd(value, f.load(kind, bias))
            f.store(value, f.at(strip, corner, self.type))

    def _again(self, f: Function, region: Value, weights: Value, loads: Lanes, bias: Value, top: Value, left: Value, strip: Value) -> None:
        """The same by the plain sum."""
        panels, kind, steps = self.panels, vector(self.type, self.width), self.region.steps
        table = f.module.table(f"{f.name}.taps", "i64", panels.taps)
        with f.loop(0, 2) as h, f.loop(0, 2) as w:
            sum = f.variable(kind, f.load(kind, bias) if panels.head else constant(kind, 0))
            with f.loop(0, 3) as i, f.loop(0, 3) as j, f.loop(0, panels.reduced) as c:
                place = f.add(f.mul(f.add(f.add(top, h), i), steps[1]), f.mul(f.add(f.add(left, w), j), steps[2]))
                element = f.load(self.type, f.at(region, f.add(place, c), self.type))
                tap = f.load("i64", f.at(table, f.add(f.mul(i, 3), j), "i64"))
                weight = loads.load(f.at(weights, f.add(f.add(f.mul(c, panels.over), tap), panels.weight.offset), panels.weight.type))
                f.store(f.fma(f.splat(element, self.width), weight, f.load(kind, sum, 64)), sum, 64)
            f.store(f.load(kind, sum, 64), f.at(strip, f.mul(f.add(f.mul(h, 2 * self.across), w), self.block), self.type))
