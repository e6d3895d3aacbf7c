"""Variable: PyTorch's old name of a tensor that autograd knows."""
from __future__ import annotations

from ..core.tensor import Tensor


class _Recognise(type):
    def __instancecheck__(cls, obj) -> bool:
        return isinstance(obj, Tensor)


class Variable(metaclass=_Recognise):
    """The tensor itself, wanting a gradient or not: since PyTorch 0.4 a Variable is a Tensor."""

    def __new__(cls, data, requires_grad: bool = False, volatile=None) -> Tensor:
        return data.requires_grad_(requires_grad) if requires_grad else data
