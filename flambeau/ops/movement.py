"""Views of the whole: the same elements under another shape, in another order of axes, repeated along an axis."""
from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..core import element as el
from ..core.events import pure
from ..core.op import Op, normal
from ..core.record import make_view, record
from ..core.shape import contiguous_strides, infer_size, numel, reshape_strides, wrap_dim, wrap_dims
from ..core.view import View
from .common import Tensor, need_tensor, numpy_names, shape_args, sizes_of
from .dtype_views import view_dtype
from .elementwise import Clone
from .restride import spread


class Movement(Op, abstract=True):
    """A page whose result is a view of its input: `strided` maps (shape, strides, offset) to the view's, and the rest follows.

    `strided` gets plain tuples, raises what the user sees for bad arguments, and returns None where only a copy would do.
    """

    types = "keep"

    def strided(self, shape, strides, offset):
        raise NotImplementedError

    def shape(self, x):
        return self.strided(tuple(x.shape), contiguous_strides(x.shape), 0)[0]

    def reference(self, x):
        sizes, strides, offset = self.strided(x.shape, contiguous_strides(x.shape), 0)
        return View(tuple(sizes), tuple(strides), offset).read(x)

    def element(self, i, x):
        _, strides, k = self.strided(x.shape, contiguous_strides(x.shape), 0)
        for axis, stride in zip(i, strides, strict=True):
            k = axis * stride + k if stride else k
        return x.flat[el.lift(k)]

    def gradient(self, g, out, x):
        """What the view did not read gets zero; what it read several times gets the sum."""
        sizes, strides, offset = self.strided(tuple(x.shape), contiguous_strides(x.shape), 0)
        return spread(g, x.shape, tuple(sizes), tuple(strides), offset)


def as_view(op: Movement, x: Tensor) -> Tensor:
    """The view of `x` that `op` describes."""
    return make_view(x, op, _moved(op, x.shape, x._view))


@lru_cache(maxsize=8192)
def _moved(op: Movement, shape, view: View | None) -> View:
    """The view that `op` makes of a tensor of `shape` that is itself seen through `view`."""
    if view is None:
        sizes, strides, offset = op.strided(tuple(shape), contiguous_strides(shape), 0)
        return View(tuple(sizes), tuple(strides), offset)
    sizes, strides, offset = op.strided(tuple(shape), view.strides, view.offset)
    return View(tuple(sizes), tuple(strides), offset, view.kind)


# ------------------------------------------------------------------------------------------------------------ whole-axis views
class Reshape(Movement):
    """The elements in row-major order under another shape."""

    to: tuple[int, ...]
    backward = "ViewBackward0"

    def strided(self, shape, strides, offset):
        new = reshape_strides(shape, strides, self.to)
        return None if new is None else (self.to, new, offset)

    def gradient(self, g, out, x):
        return reshape(g, x.shape)

    samples = lambda: [(normal(3, 4), (4, 3)), (normal(2, 3, 4), (6, 4)), (normal(1), ()), (normal(0, 2), (2, 0))]


class _Unsafe(Reshape):
    """A reshape whose result nobody sees as a view."""

    backward = "UnsafeViewBackward0"


class Permute(Movement):
    """out[i[dims[0]], i[dims[1]], …] with the axes in another order."""

    dims: tuple[int, ...]

    def strided(self, shape, strides, offset):
        return tuple(shape[d] for d in self.dims), tuple(strides[d] for d in self.dims), offset

    def gradient(self, g, out, x):
        return permute(g, tuple(int(d) for d in np.argsort(self.dims)))

    samples = lambda: [(normal(2, 3, 4), (2, 0, 1)), (normal(), ())]


class Transpose(Movement):
    """Two axes exchanged."""

    dim0: int
    dim1: int

    def strided(self, shape, strides, offset):
        order = list(range(len(shape)))
        if order:
            order[self.dim0], order[self.dim1] = order[self.dim1], order[self.dim0]
        return tuple(shape[d] for d in order), tuple(strides[d] for d in order), offset

    def gradient(self, g, out, x):
        return transpose(g, self.dim0, self.dim1)

    samples = lambda: [(normal(2, 3, 4), 0, 2), (normal(2, 3), 1, 1)]


