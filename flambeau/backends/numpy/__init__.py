"""The reference backend: every page by its `reference`, one step after the other, in NumPy."""
from __future__ import annotations

from ..reference import run_op
from .interpreter import ReferenceBackend

backend = ReferenceBackend()

__all__ = ["ReferenceBackend", "backend", "run_op"]
