"""Typed scalar expressions: what one element of a value is, once pages are fused.

The element language (core.element) says what a page computes and leaves types open. Here each node has a dtype, loads name slots of the
program, and equal nodes are one object, so that common subexpressions are found by identity. Simplification happens as nodes are made, and
only where it is exact: integers of indices are folded, floating point is left alone but for multiplications by one and the like.
"""
from __future__ import annotations

import itertools

from ..core import dtype as dt
from ..core.dtype import dtype as DType

INDEX = dt.int64
COMPARISONS = frozenset(("lt", "le", "gt", "ge", "eq", "ne"))
_costs = {"add": 1, "sub": 1, "mul": 1, "div": 4, "pow": 30, "floordiv": 8, "mod": 8, "where": 1, "cast": 1, "neg": 1, "abs": 1, "sqrt": 5, "rsqrt": 6,
          "exp": 12, "log": 14, "tanh": 14, "erf": 14, "sin": 20, "cos": 20}


class Scalar:
    """A node: `kind`, `dtype`, `args`. Kinds: const (value), axis (number, size), load (slot, *index), cast (x), call (name, x), where (c, a, b),
    reduce (kind, axes, x), and the binary ones of the element language.

    axes: the axes it depends on; bounds: for indices, the least and the greatest value (None if unknown); cost: rough operations, loads being 1.
    """

    __slots__ = ("kind", "dtype", "args", "axes", "bounds", "cost", "number", "linear", "slots")

    def __repr__(self) -> str:
        if self.kind == "const":
            return repr(self.args[0])
        if self.kind == "axis":
            return f"i{self.args[0]}"
        if self.kind == "load":
            return f"%{self.args[0]}[{', '.join(map(repr, self.args[1:]))}]"
        head = self.kind if self.kind != "call" else ""
        return f"{head}{'' if self.kind != 'cast' else ':' + self.dtype.name}({', '.join(map(repr, self.args))})"


_numbers = itertools.count()
_NONE: frozenset = frozenset()


