"""The functions behind the layers: `import flambeau.nn.functional as F`.

Each is written in the engine, beside the operator pages that it is made of; here are the names that users know, PyTorch's. Modules load when
one of their names is first used.
"""
from __future__ import annotations

import importlib as _importlib

from ..core.errors import MissingName as _MissingName
from ..core.suggest import did_you_mean as _did_you_mean

_HOMES = {  # module of the engine -> the names that it has for us
    "activation": "celu celu_ elu elu_ gelu glu hardshrink hardsigmoid hardswish hardtanh hardtanh_ leaky_relu leaky_relu_ logsigmoid mish prelu relu relu6 "
                  "relu_ selu selu_ sigmoid silu softplus softshrink softsign tanh tanhshrink threshold threshold_",
    "attention": "multi_head_attention_forward scaled_dot_product_attention",
    "contract": "bilinear linear",
    "conv": "conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d",
    "ctc": "ctc_loss",
    "distance": "cosine_similarity normalize pairwise_distance pdist",
    "dropout": "alpha_dropout dropout dropout1d dropout2d dropout3d feature_alpha_dropout",
    "embedding": "embedding embedding_bag",
    "fold": "fold unfold",
    "linear_loss": "linear_cross_entropy",
    "loss": "cross_entropy nll_loss",
    "losses": "binary_cross_entropy binary_cross_entropy_with_logits gaussian_nll_loss huber_loss kl_div l1_loss mse_loss poisson_nll_loss smooth_l1_loss "
              "soft_margin_loss",
    "margin": "cosine_embedding_loss hinge_embedding_loss margin_ranking_loss multi_margin_loss multilabel_margin_loss multilabel_soft_margin_loss "
              "triplet_margin_loss triplet_margin_with_distance_loss",
    "normalize": "batch_norm group_norm instance_norm layer_norm local_response_norm rms_norm",
    "pad": "pad",
    "pool": "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool1d_with_indices adaptive_max_pool2d "
            "adaptive_max_pool2d_with_indices adaptive_max_pool3d adaptive_max_pool3d_with_indices avg_pool1d avg_pool2d avg_pool3d "
            "fractional_max_pool2d fractional_max_pool2d_with_indices fractional_max_pool3d fractional_max_pool3d_with_indices lp_pool1d lp_pool2d "
            "lp_pool3d max_pool1d max_pool1d_with_indices max_pool2d max_pool2d_with_indices max_pool3d max_pool3d_with_indices max_unpool1d "
            "max_unpool2d max_unpool3d",
    "grid": "affine_grid grid_sample",
    "noise": "gumbel_softmax rrelu rrelu_",
    "resample": "interpolate upsample upsample_bilinear upsample_nearest",
    "search": "one_hot",
    "shuffle": "channel_shuffle native_channel_shuffle pixel_shuffle pixel_unshuffle",
    "softmax_layers": "log_softmax softmax softmin",
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str):
    if name in _HOME_OF:
        value = globals()[name] = getattr(_importlib.import_module(f"flambeau.ops.{_HOME_OF[name]}"), name)
        return value
    raise _MissingName(f"module 'torch.nn.functional' has no attribute '{name}'",
                       lambda: "" if name.startswith("_") else _did_you_mean(name, __all__, prefix="torch.nn.functional."))


def __dir__():
    return sorted({*globals(), *__all__})
