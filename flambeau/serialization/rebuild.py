"""Tensors from memory and a description, the way the .pt format describes them.

Everything here may be given what a stranger wrote into a file: each number is checked, nothing is looked up by name, nothing is called.
ValueError or TypeError says what does not fit.
"""
from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

import flambeau

from .arrays import memory_dtype
from .names import dtype_name, find_dtype

MAX_AXES = 64  # NumPy's and PyTorch's limit
_FLAGS_OF_BUFFERS = ("persistent", "_is_buffer", "_is_param")  # attributes that nn sets on tensors; to be kept


class Storage:
    """Memory read from a file, with the dtype that the file gives it; tensors that share a storage there share it here.

    `memory`: a 1-D tensor of any dtype that covers it. Where a program saved a bare storage, this is what it gets back.
    """

    __slots__ = ("memory", "dtype", "_flat")

    def __init__(self, memory, dtype):
        self.memory, self.dtype, self._flat = memory, dtype, {}

    @classmethod
    def from_array(cls, array: np.ndarray, dtype) -> Storage:
        """A storage on the memory of an array, whose dtype is `dtype` or, for bfloat16, a stand-in of the same size."""
        if dtype is flambeau.bool and array.size and array.view(np.uint8).max() > 1:  # bytes other than 0 and 1 are no values of bool
            array = array.view(np.uint8) != 0
        return cls(flambeau.from_numpy(array) if array.size else flambeau.empty(0, dtype=dtype), dtype)

    @classmethod
    def on_meta(cls, nbytes: int, dtype) -> Storage:
        """A storage without memory, on the meta device."""
        return cls(flambeau.empty(nbytes, dtype=flambeau.uint8, device="meta"), dtype)

    def flat(self, dtype=None):
        """The memory as a 1-D tensor of `dtype` (the storage's own by default); the same tensor at every call."""
        dtype = self.dtype if dtype is None else dtype
        flat = self._flat.get(dtype)
        if flat is None:
            flat = self._flat[dtype] = self._view(dtype)
        return flat

    def _view(self, dtype):
        if self.memory.dtype is dtype:
            return self.memory
        count = self.nbytes() // dtype.itemsize
        if count == 0 or self.memory.device.type == "meta":
            return flambeau.empty(count, dtype=dtype, device=self.memory.device)
        return self.memory.view(flambeau.uint8)[:count * dtype.itemsize].view(dtype)

    def nbytes(self) -> int:
        """Bytes held."""
        return self.memory.numel() * self.memory.element_size()

    def size(self) -> int:
        """Elements held."""
        return self.nbytes() // self.dtype.itemsize

    __len__ = size

    def tolist(self) -> list:
        """The elements as Python numbers."""
        return self.flat().tolist()

    def untyped(self):
        """The untyped storage, as tensors show it."""
        return self.memory.untyped_storage()

    @property
    def device(self):
        """Where the memory is."""
        return self.memory.device

    def __reduce__(self):
        return rebuild_storage, (self.flat(flambeau.uint8).numpy().tobytes(), dtype_name(self.dtype))

    def __repr__(self) -> str:
        return f"<storage of {self.size()} elements of {self.dtype}>"


def rebuild_storage(data: bytes, dtype: str) -> Storage:
    """The inverse of a Storage's pickling."""
    return Storage.from_array(np.frombuffer(data, memory_dtype(dtype)).copy(), find_dtype(dtype))


def rebuild_tensor(storage: Storage, storage_offset: int, size: Sequence[int], stride: Sequence[int], requires_grad: bool = False,
                   backward_hooks=None, metadata: dict | None = None, *, dtype=None):
    """A tensor of shape `size` on `storage`: element i lies at storage_offset + sum(i * stride), counted in elements of `dtype`.

    `dtype`: the storage's unless given. `backward_hooks` is there for the format and ignored. `metadata`: {"conj": True} and
    {"neg": True} say that the stored numbers are to be conjugated or negated. ValueError where the tensor would leave its storage.
    """
    if not isinstance(storage, Storage):
        raise TypeError(f"a tensor lies on a storage, got {type(storage).__name__}")
    if not isinstance(requires_grad, bool):
        raise TypeError(f"requires_grad is True or False, got {type(requires_grad).__name__}")
    flat = storage.flat(_dtype(dtype) if dtype is not None else None)
    _check_bounds(flat.numel(), storage_offset, size, stride)
    # .data: a tensor in its own right, not a view of `flat`, with a version counter of its own
    tensor = flambeau.as_strided(flat, tuple(size), tuple(stride), storage_offset).data
    for flag in metadata or ():
        if flag not in ("conj", "neg"):
            raise ValueError("a tensor's metadata may hold only 'conj' and 'neg'")
        if metadata[flag]:
            tensor = flambeau.conj(tensor) if flag == "conj" else flambeau.neg(tensor)
    return tensor.requires_grad_() if requires_grad else tensor


def rebuild_tensor_plain(storage, storage_offset, size, stride):
    """The form of PyTorch before 0.4, without gradients."""
    return rebuild_tensor(storage, storage_offset, size, stride)


def rebuild_tensor_typed(storage, storage_offset, size, stride, requires_grad, backward_hooks, dtype, metadata=None):
    """The form for dtypes without a storage class of their own (uint16 …)."""
    return rebuild_tensor(storage, storage_offset, size, stride, requires_grad, backward_hooks, metadata, dtype=dtype)


def rebuild_parameter(data, requires_grad: bool = True, backward_hooks=None):
    """A Parameter on the memory of the tensor `data`."""
    if not isinstance(data, flambeau.Tensor):
        raise TypeError(f"a Parameter is made from a tensor, got {type(data).__name__}")
    return flambeau.nn.Parameter(data, requires_grad=bool(requires_grad))


