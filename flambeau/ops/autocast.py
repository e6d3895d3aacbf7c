"""Autocast: inside `torch.autocast("cpu")` products run in bfloat16, and what needs the digits in float32.

Two decorators say it where a function is written: `lower_precision` for products (linear, matmul, convolutions, attention) and
`full_precision` for losses, decompositions and the like. What has neither runs in the types that it is given. Which function has which is
PyTorch's policy for the CPU. The state below is each thread's own; `torch.autocast` (flambeau/amp) sets it.
"""
from __future__ import annotations

import functools
import threading

from ..core import dtype as dt
from ..core.device import CPU, device
from ..core.grad import modes
from ..core.graph import current_trace, stop_events
from ..core.tensor import Tensor
from .common import cast

_DTYPES = {  # the type that autocast takes on each kind of device, unless it is told another
    "cpu": dt.bfloat16, "cuda": dt.float16, "xpu": dt.float16, "mps": dt.float16, "hpu": dt.bfloat16, "mtia": dt.float16, "maia": dt.float16,
    "xla": dt.bfloat16, "ipu": dt.float16, "privateuseone": dt.float16,
}


class _State(threading.local):
    """What is in force in this thread. `target`: the dtype that products are cast to now, None where they are not."""

    target = None
    cache_enabled, nesting = True, 0

    def __init__(self):
        self.enabled, self.dtypes, self.casts = set(), dict(_DTYPES), {}


_state = _State()
_threads: set[int] = set()      # those with autocast in force: as long as there is none, a call costs one look at this


def in_force() -> bool:
    """Whether products are cast now."""
    return bool(_threads) and _state.target is not None


def lower_precision(function):
    """A function whose floating arguments autocast casts to its type (bfloat16); double precision is left alone, and so are calls with `out=`."""
    @functools.wraps(function)
    def autocast(*args, **kwargs):
        if not _threads or _state.target is None:
            return function(*args, **kwargs)
        return _cast_call(function, _state.target, args, kwargs)
    return autocast


def full_precision(function):
    """A function whose half-precision arguments autocast casts to float32."""
    @functools.wraps(function)
    def autocast(*args, **kwargs):
        if not _threads or _state.target is None:
            return function(*args, **kwargs)
        return _cast_call(function, dt.float32, args, kwargs)
    return autocast


def _cast_call(function, target, args, kwargs):
    """The call with arguments cast to `target`, and no autocast inside it."""
    saved = _state.target
    if kwargs.get("out") is None:
        args, kwargs = [_cast(x, target) for x in args], {name: _cast(x, target) for name, x in kwargs.items()}
    _state.target = None
    try:
        return function(*args, **kwargs)
    finally:
        _state.target = saved


def _cast(x, target):
    if isinstance(x, list | tuple) and any(isinstance(item, Tensor) for item in x):
        return [_cast(item, target) for item in x]
    if not isinstance(x, Tensor) or x.dtype is target or x.dtype.category != 2 or x.dtype is dt.float64 or x.device is not CPU:
        return x
    if not (x._leaf and x.dtype is dt.float32 and _state.cache_enabled and modes.grad):
        return cast(x, target)
    # weights, met more than once: cast once, as long as nobody writes to them
    found = _state.casts.get((id(x), target))
    if found is None or found[0] is not x or found[1] != x._version:
        found = _state.casts[id(x), target] = x, x._version, cast(x, target)
    return found[2]


# ---------------------------------------------------------------------------------------------------------------- the state
def _retarget() -> None:
    on = "cpu" in _state.enabled
    _state.target = _state.dtypes["cpu"] if on else None
    trace = current_trace()
    trace.unusual = on
    stop_events(trace)
    (_threads.add if on else _threads.discard)(threading.get_ident())


def _kind(device_type) -> str:
    if not isinstance(device_type, str):
        raise TypeError(f"device_type must be a name such as 'cpu', not {type(device_type).__name__}")
    if device_type not in _DTYPES:
        device(device_type)                 # its own error for what is no device
        raise RuntimeError(f"unknown device type for autocast: {device_type}")
    return device_type


def is_autocast_available(device_type: str) -> bool:
    """Whether autocast knows this kind of device ("cpu", "cuda" …), whether or not there is one."""
    if device_type not in _DTYPES:
        device(device_type)
    return device_type in _DTYPES


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether autocast is in force for a kind of device."""
    return _kind(device_type) in _state.enabled


def set_autocast_enabled(device_type, enabled: bool | None = None) -> None:
    """Turn autocast on or off for a kind of device (`torch.autocast` does, and undoes it); with one argument, for "cuda"."""
    if enabled is None:
        device_type, enabled = "cuda", device_type
    (_state.enabled.add if enabled else _state.enabled.discard)(_kind(device_type))
    _retarget()


def get_autocast_dtype(device_type: str) -> dt.dtype:
    """The type that autocast takes on a kind of device."""
    return _state.dtypes[_kind(device_type)]


def set_autocast_dtype(device_type: str, dtype: dt.dtype) -> None:
    """Make autocast take another type on a kind of device."""
    _state.dtypes[_kind(device_type)] = dt.as_dtype(dtype)
    _retarget()


def is_autocast_cache_enabled() -> bool:
    """Whether a weight is cast once for all its uses inside autocast."""
    return _state.cache_enabled


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Cast a weight once for all its uses inside autocast, or each time."""
    _state.cache_enabled = bool(enabled)


def clear_autocast_cache() -> None:
    """Forget the weights that were cast."""
    _state.casts.clear()


def autocast_increment_nesting() -> int:
    """Enter one more autocast region; how many there are now."""
    _state.nesting += 1
    return _state.nesting


def autocast_decrement_nesting() -> int:
    """Leave an autocast region; how many there are still."""
    _state.nesting -= 1
    return _state.nesting


def is_autocast_cpu_enabled() -> bool:
    """Older name of `is_autocast_enabled("cpu")`."""
    return is_autocast_enabled("cpu")


def set_autocast_cpu_enabled(enabled: bool) -> None:
    """Older name of `set_autocast_enabled("cpu", enabled)`."""
    set_autocast_enabled("cpu", enabled)


def get_autocast_cpu_dtype() -> dt.dtype:
    """Older name of `get_autocast_dtype("cpu")`."""
    return get_autocast_dtype("cpu")


def set_autocast_cpu_dtype(dtype: dt.dtype) -> None:
    """Older name of `set_autocast_dtype("cpu", dtype)`."""
    set_autocast_dtype("cpu", dtype)


def get_autocast_gpu_dtype() -> dt.dtype:
    """Older name of `get_autocast_dtype("cuda")`."""
    return get_autocast_dtype("cuda")


def set_autocast_gpu_dtype(dtype: dt.dtype) -> None:
    """Older name of `set_autocast_dtype("cuda", dtype)`."""
    set_autocast_dtype("cuda", dtype)


__all__ = ["autocast_decrement_nesting", "autocast_increment_nesting", "clear_autocast_cache", "get_autocast_cpu_dtype", "get_autocast_dtype",
           "get_autocast_gpu_dtype", "is_autocast_available", "is_autocast_cache_enabled", "is_autocast_cpu_enabled", "is_autocast_enabled",
           "set_autocast_cache_enabled", "set_autocast_cpu_dtype", "set_autocast_cpu_enabled", "set_autocast_dtype", "set_autocast_enabled",
           "set_autocast_gpu_dtype"]
