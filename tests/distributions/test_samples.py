"""Random values: shapes, laws of large numbers, and the gradients that flow through them."""

import math

import numpy as np
import pytest

import flambeau
from flambeau import distributions as D

stats = pytest.importorskip("scipy.stats")


def t(*values):
    return flambeau.tensor(values if len(values) > 1 else values[0], dtype=flambeau.float64)


MANY = {
    "Bernoulli": lambda: D.Bernoulli(t(0.3, 0.9)),
    "Beta": lambda: D.Beta(t(2.0, 0.5), t(3.0, 0.4)),
    "Binomial": lambda: D.Binomial(t(7.0, 60.0), t(0.3, 0.4)),
    "Chi2": lambda: D.Chi2(t(1.0, 9.0)),
    "ContinuousBernoulli": lambda: D.ContinuousBernoulli(t(0.3, 0.9)),
    "Dirichlet": lambda: D.Dirichlet(t(0.5, 2.0, 3.0)),
    "Exponential": lambda: D.Exponential(t(0.5, 3.0)),
    "FisherSnedecor": lambda: D.FisherSnedecor(t(5.0, 3.0), t(12.0, 20.0)),
    "Gamma": lambda: D.Gamma(t(0.4, 9.0), t(2.0, 0.5)),
    "GeneralizedPareto": lambda: D.GeneralizedPareto(t(1.0, 2.0), t(1.0, 3.0), t(0.1, -0.4)),
    "Geometric": lambda: D.Geometric(t(0.3, 0.9)),
    "Gumbel": lambda: D.Gumbel(t(0.5, -3.0), t(0.5, 2.0)),
    "HalfNormal": lambda: D.HalfNormal(t(0.5, 2.0)),
    "InverseGamma": lambda: D.InverseGamma(t(6.0, 9.0), t(0.5, 2.0)),
    "Kumaraswamy": lambda: D.Kumaraswamy(t(2.0, 0.5), t(3.0, 0.4)),
    "Laplace": lambda: D.Laplace(t(0.5, -3.0), t(0.5, 2.0)),
    "LogNormal": lambda: D.LogNormal(t(0.5, -3.0), t(0.5, 0.2)),
    "LowRankMultivariateNormal": lambda: D.LowRankMultivariateNormal(t(0.5, -3.0), t([1.0], [2.0]), t(0.5, 0.1)),
    "MixtureSameFamily": lambda: D.MixtureSameFamily(D.Categorical(t(0.3, 0.7)), D.Normal(t(-1.0, 2.0), t(0.5, 1.0))),
    "Multinomial": lambda: D.Multinomial(5, t(0.2, 0.5, 0.3)),
    "MultivariateNormal": lambda: D.MultivariateNormal(t(0.5, -3.0), t([2.0, 0.6], [0.6, 1.0])),
    "NegativeBinomial": lambda: D.NegativeBinomial(t(2.5, 4.0), t(0.3, 0.6)),
    "Normal": lambda: D.Normal(t(0.5, -3.0), t(0.5, 2.0)),
    "OneHotCategorical": lambda: D.OneHotCategorical(t(0.2, 0.5, 0.3)),
    "Pareto": lambda: D.Pareto(t(0.5, 2.0), t(6.0, 9.0)),
    "Poisson": lambda: D.Poisson(t(0.5, 30.0)),
    "StudentT": lambda: D.StudentT(t(8.0, 20.0), t(0.5, -3.0), t(0.5, 2.0)),
    "Uniform": lambda: D.Uniform(t(0.5, -3.0), t(0.6, 2.0)),
    "Weibull": lambda: D.Weibull(t(0.5, 2.0), t(1.5, 3.0)),
    "Wishart": lambda: D.Wishart(t(5.0), t([2.0, 0.6], [0.6, 1.0])),
}


@pytest.mark.parametrize("name", MANY)
def test_mean_and_variance(name):
    d, n = MANY[name](), 4000
    samples = d.sample((n,))
    assert samples.shape == (n, *d.batch_shape, *d.event_shape) and samples.dtype == flambeau.float64
    assert d.support.check(samples).all()
    x, mean, variance = samples.numpy(), d.mean.numpy(), d.variance.numpy()
    assert (abs(x.mean(0) - mean) < 5 * np.sqrt(variance / n) + 1e-9).all()
    kurtosis = ((x - mean) ** 4).mean(0) / variance**2
    assert (abs(x.var(0) / variance - 1) < 6 * np.sqrt(kurtosis / n)).all()


