"""einsum: sums of products by the letters of their axes. Composed of permutations, products and matrix products."""
from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from ..core.shape import numel
from .common import Tensor
from .contract import bmm, mm
from .elementwise import mul
from .movement import permute, reshape
from .parts import diagonal

LETTERS = string.ascii_uppercase + string.ascii_lowercase          # the axis of number k, as PyTorch counts
_ELLIPSIS = "..."


def einsum(*args):
    """einsum("ij,jk->ik", a, b): the products of all operands, summed over every letter that the result lacks.

    A letter names an axis; repeated in one operand, it takes the diagonal; `...` stands for the axes not named, which broadcast. Without "->" the
    result has the axes of `...`, then the letters that occur once, in alphabetical order (capitals first). Also einsum(equation, [a, b]) and, with
    numbers below 52 for letters, einsum(a, [0, 1], b, [1, 2], [0, 2]). RuntimeError for equations and shapes that do not fit, ValueError for numbers.
    """
    if len(args) < 2:
        raise ValueError("einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts list")
    if isinstance(args[0], Tensor):
        terms, result, operands = _from_lists(args)
    else:
        operands = args[1] if len(args) == 2 and isinstance(args[1], (tuple, list)) else args[1:]
        terms, result = _parse(args[0])
    for k, t in enumerate(operands):
        if not isinstance(t, Tensor):
            raise TypeError(f"einsum(): expected Tensor as operand {k}, but got {type(t).__name__}")
    if len(terms) != len(operands):
        which = "fewer" if len(operands) < len(terms) else "more"
        raise RuntimeError(f"einsum(): {which} operands were provided than specified in the equation: {len(operands)} for {len(terms)} terms")
    plan = _plan(terms, result, tuple([t.shape for t in operands]))
    pending = [_diagonals(t, pairs) for t, pairs in zip(operands, plan.diagonals, strict=True)]
    for step in plan.steps:
        b, a = pending.pop(step.second), pending.pop(step.first)
        pending.append(step.run(a, b))
    result, = pending
    if plan.summed:
        result = result.sum(plan.summed)
    return permute(result, plan.order) if plan.order is not None else result


# --------------------------------------------------------------------------------------------------------------------- the equation
def _from_lists(args):
    """Terms, result and operands of the form einsum(a, [0, 1], b, [1, 2], [0, 2])."""
    def term(numbers):
        if not isinstance(numbers, (tuple, list)):
            raise ValueError("einsum(): every operand needs its list of subscripts after it")
        for n in numbers:
            if n is not Ellipsis and not (isinstance(n, int) and 0 <= n < len(LETTERS)):
                raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
        return tuple([_ELLIPSIS if n is Ellipsis else LETTERS[n] for n in numbers])
    count = len(args) // 2
    return tuple([term(args[2 * k + 1]) for k in range(count)]), term(args[-1]) if len(args) % 2 else None, list(args[0:2 * count:2])


@lru_cache(maxsize=1024)
def _parse(equation: str):
    """The letters of each operand and of the result (None if the equation does not say)."""
    left, arrow, right = equation.partition("->")
    terms, start = [], 0
    for k, term in enumerate(left.split(",")):
        terms.append(_letters(term, start, f"operand {k}"))
        start += len(term) + 1
    return tuple(terms), _letters(right, len(left) + 2, "output") if arrow else None


def _letters(term: str, start: int, whose: str) -> tuple[str, ...]:
    """The letters (and ellipsis) of one term, which begins at character `start` of the equation."""
    found, k = [], 0
    while k < len(term):
        c = term[k]
        if c == ".":
            if _ELLIPSIS in found:
                raise RuntimeError(f"einsum(): found '.' for {whose} for which an ellipsis was already found")
            if term[k:k + 3] != _ELLIPSIS:
                raise RuntimeError(f"einsum(): found '.' for {whose} that is not part of any ellipsis")
            found.append(_ELLIPSIS)
            k += 3
            continue
        if c != " ":
            if c not in LETTERS:
                raise RuntimeError(f"einsum(): invalid subscript given at index {start + k} in the equation string, subscripts must be in [a-zA-Z]")
            found.append(c)
        k += 1
    return tuple(found)


