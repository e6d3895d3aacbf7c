"""flambeau.utils.data beside torch.utils.data: one program, run with either package, must see the same orders, batches, random numbers
and kinds of errors, and leave the generators in the same state."""
import collections
import collections.abc
import inspect
import random
import types

import numpy as np
import pytest

import flambeau
import flambeau.utils.data

torch = pytest.importorskip("torch", reason="PyTorch is the oracle")

Point = collections.namedtuple("Point", "x y")


def plain(value):
    """Tensors of either package as (dtype, shape, values), nested alike."""
    if hasattr(value, "tolist") and hasattr(value, "dim"):
        return "tensor", str(value.dtype).split(".")[-1], tuple(value.shape), value.tolist()
    if isinstance(value, collections.abc.Mapping):
        return type(value).__name__, {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, collections.deque)):
        return type(value).__name__, [plain(item) for item in value]
    return value


def outcome(package, program):
    """What a program does with a package: the values that it yields, or its error, and the random numbers that come next."""
    package.manual_seed(7)
    random.seed(7)
    np.random.seed(7)
    seen = []
    try:
        for value in program(package, package.utils.data):
            seen.append(plain(value))
    except Exception as error:
        seen.append(type(error).__name__)
    return seen, package.rand(3).tolist(), random.random(), np.random.rand()


PROGRAMS = []


def program(function):
    PROGRAMS.append(pytest.param(function, id=function.__name__))
    return function


def compare(function):
    assert outcome(flambeau, function) == outcome(torch, function)


@pytest.mark.parametrize("function", PROGRAMS)
def test_program(function):
    compare(function)


def epochs(loader, count=2):
    return [[plain(batch) for batch in loader] for _ in range(count)]


def squares(T, D, n=10):
    class Squares(D.Dataset):
        def __len__(self):
            return n

        def __getitem__(self, i):
            return T.tensor([i, i * i]), i % 3

    return Squares()


def noisy(T, D, n=8):
    """A sample draws from all three generators."""
    class Noisy(D.Dataset):
        def __len__(self):
            return n

        def __getitem__(self, i):
            return i, T.rand(2), random.random(), float(np.random.rand())

    return Noisy()


def stream(T, D, lengths):
    """Worker k yields lengths[k] samples."""
    class Stream(D.IterableDataset):
        def __iter__(self):
            info = D.get_worker_info()
            k = info.id if info else 0
            return iter(range(100 * k, 100 * k + lengths[k]))

    return Stream()


# ---- orders -----------------------------------------------------------------------------------------------------------------------

for options in (
    {}, {"batch_size": 3}, {"batch_size": 3, "drop_last": True}, {"batch_size": None}, {"shuffle": True},
    {"shuffle": True, "batch_size": 4}, {"shuffle": True, "batch_size": 5},
    {"shuffle": True, "batch_size": None}, {"shuffle": True, "batch_size": 3, "drop_last": True},
    {"sampler": [4, 0, 2], "batch_size": 2}, {"batch_sampler": [[0, 1], [4]]}, {"sampler": (1, 1)},
):
    def order(T, D, options=options):
        yield epochs(D.DataLoader(range(10), **options))
    order.__name__ = f"order {options}"
    program(order)


@program
def own_generator(T, D):
    g = T.Generator().manual_seed(5)
    yield epochs(D.DataLoader(range(8), batch_size=3, shuffle=True, generator=g))
    yield T.rand(2, generator=g)
    yield epochs(D.DataLoader(range(8), batch_size=4, shuffle=True, generator=g))
    yield T.rand(2, generator=g)


@program
def early_break(T, D):
    loader = D.DataLoader(range(8), shuffle=True)
    for _ in range(3):
        yield next(iter(loader))
        yield T.rand(1)


@program
def two_passes_at_once(T, D):
    loader = D.DataLoader(range(6), batch_size=2, shuffle=True)
    yield list(zip(loader, loader, strict=True))


@program
def eager_sampler(T, D):
    class Eager(D.Sampler):
        def __iter__(self):
            return iter(T.randperm(6).tolist())

    yield epochs(D.DataLoader(range(6), sampler=Eager(), batch_size=None))
    yield epochs(D.DataLoader(range(6), batch_sampler=[[0], [1]], num_workers=1))
    yield epochs(D.DataLoader(range(6), sampler=Eager(), batch_size=None, num_workers=1))


@program
def samplers(T, D):
    def g():
        return T.Generator().manual_seed(3)

    yield list(D.SequentialSampler(range(4)))
    yield list(D.RandomSampler(range(6)))
    yield list(D.RandomSampler(range(6), num_samples=15))
    yield list(D.RandomSampler(range(6), num_samples=4, generator=g()))
    yield list(D.RandomSampler(range(50), replacement=True, num_samples=70))
    yield list(D.RandomSampler(range(50), replacement=True, generator=g()))
    yield list(D.SubsetRandomSampler([3, 5, 7, 11]))
    yield list(D.SubsetRandomSampler(list("abc"), generator=g()))
    yield list(D.WeightedRandomSampler([0.1, 0.9, 0.0, 3.0], 9))
    yield list(D.WeightedRandomSampler([0.1, 0.9, 2.0, 3.0], 4, replacement=False, generator=g()))
    for n, drop in ((2, True), (2, False), (5, True), (7, False)):
        sampler = D.BatchSampler(D.SequentialSampler(range(5)), n, drop)
        yield list(sampler), len(sampler)


