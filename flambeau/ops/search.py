"""Looking values up: searchsorted, bucketize, unique, isin, one_hot, unravel_index."""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op
from ..core.record import record
from ..core.shape import wrap_dim
from ..core.tensor import Tensor, from_array
from .common import into_same, need_tensor, tensor_or_number, values
from .gather import gather
from .ranges import first_outside

_EDGES = np.array([0.5, 1.5, 1.5, 3.0])


class SearchSorted(Op):
    """out = the first place of the sorted last axis of `edges` at which x could stand: before equal elements, or after them if `right`"""

    right: bool
    short: bool = False

    def shape(self, edges, x):
        return x.shape

    def dtype(self, edges, x):
        return dt.int32 if self.short else dt.int64

    def reference(self, edges, x):
        side = "right" if self.right else "left"
        if edges.ndim == 1:
            return np.searchsorted(edges, x, side)
        rows, wanted = edges.reshape(-1, edges.shape[-1]), x.reshape(-1, x.shape[-1])
        found = np.empty(wanted.shape, np.int64)
        for k, row in enumerate(rows):
            found[k] = np.searchsorted(row, wanted[k], side)
        return found.reshape(x.shape)

    samples = lambda: [(_EDGES, np.array([[0.0, 1.5], [9.0, 1.0]]), False), (_EDGES, np.array(1.5), True), (np.stack([_EDGES, _EDGES * 2]),
                       np.array([[1.0], [1.0]]), True, True)]


class IsIn(Op):
    """out = whether x is one of `those` (whether it is none, if `invert`)"""

    invert: bool = False
    types = "bool"

    def shape(self, x, those):
        return x.shape

    def reference(self, x, those):
        return np.isin(x, those, invert=self.invert)

    def element(self, i, x, those):
        count = 1
        for n in those.shape:
            count *= n
        found = el.any_over(count, lambda k: x[i].__eq__(those.flat[k]))
        return ~found if self.invert else found

    samples = lambda: [(np.array([[1, 2], [3, 4]]), np.array([2, 3]), False), (np.array(1.0), np.array([[1.0, 2.0]]), True), (np.arange(3), np.array(2), False)]


class OneHot(Op):
    """out[…, c] = 1 where x[…] is c, else 0"""

    classes: int

    def shape(self, x):
        return (*x.shape, self.classes)

    def reference(self, x):
        return (x[..., None] == np.arange(self.classes)).astype(x.dtype)

    def element(self, i, x):
        return el.where(x[i[:-1]].__eq__(i[-1]), 1, 0)

    samples = lambda: [(np.array([[0, 2], [1, 1]]), 3), (np.array(1), 2), (np.zeros(0, np.int64), 4)]


# ---------------------------------------------------------------------------------------------------------------- public functions
def searchsorted(sorted_sequence: Tensor, input, *, out_int32: bool = False, right: bool = False, side: str | None = None, sorter: Tensor | None = None,
                 out: Tensor | None = None) -> Tensor:
    """For each element of `input` (or for one number) the first place of the sorted last axis of `sorted_sequence` at which it could stand.

    right (or side='right'): after equal elements, else before them. sorter: the order that sorts a sequence that is not. Axes before the last
    agree, unless the sequence is a vector.
    """
    edges = need_tensor(sorted_sequence, "searchsorted", "sorted_sequence")
    if not tensor_or_number(input):
        raise TypeError(f"searchsorted(): argument 'input' must be Tensor or a number, not {type(input).__name__}")
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError("torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True")
    x = input if isinstance(input, Tensor) else edges.new_tensor(input, dtype=None if isinstance(input, int) else dt.of_number(input))
    if not edges.ndim:
        raise RuntimeError("torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension")
    if edges.ndim > 1 and tuple(edges.shape[:-1]) != tuple(x.shape[:-1]):
        raise RuntimeError("torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value "
                           f"tensor must match, but we got boundaries tensor {list(edges.shape)} and input value tensor {list(x.shape)}")
    if edges.ndim > 1 and not x.ndim:
        raise RuntimeError("torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor "
                           f"dim({edges.ndim}) and input value's dim({x.ndim}) numel({x.numel()})")
    if sorter is not None:
        if sorter.shape != edges.shape:
            raise RuntimeError("torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor "
                               f"{list(edges.shape)}and got sorter tensor {list(sorter.shape)}")
        if sorter.dtype is not dt.int64:
            raise RuntimeError(f"torch.searchsorted(): sorter must be a tensor of long dtype but got dtype {sorter.dtype._title}")
        bad = first_outside(sorter, 0, edges.shape[-1] - 1)
        if bad is not None:
            raise RuntimeError(f"torch.searchsorted(): sorter index out of range: {bad}")
        edges = gather(edges.detach(), -1, sorter)
    return _found(edges, x, right or side == "right", out_int32, out, "searchsorted")


