"""Shapes as such: what broadcasts to what, and memory given another size."""
from __future__ import annotations

from ..core import shape as shapes
from ..core.shape import Size
from .common import Tensor, need_tensor, resize_, shape_args
from .movement import sum_to


def broadcast_shapes(*shapes_given) -> Size:
    """The shape to which tensors of these shapes broadcast (an int is the shape of one axis)."""
    if not shapes_given:
        return Size(())
    plain = []
    for shape in shapes_given:
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        for n in shape:
            if n < 0:
                raise RuntimeError(f"Trying to create tensor with negative dimension ({n}): ({n})")
        plain.append(shape)
    try:
        return Size(shapes.broadcast_shapes(*plain))
    except RuntimeError:
        raise RuntimeError("Shape mismatch: objects cannot be broadcast to a single shape: " + " and ".join(map(str, plain))) from None


def sum_to_size(input: Tensor, *size) -> Tensor:
    """`input` summed to `size`, a shape that broadcasts to its own: the gradient of broadcasting."""
    to = tuple(int(n) for n in shape_args(size))
    x = need_tensor(input, "sum_to_size")
    lead = x.ndim - len(to)
    if lead < 0 or any(n not in (1, m) for n, m in zip(to, x.shape[lead:], strict=True)):
        raise RuntimeError(f"size {{{list(to)}}} is not expandable to size {{{list(x.shape)}}}.")
    return sum_to(x, Size(to))


def resize_as_(input: Tensor, the_template: Tensor, *, memory_format=None) -> Tensor:
    """`input.resize_(the_template.shape)`"""
    return resize_(input, tuple(the_template.shape))


def zero_(input: Tensor) -> Tensor:
    """Write zeros into `input`."""
    return need_tensor(input, "zero_").zero_()


__all__ = ["broadcast_shapes", "resize_as_", "zero_"]
