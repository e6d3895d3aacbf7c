"""torch.xpu: Intel's graphics cards, none of which are used here. What asks is answered; what needs one refuses."""
from __future__ import annotations

from flambeau.absent import absent

_REASON = "flambeau uses no XPU: compute on torch.device('cpu')"


def is_available() -> bool:
    """Whether there is a device: no."""
    return False


def device_count() -> int:
    """How many devices there are: none."""
    return 0


is_initialized = is_bf16_supported = is_available


def empty_cache() -> None:
    """Give unused memory back: there is none."""


def manual_seed(seed: int) -> None:
    """Seed the devices' generators: there are none."""


manual_seed_all = manual_seed

current_device, set_device, synchronize, get_device_name, get_device_properties, memory_allocated = (
    absent(f"torch.xpu.{_name}", _REASON) for _name in
    ("current_device", "set_device", "synchronize", "get_device_name", "get_device_properties", "memory_allocated"))

__all__ = ["current_device", "device_count", "empty_cache", "get_device_name", "get_device_properties", "is_available", "is_bf16_supported",
           "is_initialized", "manual_seed", "manual_seed_all", "memory_allocated", "set_device", "synchronize"]
