"""LLVM IR as text: values that know their type, functions built statement by statement, modules that collect what functions declare.

Nothing here knows tensors. Kernels are written with it as a person would write C with vector types; loops keep what changes in variables
(stack slots), which LLVM's SROA turns into registers.
"""
from __future__ import annotations

import contextlib
import math
import re
import struct
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

FLOATS = ("half", "bfloat", "float", "double")
_SHORT = {"half": "f16", "bfloat": "bf16", "float": "f32", "double": "f64", "ptr": "p0"}


class Value(NamedTuple):
    """An operand: its LLVM type and its name (or the text of a constant)."""

    type: str
    name: str

    def __str__(self) -> str:
        return f"{self.type} {self.name}"


@cache
def lanes(type: str) -> int:
    """How many lanes a vector type has; 0 for a scalar type."""
    found = re.match(r"<(\d+) x", type)
    return int(found[1]) if found else 0


@cache
def scalar(type: str) -> str:
    """The type of one lane."""
    return type[type.index(" x ") + 3:-1] if type[0] == "<" else type


@cache
def vector(type: str, width: int) -> str:
    """The type of `width` lanes of a scalar type; the scalar itself for 0."""
    return f"<{width} x {scalar(type)}>" if width else scalar(type)


def like(type: str, of: str) -> str:
    """Lanes of type `type`, as many as `of` has."""
    return vector(type, lanes(of))


@cache
def is_float(type: str) -> bool:
    """Whether lanes are floating point."""
    return scalar(type) in FLOATS


@cache
def size_of(type: str) -> int:
    """Bytes that one lane takes in memory."""
    kind = scalar(type)
    return {"half": 2, "bfloat": 2, "float": 4, "double": 8, "ptr": 8, "i1": 1}.get(kind) or int(kind[1:]) // 8


@lru_cache(maxsize=4096)
def literal(type: str, number) -> str:
    """The text of a scalar constant."""
    if type == "ptr":
        return "null"
    if not is_float(type):
        if type == "i1":
            return "true" if number else "false"
        bits = int(type[1:])
        number = int(number) & ((1 << bits) - 1)
        return str(number - (1 << bits) if number >> (bits - 1) else number)
    number = float(number)
    if type in ("half", "bfloat"):
        if type == "half":
            try:
                raw = struct.unpack("<H", struct.pack("<e", number))[0]
            except OverflowError:
                raw = 0x7C00 if number > 0 else 0xFC00
            return f"0xH{raw:04X}"
        if math.isnan(number):
            return "0xR7FC0"
        single = struct.unpack("<I", struct.pack("<f", _to_float(number)))[0]
        return f"0xR{(single + 0x7FFF + (single >> 16 & 1)) >> 16:04X}"
    if type == "float":
        number = _to_float(number)
    return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"


def _to_float(number: float) -> float:
    try:
        return struct.unpack("<f", struct.pack("<f", number))[0]
    except OverflowError:
        return math.copysign(math.inf, number)


def constant(type: str, number) -> Value:
    """A constant; in a vector type, the same number in every lane."""
    width = lanes(type)
    if not width:
        return Value(type, literal(type, number))
    if number == 0 and not (isinstance(number, float) and math.copysign(1, number) < 0):
        return Value(type, "zeroinitializer")
    lane = f"{scalar(type)} {literal(scalar(type), number)}"
    return Value(type, f"<{', '.join([lane] * width)}>")


def constants(type: str, numbers) -> Value:
    """A vector of different numbers."""
    kind = scalar(type)
    return Value(vector(kind, len(numbers)), "<" + ", ".join(f"{kind} {literal(kind, n)}" for n in numbers) + ">")


def i64(number: int) -> Value:
    """An index constant."""
    return Value("i64", str(int(number)))


def known(x: Value) -> int | None:
    """The number that an integer constant is, else None."""
    name = x.name
    return int(name) if name[0] in "-0123456789" else None


