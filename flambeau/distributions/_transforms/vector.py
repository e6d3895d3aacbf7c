"""Transforms of vectors, and of shapes."""

from collections.abc import Sequence

import flambeau
from flambeau import Size, Tensor
from flambeau.distributions import constraints
from flambeau.distributions._transforms.base import SameKind, Transform, need_dims
from flambeau.distributions._transforms.elementwise import clipped_sigmoid
from flambeau.nn.functional import logsigmoid, pad

__all__ = ["ReshapeTransform", "SoftmaxTransform", "StickBreakingTransform"]


class ReshapeTransform(Transform):
    """Another shape for the last axes.

    Args:
        in_shape: of x.
        out_shape: of y.
        cache_size: 0 or 1.

    Raises:
        ValueError: these have not the same number of elements.
    """

    bijective = True

    def __init__(self, in_shape: Sequence[int], out_shape: Sequence[int], cache_size: int = 0) -> None:
        self.in_shape, self.out_shape = Size(in_shape), Size(out_shape)
        if self.in_shape.numel() != self.out_shape.numel():
            raise ValueError(
                f"in_shape, out_shape have different numbers of elements: {tuple(self.in_shape)} has {self.in_shape.numel()}, "
                f"{tuple(self.out_shape)} has {self.out_shape.numel()}"
            )
        super().__init__(cache_size=cache_size)

    def _copy(self, cache_size: int) -> Transform:
        return ReshapeTransform(self.in_shape, self.out_shape, cache_size=cache_size)

    @constraints.dependent_property
    def domain(self) -> constraints.Constraint:
        return constraints.independent(constraints.real, len(self.in_shape))

    @constraints.dependent_property
    def codomain(self) -> constraints.Constraint:
        return constraints.independent(constraints.real, len(self.out_shape))

    def _call(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[: x.dim() - len(self.in_shape)] + self.out_shape)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.reshape(y.shape[: y.dim() - len(self.out_shape)] + self.in_shape)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return x.new_zeros(x.shape[: x.dim() - len(self.in_shape)])

    def forward_shape(self, shape: Sequence[int]) -> Sequence[int]:
        return _exchanged(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape: Sequence[int]) -> Sequence[int]:
        return _exchanged(shape, self.out_shape, self.in_shape)


def _exchanged(shape: Sequence[int], end: Size, other: Size) -> Sequence[int]:
    need_dims(shape, len(end))
    cut = len(shape) - len(end)
    if shape[cut:] != end:
        raise ValueError(f"Shape mismatch: expected {end} but got {shape[cut:]}")
    return shape[:cut] + other


class SoftmaxTransform(SameKind):
    """softmax(x). Its inverse log(y) is one of many, and there is no Jacobian: use it to keep optimized parameters on the
    simplex, and StickBreakingTransform for densities."""

    domain = constraints.real_vector
    codomain = constraints.simplex

    def _call(self, x: Tensor) -> Tensor:
        probs = (x - x.amax(-1, keepdim=True)).exp()
        return probs / probs.sum(-1, True)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log()

    def forward_shape(self, shape: Sequence[int]) -> Sequence[int]:
        need_dims(shape, 1)
        return shape

    inverse_shape = forward_shape


class StickBreakingTransform(SameKind):
    """k - 1 numbers to k probabilities, one after the other: each is a part of what the ones before it left.

    x = 0 gives equal probabilities. As in Stan's reference manual, section "Unit simplex".
    """

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True

    @staticmethod
    def _log_left(x: Tensor, k: int) -> Tensor:
        """log of how many probabilities come after each: what makes x = 0 even."""
        return (k - x.new_ones(k - 1).cumsum(-1)).log()

    def _call(self, x: Tensor) -> Tensor:
        part = clipped_sigmoid(x - self._log_left(x, x.shape[-1] + 1))
        left = (1 - part).cumprod(-1)
        return pad(part, [0, 1], value=1) * pad(left, [1, 0], value=1)

    def _inverse(self, y: Tensor) -> Tensor:
        first = y[..., :-1]
        left = (1 - first.cumsum(-1)).clamp(min=flambeau.finfo(y.dtype).tiny)
        return first.log() - left.log() + self._log_left(y, y.shape[-1])

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        x = x - self._log_left(x, x.shape[-1] + 1)
        return (-x + logsigmoid(x) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Sequence[int]) -> Sequence[int]:
        need_dims(shape, 1)
        return shape[:-1] + (shape[-1] + 1,)

    def inverse_shape(self, shape: Sequence[int]) -> Sequence[int]:
        need_dims(shape, 1)
        return shape[:-1] + (shape[-1] - 1,)
