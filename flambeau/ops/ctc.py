"""Connectionist temporal classification: the loss of a sequence of labels that may stand anywhere in a longer sequence of predictions.

A. Graves et al., "Connectionist Temporal Classification: Labelling Unsegmented Sequence Data with Recurrent Neural Networks", ICML 2006;
equation numbers below are those of the paper.
"""
from __future__ import annotations

import numpy as np

from ..core import dtype as dt
from ..core.op import Op, normal
from .autocast import full_precision
from .common import Tensor, from_array, need_tensor, record, values
from .loss import reduce_loss
from .losses import reduction_of


def _extended(targets: np.ndarray, blank: int) -> np.ndarray:
    """Labels with blanks around each: (N, S) -> (N, 2 S + 1)."""
    out = np.full((targets.shape[0], 2 * targets.shape[1] + 1), blank)
    out[:, 1::2] = targets
    return out


def _shifted(x: np.ndarray, by: int) -> np.ndarray:
    """`x` moved along its last axis, -inf coming in."""
    out = np.full_like(x, -np.inf)
    if x.shape[1] > abs(by):
        out[:, max(by, 0):x.shape[1] + min(by, 0)] = x[:, max(-by, 0):x.shape[1] - max(by, 0)]
    return out


def _forward(logs, labels, skips):
    """log α of equation 6: (T, N, 2 S + 1), the probability of all ways to be at a label after each step."""
    alpha = np.full((logs.shape[0], *labels.shape), -np.inf)
    rows = np.arange(labels.shape[0])[:, None]
    if len(logs):
        alpha[0, :, :2] = logs[0][rows, labels[:, :2]]
    for t in range(1, len(logs)):
        before = alpha[t - 1]
        ways = np.logaddexp(np.logaddexp(before, _shifted(before, 1)), np.where(skips, _shifted(before, 2), -np.inf))
        alpha[t] = ways + logs[t][rows, labels]
    return alpha


def _backward(logs, labels, skips, steps, sizes):
    """log β of equation 10: the probability of all ways to finish from a label at each step, that step included."""
    beta = np.full((logs.shape[0], *labels.shape), -np.inf)
    rows, place = np.arange(labels.shape[0])[:, None], np.arange(labels.shape[1])
    last = (place == 2 * sizes[:, None]) | (place == 2 * sizes[:, None] - 1) & (sizes[:, None] > 0)
    ahead = np.zeros_like(skips)
    ahead[:, :-2] = skips[:, 2:]
    for t in range(len(logs) - 1, -1, -1):
        after = beta[t + 1] if t + 1 < len(logs) else np.full(labels.shape, -np.inf)
        ways = np.logaddexp(np.logaddexp(after, _shifted(after, -1)), np.where(ahead, _shifted(after, -2), -np.inf))
        ways = np.where((steps == t + 1)[:, None], np.where(last, 0, -np.inf), np.where((t < steps)[:, None], ways, -np.inf))
        beta[t] = ways + logs[t][rows, labels]
    return beta


def _lattice(targets, blank):
    """(labels, whether each may be reached from the one two before it)."""
    labels = _extended(targets, blank)
    skips = np.zeros(labels.shape, bool)
    skips[:, 2:] = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    return labels, skips


def _cost(alpha, steps, sizes):
    """-log of equation 8 for each sample."""
    if not len(alpha):
        return np.where(sizes == 0, 0.0, np.inf)
    rows = np.arange(alpha.shape[1])
    end = alpha[np.maximum(steps, 1) - 1, rows]
    total = np.logaddexp(end[rows, 2 * sizes], np.where(sizes > 0, end[rows, np.maximum(2 * sizes - 1, 0)], -np.inf))
    return np.where(steps > 0, -total, np.where(sizes == 0, 0.0, np.inf))


class CtcLoss(Op):
    """out[n] = -log Σ over the ways in which targets[n], with blanks and repetitions, fills steps[n] predictions of Π of their probabilities

    logs (T, N, C) logarithms of probabilities, targets (N, S), steps (N), sizes (N) -> (N). As in PyTorch the derivative is that of logs that
    come from a log_softmax: it holds also what flows through the normalisation.
    """

    blank: int = 0
    finite: bool = False        # what has no alignment costs 0 instead of infinity
    types = "keep"
    saves = ("logs", "targets", "steps", "sizes")

    def shape(self, logs, targets, steps, sizes):
        return (logs.shape[1],)

    def reference(self, logs, targets, steps, sizes):
        cost = _cost(_forward(logs.astype(np.float64), *_lattice(targets, self.blank)), steps, sizes)
        return np.where(np.isinf(cost), 0, cost) if self.finite else cost

    def gradient(self, g, out, logs, targets, steps, sizes):
        return lambda: g.unsqueeze(1) * record(CtcLossGradient(self.blank, self.finite), logs, targets, steps, sizes), None, None, None

    samples = lambda: [(_LOGS, np.array([[1, 2, 2], [3, 1, 0]]), np.array([6, 5]), np.array([3, 2])),
                       (_LOGS, np.zeros((2, 0), np.int64), np.array([6, 0]), np.array([0, 0]))]
    no_gradient_test = "the derivative is that of normalised logs: tests/ops/test_ctc.py"


