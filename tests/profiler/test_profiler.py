"""Profiles: which blocks there are, how they lie in each other, tables and traces. No test looks at how long something took."""
import json

import pytest

import flambeau as torch
from flambeau.autograd import profiler
from flambeau.core import watch
from flambeau.profiler import ProfilerAction, profile, record_function, schedule, tensorboard_trace_handler


def blocks(p):
    """The names of the blocks, in order."""
    return [e.name for e in p.events() if e.is_user_annotation]


def test_blocks_and_their_nesting():
    x = torch.ones(3)
    with profile() as p:
        with record_function("outer"):
            for _ in range(2):
                with record_function("inner"):
                    x = x + 1
    events = {e.name: e for e in p.events()}
    assert [e.name for e in p.events() if e.is_user_annotation] == ["profile", "outer", "inner", "inner"]
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
    with profile(schedule=schedule(wait=1, warmup=0, active=2, repeat=1), on_trace_ready=lambda p: ready.append(blocks(p))) as p:
        for _ in range(4):
            with record_function("step"):
                torch.ones(2).sum()
            p.step()
    assert ready == [["profile", "ProfilerStep#1", "step", "ProfilerStep#2", "step"]]
    p.export_chrome_trace(tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert [e["name"] for e in events if e["cat"] == "user_annotation"] == ready[0] and all(e["ph"] == "X" and e["dur"] >= 0 for e in events)
    tensorboard_trace_handler(tmp_path / "log", "me")(p)
    assert [f.name.startswith("me.") for f in (tmp_path / "log").iterdir()] == [True]


def test_nothing_recorded():
    with pytest.raises(AssertionError, match="nothing yet"):
        profile().key_averages()


def hear(work, **settings):
    """A profile in which this work was told of, inside a block."""
    with profile(**settings) as p:
        with record_function("block"):
            watch.tell(work)
    return p


WORK = watch.Work("linear + relu", 1, 2_000_001, flops=8e9, nbytes=4e6, lines=(("a/train.py", 7, "step"), ("a/net.py", 12, "forward"), ("a/train.py", 7, "step")))


def test_kernels_tell_what_they_computed_and_moved():
    table = hear(WORK).key_averages().table()
    head, row = table.splitlines()[1], next(line for line in table.splitlines() if "linear + relu" in line)
    assert "GFLOP/s" in head and "GB/s" in head and "Source" not in head and "Interpreted" not in head and "Shapes" not in head
    assert row.split()[-3:] == ["8000.000", "4000.00", "2.00"] and "2.000ms" in row


def test_lines_of_the_program_are_kept_if_asked_for():
    p = hear(WORK, with_stack=True)
    event = next(e for e in p.events() if e.name == "linear + relu")
    assert event.stack == ["a/train.py(7): step", "a/net.py(12): forward"] and event.cpu_parent.name == "block"
    assert "a/train.py(7): step; a/net.py(12): forward" in p.key_averages(group_by_stack_n=2).table()
    assert hear(WORK).key_averages(group_by_stack_n=2).table().count("train.py") == 0


def test_events_are_grouped_by_shapes_and_lines():
    with profile(record_shapes=True, with_stack=True) as p:
        for size in (2, 3, 2):
            watch.tell(watch.Work("mm", 0, 10, shapes=((size, 2), (2, 2)), lines=(("a.py", size, "f"),)))
    assert [len([a for a in p.key_averages(shapes, lines) if a.key == "mm"]) for shapes, lines in ((False, 0), (True, 0), (False, 1))] == [1, 2, 2]
    assert "[[3, 2], [2, 2]]" in p.key_averages(True).table()


def test_interpreted_operators_say_why_and_where(tmp_path):
    with profile(record_shapes=True, with_stack=True) as p:
        x = torch.ones(7, 3)
        torch.linalg.qr(x)[1].sum().item()
    line = watch.call_site()[1] - 1
    found = [e for e in p.events() if e.interpreted and any(f"({line})" in place for place in e.stack)]
    assert found and any([7, 3] in e.input_shapes for e in found) and all(f"test_profiler.py({line}): test_interpreted" in e.stack[0] for e in found)
    assert "Interpreted" in p.key_averages().table()
    p.export_chrome_trace(tmp_path / "trace.json")
    traced = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert any(e["cat"] == "cpu_op" and e["args"]["interpreted"] and e["args"]["Source"] == found[0].stack for e in traced)


def test_nobody_listens_afterwards():
    hear(WORK)
    with pytest.raises(ValueError, match="stop"):
        with profile():
            raise ValueError("stop")
    assert watch.listeners == []


def test_the_line_of_an_operation_is_that_of_the_program():
    assert watch.call_site()[0] == __file__ and watch.call_site()[2] == "test_the_line_of_an_operation_is_that_of_the_program"
