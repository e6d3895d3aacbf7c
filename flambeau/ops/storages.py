"""`t.storage()`: the memory under a tensor as numbers, PyTorch's older view of what `untyped_storage()` shows as bytes."""
from __future__ import annotations

import numbers

from ..core import dtype as dt
from ..core.storage import UntypedStorage
from ..core.tensor import Tensor
from .convert import copy_, fill_
from .create import empty, tensor


class TypedStorage:
    """The memory under a tensor as a sequence of numbers of one dtype, which may be read and written: `s[0] = 1`.

    TypedStorage(n, dtype=…), TypedStorage([1, 2], dtype=…): new memory; TypedStorage(wrap_storage=untyped, dtype=…): memory that is there.
    """

    def __init__(self, *args, wrap_storage: UntypedStorage | None = None, dtype: dt.dtype | None = None, device=None):
        dtype = dtype or dt.default_dtype()
        if wrap_storage is not None:
            self._flat = empty(0, dtype=dtype, device=wrap_storage.device).set_(wrap_storage)
        elif args and not isinstance(args[0], numbers.Integral):
            self._flat = tensor(list(args[0]), dtype=dtype, device=device)
        else:
            self._flat = empty(args[0] if args else 0, dtype=dtype, device=device)

    @property
    def dtype(self) -> dt.dtype:
        """The type of the numbers."""
        return self._flat.dtype

    @property
    def device(self):
        """Where the memory is."""
        return self._flat.device

    is_cuda = is_sparse = False

    def untyped(self) -> UntypedStorage:
        """The same memory as bytes."""
        return self._flat.untyped_storage()

    def size(self) -> int:
        """How many numbers there are."""
        return self._flat.numel()

    __len__ = size

    def nbytes(self) -> int:
        """Bytes held."""
        return self._flat.nbytes

    def element_size(self) -> int:
        """Bytes a number."""
        return self._flat.element_size()

    def data_ptr(self) -> int:
        """The address of the first number."""
        return self._flat.data_ptr()

    def tolist(self) -> list:
        """The numbers."""
        return self._flat.tolist()

    def __iter__(self):
        return iter(self._flat.tolist())

    def __getitem__(self, i):
        found = self._flat[i]
        return found.item() if isinstance(i, numbers.Integral) else TypedStorage(found.tolist(), dtype=self.dtype)

    def __setitem__(self, i, value) -> None:
        self._flat[i] = tensor(value, dtype=self.dtype) if isinstance(value, (list, tuple)) else value

    def fill_(self, value) -> TypedStorage:
        """Set every number."""
        fill_(self._flat, value)
        return self

    def copy_(self, source: TypedStorage, non_blocking: bool = False) -> TypedStorage:
        """Set every number to another memory's."""
        copy_(self._flat, source._flat)
        return self

    def clone(self) -> TypedStorage:
        """The same numbers in memory of their own."""
        return TypedStorage(self.tolist(), dtype=self.dtype)

    def cpu(self) -> TypedStorage:
        """Itself: the memory is the CPU's."""
        return self

    def type(self) -> str:
        """The name of the class for its dtype, such as torch.FloatStorage."""
        return f"torch.{self.dtype._title}Storage"

    def pickle_storage_type(self) -> str:
        """The name that files give its class, such as FloatStorage."""
        return f"{self.dtype._title}Storage"

    def is_shared(self) -> bool:
        """Whether other processes may see the memory."""
        return self.untyped().is_shared()

    def __eq__(self, other) -> bool:
        return isinstance(other, TypedStorage) and self.untyped() == other.untyped() and self.dtype is other.dtype

    def __hash__(self) -> int:
        return hash(self.untyped())

    def __repr__(self) -> str:
        rows = "".join(f" {x}\n" for x in self.tolist())
        return f"{rows}[torch.storage.TypedStorage(dtype={self.dtype}, device={self.device}) of size {len(self)}]"


class _OfDtype(type):
    """A class of no instances of its own: it makes storages of one dtype, and recognises them."""

    dtype: dt.dtype

    def __instancecheck__(cls, obj) -> bool:
        return isinstance(obj, TypedStorage) and obj.dtype is cls.dtype

    def __call__(cls, *args, wrap_storage=None):
        return TypedStorage(*args, wrap_storage=wrap_storage, dtype=cls.dtype)


def _typed(d: dt.dtype) -> type:
    return _OfDtype(f"{d._title}Storage", (), {"dtype": d, "__module__": "torch", "__doc__": f"Memory as numbers of {d}."})


(FloatStorage, DoubleStorage, HalfStorage, BFloat16Storage, ByteStorage, CharStorage, ShortStorage, IntStorage, LongStorage, BoolStorage,
 ComplexFloatStorage, ComplexDoubleStorage) = (
    _typed(d) for d in (dt.float32, dt.float64, dt.float16, dt.bfloat16, dt.uint8, dt.int8, dt.int16, dt.int32, dt.int64, dt.bool_, dt.complex64, dt.complex128))


def storage(input: Tensor) -> TypedStorage:
    """The memory under the tensor and its views, as numbers of its dtype. (`untyped_storage` is the newer name, of bytes.)"""
    return TypedStorage(wrap_storage=input.untyped_storage(), dtype=input.dtype)


def storage_type(input: Tensor) -> type:
    """The class that `storage()` gives."""
    return TypedStorage


__all__ = ["BFloat16Storage", "BoolStorage", "ByteStorage", "CharStorage", "ComplexDoubleStorage", "ComplexFloatStorage", "DoubleStorage", "FloatStorage",
           "HalfStorage", "IntStorage", "LongStorage", "ShortStorage", "TypedStorage", "UntypedStorage"]