@pytest.mark.parametrize("name", MANY)
def test_shapes(name):
    d = MANY[name]()
    for shape in ((), (3,), (2, 3)):
        sample = d.sample(shape)
        assert sample.shape == (*shape, *d.batch_shape, *d.event_shape)
        assert d.log_prob(sample).shape == (*shape, *d.batch_shape)
        if d.has_rsample:
            assert d.rsample(shape).shape == sample.shape
        larger = d.expand((4, 3, *d.batch_shape))
        assert larger.batch_shape == (4, 3, *d.batch_shape) and larger.event_shape == d.event_shape
        assert larger.sample(shape).shape == (*shape, 4, 3, *d.batch_shape, *d.event_shape)
        assert larger.log_prob(sample.expand(*shape, 4, 3, *sample.shape[len(shape) :]) if not shape else d.sample()).shape == (
            4, 3, *d.batch_shape,
        )  # fmt: skip


def test_the_same_seed_gives_the_same_numbers():
    for name, make in MANY.items():
        flambeau.manual_seed(5)
        first = make().sample((3,))
        flambeau.manual_seed(5)
        assert (make().sample((3,)) == first).all(), name


def test_categorical_frequencies():
    probs = np.array([[0.2, 0.5, 0.3], [0.0, 0.1, 0.9]])
    samples = D.Categorical(flambeau.tensor(probs)).sample((5000,)).numpy()
    assert samples.dtype == np.int64
    for row in range(2):
        np.testing.assert_allclose(np.bincount(samples[:, row], minlength=3) / 5000, probs[row], atol=0.03)


def test_angles():
    for loc, concentration in ((0.5, 2.0), (3.0, 50.0), (0.0, 1e-6)):
        angles = D.VonMises(t(loc), t(concentration)).sample((3000,)).numpy()
        assert (abs(angles) <= math.pi).all()
        resultant = np.exp(1j * angles).mean()
        wanted = stats.vonmises(concentration, loc).expect(np.cos, lb=loc - np.pi, ub=loc + np.pi)
        np.testing.assert_allclose(resultant.real, wanted, atol=0.06)


def test_correlation_matrices():
    factors = D.LKJCholesky(4, t(1.5)).sample((2000,))
    matrices = (factors @ factors.mT).numpy()
    np.testing.assert_allclose(np.diagonal(matrices, axis1=-2, axis2=-1), 1, rtol=1e-6)
    # the first correlation is Beta(a, a) on (-1, 1) with a = concentration + dim / 2 - 1
    np.testing.assert_allclose(matrices[:, 1, 0].var(), 1 / (2 * (1.5 + 2 - 1) + 1), rtol=0.15)


# -- gradients ----------------------------------------------------------------------------------------------------------------


def quantile_slope(family, x, parameters, index, h=1e-4):
    """How the quantile that x is moves with a parameter."""
    rank = family(*parameters).cdf(x)
    moved = []
    for sign in (1, -1):
        shifted = list(parameters)
        shifted[index] = shifted[index] + sign * h
        # from the end where ranks have digits left
        moved.append(np.where(rank < 0.5, family(*shifted).ppf(rank), family(*shifted).isf(family(*parameters).sf(x))))
    return (moved[0] - moved[1]) / (2 * h)


@pytest.mark.parametrize("concentration", [0.1, 0.7, 2.0, 7.5, 9.0, 40.0, 1000.0])
def test_gamma_samples_move_with_their_concentration(concentration):
    a = t(concentration).requires_grad_()
    samples = D.Gamma(a.expand(60), t(1.0)).rsample()
    x = samples.detach().numpy()
    slopes = np.array([flambeau.autograd.grad(s, a, retain_graph=True)[0].item() for s in samples])
    wanted = quantile_slope(stats.gamma, x, [np.full(60, concentration)], 0, h=1e-5 * concentration)
    use = (x > 1e-12) & (stats.gamma(concentration).cdf(x) < 1 - 1e-9)
    np.testing.assert_allclose(slopes[use], wanted[use], rtol=5e-3, atol=1e-8)


