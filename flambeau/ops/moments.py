"""Variances, standard deviations and covariances."""
from __future__ import annotations

import math
import warnings

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import normal
from .common import Tensor, all_dims, cast, into, need_tensor, numpy_names, record, values
from .contract import matmul
from .elementwise import Where, conj_of
from .magnitude import clamp
from .movement import reshape, squeeze, unsqueeze
from .parts import diagonal
from .reduce import Collapse
from .summation import total


class _Spread(Collapse, abstract=True):
    """A page about how far elements over `dims` are from their mean."""

    correction: float = 1
    types = "real"
    saves = ("x",)

    def divisor(self, x) -> float:
        """What the sum of squares is divided by."""
        return max(self.count(x) - self.correction, 0)

    def variance(self, x):
        """Σ |x - mean|² / divisor, in NumPy."""
        with np.errstate(all="ignore"):
            away = x - np.divide(total(x, self.dims, True), x.dtype.type(self.count(x)))
            squares = away * away if x.dtype.kind != "c" else (away * away.conj()).real
            return np.divide(total(squares, self.dims, self.keepdim), squares.dtype.type(self.divisor(x)))

    def variance_gradient(self, g, x):
        """The gradient that comes through the variance."""
        divisor = self.divisor(x)
        away = x - x.mean(self.dims, keepdim=True) if self.dims else x - x
        return self.over(g, x) * away * (2 / divisor if divisor else math.nan)

    def deviation_gradient(self, g, out, x):
        """The gradient that comes through its root: 0 where that is 0."""
        return self.variance_gradient(record(Where(), out == 0, 0, g / (out * 2)), x)

    samples = lambda: [(normal(3, 4), (0,), False, 1), (normal(3, 4), (1,), True, 0), (normal(2, 3, 4), (0, 2), False, 1), (normal(3), (0,), False, 0.5)]


class Var(_Spread):
    """out = Σ |x - mean|² over `dims` / (count - correction)"""

    def reference(self, x):
        return self.variance(x)

    def element(self, i, x):
        sizes = tuple(x.shape[d] for d in self.dims)
        mean = el.reduce("add", sizes, lambda *k: self.at(i, x, k)) / self.count(x)
        return el.reduce("add", sizes, lambda *k: (self.at(i, x, k) - mean) * (self.at(i, x, k) - mean)) / self.divisor(x)

    def gradient(self, g, out, x):
        return self.variance_gradient(g, x)


class Std(Var):
    """out = √(Σ |x - mean|² over `dims` / (count - correction))"""

    saves = ("x", "out")

    def reference(self, x):
        return np.sqrt(self.variance(x))

    def element(self, i, x):
        return el.call("sqrt", super().element(i, x))

    def gradient(self, g, out, x):
        return self.deviation_gradient(g, out, x)


class VarMean(_Spread):
    """(Σ |x - mean|² over `dims` / (count - correction), mean)"""

    outputs = 2

    def shape(self, x):
        kept = super().shape(x)
        return kept, kept

    def dtype(self, x):
        return x.dtype.to_real(), x.dtype

    def reference(self, x):
        with np.errstate(all="ignore"):
            return self.variance(x), np.divide(total(x, self.dims, self.keepdim), x.dtype.type(self.count(x)))

    def gradient(self, g, out, x):
        spread = None if g[0] is None else self.spread_gradient(g[0], out, x)
        mean = None if g[1] is None else self.over(g[1] / max(self.count(x), 1), x)
        return spread if mean is None else mean if spread is None else spread + mean

    def spread_gradient(self, g, out, x):
        """The part that comes through the first result."""
        return self.variance_gradient(g, x)


class StdMean(VarMean):
    """(√(Σ |x - mean|² over `dims` / (count - correction)), mean)"""

    saves = ("x", "out")

    def reference(self, x):
        variance, mean = super().reference(x)
        return np.sqrt(variance), mean

    def spread_gradient(self, g, out, x):
        return self.deviation_gradient(g, out[0], x)


