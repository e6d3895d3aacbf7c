"""Distributions against PyTorch's: numbers from the same seed, densities, moments, gradients, divergences, reprs, errors."""

import math

import numpy as np
import pytest

import flambeau
from flambeau import distributions

torch = pytest.importorskip("torch")

BOTH = ((flambeau, distributions), (torch, torch.distributions))


def matrix(T, n=3):
    a = T.tensor(np.random.RandomState(0).standard_normal((n, n)))
    return a @ a.mT + n * T.eye(n, dtype=T.float64)


def leaf(T, values):
    return T.tensor(values, dtype=T.float64, requires_grad=True)


# name -> T, D -> the distribution, and the parameters whose gradients are compared
EXAMPLES = {
    "Bernoulli": lambda T, D, p: D.Bernoulli(p(0.2, 0.5, 0.9)),
    "Bernoulli-logits": lambda T, D, p: D.Bernoulli(logits=p(-1.0, 0.0, 3.0)),
    "Bernoulli-number": lambda T, D, p: D.Bernoulli(0.3),
    "Beta": lambda T, D, p: D.Beta(p(0.5, 1.0, 7.0, 30.0), p(2.0, 1.0, 9.0, 0.3)),
    "Beta-number": lambda T, D, p: D.Beta(2.0, 3.0),
    "Binomial": lambda T, D, p: D.Binomial(T.tensor([3, 10, 40]), p(0.2, 0.5, 0.9)),
    "Binomial-logits": lambda T, D, p: D.Binomial(5, logits=p(-1.0, 0.0, 3.0)),
    "Categorical": lambda T, D, p: D.Categorical(p([0.1, 0.4, 0.2], [1.0, 2.0, 3.0])),
    "Categorical-logits": lambda T, D, p: D.Categorical(logits=p(0.1, -4.0, 2.0)),
    "Cauchy": lambda T, D, p: D.Cauchy(p(0.5, -1.0), p(1.0, 2.0)),
    "Chi2": lambda T, D, p: D.Chi2(p(1.0, 4.5)),
    "ContinuousBernoulli": lambda T, D, p: D.ContinuousBernoulli(p(0.1, 0.4995, 0.5, 0.9)),
    "ContinuousBernoulli-logits": lambda T, D, p: D.ContinuousBernoulli(logits=p(-2.0, 0.0, 1.0)),
    "Dirichlet": lambda T, D, p: D.Dirichlet(p([0.1, 0.4, 0.2], [1.0, 20.0, 3.0])),
    "Exponential": lambda T, D, p: D.Exponential(p(0.5, 2.0)),
    "FisherSnedecor": lambda T, D, p: D.FisherSnedecor(p(1.0, 5.0, 12.0), p(3.0, 7.0, 2.0)),
    "Gamma": lambda T, D, p: D.Gamma(p(0.1, 2.0, 9.5, 50.0), p(1.0, 0.5, 3.0, 2.0)),
    "Gamma-number": lambda T, D, p: D.Gamma(2, 3),
    # in single precision: torch's mixes it with double
    "GeneralizedPareto": lambda T, D, p: D.GeneralizedPareto(p(0.0, 1.0, 2.0).float(), p(1.0, 2.0, 3.0).float(), p(0.0, 0.3, -0.5).float()),
    "Geometric": lambda T, D, p: D.Geometric(p(0.2, 0.7, 1.0)),
    "Geometric-logits": lambda T, D, p: D.Geometric(logits=p(-1.0, 2.0)),
    "Gumbel": lambda T, D, p: D.Gumbel(p(0.5, -1.0), p(1.0, 2.0)),
    "HalfCauchy": lambda T, D, p: D.HalfCauchy(p(0.5, 2.0)),
    "HalfNormal": lambda T, D, p: D.HalfNormal(p(0.5, 2.0)),
    "Independent": lambda T, D, p: D.Independent(D.Normal(p([0.5, -1.0], [2.0, 1.0]), p([1.0, 2.0], [0.5, 0.1])), 1),
    "InverseGamma": lambda T, D, p: D.InverseGamma(p(1.5, 3.0), p(1.0, 0.5)),
    "Kumaraswamy": lambda T, D, p: D.Kumaraswamy(p(0.5, 2.0), p(1.5, 3.0)),
    "LKJCholesky": lambda T, D, p: D.LKJCholesky(3, p(0.5, 1.0, 4.0)),
    "Laplace": lambda T, D, p: D.Laplace(p(0.5, -1.0), p(1.0, 2.0)),
    "LogNormal": lambda T, D, p: D.LogNormal(p(0.5, -1.0), p(1.0, 0.2)),
    "LogisticNormal": lambda T, D, p: D.LogisticNormal(p([0.5, -1.0], [1.0, 0.0]), p([1.0, 2.0], [0.3, 0.1])),
    "LowRankMultivariateNormal": lambda T, D, p: D.LowRankMultivariateNormal(p([0.5, -1.0, 2.0], [1.0, 2.0, 3.0]), p([1.0], [0.5], [-2.0]), p(0.1, 1.0, 2.0)),
    "MixtureSameFamily": lambda T, D, p: D.MixtureSameFamily(D.Categorical(p(0.2, 0.8)), D.Normal(p(0.0, 3.0), p(1.0, 0.5))),
    "MixtureSameFamily-vectors": lambda T, D, p: D.MixtureSameFamily(
        D.Categorical(p([0.2, 0.8], [0.5, 0.5])), D.Independent(D.Normal(T.arange(12.0).double().view(2, 2, 3), p(1.0, 0.5, 2.0)), 1)
    ),
    "Multinomial": lambda T, D, p: D.Multinomial(7, p([0.1, 0.4, 0.2], [1.0, 2.0, 3.0])),
    "MultivariateNormal": lambda T, D, p: D.MultivariateNormal(p([0.5, -1.0, 2.0], [1.0, 2.0, 3.0]), matrix(T)),
    "MultivariateNormal-precision": lambda T, D, p: D.MultivariateNormal(p(0.5, -1.0, 2.0), precision_matrix=matrix(T)),
    "MultivariateNormal-scale_tril": lambda T, D, p: D.MultivariateNormal(p(0.5, -1.0), scale_tril=p([[1.0, 0.0], [0.5, 2.0]], [[0.3, 0.0], [2.0, 1.0]])),
    "NegativeBinomial": lambda T, D, p: D.NegativeBinomial(p(2.0, 3.5), p(0.2, 0.7)),
    "NegativeBinomial-logits": lambda T, D, p: D.NegativeBinomial(4, logits=p(-1.0, 1.0)),
    "Normal": lambda T, D, p: D.Normal(p(0.5, -1.0), p(1.0, 2.0)),
    "Normal-number": lambda T, D, p: D.Normal(0.0, 1.0),
    "OneHotCategorical": lambda T, D, p: D.OneHotCategorical(p([0.1, 0.4, 0.2], [1.0, 2.0, 3.0])),
    "OneHotCategoricalStraightThrough": lambda T, D, p: D.OneHotCategoricalStraightThrough(logits=p(0.1, 0.4, 0.2)),
    "Pareto": lambda T, D, p: D.Pareto(p(1.0, 2.0), p(2.5, 0.5)),
    "Poisson": lambda T, D, p: D.Poisson(p(0.5, 4.0, 30.0)),
    "RelaxedBernoulli": lambda T, D, p: D.RelaxedBernoulli(p(0.7), p(0.2, 0.9)),
    "RelaxedOneHotCategorical": lambda T, D, p: D.RelaxedOneHotCategorical(p(0.7), p([0.1, 0.4, 0.2], [1.0, 2.0, 3.0])),
    "StudentT": lambda T, D, p: D.StudentT(p(0.5, 1.5, 5.0), p(0.0, 1.0, 2.0), p(1.0, 2.0, 0.5)),
    "TransformedDistribution": lambda T, D, p: D.TransformedDistribution(
        D.Uniform(p(0.0, 0.1), p(1.0, 0.9)), [D.SigmoidTransform().inv, D.AffineTransform(p(1.0, 2.0), -2.0), D.TanhTransform()]
    ),
    "Uniform": lambda T, D, p: D.Uniform(p(0.5, -1.0), p(1.0, 2.0)),
    "VonMises": lambda T, D, p: D.VonMises(p(0.5, -3.0), p(0.1, 20.0)),
    "Weibull": lambda T, D, p: D.Weibull(p(0.5, 2.0), p(0.7, 3.0)),
    "Wishart": lambda T, D, p: D.Wishart(p(4.0, 7.5), matrix(T)),
}


