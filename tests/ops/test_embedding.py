"""Embeddings: rows, gradients that leave out or divide, bags, what is refused."""
import pytest

import flambeau as torch
import flambeau.nn.functional as F

TABLE = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [6.0, 8.0]]


@pytest.fixture
def weight():
    return torch.tensor(TABLE, requires_grad=True)


def gradient(y, weight):
    return torch.autograd.grad(y.sum(), weight)[0][:, 0].tolist()


def test_rows_and_gradients(weight):
    index = torch.tensor([[1, 3], [3, 0]])
    y = F.embedding(index, weight)
    assert y.shape == (2, 2, 2) and y[0, 1].tolist() == TABLE[3]
    assert gradient(y, weight) == [1, 1, 0, 2]
    assert gradient(F.embedding(index, weight, padding_idx=3), weight) == [1, 1, 0, 0]
    assert gradient(F.embedding(index, weight, padding_idx=-4), weight) == [0, 1, 0, 2]
    assert gradient(F.embedding(index, weight, scale_grad_by_freq=True), weight) == [1, 1, 0, 1]
    assert gradient(F.embedding(index, weight, sparse=True), weight) == [1, 1, 0, 2]
    assert F.embedding(torch.tensor(2, dtype=torch.int32), weight).tolist() == TABLE[2]
    assert torch.embedding(weight, index, 3).tolist() == y.tolist()


def test_second_derivative(weight):
    index = torch.tensor([0, 3, 3])
    for padding, wanted in ((None, [2, 0, 0, 4]), (0, [0, 0, 0, 4])):
        g, = torch.autograd.grad((F.embedding(index, weight, padding) ** 2).sum(), weight, create_graph=True)
        h, = torch.autograd.grad(g.sum(), weight)
        assert h[:, 0].tolist() == wanted


def test_rows_that_are_too_long_are_scaled_down_in_place(weight):
    F.embedding(torch.tensor([1, 3]), weight, max_norm=5.0)
    assert torch.allclose(weight[3], torch.tensor([3.0, 4.0])) and weight[:3].tolist() == TABLE[:3], "row 1 has norm 5, row 2 was not read"
    assert weight.is_leaf


def test_bags(weight):
    index = torch.tensor([0, 1, 3, 3])
    offsets = torch.tensor([0, 2, 2])
    assert F.embedding_bag(index, weight, offsets, mode="sum").tolist() == [[4, 6], [0, 0], [12, 16]]
    assert F.embedding_bag(index, weight, offsets).tolist() == [[2, 3], [0, 0], [6, 8]]
    assert F.embedding_bag(index, weight, offsets, mode="max").tolist() == [[3, 4], [0, 0], [6, 8]]
    assert F.embedding_bag(index.reshape(2, 2), weight, mode="sum", padding_idx=0).tolist() == [[3, 4], [12, 16]]
    assert F.embedding_bag(index, weight, torch.tensor([0, 2, 4]), mode="sum", include_last_offset=True).tolist() == [[4, 6], [12, 16]]
    factors = torch.tensor([1.0, 0.0, 2.0, 3.0], requires_grad=True)
    y = F.embedding_bag(index, weight, offsets, mode="sum", per_sample_weights=factors)
    assert y.tolist() == [[1, 2], [0, 0], [30, 40]]
    y.sum().backward()
    assert factors.grad.tolist() == [3, 7, 14, 14] and weight.grad[:, 0].tolist() == [1, 0, 0, 5]
    assert [t.tolist() for t in torch.embedding_bag(weight, index, offsets)[1:3]] == [[0, 0, 2, 2], [2, 0, 2]]


@pytest.mark.parametrize("call, error, message", [
    (lambda w: F.embedding(torch.tensor([4]), w), IndexError, "index out of range in self: embedding got the number 4, the table has rows 0 … 3"),
    (lambda w: F.embedding(torch.tensor([-1]), w), IndexError, "index out of range in self"),
    (lambda w: F.embedding(torch.tensor([1.0]), w), RuntimeError, "scalar types: Long, Int; but got Float"),
    (lambda w: F.embedding(torch.tensor([1]), w, padding_idx=4), AssertionError, "Padding_idx must be within num_embeddings"),
    (lambda w: F.embedding(torch.tensor([1]), w[0]), RuntimeError, "'weight' must be 2-D"),
    (lambda w: F.embedding_bag(torch.tensor([1]), w), ValueError, "offsets has to be a 1D Tensor but got None"),
    (lambda w: F.embedding_bag(torch.tensor([1]), w, torch.tensor([1])), RuntimeError, r"offsets\[0\] has to be 0"),
    (lambda w: F.embedding_bag(torch.tensor([1]), w, torch.tensor([0, 2])), RuntimeError, r"offsets\[-1\] can not be greater than input's length 1"),
    (lambda w: F.embedding_bag(torch.tensor([[1]]), w, torch.tensor([0])), ValueError, "if input is 2D, then offsets has to be None"),
    (lambda w: F.embedding_bag(torch.tensor([[1]]), w, mode="prod"), ValueError, "mode has to be one of sum, mean or max"),
    (lambda w: F.embedding_bag(torch.tensor([[1]]), w, per_sample_weights=torch.ones(1, 1)), NotImplementedError, "only supported for mode='sum'"),
])
def test_refused(call, error, message, weight):
    with pytest.raises(error, match=message):
        call(weight)
