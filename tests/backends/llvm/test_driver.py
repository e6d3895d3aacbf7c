"""Segments: arguments find their memory, temporaries share it, and what cannot be used in place is told."""
import sys
import time

import numpy as np
import pytest

import flambeau
from flambeau.backends.llvm import driver
from flambeau.backends.llvm.driver import Fitness, Segment
from flambeau.backends.llvm.host import host
from flambeau.backends.llvm.ir import Function
from flambeau.backends.llvm.kernel import Kernel, Scratch, Slot, Temporary
from flambeau.core import watch
from tests.backends.llvm.kernels import ARGUMENTS, PARALLEL, PARAMETERS, axpy, census, shift

X, Y, Z = Slot(0), Slot(1), Slot(2)


@pytest.fixture(autouse=True)
def two_threads():
    """Two threads, whatever the machine has."""
    before = flambeau.get_num_threads()
    flambeau.set_num_threads(2)
    yield
    flambeau.set_num_threads(before)


@pytest.fixture(params=["as objects lie", "by way of NumPy"])
def way(request, monkeypatch):
    """Both ways to the arrays' memory."""
    if request.param == "by way of NumPy":
        monkeypatch.setattr(Segment, "run", lambda self, buffers: self._run_with_care(buffers))


@pytest.mark.parametrize("work", [0.0, 10_000.0, PARALLEL])
def test_slots_are_rows_and_offsets(way, work):
    x, y = np.arange(10.0), np.zeros(30)
    segment = Segment([axpy(10, 2.0, (X, Y), work), axpy(10, 1.0, (X, Z), work), axpy(10, 3.0, (Y, Z), work)], {X: (1, 0), Y: (0, 80), Z: (0, 160)}, 2, host())
    segment.run([y, x])
    assert not y[:10].any() and (y[10:20] == 2 * x).all() and (y[20:] == 7 * x).all()
    segment.run([y, x])
    assert (y[10:20] == 4 * x).all() and (y[20:] == 7 * x + x + 12 * x).all()


def test_the_buffers_may_change_from_run_to_run(way):
    segment = Segment([axpy(10, 2.0, (X, Y))], {X: (0, 0), Y: (1, 0)}, 2, host())
    for k in range(20):
        x, y = np.full(10, float(k)), np.zeros(10)
        segment.run([x, y])
        assert (y == 2.0 * k).all()


def test_no_kernels_and_no_rows(way):
    Segment([], {}, 0, host()).run([])
    Segment([], {}, 2, host()).run([np.zeros(1), np.zeros(1)])


def test_read_only_empty_and_zero_dimensional_arrays(way):
    x = np.ones(4)
    x.flags.writeable = False
    y, empty, scalar = np.zeros(4), np.zeros((0, 3)), np.array(5.0)
    segment = Segment([axpy(4, 1.0, (X, Y)), axpy(0, 1.0, (Z, Z)), axpy(1, 1.0, (Slot(3), Y))], {X: (0, 0), Y: (1, 0), Z: (2, 0), Slot(3): (3, 0)}, 4, host())
    segment.run([x, y, empty, scalar])
    assert y.tolist() == [6, 1, 1, 1]


def test_a_subclass_of_arrays_is_taken(way, tmp_path):
    x = np.memmap(tmp_path / "x", np.float64, "w+", shape=(8,))
    x[:] = 3
    y = np.zeros(8)
    Segment([axpy(8, 1.0, (X, Y))], {X: (0, 0), Y: (1, 0)}, 2, host()).run([x, y])
    assert (y == 3).all()


@pytest.mark.parametrize("buffers", [[], [np.zeros(4)], [np.zeros(4)] * 3, [np.zeros(4), None], [np.zeros(4), [0.0] * 4]])
def test_other_buffers_than_expected_are_an_error(way, buffers):
    segment = Segment([axpy(4, 1.0, (X, Y))], {X: (0, 0), Y: (1, 0)}, 2, host())
    with pytest.raises(TypeError, match="a segment of 2 rows was given"):
        segment.run(buffers)
    y = np.zeros(4)
    segment.run([np.ones(4), y])                        # nothing is locked
    assert (y == 1).all()


