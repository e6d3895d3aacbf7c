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
CLOCK = 3.0                     # cycles a nanosecond: estimates need no better
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
    rows_from: str              # "memory" or "shared"
    words: int                  # steps along k
    block: int                  # words of one pass over k; the sums wait in memory between passes
    tall: int                   # row tiles whose sums wait together, if there are several passes
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
    return min((plan for on_m in (False, True) for plan in _candidates(spec, epilogue, machine, on_m)), key=lambda plan: plan.cycles)


def _candidates(spec, epilogue: Epilogue, machine: Machine, lanes_on_m: bool):
    rows, lanes = sides(spec, lanes_on_m)
    width = lanes_of(spec.accumulate, machine)
    pairs = (rows.operand.type == lanes.operand.type == "bfloat" and spec.accumulate == "float" and "avx512bf16" in machine.features
             and machine.vector_bytes == 64)
    words = -(-spec.k // 2) if pairs else spec.k
    batches = prod(spec.batch)
    count = -(-lanes.count // width)
    aligned_with = len(spec.batch) + (0 if lanes_on_m else 1)
    scattered = epilogue.lanes is not None and epilogue.lanes != aligned_with and lanes.count > 1

    direct = not pairs and lanes.step == 1 and (lanes.count % width == 0 or maskable(lanes.operand.type, machine))
    spare = machine.registers - (1 if is_float(spec.accumulate) and "fma" in machine.features | _always_fused(machine) else 2)
    seen = set()
    for wide in (1, 2, 3, 4, 6):
        tall = min((spare - wide) // wide, 24)
        if tall < 1:
            continue
        vectors, tiles = Split.most(count, wide), Split.most(rows.count, tall)
        if (vectors, tiles) in seen:
            continue
        seen.add((vectors, tiles))
        panels = batches * vectors.parts
        per_word = 0.0
        for v, v0, v1 in vectors.sizes:
            for r, r0, r1 in tiles.sizes:
                loads = (r + v * (2 if direct else 1)) / 2
                per_word += (v1 - v0) * (r1 - r0) * max(r * v / 2, loads, 4.0)
        compute = batches * per_word * words
        results = batches * rows.count * count
        compute += batches * vectors.parts * tiles.parts * 30
        finish = results * (2 + (32 if scattered else 0) + epilogue.work * width * CLOCK)
        rows_from = "shared" if pairs and rows.depth != 1 else "memory"
        packed_rows = 0.0
        if rows_from == "shared":
            packed_rows = 0.6 * words * rows.count * (1 if rows.repeats else batches)
        if direct:
            lanes_from, packed_lanes = "memory", 0.0
        else:
            vectors_packed = words * count * (1 if lanes.repeats else batches)
            packed_lanes = vectors_packed * _pack_price(lanes, width, spec.accumulate)
            lanes_from = "own" if panels >= 16 and not (lanes.repeats and batches > 1) else "shared"
            if lanes_from == "own" and lanes.repeats:
                packed_lanes *= batches
        # block over k where a panel outgrows the second-level cache
        panel_bytes = vectors.long * width * size_of(spec.accumulate)
        block = words
        if words * panel_bytes > L2 // 2:
            passes = -(-words * panel_bytes // (L2 // 4))
            block = (-(-words // passes) + 3) // 4 * 4
        tall_block = max(1, min(tiles.parts, (L2 // 4) // (tiles.long * panel_bytes)))
        yield Plan(lanes_on_m, pairs, tiles, vectors, lanes_from, rows_from, words, max(block, 1), tall_block,
                   compute + finish + packed_rows + packed_lanes)


def _pack_price(lanes: Side, width: int, accumulate: str) -> float:
    """Cycles for one vector of a panel."""
    if lanes.step == 1:
        return 2.0
    if lanes.depth == 1 and width <= TRANSPOSABLE:
        return 6.0
    return 1.5 * width


def _always_fused(machine: Machine) -> frozenset[str]:
    return frozenset({"fma"}) if "neon" in machine.features or "avx512f" in machine.features else frozenset()

