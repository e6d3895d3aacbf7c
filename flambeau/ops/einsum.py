"""einsum: sums of products by the letters of their axes. Composed of permutations, products and matrix products."""
from __future__ import annotations

import string

from ..core.shape import numel
from .common import Tensor
from .contract import bmm, mm
from .movement import diagonal, permute, reshape, squeeze, unsqueeze

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
    terms, sizes = _named(terms, operands)
    return _contract([_diagonals(t, term) for t, term in zip(operands, terms, strict=True)], _result(terms, result), sizes)


# --------------------------------------------------------------------------------------------------------------------- the equation
def _from_lists(args):
    """Terms, result and operands of the form einsum(a, [0, 1], b, [1, 2], [0, 2])."""
    def term(numbers):
        if not isinstance(numbers, (tuple, list)):
            raise ValueError("einsum(): every operand needs its list of subscripts after it")
        for n in numbers:
            if n is not Ellipsis and not (isinstance(n, int) and 0 <= n < len(LETTERS)):
                raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
        return [_ELLIPSIS if n is Ellipsis else LETTERS[n] for n in numbers]
    count = len(args) // 2
    return [term(args[2 * k + 1]) for k in range(count)], term(args[-1]) if len(args) % 2 else None, list(args[0:2 * count:2])


def _parse(equation: str):
    """The letters of each operand and of the result (None if the equation does not say)."""
    left, arrow, right = equation.partition("->")
    terms, start = [], 0
    for k, term in enumerate(left.split(",")):
        terms.append(_letters(term, start, f"operand {k}"))
        start += len(term) + 1
    return terms, _letters(right, len(left) + 2, "output") if arrow else None


def _letters(term: str, start: int, whose: str) -> list[str]:
    """The letters (and ellipsis) of one term, which begins at character `start` of the equation."""
    found, k = [], 0
    while k < len(term):
        c = term[k]
        if c == ".":
            if _ELLIPSIS in found:
                raise RuntimeError(f"einsum(): found '.' for {whose} for which an ellipsis was already found")
            if term[k:k + 3] != _ELLIPSIS:
                raise RuntimeError(f"einsum(): found '.' for {whose} that is not part of any ellipsis (...)")
            found.append(_ELLIPSIS)
            k += 3
            continue
        if c != " ":
            if c not in LETTERS:
                raise RuntimeError(f"einsum(): invalid subscript given at index {start + k} in the equation string, subscripts must be in [a-zA-Z]")
            found.append(c)
        k += 1
    return found


def _named(terms, operands):
    """The terms with a name for each axis of their ellipsis (its place from the right), and the size of every named axis."""
    named, sizes = [], {}
    for k, (term, t) in enumerate(zip(terms, operands, strict=True)):
        letters = len(term) - (_ELLIPSIS in term)
        if t.ndim < letters or (t.ndim > letters and _ELLIPSIS not in term):
            hint = "is more than the number of dimensions" if _ELLIPSIS in term else "does not match the number of dimensions"
            raise RuntimeError(f"einsum(): the number of subscripts in the equation ({letters}) {hint} ({t.ndim}) for operand {k}"
                               + ("" if _ELLIPSIS in term else " and no ellipsis was given"))
        covered = [f".{d}" for d in range(t.ndim - letters - 1, -1, -1)]
        full = [name for x in term for name in (covered if x == _ELLIPSIS else [x])]
        own: dict[str, int] = {}
        for name, n in zip(full, t.shape, strict=True):
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


# ----------------------------------------------------------------------------------------------------------------- the contraction
def _diagonals(t: Tensor, term: list[str]):
    """The operand with each repeated axis once: its diagonal."""
    term = list(term)
    for name in [n for k, n in enumerate(term) if n in term[:k]]:
        first = term.index(name)
        second = term.index(name, first + 1)
        t = diagonal(t, 0, first, second)
        term = [n for k, n in enumerate(term) if k not in (first, second)] + [name]
    return t, term


