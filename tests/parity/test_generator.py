"""The random engine against PyTorch's own, bit for bit: every draw, and the state that it leaves behind."""
import numpy as np
import pytest

from flambeau.core import generator as engine
from flambeau.core.generator import RandomStream, in_storage_order

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")
ml_dtypes = pytest.importorskip("ml_dtypes")

NUMPY = {torch.float16: np.dtype("float16"), torch.bfloat16: np.dtype(ml_dtypes.bfloat16), torch.float32: np.dtype("float32"),
         torch.float64: np.dtype("float64"), torch.complex64: np.dtype("complex64"), torch.complex128: np.dtype("complex128"),
         torch.bool: np.dtype("bool"), torch.uint8: np.dtype("uint8"), torch.int8: np.dtype("int8"), torch.int16: np.dtype("int16"),
         torch.int32: np.dtype("int32"), torch.int64: np.dtype("int64"), torch.uint16: np.dtype("uint16"),
         torch.uint32: np.dtype("uint32"), torch.uint64: np.dtype("uint64")}
FLOATING = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
COMPLEX = [torch.complex64, torch.complex128]
COMMON_INTEGERS = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]
SIZES = [0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 1000, 1007, 100003]
SEEDS = [0, 42, -3, 2**32 + 7, 2**64 - 1]


def array(tensor):
    """A tensor's elements as NumPy has them."""
    tensor = tensor.detach()
    return tensor.view(torch.int16).numpy().view(ml_dtypes.bfloat16) if tensor.dtype == torch.bfloat16 else tensor.numpy()


def same_bits(ours, theirs):
    """Whether an array and a tensor are of the same type, shape and bits (so that 0 is not -0)."""
    theirs = array(theirs)
    return ours.dtype == theirs.dtype and ours.shape == theirs.shape and ours.tobytes() == np.ascontiguousarray(theirs).tobytes()


class Pair:
    """The same draws from PyTorch's default generator and from a stream of ours, compared one by one."""

    def __init__(self, seed):
        torch.manual_seed(seed)
        self.stream = RandomStream(seed)

    def check(self, ours, theirs):
        assert same_bits(ours, theirs)
        assert (self.stream.get_state() == torch.get_rng_state().numpy()).all(), "the draw leaves another state"


@pytest.fixture(params=SEEDS[:2], ids="seed{}".format)
def pair(request):
    return Pair(request.param)


@pytest.mark.parametrize("seed", SEEDS)
def test_state_after_seeding(seed):
    pair = Pair(seed)
    assert pair.stream.initial_seed() == torch.initial_seed()
    pair.check(pair.stream.rand(3), torch.rand(3))


@pytest.mark.parametrize("dtype", FLOATING + COMPLEX, ids=str)
@pytest.mark.parametrize("n", SIZES)
def test_rand(pair, n, dtype):
    pair.check(pair.stream.rand(n, NUMPY[dtype]), torch.rand(n, dtype=dtype))


@pytest.mark.parametrize("bounds", [(-0.3, 0.45), (-1 / 28, 1 / 28), (1.1, 3.7), (0, 2), (2, 2), (-3, 0), (1e-44, 3e-42), (-1e4, 5e4)],
                         ids=str)
@pytest.mark.parametrize("dtype", FLOATING + COMPLEX, ids=str)
@pytest.mark.parametrize("n", [0, 17, 10007])
def test_uniform(pair, n, dtype, bounds):
    pair.check(pair.stream.uniform(n, *bounds, NUMPY[dtype]), torch.empty(n, dtype=dtype).uniform_(*bounds))


@pytest.mark.parametrize("bounds", [(-1e300, 7e307), (1e-310, 3e-308), (5e-324, 1e-320), (1e-200, 1e200), (-1e-300, 1e-299)], ids=str)
def test_uniform_float64_at_the_ends_of_its_range(pair, bounds):
    pair.check(pair.stream.uniform(2003, *bounds, np.float64), torch.empty(2003, dtype=torch.float64).uniform_(*bounds))


@pytest.mark.parametrize("dtype", FLOATING + COMPLEX, ids=str)
@pytest.mark.parametrize("n", SIZES)
def test_randn(pair, n, dtype):
    pair.check(pair.stream.normal(n, dtype=NUMPY[dtype]), torch.randn(n, dtype=dtype))


