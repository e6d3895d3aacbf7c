"""The random engine: numbers known from PyTorch, states, rules, and the exact arithmetic below them."""
import copy
import hashlib
import math
import pickle
import threading
from fractions import Fraction
from importlib import import_module

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import flambeau
from flambeau.core import exact, generator, shuffle
from flambeau.core.generator import RandomStream, in_storage_order

# What PyTorch 2.13 prints (as exact decimals) for each draw after torch.manual_seed(0)
KNOWN = {
    "rand": (lambda s: s.rand(4), [0.49625658988952637, 0.7682217955589294, 0.08847743272781372, 0.13203048706054688]),
    "rand float64": (lambda s: s.rand(3, "float64"), [0.9700530018065531, 0.707819864399788, 0.45938294312745087]),
    "rand float16": (lambda s: s.rand(3, "float16"), [0.496337890625, 0.76806640625, 0.0885009765625]),
    "rand complex64": (lambda s: s.rand(2, "complex64"),
                       [0.49625658988952637 + 0.7682217955589294j, 0.08847743272781372 + 0.13203048706054688j]),
    "uniform_": (lambda s: s.uniform(4, -0.3, 0.45), [0.07219243049621582, 0.27616631984710693, -0.23364193737506866, -0.2009771466255188]),
    "uniform_ float64": (lambda s: s.uniform(3, -0.3, 0.45, "float64"), [0.42753975135491484, 0.23086489829984097, 0.044537207345588165]),
    "randn of 3": (lambda s: s.normal(3), [1.5409960746765137, -0.293428897857666, -2.1787893772125244]),
    "randn of 17": (lambda s: s.normal(17), [
        -1.1258398294448853, -1.6959311962127686, 0.5666506290435791, 0.7935083508491516, 0.5988394618034363, -1.5550950765609741,
        -0.3413603901863098, 1.85300612449646, 0.46809640526771545, -0.5854975581169128, -0.1733967512845993, 0.18347793817520142,
        1.3893661499023438, 1.586334228515625, 0.946298360824585, -0.843676745891571, 0.9318265914916992]),
    "randn float64": (lambda s: s.normal(17, dtype="float64")[-3:], [-0.4484158047114511, -0.8910030351707375, 0.6748575435940039]),
    "randn float16": (lambda s: s.normal(17, dtype="float16")[-3:], [1.5859375, 0.9462890625, -0.84375]),
    "randn complex64": (lambda s: s.normal(2, dtype="complex64"),
                        [1.0896488428115845 - 0.20748557150363922j, -1.5406367778778076 + 0.40194159746170044j]),
    "normal_": (lambda s: s.normal(16, 1.5, 0.3)[:4], [1.1622480154037476, 1.1542918682098389, 1.4248263835906982, 1.3698363304138184]),
    "randint": (lambda s: s.integers(8, 0, 10), [4, 9, 3, 0, 3, 9, 7, 3]),
    "randint of 64 bits": (lambda s: s.integers(3, -5, 2**40), [741234585336, 506077272957, 291397093751]),
    "random_": (lambda s: s.random_bits(3), [900450186894289455, 3969543146641149120, 1895649597198586619]),
    "random_ float32": (lambda s: s.random_bits(3, "float32"), [8325664.0, 12888472.0, 1484222.0]),
    "randperm": (lambda s: s.permutation(10), [4, 1, 7, 5, 3, 9, 0, 8, 6, 2]),
    "bernoulli_": (lambda s: s.bernoulli_scalar(10, 0.3), [False] * 6 + [True, False, False, True]),
    "bernoulli": (lambda s: s.bernoulli_array(np.full(10, 0.3, "float32")), [False, False, True, True] + [False] * 6),
    "exponential_": (lambda s: s.exponential(3), [3.508326292037964, 1.2303847074508667, 0.615044116973877]),
    "cauchy_": (lambda s: s.cauchy(3), [10.597729682922363, 0.7647672891616821, -0.12829934060573578]),
    "log_normal_": (lambda s: s.log_normal(3), [59.2634162902832, 1.5115599632263184, 0.03481946140527725]),
    "geometric_": (lambda s: s.geometric(6, 0.3), [1, 1, 3, 1, 2, 1]),
    "multinomial": (lambda s: s.multinomial(np.array([1.0, 2, 3, 4], "float32"), 3), [2, 1, 3]),
    "multinomial with replacement": (lambda s: s.multinomial(np.array([1.0, 2, 3, 4], "float32"), 8, True), [3, 3, 2, 3, 3, 3, 1, 2]),
    "poisson": (lambda s: s.poisson(np.array([0.5, 3, 20, 300], "float32")), [2, 4, 21, 298]),
    "binomial": (lambda s: s.binomial(np.array([10, 100, 1000], "float32"), np.array([0.5, 0.3, 0.9], "float32")), [7, 31, 901]),
    "standard gamma": (lambda s: s.standard_gamma(np.array([0.5, 1, 5, 100], "float32")),
                       [0.0007893581641837955, 0.11898370087146759, 5.0217742919921875, 93.7340316772461]),
}

