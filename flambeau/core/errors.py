"""How errors are worded: one line with the rule, what was found, and what to do."""
from __future__ import annotations

from collections.abc import Callable


def shapes_text(*shapes) -> str:
    """Shapes as a reader expects them: `(2, 3) and (4,)`."""
    return " and ".join(str(tuple(s)) for s in shapes)


class MissingName(AttributeError):
    """An AttributeError whose guess at the name that was meant is made when its text is read: `hasattr` asks often and never reads it.

    message: the text without the guess; guess: makes the rest of the text.
    """

    def __init__(self, message: str, guess: Callable[[], str]):
        super().__init__(message, name=None, obj=None)      # (Python is to make no guess of its own)
        self._guess = guess

    def __str__(self) -> str:
        return self.args[0] + self._guess()

    def __reduce__(self):
        return AttributeError, (str(self),)


MissingName.__name__ = MissingName.__qualname__ = "AttributeError"      # what a traceback shows
MissingName.__module__ = "builtins"


class OutOfMemoryError(RuntimeError):
    """A device's memory does not suffice."""


class AcceleratorError(RuntimeError):
    """A device reports an error."""