class CtcLossGradient(Op):
    """out[t, n, c] = e^logs - Σ over places of label c of α β / (probability · e^logs), 0 after the last step: equation 16"""

    blank: int = 0
    finite: bool = False
    types = "keep"

    def shape(self, logs, targets, steps, sizes):
        return logs.shape

    def reference(self, logs, targets, steps, sizes):
        wide = logs.astype(np.float64)
        labels, skips = _lattice(targets, self.blank)
        alpha, beta = _forward(wide, labels, skips), _backward(wide, labels, skips, steps, sizes)
        cost = _cost(alpha, steps, sizes)
        used = np.arange(labels.shape[1]) < 2 * sizes[:, None] + 1
        share = np.where(used, alpha + beta + cost[:, None], -np.inf)
        share = np.exp(share - wide[:, np.arange(labels.shape[0])[:, None], labels])
        out = np.exp(wide)
        for n in range(labels.shape[0]):                    # a label may stand at several places
            np.subtract.at(out[:, n], (slice(None), labels[n]), share[:, n])
        counted = np.arange(len(logs))[:, None] < steps
        if self.finite:
            counted = counted & np.isfinite(cost)
        return np.where(counted[..., None], out, 0)

    samples = CtcLoss.samples


_LOGS = normal(6, 2, 4) - np.log(np.exp(normal(6, 2, 4)).sum(-1, keepdims=True))


def _lengths(name: str, lengths, count: int) -> np.ndarray:
    found = values(lengths).astype(np.int64).reshape(-1) if isinstance(lengths, Tensor) else np.asarray(lengths, np.int64).reshape(-1)
    if isinstance(lengths, Tensor) and lengths.dtype.category >= 2:
        raise RuntimeError(f"{name} must be integral, got {lengths.dtype}")
    if len(found) != count:
        raise RuntimeError(f"{name} must be of size batch_size: {count}, got {len(found)}")
    if found.size and found.min() < 0:
        raise RuntimeError(f"Expected {name} to have value at least 0, but got value {int(found.min())}")
    return found


@full_precision
def ctc_loss(log_probs, targets, input_lengths, target_lengths, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> Tensor:
    """-log of the probability that predictions give `targets`, in any alignment, with blanks between and labels repeated.

    log_probs (T, N, C) or (T, C), from log_softmax; targets (N, S), or all in a row (sum of target_lengths); input_lengths (N) <= T;
    target_lengths (N). blank: the class that stands for no label. The mean is that of the losses over their target lengths.
    zero_infinity: losses of targets that are too long for their predictions count 0. RuntimeError for lengths that do not fit.
    """
    reduction = reduction_of(reduction)
    x, targets = need_tensor(log_probs, "ctc_loss", "log_probs"), need_tensor(targets, "ctc_loss", "targets")
    if x.ndim not in (2, 3):
        raise RuntimeError(f"log_probs tensor must have 2 or 3 axes, (T, C) or (T, N, C), got {list(x.shape)}")
    logs = x if x.ndim == 3 else x.unsqueeze(1)
    if x.dtype not in (dt.float32, dt.float64):
        raise NotImplementedError(f"\"ctc_loss_cpu\" not implemented for '{x.dtype._title}': convert with .float()")
    if targets.dtype.category != 1:
        raise RuntimeError(f"targets must be integral, got {targets.dtype}")
    time, batch, classes = logs.shape
    if not 0 <= blank < classes:
        raise RuntimeError(f"blank must be in label range: 0 … {classes - 1}, got {blank}")
    steps, sizes = _lengths("input_lengths", input_lengths, batch), _lengths("target_lengths", target_lengths, batch)
    if steps.size and steps.max() > time:
        raise RuntimeError(f"Expected input_lengths to have value at most {time}, but got value {int(steps.max())} (while checking arguments for "
                           "ctc_loss_cpu)")
    found = values(targets).astype(np.int64)
    longest = int(sizes.max(initial=0))
    if found.ndim == 1 and x.ndim == 3:
        if len(found) != sizes.sum():
            raise RuntimeError(f"Expected tensor to have size {int(sizes.sum())} at dimension 0, but got size {len(found)} for argument #2 'targets' (while "
                               "checking arguments for ctc_loss_cpu)")
        rows = np.zeros((batch, longest), np.int64)
        rows[np.arange(longest) < sizes[:, None]] = found
    else:
        rows = found.reshape(batch, -1) if batch else found.reshape(0, 0)
        if rows.shape[1] < longest:
            raise RuntimeError(f"Expected tensor to have size at least {longest} at dimension 1, but got size {rows.shape[1]} for argument #2 'targets' "
                               "(while checking arguments for ctc_loss_cpu)")
        rows = np.where(np.arange(rows.shape[1]) < sizes[:, None], rows, blank)[:, :longest]
    if rows.size and not 0 <= rows.min() <= rows.max() < classes:
        raise RuntimeError(f"ctc_loss: targets must be class numbers 0 … {classes - 1}, found {int(rows.min())} … {int(rows.max())}")
    losses = record(CtcLoss(int(blank), bool(zero_infinity)), logs, *[from_array(np.ascontiguousarray(a), dt.int64) for a in (rows, steps, sizes)])
    if reduction == "mean":
        losses = losses / from_array(np.maximum(sizes, 1).astype(x.dtype.numpy), x.dtype)
    return reduce_loss(losses if x.ndim == 3 or reduction != "none" else losses.squeeze(0), reduction)


__all__: list[str] = []         # nn.functional's names; the package's own are in top.py
