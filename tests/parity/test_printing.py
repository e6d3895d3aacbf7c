"""format_tensor against PyTorch's repr, on tensors of every dtype, magnitude and shape, under random print options."""

import numpy as np
import pytest

from flambeau.core import printing

torch = pytest.importorskip("torch")

FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
COMPLEX = [torch.complex64, torch.complex128]
INTEGERS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.uint16, torch.uint32, torch.uint64]
DTYPES = [torch.bool, *INTEGERS, *FLOATS, *COMPLEX]
SHAPES = [(), (0,), (1,), (0, 3), (2, 0), (7,), (3, 400), (1001,), (2, 1, 3), (11, 12, 13), (7, 1, 7, 2, 14)]
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, 1e-4, 9.9999e-5, 1e8, 1.0001e8, 0.5, 999.5, 1000.0, 1e-3, 99999.0, 123456.0]


@pytest.fixture(autouse=True)
def restore():
    yield
    torch.set_printoptions(profile="default")
    printing.set_printoptions(profile="default")
    torch.set_default_dtype(torch.float32)


def ours(tensor, **more):
    """What flambeau prints for a PyTorch tensor."""
    plain = tensor.detach()
    if plain.device.type == "meta":
        array = None
    elif plain.dtype is torch.bfloat16:
        array = plain.view(torch.int16).numpy().view(pytest.importorskip("ml_dtypes").bfloat16)
    else:
        array = plain.resolve_conj().resolve_neg().numpy()
    facts = {
        "dtype_name": str(tensor.dtype),
        "default_dtype_name": str(torch.get_default_dtype()),
        "device": str(tensor.device),
        "requires_grad": tensor.requires_grad,
        "grad_fn_name": type(tensor.grad_fn).__name__ if tensor.grad_fn is not None else None,
        "shape": tensor.shape,
    }
    return printing.format_tensor(array, **(facts | more))


def random_shape(rng):
    lengths = rng.choice([0, 1, 2, 3, 5, 6, 7, 8, 11, 30, 70, 1200], size=rng.integers(0, 5), p=[0.03, *[0.12] * 7, 0.05, 0.04, 0.03, 0.01])
    while lengths.size and np.prod(lengths) > 5000:
        lengths[np.argmax(lengths)] //= 4
    return tuple(int(n) for n in lengths)


def random_floats(rng, shape):
    """Floats of one temper: whole, short decimals, one magnitude or many, sprinkled with zeros, infinities and special values."""
    kind = rng.integers(6)
    if kind == 0:
        values = rng.integers(-(10 ** rng.integers(1, 12)), 10 ** rng.integers(1, 12), shape).astype(float)
    elif kind == 1:
        values = np.round(rng.normal(0, 10.0 ** rng.integers(-3, 6), shape), rng.integers(0, 5))
    elif kind == 2:
        values = rng.normal(size=shape) * 10.0 ** rng.integers(-45, 309)
    elif kind == 3:
        values = rng.normal(size=shape) * 10.0 ** rng.integers(-5, 5, shape)
    elif kind == 4:
        values = rng.normal(size=shape) * 10.0 ** rng.integers(-320, 308, shape)
    else:
        values = rng.choice(SPECIAL, shape)
    share = rng.choice([0, 0, 0.1, 0.6, 1.0])
    return np.where(rng.random(shape) < share, rng.choice(SPECIAL[: rng.integers(1, 6)], shape), values)


def random_tensor(rng):
    dtype, shape = DTYPES[rng.integers(len(DTYPES))], random_shape(rng)
    with np.errstate(all="ignore"):
        if dtype is torch.bool:
            tensor = torch.from_numpy(np.asarray(rng.random(shape) < rng.choice([0, 0.5, 1])))
        elif dtype in INTEGERS:
            info = torch.iinfo(dtype)
            most = min(info.max, 10 ** int(rng.integers(0, 20)))
            values = rng.integers(max(info.min, -most), most, shape, np.uint64 if dtype is torch.uint64 else np.int64, endpoint=True)
            tensor = torch.from_numpy(np.asarray(values)).to(dtype)
        elif dtype in COMPLEX:
            tensor = torch.complex(*(torch.from_numpy(np.asarray(random_floats(rng, shape))) for _ in range(2))).to(dtype)
        else:
            tensor = torch.from_numpy(np.asarray(random_floats(rng, shape))).to(dtype)
    if tensor.dim() > 1 and rng.random() < 0.3:
        tensor = tensor.transpose(0, -1)
    if dtype in FLOATS + COMPLEX:
        tensor.requires_grad_(bool(rng.random() < 0.2))
        if rng.random() < 0.2:
            tensor = tensor * 1
    return tensor


