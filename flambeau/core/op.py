"""Op: the page on which everything about one operator stands. A page is like a frozen dataclass: its annotated fields are its attributes."""
from __future__ import annotations

import inspect
from typing import Any, ClassVar

import numpy as np

from . import dtype as dt
from .shape import Size, apply_axes

OPS: list[type[Op]] = []        # every page, in the order of definition: the derived tests walk this list
MAX_INTERNED = 20_000   # objects kept of one page: a loop over x[i] makes one for each i


def _strict(value):
    """A key that tells 1, 1.0 and True apart, and 0.0 from -0.0: attributes that compare equal may still compute differently."""
    kind = type(value)
    if kind is tuple or kind is Size:
        return (tuple, *map(_strict, value))
    if kind is float and (value == 0.0 or value != value):
        return kind, repr(value)
    return kind, value


class _Interning(type):
    """Makes one object for each distinct set of attributes, so that recorded structures compare by identity."""

    def __call__(cls, *args, **kwargs):
        if not args and not kwargs:
            key = ()
        else:
            if kwargs:
                args = cls._positional(args, kwargs)
            key = tuple([_strict(a) for a in args])
        found = cls._interned.get(key)
        if found is None:
            if len(cls._interned) >= MAX_INTERNED:
                cls._interned.clear()       # those in use live on where they are used; made again, they are only not known to be the same
            found = cls._interned[key] = cls._make(args)
        return found


