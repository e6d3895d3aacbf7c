"""A tensor taken apart along an axis: split, chunk, unbind and their kin, all views."""
from __future__ import annotations

from functools import lru_cache

from ..core import dtype as dt
from ..core.events import pure
from ..core.op import Op, normal
from ..core.record import make_views, record
from ..core.shape import contiguous_strides, wrap_dim
from ..core.tensor import Tensor
from ..core.view import View
from .common import need_tensor, numpy_names, values
from .join import Cat, Stack
from .movement import as_view
from .parts import Slice


class Parts(Op, abstract=True):
    """A page with several results, all views of its input: `parts` maps (shape, strides, offset) to theirs."""

    dim: int
    types = "keep"
    outputs = 2             # any number, in truth

    def parts(self, shape, strides, offset):
        raise NotImplementedError

    def shape(self, x):
        return tuple([sizes for sizes, _, _ in self.parts(tuple(x.shape), contiguous_strides(x.shape), 0)])

    def dtype(self, x):
        return (x.dtype,) * len(self.shape(x))

    def reference(self, x):
        return tuple([View(*part).read(x) for part in self.parts(x.shape, contiguous_strides(x.shape), 0)])

    def gradient(self, g, out, x):
        """The gradients joined again; a part that got none has zeros."""
        some = next(p for p in g if p is not None)
        return record(self.joint, *[some.new_zeros(o.shape) if p is None else p for p, o in zip(g, out, strict=True)])

    @property
    def joint(self) -> Op:
        """The page that puts the parts together."""
        return Cat(self.dim)


