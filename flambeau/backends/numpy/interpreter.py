"""Runs programs step by step."""
from __future__ import annotations

import numpy as np

from ...compiler import Program
from .. import Interrupted
from ..reference import run_step


class ReferenceBackend:
    """The interpreter: correct for every page, on every machine that has NumPy."""

    name, device_type = "numpy", "cpu"

    def unavailable(self) -> str | None:
        """NumPy is always there."""
        return None

    def prepare(self, program: Program):
        """Nothing to compile: a callable that walks the steps."""
        return lambda buffers: interpret(program, buffers)


def interpret(program: Program, buffers: list[np.ndarray]) -> list[np.ndarray]:
    """The results' buffers. An interrupt from the keyboard is delivered after the last step: half a program would be half a state."""
    leaves = program.leaves
    slots = buffers + [None] * (program.slots - leaves)
    buffers.clear()
    held = set(range(leaves))               # slots whose buffer a leaf's node holds too
    interrupted = False
    with np.errstate(all="ignore"):
        for step in program.steps:
            while True:
                try:
                    slots[step.output] = run_step(step, slots, held)
                    break
                except KeyboardInterrupt:
                    interrupted = True
            for i in step.release:
                slots[i] = None
    results = [slots[slot] for _, slot in program.results]
    if interrupted:
        raise Interrupted(results)
    return results
