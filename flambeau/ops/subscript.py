"""x[…] and x[…] = value: what stands between the brackets, read as views and index tensors."""
from __future__ import annotations

import math
import operator
import warnings
from functools import lru_cache

import numpy as np

from ..core import dtype as dt
from ..core.grad import modes
from ..core.record import check_writable, in_place, make_view
from ..core.shape import overlaps
from ..core.tensor import Tensor, edge_of, from_array
from .common import cast
from .convert import copy_, fill_
from .create import array_of, filled
from .elementwise import convert
from .index import check_mask, is_mask, put_places, read_places
from .movement import Movement, Unsqueeze, _moved, as_view, expand
from .parts import Select, Slice
from .ranges import fitting, integers

_INDEX_TYPES = (dt.int64, dt.int32, dt.bool_, dt.uint8)
_NUMBERS = (int, float, bool)
_FEW = 32               # a list longer than this is data, whatever it holds


class Alias(Movement):
    """out = x, on the same memory."""

    def strided(self, shape, strides, offset):
        return shape, strides, offset

    def gradient(self, g, out, x):
        return g

    samples = lambda: [(np.arange(6.0).reshape(2, 3),), (np.array(1.0),)]


# ------------------------------------------------------------------------------------------------------------ what the brackets hold
def _as_index(item):
    """What an item that is no int, slice, None or Ellipsis stands for: an int, a bool or an index tensor."""
    if isinstance(item, Tensor):
        if item.dtype not in _INDEX_TYPES and (item.ndim or item.dtype.category != 1):
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        if item.dtype is dt.uint8:
            if item.ndim:
                warnings.warn("indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.", UserWarning, stacklevel=4)
            return item != 0
        return item if item.ndim or item.dtype is dt.bool_ else int(integers(item).item())
    if type(item) is bool:
        return item
    if isinstance(item, (list, tuple, range, np.ndarray, str, bytes, memoryview)):
        array, kind = array_of(item, None)
        return _as_index(from_array(array) if kind in (dt.bool_, dt.uint8) else from_array(array.real.astype(np.int64)))
    try:
        return operator.index(item)
    except TypeError:
        raise IndexError("only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
                         f"(got {_type_name(item)})") from None


def _items(index) -> tuple[list, bool]:
    """What the brackets hold, item by item, and whether all of it makes views.

    Each item is an int, a (start, stop, step) from a slice, None, Ellipsis, a bool or an index tensor.
    """
    if type(index) is list and len(index) < _FEW and any(
            isinstance(e, (Tensor, list, tuple, range, np.ndarray, str, slice)) or e is None or e is Ellipsis for e in index):
        warnings.warn("Using a non-tuple sequence for multidimensional indexing is deprecated: write x[tuple(seq)] instead of x[seq], or "
                      "x[torch.tensor(seq)] if the sequence is one index", UserWarning, stacklevel=3)
        index = tuple(index)
    items, plain = [], True
    for item in index if isinstance(index, tuple) else (index,):
        kind = type(item)
        if kind is slice:
            item = _slice(item)
        elif kind is not int and item is not None and item is not Ellipsis:
            item = _as_index(item)
            plain = plain and type(item) is int
        items.append(item)
    return items, plain


def _slice(item: slice) -> tuple[int, int | None, int]:
    """(start, stop, step); ValueError unless the step is positive."""
    try:
        start = 0 if item.start is None else int(operator.index(item.start))
        stop = None if item.stop is None else int(operator.index(item.stop))
        step = 1 if item.step is None else int(operator.index(item.step))
    except TypeError:
        raise TypeError("slice indices must be integers or None or have an __index__ method") from None
    if step <= 0:
        raise ValueError("step must be greater than zero; use flip() to reverse an axis" if step else "slice step cannot be zero")
    return start, stop, step


