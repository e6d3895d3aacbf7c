"""A look at a pickle that makes none of its objects: which tensors, storages and names it speaks of."""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from .machine import Rules
from .names import full_name
from .plain import StorageKind, plain
from .rebuild import REBUILDERS
from .safe_globals import allowed


@dataclass(frozen=True)
class Mention:
    """A class, function or constant that the pickle names."""

    full: str


@dataclass
class Thing:
    """An object of a class that only the file's author may know: its class, how it was made and what was put into it."""

    cls: str
    args: tuple = ()
    state: object = None
    items: list = field(default_factory=list)


@dataclass(frozen=True)
class StorageInfo:
    """A storage beside the pickle: its key, the dtype of its numbers (None: bytes), the device it was on, how many numbers."""

    key: str
    dtype: str | None
    location: str
    count: int


@dataclass(frozen=True)
class TensorInfo:
    """A tensor: shape, dtype by name, its storage (None for one without memory) and whether it wants a gradient or is a Parameter."""

    shape: tuple[int, ...]
    dtype: str
    storage: StorageInfo | None
    requires_grad: bool = False
    parameter: bool = False

    @property
    def nbytes(self) -> int:
        """Bytes that its elements take."""
        return math.prod(self.shape) * ITEMSIZES.get(self.dtype, 1)


ITEMSIZES = {"bool": 1, "uint8": 1, "int8": 1, "int16": 2, "uint16": 2, "float16": 2, "bfloat16": 2, "int32": 4, "uint32": 4, "float32": 4,
             "int64": 8, "uint64": 8, "float64": 8, "complex64": 8, "complex128": 16}
_CONTAINERS = ("collections.", "builtins.", "_codecs.")


class SurveyRules(Rules):
    """Takes every name as a Mention and every object as a Thing or TensorInfo. `names` and `storages` then hold all that were met."""

    def __init__(self):
        self.names: dict[str, None] = {}
        self.storages: dict[str, StorageInfo] = {}

    def find(self, module: str, name: str):
        full = full_name(module, name)
        self.names[full] = None
        known = plain().get(full)
        if known is not None and (full.startswith(_CONTAINERS) or isinstance(known[0], StorageKind)):
            return known[0]
        return Mention(full)

    def call(self, function, args: tuple):
        if isinstance(function, Mention):
            if function.full in REBUILDERS:
                return _tensor(function.full, args)
            if function.full == "torch.Size" and args:
                return args[0]
            return Thing(function.full, args)
        for known, make in plain().values():
            if known is function and make is not None:
                return make(*args)
        return Thing(type(function).__name__, args)

    def new(self, cls, args: tuple, kwargs: dict):
        return self.call(cls, args)

    def build(self, obj, state):
        if isinstance(obj, Thing):
            obj.state = state
        return obj

    def fill(self, obj, items, what: str):
        if isinstance(obj, Thing):
            obj.items.extend(items)

    def persistent(self, key):
        what, first, *rest = key
        if what == "module":
            return first
        name, location, count = rest[:3]
        if not isinstance(first, StorageKind) or type(count) is not int or count < 0:
            raise ValueError("an object outside the pickle that is no storage")
        location = location.decode("ascii") if isinstance(location, bytes) else location
        return self.storages.setdefault(str(name), StorageInfo(str(name), first.dtype, str(location), count))


def _tensor(full: str, args: Sequence) -> TensorInfo:
    """What a rebuild function with these arguments would make."""
    kind = full.rpartition("._rebuild_")[2]
    if kind in ("parameter", "parameter_with_state"):
        data = _info(args[0])
        return TensorInfo(data.shape, data.dtype, data.storage, bool(args[1]), parameter=True)
    if kind == "from_type_v2":
        return _tensor(args[0].full, args[2])
    if kind == "meta_tensor_no_storage":
        return TensorInfo(_shape(args[1]), _dtype(args[0]), None, bool(args[3]))
    if kind == "device_tensor_from_cpu_tensor":
        return TensorInfo(_info(args[0]).shape, _dtype(args[1]), _info(args[0]).storage, bool(args[3]))
    if kind == "sparse_tensor":
        k = 1 if str(args[0]).endswith("coo") else 2            # coordinates are one tensor; rows or columns are two
        values = _info(args[1][k])
        return TensorInfo(_shape(args[1][k + 1]), values.dtype, values.storage)
    storage = args[0]
    if not isinstance(storage, StorageInfo):
        raise TypeError("a tensor lies on a storage")
    dtype = _dtype(args[6]) if kind == "tensor_v3" else storage.dtype or "uint8"
    return TensorInfo(_shape(args[2]), dtype, storage, len(args) > 4 and bool(args[4]))


def _info(value) -> TensorInfo:
    if not isinstance(value, TensorInfo):
        raise TypeError("a tensor is wanted")
    return value


def _shape(shape) -> tuple[int, ...]:
    if not isinstance(shape, (tuple, list)) or any(type(n) is not int or n < 0 for n in shape):
        raise TypeError("a shape is a tuple of numbers from 0 up")
    return tuple(shape)


def _dtype(value) -> str:
    if not isinstance(value, Mention):
        raise TypeError("a dtype is wanted")
    return value.full.rpartition(".")[2]


def unknown_names(names) -> list[str]:
    """Those of `names` that weights_only=True refuses unless the program allows them."""
    return sorted(name for name in names if name not in plain() and name not in allowed())
