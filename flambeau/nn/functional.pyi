"""The functions behind the layers: `import flambeau.nn.functional as F`.

Written by tools/stubs.py: do not edit.
"""

from collections.abc import Sequence
from typing import Any

from flambeau.core.dtype import dtype as _dtype
from flambeau.core.tensor import Tensor as Tensor
from flambeau.core.tensor import _bool, _float, _int, _Operand, _Out, _str
from flambeau.ops.random import Generator as _Generator

def adaptive_avg_pool1d(input: Tensor, output_size: _int | Sequence[Any]) -> Tensor:
    """Means of `output_size` windows that share out an axis: input (N, C, L) or (C, L)."""
def adaptive_avg_pool2d(input: Tensor, output_size: _int | Sequence[Any]) -> Tensor:
    """Means of windows that share out an image, as many as `output_size` says (None: as many as pixels): input (N, C, H, W) or (C, H, W)."""
def adaptive_avg_pool3d(input: Tensor, output_size: _int | Sequence[Any]) -> Tensor:
    """Means of windows that share out a volume: input (N, C, D, H, W) or (C, D, H, W)."""
def adaptive_max_pool1d(input: Tensor, output_size: _int | Sequence[Any], return_indices: _bool = False) -> Tensor:
    """The greatest elements of `output_size` windows that share out an axis: input (N, C, L) or (C, L)."""
def adaptive_max_pool1d_with_indices(input: Tensor, output_size: _int | Sequence[Any], return_indices: _bool = False) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool1d` and where the greatest elements are."""
def adaptive_max_pool2d(input: Tensor, output_size: _int | Sequence[Any], return_indices: _bool = False) -> Tensor:
    """The greatest elements of windows that share out an image: input (N, C, H, W) or (C, H, W). return_indices: also where they are."""
def adaptive_max_pool2d_with_indices(input: Tensor, output_size: _int | Sequence[Any], return_indices: _bool = False) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool2d` and where the greatest elements are."""
def adaptive_max_pool3d(input: Tensor, output_size: _int | Sequence[Any], return_indices: _bool = False) -> Tensor:
    """The greatest elements of windows that share out a volume: input (N, C, D, H, W) or (C, D, H, W)."""
def adaptive_max_pool3d_with_indices(input: Tensor, output_size: _int | Sequence[Any], return_indices: _bool = False) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool3d` and where the greatest elements are."""
def affine_grid(theta: Tensor, size: _int | Sequence[_int], align_corners: _bool | None = None) -> Tensor:
    """The places that affine maps send the pixels of a result to: theta (N, 2, 3), size (N, C, H, W) -> (N, H, W, 2); or (N, 3, 4) with 5 sizes."""
def alpha_dropout(input: Tensor, p: _float = 0.5, training: _bool = False, inplace: _bool = False) -> Tensor:
    """Each element SELU's lower limit with probability `p`, then all scaled and shifted so that mean 0 and variance 1 stay."""
def avg_pool1d(
    input: Tensor, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None, padding: _int | _str | Sequence[Any] = 0,
    ceil_mode: _bool = False, count_include_pad: _bool = True,
) -> Tensor:
    """The mean of each window: input (N, C, L) or (C, L). count_include_pad: the padding's zeros count as elements."""
def avg_pool2d(
    input: Tensor, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None, padding: _int | _str | Sequence[Any] = 0,
    ceil_mode: _bool = False, count_include_pad: _bool = True, divisor_override: Any = None, *, out: _Out = None,
) -> Tensor:
    """The mean of each window: input (N, C, H, W) or (C, H, W). count_include_pad: the padding's zeros count as elements."""
def avg_pool3d(
    input: Tensor, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None, padding: _int | _str | Sequence[Any] = 0,
    ceil_mode: _bool = False, count_include_pad: _bool = True, divisor_override: Any = None, *, out: _Out = None,
) -> Tensor:
    """The mean of each window: input (N, C, D, H, W) or (C, D, H, W), arguments as in avg_pool2d."""
