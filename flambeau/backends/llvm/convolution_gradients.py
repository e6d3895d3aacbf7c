"""The gradient of a convolution's weight: for each tap and pair of channels the product of an input with a result, summed over all places.

A tile of sums ((taps x input channels) x results, results on the lanes) stays in registers while the places of a chunk of images are walked through.
The chunks are dealt out in fixed pieces; each piece's sums lie in memory that a last kernel adds up in order, whatever the number of threads.
"""
from __future__ import annotations

from dataclasses import dataclass

from . import winograd_weight
from .convolution import BUDGET, NANOSECONDS
from .ir import Function, Module, Value, constant, i64, size_of, vector
from .kernel import Epilogue, Kernel, Machine, Operand, Scratch, Temporary
from .region import Image, Region, computable
from .sliding import RANK, Axis, bands, cycles, forward, product, round_up, three

PIECES = 8                  # sums that are made apart, where they are small
PARTIAL = 4 << 20           # bytes that all of them may take, unless one alone takes more
LEAST = 16                  # pieces of work at least, so that there is something to share out


@dataclass(frozen=True)
class Tile:
    """(height x width taps) x channels sums of `vectors` registers each."""

    height: int
    width: int
    channels: int
    vectors: int

    @property
    def rows(self) -> int:
        return self.height * self.width * self.channels


