"""What code inside a worker process may ask about itself."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["WorkerInfo", "get_worker_info", "set_stacker", "set_worker_info", "stack_for_sending"]


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A worker process of a DataLoader.

    id: 0 … num_workers - 1. num_workers: of this loader. seed: of flambeau's and Python's generators here, base_seed + id.
    dataset: this process's copy. rng: None for a process, which has the global generators to itself. worker_method: how it runs.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str | None = "multiprocessing"


_current: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """The worker that this code runs in; None in the main process."""
    return _current


def set_worker_info(info: WorkerInfo | None) -> None:
    """Say which worker this process is. Called once, at its start."""
    global _current
    _current = info


_stacker: Callable[[Sequence[np.ndarray]], np.ndarray | None] | None = None


def stack_for_sending(arrays: Sequence[np.ndarray]) -> np.ndarray | None:
    """In a worker: arrays stacked in memory that is shared with the main process. None where that is not so, or does not pay."""
    return None if _stacker is None else _stacker(arrays)


def set_stacker(stacker: Callable[[Sequence[np.ndarray]], np.ndarray | None]) -> None:
    """Say how `stack_for_sending` is done in this process."""
    global _stacker
    _stacker = stacker
