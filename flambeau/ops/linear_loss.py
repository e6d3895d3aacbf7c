"""The cross entropy of a linear layer's results, also without ever storing them all."""
from __future__ import annotations

import warnings

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from .common import cast, need_tensor, numel, record
from .contract import linear
from .loss import CLASSES, check_classes, cross_entropy
from .loss import reduce_loss as _reduced

CHUNK = 1 << 24         # bytes of logits made at a time


class LinearCrossEntropy(Op):
    """out[n] = log Σ_c e^z[n, c] - z[n, class[n]], z = x · weightᵀ + bias; 0 for ignored rows. z is made `rows` rows at a time

    x (N, F), weight (C, F), class (N), bias (C) -> (N)
    """

    ignore: int
    rows: int
    saves = ("x", "weight", "target", "bias")

    def compute(self, x, weight, target, *bias):
        return None

    def dtype(self, x, weight, target, *bias):
        return x.dtype

    def shape(self, x, weight, target, *bias):
        return (x.shape[0],)

    def logits(self, x, weight, bias):
        """(rows, their logits less the greatest one) piece by piece."""
        for start in range(0, x.shape[0], self.rows):
            part = slice(start, start + self.rows)
            z = _wide(x[part]) @ _wide(weight).T
            z = z + _wide(bias[0]) if bias else z
            yield part, z - z.max(1, keepdims=True)

    def reference(self, x, weight, target, *bias):
        losses, counted = np.zeros(x.shape[0], _wide(x).dtype), target != self.ignore
        for part, z in self.logits(x, weight, bias):
            right = np.take_along_axis(z, np.where(counted[part], target[part], 0)[:, None], 1)[:, 0]
            losses[part] = np.where(counted[part], np.log(np.exp(z).sum(1)) - right, 0)
        return losses

    def gradient(self, g, out, x, weight, target, *bias):
        made: list = []         # all gradients come from one pass over the logits

        def part(k):
            if not made:
                made.extend(record(LinearCrossEntropyGradient(self.ignore, self.rows), x, weight, target, g, *bias))
            return made[k]
        return (lambda: part(0), lambda: part(1), None, *[lambda: part(2) for _ in bias])

    samples = lambda: [(normal(4, 3), normal(5, 3), CLASSES, normal(5), -100, 3), (normal(4, 3), normal(5, 3), np.array([1, 0, 3, 2]), 0, 1)]
    no_gradient_test = "there is no second derivative: tests/ops/test_linear_loss.py"


def _wide(x):
    return x if x.dtype.itemsize > 2 else x.astype(np.float32)


class LinearCrossEntropyGradient(LinearCrossEntropy):
    """(dx, dweight, dbias) of Σ_n g[n] · LinearCrossEntropy[n]: with d = g (softmax(z) - [class]), they are d · weight, dᵀ · x and Σ_n d"""

    outputs = 3
    saves = ()

    def dtype(self, x, weight, target, g, *bias):
        return x.dtype, weight.dtype, weight.dtype

    def shape(self, x, weight, target, g, *bias):
        return x.shape, weight.shape, (weight.shape[0],)

    def reference(self, x, weight, target, g, *bias):
        kind = _wide(x).dtype
        dx, dw, db = np.zeros(x.shape, kind), np.zeros(weight.shape, kind), np.zeros(weight.shape[0], kind)
        counted = target != self.ignore
        for part, z in self.logits(x, weight, bias):
            d = np.exp(z)
            d /= d.sum(1, keepdims=True)
            rows = np.flatnonzero(counted[part])
            d[rows, target[part][rows]] -= 1
            d *= np.where(counted[part], _wide(g)[part], 0)[:, None]
            dx[part] = d @ _wide(weight)
            dw += d.T @ _wide(x[part])
            db += d.sum(0)
        return dx, dw, db

    def gradient(self, h, out, x, weight, target, g, *bias):
        raise RuntimeError("linear_cross_entropy in pieces has no second derivative: call it with options=None")

    samples = lambda: [(normal(4, 3), normal(5, 3), CLASSES, normal(4), normal(5), -100, 3)]