def _best_tile(machine: Machine, kernel, channels: int, vectors: int, places: int, broadcast: bool) -> Tile:
    """The tile that computes all sums soonest."""
    best, least = None, None
    for v in range(1, min(vectors, 4) + 1):
        room = min((machine.registers - 1 - v) // v, 28)
        for h in range(1, min(kernel[1], room) + 1):
            for w in range(1, min(kernel[2], room // h) + 1):
                for c in range(1, min(channels, room // (h * w)) + 1):
                    tile = Tile(h, w, c, v)
                    times = -(-kernel[1] // h) * -(-kernel[2] // w) * -(-channels // c) * -(-vectors // v)
                    cost = times * cycles(tile.rows, v, places, broadcast), -tile.rows, -c
                    if least is None or cost < least:
                        best, least = tile, cost
    return best


def convolution_weight(op, inputs: list[Operand], output, epilogue: Epilogue, machine: Machine) -> list[Kernel] | None:
    """Kernels of a ConvolutionWeight page: x (N, C, *sizes), g (N, O, *places) -> (O, C / groups, *kernel)."""
    x, g = inputs
    type = computable(machine, x, g)
    if type is None or not 3 <= len(output) <= 2 + RANK:
        return None
    if not product(output):
        return []
    numbers = zip(three(x.shape[2:], 1), three(g.shape[2:], 1), three(op.kernel, 1), three(op.stride, 1), three([b for b, _ in op.padding], 0),
                  three(op.dilation, 1), strict=True)
    axes = tuple(forward(*each) for each in numbers)
    plan = Plan(Image(x), Image(g), axes, three(op.kernel, 1), three(op.dilation, 1), op.groups, tuple(output), type, epilogue, machine)
    if (faster := winograd_weight.plan(plan)) is not None:
        return faster.kernels()
    return [plan.sums(), plan.totals()]


class Plan:
    """How one gradient is computed: which tile, which chunks, how many pieces."""

    def __init__(self, x: Image, g: Image, axes: tuple[Axis, ...], kernel, dilation, groups: int, output, type: str, epilogue: Epilogue, machine: Machine):
        self.x, self.g, self.axes, self.kernel, self.dilation, self.groups = x, g, axes, kernel, dilation, groups
        self.output, self.type, self.epilogue, self.machine = output, type, epilogue, machine
        self.width = machine.width(type)
        self.each, self.reduced = output[0] // groups, output[1]
        self.lanewise = groups > 1 and self.each < self.width
        self.lanes = output[0] if self.lanewise else self.each
        self.counts = tuple(axis.count for axis in axes)
        self.images = x.operand.shape[0]
        self.tile = _best_tile(machine, kernel, self.reduced, -(-self.lanes // self.width), max(product(self.counts), 1), not self.lanewise)
        self.block = self.tile.vectors * self.width
        self.blocks = -(-self.lanes // self.block)
        full = self.lanes % self.block == 0
        self.direct = (x.operand.type == type and x.packed_channels and all(axis.inside() for axis in axes)
                       and (not self.lanewise or full and self.each == self.reduced == 1))
        self.direct_g = g.operand.type == type and g.packed_channels and full
        self.pitch = self.reduced * self.blocks * self.block if self.lanewise else x.channels
        self.bands = bands(self.counts, (1, 1, 1), self._nbytes, BUDGET, 1, LEAST)
        per = [-(-max(c, 1) // b) for c, b in zip(self.counts, self.bands, strict=True)]
        self.per_image = product(per)
        self.divisions = per
        # small images are taken several at a time, so that sums are not carried to and from memory more often than needed
        many = max(1, min(BUDGET // max(self._nbytes(self.bands), 1), -(-self.images // LEAST))) if self.per_image == 1 else 1
        self.chunk = many
        self.chunks = -(-self.images // many) * self.per_image
        self.tiles = [self.kernel[0], *(-(-n // t) for n, t in zip((kernel[1], kernel[2], self.reduced), (self.tile.height, self.tile.width, self.tile.channels),
                                                                   strict=True))]
        self.each_block = product(self.tiles)
        self.panels = (1 if self.lanewise else groups) * self.blocks
        self.total = self.panels * self.each_block
        self.size = self.tile.rows * self.block              # elements of one tile's sums
        nbytes = self.total * self.size * size_of(type)
        pieces = max(1, min(PIECES, PARTIAL // nbytes), -(-LEAST // self.total))
        self.pieces = max(1, min(self.chunks, pieces))
        self.partial = Temporary(object(), round_up(self.pieces * nbytes, 64))
        extents = tuple(axis.extent(b) for axis, b in zip(axes, self.bands, strict=True))
        self.region = Region(x, extents, type, self.pitch, *((self.each, self.reduced, output[0]) if self.lanewise else ()))
        self.region_g = Region(g, self.bands, type, g.channels)
        self.steps = x.steps if self.direct else self.region.steps
        self.steps_g = g.steps if self.direct_g else self.region_g.steps
        self.far = x.operand.strides[0] if self.direct else self.region.nbytes // size_of(type)
        self.far_g = g.operand.strides[0] if self.direct_g else self.region_g.nbytes // size_of(type)

    def _nbytes(self, counts) -> int:
        seen = product(axis.extent(c) for axis, c in zip(self.axes, counts, strict=True)) * self.pitch
        return (seen + product(counts) * self.g.channels) * size_of(self.type)

    @property
    def scratch(self) -> int:
        """Bytes for each thread: the packed pieces of x and g, and a block that the last place of g may be read beyond."""
        x = 0 if self.direct else self.region.nbytes * self.chunk
        return x + (0 if self.direct_g else self.region_g.nbytes * self.chunk + round_up(self.block * size_of(self.type), 64))

    def describe(self) -> str:
        return (f"{self.x.describe()} {self.g.describe()} {self.axes} {self.dilation} groups {self.groups} {self.output} {self.type} {self.tile} "
                f"{self.bands} {self.chunk} {self.pieces}")

    @property
    def cost(self) -> float:
        """Estimated cycles."""
        places = self.images * product(self.counts)
        return self.total * cycles(self.tile.rows, self.tile.vectors, places, not self.lanewise)

    # ---------------------------------------------------------------------------------------------------------- sums of pieces
    def sums(self) -> Kernel:
        """The kernel that makes the sums of each piece."""
        places = self.images * product(self.counts)
        scratch = (Scratch(self.scratch),) if self.scratch else ()
        return Kernel(f"convolution weight gradient {self.describe()}", self._emit_sums,
                      (self.x.operand.slot, self.g.operand.slot, self.partial, *scratch), self.cost * NANOSECONDS,
                      2 * places * product(self.output), size_of(self.type) * (product(self.x.operand.shape) + product(self.g.operand.shape)),
                      "convolution weight gradient")

    def _emit_sums(self, module: Module, name: str, machine: Machine) -> None:
        f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
        thread, threads = Value("i64", "%thread"), Value("i64", "%threads")
        x, g, sums, *scratch = (f.load("ptr", f.at(Value("ptr", "%arguments"), k, "ptr")) for k in range(4 if self.scratch else 3))
        own = own_g = None
        if scratch:
            own = f.at(scratch[0], f.mul(thread, self.scratch), "i8")
            own_g = own if self.direct else f.at(own, self.region.nbytes * self.chunk, "i8")
        start, stop = f.share(self.pieces * self.total, thread, threads)
        with f.loop(f.div(start, self.total), f.div(f.add(stop, self.total - 1), self.total)) as piece:
            before = f.mul(piece, self.total)
            first, last = f.greatest(f.sub(start, before), 0), f.least(f.sub(stop, before), self.total)
            with f.loop(f.mul(first, self.size), f.mul(last, self.size), self.width) as k:
                f.store(constant(vector(self.type, self.width), 0), f.at(sums, f.add(f.mul(before, self.size), k), self.type))
            chunk, end = f.share(self.chunks, piece, f.index(self.pieces))
            with f.loop(chunk, end) as chunk:
                self._chunk(f, machine, name, x, g, own, own_g, f.at(sums, f.mul(before, self.size), self.type), chunk, first, last)
        f.finish()

    def _chunk(self, f: Function, machine: Machine, name: str, x, g, own, own_g, sums: Value, chunk: Value, first: Value, last: Value) -> None:
        """Add one chunk of images to tiles `first` to `last`."""
        rest, origin = f.rem(chunk, self.per_image), []
        for axis in reversed(range(RANK)):
            origin.insert(0, f.mul(f.rem(rest, self.divisions[axis]), self.bands[axis]))
            rest = f.div(rest, self.divisions[axis])
        begin = f.mul(f.div(chunk, self.per_image), self.chunk)
        count = f.least(f.sub(self.images, begin), self.chunk)
        places = [f.least(f.sub(c, o), b) for c, o, b in zip(self.counts, origin, self.bands, strict=True)]
        corner = [f.add(f.mul(o, axis.stride), axis.low) for o, axis in zip(origin, self.axes, strict=True)]
        if self.scratch:
            with f.loop(0, count) as n:
                if not self.direct:
                    self.region.pack(f, machine, x, f.at(own, f.mul(n, self.region.nbytes), "i8"), f.add(begin, n), corner, name)
                if not self.direct_g:
                    self.region_g.pack(f, machine, g, f.at(own_g, f.mul(n, self.region_g.nbytes), "i8"), f.add(begin, n), origin, name)

        def seen(image: Image, pointer, corner, far, steps):
            place = f.add(image.operand.offset, f.mul(begin, far))
            for c, step in zip(corner, steps, strict=True):
                place = f.add(place, f.mul(c, step))
            return f.at(pointer, place, self.type)
        x = seen(self.x, x, corner, self.far, self.steps) if self.direct else own
        g = seen(self.g, g, origin, self.far_g, self.steps_g) if self.direct_g else own_g
        with f.loop(first, last) as number:
            block, where = self._tile(f, number)
            group, inner = f.div(block, self.blocks), f.mul(f.rem(block, self.blocks), self.block)
            place = inner if self.lanewise else f.mul(group, self.reduced)
            channel = self.blocks * self.block if self.lanewise else 1
            for at, d, step in zip(where[:RANK], self.dilation, self.steps, strict=True):
                place = f.add(place, f.mul(at, d * step))
            place = f.add(place, f.mul(where[RANK], channel))
            results = f.add(f.mul(group, self.lanes), inner)
            self._products(f, f.at(x, place, self.type), f.at(g, results, self.type), f.at(sums, f.mul(number, self.size), self.type), count, places,
                           channel)

    def _tile(self, f: Function, number: Value) -> tuple[Value, list[Value]]:
        """The block of results and the first tap (depth, height, width) and channel of a tile; the last ones are moved back to end at the end."""
        rest, where = number, []
        sizes = (self.kernel[0], self.kernel[1], self.kernel[2], self.reduced)
        for n, size, tile in reversed(list(zip(self.tiles, sizes, (1, self.tile.height, self.tile.width, self.tile.channels), strict=True))):
            where.insert(0, f.least(f.mul(f.rem(rest, n), tile), size - tile))
            rest = f.div(rest, n)
        return rest, where

    def _products(self, f: Function, x: Value, g: Value, sums: Value, count: Value, places, channel: int) -> None:
        """One tile: sums += x · g over `count` images of `places`."""
        tile, type, width = self.tile, self.type, self.width
        kind = vector(type, width)
        variables = [[f.variable(kind, f.load(kind, f.at(sums, r * self.block + v * width, type), 64)) for v in range(tile.vectors)]
                     for r in range(tile.rows)]
        offsets = [h * self.dilation[1] * self.steps[1] + w * self.dilation[2] * self.steps[2] + c * channel
                   for h in range(tile.height) for w in range(tile.width) for c in range(tile.channels)]
        strides = [axis.stride * step for axis, step in zip(self.axes, self.steps, strict=True)]
        with f.loop(0, count) as n, f.loop(0, places[0]) as d, f.loop(0, places[1]) as h:
            begin = f.at(x, f.add(f.mul(n, self.far), f.add(f.mul(d, strides[0]), f.mul(h, strides[1]))), type)
            begin_g = f.at(g, f.add(f.mul(n, self.far_g), f.add(f.mul(d, self.steps_g[0]), f.mul(h, self.steps_g[1]))), type)
            with f.loop(0, places[2]) as w:
                here, here_g = f.at(begin, f.mul(w, strides[2]), type), f.at(begin_g, f.mul(w, self.steps_g[2]), type)
                vectors = [f.load(kind, f.at(here_g, v * width, type)) for v in range(tile.vectors)]
                for offset, row in zip(offsets, variables, strict=True):
                    if not self.lanewise:
                        element = f.splat(f.load(type, f.at(here, offset, type)), width)
                    for v, sum in enumerate(row):
                        if self.lanewise:
                            element = f.load(kind, f.at(here, offset + v * width, type))
                        f.store(f.fma(element, vectors[v], f.load(kind, sum, 64)), sum, 64)
        for r, row in enumerate(variables):
            for v, sum in enumerate(row):
                f.store(f.load(kind, sum, 64), f.at(sums, r * self.block + v * width, type), 64)

    # ------------------------------------------------------------------------------------------------------------------ totals
    def totals(self) -> Kernel:
        """The kernel that adds the pieces and hands them to the epilogue."""
        elements = self.total * self.size
        return Kernel(f"convolution weight total {self.lanes} {self.panels} {self.output} {self.kernel} {self.type} {self.tile} {self.pieces} | "
                      f"{self.epilogue.description}", self._emit_totals, (self.partial, *self.epilogue.arguments),
                      elements * (self.pieces * 0.05 + 0.3) + product(self.output) * self.epilogue.work, elements * self.pieces,
                      elements * self.pieces * size_of(self.type), "convolution weight gradient")

    def _emit_totals(self, module: Module, name: str, machine: Machine) -> None:
        f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
        sums, *pointers = (f.load("ptr", f.at(Value("ptr", "%arguments"), k, "ptr")) for k in range(1 + len(self.epilogue.arguments)))
        start, stop = f.share(self.total, Value("i64", "%thread"), Value("i64", "%threads"))
        tile = self.tile
        with f.loop(start, stop) as number:
            block, where = self._tile(f, number)
            group, inner = f.div(block, self.blocks), f.mul(f.rem(block, self.blocks), self.block)
            result, left = f.add(f.mul(group, self.lanes), inner), f.sub(self.lanes, inner)
            # what the tile before has computed too is left out
            rest, firsts = number, []
            for n, size, at in reversed(list(zip(self.tiles[1:], (tile.height, tile.width, tile.channels), where[1:], strict=True))):
                firsts.insert(0, f.sub(f.mul(f.rem(rest, n), size), at))
                rest = f.div(rest, n)
            with f.loop(firsts[0], tile.height) as h, f.loop(firsts[1], tile.width) as w, f.loop(firsts[2], tile.channels) as c:
                row = f.add(f.mul(f.add(f.mul(h, tile.width), w), tile.channels), c)
                place = f.add(f.mul(number, self.size), f.mul(row, self.block))
                taps = [where[0], f.add(where[1], h), f.add(where[2], w)]
                for v in range(tile.vectors):
                    self._total(f, f.at(sums, f.add(place, v * self.width), self.type), pointers,
                                [f.add(result, v * self.width), f.add(where[RANK], c), *taps[RANK + 2 - len(self.output):]], f.sub(left, v * self.width))
        f.finish()

    def _total(self, f: Function, sums: Value, pointers, index, left: Value) -> None:
        """One vector of results."""
        kind, far = vector(self.type, self.width), self.total * self.size

        def emit(mask):
            sum = f.variable(kind, f.load(kind, sums))
            with f.loop(1, self.pieces) as piece:
                f.store(f.fadd(f.load(kind, sum, 64), f.load(kind, f.at(sums, f.mul(piece, far), self.type))), sum, 64)
            self.epilogue.emit(f, pointers, index, 0, f.load(kind, sum, 64), mask)
        if self.lanes % self.block == 0:
            emit(None)
        else:
            with f.when(f.compare("sgt", left, i64(0))):
                emit(f.tail(left, self.width))

