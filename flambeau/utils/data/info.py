"""What code inside a worker process may ask about itself."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["WorkerInfo", "get_worker_info"]


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
