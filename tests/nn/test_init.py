"""First values: bounds, moments, the numbers that PyTorch draws from the same seed, warnings and errors."""

import math

import pytest

import flambeau
from flambeau import nn
from flambeau.nn import init


@pytest.mark.parametrize("fill, bound", [
    (lambda t: init.uniform_(t, -2, 2), 2),
    (lambda t: init.xavier_uniform_(t, gain=2), 2 * math.sqrt(6 / 500)),
    (lambda t: init.kaiming_uniform_(t, a=math.sqrt(5)), 1 / math.sqrt(300)),
    (lambda t: init.kaiming_uniform_(t, mode="fan_out", nonlinearity="relu"), math.sqrt(6 / 200)),
])
def test_uniform(fill, bound):
    x = fill(flambeau.empty(200, 300))
    assert x.abs().max().item() <= bound and x.abs().max().item() > 0.99 * bound and abs(x.mean().item()) < 0.02 * bound


@pytest.mark.parametrize("fill, std", [
    (lambda t: init.normal_(t, 0, 3), 3),
    (lambda t: init.xavier_normal_(t), math.sqrt(2 / 500)),
    (lambda t: init.kaiming_normal_(t), math.sqrt(2 / 300)),
])
def test_normal(fill, std):
    x = fill(flambeau.empty(200, 300))
    assert abs((x * x).mean().sqrt().item() / std - 1) < 0.02


def test_same_numbers_as_pytorch():
    flambeau.manual_seed(0)
    layer = nn.Linear(2, 2)
    assert [round(v, 6) for v in layer.weight.flatten().tolist()] == [-0.005294, 0.379323, -0.581981, -0.520387]
    assert [round(v, 6) for v in layer.bias.tolist()] == [-0.272345, 0.189616]


@pytest.mark.parametrize("limits", [(-2, 2), (0.5, 1.0), (-0.1, 3.0), (2.0, 3.0)])
def test_truncated(limits):
    x = init.trunc_normal_(flambeau.empty(50, 50), 0, 1, *limits)
    assert limits[0] <= x.min().item() and x.max().item() <= limits[1]


def test_truncated_far_away():
    with pytest.warns(UserWarning, match="more than 2 std"):
        init.trunc_normal_(flambeau.empty(3), 10.0, 1.0, -2, 2)


def test_orthogonal():
    for shape in ((3, 3), (5, 3), (3, 5), (4, 2, 3)):
        q = init.orthogonal_(flambeau.empty(*shape), gain=2).flatten(1)
        product = q @ q.t() if q.shape[0] <= q.shape[1] else q.t() @ q
        assert (product - 4 * flambeau.eye(product.shape[0])).abs().max().item() < 1e-5


def test_eye_dirac_constant():
    assert init.eye_(flambeau.empty(2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]
    x = flambeau.rand(1, 2, 5, 5)
    conv = nn.Conv2d(2, 2, 3, padding=1, bias=False)
    init.dirac_(conv.weight)
    assert flambeau.equal(conv(x), x)
    grouped = init.dirac_(flambeau.empty(4, 1, 3), groups=4)
    assert grouped[:, 0, 1].tolist() == [1, 1, 1, 1] and grouped.sum().item() == 4
    assert init.constant_(flambeau.empty(2), 3).tolist() == [3, 3]
    assert init.ones_(flambeau.empty(1)).item() == 1 and init.zeros_(flambeau.ones(1)).item() == 0


def test_sparse():
    x = init.sparse_(flambeau.empty(10, 4), 0.25, std=1)
    assert (x == 0).sum(0).tolist() == [3, 3, 3, 3]


def test_gains():
    gains = [init.calculate_gain(name) for name in ("linear", "conv2d", "sigmoid", "tanh", "relu", "selu")]
    assert gains == [1, 1, 1, 5 / 3, math.sqrt(2), 0.75]
    assert init.calculate_gain("leaky_relu", 1) == 1 and init.calculate_gain("leaky_relu") == math.sqrt(2 / 1.0001)


@pytest.mark.parametrize("wrong", [
    lambda: init.calculate_gain("swish"),
    lambda: init.calculate_gain("leaky_relu", True),
    lambda: init.xavier_uniform_(flambeau.empty(3)),
    lambda: init.kaiming_normal_(flambeau.empty(3, 3), mode="fan_around"),
    lambda: init.eye_(flambeau.empty(3)),
    lambda: init.dirac_(flambeau.empty(3, 3)),
    lambda: init.dirac_(flambeau.empty(3, 3, 3), groups=2),
    lambda: init.orthogonal_(flambeau.empty(3)),
    lambda: init.sparse_(flambeau.empty(3), 0.5),
])
def test_errors(wrong):
    with pytest.raises(ValueError):
        wrong()


def test_empty_and_old_names():
    with pytest.warns(UserWarning, match="no-op"):
        init.kaiming_uniform_(flambeau.empty(0, 3))
    with pytest.warns(FutureWarning, match="nn.init.uniform_"):
        init.uniform(flambeau.empty(2))


def test_parameters_are_filled_without_a_trace():
    p = nn.Parameter(flambeau.empty(2, 2))
    assert init.normal_(p) is p and p.grad_fn is None and p.requires_grad
