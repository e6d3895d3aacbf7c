"""Time spent in blocks of a program (torch.autograd.profiler): `record_function` names a block, `profile` measures those in its region.

flambeau runs recorded operations as whole programs, later than they are written, so single operators have no time of their own. While a
profile is on, a block ends when all work recorded in it has run: its time is its own. Times are wall time of this process; there is no
device time, and no count of memory.
"""
from __future__ import annotations

import functools
import json
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from ..core import graph

_active: list[profile] = []         # innermost last
_threads = threading.local()


class FunctionEvent:
    """One run of a block.

    name, id, thread; start, end: microseconds since the profile began; cpu_parent, cpu_children: the blocks around it and in it.
    """

    is_async, count, flops = False, 1, 0
    device_time = device_time_total = self_device_time_total = 0.0
    cpu_memory_usage = device_memory_usage = 0

    def __init__(self, name: str, id: int, thread: int, start: float):
        self.name = self.key = name
        self.id, self.thread, self.start, self.end = id, thread, start, start
        self.cpu_parent: FunctionEvent | None = None
        self.cpu_children: list[FunctionEvent] = []

    @property
    def cpu_time_total(self) -> float:
        """Microseconds in the block."""
        return self.end - self.start

    cpu_time = cpu_time_total

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds in the block and in no named block within."""
        return self.cpu_time_total - sum(child.cpu_time_total for child in self.cpu_children)

    def __repr__(self) -> str:
        return f"<FunctionEvent id={self.id} name={self.name} thread={self.thread} cpu_time={_duration(self.cpu_time_total)}>"


class FunctionEventAvg:
    """All runs of the blocks of one name."""

    device_time = device_time_total = self_device_time_total = 0.0
    cpu_memory_usage = device_memory_usage = self_cpu_memory_usage = self_device_memory_usage = 0

    def __init__(self, events: list[FunctionEvent]):
        self.key, self.count = events[0].name, len(events)
        self.cpu_time_total = sum(e.cpu_time_total for e in events)
        self.self_cpu_time_total = sum(e.self_cpu_time_total for e in events)

    @property
    def cpu_time(self) -> float:
        """Microseconds a run, on average."""
        return self.cpu_time_total / self.count

    def __repr__(self) -> str:
        return f"<FunctionEventAvg key={self.key} self_cpu_time={_duration(self.self_cpu_time_total)} cpu_time={_duration(self.cpu_time)} count={self.count}>"


def _duration(us: float) -> str:
    if us >= 1e6:
        return f"{us / 1e6:.3f}s"
    return f"{us / 1e3:.3f}ms" if us >= 1e3 else f"{us:.3f}us"


class EventList(list):
    """Events, or their averages, with ways to look at them."""

    def key_averages(self, group_by_input_shape: bool = False, group_by_stack_n: int = 0, group_by_overload_name: bool = False) -> EventList:
        """The averages of the blocks of each name."""
        groups: dict[str, list[FunctionEvent]] = {}
        for event in self:
            groups.setdefault(event.name, []).append(event)
        return EventList(FunctionEventAvg(events) for events in groups.values())

    def total_average(self) -> FunctionEventAvg:
        """All blocks as one, called Total."""
        made = FunctionEventAvg(list(self))
        made.key = "Total"
        return made

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds in all blocks."""
        return sum(event.self_cpu_time_total for event in self)

    def table(self, sort_by: str | None = None, row_limit: int = 100, max_src_column_width: int = 75, max_name_column_width: int = 55,
              max_shapes_column_width: int = 80, header: str | None = None, top_level_events_only: bool = False, time_unit: str | None = None) -> str:
        """The events as text.

        Args:
            sort_by: an attribute, such as "self_cpu_time_total" or "count": largest first.
            row_limit: how many rows at most; negative for all.
            header: a line above.
        """
        if not self:
            return ""
        events = sorted(self, key=lambda e: getattr(e, sort_by), reverse=True) if sort_by else list(self)
        whole = self.self_cpu_time_total or 1.0
        head = ("Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg", "# of Calls")
        rows = [(e.key if len(e.key) <= max_name_column_width else f"{e.key[:max_name_column_width - 3]}...", f"{100 * e.self_cpu_time_total / whole:.2f}%",
                 _duration(e.self_cpu_time_total), f"{100 * e.cpu_time_total / whole:.2f}%", _duration(e.cpu_time_total), _duration(e.cpu_time), str(e.count))
                for e in (events if row_limit < 0 else events[:row_limit])]
        widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
        line = "  ".join("-" * w for w in widths)
        body = ["  ".join(text.rjust(w) for text, w in zip(row, widths, strict=True)) for row in (head, *rows)]
        total = f"Self CPU time total: {_duration(self.self_cpu_time_total)}"
        return "\n".join([*([header] if header else []), line, body[0], line, *body[1:], line, total, ""])

    def export_chrome_trace(self, path: str | os.PathLike) -> None:
        """Write the events as JSON for chrome://tracing and Perfetto."""
        process = os.getpid()
        traced = [{"ph": "X", "cat": "user_annotation", "name": e.name, "pid": process, "tid": e.thread, "ts": e.start, "dur": e.cpu_time_total}
                  for e in self]
        _write(path, json.dumps({"traceEvents": traced, "displayTimeUnit": "ms"}))

    def __str__(self) -> str:
        return self.table()


