"""One operation on lists of tensors: what optimizers update all their parameters with."""
from __future__ import annotations

from ..core import graph
from ..core.device import CPU
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
    graph.forget_tape()
    trace = graph.current_trace()
    simple = not trace.grad and isinstance(alpha, (int, float))
    factor = number_node(float(alpha)) if simple else None
    for t, g in zip(self, other, strict=True):
        if simple and isinstance(g, Tensor) and t._view is None and g._view is None and t.shape == g.shape and t.dtype is g.dtype:
            storage, given = t._storage, g._storage
            old, new = storage.value, given.value
            # both are all of a storage that only flambeau sees, on the CPU, and nothing of another thread's is pending
            if not (storage.shared or given.shared or t._inference or t.dtype.category < 2) and old.device is CPU and new.device is CPU \
                    and (old.trace is None or old.trace is trace) and (new.trace is None or new.trace is trace):
                storage.value = trace.append(_ADD_SCALED, (old, new, factor))
                (t._counter or storage).version += 1
                continue
        t.add_(g, alpha=alpha)


__all__ = ["_foreach_add_"]