class Split(Parts):
    """Pieces of `size` along axis `dim`; the last may be smaller"""

    size: int

    def sizes(self, n: int) -> tuple[int, ...]:
        """The size of each piece of an axis of size n."""
        return (*(self.size,) * (n // self.size), *((n % self.size,) if n % self.size else ())) if n else (0,)

    def parts(self, shape, strides, offset):
        d, result = self.dim, []
        for n in self.sizes(shape[d]):
            result.append(((*shape[:d], n, *shape[d + 1:]), strides, offset))
            offset += n * strides[d]
        return result

    samples = lambda: [(normal(5, 2), 0, 2), (normal(2, 4), 1, 4), (normal(2, 0), 1, 3)]


class SplitWithSizes(Split):
    """Pieces of the given sizes along axis `dim`"""

    dim: int
    size: tuple[int, ...]

    def sizes(self, n):
        return self.size

    samples = lambda: [(normal(5, 2), 0, (1, 4)), (normal(2, 4), 1, (0, 2, 2))]


class UnsafeSplit(Split):
    """The same pieces, which autograd does not know to be views."""

    samples = Split.samples


class UnsafeSplitWithSizes(SplitWithSizes):
    """The same pieces, which autograd does not know to be views."""

    samples = SplitWithSizes.samples


class Unbind(Parts):
    """The sub-tensors at every index of axis `dim`, which goes"""

    def parts(self, shape, strides, offset):
        d = self.dim
        sizes, steps = (*shape[:d], *shape[d + 1:]), (*strides[:d], *strides[d + 1:])
        return [(sizes, steps, offset + k * strides[d]) for k in range(shape[d])]

    @property
    def joint(self):
        return Stack(self.dim)

    samples = lambda: [(normal(3, 2), 0), (normal(2, 3), 1)]


@lru_cache(maxsize=1024)
def _views(op: Parts, shape, view: View | None) -> tuple[View, ...]:
    if view is None:
        return tuple([View(tuple(n), tuple(s), k) for n, s, k in op.parts(tuple(shape), contiguous_strides(shape), 0)])
    return tuple([View(tuple(n), tuple(s), k, view.kind) for n, s, k in op.parts(tuple(shape), view.strides, view.offset)])


def _parts(op: Parts, x: Tensor) -> tuple[Tensor, ...]:
    return make_views(x, op, _views(op, x.shape, x._view))


def _unsafe(op: Parts, x: Tensor) -> tuple[Tensor, ...]:
    """The parts as tensors that are no views to autograd: they may be written to in place."""
    made = _parts(op, x)
    for t in made:
        t._base = t._creation = None
    return made


# ---------------------------------------------------------------------------------------------------------------- public functions
@numpy_names
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The sub-tensors at every index of axis `dim`: views."""
    x = need_tensor(input, "unbind")
    if not x.shape:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return _parts(Unbind(wrap_dim(dim, x.ndim)), x)


def iterate(x: Tensor):
    """An iterator over axis 0."""
    if not x.shape:
        raise TypeError("iteration over a 0-d tensor")
    return iter(unbind(x))


def _split_page(x: Tensor, size, dim: int, name: str, pages) -> Parts:
    if not x.shape:
        raise RuntimeError(f"{name} expects at least a 1-dimensional tensor")
    dim = wrap_dim(dim, x.ndim)
    n = x.shape[dim]
    if isinstance(size, (tuple, list, Tensor)):
        sizes = tuple(int(s) for s in size)
        if min(sizes, default=0) < 0:
            raise RuntimeError(f"{name} expects split_sizes have only non-negative entries, but got split_sizes={list(sizes)}")
        if sum(sizes) != n:
            raise RuntimeError(f"{name} expects split_sizes to sum exactly to {n} (input tensor's size at dimension {dim}), but got "
                               f"split_sizes={list(sizes)}")
        return pages[1](dim, sizes)
    try:
        size = size.__index__()
    except AttributeError:
        raise TypeError(f"{name}(): argument 'split_size' (position 2) must be int, not {type(size).__name__}") from None
    if size < 0:
        raise RuntimeError(f"{name} expects split_size be non-negative, but got split_size={size}")
    if size == 0 and n:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")
    return pages[0](dim, size or 1)


_SAFE, _UNSAFE = (Split, SplitWithSizes), (UnsafeSplit, UnsafeSplitWithSizes)


def split(tensor: Tensor, split_size_or_sections, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of one size (the last may be smaller), or of the sizes in a list, along axis `dim`: views."""
    return _parts(_split_page(need_tensor(tensor, "split", "tensor"), split_size_or_sections, dim, "split", _SAFE), tensor)


@pure
def split_method(self: Tensor, split_size, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of one size (the last may be smaller), or of the sizes in a list, along axis `dim`: views."""
    return split(self, split_size, dim)


def split_with_sizes(input: Tensor, split_sizes, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of the given sizes along axis `dim`: views."""
    return _parts(_split_page(need_tensor(input, "split_with_sizes"), tuple(split_sizes), dim, "split_with_sizes", _SAFE), input)


def unsafe_split(input: Tensor, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
    """`split` whose pieces autograd does not treat as views: writing to several of them in place is not tracked."""
    return _unsafe(_split_page(need_tensor(input, "unsafe_split"), split_size, dim, "split", _UNSAFE), input)


def unsafe_split_with_sizes(input: Tensor, split_sizes, dim: int = 0) -> tuple[Tensor, ...]:
    """`split_with_sizes` whose pieces autograd does not treat as views."""
    return _unsafe(_split_page(need_tensor(input, "unsafe_split_with_sizes"), tuple(split_sizes), dim, "split_with_sizes", _UNSAFE), input)


def _chunks(x: Tensor, chunks: int, dim: int, pages) -> Parts:
    if not x.shape:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    dim = wrap_dim(dim, x.ndim)
    n = x.shape[dim]
    return pages[0](dim, -(-n // chunks)) if n else pages[1](dim, (0,) * chunks)


@numpy_names
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` pieces of equal size along axis `dim` (the last may be smaller): views."""
    return _parts(_chunks(need_tensor(input, "chunk"), chunks, dim, _SAFE), input)


def unsafe_chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """`chunk` whose pieces autograd does not treat as views."""
    return _unsafe(_chunks(need_tensor(input, "unsafe_chunk"), chunks, dim, _UNSAFE), input)


def tensor_split(input: Tensor, indices_or_sections=None, dim: int = 0, *, indices=None, sections=None) -> tuple[Tensor, ...]:
    """`sections` pieces whose sizes differ by at most one, or the pieces between the given indices, along axis `dim`: views."""
    given = next((v for v in (indices_or_sections, indices, sections) if v is not None), None)
    x = need_tensor(input, "tensor_split")
    if not x.shape:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    if isinstance(given, Tensor):
        if given.ndim > 1:
            raise RuntimeError("tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a tensor "
                               f"with {given.ndim} dims")
        if given.dtype is not dt.int64:
            raise RuntimeError(f"tensor_split expected tensor_indices_or_sections to be of type long, but got {given.dtype._title}")
        given = values(given).tolist()
    dim = wrap_dim(dim, x.ndim)
    n = x.shape[dim]
    if isinstance(given, (tuple, list)):
        cuts = [int(k) for k in given]
    else:
        if given is None or given <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {given}")
        small, more = divmod(n, given)
        cuts = [k * small + min(k, more) for k in range(1, given)]
    return tuple([as_view(Slice(dim, a, b), x) for a, b in zip((0, *cuts), (*cuts, n), strict=True)])


def _axis_split(input: Tensor, given, name: str, need: int, dim: int):
    x = need_tensor(input, name)
    if x.ndim < need:
        raise RuntimeError(f"torch.{name} requires a tensor with at least {need} dimension{'s' if need > 1 else ''}, but got a tensor with {x.ndim} "
                           "dimensions!")
    if isinstance(given, int):
        if given == 0 or x.shape[dim] % given:
            raise RuntimeError(f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {x.shape[dim]} is not divisible by "
                               f"the split_size {given}!")
    return tensor_split(x, given, dim)


def _given(args, indices, sections):
    return args[0] if args else indices if indices is not None else sections


def hsplit(input: Tensor, *args, indices=None, sections=None) -> tuple[Tensor, ...]:
    """Equal pieces, or those between indices, along axis 1 (axis 0 of a vector): views."""
    return _axis_split(input, _given(args, indices, sections), "hsplit", 1, 0 if input.ndim == 1 else 1)


def vsplit(input: Tensor, *args, indices=None, sections=None) -> tuple[Tensor, ...]:
    """Equal pieces, or those between indices, along axis 0: views."""
    return _axis_split(input, _given(args, indices, sections), "vsplit", 2, 0)


def dsplit(input: Tensor, *args, indices=None, sections=None) -> tuple[Tensor, ...]:
    """Equal pieces, or those between indices, along axis 2: views."""
    return _axis_split(input, _given(args, indices, sections), "dsplit", 3, 2)


__all__ = [
    "chunk", "dsplit", "hsplit", "split", "split_with_sizes", "tensor_split", "unbind", "unsafe_chunk", "unsafe_split", "unsafe_split_with_sizes", "vsplit",
]