def _found(edges: Tensor, x: Tensor, right: bool, short: bool, out, name: str) -> Tensor:
    kind = dt.int32 if short else dt.int64
    if out is not None and isinstance(out, Tensor) and out.dtype is not kind:
        raise RuntimeError(f"torch.{name}(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on whether out_int32 flag "
                           f"is True, but we got output tensor's dtype {out.dtype._title} and out_int32 flag is {short}")
    return into_same(out, record(SearchSorted(bool(right), bool(short)), edges, x), name)


def bucketize(input, boundaries: Tensor, *, out_int32: bool = False, right: bool = False, out: Tensor | None = None) -> Tensor:
    """The number of the bucket between sorted `boundaries` into which each element (or one number) falls.

    right: whether an element equal to a boundary falls into the bucket after it.
    """
    edges = need_tensor(boundaries, "bucketize", "boundaries")
    if edges.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({edges.ndim})")
    if not tensor_or_number(input):
        raise TypeError(f"bucketize(): argument 'input' must be Tensor or a number, not {type(input).__name__}")
    x = input if isinstance(input, Tensor) else edges.new_tensor(input, dtype=None if isinstance(input, int) else dt.of_number(input))
    return _found(edges, x, right, out_int32, out, "bucketize")


def isin(elements, test_elements, *, assume_unique: bool = False, invert: bool = False, out: Tensor | None = None) -> Tensor:
    """Whether each of `elements` is among `test_elements`; one of the two may be a number. invert: whether it is not."""
    if not isinstance(elements, Tensor) and not isinstance(test_elements, Tensor):
        raise TypeError("isin(): elements or test_elements must be a Tensor, found "
                        f"{type(elements).__name__} and {type(test_elements).__name__}")
    for x in (elements, test_elements):
        if not tensor_or_number(x):
            raise TypeError(f"isin(): arguments must be Tensors or numbers, not {type(x).__name__}")
        if isinstance(x, Tensor) and x.dtype.category in (0, 3):
            raise RuntimeError(f"Unsupported input type encountered for isin(): {x.dtype._title}")
    return into_same(out, record(IsIn(bool(invert)), elements, test_elements), "isin")


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """For class numbers (…) the vectors (…, num_classes) with 1 at the class and 0 elsewhere; -1: one more than the greatest number there is."""
    x = need_tensor(tensor, "one_hot", "tensor")
    if x.dtype is not dt.int64:
        raise RuntimeError(f"one_hot is only applicable to index tensor of type LongTensor, found {x.dtype}; convert it with .long()")
    if not x.numel():
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return record(OneHot(int(num_classes)), x)
    if first_outside(x, 0, (1 << 63) - 1) is not None:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(values(x).max()) + 1
    elif first_outside(x, 0, num_classes - 1) is not None:
        raise RuntimeError(f"Class values must be smaller than num_classes: found {first_outside(x, 0, num_classes - 1)}, num_classes is {num_classes}.")
    return record(OneHot(int(num_classes)), x)


