"""The gradient of 3 x 3 weights with 2.25 times fewer multiplications: the transpose of F(2 x 2, 3 x 3) (see winograd.py).

With the inputs d of a tile and its gradients g, the weight's gradient is G^T (Σ (B^T d B) · (A g A^T)) G: for each of 16 points a matrix product,
channels x results, summed over all tiles. What is not finite is computed again by the plain sum.
"""
from __future__ import annotations

from .ir import Function, Module, Value, constant, i64, size_of, vector
from .kernel import Kernel, Scratch, Temporary
from .region import Region, gather_as, load_as, ramp
from .sliding import RANK, best_tile, cycles, product, round_up
from .winograd import NANOSECONDS, POINTS, input_transform, not_finite

BUDGET = 640 << 10          # bytes of transformed inputs and gradients at a time
FEW = 48                    # tiles of images at least, where there are so many: sums are carried to and from memory for each piece
PARTIAL = 4 << 20           # bytes of all pieces' sums
PIECES = 8
LEAST = 16                  # pieces of work at least


def plan(plain) -> WinogradWeight | None:
    """A faster plan than a plain one, or None where there is none."""
    depth, *others = plain.axes
    three = plain.kernel[0] == 1 and all(axis.stride == 1 and [q - axis.low for _, q in axis.phases[0].taps] == [0, 1, 2] for axis in others)
    if not three or plain.groups > 1 or plain.type != "float" or depth.size != 1 or depth.count != 1 or not depth.inside() or not plain.images:
        return None
    if min(axis.count for axis in others) < 2 or plain.reduced < plain.width or plain.lanes < plain.width:
        return None
    made = WinogradWeight(plain)
    return made if made.nbytes <= PARTIAL // 4 and made.piece <= 2 * BUDGET and made.cost < 0.85 * plain.cost else None


