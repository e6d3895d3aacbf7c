"""What ran, and for how long (torch.autograd.profiler): `profile` measures what runs in its region, `record_function` names blocks in it.

flambeau runs recorded operations as whole programs, later than they are written. What has a time of its own is a kernel, in which several
operators may be fused ("linear + relu"), or an operator that was interpreted in NumPy, and why. Each knows the lines of the program that its
operators come from; kernels also tell what they computed (FLOP) and moved (bytes). While a profile is on, a block ends when all work recorded in
it has run. Times are wall time of this process; there is no device time, and no count of memory.
"""
from __future__ import annotations

import functools
import json
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from ..core import graph, watch

_active: list[profile] = []         # innermost last
_threads = threading.local()


class FunctionEvent:
    """One run of a block, a kernel or an operator.

    name, id, thread; start, end: microseconds since the profile began; cpu_parent, cpu_children: the blocks around it and in it
    flops, nbytes: computed and moved, 0 where it is not known; input_shapes; stack: the lines of the program that it comes from
    interpreted: why it was not machine code ("" if it was, or is a block)
    """

    is_async, count, flops, nbytes, interpreted, is_user_annotation = False, 1, 0, 0, "", True
    input_shapes: list = []
    stack: list = []
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
        self.flops, self.nbytes = sum(e.flops for e in events), sum(e.nbytes for e in events)
        self.input_shapes, self.stack, self.is_user_annotation = events[0].input_shapes, events[0].stack, events[0].is_user_annotation
        self.interpreted = ", ".join(dict.fromkeys(e.interpreted for e in events if e.interpreted))
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
        """The averages of the events of each name (of each name and shapes of inputs; of each name and so many lines)."""
        groups: dict[tuple, list[FunctionEvent]] = {}
        for event in self:
            shapes = tuple(map(tuple, event.input_shapes)) if group_by_input_shape else ()
            groups.setdefault((event.name, shapes, tuple(event.stack[:group_by_stack_n])), []).append(event)
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
            max_src_column_width, max_shapes_column_width: the widest that the columns for lines and shapes become.

        Columns for which no event has anything to say are left out.
        """
        if not self:
            return ""
        events = sorted(self, key=lambda e: getattr(e, sort_by), reverse=True) if sort_by else list(self)
        whole = self.self_cpu_time_total or 1.0
        columns: list[tuple[str, Callable[[Any], str]]] = [
            ("Name", lambda e: _cut(e.key, max_name_column_width)),
            ("Self CPU %", lambda e: f"{100 * e.self_cpu_time_total / whole:.2f}%"),
            ("Self CPU", lambda e: _duration(e.self_cpu_time_total)),
            ("CPU total %", lambda e: f"{100 * e.cpu_time_total / whole:.2f}%"),
            ("CPU total", lambda e: _duration(e.cpu_time_total)),
            ("CPU time avg", lambda e: _duration(e.cpu_time)),
            ("# of Calls", lambda e: str(e.count)),
        ]
        seen = events if row_limit < 0 else events[:row_limit]
        if any(e.flops for e in seen):
            columns += [("MFLOP", lambda e: f"{e.flops / 1e6:.3f}" if e.flops else ""), ("GFLOP/s", lambda e: _rate(e.flops, e.self_cpu_time_total))]
        if any(e.nbytes for e in seen):
            columns.append(("GB/s", lambda e: _rate(e.nbytes, e.self_cpu_time_total)))
        if any(e.input_shapes for e in seen):
            columns.append(("Input Shapes", lambda e: _cut(str([list(s) for s in e.input_shapes]) if e.input_shapes else "", max_shapes_column_width)))
        if any(e.stack for e in seen):
            columns.append(("Source Location", lambda e: _cut("; ".join(e.stack), max_src_column_width, keep_end=True)))
        if any(e.interpreted for e in seen):
            columns.append(("Interpreted", lambda e: e.interpreted))
        head = tuple(title for title, _ in columns)
        rows = [tuple(text(e) for _, text in columns) for e in seen]
        widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
        line = "  ".join("-" * w for w in widths)
        body = ["  ".join(text.rjust(w) for text, w in zip(row, widths, strict=True)) for row in (head, *rows)]
        total = f"Self CPU time total: {_duration(self.self_cpu_time_total)}"
        return "\n".join([*([header] if header else []), line, body[0], line, *body[1:], line, total, ""])

    def export_chrome_trace(self, path: str | os.PathLike) -> None:
        """Write the events as JSON for chrome://tracing and Perfetto."""
        process = os.getpid()
        traced = [{"ph": "X", "cat": "user_annotation" if e.is_user_annotation else "cpu_op", "name": e.name, "pid": process, "tid": e.thread, "ts": e.start,
                   "dur": e.cpu_time_total} | ({"args": notes} if (notes := _notes(e)) else {}) for e in self]
        _write(path, json.dumps({"traceEvents": traced, "displayTimeUnit": "ms"}))

    def __str__(self) -> str:
        return self.table()


