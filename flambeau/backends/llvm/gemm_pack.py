"""Copies of operands in the order in which register tiles read them.

Lanes side: panels [panel][k][vectors]; rows side: tiles; k counts words (see gemm_plan). Panels are as long as the longest, so that
every offset is a product; what lies past the end of the operand is filled with anything (repeated lanes) or with zeros (k).
"""
from __future__ import annotations

from .gemm_plan import TRANSPOSABLE, Side, Split, maskable
from .gemm_tile import Source, Words, convert
from .ir import Function, Value, constant, i64, size_of, vector
from .kernel import Machine

AHEAD = 16                  # steps along k by which memory is asked for beforehand
FAR = 1024                  # bytes from step to step from which on no processor guesses where the next lies
CHUNK = 64                  # words that one piece of the shared packing covers


def depth_padded(words: int) -> int:
    """Words that a panel holds along k: whole blocks of transposition."""
    return -(-words // TRANSPOSABLE) * TRANSPOSABLE


def transpose(f: Function, rows: list[Value]) -> list[Value]:
    """A square of lanes transposed: log2 n rounds, each exchanging the off-diagonal blocks of half the size."""
    n = len(rows)
    half = 1
    while half < n:
        result = list(rows)
        for i in range(n):
            if i & half:
                continue
            j = i | half
            low = [n + (e ^ half) if e & half else e for e in range(n)]
            high = [n + e if e & half else e ^ half for e in range(n)]
            result[i], result[j] = f.shuffle(rows[i], rows[j], low), f.shuffle(rows[i], rows[j], high)
        rows = result
        half *= 2
    return rows


def ask(f: Function, base: Value, side: Side, k: Value, count: int) -> None:
    """Prefetch `count` neighbours along the free axis, some steps along k after `k`."""
    size = size_of(side.operand.type)
    if abs(side.depth) * size >= FAR:
        there = f.at(base, f.mul(f.add(k, AHEAD), side.depth), side.operand.type)
        for offset in range(0, count * size, 64):
            f.prefetch(f.at(there, offset, "i8"))


class LanesPacking:
    """How the panels of one operand are filled."""

    def __init__(self, side: Side, words: Words, count: int, vectors: Split, depth: int, machine: Machine):
        """count: words along k; depth: elements along k"""
        self.side, self.words, self.count, self.vectors, self.depth, self.machine = side, words, count, vectors, depth, machine
        self.width, self.type = words.width, side.operand.type
        self.row = vectors.long * words.width               # words between steps along k
        self.per_word = 2 if words.pairs else 1
        self.load_masks = maskable(self.type, machine)

    @property
    def nbytes(self) -> int:
        """Bytes of one panel."""
        return depth_padded(self.count) * self.row * size_of(self.words.type)

    def source(self, panel: Value) -> Source:
        """A panel as a side of a tile."""
        return Source(panel, self.words.type, 1, self.row)

    def fill(self, f: Function, base: Value, lane: Value, start, stop, panel: Value) -> None:
        """Words [start, stop) along k of the panel whose first lane is `lane`; start is a multiple of 16. base: the operand's (lane 0, k 0)."""
        side = self.side
        if side.step == 1 and (self.load_masks or side.count % self.width == 0):
            self._copy(f, base, lane, start, stop, panel)
        elif side.depth == 1 and self.width <= TRANSPOSABLE and (self.load_masks or self.depth % (self.width * self.per_word) == 0):
            self._transpose(f, base, lane, start, stop, panel)
        else:
            self._scalars(f, base, lane, start, stop, panel)

    def _store(self, f: Function, value: Value, panel: Value, k, offset) -> None:
        f.store(value, f.at(panel, f.add(f.mul(k, self.row), offset), self.words.type))

    def _copy(self, f, base, lane, start, stop, panel) -> None:
        """Lanes lie side by side already."""
        masks = []
        for v in range(self.vectors.long):
            surely = (self.vectors.parts == 1 or self.vectors.extra == 0 or v < self.vectors.short) and self.side.count % self.width == 0
            left = f.greatest(f.sub(f.sub(self.side.count, lane), v * self.width), 0)
            masks.append(None if surely else f.tail(left, self.width))
        type = vector(self.type, self.width)

        def read(k, v: int, ahead: int) -> Value:
            element = f.add(f.mul(k, self.per_word * self.side.depth), ahead * self.side.depth + v * self.width)
            pointer = f.at(f.at(base, lane, self.type), element, self.type)
            return f.load(type, pointer) if masks[v] is None else f.masked_load(type, pointer, masks[v])

        def step(k, single: bool) -> None:
            for v in range(self.vectors.long):
                value = read(k, v, 0)
                if self.words.pairs:
                    other = constant(type, 0) if single else read(k, v, 1)
                    order = [lane + half * self.width for lane in range(self.width) for half in (0, 1)]
                    value = f.convert("bitcast", f.shuffle(value, other, order), vector("i32", self.width))
                else:
                    value = convert(f, value, self.words.accumulate)
                self._store(f, value, panel, k, v * self.width)

        full = f.least(stop, self.depth // self.per_word)
        with f.loop(start, full) as k:
            ask(f, f.at(base, lane, self.type), self.side, f.mul(k, self.per_word), self.row)
            step(k, False)
        if self.depth % self.per_word:
            with f.when(f.compare("sgt", f.index(stop), full)):
                step(full, True)

    def _transpose(self, f, base, lane, start, stop, panel) -> None:
        """Words along k lie side by side: squares of lanes x words are transposed in registers."""
        n, per = self.width, self.per_word
        type = vector(self.type, n * per)
        ragged = self.depth % (n * per) != 0
        last = self.side.count - 1
        with f.loop(0, self.vectors.long) as v:
            first = f.add(lane, f.mul(v, n))
            origins = []
            for i in range(n):
                index = f.add(first, i)
                exact = self.side.count % n == 0 and (self.vectors.extra == 0)
                index = index if exact else f.least(index, last)            # lanes that do not exist repeat the last one
                origins.append(f.at(base, f.mul(index, self.side.step), self.type))
            with f.loop(start, stop, n) as k:
                element = f.mul(k, per)
                mask = f.tail(f.sub(self.depth, element), n * per) if ragged else None
                square = []
                for origin in origins:
                    pointer = f.at(origin, element, self.type)
                    value = f.load(type, pointer) if mask is None else f.masked_load(type, pointer, mask)
                    square.append(f.convert("bitcast", value, vector("i32", n)) if self.words.pairs else convert(f, value, self.words.accumulate))
                for i, value in enumerate(transpose(f, square)):
                    self._store(f, value, panel, f.add(k, i), f.mul(v, n))

    def _scalars(self, f, base, lane, start, stop, panel) -> None:
        """Any strides: element by element."""
        last = self.side.count - 1
        with f.loop(start, stop) as k, f.loop(0, self.row) as j:
            index = f.least(f.add(lane, j), last)
            element = f.add(f.mul(index, self.side.step), f.mul(k, self.per_word * self.side.depth))
            self._store(f, scalar_word(f, self.words, self.side, base, element, k, self.depth), panel, k, j)


def scalar_word(f: Function, words: Words, side: Side, base: Value, element: Value, k: Value, depth: int) -> Value:
    """One word read element by element."""
    type = side.operand.type
    if not words.pairs:
        return convert(f, f.load(type, f.at(base, element, type)), words.accumulate)
    low = f.convert("zext", f.load("i16", f.at(base, element, type)), "i32")
    other = f.add(element, side.depth)
    if depth % 2:               # the missing half of the last pair is zero; its address repeats the first half's
        exists = f.compare("slt", f.add(f.mul(k, 2), 1), i64(depth))
        high = f.convert("zext", f.load("i16", f.at(base, f.select(exists, other, element), type)), "i32")
        high = f.select(exists, high, constant("i32", 0))
    else:
        high = f.convert("zext", f.load("i16", f.at(base, other, type)), "i32")
    return f.op("or", low, f.op("shl", high, constant("i32", 16)))


class RowsPacking:
    """How the row tiles of one operand are copied: [tile][row][k] where words along k lie side by side already, else [tile][k][row]."""

    def __init__(self, side: Side, words: Words, count: int, tiles: Split, depth: int, machine: Machine):
        """count: words along k; depth: elements along k"""
        self.side, self.words, self.count, self.tiles, self.depth, self.machine = side, words, count, tiles, depth, machine
        self.vectors_allowed = not words.pairs and maskable(side.operand.type, machine) and maskable(words.accumulate, machine)
        self.along_k = side.depth == 1 and self.vectors_allowed
        # rows begin at other places of the first-level cache: at distances of 4096 bytes they would push each other out
        self.pitch = -(-count // words.width) * words.width + words.width

    @property
    def nbytes(self) -> int:
        """Bytes of one tile."""
        return (self.pitch if self.along_k else self.count) * self.tiles.long * size_of(self.words.type)

    def source(self, tile: Value) -> Source:
        """A tile as a side of a register tile."""
        return Source(tile, self.words.type, self.pitch, 1) if self.along_k else Source(tile, self.words.type, 1, self.tiles.long)

    def fill(self, f: Function, base: Value, row: Value, start, stop, tile: Value) -> None:
        """Words [start, stop) along k of the tile whose first row is `row`; start is a multiple of 16."""
        if self.along_k:
            self._vectors_along_k(f, base, row, start, stop, tile)
        elif self.side.step == 1 and self.vectors_allowed:
            self._vectors_along_rows(f, base, row, start, stop, tile)
        else:
            self._scalars(f, base, row, start, stop, tile)

    def _vectors_along_k(self, f, base, row, start, stop, tile) -> None:
        side, width, type = self.side, self.words.width, self.side.operand.type
        with f.loop(0, self.tiles.long) as r:
            origin = f.at(base, f.mul(f.least(f.add(row, r), side.count - 1), side.step), type)     # rows that do not exist repeat the last one
            with f.loop(start, stop, width) as k:
                at = f.at(origin, k, type)
                if self.depth % width:
                    value = f.masked_load(vector(type, width), at, f.tail(f.sub(self.depth, k), width))
                else:
                    value = f.load(vector(type, width), at)
                f.store(convert(f, value, self.words.type), f.at(tile, f.add(f.mul(r, self.pitch), k), self.words.type))

    def _vectors_along_rows(self, f, base, row, start, stop, tile) -> None:
        side, width, type, long = self.side, self.words.width, self.side.operand.type, self.tiles.long
        left = f.least(f.sub(side.count, row), long)
        parts = range(0, long, width)
        reads = [f.tail(f.greatest(f.sub(left, first), 0), width) for first in parts]
        writes = [f.tail(i64(long - first), width) for first in parts]
        with f.loop(start, stop) as k:
            for first, read, write in zip(parts, reads, writes, strict=True):
                value = f.masked_load(vector(type, width), f.at(base, f.add(f.add(row, f.mul(k, side.depth)), first), type), read)
                f.masked_store(convert(f, value, self.words.type), f.at(tile, f.add(f.mul(k, long), first), self.words.type), write)

    def _scalars(self, f, base, row, start, stop, tile) -> None:
        last = self.side.count - 1
        indices = [f.add(row, i) if self.tiles.extra == 0 else f.least(f.add(row, i), last) for i in range(self.tiles.long)]
        origins = [f.mul(index, self.side.step) for index in indices]
        with f.loop(start, stop) as k:
            along = f.mul(k, (2 if self.words.pairs else 1) * self.side.depth)
            for i, origin in enumerate(origins):
                value = scalar_word(f, self.words, self.side, base, f.add(origin, along), k, self.depth)
                f.store(value, f.at(tile, f.add(f.mul(k, self.tiles.long), i), self.words.type))


class StripPacking:
    """How a strip of rows that lie side by side in memory is copied: [k][rows], so that a row tile is a part of each line."""

    def __init__(self, side: Side, words: Words, count: int, most: int, least: int):
        """count: words along k; most, least: rows that a strip has"""
        self.side, self.words, self.count, self.least = side, words, count, least
        self.pitch = -(-most // words.width) * words.width

    @property
    def nbytes(self) -> int:
        """Bytes of a strip."""
        return self.count * self.pitch * size_of(self.words.type)

    def source(self, strip: Value) -> Source:
        """A strip as a side of a register tile."""
        return Source(strip, self.words.type, 1, self.pitch)

    def fill(self, f: Function, base: Value, row: Value, strip: Value) -> None:
        """Copy the strip whose first row is `row`. base: the operand's (row 0, k 0)."""
        side, width, type = self.side, self.words.width, self.side.operand.type
        base, left = f.at(base, row, type), f.sub(side.count, row)
        masks = [None if first + width <= self.least else f.tail(f.greatest(f.sub(left, first), 0), width) for first in range(0, self.pitch, width)]
        with f.loop(0, self.count) as k:
            ask(f, base, side, k, self.pitch)
            for v, mask in enumerate(masks):
                at = f.at(base, f.add(f.mul(k, side.depth), v * width), type)
                value = f.load(vector(type, width), at) if mask is None else f.masked_load(vector(type, width), at, mask)
                f.store(convert(f, value, self.words.type), f.at(strip, f.add(f.mul(k, self.pitch), v * width), self.words.type), 64)
