"""Continuous Bernoulli."""

import math
from collections.abc import Sequence
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.distributions import constraints
from flambeau.distributions._binary import Binary
from flambeau.distributions.exp_family import ExponentialFamily
from flambeau.distributions.utils import broadcast_all, clamp_probs, lazy_property, logits_to_probs
from flambeau.nn.functional import binary_cross_entropy_with_logits

__all__ = ["ContinuousBernoulli"]


class ContinuousBernoulli(Binary, ExponentialFamily):
    """Numbers from 0 to 1 with a density in proportion to p**x (1 - p)**(1 - x) (Loaiza-Ganem & Cunningham, 2019,
    arXiv:1907.06845).

    Where p is within ``lims``, near 1/2, formulas lose all digits and Taylor polynomials take their place.

    Args:
        probs: p, from 0 to 1; or else
        logits: log(p / (1 - p)).
        lims: between which p the polynomials are used.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    _parts = Binary._parts
    _mean_carrier_measure = 0

    def __init__(
        self, probs: Any = None, logits: Any = None, lims: tuple[float, float] = (0.499, 0.501), validate_args: bool | None = None
    ) -> None:
        if probs is not None and logits is None:
            (probs,) = broadcast_all(probs)
            if validate_args is not None and not self.arg_constraints["probs"].check(probs).all():
                raise ValueError("The parameter probs has invalid values: it is from 0 to 1")
            probs = clamp_probs(probs)
        batch_shape = self._set_param(probs, logits)
        self._lims = lims
        super().__init__(batch_shape, validate_args=validate_args)

    @lazy_property
    def probs(self) -> Tensor:
        """p"""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    def _stable(self) -> Tensor:
        return (self.probs <= self._lims[0]) | (self.probs > self._lims[1])

    def _cut_probs(self) -> Tensor:
        """p where formulas hold, and elsewhere one for which they do."""
        return flambeau.where(self._stable(), self.probs, self._lims[0])

    def _cont_bern_log_norm(self) -> Tensor:
        """Logarithm of what p**x (1 - p)**(1 - x) is to be multiplied by."""
        p = self._cut_probs()
        below, above = flambeau.where(p <= 0.5, p, 0.0), flambeau.where(p >= 0.5, p, 1.0)
        exact = ((-p).log1p() - p.log()).abs().log() - flambeau.where(p <= 0.5, (-2.0 * below).log1p(), (2.0 * above - 1.0).log())
        x = (self.probs - 0.5) ** 2
        return flambeau.where(self._stable(), exact, math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x)

    @property
    def mean(self) -> Tensor:
        p, x = self._cut_probs(), self.probs - 0.5
        exact = p / (2.0 * p - 1.0) + 1.0 / ((-p).log1p() - p.log())
        return flambeau.where(self._stable(), exact, 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x**2) * x)

    @property
    def variance(self) -> Tensor:
        p, x = self._cut_probs(), (self.probs - 0.5) ** 2
        exact = p * (p - 1.0) / (1.0 - 2.0 * p) ** 2 + 1.0 / ((-p).log1p() - p.log()) ** 2
        return flambeau.where(self._stable(), exact, 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.icdf(flambeau.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype, device=self.probs.device))

    def log_prob(self, value: Tensor) -> Tensor:
        logits, value = broadcast_all(self.logits, self._checked(value))
        return -binary_cross_entropy_with_logits(logits, value, reduction="none") + self._cont_bern_log_norm()

    def cdf(self, value: Tensor) -> Tensor:
        value, p = self._checked(value), self._cut_probs()
        inside = (p**value * (1.0 - p) ** (1.0 - value) + p - 1.0) / (2.0 * p - 1.0)
        return flambeau.where(self._stable(), inside, value).where(value > 0.0, 0.0).where(value < 1.0, 1.0)

    def icdf(self, value: Tensor) -> Tensor:
        p = self._cut_probs()
        log_failure = (-p).log1p()
        inside = ((-p + value * (2.0 * p - 1.0)).log1p() - log_failure) / (p.log() - log_failure)
        return flambeau.where(self._stable(), inside, value)

    def entropy(self) -> Tensor:
        log_failure = (-self.probs).log1p()
        return self.mean * (log_failure - self.probs.log()) - self._cont_bern_log_norm() - log_failure

    @property
    def _natural_params(self) -> tuple[Tensor]:
        return (self.logits,)

    def _log_normalizer(self, x: Tensor) -> Tensor:
        stable = (x <= self._lims[0] - 0.5) | (x > self._lims[1] - 0.5)
        cut = flambeau.where(stable, x, self._lims[0] - 0.5)
        return flambeau.where(stable, cut.expm1().abs().log() - cut.abs().log(), 0.5 * x + x**2 / 24.0 - x**4 / 2880.0)
