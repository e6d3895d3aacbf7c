"""One operator by its reference: what every backend falls back on."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt


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
