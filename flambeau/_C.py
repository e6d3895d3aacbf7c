"""What programs and libraries ask PyTorch's C++ half (torch._C): the few questions that have an answer here."""
from __future__ import annotations

import sys
from typing import Any

import flambeau
from flambeau import Generator, Size, Tensor, device, dtype

TensorBase = _TensorBase = Tensor
_VariableFunctions = sys.modules["flambeau"]
has_lapack, has_mkl, has_cuda, has_mps, has_openmp, has_spectral = True, False, False, False, False, True
_GLIBCXX_USE_CXX11_ABI = True


def _get_tracing_state() -> None:
    """What is being traced: nothing."""


def _is_tracing() -> bool:
    """Whether something is being traced: never."""
    return False


_is_torch_function_mode_enabled = _has_torch_function = _is_tracing


def _is_torch_function_enabled() -> bool:
    """Whether `__torch_function__` is asked: yes."""
    return True


def _log_api_usage_once(name: str) -> None:
    """Count a use: nothing is counted."""


def _cuda_getDeviceCount() -> int:
    """How many CUDA devices there are: none."""
    return 0


def _jit_set_profiling_executor(enabled: bool) -> bool:
    """A setting of TorchScript: without effect."""
    return False


_jit_set_profiling_mode = _jit_override_can_fuse_on_cpu = _jit_override_can_fuse_on_gpu = _jit_set_texpr_fuser_enabled = _jit_set_profiling_executor


class DisableTorchFunctionSubclass:
    """A region in which subclasses do not answer for functions: nothing asks them here."""

    def __enter__(self):
        return self

    def __exit__(self, *exception) -> None:
        return None


DisableTorchFunction = DisableTorchFunctionSubclass


def _disabled_torch_function_impl(func: Any, types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None) -> Any:
    """A `__torch_function__` that leaves everything as it is."""
    return func(*args, **(kwargs or {}))


def _get_cpu_capability() -> str:
    """See torch.backends.cpu.get_cpu_capability."""
    return flambeau.backends.cpu.get_cpu_capability()


__all__ = ["DisableTorchFunction", "DisableTorchFunctionSubclass", "Generator", "Size", "Tensor", "TensorBase", "device", "dtype"]