@pytest.mark.parametrize("parameters", [(1.5, 0.3), (0, 0.02), (-7, 1e-3), (0, 0), (3, 1e30), (1e-3, 1e-42)], ids=str)
@pytest.mark.parametrize("dtype", FLOATING + COMPLEX, ids=str)
@pytest.mark.parametrize("n", [0, 7, 16, 10007])
def test_normal(pair, n, dtype, parameters):
    pair.check(pair.stream.normal(n, *parameters, NUMPY[dtype]), torch.empty(n, dtype=dtype).normal_(*parameters))


@pytest.mark.parametrize("parameters", [(0, 1e308), (1e300, 1e-300), (0, 1e-310), (5e-324, 1e-200)], ids=str)
@pytest.mark.parametrize("n", [7, 1600])
def test_normal_float64_at_the_ends_of_its_range(pair, n, parameters):
    pair.check(pair.stream.normal(n, *parameters, np.float64), torch.empty(n, dtype=torch.float64).normal_(*parameters))


@pytest.mark.parametrize("dtype", FLOATING + COMPLEX, ids=str)
def test_normal_of_elements_that_lie_apart_or_in_another_order(pair, dtype):
    apart = torch.empty(2 * 1001, dtype=dtype)[::2].normal_(1.5, 0.3)
    pair.check(pair.stream.normal(1001, 1.5, 0.3, NUMPY[dtype], contiguous=False), apart)
    turned = torch.empty(10, 21, dtype=dtype).t().normal_()
    drawn = pair.stream.normal(210, dtype=NUMPY[dtype], contiguous=False)
    pair.check(np.ascontiguousarray(in_storage_order(drawn, np.empty((10, 21)).T)), turned)


def test_randn_of_many(pair):
    pair.check(pair.stream.normal(2_000_000), torch.randn(2_000_000))
    pair.check(pair.stream.normal(200_000, dtype=np.float64), torch.randn(200_000, dtype=torch.float64))


def test_kept_normal_number(pair):
    """It waits through draws by blocks and uniform ones for the next draw one by one."""
    for n, dtype in [(5, torch.float32), (100, torch.float32), (3, torch.float64), (0, torch.float32), (1, torch.bfloat16),
                     (33, torch.float16), (1, torch.float32), (15, torch.float64), (2, torch.complex64)]:
        pair.check(pair.stream.normal(n, dtype=NUMPY[dtype]), torch.randn(n, dtype=dtype))
        pair.check(pair.stream.rand(3), torch.rand(3))


@pytest.mark.parametrize("bounds", [(0, 1), (0, 10), (0, 2**28 - 1), (-5, 2**20), (0, 2**28), (-7, 2**40), (-2**63, 2**63 - 1),
                                    (2**62, 2**63 - 1)], ids=str)
def test_randint(pair, bounds):
    pair.check(pair.stream.integers(1000, *bounds), torch.randint(*bounds, (1000,)))


@pytest.mark.filterwarnings("ignore:.*is out of bounds:UserWarning")
@pytest.mark.parametrize("dtype, bounds", [
    (torch.bool, (0, 2)), (torch.uint8, (0, 256)), (torch.uint8, (3, 7)), (torch.int8, (-128, 128)), (torch.int16, (-5, 30000)),
    (torch.int32, (-2**31, 2**31)), (torch.int32, (0, 77)), (torch.uint16, (0, 2**16)), (torch.uint32, (1, 2**32)),
    (torch.uint64, (5, 2**63 - 1)), (torch.float32, (0, 1000)), (torch.float32, (-2**25, 2**30 + 1)),
    (torch.float32, (2**24 + 1, 2**24 + 5)), (torch.float32, (-2**63, 2**63 - 1)),
    (torch.float64, (-3, 2**55 + 3)), (torch.float64, (2**54 + 1, 2**54 + 9)), (torch.float16, (0, 4000)), (torch.float16, (-65503, 65504)),
    (torch.float16, (2049, 2060)), (torch.bfloat16, (0, 256)), (torch.bfloat16, (-1000, 1023)), (torch.bfloat16, (257, 1 << 40)),
], ids=str)
def test_randint_dtypes(pair, dtype, bounds):
    pair.check(pair.stream.integers(1000, *bounds, NUMPY[dtype]), torch.randint(*bounds, (1000,), dtype=dtype))


