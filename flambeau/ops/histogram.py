"""Counting: how many values fall into each bin, or are each whole number. The counts are made at the call and have no gradient."""
from __future__ import annotations

import builtins

import numpy as np

from ..core import dtype as dt
from ..core.tensor import from_array
from .common import Tensor, into, need_tensor, values
from .returns import return_type


def _limits(name: str, x: np.ndarray, low, high, room: float) -> tuple[float, float]:
    """The range of the bins, `room` added on both sides of a point. RuntimeError if it is not finite or crossed.

    low, high: the range, the same where it is to be that of the values.
    """
    if low > high:
        raise RuntimeError(f"{name}: max must be larger than min, got [{low}, {high}]")
    if low == high and x.size:
        low, high = float(x.min()), float(x.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RuntimeError(f"{name}: range of [{low}, {high}] is not finite")
    return (low - room, high + room) if low == high else (low, high)


def _need_floating(name: str, x: Tensor) -> None:
    if x.dtype not in (dt.float32, dt.float64):
        raise NotImplementedError(f'"{name}" not implemented for \'{x.dtype._title}\': convert with .float()')


def histc(input, bins: int = 100, min=0, max=0, *, out=None):
    """How many elements fall into each of `bins` equal bins from `min` to `max` (by default from the least to the greatest element).

    Elements outside, and NaN, are not counted. RuntimeError for a range that is not finite or crossed.
    """
    x = need_tensor(input, "histc")
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    _need_floating("histogram_cpu", x)
    array = values(x).reshape(-1)
    low, high = _limits("torch.histc", array, float(min), float(max), 1)
    kind = array.dtype.type
    inside = array[(array >= kind(low)) & (array <= kind(high))]
    place = ((inside - kind(low)) / (kind(high) - kind(low)) * kind(bins)).astype(np.int64)
    counts = np.bincount(np.minimum(place, bins - 1), minlength=bins)
    return into(out, from_array(counts.astype(array.dtype), x.dtype), "histc")


_histogram_type = return_type("histogram", "hist", "bin_edges")
_histogramdd_type = return_type("histogramdd", "hist", "bin_edges")


def _edges(name: str, column: np.ndarray, bins, low, high) -> np.ndarray:
    """The edges of the bins of one variable, in its own type."""
    if isinstance(bins, Tensor):
        return values(bins)
    if bins <= 0:
        raise RuntimeError(f"{name}(): bins must be > 0, but got {bins}")
    low, high = _limits(name, column, low, high, 0.5) if column.size or low != high else (0.0, 1.0)
    return np.linspace(low, high, bins + 1, dtype=np.float64).astype(column.dtype)


def _count(name: str, sample: np.ndarray, edges: list[np.ndarray], weight, density: bool) -> np.ndarray:
    """The (weighted) count in each box; the last bin of each variable holds its right edge too."""
    shape = tuple(len(e) - 1 for e in edges)
    counted, place = np.ones(len(sample), bool), np.zeros(len(sample), np.int64)
    for column, e, n in zip(sample.T, edges, shape, strict=True):
        at = np.searchsorted(e, column, side="right") - 1
        at = np.where(column == e[-1], n - 1, at)
        counted &= (column >= e[0]) & (column <= e[-1])
        place = place * n + np.clip(at, 0, n - 1)
    counts = np.bincount(place[counted], None if weight is None else weight[counted], minlength=int(np.prod(shape))).reshape(shape).astype(sample.dtype)
    if density:
        counts = counts / counts.sum()
        for d, e in enumerate(edges):
            counts = counts / np.diff(e).reshape([-1 if k == d else 1 for k in range(len(edges))])
    return counts.astype(sample.dtype)


def _weights(name: str, weight, x: Tensor, shape) -> np.ndarray | None:
    if weight is None:
        return None
    if weight.dtype is not x.dtype:
        raise RuntimeError(f"{name}: if weight tensor is provided, input tensor and weight tensor should have the same dtype, but got input "
                           f"{x.dtype._title}, weight {weight.dtype._title}")
    if tuple(weight.shape) != tuple(shape):
        raise RuntimeError(f"{name}: if weight tensor is provided it should have the same shape as the input tensor excluding its innermost dimension, but "
                           f"got input with shape {list(x.shape)}, and weight with shape {list(weight.shape)}")
    return values(weight).reshape(-1)


def histogram(input, bins, *, range=None, weight=None, density: bool = False, out=None):
    """How much of `weight` (1 each) falls into each bin: (hist, bin_edges).

    bins: how many equal bins, over `range` = (low, high) or from the least to the greatest element, or their edges as a tensor.
    density: scaled so that the integral over the range is 1.
    """
    x = need_tensor(input, "histogram")
    _need_floating("histogramdd", x)
    if isinstance(bins, Tensor):
        if bins.dtype is not x.dtype:
            raise RuntimeError(f"torch.histogram(): input tensor and bins tensors should have the same dtype, but got input with dtype {x.dtype._title} and "
                               f"bins for dimension 0 with dtype {bins.dtype._title}")
        if range is not None:
            raise TypeError("histogram(): range goes with a number of bins; with edges it is given already")
        if bins.ndim != 1 or not bins.numel():
            raise RuntimeError(f"torch.histogram(): bins tensor should have one dimension and at least one element, but got shape {list(bins.shape)}")
    low, high = (0.0, 0.0) if range is None else map(float, range)
    array = values(x).reshape(-1)
    edges = _edges("torch.histogramdd", array, bins, low, high)
    hist = _count("torch.histogram", array[:, None], [edges], _weights("torch.histogramdd()", weight, x, x.shape), density)
    return into(out, _histogram_type(from_array(hist, x.dtype), from_array(np.array(edges), x.dtype)), "histogram")


def histogramdd(input, bins, range=None, weight=None, density: bool = False, *, out=None):
    """How many points (rows of the last axis) fall into each box: (hist, bin_edges), the edges a tuple with one tensor for each coordinate.

    bins: one number for all coordinates, one for each, or the edges as tensors; range: low and high of each coordinate in one sequence.
    """
    x = need_tensor(input, "histogramdd")
    if x.ndim < 2:
        raise RuntimeError(f"torch.histogramdd(): input tensor should have at least 2 dimensions, but got {x.ndim}")
    _need_floating("histogramdd", x)
    count = x.shape[-1]
    bins = [bins] * count if isinstance(bins, int) else list(bins)
    if len(bins) != count:
        raise RuntimeError(f"torch.histogramdd(): expected {count} bins, one for each coordinate (the size of the last axis), but got {len(bins)}")
    if range is not None and len(range) != 2 * count:
        raise RuntimeError(f"torch.histogramdd(): for a {count}-dimensional histogram range should have {2 * count} elements, but got {len(range)}")
    sample = values(x).reshape(-1, count)
    spans = [(0.0, 0.0)] * count if range is None else [(float(range[2 * k]), float(range[2 * k + 1])) for k in builtins.range(count)]
    edges = [_edges("torch.histogramdd", column, b, *span) for column, b, span in zip(sample.T, bins, spans, strict=True)]
    hist = _count("torch.histogramdd", sample, edges, _weights("torch.histogramdd()", weight, x, x.shape[:-1]), density)
    return _histogramdd_type(from_array(hist, x.dtype), tuple(from_array(np.array(e), x.dtype) for e in edges))


def bincount(input, weights=None, minlength: int = 0):
    """How often each whole number from 0 on occurs in a vector, or the sum of the weights of its occurrences."""
    x = need_tensor(input, "bincount")
    if x.dtype.category != 1:
        raise NotImplementedError(f'"bincount_cpu" not implemented for \'{x.dtype._title}\'')
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    array = values(x)
    if array.ndim != 1 or array.size and array.min() < 0:
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is None:
        return from_array(np.bincount(array.astype(np.int64), minlength=minlength).astype(np.int64), dt.int64)
    if weights.ndim != 1 or weights.numel() != x.numel():
        raise RuntimeError("weights should be 1-d and have the same length as input")
    kind = weights.dtype if weights.dtype is dt.float32 else dt.float64
    return from_array(np.bincount(array.astype(np.int64), values(weights).astype(np.float64), minlength).astype(kind.numpy), kind)


__all__ = ["bincount", "histc", "histogram", "histogramdd"]
