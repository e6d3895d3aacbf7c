"""The Fisher-Yates shuffle as a loop over its swaps: what core.shuffle does with arrays where nothing is compiled."""
from __future__ import annotations

import ctypes
from functools import cache

import numpy as np

from ...core import shuffle
from .ir import Function, Module
from .jit import library
from .kernel import Machine


def apply_swaps(targets: np.ndarray) -> np.ndarray:
    """The list 0 … n-1 after swapping its places i and targets[i] for i = 0, 1, …, n-1 in turn; targets: int64, i <= targets[i] < n."""
    targets = np.ascontiguousarray(targets, np.int64)
    places = np.arange(targets.size)
    _function()(places.ctypes.data, targets.ctypes.data, targets.size)
    return places


def _emit(module: Module, name: str, machine: Machine) -> None:
    f = Function(module, name, [("ptr", "places"), ("ptr", "targets"), ("i64", "n")])
    places, targets, n = f.parameters
    with f.loop(0, n) as i:
        one, other = f.at(places, i, "i64"), f.at(places, f.load("i64", f.at(targets, i, "i64")), "i64")
        a, b = f.load("i64", one), f.load("i64", other)
        f.store(b, one)
        f.store(a, other)
    f.finish()


@cache
def _function():
    address = library("swaps 1", _emit, title="swaps of a shuffle")[""]
    return ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(address)


shuffle.compiled = apply_swaps
