"""One direction of a recurrent layer as one operator: all its steps, and all their gradients.

A layer's input products are made before it, for all steps at once; what its pages take is `x`, these products (T, N, gates · H) with the input
biases added. They give every step's state, and what a gradient needs beside it. `reverse`: the steps run from the last element to the first.

The gradients of a layer are pages too. Where the gradient itself may be differentiated they are not used: it is then said step by step, in
Tensors, from what the layer's page gave.
"""
from __future__ import annotations

import numpy as np

from ..core.grad import modes
from ..core.op import Op, normal
from .common import Tensor, record
from .join import cat, stack
from .movement import sum_to


def _sigmoid(x: np.ndarray) -> np.ndarray:
    """By e^-|x|, so that nothing overflows."""
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


class _Recurrent(Op, abstract=True):
    """What the layers and their gradients share: the order of steps, and results of one dtype."""

    reverse: bool

    def order(self, steps: int) -> range:
        """The elements in the order in which they are read."""
        return range(steps - 1, -1, -1) if self.reverse else range(steps)

    def dtype(self, *inputs):
        common = self.compute(*inputs)
        return common if self.outputs is None else (common,) * self.outputs

    def weight_gradient(self, d, h, h0):
        """Σ over steps of dᵀ · (the state before): d (T, N, gates · H), h (T, N, H) -> (gates · H, H)"""
        first, others, before = (d[-1], d[:-1], h[1:]) if self.reverse else (d[0], d[1:], h[:-1])
        result = first.t() @ h0
        if others.shape[0]:
            result = result + others.reshape(-1, d.shape[2]).t() @ before.reshape(-1, h.shape[2])
        return result

    def results(self, d_x, d_y, d_state, h, h0, bias):
        """The gradients of (x, *state, w_hh, *b_hh); d_y: that of w_hh h + b_hh."""
        return (d_x, *d_state, lambda: self.weight_gradient(d_y, h, h0), *[lambda: sum_to(d_y, (1, 1, d_y.shape[2])).reshape(-1) for _ in bias])


def _plus(a, b):
    """a + b, where either may be None for nothing."""
    return b if a is None else a if b is None else a + b


def _zeros(g, like: Tensor):
    return like.new_zeros(like.shape) if g is None else g


# ------------------------------------------------------------------------------------------------------- tanh and max(0, x)
class RnnLayer(_Recurrent):
    """h[t] = tanh(x[t] + w_hh h[t-1] + b_hh), or max(0, …) with `relu`: x (T, N, H), h0 (N, H), w_hh (H, H), b_hh (H) -> h (T, N, H)"""

    relu: bool
    saves = ("h0", "w_hh", "out")

    def shape(self, x, h0, w_hh, *b_hh):
        return x.shape

    def reference(self, x, h0, w_hh, *b_hh):
        h, before = np.empty_like(x), h0
        for t in self.order(len(x)):
            y = x[t] + sum(b_hh, before @ w_hh.T)
            before = h[t] = np.maximum(y, 0) if self.relu else np.tanh(y)
        return h

    def gradient(self, g, out, x, h0, w_hh, *b_hh):
        if modes.grad:
            d_x, d_h = [None] * out.shape[0], None
            for t in reversed(self.order(out.shape[0])):
                d = _plus(g[t], d_h)
                d_x[t] = d * (out[t] > 0) if self.relu else d * (1 - out[t] * out[t])
                d_h = d_x[t] @ w_hh
            d_x = stack(d_x)
        else:
            d_x, d_h = record(RnnLayerGradient(self.reverse, self.relu), g, w_hh, out)
        return self.results(d_x, d_x, (d_h,), out, h0, b_hh)

    samples = lambda: [
        (normal(3, 2, 5), normal(2, 5), normal(5, 5), normal(5), False, False), (normal(4, 3, 5), normal(3, 5), normal(5, 5), True, False),
        (normal(3, 2, 4), normal(2, 4), normal(4, 4), normal(4), False, True), (normal(1, 1, 1), normal(1, 1), normal(1, 1), normal(1), False, False),
        (normal(2, 0, 3), normal(0, 3), normal(3, 3), normal(3), False, False), (normal(2, 9, 35), normal(9, 35), normal(35, 35) / 6, normal(35), True, False)]


