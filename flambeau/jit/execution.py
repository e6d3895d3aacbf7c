"""Settings of TorchScript's executor, without effect, and its tasks."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flambeau import nn
from flambeau.futures import Future

T = TypeVar("T")


def freeze(mod: nn.Module, preserved_attrs: list[str] | None = None, optimize_numerics: bool = True) -> nn.Module:
    """The module itself: constants are known to the compiler anyway."""
    return mod


optimize_for_inference = run_frozen_optimizations = freeze


def fork(func: Callable[..., T], *args: Any, **kwargs: Any) -> Future:
    """Run a function, at once, and hand out its result as a `Future`."""
    future: Future = Future()
    future.set_result(func(*args, **kwargs))
    return future


def wait(future: Future) -> Any:
    """The result of what was forked."""
    return future.wait()


def set_fusion_strategy(strategy: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """How TorchScript would fuse: without effect. Returns what it is said to have been."""
    return [("STATIC", 2), ("DYNAMIC", 10)]


def enable_onednn_fusion(enabled: bool) -> None:
    """Whether TorchScript would use oneDNN: without effect."""


def onednn_fusion_enabled() -> bool:
    """Whether TorchScript uses oneDNN: no."""
    return False


class optimized_execution:
    """A region in which TorchScript would be optimised: without effect."""

    def __init__(self, should_optimize: bool = True):
        self.should_optimize = should_optimize

    def __enter__(self):
        return self

    def __exit__(self, *exception) -> None:
        return None


class strict_fusion(optimized_execution):
    """A region in which TorchScript would have to fuse: without effect."""

    def __init__(self):
        super().__init__(True)


__all__ = ["enable_onednn_fusion", "fork", "freeze", "onednn_fusion_enabled", "optimize_for_inference", "optimized_execution",
           "run_frozen_optimizations", "set_fusion_strategy", "strict_fusion", "wait"]
