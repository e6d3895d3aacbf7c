"""Sound: wav files, spectrograms, mel scales, MFCC, a small public data set. Waves are float tensors (channels, time) in -1 to 1."""
from __future__ import annotations

from . import functional, transforms
from .datasets import YESNO
from .files import load, save

__all__ = ["YESNO", "functional", "load", "save", "transforms"]
