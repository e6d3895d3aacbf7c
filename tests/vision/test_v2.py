"""transforms.v2: whole samples, of which the images change alike and all else passes."""

from collections import namedtuple

import numpy as np
import pytest

import flambeau
from flambeau.vision.transforms import v2 as V
from flambeau.vision.transforms.v2 import functional as F

from .conftest import scene

Pair = namedtuple("Pair", "image label")


def image() -> flambeau.Tensor:
    return flambeau.from_numpy(scene(30, 37).transpose(2, 0, 1).copy())


def test_only_the_images_of_a_sample_change(photo):
    flip = V.RandomHorizontalFlip(p=1.0)
    label, box = flambeau.tensor(3), {"name": "cat", "size": 2.5}
    flipped, same, (again, kept) = flip(image(), label, [image(), box])
    assert flambeau.equal(flipped, F.horizontal_flip(image())) and same is label and kept == box
    assert flambeau.equal(again, image()), "the first tensor is the image, further ones are not"
    result = flip({"image": photo, "tensor": image(), "none": None})
    assert result["image"].tobytes() == F.hflip(photo).tobytes() and flambeau.equal(result["tensor"], image())
    pair = flip(Pair(image(), 1))
    assert isinstance(pair, Pair) and flambeau.equal(pair.image, flipped) and pair.label == 1


def test_images_of_a_sample_change_alike(photo):
    flambeau.manual_seed(0)
    crop = V.RandomCrop(10)
    for _ in range(5):
        one, other = crop(photo, photo)
        assert one.tobytes() == other.tobytes()
    with pytest.raises(ValueError, match="Found multiple CxHxW dimensions"):
        crop(photo, photo.resize((20, 20)))
    with pytest.raises(TypeError, match="No image or video was found"):
        crop("no image")


def test_a_users_transform():
    class Shift(V.Transform):
        def make_params(self, flat_inputs):
            return {"by": len(flat_inputs)}

        def transform(self, inpt, params):
            return inpt + params["by"]

    assert Shift()(flambeau.zeros(1, 1, 1), "label")[0].item() == 1.0


def test_to_image_and_to_dtype(photo):
    assert flambeau.equal(V.ToImage()(photo), image()) and V.ToImage()(photo).dtype == flambeau.uint8
    assert flambeau.equal(V.ToImage()(scene(30, 37)), image()) and tuple(V.ToImage()(scene(30, 37)[:, :, 0]).shape) == (1, 30, 37)
    scaled = V.ToDtype(flambeau.float32, scale=True)(image())
    np.testing.assert_array_equal(scaled.numpy(), image().numpy() * np.float32(1 / 255))
    assert V.ToDtype(flambeau.float32)(image()).max().item() == image().max().item()
    assert flambeau.equal(V.ToDtype(flambeau.uint8, scale=True)(scaled), image())
    assert V.ToDtype({flambeau.Tensor: flambeau.int64, "others": None})(image()).dtype == flambeau.int64
    assert V.ToPILImage()(image()).tobytes() == photo.tobytes() and V.PILToTensor()(photo).dtype == flambeau.uint8
    with pytest.raises(ValueError, match="dtype must be a dict or a torch.dtype"):
        V.ToDtype("float")
    with pytest.raises(TypeError, match="does not support PIL images"):
        V.Normalize([0.5], [0.5])(photo)


def test_containers(photo):
    flambeau.manual_seed(0)
    assert V.Compose([V.CenterCrop(20), V.CenterCrop(10)])(photo, 5)[0].size == (10, 10)
    assert V.RandomApply([V.CenterCrop(20)], p=0.0)(photo, 5) == (photo, 5)
    assert {V.RandomChoice([V.CenterCrop(20), V.CenterCrop(10)])(photo).size[0] for _ in range(20)} == {10, 20}
    assert V.RandomOrder([V.CenterCrop(20), V.CenterCrop(10)])(photo).size[0] in (10, 20)
    with pytest.raises(ValueError, match="Pass at least one transform"):
        V.Compose([])
    with pytest.raises(ValueError, match="Length of p"):
        V.RandomChoice([V.CenterCrop(2)], p=[0.5, 0.5])
    with pytest.raises(ValueError, match=r"interval \[0.0, 1.0\]"):
        V.RandomHorizontalFlip(p=2)


def test_lambda_by_type():
    assert V.Lambda(lambda x: x + 1)((1, [2.0])) == (2, [3.0])
    assert V.Lambda(lambda x: x + 1, int)((1, [2.0])) == (2, [2.0])


@pytest.mark.parametrize(("degrees", "turns"), [(90, 1), (180, 2), (270, 3), (-90, 3), (0, 0), (360, 0)])
def test_quarter_turns_lose_nothing(degrees, turns):
    expected = np.rot90(image().numpy(), turns, (1, 2))
    np.testing.assert_array_equal(F.rotate(image(), degrees, expand=True).numpy(), expected)


