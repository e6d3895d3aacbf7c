"""Normalisation of each channel of each sample."""

import warnings
from typing import ClassVar

from flambeau import Tensor
from flambeau.nn import functional as F
from flambeau.nn.modules.batchnorm import _LazyNormBase, _NormBase

__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "LazyInstanceNorm1d", "LazyInstanceNorm2d", "LazyInstanceNorm3d"]


class _InstanceNorm(_NormBase):
    _dims: ClassVar[tuple[int, int]]  # without and with a batch axis

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False, track_running_stats: bool = False,
        device=None, dtype=None, *, bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device=device, dtype=dtype, bias=bias)

    def _get_no_batch_dim(self) -> int:
        return self._dims[0]

    def _load_from_state_dict(
        self, state_dict: dict, prefix: str, local_metadata: dict, strict: bool,
        missing_keys: list[str], unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:
        if local_metadata.get("version") is None and not self.track_running_stats:
            old = [prefix + name for name in ("running_mean", "running_var") if prefix + name in state_dict]
            if old:
                listed, name = " and ".join(f'"{key}"' for key in old), type(self).__name__
                error_msgs.append(
                    f"Unexpected running stats buffer(s) {listed} for {name} with track_running_stats=False: the state dict is an old one, "
                    f"from when {name} tracked them by default. Take these keys out of it, or make the {name} with track_running_stats=True.")
                for key in old:
                    del state_dict[key]
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, *) or (C, *) -> the same."""
        self._check_input_dim(input)
        axis = input.dim() - self._get_no_batch_dim()
        if input.size(axis) != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={axis} to match num_features ({self.num_features}), but got: {input.size(axis)}.")
            warnings.warn(
                f"input's size at dim={axis} does not match num_features. You can silence this warning by not passing in num_features, "
                "which is not used because affine=False", stacklevel=2)
        if axis == 0:
            return self._apply_instance_norm(input.unsqueeze(0)).squeeze(0)
        return self._apply_instance_norm(input)

    def _apply_instance_norm(self, input: Tensor) -> Tensor:
        return F.instance_norm(
            input, self.running_mean, self.running_var, self.weight, self.bias, self.training or not self.track_running_stats,
            self.momentum if self.momentum is not None else 0.0, self.eps)


class InstanceNorm1d(_InstanceNorm):
    """y = (x - mean) / sqrt(var + eps) * weight + bias, each channel of each sample by itself (Ulyanov et al., 2016, arXiv:1607.08022).

    Shapes: x (N, C, L) or (C, L) -> the same; ``weight``, ``bias``, ``running_mean``, ``running_var`` (C).

    Args:
        num_features: C.
        eps: added to the (biased) variance.
        momentum: of the running statistics.
        affine: whether there are weight and bias.
        track_running_stats: whether there are running statistics, which are then used in evaluation.
        device, dtype: of the parameters and buffers.
        bias: whether an affine one has a bias.

    Raises:
        ValueError: an input with another number of axes or channels.
    """

    _dims = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """:class:`InstanceNorm1d` for x (N, C, H, W) or (C, H, W)."""

    _dims = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """:class:`InstanceNorm1d` for x (N, C, D, H, W) or (C, D, H, W)."""

    _dims = (4, 5)


class LazyInstanceNorm1d(_LazyNormBase, _InstanceNorm):
    """An :class:`InstanceNorm1d` that takes ``num_features`` from its first input. The other arguments are the same."""

    cls_to_become = InstanceNorm1d
    _dims = (2, 3)


class LazyInstanceNorm2d(_LazyNormBase, _InstanceNorm):
    """An :class:`InstanceNorm2d` that takes ``num_features`` from its first input. The other arguments are the same."""

    cls_to_become = InstanceNorm2d
    _dims = (3, 4)


class LazyInstanceNorm3d(_LazyNormBase, _InstanceNorm):
    """An :class:`InstanceNorm3d` that takes ``num_features`` from its first input. The other arguments are the same."""

    cls_to_become = InstanceNorm3d
    _dims = (4, 5)