class RnnLayerGradient(_Recurrent):
    """(dx, dh0) of Σ g · RnnLayer: g and h (T, N, H), w_hh (H, H) -> (T, N, H), (N, H)"""

    relu: bool
    outputs = 2

    def shape(self, g, w_hh, h):
        return g.shape, g.shape[1:]

    def reference(self, g, w_hh, h):
        d_x, d_h = np.empty_like(g), np.zeros_like(g, shape=g.shape[1:])
        for t in reversed(self.order(len(g))):
            d = g[t] + d_h
            d_x[t] = d * (h[t] > 0) if self.relu else d * (1 - h[t] * h[t])
            d_h = d_x[t] @ w_hh
        return d_x, d_h

    samples = lambda: [
        (normal(3, 2, 5), normal(5, 5), normal(3, 2, 5, seed=1), False, False), (normal(4, 3, 5), normal(5, 5), normal(4, 3, 5, seed=1), True, True),
        (normal(1, 1, 1), normal(1, 1), normal(1, 1, 1, seed=1), False, False), (normal(2, 0, 3), normal(3, 3), normal(2, 0, 3), False, False),
        (normal(2, 9, 35), normal(35, 35) / 6, normal(2, 9, 35, seed=1), True, False)]


# ----------------------------------------------------------------------------------------------------------------- gated units
class GruLayer(_Recurrent):
    """r, z = σ(x_rz + y_rz), n = tanh(x_n + r y_n) with y = w_hh h + b_hh; h' = (h - n) z + n

    x (T, N, 3 H), h0 (N, H), w_hh (3 H, H), b_hh (3 H) -> h (T, N, H), and r, z, n, y_n side by side (T, N, 4 H)
    """

    outputs = 2
    saves = ("h0", "w_hh", "out")

    def shape(self, x, h0, w_hh, *b_hh):
        steps, rows, size = x.shape[0], x.shape[1], w_hh.shape[1]
        return (steps, rows, size), (steps, rows, 4 * size)

    def reference(self, x, h0, w_hh, *b_hh):
        size, before = w_hh.shape[1], h0
        h, kept = np.empty_like(x, shape=(*x.shape[:2], size)), np.empty_like(x, shape=(*x.shape[:2], 4 * size))
        for t in self.order(len(x)):
            y = sum(b_hh, before @ w_hh.T)
            rz, y_n = _sigmoid(x[t, :, :2 * size] + y[:, :2 * size]), y[:, 2 * size:]
            n = np.tanh(x[t, :, 2 * size:] + rz[:, :size] * y_n)
            kept[t] = np.concatenate((rz, n, y_n), 1)
            before = h[t] = (before - n) * rz[:, size:] + n
        return h, kept

    def gradient(self, g, out, x, h0, w_hh, *b_hh):
        g_h, g_kept = g
        h, kept = out
        if modes.grad or g_kept is not None:
            d_x, d_y, d_h = self._by_steps(g_h, g_kept, h0, w_hh, h, kept)
        else:
            d_x, d_y, d_h = record(GruLayerGradient(self.reverse), g_h, h0, w_hh, h, kept)
        return self.results(d_x, d_y, (d_h,), h, h0, b_hh)

    def _by_steps(self, g_h, g_kept, h0, w_hh, h, kept):
        d_x, d_y, d_h = [None] * h.shape[0], [None] * h.shape[0], None
        order = self.order(h.shape[0])
        g_h = _zeros(g_h, h)
        for k in reversed(range(len(order))):
            t, before = order[k], h[order[k - 1]] if k else h0
            r, z, n, y_n = kept[t].chunk(4, -1)
            d = _plus(g_h[t], d_h)
            d_n, d_z, to_r, to_y = d * (1 - z), d * (before - n), None, None
            if g_kept is not None:
                to_r, to_z, to_n, to_y = g_kept[t].chunk(4, -1)
                d_n, d_z = d_n + to_n, d_z + to_z
            d_n = d_n * (1 - n * n)
            d_r = _plus(d_n * y_n, to_r) * (r * (1 - r))
            d_z = d_z * (z * (1 - z))
            d_x[t], d_y[t] = cat((d_r, d_z, d_n), -1), cat((d_r, d_z, _plus(d_n * r, to_y)), -1)
            d_h = d * z + d_y[t] @ w_hh
        return stack(d_x), stack(d_y), d_h

    samples = lambda: [
        (normal(3, 2, 15), normal(2, 5), normal(15, 5), normal(15), False), (normal(4, 3, 15), normal(3, 5), normal(15, 5), True),
        (normal(1, 1, 3), normal(1, 1), normal(3, 1), normal(3), False), (normal(2, 0, 9), normal(0, 3), normal(9, 3), normal(9), False),
        (normal(2, 9, 105), normal(9, 35), normal(105, 35) / 6, normal(105), False)]