def _contract(pending, result: list[str], sizes) -> Tensor:
    """Operands (tensor, names) taken together two by two, the cheapest pair first, until one is left with the axes of `result`."""
    while len(pending) > 1:
        i, j = _cheapest(pending, result, sizes)
        (a, left), (b, right) = pending[i], pending[j]
        others = {name for k, (_, term) in enumerate(pending) if k not in (i, j) for name in term}
        kept = [*dict.fromkeys(left + right)]
        kept = [name for name in kept if name in others or name in result]
        pending = [entry for k, entry in enumerate(pending) if k not in (i, j)]
        if not pending:
            kept = result
        pending.append((_pair(a, left, b, right, kept), kept))
    t, names = pending[0]
    return _arranged(t, names, result)


def _cheapest(pending, result, sizes) -> tuple[int, int]:
    """The pair whose product is smallest beside what it replaces: opt_einsum's greedy rule. The first of equals, so two operands keep their order."""
    def growth(i, j):
        left, right = pending[i][1], pending[j][1]
        others = {name for k, (_, term) in enumerate(pending) if k not in (i, j) for name in term}.union(result)
        made = numel([sizes[n] for n in {*left, *right} if n in others])
        return made - numel([sizes[n] for n in left]) - numel([sizes[n] for n in right])
    pairs = [(i, j) for j in range(len(pending)) for i in range(j)]
    return min(pairs, key=lambda pair: growth(*pair)) if len(pairs) > 1 else pairs[0]


def _arranged(t: Tensor, names: list[str], result: list[str]) -> Tensor:
    """`t` summed over the names that `result` lacks, its axes in the order of `result`."""
    surplus = [d for d, name in enumerate(names) if name not in result]
    if surplus:
        t = t.sum(tuple(surplus))
        names = [n for n in names if n in result]
    return permute(t, [names.index(n) for n in result])


def _pair(a: Tensor, left: list[str], b: Tensor, right: list[str], kept: list[str]) -> Tensor:
    """The product of two operands, summed over the names not in `kept`, with the axes of `kept` in their order."""
    # an axis of size 1 that is longer in the other operand is left to that one
    a, left = _without(a, left, {n for n in left if n in right and a.shape[left.index(n)] == 1 != b.shape[right.index(n)]})
    b, right = _without(b, right, {n for n in right if n in left and b.shape[right.index(n)] == 1 != a.shape[left.index(n)]})
    # what one operand alone has and nobody wants is summed first
    a, left = _summed(a, left, [n for n in left if n not in right and n not in kept])
    b, right = _summed(b, right, [n for n in right if n not in left and n not in kept])
    inside = [n for n in left if n in right and n not in kept]
    if not inside:
        return _aligned(a, left, kept) * _aligned(b, right, kept)
    batch = [n for n in kept if n in left and n in right]
    rows, columns = [n for n in kept if n in left and n not in batch], [n for n in kept if n in right and n not in batch]
    size = dict(zip(left + right, a.shape + b.shape, strict=True))
    depth, height, width, count = (numel([size[n] for n in names]) for names in (inside, rows, columns, batch))
    a = permute(a, [left.index(n) for n in (*batch, *rows, *inside)])
    b = permute(b, [right.index(n) for n in (*batch, *inside, *columns)])
    if batch:
        product = bmm(reshape(a, (count, height, depth)), reshape(b, (count, depth, width)))
    else:
        product = mm(reshape(a, (height, depth)), reshape(b, (depth, width)))
    made = [*batch, *rows, *columns]
    return _arranged(reshape(product, [size[n] for n in made]), made, kept)


def _without(t: Tensor, names: list[str], gone) -> tuple[Tensor, list[str]]:
    """`t` without its axes of size 1 named in `gone`."""
    return (squeeze(t, [d for d, n in enumerate(names) if n in gone]), [n for n in names if n not in gone]) if gone else (t, names)


def _summed(t: Tensor, names: list[str], gone) -> tuple[Tensor, list[str]]:
    return (t.sum([names.index(n) for n in gone]), [n for n in names if n not in gone]) if gone else (t, names)


def _aligned(t: Tensor, names: list[str], kept: list[str]) -> Tensor:
    """The axes of `t` in the order of `kept`, with size 1 where `t` has none."""
    t = permute(t, [names.index(n) for n in kept if n in names])
    for d, name in enumerate(kept):
        if name not in names:
            t = unsqueeze(t, d)
    return t


__all__ = ["einsum"]
