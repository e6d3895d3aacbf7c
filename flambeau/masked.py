"""torch.masked: reductions, scans and normalizations of the elements at which a mask holds.

mask: a bool tensor that broadcasts to the input and has no more axes than it; None counts every element. Left-out elements count as what changes
nothing: 0 in a sum, 1 in a product, -inf in a maximum. Where a result has no element at all it is that number, or NaN where there is none.
"""
from __future__ import annotations

import math

import flambeau
from flambeau import Tensor

__all__ = [
    "amax", "amin", "argmax", "argmin", "cumprod", "cumsum", "log_softmax", "logaddexp", "logsumexp", "mean", "median", "norm", "normalize", "prod", "softmax",
    "softmin", "std", "sum", "var",
]


def _whole_mask(input: Tensor, mask: Tensor) -> Tensor:
    """The mask as bool in the shape of the input. IndexError if it has more axes."""
    if mask.ndim > input.ndim:
        raise IndexError(f"expected a mask that broadcasts to the input, but it has {mask.ndim} axes and the input {input.ndim}")
    return flambeau.broadcast_to(mask.bool(), input.shape)


def _filled(input: Tensor, mask: Tensor | None, value) -> Tensor:
    """The input with `value` where the mask does not hold."""
    return input if mask is None else flambeau.where(_whole_mask(input, mask), input, flambeau.tensor(value, dtype=input.dtype))


def _least(input: Tensor):
    """What every number is at least."""
    return -math.inf if input.is_floating_point() or input.is_complex() else flambeau.iinfo(input.dtype).min


def _greatest(input: Tensor):
    """What every number is at most."""
    return math.inf if input.is_floating_point() or input.is_complex() else flambeau.iinfo(input.dtype).max


def _axes(dim, ndim: int) -> tuple[int, ...]:
    """The axes that `dim` names, from the front: all for None and ()."""
    if dim is None or dim == ():
        return tuple(range(ndim))
    axes = []
    for d in (dim,) if isinstance(dim, int) else dim:
        if not -max(ndim, 1) <= d < max(ndim, 1):
            raise IndexError(f"Dimension out of range (expected to be in range of [{-max(ndim, 1)}, {max(ndim, 1) - 1}], but got {d})")
        if d % max(ndim, 1) in axes:
            raise RuntimeError(f"dim={d} appears multiple times in the list of dims")
        axes.append(d % max(ndim, 1))
    return tuple(sorted(axes))


def _summing_dtype(input: Tensor, dtype):
    """Integers are summed and multiplied as int64."""
    return dtype or (input.dtype if input.is_floating_point() or input.is_complex() else flambeau.int64)


# ------------------------------------------------------------------------------------------------------------------ reductions
def sum(input: Tensor, dim=None, *, keepdim: bool = False, dtype=None, mask: Tensor | None = None) -> Tensor:
    """Σ over the axes `dim` (all by default)."""
    return flambeau.sum(_filled(input, mask, 0), _axes(dim, input.ndim), bool(keepdim), dtype=_summing_dtype(input, dtype))


def prod(input: Tensor, dim=None, *, keepdim: bool = False, dtype=None, mask: Tensor | None = None) -> Tensor:
    """Π over the axes `dim` (all by default)."""
    result = _filled(input, mask, 1).to(_summing_dtype(input, dtype))
    for d in reversed(_axes(dim, input.ndim)):
        result = result.prod(d, bool(keepdim))
    return result


def amax(input: Tensor, dim=None, *, keepdim: bool = False, dtype=None, mask: Tensor | None = None) -> Tensor:
    """The greatest elements over the axes `dim` (all by default)."""
    return flambeau.amax(_filled(input, mask, _least(input)), _axes(dim, input.ndim), bool(keepdim)).to(dtype or input.dtype)


def amin(input: Tensor, dim=None, *, keepdim: bool = False, dtype=None, mask: Tensor | None = None) -> Tensor:
    """The least elements over the axes `dim` (all by default)."""
    return flambeau.amin(_filled(input, mask, _greatest(input)), _axes(dim, input.ndim), bool(keepdim)).to(dtype or input.dtype)


def argmax(input: Tensor, dim: int | None = None, *, keepdim: bool = False, dtype=None, mask: Tensor | None = None) -> Tensor:
    """The index of the greatest element along axis `dim`, in the input's dtype unless `dtype` is given, as in PyTorch."""
    return flambeau.argmax(_filled(input, mask, _least(input)), dim, bool(keepdim)).to(dtype or input.dtype)


def argmin(input: Tensor, dim: int | None = None, *, keepdim: bool = False, dtype=None, mask: Tensor | None = None) -> Tensor:
    """The index of the least element along axis `dim`, in the input's dtype unless `dtype` is given, as in PyTorch."""
    return flambeau.argmin(_filled(input, mask, _greatest(input)), dim, bool(keepdim)).to(dtype or input.dtype)


def _count(input: Tensor, dim, keepdim: bool, mask: Tensor | None) -> Tensor:
    """How many elements are counted over the axes, as int64."""
    whole = flambeau.ones(input.shape, dtype=flambeau.bool) if mask is None else _whole_mask(input, mask)
    return flambeau.sum(whole, _axes(dim, input.ndim), bool(keepdim))


def mean(input: Tensor, dim=None, *, keepdim: bool = False, dtype=None, mask: Tensor | None = None) -> Tensor:
    """The mean over the axes `dim` (all by default), NaN where nothing is counted. ValueError unless floating or complex."""
    kind = dtype or input.dtype
    if not (kind.is_floating_point or kind.is_complex):
        raise ValueError(f"mean(): Could not infer output dtype. {'Optional' if dtype else 'Input'} dtype must be either a floating point or complex dtype. "
                         f"Got: {kind}")
    return sum(input, dim, keepdim=keepdim, dtype=kind, mask=mask) / _count(input, dim, keepdim, mask)


