"""Blocks of shared memory for batches on their way from a worker to the main process.

A block is a `memfd`: memory with a file descriptor and no name. So nothing is left behind however a process ends, and no limit on /dev/shm
applies. The descriptor goes through the socket once and is closed on both sides when the memory is mapped; before Python 3.13 a mapping
keeps one of its own, so there the number of blocks is limited, and what finds none goes through the pipe. A block that no array uses any
more, in either process, is used again: its pages are in place already.
"""
from __future__ import annotations

import mmap
import os
import sys
import weakref
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["AVAILABLE", "Mapped", "Pool", "receive_descriptor", "send_descriptor"]

AVAILABLE = hasattr(os, "memfd_create") and hasattr(os, "posix_fallocate")

GRANULE = 64 * 1024  # sizes of blocks are multiples of it
SLACK = 8            # a block is made one part in SLACK larger than asked, to fit the next batch if that is a little longer

_UNTRACKED = {"trackfd": False} if sys.version_info >= (3, 13) else {}
MOST = 1 << 30 if _UNTRACKED else 128  # blocks a worker; a process may commonly have 1024 files open


class Pool:
    """The worker's side: makes blocks and lends them out."""

    def __init__(self) -> None:
        self._memory: dict[int, mmap.mmap] = {}
        self._local: dict[int, weakref.ref[np.ndarray]] = {}  # arrays of this process on blocks
        self._remote: set[int] = set()                        # blocks that the receiver has arrays on
        self._made = 0
        self.new: list[tuple[int, int]] = []                  # (block, descriptor) that the receiver is still to be told of
        self.dropped: list[int] = []                          # blocks that it is to forget

    def allocate(self, size: int) -> np.ndarray | None:
        """`size` bytes in a block of their own; None where there are too many blocks in use. OSError where memory is short."""
        free = [number for number in self._memory if number not in self._remote and not self._in_use(number)]
        fitting = min((number for number in free if len(self._memory[number]) >= size),
                      key=lambda number: len(self._memory[number]), default=None)
        if fitting is None:
            for number in free:  # all too small for what is needed now: do not keep them beside larger ones
                self._forget(number)
            if len(self._memory) >= MOST:
                return None
            fitting = self._make(-(-(size + size // SLACK) // GRANULE) * GRANULE)
        array = np.frombuffer(self._memory[fitting], np.uint8, size)
        self._local[fitting] = weakref.ref(array)
        return array

    def lend(self, buffer: memoryview) -> int | None:
        """The number of the block that these bytes begin, which from now on is the receiver's too; None if they lie elsewhere."""
        address = np.frombuffer(buffer, np.uint8).ctypes.data
        for number, reference in self._local.items():
            array = reference()
            if array is not None and array.ctypes.data == address and number not in self._remote:
                self._remote.add(number)
                return number
        return None

    def close_first(self) -> None:
        """The receiver has the first of the new blocks."""
        os.close(self.new.pop(0)[1])

    def give_back(self, numbers: list[int]) -> None:
        """The receiver's arrays on these blocks are gone."""
        self._remote.difference_update(numbers)

    def _in_use(self, number: int) -> bool:
        reference = self._local.get(number)
        return reference is not None and reference() is not None

    def _make(self, capacity: int) -> int:
        descriptor = os.memfd_create("flambeau-batch")
        try:
            os.posix_fallocate(descriptor, 0, capacity)  # takes the memory in one step; where a limit is reached, an error and not a SIGBUS
            self._memory[self._made] = mmap.mmap(descriptor, capacity, **_UNTRACKED)
        except BaseException:
            os.close(descriptor)
            raise
        self.new.append((self._made, descriptor))
        self._made += 1
        return self._made - 1

    def _forget(self, number: int) -> None:
        del self._memory[number]
        self._local.pop(number, None)
        for place, (made, descriptor) in enumerate(self.new):
            if made == number:  # never sent
                os.close(descriptor)
                del self.new[place]
                return
        self.dropped.append(number)


class Mapped:
    """The receiver's side: maps blocks and notices when arrays on them are gone."""

    def __init__(self) -> None:
        self._memory: dict[int, mmap.mmap] = {}
        self._unused: deque[int] = deque()  # filled by finalizers, at any time and in any thread

    def add(self, number: int, descriptor: int) -> None:
        """Map a block; the descriptor is closed."""
        try:
            self._memory[number] = mmap.mmap(descriptor, os.fstat(descriptor).st_size, **_UNTRACKED)
        finally:
            os.close(descriptor)

    def forget(self, numbers: list[int]) -> None:
        """The sender has dropped these."""
        for number in numbers:
            del self._memory[number]

    def array(self, number: int, size: int) -> np.ndarray:
        """The bytes of a block. All arrays made on them keep this one alive; when it is gone, so are they."""
        array = np.frombuffer(self._memory[number], np.uint8, size)
        weakref.finalize(array, self._unused.append, number).atexit = False
        return array

    def unused(self) -> list[int]:
        """Blocks given back since the last call."""
        return [self._unused.popleft() for _ in range(len(self._unused))]


def send_descriptor(connection: Connection, descriptor: int) -> None:
    """Let the process at the other end have an open file."""
    from multiprocessing.reduction import send_handle

    send_handle(connection, descriptor, None)


def receive_descriptor(connection: Connection) -> int:
    """The file that `send_descriptor` has sent."""
    from multiprocessing.reduction import recv_handle

    return recv_handle(connection)
