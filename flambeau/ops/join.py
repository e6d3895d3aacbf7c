"""Tensors joined into one: along an axis that is there (cat and its kin), or along a new one (stack)."""
from __future__ import annotations

import warnings

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from ..core.record import record
from ..core.shape import Size, wrap_dim
from ..core.shape import broadcast_shapes as common_shape
from ..core.tensor import Tensor
from .common import into
from .movement import as_view, reshape
from .parts import Select, Slice


class Cat(Op):
    """The inputs one after the other along axis `dim`; 1-D inputs without elements are left out"""

    dim: int

    def counted(self, inputs):
        """The inputs that are not left out."""
        return [x for x in inputs if tuple(x.shape) != (0,)] or list(inputs[:1])

    def shape(self, *inputs):
        parts = self.counted(inputs)
        first = parts[0].shape
        for k, x in enumerate(inputs):
            if not x.shape:
                raise RuntimeError(f"zero-dimensional tensor (at position {k}) cannot be concatenated; torch.stack joins numbers")
            if tuple(x.shape) == (0,):
                continue
            if len(x.shape) != len(first):
                raise RuntimeError(f"Tensors must have same number of dimensions: got {len(first)} and {len(x.shape)} for tensor number {k} in the list")
            for d, (n, m) in enumerate(zip(first, x.shape, strict=True)):
                if n != m and d != self.dim:
                    raise RuntimeError(f"Sizes of tensors must match except in dimension {self.dim}. Expected size {n} but got size {m} for tensor "
                                       f"number {k} in the list; dimension {d} of {tuple(x.shape)} differs from {tuple(first)}.")
        return (*first[:self.dim], sum(x.shape[self.dim] for x in parts), *first[self.dim + 1:])

    def reference(self, *arrays):
        return np.concatenate(self.counted(arrays), self.dim)

    def element(self, i, *inputs):
        parts = self.counted(inputs)
        ends = np.cumsum([x.shape[self.dim] for x in parts]).tolist()

        def pick(low, high):
            """The element among the parts low … high - 1, halving: as many comparisons as the logarithm of their number."""
            if high - low == 1:
                k = i[self.dim] - (ends[low] - parts[low].shape[self.dim])
                return parts[low][(*i[:self.dim], k, *i[self.dim + 1:])]
            middle = (low + high) // 2
            return el.where(i[self.dim] < ends[middle - 1], pick(low, middle), pick(middle, high))
        return pick(0, len(parts))

    def gradient(self, g, out, *inputs):
        slices, start = [], 0
        for x in inputs:
            if tuple(x.shape) == (0,) and len(out.shape) != 1:
                slices.append(None)
                continue
            slices.append(Slice(self.dim, start, start + x.shape[self.dim]))
            start += x.shape[self.dim]
        return tuple([(lambda page=page, x=x: as_view(page, g) if page is not None else g.new_zeros(x.shape)) for page, x in
                      zip(slices, inputs, strict=True)])

    samples = lambda: [(normal(2, 3), normal(1, 3), 0), (normal(2, 3), normal(2, 0), normal(2, 2), 1), (normal(2), 0), (normal(0), normal(2, 2), 1)]
    rejects = lambda: [(normal(2, 3), normal(2, 2), 0, "Sizes of tensors must match except in dimension 0. Expected size 3 but got size 2 for tensor "
                        "number 1 in the list; dimension 1 of (2, 2) differs from (2, 3).")]


