"""From the element language to typed scalars: what each page's `element` means for inputs of given shapes and dtypes."""
from __future__ import annotations

from ..core import dtype as dt
from ..core import element as el
from ..core.shape import contiguous_strides
from .program import Step
from .scalar import COMPARISONS, INDEX, Scalar, Scalars, linear

_WHOLE = frozenset(("neg", "abs", "sign", "not"))                       # functions that keep integers
_ROUNDING = frozenset(("floor", "ceil", "trunc", "round"))


class Unsupported(Exception):
    """This page cannot be compiled here; it runs by its reference. `args[0]` says why."""


class Reader(el.Input):
    """An input whose loads keep their index axis by axis."""

    def __getitem__(self, index) -> el.Expr:
        index = tuple(index) if isinstance(index, (tuple, list)) else (index,)
        index = index[len(index) - self.ndim:]
        return el.Expr("at", self.number, *[el.lift(i) if n != 1 else el.lift(0) for i, n in zip(index, self.shape, strict=True)])

    @property
    def flat(self):
        return _FlatReader(self.number)


class _FlatReader:
    def __init__(self, number):
        self.number = number

    def __getitem__(self, k) -> el.Expr:
        return el.Expr("flat", self.number, el.lift(k))


def working(step: Step):
    """The dtype in which a step's inputs reach its element; None where each keeps its own."""
    compute = step.compute
    return dt.float32 if compute is not None and step.op.half_in_float32 and dt.dtype_of_half(compute) else compute


def express(scalars: Scalars, step: Step, shapes, dtypes) -> tuple[tuple[Scalar, ...], Scalar]:
    """The axes of a step's result and the scalar, of the result's dtype, at that place. Unsupported where there is none."""
    op = step.op
    if not hasattr(op, "element"):
        raise Unsupported(f"{type(op).__name__} has no element")
    if op.outputs is not None or step.dtype.is_complex or any(d.is_complex for d in dtypes):
        raise Unsupported("complex numbers and several results run by reference")
    names = tuple(el.Expr("axis", f"o{k}") for k in range(len(step.shape)))
    readers = [Reader(k, shape, dtype) for k, (shape, dtype) in enumerate(zip(shapes, dtypes, strict=True))]
    try:
        body = el.lift(op.element(names, *readers))
    except el.Inexpressible as reason:
        raise Unsupported(str(reason)) from None
    axes = tuple(scalars.axis(n) for n in step.shape)
    build = Typing(scalars, step, shapes, dtypes, {n.args[0]: a if a.args[1] != 1 else scalars.int(0) for n, a in zip(names, axes, strict=True)})
    return axes, build.strong(build.of(body), step.dtype, cast=True)