# ------------------------------------------------------------------------------------------------------------------------- unique
def _results(kept, inverse, counts, return_inverse: bool, return_counts: bool):
    results = [from_array(np.ascontiguousarray(kept))]
    if return_inverse:
        results.append(from_array(inverse, dt.int64))
    if return_counts:
        results.append(from_array(counts, dt.int64))
    return results[0] if len(results) == 1 else tuple(results)


def _groups(rows: np.ndarray):
    """(first place, group number, size) of the runs of equal rows that follow one another. NaN equals nothing."""
    changes = np.ones(len(rows), bool)
    changes[1:] = np.any(rows[1:] != rows[:-1], axis=1)
    first = np.flatnonzero(changes)
    return first, np.cumsum(changes) - 1, np.diff(np.append(first, len(rows)))


def _rows(x: Tensor, dim: int | None):
    """(array with axis `dim` in front, the same as a matrix of rows, dim); without `dim`, of all elements."""
    array = values(x)
    if dim is None:
        return array.reshape(-1), array.reshape(-1, 1), None
    dim = wrap_dim(dim, x.ndim)
    array = np.moveaxis(np.atleast_1d(array), dim, 0)
    if array.size == 0 and array.shape[0] != 0:
        raise RuntimeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
    if array.size == 0 and any(n == 0 for n in array.shape[1:]):
        raise RuntimeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
    return array, array.reshape(len(array), -1) if array.size else array.reshape(0, 1), dim


def unique(input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None):
    """The distinct elements (or sub-tensors along axis `dim`), sorted.

    return_inverse: also where in the result each element of the input is; return_counts: also how often each occurs. NaN equals nothing.
    """
    x = need_tensor(input, "unique")
    array, rows, dim = _rows(x, dim)
    order = np.argsort(rows[:, 0], kind="stable") if rows.shape[1] == 1 else np.lexsort(rows.T[::-1])
    first, group, counts = _groups(rows[order])
    inverse = np.empty(len(rows), np.int64)
    inverse[order] = group
    kept = array[order[first]]
    if dim is None:
        return _results(kept, inverse.reshape(x.shape), counts, return_inverse, return_counts)
    return _results(np.moveaxis(kept, 0, dim), inverse, counts, return_inverse, return_counts)


def unique_consecutive(input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None):
    """The elements (or sub-tensors along axis `dim`) without those that equal the one before.

    return_inverse: also where in the result each element of the input is; return_counts: also how many were equal. NaN equals nothing.
    """
    x = need_tensor(input, "unique_consecutive")
    array, rows, dim = _rows(x, dim)
    first, group, counts = _groups(rows)
    if dim is None:
        return _results(array[first], group.reshape(x.shape), counts, return_inverse, return_counts)
    return _results(np.moveaxis(array[first], 0, dim), group, counts, return_inverse, return_counts)


def unravel_index(indices: Tensor, shape) -> tuple[Tensor, ...]:
    """For positions in row-major order the positions along each axis of `shape`, one tensor an axis (what is out of range wraps around)."""
    if not isinstance(indices, Tensor) or indices.dtype.category != 1:
        found = indices.dtype if isinstance(indices, Tensor) else type(indices).__name__
        raise TypeError(f"expected 'indices' to be integer dtype, but got {found}")
    if not isinstance(shape, (int, tuple, list)):
        raise TypeError(f"expected 'shape' to be int or sequence of ints, but got {type(shape)}")
    sizes = (shape,) if isinstance(shape, int) else tuple(int(n) for n in shape)
    if any(n < 0 for n in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {tuple(sizes)}")
    indices, step, results = indices.to(dt.int64), 1, []
    for n in sizes[::-1]:
        results.append((indices // step if step != 1 else indices) % n)
        step *= n
    return tuple(results[::-1])


__all__ = ["bucketize", "isin", "searchsorted", "unique", "unique_consecutive", "unravel_index"]
