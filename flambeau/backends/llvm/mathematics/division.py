"""Quotients and remainders, with their signs as NumPy and Python have them."""
from __future__ import annotations

import math

from ..ir import Function, Module, constant, i64, is_float, scalar, size_of
from .lanes import Lanes, error_of_product, number_in


def fmod(a: Lanes, b: Lanes, signed: bool = True) -> Lanes:
    """a - trunc(a / b) · b, exact, with the sign of a; of integers 0 where b is 0."""
    if not is_float(a.type):
        return _truncated(a, b, signed)[1]
    x, y = a.wide().abs(), b.wide().abs()
    # The quotient is rounded at most to the integer above the right one. Its product with y must be had exactly: of floats it is, in double.
    q = (x / y).call("llvm.trunc")
    high = q * y
    if a.single:
        simple, r = q < 2.0 ** 28, x - high
    else:
        simple = (q < 2.0 ** 52) & (x < 2.0 ** 1022)
        r = (x - high) - error_of_product(q, y, high)
    r = (r < 0.0).where(r + y, r)
    r = (x < y).where(x, r)
    _define_fmod(a.f.module)
    r = x.each(~(simple | (x < y)), "exact_fmod", y, otherwise=r)
    return r.narrow(a.type).copysign(a)


def remainder(a: Lanes, b: Lanes, signed: bool = True) -> Lanes:
    """a - floor(a / b) · b, with the sign of b; of integers 0 where b is 0."""
    r = fmod(a, b, signed)
    if not is_float(a.type):
        return _other_side(r, b).where(r + b, r) if signed else r
    r = _other_side(r, b).where(r + b, r)
    return (r == 0.0).where(r.of(0.0).copysign(b), r)


def floor_divide(a: Lanes, b: Lanes, signed: bool = True) -> Lanes:
    """floor(a / b); of integers 0 where b is 0. As NumPy computes it: (a - remainder) / b, rounded to an integer."""
    if not is_float(a.type):
        q, r = _truncated(a, b, signed)
        return _other_side(r, b).where(q - 1, q) if signed else q
    r = fmod(a, b)
    exact = (a - r) / b
    exact = _other_side(r, b).where(exact - 1.0, exact)
    floor = exact.call("llvm.floor")
    floor = (exact - floor > 0.5).where(floor + 1.0, floor)
    quotient = a / b
    floor = (exact == 0.0).where(quotient.of(0.0).copysign(quotient), floor)
    return (b == 0.0).where(quotient, floor)


def _other_side(r: Lanes, b: Lanes) -> Lanes:
    """Whether a remainder is not 0 and has another sign than the divisor."""
    return (r != 0) & ((r < 0) ^ (b < 0))


def _truncated(a: Lanes, b: Lanes, signed: bool) -> tuple[Lanes, Lanes]:
    """(trunc(a / b), the remainder) of integers; both 0 where b is 0, and the least number divided by -1 stays what it is."""
    if number_in(b) not in (None, 0, -1):
        q = Lanes(a.f, a.f.op("sdiv" if signed else "udiv", a.value, b.value))
        return q, a - q * b
    zero = b == 0
    unsafe = zero | (b == -1) if signed else zero
    divisor = unsafe.where(1, b)
    if size_of(a.type) < 8:                     # a quotient of numbers of n bits needs fewer than 2n bits to be told from an integer
        kind = "float" if size_of(a.type) < 4 else "double"
        there, back = ("sitofp", "fptosi") if signed else ("uitofp", "fptoui")
        q = (a.convert(there, kind) / divisor.convert(there, kind)).convert(back, scalar(a.type))
    else:
        q = Lanes(a.f, a.f.op("sdiv" if signed else "udiv", a.value, divisor.value))
    if signed:
        q = (b == -1).where(-a, q)
    q = zero.where(0, q)
    return q, zero.where(0, a - q * b)


def _define_fmod(module: Module) -> None:
    """double exact_fmod(double x, double y): fmod of numbers that are not negative, by long division in steps of 11 bits."""
    if not module.once("exact_fmod"):
        return
    f = Function(module, "exact_fmod", [("double", "x"), ("double", "y")], result="double", linkage="internal")
    x, y = f.parameters
    zero, infinity = constant("double", 0.0), constant("double", math.inf)
    possible = f.op("and", f.compare("olt", x, infinity), f.compare("ogt", y, zero))
    result = f.variable("double", f.select(possible, x, constant("double", math.nan)))
    with f.when(f.op("and", possible, f.compare("oge", x, y))):
        def parts(number):
            bits = f.convert("bitcast", number, "i64")
            exponent, fraction = f.op("lshr", bits, i64(52)), f.op("and", bits, i64((1 << 52) - 1))
            normal = f.compare("ne", exponent, i64(0))
            return f.select(normal, f.op("or", fraction, i64(1 << 52)), fraction), f.select(normal, exponent, i64(1))
        m, e = parts(x)
        n, low = parts(y)
        # an infinite y is greater than x, so both are finite here
        rest, left = f.variable("i64", f.op("urem", m, n)), f.variable("i64", f.sub(e, low))
        with f.loop(0, f.div(f.add(f.sub(e, low), 10), 11)):
            step = f.least(f.load("i64", left), 11)
            f.store(f.op("urem", f.op("shl", f.load("i64", rest), step), n), rest)
            f.store(f.sub(f.load("i64", left), step), left)
        # rest · 2^(low - 1075), in two steps where that power is too small a number
        small = f.compare("slt", low, i64(1000))
        first = f.select(small, constant("double", 2.0 ** -537), constant("double", 1.0))
        power = f.op("shl", f.add(f.select(small, i64(1023 - 1075 + 537), i64(1023 - 1075)), low), i64(52))
        r = f.fmul(f.fmul(f.convert("uitofp", f.load("i64", rest), "double"), first), f.convert("bitcast", power, "double"))
        f.store(r, result)
    f.finish(f.load("double", result))
