"""What `rand` and `randint` make of the raw words of the generator, for whole batches."""

import numpy as np

from flambeau.utils.data.words import random_words

__all__ = ["integers", "random_words", "uniform"]

_U = np.uint32


def uniform(words: np.ndarray) -> np.ndarray:
    """What `rand` makes of the words: float32 in [0, 1)."""
    return (words & _U(2**24 - 1)).astype(np.float32) * np.float32(2**-24)


def integers(words: np.ndarray, high: int) -> np.ndarray:
    """What `randint(0, high)` makes of the words."""
    return (words % _U(high)).astype(np.int64)
