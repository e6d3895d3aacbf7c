"""Reading and writing the value that a tensor has now: through its view, into its storage."""
from __future__ import annotations

import numpy as np

from . import device as devices
from . import graph
from .description import TensorBase
from .graph import Node
from .shape import contiguous_strides
from .view import View, whole


def read(t: TensorBase) -> Node:
    """The node of `t`'s present value."""
    storage = t._storage
    if storage.shared and storage.still_shared():
        graph.current_trace().sharing = True
    value, view = storage.value, t._view
    if view is None or value.device is devices.META:
        return value if value.shape == t.shape else _meta_view(value, t)
    cache = t._cache
    if cache is not None and cache[0] is value:
        return cache[1]
    node = graph.append(view, (value,))
    if not storage.shared:
        t._cache = (value, node)
    return node


def peek(t: TensorBase) -> np.ndarray | None:
    """The values of `t` now, not to be written to: as `read`, without recording a read of them. None where there is no memory."""
    storage, view = t._storage, t._view
    if "value" not in storage.__dict__ and storage.trace is graph.current_trace():
        graph.flush()                   # before anybody makes a node of a value that has one at once
    value = storage.value
    if value.device is devices.META:
        return None
    buffer = graph.compute(value)
    return buffer if view is None else view.read(buffer)


def _meta_view(value: Node, t: TensorBase) -> Node:
    return graph.Elsewhere(t.shape, t.dtype, value.device)


def write(t: TensorBase, node: Node) -> None:
    """Make `node` (same shape and dtype) the value of the part of the storage that `t` sees, and count up the version."""
    storage, view = t._storage, t._view
    graph.forget_tape()
    lock = graph.writing
    lock.acquire()                  # two threads may write to two parts of one storage
    try:
        old = storage.value
        if old.device is devices.META:
            pass
        elif storage.shared and storage.still_shared():
            array = graph.compute(node)
            graph.flush()
            target = old.buffer if view is None else view.read(old.buffer)
            np.copyto(target, array if not np.may_share_memory(array, target) else array.copy())
        elif view is None:
            storage.value = node
        elif whole(view, old):
            storage.value = graph.append(View(old.shape, contiguous_strides(old.shape), 0, None), (node,))
        else:
            storage.value = graph.append(view.writer, (old, node))
        (t._counter or storage).version += 1
        graph.writes.count += 1
    finally:
        lock.release()
