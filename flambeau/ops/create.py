"""New tensors: from data, filled, spaced."""
from __future__ import annotations

import builtins
import math
import numbers
import warnings

import numpy as np

from ..core import device as devices
from ..core import dtype as dt
from ..core import tensor as core_tensor
from ..core.graph import Constant
from ..core.record import shared_with_numpy
from ..core.shape import Size, contiguous_strides, dense_strides, numel
from ..core.storage import UntypedStorage, constant
from ..core.tensor import Tensor, from_array, meta, wrap
from ..core.view import View
from .common import exactly, into, record, shape_args, sizes_of, values
from .elementwise import Complex


def _finish(t: Tensor, requires_grad: bool, pin_memory: bool = False) -> Tensor:
    return t.requires_grad_() if requires_grad else t


def _plain(data):
    """Nested sequences with every tensor and NumPy scalar in them replaced by its value."""
    if isinstance(data, (list, tuple)):
        return [_plain(x) for x in data]
    if isinstance(data, Tensor):
        return values(data)
    return data


def _found(data) -> dt.dtype | None:
    """The dtype to which all the numbers in nested lists promote; None where there are none."""
    if isinstance(data, (list, tuple)):
        common = None
        for x in data:
            found = _found(x)
            common = found if common is None or found is None else dt.promote_types(common, found)
        return common
    if isinstance(data, (np.ndarray, np.generic)):          # before the Python numbers: np.float64 is one of them too
        return dt.from_numpy(data.dtype)
    if isinstance(data, (bool, int, float, builtins.complex)):
        return dt.of_number(data)
    raise TypeError(f"new(): invalid data type {type(data).__name__!r}; a tensor holds numbers")


_UNIFORM = {int: (np.int64, dt.int64), float: (np.float64, None), bool: (np.bool_, dt.bool_)}


def _uniform(data):
    """A list of Python numbers of one type as (array, dtype); None for anything else."""
    kinds = set(map(type, data))
    found = _UNIFORM.get(kinds.pop()) if len(kinds) == 1 else None
    if found is None:
        return None
    try:
        return np.array(data, found[0]), found[1] or dt.default_dtype()
    except OverflowError:
        raise ValueError("Overflow when unpacking long long") from None


def _nested_shape(data) -> tuple[int, ...]:
    """The shape of nested sequences. ValueError, with the place, where they are ragged."""
    if isinstance(data, np.ndarray):
        return data.shape
    if not isinstance(data, (list, tuple)):
        return ()
    if not data:
        return (0,)
    shapes = [_nested_shape(x) for x in data]
    for k, shape in enumerate(shapes):
        if shape != shapes[0]:
            if len(shape) != len(shapes[0]):
                raise TypeError(f"not a sequence: item {k} has {len(shape)} axes, item 0 has {len(shapes[0])}") if not shape else ValueError(
                    f"too many dimensions {type(data[k]).__name__!r}" if not shapes[0] else f"nested sequences of unequal depth at item {k}")
            raise ValueError(f"expected sequence of length {shapes[0][0]} at dim 1 (got {shape[0]})")
    return (len(data), *shapes[0])


