"""Divergences of distributions of two kinds: ``KL(p || q)`` is ``-H(p)`` less the mean of ``log q(x)`` over p, for which a
few moments of p suffice."""

import functools
import math
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.distributions.bernoulli import Bernoulli
from flambeau.distributions.beta import Beta
from flambeau.distributions.binomial import Binomial
from flambeau.distributions.continuous_bernoulli import ContinuousBernoulli
from flambeau.distributions.exponential import Exponential
from flambeau.distributions.gamma import Gamma
from flambeau.distributions.gumbel import Gumbel
from flambeau.distributions.kl import register_kl
from flambeau.distributions.laplace import Laplace
from flambeau.distributions.normal import Normal
from flambeau.distributions.pareto import Pareto
from flambeau.distributions.poisson import Poisson
from flambeau.distributions.uniform import Uniform
from flambeau.distributions.utils import euler_constant

__all__: list[str] = []


# -- where p gives values that q cannot --------------------------------------------------------------------------------------


def _infinite(p: Any, q: Any) -> Tensor:
    parameter = next(value for value in (p.__dict__.get(name) for name in (*p.arg_constraints, "_param")) if value is not None)
    return flambeau.full_like(parameter, math.inf)


def _infinite_beta(p: Any, q: Any) -> Tensor:
    return flambeau.full_like(p.concentration1, math.inf)


register_kl(Beta, Pareto)(_infinite_beta)
for _p, _qs in {
    ContinuousBernoulli: (Pareto,),
    Exponential: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gamma: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gumbel: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Laplace: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Normal: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Pareto: (Beta, ContinuousBernoulli, Uniform),
    Poisson: (Bernoulli, Binomial),
}.items():
    for _q in _qs:
        register_kl(_p, _q)(_infinite)


def _finite_from(p: Any, least: Any, kl: Tensor) -> Tensor:
    """``kl``, but infinite where a uniform p goes below ``least``."""
    return flambeau.where(p.low < least, math.inf, kl) if isinstance(p, Uniform) else kl


# -- moments -------------------------------------------------------------------------------------------------------------------


@functools.singledispatch
def _mean_log(p: Any) -> Tensor:
    """The mean of log(x)."""
    raise NotImplementedError(type(p).__name__)


_mean_log.register(Beta, lambda p: p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma())
_mean_log.register(Exponential, lambda p: -euler_constant - p.rate.log())
_mean_log.register(Pareto, lambda p: p.scale.log() + p.alpha.reciprocal())


def _integral_of_log(x: Tensor) -> Tensor:
    return flambeau.xlogy(x, x) - x


@_mean_log.register(Uniform)
def _mean_log_uniform(p: Any) -> Tensor:
    return (_integral_of_log(p.high) - _integral_of_log(p.low)) / (p.high - p.low)


@functools.singledispatch
def _mean_exp(p: Any, loc: Tensor, scale: Tensor) -> Tensor:
    """The mean of exp(-(x - loc) / scale)."""
    raise NotImplementedError(type(p).__name__)


@_mean_exp.register(Exponential)
def _mean_exp_exponential(p: Any, loc: Tensor, scale: Tensor) -> Tensor:
    return (loc / scale).exp() * (p.rate * scale) / (p.rate * scale + 1)


@_mean_exp.register(Gamma)
def _mean_exp_gamma(p: Any, loc: Tensor, scale: Tensor) -> Tensor:
    return (loc / scale).exp() * (1 + (p.rate * scale).reciprocal()) ** -p.concentration


@_mean_exp.register(Normal)
def _mean_exp_normal(p: Any, loc: Tensor, scale: Tensor) -> Tensor:
    return ((loc - p.loc) / scale + 0.5 * (p.scale / scale) ** 2).exp()


@_mean_exp.register(Uniform)
def _mean_exp_uniform(p: Any, loc: Tensor, scale: Tensor) -> Tensor:
    return scale / (p.high - p.low) * (((loc - p.low) / scale).exp() - ((loc - p.high) / scale).exp())


