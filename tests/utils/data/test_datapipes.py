"""Data pipes by themselves; tests/parity/test_datapipes.py compares all operations with PyTorch's."""
import pickle

import pytest

import flambeau
from flambeau.utils.data import DataLoader, IterDataPipe, MapDataPipe, functional_datapipe
from flambeau.utils.data.datapipes.iter import IterableWrapper, RoutedDecoder, StreamReader
from flambeau.utils.data.datapipes.map import SequenceWrapper


def test_a_line_of_operations():
    pipe = IterableWrapper(range(10)).filter(lambda x: x % 2 == 0).map(lambda x: x * x).batch(2)
    assert [*pipe] == [*pipe] == [[0, 4], [16, 36], [64]]
    assert [*SequenceWrapper("abc").map(str.upper).batch(2)] == [["A", "B"], ["C"]]


def test_an_operation_of_ones_own():
    @functional_datapipe("thrice_each")
    class Thrice(IterDataPipe):
        def __init__(self, source):
            self.source = source

        def __iter__(self):
            for sample in self.source:
                yield from [sample] * 3

    try:
        assert [*IterableWrapper([1, 2]).thrice_each()] == [1, 1, 1, 2, 2, 2]
        with pytest.raises(Exception, match="already taken"):
            functional_datapipe("thrice_each")(Thrice)
    finally:
        del IterDataPipe.functions["thrice_each"]
    with pytest.raises(TypeError, match="neither"):
        functional_datapipe("x")(int)
    assert "thrice_each" not in MapDataPipe.functions


def test_files(tmp_path):
    for name in ("b.txt", "a.txt", "c.csv"):
        (tmp_path / name).write_text(name * 2)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "e.txt").write_text("e")
    listed = IterableWrapper([str(tmp_path)]).list_files("*.txt", recursive=True)
    names = [str(tmp_path / name) for name in ("a.txt", "b.txt", "d/e.txt")]
    assert [*listed] == names
    assert [*StreamReader(listed.open_files())] == list(zip(names, ["a.txta.txt", "b.txtb.txt", "e"], strict=True))


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_loader_resumes(workers, at):
    """The seed of the shuffling is part of a loader's place."""
    def make():
        return DataLoader(IterableWrapper(range(20)).shuffle(buffer_size=8).sharding_filter(), 3, num_workers=workers)

    flambeau.manual_seed(2)
    loader = make()
    batches = iter(loader)
    before = [next(batches).tolist() for _ in range(at)]
    state = pickle.loads(pickle.dumps(loader.state_dict()))
    rest = [batch.tolist() for batch in batches]
    flambeau.manual_seed(9)
    again = make()
    again.load_state_dict(state)
    assert [batch.tolist() for batch in again] == rest and sorted(sum(before + rest, [])) == list(range(20))


def test_workers_share_a_stream_without_losing_any():
    loader = DataLoader(IterableWrapper(range(17)).shuffle().sharding_filter(), None, num_workers=2)
    assert sorted(loader) == list(range(17)) and len({*map(tuple, ([*loader], [*loader]))}) == 2


def test_what_there_is_not():
    with pytest.raises(NotImplementedError, match=r"decode with \.map"):
        RoutedDecoder(IterableWrapper([]))
    with pytest.raises(AttributeError, match="'shufle'"):
        IterableWrapper([]).shufle()
