"""Window functions: torch.hann_window and its kin, and those of torch.signal.windows. Computed in double precision, then rounded."""
from __future__ import annotations

import math
import operator

import numpy as np

from ..core import device as devices
from ..core import dtype as dt
from ..core.layout import strided
from ..core.tensor import meta
from .common import Tensor, from_array

_BLACKMAN = (0.42, 0.5, 0.08)
_NUTTALL = (0.3635819, 0.4891775, 0.1365995, 0.0106411)        # A. Nuttall, IEEE Trans. ASSP 29, 1981: continuous first derivative


# -------------------------------------------------------------------------------------------------------------------- formulas
def _cosines(k: np.ndarray, span: float, weights) -> np.ndarray:
    """Σ_i (-1)^i weights[i] cos(2π i k / span)"""
    return sum(((-1) ** i * w * np.cos(2 * np.pi * i * k / span) for i, w in enumerate(weights)), np.zeros(len(k)))


def _triangle(k: np.ndarray, span: float) -> np.ndarray:
    return 1 - np.abs(2 * k / span - 1)


def _kaiser(k: np.ndarray, span: float, beta: float) -> np.ndarray:
    """I₀(beta √(1 - (2k/span - 1)²)) / I₀(beta)"""
    return np.i0(beta * np.sqrt(np.maximum(1 - (2 * k / span - 1) ** 2, 0))) / np.i0(beta)


def _made(array: np.ndarray, dtype: dt.dtype, device, requires_grad: bool) -> Tensor:
    result = meta(array.shape, dtype) if devices.as_device(device) is devices.META else from_array(array.astype(dtype.numpy), dtype)
    return result.requires_grad_() if requires_grad else result


# ----------------------------------------------------------------------------------------------------------- torch.…_window
def _window(name: str, formula, window_length, periodic: bool, dtype, layout, device, requires_grad: bool) -> Tensor:
    """formula(k, span) for k < window_length, where span is the period, or reaches from the first to the last."""
    n = operator.index(window_length)
    kind = dt.default_dtype() if dtype is None else dt.as_dtype(dtype)
    if kind.category != 2:
        raise RuntimeError(f"{name} expects floating point dtypes, got: {kind}")
    if layout not in (None, strided):
        raise RuntimeError(f"{name} is not implemented for sparse types, got: {layout}")
    if n < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={n}")
    array = np.ones(n) if n <= 1 else formula(np.arange(n, dtype=np.float64), n if periodic else n - 1)
    return _made(array, kind, device, requires_grad)


def hann_window(window_length: int, periodic: bool = True, *, dtype=None, layout=None, device=None, pin_memory: bool = False, requires_grad: bool = False):
    """½ - ½ cos(2πk/N), one period of it for spectra (`periodic`), or symmetric, with N one less."""
    return _window("hann_window", lambda k, span: _cosines(k, span, (0.5, 0.5)), window_length, periodic, dtype, layout, device, requires_grad)


def hamming_window(window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, *, dtype=None, layout=None, device=None,
                   pin_memory: bool = False, requires_grad: bool = False):
    """alpha - beta cos(2πk/N), one period of it for spectra (`periodic`), or symmetric, with N one less."""
    return _window("hamming_window", lambda k, span: _cosines(k, span, (alpha, beta)), window_length, periodic, dtype, layout, device, requires_grad)


def blackman_window(window_length: int, periodic: bool = True, *, dtype=None, layout=None, device=None, pin_memory: bool = False,
                    requires_grad: bool = False):
    """0.42 - 0.5 cos(2πk/N) + 0.08 cos(4πk/N), one period of it for spectra (`periodic`), or symmetric, with N one less."""
    return _window("blackman_window", lambda k, span: _cosines(k, span, _BLACKMAN), window_length, periodic, dtype, layout, device, requires_grad)


def bartlett_window(window_length: int, periodic: bool = True, *, dtype=None, layout=None, device=None, pin_memory: bool = False,
                    requires_grad: bool = False):
    """1 - |2k/N - 1|, one period of it for spectra (`periodic`), or symmetric, with N one less."""
    return _window("bartlett_window", _triangle, window_length, periodic, dtype, layout, device, requires_grad)


def kaiser_window(window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype=None, layout=None, device=None, pin_memory: bool = False,
                  requires_grad: bool = False):
    """I₀(beta √(1 - (2k/N - 1)²)) / I₀(beta), one period of it for spectra (`periodic`), or symmetric, with N one less."""
    return _window("kaiser_window", lambda k, span: _kaiser(k, span, beta), window_length, periodic, dtype, layout, device, requires_grad)