@program
def distributed(T, D):
    for n, replicas in ((10, 3), (12, 4), (3, 5), (7, 1)):
        for shuffle in (False, True):
            for drop_last in (False, True):
                for rank in range(replicas):
                    sampler = D.DistributedSampler(range(n), replicas, rank, shuffle, seed=4, drop_last=drop_last)
                    first = list(sampler), len(sampler)
                    sampler.set_epoch(2)
                    yield first, list(sampler)


@program
def splits(T, D):
    for lengths in ([7, 3], [0.5, 0.3, 0.2], [0.33, 0.33, 0.34], [1.0]):
        yield [list(part.indices) for part in D.random_split(range(10), lengths)]
        yield [list(part) for part in D.random_split(range(10, 20), lengths, generator=T.Generator().manual_seed(42))]


# ---- batches ----------------------------------------------------------------------------------------------------------------------

@program
def collate(T, D):
    default = collections.defaultdict(int, {"a": 1})
    samples = [
        [1, 2], [1.5, 2.0], [True, False], ["a", "b"], [b"a", b"b"], [(1, 2.0), (3, 4.0)], [[1, 2], [3, 4]], [Point(1, 2.0), Point(3, 4.0)],
        [{"a": 1, "b": [2, "x"]}, {"a": 3, "b": [4, "y"]}], [np.float32(1), np.float32(2)], [np.float64(1), np.float64(2)],
        [np.int32(1), np.int32(2)], [np.bool_(True), np.bool_(False)], [np.ones(2), np.zeros(2)],
        [np.arange(3, dtype=np.int16)] * 2, [T.ones(2, 1), T.zeros(2, 1)], [T.tensor(3), T.tensor(4)], [default, default],
        [collections.OrderedDict(a=1)] * 2, [types.MappingProxyType({"a": 1})] * 2, [range(3), range(3)], [[], []], [(), ()],
        [{"x": Point(T.ones(1), {"y": (1,)})}] * 3, [collections.UserDict(a=1)] * 2, [collections.deque([1, 2])] * 2,
    ]
    for batch in samples:
        result = D.default_collate(batch)
        yield result, type(result).__name__
        if not isinstance(batch[0], (np.generic, np.ndarray)):
            converted = D.default_convert(batch[0])
            yield converted, type(converted).__name__
    for value in (np.arange(3), np.float32(2), {"a": np.ones(1)}, (np.ones(1), 2), Point(np.ones(1), 2), np.array(["a"]), "text", None):
        converted = D.default_convert(value)
        yield type(converted).__name__, converted if not isinstance(converted, np.ndarray) else 0


@pytest.mark.parametrize("batch", [
    [None, None], [object(), object()], [[1, 2], [3]], [np.array(["a"]), np.array(["b"])], [np.ones(2), np.ones(3)], [{"a": 1}, {"b": 1}],
    [{1}, {2}], [1, "a"], [],
], ids=repr)
def test_collate_errors(batch):
    errors = []
    for package in (torch, flambeau):
        with pytest.raises(Exception) as found:
            package.utils.data.default_collate(batch)
        errors.append((found.type, str(found.value)))
    assert errors[0][0] is errors[1][0]
    assert errors[1][1].startswith(errors[0][1])


@program
def custom_collate(T, D):
    yield epochs(D.DataLoader([[1, 2], [3]], batch_size=2, collate_fn=lambda batch: batch))
    yield epochs(D.DataLoader([1, 2], batch_size=None, collate_fn=lambda sample: sample * 10))


@program
def tensor_dataset(T, D):
    data = D.TensorDataset(T.arange(21.).reshape(7, 3), T.arange(7))
    yield epochs(D.DataLoader(data, batch_size=3, shuffle=True))
    yield epochs(D.DataLoader(data, batch_size=None))
    yield epochs(D.DataLoader(D.Subset(data, [5, 1, 0]), batch_size=2))
    yield epochs(D.DataLoader(D.StackDataset(data, range(7)), batch_size=2))
    yield epochs(D.DataLoader(D.StackDataset(a=data, b=data), batch_size=2))
    yield epochs(D.DataLoader(data + D.Subset(data, [3]), batch_size=3))
    yield epochs(D.DataLoader(data, batch_size=2, sampler=[-1, 0, -7]))
    yield data[2], data[1:3], len(data)


@program
def tensor_dataset_out_of_range(T, D):
    yield epochs(D.DataLoader(D.TensorDataset(T.arange(4)), batch_size=2, sampler=[0, 4]))


@program
def fast_getitems(T, D):
    class Fast(D.Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, i):
            return -1

        def __getitems__(self, indices):
            return [10 * i for i in indices]

    yield epochs(D.DataLoader(Fast(), batch_size=2))
    yield epochs(D.DataLoader(D.Subset(Fast(), [4, 3]), batch_size=2))
    yield epochs(D.DataLoader(D.StackDataset(Fast(), [0] * 5), batch_size=2))


