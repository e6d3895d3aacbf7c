"""Samplers: orders that a seed gives (written down from PyTorch 2.13), lengths, errors."""
import itertools
import tracemalloc

import pytest

import flambeau
from flambeau.utils.data import (
    BatchSampler,
    DistributedSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

ORDERS = [[0, 3, 4, 1, 5, 2], [2, 0, 2, 1, 0, 0, 3], [1, 1, 1, 1, 1, 1], [3, 7, 5]]


def test_orders_under_a_seed():
    flambeau.manual_seed(1)
    assert list(SequentialSampler(range(4))) == [0, 1, 2, 3]
    assert list(RandomSampler(range(6))) == ORDERS[0]
    assert list(RandomSampler(range(4), replacement=True, num_samples=7)) == ORDERS[1]
    assert list(WeightedRandomSampler([0.1, 0.9, 0.0], 6)) == ORDERS[2]
    assert list(SubsetRandomSampler([3, 5, 7])) == ORDERS[3]


def test_random_sampler_draws_a_new_order_each_pass():
    sampler = RandomSampler(range(50))
    assert list(sampler) != list(sampler)


def test_random_sampler_numbers():
    assert sorted(RandomSampler(range(4), num_samples=8)) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert len(set(RandomSampler(range(9), num_samples=5))) == 5
    assert len(RandomSampler(range(9))) == 9 and len(RandomSampler(range(9), num_samples=5)) == 5
    growing = [1]
    sampler = RandomSampler(growing)
    growing.append(2)
    assert len(sampler) == 2 and sorted(sampler) == [0, 1]


def test_a_pass_that_hardly_ends_takes_no_memory_in_advance():
    for replacement in (True, False):
        tracemalloc.start()
        try:
            drawn = list(itertools.islice(RandomSampler(range(4), replacement=replacement, num_samples=10**12), 100))
            assert len(drawn) == 100 and set(drawn) == {0, 1, 2, 3}
            assert tracemalloc.get_traced_memory()[1] < 2**20
        finally:
            tracemalloc.stop()


def test_a_generator_of_ones_own_leaves_the_default_one_alone():
    before = flambeau.get_rng_state().tolist()
    generator = flambeau.Generator().manual_seed(3)
    list(RandomSampler(range(9), generator=generator))
    assert flambeau.get_rng_state().tolist() == before


def test_weighted():
    assert set(WeightedRandomSampler([0.0, 1.0, 0.0], 20)) == {1}
    assert sorted(WeightedRandomSampler([1.0, 5.0, 2.0], 3, replacement=False)) == [0, 1, 2]


def test_batches():
    assert list(BatchSampler(range(5), 2, False)) == [[0, 1], [2, 3], [4]] and len(BatchSampler(range(5), 2, False)) == 3
    assert list(BatchSampler(range(5), 2, True)) == [[0, 1], [2, 3]] and len(BatchSampler(range(5), 2, True)) == 2
    assert list(BatchSampler(iter("abc"), 2, False)) == [["a", "b"], ["c"]]
    assert list(BatchSampler([], 2, False)) == []


def test_distributed_shares():
    shares = [list(DistributedSampler(range(10), 3, rank, shuffle=False)) for rank in range(3)]
    assert shares == [[0, 3, 6, 9], [1, 4, 7, 0], [2, 5, 8, 1]]
    shares = [list(DistributedSampler(range(10), 3, rank, shuffle=False, drop_last=True)) for rank in range(3)]
    assert shares == [[0, 3, 6], [1, 4, 7], [2, 5, 8]]
    assert list(DistributedSampler(range(2), 5, 4, shuffle=False)) == [0]
    sampler = DistributedSampler(range(20), 2, 0)
    first = list(sampler)
    assert list(sampler) == first
    sampler.set_epoch(1)
    assert list(sampler) != first


def test_distributed_needs_to_know_its_place():
    with pytest.raises(ValueError, match=r"Invalid rank 3, rank should be in the interval \[0, 2\]"):
        DistributedSampler(range(4), 3, 3)
    sampler = DistributedSampler(data := list(range(4)), 2, 0)
    data.extend(range(4))
    assert len(list(sampler)) == 2  # as many as it said, of the new order's beginning


@pytest.mark.parametrize("make, kind, message", [
    (lambda: RandomSampler([1], replacement=1), TypeError, "replacement should be a boolean value, but got replacement=1"),
    (lambda: RandomSampler([1], num_samples=0), ValueError, "num_samples should be a positive integer value, but got num_samples=0"),
    (lambda: RandomSampler([]), ValueError, "num_samples=0"),
    (lambda: WeightedRandomSampler([1.0], True), ValueError, "num_samples=True"),
    (lambda: WeightedRandomSampler([1.0], 1, replacement=0), ValueError, "replacement should be a boolean value"),
    (lambda: WeightedRandomSampler([[1.0]], 1), ValueError, r"weights have shape \(1, 1\)"),
    (lambda: BatchSampler([1], 0, False), ValueError, "batch_size should be a positive integer value, but got batch_size=0"),
    (lambda: BatchSampler([1], 2.0, False), ValueError, "batch_size=2.0"),
    (lambda: BatchSampler([1], 2, 1), ValueError, "drop_last should be a boolean value, but got drop_last=1"),
    (lambda: len(BatchSampler(iter([1]), 2, True)), TypeError, "has no len"),
])
def test_errors(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


def test_the_base_class():
    class Nothing(Sampler):
        pass

    with pytest.raises(NotImplementedError, match="Nothing does not"):
        iter(Nothing())