def _walk(shape, items) -> tuple[tuple[Movement, ...], list[tuple[int, Tensor]]]:
    """For a tensor of `shape`: the views to take, one after the other; and (axis of the last, index tensor or mask) for the rest."""
    used = 0
    for item in items:
        if isinstance(item, Tensor):
            used += item.ndim if is_mask(item) else 1
        elif item is not None and item is not Ellipsis and type(item) is not bool:
            used += 1
    ndim = len(shape)
    if used > ndim:
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    pages: list[Movement] = []
    places: list[tuple[int, Tensor]] = []
    old = new = 0                                           # the next axis of the tensor, and where it is in the view
    for item in items:
        kind = type(item)
        if item is Ellipsis:
            old, new = old + ndim - used, new + ndim - used
            used = ndim                                     # a second one stands for no axes
        elif kind is int:
            size = shape[old]
            if not -size <= item < size:
                raise _out_of_range(item, old, size)
            pages.append(Select(new, item))
            old += 1
        elif kind is tuple:
            start, stop, step = item
            size = shape[old]
            if start != 0 or step != 1 or stop is not None and stop < size:
                pages.append(Slice(new, start, size if stop is None else stop, step))
            old, new = old + 1, new + 1
        elif item is None:
            pages.append(Unsqueeze(new))
            new += 1
        elif kind is bool or not item.ndim:                 # a mask of no axes: a new axis of size 1 or 0
            pages.append(Unsqueeze(new))
            places.append((new, item if kind is not bool else filled((), item, dt.bool_)))
            new += 1
        else:
            if is_mask(item):
                check_mask(item, shape, old)
            places.append((new, item))
            width = item.ndim if is_mask(item) else 1
            old, new = old + width, new + width
    return tuple(pages), places


def _out_of_range(i: int, dim: int, size: int) -> Exception:
    if not -(1 << 63) <= i < 1 << 63:
        return ValueError("Overflow when unpacking long long")
    return IndexError(f"index {i} is out of bounds for dimension {dim} with size {size}")


@lru_cache(maxsize=4096)
def _plan(items, shape, view):
    """The views to take of a tensor of `shape` seen through `view`, and the last of them. The items make views only."""
    pages, _ = _walk(shape, items)
    return pages, _last(pages, shape, view)


def _last(pages, shape, view):
    """What the pages, one after the other, make of `view`."""
    for page in pages:
        view = _moved(page, shape, view)
        shape = view.sizes
    return view


def _look(x: Tensor, pages, view) -> Tensor:
    """x seen through the pages, the last of which gives `view`. Autograd gets each of them, as its names and edges are PyTorch's."""
    if len(pages) > 1 and modes.grad and edge_of(x) is not None:
        for page in pages:
            x = as_view(page, x)
        return x
    return make_view(x, pages[-1], view)


# ------------------------------------------------------------------------------------------------------------- reading and writing
def getitem(x: Tensor, index) -> Tensor:
    """x[index]: a view for ints, slices, None and Ellipsis; a copy as soon as there is a list, an array or a tensor of positions or a mask.

    IndexError for a position out of range, too many indices, or a mask of another shape; ValueError for a step that is not positive.
    """
    shape, kind = x.shape, type(index)
    if kind is int and shape:
        if not -shape[0] <= index < shape[0]:
            raise _out_of_range(index, 0, shape[0])
        return as_view(Select(0, index), x)
    _check_scalar(x, kind)
    items, plain = _items(index)
    if plain:
        pages, view = _plan(tuple(items), shape, x._view)
        if pages:
            return _look(x, pages, view)
        return as_view(Slice(0, 0, shape[0]) if kind is slice else Alias(), x)
    pages, places = _walk(shape, items)
    return read_places(_look(x, pages, _last(pages, shape, x._view)) if pages else x, places)


