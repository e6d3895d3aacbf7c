"""Formulas over lanes: IR values with Python's operators, so that a function reads as its mathematics does.

Everything is the same for a scalar, any number of lanes, `float` and `double`. No operation carries a fast-math flag: a + b - a means what it
says, so that sums with compensation work and NaN and infinities pass through.
"""
from __future__ import annotations

import struct
from functools import cache

from ..ir import Function, Value, constant, is_float, lanes, like, scalar, size_of, vector


class Lanes:
    """A value in the function that is being written. Comparisons are false for NaN, except `!=`."""

    __slots__ = ("f", "value")
    __hash__ = None

    def __init__(self, f: Function, value: Value):
        self.f, self.value = f, value

    @property
    def type(self) -> str:
        return self.value.type

    @property
    def single(self) -> bool:
        """Whether lanes are `float`, not `double`."""
        return scalar(self.value.type) == "float"

    def lift(self, other) -> Value:
        """A number as a constant of this type."""
        return other.value if isinstance(other, Lanes) else constant(self.value.type, other)

    def of(self, number) -> Lanes:
        """A number in lanes of this type."""
        return Lanes(self.f, constant(self.value.type, number))

    def _op(self, floating: str, integer: str, other) -> Lanes:
        return Lanes(self.f, self.f.op(floating if is_float(self.type) else integer, self.value, self.lift(other)))

    def __add__(self, other): return self._op("fadd", "add", other)
    def __sub__(self, other): return self._op("fsub", "sub", other)
    def __mul__(self, other): return self._op("fmul", "mul", other)
    def __truediv__(self, other): return self._op("fdiv", "sdiv", other)
    def __and__(self, other): return self._op("and", "and", other)
    def __or__(self, other): return self._op("or", "or", other)
    def __xor__(self, other): return self._op("xor", "xor", other)
    def __lshift__(self, other): return self._op("shl", "shl", other)
    def __rshift__(self, other): return self._op("ashr", "ashr", other)
    def lshr(self, other): return self._op("lshr", "lshr", other)

    def __radd__(self, other): return self.of(other) + self
    def __rsub__(self, other): return self.of(other) - self
    def __rmul__(self, other): return self.of(other) * self
    def __rtruediv__(self, other): return self.of(other) / self

    def __neg__(self):
        return Lanes(self.f, self.f.fneg(self.value)) if is_float(self.type) else 0 - self

    def __invert__(self):
        return self ^ -1

    def _compare(self, floating: str, integer: str, other) -> Lanes:
        return Lanes(self.f, self.f.compare(floating if is_float(self.type) else integer, self.value, self.lift(other)))

    def __lt__(self, other): return self._compare("olt", "slt", other)
    def __le__(self, other): return self._compare("ole", "sle", other)
    def __gt__(self, other): return self._compare("ogt", "sgt", other)
    def __ge__(self, other): return self._compare("oge", "sge", other)
    def __eq__(self, other): return self._compare("oeq", "eq", other)
    def __ne__(self, other): return self._compare("une", "ne", other)
    def below(self, other): return self._compare("olt", "ult", other)      # integers without sign

    def isnan(self) -> Lanes:
        return Lanes(self.f, self.f.compare("uno", self.value, self.value))

    def where(self, yes, no) -> Lanes:
        """yes where this truth value holds, else no; one of them may be a number."""
        made = yes if isinstance(yes, Lanes) else no
        return Lanes(self.f, self.f.select(self.value, made.lift(yes), made.lift(no)))

    def fma(self, b, c) -> Lanes:
        """self · b + c; whether it is rounded once or twice is the machine's choice: nothing may depend on it."""
        return Lanes(self.f, self.f.fma(self.value, self.lift(b), self.lift(c)))

    def call(self, intrinsic: str, *others) -> Lanes:
        """An LLVM intrinsic of lanes of this type."""
        return Lanes(self.f, self.f.intrinsic(intrinsic, self.type, self.value, *map(self.lift, others)))

    def abs(self) -> Lanes:
        return self.call("llvm.fabs")

    def sqrt(self) -> Lanes:
        return self.call("llvm.sqrt")

    def copysign(self, sign) -> Lanes:
        return self.call("llvm.copysign", sign)

    def at_most(self, bound) -> Lanes:
        """The smaller of the two; NaN stays NaN."""
        bound = Lanes(self.f, self.lift(bound))
        return (bound < self).where(bound, self)

    def at_least(self, bound) -> Lanes:
        """The greater of the two; NaN stays NaN."""
        bound = Lanes(self.f, self.lift(bound))
        return (bound > self).where(bound, self)

    def polynomial(self, coefficients) -> Lanes:
        """Σ coefficients[k] · self^k: Horner's rule, in two halves when it is long, so that less waits for less."""
        if len(coefficients) > 9:
            square = self * self
            return square.polynomial(coefficients[1::2]).fma(self, square.polynomial(coefficients[::2]))
        total = self.of(coefficients[-1])
        for c in coefficients[-2::-1]:
            total = total.fma(self, c)
        return total

    # ------------------------------------------------------------------------------------------------- representations
    def convert(self, instruction: str, kind: str) -> Lanes:
        return Lanes(self.f, self.f.convert(instruction, self.value, like(kind, self.type)))

    def bits(self) -> Lanes:
        """The bits of floating lanes as integers."""
        return self.convert("bitcast", f"i{8 * size_of(self.type)}")

    def floats(self) -> Lanes:
        """The floating numbers that integers are the bits of."""
        return self.convert("bitcast", "float" if size_of(self.type) == 4 else "double")

    def wide(self) -> Lanes:
        """As `double`."""
        return self.convert("fpext", "double") if self.single else self

    def narrow(self, kind: str) -> Lanes:
        """As `float` or `double`."""
        return self if scalar(self.type) == scalar(kind) else self.convert("fptrunc", "float")

    def any(self) -> Value:
        """Whether a truth value holds in some lane."""
        return self.f.reduce("or", self.value)

    def each(self, condition: Lanes, function: str, *others: Lanes, otherwise: Lanes) -> Lanes:
        """function(self, *others), one lane after the other, in the lanes where `condition` holds (seldom): code off the fast path."""
        f, width, kind = self.f, lanes(self.type), scalar(otherwise.type)
        result = f.variable(otherwise.type, otherwise.value)
        with f.when(condition.any()):
            arguments = [self, *others]
            if not width:
                f.store(f.call(function, kind, *(a.value for a in arguments)), result)
            else:
                room = [f.room(scalar(a.type), width) for a in arguments]
                for a, r in zip(arguments, room, strict=True):
                    f.store(a.value, r)
                flags, out = f.room("i8", width), f.room(kind, width)
                f.store(f.convert("zext", condition.value, vector("i8", width)), flags)
                f.store(otherwise.value, out)
                with f.loop(0, width) as k:
                    chosen = f.compare("ne", f.load("i8", f.at(flags, k, "i8")), constant("i8", 0))
                    with f.when(chosen):
                        given = [f.load(scalar(a.type), f.at(r, k, a.type)) for a, r in zip(arguments, room, strict=True)]
                        f.store(f.call(function, kind, *given), f.at(out, k, kind))
                f.store(f.load(otherwise.type, out), result)
        return Lanes(f, f.load(otherwise.type, result))


