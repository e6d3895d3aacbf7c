"""Reading and placing along one axis, by one index for each place of the others: how reductions that choose an element pass gradients."""
from __future__ import annotations

import numpy as np

from ..core import element as el
from ..core.op import Op, normal
from .common import Tensor, record
from .movement import unsqueeze

_AT = np.array([[2], [0], [1]])


class TakeAlong(Op):
    """out[…, k, …] = x[…, index[…, k, …], …] on axis `dim`; all other axes agree"""

    dim: int
    types = "keep"
    saves = ("index",)
    backward = "GatherBackward0"

    def shape(self, x, index):
        return index.shape

    def reference(self, x, index):
        return np.take_along_axis(x, index, self.dim) if x.ndim else np.broadcast_to(x, index.shape)

    def element(self, i, x, index):
        return x[(*i[:self.dim], index[i], *i[self.dim + 1:])] if x.shape else x[()]

    def gradient(self, g, out, x, index):
        return lambda: record(PutAlong(self.dim, x.shape[self.dim] if x.shape else 1), g, index), None

    samples = lambda: [(normal(3, 4), _AT, 1), (normal(3, 4), np.array([[0, 0, 2, 1], [1, 0, 2, 2]]), 0), (normal(), np.array(0), 0)]


class PutAlong(Op):
    """Zeros with x[…, k, …] added at […, index[…, k, …], …] of axis `dim`, which has `size` places: the adjoint of TakeAlong"""

    dim: int
    size: int
    types = "keep"
    saves = ("index",)
    backward = "ScatterBackward0"

    def shape(self, x, index):
        return (*x.shape[:self.dim], self.size, *x.shape[self.dim + 1:]) if x.shape else ()

    def reference(self, x, index):
        out = np.zeros(self.shape(x, index), x.dtype)
        if not x.ndim:
            return x.copy()
        if x.shape[self.dim] == 1:
            np.put_along_axis(out, index, x, self.dim)
        else:
            where = list(np.ogrid[tuple(slice(n) for n in x.shape)])
            where[self.dim] = index
            np.add.at(out, tuple(where), x)
        return out

    def element(self, i, x, index):
        if not x.shape:
            return x[()]
        at = lambda k: (*i[:self.dim], k, *i[self.dim + 1:])
        return el.total(x.shape[self.dim], lambda k: el.where(index[at(k)].__eq__(i[self.dim]), x[at(k)], 0))

    def gradient(self, g, out, x, index):
        return lambda: record(TakeAlong(self.dim), g, index), None

    samples = lambda: [(normal(3, 1), _AT, 1, 4), (normal(2, 4), np.array([[0, 0, 2, 1], [1, 0, 2, 2]]), 0, 3), (normal(), np.array(0), 0, 1)]


def chosen_gradient(g: Tensor, index: Tensor, dim: int, keepdim: bool, x) -> Tensor:
    """The gradient of a reduction over `dim` that returned x[index]: `g` at the index, zeros elsewhere."""
    if x.shape and not keepdim:
        g, index = unsqueeze(g, dim), unsqueeze(index, dim)
    return record(PutAlong(dim, x.shape[dim] if x.shape else 1), g, index)
