"""Joining, splitting, repeating, turning, searching: arguments, what is shared, errors."""
import re

import pytest

import flambeau as torch


def values(t):
    return [values(p) for p in t] if isinstance(t, (tuple, list)) else t.tolist()


@pytest.fixture
def x():
    return torch.arange(6).reshape(2, 3).clone()


# ---------------------------------------------------------------------------------------------------------------------- joining
def test_cat_promotes_and_leaves_out_what_is_empty(x):
    joined = torch.cat([x, torch.tensor([]), x.float()], dim=1)
    assert joined.dtype is torch.float32 and values(joined) == [[0, 1, 2, 0, 1, 2], [3, 4, 5, 3, 4, 5]]
    assert torch.cat([x], axis=-1).shape == (2, 3) and torch.concat is torch.concatenate is torch.cat
    out = torch.empty(0, dtype=torch.int64)
    assert torch.cat([x, x], out=out) is out and out.shape == (4, 3)


@pytest.mark.parametrize("call, error, message", [
    (lambda x: torch.cat([]), ValueError, "expected a non-empty list of Tensors"),
    (lambda x: torch.cat(x), TypeError, "argument 'tensors' (position 1) must be tuple of Tensors, not Tensor; put them in a list"),
    (lambda x: torch.cat([x, 1]), TypeError, "expected Tensor as element 1 in argument 0, but got int"),
    (lambda x: torch.cat([x, x[0]]), RuntimeError, "Tensors must have same number of dimensions: got 2 and 1"),
    (lambda x: torch.cat([x, x[:, :2]]), RuntimeError, "Sizes of tensors must match except in dimension 0. Expected size 3 but got size 2 for tensor number 1"),
    (lambda x: torch.cat([x[0, 0], x[0, 0]]), RuntimeError, "zero-dimensional tensor (at position 0) cannot be concatenated"),
    (lambda x: torch.cat([x, x], 2), IndexError, "Dimension out of range"),
    (lambda x: torch.cat([x.float(), x], out=torch.empty(0, dtype=torch.int64)), TypeError, "can't be cast to the desired output type Long"),
    (lambda x: torch.stack([]), RuntimeError, "stack expects a non-empty TensorList"),
    (lambda x: torch.stack([x, x[0]]), RuntimeError, "stack expects each tensor to be equal size, but got [2, 3] at entry 0 and [3] at entry 1"),
    (lambda x: torch.meshgrid(x, indexing="ij"), RuntimeError, "Expected 0D or 1D tensor"),
    (lambda x: torch.block_diag(x[None]), RuntimeError, "Input 0 has 3 dimensions"),
    (lambda x: torch.combinations(x), RuntimeError, "Expect a 1D vector"),
    (lambda x: x.split(0), RuntimeError, "split_size can only be 0 if dimension size is 0"),
    (lambda x: x.split([1, 2]), RuntimeError, "split_sizes to sum exactly to 2 (input tensor's size at dimension 0), but got split_sizes=[1, 2]"),
    (lambda x: x.chunk(0), RuntimeError, "chunk expects `chunks` to be greater than 0, got: 0"),
    (lambda x: x.tensor_split(0), RuntimeError, "number of sections must be larger than 0, got 0"),
    (lambda x: x.hsplit(2), RuntimeError, "torch.hsplit attempted to split along dimension 1, but the size of the dimension 3 is not divisible"),
    (lambda x: x[0].vsplit(1), RuntimeError, "torch.vsplit requires a tensor with at least 2 dimensions, but got a tensor with 1 dimensions"),
    (lambda x: x[0, 0].unbind(), IndexError, "Dimension specified as 0 but tensor has no dimensions"),
    (lambda x: x.flip(0, 0), RuntimeError, "dim 0 appears multiple times in the list of dims"),
    (lambda x: x.roll((1, 2), 0), RuntimeError, "shifts and dimensions must align. shifts: 2, dims:1"),
    (lambda x: x.rot90(1, [0, 0]), RuntimeError, "expected rotation dims to be different"),
    (lambda x: x.repeat(2), RuntimeError, "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"),
    (lambda x: x.repeat(1, -1), RuntimeError, "Trying to create tensor with negative dimension -3"),
    (lambda x: x.repeat_interleave(torch.tensor([1, 2, 3]), 0), RuntimeError, "repeats must have the same size as input along dim"),
    (lambda x: x.repeat_interleave(-1, 0), RuntimeError, "Repeats must be non-negative"),
    (lambda x: x[0].tril(), RuntimeError, "tril: input tensor must have at least 2 dimensions"),
    (lambda x: x[None].diag(), RuntimeError, "diag(): Supports 1D or 2D tensors. Got 3D"),
    (lambda x: x.diag_embed(0, 1, 1), RuntimeError, "diagonal dimensions cannot be identical 1, 1"),
    (lambda x: x.select_scatter(x[0], 0, 2), IndexError, "select(): index 2 out of range for tensor of size [2, 3] at dimension 0"),
    (lambda x: x.slice_scatter(x), None, ""),
    (lambda x: x.slice_scatter(x[:1]), RuntimeError, "src size = [1, 3], slice size = [2, 3]"),
    (lambda x: torch.vander(x), RuntimeError, "x must be a one-dimensional tensor."),
    (lambda x: torch.searchsorted(x, x[0]), RuntimeError, "boundaries tensor should be 1 dimension or the first N-1 dimensions"),
    (lambda x: torch.searchsorted(x[0], 1, side="middle"), RuntimeError, "side can only be 'left' or 'right' but got middle"),
    (lambda x: torch.bucketize(x, x), RuntimeError, "boundaries tensor must be 1 dimension, but got dim(2)"),
    (lambda x: torch.isin(1, 2), TypeError, "elements or test_elements must be a Tensor"),
    (lambda x: torch.nn.functional.one_hot(x, 3), RuntimeError, "Class values must be smaller than num_classes: found 3, num_classes is 3."),
    (lambda x: torch.nn.functional.one_hot(-x), RuntimeError, "Class values must be non-negative."),
    (lambda x: torch.unravel_index(x, (2, -1)), ValueError, "'shape' cannot have negative values"),
    (lambda x: torch.unravel_index(x.float(), 3), TypeError, "expected 'indices' to be integer dtype, but got torch.float32"),
])
def test_slips_are_named(x, call, error, message):
    if error is None:
        call(x)
        return
    with pytest.raises(error, match=re.escape(message)):
        call(x)