def array_of(data, dtype: dt.dtype | None):
    """`data` as a NumPy array of its own, and its dtype."""
    if isinstance(data, Tensor):
        array, found = values(data), data.dtype
    elif isinstance(data, (np.ndarray, np.generic)):
        array = np.asarray(data)
        found = dt.from_numpy(array.dtype)
    elif hasattr(data, "__array__") and not isinstance(data, (list, tuple, numbers.Number)):
        array = np.asarray(data)
        found = dt.from_numpy(array.dtype)
    elif type(data) in (list, tuple) and (uniform := _uniform(data)) is not None:
        array, found = uniform
    else:
        if isinstance(data, builtins.range):
            data = list(data)
        if isinstance(data, (str, bytes, dict, set)) or data is None or callable(data):
            hint = ": that is a method, call it with ()" if callable(data) else ""
            if isinstance(data, (str, bytes)):
                raise TypeError(f"new(): data must be a number, a sequence of numbers or an array, not {type(data).__name__}")
            raise RuntimeError(f"Could not infer dtype of {type(data).__name__}: data must be a number, a sequence of numbers or an array{hint}")
        if not isinstance(data, (list, tuple, numbers.Number)) and hasattr(data, "__len__") and hasattr(data, "__getitem__"):
            data = [data[k] for k in builtins.range(len(data))]
        data = _plain(data)
        found = _found(data) or dt.default_dtype()
        shape = _nested_shape(data)
        target = dtype or found
        try:
            if target.category == 1 and found.category <= 1:
                array = np.array(data, dtype=np.int64) if numel(shape) else np.zeros(shape, np.int64)
            elif target is dt.bfloat16:
                array = np.array(data, dtype=np.float64)
            else:
                array = np.array(data, dtype=found.numpy if found.category == 3 else np.float64 if found.category == 2 else found.numpy).reshape(shape)
        except OverflowError:
            raise ValueError("Overflow when unpacking long long") from None
    target = dtype or found
    if target.category == 1 and found.category == 1 and target is not found and isinstance(data, (list, tuple, numbers.Number)):
        _check_range(array, target)
    from_complex = array.dtype.kind == "c" and not target.is_complex
    return (np.array(array.real if from_complex else array, dtype=target.numpy, order="C", copy=True)), target


def _check_range(array: np.ndarray, target: dt.dtype) -> None:
    """RuntimeError for an integer that `target` cannot hold; as in PyTorch, negative ones may wrap into unsigned types."""
    limits = np.iinfo(target.numpy)
    low = limits.min if target.is_signed else -int(limits.max)
    if array.size and (int(array.max()) > limits.max or int(array.min()) < low):
        raise RuntimeError(f"value cannot be converted to type {target.name}_t without overflow")


def tensor(data, *, dtype=None, device=None, requires_grad: bool = False, pin_memory: bool = False) -> Tensor:
    """A tensor on a copy of `data`: a number, nested sequences of numbers, a NumPy array. The dtype is the data's unless given."""
    if isinstance(data, Tensor):
        warnings.warn("To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
                      "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).", UserWarning, stacklevel=2)
    where = devices.as_device(device)
    array, found = array_of(data, dt.as_dtype(dtype) if dtype is not None else None)
    return _finish(meta(array.shape, found) if where is devices.META else from_array(array, found), requires_grad)


def as_tensor(data, dtype=None, device=None) -> Tensor:
    """`data` as a tensor, on the same memory where that is possible (a tensor or NumPy array of the right dtype)."""
    if isinstance(data, Tensor):
        return data.to(device=device, dtype=dtype) if dtype is not None or device is not None else data
    if isinstance(data, np.ndarray) and (dtype is None or dt.from_numpy(data.dtype) is dtype):
        return from_numpy(data)
    return tensor(data, dtype=dtype, device=device)


def asarray(obj, *, dtype=None, device=None, copy=None, requires_grad: bool = False) -> Tensor:
    """`obj` as a tensor: shared if `copy` is False or None allows it, copied if True."""
    if isinstance(obj, UntypedStorage):
        obj = _on_storage(obj, dtype or dt.uint8)
    if copy:
        result = tensor(obj, dtype=dtype, device=device) if not isinstance(obj, Tensor) else obj.detach().clone().to(dtype or obj.dtype)
    else:
        result = as_tensor(obj, dtype=dtype, device=device)
        if copy is False and not isinstance(obj, (Tensor, np.ndarray)):
            raise ValueError("can't alias arbitrary sequence into a tensor.")
    if isinstance(obj, Tensor) and obj.requires_grad and not requires_grad:
        result = result.detach()
    return _finish(result, requires_grad)