# ---- workers ----------------------------------------------------------------------------------------------------------------------

for options in (
    {"batch_size": 3}, {"batch_size": 2, "shuffle": True}, {"batch_size": None, "shuffle": True}, {"batch_size": 3, "drop_last": True},
    {"batch_size": 2, "prefetch_factor": 1}, {"batch_size": 2, "prefetch_factor": 5, "shuffle": True}, {"persistent_workers": True},
    {"persistent_workers": True, "shuffle": True, "batch_size": 4}, {"sampler": [3, 1, 2], "batch_size": 2},
):
    for count in (1, 2):
        def workers(T, D, options=options, count=count):
            yield epochs(D.DataLoader(noisy(T, D), num_workers=count, **options), 3)
            yield epochs(D.DataLoader(squares(T, D), num_workers=count, generator=T.Generator().manual_seed(9), **options))
        workers.__name__ = f"{count} workers {options}"
        program(workers)

for lengths in ((5, 5), (1, 6), (6, 1), (0, 3), (0, 0)):
    for options in ({"batch_size": 2}, {"batch_size": 2, "drop_last": True}, {"batch_size": None}, {"persistent_workers": True}):
        def streams(T, D, lengths=lengths, options=options):
            yield epochs(D.DataLoader(stream(T, D, lengths), num_workers=2, **options))
            if "persistent_workers" not in options:
                yield epochs(D.DataLoader(stream(T, D, lengths), **options))
        streams.__name__ = f"streams {lengths} {options}"
        program(streams)


@program
def worker_info(T, D):
    class Info(D.Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, i):
            info = D.get_worker_info()
            return info.id, info.num_workers, info.seed, info.dataset is self

    yield D.get_worker_info()
    yield epochs(D.DataLoader(Info(), num_workers=2, batch_size=2))


@program
def init_function(T, D):
    def init(worker):
        D.get_worker_info().dataset.bonus = 100 * worker + int(T.randint(50, ()))

    class Bonus(D.Dataset):
        bonus = 0

        def __len__(self):
            return 6

        def __getitem__(self, i):
            return i + self.bonus

    yield epochs(D.DataLoader(Bonus(), num_workers=2, batch_size=2, worker_init_fn=init))


@program
def continue_after_an_error(T, D):
    class Bad(D.Dataset):
        def __len__(self):
            return 6

        def __getitem__(self, i):
            if i == 2:
                raise KeyError("boom")
            return i

    for count in (0, 1):
        batches = iter(D.DataLoader(Bad(), batch_size=2, num_workers=count))
        yield next(batches)
        with pytest.raises(KeyError, match="boom"):
            next(batches)
        yield next(batches)
        with pytest.raises(StopIteration):
            next(batches)


# ---- errors -----------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments, options", [
    (([1],), {"batch_size": 0}), (([1],), {"batch_size": True}), (([1],), {"batch_size": 1.5}), (([1],), {"shuffle": True, "sampler": [0]}),
    (([1],), {"batch_sampler": [[0]], "batch_size": 2}), (([1],), {"batch_sampler": [[0]], "drop_last": True}),
    (([1],), {"batch_size": None, "drop_last": True}), (([1],), {"num_workers": -1}), (([1],), {"timeout": -1}),
    (([1],), {"prefetch_factor": 2}), (([1],), {"num_workers": 1, "prefetch_factor": -1}), (([1],), {"persistent_workers": True}),
    (([1],), {"multiprocessing_context": "fork"}), (([1],), {"num_workers": 1, "multiprocessing_context": "threads"}),
    (([1],), {"num_workers": 1, "multiprocessing_context": 3}), (([1],), {"drop_last": 1}), (([],), {"shuffle": True}),
], ids=repr)
def test_loader_errors(arguments, options):
    errors = []
    for package in (torch, flambeau):
        with pytest.raises(Exception) as found:
            package.utils.data.DataLoader(*arguments, **options)
        errors.append((found.type, "".join(str(found.value).split()).lower()))
    assert errors[0] == errors[1]


@pytest.mark.parametrize("name", ["batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"])
def test_fixed_attributes(name):
    errors = []
    for package in (torch, flambeau):
        with pytest.raises(ValueError) as found:
            setattr(package.utils.data.DataLoader([1]), name, None)
        errors.append(str(found.value))
    assert errors[0] == errors[1]


def test_every_argument_and_default_is_the_same():
    for name in ("DataLoader", "TensorDataset", "StackDataset", "ConcatDataset", "ChainDataset", "Subset", "random_split",
                 "RandomSampler", "SequentialSampler", "SubsetRandomSampler", "WeightedRandomSampler", "BatchSampler",
                 "DistributedSampler", "default_collate", "default_convert", "get_worker_info"):
        theirs, ours = (inspect.signature(getattr(package.utils.data, name)).parameters for package in (torch, flambeau))
        assert list(theirs) == list(ours), name
        for key in theirs:
            same = theirs[key].kind == ours[key].kind and (theirs[key].default == ours[key].default or key == "generator")
            assert same, (name, key)
