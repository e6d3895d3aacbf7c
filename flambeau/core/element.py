"""The language of `element`: one element of a result, as a function of its index.

Pages build these expressions by indexing their inputs (`x[i]`, `x.flat[k]`), with arithmetic, `where`, the named functions and the
reductions `total`, `maximum_over`, `minimum_over`, `product_over`, `any_over`, `all_over`. An expression says nothing about loops, vectors or
memory: that is the compiler's business. `evaluate` runs one over a whole index grid with NumPy; the tests hold every page's element
against its reference with it.
"""
from __future__ import annotations

import itertools
import math

import numpy as np


class Inexpressible(Exception):
    """What an `element` raises where this language has no good expression for these attributes or shapes: the page runs by its reference there."""


class Expr:
    """An expression: `kind` and its arguments. Kinds: const, axis, load, the binary ones below, call, cast, where, reduce."""

    __slots__ = ("kind", "args")
    __hash__ = object.__hash__

    def __init__(self, kind: str, *args):
        self.kind, self.args = kind, args

    def __repr__(self) -> str:
        return f"{self.kind}({', '.join(map(repr, self.args))})"

    def __bool__(self):
        raise TypeError("an element expression has no truth value: use where(condition, yes, no)")


_BINARY = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "floordiv": np.floor_divide, "mod": np.mod, "pow": np.power,
           "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
           "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor, "shl": np.left_shift, "shr": np.right_shift,
           "fmod": np.fmod, "atan2": np.arctan2, "hypot": np.hypot, "copysign": np.copysign}      # these four without a sign of their own


def _bind(kind, method):
    def forward(self, other):
        return Expr(kind, self, lift(other))

    def backward(self, other):
        return Expr(kind, lift(other), self)
    setattr(Expr, f"__{method}__", forward)
    if kind not in ("lt", "le", "gt", "ge", "eq", "ne"):
        setattr(Expr, f"__r{method}__", backward)


for _kind, _method in {"add": "add", "sub": "sub", "mul": "mul", "div": "truediv", "floordiv": "floordiv", "mod": "mod", "pow": "pow", "lt": "lt",
                       "le": "le", "gt": "gt", "ge": "ge", "eq": "eq", "ne": "ne", "and": "and", "or": "or", "xor": "xor", "shl": "lshift",
                       "shr": "rshift"}.items():
    _bind(_kind, _method)
Expr.__neg__ = lambda self: call("neg", self)
Expr.__invert__ = lambda self: call("not", self)

# one-argument functions and what they mean
FUNCTIONS = {"neg": np.negative, "not": np.invert, "abs": np.abs, "sqrt": np.sqrt, "rsqrt": lambda x: 1 / np.sqrt(x), "exp": np.exp,
             "exp2": np.exp2, "expm1": np.expm1, "log": np.log, "log2": np.log2, "log10": np.log10, "log1p": np.log1p, "sin": np.sin,
             "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh,
             "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh, "floor": np.floor, "ceil": np.ceil,
             "trunc": np.trunc, "round": np.rint, "sign": np.sign, "isnan": np.isnan, "isinf": np.isinf, "reciprocal": np.reciprocal,
             "erf": np.vectorize(math.erf, otypes=[float]), "erfc": np.vectorize(math.erfc, otypes=[float]),
             "lgamma": np.vectorize(math.lgamma, otypes=[float])}

_REDUCTIONS = {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum, "any": np.logical_or, "all": np.logical_and}


def lift(value) -> Expr:
    """An expression from an expression or a Python number."""
    return value if isinstance(value, Expr) else Expr("const", value)


def where(condition, yes, no) -> Expr:
    """`yes` where `condition` holds, else `no`. Only the chosen one's loads need to be in range."""
    return Expr("where", lift(condition), lift(yes), lift(no))


def call(function: str, x) -> Expr:
    """A named function of one argument."""
    if function not in FUNCTIONS:
        raise ValueError(f"the element language has no function {function!r}")
    return Expr("call", function, lift(x))


def cast(x, dtype) -> Expr:
    """`x` converted to `dtype`."""
    return Expr("cast", lift(x), dtype)


def binary(kind: str, a, b) -> Expr:
    """An operation that Python has no sign for: fmod, atan2, hypot, copysign."""
    return Expr(kind, lift(a), lift(b))


def maximum(a, b) -> Expr:
    """The greater of two; NaN if either is."""
    a, b = lift(a), lift(b)
    return where((a > b) | call("isnan", a), a, b)


def minimum(a, b) -> Expr:
    """The smaller of two; NaN if either is."""
    a, b = lift(a), lift(b)
    return where((a < b) | call("isnan", a), a, b)


_fresh = itertools.count()


def reduce(kind: str, sizes, body) -> Expr:
    """`body(k0, k1, …)` combined by `kind` over 0 <= k0 < sizes[0], …"""
    axes = tuple(Expr("axis", f"k{next(_fresh)}") for _ in sizes)
    return Expr("reduce", kind, tuple((a.args[0], n) for a, n in zip(axes, sizes, strict=True)), lift(body(*axes)))