def _on_storage(memory: UntypedStorage, dtype: dt.dtype) -> Tensor:
    """All the bytes of a storage as numbers of `dtype`."""
    t = object.__new__(Tensor)
    t._storage, t.dtype = memory._storage, dtype
    t.shape = shape = Size((memory.nbytes() // dtype.itemsize,))
    t._view = View(tuple(shape), (1,), 0, dtype if memory._storage.value.dtype is not dtype else None)
    return t


def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor on the memory of `array`: a write through either shows in both."""
    if not isinstance(array, np.ndarray):
        hint = f": that is the method, not the array: call it, t.{getattr(array, '__name__', 'numpy')}()" if callable(array) else ""
        raise TypeError(f"expected np.ndarray (got {type(array).__name__}){hint}")
    dtype = dt.from_numpy(array.dtype)
    if array.dtype.byteorder == ">":
        raise ValueError("given numpy array has byte order different from the native byte order. Conversion between byte orders is currently not supported.")
    if not array.flags.writeable:
        warnings.warn("The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means writing to this tensor will "
                      "result in undefined behavior. You may want to copy the array to protect its data or make it writable before converting it to a "
                      "tensor.", UserWarning, stacklevel=2)
    return on_array(array, dtype)


def on_array(array: np.ndarray, dtype: dt.dtype) -> Tensor:
    """A tensor that shares `array` with NumPy."""
    if min(array.strides, default=0) < 0:
        raise ValueError("At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported. "
                         "(You can probably work around this by making a copy of your array with array.copy().)")
    t = object.__new__(Tensor)
    t.shape, t.dtype = Size(array.shape), dtype
    if array.flags.c_contiguous:
        t._storage = shared_with_numpy(array, dtype)
        return t
    if any(s % array.itemsize for s in array.strides):
        raise ValueError("given numpy array strides not a multiple of the element byte size. Copy the numpy array to reallocate the memory.")
    steps = tuple(s // array.itemsize for s in array.strides)
    extent = sum((n - 1) * s for n, s in zip(array.shape, steps, strict=True)) + 1 if array.size else 0
    flat = np.lib.stride_tricks.as_strided(array, (extent,), (array.itemsize,))
    t._storage = shared_with_numpy(flat, dtype)
    t._view = View(tuple(array.shape), steps, 0, None)
    return t


def frombuffer(buffer, *, dtype, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A 1-D tensor on the memory of an object with the buffer protocol."""
    if len(memoryview(buffer)) == 0:
        raise ValueError("both buffer length (0) and count (-1) must not be 0")
    array = np.frombuffer(buffer, dtype=dt.as_dtype(dtype).numpy, count=count, offset=offset)
    return _finish(on_array(array, dt.as_dtype(dtype)), requires_grad)


# ---------------------------------------------------------------------------------------------------------------------- filled
def filled(shape, value, dtype: dt.dtype, device=None) -> Tensor:
    """A new tensor of `shape` with every element `value`."""
    shape = Size(shape)
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    if devices.as_device(device) is devices.META:
        return meta(shape, dtype)
    array = np.zeros(shape, dtype.numpy) if type(value) is int and value == 0 else np.full(shape, value, dtype.numpy)
    return wrap(Constant(shape, dtype, array))


def _maker(name: str, value, text: str):
    def function(*sizes, size=None, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, memory_format=None,
                 names=None):
        size = sizes_of(sizes, size)
        if out is not None:
            return into(out, filled(size, value, out.dtype if dtype is None else dt.as_dtype(dtype)), name)
        for n in size:
            if isinstance(n, float) or not hasattr(n, "__index__"):
                raise TypeError(f"{name}(): argument 'size' must be tuple of ints, but found element of type {type(n).__name__}")
        return _finish(filled(size, value, dt.as_dtype(dtype) if dtype is not None else dt.default_dtype(), device), requires_grad)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = text
    return function


def _like_maker(name: str, value, text: str):
    def function(input, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None, pin_memory=False):
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
        result = filled(input.shape, value, dt.as_dtype(dtype) if dtype is not None else input.dtype, input.device if device is None else device)
        return _finish(keep_strides(result, input, memory_format), requires_grad)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = text
    return function


def keep_strides(result: Tensor, like: Tensor, memory_format=None) -> Tensor:
    """A new contiguous `result` laid out in the order of axes of `like`, as PyTorch's preserve_format does."""
    from_format = memory_format is not None and str(memory_format) not in ("torch.preserve_format", "torch.contiguous_format")
    if str(memory_format) == "torch.contiguous_format" or result.is_meta:
        return result
    if from_format:
        steps = memory_format.strides(result.shape)
    else:
        if like._view is None:
            return result
        steps = dense_strides(like.shape, like.stride())
    if tuple(steps) == contiguous_strides(result.shape):
        return result
    result._view = View(tuple(result.shape), tuple(steps), 0, None)
    result._storage.value = constant(result._storage.value.buffer.reshape(-1), result.dtype)
    return result


zeros = _maker("zeros", 0, "A tensor of zeros.")
ones = _maker("ones", 1, "A tensor of ones.")
empty = _maker("empty", 0, "A tensor whose values do not matter (zeros here, so that no secret and no NaN is ever in it).")
zeros_like = _like_maker("zeros_like", 0, "Zeros of the shape and dtype of `input`.")
ones_like = _like_maker("ones_like", 1, "Ones of the shape and dtype of `input`.")
empty_like = _like_maker("empty_like", 0, "Values that do not matter, of the shape and dtype of `input`.")


def full(size, fill_value, *, out=None, dtype=None, layout=None, device=None, requires_grad: bool = False, pin_memory=False, names=None) -> Tensor:
    """Every element `fill_value`, whose type gives the dtype."""
    if isinstance(fill_value, Tensor):
        fill_value, found = fill_value.item(), fill_value.dtype
    else:
        fill_value = fill_value.item() if isinstance(fill_value, np.generic) else fill_value
        found = dt.of_number(fill_value)
    if out is not None:
        return into(out, filled(size, fill_value, out.dtype), "full")
    return _finish(filled(shape_args((size,)), fill_value, dt.as_dtype(dtype) if dtype is not None else found, device), requires_grad)


def full_like(input, fill_value, *, dtype=None, layout=None, device=None, requires_grad: bool = False, memory_format=None, pin_memory=False) -> Tensor:
    """Every element `fill_value`, of the shape and dtype of `input`."""
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    result = filled(input.shape, value, dt.as_dtype(dtype) if dtype is not None else input.dtype, input.device if device is None else device)
    return _finish(keep_strides(result, input, memory_format), requires_grad)


def empty_strided(size, stride, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False) -> Tensor:
    """Memory laid out with the given strides, in elements; values do not matter."""
    extent = sum((n - 1) * s for n, s in zip(size, stride, strict=True)) + 1 if numel(size) else 0
    flat = filled((extent,), 0, dt.as_dtype(dtype) if dtype is not None else dt.default_dtype(), device)
    return _finish(flat.as_strided(tuple(size), tuple(stride)).detach(), requires_grad)


def scalar_tensor(s, *, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False) -> Tensor:
    """A 0-d tensor; the dtype is the default floating type unless given."""
    return full((), s, dtype=dtype or dt.default_dtype(), device=device, requires_grad=requires_grad)


# ---------------------------------------------------------------------------------------------------------------------- spaced
def _number(x):
    return x.item() if isinstance(x, (Tensor, np.generic)) else x


def arange(start=None, end=None, step=1, *, out=None, dtype=None, layout=None, device=None, requires_grad: bool = False, pin_memory=False) -> Tensor:
    """start, start + step, … below end (above, for a negative step); integers give int64, floats the default dtype."""
    if start is None:
        if end is None:
            raise TypeError("arange() missing 1 required positional argument: 'end'")
        start = 0
    start, end, step = (_number(start), _number(end), _number(step)) if end is not None else (0, _number(start), _number(step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if isinstance(start, float) and not math.isfinite(start) or isinstance(end, float) and not math.isfinite(end):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (step > 0) != (end >= start) and end != start:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    floating = any(isinstance(x, float) for x in (start, end, step))
    dtype = dt.as_dtype(dtype) if dtype is not None else out.dtype if out is not None else dt.default_dtype() if floating else dt.int64
    if devices.as_device(device) is devices.META:
        return meta((max(math.ceil((end - start) / step), 0),), dtype)
    if floating:
        count = math.ceil((end - start) / step)
        array = start + step * np.arange(count, dtype=np.float64)
    elif dtype.category == 1:
        array = np.arange(start, end, step, dtype=np.int64)
    else:
        array = np.arange(start, end, step, dtype=np.int64).astype(np.float64)
    return into(out, _finish(from_array(array.astype(dtype.numpy), dtype), requires_grad), "arange")


def range(start=0, end=None, step=1, *, out=None, dtype=None, layout=None, device=None, requires_grad: bool = False, pin_memory=False) -> Tensor:
    """start, start + step, … up to and with end: deprecated, use `arange`, which leaves the end out as Python's range does."""
    warnings.warn("torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with Python's range builtin. "
                  "Instead, use torch.arange, which produces values in [start, end).", UserWarning, stacklevel=2)
    start, end, step = (_number(x) for x in ((start, end, step) if end is not None else (0, start, step)))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (step > 0) != (end >= start) and end != start:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    dtype = dt.as_dtype(dtype) if dtype is not None else out.dtype if out is not None else dt.default_dtype()
    array = start + step * np.arange(math.floor((end - start) / step) + 1, dtype=np.float64)
    return into(out, _finish(from_array(array.astype(dtype.numpy), dtype), requires_grad), "range")


def linspace(start, end, steps: int, *, out=None, dtype=None, layout=None, device=None, requires_grad: bool = False, pin_memory=False) -> Tensor:
    """`steps` values evenly spaced from start to end, both included."""
    complex_ = any(isinstance(_number(x), builtins.complex) for x in (start, end))
    dtype = dt.as_dtype(dtype) if dtype is not None else dt.default_dtype().to_complex() if complex_ else dt.default_dtype()
    start, end, steps = _number(start), _number(end), _steps("linspace", steps)
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    return into(out, _finish(from_array(_spaced(start, end, steps, dtype), dtype), requires_grad), "linspace")


def _steps(name: str, steps) -> int:
    """A number of steps. TypeError for what is no integer."""
    if isinstance(steps, builtins.bool) or not hasattr(steps, "__index__"):
        raise TypeError(f"{name}(): argument 'steps' must be int, not {type(steps).__name__}")
    return steps.__index__()


def _spaced(start, end, steps, dtype) -> np.ndarray:
    """As PyTorch: from the start in the first half and from the end in the second, in the dtype itself."""
    kind = dtype.numpy if dtype.itemsize >= 4 and dtype.category > 1 else np.dtype(np.float32 if dtype.category == 2 else np.float64)
    if steps == 1:
        return np.array([start]).astype(kind).astype(dtype.numpy)
    k = np.arange(steps)
    step = kind.type((kind.type(end) - kind.type(start)) / kind.type(max(steps - 1, 1)))
    array = np.where(k < steps // 2, kind.type(start) + step * k.astype(kind), kind.type(end) - step * (steps - 1 - k).astype(kind))
    return array.astype(dtype.numpy)


def logspace(start, end, steps: int, base: float = 10.0, *, out=None, dtype=None, layout=None, device=None, requires_grad: bool = False,
             pin_memory=False) -> Tensor:
    """base ** (`steps` values evenly spaced from start to end)."""
    complex_ = any(isinstance(_number(x), builtins.complex) for x in (start, end))
    dtype = dt.as_dtype(dtype) if dtype is not None else dt.default_dtype().to_complex() if complex_ else dt.default_dtype()
    steps = _steps("logspace", steps)
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    wide = dt.complex128 if dtype.is_complex else dt.float64
    array = np.power(base, _spaced(_number(start), _number(end), steps, wide))
    return into(out, _finish(from_array(array.astype(dtype.numpy), dtype), requires_grad), "logspace")


def eye(n: int, m: int | None = None, *, out=None, dtype=None, layout=None, device=None, requires_grad: bool = False, pin_memory=False) -> Tensor:
    """Ones on the diagonal of an n x m matrix of zeros."""
    if n < 0 or m is not None and m < 0:
        raise RuntimeError(f"n must be greater or equal to 0, got {n if n < 0 else m}")
    dtype = dt.as_dtype(dtype) if dtype is not None else out.dtype if out is not None else dt.default_dtype()
    return into(out, _finish(from_array(np.eye(n, m).astype(dtype.numpy), dtype), requires_grad), "eye")


def complex(real: Tensor, imag: Tensor, *, out=None) -> Tensor:
    """real + i · imag, from two floating tensors of one dtype."""
    for t in (real, imag):
        if t.dtype not in (dt.float16, dt.float32, dt.float64):
            raise RuntimeError(f"Expected both inputs to be Half, Float or Double tensors but got {real.dtype._title} and {imag.dtype._title}")
    if real.dtype is not imag.dtype:
        raise RuntimeError(f"Expected object of scalar type {real.dtype._title} but got scalar type {imag.dtype._title} for second argument")
    exactly(out, real.dtype.to_complex())
    return into(out, record(Complex(), real, imag), "complex")


def new_tensor(self, data, *, dtype=None, device=None, requires_grad: bool = False, layout=None, pin_memory=False) -> Tensor:
    """A tensor on a copy of `data`, of this one's dtype unless given."""
    if isinstance(data, Tensor):
        data = values(data)
    return tensor(data, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad)


def _new_maker(name: str, value, text: str):
    def method(self, *sizes, size=None, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False, memory_format=None):
        size = sizes_of(sizes, size)
        return _finish(filled(size, value, dt.as_dtype(dtype) if dtype is not None else self.dtype, device or self.device), requires_grad)
    method.__name__ = method.__qualname__ = name
    method.__doc__ = text
    return method


new_zeros = _new_maker("new_zeros", 0, "Zeros of this tensor's dtype.")
new_ones = _new_maker("new_ones", 1, "Ones of this tensor's dtype.")
new_empty = _new_maker("new_empty", 0, "Values that do not matter, of this tensor's dtype.")


def new_full(self, size, fill_value, *, dtype=None, device=None, requires_grad: bool = False, layout=None, pin_memory=False) -> Tensor:
    """Every element `fill_value`, of this tensor's dtype."""
    return full(size, fill_value, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad)


def new_empty_strided(self, size, stride, *, dtype=None, device=None, requires_grad: bool = False, layout=None, pin_memory=False) -> Tensor:
    """Memory laid out with the given strides, of this tensor's dtype."""
    return empty_strided(size, stride, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad)


def _legacy(cls, args, device=None, dtype=None) -> Tensor:
    dtype = dtype or dt.default_dtype()
    if len(args) == 1 and isinstance(args[0], Tensor):
        t = core_tensor.alias(args[0], cls)
        return t
    if len(args) == 1 and isinstance(args[0], (list, tuple, np.ndarray)) and not isinstance(args[0], Size):
        made = tensor(args[0], dtype=dtype)
    else:
        made = filled(shape_args(args) if args else (0,), 0, dtype)
    return made if cls is Tensor else core_tensor.alias(made, cls)


core_tensor.register(legacy_constructor=_legacy)

__all__ = [
    "tensor", "as_tensor", "asarray", "from_numpy", "frombuffer", "zeros", "ones", "empty", "zeros_like", "ones_like", "empty_like",
    "full", "full_like", "empty_strided", "scalar_tensor", "arange", "range", "linspace", "logspace", "eye", "complex",
]
