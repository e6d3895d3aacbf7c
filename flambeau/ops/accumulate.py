"""Adding into an array at places that may repeat: what NumPy does element by element, done by rows."""
from __future__ import annotations

import numpy as np

from ..core.shape import contiguous_strides, numel


def positions(shape, dims, indices) -> np.ndarray:
    """For indices into the axes `dims` of `shape` (negative ones from the end): the row-major number of the place along those axes."""
    sizes = [shape[d] for d in dims]
    place = 0
    for index, n, step in zip(indices, sizes, contiguous_strides(sizes), strict=True):
        index = index.astype(np.int64, copy=False)
        place = place + np.where(index < 0, index + n, index) * step
    return np.asarray(place)


def add_at(target: np.ndarray, dims, lead: int, indices, value) -> None:
    """target[…, indices, …] += value, in place, each repetition counted.

    The axes `dims` of `target` are indexed; the axes of the (broadcast) indices stand at `lead` in `value`.
    """
    place = positions(target.shape, dims, indices)
    rest = [d for d in range(target.ndim) if d not in dims]
    moved = target.transpose(*dims, *rest)
    rows = moved.reshape(numel(target.shape[d] for d in dims), -1) if target.size else moved.reshape(0, 0)
    shape = [target.shape[d] for d in rest]
    value = np.broadcast_to(value, (*shape[:lead], *place.shape, *shape[lead:]))
    value = np.moveaxis(value, range(lead, lead + place.ndim), range(place.ndim))
    if not value.size:
        return
    add_rows(rows, place.reshape(-1), value.reshape(place.size, -1))
    if not np.may_share_memory(rows, target):
        moved[...] = rows.reshape(moved.shape)


def add_rows(rows: np.ndarray, at: np.ndarray, value: np.ndarray) -> None:
    """rows[at[k]] += value[k] for every k, in place, each repetition counted."""
    if rows.shape[1] == 1:
        np.add.at(rows[:, 0], at, value[:, 0])
        return
    order = np.argsort(at, kind="stable")
    ordered = at[order]
    first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    if len(first) == len(at):
        rows[at] += value
    else:
        rows[ordered[first]] += segment_sums(value[order], first)


_ROUNDS = 16        # rows of a segment that are added for all segments at once; longer ones are finished one by one


def segment_sums(value: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Sums of the rows of `value` from each of `first` to the next (np.add.reduceat, which takes four times as long along this axis)."""
    count = np.diff(np.append(first, len(value)))
    sums = value[first]
    for k in range(1, min(int(count.max(initial=0)), _ROUNDS)):
        longer = np.flatnonzero(count > k)
        sums[longer] += value[first[longer] + k]
    for s in np.flatnonzero(count > _ROUNDS).tolist():
        sums[s] += np.add.reduce(value[first[s] + _ROUNDS:first[s] + count[s]], axis=0, dtype=value.dtype)
    return sums


__all__ = ["add_at", "add_rows", "positions", "segment_sums"]
