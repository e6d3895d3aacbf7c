"""Operators that take positions: gather, scatter, index_*, take, put, masks. What the derived tests cannot see: arguments, errors, in-place forms."""
import re

import pytest

import flambeau as torch


def values(t):
    return t.tolist()


@pytest.fixture
def x():
    return torch.arange(6.0).reshape(2, 3)


def long(*rows):
    return torch.tensor(rows)


# ----------------------------------------------------------------------------------------------------------------- by an axis
def test_gather_and_scatter_are_each_others_way_back(x):
    index = long([2, 0, 1], [0, 1, 2])
    assert values(x.gather(1, index)) == [[2, 0, 1], [3, 4, 5]]
    assert values(torch.zeros(2, 3).scatter(1, index, x.gather(1, index))) == values(x)
    assert values(x.gather(-1, index[:1, :2])) == [[2, 0]]
    assert values(x.gather(1, index.int())) == values(x.gather(1, index))
    assert torch.gather(x, 0, torch.zeros(0, dtype=torch.uint8)).shape == (0,)


@pytest.mark.parametrize("index, message", [
    (torch.tensor([0]), "Index tensor must have the same number of dimensions as input tensor"),
    (torch.zeros(3, 1, dtype=torch.int64), "Size does not match at dimension 0 expected index [3, 1] to be no larger than self [2, 3] apart from dimension 1"),
    (torch.tensor([[3]]), "index 3 is out of bounds for dimension 1 with size 3"),
    (torch.tensor([[-1]]), "index -1 is out of bounds for dimension 1 with size 3"),
    (torch.tensor([[0.0]]), "gather(): Expected dtype int32/int64 for index"),
])
def test_gather_names_what_does_not_fit(x, index, message):
    with pytest.raises(RuntimeError, match="^" + re.escape(message)):
        x.gather(1, index)


def test_scatter_takes_numbers_and_reductions(x):
    assert values(x.scatter(1, long([0], [2]), 9)) == [[9, 1, 2], [3, 4, 9]]
    assert values(x.scatter(1, long([0, 0], [2, 2]), 2.0, reduce="multiply")) == [[0, 1, 2], [3, 4, 20]]
    with pytest.warns(UserWarning, match="deprecated"):
        assert values(x.scatter(1, long([0, 0], [2, 2]), torch.ones(2, 2), reduce="add")) == [[2, 1, 2], [3, 4, 7]]
    y = x.clone()
    assert y.scatter_(0, long([1, 1, 1]), value=-1) is y and values(y) == [[0, 1, 2], [-1, -1, -1]]
    with pytest.raises(RuntimeError, match="reduce argument must be either add or multiply"):
        x.scatter(1, long([0], [2]), 9, reduce="sum")
    with pytest.raises(TypeError, match="argument 'src' must be Tensor or a number"):
        x.scatter(1, long([0], [2]), "9")


@pytest.mark.parametrize("function", ["scatter", "scatter_add"])
def test_scatter_names_what_does_not_fit(x, function):
    before = values(x)
    for index, src, message in [
        (long([0]), torch.ones(1, 1, dtype=torch.int64), "Expected self.dtype to be equal to src.dtype"),
        (long([0, 1, 2, 0]), torch.ones(1, 3), "to be no larger size than src [1, 3]"),
        (long([0], [0], [0]), torch.ones(3, 1), "Expected index [3, 1] to be no larger than self [2, 3] apart from dimension 1"),
        (long([3]), torch.ones(1, 1), "index 3 is out of bounds for dimension 1 with size 3"),
    ]:
        with pytest.raises(RuntimeError, match=re.escape(message)):
            getattr(x, function + "_")(1, index, src)
    assert values(x) == before


def test_scatter_sources_may_be_larger_than_the_index(x):
    src = torch.ones(3, 3, requires_grad=True)
    x.scatter_add(1, long([1, 1], [0, 2]), src).sum().backward()
    assert values(src.grad) == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_scatter_reduce_of_integers_and_its_words():
    x, index, src = torch.tensor([10, 20, 30]), torch.tensor([0, 0, 2]), torch.tensor([3, 4, 5])
    found = {r: values(x.scatter_reduce(0, index, src, r)) for r in ("sum", "prod", "mean", "amax", "amin")}
    assert found == {"sum": [17, 20, 35], "prod": [120, 20, 150], "mean": [5, 20, 17], "amax": [10, 20, 30], "amin": [3, 20, 5]}
    assert values(x.scatter_reduce(0, index, src, "amax", include_self=False)) == [4, 20, 5]
    with pytest.raises(RuntimeError, match="got largest"):
        x.scatter_reduce(0, index, src, "largest")
    with pytest.raises(NotImplementedError, match="mean"):
        (x > 0).scatter_reduce(0, index, src > 0, "mean")


