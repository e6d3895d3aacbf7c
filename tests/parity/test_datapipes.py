"""Data pipes beside PyTorch's: the same samples in the same order, by themselves and in loaders."""
import warnings

import pytest

import flambeau

torch = pytest.importorskip("torch")
graph_settings = pytest.importorskip("torch.utils.data.graph_settings")  # torch.utils.data has it once it is imported

BOTH = (flambeau, torch)


def odd(x):
    return x % 2


def even(x):
    return x % 2 == 0


def third(x):
    return x % 3


def twice(x):
    return 2 * x


def add(a, b):
    return a + b


def rows(dp):
    return dp.iter.IterableWrapper([(k, k + 1, k * k) for k in range(5)])


def dicts(dp):
    return dp.iter.IterableWrapper([{"a": k, "b": 10 * k} for k in range(4)])


def numbers(dp, n=20):
    return dp.iter.IterableWrapper(range(n))


ITER = {
    "map": lambda dp: numbers(dp).map(twice),
    "map a column": lambda dp: rows(dp).map(twice, input_col=1),
    "map two columns into one": lambda dp: rows(dp).map(add, input_col=(0, 2)),
    "map into another": lambda dp: rows(dp).map(add, input_col=[0, 1], output_col=2),
    "map into a new last one": lambda dp: rows(dp).map(twice, input_col=0, output_col=-1),
    "map keys": lambda dp: dicts(dp).map(add, input_col=["a", "b"], output_col="c"),
    "filter": lambda dp: numbers(dp).filter(even),
    "filter a column": lambda dp: rows(dp).filter(even, input_col=0),
    "batch": lambda dp: numbers(dp).batch(3),
    "batch, whole ones": lambda dp: numbers(dp).batch(3, drop_last=True),
    "unbatch": lambda dp: numbers(dp).batch(3).batch(2).unbatch(),
    "unbatch 2": lambda dp: numbers(dp).batch(3).batch(2).unbatch(unbatch_level=2),
    "unbatch all": lambda dp: numbers(dp).batch(3).batch(2).unbatch(unbatch_level=-1),
    "unbatch 0": lambda dp: numbers(dp).batch(3).unbatch(unbatch_level=0),
    "shuffle": lambda dp: numbers(dp).shuffle(),
    "a small buffer": lambda dp: numbers(dp).shuffle(buffer_size=4),
    "shuffle batches": lambda dp: numbers(dp).batch(4).shuffle(unbatch_level=1),
    "a seed": lambda dp: numbers(dp).shuffle().set_seed(3),
    "not shuffled": lambda dp: numbers(dp).shuffle().set_shuffle(False),
    "concat": lambda dp: numbers(dp, 3).concat(numbers(dp, 2)),
    "zip": lambda dp: numbers(dp, 5).zip(numbers(dp, 3)),
    "mux": lambda dp: numbers(dp, 5).mux(numbers(dp, 3), numbers(dp, 9)),
    "groupby": lambda dp: numbers(dp).groupby(third, group_size=4),
    "groupby with a full buffer": lambda dp: numbers(dp).groupby(third, buffer_size=5, group_size=3, guaranteed_group_size=2),
    "groupby, dropping": lambda dp: numbers(dp).groupby(third, buffer_size=4, group_size=4, guaranteed_group_size=3, drop_remaining=True),
    "groupby with keys": lambda dp: numbers(dp).groupby(third, group_size=4, keep_key=True),
    "fork": lambda dp: dp.iter.Zipper(*numbers(dp).fork(3)),
    "demux": lambda dp: dp.iter.Concater(*numbers(dp).demux(2, odd)),
    "sharding": lambda dp: numbers(dp).sharding_filter(),
    "sampler": lambda dp: dp.iter.Sampler(numbers(dp)),
    "map-style": lambda dp: dp.map.SequenceWrapper(range(9)).map(twice).shuffle(),
}
MAP = {
    "map": lambda dp: dp.map.SequenceWrapper(range(9)).map(twice),
    "batch": lambda dp: dp.map.SequenceWrapper(range(9)).batch(4),
    "batch, whole ones": lambda dp: dp.map.SequenceWrapper(range(9)).batch(4, drop_last=True),
    "concat": lambda dp: dp.map.SequenceWrapper(range(3)).concat(dp.map.SequenceWrapper(range(4))),
    "zip": lambda dp: dp.map.SequenceWrapper(range(3)).zip(dp.map.SequenceWrapper(range(4))),
}


