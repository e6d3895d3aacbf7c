"""Element types and the rules by which mixed types meet.

The promotion rules are PyTorch's: four categories (bool < integer < floating < complex), and inside an expression a tensor
with dimensions outranks a 0-d tensor, which outranks a Python number, unless the category of the lower one is higher.
"""
from __future__ import annotations

import numpy as np

from .errors import MissingName
from .suggest import did_you_mean


class dtype:
    """One element type; the instances below are the only ones, so they compare by identity.

    name: PyTorch's name; itemsize: bytes an element; category: 0 bool, 1 integer, 2 floating, 3 complex.
    """

    __slots__ = ("name", "itemsize", "category", "is_floating_point", "is_complex", "is_signed", "rank", "_numpy", "_title", "number")

    def __init__(self, name: str, itemsize: int, category: int, rank: int, title: str, numpy_name: str | None = None, signed: bool = True):
        self.name, self.itemsize, self.category, self.rank, self._title = name, itemsize, category, rank, title
        self.is_floating_point, self.is_complex, self.is_signed = category == 2, category == 3, signed
        self._numpy = np.dtype(numpy_name) if numpy_name else None
        self.number = (bool, int, float, complex)[category]         # the Python type of one element

    @property
    def numpy(self) -> np.dtype:
        """The NumPy dtype that holds it; bfloat16's comes from ml_dtypes, loaded when first asked for."""
        if self._numpy is None:
            import ml_dtypes
            self._numpy = np.dtype(ml_dtypes.bfloat16)
            _FROM_NUMPY[self._numpy] = self
        return self._numpy

    def to_complex(self) -> dtype:
        """The complex type whose parts have this type."""
        return complex128 if self is float64 or self is complex128 else complex64

    def to_real(self) -> dtype:
        """The type of the real part."""
        return {complex64: float32, complex128: float64}.get(self, self)

    def __repr__(self) -> str:
        return f"torch.{self.name}"         # the name that PyTorch's programs print and compare

    def __reduce__(self):
        return self.name                    # pickled as the module's global of that name

    def __getattr__(self, name):
        if name == "__module__":
            return "flambeau"
        raise MissingName(f"dtype object has no attribute {name!r}", lambda: did_you_mean(name, dir(type(self))))


bool_ = dtype("bool", 1, 0, 0, "Bool", "bool", signed=False)
uint8 = dtype("uint8", 1, 1, 1, "Byte", "uint8", signed=False)
int8 = dtype("int8", 1, 1, 2, "Char", "int8")
int16 = dtype("int16", 2, 1, 3, "Short", "int16")
int32 = dtype("int32", 4, 1, 4, "Int", "int32")
int64 = dtype("int64", 8, 1, 5, "Long", "int64")
uint16 = dtype("uint16", 2, 1, 6, "UInt16", "uint16", signed=False)
uint32 = dtype("uint32", 4, 1, 7, "UInt32", "uint32", signed=False)
uint64 = dtype("uint64", 8, 1, 8, "UInt64", "uint64", signed=False)
float16 = dtype("float16", 2, 2, 10, "Half", "float16")
bfloat16 = dtype("bfloat16", 2, 2, 11, "BFloat16")
float32 = dtype("float32", 4, 2, 12, "Float", "float32")
float64 = dtype("float64", 8, 2, 13, "Double", "float64")
complex64 = dtype("complex64", 8, 3, 20, "ComplexFloat", "complex64")
complex128 = dtype("complex128", 16, 3, 21, "ComplexDouble", "complex128")

ALL = (bool_, uint8, int8, int16, int32, int64, uint16, uint32, uint64, float16, bfloat16, float32, float64, complex64, complex128)
FLOATING = (float16, bfloat16, float32, float64)
BY_NAME = {d.name: d for d in ALL}
ALIASES = {"half": float16, "float": float32, "double": float64, "short": int16, "int": int32, "long": int64, "cfloat": complex64,
           "cdouble": complex128}