def test_half_precision_sums_are_rounded_once():
    ones = torch.ones(3000, dtype=torch.float16)
    where = torch.zeros(3000, dtype=torch.int64)
    zero = torch.zeros(1, dtype=torch.float16)
    assert zero.scatter_add(0, where, ones).item() == 3000 and zero.index_add(0, where, ones).item() == 3000
    assert zero.index_put((where,), ones, accumulate=True).item() == 3000 and zero.put(where, ones, accumulate=True).item() == 3000


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int64", "float16", "bfloat16", "float32", "complex64"])
@pytest.mark.parametrize("shape", [(40,), (40, 3)])
def test_many_repetitions_of_a_place(dtype, shape):
    kind = getattr(torch, dtype)
    where = torch.arange(40) % 2
    added = torch.zeros(2, *shape[1:]).to(kind).index_add(0, where, torch.ones(shape).to(kind))
    assert added.dtype is kind and set(added.reshape(-1).tolist()) == {True if dtype == "bool" else 20}


# ------------------------------------------------------------------------------------------------------------------ by slices
def test_index_select(x):
    assert values(x.index_select(1, torch.tensor([2, 2, 0]))) == [[2, 2, 0], [5, 5, 3]]
    assert values(torch.tensor(5).index_select(0, torch.tensor(0))) == 5
    with pytest.raises(IndexError, match="vector"):
        x.index_select(0, long([0]))
    with pytest.raises(RuntimeError, match="Expected dtype int32 or int64"):
        x.index_select(0, torch.tensor([0], dtype=torch.int16))
    for error in (IndexError, RuntimeError):                    # PyTorch raises one or the other
        with pytest.raises(error, match="index out of range in self: index 3"):
            x.index_select(1, torch.tensor([3]))


def test_index_add_copy_fill_reduce(x):
    index = torch.tensor([2, 0])
    two = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert values(x.index_add(1, index, two, alpha=10)) == [[20, 1, 12], [43, 4, 35]]
    assert values(x.index_copy(1, index, two)) == [[2, 1, 1], [4, 4, 3]]
    assert values(x.index_fill(1, index, -1)) == [[-1, 1, -1], [-1, 4, -1]]
    assert values(x.index_reduce(1, index, two, "prod", include_self=False)) == [[2, 1, 1], [4, 4, 3]]
    assert values(torch.tensor([1, 2]).index_add(0, torch.tensor([1, 1]), torch.tensor([5, 6]), alpha=2)) == [1, 24]
    y = x.clone()
    assert y.index_fill_(0, torch.tensor([-1]), 7) is y and values(y) == [[0, 1, 2], [7, 7, 7]]


@pytest.mark.parametrize("call, error", [
    (lambda x: x.index_add(0, torch.tensor([0]), torch.ones(2, 3)), RuntimeError),
    (lambda x: x.index_add(0, torch.tensor([0]), torch.ones(1, 2)), RuntimeError),
    (lambda x: x.index_add(0, torch.tensor([0]), torch.ones(1, 3, dtype=torch.float64)), RuntimeError),
    (lambda x: x.index_add(0, torch.tensor([2]), torch.ones(1, 3)), IndexError),
    (lambda x: x.index_add(0, torch.tensor([0.0]), torch.ones(1, 3)), RuntimeError),
    (lambda x: x.index_copy(0, torch.tensor([0, 1]), torch.ones(1, 3)), IndexError),
    (lambda x: x.index_copy(0, torch.tensor([0]), torch.ones(3)), IndexError),
    (lambda x: x.index_copy(0, torch.tensor([0], dtype=torch.int32), torch.ones(1, 3)), RuntimeError),
    (lambda x: x.index_copy(0, torch.tensor([9]), torch.ones(1, 3)), IndexError),
    (lambda x: x.index_fill(0, torch.tensor([9]), 1), IndexError),
    (lambda x: x.index_fill(0, torch.tensor([0]), torch.ones(1)), RuntimeError),
    (lambda x: x.index_fill(0, torch.tensor([0]), 1j), RuntimeError),
    (lambda x: x.index_reduce(0, torch.tensor([0]), torch.ones(1, 3), "sum"), RuntimeError),
    (lambda x: x.take(torch.tensor([6])), IndexError),
    (lambda x: x.take(torch.tensor([0], dtype=torch.int32)), RuntimeError),
    (lambda x: x.put(torch.tensor([0, 1]), torch.ones(1)), IndexError),
    (lambda x: torch.take_along_dim(x, torch.tensor([0]), 1), RuntimeError),
    (lambda x: torch.take(x, torch.tensor([0]), out=x[0, :1]), RuntimeError),
    (lambda x: torch.gather(x, 1, torch.tensor([[0]]), out=torch.empty(0, dtype=torch.float64)), RuntimeError),
])
def test_errors(x, call, error):
    with pytest.raises(error):
        call(x)


