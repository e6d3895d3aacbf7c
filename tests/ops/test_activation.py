"""Activation functions and softmax: slopes at corners, saturation, in-place forms, errors."""
import math

import pytest

import flambeau as torch
import flambeau.nn.functional as F

INF, NAN = math.inf, math.nan


def slopes(function, values):
    x = torch.tensor(values, requires_grad=True)
    function(x).sum().backward()
    return x.grad.tolist()


@pytest.mark.parametrize("function, points, expected", [
    (F.relu, [-1.0, 0.0, 1.0, NAN], [0, 0, 1, 1]),
    (F.relu6, [0.0, 3.0, 6.0], [0, 1, 0]),
    (F.leaky_relu, [-1.0, 0.0, 1.0], [0.01, 0.01, 1]),
    (F.elu, [0.0, 1.0], [1, 1]),
    (F.selu, [0.0], [1.6732632423543772 * 1.0507009873554805]),
    (F.hardtanh, [-1.0, 0.0, 1.0], [0, 1, 0]),
    (F.hardsigmoid, [-3.0, 0.0, 3.0], [0, 1 / 6, 0]),
    (F.hardswish, [-3.0, 0.0, 3.0], [0, 0.5, 1]),
    (F.hardshrink, [-0.5, 0.0, 0.5, 1.0], [0, 0, 0, 1]),
    (F.softshrink, [-0.5, 0.5, 1.0], [0, 0, 1]),
    (lambda x: F.threshold(x, 1.0, 7.0), [1.0, 2.0], [0, 1]),
    (F.tanhshrink, [0.0], [0]),
    (F.gelu, [0.0], [0.5]),
    (F.silu, [0.0], [0.5]),
    (F.mish, [0.0], [0.6]),
    (F.softplus, [0.0, 100.0], [0.5, 1]),
    (F.logsigmoid, [0.0, -INF], [0.5, 1]),
])
def test_slopes_at_corners(function, points, expected):
    assert slopes(function, points) == pytest.approx(expected)


@pytest.mark.parametrize("function", [F.silu, F.mish, F.gelu, F.softplus, F.elu, F.logsigmoid, torch.sigmoid, torch.tanh, lambda x: F.gelu(x, "tanh")])
def test_far_out_nothing_overflows(function):
    x = torch.tensor([-1e4, -100.0, 100.0, 1e4])
    assert function(x).isfinite().all() and torch.tensor(slopes(function, x.tolist())).isfinite().all()


def test_values():
    assert F.softplus(torch.tensor([30.0]), beta=1, threshold=20).item() == 30
    assert F.celu(torch.tensor([-1.0]), 0.5).item() == pytest.approx(0.5 * math.expm1(-2))
    assert F.glu(torch.tensor([1.0, 2.0, 0.0, 0.0])).tolist() == [0.5, 1]
    assert F.threshold(torch.tensor([1, 3]), 2, 0).tolist() == [0, 3] and F.relu6(torch.tensor([9, -1])).tolist() == [6, 0]
    assert F.prelu(torch.tensor([[-1.0, 2.0], [-3.0, -4.0]]), torch.tensor([0.1, 0.5])).tolist() == [pytest.approx([-0.1, 2]), pytest.approx([-0.3, -2])]


def test_weights_of_prelu_get_their_gradient():
    x, w = torch.tensor([[[-1.0, 2.0], [-3.0, 4.0]]]), torch.tensor([0.1, 0.2], requires_grad=True)
    F.prelu(x, w).sum().backward()
    assert w.grad.tolist() == [-1, -3]


def test_in_place_forms():
    x = torch.tensor([-1.0, 2.0])
    assert F.relu(x, inplace=True) is x and x.tolist() == [0, 2]
    y = torch.tensor([-1.0, 2.0], requires_grad=True)
    z = y * 1
    F.leaky_relu_(z, 0.5)
    z.sum().backward()
    assert z.tolist() == [-0.5, 2] and y.grad.tolist() == [0.5, 1]
    leaf = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        F.elu_(leaf)


@pytest.mark.parametrize("call, error, message", [
    (lambda: F.relu(torch.tensor([True])), RuntimeError, "Boolean inputs not supported for relu"),
    (lambda: F.gelu(torch.tensor([1])), NotImplementedError, "not implemented for 'Long'"),
    (lambda: F.gelu(torch.ones(1), approximate="x"), RuntimeError, "none or tanh"),
    (lambda: F.hardtanh(torch.ones(1), 2, 1), ValueError, "min_val cannot be greater than max_val"),
    (lambda: F.hardtanh(torch.ones(1, dtype=torch.uint8)), RuntimeError, "unsigned type with negative limits"),
    (lambda: F.celu(torch.ones(1), 0), RuntimeError, "alpha cannot be 0"),
    (lambda: F.softshrink(torch.ones(1), -1), RuntimeError, "lambda must be greater or equal to 0"),
    (lambda: F.glu(torch.ones(3)), RuntimeError, "Halving dimension must be even, but dimension 0 is size 3"),
    (lambda: F.prelu(torch.ones(1, 2), torch.ones(3)), RuntimeError, "parameter numbers = 3 and channel size = 2"),
    (lambda: torch.softmax(torch.tensor([1, 2]), 0), NotImplementedError, "convert with .float"),
    (lambda: torch.softmax(torch.ones(2), 1), IndexError, "Dimension out of range"),
])
def test_what_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_softmax_of_great_numbers():
    x = torch.tensor([[1000.0, 1000.0, -1000.0]])
    assert x.softmax(1).tolist() == [[0.5, 0.5, 0]]
    assert x.log_softmax(-1).tolist() == [pytest.approx([-math.log(2), -math.log(2), -2000 - math.log(2)])]
    assert torch.tensor([-INF, 0.0]).softmax(0).tolist() == [0, 1] and torch.tensor([-INF, -INF]).softmax(0).isnan().all()
    assert torch.softmax(torch.tensor([1, 1]), 0, dtype=torch.float64).dtype is torch.float64
    assert torch.tensor(3.0).softmax(0).item() == 1
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax has been deprecated"):
        assert F.softmax(torch.zeros(2, 2)).tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert F.softmin(torch.tensor([0.0, math.log(3.0)]), dim=0).tolist() == pytest.approx([0.75, 0.25])