def make(name, T, D):
    """The distribution and its parameters. Those of the names RANDOM are drawn in single precision."""
    params = []

    def p(*values):
        params.append(leaf(T, values if len(values) > 1 else values[0]))
        return params[-1]

    return EXAMPLES[name](T, D, p), params


def both(name):
    return [(T, *make(name, T, D)) for T, D in BOTH]


def attempt(f):
    try:
        return f()
    except Exception as error:  # the kind is what is compared
        return type(error)


def close(a, b, rtol=1e-6, atol=1e-8):
    if isinstance(b, type) or b is None:
        assert a is b or (isinstance(a, type) and a.__name__ == b.__name__), (a, b)
        return
    assert not isinstance(a, type), a
    if b.dtype == torch.float32:
        rtol, atol = max(rtol, 1e-5), max(atol, 1e-6)
    assert tuple(a.shape) == tuple(b.shape) and str(a.dtype).rpartition(".")[2] == str(b.dtype).rpartition(".")[2]
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=rtol, atol=atol)


def gradients(T, value, params):
    if not value.requires_grad:
        return [None] * len(params)
    found = attempt(lambda: T.autograd.grad(value.sum(), params, allow_unused=True, retain_graph=True))
    if isinstance(found, type):  # what has no gradient says so by RuntimeError or a kind of it
        return [RuntimeError if issubclass(found, RuntimeError) else found] * len(params)
    return list(found)


