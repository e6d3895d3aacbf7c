"""Numbers that depend on the sizes of the inputs: one value for each of several runs of the model, at other sizes."""
from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any


class Undecided(NotImplementedError):
    """A question that has one answer at some sizes of the inputs and another at others."""


class Differs(Exception):
    """Two things that should be the same but for their numbers are not."""


class Varying:
    """A number that is another one in each run. Arithmetic is done run by run; a comparison has an answer where all runs agree on it."""

    __slots__ = ("values",)

    def __init__(self, values: tuple):
        self.values = values

    def __repr__(self) -> str:
        return f"Varying{self.values}"

    def __hash__(self) -> int:
        return hash(self.values)

    def _with(self, other, function: Callable, reflected: bool = False):
        if not isinstance(other, (int, float, Varying)):
            return NotImplemented
        others = other.values if isinstance(other, Varying) else (other,) * len(self.values)
        pairs = zip(others, self.values, strict=True) if reflected else zip(self.values, others, strict=True)
        return simplest([function(a, b) for a, b in pairs])

    def _decide(self, other, function: Callable) -> bool:
        others = other.values if isinstance(other, Varying) else (other,) * len(self.values)
        answers = {bool(function(a, b)) for a, b in zip(self.values, others, strict=True)}
        if len(answers) > 1:
            raise Undecided(f"what it does depends on whether {self.values} stand in a certain order to {others}, sizes in several runs")
        return answers.pop()

    def __add__(self, other): return self._with(other, operator.add)
    def __radd__(self, other): return self._with(other, operator.add, True)
    def __sub__(self, other): return self._with(other, operator.sub)
    def __rsub__(self, other): return self._with(other, operator.sub, True)
    def __mul__(self, other): return self._with(other, operator.mul)
    def __rmul__(self, other): return self._with(other, operator.mul, True)
    def __floordiv__(self, other): return self._with(other, operator.floordiv)
    def __rfloordiv__(self, other): return self._with(other, operator.floordiv, True)
    def __mod__(self, other): return self._with(other, operator.mod)
    def __rmod__(self, other): return self._with(other, operator.mod, True)
    def __neg__(self): return self * -1

    def __eq__(self, other):
        return self._decide(other, operator.eq) if isinstance(other, (int, float, Varying)) else NotImplemented

    def __ne__(self, other):
        return self._decide(other, operator.ne) if isinstance(other, (int, float, Varying)) else NotImplemented

    def __lt__(self, other): return self._decide(other, operator.lt)
    def __le__(self, other): return self._decide(other, operator.le)
    def __gt__(self, other): return self._decide(other, operator.gt)
    def __ge__(self, other): return self._decide(other, operator.ge)
    def __bool__(self) -> bool: return self._decide(0, operator.ne)

    def _fixed(self):
        raise Undecided(f"a number that has to be fixed changes with the sizes of the inputs: {self.values} in several runs")

    __index__ = __int__ = __float__ = _fixed


def simplest(values: Any):
    """One number where all are the same, else a Varying."""
    values = tuple(values)
    return values[0] if len(set(values)) == 1 else Varying(values)


def greatest(x, y):
    """The greater of two numbers, in each run."""
    if not isinstance(x, Varying) and not isinstance(y, Varying):
        return max(x, y)
    count = len((x if isinstance(x, Varying) else y).values)
    return simplest(map(max, *(n.values if isinstance(n, Varying) else (n,) * count for n in (x, y))))


def product(numbers):
    """The product of numbers, of which some may vary."""
    result = 1
    for n in numbers:
        result = n * result
    return result


def _identical(x, y) -> bool:
    if type(x) is not type(y):
        return False
    if isinstance(x, tuple):
        return len(x) == len(y) and all(map(_identical, x, y))
    if isinstance(x, float):
        return x == y and math.copysign(1, x) == math.copysign(1, y) or x != x and y != y
    return x is y or x == y


def merged(things):
    """What stands for the same attribute of several runs: nested tuples whose numbers may vary. Differs where something else does."""
    first = things[0]
    if all(_identical(first, x) for x in things[1:]):
        return first
    if isinstance(first, tuple):
        if any(not isinstance(x, tuple) or len(x) != len(first) for x in things):
            raise Differs
        return tuple(merged(each) for each in zip(*things, strict=True))
    if all(type(x) in (int, float) for x in things):
        return simplest(things)
    raise Differs