def both(make):
    found = []
    for library in BOTH:
        library.manual_seed(5)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.append([make(library), library.rand(1).item()])
    return found


@pytest.mark.parametrize("name", ITER)
def test_streams(name):
    def twice_read(library):
        pipe = ITER[name](library.utils.data.datapipes)
        try:
            length = len(pipe)
        except TypeError:
            length = None
        return list(pipe), list(pipe), length, repr(pipe)

    ours, theirs = both(twice_read)
    assert ours == theirs


@pytest.mark.parametrize("name", MAP)
def test_maps(name):
    def read(library):
        pipe = MAP[name](library.utils.data.datapipes)
        return [pipe[k] for k in range(len(pipe))], list(pipe), repr(pipe)

    ours, theirs = both(read)
    assert ours == theirs


@pytest.mark.parametrize("workers", [0, 1, 2])
@pytest.mark.parametrize("name", ["map", "shuffle", "shuffle and share", "batch", "shuffled by the loader"])
def test_in_loaders(name, workers):
    def read(library):
        dp = library.utils.data.datapipes
        pipe = {
            "map": lambda: numbers(dp).map(twice),
            "shuffle": lambda: numbers(dp).shuffle(),
            "shuffle and share": lambda: numbers(dp).shuffle(buffer_size=7).sharding_filter(),
            "batch": lambda: numbers(dp).batch(3).map(list),
            "shuffled by the loader": lambda: numbers(dp).shuffle().set_shuffle(False).sharding_filter(),
        }[name]()
        shuffle = True if name == "shuffled by the loader" else None
        loader = library.utils.data.DataLoader(pipe, batch_size=3, num_workers=workers, shuffle=shuffle, persistent_workers=workers == 2)

        def plain(batch):
            return batch.tolist() if hasattr(batch, "tolist") else [part.tolist() for part in batch]

        return [[plain(batch) for batch in loader] for _ in range(2)]

    ours, theirs = both(read)
    assert ours == theirs


BAD = {
    "no function": lambda dp: numbers(dp).map(3),
    "an output without an input": lambda dp: numbers(dp).map(twice, output_col=1),
    "no bool": lambda dp: list(numbers(dp).filter(third)),
    "a batch of none": lambda dp: numbers(dp).batch(0),
    "too deep": lambda dp: list(numbers(dp).batch(2).unbatch(unbatch_level=2)),
    "no pipe": lambda dp: numbers(dp).zip([1, 2]),
    "a class that is not there": lambda dp: list(dp.iter.Concater(*numbers(dp).demux(2, third))),
    "a buffer too small": lambda dp: list(numbers(dp).fork(2, buffer_size=3)[0]),
    "a buffer of demux too small": lambda dp: list(numbers(dp).demux(2, odd, buffer_size=3)[0]),
    "no operation": lambda dp: numbers(dp).mapp(twice),
    "no length": lambda dp: len(numbers(dp).filter(even)),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be(name):
    errors = []
    for library in BOTH:
        with pytest.raises(Exception) as found, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            BAD[name](library.utils.data.datapipes)
        errors.append(type(found.value))
    assert errors[0] is errors[1]


def test_a_shuffler_that_is_added():
    """PyTorch says that it adds one, and reads on without it."""
    pipe = numbers(flambeau.utils.data.datapipes)
    with pytest.warns(UserWarning, match="Adding one at the end"):
        loader = flambeau.utils.data.DataLoader(pipe, batch_size=20, shuffle=True)
    first, second = next(iter(loader)).tolist(), next(iter(loader)).tolist()
    assert first != second and sorted(first) == sorted(second) == list(range(20))


def test_sharing_out_twice_loses_samples():
    for library in BOTH:
        with pytest.raises(RuntimeError, match="Sharding twice"):
            library.utils.data.graph_settings.apply_sharding(numbers(library.utils.data.datapipes).sharding_filter().sharding_filter(), 2, 0)


def test_one_iterator_at_a_time():
    for library in BOTH:
        pipe = numbers(library.utils.data.datapipes)
        first, second = iter(pipe), iter(pipe)
        assert next(first) == 0 and next(second) == 0
        with pytest.raises(RuntimeError, match="invalidated"):
            next(first)
        assert next(second) == 1
