"""Objects to pickles as PyTorch writes them: tensors by description, their memory beside the pickle, once for each storage."""
from __future__ import annotations

import pickle
import sys
import types
from collections import OrderedDict
from typing import NamedTuple

import numpy as np

import flambeau

from .errors import NotSavable
from .names import DTYPE_STORAGES, INTERNAL, Name, dtype_name, module_in_file
from .rebuild import REBUILDERS, Storage, user_attributes

DEFAULT_PROTOCOL = 2
_REBUILD = {full.rpartition("._rebuild_")[2]: Name(*full.rsplit(".", 1)) for full in REBUILDERS}
_STORAGE_CLASSES = {dtype: Name("torch", storage) for dtype, storage in DTYPE_STORAGES.items()}
_UNTYPED = Name("torch.storage", "UntypedStorage")
_TENSOR, _PARAMETER = Name("torch", "Tensor"), Name("torch.nn.parameter", "Parameter")
_DEVICE, _SIZE = Name("torch", "device"), Name("torch", "Size")
_GET_LAYOUT = Name("torch.serialization", "_get_layout")
_NUMBERS = frozenset({int, float, bool, type(None)})


class SavedStorage(NamedTuple):
    """One storage to be written beside the pickle."""

    key: str             # its name in the file
    dtype: str           # what its numbers are
    itemsize: int        # bytes a number
    data: np.ndarray     # its bytes (uint8): the storage's own memory where that is on the CPU
    owner: object        # what keeps the memory in its place until it is written


class _Reference(NamedTuple):
    """What stands for a storage inside the pickle; written as a persistent id."""

    kind: Name
    key: str
    location: str        # the device that it was on: "cpu", "cuda:0"
    count: int           # how many numbers


