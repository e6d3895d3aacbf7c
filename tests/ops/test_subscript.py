"""x[…] and x[…] = v: what stands between the brackets, what is shared, what autograd sees, and how slips are named."""
import re

import numpy as np
import pytest

import flambeau as torch
from flambeau.core import graph


def values(t):
    return t.tolist()


@pytest.fixture
def x():
    return torch.arange(24).reshape(2, 3, 4).clone()


# ------------------------------------------------------------------------------------------------------------------ reading
@pytest.mark.parametrize("index", [
    1, -1, slice(None), slice(1, None), slice(None, None, 2), slice(5, 9), (0, 1), (slice(None), -1), (..., 2), (0, ..., slice(1, 3)), (None, 1),
    (slice(None), None, 1, None), ..., (), (np.int64(1), slice(0, 2)), slice(torch.tensor(1), torch.tensor(2)),
])
def test_basic_indices_are_views_with_numpys_values(x, index):
    array = np.arange(24).reshape(2, 3, 4)
    plain = slice(1, 2) if isinstance(index, slice) and isinstance(index.start, torch.Tensor) else index
    part = x[index]
    assert values(part) == array[plain].tolist()
    assert part._base is x
    if part.numel():
        part[...] = -1
        array[plain] = -1
        assert values(x) == array.tolist()


@pytest.mark.parametrize("index", [
    [0, 1], [-1], [], [True, False], range(2), ([1, 0], [2, 2]), ([0, 1], slice(None), [3, 0]), (slice(None), [0, 2]), (0, slice(None), [1, 1]),
    (slice(None), [0, 2], [1, 1]), (slice(None), [[0], [2]], [1, 3]), (slice(None), slice(None), [[0, 1], [2, 3]]),
])
def test_positions_give_copies_with_numpys_values(x, index):
    array = np.arange(24).reshape(2, 3, 4)
    as_arrays = tuple(np.array(i, dtype=None if i else int) if isinstance(i, (list, range)) else i for i in (index if isinstance(index, tuple) else (index,)))
    part = x[index]
    expected = array[as_arrays]
    if index == (0, slice(None), [1, 1]):
        expected = array[0][:, [1, 1]]              # an int is a view taken first, not a position as in NumPy
    assert tuple(part.shape) == expected.shape and values(part) == expected.tolist()
    assert part._base is None


@pytest.mark.parametrize("kind", ["int64", "int32"])
def test_index_tensors_of_two_integer_types(x, kind):
    assert values(x[torch.tensor([1, 0], dtype=getattr(torch, kind)), 1, 2]) == [18, 6]


@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "int64"])
def test_zero_dimensional_integer_tensors_are_ints(x, kind):
    assert values(x[torch.tensor(-1, dtype=getattr(torch, kind)), 0]) == [12, 13, 14, 15]
    assert x[torch.tensor(0), 0]._base is x


def test_masks(x):
    array = np.arange(24).reshape(2, 3, 4)
    mask = torch.tensor([[True, False, True], [False, False, True]])
    assert values(x[mask]) == array[mask.numpy()].tolist()
    assert values(x[mask, 1]) == array[mask.numpy(), 1].tolist()
    assert values(x[:, torch.tensor([False, True, True]), -1]) == array[:, [1, 2], -1].tolist()
    assert values(x[x % 5 == 0]) == [0, 5, 10, 15, 20]
    assert x[True].shape == (1, 2, 3, 4) and x[False].shape == (0, 2, 3, 4) and x[0, torch.tensor(True)].shape == (1, 3, 4)
    with pytest.warns(UserWarning, match="uint8"):
        assert values(x[torch.tensor([0, 1], dtype=torch.uint8)]) == [array[1].tolist()]


def test_a_list_of_more_than_numbers_is_a_tuple(x):
    with pytest.warns(UserWarning, match="non-tuple sequence"):
        assert values(x[[[0, 1], [2, 0]]]) == [[8, 9, 10, 11], [12, 13, 14, 15]]
    with pytest.warns(UserWarning, match="non-tuple sequence"):
        assert values(x[[0, slice(1)]]) == [[0, 1, 2, 3]]


def test_iteration_and_its_end(x):
    assert [values(row) for row in x[0]] == values(x[0])
    assert all(row._base is x for row in x)
    with pytest.raises(TypeError, match="iteration over a 0-d tensor"):
        iter(torch.tensor(1))
    assert torch.tensor(5)[None].shape == (1,) and torch.tensor(5)[...].item() == 5 and torch.tensor(5)[()].item() == 5


