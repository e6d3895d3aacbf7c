"""The fast path: whole batches must be, bit for bit and draw for draw, what samples one by one make."""

import numpy as np
import pytest

import flambeau
from flambeau.utils.data import default_collate
from flambeau.vision import datasets
from flambeau.vision import transforms as T
from flambeau.vision.datasets.vision import ArrayDataset, Source
from flambeau.vision.transforms import batch as batch_module
from flambeau.vision.transforms import v2 as V
from flambeau.vision.transforms.batch import BatchPipeline, takes_arrays

pytest.importorskip("PIL")


class Pictures(ArrayDataset):
    """Random pictures in memory, grey or in colour."""

    train = True
    source = Source("folder", "nowhere")

    def __init__(self, channels, transform=None, target_transform=None):
        super().__init__(None, transform=transform, target_transform=target_transform)
        shape = (50, 30, 28) if channels == 1 else (50, 30, 28, channels)
        self.data = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)

    def _pictures(self):
        return self.data

    def _labels(self, indices):
        return np.asarray(indices) % 10

    def __len__(self):
        return len(self.data)


BATCHED = {
    "to tensor": lambda: T.ToTensor(),
    "normalize": lambda: T.Compose([T.ToTensor(), T.Normalize([0.4], [0.3])]),
    "normalize in place": lambda: T.Compose([T.ToTensor(), T.Normalize([0.4], [0.3], inplace=True)]),
    "crop and flip": lambda: T.Compose([T.RandomCrop(28, padding=4), T.RandomHorizontalFlip(), T.ToTensor()]),
    "all places": lambda: T.Compose(
        [
            T.RandomVerticalFlip(0.3), T.Pad((1, 2, 3, 4), fill=7), T.RandomCrop((20, 29)), T.CenterCrop(22), T.RandomHorizontalFlip(0.8),
            T.ToTensor(),
        ]
    ),
    "after to tensor": lambda: T.Compose([T.ToTensor(), T.RandomCrop(24, padding=2, padding_mode="reflect"), T.RandomHorizontalFlip()]),
    "nested": lambda: T.Compose([T.Compose([T.RandomCrop(26), T.Compose([T.ToTensor()])]), T.CenterCrop((40, 20))]),
    "larger than the image": lambda: T.Compose([T.RandomCrop(40, pad_if_needed=True, padding_mode="edge"), T.ToTensor()]),
    "nothing to draw": lambda: T.Compose([T.RandomCrop((30, 28)), T.ToTensor()]),
    "bytes": lambda: T.Compose([T.PILToTensor(), T.RandomHorizontalFlip()]),
    "scaled": lambda: T.Compose([T.PILToTensor(), T.ConvertImageDtype(flambeau.float64)]),
    "grey": lambda: T.Compose([T.Grayscale(), T.ToTensor()]),
    "three greys": lambda: T.Compose([T.Grayscale(3), T.ToTensor(), T.Normalize((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))]),
    "v2": lambda: V.Compose([V.ToImage(), V.ToDtype(flambeau.float32, scale=True), V.Normalize([0.4], [0.3])]),
    "v2 places": lambda: V.Compose(
        [
            V.RandomCrop((30, 20), padding=[2, 0]), V.RandomCrop(18), V.ToImage(), V.RandomHorizontalFlip(),
            V.ToDtype(flambeau.float64, scale=True),
        ]
    ),
    "v2 unscaled": lambda: V.Compose([V.PILToTensor(), V.ToDtype(flambeau.float32), V.RandomVerticalFlip()]),
}  # fmt: skip


