"""Divergences against numeric integration, and how they are found."""

import math

import numpy as np
import pytest

import flambeau
from flambeau import distributions as D


def t(*values):
    return flambeau.tensor(values if len(values) > 1 else values[0], dtype=flambeau.float64)


KINDS = {
    "Beta": (lambda: D.Beta(t(2.5), t(1.5)), lambda: D.Beta(t(1.2), t(3.0))),
    "ContinuousBernoulli": (lambda: D.ContinuousBernoulli(t(0.2)), lambda: D.ContinuousBernoulli(t(0.7))),
    "Cauchy": (lambda: D.Cauchy(t(0.2), t(1.0)), lambda: D.Cauchy(t(1.0), t(0.5))),
    "Exponential": (lambda: D.Exponential(t(1.5)), lambda: D.Exponential(t(0.8))),
    "Gamma": (lambda: D.Gamma(t(2.5), t(1.5)), lambda: D.Gamma(t(1.7), t(0.8))),
    "Gumbel": (lambda: D.Gumbel(t(0.3), t(0.8)), lambda: D.Gumbel(t(-0.5), t(1.3))),
    "HalfNormal": (lambda: D.HalfNormal(t(0.8)), lambda: D.HalfNormal(t(1.3))),
    "Laplace": (lambda: D.Laplace(t(0.3), t(0.5)), lambda: D.Laplace(t(-0.5), t(1.3))),
    "LogNormal": (lambda: D.LogNormal(t(0.3), t(0.4)), lambda: D.LogNormal(t(-0.2), t(0.6))),
    "Normal": (lambda: D.Normal(t(0.3), t(0.8)), lambda: D.Normal(t(-0.5), t(1.3))),
    "Pareto": (lambda: D.Pareto(t(1.1), t(6.0)), lambda: D.Pareto(t(0.7), t(2.0))),
    "Uniform": (lambda: D.Uniform(t(0.2), t(0.7)), lambda: D.Uniform(t(-0.5), t(1.3))),
}
PAIRS = [(p, q) for p in KINDS for q in KINDS]


def ends(d):
    """Between which nearly all of a distribution lies."""
    if isinstance(d, (D.Beta, D.ContinuousBernoulli)):
        return 1e-9, 1 - 1e-9
    if isinstance(d, D.Uniform):
        return d.low.item() + 1e-9, d.high.item() - 1e-9
    if isinstance(d, D.Pareto):
        return d.scale.item(), 400.0
    return (1e-9, 60.0) if d.support.check(t(-1.0)).item() is False else (-45.0, 60.0)


@pytest.mark.parametrize(("p", "q"), PAIRS, ids=[f"{p}-{q}" for p, q in PAIRS])
def test_divergence_is_the_integral(p, q):
    p, q = KINDS[p][0](), KINDS[q][1]()
    try:
        got = D.kl_divergence(p, q)
    except NotImplementedError:
        assert {type(p), type(q)} & {D.Cauchy, D.Gumbel, D.HalfNormal, D.Laplace, D.LogNormal, D.Pareto, D.Uniform, D.ContinuousBernoulli}
        return
    low, high = ends(p)
    if isinstance(p, D.Cauchy):
        x = np.tan(np.linspace(-math.pi / 2, math.pi / 2, 400003)[1:-1])
    else:
        x = np.linspace(low, high, 400001) if high - low < 2 else np.geomspace(1e-9, high - low, 400001) + low
        if low < 0:
            x = np.linspace(low, high, 400001)
    inside = q.support.check(flambeau.tensor(x)).numpy()
    if not inside.all():
        assert math.isinf(got.item())
        return
    log_p, log_q = (d.log_prob(flambeau.tensor(x)).numpy() for d in (p, q))
    integrand = np.where(log_p > -700, np.exp(log_p) * (log_p - log_q), 0)
    np.testing.assert_allclose(got.item(), np.trapezoid(integrand, x), rtol=2e-3, atol=1e-5)


def test_of_itself_is_zero():
    for make, _ in KINDS.values():
        assert D.kl_divergence(make(), make()).item() == pytest.approx(0, abs=1e-8)


def test_discrete():
    def total(p, q, values):
        log_p, log_q = p.log_prob(values), q.log_prob(values)
        return (log_p.exp() * (log_p - log_q)).sum(0)

    k = flambeau.arange(80, dtype=flambeau.float64).view(-1, 1)
    for p, q, values in (
        (D.Bernoulli(t(0.2, 0.7)), D.Bernoulli(t(0.5, 0.1)), k[:2]),
        (D.Binomial(5, t(0.2, 0.7)), D.Binomial(5, t(0.5, 0.1)), k[:6]),
        (D.Geometric(t(0.3, 0.7)), D.Geometric(t(0.5, 0.4)), k),
        (D.Poisson(t(2.0, 7.0)), D.Poisson(t(3.0, 4.0)), k),
        (D.Bernoulli(t(0.2, 0.7)), D.Poisson(t(3.0, 0.5)), k[:2]),
        (D.Categorical(t([0.2, 0.8], [0.5, 0.5])), D.Categorical(t([0.6, 0.4], [0.9, 0.1])), k[:2]),
    ):
        np.testing.assert_allclose(D.kl_divergence(p, q).numpy(), total(p, q, values).numpy(), rtol=1e-6)
    one_hot = D.kl_divergence(D.OneHotCategorical(t(0.2, 0.8)), D.OneHotCategorical(t(0.6, 0.4)))
    assert one_hot.item() == pytest.approx(D.kl_divergence(D.Categorical(t(0.2, 0.8)), D.Categorical(t(0.6, 0.4))).item())