class WinogradWeight:
    """How one gradient is computed so."""

    def __init__(self, plain):
        self.plain, self.type, self.width, self.machine, self.epilogue = plain, plain.type, plain.width, plain.machine, plain.epilogue
        self.x, self.g, self.axes, self.output = plain.x, plain.g, plain.axes, plain.output
        _, height, width = self.axes
        self.down, self.across = (height.count + 1) // 2, (width.count + 1) // 2            # tiles
        self.images, self.reduced, self.results = plain.images, plain.reduced, plain.lanes
        tiles = self.down * self.across
        self.tile = best_tile(self.machine, 1, self.reduced, -(-self.results // self.width), max(tiles, FEW))
        self.block = self.tile.vectors * self.width
        self.blocks, self.parts = -(-self.results // self.block), -(-self.reduced // self.tile.width)
        self.channels, self.filters = round_up(self.reduced, self.width), round_up(self.results, self.block)
        self.pitch = max(self.channels, self.parts * self.tile.width)
        self.rows = self.down
        while self.rows > 1 and self._nbytes(self.rows) > BUDGET and (self.rows + 1) // 2 * self.across >= FEW:
            self.rows = (self.rows + 1) // 2
        self.piece = self._nbytes(self.rows)            # bytes of one image's part
        self.bands = -(-self.down // self.rows)
        # several small images at a time, so that sums are not carried to and from memory more often than needed
        self.chunk = max(1, min(BUDGET // self._nbytes(self.rows), -(-self.images // LEAST), -(-96 // tiles))) if self.bands == 1 else 1
        self.chunks = -(-self.images // self.chunk) * self.bands
        self.places = self.chunk * self.rows * self.across
        self.size = self.tile.width * self.block                    # elements of one tile of sums
        self.total = POINTS * self.parts * self.blocks              # tiles of sums
        self.nbytes = self.total * self.size * size_of(self.type)
        self.pieces = max(1, min(PIECES, PARTIAL // self.nbytes, self.chunks))
        self.partial = Temporary(object(), round_up(self.pieces * self.nbytes, 64))
        self.region = Region(self.x, (1, 2 * self.rows + 2, 2 * self.across + 2), self.type, self.channels)
        self.region_g = Region(self.g, (1, 2 * self.rows, 2 * self.across), self.type, round_up(self.results, self.width))
        passes = self.total * cycles(self.tile.width, self.tile.vectors, self.places) * self.chunks
        self.cost = passes + self.images * tiles * (60 * self.channels + 30 * self.filters) / self.width

    def _nbytes(self, rows: int) -> int:
        return rows * self.across * (POINTS * (self.pitch + self.filters) + 4 * self.channels + 4 * self.filters) * size_of(self.type)

    def _describe(self) -> str:
        return (f"{self.x.describe()} {self.g.describe()} {self.axes} {self.output} {self.type} {self.tile} {self.rows} {self.chunk} {self.pieces}")

    def _scratch(self) -> int:
        return self.region.nbytes + self.region_g.nbytes + POINTS * self.places * (self.pitch + self.filters) * size_of(self.type)

    def kernels(self) -> list[Kernel]:
        """The sums of each piece, and what becomes of them."""
        operands, described = (self.x.operand.slot, self.g.operand.slot, self.partial), self._describe()
        flops = 2.0 * self.images * product(axis.count for axis in self.axes) * product(self.output)
        moved = size_of(self.type) * (product(self.x.operand.shape) + product(self.g.operand.shape))
        elements = self.pieces * self.nbytes / size_of(self.type)
        title = "convolution weight gradient"
        return [Kernel(f"winograd weight gradient {described}", self._emit_sums, (*operands, Scratch(self._scratch())), self.cost * NANOSECONDS, flops,
                       moved, title),
                Kernel(f"winograd weight total {described} | {self.epilogue.description}", self._emit_totals, (*operands, *self.epilogue.arguments),
                       elements * 0.1 + product(self.output) * (1 + self.epilogue.work), elements, elements * size_of(self.type), title)]

    # ---------------------------------------------------------------------------------------------------------- sums of pieces
    def _emit_sums(self, module: Module, name: str, machine) -> None:
        f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
        x, g, sums, scratch = (f.load("ptr", f.at(Value("ptr", "%arguments"), k, "ptr")) for k in range(4))
        region = f.at(scratch, f.mul(Value("i64", "%thread"), self._scratch()), "i8")
        region_g = f.at(region, self.region.nbytes, "i8")
        inputs = f.at(region_g, self.region_g.nbytes, "i8")
        gradients = f.at(inputs, POINTS * self.places * self.pitch, self.type)
        start, stop = f.share(self.pieces * self.total, Value("i64", "%thread"), Value("i64", "%threads"))
        _, height, width = self.axes
        with f.loop(f.div(start, self.total), f.div(f.add(stop, self.total - 1), self.total)) as piece:
            before = f.mul(piece, self.total)
            first, last = f.greatest(f.sub(start, before), 0), f.least(f.sub(stop, before), self.total)
            own = f.at(sums, f.mul(before, self.size), self.type)
            with f.loop(f.mul(first, self.size), f.mul(last, self.size), self.width) as k:
                f.store(constant(vector(self.type, self.width), 0), f.at(own, k, self.type))
            chunk, end = f.share(self.chunks, piece, f.index(self.pieces))
            with f.loop(chunk, end) as chunk:
                begin, row = f.mul(f.div(chunk, self.bands), self.chunk), f.mul(f.rem(chunk, self.bands), self.rows)
                count, rows = f.least(f.sub(self.images, begin), self.chunk), f.least(f.sub(self.down, row), self.rows)
                tiles = f.mul(rows, self.across)
                with f.loop(0, count) as n:
                    image, top = f.add(begin, n), f.mul(row, 2)
                    self.region.pack(f, machine, x, region, image, [i64(self.axes[0].low), f.add(top, height.low), i64(width.low)], name)
                    self.region_g.pack(f, machine, g, region_g, image, [i64(0), top, i64(0)], name)
                    to = f.mul(n, tiles)
                    input_transform(f, self.type, self.width, region, self.region.steps, f.at(inputs, f.mul(to, self.pitch), self.type), rows, self.across,
                                    self.channels, self.pitch, self.places * self.pitch)
                    self._transform(f, region_g, f.at(gradients, f.mul(to, self.block), self.type), rows)
                with f.loop(first, last) as number:
                    self._products(f, inputs, gradients, f.at(own, f.mul(number, self.size), self.type), number, f.mul(count, tiles))
        f.finish()

    def _transform(self, f: Function, region: Value, target: Value, rows: Value) -> None:
        """A g A^T of every tile: [points][blocks of results][tiles][results of a block], as they are read."""
        kind, steps = vector(self.type, self.width), self.region_g.steps

        def spread(a: Value, b: Value) -> list[Value]:
            return [a, f.fadd(a, b), f.fsub(a, b), f.fneg(b)]
        with f.loop(0, rows) as i, f.loop(0, self.across) as j:
            begin = f.at(region, f.add(f.mul(i, 2 * steps[1]), f.mul(j, 2 * steps[2])), self.type)
            here = f.at(target, f.mul(f.add(f.mul(i, self.across), j), self.block), self.type)
            with f.loop(0, self.region_g.pitch, self.width) as c:
                place = f.add(f.mul(f.div(c, self.block), self.places * self.block), f.rem(c, self.block))
                seen = [[f.load(kind, f.at(begin, f.add(c, h * steps[1] + w * steps[2]), self.type)) for w in range(2)] for h in range(2)]
                columns = [spread(seen[0][w], seen[1][w]) for w in range(2)]
                for h in range(4):
                    for w, value in enumerate(spread(columns[0][h], columns[1][h])):
                        f.store(value, f.at(here, f.add(place, (4 * h + w) * self.places * self.filters), self.type))

    def _products(self, f: Function, inputs: Value, gradients: Value, sums: Value, number: Value, count: Value) -> None:
        """One tile of sums of one point, over `count` tiles of images."""
        kind, tile, type = vector(self.type, self.width), self.tile, self.type
        block, rest = f.rem(number, self.blocks), f.div(number, self.blocks)
        part, point = f.rem(rest, self.parts), f.div(rest, self.parts)
        a = f.at(inputs, f.add(f.mul(point, self.places * self.pitch), f.mul(part, tile.width)), type)
        b = f.at(gradients, f.add(f.mul(point, self.places * self.filters), f.mul(block, self.places * self.block)), type)
        places = [[f.at(sums, r * self.block + v * self.width, type) for v in range(tile.vectors)] for r in range(tile.width)]
        variables = [[f.variable(kind, f.load(kind, place)) for place in row] for row in places]
        with f.loop(0, count) as t:
            here, there = f.at(a, f.mul(t, self.pitch), type), f.at(b, f.mul(t, self.block), type)
            vectors = [f.load(kind, f.at(there, v * self.width, type)) for v in range(tile.vectors)]
            for r, row in enumerate(variables):
                element = f.splat(f.load(type, f.at(here, r, type)), self.width)
                for sum, other in zip(row, vectors, strict=True):
                    f.store(f.fma(element, other, f.load(kind, sum, 64)), sum, 64)
        for row, targets in zip(variables, places, strict=True):
            for sum, place in zip(row, targets, strict=True):
                f.store(f.load(kind, sum, 64), place)

    # ------------------------------------------------------------------------------------------------------------------ totals
    def _emit_totals(self, module: Module, name: str, machine) -> None:
        f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
        x, g, sums, *pointers = (f.load("ptr", f.at(Value("ptr", "%arguments"), k, "ptr")) for k in range(3 + len(self.epilogue.arguments)))
        kind, half = vector(self.type, self.width), constant(vector(self.type, self.width), 0.5)
        room = f.room(self.type, 9 * self.width)
        vectors = -(-self.results // self.width)
        start, stop = f.share(self.reduced * vectors, Value("i64", "%thread"), Value("i64", "%threads"))

        def contract(a: Value, b: Value, c: Value, d: Value) -> list[Value]:
            middle = f.fmul(f.fadd(b, c), half)
            return [f.fadd(a, middle), f.fmul(f.fsub(b, c), half), f.fadd(middle, d)]
        with f.loop(start, stop) as unit:
            c, v = f.div(unit, vectors), f.rem(unit, vectors)
            channel = f.mul(v, self.width)
            part, row = f.div(c, self.tile.width), f.rem(c, self.tile.width)
            block, lane = f.div(v, self.tile.vectors), f.mul(f.rem(v, self.tile.vectors), self.width)
            first = f.add(f.mul(f.add(f.mul(part, self.blocks), block), self.size), f.add(f.mul(row, self.block), lane))
            m = []
            for point in range(POINTS):
                here = f.at(sums, f.add(first, point * self.parts * self.blocks * self.size), self.type)
                sum = f.load(kind, here)
                for piece in range(1, self.pieces):
                    sum = f.fadd(sum, f.load(kind, f.at(here, piece * self.total * self.size, self.type)))
                m.append(sum)
            columns = [contract(*(m[4 * h + w] for h in range(4))) for w in range(4)]
            for h in range(3):
                for w, value in enumerate(contract(*(columns[k][h] for k in range(4)))):
                    f.store(value, f.at(room, (3 * h + w) * self.width, self.type), 64)
            left = f.sub(self.results, channel)
            mask = None if self.results % self.width == 0 else f.tail(left, self.width)
            with f.when(not_finite(f, kind, [f.at(room, k * self.width, self.type) for k in range(9)])):
                self._again(f, x, g, c, channel, mask, room)
            with f.loop(0, 3) as i, f.loop(0, 3) as j:
                value = f.load(kind, f.at(room, f.mul(f.add(f.mul(i, 3), j), self.width), self.type), 64)
                self.epilogue.emit(f, pointers, [channel, c, *[i64(0), i, j][RANK + 2 - len(self.output):]], 0, value, mask)
        f.finish()

    def _again(self, f: Function, x: Value, g: Value, c: Value, channel: Value, mask: Value | None, room: Value) -> None:
        """The same by the plain sum: nine vectors in `room`."""
        kind, (_, height, width), x_image, g_image = vector(self.type, self.width), self.axes, self.x, self.g
        seen, given = x_image.operand, g_image.operand
        with f.loop(0, 3) as i, f.loop(0, 3) as j:
            sum = f.variable(kind)
            f.store(constant(kind, 0), sum, 64)
            with f.loop(0, self.images) as n, f.loop(0, height.count) as h, f.loop(0, width.count) as w:
                at = f.add(f.add(h, i), height.low), f.add(f.add(w, j), width.low)
                inside = f.op("and", f.compare("ult", at[0], f.index(height.size)), f.compare("ult", at[1], f.index(width.size)))
                with f.when(inside):
                    place = f.add(f.add(f.mul(n, seen.strides[0]), f.mul(c, seen.strides[1])), seen.offset)
                    place = f.add(place, f.add(f.mul(at[0], x_image.steps[1]), f.mul(at[1], x_image.steps[2])))
                    element = load_as(f, seen.type, self.type, f.at(x, place, seen.type), 0)
                    place = f.add(f.add(f.mul(n, given.strides[0]), f.mul(channel, given.strides[1])), given.offset)
                    place = f.add(place, f.add(f.mul(h, g_image.steps[1]), f.mul(w, g_image.steps[2])))
                    other = gather_as(f, given.type, self.type, f.at(g, place, given.type), ramp(self.width, given.strides[1]), mask)
                    f.store(f.fma(f.splat(element, self.width), other, f.load(kind, sum, 64)), sum, 64)
            f.store(f.load(kind, sum, 64), f.at(room, f.mul(f.add(f.mul(i, 3), j), self.width), self.type), 64)