def test_more_tensors_than_a_function_has_arguments():
    parts = [torch.tensor([float(k)], requires_grad=True) for k in range(600)]
    (torch.cat(parts) * torch.arange(600.0)).sum().backward()
    (torch.stack(parts).squeeze(1) * torch.arange(600.0)).sum().backward()
    assert parts[599].grad.item() == 2 * 599


def test_stacks_and_grids():
    a, b = torch.tensor([1, 2]), torch.tensor([3, 4, 5])
    assert values(torch.hstack([a, b])) == [1, 2, 3, 4, 5] and values(torch.vstack([a, a])) == [[1, 2], [1, 2]]
    assert torch.dstack([a, a]).shape == (1, 2, 2) and values(torch.column_stack([a, a])) == [[1, 1], [2, 2]]
    rows, columns = torch.meshgrid(a, b, indexing="xy")
    assert values(rows) == [[1, 2]] * 3 and values(columns) == [[3, 3], [4, 4], [5, 5]]
    with pytest.warns(UserWarning, match="indexing"):
        assert torch.meshgrid(a, b)[0].shape == (2, 3)
    assert values(torch.cartesian_prod(a, b))[:4] == [[1, 3], [1, 4], [1, 5], [2, 3]]
    assert values(torch.combinations(b)) == [[3, 4], [3, 5], [4, 5]] and torch.combinations(b, r=4).shape == (0, 4)
    assert values(torch.combinations(a, 2, with_replacement=True)) == [[1, 1], [1, 2], [2, 2]]
    assert [t.shape for t in torch.broadcast_tensors(torch.ones(2, 1), torch.ones(3))] == [(2, 3)] * 2
    assert [t.ndim for t in torch.atleast_2d(torch.tensor(1), a, torch.ones(1, 1, 1))] == [2, 2, 3] and torch.atleast_3d(a).shape == (1, 2, 1)