def random_options(rng):
    options = {"sci_mode": [None, None, True, False][rng.integers(4)]}
    for name, choices in {
        "precision": [0, 1, 2, 3, 4, 8, 12],
        "threshold": [0, 1, 5, 50, 1000, float("inf")],
        "edgeitems": [0, 1, 2, 3, 5],
        "linewidth": [1, 20, 60, 80, 120, 1000],
        "profile": ["default", "short", "full"],
    }.items():
        if rng.random() < 0.3:
            options[name] = choices[rng.integers(len(choices))]
    return options


@pytest.mark.parametrize("seed", range(10))
def test_random_tensors(seed):
    rng = np.random.default_rng(seed)
    for trial in range(60):
        options = {"profile": "default"} if trial % 2 else random_options(rng)
        torch.set_printoptions(**options)
        printing.set_printoptions(**options)
        torch.set_default_dtype(FLOATS[rng.integers(4)] if trial % 3 == 0 else torch.float32)
        tensor = random_tensor(rng)
        assert ours(tensor) == repr(tensor), (seed, trial, options)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_dtype_and_shape(dtype, shape):
    tensor = (torch.arange(np.prod(shape, dtype=int)).reshape(shape) / (4 if dtype.is_floating_point else 1)).to(dtype)
    assert ours(tensor) == repr(tensor)
    assert ours(tensor.to("meta")) == repr(tensor.to("meta"))


def test_options_are_reported_and_restored_as_in_pytorch():
    theirs = torch._tensor_str
    for options in ({"profile": "short"}, {"precision": 9, "sci_mode": True}, {"profile": "full", "edgeitems": 8}, {}):
        torch.set_printoptions(**options)
        printing.set_printoptions(**options)
        assert printing.get_printoptions() == theirs.get_printoptions()
        assert list(printing.get_printoptions()) == list(theirs.get_printoptions())
        with theirs.printoptions(linewidth=33), printing.printoptions(linewidth=33):
            assert printing.get_printoptions() == theirs.get_printoptions()
        assert printing.get_printoptions() == theirs.get_printoptions()


def test_subclasses_parameters_and_given_contents():
    class MyTensor(torch.Tensor):
        pass

    class MyParameter(torch.nn.Parameter):
        pass

    values = torch.arange(30.0) / 8
    assert ours(values, prefix="MyTensor(") == repr(MyTensor(values))
    mine = torch.nn.Parameter(MyTensor(values))
    assert ours(mine, prefix="MyTensor(", parameter=True) == repr(mine)
    own = MyParameter(values)
    assert "Parameter containing:\n" + ours(own, prefix="MyParameter(", parameter=True) == repr(own)
    plain = torch.nn.Parameter(values)
    assert "Parameter containing:\n" + ours(plain, parameter=True) == repr(plain)
    for tensor in (values, values.half(), torch.empty(0, 2, dtype=torch.int8), values.to("meta")):
        for contents in ("", "something", "many\n lines of " + "x" * 70):
            assert ours(tensor, contents=contents) == tensor.__repr__(tensor_contents=contents)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # PyTorch's own, on first use of forward mode
def test_tangents():
    forward = torch.autograd.forward_ad
    with forward.dual_level():
        dual = forward.make_dual(torch.ones(2, 2), torch.arange(4.0).reshape(2, 2))
        assert ours(torch.ones(2, 2), tangent=ours(forward.unpack_dual(dual).tangent)) == repr(dual)
