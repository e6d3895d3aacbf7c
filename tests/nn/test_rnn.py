"""Recurrent layers against their formulas in NumPy; packed sequences, directions, layers, projections, cells, errors."""

import copy
import pickle

import numpy as np
import pytest

import flambeau
from flambeau import nn
from flambeau.nn.utils.rnn import (
    PackedSequence,
    invert_permutation,
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpack_sequence,
    unpad_sequence,
)


def sigma(x):
    return 1 / (1 + np.exp(-x))


def step(kind, x, state, w):
    """One step of a layer of NumPy weights w, as its paper has it."""
    w_ih, w_hh, b_ih, b_hh = w[:4]
    a, b = x @ w_ih.T + b_ih, state[0] @ w_hh.T + b_hh
    if kind == "RNN":
        return (np.tanh(a + b),)
    if kind == "GRU":
        (a_r, a_z, a_n), (b_r, b_z, b_n) = np.split(a, 3, -1), np.split(b, 3, -1)
        z = sigma(a_z + b_z)
        return ((1 - z) * np.tanh(a_n + sigma(a_r + b_r) * b_n) + z * state[0],)
    i, f, g, o = np.split(a + b, 4, -1)
    c = sigma(f) * state[1] + sigma(i) * np.tanh(g)
    h = sigma(o) * np.tanh(c)
    return (h @ w[4].T if len(w) > 4 else h), c


def run(kind, x, state, weights, reverse=False):
    outputs = []
    for element in reversed(x) if reverse else x:
        state = step(kind, element, state, weights)
        outputs.append(state[0])
    return np.stack(outputs[::-1] if reverse else outputs), state


def numpy_weights(module, layer, direction=""):
    names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"] + (["weight_hr"] if getattr(module, "proj_size", 0) else [])
    return [getattr(module, f"{name}_l{layer}{direction}").detach().numpy().astype("float64") for name in names]


def zeros(kind, rows, size, projected=None):
    h = np.zeros((rows, projected or size))
    return (h, np.zeros((rows, size))) if kind == "LSTM" else (h,)


def close(got, expected):
    np.testing.assert_allclose(got.detach().numpy(), expected, rtol=1e-4, atol=1e-5)


def as_tuple(state):
    return state if isinstance(state, tuple) else (state,)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
