"""Plain data: what the names in a checkpoint stand for, and what a call of one does. Every maker checks what it is given."""
from __future__ import annotations

import functools
from collections import Counter, OrderedDict
from collections.abc import Callable

import flambeau

from .machine import check_key
from .names import DTYPES, STORAGE_DTYPES, find_dtype
from .numpy_objects import NUMPY_GLOBALS
from .rebuild import REBUILDERS, rebuild_parameter


class StorageKind:
    """What names such as `torch.FloatStorage` stand for inside a pickle: the dtype of a storage, None for an untyped one."""

    __slots__ = ("dtype",)

    def __init__(self, dtype: str | None):
        self.dtype = dtype


def _ordered_dict(pairs=()) -> OrderedDict:
    result = OrderedDict()
    for key, value in pairs.items() if type(pairs) is dict else listed(pairs):
        check_key(key)
        result[key] = value
    return result


def _counter(counts=None) -> Counter:
    if counts is not None and type(counts) is not dict:
        raise TypeError("a Counter is made from a dict")
    return Counter(counts)


def listed(items):
    """`items`, which are a list or tuple; TypeError for what could be longer than the file, such as a range."""
    if type(items) not in (list, tuple):
        raise TypeError(f"a container is filled from a list, got {type(items).__name__}")
    return items


def _keys(items):
    for item in listed(items):
        check_key(item)
    return items


def _bytearray(data=b"", encoding="latin-1") -> bytearray:
    if not isinstance(data, (bytes, str)):  # a number would make so many bytes
        raise ValueError("a bytearray is made from bytes")
    return bytearray(_encode(data, encoding) if isinstance(data, str) else data)


def _encode(text: str, encoding: str = "latin1") -> bytes:
    if type(text) is not str or encoding not in ("latin1", "latin-1", "ascii", "utf-8", "utf8"):
        raise ValueError("bytes are written as text in latin1")
    return text.encode(encoding)


def _size(items=()):
    if any(type(n) is not int or not 0 <= n < 2**63 for n in listed(items)):
        raise ValueError("a Size is made of numbers from 0 up")
    return flambeau.Size(items)


def _layout(name: str):
    found = getattr(flambeau, name.removeprefix("torch."), None) if type(name) is str else None
    if type(found) is not type(flambeau.strided):
        raise ValueError("a tensor layout that flambeau does not have")
    return found


def _device(*args):
    if any(type(a) not in (str, int) for a in args):
        raise TypeError("a device is a name and a number")
    return flambeau.device(*args)


@functools.cache
def plain() -> dict[str, tuple[object, Callable | None]]:
    """Name in the file -> (what it stands for, what a call of it does: None for constants)."""
    table = {
        "collections.OrderedDict": (OrderedDict, _ordered_dict),
        "collections.Counter": (Counter, _counter),
        "builtins.set": (set, lambda items=(): set(_keys(items))),
        "builtins.frozenset": (frozenset, lambda items=(): frozenset(_keys(items))),
        "builtins.bytes": (bytes, lambda: b""),     # protocol 2's way to write empty ones
        "builtins.bytearray": (bytearray, _bytearray),
        "builtins.complex": (complex, lambda real, imag=0.0: complex(float(real), float(imag))),
        "_codecs.encode": (_encode, _encode),
        "torch.Size": (flambeau.Size, _size),
        "torch.device": (flambeau.device, _device),
        "torch.Tensor": (flambeau.Tensor, None),
        "torch.nn.parameter.Parameter": (flambeau.nn.Parameter, rebuild_parameter),
        "torch.serialization._get_layout": (_layout, _layout),
    }
    for full, function in REBUILDERS.items():
        table[full] = (function, function)
    for name, dtype in STORAGE_DTYPES.items():
        table[f"torch.{name}"] = table[f"torch.cuda.{name}"] = (StorageKind(dtype), None)
    for name in ("torch.storage.UntypedStorage", "torch.storage._UntypedStorage", "torch.UntypedStorage"):
        table[name] = (StorageKind(None), None)
    for name in DTYPES:
        if find_dtype(name) is not None:
            table[f"torch.{name}"] = (find_dtype(name), None)
    return table


@functools.cache
def makers() -> dict[int, Callable]:
    """id of what a name stands for -> what a call of it does. By id: what a file puts in its place need not be hashable."""
    return {id(obj): make for table in (plain(), NUMPY_GLOBALS) for obj, make in table.values() if make is not None}
