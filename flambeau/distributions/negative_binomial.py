"""Negative binomial."""

from collections.abc import Sequence
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.distributions import constraints
from flambeau.distributions._binary import Binary
from flambeau.distributions.distribution import Distribution
from flambeau.distributions.gamma import Gamma
from flambeau.distributions.utils import lazy_property
from flambeau.nn.functional import logsigmoid

__all__ = ["NegativeBinomial"]


class NegativeBinomial(Binary, Distribution):
    """Successes before the ``total_count``-th failure, when each trial succeeds with probability p.

        P(k) = Gamma(n + k) / (k! Gamma(n)) (1 - p)**n p**k

    Args:
        total_count: n, 0 or more; need not be whole.
        probs: p, from 0 to below 1; or else
        logits: log(p / (1 - p)).
    """

    arg_constraints = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer
    _parts = Binary._parts

    def __init__(self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        super().__init__(self._set_param(probs, logits, total_count), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Tensor:
        return self.mean / (-self.logits).sigmoid()

    @lazy_property
    def _gamma(self) -> Gamma:
        return Gamma(concentration=self.total_count, rate=(-self.logits).exp(), validate_args=False)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with flambeau.no_grad():
            return flambeau.poisson(self._gamma.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        n = self.total_count
        powers = n * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        normalization = (1.0 + value).lgamma() + n.lgamma() - (n + value).lgamma()
        return powers - normalization.masked_fill(n + value == 0.0, 0.0)
