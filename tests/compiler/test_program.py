"""Programs: what simplify may drop, what plan may reuse, what verify refuses."""
from __future__ import annotations

import numpy as np
import pytest

import flambeau as torch
from flambeau.backends.numpy import backend
from flambeau.compiler import Program, Step, lower, plan, simplify, verify
from flambeau.core import graph
from flambeau.ops.elementwise import Add, Mul


def recorded(make):
    """What `make` records: (leaves, nodes, the results that it returns)."""
    torch.run_pending()
    results = make()
    trace = graph.current_trace()
    nodes = list(trace.nodes)
    live = tuple(any(n is r._storage.value for r in results) for n in nodes)
    return list(trace.leaves), nodes, live


def test_dead_and_repeated_steps_go():
    x = torch.arange(3.0)

    def make():
        a = x * 2
        b = x * 2
        x - 1
        return (a + b,)
    leaves, nodes, live = recorded(make)
    full = lower(leaves, nodes, live)
    assert [s.op.name for s in full.steps] == ["mul", "mul", "sub", "add"]
    small = simplify(full)
    assert [s.op.name for s in small.steps] == ["mul", "add"]
    program = verify(plan(small, [False] * len(leaves)))
    out, = backend.prepare(program)([leaf.buffer for leaf in leaves])
    np.testing.assert_array_equal(out, [0, 4, 8])


def test_values_are_freed_after_their_last_use():
    x = torch.ones(3)
    leaves, nodes, live = recorded(lambda: (((x + 1) * 2) + 3,))
    program = plan(simplify(lower(leaves, nodes, live)), [False] * len(leaves))
    last = program.steps[-1]
    assert last.inputs[0] in last.release


def test_a_write_reuses_memory_that_nobody_else_needs():
    x = torch.zeros(1000)
    x[0] = 1.0
    torch.run_pending()
    first = x._storage.value.buffer
    where = first.ctypes.data
    del first
    x[1] = 2.0
    torch.run_pending()
    assert x._storage.value.buffer.ctypes.data == where
    kept = x.clone()
    x[2] = 3.0
    assert kept[:4].tolist() == [1, 2, 0, 0] and x[:4].tolist() == [1, 2, 3, 0]


def step(op, inputs, output, release=(), overwrite=False):
    return Step(op, inputs, output, (), torch.float32, None, release, overwrite)


@pytest.mark.parametrize("steps, results, message", [
    ([step(Add(), (0, 5), 2)], [(0, 2)], "reads slot %5"),
    ([step(Add(), (0, 1), 2), step(Mul(), (0, 1), 2)], [(0, 2)], "fills slot %2"),
    ([step(Add(), (0, 1), 2, release=(0,)), step(Mul(), (0, 1), 3)], [(0, 3)], "reads slot %0"),
    ([step(Add(), (0, 1), 2, release=(3,))], [(0, 2)], "frees a slot"),
    ([step(Add(), (0, 1), 2, overwrite=True)], [(0, 2)], "overwrites"),
    ([step(Add(), (0, 1), 2)], [(0, 3)], "result %3"),
])
def test_verify_refuses_invalid_programs(steps, results, message):
    with pytest.raises(RuntimeError, match=message):
        verify(Program(2, 6, steps, results))
