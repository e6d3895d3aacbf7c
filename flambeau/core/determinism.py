"""Whether results may depend on what the process did before."""
from __future__ import annotations

_DEBUG_MODES = ("default", "warn", "error")
_mode = [0]


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for the same bits whatever this process did before.

    flambeau's operators always give the same result; but a program that is seen for the first time is interpreted and later compiled, which may
    differ in the last bit. Here every program is compiled at first sight, so that a run that was broken off and resumed in another process computes
    as the unbroken one does. `warn_only` is PyTorch's.
    """
    _mode[0] = (1 if warn_only else 2) if mode else 0


def are_deterministic_algorithms_enabled() -> bool:
    """Whether `use_deterministic_algorithms` asked for them."""
    return _mode[0] > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether it asked for a warning only, where there is none."""
    return _mode[0] == 1


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """`use_deterministic_algorithms` in one word: "default" (0), "warn" (1) or "error" (2). TypeError, RuntimeError for others."""
    if isinstance(debug_mode, str):
        if debug_mode not in _DEBUG_MODES:
            raise RuntimeError(f"invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got {debug_mode}")
        debug_mode = _DEBUG_MODES.index(debug_mode)
    if not isinstance(debug_mode, int):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if not 0 <= debug_mode <= 2:
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    _mode[0] = debug_mode


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2: see `set_deterministic_debug_mode`."""
    return _mode[0]


__all__ = ["are_deterministic_algorithms_enabled", "get_deterministic_debug_mode", "is_deterministic_algorithms_warn_only_enabled",
           "set_deterministic_debug_mode", "use_deterministic_algorithms"]
