"""Activation functions, element by element."""
from __future__ import annotations

import numpy as np

from ..core import element as el
from ..core.op import Op, normal
from .common import need_tensor, record


class Relu(Op):
    """max(x, 0), element by element. The slope at 0 is 0, as in PyTorch; NaN stays NaN."""

    axes = "... -> ..."
    saves = ("out",)

    def reference(self, x):        return np.maximum(x, 0)
    def element(self, i, x):       return el.where(x[i] <= 0, 0, x[i])
    def gradient(self, g, out, x): return g * (out > 0)

    samples = lambda: [(normal(3, 4),), (normal(),), (normal(0, 2),)]


def relu(input):
    """max(input, 0)"""
    return record(Relu(), need_tensor(input, "relu"))

__all__ = [
    "relu",
]
