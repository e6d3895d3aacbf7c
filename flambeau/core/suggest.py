"""Guesses at the name that was meant, for the end of error messages."""

from collections.abc import Callable, Iterable

__all__ = ["did_you_mean", "dotted_names", "edit_distance"]

_MOST = 3  # names in one message


def did_you_mean(name: str, candidates: Iterable[str], prefix: str = "") -> str:
    """``"; did you mean `Linear`?"`` with the candidates closest to ``name``, or ``""`` where none is close.

    Case, underscores and dots do not count, so that ``cross_entropy_loss`` finds ``CrossEntropyLoss`` and ``cuda_is_available`` finds
    ``cuda.is_available``. A dotted candidate is also found by its last part: ``linear`` finds ``functional.linear``. Otherwise up to one
    letter in three, and three at most, may be missing, added, wrong or swapped with its neighbour. Of the candidates found, those with
    the fewest such slips are named, three at most; among them, letters that are all there in another order (``int46``) decide.

    Args:
        name: what was written.
        candidates: what could have been written, plain or dotted (see :func:`dotted_names`). Names with a leading underscore are only
            suggested for such a name, and nothing is suggested for ``__dunder__`` names, which programs probe for as a matter of course.
        prefix: put before each name shown, such as ``"torch."``.
    """
    if name.startswith("__"):
        return ""
    folded = _fold(name)
    limit = min(len(folded) // 3, 3)
    found = []
    for candidate in dict.fromkeys(candidates):
        if candidate == name or (_is_private(candidate) and not name.startswith("_")):
            continue
        by_last_part = "." in candidate and _fold(candidate.rpartition(".")[2]) == folded
        other = folded if by_last_part else _fold(candidate)
        slips = edit_distance(folded, other, limit)
        if slips <= limit:
            found.append(((slips, sorted(folded) != sorted(other)), by_last_part, edit_distance(name, candidate), candidate))
    found.sort()
    shown = [f"`{prefix}{candidate}`" for closeness, *_, candidate in found[:_MOST] if closeness == found[0][0]]
    if not shown:
        return ""
    *others, last = shown
    return f"; did you mean {', '.join(others)} or {last}?" if others else f"; did you mean {last}?"


def dotted_names(submodules: Iterable[str], names_in: Callable[[str], Iterable[str]]) -> list[str]:
    """The public names within submodules, as candidates for :func:`did_you_mean`: ``["cuda.is_available", "nn.functional.relu", …]``.

    Args:
        submodules: their paths, such as ``"cuda"`` and ``"nn.functional"``.
        names_in: lists the names in the submodule of a given path.
    """
    return [f"{path}.{name}" for path in submodules for name in names_in(path) if not name.startswith("_")]


def edit_distance(a: str, b: str, limit: int | None = None) -> int:
    """The fewest insertions, deletions, substitutions and swaps of neighbouring letters that turn ``a`` into ``b``, none of them
    touching a letter twice (optimal string alignment). Beyond ``limit`` any number above it may be returned, which is faster.
    """
    if limit is not None:
        # Each edit changes the length by at most one, and puts at most one letter into the set of letters and takes one out.
        if abs(len(a) - len(b)) > limit or len(set(a) ^ set(b)) > 2 * limit:
            return limit + 1
    before, row = [], list(range(len(b) + 1))
    for i, x in enumerate(a):
        older, before, row = before, row, [i + 1]
        for j, y in enumerate(b):
            best = min(before[j] + (x != y), before[j + 1] + 1, row[j] + 1)
            if i and j and x == b[j - 1] and y == a[i - 1]:
                best = min(best, older[j - 1] + 1)
            row.append(best)
        # A swap reaches back two rows, so both must be beyond the limit.
        if limit is not None and min(row) > limit and min(before) > limit:
            return limit + 1
    return row[-1]


def _fold(name: str) -> str:
    return name.replace("_", "").replace(".", "").casefold()


def _is_private(name: str) -> bool:
    return name.rpartition(".")[2].startswith("_")
