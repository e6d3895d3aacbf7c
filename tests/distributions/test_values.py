"""Densities, distribution functions, moments and entropies against SciPy's."""

import math

import numpy as np
import pytest

import flambeau
from flambeau import distributions as D

stats = pytest.importorskip("scipy.stats")


def t(*values):
    return flambeau.tensor(values if len(values) > 1 else values[0], dtype=flambeau.float64)


CONTINUOUS = {
    "Beta": (lambda: D.Beta(t(2.5), t(0.7)), stats.beta(2.5, 0.7)),
    "Cauchy": (lambda: D.Cauchy(t(0.5), t(2.0)), stats.cauchy(0.5, 2.0)),
    "Chi2": (lambda: D.Chi2(t(4.5)), stats.chi2(4.5)),
    "Exponential": (lambda: D.Exponential(t(2.5)), stats.expon(scale=0.4)),
    "FisherSnedecor": (lambda: D.FisherSnedecor(t(5.0), t(7.0)), stats.f(5.0, 7.0)),
    "Gamma": (lambda: D.Gamma(t(2.5), t(0.5)), stats.gamma(2.5, scale=2.0)),
    "GeneralizedPareto": (lambda: D.GeneralizedPareto(t(1.0), t(2.0), t(0.2)), stats.genpareto(0.2, 1.0, 2.0)),
    "GeneralizedPareto-bounded": (lambda: D.GeneralizedPareto(t(1.0), t(2.0), t(-0.5)), stats.genpareto(-0.5, 1.0, 2.0)),
    "GeneralizedPareto-exponential": (lambda: D.GeneralizedPareto(t(1.0), t(2.0), t(0.0)), stats.expon(1.0, 2.0)),
    "Gumbel": (lambda: D.Gumbel(t(0.5), t(2.0)), stats.gumbel_r(0.5, 2.0)),
    "HalfCauchy": (lambda: D.HalfCauchy(t(2.0)), stats.halfcauchy(scale=2.0)),
    "HalfNormal": (lambda: D.HalfNormal(t(2.0)), stats.halfnorm(scale=2.0)),
    "InverseGamma": (lambda: D.InverseGamma(t(3.5), t(2.0)), stats.invgamma(3.5, scale=2.0)),
    "Laplace": (lambda: D.Laplace(t(0.5), t(2.0)), stats.laplace(0.5, 2.0)),
    "LogNormal": (lambda: D.LogNormal(t(0.5), t(0.7)), stats.lognorm(0.7, scale=math.exp(0.5))),
    "Normal": (lambda: D.Normal(t(0.5), t(2.0)), stats.norm(0.5, 2.0)),
    "Pareto": (lambda: D.Pareto(t(2.0), t(3.5)), stats.pareto(3.5, scale=2.0)),
    "StudentT": (lambda: D.StudentT(t(5.0), t(0.5), t(2.0)), stats.t(5.0, 0.5, 2.0)),
    "Uniform": (lambda: D.Uniform(t(0.5), t(2.0)), stats.uniform(0.5, 1.5)),
    "VonMises": (lambda: D.VonMises(t(0.0), t(2.0)), stats.vonmises(2.0)),
    "Weibull": (lambda: D.Weibull(t(2.0), t(1.5)), stats.weibull_min(1.5, scale=2.0)),
}
DISCRETE = {
    "Bernoulli": (lambda: D.Bernoulli(t(0.3)), stats.bernoulli(0.3), 2),
    "Binomial": (lambda: D.Binomial(t(7.0), t(0.3)), stats.binom(7, 0.3), 8),
    "Geometric": (lambda: D.Geometric(t(0.3)), stats.geom(0.3, loc=-1), 40),
    "NegativeBinomial": (lambda: D.NegativeBinomial(t(2.5), t(0.6)), stats.nbinom(2.5, 0.4), 60),
    "Poisson": (lambda: D.Poisson(t(3.5)), stats.poisson(3.5), 30),
}
QUANTILES = np.linspace(0.02, 0.98, 9)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_density(name):
    make, reference = CONTINUOUS[name]
    x = reference.ppf(QUANTILES)
    np.testing.assert_allclose(make().log_prob(flambeau.tensor(x)).numpy(), reference.logpdf(x), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_distribution_function_and_its_inverse(name):
    make, reference = CONTINUOUS[name]
    x = reference.ppf(QUANTILES)
    try:
        cdf = make().cdf(flambeau.tensor(x))
    except NotImplementedError:
        assert name in ("Beta", "StudentT", "FisherSnedecor", "VonMises")
        return
    np.testing.assert_allclose(cdf.numpy(), QUANTILES, rtol=1e-6)
    try:
        quantiles = make().icdf(flambeau.tensor(QUANTILES))
    except NotImplementedError:
        assert name in ("Gamma", "Chi2", "InverseGamma")
        return
    np.testing.assert_allclose(quantiles.numpy(), x, rtol=1e-6)


@pytest.mark.parametrize("name", [name for name in CONTINUOUS if name != "VonMises"])
def test_moments(name):
    make, reference = CONTINUOUS[name]
    d = make()
    if name not in ("Cauchy", "HalfCauchy"):
        np.testing.assert_allclose(d.mean.item(), reference.mean(), rtol=1e-6)
        np.testing.assert_allclose(d.variance.item(), reference.var(), rtol=1e-6)
        np.testing.assert_allclose(d.stddev.item(), reference.std(), rtol=1e-6)
    if name != "FisherSnedecor":
        np.testing.assert_allclose(d.entropy().item(), reference.entropy(), rtol=1e-5)
        np.testing.assert_allclose(d.perplexity().item(), math.exp(reference.entropy()), rtol=1e-5)


@pytest.mark.parametrize("name", [name for name in CONTINUOUS if name not in ("Uniform", "Beta")])
def test_the_mode_is_the_most_probable_value(name):
    d = CONTINUOUS[name][0]()
    mode = d.mode
    for step in (1e-3, -1e-3):
        beside = mode + step
        if d.support.check(beside):
            assert d.log_prob(mode.clamp(min=1e-12) if name == "HalfCauchy" else mode) >= d.log_prob(beside)


@pytest.mark.parametrize("name", DISCRETE)
def test_probabilities(name):
    make, reference, count = DISCRETE[name]
    d, k = make(), np.arange(count, dtype="float64")
    log_prob = d.log_prob(flambeau.tensor(k)).numpy()
    np.testing.assert_allclose(log_prob, reference.logpmf(k), rtol=1e-6)
    np.testing.assert_allclose(d.mean.item(), reference.mean(), rtol=1e-6)
    np.testing.assert_allclose(d.variance.item(), reference.var(), rtol=1e-6)
    assert log_prob.argmax() == d.mode.item()
    if name in ("Bernoulli", "Binomial", "Geometric"):
        np.testing.assert_allclose(d.entropy().item(), reference.entropy(), rtol=1e-6)
    if d.has_enumerate_support:
        assert d.enumerate_support().tolist() == list(range(count))


def test_logits_and_probs_are_the_same_distribution():
    probs = t(0.1, 0.5, 0.9)
    logits = probs.log() - (-probs).log1p()
    for make in (
        lambda **p: D.Bernoulli(**p),
        lambda **p: D.Geometric(**p),
        lambda **p: D.Binomial(5, **p),
        lambda **p: D.NegativeBinomial(5, **p),
        lambda **p: D.ContinuousBernoulli(**p),
        lambda **p: D.Categorical(**p),
    ):
        a, b = make(probs=probs), make(logits=logits if "Categorical" not in make(probs=probs).__class__.__name__ else probs.log())
        np.testing.assert_allclose(a.probs.numpy(), b.probs.numpy(), rtol=1e-6)
        np.testing.assert_allclose(a.logits.numpy(), b.logits.numpy(), rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(a.log_prob(t(1.0, 0.0, 1.0)).numpy(), b.log_prob(t(1.0, 0.0, 1.0)).numpy(), rtol=1e-6)


def test_continuous_bernoulli_is_a_density_also_near_one_half():
    x = flambeau.linspace(0, 1, 20001, dtype=flambeau.float64)
    for p in (0.05, 0.4989, 0.4995, 0.5, 0.5005, 0.9):
        d = D.ContinuousBernoulli(t(p))
        density = d.log_prob(x).exp().numpy()
        integral = lambda f: np.trapezoid(f, x.numpy())
        np.testing.assert_allclose(integral(density), 1, rtol=1e-6)
        np.testing.assert_allclose(d.mean.item(), integral(density * x.numpy()), rtol=1e-5)
        np.testing.assert_allclose(d.variance.item(), integral(density * (x.numpy() - d.mean.item()) ** 2), rtol=1e-4)
        np.testing.assert_allclose(d.entropy().item(), -integral(density * np.log(density)), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(d.cdf(d.icdf(t(0.2, 0.7))).numpy(), [0.2, 0.7], rtol=1e-4)


def test_vectors():
    probs = np.array([0.2, 0.5, 0.3])
    x = np.array([0.25, 0.6, 0.15])
    np.testing.assert_allclose(D.Dirichlet(t(0.5, 2.0, 3.0)).log_prob(t(*x)).item(), stats.dirichlet([0.5, 2, 3]).logpdf(x), rtol=1e-6)
    np.testing.assert_allclose(D.Dirichlet(t(0.5, 2.0, 3.0)).entropy().item(), stats.dirichlet([0.5, 2, 3]).entropy(), rtol=1e-6)
    counts = D.Multinomial(6, t(*probs))
    np.testing.assert_allclose(counts.log_prob(t(1.0, 3.0, 2.0)).item(), stats.multinomial(6, probs).logpmf([1, 3, 2]), rtol=1e-6)
    np.testing.assert_allclose(counts.entropy().item(), stats.multinomial(6, probs).entropy(), rtol=1e-6)
    assert D.Multinomial(2, t(0.0, 1.0)).log_prob(t(0.0, 2.0)).item() == pytest.approx(0)
    categorical = D.Categorical(t(2.0, 5.0, 3.0))
    np.testing.assert_allclose(categorical.log_prob(flambeau.tensor([0, 1, 2])).exp().numpy(), probs, rtol=1e-6)
    np.testing.assert_allclose(categorical.entropy().item(), -(probs * np.log(probs)).sum(), rtol=1e-6)
    assert D.Categorical(t(0.0, 1.0)).entropy().item() == pytest.approx(0, abs=1e-12) and categorical.mode.item() == 1
    one_hot = D.OneHotCategorical(t(2.0, 5.0, 3.0))
    np.testing.assert_allclose(one_hot.log_prob(one_hot.enumerate_support()).exp().numpy(), probs, rtol=1e-6)
    assert one_hot.mode.tolist() == [0, 1, 0]


def covariance(n=3):
    a = np.random.RandomState(0).standard_normal((n, n))
    return a @ a.T + n * np.eye(n)


def test_normal_vectors():
    mean, matrix, x = np.array([0.5, -1.0, 2.0]), covariance(), np.random.RandomState(1).standard_normal((5, 3))
    reference = stats.multivariate_normal(mean, matrix)
    forms = (
        D.MultivariateNormal(t(*mean), t(matrix)),
        D.MultivariateNormal(t(*mean), precision_matrix=t(np.linalg.inv(matrix))),
        D.MultivariateNormal(t(*mean), scale_tril=t(np.linalg.cholesky(matrix))),
    )
    for d in forms:
        np.testing.assert_allclose(d.log_prob(flambeau.tensor(x)).numpy(), reference.logpdf(x), rtol=1e-6)
        np.testing.assert_allclose(d.entropy().item(), reference.entropy(), rtol=1e-6)
        np.testing.assert_allclose(d.covariance_matrix.numpy(), matrix, rtol=1e-6)
        np.testing.assert_allclose(d.precision_matrix.numpy(), np.linalg.inv(matrix), rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(d.scale_tril.numpy(), np.linalg.cholesky(matrix), rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(d.variance.numpy(), np.diag(matrix), rtol=1e-6)
    batch = D.MultivariateNormal(flambeau.zeros(2, 1, 3, dtype=flambeau.float64), t(np.stack([matrix, 2 * matrix])))
    assert batch.batch_shape == (2, 2)
    got = batch.log_prob(flambeau.tensor(x)[:, None, None]).numpy()
    for i, scaled in enumerate((matrix, 2 * matrix)):
        np.testing.assert_allclose(got[:, 1, i], stats.multivariate_normal(np.zeros(3), scaled).logpdf(x), rtol=1e-6)


def test_normal_vectors_of_low_rank():
    factor, diag = np.random.RandomState(0).standard_normal((4, 2)), np.array([0.5, 1.0, 2.0, 0.1])
    matrix, x = factor @ factor.T + np.diag(diag), np.random.RandomState(1).standard_normal((5, 4))
    d = D.LowRankMultivariateNormal(flambeau.zeros(4, dtype=flambeau.float64), t(factor), t(diag))
    reference = stats.multivariate_normal(np.zeros(4), matrix)
    np.testing.assert_allclose(d.log_prob(flambeau.tensor(x)).numpy(), reference.logpdf(x), rtol=1e-6)
    np.testing.assert_allclose(d.entropy().item(), reference.entropy(), rtol=1e-6)
    np.testing.assert_allclose(d.covariance_matrix.numpy(), matrix, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(d.precision_matrix.numpy(), np.linalg.inv(matrix), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(d.scale_tril.numpy(), np.linalg.cholesky(matrix), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(d.variance.numpy(), np.diag(matrix), rtol=1e-6)


def test_matrices():
    matrix, x = covariance(), covariance() * 5
    reference = stats.wishart(5.5, matrix)
    for d in (D.Wishart(t(5.5), t(matrix)), D.Wishart(t(5.5), precision_matrix=t(np.linalg.inv(matrix)))):
        np.testing.assert_allclose(d.log_prob(t(x)).item(), reference.logpdf(x), rtol=1e-6)
        np.testing.assert_allclose(d.entropy().item(), reference.entropy(), rtol=1e-6)
        np.testing.assert_allclose(d.mean.numpy(), reference.mean(), rtol=1e-6)
        np.testing.assert_allclose(d.variance.numpy(), reference.var(), rtol=1e-6)
        np.testing.assert_allclose(d.mode.numpy(), reference.mode(), rtol=1e-6)
    # of 2 x 2 correlation matrices with concentration 1 the correlation is uniform, and so is the factor's last row's first
    lkj = D.LKJCholesky(2, t(1.0))
    r = flambeau.linspace(-0.99, 0.99, 7, dtype=flambeau.float64)
    factor = flambeau.stack([flambeau.stack([flambeau.ones_like(r), 0 * r], -1), flambeau.stack([r, (1 - r * r).sqrt()], -1)], -2)
    np.testing.assert_allclose(lkj.log_prob(factor).exp().numpy(), 0.5, rtol=1e-6)


def test_mixtures():
    weights, means, scales = [0.3, 0.7], [-1.0, 2.0], [0.5, 1.5]
    d = D.MixtureSameFamily(D.Categorical(t(*weights)), D.Normal(t(*means), t(*scales)))
    parts = [stats.norm(m, s) for m, s in zip(means, scales, strict=True)]
    x = np.linspace(-3, 5, 9)
    mix = lambda f: sum(w * f(part) for w, part in zip(weights, parts, strict=True))
    np.testing.assert_allclose(d.log_prob(flambeau.tensor(x)).exp().numpy(), mix(lambda p: p.pdf(x)), rtol=1e-6)
    np.testing.assert_allclose(d.cdf(flambeau.tensor(x)).numpy(), mix(lambda p: p.cdf(x)), rtol=1e-6)
    mean = mix(lambda p: p.mean())
    np.testing.assert_allclose(d.mean.item(), mean, rtol=1e-6)
    np.testing.assert_allclose(d.variance.item(), mix(lambda p: p.var() + p.mean() ** 2) - mean**2, rtol=1e-6)


def test_relaxations_tend_to_what_they_relax():
    cold = D.RelaxedBernoulli(t(0.02), probs=t(0.3))
    flambeau.manual_seed(0)
    values = cold.sample((4000,)).numpy()
    assert ((values < 0.01) | (values > 0.99)).mean() > 0.95
    np.testing.assert_allclose((values > 0.5).mean(), 0.3, atol=0.03)
    grid = flambeau.linspace(1e-4, 1 - 1e-4, 40001, dtype=flambeau.float64)
    warm = D.RelaxedBernoulli(t(0.8), probs=t(0.3))
    np.testing.assert_allclose(np.trapezoid(warm.log_prob(grid).exp().numpy(), grid.numpy()), 1, rtol=1e-2)
    vectors = D.RelaxedOneHotCategorical(t(0.1), probs=t(0.2, 0.5, 0.3))
    picked = vectors.sample((4000,)).numpy()
    np.testing.assert_allclose(picked.sum(-1), 1, rtol=1e-6)
    np.testing.assert_allclose(np.bincount(picked.argmax(-1)) / 4000, [0.2, 0.5, 0.3], atol=0.03)
    assert vectors.temperature.item() == 0.1 and vectors.probs.tolist() == pytest.approx([0.2, 0.5, 0.3])
