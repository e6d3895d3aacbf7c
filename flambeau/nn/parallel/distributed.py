"""DistributedDataParallel, which needs processes that there are not."""

from typing import Any

from flambeau.nn.modules.module import Module

__all__ = ["DistributedDataParallel"]


class DistributedDataParallel(Module):
    """A module whose gradients are averaged over processes. There is no process group here, so making one is an error.

    Raises:
        ValueError: always, as PyTorch's does without a process group.
    """

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> None:
        raise ValueError(
            "Default process group has not been initialized, please make sure to call init_process_group: training runs in one process "
            f"here, so use the {type(module).__name__} itself")
