"""Gradients that list the rows that were read: embeddings with sparse=True, and what optimizers do with them."""
import pytest

import flambeau as torch
import flambeau.nn.functional as F
from flambeau import nn, optim

INDEX = torch.tensor([[0, 2], [2, 3]])


def table():
    return torch.arange(12.0).reshape(4, 3).requires_grad_()


def step(w, index=INDEX, **options):
    (F.embedding(index, w, sparse=True, **options) ** 2).sum().backward()


def test_the_gradient_lists_the_rows_that_were_read():
    w, dense = table(), table()
    step(w)
    (F.embedding(INDEX, dense) ** 2).sum().backward()
    g = w.grad
    assert g.is_sparse and g.layout is torch.sparse_coo and g.shape == (4, 3) and g._nnz() == 4 and not g.is_coalesced() and not g.requires_grad
    assert g.sparse_dim() == 1 and g.dense_dim() == 1 and g._indices().tolist() == [[0, 2, 2, 3]]
    assert torch.equal(g.to_dense(), dense.grad) and g.coalesce().indices().tolist() == [[0, 2, 3]]
    (found,) = torch.autograd.grad((F.embedding(INDEX, w, sparse=True) ** 2).sum(), w)
    assert found.is_sparse and torch.equal(found.to_dense(), dense.grad)


def test_rows_of_padding_are_left_out_and_frequencies_are_refused():
    w = table()
    step(w, padding_idx=2)
    assert w.grad._indices().tolist() == [[0, 3]]
    with pytest.raises(RuntimeError, match="scale_grad_by_freq not supported with sparse"):
        step(table(), scale_grad_by_freq=True)
    step(w, torch.zeros((0, 2), dtype=torch.int64))
    assert w.grad._nnz() == 2


@pytest.mark.parametrize("options", [{"mode": "sum"}, {"mode": "mean"}, {"mode": "mean", "padding_idx": 2}, {"mode": "sum", "per_sample_weights": INDEX + 0.5}])
def test_bags(options):
    gradients = []
    for sparse in (True, False):
        w = table()
        (F.embedding_bag(INDEX, w, sparse=sparse, **options) ** 2).sum().backward()
        gradients.append(w.grad)
    assert gradients[0].is_sparse and not gradients[1].is_sparse
    torch.testing.assert_close(gradients[0].to_dense(), gradients[1])


def test_gradients_are_accumulated():
    w, dense = table(), table()
    step(w)
    first = w.grad
    step(w, INDEX[0])
    for index in (INDEX, INDEX[0]):
        (F.embedding(index, dense) ** 2).sum().backward()
    assert w.grad is first and torch.equal(first.to_dense(), dense.grad)            # in place
    (w * 2).sum().backward()
    assert w.grad is not first and not w.grad.is_sparse and torch.equal(w.grad, dense.grad + 2)
    kept = w.grad
    step(w, INDEX[0])
    assert w.grad is kept and not kept.is_sparse
    both = table()
    (F.embedding(INDEX, both, sparse=True).sum() + (both * 2).sum()).backward()
    assert both.grad.tolist() == [[3] * 3, [2] * 3, [4] * 3, [3] * 3]
    two = table()
    (F.embedding(INDEX, two, sparse=True).sum() + F.embedding(INDEX[0], two, sparse=True).sum() * 2).backward()
    assert two.grad.is_sparse and two.grad.to_dense()[:, 0].tolist() == [3, 0, 4, 1]


def test_a_step_that_repeats_and_hooks():
    torch.manual_seed(0)
    seen, layer = [], nn.Embedding(5, 2, sparse=True)
    layer.weight.register_hook(lambda g: seen.append(g.is_sparse))
    optimizer = optim.SGD(layer.parameters(), 0.1)
    for _ in range(6):
        optimizer.zero_grad()
        layer(torch.tensor([1, 1, 4])).pow(2).sum().backward()
        assert layer.weight.grad._indices().tolist() == [[1, 1, 4]]
        optimizer.step()
    assert seen == [True] * 6
    optimizer.zero_grad(set_to_none=False)
    assert layer.weight.grad.is_sparse and layer.weight.grad._nnz() == 0


def trained(make, sparse):
    w, other = table(), torch.ones(3, requires_grad=True)
    optimizer = make([w, other])
    for k in range(4):
        optimizer.zero_grad()
        ((F.embedding(INDEX[k % 2], w, sparse=sparse) * other) ** 2).sum().backward()
        optimizer.step()
    return w, other, optimizer


