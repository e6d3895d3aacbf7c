"""What the parts of this backend hand to each other: the machine, kernels, and where their arguments lie."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from ...core.watch import Line
from .ir import Function, Module, Value

TYPES = {"bool": "i8", "uint8": "i8", "int8": "i8", "uint16": "i16", "int16": "i16", "uint32": "i32", "int32": "i32", "uint64": "i64", "int64": "i64",
         "float16": "half", "bfloat16": "bfloat", "float32": "float", "float64": "double"}       # how a dtype lies in memory


@dataclass(frozen=True)
class Machine:
    """The processor that code is made for."""

    cpu: str
    features: frozenset[str]        # as LLVM names them: "avx512f", "fma", "neon" …
    triple: str = ""

    @cached_property
    def vector_bytes(self) -> int:
        """Bytes in the widest register that arithmetic uses: 64 (AVX-512), 32 (AVX2), 16 (SSE, NEON)."""
        return 64 if "avx512f" in self.features else 32 if "avx2" in self.features else 16

    def width(self, type: str) -> int:
        """How many lanes of a scalar type fit a register."""
        from_bytes = {"half": 2, "bfloat": 2, "float": 4, "double": 8, "i1": 1}
        size = from_bytes.get(type) or int(type[1:]) // 8
        return self.vector_bytes // size

    @cached_property
    def registers(self) -> int:
        """How many vector registers there are."""
        return 32 if "avx512f" in self.features or "neon" in self.features else 16


@dataclass(frozen=True)
class Slot:
    """An argument: the memory of a program's slot, or of a temporary of this kernel's own making (negative numbers)."""

    number: int


@dataclass(frozen=True)
class Scratch:
    """An argument: memory that lives during one kernel, `nbytes` for each thread (of a team of `threads`), 64-byte aligned.

    The pointer is to the first thread's; that of thread t begins t · nbytes further (nbytes is a multiple of 64).
    """

    nbytes: int


@dataclass(frozen=True)
class Temporary:
    """An argument: memory that all threads share, 64-byte aligned. It lives from the first to the last kernel of a segment that names the same key."""

    key: object
    nbytes: int


@dataclass(eq=False)
class Kernel:
    """A piece of native work: a function (ptr arguments, i64 thread, i64 threads) that every thread of the team calls once.

    description   all that its code depends on beside the machine: the name under which its object is kept
    emit          writes the function `name` into a module, called only where no object is at hand
    arguments     what the array `arguments` of pointers holds, in order
    work          estimated nanoseconds on one thread: small ones run on one thread only
    The next kernel begins when all threads have finished this one. A kernel never waits for other threads itself.
    """

    description: str
    emit: Callable[[Module, str, Machine], None]
    arguments: tuple[Slot | Scratch | Temporary, ...]
    work: float = 0.0
    flops: float = 0.0
    nbytes: float = 0.0
    title: str = ""                 # for the profiler: "linear + relu", "convolution" …
    lines: tuple[Line, ...] = ()    # of the user's program, for the profiler


@dataclass(frozen=True)
class Operand:
    """A tensor that a kernel reads: where it is, and how its elements lie. Strides count elements; one of 0 repeats."""

    slot: Slot
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    type: str                       # of an element in memory
    offset: int = 0                 # elements before the first


class Epilogue(Protocol):
    """What becomes of the results of a contraction (a matrix product, a convolution) while they are in registers: bias, activation, mask,
    residual, optimizer update, cast, store. The compiler makes it from the pages that follow; the kernel only says where it stands.

    description   all that its code depends on: part of the kernel's own description
    arguments     the pointers that it needs; the kernel appends them to its own arguments
    lanes         the axis of the result along which its loads and stores are contiguous, counted from 0 (batch axes first); None if none is
    """

    description: str
    arguments: tuple[Slot, ...]
    lanes: int | None
    work: float                     # estimated nanoseconds for one element
    far: bool                       # whether its loads and stores reach so much memory that asking for it beforehand pays
    scattered: float                # estimated cycles that a vector of results costs more if its lanes run along another axis than `lanes`

    def emit(self, f: Function, pointers: list[Value], index: list[Value], axis: int, value: Value, mask: Value | None) -> None:
        """Write what happens to `value`, the results at `index` (an i64 for each axis of the result) and at the lanes after it along `axis`.

        `value` is a vector (or a scalar) of the accumulating type; `mask` says which of its lanes exist (None: all). Stores included.
        """

    def touch(self, f: Function, pointers: list[Value], index: list[Value], axis: int, width: int) -> None:
        """Ask for the memory that `emit` will load from and store to at `index` and at the `width` lanes from there along `axis`; none need exist."""