def test_mix_up():
    flambeau.manual_seed(0)
    images, labels = flambeau.rand(4, 3, 5, 5), flambeau.tensor([0, 1, 2, 1])
    mixed, soft = V.MixUp(num_classes=3)(images, labels)
    share = soft[0, 0].item()
    assert 0 < share < 1 and soft[0].tolist() == pytest.approx([share, 1 - share, 0], abs=1e-6)
    np.testing.assert_allclose(mixed.numpy(), images.roll(1, 0).numpy() * (1 - share) + images.numpy() * share, atol=1e-6)
    assert soft.sum(1).tolist() == pytest.approx([1.0] * 4)
    result = V.MixUp()({"image": images, "label": soft})
    assert tuple(result["label"].shape) == (4, 3)


def test_cut_mix():
    flambeau.manual_seed(1)
    images, labels = flambeau.arange(4.0).reshape(4, 1, 1, 1).expand(4, 3, 8, 8).clone(), flambeau.arange(4)
    mixed, soft = V.CutMix(num_classes=4)((images, labels))
    cut = (mixed[2, 0] == 1).float().mean().item()
    assert soft[2].tolist() == pytest.approx([0, cut, 1 - cut, 0], abs=1e-6)
    assert set(mixed[2].flatten().tolist()) <= {1.0, 2.0}


@pytest.mark.parametrize(
    ("sample", "what"),
    [
        ((flambeau.rand(4, 3, 5, 5), [1, 2]), "must be a dictionary or a two-tuple"),
        ((flambeau.rand(4, 3, 5, 5), flambeau.tensor([0, 1])), "does not match the batch size of the labels: 4 != 2"),
        ((flambeau.rand(3, 5, 5), flambeau.tensor([0, 1, 2])), "Expected a batched input with 4 dims"),
        ((flambeau.rand(4, 3, 5, 5), flambeau.zeros(4, 7)), "must match num_classes: 7 != 3"),
        ((flambeau.rand(4, 3, 5, 5), flambeau.zeros(4, 7, 1)), "labels should be index based"),
        ({"image": flambeau.rand(4, 3, 5, 5)}, "Could not infer where the labels are"),
    ],
)
def test_mixing_checks_its_sample(sample, what):
    with pytest.raises(ValueError, match=what):
        V.MixUp(num_classes=3)(sample)


def test_numbers_of_classes_must_be_known():
    with pytest.raises(ValueError, match="num_classes must be passed"):
        V.CutMix()(flambeau.rand(2, 3, 5, 5), flambeau.tensor([0, 1]))


@pytest.mark.parametrize(
    "make",
    [
        lambda: V.RGB(), lambda: V.RandomChannelPermutation(), lambda: V.RandomPhotometricDistort(p=1.0), lambda: V.Identity(),
        lambda: V.RandAugment(), lambda: V.AutoAugment(V.AutoAugmentPolicy.SVHN), lambda: V.TrivialAugmentWide(), lambda: V.AugMix(),
        lambda: V.RandomErasing(p=1.0), lambda: V.RandomPerspective(p=1.0), lambda: V.ElasticTransform(), lambda: V.GaussianBlur(3),
        lambda: V.RandomAffine(10), lambda: V.RandomRotation(10), lambda: V.ColorJitter(0.3, 0.3, 0.3, 0.1), lambda: V.RandomPosterize(3),
        lambda: V.RandomSolarize(0.5), lambda: V.RandomEqualize(p=1.0), lambda: V.RandomAutocontrast(p=1.0), lambda: V.RandomInvert(p=1.0),
    ],
)  # fmt: skip
def test_kinds_and_sizes_stay(photo, make):
    flambeau.manual_seed(0)
    transform = make()
    picture, label = transform(photo, 7)
    assert (picture.mode, picture.size, label) == ("RGB", (37, 30), 7)
    for tensor in (image(), image().float() / 255):
        changed = transform(tensor, 7)[0]
        assert changed.dtype == tensor.dtype and changed.shape == tensor.shape


def test_random_sizes():
    flambeau.manual_seed(0)
    for _ in range(5):
        assert V.RandomResize(10, 20)(image()).shape[1] in range(10, 20)
        assert V.RandomShortestSize([10, 15], max_size=14)(image()).shape[2] <= 14
        assert V.ScaleJitter((20, 20), (0.5, 1.0))(image()).shape[2] <= 20
        zoomed = V.RandomZoomOut(p=1.0, fill=3)(image())
        assert zoomed.shape[1] >= 30 and zoomed.shape[2] >= 37
    assert tuple(V.Resize(None, max_size=20)(image()).shape) == (3, 16, 20)


def test_gaussian_noise():
    flambeau.manual_seed(0)
    noisy = V.GaussianNoise(sigma=0.05)(flambeau.full((1, 50, 50), 0.5))
    assert float(noisy.std()) == pytest.approx(0.05, rel=0.1) and float(noisy.mean()) == pytest.approx(0.5, abs=0.01)
    assert V.GaussianNoise()(image()).dtype == flambeau.uint8
