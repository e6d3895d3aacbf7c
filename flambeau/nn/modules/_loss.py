"""What all losses have: the way in which the losses of elements become one number."""

from flambeau import Tensor
from flambeau.nn import _reduction
from flambeau.nn.modules.module import Module

__all__: list[str] = []

# All losses take `reduction`: "mean" of the elements' losses, their "sum", or "none", all of them. `size_average` and `reduce` are an
# older way to say the same: reduce=False is "none", otherwise size_average=False is "sum".


class _Loss(Module):
    __constants__ = ["reduction"]

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = _reduction.resolve(size_average, reduce, reduction)


class _WeightedLoss(_Loss):
    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
