"""DistributedDataParallel, for the group of one process that there can be."""

import contextlib
from collections.abc import Iterator
from typing import Any

import flambeau
from flambeau.nn.modules.module import Module

__all__ = ["DistributedDataParallel"]


class DistributedDataParallel(Module):
    """A module whose gradients are averaged over the processes of a group: in a group of one they are what they are.

    Names in its state dict begin with ``module.``.

    Args:
        module: what is called.
        others: accepted; there is nothing for them to change.

    Raises:
        ValueError: without a process group (`torch.distributed.init_process_group`), as PyTorch's does.
        RuntimeError: a module without a parameter that requires a gradient.
    """

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0, **kwargs: Any) -> None:
        if not flambeau.distributed.is_initialized():
            raise ValueError(
                "Default process group has not been initialized, please make sure to call init_process_group: training runs in one process "
                f"here, so use the {type(module).__name__} itself")
        if not any(p.requires_grad for p in module.parameters()):
            raise RuntimeError("DistributedDataParallel is not needed when a module doesn't have any parameters that require a gradient.")
        super().__init__()
        self.module, self.dim = module, dim
        self.device_ids, self.output_device, self.require_backward_grad_sync = None, None, True

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the module returns."""
        return self.module(*inputs, **kwargs)

    @contextlib.contextmanager
    def no_sync(self) -> Iterator[None]:
        """Within it gradients are not averaged over processes: as they never are among one."""
        old, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = old

    @contextlib.contextmanager
    def join(self, divide_by_initial_world_size: bool = True, enable: bool = True, throw_on_early_termination: bool = False) -> Iterator[None]:
        """Wait for processes with more batches: there are none."""
        yield

    def register_comm_hook(self, state: Any, hook: Any) -> None:
        """Change how gradients are averaged: they are not."""
