"""One operator by its reference: what every backend falls back on."""
from __future__ import annotations

import sys
import time

import numpy as np

from ..core import dtype as dt
from ..core import watch


def run_op(op, arrays, shape, dtype, compute, overwrite: bool = False):
    """One operator on arrays: inputs cast to the dtype it computes in, the result cast to `dtype`."""
    if compute is not None:
        target = np.dtype(np.float32) if op.half_in_float32 and dt.dtype_of_half(compute) else compute.numpy
        arrays = [a if a.dtype == target else a.astype(target) for a in arrays]
    result = op.overwrite(*arrays) if overwrite else op.reference(*arrays)
    if op.outputs is not None:
        return tuple([_finish(r, s, d) for r, s, d in zip(result, shape, dtype, strict=True)])
    return _finish(result, shape, dtype)


def _finish(result, shape, dtype):
    result = np.asarray(result)
    if result.dtype != dtype.numpy:
        result = result.astype(dtype.numpy)
    if result.shape != shape:
        result = np.broadcast_to(result, shape)
    return result


def run_step(step, slots, held: set[int], reason: str = "seen for the first time"):
    """One step of a program on its slots; where the first input dies and nobody else holds its memory, that takes the result.

    held: the slots whose buffer a node outside holds too; reason: why the step is not machine code, for profiles.
    """
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
    if not watch.listeners:
        return run_op(step.op, arrays, step.shape, step.dtype, step.compute, overwrite)
    shapes, begin = tuple([a.shape for a in arrays if isinstance(a, np.ndarray)]), time.perf_counter_ns()
    result = run_op(step.op, arrays, step.shape, step.dtype, step.compute, overwrite)
    watch.tell(watch.Work(step.op.name, begin, time.perf_counter_ns(), lines=(step.line,) if step.line else (), shapes=shapes, interpreted=reason))
    return result


def _count() -> int:
    slots = [np.zeros(1)]
    arrays = [slots[i] for i in (0,)]
    first = arrays[0]
    return sys.getrefcount(first)


_REFERENCES = _count()
