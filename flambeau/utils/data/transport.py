"""How batches travel from a worker to the main process: small parts through a pipe, arrays in shared memory.

A message is pickled with its arrays left out (protocol 5). The bytes of a large array are laid into a block of shared memory, or lie there
already where the batch was stacked into one; the receiver maps the block and unpickles arrays that are views of it, or tensors that
are copies of those. Small arrays, and all where the system has no `memfd`, go through the pipe.
"""
from __future__ import annotations

import io
import pickle
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import flambeau

from .blocks import AVAILABLE, Mapped, Pool, receive_descriptor, send_descriptor

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["Receiver", "Sender", "dumps"]

SMALL = 32 * 1024  # bytes of an array below which a block does not pay: one write to a pipe takes as long


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
    tensor = flambeau.tensor(array)  # a copy: memory that tensors share with arrays is not theirs to compute ahead on
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


class Sender:
    """The worker's end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pool = Pool()

    def send(self, message: Any) -> None:
        """Raises what pickling raises, before anything is sent; OSError once the receiver is gone."""
        buffers: list[pickle.PickleBuffer] = []
        data = dumps(message, buffers.append)
        parts = [buffer.raw() for buffer in buffers]
        places = [(self._place(part), part.nbytes) for part in parts]
        pool, connection = self._pool, self._connection
        connection.send_bytes(pickle.dumps((data, places, [number for number, _ in pool.new], pool.dropped)))
        pool.dropped.clear()
        while pool.new:
            send_descriptor(connection, pool.new[0][1])
            pool.close_first()
        for part, (number, _) in zip(parts, places, strict=True):
            if number is None:
                connection.send_bytes(part)

    def release(self, numbers: list[int]) -> None:
        """The receiver's arrays on these blocks are gone."""
        self._pool.give_back(numbers)

    def stack(self, arrays: Sequence[np.ndarray]) -> np.ndarray | None:
        """Arrays of one shape and dtype stacked where they need not be copied again; None if that does not pay."""
        first = arrays[0]
        size = first.nbytes * len(arrays)
        if not AVAILABLE or size < SMALL:
            return None
        room = self._pool.allocate(size)
        return None if room is None else np.stack(arrays, out=room.view(first.dtype).reshape(len(arrays), *first.shape))

    def _place(self, part: memoryview) -> int | None:
        """The block that holds these bytes; None for bytes that go through the pipe."""
        if not AVAILABLE or part.nbytes < SMALL:
            return None
        number = self._pool.lend(part)
        if number is not None or (array := self._pool.allocate(part.nbytes)) is None:
            return number
        array[:] = part
        return self._pool.lend(array.data)


class Receiver:
    """The main process's end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._mapped = Mapped()

    def receive(self) -> Any:
        """Raises EOFError once the sender is gone."""
        connection, mapped = self._connection, self._mapped
        data, places, new, dropped = pickle.loads(connection.recv_bytes())
        mapped.forget(dropped)
        for number in new:
            mapped.add(number, receive_descriptor(connection))
        buffers = [bytearray(connection.recv_bytes()) if number is None else mapped.array(number, size) for number, size in places]
        return pickle.loads(data, buffers=buffers)

    def unused(self) -> list[int]:
        """Blocks to be used again."""
        return self._mapped.unused()