# ------------------------------------------------------------------------------------------------------------- the functions
def _moment(name: str, page, text: str):
    @numpy_names
    def function(input, dim=None, unbiased: bool | None = None, keepdim: bool = False, *, correction=None, out=None):
        x = need_tensor(input, name)
        if isinstance(dim, bool):                       # the old form f(input, unbiased)
            dim, unbiased = None, dim
        if unbiased is not None:
            if correction is not None:
                raise TypeError(f"{name}() takes unbiased or correction, not both")
            correction = int(unbiased)
        if x.dtype.category < 2:
            raise RuntimeError(f"{name}: std and var only support floating point and complex dtypes, got {x.dtype}; convert with .float()")
        correction = 1 if correction is None else correction.item() if isinstance(correction, Tensor) else correction
        op = page(all_dims(dim, x.ndim), bool(keepdim), correction)
        if op.count(x) - correction <= 0:
            warnings.warn(f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel divided by "
                          "output numel).", UserWarning, stacklevel=3)
        return into(out, record(op, x), name)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{text} over the axes `dim` (all by default); correction is what the count is lessened by (unbiased: 1 or 0)."
    return function


var = _moment("var", Var, "The variance Σ |x - mean|² / (count - correction)")
std = _moment("std", Std, "The standard deviation √(Σ |x - mean|² / (count - correction))")
var_mean = _moment("var_mean", VarMean, "(variance, mean)")
std_mean = _moment("std_mean", StdMean, "(standard deviation, mean)")


def cov(input, *, correction: int = 1, fweights=None, aweights=None):
    """The covariance matrix of variables in rows and observations in columns (a vector is one variable).

    fweights: how often each observation counts (integers); aweights: how much each weighs. RuntimeError for more than two axes.
    """
    x = need_tensor(input, "cov")
    if x.ndim > 2:
        raise RuntimeError(f"cov(): expected input to have two or fewer dimensions but got an input with {x.ndim} dimensions")
    if x.dtype is dt.bool_:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = x if x.ndim == 2 else reshape(x, (1, -1))
    count = rows.shape[1]
    for name, w, category, kind in (("fweights", fweights, 1, "integral"), ("aweights", aweights, 2, "floating point")):
        if w is None:
            continue
        if w.ndim > 1:
            raise RuntimeError(f"cov(): expected {name} to have one or fewer dimensions but got {name} with {w.ndim} dimensions")
        if w.dtype.category != category:
            raise RuntimeError(f"cov(): expected {name} to have {kind} dtype but got {name} with {w.dtype._title} dtype")
        if w.numel() != count:
            raise RuntimeError(f"cov(): expected {name} to have the same numel as there are observations in the input but got {w.numel()} != {count}")
        if count and bool((values(w) < 0).any()):
            raise RuntimeError(f"cov(): {name} cannot be negative")
    weights = fweights if aweights is None else aweights if fweights is None else fweights * aweights
    # integers are reckoned as floating numbers
    rows = rows if rows.dtype.category >= 2 else cast(rows, dt.default_dtype())
    mass = count if weights is None else weights.sum()
    mean = rows.sum(1) / mass if weights is None else (rows * weights).sum(1) / mass
    if weights is None or correction == 0:
        freedom = mass - correction
    elif aweights is None:
        freedom = mass - correction
    else:
        freedom = mass - correction * (weights * aweights).sum() / mass
    if (freedom if not isinstance(freedom, Tensor) else freedom.item()) <= 0:
        warnings.warn("cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations.", UserWarning, stacklevel=2)
        freedom = 0
    away = rows - unsqueeze(mean, 1)
    other = conj_of(away if weights is None else away * weights)
    result = matmul(away, cast(other, away.dtype).transpose(0, 1)) / freedom
    return result if x.ndim == 2 and x.shape[0] != 1 else squeeze(result)


def corrcoef(input):
    """The correlation coefficients of variables in rows (a vector is one variable), in [-1, 1]."""
    x = need_tensor(input, "corrcoef")
    if x.ndim > 2:
        raise RuntimeError(f"corrcoef(): expected input to have two or fewer dimensions but got an input with {x.ndim} dimensions")
    c = cov(x)
    if c.ndim == 0:
        return c / c
    deviation = diagonal(c).sqrt() if not c.dtype.is_complex else diagonal(c).real.sqrt()
    result = c / unsqueeze(deviation, 1) / unsqueeze(deviation, 0)
    if result.dtype.is_complex:
        return result
    return clamp(result, -1, 1)


__all__ = ["corrcoef", "cov", "std", "std_mean", "var", "var_mean"]
