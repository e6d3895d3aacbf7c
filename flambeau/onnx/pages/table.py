"""The table of translations: function(graph, page, the values that it takes, its value) -> name of the result."""
from __future__ import annotations

import numpy as np

TRANSLATIONS: dict = {}
INT64, INT32, FLOAT32, BOOL = (np.dtype(kind) for kind in (np.int64, np.int32, np.float32, np.bool_))


def page(*names: str):
    """A decorator: this function translates the pages of these names (and those derived from them)."""
    def put(function):
        TRANSLATIONS.update(dict.fromkeys(names, function))
        return function
    return put


def same(g, taken, node, dtype=None) -> list[str]:
    """The inputs, all as the result's dtype."""
    return [g.cast(n, dtype or node.dtype.numpy) for n in taken]


def is_float(node) -> bool:
    """Whether a value is of a floating dtype."""
    return node.dtype.is_floating_point


def axes(g, dims) -> str:
    """Axes as an input of an operator."""
    return g.constant(np.array([int(d) for d in dims], np.int64))


def cut(g, name: str, axis: int, start, stop, step: int = 1) -> str:
    """x[start:stop:step] on one axis."""
    return g.node("Slice", [name, g.sizes([start]), g.sizes([stop]), axes(g, [axis]), axes(g, [step])])


def counted(g, n) -> str:
    """0, 1, … n - 1 as int64."""
    return g.node("Range", [g.constant(np.int64(0)), g.scalar(n), g.constant(np.int64(1))])
