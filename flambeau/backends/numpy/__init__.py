"""The reference backend: every page by its `reference`, one step after the other, in NumPy."""
from __future__ import annotations

from .interpreter import ReferenceBackend, run_op

backend = ReferenceBackend()

__all__ = ["ReferenceBackend", "backend", "run_op"]
