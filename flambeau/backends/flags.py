"""`torch.backends.cudnn` and its kin: settings that programs write, and questions about what is there.

Settings for libraries that flambeau does not use are kept and have no effect; questions are answered for what flambeau can do here.
"""
from __future__ import annotations

import contextlib
import sys
import warnings
from types import ModuleType
from typing import Any


class Flags(ModuleType):
    """The settings of one library, and whether it is there: a module, so that `import torch.backends.cudnn as cudnn` finds it."""

    def __init__(self, name: str, available: bool = False, **settings: Any):
        super().__init__(f"{__package__}.{name}", f"torch.backends.{name}: {'in use' if available else 'not used here; settings are kept, without effect'}.")
        self.__dict__.update(settings, _available=available)
        sys.modules[self.__name__] = self

    def is_available(self) -> bool:
        """Whether flambeau computes with this library here."""
        return self._available

    def is_built(self) -> bool:
        """Whether flambeau was made to compute with this library."""
        return self._available

    def version(self) -> int | None:
        """The library's version; None where it is not there."""
        return None

    def set_flags(self, **settings: Any) -> tuple:
        """Change settings, given as `enabled` or `_enabled`; the values before. None changes nothing."""
        before = tuple(self.__dict__.get(name.removeprefix("_")) for name in settings)
        self.__dict__.update({name.removeprefix("_"): value for name, value in settings.items() if value is not None})
        return before

    @contextlib.contextmanager
    def flags(self, **settings: Any):
        """Other settings for the length of a with block."""
        before = {name: self.__dict__[name] for name in settings if name in self.__dict__}
        self.__dict__.update(settings)
        try:
            yield
        finally:
            for name in settings:
                del self.__dict__[name]
            self.__dict__.update(before)

    def __repr__(self) -> str:
        return f"<module '{self.__name__.replace(__package__, 'torch.backends')}'>"


class Verbose(contextlib.AbstractContextManager):
    """A region in which a library would say what it does: it is not used, and says nothing."""

    def __init__(self, level: int = 0, enable: int = 0):
        self.level = level

    def __exit__(self, *exception) -> None:
        return None


def _setting(where: dict, name: str):
    """A function that asks for a setting, and one that changes it."""
    return lambda: where[name], lambda enabled: where.__setitem__(name, bool(enabled))


cudnn = Flags("cudnn", enabled=True, benchmark=False, deterministic=False, allow_tf32=True, benchmark_limit=10, fp32_precision="none",
              is_acceptable=lambda tensor: False, conv=Flags("cudnn.conv", fp32_precision="none"), rnn=Flags("cudnn.rnn", fp32_precision="none"))
mkl, mkldnn = Flags("mkl", verbose=Verbose, VERBOSE_OFF=0, VERBOSE_ON=1), Flags("mkldnn", enabled=False, deterministic=False, allow_tf32=True,
                                                                                fp32_precision="none", verbose=Verbose, VERBOSE_OFF=0, VERBOSE_ON=1)
mps, openmp, nnpack, xnnpack, miopen, cusparselt, kleidiai = (
    Flags(_name, enabled=False) for _name in ("mps", "openmp", "nnpack", "xnnpack", "miopen", "cusparselt", "kleidiai"))
opt_einsum = Flags("opt_einsum", enabled=False, strategy=None, get_opt_einsum=lambda: None)
quantized = Flags("quantized", engine="none", supported_engines=["none"])

# ------------------------------------------------------------------------------------------------------------------------- CUDA
_SDP = {"flash_sdp": True, "mem_efficient_sdp": True, "math_sdp": True, "cudnn_sdp": True}


@contextlib.contextmanager
def sdp_kernel(enable_flash: bool = True, enable_math: bool = True, enable_mem_efficient: bool = True, enable_cudnn: bool = True):
    """Which kernels attention may use, for the length of a with block: kept, without effect. Deprecated for torch.nn.attention.sdpa_kernel."""
    warnings.warn("`torch.backends.cuda.sdp_kernel()` is deprecated. In the future, this context manager will be removed. Please see "
                  "`torch.nn.attention.sdpa_kernel()` for the new context manager, with updated signature.", FutureWarning, stacklevel=3)
    before = dict(_SDP)
    _SDP.update(flash_sdp=enable_flash, math_sdp=enable_math, mem_efficient_sdp=enable_mem_efficient, cudnn_sdp=enable_cudnn)
    try:
        yield {}
    finally:
        _SDP.update(before)


cuda = Flags("cuda", sdp_kernel=sdp_kernel, preferred_linalg_library=lambda backend=None: backend, preferred_blas_library=lambda backend=None: backend,
             is_flash_attention_available=lambda: False, can_use_flash_attention=lambda params, debug=False: False,
             can_use_efficient_attention=lambda params, debug=False: False, can_use_cudnn_attention=lambda params, debug=False: False,
             matmul=Flags("cuda.matmul", allow_tf32=False, allow_fp16_reduced_precision_reduction=True, allow_bf16_reduced_precision_reduction=True,
                          allow_fp16_accumulation=False, fp32_precision="none"))
for _name in _SDP:
    cuda.__dict__[f"{_name}_enabled"], cuda.__dict__[f"enable_{_name}"] = _setting(_SDP, _name)

# -------------------------------------------------------------------------------------------------------------------------- CPU
_MHA = {"fastpath": True}
mha = Flags("mha", get_fastpath_enabled=_setting(_MHA, "fastpath")[0], set_fastpath_enabled=_setting(_MHA, "fastpath")[1])


def get_cpu_capability() -> str:
    """The vector extension that kernels were built for: DEFAULT, since they are made for the processor at hand; `flambeau env` lists its own."""
    return "DEFAULT"


cpu = Flags("cpu", available=True, get_cpu_capability=get_cpu_capability)

__all__ = ["Flags", "cpu", "cuda", "cudnn", "cusparselt", "kleidiai", "mha", "miopen", "mkl", "mkldnn", "mps", "nnpack", "openmp", "opt_einsum",
           "quantized", "xnnpack"]
