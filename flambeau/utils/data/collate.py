"""From samples to a batch: `default_collate` stacks, `default_convert` only makes tensors of arrays."""
from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

import flambeau
from flambeau import Tensor

from .info import stack_for_sending

__all__ = ["collate", "default_collate", "default_collate_fn_map", "default_convert"]

CollateMap = dict[type | tuple[type, ...], Callable]

_NO_TENSOR = "SUO"  # the kinds of NumPy arrays that have no tensor: bytes, str, objects


def like_mapping(model: Mapping, items: dict) -> Mapping:
    """A mapping of the kind of `model` that holds `items`; what else a mutable one has (a default factory …) is kept."""
    try:
        if isinstance(model, MutableMapping):
            clone = copy.copy(model)
            clone.update(items)
            return clone
        return type(model)(items)
    except TypeError:  # a kind that can be neither copied and updated nor made from a dict
        return items


def like_sequence(model: Sequence, items: Iterable) -> Sequence:
    """A sequence of the kind of `model` that holds `items`; a list where the kind cannot be made of them, such as range."""
    items = list(items)
    try:
        if isinstance(model, MutableSequence):
            clone = copy.copy(model)
            for position, item in enumerate(items):
                clone[position] = item
            return clone
        return type(model)(items)
    except TypeError:
        return items


def default_convert(data: Any) -> Any:
    """Make tensors of the NumPy arrays and scalars in `data`, however nested; all else stays as it is.

    Mappings, named tuples and sequences keep their kind, but a plain tuple becomes a list. Arrays of strings and objects stay.
    A loader uses it where it does not batch (`batch_size=None`). Memory is shared with the arrays.
    """
    kind = type(data)
    if isinstance(data, Tensor):
        return data
    if kind.__module__ == "numpy" and not isinstance(data, (str, bytes)):
        return data if kind is np.ndarray and data.dtype.kind in _NO_TENSOR else flambeau.as_tensor(data)
    if isinstance(data, Mapping):
        return like_mapping(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple):
        items = [default_convert(item) for item in data]
        return kind(*items) if hasattr(data, "_fields") else items
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return like_sequence(data, map(default_convert, data))
    return data


def collate(batch: Sequence, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Join samples by the function that `collate_fn_map` has for the type of the first.

    The exact type is looked up first, then in the map's order the first entry (a type or a tuple of types) of which the sample is an
    instance. Without one, mappings are joined key by key, named tuples and sequences place by place. Each function of the map is
    called as `fn(samples, collate_fn_map=map)`.

    Raises TypeError for samples of a type that is not known, RuntimeError for sequences of different lengths.
    """
    first = batch[0]
    kind = type(first)
    if collate_fn_map is not None:
        function = collate_fn_map.get(kind)
        if function is None:
            function = next((known for types, known in collate_fn_map.items() if isinstance(first, types)), None)
        if function is not None:
            return function(batch, collate_fn_map=collate_fn_map)
    if isinstance(first, Mapping):
        return like_mapping(first, {key: collate([sample[key] for sample in batch], collate_fn_map=collate_fn_map) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return kind(*(collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch, strict=False)))
    if isinstance(first, Sequence) and not isinstance(first, (str, bytes)):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size: the samples have "
                               f"{sorted({len(sample) for sample in batch})} elements")
        columns = [collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch, strict=True)]
        return columns if isinstance(first, tuple) else like_sequence(first, columns)
    raise _not_known(kind)


def _not_known(found: Any) -> TypeError:
    return TypeError(f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {found}")


def collate_tensor_fn(batch: Sequence[Tensor], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """n tensors of shape (...) -> (n, ...)."""
    if not all(map(is_plain, batch)):
        return flambeau.stack(batch, 0)
    # Values without a history are stacked as arrays: nothing has to be recorded for each sample of each batch.
    arrays = [tensor.numpy() for tensor in batch]
    first = arrays[0]
    if any(array.shape != first.shape or array.dtype != first.dtype for array in arrays):
        return flambeau.stack(batch, 0)  # promotes, or raises
    stacked = stack_for_sending(arrays)
    return flambeau.from_numpy(np.stack(arrays) if stacked is None else stacked)


def is_plain(tensor: Tensor) -> bool:
    """Whether a tensor is no more than the values of a NumPy array."""
    return type(tensor) is Tensor and not tensor.requires_grad and tensor.dtype != flambeau.bfloat16 and tensor.device.type == "cpu"


def collate_numpy_array_fn(batch: Sequence[np.ndarray], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """n arrays of shape (...) -> (n, ...)."""
    if batch[0].dtype.kind in _NO_TENSOR:
        raise _not_known(batch[0].dtype)
    return collate([flambeau.as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch: Sequence[np.generic], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """n scalars -> (n,) of their dtype."""
    if isinstance(batch[0], (np.bool_, np.number)) and all(type(number) is type(batch[0]) for number in batch):
        return flambeau.from_numpy(np.array(batch))
    return flambeau.as_tensor(batch)


def collate_float_fn(batch: Sequence[float], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """n floats -> (n,) float64."""
    if all(type(number) is float for number in batch):
        return flambeau.from_numpy(np.array(batch))
    return flambeau.tensor(batch, dtype=flambeau.float64)


def collate_int_fn(batch: Sequence[int], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """n ints -> (n,) int64; n bools -> (n,) bool."""
    if all(type(number) is int for number in batch) and (array := np.array(batch)).dtype == np.int64:
        return flambeau.from_numpy(array)
    return flambeau.tensor(batch)


def collate_str_fn(batch: Sequence, *, collate_fn_map: CollateMap | None = None) -> Sequence:
    """Strings and bytes stay as they are, in the list that they come in."""
    return batch


# In this order: a NumPy float64 is a Python float, too, and is to be found as NumPy's.
default_collate_fn_map: CollateMap = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}
_ORIGINAL_MAP = dict(default_collate_fn_map)


def default_collate(batch: Sequence) -> Any:
    """Stack samples along a new first axis.

    - tensors and NumPy arrays of shape (...) -> tensor (n, ...); a NumPy scalar -> (n,) of its dtype
    - float -> (n,) float64; int -> (n,) int64; bool -> (n,) bool
    - str, bytes: the list of them
    - mappings, named tuples and lists: of the same kind, each place collated; a tuple becomes a list

    `default_collate_fn_map` may be given functions for further types. Raises TypeError for a type that is not known,
    RuntimeError for tensors of different shapes and sequences of different lengths.
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def is_default(collate_fn: Callable) -> bool:
    """Whether batches are made in the standard way, so that a dataset may make them itself."""
    return collate_fn is default_collate and default_collate_fn_map == _ORIGINAL_MAP
