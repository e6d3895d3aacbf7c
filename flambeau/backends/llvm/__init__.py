"""The CPU backend: programs as machine code, made by LLVM.

ir writes LLVM's language, mathematics the elementary functions, emit scalar expressions; loops, rows and columns make kernels of loop nests, gemm of
products, convolution and pooling of theirs; jit turns kernels into addresses, kept on disk; team and driver run them; buffers has the memory of
large results; backend puts it together.
swaps serves core.shuffle.
"""
from __future__ import annotations

from . import swaps  # noqa: F401  core.shuffle uses it from here on
from .backend import LlvmBackend, backend

__all__ = ["LlvmBackend", "backend"]
