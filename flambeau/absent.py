"""Names of PyTorch's that flambeau has on purpose only to say why it has no more of them."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any


def absent(name: str, reason: str) -> Callable[..., Any]:
    """A function (or class, to be made) that refuses: NotImplementedError with the reason, and what to do instead, when it is called."""
    def refuse(*args: Any, **kwargs: Any):
        raise NotImplementedError(f"{name}: {reason}")
    refuse.__name__ = name.rpartition(".")[2]
    refuse.__qualname__ = refuse.__name__
    refuse.__doc__ = f"NotImplementedError: {reason}."
    return refuse


def absent_class(name: str, reason: str) -> type:
    """A class that nothing is an instance of, and that refuses to make one."""
    return type(name.rpartition(".")[2], (), {"__init__": absent(name, reason), "__doc__": f"NotImplementedError: {reason}."})


__all__ = ["absent", "absent_class"]
