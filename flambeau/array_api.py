"""The functions of the array API standard (https://data-apis.org/array-api, version 2023.12) under its names: `x.__array_namespace__()`.

What PyTorch names and calls alike is PyTorch's own; the functions here are those that the standard words otherwise: `axis` for `dim`,
`concat`, `astype`, `permute_dims`, sorting and unique functions that return one thing each …
"""
from __future__ import annotations

import builtins
from typing import Any, NamedTuple

import flambeau
from flambeau import Tensor, dtype

__array_api_version__ = "2023.12"

_SAME = """e inf nan pi newaxis bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128 finfo iinfo
abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_or bitwise_xor ceil conj copysign cos cosh equal exp expm1 floor
floor_divide greater greater_equal hypot imag isfinite isinf isnan less less_equal log log10 log1p log2 logaddexp logical_and logical_not
logical_or logical_xor maximum minimum multiply negative nextafter not_equal positive pow real reciprocal remainder round sign signbit sin sinh sqrt
square subtract tan tanh trunc clip matmul where broadcast_to moveaxis reshape roll tile meshgrid tril triu arange empty empty_like
eye full full_like linspace ones ones_like zeros zeros_like from_dlpack linalg fft can_cast repeat_interleave""".split()
globals().update({name: getattr(flambeau, name) for name in _SAME if hasattr(flambeau, name)})
(equal, greater, greater_equal, less, less_equal, not_equal) = (flambeau.eq, flambeau.gt, flambeau.ge, flambeau.lt, flambeau.le, flambeau.ne)
bitwise_invert, bitwise_left_shift, bitwise_right_shift = flambeau.bitwise_not, flambeau.bitwise_left_shift, flambeau.bitwise_right_shift
Axis = int | tuple[int, ...] | None


def _axes(axis: Axis, x: Tensor) -> Any:
    return tuple(range(x.ndim)) if axis is None else axis


def divide(x1: Any, x2: Any) -> Tensor:
    """x1 / x2"""
    return flambeau.true_divide(x1, x2)


def asarray(obj: Any, /, *, dtype: dtype | None = None, device: Any = None, copy: Any = None) -> Tensor:
    """`obj` as a tensor: shared where it can be, unless `copy` says otherwise."""
    return flambeau.asarray(obj, dtype=dtype, device=device, copy=copy)


def astype(x: Tensor, dtype: dtype, /, *, copy: Any = True, device: Any = None) -> Tensor:
    """x with another dtype; a copy unless `copy` is False and nothing changes."""
    return x.to(device, dtype, copy=copy) if device is not None else x.to(dtype, copy=copy)


def isdtype(dtype: dtype, kind: Any) -> Any:
    """Whether a dtype is one, or of a kind: "bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric"."""
    if isinstance(kind, tuple):
        return builtins.any(isdtype(dtype, k) for k in kind)
    if not isinstance(kind, str):
        return dtype is kind
    integer = not (dtype.is_floating_point or dtype.is_complex or dtype is flambeau.bool)
    answers = {"bool": dtype is flambeau.bool, "signed integer": integer and dtype.is_signed, "unsigned integer": integer and not dtype.is_signed,
               "integral": integer, "real floating": dtype.is_floating_point, "complex floating": dtype.is_complex,
               "numeric": dtype is not flambeau.bool}
    if kind not in answers:
        raise ValueError(f"isdtype: no such kind: {kind!r}; there are {', '.join(answers)}")
    return answers[kind]


def result_type(*arrays_and_dtypes: Any) -> dtype:
    """The dtype of an operation on the arguments: tensors, dtypes, Python numbers."""
    arrays = [flambeau.empty(1, dtype=x) if isinstance(x, flambeau.dtype) else x for x in arrays_and_dtypes]
    found, *rest = arrays
    if not rest:
        return found.dtype
    for other in rest:
        found = flambeau.empty(1, dtype=flambeau.result_type(found, other))
    return found.dtype


