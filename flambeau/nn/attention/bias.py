"""Masks of causal attention where there are more keys than queries, or fewer."""

import flambeau
from flambeau import Tensor

__all__ = ["causal_lower_right", "causal_upper_left"]


def causal_upper_left(*size: int) -> Tensor:
    """The mask (queries, keys) that lets query i attend to keys up to number i. True: may attend."""
    return flambeau.ones(*size, dtype=flambeau.bool).tril(0)


def causal_lower_right(*size: int) -> Tensor:
    """The mask (queries, keys) that lets the last query attend to all keys, the one before to all but one … True: may attend."""
    queries, keys = size
    return flambeau.ones(queries, keys, dtype=flambeau.bool).tril(keys - queries)
