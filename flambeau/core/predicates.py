"""Questions about objects and types."""
from __future__ import annotations

from . import device as devices
from . import dtype as dt
from .tensor import Tensor


def is_tensor(obj) -> bool:
    """Whether `obj` is a tensor."""
    return isinstance(obj, Tensor)


def is_storage(obj) -> bool:
    """Whether `obj` is the bytes under a tensor."""
    return type(obj).__name__ == "UntypedStorage"


def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype is a floating one."""
    return input.dtype.is_floating_point


def is_complex(input: Tensor) -> bool:
    """Whether the dtype is a complex one."""
    return input.dtype.is_complex


def is_signed(input: Tensor) -> bool:
    """Whether the dtype holds negative numbers."""
    return input.dtype.is_signed


def is_nonzero(input: Tensor) -> bool:
    """Whether the one element is not zero. RuntimeError for any other number of elements."""
    if input.numel() != 1:
        raise RuntimeError(f"Boolean value of Tensor with {'no values' if input.numel() == 0 else 'more than one value'} is ambiguous")
    return bool(input)


def is_conj(input: Tensor) -> bool:
    """Whether conjugation is put off (never here)."""
    return False


is_neg = is_conj


def is_inference(input: Tensor) -> bool:
    """Whether it was made under inference_mode."""
    return input.is_inference()


def numel(input: Tensor) -> int:
    """The number of elements."""
    if not isinstance(input, Tensor):
        raise TypeError(f"numel(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    return input.numel()


def result_type(tensor1, tensor2) -> dt.dtype:
    """The dtype of an operation on two tensors or numbers."""
    return dt.result_dtype([(x.dtype, x.ndim, False) if isinstance(x, Tensor) else (dt.of_number(x), 0, True) for x in (tensor1, tensor2)])


def typename(obj) -> str:
    """The type's name, such as 'torch.FloatTensor'."""
    if isinstance(obj, Tensor):
        return f"torch.{obj.dtype._title}Tensor"
    kind = obj if isinstance(obj, type) else type(obj)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def get_default_device():
    """The device on which new tensors are made."""
    return devices.default_device()


__all__ = ["get_default_device", "is_complex", "is_conj", "is_floating_point", "is_inference", "is_neg", "is_nonzero", "is_signed", "is_storage",
           "is_tensor", "numel", "result_type", "typename"]
