"""Anomaly mode: a NaN in a gradient is an error that names the line of the forward operation."""
from __future__ import annotations

from ..core.grad import modes


class set_detect_anomaly:
    """Turn anomaly mode on or off: at once, and as a context manager until its end."""

    def __init__(self, mode: bool, check_nan: bool = True):
        self.previous, modes.anomaly = modes.anomaly, bool(mode) and check_nan

    def __enter__(self):
        return None

    def __exit__(self, *exc):
        modes.anomaly = self.previous


class detect_anomaly(set_detect_anomaly):
    """Within it, a NaN in a gradient is an error that names the line of the forward operation."""

    def __init__(self, check_nan: bool = True):
        self.check = check_nan

    def __enter__(self):
        self.previous, modes.anomaly = modes.anomaly, self.check


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return modes.anomaly
