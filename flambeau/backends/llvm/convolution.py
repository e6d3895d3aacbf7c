"""Convolutions and transposed ones, as sums of products over windows whose channels lie side by side.

A tile of results (places x channels, channels on the lanes) stays in registers while its taps and input channels are walked through: each input
element is broadcast and multiplied by a vector of weights, which a first kernel has packed in that order. Where the input needs zeros around it or
lies otherwise, each thread packs the piece of an image that it computes from into memory of its own, small enough for the cache. Groups of few
channels (depthwise ones above all) have the lanes of several groups in a register: there every lane has an input element of its own.
"""
from __future__ import annotations

import contextlib
from dataclasses import dataclass

from . import winograd
from .ir import Function, Module, Value, constant, i64, known, size_of, vector
from .kernel import Epilogue, Kernel, Machine, Operand, Scratch
from .packing import Panels, pack_weights
from .region import Image, Region, computable
from .sliding import RANK, Axis, adjoint, bands, best_tile, combinations, cycles, forward, product, round_up, three

BUDGET = 192 << 10          # bytes of a packed piece of an image: it shares the second-level cache with the weights
WEIGHTS = 256 << 10         # bytes of weights that stay in it beside that
NANOSECONDS = 0.4           # for one cycle


@dataclass(frozen=True)
class Problem:
    """out[n, o, start + step · m] = bias[o] + Σ_taps,c x[n, group(o), c, m · stride + shift] · w[o, c, tap]"""

    axes: tuple[Axis, ...]
    x: Image
    weight: Operand
    bias: Operand | None
    results: int
    groups: int
    transposed: bool            # the weight's first axis is summed over, its second has the results

    @property
    def each(self) -> int:
        """Results of a group."""
        return self.results // self.groups

    @property
    def reduced(self) -> int:
        """Input channels of a group."""
        return self.x.channels // self.groups

    @property
    def taps(self) -> int:
        """Elements of the kernel."""
        return product(self.weight.shape[2:])


def _axes(make, op, sizes, counts, kernel) -> tuple[Axis, ...]:
    stride, before, dilation = three(op.stride, 1), three([b for b, _ in op.padding], 0), three(op.dilation, 1)
    return tuple(make(*numbers) for numbers in zip(three(sizes, 1), three(counts, 1), three(kernel, 1), stride, before, dilation, strict=True))


def convolution(op, inputs: list[Operand], output, epilogue: Epilogue, machine: Machine) -> list[Kernel] | None:
    """Kernels of a Convolution page: x (N, C, *sizes), weight (O, C / groups, *kernel), bias (O)."""
    x, weight, *bias = inputs
    axes = _axes(forward, op, x.shape[2:], output[2:], weight.shape[2:])
    return _kernels("convolution", Problem(axes, Image(x), weight, bias[0] if bias else None, output[1], op.groups, False), output, epilogue, machine)


def convolution_input(op, inputs: list[Operand], output, epilogue: Epilogue, machine: Machine) -> list[Kernel] | None:
    """Kernels of a ConvolutionInput page: g (N, O, *places), weight (O, C / groups, *kernel), bias (C) -> (N, C, *to)."""
    g, weight, *bias = inputs
    axes = _axes(adjoint, op, g.shape[2:], output[2:], weight.shape[2:])
    problem = Problem(axes, Image(g), weight, bias[0] if bias else None, output[1], op.groups, True)
    return _kernels("convolution input", problem, output, epilogue, machine)


def _kernels(title: str, problem: Problem, output, epilogue: Epilogue, machine: Machine) -> list[Kernel] | None:
    operands = [problem.x.operand, problem.weight] + ([problem.bias] if problem.bias else [])
    type = computable(machine, *operands)
    if type is None or len(output) > 2 + RANK or len(output) < 3:
        return None
    if not product(output):
        return []
    plan = Plan(title, problem, tuple(output), type, epilogue, machine)
    if (faster := winograd.plan(plan)) is not None:
        return faster.kernels()
    return [pack_weights(plan.panels, machine), plan.kernel()]


