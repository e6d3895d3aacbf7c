"""Verify: what a valid program is, as a statement that runs."""
from __future__ import annotations

from .program import Program


def verify(program: Program) -> Program:
    """`program` itself. RuntimeError naming the step that reads what is not there, fills a slot twice, or frees what is needed."""
    full = set(range(program.leaves))
    for k, s in enumerate(program.steps):
        for i in s.inputs:
            if i not in full:
                raise RuntimeError(f"invalid program: step {k} ({s.op!r}) reads slot %{i}, which is empty\n{program}")
        if s.output in full or not program.leaves <= s.output < program.slots:
            raise RuntimeError(f"invalid program: step {k} ({s.op!r}) fills slot %{s.output}, which is not free\n{program}")
        if not set(s.release) <= set(s.inputs):
            raise RuntimeError(f"invalid program: step {k} ({s.op!r}) frees a slot that it does not read\n{program}")
        if s.overwrite and s.inputs[0] not in s.release:
            raise RuntimeError(f"invalid program: step {k} ({s.op!r}) overwrites a value that is still needed\n{program}")
        full -= set(s.release)
        full.add(s.output)
    missing = [slot for _, slot in program.results if slot not in full]
    if missing:
        raise RuntimeError(f"invalid program: result %{missing[0]} is not computed\n{program}")
    return program
