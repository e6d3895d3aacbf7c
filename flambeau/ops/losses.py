"""Losses of a prediction and a target of the same shape, element by element."""
from __future__ import annotations

import math
import warnings

import numpy as np

from ..core import element as el
from ..core.op import Op, normal
from ..core.shape import broadcast_shapes
from .autocast import full_precision
from .common import Tensor, cast, need_tensor, numel, record, values
from .elementwise import exp, log, where
from .loss import legacy_reduction, reduce_loss
from .summation import total

CODES = {"none": 0, "mean": 1, "sum": 2}            # PyTorch's numbers for them, which its functions at the top of the package take


def reduction_of(reduction, size_average=None, reduce=None) -> str:
    """'mean', 'sum' or 'none' from the word, PyTorch's number for it, or the old pair of switches. ValueError for anything else."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if isinstance(reduction, int) and not isinstance(reduction, bool) and 0 <= reduction < 3:
        return tuple(CODES)[reduction]
    if reduction == "elementwise_mean":
        warnings.warn("reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.", UserWarning, stacklevel=3)
        return "mean"
    if reduction not in CODES:
        raise ValueError(f"{reduction} is not a valid value for reduction: it is 'mean', 'sum' or 'none'")
    return reduction


class ElementLoss(Op, abstract=True):
    """A loss of x and y, element by element, then reduced: 'mean', 'sum' or 'none'. Further inputs are weights of the elements.

    A page gives the losses of the elements twice, in NumPy (`losses`) and in the element language (`each`), and the derivative of one with
    respect to x and y in Tensor code, less the `factor` (`slope`, `slope_y`).
    """

    reduction: str
    saves = ("x", "y", "weights")
    label = ""              # in PyTorch's error for integers
    factor = 1              # a number that every slope has, multiplied where the gradient is still a scalar

    def compute(self, *inputs):
        common = super().compute(*inputs)
        if common.category != 2:
            raise NotImplementedError(f'"{self.label or self.name}_cpu" not implemented for \'{common._title}\': convert the operands, e.g. with .float()')
        return common

    def common(self, inputs):
        return broadcast_shapes(*[getattr(x, "shape", ()) for x in inputs])

    def shape(self, *inputs):
        common = self.common(inputs)
        return common if self.reduction == "none" else ()

    def reference(self, x, y, *weights):
        losses = self.losses(x, y)
        for w in weights:
            losses = losses * w
        if self.reduction == "none":
            return losses
        result = total(losses, tuple(range(losses.ndim)), False)
        return np.divide(result, losses.dtype.type(losses.size)) if self.reduction == "mean" else result

    def element(self, i, *inputs):
        def each(*k):
            x, y, *weights = (v[k] for v in inputs)
            loss = self.each(x, y)
            for w in weights:
                loss = loss * w
            return loss
        if self.reduction == "none":
            return each(*i)
        common = self.common(inputs)
        result = el.total(*common, each)
        return result / numel(common) if self.reduction == "mean" else result

    def gradient(self, g, out, x, y, *weights):
        if self.reduction == "mean":
            g = g / numel(self.common((x, y, *weights)))
        scaled = g if self.factor == 1 else self.factor * g
        for w in weights:
            scaled = scaled * w
        plain = type(self)("none", *[getattr(self, name) for name in self._fields[1:]])
        return (lambda: scaled * self.slope(x, y), lambda: scaled * self.slope_y(x, y), *[lambda: g * record(plain, x, y) for w in weights])

    def slope_y(self, x, y):
        return -self.slope(x, y)


def pair_samples(*fields):
    """x and y for every kind of reduction."""
    return [(normal(3, 4), normal(3, 4, seed=1), how, *fields) for how in CODES] + [
        (normal(2, 3), normal(3, seed=2), "mean", *fields), (normal(), normal(seed=1), "mean", *fields), (normal(0, 2), normal(0, 2), "sum", *fields)]


class MseLoss(ElementLoss):
    """(x - y)²"""

    label = "mse"
    factor = 2

    def losses(self, x, y): return np.square(x - y)
    def each(self, x, y):   return (x - y) * (x - y)
    def slope(self, x, y):  return x - y

    samples = pair_samples


class SmoothL1Loss(ElementLoss):
    """(x - y)² / (2 beta) where |x - y| < beta, else |x - y| - beta / 2"""

    beta: float
    label = "smooth_l1"

    def losses(self, x, y):
        d = np.abs(x - y)
        return np.where(d < self.beta, 0.5 * d * d / self.beta, d - 0.5 * self.beta).astype(d.dtype)

    def each(self, x, y):
        d = el.call("abs", x - y)
        return el.where(d < self.beta, 0.5 * d * d / self.beta, d - 0.5 * self.beta)

    def slope(self, x, y):
        return ((x - y) / self.beta).clamp(-1, 1)

    samples = lambda: pair_samples(0.7)


class HuberLoss(ElementLoss):
    """(x - y)² / 2 where |x - y| <= delta, else delta (|x - y| - delta / 2); of the type of x"""

    delta: float
    label = "huber"

    def dtype(self, x, y):
        self.compute(x, y)
        return x.dtype

    def losses(self, x, y):
        d = np.abs(x - y)
        return np.where(d <= self.delta, 0.5 * d * d, self.delta * (d - 0.5 * self.delta)).astype(d.dtype)

    def each(self, x, y):
        d = el.call("abs", x - y)
        return el.where(d <= self.delta, 0.5 * d * d, self.delta * (d - 0.5 * self.delta))

    def slope(self, x, y):
        return (x - y).clamp(-self.delta, self.delta)

    samples = lambda: pair_samples(0.7)


class SoftMarginLoss(ElementLoss):
    """log(1 + e^(-x y)); of the type of x"""

    def compute(self, x, y):
        if x.dtype.category != 2:
            raise RuntimeError(f"result type Float can't be cast to the desired output type {x.dtype._title}: soft_margin_loss takes floating predictions")
        return x.dtype

    def losses(self, x, y):  return np.logaddexp(0, -x * y)
    def each(self, x, y):    return el.maximum(-x * y, 0) + el.call("log1p", el.call("exp", -el.call("abs", x * y)))
    def slope(self, x, y):   return -y * (-x * y).sigmoid()
    def slope_y(self, x, y): return -x * (-x * y).sigmoid()

    samples = pair_samples


_FLOOR = -100.0         # PyTorch keeps logarithms of probabilities above this, so that a sure and wrong answer costs no infinity


class BinaryCrossEntropy(ElementLoss):
    """-(y log x + (1 - y) log(1 - x)), logarithms no less than -100; times the weights"""

    def losses(self, x, y):
        return (y - 1) * np.maximum(np.log1p(-x), _FLOOR) - y * np.maximum(np.log(x), _FLOOR)

    def each(self, x, y):
        return (y - 1) * el.maximum(el.call("log1p", -x), _FLOOR) - y * el.maximum(el.call("log", x), _FLOOR)

    def slope(self, x, y):
        return (x - y) / ((1 - x) * x).clamp(min=1e-12)

    def slope_y(self, x, y):
        return (-x).log1p().clamp(min=_FLOOR) - x.log().clamp(min=_FLOOR)

    samples = lambda: [(_unit(3, 4), _unit(3, 4, seed=1), how) for how in CODES] + [
        (_unit(3, 4), _unit(3, 4, seed=1), _unit(4), "mean"), (_unit(), _unit(), "sum")]


def _unit(*shape, seed=0):
    return 0.05 + 0.9 / (1 + np.exp(-normal(*shape, seed=seed)))


class BinaryCrossEntropyWithLogits(ElementLoss):
    """-(y log σ(x) + (1 - y) log(1 - σ(x))), σ the logistic function; times the weights"""

    label = "log_sigmoid"

    def losses(self, x, y):
        return np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x)))

    def each(self, x, y):
        return el.maximum(x, 0) - x * y + el.call("log1p", el.call("exp", -el.call("abs", x)))

    def slope(self, x, y):   return x.sigmoid() - y
    def slope_y(self, x, y): return -x

    samples = lambda: [*pair_samples(), (normal(3, 4) * 40, normal(3, 4, seed=1), _unit(4), "mean")]


# ---------------------------------------------------------------------------------------------------------------- the functions
def _same_sizes(input, target) -> None:
    """PyTorch's warning where a target is of another shape and would be broadcast."""
    if target.shape != input.shape:
        try:
            hint = (f" (Together they broadcast to {list(broadcast_shapes(input.shape, target.shape))}; for one prediction a sample, squeeze the prediction "
                    "or unsqueeze the target.)")
        except RuntimeError:
            hint = ""           # they do not broadcast, which the loss itself refuses
        warnings.warn(f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will likely lead to incorrect results "
                      f"due to broadcasting. Please ensure they have the same size.{hint}", UserWarning, stacklevel=3)


