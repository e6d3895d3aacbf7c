"""Convolutions, transposed ones and weight gradients as native kernels against their pages' references."""
from __future__ import annotations

import numpy as np
import pytest

from flambeau.backends.llvm.pages import KERNELS
from flambeau.core import dtype as dt
from flambeau.ops.conv import Convolution, ConvolutionInput, ConvolutionWeight
from tests.backends.llvm.contractions import Buffer, Call, machine

# (samples, channels, results, sizes, kernel, stride, padding, dilation, groups)
CASES = [
    (2, 3, 5, (6, 7), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
    (3, 1, 32, (9, 28), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
    (2, 32, 40, (9, 16), (3, 3), (2, 2), ((1, 1), (1, 1)), (1, 1), 1),
    (2, 16, 48, (5, 7), (1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    (2, 20, 33, (8, 7), (1, 1), (2, 2), ((0, -1), (0, 0)), (1, 1), 1),
    (2, 3, 16, (21, 23), (7, 7), (2, 2), ((3, 3), (3, 3)), (1, 1), 1),
    (2, 5, 4, (10, 11), (2, 3), (3, 2), ((0, 1), (2, 0)), (2, 3), 1),
    (3, 32, 32, (9, 12), (3, 3), (1, 1), ((0, 1), (1, 0)), (1, 2), 32),         # depthwise
    (2, 5, 10, (7, 7), (3, 3), (2, 1), ((1, 1), (1, 1)), (1, 1), 5),            # two results for each channel
    (2, 16, 16, (6, 9), (3, 3), (1, 1), ((0, 0), (0, 0)), (1, 1), 16),          # depthwise, nothing to pad
    (2, 6, 4, (9, 16), (3, 2), (2, 3), ((0, -1), (1, 0)), (1, 2), 2),
    (1, 40, 64, (9, 10), (3, 2), (2, 3), ((0, -1), (1, 0)), (1, 2), 2),         # groups as wide as registers
    (2, 3, 7, (19,), (4,), (1,), ((2, 1),), (1,), 1), (2, 4, 6, (40,), (5,), (3,), ((0, -1),), (4,), 2),
    (2, 3, 4, (5, 4, 6), (3, 2, 3), (1, 2, 1), ((1, 1), (0, 0), (1, 0)), (1, 1, 2), 1),
    (1, 8, 8, (4, 5, 6), (2, 2, 2), (2, 2, 2), ((0, 0),) * 3, (1, 1, 1), 8),
    (0, 3, 5, (6, 7), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),             # no samples
    (1, 2, 3, (70, 90), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),           # in several pieces
    (1, 24, 3, (60, 80), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 1)]


# those that fewer multiplications compute (see winograd.py)
FAST = [
    (3, 32, 48, (14, 14), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 1), (2, 17, 35, (15, 13), (3, 3), (1, 1), ((1, 1), (0, 1)), (1, 1), 1),
    (1, 24, 40, (70, 90), (3, 3), (1, 1), ((2, 2), (0, -1)), (1, 1), 1)]


def page(which, case, dtype=np.float32, bias=True):
    """The page, its arrays and the arrays for its reference."""
    rng = np.random.default_rng(0)
    samples, channels, results, sizes, kernel, *geometry = case
    places = Convolution(*geometry).places(sizes, kernel)
    x, g = (rng.standard_normal(shape).astype(dtype) for shape in ((samples, channels, *sizes), (samples, results, *places)))
    weight = rng.standard_normal((results, channels // geometry[-1], *kernel)).astype(dtype)
    if which == "forward":
        return Convolution(*geometry), [x, weight] + [rng.standard_normal(results).astype(dtype)] * bias
    if which == "input":
        return ConvolutionInput(*geometry, sizes), [g, weight] + [rng.standard_normal(channels).astype(dtype)] * bias
    return ConvolutionWeight(*geometry, kernel), [x, g]


def channels_last(rank: int):
    return 0, *range(2, rank), 1


def orders(which, rank: int, way: str):
    """Orders of axes in memory of images, weights and of the result."""
    plain = tuple(range(rank))
    images = {"plain": plain, "last": channels_last(rank), "odd": (1, *range(rank - 1, 1, -1), 0)}[way]
    weights = {"plain": plain, "last": channels_last(rank), "odd": plain[::-1]}[way]
    return images, weights


def run(op, which, arrays, expected, way="last", kind="host", threads=1, gap=0, relu=False, tolerance=2e-5):
    rank = expected.ndim
    images, weights = orders(which, rank, way)
    inner = (images, images) if which == "weight" else (images, weights)
    buffers = [Buffer(a, inner[k] if k < 2 else None, gap=gap, offset=5 * gap) for k, a in enumerate(arrays)]
    out = Buffer(np.zeros_like(expected), (weights if way == "odd" else None) if which == "weight" else images, gap=gap)
    call = Call(KERNELS[type(op).__name__], op, buffers, out, machine(kind), threads, relu)
    got = call.run()
    scale = np.abs(expected).max(initial=1)
    np.testing.assert_allclose(got, np.maximum(expected, 0) if relu else expected, rtol=0, atol=tolerance * scale)
    assert call.kept()
    return got.tobytes()


@pytest.mark.parametrize("which", ["forward", "input", "weight"])
@pytest.mark.parametrize("case", CASES + FAST, ids=lambda case: "-".join(map(str, case[:5])).replace(" ", ""))
def test_agrees_with_the_reference(which, case):
    op, arrays = page(which, case)
    expected = op.reference(*arrays)
    number = (CASES + FAST).index(case)
    for k, way in enumerate(("last", ("plain", "odd")[number % 2])):
        run(op, which, arrays, expected, way, threads=1 + 2 * k, gap=k, relu=k == 0)
    if number % 3 == 0:
        arrays = [a.astype(np.float64) for a in arrays[:2]]
        run(op, which, arrays, op.reference(*arrays), "last", threads=2, tolerance=1e-13)


@pytest.mark.parametrize("which", ["forward", "input", "weight"])
@pytest.mark.parametrize("kind", ["avx2", "sse"])
def test_on_other_machines(which, kind):
    for k, case in enumerate(CASES[:4] + CASES[6:9] + CASES[14:15] + FAST[1:2]):
        op, arrays = page(which, case)
        run(op, which, arrays, op.reference(*arrays), ("last", "plain")[k % 2], kind, threads=2)


@pytest.mark.parametrize("which", ["forward", "input", "weight"])
@pytest.mark.parametrize("case", [CASES[k] for k in (1, 2, 7, 17)] + FAST[:1], ids=str)
def test_threads_do_not_change_a_bit(which, case):
    op, arrays = page(which, case)
    expected = op.reference(*arrays)
    assert len({run(op, which, arrays, expected, threads=threads) for threads in (1, 2, 3, 7)}) == 1


@pytest.mark.parametrize("which", ["forward", "input", "weight"])
@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_half_types_are_summed_in_float32(which, name):
    kind = np.dtype(dt.bfloat16.numpy) if name == "bfloat16" else np.dtype(np.float16)
    for case in (CASES[0], CASES[2], CASES[7], FAST[0]):
        op, arrays = page(which, case)
        arrays = [a.astype(kind) for a in arrays]
        expected = op.reference(*[a.astype(np.float32) for a in arrays])
        images, _ = orders(which, expected.ndim, "last")
        buffers = [Buffer(a, images if k == 0 or which == "weight" else None) for k, a in enumerate(arrays)]
        out = Buffer(np.zeros_like(expected), None if which == "weight" else images)
        got = Call(KERNELS[type(op).__name__], op, buffers, out, machine(), 2, dtypes=[name] * len(arrays) + ["float32"]).run()
        np.testing.assert_allclose(got, expected, rtol=0, atol=2e-5 * np.abs(expected).max())


@pytest.mark.parametrize("case", [CASES[2], FAST[0], FAST[1]], ids=str)
def test_nan_and_infinities_reach_those_that_see_them(case):
    for which in ("forward", "input", "weight"):
        op, arrays = page(which, case)
        rng = np.random.default_rng(1)
        for channel, value in enumerate((np.nan, np.inf, -np.inf)):
            if which == "weight":           # every result sees most places
                arrays[0][:, 2 * channel, 2, 3] = value
            else:
                arrays[0][rng.random(arrays[0].shape) < 0.002] = value
        arrays[1] = np.abs(arrays[1])
        with np.errstate(all="ignore"):
            expected = op.reference(*arrays)
        assert np.isnan(expected).any() and np.isinf(expected).any() and np.isfinite(expected).any()
        images, _ = orders(which, 4, "last")
        out = Buffer(np.zeros_like(expected), None if which == "weight" else images)
        got = Call(KERNELS[type(op).__name__], op, [Buffer(arrays[0], images), *map(Buffer, arrays[1:])], out, machine(), 2).run()
        np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
        np.testing.assert_array_equal(got[np.isinf(expected)], expected[np.isinf(expected)])


def test_many_phases_and_large_kernels():
    """A patch embedding's gradient has one phase for each element of the kernel; a wide stride leaves places that nothing sees."""
    for case in ((1, 3, 20, (16, 24), (8, 8), (8, 8), ((0, 0), (0, 0)), (1, 1), 1), (2, 3, 4, (11, 9), (2, 1), (4, 3), ((0, 0), (0, 0)), (1, 1), 1)):
        for which in ("forward", "input", "weight"):
            op, arrays = page(which, case)
            run(op, which, arrays, op.reference(*arrays), threads=2)


def test_other_types_are_left_to_others():
    op = Convolution((1,), ((0, 0),), (1,), 1)
    x, w = np.zeros((1, 2, 5), np.int32), np.zeros((3, 2, 2), np.int32)
    assert not Call(KERNELS["Convolution"], op, [Buffer(x), Buffer(w)], Buffer(np.zeros((1, 3, 4), np.int32)), machine(), 1).taken


def test_no_places_give_a_gradient_of_zeros():
    for which in ("input", "weight"):
        op, arrays = page(which, (0, 3, 5, (6, 7), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 1))
        run(op, which, arrays, op.reference(*arrays))
