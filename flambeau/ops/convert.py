"""Conversions, copies and fills: `to`, `contiguous`, `copy_`, `fill_` and their kin."""
from __future__ import annotations

import enum

import numpy as np

from ..core import device as devices
from ..core import dtype as dt
from ..core.events import pure
from ..core.op import Op, normal
from ..core.record import check_apart, check_writable, in_place, number_node, record
from ..core.shape import Size, broadcast_shapes, contiguous_strides, dense_strides, is_contiguous, overlaps
from ..core.storage import constant
from ..core.tensor import Tensor, adopt, meta, wrap
from ..core.view import View
from .common import cast, need_tensor, values
from .elementwise import Clone
from .movement import sum_to
from .ranges import fitting


class memory_format(enum.Enum):
    """Orders of axes in memory."""

    contiguous_format = "contiguous_format"
    preserve_format = "preserve_format"
    channels_last = "channels_last"
    channels_last_3d = "channels_last_3d"

    def __repr__(self) -> str:
        return f"torch.{self.value}"

    __str__ = __repr__

    def strides(self, shape) -> tuple[int, ...]:
        """The strides of a dense tensor of `shape` in this format."""
        if self.value.startswith("channels_last"):
            ndim = 4 if self is memory_format.channels_last else 5
            if len(shape) != ndim:
                raise RuntimeError(f"required rank {ndim} tensor to use {self.value} format")
            inner = contiguous_strides((shape[0], *shape[2:], shape[1]))
            return (inner[0], inner[-1], *inner[1:-1])
        return contiguous_strides(shape)

    def holds(self, shape, strides) -> bool:
        """Whether a tensor of this shape and these strides is in this format."""
        if self.value.startswith("channels_last"):
            ndim = 4 if self is memory_format.channels_last else 5
            order = (0, *range(2, ndim), 1)
            return len(shape) == ndim and is_contiguous([shape[d] for d in order], [strides[d] for d in order])
        return is_contiguous(shape, strides)


class Fill(Op):
    """Every element becomes `value`."""

    axes = "..., -> ..."
    types = "keep"
    backward = "FillBackward2"

    def reference(self, x, value):        return np.full(x.shape, value.astype(x.dtype) if x.dtype.kind != "c" else value)
    def element(self, i, x, value):       return value[i]
    def gradient(self, g, out, x, value): return lambda: g.new_zeros(g.shape), lambda: sum_to(g, ())

    samples = lambda: [(normal(2, 3), np.array(2.0))]


class FillTensor(Fill):
    """Every element becomes `value`, a tensor."""

    backward = "FillBackward3"


class CopyInto(Op):
    """The values of `source`, broadcast to the shape of `x` and converted to its dtype, in place of those of `x`."""

    types = "keep"
    backward = "CopyBackwards"

    def shape(self, x, source):
        if broadcast_shapes(x.shape, source.shape) != x.shape:
            raise RuntimeError(f"The size of tensor a ({list(x.shape)}) must match the size of tensor b ({list(source.shape)})")
        return x.shape

    def reference(self, x, source):
        return np.broadcast_to(source, x.shape)

    def element(self, i, x, source):
        return source[i]

    def gradient(self, g, out, x, source):
        return lambda: g.new_zeros(g.shape), lambda: sum_to(g, source.shape)

    samples = lambda: [(normal(2, 3), normal(3)), (normal(2, 3), normal())]


def layout_like(x: Tensor, strides) -> Tensor:
    """A copy of `x` whose elements lie in memory by the dense `strides`."""
    result = record(Clone(), x)
    if result.is_meta or tuple(strides) == contiguous_strides(x.shape):
        return result
    order = sorted(range(x.ndim), key=lambda d: (-strides[d], d))
    packed = record(Clone(), x.detach().permute(order))         # row-major in the order of memory
    # `result` keeps its place in autograd, and sees the packed memory with the axes back in their places
    result._storage, result._view = packed._storage, View(tuple(result.shape), tuple(strides), 0, None)
    return result


