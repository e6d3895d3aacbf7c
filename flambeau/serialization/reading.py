"""load: objects out of checkpoints."""
from __future__ import annotations

import os
import pickle
import warnings
from typing import Any

import flambeau

from . import safetensors
from .containers import StreamContainer, ZipContainer, open_container
from .errors import CheckpointError
from .locations import is_meta, restorer
from .machine import Machine, outside
from .names import find_dtype
from .options import Options
from .program import ProgramRules
from .rebuild import Storage
from .rules import DataRules
from .source import Source, is_path

_YES = ("1", "y", "yes", "true")


def load(f, map_location=None, pickle_module: Any = None, *, weights_only: bool | None = None, mmap: bool | None = None,
         **pickle_load_args) -> Any:
    """The object that `save` (flambeau's or PyTorch's) wrote to `f`: a path, or a binary file object that can seek.

    map_location: where tensors go: None (the device they were saved from), a device or its name, a dict from the file's device names to
    others, or a function of (untyped storage on the CPU, device name) that gives a storage, or None for the default.

    weights_only: True (the default): data only, which is tensors, dtypes, devices, sizes, numbers, strings and Python's containers, and
    what `add_safe_globals` allows. pickle.UnpicklingError, naming the class, for anything else.
    False: also instances of classes that the program has already: flambeau's own, and those of modules that it has imported, `__main__`
    included. Unlike PyTorch, nothing that the file names is run even then: no module is imported, no function called, no class of the
    standard library beyond plain values known; instances are made without __init__ and filled by their own __setstate__, or attribute
    by attribute; a class is called only if it defines by __reduce__ or copyreg that it wants to be. Still, an object with chosen
    contents can mislead the program's own code: use False only for files from people you trust.

    mmap: map the file (a path, of the zip format) instead of reading it; storages come from disk when looked at, and what is written to
    them stays in memory (see set_default_mmap_options). Keep the file unchanged while its tensors live.

    pickle_module: only Python's pickle, since the pickle is not run by it. pickle_load_args: `encoding` ("utf-8", or "latin1", or "bytes")
    and `errors` for the strings of files that Python 2 wrote.

    A path that ends in .safetensors is read as that format. Raises FileNotFoundError, EOFError for an empty file, and CheckpointError (a
    RuntimeError and pickle.UnpicklingError) for a damaged file or one of another format; RuntimeError for a device that is not here.
    """
    weights_only = _weights_only(weights_only, pickle_module)
    encoding, errors = _encoding(pickle_load_args, weights_only)
    if mmap and not is_path(f):
        raise ValueError("f must be a file path in order to use the mmap argument")
    if is_path(f) and str(f).endswith(".safetensors"):
        if isinstance(map_location, dict) or callable(map_location):
            raise RuntimeError(f"map_location of a safetensors file is a device or its name, got {type(map_location).__name__}")
        return safetensors.load_file(f, device=map_location or "cpu")
    with Source(f) as source:
        container = open_container(source, Options.mmap_flags if mmap else None)
        storages = _Storages(container, map_location)
        rules = (DataRules if weights_only else ProgramRules)(storages, source.name)
        machine = Machine(container.pickle, rules, file=source.name, position=container.start, encoding=encoding, errors=errors)
        result = machine.run()
        if isinstance(container, StreamContainer) and not source.owned:
            source.stream.seek(source.start + container.end)  # another object may follow
        return result


class _Storages:
    """Gives the storages of a file to the rules, each read once and moved to its device."""

    def __init__(self, container: ZipContainer | StreamContainer, map_location):
        self.container, self.restore, self.meta = container, restorer(map_location), is_meta(map_location)
        self.loaded: dict[str, Storage] = {}

    def __call__(self, kind, key: str, location: str, count: int, view) -> Storage:
        dtype = flambeau.uint8 if kind.dtype is None else find_dtype(kind.dtype)
        size, name = self.container.size(key), self.container.source.name
        if count * dtype.itemsize > size:
            raise CheckpointError(f"{name} is damaged: storage {key} should hold {count} numbers of {dtype}, but has {size} bytes")
        if view is not None and view[1:] != (0, count):
            raise CheckpointError(f"{name} holds a view of a storage as PyTorch before 0.4 saved it: load and save it with PyTorch first")
        storage = self.loaded.get(key)
        if storage is None:
            if self.meta:
                storage = Storage.on_meta(size, dtype)
            else:
                storage = Storage.from_array(self.container.memory(key, kind.dtype or "uint8"), dtype)
                with outside():
                    storage = self.restore(storage, location)
            self.loaded[key] = storage
        return storage if storage.dtype is dtype else Storage(storage.memory, dtype)


def _weights_only(weights_only: bool | None, pickle_module) -> bool:
    """The value in force, after PyTorch's environment variables. RuntimeError where they or the arguments contradict each other."""
    force, force_no = (os.environ.get(f"TORCH_FORCE_{name}WEIGHTS_ONLY_LOAD", "0").lower() in _YES for name in ("", "NO_"))
    if force and force_no:
        raise RuntimeError("Only one of `TORCH_FORCE_WEIGHTS_ONLY_LOAD` or `TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD` should be set, but both "
                           "were set.")
    given = weights_only
    if weights_only is None:
        weights_only = pickle_module is None
    if force:
        weights_only = True
    elif force_no and given is None:
        warnings.warn("Environment variable TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD detected, since the `weights_only` argument was not "
                      "explicitly passed to `load`, forcing weights_only=False.", UserWarning, stacklevel=3)
        weights_only = False
    if pickle_module is not None:
        if weights_only:
            raise RuntimeError("Can not safely load weights when explicit pickle_module is specified")
        if getattr(pickle_module, "Unpickler", None) is not pickle.Unpickler:
            name = getattr(pickle_module, "__name__", pickle_module)
            raise ValueError(f"pickle_module={name!r} would run what the file says, which flambeau never does: leave it out")
    return bool(weights_only)


def _encoding(pickle_load_args: dict, weights_only: bool) -> tuple[str, str]:
    unknown = set(pickle_load_args) - {"encoding", "errors", "fix_imports"}
    if unknown:
        raise TypeError(f"load() got an unexpected keyword argument {sorted(unknown)[0]!r}")
    if pickle_load_args and weights_only:
        warnings.warn("pickle_load_args only works if `weights_only=False`.", stacklevel=3)
    return pickle_load_args.get("encoding", "utf-8"), pickle_load_args.get("errors", "strict")
