"""Recurrent layers as functions: one state after the other, each from the one before and the next element of a sequence.

Every layer multiplies its whole input by ``w_ih`` at once; what remains for each step is a product with ``w_hh``. The functions have the
arguments that PyTorch's have: either an input (T, N, F), or (N, T, F) with ``batch_first``, or the data and batch_sizes of a
PackedSequence.

A layer whose sequences are of one length is one operator for each direction (recurrent_layers); the others are recorded step by step.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core import dtype as dt
from ..core.grad import modes
from . import autocast
from .activation import relu
from .common import Tensor, record
from .contract import linear
from .dropout import dropout as drop
from .join import cat, stack
from .recurrent_layers import GruLayer, LstmLayer, RnnLayer

__all__ = ["gru", "gru_cell", "lstm", "lstm_cell", "rnn_relu", "rnn_relu_cell", "rnn_tanh", "rnn_tanh_cell"]

State = tuple[Tensor, ...]  # (h,), or (h, c) of an LSTM; each (N, H)
Weights = Sequence[Tensor]  # w_ih, w_hh, b_ih, b_hh, w_hr; without what a layer has not
Step = Callable[[Tensor, State, Tensor, Tensor | None, Tensor | None], State]


# ------------------------------------------------------------------------------------------------------------------------ steps
def _tanh_step(x: Tensor, state: State, w_hh: Tensor, b_hh: Tensor | None, w_hr: Tensor | None) -> State:
    """h' = tanh(x + w_hh h + b_hh), where x is w_ih times the input, plus b_ih."""
    return ((x + linear(state[0], w_hh, b_hh)).tanh(),)


def _relu_step(x: Tensor, state: State, w_hh: Tensor, b_hh: Tensor | None, w_hr: Tensor | None) -> State:
    """h' = max(0, x + w_hh h + b_hh)."""
    return (relu(x + linear(state[0], w_hh, b_hh)),)