class T(Transpose):
    """The transpose of a matrix."""

    dim0: int = 0
    dim1: int = 1
    backward = "TBackward0"
    samples = lambda: [(normal(2, 3),)]

    def strided(self, shape, strides, offset):
        return super().strided(shape, strides, offset) if len(shape) == 2 else (shape, strides, offset)

    def gradient(self, g, out, x):
        return t(g)


class Expand(Movement):
    """Axes of size 1, and new leading axes, repeated without copying."""

    to: tuple[int, ...]

    def strided(self, shape, strides, offset):
        lead = len(self.to) - len(shape)
        new = [0] * lead
        for d, (n, s, target) in enumerate(zip(shape, strides, self.to[lead:], strict=True)):
            if n != target and n != 1:
                raise RuntimeError(f"The expanded size of the tensor ({target}) must match the existing size ({n}) at non-singleton dimension "
                                   f"{d + lead}.  Target sizes: {list(self.to)}.  Tensor sizes: {list(shape)}")
            new.append(s if n == target else 0)
        return self.to, tuple(new), offset

    def gradient(self, g, out, x):
        return sum_to(g, x.shape)

    samples = lambda: [(normal(3, 1), (2, 3, 4)), (normal(), (2, 2)), (normal(1, 2), (0, 2))]
    rejects = lambda: [(normal(2, 3), (2, 4), "The expanded size of the tensor (4) must match the existing size (3) at non-singleton dimension 1.  "
                "Target sizes: [2, 4].  Tensor sizes: [2, 3]")]


class Squeeze(Movement):
    """Axes of size 1 among `dims` left out."""

    dims: tuple[int, ...]

    def strided(self, shape, strides, offset):
        kept = [d for d in range(len(shape)) if not (d in self.dims and shape[d] == 1)]
        return tuple(shape[d] for d in kept), tuple(strides[d] for d in kept), offset

    def gradient(self, g, out, x):
        return reshape(g, x.shape)

    samples = lambda: [(normal(1, 3, 1), (0,)), (normal(1, 3, 1), (0, 1, 2))]


class _SqueezeDim(Squeeze):
    """One axis left out if its size is 1."""

    backward = "SqueezeBackward1"


class _SqueezeDims(Squeeze):
    """Several axes left out, those of size 1."""

    backward = "SqueezeBackward2"


class Unsqueeze(Movement):
    """A new axis of size 1 at `dim`."""

    dim: int

    def strided(self, shape, strides, offset):
        step = strides[self.dim] * shape[self.dim] if self.dim < len(shape) else 1
        return (*shape[:self.dim], 1, *shape[self.dim:]), (*strides[:self.dim], step, *strides[self.dim:]), offset

    def gradient(self, g, out, x):
        return reshape(g, x.shape)

    samples = lambda: [(normal(2, 3), 1), (normal(), 0)]


# ------------------------------------------------------------------------------------------------------------ the functions
@pure
def view(input: Tensor, *sizes, size=None, dtype=None) -> Tensor:
    """The same memory under another shape (one size may be -1), or read as another dtype. RuntimeError where that needs a copy."""
    if dtype is not None:
        return view_dtype(input, dtype)
    shape = sizes if size is None else (size,)
    if len(shape) == 1 and not isinstance(shape[0], (int, tuple, list, np.integer, Tensor)):
        return view_dtype(input, shape[0])
    op, fits = _reshaping(shape_args(shape), input.shape, input._view)
    if not fits:
        raise RuntimeError(f"view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous "
                           f"subspaces). Use .reshape(...) instead. (view of shape {list(input.shape)}, strides {list(input.stride())} as {list(op.to)})")
    return as_view(op, input)


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """`input.view(other.shape)`"""
    return view(input, other.shape)


