"""Random numbers: which generator, in what order of memory, and what is refused. The numbers themselves are PyTorch's: tests/core/test_generator.py."""
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import flambeau as torch


def drawn(make):
    torch.manual_seed(5)
    return make().tolist()


def test_a_fresh_program_draws_its_own_numbers():
    code = "import flambeau; print(flambeau.initial_seed(), flambeau.Generator().initial_seed())"
    house = Path(torch.__file__).parent.parent
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=house).stdout.split() for _ in range(2)]
    assert runs[0][0] != runs[1][0], "the default generator is seeded by the system"
    assert runs[0][1] == runs[1][1] == "67280421310721", "a Generator of one's own begins at PyTorch's default seed"


def test_results_like_a_tensor_have_its_layout_and_are_drawn_in_its_memory_order():
    plain = drawn(lambda: torch.rand(5, 6))
    turned = torch.zeros(5, 6).t()
    torch.manual_seed(5)
    like = torch.rand_like(turned)
    assert like.stride() == (1, 6) and like.t().tolist() == plain
    expanded = torch.zeros(5).expand(6, 5).t()
    assert torch.rand_like(expanded).stride() == (6, 1)
    assert torch.empty_like(torch.zeros(1, 3).expand(4, 3).t()).stride() == (4, 1)


def test_normal_numbers_of_turned_tensors_are_drawn_one_by_one():
    torch.manual_seed(5)
    turned = torch.randn_like(torch.zeros(5, 6).t())
    assert turned.t().flatten().tolist() == drawn(lambda: torch.zeros(6, 10).t()[::2].t().normal_().flatten())
    assert turned.t().tolist() != drawn(lambda: torch.randn(5, 6))


def test_normal_with_tensors():
    mean, std = torch.arange(20.0).reshape(4, 5), torch.linspace(0.5, 2, 20).reshape(4, 5)
    noise = torch.tensor(drawn(lambda: torch.randn(4, 5)))
    assert drawn(lambda: torch.normal(mean, std)) == (noise * std + mean).tolist()
    assert drawn(lambda: torch.normal(3.0, std)) == (noise * std + 3).tolist()
    scaled = torch.tensor(drawn(lambda: torch.normal(0.0, 2.5, (4, 5))))
    assert drawn(lambda: torch.normal(mean, 2.5)) == (scaled + mean).tolist()
    assert torch.normal(mean.t(), 1.0).is_contiguous()
    assert torch.normal(mean.double(), std).dtype is torch.float64


def test_bernoulli_meets_each_element_with_its_own_probability():
    sure = torch.tensor([[0.0, 1.0, 0.0], [1.0, 1.0, 0.0]])
    assert torch.zeros(3, 2).t().bernoulli_(sure).tolist() == sure.tolist()
    assert torch.bernoulli(sure).tolist() == sure.tolist()
    assert torch.bernoulli(torch.zeros(5, 4).t(), 0.3).is_contiguous()
    assert torch.zeros(3, dtype=torch.int64).bernoulli_(1.0).tolist() == [1, 1, 1]


def test_random_bounds():
    x = torch.zeros(1000, dtype=torch.int8)
    assert x.random_(100, None).min() >= 100
    assert x.random_(3).unique().tolist() == [0, 1, 2]
    assert x.random_(-2, 2).unique().tolist() == [-2, -1, 0, 1]
    assert x.random_(to=2).max() == 1
    assert x.random_().min() >= 0
    with pytest.raises(TypeError, match="random_"):
        x.random_(1, 2, 3)


@pytest.mark.parametrize("call, error, message", [
    (lambda: torch.normal(torch.zeros(2), -1.0), RuntimeError, "normal expects std >= 0.0, but found std -1.0"),
    (lambda: torch.normal(torch.zeros(2), torch.tensor([1.0, -1.0])), RuntimeError, "normal expects all elements of std >= 0.0"),
    (lambda: torch.normal(torch.arange(2), 1.0), NotImplementedError, "not implemented for 'Long'"),
    (lambda: torch.multinomial(torch.ones(3), 1, out=torch.zeros(1)), RuntimeError, "multinomial expects Long tensor out, got: Float"),
    (lambda: torch.zeros(2).bernoulli_(1.5), RuntimeError, "bernoulli_ expects p to be in"),
])
def test_refused(call, error, message):
    state = torch.get_rng_state().tolist()
    with pytest.raises(error, match=message):
        call()
    assert torch.get_rng_state().tolist() == state, "a refused draw leaves the stream alone"


def test_refilled_tensors_lose_their_gradient():
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    y.uniform_()
    y.sum().backward()
    assert np.array_equal(x.grad.numpy(), np.zeros(3))


P = torch.full((3,), 0.5, requires_grad=True)


@pytest.mark.parametrize("draw, name", [
    (lambda: torch.normal(P, 1.0), "NormalBackward1"),
    (lambda: torch.normal(0.0, P), "NormalBackward2"),
    (lambda: torch.normal(torch.zeros(2, 3), P), "NormalBackward3"),
    (lambda: torch.bernoulli(P), "BernoulliBackward0"),
    (lambda: torch.poisson(P), "PoissonBackward0"),
    (lambda: P.clone().bernoulli_(), "BernoulliBackward2"),
    (lambda: P.clone().random_(1, 5), "RandomBackward0"),
    (lambda: P.clone().log_normal_(), "LogNormalBackward0"),
])
def test_draws_by_tensors_have_a_gradient_of_nothing(draw, name):
    y = draw()
    assert type(y.grad_fn).__name__ == name
    assert torch.autograd.grad(y.sum(), P)[0].tolist() == [0, 0, 0]
    with torch.no_grad():
        assert not draw().requires_grad


@pytest.mark.parametrize("draw", [lambda: torch.bernoulli(P, 0.5), lambda: torch.binomial(torch.full((3,), 9.0), P)])
def test_draws_whose_derivative_is_refused(draw):
    with pytest.raises(RuntimeError, match="derivative for aten::b.* is not implemented"):
        draw().sum().backward()
