"""Activations with random numbers in them."""
from __future__ import annotations

import warnings

import numpy as np

from .activation import leaky_relu
from .common import Tensor, from_array, in_place, need_tensor, record, values
from .elementwise import Mul
from .random import stream
from .softmax import softmax


class RreluWithNoise(Mul):
    """x times the slope drawn for it"""


def _slopes(x: Tensor, lower: float, upper: float, generator) -> Tensor:
    """A slope for each element of `x`: drawn from [lower, upper) where x <= 0, else 1."""
    found = values(x)
    negative = found <= 0
    kind = np.dtype(np.float64 if found.dtype == np.float64 else np.float32)
    low, high = (float(kind.type(b)) for b in (lower, upper))
    slopes = np.ones(found.shape, kind)
    slopes[negative] = stream(generator).uniform(int(np.count_nonzero(negative)), 0.0, 1.0, np.float64) * (high - low) + low
    return from_array(slopes, x.dtype)


def rrelu(input, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False, *, generator=None) -> Tensor:
    """x where it is positive, else x times a slope: drawn from [lower, upper) for each element while `training`, else their mean."""
    x = need_tensor(input, "rrelu")
    if lower > upper:
        raise RuntimeError(f"Lower bound should be less than or equal to the upper bound, got {lower} and {upper}")
    if x.dtype.category != 2:
        raise NotImplementedError(f"\"rrelu_with_noise_out_cpu\" not implemented for '{x.dtype._title}': convert the input, e.g. with .float()")
    if not training or x.is_meta:
        return leaky_relu(x, (lower + upper) / 2, inplace)
    slopes = _slopes(x, lower, upper, generator)
    return in_place(x, lambda old: record(RreluWithNoise(), old, slopes)) if inplace else record(RreluWithNoise(), x, slopes)


def rrelu_(input, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, *, generator=None) -> Tensor:
    """`rrelu` in place."""
    return rrelu(input, lower, upper, training, True, generator=generator)


def gumbel_softmax(logits, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """Samples near to one-hot: softmax((logits + Gumbel noise) / tau). hard: one-hot, with the soft samples' gradient.

    E. Jang et al., "Categorical Reparameterization with Gumbel-Softmax", ICLR 2017.
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", UserWarning, stacklevel=2)
    x = need_tensor(logits, "gumbel_softmax", "logits")
    gumbel = -x.new_empty(x.shape).exponential_().log()
    soft = softmax((x + gumbel) / tau, dim)
    if not hard:
        return soft
    index = soft.detach().argmax(dim, keepdim=True)
    return x.new_zeros(x.shape).scatter(dim, index, 1.0) - soft.detach() + soft


__all__: list[str] = []         # nn.functional's names; the package's own are in top.py
