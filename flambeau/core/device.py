"""Devices: where a tensor's memory is."""
from __future__ import annotations

_TYPES = ("cpu", "cuda", "mps", "xpu", "meta")


class device:
    """A place for tensors: `device("cpu")`, `device("cuda:1")`, `device("cuda", 1)`. Naming one does not mean that it is there."""

    __slots__ = ("type", "index")

    def __init__(self, type, index: int | None = None):
        if isinstance(type, device):
            type, index = type.type, type.index
        elif isinstance(type, int):
            type, index = "cuda", type
        elif not isinstance(type, str):
            raise TypeError(f"device() takes a name such as 'cpu' or 'cuda:0', not {type!r}")
        if ":" in type:
            type, _, number = type.partition(":")
            if not number.isdigit():
                raise RuntimeError(f"Invalid device string: '{type}:{number}'")
            index = int(number)
        if type not in _TYPES:
            raise RuntimeError(f"Expected one of {', '.join(_TYPES)} device type at start of device string: {type}")
        object.__setattr__(self, "type", type)
        object.__setattr__(self, "index", index)

    def __setattr__(self, name, value):
        raise AttributeError("device objects are read-only")

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (f", index={self.index})" if self.index is not None else ")")

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self):
        return device, (self.type,) if self.index is None else (self.type, self.index)

    def __enter__(self):
        _defaults.append(as_device(self))
        return self

    def __exit__(self, *exc):
        _defaults.pop()


CPU, META = device("cpu"), device("meta")
_defaults = [CPU]


def default_device() -> device:
    """The device on which new tensors are made."""
    return _defaults[-1]


def set_default_device(d) -> None:
    """Make new tensors on `d` from now on (None: the CPU again)."""
    _defaults[-1] = CPU if d is None else as_device(d)


def as_device(d) -> device:
    """The usable device that `d` names. RuntimeError, with the reason, for one that has no backend here."""
    if d is None:
        return _defaults[-1]
    if d is CPU or d is META:
        return d
    d = d if isinstance(d, device) else device(d)
    if d.type == "cpu":
        return CPU
    if d.type == "meta":
        return META
    if d.type == "cuda":
        raise AssertionError(f"Torch not compiled with CUDA enabled: flambeau has no backend for device '{d}' here; use device='cpu' "
                             "(`flambeau env` lists the backends)")
    raise RuntimeError(f"flambeau has no backend for device '{d}' here; use device='cpu' (`flambeau env` lists the backends)")
