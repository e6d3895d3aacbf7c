"""The Fisher-Yates shuffle from given swaps, without a loop over the elements."""
from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

LONG = 4096                                             # swaps from which on a compiled loop is worth a call
compiled: Callable[[np.ndarray], np.ndarray] | None = None   # the same loop, as a backend that is loaded has compiled it


def apply_swaps(targets: np.ndarray) -> np.ndarray:
    """The list 0 … n-1 after swapping its places i and targets[i] for i = 0, 1, …, n-1 in turn.

    targets: int64, shape (n,), i <= targets[i] < n, with n < 2**31. Returns int64, shape (n,).

    Place i is final after step i and then holds what place targets[i] held before. That came there with the last earlier step of the same
    target; call it j. It is then what place j held before step j, and so back until a place that no step had touched, which still holds its
    own index. All these ancestries are followed at once, doubling the distance each time.
    """
    n = targets.size
    if not n:
        return targets.copy()
    if compiled is not None and n >= LONG:
        return compiled(targets)
    steps = np.arange(n)
    by_target = np.sort(targets << 32 | steps)          # sorted by target, then by step
    target, step = by_target >> 32, by_target & 0xFFFFFFFF
    repeated = target[1:] == target[:-1]

    previous = np.full(n, -1)                           # for each step, the last earlier one of the same target
    previous[step[1:][repeated]] = step[:-1][repeated]
    ancestor = steps.copy()                             # for each place i, the last step before step i that wrote to it
    last = np.append(~repeated, True)
    ancestor[target[last]] = step[last]
    to_itself = (targets == steps) & (previous >= 0)
    ancestor[to_itself] = previous[to_itself]
    while True:
        further = ancestor[ancestor]
        if np.array_equal(further, ancestor):
            break
        ancestor = further
    return np.where(previous >= 0, ancestor[previous], targets)


def inside_out(sources: Iterable[int], n: int) -> np.ndarray:
    """The list that grows by i = 0, 1, …, n-1 in turn: i takes place sources[i] <= i, and what was there moves to the end."""
    result = np.empty(n, np.int64)
    places = memoryview(result)
    for i, source in enumerate(sources):
        places[i] = places[source]
        places[source] = i
    return result