@pytest.mark.filterwarnings("ignore:Singular sample detected")
@pytest.mark.parametrize("name", EXAMPLES)
def test_description(name):
    (_, a, _), (_, b, _) = both(name)
    assert repr(a) == repr(b)
    assert tuple(a.batch_shape) == tuple(b.batch_shape) and tuple(a.event_shape) == tuple(b.event_shape)
    assert repr(a.support) == repr(b.support) and a.has_rsample == b.has_rsample and a.has_enumerate_support == b.has_enumerate_support
    assert a.support.event_dim == b.support.event_dim and a.support.is_discrete == b.support.is_discrete


# torch draws a Wishart sample a second time where the first is in order
@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "Wishart"])
def test_samples(name):
    """The same numbers from the same seed, and the gradients that flow through them."""
    got = []
    for T, d, params in both(name):
        T.manual_seed(3)
        sample, r = d.sample((4, 5)), attempt(lambda d=d: d.rsample((3,)))
        got.append((sample, r, gradients(T, r, params) if hasattr(r, "requires_grad") else []))
        assert not sample.requires_grad
    (a, ra, ga), (b, rb, gb) = got
    close(a, b, rtol=1e-9, atol=1e-12)
    close(ra, rb, rtol=1e-9, atol=1e-12)
    for x, y in zip(ga, gb, strict=True):
        close(x, y, rtol=1e-5)


@pytest.mark.parametrize("name", EXAMPLES)
def test_moments(name):
    (ta, a, pa), (tb, b, pb) = both(name)
    for method in ("mean", "variance", "stddev", "mode"):
        close(attempt(lambda m=method: getattr(a, m)), attempt(lambda m=method: getattr(b, m)))
    x, y = attempt(lambda: a.entropy()), attempt(lambda: b.entropy())
    close(x, y)
    if not isinstance(y, type):
        close(a.perplexity(), b.perplexity())
        for g, h in zip(gradients(ta, x, pa), gradients(tb, y, pb), strict=True):
            close(g, h, rtol=1e-5)


