"""Which sizes of the inputs a file leaves open: `dynamic_axes` and `dynamic_shapes` of torch.onnx.export, read into symbols."""
from __future__ import annotations

import dataclasses
import inspect
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.tensor import Tensor


class _Hint:
    """What `Dim.AUTO`, `Dim.DYNAMIC` and `Dim.STATIC` are."""

    def __init__(self, name: str):
        self.name = name

    def __repr__(self) -> str:
        return f"Dim.{self.name}"


class Dim:
    """The name of a size that is open, and its range: torch.export.Dim("batch", min=1, max=64). One name stands for one size."""

    AUTO, DYNAMIC, STATIC = _Hint("AUTO"), _Hint("DYNAMIC"), _Hint("STATIC")

    def __init__(self, name: str, *, min: int | None = None, max: int | None = None):
        if not name.isidentifier():
            raise AssertionError(f"Dim name must be a valid identifier, got {name}")
        if min is not None and max is not None and max <= min:
            raise AssertionError(f"Cannot create Dim with inconsistent min={min}, max={max}")
        self.__name__, self.min, self.max = name, min, max

    def __repr__(self) -> str:
        return f"Dim('{self.__name__}'" + "".join(f", {k}={v}" for k, v in (("min", self.min), ("max", self.max)) if v is not None) + ")"


def dims(*names: str, min: int | None = None, max: int | None = None) -> tuple[Dim, ...]:
    """Several `Dim`s of the same range."""
    return tuple(Dim(name, min=min, max=max) for name in names)


@dataclasses.dataclass
class Symbol:
    """An open size: its name, the (input, axis) pairs that have it, the range that it may have, its size in the examples."""

    name: str
    places: list[tuple[int, int]]
    low: int
    high: int | None
    size: int


def symbols_of(named: Sequence[tuple[int, int, str, int | None, int | None]], inputs: Sequence[Tensor]) -> list[Symbol]:
    """Symbols from (input, axis, name, least, greatest). ValueError where one name has two sizes in the examples."""
    found: dict[str, Symbol] = {}
    for k, axis, name, low, high in named:
        size = int(inputs[k].shape[axis])
        symbol = found.setdefault(name, Symbol(name, [], max(low or 1, 1), high, size))
        if symbol.size != size:
            raise ValueError(f"torch.onnx.export: the name {name!r} stands for one size, but the examples have {symbol.size} and {size}: give the axes "
                             "different names, or examples of the same size")
        symbol.places.append((k, axis))
    return list(found.values())


def from_axes(dynamic_axes: Any, inputs: Sequence[Tensor], names: Sequence[str], output_names: Sequence[str]):
    """(symbols, names of the outputs' axes) from `{name: [axes]}` or `{name: {axis: its name}}`. ValueError for axes that there are not."""
    named, of_outputs = [], {}
    if not isinstance(dynamic_axes, Mapping):
        raise TypeError(f"torch.onnx.export: dynamic_axes is a dictionary of an input's or output's name to its open axes, not {type(dynamic_axes).__name__}")
    for label, axes in dynamic_axes.items():
        if label not in names and label not in output_names:
            warnings.warn(f"Provided key {label} for dynamic axes is not a valid input/output name: they are {[*names, *output_names]}", UserWarning, stacklevel=4)
            continue
        pairs = dict(axes) if isinstance(axes, Mapping) else {a: f"{label}_dynamic_axes_{k + 1}" for k, a in enumerate(axes)}
        if label not in names:
            of_outputs[label] = pairs
            continue
        k = list(names).index(label)
        for axis, name in pairs.items():
            named.append((k, _axis(axis, inputs[k], label), str(name), None, None))
    return symbols_of(named, inputs), of_outputs


def _axis(axis: int, t: Tensor, label: str) -> int:
    if not -t.ndim <= axis < t.ndim:
        raise ValueError(f"torch.onnx.export: {label} has {t.ndim} axes, so axis {axis} cannot be open")
    return axis % t.ndim


def from_shapes(dynamic_shapes: Any, model: Any, args: tuple, kwargs: Mapping[str, Any], inputs: Sequence[Tensor]) -> list[Symbol]:
    """Symbols from `dynamic_shapes`: for each argument (by name, or in order) what each axis is: a Dim, a name, Dim.DYNAMIC, an int or None (fixed)."""
    named: list[tuple[int, int, str, int | None, int | None]] = []
    count = 0

    def walk(x: Any, spec: Any, where: str) -> None:
        nonlocal count
        if isinstance(x, Tensor):
            pairs = {} if spec is None else dict(spec) if isinstance(spec, Mapping) else dict(enumerate(spec))
            for axis, what in pairs.items():
                if what is None or isinstance(what, int) or what is Dim.STATIC:
                    continue
                axis = _axis(axis, x, where)
                if what in (Dim.DYNAMIC, Dim.AUTO):
                    named.append((count, axis, f"s{len(named)}", None, None))
                elif isinstance(what, str):
                    named.append((count, axis, what, None, None))
                elif isinstance(what, Dim):
                    named.append((count, axis, what.__name__, what.min, what.max))
                else:
                    raise TypeError(f"torch.onnx.export: dynamic_shapes has {what!r} for axis {axis} of {where}: a Dim, a name, an int or None is wanted")
            count += 1
        elif isinstance(x, Mapping):
            for key, value in x.items():
                walk(value, spec[key] if isinstance(spec, Mapping) and key in spec else None, f"{where}[{key!r}]")
        elif isinstance(x, (tuple, list)):
            if spec is not None and len(spec) != len(x):
                raise ValueError(f"torch.onnx.export: dynamic_shapes has {len(spec)} entries for {where}, which has {len(x)}")
            for k, value in enumerate(x):
                walk(value, None if spec is None else spec[k], f"{where}[{k}]")

    if isinstance(dynamic_shapes, Mapping):
        names = _argument_names(model, args)
        unknown = set(dynamic_shapes) - {*names, *kwargs}
        if unknown:
            raise ValueError(f"torch.onnx.export: dynamic_shapes names {sorted(map(str, unknown))}, but the model's arguments are {[*names, *kwargs]}")
        specs = [dynamic_shapes.get(name) for name in names]
    else:
        specs = [*dynamic_shapes, *[None] * (len(args) - len(dynamic_shapes))]
    for k, (x, spec) in enumerate(zip(args, specs, strict=False)):
        walk(x, spec, f"argument {k}")
    for key, value in kwargs.items():
        walk(value, dynamic_shapes.get(key) if isinstance(dynamic_shapes, Mapping) else None, key)
    return symbols_of(named, inputs)


def _argument_names(model: Any, args: tuple) -> list[str]:
    """The names of the positional arguments."""
    names: list[str] = []
    for parameter in inspect.signature(getattr(model, "forward", model)).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [parameter.name] * (len(args) - len(names))
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
    return names[:len(args)]
