"""What operator functions share: writing to `out=`, in-place forms, arguments."""
from __future__ import annotations

import functools
import warnings

import numpy as np

from ..core import dtype as dt
from ..core.access import peek, read
from ..core.grad import modes
from ..core.graph import stop_events
from ..core.record import assign, check_writable, in_place, record
from ..core.shape import Size, contiguous_strides, numel, wrap_dims
from ..core.storage import constant
from ..core.tensor import Tensor, adopt, from_array, wrap
from ..core.view import View
from .returns import written_type


def into(out, result, name: str = ""):
    """`result`, or `out` with `result` written to it. RuntimeError if the dtype does not fit or autograd would be lost.

    For operators with several results, `out` and `result` are tuples.
    """
    if out is None:
        return result
    if isinstance(result, tuple):
        if not isinstance(out, (tuple, list)) or len(out) != len(result):
            raise TypeError(f"{name or 'out='}: out must be a tuple of {len(result)} Tensors")
        written = [into(o, r, name) for o, r in zip(out, result, strict=True)]
        return written_type(type(result))(*written) if hasattr(result, "n_fields") else tuple(written)
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if modes.grad and (result.requires_grad or out.requires_grad):
        raise RuntimeError(f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires "
                           "grad.")
    if out.device != result.device:
        raise RuntimeError(f"Expected out tensor to have device {result.device}, but got {out.device} instead")
    if result.dtype is not out.dtype:
        if not dt.can_cast(result.dtype, out.dtype):
            raise RuntimeError(f"result type {result.dtype._title} can't be cast to the desired output type {out.dtype._title}")
        result = cast(result, out.dtype)
    if out.shape != result.shape:
        resize_output(out, result.shape)
    check_writable(out)
    return assign(out, result)


def into_same(out, result: Tensor, name: str, *inputs: Tensor) -> Tensor:
    """`into` for operators that write only to a tensor of the result's own dtype, and to none that shares memory with `inputs`."""
    if isinstance(out, Tensor):
        if out.dtype is not result.dtype:
            raise RuntimeError(f"{name}(): Expected out tensor to have dtype {result.dtype}, but got {out.dtype} instead")
        apart(out, *inputs)
    return into(out, result, name)


def exactly(out, dtype) -> None:
    """RuntimeError unless `out`, if there is one, has this very dtype."""
    if isinstance(out, Tensor) and out.dtype is not dtype:
        raise RuntimeError(f"Expected object of scalar type {dtype._title} but got scalar type {out.dtype._title} for argument 'out'")


def apart(out, *inputs: Tensor) -> None:
    """RuntimeError where what is written to shares memory with what is read."""
    for o in out if isinstance(out, (tuple, list)) else (out,):
        if isinstance(o, Tensor) and any(_overlap(o, x) for x in inputs):
            raise RuntimeError("unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. "
                               "Please clone() the tensor before performing the operation.")


def _overlap(a: Tensor, b: Tensor) -> bool:
    """Whether the stretches of memory that two tensors span have bytes in common."""
    if a._storage is not b._storage or not a.numel() or not b.numel():
        return False
    first, second = (t.storage_offset() * t.itemsize for t in (a, b))

    def span(t):
        return (1 + sum((n - 1) * s for n, s in zip(t.shape, t.stride(), strict=True))) * t.itemsize
    return first < second + span(b) and second < first + span(a)


def resize_output(out: Tensor, shape) -> None:
    """Give `out` another shape, with PyTorch's warning if that throws elements away."""
    if out.numel() != 0:
        warnings.warn(f"An output with one or more elements was resized since it had shape {list(out.shape)}, which does not match the required output "
                      f"shape {list(shape)}. This behavior is deprecated, and in a future PyTorch release outputs will not be resized unless they "
                      "have zero elements. You can explicitly reuse an out tensor t by resizing it, inplace, to zero elements with t.resize_(0).",
                      UserWarning, stacklevel=4)
    resize_(out, shape)