def total(*sizes_and_body) -> Expr:
    """Σ body(k…)"""
    return reduce("add", sizes_and_body[:-1], sizes_and_body[-1])


def product_over(*sizes_and_body) -> Expr:
    """Π body(k…)"""
    return reduce("mul", sizes_and_body[:-1], sizes_and_body[-1])


def maximum_over(*sizes_and_body) -> Expr:
    """max body(k…), NaN if one is"""
    return reduce("max", sizes_and_body[:-1], sizes_and_body[-1])


def minimum_over(*sizes_and_body) -> Expr:
    """min body(k…), NaN if one is"""
    return reduce("min", sizes_and_body[:-1], sizes_and_body[-1])


def any_over(*sizes_and_body) -> Expr:
    """Whether body(k…) holds for some k"""
    return reduce("any", sizes_and_body[:-1], sizes_and_body[-1])


def all_over(*sizes_and_body) -> Expr:
    """Whether body(k…) holds for every k"""
    return reduce("all", sizes_and_body[:-1], sizes_and_body[-1])


def every(conditions) -> Expr:
    """Whether all conditions hold."""
    conditions = list(conditions)
    result = conditions[0] if conditions else lift(True)
    for c in conditions[1:]:
        result = result & c
    return result


class Input:
    """What `element` sees as an input: `x[i, j]` is the element there, `x.flat[k]` the k-th in row-major order.

    An axis of size 1 may be read at any index (broadcasting), and leading indices that the input lacks are dropped.
    """

    def __init__(self, number: int, shape, dtype):
        self.number, self.shape, self.dtype = number, tuple(shape), dtype
        self.ndim = len(self.shape)

    @property
    def floating(self) -> bool:
        """Whether its numbers are floating (and real)."""
        return self.dtype.kind == "f" if isinstance(self.dtype, np.dtype) else self.dtype.category == 2

    def __getitem__(self, index) -> Expr:
        index = tuple(index) if isinstance(index, (tuple, list)) else (index,)
        index = index[len(index) - self.ndim:]
        flat = lift(0)
        for i, n in zip(index, self.shape, strict=True):
            flat = flat * n + (lift(i) if n != 1 else 0)
        return Expr("load", self.number, flat)

    @property
    def flat(self):
        """The input as one axis."""
        return _Flat(self.number)


class _Flat:
    def __init__(self, number):
        self.number = number

    def __getitem__(self, k) -> Expr:
        return Expr("load", self.number, lift(k))


def express(op, shape, inputs) -> tuple[tuple[Expr, ...], Expr]:
    """The output's axes and `op`'s expression for the element there."""
    axes = tuple(Expr("axis", f"i{d}") for d in range(len(shape)))
    views = [Input(n, x.shape, x.dtype) for n, x in enumerate(inputs)]
    return axes, lift(op.element(axes, *views))


def evaluate(op, shape, arrays):
    """The result of `op` of `shape` by its element, over the whole grid of indices at once, in NumPy."""
    axes, body = express(op, shape, arrays)
    env = {a.args[0]: np.arange(n).reshape((n,) + (1,) * (len(shape) - d - 1)) for d, (a, n) in enumerate(zip(axes, shape, strict=True))}
    flats = [np.ascontiguousarray(a).reshape(-1) for a in arrays]
    value = _evaluate(body, env, flats)
    return np.broadcast_to(value, shape)


def _evaluate(e: Expr, env, flats):
    kind, a = e.kind, e.args
    if kind == "const":
        return a[0]
    if kind == "axis":
        return env[a[0]]
    if kind == "load":
        index, flat = _evaluate(a[1], env, flats), flats[a[0]]
        if flat.size == 0:
            return np.zeros(np.shape(index), flat.dtype)
        return flat[np.clip(index, 0, flat.size - 1)]          # out-of-range loads happen only on the side `where` leaves out
    if kind == "call":
        return FUNCTIONS[a[0]](_evaluate(a[1], env, flats))
    if kind == "cast":
        return np.asarray(_evaluate(a[0], env, flats)).astype(a[1].numpy)
    if kind == "where":
        return np.where(*(_evaluate(x, env, flats) for x in a))
    if kind == "reduce":
        operation, axes, body = a
        rank = max((v.ndim for v in env.values()), default=0)
        # the new axes go in front, so that what is there already keeps its place
        inner = dict(env)
        for k, (name, n) in enumerate(axes):
            inner[name] = np.arange(n).reshape((n,) + (1,) * (rank + len(axes) - k - 1))
        value = np.asarray(_evaluate(body, inner, flats))
        full = tuple(n for _, n in axes)
        value = np.broadcast_to(value, np.broadcast_shapes(value.shape, full + (1,) * rank))
        lead = tuple(range(value.ndim - rank - len(axes), value.ndim - rank))
        if math.prod(full) == 0 and operation in ("max", "min"):
            return np.full(value.shape[len(axes):], -np.inf if operation == "max" else np.inf)
        return _REDUCTIONS[operation].reduce(value, axis=lead)
    return _BINARY[kind](_evaluate(a[0], env, flats), _evaluate(a[1], env, flats))
