"""Discrete Fourier transforms: the functions of torch.fft, written beside their operator pages.

Written by tools/stubs.py: do not edit.
"""

from collections.abc import Sequence
from typing import Any

from flambeau.core.dtype import dtype as _dtype
from flambeau.core.tensor import Tensor as Tensor
from flambeau.core.tensor import _bool, _DeviceLike, _float, _int, _Out, _str

def fft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """Σ_j x[j] exp(-2πi jk/n) along axis `dim`, after cutting it or filling it up with zeros to n points. norm says what divides: "forward" this …"""
def fft2(input: Tensor, s: Any = None, dim: _int | Sequence[_int] = (-2, -1), norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """Σ_j x[j] exp(-2πi jk/n) along two axes, the last by default, after cutting them or filling them up with zeros to the sizes s. norm says …"""
def fftfreq(
    n: _int, d: _float = 1.0, *, out: _Out = None, dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None,
    requires_grad: _bool = False,
) -> Tensor:
    """The frequencies of fft's n terms, for samples `d` apart: [0, 1, …, (n - 1) // 2, -(n // 2), …, -1] / (n d)"""
def fftn(input: Tensor, s: Any = None, dim: _int | Sequence[_int] | None = None, norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """Σ_j x[j] exp(-2πi jk/n) along the axes `dim` (by default the last, as many as `s` has sizes; without s, all), after cutting them or …"""
def fftshift(input: Tensor, dim: _int | Sequence[_int] | None = None) -> Tensor:
    """The terms of fft in the order of frequency, 0 in the middle, along the axes `dim` (all by default)."""
def hfft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """fft of a signal with Hermitian symmetry, of which one half is given: real along axis `dim`, after cutting it or filling it up with zeros …"""
def hfft2(input: Tensor, s: Any = None, dim: _int | Sequence[_int] = (-2, -1), norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """fft of a signal with Hermitian symmetry, of which one half is given: real along two axes, the last by default, after cutting them or …"""
def hfftn(input: Tensor, s: Any = None, dim: _int | Sequence[_int] | None = None, norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """fft of a signal with Hermitian symmetry, of which one half is given: real along the axes `dim` (by default the last, as many as `s` has …"""
def ifft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """1/n Σ_j x[j] exp(2πi jk/n) along axis `dim`, after cutting it or filling it up with zeros to n points. norm says what divides: "forward" …"""
def ifft2(input: Tensor, s: Any = None, dim: _int | Sequence[_int] = (-2, -1), norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """1/n Σ_j x[j] exp(2πi jk/n) along two axes, the last by default, after cutting them or filling them up with zeros to the sizes s. norm says …"""
def ifftn(input: Tensor, s: Any = None, dim: _int | Sequence[_int] | None = None, norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """1/n Σ_j x[j] exp(2πi jk/n) along the axes `dim` (by default the last, as many as `s` has sizes; without s, all), after cutting them or …"""
def ifftshift(input: Tensor, dim: _int | Sequence[_int] | None = None) -> Tensor:
    """The inverse of fftshift."""
def ihfft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """The inverse of hfft: the half of ifft of a real signal along axis `dim`, after cutting it or filling it up with zeros to n points. norm …"""
def ihfft2(input: Tensor, s: Any = None, dim: _int | Sequence[_int] = (-2, -1), norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """The inverse of hfft: the half of ifft of a real signal along two axes, the last by default, after cutting them or filling them up with …"""
def ihfftn(input: Tensor, s: Any = None, dim: _int | Sequence[_int] | None = None, norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """The inverse of hfft: the half of ifft of a real signal along the axes `dim` (by default the last, as many as `s` has sizes; without s, …"""
def irfft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """The real signal (by default of even length) whose rfft is given along axis `dim`, after cutting it or filling it up with zeros to n …"""
def irfft2(input: Tensor, s: Any = None, dim: _int | Sequence[_int] = (-2, -1), norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """The real signal (by default of even length) whose rfft is given along two axes, the last by default, after cutting them or filling them up …"""
def irfftn(input: Tensor, s: Any = None, dim: _int | Sequence[_int] | None = None, norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """The real signal (by default of even length) whose rfft is given along the axes `dim` (by default the last, as many as `s` has sizes; …"""
def rfft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """The first n/2 + 1 terms of fft of a real signal along axis `dim`, after cutting it or filling it up with zeros to n points. norm says what …"""
def rfft2(input: Tensor, s: Any = None, dim: _int | Sequence[_int] = (-2, -1), norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """The first n/2 + 1 terms of fft of a real signal along two axes, the last by default, after cutting them or filling them up with zeros to …"""
def rfftfreq(
    n: _int, d: _float = 1.0, *, out: _Out = None, dtype: _dtype | None = None, layout: Any = None, device: _DeviceLike | None = None,
    requires_grad: _bool = False,
) -> Tensor:
    """The frequencies of rfft's terms of n samples `d` apart: [0, 1, …, n // 2] / (n d)"""
def rfftn(input: Tensor, s: Any = None, dim: _int | Sequence[_int] | None = None, norm: _str | None = None, *, out: _Out = None) -> Tensor:
    """The first n/2 + 1 terms of fft of a real signal along the axes `dim` (by default the last, as many as `s` has sizes; without s, all), …"""
