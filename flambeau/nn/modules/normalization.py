"""Normalisation within a sample: over its last axes, over groups of channels, over neighbouring channels."""

import numbers
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.nn import functional as F
from flambeau.nn import init
from flambeau.nn.modules.module import Module
from flambeau.nn.parameter import Parameter

__all__ = ["CrossMapLRN2d", "GroupNorm", "LayerNorm", "LocalResponseNorm", "RMSNorm"]


class LocalResponseNorm(Module):
    """y = x / (k + alpha * mean of x² over the ``size`` nearest channels) ^ beta: x (N, C, *) -> (N, C, *).

    Args:
        size: number of channels.
        alpha, beta, k: of the formula.
    """

    __constants__ = ["size", "alpha", "beta", "k"]

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, *) -> (N, C, *)."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(Module):
    """As :class:`LocalResponseNorm`, for x (N, C, H, W), with PyTorch's choice of channels: the reach - 1 on either side, where
    reach = (size - 1) // 2 + 1, and from channel number ``reach`` on the first one too. The sum is divided by ``size``.

    Args:
        size: number of channels.
        alpha, beta, k: of the formula.

    Raises:
        ValueError: an input that is not 4-dimensional.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        if input.dim() != 4:
            raise ValueError(f"CrossMapLRN2d: Expected input to be 4D, got {input.dim()}D instead.")
        reach, channels = (self.size - 1) // 2 + 1, input.size(1)
        window = 2 * reach - 1
        squares = input * input
        # the channels become a spatial axis of their own, over which to pool
        total = F.avg_pool3d(squares.unsqueeze(1), (window, 1, 1), stride=1, padding=(reach - 1, 0, 0)).squeeze(1) * window
        if channels > reach:
            total = total + F.pad(squares[:, :1].expand(-1, channels - reach, -1, -1), (0, 0, 0, 0, reach, 0))
        mean = total / self.size
        return input * (mean * self.alpha + self.k) ** -self.beta

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


def _shape(normalized_shape: Any) -> tuple[int, ...]:
    return (normalized_shape,) if isinstance(normalized_shape, numbers.Integral) else tuple(normalized_shape)


class LayerNorm(Module):
    """y = (x - mean) / sqrt(var + eps) * weight + bias, over the last axes of each sample (Ba et al., 2016, arXiv:1607.06450).

    Shapes: x (*, *normalized_shape) -> the same; ``weight``, ``bias`` normalized_shape.

    Args:
        normalized_shape: sizes of the last axes, one number for one axis.
        eps: added to the (biased) variance.
        elementwise_affine: whether there are weight and bias.
        bias: whether an affine one has a bias.
        device, dtype: of the parameters.
    """

    __constants__ = ["normalized_shape", "eps", "elementwise_affine"]

    def __init__(
        self, normalized_shape: Any, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True, device=None, dtype=None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        for name, wanted in (("weight", elementwise_affine), ("bias", elementwise_affine and bias)):
            tensor = flambeau.empty(self.normalized_shape, device=device, dtype=dtype) if wanted else None
            self.register_parameter(name, Parameter(tensor) if wanted else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1, bias 0."""
        if self.elementwise_affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """(*, *normalized_shape) -> the same."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The options."""
        return (f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}")


class GroupNorm(Module):
    """y = (x - mean) / sqrt(var + eps) * weight + bias, over groups of channels of each sample (Wu & He, 2018, arXiv:1803.08494).

    Shapes: x (N, C, *) -> the same; ``weight``, ``bias`` (C).

    Args:
        num_groups: into how many groups the channels fall; divides num_channels.
        num_channels: C.
        eps: added to the (biased) variance.
        affine: whether there are weight and bias.
        device, dtype: of the parameters.
        bias: whether an affine one has a bias.

    Raises:
        ValueError: the channels do not fall into the groups.
    """

    __constants__ = ["num_groups", "num_channels", "eps", "affine"]

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, device=None, dtype=None, *, bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups != 0:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            self.register_parameter(name, Parameter(flambeau.empty(num_channels, device=device, dtype=dtype)) if wanted else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1, bias 0."""
        if self.affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, *) -> the same."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={self.bias is not None}"


class RMSNorm(Module):
    """y = x / sqrt(mean of x² + eps) * weight, over the last axes of each sample (Zhang & Sennrich, 2019, arXiv:1910.07467).

    Shapes: x (*, *normalized_shape) -> the same; ``weight`` normalized_shape.

    Args:
        normalized_shape: sizes of the last axes, one number for one axis.
        eps: added to the mean; None: the dtype's machine epsilon.
        elementwise_affine: whether there is a weight.
        device, dtype: of the weight.
    """

    __constants__ = ["normalized_shape", "eps", "elementwise_affine"]

    def __init__(
        self, normalized_shape: Any, eps: float | None = None, elementwise_affine: bool = True, device=None, dtype=None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        tensor = flambeau.empty(self.normalized_shape, device=device, dtype=dtype) if elementwise_affine else None
        self.register_parameter("weight", Parameter(tensor) if elementwise_affine else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1."""
        if self.elementwise_affine:
            init.ones_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(*, *normalized_shape) -> the same."""
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
