"""Apple's Metal, answered honestly: flambeau has no backend for it."""
from __future__ import annotations


def is_available() -> bool:
    """Whether flambeau can compute on Metal: no."""
    return False


def device_count() -> int:
    """How many Metal devices flambeau can use: none."""
    return 0


def empty_cache() -> None:
    """Give cached device memory back: there is none."""


def manual_seed(seed: int) -> None:
    """Seed the device's generator: there is none."""
    int(seed)
