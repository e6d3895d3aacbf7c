"""Sparse tensors: what they list, what is computed from them, gradients, files; SparseAdam on an embedding."""
import copy
import io

import pytest

import flambeau as torch


def example(**options):
    return torch.sparse_coo_tensor([[0, 1, 1, 0], [2, 0, 2, 2]], [3.0, 4.0, 5.0, 1.0], (2, 3), **options)


DENSE = [[0.0, 0.0, 4.0], [4.0, 0.0, 5.0]]


def test_what_it_says_of_itself():
    s = example()
    assert s.is_sparse and s.layout is torch.sparse_coo and s.shape == (2, 3) and s._nnz() == 4 and not s.is_coalesced() and s.sparse_dim() == 2
    c = s.coalesce()
    assert c.is_coalesced() and c.indices().tolist() == [[0, 1, 1], [2, 0, 2]] and c.values().tolist() == [4, 4, 5]
    with pytest.raises(RuntimeError, match="uncoalesced"):
        s.values()
    with pytest.raises(RuntimeError, match="strided"):
        torch.ones(2)._indices()
    with pytest.raises(TypeError, match="to_dense"):
        s.numpy()
    assert repr(c) == ("tensor(indices=tensor([[0, 1, 1],\n                       [2, 0, 2]]),\n       values=tensor([4., 4., 5.]),\n"
                       "       size=(2, 3), nnz=3, layout=torch.sparse_coo)")


def test_it_is_an_ordinary_tensor_to_operators():
    s = example()
    assert s.to_dense().tolist() == DENSE and (torch.ones(2, 3) + s).sum().item() == 19 and torch.sin(s).shape == (2, 3) and s.sum().item() == 13
    assert torch.equal(torch.mm(s, torch.ones(3, 2)), torch.tensor(DENSE) @ torch.ones(3, 2)) and type(s @ torch.ones(3)) is torch.Tensor
    s.mul_(2)
    assert s._nnz() == 4 and s.coalesce().values().tolist() == [8, 8, 10]
    s.zero_()
    assert s._nnz() == 0


def test_what_stays_sparse():
    s = example()
    for made, dense in ((s * 2, torch.tensor(DENSE) * 2), (2 * s, torch.tensor(DENSE) * 2), (-s, -torch.tensor(DENSE)), (s / 2, torch.tensor(DENSE) / 2),
                        (s.t(), torch.tensor(DENSE).T), (s + s, torch.tensor(DENSE) * 2), (s - s, torch.zeros(2, 3)), (s.double(), torch.tensor(DENSE).double()),
                        (s.clone(), torch.tensor(DENSE)), (copy.deepcopy(s), torch.tensor(DENSE)), (s.coalesce() * s, torch.tensor(DENSE) ** 2)):
        assert made.is_sparse and torch.equal(made.to_dense().to(dense.dtype), dense)
    assert (s.coalesce() + s.coalesce()).is_coalesced() and not (s + s).is_coalesced() and s.double().dtype is torch.float64


def test_rows_and_columns():
    s = example().to_sparse_csr()
    assert s.crow_indices().tolist() == [0, 1, 3] and s.col_indices().tolist() == [2, 0, 2] and s.values().tolist() == [4, 4, 5] and s.is_sparse_csr
    assert s.to_dense().tolist() == DENSE and not s.is_sparse
    c = torch.tensor(DENSE).to_sparse_csc()
    assert c.ccol_indices().tolist() == [0, 1, 1, 3] and c.row_indices().tolist() == [1, 0, 1] and c.to_dense().tolist() == DENSE
    with pytest.raises(RuntimeError, match="row compressed"):
        c.crow_indices()
    assert torch.sparse_csr_tensor([0, 1, 3], [2, 0, 2], [4.0, 4.0, 5.0], (2, 3)).to_dense().tolist() == DENSE
    assert torch.sparse_csc_tensor([0, 1, 1, 3], [1, 0, 1], [4.0, 4.0, 5.0], (2, 3)).to_sparse_csr().crow_indices().tolist() == [0, 1, 3]
    with pytest.raises(NotImplementedError, match="sparse_bsr"):
        torch.ones(2, 2).to_sparse(layout=torch.sparse_bsr)


