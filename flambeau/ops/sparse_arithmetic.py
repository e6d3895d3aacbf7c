"""Arithmetic of tensors that list their elements, where the result is a list too; and in place."""
from __future__ import annotations

import numbers

import numpy as np

from ..core import dtype as dt
from ..core.grad import modes
from ..core.tensor import Tensor, from_array
from .common import values
from .join import cat
from .sparse_tensor import SparseTensor

# functions of one number that are 0 at 0: what is not listed stays so
UNARY = "abs asin asinh atan atanh ceil deg2rad erf erfinv expm1 floor frac log1p neg rad2deg relu round sgn sign sin sinh sqrt square tan tanh trunc".split()
PREDICATES = "isinf isnan isneginf isposinf signbit".split()


def added(a: SparseTensor, b: SparseTensor, factor=1) -> Tensor:
    """a + factor · b, as PyTorch lists it: merged in one pass where both have contiguous values, else one list after the other."""
    if a.shape != b.shape:
        raise RuntimeError(f"add: expected sizes of 'self' and 'other' to match, but {list(a.shape)} != {list(b.shape)}")
    if a.sparse_dim() != b.sparse_dim():
        raise RuntimeError(f"add: expected 'self' and 'other' to have same number of sparse dimensions, but {a.sparse_dim()} != {b.sparse_dim()}")
    (p, x), (q, y) = a._list(), b._list()
    coalesced = a._listed_once and b._listed_once
    y = y if factor == 1 else y * factor
    if not (b._entries.is_contiguous() and x.is_contiguous()):
        return a._like(cat((x, y)), cat((p, q), 1), coalesced=False)
    left, right = _numbers(p, a.shape), _numbers(q, a.shape)
    if np.array_equal(left, right):
        return a._like(x + y, p, coalesced=coalesced)
    rows, of_left, of_right = _merged(left, right)
    entries = x.new_zeros((len(rows), *x.shape[1:]), dtype=(x + y).dtype if x.dtype is not y.dtype else x.dtype)
    entries = entries.index_add(0, from_array(of_left, dt.int64), x.to(entries.dtype)).index_add(0, from_array(of_right, dt.int64), y.to(entries.dtype))
    both = np.concatenate([values(p), values(q)], 1)
    return a._like(entries, from_array(both[:, rows], dt.int64), coalesced=coalesced)


def _numbers(places: Tensor, shape) -> np.ndarray:
    """The row-major number of each listed place."""
    found = np.zeros(places.shape[1], np.int64)
    for row, n in zip(values(places), shape, strict=False):
        found = found * n + row
    return found


def _merged(left: np.ndarray, right: np.ndarray):
    """One pass through two lists: (which of all places each result has, where those of the left went, where those of the right)."""
    if (np.diff(left) > 0).all() and (np.diff(right) > 0).all():
        every = np.union1d(left, right)
        at_left, at_right = np.searchsorted(every, left), np.searchsorted(every, right)
        rows = np.empty(len(every), np.int64)
        rows[at_right] = len(left) + np.arange(len(right))
        rows[at_left] = np.arange(len(left))
        return rows, at_left, at_right
    rows, at_left, at_right, i, j = [], [], [], 0, 0
    first, second = left.tolist(), right.tolist()
    while i < len(first) or j < len(second):
        order = 1 if j >= len(second) else -1 if i >= len(first) else (second[j] > first[i]) - (second[j] < first[i])
        rows.append(i if order >= 0 else len(first) + j)
        if order >= 0:
            at_left.append(len(rows) - 1)
            i += 1
        if order <= 0:
            at_right.append(len(rows) - 1)
            j += 1
    return np.array(rows, np.int64), np.array(at_left, np.int64), np.array(at_right, np.int64)


def _is_number(x) -> bool:
    return isinstance(x, numbers.Number) or isinstance(x, Tensor) and x.ndim == 0 and not isinstance(x, SparseTensor)


def _dense_refused() -> RuntimeError:
    return RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")


