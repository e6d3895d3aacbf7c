"""flambeau.vision beside PyTorch: the arithmetic and the draws of the data path always; every transform where torchvision is installed."""

import random

import numpy as np
import pytest

import flambeau
from flambeau.vision import datasets, models
from flambeau.vision import transforms as T
from flambeau.vision.transforms import v2 as V
from flambeau.vision.transforms.draws import random_words

torch = pytest.importorskip("torch")


def test_bytes_become_the_same_floats():
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    theirs = torch.from_numpy(every).to(torch.float32).div(255)
    np.testing.assert_array_equal(T.ToTensor()(every[0]).numpy(), theirs.numpy())
    ours = T.Compose([T.ToTensor(), T.Normalize([0.1307], [0.3081])])(every[0])
    np.testing.assert_array_equal(ours.numpy(), theirs.sub(0.1307).div(0.3081).numpy())
    scaled = V.functional.to_dtype(flambeau.from_numpy(every), flambeau.float32, scale=True)
    np.testing.assert_array_equal(scaled.numpy(), torch.from_numpy(every).to(torch.float32).mul(1 / 255).numpy())


@pytest.mark.parametrize("counts", [(1, 624, 10), (700, 3, 1300)])
def test_words_are_those_of_torchs_generator(counts):
    flambeau.manual_seed(123)
    words, following = np.concatenate([random_words(count) for count in counts]), flambeau.rand(4).tolist()
    torch.manual_seed(123)
    np.testing.assert_array_equal(words % 2**20, torch.randint(0, 2**20, (sum(counts),)).numpy())
    assert following == torch.rand(4).tolist()


def test_a_batch_of_crops_and_flips_is_what_torch_would_draw():
    data = datasets.FashionMNISTSample(transform=T.Compose([T.RandomCrop(28, padding=4), T.RandomHorizontalFlip(), T.ToTensor()]))
    flambeau.manual_seed(9)
    images, targets = data.__getbatch__(range(32))
    torch.manual_seed(9)
    for number in range(32):
        padded = torch.nn.functional.pad(torch.from_numpy(data.data.numpy()[number]), (4, 4, 4, 4))
        top, left = torch.randint(0, 9, size=(1,)).item(), torch.randint(0, 9, size=(1,)).item()
        crop = padded[top : top + 28, left : left + 28]
        crop = crop.flip(-1) if torch.rand(1) < 0.5 else crop
        np.testing.assert_array_equal(images[number, 0].numpy(), crop.to(torch.float32).div(255).numpy())
    assert targets.tolist() == data.targets[:32].tolist()


torchvision_transforms = [  # the source of a transform, for torchvision's `T` (or `V`) and ours
    "T.Resize(20)", "T.Resize((20, 20), T.InterpolationMode.BICUBIC)", "T.CenterCrop((50, 20))", "T.Pad((1, 2, 3, 4), fill=7)",
    "T.Pad(3, padding_mode='reflect')", "T.RandomCrop(28, padding=4)", "T.RandomCrop(44, pad_if_needed=True)", "T.RandomHorizontalFlip()",
    "T.RandomVerticalFlip(0.3)", "T.RandomResizedCrop(24)", "T.FiveCrop(10)", "T.RandomRotation(30)", "T.RandomRotation(30, expand=True)",
    "T.RandomRotation(30, T.InterpolationMode.BILINEAR, fill=9)", "T.RandomAffine(20, (0.1, 0.2), (0.8, 1.2), 10)",
    "T.RandomPerspective(p=1.0)", "T.ElasticTransform()", "T.GaussianBlur((3, 5))", "T.ColorJitter(0.4, 0.4, 0.4, 0.1)", "T.Grayscale(3)",
    "T.RandomGrayscale(0.5)", "T.RandomInvert()", "T.RandomPosterize(3)", "T.RandomSolarize(100)", "T.RandomAdjustSharpness(2, p=1.0)",
    "T.RandomAutocontrast(p=1.0)", "T.RandomEqualize(p=1.0)", "T.RandomErasing(p=1.0, value='random')", "T.AutoAugment()",
    "T.AutoAugment(T.AutoAugmentPolicy.CIFAR10)", "T.RandAugment()", "T.TrivialAugmentWide()", "T.AugMix()",
    "T.RandomApply([T.CenterCrop(20)], p=0.4)", "T.RandomChoice([T.CenterCrop(20), T.CenterCrop(10)])", "V.RandomCrop((28, 37), padding=4)",
    "V.RandomChoice([V.CenterCrop(20), V.CenterCrop(10)])", "V.RandomOrder([V.RandomCrop(20), V.CenterCrop(22)])",
    "V.RandomChannelPermutation()", "V.RandomZoomOut(p=1.0)", "V.RandomErasing(p=1.0)", "V.RandomPhotometricDistort()",
]  # fmt: skip


@pytest.mark.parametrize("source", torchvision_transforms)
def test_transforms_are_torchvisions(source):
    torchvision = pytest.importorskip("torchvision", reason="torchvision is not installed")
    image = pytest.importorskip("PIL.Image")
    import torchvision.transforms.v2 as their_v2

    y, x = np.mgrid[0:40, 0:37]
    array = np.stack([127.5 + 127.5 * np.sin(0.11 * (c + 1) * x + 0.07 * y * (2 - c) + c) for c in range(3)], -1).round().astype(np.uint8)
    planes = array.transpose(2, 0, 1).copy()
    theirs = eval(source, {"T": torchvision.transforms, "V": their_v2})
    ours = eval(source, {"T": T, "V": V})
    assert repr(ours) == repr(theirs)
    pictures = [] if "Erasing" in source else [(image.fromarray(array), image.fromarray(array))]
    for mine, other in [*pictures, (flambeau.from_numpy(planes.copy()), torch.from_numpy(planes.copy()))]:
        for seed in range(3):
            random.seed(seed)
            flambeau.manual_seed(seed)
            result, next_draw = ours(mine), flambeau.rand(1).item()
            random.seed(seed)
            torch.manual_seed(seed)
            expected, their_next_draw = theirs(other), torch.rand(1).item()
            for one, another in zip(*((part if isinstance(part, tuple) else (part,)) for part in (result, expected)), strict=True):
                difference = np.abs(np.asarray(one).astype(int) - np.asarray(another).astype(int))
                assert np.mean(difference > 1) < 0.01, f"seed {seed}: up to {difference.max()} levels apart"
            assert next_draw == their_next_draw, f"seed {seed}: another number of draws"


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2"])
def test_models_are_torchvisions(name):
    torchvision = pytest.importorskip("torchvision", reason="torchvision is not installed")
    torch.manual_seed(0)
    theirs = getattr(torchvision.models, name)()
    flambeau.manual_seed(0)
    ours = models.get_model(name)
    expected = theirs.state_dict()
    assert list(ours.state_dict()) == list(expected)
    for key, value in ours.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), expected[key].numpy(), err_msg=key)
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad(), flambeau.no_grad():
        logits = ours.eval()(flambeau.from_numpy(images.numpy()))
        np.testing.assert_allclose(logits.numpy(), theirs.eval()(images).numpy(), rtol=1e-3, atol=1e-4)