# -- by the kind of q -------------------------------------------------------------------------------------------------------------


def _to_normal(p: Any, q: Any) -> Tensor:
    return -p.entropy() + 0.5 * math.log(2 * math.pi) + q.scale.log() + (p.variance + (p.mean - q.loc) ** 2) / (2 * q.scale**2)


def _to_exponential(p: Any, q: Any) -> Tensor:
    return _finite_from(p, 0, -p.entropy() - q.rate.log() + q.rate * p.mean)


def _to_gamma(p: Any, q: Any) -> Tensor:
    a, rate = q.concentration, q.rate
    return _finite_from(p, 0, -p.entropy() + a.lgamma() - a * rate.log() - (a - 1) * _mean_log(p) + rate * p.mean)


def _to_gumbel(p: Any, q: Any) -> Tensor:
    return -p.entropy() + q.scale.log() + (p.mean - q.loc) / q.scale + _mean_exp(p, q.loc, q.scale)


def _to_continuous_bernoulli(p: Any, q: Any) -> Tensor:
    kl = -p.entropy() - p.mean * q.logits - (-q.probs).log1p() - q._cont_bern_log_norm()
    if isinstance(p, Uniform):
        return flambeau.where((p.high >= 1) | (p.low <= 0), math.inf, kl)
    return kl


for _formula, _q, _ps in (
    (_to_normal, Normal, (Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Pareto, Uniform)),
    (_to_exponential, Exponential, (Beta, ContinuousBernoulli, Gamma, Pareto, Uniform)),
    (_to_gamma, Gamma, (Beta, Exponential, Pareto, Uniform)),
    (_to_gumbel, Gumbel, (Exponential, Gamma, Normal, Uniform)),
    (_to_continuous_bernoulli, ContinuousBernoulli, (Beta, Uniform)),
):
    for _p in _ps:
        register_kl(_p, _q)(_formula)


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p: Any, q: Any) -> Tensor:
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


@register_kl(Beta, Uniform)
def _beta_uniform(p: Any, q: Any) -> Tensor:
    kl = -p.entropy() + (q.high - q.low).log()
    return flambeau.where((q.low > 0) | (q.high < 1), math.inf, kl)


@register_kl(ContinuousBernoulli, Uniform)
def _continuous_bernoulli_uniform(p: Any, q: Any) -> Tensor:
    kl = -p.entropy() + (q.high - q.low).log()
    return flambeau.where((q.low >= 0) | (q.high <= 1), math.inf, kl)


@register_kl(Normal, Laplace)
def _normal_laplace(p: Any, q: Any) -> Tensor:
    off = p.loc - q.loc
    z = off / p.scale
    mean_distance = math.sqrt(2 / math.pi) * p.scale * (-0.5 * z**2).exp() + off * flambeau.erf(math.sqrt(0.5) * z)
    return -p.entropy() + (2 * q.scale).log() + mean_distance / q.scale


@register_kl(Uniform, Beta)
def _uniform_beta(p: Any, q: Any) -> Tensor:
    a, b = q.concentration1, q.concentration0
    mean_log_rest = (_integral_of_log(1 - p.low) - _integral_of_log(1 - p.high)) / (p.high - p.low)
    log_beta = a.lgamma() + b.lgamma() - (a + b).lgamma()
    kl = -p.entropy() - (a - 1) * _mean_log(p) - (b - 1) * mean_log_rest + log_beta
    return flambeau.where((p.high > 1) | (p.low < 0), math.inf, kl)


@register_kl(Uniform, Pareto)
def _uniform_pareto(p: Any, q: Any) -> Tensor:
    kl = -p.entropy() - q.alpha.log() - q.alpha * q.scale.log() + (q.alpha + 1) * _mean_log(p)
    return _finite_from(p, q.scale, kl)
