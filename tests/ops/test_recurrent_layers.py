"""Layers as operators: both ways to their gradients, results that are written to, threads, and what their kernels are not asked for."""
from __future__ import annotations

import numpy as np
import pytest

import flambeau
from flambeau import nn

KINDS = [("LSTM", {}), ("GRU", {}), ("RNN", {}), ("RNN", {"nonlinearity": "relu"}), ("LSTM", {"bidirectional": True, "num_layers": 2, "bias": False}),
         ("GRU", {"bidirectional": True})]


def made(kind, options, dtype=flambeau.float64, rows=6, size=37):
    """A layer, an input and a first state."""
    layer = getattr(nn, kind)(5, size, dtype=dtype, **options)
    h = flambeau.randn(layer.num_layers * (2 if layer.bidirectional else 1), rows, size, dtype=dtype, requires_grad=True)
    return layer, flambeau.randn(7, rows, 5, dtype=dtype, requires_grad=True), (h, (h * 2).detach().requires_grad_()) if kind == "LSTM" else h


def loss_of(layer, x, state):
    """A number that depends on every output and every last state."""
    output, last = layer(x, state)
    return sum((t * t * t).sum() for t in (output, *(last if isinstance(last, tuple) else (last,))))


@pytest.mark.parametrize("kind, options", KINDS)
def test_gradients_that_may_be_differentiated_are_the_same(kind, options):
    layer, x, state = made(kind, options)
    inputs = [x, *(state if isinstance(state, tuple) else (state,)), *layer.parameters()]
    by_steps = flambeau.autograd.grad(loss_of(layer, x, state), inputs, create_graph=True)
    for _ in range(3):                  # interpreted, and compiled
        for found, wanted in zip(flambeau.autograd.grad(loss_of(layer, x, state), inputs), by_steps, strict=True):
            np.testing.assert_allclose(found.numpy(), wanted.detach().numpy(), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("kind, options", KINDS)
def test_what_a_layer_gives_may_be_written_to(kind, options):
    layer, x, state = made(kind, options)
    wanted, = flambeau.autograd.grad((layer(x, state)[0] * 2).sum(), [x])
    output = layer(x, state)[0]
    output.mul_(2)
    np.testing.assert_allclose(flambeau.autograd.grad(output.sum(), [x])[0].numpy(), wanted.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind, options", KINDS[:4])
def test_any_number_of_threads_gives_the_same_bits(kind, options):
    layer, x, state = made(kind, options, flambeau.float32, rows=23)
    before, found = flambeau.get_num_threads(), []
    flambeau.use_deterministic_algorithms(True)         # compiled from the first time on
    try:
        for threads in (1, 2, 3):
            flambeau.set_num_threads(threads)
            found.append([g.numpy().tobytes() for g in flambeau.autograd.grad(loss_of(layer, x, state), [x, *layer.parameters()])])
    finally:
        flambeau.set_num_threads(before)
        flambeau.use_deterministic_algorithms(False)
    assert found[0] == found[1] == found[2]


def test_without_gradients_only_outputs_are_made():
    layer, x, state = made("LSTM", {})
    wanted = layer(x, state)[0].detach().numpy().copy()
    with flambeau.no_grad():
        for _ in range(3):
            np.testing.assert_allclose(layer(x, state)[0].numpy(), wanted, rtol=1e-9, atol=1e-12)


def test_functions_have_the_names_that_torch_gives_them():
    layer, x, h = made("GRU", {})
    output, last = flambeau.gru(x, h, layer._flat_weights, True, 1, 0.0, False, False, False)
    expected, last_expected = layer(x, h)
    assert flambeau.equal(output, expected) and flambeau.equal(last, last_expected)