@pytest.mark.parametrize("options", [{}, {"momentum": 0.5}, {"momentum": 0.5, "nesterov": True}, {"momentum": 0.5, "dampening": 0.3}, {"maximize": True},
                                     {"foreach": False}, {"lr": torch.tensor(0.01)}])
def test_sgd_steps_as_with_dense_gradients(options):
    options = {"lr": 0.01, **options}
    (w, other, optimizer), (dense, same, _) = (trained(lambda p: optim.SGD(p, **options), sparse) for sparse in (True, False))
    torch.testing.assert_close(w, dense)
    torch.testing.assert_close(other, same)
    if options.get("momentum"):
        assert optimizer.state[w]["momentum_buffer"].is_sparse


def test_adagrad_steps_as_with_dense_gradients():
    (w, _, optimizer), (dense, _, _) = (trained(lambda p: optim.Adagrad(p, 0.1, lr_decay=0.1), sparse) for sparse in (True, False))
    torch.testing.assert_close(w, dense)
    assert not optimizer.state[w]["sum"].is_sparse


def test_sparse_adam_leaves_other_rows_alone():
    w = table()
    optimizer = optim.SparseAdam([w], 0.1)
    step(w)
    optimizer.step()
    assert w[1].tolist() == [3, 4, 5] and w.tolist()[3] == pytest.approx([8.9, 9.9, 10.9]) and optimizer.state[w]["step"] == 1
    w.grad = torch.ones(4, 3)
    with pytest.raises(RuntimeError, match="SparseAdam does not support dense gradients"):
        optimizer.step()


@pytest.mark.parametrize("name", ["Adam", "AdamW", "RMSprop", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD", "Rprop", "Adafactor"])
def test_others_refuse(name):
    w = table()
    step(w)
    with pytest.raises(RuntimeError, match=f"{name.replace('AdamW', 'Adam')} does not support sparse gradients"):
        getattr(optim, name)([w]).step()
    with pytest.raises(RuntimeError, match=r"add\(sparse, dense\) is not supported"):
        optim.SGD([w], 0.1, weight_decay=0.1).step()
    with pytest.raises(RuntimeError, match="weight_decay option is not compatible"):
        optim.Adagrad([w], weight_decay=0.1).step()


def test_writes_through_detach_reach_the_values():
    s = torch.sparse_coo_tensor([[0, 2], [1, 0]], [1.0, 5.0], (3, 2)).coalesce()
    s.detach().values().mul_(2)
    s.detach().neg_()
    s.data.mul_(3)
    assert s.values().tolist() == [-6, -30] and s.to_dense().tolist() == [[0, -6], [0, 0], [-30, 0]]
    assert s.detach().zero_()._nnz() == 0 and s._nnz() == 2


def test_arithmetic_in_place_and_of_lists():
    s = torch.sparse_coo_tensor([[0, 2, 2], [1, 0, 0]], [1.0, 2.0, 3.0], (3, 2))
    other = torch.sparse_coo_tensor([[0, 1], [0, 1]], [4.0, 5.0], (3, 2))
    dense = s.to_dense()
    for made, expected in ((s + other, dense + other.to_dense()), (s - s, dense * 0), (s * 2, dense * 2), (s / 2, dense / 2), (s.coalesce() ** 2, dense ** 2),
                           (-s, -dense), (s.coalesce().sqrt(), dense.sqrt()), (s * torch.full((3, 2), 2.0), dense * 2)):
        assert made.is_sparse and torch.equal(made.to_dense(), expected)
    t = s.clone()
    same = t.add_(other, alpha=2).mul_(2).div_(4).sub_(s)
    assert same is t and t.is_sparse
    torch.testing.assert_close(t.to_dense(), (dense + 2 * other.to_dense()) / 2 - dense)
    sorted_sum = s.coalesce() + other.coalesce()
    assert sorted_sum.is_coalesced() and sorted_sum.indices().tolist() == [[0, 0, 1, 2], [0, 1, 1, 0]]
    assert torch.ones(3, 2).add_(s, alpha=-0.5).tolist() == [[1, 0.5], [1, 1], [-1.5, 1]]
    with pytest.raises(RuntimeError, match=r"Use add\(dense, sparse\)"):
        s + torch.ones(3, 2)
    with pytest.raises(RuntimeError, match="uncoalesced"):
        s.neg_()
