"""Storage: the memory that tensors share, and whether NumPy sees it."""
from __future__ import annotations

import sys
from typing import Any

import numpy as np

from . import graph
from .dtype import uint8
from .graph import Node
from .shape import Size


class Storage:
    """Memory shared by a tensor and its views: the current value, a version counted up by every write, and who else looks at it.

    `shared` means that a NumPy array may look at the same bytes: then what reads or writes the storage runs before the call returns.
    `home` is the buffer whose address was told to somebody; `descriptor` the file that holds memory shared with other processes.
    """

    version, shared, home, descriptor = 0, False, None, None

    def __init__(self, value: Node, shared: bool = False):
        self.value = value
        if shared:
            self.shared = True

    def __getattr__(self, name):
        if name != "value":
            raise AttributeError(f"'Storage' object has no attribute {name!r}")
        # what a replay made has no value before somebody asks: until then its place in the trace stands for it (graph.Trace.made)
        fields = self.__dict__
        trace = fields.get("trace")
        if trace is not None:
            with trace.lock:                # its thread may be running it
                if "value" not in fields:
                    self.value = trace.node(self.position)
        return fields["value"]

    def array(self) -> np.ndarray:
        """The memory as a flat array. Not for writing."""
        buffer = graph.compute(self.value)
        return buffer.reshape(-1) if buffer.flags.c_contiguous else np.ascontiguousarray(buffer).reshape(-1)

    def export(self) -> np.ndarray:
        """The memory as an array that NumPy may read and write from now on: nothing else in flambeau relies on these bytes."""
        if (capture := graph.current_trace().capture) is not None:
            capture.fail("hands its memory to NumPy")
        node = self.value
        buffer = graph.compute(node)
        if not self.shared:
            graph.stop_events()
            del node
            if not (buffer.flags.owndata and buffer.flags.c_contiguous and buffer.flags.writeable
                    and sys.getrefcount(buffer) <= _BUFFER_REFERENCES + (buffer is self.home) and sys.getrefcount(self.value) <= _NODE_REFERENCES):
                buffer = np.array(buffer, order="C", copy=True)
                self.value = Node(self.value.shape, self.value.dtype, buffer)
            self.shared = True
            graph.wrote()
        return buffer

    def still_shared(self) -> bool:
        """Whether an array outside may still look at the memory; once none does, the storage is private again."""
        buffer = self.value.buffer
        if buffer.base is None and sys.getrefcount(buffer) <= _BUFFER_REFERENCES + (buffer is self.home):
            self.shared = False
        return self.shared

    def private(self) -> np.ndarray | None:
        """The buffer if its bytes are there and seen through this storage alone, so that a write may happen at once; else None."""
        graph.stop_events()                 # which hold values too
        node = self.value
        if self.shared or node.trace is not None or node.buffer is None or not COUNTS_TELL or graph.current_trace().capture is not None:
            return None
        buffer = node.buffer
        del node
        alone = (buffer.flags.owndata and buffer.flags.c_contiguous and buffer.flags.writeable
                 and sys.getrefcount(buffer) <= _BUFFER_REFERENCES + (buffer is self.home) and sys.getrefcount(self.value) <= _NODE_REFERENCES)
        return buffer if alone else None

    def nbytes(self) -> int:
        """Bytes held."""
        return self.value.shape.numel() * self.value.dtype.itemsize


def constant(array: np.ndarray, dtype) -> Node:
    """A concrete node on `array`, which nobody else may write to."""
    return Node(Size(array.shape), dtype, array)


def _reference_counts() -> tuple[int, int]:
    """How many references an otherwise unreferenced buffer and node have inside `export`; they differ between Python versions."""
    class Probe:
        """Counts in the same way as Storage.export does, on an object that only one node and one local variable hold."""
        value: Any = None

    probe = Probe()
    probe.value = Node(Size((1,)), None, np.zeros(1))
    buffer = probe.value.buffer
    return sys.getrefcount(buffer), sys.getrefcount(probe.value)


_BUFFER_REFERENCES, _NODE_REFERENCES = _reference_counts()
COUNTS_TELL = not hasattr(sys, "_is_gil_enabled") or sys._is_gil_enabled()


class UntypedStorage:
    """The bytes under a tensor, as PyTorch shows them: `t.untyped_storage()`."""

    __slots__ = ("_storage",)

    def __init__(self, storage: Storage | int = 0, *, device=None):
        self._storage = storage if isinstance(storage, Storage) else Storage(constant(np.zeros(storage, np.uint8), uint8))

    @classmethod
    def from_file(cls, filename, shared: bool = False, nbytes: int = 0) -> UntypedStorage:
        """The first bytes of a file, mapped into memory: written through to it if `shared`, else private from the first write on."""
        array = np.memmap(filename, np.uint8, "r+" if shared else "c", shape=(nbytes,)) if nbytes else np.zeros(0, np.uint8)
        return cls(Storage(constant(array, uint8), shared=True))

    def nbytes(self) -> int:
        """Bytes held."""
        return self._storage.nbytes()

    size = nbytes
    __len__ = nbytes

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + self.nbytes()      # what tools that add up a model's memory ask for

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return address(self._storage)

    def tolist(self) -> list[int]:
        """The bytes as integers."""
        return self._storage.array().view(np.uint8).tolist()

    def __getitem__(self, i):
        if isinstance(i, slice):            # a part of the same memory
            array = self._storage.export().reshape(-1).view(np.uint8)[i]
            if array.strides != (1,):
                raise RuntimeError(f"slices of a storage have steps of 1, got {i.step}")
            return UntypedStorage(Storage(constant(array, uint8), shared=True))
        return self._storage.array().view(np.uint8)[i].item()

    def __eq__(self, other) -> bool:
        return isinstance(other, UntypedStorage) and other._storage is self._storage

    def __hash__(self) -> int:
        return hash(self._storage)

    @property
    def device(self):
        """Where the bytes are."""
        return self._storage.value.device

    def is_shared(self) -> bool:
        """Whether other processes may see the memory."""
        return self._storage.descriptor is not None

    def untyped(self) -> UntypedStorage:
        """Itself."""
        return self

    _untyped = untyped          # the name that it had before PyTorch 2.0, which safetensors asks for


def address(storage: Storage) -> int:
    """The address of a storage's first byte; no other storage has the same one while both live.

    Writes may give a storage's value another buffer. The one whose address was told stays with the storage, and its value is brought
    home when the address is asked for again.
    """
    if storage.nbytes() == 0:
        return 0
    home = storage.home
    if home is not None:
        value = storage.value
        current = graph.compute(value)
        if current is home or storage.shared:
            return current.ctypes.data
        graph.stop_events()
        if sys.getrefcount(home) <= _BUFFER_REFERENCES:             # only the storage and this frame hold it
            np.copyto(home, current.reshape(home.shape))
            storage.value = Node(value.shape, value.dtype, home.reshape(value.shape) if home.shape != value.shape else home)
            graph.wrote()
            return home.ctypes.data
    graph.stop_events()
    was_shared = storage.shared
    storage.home = storage.export()
    storage.shared = was_shared
    return storage.home.ctypes.data
