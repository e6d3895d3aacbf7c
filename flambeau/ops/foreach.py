"""One operation on lists of tensors: what optimizers update all their parameters with."""
from __future__ import annotations

from ..core import graph
from ..core.device import CPU
from ..core.grad import modes
from ..core.record import number_node
from ..core.tensor import Tensor
from .elementwise import AddScaled

_ADD_SCALED = AddScaled()


def _foreach_add_(self, other, *, alpha=1.0) -> None:
    """self[k] += alpha * other[k] for every k; `other` is a list of tensors, or a number for all."""
    if not isinstance(other, (list, tuple)):
        other = [other] * len(self)
    if len(self) != len(other):
        raise RuntimeError(f"Tensor lists must have the same number of tensors, got {len(self)} and {len(other)}")
    factor = number_node(float(alpha)) if isinstance(alpha, (int, float)) else None
    for t, g in zip(self, other, strict=True):
        if modes.grad or factor is None or not _plain(t) or not isinstance(g, Tensor) or not _plain(g) or t.shape != g.shape or t.dtype is not g.dtype \
                or t.dtype.category < 2:
            t.add_(g, alpha=alpha)
            continue
        storage = t._storage
        storage.value = graph.append(_ADD_SCALED, (storage.value, g._storage.value, factor))
        (t._counter or storage).version += 1
    graph.forget_tape()


def _plain(t: Tensor) -> bool:
    """Whether `t` is all of a storage of its own that only flambeau sees."""
    storage = t._storage
    return t._view is None and not storage.shared and storage.value.device is CPU and not t._inference


__all__ = ["_foreach_add_"]