def median(input: Tensor, dim: int = -1, *, keepdim: bool = False, dtype=None, mask: Tensor | None = None) -> Tensor:
    """The lower median along axis `dim`, NaN where nothing is counted. ValueError if that happens to integers."""
    axis, = _axes(dim, input.ndim)[:1] or (0,)
    floating = input if input.is_floating_point() else input.float()
    result = flambeau.nanmedian(_filled(floating, mask, math.nan), axis, keepdim).values
    if floating is input:
        return result
    if result.isnan().any():
        raise ValueError("masked median expects no fully masked out rows if dtype is not floating point")
    return result.to(dtype or input.dtype)


def norm(input: Tensor, ord: float | None = 2.0, dim=None, *, keepdim: bool = False, dtype=None, mask: Tensor | None = None) -> Tensor:
    """(Σ |x|^ord)^(1/ord) over the axes `dim` (all by default)."""
    filled = _filled(input, mask, math.inf if ord == -math.inf else 0)
    return flambeau.linalg.vector_norm(filled, ord, _axes(dim, input.ndim), bool(keepdim), dtype=dtype or input.dtype)


def _variance(input: Tensor, dim, unbiased, correction, keepdim: bool, dtype, mask: Tensor | None) -> Tensor:
    if unbiased is not None and correction is not None:
        raise ValueError("only one of unbiased and correction may be given")
    correction = float(correction) if correction is not None else 1.0 if unbiased is None or unbiased else 0.0
    kind = dtype or input.dtype
    wide = kind if kind.is_floating_point or kind.is_complex else flambeau.float32
    kind = dtype or wide
    count = _count(input, dim, True, mask)
    away = input - sum(input, dim, keepdim=True, dtype=kind, mask=mask) / count
    total = sum(away * away.conj(), dim, keepdim=keepdim, dtype=wide, mask=mask)
    count = count if keepdim else count.reshape(total.shape)
    if correction:
        count = (count.to(total.real.dtype) - correction).clamp(min=0)
    return (total / count).to(kind)


def var(input: Tensor, dim=None, unbiased: bool | None = None, *, correction=None, keepdim: bool = False, dtype=None, mask: Tensor | None = None) -> Tensor:
    """The variance over the axes `dim` (all by default): the sum of squares over count - correction (1)."""
    return _variance(input, dim, unbiased, correction, keepdim, dtype, mask)


def std(input: Tensor, dim=None, unbiased: bool | None = None, *, correction=None, keepdim: bool = False, dtype=None, mask: Tensor | None = None) -> Tensor:
    """The standard deviation over the axes `dim` (all by default)."""
    return _variance(input, dim, unbiased, correction, keepdim, dtype, mask).sqrt()


def logsumexp(input: Tensor, dim=None, *, keepdim: bool = False, dtype=None, mask: Tensor | None = None) -> Tensor:
    """log Σ e^x over the axes `dim` (all by default)."""
    return flambeau.logsumexp(_filled(input, mask, _least(input)), _axes(dim, input.ndim), keepdim=keepdim).to(dtype or input.dtype)


def logaddexp(input: Tensor, other: Tensor, *, dtype=None, input_mask: Tensor | None = None, other_mask: Tensor | None = None) -> Tensor:
    """log(e^input + e^other), each under its own mask."""
    return flambeau.logaddexp(_filled(input, input_mask, _least(input)), _filled(other, other_mask, _least(other))).to(dtype or input.dtype)


# ----------------------------------------------------------------------------------------------------------- along one axis
def _axis(dim: int, input: Tensor) -> int:
    return (_axes(dim, input.ndim) or (0,))[0]


def cumsum(input: Tensor, dim: int, *, dtype=None, mask: Tensor | None = None) -> Tensor:
    """The running sums along axis `dim`."""
    return flambeau.cumsum(_filled(input, mask, 0), _axis(dim, input), dtype=dtype or input.dtype)


def cumprod(input: Tensor, dim: int, *, dtype=None, mask: Tensor | None = None) -> Tensor:
    """The running products along axis `dim`."""
    return flambeau.cumprod(_filled(input, mask, 1), _axis(dim, input), dtype=dtype or input.dtype)


def softmax(input: Tensor, dim: int, *, dtype=None, mask: Tensor | None = None) -> Tensor:
    """e^x / Σ e^x along axis `dim`, 0 where the mask does not hold."""
    return flambeau.softmax(_filled(input, mask, _least(input)), _axis(dim, input), dtype=dtype or input.dtype)


def log_softmax(input: Tensor, dim: int, *, dtype=None, mask: Tensor | None = None) -> Tensor:
    """log(e^x / Σ e^x) along axis `dim`, -inf where the mask does not hold."""
    return flambeau.log_softmax(_filled(input, mask, _least(input)), _axis(dim, input), dtype=dtype or input.dtype)


def softmin(input: Tensor, dim: int, *, dtype=None, mask: Tensor | None = None) -> Tensor:
    """e^-x / Σ e^-x along axis `dim`, 0 where the mask does not hold."""
    return flambeau.softmax(-_filled(input, mask, _greatest(input)), _axis(dim, input), dtype=dtype or input.dtype)


def normalize(input: Tensor, ord: float, dim: int, *, eps: float = 1e-12, dtype=None, mask: Tensor | None = None) -> Tensor:
    """x / max(‖x‖, eps) along axis `dim`, 0 where the mask does not hold."""
    length = norm(input, ord, dim, keepdim=True, dtype=dtype, mask=mask)
    return _filled(input, mask, 0) / length.clamp(min=eps)
