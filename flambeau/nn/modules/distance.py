"""How far apart vectors are."""

from flambeau import Tensor
from flambeau.nn import functional as F
from flambeau.nn.modules.module import Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class PairwiseDistance(Module):
    """|x1 - x2 + eps| in the p-norm over the last axis: x1, x2 (N, D) or (D) -> (N) or ().

    Args:
        p: the norm's degree.
        eps: keeps the gradient finite where the vectors are equal.
        keepdim: the last axis remains, with size 1.
    """

    __constants__ = ["norm", "eps", "keepdim"]

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """(N, D), (N, D) -> (N)."""
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class CosineSimilarity(Module):
    """x1 · x2 / max(|x1| |x2|, eps) along an axis, from -1 to 1: x1, x2 (*, D, *) -> (*, *).

    Args:
        dim: the axis.
        eps: the least norm, against division by zero.
    """

    __constants__ = ["dim", "eps"]

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """(*, D, *), (*, D, *) -> (*, *)."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)
