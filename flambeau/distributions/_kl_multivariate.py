"""Divergences of multivariate normal distributions: ``(log det ratio + trace of S_q**-1 S_p + distance of means - n) / 2``."""

from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.distributions.kl import register_kl
from flambeau.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal, lowrank_log_det, lowrank_mahalanobis
from flambeau.distributions.multivariate_normal import MultivariateNormal, half_log_det, mahalanobis

__all__: list[str] = []


def _log_det(d: Any) -> Tensor:
    if isinstance(d, LowRankMultivariateNormal):
        return lowrank_log_det(d._unbroadcasted_cov_diag, d._capacitance_tril)
    return 2 * half_log_det(d._unbroadcasted_scale_tril)


def _distance(d: Any, x: Tensor) -> Tensor:
    if isinstance(d, LowRankMultivariateNormal):
        return lowrank_mahalanobis(d._unbroadcasted_cov_factor, d._unbroadcasted_cov_diag, x, d._capacitance_tril)
    return mahalanobis(d._unbroadcasted_scale_tril, x)


def _factors(d: Any) -> list[Tensor]:
    """Matrices A whose A A' sum to the covariance; a diagonal one as the vector of its diagonal."""
    if isinstance(d, LowRankMultivariateNormal):
        return [d._unbroadcasted_cov_factor, d._unbroadcasted_cov_diag.sqrt()]
    return [d._unbroadcasted_scale_tril]


def _squares(matrix: Tensor) -> Tensor:
    return (matrix**2).sum((-2, -1))


def _trace(q: Any, factor: Tensor, diagonal: bool) -> Tensor:
    """The trace of S_q**-1 A A'."""
    if isinstance(q, LowRankMultivariateNormal):
        diag = q._unbroadcasted_cov_diag
        solved = flambeau.linalg.solve_triangular(q._capacitance_tril, q._unbroadcasted_cov_factor.mT / diag.unsqueeze(-2), upper=False)
        if diagonal:
            return (factor**2 / diag).sum(-1) - _squares(solved * factor.unsqueeze(-2))
        return _squares(factor / diag.sqrt().unsqueeze(-1)) - _squares(solved @ factor)
    matrix = factor.diag_embed() if diagonal else factor
    return _squares(flambeau.linalg.solve_triangular(q._unbroadcasted_scale_tril, matrix, upper=False))


@register_kl(MultivariateNormal, MultivariateNormal)
@register_kl(MultivariateNormal, LowRankMultivariateNormal)
@register_kl(LowRankMultivariateNormal, MultivariateNormal)
@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _multivariate_normal(p: Any, q: Any) -> Tensor:
    if p.event_shape != q.event_shape:
        raise ValueError(
            "KL-divergence between two (Low Rank) Multivariate Normals with different event shapes cannot be computed: "
            f"{tuple(p.event_shape)} and {tuple(q.event_shape)}"
        )
    traces = [_trace(q, factor, diagonal=i == 1) for i, factor in enumerate(_factors(p))]
    return 0.5 * (_log_det(q) - _log_det(p) + sum(traces) + _distance(q, q.loc - p.loc) - p.event_shape[0])