# ------------------------------------------------------------------------------------------------------------------- errors
@pytest.mark.parametrize("index, error, message", [
    (2, IndexError, "index 2 is out of bounds for dimension 0 with size 2"),
    ((0, -4), IndexError, "index -4 is out of bounds for dimension 1 with size 3"),
    ((slice(None), slice(None), [1, 4]), IndexError, "index 4 is out of bounds for dimension 2 with size 4"),
    ([-3], IndexError, "index -3 is out of bounds for dimension 0 with size 2"),
    ((0, 0, 0, 0), IndexError, "too many indices for tensor of dimension 3"),
    (1.0, IndexError, "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got float)"),
    (slice(None, None, -1), ValueError, "step must be greater than zero; use flip() to reverse an axis"),
    (slice(None, None, 0), ValueError, "slice step cannot be zero"),
    (slice(1.5, None), TypeError, "slice indices must be integers or None or have an __index__ method"),
    (([0, 1], [0, 1, 2]), IndexError, "shape mismatch: indexing tensors could not be broadcast together with shapes [2], [3]"),
    (torch.ones(3, dtype=torch.bool), IndexError, "The shape of the mask [3] at index 0 does not match the shape of the indexed tensor [2, 3, 4] at index 0"),
    ((slice(None), torch.ones(3, 2, dtype=torch.bool)), IndexError,
     "The shape of the mask [3, 2] at index 1 does not match the shape of the indexed tensor [2, 3, 4] at index 2"),
    (torch.tensor([0.5]), IndexError, "tensors used as indices must be long, int, byte or bool tensors"),
    (torch.tensor([1], dtype=torch.int16), IndexError, "tensors used as indices must be long, int, byte or bool tensors"),
    (1 << 70, ValueError, "Overflow when unpacking long long"),
])
def test_slips_are_named(x, index, error, message):
    with pytest.raises(error, match="^" + re.escape(message)):
        x[index]
    before = values(x)
    with pytest.raises(error, match="^" + re.escape(message)):
        x[index] = 5
    assert values(x) == before


def test_slips_with_numbers():
    with pytest.raises(IndexError, match="invalid index of a 0-dim tensor"):
        torch.tensor(1.0)[0]
    with pytest.raises(IndexError, match=re.escape("slice() cannot be applied to a 0-dim tensor.")):
        torch.tensor(1.0)[:]
    with pytest.raises(TypeError, match="does not support deleting"):
        del torch.zeros(3)[0]


@pytest.mark.parametrize("value, error, message", [
    ([1.0, 2.0], TypeError, "can't assign a list to a torch.FloatTensor"),
    (np.ones(4), TypeError, "can't assign a numpy.ndarray to a torch.FloatTensor"),
    ("x", TypeError, "can't assign a str to a torch.FloatTensor"),
    (1j, RuntimeError, "value cannot be converted to type float without overflow"),
    (torch.ones(3), RuntimeError, "The expanded size of the tensor (4) must match the existing size (3) at non-singleton dimension 0."),
])
def test_values_that_do_not_fit(value, error, message):
    x = torch.zeros(2, 4)
    with pytest.raises(error, match="^" + re.escape(message)):
        x[0] = value
    assert x.sum() == 0


def test_positions_take_values_of_their_own_dtype_and_shape():
    x = torch.zeros(3, 2)
    with pytest.raises(RuntimeError, match="source and destination dtypes match, got Float for the destination and Long for the source"):
        x[[0]] = torch.tensor([1, 2])
    with pytest.raises(RuntimeError, match=re.escape("value tensor of shape [3] cannot be broadcast to indexing result of shape [2, 2]")):
        x[[0, 1]] = torch.ones(3)
    with pytest.raises(RuntimeError, match="value tensor of shape"):
        x[x < 1] = torch.ones(2)
    assert x.sum() == 0


# ------------------------------------------------------------------------------------------------------------------- writing
def test_values_are_broadcast_and_converted():
    x = torch.zeros(3, 4, dtype=torch.int64)
    x[0] = 2.9
    x[:, 1] = torch.tensor([1.5, -1.5, 7.0])
    x[1, 2:] = torch.tensor([[9]])
    x[[0, 2], 3] = torch.tensor([5, 6])
    x[x == 2] = -2
    assert values(x) == [[-2, 1, -2, 5], [0, -1, 9, 9], [0, 7, 0, 6]]
    small = torch.zeros(2, dtype=torch.uint8)
    small[0] = -1
    assert values(small) == [255, 0]
    with pytest.raises(RuntimeError, match="uint8_t without overflow"):
        small[0] = 300


def test_augmented_assignment_counts_repeated_places_once():
    x = torch.zeros(4)
    x[[0, 0, 2]] += 1
    x[1:3] -= 0.5
    assert values(x) == [1, -0.5, 0.5, 0]


