"""Memory shared with NumPy: what either side writes, the other sees at once."""
from __future__ import annotations

import gc

import numpy as np
import pytest

import flambeau as torch


def test_from_numpy_shares_both_ways():
    a = np.arange(4, dtype=np.float32)
    t = torch.from_numpy(a)
    a[0] = 10
    t.add_(1)
    np.testing.assert_array_equal(a, [11, 2, 3, 4])
    assert t.tolist() == [11, 2, 3, 4]
    np.add(a, 1, out=a)
    assert t.tolist() == [12, 3, 4, 5]


def test_numpy_of_a_computed_tensor_sees_later_writes():
    t = torch.ones(3) * 2
    copy = t.clone()
    n = t.numpy()
    t.mul_(5)
    np.testing.assert_array_equal(n, [10, 10, 10])
    n[1] = -1
    assert t.tolist() == [10, -1, 10]
    assert copy.tolist() == [2, 2, 2]


def test_what_was_recorded_before_a_numpy_write_keeps_the_old_value():
    a = np.ones(3)
    t = torch.from_numpy(a)
    doubled = t * 2
    view = t.view(3, 1)
    clone = t.clone()
    a[:] = 7
    assert doubled.tolist() == [2, 2, 2] and clone.tolist() == [1, 1, 1]
    assert view.tolist() == [[7], [7], [7]]


def test_views_and_strides_are_shared():
    a = np.arange(12).reshape(3, 4)
    t = torch.from_numpy(a[:, ::2])
    assert t.stride() == (4, 2)
    t[0, 1] = -5
    a[2, 2] = 99
    assert a[0, 2] == -5 and t[2, 1].item() == 99
    row = t[1]
    row.fill_(0)
    np.testing.assert_array_equal(a[1], [0, 5, 0, 7])


def test_a_view_of_a_view_keeps_the_storage_shared():
    t = torch.zeros(4)
    part = t.numpy()[1:3]
    gc.collect()
    t.fill_(3)
    np.testing.assert_array_equal(part, [3, 3])
    part[0] = 8
    assert t.tolist() == [3, 8, 3, 3]


def test_memory_becomes_private_again():
    t = torch.zeros(4)
    n = t.numpy()
    assert t._storage.shared
    del n
    t + 1
    assert not t._storage.shared


def test_the_array_outlives_the_tensor():
    def make():
        return (torch.arange(10) * 3)[2:5].numpy()
    n = make()
    gc.collect()
    junk = [torch.ones(10) * k for k in range(5)]
    np.testing.assert_array_equal(n, [6, 9, 12])
    assert len(junk) == 5


@pytest.mark.parametrize("make, error", [
    (lambda: torch.from_numpy(np.arange(4)[::-1]), ValueError),
    (lambda: torch.from_numpy([1, 2]), TypeError),
    (lambda: torch.from_numpy(np.array(["a"])), TypeError),
    (lambda: torch.ones(2, requires_grad=True).numpy(), RuntimeError),
    (lambda: torch.ones(2, dtype=torch.bfloat16).numpy(), TypeError),
    (lambda: torch.ones(2, device="meta").numpy(), TypeError),
])
def test_refusals(make, error):
    with pytest.raises(error):
        make()


def test_a_method_for_an_array_is_named():
    n = torch.ones(2).numpy
    with pytest.raises(TypeError, match=r"call it"):
        torch.from_numpy(n)
    with pytest.raises(TypeError, match=r"call it"):
        torch.ones(2) + n


def test_addresses():
    x = torch.zeros(6)
    v = x[2:]
    assert v.data_ptr() - x.data_ptr() == 2 * 4
    c = x.clone()
    assert c.data_ptr() != x.data_ptr()
    where = x.data_ptr()
    x.add_(1)
    assert x.data_ptr() == where
    assert c.tolist() == [0] * 6 and v.tolist() == [1] * 4
