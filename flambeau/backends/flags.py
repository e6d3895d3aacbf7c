"""`torch.backends.cudnn` and its kin: settings that programs write, and questions about what is there.

Settings for libraries that flambeau does not use are kept and have no effect; questions are answered for what flambeau can do here.
"""
from __future__ import annotations

import contextlib


class Flags:
    """The settings of one library, and whether it is there."""

    def __init__(self, name: str, available: bool = False, **settings):
        self._name, self._available = name, available
        self.__dict__.update(settings)

    def is_available(self) -> bool:
        """Whether flambeau computes with this library here."""
        return self._available

    def is_built(self) -> bool:
        """Whether flambeau was made to compute with this library."""
        return self._available

    def version(self):
        """The library's version; None where it is not there."""
        return None

    @contextlib.contextmanager
    def flags(self, **settings):
        """Other settings for the length of a with block."""
        before = {k: self.__dict__.get(k) for k in settings}
        self.__dict__.update(settings)
        try:
            yield
        finally:
            self.__dict__.update(before)

    def __repr__(self) -> str:
        return f"torch.backends.{self._name}"


cudnn = Flags("cudnn", enabled=True, benchmark=False, deterministic=False, allow_tf32=True, benchmark_limit=10)
cuda = Flags("cuda", matmul=Flags("cuda.matmul", allow_tf32=False, allow_fp16_reduced_precision_reduction=True, allow_bf16_reduced_precision_reduction=True))
mps, mkl, mkldnn, openmp, xnnpack, nnpack = (Flags(n, enabled=False) for n in ("mps", "mkl", "mkldnn", "openmp", "xnnpack", "nnpack"))


def _sdp(name: str):
    return lambda: True, lambda enabled: cuda.__dict__.__setitem__(f"_{name}", bool(enabled))


for _name in ("flash_sdp", "mem_efficient_sdp", "math_sdp", "cudnn_sdp"):
    cuda.__dict__[f"{_name}_enabled"], cuda.__dict__[f"enable_{_name}"] = _sdp(_name)