@pure
def reshape(input: Tensor, *sizes, shape=None) -> Tensor:
    """The elements in row-major order under another shape: a view where possible, else a copy."""
    op, fits = _reshaping(sizes_of(sizes, shape), input.shape, input._view)
    return as_view(op, input) if fits else as_view(_Unsafe(op.to), record(Clone(), input))


@lru_cache(maxsize=8192)
def _reshaping(to, shape, view: View | None) -> tuple[Reshape, bool]:
    """The page that reshapes, and whether a view will do."""
    to = infer_size(to, numel(shape))
    strides = contiguous_strides(shape) if view is None else view.strides
    return Reshape(to), reshape_strides(tuple(shape), strides, to) is not None


@lru_cache(maxsize=8192)
def _flattening(shape, view: View | None, start_dim: int, end_dim: int):
    """The page and the view that make axes start_dim … end_dim one; no view where only a copy would do, None where nothing changes."""
    start, end = wrap_dim(start_dim, len(shape)), wrap_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if shape and start == end:
        return None
    op, fits = _reshaping((*shape[:start], numel(shape[start:end + 1]), *shape[end + 1:]) if shape else (1,), shape, view)
    return op, _moved(op, shape, view) if fits else None


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """`input.reshape(other.shape)`"""
    return reshape(input, other.shape)


@pure
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Axes start_dim … end_dim as one axis."""
    found = _flattening(input.shape, input._view, start_dim, end_dim)
    if found is None:
        return input
    op, view = found
    return make_view(input, op, view) if view is not None else reshape(input, op.to)


def unflatten(input: Tensor, dim: int, sizes) -> Tensor:
    """Axis `dim` cut into axes of `sizes` (one may be -1)."""
    dim = wrap_dim(dim, input.ndim)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    n = input.shape[dim]
    try:
        sizes = infer_size(tuple(sizes), n)
    except RuntimeError:
        raise RuntimeError(f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({n}) in the input tensor") from None
    return view(input, (*input.shape[:dim], *sizes, *input.shape[dim + 1:]))


def ravel(input: Tensor) -> Tensor:
    """All elements as one axis."""
    return reshape(input, -1)


@pure
def permute(input: Tensor, *order, dims=None) -> Tensor:
    """The axes in the order `dims`."""
    dims = sizes_of(order, dims)
    if len(dims) != input.ndim:
        raise RuntimeError(f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions "
                           f"i.e. input.dim() = {input.ndim} is not equal to len(dims) = {len(dims)}")
    dims = tuple(wrap_dim(d, input.ndim) for d in dims)
    if len(set(dims)) != len(dims):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return as_view(Permute(dims), input)


@pure
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Axes dim0 and dim1 exchanged."""
    return as_view(Transpose(wrap_dim(dim0, input.ndim), wrap_dim(dim1, input.ndim)), input)


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Axes axis0 and axis1 exchanged."""
    return transpose(input, axis0, axis1)


swapdims = transpose


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; tensors of fewer axes as they are."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return as_view(T(), input)


def adjoint(input: Tensor) -> Tensor:
    """The last two axes exchanged, complex values conjugated."""
    if input.ndim < 2:
        raise RuntimeError(f"tensor.adjoint() is only supported on matrices or batches of matrices. Got {input.ndim}-D tensor.")
    swapped = transpose(input, -2, -1)
    return swapped.conj() if swapped.dtype.is_complex else swapped


def reversed_axes(input: Tensor) -> Tensor:
    """The axes in reverse order (`x.T`)."""
    return permute(input, tuple(range(input.ndim))[::-1])


def matrix_transpose(input: Tensor) -> Tensor:
    """The last two axes exchanged (`x.mT`)."""
    return transpose(input, -2, -1)


def movedim(input: Tensor, source, destination) -> Tensor:
    """The axes `source` moved to the places `destination`, the others in order."""
    source = wrap_dims(source, input.ndim)
    destination = wrap_dims(destination, input.ndim)
    if len(source) != len(destination):
        raise RuntimeError(f"movedim: Invalid source or destination dims: source ({list(source)} dims) should contain the same number of dims as "
                           f"destination ({list(destination)} dims)")
    rest = iter(d for d in range(input.ndim) if d not in source)
    place = dict(zip(destination, source, strict=True))
    return permute(input, tuple(place[d] if d in place else next(rest) for d in range(input.ndim)))


moveaxis = movedim


def expand(input: Tensor, *sizes, size=None, implicit: bool = False) -> Tensor:
    """Axes of size 1 repeated without copying, to the sizes given; -1 keeps an axis."""
    sizes = sizes_of(sizes, size)
    lead = len(sizes) - input.ndim
    if lead < 0:
        raise RuntimeError(f"expand(torch.{input.dtype._title}Tensor{{{list(input.shape)}}}, size={list(sizes)}): the number of sizes provided "
                           f"({len(sizes)}) must be greater or equal to the number of dimensions in the tensor ({input.ndim})")
    if any(n == -1 for n in sizes[:lead]):
        raise RuntimeError(f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {list(sizes).index(-1)}")
    to = tuple(int(input.shape[d - lead]) if n == -1 else int(n) for d, n in enumerate(sizes))
    return as_view(Expand(to), input)


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """`input.expand(other.shape)`"""
    return expand(input, other.shape)


broadcast_to = expand


@numpy_names
def squeeze(input: Tensor, dim=None) -> Tensor:
    """Axes of size 1 left out: all of them, or those among `dim`."""
    if dim is None:
        return as_view(Squeeze(tuple(range(input.ndim))), input)
    if isinstance(dim, (tuple, list)):
        return as_view(_SqueezeDims(wrap_dims(dim, input.ndim)), input)
    return as_view(_SqueezeDim((wrap_dim(dim, input.ndim),)), input)


@numpy_names
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A new axis of size 1 at `dim`."""
    return as_view(Unsqueeze(wrap_dim(dim, input.ndim + 1)), input)


