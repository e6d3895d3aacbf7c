"""Sines, tangents and their inverses. Coefficients: tools/minimax.py."""
from __future__ import annotations

import math

from ..ir import Function, Module, Value, constant, i64
from . import coefficients as table
from .lanes import Lanes, nearest_float, shortened

PI = math.pi
PI_HIGH = shortened(PI, 32)         # and π - PI_HIGH is PI_MIDDLE, 32 bits again, and PI_LOW
PI_MIDDLE, PI_LOW = table.PI_MIDDLE, table.PI_LOW
FEW = 2.0 ** 20         # up to here an argument is reduced by subtracting multiples of π in parts; beyond it, by the bits of 1/π


def _reduced(x: Lanes, cosine: bool) -> Lanes:
    """r in [-π/2, π/2] with sin(r) = sin(x), or cos(x)."""
    w = x.wide()
    magic = 1.5 * 2.0 ** 52
    turns = w.fma(1 / PI, 0.5) if cosine else w * (1 / PI)
    rounded = turns + magic
    n = rounded - magic
    if cosine:
        n = n - 0.5
    r = n.fma(-PI_HIGH, w)
    if x.single:
        r = n.fma(-(PI - PI_HIGH), r)
    else:
        r = n.fma(-PI_LOW, n.fma(-PI_MIDDLE, r))
    r = ((rounded.bits() << 63) ^ r.bits()).floats()                    # sin(r + nπ) = (-1)^n sin(r)
    _define_reduction(x.f.module)
    kind = Lanes(x.f, constant(w.bits().type, int(cosine)))
    return w.each(w.abs() > FEW, "reduce_by_pi", kind, otherwise=r).narrow(x.type)


def sine_near(r: Lanes) -> Lanes:
    """sin(r) for |r| <= π/2"""
    square = r * r
    return (square * r).fma(square.polynomial(table.SIN_FLOAT if r.single else table.SIN_DOUBLE), r)


def sin(x: Lanes) -> Lanes:
    """The sine of x radians, however large x is."""
    r = _reduced(x, cosine=False)
    return sine_near(r).copysign(r)


def cos(x: Lanes) -> Lanes:
    """The cosine of x radians."""
    return sine_near(_reduced(x, cosine=True))


def tan(x: Lanes) -> Lanes:
    """sin(x) / cos(x)"""
    return sin(x) / cos(x)


def _define_reduction(module: Module) -> None:
    """double reduce_by_pi(double x, i64 cosine): what `_reduced` returns, for finite |x| >= 2^20 (NaN for the others).

    After Payne and Hanek, "Radian reduction for trigonometric functions" (1983): x = m · 2^E; of 1/π only those bits matter whose product with
    m is neither a multiple of 2 nor too small to be seen: 192 of them, from the one that 2^E makes a 1 on.
    """
    if not module.once("reduce_by_pi"):
        return
    f = Function(module, "reduce_by_pi", [("double", "x"), ("i64", "cosine")], result="double", linkage="internal")
    x, cosine = f.parameters
    words = module.table("inverse_of_pi", "i64", table.INVERSE_OF_PI)

    def wide(number) -> Value:
        return constant("i128", number)
    bits = f.convert("bitcast", x, "i64")
    exponent = f.op("and", f.op("lshr", bits, i64(52)), i64(0x7FF))
    mantissa = f.op("or", f.op("and", bits, i64((1 << 52) - 1)), i64(1 << 52))
    finite = f.compare("ne", exponent, i64(0x7FF))
    place = f.select(finite, f.op("sub", exponent, i64(1075 - 63)), i64(63))        # of the bit that becomes 1, in the table
    at, shift = f.op("lshr", place, i64(6)), f.op("and", place, i64(63))
    w = [f.load("i64", f.at(words, f.add(at, k), "i64")) for k in range(4)]
    a = [f.convert("zext", f.intrinsic("llvm.fshl", "i64", w[k], w[k + 1], shift), "i128") for k in range(3)]
    m = f.convert("zext", mantissa, "i128")
    # value · 2^127 modulo 2^128, where the value is |x| / π modulo 2
    total = f.op("add", f.op("mul", m, a[1]), f.op("lshr", f.op("mul", m, a[2]), wide(64)))
    total = f.op("add", total, f.op("shl", f.op("mul", m, a[0]), wide(64)))
    quarter = wide(1 << 126)                                                        # a half, that is
    is_cosine = f.compare("ne", cosine, i64(0))
    total = f.select(is_cosine, f.op("add", total, quarter), total)
    odd = f.op("lshr", f.op("add", total, quarter), wide(127))
    rest = f.op("sub", total, f.op("shl", odd, wide(127)))                          # from the nearest integer, signed
    negative = f.compare("slt", rest, wide(0))
    size = f.select(negative, f.op("sub", wide(0), rest), rest)
    zeros = f.op("and", f.intrinsic("llvm.ctlz", "i128", size, Value("i1", "false"), overload="i128"), wide(127))
    leading = f.convert("trunc", f.op("lshr", f.op("shl", size, zeros), wide(64)), "i64")
    power = f.op("shl", f.op("sub", i64(1023 - 63), f.convert("trunc", zeros, "i64")), i64(52))
    r = f.fmul(f.fmul(f.convert("uitofp", leading, "double"), f.convert("bitcast", power, "double")), constant("double", PI))
    flip = f.op("xor", f.convert("trunc", odd, "i1"), negative)
    below = f.op("and", f.compare("slt", bits, i64(0)), f.op("xor", is_cosine, Value("i1", "true")))
    r = f.select(f.op("xor", flip, below), f.fneg(r), r)
    f.finish(f.select(finite, r, constant("double", math.nan)))


