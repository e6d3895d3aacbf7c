"""The accelerator that this machine computes on, if flambeau has a backend for one: today there is none."""
from __future__ import annotations


def is_available() -> bool:
    """Whether there is an accelerator that flambeau can use."""
    return False


def current_accelerator(check_available: bool = False):
    """The accelerator's device, or None."""
    return None


def device_count() -> int:
    """How many accelerators flambeau can use."""
    return 0


def synchronize(device=None) -> None:
    """Wait for the accelerator: there is none to wait for."""
    raise RuntimeError("flambeau has no accelerator backend here: guard the call with torch.accelerator.is_available()")


def current_device_index() -> int:
    """The number of the current accelerator: RuntimeError, there is none."""
    raise RuntimeError("flambeau has no accelerator backend here: guard the call with torch.accelerator.is_available()")
