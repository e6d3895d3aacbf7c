"""Recurrent layers: ONNX's own LSTM, GRU and RNN."""
from __future__ import annotations

import numpy as np

from ...core import graph as core_graph
from ..recurrence import MODES
from .table import page

_ORDER = {"LSTM": (0, 3, 1, 2), "GRU": (1, 0, 2), "RNN_TANH": (0,), "RNN_RELU": (0,)}      # ONNX has i o f c and z r h for i f g o and r z n


@page("Recurrent")
def _recurrent(g, op, taken, node):
    x, *rest = taken
    if any(w.live for w in rest[op.op.states:]):
        raise NotImplementedError("a recurrent layer whose weights are computed from the inputs")
    lstm, directions, hidden = op.mode == "LSTM", int(op.directions), int(rest[0].shape[-1])
    kinds = {"LSTM": [], "GRU": [], "RNN_TANH": ["Tanh"], "RNN_RELU": ["Relu"]}[op.mode]
    states = [g.name(s) for s in rest[:op.op.states]]
    output, last = g.name(x), []
    for layer in range(op.layers):
        own = [op.op.weights(rest, layer * directions + d) for d in range(directions)]
        arrays = [[_reordered(op.mode, core_graph.compute(w.nodes[0])) for w in each] for each in own]
        given = [output, g.constant(np.stack([a[0] for a in arrays])), g.constant(np.stack([a[1] for a in arrays])),
                 g.constant(np.stack([np.concatenate(a[2:]) for a in arrays])) if op.bias else "", ""]
        given += [_part(g, s, layer, directions, op.layers) for s in states]
        more = {"activations": kinds * directions} if kinds else {"linear_before_reset": 1} if op.mode == "GRU" else {}
        y, *ends = g.several(op.mode.partition("_")[0], given, 3 if lstm else 2, hidden_size=hidden, direction="bidirectional" if directions == 2 else "forward", **more)
        # (T, directions, N, H) -> (T, N, directions · H)
        output = g.node("Reshape", [g.node("Transpose", [y], perm=[0, 2, 1, 3]), g.constant(np.array([0, 0, -1], np.int64))])
        last.append(ends)
    joined = [parts[0] if len(parts) == 1 else g.node("Concat", parts, axis=0) for parts in map(list, zip(*last, strict=True))]
    return output, joined[0], joined[-1]


def _reordered(mode: str, array: np.ndarray) -> np.ndarray:
    """A weight or bias with its gates in ONNX's order."""
    gates = np.split(array, MODES[mode])
    return np.concatenate([gates[k] for k in _ORDER[mode]])


def _part(g, state: str, layer: int, directions: int, layers: int) -> str:
    if layers == 1:
        return state
    first = np.array([layer * directions], np.int64)
    return g.node("Slice", [state, g.constant(first), g.constant(first + directions), g.constant(np.array([0], np.int64))])
