"""What ran, told to those who listen: profiles. Nobody listening costs one look at an empty list for each program."""
from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

Line = tuple[str, int, str]         # a file, a line in it, the function that the line is in


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work: a kernel, or an operator that was interpreted.

    start, end: nanoseconds on the clock of time.perf_counter_ns; flops, nbytes: what it computed and moved, 0 if unknown
    lines: where in the user's program its operators were called; shapes: of its inputs, where they are known
    interpreted: why it ran in NumPy, operator by operator; "" for machine code
    """

    name: str
    start: int
    end: int
    flops: float = 0.0
    nbytes: float = 0.0
    lines: tuple[Line, ...] = ()
    shapes: tuple = ()
    interpreted: str = ""


listeners: list[Callable[[Work], None]] = []


def call_site() -> Line | None:
    """The innermost line outside of this package that is being run."""
    frame = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(_PACKAGE):
            return code.co_filename, frame.f_lineno, code.co_name
        frame = frame.f_back
    return None


def tell(work: Work) -> None:
    """Tell the listeners."""
    for listener in list(listeners):
        listener(work)
