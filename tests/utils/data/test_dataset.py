"""Datasets: samples, joins, cuts, splits, and what they say when they are misused."""
import pytest

import flambeau
from flambeau.utils.data import (
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from flambeau.utils.data.reading import batch_method


class Digits(Dataset):
    def __init__(self, n=5):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if not -self.n <= i < self.n:
            raise IndexError(i)
        return i % self.n, str(i)


class Count(IterableDataset):
    def __init__(self, *numbers):
        self.numbers = numbers

    def __iter__(self):
        return iter(self.numbers)


def test_the_base_class_says_what_is_missing():
    class Empty(Dataset):
        pass

    with pytest.raises(NotImplementedError, match="Subclasses of Dataset should implement __getitem__. Empty does not"):
        Empty()[0]
    with pytest.raises(TypeError, match="__iter__"):
        IterableDataset()


def test_tensor_dataset():
    images, labels = flambeau.arange(12.0).reshape(4, 3), flambeau.tensor([0, 1, 0, 1])
    data = TensorDataset(images, labels)
    assert len(data) == 4 and data.tensors == (images, labels)
    x, y = data[2]
    assert x.tolist() == [6.0, 7.0, 8.0] and y.item() == 0
    x, y = data[1:3]
    assert x.shape == (2, 3) and y.tolist() == [1, 0]
    with pytest.raises(AssertionError, match=r"Size mismatch between tensors.*\[4, 3\]"):
        TensorDataset(images, flambeau.zeros(3))


def test_stack():
    data = StackDataset(Digits(3), [10, 20, 30])
    assert len(data) == 3 and data[1] == ((1, "1"), 20)
    assert data.__getitems__([2, 0]) == [((2, "2"), 30), ((0, "0"), 10)]
    data = StackDataset(a=Digits(3), b=[10, 20, 30])
    assert data[1] == {"a": (1, "1"), "b": 20}
    assert data.__getitems__([2]) == [{"a": (2, "2"), "b": 30}]
    for arguments, names, message in ([(), {}, "At least one"], [([1],), {"a": [1]}, "both types"], [([1], [1, 2]), {}, r"\[1, 2\]"]):
        with pytest.raises(ValueError, match=message):
            StackDataset(*arguments, **names)


def test_stack_refuses_a_member_that_returns_too_few():
    class Short(Digits):
        def __getitems__(self, indices):
            return []

    with pytest.raises(ValueError, match="Expected 2, got 0"):
        StackDataset(Short()).__getitems__([0, 1])


def test_concat():
    data = Digits(2) + Digits(3)
    assert isinstance(data, ConcatDataset) and data.cumulative_sizes == [2, 5]
    assert [data[i][0] for i in range(5)] == [0, 1, 0, 1, 2] and data[-1] == data[4] and data[-5] == data[0]
    with pytest.raises(IndexError, match="index 5 is out of range for a ConcatDataset of 5 samples"):
        data[5]
    with pytest.raises(ValueError, match="should not exceed dataset length"):
        data[-6]
    with pytest.raises(AssertionError, match="should not be an empty iterable"):
        ConcatDataset([])
    with pytest.raises(AssertionError, match="does not support IterableDataset"):
        ConcatDataset([Count(1)])
    with pytest.warns(FutureWarning, match="renamed"):
        assert data.cummulative_sizes == [2, 5]


def test_chain():
    chain = Count(1, 2) + Count(3)
    assert isinstance(chain, ChainDataset) and list(chain) == [1, 2, 3]
    with pytest.raises(AssertionError, match="only supports IterableDataset, but found Digits"):
        list(ChainDataset([Digits()]))
    with pytest.raises(TypeError, match="object of type 'Count' has no len"):
        len(chain)


def test_subset():
    data = Subset(Digits(5), [4, 0, 4])
    assert len(data) == 3 and data[0] == (4, "4") and data.__getitems__([1, 2]) == [(0, "0"), (4, "4")]
    with pytest.raises(IndexError):
        data[3]

    class Half(Subset):
        def __getitem__(self, i):
            return None

    with pytest.raises(NotImplementedError, match="Half overrides __getitem__ but not __getitems__"):
        Half(Digits(), [0])


def test_random_split():
    # The order of torch.randperm(10) under seed 42.
    a, b = random_split(range(10), [7, 3], generator=flambeau.Generator().manual_seed(42))
    assert a.indices == [2, 6, 1, 8, 4, 5, 0] and b.indices == [9, 3, 7]
    parts = random_split(range(11), [0.5, 0.25, 0.25])
    assert [len(part) for part in parts] == [6, 3, 2] and sorted(i for part in parts for i in part.indices) == list(range(11))
    with pytest.warns(UserWarning, match="split at index 1 is 0"):
        assert [len(part) for part in random_split(range(2), [1.0, 0.0])] == [2, 0]
    with pytest.raises(ValueError, match=r"Sum of input lengths.*\[5, 3\] add up to 8, the dataset has 10"):
        random_split(range(10), [5, 3])
    with pytest.raises(ValueError, match="Fraction at index 0 is not between 0 and 1"):
        random_split(range(10), [-0.5, 1.5])


def test_a_dataset_without_a_length_is_named_when_the_sampler_needs_it():
    class Faces(Dataset):
        def __getitem__(self, i):
            return i

    for make in (
        lambda: DataLoader(Faces(), shuffle=True), lambda: list(DataLoader(Faces())), lambda: len(DataLoader(Faces())),
        lambda: RandomSampler(Faces()), lambda: random_split(Faces(), [1.0]), lambda: StackDataset(Faces()),
        lambda: ConcatDataset([Faces()]),
    ):
        with pytest.raises(TypeError, match=r"object of type 'Faces' has no len\(\).*define `def __len__\(self\)` in Faces"):
            make()


class Whole(Digits):
    def __getbatch__(self, indices):
        return "whole", indices


class TestWhoMayGiveWholeBatches:
    def test_the_class_that_defines_it(self):
        assert batch_method(Whole())([1]) == ("whole", [1])
        assert batch_method(Digits()) is None and batch_method([1]) is None

    def test_not_a_subclass_that_reads_samples_in_its_own_way(self):
        class Flipped(Whole):
            def __getitem__(self, i):
                return -i

        class Many(Whole):
            def __getitems__(self, indices):
                return indices

        class Deeper(Flipped):
            pass

        class Again(Flipped):
            __getbatch__ = Whole.__getbatch__

        for dataset in (Flipped(), Many(), Deeper()):
            assert batch_method(dataset) is None
        assert batch_method(Again()) is not None

    def test_one_that_has_it_only_at_times(self):
        class Sometimes(Digits):
            able = True

            @property
            def __getbatch__(self):
                if not self.able:
                    raise AttributeError("not now")
                return lambda indices: indices

        dataset = Sometimes()
        assert batch_method(dataset) is not None
        dataset.able = False
        assert batch_method(dataset) is None

    def test_passed_on_by_subset_and_stack(self):
        assert Subset(Whole(9), [5, 7]).__getbatch__([1, 0]) == ("whole", [7, 5])
        assert Subset(Digits(9), [5, 7]).__getbatch__([1, 0]) is NotImplemented
        assert StackDataset(a=Whole(), b=Whole()).__getbatch__([1]) == {"a": ("whole", [1]), "b": ("whole", [1])}
        assert StackDataset(Whole(), Digits()).__getbatch__([1]) is NotImplemented

    def test_tensor_dataset_with_gradients_is_stacked(self):
        weights = flambeau.ones(3, 2, requires_grad=True)
        (batch,) = next(iter(DataLoader(TensorDataset(weights), batch_size=2)))
        assert batch.requires_grad and TensorDataset(weights).__getbatch__([0]) is NotImplemented