def batch_norm(
    input: Tensor, running_mean: Tensor, running_var: Tensor, weight: Tensor | None = None, bias: Tensor | None = None, training: _bool = False,
    momentum: _float = 0.1, eps: _float = 1e-05,
) -> Tensor:
    """(input - mean) / √(variance + eps) · weight + bias for each channel: input (N, C, …), all others (C)."""
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """out[…, o] = Σ input1[…, i] · weight[o, i, j] · input2[…, j] + bias[o]"""
def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: _bool | None = None, reduce: _bool | None = None,
    reduction: _str = 'mean',
) -> Tensor:
    """-(target log(input) + (1 - target) log(1 - input)), of probabilities. ValueError for shapes that differ, RuntimeError outside [0, 1]."""
def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: _bool | None = None, reduce: _bool | None = None,
    reduction: _str = 'mean', pos_weight: Tensor | None = None,
) -> Tensor:
    """Binary cross entropy of logits, stable for large ones: max(x, 0) - x y + log(1 + e^-|x|)."""
def celu(input: Tensor, alpha: _float = 1.0, inplace: _bool = False) -> Tensor:
    """x above 0, alpha · (e^(x / alpha) - 1) else (Barron, arXiv:1704.07483). RuntimeError for alpha 0."""
def celu_(input: Tensor, alpha: _float = 1.0, inplace: _bool = False) -> Tensor:
    """In-place form of `celu`: x above 0, alpha · (e^(x / alpha) - 1) else (Barron, arXiv:1704.07483). RuntimeError for alpha 0."""
def channel_shuffle(input: Tensor, groups: _int) -> Tensor:
    """Channels dealt out in turn from `groups` groups: input (N, C, …). RuntimeError where C is not divisible by `groups`."""
def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[Any] | None = 1, padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, groups: _int = 1,
) -> Tensor:
    """A kernel slid along one axis: input (N, C, L) or (C, L), weight (O, C / groups, K), bias (O) -> (N, O, places)."""
def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[Any] | None = 1, padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, groups: _int = 1,
) -> Tensor:
    """A kernel slid over images: input (N, C, H, W) or (C, H, W), weight (O, C / groups, KH, KW), bias (O) -> (N, O, rows, columns)."""
def conv3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[Any] | None = 1, padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, groups: _int = 1,
) -> Tensor:
    """A kernel slid through volumes: input (N, C, D, H, W) or (C, D, H, W), weight (O, C / groups, KD, KH, KW), bias (O)."""
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: _int = 0) -> Tensor:
    """conv1d with time first: input (T, N, C), weight (K, C, O), bias (O) -> (places, N, O)."""
def conv_transpose1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[Any] | None = 1, padding: _int | _str | Sequence[Any] = 0,
    output_padding: _int | Sequence[Any] = 0, groups: _int = 1, dilation: _int | Sequence[Any] = 1,
) -> Tensor:
    """The adjoint of conv1d: input (N, C, L), weight (C, O / groups, K) -> (N, O, (L - 1) stride - 2 padding + dilation (K - 1) + output_padding …"""
def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[Any] | None = 1, padding: _int | _str | Sequence[Any] = 0,
    output_padding: _int | Sequence[Any] = 0, groups: _int = 1, dilation: _int | Sequence[Any] = 1,
) -> Tensor:
    """The adjoint of conv2d, which enlarges images: input (N, C, H, W), weight (C, O / groups, KH, KW). Sizes as in conv_transpose1d."""
def conv_transpose3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[Any] | None = 1, padding: _int | _str | Sequence[Any] = 0,
    output_padding: _int | Sequence[Any] = 0, groups: _int = 1, dilation: _int | Sequence[Any] = 1,
) -> Tensor:
    """The adjoint of conv3d: input (N, C, D, H, W), weight (C, O / groups, KD, KH, KW). Sizes as in conv_transpose1d."""
