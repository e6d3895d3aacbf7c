"""PyTorch's old tensor types: `FloatTensor([1, 2])`, `isinstance(t, LongTensor)`."""
from __future__ import annotations

from ..core import dtype as dt
from ..core.tensor import Tensor
from .common import shape_args, values
from .create import filled, from_array, tensor


class _Typed(type):
    """A class of no instances of its own: it makes tensors of one dtype, and recognises them."""

    dtype: dt.dtype

    def __instancecheck__(cls, obj) -> bool:
        return isinstance(obj, Tensor) and obj.dtype is cls.dtype

    def __call__(cls, *args, device=None):
        if len(args) == 1 and not isinstance(args[0], int):
            if isinstance(args[0], Tensor):
                return from_array(values(args[0]), args[0].dtype).to(cls.dtype)
            return tensor(args[0], dtype=cls.dtype, device=device)
        return filled(shape_args(args) if args else (0,), 0, cls.dtype, device)

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


def _typed(dtype: dt.dtype) -> type:
    name = f"{dtype._title}Tensor"
    text = f"A tensor of {dtype}: {name}(2, 3) by shape, {name}([1, 2]) by values."
    return _Typed(name, (), {"dtype": dtype, "__module__": "torch", "__doc__": text})


(FloatTensor, DoubleTensor, HalfTensor, BFloat16Tensor, ByteTensor, CharTensor, ShortTensor, IntTensor, LongTensor, BoolTensor) = (
    _typed(d) for d in (dt.float32, dt.float64, dt.float16, dt.bfloat16, dt.uint8, dt.int8, dt.int16, dt.int32, dt.int64, dt.bool_))


def set_default_tensor_type(t) -> None:
    """The old way to set the default dtype: a type such as torch.DoubleTensor, or its name."""
    name = t if isinstance(t, str) else f"torch.{t.__name__}"
    found = next((d for d in dt.FLOATING if f"torch.{d._title}Tensor" == name), None)
    if found is None:
        raise TypeError(f"invalid type object: {t!r}; only floating-point types are supported as the default type")
    dt.set_default_dtype(found)


__all__ = ["BFloat16Tensor", "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor",
           "ShortTensor", "set_default_tensor_type"]
