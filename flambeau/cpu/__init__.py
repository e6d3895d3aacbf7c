"""The CPU as a device among others (torch.cpu): programs written for any device ask it what they ask torch.cuda."""
from __future__ import annotations

import contextlib
import importlib

import flambeau


def is_available() -> bool:
    """Whether flambeau can compute on the CPU: yes."""
    return True


def is_initialized() -> bool:
    """Whether the CPU was started: always."""
    return True


def device_count() -> int:
    """How many CPUs there are as devices: one."""
    return 1


def current_device() -> str:
    """The current CPU device: "cpu"."""
    return "cpu"


def set_device(device) -> None:
    """Make a CPU device the current one: there is only one."""


def synchronize(device=None) -> None:
    """Wait for all work: nothing that was asked for can be seen unfinished, so there is nothing to wait for."""
    flambeau.run_pending()


class Stream:
    """A queue of work: on the CPU there is one, and it is always the current one."""

    def __init__(self, priority: int = -1):
        self.priority = priority

    def wait_stream(self, stream) -> None:
        """Work comes in the order of the program: nothing to wait for."""


class Event:
    """A point in the queue of work: passed as soon as it is asked for."""

    def record(self, stream=None) -> None:
        """Remember this point."""

    def query(self) -> bool:
        """Whether the point was passed."""
        return True

    def synchronize(self) -> None:
        """Wait for the point to be passed."""

    def wait(self, stream=None) -> None:
        """Make a stream wait for it."""


_current = Stream()


def current_stream(device=None) -> Stream:
    """The one stream."""
    return _current


class StreamContext(contextlib.AbstractContextManager):
    """Work on a stream: on the CPU there is one."""

    def __init__(self, stream):
        self.stream = stream

    def __exit__(self, *exception) -> None:
        return None


stream = StreamContext


def __getattr__(name: str):
    if name == "amp":
        return importlib.import_module(f"{__name__}.amp")
    raise AttributeError(f"module 'torch.cpu' has no attribute {name!r}")


__all__ = ["Event", "Stream", "StreamContext", "amp", "current_device", "current_stream", "device_count", "is_available", "is_initialized", "set_device",
           "stream", "synchronize"]
