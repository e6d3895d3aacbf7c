"""What pages that work element by element share: which types they take, and the making of their public functions."""
from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..core.op import Op
from .common import Tensor, into, need_tensor, record, tensor_or_number

KINDS = "bifc"


class Pointwise(Op):
    """A page that works element by element.

    takes: the categories in which it computes, of b(ool), i(nteger), f(loating) and c(omplex). Others are refused with NotImplementedError.
    """

    axes = "... -> ..."
    takes: ClassVar[str] = KINDS

    def compute(self, *inputs):
        common = super().compute(*inputs)
        if KINDS[common.category] not in self.takes:
            raise NotImplementedError(f'"{self.name}" not implemented for \'{common._title}\'')
        return common


class Step(Pointwise):
    """A page that is constant between jumps: its slope is 0."""

    def gradient(self, g, out, x):
        return zeros_like(g)


def zeros_like(g: Tensor) -> Tensor:
    """Zeros of the shape and dtype of `g`: the gradient of what is constant, also where `g` is infinite."""
    return record(_Zeros(), g)


class _Zeros(Op):
    """out = 0, of the shape of x."""

    axes = "... -> ..."
    types = "keep"

    def reference(self, x):
        return np.zeros(x.shape, x.dtype)

    def element(self, i, x):
        return 0 * x[i] if False else x[i] * 0

    def gradient(self, g, out, x):
        return None
