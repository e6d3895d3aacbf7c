"""Pools as native kernels against their pages' references."""
from __future__ import annotations

import itertools

import numpy as np
import pytest

from flambeau.backends.llvm.pages import KERNELS
from flambeau.ops.window import AvgPool, AvgPoolGradient, MaxPool, MaxPoolGradient, MaxPoolIndices
from tests.backends.llvm.contractions import Buffer, Call, machine

# (shape of x, kernel, stride, padding, dilation, results)
CASES = [
    ((2, 5, 8, 6), (2, 2), (2, 2), (0, 0), (1, 1), (4, 3)), ((2, 33, 7, 9), (3, 3), (2, 2), (1, 1), (1, 1), (4, 5)),
    ((1, 16, 9, 37), (3, 2), (1, 2), (1, 1), (1, 1), (9, 19)), ((2, 3, 9, 8), (2, 3), (1, 2), (0, 1), (3, 2), (6, 3)),
    ((3, 4, 11), (3,), (2,), (1,), (1,), (6,)), ((2, 2, 40), (2,), (3,), (0,), (1,), (13,)), ((6, 5), (2, 2), (2, 2), (0, 0), (1, 1), (3, 2)),
    ((2, 3, 5, 6, 7), (2, 2, 2), (2, 1, 2), (0, 1, 0), (1, 1, 1), (2, 7, 3)), ((2, 18, 9, 9), (7, 6), (1, 1), (3, 3), (1, 1), (9, 10)),
    ((2, 5, 9, 10), (3, 3), (2, 2), (1, 1), (1, 1), (5, 6))]             # ceil mode: the last windows reach beyond the end


def orders(rank: int, spatial: int):
    """Orders of axes in memory: row by row, channels last, and reversed."""
    lead = rank - spatial
    yield tuple(range(rank))
    if lead:
        yield (*range(lead - 1), *range(lead, rank), lead - 1)
    yield tuple(reversed(range(rank)))


def run(op, arrays, expected, order, to, kind="host", threads=1, gap=0, exact=True):
    out = Buffer(np.zeros_like(expected), to, gap=gap)
    call = Call(KERNELS[type(op).__name__], op, [Buffer(a, order, gap=gap, offset=3 * gap) for a in arrays], out, machine(kind), threads)
    got = call.run()
    if exact:
        np.testing.assert_array_equal(got, expected)
    else:
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)
    assert call.kept()
    return got.tobytes()


def pages(x, kernel, stride, padding, dilation, to, rng):
    """Every pool's page with its arrays and whether results are exact."""
    window = kernel, stride, padding, dilation, to
    spatial = x.shape[x.ndim - len(to):]
    g = rng.standard_normal((*x.shape[:x.ndim - len(to)], *to)).astype(x.dtype)
    indices = MaxPoolIndices(*window)
    yield MaxPool(*window), [x], True
    yield indices, [x], True
    yield MaxPoolGradient(*window, spatial), [g, indices.reference(x)], False
    if set(dilation) == {1}:
        for include, divisor in ((True, 0), (False, 0), (True, 3)) if padding[0] else ((True, 0),):
            yield AvgPool(*window, include, divisor), [x], False
            yield AvgPoolGradient(*window, include, divisor, spatial), [g], False


@pytest.mark.parametrize("case", CASES, ids=str)
def test_pools_agree_with_their_references(case):
    rng = np.random.default_rng(0)
    shape, *window = case
    for number, dtype in enumerate((np.float32, np.float64)):
        x = rng.integers(-9, 9, shape).astype(dtype)                    # with equals
        for op, arrays, exact in pages(x, *window, rng):
            ways = list(itertools.product(orders(len(shape), len(window[0])), repeat=2))
            for k, (order, to) in enumerate(ways[:1] + ways[4:6] if number == 0 else ways[4:5] if case in CASES[:2] else ()):
                run(op, arrays, op.reference(*arrays), order, to, gap=k % 2, threads=1 + k % 3, exact=exact)


@pytest.mark.parametrize("kind", ["avx2", "sse"])
def test_on_other_machines(kind):
    rng = np.random.default_rng(0)
    for shape, *window in CASES[:2]:
        x = rng.standard_normal(shape).astype(np.float32)
        for op, arrays, exact in pages(x, *window, rng):
            for order in list(orders(len(shape), len(window[0])))[:2]:
                run(op, arrays, op.reference(*arrays), order, order, kind, 2, exact=exact)


def test_threads_do_not_change_a_bit():
    rng = np.random.default_rng(0)
    shape, *window = CASES[1]
    x = rng.standard_normal(shape).astype(np.float32)
    for op, arrays, _ in pages(x, *window, rng):
        results = {run(op, arrays, op.reference(*arrays), (0, 2, 3, 1), (0, 2, 3, 1), threads=threads, exact=False) for threads in (1, 3)}
        assert len(results) == 1


def test_nan_and_infinities():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 20, 8, 8)).astype(np.float32)
    x[rng.random(x.shape) < 0.1] = np.nan
    x[0] = -np.inf
    x[1, :, :4] = np.inf
    for order in orders(4, 2):
        for case in (CASES[0], CASES[1]):
            window = *case[1:5], tuple((n + 2 * p - k) // s + 1 for n, k, s, p in zip((8, 8), case[1], case[2], case[3], strict=True))
            run(MaxPool(*window), [x], MaxPool(*window).reference(x), order, order)
            run(MaxPoolIndices(*window), [x], MaxPoolIndices(*window).reference(x), order, order)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_types(dtype):
    from flambeau.core import dtype as dt
    rng = np.random.default_rng(0)
    kind = np.dtype(dt.bfloat16.numpy) if dtype == "bfloat16" else np.dtype(np.float16)
    shape, *window = CASES[1]
    x = rng.integers(-9, 9, shape).astype(np.float32)
    for order in list(orders(4, 2))[:2]:
        for op, expected in ((MaxPool(*window), MaxPool(*window).reference(x)), (MaxPoolIndices(*window), MaxPoolIndices(*window).reference(x))):
            out = Buffer(np.zeros(expected.shape, np.float32 if expected.dtype.kind == "f" else np.int64), order)
            call = Call(KERNELS[type(op).__name__], op, [Buffer(x.astype(kind), order)], out, machine(), 2, dtypes=[dtype, out.memory.dtype.name])
            np.testing.assert_array_equal(call.run(), expected)


def test_empty_results_and_other_types():
    window = (2, 2), (2, 2), (0, 0), (1, 1), (2, 2)
    x = np.zeros((0, 3, 4, 4), np.float32)
    assert Call(KERNELS["MaxPool"], MaxPool(*window), [Buffer(x)], Buffer(np.zeros((0, 3, 2, 2), np.float32)), machine(), 1).kernels == []
    x = np.zeros((1, 3, 4, 4), np.int32)
    assert not Call(KERNELS["MaxPool"], MaxPool(*window), [Buffer(x)], Buffer(np.zeros((1, 3, 2, 2), np.int32)), machine(), 1).taken
