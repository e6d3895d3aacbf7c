"""Writing and combining at positions along one axis: scatter, scatter_add, scatter_reduce, index_add, index_copy, put and their kin."""
from __future__ import annotations

import warnings

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from ..core.record import record
from ..core.shape import wrap_dim
from ..core.tensor import Tensor
from .common import cast, into_same, need_tensor, tensor_or_number
from .create import filled
from .elementwise import Where
from .gather import Gather, Take, check_flat, check_index_dtype, flat_places
from .index import IndexPut
from .movement import as_view, reshape
from .parts import Slice
from .pointwise import masked
from .ranges import check_index, first_outside, fitting

_AT, _LESS = np.array([[0, 2], [1, 1], [2, 0]]), np.array([[3, 0, 3]])
_AFTER, _ONCE = np.array([1, 2, 1]), np.array([[0, 2], [1, 3], [2, 0]])


def in_wide(x: np.ndarray) -> np.ndarray:
    """A copy of `x` to accumulate in: float32 for half precision, which is rounded once, at the end."""
    return np.array(x, np.float32 if x.dtype.itemsize == 2 and x.dtype.kind not in "iu" else x.dtype, order="C")


class Scatter(Op):
    """x with out[…, index[…, k, …], …] = src[…, k, …] on axis `dim`; of repeated places the last value stays"""

    dim: int
    types = "keep"
    saves = ("index",)
    overwrites = True

    def shape(self, x, index, src):
        return x.shape

    def overwrite(self, x, index, src):
        """Write into `x` itself."""
        x.reshape(-1)[flat_places(x.shape, self.dim, index)] = src
        return x

    def reference(self, x, index, src):
        return self.overwrite(np.array(x, order="C"), index, src)

    def gradient(self, g, out, x, index, src):
        return lambda: record(Scatter(self.dim), g, index, 0), None, lambda: record(Gather(self.dim), g, index)

    samples = lambda: [(normal(3, 4), _ONCE, normal(3, 2), 1), (normal(3, 4), np.array([[3, 0, 2]]), normal(1, 3), 1), (normal(), np.array(0), normal(), 0),
                       (normal(3), np.zeros(0, np.int64), normal(0), 0)]


class ScatterValue(Scatter):
    """The same with one number for all places."""

    backward = "ScatterBackward1"
    samples = lambda: [(normal(3, 4), _ONCE, np.array(2.0), 1)]


class ScatterAdd(Op):
    """x with out[…, index[…, k, …], …] += src[…, k, …] on axis `dim`, each repetition counted"""

    dim: int
    types = "keep"
    saves = ("index",)
    overwrites = True

    def shape(self, x, index, src):
        return x.shape

    def overwrite(self, x, index, src):
        """Add into `x` itself."""
        if in_half(x):
            return self.reference(x, index, src)
        np.add.at(x.reshape(-1), flat_places(x.shape, self.dim, index).reshape(-1), src.reshape(-1))
        return x

    def reference(self, x, index, src):
        out = in_wide(x)
        np.add.at(out.reshape(-1), flat_places(x.shape, self.dim, index).reshape(-1), src.astype(out.dtype, copy=False).reshape(-1))
        return out

    def gradient(self, g, out, x, index, src):
        return lambda: g, None, lambda: record(Gather(self.dim), g, index)

    samples = lambda: [(normal(3, 4), _AT, normal(3, 2), 1), (normal(3, 4), _LESS, normal(1, 3), 1),
                       (normal(), np.array(0), normal(), 0)]


def in_half(x: np.ndarray) -> bool:
    """Whether sums in the dtype of `x` are to be accumulated in a wider one."""
    return x.dtype.itemsize == 2 and x.dtype.kind not in "iu"


class ScatterReduce(Op):
    """x with the elements of src that index sends to a place combined there: sum, prod, mean, amax or amin, with what x has there if `include_self`"""

    dim: int
    reduce: str
    include_self: bool = True
    types = "keep"
    saves = ("x", "index", "src", "out")

    def shape(self, x, index, src):
        return x.shape

    def reference(self, x, index, src):
        out = in_wide(x)
        flat, at, values = out.reshape(-1), flat_places(x.shape, self.dim, index).reshape(-1), src.astype(out.dtype, copy=False).reshape(-1)
        if not self.include_self:
            flat[at] = neutral(self.reduce, out.dtype)
        COMBINE[self.reduce].at(flat, at, values)
        if self.reduce == "mean":
            count = np.bincount(at, minlength=flat.size) + int(self.include_self)
            count = np.maximum(count, 1)
            flat[...] = flat // count if out.dtype.kind in "biu" else flat / count.astype(flat.real.dtype)
        return out

    def gradient(self, g, out, x, index, src):
        return (lambda: self.of_self(g, out, x, index, src)), None, lambda: self.of_source(g, out, x, index, src)

    def of_self(self, g, out, x, index, src):
        """The gradient of x: none at the places that were not to be included."""
        if self.reduce == "prod":
            safe = record(Where(), x == 0, 1, x)
            result = g * record(ScatterReduce(self.dim, "prod", self.include_self), safe, index, src) / safe
        elif self.reduce == "mean":
            result = g / self.count(x, index, src)
        elif self.reduce in ("amax", "amin"):
            result = masked(x == out, self.shared(g, out, x, index, src))
        else:
            result = g
        return result if self.include_self else record(Scatter(self.dim), result, index, 0)

    def of_source(self, g, out, x, index, src):
        """The gradient of src."""
        gather = Gather(self.dim)
        if self.reduce == "sum":
            return record(gather, g, index)
        if self.reduce == "mean":
            return record(gather, g / self.count(x, index, src), index)
        if self.reduce in ("amax", "amin"):
            return masked(src == record(gather, out, index), record(gather, self.shared(g, out, x, index, src), index))
        # prod: the product of the others is out / src, except where src is the one zero among them
        zero = src == 0
        zeros = record(gather, record(ScatterAdd(self.dim), filled(x.shape, 0, x.dtype), index, cast(zero, x.dtype)), index)
        alone = zero & (zeros == 1)
        others = record(ScatterReduce(self.dim, "prod", self.include_self), x, index, record(Where(), alone, 1, src))
        return record(Where(), alone, record(gather, g * others, index), record(gather, g * out, index) / record(Where(), zero, 1, src))

    def count(self, x, index, src):
        """How many elements met at each place (at least 1)."""
        start = filled(x.shape, int(self.include_self), x.dtype)
        count = record(ScatterAdd(self.dim), start, index, filled(src.shape, 1, x.dtype))
        return count if self.include_self else record(Where(), count == 0, 1, count)

    def shared(self, g, out, x, index, src):
        """The gradient of a greatest (or least) element, divided evenly among those equal to it."""
        chosen = cast(src == record(Gather(self.dim), out, index), x.dtype)
        start = cast(x == out, x.dtype)
        if not self.include_self:
            start = record(Scatter(self.dim), start, index, 0)
        return g / record(ScatterAdd(self.dim), start, index, chosen)

    samples = lambda: [(normal(3, 4), _AT, normal(3, 2, seed=3), 1, "sum", True), (normal(3, 4), _LESS, normal(1, 3), 1, "prod", True),
                       (normal(3, 4), _LESS, normal(1, 3), 1, "prod", False), (normal(4), _AFTER, normal(3), 0, "mean", True),
                       (normal(4), _AFTER, normal(3), 0, "mean", False), (normal(4), _AFTER, normal(3, seed=1), 0, "amax", True),
                       (normal(4), _AFTER, normal(3), 0, "amin", False), (normal(), np.array(0), normal(seed=1), 0, "prod", True),
                       (np.array([2.0, 0.0, 3.0]), np.array([0, 0, 1]), np.array([0.0, 2.0, 5.0]), 0, "prod", True)]


COMBINE = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


def neutral(reduce: str, kind: np.dtype):
    """What a reduction starts from."""
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod":
        return 1
    if kind.kind == "b":
        return reduce == "amin"
    if kind.kind in "iu":
        return np.iinfo(kind).min if reduce == "amax" else np.iinfo(kind).max
    return -np.inf if reduce == "amax" else np.inf


class IndexReduce(ScatterReduce):
    """ScatterReduce with one position for each index of the axis."""

    samples = lambda: [(normal(3, 4), np.array([[1, 1, 1, 1]]), normal(1, 4), 0, "prod", True)]


class IndexAdd(IndexPut):
    """out[…, index[k], …] = x[…, index[k], …] + src[…, k, …], each repetition counted"""

    accumulate: bool = True
    samples = lambda: [(normal(3, 4), normal(3, 3), np.array([1, 1, 3]), (1,))]
    rejects = tuple


class IndexCopy(IndexPut):
    """x with out[…, index[k], …] = src[…, k, …]"""

    samples = lambda: [(normal(3, 4), normal(3, 2), np.array([3, 1]), (1,))]
    rejects = tuple


