"""Losses from class numbers: nll_loss and cross_entropy."""
from __future__ import annotations

import warnings

import numpy as np

from ..core import dtype as dt
from ..core import element as el
from ..core.op import Op, normal
from ..core.record import record
from ..core.tensor import Tensor
from .autocast import full_precision
from .common import cast, need_tensor, values
from .ranges import note_bounds
from .softmax import log_softmax, softmax

CLASSES = np.array([1, 0, 3, -100])


def reduce_loss(loss: Tensor, reduction: str) -> Tensor:
    """The losses of the elements: as they are, their mean, or their sum. ValueError for any other word."""
    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    if reduction == "none":
        return loss
    raise ValueError(f"{reduction} is not a valid value for reduction: it is 'mean', 'sum' or 'none'")


def legacy_reduction(size_average, reduce, reduction: str) -> str:
    """The word for PyTorch's old pair of switches."""
    if size_average is None and reduce is None:
        return reduction
    reduction = ("mean" if size_average in (None, True) else "sum") if reduce in (None, True) else "none"
    warnings.warn(f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.", UserWarning, stacklevel=3)
    return reduction


class CrossEntropy(Op):
    """out = mean over the rows whose class is not `ignore` of (log Σ_k e^x[n, k] - x[n, class[n]])

    x (N, K), class (N) -> ()
    """

    ignore: int = -100
    axes = "n k, n ->"
    saves = ("x", "target")
    backward = "NllLossBackward0"

    def compute(self, x, target):
        return None

    def dtype(self, x, target):
        return x.dtype

    def reference(self, x, target):
        wide = x.astype(np.float32) if x.dtype.itemsize < 4 else x
        shifted = wide - wide.max(1, keepdims=True, initial=-np.inf)
        logs = np.log(np.exp(shifted).sum(1))
        counted = target != self.ignore
        picked = np.take_along_axis(shifted, np.where(counted, target, 0)[:, None].astype(np.int64), 1)[:, 0]
        losses = np.where(counted, logs - picked, 0)
        return losses.sum(dtype=wide.dtype) / wide.dtype.type(counted.sum())

    def element(self, i, x, target):
        n, k = x.shape
        count = el.total(n, lambda r: el.where(target[r].__ne__(self.ignore), 1, 0))

        def row(r):
            peak = el.maximum_over(k, lambda c: x[r, c])
            logs = el.call("log", el.total(k, lambda c: el.call("exp", x[r, c] - peak)))
            picked = el.total(k, lambda c: el.where(target[r].__eq__(c), x[r, c], 0.0))
            return el.where(target[r].__ne__(self.ignore), logs + peak - picked, 0.0)
        return el.total(n, row) / count

    def gradient(self, g, out, x, target):
        return lambda: record(CrossEntropyGradient(self.ignore), x, target, g), None

    samples = lambda: [(normal(4, 5), CLASSES), (normal(4, 5), np.array([1, 0, 3, 2]), 0), (normal(1, 5), np.array([2]))]
    rejects = lambda: [(normal(4, 5), np.array([1, 2, 3]), "crossentropy: axis 'n' is 4 in input 0 (4, 5) but 3 in input 1 (3,)")]


class CrossEntropyGradient(Op):
    """out[n, k] = g / count · (softmax(x)[n, k] - [class[n] = k]), 0 for ignored rows"""

    ignore: int = -100
    axes = "n k, n, -> n k"
    saves = ("x", "target", "g_out")

    def compute(self, x, target, g):
        return None

    def dtype(self, x, target, g):
        return x.dtype

    def reference(self, x, target, g):
        wide = x.astype(np.float32) if x.dtype.itemsize < 4 else x
        e = np.exp(wide - wide.max(1, keepdims=True, initial=-np.inf))
        p = e / e.sum(1, keepdims=True)
        counted = target != self.ignore
        rows = np.flatnonzero(counted)
        p[rows, target[rows]] -= 1
        p *= (g.astype(wide.dtype) / wide.dtype.type(len(rows)))
        if len(rows) != len(target):
            p[~counted] = 0
        return p

    def element(self, i, x, target, g):
        n, k = x.shape
        r, c = i
        count = el.total(n, lambda m: el.where(target[m].__ne__(self.ignore), 1, 0))
        peak = el.maximum_over(k, lambda j: x[r, j])
        p = el.call("exp", x[r, c] - peak) / el.total(k, lambda j: el.call("exp", x[r, j] - peak))
        return el.where(target[r].__ne__(self.ignore), (p - el.where(target[r].__eq__(c), 1.0, 0.0)) * g[()] / count, 0.0)

    def gradient(self, h, out, x, target, g_out):
        counted = (target != self.ignore)
        n = cast(counted.sum(), x.dtype)
        weight = cast(counted, x.dtype).unsqueeze(1)
        p = softmax(x, 1)
        inner = (p * h).sum(1, keepdim=True)
        hot = cast(target.unsqueeze(1) == Tensor.new_tensor(target, list(range(x.shape[1]))), x.dtype)
        return lambda: weight * p * (h - inner) * g_out / n, None, lambda: (weight * h * (p - hot)).sum() / n

    samples = lambda: [(normal(4, 5), CLASSES, np.array(1.5)), (normal(1, 5), np.array([2]), np.array(1.0))]


def check_classes(target: Tensor, classes: int, ignore_index: int) -> None:
    """IndexError for a class number outside 0 … classes - 1 (and other than `ignore_index`)."""
    if target.is_meta:
        return
    note_bounds(target, 0, classes - 1)
    found = values(target)
    # one pass in the usual case: as unsigned numbers the negative ones are huge
    if found.size and found.view(np.uint64).max() >= classes:
        low, high = int(found.min()), int(found.max())
        if low < 0 or high >= classes:
            bad = found[((found < 0) | (found >= classes)) & (found != ignore_index)]
            if bad.size:
                raise IndexError(f"Target {int(bad[0])} is out of bounds: classes are 0 … {classes - 1}"
                                 + ("; count them from 0" if int(bad[0]) == classes else ""))


def class_numbers(name: str, x: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
    """The class numbers of input `x` (C), (N, C) or (N, C, …) as int64 of its shape without the axis of classes.

    Integers of every width are taken. ValueError for another number of rows, RuntimeError for targets or weights of other shapes or kinds.
    """
    if x.ndim == 0:
        raise RuntimeError(f"{name}: the input needs an axis of classes: (C) or (N, C, …)")
    wanted, found = tuple(x.shape[:min(x.ndim - 1, 1)] + x.shape[2:]), tuple(target.shape)
    if x.ndim > 1 and found[:1] != wanted[:1]:
        raise ValueError(f"Expected input batch_size ({wanted[0]}) to match target batch_size ({found[0] if found else 'none'}).")
    if found != wanted and (x.ndim, found) != (1, (1,)):
        hint = f"{name} takes class numbers of shape {wanted}, or probabilities of the input's shape {tuple(x.shape)}"
        if len(found) == x.ndim:
            hint += "; one-hot rows become class numbers by target.argmax(1)"
        if x.ndim > 2:
            raise RuntimeError(f"Expected target size {list(wanted)}, got {list(found)}: {hint}")
        if len(found) > 1:
            raise RuntimeError(f"0D or 1D target tensor expected, multi-target not supported: got {found}; {hint}")
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {found[0]}; {hint}")
    if target.dtype.category != 1:
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype._title}: {name} takes class numbers, one integer a sample; "
                           "convert them with .long()")
    classes = x.shape[min(x.ndim - 1, 1)]
    if weight is not None:
        if tuple(weight.shape) != (classes,):
            raise RuntimeError(f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: "
                               f"{list(weight.shape)}")
        if weight.dtype is not x.dtype:
            raise RuntimeError(f"expected scalar type {x.dtype._title} but found {weight.dtype._title}: the weights of {name} have the input's dtype")
    return cast(target, dt.int64).reshape(wanted)


