"""Tensors from and to other libraries, without a copy, by the DLPack protocol (https://dmlc.github.io/dlpack)."""
from __future__ import annotations

import enum
from typing import Any

import numpy as np

import flambeau
from flambeau import Tensor

__all__ = ["DLDeviceType", "from_dlpack", "to_dlpack"]


class DLDeviceType(enum.IntEnum):
    """The kinds of devices that DLPack numbers."""

    kDLCPU = 1
    kDLCUDA = 2
    kDLCUDAHost = 3
    kDLOpenCL = 4
    kDLVulkan = 7
    kDLMetal = 8
    kDLVPI = 9
    kDLROCM = 10
    kDLROCMHost = 11
    kDLExtDev = 12
    kDLCUDAManaged = 13
    kDLOneAPI = 14
    kDLWebGPU = 15
    kDLHexagon = 16
    kDLMAIA = 17


class _OnCPU:
    """A bare capsule as an object that speaks the protocol; a capsule does not say where it is, and must be on the CPU."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return DLDeviceType.kDLCPU, 0


class _Writable:
    """An array's memory without NumPy's caution: it takes what comes in a capsule of the first kind, which has no flags, as read-only."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array
        interface = array.__array_interface__
        self.__array_interface__ = {**interface, "data": (interface["data"][0], False), "strides": array.strides}


def to_dlpack(tensor: Tensor) -> Any:
    """The tensor as a DLPack capsule, to be taken once by another library. The memory is shared."""
    return tensor.__dlpack__()


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor on the memory of `ext_tensor`: an object with `__dlpack__`, or a capsule of the CPU.

    device: where the tensor is to be. copy: True always copies, False raises ValueError where a copy would be needed.
    """
    if hasattr(ext_tensor, "__dlpack__"):
        options = {name: value for name, value in (("device", device), ("copy", copy)) if value is not None}
        return flambeau.from_dlpack(ext_tensor, **options)
    tensor = flambeau.from_numpy(np.asarray(_Writable(np.from_dlpack(_OnCPU(ext_tensor)))))
    if copy is False and device is not None and flambeau.device(device) != tensor.device:
        raise ValueError(f"cannot move tensor from {tensor.device} to {device} without copying. Set copy=None or copy=True.")
    tensor = tensor.clone() if copy else tensor
    return tensor if device is None else tensor.to(device)