class Plan:
    """How one convolution is computed: which tile, which pieces, what is packed."""

    def __init__(self, title: str, problem: Problem, output, type: str, epilogue: Epilogue, machine: Machine):
        self.title, self.problem, self.output, self.type, self.epilogue, self.machine = title, problem, output, type, epilogue, machine
        self.width = machine.width(type)
        self.lanewise = problem.groups > 1 and problem.each < self.width
        self.phases = combinations(problem.axes)
        x, axes = problem.x, problem.axes
        self.lanes = problem.results if self.lanewise else problem.each         # results of one group of panels
        vectors = -(-self.lanes // self.width)
        steps = problem.taps // len(self.phases) * problem.reduced
        whole = x.operand.type == type and x.packed_channels and len(self.phases) == 1 and all(axis.inside() for axis in axes)
        across = epilogue.lanes == len(output) - 1          # the result's rows are contiguous, its channels are not
        counts = [axis.count for axis in axes[1:]]
        self.merged = whole and not across and self._merges()
        if self.merged:         # as one row only where tiles do not fit the rows: to find a place in it again takes divisions
            one = 1, product((output[0], *output[2:]))
            self.merged = (self._tile_cost(*one, vectors, steps) * 1.1 < self._tile_cost(*counts, vectors, steps) * output[0] * axes[0].count)
            counts = one if self.merged else counts
        self.tile = best_tile(machine, *counts, vectors, steps, not self.lanewise)
        self.block = self.tile.vectors * self.width
        self.direct = whole and (not self.lanewise or problem.reduced == problem.each == 1 and self.lanes % self.block == 0)
        self.merged = self.merged and self.direct
        if not self.merged:
            counts = [axis.count for axis in axes[1:]]
            if whole and not self.direct:
                self.tile = best_tile(machine, *counts, vectors, steps, not self.lanewise)
                self.block = self.tile.vectors * self.width
        self.across = across and self.tile.width >= 4 and axes[2].step == 1 and not self.merged
        self.blocks = -(-self.lanes // self.block)
        self.pieces = self.blocks * (1 if self.lanewise else problem.groups)
        self.images, self.counts = (1, (1, *counts)) if self.merged else (output[0], tuple(axis.count for axis in axes))
        self.pitch = problem.reduced * self.blocks * self.block if self.lanewise else x.channels
        self.bands = bands(self.counts, (1, self.tile.height, self.tile.width), self._nbytes, BUDGET, self.images, self.pieces)
        self.region = None if self.direct else Region(
            x, self._extents(self.bands), type, self.pitch, *((problem.each, problem.reduced, problem.results) if self.lanewise else ()))
        self.steps = (0, 0, self._innermost()) if self.merged else x.steps if self.direct else self.region.steps
        self.strides = (1, 1, 1) if self.merged else tuple(axis.stride for axis in axes)
        self.panels = self._panels()
        # weights that stay in the cache are walked through for each tile, so that results are written line after line
        self.inner = sum(self.panels.sizes) * self.pieces * size_of(type) <= WEIGHTS

    def _tile_cost(self, height: int, width: int, vectors: int, steps: int) -> float:
        """Estimated cycles of height x width results with the best tile."""
        tile = best_tile(self.machine, height, width, vectors, steps, not self.lanewise)
        times = -(-height // tile.height) * -(-width // tile.width) * -(-vectors // tile.vectors)
        return times * cycles(tile.rows, tile.vectors, steps, not self.lanewise)

    def _extents(self, counts) -> tuple[int, ...]:
        return tuple(axis.extent(count) for axis, count in zip(self.problem.axes, counts, strict=True))

    def _nbytes(self, counts) -> int:
        """Bytes of a piece of an image, packed or not."""
        return product(counts if self.merged else self._extents(counts)) * self.pitch * size_of(self.type)

    def _dimensions(self):
        """(elements, distance) of the axes of the images that have more than one element, the batch first."""
        x = self.problem.x
        all = [(x.operand.shape[0], x.operand.strides[0]), *zip(x.sizes, x.steps, strict=True)]
        return [(n, step) for n, step in all if n != 1]

    def _merges(self) -> bool:
        """Whether all places of all images are one row: a matrix product."""
        if any(axis.count != axis.size or axis.stride != 1 and axis.size > 1 or len(axis.phases[0].taps) != 1 for axis in self.problem.axes):
            return False
        dimensions = self._dimensions()
        return all(outer[1] == inner[0] * inner[1] for outer, inner in zip(dimensions, dimensions[1:], strict=False))

    def _innermost(self) -> int:
        dimensions = self._dimensions()
        return dimensions[-1][1] if dimensions else 0

    # --------------------------------------------------------------------------------------------------------------- weights
    def _panels(self) -> Panels:
        """The order of weights: for each phase and each block of results its bias, then its taps by shift, then the channels summed over."""
        problem, weight = self.problem, self.problem.weight
        strides = three(weight.strides[2:], 0)
        taps, counts = [], []
        for phase in self.phases:
            order = [(a, b, c) for a, _ in phase[0].taps for b, _ in phase[1].taps for c, _ in phase[2].taps]
            taps += [sum(k * s for k, s in zip(tap, strides, strict=True)) for tap in order]
            counts.append(len(order))
        over, results = weight.strides[:2] if problem.transposed else weight.strides[1::-1]
        each, reduced = problem.each, problem.reduced
        far = reduced * over if problem.transposed else each * results        # from one group to the next
        return Panels(weight, problem.bias, self.type, tuple(taps), tuple(counts), reduced, over, each, results, far,
                      1 if self.lanewise else problem.groups, self.lanes, self.block, self.blocks)

    def _tables(self) -> tuple[list[list[int]], list[int]]:
        """For each phase its starts, counts, rows of taps, steps of a row, first row and first weight; and the rows' places."""
        low = (0, 0, 0) if self.direct else [axis.low for axis in self.problem.axes]
        table, places = [], []
        for phase, first in zip(self.phases, self.panels.starts, strict=True):
            rows, steps = self._rows(phase, low)
            counts = self.counts if self.merged else [p.count for p in phase]
            table.append([*[p.start for p in phase], *counts, len(rows), steps, len(places), first, self.panels.sizes[len(table)]])
            places += rows
        return table, places

    def _rows(self, phase, low) -> tuple[list[int], int]:
        """Where the rows of taps begin that are walked through in equal steps, and how many steps each has."""
        def place(d, h, w):
            return sum((q - lo) * step for q, lo, step in zip((d, h, w), low, self.steps, strict=True))
        reduced = self.problem.reduced
        shifts = [[q for _, q in p.taps] for p in phase]
        last = shifts[2]
        together = len(last) > 1 and last[-1] - last[0] == len(last) - 1 and self.steps[2] == reduced * self.advance
        if together:
            return [place(d, h, last[0]) for d in shifts[0] for h in shifts[1]], reduced * len(last)
        return [place(d, h, w) for d in shifts[0] for h in shifts[1] for w in last], reduced

    @property
    def advance(self) -> int:
        """Elements from one channel that is summed over to the next."""
        if not self.lanewise:
            return 1
        return self.steps[2] if self.direct else self.blocks * self.block

    # ---------------------------------------------------------------------------------------------------------------- kernel
    @property
    def multiplied(self) -> float:
        """Products that are summed, about."""
        return product(self.output) * self.problem.reduced * self.problem.taps / product(axis.step for axis in self.problem.axes)

    @property
    def cost(self) -> float:
        """Estimated cycles."""
        results, (_, height, width) = product(self.output), self.counts
        tile, steps = self.tile, self.multiplied / product(self.output)
        waste = round_up(height, tile.height) * round_up(width, tile.width) / (height * width) * self.blocks * self.block / self.lanes
        return results / (tile.rows * self.block) * waste * cycles(tile.rows, tile.vectors, steps, not self.lanewise)

    def kernel(self) -> Kernel:
        """The kernel that computes the results from packed weights."""
        problem, epilogue, results, multiplied = self.problem, self.epilogue, product(self.output), self.multiplied
        scratch = () if self.direct else (Scratch(self.region.nbytes),)
        arguments = (problem.x.operand.slot, self.panels.memory, *scratch, *epilogue.arguments)
        description = (f"{self.title} {problem.axes} {problem.x.describe()} {self.output} {self.type} groups {problem.groups} bias {problem.bias is not None} "
                       f"{self.tile} {self.bands} {self.inner} direct {self.direct} merged {self.merged} across {self.across} | {epilogue.description}")
        return Kernel(description, self.emit, arguments, self.cost * NANOSECONDS + results * epilogue.work, 2 * multiplied,
                      size_of(self.type) * (product(problem.x.operand.shape) + results), self.title)

    def emit(self, module: Module, name: str, machine: Machine) -> None:
        """Write the function: pieces of images, within them phases, blocks of results and tiles."""
        f = Function(module, name, [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")])
        own = 2 if self.direct else 3
        pointers = [f.load("ptr", f.at(Value("ptr", "%arguments"), k, "ptr")) for k in range(own + len(self.epilogue.arguments))]
        thread, threads = Value("i64", "%thread"), Value("i64", "%threads")
        x, weights = pointers[:2]
        region = None if self.direct else f.at(pointers[2], f.mul(thread, self.region.nbytes), "i8")
        table, places = self._tables()
        several = len(table) > 1
        where = module.table(f"{name}.places", "i64", places or [0])
        phases = module.table(f"{name}.phases", "i64", [n for row in table for n in row]) if several else None
        tile = Emission(self, f, pointers[own:], weights, where)
        counts = [-(-c // b) for c, b in zip(self.counts, self.bands, strict=True)]
        start, stop = f.share(self.images * product(counts) * self.pieces, thread, threads)
        with f.loop(f.div(start, self.pieces), f.div(f.add(stop, self.pieces - 1), self.pieces)) as piece:
            within = f.mul(piece, self.pieces)
            first, last = f.greatest(f.sub(start, within), 0), f.least(f.sub(stop, within), self.pieces)
            rest, origin = piece, []
            for axis in reversed(range(RANK)):
                origin.insert(0, f.mul(f.rem(rest, counts[axis]), self.bands[axis]))
                rest = f.div(rest, counts[axis])
            if self.direct:
                base = f.at(x, f.add(f.mul(rest, 0 if self.merged else self.problem.x.operand.strides[0]), self.problem.x.operand.offset), self.type)
            else:
                corner = [f.add(f.mul(o, axis.stride), axis.low) for o, axis in zip(origin, self.problem.axes, strict=True)]
                self.region.pack(f, machine, x, region, rest, corner, name)
                base = region
            if several:
                with f.loop(0, len(table)) as phase:
                    row = f.at(phases, f.mul(phase, len(table[0])), "i64")
                    fields = [f.load("i64", f.at(row, k, "i64")) for k in range(len(table[0]))]
                    tile.blocks(base, rest, origin, fields, first, last)
            else:
                tile.blocks(base, rest, origin, [i64(n) for n in table[0]], first, last)
        f.finish()


class Emission:
    """The code of the tiles of one function."""

    def __init__(self, plan: Plan, f: Function, pointers: list[Value], weights: Value, places: Value):
        self.plan, self.f, self.pointers, self.weights, self.places = plan, f, pointers, weights, places
        self.vector = vector(plan.type, plan.width)
        self.room = f.room(plan.type, plan.tile.rows * plan.block)

    def blocks(self, base: Value, n: Value, origin, fields, first: Value, last: Value) -> None:
        """Blocks `first` to `last` of results of the piece of image `n` that begins at `origin`, for one phase."""
        f, plan = self.f, self.plan
        starts, counts, (rows, steps, row, weight, size) = fields[:RANK], fields[RANK:2 * RANK], fields[2 * RANK:]
        ends = [f.least(f.add(o, b), c) for o, b, c in zip(origin, plan.bands, counts, strict=True)]
        tiles = [f.loop(origin[0], ends[0]), f.loop(origin[1], ends[1], plan.tile.height), f.loop(origin[2], ends[2], plan.tile.width)]
        loops = [*tiles, f.loop(first, last)] if plan.inner else [f.loop(first, last), *tiles]
        with contextlib.ExitStack() as stack:
            values = [stack.enter_context(loop) for loop in loops]
            block, (d, h, w) = (values[3], values[:3]) if plan.inner else (values[0], values[1:])
            panel = f.at(self.weights, f.add(weight, f.mul(block, size)), plan.type)
            number = f.rem(block, plan.blocks)
            channel = f.add(f.mul(f.div(block, plan.blocks), plan.lanes), f.mul(number, plan.block))
            left = f.sub(plan.lanes, f.mul(number, plan.block))
            see = f.mul(number, plan.block) if plan.lanewise else f.mul(f.div(block, plan.blocks), plan.problem.reduced)
            at = [d, h, w]
            if plan.direct:     # the last tile is moved back to where all that it reads exists
                at = [d, f.least(h, f.sub(counts[1], plan.tile.height)), f.least(w, f.sub(counts[2], plan.tile.width))]
            place = see
            for a, o, stride, step in zip(at, origin, plan.strides, plan.steps, strict=True):
                place = f.add(place, f.mul(a if plan.direct else f.sub(a, o), stride * step))
            self.sums(f.at(base, place, plan.type), panel, rows, steps, row)
            edges = [(f.sub(wanted, a), f.sub(f.least(f.add(wanted, size), end), a))
                     for wanted, a, end, size in zip((h, w), at[1:], ends[1:], (plan.tile.height, plan.tile.width), strict=True)]
            self.results(n, channel, left, starts, at, edges)

    def sums(self, x: Value, panel: Value, rows: Value, steps: Value, row: Value) -> None:
        """One tile's sums, left in `room`."""
        f, plan, tile, type = self.f, self.plan, self.plan.tile, self.plan.type
        biased = plan.problem.bias is not None
        sums = []
        for v in range(tile.vectors):
            first = f.load(self.vector, f.at(panel, v * plan.width, type)) if biased else constant(self.vector, 0)
            sums.append([f.variable(self.vector, first) for _ in range(tile.rows)])
        body = f.at(panel, plan.block, type) if biased else panel
        offsets = [h * plan.strides[1] * plan.steps[1] + w * plan.strides[2] * plan.steps[2] for h in range(tile.height) for w in range(tile.width)]

        def step(x: Value, weights: Value) -> None:
            vectors = [f.load(self.vector, f.at(weights, v * plan.width, type)) for v in range(tile.vectors)]
            for r, offset in enumerate(offsets):
                if not plan.lanewise:
                    element = f.splat(f.load(type, f.at(x, offset, type)), plan.width)
                for v in range(tile.vectors):
                    if plan.lanewise:
                        element = f.load(self.vector, f.at(x, offset + v * plan.width, type))
                    sum = sums[v][r]
                    f.store(f.fma(element, vectors[v], f.load(self.vector, sum, 64)), sum, 64)

        few = known(rows) is not None and known(rows) * known(steps) * tile.rows * tile.vectors <= 100     # written out: loops would cost more
        for t in range(known(rows)) if few else (None,):
            if few:
                begin = f.at(x, f.load("i64", f.at(self.places, f.add(row, t), "i64")), type)
                for j in range(known(steps)):
                    step(f.at(begin, j * plan.advance, type), f.at(body, (t * known(steps) + j) * plan.block, type))
            else:
                with f.loop(0, rows) as t:
                    begin = f.at(x, f.load("i64", f.at(self.places, f.add(row, t), "i64")), type)
                    weights = f.at(body, f.mul(f.mul(t, steps), plan.block), type)
                    with f.loop(0, steps) as j:
                        step(f.at(begin, f.mul(j, plan.advance), type), f.at(weights, f.mul(j, plan.block), type))
        for r in range(tile.rows):
            for v in range(tile.vectors):
                f.store(f.load(self.vector, sums[v][r], 64), f.at(self.room, r * plan.block + v * plan.width, type), 64)

    def results(self, n: Value, channel: Value, left: Value, starts, at, edges) -> None:
        """Hand a tile's sums to the epilogue: those of its places that are wanted and not another tile's. `left`: channels that there are."""
        f, plan = self.f, self.plan
        with f.loop(*edges[0]) as h:
            if plan.across:
                self._along_rows(n, channel, left, starts, at, h, edges[1])
                return
            with f.loop(*edges[1]) as w:
                row = f.at(self.room, f.mul(f.add(f.mul(h, plan.tile.width), w), plan.block), plan.type)
                n, place = self._place(n, starts, [at[0], f.add(at[1], h), f.add(at[2], w)])
                for v in range(plan.tile.vectors):
                    if plan.lanes % plan.block == 0:
                        self._emit(n, f.add(channel, v * plan.width), place, 1, f.load(self.vector, f.at(row, v * plan.width, plan.type), 64), None)
                        continue
                    there = f.sub(left, v * plan.width)
                    with f.when(f.compare("sgt", there, i64(0))):
                        value = f.load(self.vector, f.at(row, v * plan.width, plan.type), 64)
                        self._emit(n, f.add(channel, v * plan.width), place, 1, value, f.tail(there, plan.width))

    def _along_rows(self, n: Value, channel: Value, left: Value, starts, at, h: Value, edges) -> None:
        """The same with lanes along a row of places, for results whose rows are contiguous."""
        f, plan = self.f, self.plan
        number = f.iota(plan.width)
        with f.loop(0, f.least(left, plan.block)) as c:
            for w in range(0, plan.tile.width, plan.width):
                place = f.splat(f.add(i64(w), 0), plan.width)
                lane = f.op("add", number, place)
                wanted = f.op("and", f.compare("sge", lane, f.splat(edges[0], plan.width)), f.compare("slt", lane, f.splat(edges[1], plan.width)))
                row = f.at(self.room, f.add(f.mul(f.add(f.mul(h, plan.tile.width), w), plan.block), c), plan.type)
                pointers = f.emit(f"<{plan.width} x ptr>", f"getelementptr {plan.type}, ptr {row.name}, "
                                                           f"<{plan.width} x i64> <{', '.join(f'i64 {k * plan.block}' for k in range(plan.width))}>")
                value = f.gather(self.vector, pointers, wanted)
                _, index = self._place(n, starts, [at[0], f.add(at[1], h), f.add(at[2], w)])
                self._emit(n, f.add(channel, c), index, len(plan.output) - 1, value, wanted)

    def _place(self, n: Value, starts, at) -> tuple[Value, list[Value]]:
        """The image and the place in it that a place of this phase is."""
        f, plan = self.f, self.plan
        if not plan.merged:
            return n, [f.add(s, f.mul(a, axis.step)) for s, a, axis in zip(starts, at, plan.problem.axes, strict=True)]
        rest, place = at[2], []
        for size in reversed(three(plan.output[2:], 1)):
            place.insert(0, f.rem(rest, size))
            rest = f.div(rest, size)
        return rest, place

    def _emit(self, n: Value, channel: Value, place, axis: int, value: Value, mask: Value | None) -> None:
        index = [n, channel, *place[RANK + 2 - len(self.plan.output):]]
        self.plan.epilogue.emit(self.f, self.pointers, index, axis, value, mask)
