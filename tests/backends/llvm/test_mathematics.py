"""Elementary functions in the IR, held against mpmath and NumPy in higher precision, over all magnitudes and every special value."""
from __future__ import annotations

import ctypes
import math

import llvmlite.binding as llvm
import numpy as np
import pytest
import scipy.special

from flambeau.backends.llvm import mathematics
from flambeau.backends.llvm.ir import Function, Module, constant, lanes, scalar, vector
from flambeau.core.element import FUNCTIONS

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()
NUMPY = {"float": np.float32, "double": np.float64, "i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64}
_KEPT = []


def compiled(write, kind, count=1, width=16, result=None, features=None):
    """A Python function of `count` arrays that applies write(f, *values), compiled for lanes of `kind`."""
    module = Module()
    names = [f"x{k}" for k in range(count)]
    f = Function(module, "kernel", [("ptr", n) for n in [*names, "out"]] + [("i64", "n")])
    *inputs, out, n = f.parameters
    with f.loop(0, n, width or 1) as i:
        values = [f.load(vector(kind, width), f.at(p, i, kind)) for p in inputs]
        made = write(f, *values)
        if scalar(made.type) == "i1":
            made = f.convert("zext", made, vector("i8", lanes(made.type)))
        f.store(made, f.at(out, i, made.type))
    f.finish()
    parsed = llvm.parse_assembly(str(module))
    parsed.verify()
    features = llvm.get_host_cpu_features().flatten() if features is None else features
    machine = llvm.Target.from_default_triple().create_target_machine(cpu=llvm.get_host_cpu_name(), features=features, opt=2)
    passes = llvm.create_new_module_pass_manager()
    passes.add_sroa_pass()
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options())
    passes.run(parsed, builder)
    engine = llvm.create_mcjit_compiler(parsed, machine)
    engine.finalize_object()
    _KEPT.append(engine)
    call = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (count + 1), ctypes.c_int64)(engine.get_function_address("kernel"))

    def run(*arrays):
        arrays = [np.ascontiguousarray(a, dtype=None if a.dtype.itemsize == NUMPY[kind]().itemsize else NUMPY[kind]) for a in arrays]
        size = arrays[0].size
        padded = -(-size // 64) * 64
        arrays = [np.concatenate([a.reshape(-1), np.ones(padded - size, a.dtype)]) for a in arrays]
        found = np.zeros(padded, result or arrays[0].dtype)
        call(*(a.ctypes.data for a in arrays), found.ctypes.data, padded)
        return found[:size]
    return run


SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, 1e-30, -1e-30, math.inf, -math.inf, math.nan, 1e10, -1e10, 22.0, 1e22, 89.0, -104.0, 88.72284,
           0.75, 1.5, 2.5, 3.5, -1.5, -2.5, 1e-7, 10.0, 100.0, 1000.0, 8.0, 7.9999995, -3.0, 27.0, 0.7853982, 1.5707964, 3.1415927, 710.0, -745.0]