def test_impossible_values():
    kl = D.kl_divergence
    assert kl(D.Bernoulli(t(0.5, 0.0, 1.0)), D.Bernoulli(t(0.0, 0.0, 1.0))).tolist() == [math.inf, 0, 0]
    assert kl(D.Categorical(t(0.5, 0.5)), D.Categorical(t(1.0, 0.0))).item() == math.inf
    assert kl(D.Categorical(t(1.0, 0.0)), D.Categorical(t(0.5, 0.5))).item() == pytest.approx(math.log(2))
    assert kl(D.Binomial(6, t(0.2)), D.Binomial(5, t(0.2))).item() == math.inf
    with pytest.raises(NotImplementedError, match="q.total_count > p.total_count"):
        kl(D.Binomial(4, t(0.2)), D.Binomial(5, t(0.2)))
    assert kl(D.Uniform(t(0.0), t(2.0)), D.Uniform(t(0.0), t(1.0))).item() == math.inf
    assert kl(D.Poisson(t(1.0)), D.Bernoulli(t(0.5))).item() == math.inf


def test_vectors():
    """By a mean over many samples."""
    matrix = t([2.0, 0.5], [0.5, 1.0])
    low_rank = D.LowRankMultivariateNormal(t(0.3, 0.1), t([0.5], [1.0]), t(0.5, 1.5))
    full = D.MultivariateNormal(t(-0.2, 0.4), matrix)
    for p, q in ((full, low_rank), (low_rank, full), (full, full), (low_rank, low_rank)):
        wide = D.MultivariateNormal(q.loc + 0.5, q.covariance_matrix) if q is full else q
        x = p.sample((40000,))
        wanted = (p.log_prob(x) - wide.log_prob(x)).mean().item()
        assert D.kl_divergence(p, wide).item() == pytest.approx(wanted, abs=0.03)
    a, b = D.Dirichlet(t(2.0, 3.0, 0.5)), D.Dirichlet(t(1.0, 1.0, 1.0))
    x = a.sample((40000,))
    assert D.kl_divergence(a, b).item() == pytest.approx((a.log_prob(x) - b.log_prob(x)).mean().item(), abs=0.03)
    with pytest.raises(ValueError, match="different event shapes"):
        D.kl_divergence(full, D.MultivariateNormal(flambeau.zeros(3), flambeau.eye(3)))


def test_independent_and_transformed():
    p, q = D.Normal(flambeau.zeros(2, 3), 1.0), D.Normal(flambeau.ones(2, 3), 2.0)
    np.testing.assert_allclose(
        D.kl_divergence(D.Independent(p, 1), D.Independent(q, 1)).numpy(), D.kl_divergence(p, q).sum(-1).numpy(), rtol=1e-6
    )
    exp = lambda d: D.TransformedDistribution(d, [D.ExpTransform()])
    np.testing.assert_allclose(D.kl_divergence(exp(p), exp(q)).numpy(), D.kl_divergence(p, q).numpy(), rtol=1e-6)
    for a, b in (
        (D.Independent(p, 1), D.Independent(q, 2)),
        (exp(p), D.TransformedDistribution(q, [D.SigmoidTransform()])),
    ):
        with pytest.raises(NotImplementedError):
            D.kl_divergence(a, b)


def test_exponential_families_by_their_log_normalizer():
    p, q = D.Chi2(t(3.0)), D.Chi2(t(5.0))
    assert D.kl_divergence(p, q).item() == pytest.approx(D.kl_divergence(D.Gamma(t(1.5), t(0.5)), D.Gamma(t(2.5), t(0.5))).item())
    for d in (D.Normal(t(0.3), t(0.8)), D.Exponential(t(1.5)), D.Gamma(t(2.5), t(1.5)), D.Bernoulli(t(0.3))):
        assert D.ExponentialFamily.entropy(d).item() == pytest.approx(d.entropy().item())
    matrix = t([2.0, 0.5], [0.5, 1.0])
    a, b = D.Wishart(t(4.0), matrix), D.Wishart(t(6.0), t([1.0, 0.0], [0.0, 1.0]))
    x = a.sample((20000,))
    assert D.kl_divergence(a, b).item() == pytest.approx((a.log_prob(x) - b.log_prob(x)).mean().item(), abs=0.05)
    with pytest.raises(NotImplementedError, match="cross KL-divergence between different exponential families"):
        D.kl_divergence(D.Normal(0.0, 1.0), D.Bernoulli(0.5))


class TestRegister:
    def test_ones_own(self):
        class Mine(D.Distribution):
            arg_constraints = {}

        class Yours(Mine):
            pass

        with pytest.raises(NotImplementedError, match=r"No KL\(p \|\| q\) is implemented for p type Mine and q type Mine"):
            D.kl_divergence(Mine(), Mine())

        @D.register_kl(Mine, Mine)
        def kl(p, q):
            return "mine"

        assert D.kl_divergence(Mine(), Yours()) == "mine" and kl(None, None) == "mine"
        D.register_kl(Yours, Mine)(lambda p, q: "yours")
        assert D.kl_divergence(Yours(), Yours()) == "yours" and D.kl_divergence(Mine(), Yours()) == "mine"
        D.register_kl(Mine, Yours)(lambda p, q: "theirs")
        with pytest.warns(RuntimeWarning, match=r"Ambiguous kl_divergence\(Yours, Yours\). Please register_kl\(Yours, Yours\)"):
            assert D.kl_divergence(Yours(), Yours()) == "yours"

    def test_wants_kinds_of_distributions(self):
        with pytest.raises(TypeError, match="Expected type_q to be a Distribution subclass"):
            D.register_kl(D.Normal, int)
