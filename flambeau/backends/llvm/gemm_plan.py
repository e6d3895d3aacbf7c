"""How a contraction is cut up: which axis runs along vector lanes, tile sizes, what is packed, and what that costs.

A tile of R rows x V vectors of sums stays in registers while k runs: each step loads V vectors of one operand (the *lanes* side) and R scalars
of the other (the *rows* side), each of which is broadcast and multiplied with every vector. Either of m and n may be the lanes side. The rows
side is read wherever it lies, whatever its strides; the lanes side needs its lanes side by side in memory, and is copied into panels, [k][V
vectors], where they are not. All candidates are priced in cycles, and the cheapest is taken.
"""
from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import NamedTuple

from .ir import Function, Value, is_float, size_of
from .kernel import Epilogue, Machine, Operand

L1, L2 = 32 << 10, 1 << 20      # bytes of cache that blocks are made for: what nearly every processor has
BARRIER = 800.0                 # cycles of a kernel more
SEVERAL = 20_000.0              # cycles from which a kernel is run by several threads
CLOCK = 3.0                     # cycles a nanosecond: estimates need no better
STRIP = 48                      # rows of a strip
TRANSPOSABLE = 16               # vectors of more lanes than this are not transposed in registers


@dataclass(frozen=True)
class Side:
    """One operand, seen from its own free axis (m of a, n of b)."""

    operand: Operand
    count: int                  # how long the free axis is
    step: int                   # stride along it, in elements
    depth: int                  # stride along k
    batch: tuple[int, ...]      # strides along the batch axes

    @property
    def repeats(self) -> bool:
        """Whether all batches read the same elements."""
        return not any(self.batch)