def _add(self: SparseTensor, other, *, alpha=1) -> Tensor:
    """self + alpha · other, both sparse."""
    if not isinstance(other, SparseTensor):
        raise _dense_refused()
    return added(self, other, alpha)


def _sub(self: SparseTensor, other, *, alpha=1) -> Tensor:
    """self - alpha · other, both sparse."""
    if not isinstance(other, SparseTensor):
        raise _dense_refused()
    return added(self, other, -alpha)


def _become(s: SparseTensor, other: Tensor) -> Tensor:
    """`s` lists from now on what `other` lists."""
    s._places, s._entries = other._list()
    s._dense, s._listed_once, s._read_at, s._seen = None, other._listed_once, -1, -1
    return s


def _need_no_leaf(s: SparseTensor, name: str) -> None:
    if s._leaf and s.is_leaf and modes.grad:
        raise RuntimeError(f"a leaf Variable that requires grad is being used in an in-place operation ({name}).")


def _add_(self, other, *, alpha=1):
    """self += alpha · other"""
    _need_no_leaf(self, "add_")
    return _become(self, _add(self, other, alpha=alpha))


def _sub_(self, other, *, alpha=1):
    """self -= alpha · other"""
    _need_no_leaf(self, "sub_")
    return _become(self, _sub(self, other, alpha=alpha))


def _mul_(self, other):
    """self *= other: in the memory of the values where no place is listed twice."""
    _need_no_leaf(self, "mul_")
    if _is_number(other) and self.is_coalesced():
        self._list()[1].mul_(other)
        return self
    return _become(self, self * other)


def _div_(self, other, *, rounding_mode=None):
    """self /= a number"""
    _need_no_leaf(self, "div_")
    if not _is_number(other):
        raise RuntimeError("div_: a sparse tensor is divided by a number, not by a tensor of several")
    return _become(self, self._like(self._list()[1].div(other, rounding_mode=rounding_mode)))


def _zero_(self):
    """List nothing."""
    _need_no_leaf(self, "zero_")
    places, entries = self._list()
    return _become(self, self._like(entries.detach()[:0], places[:, :0], coalesced=False))


def _copy_(self, source, non_blocking: bool = False):
    """List what another sparse tensor lists."""
    if not isinstance(source, SparseTensor):
        raise RuntimeError("copy_() between dense and sparse Tensors is not implemented! Use .to_sparse() first")
    return _become(self, source.to(self.dtype).clone())


def _pow(self, exponent):
    """Each listed element to a power above 0."""
    if not _is_number(exponent) or not exponent > 0:
        return self.to_dense().pow(exponent)
    s = self.coalesce()
    return s._like(s._list()[1].pow(exponent))


def _unary(name: str):
    def method(self) -> Tensor:
        s = self.coalesce() if name != "neg" and self.is_sparse else self
        return s._like(getattr(Tensor, name)(s._list()[1]))
    method.__name__, method.__doc__ = name, f"`{name}` of each listed element; what is not listed stays 0."
    return method


def _unary_in_place(name: str):
    def method(self) -> Tensor:
        _need_no_leaf(self, name)
        if self.is_sparse and not self.is_coalesced():
            raise RuntimeError(f"{name}: in-place on uncoalesced tensors is not supported; coalesce() first")
        getattr(Tensor, name)(self._list()[1])
        return self
    method.__name__, method.__doc__ = name, f"`{name}` of each listed element, in its memory."
    return method


def bind() -> None:
    """Give sparse tensors these methods."""
    methods = {"__add__": _add, "add": _add, "__sub__": _sub, "sub": _sub, "add_": _add_, "__iadd__": _add_, "sub_": _sub_, "__isub__": _sub_, "mul_": _mul_,
               "__imul__": _mul_, "div_": _div_, "__itruediv__": _div_, "zero_": _zero_, "copy_": _copy_, "pow": _pow, "__pow__": _pow}
    methods |= {name: _unary(name) for name in (*UNARY, *PREDICATES)} | {f"{name}_": _unary_in_place(f"{name}_") for name in UNARY}
    for name, method in methods.items():
        setattr(SparseTensor, name, method)


bind()

__all__: list[str] = []
