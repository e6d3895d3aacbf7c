"""Measuring how long something takes (torch.utils.benchmark)."""
from .compare import Compare
from .timer import Measurement, Timer, timer

__all__ = ["Compare", "Measurement", "Timer", "timer"]