def _asin_near(x: Lanes, square: Lanes) -> Lanes:
    """asin(x) for 0 <= x <= ½"""
    return (square * x).fma(square.polynomial(table.ASIN_FLOAT if x.single else table.ASIN_DOUBLE), x)


def _asin_parts(x: Lanes) -> tuple[Lanes, Lanes]:
    """(whether |x| > ½, asin(|x|) or where so asin(√((1 - |x|) / 2)))"""
    size = x.abs()
    far = size > 0.5
    square = far.where((1.0 - size) * 0.5, size * size)
    return far, _asin_near(far.where(square.sqrt(), size), square)


def _rest(x: Lanes, number: float) -> float:
    """What rounding a part of π to this type loses."""
    return number - nearest_float(number) if x.single else table.PI_ERROR * (number / PI)


def asin(x: Lanes) -> Lanes:
    """The inverse of sin, in [-π/2, π/2]; beyond ½ by π/2 - 2·asin(√((1 - |x|) / 2))."""
    far, y = _asin_parts(x)
    return far.where((x.of(_rest(x, PI / 2)) - (y + y)) + PI / 2, y).copysign(x)


def acos(x: Lanes) -> Lanes:
    """The inverse of cos, in [0, π]."""
    far, y = _asin_parts(x)
    negative = x < 0.0
    double = y + y
    outer = negative.where((_rest(x, PI) - double) + PI, double)
    signed = negative.where(-y, y)
    return far.where(outer, (_rest(x, PI / 2) - signed) + PI / 2)


def atan(x: Lanes) -> Lanes:
    """The inverse of tan: beyond tan(π/8) by π/4 + atan((x - 1) / (x + 1)), beyond tan(3π/8) by π/2 - atan(1 / x)."""
    size = x.abs()
    far, middle = size > math.tan(3 * PI / 8), size > math.tan(PI / 8)
    top = far.where(-1.0, middle.where(size - 1.0, size))
    bottom = far.where(size, middle.where(size + 1.0, x.of(1.0)))
    z = top / bottom
    square = z * z
    rest = far.where(_rest(x, PI / 2), middle.where(_rest(x, PI / 4), x.of(0.0)))
    base = far.where(PI / 2, middle.where(PI / 4, x.of(0.0)))
    y = (square * z).fma(square.polynomial(table.ATAN_FLOAT if x.single else table.ATAN_DOUBLE), rest)
    return (base + (z + y)).copysign(x)


def atan2(y: Lanes, x: Lanes) -> Lanes:
    """The angle of the point (x, y), in [-π, π], as C has it for zeros and infinities."""
    a, b = y.abs(), x.abs()
    steep = a > b
    low, high = steep.where(b, a), steep.where(a, b)
    q = (low == high).where((low == 0.0).where(0.0, x.of(1.0)), low / high)
    r = atan(q)
    r = steep.where((_rest(x, PI / 2) - r) + PI / 2, r)
    left = x.bits() < 0
    r = left.where((_rest(x, PI) - r) + PI, r).copysign(y)
    return ((x != x) | (y != y)).where(x + y, r)
