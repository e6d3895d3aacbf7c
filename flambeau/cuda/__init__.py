"""CUDA, answered honestly: flambeau has no CUDA backend yet, so no device is available.

Questions are answered, settings that concern no device are taken, and what needs a device is refused with PyTorch's error. Programs that ask
`torch.cuda.is_available()` first, as they should, run on the CPU.
"""
from __future__ import annotations

import contextlib
import importlib
from collections import OrderedDict

import flambeau
from flambeau import AcceleratorError, OutOfMemoryError

default_generators = ()
has_half, has_magma = True, False


def is_available() -> bool:
    """Whether flambeau can compute on a CUDA device here: no."""
    return False


def is_initialized() -> bool:
    """Whether CUDA was started: never."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether a CUDA device computes in bfloat16: there is none."""
    return False


def is_tf32_supported() -> bool:
    """Whether a CUDA device computes in TF32: there is none."""
    return False


def is_current_stream_capturing() -> bool:
    """Whether a CUDA graph is being captured: no."""
    return False


def device_count() -> int:
    """How many CUDA devices flambeau can use: none."""
    return 0


def get_arch_list() -> list[str]:
    """The CUDA architectures that flambeau was built for: none."""
    return []


def get_gencode_flags() -> str:
    """The compiler flags of those architectures: none."""
    return ""


# ----------------------------------------------------------------------------------------------------------- what needs a device
def _refuse(name: str):
    raise AssertionError(f"Torch not compiled with CUDA enabled: flambeau has no CUDA backend here, so torch.cuda.{name} has nothing to work on; guard it "
                         "with torch.cuda.is_available()")


def _needs_device(name: str):
    def function(*args, **kwargs):
        _refuse(f"{name}()")
    function.__name__ = function.__qualname__ = name
    function.__doc__ = "Refused with an AssertionError: there is no CUDA device."
    return function


_NEED_DEVICE = """caching_allocator_alloc can_device_access_peer change_current_allocator cudart current_blas_handle current_device current_stream
default_stream get_device_capability get_device_name get_device_properties get_per_process_memory_fraction get_rng_state get_stream_from_external
get_sync_debug_mode init initial_seed ipc_collect make_graphed_callables mem_get_info memory_snapshot memory_summary set_device
set_per_process_memory_fraction set_rng_state set_stream set_sync_debug_mode synchronize _lazy_init""".split()
globals().update({_name: _needs_device(_name) for _name in _NEED_DEVICE})


class Stream:
    """A CUDA stream: RuntimeError, there is no device."""

    def __init__(self, *args, **kwargs):
        raise RuntimeError(f"torch.cuda.{type(self).__name__} requires CUDA support: flambeau has no CUDA backend here")


class ExternalStream(Stream):
    """A CUDA stream of another library: RuntimeError, there is no device."""


class Event(Stream):
    """A CUDA event: RuntimeError, there is no device."""


class CUDAGraph(Stream):
    """A captured CUDA graph: RuntimeError, there is no device."""


class MemPool(Stream):
    """A pool of device memory: RuntimeError, there is no device."""


class graph(Stream):
    """A region that captures a CUDA graph: RuntimeError, there is no device."""


# --------------------------------------------------------------------------------------------------- what there is nothing to do for
def empty_cache() -> None:
    """Give cached device memory back: there is none."""


def memory_allocated(device=None) -> int:
    """Bytes in use on the device: 0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_cached = max_memory_cached = memory_allocated


def memory_stats(device=None) -> OrderedDict:
    """Figures of the device's memory: none."""
    return OrderedDict()


def memory_stats_as_nested_dict(device=None) -> dict:
    """Figures of the device's memory: none."""
    return {}


def reset_peak_memory_stats(device=None) -> None:
    """Forget the peak of device memory: there is none."""


reset_accumulated_memory_stats = reset_max_memory_allocated = reset_max_memory_cached = reset_peak_memory_stats


def manual_seed(seed: int) -> None:
    """Seed the device's generator: there is none; the CPU's is seeded by torch.manual_seed."""
    int(seed)


manual_seed_all = manual_seed


def seed() -> None:
    """Seed the device's generator at random: there is none."""


seed_all = seed


def get_rng_state_all() -> list:
    """The states of all devices' generators: none."""
    return []


def set_rng_state_all(new_states) -> None:
    """Set the states of all devices' generators; AssertionError for more than none."""
    if list(new_states):
        _refuse("set_rng_state_all()")


class device(contextlib.AbstractContextManager):
    """Make a CUDA device the current one: does nothing where there is none. ValueError for a device of another kind."""

    def __init__(self, device):
        named = flambeau.device(device) if device is not None else None
        if named is not None and named.type != "cuda":
            raise ValueError(f"Expected a cuda device, but got: {named}")

    def __exit__(self, *exception) -> None:
        return None


class device_of(device):
    """Make the device of a tensor the current one, if it is a CUDA device."""

    def __init__(self, obj):
        super().__init__(None)


class StreamContext(contextlib.AbstractContextManager):
    """Work on a stream: does nothing where there is none."""

    def __init__(self, stream):
        self.stream = stream

    def __exit__(self, *exception) -> None:
        return None


stream = StreamContext


class _CudaTensor:
    """A tensor on a CUDA device: TypeError, there is none."""

    def __new__(cls, *args, **kwargs):
        raise TypeError(f"type torch.cuda.{cls.__name__} not available. Torch not compiled with CUDA enabled.")


for _name in "BFloat16 Bool Byte Char Double Float Half Int Long Short".split():
    globals()[f"{_name}Tensor"] = type(f"{_name}Tensor", (_CudaTensor,), {"__module__": __name__, "__doc__": _CudaTensor.__doc__})


def __getattr__(name: str):
    if name in ("amp", "nvtx", "random", "memory"):
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'torch.cuda' has no attribute {name!r}")
