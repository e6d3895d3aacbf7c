"""Sizes as a file computes them: from the shapes of values that it has, by sums, products and quotients that all runs agree on."""
from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from .varying import Varying

_LARGEST_DIVISOR, _FURTHEST = 64, 130


class Sizes:
    """What numbers that vary are in the file. `node` adds an operator, `constant` an array; both give a name."""

    def __init__(self, node: Callable[..., str], constant: Callable[..., str]):
        self._node, self._constant = node, constant
        self._axes: dict[tuple, tuple[str, int]] = {}       # the sizes that values have: in each run -> (name, axis)
        self._made: dict[tuple, str] = {}
        self._shapes: dict[str, str] = {}

    def define(self, name: str, shape: Iterable) -> None:
        """A value of this name has this shape."""
        for axis, n in enumerate(shape):
            if isinstance(n, Varying):
                self._axes.setdefault(n.values, (name, axis))

    def one(self, n: int | Varying) -> str:
        """The name of an int64 of shape (1,) that is `n`. NotImplementedError for a number that does not follow from sizes."""
        if not isinstance(n, Varying):
            return self._constant(np.array([n], np.int64))
        found = self._made.get(n.values)
        if found is None:
            found = self._made[n.values] = self._compute(n.values)
        return found

    def several(self, numbers: Iterable) -> str:
        """The name of an int64 vector of `numbers`."""
        numbers = list(numbers)
        if not any(isinstance(n, Varying) for n in numbers):
            return self._constant(np.array(numbers, np.int64))
        parts, fixed = [], []
        for n in numbers:
            if isinstance(n, Varying):
                parts += [self._constant(np.array(fixed, np.int64))] * bool(fixed) + [self.one(n)]
                fixed = []
            else:
                fixed.append(n)
        parts += [self._constant(np.array(fixed, np.int64))] * bool(fixed)
        return parts[0] if len(parts) == 1 else self._node("Concat", parts, axis=0)

    def scalar(self, n: int | Varying) -> str:
        """The name of an int64 of no axes that is `n`."""
        return self._node("Squeeze", [self.one(n)]) if isinstance(n, Varying) else self._constant(np.int64(n))

    # ------------------------------------------------------------------------------------------------------------ finding the formula
    def _size(self, values: tuple) -> str:
        """One of the sizes that values have."""
        name, axis = self._axes[values]
        shape = self._shapes.get(name)
        if shape is None:
            shape = self._shapes[name] = self._node("Shape", [name])
        return self._made.setdefault(values, self._node("Gather", [shape, self._constant(np.array([axis], np.int64))], axis=0))

    def _compute(self, v: tuple) -> str:
        if v in self._axes:
            return self._size(v)
        known = list(self._axes)
        for u in known:
            line = _line(u, v)
            if line is not None:
                return self._on_line(self._size(u), *line)
        for u, w in itertools.combinations_with_replacement(known, 2):
            line = _line(tuple(a * b for a, b in zip(u, w, strict=True)), v)
            if line is not None:
                return self._on_line(self._node("Mul", [self._size(u), self._size(w)]), *line)
        for u, w in itertools.permutations(known, 2):          # (a u + c) w and a u + b w, of which only the sum u + w is common
            total = tuple(a + b for a, b in zip(u, w, strict=True))
            line = _line(total, v)
            if line is not None:
                return self._on_line(self._node("Add", [self._size(u), self._size(w)]), *line)
        for u in known:
            quotient = _quotient(u, v)
            if quotient is not None:
                shift, divisor, more = quotient
                return self._on_line(self._node("Div", [self._on_line(self._size(u), Fraction(1), shift), self._number(divisor)]), Fraction(1), more)
        raise NotImplementedError(f"a number that is {v} in runs at several sizes follows from no size in a way that was found")

    def _number(self, n: int) -> str:
        return self._constant(np.array([n], np.int64))

    def _on_line(self, name: str, slope: Fraction, shift: Any) -> str:
        """slope · name + shift; a quotient is exact wherever it has a meaning."""
        shift = Fraction(shift)
        over = slope.denominator * shift.denominator // np.gcd(slope.denominator, shift.denominator)
        over = int(over)
        factor, add = int(slope * over), int(shift * over)
        if factor != 1:
            name = self._node("Mul", [name, self._number(factor)])
        if add:
            name = self._node("Add", [name, self._number(add)])
        return self._node("Div", [name, self._number(over)]) if over != 1 else name


def _line(u: tuple, v: tuple) -> tuple[Fraction, Fraction] | None:
    """(a, c) with v = a u + c in each run, which must be more runs than two points that any line would meet."""
    if not all(isinstance(n, int) for n in (*u, *v)):
        return None
    pairs = sorted(set(zip(u, v, strict=True)))
    if len({a for a, _ in pairs}) < len(pairs) or len(pairs) < 2:
        return None
    (a0, b0), (a1, b1) = pairs[0], pairs[-1]
    slope = Fraction(b1 - b0, a1 - a0)
    shift = b0 - slope * a0
    if any(b != slope * a + shift for a, b in pairs):
        return None
    if len(pairs) == 2 and shift and slope not in (1, -1):
        return None                 # two points prove nothing but the simplest
    return slope, shift


def _quotient(u: tuple, v: tuple) -> tuple[int, int, int] | None:
    """(c, q, d) with v = (u + c) // q + d in each run."""
    pairs = set(zip(u, v, strict=True))
    if len(pairs) < 3 or not all(isinstance(n, int) for n in (*u, *v)):
        return None
    for q in range(2, _LARGEST_DIVISOR):
        for c in range(q):
            d = {b - (a + c) // q for a, b in pairs}
            if len(d) == 1 and abs(more := d.pop()) < _FURTHEST:
                return c, q, more
    return None
