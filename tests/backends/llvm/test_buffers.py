"""The memory of large results: arrays own it, nobody's is handed out twice, and what is kept is bounded."""
from __future__ import annotations

import gc
import subprocess
import sys
import threading

import numpy as np
import pytest

import flambeau
from flambeau.backends.llvm import buffers

MEGA = 1 << 20
pytestmark = pytest.mark.skipif(buffers.pool() is None, reason="NumPy or the system is built otherwise: results are plain arrays")


def made(nbytes: int) -> np.ndarray:
    """An array of so many bytes from the pool."""
    table = [None]
    buffers.fill(table, [(0, (nbytes,), np.dtype(np.uint8))])
    return table[0]


def test_a_dead_arrays_memory_is_used_again_and_a_living_ones_never():
    """What is held elsewhere, if only by a view, stays as it is."""
    first = made(3 * MEGA)
    where = first.ctypes.data
    assert first.flags.owndata and first.flags.c_contiguous and where % buffers.ALIGN == 0
    first[:] = 7
    view = first[100:200].reshape(10, 10)
    del first
    other = made(3 * MEGA)
    assert other.ctypes.data != where
    other[:] = 9
    assert (view == 7).all()
    del view
    assert made(3 * MEGA).ctypes.data == where
    assert (other == 9).all()


def test_only_equal_blocks_follow_each_other():
    """A block is never smaller than what it is used for."""
    small = made(MEGA)
    where = small.ctypes.data
    del small
    assert made(2 * MEGA).ctypes.data != where
    rounded = made(MEGA - buffers.GRAIN // 2)          # takes as many grains
    assert rounded.ctypes.data == where


def test_what_is_kept_is_bounded():
    """However much was freed."""
    pool = buffers.pool()
    for k in (1, 30, 60, 90, 120, 2, 3):
        array = made(k * MEGA)
        array[::1 << 20] = 1
        del array
        assert 0 <= pool.held <= min(buffers.LIMIT, buffers._physical() // 16)
    assert pool.held > 0


def test_other_arrays_keep_numpys_memory():
    """The allocator stands in for the results alone, also where making one fails."""
    pool = buffers.pool()
    before = pool.held
    with pytest.raises(MemoryError):
        made(1 << 62)
    plain = [np.empty(5 * MEGA + 12345, np.uint8) for _ in range(3)]
    del plain
    gc.collect()
    assert pool.held <= before          # (to find memory, what was kept was freed)


def test_arrays_may_be_resized_and_passed_between_threads():
    """As NumPy's own may."""
    array = made(MEGA)
    array[:] = 3
    array.resize(4 * MEGA, refcheck=False)
    assert (array[:MEGA] == 3).all() and (array[MEGA:] == 0).all()
    array.resize(100, refcheck=False)
    assert (array == 3).all()
    del array
    failures = []

    def work(k):
        for _ in range(50):
            mine = [made(MEGA + k % 2 * buffers.GRAIN) for _ in range(3)]
            for n, a in enumerate(mine):
                a[:] = k * 3 + n
            if any((a != k * 3 + n).any() for n, a in enumerate(mine)):
                failures.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures


def test_results_of_programs():
    """Large results are right one after the other, and those that are kept stay."""
    x = flambeau.arange(1 << 20, dtype=flambeau.float32)
    kept = []
    for k in range(6):
        y = x * 2.0 + float(k)
        flambeau.run_pending()
        if k % 2:
            kept.append((k, y))
    for k, y in kept:
        assert (y.numpy() == np.arange(1 << 20, dtype=np.float32) * 2 + k).all()


def test_arrays_that_outlive_the_interpreters_modules():
    """Memory can be freed until the very end of a process."""
    program = """if True:
        import sys, numpy as np
        import flambeau
        from flambeau.backends.llvm import buffers
        table = [None] * 4
        buffers.fill(table, [(k, (1 << 20,), np.dtype(np.float32)) for k in range(4)])
        class Late:
            def __init__(self, array):
                self.array, self.cycle = array, self
        np.late = [Late(a) for a in table]
        sys.late = [Late(a) for a in table]
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr
