"""Deep copies and pickles of tensors."""
from __future__ import annotations

import copy

import numpy as np

from . import dtype as dt
from . import graph
from .shape import Size
from .storage import Storage, constant
from .tensor import Tensor, alias, edge_of, from_array
from .view import View


def deepcopy(self: Tensor, memo: dict) -> Tensor:
    """A copy with memory of its own; tensors copied together that share memory share it in the copies too. Leaves only."""
    found = memo.get(id(self))
    if found is not None:
        return found
    if edge_of(self) is not None and not self.is_leaf:
        raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment. "
                           "For a computed tensor use .detach().clone().")
    key = ("flambeau storage", id(self._storage))
    storage = memo.get(key)
    if storage is None:
        old = self._storage
        value = old.value
        if old.shared:
            value = constant(np.array(graph.compute(value)), value.dtype)
        storage = memo[key] = Storage(value)
        memo[("flambeau alive", id(self._storage))] = old          # ids stay unique while the memo lives
    t = alias(self, type(self))
    t._storage = storage
    t._leaf = self._leaf
    memo[id(self)] = t
    if self._grad is not None:
        t._grad = deepcopy(self._grad, memo)
    _copy_attributes(self, t, memo)
    return t


_OWN = {"_storage", "shape", "dtype", "_view", "_base", "_fn", "_tie", "_ordinal", "_kind", "_weak", "_grad", "_hooks", "_counter", "_cache", "_retain",
        "_output_nr", "_stamp", "_leaf", "_inference", "_creation", "_post_accumulate", "_accumulate", "_ending", "_tape_number", "_gradient_in_rows"}


def _copy_attributes(source: Tensor, target: Tensor, memo) -> None:
    """What the user has hung on the tensor."""
    for name, value in source.__dict__.items():
        if name not in _OWN:
            target.__dict__[name] = copy.deepcopy(value, memo)


def user_attributes(t: Tensor) -> dict:
    """What the user has hung on the tensor."""
    return {name: value for name, value in t.__dict__.items() if name not in _OWN}


def shallow_copy(self: Tensor) -> Tensor:
    """Another tensor object on the same memory (copy.copy)."""
    t = alias(self, type(self))
    self._unmark()
    t.__dict__.update(self.__dict__)
    t.__dict__.pop("_weak", None)
    return t


def reduce(self: Tensor, protocol):
    """For pickle: the elements that this tensor sees, in order. A computed tensor comes back as a leaf."""
    array = np.ascontiguousarray(self._array())
    if self.dtype is dt.bfloat16:
        array = array.view(np.uint16)
    return rebuild, (type(self), array, self.dtype, tuple(self.shape), self.stride(), self.requires_grad, user_attributes(self))


def rebuild(cls, array: np.ndarray, dtype: dt.dtype, shape, strides, requires_grad: bool, attributes: dict) -> Tensor:
    """The tensor that `reduce` described."""
    if dtype is dt.bfloat16:
        array = array.view(dtype.numpy)
    t = from_array(np.array(array.reshape(shape)), dtype)
    order = sorted(range(len(shape)), key=lambda d: (-strides[d], d))
    if list(order) != list(range(len(shape))) and array.size:
        packed = np.ascontiguousarray(np.transpose(array.reshape(shape), order))
        t = from_array(packed, dtype)
        steps = dict(zip(order, np.array(packed.strides) // packed.itemsize, strict=True))
        t.shape, t._view = Size(shape), View(tuple(shape), tuple(int(steps[d]) for d in range(len(shape))), 0, None)
    if cls is not Tensor:
        t = alias(t, cls)
    t._leaf = requires_grad
    t.__dict__.update(attributes)
    return t


Tensor.__deepcopy__ = deepcopy
Tensor.__copy__ = shallow_copy
Tensor.__reduce_ex__ = reduce
