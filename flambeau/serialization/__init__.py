"""Saving and loading: PyTorch's .pt files both ways, safetensors, NumPy's .npz.

`save` and `load` are those of the top-level package. Loading runs nothing that a file names: see `load`.

    save(model.state_dict(), "model.pt")
    model.load_state_dict(load("model.pt"))
    print(inspect("model.pt"))
"""
from . import safetensors
from .errors import CheckpointError, SourceChangeWarning
from .inspection import Entry, Listing, get_unsafe_globals_in_checkpoint, inspect
from .locations import default_restore_location, location_tag
from .npz import load_npz, save_npz
from .options import (
    LoadEndianness,
    get_crc32_options,
    get_default_load_endianness,
    get_default_mmap_options,
    set_crc32_options,
    set_default_load_endianness,
    set_default_mmap_options,
)
from .pickler import DEFAULT_PROTOCOL
from .reading import load
from .rebuild import Storage, rebuild_parameter, rebuild_tensor
from .safe_globals import add_safe_globals, clear_safe_globals, get_safe_globals, safe_globals
from .writing import save

__all__ = [
    "CheckpointError", "DEFAULT_PROTOCOL", "Entry", "Listing", "LoadEndianness", "SourceChangeWarning", "Storage", "add_safe_globals",
    "clear_safe_globals", "default_restore_location", "get_crc32_options", "get_default_load_endianness", "get_default_mmap_options",
    "get_safe_globals", "get_unsafe_globals_in_checkpoint", "inspect", "load", "load_npz", "location_tag", "rebuild_parameter",
    "rebuild_tensor", "safe_globals", "safetensors", "save", "save_npz", "set_crc32_options", "set_default_load_endianness",
    "set_default_mmap_options",
]