@pytest.mark.parametrize("pair", [(0.3, 0.5), (2.0, 3.0), (0.5, 20.0), (30.0, 8.0), (100.0, 100.0)])
def test_beta_samples_move_with_their_concentrations(pair):
    a, b = (t(value).requires_grad_() for value in pair)
    samples = D.Beta(a.expand(60), b.expand(60)).rsample()
    x = samples.detach().numpy()
    slopes = np.array([[g.item() for g in flambeau.autograd.grad(s, (a, b), retain_graph=True)] for s in samples])
    use = (x > 1e-6) & (x < 1 - 1e-6)
    for index in (0, 1):
        wanted = quantile_slope(stats.beta, x, [np.full(60, value) for value in pair], index)
        np.testing.assert_allclose(slopes[use, index], wanted[use], rtol=2e-2, atol=1e-4)


def test_dirichlet_gradients_are_those_of_means():
    """d/da of the mean of x_0 is the mean of d x_0 / da."""
    a = t(0.7, 2.0, 4.0).requires_grad_()
    (got,) = flambeau.autograd.grad(D.Dirichlet(a).rsample((20000,))[:, 0].mean(), a)
    (wanted,) = flambeau.autograd.grad(D.Dirichlet(a).mean[0], a)
    np.testing.assert_allclose(got.numpy(), wanted.numpy(), atol=6e-3)


@pytest.mark.parametrize("name", ["Normal", "Laplace", "Cauchy", "Gumbel", "Uniform", "StudentT", "Weibull", "Pareto", "Kumaraswamy"])
def test_rsample_is_a_function_of_its_parameters(name):
    """Its gradient is the slope of the sample that the same random numbers give."""
    make = {
        "Normal": lambda a, b: D.Normal(a, b),
        "Laplace": lambda a, b: D.Laplace(a, b),
        "Cauchy": lambda a, b: D.Cauchy(a, b),
        "Gumbel": lambda a, b: D.Gumbel(a, b),
        "Uniform": lambda a, b: D.Uniform(a, a + b),
        "StudentT": lambda a, b: D.StudentT(3.0, a, b),
        "Weibull": lambda a, b: D.Weibull(a, b),
        "Pareto": lambda a, b: D.Pareto(a, b),
        "Kumaraswamy": lambda a, b: D.Kumaraswamy(a, b),
    }[name]

    def sample(a, b):
        flambeau.manual_seed(3)
        return make(a, b).rsample((5,)).sum()

    a, b = t(0.6).requires_grad_(), t(1.7).requires_grad_()
    sample(a, b).backward()
    h = 1e-6
    assert a.grad.item() == pytest.approx((sample(a + h, b) - sample(a - h, b)).item() / (2 * h), rel=1e-5, abs=1e-7)
    assert b.grad.item() == pytest.approx((sample(a, b + h) - sample(a, b - h)).item() / (2 * h), rel=1e-5, abs=1e-7)


def test_sample_has_no_gradient():
    scale = t(2.0).requires_grad_()
    assert not D.Normal(0.0, scale).sample().requires_grad and D.Normal(0.0, scale).rsample().requires_grad
    probs = t(0.2, 0.8).requires_grad_()
    straight = D.OneHotCategoricalStraightThrough(probs)
    value = straight.rsample()
    assert sorted(value.tolist()) == [0, 1]
    (value * t(1.0, 3.0)).sum().backward()
    np.testing.assert_allclose(probs.grad.numpy(), np.array([1, 3]) - (0.2 * 1 + 0.8 * 3), rtol=1e-9)


def test_score_function():
    """REINFORCE: the gradient of log_prob at an action."""
    probs = t(0.2, 0.8).requires_grad_()
    d = D.Categorical(probs)
    d.log_prob(flambeau.tensor(1)).backward()
    np.testing.assert_allclose(probs.grad.numpy(), [-1, 1 / 0.8 - 1], rtol=1e-6)
