"""Formulas written once: the same expression as NumPy code, in the element language, and as Tensor code.

A page of one operand says its value and its slope as functions of (x, m), where `m` has the named functions: m.exp(x), m.where(condition, a, b).
Its reference, its element, its gradient in one step and its gradient to be differentiated again follow.
"""
from __future__ import annotations

import numpy as np

from ..core import element as el
from ..core.grad import modes
from ..core.op import Op, normal
from .common import Tensor, record
from .elementwise import Where, conj_of
from .pointwise import Pointwise


class _NumPy:
    abs, sqrt, exp, expm1, log, log1p, tanh = np.abs, np.sqrt, np.exp, np.expm1, np.log, np.log1p, np.tanh

    @staticmethod
    def where(condition, a, b):
        return np.where(condition, a, b)

    @staticmethod
    def erf(x):
        from scipy.special import erf
        return erf(x)


class _Element:
    where = staticmethod(el.where)

    def __getattr__(self, name):
        return lambda x: el.call(name, x)


class _Tensor:
    @staticmethod
    def where(condition, a, b):
        return record(Where(), condition, a, b)

    @staticmethod
    def erf(x):
        return x.erf()

    def __getattr__(self, name):
        return getattr(Tensor, name)


NUMPY, ELEMENT, TENSOR = _NumPy(), _Element(), _Tensor()


class Formula(Pointwise, abstract=True):
    """A page y = value(x) of one operand, with dy/dx = slope(x), or slope(y) where `saves` says "out"."""

    takes = "f"
    saves = ("x",)

    def value(self, x, m):
        """y, with the functions that `m` has."""
        raise NotImplementedError(f"{type(self).__name__} has no value")

    def slope(self, x, m):
        """dy/dx at x (or at y)."""
        raise NotImplementedError(f"{type(self).__name__} has no slope")

    def reference(self, x):
        return self.value(x, NUMPY)

    def element(self, i, x):
        return self.value(x[i], ELEMENT)

    def gradient(self, g, out, x):
        at = out if "out" in self.saves else x
        if modes.grad or at.dtype.is_complex:
            return g * conj_of(self.slope(at, TENSOR))
        return record(FormulaGradient(self), g, at)

    samples = lambda: [(normal(3, 4),), (normal(),), (normal(0, 2),)]


class FormulaGradient(Op):
    """g · slope(x) of a Formula, in one step; where gradients are differentiated again, the formula itself stands instead."""

    of: Op
    axes = "..., ... -> ..."

    def reference(self, g, x):
        return g * self.of.slope(x, NUMPY)

    def element(self, i, g, x):
        return g[i] * self.of.slope(x[i], ELEMENT)

    @property
    def name(self) -> str:
        return f"gradient of {self.of.name}"

    no_samples = "every Formula is a test of it"


