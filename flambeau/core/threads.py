"""How many threads compute."""
from __future__ import annotations

import os

_threads = [os.cpu_count() or 1]


def get_num_threads() -> int:
    """How many threads compute."""
    return _threads[0]


def set_num_threads(n: int) -> None:
    """Compute with `n` threads from now on. RuntimeError unless n is a positive integer."""
    if not isinstance(n, int) or n < 1:
        raise RuntimeError(f"set_num_threads expects a positive integer, got {n!r}")
    _threads[0] = n


def get_num_interop_threads() -> int:
    """How many programs run side by side: one."""
    return 1


def set_num_interop_threads(n: int) -> None:
    """Accepted: programs run one after the other."""
    if not isinstance(n, int) or n < 1:
        raise RuntimeError(f"set_num_interop_threads expects a positive integer, got {n!r}")


__all__ = ["get_num_interop_threads", "get_num_threads", "set_num_interop_threads", "set_num_threads"]