@full_precision
def nll_loss(input, target, weight=None, size_average=None, ignore_index: int = -100, reduce=None, reduction: str = "mean"):
    """-weight[class] · input[class], from log-probabilities (N, C, …) and class numbers (N, …).

    The mean divides by the sum of the weights that were counted. Targets equal to `ignore_index` count nothing.
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction: it is 'mean', 'sum' or 'none'")
    target = class_numbers("nll_loss", need_tensor(input, "nll_loss"), need_tensor(target, "nll_loss", "target"), weight)
    axis = min(input.ndim - 1, 1)
    classes = input.shape[axis]
    check_classes(target, classes, ignore_index)
    counted = target != ignore_index
    safe = target.masked_fill(~counted, 0)
    losses = -input.gather(axis, safe.unsqueeze(axis)).squeeze(axis)
    scale = cast(counted, input.dtype)
    if weight is not None:
        scale = scale * weight[safe]
    losses = (losses * scale).masked_fill(~counted, 0) if reduction == "none" else losses.masked_fill(~counted, 0) * scale
    if reduction == "none":
        return losses
    total = losses.sum()
    return total / scale.sum() if reduction == "mean" else total


@full_precision
def cross_entropy(input, target, weight=None, size_average=None, ignore_index: int = -100, reduce=None, reduction: str = "mean",
                  label_smoothing: float = 0.0):
    """-Σ_k target[k] log softmax(input)[k] from logits (N, C, …), and class numbers (N, …) or probabilities of the logits' shape.

    label_smoothing: the share of the target spread evenly over all classes, in [0, 1].
    """
    if (reduction == "mean" and weight is None and label_smoothing == 0.0 and isinstance(input, Tensor) and isinstance(target, Tensor)
            and target.dtype is dt.int64 and len(input.shape) == 2 and len(target.shape) == 1 and input.shape[0] == target.shape[0]
            and reduce is None and size_average is None and input.dtype.category == 2 and not input.is_meta):
        check_classes(target, input.shape[1], ignore_index)         # the usual case, in one page
        return record(CrossEntropy(ignore_index), input, target)
    reduction = legacy_reduction(size_average, reduce, reduction)
    x, target = need_tensor(input, "cross_entropy"), need_tensor(target, "cross_entropy", "target")
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    axis = 0 if x.ndim == 1 else 1
    if target.shape == x.shape and x.ndim:
        if target.dtype.category != 2:
            raise RuntimeError(f"Expected floating point type for target with class probabilities, got {target.dtype._title}: a target of the logits' shape "
                               f"{tuple(x.shape)} holds probabilities; for class numbers give one integer a sample, shape "
                               f"{tuple(n for d, n in enumerate(x.shape) if d != axis)} (one-hot rows: target.argmax({axis}))")
        if ignore_index >= 0:
            raise RuntimeError(f"ignore_index is not supported for floating point target: no class is left out of probabilities, got {ignore_index}")
        return _soft_cross_entropy(x, target, axis, weight, reduction, label_smoothing)
    target = class_numbers("cross_entropy", x, target, weight)
    logs = log_softmax(x, axis)
    loss = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if label_smoothing == 0.0:
        return loss
    return (1 - label_smoothing) * loss + label_smoothing * _spread_loss(logs, target, axis, weight, ignore_index, reduction)


def _spread_loss(logs, target, axis, weight, ignore_index, reduction):
    """The part of a smoothed target that every class has a share of."""
    classes = logs.shape[axis]
    shape = [1] * logs.ndim
    shape[axis] = classes
    counted = target != ignore_index
    losses = -(logs if weight is None else logs * weight.reshape(shape)).sum(axis) / classes
    losses = losses.masked_fill(~counted, 0)
    if reduction == "none":
        return losses
    total = losses.sum()
    if reduction == "sum":
        return total
    scale = cast(counted, logs.dtype)
    if weight is not None:
        scale = scale * weight[target.masked_fill(~counted, 0)]
    return total / scale.sum()


def _soft_cross_entropy(x, target, axis, weight, reduction, label_smoothing):
    classes = x.shape[axis]
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    terms = log_softmax(x, axis) * target
    if weight is not None:
        if tuple(weight.shape) != (classes,):
            raise RuntimeError(f"cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: "
                               f"{list(weight.shape)}")
        shape = [1] * x.ndim
        shape[axis] = classes
        terms = terms * weight.reshape(shape)
    losses = terms.sum(axis)
    return -losses.sum() / losses.numel() if reduction == "mean" else reduce_loss(-losses, reduction)


__all__: list[str] = []         # both are names of nn.functional only
