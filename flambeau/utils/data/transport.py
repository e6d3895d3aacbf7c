"""How batches travel from a worker to the main process: small parts through a pipe, arrays in shared memory.

A message is pickled with its arrays left out (protocol 5); their bytes are laid into a block of shared memory, which the receiver maps
and of which the arrays it unpickles are views, so they are copied once and never through the pipe. A block is a `memfd`: memory
with a file descriptor and no name. The descriptor goes through the socket once and is closed on both sides as soon as the memory is
mapped. So nothing is left behind however a process ends, no limit on descriptors or on /dev/shm applies, and a block that the
receiver's arrays no longer use is written to again, already in place in both processes. Where the system has no memfd, and for messages
with little data, the bytes go through the pipe.
"""
from __future__ import annotations

import io
import mmap
import os
import pickle
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

import flambeau

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["Receiver", "Sender", "dumps"]

SMALL = 32 * 1024        # bytes of arrays below which a block does not pay: one write to a pipe takes as long
ALIGNMENT = 64           # of an array in its block: a cache line, and the widest vector
GRANULE = 64 * 1024      # sizes of blocks are multiples of it
SLACK = 8                # a block is made one part in SLACK larger than asked, to fit the next batch if that is a little longer

_BLOCKS = hasattr(os, "memfd_create") and hasattr(os, "posix_fallocate")


class _Pickler(pickle.Pickler):
    """Knows tensors: each is the NumPy array of its values, whose bytes a buffer callback may take."""

    def reducer_override(self, value: Any) -> Any:
        if type(value) is not flambeau.Tensor or value.device.type != "cpu":
            return NotImplemented
        if value.requires_grad and not value.is_leaf:
            raise RuntimeError(
                "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support crossing "
                "process boundaries. If you just want to transfer the data, call detach() on the tensor before the worker returns it."
            )
        tensor = value.detach()
        is_bfloat16 = tensor.dtype == flambeau.bfloat16
        array = (tensor.view(flambeau.int16) if is_bfloat16 else tensor).numpy()
        # A transposed batch stays transposed: it is sent in the order in which it lies in memory.
        order = sorted(range(array.ndim), key=lambda axis: -array.strides[axis])
        dense = np.ascontiguousarray(array.transpose(order)) if array.ndim else array
        return _tensor, (dense, order if order != list(range(array.ndim)) else None, is_bfloat16, value.requires_grad)


def _tensor(array: np.ndarray, order: list[int] | None, is_bfloat16: bool, requires_grad: bool) -> flambeau.Tensor:
    tensor = flambeau.from_numpy(array)
    if order is not None:
        tensor = tensor.permute([order.index(axis) for axis in range(len(order))])
    if is_bfloat16:
        tensor = tensor.view(flambeau.bfloat16)
    return tensor.requires_grad_() if requires_grad else tensor


def dumps(message: Any, buffer_callback=None) -> bytes:
    """The message pickled; arrays go to `buffer_callback`, or into the bytes without one."""
    stream = io.BytesIO()
    _Pickler(stream, 5, buffer_callback=buffer_callback).dump(message)
    return stream.getvalue()


def _offsets(sizes: list[int]) -> tuple[list[int], int]:
    """Where arrays of these sizes begin in a block, and where the last one ends."""
    starts, end = [], 0
    for size in sizes:
        starts.append(end)
        end += -(-size // ALIGNMENT) * ALIGNMENT
    return starts, end


def send_descriptor(connection: Connection, descriptor: int) -> None:
    """Let the process at the other end have an open file."""
    from multiprocessing.reduction import send_handle

    send_handle(connection, descriptor, None)


def receive_descriptor(connection: Connection) -> int:
    """The file that `send_descriptor` has sent."""
    from multiprocessing.reduction import recv_handle

    return recv_handle(connection)


class Sender:
    """The worker's end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._blocks: dict[int, mmap.mmap] = {}  # all that the receiver knows of
        self._free: set[int] = set()
        self._made = 0

    def send(self, message: Any) -> None:
        """Raises what pickling raises, before anything is sent; OSError once the receiver is gone."""
        found: list[pickle.PickleBuffer] = []
        data = dumps(message, found.append)
        parts = [buffer.raw() for buffer in found]
        sizes = [part.nbytes for part in parts]
        starts, total = _offsets(sizes)
        if not _BLOCKS or total < SMALL:
            self._connection.send_bytes(pickle.dumps((None, None, sizes, ())))
            self._connection.send_bytes(data)
            for part in parts:
                self._connection.send_bytes(part)
            return
        number, descriptor, dropped = self._take(total)
        try:
            memory = np.frombuffer(self._blocks[number], np.uint8)
            for start, part in zip(starts, parts, strict=True):
                memory[start : start + part.nbytes] = part
            self._connection.send_bytes(pickle.dumps((number, descriptor is not None, sizes, dropped)))
            if descriptor is not None:
                send_descriptor(self._connection, descriptor)
            self._connection.send_bytes(data)
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def release(self, numbers: list[int]) -> None:
        """The receiver's arrays on these blocks are gone."""
        self._free.update(numbers)

    def _take(self, size: int) -> tuple[int, int | None, list[int]]:
        """(a block of at least `size` bytes, the descriptor of a new one, free blocks dropped because they are all too small)."""
        for number in sorted(self._free, key=lambda number: len(self._blocks[number])):
            if len(self._blocks[number]) >= size:
                self._free.discard(number)
                return number, None, []
        dropped = list(self._free)
        self._free.clear()
        for number in dropped:
            del self._blocks[number]
        capacity = -(-(size + size // SLACK) // GRANULE) * GRANULE
        descriptor = os.memfd_create("flambeau-batch")
        try:
            os.posix_fallocate(descriptor, 0, capacity)  # raises where memory is short; to touch it later would kill the process
            self._blocks[self._made] = mmap.mmap(descriptor, capacity)
        except BaseException:
            os.close(descriptor)
            raise
        self._made += 1
        return self._made - 1, descriptor, dropped


class Receiver:
    """The main process's end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._blocks: dict[int, mmap.mmap] = {}
        self._unused: deque[int] = deque()  # filled by finalizers, at any time and in any thread

    def receive(self) -> Any:
        """Raises EOFError once the sender is gone."""
        number, is_new, sizes, dropped = pickle.loads(self._connection.recv_bytes())
        if number is None:
            data = self._connection.recv_bytes()
            return pickle.loads(data, buffers=[bytearray(self._connection.recv_bytes()) for _ in sizes])
        for old in dropped:
            del self._blocks[old]
        starts, total = _offsets(sizes)
        if is_new:
            descriptor = receive_descriptor(self._connection)
            try:
                self._blocks[number] = mmap.mmap(descriptor, os.fstat(descriptor).st_size)
            finally:
                os.close(descriptor)
        data = self._connection.recv_bytes()
        lease = np.frombuffer(self._blocks[number], np.uint8, total)  # every array of the message keeps this one alive
        weakref.finalize(lease, self._unused.append, number).atexit = False
        return pickle.loads(data, buffers=[lease[start : start + size] for start, size in zip(starts, sizes, strict=True)])

    def unused(self) -> list[int]:
        """Blocks given back since the last call."""
        return [self._unused.popleft() for _ in range(len(self._unused))]