class TensorPickler(pickle._Pickler):
    """pickle's Pickler in Python, which unlike the one in C can write a global under another name than it has here.

    After `dump`, `storages` holds what is to be written beside the pickle. `legacy` chooses the persistent ids of the format before
    PyTorch 1.6. Raises ValueError for protocol 0, which is text; RuntimeError for two tensors that see one storage with different
    dtypes, which the format cannot tell; pickle.PicklingError, AttributeError or TypeError, as pickle does, for what has no pickle.
    """

    def __init__(self, file, protocol: int = DEFAULT_PROTOCOL, legacy: bool = False):
        if protocol == 0:
            raise ValueError(f"pickle_protocol 0 cannot hold tensors: use {DEFAULT_PROTOCOL} (the default) to {pickle.HIGHEST_PROTOCOL}")
        super().__init__(file, protocol)
        self.legacy = legacy
        self._saved: dict[tuple, SavedStorage] = {}
        # functions, not bound methods: a cycle would keep the memory of all tensors until it is collected
        self._known = {flambeau.dtype: _reduce_dtype, flambeau.device: _reduce_device, flambeau.Size: _reduce_size,
                       type(flambeau.strided): _reduce_layout,
                       flambeau.Tensor: TensorPickler._reduce_tensor, flambeau.nn.Parameter: TensorPickler._reduce_parameter}
        self._names = {flambeau.Tensor: _TENSOR, flambeau.nn.Parameter: _PARAMETER, flambeau.device: _DEVICE, flambeau.Size: _SIZE}
        self._bare = {Storage, type(flambeau.empty(0).untyped_storage())}
        if hasattr(flambeau, "TypedStorage"):
            self._bare.add(flambeau.TypedStorage)

    @property
    def storages(self) -> list[SavedStorage]:
        """The storages of everything pickled so far, in the order in which they were met."""
        return list(self._saved.values())

    # ------------------------------------------------------------------------------------------------------- hooks of pickle
    def save(self, obj, save_persistent_id=True):
        """pickle's step for one object; numbers, of which there may be millions, go the short way."""
        if type(obj) in _NUMBERS:
            self.dispatch[type(obj)](self, obj)
        else:
            super().save(obj, save_persistent_id)

    def persistent_id(self, obj):
        """The id of a storage; None for everything else."""
        if type(obj) in self._bare:
            obj = self._reference(*_memory(obj))
        elif type(obj) is not _Reference:
            return None
        return ("storage", *obj, None) if self.legacy else ("storage", *obj)

    def reducer_override(self, obj):
        """How an object of flambeau is written; NotImplemented leaves it to pickle."""
        known = self._known.get(type(obj))
        if known is not None:
            return known(self, obj)
        if isinstance(obj, flambeau.Tensor):
            return self._reduce_subclass(obj)
        return NotImplemented

    def save_global(self, obj, name=None):
        """A class, function or constant by its name, under PyTorch's name if it is flambeau's."""
        if type(obj) is Name:
            self._write_name(obj, obj)
        elif type(obj) is flambeau.dtype:
            self._write_name(obj, Name("torch", name))
        elif isinstance(obj, type) and obj in self._names:
            self._write_name(obj, self._names[obj])
        else:
            module = getattr(obj, "__module__", None)
            if isinstance(module, str) and module.partition(".")[0] == "flambeau":
                self._write_name(obj, _own_name(obj, module, name or obj.__qualname__))
            else:
                self._save_foreign(obj, name)

    def _save_foreign(self, obj, name) -> None:
        try:
            super().save_global(obj, name)
        except (pickle.PicklingError, AttributeError) as error:
            raise NotSavable(f"{error}. Functions and classes are saved by name, so they must be found under it in a module: define them "
                             "at its top level, or save a state_dict() instead of the object that holds them.") from None

    # pickle finds these by type, not by name
    dispatch = {**pickle._Pickler.dispatch, types.FunctionType: save_global, Name: save_global}

    def _write_name(self, obj, name: Name) -> None:
        if self.proto >= 4:
            self.save(name.module)
            self.save(name.name)
            self.write(pickle.STACK_GLOBAL)
        else:
            self.write(pickle.GLOBAL + f"{name.module}\n{name.name}\n".encode())
        self.memoize(obj)

    # ---------------------------------------------------------------------------------------------------------------- tensors
    def _reduce_tensor(self, t):
        make, args = self._describe(t)
        attributes = user_attributes(t)
        return (_REBUILD["from_type_v2"], (make, _TENSOR, args, attributes)) if attributes else (make, args)

    def _reduce_parameter(self, p):
        attributes, args = user_attributes(p), (p.data, p.requires_grad, OrderedDict())
        return (_REBUILD["parameter_with_state"], (*args, attributes)) if attributes else (_REBUILD["parameter"], args)

    def _reduce_subclass(self, t):
        kind = type(t)
        if isinstance(t, flambeau.nn.Parameter):
            return self._reduce_parameter(t) if kind.__reduce_ex__ is flambeau.nn.Parameter.__reduce_ex__ else NotImplemented
        if t.layout is not flambeau.strided:
            return self._describe(t)
        if kind.__reduce_ex__ is not flambeau.Tensor.__reduce_ex__:
            return NotImplemented  # the class says itself how it is saved
        make, args = self._describe(t)
        return _REBUILD["from_type_v2"], (make, kind, args, user_attributes(t))

    def _describe(self, t):
        """The function that rebuilds a tensor, and its arguments."""
        if t.device.type == "meta":
            return _REBUILD["meta_tensor_no_storage"], (t.dtype, tuple(t.shape), tuple(t.stride()), t.requires_grad)
        if t.is_sparse:
            t = t.coalesce()
            return _REBUILD["sparse_tensor"], (t.layout, (t.indices(), t.values(), t.shape, True))
        if t.layout is not flambeau.strided:
            places = (t.crow_indices(), t.col_indices()) if t.is_sparse_csr else (t.ccol_indices(), t.row_indices())
            return _REBUILD["sparse_tensor"], (t.layout, (*places, t.values(), t.shape))
        for question, answer in (("is_conj", "resolve_conj"), ("is_neg", "resolve_neg")):  # memory that says other numbers than the tensor
            if hasattr(t, question) and getattr(t, question)():
                t = getattr(t, answer)()
        reference = self._reference(t, t.untyped_storage())
        args = (reference, t.storage_offset(), tuple(t.shape), tuple(t.stride()), t.requires_grad, OrderedDict())
        return (_REBUILD["tensor_v3"], (*args, t.dtype)) if reference.kind is _UNTYPED else (_REBUILD["tensor_v2"], args)

    def _reference(self, t, storage) -> _Reference:
        """What stands for the storage of `t`; at first sight of the storage, its bytes are put aside for writing."""
        kind = _STORAGE_CLASSES.get(dtype_name(t.dtype), _UNTYPED)
        dtype, itemsize = ("uint8", 1) if kind is _UNTYPED else (dtype_name(t.dtype), t.element_size())
        nbytes = storage.nbytes()
        place = (str(t.device), storage.data_ptr(), nbytes) if nbytes else (len(self._saved),)  # empty ones have no address
        saved = self._saved.get(place)
        if saved is None:
            flat = flambeau.as_strided(t.detach(), (nbytes // t.element_size(),), (1,), 0)
            data = flat.cpu().view(flambeau.uint8).numpy() if nbytes else np.empty(0, np.uint8)
            saved = self._saved[place] = SavedStorage(str(len(self._saved)), dtype, itemsize, data, (t, storage))
        elif saved.dtype != dtype:
            raise RuntimeError("Cannot save multiple tensors or storages that view the same data as different types: "
                               f"one is {saved.dtype}, one {dtype}. Save a clone() of one of them.")
        return _Reference(kind, saved.key, sys.intern(str(t.device)), len(saved.data) // itemsize)


def _reduce_dtype(pickler, dtype) -> str:
    return dtype_name(dtype)  # a string is the name of a global


def _reduce_device(pickler, device):
    return _DEVICE, (device.type,) if device.index is None else (device.type, device.index)


def _reduce_size(pickler, size):
    return _SIZE, (tuple(size),)


def _reduce_layout(pickler, layout):
    return _GET_LAYOUT, (str(layout),)


def _memory(storage):
    """A bare storage as (a flat tensor of its numbers, the untyped storage)."""
    if isinstance(storage, Storage):
        flat = storage.flat()
        return flat, flat.untyped_storage()
    untyped = storage.untyped() if hasattr(storage, "untyped") else storage
    flat = flambeau.empty(0, dtype=flambeau.uint8, device=untyped.device).set_(untyped)
    dtype = getattr(storage, "dtype", flambeau.uint8)
    return (flat if dtype is flambeau.uint8 else flat.view(dtype)), untyped


def _own_name(obj, module: str, name: str) -> Name:
    """PyTorch's name for a class or function of flambeau: that of the nearest package that shows it, or of the module it is in.

    Modules of `nn` lie in PyTorch in `torch.nn.modules.…`, which is kept where flambeau has the same; functions in `nn.functional`.
    """
    homes = [module]
    if not module.startswith("flambeau.nn.modules."):
        parts = module.split(".")
        homes = [".".join(parts[:n]) for n in range(len(parts) - 1, 0, -1) if n == 1 or parts[1] not in INTERNAL] + homes
    if not isinstance(obj, type):
        homes.insert(0, "flambeau.nn.functional")
    for home in homes:
        found = sys.modules.get(home)
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is obj:
            return Name(module_in_file(home), name)
    raise NotSavable(f"cannot save {module}.{name}: only what its module holds under its own name can be saved")
