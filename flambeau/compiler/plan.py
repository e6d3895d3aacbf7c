"""Plan memory: when each value dies, and which results may take the memory of a dying input."""
from __future__ import annotations

from dataclasses import replace

from .program import Program, Step


def may_fail(step) -> bool:
    """Whether a step's page may raise when it runs: a matrix may turn out singular. What has an element, or writes in place, was checked when it
    was recorded."""
    return not hasattr(step.op, "element") and not step.op.overwrites


def plan(program: Program, spare) -> Program:
    """The program with the releases filled in. `spare[k]`: leaf k is used by nobody after this program.

    A leaf is not overwritten while a step that may fail is still to come: after a failure all else is computed from the leaves again.
    """
    kept = {slot for _, slot in program.results}
    seen: set[int] = set()
    steps, risky = [], False
    for s in reversed(program.steps):
        last = tuple(dict.fromkeys([i for i in s.inputs if i not in seen and i not in kept]))
        seen.update(s.inputs)
        first = s.inputs[0] if s.inputs else None
        dies = first in last and first not in s.inputs[1:] and (first >= program.leaves or spare[first] and not risky)
        steps.append(Step(s.op, s.inputs, s.output, s.shape, s.dtype, s.compute, last, dies and s.op.overwrites, s.line))     # (replace is slow)
        risky = risky or may_fail(s)
    return replace(program, steps=steps[::-1], spare=tuple(spare))
