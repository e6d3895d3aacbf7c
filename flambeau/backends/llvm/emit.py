"""Scalar expressions as instructions: one element, or as many neighbours along one axis as there are lanes."""
from __future__ import annotations

import struct

import numpy as np

from ...compiler.scalar import COMPARISONS, INDEX, Scalar, linear, walk
from ...core import dtype as dt
from . import mathematics
from .ir import Function, Value, constant, i64, is_float, lanes, like, scalar
from .kernel import TYPES, Machine

# how a value of each dtype is held in a register: the halves by their bits, as they are only moved and converted
REGISTERS = {name: "i1" if name == "bool" else "i16" if name in ("float16", "bfloat16") else kind for name, kind in TYPES.items()}
_INTEGERS = {"add": "add", "sub": "sub", "mul": "mul", "and": "and", "or": "or", "xor": "xor"}
_FLOATS = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
_PREDICATES = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}


class Emitter:
    """Emits expressions at the place where the loops of `f` stand.

    env: the present index of every axis; lane: the axis along which vectors of `width` lanes run (None: scalars), of which `mask` exist.
    What was emitted is remembered for as long as it holds: `scope` opens a stretch of code after which it is forgotten.
    """

    def __init__(self, f: Function, machine: Machine, pointers: dict[int, Value], numels: dict[int, int]):
        self.f, self.machine, self.pointers, self.numels = f, machine, pointers, numels
        self.env: dict[Scalar, Value] = {}
        self.lane: Scalar | None = None
        self.width, self.mask, self.guard = 0, None, None
        self.scopes: list[dict] = [{}]
        self.pending: frozenset[int] = frozenset()      # slots that this kernel has yet to make
        self._safe: dict[Scalar, bool] = {}

    # ---------------------------------------------------------------------------------------------------------------- scopes
    def open(self) -> None:
        """Begin a stretch of code."""
        self.scopes.append({})

    def close(self) -> None:
        """End it: what was computed in it is not at hand any more."""
        self.scopes.pop()

    def know(self, x: Scalar, value: Value) -> None:
        """`x` is at hand as `value`."""
        self.scopes[-1][x] = value

    def hoist(self, x: Scalar, bound) -> None:
        """Emit now what of `x` depends on the axes `bound` alone: loops inside need not do it again."""
        if x.kind in ("const", "axis"):
            return
        if x.axes <= bound:
            if x.cost and self.safe(x) and self.pending.isdisjoint(x.slots):
                self.value(x)
                return
            if not x.cost:
                return
        for k, a in enumerate(x.args):
            if type(a) is Scalar and not (x.kind == "where" and k and not self.safe(a)):
                if x.kind == "load":
                    for t, _ in linear(a)[1]:
                        if t.kind != "axis":
                            self.hoist(t, bound)
                else:
                    self.hoist(a, bound)

    def safe(self, x: Scalar) -> bool:
        """Whether everything that `x` loads is surely inside its memory."""
        known = self._safe.get(x)
        if known is None:
            known = self._safe[x] = all(self._inside(n) for n in walk(x) if n.kind == "load")
        return known

    def _inside(self, load: Scalar) -> bool:
        bounds = load.args[1].bounds
        return bounds is not None and 0 <= bounds[0] and bounds[1] < self.numels[load.args[0]]

    # ---------------------------------------------------------------------------------------------------------------- values
    def value(self, x: Scalar) -> Value:
        """The value of `x` here: a scalar if it is the same in every lane, else a vector."""
        for scope in reversed(self.scopes):
            found = scope.get(x)
            if found is not None:
                return found
        made = self._emit(x)
        self.scopes[-1][x] = made
        return made

    def full(self, x: Scalar) -> Value:
        """The value of `x` in every lane."""
        return self.f.splat(self.value(x), self.width)

    def pair(self, a: Scalar, b: Scalar) -> tuple[Value, Value]:
        """Two values, both scalars or both vectors."""
        p, q = self.value(a), self.value(b)
        width = max(lanes(p.type), lanes(q.type))
        return self.f.splat(p, width), self.f.splat(q, width)

    def _emit(self, x: Scalar) -> Value:
        f, kind = self.f, x.kind
        if kind == "const":
            return literal(x.dtype, x.args[0])
        if kind == "axis":
            at = self.env[x]
            return f.op("add", f.splat(at, self.width), f.iota(self.width)) if x is self.lane and self.width else at
        if kind == "load":
            return self._load(x)
        if kind == "cast":
            return convert(f, self.value(x.args[0]), x.args[0].dtype, x.dtype)
        if kind == "call":
            return self._call(x)
        if kind == "where":
            return self._where(x)
        p, q = self.pair(*x.args)
        operand = x.args[0].dtype
        if kind in COMPARISONS:
            return compare(f, kind, p, q, operand)
        return binary(f, kind, p, q, x.dtype, x.args)

    def _call(self, x: Scalar) -> Value:
        f, source = self.f, x.args[1].dtype
        if not dt.dtype_of_half(source):
            return mathematics.function(f, x.args[0], self.value(x.args[1]), source.is_signed)
        made = mathematics.function(f, x.args[0], convert(f, self.value(x.args[1]), source, dt.float32))
        return convert(f, made, dt.float32, x.dtype) if x.dtype is source else made

    def _where(self, x: Scalar) -> Value:
        condition = self.value(x.args[0])
        yes = self._under(x.args[1], condition, True)
        no = self._under(x.args[2], condition, False)
        width = max(lanes(condition.type), lanes(yes.type), lanes(no.type))
        f = self.f
        return f.select(condition if lanes(condition.type) or not width else condition, f.splat(yes, width), f.splat(no, width))

    def _under(self, x: Scalar, condition: Value, holds: bool) -> Value:
        if self.safe(x):
            return self.value(x)
        f, before = self.f, self.guard
        if not holds:
            condition = f.op("xor", condition, constant(condition.type, 1))
        if before is not None:
            width = max(lanes(before.type), lanes(condition.type))
            condition = f.op("and", f.splat(before, width), f.splat(condition, width))
        self.guard = condition
        self.open()
        made = self.value(x)
        self.close()
        self.guard = before
        return made

    # ----------------------------------------------------------------------------------------------------------------- loads
    def place(self, offset: Scalar) -> tuple[Value, int, list]:
        """An offset as (scalar part, steps per lane, (term, factor) pairs that differ from lane to lane otherwise)."""
        f = self.f
        start, terms = linear(offset)
        base, step, rest = i64(start), 0, []
        for t, k in terms:
            if self.width and self.lane in t.axes:
                if t is self.lane:
                    step = k
                    base = f.add(base, f.mul(self.env[t], k))
                else:
                    rest.append((t, k))
            else:
                base = f.add(base, f.mul(self.value(t), k))
        return base, step, rest

    def _load(self, x: Scalar) -> Value:
        f, (slot, offset) = self.f, x.args
        memory = TYPES[x.dtype.name]
        kind = "i16" if memory in ("half", "bfloat") else memory
        if self.numels[slot] == 0:
            return constant(REGISTERS[x.dtype.name], 0)
        pointer, guarded = self.pointers[slot], self.guard is not None and not self._inside(x)
        base, step, rest = self.place(offset)
        if not step and not rest:
            if guarded:
                base = f.least(f.greatest(base, 0), self.numels[slot] - 1)
            return registered(f, f.load(kind, f.at(pointer, base, kind)), x.dtype)
        type = f"<{self.width} x {kind}>"
        mask = self.mask
        if guarded:
            guard = f.splat(self.guard, self.width)
            mask = guard if mask is None else f.op("and", mask, guard)
        if step == 1 and not rest:
            at = f.at(pointer, base, kind)
            return registered(f, f.load(type, at) if mask is None else f.masked_load(type, at, mask), x.dtype)
        return registered(f, f.gather(type, self.addresses(pointer, base, step, rest, kind), mask), x.dtype)

    def addresses(self, pointer: Value, base: Value, step: int, rest, kind: str) -> Value:
        """One address for each lane."""
        f, width = self.f, self.width
        offsets = f.splat(base, width)
        if step:
            offsets = f.op("add", offsets, f.op("mul", f.iota(width), constant(f"<{width} x i64>", step)))
        for t, k in rest:
            offsets = f.op("add", offsets, f.op("mul", self.value(t), constant(f"<{width} x i64>", k)))
        return f.emit(f"<{width} x ptr>", f"getelementptr {kind}, ptr {pointer.name}, {offsets}")

    def store(self, value: Value, slot: int, offset: Scalar, dtype) -> None:
        """Put a value of `dtype` in the memory of `slot`."""
        f = self.f
        value = f.splat(stored(f, value, dtype), self.width)
        kind = scalar(value.type)
        pointer = self.pointers[slot]
        base, step, rest = self.place(offset)
        if not self.width:
            f.store(value, f.at(pointer, base, kind))
        elif step == 1 and not rest:
            at = f.at(pointer, base, kind)
            if self.mask is None:
                f.store(value, at)
            else:
                f.masked_store(value, at, self.mask)
        else:
            f.scatter(value, self.addresses(pointer, base, step, rest, kind), self.mask)


