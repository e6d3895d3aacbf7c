"""What things are called inside a checkpoint: PyTorch's names, so that files go both ways.

flambeau's own classes are written as PyTorch's (`flambeau.nn.linear` as `torch.nn.linear`) and read back under either name.
"""
from __future__ import annotations

import sys
import types

import flambeau

# PyTorch's storage classes; their names are the dtypes of the format (Storage.h knows no others that flambeau could hold)
STORAGE_DTYPES = {
    "DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8",
    "BoolStorage": "bool", "ComplexDoubleStorage": "complex128", "ComplexFloatStorage": "complex64",
}
DTYPE_STORAGES = {dtype: storage for storage, dtype in STORAGE_DTYPES.items()}
# dtypes without a storage class of their own: their tensors are written on an untyped storage, with the dtype beside it
UNTYPED_DTYPES = ("uint16", "uint32", "uint64", "float8_e5m2", "float8_e4m3fn", "float8_e5m2fnuz", "float8_e4m3fnuz", "float8_e8m0fnu")
DTYPES = (*DTYPE_STORAGES, *UNTYPED_DTYPES)

_PREFIXES = (("flambeau.vision", "torchvision"), ("flambeau", "torch"))
INTERNAL = ("core", "ops", "autograd", "compiler", "backends", "runtime", "serialization", "cli")  # parts that no pickle names
_MOVED = {"numpy.core": "numpy._core", "torch.tensor": "torch._tensor"}  # renamed by NumPy 2 and PyTorch 1.8


class Name:
    """A global of a pickle, known by module and name only: written as such, whether or not a module of that name exists here."""

    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str):
        self.module, self.name = sys.intern(module), sys.intern(name)  # a pickle holds a string once that is one object

    def __call__(self, *args):
        raise TypeError(f"{self.module}.{self.name} is a name in a file, nothing to call")

    def __repr__(self) -> str:
        return f"{self.module}.{self.name}"


def dtype_name(dtype) -> str:
    """The plain name of a dtype: "float32"."""
    return str(dtype).rpartition(".")[2]


def find_dtype(name: str):
    """The dtype called `name`, None if flambeau has none such."""
    found = getattr(flambeau, name, None) if name in DTYPES else None
    return found if isinstance(found, flambeau.dtype) else None


def module_in_file(module: str) -> str:
    """The name of a module inside a file: PyTorch's for flambeau's own, unchanged for others, new names for those that moved."""
    for own, theirs in _PREFIXES:
        if module == own or module.startswith(own + "."):
            return theirs + module[len(own):]
    for old, new in _MOVED.items():
        if module == old or module.startswith(old + "."):
            return new + module[len(old):]
    return module


def module_here(module: str) -> str:
    """flambeau's module for a name inside a file; the other way round."""
    for own, theirs in _PREFIXES:
        if module == theirs or module.startswith(theirs + "."):
            return own + module[len(theirs):]
    return module


def full_name(module: str, name: str) -> str:
    """`module.name` as the files have it."""
    return f"{module_in_file(module)}.{name}"


def describe(obj) -> str:
    """A short name of a class or function for messages: `module.name`."""
    return f"{getattr(obj, '__module__', None) or type(obj).__module__}.{getattr(obj, '__qualname__', type(obj).__qualname__)}"


def find_own(module: str, name: str):
    """flambeau's class (or function of nn.functional) for a name in a file: in that module, or shown by the nearest package above it.

    PyTorch's `torch.nn.modules.linear.Linear` is thus `flambeau.nn.Linear`, wherever flambeau keeps it. None for what there is not, and
    for flambeau's inner parts.
    """
    parts = module_here(module).split(".")
    if parts[0] != "flambeau" or (len(parts) > 1 and parts[1] in INTERNAL):
        return None
    if module == "torch._C._nn":  # where PyTorch says that its built-in functions are
        parts = ["flambeau", "nn", "functional"]
    for depth in range(len(parts), 0, -1):
        home = flambeau
        for part in parts[1:depth]:
            home = getattr(home, part, None)
            if not isinstance(home, types.ModuleType) or home.__name__.partition(".")[0] not in _roots():
                break
        else:
            found = find_inside(home, name)
            if isinstance(found, type) and not issubclass(found, type) and _is_public(found):
                return found
            if isinstance(found, types.FunctionType) and parts[1:depth] == ["nn", "functional"] and not name.startswith("_"):
                return found if found.__module__.partition(".")[0] in _roots() else None
    return None


def _roots() -> tuple[str, ...]:
    """The first parts of the names that flambeau's modules have."""
    return "flambeau", flambeau.Tensor.__module__.partition(".")[0]


def _is_public(cls: type) -> bool:
    root, _, rest = cls.__module__.partition(".")
    return root in _roots() and rest.partition(".")[0] not in INTERNAL


def find_inside(home, name: str):
    """`name`, which may be dotted, in a module: only through classes, without running a module's or a class's own look-up."""
    first, *rest = name.split(".")
    found = vars(home).get(first)
    if found is None and home.__name__.partition(".")[0] in _roots():
        found = getattr(home, first, None)  # flambeau's packages load their parts when asked
    for part in rest:
        found = vars(found).get(part) if isinstance(found, type) else None
    return found