def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: _float = 0, size_average: _bool | None = None, reduce: _bool | None = None,
    reduction: _str = 'mean',
) -> Tensor:
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1: inputs (N, D) with targets (N), or (D) with ()."""
def cosine_similarity(x1: Tensor, x2: Tensor, dim: _int = 1, eps: _float = 1e-08) -> Tensor:
    """x1 · x2 / (|x1| |x2|) along an axis, lengths no less than `eps`. RuntimeError for integers."""
def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: _bool | None = None, ignore_index: _int = -100,
    reduce: _bool | None = None, reduction: _str = 'mean', label_smoothing: _float = 0.0,
) -> Tensor:
    """-Σ_k target[k] log softmax(input)[k] from logits (N, C, …), and class numbers (N, …) or probabilities of the logits' shape."""
def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: _int = 0, reduction: _str = 'mean',
    zero_infinity: _bool = False,
) -> Tensor:
    """-log of the probability that predictions give `targets`, in any alignment, with blanks between and labels repeated."""
def dropout(input: Tensor, p: _float = 0.5, training: _bool = True, inplace: _bool = False) -> Tensor:
    """Each element 0 with probability `p`, else divided by 1 - p; the input itself when not `training`. ValueError for p outside [0, 1]."""
def dropout1d(input: Tensor, p: _float = 0.5, training: _bool = True, inplace: _bool = False) -> Tensor:
    """Whole channels 0 with probability `p`, else divided by 1 - p: input (N, C, L) or (C, L). RuntimeError for other shapes."""
def dropout2d(input: Tensor, p: _float = 0.5, training: _bool = True, inplace: _bool = False) -> Tensor:
    """Whole channels 0 with probability `p`, else divided by 1 - p: input (N, C, H, W). Three axes are read as (N, C, L), with a warning."""
def dropout3d(input: Tensor, p: _float = 0.5, training: _bool = True, inplace: _bool = False) -> Tensor:
    """Whole channels 0 with probability `p`, else divided by 1 - p: input (N, C, D, H, W) or (C, D, H, W)."""
def elu(input: Tensor, alpha: _float = 1.0, inplace: _bool = False) -> Tensor:
    """x above 0, alpha · (e^x - 1) else (Clevert et al., arXiv:1511.07289)."""