def clone(input: Tensor, *, memory_format=None) -> Tensor:
    """A copy in memory of its own, with the same order of axes in memory unless `memory_format` names another."""
    x = need_tensor(input, "clone")
    if memory_format is not None and memory_format.value != "preserve_format":
        return layout_like(x, memory_format.strides(x.shape))
    return record(Clone(), x) if x._view is None else layout_like(x, dense_strides(x.shape, x.stride()))


@pure
def contiguous(input: Tensor, memory_format=None) -> Tensor:
    """The tensor itself if its elements lie in row-major order (or in `memory_format`), else such a copy."""
    if memory_format is not None and memory_format.value.startswith("channels"):
        return input if memory_format.holds(input.shape, input.stride()) else layout_like(input, memory_format.strides(input.shape))
    return input if input.is_contiguous() else record(Clone(), input)


def to(input: Tensor, *args, other=None, dtype=None, device=None, non_blocking: bool = False, copy: bool = False, memory_format=None) -> Tensor:
    """The tensor with another dtype or on another device, itself where nothing changes: to(dtype), to(device), to(device, dtype), to(other)."""
    args = list(args) if other is None else [other, *args]
    if args and isinstance(args[0], Tensor):
        other = args.pop(0)
        dtype, device = other.dtype, other.device
    elif args and (isinstance(args[0], (str, int, devices.device)) or args[0] is None) and not isinstance(args[0], bool):
        device = args.pop(0) if device is None else device
        if args and not isinstance(args[0], bool):
            dtype = args.pop(0)
    elif args:
        dtype = args.pop(0)
    for name, value in zip(("non_blocking", "copy"), args, strict=False):
        copy = value if name == "copy" else copy
    kind = input.dtype if dtype is None else dt.as_dtype(dtype)
    where = input.device if device is None else devices.as_device(device)
    if where is not input.device:
        if input.device is devices.META:
            raise NotImplementedError("Cannot copy out of meta tensor; no data! Please use torch.nn.Module.to_empty() instead of torch.nn.Module.to() "
                                      "when moving module from meta to a different device.")
        return meta(input.shape, kind)
    if memory_format is not None and memory_format.value.startswith("channels"):
        result = contiguous(cast(input, kind), memory_format)
        return clone(result) if copy and result is input else result
    if kind is not input.dtype:
        result = cast(input, kind)
        steps = dense_strides(input.shape, input.stride())
        return result if steps == contiguous_strides(input.shape) else layout_like(result, steps)
    return clone(input) if copy else input


def type_(input: Tensor, dtype=None, non_blocking: bool = False):
    """Without arguments the type's name, such as 'torch.FloatTensor'; else the tensor converted to that type."""
    if dtype is None:
        return f"torch.{input.dtype._title}Tensor"
    if isinstance(dtype, str):
        title = dtype.removeprefix("torch.").removesuffix("Tensor")
        found = next((d for d in dt.ALL if d._title == title), None)
        if found is None:
            raise ValueError(f"invalid type: {dtype!r}")
        dtype = found
    return to(input, getattr(dtype, "dtype", dtype) if not isinstance(dtype, type) or dtype in (bool, int, float, complex) else dtype.dtype)