def test_gradients():
    values = torch.ones(4, dtype=torch.float64, requires_grad=True)

    def product(v):
        return torch.sparse.mm(torch.sparse_coo_tensor([[0, 1, 1, 0], [2, 0, 2, 2]], v, (2, 3)), torch.arange(6.0, dtype=torch.float64).view(3, 2) ** 2)
    assert torch.autograd.gradcheck(product, values)
    leaf = example(requires_grad=True)
    assert leaf.is_leaf
    (leaf @ torch.tensor([[1.0], [2.0], [3.0]])).sum().backward()
    assert leaf.grad.tolist() == [[1, 2, 3], [1, 2, 3]]


def test_a_large_matrix_is_multiplied_from_its_list():
    n = 5000
    where = torch.stack([torch.arange(n), (torch.arange(n) * 7) % n])
    values = torch.rand(n, requires_grad=True)
    s = torch.sparse_coo_tensor(where, values.detach(), (n, n))
    x = torch.rand(n, 2, requires_grad=True)
    out = torch.spmm(s, x)
    assert s._dense is None and torch.allclose(out, values.detach().unsqueeze(1) * x[where[1]])
    out.sum().backward()
    assert s._dense is None and torch.allclose(x.grad.sum(), 2 * values.detach().sum())


def test_functions_of_sparse_tensors():
    s = example().coalesce()
    assert torch.sparse.sum(s).item() == 13 and torch.sparse.sum(s, 0).to_dense().tolist() == [4, 0, 9]
    soft = torch.sparse.softmax(s, 1).to_dense()
    assert torch.allclose(soft.sum(1), torch.ones(2)) and soft[0].tolist() == [0, 0, 1] and soft[1, 1] == 0
    assert torch.sparse.addmm(torch.ones(2, 1), s, torch.ones(3, 1)).tolist() == [[5], [10]]
    assert torch.ones(2, 3).sparse_mask(s).to_dense().tolist() == [[0, 0, 1], [1, 0, 1]]
    assert torch.sparse.FloatTensor(torch.tensor([[0], [1]]), torch.tensor([2.0]), torch.Size([2, 2])).to_dense().tolist() == [[0, 2], [0, 0]]
    assert torch.sparse.spdiags(torch.arange(9.0).view(3, 3), torch.tensor([0, -1, 1]), (3, 3)).to_dense().tolist() == [[0, 7, 0], [3, 1, 8], [0, 4, 2]]


@pytest.mark.parametrize("arguments, message", [(([[0, 5]], [1.0, 2.0], (3,)), "found index 5"), (([0, 1], [1.0, 2.0]), "sparse_dim x nnz"),
                                                (([[0, 1, 2]], [1.0, 2.0]), "3 places")])
def test_errors(arguments, message):
    with pytest.raises(RuntimeError, match=message):
        torch.sparse_coo_tensor(*arguments)


@pytest.mark.parametrize("layout", [torch.sparse_coo, torch.sparse_csr, torch.sparse_csc])
def test_files(layout):
    file = io.BytesIO()
    torch.save({"s": example().to_sparse(layout=layout)}, file)
    file.seek(0)
    found = torch.load(file)["s"]
    assert found.layout is layout and found.to_dense().tolist() == DENSE


def test_sparse_adam_moves_the_rows_that_were_read():
    table = torch.nn.Embedding(5, 2, sparse=True)
    optimizer = torch.optim.SparseAdam(table.parameters(), lr=0.1)
    before = table.weight.detach().clone()
    table(torch.tensor([1, 3])).sum().backward()
    optimizer.step()
    moved = (table.weight.detach() != before).all(1)
    assert moved.tolist() == [False, True, False, True, False] and torch.allclose(before[1] - table.weight[1], torch.tensor(0.1), atol=1e-5)
    other = torch.nn.Linear(2, 2)
    other(torch.ones(1, 2)).sum().backward()
    with pytest.raises(RuntimeError, match="dense gradients"):
        torch.optim.SparseAdam(other.parameters()).step()
