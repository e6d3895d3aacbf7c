"""Poisson, binomial and gamma numbers: samplers that draw until they accept, so one number at a time.

Each takes `uniform()` (a float in [0, 1)) and, for gamma, `normal()` (standard normal), and draws them in the order of PyTorch's samplers.
Arithmetic is in double, except where PyTorch's is in the type of the parameters; those are passed as NumPy scalars of that type. One
function is not quite the C library's, the float32 `log1p` in `binomial`: a number could differ where its last bit tips a rounding.
"""
from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .exact import log

# log k! less Stirling's approximation of it, for k = 0 … 9
_STIRLING_TAIL = (0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211, 0.0138761288230707,
                  0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287)
# log gamma(x) - (x - 1/2) (log x - 1) as a series in 1 / x
_LGAMMA = (4.18938533204672725052e-01, 8.33333333333329678849e-02, -2.77777777728775536470e-03, 7.93650558643019558500e-04,
           -5.95187557450339963135e-04, 8.36339918996282139126e-04, -1.63092934096575273989e-03)


def poisson(rate: float, uniform: Callable[[], float]) -> int:
    """One Poisson number of the given rate >= 0.

    Below 10 by multiplying uniform numbers (Knuth); else by transformed rejection, PTRS (W. Hörmann, "The transformed rejection method for
    generating Poisson random variables", Insurance: Mathematics and Economics 12, 1993).
    """
    if rate == 0:
        return 0
    if rate < 10:
        limit, product, count = math.exp(-rate), uniform(), 0
        while product > limit:
            product *= uniform()
            count += 1
        return count
    log_rate = math.log(rate)
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    inside = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        if not us:
            continue
        k = _to_int64((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= inside:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        if log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b) <= -rate + k * log_rate - _log_factorial(float(k)):
            return k


def binomial(count: np.floating, probability: np.floating, uniform: Callable[[], float]) -> np.floating:
    """How many of `count` trials succeed, each with the given probability; both are scalars of one floating type, as is the result."""
    one = count.dtype.type(1)
    if count <= 0 or probability <= 0:
        return one - one
    if probability >= 1:
        return count
    if math.isnan(probability):
        return probability
    if probability > 0.5:
        return count - _fewer_than_half(count, one - probability, uniform)
    return _fewer_than_half(count, probability, uniform)


def gamma(alpha: np.floating, uniform: Callable[[], float], normal: Callable[[], float]) -> float:
    """One gamma number of shape `alpha` and rate 1.

    G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables", ACM Transactions on Mathematical Software 26 (2000).
    """
    if alpha == 0:
        return 0.0
    one, squeeze = alpha.dtype.type(1), float(np.float32(0.0331))
    scale = 1.0
    if alpha < 1:       # a gamma number of shape alpha + 1, times a power of a uniform one
        with np.errstate(over="ignore"):
            scale = float(np.float64(1 - uniform()) ** np.float64(one / alpha))
        alpha = alpha + one
    d = float(alpha - np.float32(1 / 3))
    c = 1 / math.sqrt(9 * d) if d > 0 else math.nan
    while True:
        x = normal()
        y = 1 + c * x
        if y <= 0:
            continue
        v = y * y * y
        u = 1 - uniform()
        xx = x * x
        if u < 1 - squeeze * xx * xx or math.log(u) < 0.5 * xx + d * (1 - v + math.log(v)):
            return scale * d * v


def _fewer_than_half(count, probability, uniform):
    if count * probability >= 10:
        return _by_transformed_rejection(count, probability, uniform)
    return _by_waiting_times(count, probability, uniform)


def _by_waiting_times(count, probability, uniform):
    """As many geometric waiting times as fit into `count` trials."""
    log_failure = float(count.dtype.type(math.log1p(-float(probability))))
    trials, successes = 0.0, 0
    while True:
        u = uniform()
        trials += math.ceil(math.log(u) / log_failure) if u else math.inf
        if trials > count:
            return count.dtype.type(successes)
        successes += 1


def _by_transformed_rejection(count, probability, uniform):
    """BTRS (W. Hörmann, "The generation of binomial random variates", Journal of Statistical Computation and Simulation 46, 1993)."""
    number = count.dtype.type
    one = number(1)
    deviation = float(np.sqrt(count * probability * (one - probability)))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * float(probability)
    c = float(count * probability) + 0.5
    inside = 0.92 - 4.2 / b
    odds = float(probability / (one - probability))
    alpha = (2.83 + 5.1 / b) * deviation
    mode = float(np.floor((count + one) * probability))
    trials = float(count)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        if not us:
            continue
        k = number(np.floor((2 * a / us + b) * u + c))
        if k < 0 or k > count:
            continue
        if us >= 0.07 and v <= inside:
            return k
        failures = float(count - k + one)
        bound = ((mode + 0.5) * math.log((mode + 1) / (odds * (trials - mode + 1)))
                 + float(count + one) * math.log((trials - mode + 1) / failures)
                 + (float(k) + 0.5) * math.log(odds * failures / float(k + one))
                 + _stirling_tail(mode) + _stirling_tail(trials - mode) - _stirling_tail(float(k)) - _stirling_tail(float(count - k)))
        if log(v * alpha / (a / (us * us) + b)) <= bound:
            return k


def _log_factorial(k: float) -> float:
    """log k!, from 7! on with the roundings of the C library's lgamma(k + 1) (fdlibm, e_lgamma_r.c)."""
    x = k + 1
    if x < 8:
        return math.lgamma(x)
    inverse, logarithm = 1 / x, math.log(x)
    if x >= 2.0**58:
        return x * (logarithm - 1)
    square = inverse * inverse
    series = _LGAMMA[-1]
    for coefficient in _LGAMMA[-2:0:-1]:
        series = coefficient + square * series
    return (x - 0.5) * (logarithm - 1) + (_LGAMMA[0] + inverse * series)


def _to_int64(x: float) -> int:
    """The integer below x, as a C program on x86 converts it: what does not fit becomes the least integer."""
    return math.floor(x) if -2.0**63 <= x < 2.0**63 else -2**63


def _stirling_tail(k: float) -> float:
    if k < len(_STIRLING_TAIL):
        return _STIRLING_TAIL[int(k)]
    square = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)