# ------------------------------------------------------------------------------------------------------------------ sums back
def sum_to(g: Tensor, shape) -> Tensor:
    """`g` summed over the axes along which broadcasting repeated a tensor of `shape`."""
    return g if g.shape == shape else record(_SumTo(tuple(shape)), g)


class _SumTo(Op):
    """The adjoint of broadcasting a tensor of shape `to`: sums over the axes that it lacks, and over those on which its size is 1."""

    to: tuple[int, ...]
    backward = "SumBackward1"

    def shape(self, x):
        return self.to

    def summed(self, shape) -> tuple[int, ...]:
        """The axes of `shape` that are summed."""
        lead = len(shape) - len(self.to)
        return tuple(d for d in range(len(shape)) if d < lead or self.to[d - lead] == 1 != shape[d])

    def reference(self, x):
        return np.sum(x, axis=self.summed(x.shape)).reshape(self.to)

    def element(self, i, x):
        dims, lead = self.summed(x.shape), len(x.shape) - len(self.to)

        def at(*k):
            reduced = iter(k)
            return x[tuple(next(reduced) if d in dims else i[d - lead] for d in range(len(x.shape)))]
        return el.total(*[x.shape[d] for d in dims], at)

    def gradient(self, g, out, x):
        return expand(g, x.shape)

    samples = lambda: [(normal(3, 4), (4,)), (normal(2, 3, 4), (3, 1)), (normal(0, 3), (3,)), (normal(3, 4), ())]


def detach(input: Tensor) -> Tensor:
    """The same memory, cut off from autograd."""
    return need_tensor(input, "detach").detach()


__all__ = [
    "reshape", "flatten", "unflatten", "ravel", "permute", "transpose", "swapaxes", "swapdims", "t", "adjoint",
    "movedim", "moveaxis", "broadcast_to", "squeeze", "unsqueeze", "detach",
]