def elu_(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """In-place form of `elu`: x above 0, alpha · (e^x - 1) else (Clevert et al., arXiv:1511.07289)."""
def embedding(
    input: Tensor, weight: Tensor, padding_idx: _int | None = None, max_norm: _float | None = None, norm_type: _float = 2.0,
    scale_grad_by_freq: _bool = False, sparse: _bool = False,
) -> Tensor:
    """Rows of a table: input (…) of int64 or int32, weight (rows, d) -> (…, d)."""
def embedding_bag(
    input: Tensor, weight: Tensor, offsets: Any = None, max_norm: _float | None = None, norm_type: _float = 2, scale_grad_by_freq: _bool = False,
    mode: _str = 'mean', sparse: _bool = False, per_sample_weights: Tensor | None = None, include_last_offset: _bool = False,
    padding_idx: _int | None = None,
) -> Tensor:
    """Sums, means or maxima of table rows in bags: weight (rows, d) -> (bags, d), zeros for an empty bag."""
def feature_alpha_dropout(input: Tensor, p: _float = 0.5, training: _bool = False, inplace: _bool = False) -> Tensor:
    """`alpha_dropout` of whole channels: input (N, C, …)."""
def fold(
    input: Tensor, output_size: _int | Sequence[Any], kernel_size: _int | Sequence[Any], dilation: _int | Sequence[Any] = 1,
    padding: _int | _str | Sequence[Any] = 0, stride: _int | Sequence[Any] | None = 1,
) -> Tensor:
    """Patches put back into images of `output_size` and summed where they overlap: input (N, C · pixels of a patch, patches) -> (N, C, H, W)."""
def fractional_max_pool2d(
    input: Tensor, kernel_size: _int | Sequence[Any], output_size: _int | Sequence[Any] | None = None, output_ratio: Any = None,
    return_indices: _bool = False, _random_samples: Tensor | None = None,
) -> Tensor:
    """The greatest elements of windows at random places, about evenly spread: input (N, C, H, W) or (C, H, W)."""
def fractional_max_pool2d_with_indices(
    input: Tensor, kernel_size: _int | Sequence[Any], output_size: _int | Sequence[Any] | None = None, output_ratio: Any = None,
    return_indices: _bool = False, _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """`fractional_max_pool2d` and where the greatest elements are."""
def fractional_max_pool3d(
    input: Tensor, kernel_size: _int | Sequence[Any], output_size: _int | Sequence[Any] | None = None, output_ratio: Any = None,
    return_indices: _bool = False, _random_samples: Tensor | None = None,
) -> Tensor:
    """The greatest elements of windows at random places in volumes, about evenly spread: input (N, C, D, H, W) or (C, D, H, W)."""
def fractional_max_pool3d_with_indices(
    input: Tensor, kernel_size: _int | Sequence[Any], output_size: _int | Sequence[Any] | None = None, output_ratio: Any = None,
    return_indices: _bool = False, _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """`fractional_max_pool3d` and where the greatest elements are."""
def gaussian_nll_loss(input: Tensor, target: Tensor, var: Any, full: _bool = False, eps: _float = 1e-06, reduction: _str = 'mean') -> Tensor:
    """(log var + (input - target)² / var) / 2, the variance no less than `eps`."""
def gelu(input: Tensor, approximate: _str = 'none', *, out: _Out = None) -> Tensor:
    """x · Φ(x), Φ the normal distribution function; approximate="tanh" approximates it by a hyperbolic tangent."""
def glu(input: Tensor, dim: _int = -1) -> Tensor:
    """a · σ(b) of the two halves of axis `dim` (Dauphin et al., arXiv:1612.08083). RuntimeError for an odd size."""
def grid_sample(input: Tensor, grid: Tensor, mode: _str = 'bilinear', padding_mode: _str = 'zeros', align_corners: _bool | None = None) -> Tensor:
    """Images read at the places of a grid: input (N, C, H, W), grid (N, H', W', 2) of (x, y) in -1 … 1 -> (N, C, H', W'); volumes likewise."""
def group_norm(input: Tensor, num_groups: _int, weight: Tensor | None = None, bias: Tensor | None = None, eps: _float = 1e-05) -> Tensor:
    """Normalisation of each sample over `num_groups` groups of channels: input (N, C, …), weight and bias (C)."""
def gumbel_softmax(logits: Tensor, tau: _float = 1, hard: _bool = False, eps: _float = 1e-10, dim: _int = -1) -> Tensor:
    """Samples near to one-hot: softmax((logits + Gumbel noise) / tau). hard: one-hot, with the soft samples' gradient."""
def hardshrink(input: Tensor, lambd: _float = 0.5, *, out: _Out = None) -> Tensor:
    """x, and 0 in [-lambd, lambd]."""
def hardsigmoid(input: Tensor, inplace: _bool = False) -> Tensor:
    """min(max(x + 3, 0), 6) / 6"""
def hardswish(input: Tensor, inplace: _bool = False) -> Tensor:
    """x · min(max(x + 3, 0), 6) / 6"""
def hardtanh(input: Tensor, min_val: _float = -1.0, max_val: _float = 1.0, inplace: _bool = False) -> Tensor:
    """x, and the bound where it is outside [min_val, max_val]. ValueError for bounds that cross."""
def hardtanh_(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """In-place form of `hardtanh`: x, and the bound where it is outside [min_val, max_val]. ValueError for bounds that cross."""
def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: _float = 1.0, size_average: _bool | None = None, reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """input where the target is 1, max(0, margin - input) where it is -1."""
def huber_loss(input: Tensor, target: Tensor, reduction: _str = 'mean', delta: _float = 1.0, weight: Tensor | None = None) -> Tensor:
    """(input - target)² / 2 up to a distance of delta, beyond it delta (|input - target| - delta / 2). RuntimeError unless delta > 0."""
def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None, weight: Tensor | None = None, bias: Tensor | None = None,
    use_input_stats: _bool = True, momentum: _float = 0.1, eps: _float = 1e-05,
) -> Tensor:
    """Normalisation of each channel of each sample over its places: input (N, C, …), all others (C)."""
def interpolate(
    input: Tensor, size: _int | Sequence[_int] | None = None, scale_factor: Any = None, mode: _str = 'nearest', align_corners: _bool | None = None,
    recompute_scale_factor: _bool | None = None, antialias: _bool = False,
) -> Tensor:
    """`input` (N, C, L), (N, C, H, W) or (N, C, D, H, W) at another `size`, or at `scale_factor` times its own."""
def kl_div(
    input: Tensor, target: Tensor, size_average: _bool | None = None, reduce: _bool | None = None, reduction: _str = 'mean', log_target: _bool = False,
) -> Tensor:
    """target (log target - input), from log-probabilities; of a `log_target` e^target (target - input)."""
def l1_loss(
    input: Tensor, target: Tensor, size_average: _bool | None = None, reduce: _bool | None = None, reduction: _str = 'mean',
    weight: Tensor | None = None,
) -> Tensor:
    """|input - target|: the mean, the sum, or each. The weighted mean divides by the sum of the weights."""
def layer_norm(
    input: Tensor, normalized_shape: _int | Sequence[Any], weight: Tensor | None = None, bias: Tensor | None = None, eps: _float = 1e-05,
) -> Tensor:
    """(input - mean) / √(variance + eps) · weight + bias over the last axes, whose sizes are `normalized_shape`, the shape of weight and bias."""
def leaky_relu(input: Tensor, negative_slope: _float = 0.01, inplace: _bool = False) -> Tensor:
    """x above 0, negative_slope · x else."""
def leaky_relu_(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """In-place form of `leaky_relu`: x above 0, negative_slope · x else."""
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None, *, out: _Out = None) -> Tensor:
    """input (…, in) · weight (out, in)ᵀ + bias (out) -> (…, out)"""
def linear_cross_entropy(
    input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Tensor | None = None, weight: Tensor | None = None,
    reduction: _str = 'mean', ignore_index: _int | None = None, label_smoothing: _float = 0.0, options: Any = None,
) -> Tensor:
    """cross_entropy(linear(input, linear_weight, linear_bias), target): input (N, F) or (F), linear_weight (C, …, F), linear_bias (C, …)."""
def local_response_norm(input: Tensor, size: _int, alpha: _float = 0.0001, beta: _float = 0.75, k: _float = 1.0) -> Tensor:
    """input / (k + alpha · the mean of squares over `size` neighbouring channels)^beta: input (N, C, …), zeros beyond the first and last channel."""
def log_softmax(input: Tensor, dim: _int | None = None, _stacklevel: _int = 3, dtype: _dtype | None = None) -> Tensor:
    """log(e^x / Σ e^x) along axis `dim`, without overflow; `dtype` converts the input first."""
def logsigmoid(input: Tensor, *, out: _Out = None) -> Tensor:
    """log σ(x), without overflow."""
def lp_pool1d(
    input: Tensor, norm_type: Any, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None, ceil_mode: _bool = False,
) -> Tensor:
    """(Σ x^p)^(1/p) of each window, p the norm_type (inf: the greatest magnitude): input (N, C, L) or (C, L)."""
def lp_pool2d(
    input: Tensor, norm_type: Any, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None, ceil_mode: _bool = False,
) -> Tensor:
    """(Σ x^p)^(1/p) of each window, p the norm_type (inf: the greatest magnitude): input (N, C, H, W) or (C, H, W)."""
def lp_pool3d(
    input: Tensor, norm_type: Any, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None, ceil_mode: _bool = False,
) -> Tensor:
    """(Σ x^p)^(1/p) of each window, p the norm_type (inf: the greatest magnitude): input (N, C, D, H, W) or (C, D, H, W)."""
def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: _float = 0, size_average: _bool | None = None, reduce: _bool | None = None,
    reduction: _str = 'mean',
) -> Tensor:
    """max(0, -target (input1 - input2) + margin): 1 wants input1 above input2, -1 below. RuntimeError for different numbers of axes."""
def max_pool1d(
    input: Tensor, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None, padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, ceil_mode: _bool = False, return_indices: _bool = False,
) -> Tensor:
    """The greatest element of each window: input (N, C, L) or (C, L). return_indices: also where it is, for max_unpool1d."""
def max_pool1d_with_indices(
    input: Tensor, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None, padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, ceil_mode: _bool = False, return_indices: _bool = False,
) -> tuple[Tensor, Tensor]:
    """`max_pool1d` and where the greatest elements are."""
def max_pool2d(
    input: Tensor, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None, padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, ceil_mode: _bool = False, return_indices: _bool = False,
) -> Tensor:
    """The greatest element of each window: input (N, C, H, W) or (C, H, W). return_indices: also its number in its plane, row by row."""
def max_pool2d_with_indices(
    input: Tensor, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None, padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, ceil_mode: _bool = False, return_indices: _bool = False,
) -> tuple[Tensor, Tensor]:
    """`max_pool2d` and where the greatest elements are."""
def max_pool3d(
    input: Tensor, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None, padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, ceil_mode: _bool = False, return_indices: _bool = False,
) -> Tensor:
    """The greatest element of each window: input (N, C, D, H, W) or (C, D, H, W). return_indices: also its number in its volume."""
def max_pool3d_with_indices(
    input: Tensor, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None, padding: _int | _str | Sequence[Any] = 0,
    dilation: _int | Sequence[Any] = 1, ceil_mode: _bool = False, return_indices: _bool = False,
) -> tuple[Tensor, Tensor]:
    """`max_pool3d` and where the greatest elements are."""
def max_unpool1d(
    input: Tensor, indices: Any, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None,
    padding: _int | _str | Sequence[Any] = 0, output_size: _int | Sequence[Any] | None = None,
) -> Tensor:
    """The reverse of max_pool1d: the elements where its indices say, zeros elsewhere. output_size: of several that would give this input."""
def max_unpool2d(
    input: Tensor, indices: Any, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None,
    padding: _int | _str | Sequence[Any] = 0, output_size: _int | Sequence[Any] | None = None,
) -> Tensor:
    """The reverse of max_pool2d: the elements where its indices say, zeros elsewhere. output_size: of several that would give this input."""
def max_unpool3d(
    input: Tensor, indices: Any, kernel_size: _int | Sequence[Any], stride: _int | Sequence[Any] | None = None,
    padding: _int | _str | Sequence[Any] = 0, output_size: _int | Sequence[Any] | None = None,
) -> Tensor:
    """The reverse of max_pool3d: the elements where its indices say, zeros elsewhere. output_size: of several that would give this input."""
def mish(input: Tensor, inplace: _bool = False) -> Tensor:
    """x · tanh(softplus(x)) (Misra, arXiv:1908.08681)."""
def mse_loss(
    input: Tensor, target: Tensor, size_average: _bool | None = None, reduce: _bool | None = None, reduction: _str = 'mean',
    weight: Tensor | None = None,
) -> Tensor:
    """(input - target)²: the mean, the sum, or each. The weighted mean divides by the sum of the weights."""
def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: _Operand, embed_dim_to_check: _int, num_heads: _int, in_proj_weight: Tensor, in_proj_bias: Tensor,
    bias_k: Tensor, bias_v: Tensor, add_zero_attn: _bool, dropout_p: _float, out_proj_weight: Tensor, out_proj_bias: Tensor, training: _bool = True,
    key_padding_mask: Tensor | None = None, need_weights: _bool = True, attn_mask: Tensor | None = None, use_separate_proj_weight: _bool = False,
    q_proj_weight: Tensor | None = None, k_proj_weight: Tensor | None = None, v_proj_weight: Tensor | None = None, static_k: Tensor | None = None,
    static_v: Tensor | None = None, average_attn_weights: _bool = True, is_causal: _bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Attention in several heads between projections: query (L, N, E), key and value (S, N, E), or without N -> (result (L, N, E), weights or …"""
def multi_margin_loss(
    input: Tensor, target: Tensor, p: _int = 1, margin: _float = 1.0, weight: Tensor | None = None, size_average: _bool | None = None,
    reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """Σ over wrong classes of max(0, margin - input[right] + input[wrong])^p, over the number of classes: input (N, C), class numbers (N)."""
def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: _bool | None = None, reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """Σ over labels and other classes of max(0, 1 - input[label] + input[other]), over the number of classes."""
def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: _bool | None = None, reduce: _bool | None = None,
    reduction: _str = 'mean',
) -> Tensor:
    """The mean over the classes (the last axis) of -(target log σ(input) + (1 - target) log σ(-input)), times the classes' weights."""
def native_channel_shuffle(input: Tensor, groups: _int) -> Tensor:
    """Channels dealt out in turn from `groups` groups: input (N, C, …). RuntimeError where C is not divisible by `groups`."""
def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: _bool | None = None, ignore_index: _int = -100,
    reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """-weight[class] · input[class], from log-probabilities (N, C, …) and class numbers (N, …)."""
def normalize(input: Tensor, p: _float = 2.0, dim: _int | Sequence[_int] = 1, eps: _float = 1e-12, out: _Out = None) -> Tensor:
    """input / max(its norm of order `p` along `dim`, eps)"""
def one_hot(tensor: Tensor, num_classes: _int = -1) -> Tensor:
    """For class numbers (…) the vectors (…, num_classes) with 1 at the class and 0 elsewhere; -1: one more than the greatest number there is."""
def pad(input: Tensor, pad: Any, mode: _str = 'constant', value: _Operand | None = None) -> Tensor:
    """The last axes padded: `pad` holds (before, after) of the last axis, of the one before it, …"""
def pairwise_distance(x1: Tensor, x2: Tensor, p: _float = 2.0, eps: _float = 1e-06, keepdim: _bool = False) -> Tensor:
    """The norm of order `p` of x1 - x2 + eps over the last axis: (…, d) and (…, d) -> (…)."""
def pdist(input: Tensor, p: _float = 2) -> Tensor:
    """Distances of norm `p` between each two rows of a matrix (n, k) -> (n (n - 1) / 2): row 0 with 1, 2, …, then 1 with 2, …"""
def pixel_shuffle(input: Tensor, upscale_factor: _int) -> Tensor:
    """Channels laid out as r x r pixels: input (…, C · r², H, W) -> (…, C, H · r, W · r), r the factor. RuntimeError for other shapes."""
def pixel_unshuffle(input: Tensor, downscale_factor: _int) -> Tensor:
    """r x r pixels as channels: input (…, C, H · r, W · r) -> (…, C · r², H, W), the reverse of pixel_shuffle. RuntimeError for other shapes."""
def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: _bool = True, full: _bool = False, size_average: _bool | None = None, eps: _float = 1e-08,
    reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """e^input - target · input, or of a rate itself input - target log(input + eps)."""
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x above 0, weight · x else: one weight for all, or one for each index of axis 1. RuntimeError for another number of them."""
def relu(input: Tensor, inplace: _bool = False) -> Tensor:
    """max(x, 0), with slope 0 at 0. RuntimeError for bool tensors."""
def relu6(input: Tensor, inplace: _bool = False) -> Tensor:
    """min(max(x, 0), 6)"""
def relu_(input: Tensor, inplace: _bool = False) -> Tensor:
    """In-place form of `relu`: max(x, 0), with slope 0 at 0. RuntimeError for bool tensors."""
def rms_norm(input: Tensor, normalized_shape: _int | Sequence[Any], weight: Tensor | None = None, eps: _float | None = None) -> Tensor:
    """input / √(mean of its squares + eps) · weight over the last axes, whose sizes are `normalized_shape`. eps: the dtype's, unless given."""
def rrelu(
    input: Tensor, lower: _float = 0.125, upper: _float = 0.3333333333333333, training: _bool = False, inplace: _bool = False, *,
    generator: _Generator | None = None,
) -> Tensor:
    """x where it is positive, else x times a slope: drawn from [lower, upper) for each element while `training`, else their mean."""
def rrelu_(
    input: Tensor, lower: _float = 0.125, upper: _float = 0.3333333333333333, training: _bool = False, *, generator: _Generator | None = None,
) -> Tensor:
    """`rrelu` in place."""
def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: _Operand, attn_mask: Tensor | None = None, dropout_p: _float = 0.0, is_causal: _bool = False,
    scale: _float | None = None, enable_gqa: _bool = False,
) -> Tensor:
    """softmax(query · keyᵀ · scale + mask) · value: query (…, L, E), key (…, S, E), value (…, S, Ev) -> (…, L, Ev)"""
def selu(input: Tensor, inplace: _bool = False) -> Tensor:
    """scale · elu(x, alpha), with the constants that keep mean 0 and variance 1 (Klambauer et al., arXiv:1706.02515)."""
def selu_(input: Tensor, inplace: _bool = False) -> Tensor:
    """In-place form of `selu`: scale · elu(x, alpha), with the constants that keep mean 0 and variance 1 (Klambauer et al., arXiv:1706.02515)."""
def sigmoid(input: Tensor, *, out: _Out = None) -> Tensor:
    """1 / (1 + e^-x)"""
def silu(input: Tensor, inplace: _bool = False) -> Tensor:
    """x · σ(x) (Hendrycks and Gimpel, arXiv:1606.08415)."""
def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: _bool | None = None, reduce: _bool | None = None, reduction: _str = 'mean', beta: _float = 1.0,
) -> Tensor:
    """Squared where |input - target| < beta, and then divided by 2 beta; else |input - target| - beta / 2. RuntimeError for beta < 0."""
def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: _bool | None = None, reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """log(1 + e^(-target · input)), with targets 1 and -1."""
def softmax(input: Tensor, dim: _int | None = None, _stacklevel: _int = 3, dtype: _dtype | None = None) -> Tensor:
    """e^x / Σ e^x along axis `dim`; `dtype` converts the input first."""
def softmin(input: Tensor, dim: _int | None = None, _stacklevel: _int = 3, dtype: _dtype | None = None) -> Tensor:
    """e^-x / Σ e^-x along axis `dim`; `dtype` converts the input first."""
def softplus(input: Tensor, beta: _float = 1.0, threshold: _float = 20.0, *, out: _Out = None) -> Tensor:
    """log(1 + e^(beta · x)) / beta, and x itself where beta · x is above `threshold`."""
def softshrink(input: Tensor, lambd: _float = 0.5, *, out: _Out = None) -> Tensor:
    """x moved by `lambd` towards 0, and 0 in [-lambd, lambd]. RuntimeError for a negative lambd."""
def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|)"""
def tanh(input: Tensor, *, out: _Out = None) -> Tensor:
    """The hyperbolic tangent"""
def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x)"""
def threshold(input: Tensor, threshold: _float, value: _float, inplace: _bool = False) -> Tensor:
    """x above `threshold`, `value` else."""
