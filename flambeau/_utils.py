"""Helpers that libraries take from torch._utils."""
from __future__ import annotations

from collections.abc import Sequence

import flambeau
from flambeau import Tensor


def _flatten_dense_tensors(tensors: Sequence[Tensor]) -> Tensor:
    """All elements of several tensors as one vector."""
    return flambeau.cat([t.reshape(-1) for t in tensors]) if len(tensors) != 1 else tensors[0].contiguous().view(-1)


def _unflatten_dense_tensors(flat: Tensor, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The vector's parts, with the shapes of `tensors`."""
    return tuple(part.view_as(t) for part, t in zip(flat.split([t.numel() for t in tensors]), tensors, strict=True))


def _get_device_index(device, optional: bool = False, allow_cpu: bool = False) -> int:
    """A device's number; -1 for the CPU, where that is allowed. ValueError otherwise."""
    if isinstance(device, int):
        return device
    named = flambeau.device("cpu" if device is None else device)
    if named.type == "cpu" and (allow_cpu or optional):
        return -1
    if named.type == "cpu":
        raise ValueError(f"Expected a non cpu device, but got: {device}")
    return named.index or 0
