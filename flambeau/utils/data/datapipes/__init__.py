"""Data pipes: streams and maps whose operations are methods, `IterableWrapper(range(9)).shuffle().map(f).batch(3)`.

PyTorch keeps them for programs of old; new ones do as well with a Dataset, a generator function or `flambeau.utils.data.Stream`.
"""
from __future__ import annotations

from . import iter, map
from .pipe import DataChunk, IterDataPipe, MapDataPipe, functional_datapipe

__all__ = ["DataChunk", "IterDataPipe", "MapDataPipe", "functional_datapipe", "iter", "map"]