class TestFormulas:
    def test_one_layer(self, kind):
        module, x = getattr(nn, kind)(3, 4), flambeau.randn(5, 2, 3)
        output, state = module(x)
        expected, last = run(kind, x.numpy(), zeros(kind, 2, 4), numpy_weights(module, 0))
        close(output, expected)
        for got, part in zip(as_tuple(state), last, strict=True):
            close(got, part[None])

    def test_both_directions_and_layers(self, kind):
        module, x = getattr(nn, kind)(3, 4, num_layers=2, bidirectional=True), flambeau.randn(5, 2, 3)
        output, state = module(x)
        layer, lasts = x.numpy().astype("float64"), []
        for k in range(2):
            there, last_there = run(kind, layer, zeros(kind, 2, 4), numpy_weights(module, k))
            back, last_back = run(kind, layer, zeros(kind, 2, 4), numpy_weights(module, k, "_reverse"), reverse=True)
            layer = np.concatenate([there, back], -1)
            lasts += [last_there, last_back]
        close(output, layer)
        for place, got in enumerate(as_tuple(state)):
            close(got, np.stack([last[place] for last in lasts]))

    def test_first_state(self, kind):
        module, x = getattr(nn, kind)(3, 4), flambeau.randn(6, 2, 3)
        whole, last = module(x)
        first, middle = module(x[:2])
        rest, end = module(x[2:], middle)
        close(flambeau.cat([first, rest]), whole.detach().numpy())
        for a, b in zip(as_tuple(end), as_tuple(last), strict=True):
            close(a, b.detach().numpy())

    def test_batch_first_and_single(self, kind):
        module = getattr(nn, kind)(3, 4, bidirectional=True)
        x = flambeau.randn(5, 2, 3)
        swapped = copy.deepcopy(module)
        swapped.batch_first = True
        output, state = module(x)
        close(swapped(x.transpose(0, 1))[0], output.transpose(0, 1).detach().numpy())
        one, one_state = module(x[:, 0])
        assert one.shape == (5, 8)
        close(one, output[:, 0].detach().numpy())
        for a, b in zip(as_tuple(one_state), as_tuple(state), strict=True):
            close(a, b[:, 0].detach().numpy())

    @pytest.mark.parametrize("options", [{}, {"bidirectional": True, "num_layers": 2}, {"batch_first": True}])
    @pytest.mark.parametrize("enforce_sorted", [True, False])
    def test_packed_is_each_by_itself(self, kind, options, enforce_sorted):
        module = getattr(nn, kind)(3, 4, **options)
        lengths = [4, 2, 2, 1] if enforce_sorted else [2, 4, 1, 2]
        sequences = [flambeau.randn(length, 3) for length in lengths]
        output, state = module(pack_sequence(sequences, enforce_sorted=enforce_sorted))
        assert isinstance(output, PackedSequence)
        for row, (got, sequence) in enumerate(zip(unpack_sequence(output), sequences, strict=True)):
            expected, last = module(sequence)
            close(got, expected.detach().numpy())
            for a, b in zip(as_tuple(state), as_tuple(last), strict=True):
                close(a[:, row], b.detach().numpy())

    def test_gradients_reach_all_weights(self, kind):
        module = getattr(nn, kind)(3, 4, num_layers=2, bidirectional=True)
        x = flambeau.randn(3, 2, 3, requires_grad=True)
        module(x)[0].sum().backward()
        assert x.grad is not None and all(p.grad is not None and p.grad.abs().sum().item() > 0 for p in module.parameters())

    def test_copies(self, kind):
        module = getattr(nn, kind)(3, 4, num_layers=2, bidirectional=True, bias=False)
        x = flambeau.randn(2, 1, 3)
        for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
            close(twin(x)[0], module(x)[0].detach().numpy())
            assert twin._flat_weights[0] is twin.weight_ih_l0 and len(twin.all_weights) == 4
        module.weight_hh_l1 = nn.Parameter(flambeau.zeros_like(module.weight_hh_l1))
        assert module._flat_weights[5] is module.weight_hh_l1
        module.flatten_parameters()

    def test_dropout_between_layers(self, kind):
        module = getattr(nn, kind)(3, 40, num_layers=2, dropout=0.5)
        x = flambeau.randn(4, 5, 3)
        assert not flambeau.equal(module(x)[0], module(x)[0])
        module.eval()
        assert flambeau.equal(module(x)[0], module(x)[0])

    def test_errors(self, kind):
        module = getattr(nn, kind)(3, 4)
        state = module(flambeau.ones(1, 2, 3))[1]
        for x, hx, error in (
            (flambeau.ones(1, 2, 5), None, RuntimeError), (flambeau.ones(3), None, ValueError), (flambeau.ones(0, 2, 3), None, RuntimeError),
            (flambeau.ones(1, 2, 3, dtype=flambeau.float64), None, ValueError), (flambeau.ones(1, 3, 3), state, RuntimeError),
            (flambeau.ones(2, 3), state, RuntimeError),
        ):
            with pytest.raises(error):
                module(x, hx)
        for options, error in (({"dropout": 2}, ValueError), ({"dropout": True}, ValueError), ({"bias": 1}, TypeError),
                               ({"batch_first": None}, TypeError), ({"num_layers": 0}, ValueError)):
            with pytest.raises(error):
                getattr(nn, kind)(3, 4, **options)
        for sizes, error in (((0, 4), ValueError), ((3, 0), ValueError), ((3.0, 4), TypeError)):
            with pytest.raises(error):
                getattr(nn, kind)(*sizes)
        with pytest.warns(UserWarning, match="dropout option adds dropout after all but last"):
            getattr(nn, kind)(3, 4, dropout=0.5)

    def test_cell(self, kind):
        cell = getattr(nn, f"{kind}Cell")(3, 4)
        layer = getattr(nn, kind)(3, 4)
        layer.load_state_dict({f"{name}_l0": value for name, value in cell.state_dict().items()})
        x = flambeau.randn(3, 2, 3)
        state = None
        for element in x:
            state = cell(element, state)
        for a, b in zip(as_tuple(state), as_tuple(layer(x)[1]), strict=True):
            close(a, b[0].detach().numpy())
        one = as_tuple(cell(x[0, 0]))
        assert one[0].shape == (4,)
        with pytest.raises(ValueError):
            cell(flambeau.ones(1, 1, 3))
        with pytest.raises(RuntimeError):
            cell(flambeau.ones(2, 5))


def test_projection():
    module, x = nn.LSTM(3, 4, proj_size=2), flambeau.randn(5, 2, 3)
    output, (h, c) = module(x)
    expected, last = run("LSTM", x.numpy(), zeros("LSTM", 2, 4, 2), numpy_weights(module, 0))
    close(output, expected)
    close(h[0], last[0])
    close(c[0], last[1])
    assert nn.LSTM(3, 4, num_layers=2, proj_size=2, bias=False, bidirectional=True)(x)[0].shape == (5, 2, 4)
    for wrong in (lambda: nn.GRU(3, 4, proj_size=2), lambda: nn.LSTM(3, 4, proj_size=4), lambda: nn.LSTM(3, 4, proj_size=-1)):
        with pytest.raises(ValueError):
            wrong()