@pytest.mark.filterwarnings("ignore:Singular sample detected")
@pytest.mark.parametrize("name", EXAMPLES)
def test_values(name):
    (ta, a, pa), (tb, b, pb) = both(name)
    torch.manual_seed(0)
    value = b.sample((6,)).detach()
    for method in ("log_prob", "cdf"):
        x = attempt(lambda m=method: getattr(a, m)(flambeau.tensor(value.numpy())))
        y = attempt(lambda m=method: getattr(b, m)(value))
        close(x, y)
        if not isinstance(y, type):
            for g, h in zip(gradients(ta, x, pa), gradients(tb, y, pb), strict=True):
                close(g, h, rtol=1e-5, atol=1e-7)
    shape = (6, *b.batch_shape)
    u = torch.linspace(0.05, 0.95, math.prod(shape), dtype=torch.float64).view(shape)
    close(attempt(lambda: a.icdf(flambeau.tensor(u.numpy()))), attempt(lambda: b.icdf(u)))
    for expand in (True, False):
        close(attempt(lambda e=expand: a.enumerate_support(e)), attempt(lambda e=expand: b.enumerate_support(e)))


@pytest.mark.filterwarnings("ignore:Singular sample detected")
@pytest.mark.parametrize("name", EXAMPLES)
def test_expand(name):
    got = []
    for T, d, _ in both(name):
        if T is torch and name == "Multinomial":
            d.entropy()  # torch forgets a part of it when it expands
        e = d.expand((2, *d.batch_shape))
        assert e is not d and type(e) is type(d) and tuple(e.event_shape) == tuple(d.event_shape)
        T.manual_seed(1)
        sample = e.sample((3,)) if name != "Wishart" else None
        got.append((repr(e), tuple(e.batch_shape), sample, attempt(lambda e=e: e.mean), attempt(lambda e=e: e.variance)))
    (ra, ba, sa, ma, va), (rb, bb, sb, mb, vb) = got
    assert ra == rb and ba == bb
    close(ma, mb)
    close(va, vb)
    if sa is not None:
        close(sa, sb, rtol=1e-9, atol=1e-12)


KL_SAME = [
    ("Bernoulli", lambda T, D: (D.Bernoulli(T.tensor([0.2, 0.0, 1.0, 0.4])), D.Bernoulli(T.tensor([0.7, 0.3, 1.0, 0.0])))),
    ("Binomial", lambda T, D: (D.Binomial(T.tensor([5.0, 6.0]), T.tensor(0.2)), D.Binomial(T.tensor(5.0), T.tensor([0.7, 0.1])))),
    ("Categorical", lambda T, D: (D.Categorical(T.tensor([0.2, 0.0, 0.8])), D.Categorical(T.tensor([[0.7, 0.3, 1.0], [0.0, 1.0, 1.0]])))),
    ("OneHot", lambda T, D: (D.OneHotCategorical(T.tensor([0.2, 0.8])), D.OneHotCategorical(T.tensor([0.7, 0.3])))),
    ("Cauchy", lambda T, D: (D.Cauchy(0.0, T.tensor([1.0, 2.0])), D.Cauchy(1.0, T.tensor([0.5, 3.0])))),
    ("Dirichlet", lambda T, D: (D.Dirichlet(T.tensor([0.2, 2.0, 3.0])), D.Dirichlet(T.tensor([1.0, 4.0, 0.5])))),
    ("Geometric", lambda T, D: (D.Geometric(T.tensor([0.2, 0.6])), D.Geometric(T.tensor([0.7, 0.1])))),
    ("Chi2", lambda T, D: (D.Chi2(T.tensor([2.0, 6.0])), D.Chi2(T.tensor([7.0, 1.0])))),
    ("HalfNormal", lambda T, D: (D.HalfNormal(T.tensor([2.0, 6.0])), D.HalfNormal(T.tensor([7.0, 1.0])))),
    ("LogNormal", lambda T, D: (D.LogNormal(0.0, T.tensor([2.0, 6.0])), D.LogNormal(1.0, T.tensor([7.0, 1.0])))),
    ("Poisson", lambda T, D: (D.Poisson(T.tensor([2.0, 6.0])), D.Poisson(T.tensor([7.0, 1.0])))),
    ("Bernoulli-Poisson", lambda T, D: (D.Bernoulli(T.tensor([0.2, 0.6])), D.Poisson(T.tensor([7.0, 1.0])))),
    ("Poisson-Bernoulli", lambda T, D: (D.Poisson(T.tensor([0.2, 0.6])), D.Bernoulli(T.tensor([0.7, 1.0])))),
    ("Independent", lambda T, D: (D.Independent(D.Normal(T.zeros(2, 3), 1.0), 1), D.Independent(D.Normal(T.ones(2, 3), 2.0), 1))),
    ("Wishart", lambda T, D: (D.Wishart(4.0, matrix(T)), D.Wishart(T.tensor(7.0).double(), T.eye(3).double()))),
]


