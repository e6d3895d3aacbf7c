"""DataLoader in one process: batches, options, random draws, fast reading, and what it says of slips."""
import itertools
import pickle
import warnings

import pytest

import flambeau
from flambeau.utils.data import DataLoader, Dataset, IterableDataset, StackDataset, Subset, TensorDataset, default_collate


def lists(loader):
    return [batch.tolist() for batch in loader]


class Count(IterableDataset):
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return iter(range(self.n))


class Sized(Count):
    def __len__(self):
        return 3


@pytest.mark.parametrize("options, batches", [
    ({}, [[0], [1], [2], [3], [4]]),
    ({"batch_size": 2}, [[0, 1], [2, 3], [4]]),
    ({"batch_size": 2, "drop_last": True}, [[0, 1], [2, 3]]),
    ({"sampler": [4, 0, 2], "batch_size": 2}, [[4, 0], [2]]),
    ({"batch_sampler": [[0, 1], [4]]}, [[0, 1], [4]]),
])
def test_batches(options, batches):
    loader = DataLoader(range(5), **options)
    assert len(loader) == len(batches) and lists(loader) == batches and lists(loader) == batches


def test_without_batching():
    loader = DataLoader([(1, "a"), (2, "b")], batch_size=None)
    assert len(loader) == 2 and list(loader) == [[1, "a"], [2, "b"]]
    assert loader.batch_sampler is None and loader.batch_size is None


def test_the_tutorial_loader():
    images, labels = flambeau.arange(100 * 28 * 28.0).reshape(100, 1, 28, 28), flambeau.arange(100)
    loader = DataLoader(TensorDataset(images, labels), batch_size=64, shuffle=True)
    x, y = next(iter(loader))
    assert x.shape == (64, 1, 28, 28) and y.shape == (64,) and y.dtype == flambeau.int64
    assert (x[:, 0, 0, 0] == y * 784.0).all()
    assert sorted(label for _, y in loader for label in y.tolist()) == list(range(100))


# Written down from PyTorch 2.13.
FIRST = [[6, 7, 1, 4], [2, 0, 9, 8], [3, 5]]
SECOND = [[2, 4, 7, 0], [8, 9, 5, 3], [6, 1]]
AFTER = 497


def test_orders_under_a_seed():
    flambeau.manual_seed(0)
    loader = DataLoader(range(10), batch_size=4, shuffle=True)
    assert lists(loader) == FIRST and lists(loader) == SECOND and flambeau.randint(1000, (1,)).item() == AFTER


def test_a_pass_draws_its_seed_even_without_shuffle():
    flambeau.manual_seed(0)
    list(DataLoader([1]))
    after = flambeau.get_rng_state().tolist()
    flambeau.manual_seed(0)
    flambeau.empty((), dtype=flambeau.int64).random_()
    assert flambeau.get_rng_state().tolist() == after


def test_iterable_datasets():
    assert lists(DataLoader(Count(5), batch_size=2)) == [[0, 1], [2, 3], [4]]
    assert lists(DataLoader(Count(5), batch_size=2, drop_last=True)) == [[0, 1], [2, 3]]
    assert list(DataLoader(Count(2), batch_size=None)) == [0, 1]
    assert len(DataLoader(Sized(3), batch_size=2)) == 2 and len(DataLoader(Sized(3), batch_size=2, drop_last=True)) == 1
    for options, word in (({"shuffle": True}, "shuffle=True"), ({"sampler": [1]}, r"sampler=\[1\]"), ({"batch_sampler": [[1]]}, "batch_s")):
        with pytest.raises(ValueError, match=f"DataLoader with IterableDataset: expected unspecified .*{word}"):
            DataLoader(Count(3), **options)
    with pytest.raises(TypeError, match="object of type 'Count' has no len"):
        len(DataLoader(Count(3)))
    loader = DataLoader(Sized(5))
    assert len(loader) == 3
    with pytest.warns(UserWarning, match="was reported to be 3.*but 4 samples have been fetched"):
        list(itertools.islice(loader, 4))


class TestFixedAttributes:
    def test_set(self):
        loader = DataLoader([1, 2], batch_size=2)
        for name in ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"):
            with pytest.raises(ValueError, match=f"{name} attribute should not be set after DataLoader is initialized"):
                setattr(loader, name, None)
        loader.collate_fn = tuple
        assert next(iter(loader)) == (1, 2)

    def test_a_subclass_may_add_its_own(self):
        class Mine(DataLoader):
            def __init__(self, *args, **kwargs):
                self.before = 1
                super().__init__(*args, **kwargs)
                self.after = 2

        with pytest.raises(ValueError, match="after Mine is initialized"):
            Mine([1]).dataset = [2]


@pytest.mark.parametrize("options, message", [
    ({"batch_size": 0}, "batch_size should be a positive integer"), ({"num_workers": -1}, "num_workers option should be non-negative"),
    ({"shuffle": True, "sampler": [0]}, "sampler option is mutually exclusive with shuffle"),
    ({"batch_sampler": [[0]], "batch_size": 2}, "batch_sampler option is mutually exclusive"),
    ({"batch_size": None, "drop_last": True}, "batch_size=None option disables auto-batching"), ({"timeout": -1}, "timeout option"),
    ({"prefetch_factor": 2}, "prefetch_factor option could only be specified"), ({"persistent_workers": True}, "needs num_workers > 0"),
    ({"multiprocessing_context": "fork"}, "num_workers=0"),
])
def test_options_that_do_not_go_together(options, message):
    with pytest.raises(ValueError, match=message):
        DataLoader([1, 2], **options)


