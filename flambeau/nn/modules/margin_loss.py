"""Losses with a margin: of outputs that should be above or below others, or of the right sign."""

from collections.abc import Callable
from typing import Any

from flambeau import Tensor
from flambeau.nn import functional as F
from flambeau.nn.modules._loss import _Loss, _WeightedLoss
from flambeau.nn.modules.distance import PairwiseDistance

__all__ = [
    "CosineEmbeddingLoss",
    "HingeEmbeddingLoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


class HingeEmbeddingLoss(_Loss):
    """input where target is 1, max(0, margin - input) where it is -1: input, target (*) -> ().

    Args:
        margin: of the formula.
        size_average, reduce, reduction: as of :class:`L1Loss`.
    """

    __constants__ = ["margin", "reduction"]

    def __init__(
        self, margin: float = 1.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(*), (*) -> ()."""
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class SoftMarginLoss(_Loss):
    """log(1 + exp(-target input)), with targets 1 and -1: input, target (*) -> ().

    Args:
        size_average, reduce, reduction: as of :class:`L1Loss`.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(*), (*) -> ()."""
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelMarginLoss(_Loss):
    """Sum over the target classes j and the others i of max(0, 1 - (input[j] - input[i])) / C: input (N, C) or (C) -> ().

    The target (N, C) or (C) lists the classes of a sample, and ends at its first -1.

    Args:
        size_average, reduce, reduction: as of :class:`L1Loss`.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(N, C), (N, C) -> ()."""
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """The mean over the classes of the binary cross entropy of sigmoid(input): input, target (N, C) or (C) -> ().

    Args:
        weight: of each class (C).
        size_average, reduce, reduction: as of :class:`L1Loss`.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(N, C), (N, C) -> ()."""
        return F.multilabel_soft_margin_loss(input, target, weight=self.weight, reduction=self.reduction)


class CosineEmbeddingLoss(_Loss):
    """1 - cos(input1, input2) where target is 1, max(0, cos - margin) where it is -1: inputs (N, D) or (D), target (N) or () -> ().

    Args:
        margin: of the formula, from -1 to 1.
        size_average, reduce, reduction: as of :class:`L1Loss`.
    """

    __constants__ = ["margin", "reduction"]

    def __init__(
        self, margin: float = 0.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """(N, D), (N, D), (N) -> ()."""
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class MarginRankingLoss(_Loss):
    """max(0, -target (input1 - input2) + margin), with targets 1 and -1: inputs, target (N) or () -> ().

    Args:
        margin: of the formula.
        size_average, reduce, reduction: as of :class:`L1Loss`.
    """

    __constants__ = ["margin", "reduction"]

    def __init__(
        self, margin: float = 0.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """(N), (N), (N) -> ()."""
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class MultiMarginLoss(_WeightedLoss):
    """Sum over the classes i other than the target of weight[target] max(0, margin - input[target] + input[i])^p / C:
    input (N, C) or (C), target (N) or () -> ().

    Args:
        p: 1 or 2.
        margin: of the formula.
        weight: of each class (C).
        size_average, reduce, reduction: as of :class:`L1Loss`.

    Raises:
        ValueError: another p, or a weight that is not a vector.
    """

    __constants__ = ["p", "margin", "reduction"]

    def __init__(
        self, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, size_average: bool | None = None,
        reduce: bool | None = None, reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError(f"only p == 1 and p == 2 supported, got {p}")
        if weight is not None and weight.dim() != 1:
            raise ValueError(f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.dim()}D instead")
        self.p = p
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(N, C), (N) -> ()."""
        return F.multi_margin_loss(input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction)


class TripletMarginLoss(_Loss):
    """max(0, |anchor - positive| - |anchor - negative| + margin): three inputs (N, D) or (D) -> ().

    Args:
        margin: of the formula, above 0.
        p: degree of the norm.
        eps: see :class:`PairwiseDistance`.
        swap: use |positive - negative| where it is smaller than |anchor - negative|.
        size_average, reduce, reduction: as of :class:`L1Loss`.

    Raises:
        ValueError: margin is not positive.
    """

    __constants__ = ["margin", "p", "eps", "swap", "reduction"]

    def __init__(
        self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, size_average: bool | None = None,
        reduce: bool | None = None, reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected margin to be greater than 0, got {margin} instead")
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """(N, D), (N, D), (N, D) -> ()."""
        return F.triplet_margin_loss(
            anchor, positive, negative, margin=self.margin, p=self.p, eps=self.eps, swap=self.swap, reduction=self.reduction)


class TripletMarginWithDistanceLoss(_Loss):
    """:class:`TripletMarginLoss` with any distance.

    Args:
        distance_function: of two inputs (N, *) -> (N); by default :class:`PairwiseDistance`.
        margin: above 0.
        swap: use the distance from positive to negative where it is smaller.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    Raises:
        ValueError: margin is not positive.
    """

    __constants__ = ["margin", "swap", "reduction"]

    def __init__(
        self, *, distance_function: Callable[[Tensor, Tensor], Tensor] | None = None, margin: float = 1.0, swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginWithDistanceLoss: expected margin to be greater than 0, got {margin} instead")
        self.distance_function: Any = distance_function if distance_function is not None else PairwiseDistance()
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """(N, *), (N, *), (N, *) -> ()."""
        return F.triplet_margin_with_distance_loss(
            anchor, positive, negative, distance_function=self.distance_function, margin=self.margin, swap=self.swap,
            reduction=self.reduction)