# ------------------------------------------------------------------------------------------------------------ single instructions
def literal(dtype, number) -> Value:
    """A constant in a register."""
    if dtype is dt.float16:
        return constant("i16", int(np.float16(number).view(np.uint16)))
    if dtype is dt.bfloat16:
        bits = struct.unpack("<I", struct.pack("<f", np.float32(number)))[0]
        return constant("i16", 0x7FC0 if number != number else (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
    return constant(REGISTERS[dtype.name], number)


def registered(f: Function, loaded: Value, dtype) -> Value:
    """A value from memory as registers hold it: truth values as bits."""
    return f.compare("ne", loaded, constant(loaded.type, 0)) if dtype is dt.bool_ else loaded


def stored(f: Function, value: Value, dtype) -> Value:
    """A register's value as memory holds it."""
    return f.convert("zext", value, like("i8", value.type)) if dtype is dt.bool_ else value


def compare(f: Function, kind: str, p: Value, q: Value, dtype) -> Value:
    """p < q and so on, of values of `dtype`."""
    if dt.dtype_of_half(dtype):
        p, q, dtype = convert(f, p, dtype, dt.float32), convert(f, q, dtype, dt.float32), dt.float32
    if dtype.category == 2:
        return f.compare(_PREDICATES[kind], p, q)
    return f.compare(kind if kind in ("eq", "ne") else ("s" if dtype.is_signed else "u") + kind, p, q)


def binary(f: Function, kind: str, p: Value, q: Value, dtype, args=()) -> Value:
    """One of the element language's operations on two numbers. Halves are computed with as float32, and rounded."""
    if dt.dtype_of_half(dtype):
        p, q = convert(f, p, dtype, dt.float32), convert(f, q, dtype, dt.float32)
        return convert(f, binary(f, kind, p, q, dt.float32, args), dt.float32, dtype)
    if dtype.category == 2:
        if kind in _FLOATS:
            return f.op(_FLOATS[kind], p, q)
    elif kind in _INTEGERS:
        return f.op(_INTEGERS[kind], p, q)
    if kind in ("shl", "shr"):
        return shifted(f, kind, p, q, dtype)
    if kind == "floordiv" or kind == "mod":
        if dtype is INDEX and args and args[0].bounds and args[0].bounds[0] >= 0 and args[1].bounds and args[1].bounds[0] > 0:
            return f.op("udiv" if kind == "floordiv" else "urem", p, q)
        divide = mathematics.floor_divide if kind == "floordiv" else mathematics.remainder
        return divide(f, p, q) if dtype.category == 2 else divide(f, p, q, dtype.is_signed)
    if kind in ("fmod", "atan2", "hypot") and dtype.category == 2:
        return getattr(mathematics, kind)(f, p, q)
    if kind == "fmod":
        return mathematics.fmod(f, p, q, dtype.is_signed)
    if kind == "copysign" and dtype.category == 2:
        return f.intrinsic("llvm.copysign", p.type, p, q)
    if kind == "pow":
        return mathematics.power(f, p, q) if dtype.category == 2 else mathematics.power(f, p, q, dtype.is_signed)
    raise NotImplementedError(f"no instructions for {kind} of {dtype.name}")


def shifted(f: Function, kind: str, p: Value, q: Value, dtype) -> Value:
    """p · 2^q or p / 2^q rounded down; a shift by all bits or more leaves 0 (-1 for negative numbers shifted right), as in NumPy."""
    bits = dtype.itemsize * 8
    far = f.compare("uge", q, constant(q.type, bits))
    held = f.select(far, constant(q.type, bits - 1), q)
    if kind == "shr":
        if dtype.is_signed:
            return f.op("ashr", p, held)
        return f.select(far, constant(p.type, 0), f.op("lshr", p, held))
    return f.select(far, constant(p.type, 0), f.op("shl", p, held))


def convert(f: Function, x: Value, source, target) -> Value:
    """A value of one dtype as another one: to an integer by cutting off, to bool by comparing with 0."""
    if source is target:
        return x
    if source is dt.bfloat16:
        wide = f.op("shl", f.convert("zext", x, like("i32", x.type)), constant(like("i32", x.type), 16))
        return convert(f, f.convert("bitcast", wide, like("float", x.type)), dt.float32, target)
    if source is dt.float16:
        half = f.convert("bitcast", x, like("half", x.type))
        return convert(f, f.convert("fpext", half, like("float", x.type)), dt.float32, target)
    if target is dt.float16:
        single = x if source is dt.float64 else convert(f, x, source, dt.float32)
        return f.convert("bitcast", f.convert("fptrunc", single, like("half", x.type)), like("i16", x.type))
    if target is dt.bfloat16:
        return _to_bfloat(f, convert(f, x, source, dt.float32))
    type = like(REGISTERS[target.name], x.type)
    if target is dt.bool_:
        return f.compare("une" if source.category == 2 else "ne", x, constant(x.type, 0))
    if source.category == 2:
        if target.category == 2:
            return f.convert("fpext" if target is dt.float64 else "fptrunc", x, type)
        return _to_integer(f, x, target)
    if target.category == 2:
        return f.convert("sitofp" if source.is_signed else "uitofp", x, type)
    if source.itemsize == target.itemsize and source is not dt.bool_:
        return x
    if target.itemsize < source.itemsize:
        return f.convert("trunc", x, type)
    return f.convert("sext" if source.is_signed else "zext", x, type)


def _to_bfloat(f: Function, x: Value) -> Value:
    """The nearest bfloat16, ties to even, by its bits."""
    kind = like("i32", x.type)
    bits = f.convert("bitcast", x, kind)
    odd = f.op("and", f.op("lshr", bits, constant(kind, 16)), constant(kind, 1))
    rounded = f.op("lshr", f.op("add", f.op("add", bits, constant(kind, 0x7FFF)), odd), constant(kind, 16))
    nan = f.op("or", f.op("lshr", bits, constant(kind, 16)), constant(kind, 0x40))
    return f.convert("trunc", f.select(f.compare("uno", x, x), nan, rounded), like("i16", x.type))


def _to_integer(f: Function, x: Value, target) -> Value:
    """Cut off towards 0. What does not fit becomes what x86 makes of it, which is what NumPy and PyTorch show: the least number."""
    if target.itemsize < 4:                     # by way of int32, of which the low bits are kept
        return convert(f, _to_integer(f, x, dt.int32), dt.int32, target)
    if target is dt.uint32:
        return convert(f, _to_integer(f, x, dt.int64), dt.int64, target)
    if target is dt.uint64:                     # the upper half of the range is reached by way of the difference
        half = constant(x.type, 2.0 ** 63)
        large = f.compare("oge", x, half)
        low = _to_integer(f, f.select(large, f.fsub(x, half), x), dt.int64)
        return f.op("xor", low, f.select(large, constant(low.type, 1 << 63), constant(low.type, 0)))
    bits = target.itemsize * 8
    fits = f.op("and", f.compare("oge", x, constant(x.type, -2.0 ** (bits - 1))), f.compare("olt", x, constant(x.type, 2.0 ** (bits - 1))))
    cut = f.convert("fptosi", f.select(fits, x, constant(x.type, 0.0)), like(f"i{bits}", x.type))
    return f.select(fits, cut, constant(cut.type, -(1 << bits - 1)))


def combine(f: Function, kind: str, a: Value, b: Value, dtype) -> Value:
    """Two partial results of a reduction as one; NaN wins over the greatest and the least."""
    if kind == "add":
        return f.op("fadd" if dtype.category == 2 else "add", a, b)
    if kind == "mul":
        return f.op("fmul" if dtype.category == 2 else "mul", a, b)
    if kind in ("any", "all") or dtype is dt.bool_:
        return f.op("or" if kind in ("any", "max") else "and", a, b)
    wins = compare(f, "gt" if kind == "max" else "lt", a, b, dtype)
    if is_float(a.type):
        wins = f.op("or", wins, f.compare("uno", a, a))
    return f.select(wins, a, b)


def across(f: Function, kind: str, x: Value, dtype) -> Value:
    """The lanes of a vector combined, halves with halves."""
    width = lanes(x.type)
    while width > 1:
        width //= 2
        x = combine(f, kind, f.shuffle(x, x, range(width)), f.shuffle(x, x, range(width, 2 * width)), dtype)
    return f.lane(x, 0) if lanes(x.type) else x