@pytest.mark.parametrize("compiled", [False, True], ids=["numpy", "compiled"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", BATCHED)
def test_batches_are_what_samples_make(name, channels, compiled, monkeypatch):
    monkeypatch.setattr(batch_module, "COMPILED_FROM", 0 if compiled else 1 << 60)
    data = Pictures(channels, BATCHED[name]())
    indices = [7, 3, 49, 0, 3, -1, *range(20, 40)]
    flambeau.manual_seed(5)
    expected = default_collate([data[index] for index in indices])
    following = flambeau.rand(3)
    flambeau.manual_seed(5)
    batch = data.__getbatch__(indices)
    assert flambeau.equal(flambeau.rand(3), following), "the batch drew another number of random words"
    assert type(batch) is type(expected) and len(batch) == 2
    for one, other in zip(batch, expected, strict=True):
        assert one.dtype == other.dtype and one.shape == other.shape and flambeau.equal(one, other)
    assert batch[0].is_contiguous()


@pytest.mark.parametrize("name, compiled", [
    ("normalize", True), ("crop and flip", True), ("all places", False), ("v2", True), ("nothing to draw", True), ("after to tensor", False),
    ("grey", False), ("bytes", False), ("scaled", False),
])  # fmt: skip
def test_which_are_compiled(name, compiled, monkeypatch):
    monkeypatch.setattr(batch_module, "COMPILED_FROM", 0)
    pipeline, found = BatchPipeline.of(BATCHED[name]()), []
    monkeypatch.setattr(BatchPipeline, "_run", staticmethod(lambda *arguments: found.append("numpy")))
    images = np.random.default_rng(0).integers(0, 256, (5, 30, 37, 3), np.uint8).transpose(0, 3, 1, 2)
    assert (pipeline(images) is not None) is compiled and bool(found) is not compiled


@pytest.mark.parametrize("channels, fill", [(1, 9), (3, 0), (3, (1, 2, 250))])
def test_windows_anywhere_mirrored_or_not(channels, fill, monkeypatch):
    """Borders wider than windows, windows of a few pixels and of whole lines: all that the compiled loop tells apart."""
    monkeypatch.setattr(batch_module, "COMPILED_FROM", 0)
    images = np.random.default_rng(0).integers(0, 256, (9, 21, 19, channels), np.uint8).transpose(0, 3, 1, 2)
    rows = np.array([3, -1, 0, 8, 3, 5, *range(9)])
    for size in ((1, 1), (3, 30), (21, 19), (9, 17), (45, 43)):
        pipeline = BatchPipeline.of(T.Compose([
            T.Pad(3, fill), T.RandomCrop(size, padding=(9, 12), fill=fill), T.RandomHorizontalFlip(), T.RandomVerticalFlip(), T.ToTensor()]))
        flambeau.manual_seed(1)
        words = batch_module.random_words(len(rows) * 4).reshape(len(rows), 4)
        plan = pipeline._plan(images.shape[1:])
        fast, slow = pipeline._compiled(plan, images, words, rows), pipeline._run(plan, images[rows], words)
        assert fast is not None
        np.testing.assert_array_equal(fast, slow)


def test_pictures_that_are_not_there(monkeypatch):
    monkeypatch.setattr(batch_module, "COMPILED_FROM", 0)
    data = Pictures(1, T.ToTensor())
    data._labels = lambda indices: np.zeros(len(indices), np.int64)
    for indices in ([0, 50], [-51], [2**62]):
        with pytest.raises(IndexError, match="out of bounds"):
            data.__getbatch__(indices)


@pytest.mark.parametrize("make", [list, np.array, flambeau.tensor], ids=["list", "array", "tensor"])
def test_what_a_transform_holds_may_change(make):
    mean = make([0.5])
    transform = T.Compose([T.ToTensor(), T.Normalize(mean, [0.25])])
    pipeline = BatchPipeline.of(transform)
    assert pipeline.is_current(transform) and pipeline.is_current(transform)
    mean[0] = 0.25
    assert not pipeline.is_current(transform)
    mean[0] = 0.5
    assert pipeline.is_current(transform)
    transform.transforms[1].std = (0.5,)
    assert not pipeline.is_current(transform)
    transform.transforms[1].std = [0.25]
    assert pipeline.is_current(transform)
    transform.transforms[1].inplace = True
    assert not pipeline.is_current(transform)


def test_batches_do_not_touch_the_data():
    data = Pictures(3, T.Compose([T.RandomHorizontalFlip(1.0), T.PILToTensor()]))
    before = data.data.copy()
    batch, _ = data.__getbatch__([0, 1])
    batch.fill_(0)
    np.testing.assert_array_equal(data.data, before)


class Doubled(T.ToTensor):
    """A user's class, which no longer does what its batch form does."""

    def forward(self, pic):
        return super().forward(pic) * 2


class Whole(T.ToTensor):
    """A user's class that has a batch form of its own."""

    def forward(self, pic):
        return super().forward(pic) * 2

    def batch(self, images, words):
        return super().batch(images, words) * 2


ONE_BY_ONE = {
    "no transform": lambda: None,
    "a function": lambda: len,
    "stays a picture": lambda: T.CenterCrop(3),
    "a zero std": lambda: T.Compose([T.ToTensor(), T.Normalize([0.5], [0.0])]),
    "before to tensor": lambda: T.Compose([T.Normalize([0.5], [0.5])]),
    "overridden": Doubled,
    "a lambda": lambda: T.Compose([T.ToTensor(), T.Lambda(lambda image: image)]),
}


PARTLY = {
    "Pillow's resampling": lambda: T.Compose([T.Resize(10), T.RandomHorizontalFlip(), T.ToTensor()]),
    "varying draws": lambda: T.Compose([T.RandomResizedCrop(10), T.ToTensor(), T.Normalize([0.4], [0.3])]),
    "draws on both sides": lambda: T.Compose([T.RandomRotation(30), T.RandomCrop(20), T.ToTensor(), T.RandomVerticalFlip()]),
    "a function": lambda: T.Compose([lambda picture: picture.transpose(2), T.ToTensor()]),
    "half a byte": lambda: T.Compose([T.Pad(1, fill=0.5), T.ToTensor()]),
    "another mode": lambda: T.Compose([lambda picture: picture.convert("I"), T.ToTensor()]),
    "v2": lambda: V.Compose([V.ColorJitter(0.3), V.RandomCrop(20), V.ToImage(), V.ToDtype(flambeau.float32, scale=True)]),
}


def same_as_samples(data, indices):
    """The batch that the data set gives, held to its samples, draw for draw."""
    flambeau.manual_seed(5)
    expected = default_collate([data[index] for index in indices])
    following = flambeau.rand(3)
    flambeau.manual_seed(5)
    batch = data.__getbatch__(indices)
    assert flambeau.equal(flambeau.rand(3), following), "the batch drew another number of random words"
    for one, other in zip(batch, expected, strict=True):
        assert one.dtype == other.dtype and one.shape == other.shape and flambeau.equal(one, other)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", PARTLY)
def test_first_steps_one_by_one_the_last_at_once(name, channels):
    assert BatchPipeline.of(PARTLY[name]()) is None
    same_as_samples(Pictures(channels, PARTLY[name]()), [7, 3, 49, 0, 3])


def test_pictures_that_differ_are_finished_one_by_one():
    def one_in_two(picture):
        return picture.convert("F" if picture.getpixel((0, 0)) % 2 else "L")

    same_as_samples(Pictures(1, T.Compose([one_in_two, T.RandomHorizontalFlip(), T.ToTensor()])), list(range(20)))
    sizes = Pictures(1, T.Compose([lambda picture: picture.resize((20 + picture.getpixel((0, 0)) % 2, 20)), T.ToTensor()]))
    with pytest.raises(RuntimeError, match="stack expects each tensor to be equal size"):
        sizes.__getbatch__(list(range(20)))


def test_an_error_names_the_sample():
    data = Pictures(1, T.Compose([T.ToTensor(), T.ToTensor()]))
    with pytest.raises(TypeError, match="pic should be PIL Image or ndarray") as caught:
        data.__getbatch__([3, 4])
    assert caught.value.__notes__ == ["while loading sample 3 of Pictures"]


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_what_takes_no_batches_says_so(name):
    assert Pictures(1, ONE_BY_ONE[name]()).__getbatch__([0, 1]) is NotImplemented
    assert BatchPipeline.of(ONE_BY_ONE[name]()) is None


def test_a_users_class_may_take_batches():
    data = Pictures(1, Whole())
    assert flambeau.equal(data.__getbatch__([3])[0], default_collate([data[3]])[0])
    assert takes_arrays(T.ToTensor()) and takes_arrays(T.Compose([V.ToImage()]))
    assert not takes_arrays(Doubled()) and not takes_arrays(None) and not takes_arrays(T.PILToTensor())


def test_a_subclass_that_gives_other_samples_gives_no_batches():
    class Other(Pictures):
        def __getitem__(self, index):
            return 0, 0

    assert Other(1, T.ToTensor()).__getbatch__([0]) is NotImplemented


def test_targets_are_transformed_one_by_one():
    def one_hot(target):
        return flambeau.zeros(10).scatter_(0, flambeau.tensor(target), value=1)

    data = Pictures(1, T.ToTensor(), one_hot)
    images, targets = data.__getbatch__([2, 13])
    assert targets.tolist() == [one_hot(2).tolist(), one_hot(3).tolist()] and tuple(images.shape) == (2, 1, 30, 28)
    data.transform = T.Compose([T.RandomHorizontalFlip(), T.ToTensor()])
    data.target_transform = lambda target: target + flambeau.rand(2)  # draws between those of the images
    same_as_samples(data, [2, 13, 5])


def test_changed_data_are_seen():
    data = datasets.FashionMNISTSample(transform=T.ToTensor())
    data.data, data.targets = data.data[:10], data.targets[:10]
    data.data[3] = 255
    data.targets[3] = 42
    images, targets = data.__getbatch__([3, 4])
    assert float(images[0].min()) == 1.0 and targets[0].item() == 42
    data.targets = list(range(10))
    assert data.__getbatch__([3])[1].tolist() == [3] and data[3][1] == 3
    with pytest.raises(IndexError):
        data.__getbatch__([10])


def test_another_default_dtype():
    flambeau.set_default_dtype(flambeau.float64)
    try:
        data = Pictures(1, T.ToTensor())
        assert data.__getbatch__([1])[0].dtype == data[1][0].dtype == flambeau.float64
    finally:
        flambeau.set_default_dtype(flambeau.float32)
