"""Plan memory: when each value dies, and which results may take the memory of a dying input."""
from __future__ import annotations

from dataclasses import replace

from .program import Program


def plan(program: Program, spare) -> Program:
    """The program with the releases filled in. `spare[k]`: leaf k is used by nobody after this program."""
    kept = {slot for _, slot in program.results}
    seen: set[int] = set()
    steps = []
    for s in reversed(program.steps):
        last = tuple(dict.fromkeys(i for i in s.inputs if i not in seen and i not in kept))
        seen.update(s.inputs)
        first = s.inputs[0] if s.inputs else None
        dies = first in last and first not in s.inputs[1:] and (first >= program.leaves or spare[first])
        steps.append(replace(s, release=last, overwrite=dies and s.op.overwrites))
    return replace(program, steps=steps[::-1], spare=tuple(spare))
