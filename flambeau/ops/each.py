"""A Python function applied to every element: slow, one call an element, and outside autograd."""
from __future__ import annotations

import numpy as np

from ..core.access import write
from ..core.tensor import Tensor
from .common import check_writable, from_array, need_tensor, read, values


def apply_(input: Tensor, callable) -> Tensor:
    """Each element replaced by `callable(element)`, in place. One Python call an element; TypeError for a tensor that requires grad."""
    return _each(input, "apply_", callable)


def map_(input: Tensor, tensor: Tensor, callable) -> Tensor:
    """Each element a replaced by `callable(a, b)`, in place, with b from `tensor`, broadcast."""
    return _each(input, "map_", callable, tensor)


def map2_(input: Tensor, x: Tensor, y: Tensor, callable) -> Tensor:
    """Each element a replaced by `callable(a, b, c)`, in place, with b and c from two tensors, broadcast."""
    return _each(input, "map2_", callable, x, y)


def _each(input, name, function, *others):
    if any(need_tensor(t, name).requires_grad for t in (input, *others)):
        raise TypeError(f"can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")
    for t in others:
        if t.dtype is not input.dtype:
            raise TypeError(f"{name}(): expected tensors of {input.dtype}, like the first, got {t.dtype}")
    check_writable(input)
    shape = tuple(input.shape)
    columns = [np.broadcast_to(values(t), shape).reshape(-1).tolist() for t in (input, *others)]
    made = np.array([function(*row) for row in zip(*columns, strict=True)], dtype=input.dtype.numpy).reshape(shape)
    write(input, read(from_array(made, input.dtype)))
    return input


__all__: list[str] = []