def test_the_gradient_of_a_filling_value_counts_each_place_once(x):
    value = torch.tensor(1.0, requires_grad=True)
    (x.index_fill(1, torch.tensor([1, 1]), value) * x).sum().backward()
    assert value.grad.item() == 1 + 4


def test_take_put_and_take_along_dim(x):
    assert values(x.take(long([0, -1], [2, 2]))) == [[0, 5], [2, 2]]
    assert values(x.t().take(torch.tensor([1]))) == [3]
    assert values(x.put(torch.tensor([-1, 0]), torch.tensor([8.0, 9.0]))) == [[9, 1, 2], [3, 4, 8]]
    assert values(torch.take_along_dim(x, x.argsort(1, descending=True), 1)) == [[2, 1, 0], [5, 4, 3]]
    assert values(torch.take_along_dim(x, long([-1]), 1)) == [[2], [5]]
    assert values(torch.take_along_dim(x, torch.tensor([5, 0]))) == [5, 0]


# ---------------------------------------------------------------------------------------------------------------------- masks
def test_masked_fill_keeps_the_dtype():
    x = torch.arange(3)
    assert values(x.masked_fill(x > 0, 2.9)) == [0, 2, 2] and x.masked_fill(x > 0, 2.9).dtype is torch.int64
    assert values(x.masked_fill(torch.tensor([[True], [False]]), -1)) == [[-1, -1, -1], [0, 1, 2]]
    y = torch.zeros(3)
    assert y.masked_fill_(x == 1, float("inf")) is y and values(y) == [0, float("inf"), 0]
    with pytest.raises(RuntimeError, match="output with shape"):
        y.masked_fill_(torch.ones(2, 3, dtype=torch.bool), 1)
    with pytest.raises(RuntimeError, match="boolean masks"):
        y.masked_fill(x, 1)
    with pytest.raises(RuntimeError, match="0-dimensional"):
        y.masked_fill(x == 1, torch.ones(1))
    with pytest.raises(TypeError):
        y.masked_fill(x == 1, "1")


def test_gradients_do_not_leak_through_masks():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    w.masked_fill(torch.tensor([True, False]), 0.0).log().sum().backward()
    assert values(w.grad) == [0, 0.5]


def test_masked_select_and_scatter(x):
    assert values(x.masked_select(x > 2)) == [3, 4, 5] and x.masked_select(torch.tensor(False)).shape == (0,)
    assert values(x.masked_scatter(x % 2 == 0, torch.arange(10.0, 20.0))) == [[10, 1, 11], [3, 12, 5]]
    with pytest.raises(RuntimeError, match="Number of elements of source < number of ones in mask"):
        x.masked_scatter(x > 2, torch.ones(2))
    with pytest.raises(RuntimeError, match="BoolTensor"):
        x.masked_select(x)


def test_places_of_what_is_not_zero(x):
    assert values(x.nonzero()) == [[0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]
    assert [values(k) for k in torch.where(x > 3)] == [[1, 1], [1, 2]]
    assert values(x[x.nonzero(as_tuple=True)]) == [1, 2, 3, 4, 5]
    assert torch.tensor(3).nonzero().shape == (1, 0) and torch.tensor(0).nonzero().shape == (0, 0)
    assert values(torch.argwhere(x == 4)) == [[1, 1]] and values(torch.nonzero_static(x, size=6)[4:]) == [[1, 2], [-1, -1]]
    assert x.count_nonzero().item() == 5 and values(x.count_nonzero(0)) == [1, 2, 2]
