"""From samples to batches."""
import collections

import numpy as np
import pytest

import flambeau
from flambeau.utils.data import default_collate, default_convert
from flambeau.utils.data.collate import collate, default_collate_fn_map, is_default

Point = collections.namedtuple("Point", "x y")


def same(found, values, dtype):
    assert isinstance(found, flambeau.Tensor) and found.dtype == dtype and found.tolist() == values
    return True


def test_numbers_and_arrays():
    assert same(default_collate([1, 2]), [1, 2], flambeau.int64)
    assert same(default_collate([1.5, 2.0]), [1.5, 2.0], flambeau.float64)
    assert same(default_collate([True, False]), [True, False], flambeau.bool)
    assert same(default_collate([np.float32(1), np.float32(2)]), [1.0, 2.0], flambeau.float32)
    assert same(default_collate([np.float64(1), np.float64(2)]), [1.0, 2.0], flambeau.float64)
    assert same(default_collate([np.ones(2), np.zeros(2)]), [[1.0, 1.0], [0.0, 0.0]], flambeau.float64)
    assert same(default_collate([flambeau.ones(2), flambeau.zeros(2)]), [[1.0, 1.0], [0.0, 0.0]], flambeau.float32)
    assert default_collate(["a", "b"]) == ["a", "b"] and default_collate([b"a"]) == [b"a"]


def test_nested():
    batch = default_collate([{"a": i, "b": {"c": [i, float(i)]}, "p": Point(i, (i, "t"))} for i in range(2)])
    assert list(batch) == ["a", "b", "p"] and same(batch["a"], [0, 1], flambeau.int64)
    assert isinstance(batch["b"]["c"], list) and same(batch["b"]["c"][1], [0.0, 1.0], flambeau.float64)
    assert isinstance(batch["p"], Point) and batch["p"].y[1] == ("t", "t")
    first, second = default_collate([(1, 2.0), (3, 4.0)])
    assert same(first, [1, 3], flambeau.int64) and same(second, [2.0, 4.0], flambeau.float64)


def test_containers_keep_their_kind():
    counts = collections.defaultdict(list, a=1)
    batch = default_collate([counts, counts])
    assert type(batch) is collections.defaultdict and batch.default_factory is list and counts["a"] == 1
    assert type(default_collate([collections.UserList([1]), collections.UserList([2])])) is collections.UserList
    assert type(default_collate([(1,), (2,)])) is list
    assert type(default_collate([range(2), range(2)])) is list


@pytest.mark.parametrize("batch, kind, message", [
    ([None, None], TypeError, "found <class 'NoneType'>"),
    ([np.array(["a"])], TypeError, "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found <U1"),
    ([[1, 2], [3]], RuntimeError, r"each element in list of batch should be of equal size: the samples have \[1, 2\] elements"),
    ([{"a": 1}, {"b": 1}], KeyError, "a"),
])
def test_errors(batch, kind, message):
    with pytest.raises(kind, match=message):
        default_collate(batch)


def test_tensors_of_different_shapes():
    with pytest.raises(RuntimeError, match="stack"):
        default_collate([flambeau.ones(2), flambeau.ones(3)])


def test_a_type_of_ones_own():
    class Length(float):
        pass

    functions = {Length: lambda batch, collate_fn_map: sum(batch), **default_collate_fn_map}
    assert collate([(Length(1), 2), (Length(3), 4)], collate_fn_map=functions)[0] == 4.0
    with pytest.raises(TypeError, match="found <class 'int'>"):
        collate([1])
    with pytest.raises(TypeError, match="found <class 'str'>"):
        collate(["ab", "cd"])


def test_a_changed_map_ends_the_reading_of_whole_batches(monkeypatch):
    assert is_default(default_collate) and not is_default(lambda batch: batch)
    monkeypatch.setitem(default_collate_fn_map, set, lambda batch, collate_fn_map: batch)
    assert not is_default(default_collate)
    assert default_collate([{1}, {2}]) == [{1}, {2}]


def test_convert():
    array = np.arange(3.0)
    tensor = default_convert(array)
    array[0] = 7
    assert tensor.tolist() == [7.0, 1.0, 2.0]
    converted = default_convert({"a": array, "b": (array, "text"), "c": Point(array, None)})
    assert isinstance(converted["a"], flambeau.Tensor) and type(converted["b"]) is list and converted["b"][1] == "text"
    assert type(converted["c"]) is Point and converted["c"].y is None
    words = np.array(["a"])
    assert default_convert(words) is words and default_convert(3) == 3 and default_convert(range(2)) == [0, 1]
    assert same(default_convert(np.float32(2)), 2.0, flambeau.float32)
