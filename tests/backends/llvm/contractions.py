"""Runs the kernels of one page by themselves: on arrays, with a plain epilogue, for any machine and number of threads."""
from __future__ import annotations

import ctypes
import functools

import llvmlite.binding as llvm
import numpy as np

from flambeau.backends.llvm.ir import Function, Module, Value, lanes, scalar, vector
from flambeau.backends.llvm.kernel import TYPES, Kernel, Machine, Operand, Scratch, Slot, Temporary

SENTINEL = 7.25         # what memory around operands and results holds


@functools.cache
def _initialised():
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


@functools.cache
def machine(kind: str = "host") -> Machine:
    """This processor, or what of it code for "avx2" or "sse" may use."""
    triple = _initialised().triple
    features = {name for name, there in llvm.get_host_cpu_features().items() if there}
    if kind == "host":
        return Machine(llvm.get_host_cpu_name(), frozenset(features), triple)
    wanted = {"sse", "sse2", "sse3", "ssse3", "sse4.1", "sse4.2", "popcnt", "cx16", "sahf"} | ({"avx", "avx2", "fma", "f16c", "bmi", "bmi2"} if kind == "avx2" else set())
    return Machine("x86-64", frozenset(wanted & features), triple)


@functools.lru_cache(maxsize=512)
def _engine(text: str, machine: Machine):
    module = llvm.parse_assembly(text)
    module.verify()
    features = ",".join(f"+{name}" for name in sorted(machine.features))
    target = _initialised().create_target_machine(cpu=machine.cpu, features=features, opt=2, jit=True)
    options = llvm.create_pipeline_tuning_options(speed_level=0)
    builder = llvm.create_pass_builder(target, options)
    passes = llvm.create_new_module_pass_manager()
    passes.add_sroa_pass()
    passes.run(module, builder)
    engine = llvm.create_mcjit_compiler(module, target)
    engine.finalize_object()
    return engine


def compiled(kernel: Kernel, machine: Machine):
    """The function of a kernel: f(pointer to pointers, thread, threads)."""
    module = Module()
    kernel.emit(module, "kernel", machine)
    engine = _engine(str(module), machine)
    function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)(engine.get_function_address("kernel"))
    function.engine = engine
    return function


class Buffer:
    """An array somewhere inside memory that is filled with a sentinel, in any order of axes and with gaps."""

    def __init__(self, array: np.ndarray, order=None, gap: int = 0, offset: int = 0):
        """order: the axes from the outermost to the innermost in memory; gap: elements left out after each run of the innermost axis."""
        order = tuple(order or range(array.ndim))
        self.memory = np.full(_elements(array.shape, order, gap) + offset + 64, SENTINEL, array.dtype) if array.dtype.kind != "i" else np.full(
            _elements(array.shape, order, gap) + offset + 64, -77, array.dtype)
        self.strides = _strides(array.shape, order, gap)
        self.offset, self.shape = offset + 32, array.shape
        self.view[...] = array
        self.before = self.memory.copy()

    @property
    def view(self) -> np.ndarray:
        return np.lib.stride_tricks.as_strided(self.memory[self.offset:], self.shape, [s * self.memory.itemsize for s in self.strides])

    def outside(self) -> bool:
        """Whether what lies around the array is as it was."""
        mask = np.zeros(self.memory.shape, bool)
        np.lib.stride_tricks.as_strided(mask[self.offset:], self.shape, self.strides)[...] = True
        return bool((self.memory[~mask] == self.before[~mask]).all())

    def unchanged(self) -> bool:
        return self.memory.tobytes() == self.before.tobytes()


def _strides(shape, order, gap):
    strides, step = [0] * len(shape), 1
    for place, axis in enumerate(reversed(order)):
        strides[axis] = step
        step *= max(shape[axis], 1)
        if place == 0:
            step += gap
    return tuple(strides)


def _elements(shape, order, gap):
    return max(1, sum(max(n - 1, 0) * s for n, s in zip(shape, _strides(shape, order, gap), strict=True)) + 1)