def test_relu():
    module = nn.RNN(3, 4, 1, "relu")
    assert module(flambeau.randn(2, 1, 3))[0].min().item() >= 0 and module.mode == "RNN_RELU"
    assert nn.RNNCell(3, 4, nonlinearity="relu")(flambeau.randn(1, 3)).min().item() >= 0
    with pytest.raises(ValueError):
        nn.RNN(3, 4, nonlinearity="gelu")
    with pytest.raises(RuntimeError, match="Unknown nonlinearity"):
        nn.RNNCell(3, 4, nonlinearity="gelu")(flambeau.ones(1, 3))


@pytest.mark.parametrize("layer, text", [
    (lambda: nn.LSTM(2, 3, 2, batch_first=True, dropout=0.1, bidirectional=True, proj_size=1),
     "LSTM(2, 3, proj_size=1, num_layers=2, batch_first=True, dropout=0.1, bidirectional=True)"),
    (lambda: nn.GRU(2, 3, bias=False), "GRU(2, 3, bias=False)"),
    (lambda: nn.RNNCell(2, 3, False, "relu"), "RNNCell(2, 3, bias=False, nonlinearity=relu)"),
    (lambda: nn.LSTMCell(2, 3), "LSTMCell(2, 3)"),
])
def test_repr(layer, text):
    assert repr(layer()) == text


class TestPacking:
    X = [[[1.0], [2.0], [3.0]], [[4.0], [5.0], [0.0]], [[6.0], [0.0], [0.0]]]

    def test_layout(self):
        packed = pack_padded_sequence(flambeau.tensor(self.X), [3, 2, 1], batch_first=True)
        assert packed.data.flatten().tolist() == [1, 4, 6, 2, 5, 3] and packed.batch_sizes.tolist() == [3, 2, 1]
        assert packed.sorted_indices is None
        back, lengths = pad_packed_sequence(packed, batch_first=True)
        assert back.tolist() == self.X and lengths.tolist() == [3, 2, 1]
        longer, _ = pad_packed_sequence(packed, padding_value=-1, total_length=4)
        assert longer.shape == (4, 3, 1) and longer[3].flatten().tolist() == [-1, -1, -1] and longer[2].flatten().tolist() == [3, -1, -1]
        with pytest.raises(ValueError, match="at least the length"):
            pad_packed_sequence(packed, total_length=2)

    def test_unsorted(self):
        x = flambeau.tensor(self.X)[[1, 2, 0]]
        packed = pack_padded_sequence(x, flambeau.tensor([2, 1, 3]), batch_first=True, enforce_sorted=False)
        assert packed.sorted_indices.tolist() == [2, 0, 1] and packed.unsorted_indices.tolist() == [1, 2, 0]
        back, lengths = pad_packed_sequence(packed, batch_first=True)
        assert flambeau.equal(back, x) and lengths.tolist() == [2, 1, 3]

    @pytest.mark.parametrize("lengths", [[1, 2, 3], [3, 2], [3, 2, 0], [4, 2, 1]])
    def test_wrong_lengths(self, lengths):
        with pytest.raises(RuntimeError):
            pack_padded_sequence(flambeau.tensor(self.X), lengths, batch_first=True)

    def test_pad_and_unpad(self):
        a, b = flambeau.ones(2, 2), flambeau.ones(1, 2)
        assert pad_sequence([a, b]).shape == (2, 2, 2)
        assert pad_sequence([a, b], batch_first=True, padding_value=5)[1].tolist() == [[1, 1], [5, 5]]
        assert pad_sequence([a, b], batch_first=True, padding_side="left")[1].tolist() == [[0, 0], [1, 1]]
        assert [t.shape[0] for t in unpad_sequence(pad_sequence([a, b]), flambeau.tensor([2, 1]))] == [2, 1]
        for wrong in (lambda: pad_sequence([]), lambda: pad_sequence(3), lambda: pad_sequence([a], padding_side="top")):
            with pytest.raises(RuntimeError):
                wrong()

    def test_gradient(self):
        x = flambeau.tensor(self.X, requires_grad=True)
        output, _ = pad_packed_sequence(pack_padded_sequence(x, [3, 2, 1], batch_first=True), batch_first=True)
        (output * 2).sum().backward()
        assert x.grad.flatten().tolist() == [2, 2, 2, 2, 2, 0, 2, 0, 0]

    def test_class(self):
        packed = pack_sequence([flambeau.ones(2), flambeau.ones(1)])
        assert packed.double().data.dtype == flambeau.float64 and packed.int().batch_sizes is packed.batch_sizes
        assert packed.to(flambeau.float32) is packed and packed.cpu() is packed and not packed.is_cuda
        data, sizes, first, second = packed
        assert PackedSequence((data, sizes)).batch_sizes is sizes and first is second is None
        assert pickle.loads(pickle.dumps(packed)).batch_sizes.tolist() == [2, 1]
        assert invert_permutation(flambeau.tensor([2, 0, 1])).tolist() == [1, 2, 0] and invert_permutation(None) is None
        with pytest.raises(AssertionError):
            PackedSequence(data)
