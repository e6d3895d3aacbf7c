"""Normal numbers from uniform ones: the Box-Muller transform, bit for bit as PyTorch evaluates it on a CPU with AVX2 or AVX-512.

A pair of uniform numbers u1 in (0, 1], u2 in [0, 1) becomes sqrt(-2 log u1) times the cosine and the sine of 2 pi u2 (G. E. P. Box and
M. E. Muller, "A note on the generation of random normal deviates", Annals of Mathematical Statistics 29, 1958). In float32 the logarithm,
sine and cosine are the polynomials of S. Moshier's Cephes library (logf.c, sinf.c) in the arrangement of J. Pommier's sse_mathfun, with
those multiply-adds fused that are so in PyTorch's binaries; in float64 they are the C library's.
"""
from __future__ import annotations

import math

import numpy as np

from .exact import fused32, fused64, libm

BLOCK = 16              # numbers a block: eight radii, then eight angles, become eight cosines, then eight sines
_CHUNK = 2048 * BLOCK   # transformed at a time, so that the intermediate arrays stay in the cache

# Cephes logf.c: log(1 + x) = x - x^2 / 2 + x^3 P(x) for sqrt(1/2) < 1 + x < sqrt(2); log 2 in two parts
_LOG_P = tuple(map(np.float32, (7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
                                2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)))
_LOG2_LOW, _LOG2_HIGH = np.float32(-2.12194440e-4), np.float32(0.693359375)
_SQRT_HALF = np.float32(0.707106781186547524)
# Cephes sinf.c: pi / 4 in three parts; sin x = x + x^3 S(x^2) and cos x = 1 - x^2 / 2 + x^4 C(x^2) for |x| <= pi / 4
_QUARTER_PI = tuple(map(np.float32, (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)))
_FOUR_BY_PI = np.float32(1.27323954473516)
_SIN_P = tuple(map(np.float32, (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)))
_COS_P = tuple(map(np.float32, (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)))
_ONE, _HALF, _TWO_PI = np.float32(1), np.float32(0.5), np.float32(2 * math.pi)


def transform_blocks(uniforms: np.ndarray, mean: float, std: float) -> None:
    """Turn uniform numbers in [0, 1), float32 or float64, contiguous and whole blocks of 16, into normal ones, in place."""
    kernel = _box_muller32 if uniforms.dtype == np.float32 else _box_muller64
    for start in range(0, uniforms.size, _CHUNK):
        blocks = uniforms[start:start + _CHUNK].reshape(-1, 2, BLOCK // 2)
        with np.errstate(over="ignore", invalid="ignore"):
            cosines, sines = kernel(1 - blocks[:, 0].ravel(), blocks[:, 1].ravel(), mean, std)
        blocks[:, 0] = cosines.reshape(-1, BLOCK // 2)
        blocks[:, 1] = sines.reshape(-1, BLOCK // 2)


def standard_pairs(angles: np.ndarray, radii: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of standard normal numbers (cosine part, sine part) of uniform float64 numbers in [0, 1): PyTorch's one-by-one form."""
    radius = np.sqrt(-2.0 * libm(math.log1p, -radii))
    theta = 2.0 * math.pi * angles
    return radius * libm(math.cos, theta), radius * libm(math.sin, theta)


def _box_muller64(u1, u2, mean, std):
    radius = np.sqrt(-2.0 * libm(math.log, u1))
    theta = 2.0 * math.pi * u2
    return fused64(radius * libm(math.cos, theta), std, mean), fused64(radius * libm(math.sin, theta), std, mean)


def _box_muller32(u1, u2, mean, std):
    mean, std = np.float32(mean), np.float32(std)
    radius = np.sqrt(np.float32(-2) * _log(u1))
    sine, cosine = _sin_cos(_TWO_PI * u2)
    cosine *= radius
    sine *= radius
    if std == 1:
        return cosine + mean, sine + mean
    return fused32(cosine, std, mean), fused32(sine, std, mean)


def _log(x):
    """The natural logarithm of float32 numbers in (0, 1]: x = m 2^e with sqrt(1/2) <= m < sqrt(2), by bits."""
    bits = x.view(np.int32)
    e = ((bits >> 23) - 126).astype(np.float32)
    m = ((bits & 0x007FFFFF) | 0x3F000000).view(np.float32)
    low = m < _SQRT_HALF
    e -= low
    m += np.where(low, m - _ONE, -_ONE)
    square = m * m
    y = fused32(_LOG_P[0], m, _LOG_P[1])
    for coefficient in _LOG_P[2:]:
        y = fused32(y, m, coefficient)
    y = fused32(y * m, square, e * _LOG2_LOW)
    y = fused32(-square, _HALF, y)
    return fused32(e, _LOG2_HIGH, m + y)


def _sin_cos(x):
    """Sine and cosine of float32 angles x >= 0, by octants of pi / 4."""
    octant = (x * _FOUR_BY_PI).astype(np.int32)
    octant = (octant + 1) & ~1
    turns = octant.astype(np.float32)
    for part in _QUARTER_PI:
        x = fused32(turns, part, x)
    square = x * x
    cosine = fused32(fused32(_COS_P[0], square, _COS_P[1]), square, _COS_P[2])
    cosine = fused32(cosine * square, square, -(square * _HALF)) + _ONE
    sine = fused32(fused32(_SIN_P[0], square, _SIN_P[1]), square, _SIN_P[2])
    sine = fused32(sine * square, x, x)
    swapped = (octant & 2) != 0
    sine, cosine = np.where(swapped, cosine, sine), np.where(swapped, sine, cosine)
    return _negate(sine, octant & 4), _negate(cosine, (octant + 2) & 4)


def _negate(values, where):
    """Values with the sign bit flipped where `where` is 4 rather than 0."""
    return (values.view(np.int32) ^ (where << 29)).view(np.float32)