def threshold_(input: Tensor, threshold: _float, value: _float, inplace: _bool = False) -> Tensor:
    """In-place form of `threshold`: x above `threshold`, `value` else."""
def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: _float = 1.0, p: _float = 2, eps: _float = 1e-06, swap: _bool = False,
    size_average: _bool | None = None, reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), d the distance of norm p."""
def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *, distance_function: Any = None, margin: _float = 1.0, swap: _bool = False,
    reduction: _str = 'mean',
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own: a function of two tensors (by default pairwise_distance)."""
def unfold(
    input: Tensor, kernel_size: _int | Sequence[Any], dilation: _int | Sequence[Any] = 1, padding: _int | _str | Sequence[Any] = 0,
    stride: _int | Sequence[Any] | None = 1,
) -> Tensor:
    """All patches of images as columns: input (N, C, H, W) or (C, H, W) -> (N, C · rows · columns of a patch, patches)."""
def upsample(
    input: Tensor, size: _int | Sequence[_int] | None = None, scale_factor: Any = None, mode: _str = 'nearest', align_corners: _bool | None = None,
) -> Tensor:
    """`interpolate` under its old name, with a UserWarning."""
def upsample_bilinear(input: Tensor, size: _int | Sequence[_int] | None = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with mode bilinear and corners aligned, under its old name, with a UserWarning."""
def upsample_nearest(input: Tensor, size: _int | Sequence[_int] | None = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with mode nearest, under its old name, with a UserWarning."""
