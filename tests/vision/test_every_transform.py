"""Every transform of both name spaces in a loader: the batch is, bit for bit and draw for draw, what the samples one by one make."""
import random

import numpy as np
import pytest

import flambeau
from flambeau.utils.data import DataLoader, default_collate
from flambeau.vision import datasets
from flambeau.vision import transforms as T
from flambeau.vision.transforms import batch
from flambeau.vision.transforms import v2 as V

image = pytest.importorskip("PIL.Image")

# name -> arguments; "tensor": it goes behind the conversion, since it takes no pictures
BOTH = {
    "AugMix": (), "AutoAugment": (), "CenterCrop": (18,), "ColorJitter": (0.3, 0.3, 0.3, 0.1), "ElasticTransform": (10.0, 1.0), "GaussianBlur": (3,),
    "Grayscale": (3,), "Pad": ((1, 2),), "RandAugment": (), "RandomAdjustSharpness": (2,), "RandomAffine": (20, (0.1, 0.1), (0.8, 1.2), 5),
    "RandomAutocontrast": (), "RandomCrop": (16, 2), "RandomEqualize": (), "RandomGrayscale": (0.5,), "RandomHorizontalFlip": (), "RandomInvert": (),
    "RandomPerspective": (), "RandomPosterize": (3,), "RandomResizedCrop": (14,), "RandomRotation": (25,), "RandomSolarize": (100,),
    "RandomVerticalFlip": (), "Resize": ((12, 15),), "TrivialAugmentWide": (),
}
BEHIND = {"Normalize": ([0.4] * 3, [0.3] * 3), "RandomErasing": (0.7,), "ConvertImageDtype": (flambeau.float64,)}
MADE_OF = {
    "RandomApply": lambda space: space.RandomApply([space.RandomRotation(10)], 0.5),
    "RandomChoice": lambda space: space.RandomChoice([space.RandomRotation(10), space.CenterCrop((20, 24))]),
    "RandomOrder": lambda space: space.RandomOrder([space.RandomRotation(10), space.ColorJitter(0.2)]),
    "Lambda": lambda space: space.Lambda(lambda picture: picture),
}
ONLY_V2 = {"RandomChannelPermutation": (), "RandomPhotometricDistort": (), "RandomZoomOut": (0, (1.0, 1.0)), "GaussianNoise": "tensor", "Identity": ()}


def conversion(space):
    return [space.ToImage(), space.ToDtype(flambeau.float32, scale=True)] if space is V else [space.ToTensor()]


CASES = [
    *((space, name, lambda space=space, name=name: [getattr(space, name)(*BOTH[name]), *conversion(space)]) for space in (T, V) for name in BOTH),
    *((space, name, lambda space=space, name=name: [*conversion(space), getattr(space, name)(*BEHIND[name])]) for space in (T, V) for name in BEHIND),
    *((space, name, lambda space=space, name=name: [MADE_OF[name](space), *conversion(space)]) for space in (T, V) for name in MADE_OF),
    *((V, name, lambda name=name: [getattr(V, name)(*ONLY_V2[name]), *conversion(V)]) for name in ONLY_V2 if ONLY_V2[name] != "tensor"),
    (V, "GaussianNoise", lambda: [*conversion(V), V.GaussianNoise()]),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Twelve pictures in two classes."""
    place, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for k in range(12):
        (place / "ab"[k % 2]).mkdir(exist_ok=True)
        image.fromarray(rng.integers(0, 256, (20, 24, 3), np.uint8)).save(place / "ab"[k % 2] / f"{k}.png")
    return place


def seed():
    flambeau.manual_seed(4)
    random.seed(4)
    np.random.seed(4)


def same(data, indices):
    """The data set's own batch, held to its samples; then the state of the generators."""
    seed()
    expected = default_collate([data[index] for index in indices])
    following = flambeau.rand(2).tolist(), random.random()
    seed()
    found = data.__getbatch__(indices)
    if found is NotImplemented:
        found = default_collate([data[index] for index in indices])
    assert (flambeau.rand(2).tolist(), random.random()) == following, "the batch drew other random numbers"
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype and flambeau.equal(one, other)


@pytest.mark.parametrize("compiled", [False, True], ids=["", "compiled"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{'v2 ' if case[0] is V else ''}{case[1]}")
def test_in_a_folder_of_images(case, folder, compiled, monkeypatch):
    monkeypatch.setattr(batch, "COMPILED_FROM", 0 if compiled else 1 << 60)
    space, _, make = case
    same(datasets.ImageFolder(folder, space.Compose(make())), [3, 0, 7, 7])


@pytest.mark.parametrize("transform", [
    T.Compose([T.RandomCrop(16, 2), T.ToTensor(), T.Normalize([0.4] * 3, [0.3] * 3)]),
    T.Compose([T.RandomRotation(20), T.ToTensor(), T.RandomHorizontalFlip()]),
    T.Compose([T.Resize(9), T.PILToTensor()]),
])  # fmt: skip
def test_by_workers(transform, folder):
    """What workers send unfinished is the batch of one process with their seeds."""
    data = datasets.ImageFolder(folder, transform, target_transform=lambda target: target * 10)
    flambeau.manual_seed(2)
    loader = DataLoader(data, 4, num_workers=2)
    found = [*loader]
    flambeau.manual_seed(2)
    base = int(flambeau.empty((), dtype=flambeau.int64).random_().item())
    for worker in range(2):
        flambeau.manual_seed(base + worker)
        for number in range(worker, 3, 2):
            expected = default_collate([data[index] for index in range(4 * number, 4 * number + 4)])
            for one, other in zip(found[number], expected, strict=True):
                assert one.dtype == other.dtype and flambeau.equal(one, other)


def test_another_default_dtype_than_the_workers(folder):
    iterator = iter(DataLoader(datasets.ImageFolder(folder, T.ToTensor()), 4, num_workers=1, prefetch_factor=1))
    next(iterator)
    flambeau.set_default_dtype(flambeau.float64)
    try:
        assert next(iterator)[0].dtype == flambeau.float32 and flambeau.get_default_dtype() == flambeau.float64
    finally:
        flambeau.set_default_dtype(flambeau.float32)
        del iterator


def test_a_table_of_images(folder, tmp_path):
    (tmp_path / "t.csv").write_text("file,label\n" + "".join(f"{'ab'[k % 2]}/{k}.png,{k}\n" for k in range(12)))
    same(datasets.ImageTable(tmp_path / "t.csv", folder, T.Compose([T.ColorJitter(0.2), T.RandomCrop(15), T.ToTensor()])), [2, 1, 5])