def setitem(x: Tensor, index, value) -> None:
    """x[index] = value, broadcast; through views, a tensor is converted to the dtype of x, through tensors of positions it must have it.

    IndexError for a bad index, RuntimeError for a value that does not fit, TypeError for one that is neither a tensor nor a number.
    """
    _check_scalar(x, type(index))
    if type(index) is bool:             # True stands for all, False for nothing
        if index:
            setitem(x, None, value)
        return
    items, plain = _items(index)
    if plain:
        (pages, view), places = _plan(tuple(items), x.shape, x._view), ()
        if pages and _write_now(x, view, value):
            return
    else:
        pages, places = _walk(x.shape, items)
        view = _last(pages, x.shape, x._view)
    if not isinstance(value, Tensor) and not isinstance(value, (int, float, complex, np.number, np.bool_)):
        hint = "; make a tensor of it first" if isinstance(value, (list, tuple, np.ndarray)) else ""
        raise TypeError(f"can't assign a {_type_name(value)} to a torch.{x.dtype._title}Tensor{hint}")
    target = _look(x, pages, view) if pages else x
    if places:
        if not isinstance(value, Tensor):
            value = filled((), _number(value, x.dtype), x.dtype, x.device)
        elif value.dtype is not x.dtype and len(places) == 1 and places[0][1].dtype is dt.bool_ and value.numel() == 1:
            value = cast(value, x.dtype)        # one number where a mask holds, as masked_fill takes it
        elif value.dtype is not x.dtype:
            raise RuntimeError(f"Index put requires the source and destination dtypes match, got {x.dtype._title} for the destination and "
                               f"{value.dtype._title} for the source.")
        in_place(target, put_places, places, value)
    elif isinstance(value, Tensor):
        while value.ndim > target.ndim and value.shape[0] == 1:
            value = value[0]
        if value.ndim:
            copy_(target, value if value.shape == target.shape else expand(value, target.shape))
        else:
            check_writable(target)              # stricter than fill_ about elements that share a place
            fill_(target, value)
    else:
        check_writable(target)
        fill_(target, filled((), _number(value, x.dtype), x.dtype, x.device))


def _write_now(x: Tensor, view, value) -> bool:
    """Write a value that is there into memory that is there, if nobody could tell; else False, and the write is to be recorded.

    That is so where autograd has nothing to follow and no one else holds the old value: what a loop over x[i] = … does.
    """
    tensor = isinstance(value, Tensor)
    if not tensor and type(value) not in _NUMBERS or view.kind is not None or overlaps(view.sizes, view.strides):
        return False
    if modes.grad and (x.requires_grad or x._base is not None and x._base.requires_grad or tensor and value.requires_grad):
        return False
    if x._inference and not modes.inference:
        return False
    buffer = x._storage.private()
    if buffer is None:
        return False
    if not tensor:
        source = _number(value, x.dtype)
    elif value._storage is x._storage or value._storage.value.buffer is None or value._storage.value.dtype is not value.dtype:
        return False
    else:
        source = value._storage.value.buffer if value._view is None else value._view.read(value._storage.value.buffer)
        while source.ndim > len(view.sizes) and source.shape[0] == 1:
            source = source[0]
        if source.ndim > len(view.sizes) or any(n not in (1, m) for n, m in zip(source.shape[::-1], view.sizes[::-1], strict=False)):
            return False
        if value.dtype is not x.dtype:
            with np.errstate(all="ignore"):
                source = convert(source, x.dtype)
    view.read(buffer)[...] = source
    (x._counter or x._storage).version += 1
    return True


def _number(value, dtype: dt.dtype):
    """A Python number that `dtype` can hold; in half precision a number too large becomes infinite."""
    if dtype is dt.float16 and isinstance(value, (int, float)) and not abs(value) < 65520.0:
        return value if value != value else math.copysign(math.inf, value)
    return fitting(value, dtype)


def delitem(x: Tensor, index) -> None:
    """Refused: a tensor's elements cannot be deleted."""
    raise TypeError("Tensor does not support deleting items; keep the others, e.g. x[mask]")


def _check_scalar(x: Tensor, kind) -> None:
    if not x.shape and kind in (int, slice):
        raise IndexError("slice() cannot be applied to a 0-dim tensor." if kind is slice else
                         "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number")


def _type_name(value) -> str:
    kind = type(value)
    return f"{kind.__module__}.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__


__all__: list[str] = []
