"""Losses of margins, rankings and embeddings: how far the right answer is ahead of the wrong ones."""
from __future__ import annotations

import builtins

import numpy as np

from ..core import dtype as dt
from .activation import logsigmoid
from .autocast import full_precision
from .common import Tensor, cast, from_array, need_tensor, values
from .distance import pairwise_distance
from .elementwise import where
from .loss import reduce_loss
from .losses import reduction_of


@full_precision
def margin_ranking_loss(input1, input2, target, margin: float = 0, size_average=None, reduce=None, reduction: str = "mean"):
    """max(0, -target (input1 - input2) + margin): 1 wants input1 above input2, -1 below. RuntimeError for different numbers of axes."""
    reduction = reduction_of(reduction, size_average, reduce)
    if input1.ndim != input2.ndim or input1.ndim != target.ndim:
        raise RuntimeError(f"margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: {input1.shape}, input2: "
                           f"{input2.shape}, target: {target.shape} ")
    return reduce_loss((-target * (input1 - input2) + margin).clamp(min=0), reduction)


@full_precision
def hinge_embedding_loss(input, target, margin: float = 1.0, size_average=None, reduce=None, reduction: str = "mean"):
    """input where the target is 1, max(0, margin - input) where it is -1."""
    reduction = reduction_of(reduction, size_average, reduce)
    x = need_tensor(input, "hinge_embedding_loss")
    return reduce_loss(where(target != 1, (margin - x).clamp(min=0), 0) + where(target != -1, x, 0), reduction)


