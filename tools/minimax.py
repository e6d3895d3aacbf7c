"""The coefficients of the elementary functions: best approximations in the maximum norm, computed anew from their definitions.

    python tools/minimax.py                 # writes flambeau/backends/llvm/mathematics/coefficients.py (some minutes)
    python tools/minimax.py EXP_FLOAT       # shows one table

A polynomial is found by Remez' exchange, a rational function by Loeb's weighted least squares with Lawson's weights, both in 50 digits. Errors are
relative to the function that is computed with the result, which is what `weight` expresses: |weight · (approximation - target)| is made least.
Needs mpmath.
"""
from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mpmath as mp

mp.mp.dps = 50
FILE = Path(__file__).resolve().parent.parent / "flambeau/backends/llvm/mathematics/coefficients.py"


@dataclass
class Fit:
    """P(x) ≈ target(x) on [low, high], of `degree`; or P/Q of degrees (p, q), Q(0) = 1. `kind`: in what precision coefficients are kept."""

    target: Callable
    low: float
    high: float
    degree: int | tuple[int, int]
    weight: Callable
    kind: str = "double"
    fixed: tuple = ()               # values of the first coefficients that are not free

    def at(self, x):
        """(target, weight) at x; a weight that vanishes somewhere is kept from 0."""
        return self.target(x), max(abs(self.weight(x)), mp.mpf("1e-9"))


def rounded(x, kind):
    """To the nearest float or double."""
    mp_bits = 24 if kind == "float" else 53
    with mp.workprec(mp_bits):
        return float(+x)


def nodes(fit, count):
    """Chebyshev's points of the interval."""
    middle, half = (mp.mpf(fit.low) + mp.mpf(fit.high)) / 2, (mp.mpf(fit.high) - mp.mpf(fit.low)) / 2
    return [middle - half * mp.cos(mp.pi * (2 * k + 1) / (2 * count)) for k in range(count)]