finite = st.floats(allow_nan=False, allow_infinity=False)
finite32 = st.floats(allow_nan=False, allow_infinity=False, width=32)


def unchanged(stream, seed=0):
    return (stream.get_state() == RandomStream(seed).get_state()).all()


@pytest.mark.parametrize("name", KNOWN)
def test_numbers_known_from_pytorch(name):
    draw, expected = KNOWN[name]
    assert draw(RandomStream(0)).tolist() == expected


def test_words_are_those_of_the_reference_implementation():
    words = RandomStream(5489)._words(10000)
    assert words[:5].tolist() == [3499211612, 581869302, 3890346734, 3586334585, 545404204]
    assert words[-1] == 4123659995          # ISO C++ [rand.predef]: the 10000th of mt19937


# states

def test_state_known_from_pytorch():
    stream = RandomStream(0)
    stream.rand(5), stream.normal(3)
    digest = hashlib.sha256(stream.get_state().tobytes()).hexdigest()
    assert digest == "8f7fb63f42a6db6c0d23a5b627e2507c180a735757c6c50ade89c9c834a7d548"


@pytest.mark.parametrize("before", [0, 1, 623, 624, 625, 1248])
@pytest.mark.parametrize("how", [RandomStream.clone, copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s)), "state"])
def test_copies_continue_alike_and_apart(before, how):
    stream = RandomStream(-7)
    stream.rand(before), stream.normal(1)
    if how == "state":
        twin = RandomStream()
        twin.set_state(stream.get_state().reshape(8, -1))
    else:
        twin = how(stream)
    assert twin.initial_seed() == stream.initial_seed() == 2**64 - 7
    expected = stream.normal(5).tolist() + stream.rand(700).tolist()
    assert twin.normal(5).tolist() + twin.rand(700).tolist() == expected
    assert (twin.get_state() == stream.get_state()).all()


def test_copies_are_of_the_same_class():
    class Mine(RandomStream):
        pass

    assert type(Mine(3).clone()) is Mine and Mine(3).clone().initial_seed() == 3


def test_seeds():
    stream = RandomStream()
    assert stream.initial_seed() == 67280421310721
    assert stream.manual_seed(5) is stream and stream.manual_seed(np.int64(5)).initial_seed() == 5
    assert stream.manual_seed(-1).initial_seed() == stream.manual_seed(2**64 - 1).initial_seed() == 2**64 - 1
    assert stream.manual_seed(2**32 + 7).rand(3).tolist() == RandomStream(7).rand(3).tolist()       # MT19937 takes 32 bits
    assert stream.seed() == stream.initial_seed() != stream.seed()
    stream.normal(1)
    assert unchanged(stream.manual_seed(0)), "seeding drops the kept normal number"


