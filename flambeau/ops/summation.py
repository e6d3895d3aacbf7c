"""Sums that keep their accuracy along every axis."""
from __future__ import annotations

import numpy as np

BLOCK = 128         # terms added one after the other; NumPy's own pairwise summation has the same


def total(x: np.ndarray, dims: tuple[int, ...], keepdims: bool = False) -> np.ndarray:
    """Σ over the axes `dims`, in pairs or blocks, so that the error grows with the logarithm of the number of terms.

    NumPy adds in pairs along the axis that is contiguous in memory, and along the others one term after the other. Those are folded
    first: blocks of terms are summed, then the sums of the blocks, and so on.
    """
    if x.dtype.kind in "fc" and x.size and dims:
        inner = min(range(x.ndim), key=lambda d: (abs(x.strides[d]) if x.shape[d] > 1 else 1 << 62, -d))
        for d in dims:
            if d != inner:
                x = _fold(x, d)
    return np.sum(x, axis=dims, keepdims=keepdims)


def _fold(x: np.ndarray, d: int) -> np.ndarray:
    """`x` with axis `d` shortened to at most BLOCK partial sums."""
    while x.shape[d] > BLOCK:
        n = x.shape[d]
        whole = n - n % BLOCK
        lead = (slice(None),) * d
        head = x[(*lead, slice(whole))]
        blocks = head.reshape(*x.shape[:d], whole // BLOCK, BLOCK, *x.shape[d + 1:]).sum(axis=d + 1)
        x = blocks if whole == n else np.concatenate([blocks, x[(*lead, slice(whole, None))].sum(axis=d, keepdims=True)], axis=d)
    return x