def horner(coefficients, x):
    total = mp.mpf(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def polynomial(fit):
    """Remez' exchange; returns (coefficients, largest weighted error)."""
    fixed = list(fit.fixed)
    skip = len(fixed)
    free = fit.degree + 1 - skip
    reference = nodes(fit, free + 1)
    grid = nodes(fit, 60 * (free + 2))
    wanted = [(x, *fit.at(x)) for x in grid]
    wanted = [(x, t - horner(fixed, x), w) for x, t, w in wanted]
    for _ in range(30):
        matrix, right = mp.matrix(free + 1, free + 1), mp.matrix(free + 1, 1)
        for row, x in enumerate(reference):
            t, w = fit.at(x)
            for k in range(free):
                matrix[row, k] = x ** (k + skip)
            matrix[row, free] = (-1) ** row / w
            right[row] = t - horner(fixed, x)
        solved = mp.lu_solve(matrix, right)
        found, level = [solved[k] for k in range(free)], abs(solved[free])
        errors = [w * (t - x ** skip * horner(found, x)) for x, t, w in wanted]
        peaks, start = [], 0                                # the largest error of each stretch of one sign
        for k in range(1, len(grid) + 1):
            if k == len(grid) or (errors[k] > 0) != (errors[start] > 0):
                peaks.append(max(range(start, k), key=lambda j: abs(errors[j])))
                start = k
        while len(peaks) > free + 1:
            peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
        worst = max(abs(errors[k]) for k in peaks)
        if len(peaks) < free + 1:
            break
        reference = [grid[k] for k in peaks]
        if worst < level * (1 + mp.mpf("1e-3")):
            break
    return [*fixed, *found], worst


def rational(fit):
    """Loeb's iteration with Lawson's weights; returns (numerator, denominator, largest weighted error)."""
    p, q = fit.degree
    grid = nodes(fit, 12 * (p + q + 2))
    targets, weights = zip(*(fit.at(x) for x in grid), strict=True)
    bottom, lawson = [mp.mpf(1)] * len(grid), [mp.mpf(1)] * len(grid)
    best = None
    for _ in range(60):
        count = p + 1 + q
        normal, right = mp.matrix(count, count), mp.matrix(count, 1)
        for x, t, w, b, lw in zip(grid, targets, weights, bottom, lawson, strict=True):
            factor = lw * (w / b) ** 2
            row = [x ** k for k in range(p + 1)] + [-t * x ** k for k in range(1, q + 1)]
            for i in range(count):
                scaled = factor * row[i]
                right[i] += scaled * t
                for j in range(i, count):
                    normal[i, j] += scaled * row[j]
        for i in range(count):
            for j in range(i):
                normal[i, j] = normal[j, i]
        solved = mp.lu_solve(normal, right)
        top, under = [solved[k] for k in range(p + 1)], [mp.mpf(1), *(solved[p + k] for k in range(1, q + 1))]
        bottom = [horner(under, x) for x in grid]
        errors = [abs(w * (horner(top, x) / b - t)) for x, t, w, b in zip(grid, targets, weights, bottom, strict=True)]
        worst = max(errors)
        if min(bottom) > 0 and (best is None or worst < best[2]):
            best = top, under, worst
        scale = sum(lw * e for lw, e in zip(lawson, errors, strict=True))
        lawson = [lw * e / scale * len(grid) + mp.mpf("1e-12") for lw, e in zip(lawson, errors, strict=True)]
    return best


def table(name):
    """A table's value, and its error in bits."""
    fit = FITS[name]
    if isinstance(fit.degree, tuple):
        top, under, worst = rational(fit)
        value = tuple(rounded(c, fit.kind) for c in top), tuple(rounded(c, fit.kind) for c in under)
    else:
        found, worst = polynomial(fit)
        value = tuple(rounded(c, fit.kind) for c in found)
    return value, f"2^{float(mp.log(worst, 2)):.1f}"


def exp_rest(x):
    """(e^x - 1 - x) / x²"""
    return horner([1 / mp.factorial(k + 2) for k in range(40)], x)


def log_rest(x):
    """(log(1 + x) - x + x²/2) / x³"""
    if abs(x) < mp.mpf("1e-8"):
        return mp.mpf(1) / 3 - x / 4 + x ** 2 / 5 - x ** 3 / 6
    return (mp.log1p(x) - x + x ** 2 / 2) / x ** 3


def odd_rest(function, third):
    """(function(x) / x - 1) / x² as a function of x²; `third` is its value at 0."""
    return lambda u: mp.mpf(third) if u < mp.mpf("1e-20") else (function(mp.sqrt(u)) / mp.sqrt(u) - 1) / u


def odd_weight(function):
    """Relative to `function`, where the polynomial in x² is multiplied by x³."""
    return lambda u: mp.mpf(1) if u == 0 else mp.sqrt(u) ** 3 / function(mp.sqrt(u))


def quotient(function, slope):
    """function(x) / x as a function of x²; `slope` is its value at 0."""
    return lambda u: mp.mpf(slope) if u < mp.mpf("1e-30") else function(mp.sqrt(u)) / mp.sqrt(u)


def erfcx(x):
    """e^(x²) · erfc(x)"""
    return mp.exp(x * x) * mp.erfc(x)


def lgamma_rest(x):
    """log Γ(x) / ((x - 1)(x - 2))"""
    for zero, value in ((1, mp.euler), (2, 1 - mp.euler)):
        if abs(x - zero) < mp.mpf("1e-20"):
            return value
    return mp.loggamma(x) / ((x - 1) * (x - 2))


def stirling_rest(u):
    """(log Γ(x) - (x - ½) log x + x - ½ log 2π) · x, u = 1/x²"""
    if u == 0:
        return mp.mpf(1) / 12
    x = 1 / mp.sqrt(u)
    return (mp.loggamma(x) - (x - mp.mpf(1) / 2) * mp.log(x) + x - mp.log(2 * mp.pi) / 2) * x


def atanh_rest(t):
    """(atanh(s)/s - 1 - s²/3) / s⁴ as a function of s²"""
    return horner([mp.mpf(1) / (2 * k + 5) for k in range(40)], t)


LN2, PI = mp.log(2), +mp.pi
LOW, HIGH = 1 / mp.sqrt(2) - 1, mp.sqrt(2) - 1              # where m - 1 lies when 2^e is split off
TANH, ERF = quotient(mp.tanh, 1), quotient(mp.erf, 2 / mp.sqrt(PI))
EDGE = mp.tan(PI / 8) ** 2


def _exp(degree, kind):
    return Fit(exp_rest, -LN2, LN2, degree, lambda x: x * x / mp.exp(x), kind)


def _log(degree, kind):
    return Fit(log_rest, LOW, HIGH, degree, lambda x: x ** 3 / mp.log1p(x) if x else 0, kind)


def _odd(function, third, high, degree, kind):
    return Fit(odd_rest(function, mp.mpf(1) / third), 0, high, degree, odd_weight(function), kind)


def _relative(target, low, high, degree, kind="double"):
    return Fit(target, low, high, degree, lambda x: 1 / target(x), kind)


TANH_BOUND_FLOAT, TANH_BOUND_DOUBLE = 9.02, 19.1            # from here on the nearest number is 1
ERF_BOUND_FLOAT = 3.93
FITS = {
    "EXP_FLOAT": _exp(5, "float"), "EXP_DOUBLE": _exp(11, "double"),
    "LOG_FLOAT": _log(8, "float"), "LOG_DOUBLE": _log(18, "double"),
    "EXP_MIDDLE": _exp(6, "double"), "LOG_MIDDLE": _log(11, "double"),      # for powers of floats, which are computed in double
    "TANH_FLOAT": _relative(TANH, 0, TANH_BOUND_FLOAT ** 2, (4, 4), "float"), "TANH_DOUBLE": _relative(TANH, 0, TANH_BOUND_DOUBLE ** 2, (10, 9)),
    "ERF_FLOAT": _relative(ERF, 0, ERF_BOUND_FLOAT ** 2, (5, 5), "float"), "ERF_DOUBLE": _relative(ERF, 0, 0.75 ** 2, 11),
    "SINH_FLOAT": _odd(mp.sinh, 6, 1, 2, "float"), "SINH_DOUBLE": _odd(mp.sinh, 6, 1, 6, "double"),
    "SIN_FLOAT": _odd(mp.sin, -6, PI ** 2 / 4, 3, "float"), "SIN_DOUBLE": _odd(mp.sin, -6, PI ** 2 / 4, 7, "double"),
    "ASIN_FLOAT": _odd(mp.asin, 6, 0.25, 4, "float"), "ASIN_DOUBLE": _odd(mp.asin, 6, 0.25, 11, "double"),
    "ATAN_FLOAT": _odd(mp.atan, -3, EDGE, 4, "float"), "ATAN_DOUBLE": _odd(mp.atan, -3, EDGE, 10, "double"),
    "ERFCX": _relative(erfcx, 0, 27.3, (9, 10)),
    "LGAMMA": _relative(lgamma_rest, 1, 3, (7, 7)),
    "ATANH_REST": Fit(atanh_rest, 0, (mp.sqrt(2) - 1) ** 4, 7, lambda t: t * t + mp.mpf("1e-6")),
    "STIRLING": Fit(stirling_rest, 0, mp.mpf(1) / 64, 6, lambda u: mp.mpf(1) / 100),
}


def constants():
    """π in parts and the bits of 1/π, for the reduction of arguments."""
    with mp.workdps(500):
        pi = +mp.pi
        high = mp.floor(pi * 2 ** 30) / 2 ** 30             # its leading 32 bits
        rest = pi - high
        exponent = 32 - (mp.floor(mp.log(rest, 2)) + 1)
        middle = mp.floor(rest * mp.mpf(2) ** exponent) / mp.mpf(2) ** exponent
        bits = int(mp.floor(2 ** (64 * 20) / pi))
        words = [0] + [bits >> 64 * (19 - k) & (1 << 64) - 1 for k in range(20)]
        return {"PI_MIDDLE": float(middle), "PI_LOW": float(rest - middle), "PI_ERROR": float(pi - mp.mpf(float(pi))),
                "LN2_ERROR": float(mp.log(2) - mp.mpf(float(mp.log(2)))), "TWO_BY_LN2_ERROR": float(2 / mp.log(2) - mp.mpf(2 / math.log(2))),
                "TANH_BOUND_FLOAT": TANH_BOUND_FLOAT, "TANH_BOUND_DOUBLE": TANH_BOUND_DOUBLE,
                "ERF_BOUND_FLOAT": ERF_BOUND_FLOAT, "INVERSE_OF_PI": tuple(words)}


def written(value, margin):
    """A tuple as Python source, broken into lines."""
    lines, line = [], ""
    for item in value:
        text = (written(item, margin + 1) if isinstance(item, tuple) else repr(item)) + ", "
        if line and (len(line) + len(text) > 138 - margin or isinstance(item, tuple)):
            lines.append(line.rstrip())
            line = ""
        line += text
    return "(" + ("\n" + " " * margin).join([*lines, line[:-2]]) + ")"


def main(arguments):
    if arguments:
        for name in arguments:
            value, error = table(name)
            print(f"{name} = {value}    # {error}")
        return
    text = ['"""Coefficients and constants of the elementary functions. Written by tools/minimax.py: do not edit.', "",
            "Lowest power first; a pair is a numerator and a denominator. Behind each: the largest relative error before rounding.", '"""']
    for name, value in constants().items():
        text.append(f"{name} = {written(value, len(name) + 4) if isinstance(value, tuple) else repr(value)}")
    for name in FITS:
        value, error = table(name)
        print(name, error, file=sys.stderr, flush=True)
        text += ["", f"# {error}", f"{name} = {written(value, len(name) + 4)}"]
    FILE.write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
