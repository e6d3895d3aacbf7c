"""torch.profiler: what runs in a program, for how long, and from which line; and the blocks that it names.

    with torch.profiler.profile(with_stack=True) as p:
        with torch.profiler.record_function("forward"):
            model(x)
    print(p.key_averages().table(sort_by="cpu_time_total"))

What is measured, and what a kernel is, stands in `torch.autograd.profiler`.
"""
from __future__ import annotations

import enum
import os
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from flambeau.autograd.profiler import EventList, kineto_available, record_function
from flambeau.autograd.profiler import profile as _Region


class ProfilerActivity(enum.Enum):
    """What to watch; here the CPU always is."""

    CPU = 0
    XPU = 1
    CUDA = 2
    MTIA = 3
    HPU = 4
    PrivateUse1 = 5


class ProfilerAction(enum.Enum):
    """What a profile does in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


def schedule(*, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, skip_first_wait: int = 0) -> Callable[[int], ProfilerAction]:
    """What to do in each step: skip `skip_first`, then rest for `wait`, warm up for `warmup` and record `active` steps, `repeat` times (0: without end).

    Raises:
        AssertionError: negative numbers, or no active step.
    """
    if min(wait, warmup, repeat, skip_first) < 0 or active <= 0:
        raise AssertionError(f"Invalid profiler schedule arguments: wait={wait}, warmup={warmup}, repeat={repeat}, skip_first={skip_first} must not be "
                             f"negative, and active={active} is 1 or more")
    length = wait + warmup + active

    def action(step: int) -> ProfilerAction:
        step -= skip_first
        if step < 0:
            return ProfilerAction.NONE
        if skip_first_wait:                 # the first cycle does not rest
            step += wait
        if repeat > 0 and step // length >= repeat:
            return ProfilerAction.NONE
        at = step % length
        if at < wait:
            return ProfilerAction.NONE
        if at < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD_AND_SAVE if at == length - 1 else ProfilerAction.RECORD
    return action


def tensorboard_trace_handler(dir_name: str, worker_name: str | None = None, use_gzip: bool = False) -> Callable[[profile], None]:
    """For `on_trace_ready`: writes each trace as a file of its own in a folder. NotImplementedError with use_gzip."""
    if use_gzip:
        raise NotImplementedError("tensorboard_trace_handler writes plain JSON here: leave use_gzip out")

    def handler(prof: profile) -> None:
        os.makedirs(dir_name, exist_ok=True)
        name = worker_name or f"{socket.gethostname()}_{os.getpid()}"
        prof.export_chrome_trace(os.path.join(dir_name, f"{name}.{time.time_ns()}.pt.trace.json"))
    return handler


def supported_activities() -> set[ProfilerActivity]:
    """What can be watched: the CPU."""
    return {ProfilerActivity.CPU}


class profile:
    """Measures what a program runs, and its blocks, in a with statement or between `start()` and `stop()`.

    Args:
        activities: what to watch; the CPU always is, and nothing else.
        schedule: which steps to record, see `torch.profiler.schedule`; all if None. Call `step()` after each.
        on_trace_ready: called with the profile when a cycle of the schedule was recorded, and at the end.
        record_shapes: keep the shapes of inputs, where they are known.
        with_stack: keep the lines of the program that each piece of work comes from.

    The other arguments are PyTorch's, and without effect.
    """

    def __init__(self, *, activities: Iterable[ProfilerActivity] | None = None, schedule: Callable[[int], ProfilerAction] | None = None,
                 on_trace_ready: Callable[[profile], Any] | None = None, record_shapes: bool = False, profile_memory: bool = False,
                 with_stack: bool = False, with_flops: bool = False, with_modules: bool = False, **settings: Any):
        self.activities = set(activities) if activities is not None else supported_activities()
        self.schedule = schedule or (lambda _step: ProfilerAction.RECORD)
        self.on_trace_ready, self.step_num = on_trace_ready, 0
        self.settings = {"record_shapes": record_shapes, "with_stack": with_stack}
        self.record_steps = schedule is not None
        self.current_action = self.schedule(0)
        self.profiler: _Region | None = None
        self._region: _Region | None = None
        self._step: record_function | None = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception) -> None:
        self.stop()

    def start(self) -> None:
        """Begin."""
        self._enter()

    def stop(self) -> None:
        """End, and hand over what was recorded."""
        if self._leave() and self.on_trace_ready is not None:
            self.on_trace_ready(self)

    def step(self) -> None:
        """A step of the program ends, and the next one begins."""
        before, self.step_num = self.current_action, self.step_num + 1
        self.current_action = self.schedule(self.step_num)
        if before is ProfilerAction.RECORD_AND_SAVE:
            if self._leave() and self.on_trace_ready is not None:
                self.on_trace_ready(self)
        elif self._step is not None:
            self._step.__exit__(None, None, None)
            self._step = None
        self._enter()

    def _enter(self) -> None:
        if self.current_action not in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE):
            return
        if self._region is None:
            self._region = _Region(**self.settings)
            self._region.__enter__()
        if self.record_steps and self._step is None:
            self._step = record_function(f"ProfilerStep#{self.step_num}")
            self._step.__enter__()

    def _leave(self) -> bool:
        """End the region that is open; whether there was one."""
        if self._step is not None:
            self._step.__exit__(None, None, None)
            self._step = None
        if self._region is None:
            return False
        self._region.__exit__(None, None, None)
        self.profiler, self._region = self._region, None
        return True

    def _done(self) -> _Region:
        if self.profiler is None:
            raise AssertionError("The profile has recorded nothing yet: look at it after its with statement, or in on_trace_ready")
        return self.profiler

    def events(self) -> EventList:
        """Blocks and work, in the order of their beginnings. AssertionError before anything was recorded."""
        return self._done().function_events

    def key_averages(self, group_by_input_shape: bool = False, group_by_stack_n: int = 0, group_by_overload_name: bool = False) -> EventList:
        """The averages of the events of each name (and shapes, and so many lines). AssertionError before anything was recorded."""
        return self._done().key_averages(group_by_input_shape, group_by_stack_n)

    def export_chrome_trace(self, path: str) -> None:
        """Write the blocks as JSON for chrome://tracing and Perfetto."""
        self._done().export_chrome_trace(path)

    def add_metadata(self, key: str, value: str) -> None:
        """A note for the trace: accepted, and not written."""

    add_metadata_json = add_metadata


__all__ = ["ProfilerAction", "ProfilerActivity", "kineto_available", "profile", "record_function", "schedule", "supported_activities",
           "tensorboard_trace_handler"]
