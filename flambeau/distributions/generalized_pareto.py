"""Generalized Pareto."""

import math
from collections.abc import Sequence

import flambeau
from flambeau import Tensor
from flambeau.distributions import constraints
from flambeau.distributions.distribution import Distribution
from flambeau.distributions.utils import broadcast_all

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Distribution):
    """What exceeds a high threshold: ``P(X > x) = (1 + c z)**(-1 / c)`` with ``z = (x - loc) / scale``, and exp(-z) for c = 0.

    Args:
        loc: least value.
        scale: above 0.
        concentration: c; above 0 the tail is heavy, below 0 values are bounded by ``loc - scale / c``.
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real}
    has_rsample = True
    _parts = ()

    def __init__(
        self, loc: Tensor | float, scale: Tensor | float, concentration: Tensor | float, validate_args: bool | None = None
    ) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> constraints.Constraint:
        """loc to its bound, if there is one"""
        bound = flambeau.where(self.concentration < 0, self.loc - self.scale / self.concentration, math.inf)
        return constraints.interval(self.loc, bound)

    def _parts_of_formula(self) -> tuple[Tensor, Tensor]:
        """Where c is as good as 0, and c where it is not (else 1)."""
        zero = flambeau.isclose(self.concentration, flambeau.zeros_like(self.concentration))
        return zero, flambeau.where(zero, 1.0, self.concentration)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.icdf(flambeau.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype, device=self.loc.device))

    def log_prob(self, value: Tensor) -> Tensor:
        z = (self._checked(value) - self.loc) / self.scale
        zero, c = self._parts_of_formula()
        power = 1 / c + flambeau.ones_like(z)
        tail = flambeau.where(power == 0, power, power * (c * z).log1p())
        return -self.scale.log() - flambeau.where(zero, z, tail)

    def log_survival_function(self, value: Tensor) -> Tensor:
        """log P(X > value)"""
        z = (self._checked(value) - self.loc) / self.scale
        zero, c = self._parts_of_formula()
        return flambeau.where(zero, -z, -(c * z).log1p() / c)

    def log_cdf(self, value: Tensor) -> Tensor:
        """log P(X <= value)"""
        return (-self.log_survival_function(value).exp()).log1p()

    def cdf(self, value: Tensor) -> Tensor:
        return self.log_cdf(value).exp()

    def icdf(self, value: Tensor) -> Tensor:
        zero, c = self._parts_of_formula()
        log_survival = (-value).log1p()
        return flambeau.where(zero, self.loc - self.scale * log_survival, self.loc + self.scale / c * (-c * log_survival).expm1())

    @property
    def mean(self) -> Tensor:
        """nan where c is at least 1."""
        valid = self.concentration < 1
        c = flambeau.where(valid, self.concentration, 0.5)
        return flambeau.where(valid, self.loc + self.scale / (1 - c), math.nan)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        """nan where c is at least 1/2."""
        valid = self.concentration < 0.5
        c = flambeau.where(valid, self.concentration, 0.25)
        return flambeau.where(valid, self.scale**2 / ((1 - c) ** 2 * (1 - 2 * c)), math.nan)

    def entropy(self) -> Tensor:
        return (self.scale.log() + self.concentration + 1).expand(self._batch_shape)