def _named(terms, shapes):
    """The terms with a name for each axis of their ellipsis (its place from the right), and the size of every named axis."""
    named, sizes = [], {}
    for k, (term, shape) in enumerate(zip(terms, shapes, strict=True)):
        letters = len(term) - (_ELLIPSIS in term)
        if len(shape) < letters or (len(shape) > letters and _ELLIPSIS not in term):
            hint = "is more than the number of dimensions" if _ELLIPSIS in term else "does not match the number of dimensions"
            raise RuntimeError(f"einsum(): the number of subscripts in the equation ({letters}) {hint} ({len(shape)}) for operand {k}"
                               + ("" if _ELLIPSIS in term else " and no ellipsis was given"))
        covered = [f".{d}" for d in range(len(shape) - letters - 1, -1, -1)]
        full = [name for x in term for name in (covered if x == _ELLIPSIS else [x])]
        own: dict[str, int] = {}
        for name, n in zip(full, shape, strict=True):
            if own.setdefault(name, n) != n:
                raise RuntimeError(f"einsum(): subscript {name} is repeated for operand {k} but the sizes don't match, {n} != {own[name]}")
            seen = sizes.setdefault(name, n)
            if seen == 1:
                sizes[name] = n
            elif n not in (1, seen):
                if name[0] == ".":
                    raise RuntimeError(f"einsum(): dimension {covered.index(name)} covered by ellipsis in operand {k} has size {n} which does not "
                                       f"broadcast with previously seen ellipsis with size {seen} for the respective dimension")
                raise RuntimeError(f"einsum(): subscript {name} has size {n} for operand {k} which does not broadcast with previously seen size {seen}")
        named.append(full)
    return named, sizes


def _result(terms, result) -> list[str]:
    """The names of the result's axes."""
    names = [name for term in terms for name in term]
    dots = sorted({n for n in names if n[0] == "."}, key=lambda n: -int(n[1:]))
    if result is None:
        return dots + sorted(n for n in set(names) if n[0] != "." and names.count(n) == 1)
    full = [name for x in result for name in (dots if x == _ELLIPSIS else [x])]
    for name in full:
        if full.count(name) > 1:
            raise RuntimeError(f"einsum(): output subscript {name} appears more than once in the output")
        if name not in names:
            raise RuntimeError(f"einsum(): output subscript {name} does not appear in the equation for any input operand")
    return full


# ----------------------------------------------------------------------------------------------------------------------- the plan
@dataclass(frozen=True)
class _Step:
    """Two operands become one: each summed, its axes put in order and grouped, then one product, whose axes are put in order again."""

    first: int
    second: int
    sums: tuple[tuple[int, ...], tuple[int, ...]]       # axes that one operand alone has and nobody wants
    orders: tuple
    shapes: tuple
    product: Callable
    made: tuple[int, ...]
    order: tuple[int, ...] | None                       # None: already so

    def run(self, *operands) -> Tensor:
        grouped = []
        for t, summed, order, shape in zip(operands, self.sums, self.orders, self.shapes, strict=True):
            if summed:
                t = t.sum(summed)
            if order is not None:
                t = permute(t, order)
            grouped.append(t if t.shape == shape else reshape(t, shape))
        result = self.product(*grouped)
        if result.shape != self.made:
            result = reshape(result, self.made)
        return result if self.order is None else permute(result, self.order)


@dataclass(frozen=True)
class _Plan:
    """What einsum does with operands of given shapes: diagonals, then steps that each replace two operands, then one sum and one permutation."""

    diagonals: tuple
    steps: tuple[_Step, ...]
    summed: tuple[int, ...]
    order: tuple[int, ...] | None


