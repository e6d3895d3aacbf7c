"""Tensor with all its methods, which load when they are first used.

Written by tools/stubs.py: do not edit.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeAlias, overload

import numpy

from flambeau import return_types as _return_types
from flambeau.core.device import device as _device
from flambeau.core.dtype import dtype as _dtype
from flambeau.core.grad import GradNode as GradNode
from flambeau.core.grad import RemovableHandle as RemovableHandle
from flambeau.core.shape import Size as _Size
from flambeau.core.storage import Storage as Storage
from flambeau.core.storage import UntypedStorage as UntypedStorage
from flambeau.ops.convert import memory_format as _memory_format
from flambeau.ops.random import Generator as _Generator

_bool: TypeAlias = bool
_complex: TypeAlias = complex
_float: TypeAlias = float
_int: TypeAlias = int
_str: TypeAlias = str
_Operand: TypeAlias = Tensor | complex | numpy.ndarray | numpy.generic
_Out: TypeAlias = Tensor | Sequence[Tensor] | None
_DeviceLike: TypeAlias = _device | str | int

class Tensor:
    """An array of numbers of one dtype, with views, in-place operations and automatic differentiation."""

    _storage: Storage
    shape: _Size
    dtype: _dtype
    _view: Any
    _accumulate: Any
    _array: Any
    _backward_hooks: Any
    _base: Any
    _cache: Any
    _counter: Any
    _creation: Any
    _ending: Any
    _fn: Any
    _grad: Any
    @property
    def _grad_fn(self) -> GradNode | None: ...
    @_grad_fn.setter
    def _grad_fn(self, value: GradNode | None) -> None: ...
    _hooks: Any
    _indices: Any
    _inference: Any
    _is_view: Any
    _kind: Any
    _leaf: Any
    _make_subclass: Any
    _nnz: Any
    _ordinal: Any
    _output_nr: Any
    _post_accumulate: Any
    _producer: Any
    _relink: Any
    _retain: Any
    _stamp: Any
    _tape_number: Any
    _tie: Any
    _unmark: Any
    _values: Any
    @property
    def _version(self) -> _int:
        """How often this memory has been written to. RuntimeError for an inference tensor, which nobody counts for."""
    _view: Any
    _weak: Any
    _weakrefs: Any
    def __init__(self, *args: Any, device: Any = None, dtype: Any = None) -> None: ...
    def __abs__(self) -> Tensor: ...
    def __add__(self, other: _Operand, /) -> Tensor: ...
    def __and__(self, other: _Operand, /) -> Tensor: ...
    def __array__(self, dtype: Any = None, copy: _bool | None = None) -> numpy.ndarray: ...
    def __array_wrap__(self, array: numpy.ndarray, context: Any = None) -> Tensor: ...
    def __bool__(self) -> _bool: ...
    def __complex__(self) -> _complex: ...
    def __contains__(self, element: Any, /) -> _bool: ...
    def __delitem__(self, index: Any, /) -> None: ...
    def __dlpack__(self, **kwargs: Any) -> Any: ...
    def __dlpack_device__(self) -> tuple[_int, _int]: ...
    def __eq__(self, other: Any, /) -> Tensor: ...  # type: ignore[override]
    def __float__(self) -> _float: ...
    def __floordiv__(self, other: _Operand, /) -> Tensor: ...
    def __format__(self, spec: _str, /) -> _str: ...
    def __ge__(self, other: _Operand, /) -> Tensor: ...
    def __getitem__(self, index: Any, /) -> Tensor: ...
    def __gt__(self, other: _Operand, /) -> Tensor: ...
    def __hash__(self) -> _int: ...
    def __iadd__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[misc]
    def __iand__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[misc]
    def __ifloordiv__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[misc]
    def __ilshift__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[misc]
    def __imatmul__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[misc]
    def __imod__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[misc]
    def __imul__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[misc]
    def __index__(self) -> _int: ...
    def __int__(self) -> _int: ...
    def __invert__(self) -> Tensor: ...
    def __ior__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[misc]
    def __ipow__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[misc]
    def __irshift__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[misc]
    def __isub__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[misc]
    def __iter__(self) -> Iterator[Tensor]: ...
    def __itruediv__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[misc]
    def __ixor__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[misc]
    def __le__(self, other: _Operand, /) -> Tensor: ...
    def __len__(self) -> _int: ...
    def __lshift__(self, other: _Operand, /) -> Tensor: ...
    def __lt__(self, other: _Operand, /) -> Tensor: ...
    def __matmul__(self, other: _Operand, /) -> Tensor: ...
    def __mod__(self, other: _Operand, /) -> Tensor: ...
    def __mul__(self, other: _Operand, /) -> Tensor: ...
    def __ne__(self, other: Any, /) -> Tensor: ...  # type: ignore[override]
    def __neg__(self) -> Tensor: ...
    def __or__(self, other: _Operand, /) -> Tensor: ...
    def __pos__(self) -> Tensor: ...
    def __pow__(self, other: _Operand, /) -> Tensor: ...
    def __radd__(self, other: _Operand, /) -> Tensor: ...
    def __rand__(self, other: _Operand, /) -> Tensor: ...
    def __rdiv__(self, other: _Operand, /) -> Tensor: ...
    def __reversed__(self) -> Tensor: ...
    def __rfloordiv__(self, other: _Operand, /) -> Tensor: ...
    def __rlshift__(self, other: _Operand, /) -> Tensor: ...
    def __rmatmul__(self, other: _Operand, /) -> Tensor: ...
    def __rmod__(self, other: _Operand, /) -> Tensor: ...
    def __rmul__(self, other: _Operand, /) -> Tensor: ...
    def __ror__(self, other: _Operand, /) -> Tensor: ...
    def __rpow__(self, other: _Operand, /) -> Tensor: ...
    def __rrshift__(self, other: _Operand, /) -> Tensor: ...
    def __rshift__(self, other: _Operand, /) -> Tensor: ...
    def __rsub__(self, other: _Operand, /) -> Tensor: ...
    def __rtruediv__(self, other: _Operand, /) -> Tensor: ...
    def __rxor__(self, other: _Operand, /) -> Tensor: ...
    def __setitem__(self, index: Any, value: _Operand, /) -> None: ...
    def __sub__(self, other: _Operand, /) -> Tensor: ...
    def __truediv__(self, other: _Operand, /) -> Tensor: ...
    def __xor__(self, other: _Operand, /) -> Tensor: ...
    @property
    def H(self) -> Tensor:
        """The last two axes exchanged, complex values conjugated."""
    @property
    def T(self) -> Tensor:
        """The axes in reverse order (`x.T`)."""
    def abs(self) -> Tensor:
        """|x|; the slope at 0 is 0"""
    def abs_(self) -> Tensor:
        """In-place form of `abs`: |x|; the slope at 0 is 0"""
    def absolute(self) -> Tensor:
        """|x|; the slope at 0 is 0"""
    def absolute_(self) -> Tensor:
        """In-place form of `abs`: |x|; the slope at 0 is 0"""
    def acos(self) -> Tensor:
        """The angle whose cosine is x"""
    def acos_(self) -> Tensor:
        """In-place form of `acos`: The angle whose cosine is x"""
    def acosh(self) -> Tensor:
        """The number, not below 0, whose hyperbolic cosine is x"""
    def acosh_(self) -> Tensor:
        """In-place form of `acosh`: The number, not below 0, whose hyperbolic cosine is x"""
    def add(self, other: _Operand, *old: Any, alpha: _complex = 1) -> Tensor:
        """input + alpha * other"""
    def add_(self, other: _Operand, *old: Any, alpha: _complex = 1) -> Tensor:
        """In-place form of `add`: input + alpha * other"""
    def addbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _complex = 1, alpha: _complex = 1) -> Tensor:
        """beta · input + alpha · Σ_b (batch1[b] @ batch2[b]): batch1 (b, n, k), batch2 (b, k, m), input broadcasts to (n, m). RuntimeError for other …"""
    def addbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _complex = 1, alpha: _complex = 1) -> Tensor:
        """In-place form of `addbmm`: beta · input + alpha · Σ_b (batch1[b] @ batch2[b]): batch1 (b, n, k), batch2 (b, k, m), input broadcasts to (n, …"""
    def addcdiv(self, tensor1: Tensor, tensor2: Tensor, *old: Any, value: _Operand = 1) -> Tensor:
        """input + value · tensor1 / tensor2. RuntimeError for an integer divided by an integer."""
    def addcdiv_(self, tensor1: Tensor, tensor2: Tensor, *old: Any, value: _Operand = 1) -> Tensor:
        """In-place form of `addcdiv`: input + value · tensor1 / tensor2. RuntimeError for an integer divided by an integer."""
    def addcmul(self, tensor1: Tensor, tensor2: Tensor, *old: Any, value: _Operand = 1) -> Tensor:
        """input + value · tensor1 · tensor2"""
    def addcmul_(self, tensor1: Tensor, tensor2: Tensor, *old: Any, value: _Operand = 1) -> Tensor:
        """In-place form of `addcmul`: input + value · tensor1 · tensor2"""
    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: _complex = 1, alpha: _complex = 1) -> Tensor:
        """beta · input + alpha · (mat1 @ mat2): mat1 (n, k), mat2 (k, m), input broadcasts to (n, m). RuntimeError for other shapes or mixed dtypes."""
    def addmm_(self, mat1: Tensor, mat2: Tensor, *, beta: _complex = 1, alpha: _complex = 1) -> Tensor:
        """In-place form of `addmm`: beta · input + alpha · (mat1 @ mat2): mat1 (n, k), mat2 (k, m), input broadcasts to (n, m). RuntimeError for …"""
    def addmv(self, mat: Tensor, vec: Tensor, *, beta: _complex = 1, alpha: _complex = 1) -> Tensor:
        """beta · input + alpha · (mat @ vec): mat (n, k), vec (k), input broadcasts to (n). RuntimeError for other shapes or mixed dtypes."""
    def addmv_(self, mat: Tensor, vec: Tensor, *, beta: _complex = 1, alpha: _complex = 1) -> Tensor:
        """In-place form of `addmv`: beta · input + alpha · (mat @ vec): mat (n, k), vec (k), input broadcasts to (n). RuntimeError for other shapes …"""
    def addr(self, vec1: Tensor, vec2: Tensor, *, beta: _complex = 1, alpha: _complex = 1) -> Tensor:
        """beta · input + alpha · (vec1 ⊗ vec2): vec1 (n), vec2 (m), input broadcasts to (n, m). Dtypes are promoted; for bool, · is and, + is or."""
    def addr_(self, vec1: Tensor, vec2: Tensor, *, beta: _complex = 1, alpha: _complex = 1) -> Tensor:
        """In-place form of `addr`: beta · input + alpha · (vec1 ⊗ vec2): vec1 (n), vec2 (m), input broadcasts to (n, m). Dtypes are promoted; for …"""
    def adjoint(self) -> Tensor:
        """The last two axes exchanged, complex values conjugated."""
    def all(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """Whether no element over the axes `dim` (all by default) is 0: a bool tensor, for uint8 a uint8 one."""
    def allclose(self, other: _Operand, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> _bool:
        """Whether all elements are close, as isclose has it."""
    def amax(self, dim: _int | Sequence[_int] = (), keepdim: _bool = False) -> Tensor:
        """The greatest elements over the axes `dim` (all by default); ties share the gradient."""
    def amin(self, dim: _int | Sequence[_int] = (), keepdim: _bool = False) -> Tensor:
        """The least elements over the axes `dim` (all by default); ties share the gradient."""
    def aminmax(self, *, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> _return_types.aminmax:
        """The least and the greatest elements over axis `dim` (over all by default): (min, max)."""
    def angle(self) -> Tensor:
        """The argument of complex numbers in (-π, π]; of real ones 0, or π below 0"""
    def any(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """Whether an element over the axes `dim` (all by default) is not 0: a bool tensor, for uint8 a uint8 one."""
    def apply_(self, callable: Any) -> Tensor:
        """Each element replaced by `callable(element)`, in place. One Python call an element; TypeError for a tensor that requires grad."""
    def arccos(self) -> Tensor:
        """The angle whose cosine is x"""
    def arccos_(self) -> Tensor:
        """In-place form of `acos`: The angle whose cosine is x"""
    def arccosh(self) -> Tensor:
        """The number, not below 0, whose hyperbolic cosine is x"""
    def arccosh_(self) -> Tensor:
        """In-place form of `acosh`: The number, not below 0, whose hyperbolic cosine is x"""
    def arcsin(self) -> Tensor:
        """The angle whose sine is x"""
    def arcsin_(self) -> Tensor:
        """In-place form of `asin`: The angle whose sine is x"""
    def arcsinh(self) -> Tensor:
        """The number whose hyperbolic sine is x"""
    def arcsinh_(self) -> Tensor:
        """In-place form of `asinh`: The number whose hyperbolic sine is x"""
    def arctan(self) -> Tensor:
        """The angle whose tangent is x"""
    def arctan2(self, other: _Operand) -> Tensor:
        """The angle of the point (y, x) in (-π, π]"""
    def arctan2_(self, other: _Operand) -> Tensor:
        """In-place form of `atan2`: The angle of the point (y, x) in (-π, π]"""
    def arctan_(self) -> Tensor:
        """In-place form of `atan`: The angle whose tangent is x"""
    def arctanh(self) -> Tensor:
        """The number whose hyperbolic tangent is x"""
    def arctanh_(self) -> Tensor:
        """In-place form of `atanh`: The number whose hyperbolic tangent is x"""
    def argmax(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """The index of the greatest element along axis `dim`, the first of equal ones (without `dim`: in the flattened tensor)."""
    def argmin(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """The index of the least element along axis `dim`, the first of equal ones (without `dim`: in the flattened tensor)."""
    def argsort(self, dim: _int = -1, descending: _bool = False, stable: _bool = False) -> Tensor:
        """The indices that put the elements in ascending order along axis `dim`."""
    def argwhere(self) -> Tensor:
        """The places of all elements other than 0, one a row, in row-major order."""
    def as_strided(self, size: _int | Sequence[_int], stride: _int | Sequence[Any] | None, storage_offset: _int | None = None) -> Tensor:
        """A view of the storage with any shape, strides and offset (in elements). RuntimeError if it would reach outside."""
    def as_strided_(self, size: _int | Sequence[_int], stride: _int | Sequence[Any] | None, storage_offset: _int | None = None) -> Tensor:
        """`as_strided` in place: this tensor sees its memory so from now on."""
    def as_strided_scatter(
        self, src: Tensor, size: _int | Sequence[_int], stride: _int | Sequence[Any] | None, storage_offset: _int | None = None,
    ) -> Tensor:
        """`input` with `src` at the elements that `input.as_strided(size, stride, storage_offset)` reads."""
    def as_subclass(self, cls: Any) -> Tensor:
        """The same memory, and the same place in autograd, as an instance of a subclass of Tensor."""
    def asin(self) -> Tensor:
        """The angle whose sine is x"""
    def asin_(self) -> Tensor:
        """In-place form of `asin`: The angle whose sine is x"""
    def asinh(self) -> Tensor:
        """The number whose hyperbolic sine is x"""
    def asinh_(self) -> Tensor:
        """In-place form of `asinh`: The number whose hyperbolic sine is x"""
    def atan(self) -> Tensor:
        """The angle whose tangent is x"""
    def atan2(self, other: _Operand) -> Tensor:
        """The angle of the point (y, x) in (-π, π]"""
    def atan2_(self, other: _Operand) -> Tensor:
        """In-place form of `atan2`: The angle of the point (y, x) in (-π, π]"""
    def atan_(self) -> Tensor:
        """In-place form of `atan`: The angle whose tangent is x"""
    def atanh(self) -> Tensor:
        """The number whose hyperbolic tangent is x"""
    def atanh_(self) -> Tensor:
        """In-place form of `atanh`: The number whose hyperbolic tangent is x"""
    def backward(self, gradient: Tensor | None = None, retain_graph: _bool | None = None, create_graph: _bool = False, inputs: Any = None) -> None:
        """Add to the `.grad` of the leaves that led here the gradient of this tensor (times `gradient`; a scalar needs none)."""
    def baddbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _complex = 1, alpha: _complex = 1) -> Tensor:
        """beta · input + alpha · (batch1 @ batch2): batch1 (b, n, k), batch2 (b, k, m), input broadcasts to (b, n, m). RuntimeError for other shapes …"""
    def baddbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _complex = 1, alpha: _complex = 1) -> Tensor:
        """In-place form of `baddbmm`: beta · input + alpha · (batch1 @ batch2): batch1 (b, n, k), batch2 (b, k, m), input broadcasts to (b, n, m). …"""
    def bernoulli(self, p: Any = None, *, generator: _Generator | None = None) -> Tensor:
        """1 with the probability that each element of `input` gives (or with probability `p`), else 0."""
    def bernoulli_(self, p: Any = 0.5, *, generator: _Generator | None = None) -> Tensor:
        """Fill with 1 with probability `p` (a number, or a tensor of the same shape), else 0."""
    def bfloat16(self, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor as torch.bfloat16."""
    def bincount(self, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
        """How often each whole number from 0 on occurs in a vector, or the sum of the weights of its occurrences."""
    def bitwise_and(self, other: _Operand) -> Tensor:
        """The bits set in both"""
    def bitwise_and_(self, other: _Operand) -> Tensor:
        """In-place form of `bitwise_and`: The bits set in both"""
    def bitwise_left_shift(self, other: _Operand) -> Tensor:
        """x · 2^y, bits beyond the type lost; 0 for a shift that is negative or as wide as the type"""
    def bitwise_left_shift_(self, other: _Operand) -> Tensor:
        """In-place form of `bitwise_left_shift`: x · 2^y, bits beyond the type lost; 0 for a shift that is negative or as wide as the type"""
    def bitwise_not(self) -> Tensor:
        """The bits not set; of truth values the opposite"""
    def bitwise_not_(self) -> Tensor:
        """In-place form of `bitwise_not`: The bits not set; of truth values the opposite"""
    def bitwise_or(self, other: _Operand) -> Tensor:
        """The bits set in either"""
    def bitwise_or_(self, other: _Operand) -> Tensor:
        """In-place form of `bitwise_or`: The bits set in either"""
    def bitwise_right_shift(self, other: _Operand) -> Tensor:
        """⌊x / 2^y⌋; a shift that is negative or as wide as the type leaves the sign only"""
    def bitwise_right_shift_(self, other: _Operand) -> Tensor:
        """In-place form of `bitwise_right_shift`: ⌊x / 2^y⌋; a shift that is negative or as wide as the type leaves the sign only"""
    def bitwise_xor(self, other: _Operand) -> Tensor:
        """The bits set in exactly one"""
    def bitwise_xor_(self, other: _Operand) -> Tensor:
        """In-place form of `bitwise_xor`: The bits set in exactly one"""
    def bmm(self, mat2: Tensor) -> Tensor:
        """Products of matrices in batches: (b, n, k) and (b, k, m) -> (b, n, m)"""
    def bool(self, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor as torch.bool."""
    def broadcast_to(self, *sizes: _int | Sequence[_int], size: _int | Sequence[_int] | None = None, implicit: _bool = False) -> Tensor:
        """Axes of size 1 repeated without copying, to the sizes given; -1 keeps an axis."""
    def byte(self, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor as torch.uint8."""
    def cauchy_(self, median: _float = 0.0, sigma: _float = 1.0, *, generator: _Generator | None = None) -> Tensor:
        """Fill with Cauchy numbers."""
    def ccol_indices(self, *args: Any) -> Tensor:
        """RuntimeError: an ordinary tensor lists nothing."""
    def cdouble(self, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor as torch.complex128."""
    def ceil(self) -> Tensor:
        """The least whole number not below x"""
    def ceil_(self) -> Tensor:
        """In-place form of `ceil`: The least whole number not below x"""
    def cfloat(self, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor as torch.complex64."""
    def char(self, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor as torch.int8."""
    def cholesky(self, upper: _bool = False) -> Tensor:
        """L with input = L Lᴴ, or U with input = Uᴴ U. Deprecated: linalg.cholesky is its successor."""
    def cholesky_inverse(self, upper: _bool = False) -> Tensor:
        """The inverse of A from its Cholesky factor `input` (…, n, n), lower or upper. LinAlgError if the factor has a 0 on its diagonal."""
    def cholesky_solve(self, input2: Tensor, upper: _bool = False) -> Tensor:
        """X with A X = input, from the Cholesky factor `input2` of A, lower or upper: (…, n, k) and (…, n, n); leading axes broadcast."""
    def chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """At most `chunks` pieces of equal size along axis `dim` (the last may be smaller): views."""
    def clamp(self, min: _Operand | None = None, max: _Operand | None = None) -> Tensor:
        """`input` with what is below `min` raised to it and what is above `max` lowered to it; both bounds numbers or both tensors."""
    def clamp_(self, min: _Operand | None = None, max: _Operand | None = None) -> Tensor:
        """In-place form of `clamp`: `input` with what is below `min` raised to it and what is above `max` lowered to it; both bounds numbers or both …"""
    def clamp_max(self, max: _Operand) -> Tensor:
        """`input` with what is above `max` (a number or a tensor) lowered to it."""
    def clamp_max_(self, max: _Operand) -> Tensor:
        """In-place form of `clamp_max`: `input` with what is above `max` (a number or a tensor) lowered to it."""
    def clamp_min(self, min: _Operand) -> Tensor:
        """`input` with what is below `min` (a number or a tensor) raised to it."""
    def clamp_min_(self, min: _Operand) -> Tensor:
        """In-place form of `clamp_min`: `input` with what is below `min` (a number or a tensor) raised to it."""
    def clip(self, min: _Operand | None = None, max: _Operand | None = None) -> Tensor:
        """`input` with what is below `min` raised to it and what is above `max` lowered to it; both bounds numbers or both tensors."""
    def clip_(self, min: _Operand | None = None, max: _Operand | None = None) -> Tensor:
        """In-place form of `clamp`: `input` with what is below `min` raised to it and what is above `max` lowered to it; both bounds numbers or both …"""
    def clone(self, *, memory_format: _memory_format | None = None) -> Tensor:
        """A copy in memory of its own, with the same order of axes in memory unless `memory_format` names another."""
    def coalesce(self) -> Tensor:
        """The tensor itself: conjugation and negation are never put off here."""
    def col_indices(self, *args: Any) -> Tensor:
        """RuntimeError: an ordinary tensor lists nothing."""
    def conj(self) -> Tensor:
        """The complex conjugate; a real tensor itself."""
    def conj_physical(self) -> Tensor:
        """The complex conjugate; a real tensor itself."""
    def conj_physical_(self) -> Tensor:
        """In-place form of `conj_physical`: The complex conjugate; a real tensor itself."""
    def const_data_ptr(self) -> _int:
        """The address of the first element, for reading."""
    def contiguous(self, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor itself if its elements lie in row-major order (or in `memory_format`), else such a copy."""
    def copy_(self, src: _Operand, non_blocking: _bool = False) -> Tensor:
        """Write `src`, broadcast and converted, into `input`."""
    def copysign(self, other: _Operand) -> Tensor:
        """|x| with the sign of y"""
    def copysign_(self, other: _Operand) -> Tensor:
        """In-place form of `copysign`: |x| with the sign of y"""
    def corrcoef(self) -> Tensor:
        """The correlation coefficients of variables in rows (a vector is one variable), in [-1, 1]."""
    def cos(self) -> Tensor:
        """The cosine"""
    def cos_(self) -> Tensor:
        """In-place form of `cos`: The cosine"""
    def cosh(self) -> Tensor:
        """The hyperbolic cosine"""
    def cosh_(self) -> Tensor:
        """In-place form of `cosh`: The hyperbolic cosine"""
    def count_nonzero(self, dim: _int | Sequence[_int] | None = None) -> Tensor:
        """How many elements other than 0 there are, along the axes `dim` (all by default)."""
    def cov(self, *, correction: _int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
        """The covariance matrix of variables in rows and observations in columns (a vector is one variable)."""
    def cpu(self, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor on the CPU."""
    def cross(self, other: Tensor, dim: _int | None = None) -> Tensor:
        """The cross product of vectors along axis `dim`, by default (deprecated) the first axis of size 3."""
    def crow_indices(self, *args: Any) -> Tensor:
        """RuntimeError: an ordinary tensor lists nothing."""
    def cuda(self, device: _DeviceLike | None = None, non_blocking: _bool = False, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor on a CUDA device: refused, with the reason, where there is none."""
    def cummax(self, dim: _int) -> _return_types.cummax:
        """The running greatest values along axis `dim`, and where each last stood: (values, indices)."""
    def cummin(self, dim: _int) -> _return_types.cummin:
        """The running least values along axis `dim`, and where each last stood: (values, indices)."""
    def cumprod(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """The running products Π_{j ≤ k} along axis `dim`. Integers give int64; `dtype` converts the input first."""
    def cumprod_(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """In-place form of `cumprod`: The running products Π_{j ≤ k} along axis `dim`. Integers give int64; `dtype` converts the input first."""
    def cumsum(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """The running sums Σ_{j ≤ k} along axis `dim`. Integers give int64; `dtype` converts the input first."""
    def cumsum_(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """In-place form of `cumsum`: The running sums Σ_{j ≤ k} along axis `dim`. Integers give int64; `dtype` converts the input first."""
    @property
    def data(self) -> Tensor:
        """The same memory, cut off from autograd, with a version counter of its own."""
    @data.setter
    def data(self, value: Tensor) -> None: ...
    def data_ptr(self) -> _int:
        """The address of the first element."""
    def deg2rad(self) -> Tensor:
        """x · π / 180"""
    def deg2rad_(self) -> Tensor:
        """In-place form of `deg2rad`: x · π / 180"""
    def dense_dim(self, *args: Any) -> Tensor:
        """RuntimeError: an ordinary tensor lists nothing."""
    def det(self) -> Tensor:
        """`linalg.det` under its older name."""
    def detach(self) -> Tensor:
        """The same memory, cut off from autograd. Writes count up the same version."""
    def detach_(self) -> Tensor:
        """Cut this tensor off from what produced it."""
    @property
    def device(self) -> _device:
        """Where the memory is."""
    def diag(self, diagonal: _int = 0) -> Tensor:
        """The matrix with a vector on its diagonal, or the diagonal of a matrix (a copy)."""
    def diag_embed(self, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
        """The last axis on a diagonal of two new axes, zeros elsewhere."""
    def diagflat(self, offset: _int = 0) -> Tensor:
        """The matrix with all elements, in row-major order, on its diagonal."""
    def diagonal(self, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """The diagonal of two axes as a last axis: a view."""
    def diagonal_scatter(self, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """`input` with `src` on a diagonal of two axes."""
    def diff(self, n: _int = 1, dim: _int = -1, prepend: Tensor | None = None, append: Tensor | None = None) -> Tensor:
        """The `n`-th differences along axis `dim`, out[k] = x[k + 1] - x[k], of the input between `prepend` and `append`."""
    def digamma(self) -> Tensor:
        """Γ'(x) / Γ(x)"""
    def digamma_(self) -> Tensor:
        """In-place form of `digamma`: Γ'(x) / Γ(x)"""
    def dim(self) -> _int:
        """The number of axes."""
    def dim_order(self, *, ambiguity_check: _bool = False) -> tuple[_int, ...]:
        """The axes from the outermost in memory to the innermost: (0, 2, 3, 1) for channels_last."""
    def dist(self, other: _Operand, p: Any = 2) -> Tensor:
        """The p-norm of input - other."""
    def div(self, other: _Operand, *, rounding_mode: _str | None = None) -> Tensor:
        """input / other; rounding_mode "floor" rounds the quotient down, "trunc" towards 0 (both keep integers integers)."""
    def div_(self, other: _Operand, *, rounding_mode: _str | None = None) -> Tensor:
        """In-place form of `div`: input / other; rounding_mode "floor" rounds the quotient down, "trunc" towards 0 (both keep integers integers)."""
    def divide(self, other: _Operand, *, rounding_mode: _str | None = None) -> Tensor:
        """input / other; rounding_mode "floor" rounds the quotient down, "trunc" towards 0 (both keep integers integers)."""
    def divide_(self, other: _Operand, *, rounding_mode: _str | None = None) -> Tensor:
        """In-place form of `div`: input / other; rounding_mode "floor" rounds the quotient down, "trunc" towards 0 (both keep integers integers)."""
    def dot(self, tensor: Tensor) -> Tensor:
        """Σ input · tensor of two vectors of one length"""
    def double(self, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor as torch.float64."""
    def dsplit(self, *args: Any, indices: Any = None, sections: Any = None) -> tuple[Tensor, ...]:
        """Equal pieces, or those between indices, along axis 2: views."""
    def eig(self, *args: Any, **kwargs: Any) -> Tensor:
        """Removed: RuntimeError. `torch.linalg.eig(A)` gives complex eigenvalues and eigenvectors, `torch.linalg.eigvals(A)` the eigenvalues alone."""
    def element_size(self) -> _int:
        """Bytes an element."""
    def eq(self, other: _Operand) -> Tensor:
        """x == y"""
    def eq_(self, other: _Operand) -> Tensor:
        """In-place form of `eq`: x == y"""
    def equal(self, other: Tensor) -> _bool:
        """Whether both have the same shape and the same values."""
    def erf(self) -> Tensor:
        """2/√π ∫_0^x e^-t² dt"""
    def erf_(self) -> Tensor:
        """In-place form of `erf`: 2/√π ∫_0^x e^-t² dt"""
    def erfc(self) -> Tensor:
        """1 - erf(x), accurate where it is small"""
    def erfc_(self) -> Tensor:
        """In-place form of `erfc`: 1 - erf(x), accurate where it is small"""
    def erfinv(self) -> Tensor:
        """The number whose error function is x: infinite at -1 and 1, NaN beyond"""
    def erfinv_(self) -> Tensor:
        """In-place form of `erfinv`: The number whose error function is x: infinite at -1 and 1, NaN beyond"""
    def exp(self) -> Tensor:
        """e ** input"""
    def exp2(self) -> Tensor:
        """2 ** x"""
    def exp2_(self) -> Tensor:
        """In-place form of `exp2`: 2 ** x"""
    def exp_(self) -> Tensor:
        """In-place form of `exp`: e ** input"""
    def expand(self, *sizes: _int | Sequence[_int], size: _int | Sequence[_int] | None = None, implicit: _bool = False) -> Tensor:
        """Axes of size 1 repeated without copying, to the sizes given; -1 keeps an axis."""
    def expand_as(self, other: Tensor) -> Tensor:
        """`input.expand(other.shape)`"""
    def expm1(self) -> Tensor:
        """e^x - 1, accurate near 0"""
    def expm1_(self) -> Tensor:
        """In-place form of `expm1`: e^x - 1, accurate near 0"""
    def exponential_(self, lambd: _float = 1.0, *, generator: _Generator | None = None) -> Tensor:
        """Fill with numbers of density lambd · e^(-lambd x)."""
    def fill_(self, value: _Operand) -> Tensor:
        """Write `value` (a number or a 0-d tensor) to every element."""
    def fill_diagonal_(self, fill_value: _Operand, wrap: _bool = False) -> Tensor:
        """Write a number to the main diagonal (of more than two axes, all of one size: where all indices are equal)."""
    def fix(self) -> Tensor:
        """x without its fraction"""
    def fix_(self) -> Tensor:
        """In-place form of `trunc`: x without its fraction"""
    def flatten(self, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
        """Axes start_dim … end_dim as one axis."""
    def flip(self, *args: Any, dims: _int | Sequence[_int] | None = None) -> Tensor:
        """The elements in reverse order along the axes `dims`: a copy."""
    def fliplr(self) -> Tensor:
        """The elements in reverse order along axis 1."""
    def flipud(self) -> Tensor:
        """The elements in reverse order along axis 0."""
    def float(self, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor as torch.float32."""
    def float_power(self, exponent: _Operand) -> Tensor:
        """input ** exponent in double precision."""
    def float_power_(self, exponent: _Operand) -> Tensor:
        """input ** exponent in place, for tensors in double precision."""
    def floor(self) -> Tensor:
        """The greatest whole number not above x"""
    def floor_(self) -> Tensor:
        """In-place form of `floor`: The greatest whole number not above x"""
    def floor_divide(self, other: _Operand) -> Tensor:
        """⌊x / y⌋, for which PyTorch has no derivative. RuntimeError for an integer divided by 0."""
    def floor_divide_(self, other: _Operand) -> Tensor:
        """In-place form of `floor_divide`: ⌊x / y⌋, for which PyTorch has no derivative. RuntimeError for an integer divided by 0."""
    def fmax(self, other: _Operand) -> Tensor:
        """The greater of x and y, the other where one is NaN; of equals the first has the gradient"""
    def fmin(self, other: _Operand) -> Tensor:
        """The lesser of x and y, the other where one is NaN; of equals the first has the gradient"""
    def fmod(self, other: _Operand) -> Tensor:
        """x - y · trunc(x / y), with the sign of x. RuntimeError for an integer divided by 0."""
    def fmod_(self, other: _Operand) -> Tensor:
        """In-place form of `fmod`: x - y · trunc(x / y), with the sign of x. RuntimeError for an integer divided by 0."""
    def frac(self) -> Tensor:
        """x - trunc(x)"""
    def frac_(self) -> Tensor:
        """In-place form of `frac`: x - trunc(x)"""
    def frexp(self) -> _return_types.frexp:
        """(mantissa, exponent) with input = mantissa · 2^exponent and 1/2 <= |mantissa| < 1. RuntimeError unless floating."""
    def gather(self, dim: _int, index: Tensor, *, sparse_grad: _bool = False) -> Tensor:
        """out[…, k, …] = input[…, index[…, k, …], …] on axis `dim`; the result has the shape of the index."""
    def gcd(self, other: _Operand) -> Tensor:
        """The greatest common divisor of |x| and |y|"""
    def gcd_(self, other: _Operand) -> Tensor:
        """In-place form of `gcd`: The greatest common divisor of |x| and |y|"""
    def ge(self, other: _Operand) -> Tensor:
        """x >= y"""
    def ge_(self, other: _Operand) -> Tensor:
        """In-place form of `ge`: x >= y"""
    def geometric_(self, p: Any, *, generator: _Generator | None = None) -> Tensor:
        """Fill with the number of trials of probability `p` until the first success."""
    def geqrf(self) -> _return_types.geqrf:
        """(a, tau) of the QR decomposition in LAPACK's form: R on and above the diagonal of `a`, below it the vectors of the reflections whose …"""
    def ger(self, vec2: Tensor) -> Tensor:
        """`outer(input, vec2)` under its older name."""
    def get_device(self) -> _int:
        """The device's number; -1 on the CPU."""
    @property
    def grad(self) -> Tensor | None:
        """The accumulated gradient; None before the first backward."""
    @grad.setter
    def grad(self, value: Tensor | None) -> None: ...
    @property
    def grad_fn(self) -> GradNode | None:
        """The operation that produced it, as autograd knows it."""
    def greater(self, other: _Operand) -> Tensor:
        """x > y"""
    def greater_(self, other: _Operand) -> Tensor:
        """In-place form of `gt`: x > y"""
    def greater_equal(self, other: _Operand) -> Tensor:
        """x >= y"""
    def greater_equal_(self, other: _Operand) -> Tensor:
        """In-place form of `ge`: x >= y"""
    def gt(self, other: _Operand) -> Tensor:
        """x > y"""
    def gt_(self, other: _Operand) -> Tensor:
        """In-place form of `gt`: x > y"""
    def half(self, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor as torch.float16."""
    def hardshrink(self, lambd: _float = 0.5) -> Tensor:
        """x, and 0 in [-lambd, lambd]."""
    def hash_tensor(self, dim: _int | Sequence[_int] = (), *, keepdim: _bool = False, mode: _int = 0) -> Tensor:
        """A hash of the elements over the axes `dim` (all by default): the exclusive or of their bits, uint64. RuntimeError for another mode than 0."""
    def heaviside(self, values: _Operand) -> Tensor:
        """0 below 0, `values` at 0, 1 above. RuntimeError for two dtypes."""
    def heaviside_(self, values: _Operand) -> Tensor:
        """In-place form of `heaviside`: 0 below 0, `values` at 0, 1 above. RuntimeError for two dtypes."""
    def histc(self, bins: _int = 100, min: _Operand = 0, max: _Operand = 0) -> Tensor:
        """How many elements fall into each of `bins` equal bins from `min` to `max` (by default from the least to the greatest element)."""
    def histogram(self, bins: Any, *, range: Any = None, weight: Tensor | None = None, density: _bool = False) -> _return_types.histogram:
        """How much of `weight` (1 each) falls into each bin: (hist, bin_edges)."""
    def hsplit(self, *args: Any, indices: Any = None, sections: Any = None) -> tuple[Tensor, ...]:
        """Equal pieces, or those between indices, along axis 1 (axis 0 of a vector): views."""
    def hypot(self, other: _Operand) -> Tensor:
        """√(x² + y²), without overflow"""
    def hypot_(self, other: _Operand) -> Tensor:
        """In-place form of `hypot`: √(x² + y²), without overflow"""
    def i0(self) -> Tensor:
        """I_0, the modified Bessel function of the first kind of order 0"""
    def i0_(self) -> Tensor:
        """In-place form of `i0`: I_0, the modified Bessel function of the first kind of order 0"""
    def igamma(self, other: _Operand) -> Tensor:
        """1/Γ(a) ∫_0^x t^(a-1) e^-t dt"""
    def igamma_(self, other: _Operand) -> Tensor:
        """In-place form of `igamma`: 1/Γ(a) ∫_0^x t^(a-1) e^-t dt"""
    def igammac(self, other: _Operand) -> Tensor:
        """1/Γ(a) ∫_x^∞ t^(a-1) e^-t dt"""
    def igammac_(self, other: _Operand) -> Tensor:
        """In-place form of `igammac`: 1/Γ(a) ∫_x^∞ t^(a-1) e^-t dt"""
    @property
    def imag(self) -> Tensor:
        """The imaginary parts: a view. RuntimeError for a real tensor."""
    def index_add(self, dim: _int, index: Tensor, source: Tensor, *, alpha: _complex = 1) -> Tensor:
        """`input` with alpha * source[…, k, …] added at […, index[k], …] on axis `dim`, each repetition counted."""
    def index_add_(self, dim: _int, index: Tensor, source: Tensor, *, alpha: _complex = 1) -> Tensor:
        """In-place form of `index_add`: `input` with alpha * source[…, k, …] added at […, index[k], …] on axis `dim`, each repetition counted."""
    def index_copy(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """`input` with source[…, k, …] written at […, index[k], …] on axis `dim`."""
    def index_copy_(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """In-place form of `index_copy`: `input` with source[…, k, …] written at […, index[k], …] on axis `dim`."""
    def index_fill(self, dim: _int, index: Tensor, value: _Operand) -> Tensor:
        """`input` with `value` (a number or a 0-d tensor) at […, index[k], …] on axis `dim`."""
    def index_fill_(self, dim: _int, index: Tensor, value: _Operand) -> Tensor:
        """In-place form of `index_fill`: `input` with `value` (a number or a 0-d tensor) at […, index[k], …] on axis `dim`."""
    def index_put(self, indices: Any, values: Tensor, accumulate: _bool = False) -> Tensor:
        """`input` with `values`, broadcast, written at `indices` (one tensor of positions or mask an axis), or added to what is there."""
    def index_put_(self, indices: Any, values: Tensor, accumulate: _bool = False) -> Tensor:
        """`index_put` in the memory of `input`."""
    def index_reduce(self, dim: _int, index: Tensor, source: Tensor, reduce: _str, *, include_self: _bool = True) -> Tensor:
        """`input` with the slices of `source` that `index` sends to a place of axis `dim` combined there: 'prod', 'mean', 'amax' or 'amin'."""
    def index_reduce_(self, dim: _int, index: Tensor, source: Tensor, reduce: _str, *, include_self: _bool = True) -> Tensor:
        """In-place form of `index_reduce`: `input` with the slices of `source` that `index` sends to a place of axis `dim` combined there: 'prod', …"""
    def index_select(self, dim: _int, index: Tensor) -> Tensor:
        """out[…, k, …] = input[…, index[k], …] on axis `dim`, for a vector of positions (IndexError if it is none or out of range)."""
    def indices(self, *args: Any) -> Tensor:
        """RuntimeError: an ordinary tensor lists nothing."""
    def inner(self, other: Tensor) -> Tensor:
        """Σ over the last axes: (…, k) and (*, k) -> (…, *); a 0-d operand scales the other."""
    def int(self, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor as torch.int32."""
    def inverse(self) -> Tensor:
        """`linalg.inv` under its older name."""
    def is_coalesced(self, *args: Any) -> Tensor:
        """RuntimeError: an ordinary tensor lists nothing."""
    def is_complex(self) -> _bool:
        """Whether the dtype is a complex one."""
    def is_conj(self) -> _bool:
        """Whether conjugation is put off (never here)."""
    def is_contiguous(self, memory_format: _memory_format | None = None) -> _bool:
        """Whether the elements lie in row-major order (or in `memory_format`)."""
    @property
    def is_cpu(self) -> _bool:
        """Whether the memory is the CPU's."""
    is_cuda: _bool
    def is_distributed(self, *args: Any) -> _bool:
        """Whether it is so (pinned for copies to a device, spread over processes): never here."""
    def is_floating_point(self) -> _bool:
        """Whether the dtype is a floating one."""
    is_hpu: _bool
    def is_inference(self) -> _bool:
        """Whether it was made under inference_mode."""
    is_ipu: _bool
    @property
    def is_leaf(self) -> _bool:
        """Whether no operation produced it (or none that autograd knows of)."""
    is_maia: _bool
    @property
    def is_meta(self) -> _bool:
        """Whether there is only a shape and a dtype, no memory."""
    is_mkldnn: _bool
    is_mps: _bool
    is_mtia: _bool
    def is_neg(self) -> _bool:
        """Whether conjugation is put off (never here)."""
    is_nested: _bool
    def is_nonzero(self) -> _bool:
        """Whether the one element is not zero. RuntimeError for any other number of elements."""
    is_ort: _bool
    def is_pinned(self, *args: Any) -> _bool:
        """Whether it is so (pinned for copies to a device, spread over processes): never here."""
    is_quantized: _bool
    def is_same_size(self, other: Tensor) -> _bool:
        """Whether two tensors have the same shape."""
    def is_set_to(self, other: _Operand) -> _bool:
        """Whether both are the same view of the same storage."""
    def is_shared(self) -> _bool:
        """Whether other processes may see the memory."""
    def is_signed(self) -> _bool:
        """Whether the dtype holds negative numbers."""
    is_sparse: _bool
    is_sparse_csr: _bool
    is_vulkan: _bool
    is_xla: _bool
    is_xpu: _bool
    def isclose(self, other: _Operand, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> Tensor:
        """Whether |input - other| <= atol + rtol · |other|, element by element. RuntimeError for two dtypes or negative tolerances."""
    def isfinite(self) -> Tensor:
        """Whether x is neither infinite nor NaN (in both parts)"""
    def isinf(self) -> Tensor:
        """Whether x is infinite (in either part)"""
    def isnan(self) -> Tensor:
        """Whether x is NaN (in either part)"""
    def isneginf(self) -> Tensor:
        """Whether x is -inf"""
    def isposinf(self) -> Tensor:
        """Whether x is +inf"""
    def isreal(self) -> Tensor:
        """Whether the imaginary part is 0"""
    def istft(
        self, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None, window: Any = None, center: _bool = True,
        normalized: _bool = False, onesided: _bool | None = None, length: _int | None = None, return_complex: _bool = False,
    ) -> Tensor:
        """The signal whose stft, with the same arguments, is nearest to `input`: windows of the inverse transforms are added up, and divided by the …"""
    def item(self) -> Any:
        """The one value as a Python number. RuntimeError for more or fewer elements than one."""
    @property
    def itemsize(self) -> _int:
        """Bytes an element."""
    def kron(self, other: Tensor) -> Tensor:
        """The Kronecker product: every element of `input` times all of `other`, block beside block. Axes are aligned from the last."""
    def kthvalue(self, k: _int, dim: _int = -1, keepdim: _bool = False) -> _return_types.kthvalue:
        """The `k`-th least element along axis `dim` (counted from 1), and where it stood: (values, indices)."""
    @property
    def layout(self) -> Any:
        """How elements are stored: always strided."""
    def lcm(self, other: _Operand) -> Tensor:
        """The least common multiple of |x| and |y|"""
    def lcm_(self, other: _Operand) -> Tensor:
        """In-place form of `lcm`: The least common multiple of |x| and |y|"""
    def ldexp(self, other: _Operand) -> Tensor:
        """x · 2^y; whole exponents of floating numbers never overflow on the way"""
    def ldexp_(self, other: _Operand) -> Tensor:
        """In-place form of `ldexp`: x · 2^y; whole exponents of floating numbers never overflow on the way"""
    def le(self, other: _Operand) -> Tensor:
        """x <= y"""
    def le_(self, other: _Operand) -> Tensor:
        """In-place form of `le`: x <= y"""
    def lerp(self, end: _Operand, weight: Tensor) -> Tensor:
        """input + weight · (end - input); `weight` is a number or a tensor. RuntimeError for two dtypes, NotImplementedError for integers."""
    def lerp_(self, end: _Operand, weight: Tensor) -> Tensor:
        """In-place form of `lerp`: input + weight · (end - input); `weight` is a number or a tensor. RuntimeError for two dtypes, …"""
    def less(self, other: _Operand) -> Tensor:
        """x < y"""
    def less_(self, other: _Operand) -> Tensor:
        """In-place form of `lt`: x < y"""
    def less_equal(self, other: _Operand) -> Tensor:
        """x <= y"""
    def less_equal_(self, other: _Operand) -> Tensor:
        """In-place form of `le`: x <= y"""
    def lgamma(self) -> Tensor:
        """log |Γ(x)|"""
    def lgamma_(self) -> Tensor:
        """In-place form of `lgamma`: log |Γ(x)|"""
    def log(self) -> Tensor:
        """The natural logarithm of each element"""
    def log10(self) -> Tensor:
        """The logarithm to base 10"""
    def log10_(self) -> Tensor:
        """In-place form of `log10`: The logarithm to base 10"""
    def log1p(self) -> Tensor:
        """log(1 + x), accurate near 0"""
    def log1p_(self) -> Tensor:
        """In-place form of `log1p`: log(1 + x), accurate near 0"""
    def log2(self) -> Tensor:
        """The logarithm to base 2"""
    def log2_(self) -> Tensor:
        """In-place form of `log2`: The logarithm to base 2"""
    def log_(self) -> Tensor:
        """In-place form of `log`: The natural logarithm of each element"""
    def log_normal_(self, mean: _float = 1.0, std: _float = 2.0, *, generator: _Generator | None = None) -> Tensor:
        """Fill with e to the power of normal numbers."""
    def log_softmax(self, dim: _int, dtype: _dtype | None = None) -> Tensor:
        """log(e^x / Σ e^x) along axis `dim`, without overflow; `dtype` converts the input first. NotImplementedError for integers."""
    def logaddexp(self, other: _Operand) -> Tensor:
        """log(e^x + e^y), without overflow"""
    def logaddexp2(self, other: _Operand) -> Tensor:
        """log2(2^x + 2^y), without overflow"""
    def logcumsumexp(self, dim: _int) -> Tensor:
        """log of the running sums of e^input along axis `dim`, without overflow."""
    def logdet(self) -> Tensor:
        """The logarithm of the determinant of each matrix: NaN where it is negative, -inf where it is 0."""
    def logical_and(self, other: _Operand) -> Tensor:
        """Whether neither is 0"""
    def logical_and_(self, other: _Operand) -> Tensor:
        """In-place form of `logical_and`: Whether neither is 0"""
    def logical_not(self) -> Tensor:
        """Whether x is 0"""
    def logical_not_(self) -> Tensor:
        """In-place form of `logical_not`: Whether x is 0"""
    def logical_or(self, other: _Operand) -> Tensor:
        """Whether one is not 0"""
    def logical_or_(self, other: _Operand) -> Tensor:
        """In-place form of `logical_or`: Whether one is not 0"""
    def logical_xor(self, other: _Operand) -> Tensor:
        """Whether exactly one is 0"""
    def logical_xor_(self, other: _Operand) -> Tensor:
        """In-place form of `logical_xor`: Whether exactly one is 0"""
    def logit(self, eps: _float | None = None) -> Tensor:
        """log(x / (1 - x)), with x clamped to [eps, 1 - eps] first if `eps` is given."""
    def logit_(self, eps: _float | None = None) -> Tensor:
        """In-place form of `logit`: log(x / (1 - x)), with x clamped to [eps, 1 - eps] first if `eps` is given."""
    def logsumexp(self, dim: _int | Sequence[_int], keepdim: _bool = False) -> Tensor:
        """log Σ e^x over the axes `dim`, without overflow."""
    def long(self, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor as torch.int64."""
    def lstsq(self, *args: Any, **kwargs: Any) -> Tensor:
        """Removed: RuntimeError. `X = torch.linalg.lstsq(A, B).solution` replaces `X, _ = torch.lstsq(B, A)`: its arguments are the other way round, …"""
    def lt(self, other: _Operand) -> Tensor:
        """x < y"""
    def lt_(self, other: _Operand) -> Tensor:
        """In-place form of `lt`: x < y"""
    def lu(self, pivot: _bool = True, get_infos: _bool = False) -> tuple[Tensor, ...]:
        """(LU, pivots), and with `get_infos` info. Deprecated: linalg.lu_factor is its successor."""
    def lu_solve(self, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
        """X with A X = b from the results of lu_factor. Deprecated: linalg.lu_solve is its successor."""
    @property
    def mH(self) -> Tensor:
        """The last two axes exchanged, complex values conjugated."""
    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged (`x.mT`)."""
    def map2_(self, x: Tensor, y: Tensor, callable: Any) -> Tensor:
        """Each element a replaced by `callable(a, b, c)`, in place, with b and c from two tensors, broadcast."""
    def map_(self, tensor: Tensor, callable: Any) -> Tensor:
        """Each element a replaced by `callable(a, b)`, in place, with b from `tensor`, broadcast."""
    def masked_fill(self, mask: Tensor, value: _Operand) -> Tensor:
        """`value` (a number or a 0-d tensor) where the mask holds, else `input`; in the dtype of `input`."""
    def masked_fill_(self, mask: Tensor, value: _Operand) -> Tensor:
        """In-place form of `masked_fill`: `value` (a number or a 0-d tensor) where the mask holds, else `input`; in the dtype of `input`."""
    def masked_scatter(self, mask: Tensor, source: Tensor) -> Tensor:
        """The elements of `source`, one after the other, where the mask holds, else `input`; mask and input are broadcast."""
    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Tensor:
        """In-place form of `masked_scatter`: The elements of `source`, one after the other, where the mask holds, else `input`; mask and input are …"""
    def masked_select(self, mask: Tensor) -> Tensor:
        """The elements at which the mask holds, both broadcast, as a vector. Looks at the mask: it decides the shape."""
    def matmul(self, other: Tensor) -> Tensor:
        """The matrix product: vectors, matrices, and batches of them by broadcasting, as NumPy's matmul."""
    def matrix_exp(self) -> Tensor:
        """`linalg.matrix_exp` under its older name."""
    def matrix_power(self, n: _int) -> Tensor:
        """`linalg.matrix_power` under its older name."""
    @overload
    def max(self) -> Tensor:
        """max(input): the greatest element. max(input, dim): (values, indices) along an axis. max(input, other): the greater of two, element by …"""
    @overload
    def max(self, other: Tensor) -> Tensor: ...
    @overload
    def max(self, dim: _int, keepdim: _bool = False) -> _return_types.max: ...
    def maximum(self, other: _Operand) -> Tensor:
        """The greater of x and y, NaN if either is; equals share the gradient"""
    def mean(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor:
        """The mean over the axes `dim` (all by default) of a floating or complex tensor; `dtype` converts the input first."""
    @overload
    def median(self) -> Tensor:
        """The median, the lower of two: of all elements, or along an axis with where it stood: (values, indices)."""
    @overload
    def median(self, dim: _int, keepdim: _bool = False) -> _return_types.median: ...
    @overload
    def min(self) -> Tensor:
        """min(input): the least element. min(input, dim): (values, indices) along an axis. min(input, other): the lesser of two, element by element."""
    @overload
    def min(self, other: Tensor) -> Tensor: ...
    @overload
    def min(self, dim: _int, keepdim: _bool = False) -> _return_types.min: ...
    def minimum(self, other: _Operand) -> Tensor:
        """The lesser of x and y, NaN if either is; equals share the gradient"""
    def mm(self, mat2: Tensor) -> Tensor:
        """The product of two matrices (n, k) and (k, m) -> (n, m)"""
    def mode(self, dim: _int = -1, keepdim: _bool = False) -> _return_types.mode:
        """The most frequent element along axis `dim`, and where one of it stood: (values, indices)."""
    def moveaxis(self, source: Tensor, destination: Any) -> Tensor:
        """The axes `source` moved to the places `destination`, the others in order."""
    def movedim(self, source: Tensor, destination: Any) -> Tensor:
        """The axes `source` moved to the places `destination`, the others in order."""
    def msort(self) -> Tensor:
        """The elements in ascending order along the first axis."""
    def mul(self, other: _Operand) -> Tensor:
        """input * other"""
    def mul_(self, other: _Operand) -> Tensor:
        """In-place form of `mul`: input * other"""
    def multinomial(self, num_samples: _int, replacement: _bool = False, *, generator: _Generator | None = None) -> Tensor:
        """Indices drawn with probability in proportion to the weights in `input` (k) or (rows, k) -> (…, num_samples)."""
    def multiply(self, other: _Operand) -> Tensor:
        """input * other"""
    def multiply_(self, other: _Operand) -> Tensor:
        """In-place form of `mul`: input * other"""
    def mv(self, vec: Tensor) -> Tensor:
        """matrix (n, k) · vector (k) -> (n)"""
    def mvlgamma(self, p: _int) -> Tensor:
        """The logarithm of the multivariate gamma function of dimension p. RuntimeError for p below 1."""
    def mvlgamma_(self, p: _int) -> Tensor:
        """In-place form of `mvlgamma`: The logarithm of the multivariate gamma function of dimension p. RuntimeError for p below 1."""
    name: Any
    @property
    def names(self) -> tuple[None, ...]:
        """Axes have no names."""
    def nan_to_num(self, nan: _Operand | None = None, posinf: _Operand | None = None, neginf: _Operand | None = None) -> Tensor:
        """`input` with `nan` (0) for NaN, `posinf` and `neginf` (the greatest and least finite numbers) for the infinities."""
    def nan_to_num_(self, nan: _Operand | None = None, posinf: _Operand | None = None, neginf: _Operand | None = None) -> Tensor:
        """In-place form of `nan_to_num`: `input` with `nan` (0) for NaN, `posinf` and `neginf` (the greatest and least finite numbers) for the …"""
    def nanmean(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor:
        """The mean over the axes `dim` (all by default) of the elements that are not NaN."""
    @overload
    def nanmedian(self) -> Tensor:
        """The median, the lower of two, of what is not NaN: of all elements, or along an axis with where it stood: (values, indices)."""
    @overload
    def nanmedian(self, dim: _int, keepdim: _bool = False) -> _return_types.nanmedian: ...
    def nanquantile(self, q: Any, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear') -> Tensor:
        """`quantile` of the elements that are not NaN."""
    def nansum(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor:
        """Σ over the axes `dim` (all by default), NaN counting as 0. RuntimeError for complex tensors."""
    def narrow(self, dim: _int, start: _Operand, length: _int) -> Tensor:
        """`length` indices of axis `dim` from `start` on."""
    def narrow_copy(self, *args: Any, **kwargs: Any) -> Tensor:
        """A copy where `narrow` makes a view. `length` indices of axis `dim` from `start` on."""
    @property
    def nbytes(self) -> _int:
        """Bytes that the elements take."""
    @property
    def ndim(self) -> _int:
        """The number of axes."""
    def ndimension(self) -> _int:
        """The number of axes."""
    def ne(self, other: _Operand) -> Tensor:
        """x != y"""
    def ne_(self, other: _Operand) -> Tensor:
        """In-place form of `ne`: x != y"""
    def neg(self) -> Tensor:
        """-input"""
    def neg_(self) -> Tensor:
        """In-place form of `neg`: -input"""
    def negative(self) -> Tensor:
        """-input"""
    def negative_(self) -> Tensor:
        """In-place form of `neg`: -input"""
    def nelement(self) -> _int:
        """The number of elements."""
    def new(self, *args: Any) -> Tensor:
        """The old constructor: `t.new(2, 3)` is memory of that shape, not set to anything, `t.new([1, 2])` a copy; the dtype is the tensor's."""
    def new_empty(
        self, *sizes: _int | Sequence[_int], size: _int | Sequence[_int] | None = None, dtype: _dtype | None = None,
        device: _DeviceLike | None = None, requires_grad: _bool = False, layout: Any = None, pin_memory: _bool | None = False,
        memory_format: _memory_format | None = None,
    ) -> Tensor:
        """Values that do not matter, of this tensor's dtype."""
    def new_empty_strided(
        self, size: _int | Sequence[_int], stride: _int | Sequence[Any] | None, *, dtype: _dtype | None = None, device: _DeviceLike | None = None,
        requires_grad: _bool = False, layout: Any = None, pin_memory: _bool | None = False,
    ) -> Tensor:
        """Memory laid out with the given strides, of this tensor's dtype."""
    def new_full(
        self, size: _int | Sequence[_int], fill_value: _Operand, *, dtype: _dtype | None = None, device: _DeviceLike | None = None,
        requires_grad: _bool = False, layout: Any = None, pin_memory: _bool | None = False,
    ) -> Tensor:
        """Every element `fill_value`, of this tensor's dtype."""
    def new_ones(
        self, *sizes: _int | Sequence[_int], size: _int | Sequence[_int] | None = None, dtype: _dtype | None = None,
        device: _DeviceLike | None = None, requires_grad: _bool = False, layout: Any = None, pin_memory: _bool | None = False,
        memory_format: _memory_format | None = None,
    ) -> Tensor:
        """Ones of this tensor's dtype."""
    def new_tensor(
        self, data: Any, *, dtype: _dtype | None = None, device: _DeviceLike | None = None, requires_grad: _bool = False, layout: Any = None,
        pin_memory: _bool | None = False,
    ) -> Tensor:
        """A tensor on a copy of `data`, of this one's dtype unless given."""
    def new_zeros(
        self, *sizes: _int | Sequence[_int], size: _int | Sequence[_int] | None = None, dtype: _dtype | None = None,
        device: _DeviceLike | None = None, requires_grad: _bool = False, layout: Any = None, pin_memory: _bool | None = False,
        memory_format: _memory_format | None = None,
    ) -> Tensor:
        """Zeros of this tensor's dtype."""
    def nextafter(self, other: _Operand) -> Tensor:
        """The number next to x on the way to y"""
    def nextafter_(self, other: _Operand) -> Tensor:
        """In-place form of `nextafter`: The number next to x on the way to y"""
    @overload
    def nonzero(self, *, as_tuple: Literal[False] = False) -> Tensor:
        """The places of all elements other than 0, one a row (n, axes), in row-major order; as_tuple: one vector of positions for each axis."""
    @overload
    def nonzero(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...
    def nonzero_static(self, *, size: _int, fill_value: _int = -1) -> Tensor:
        """`nonzero` cut or filled up with rows of `fill_value` to `size` rows."""
    def norm(self, p: Any = 'fro', dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, dtype: _dtype | None = None) -> Tensor:
        """The norm of all elements, or over the axes `dim`: p is a number, "fro" (2), or for two axes "nuc" (the sum of the singular values)."""
    def normal_(self, mean: _float = 0.0, std: _float = 1.0, *, generator: _Generator | None = None) -> Tensor:
        """Fill with normal numbers."""
    def not_equal(self, other: _Operand) -> Tensor:
        """x != y"""
    def not_equal_(self, other: _Operand) -> Tensor:
        """In-place form of `ne`: x != y"""
    def numel(self) -> _int:
        """The number of elements."""
    def numpy(self, *, force: _bool = False) -> numpy.ndarray:
        """The NumPy array on the same memory: a write through either shows in both."""
    def orgqr(self, input2: Tensor) -> Tensor:
        """`linalg.householder_product` under LAPACK's name."""
    def ormqr(self, tau: Tensor, other: _Operand, left: _bool = True, transpose: _bool = False) -> Tensor:
        """Q · other (other · Q if not `left`; Qᴴ for Q if `transpose`), Q the product of the reflections (input, tau) that geqrf gives."""
    def outer(self, vec2: Tensor) -> Tensor:
        """out[i, j] = input[i] · vec2[j] of two vectors"""
    @property
    def output_nr(self) -> _int:
        """Which output of its grad_fn this is."""
    def permute(self, *order: Any, dims: _int | Sequence[_int] | None = None) -> Tensor:
        """The axes in the order `dims`."""
    def pin_memory(self) -> Tensor:
        """The tensor itself: conjugation and negation are never put off here."""
    def pinverse(self, rcond: _float = 1e-15) -> Tensor:
        """The Moore-Penrose inverse of each matrix; singular values not above rcond · the greatest count as 0."""
    def polygamma(self, n: _int) -> Tensor:
        """The n-th derivative of the digamma function."""
    def polygamma_(self, n: _int) -> Tensor:
        """In-place form of `polygamma`: The n-th derivative of the digamma function."""
    def positive(self) -> Tensor:
        """The tensor itself. RuntimeError for bool tensors."""
    def pow(self, exponent: _Operand) -> Tensor:
        """input ** exponent; one of the two may be a number. RuntimeError for an integer tensor to a negative integer number."""
    def pow_(self, exponent: _Operand) -> Tensor:
        """In-place form of `pow`: input ** exponent; one of the two may be a number. RuntimeError for an integer tensor to a negative integer number."""
    def prelu(self, weight: Tensor) -> Tensor:
        """x above 0, weight · x else: one weight for all, or one for each index of axis 1. RuntimeError for another number of them."""
    def prod(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor:
        """Π over the axis `dim` (over all by default). Integers give int64; `dtype` converts the input first."""
    def put(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """`input` with source[k] written (or added) at the index[k]-th of its elements in row-major order."""
    def put_(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """In-place form of `put`: `input` with source[k] written (or added) at the index[k]-th of its elements in row-major order."""
    def qr(self, some: _bool = True) -> _return_types.qr:
        """(Q, R), reduced or (not `some`) complete. Deprecated: linalg.qr is its successor."""
    def quantile(self, q: Any, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear') -> Tensor:
        """The values below which shares `q` (a number or a vector, in [0, 1]) of the elements along `dim` (of all by default) lie."""
    def rad2deg(self) -> Tensor:
        """x · 180 / π"""
    def rad2deg_(self) -> Tensor:
        """In-place form of `rad2deg`: x · 180 / π"""
    def random_(self, *args: Any, generator: _Generator | None = None, **bounds: Any) -> Tensor:
        """Fill with integers: random_() over the dtype's range, random_(to), random_(from, to); `to` None is the dtype's greatest."""
    def ravel(self) -> Tensor:
        """All elements as one axis."""
    @property
    def real(self) -> Tensor:
        """The real parts: a view (a real tensor is its own)."""
    def reciprocal(self) -> Tensor:
        """1 / x"""
    def reciprocal_(self) -> Tensor:
        """In-place form of `reciprocal`: 1 / x"""
    def record_stream(self, stream: Any) -> None:
        """Say that a stream uses the memory: there are none to wait for."""
    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad)` when this tensor's gradient is computed; a result other than None replaces it."""
    def register_post_accumulate_grad_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(tensor)` after a gradient was added to this leaf's `.grad`."""
    def relu(self, inplace: _bool = False) -> Tensor:
        """max(x, 0), with slope 0 at 0. RuntimeError for bool tensors."""
    def relu_(self, inplace: _bool = False) -> Tensor:
        """In-place form of `relu`: max(x, 0), with slope 0 at 0. RuntimeError for bool tensors."""
    def remainder(self, other: _Operand) -> Tensor:
        """x - y · ⌊x / y⌋, with the sign of y. RuntimeError for an integer divided by 0."""
    def remainder_(self, other: _Operand) -> Tensor:
        """In-place form of `remainder`: x - y · ⌊x / y⌋, with the sign of y. RuntimeError for an integer divided by 0."""
    def renorm(self, p: Any, dim: _int, maxnorm: Any) -> Tensor:
        """Each slice along axis `dim` whose p-norm is above `maxnorm` scaled down to it."""
    def renorm_(self, p: Any, dim: _int, maxnorm: Any) -> Tensor:
        """In-place form of `renorm`: Each slice along axis `dim` whose p-norm is above `maxnorm` scaled down to it."""
    def repeat(self, *args: Any, repeats: Any = None) -> Tensor:
        """`input` laid end to end `repeats[d]` times along each axis (at least one number an axis; more are new axes in front): a copy."""
    def repeat_interleave(self, repeats: Any = None, dim: _int | None = None, *, output_size: _int | None = None) -> Tensor:
        """Each index of axis `dim` repeated `repeats` times (a number, or one for each index), one after the other."""
    @property
    def requires_grad(self) -> _bool:
        """Whether operations on it are recorded for backward."""
    @requires_grad.setter
    def requires_grad(self, value: _bool) -> None: ...
    def requires_grad_(self, requires_grad: _bool = True) -> Tensor:
        """Ask for a gradient of this leaf (in place). RuntimeError for integers, and for turning a computed tensor off."""
    def reshape(self, *sizes: _int | Sequence[_int], shape: _int | Sequence[_int] | None = None) -> Tensor:
        """The elements in row-major order under another shape: a view where possible, else a copy."""
    def reshape_as(self, other: Tensor) -> Tensor:
        """`input.reshape(other.shape)`"""
    def resize(self, *sizes: _int | Sequence[_int]) -> Tensor:
        """The old name of `view`, to a shape of as many elements."""
    def resize_(self, *shape: Any, size: _int | Sequence[_int] | None = None, memory_format: _memory_format | None = None) -> Tensor:
        """`t` with another shape on the same memory, which grows if it must (new elements are zeros here)."""
    def resize_as(self, other: Tensor) -> Tensor:
        """The old name of `view_as`."""
    def resize_as_(self, the_template: Tensor, *, memory_format: _memory_format | None = None) -> Tensor:
        """`input.resize_(the_template.shape)`"""
    def resolve_conj(self) -> Tensor:
        """The tensor itself: conjugation and negation are never put off here."""
    def resolve_neg(self) -> Tensor:
        """The tensor itself: conjugation and negation are never put off here."""
    def retain_grad(self) -> None:
        """Keep the gradient of this computed tensor in `.grad`."""
    @property
    def retains_grad(self) -> _bool:
        """Whether backward fills `.grad` although this is not a leaf."""
    def roll(self, shifts: Any, dims: _int | Sequence[_int] = ()) -> Tensor:
        """The elements moved on by `shifts` along the axes `dims`, those that leave coming in at the other end; without dims, in row-major order."""
    def rot90(self, k: _int = 1, dims: _int | Sequence[_int] = (0, 1)) -> Tensor:
        """A copy turned k times by 90 degrees in the plane of two axes, from the first towards the second (back, for negative k)."""
    def round(self, *, decimals: _int = 0) -> Tensor:
        """The nearest multiple of 10^-decimals, of two equally near the even one. RuntimeError for integers with decimals."""
    def round_(self, *, decimals: _int = 0) -> Tensor:
        """In-place form of `round`: The nearest multiple of 10^-decimals, of two equally near the even one. RuntimeError for integers with decimals."""
    def row_indices(self, *args: Any) -> Tensor:
        """RuntimeError: an ordinary tensor lists nothing."""
    def rsqrt(self) -> Tensor:
        """1 / √x"""
    def rsqrt_(self) -> Tensor:
        """In-place form of `rsqrt`: 1 / √x"""
    def scatter(self, dim: _int, index: Tensor, src: _Operand | None = None, *, value: _Operand | None = None, reduce: _str | None = None) -> Tensor:
        """`input` with `src` (a tensor, or one number) written at […, index[…, k, …], …] on axis `dim`; reduce: 'add' or 'multiply' instead of …"""
    def scatter_(self, dim: _int, index: Tensor, src: _Operand | None = None, *, value: _Operand | None = None, reduce: _str | None = None) -> Tensor:
        """In-place form of `scatter`: `input` with `src` (a tensor, or one number) written at […, index[…, k, …], …] on axis `dim`; reduce: 'add' or …"""
    def scatter_add(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """`input` with `src` added at […, index[…, k, …], …] on axis `dim`, each repetition counted."""
    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """In-place form of `scatter_add`: `input` with `src` added at […, index[…, k, …], …] on axis `dim`, each repetition counted."""
    def scatter_reduce(self, dim: _int, index: Tensor, src: Tensor, reduce: _str, *, include_self: _bool = True) -> Tensor:
        """`input` with the elements of `src` that `index` sends to a place combined there."""
    def scatter_reduce_(self, dim: _int, index: Tensor, src: Tensor, reduce: _str, *, include_self: _bool = True) -> Tensor:
        """In-place form of `scatter_reduce`: `input` with the elements of `src` that `index` sends to a place combined there."""
    def select(self, dim: _int, index: Any) -> Tensor:
        """The sub-tensor at `index` of axis `dim`."""
    def select_scatter(self, src: Tensor, dim: _int, index: _int) -> Tensor:
        """`input` with `src` at one index of axis `dim`."""
    def set_(
        self, source: Tensor | None = None, storage_offset: _int = 0, size: _int | Sequence[_int] | None = None,
        stride: _int | Sequence[Any] | None = None,
    ) -> Tensor:
        """Make `input` a view of the storage of `source` from now on."""
    def sgn(self) -> Tensor:
        """x / |x|, 0 at 0: the sign of real numbers, the direction of complex ones"""
    def sgn_(self) -> Tensor:
        """In-place form of `sgn`: x / |x|, 0 at 0: the sign of real numbers, the direction of complex ones"""
    def share_memory_(self) -> Tensor:
        """Move the tensor's memory, and with it that of its views, to where other processes see it; does nothing if it is there already."""
    def short(self, memory_format: _memory_format | None = None) -> Tensor:
        """The tensor as torch.int16."""
    def sigmoid(self) -> Tensor:
        """1 / (1 + e^-x)"""
    def sigmoid_(self) -> Tensor:
        """In-place form of `sigmoid`: 1 / (1 + e^-x)"""
    def sign(self) -> Tensor:
        """-1, 0 or 1: the sign of x"""
    def sign_(self) -> Tensor:
        """In-place form of `sign`: -1, 0 or 1: the sign of x"""
    def signbit(self) -> Tensor:
        """Whether the sign is minus, also that of -0.0"""
    def sin(self) -> Tensor:
        """The sine"""
    def sin_(self) -> Tensor:
        """In-place form of `sin`: The sine"""
    def sinc(self) -> Tensor:
        """sin(πx) / πx, 1 at 0"""
    def sinc_(self) -> Tensor:
        """In-place form of `sinc`: sin(πx) / πx, 1 at 0"""
    def sinh(self) -> Tensor:
        """The hyperbolic sine"""
    def sinh_(self) -> Tensor:
        """In-place form of `sinh`: The hyperbolic sine"""
    @overload
    def size(self, dim: None = None) -> _Size:
        """The shape, or the size of axis `dim`."""
    @overload
    def size(self, dim: _int) -> _int: ...
    def slice_scatter(self, src: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1) -> Tensor:
        """`input` with `src` in start:end:step of axis `dim`."""
    def slogdet(self) -> _return_types.slogdet:
        """`linalg.slogdet` under its older name."""
    def softmax(self, dim: _int, dtype: _dtype | None = None) -> Tensor:
        """e^x / Σ e^x along axis `dim`; `dtype` converts the input first. NotImplementedError for integers."""
    def solve(self, *args: Any, **kwargs: Any) -> Tensor:
        """Removed: RuntimeError. `X = torch.linalg.solve(A, B)` replaces `X, LU = torch.solve(B, A)`: its arguments are the other way round; the …"""
    def sort(self, dim: _int = -1, descending: _bool = False, stable: _bool | None = None) -> _return_types.sort:
        """The elements in ascending order along axis `dim`, and where each stood: (values, indices). Equal elements keep their order if `stable`."""
    def sparse_dim(self, *args: Any) -> Tensor:
        """RuntimeError: an ordinary tensor lists nothing."""
    def sparse_mask(self, mask: Tensor) -> Tensor:
        """The elements at the places that `mask` lists."""
    def split(self, split_size: Any, dim: _int = 0) -> tuple[Tensor, ...]:
        """Pieces of one size (the last may be smaller), or of the sizes in a list, along axis `dim`: views."""
    def split_with_sizes(self, split_sizes: Any, dim: _int = 0) -> tuple[Tensor, ...]:
        """Pieces of the given sizes along axis `dim`: views."""
    def sqrt(self) -> Tensor:
        """The square root of each element"""
    def sqrt_(self) -> Tensor:
        """In-place form of `sqrt`: The square root of each element"""
    def square(self) -> Tensor:
        """input²"""
    def square_(self) -> Tensor:
        """In-place form of `square`: input²"""
    def squeeze(self, dim: _int | Sequence[_int] | None = None) -> Tensor:
        """Axes of size 1 left out: all of them, or those among `dim`."""
    def squeeze_(self, dim: _int | Sequence[_int] | None = None) -> Tensor:
        """`squeeze` in place: this tensor sees its memory so from now on."""
    def std(
        self, dim: _int | Sequence[_int] | None = None, unbiased: _bool | None = None, keepdim: _bool = False, *, correction: _float | None = None,
    ) -> Tensor:
        """The standard deviation √(Σ |x - mean|² / (count - correction)) over the axes `dim` (all by default); correction is what the count is …"""
    def stft(
        self, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None, window: Any = None, center: _bool = True,
        pad_mode: _str = 'reflect', normalized: _bool = False, onesided: _bool | None = None, return_complex: _bool | None = None,
        align_to_window: _bool | None = None,
    ) -> Tensor:
        """The spectra of windows of a signal: out[…, f, t] = Σ_k window[k] · input[…, t · hop_length + k] exp(-2πi fk/n_fft)"""
    def storage(self) -> Any:
        """The memory under the tensor and its views, as numbers of its dtype. (`untyped_storage` is the newer name, of bytes.)"""
    def storage_offset(self) -> _int:
        """Where in the storage the first element is, in elements."""
    def storage_type(self) -> Any:
        """The class that `storage()` gives."""
    @overload
    def stride(self, dim: None = None) -> tuple[_int, ...]:
        """Steps in memory, in elements, along each axis (or along `dim`)."""
    @overload
    def stride(self, dim: _int) -> _int: ...
    def sub(self, other: _Operand, *old: Any, alpha: _complex = 1) -> Tensor:
        """input - alpha * other"""
    def sub_(self, other: _Operand, *old: Any, alpha: _complex = 1) -> Tensor:
        """In-place form of `sub`: input - alpha * other"""
    def subtract(self, other: _Operand, *old: Any, alpha: _complex = 1) -> Tensor:
        """input - alpha * other"""
    def subtract_(self, other: _Operand, *old: Any, alpha: _complex = 1) -> Tensor:
        """In-place form of `sub`: input - alpha * other"""
    def sum(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor:
        """Σ over the axes `dim` (all by default). Integers give int64; `dtype` converts the input first."""
    def sum_to_size(self, *sizes: _int | Sequence[_int], size: _int | Sequence[_int] | None = None) -> Tensor:
        """`input` summed to `size`, a shape that broadcasts to its own: the gradient of broadcasting."""
    def svd(self, some: _bool = True, compute_uv: _bool = True) -> _return_types.svd:
        """(U, S, V) with input = U diag(S) Vᴴ, reduced unless `some` is False; with compute_uv False, U and V are zeros. linalg.svd is its successor."""
    def swapaxes(self, axis0: _int, axis1: _int) -> Tensor:
        """Axes axis0 and axis1 exchanged."""
    def swapaxes_(self, axis0: _int, axis1: _int) -> Tensor:
        """`swapaxes` in place: this tensor sees its memory so from now on."""
    def swapdims(self, dim0: _int, dim1: _int) -> Tensor:
        """Axes dim0 and dim1 exchanged."""
    def swapdims_(self, dim0: _int, dim1: _int) -> Tensor:
        """`swapdims` in place: this tensor sees its memory so from now on."""
    def symeig(self, *args: Any, **kwargs: Any) -> Tensor:
        """Removed: RuntimeError. `torch.linalg.eigh(A, UPLO='U' if upper else 'L')` gives eigenvalues and eigenvectors, `torch.linalg.eigvalsh` the …"""
    def t(self) -> Tensor:
        """The transpose of a matrix; tensors of fewer axes as they are."""
    def t_(self) -> Tensor:
        """`t` in place: this tensor sees its memory so from now on."""
    def take(self, index: Tensor) -> Tensor:
        """The elements at `index` of the input in row-major order, in the shape of the index."""
    def take_along_dim(self, indices: Tensor, dim: _int | None = None) -> Tensor:
        """`gather` whose input and index are broadcast on the other axes; without `dim`, from the elements in row-major order."""
    def tan(self) -> Tensor:
        """The tangent"""
    def tan_(self) -> Tensor:
        """In-place form of `tan`: The tangent"""
    def tanh(self) -> Tensor:
        """The hyperbolic tangent"""
    def tanh_(self) -> Tensor:
        """In-place form of `tanh`: The hyperbolic tangent"""
    def tensor_split(self, indices_or_sections: Any = None, dim: _int = 0, *, indices: Any = None, sections: Any = None) -> tuple[Tensor, ...]:
        """`sections` pieces whose sizes differ by at most one, or the pieces between the given indices, along axis `dim`: views."""
    def tile(self, *args: Any, dims: _int | Sequence[_int] | None = None) -> Tensor:
        """`repeat` that takes fewer numbers than axes: the first axes are then not repeated."""
    def to(
        self, *args: Any, other: _Operand = None, dtype: _dtype | None = None, device: _DeviceLike | None = None, non_blocking: _bool = False,
        copy: _bool = False, memory_format: _memory_format | None = None,
    ) -> Tensor:
        """The tensor with another dtype or on another device, itself where nothing changes: to(dtype), to(device), to(device, dtype), to(other)."""
    def to_dense(self) -> Tensor:
        """The tensor itself: conjugation and negation are never put off here."""
    def to_device(self, device: _DeviceLike | None, /, *, stream: Any = None) -> Tensor:
        """The tensor on a device, by the array API standard's name."""
    def to_sparse(self, *args: Any, layout: Any = None, blocksize: Any = None, dense_dim: Any = None) -> Tensor:
        """The tensor as one that lists its elements that are not zero: by coordinates, or in the layout asked for."""
    def to_sparse_coo(self, *args: Any, layout: Any = None, blocksize: Any = None, dense_dim: Any = None) -> Tensor:
        """The tensor as one that lists its elements that are not zero: by coordinates, or in the layout asked for."""
    def to_sparse_csc(self, dense_dim: Any = None) -> Tensor:
        """A matrix as one that lists its elements that are not zero, column by column."""
    def to_sparse_csr(self, dense_dim: Any = None) -> Tensor:
        """A matrix as one that lists its elements that are not zero, row by row."""
    def tolist(self) -> Any:
        """The values as nested Python lists (a number for a 0-d tensor)."""
    def topk(self, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True) -> _return_types.topk:
        """The `k` greatest (or least) elements along axis `dim`, in order if `sorted`, and where they stood: (values, indices)."""
    def trace(self) -> Tensor:
        """Σ of the diagonal of a matrix; integers give int64."""
    def transpose(self, dim0: _int, dim1: _int) -> Tensor:
        """Axes dim0 and dim1 exchanged."""
    def transpose_(self, dim0: _int, dim1: _int) -> Tensor:
        """`transpose` in place: this tensor sees its memory so from now on."""
    def triangular_solve(
        self, A: Tensor, upper: _bool = True, transpose: _bool = False, unitriangular: _bool = False,
    ) -> _return_types.triangular_solve:
        """(X, copy of A) with A X = input, or Aᵀ X = input. Deprecated: linalg.solve_triangular is its successor."""
    def tril(self, diagonal: _int = 0) -> Tensor:
        """The lower triangles of the last two axes, up to the given diagonal (0: the main one, above it positive); zeros elsewhere."""
    def tril_(self, diagonal: _int = 0) -> Tensor:
        """In-place form of `tril`: The lower triangles of the last two axes, up to the given diagonal (0: the main one, above it positive); zeros …"""
    def triu(self, diagonal: _int = 0) -> Tensor:
        """The upper triangles of the last two axes, from the given diagonal on (0: the main one, above it positive); zeros elsewhere."""
    def triu_(self, diagonal: _int = 0) -> Tensor:
        """In-place form of `triu`: The upper triangles of the last two axes, from the given diagonal on (0: the main one, above it positive); zeros …"""
    def true_divide(self, other: _Operand) -> Tensor:
        """input / other, integers as floating numbers"""
    def true_divide_(self, other: _Operand) -> Tensor:
        """In-place form of `true_divide`: input / other, integers as floating numbers"""
    def trunc(self) -> Tensor:
        """x without its fraction"""
    def trunc_(self) -> Tensor:
        """In-place form of `trunc`: x without its fraction"""
    @overload
    def type(self, dtype: None = None, non_blocking: _bool = False) -> _str:
        """Without arguments the type's name, such as 'torch.FloatTensor'; else the tensor converted to that type."""
    @overload
    def type(self, dtype: _dtype | _str | type, non_blocking: _bool = False) -> Tensor: ...
    def type_as(self, other: Tensor) -> Tensor:
        """`input` with the dtype of `other`."""
    def unbind(self, dim: _int = 0) -> tuple[Tensor, ...]:
        """The sub-tensors at every index of axis `dim`: views."""
    def unflatten(self, dim: _int, sizes: _int | Sequence[_int]) -> Tensor:
        """Axis `dim` cut into axes of `sizes` (one may be -1)."""
    def unfold(self, dimension: _int, size: _int, step: _int) -> Tensor:
        """Windows of `size` elements every `step` along an axis, as a view with a new last axis."""
    def uniform_(self, a: Any = 0.0, b: Any = 1.0, *, generator: _Generator | None = None, **bounds: Any) -> Tensor:
        """Fill with uniform numbers in [a, b) (PyTorch's argument names are `from` and `to`)."""
    def unique(self, sorted: _bool = True, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None) -> Tensor:
        """The distinct elements (or sub-tensors along axis `dim`), sorted."""
    def unique_consecutive(self, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None) -> Tensor:
        """The elements (or sub-tensors along axis `dim`) without those that equal the one before."""
    def unsafe_chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """`chunk` whose pieces autograd does not treat as views."""
    def unsafe_split(self, split_size: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """`split` whose pieces autograd does not treat as views: writing to several of them in place is not tracked."""
    def unsafe_split_with_sizes(self, split_sizes: Any, dim: _int = 0) -> tuple[Tensor, ...]:
        """`split_with_sizes` whose pieces autograd does not treat as views."""
    def unsqueeze(self, dim: _int) -> Tensor:
        """A new axis of size 1 at `dim`."""
    def unsqueeze_(self, dim: _int) -> Tensor:
        """`unsqueeze` in place: this tensor sees its memory so from now on."""
    def untyped_storage(self) -> UntypedStorage:
        """The bytes under this tensor and its views."""
    def values(self, *args: Any) -> Tensor:
        """RuntimeError: an ordinary tensor lists nothing."""
    def var(
        self, dim: _int | Sequence[_int] | None = None, unbiased: _bool | None = None, keepdim: _bool = False, *, correction: _float | None = None,
    ) -> Tensor:
        """The variance Σ |x - mean|² / (count - correction) over the axes `dim` (all by default); correction is what the count is lessened by …"""
    def vdot(self, other: Tensor) -> Tensor:
        """Σ conj(input) · other of two vectors of one length and dtype"""
    def view(self, *sizes: _int | Sequence[_int], size: _int | Sequence[_int] | None = None, dtype: _dtype | None = None) -> Tensor:
        """The same memory under another shape (one size may be -1), or read as another dtype. RuntimeError where that needs a copy."""
    def view_as(self, other: Tensor) -> Tensor:
        """`input.view(other.shape)`"""
    def vsplit(self, *args: Any, indices: Any = None, sections: Any = None) -> tuple[Tensor, ...]:
        """Equal pieces, or those between indices, along axis 0: views."""
    def where(self, condition: Tensor, other: _Operand) -> Tensor:
        """This tensor where the condition holds, else `other`."""
    def xlogy(self, other: _Operand) -> Tensor:
        """x · log y, 0 where x is 0 (but NaN for a NaN y)"""
    def xlogy_(self, other: _Operand) -> Tensor:
        """In-place form of `xlogy`: x · log y, 0 where x is 0 (but NaN for a NaN y)"""
    def zero_(self) -> Tensor:
        """Write zeros."""

class Counter: ...
class Weak: ...
_meant: Any
_public_function: Any
_unsaved: Any
adopt: Any
alias: Any
edge_of: Any
from_array: Any
meta: Any
pending_tensor: Any
register: Any
relative_view: Any
reread_node: Any
snapshot: Any
wrap: Any
