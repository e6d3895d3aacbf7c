"""Exponential families."""

from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.distributions.distribution import Distribution

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """Distributions whose density is ``exp(t(x) . theta - F(theta) + k(x))`` for statistics t, natural parameters theta, the
    log normalizer F and the carrier measure k.

    From F follow the entropy and the divergence of two members, by its gradient (Nielsen & Nock, 2010, arXiv:1009.3093).
    """

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        """theta"""
        raise NotImplementedError

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        """F(theta)"""
        raise NotImplementedError

    @property
    def _mean_carrier_measure(self) -> float:
        """The mean of k(x)."""
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """F(theta) - theta . grad F(theta) - mean of k: batch_shape"""
        result: Any = -self._mean_carrier_measure
        params = [param.detach().requires_grad_() for param in self._natural_params]
        log_normalizer = self._log_normalizer(*params)
        gradients = flambeau.autograd.grad(log_normalizer.sum(), params, create_graph=True)
        result = result + log_normalizer
        for param, gradient in zip(params, gradients, strict=True):
            result = result - (param * gradient).reshape((*self._batch_shape, -1)).sum(-1)
        return result
