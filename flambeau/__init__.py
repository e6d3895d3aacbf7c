"""flambeau: deep learning that reads like PyTorch and runs as compiled whole steps.

`import flambeau as torch`, and PyTorch's names are there: tensors, autograd, `nn`, `optim`, `utils.data`, `vision`, `save` and `load`.
"""
from __future__ import annotations

import importlib as _importlib

from . import ops as _ops
from . import runtime as _runtime
from .autograd import backward as _backward
from .autograd.modes import enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad, set_grad_enabled
from .core.device import device
from .core.dtype import (
    ALIASES as _ALIASES,
)
from .core.dtype import (
    BY_NAME as _BY_NAME,
)
from .core.dtype import (
    can_cast,
    dtype,
    promote_types,
    set_default_dtype,
)
from .core.dtype import (
    default_dtype as get_default_dtype,
)
from .core.shape import Size
from .core.tensor import Tensor, strided
from .ops.activation import *
from .ops.contract import *
from .ops.convert import *
from .ops.convert import memory_format
from .ops.create import *
from .ops.elementwise import *
from .ops.movement import *
from .ops.random import *
from .ops.random import _standard_gamma
from .ops.reduce import *

__version__ = "0.1.0"

globals().update(_BY_NAME)
globals().update(_ALIASES)
contiguous_format, preserve_format = memory_format.contiguous_format, memory_format.preserve_format
channels_last, channels_last_3d = memory_format.channels_last, memory_format.channels_last_3d

# parts that load when first used
_LAZY = {"autograd", "nn", "optim", "utils", "vision", "serialization", "distributions", "linalg", "fft", "special", "func"}


def __getattr__(name: str):
    if name in _LAZY:
        return _importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'flambeau' has no attribute {name!r}")