def test_buffers_are_not_kept():
    x, y = np.ones(4), np.zeros(4)
    segment, before = Segment([axpy(4, 1.0, (X, Y))], {X: (0, 0), Y: (1, 0)}, 2, host()), (sys.getrefcount(x), sys.getrefcount(y))
    for _ in range(10):
        segment.run([x, y])
    assert (sys.getrefcount(x), sys.getrefcount(y)) == before


def store(value, slot, count=8, work=PARALLEL):
    """Fill with a number, on the first thread."""
    def emit(module, name, machine):
        f = Function(module, name, PARAMETERS)
        with f.loop(0, count) as i:
            f.store(f.convert("sitofp", f.index(value), "double"), f.at(f.load("ptr", ARGUMENTS), i, "double"))
        f.finish()
    return Kernel(f"test store {value} {count}", emit, (slot,), work)


def test_temporaries_live_from_first_to_last_use(way):
    a, b, c = (Temporary(object(), 64) for _ in range(3))
    kernels = [store(1, a), store(2, b), axpy(8, 1.0, (a, b)), store(5, c), axpy(8, 1.0, (b, X)), axpy(8, 10.0, (c, X))]
    segment = Segment(kernels, {X: (0, 0)}, 1, host())
    assert segment.temporary_bytes == 128               # a is dead before c begins
    x = np.zeros(8)
    segment.run([x])
    assert (x == 53).all()


def test_temporaries_never_overlap_while_they_live():
    random = np.random.default_rng(0)
    for _ in range(50):
        keys = [object() for _ in range(8)]
        sizes = random.integers(0, 1000, 8)
        uses = [tuple(Temporary(keys[k], int(sizes[k])) for k in random.choice(8, 2, replace=False)) for _ in range(12)]
        kernels = [Kernel("", None, use) for use in uses]
        where, total = driver._plan(kernels)
        lives = {id(key): [i for i, use in enumerate(uses) if any(t.key is key for t in use)] for key in keys}
        used = [k for k in range(8) if lives[id(keys[k])]]
        for k in used:
            assert where[id(keys[k])] % 64 == 0 and where[id(keys[k])] + sizes[k] <= total
            for m in used:
                if m < k and lives[id(keys[m])][0] <= lives[id(keys[k])][-1] and lives[id(keys[k])][0] <= lives[id(keys[m])][-1]:
                    p, q = where[id(keys[k])], where[id(keys[m])]
                    assert p + max(1, sizes[k]) <= q or q + max(1, sizes[m]) <= p


def test_scratch_is_each_thread_s_own(way):
    out = np.zeros(64, np.int64)
    segment = Segment([census(Scratch(1 << 20), X), census(Scratch(64), X)], {X: (0, 0)}, 1, host())
    segment.run([out])
    assert out[:2].tolist() == [1, 2]
    assert segment.scratch_bytes(2) - segment.scratch_bytes(1) == 1 << 20


