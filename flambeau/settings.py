"""Settings of the whole process that programs make at their start: the precision of products, warnings, seeds."""
from __future__ import annotations

import os
import random
import warnings
from types import ModuleType

import numpy as np

import flambeau

_PRECISIONS = ("highest", "high", "medium")
_settings = {"precision": "highest", "warn_always": False}


# ------------------------------------------------------------------------------------------------------------ numbers, processors
def set_float32_matmul_precision(precision: str) -> None:
    """Allow float32 products to be computed in less precision ("high", "medium"). They never are: kept, and without effect."""
    if precision not in _PRECISIONS:
        warnings.warn(f"{precision!r} is not one of 'highest', 'high', or 'medium'; the current setFloat32MatmulPrecision call has no effect.", stacklevel=2)
        return
    _settings["precision"] = precision


def get_float32_matmul_precision() -> str:
    """"highest", "high" or "medium", as set."""
    return _settings["precision"]


def set_flush_denormal(mode: bool) -> bool:
    """Treat numbers too small to be normal as 0: not supported here, which the answer False says."""
    return False


def is_vulkan_available() -> bool:
    """Whether flambeau can compute by Vulkan: no."""
    return False


def compiled_with_cxx11_abi() -> bool:
    """Which C++ ABI there is: none is compiled in, and the usual one cannot clash with it."""
    return True


def get_device_module(device=None) -> ModuleType:
    """The name space of a device: `torch.cpu` for the CPU. RuntimeError for a device without one."""
    kind = flambeau.device("cpu" if device is None else device).type
    module = getattr(flambeau, kind, None)
    if module is None:
        raise RuntimeError(f"Invalid device module '{kind}': there is none for it")
    return module


def is_distributed(input: flambeau.Tensor) -> bool:
    """Whether a tensor lies on several machines: never."""
    return False


# ------------------------------------------------------------------------------------------------------------------- warnings
def set_warn_always(b: bool) -> None:
    """Repeat warnings that are given once otherwise; which are, Python's own warning filters say: kept, and without effect."""
    if not isinstance(b, bool):
        raise TypeError(f"setWarnOnlyOnce expects a bool, but got {type(b).__name__}")
    _settings["warn_always"] = b


def is_warn_always_enabled() -> bool:
    """As set by `set_warn_always`."""
    return _settings["warn_always"]


# ---------------------------------------------------------------------------------------------------------------------- seeds
def seed_everything(seed: int, workers: bool = True) -> int:
    """Seed every random number generator that a training program meets: Python's, NumPy's and flambeau's. Returns the seed.

    Args:
        seed: 0 to 2**32 - 1, the range of NumPy's.
        workers: hash text the same way in Python processes that are started from now on (PYTHONHASHSEED). Loader workers draw their
            seeds from flambeau's generator, and so follow in any case.

    Raises:
        ValueError: a seed out of range.
    """
    seed = int(seed)
    if not 0 <= seed < 2**32:
        raise ValueError(f"a seed for every generator is 0 to 2**32 - 1, the range of NumPy's; got {seed}")
    random.seed(seed)
    np.random.seed(seed)
    flambeau.manual_seed(seed)
    if workers:
        os.environ["PYTHONHASHSEED"] = str(seed)
    return seed


__all__ = ["compiled_with_cxx11_abi", "get_device_module",
           "get_float32_matmul_precision", "is_distributed", "is_vulkan_available",
           "is_warn_always_enabled", "seed_everything", "set_float32_matmul_precision", "set_flush_denormal",
           "set_warn_always", ]