@pytest.mark.parametrize("seed, error", [(2**64, ValueError), (-2**63 - 1, ValueError), (1.5, RuntimeError), (True, RuntimeError),
                                         ("3", RuntimeError), (None, RuntimeError)])
def test_seeds_that_are_none(seed, error):
    with pytest.raises(error):
        RandomStream(0).manual_seed(seed)


def test_states_that_are_none():
    stream = RandomStream(0)
    good = stream.get_state()
    for bad, error in ((3, TypeError), (good.tobytes(), TypeError), (good.astype(np.int8), TypeError), (good[:-1], RuntimeError),
                       (np.zeros(5056, np.uint8), RuntimeError), (np.full(5056, 255, np.uint8), RuntimeError)):
        with pytest.raises(error):
            stream.set_state(bad)
    stream.rand(10)
    odd = stream.get_state()
    odd[16] += 1                            # next no longer fits left
    with pytest.raises(RuntimeError, match="add up to 625; found 1, 615 and 11"):
        RandomStream().set_state(odd)
    assert stream.get_state()[16] == 10, "a state is the caller's own"


@pytest.mark.parametrize("draw", [
    lambda s: s.rand(0), lambda s: s.uniform(0, 1, 2, "float64"), lambda s: s.normal(0), lambda s: s.normal(0, contiguous=False),
    lambda s: s.integers(0, 0, 9), lambda s: s.integers(0, 0, 2**50), lambda s: s.random_bits(0), lambda s: s.permutation(0),
    lambda s: s.permutation(1), lambda s: s.bernoulli_scalar(0, 0.5), lambda s: s.bernoulli_array(np.empty((2, 0))),
    lambda s: s.exponential(0), lambda s: s.cauchy(0), lambda s: s.geometric(0, 0.5), lambda s: s.log_normal(0),
    lambda s: s.multinomial(np.empty((0, 3)), 2), lambda s: s.poisson(np.empty(0)), lambda s: s.standard_gamma(np.empty(0)),
    lambda s: s.binomial(np.empty(0), np.empty(0)), lambda s: s.poisson(np.zeros(5)),
])
def test_nothing_drawn_leaves_the_stream_alone(draw):
    stream = RandomStream(0)
    draw(stream)
    assert unchanged(stream)
    stream.normal(1)
    state = stream.get_state()
    draw(stream)
    assert (stream.get_state() == state).all(), "with a normal number kept"


