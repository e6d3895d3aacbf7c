"""Binomial."""

from collections.abc import Sequence
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.distributions import constraints
from flambeau.distributions._binary import Binary
from flambeau.distributions.distribution import Distribution

__all__ = ["Binomial"]


class Binomial(Binary, Distribution):
    """Successes in ``total_count`` trials that succeed with probability p each: P(k) = C(n, k) p**k (1 - p)**(n - k).

    Args:
        total_count: n, a whole number from 0 up.
        probs: p, from 0 to 1; or else
        logits: log(p / (1 - p)).
    """

    arg_constraints = {"total_count": constraints.nonnegative_integer, "probs": constraints.unit_interval, "logits": constraints.real}
    has_enumerate_support = True
    _parts = Binary._parts

    def __init__(self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        super().__init__(self._set_param(probs, logits, total_count), validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> constraints.Constraint:
        """0 to n"""
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with flambeau.no_grad():
            return flambeau.binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        n, logits = self.total_count, self.logits
        combinations = (n + 1).lgamma() - (value + 1).lgamma() - (n - value + 1).lgamma()
        # n log(1 - p) is -n log(1 + exp(logits)), written so that nothing overflows; the half-sum of clamps is max(logits, 0)
        # with the gradient 1/2 at 0
        positive = (logits.clamp(min=0) + logits - logits.clamp(max=0)) / 2
        return combinations + value * logits - n * positive - n * (-logits.abs()).exp().log1p()

    def _common_count(self, purpose: str) -> int:
        count = int(self.total_count.max())
        if not self.total_count.min() == count:
            raise NotImplementedError(f"Inhomogeneous total count not supported by `{purpose}`.")
        return count

    def entropy(self) -> Tensor:
        self._common_count("entropy")
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(log_prob.exp() * log_prob).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        count = self._common_count("enumerate_support")
        return self._enumerated(flambeau.arange(1 + count, dtype=self._param.dtype, device=self._param.device), expand)
