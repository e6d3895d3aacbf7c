"""swap_tensors: two tensors change places."""
from __future__ import annotations

from flambeau import Tensor


def swap_tensors(t1: Tensor, t2: Tensor) -> None:
    """Give each of two tensors the other's memory, class and attributes, so that all who hold one see the other.

    Raises:
        RuntimeError: one of them has weak references to it.
        TypeError: not tensors.
    """
    for t in (t1, t2):
        if not isinstance(t, Tensor):
            raise TypeError(f"swap_tensors takes two Tensors, not {type(t).__name__}")
        if t._weakrefs():
            raise RuntimeError("Cannot swap t1 and t2: one of them has weakref associated with it")
    for t in (t1, t2):
        t._unmark()
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__
    t1.__dict__, t2.__dict__ = t2.__dict__, t1.__dict__


__all__ = ["swap_tensors"]