def _lstm_step(x: Tensor, state: State, w_hh: Tensor, b_hh: Tensor | None, w_hr: Tensor | None) -> State:
    """i, f, g, o = x + w_hh h + b_hh;  c' = σ(f) c + σ(i) tanh(g);  h' = σ(o) tanh(c'), projected by w_hr if there is one
    (Hochreiter & Schmidhuber, 1997; Sak et al., 2014, arXiv:1402.1128).
    """
    h, c = state
    i, f, g, o = (x + linear(h, w_hh, b_hh)).chunk(4, -1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    h = o.sigmoid() * c.tanh()
    return (h if w_hr is None else linear(h, w_hr)), c


def _gru_step(x: Tensor, state: State, w_hh: Tensor, b_hh: Tensor | None, w_hr: Tensor | None) -> State:
    """r = σ(x_r + y_r), z = σ(x_z + y_z), n = tanh(x_n + r y_n) with y = w_hh h + b_hh;  h' = (1 - z) n + z h
    (Cho et al., 2014, arXiv:1406.1078).
    """
    (h,) = state
    x_r, x_z, x_n = x.chunk(3, -1)
    y_r, y_z, y_n = linear(h, w_hh, b_hh).chunk(3, -1)
    r = (x_r + y_r).sigmoid()
    z = (x_z + y_z).sigmoid()
    n = (x_n + r * y_n).tanh()
    return ((h - n) * z + n,)


# --------------------------------------------------------------------------------------------------------------------- sequences
def _run(
    step: Step, x: Tensor, state: State, weights: Weights, has_biases: bool, sizes: list[int] | None, reverse: bool,
) -> tuple[Tensor, State]:
    """One direction of one layer: all its outputs, and its last state."""
    w_ih, w_hh, *more = weights
    b_ih, b_hh = more[:2] if has_biases else (None, None)
    w_hr = more[2 * has_biases] if len(more) > 2 * has_biases else None
    projected = linear(x, w_ih, b_ih)
    rest = (w_hh, b_hh, w_hr)
    if sizes is None and _one_operator(projected, *state, *rest):
        return _layer(step, projected, state, w_hh, b_hh, reverse)
    if sizes is not None:
        run = _packed_backwards if reverse else _packed_forwards
        outputs, state = run(step, projected.split(sizes), state, rest)
        return cat(outputs), state
    outputs = []
    elements = projected.unbind(0)
    for element in reversed(elements) if reverse else elements:
        state = step(element, state, *rest)
        outputs.append(state[0])
    return stack(outputs[::-1] if reverse else outputs), state


def _one_operator(x: Tensor, *others: Tensor | None) -> bool:
    """Whether a layer's pages know these operands: of single or double precision all, and no projection (which comes last)."""
    kind = x.dtype
    return (kind is dt.float32 or kind is dt.float64) and others[-1] is None and not autocast.in_force() and all(
        t is None or t.dtype is kind for t in others)


def _layer(step: Step, x: Tensor, state: State, w_hh: Tensor, b_hh: Tensor | None, reverse: bool) -> tuple[Tensor, State]:
    """One direction of one layer by its page."""
    more = () if b_hh is None else (b_hh,)
    last = 0 if reverse else -1
    if step is _lstm_step:
        h, c, _ = record(LstmLayer(reverse), x, *state, w_hh, *more)
        return h, (h[last], c[last])
    h = record(GruLayer(reverse), x, *state, w_hh, *more)[0] if step is _gru_step else record(RnnLayer(reverse, step is _relu_step), x, *state, w_hh, *more)
    return h, (h[last],)


def _packed_forwards(step: Step, elements: Sequence[Tensor], state: State, rest: tuple) -> tuple[list[Tensor], State]:
    """Sequences of decreasing length, side by side: the shortest leave at the end, with their last states."""
    outputs, left = [], []
    for element in elements:
        running = element.shape[0]
        if running < state[0].shape[0]:
            left.append(tuple(part[running:] for part in state))
            state = tuple(part[:running] for part in state)
        state = step(element, state, *rest)
        outputs.append(state[0])
    return outputs, tuple(cat(parts) for parts in zip(state, *reversed(left), strict=True)) if left else state


def _packed_backwards(step: Step, elements: Sequence[Tensor], initial: State, rest: tuple) -> tuple[list[Tensor], State]:
    """Sequences of decreasing length, side by side, from their ends: the longest begin, the others join."""
    outputs: list[Tensor] = []
    state = tuple(part[: elements[-1].shape[0]] for part in initial)
    for element in reversed(elements):
        before, running = state[0].shape[0], element.shape[0]
        if running > before:
            state = tuple(cat((part, first[before:running])) for part, first in zip(state, initial, strict=True))
        state = step(element, state, *rest)
        outputs.append(state[0])
    return outputs[::-1], state


def _stacked(
    step: Step, x: Tensor, initial: State, params: Sequence[Tensor], has_biases: bool, num_layers: int, dropout: float, train: bool,
    bidirectional: bool, sizes: list[int] | None,
) -> tuple[Tensor, State]:
    """Layers upon layers, each in one direction or both, with dropout between them. ``initial`` has (layers * directions, N, H)."""
    directions = 2 if bidirectional else 1
    each = len(params) // (num_layers * directions)
    last: list[State] = []
    for layer in range(num_layers):
        outputs = []
        for direction in range(directions):
            place = layer * directions + direction
            weights = params[place * each:(place + 1) * each]
            output, state = _run(step, x, tuple(part[place] for part in initial), weights, has_biases, sizes, reverse=direction == 1)
            outputs.append(output)
            last.append(state)
        x = outputs[0] if directions == 1 else cat(outputs, -1)
        if directions == 1 and layer == num_layers - 1 and modes.grad:
            x = x.clone()               # backward reads the layer's own result, which a program that writes to what it gets must not change
        if dropout > 0 and train and layer < num_layers - 1:
            x = drop(x, dropout, True)
    return x, tuple(stack(parts) for parts in zip(*last, strict=True))


def _sequence(step: Step, arguments: tuple, hidden: Callable[[Any], State]) -> tuple[Tensor, ...]:
    """A recurrent function's arguments, in either of its forms, sorted out and run: the outputs, and the last states."""
    if not isinstance(arguments[3], bool):  # has_biases comes fourth with an input, fifth with data and batch_sizes
        data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional = arguments
        return _flat(_stacked(
            step, data, hidden(hx), params, has_biases, num_layers, dropout, train, bidirectional, batch_sizes.tolist()))
    x, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first = arguments
    x = x.transpose(0, 1) if batch_first else x
    if x.shape[0] == 0:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    output, state = _stacked(step, x, hidden(hx), params, has_biases, num_layers, dropout, train, bidirectional, None)
    return _flat((output.transpose(0, 1) if batch_first else output, state))


def _flat(result: tuple[Tensor, State]) -> tuple[Tensor, ...]:
    return result[0], *result[1]


def rnn_tanh(*arguments: Any) -> tuple[Tensor, Tensor]:
    """(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first), or
    (data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional) -> outputs and last states.

    Shapes: input (T, N, F), hx (layers * directions, N, H) -> (T, N, directions * H), (layers * directions, N, H). ``params`` are
    w_ih, w_hh and, if has_biases, b_ih, b_hh of each layer and direction.
    """
    return _sequence(_tanh_step, arguments, lambda hx: (hx,))


def rnn_relu(*arguments: Any) -> tuple[Tensor, Tensor]:
    """As :func:`rnn_tanh`, with max(0, x)."""
    return _sequence(_relu_step, arguments, lambda hx: (hx,))


def gru(*arguments: Any) -> tuple[Tensor, Tensor]:
    """As :func:`rnn_tanh`, of gated units, whose weights have 3 H rows: reset, update, new."""
    return _sequence(_gru_step, arguments, lambda hx: (hx,))


def lstm(*arguments: Any) -> tuple[Tensor, Tensor, Tensor]:
    """As :func:`rnn_tanh`, of long short-term memory, whose weights have 4 H rows: input, forget, cell, output. ``hx`` is (h, c), as
    are the last states. With projections ``params`` have a w_hr (P, H) for each layer and direction, and h has size P.
    """
    return _sequence(_lstm_step, arguments, tuple)


# ------------------------------------------------------------------------------------------------------------------------- cells
def _cell(step: Step, x: Tensor, state: State, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None, b_hh: Tensor | None) -> State:
    for what, tensor, weight in (("input", x, w_ih), ("hidden", state[0], w_hh)):
        if tensor.shape[1] != weight.shape[1]:
            raise RuntimeError(f"{what} has inconsistent {what}_size: got {tensor.shape[1]} expected {weight.shape[1]}")
    for part in state:
        if part.shape[0] != x.shape[0]:
            raise RuntimeError(f"Input batch size {x.shape[0]} doesn't match hidden batch size {part.shape[0]}")
        if part.shape[1] != state[0].shape[1]:
            raise RuntimeError(f"hidden states have different sizes: {state[0].shape[1]} and {part.shape[1]}")
    return step(linear(x, w_ih, b_ih), state, w_hh, b_hh, None)


def rnn_tanh_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None) -> Tensor:
    """tanh(w_ih x + b_ih + w_hh h + b_hh): x (N, F), h (N, H) -> (N, H)."""
    return _cell(_tanh_step, input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


def rnn_relu_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None) -> Tensor:
    """max(0, w_ih x + b_ih + w_hh h + b_hh): x (N, F), h (N, H) -> (N, H)."""
    return _cell(_relu_step, input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


def gru_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None) -> Tensor:
    """One step of :func:`gru`: x (N, F), h (N, H) -> (N, H)."""
    return _cell(_gru_step, input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


def lstm_cell(
    input: Tensor, hx: Sequence[Tensor], w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """One step of :func:`lstm`: x (N, F), (h, c) each (N, H) -> (h, c)."""
    return _cell(_lstm_step, input, tuple(hx), w_ih, w_hh, b_ih, b_hh)
