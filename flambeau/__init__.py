"""flambeau: deep learning that reads like PyTorch and runs as compiled whole steps.

`import flambeau as torch`, and PyTorch's names are there: tensors, autograd, `nn`, `optim`, `utils.data`, `vision`, `save` and `load`.
"""
from __future__ import annotations

import importlib as _importlib
from math import e, inf, nan, pi
from sys import modules as _modules

from . import ops as _ops
from . import runtime as _runtime
from .autograd.modes import enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad, set_grad_enabled
from .core.device import device, set_default_device
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
from .core.errors import AcceleratorError, OutOfMemoryError
from .core.errors import MissingName as _MissingName
from .core.graph import flush as run_pending
from .core.layout import *
from .core.limits import finfo, iinfo
from .core.predicates import *
from .core.printing import set_printoptions
from .core.shape import Size
from .core.suggest import did_you_mean as _did_you_mean
from .core.suggest import dotted_names as _dotted_names
from .core.tensor import Tensor
from .core.threads import *
from .ops.convert import memory_format
from .ops.names import FUNCTIONS as _FUNCTIONS

globals().update(_BY_NAME)
globals().update(_ALIASES)
contiguous_format, preserve_format = memory_format.contiguous_format, memory_format.preserve_format
channels_last, channels_last_3d = memory_format.channels_last, memory_format.channels_last_3d
newaxis = None

# parts that load when first used, and the names in them that PyTorch has at the top
_PARTS = tuple("""accelerator amp ao array_api audio autograd backends compiler cpu cuda distributed distributions export fft func functional futures fx hub jit library
linalg masked mps mtia multiprocessing nested nn onnx optim overrides package profiler quantization random return_types serialization signal
sparse special storage testing text torch_version training types utils version vision xpu _C _dynamo _inductor _utils __config__ __future__""".split())
_ELSEWHERE = {name: part for part, names in {
    "amp": "GradScaler autocast",
    "autograd.anomaly_mode": "is_anomaly_enabled",
    "_dynamo.eval_frame": "compile",
    "func": "vmap",
    "ops.random": "_standard_gamma",
    "quantization": "per_channel_affine per_channel_symmetric per_tensor_affine per_tensor_symmetric qint32 qint8 quantize_per_channel "
                    "quantize_per_tensor quint4x2 quint8",
    "futures": "Future",
    "serialization": "load save",
    "core.determinism": "are_deterministic_algorithms_enabled get_deterministic_debug_mode is_deterministic_algorithms_warn_only_enabled "
                        "set_deterministic_debug_mode use_deterministic_algorithms",
    "settings": "compiled_with_cxx11_abi get_device_module get_float32_matmul_precision "
                "is_distributed is_vulkan_available is_warn_always_enabled seed_everything "
                "set_float32_matmul_precision set_flush_denormal set_warn_always ",
}.items() for name in names.split()}
_ELSEWHERE |= {name: f"ops.{module}" for module, names in _FUNCTIONS.items() for name in names.split()}


def __getattr__(name: str):
    if name == "__version__":
        return _version()
    if name == "torch":         # PyTorch names itself too: programs resolve dotted names such as torch.special.erf in it
        return _modules[__name__]
    if name in _PARTS:
        try:
            return _importlib.import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
    if name in _ELSEWHERE:
        value = globals()[name] = getattr(_importlib.import_module(f"{__name__}.{_ELSEWHERE[name]}"), name)
        return value
    raise _MissingName(f"module 'torch' has no attribute '{name}'", lambda: _meant(name))


def _version() -> str:
    """flambeau's version; where the program knows us as `torch`, that of the PyTorch that it is written for."""
    versions = _importlib.import_module(f"{__name__}.version")
    if _modules.get("torch") is not _modules[__name__]:
        return versions.VERSION
    return _importlib.import_module(f"{__name__}.torch_version").TorchVersion(versions.__version__)


def _meant(name: str) -> str:
    """For a name that is not here the end of the message: the one that was meant, if one is close."""
    if name.startswith("_"):
        return ""

    def names_in(path):
        try:
            return dir(_importlib.import_module(f"{__name__}.{path}"))
        except (ImportError, AttributeError):
            return ()
    here = [n for n in [*globals(), *_ELSEWHERE, *_PARTS] if not n.startswith("_")]
    found = _did_you_mean(name, [*here, *_dotted_names(("cuda", "accelerator", "linalg", "special", "fft"), names_in)], prefix="torch.")
    deeper = ("nn", "nn.functional", "optim", "utils.data", "vision.transforms")
    return found or _did_you_mean(name, _dotted_names(deeper, names_in), prefix="torch.")


def __dir__():
    return sorted({*globals(), *_PARTS, *_ELSEWHERE, "__version__"})
