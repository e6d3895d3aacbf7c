"""Recurrent layers as wholes: while a model is captured, an RNN, LSTM or GRU is one operator, not one for each step of the sequence.

So a file's sequences may have any length, and runs as fast as the program that reads it can run ONNX's own operators.
"""
from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.op import Op
from ..core.record import record

MODES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


class Recurrent(Op, abstract=True):
    """An RNN, LSTM or GRU of some `layers`, in one direction or two: x (T, N, F), h (layers · directions, N, H) (and c, of an LSTM), then for each
    layer and direction w_ih, w_hh (and b_ih, b_hh) -> the last layer's states (T, N, directions · H), the last ones of all layers (and c)
    """

    mode: str
    layers: int
    directions: int
    bias: bool
    outputs = 3

    @property
    def states(self) -> int:
        """How many tensors a state has."""
        return 2 if self.mode == "LSTM" else 1

    def weights(self, rest, place: int):
        """Those of a layer's direction, counted through all layers."""
        each = 4 if self.bias else 2
        return rest[self.states + place * each:self.states + (place + 1) * each]

    def shape(self, x, *rest):
        h = rest[0].shape
        return (*x.shape[:2], self.directions * h[2]), h, h

    def dtype(self, x, *rest):
        return (x.dtype,) * 3

    def reference(self, x, *rest):
        last = []
        for layer in range(self.layers):
            found = []
            for d in range(self.directions):
                place = layer * self.directions + d
                h, c = rest[0][place], rest[self.states - 1][place]
                w_ih, w_hh, *biases = self.weights(rest, place)
                b_ih, b_hh = biases or (0, 0)
                outputs = []
                for element in x[::-1] if d else x:
                    h, c = _step(self.mode, element @ w_ih.T + b_ih, h @ w_hh.T + b_hh, h, c)
                    outputs.append(h)
                found.append(np.stack(outputs[::-1] if d else outputs))
                last.append((h, c))
            x = np.concatenate(found, -1)
        return x, np.stack([h for h, _ in last]), np.stack([c for _, c in last])


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _step(mode: str, x, y, h, c):
    """The next state, from w_ih x + b_ih and w_hh h + b_hh."""
    if mode == "LSTM":
        i, f, g, o = np.split(x + y, 4, -1)
        c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        return _sigmoid(o) * np.tanh(c), c
    if mode == "GRU":
        (x_r, x_z, x_n), (y_r, y_z, y_n) = np.split(x, 3, -1), np.split(y, 3, -1)
        z, n = _sigmoid(x_z + y_z), np.tanh(x_n + _sigmoid(x_r + y_r) * y_n)
        return (h - n) * z + n, c
    return (np.tanh(x + y) if mode == "RNN_TANH" else np.maximum(x + y, 0)), c


@contextlib.contextmanager
def as_wholes(model: Any) -> Iterator[None]:
    """While this lasts, the model's recurrent layers record one operator each."""
    changed = []
    for module in model.modules() if hasattr(model, "modules") else ():
        if getattr(module, "mode", None) in MODES and hasattr(module, "all_weights") and not getattr(module, "proj_size", 0) and "forward" not in module.__dict__:
            module.__dict__["forward"] = _whole(module, module.forward)
            changed.append(module)
    try:
        yield
    finally:
        for module in changed:
            del module.__dict__["forward"]


def _whole(module, usual):
    """A forward that records one operator, for what is no PackedSequence."""
    lstm = module.mode == "LSTM"

    def forward(input, hx=None):
        if not hasattr(input, "dim") or input.dim() not in (2, 3) or module._flat_weights[0].dtype is not input.dtype:
            return usual(input, hx)
        if input.dim() == 2:            # one sequence: a batch of one
            each = tuple(t.unsqueeze(1) for t in (hx if lstm else (hx,))) if hx is not None else (None,)
            rows = 0 if module.batch_first else 1
            output, last = forward(input.unsqueeze(rows), each if lstm and hx is not None else each[0])
            return output.squeeze(rows), tuple(t.squeeze(1) for t in last) if lstm else last.squeeze(1)
        if hx is None:
            hx = module._first_state(input, None)
        module.check_forward_args(input, hx, None)
        x = input.transpose(0, 1) if module.batch_first else input
        page = Recurrent(module.mode, module.num_layers, 2 if module.bidirectional else 1, bool(module.bias))
        output, h, c = record(page, x, *(hx if lstm else (hx,)), *module._flat_weights)
        return output.transpose(0, 1) if module.batch_first else output, (h, c) if lstm else h
    return forward
