"""What the environment says, read here and nowhere else. Each variable's value is looked at when it is first asked for.

    FLAMBEAU_BACKEND        numpy: every program by its reference, operator by operator, nothing is compiled (by default llvm)
    FLAMBEAU_CACHE          the folder in which compiled kernels are kept; empty or "off": nowhere (by default the platform's place for caches)
    FLAMBEAU_CACHE_LIMIT    how many MB they may take (256)
    FLAMBEAU_LOG            what is told on standard error, by commas. compile: what is compiled, how long it took, what came from the cache
    FLAMBEAU_STRICT         1: a program that cannot be compiled raises instead of being interpreted
    FLAMBEAU_VERIFY         1: programs are checked after each pass of the compiler

Switches take 1, true, yes, on or 0, false, no, off. A value that says nothing raises ValueError: ignored, it would be taken for heard.
"""
from __future__ import annotations

import os

SUBJECTS = ("compile",)             # of FLAMBEAU_LOG
_ON, _OFF = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


def _told(name: str) -> str:
    return os.environ.get(f"FLAMBEAU_{name}", "").strip()


def _switch(name: str) -> bool:
    value = _told(name).lower()
    if value not in _ON + _OFF:
        raise ValueError(f"FLAMBEAU_{name} is 1 or 0 (or on, off), got {_told(name)!r}")
    return value in _ON


def interpreted() -> bool:
    """Whether every program runs by its reference."""
    value = _told("BACKEND").lower()
    if value not in ("", "llvm", "numpy"):
        raise ValueError(f"FLAMBEAU_BACKEND is llvm or numpy, got {_told('BACKEND')!r}")
    return value == "numpy"


def strict() -> bool:
    """Whether a program that cannot be compiled raises."""
    return _switch("STRICT")


def verified() -> bool:
    """Whether programs are checked after each pass."""
    return _switch("VERIFY")


def logged(subject: str) -> bool:
    """Whether a subject is told of on standard error."""
    subjects = [part.strip().lower() for part in _told("LOG").split(",") if part.strip()]
    unknown = [part for part in subjects if part not in SUBJECTS]
    if unknown:
        raise ValueError(f"FLAMBEAU_LOG has the subjects {', '.join(SUBJECTS)}, not {unknown[0]!r}")
    return subject in subjects


def cache_folder() -> str | None:
    """The folder of compiled kernels that was asked for: "" for none, None where nothing is said."""
    if "FLAMBEAU_CACHE" not in os.environ:
        return None
    value = _told("CACHE")
    return "" if value.lower() in ("off", "0") else value


def cache_limit() -> int:
    """How many bytes compiled kernels may take."""
    value = _told("CACHE_LIMIT") or "256"
    try:
        limit = float(value)
    except ValueError:
        limit = -1.0
    if not 0 <= limit < float("inf"):
        raise ValueError(f"FLAMBEAU_CACHE_LIMIT is a number of megabytes, got {value!r}")
    return int(limit * (1 << 20))