def test_the_arena_grows(way):
    for nbytes in (1 << 10, 1 << 22, 1 << 10, 1 << 24):
        temporary, x = Temporary(object(), nbytes), np.zeros(nbytes // 8)
        Segment([store(3, temporary, nbytes // 8), axpy(nbytes // 8, 1.0, (temporary, X))], {X: (0, 0)}, 1, host()).run([x])
        assert (x == 3).all()


def test_small_kernels_run_on_one_thread():
    out = np.zeros(64, np.int64)
    small = census(Scratch(64), X)
    small.work = 100.0
    Segment([axpy(8, 1.0, (Y, Y)), small], {X: (0, 0), Y: (1, 0)}, 2, host()).run([out, np.zeros(8)])
    assert out[63] == 1


def test_a_serial_kernel_between_parallel_ones():
    kernels = [shift(1000, (X, Y)), shift(1000, (Y, X), 0.0), shift(1000, (X, Y), 0.0), shift(1000, (Y, X))]
    x, y = np.arange(1000.0), np.zeros(1000)
    Segment(kernels, {X: (0, 0), Y: (1, 0)}, 2, host()).run([x, y])
    assert (x == np.roll(np.arange(1000.0), -4) + 4).all()


def test_times_are_on_python_s_clock():
    segment = Segment([axpy(8, 1.0, (X, Y)), axpy(8, 1.0, (X, Y), 0.0)], {X: (0, 0), Y: (1, 0)}, 2, host())
    y = np.zeros(8)
    begin = time.perf_counter_ns()
    times = segment.run_timed([np.ones(8), y])
    end = time.perf_counter_ns()
    assert (y == 2).all() and times.shape == (2, 2)
    assert (np.diff([begin, *times.reshape(-1), end]) >= 0).all()


class TestFitness:
    """Which arrays must be copied first."""

    @pytest.fixture(params=["as objects lie", "by way of Python"])
    def unfit(self, request):
        def unfit(buffers, written=(), references=1 << 20):
            fitness = Fitness(len(buffers), written, references)
            if request.param == "by way of Python":
                fitness._call = None
            return fitness.unfit(buffers)
        return unfit

    def test_what_is_read(self, unfit):
        whole = np.arange(24.0).reshape(4, 6)
        fixed = np.ones(3)
        fixed.flags.writeable = False
        odd = np.frombuffer(bytes(33), np.uint8)[1:].view(np.float64)
        assert unfit([whole, whole.T, whole[:, 1:], whole[1:], fixed, odd, np.empty(()), np.zeros((0, 3))[:, 1:], np.broadcast_to(1.0, (3,))]) == [1, 2, 5, 8]

    def test_what_is_written(self, unfit):
        fixed = np.ones(3)
        fixed.flags.writeable = False
        whole = np.zeros(6)
        buffers = [np.zeros(3), whole, whole[1:], fixed, np.frombuffer(bytearray(8)), np.zeros((2, 3)).T]
        assert unfit(buffers, range(6)) == [2, 3, 4, 5]
        assert unfit(buffers, [3]) == [3, 5]

    def test_who_else_looks(self, unfit):
        alone, shared = np.zeros(3), np.zeros(3)
        buffers = [alone, shared, np.zeros(3)]
        other = shared
        assert unfit(buffers, [0, 1, 2], 3) == []
        assert unfit(buffers, [0, 1, 2], 2) == [1] and unfit(buffers, [0, 2], 2) == []
        assert unfit(buffers, [0, 1, 2], 1) == [0, 1] and unfit(buffers, [], 0) == []
        assert other is shared

    def test_subclasses(self, unfit):
        class Named(np.ndarray):
            """Something that could do anything."""

        assert unfit([np.zeros(3), np.zeros(3).view(Named)]) == [1]


def test_the_layout_of_objects_is_known_here():
    """On CPython with its lock the fast path is taken; anywhere else nothing is guessed."""
    assert (driver.layout() is not None) == (sys.implementation.name == "cpython" and getattr(sys, "_is_gil_enabled", lambda: True)())


def test_a_profile_hears_of_every_kernel():
    heard, line = [], ("train.py", 3, "step")
    kernels = [axpy(8, 1.0, (X, Y)), axpy(8, 2.0, (X, Y), 0.0)]
    kernels[0].flops, kernels[0].nbytes, kernels[0].lines = 16.0, 192.0, (line,)
    segment, y = Segment(kernels, {X: (0, 0), Y: (1, 0)}, 2, host()), np.zeros(8)
    watch.listeners.append(heard.append)
    try:
        segment.run([np.ones(8), y])
    finally:
        watch.listeners.remove(heard.append)
    segment.run([np.ones(8), y])
    assert (y == 6).all()
    assert [(w.name, w.flops, w.nbytes, w.lines, w.interpreted) for w in heard] == [("axpy", 16.0, 192.0, (line,), ""), ("axpy", 0.0, 0.0, (), "")]
    assert heard[0].start <= heard[0].end == heard[1].start <= heard[1].end
