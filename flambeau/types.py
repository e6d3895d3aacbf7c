"""Types for annotations (torch.types)."""
from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO, Any, TypeAlias

from flambeau import Size, Tensor, device, dtype, layout

_bool, _bytes, _complex, _float, _int, _str = bool, bytes, complex, float, int, str
_device, _dtype, _layout = device, dtype, layout

Number: TypeAlias = int | float | bool
PySymType: TypeAlias = int | float | bool
Device: TypeAlias = device | str | int | None
FileLike: TypeAlias = str | os.PathLike[str] | IO[bytes]
Storage: TypeAlias = Any
_size: TypeAlias = Size | list[int] | tuple[int, ...]
_symsize: TypeAlias = Size | Sequence[int]
_dispatchkey: TypeAlias = str
_TensorOrTensors: TypeAlias = Tensor | Sequence[Tensor]
_TensorOrOptionalTensors: TypeAlias = Tensor | Sequence[Tensor | None]

__all__ = ["Device", "FileLike", "Number", "PySymType", "Storage"]