class StoreEpilogue:
    """Stores results, perhaps clamped at 0, at the strides of a buffer."""

    work, far, scattered = 0.1, False, 32.0

    def __init__(self, slot: int, strides, offset: int, type: str, relu: bool = False):
        self.arguments = (Slot(slot),)
        self.strides, self.offset, self.type, self.relu = strides, offset, type, relu
        self.lanes = next((a for a, s in enumerate(strides) if s == 1), None)
        self.description = f"store {strides} {offset} {type} {relu}"

    def emit(self, f: Function, pointers: list[Value], index: list[Value], axis: int, value: Value, mask: Value | None) -> None:
        assert len(index) == len(self.strides)
        place = f.index(self.offset)
        for i, s in zip(index, self.strides, strict=True):
            place = f.add(place, f.mul(i, s))
        if self.relu:
            zero = Value(value.type, "zeroinitializer")
            value = f.select(f.compare("olt", value, zero), zero, value)
        width = lanes(value.type)
        if scalar(value.type) != self.type:
            value = f.convert("fptrunc", value, vector(self.type, width))
        pointer, step = f.at(pointers[0], place, self.type), self.strides[axis]
        if not width or step == 1:
            f.store(value, pointer) if mask is None else f.masked_store(value, pointer, mask)
            return
        steps = f"<{width} x i64> <{', '.join(f'i64 {k * step}' for k in range(width))}>"
        f.scatter(value, f.emit(f"<{width} x ptr>", f"getelementptr {self.type}, ptr {pointer.name}, {steps}"), mask)

    def touch(self, f: Function, pointers: list[Value], index: list[Value], axis: int, width: int) -> None:
        """Nothing is far."""


def _address(array: np.ndarray) -> int:
    return array.ctypes.data


def aligned(nbytes: int) -> np.ndarray:
    """Bytes that begin at a multiple of 64, all 0xFF (NaN as floats), with 64 more that must stay so."""
    raw = np.full(nbytes + 192, 0xFF, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start:start + nbytes + 64]


class Call:
    """The kernels of one page call, ready to run: KERNELS[name] on buffers, storing into `out`."""

    def __init__(self, builder, op, buffers, out: Buffer, kind: Machine, threads: int, relu: bool = False, dtypes=None):
        names = dtypes or [b.memory.dtype.name for b in (*buffers, out)]
        self.buffers, self.out, self.threads = buffers, out, threads
        operands = [Operand(Slot(k), b.shape, b.strides, TYPES[t], b.offset) for k, (b, t) in enumerate(zip(buffers, names[:-1], strict=True))]
        epilogue = StoreEpilogue(len(buffers), out.strides, out.offset, TYPES[names[-1]], relu)
        self.kernels = builder(op, operands, tuple(out.shape), epilogue, kind)
        self.taken = self.kernels is not None
        self.memory: dict = {}
        self.runs = []
        for kernel in self.kernels or ():
            self.runs.append((compiled(kernel, kind), (ctypes.c_void_p * max(len(kernel.arguments), 1))(*map(self._place, kernel.arguments))))

    def _place(self, argument) -> int:
        if isinstance(argument, Slot):
            return _address([*self.buffers, self.out][argument.number].memory)
        if isinstance(argument, Temporary):
            key, nbytes = ("temporary", argument.key), argument.nbytes
        else:
            assert isinstance(argument, Scratch) and argument.nbytes % 64 == 0
            key, nbytes = ("scratch", len(self.memory)), argument.nbytes * self.threads
        if key not in self.memory:
            self.memory[key] = aligned(nbytes)
        assert self.memory[key].size == nbytes + 64
        return _address(self.memory[key])

    def run(self) -> np.ndarray:
        """One thread after the other: kernels never wait for each other."""
        for function, arguments in self.runs:
            for thread in range(self.threads):
                function(arguments, thread, self.threads)
        return self.out.view

    def kept(self) -> bool:
        """Whether nothing was written beside the result and the memory that was asked for."""
        return (all(b.unchanged() for b in self.buffers) and self.out.outside()
                and all((m[-64:] == 0xFF).all() for m in self.memory.values()))
