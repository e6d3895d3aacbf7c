"""DLPack: tensors handed to other array libraries and back without copying."""
from __future__ import annotations

import sys

import numpy as np

from ..core import dtype as dt
from ..core.tensor import Tensor
from .create import from_numpy, on_array


def from_dlpack(ext_tensor, *, device=None, copy: bool | None = None) -> Tensor:
    """A tensor on the memory of an object with `__dlpack__` (a NumPy, PyTorch or JAX array on the CPU)."""
    if isinstance(ext_tensor, Tensor):
        return ext_tensor.clone() if copy else ext_tensor.view_as(ext_tensor).detach()
    if not hasattr(ext_tensor, "__dlpack__"):
        raise TypeError(f"from_dlpack(): expected an object with __dlpack__, got {type(ext_tensor).__name__}")
    array = np.from_dlpack(ext_tensor)
    if copy or not array.flags.writeable:
        array = array.copy()
    return on_array(array, dt.from_numpy(array.dtype))


def array_namespace(self, *, api_version: str | None = None):
    """The functions of the array API standard, as a module. ValueError for a version that it is not of."""
    found = sys.modules["flambeau"].array_api
    if api_version not in (None, "2021.12", "2022.12", found.__array_api_version__):
        raise ValueError(f"the array API of version {api_version!r} is not there; flambeau's is of version {found.__array_api_version__}")
    return found


def to_device(self, device, /, *, stream=None) -> Tensor:
    """The tensor on a device, by the array API standard's name."""
    return self.to(device)


def array_wrap(self, array, context=None, return_scalar: bool = False) -> Tensor:
    """What a NumPy function of a tensor returns: a tensor on the result's memory (truth values as uint8, as in PyTorch)."""
    array = np.asarray(array)
    return from_numpy(array.astype(np.uint8) if array.dtype == bool else array)


def dlpack(self, *, stream=None, max_version=None, dl_device=None, copy=None):
    """The DLPack capsule of this tensor's memory."""
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    return self.numpy().__dlpack__(max_version=max_version, copy=copy) if max_version is not None else self.numpy().__dlpack__()


def dlpack_device(self) -> tuple[int, int]:
    """DLPack's number of the CPU."""
    return 1, 0


__all__ = ["from_dlpack"]
