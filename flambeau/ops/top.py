"""Functions that the package has at the top under the names of nn.functional, with other arguments.

These are PyTorch's own operators: a reduction may be a number (0 none, 1 mean, 2 sum), parameters come before running statistics, and some
return more. The arguments that only choose a library (`cudnn_enabled`) are accepted and do nothing.
"""
from __future__ import annotations

from . import ctc, losses, noise, normalize, pool
from . import grid as _grid
from . import margin as _margin
from .common import Tensor, need_tensor
from .dropout import TOP, native_dropout
from .embedding import bags, embedding_renorm_, lookup
from .normalize import rms_norm
from .pool import adaptive_avg_pool1d, avg_pool1d, max_pool1d_with_indices

dropout, dropout_ = TOP["dropout"], TOP["dropout_"]
feature_dropout, feature_dropout_ = TOP["feature_dropout"], TOP["feature_dropout_"]
alpha_dropout, alpha_dropout_ = TOP["alpha_dropout"], TOP["alpha_dropout_"]
feature_alpha_dropout, feature_alpha_dropout_ = TOP["feature_alpha_dropout"], TOP["feature_alpha_dropout_"]


# ------------------------------------------------------------------------------------------------------------------- pooling
def adaptive_max_pool1d(input, output_size):
    """The greatest elements of windows that share out an axis, and where they are."""
    return pool.adaptive_max_pool1d(input, output_size, True)


def max_pool1d(input, kernel_size, stride=(), padding=0, dilation=1, ceil_mode: bool = False) -> Tensor:
    """The greatest element of each window: input (N, C, L) or (C, L)."""
    return pool.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d(input, kernel_size, stride=(), padding=0, dilation=1, ceil_mode: bool = False) -> Tensor:
    """The greatest element of each window: input (N, C, H, W) or (C, H, W)."""
    return pool.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool3d(input, kernel_size, stride=(), padding=0, dilation=1, ceil_mode: bool = False) -> Tensor:
    """The greatest element of each window: input (N, C, D, H, W) or (C, D, H, W)."""
    return pool.max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode)


# ------------------------------------------------------------------------------------------------------------- normalisation
def batch_norm(input, weight, bias, running_mean, running_var, training: bool, momentum: float, eps: float, cudnn_enabled: bool = True) -> Tensor:
    """Each channel brought to mean 0 and variance 1, then scaled and shifted; see nn.functional.batch_norm."""
    return normalize.normalized_by_batch(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]


def native_batch_norm(input, weight, bias, running_mean, running_var, training: bool, momentum: float, eps: float):
    """Batch normalisation, with the batch's mean and the reciprocal of its standard deviation (empty in evaluation)."""
    result, mean, scale = normalize.normalized_by_batch(input, weight, bias, running_mean, running_var, training, momentum, eps)
    return result, *(input.new_empty((0,)) if t is None else t.detach() for t in (mean, scale))


def instance_norm(input, weight, bias, running_mean, running_var, use_input_stats: bool, momentum: float, eps: float, cudnn_enabled: bool = True) -> Tensor:
    """Each channel of each sample brought to mean 0 and variance 1; see nn.functional.instance_norm."""
    return normalize.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


def layer_norm(input, normalized_shape, weight=None, bias=None, eps: float = 1e-5, cudnn_enable: bool = True) -> Tensor:
    """The last axes brought to mean 0 and variance 1, then scaled and shifted."""
    return normalize.layer_norm(input, normalized_shape, weight, bias, eps)


def native_layer_norm(input, normalized_shape, weight, bias, eps: float):
    """Layer normalisation, with the means and the reciprocals of the standard deviations."""
    result, mean, scale = normalize.normalized_by_layer(input, normalized_shape, weight, bias, eps)
    return result, mean.detach(), scale.detach()


def group_norm(input, num_groups: int, weight=None, bias=None, eps: float = 1e-5, cudnn_enabled: bool = True) -> Tensor:
    """Groups of channels brought to mean 0 and variance 1, then scaled and shifted."""
    return normalize.normalized_by_group(need_tensor(input, "group_norm"), num_groups, weight, bias, eps)[0]


def native_group_norm(input, weight, bias, N: int, C: int, HxW: int, group: int, eps: float):
    """Group normalisation of N samples of C channels of HxW elements, with the means and the reciprocals of the standard deviations."""
    return normalize.normalized_by_group(need_tensor(input, "native_group_norm"), group, weight, bias, eps)


# ---------------------------------------------------------------------------------------------------------------- embeddings
def embedding(weight, indices, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False) -> Tensor:
    """Rows of the table `weight` by number; the row `padding_idx` gets no gradient."""
    need_tensor(indices, "embedding", "indices")
    return lookup(need_tensor(weight, "embedding", "weight"), indices, padding_idx, scale_grad_by_freq, sparse)