class Split(NamedTuple):
    """`total` things in `parts` parts that differ by one at most, the longer ones first: one size of tile, or two."""

    total: int
    parts: int

    @property
    def short(self) -> int:
        """The length of the shorter parts."""
        return self.total // self.parts

    @property
    def extra(self) -> int:
        """How many parts are longer by one."""
        return self.total % self.parts

    @property
    def long(self) -> int:
        """The length of the longest part."""
        return -(-self.total // self.parts)

    @property
    def sizes(self) -> tuple[tuple[int, int, int], ...]:
        """(length, first part, end of the parts) of each length that occurs."""
        found = [(self.short + 1, 0, self.extra)] if self.extra else []
        return (*found, (self.short, self.extra, self.parts))

    def start(self, f: Function, part: Value) -> Value:
        """Where a part begins."""
        begin = f.mul(part, self.short)
        return f.add(begin, f.least(part, self.extra)) if self.extra else begin

    @staticmethod
    def most(total: int, longest: int) -> Split:
        """As few parts as hold `longest` things each."""
        return Split(total, max(1, -(-total // longest)))


@dataclass(frozen=True)
class Plan:
    """The cut that was chosen. A *word* is what one step along k reads of an operand: an element, or two bfloats side by side (`pairs`)."""

    lanes_on_m: bool
    pairs: bool                 # bfloat products by dpbf16ps
    rows: Split                 # row tiles
    vectors: Split              # panels, in vectors
    lanes_from: str             # "memory" (used where it lies), "own" (each thread packs the panels that it uses), "shared" (packed beforehand)
    rows_from: str              # "memory", "own" (each thread packs the strips that it uses) or "shared"
    words: int                  # steps along k
    block: int                  # words of one pass over k; the sums wait in memory between passes
    tall: int                   # row tiles whose sums wait together, if there are several passes
    strips: Split | None        # row tiles in strips, each of which passes all panels before the next one's turn; None: panel by panel
    cycles: float

    @cached_property
    def passes(self) -> int:
        """How often the row tiles are gone over."""
        return -(-self.words // self.block) if self.words else 1


def sides(spec, lanes_on_m: bool) -> tuple[Side, Side]:
    """(rows side, lanes side)"""
    a, b = spec.a, spec.b
    left = Side(a, spec.m, _stride(spec.m, a.strides[-2], 1), _stride(spec.k, a.strides[-1], 1), _batch(spec.batch, a.strides))
    right = Side(b, spec.n, _stride(spec.n, b.strides[-1], 1), _stride(spec.k, b.strides[-2], 1), _batch(spec.batch, b.strides))
    return (right, left) if lanes_on_m else (left, right)


def _stride(size: int, stride: int, single: int) -> int:
    return single if size == 1 else stride      # what is never stepped along may as well be contiguous


def _batch(batch: tuple[int, ...], strides: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(0 if size == 1 else stride for size, stride in zip(batch, strides, strict=False))


def maskable(type: str, machine: Machine) -> bool:
    """Whether masked loads are one instruction: elsewhere LLVM makes a branch for each lane."""
    if "avx512f" in machine.features:
        return size_of(type) >= 4 or "avx512bw" in machine.features
    return "avx2" in machine.features and size_of(type) in (4, 8)


def lanes_of(accumulate: str, machine: Machine) -> int:
    """Lanes of a vector of sums. Small integers take no more than i32 would: code for 64 lanes is long, and masks and transposes are made for 16."""
    return machine.width(accumulate if size_of(accumulate) >= 4 else "i32")


def choose(spec, epilogue: Epilogue, machine: Machine) -> Plan:
    """The cheapest plan."""
    return min(candidates(spec, epilogue, machine), key=lambda plan: plan.cycles)


def candidates(spec, epilogue: Epilogue, machine: Machine) -> list[Plan]:
    """All plans that are considered."""
    return [plan for on_m in (False, True) for plan in _Pricing(spec, epilogue, machine, on_m).plans()]


def fast_pairs(machine: Machine) -> bool:
    """Whether dpbf16ps pays: two a cycle on AMD's cores, but one in two cycles on Intel's (measured: 0.70 ns, and 0.19 ns for a float FMA), where
    bfloats widened to floats are multiplied twice as fast."""
    return "avx512bf16" in machine.features and machine.vector_bytes == 64 and machine.cpu.startswith("znver")


class _Pricing:
    """What plans cost whose lanes run along m, or along n. Figures are cycles as measured on an AVX-512 processor of 2023."""

    def __init__(self, spec, epilogue: Epilogue, machine: Machine, lanes_on_m: bool):
        self.spec, self.epilogue, self.machine, self.lanes_on_m = spec, epilogue, machine, lanes_on_m
        self.rows, self.lanes = sides(spec, lanes_on_m)
        self.width = lanes_of(spec.accumulate, machine)
        self.pairs = spec.a.type == spec.b.type == "bfloat" and spec.accumulate == "float" and fast_pairs(machine)
        self.words = -(-spec.k // 2) if self.pairs else spec.k
        self.batches = prod(spec.batch)
        self.count = -(-self.lanes.count // self.width)
        self.vector_bytes = self.width * size_of(spec.accumulate)
        axis = len(spec.batch) + (0 if lanes_on_m else 1)
        self.scattered = epilogue.lanes is not None and epilogue.lanes != axis and self.lanes.count > 1

    def plans(self):
        """Every tile size, with each way to read its sides."""
        fused = is_float(self.spec.accumulate) and self.machine.features & {"fma", "neon", "avx512f"}
        spare = self.machine.registers - (1 if fused else 2)
        seen = set()
        for wide in (1, 2, 3, 4, 6):
            tall = min((spare - wide) // wide, 24)
            if tall < 1:
                continue
            cut = Split.most(self.rows.count, tall), Split.most(self.count, wide)
            if cut in seen:
                continue
            seen.add(cut)
            for lanes_from in self._lanes_from():
                for rows_from in self._rows_from():
                    yield self._plan(*cut, rows_from, lanes_from)
                if lanes_from != "own" and self.words and self.rows.count >= STRIP * 4:
                    for rows_from in self._rows_from(strips=True):
                        yield self._plan(*cut, rows_from, lanes_from, strips=True)

    def _lanes_from(self):
        if self._readable and self.lanes.step == 1 and not self.pairs:
            yield "memory"
        if self.words:
            yield "own"
            yield "shared"
        elif self.pairs or self.lanes.step != 1 or not self._readable:
            yield "memory"              # nothing is read at all

    @property
    def _readable(self) -> bool:
        return self.lanes.count % self.width == 0 or maskable(self.lanes.operand.type, self.machine)

    def _rows_from(self, strips: bool = False):
        side = self.rows
        if not self.pairs or side.depth == 1 or not self.words:
            yield "memory"
        if strips:
            if side.step == 1 and side.depth != 1 and not self.pairs and maskable(side.operand.type, self.machine):
                yield "own"
        elif self.words and (self.pairs and self.rows.depth != 1 or self._narrow(self.rows) or self.words * self.rows.count * self.count > 1 << 19):
            yield "shared"

    def _narrow(self, side: Side) -> bool:
        """Whether elements must be widened before they are multiplied."""
        return not self.pairs and side.operand.type != self.spec.accumulate

    def _plan(self, rows: Split, vectors: Split, rows_from: str, lanes_from: str, strips: bool = False) -> Plan:
        words, batches = self.words, self.batches
        block = words
        panel_bytes = vectors.long * self.vector_bytes
        if words * panel_bytes > L2 // 4:           # a panel and the rows that meet it stay in the second-level cache
            passes = -(-words * panel_bytes // (L2 // 8))
            block = (-(-words // passes) + 3) // 4 * 4
        # as many strips as can be shared out evenly
        pieces = Split(rows.parts, min(rows.parts, -(-self.rows.count // (STRIP * 4)) * 4)) if strips else None
        tall = max(1, min(rows.parts, (L2 // 4) // (rows.long * panel_bytes)))
        cycles = 0.0
        for v, v0, v1 in vectors.sizes:
            for r, r0, r1 in rows.sizes:
                loads = self._row_loads(r, rows_from) + (v if lanes_from != "memory" else v * self._direct_load(vectors))
                products = r * v
                if rows_from == "memory" and self._narrow(self.rows):
                    products += 3 * r
                if lanes_from == "memory" and self._narrow(self.lanes):
                    products += 2 * v
                # what each line of the sides costs even where the multipliers are what is waited for
                aside = 0.15 * r + v * (0.5 if lanes_from == "memory" else 0.05) + (0.3 * v if block * panel_bytes > L1 else 0)
                cycles += (v1 - v0) * (r1 - r0) * (max(products / 2, loads / 2 + r * v / 16, 4.0) + aside)
        cycles = batches * (cycles * words + 60 * rows.parts * vectors.parts)
        row_bytes, lane_bytes = (count * words * size_of(self.spec.accumulate) for count in (self.rows.count, self.lanes.count))
        # what the cache does not hold comes from further away for each panel, or each strip
        if (lane_bytes if strips else row_bytes) > L2:
            cycles += batches * (lane_bytes * pieces.parts if strips else row_bytes * vectors.parts) / 16
        # what threads do not share out is read by all of them, and was written by others
        cycles += batches * (lane_bytes if strips else row_bytes) / 32
        results = batches * self.rows.count * self.count
        cycles += results * (2 + (self.epilogue.scattered if self.scattered else 0) + self.epilogue.work * self.width * CLOCK)
        if block < words:
            cycles += results * 4 * (-(-words // block))
        if rows_from == "own":
            cycles += 0.5 * words * self.rows.count * batches
        elif rows_from == "shared":
            price = 1.2 if self.pairs or 1 not in (self.rows.step, self.rows.depth) else 0.45 if self.rows.depth == 1 else 0.75
            cycles += price * words * self.rows.count * (1 if self.rows.repeats else batches) + BARRIER
        if lanes_from != "memory":
            packed = words * self.count * (1 if self.lanes.repeats and lanes_from == "shared" else batches)
            # a panel that one thread alone uses is best packed by it, just before; each of the threads that share one packs it for itself
            again = 1 + 2 / (vectors.parts * batches) if lanes_from == "own" and cycles > SEVERAL else 1
            cycles += packed * again * self._pack_price() + (BARRIER + 4 * packed if lanes_from == "shared" else 0)
        return Plan(self.lanes_on_m, self.pairs, rows, vectors, lanes_from, rows_from, words, max(block, 1), tall, pieces, cycles)

    def _row_loads(self, r: int, rows_from: str) -> float:
        """What the scalars of one step along k take, in loads."""
        if rows_from != "memory":
            return r
        side, size = self.rows, size_of(self.rows.operand.type)
        if side.depth == 1:
            # lines a multiple of 4096 bytes apart fall on the same few places of the first-level cache
            clash = r > 8 and side.step * size % 4096 == 0 and self.words > 64
            return r + (r * 8 * size / 64 if clash else 0)
        reach = self.words * abs(side.depth) * size            # each step reads other lines
        lines = 1 if side.step == 1 else r
        return r + (lines * 16 if reach > L2 else lines * 2 if reach > L1 else 0)

    def _direct_load(self, vectors: Split) -> float:
        """What a vector of lanes takes that is read where it lies, in loads: two lines for the most, a page for each step where lines are long."""
        pitch = abs(self.lanes.depth) * size_of(self.lanes.operand.type)
        return 2 + (6 if self.words * pitch > L2 and pitch >= 2048 else 0)

    def _pack_price(self) -> float:
        """Cycles for one vector of a panel."""
        if self.lanes.step == 1:
            return 7.0
        if self.lanes.depth == 1 and self.width <= TRANSPOSABLE:
            return 6.0
        return 1.5 * self.width