def linear_cross_entropy(input, linear_weight, target, *, linear_bias=None, weight=None, reduction: str = "mean", ignore_index: int | None = None,
                         label_smoothing: float = 0.0, options=None):
    """cross_entropy(linear(input, linear_weight, linear_bias), target): input (N, F) or (F), linear_weight (C, …, F), linear_bias (C, …).

    weight: of each class. options (nn.LinearCrossEntropyOptions): make the logits in pieces and keep none, for class numbers without smoothing;
    elsewhere they are ignored, with a UserWarning. RuntimeError for operands that do not fit.
    """
    x, target = need_tensor(input, "linear_cross_entropy"), need_tensor(target, "linear_cross_entropy", "target")
    if x.ndim not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {x.ndim}")
    if linear_weight.ndim < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.ndim}")
    features, (classes, *more) = x.shape[-1], linear_weight.shape[:-1]
    if features != linear_weight.shape[-1]:
        raise RuntimeError(f"expected equal input and linear_weight last dimensions (in_features), got {features} and {linear_weight.shape[-1]}, "
                           "respectively")
    if linear_bias is not None and tuple(linear_bias.shape) != (classes, *more):
        raise RuntimeError(f"expected linear_bias shape {(classes, *more)}, got {tuple(linear_bias.shape)}")
    if more and x.ndim == 1:
        raise RuntimeError(f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, (N, {features}), got "
                           f"unbatched input with shape {tuple(x.shape)}")
    shape = (*x.shape[:-1], classes, *more)
    if target.shape == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    ignore = -100 if ignore_index is None else int(ignore_index)
    if options is not None:
        if not more and reduction in ("mean", "sum", "none") and label_smoothing == 0.0 and target.dtype is dt.int64:
            return _in_pieces(x, linear_weight, target, linear_bias, weight, reduction, ignore, options)
        warnings.warn("linear_cross_entropy: ``options`` ignored; chunked path needs reduction in {'mean','sum','none'}, label_smoothing == 0, target.dtype "
                      f"== int64, out_features == (). Got reduction={reduction!r}, label_smoothing={label_smoothing}, target.dtype={target.dtype}, "
                      f"out_features={tuple(more)}.", UserWarning, stacklevel=2)
    flat = None if linear_bias is None else linear_bias.reshape(numel((classes, *more)))
    logits = linear(x, linear_weight.reshape(numel((classes, *more)), features), flat).reshape(shape)
    return cross_entropy(logits, target, weight=weight, reduction=reduction, ignore_index=ignore, label_smoothing=label_smoothing)


def _in_pieces(x, linear_weight, target, bias, weight, reduction, ignore, options):
    if x.ndim == 1:
        losses = _in_pieces(x.unsqueeze(0), linear_weight, target.unsqueeze(0), bias, weight, reduction, ignore, options)
        return losses.squeeze(0) if reduction == "none" else losses
    classes = linear_weight.shape[0]
    if tuple(target.shape) != x.shape[:1]:
        raise ValueError(f"Expected input batch_size ({x.shape[0]}) to match target batch_size ({target.shape[0] if target.ndim else 'none'}).")
    check_classes(target, classes, ignore)
    rows = options.batch_chunk_size or max(1, CHUNK // max(1, classes * x.dtype.itemsize))
    losses = record(LinearCrossEntropy(ignore, rows), x, linear_weight, target, *(() if bias is None else (bias,)))
    counted = target != ignore
    scale = cast(counted, x.dtype)
    if weight is not None:
        scale = scale * weight[target.masked_fill(~counted, 0)]
        losses = losses * scale
    return losses.sum() / scale.sum() if reduction == "mean" else _reduced(losses, reduction)


__all__: list[str] = []         # a name of nn.functional only
