"""Settings of all the data pipes that a pipe reads from: shuffling, seeds, shares."""
from __future__ import annotations

from .datapipes.pipe import apply_random_seed, apply_sharding, apply_shuffle_settings, pipes_of

__all__ = ["apply_random_seed", "apply_sharding", "apply_shuffle_settings", "pipes_of"]