def rebuild_parameter_with_state(data, requires_grad, backward_hooks, state):
    """A Parameter with the attributes that the program had set on it."""
    return set_attributes(rebuild_parameter(data, requires_grad), state)


def rebuild_from_type(make, kind: type, args: tuple, state):
    """A tensor of a subclass, or one with attributes: make(*args), seen as `kind`. `make` is one of REBUILDERS, or TypeError."""
    if not any(make is known for known in REBUILDERS.values()):
        raise TypeError("a tensor is made by one of the format's rebuild functions")
    if not (isinstance(kind, type) and issubclass(kind, flambeau.Tensor)):
        raise TypeError("a tensor's type is Tensor or a subclass of it")
    tensor = make(*args)
    if type(tensor) is not kind and kind is not flambeau.Tensor:
        tensor = tensor.as_subclass(kind)
    return set_attributes(tensor, state)


def rebuild_meta_tensor(dtype, size, stride, requires_grad):
    """A tensor without memory, on the meta device."""
    _check_bounds(2**63, 0, size, stride)
    tensor = flambeau.empty_strided(tuple(size), tuple(stride), dtype=_dtype(dtype), device="meta")
    return tensor.requires_grad_() if requires_grad else tensor


def rebuild_from_cpu_tensor(data, dtype, device, requires_grad):
    """A tensor of a device whose memory cannot be written as such; it comes back on the CPU."""
    if not isinstance(data, flambeau.Tensor):
        raise TypeError(f"a tensor is made from a tensor here, got {type(data).__name__}")
    tensor = data.to(_dtype(dtype))
    return tensor.requires_grad_() if requires_grad else tensor


def rebuild_sparse_tensor(layout, data):
    """A sparse tensor from (indices, values, size[, is_coalesced]), or of rows or columns from (where they begin, places, values, size)."""
    if layout is flambeau.sparse_coo:
        indices, values, size, *coalesced = data
        return flambeau.sparse_coo_tensor(indices, values, tuple(size), is_coalesced=bool(coalesced and coalesced[0]), check_invariants=True)
    make = {flambeau.sparse_csr: flambeau.sparse_csr_tensor, flambeau.sparse_csc: flambeau.sparse_csc_tensor}.get(layout)
    if make is None:
        raise ValueError(f"a sparse tensor of layout {layout}, which flambeau does not have: save its to_dense() with PyTorch instead")
    begin, places, values, size = data
    return make(begin, places, values, tuple(size))


REBUILDERS = {
    "torch._utils._rebuild_tensor": rebuild_tensor_plain,
    "torch._utils._rebuild_tensor_v2": rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": rebuild_tensor_typed,
    "torch._utils._rebuild_parameter": rebuild_parameter,
    "torch._utils._rebuild_parameter_with_state": rebuild_parameter_with_state,
    "torch._utils._rebuild_meta_tensor_no_storage": rebuild_meta_tensor,
    "torch._utils._rebuild_device_tensor_from_cpu_tensor": rebuild_from_cpu_tensor,
    "torch._utils._rebuild_sparse_tensor": rebuild_sparse_tensor,
    "torch._tensor._rebuild_from_type_v2": rebuild_from_type,
}


def user_attributes(tensor) -> dict:
    """The attributes that the program has set on a tensor, without those that the class itself keeps there."""
    return {k: v for k, v in getattr(tensor, "__dict__", {}).items() if _is_users(type(tensor), k)}


def set_attributes(tensor, state):
    """Set the attributes that a file gives to a tensor; ValueError for names that belong to the class itself."""
    if isinstance(state, tuple) and len(state) == 2:  # (those in __dict__, those in slots)
        state = {**(state[0] or {}), **(state[1] or {})}
    if not isinstance(state, dict):
        raise TypeError(f"a tensor's attributes are a dict, got {type(state).__name__}")
    for name, value in state.items():
        if not isinstance(name, str) or not _is_users(type(tensor), name):
            raise ValueError(f"attribute {str(name)[:60]!r} of a tensor is not a file's to set")
        setattr(tensor, name, value)
    return tensor


def _is_users(kind: type, name: str) -> bool:
    """Whether `name` is free for the program's use on tensors of that class."""
    if name in _FLAGS_OF_BUFFERS:
        return True
    return not (name.startswith("__") or hasattr(kind, name) or any(name in getattr(c, "__annotations__", ()) for c in kind.__mro__))


def _dtype(dtype):
    if not isinstance(dtype, flambeau.dtype):
        raise TypeError(f"a dtype is wanted, got {type(dtype).__name__}")
    return dtype


def _check_bounds(available: int, offset: int, size, stride) -> None:
    """ValueError unless all elements of that view lie within `available` elements. TypeError for what is no list of integers."""
    for what, numbers in (("size", size), ("stride", stride)):
        if not isinstance(numbers, (tuple, list)) or any(type(n) is not int for n in numbers):
            raise TypeError(f"a tensor's {what} is a tuple of integers")
        if any(not 0 <= n < 2**63 for n in numbers):
            raise ValueError(f"a tensor's {what} has numbers from 0 up, below 2**63")
    if type(offset) is not int or not 0 <= offset < 2**63:
        raise ValueError("a tensor's offset in its storage is an integer from 0 up, below 2**63")
    if len(size) != len(stride) or len(size) > MAX_AXES:
        raise ValueError(f"a tensor has one stride for each of its at most {MAX_AXES} axes: got {len(size)} sizes and "
                         f"{len(stride)} strides")
    if math.prod(size) >= 2**63:
        raise ValueError("a tensor has fewer than 2**63 elements")
    if 0 in size:
        return
    last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    if last >= available:
        raise ValueError(f"a tensor of shape {tuple(size)} reaches element {last} of a storage that has {available}")
