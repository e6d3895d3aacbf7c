"""The register tile of a contraction: R rows x V vectors of sums, kept in registers while k runs."""
from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .ir import Function, Value, constant, is_float, known, like, scalar, size_of, vector

BUSY = 12                   # products that one turn of the loop along k should have at least


class Source(NamedTuple):
    """Where one side of a tile is read: element (free axis i, word k) lies at pointer + i · step + k · depth, counted in elements of `type`."""

    pointer: Value
    type: str
    step: int
    depth: int


def convert(f: Function, x: Value, type: str) -> Value:
    """A number, or each lane of a vector, as `type`. Integers are signed."""
    have, want = scalar(x.type), scalar(type)
    target = like(want, x.type)
    if have == want:
        return x
    if not is_float(want):
        return f.convert("sext" if size_of(have) < size_of(want) else "trunc", x, target)
    if not is_float(have):
        return f.convert("sitofp", x, target)
    if size_of(have) == size_of(want):          # half and bfloat hold different numbers: by way of float
        x, have = f.convert("fpext", x, like("float", x.type)), "float"
    return f.convert("fpext" if size_of(have) < size_of(want) else "fptrunc", x, target)


@dataclass(frozen=True)
class Words:
    """What one step along k multiplies: an element of each side as the accumulating type, or a pair of bfloats (dpbf16ps adds both products)."""

    accumulate: str
    pairs: bool
    width: int              # lanes of a vector of sums

    @property
    def type(self) -> str:
        """How a word lies in packed memory."""
        return "i32" if self.pairs else self.accumulate

    @property
    def sums(self) -> str:
        """The type of a vector of sums."""
        return vector(self.accumulate, self.width)

    def row(self, f: Function, source: Source, offset, single: bool = False) -> Value:
        """One word of the rows side in every lane. single: only the first of a pair exists."""
        pointer = f.at(source.pointer, offset, source.type)
        if not self.pairs:
            return f.splat(convert(f, f.load(source.type, pointer), self.accumulate), self.width)
        if single:
            word = f.convert("zext", f.load("i16", pointer), "i32")
        else:
            word = f.load("i32", pointer, size_of(source.type))
        return f.convert("bitcast", f.splat(word, self.width), f"<{2 * self.width} x bfloat>")

    def lanes(self, f: Function, source: Source, offset, mask: Value | None) -> Value:
        """A vector of words of the lanes side."""
        pointer, type = f.at(source.pointer, offset, source.type), vector(source.type, self.width)
        loaded = f.load(type, pointer) if mask is None else f.masked_load(type, pointer, mask)
        return f.convert("bitcast", loaded, f"<{2 * self.width} x bfloat>") if self.pairs else convert(f, loaded, self.accumulate)

    def multiply(self, f: Function, row: Value, column: Value, sums: Value) -> Value:
        """sums + row · column"""
        if self.pairs:
            return f.intrinsic("llvm.x86.avx512bf16.dpbf16ps.512", sums.type, sums, row, column, overload="")
        if is_float(self.accumulate):
            return f.fma(row, column, sums)
        return f.op("add", f.op("mul", row, column), sums)


def tile(f: Function, words: Words, rows: Source, columns: Source, size: tuple[int, int], span: tuple, masks: list[Value | None],
         sums: list[list[Value]], odd: Value | None = None) -> list[list[Value]]:
    """sums[r][v] + Σ over the words of `span` (start, stop) of rows(r, k) · columns(vector v, k).

    masks   for each vector: the lanes that exist where columns are read in place, None for all
    odd     the index of a last word of which only the first half exists (read by itself), None if there is none
    """
    r_count, v_count = size
    start, stop = span
    variables = [[f.variable(words.sums, value) for value in line] for line in sums]

    def step(k, ahead: int, single: bool = False) -> None:
        along = f.add(f.mul(k, columns.depth), ahead * columns.depth)
        vectors = [words.lanes(f, columns, f.add(along, v * words.width), masks[v]) for v in range(v_count)]
        along = f.mul(k, rows.depth)
        for r in range(r_count):
            row = words.row(f, rows, f.add(along, r * rows.step + ahead * rows.depth), single)
            for v in range(v_count):
                at = variables[r][v]
                f.store(words.multiply(f, row, vectors[v], f.load(words.sums, at, 64)), at, 64)

    full = stop if odd is None else f.least(stop, odd)
    # a turn of many products hides what the loop itself costs; unrolling it further only makes more code
    unroll = max(1, BUSY // (r_count * v_count))
    middle = f.sub(full, f.rem(f.sub(full, start), unroll))
    with f.loop(start, middle, unroll) as k:
        for ahead in range(unroll):
            step(k, ahead)
    if known(f.sub(full, middle)) != 0:
        with f.loop(middle, full) as k:
            step(k, 0)
    if odd is not None:
        with f.when(f.compare("sgt", f.index(stop), odd)):
            step(odd, 0, single=True)
    return [[f.load(words.sums, at, 64) for at in line] for line in variables]


def nothing(words: Words, size: tuple[int, int]) -> list[list[Value]]:
    """Sums of no products."""
    return [[constant(words.sums, 0.0 if is_float(words.accumulate) else 0)] * size[1] for _ in range(size[0])]

