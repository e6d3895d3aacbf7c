"""Row by row: NaN, infinities and ties in the greatest, rows of every length, values that later passes use again."""
from __future__ import annotations

import numpy as np
import pytest

import flambeau


def twice(program, *arrays):
    """What compiled code makes of the arrays: programs are interpreted when they are first seen."""
    for _ in range(3):
        result = program(*[flambeau.tensor(a) for a in arrays])
        flambeau.run_pending()
    return result.numpy()


@pytest.mark.parametrize("columns", [1, 3, 15, 16, 17, 63, 64, 65, 127, 130, 1000, 5000])
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_reductions_of_every_length(columns, kind):
    """Several sums side by side, whole vectors, and what is left."""
    x = np.random.default_rng(0).standard_normal((37, columns)).astype(kind)
    wide = x.astype(np.float64)
    tolerance = 1e-12 if kind == "float64" else 2e-5
    np.testing.assert_allclose(twice(lambda t: t.sum(1), x), wide.sum(1), rtol=tolerance, atol=tolerance * columns ** 0.5)
    np.testing.assert_array_equal(twice(lambda t: t.amax(1), x), x.max(1))
    np.testing.assert_array_equal(twice(lambda t: t.amin(1), x), x.min(1))
    np.testing.assert_array_equal(twice(lambda t: t.argmax(1), x), x.argmax(1))
    e = np.exp(wide - wide.max(1, keepdims=True))
    np.testing.assert_allclose(twice(lambda t: flambeau.softmax(t, 1), x), e / e.sum(1, keepdims=True), rtol=10 * tolerance)
    np.testing.assert_allclose(twice(lambda t: flambeau.softmax(t * 2 - t, 1) * 3, x), 3 * e / e.sum(1, keepdims=True), rtol=10 * tolerance)


@pytest.mark.parametrize("place", [0, 5, 63, 64, 70, 199])
@pytest.mark.parametrize("axis", [0, 1])
def test_nan_is_the_greatest_and_the_least(place, axis):
    """Wherever it stands, and only in its own row or column."""
    x = np.random.default_rng(1).standard_normal((200, 200)).astype(np.float32)
    x[place, place] = np.nan
    x[3, 3], x[4, 4] = np.inf, -np.inf
    for mine, theirs in ((lambda t: t.amax(axis), np.max), (lambda t: t.amin(axis), np.min)):
        found, expected = twice(mine, x), theirs(x, axis)
        assert np.isnan(found[place]) and np.isnan(found).sum() == 1
        np.testing.assert_array_equal(found, expected)


def test_softmax_of_rows_with_infinities():
    """A row of -inf is NaN, one +inf too, -inf among numbers is 0."""
    x = np.zeros((40, 300), np.float32)
    x[0], x[1, 7], x[2, 9], x[3, 11] = -np.inf, np.inf, -np.inf, np.nan
    y = twice(lambda t: flambeau.softmax(t, 1), x)
    assert np.isnan(y[[0, 1, 3]]).all() and y[2, 9] == 0 and np.allclose(y[2].sum(), 1) and np.allclose(y[4:], 1 / 300)


def test_what_is_computed_again_under_a_condition():
    """Padding: values outside are never read, also where a later pass wants them again."""
    x = np.random.default_rng(2).standard_normal((64, 50)).astype(np.float32)
    padded = np.pad(x, ((0, 0), (3, 3)))
    e = np.exp(padded - padded.max(1, keepdims=True))
    got = twice(lambda t: flambeau.softmax(flambeau.nn.functional.pad(t, (3, 3)), 1), x)
    np.testing.assert_allclose(got, e / e.sum(1, keepdims=True), rtol=1e-5)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_any_number_of_threads_gives_the_same_bits(threads):
    """Each thread has a row of its own for what is used again."""
    x = np.random.default_rng(3).standard_normal((301, 4099)).astype(np.float32)
    before = flambeau.get_num_threads()
    try:
        flambeau.set_num_threads(1)
        expected = twice(lambda t: flambeau.softmax(t, 1), x)
        flambeau.set_num_threads(threads)
        np.testing.assert_array_equal(twice(lambda t: flambeau.softmax(t, 1), x), expected)
    finally:
        flambeau.set_num_threads(before)
