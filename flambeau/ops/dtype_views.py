"""The same bytes read as another dtype, and the parts of complex numbers: views."""
from __future__ import annotations

import builtins

import numpy as np

from ..core.op import Op, normal
from ..core.record import make_view
from ..core.view import View
from .autocast import full_precision
from .common import Tensor, cast


class ViewDtype(Op):
    """The same bytes read as another dtype: no gradient."""

    kind: object
    types = "keep"
    no_samples = "only ever names the grad_fn of a view: tests/core/test_views.py reads bytes as other dtypes"


def view_dtype(input: Tensor, dtype) -> Tensor:
    """The same bytes read as another dtype; the last axis grows or shrinks with the element size."""
    old, new = input.dtype.itemsize, dtype.itemsize
    shape, strides, offset = list(input.shape), list(input.stride()), input.storage_offset()
    if old != new:
        if not shape:
            raise RuntimeError(f"self.dim() cannot be 0 to view {input.dtype} as {dtype} (different element sizes)")
        if strides[-1] != 1 and shape[-1] != 1:
            raise RuntimeError(f"self.stride(-1) must be 1 to view {input.dtype} as {dtype} (different element sizes), but got {strides[-1]}")
        big, small = builtins.max(old, new), builtins.min(old, new)
        ratio = big // small
        if new < old:
            shape[-1] *= ratio
            strides = [s * ratio for s in strides[:-1]] + [1]
            offset *= ratio
        else:
            if shape[-1] % ratio or offset % ratio or any(s % ratio for s in strides[:-1]):
                raise RuntimeError(f"self.size(-1) must be divisible by {ratio} to view {input.dtype} as {dtype} (different element sizes), but got "
                                   f"{shape[-1]}")
            shape[-1] //= ratio
            strides = [s // ratio for s in strides[:-1]] + [1]
            offset //= ratio
    return make_view(input, ViewDtype(dtype), View(tuple(shape), tuple(strides), offset, dtype), dtype)


class ViewAsReal(Op):
    """out[…, 0] = Re x, out[…, 1] = Im x, on the same memory."""

    types = "keep"

    def shape(self, x):
        return (*x.shape, 2)

    def dtype(self, x):
        return x.dtype.to_real()

    def reference(self, x):
        return np.stack([x.real, x.imag], -1)

    def gradient(self, g, out, x):
        return view_as_complex(g.contiguous())

    samples = lambda: [(normal(2, 3) + 1j * normal(2, 3, seed=1),)]


class ViewAsComplex(Op):
    """x[…, 0] + i x[…, 1], on the same memory."""

    types = "keep"

    def shape(self, x):
        return x.shape[:-1]

    def dtype(self, x):
        return x.dtype.to_complex()

    def reference(self, x):
        return x[..., 0] + 1j * x[..., 1]

    def gradient(self, g, out, x):
        return view_as_real(g)

    samples = lambda: [(normal(3, 2),)]


class Real(Op):
    """Re x, on the same memory."""

    part: int = 0
    types = "keep"

    def shape(self, x):
        return x.shape

    def dtype(self, x):
        return x.dtype.to_real()

    def reference(self, x):
        return x.imag if self.part else x.real

    def gradient(self, g, out, x):
        g = cast(g, x.dtype)
        return g * 1j if self.part else g

    samples = lambda: [(normal(2, 3) + 1j * normal(2, 3, seed=1),)]


class Imag(Real):
    """Im x, on the same memory."""

    part: int = 1


def _complex_part(input: Tensor, page, part: int) -> Tensor:
    real = input.dtype.to_real()
    strides = tuple(2 * s for s in input.stride())
    return make_view(input, page, View(tuple(input.shape), strides, 2 * input.storage_offset() + part, real), real)


def view_as_real(input: Tensor) -> Tensor:
    """Complex numbers as a last axis of two real ones, on the same memory."""
    if not input.dtype.is_complex:
        raise RuntimeError("view_as_real is only supported for complex tensors")
    real = input.dtype.to_real()
    strides = (*(2 * s for s in input.stride()), 1)
    return make_view(input, ViewAsReal(), View((*input.shape, 2), strides, 2 * input.storage_offset(), real), real)


@full_precision
def view_as_complex(input: Tensor) -> Tensor:
    """A last axis of two real numbers as one complex number, on the same memory."""
    if not input.dtype.is_floating_point or input.dtype.itemsize < 4:
        raise RuntimeError(f"view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: {input.dtype._title}")
    if not input.shape or input.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    strides = input.stride()
    if strides[-1] != 1 or any(s % 2 for s in strides[:-1]) or input.storage_offset() % 2:
        raise RuntimeError("Tensor must have a last dimension with stride 1, and other strides and storage_offset divisible by 2")
    kind = input.dtype.to_complex()
    return make_view(input, ViewAsComplex(), View(tuple(input.shape[:-1]), tuple(s // 2 for s in strides[:-1]), input.storage_offset() // 2, kind), kind)


def real(input: Tensor) -> Tensor:
    """The real parts: a view (a real tensor is its own)."""
    return _complex_part(input, Real(), 0) if input.dtype.is_complex else input


def imag(input: Tensor) -> Tensor:
    """The imaginary parts: a view. RuntimeError for a real tensor."""
    if not input.dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _complex_part(input, Imag(), 1)


__all__ = ["imag", "real", "view_as_complex", "view_as_real"]