class GruLayerGradient(_Recurrent):
    """(dx, dy, dh0) of Σ g · h of GruLayer, where y = w_hh h + b_hh at each step

    g and h (T, N, H), h0 (N, H), w_hh (3 H, H), kept (T, N, 4 H) -> (T, N, 3 H), (T, N, 3 H), (N, H)
    """

    outputs = 3

    def shape(self, g, h0, w_hh, h, kept):
        each = (*g.shape[:2], w_hh.shape[0])
        return each, each, h0.shape

    def reference(self, g, h0, w_hh, h, kept):
        size, order = h.shape[2], self.order(len(h))
        d_x, d_y = (np.empty_like(g, shape=(*g.shape[:2], 3 * size)) for _ in range(2))
        d_h = np.zeros_like(h0)
        for k in reversed(range(len(order))):
            t, before = order[k], h[order[k - 1]] if k else h0
            r, z, n, y_n = np.split(kept[t], 4, 1)
            d = g[t] + d_h
            d_n = d * (1 - z) * (1 - n * n)
            d_x[t] = np.concatenate((d_n * y_n * (r * (1 - r)), d * (before - n) * (z * (1 - z)), d_n), 1)
            d_y[t] = np.concatenate((d_x[t, :, :2 * size], d_n * r), 1)
            d_h = d * z + d_y[t] @ w_hh
        return d_x, d_y, d_h

    samples = lambda: [
        (normal(3, 2, 5), normal(2, 5), normal(15, 5), normal(3, 2, 5, seed=1), normal(3, 2, 20), False),
        (normal(4, 3, 5), normal(3, 5), normal(15, 5), normal(4, 3, 5, seed=1), normal(4, 3, 20), True),
        (normal(1, 1, 1), normal(1, 1), normal(3, 1), normal(1, 1, 1, seed=1), normal(1, 1, 4), False),
        (normal(2, 0, 3), normal(0, 3), normal(9, 3), normal(2, 0, 3), normal(2, 0, 12), False),
        (normal(2, 9, 35), normal(9, 35), normal(105, 35) / 6, normal(2, 9, 35, seed=1), normal(2, 9, 140), False)]


