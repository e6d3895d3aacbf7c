"""Where in a model an error happened, and where in the program a warning comes from."""

import sys
import warnings
from typing import Any

__all__ = ["say_where", "warn_user"]

_EXTENDED = (RuntimeError, ValueError, IndexError, TypeError)
_OURS = __name__.partition(".")[0]


def say_where(error: Exception, module: Any, inputs: tuple) -> None:
    """Add to the message of an error that this library raised in ``module``'s forward which module that was.

    The innermost module adds ``(in Linear)``, and what it can tell about its inputs; each one around it puts its own name for what
    it called before that: ``(in linear_relu_stack.0 (Linear))``. The error keeps its type. Errors that the program itself raises, and
    those of other kinds, stay as they are.
    """
    seen = error.__dict__.get("_where")
    if seen is None:
        if type(error) not in _EXTENDED or len(error.args) != 1 or not isinstance(error.args[0], str) or not _raised_here(error):
            return
        advice = module._advise_on_error(*inputs)
        message = error.args[0] + (f"; {advice}" if advice else "")
        path, culprit = "", type(module).__name__
    else:
        message, path, culprit, inner = seen
        name = _path_to(inner, module)
        if name is None:
            return
        path = f"{name}.{path}" if path else name
    error.args = (f"{message} (in {path} ({culprit}))" if path else f"{message} (in {culprit})",)
    error._where = message, path, culprit, module


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, as if from the line of the program that called into this library, however deep in it we are."""
    frame, level = sys._getframe(1), 2  # level 1 is this function
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == _OURS:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _raised_here(error: Exception) -> bool:
    """Whether the innermost Python frame of an error's way out is this library's."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return frame is not None and frame.tb_frame.f_globals.get("__name__", "").partition(".")[0] == _OURS


def _path_to(inner: Any, module: Any) -> str | None:
    """The name by which ``module`` knows ``inner``; None where it does not, or is it."""
    for name, child in module.named_modules():
        if child is inner and name:
            return name
    return None
