"""Spectrograms and what is made of them, as functions of tensors (gradients pass through)."""
from __future__ import annotations

import math
import warnings

import numpy as np

import flambeau
from flambeau import Tensor

__all__ = ["amplitude_to_DB", "create_dct", "hz_to_mel", "mel_to_hz", "melscale_fbanks", "spectrogram"]


def spectrogram(waveform: Tensor, pad: int, window: Tensor, n_fft: int, hop_length: int, win_length: int, power: float | None = 2.0,
                normalized: bool = False, center: bool = True, pad_mode: str = "reflect", onesided: bool = True) -> Tensor:
    """|STFT|**power of waves (..., time) -> (..., frequencies, frames); complex where `power` is None.

    pad: zeros on both sides first. normalized: divided by the window's norm, sqrt(sum window**2).
    """
    if pad > 0:
        waveform = flambeau.nn.functional.pad(waveform, (pad, pad))
    shape = waveform.shape
    spectra = flambeau.stft(waveform.reshape(-1, shape[-1]), n_fft, hop_length, win_length, window, center=center, pad_mode=pad_mode, normalized=False,
                            onesided=onesided, return_complex=True)
    spectra = spectra.reshape((*shape[:-1], *spectra.shape[-2:]))
    if normalized:
        spectra = spectra / window.pow(2.0).sum().sqrt()
    if power is None:
        return spectra
    return spectra.abs() if power == 1.0 else spectra.abs().pow(power)


def hz_to_mel(frequency: np.ndarray | float, scale: str = "htk") -> np.ndarray:
    """Frequencies in Hz on the mel scale: "htk", 2595 log10(1 + f / 700), or "slaney" (linear up to 1 kHz, logarithmic above; Auditory Toolbox, 1998)."""
    f = np.asarray(frequency, np.float64)
    if scale == "htk":
        return 2595.0 * np.log10(1.0 + f / 700.0)
    return np.where(f >= 1000.0, 15.0 + np.log(np.maximum(f, 1e-9) / 1000.0) * 27.0 / math.log(6.4), f * 3.0 / 200.0)


def mel_to_hz(mel: np.ndarray | float, scale: str = "htk") -> np.ndarray:
    """The inverse of `hz_to_mel`."""
    m = np.asarray(mel, np.float64)
    if scale == "htk":
        return 700.0 * (10.0 ** (m / 2595.0) - 1.0)
    return np.where(m >= 15.0, 1000.0 * np.exp(math.log(6.4) / 27.0 * (m - 15.0)), m * 200.0 / 3.0)


def melscale_fbanks(n_freqs: int, f_min: float, f_max: float, n_mels: int, sample_rate: int, norm: str | None = None, mel_scale: str = "htk") -> Tensor:
    """Triangular filters, evenly spaced on the mel scale: (n_freqs, n_mels). norm "slaney": each of area 1.

    Raises ValueError for another norm or scale; warns where a filter is so narrow that it holds no frequency, as with torchaudio's default sizes.
    """
    if norm not in (None, "slaney") or mel_scale not in ("htk", "slaney"):
        raise ValueError(f"norm is None or 'slaney' and mel_scale 'htk' or 'slaney', found {norm!r} and {mel_scale!r}")
    frequencies = np.linspace(0, sample_rate // 2, n_freqs)
    corners = mel_to_hz(np.linspace(hz_to_mel(f_min, mel_scale), hz_to_mel(f_max, mel_scale), n_mels + 2), mel_scale)
    width = np.diff(corners)
    slopes = corners[None] - frequencies[:, None]
    filters = np.maximum(0.0, np.minimum(-slopes[:, :-2] / width[:-1], slopes[:, 2:] / width[1:]))
    if norm == "slaney":
        filters *= 2.0 / (corners[2:] - corners[:-2])
    if (filters.max(0) == 0.0).any():
        warnings.warn(f"{n_mels} mel filters are too many for {n_freqs} frequencies: some hold none and give 0; use fewer, or a larger n_fft",
                      UserWarning, stacklevel=2)
    return flambeau.from_numpy(filters.astype(np.float32))


def create_dct(n_mfcc: int, n_mels: int, norm: str | None = "ortho") -> Tensor:
    """The matrix (n_mels, n_mfcc) of the discrete cosine transform, type II: cos(pi / n_mels (n + 1/2) k), times 2 or orthonormal."""
    if norm not in (None, "ortho"):
        raise ValueError(f"norm is 'ortho' or None, found {norm!r}")
    dct = np.cos(math.pi / n_mels * np.outer(np.arange(n_mels) + 0.5, np.arange(n_mfcc)))
    if norm is None:
        dct *= 2.0
    else:
        dct[:, 0] /= math.sqrt(2.0)
        dct *= math.sqrt(2.0 / n_mels)
    return flambeau.from_numpy(dct.astype(np.float32))


def amplitude_to_DB(x: Tensor, multiplier: float, amin: float, db_multiplier: float, top_db: float | None = None) -> Tensor:
    """multiplier log10(max(x, amin)) - multiplier db_multiplier, and not more than top_db below each spectrogram's loudest value."""
    db = multiplier * flambeau.log10(flambeau.clamp(x, min=amin)) - multiplier * db_multiplier
    if top_db is None:
        return db
    shape = db.shape
    packed = db.reshape(-1, shape[-3] if db.dim() > 2 else 1, shape[-2], shape[-1])
    floor = packed.amax(dim=(-3, -2, -1)) - top_db
    return flambeau.maximum(packed, floor.reshape(-1, 1, 1, 1)).reshape(shape)
