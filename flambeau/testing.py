"""Comparing tensors in tests: torch.testing.assert_close."""
from __future__ import annotations

import numbers

import numpy as np

from .core import dtype as dt
from .core.tensor import Tensor
from .ops.common import values
from .ops.create import as_tensor

# relative and absolute tolerance of each dtype, as PyTorch's
_TOLERANCES = {dt.float16: (1e-3, 1e-5), dt.bfloat16: (1.6e-2, 1e-5), dt.float32: (1.3e-6, 1e-5), dt.float64: (1e-7, 1e-7), dt.complex64: (1.3e-6, 1e-5),
               dt.complex128: (1e-7, 1e-7)}


def assert_close(actual, expected, *, allow_subclasses: bool = True, rtol: float | None = None, atol: float | None = None, equal_nan: bool = False,
                 check_device: bool = True, check_dtype: bool = True, check_layout: bool = True, check_stride: bool = False, msg=None) -> None:
    """AssertionError unless |actual - expected| <= atol + rtol · |expected| everywhere, and shapes and dtypes agree.

    Tensors, arrays, numbers, and sequences and mappings of them. The tolerances follow from the dtype unless both are given.
    """
    if (rtol is None) != (atol is None):
        raise ValueError(f"Both tolerances 'rtol' and 'atol' must be specified or left at their defaults, but got {rtol=} and {atol=}.")
    _compare(actual, expected, "", dict(rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=check_dtype, check_stride=check_stride), msg)


def _compare(a, b, where, options, msg) -> None:
    if isinstance(a, dict) and isinstance(b, dict):
        if set(a) != set(b):
            raise AssertionError(f"The keys of the mappings do not match{where}: {sorted(map(str, set(a) ^ set(b)))}")
        for key in a:
            _compare(a[key], b[key], f"{where}[{key!r}]", options, msg)
    elif isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        if len(a) != len(b):
            raise AssertionError(f"The length of the sequences mismatch{where}: {len(a)} != {len(b)}")
        for k, (x, y) in enumerate(zip(a, b, strict=True)):
            _compare(x, y, f"{where}[{k}]", options, msg)
    elif a is None or b is None:
        if a is not b:
            raise AssertionError(f"None mismatch{where}: {a!r} is not {b!r}")
    elif all(isinstance(x, (Tensor, np.ndarray, numbers.Number)) for x in (a, b)):
        _compare_tensors(a, b, where, options, msg)
    else:
        raise TypeError(f"No comparison pair was able to handle inputs of type {type(a)} and {type(b)}{where}.")


def _compare_tensors(a, b, where, options, msg) -> None:
    plain = not isinstance(a, Tensor) and not isinstance(b, Tensor)
    a, b = as_tensor(a), as_tensor(b)

    def fail(text):
        text = f"{text}{' (at ' + where + ')' if where else ''}"
        raise AssertionError(msg(text) if callable(msg) else msg or text)
    if a.shape != b.shape:
        fail(f"The values for attribute 'shape' do not match: {a.shape} != {b.shape}.")
    if options["check_dtype"] and a.dtype is not b.dtype and not plain:
        fail(f"The values for attribute 'dtype' do not match: {a.dtype} != {b.dtype}.")
    if options["check_stride"] and a.stride() != b.stride():
        fail(f"The values for attribute 'stride()' do not match: {a.stride()} != {b.stride()}.")
    rtol, atol = options["rtol"], options["atol"]
    if rtol is None:
        pairs = [_TOLERANCES.get(t.dtype, (0.0, 0.0)) for t in (a, b)]
        rtol, atol = max(p[0] for p in pairs), max(p[1] for p in pairs)
    x, y = (values(t.detach()) for t in (a, b))
    wide = np.complex128 if "c" in (x.dtype.kind, y.dtype.kind) else np.float64
    if x.dtype.kind in "biu" and y.dtype.kind in "biu" and rtol == atol == 0:
        bad = x != y
        difference = np.abs(x.astype(np.float64) - y.astype(np.float64))
    else:
        x, y = x.astype(wide), y.astype(wide)
        with np.errstate(all="ignore"):
            difference = np.abs(x - y)
            bad = ~((x == y) | (difference <= atol + rtol * np.abs(y)))
        if options["equal_nan"]:
            bad &= ~(np.isnan(x) & np.isnan(y))
    if bad.any():
        worst = int(np.nanargmax(np.where(bad, difference, -1))) if np.isfinite(difference[bad]).any() else int(np.argmax(bad))
        place = tuple(int(k) for k in np.unravel_index(worst, x.shape)) if x.ndim else ()
        kind = "Scalars" if plain and not x.ndim else "Tensor-likes"
        fail(f"{kind} are not close!\n\nMismatched elements: {int(bad.sum())} / {bad.size} ({100 * bad.mean():.1f}%)\nGreatest absolute difference: "
             f"{difference.reshape(-1)[worst]} at index {place} (up to {atol} allowed)\nValues there: {x[place]} and {y[place]} (relative tolerance {rtol})")
