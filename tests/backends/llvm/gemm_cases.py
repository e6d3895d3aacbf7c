"""Contractions compiled and run as they are by the engine, with epilogues simple enough to check: what test_gemm.py is written with."""
from __future__ import annotations

import ctypes
import mmap
from dataclasses import dataclass, field

import llvmlite.binding as llvm
import numpy as np

from flambeau.backends.llvm.gemm import Contraction, contraction
from flambeau.backends.llvm.ir import Module, constant, i64, lanes
from flambeau.backends.llvm.kernel import Machine, Operand, Scratch, Slot

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()

HOST = Machine(llvm.get_host_cpu_name(), frozenset(name for name, has in llvm.get_host_cpu_features().items() if has))
MACHINES = {"host": HOST}
if "avx2" in HOST.features:
    MACHINES["avx2"] = Machine("haswell", frozenset({"avx", "avx2", "fma", "f16c"}))
if "x86_64" in llvm.get_process_triple():
    MACHINES["sse"] = Machine("x86-64", frozenset({"sse2"}))
if "avx512bf16" in HOST.features:
    MACHINES["pairs"] = Machine("znver4", HOST.features)        # where bfloats are multiplied two at a time

DTYPES = {"float": np.float32, "double": np.float64, "half": np.float16, "bfloat": np.uint16,
          "i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64}


def to_bfloat(x: np.ndarray) -> np.ndarray:
    """Nearest bfloats, as their bits."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def numbers(x: np.ndarray, type: str) -> np.ndarray:
    """Exact values, as float64 or int64."""
    if type == "bfloat":
        return (x.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return x.astype(np.float64 if x.dtype.kind == "f" else np.int64)


@dataclass
class Finish:
    """An epilogue: out = relu(sums + bias), or out += factor · sums, or out = sums. Strides of the result count elements."""

    strides: tuple[int, ...]
    type: str
    lanes: int | None
    bias: int | None = None             # the axis that the bias runs along
    factor: float | None = None
    work: float = 0.0
    scattered: float = 32.0
    far: bool = True
    long: bool = False                  # as if it were too long to stand in the kernel for every vector
    arguments: tuple = field(init=False)
    description: str = field(init=False)

    def __post_init__(self):
        self.arguments = (Slot(100), Slot(101))
        self.description = f"{self.strides} {self.type} {self.bias} {self.factor} {self.long}"

    def touch(self, f, pointers, index, axis, width):
        place = i64(0)
        for stride, i in zip(self.strides, index, strict=True):
            place = f.add(place, f.mul(i, stride))
        f.prefetch(f.at(pointers[0], place, self.type), write=True)

    def emit(self, f, pointers, index, axis, value, mask):
        width = lanes(value.type)
        if self.long:
            for _ in range(300):
                f.add(index[axis], i64(1))
        if self.bias is not None:
            at = f.at(pointers[1], index[self.bias], self.type)
            if self.bias != axis:
                bias = f.splat(f.load(self.type, at), width)
            else:
                bias = f.load(value.type, at) if mask is None else f.masked_load(value.type, at, mask)
            value = f.fadd(value, bias)
            value = f.select(f.compare("olt", value, constant(value.type, 0.0)), constant(value.type, 0.0), value)
        at = i64(0)
        for stride, i in zip(self.strides, index, strict=True):
            at = f.add(at, f.mul(i, stride))
        base = f.at(pointers[0], at, self.type)
        if self.strides[axis] == 1:
            if self.factor is not None:
                old = f.load(value.type, base) if mask is None else f.masked_load(value.type, base, mask)
                value = f.fadd(f.fmul(value, constant(value.type, self.factor)), old)
            if mask is None:
                f.store(value, base)
            else:
                f.masked_store(value, base, mask)
            return
        steps = f.op("mul", f.iota(width), constant(f"<{width} x i64>", self.strides[axis]))
        places = f.emit(f"<{width} x ptr>", f"getelementptr {self.type}, ptr {base.name}, {steps}")
        if self.factor is not None:
            value = f.fadd(f.fmul(value, constant(value.type, self.factor)), f.gather(value.type, places, mask))
        f.scatter(value, places, mask)


class Compiled:
    """The kernels of one contraction, callable thread by thread."""

    def __init__(self, spec: Contraction, epilogue, machine: Machine):
        self.kernels = contraction(spec, epilogue, machine)
        module = Module()
        for i, kernel in enumerate(self.kernels):
            kernel.emit(module, f"kernel{i}", machine)
        parsed = llvm.parse_assembly(str(module))
        parsed.verify()
        all_of_host = machine.features == HOST.features
        features = llvm.get_host_cpu_features().flatten() if all_of_host else ",".join(f"+{name}" for name in sorted(machine.features))
        target = llvm.Target.from_default_triple().create_target_machine(cpu=HOST.cpu if all_of_host else machine.cpu, features=features, opt=2, jit=True)
        passes = llvm.create_new_module_pass_manager()
        passes.add_sroa_pass()
        passes.run(parsed, llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options()))
        self.engine = llvm.create_mcjit_compiler(parsed, target)
        self.engine.finalize_object()

    def run(self, memory: dict[int, int], threads: int) -> None:
        """One call for each thread, the last first: none may wait for another."""
        shared, keep = {}, []        # temporaries by the identity of their keys, as the driver has them
        for i, kernel in enumerate(self.kernels):
            pointers = []
            for argument in kernel.arguments:
                if isinstance(argument, Slot):
                    pointers.append(memory[argument.number])
                elif isinstance(argument, Scratch):
                    keep.append(aligned(argument.nbytes * threads))
                    pointers.append(keep[-1].ctypes.data)
                else:
                    shared.setdefault(id(argument.key), aligned(argument.nbytes))
                    pointers.append(shared[id(argument.key)].ctypes.data)
            array = (ctypes.c_void_p * len(pointers))(*pointers)
            call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)(self.engine.get_function_address(f"kernel{i}"))
            for thread in reversed(range(threads)):
                call(array, thread, threads)


def aligned(nbytes: int) -> np.ndarray:
    """Memory at a multiple of 64 bytes, full of ones: nothing may rely on zeros."""
    raw = np.full(nbytes + 64, 0xFF, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start:start + nbytes]


def guarded(x: np.ndarray, at_end: bool, protect: list) -> np.ndarray:
    """A copy of an array (of any strides, gaps included) that ends, or begins, where memory that nobody may touch begins, or ends."""
    page = mmap.PAGESIZE
    extent = sum((n - 1) * s for n, s in zip(x.shape, x.strides, strict=True)) + x.itemsize if x.size else 1
    room = -(-extent // page) * page
    area = mmap.mmap(-1, room + 2 * page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    libc = ctypes.CDLL(None)
    for wall in (start, start + page + room):
        if libc.mprotect(ctypes.c_void_p(wall), ctypes.c_size_t(page), 0):
            raise OSError("mprotect failed")
    protect.append(area)
    offset = page + (room - extent if at_end else 0)
    copy = np.ndarray(x.shape, x.dtype, area, offset, x.strides)
    if x.size:
        copy[...] = x
    return copy


@dataclass
class Case:
    """A contraction with its numbers: out (*batch, m, n)."""

    batch: tuple[int, ...] = ()
    m: int = 8
    n: int = 8
    k: int = 8
    order_a: tuple[int, ...] | None = None      # axes of a, outermost in memory first
    order_b: tuple[int, ...] | None = None
    repeat_a: tuple[int, ...] = ()              # axes along which a has stride 0
    repeat_b: tuple[int, ...] = ()
    gap: int = 1                                # elements from one to the next along the innermost axis
    types: tuple[str, str, str] = ("float", "float", "float")       # of a, b, and the sums
    finish: str = "store"                       # or "bias", "update"
    transposed: bool = False                    # whether the result lies (*batch, n, m)
    long: bool = False
    machine: str = "host"

    def __post_init__(self):
        self.rng = np.random.default_rng(self.m * 10007 + self.n * 101 + self.k)
        self.a = self._array((*self.batch, self.m, self.k), self.order_a, self.repeat_a, self.types[0])
        self.b = self._array((*self.batch, self.k, self.n), self.order_b, self.repeat_b, self.types[1])
        self.bias = self.rng.standard_normal(self.n).astype(DTYPES[self.types[2]])

    def _array(self, shape, order, repeat, type):
        order = order or tuple(range(len(shape)))
        kept = [1 if axis in repeat else size for axis, size in enumerate(shape)]
        stored = [kept[axis] for axis in order]
        stored[-1] *= self.gap
        if type.startswith("i"):
            values = self.rng.integers(-100, 100, stored).astype(DTYPES[type])
        else:
            values = self.rng.standard_normal(stored).astype(np.float32)
            values = to_bfloat(values) if type == "bfloat" else values.astype(DTYPES[type])
        return np.broadcast_to(values[..., ::self.gap].transpose(np.argsort(order)), shape)

    def fresh(self) -> np.ndarray:
        """Memory for the result, all 7."""
        shape = (*self.batch, self.n, self.m) if self.transposed else (*self.batch, self.m, self.n)
        out = np.full(shape, 7, DTYPES[self.types[2]])
        return out.swapaxes(-1, -2) if self.transposed else out

    def compile(self) -> Compiled:
        """Its kernels."""
        nb, machine = len(self.batch), MACHINES[self.machine]
        strides = tuple(s // self.fresh().itemsize for s in self.fresh().strides)
        finish = Finish(strides, self.types[2], nb + (0 if self.transposed else 1), nb + 1 if self.finish == "bias" else None,
                        -0.5 if self.finish == "update" else None, long=self.long)
        a, b = (Operand(Slot(i), x.shape, tuple(s // x.itemsize for s in x.strides), type)
                for i, (x, type) in enumerate(zip((self.a, self.b), self.types[:2], strict=True)))
        return Compiled(Contraction(self.batch, self.m, self.n, self.k, a, b, self.types[2]), finish, machine)

    def run(self, compiled: Compiled, threads: int, a=None, b=None, out=None) -> np.ndarray:
        """The result."""
        out = self.fresh() if out is None else out
        a, b = self.a if a is None else a, self.b if b is None else b
        compiled.run({0: a.ctypes.data, 1: b.ctypes.data, 100: out.ctypes.data, 101: self.bias.ctypes.data}, threads)
        return out

    def check(self, out: np.ndarray) -> None:
        """Against NumPy's sums in float64 (or wrapping integers)."""
        a, b = numbers(self.a, self.types[0]), numbers(self.b, self.types[1])
        expected = a @ b
        if self.types[2].startswith("i"):
            np.testing.assert_array_equal(out, expected.astype(DTYPES[self.types[2]]), err_msg=repr(self))
            return
        if self.finish == "bias":
            expected = np.maximum(expected + self.bias, 0)
        if self.finish == "update":
            expected = 7 - 0.5 * expected
        bound = (3e-6 if self.types[2] == "float" else 1e-14) * (np.abs(a) @ np.abs(b) + 8)
        wrong = ~(np.abs(out - expected) <= bound)
        if wrong.any():
            where = tuple(np.argwhere(wrong)[0])
            raise AssertionError(f"{self}: {wrong.sum()} of {wrong.size} wrong, the first at {where}: {out[where]}, not {expected[where]}")
