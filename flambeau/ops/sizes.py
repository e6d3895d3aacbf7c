"""Sums back to a smaller shape, as a method."""
from __future__ import annotations

from ..core import dtype as dt
from ..core.shape import Size
from .common import Tensor, need_tensor, resize_, sizes_of
from .movement import sum_to


def sum_to_size(input: Tensor, *sizes, size=None) -> Tensor:
    """`input` summed to `size`, a shape that broadcasts to its own: the gradient of broadcasting."""
    to = tuple(int(n) for n in sizes_of(sizes, size))
    x = need_tensor(input, "sum_to_size")
    lead = x.ndim - len(to)
    if lead < 0 or any(n not in (1, m) for n, m in zip(to, x.shape[lead:], strict=True)):
        raise RuntimeError(f"size {{{list(to)}}} is not expandable to size {{{list(x.shape)}}}.")
    if x.dtype.category < 2 and (not to or tuple(x.shape) != to):
        x = x.to(dt.int64)                  # integers and bools are summed as int64
    return sum_to(x, Size(to))


def resize_as_(input: Tensor, the_template: Tensor, *, memory_format=None) -> Tensor:
    """`input.resize_(the_template.shape)`"""
    return resize_(input, tuple(the_template.shape))


__all__ = ["resize_as_"]