def _notes(e: FunctionEvent) -> dict[str, Any]:
    """What a trace tells of an event beside its time."""
    told = {"FLOP": e.flops, "bytes": e.nbytes, "Input Dims": [list(s) for s in e.input_shapes], "Source": e.stack, "interpreted": e.interpreted}
    return {name: value for name, value in told.items() if value}


def _cut(text: str, width: int, keep_end: bool = False) -> str:
    if len(text) <= width:
        return text
    return f"...{text[3 - width:]}" if keep_end else f"{text[:width - 3]}..."


def _rate(amount: float, us: float) -> str:
    """Thousand millions a second."""
    return f"{amount / us / 1e3:.2f}" if amount and us > 0 else ""


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
    """Measures what runs, and the blocks that `record_function` names, in a with statement.

    The whole region is a block too, called "profile". `record_shapes`: keep the shapes of inputs; `with_stack`: keep the lines of the program
    that the work comes from. Other arguments than these and `enabled` are PyTorch's, and without effect.
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
            watch.listeners.append(self._hear)
        return self

    def __exit__(self, *exception) -> None:
        if self.enabled:
            try:
                graph.flush()
            finally:
                watch.listeners.remove(self._hear)
                self._end(self._whole)
                _active.remove(self)
            self.function_events.sort(key=lambda e: e.start)

    def _now(self) -> float:
        return (time.perf_counter_ns() - self._origin) / 1e3

    def _begin(self, name: str) -> FunctionEvent:
        event = self._event(name, self._now())
        _threads.__dict__.setdefault("stack", []).append((self, event))
        return event

    def _event(self, name: str, start: float) -> FunctionEvent:
        """A new event within the block that this thread has open."""
        event = FunctionEvent(name, len(self.function_events), threading.get_ident(), start)
        stack = _threads.__dict__.get("stack", ())
        parent = next((block for profile, block in reversed(stack) if profile is self), None)
        if parent is not None:
            event.cpu_parent = parent
            parent.cpu_children.append(event)
        self.function_events.append(event)
        return event

    def _hear(self, work: watch.Work) -> None:
        """A kernel or an operator has run."""
        event = self._event(work.name, (work.start - self._origin) / 1e3)
        event.end, event.is_user_annotation = (work.end - self._origin) / 1e3, False
        event.flops, event.nbytes, event.interpreted = work.flops, work.nbytes, work.interpreted
        if self.settings.get("record_shapes"):
            event.input_shapes = [list(shape) for shape in work.shapes]
        if self.settings.get("with_stack"):
            event.stack = [f"{file}({line}): {function}" for file, line, function in dict.fromkeys(work.lines)]

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
        """The averages of the events of each name. RuntimeError before the region ended."""
        return self._events().key_averages(group_by_input_shape, group_by_stack_n)

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