class IndexFill(IndexPut):
    """x with one number written at the positions of an axis"""

    def gradient(self, g, out, x, value, *indices):
        def filling():
            """A place named twice counts once."""
            return masked(record(IndexPut(self.dims), filled(g.shape, 0, dt.bool_), True, *indices), g).sum()
        return lambda: record(IndexPut(self.dims), g, 0, *indices), filling, *(None for _ in indices)

    samples = lambda: [(normal(3, 4), np.array(2.0), np.array([3, 1]), (1,))]
    rejects = tuple


class IndexFillTensor(IndexFill):
    """The same with a tensor for a value."""

    backward = "IndexFillBackward1"


class Put(Op):
    """out[index[k]] = src[k] (or with src[k] added), of the elements of x in row-major order; negative positions count from the end"""

    accumulate: bool = False
    types = "keep"
    saves = ("index",)
    overwrites = True

    def shape(self, x, src, index):
        return x.shape

    def overwrite(self, x, src, index):
        """Write into `x` itself."""
        if not self.accumulate:
            x.reshape(-1)[index] = src
            return x
        if in_half(x):
            return self.reference(x, src, index)
        np.add.at(x.reshape(-1), index, src)
        return x

    def reference(self, x, src, index):
        out = in_wide(x) if self.accumulate else np.array(x, order="C")
        if self.accumulate:
            np.add.at(out.reshape(-1), index, src.astype(out.dtype, copy=False))
        else:
            out.reshape(-1)[index] = src
        return out

    def gradient(self, g, out, x, src, index):
        return (lambda: g if self.accumulate else record(Put(False), g, 0, index)), lambda: record(Take((0,)), reshape(g, -1), index), None

    samples = lambda: [(normal(2, 3), normal(2, 2), np.array([[3, 1], [0, -1]]), False), (normal(6), normal(2), np.array([1, 1]), True),
                       (normal(), normal(1), np.array([0]), False)]


# ------------------------------------------------------------------------------------------------------------------------ scatter
def _fitted(name: str, input, dim, index, src):
    """(axis, source cut to the shape of the index) after all checks."""
    x, index = need_tensor(input, name), need_tensor(index, name, "index")
    check_index_dtype(index, name)
    dim = wrap_dim(dim, x.ndim)
    if isinstance(src, Tensor) and src.dtype is not x.dtype:
        raise RuntimeError(f"{name}(): Expected self.dtype to be equal to src.dtype, but found {x.dtype} and {src.dtype}")
    if not index.numel():
        return dim, src
    if (index.ndim or 1) != (x.ndim or 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor: the index has shape "
                           f"{tuple(index.shape)}, self {tuple(x.shape)}")
    sizes = tuple(index.shape)
    fits = all(n <= m for d, (n, m) in enumerate(zip(sizes, x.shape, strict=False)) if d != dim)
    if isinstance(src, Tensor):
        if (src.ndim or 1) != (index.ndim or 1):
            raise RuntimeError("Index tensor must have the same number of dimensions as src tensor: the index has shape "
                               f"{tuple(index.shape)}, src {tuple(src.shape)}")
        if not fits or any(n > m for n, m in zip(sizes, src.shape, strict=False)):
            raise RuntimeError(f"Expected index {list(index.shape)} to be no larger than self {list(x.shape)} apart from dimension {dim} and to be no "
                               f"larger size than src {list(src.shape)}")
        for d, (n, m) in enumerate(zip(sizes, src.shape, strict=False)):
            if n != m:
                src = as_view(Slice(d, 0, n), src)
        if src.ndim != index.ndim:
            src = reshape(src, index.shape)
    elif not fits:
        raise RuntimeError(f"Expected index {list(index.shape)} to be no larger than self {list(x.shape)} apart from dimension {dim}")
    check_index(index, x.shape[dim] if x.ndim else 1, dim, negative=False, error=RuntimeError)
    return dim, src


_WORDS = {"add": "sum", "multiply": "prod"}