def inputs(kind, count=1 << 16):
    """Bit patterns of every magnitude, ordinary numbers, special values and the edges of the denormal numbers."""
    rng = np.random.default_rng(1)
    dtype = NUMPY[kind]
    info = np.finfo(dtype)
    patterns = rng.integers(0, 2 ** (8 * dtype().itemsize), count, dtype=np.uint64).astype(f"u{dtype().itemsize}").view(dtype)
    edges = [info.max, info.tiny, info.smallest_subnormal, info.tiny * 0.5, 1 - info.epsneg, 1 + info.eps, 2 - info.eps, 1 - 3 * info.epsneg]
    edges = np.array(edges, dtype)
    return np.concatenate([patterns, rng.normal(size=count).astype(dtype), (rng.normal(size=count) * 30).astype(dtype), rng.uniform(-1, 1, count).astype(dtype),
                           (1 + rng.normal(size=count // 4) * 0.01).astype(dtype), rng.uniform(-745, 745, count).astype(dtype), np.array(SPECIAL, dtype), edges, -edges])


def ulps(found, exact):
    """By how many units in the last place of `exact` (of higher precision) `found` is off; infinite where one is special and the other is not."""
    dtype = found.dtype
    with np.errstate(all="ignore"):
        rounded = exact.astype(dtype)
        same = (found == rounded) | (np.isnan(found) & np.isnan(exact))
        unit = np.spacing(np.minimum(np.abs(rounded), np.finfo(dtype).max)).astype(exact.dtype)
        off = np.abs(found.astype(exact.dtype) - exact) / unit
        off = np.where(np.isfinite(found) & np.isfinite(rounded), off, np.inf)
        # the greatest number and infinity are neighbours
        near = (np.abs(exact) > np.finfo(dtype).max * (1 - 4 * np.finfo(dtype).eps)) & (np.isinf(found) | np.isinf(rounded)) & (np.sign(found) == np.sign(exact))
        return np.where(same | (near & (np.abs(exact) < np.finfo(dtype).max * (1 + 4 * np.finfo(dtype).eps))), 0, off)


def check(found, exact, x, limit, name):
    off = ulps(found, exact)
    worst = int(np.argmax(np.where(np.isnan(off), np.inf, off)))
    assert off[worst] <= limit, f"{name}({x[worst]!r}) gave {found[worst]!r}, {exact[worst]!r} is right: {off[worst]:.2f} ulp"
    zeros = (exact == 0) & (found == 0)
    assert np.array_equal(np.signbit(found[zeros]), np.signbit(exact[zeros])), f"{name}: the sign of a zero"


WIDE = {"neg": np.negative, "abs": np.abs, "sqrt": np.sqrt, "rsqrt": lambda x: 1 / np.sqrt(x), "reciprocal": lambda x: 1 / x, "floor": np.floor,
        "ceil": np.ceil, "trunc": np.trunc, "round": np.rint, "sign": np.sign, "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log": np.log,
        "log2": np.log2, "log10": np.log10, "log1p": np.log1p, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
        "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
        "erf": scipy.special.erf, "erfc": scipy.special.erfc, "lgamma": scipy.special.gammaln, "sigmoid": scipy.special.expit}


LIMITS = {"tan": 4, "lgamma": 4, "sigmoid": 3, "tanh": 5, "erf": 5, "erfc": 4}     # tanh, erf: next to 1, where an ulp is half of that of 1


@pytest.mark.parametrize("name", WIDE)
def test_floats(name):
    x = inputs("float")
    run = compiled(lambda f, v: mathematics.function(f, name, v), "float")
    with np.errstate(all="ignore"):
        exact = WIDE[name](x.astype(np.float64))
    if name == "lgamma":
        exact[np.isneginf(x)] = np.inf
    check(run(x), exact, x, LIMITS.get(name, 2.5), name)


LONG = {**{n: w for n, w in WIDE.items() if n not in ("erf", "erfc", "lgamma", "sigmoid")}, "sigmoid": lambda x: 1 / (1 + np.exp(-x))}


@pytest.mark.parametrize("name", LONG)
def test_doubles(name):
    x = inputs("double", 1 << 13)
    run = compiled(lambda f, v: mathematics.function(f, name, v), "double", width=8)
    with np.errstate(all="ignore"):
        exact = LONG[name](x.astype(np.longdouble))
    check(run(x), exact, x, LIMITS.get(name, 3), name)


@pytest.mark.parametrize("name", ["erf", "erfc", "lgamma"])
def test_special_functions_of_doubles(name):
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.uniform(-6, 27, 4000), rng.uniform(0, 3, 4000), np.exp(rng.uniform(-700, 700, 500)), [0.5, 0.75, 1.0, 2.0, 8.0, 27.2, 1e-310]])
    if name == "lgamma":
        x = np.abs(x)
    run = compiled(lambda f, v: mathematics.function(f, name, v), "double", width=4)
    exact = np.array([getattr(math, name)(v) for v in x])
    if name == "lgamma":
        np.testing.assert_allclose(run(x), exact, rtol=2e-15, atol=5e-15)       # next to its zeros math's own is not right to the last place
    else:
        check(run(x), exact.astype(np.longdouble), x, LIMITS.get(name, 4) + 1, name)     # math's own error
    ends = np.array([0.0, -0.0, math.inf, -math.inf, math.nan])
    with np.errstate(all="ignore"):
        want = {"erf": scipy.special.erf, "erfc": scipy.special.erfc, "lgamma": lambda v: np.abs(scipy.special.gammaln(v))}[name](ends)
    np.testing.assert_array_equal(run(ends), want)


def test_log_gamma_of_negative_numbers():
    x = np.concatenate([-np.random.default_rng(3).uniform(0, 150, 2000), [-1e-300, -1e-17, -3e15 - 0.5, -1.0, -7.0, -1e300]])
    run = compiled(lambda f, v: mathematics.function(f, "lgamma", v), "double", width=0)
    with np.errstate(all="ignore"):
        want = np.abs(scipy.special.gammaln(x)) * np.where(np.isinf(scipy.special.gammaln(x)), 1, np.sign(scipy.special.gammaln(x)))
    np.testing.assert_allclose(run(x), want, rtol=3e-15, atol=2e-13)


@pytest.mark.parametrize("kind, width", [("float", 0), ("double", 2)])
@pytest.mark.parametrize("name", [*WIDE, "isnan", "isinf"])
def test_every_number_of_lanes_and_no_fused_multiplication(name, kind, width):
    """The same to within rounding as with 64-byte vectors, on a machine that has neither FMA nor AVX."""
    x = inputs(kind, 400)
    truth = name.startswith("is")
    run = compiled(lambda f, v: mathematics.function(f, name, v), kind, width=width, features="-fma,-avx512f,-avx2,-avx", result=np.int8 if truth else None)
    with np.errstate(all="ignore"):
        if truth:
            np.testing.assert_array_equal(run(x), getattr(np, name)(x))
            return
        if name == "lgamma":
            x = x[(x > 1e-30) & (x < 1e30)]
            np.testing.assert_allclose(run(x), scipy.special.gammaln(x), rtol=3e-7 if kind == "float" else 3e-15, atol=1e-14)
            return
        if name in ("erf", "erfc"):
            exact = np.array([getattr(math, name)(float(v)) for v in x]).astype(np.longdouble)
        else:
            exact = LONG[name](x.astype(np.longdouble))
    check(run(x), exact, x, LIMITS.get(name, 4) + 1, name)


PAIRS = [(a, b) for a in SPECIAL for b in SPECIAL]


@pytest.mark.parametrize("kind", ["float", "double"])
@pytest.mark.parametrize("name", ["power", "atan2", "hypot", "fmod", "remainder", "floor_divide", "copysign"])
def test_functions_of_two(name, kind):
    dtype, rng = NUMPY[kind], np.random.default_rng(4)
    p, q = np.array(PAIRS, dtype).T
    patterns = inputs(kind, 2000)
    a = [p, np.abs(rng.normal(size=20000)), rng.permutation(patterns), rng.uniform(0.9, 1.1, 4000), rng.normal(size=4000) * 1e6]
    b = [q, rng.normal(size=20000) * 20, rng.permutation(patterns), rng.normal(size=4000) * 3000, rng.normal(size=4000)]
    a, b = (np.concatenate([part.astype(dtype) for part in parts]) for parts in (a, b))
    run = compiled(lambda f, x, y: getattr(mathematics, name)(f, x, y), kind, count=2, width=8)
    function = {"power": np.power, "atan2": np.arctan2, "hypot": np.hypot, "fmod": np.fmod, "remainder": np.remainder, "floor_divide": np.floor_divide,
                "copysign": np.copysign}[name]
    with np.errstate(all="ignore"):
        if name in ("fmod", "remainder", "floor_divide"):
            want = function(a, b)
            np.testing.assert_array_equal(run(a, b), want)
            np.testing.assert_array_equal(np.signbit(run(a, b)[want == 0]), np.signbit(want[want == 0]))
            return
        higher = np.float64 if kind == "float" else np.longdouble
        exact = function(a.astype(higher), b.astype(higher))
    found = run(a, b)
    off = ulps(found, exact)
    worst = int(np.argmax(np.where(np.isnan(off), np.inf, off)))
    assert off[worst] <= 4, f"{name}({a[worst]!r}, {b[worst]!r}) gave {found[worst]!r}, {exact[worst]!r} is right"


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 4, 0.5, -1, -2, -0.5, 2.5, 7])
def test_power_with_a_constant_exponent(exponent):
    for kind, higher in (("float", np.float64), ("double", np.longdouble)):
        x = inputs(kind, 2000)
        run = compiled(lambda f, v: mathematics.power(f, v, constant(v.type, exponent)), kind, width=4)
        with np.errstate(all="ignore"):
            exact = np.sqrt(x.astype(higher)) if exponent == 0.5 else np.power(x.astype(higher), higher(exponent))
            check(run(x), exact, x, 4, f"x ** {exponent}")