def broadcast_arrays(*arrays: Tensor) -> list[Tensor]:
    """The arrays, broadcast to one shape."""
    return list(flambeau.broadcast_tensors(*arrays))


# --------------------------------------------------------------------------------------------------------------------- reductions
def _wide(x: Tensor, dtype: dtype | None) -> dtype | None:
    if dtype is None and isdtype(x.dtype, "unsigned integer") and x.dtype is flambeau.uint8:
        return flambeau.uint64
    return dtype


def sum(x: Tensor, /, *, axis: Axis = None, dtype: dtype | None = None, keepdims: Any = False) -> Tensor:
    """The sum along axes (all unless given)."""
    return flambeau.sum(x, _axes(axis, x), keepdims, dtype=_wide(x, dtype)) if axis != () else x.to(dtype or x.dtype)


def prod(x: Tensor, /, *, axis: Axis = None, dtype: dtype | None = None, keepdims: Any = False) -> Tensor:
    """The product along axes (all unless given)."""
    axes = sorted((a % x.ndim for a in ((axis,) if isinstance(axis, int) else _axes(axis, x))), reverse=True)
    dtype = _wide(x, dtype)
    x = x if dtype is None else x.to(dtype)
    for a in axes:
        x = flambeau.prod(x, a, keepdims)
    return x if axes else x.to(dtype or (x.dtype if x.is_floating_point() or x.is_complex() else flambeau.int64))


def mean(x: Tensor, /, *, axis: Axis = None, keepdims: Any = False) -> Tensor:
    """The mean along axes (all unless given)."""
    return flambeau.mean(x, _axes(axis, x), keepdims) if axis != () else x


def var(x: Tensor, /, *, axis: Axis = None, correction: float = 0.0, keepdims: Any = False) -> Tensor:
    """The variance along axes: the sum of squares divided by the count less `correction`."""
    return flambeau.var(x, _axes(axis, x), correction=correction, keepdim=keepdims)


def std(x: Tensor, /, *, axis: Axis = None, correction: float = 0.0, keepdims: Any = False) -> Tensor:
    """The standard deviation along axes: see `var`."""
    return flambeau.std(x, _axes(axis, x), correction=correction, keepdim=keepdims)


def max(x: Tensor, /, *, axis: Axis = None, keepdims: Any = False) -> Tensor:
    """The greatest along axes (all unless given)."""
    return flambeau.amax(x, _axes(axis, x), keepdims)


def min(x: Tensor, /, *, axis: Axis = None, keepdims: Any = False) -> Tensor:
    """The least along axes (all unless given)."""
    return flambeau.amin(x, _axes(axis, x), keepdims)


def any(x: Tensor, /, *, axis: Axis = None, keepdims: Any = False) -> Tensor:
    """Whether some element is not zero, along axes (all unless given)."""
    return flambeau.any(x.bool(), _axes(axis, x), keepdims) if axis != () else x.bool()


def all(x: Tensor, /, *, axis: Axis = None, keepdims: Any = False) -> Tensor:
    """Whether no element is zero, along axes (all unless given)."""
    return flambeau.all(x.bool(), _axes(axis, x), keepdims) if axis != () else x.bool()


def count_nonzero(x: Tensor, /, *, axis: Axis = None, keepdims: Any = False) -> Tensor:
    """How many elements are not zero, along axes (all unless given)."""
    return sum((x != 0).to(flambeau.int64), axis=axis, keepdims=keepdims)


def argmax(x: Tensor, /, *, axis: int | None = None, keepdims: Any = False) -> Tensor:
    """Where the greatest is, the first of them."""
    return flambeau.argmax(x, axis, keepdims)


def argmin(x: Tensor, /, *, axis: int | None = None, keepdims: Any = False) -> Tensor:
    """Where the least is, the first of them."""
    return flambeau.argmin(x, axis, keepdims)