class Stack(Op):
    """The inputs, of one shape, one after the other along a new axis `dim`"""

    dim: int

    def shape(self, *inputs):
        first = inputs[0].shape
        for k, x in enumerate(inputs):
            if tuple(x.shape) != tuple(first):
                raise RuntimeError(f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and {list(x.shape)} at entry {k}")
        return (*first[:self.dim], len(inputs), *first[self.dim:])

    def reference(self, *arrays):
        return np.stack(arrays, self.dim)

    def element(self, i, *inputs):
        rest = (*i[:self.dim], *i[self.dim + 1:])

        def pick(low, high):
            if high - low == 1:
                return inputs[low][rest] if rest else inputs[low][()]
            middle = (low + high) // 2
            return el.where(i[self.dim] < middle, pick(low, middle), pick(middle, high))
        return pick(0, len(inputs))

    def gradient(self, g, out, *inputs):
        return tuple([(lambda k=k: as_view(Select(self.dim, k), g)) for k in range(len(inputs))])

    samples = lambda: [(normal(2, 3), normal(2, 3, seed=1), 1), (normal(), normal(seed=1), normal(seed=2), 0), (normal(2, 3), 2), (normal(0), normal(0), 0)]
    rejects = lambda: [(normal(2), normal(3), 0, "stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 1")]


class BlockDiag(Op):
    """The matrices along the diagonal of a matrix of zeros; a vector is one row, a number one element"""

    def blocks(self, inputs):
        """For each input (top, left, rows, columns)."""
        places, top, left = [], 0, 0
        for x in inputs:
            rows, columns = ((1, 1) + tuple(x.shape))[-2:]
            places.append((top, left, rows, columns))
            top, left = top + rows, left + columns
        return places

    def shape(self, *inputs):
        for k, x in enumerate(inputs):
            if len(x.shape) > 2:
                raise RuntimeError(f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {k} has {len(x.shape)} dimensions")
        top, left, rows, columns = self.blocks(inputs)[-1]
        return top + rows, left + columns

    def reference(self, *arrays):
        out = np.zeros(self.shape(*arrays), arrays[0].dtype)
        for x, (top, left, rows, columns) in zip(arrays, self.blocks(arrays), strict=True):
            out[top:top + rows, left:left + columns] = x
        return out

    def gradient(self, g, out, *inputs):
        def block(x, top, left, rows, columns):
            return lambda: reshape(as_view(Slice(1, left, left + columns), as_view(Slice(0, top, top + rows), g)), x.shape)
        return tuple([block(x, *place) for x, place in zip(inputs, self.blocks(inputs), strict=True)])

    samples = lambda: [(normal(2, 3), normal(1, 1), normal(2)), (normal(),), (normal(2, 0), normal(2, 2))]
    rejects = lambda: [(normal(2, 2), normal(1, 1, 1), "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input 1 has 3 dimensions")]


# ---------------------------------------------------------------------------------------------------------------- public functions
def tensor_list(tensors, name: str, argument: str = "tensors") -> list[Tensor]:
    """A sequence of tensors as a list. TypeError where it is no sequence of tensors."""
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(f"{name}(): argument '{argument}' (position 1) must be tuple of Tensors, not {type(tensors).__name__}"
                        + ("; put them in a list" if isinstance(tensors, Tensor) else ""))
    for k, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type(t).__name__}")
    return list(tensors)


def cat(tensors, dim: int = 0, *, out=None, axis: int | None = None) -> Tensor:
    """The tensors one after the other along axis `dim`; all other sizes agree, dtypes are promoted.

    RuntimeError where sizes differ, ValueError for an empty list, IndexError for a `dim` out of range.
    """
    tensors = tensor_list(tensors, "cat")
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    ndim = next((t.ndim for t in tensors if t.shape != (0,)), 1)
    result = record(Cat(wrap_dim(dim if axis is None else axis, ndim) if ndim else 0), *tensors)
    if out is not None and isinstance(out, Tensor) and not dt.can_cast(result.dtype, out.dtype):
        raise TypeError(f"torch.cat(): input types can't be cast to the desired output type {out.dtype._title}")
    return into(out, result, "cat")


concat = concatenate = cat


def stack(tensors, dim: int = 0, *, out=None, axis: int | None = None) -> Tensor:
    """The tensors, all of one shape, one after the other along a new axis `dim`."""
    tensors = tensor_list(tensors, "stack")
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    return into(out, record(Stack(wrap_dim(dim if axis is None else axis, tensors[0].ndim + 1)), *tensors), "stack")


def atleast_1d(*tensors):
    """A tensor (or several) with at least one axis: numbers become vectors of one element."""
    return _each(tensors, "atleast_1d", lambda t: t if t.ndim else reshape(t, 1))


def atleast_2d(*tensors):
    """A tensor (or several) with at least two axes: a vector becomes one row."""
    return _each(tensors, "atleast_2d", lambda t: t if t.ndim >= 2 else reshape(t, 1, 1) if not t.ndim else t.unsqueeze(0))


def atleast_3d(*tensors):
    """A tensor (or several) with at least three axes: (n) becomes (1, n, 1) and (m, n) becomes (m, n, 1)."""
    def widen(t):
        if t.ndim >= 3:
            return t
        return reshape(t, 1, 1, 1) if not t.ndim else t.unsqueeze(0).unsqueeze(-1) if t.ndim == 1 else t.unsqueeze(-1)
    return _each(tensors, "atleast_3d", widen)


def _each(tensors, name: str, function):
    if len(tensors) == 1 and isinstance(tensors[0], Tensor):
        return function(tensors[0])
    given = tensors[0] if len(tensors) == 1 else tensors
    return tuple([function(t) for t in tensor_list(given, name)])


def _joined(tensors, name: str, widen, out, dim) -> Tensor:
    tensors = tensor_list(tensors, name)
    if not tensors:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    tensors = [widen(t) for t in tensors]
    return cat(tensors, dim(tensors), out=out)


def hstack(tensors, *, out=None) -> Tensor:
    """The tensors side by side: along axis 1, vectors along axis 0."""
    return _joined(tensors, "hstack", atleast_1d, out, lambda ts: 0 if ts[0].ndim == 1 else 1)


def vstack(tensors, *, out=None) -> Tensor:
    """The tensors one below the other, along axis 0; vectors are rows."""
    return _joined(tensors, "vstack", atleast_2d, out, lambda ts: 0)


row_stack = vstack


def dstack(tensors, *, out=None) -> Tensor:
    """The tensors one behind the other, along axis 2."""
    return _joined(tensors, "dstack", atleast_3d, out, lambda ts: 2)


def column_stack(tensors, *, out=None) -> Tensor:
    """Vectors as columns, matrices side by side."""
    return _joined(tensors, "column_stack", lambda t: t if t.ndim >= 2 else reshape(t, t.numel(), 1), out, lambda ts: 1)


def block_diag(*tensors) -> Tensor:
    """The matrices along the diagonal of a matrix of zeros; a vector is one row, a number one element."""
    tensors = tensor_list(tensors, "block_diag")
    if not tensors:
        raise RuntimeError("torch.block_diag(): expected at least one tensor")
    return record(BlockDiag(), *tensors)


def meshgrid(*tensors, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Grids of coordinates: result k has the values of vector k along axis k, repeated along the others. Views.

    indexing: 'ij' gives axes in the order of the arguments; 'xy' exchanges the first two.
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tensors[0]
    tensors = tensor_list(tensors, "meshgrid")
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for t in tensors:
        if t.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {t.ndim}D of shape {tuple(t.shape)}")
        if t.dtype is not tensors[0].dtype:
            raise RuntimeError(f"torch.meshgrid expects all tensors to have the same dtype, but found {tensors[0].dtype} and {t.dtype}")
    if indexing is None:
        warnings.warn("torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.", UserWarning, stacklevel=2)
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    swap = indexing == "xy" and len(tensors) >= 2
    order = [tensors[1], tensors[0], *tensors[2:]] if swap else tensors
    sizes = [t.numel() for t in order]
    grids = [reshape(t, *[-1 if d == k else 1 for d in range(len(order))]).expand(sizes) for k, t in enumerate(order)]
    return tuple([grids[1], grids[0], *grids[2:]] if swap else grids)


def cartesian_prod(*tensors) -> Tensor:
    """Every way of taking one element from each vector, one a row, the last vector's elements changing fastest."""
    tensors = tensor_list(tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors, "cartesian_prod")
    if not tensors:
        raise RuntimeError("cartesian_prod: expected at least one vector")
    for t in tensors:
        if t.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(t.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(g, -1) for g in meshgrid(*tensors, indexing="ij")], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """The ways of taking `r` elements of a vector, in the order of itertools.combinations, one a row."""
    if input.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return input.new_zeros(0)
    n = input.numel()
    grid = np.indices((n,) * r).reshape(r, -1)
    keep = np.all(grid[:-1] <= grid[1:] if with_replacement else grid[:-1] < grid[1:], axis=0)
    rows = np.ascontiguousarray(grid[:, keep].T)
    return input[Tensor.new_tensor(input, rows, dtype=dt.int64)]


def broadcast_tensors(*tensors) -> tuple[Tensor, ...]:
    """The tensors expanded to their common shape: views."""
    tensors = tensor_list(tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors, "broadcast_tensors")
    shape = common_shape(*[t.shape for t in tensors]) if tensors else ()
    return tuple([t.expand(shape) for t in tensors])


def broadcast_shapes(*shapes) -> Size:
    """The shape that tensors of these shapes (an int is a shape of one axis) have after broadcasting. RuntimeError where there is none."""
    given = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    if any(n < 0 for shape in given for n in shape):
        raise ValueError(f"Attempting to broadcast a dimension with negative length! Shapes: {', '.join(map(str, given))}")
    try:
        return Size(common_shape(*given)) if given else Size()
    except RuntimeError:
        raise RuntimeError(f"Shape mismatch: objects cannot be broadcast to a single shape: {', '.join(map(str, given))}") from None


__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_shapes", "broadcast_tensors", "cartesian_prod", "cat", "column_stack",
    "combinations", "concat", "concatenate", "dstack", "hstack", "meshgrid", "row_stack", "stack", "vstack",
]
