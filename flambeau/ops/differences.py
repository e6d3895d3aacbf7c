"""Differences along an axis, and integrals by the trapezoidal rule."""
from __future__ import annotations

from ..core import dtype as dt
from ..core.shape import wrap_dim, wrap_dims
from .common import Tensor, cast, into, need_tensor, numpy_names
from .comparison import logical_xor
from .join import cat
from .movement import reshape
from .parts import narrow, select


def _ends(x: Tensor, d: int) -> tuple[Tensor, Tensor]:
    """All but the last and all but the first elements along axis `d`."""
    n = max(x.shape[d] - 1, 0)
    return narrow(x, d, 0, n), narrow(x, d, x.shape[d] - n, n)


@numpy_names
def diff(input, n: int = 1, dim: int = -1, prepend=None, append=None, *, out=None):
    """The `n`-th differences along axis `dim`, out[k] = x[k + 1] - x[k], of the input between `prepend` and `append`."""
    x = need_tensor(input, "diff")
    if x.ndim == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    d = wrap_dim(dim, x.ndim)
    parts = [p for p in (prepend, x, append) if p is not None]
    for p in parts:
        if p.ndim != x.ndim:
            raise RuntimeError(f"diff expects prepend or append to be the same dimension as input: {p.ndim} axes and {x.ndim}")
        for k in range(x.ndim):
            if k != d and p.shape[k] != x.shape[k]:
                raise RuntimeError(f"diff expects the shape of tensor to prepend or append to match that of input except along the differencing dimension; "
                                   f"input.size({k}) = {x.shape[k]}, but got tensor.size({k}) = {p.shape[k]}")
    if n == 0:
        return into(out, x.clone(), "diff")
    x = cat(parts, d) if len(parts) > 1 else x
    for _ in range(min(n, x.shape[d])):
        low, high = _ends(x, d)
        x = logical_xor(high, low) if x.dtype is dt.bool_ else high - low
    return into(out, x, "diff")


def _panels(name: str, y, x, dx, dim) -> tuple[Tensor, int]:
    """The area of each panel between neighbouring samples along the axis, and the axis."""
    y = need_tensor(y, name, "y")
    if y.dtype is dt.bool_:
        raise RuntimeError(f"{name}: received a bool input for `y`, but bool is not supported")
    if y.ndim == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    d = wrap_dim(dim, y.ndim)
    if isinstance(x, Tensor):
        if x.dtype is dt.bool_:
            raise RuntimeError(f"{name}: received a bool input for `x`, but bool is not supported")
        if x.ndim == 0:
            raise IndexError(f"{name}: `x` needs at least one axis")
        if x.ndim == 1:
            if x.shape[0] != y.shape[d]:
                raise RuntimeError(f"{name}: There must be one `x` value for each sample point: got {x.shape[0]} for {y.shape[d]} samples")
            x = reshape(x, [-1 if k == d else 1 for k in range(y.ndim)])
        elif x.ndim < y.ndim:
            x = reshape(x, (1,) * (y.ndim - x.ndim) + tuple(x.shape))
        place = d + max(x.ndim - y.ndim, 0)
        if x.shape[place] != y.shape[d]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point: got {x.shape[place]} for {y.shape[d]} samples")
        low, high = _ends(x, place)
        dx = high - low
    elif isinstance(dx, bool) or not isinstance(dx, (int, float)):
        raise RuntimeError(f"{name}: Currently, we only support dx as a real number")
    low, high = _ends(y, d)
    panels = (low + high) * dx
    return panels / 2, d if panels.ndim == y.ndim else d + panels.ndim - y.ndim


@numpy_names
def trapezoid(y, x=None, *, dx=None, dim: int = -1):
    """The integral of samples `y` along axis `dim` by the trapezoidal rule, at the places `x` or `dx` (1) apart."""
    panels, d = _panels("trapezoid", y, x, 1 if dx is None else dx, dim)
    if x is None and y.shape[d]:            # all samples but half of the outer ones: integers are summed as int64
        return (y.sum(d) - (select(y, d, 0) + select(y, d, -1)) * 0.5) * (1 if dx is None else dx)
    return panels.sum(d)


@numpy_names
def cumulative_trapezoid(y, x=None, *, dx=None, dim: int = -1):
    """The running integral of samples `y` along axis `dim` by the trapezoidal rule, at the places `x` or `dx` (1) apart."""
    panels, d = _panels("cumulative_trapezoid", y, x, 1 if dx is None else dx, dim)
    return panels.cumsum(d)


trapz = trapezoid


def _slope(x: Tensor, d: int, spacing, edge_order: int) -> Tensor:
    """The derivative along axis `d` from neighbours: in the middle from both sides, at the edges from `edge_order` + 1 points."""
    if isinstance(spacing, Tensor):
        low, high = _ends(spacing, 0)
        gaps = reshape(high - low, [-1 if k == d else 1 for k in range(x.ndim)])
    else:
        gaps = None
    n = x.shape[d]

    def at(k: int, count: int = 1) -> Tensor:
        return narrow(x, d, k, count)

    def gap(k: int, count: int = 1):
        return spacing if gaps is None else narrow(gaps, d, k, count)

    def edge(outer: int, inner: int, beyond: int, first: int, second: int, sign: int) -> Tensor:
        if edge_order == 1:
            return (at(inner) - at(outer)) * sign / gap(first)
        h, k = gap(first), gap(second)
        return sign * (at(outer) * (-(2 * h + k) / (h * (h + k))) + at(inner) * ((h + k) / (h * k)) - at(beyond) * (h / (k * (h + k))))
    parts = [edge(0, 1, 2, 0, 1, 1)]
    if n > 2:
        if gaps is None:
            parts.append((at(2, n - 2) - at(0, n - 2)) / (2 * spacing))
        else:
            h, k = gap(0, n - 2), gap(1, n - 2)
            parts.append(at(0, n - 2) * (-k / (h * (h + k))) + at(1, n - 2) * ((k - h) / (h * k)) + at(2, n - 2) * (h / (k * (h + k))))
    parts.append(edge(n - 1, n - 2, n - 3, n - 2, n - 3, -1))
    return cat(parts, d)


def gradient(input, *, spacing=None, dim=None, edge_order: int = 1):
    """The derivatives of samples on a grid along each of the axes `dim` (all by default), as a tuple, by second-order differences.

    spacing: the distance of neighbours (1), one number for all axes or one for each, or the coordinates along each axis as vectors.
    edge_order: 1 or 2, the order of the differences at the edges. RuntimeError for axes of fewer than edge_order + 1 samples.
    """
    x = need_tensor(input, "gradient")
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    dims = tuple(range(x.ndim)) if dim is None else wrap_dims(dim, x.ndim)
    spacings = list(spacing) if isinstance(spacing, (tuple, list)) else [1 if spacing is None else spacing] * len(dims)
    if len(spacings) != len(dims):
        raise RuntimeError("torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the same length, but got "
                           f"a spacing argument of length {len(spacings)} and a dim argument of length {len(dims)}.")
    for d, s in zip(dims, spacings, strict=True):
        if x.shape[d] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
        if isinstance(s, Tensor) and (s.ndim != 1 or s.shape[0] != x.shape[d]):
            raise RuntimeError(f"torch.gradient expected coordinates of {x.shape[d]} samples along dimension {d}, got shape {tuple(s.shape)}")
    x = x if x.dtype.category >= 2 else cast(x, dt.default_dtype())
    return tuple(_slope(x, d, s, edge_order) for d, s in zip(dims, spacings, strict=True))


__all__ = ["cumulative_trapezoid", "diff", "gradient", "trapezoid", "trapz"]
