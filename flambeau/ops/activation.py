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
    def gradient(self, g, out, x): return record(ReluGradient(), g, out)

    samples = lambda: [(normal(3, 4),), (normal(),), (normal(0, 2),)]


class ReluGradient(Op):
    """g where out > 0, else 0: a page of its own, because every network runs it once for each activation."""

    axes = "..., ... -> ..."
    saves = ("out_",)
    backward = "ThresholdBackwardBackward0"

    def reference(self, g, out_):            return np.where(out_ > 0, g, 0)
    def element(self, i, g, out_):           return el.where(out_[i] > 0, g[i], 0)
    def gradient(self, h, out, g, out_):     return lambda: record(ReluGradient(), h, out_), None

    samples = lambda: [(normal(3, 4), normal(3, 4, seed=1)), (normal(), normal(seed=1))]


def relu(input):
    """max(input, 0)"""
    return record(Relu(), need_tensor(input, "relu"))

__all__ = [
    "relu",
]
