"""LKJ distribution of correlation matrices."""

import math
from collections.abc import Sequence

import flambeau
from flambeau import Tensor
from flambeau.distributions import constraints
from flambeau.distributions.beta import Beta
from flambeau.distributions.distribution import Distribution
from flambeau.distributions.utils import broadcast_all

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    """Lower Cholesky factors L of correlation matrices M = L L', with ``p(M)`` in proportion to ``det(M)**(concentration - 1)``
    (Lewandowski, Kurowicka & Joe, 2009).

    Args:
        dim: rows of the matrix, 2 or more.
        concentration: above 0; 1 gives every correlation matrix the same density, more favours weak correlations.

    Raises:
        ValueError: ``dim`` is below 2.
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky
    _parts = ("_beta",)

    def __init__(self, dim: int, concentration: Tensor | float = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        # The onion method: row i is a point in a ball whose squared radius is a beta variable. Its first concentration would
        # be i / 2; from the third row on PyTorch has i - 1/2, and so have we, for the same numbers.
        below = flambeau.arange(dim - 1, dtype=self.concentration.dtype, device=self.concentration.device)
        below = flambeau.cat([below.new_zeros((1,)), below])
        marginal = self.concentration + 0.5 * (dim - 2)
        self._beta = Beta(below + 0.5, marginal.unsqueeze(-1) - 0.5 * below)
        super().__init__(self.concentration.shape, (dim, dim), validate_args=validate_args)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        squared = self._beta.sample(sample_shape).unsqueeze(-1)
        direction = flambeau.randn(self._extended_shape(sample_shape), dtype=squared.dtype, device=squared.device).tril(-1)
        direction = direction / direction.norm(dim=-1, keepdim=True)
        direction[..., 0, :] = 0.0
        lower = squared.sqrt() * direction
        rest = (1 - (lower**2).sum(-1)).clamp(min=flambeau.finfo(lower.dtype).tiny)
        return lower + rest.sqrt().diag_embed()

    def log_prob(self, value: Tensor) -> Tensor:
        diagonal = self._checked(value).diagonal(dim1=-1, dim2=-2)[..., 1:]
        rows = flambeau.arange(2, self.dim + 1, device=self.concentration.device)
        power = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - rows
        below = self.dim - 1
        alpha = self.concentration + 0.5 * below
        log_normalizer = 0.5 * below * math.log(math.pi) + flambeau.mvlgamma(alpha - 0.5, below) - alpha.lgamma() * below
        return (power * diagonal.log()).sum(-1) - log_normalizer
