"""Copies where others make views: diagonal_copy, expand_copy, permute_copy and their kin."""
from __future__ import annotations

from ..core.record import record
from ..core.tensor import Tensor
from . import dtype_views, movement, parts, split
from .common import into_same
from .elementwise import Clone
from .ranges import OutOfRange


def _copying(name: str, view):
    """The public function that copies what `view` shows (or each of several views)."""
    def function(*args, out=None, **kwargs):
        made = view(*args, **kwargs)
        if isinstance(made, tuple):
            copies = tuple([record(Clone(), t) for t in made])
            if out is None:
                return copies
            if len(out) != len(copies):
                raise TypeError(f"{name}(): expected {len(copies)} tensors in out, found {len(out)}")
            for target, copy in zip(out, copies, strict=True):
                into_same(target, copy, name)
            return None
        return into_same(out, record(Clone(), made), name)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"A copy where `{name.removesuffix('_copy')}` makes a view. {(view.__doc__ or '').strip()}"
    return function


def _view(input: Tensor, size=None, *, dtype=None) -> Tensor:
    return movement.view(input, size if dtype is None else dtype)


def _narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`length` indices of axis `dim` from `start` on."""
    if not -input.ndim <= dim < input.ndim:
        raise OutOfRange(f"narrow_copy(): dim must be in [{-input.ndim}, {input.ndim - 1}], but got {dim}")
    return parts.narrow(input, dim, start, length)


alias_copy = _copying("alias_copy", lambda input: input)
as_strided_copy = _copying("as_strided_copy", parts.as_strided)
detach_copy = _copying("detach_copy", movement.detach)
diagonal_copy = _copying("diagonal_copy", parts.diagonal)
expand_copy = _copying("expand_copy", movement.expand)
narrow_copy = _copying("narrow_copy", _narrow)
permute_copy = _copying("permute_copy", movement.permute)
select_copy = _copying("select_copy", parts.select)
slice_copy = _copying("slice_copy", lambda input, dim=0, start=None, end=None, step=1: parts.slice_axis(input, dim, start, end, step))
split_copy = _copying("split_copy", split.split)
split_with_sizes_copy = _copying("split_with_sizes_copy", split.split_with_sizes)
squeeze_copy = _copying("squeeze_copy", movement.squeeze)
t_copy = _copying("t_copy", movement.t)
transpose_copy = _copying("transpose_copy", movement.transpose)
unbind_copy = _copying("unbind_copy", split.unbind)
unfold_copy = _copying("unfold_copy", parts.unfold)
unsqueeze_copy = _copying("unsqueeze_copy", movement.unsqueeze)
view_as_complex_copy = _copying("view_as_complex_copy", dtype_views.view_as_complex)
view_as_real_copy = _copying("view_as_real_copy", dtype_views.view_as_real)
view_copy = _copying("view_copy", _view)

__all__ = [
    "alias_copy", "as_strided_copy", "detach_copy", "diagonal_copy", "expand_copy", "narrow_copy", "permute_copy", "select_copy", "slice_copy", "split_copy",
    "split_with_sizes_copy", "squeeze_copy", "t_copy", "transpose_copy", "unbind_copy", "unfold_copy", "unsqueeze_copy", "view_as_complex_copy",
    "view_as_real_copy", "view_copy",
]
