"""Wishart."""

import math
import warnings
from collections.abc import Sequence
from numbers import Number

import flambeau
from flambeau import Tensor
from flambeau.distributions import constraints
from flambeau.distributions.chi2 import Chi2
from flambeau.distributions.exp_family import ExponentialFamily
from flambeau.distributions.multivariate_normal import half_log_det, precision_to_scale_tril
from flambeau.distributions.utils import lazy_property

__all__ = ["Wishart"]


class Wishart(ExponentialFamily):
    """The sum of ``df`` outer products x x' of normal vectors x of p numbers with mean 0. Their covariance is given in one of
    three forms; ``scale_tril`` is the fastest.

    Args:
        df: degrees of freedom, above p - 1; need not be whole. Below p samples are likely to be singular.
        covariance_matrix: (..., p, p), positive definite.
        precision_matrix: its inverse.
        scale_tril: its Cholesky factor, lower triangular with a positive diagonal.

    Raises:
        ValueError: ``df`` is too small, or there are too few axes.
        AssertionError: not exactly one form is given.
    """

    support = constraints.positive_definite
    has_rsample = True
    _parts = ("_unbroadcasted_scale_tril", "_dist_chi2")
    _mean_carrier_measure = 0

    def __init__(
        self,
        df: Tensor | float,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        forms = {"covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix, "scale_tril": scale_tril}
        given = {name: matrix for name, matrix in forms.items() if matrix is not None}
        if len(given) != 1:
            raise AssertionError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            raise ValueError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
        if isinstance(df, Number):
            df = flambeau.tensor(df, dtype=matrix.dtype, device=matrix.device)
            batch_shape = matrix.shape[:-2]
        else:
            batch_shape = flambeau.broadcast_shapes(matrix.shape[:-2], df.shape)
        self.df = df.expand(batch_shape)
        p = matrix.shape[-1]
        if (self.df <= p - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {p - 1}.")
        if (self.df < p).any():
            warnings.warn("Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < ndim.", stacklevel=2)
        setattr(self, name, matrix.expand((*batch_shape, -1, -1)))
        super().__init__(batch_shape, matrix.shape[-2:], validate_args=validate_args)
        factor = {
            "scale_tril": lambda factor: factor,
            "covariance_matrix": flambeau.linalg.cholesky,
            "precision_matrix": precision_to_scale_tril,
        }[name](matrix)
        self._unbroadcasted_scale_tril = factor.expand((*batch_shape, -1, -1))
        self._dist_chi2 = Chi2(self.df.unsqueeze(-1) - flambeau.arange(p, dtype=factor.dtype, device=factor.device))

    @property
    def arg_constraints(self) -> dict[str, constraints.Constraint]:
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self.event_shape[-1] - 1),
        }

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor of the covariance."""
        return self._unbroadcasted_scale_tril

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """The covariance."""
        return self._unbroadcasted_scale_tril @ self._unbroadcasted_scale_tril.mT

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance."""
        return flambeau.cholesky_inverse(self._unbroadcasted_scale_tril)

    def _times(self, number: Tensor, matrix: Tensor) -> Tensor:
        return number[..., None, None] * matrix

    @property
    def mean(self) -> Tensor:
        return self._times(self.df, self.covariance_matrix)

    @property
    def mode(self) -> Tensor:
        """nan where df is at most p + 1."""
        factor = self.df - self.event_shape[-1] - 1
        return self._times(flambeau.where(factor > 0, factor, math.nan), self.covariance_matrix)

    @property
    def variance(self) -> Tensor:
        diagonal = self.covariance_matrix.diagonal(dim1=-2, dim2=-1)
        return self._times(self.df, self.covariance_matrix**2 + diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2))

    def _bartlett(self, sample_shape: Sequence[int]) -> Tensor:
        """L A A' L' with chi on the diagonal of A and normal numbers below (Bartlett, 1933)."""
        p = self._event_shape[-1]
        root = self._dist_chi2.rsample(sample_shape).sqrt()
        noise = root.clamp(min=flambeau.finfo(root.dtype).eps).diag_embed(dim1=-2, dim2=-1)
        i, j = flambeau.tril_indices(p, p, offset=-1)
        shape = (*sample_shape, *self._batch_shape, p * (p - 1) // 2)
        noise[..., i, j] = flambeau.randn(shape, dtype=noise.dtype, device=noise.device)
        factor = self._unbroadcasted_scale_tril @ noise
        return factor @ factor.mT

    def rsample(self, sample_shape: Sequence[int] = (), max_try_correction: int = 10) -> Tensor:
        """Random matrices; those that rounding made singular are drawn again, with a warning, up to so many times."""
        sample = self._bartlett(sample_shape)
        for attempt in range(max_try_correction + 1):
            singular = ~self.support.check(sample)
            if not singular.any():
                break
            if attempt == 0:
                warnings.warn("Singular sample detected.", stacklevel=2)
            if attempt < max_try_correction:
                sample = flambeau.where(singular[..., None, None], self._bartlett(sample_shape), sample)
        return sample

    def log_prob(self, value: Tensor) -> Tensor:
        value, nu, p = self._checked(value), self.df, self._event_shape[-1]
        trace = flambeau.cholesky_solve(value, self._unbroadcasted_scale_tril).diagonal(dim1=-2, dim2=-1).sum(-1)
        return (
            -nu * (p * math.log(2) / 2 + half_log_det(self._unbroadcasted_scale_tril))
            - flambeau.mvlgamma(nu / 2, p=p)
            + (nu - p - 1) / 2 * flambeau.linalg.slogdet(value).logabsdet
            - trace / 2
        )

    def entropy(self) -> Tensor:
        nu, p = self.df, self._event_shape[-1]
        halves = flambeau.arange(p, dtype=nu.dtype, device=nu.device) / 2
        digamma = (nu / 2).unsqueeze(-1).sub(halves).digamma().sum(-1)
        scale = p * math.log(2) / 2 + half_log_det(self._unbroadcasted_scale_tril)
        return (p + 1) * scale + flambeau.mvlgamma(nu / 2, p=p) - (nu - p - 1) / 2 * digamma + nu * p / 2

    @property
    def _natural_params(self) -> tuple[Tensor, Tensor]:
        return -self.precision_matrix / 2, (self.df - self._event_shape[-1] - 1) / 2

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:
        p = self._event_shape[-1]
        half = y + (p + 1) / 2
        return half * (p * math.log(2) - flambeau.linalg.slogdet(-2 * x).logabsdet) + flambeau.mvlgamma(half, p=p)