@pytest.mark.filterwarnings("ignore:.*is out of bounds:UserWarning")
@pytest.mark.parametrize("dtype, low", [(dtype, low) for dtype in FLOATING + COMMON_INTEGERS for low in (0, 1)]
                         + [(torch.float32, -2**30), (torch.bfloat16, -511), (torch.float64, 2**53 - 1), (torch.int32, -5),
                            (torch.int64, -2**63), (torch.int64, 1 - 2**63), (torch.float32, -2**63), (torch.float64, -2**63),
                            (torch.bfloat16, -2**63)], ids=str)
def test_random_from(pair, dtype, low):
    pair.check(pair.stream.integers(500, low, None, NUMPY[dtype]), torch.empty(500, dtype=dtype).random_(low, None))


@pytest.mark.parametrize("dtype", FLOATING + COMMON_INTEGERS, ids=str)
def test_random_bits(pair, dtype):
    pair.check(pair.stream.random_bits(1000, NUMPY[dtype]), torch.empty(1000, dtype=dtype).random_())


def test_random_i64(pair):
    assert [pair.stream.random_i64() for _ in range(100)] == torch.empty(100, dtype=torch.int64).random_().tolist()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 100, 1000, 60000, 1_000_000])
def test_randperm(pair, n):
    pair.check(pair.stream.permutation(n), torch.randperm(n))


def test_permutations_of_every_small_size():
    for n in range(60):
        pair = Pair(n)
        pair.check(pair.stream.permutation(n), torch.randperm(n))


@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 33, 1000, 100003])
@pytest.mark.parametrize("p", [0, 0.1, 0.3, 0.5, 1])
def test_bernoulli_scalar(pair, n, p):
    pair.check(pair.stream.bernoulli_scalar(n, p), torch.empty(n, dtype=torch.bool).bernoulli_(p))
    pair.check(pair.stream.bernoulli_scalar(n, p).astype(np.float32), torch.empty(n).bernoulli_(p))


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
def test_bernoulli_array(pair, dtype):
    p = torch.rand(10007, dtype=dtype)
    ours = pair.stream.rand(10007, NUMPY[dtype])
    pair.check(pair.stream.bernoulli_array(ours).astype(ours.dtype), torch.bernoulli(p))
    certain = torch.tensor([0, 1] * 50, dtype=dtype)
    pair.check(pair.stream.bernoulli_array(array(certain)), torch.empty(100, dtype=torch.bool).bernoulli_(certain))


@pytest.mark.parametrize("shape", [(10000,), (3, 5, 7), (64, 1000), (1_000_000,)], ids=str)
@pytest.mark.parametrize("q", [0.1, 0.25, 0.5, 0.9])
def test_dropout(pair, shape, q):
    x = torch.ones(shape)
    ours = pair.stream.bernoulli_scalar(x.numel(), 1 - q).astype(np.float32) / np.float32(1 - q)
    pair.check(ours.reshape(shape), torch.nn.functional.dropout(x, q, True))