# ----------------------------------------------------------------------------------------------------- long short-term memory
class LstmLayer(_Recurrent):
    """i, f, o = σ(…), g = tanh(…) of x + w_hh h + b_hh; c' = f c + i g; h' = o tanh(c')

    x (T, N, 4 H), h0 and c0 (N, H), w_hh (4 H, H), b_hh (4 H) -> h and c (T, N, H), and i, f, g, o side by side (T, N, 4 H)
    """

    outputs = 3
    saves = ("h0", "c0", "w_hh", "out")

    def shape(self, x, h0, c0, w_hh, *b_hh):
        each = (*x.shape[:2], w_hh.shape[1])
        return each, each, x.shape

    def reference(self, x, h0, c0, w_hh, *b_hh):
        size, before, memory = w_hh.shape[1], h0, c0
        h, c = (np.empty_like(x, shape=(*x.shape[:2], size)) for _ in range(2))
        gates = np.empty_like(x)
        for t in self.order(len(x)):
            y, row = x[t] + sum(b_hh, before @ w_hh.T), gates[t]
            row[:, :2 * size], row[:, 3 * size:] = _sigmoid(y[:, :2 * size]), _sigmoid(y[:, 3 * size:])
            row[:, 2 * size:3 * size] = np.tanh(y[:, 2 * size:3 * size])
            i, f, g, o = np.split(row, 4, 1)
            memory = c[t] = f * memory + i * g
            before = h[t] = o * np.tanh(memory)
        return h, c, gates

    def gradient(self, g, out, x, h0, c0, w_hh, *b_hh):
        g_h, g_c, g_gates = g
        h, c, gates = out
        if modes.grad or g_gates is not None:
            d_x, d_h, d_c = self._by_steps(g_h, g_c, g_gates, c0, w_hh, c, gates)
        else:
            d_x, d_h, d_c = record(LstmLayerGradient(self.reverse), _zeros(g_h, h), c0, w_hh, c, gates, *(() if g_c is None else (g_c,)))
        return self.results(d_x, d_x, (d_h, d_c), h, h0, b_hh)

    def _by_steps(self, g_h, g_c, g_gates, c0, w_hh, c, gates):
        d_x, d_h, d_c = [None] * c.shape[0], None, None
        order = self.order(c.shape[0])
        g_h = _zeros(g_h, c)
        for k in reversed(range(len(order))):
            t, before = order[k], c[order[k - 1]] if k else c0
            i, f, g, o = gates[t].chunk(4, -1)
            bent, d = c[t].tanh(), _plus(g_h[t], d_h)
            d_c = _plus(d * o * (1 - bent * bent), d_c) if g_c is None else _plus(d * o * (1 - bent * bent), d_c) + g_c[t]
            each = cat((d_c * g, d_c * before, d_c * i, d * bent), -1)
            if g_gates is not None:
                each = each + g_gates[t]
            d_x[t] = each * cat((i * (1 - i), f * (1 - f), 1 - g * g, o * (1 - o)), -1)
            d_c, d_h = d_c * f, d_x[t] @ w_hh
        return stack(d_x), d_h, d_c

    samples = lambda: [
        (normal(3, 2, 20), normal(2, 5), normal(2, 5, seed=1), normal(20, 5), normal(20), False),
        (normal(4, 3, 20), normal(3, 5), normal(3, 5, seed=1), normal(20, 5), True),
        (normal(1, 1, 4), normal(1, 1), normal(1, 1, seed=1), normal(4, 1), normal(4), False),
        (normal(2, 0, 12), normal(0, 3), normal(0, 3), normal(12, 3), normal(12), False),
        (normal(2, 9, 140), normal(9, 35), normal(9, 35, seed=1), normal(140, 35) / 6, normal(140), False)]


class LstmLayerGradient(_Recurrent):
    """(dx, dh0, dc0) of Σ g · h + g_c · c of LstmLayer

    g, c and g_c (T, N, H), c0 (N, H), w_hh (4 H, H), gates (T, N, 4 H) -> (T, N, 4 H), (N, H), (N, H)
    """

    outputs = 3

    def shape(self, g, c0, w_hh, c, gates, *g_c):
        return gates.shape, c0.shape, c0.shape

    def reference(self, g, c0, w_hh, c, gates, *g_c):
        order, d_x = self.order(len(c)), np.empty_like(gates)
        d_h, d_c = np.zeros_like(c0), np.zeros_like(c0)
        for k in reversed(range(len(order))):
            t, before = order[k], c[order[k - 1]] if k else c0
            i, f, u, o = np.split(gates[t], 4, 1)
            bent, d = np.tanh(c[t]), g[t] + d_h
            d_c = d * o * (1 - bent * bent) + d_c
            for more in g_c:
                d_c = d_c + more[t]
            d_x[t] = np.concatenate((d_c * u * (i * (1 - i)), d_c * before * (f * (1 - f)), d_c * i * (1 - u * u), d * bent * (o * (1 - o))), 1)
            d_c, d_h = d_c * f, d_x[t] @ w_hh
        return d_x, d_h, d_c

    samples = lambda: [
        (normal(3, 2, 5), normal(2, 5), normal(20, 5), normal(3, 2, 5, seed=1), normal(3, 2, 20), False),
        (normal(4, 3, 5), normal(3, 5), normal(20, 5), normal(4, 3, 5, seed=1), normal(4, 3, 20), normal(4, 3, 5, seed=2), True),
        (normal(1, 1, 1), normal(1, 1), normal(4, 1), normal(1, 1, 1, seed=1), normal(1, 1, 4), False),
        (normal(2, 0, 3), normal(0, 3), normal(12, 3), normal(2, 0, 3), normal(2, 0, 12), False),
        (normal(2, 9, 35), normal(9, 35), normal(140, 35) / 6, normal(2, 9, 35, seed=1), normal(2, 9, 140), normal(2, 9, 35, seed=2), False)]


__all__: list[str] = []
