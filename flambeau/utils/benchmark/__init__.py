"""Measuring how long something takes (torch.utils.benchmark)."""
from .compare import Compare
from .timer import Language, Measurement, Timer, timer

__all__ = ["Compare", "Language", "Measurement", "Timer", "timer"]
