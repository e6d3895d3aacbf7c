"""Marks for NVIDIA's profilers (torch.cuda.nvtx): RuntimeError, as in a PyTorch without CUDA."""
from __future__ import annotations

import contextlib


def _refuse(*args, **kwargs):
    raise RuntimeError("NVTX functions not installed. Are you sure you have a CUDA build? flambeau has no CUDA backend here; torch.profiler.record_function "
                       "marks blocks on the CPU")


range_push = range_pop = range_start = range_end = mark = _refuse


@contextlib.contextmanager
def range(msg, *args, **kwargs):
    """Mark a block: RuntimeError, there is no device."""
    _refuse()
    yield