@pytest.mark.parametrize(("name", "pair"), KL_SAME, ids=[name for name, _ in KL_SAME])
def test_divergence(name, pair):
    a, b = (attempt(lambda T=T, D=D: D.kl_divergence(*pair(T, D))) for T, D in BOTH)
    close(a, b, rtol=1e-5, atol=1e-6)


NUMBERS = {
    "Beta": lambda T, D, i: D.Beta(T.tensor([2.0, 0.7]) + i, T.tensor([0.5, 3.0])),
    "ContinuousBernoulli": lambda T, D, i: D.ContinuousBernoulli(T.tensor([0.2, 0.9]) + 0.05 * i),
    "Exponential": lambda T, D, i: D.Exponential(T.tensor([0.5, 2.0]) + i),
    "Gamma": lambda T, D, i: D.Gamma(T.tensor([0.5, 2.0]) + i, T.tensor([1.0, 3.0])),
    "Gumbel": lambda T, D, i: D.Gumbel(T.tensor([0.5, -2.0]) + i, T.tensor([1.0, 3.0])),
    "Laplace": lambda T, D, i: D.Laplace(T.tensor([0.5, -2.0]) + i, T.tensor([1.0, 3.0])),
    "Normal": lambda T, D, i: D.Normal(T.tensor([0.5, -2.0]) + i, T.tensor([1.0, 3.0])),
    "Pareto": lambda T, D, i: D.Pareto(T.tensor([0.5, 2.0]) + i, T.tensor([3.5, 0.6])),
    "Uniform": lambda T, D, i: D.Uniform(T.tensor([0.25, -1.0]), T.tensor([0.75, 3.0]) + 0.125 * i),
    "Poisson": lambda T, D, i: D.Poisson(T.tensor([0.5, 2.0]) + i),
}