def embedding_bag(weight, indices, offsets, scale_grad_by_freq: bool = False, mode: int = 0, sparse: bool = False, per_sample_weights=None,
                  include_last_offset: bool = False, padding_idx: int | None = None):
    """Sums (mode 0), means (1) or maxima (2) of rows in bags: (result, bag of each number, size of each bag, places of the maxima)."""
    return bags(weight, indices, offsets, scale_grad_by_freq, ("sum", "mean", "max")[mode], per_sample_weights, include_last_offset, padding_idx)


# -------------------------------------------------------------------------------------------------------------------- losses
def binary_cross_entropy_with_logits(input, target, weight=None, pos_weight=None, reduction: int = 1) -> Tensor:
    """Binary cross entropy of logits; see nn.functional."""
    return losses.binary_cross_entropy_with_logits(input, target, weight, reduction=reduction, pos_weight=pos_weight)


def kl_div(input, target, reduction: int = 1, *, log_target: bool = False) -> Tensor:
    """The divergence of log-probabilities from a target; see nn.functional."""
    return losses.divergence(need_tensor(input, "kl_div"), need_tensor(target, "kl_div", "target"), losses.reduction_of(reduction), log_target)


def poisson_nll_loss(input, target, log_input: bool, full: bool, eps: float, reduction: int) -> Tensor:
    """The negative log-likelihood of Poisson numbers; see nn.functional."""
    return losses.poisson_nll_loss(input, target, log_input, full, eps=eps, reduction=reduction)


def cosine_embedding_loss(input1, input2, target, margin: float = 0.0, reduction: int = 1) -> Tensor:
    """How far cosines are from what targets 1 and -1 ask for; see nn.functional."""
    return _margin.cosine_embedding_loss(input1, input2, target, margin, reduction=reduction)


def hinge_embedding_loss(input, target, margin: float = 1.0, reduction: int = 1) -> Tensor:
    """The input for targets 1, max(0, margin - input) for -1; see nn.functional."""
    return _margin.hinge_embedding_loss(input, target, margin, reduction=reduction)


def margin_ranking_loss(input1, input2, target, margin: float = 0.0, reduction: int = 1) -> Tensor:
    """max(0, -target (input1 - input2) + margin); see nn.functional."""
    return _margin.margin_ranking_loss(input1, input2, target, margin, reduction=reduction)


def triplet_margin_loss(anchor, positive, negative, margin: float = 1.0, p: float = 2, eps: float = 1e-6, swap: bool = False, reduction: int = 1) -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin); see nn.functional."""
    return _margin.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reduction=reduction)


def ctc_loss(log_probs, targets, input_lengths, target_lengths, blank: int = 0, reduction: int = 1, zero_infinity: bool = False) -> Tensor:
    """Connectionist temporal classification; see nn.functional."""
    return ctc.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity)


# ------------------------------------------------------------------------------------------------------------- noise and grids
def rrelu(input, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, generator=None) -> Tensor:
    """x where it is positive, else x times a slope, drawn while `training`; see nn.functional."""
    return noise.rrelu(input, lower, upper, training, generator=generator)


def rrelu_(input, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, generator=None) -> Tensor:
    """`rrelu` in place."""
    return noise.rrelu(input, lower, upper, training, True, generator=generator)


def grid_sampler(input, grid, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Tensor:
    """Images read at the places of a grid; the modes count those of nn.functional.grid_sample."""
    return _grid.sample(input, grid, ("bilinear", "nearest", "bicubic")[interpolation_mode], ("zeros", "border", "reflection")[padding_mode], align_corners)


grid_sampler_2d = grid_sampler_3d = grid_sampler


def affine_grid_generator(theta, size, align_corners: bool) -> Tensor:
    """The places that affine maps send the pixels of a result to."""
    return _grid.affine_places(need_tensor(theta, "affine_grid_generator", "theta"), tuple(size), align_corners)


__all__ = [
    "adaptive_avg_pool1d", "adaptive_max_pool1d", "affine_grid_generator", "alpha_dropout", "alpha_dropout_", "avg_pool1d", "batch_norm",
    "binary_cross_entropy_with_logits", "cosine_embedding_loss", "ctc_loss", "dropout", "dropout_", "embedding", "embedding_bag", "embedding_renorm_",
    "feature_alpha_dropout", "feature_alpha_dropout_", "feature_dropout", "feature_dropout_", "grid_sampler", "grid_sampler_2d", "grid_sampler_3d",
    "group_norm", "hinge_embedding_loss", "instance_norm", "kl_div", "layer_norm", "margin_ranking_loss", "max_pool1d", "max_pool1d_with_indices",
    "max_pool2d", "max_pool3d", "native_batch_norm", "native_dropout", "native_group_norm", "native_layer_norm", "poisson_nll_loss", "rms_norm", "rrelu",
    "rrelu_", "triplet_margin_loss",
]