def cumulative_sum(x: Tensor, /, *, axis: int | None = None, dtype: dtype | None = None, include_initial: Any = False) -> Tensor:
    """Sums of the elements up to each, along an axis; include_initial: with a 0 before the first."""
    axis = _only_axis(x, axis, "cumulative_sum")
    summed = flambeau.cumsum(x, axis, dtype=_wide(x, dtype))
    return summed if not include_initial else flambeau.cat([flambeau.zeros_like(summed.narrow(axis, 0, 1)) if summed.shape[axis] else summed.new_zeros(
        [1 if d == axis % x.ndim else n for d, n in enumerate(summed.shape)]), summed], axis)


def _only_axis(x: Tensor, axis: int | None, name: str) -> int:
    if axis is None and x.ndim != 1:
        raise ValueError(f"{name}: give the axis of an array of {x.ndim} axes")
    return 0 if axis is None else axis


def diff(x: Tensor, /, *, axis: int = -1, n: int = 1, prepend: Tensor | None = None, append: Tensor | None = None) -> Tensor:
    """Differences of neighbours along an axis, n times."""
    return flambeau.diff(x, n, axis, prepend, append)


# --------------------------------------------------------------------------------------------------------------------- arrangement
def concat(arrays: Any, /, *, axis: int | None = 0) -> Tensor:
    """Arrays one after the other along an axis; flattened first if it is None."""
    return flambeau.cat([a.reshape(-1) for a in arrays], 0) if axis is None else flambeau.cat(list(arrays), axis)


def stack(arrays: Any, /, *, axis: int = 0) -> Tensor:
    """Arrays of one shape along a new axis."""
    return flambeau.stack(list(arrays), axis)


