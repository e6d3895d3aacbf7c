"""Elementwise operators, reductions and orders against PyTorch: every dtype, special values, gradients, and where equal elements land."""
import itertools
import warnings

import numpy as np
import pytest

import flambeau

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")

NAN, INF = float("nan"), float("inf")
FLOATS = [-INF, -3.7, -2.0, -1.0, -0.25, -0.0, 0.0, 0.25, 1.0, 2.5, 100.0, NAN]
VALUES = {"bool": [True, False], "uint8": [1, 2, 7, 200], "int8": [-7, -1, 1, 3], "int64": [-7, -2, 1, 3, 9], "float16": FLOATS, "bfloat16": FLOATS,
          "float32": FLOATS, "float64": FLOATS, "complex64": [complex(a, b) for a in (-2.0, 0.5) for b in (-1.0, 0.5)]}
TOLERANCE = {"float16": 2e-3, "bfloat16": 1e-2, "float32": 2e-5, "complex64": 3e-5}

UNARY = """abs acos acosh angle asin asinh atan atanh bitwise_not ceil cos cosh deg2rad exp exp2 expm1 floor frac i0 isfinite isinf isnan isneginf isposinf
    isreal log log10 log1p log2 logical_not neg rad2deg reciprocal round rsqrt sgn sigmoid sign sin sinc sinh sqrt square tan tanh trunc frexp erf erfc
    nn.functional.relu6 nn.functional.leaky_relu nn.functional.elu nn.functional.silu nn.functional.mish nn.functional.softplus nn.functional.hardtanh
    nn.functional.hardswish nn.functional.hardshrink nn.functional.logsigmoid selu sum nansum mean nanmean all any max min argmax argmin median nanmedian
    var_mean sort argsort diff""".split()
BINARY = """add mul div floor_divide fmod remainder atan2 maximum minimum fmax fmin xlogy eq ne lt le gt ge logical_and logical_or logical_xor bitwise_and
    bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift gcd lcm heaviside isclose""".split()


def function(package, name):
    for part in name.split("."):
        package = getattr(package, part)
    return package


def tensor(package, dtype, values):
    kind = getattr(package, dtype)
    return package.tensor(values, dtype=kind) if dtype in ("float64", "complex64") else package.tensor(values).to(kind)


def numbers(t):
    t = t.detach()
    return (t.float() if "bfloat16" in str(t.dtype) else t).numpy(force=True)


def agree(ours, theirs, where, looser=1):
    assert str(ours.dtype) == str(theirs.dtype), where
    a, b = numbers(ours), numbers(theirs)
    if b.dtype.kind in "fc":
        tolerance = TOLERANCE.get(str(theirs.dtype)[6:], 1e-9) * looser
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance / 10, err_msg=where)
    else:
        np.testing.assert_array_equal(a, b, err_msg=where)


def results(value):
    return value if isinstance(value, tuple) else (value,)


def outcome(call, *inputs):
    """What a call gives, or what it raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call(*inputs), None
    except Exception as error:
        return None, error


def compare(name, dtypes, ours, theirs, inputs, reference):
    """One call on both sides: the same error type, or the same values."""
    where = f"{name}({', '.join(dtypes)})"
    found, error = outcome(ours, *inputs)
    expected, refusal = outcome(theirs, *reference)
    if refusal is not None:
        kind = RuntimeError if isinstance(refusal, NotImplementedError) else type(refusal)
        assert isinstance(error, kind), f"{where}: torch {refusal!r}, here {error!r}"
        return None
    assert error is None, f"{where}: {error!r}"
    for a, b in zip(results(found), results(expected), strict=True):
        agree(a, b, where)
    return where


@pytest.mark.parametrize("name", UNARY)
def test_one_operand(name):
    ours, theirs = function(flambeau, name), function(torch, name)
    for dtype, values in VALUES.items():
        where = compare(name, [dtype], ours, theirs, [tensor(flambeau, dtype, values)], [tensor(torch, dtype, values)])
        if where is None or dtype not in ("float32", "float64"):
            continue
        x, y = tensor(flambeau, dtype, values).requires_grad_(), tensor(torch, dtype, values).requires_grad_()
        found, expected = results(ours(x))[0], results(theirs(y))[0]
        assert found.requires_grad == expected.requires_grad, where
        if expected.requires_grad:
            assert type(found.grad_fn).__name__ == type(expected.grad_fn).__name__, where
            found.sum().backward()
            expected.sum().backward()
            agree(x.grad, y.grad, f"gradient of {where}", 10)


@pytest.mark.parametrize("name", BINARY)
def test_two_operands(name):
    ours, theirs = function(flambeau, name), function(torch, name)
    for first, second in itertools.product(VALUES, repeat=2):
        if "complex64" in (first, second) and name in ("add", "mul", "div"):
            continue                                                        # with infinities PyTorch's complex products differ by vector width
        pair = [tensor(flambeau, first, VALUES[first])[:, None], tensor(flambeau, second, VALUES[second])[None]]
        reference = [tensor(torch, first, VALUES[first])[:, None], tensor(torch, second, VALUES[second])[None]]
        compare(name, [first, second], ours, theirs, pair, reference)


@pytest.mark.parametrize("seed", range(25))
def test_where_equal_elements_land(seed):
    """Indices of sorts and selections agree although PyTorch leaves the order of equal elements open."""
    rng = np.random.default_rng(seed)
    shape = [int(n) for n in rng.integers(1, 90, rng.integers(1, 3))]
    x = rng.integers(0, rng.integers(1, 30), shape).astype(np.float32 if seed % 2 else np.int64)
    d = int(rng.integers(0, len(shape)))
    k, down = int(rng.integers(1, shape[d] + 1)), bool(rng.integers(2))
    ours, theirs = flambeau.tensor(x), torch.tensor(x)
    for call in (lambda t: t.sort(d, down), lambda t: t.sort(dim=d, descending=down, stable=True), lambda t: t.topk(k, d, down), lambda t: t.mode(d),
                 lambda t: t.topk(k, d, down, sorted=False), lambda t: t.kthvalue(k, d), lambda t: t.median(d), lambda t: t.max(d), lambda t: t.cummax(d)):
        for a, b in zip(call(ours), call(theirs), strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_where_equal_elements_land_in_long_vectors():
    for length in (32767, 32768):
        x = np.random.default_rng(0).integers(0, 9, length)
        for kind in (np.int64, np.float32):
            np.testing.assert_array_equal(flambeau.tensor(x.astype(kind)).argsort().numpy(), torch.tensor(x.astype(kind)).argsort().numpy())
    down = np.arange(4000)[::-1] // 3                                       # sorted already, and the sequence that exhausts the partitions' depth
    killer = np.zeros(2000, int)
    half = len(killer) // 2
    for i in range(1, half + 1):
        if i % 2:
            killer[i - 1], killer[i] = i, half + i
        killer[half + i - 1] = 2 * i
    for x in (down, killer // 4):
        np.testing.assert_array_equal(flambeau.tensor(x.copy()).argsort().numpy(), torch.tensor(x.copy()).argsort().numpy())