def test_writes_through_views_of_views_reach_the_memory():
    x = torch.zeros(4, 6)
    x.t()[1:5:2][:, [0, 3]] += 1                # of a copy, and back through the view
    x[1:][:, 2][torch.tensor([True, False, True])] = 7
    assert values(x) == [[0, 1, 0, 1, 0, 0], [0, 0, 7, 0, 0, 0], [0, 0, 0, 0, 0, 0], [0, 1, 7, 1, 0, 0]]


def test_swapping_needs_no_temporary():
    x = torch.arange(6)
    x[:3], x[3:] = x[3:].clone(), x[:3].clone()
    x[[0, 5]] = x[[5, 0]]
    assert values(x) == [2, 4, 5, 0, 1, 3]


def test_a_big_tensor_is_not_copied_to_write_a_part_of_it():
    x = torch.zeros(100_000)
    x[0].item()
    where = x._storage.value.buffer.ctypes.data
    x[5] = 1.0
    x[torch.tensor([7, 8])] = torch.tensor([2.0, 3.0])
    x[x > 2.5] = 4.0
    assert values(x[:10]) == [0, 0, 0, 0, 0, 1, 0, 2, 4, 0]
    assert x._storage.value.buffer.ctypes.data == where


def test_looking_at_an_index_does_not_run_what_is_pending():
    x, labels = torch.ones(4, 3).exp(), torch.tensor([[2, 0, 1, 1, 0]])
    picked = x.gather(1, labels[0, 1:].unsqueeze(1)) + x[labels[0, :2].long()].sum()
    assert graph.current_trace().nodes
    assert picked.shape == (4, 1)


# ------------------------------------------------------------------------------------------------------------------ autograd
def test_names_of_producers():
    w = torch.arange(6.0).reshape(2, 3).requires_grad_()
    names = {"SelectBackward0": w[0], "SliceBackward0": w[:], "UnsqueezeBackward0": w[0, 1:, None], "AliasBackward0": w[...], "IndexBackward0": w[[0]],
             "UnbindBackward0": next(iter(w))}
    assert [type(y.grad_fn).__name__ for y in names.values()] == list(names)
    assert type(w[0, 1].grad_fn.next_functions[0][0]).__name__ == "SelectBackward0"
    y = w * 1
    y[0] = 5
    z = w * 1
    z[[0]] = 5
    assert type(y.grad_fn).__name__ == "CopySlices" and type(z.grad_fn).__name__ == "IndexPutBackward0"


def test_gradients_of_reads_and_writes():
    w = torch.arange(6.0).reshape(2, 3).requires_grad_()
    v = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    y[[0, 1], [2, 0]] = v
    y[y > 8] = 0
    (y[[1, 1, 0]] * torch.tensor([1.0, 10.0, 100.0])[:, None]).sum().backward()
    assert values(w.grad) == [[200, 200, 0], [0, 22, 0]]
    assert values(v.grad) == [100, 11]


def test_leaves_that_want_gradients_are_not_written_to():
    w = torch.zeros(2, 2, requires_grad=True)
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
        w[0] = 1
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        w[[0]] = 1
    with torch.no_grad():
        w[0], w[[1]] = 1, 2
    assert values(w) == [[1, 1], [2, 2]]


def test_index_put():
    x = torch.zeros(4)
    places = (torch.tensor([3, 3, 1]),)
    assert values(x.index_put(places, torch.tensor([1.0, 2.0, 4.0]), accumulate=True)) == [0, 4, 0, 3]
    assert values(x.index_put_((torch.tensor([True, False, False, True]),), torch.tensor(5.0))) == [5, 0, 0, 5]
    for bad, error in [((1,), TypeError), (torch.tensor([0]), TypeError), ((torch.tensor([9]),), IndexError), ((places[0],) * 2, IndexError),
                       ((torch.tensor([0.5]),), IndexError)]:
        with pytest.raises(error):
            x.index_put_(bad, torch.tensor(1.0))
    with pytest.raises(RuntimeError, match="dtypes match"):
        x.index_put_(places, torch.tensor(1))
    assert values(x) == [5, 0, 0, 5]


def test_meta_tensors_have_shapes():
    x = torch.zeros(3, 4, device="meta")
    assert x[0].shape == (4,) and x[:, 1:, None].shape == (3, 3, 1) and x[torch.zeros(2, 2, dtype=torch.int64, device="meta")].shape == (2, 2, 4)
    with pytest.raises(NotImplementedError, match="meta"):
        x[torch.zeros(3, dtype=torch.bool, device="meta")]
