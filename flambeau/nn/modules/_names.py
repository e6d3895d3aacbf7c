"""What an object is called in messages, and which name was meant by one that does not exist."""

import difflib
from collections.abc import Iterable
from typing import Any

from flambeau import Tensor

__all__ = ["MissingName", "nearest", "typename"]


def typename(value: Any) -> str:
    """A value's type as messages name it: ``int``, ``collections.OrderedDict``, ``torch.FloatTensor``."""
    if isinstance(value, Tensor):
        return value.type()
    kind = type(value)
    return kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The public candidate that looks most like ``name``, regardless of case and underscores; None if none does."""
    if name.startswith("_"):
        return None
    folded: dict[str, str] = {}
    for candidate in candidates:
        if not candidate.startswith("_") and candidate != name:
            folded.setdefault(_fold(candidate), candidate)
    found = difflib.get_close_matches(_fold(name), folded, n=1, cutoff=0.75)
    return folded[found[0]] if found else None


def _fold(name: str) -> str:
    return name.replace("_", "").casefold()


class MissingName(AttributeError):
    """An AttributeError that looks for the name that was meant only when its text is read: `hasattr` asks often and never reads it.

    Args:
        message: the text without the guess.
        missing: the name that does not exist.
        source: whose names, as `dir` lists them, could have been meant.
    """

    def __init__(self, message: str, missing: str, source: Any):
        super().__init__(message)
        self._missing, self._source = missing, source

    def __str__(self) -> str:
        meant = nearest(self._missing, dir(self._source))
        return self.args[0] + (f"; did you mean `{meant}`?" if meant else "")

    def __reduce__(self) -> tuple:
        return AttributeError, (str(self),)


MissingName.__name__ = MissingName.__qualname__ = "AttributeError"  # what a traceback shows
MissingName.__module__ = "builtins"
