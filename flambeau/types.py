"""Types for annotations (torch.types)."""
from __future__ import annotations

import os
from builtins import bool as _bool
from builtins import bytes as _bytes
from builtins import complex as _complex
from builtins import float as _float
from builtins import int as _int
from builtins import str as _str
from collections.abc import Sequence
from typing import IO, Any, TypeAlias

import flambeau
from flambeau import Size, Tensor
from flambeau import device as _device
from flambeau import dtype as _dtype
from flambeau import layout as _layout

Number: TypeAlias = int | float | bool
PySymType: TypeAlias = int | float | bool
Device: TypeAlias = _device | str | int | None
FileLike: TypeAlias = str | os.PathLike[str] | IO[bytes]
_size: TypeAlias = Size | list[int] | tuple[int, ...]
_symsize: TypeAlias = Size | Sequence[int]
_dispatchkey: TypeAlias = str
_TensorOrTensors: TypeAlias = Tensor | Sequence[Tensor]
_TensorOrOptionalTensors: TypeAlias = Tensor | Sequence[Tensor | None]
Storage: TypeAlias = Any

__all__ = ["Device", "FileLike", "Number", "PySymType", "Storage"]