class Module:
    """The text of a module: functions, globals, and the declarations that they need."""

    def __init__(self):
        self.functions: list[str] = []
        self.declarations: set[str] = set()
        self.globals: dict[str, str] = {}
        self._begun: set[str] = set()

    def once(self, name: str) -> bool:
        """Whether this is the first that is asked for `name`: a function that several need is written by the first."""
        first = name not in self._begun
        self._begun.add(name)
        return first

    def declare(self, text: str) -> None:
        """An outside function, as `declare … @name(…)`."""
        self.declarations.add(text)

    def table(self, name: str, type: str, numbers) -> Value:
        """A constant array in memory; the pointer to it. The same name stands for the same table."""
        kind = scalar(type)
        text = ", ".join(f"{kind} {literal(kind, n)}" for n in numbers)
        self.globals[name] = f"@{name} = private unnamed_addr constant [{len(numbers)} x {kind}] [{text}], align 64"
        return Value("ptr", f"@{name}")

    def __str__(self) -> str:
        return "\n".join([*self.globals.values(), *sorted(self.declarations), *self.functions, ""])


class Function:
    """One function under construction. Methods append instructions and return their value."""

    def __init__(self, module: Module, name: str, parameters, result: str = "void", attributes: str = "nounwind", linkage: str = ""):
        """parameters: (type with attributes, name) pairs, as ("ptr noalias", "x")."""
        self.module, self.name = module, name
        self.parameters = [Value(kind.split()[0] if kind[0] != "<" else kind, f"%{n}") for kind, n in parameters]
        signature = ", ".join(f"{kind} %{n}" for kind, n in parameters)
        self._head = f"define {linkage + ' ' if linkage else ''}{result} @{name}({signature}) {attributes} {{"
        self._entry: list[str] = []         # allocations: all in the entry block, so that SROA sees them
        self._body: list[str] = []
        self._count = 0
        self.block = "entry"

    # ------------------------------------------------------------------------------------------------------------ statements
    def fresh(self) -> str:
        """A name not used yet in this function."""
        self._count += 1
        return f"v{self._count}"

    @property
    def length(self) -> int:
        """How many lines the body has so far: a measure of code size."""
        return len(self._body)

    def do(self, text: str) -> None:
        """An instruction without a result."""
        self._body.append("  " + text)

    def emit(self, type: str, text: str) -> Value:
        """An instruction whose result has `type`."""
        self._count += 1
        name = f"%v{self._count}"
        self._body.append(f"  {name} = {text}")
        return Value(type, name)

    def label(self, name: str) -> None:
        """Begin a block."""
        self._body.append(f"{name}:")
        self.block = name

    def jump(self, name: str) -> None:
        """End the block with a branch."""
        self.do(f"br label %{name}")

    def finish(self, result: Value | None = None) -> None:
        """Return, and hand the text to the module."""
        self.do("ret void" if result is None else f"ret {result}")
        self.module.functions.append("\n".join([self._head, "entry:", *self._entry, *self._body, "}"]))

    @contextlib.contextmanager
    def loop(self, start, stop, step=1) -> Iterator[Value]:
        """for (i64 i = start; i < stop; i += step)"""
        start, stop = self.index(start), self.index(stop)
        head, body, latch, end = (self.fresh() for _ in range(4))
        before = self.block
        self.jump(head)
        self.label(head)
        i, following = Value("i64", f"%{self.fresh()}"), Value("i64", f"%{self.fresh()}")
        self.do(f"{i.name} = phi i64 [{start.name}, %{before}], [{following.name}, %{latch}]")
        self.do(f"br i1 {self.compare('slt', i, stop).name}, label %{body}, label %{end}")
        self.label(body)
        yield i
        self.jump(latch)
        self.label(latch)
        self.do(f"{following.name} = add nsw i64 {i.name}, {self.index(step).name}")
        self.jump(head)
        self.label(end)

    @contextlib.contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """if (condition)"""
        yes, end = self.fresh(), self.fresh()
        self.do(f"br i1 {condition.name}, label %{yes}, label %{end}")
        self.label(yes)
        yield
        self.jump(end)
        self.label(end)

    def variable(self, type: str, value: Value | None = None, align: int = 64) -> Value:
        """A variable on the stack (a register once SROA has run); the pointer to it."""
        self._count += 1
        name = f"%v{self._count}"
        self._entry.append(f"  {name} = alloca {type}, align {align}")
        pointer = Value("ptr", name)
        if value is not None:
            self.store(value, pointer, align)
        return pointer

    def room(self, type: str, count: int, align: int = 64) -> Value:
        """An array on the stack."""
        return self.variable(f"[{count} x {type}]", align=align)

    # --------------------------------------------------------------------------------------------------------------- indices
    def index(self, x) -> Value:
        """A Python int as an i64; a Value as it is."""
        return x if isinstance(x, Value) else i64(x)

    def add(self, a, b) -> Value:
        """a + b of indices; constants are folded, as in the other index operations."""
        a, b = self.index(a), self.index(b)
        p, q = known(a), known(b)
        if p is not None and q is not None:
            return i64(p + q)
        return b if p == 0 else a if q == 0 else self.emit("i64", f"add nsw i64 {a.name}, {b.name}")

    def sub(self, a, b) -> Value:
        """a - b"""
        a, b = self.index(a), self.index(b)
        p, q = known(a), known(b)
        if p is not None and q is not None:
            return i64(p - q)
        return a if q == 0 else self.emit("i64", f"sub nsw i64 {a.name}, {b.name}")

    def mul(self, a, b) -> Value:
        """a · b"""
        a, b = self.index(a), self.index(b)
        p, q = known(a), known(b)
        if p is not None and q is not None:
            return i64(p * q)
        if p == 0 or q == 0:
            return i64(0)
        return b if p == 1 else a if q == 1 else self.emit("i64", f"mul nsw i64 {a.name}, {b.name}")

    def div(self, a, b) -> Value:
        """a / b of indices that are not negative"""
        a, b = self.index(a), self.index(b)
        p, q = known(a), known(b)
        if p is not None and q:
            return i64(p // q)
        return a if q == 1 else self.emit("i64", f"udiv i64 {a.name}, {b.name}")

    def rem(self, a, b) -> Value:
        """a mod b of indices that are not negative"""
        a, b = self.index(a), self.index(b)
        p, q = known(a), known(b)
        if p is not None and q:
            return i64(p % q)
        return i64(0) if q == 1 else self.emit("i64", f"urem i64 {a.name}, {b.name}")

    def least(self, a, b) -> Value:
        """min(a, b)"""
        a, b = self.index(a), self.index(b)
        p, q = known(a), known(b)
        if p is not None and q is not None:
            return i64(min(p, q))
        return self.intrinsic("llvm.smin", "i64", a, b)

    def greatest(self, a, b) -> Value:
        """max(a, b)"""
        a, b = self.index(a), self.index(b)
        p, q = known(a), known(b)
        if p is not None and q is not None:
            return i64(max(p, q))
        return self.intrinsic("llvm.smax", "i64", a, b)

    def share(self, count, thread: Value, threads: Value) -> tuple[Value, Value]:
        """[start, stop) of the `count` equal pieces of work that fall to `thread`."""
        return (self.div(self.mul(count, thread), threads), self.div(self.mul(count, self.add(thread, 1)), threads))

    # ---------------------------------------------------------------------------------------------------------------- memory
    def at(self, pointer: Value, index, type: str) -> Value:
        """The address of element `index` of an array of `type` at `pointer`."""
        index = self.index(index)
        return pointer if known(index) == 0 else self.emit("ptr", f"getelementptr {scalar(type)}, ptr {pointer.name}, i64 {index.name}")

    def load(self, type: str, pointer: Value, align: int = 0) -> Value:
        """A scalar or a vector from memory; lanes lie side by side."""
        return self.emit(type, f"load {type}, ptr {pointer.name}, align {align or size_of(type)}")

    def store(self, value: Value, pointer: Value, align: int = 0) -> None:
        """Into memory."""
        self.do(f"store {value}, ptr {pointer.name}, align {align or size_of(value.type)}")

    def masked_load(self, type: str, pointer: Value, mask: Value, other: Value | None = None) -> Value:
        """The lanes where `mask` holds; the others are not read, and are `other` (zero)."""
        return self.intrinsic("llvm.masked.load", type, pointer, Value("i32", str(size_of(type))), mask, other or Value(type, "zeroinitializer"),
                              overload=f"{_mangled(type)}.p0")

    def masked_store(self, value: Value, pointer: Value, mask: Value) -> None:
        """Store the lanes where `mask` holds."""
        if size_of(value.type) < 4:
            # LLVM 20 to 22 store too many bytes where the mask is a constant of one lane and the value was truncated: hide that it is constant
            truth = self.variable("i1", align=1)
            self.do(f"store volatile i1 true, ptr {truth.name}, align 1")
            mask = self.op("and", mask, self.splat(self.emit("i1", f"load volatile i1, ptr {truth.name}, align 1"), lanes(mask.type)))
        self.intrinsic("llvm.masked.store", "void", value, pointer, Value("i32", str(size_of(value.type))), mask, overload=f"{_mangled(value.type)}.p0")

    def gather(self, type: str, pointers: Value, mask: Value | None = None) -> Value:
        """One lane from each address."""
        width = lanes(type)
        return self.intrinsic("llvm.masked.gather", type, pointers, Value("i32", str(size_of(type))), mask or constant(f"<{width} x i1>", 1),
                              Value(type, "zeroinitializer"), overload=f"{_mangled(type)}.v{width}p0")

    def scatter(self, value: Value, pointers: Value, mask: Value | None = None) -> None:
        """One lane to each address, the last one last."""
        width = lanes(value.type)
        self.intrinsic("llvm.masked.scatter", "void", value, pointers, Value("i32", str(size_of(value.type))), mask or constant(f"<{width} x i1>", 1),
                       overload=f"{_mangled(value.type)}.v{width}p0")

    def prefetch(self, pointer: Value, write: bool = False) -> None:
        """Ask for a cache line."""
        self.intrinsic("llvm.prefetch", "void", pointer, Value("i32", str(int(write))), Value("i32", "3"), Value("i32", "1"), overload="p0")

    # ------------------------------------------------------------------------------------------------------------ arithmetic
    def op(self, name: str, a: Value, b: Value) -> Value:
        """A binary instruction: fadd, fmul, add, and, shl …"""
        return self.emit(a.type, f"{name} {a.type} {a.name}, {b.name}")

    def fadd(self, a, b): return self.op("fadd", a, b)
    def fsub(self, a, b): return self.op("fsub", a, b)
    def fmul(self, a, b): return self.op("fmul", a, b)
    def fdiv(self, a, b): return self.op("fdiv", a, b)
    def fneg(self, a): return self.emit(a.type, f"fneg {a}")

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """a · b + c, rounded once where the machine can (llvm.fmuladd: a call into a library would be slower than two roundings)"""
        return self.intrinsic("llvm.fmuladd", a.type, a, b, c)

    def compare(self, predicate: str, a: Value, b: Value) -> Value:
        """A truth value for each lane: olt, oeq, une … for floats, slt, ult, eq … for integers."""
        return self.emit(like("i1", a.type), f"{'fcmp' if is_float(a.type) else 'icmp'} {predicate} {a.type} {a.name}, {b.name}")

    def select(self, condition: Value, yes: Value, no: Value) -> Value:
        """condition ? yes : no, lane by lane"""
        return self.emit(yes.type, f"select {condition}, {yes}, {no}")

    def convert(self, instruction: str, x: Value, type: str) -> Value:
        """sext, zext, trunc, fpext, fptrunc, sitofp, uitofp, fptosi, bitcast … lane by lane."""
        return x if x.type == type else self.emit(type, f"{instruction} {x} to {type}")

    def splat(self, x: Value, width: int) -> Value:
        """A scalar in every lane; itself for width 0 or if it is a vector already."""
        if not width or lanes(x.type):
            return x
        type = vector(x.type, width)
        if x.name[0] not in "%@":
            lane = str(x)
            return Value(type, f"<{', '.join([lane] * width)}>")
        first = self.emit(type, f"insertelement {type} poison, {x}, i32 0")
        return self.emit(type, f"shufflevector {type} {first.name}, {type} poison, <{width} x i32> zeroinitializer")

    def lane(self, x: Value, k: int) -> Value:
        """One lane of a vector."""
        return self.emit(scalar(x.type), f"extractelement {x}, i32 {k}")

    def insert(self, x: Value, lane: Value, k: int) -> Value:
        """A vector with lane `k` replaced."""
        return self.emit(x.type, f"insertelement {x}, {lane}, i32 {k}")

    def shuffle(self, a: Value, b: Value, order) -> Value:
        """Lanes of `a` and `b` laid side by side, in the order given."""
        type = vector(a.type, len(order))
        return self.emit(type, f"shufflevector {a}, {b}, <{len(order)} x i32> <{', '.join(f'i32 {k}' for k in order)}>")

    def iota(self, width: int, type: str = "i64") -> Value:
        """0, 1, 2 …"""
        return constants(type, range(width)) if width else constant(type, 0)

    def tail(self, count: Value, width: int) -> Value:
        """The mask of the first `count` lanes."""
        return self.compare("ult", constants("i64", range(width)), self.splat(count, width))

    def intrinsic(self, name: str, result: str, *arguments: Value, overload: str | None = None) -> Value:
        """A call of an LLVM intrinsic, declared as needed. `overload`: the suffix of its name (by default that of the result's type)."""
        full = f"{name}.{_mangled(result) if overload is None else overload}".rstrip(".")
        types = ", ".join("i1 immarg" if full.startswith("llvm.is.") and a.type == "i1" else a.type for a in arguments)
        self.module.declare(f"declare {result} @{full}({types})")
        call = f"call {result} @{full}({', '.join(map(str, arguments))})"
        if result == "void":
            self.do(call)
            return Value("void", "")
        return self.emit(result, call)

    def call(self, name: str, result: str, *arguments: Value, attributes: str = "") -> Value:
        """A call of a function of this module (or of one that was declared)."""
        text = f"call {result} @{name}({', '.join(map(str, arguments))}){' ' + attributes if attributes else ''}"
        if result == "void":
            self.do(text)
            return Value("void", "")
        return self.emit(result, text)

    def reduce(self, kind: str, x: Value) -> Value:
        """The lanes of a vector combined: fadd, fmul (in a tree of halves, always the same), add, mul, and, or, smax …"""
        if not lanes(x.type):
            return x
        if kind in ("fadd", "fmul"):
            width = lanes(x.type)
            while width > 1:
                width //= 2
                low, high = self.shuffle(x, x, range(width)), self.shuffle(x, x, range(width, 2 * width))
                x = self.op(kind, low, high)
            return self.lane(x, 0)
        return self.intrinsic(f"llvm.vector.reduce.{kind}", scalar(x.type), x, overload=_mangled(x.type))


@cache
def _mangled(type: str) -> str:
    if type == "void":
        return ""
    kind = scalar(type)
    short = _SHORT.get(kind, kind)
    return f"v{lanes(type)}{short}" if lanes(type) else short