def resize_(t: Tensor, *shape, size=None, memory_format=None) -> Tensor:
    """`t` with another shape on the same memory, which grows if it must (new elements are zeros here)."""
    shape = shape if size is None else (size,)
    shape = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    if t.requires_grad and modes.grad:
        raise RuntimeError("cannot resize variables that require grad")
    t._unmark()
    storage, need = t._storage, t.storage_offset() + numel(shape)
    have = storage.nbytes() // t.dtype.itemsize
    if need > have:
        flat = storage.array()
        grown = np.zeros(need, t.dtype.numpy)
        grown[:have] = flat.view(t.dtype.numpy)[:have]
        stop_events()
        storage.value, storage.shared = constant(grown, t.dtype), False
    t.shape, t._cache = Size(shape), None
    exact = storage.value.shape == t.shape and t.storage_offset() == 0 and storage.value.dtype is t.dtype
    t._view = None if exact else View(tuple(t.shape), contiguous_strides(shape), t.storage_offset(), t.dtype if storage.value.dtype is not t.dtype else None)
    return t


def shape_args(sizes) -> tuple[int, ...]:
    """Sizes given one by one or as one sequence: f(2, 3) and f((2, 3))."""
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        return tuple(sizes[0])
    if len(sizes) == 1 and isinstance(sizes[0], Tensor) and sizes[0].ndim == 1:
        return tuple(sizes[0].tolist())
    return tuple(sizes)


def sizes_of(given: tuple, named) -> tuple[int, ...]:
    """The sizes that a function got one by one, as one sequence, or by name: f(2, 3), f((2, 3)), f(size=(2, 3))."""
    return shape_args(given) if named is None else shape_args((*given, named))


def all_dims(dim, ndim: int) -> tuple[int, ...]:
    """The axes that a reduction's `dim` names: all for None or (), else those, from the front and sorted."""
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return tuple(range(ndim))
    dims = wrap_dims(dim, ndim)
    return tuple(sorted(dims)) if ndim else ()


def numpy_names(function):
    """`function`, also taking NumPy's names of its arguments, as PyTorch does: axis for dim, keepdims for keepdim."""
    @functools.wraps(function)
    def renaming(*args, **kwargs):
        if kwargs:
            if "axis" in kwargs:
                kwargs["dim"] = kwargs.pop("axis")
            if "keepdims" in kwargs:
                kwargs["keepdim"] = kwargs.pop("keepdims")
        return function(*args, **kwargs)
    return renaming


def values(t: Tensor) -> np.ndarray:
    """The values of `t` now, not to be written to; float16 and bfloat16 as they are. NotImplementedError for a meta tensor."""
    array = peek(t)
    if array is None:
        raise NotImplementedError("Cannot look at the values of a meta tensor; it has a shape and a dtype, no data!")
    return array


def need_tensor(x, name: str, argument: str = "input") -> Tensor:
    """`x`, or TypeError naming the function and the argument."""
    if isinstance(x, Tensor):
        return x
    hint = ""
    if isinstance(x, np.ndarray):
        hint = "; convert it with torch.from_numpy(array)"
    elif callable(x):
        hint = f"; that is the method {getattr(x, '__name__', '')!r}, not its result: call it with ()"
    raise TypeError(f"{name}(): argument '{argument}' must be Tensor, not {type(x).__name__}{hint}")


def tensor_or_number(x):
    """Whether `x` may be an operand."""
    return isinstance(x, (Tensor, int, float, complex, bool, np.number, np.bool_))


def cast(x: Tensor, dtype: dt.dtype) -> Tensor:
    """`x` in another dtype; itself if it has that one. Registered below by the page Cast."""
    return x if x.dtype is dtype else record(_CAST(dtype), x)


_CAST = None


def register_cast(page) -> None:
    """Tell this module the page that casts."""
    global _CAST
    _CAST = page


__all__ = ["Tensor", "Size", "View", "adopt", "all_dims", "assign", "cast", "check_writable", "constant", "contiguous_strides", "from_array", "in_place",
           "into", "into_same", "need_tensor", "numel", "numpy_names", "read", "record", "register_cast", "resize_", "shape_args", "tensor_or_number",
           "values", "wrap", "wrap_dims"]