@lru_cache(maxsize=1024)
def _plan(terms, result, shapes) -> _Plan:
    terms, sizes = _named(terms, shapes)
    result = _result(terms, result)
    diagonals, pending = [], []
    for term, shape in zip(terms, shapes, strict=True):
        pairs, names = _repeated(term)
        diagonals.append(pairs)
        own = dict(zip(term, shape, strict=True))
        pending.append((names, [own[n] for n in names]))
    steps = []
    while len(pending) > 1:
        i, j = _cheapest([names for names, _ in pending], result, sizes)
        right, left = pending.pop(j), pending.pop(i)
        others = {name for names, _ in pending for name in names}.union(result)
        kept = [name for name in dict.fromkeys(left[0] + right[0]) if name in others] if pending else result
        step, shape = _step(i, j, left, right, kept)
        steps.append(step)
        pending.append((kept, shape))
    names = pending[0][0]
    if steps:
        return _Plan(tuple(diagonals), tuple(steps), (), None)
    summed = tuple([d for d, name in enumerate(names) if name not in result])
    names = [name for name in names if name in result]
    return _Plan(tuple(diagonals), (), summed, None if summed and names == result else tuple([names.index(n) for n in result]))


def _repeated(term):
    """The pairs of axes whose diagonal is taken, one after the other, and the names that are left, each once."""
    names, pairs = list(term), []
    for name in [n for k, n in enumerate(term) if n in term[:k]]:
        first = names.index(name)
        second = names.index(name, first + 1)
        pairs.append((first, second))
        names = [n for k, n in enumerate(names) if k not in (first, second)] + [name]
    return tuple(pairs), names


def _diagonals(t: Tensor, pairs) -> Tensor:
    for first, second in pairs:
        t = diagonal(t, 0, first, second)
    return t


def _cheapest(terms, result, sizes) -> tuple[int, int]:
    """The pair whose product is smallest beside what it replaces: opt_einsum's greedy rule. The first of equals, so two operands keep their order."""
    def growth(pair):
        others = {name for k, names in enumerate(terms) if k not in pair for name in names}.union(result)
        left, right = (terms[k] for k in pair)
        made = numel([sizes[n] for n in {*left, *right} if n in others])
        return made - numel([sizes[n] for n in left]) - numel([sizes[n] for n in right])
    return min([(i, j) for j in range(len(terms)) for i in range(j)], key=growth)


def _step(first: int, second: int, left, right, kept: list[str]) -> tuple[_Step, list[int]]:
    """The product of two operands (names, sizes), summed over the names not in `kept`, with the axes of `kept` in their order; and its shape."""
    size = {}
    for names, shape in (left, right):
        for name, n in zip(names, shape, strict=True):
            size[name] = n if size.get(name, 1) == 1 else size[name]
    # an axis of size 1 that is longer in the other operand is left to that one: a reshape does away with it
    own = [[n for n, k in zip(names, shape, strict=True) if k == size[n]] for names, shape in (left, right)]
    a, b = own
    inside = [n for n in a if n in b and n not in kept]
    alone = [[n for n in a if n not in b and n not in kept], [n for n in b if n not in a and n not in kept]]
    batch = [n for n in kept if n in a and n in b]
    rows, columns = [n for n in kept if n in a and n not in batch], [n for n in kept if n in b and n not in batch]
    if inside:
        depth, height, width, count = (numel([size[n] for n in names]) for names in (inside, rows, columns, batch))
        axes = [[*batch, *rows, *inside], [*batch, *inside, *columns]]
        lead = (count,) if batch else ()
        shapes = (*lead, height, depth), (*lead, depth, width)
        made = [*batch, *rows, *columns]
    else:
        axes = [[n for n in kept if n in names] for names in own]
        shapes = tuple([tuple([size[n] if n in names else 1 for n in kept]) for names in own])
        made = kept
    sums, orders = [], []
    for (names, _), gone, wanted in zip((left, right), alone, axes, strict=True):
        sums.append(tuple([names.index(n) for n in gone]))
        names = [n for n in names if n not in gone]
        full = [*wanted, *(n for n in names if n not in wanted)]
        orders.append(None if full == names else tuple([names.index(n) for n in full]))
    product = (bmm if batch else mm) if inside else mul
    step = _Step(first, second, tuple(sums), tuple(orders), shapes, product, tuple([size[n] for n in made]),
                 None if made == kept else tuple([made.index(n) for n in kept]))
    return step, [size[n] for n in kept]


__all__ = ["einsum"]
