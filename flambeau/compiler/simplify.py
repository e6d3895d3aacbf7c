"""Simplify: steps nobody needs go, equal steps become one."""
from __future__ import annotations

from dataclasses import replace

from .program import Program


def simplify(program: Program) -> Program:
    """The same results from fewer steps. Pages are pure, so equal operators on equal inputs are equal values."""
    return without_dead(without_repeats(program))


def without_repeats(program: Program) -> Program:
    """Common subexpressions computed once. Operators are interned: identity is equality."""
    known: dict = {}
    same: dict[int, int] = {}
    steps = []
    for s in program.steps:
        inputs = tuple([same.get(i, i) for i in s.inputs]) if same else s.inputs
        first = known.setdefault((s.op, inputs), s.output)
        if first != s.output:
            same[s.output] = first
        else:
            steps.append(s if inputs == s.inputs else replace(s, inputs=inputs))
    return replace(program, steps=steps, results=[(k, same.get(slot, slot)) for k, slot in program.results])


def without_dead(program: Program) -> Program:
    """Only the steps that a result depends on."""
    needed = {slot for _, slot in program.results}
    steps = []
    for s in reversed(program.steps):
        if s.output in needed:
            needed.update(s.inputs)
            steps.append(s)
    return replace(program, steps=steps[::-1])