def test_threads_take_turns():
    """However the draws of several threads fall, each word is used once."""
    stream, drawn = RandomStream(0), []
    threads = [threading.Thread(target=lambda: drawn.extend(stream.rand(7).tolist() for _ in range(200))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other = RandomStream(0)
    expected = other.rand(4 * 200 * 7).reshape(-1, 7).tolist()
    assert sorted(drawn) == sorted(expected) and (stream.get_state() == other.get_state()).all()


def test_what_was_read_ahead_goes_back():
    stream, other = RandomStream(0), RandomStream(0)
    with stream._one_by_one(block=4) as draw:
        assert [draw() for _ in range(7)] == other.rand(7, "float64").tolist()
    assert (stream.get_state() == other.get_state()).all()
    with pytest.raises(KeyError), stream._one_by_one() as draw:
        draw()
        raise KeyError
    other.rand(1, "float64")
    assert (stream.get_state() == other.get_state()).all()


# draws

@pytest.mark.parametrize("n", [1, 15, 16, 17, 1000])
def test_the_kept_normal_number_waits_for_draws_one_by_one(n):
    stream, other = RandomStream(0), RandomStream(0)
    pair = other.normal(2)
    first = stream.normal(1)
    blocks = [s.normal(64) for s in (stream, other)]
    assert (blocks[0] == blocks[1]).all() and stream.normal(1)[0] == pair[1] and first[0] == pair[0]
    whole, parts = RandomStream(1).normal(n, contiguous=False), RandomStream(1)
    assert np.concatenate([parts.normal(1) for _ in range(n)]).tolist() == whole.tolist()


@pytest.mark.parametrize("low, high", [(0.0, 1.0), (-2.0, 3.0), (1.0, 1.0)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex128"])
def test_uniform_numbers_exclude_the_end(low, high, dtype):
    drawn = RandomStream(0).uniform(100_000, low, high, dtype)
    parts = np.stack([drawn.real, drawn.imag]) if dtype == "complex128" else drawn
    assert drawn.dtype == dtype and parts.min() >= low and (parts.max() < high or low == high)


@pytest.mark.filterwarnings("ignore:.*is out of bounds:UserWarning")
@pytest.mark.parametrize("dtype, low, high", [("bool", 0, 2), ("uint8", 250, 256), ("int8", -128, -126), ("uint64", 2**63 - 3, 2**63 - 1),
                                              ("float16", 2040, 2046), ("float32", 2**24 - 2, 2**24 + 6), ("int64", -2**63, 2 - 2**63)])
def test_integers_reach_both_ends_only(dtype, low, high):
    drawn = RandomStream(0).integers(500, low, high, dtype)
    assert drawn.dtype == dtype
    assert min(drawn.tolist()) == low and low <= max(drawn.tolist()) < high


def test_integers_beyond_what_a_floating_dtype_holds_are_warned_about():
    with pytest.warns(UserWarning, match=r"to - 1 is out of bounds \[-\(2\^24\), 2\^24\].*found 33554429"):
        RandomStream(0).integers(3, 0, 2**25, "float32")        # 2**25 - 1 is no float32, 2**25 - 2 is


@pytest.mark.parametrize("n", [0, 1, 2, 100, 5000])
def test_permutation_is_the_swaps_one_after_the_other(n):
    words, expected = RandomStream(0)._words(max(n - 1, 0)).tolist(), list(range(n))
    for i, word in enumerate(words):
        j = i + word % (n - i)
        expected[i], expected[j] = expected[j], expected[i]
    assert RandomStream(0).permutation(n).tolist() == expected


def test_a_long_permutation_is_made_inside_out(monkeypatch):
    monkeypatch.setattr(generator, "_LONG_PERMUTATION", 1000)
    n, expected, stream = 3000, [], RandomStream(0)
    for i, word in enumerate(RandomStream(0)._long_words(n).tolist()):
        j = word % (i + 1)
        expected.append(i)
        expected[i], expected[j] = expected[j], i
    assert stream.permutation(n).tolist() == expected and sorted(expected) == list(range(n))
    assert sorted(stream.permutation(999).tolist()) == list(range(999))


def test_multinomial_chooses_each_category_once_without_replacement():
    chosen = RandomStream(0).multinomial(np.array([[1.0, 0, 3], [0, 0, 2]]), 3)
    assert np.sort(chosen).tolist() == [[0, 1, 2], [0, 1, 2]] and chosen[0, 2] == 1 and chosen[1].tolist() == [2, 0, 1]
    assert set(RandomStream(0).multinomial(np.array([0.0, 1, 0, 1]), 100, True).tolist()) == {1, 3}


MOMENTS = {     # draw of many, mean, variance
    "rand": (lambda s, n: s.rand(n), 1 / 2, 1 / 12),
    "rand float64": (lambda s, n: s.rand(n, "float64"), 1 / 2, 1 / 12),
    "normal": (lambda s, n: s.normal(n, 3, 2), 3, 4),
    "normal float64": (lambda s, n: s.normal(n, -1, 0.5, "float64"), -1, 1 / 4),
    "normal one by one": (lambda s, n: s.normal(n, contiguous=False), 0, 1),
    "log_normal": (lambda s, n: s.log_normal(n, 0, 0.5), math.exp(1 / 8), math.expm1(1 / 4) * math.exp(1 / 4)),
    "integers": (lambda s, n: s.integers(n, -3, 8), 2, 10),
    "bernoulli": (lambda s, n: s.bernoulli_scalar(n, 0.3), 0.3, 0.21),
    "exponential": (lambda s, n: s.exponential(n, 2), 1 / 2, 1 / 4),
    "geometric": (lambda s, n: s.geometric(n, 0.25), 4, 12),
    "poisson, low rate": (lambda s, n: s.poisson(np.full(n, 2.5)), 2.5, 2.5),
    "poisson, high rate": (lambda s, n: s.poisson(np.full(n, 40.0)), 40, 40),
    "binomial, few": (lambda s, n: s.binomial(np.full(n, 10.0), np.full(n, 0.3)), 3, 2.1),
    "binomial, many": (lambda s, n: s.binomial(np.full(n, 200.0), np.full(n, 0.7)), 140, 42),
    "gamma": (lambda s, n: s.standard_gamma(np.full(n, 3.5)), 3.5, 3.5),
    "gamma, low shape": (lambda s, n: s.standard_gamma(np.full(n, 0.4)), 0.4, 0.4),
    "multinomial": (lambda s, n: s.multinomial(np.array([1.0, 2, 1]), n, True), 1, 1 / 2),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_mean_and_variance(name):
    draw, mean, variance = MOMENTS[name]
    n = 20_000
    drawn = draw(RandomStream(11), n).astype(np.float64)
    assert abs(drawn.mean() - mean) < 5 * math.sqrt(variance / n)
    assert abs(drawn.var() / variance - 1) < 0.08


def test_cauchy_quartiles():
    assert np.quantile(RandomStream(0).cauchy(20_000, 5, 2), [0.25, 0.5, 0.75]) == pytest.approx([3, 5, 7], abs=0.15)


def test_wild_parameters_do_not_fail():
    stream = RandomStream(0)
    assert np.isposinf(stream.normal(50, 3e38, 3e38)).any() and np.isinf(stream.normal(50, 0, 1e308, "float64")).any()
    assert np.isposinf(stream.log_normal(50, 0, 1e4, "float64")).any() and np.isposinf(stream.normal(50, 0, 1e5, "float16")).any()
    for draw in (stream.geometric, stream.exponential, lambda n, tiny: stream.normal(n, 0, 1e39)):
        assert draw(50, 1e-320).shape == (50,)
    assert (stream.exponential(50, math.inf) == 0).all() and (stream.normal(50, 7, 0) == 7).all()
    assert stream.poisson(np.array([1e18, 1e30, math.inf])).shape == (3,)
    assert math.isnan(stream.binomial(np.array([5.0, 5]), np.array([math.nan, 2]))[0])
    assert (stream.standard_gamma(np.array([0, -1, math.nan, 1e-300])) == np.finfo(np.float64).tiny).all()
    assert stream.standard_gamma(np.array([math.inf]))[0] == math.inf


@pytest.mark.parametrize("draw", [
    lambda s: s.uniform(3, 2, 1), lambda s: s.uniform(3, 0, math.inf), lambda s: s.uniform(3, math.nan, 1),
    lambda s: s.uniform(3, 0, 1e6, "float16"), lambda s: s.uniform(3, -6e4, 6e4, "float16"), lambda s: s.normal(3, 0, -1),
    lambda s: s.normal(0, 0, math.nan), lambda s: s.integers(3, 5, 5), lambda s: s.integers(3, 0, 300, "uint8"),
    lambda s: s.integers(3, -1, 3, "uint8"), lambda s: s.integers(3, 0, 70000, "float16"), lambda s: s.integers(3, 0, 3, "complex64"),
    lambda s: s.integers(3, -2**63, None, "int32"), lambda s: s.integers(3, 2**24, None, "float32"), lambda s: s.permutation(-1),
    lambda s: s.bernoulli_scalar(3, 1.5), lambda s: s.bernoulli_array(np.array([0.5, math.nan])), lambda s: s.exponential(3, 0),
    lambda s: s.exponential(3, 1, "int64"), lambda s: s.cauchy(3, 0, 0), lambda s: s.cauchy(3, 0, 1, "int64"),
    lambda s: s.log_normal(3, 0, 0), lambda s: s.geometric(3, 1), lambda s: s.poisson(np.array([1.0, -1])),
    lambda s: s.binomial(np.ones(1), np.ones(1, "float32")),
    lambda s: s.multinomial(np.array([1.0, -1]), 1), lambda s: s.multinomial(np.zeros(3), 2, True), lambda s: s.multinomial(np.ones(3), 4),
    lambda s: s.multinomial(np.ones(3), 0), lambda s: s.multinomial(np.ones((1, 1, 1)), 1), lambda s: s.multinomial(np.ones(3, int), 1),
    lambda s: s.multinomial(np.ones((2, 0)), 1, True),
])
def test_parameters_out_of_range(draw):
    stream = RandomStream(0)
    with pytest.raises(RuntimeError) as error:
        draw(stream)
    assert not isinstance(error.value, NotImplementedError) and "\n" not in str(error.value) and unchanged(stream)


@pytest.mark.parametrize("draw", [
    lambda s: s.rand(3, "int64"), lambda s: s.rand(3, "bool"), lambda s: s.normal(3, dtype="int32"), lambda s: s.random_bits(3, "uint16"),
    lambda s: s.log_normal(3, dtype="complex64"), lambda s: s.geometric(3, 0.5, "bool"), lambda s: s.bernoulli_array(np.array([0, 1])),
    lambda s: s.poisson(np.array([1])), lambda s: s.binomial(np.array([1]), np.array([1])),
    lambda s: s.standard_gamma(np.ones(3, "float16")),
])
def test_types_without_numbers(draw):
    stream = RandomStream(0)
    with pytest.raises(NotImplementedError):
        draw(stream)
    assert unchanged(stream)


def test_integer_bounds_of_more_than_64_bits():
    with pytest.raises(ValueError, match="64 bits"):
        RandomStream(0).integers(3, 0, 2**63)


@pytest.mark.parametrize("like", [np.empty((2, 3)), np.empty((2, 3)).T, np.empty((4, 3, 2)).transpose(1, 2, 0), np.empty((6, 5))[::2, ::5],
                                  np.empty(())])
def test_storage_order(like):
    """Written to memory in the order of addresses, the numbers are as drawn."""
    shaped = in_storage_order(np.arange(like.size), like)
    assert shaped.shape == like.shape
    offsets = sum((np.indices(like.shape)[axis] * stride for axis, stride in enumerate(like.strides)), np.zeros(like.shape, int))
    assert shaped.ravel()[np.argsort(offsets, axis=None)].tolist() == list(range(like.size))


# exact arithmetic

def rounded(value: Fraction, precision: int, least_exponent: int) -> float:
    """A fraction rounded to so many bits, ties to even; 2**least_exponent is the least normal number."""
    if not value:
        return 0.0
    size = abs(value)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    exponent -= size < Fraction(2)**exponent
    unit = Fraction(2)**(max(exponent, least_exponent) - precision + 1)
    result = round(value / unit) * unit
    return float(result) if abs(result) < Fraction(2)**(2 - least_exponent) else math.copysign(math.inf, 1 if value > 0 else -1)


def rounded32(value):
    return rounded(value, 24, -126)


def rounded64(value):
    return rounded(value, 53, -1022)


@given(finite32, finite32, finite32)
@example(1 + 2.0**-23, 1 + 2.0**-23, -1.0)
@example(1 + 2.0**-12, 1 + 2.0**-12, 2.0**-54)             # where rounding twice goes wrong: next to a midpoint of two float32s
@example(1 + 2.0**-12, 1 + 2.0**-12, -(2.0**-54))
@example(2.0**-75, 2.0**-75, 2.0**-149)
@example(2.0**-75, 2.0**-75 * (1 + 2.0**-23), 2.0**-149)    # below the normal range
def test_fused32_rounds_once(a, b, c):
    with np.errstate(over="ignore"):
        found = exact.fused32(np.array([a], np.float32), np.float32(b), np.float32(c))
    assert found.dtype == np.float32 and float(found[0]) == rounded32(Fraction(a) * Fraction(b) + Fraction(c))


@given(finite, finite, finite)
@example(1 + 2.0**-52, 1 + 2.0**-52, -1.0)
@example(1 + 2.0**-27, 1 + 2.0**-26, 2.0**-110)
@example(1e308, 10.0, -1e308)
@example(5e-324, 0.5, 5e-324)
@example(1e-200, 1e-200, 5e-324)
@example(0.0, 1e300, 3.0)
@example(3.0, 1 / 3, -1.0)
def test_fused64_rounds_once(a, b, c):
    assert exact.fused64(np.array([a]), b, c)[0] == rounded64(Fraction(a) * Fraction(b) + Fraction(c))


@given(st.floats(0.5, 2), st.floats(0.5, 2), st.floats(-4, 4), st.integers(-60, 60))
def test_fused64_rounds_once_when_terms_are_alike(a, b, c, power):
    c = math.ldexp(c, power)
    assert exact.fused64(np.array([a]), b, c)[0] == rounded64(Fraction(a) * Fraction(b) + Fraction(c))


def test_fused64_of_what_is_not_finite_and_of_zeros():
    values = np.array([math.inf, -math.inf, math.nan, 0.0, -0.0])
    found = exact.fused64(values, 2.0, 1.0)
    assert found[:2].tolist() == [math.inf, -math.inf] and math.isnan(found[2]) and found[3:].tolist() == [1.0, 1.0]
    assert math.copysign(1, exact.fused64(np.array([-0.0]), 2.0, -0.0)[0]) == -1


def test_narrowing_to_16_bits_goes_through_float32():
    just_over = 1 + 2.0**-11 + 2.0**-40         # above the midpoint of two float16s, but rounded onto it by float32
    assert exact.narrow(np.array([just_over]), np.dtype(np.float16))[0] == 1
    assert np.array([just_over]).astype(np.float16)[0] == 1 + 2.0**-10
    assert exact.narrow(np.array([1e9, -1e9]), np.dtype(np.float16)).tolist() == [math.inf, -math.inf]
    assert exact.narrow(np.array([40000]), np.dtype(np.uint16))[0] == 40000


def test_logarithm_of_zero_and_exponential_of_much():
    assert exact.log(0.0) == -math.inf and exact.log(2.0) == math.log(2.0)
    assert exact.exp(1e4) == math.inf and exact.exp(1.0) == math.e
    assert exact.libm(math.sin, np.array([0.0, 1.0])).tolist() == [0.0, math.sin(1.0)]
    assert exact.libm(math.sin, np.empty(0)).shape == (0,)


@given(st.lists(st.integers(0, 2**32), max_size=40))
def test_apply_swaps(numbers):
    n = len(numbers)
    targets = [i + number % (n - i) for i, number in enumerate(numbers)]
    expected = list(range(n))
    for i, j in enumerate(targets):
        expected[i], expected[j] = expected[j], expected[i]
    assert shuffle.apply_swaps(np.array(targets, np.int64)).tolist() == expected


def test_compiled_swaps(monkeypatch):
    compiled = import_module("flambeau.backends.llvm.swaps").apply_swaps
    targets = np.arange(10_000) + np.random.default_rng(0).integers(0, 1 << 30, 10_000) % np.arange(10_000, 0, -1)
    monkeypatch.setattr(shuffle, "compiled", None)
    expected = shuffle.apply_swaps(targets)
    assert np.array_equal(compiled(targets), expected)
    monkeypatch.setattr(shuffle, "compiled", compiled)
    assert np.array_equal(shuffle.apply_swaps(targets), expected)


def test_words_are_what_draws_are_made_of():
    generator = flambeau.Generator().manual_seed(3)
    words = generator.words(5)
    assert words.dtype == np.uint32 and (words[:4] % 2**24 / 2**24).tolist() == flambeau.rand(4, generator=generator.manual_seed(3)).tolist()
