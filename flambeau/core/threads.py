"""How many threads compute."""
from __future__ import annotations

import os

import numpy as np


def _available() -> int:
    """The processors that this process may use."""
    if hasattr(os, "process_cpu_count"):
        return os.process_cpu_count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


count = np.full(1, _available(), np.int64)          # in memory where native code sees it


def get_num_threads() -> int:
    """How many threads compute."""
    return int(count[0])


def set_num_threads(n: int) -> None:
    """Compute with `n` threads from now on. RuntimeError unless n is a positive integer."""
    if not isinstance(n, int) or n < 1:
        raise RuntimeError(f"set_num_threads expects a positive integer, got {n!r}")
    count[0] = n


def get_num_interop_threads() -> int:
    """How many programs run side by side: one."""
    return 1


def set_num_interop_threads(n: int) -> None:
    """Accepted: programs run one after the other."""
    if not isinstance(n, int) or n < 1:
        raise RuntimeError(f"set_num_interop_threads expects a positive integer, got {n!r}")


__all__ = ["get_num_interop_threads", "get_num_threads", "set_num_interop_threads", "set_num_threads"]