def test_more_options():
    with pytest.raises(AssertionError, match="timeout=3"):
        iter(DataLoader([1], timeout=3))
    with pytest.raises(NotImplementedError, match="cannot be pickled"):
        pickle.dumps(iter(DataLoader([1])))
    assert len(iter(DataLoader(range(5), batch_size=2))) == 3
    if not flambeau.accelerator.is_available():
        with pytest.warns(UserWarning, match="no accelerator is found"):
            assert lists(DataLoader([1], pin_memory=True)) == [[1]]


def test_many_workers_are_warned_of():
    with pytest.warns(UserWarning, match="This DataLoader will create 4096 worker processes in total. Our suggested max number"):
        DataLoader([1], num_workers=4096)


class TestReadingManyAtOnce:
    def test_getitems(self):
        class Tens(Dataset):
            def __len__(self):
                return 5

            def __getitems__(self, indices):
                return [10 * i for i in indices]

        assert lists(DataLoader(Tens(), batch_size=3)) == [[0, 10, 20], [30, 40]]

    def test_getbatch_is_used_with_the_default_collate_only(self):
        class Whole(Dataset):
            def __len__(self):
                return 5

            def __getitem__(self, i):
                return i

            def __getbatch__(self, indices):
                return NotImplemented if 4 in indices else f"batch of {indices}"

        assert list(DataLoader(Whole(), batch_size=2))[:2] == ["batch of [0, 1]", "batch of [2, 3]"]
        assert list(DataLoader(Whole(), batch_size=3))[1].tolist() == [3, 4]
        assert lists(DataLoader(Whole(), batch_size=2, collate_fn=lambda batch: default_collate(batch)))[0] == [0, 1]
        assert list(DataLoader(Whole(), batch_size=None)) == [0, 1, 2, 3, 4]

    @pytest.mark.parametrize("wrap", [
        lambda data: data, lambda data: Subset(data, [6, 2, 2, 0, 5]), lambda data: StackDataset(data, data),
        lambda data: StackDataset(a=data, b=Subset(data, list(range(7)))),
    ])
    def test_tensors_are_gathered_as_they_are_stacked(self, wrap):
        tensors = [flambeau.randn(7, 2, 3), flambeau.arange(7), flambeau.rand(7).double(), flambeau.rand(7) > 0.5,
                   flambeau.randn(7, 4).bfloat16(), flambeau.randn(3, 7, 2).transpose(0, 1)]
        data = wrap(TensorDataset(*tensors))
        fast = DataLoader(data, batch_size=3)
        slow = DataLoader(data, batch_size=3, collate_fn=lambda batch: default_collate(batch))
        for a, b in zip(fast, slow, strict=True):
            assert repr(a) == repr(b)
            assert identical(a, b)


def identical(a, b):
    if isinstance(a, flambeau.Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and flambeau.equal(a, b) and a.is_contiguous() and b.is_contiguous()
    if isinstance(a, dict):
        return list(a) == list(b) and all(identical(a[key], b[key]) for key in a)
    return type(a) is type(b) and len(a) == len(b) and all(map(identical, a, b)) if isinstance(a, list) else a == b


class TestWhatItSaysOfSlips:
    def test_getitem_without_the_index(self):
        class Faces(Dataset):
            def __len__(self):
                return 2

            def __getitem__(self):
                return 1

        for dataset in (Faces(), Subset(Faces(), [0])):
            with pytest.raises(TypeError, match=r"Faces.__getitem__ takes the sample's index: write `def __getitem__\(self, index\):`"):
                list(DataLoader(dataset))
        with pytest.raises(TypeError, match="sample's index"):
            list(DataLoader(Faces(), batch_size=None))

    def test_other_type_errors_are_left_alone(self):
        class Odd(Dataset):
            def __len__(self):
                return 1

            def __getitem__(self, i):
                return i + "a"

        with pytest.raises(TypeError, match="unsupported operand"):
            list(DataLoader(Odd()))

    def test_errors_keep_their_words_and_gain_a_note_on_the_sample(self):
        class Bad(Dataset):
            def __len__(self):
                return 5

            def __getitem__(self, i):
                if i == 3:
                    raise ValueError("no such file")
                return flambeau.zeros(i if i == 4 else 1)

        for dataset in (Bad(), Subset(Bad(), [0, 3])):
            with pytest.raises(ValueError) as found:
                list(DataLoader(dataset, batch_size=2))
            assert str(found.value) == "no such file" and found.value.__notes__ == ["while loading sample 3 of Bad"]
        with pytest.raises(RuntimeError, match="stack") as found:
            list(DataLoader(Bad(), sampler=[2, 4], batch_size=2))
        assert found.value.__notes__ == ["while collating samples [2, 4] of Bad"]

    def test_errors_of_streams(self):
        class Stream(IterableDataset):
            def __iter__(self):
                yield 1
                yield 2
                raise OSError("cut")

        with pytest.raises(OSError, match="cut") as found:
            list(DataLoader(Stream(), batch_size=2))
        assert found.value.__notes__ == ["while loading sample number 2 of Stream"]

    def test_nothing_is_said_of_a_sound_program(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert lists(DataLoader(range(3), batch_size=2)) == [[0, 1], [2]]