def scatter(input: Tensor, dim: int, index: Tensor, src=None, *, value=None, reduce: str | None = None, out: Tensor | None = None) -> Tensor:
    """`input` with `src` (a tensor, or one number) written at […, index[…, k, …], …] on axis `dim`; reduce: 'add' or 'multiply' instead of writing.

    RuntimeError where shapes or dtypes do not fit or a position is out of range.
    """
    source = src if value is None else value
    if not tensor_or_number(source):
        raise TypeError(f"scatter(): argument 'src' must be Tensor or a number, not {type(source).__name__}")
    if reduce is not None and reduce not in _WORDS:
        raise RuntimeError("reduce argument must be either add or multiply.")
    dim, source = _fitted("scatter", input, dim, index, source)
    if not isinstance(source, Tensor):
        source = fitting(source, input.dtype)
    if not index.numel():
        return into_same(out, input.clone(), "scatter")
    if reduce is not None:
        if isinstance(source, Tensor):
            warnings.warn("The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future PyTorch release. Use "
                          "torch.scatter_reduce instead for more reduction options.", UserWarning, stacklevel=2)
        else:
            source = filled(index.shape, source, input.dtype)
        return into_same(out, record(ScatterReduce(dim, _WORDS[reduce], True), input, index, source), "scatter")
    return into_same(out, record((Scatter if isinstance(source, Tensor) else ScatterValue)(dim), input, index, source), "scatter")


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`input` with `src` added at […, index[…, k, …], …] on axis `dim`, each repetition counted."""
    dim, src = _fitted("scatter_add", input, dim, index, need_tensor(src, "scatter_add", "src"))
    return into_same(out, record(ScatterAdd(dim), input, index, src) if index.numel() else input.clone(), "scatter_add")


def scatter_reduce(input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True, out: Tensor | None = None) -> Tensor:
    """`input` with the elements of `src` that `index` sends to a place combined there.

    reduce: 'sum', 'prod', 'mean', 'amax' or 'amin'; include_self: whether what `input` has there counts.
    """
    if reduce not in COMBINE:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    dim, src = _fitted("scatter_reduce", input, dim, index, need_tensor(src, "scatter_reduce", "src"))
    _check_reduction(reduce, input)
    return into_same(out, record(ScatterReduce(dim, reduce, bool(include_self)), input, index, src) if index.numel() else input.clone(), "scatter_reduce")


def _check_reduction(reduce: str, x: Tensor) -> None:
    """NotImplementedError where the dtype has no such reduction."""
    if reduce in ("amax", "amin") and x.dtype.is_complex or reduce == "mean" and x.dtype is dt.bool_:
        raise NotImplementedError(f"\"{reduce}\" not implemented for '{x.dtype._title}'")


# ------------------------------------------------------------------------------------------------------------------ index_add and kin
def _vector(name: str, input, dim, index):
    """(axis, index as a vector)"""
    x, index = need_tensor(input, name), need_tensor(index, name, "index")
    if index.ndim > 1:
        raise IndexError(f"{name}_(): Index is supposed to be a vector, but got dim: {index.ndim} with type: {index.dtype._title} and size: "
                         f"{list(index.shape)}")
    return wrap_dim(dim, x.ndim), index if index.ndim else reshape(index, 1)


def _combinable(name: str, x: Tensor, dim: int, index: Tensor, source: Tensor) -> None:
    """RuntimeError unless `source` has the shape of x but for one slice for each position on axis `dim`."""
    if x.ndim and not source.ndim:
        raise RuntimeError(f"{name}_(): Indexing dim {dim} is out of bounds of the source tensor with dim 0")
    count = source.shape[dim] if source.ndim > dim else 1
    if count != index.numel():
        raise RuntimeError(f"{name}_(): Number of indices ({index.numel()}) should be equal to source.size(dim): ({count}), for dim: {dim}")
    if source.ndim != x.ndim or _others(x, dim) != _others(source, dim):
        raise RuntimeError("source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
                           f"{list(x.shape)} source.shape = {list(source.shape)}")
    size = x.shape[dim] if x.ndim else 1
    bad = first_outside(index, 0, size - 1)
    if bad is not None:
        raise IndexError(f"index out of range in self: index {bad} is out of bounds for dimension {dim} with size {size}")


def _others(x: Tensor, dim: int) -> list[int]:
    """The sizes of all axes but one."""
    return [n for d, n in enumerate(x.shape) if d != dim]


def _put(page, x: Tensor, dim: int, index: Tensor, value) -> Tensor:
    if not x.ndim:
        return reshape(record(page, reshape(x, 1), value if not isinstance(value, Tensor) or not value.ndim else reshape(value, 1), index), ())
    return record(page, x, value, index)


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha=1, out: Tensor | None = None) -> Tensor:
    """`input` with alpha * source[…, k, …] added at […, index[k], …] on axis `dim`, each repetition counted."""
    dim, index = _vector("index_add", input, dim, index)
    check_index_dtype(index, "index_add_")
    if need_tensor(source, "index_add", "source").dtype is not input.dtype:
        raise RuntimeError(f"index_add_(): self ({input.dtype._title}) and source ({source.dtype._title}) must have the same scalar type")
    _combinable("index_add", input, dim, index, source)
    if alpha != 1:
        source = cast(source * fitting(alpha, source.dtype), source.dtype)
    return into_same(out, _put(IndexAdd((dim,)), input, dim, index, source), "index_add")


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`input` with source[…, k, …] written at […, index[k], …] on axis `dim`."""
    dim, index = _vector("index_copy", input, dim, index)
    if index.dtype is not dt.int64:
        raise RuntimeError(f"index_copy_(): Expected a long tensor for index, but got {index.dtype._title}; convert it with .long()")
    if need_tensor(source, "index_copy", "source").dtype is not input.dtype:
        raise RuntimeError(f"index_copy_(): self and source expected to have the same dtype, but got (self) {input.dtype._title} and (source) "
                           f"{source.dtype._title}")
    if source.ndim and input.ndim and source.ndim != input.ndim:
        raise IndexError("index_copy_(): When source and destination are not scalars, their dimensionality must match. Source dimensionality "
                         f"({source.ndim}), destination dimensionality ({input.ndim})")
    if _others(input, dim) != _others(source, dim):
        raise RuntimeError("index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
                           f"{' '.join(map(str, _others(input, dim)))} at dimension {dim} and source slice shape: "
                           f"{' '.join(map(str, _others(source, dim)))} at dimension 0.")
    if index.numel() != (source.shape[dim] if source.ndim else 1):
        raise IndexError(f"index_copy_(): Number of indices ({index.numel()}) should be equal to source.size(dim) "
                         f"({source.shape[dim] if source.ndim else 1})")
    bad = first_outside(index, 0, (input.shape[dim] if input.ndim else 1) - 1)
    if bad is not None:
        raise IndexError(f"index_copy_(): index {bad} is out of bounds for dimension {dim} with size {input.shape[dim] if input.ndim else 1}")
    return into_same(out, _put(IndexCopy((dim,)), input, dim, index, source), "index_copy")


