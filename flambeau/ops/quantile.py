"""Quantiles, between the elements in their order."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core.shape import wrap_dim
from ..core.tensor import from_array
from .autocast import full_precision
from .blend import lerp
from .common import Tensor, into, need_tensor, numpy_names, record, values
from .elementwise import Where
from .gather import gather
from .magnitude import clamp, isnan
from .movement import expand, movedim, reshape, squeeze, unsqueeze
from .order import sort
from .rounding import ceil, floor, round

INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(name: str, input, q, dim, keepdim: bool, interpolation: str, skip_nan: bool, out):
    x = need_tensor(input, name)
    if x.dtype not in (dt.float32, dt.float64):
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
    if not x.numel():
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if interpolation not in INTERPOLATIONS:
        raise RuntimeError(f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {interpolation}")
    if isinstance(q, Tensor):
        if q.ndim > 1:
            raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
        if q.dtype is not x.dtype:
            raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
        if not q.is_meta and not bool(((values(q) >= 0) & (values(q) <= 1)).all()):
            raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
    else:
        if not 0 <= q <= 1:
            raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q}")
        q = from_array(np.array(q, x.dtype.numpy), x.dtype)
    if isinstance(out, Tensor) and out.dtype is not x.dtype:
        raise RuntimeError(f"{name}() out tensor must be same dtype as the input tensor")

    # one row for each result, sorted; one column for each q
    rank = x.ndim
    d = wrap_dim(dim, rank) if dim is not None else None
    rows = reshape(x, (1, -1)) if d is None else movedim(unsqueeze(x, 0) if not rank else x, d, -1)
    ranked = sort(rows, -1)[0]
    last = ranked.shape[-1] - 1
    wanted = reshape(q, (-1,))
    missing = isnan(ranked)
    if skip_nan:
        there = clamp(last - missing.sum(-1, keepdim=True), min=0)
        places = wanted * there.to(x.dtype)
    else:
        places = record(Where(), missing.any(-1, keepdim=True), float(last), wanted * last)
    places = expand(places, (*ranked.shape[:-1], wanted.shape[0]))
    if interpolation == "nearest":
        result = gather(ranked, -1, round(places).to(dt.int64))
    elif interpolation in ("lower", "higher"):
        result = gather(ranked, -1, (floor if interpolation == "lower" else ceil)(places).to(dt.int64))
    else:
        below = floor(places)
        weight = 0.5 if interpolation == "midpoint" else places - below
        low, high = gather(ranked, -1, below.to(dt.int64)), gather(ranked, -1, ceil(places).to(dt.int64))
        result = lerp(low, high, weight)

    # the q's axis first, the reduced axis as the input had it
    result = movedim(result, -1, 0)
    if d is None or not rank:
        result = reshape(result, (wanted.shape[0], *(1,) * rank) if keepdim else (wanted.shape[0],))
    elif keepdim:
        result = unsqueeze(result, d + 1)
    return into(out, result if q.ndim else squeeze(result, 0), name)


@numpy_names
@full_precision
def quantile(input, q, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear", out=None):
    """The values below which shares `q` (a number or a vector, in [0, 1]) of the elements along `dim` (of all by default) lie.

    Between two elements the result is interpolated; NaN where there is one. A vector `q` gives the result a leading axis.
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False, out)


@numpy_names
@full_precision
def nanquantile(input, q, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear", out=None):
    """`quantile` of the elements that are not NaN."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True, out)


__all__ = ["nanquantile", "quantile"]