LAYOUTS = {
    "permuted": lambda: torch.ones(7, 5, 3).permute(2, 0, 1),
    "channels last": lambda: torch.ones(2, 3, 5, 4).to(memory_format=torch.channels_last),
    "sliced and transposed": lambda: torch.ones(8, 9)[::2, ::3].t(),
    "expanded in front": lambda: torch.ones(1, 6).expand(5, 6),
    "expanded behind": lambda: torch.ones(6, 1).expand(6, 5),
    "expanded and transposed": lambda: torch.ones(1, 6).expand(5, 6).t(),
    "expanded in the middle": lambda: torch.ones(4, 1, 3).expand(4, 5, 3).permute(2, 1, 0),
    "expanded in two": lambda: torch.ones(4, 1, 3, 1).expand(4, 5, 3, 2).permute(3, 2, 0, 1),
    "one number": lambda: torch.ones(()).expand(3, 4),
    "equal strides": lambda: torch.ones(9).as_strided((2, 3), (2, 2)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_dropout_in_storage_order(pair, layout):
    x = LAYOUTS[layout]()
    mask = in_storage_order(pair.stream.bernoulli_scalar(x.numel(), 0.5).astype(np.float32), x.numpy())
    pair.check(np.ascontiguousarray(mask * 2), torch.nn.functional.dropout(x, 0.5))
    drawn = in_storage_order(pair.stream.rand(x.numel()), x.numpy())
    pair.check(np.ascontiguousarray(drawn), torch.rand_like(x))


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
@pytest.mark.parametrize("n", [0, 1, 33, 100003])
@pytest.mark.parametrize("rate", [1, 0.3, 7.5, 1e30, float("inf")])
def test_exponential(pair, n, dtype, rate):
    pair.check(pair.stream.exponential(n, rate, NUMPY[dtype]), torch.empty(n, dtype=dtype).exponential_(rate))


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
@pytest.mark.parametrize("n", [0, 1, 33, 10007])
def test_cauchy(pair, n, dtype):
    pair.check(pair.stream.cauchy(n, dtype=NUMPY[dtype]), torch.empty(n, dtype=dtype).cauchy_())
    pair.check(pair.stream.cauchy(n, 1.3, 0.7, NUMPY[dtype]), torch.empty(n, dtype=dtype).cauchy_(1.3, 0.7))


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
@pytest.mark.parametrize("n", [0, 1, 33, 10007])
def test_log_normal(pair, n, dtype):
    pair.check(pair.stream.log_normal(n, dtype=NUMPY[dtype]), torch.empty(n, dtype=dtype).log_normal_())
    pair.check(pair.stream.log_normal(n, -0.2, 300, NUMPY[dtype]), torch.empty(n, dtype=dtype).log_normal_(-0.2, 300))


@pytest.mark.parametrize("dtype", [*FLOATING, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64], ids=str)
@pytest.mark.parametrize("p", [0.2, 0.5, 0.97])
def test_geometric(pair, dtype, p):
    pair.check(pair.stream.geometric(10007, p, NUMPY[dtype]), torch.empty(10007, dtype=dtype).geometric_(p))


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
@pytest.mark.parametrize("shape", [(20,), (1,), (6, 20), (50, 3), (1000,)], ids=str)
def test_multinomial_with_replacement(pair, dtype, shape):
    weights = torch.rand(shape, dtype=dtype)
    ours = pair.stream.rand(weights.numel(), NUMPY[dtype]).reshape(shape)
    weights[..., -1], ours[..., -1] = 0.5, 0.5          # so that no row is all zero
    for k in (1, 2, 50):
        pair.check(pair.stream.multinomial(ours, k, True), torch.multinomial(weights, k, True))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("shape", [(20,), (1,), (6, 20), (50, 3), (1000,), (2, 50000)], ids=str)
def test_multinomial_without_replacement(pair, dtype, shape):
    weights = torch.rand(shape, dtype=dtype)
    ours = pair.stream.rand(weights.numel(), NUMPY[dtype]).reshape(shape)
    for k in sorted({1, min(2, shape[-1]), min(20, shape[-1])}):
        pair.check(pair.stream.multinomial(ours, k), torch.multinomial(weights, k))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_multinomial_of_one_in_16_bits(pair, dtype):
    weights = torch.rand(40, 60, dtype=dtype)
    ours = pair.stream.rand(2400, NUMPY[dtype]).reshape(40, 60)
    pair.check(pair.stream.multinomial(ours, 1), torch.multinomial(weights, 1))


def test_multinomial_of_weights_in_another_order(pair):
    weights = torch.rand(20, 10)
    ours = pair.stream.rand(200).reshape(20, 10)
    for k, replacement in ((3, False), (1, False), (4, True)):
        pair.check(pair.stream.multinomial(ours.T, k, replacement), torch.multinomial(weights.t(), k, replacement))
        pair.check(pair.stream.multinomial(ours[:, ::2], k, replacement), torch.multinomial(weights[:, ::2], k, replacement))
        row = np.broadcast_to(ours[:1], (5, 10))
        pair.check(pair.stream.multinomial(row, k, replacement), torch.multinomial(weights[:1].expand(5, 10), k, replacement))


def test_multinomial_draws_nothing_for_no_rows(pair):
    pair.check(pair.stream.multinomial(np.ones((0, 3), np.float32), 2), torch.multinomial(torch.ones(0, 3), 2))


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
def test_poisson(pair, dtype):
    rates = torch.cat([torch.linspace(0, 12, 4001), torch.linspace(12, 3000, 4000)]).to(dtype)
    pair.check(pair.stream.poisson(array(rates)), torch.poisson(rates))
    wild = torch.tensor([1e4, 6e4, 1e-3, 0.0] if dtype == torch.float16 else [1e10, 1e15, 1e18, 1e-30, 0.0], dtype=dtype)
    pair.check(pair.stream.poisson(array(wild)), torch.poisson(wild))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_binomial(pair, dtype):
    counts = torch.arange(6000).to(dtype) % 997
    for p in (0.0, 0.003, 0.2, 0.5, 0.7, 0.999, 1.0, 2.0, -1.0):
        p = torch.full_like(counts, p)
        pair.check(pair.stream.binomial(array(counts), array(p)), torch.binomial(counts, p))
    odd = torch.tensor([5.7, -3, 0, 1e6, 1e12, 20], dtype=dtype), torch.tensor([0.5, 0.5, 0.5, 0.3, 0.01, float("nan")], dtype=dtype)
    pair.check(pair.stream.binomial(*map(array, odd)), torch.binomial(*odd))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_standard_gamma(pair, dtype):
    wild = torch.tensor([1e-30, 1e-40, 1e20, float("inf"), -1.0, -0.3])
    alpha = torch.cat([torch.linspace(0, 3, 3001), torch.linspace(3, 500, 1000), wild]).to(dtype)
    pair.check(pair.stream.standard_gamma(array(alpha)), torch._standard_gamma(alpha))
    pair.check(pair.stream.normal(3), torch.randn(3))


def test_normal_of_tensors(pair):
    """torch.normal with a tensor draws standard normal numbers (or with the std given) and scales and shifts them afterwards."""
    mean, std = torch.arange(200.0).reshape(10, 20), torch.linspace(0, 3, 20)
    drawn = pair.stream.normal(200).reshape(10, 20)
    pair.check(drawn * std.numpy() + mean.numpy(), torch.normal(mean, std))
    pair.check(pair.stream.normal(200, 0, 2.5).reshape(10, 20) + mean.numpy(), torch.normal(mean, 2.5))
    pair.check(pair.stream.normal(20) * std.numpy() + np.float32(2), torch.normal(2.0, std))
    pair.check(pair.stream.normal(200, 2, 3).reshape(10, 20), torch.normal(2.0, 3.0, (10, 20)))


DRAWS = [
    (lambda s: s.rand(3), lambda: torch.rand(3)),
    (lambda s: s.rand(1000, np.float64), lambda: torch.rand(1000, dtype=torch.float64)),
    (lambda s: s.normal(5), lambda: torch.randn(5)),
    (lambda s: s.normal(33, dtype=np.float64), lambda: torch.randn(33, dtype=torch.float64)),
    (lambda s: s.normal(40, dtype=np.float16), lambda: torch.randn(40, dtype=torch.float16)),
    (lambda s: s.log_normal(7), lambda: torch.empty(7).log_normal_()),
    (lambda s: s.permutation(623), lambda: torch.randperm(623)),
    (lambda s: s.integers(11, 0, 5), lambda: torch.randint(0, 5, (11,))),
    (lambda s: s.bernoulli_scalar(13, 0.3).astype(np.float32), lambda: torch.empty(13).bernoulli_(0.3)),
    (lambda s: s.poisson(np.full(9, 20, np.float32)), lambda: torch.poisson(torch.full((9,), 20.0))),
    (lambda s: s.standard_gamma(np.full(4, 0.5, np.float32)), lambda: torch._standard_gamma(torch.full((4,), 0.5))),
    (lambda s: s.exponential(21), lambda: torch.empty(21).exponential_()),
]


@pytest.mark.parametrize("seed", range(6))
def test_interleaved_draws_and_states_in_both_directions(seed):
    pair, order = Pair(seed), np.random.RandomState(seed)
    for turn in range(60):
        ours, theirs = DRAWS[order.randint(len(DRAWS))]
        pair.check(ours(pair.stream), theirs())
        if turn % 7 == 3:
            torch.set_rng_state(torch.from_numpy(pair.stream.get_state()))
        elif turn % 7 == 5:
            pair.stream = RandomStream()
            pair.stream.set_state(torch.get_rng_state().numpy())


@pytest.mark.parametrize("words", [0, 1, 2, 3, 100, 623, 624, 625, 1247, 1248, 5000])
@pytest.mark.parametrize("normals", [0, 3, 4])
def test_state_at_every_kind_of_point(words, normals):
    pair = Pair(14)
    pair.check(pair.stream.rand(words), torch.rand(words))
    pair.check(pair.stream.normal(normals), torch.randn(normals))
    ours, theirs = RandomStream(), torch.Generator()
    ours.set_state(torch.get_rng_state().numpy())
    theirs.set_state(torch.from_numpy(pair.stream.get_state()))
    assert (ours.get_state() == theirs.get_state().numpy()).all() and ours.initial_seed() == theirs.initial_seed() == 14
    assert same_bits(ours.normal(7), torch.randn(7, generator=theirs))
    assert same_bits(ours.rand(700), torch.rand(700, generator=theirs))


@pytest.mark.parametrize("call", [
    (lambda s: s.manual_seed(2**64), lambda g: g.manual_seed(2**64)),
    (lambda s: s.manual_seed(-2**63 - 1), lambda g: g.manual_seed(-2**63 - 1)),
    (lambda s: s.manual_seed(1.5), lambda g: g.manual_seed(1.5)),
    (lambda s: s.manual_seed(True), lambda g: g.manual_seed(True)),
    (lambda s: s.set_state(np.zeros(5056, np.uint8)), lambda g: g.set_state(torch.zeros(5056, dtype=torch.uint8))),
    (lambda s: s.set_state(np.zeros(10, np.uint8)), lambda g: g.set_state(torch.zeros(10, dtype=torch.uint8))),
    (lambda s: s.set_state(np.zeros(5056)), lambda g: g.set_state(torch.zeros(5056))),
    (lambda s: s.set_state(3), lambda g: g.set_state(3)),
    (lambda s: s.uniform(3, 2, 1), lambda g: torch.empty(3).uniform_(2, 1, generator=g)),
    (lambda s: s.uniform(3, float("nan"), 1), lambda g: torch.empty(3).uniform_(float("nan"), 1, generator=g)),
    (lambda s: s.uniform(3, -60000, 60000, "float16"), lambda g: torch.empty(3).half().uniform_(-60000, 60000, generator=g)),
    (lambda s: s.uniform(3, dtype="int64"), lambda g: torch.empty(3).long().uniform_(generator=g)),
    (lambda s: s.normal(3, 0, -1), lambda g: torch.empty(3).normal_(0, -1, generator=g)),
    (lambda s: s.normal(0, 0, float("nan")), lambda g: torch.empty(0).normal_(0, float("nan"), generator=g)),
    (lambda s: s.normal(3, dtype="int64"), lambda g: torch.empty(3).long().normal_(generator=g)),
    (lambda s: s.integers(3, 5, 5), lambda g: torch.randint(5, 5, (3,), generator=g)),
    (lambda s: s.integers(3, 0, 2**63), lambda g: torch.randint(0, 2**63, (3,), generator=g)),
    (lambda s: s.integers(3, 0, 300, "uint8"), lambda g: torch.randint(0, 300, (3,), dtype=torch.uint8, generator=g)),
    (lambda s: s.integers(3, -1, 3, "uint8"), lambda g: torch.randint(-1, 3, (3,), dtype=torch.uint8, generator=g)),
    (lambda s: s.integers(3, 0, 3, "bool"), lambda g: torch.randint(0, 3, (3,), dtype=torch.bool, generator=g)),
    (lambda s: s.integers(3, 0, 70000, "float16"), lambda g: torch.randint(0, 70000, (3,), dtype=torch.float16, generator=g)),
    (lambda s: s.integers(3, 0, 3, "complex64"), lambda g: torch.randint(0, 3, (3,), dtype=torch.complex64, generator=g)),
    (lambda s: s.integers(3, 2**24, None, "float32"), lambda g: torch.empty(3).random_(2**24, None, generator=g)),
    (lambda s: s.integers(3, -2**63, None, "int32"), lambda g: torch.empty(3).int().random_(-2**63, None, generator=g)),
    (lambda s: s.random_bits(3, "uint16"), lambda g: torch.empty(3).to(torch.uint16).random_(generator=g)),
    (lambda s: s.permutation(-1), lambda g: torch.randperm(-1, generator=g)),
    (lambda s: s.bernoulli_scalar(3, 1.5), lambda g: torch.empty(3).bernoulli_(1.5, generator=g)),
    (lambda s: s.bernoulli_array(np.array([0.1, 2])), lambda g: torch.bernoulli(torch.tensor([0.1, 2]), generator=g)),
    (lambda s: s.bernoulli_array(np.array([1, 0])), lambda g: torch.bernoulli(torch.tensor([1, 0]), generator=g)),
    (lambda s: s.exponential(3, 0), lambda g: torch.empty(3).exponential_(0, generator=g)),
    (lambda s: s.exponential(3, 1, "int64"), lambda g: torch.empty(3).long().exponential_(generator=g)),
    (lambda s: s.cauchy(3, 0, 0), lambda g: torch.empty(3).cauchy_(0, 0, generator=g)),
    (lambda s: s.cauchy(3, dtype="int64"), lambda g: torch.empty(3).long().cauchy_(generator=g)),
    (lambda s: s.log_normal(3, 0, 0), lambda g: torch.empty(3).log_normal_(0, 0, generator=g)),
    (lambda s: s.log_normal(3, dtype="int64"), lambda g: torch.empty(3).long().log_normal_(generator=g)),
    (lambda s: s.geometric(3, 1), lambda g: torch.empty(3).geometric_(1, generator=g)),
    (lambda s: s.geometric(3, 0.5, "bool"), lambda g: torch.empty(3).bool().geometric_(0.5, generator=g)),
    (lambda s: s.multinomial(np.array([1.0, -1]), 1), lambda g: torch.multinomial(torch.tensor([1.0, -1]), 1, generator=g)),
    (lambda s: s.multinomial(np.array([1, np.nan]), 3, True), lambda g: torch.multinomial(torch.tensor([1, np.nan]), 3, True, generator=g)),
    (lambda s: s.multinomial(np.zeros(2), 1), lambda g: torch.multinomial(torch.zeros(2), 1, generator=g)),
    (lambda s: s.multinomial(np.zeros(2), 3, True), lambda g: torch.multinomial(torch.zeros(2), 3, True, generator=g)),
    (lambda s: s.multinomial(np.ones(3), 4), lambda g: torch.multinomial(torch.ones(3), 4, generator=g)),
    (lambda s: s.multinomial(np.ones(3), 0), lambda g: torch.multinomial(torch.ones(3), 0, generator=g)),
    (lambda s: s.multinomial(np.ones((2, 2, 2)), 1), lambda g: torch.multinomial(torch.ones(2, 2, 2), 1, generator=g)),
    (lambda s: s.multinomial(np.ones(3, int), 1), lambda g: torch.multinomial(torch.ones(3).long(), 1, generator=g)),
    (lambda s: s.multinomial(np.ones((3, 0)), 1, True), lambda g: torch.multinomial(torch.ones(3, 0), 1, True, generator=g)),
    (lambda s: s.poisson(np.array([-1.0])), lambda g: torch.poisson(torch.tensor([-1.0]), generator=g)),
    (lambda s: s.poisson(np.array([1])), lambda g: torch.poisson(torch.tensor([1]), generator=g)),
    (lambda s: s.binomial(np.ones(2), np.ones(2, "f")), lambda g: torch.binomial(torch.ones(2), torch.ones(2).double(), generator=g)),
    (lambda s: s.standard_gamma(np.ones(2, "f2")), lambda g: torch._standard_gamma(torch.ones(2).half(), generator=g)),
])
def test_errors_are_of_the_same_type_and_draw_nothing(call):
    ours, theirs = call
    stream, other = RandomStream(3), torch.Generator().manual_seed(3)
    with pytest.raises((RuntimeError, TypeError, ValueError, IndexError)) as expected:
        theirs(other)
    with pytest.raises(expected.type) as found:
        ours(stream)
    assert type(found.value) is expected.type and "\n" not in str(found.value)
    assert (stream.get_state() == RandomStream(3).get_state()).all()


def test_default_seed():
    assert torch.Generator().initial_seed() == RandomStream().initial_seed() == 67280421310721
    assert (torch.Generator().get_state().numpy() == RandomStream().get_state()).all()


def test_threshold_of_long_permutations():
    """Not compared with PyTorch, which needs seconds and gigabytes for one: 2**32 - 1 over 20, as found there."""
    assert engine._LONG_PERMUTATION == 214748364
