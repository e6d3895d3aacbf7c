"""Where the storages of a file go: the devices named in it, and `map_location`."""
from __future__ import annotations

from collections.abc import Callable

import flambeau

from .rebuild import Storage


def location_tag(storage) -> str:
    """The tag that a file gives to a storage: its device ("cpu", "cuda:0")."""
    return str(storage.device)


def default_restore_location(storage, location: str):
    """`storage`, moved to the device that the tag `location` names. RuntimeError where there is no such device here."""
    location = location.decode("ascii") if isinstance(location, bytes) else location
    device = _device(location)
    if device == storage.device:
        return storage
    memory = flambeau.empty(0, dtype=flambeau.uint8, device=storage.device).set_(storage)
    return memory.to(device).untyped_storage()


def restorer(map_location) -> Callable[[Storage, str], Storage]:
    """What moves a storage read from a file to its place: function(storage, tag in the file) -> storage.

    map_location: None (the device that the file names); a device or its name; a dict from the file's tags to others; or a function of
    (untyped storage on the CPU, tag) that gives the storage to use, or None for the default. TypeError for anything else.
    """
    if map_location is None:
        return lambda storage, tag: _move(storage, tag)
    if isinstance(map_location, dict):
        return lambda storage, tag: _move(storage, map_location.get(tag, tag))
    if isinstance(map_location, (str, bytes, flambeau.device)):
        target = map_location.decode("ascii") if isinstance(map_location, bytes) else str(map_location)
        return lambda storage, tag: _move(storage, target)
    if not callable(map_location):
        raise TypeError("map_location is None, a device, its name, a dict of tags or a function (storage, tag) -> storage, got "
                        f"{type(map_location).__name__}: it is not callable")

    def by_function(storage: Storage, tag: str) -> Storage:
        given = storage.untyped()
        result = map_location(given, tag)
        if result is None:
            return _move(storage, tag)
        if result is given or result.data_ptr() == given.data_ptr() and result.device == given.device and result.nbytes() == given.nbytes():
            return storage
        untyped = result.untyped() if hasattr(result, "untyped") else result
        return Storage(flambeau.empty(0, dtype=flambeau.uint8, device=untyped.device).set_(untyped), storage.dtype)

    return by_function


def is_meta(map_location) -> bool:
    """Whether nothing but shapes is wanted."""
    return isinstance(map_location, (str, flambeau.device)) and str(map_location) == "meta"


def _move(storage: Storage, tag) -> Storage:
    device = _device(tag)
    if device == storage.device or (device.type == storage.device.type == "cpu"):
        return storage
    if device.type == "meta":
        return Storage.on_meta(storage.nbytes(), storage.dtype)
    return Storage(storage.memory.to(device), storage.dtype)


def _device(tag):
    """The device that a tag names. RuntimeError, with what to do, where it is not here."""
    text = str(tag)
    kind = text.partition(":")[0]
    if kind == "cuda" and not flambeau.cuda.is_available():
        raise RuntimeError(
            "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you are running on a CPU-only "
            "machine, please use load with map_location='cpu' to map your storages to the CPU."
        )
    if kind == "mps" and not flambeau.backends.mps.is_available():
        raise RuntimeError("the file holds tensors of an Apple GPU ('mps'), which this machine has not: load it with map_location='cpu'")
    try:
        return flambeau.device(text)
    except (RuntimeError, ValueError, AssertionError):
        raise RuntimeError(f"don't know how to restore data location of torch.storage.UntypedStorage (tagged with {text}): "
                           "load it with map_location='cpu'") from None