# -------------------------------------------------------------------------------------------------------------------- splitting
def test_pieces_are_views(x):
    pieces = [*x.split(2, 1), *x.chunk(2, 1), *x.tensor_split((1,), 1), *x.unbind(1), *x.split([1, 2], 1), *x.hsplit(3)]
    assert [tuple(p.shape) for p in pieces] == [(2, 2), (2, 1)] * 2 + [(2, 1), (2, 2)] + [(2,)] * 3 + [(2, 1), (2, 2)] + [(2, 1)] * 3
    assert all(p._base is x for p in pieces)
    pieces[0][1, 0] = -1
    assert values(x) == [[0, 1, 2], [-1, 4, 5]] and pieces[6][1].item() == -1
    assert [len(p) for p in torch.arange(5).chunk(4)] == [2, 2, 1] and [len(p) for p in torch.arange(5).tensor_split(4)] == [2, 1, 1, 1]


@pytest.mark.parametrize("take", [lambda y: y.unbind(0), lambda y: y.split(1), lambda y: y.split([1, 1]), lambda y: y.chunk(2), list])
def test_one_of_several_views_is_not_written_to_under_autograd(take):
    y = torch.ones(2, 3, requires_grad=True) * 1
    for write in (lambda: take(y)[0].mul_(2), lambda: take(y)[1][0].zero_(), lambda: take(torch.ones(2, 3))[0].mul_(y[0])):
        with pytest.raises(RuntimeError, match="is a view and is being modified inplace. This view is the output of a function that returns multiple views"):
            write()
    take(torch.ones(2, 3))[0].mul_(2)                       # nothing to track
    with torch.no_grad():
        take(y)[0].mul_(2)


def test_pieces_share_a_producer_and_join_their_gradients():
    w = torch.arange(6.0).reshape(3, 2).requires_grad_()
    a, _, c = w.unbind(0)
    assert a.grad_fn is c.grad_fn and (a.output_nr, c.output_nr) == (0, 2)
    (a * c).sum().backward()
    assert values(w.grad) == [[4, 5], [0, 0], [0, 1]]
    first, _ = (w * 1).unsafe_split(2)
    assert values(first.mul_(2)) == [[0, 2], [4, 6]] and type(first.grad_fn).__name__ == "MulBackward0"


# ------------------------------------------------------------------------------------------------------------- order, repetition
def test_turning_and_repeating(x):
    assert values(x.flip(0)) == [[3, 4, 5], [0, 1, 2]] and values(torch.flip(x, dims=[0, 1])) == [[5, 4, 3], [2, 1, 0]]
    assert values(x.roll(1)) == [[5, 0, 1], [2, 3, 4]] and values(x.roll((1, -1), (0, 1))) == [[4, 5, 3], [1, 2, 0]]
    assert [values(x.rot90(k)) for k in (1, -1)] == [[[2, 5], [1, 4], [0, 3]], [[3, 0], [4, 1], [5, 2]]]
    assert values(x[0].repeat(2, 2)) == [[0, 1, 2, 0, 1, 2]] * 2 and values(x[0].tile(2)) == [0, 1, 2, 0, 1, 2]
    assert values(x.repeat_interleave(torch.tensor([2, 1]), 0)) == [[0, 1, 2], [0, 1, 2], [3, 4, 5]]
    assert values(x.repeat_interleave(2)) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert values(torch.repeat_interleave(torch.tensor([0, 2, 1]))) == [1, 1, 2]
    y = x.flip(0)
    y[0, 0] = 9
    assert x[1, 0] == 3


def test_triangles_and_diagonals(x):
    assert values(x.tril(-1)) == [[0, 0, 0], [3, 0, 0]] and values(x.triu(1)) == [[0, 1, 2], [0, 0, 5]]
    assert values(x.clone().tril_()) == [[0, 0, 0], [3, 4, 0]]
    assert values(torch.tril_indices(2, 2)) == [[0, 1, 1], [0, 0, 1]] and values(torch.triu_indices(2, 3, 1)) == [[0, 0, 1], [1, 2, 2]]
    assert values(x.diag(1)) == [1, 5] and values(torch.diag(x[0, 1:], -1)) == [[0, 0, 0], [1, 0, 0], [0, 2, 0]]
    x.diag().zero_()
    assert x[1, 1] == 4                                     # a copy, other than diagonal()
    assert values(torch.vander(torch.tensor([2, 3]), 3)) == [[4, 2, 1], [9, 3, 1]]


