"""PackedList: a list that forked workers read without copying it."""
import pickle

import pytest

from flambeau.utils.data import DataLoader, Dataset, PackedList, Subset, packed


def test_a_read_only_list():
    items = [{"file": f"{i}.png", "label": i} for i in range(100)]
    packed = PackedList(items)
    assert len(packed) == 100 and packed[3] == items[3] and packed[-1] == items[-1] and packed[5:8] == items[5:8]
    assert list(packed) == items and items[7] in packed and packed.index(items[9]) == 9
    assert pickle.loads(pickle.dumps(packed))[42] == items[42]
    assert repr(packed).startswith("PackedList(100 elements, ")
    for index in (100, -101):
        with pytest.raises(IndexError, match=f"index {index} is out of range for a PackedList of 100 elements"):
            packed[index]
    with pytest.raises(TypeError):
        packed[0] = 1


def test_empty():
    assert list(PackedList([])) == [] and len(PackedList(iter([]))) == 0


def test_in_a_dataset_with_workers():
    class Files(Dataset):
        def __init__(self):
            self.records = PackedList((f"{i}.png", i) for i in range(20))

        def __len__(self):
            return len(self.records)

        def __getitem__(self, i):
            return self.records[i]

    names, labels = [], []
    for name, label in DataLoader(Files(), batch_size=6, num_workers=2):
        names.extend(name)
        labels.extend(label.tolist())
    assert labels == list(range(20)) and names[19] == "19.png"


class Held(Dataset):
    def __init__(self, records):
        self.records = records

    def __len__(self):
        return len(self.records)

    def __getitem__(self, index):
        return self.records[index]["label"]


@pytest.mark.parametrize("kind", [list, tuple, lambda items: dict(enumerate(items))], ids=["list", "tuple", "dict"])
def test_a_large_plain_list_is_told_of(kind, monkeypatch):
    monkeypatch.setattr(packed, "MANY", 50)
    monkeypatch.setattr(packed, "MUCH", 50_000)
    records = [{"file": f"{i}.png", "label": i} for i in range(200)]
    loader = DataLoader(Subset(Held(kind(records)), [3, 150]), batch_size=None, num_workers=1, multiprocessing_context="fork")
    with pytest.warns(UserWarning, match=r"Held.records is a \w+ of 200 Python objects, .*PackedList"):
        assert list(loader) == [3, 150]


def test_what_is_packed_or_small_or_no_object_is_not(monkeypatch, recwarn):
    monkeypatch.setattr(packed, "MANY", 50)
    monkeypatch.setattr(packed, "MUCH", 50_000)
    records = [{"file": f"{i}.png", "label": i} for i in range(200)]
    for some in (PackedList(records), records[:40], [None] * 200):
        packed.warn_of_copies(Held(some), 1)
    circle = Held([])
    circle.dataset = circle
    packed.warn_of_copies(circle, 1)
    assert not recwarn.list
