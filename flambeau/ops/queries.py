"""Methods that answer questions about a tensor, and old spellings: each says what is so here, where everything is strided memory of the CPU."""
from __future__ import annotations

from ..core.predicates import is_conj, is_neg, is_nonzero
from ..core.tensor import Tensor, alias
from .create import new_empty, new_tensor


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape."""
    return input.shape == other.shape


def never(input: Tensor, *args) -> bool:
    """Whether it is so (pinned for copies to a device, spread over processes): never here."""
    return False


def dim_order(input: Tensor, *, ambiguity_check=False) -> tuple[int, ...]:
    """The axes from the outermost in memory to the innermost: (0, 2, 3, 1) for channels_last."""
    strides = input.stride()
    return tuple(sorted(range(input.ndim), key=lambda d: -strides[d]))


def as_subclass(input: Tensor, cls: type) -> Tensor:
    """The same memory, and the same place in autograd, as an instance of a subclass of Tensor."""
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        raise TypeError(f"as_subclass: cls must be a subclass of Tensor, got {cls!r}")
    t = alias(input, cls)
    t._grad_fn, t._output_nr, t._counter = input._producer(), input._output_nr, input._counter
    t._base, t._stamp, t._leaf = input._base, input._stamp, input._leaf
    return t


def new(input: Tensor, *args) -> Tensor:
    """The old constructor: `t.new(2, 3)` is memory of that shape, not set to anything, `t.new([1, 2])` a copy; the dtype is the tensor's."""
    if len(args) == 1 and isinstance(args[0], Tensor):
        return alias(args[0].to(input.dtype))
    is_values = len(args) == 1 and not isinstance(args[0], int) and not hasattr(args[0], "numel")
    return new_tensor(input, args[0]) if is_values else new_empty(input, *(args or (0,)))


def resize(input: Tensor, *sizes) -> Tensor:
    """The old name of `view`, to a shape of as many elements."""
    return input.reshape(*sizes)


def resize_as(input: Tensor, other: Tensor) -> Tensor:
    """The old name of `view_as`."""
    return input.reshape(other.shape)


def record_stream(input: Tensor, stream) -> None:
    """Say that a stream uses the memory: there are none to wait for."""


def const_data_ptr(input: Tensor) -> int:
    """The address of the first element, for reading."""
    return input.data_ptr()


__all__ = ["is_same_size"]
_METHODS = is_conj, is_neg, is_nonzero          # bound by methods.py