@pytest.mark.parametrize("kind", ["i8", "i16", "i32", "i64"])
@pytest.mark.parametrize("signed", [True, False])
def test_integers(kind, signed):
    dtype = np.dtype(("i" if signed else "u") + str(int(kind[1:]) // 8))
    info, rng = np.iinfo(dtype), np.random.default_rng(5)
    edges = np.array([info.min, info.min + 1, info.max, info.max - 1, 0, 1, 2, 3, 7] + ([-1, -2, -3] if signed else []), dtype)
    a = np.concatenate([np.repeat(edges, len(edges)), rng.integers(info.min, info.max, 5000, dtype=dtype, endpoint=True)])
    b = np.concatenate([np.tile(edges, len(edges)), rng.integers(info.min, info.max, 2500, dtype=dtype, endpoint=True), rng.integers(0, 9, 2500).astype(dtype)])
    with np.errstate(all="ignore"):
        for name, function in (("floor_divide", np.floor_divide), ("remainder", np.remainder), ("fmod", np.fmod)):
            run = compiled(lambda f, x, y, name=name: getattr(mathematics, name)(f, x, y, signed), kind, count=2, width=8)
            np.testing.assert_array_equal(run(a, b), function(a, b), err_msg=name)
            for divisor in (3, 0, *([-1, -5] if signed else [])):
                run = compiled(lambda f, x, name=name, d=divisor: getattr(mathematics, name)(f, x, constant(x.type, d), signed), kind, width=8)
                np.testing.assert_array_equal(run(a), function(a, dtype.type(divisor)), err_msg=f"{name} by {divisor}")
        run = compiled(lambda f, x, y: mathematics.power(f, x, y, signed), kind, count=2, width=8)
        positive = b >= 0
        np.testing.assert_array_equal(run(a, b)[positive], np.power(a[positive], b[positive]))
        for name, function in (("neg", np.negative), ("not", np.invert), ("abs", np.abs), ("sign", np.sign), ("round", np.rint)):
            run = compiled(lambda f, x, name=name: mathematics.function(f, name, x, signed), kind, width=8)
            np.testing.assert_array_equal(run(a), a if name == "round" else function(a), err_msg=name)


def test_what_is_not_defined_is_refused():
    f = Function(Module(), "f", [("i32", "n"), ("half", "h")])
    with pytest.raises(TypeError, match="exp is a function of floating numbers, and was given i32"):
        mathematics.function(f, "exp", f.parameters[0])
    with pytest.raises(TypeError, match="widen it first"):
        mathematics.function(f, "exp", f.parameters[1])


def test_all_functions_of_the_element_language_are_there():
    for name in FUNCTIONS:
        kind = "i32" if name == "not" else "double"
        f = Function(Module(), "f", [(kind, "x")])
        assert mathematics.function(f, name, f.parameters[0])
