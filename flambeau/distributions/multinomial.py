"""Multinomial."""

import math
from collections.abc import Sequence

import flambeau
from flambeau import Size, Tensor
from flambeau.distributions import constraints
from flambeau.distributions.binomial import Binomial
from flambeau.distributions.categorical import Categorical
from flambeau.distributions.distribution import Distribution
from flambeau.distributions.utils import broadcast_all

__all__ = ["Multinomial"]


class Multinomial(Distribution):
    """How often each of k outcomes comes in ``total_count`` trials.

    Args:
        total_count: n, one number for the whole batch. ``log_prob`` takes the sum of its value instead.
        probs: (..., k), not negative; they are divided by their sum. Or else
        logits: (..., k), logarithms of probabilities that need not sum to 1.

    Raises:
        NotImplementedError: ``total_count`` is not an int.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    _parts = ("_categorical",)

    def __init__(
        self,
        total_count: int = 1,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError(f"inhomogeneous total_count is not supported: it is an int, not {type(total_count).__name__}")
        self.total_count = total_count
        self._categorical = Categorical(probs=probs, logits=logits)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> constraints.Constraint:
        """Counts whose sum is at most n"""
        return constraints.multinomial(self.total_count)

    @property
    def logits(self) -> Tensor:
        """Logarithms of the probabilities."""
        return self._categorical.logits

    @property
    def probs(self) -> Tensor:
        """The probabilities, whose sum is 1."""
        return self._categorical.probs

    @property
    def param_shape(self) -> Size:
        """Shape of the parameter (..., k)."""
        return self._categorical.param_shape

    @property
    def mean(self) -> Tensor:
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        trials = self._categorical.sample((self.total_count, *sample_shape)).movedim(0, -1)
        counts = flambeau.zeros(self._extended_shape(sample_shape), dtype=trials.dtype, device=trials.device)
        return counts.scatter_add_(-1, trials, flambeau.ones_like(trials)).type_as(self.probs)

    def log_prob(self, value: Tensor) -> Tensor:
        logits, value = broadcast_all(self.logits, self._checked(value))
        logits = flambeau.where((value == 0) & (logits == -math.inf), 0.0, logits)  # what cannot come and does not
        return (value.sum(-1) + 1).lgamma() - (value + 1).lgamma().sum(-1) + (logits * value).sum(-1)

    def entropy(self) -> Tensor:
        n = self.total_count
        binomial = Binomial(total_count=n, probs=self.probs)
        support = binomial.enumerate_support(expand=False)[1:]
        mean_log_factorials = (binomial.log_prob(support).exp() * (support + 1).lgamma()).sum([0, -1])
        return n * self._categorical.entropy() - math.lgamma(n + 1) + mean_log_factorials
