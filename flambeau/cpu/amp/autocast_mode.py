"""Autocast on the CPU by its older name."""
from __future__ import annotations

import warnings

import flambeau
from flambeau import amp


class autocast(amp.autocast):
    """`torch.amp.autocast("cpu", …)` by its older name."""

    def __init__(self, enabled: bool = True, dtype: flambeau.dtype = flambeau.bfloat16, cache_enabled: bool = True):
        warnings.warn("`torch.cpu.amp.autocast(args...)` is deprecated. Please use `torch.amp.autocast('cpu', args...)` instead.",
                      FutureWarning, stacklevel=2)
        super().__init__("cpu", enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)


__all__ = ["autocast"]