@pytest.mark.parametrize("q", NUMBERS)
@pytest.mark.parametrize("p", NUMBERS)
def test_divergence_of_two_kinds(p, q):
    a, b = (attempt(lambda T=T, D=D: D.kl_divergence(NUMBERS[p](T, D, 0), NUMBERS[q](T, D, 1)).masked_fill_(T.tensor(False), 0)) for T, D in BOTH)
    close(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("q", ["MultivariateNormal", "LowRankMultivariateNormal"])
@pytest.mark.parametrize("p", ["MultivariateNormal", "LowRankMultivariateNormal"])
def test_divergence_of_normal_vectors(p, q):
    def kl(T, D):
        first, second = make(p, T, D)[0], make(q, T, D)[0]
        moved = D.TransformedDistribution(second, [])  # the same, but for its kind
        assert moved.batch_shape == second.batch_shape
        second.loc = second.loc + 1
        return D.kl_divergence(first, second)

    close(*(kl(T, D) for T, D in BOTH))


TRANSFORMS = {
    "exp": (lambda T, D: D.ExpTransform(), (3, 2)),
    "power": (lambda T, D: D.PowerTransform(T.tensor([2.0, -0.5])), (3, 2)),
    "sigmoid": (lambda T, D: D.SigmoidTransform(), (3, 2)),
    "softplus": (lambda T, D: D.SoftplusTransform(), (3, 2)),
    "tanh": (lambda T, D: D.TanhTransform(), (3, 2)),
    "affine": (lambda T, D: D.AffineTransform(1.0, T.tensor([2.0, -0.5])), (3, 2)),
    "affine-event": (lambda T, D: D.AffineTransform(T.tensor([1.0, 2.0]), 3.0, event_dim=1), (3, 2)),
    "independent": (lambda T, D: D.IndependentTransform(D.ExpTransform(), 1), (3, 2)),
    "reshape": (lambda T, D: D.ReshapeTransform((2, 3), (6,)), (4, 2, 3)),
    "softmax": (lambda T, D: D.SoftmaxTransform(), (3, 4)),
    "stick": (lambda T, D: D.StickBreakingTransform(), (3, 4)),
    "corr": (lambda T, D: D.CorrCholeskyTransform(), (3, 6)),
    "cholesky": (lambda T, D: D.LowerCholeskyTransform(), (2, 3, 3)),
    "positive definite": (lambda T, D: D.PositiveDefiniteTransform(), (2, 3, 3)),
    "cdf": (lambda T, D: D.CumulativeDistributionTransform(D.Normal(0.0, 1.0)), (3, 2)),
    "compose": (lambda T, D: D.ComposeTransform([D.AffineTransform(0.5, 2.0), D.SigmoidTransform(), D.ExpTransform()]), (3, 2)),
    "compose-mixed": (lambda T, D: D.ComposeTransform([D.AffineTransform(0.5, 2.0), D.StickBreakingTransform()]), (3, 2)),
    "cat": (lambda T, D: D.CatTransform([D.ExpTransform(), D.identity_transform], dim=1, lengths=[1, 2]), (3, 3)),
    "stack": (lambda T, D: D.StackTransform([D.ExpTransform(), D.AffineTransform(0.0, 2.0)], dim=1), (3, 2)),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms(name):
    make_transform, shape = TRANSFORMS[name]
    values = np.random.RandomState(0).uniform(0.1, 1.0, shape).astype("float32")
    got = []
    for T, D in BOTH:
        f, x = make_transform(T, D), T.tensor(values)
        y = f(x)
        jacobian = attempt(lambda f=f, x=x, y=y: f.log_abs_det_jacobian(x, y))
        inverse_jacobian = attempt(lambda f=f, x=x, y=y: f.inv.log_abs_det_jacobian(y, x))
        got.append((repr(f), repr(f.inv), y, f.inv(y), jacobian, inverse_jacobian))
        got[-1] += (tuple(f.forward_shape(x.shape)), tuple(f.inverse_shape(y.shape)), f.bijective, repr(f.domain), repr(f.codomain))
        got[-1] += (f.domain.event_dim, f.codomain.event_dim, f.inv.inv is f, f == make_transform(T, D), f == D.AbsTransform())
        got[-1] += (f.codomain.check(y).all().item(),)
    for a, b in zip(*got, strict=True):
        if hasattr(b, "shape"):
            close(a, b, rtol=1e-5, atol=1e-5)
        elif isinstance(b, type):
            assert a is b
        else:
            assert a == b


CONSTRAINTS = {
    "boolean": [0.0, 1.0, 2.0],
    "one_hot": [[0.0, 1.0], [1.0, 1.0]],
    "nonnegative_integer": [0.0, -1.0, 1.5],
    "positive_integer": [0.0, 1.0, 1.5],
    "real": [math.nan, math.inf, 1.0],
    "real_vector": [[math.nan, 1.0], [2.0, 1.0]],
    "positive": [0.0, 1.0, -1.0, math.nan],
    "nonnegative": [0.0, 1.0, -1.0],
    "unit_interval": [0.0, 1.0, 1.5],
    "simplex": [[0.5, 0.5], [0.5, 0.6], [1.5, -0.5]],
    "lower_triangular": [[[1.0, 0.0], [1.0, -1.0]], [[1.0, 1.0], [1.0, 1.0]]],
    "lower_cholesky": [[[1.0, 0.0], [1.0, -1.0]], [[1.0, 0.0], [1.0, 1.0]]],
    "corr_cholesky": [[[1.0, 0.0], [0.6, 0.8]], [[1.0, 0.0], [1.0, 1.0]]],
    "square": [[[1.0, 0.0, 1.0], [0.6, 0.8, 1.0]]],
    "symmetric": [[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]]],
    "positive_semidefinite": [[[1.0, 2.0], [2.0, 1.0]], [[1.0, 1.0], [1.0, 1.1]]],
    "positive_definite": [[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.5], [0.5, 1.0]]],
}


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_constraints(name):
    got = []
    for T, D in BOTH:
        c = getattr(D.constraints, name)
        got.append((repr(c), c.check(T.tensor(CONSTRAINTS[name])).tolist(), c.event_dim, c.is_discrete))
        for registry in (D.biject_to, D.transform_to):
            t = attempt(lambda c=c, registry=registry: registry(c))
            got[-1] += (repr(t) if not isinstance(t, type) else t,)
    assert got[0] == got[1]