def unstack(x: Tensor, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    """The slices along an axis."""
    return flambeau.unbind(x, axis)


def expand_dims(x: Tensor, /, *, axis: int = 0) -> Tensor:
    """x with a new axis of size 1."""
    return flambeau.unsqueeze(x, axis)


def squeeze(x: Tensor, /, axis: int | tuple[int, ...]) -> Tensor:
    """x without axes of size 1. ValueError for an axis of another size."""
    axes = (axis,) if isinstance(axis, int) else axis
    for a in axes:
        if x.shape[a] != 1:
            raise ValueError(f"squeeze: axis {a} has size {x.shape[a]}, not 1")
    return flambeau.squeeze(x, tuple(axes)) if axes else x


def permute_dims(x: Tensor, /, axes: tuple[int, ...]) -> Tensor:
    """The axes in another order."""
    return flambeau.permute(x, axes)


def flip(x: Tensor, /, *, axis: Axis = None) -> Tensor:
    """The elements in reverse order along axes (all unless given)."""
    axes = _axes(axis, x)
    return flambeau.flip(x, (axes,) if isinstance(axes, int) else axes)


def roll(x: Tensor, /, shift: Any, *, axis: Axis = None) -> Tensor:
    """The elements moved along axes, those that fall out coming in again."""
    return flambeau.roll(x, shift, axis)


def repeat(x: Tensor, repeats: Any, /, *, axis: int | None = None) -> Tensor:
    """Each element repeated."""
    return flambeau.repeat_interleave(x, repeats, axis)


def matrix_transpose(x: Tensor, /) -> Tensor:
    """The last two axes exchanged."""
    return x.mT


def tensordot(x1: Tensor, x2: Tensor, /, *, axes: Any = 2) -> Tensor:
    """Products summed over axes of both."""
    return flambeau.tensordot(x1, x2, dims=axes)


def vecdot(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """Products summed over an axis, x1 conjugated."""
    return flambeau.linalg.vecdot(x1, x2, dim=axis)


# ------------------------------------------------------------------------------------------------------------ searching and sorting
def take(x: Tensor, indices: Tensor, /, *, axis: int | None = None) -> Tensor:
    """Slices along an axis by number."""
    axis = _only_axis(x, axis, "take")
    numbers = flambeau.where(indices < 0, indices + x.shape[axis], indices)
    return flambeau.index_select(x, axis, numbers)


def take_along_axis(x: Tensor, indices: Tensor, /, *, axis: int = -1) -> Tensor:
    """Elements along an axis by number, each row its own."""
    return flambeau.take_along_dim(x, flambeau.where(indices < 0, indices + x.shape[axis], indices), axis)


def sort(x: Tensor, /, *, axis: int = -1, descending: Any = False, stable: Any = True) -> Tensor:
    """The elements in order along an axis."""
    return flambeau.sort(x, dim=axis, descending=descending, stable=stable).values


def argsort(x: Tensor, /, *, axis: int = -1, descending: Any = False, stable: Any = True) -> Tensor:
    """The numbers of the elements in order along an axis."""
    return flambeau.sort(x, dim=axis, descending=descending, stable=stable).indices


def nonzero(x: Tensor, /) -> tuple[Tensor, ...]:
    """Where the elements are that are not zero: the numbers along each axis."""
    return flambeau.nonzero(x, as_tuple=True)


def searchsorted(x1: Tensor, x2: Tensor, /, *, side: str = "left", sorter: Tensor | None = None) -> Tensor:
    """Where in x1, which is in order, the elements of x2 would stand."""
    return flambeau.searchsorted(x1, x2, side=side, sorter=sorter)


class UniqueAll(NamedTuple):
    """What `unique_all` returns."""

    values: Tensor
    indices: Tensor
    inverse_indices: Tensor
    counts: Tensor


class UniqueCounts(NamedTuple):
    """What `unique_counts` returns."""

    values: Tensor
    counts: Tensor


class UniqueInverse(NamedTuple):
    """What `unique_inverse` returns."""

    values: Tensor
    inverse_indices: Tensor


def unique_values(x: Tensor, /) -> Tensor:
    """The different elements."""
    return flambeau.unique(x)


def unique_counts(x: Tensor, /) -> UniqueCounts:
    """The different elements, and how often each is there."""
    return UniqueCounts(*flambeau.unique(x, return_counts=True))


def unique_inverse(x: Tensor, /) -> UniqueInverse:
    """The different elements, and which of them each element is."""
    return UniqueInverse(*flambeau.unique(x, return_inverse=True))


def unique_all(x: Tensor, /) -> UniqueAll:
    """The different elements, where each is first, which of them each element is, and how often each is there."""
    values, inverse, counts = flambeau.unique(x, return_inverse=True, return_counts=True)
    order = flambeau.argsort(inverse.reshape(-1), stable=True)
    first = order[flambeau.cumsum(counts, 0) - counts] if values.numel() else order
    return UniqueAll(values, first, inverse, counts)


class _Info:
    """What this name space offers: `__array_namespace_info__()`."""

    def capabilities(self) -> dict[str, Any]:
        """Indexing by truth values and results whose shape depends on values are there."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> Any:
        """Where arrays are made."""
        return flambeau.device("cpu")

    def devices(self) -> list[Any]:
        """Where arrays can be."""
        return [flambeau.device("cpu")]

    def default_dtypes(self, *, device: Any = None) -> dict[str, dtype]:
        """The dtypes of numbers of each kind unless given."""
        real = flambeau.get_default_dtype()
        return {"real floating": real, "complex floating": flambeau.complex128 if real is flambeau.float64 else flambeau.complex64, "integral": flambeau.int64,
                "indexing": flambeau.int64}

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, dtype]:
        """The dtypes of the standard, or those of a kind."""
        names = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128".split()
        found = {name: getattr(flambeau, name) for name in names}
        return found if kind is None else {name: d for name, d in found.items() if isdtype(d, kind)}


def __array_namespace_info__() -> _Info:
    """What this name space offers."""
    return _Info()


def __dir__() -> list[str]:
    return sorted(name for name in globals() if not name.startswith("_") or name in ("__array_api_version__", "__array_namespace_info__"))
