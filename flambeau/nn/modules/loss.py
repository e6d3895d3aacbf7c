"""Losses: how far outputs are from what they should be, as one number (or one a sample)."""

import math
import warnings
from typing import Any

from flambeau import Tensor
from flambeau.nn import functional as F
from flambeau.nn.modules._loss import _Loss, _WeightedLoss
from flambeau.nn.modules._where import warn_user
from flambeau.nn.modules.linear import Linear
from flambeau.nn.modules.margin_loss import (
    CosineEmbeddingLoss,
    HingeEmbeddingLoss,
    MarginRankingLoss,
    MultiLabelMarginLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    SoftMarginLoss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CTCLoss",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "LinearCrossEntropyLoss",
    "MSELoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "NLLLoss",
    "NLLLoss2d",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


class L1Loss(_Loss):
    """|input - target|, element by element: input, target (*) -> ().

    Args:
        size_average, reduce: older forms of reduction.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(*), (*) -> ()."""
        return F.l1_loss(input, target, reduction=self.reduction)


class MSELoss(_Loss):
    """(input - target)², element by element: input, target (*) -> ().

    Args:
        size_average, reduce: older forms of reduction.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(*), (*) -> ()."""
        return F.mse_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """d²/(2 beta) where d = |input - target| < beta, d - beta/2 elsewhere: input, target (*) -> ().

    Args:
        size_average, reduce, reduction: as of :class:`L1Loss`.
        beta: of the formula, 0 or more.
    """

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean", beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(*), (*) -> ()."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """d²/2 where d = |input - target| < delta, delta (d - delta/2) elsewhere: input, target (*) -> ().

    Args:
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.
        delta: of the formula, above 0.

    Raises:
        TypeError: delta is not a number.
    """

    __constants__ = ["reduction", "delta"]

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        if not isinstance(delta, float | int):
            raise TypeError(f"delta must be a float or int, got: {type(delta)}")
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(*), (*) -> ()."""
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class NLLLoss(_WeightedLoss):
    """-weight[target] input[target], of log-probabilities: input (N, C) or (C) or (N, C, *), target (N) or () or (N, *) -> ().

    The mean is divided by the sum of the targets' weights.

    Args:
        weight: of each class (C); 1 by default.
        ignore_index: a target that does not count.
        size_average, reduce, reduction: as of :class:`L1Loss`.
    """

    __constants__ = ["ignore_index", "reduction"]

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, ignore_index: int = -100, reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(N, C, *), (N, *) -> ()."""
        return F.nll_loss(input, target, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class NLLLoss2d(NLLLoss):
    """Deprecated: :class:`NLLLoss`, which takes images too."""

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, ignore_index: int = -100, reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        warnings.warn("`NLLLoss2d` has been deprecated. Please use `NLLLoss` instead as a drop-in replacement.", FutureWarning, stacklevel=2)
        super().__init__(weight, size_average, ignore_index, reduce, reduction)


class CrossEntropyLoss(_WeightedLoss):
    """-log softmax(input)[target], times the target's weight: input (N, C) or (C) or (N, C, *) -> ().

    The input are logits, any numbers: Softmax is part of the loss. Targets are classes (N) or () or (N, *), or probabilities of the
    input's shape. The mean is divided by the sum of the targets' weights.

    Args:
        weight: of each class (C); 1 by default.
        size_average, reduce, reduction: as of :class:`L1Loss`.
        ignore_index: a target class that does not count.
        label_smoothing: part of each target, from 0 to 1, that is spread evenly over all classes.
    """

    __constants__ = ["ignore_index", "reduction", "label_smoothing"]
    _looked_at_input = False

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, ignore_index: int = -100, reduce: bool | None = None,
        reduction: str = "mean", label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(N, C, *), (N, *) or (N, C, *) -> ()."""
        if not self._looked_at_input and isinstance(input, Tensor) and input.grad_fn is not None:
            self._looked_at_input = True
            if input.grad_fn.name() == "SoftmaxBackward0":
                warn_user(
                    "CrossEntropyLoss takes logits, and was given the output of Softmax: the loss applies softmax itself, so a second one "
                    "makes learning slow; leave Softmax out of what is trained, or use NLLLoss with LogSoftmax")
        return F.cross_entropy(
            input, target, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction,
            label_smoothing=self.label_smoothing)


class LinearCrossEntropyLoss(_WeightedLoss):
    """:class:`CrossEntropyLoss` of a :class:`Linear` layer's output: input (N, *, in_features), target (N, *) -> ().

    Args:
        in_features: size of the input's last axis.
        num_classes: C, of the layer's output (C, *out_features).
        out_features: further axes of the output.
        bias: whether the layer has one.
        device, dtype: of the layer's parameters.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.
        weight: of each class (C).
        ignore_index: a target class that does not count.
        label_smoothing: from 0 to 1.
        options: how to compute it in pieces, a :class:`LinearCrossEntropyOptions`.

    Raises:
        RuntimeError: a weight of another shape, or a label_smoothing out of range.
    """

    __constants__ = ["num_classes", "out_features", "reduction", "ignore_index", "label_smoothing"]

    def __init__(
        self, in_features: int, num_classes: int, *, out_features: tuple[int, ...] = (), bias: bool = False, device=None, dtype=None,
        reduction: str = "mean", weight: Tensor | None = None, ignore_index: int | None = None, label_smoothing: float = 0.0,
        options: Any = None,
    ) -> None:
        if weight is not None and weight.shape != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if label_smoothing < 0 or label_smoothing > 1.0:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        super().__init__(weight=weight, reduction=reduction)
        self.num_classes = num_classes
        self.out_features = out_features
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.linear = Linear(in_features, math.prod(out_features, start=num_classes), bias=bias, device=device, dtype=dtype)
        self.options = options

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(N, *, in_features), (N, *) -> ()."""
        sizes = (self.num_classes, *self.out_features)
        bias = self.linear.bias
        return F.linear_cross_entropy(
            input, self.linear.weight.reshape((*sizes, self.linear.in_features)), target,
            linear_bias=None if bias is None else bias.reshape(sizes), weight=self.weight, reduction=self.reduction,
            ignore_index=self.ignore_index, label_smoothing=self.label_smoothing, options=self.options)

    def extra_repr(self) -> str:
        """All options."""
        return (f"in_features={self.linear.in_features}, num_classes={self.num_classes}, out_features={self.out_features}, "
                f"bias={self.linear.bias is not None}, reduction={self.reduction}, ignore_index={self.ignore_index}, "
                f"label_smoothing={self.label_smoothing}, options={self.options}")


class PoissonNLLLoss(_Loss):
    """exp(input) - target input, or with log_input=False input - target log(input + eps): input, target (*) -> ().

    Args:
        log_input: whether the input is the logarithm of the rate.
        full: add Stirling's approximation of log(target!) where target > 1.
        size_average, reduce, reduction: as of :class:`L1Loss`.
        eps: against log(0).
    """

    __constants__ = ["log_input", "full", "eps", "reduction"]

    def __init__(
        self, log_input: bool = True, full: bool = False, size_average: bool | None = None, eps: float = 1e-8, reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        """(*), (*) -> ()."""
        return F.poisson_nll_loss(
            log_input, target, log_input=self.log_input, full=self.full, eps=self.eps, reduction=self.reduction)


class GaussianNLLLoss(_Loss):
    """(log v + (input - target)² / v) / 2 with v = max(var, eps): input, target (N, *), var (N, *), (N, *, 1) or a number -> ().

    Args:
        full: add log(2π) / 2.
        eps: least variance.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.
    """

    __constants__ = ["full", "eps", "reduction"]

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(None, None, reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        """(N, *), (N, *), variance -> ()."""
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class KLDivLoss(_Loss):
    """target (log target - input), of log-probabilities in input: input, target (*) -> ().

    Args:
        size_average, reduce: older forms of reduction.
        reduction: ``"mean"``, ``"batchmean"`` (the sum by the first axis, which is the divergence), ``"sum"`` or ``"none"``.
        log_target: whether the target are log-probabilities too.
    """

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean", log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(*), (*) -> ()."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class BCELoss(_WeightedLoss):
    """-(target log(input) + (1 - target) log(1 - input)), of probabilities: input, target (*) -> (). Logarithms stop at -100.

    Args:
        weight: of each element, of a shape that broadcasts.
        size_average, reduce, reduction: as of :class:`L1Loss`.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(*), (*) -> ()."""
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """:class:`BCELoss` of sigmoid(input), in a form that is exact for large inputs: input, target (*) -> ().

    Args:
        weight: of each element, of a shape that broadcasts.
        size_average, reduce, reduction: as of :class:`L1Loss`.
        pos_weight: of the part with target, of a shape that broadcasts.
    """

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(*), (*) -> ()."""
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, pos_weight=self.pos_weight, reduction=self.reduction)


class CTCLoss(_Loss):
    """-log of the probability of a sequence of labels under all its alignments to the input (Graves et al., 2006).

    Shapes: log_probs (T, N, C) or (T, C); targets (N, S), or all of them one after the other; input_lengths, target_lengths (N) -> ().
    The mean divides each loss by its target's length first.

    Args:
        blank: the class that stands for no label.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.
        zero_infinity: losses that are infinite, because the input is shorter than the target, become 0, as do their gradients.
    """

    __constants__ = ["blank", "reduction"]

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(self, log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any) -> Tensor:
        """(T, N, C), (N, S), (N), (N) -> ()."""
        return F.ctc_loss(log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity)