def type_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` with the dtype of `other`."""
    return to(input, other.dtype)


def _caster(name: str, dtype: dt.dtype):
    def function(input, memory_format=None):
        return to(input, dtype, memory_format=memory_format)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The tensor as {dtype}."
    return function


cast_float, cast_double, cast_half, cast_bfloat16 = (_caster(d.name, d) for d in (dt.float32, dt.float64, dt.float16, dt.bfloat16))
cast_int, cast_long, cast_short, cast_char, cast_byte = (_caster(d.name, d) for d in (dt.int32, dt.int64, dt.int16, dt.int8, dt.uint8))
cast_bool, cast_cfloat, cast_cdouble = (_caster(d.name, d) for d in (dt.bool_, dt.complex64, dt.complex128))


def cpu(input: Tensor, memory_format=None) -> Tensor:
    """The tensor on the CPU."""
    return to(input, devices.CPU)


def cuda(input: Tensor, device=None, non_blocking: bool = False, memory_format=None) -> Tensor:
    """The tensor on a CUDA device: refused, with the reason, where there is none."""
    return to(input, devices.device("cuda") if device is None else device)


# ------------------------------------------------------------------------------------------------------------------- in place
def copy_(input: Tensor, src, non_blocking: bool = False) -> Tensor:
    """Write `src`, broadcast and converted, into `input`."""
    if isinstance(src, (bool, int, float, complex)):
        return fill_(input, src)
    if not isinstance(src, Tensor):
        raise TypeError(f"copy_(): argument 'other' (position 1) must be Tensor, not {type(src).__name__}")
    if src is input:
        return input
    check_writable(input)
    if broadcast_shapes(input.shape, src.shape) != input.shape:
        raise RuntimeError(f"output with shape {list(input.shape)} doesn't match the broadcast shape {list(broadcast_shapes(input.shape, src.shape))}")
    check_apart(input, src)
    if src.is_meta and not input.is_meta:
        raise NotImplementedError("Cannot copy out of meta tensor; no data!")
    return in_place(input, lambda old: record(CopyInto(), old, cast(src, old.dtype)))


def fill_(input: Tensor, value) -> Tensor:
    """Write `value` (a number or a 0-d tensor) to every element."""
    if input._view is not None and overlaps(input.shape, input._view.strides):          # one value fits all that share a place
        fill_(input[tuple(slice(0, 1) if step == 0 else slice(None) for step in input._view.strides)], value)
        return input
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions.")
        return in_place(input, lambda old: record(FillTensor(), old, cast(value, old.dtype)))
    number = fitting(number_node(value).number, input.dtype)
    return in_place(input, lambda old: record(Fill(), old, number))


def fill(input: Tensor, value) -> Tensor:
    """A tensor like `input` with every element `value` (a number or a 0-d tensor)."""
    return fill_(clone(input), value)


def zero_(input: Tensor) -> Tensor:
    """Write zeros."""
    return fill_(input, 0)


def set_(input: Tensor, source=None, storage_offset: int = 0, size=None, stride=None) -> Tensor:
    """Make `input` a view of the storage of `source` from now on."""
    if source is None:
        adopt(input, wrap(constant(np.zeros(0, input.dtype.numpy), input.dtype)))
    elif isinstance(source, Tensor):
        if source.dtype is not input.dtype:
            raise RuntimeError(f"Could not set tensor of type {source.dtype} to a tensor of type {input.dtype}")
        adopt(input, source if size is None else source.as_strided(size, stride or contiguous_strides(size), storage_offset))
    else:
        storage = source._storage
        shape = Size(size if size is not None else (storage.nbytes() // input.dtype.itemsize,))
        input._unmark()
        input._storage, input.shape, input._cache = storage, shape, None
        input._view = View(tuple(shape), tuple(stride) if stride is not None else contiguous_strides(shape), storage_offset,
                           input.dtype if storage.value.dtype is not input.dtype else None)
    (input._counter or input._storage).version += 1
    return input


def detach_(input: Tensor) -> Tensor:
    """Cut this tensor off from what produced it."""
    if input._base is not None:
        raise RuntimeError("Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, and "
                           "gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be called on these "
                           "gradients.")
    input._unmark()
    input._grad_fn, input._leaf, input._output_nr, input._retain = None, False, 0, None
    return input


def resolve(input: Tensor) -> Tensor:
    """The tensor itself: conjugation and negation are never put off here."""
    return input


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape and the same values."""
    return input.shape == other.shape and bool(np.array_equal(values(input), values(other)))

__all__ = [
    "clone", "equal", "fill",
]