_FROM_NUMPY = {d._numpy: d for d in ALL if d._numpy is not None}
_FROM_PYTHON = {bool: bool_, int: int64}

_default = float32


def default_dtype() -> dtype:
    """The floating type given to Python floats and to integer results that must become floating (float32 unless set)."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Set the default floating type. TypeError unless `d` is floating."""
    global _default
    d = as_dtype(d)
    if not d.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, got {d}")
    _default = d
    for notice in on_default_change:
        notice()


on_default_change: list = []        # called after the default type changed


def as_dtype(d) -> dtype:
    """A dtype from a dtype, a Python type (bool, int, float, complex) or a NumPy dtype."""
    if type(d) is dtype:
        return d
    if d in (float, complex):
        return float64 if d is float else complex128
    if d in _FROM_PYTHON:
        return _FROM_PYTHON[d]
    raise TypeError(f"dtype must be a flambeau dtype such as flambeau.float32, got {d!r}")


def from_numpy(d: np.dtype) -> dtype:
    """The dtype of a NumPy array's elements. TypeError for those no tensor can hold."""
    found = _FROM_NUMPY.get(d) or _FROM_NUMPY.get(d.newbyteorder("="))
    if found is None and d.name == "bfloat16":
        found = bfloat16 if bfloat16.numpy == d else None
    if found is None:
        raise TypeError(f"can't convert np.ndarray of type {d.type.__module__}.{d.type.__name__}. The only supported types are: float64, "
                        "float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool.")
    return found


def of_number(value) -> dtype:
    """The dtype that a Python number takes when it stands alone."""
    if isinstance(value, bool):
        return bool_
    if isinstance(value, int):
        return int64
    return _default.to_complex() if isinstance(value, complex) else _default


def promote_types(a: dtype, b: dtype) -> dtype:
    """The smallest type that both convert to without leaving their category."""
    if a is b:
        return a
    key = (a, b)
    found = _PAIRS.get(key)
    if found is None:
        found = _PAIRS[key] = _promote(a, b)
    return found


def _promote(a: dtype, b: dtype) -> dtype:
    if a.rank > b.rank:
        a, b = b, a
    if b.is_complex:
        return complex128 if float64 in (a, b) or complex128 in (a, b) else b
    if b.is_floating_point:
        return float32 if (a, b) == (float16, bfloat16) else b
    if b in (uint16, uint32, uint64) and a is not bool_:
        if a is uint8 or not a.is_signed:
            return b
        raise RuntimeError(f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote {a._title} and {b._title}")
    if a is uint8 and b is int8:
        return int16
    return b


_PAIRS: dict[tuple[dtype, dtype], dtype] = {}


def result_dtype(operands) -> dtype:
    """The common type of operands, each given as (dtype, number of dimensions, is a Python number)."""
    ranked = [None, None, None]                 # numbers, 0-d tensors, tensors with dimensions
    for d, ndim, number in operands:
        tier = 0 if number else (2 if ndim else 1)
        if number:                              # a Python float is of the default type, an int yields to every integer type
            d = _default if d.is_floating_point else _default.to_complex() if d.is_complex else d
        ranked[tier] = d if ranked[tier] is None else promote_types(ranked[tier], d)
    result = ranked[2]
    for tier in (1, 0):
        lower = ranked[tier]
        if lower is None:
            continue
        if result is None:
            result = lower
        elif lower.category > result.category:
            # a complex operand of lower priority takes its precision from the floating one of higher priority
            result = result.to_complex() if lower.is_complex and result.is_floating_point else lower
    return result


def can_cast(source: dtype, target: dtype) -> bool:
    """Whether a value of `source` may be stored in `target` without losing its category."""
    return source.category <= target.category and not (target is bool_ and source is not bool_)


def dtype_of_half(d: dtype) -> bool:
    """Whether arithmetic on `d` is done in float32 and rounded at the end."""
    return d is float16 or d is bfloat16
