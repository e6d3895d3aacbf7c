"""CUDA, answered honestly: flambeau has no CUDA backend yet, so no device is available."""
from __future__ import annotations

import contextlib

from .core.device import device as _device


def is_available() -> bool:
    """Whether flambeau can compute on a CUDA device here: no."""
    return False


def is_initialized() -> bool:
    """Whether CUDA was started: never."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether a CUDA device computes in bfloat16: there is none."""
    return False


def device_count() -> int:
    """How many CUDA devices flambeau can use: none."""
    return 0


def _missing(name: str):
    def function(*args, **kwargs):
        raise AssertionError(f"Torch not compiled with CUDA enabled: flambeau has no CUDA backend here, so torch.cuda.{name}() has nothing to ask; guard it "
                             "with torch.cuda.is_available()")
    function.__name__ = function.__qualname__ = name
    function.__doc__ = "Refused: there is no CUDA device."
    return function


current_device, get_device_name, get_device_properties, get_device_capability, set_device, mem_get_info = (
    _missing(n) for n in ("current_device", "get_device_name", "get_device_properties", "get_device_capability", "set_device", "mem_get_info"))


def init() -> None:
    """Start CUDA: refused, there is no device."""
    _missing("init")()


def synchronize(device=None) -> None:
    """Wait for the device: refused, there is none."""
    _missing("synchronize")()


def empty_cache() -> None:
    """Give cached device memory back: there is none."""


def ipc_collect() -> None:
    """Collect shared device memory: there is none."""


def memory_allocated(device=None) -> int:
    """Bytes in use on the device: 0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


def reset_peak_memory_stats(device=None) -> None:
    """Forget the peak of device memory: there is none."""


def manual_seed(seed: int) -> None:
    """Seed the device's generator: there is none; the CPU's is seeded by torch.manual_seed."""
    int(seed)


manual_seed_all = manual_seed


class device(contextlib.AbstractContextManager):
    """Make a CUDA device the current one: does nothing where there is none."""

    def __init__(self, device):
        self.device = _device(device) if device is not None else None

    def __exit__(self, *exc):
        return None


class Stream:
    """A CUDA stream: refused, there is no device."""

    def __init__(self, *args, **kwargs):
        _missing("Stream")()


class Event(Stream):
    """A CUDA event: refused, there is no device."""