@cache
def bits_of(number: float, single: bool) -> int:
    """The bits of a number as a `float` or a `double`."""
    return struct.unpack("<I" if single else "<Q", struct.pack("<f" if single else "<d", number))[0]


@cache
def shortened(number: float, bits: int) -> float:
    """The leading bits of a number, so that its product with a short one is exact."""
    raw = struct.unpack("<Q", struct.pack("<d", number))[0]
    return struct.unpack("<d", struct.pack("<Q", raw >> (53 - bits) << (53 - bits)))[0]


def nearest_float(number: float) -> float:
    """Rounded to `float`."""
    return struct.unpack("<f", struct.pack("<f", number))[0]


def number_in(x: Lanes) -> int | float | None:
    """The number that x is in every lane when it is a constant, else None."""
    text = x.value.name
    if text == "zeroinitializer":
        return 0
    if text[0] == "<":
        kind = scalar(x.type)
        first, *others = [lane.strip().removeprefix(kind).strip() for lane in text[1:-1].split(",")]
        if any(other != first for other in others):
            return None
        text = first
    if text in ("true", "false"):
        return int(text == "true")
    if text.startswith("0x"):
        return struct.unpack("<d", struct.pack("<Q", int(text, 16)))[0]
    return int(text) if text[0] in "-0123456789" else None


def _halves(a: Lanes) -> tuple[Lanes, Lanes]:
    """a as the sum of two numbers of 26 and 27 bits."""
    high = (a.bits() & -(1 << 27)).floats()
    return high, a - high


def error_of_product(a: Lanes, b: Lanes, product: Lanes) -> Lanes:
    """a · b - product, where product is a · b rounded, of doubles (Dekker): exact as long as nothing underflows and one of them has a bit to spare."""
    ah, al = _halves(a)
    bh, bl = _halves(b)
    return ((ah * bh - product) + ah * bl + al * bh) + al * bl


def product(a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """a · b as an unevaluated sum."""
    high = a * b
    return high, error_of_product(a, b, high)


def exact_sum(a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """a + b as an unevaluated sum (Knuth)."""
    high = a + b
    other = high - a
    return high, (a - (high - other)) + (b - other)


def ordered_sum(a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """a + b as an unevaluated sum, for |a| >= |b|."""
    high = a + b
    return high, b - (high - a)