def test_constraint_reprs():
    for make_constraint in (
        lambda c: c.greater_than(1.0),
        lambda c: c.less_than(2),
        lambda c: c.interval(0, 1),
        lambda c: c.half_open_interval(0.0, 1.0),
        lambda c: c.integer_interval(0, 3),
        lambda c: c.multinomial(3),
        lambda c: c.independent(c.positive, 2),
        lambda c: c.MixtureSameFamilyConstraint(c.real),
        lambda c: c.cat([c.positive, c.real]),
        lambda c: c.dependent(is_discrete=True),
    ):
        assert repr(make_constraint(distributions.constraints)) == repr(make_constraint(torch.distributions.constraints))


ERRORS = {
    "scale": lambda T, D: D.Normal(0.0, -1.0),
    "probs": lambda T, D: D.Bernoulli(1.5),
    "both": lambda T, D: D.Bernoulli(0.5, 0.5),
    "neither": lambda T, D: D.Categorical(),
    "scalar": lambda T, D: D.Categorical(T.tensor(1.0)),
    "order": lambda T, D: D.Uniform(1.0, 0.0),
    "value": lambda T, D: D.Exponential(1.0).log_prob(T.tensor(-1.0)),
    "kind": lambda T, D: D.Normal(0.0, 1.0).log_prob(1.0),
    "shape": lambda T, D: D.Normal(T.zeros(3), 1.0).log_prob(T.zeros(4)),
    "event": lambda T, D: D.Dirichlet(T.ones(3)).log_prob(T.ones(4) / 4),
    "strings": lambda T, D: D.Normal("0", 1.0),
    "zero": lambda T, D: D.Geometric(0.0),
    "rsample": lambda T, D: D.Bernoulli(0.5).rsample(),
    "icdf": lambda T, D: D.Poisson(0.5).icdf(T.tensor(0.5)),
    "kl": lambda T, D: D.kl_divergence(D.Normal(0.0, 1.0), D.Bernoulli(0.5)),
    "independent": lambda T, D: D.Independent(D.Normal(0.0, 1.0), 1),
    "transforms": lambda T, D: D.TransformedDistribution(D.Normal(0.0, 1.0), [1]),
    "matrices": lambda T, D: D.MultivariateNormal(T.zeros(2)),
    "counts": lambda T, D: D.Multinomial(T.tensor(3), T.ones(2)),
    "mixture": lambda T, D: D.MixtureSameFamily(D.Normal(0.0, 1.0), D.Normal(0.0, 1.0)),
    "components": lambda T, D: D.MixtureSameFamily(D.Categorical(T.ones(3)), D.Normal(T.zeros(2), 1.0)),
    "cache": lambda T, D: D.ExpTransform(cache_size=2),
    "registry": lambda T, D: D.transform_to(D.constraints.boolean),
    "degrees": lambda T, D: D.Wishart(1.0, T.eye(3)),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    a, b = (attempt(lambda T=T, D=D: ERRORS[name](T, D)) for T, D in BOTH)
    assert isinstance(b, type) and a is b


def test_names():
    assert set(torch.distributions.__all__) <= set(distributions.__all__)
    for part in ("constraints", "transforms", "utils", "kl"):
        theirs, ours = (getattr(D, part) if hasattr(D, part) else None for D in (torch.distributions, distributions))
        assert set(theirs.__all__) <= set(ours.__all__)
