"""Memory that several processes see: `t.share_memory_()`.

The memory is a file without a name (memfd), mapped by every process that has the tensor: those that are forked later, and those that it is
sent to as an argument or through a queue of `multiprocessing`, which passes the file's descriptor on. It is gone when the last of them is.
A write through any tensor on it is seen by all at once; who writes when is for the program to order.
"""
from __future__ import annotations

import mmap
import os
import tempfile
import weakref

import numpy as np

from ..core.copying import user_attributes
from ..core.graph import Node, compute, wrote
from ..core.shape import Size
from ..core.storage import Storage
from ..core.tensor import Tensor, alias, edge_of, wrap


def share_memory_(input: Tensor) -> Tensor:
    """Move the tensor's memory, and with it that of its views, to where other processes see it; does nothing if it is there already.

    RuntimeError for a meta tensor, and on Windows; OSError if there is no memory, or no more files may be open.
    """
    storage = input._storage
    if input.is_meta:
        raise RuntimeError("share_memory_ on a meta tensor: it has no memory")
    if os.name != "posix":
        raise RuntimeError("share_memory_: flambeau shares memory between processes on POSIX systems only; send tensors through a queue, by value")
    if storage.descriptor is None and storage.nbytes():
        value = storage.value
        array = compute(value)
        descriptor = _file(storage.nbytes())
        _move(storage, descriptor, value.shape, value.dtype)
        storage.value.buffer[...] = array
        _register()
    return input


def is_shared(input: Tensor) -> bool:
    """Whether other processes may see the memory."""
    return input._storage.descriptor is not None


def _file(size: int) -> int:
    """The descriptor of a file of some bytes that has no name."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("flambeau")
    else:
        descriptor, path = tempfile.mkstemp(prefix="flambeau-")
        os.unlink(path)
    try:
        os.ftruncate(descriptor, size)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _move(storage: Storage, descriptor: int, shape, dtype) -> None:
    """Lay the storage on the file; its present value is lost."""
    memory = mmap.mmap(descriptor, shape.numel() * dtype.itemsize)
    storage.value = Node(shape, dtype, np.frombuffer(memory, dtype.numpy).reshape(shape))
    storage.shared, storage.home, storage.descriptor = True, None, descriptor
    wrote()
    weakref.finalize(storage, os.close, descriptor).atexit = False


# ------------------------------------------------------------------------------------------------------------ to another process
def _register() -> None:
    """Tell multiprocessing how a tensor in shared memory travels; all others do as pickles."""
    from multiprocessing.reduction import ForkingPickler

    ForkingPickler.register(Tensor, _reduce)


def _reduce(t: Tensor):
    from multiprocessing import reduction

    storage = t._storage
    if storage.descriptor is None or not hasattr(reduction, "DupFd"):
        return t.__reduce_ex__(4)
    if edge_of(t) is not None and not t.is_leaf:
        raise RuntimeError("Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support crossing process "
                           "boundaries.  If you just want to transfer the data, call detach() on the tensor before serializing (e.g., putting it on the "
                           "queue).")
    value = storage.value
    return _rebuild, (reduction.DupFd(storage.descriptor), tuple(value.shape), value.dtype, t._view, tuple(t.shape), t._leaf, user_attributes(t))


def _rebuild(descriptor, storage_shape, dtype, view, shape, requires_grad: bool, attributes: dict) -> Tensor:
    """The tensor, in the process that it was sent to."""
    t = wrap(Node(Size(storage_shape), dtype, np.empty(0)))
    _move(t._storage, descriptor.detach(), Size(storage_shape), dtype)
    _register()
    if view is not None:
        t = alias(t)
        t.shape, t._view = Size(shape), view
    t._leaf = requires_grad
    t.__dict__.update(attributes)
    return t


__all__: list[str] = []