@full_precision
def cosine_embedding_loss(input1, input2, target, margin: float = 0, size_average=None, reduce=None, reduction: str = "mean"):
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1: inputs (N, D) with targets (N), or (D) with ()."""
    reduction = reduction_of(reduction, size_average, reduce)
    if target.ndim > 1:
        raise RuntimeError(f"0D or 1D target tensor expected, multi-target not supported, got a target of shape {tuple(target.shape)}")
    wanted = target.ndim + 1
    if input1.ndim != wanted or input2.ndim != wanted:
        raise RuntimeError(f"{target.ndim}D target tensor expects {wanted}D input tensors, but found inputs with sizes {list(input1.shape)} and "
                           f"{list(input2.shape)}.")
    tiny = 1e-12        # keeps the quotient finite for zero vectors, as in PyTorch
    squares = ((input1 * input1).sum(target.ndim) + tiny) * ((input2 * input2).sum(target.ndim) + tiny)
    cosine = (input1 * input2).sum(target.ndim) / squares.sqrt()
    losses = where(target == 1, 1 - cosine, 0) + where(target == -1, (cosine - margin).clamp(min=0), 0)
    return reduce_loss(losses, reduction)


@full_precision
def triplet_margin_loss(anchor, positive, negative, margin: float = 1.0, p: float = 2, eps: float = 1e-6, swap: bool = False, size_average=None,
                        reduce=None, reduction: str = "mean"):
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), d the distance of norm p.

    swap: take the distance from the positive to the negative where that is smaller. ValueError unless margin > 0.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    return _triplet(anchor, positive, negative, lambda a, b: pairwise_distance(a, b, p, eps), margin, swap, reduction)


def triplet_margin_with_distance_loss(anchor, positive, negative, *, distance_function=None, margin: float = 1.0, swap: bool = False,
                                      reduction: str = "mean"):
    """`triplet_margin_loss` with a distance of one's own: a function of two tensors (by default pairwise_distance)."""
    reduction = reduction_of(reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    return _triplet(anchor, positive, negative, pairwise_distance if distance_function is None else distance_function, margin, swap, reduction)


def _triplet(anchor, positive, negative, distance, margin, swap, reduction):
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(f"The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor {anchor.ndim}D, "
                           f"positive {positive.ndim}D, and negative {negative.ndim}D inputs")
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return reduce_loss((margin + near - far).clamp(min=0), reduction)


def _rows(name: str, input, target, per_class: bool) -> tuple[Tensor, np.ndarray]:
    """The input as (N, C) and the targets' values as (N) or, `per_class`, (N, C). RuntimeError for shapes that do not fit."""
    x, target = need_tensor(input, name), need_tensor(target, name, "target")
    if x.ndim > 2 or 0 in x.shape[-1:]:
        raise RuntimeError(f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(x.shape)}")
    rows, classes = x.shape[0] if x.ndim == 2 else 1, x.shape[-1] if x.ndim else 1
    wanted = tuple(x.shape) if per_class else tuple(x.shape[:-1])
    found = tuple(target.shape)
    if found != wanted and not (x.ndim == 1 and found in (((1, classes), ()) if per_class else ((1,),)) or x.ndim == 0 and found == (1,)):
        raise RuntimeError(f"inconsistent target size: {name} with an input of {list(x.shape)} expects a target of {list(wanted)}, got {list(found)}")
    if target.dtype is not dt.int64:
        raise RuntimeError(f"expected scalar type Long but found {target.dtype._title}: {name} takes class numbers, convert them with .long()")
    numbers = values(target)
    return x.reshape(rows, classes), numbers.reshape((rows, classes if target.ndim else 1) if per_class else (rows,))


@full_precision
def multi_margin_loss(input, target, p: int = 1, margin: float = 1.0, weight=None, size_average=None, reduce=None, reduction: str = "mean"):
    """Σ over wrong classes of max(0, margin - input[right] + input[wrong])^p, over the number of classes: input (N, C), class numbers (N).

    weight: of each right class. p: 1 or 2, else ValueError.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    x, classes = _rows("multi_margin_loss", input, target, False)
    if weight is not None and weight.numel() != x.shape[1]:
        raise RuntimeError(f"inconsistent weight size, expected {x.shape[1]} but got {list(weight.shape)}")
    if ((classes < 0) | (classes >= x.shape[1])).any():
        raise RuntimeError(f"target out of range: classes are 0 … {x.shape[1] - 1}, found {int(classes.min())} … {int(classes.max())}")
    right = np.arange(x.shape[1]) == classes[:, None]
    hot = from_array(right, dt.bool_)
    ahead = (x * cast(hot, x.dtype)).sum(1, keepdim=True)
    losses = (margin - ahead + x).clamp(min=0)
    losses = losses * losses if p == 2 else losses
    if weight is not None:
        losses = losses * (weight * cast(hot, x.dtype)).sum(1, keepdim=True)
    losses = where(hot, 0, losses).sum(1) / x.shape[1]
    return reduce_loss(losses.reshape(target.shape), reduction)


@full_precision
def multilabel_margin_loss(input, target, size_average=None, reduce=None, reduction: str = "mean"):
    """Σ over labels and other classes of max(0, 1 - input[label] + input[other]), over the number of classes.

    input (N, C) or (C); target of the same shape: the labels' class numbers, ended by -1.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    x, labels = _rows("multilabel_margin_loss", input, target, True)
    classes = x.shape[1]
    if labels.size and not -1 <= labels.min() <= labels.max() < classes:
        raise RuntimeError(f"target out of range: labels are -1 … {classes - 1}, found {int(labels.min())} … {int(labels.max())}")
    counted = np.minimum.accumulate(labels >= 0, axis=1)         # those before the first -1
    times = np.zeros((x.shape[0], classes))
    row, place = np.nonzero(counted)
    np.add.at(times, (row, labels[row, place]), 1)
    pairs = from_array((times[:, :, None] * (times[:, None, :] == 0)).astype(x.dtype.numpy), x.dtype)
    losses = ((1 - x.unsqueeze(2) + x.unsqueeze(1)).clamp(min=0) * pairs).sum((1, 2)) / classes
    return reduce_loss(losses if input.ndim == 2 else losses.reshape(()), reduction)


def multilabel_soft_margin_loss(input, target, weight=None, size_average=None, reduce=None, reduction: str = "mean"):
    """The mean over the classes (the last axis) of -(target log σ(input) + (1 - target) log σ(-input)), times the classes' weights."""
    reduction = reduction_of(reduction, size_average, reduce)
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    return reduce_loss(losses.sum(-1) / builtins.max(input.shape[-1], 0), reduction)


__all__: list[str] = []         # nn.functional's names; the package's own are in top.py