def _tensors(name: str, input, target) -> None:
    need_tensor(input, name)
    need_tensor(target, name, "target")


def _weighted(losses, weight, reduction: str, input, shared: bool):
    """Losses times `weight`; their mean is over the sum of the weights (`shared`) or over the elements."""
    if weight.shape != input.shape:
        raise ValueError(f"Weights and input must have the same size., got {tuple(weight.shape)} and {tuple(input.shape)}")
    weighted = losses * weight
    return weighted.sum() / weight.sum() if shared and reduction == "mean" else reduce_loss(weighted, reduction)


@full_precision
def mse_loss(input, target, size_average=None, reduce=None, reduction: str = "mean", weight=None):
    """(input - target)²: the mean, the sum, or each. The weighted mean divides by the sum of the weights.

    UserWarning where the shapes differ and broadcast; RuntimeError where they do not.
    """
    _tensors("mse_loss", input, target)
    _same_sizes(input, target)
    reduction = reduction_of(reduction, size_average, reduce)
    if weight is not None:
        return _weighted((input - target) ** 2, weight, reduction, input, True)
    return record(MseLoss(reduction), input, target)


@full_precision
def l1_loss(input, target, size_average=None, reduce=None, reduction: str = "mean", weight=None):
    """|input - target|: the mean, the sum, or each. The weighted mean divides by the sum of the weights."""
    _tensors("l1_loss", input, target)
    _same_sizes(input, target)
    reduction = reduction_of(reduction, size_average, reduce)
    losses = (input - target).abs()
    return reduce_loss(losses, reduction) if weight is None else _weighted(losses, weight, reduction, input, True)


