"""Elementary functions as IR, for any number of lanes of `float` and `double`.

They are right for every number (NaN, infinities, both zeros, denormals, arguments however large), to within 4 units in the last place (tanh and erf
of floats next to ±1: 5, as units are half as large there). They call no library and rely on no fused multiplication.

`function` has those of one argument that the element language names; those of two are functions of their own. Half precisions do not come here:
who computes with them widens first.
"""
from __future__ import annotations

import math

from ..ir import Function, Value, constant, is_float, like, scalar
from . import division, exponential, special, trigonometric
from . import power as powers
from .lanes import Lanes

__all__ = ["BINARY", "atan2", "copysign", "floor_divide", "fmod", "function", "hypot", "power", "remainder", "sigmoid"]


def function(f: Function, name: str, x: Value, signed: bool = True) -> Value:
    """The function of the element language called `name`, of lanes of `float`, `double`, integers or truth values (i1).

    `signed` says how integers are meant. Functions that are not defined on integers (exp …) want floats.
    """
    lanes = Lanes(f, x)
    if not is_float(x.type):
        made = _INTEGER.get(name)
        if made is None:
            raise TypeError(f"{name} is a function of floating numbers, and was given {x.type}")
        return made(lanes, signed).value
    kind = scalar(x.type)
    if kind not in ("float", "double"):
        raise TypeError(f"{name} computes in float or double, and was given {x.type}: widen it first")
    if name in _IN_DOUBLE:
        return _IN_DOUBLE[name](lanes.wide()).narrow(kind).value
    return _FLOATING[name](lanes).value


def power(f: Function, a: Value, b: Value, signed: bool = True) -> Value:
    """a^b; of integers modulo 2^bits, where a negative exponent gives 0 unless a is 1 or -1."""
    return powers.power(Lanes(f, a), Lanes(f, b), signed).value


def floor_divide(f: Function, a: Value, b: Value, signed: bool = True) -> Value:
    """floor(a / b), as NumPy has it; of integers 0 where b is 0."""
    return division.floor_divide(Lanes(f, a), Lanes(f, b), signed).value


def remainder(f: Function, a: Value, b: Value, signed: bool = True) -> Value:
    """a - floor(a / b) · b, with the sign of b, as NumPy has it; of integers 0 where b is 0."""
    return division.remainder(Lanes(f, a), Lanes(f, b), signed).value


def fmod(f: Function, a: Value, b: Value, signed: bool = True) -> Value:
    """a - trunc(a / b) · b, with the sign of a; of integers 0 where b is 0."""
    return division.fmod(Lanes(f, a), Lanes(f, b), signed).value


def atan2(f: Function, y: Value, x: Value) -> Value:
    """The angle of the point (x, y)."""
    return trigonometric.atan2(Lanes(f, y), Lanes(f, x)).value


def hypot(f: Function, a: Value, b: Value) -> Value:
    """√(a² + b²)"""
    return powers.hypot(Lanes(f, a), Lanes(f, b)).value


def copysign(f: Function, a: Value, b: Value) -> Value:
    """|a| with the sign of b"""
    return Lanes(f, a).copysign(Lanes(f, b)).value


def sigmoid(f: Function, x: Value) -> Value:
    """1 / (1 + e^-x)"""
    return exponential.sigmoid(Lanes(f, x)).value


# the element language's operations of two numbers that are more than an instruction
BINARY = {"pow": power, "floordiv": floor_divide, "mod": remainder, "fmod": fmod,           # these take `signed` too
          "atan2": atan2, "hypot": hypot, "copysign": copysign}                              # these are of floats


def _sign(x: Lanes) -> Lanes:
    """-1, 0, 1; NaN stays."""
    return ((x == 0.0) | (x != x)).where(x.abs(), x.of(1.0).copysign(x))


_FLOATING = {
    "neg": lambda x: -x,
    "abs": Lanes.abs,
    "sqrt": Lanes.sqrt,
    "rsqrt": lambda x: 1.0 / x.sqrt(),
    "reciprocal": lambda x: 1.0 / x,
    "floor": lambda x: x.call("llvm.floor"),
    "ceil": lambda x: x.call("llvm.ceil"),
    "trunc": lambda x: x.call("llvm.trunc"),
    "round": lambda x: x.call("llvm.rint"),     # half to even: the mode that machines are in
    "sign": _sign,
    "isnan": Lanes.isnan,
    "isinf": lambda x: x.abs() == math.inf,
    "exp": exponential.exp,
    "exp2": exponential.exp2,
    "expm1": exponential.expm1,
    "log": exponential.log,
    "log2": exponential.log2,
    "log10": exponential.log10,
    "log1p": exponential.log1p,
    "sigmoid": exponential.sigmoid,
    "sinh": exponential.sinh,
    "cosh": exponential.cosh,
    "tanh": exponential.tanh,
    "sin": trigonometric.sin,
    "cos": trigonometric.cos,
    "tan": trigonometric.tan,
    "asin": trigonometric.asin,
    "acos": trigonometric.acos,
    "atan": trigonometric.atan,
    "erf": special.erf,
}
_IN_DOUBLE = {          # seldom on a path that matters: floats are widened
    "asinh": exponential.asinh,
    "acosh": exponential.acosh,
    "atanh": exponential.atanh,
    "erfc": special.erfc,
    "lgamma": special.lgamma,
}


def _same(x: Lanes, signed: bool) -> Lanes:
    return x


def _never(x: Lanes, signed: bool) -> Lanes:
    return Lanes(x.f, constant(like("i1", x.type), 0))


def _integer_abs(x: Lanes, signed: bool) -> Lanes:
    return (x < 0).where(-x, x) if signed and scalar(x.type) != "i1" else x


def _integer_sign(x: Lanes, signed: bool) -> Lanes:
    if scalar(x.type) == "i1":
        return x
    positive = (x != 0).where(1, x.of(0))
    return (x < 0).where(-1, positive) if signed else positive


_INTEGER = {
    "neg": lambda x, signed: -x,
    "not": lambda x, signed: ~x,
    "abs": _integer_abs,
    "sign": _integer_sign,
    "floor": _same,
    "ceil": _same,
    "trunc": _same,
    "round": _same,
    "isnan": _never,
    "isinf": _never,
}