class Op(metaclass=_Interning):
    """An operator. Its fields are its static attributes; its tensors are the arguments of `reference`.

    axes        shape rule such as "... r k, ... k c -> ... r c"; pages without one override `shape`
    types       dtype rule: "same" (inputs are promoted to a common type, which is the result's), "float" (the same, integers become
                the default floating type), "bool" (promoted, the result is bool), "real" (the same, a complex result becomes real),
                "keep" (inputs stay as they are, the result has the first one's type); pages with another rule override `dtype`
    outputs     None for one result, else how many
    saves       the names among `gradient`'s arguments whose values it reads ("x", "out"); the others come to it as shape and dtype only
    backward    PyTorch's name of its grad_fn, where it is not the class name
    samples     a function giving argument tuples on which every derived test runs: arrays are inputs, the rest is attributes
    rejects     a function giving argument tuples that end in the exact message with which they are refused
    overwrites  whether `overwrite(x, ...)` may compute the result in the memory of the first input, when that is dead
    """

    axes: ClassVar[str | None] = None
    types: ClassVar[str] = "same"
    outputs: ClassVar[int | None] = None
    saves: ClassVar[tuple[str, ...]] = ()
    backward: ClassVar[str] = ""
    samples: ClassVar[Any] = tuple
    rejects: ClassVar[Any] = tuple
    overwrites: ClassVar[bool] = False
    differentiable: ClassVar[bool] = False
    half_in_float32: ClassVar[bool] = True      # references of floating pages see float16 and bfloat16 as float32

    _fields: ClassVar[tuple[str, ...]] = ()
    _interned: ClassVar[dict]
    _node: ClassVar[type | None]            # the class of its grad_fns, once there is one
    _saves_inputs: ClassVar[tuple[bool, ...]]
    _saves_out: ClassVar[bool]

    def __init_subclass__(cls, abstract: bool = False):
        super().__init_subclass__()
        # fields as a dataclass has them: annotated names, in order, with class attributes as defaults (dataclass itself takes 1 ms a class)
        own = tuple(n for n, kind in cls.__annotations__.items() if not str(kind).startswith("ClassVar"))
        cls._fields = (*(f for f in cls._fields if f not in own), *own)
        cls._interned = {}
        cls._node = None
        if "backward" not in cls.__dict__:
            cls.backward = cls.__name__ + "Backward0"
        gradient = getattr(cls, "gradient", None)
        cls.differentiable = gradient is not None
        if gradient is not None:
            code = gradient.__code__
            names = code.co_varnames[3:code.co_argcount]                                    # after self, g, out
            variadic = bool(code.co_flags & inspect.CO_VARARGS)
            rest = code.co_varnames[code.co_argcount + code.co_kwonlyargcount] if variadic else None
            unknown = set(cls.saves) - {*names, "out", rest}
            if unknown:
                raise TypeError(f"{cls.__name__}.saves names {sorted(unknown)}, which gradient does not take")
            cls._saves_inputs = tuple(n in cls.saves for n in names) + ((rest in cls.saves,) if variadic else ())
            cls._saves_out = "out" in cls.saves
        if not abstract:                    # `class Reduction(Op, abstract=True)`: what several pages share, no page itself
            OPS.append(cls)

    @classmethod
    def _make(cls, args):
        made = object.__new__(cls)
        if len(args) > len(cls._fields):
            raise TypeError(f"{cls.__name__} has {len(cls._fields)} attributes, got {len(args)}")
        for name, value in zip(cls._fields, args, strict=False):
            object.__setattr__(made, name, value)
        for name in cls._fields[len(args):]:
            if not hasattr(cls, name):
                raise TypeError(f"{cls.__name__} needs the attribute {name!r}")
            object.__setattr__(made, name, getattr(cls, name))
        return made

    def __setattr__(self, name, value):
        raise AttributeError(f"{type(self).__name__} is shared by all who use these attributes: it cannot change")

    @classmethod
    def _positional(cls, args, kwargs):
        values = list(args)
        for name in cls._fields[len(args):]:
            if name in kwargs:
                values.append(kwargs.pop(name))
            elif hasattr(cls, name):
                values.append(getattr(cls, name))
            else:
                raise TypeError(f"{cls.__name__} needs the attribute {name!r}")
        if kwargs:
            raise TypeError(f"{cls.__name__} has no attribute {next(iter(kwargs))!r}")
        return tuple(values)

    @property
    def name(self) -> str:
        """The operator's name in errors and listings."""
        return type(self).__name__.lower()

    # ------------------------------------------------------------------------------------------------------- result's meta
    def shape(self, *inputs):
        """The result's shape from inputs that have `.shape` and `.dtype` (a tuple of shapes for several outputs)."""
        return apply_axes(self.name, self.axes, [x.shape for x in inputs])

    def dtype(self, *inputs):
        """The result's dtype (a tuple for several outputs); `compute` says in which type the reference works."""
        computed = self.compute(*inputs)
        if self.types == "bool":
            return dt.bool_
        if self.types == "real":
            return computed.to_real()
        return inputs[0].dtype if computed is None else computed

    def compute(self, *inputs):
        """The common dtype to which inputs are cast before the reference sees them; None leaves them as they are."""
        if self.types == "keep":
            return None
        first = inputs[0]
        if len(inputs) == 1:
            common = first.dtype
        else:
            common = dt.result_dtype([(x.dtype, len(x.shape), x.number is not None) for x in inputs])
        if self.types == "float" and common.category < 2:
            common = dt.default_dtype()
        return common

    def infer(self, *inputs):
        """(shape or tuple of shapes, dtype or tuple of dtypes, compute dtype). Raises what the user sees for bad shapes or types."""
        shape, dtype = self.shape(*inputs), self.dtype(*inputs)
        shape = tuple(Size(s) for s in shape) if self.outputs else Size(shape)
        return shape, dtype, self.compute(*inputs)

    # --------------------------------------------------------------------------------------------------------- its meaning
    def reference(self, *arrays):
        """What the operator means, in NumPy: arrays in, an array (or a tuple of them) out."""
        raise NotImplementedError(f"{type(self).__name__} has no reference")

    def __repr__(self) -> str:
        attributes = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({attributes})"

    def __reduce__(self):
        return type(self), tuple(getattr(self, name) for name in self._fields)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


def normal(*shape, seed: int = 0, dtype="float64"):
    """Sample input: normal values."""
    return np.random.default_rng(seed + sum(shape)).normal(size=shape).astype(dtype)