# --------------------------------------------------------------------------------------------------------- torch.signal.windows
def _signal_window(name: str, formula, M: int, sym: bool, dtype, layout, device, requires_grad: bool) -> Tensor:
    """formula(k, span) for k < M, span reaching from the first to the last, or (not `sym`) one further."""
    kind = dt.default_dtype() if dtype is None else dt.as_dtype(dtype)
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if layout not in (None, strided):
        raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
    if kind not in (dt.float32, dt.float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {kind}")
    array = np.ones(M) if M <= 1 else formula(np.arange(M, dtype=np.float64), M - 1 if sym else M)
    return _made(array, kind, device, requires_grad)


def bartlett(M: int, *, sym: bool = True, dtype=None, layout=None, device=None, requires_grad: bool = False):
    """The triangle 1 - |2k/N - 1|, N = M - 1, or M if not `sym`."""
    return _signal_window("bartlett", _triangle, M, sym, dtype, layout, device, requires_grad)


def general_cosine(M: int, *, a, sym: bool = True, dtype=None, layout=None, device=None, requires_grad: bool = False):
    """Σ_i (-1)^i a[i] cos(2πik/N), N = M - 1, or M if not `sym`."""
    if not hasattr(a, "__iter__"):
        raise TypeError("Coefficients must be a list/tuple")
    weights = tuple(a)
    if not weights:
        raise ValueError("Coefficients cannot be empty")
    return _signal_window("general_cosine", lambda k, span: _cosines(k, span, weights), M, sym, dtype, layout, device, requires_grad)


def general_hamming(M: int, *, alpha: float = 0.54, sym: bool = True, dtype=None, layout=None, device=None, requires_grad: bool = False):
    """alpha - (1 - alpha) cos(2πk/N), N = M - 1, or M if not `sym`."""
    return general_cosine(M, a=(alpha, 1 - alpha), sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)


def hamming(M: int, *, sym: bool = True, dtype=None, layout=None, device=None, requires_grad: bool = False):
    """0.54 - 0.46 cos(2πk/N), N = M - 1, or M if not `sym`."""
    return general_hamming(M, sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)


def hann(M: int, *, sym: bool = True, dtype=None, layout=None, device=None, requires_grad: bool = False):
    """½ - ½ cos(2πk/N), N = M - 1, or M if not `sym`."""
    return general_hamming(M, alpha=0.5, sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)


def blackman(M: int, *, sym: bool = True, dtype=None, layout=None, device=None, requires_grad: bool = False):
    """0.42 - 0.5 cos(2πk/N) + 0.08 cos(4πk/N), N = M - 1, or M if not `sym`."""
    return general_cosine(M, a=_BLACKMAN, sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)


def nuttall(M: int, *, sym: bool = True, dtype=None, layout=None, device=None, requires_grad: bool = False):
    """The minimal four-term window of Nuttall with a continuous first derivative, N = M - 1, or M if not `sym`."""
    return general_cosine(M, a=_NUTTALL, sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)


def cosine(M: int, *, sym: bool = True, dtype=None, layout=None, device=None, requires_grad: bool = False):
    """sin(π (k + ½) / N), N = M, or M + 1 if not `sym`."""
    return _signal_window("cosine", lambda k, span: np.sin(np.pi * (k + 0.5) / (span + 1)), M, sym, dtype, layout, device, requires_grad)


def exponential(M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, dtype=None, layout=None, device=None,
                requires_grad: bool = False):
    """exp(-|k - center| / tau); center is the middle, and may be given only if not `sym`."""
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")

    def formula(k, span):
        return np.exp(-np.abs(k - (span / 2 if center is None else center)) / tau)
    if M == 1 and center is not None:
        return _signal_window("exponential", formula, 2, sym, dtype, layout, device, requires_grad)[:1]
    return _signal_window("exponential", formula, M, sym, dtype, layout, device, requires_grad)


def gaussian(M: int, *, std: float = 1.0, sym: bool = True, dtype=None, layout=None, device=None, requires_grad: bool = False):
    """exp(-½ ((k - N/2) / std)²), N = M - 1, or M if not `sym`."""
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    return _signal_window("gaussian", lambda k, span: np.exp(-(((k - span / 2) / (std * math.sqrt(2))) ** 2)), M, sym, dtype, layout, device, requires_grad)


def kaiser(M: int, *, beta: float = 12.0, sym: bool = True, dtype=None, layout=None, device=None, requires_grad: bool = False):
    """I₀(beta √(1 - (2k/N - 1)²)) / I₀(beta), N = M - 1, or M if not `sym`."""
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    return _signal_window("kaiser", lambda k, span: _kaiser(k, span, beta), M, sym, dtype, layout, device, requires_grad)


__all__ = ["bartlett_window", "blackman_window", "hamming_window", "hann_window", "kaiser_window"]
