"""Modules that turn waves into spectrograms, mel spectrograms and MFCC, with torchaudio's arguments."""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import flambeau
from flambeau import Tensor, nn

from . import functional as F

__all__ = ["AmplitudeToDB", "MFCC", "MelScale", "MelSpectrogram", "Spectrogram"]


class Spectrogram(nn.Module):
    """waves (..., time) -> (..., n_fft // 2 + 1, frames). See functional.spectrogram."""

    def __init__(self, n_fft: int = 400, win_length: int | None = None, hop_length: int | None = None, pad: int = 0,
                 window_fn: Callable[..., Tensor] = flambeau.hann_window, power: float | None = 2.0, normalized: bool = False,
                 wkwargs: dict | None = None, center: bool = True, pad_mode: str = "reflect", onesided: bool = True) -> None:
        super().__init__()
        self.n_fft, self.win_length = n_fft, win_length if win_length is not None else n_fft
        self.hop_length = hop_length if hop_length is not None else self.win_length // 2
        self.register_buffer("window", window_fn(self.win_length, **(wkwargs or {})))
        self.pad, self.power, self.normalized, self.center, self.pad_mode, self.onesided = pad, power, normalized, center, pad_mode, onesided

    def forward(self, waveform: Tensor) -> Tensor:
        """The spectrogram."""
        return F.spectrogram(waveform, self.pad, self.window, self.n_fft, self.hop_length, self.win_length, self.power, self.normalized, self.center,
                             self.pad_mode, self.onesided)


class AmplitudeToDB(nn.Module):
    """Powers (stype "power") or amplitudes ("magnitude") in decibel, at most `top_db` below the loudest."""

    def __init__(self, stype: str = "power", top_db: float | None = None) -> None:
        super().__init__()
        if stype not in ("power", "magnitude"):
            raise ValueError(f"stype is 'power' or 'magnitude', found {stype!r}")
        if top_db is not None and top_db < 0:
            raise ValueError("top_db must be positive value")
        self.stype, self.top_db, self.multiplier, self.amin = stype, top_db, 10.0 if stype == "power" else 20.0, 1e-10
        self.db_multiplier = math.log10(max(self.amin, 1.0))

    def forward(self, x: Tensor) -> Tensor:
        """Decibels."""
        return F.amplitude_to_DB(x, self.multiplier, self.amin, self.db_multiplier, self.top_db)


class MelScale(nn.Module):
    """Spectrograms (..., n_stft, frames) -> (..., n_mels, frames)."""

    def __init__(self, n_mels: int = 128, sample_rate: int = 16000, f_min: float = 0.0, f_max: float | None = None, n_stft: int = 201,
                 norm: str | None = None, mel_scale: str = "htk") -> None:
        super().__init__()
        self.n_mels, self.sample_rate, self.f_min = n_mels, sample_rate, f_min
        self.f_max = f_max if f_max is not None else float(sample_rate // 2)
        if f_min > self.f_max:
            raise ValueError(f"Require f_min: {f_min} <= f_max: {self.f_max}")
        self.register_buffer("fb", F.melscale_fbanks(n_stft, f_min, self.f_max, n_mels, sample_rate, norm, mel_scale))

    def forward(self, specgram: Tensor) -> Tensor:
        """The mel spectrogram."""
        return flambeau.matmul(specgram.transpose(-1, -2), self.fb).transpose(-1, -2)


class MelSpectrogram(nn.Module):
    """waves (..., time) -> (..., n_mels, frames): Spectrogram, then MelScale."""

    def __init__(self, sample_rate: int = 16000, n_fft: int = 400, win_length: int | None = None, hop_length: int | None = None, f_min: float = 0.0,
                 f_max: float | None = None, pad: int = 0, n_mels: int = 128, window_fn: Callable[..., Tensor] = flambeau.hann_window,
                 power: float = 2.0, normalized: bool = False, wkwargs: dict | None = None, center: bool = True, pad_mode: str = "reflect",
                 norm: str | None = None, mel_scale: str = "htk") -> None:
        super().__init__()
        self.spectrogram = Spectrogram(n_fft, win_length, hop_length, pad, window_fn, power, normalized, wkwargs, center, pad_mode)
        self.mel_scale = MelScale(n_mels, sample_rate, f_min, f_max, n_fft // 2 + 1, norm, mel_scale)

    def forward(self, waveform: Tensor) -> Tensor:
        """The mel spectrogram."""
        return self.mel_scale(self.spectrogram(waveform))


class MFCC(nn.Module):
    """waves (..., time) -> (..., n_mfcc, frames): the cosine transform of a mel spectrogram in decibel (or of its logarithm, `log_mels`)."""

    def __init__(self, sample_rate: int = 16000, n_mfcc: int = 40, dct_type: int = 2, norm: str = "ortho", log_mels: bool = False,
                 melkwargs: dict[str, Any] | None = None) -> None:
        super().__init__()
        if dct_type != 2:
            raise ValueError(f"DCT type not supported: {dct_type}")
        self.MelSpectrogram = MelSpectrogram(sample_rate, **(melkwargs or {}))
        n_mels = self.MelSpectrogram.mel_scale.n_mels
        if n_mfcc > n_mels:
            raise ValueError("Cannot select more MFCC coefficients than # mel bins")
        self.amplitude_to_DB = AmplitudeToDB("power", 80.0)
        self.log_mels = log_mels
        self.register_buffer("dct_mat", F.create_dct(n_mfcc, n_mels, norm))

    def forward(self, waveform: Tensor) -> Tensor:
        """The coefficients."""
        mels = self.MelSpectrogram(waveform)
        mels = flambeau.log(mels + 1e-6) if self.log_mels else self.amplitude_to_DB(mels)
        return flambeau.matmul(mels.transpose(-1, -2), self.dct_mat).transpose(-1, -2)
