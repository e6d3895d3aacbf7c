"""Short-time Fourier transforms: spectra of overlapping windows of a signal, and back."""
from __future__ import annotations

import warnings

import numpy as np

from .autocast import full_precision
from .common import Tensor, need_tensor, values
from .dtype_views import view_as_real
from .elementwise import mul
from .fft import fft, ifft, irfft, rfft
from .movement import reshape, squeeze, transpose, unsqueeze
from .pad import constant_pad_nd, pad
from .parts import narrow, unfold
from .restride import spread


@full_precision
def stft(input, n_fft: int, hop_length: int | None = None, win_length: int | None = None, window=None, center: bool = True, pad_mode: str = "reflect",
         normalized: bool = False, onesided: bool | None = None, return_complex: bool | None = None, align_to_window: bool | None = None) -> Tensor:
    """The spectra of windows of a signal: out[…, f, t] = Σ_k window[k] · input[…, t · hop_length + k] exp(-2πi fk/n_fft)

    input (L) or (B, L) -> (B, F, T), F = n_fft // 2 + 1 if `onesided` (the default for real signals), else n_fft.
    hop_length: samples from one window to the next (n_fft // 4); window (win_length), ones by default, is centered among n_fft samples.
    center: windows are centered at t · hop_length, for which the signal is continued at both ends by pad_mode. normalized: divided by √n_fft.
    return_complex=False, deprecated, gives real and imaginary parts on a last axis. align_to_window: without `center`, the first window (not the
    first n_fft samples) begins at 0.
    RuntimeError for sizes that do not fit, and for a real signal without return_complex.
    """
    x = need_tensor(input, "stft")
    hop = n_fft // 4 if hop_length is None else hop_length
    width = n_fft if win_length is None else win_length
    if center:
        if align_to_window is not None:
            raise RuntimeError("stft align_to_window should only be set when center = false")
        extended = reshape(x, (*[1] * (3 - x.ndim), *x.shape))
        extended = pad(extended, [n_fft // 2, n_fft // 2], pad_mode)
        x = reshape(extended, extended.shape[extended.ndim - x.ndim:])
    complex_ = x.dtype.is_complex or (window is not None and window.dtype.is_complex)
    if return_complex is None:
        if not complex_:
            raise RuntimeError("stft requires the return_complex parameter be given for real inputs, and will further require that return_complex=True in a "
                               "future PyTorch release.")
        return_complex = True
    elif not return_complex:
        warnings.warn("stft with return_complex=False is deprecated. In a future pytorch release, stft will return complex tensors for all inputs, and "
                      "return_complex=False will raise an error.\nNote: you can still call torch.view_as_real on the complex output to recover the old "
                      "return format.", UserWarning, stacklevel=2)
    if onesided and complex_:
        raise RuntimeError("Cannot have onesided output if window or input is complex")

    def refuse(sentence: str):
        raise RuntimeError(f"stft(torch.{x.dtype._title}Tensor{list(x.shape)}, n_fft={n_fft}, hop_length={hop}, win_length={width}) : {sentence}")
    if x.dtype.category < 2:
        refuse("expected a tensor of floating point or complex values")
    if x.ndim not in (1, 2):
        refuse("expected a 1D or 2D tensor")
    if not 0 < n_fft <= x.shape[-1]:
        refuse(f"expected 0 < n_fft < {x.shape[-1]}, but got n_fft={n_fft}")
    if hop <= 0:
        refuse(f"expected hop_length > 0, but got hop_length={hop}")
    if not 0 < width <= n_fft:
        refuse(f"expected 0 < win_length <= n_fft, but got win_length={width}")
    if window is not None and tuple(window.shape) != (width,):
        refuse(f"expected a 1D window tensor of size equal to win_length={width}, but got window with size {list(window.shape)}")
    if window is None:
        warnings.warn("A window was not provided. A rectangular window will be applied, which is known to cause spectral leakage. Other windows such as "
                      "torch.hann_window or torch.hamming_window are recommended to reduce spectral leakage. To suppress this warning and use a rectangular "
                      "window, explicitly set `window=torch.ones(n_fft)`.", UserWarning, stacklevel=2)
    before = (n_fft - width) // 2
    if align_to_window and not center:
        x = constant_pad_nd(x, [before, n_fft - width - before])
    frames = unfold(x, -1, n_fft, hop)
    if window is not None or width < n_fft:
        frames = mul(frames, _placed(window, n_fft, width, x))
    norm = "ortho" if normalized else None
    spectra = (fft if complex_ or onesided is False else rfft)(frames, norm=norm)
    result = transpose(spectra, -2, -1)
    return result if return_complex else view_as_real(result.contiguous())


def _placed(window, n_fft: int, width: int, like: Tensor) -> Tensor:
    """The window (ones by default) centered among n_fft samples."""
    window = like.new_ones(width, dtype=like.dtype.to_real()) if window is None else window
    before = (n_fft - width) // 2
    return window if width == n_fft else constant_pad_nd(window, [before, n_fft - width - before])


def istft(input, n_fft: int, hop_length: int | None = None, win_length: int | None = None, window=None, center: bool = True, normalized: bool = False,
          onesided: bool | None = None, length: int | None = None, return_complex: bool = False) -> Tensor:
    """The signal whose stft, with the same arguments, is nearest to `input`: windows of the inverse transforms are added up, and divided by the sum of the
    squared windows (Griffin and Lim, 1984).

    input (F, T) or (B, F, T), complex -> (L) or (B, L), of `length` samples if given. return_complex: for signals that were complex.
    RuntimeError for sizes that do not fit, and where the windows leave samples out.
    """
    x = need_tensor(input, "istft")
    hop = n_fft // 4 if hop_length is None else hop_length
    width = n_fft if win_length is None else win_length

    def refuse(sentence: str):
        raise RuntimeError(f"istft({x.dtype._title}Tensor{list(x.shape)}, n_fft={n_fft}, hop_length={hop}, win_length={width}) : {sentence}")
    if not x.dtype.is_complex:
        raise RuntimeError("istft requires a complex-valued input tensor matching the output from stft with return_complex=True.")
    if not x.numel():
        refuse("input tensor cannot be empty.")
    if x.ndim not in (2, 3):
        refuse(f"expected a tensor with 2 or 3 dimensions, but got {x.ndim}")
    bins = x.shape[-2]
    half = bins != n_fft if onesided is None else onesided
    if half and n_fft // 2 + 1 != bins:
        refuse(f"expected the frequency dimension of the input tensor to match n_fft / 2 + 1 when onesided=True, but got {bins}")
    if not half and n_fft != bins:
        refuse(f"expected the frequency dimension of the input tensor to match n_fft when onesided=False, but got {bins}")
    if not 0 < hop <= width:
        refuse("expected 0 < hop_length <= win_length")
    if not 0 < width <= n_fft:
        refuse("expected 0 < win_length <= n_fft")
    if window is not None and tuple(window.shape) != (width,):
        refuse("Invalid window shape. window has to be 1D and length of `win_length`")
    if return_complex and half:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if not return_complex and window is not None and window.dtype.is_complex:
        raise RuntimeError("Complex windows are incompatible with return_complex=False")
    if window is None:
        warnings.warn("A window was not provided. A rectangular window will be applied. Please provide the same window used by stft to make the inversion "
                      "lossless. To suppress this warning and use a rectangular window, explicitly set `window=torch.ones(n_fft)`.", UserWarning, stacklevel=2)
    norm = "ortho" if normalized else None
    spectra = transpose(x if x.ndim == 3 else unsqueeze(x, 0), -2, -1)
    if return_complex:
        frames = ifft(spectra, norm=norm)
    else:
        frames = irfft(narrow(spectra, -1, 0, n_fft // 2 + 1), n_fft, norm=norm)
    placed = _placed(window, n_fft, width, x)
    count = frames.shape[-2]
    total = n_fft + hop * (count - 1)
    signal = _overlapped(frames * placed, total, hop)
    weights = _overlapped(reshape(placed * placed, (1, 1, n_fft)).expand(1, count, n_fft), total, hop)
    start = n_fft // 2 if center else 0
    stop = min(start + length if length is not None else total - start, total)
    signal, weights = narrow(signal, -1, start, stop - start), narrow(weights, -1, start, stop - start)
    if not weights.is_meta and np.abs(values(weights)).min(initial=1.0) <= 1e-11:
        refuse("window overlap add min: 1: the windows leave samples out, which cannot be found again")
    signal = signal / weights
    if length is not None and length > stop - start:
        warnings.warn("The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail. Please check your center and "
                      "hop_length settings.", UserWarning, stacklevel=2)
        signal = constant_pad_nd(signal, [0, length - (stop - start)])
    return signal if x.ndim == 3 else squeeze(signal, 0)


def _overlapped(frames: Tensor, total: int, hop: int) -> Tensor:
    """Frames (B, T, n) added up where they overlap, each `hop` after the one before -> (B, total)"""
    batch, count, n = frames.shape
    return spread(frames, (batch, total), (batch, count, n), (total, hop, 1), 0)


__all__ = ["istft", "stft"]
