"""Backends: the protocol that each one keeps, and the registry that finds them.

A backend turns programs (compiler.Program) into something that runs: `prepare(program)` returns a callable that takes the leaves' buffers
and returns the results' buffers. It may run any page by its reference; what it can do better it does by `element` or by a kernel of its own.

The same name space holds PyTorch's `torch.backends.cudnn` and its kin (flags.py).
"""
from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from ..compiler import Program
from .flags import (
    Flags,
    cpu,
    cuda,
    cudnn,
    cusparselt,
    kleidiai,
    mha,
    miopen,
    mkl,
    mkldnn,
    mps,
    nnpack,
    openmp,
    opt_einsum,
    quantized,
    xnnpack,
)


class Backend(Protocol):
    """What the runtime asks of a backend."""

    name: str
    device_type: str

    def unavailable(self) -> str | None:
        """None if the backend can run here, else the reason why not."""

    def prepare(self, program: Program) -> Callable[[list[Any]], list[Any]]:
        """A callable from the leaves' buffers to the results' buffers."""


class Interrupted(Exception):
    """The keyboard's interrupt came while a program ran; `args[0]` holds the results, which are complete."""


BACKENDS = ("llvm", "numpy")           # modules of this package, in order of preference


def get(name: str) -> Backend:
    """The backend called `name`, loaded when first asked for."""
    if name not in BACKENDS:
        raise ValueError(f"no backend {name!r}; there are {', '.join(BACKENDS)}")
    return import_module(f"{__name__}.{name}").backend


def status() -> dict[str, str]:
    """For each backend "available", or why it is not."""
    return {name: get(name).unavailable() or "available" for name in BACKENDS}


__all__ = ["BACKENDS", "Backend", "Flags", "Interrupted", "cpu", "cuda", "cudnn", "cusparselt", "get", "kleidiai", "mha", "miopen", "mkl", "mkldnn", "mps",
           "nnpack", "openmp", "opt_einsum", "quantized", "status", "xnnpack"]
