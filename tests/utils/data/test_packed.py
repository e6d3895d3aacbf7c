"""PackedList: a list that forked workers read without copying it."""
import pickle

import pytest

from flambeau.utils.data import DataLoader, Dataset, PackedList


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
