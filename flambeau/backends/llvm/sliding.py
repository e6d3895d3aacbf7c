"""How windows slide: what convolutions, both their gradients and pools share before any code is written.

A convolution and its adjoint are the same sum over taps, out[start + step · m] = Σ_taps x[m · stride + shift] · w[tap] along each axis. A convolution
has one phase (start 0, step 1); the adjoint of one with stride t has t of them, each seeing every t-th element of the kernel.
Axes are always three (depth, height, width); missing ones have one element and one tap.
"""
from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from .kernel import Machine

RANK = 3


def three(numbers, fill) -> tuple:
    """Numbers of the last axes as numbers of three axes."""
    return (*(fill,) * (RANK - len(numbers)), *numbers)


@dataclass(frozen=True)
class Phase:
    """Results start, start + step, … (`count` of them) along one axis, and their taps: (element of the kernel, shift), by shift."""

    start: int
    count: int
    taps: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Axis:
    """One axis of a sum over windows: `size` elements are read, `stride` apart from one result of a phase to the next."""

    size: int
    stride: int
    step: int
    phases: tuple[Phase, ...]

    @property
    def count(self) -> int:
        """Results of the longest phase."""
        return max((p.count for p in self.phases), default=0)

    @property
    def low(self) -> int:
        """The least shift of all taps."""
        return min((q for p in self.phases for _, q in p.taps), default=0)

    @property
    def high(self) -> int:
        """The greatest shift of all taps."""
        return max((q for p in self.phases for _, q in p.taps), default=0)

    def extent(self, count: int) -> int:
        """How many neighbouring elements `count` results see."""
        return (count - 1) * self.stride + self.high - self.low + 1

    def inside(self) -> bool:
        """Whether every tap of every result is an element."""
        return self.low >= 0 and (self.count - 1) * self.stride + self.high < self.size


def forward(size: int, places: int, kernel: int, stride: int, before: int, dilation: int) -> Axis:
    """The axis of a convolution (or of pooling): place p sees p · stride + k · dilation - before."""
    return Axis(size, stride, 1, (Phase(0, places, tuple((k, k * dilation - before) for k in range(kernel))),))


def adjoint(places: int, to: int, kernel: int, stride: int, before: int, dilation: int) -> Axis:
    """The axis of its adjoint: place s of the input gathers from the windows p with p · stride + k · dilation - before = s."""
    phases = []
    for start in range(min(stride, to)):
        taps = [(k, (start + before - k * dilation) // stride) for k in range(kernel) if (start + before - k * dilation) % stride == 0]
        phases.append(Phase(start, -(-(to - start) // stride), tuple(sorted(taps, key=lambda tap: tap[1]))))
    return Axis(places, 1, stride, tuple(phases))


@dataclass(frozen=True)
class Tile:
    """What one pass over the taps computes: height x width results of `vectors` registers each."""

    height: int
    width: int
    vectors: int

    @property
    def rows(self) -> int:
        return self.height * self.width


def tile_shapes(machine: Machine, height: int, width: int, most: int, shared: int = 0):
    """Tiles whose accumulators fit the registers, next to one row of vectors, one broadcast and `shared` others."""
    for vectors in range(1, min(most, 4) + 1):
        room = min((machine.registers - 1 - shared - vectors) // vectors, 28)
        for h in range(1, min(height, room) + 1):
            for w in range(1, min(width, room // h) + 1):
                yield Tile(h, w, vectors)


def cycles(rows: int, vectors: int, steps: float, broadcast: bool = True) -> float:
    """Estimated cycles of one tile: two multiply-adds or two loads a cycle, a latency of four, and what it takes to begin and to end."""
    loads = rows + vectors if broadcast else (rows + 1) * vectors
    return steps * (max(rows * vectors / 2, loads / 2, 4.0) + 0.6) + 3.0 * rows * vectors + 30


def best_tile(machine: Machine, height: int, width: int, vectors: int, steps: int, broadcast: bool = True) -> Tile:
    """The tile that computes height x width results of `vectors` registers soonest; `steps`: multiply-adds for each result."""
    def cost(tile: Tile):
        times = -(-height // tile.height) * -(-width // tile.width) * -(-vectors // tile.vectors)
        return times * cycles(tile.rows, tile.vectors, steps, broadcast), tile.height, -tile.rows
    return min(tile_shapes(machine, max(height, 1), max(width, 1), max(vectors, 1)), key=cost)


def product(numbers) -> int:
    """Π numbers"""
    return math.prod(numbers)


def round_up(n: int, to: int) -> int:
    """The least multiple of `to` that is not below n."""
    return -(-n // to) * to


def combinations(axes) -> list[tuple[Phase, ...]]:
    """One phase of each axis, in every combination."""
    return list(itertools.product(*[axis.phases for axis in axes]))


def bands(counts, tile, nbytes, budget: int, images: int, pieces: int) -> tuple[int, ...]:
    """How many results of each axis are computed from one packed region: multiples of the tile, so that the region (nbytes(counts)) stays in the
    cache and there is work to share out. It depends on the shapes alone, so that results do not depend on the number of threads."""
    size = [round_up(max(c, 1), t) for c, t in zip(counts, tile, strict=True)]

    def halve(axis):
        size[axis] = round_up((size[axis] + 1) // 2, tile[axis])
    while nbytes(size) > budget and any(s > t for s, t in zip(size, tile, strict=True)):
        halve(next(a for a, (s, t) in enumerate(zip(size, tile, strict=True)) if s > t))
    for axis, (count, t) in enumerate(zip(counts, tile, strict=True)):
        least = max(t, 4) if axis < RANK - 1 else 8 * t
        while images * pieces * product(-(-max(c, 1) // s) for c, s in zip(counts, size, strict=True)) < 16 and size[axis] >= 2 * least and count > 1:
            halve(axis)
    return tuple(size)