def test_filling_and_reversing():
    tall = torch.zeros(5, 2, dtype=torch.int64)
    assert values(tall.fill_diagonal_(7, wrap=True)) == [[7, 0], [0, 7], [0, 0], [7, 0], [0, 7]]
    assert values(torch.zeros(2, 2, 2).fill_diagonal_(1)) == [[[1, 0], [0, 0]], [[0, 0], [0, 1]]]
    with pytest.raises(RuntimeError, match="of equal length"):
        torch.zeros(2, 3, 2).fill_diagonal_(1)
    assert values(reversed(torch.tensor([1, 2, 3]))) == [3, 2, 1] and reversed(torch.tensor(5)).item() == 5
    assert torch.broadcast_shapes((2, 1), 3) == torch.Size([2, 3]) and torch.broadcast_shapes() == torch.Size([])
    with pytest.raises(RuntimeError, match="cannot be broadcast to a single shape"):
        torch.broadcast_shapes((2,), (3,))


def test_copies_with_another_part(x):
    assert values(x.select_scatter(torch.tensor([7.9, 8.0]), 1, 0)) == [[7, 1, 2], [8, 4, 5]]
    assert values(x.slice_scatter(torch.zeros(2, 2), 1, 0, 3, 2)) == [[0, 1, 0], [0, 4, 0]]
    assert values(x.diagonal_scatter(torch.tensor([-1, -2]))) == [[-1, 1, 2], [3, -2, 5]]
    assert values(x.t().as_strided_scatter(torch.tensor([9, 9]), (2,), (4,))) == [[9, 3], [1, 9], [2, 5]]
    w = torch.zeros(2, 2, requires_grad=True)
    v = torch.ones(2, requires_grad=True)
    (w.select_scatter(v, 0, 1) * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    assert values(w.grad) == [[1, 2], [0, 0]] and values(v.grad) == [3, 4]


def test_views_taken_in_place(x):
    y, memory = x[0], x
    assert y.unsqueeze_(0) is y and y.shape == (1, 3) and y.t_().shape == (3, 1) and y.squeeze_().shape == (3,)
    y += 1
    assert values(memory[0]) == [1, 2, 3]
    w = torch.zeros(2, 3, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        w.transpose_(0, 1)
    z = w * 2
    z.transpose_(0, 1)[2].sum().backward()
    assert values(w.grad) == [[0, 0, 2], [0, 0, 2]]


# -------------------------------------------------------------------------------------------------------------------- searching
def test_searching():
    edges = torch.tensor([1.0, 3.0, 3.0, 5.0])
    assert values(torch.searchsorted(edges, torch.tensor([0.0, 3.0, 9.0]))) == [0, 1, 4]
    assert values(torch.searchsorted(edges, torch.tensor([3.0]), side="right")) == [3] and torch.searchsorted(edges, 4).item() == 3
    assert values(torch.searchsorted(edges.flip(0), torch.tensor([2.0]), sorter=torch.tensor([3, 2, 1, 0]))) == [1]
    assert values(torch.bucketize(torch.tensor([[3, 6]]), edges, out_int32=True)) == [[1, 4]]
    assert torch.bucketize(2, edges, out_int32=True).dtype is torch.int32
    assert values(torch.isin(torch.tensor([1, 2, 3]), torch.tensor([3, 1]), invert=True)) == [False, True, False] and torch.isin(2, edges).item() is False
    assert values(torch.unravel_index(torch.tensor([5, 4]), (2, 3))) == [[1, 1], [2, 1]]
    assert values(torch.nn.functional.one_hot(torch.tensor([[1, 0]]))) == [[[0, 1], [1, 0]]]


def test_unique():
    x = torch.tensor([[3, 1], [2, 3], [3, 1]])
    kept, inverse, counts = torch.unique(x, return_inverse=True, return_counts=True)
    assert values(kept) == [1, 2, 3] and values(inverse) == [[2, 0], [1, 2], [2, 0]] and values(counts) == [2, 1, 3]
    rows, where = x.unique(dim=0, return_inverse=True)
    assert values(rows) == [[2, 3], [3, 1]] and values(where) == [1, 0, 1]
    runs, inverse, counts = torch.unique_consecutive(torch.tensor([2, 2, 1, 2]), return_inverse=True, return_counts=True)
    assert values(runs) == [2, 1, 2] and values(inverse) == [0, 0, 1, 2] and values(counts) == [2, 1, 1]
    assert torch.unique(torch.tensor([float("nan"), float("nan")])).numel() == 2
    assert torch.unique(torch.zeros(0)).shape == (0,) and torch.unique(torch.tensor(3.0), return_inverse=True)[1].shape == ()