def index_fill(input: Tensor, dim: int, index: Tensor, value) -> Tensor:
    """`input` with `value` (a number or a 0-d tensor) at […, index[k], …] on axis `dim`."""
    x, index = need_tensor(input, "index_fill"), need_tensor(index, "index_fill", "index")
    if index.dtype is not dt.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if index.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    dim = wrap_dim(dim, x.ndim)
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s).")
        value = cast(value, x.dtype)
    elif not tensor_or_number(value):
        raise TypeError(f"index_fill(): argument 'value' must be Tensor or a number, not {type(value).__name__}")
    elif isinstance(value, complex) and not x.dtype.is_complex:
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    else:
        value = fitting(value, x.dtype)
    check_index(index, x.shape[dim] if x.ndim else 1, dim)
    page = (IndexFillTensor if isinstance(value, Tensor) else IndexFill)((dim,))
    return _put(page, x, dim, index if index.ndim else reshape(index, 1), value)


def index_reduce(input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True, out: Tensor | None = None) -> Tensor:
    """`input` with the slices of `source` that `index` sends to a place of axis `dim` combined there: 'prod', 'mean', 'amax' or 'amin'."""
    if reduce not in COMBINE or reduce == "sum":
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    dim, index = _vector("index_reduce", input, dim, index)
    check_index_dtype(index, "index_reduce")
    if need_tensor(source, "index_reduce", "source").dtype is not input.dtype:
        raise RuntimeError(f"index_reduce(): self and source expected to have the same dtype, but got (self) {input.dtype._title} and (source) "
                           f"{source.dtype._title}")
    _combinable("index_reduce", input, dim, index, source)
    _check_reduction(reduce, input)
    x = input if input.ndim else reshape(input, 1)
    source = source if source.ndim else reshape(source, 1)
    places = reshape(index, *[-1 if d == dim else 1 for d in range(x.ndim)]).expand(source.shape)
    return into_same(out, reshape(record(IndexReduce(dim, reduce, bool(include_self)), x, places, source), input.shape), "index_reduce")


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """`input` with source[k] written (or added) at the index[k]-th of its elements in row-major order."""
    x, index, source = need_tensor(input, "put"), need_tensor(index, "put", "index"), need_tensor(source, "put", "source")
    if source.dtype is not x.dtype:
        raise RuntimeError(f"put_(): self and source expected to have the same dtype, but got self.dtype = {x.dtype._title} and source.dtype = "
                           f"{source.dtype._title}")
    check_index_dtype(index, "put_", only_long=True)
    if source.numel() != index.numel():
        raise IndexError(f"put_(): Expected source and index to have the same number of elements, but got source.numel() = {source.numel()}, "
                         f"index.numel() = {index.numel()}")
    check_flat(x, index, "put_")
    return record(Put(bool(accumulate)), x, reshape(source, index.shape), index)


__all__ = ["index_add", "index_copy", "index_fill", "index_reduce", "put", "scatter", "scatter_add", "scatter_reduce"]
