"""Whether indices and numbers fit: checked at the call, before anything is recorded."""
from __future__ import annotations

import math

import numpy as np

from ..core import dtype as dt
from ..core import graph
from ..core.access import read
from ..core.tensor import Tensor

_SMALL = 1 << 16        # elements of an index that are looked at beside the rest of the program, not by running it
_DEPTH = 4              # operations that may lead to them

_C_NAMES = {dt.uint8: "uint8_t", dt.int8: "int8_t", dt.int16: "int16_t", dt.int32: "int", dt.int64: "int64_t", dt.uint16: "uint16_t",
            dt.uint32: "uint32_t", dt.uint64: "uint64_t", dt.float16: "c10::Half", dt.bfloat16: "c10::BFloat16", dt.float32: "float",
            dt.float64: "double", dt.complex64: "c10::complex<float>", dt.complex128: "c10::complex<double>"}
_LARGEST = {dt.float16: 65504.0, dt.bfloat16: (2 - 2.0 ** -7) * 2.0 ** 127, dt.float32: float(np.finfo(np.float32).max)}


class OutOfRange(IndexError, RuntimeError):
    """A position or axis out of range, where PyTorch raises one or the other of the two: it depends on dtype, layout and sign."""


def integers(index: Tensor) -> np.ndarray:
    """The values of an integer tensor, not to be written to.

    Those that a few small integer operations lead to are computed on the side, so that looking at an index does not run all that is pending.
    """
    if (capture := graph.current_trace().capture) is not None:
        capture.look(index._storage.value)
    node = read(index)
    found = _aside(node, _DEPTH)
    return graph.compute(node) if found is None else found


def _aside(node, depth: int):
    """The array of a pending node from its inputs', or None where that is not cheap."""
    if node.trace is None:
        return node.buffer
    if not depth or node.trace is not graph.current_trace():
        return None
    op, compute = node.entry.op, node.entry.compute
    if op.outputs is not None or node.dtype.category > 1 or compute is not None and compute.category > 1 or node.shape.numel() > _SMALL:
        return None
    inputs = [_aside(n, depth - 1) for n in node.inputs]
    if any(a is None or a.dtype.kind not in "iub" for a in inputs):
        return None
    with np.errstate(all="ignore"):
        result = np.asarray(op.reference(*[a if compute is None else a.astype(compute.numpy) for a in inputs]))
    return result.astype(node.dtype.numpy, copy=False)


def note_bounds(index: Tensor, low: int, high: int) -> None:
    """Tell a capture, if there is one, that the call depends on these values being within bounds; the look at them is no look then."""
    capture = graph.current_trace().capture
    if capture is not None:
        capture.bounds(index, low, high)


def first_outside(index: Tensor, low: int, high: int) -> int | None:
    """The first value of an integer tensor that is not in low … high (both included); None if all are, or if it has no memory."""
    if index.is_meta:
        return None
    note_bounds(index, low, high)
    array = integers(index)
    if array.size == 0 or (array.min() >= low and array.max() <= high):
        return None
    return int(array[(array < low) | (array > high)].reshape(-1)[0])


def check_index(index: Tensor, size: int, dim: int, negative: bool = True, error=IndexError) -> None:
    """`error` unless every value of `index` names one of `size` places (negative ones from the end, where that is allowed)."""
    bad = first_outside(index, -size if negative else 0, size - 1)
    if bad is not None:
        raise error(f"index {bad} is out of bounds for dimension {dim} with size {size}")


def fitting(value, dtype: dt.dtype):
    """A Python number as one of `dtype`; RuntimeError if that cannot hold it (fractions are cut off, small negative ones wrap)."""
    if isinstance(value, np.generic):
        value = value.item()
    if dtype is dt.bool_ or type(value) is bool:
        return value
    if isinstance(value, complex):
        if dtype.is_complex:
            return value
        if value.imag:
            _overflow(dtype)
        value = value.real
    if dtype.category == 1:
        limits = np.iinfo(dtype.numpy)
        low = limits.min if dtype.is_signed else -limits.max if isinstance(value, int) else 0
        if not (math.isfinite(value) and low <= value <= limits.max):
            _overflow(dtype)
        return int(value) & limits.max if not dtype.is_signed else int(value)
    largest = _LARGEST.get(dtype.to_real())
    if largest is not None and math.isfinite(value) and abs(value) > largest:
        _overflow(dtype)
    return value


def _overflow(dtype):
    raise RuntimeError(f"value cannot be converted to type {_C_NAMES[dtype]} without overflow")


__all__ = ["OutOfRange", "check_index", "first_outside", "fitting", "integers", "note_bounds"]