def _write(path, text: str) -> None:
    part = f"{os.fspath(path)}.part"
    with open(part, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(part, path)


class record_function:
    """Names a block, as a with statement or a decorator, for the profile around it; costs nothing without one.

        with record_function("forward"):
            output = model(input)
    """

    def __init__(self, name: str, args: str | None = None):
        self.name, self.args = name, args

    def __enter__(self):
        self._open = _active[-1]._begin(self.name) if _active else None
        return self

    def __exit__(self, *exception) -> None:
        if self._open is not None and _active:
            graph.flush()
            _active[-1]._end(self._open)

    def __call__(self, function: Callable) -> Callable:
        """The function as such a block."""
        @functools.wraps(function)
        def block(*args, **kwargs):
            with record_function(self.name):
                return function(*args, **kwargs)
        return block


class profile:
    """Measures the blocks that `record_function` names, in a with statement.

    The whole region is a block too, called "profile". Arguments other than `enabled` are PyTorch's, and without effect.
    """

    def __init__(self, enabled: bool = True, **settings: Any):
        self.enabled, self.settings = enabled, settings
        self.function_events: EventList | None = None

    def __enter__(self):
        if self.enabled:
            graph.flush()
            self.function_events, self._origin = EventList(), time.perf_counter_ns()
            _active.append(self)
            self._whole = self._begin("profile")
        return self

    def __exit__(self, *exception) -> None:
        if self.enabled:
            graph.flush()
            self._end(self._whole)
            _active.remove(self)
            self.function_events.sort(key=lambda e: e.start)

    def _now(self) -> float:
        return (time.perf_counter_ns() - self._origin) / 1e3

    def _begin(self, name: str) -> FunctionEvent:
        event = FunctionEvent(name, len(self.function_events), threading.get_ident(), self._now())
        stack = _threads.__dict__.setdefault("stack", [])
        if stack and stack[-1][0] is self:
            event.cpu_parent = stack[-1][1]
            event.cpu_parent.cpu_children.append(event)
        stack.append((self, event))
        self.function_events.append(event)
        return event

    def _end(self, event: FunctionEvent) -> None:
        event.end = self._now()
        stack = _threads.__dict__.get("stack", [])
        if (self, event) in stack:
            del stack[stack.index((self, event)):]

    def _events(self) -> EventList:
        if self.function_events is None:
            raise RuntimeError("Profiler didn't finish running")
        return self.function_events

    def key_averages(self, group_by_input_shape: bool = False, group_by_stack_n: int = 0, group_by_overload_name: bool = False) -> EventList:
        """The averages of the blocks of each name. RuntimeError before the region ended."""
        return self._events().key_averages()

    def total_average(self) -> FunctionEventAvg:
        """All blocks as one."""
        return self._events().total_average()

    def table(self, *args: Any, **kwargs: Any) -> str:
        """The events as text: see `EventList.table`."""
        return self._events().key_averages().table(*args, **kwargs)

    def export_chrome_trace(self, path: str | os.PathLike) -> None:
        """Write the events as JSON for chrome://tracing and Perfetto."""
        self._events().export_chrome_trace(path)

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds in all blocks."""
        return self._events().self_cpu_time_total

    def __repr__(self) -> str:
        return "<unfinished torch.autograd.profile>" if self.function_events is None else repr(list(self.function_events))

    def __str__(self) -> str:
        return repr(self) if self.function_events is None else self.table()


class emit_nvtx:
    """Marks for NVIDIA's profiler: without effect, there is no device."""

    def __init__(self, enabled: bool = True, record_shapes: bool = False):
        self.enabled = enabled

    def __enter__(self):
        return self

    def __exit__(self, *exception) -> None:
        return None


emit_itt = emit_nvtx


def kineto_available() -> bool:
    """Whether PyTorch's own profiler is at work: no."""
    return False


__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "emit_itt", "emit_nvtx", "kineto_available", "profile", "record_function"]
