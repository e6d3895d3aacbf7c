"""How errors are worded: one line with the rule, what was found, and what to do."""
from __future__ import annotations

from .suggest import did_you_mean


def did_you_mean_error(sentence: str, name: str, candidates) -> str:
    """`sentence` with the closest of `candidates` to `name` appended, if one is close."""
    return sentence + did_you_mean(name, candidates)


def shapes_text(*shapes) -> str:
    """Shapes as a reader expects them: `(2, 3) and (4,)`."""
    return " and ".join(str(tuple(s)) for s in shapes)


class OutOfMemoryError(RuntimeError):
    """A device's memory does not suffice."""


class AcceleratorError(RuntimeError):
    """A device reports an error."""
