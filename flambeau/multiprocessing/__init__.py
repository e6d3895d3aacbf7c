"""Python's multiprocessing, by torch.multiprocessing's name, with `spawn` for a function in several processes."""
from __future__ import annotations

from multiprocessing import *
from multiprocessing import current_process, get_context

from .spawn import ProcessContext, ProcessException, ProcessExitedException, ProcessRaisedException, SpawnContext, spawn, start_processes

_STRATEGIES = {"file_system", "file_descriptor"}
_strategy = ["file_descriptor"]


def get_all_sharing_strategies() -> set[str]:
    """The ways that PyTorch knows to share memory: their names."""
    return set(_STRATEGIES)


def get_sharing_strategy() -> str:
    """The way to share memory, as set."""
    return _strategy[0]


def set_sharing_strategy(new_strategy: str) -> None:
    """Set the way to share memory: kept, and without effect. ValueError for an unknown one."""
    if new_strategy not in _STRATEGIES:
        raise ValueError(f"unknown sharing strategy {new_strategy!r}: one of {', '.join(sorted(_STRATEGIES))}")
    _strategy[0] = new_strategy
