"""Move a batch's tensors to page-locked memory, from which an accelerator copies faster."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .collate import like_mapping, like_sequence

__all__ = ["pin_memory"]


def pin_memory(data: Any) -> Any:
    """`data` with all that has a `pin_memory` method, tensors and batches of the user's own types, replaced by what it returns."""
    if hasattr(data, "pin_memory"):
        return data.pin_memory()
    if isinstance(data, (str, bytes)):
        return data
    if isinstance(data, Mapping):
        return like_mapping(data, {key: pin_memory(value) for key, value in data.items()})
    if isinstance(data, tuple):
        items = map(pin_memory, data)
        return type(data)(*items) if hasattr(data, "_fields") else type(data)(items)
    if isinstance(data, Sequence):
        return like_sequence(data, map(pin_memory, data))
    return data
