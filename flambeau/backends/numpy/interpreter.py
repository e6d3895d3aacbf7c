"""Runs programs step by step."""
from __future__ import annotations

import sys

import numpy as np

from ...compiler import Program
from .. import Interrupted
from ..reference import run_op


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
                    slots[step.output] = _run(step, slots, held)
                    break
                except KeyboardInterrupt:
                    interrupted = True
            for i in step.release:
                slots[i] = None
    results = [slots[slot] for _, slot in program.results]
    if interrupted:
        raise Interrupted(results)
    return results


def _run(step, slots, held):
    arrays = [slots[i] for i in step.inputs]
    overwrite = False
    if step.overwrite:
        # the buffer is held by its slot (a leaf's by its node too, also after it was overwritten), the list of arrays, and what counts
        first = arrays[0]
        limit = _REFERENCES + (step.inputs[0] in held)
        fits = first.shape == step.shape and first.dtype == step.dtype.numpy and step.compute in (None, step.dtype)
        overwrite = fits and first.flags.owndata and first.flags.c_contiguous and first.flags.writeable and sys.getrefcount(first) <= limit
        if overwrite and step.inputs[0] in held:
            held.add(step.output)
    return run_op(step.op, arrays, step.shape, step.dtype, step.compute, overwrite)


def _count() -> int:
    slots = [np.zeros(1)]
    arrays = [slots[i] for i in (0,)]
    first = arrays[0]
    return sys.getrefcount(first)


_REFERENCES = _count()