@full_precision
def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction: str = "mean", beta: float = 1.0):
    """Squared where |input - target| < beta, and then divided by 2 beta; else |input - target| - beta / 2. RuntimeError for beta < 0."""
    _tensors("smooth_l1_loss", input, target)
    _same_sizes(input, target)
    reduction = reduction_of(reduction, size_average, reduce)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta., got {beta}")
    return reduce_loss((input - target).abs(), reduction) if beta == 0 else record(SmoothL1Loss(reduction, float(beta)), input, target)


@full_precision
def huber_loss(input, target, reduction: str = "mean", delta: float = 1.0, weight=None):
    """(input - target)² / 2 up to a distance of delta, beyond it delta (|input - target| - delta / 2). RuntimeError unless delta > 0."""
    _tensors("huber_loss", input, target)
    _same_sizes(input, target)
    reduction = reduction_of(reduction)
    if not delta > 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta., got {delta}")
    if weight is not None:
        return _weighted(record(HuberLoss("none", float(delta)), input, target), weight, reduction, input, False)
    return record(HuberLoss(reduction, float(delta)), input, target)


@full_precision
def soft_margin_loss(input, target, size_average=None, reduce=None, reduction: str = "mean"):
    """log(1 + e^(-target · input)), with targets 1 and -1."""
    _tensors("soft_margin_loss", input, target)
    return record(SoftMarginLoss(reduction_of(reduction, size_average, reduce)), input, target)


def _in_unit_interval(t: Tensor, what: str) -> None:
    """RuntimeError unless every element is a probability."""
    if t.is_meta:
        return
    found = values(t)
    if not ((found >= 0) & (found <= 1)).all():
        hint = "; put a sigmoid before, or use binary_cross_entropy_with_logits" if what == "input" else ""
        raise RuntimeError(f"all elements of {what} should be between 0 and 1, found {float(found.min()):g} … {float(found.max()):g}{hint}")


@full_precision
def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction: str = "mean"):
    """-(target log(input) + (1 - target) log(1 - input)), of probabilities. ValueError for shapes that differ, RuntimeError outside [0, 1]."""
    _tensors("binary_cross_entropy", input, target)
    reduction = reduction_of(reduction, size_average, reduce)
    if target.shape != input.shape:
        raise ValueError(f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. Please ensure they have "
                         "the same size.")
    for t in (target,) if weight is None else (target, weight):
        if t.dtype is not input.dtype:
            raise RuntimeError(f"Found dtype {t.dtype._title} but expected {input.dtype._title}: binary_cross_entropy takes probabilities of one dtype")
    if weight is not None and broadcast_shapes(target.shape, weight.shape) != target.shape:
        raise RuntimeError(f"binary_cross_entropy: the weight {tuple(weight.shape)} does not broadcast to the target {tuple(target.shape)}")
    _in_unit_interval(input, "input")
    _in_unit_interval(target, "target")
    return record(BinaryCrossEntropy(reduction), input, target, *(() if weight is None else (weight,)))