class Typing:
    """One page's expression being typed. Python numbers are weak: they take the type of what they meet, as NumPy and PyTorch have it."""

    def __init__(self, scalars: Scalars, step: Step, shapes, dtypes, env):
        self.scalars, self.inputs, self.shapes, self.dtypes, self.env = scalars, step.inputs, shapes, dtypes, env
        self.compute = working(step)
        floating = [d for d in (self.compute, step.dtype, *dtypes) if d is not None and d.category == 2]
        self.floating = dt.float64 if not floating or floating[0] is dt.float64 else dt.float32
        self._memo: dict = {}

    def of(self, e: el.Expr):
        """A Scalar, or a Python number where the expression is one."""
        key = id(e)
        if key not in self._memo:
            self._memo[key] = (e, self._of(e))          # `e` is kept, so that its id stays its own
        return self._memo[key][1]

    def strong(self, x, dtype, cast: bool = False) -> Scalar:
        """`x` as a Scalar: a number takes `dtype`, a Scalar is converted if `cast`."""
        if not isinstance(x, Scalar):
            return self.scalars.const(x, dtype)
        return self.scalars.make("cast", dtype, x) if cast and x.dtype is not dtype else x

    def _of(self, e):
        kind, a, make = e.kind, e.args, self.scalars.make
        if kind == "const":
            value = a[0]
            if isinstance(value, complex):
                raise Unsupported("complex constants run by reference")
            return value if isinstance(value, (bool, int, float)) else value.item()
        if kind == "axis":
            return self.env[a[0]]
        if kind == "at":
            return self._load(a[0], [self.strong(self.of(i), INDEX, cast=True) for i in a[1:]])
        if kind == "flat":
            return self._load(a[0], unflatten(self.scalars, self.strong(self.of(a[1]), INDEX, cast=True), self.shapes[a[0]]))
        if kind == "cast":
            made = self.strong(self.of(a[0]), a[1], cast=True)
            return make("cast", dt.float32, made) if dt.dtype_of_half(a[1]) else made        # halves are computed with as float32
        if kind == "where":
            condition = self.truth(self.of(a[0]))
            yes, no = self.meet(self.of(a[1]), self.of(a[2]))
            return make("where", yes.dtype, condition, yes, no)
        if kind == "reduce":
            return self._reduce(*a)
        if kind == "call":
            return self._call(a[0], self.of(a[1]))
        x, y = self.of(a[0]), self.of(a[1])
        if not isinstance(x, Scalar) and not isinstance(y, Scalar) and kind in _PLAIN:
            return _PLAIN[kind](x, y)
        x, y = self.meet(x, y)
        if kind in COMPARISONS:
            return make(kind, dt.bool_, x, y)
        if x.dtype is dt.bool_:
            if kind in ("add", "mul"):
                return make("or" if kind == "add" else "and", dt.bool_, x, y)
            if kind not in ("and", "or", "xor"):
                raise Unsupported(f"{kind} of truth values runs by reference")
        elif kind in ("div", "atan2", "hypot", "copysign") and x.dtype.category < 2:
            x, y = (make("cast", self.floating, v) for v in (x, y))
        elif kind not in _KNOWN:
            raise Unsupported(f"{kind} is not compiled")
        elif kind in ("and", "or", "xor", "shl", "shr") and x.dtype.category == 2:
            raise Unsupported(f"{kind} of floating point numbers")
        return make(kind, x.dtype, x, y)

    def _load(self, k: int, index) -> Scalar:
        stored = self.dtypes[k]
        value = self.scalars.load(self.inputs[k], stored, index)
        if self.compute is not None:
            return self.scalars.make("cast", self.compute, value)
        return self.scalars.make("cast", dt.float32, value) if dt.dtype_of_half(stored) else value

    def truth(self, x) -> Scalar:
        """x ≠ 0"""
        if not isinstance(x, Scalar):
            return self.scalars.const(bool(x), dt.bool_)
        return x if x.dtype is dt.bool_ else self.scalars.make("ne", dt.bool_, x, self.scalars.const(0, x.dtype))

    def meet(self, x, y) -> tuple[Scalar, Scalar]:
        """Both in their common type: of two categories the higher one's, of one category the wider."""
        types = [v.dtype if isinstance(v, Scalar) else None for v in (x, y)]
        if types[0] is None and types[1] is None:
            common = dt.bool_ if type(x) is type(y) is bool else dt.int64 if not isinstance(x, float) and not isinstance(y, float) else self.floating
        elif None in types:
            strong, number = (types[0], y) if types[1] is None else (types[1], x)
            least = 0 if isinstance(number, bool) else 1 if isinstance(number, int) else 2
            common = strong if strong.category >= least else (dt.int64, self.floating)[least - 1]
        else:
            p, q = types
            common = p if p is q else (dt.promote_types(p, q) if p.category == q.category else max(p, q, key=lambda d: d.category))
        return self.strong(x, common, cast=True), self.strong(y, common, cast=True)

    def _call(self, name: str, x) -> Scalar:
        x = self.strong(x, self.floating) if not isinstance(x, int) or isinstance(x, bool) else self.scalars.const(x, dt.int64)
        make = self.scalars.make
        if x.dtype.category < 2:
            if name in ("isnan", "isinf"):
                return self.scalars.const(False, dt.bool_)
            if name in _ROUNDING:
                return x
            if name not in _WHOLE:
                x = make("cast", self.floating, x)
        return make("call", dt.bool_ if name in ("isnan", "isinf") else x.dtype, name, x)

    def _reduce(self, kind, axes, body) -> Scalar:
        made = tuple(self.scalars.axis(n) for _, n in axes)
        self.env.update((name, a if n != 1 else self.scalars.int(0)) for (name, n), a in zip(axes, made, strict=True))
        x = self.of(body)
        if kind in ("any", "all"):
            x = self.truth(x)
        else:
            x = self.strong(x, dt.int64 if isinstance(x, int) else self.floating)
            if kind in ("add", "mul") and x.dtype.category < 2:
                x = self.scalars.make("cast", dt.int64, x)
        made = tuple(a for a in made if a.args[1] != 1)
        return x if not made else self.scalars.make("reduce", x.dtype, kind, made, x)


_KNOWN = frozenset(("add", "sub", "mul", "div", "floordiv", "mod", "pow", "and", "or", "xor", "shl", "shr", "fmod", "atan2", "hypot", "copysign"))
_PLAIN = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b}


def unflatten(scalars: Scalars, k: Scalar, shape) -> list[Scalar]:
    """The index, axis by axis, of the k-th element in row-major order."""
    index = []
    for n, stride in zip(shape, contiguous_strides(shape), strict=True):
        if n == 1:
            index.append(scalars.int(0))
            continue
        whole = scalars.make("floordiv", INDEX, k, scalars.int(stride))
        if whole.bounds is None or whole.bounds[0] < 0 or whole.bounds[1] >= n:
            whole = scalars.make("mod", INDEX, whole, scalars.int(n))
        index.append(whole)
    return index


def split_for(index) -> tuple[Scalar, int] | None:
    """An axis that, cut into pieces of the size returned, makes a quotient or remainder in `index` go away."""
    for i in index:
        for term, _ in linear(i)[1]:
            if term.kind in ("floordiv", "mod") and term.args[1].kind == "const":
                q = term.args[1].args[0]
                for t, c in linear(term.args[0])[1]:
                    if t.kind == "axis" and c > 0 and q % c == 0 and 1 < q // c < t.args[1] and t.args[1] % (q // c) == 0:
                        return t, q // c
    return None