class Scalars:
    """The nodes of one program, each made once."""

    def __init__(self):
        self._made: dict = {}

    def make(self, kind: str, dtype: DType, *args) -> Scalar:
        """The node, simplified. Integer arithmetic of int64 is index arithmetic: it is folded and its range is known."""
        if dtype is INDEX and kind in _FOLD:
            found = self._index(kind, *args)
            if found is not None:
                return found
        elif kind in COMPARISONS:
            found = self._decided(kind, *args)
            if found is not None:
                return found
        elif kind == "cast":
            x = args[0]
            if x.dtype is dtype:
                return x
            if x.kind == "const":
                return self.const(x.args[0], dtype)
        elif kind == "where" and args[0].kind == "const":
            return args[1] if args[0].args[0] else args[2]
        elif kind in ("and", "or") and dtype is dt.bool_:
            for x, y in (args, args[::-1]):
                if x.kind == "const":
                    return y if bool(x.args[0]) == (kind == "and") else self.const(kind == "or", dtype)
        elif kind in ("mul", "div") and args[1].kind == "const" and args[1].args[0] == 1 or kind == "mul" and args[0].kind == "const" and args[0].args[0] == 1:
            return args[0] if args[1].kind == "const" and args[1].args[0] == 1 else args[1]
        return self._raw(kind, dtype, args)

    def _raw(self, kind, dtype, args) -> Scalar:
        key = (kind, dtype, *args)
        node = self._made.get(key)
        if node is None:
            node = Scalar()
            node.kind, node.dtype, node.args, node.number, node.linear = kind, dtype, args, next(_numbers), None
            parts = [a for a in args if type(a) is Scalar]
            node.axes = _NONE.union(*[a.axes for a in parts]) if parts else _NONE
            node.slots = _NONE.union(*[a.slots for a in parts]) if parts else _NONE
            node.bounds = self._bounds(kind, dtype, args)
            node.cost = sum([a.cost for a in parts]) + (_costs.get(args[0], 20) if kind == "call" else 0 if kind in ("const", "axis") else _costs.get(kind, 1))
            if kind == "axis":
                node.axes = frozenset((node,))
            elif kind == "load":
                node.slots = node.slots | {args[0]}
            elif kind == "reduce":
                node.axes = node.axes - set(args[1])
            self._made[key] = node
        return node

    def const(self, value, dtype: DType) -> Scalar:
        """A constant of `dtype`."""
        if dtype.category < 2:
            value = bool(value) if dtype is dt.bool_ else int(value)
            return self._raw("const", dtype, (value,))
        value = float(value)
        key = ("const", dtype, repr(value))         # tells 0.0 from -0.0
        node = self._made.get(key)
        if node is None:
            node = Scalar()
            node.kind, node.dtype, node.args, node.number, node.linear = "const", dtype, (value,), next(_numbers), None
            node.axes = node.slots = _NONE
            node.bounds, node.cost = None, 0
            self._made[key] = node
        return node

    def axis(self, size: int) -> Scalar:
        """A new axis that runs from 0 to size - 1."""
        return self._raw("axis", INDEX, (next(_numbers), size))

    def load(self, slot: int, dtype: DType, index) -> Scalar:
        """The element of a slot at `index`, one int64 for each of its axes."""
        return self._raw("load", dtype, (slot, *index))

    def int(self, value: int) -> Scalar:
        """An index constant."""
        return self._raw("const", INDEX, (int(value),))

    def add(self, a: Scalar, b: Scalar) -> Scalar:
        """a + b of indices"""
        return self.make("add", INDEX, a, b)

    def scaled(self, a: Scalar, factor: int) -> Scalar:
        """a · factor of indices"""
        return self.make("mul", INDEX, a, self.int(factor))

    def join(self, constant: int, terms) -> Scalar:
        """constant + Σ coefficient · term, for (term, coefficient) pairs: the inverse of `linear`."""
        total = None
        for term, coefficient in sorted(terms, key=lambda t: t[0].number):       # in one order, so that equal sums are one node
            part = self.scaled(term, coefficient)
            total = part if total is None else self.add(total, part)
        if total is None:
            return self.int(constant)
        return total if not constant else self.add(total, self.int(constant))

    # -------------------------------------------------------------------------------------------------------------- indices
    def _index(self, kind, a, b) -> Scalar | None:
        p, q = (x.args[0] if x.kind == "const" else None for x in (a, b))
        if p is not None and q is not None:
            if kind in ("floordiv", "mod") and q == 0:
                return None
            value = _FOLD[kind](p, q)
            return self.int(value) if -(1 << 63) <= value < 1 << 63 else None
        if kind in ("add", "sub") and q == 0:
            return a
        if kind == "add" and p == 0:
            return b
        if kind == "mul":
            if p == 0 or q == 0:
                return self.int(0)
            if p == 1 or q == 1:
                return b if p == 1 else a
        if kind in ("floordiv", "mod") and q is not None and q > 0:
            if q == 1:
                return a if kind == "floordiv" else self.int(0)
            if a.bounds is not None:
                if a.bounds[0] >= 0 and a.bounds[1] < q:
                    return self.int(0) if kind == "floordiv" else a
                constant, terms = linear(a)         # quotients round down, so this holds for negative ones too
                over = [(t, c) for t, c in terms if c % q == 0]
                under = [(t, c) for t, c in terms if c % q]
                rest = self.join(constant % q, under)
                if over and rest.bounds is not None and 0 <= rest.bounds[0] and rest.bounds[1] < q:
                    return rest if kind == "mod" else self.join(constant // q, [(t, c // q) for t, c in over])
        return None

    @staticmethod
    def _bounds(kind, dtype, args):
        if dtype is not INDEX:
            return None
        if kind == "const":
            return args[0], args[0]
        if kind == "axis":
            return 0, max(args[1] - 1, 0)
        if kind not in _FOLD or args[0].bounds is None or args[1].bounds is None:
            if kind == "where" and args[1].bounds and args[2].bounds:
                return min(args[1].bounds[0], args[2].bounds[0]), max(args[1].bounds[1], args[2].bounds[1])
            return None
        (a, b), (c, d) = args[0].bounds, args[1].bounds
        if kind == "add":
            return a + c, b + d
        if kind == "sub":
            return a - d, b - c
        if kind == "mul":
            corners = a * c, a * d, b * c, b * d
            return min(corners), max(corners)
        if c != d or c <= 0:
            return None
        return (a // c, b // c) if kind == "floordiv" else (0, c - 1)

    def _decided(self, kind, a, b) -> Scalar | None:
        if a.bounds is None or b.bounds is None:
            return None
        (p, q), (r, s) = a.bounds, b.bounds
        always = {"lt": q < r, "le": q <= r, "gt": p > s, "ge": p >= s, "eq": p == q == r == s, "ne": q < r or p > s}[kind]
        never = {"lt": p >= s, "le": p > s, "gt": q <= r, "ge": q < r, "eq": q < r or p > s, "ne": p == q == r == s}[kind]
        return self.const(always, dt.bool_) if always or never else None

    # ------------------------------------------------------------------------------------------------------------- rewriting
    def rewrite(self, x: Scalar, change, memo: dict) -> Scalar:
        """`x` with `change(node, new arguments)` in place of each node; None from it keeps the kind. Leaves come with their own arguments."""
        done = memo.get(x)
        if done is None:
            args = tuple([self.rewrite(a, change, memo) if type(a) is Scalar else a for a in x.args])
            done = change(x, args)
            if done is None:
                done = x if args == x.args else self.make(x.kind, x.dtype, *args)
            memo[x] = done
        return done

    def replace(self, x: Scalar, axes: dict[Scalar, Scalar]) -> Scalar:
        """`x` with other indices in place of axes."""
        if not axes or x.axes.isdisjoint(axes):
            return x
        return self.rewrite(x, lambda node, args: axes.get(node), {})


_FOLD = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "floordiv": lambda a, b: a // b, "mod": lambda a, b: a % b}


def linear(x: Scalar) -> tuple[int, list[tuple[Scalar, int]]]:
    """An index as constant + Σ coefficient · term; terms are axes, or what is not linear."""
    if x.linear is None:
        terms: dict[Scalar, int] = {}
        constant = _collect(x, 1, terms)
        x.linear = constant, [(t, c) for t, c in terms.items() if c]
    return x.linear


def _collect(x: Scalar, factor: int, terms: dict) -> int:
    if x.kind == "const":
        return x.args[0] * factor
    if x.kind in ("add", "sub"):
        return _collect(x.args[0], factor, terms) + _collect(x.args[1], factor if x.kind == "add" else -factor, terms)
    if x.kind == "mul":
        for a, b in (x.args, x.args[::-1]):
            if b.kind == "const":
                return _collect(a, factor * b.args[0], terms)
    terms[x] = terms.get(x, 0) + factor
    return 0


def walk(x: Scalar):
    """Every node of `x`, arguments first, each once."""
    seen: set = set()
    stack = [(x, False)]
    while stack:
        node, ready = stack.pop()
        if node in seen:
            continue
        if ready:
            seen.add(node)
            yield node
        else:
            stack.append((node, True))
            stack.extend((a, False) for a in node.args if type(a) is Scalar)