@full_precision
def binary_cross_entropy_with_logits(input, target, weight=None, size_average=None, reduce=None, reduction: str = "mean", pos_weight=None):
    """Binary cross entropy of logits, stable for large ones: max(x, 0) - x y + log(1 + e^-|x|).

    weight: of each element; pos_weight: of the positive targets, one a class. ValueError for shapes that differ.
    """
    _tensors("binary_cross_entropy_with_logits", input, target)
    reduction = reduction_of(reduction, size_average, reduce)
    if target.shape != input.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    if input.dtype.category == 2 and target.dtype.category < 2:
        raise RuntimeError(f"result type Float can't be cast to the desired output type {target.dtype._title}: targets are probabilities, convert them with "
                           f".to({input.dtype})")
    weights = [] if weight is None else [weight]
    if pos_weight is None:
        return record(BinaryCrossEntropyWithLogits(reduction), input, target, *weights)
    # (1 - y) x + (1 + (p - 1) y) log(1 + e^-x): the logarithm is the loss for a target of 1
    losses = (1 - target) * input + (1 + (pos_weight - 1) * target) * record(BinaryCrossEntropyWithLogits("none"), input, 1)
    return reduce_loss(losses * weight if weights else losses, reduction)


@full_precision
def kl_div(input, target, size_average=None, reduce=None, reduction: str = "mean", log_target: bool = False):
    """target (log target - input), from log-probabilities; of a `log_target` e^target (target - input).

    reduction: also 'batchmean', the sum divided by the number of rows, which is the divergence itself.
    """
    _tensors("kl_div", input, target)
    batchmean = False
    if size_average is None and reduce is None:
        if reduction == "mean":
            warnings.warn("reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides only by the batch size, "
                          "and aligns with the KL div math definition.'mean' will be changed to behave the same as 'batchmean' in the next major release.",
                          UserWarning, stacklevel=2)
        batchmean = reduction == "batchmean"
    result = divergence(input, target, "sum" if batchmean else reduction_of(reduction, size_average, reduce), log_target)
    return result / input.shape[0] if batchmean and input.ndim else result


def divergence(input, target, reduction: str, log_target: bool):
    """Kullback and Leibler's divergence of log-probabilities from a target."""
    if input.dtype.category < 2 or target.dtype.category < 2:
        raise RuntimeError("kl_div: Integral inputs not supported.")
    losses = exp(target) * (target - input) if log_target else target.xlogy(target) - target * input
    return reduce_loss(losses, reduction)


@full_precision
def poisson_nll_loss(input, target, log_input: bool = True, full: bool = False, size_average=None, eps: float = 1e-8, reduce=None, reduction: str = "mean"):
    """e^input - target · input, or of a rate itself input - target log(input + eps).

    full: add Stirling's approximation of log(target!) for targets above 1.
    """
    _tensors("poisson_nll_loss", input, target)
    reduction = reduction_of(reduction, size_average, reduce)
    losses = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        stirling = target * log(target) - target + 0.5 * log(2 * math.pi * target)
        losses = losses + where(target > 1, stirling, 0)
    return reduce_loss(losses, reduction)


def gaussian_nll_loss(input, target, var, full: bool = False, eps: float = 1e-6, reduction: str = "mean"):
    """(log var + (input - target)² / var) / 2, the variance no less than `eps`.

    var: a float, or a tensor of the input's shape, of that shape with a last axis of 1, or without it. full: add log(2 π) / 2.
    ValueError for negative variances or shapes that do not fit.
    """
    _tensors("gaussian_nll_loss", input, target)
    if isinstance(var, float):
        if var < 0:
            raise ValueError(f"var has negative entry/entries: {var}")
        var = var * input.new_ones(input.shape)
    elif (values(need_tensor(var, "gaussian_nll_loss", "var")) < 0).any():
        raise ValueError("var has negative entry/entries")
    if var.shape != input.shape:
        unequal = [n for m, n in zip(input.shape, var.shape, strict=False) if m != n]
        if input.shape[:-1] == var.shape:
            var = var.unsqueeze(-1)
        elif input.ndim != var.ndim or sum(unequal) != 1:
            raise ValueError(f"var is of incorrect size: {tuple(var.shape)} does not go with the input {tuple(input.shape)}")
    if reduction not in CODES:
        raise ValueError(f"{reduction} is not valid: reduction is 'mean', 'sum' or 'none'")
    floor = cast(var.detach() < eps, var.dtype) * (eps - var.detach())      # lifted to eps as a constant: the slope stays that of var
    var = var + floor
    losses = 0.5 * (log(var) + (input - target) ** 2 / var)
    return reduce_loss(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


__all__: list[str] = []         # nn.functional's names; the package's own are in top.py
