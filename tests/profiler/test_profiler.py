"""Profiles: which blocks there are, how they lie in each other, tables and traces. No test looks at how long something took."""
import json

import pytest

import flambeau as torch
from flambeau.autograd import profiler
from flambeau.profiler import ProfilerAction, profile, record_function, schedule, tensorboard_trace_handler


def test_blocks_and_their_nesting():
    x = torch.ones(3)
    with profile() as p:
        with record_function("outer"):
            for _ in range(2):
                with record_function("inner"):
                    x = x + 1
    events = {e.name: e for e in p.events()}
    assert [e.name for e in p.events()] == ["profile", "outer", "inner", "inner"]
    assert events["inner"].cpu_parent is events["outer"] and len(events["outer"].cpu_children) == 2
    assert all(e.end >= e.start and e.self_cpu_time_total >= -1e-6 for e in p.events())
    averages = {a.key: a for a in p.key_averages()}
    assert averages["inner"].count == 2 and averages["outer"].cpu_time_total >= averages["inner"].cpu_time_total
    table = p.key_averages().table(sort_by="count", row_limit=1)
    assert "inner" in table and "outer" not in table and "# of Calls" in table and "Self CPU time total" in table


def test_a_block_costs_nothing_without_a_profile():
    @record_function("f")
    def f(x):
        """Adds one."""
        return x + 1
    assert f(1) == 2 and f.__doc__ == "Adds one."
    with profiler.profile(enabled=False) as p:
        f(1)
    assert p.function_events is None
    with pytest.raises(RuntimeError, match="didn't finish"):
        p.key_averages()


def test_work_of_a_block_is_done_in_it():
    with profile() as p:
        with record_function("work"):
            y = torch.randn(50, 50) @ torch.randn(50, 50)
    assert y._storage.value.buffer is not None and p.key_averages()


def test_schedule():
    action = schedule(wait=1, warmup=1, active=2, repeat=2, skip_first=1)
    names = [action(k).name for k in range(11)]
    cycle = ["NONE", "WARMUP", "RECORD", "RECORD_AND_SAVE"]
    assert names == ["NONE", *cycle, *cycle, "NONE", "NONE"]
    assert schedule(wait=0, warmup=0, active=1)(5) is ProfilerAction.RECORD_AND_SAVE
    with pytest.raises(AssertionError, match="active=0"):
        schedule(wait=0, warmup=0, active=0)


def test_steps_and_traces(tmp_path):
    ready = []
    with profile(schedule=schedule(wait=1, warmup=0, active=2, repeat=1), on_trace_ready=lambda p: ready.append([e.name for e in p.events()])) as p:
        for _ in range(4):
            with record_function("step"):
                torch.ones(2).sum()
            p.step()
    assert ready == [["profile", "ProfilerStep#1", "step", "ProfilerStep#2", "step"]]
    p.export_chrome_trace(tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert [e["name"] for e in events] == ready[0] and all(e["ph"] == "X" and e["dur"] >= 0 for e in events)
    tensorboard_trace_handler(tmp_path / "log", "me")(p)
    assert [f.name.startswith("me.") for f in (tmp_path / "log").iterdir()] == [True]


def test_nothing_recorded():
    with pytest.raises(AssertionError, match="nothing yet"):
        profile().key_averages()
