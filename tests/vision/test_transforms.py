"""The transforms: what they do to PIL images is what Pillow does, to tensors nearly the same; draws in torchvision's order."""

import random

import numpy as np
import pytest

import flambeau
from flambeau.vision import transforms as T
from flambeau.vision.transforms import functional as F
from flambeau.vision.transforms.draws import random_words

from .conftest import scene

Image = pytest.importorskip("PIL.Image")
ImageEnhance = pytest.importorskip("PIL.ImageEnhance")
ImageOps = pytest.importorskip("PIL.ImageOps")


def tensor_of(image) -> flambeau.Tensor:
    array = np.array(image)
    return flambeau.from_numpy(array[None].copy() if array.ndim == 2 else array.transpose(2, 0, 1).copy())


def same_picture(one, other) -> bool:
    return one.mode == other.mode and one.size == other.size and np.array_equal(np.asarray(one), np.asarray(other))


def close(tensor, image, levels: int, share: float = 1.0) -> bool:
    """Whether at least `share` of the pixels differ by at most `levels` from those of a PIL image of the same size."""
    difference = np.abs(tensor.numpy().astype(int) - tensor_of(image).numpy().astype(int))
    return float(np.mean(difference <= levels)) >= share


EXACT = [  # function of flambeau, of Pillow, and how far tensors may be off, in levels
    (lambda i: F.hflip(i), lambda i: i.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 0),
    (lambda i: F.vflip(i), lambda i: i.transpose(Image.Transpose.FLIP_TOP_BOTTOM), 0),
    (lambda i: F.crop(i, 3, 5, 20, 11), lambda i: i.crop((5, 3, 16, 23)), 0),
    (lambda i: F.crop(i, -2, 30, 20, 11), lambda i: i.crop((30, -2, 41, 18)), 0),
    (lambda i: F.pad(i, [1, 2, 3, 4], fill=9), lambda i: ImageOps.expand(i, (1, 2, 3, 4), fill=(9, 9, 9)), 0),
    (lambda i: F.resize(i, (21, 50)), lambda i: i.resize((50, 21), Image.Resampling.BILINEAR), 1),
    (lambda i: F.resize(i, 15), lambda i: i.resize((18, 15), Image.Resampling.BILINEAR), 1),
    (lambda i: F.resize(i, (12, 14), T.InterpolationMode.BICUBIC), lambda i: i.resize((14, 12), Image.Resampling.BICUBIC), 1),
    (lambda i: F.adjust_brightness(i, 1.3), lambda i: ImageEnhance.Brightness(i).enhance(1.3), 1),
    (lambda i: F.adjust_contrast(i, 0.4), lambda i: ImageEnhance.Contrast(i).enhance(0.4), 1),
    (lambda i: F.adjust_saturation(i, 1.8), lambda i: ImageEnhance.Color(i).enhance(1.8), 2),
    (lambda i: F.adjust_sharpness(i, 2.5), lambda i: ImageEnhance.Sharpness(i).enhance(2.5), 2),
    (lambda i: F.rgb_to_grayscale(i), lambda i: i.convert("L"), 1),
    (lambda i: F.invert(i), ImageOps.invert, 0),
    (lambda i: F.posterize(i, 3), lambda i: ImageOps.posterize(i, 3), 0),
    (lambda i: F.solarize(i, 100), lambda i: ImageOps.solarize(i, 100), 0),
    (lambda i: F.autocontrast(F.adjust_contrast(i, 0.5)), lambda i: ImageOps.autocontrast(ImageEnhance.Contrast(i).enhance(0.5)), 2),
    (lambda i: F.equalize(i), ImageOps.equalize, 0),
]


@pytest.mark.parametrize(("ours", "pillows", "levels"), EXACT, ids=range(len(EXACT)))
def test_values_are_pillows(photo, ours, pillows, levels):
    assert same_picture(ours(photo), pillows(photo))
    assert close(ours(tensor_of(photo)), pillows(photo), levels)
    batch = flambeau.stack([tensor_of(photo), F.hflip(tensor_of(photo))])
    results = ours(batch)
    for image, result in zip(batch, results, strict=True):
        assert flambeau.equal(ours(image), result)


TURNS = [
    (lambda i: F.rotate(i, 30), lambda i: i.rotate(30, Image.Resampling.NEAREST, fillcolor=(0, 0, 0)), 0, 0.99),
    (lambda i: F.rotate(i, 30, expand=True), lambda i: i.rotate(30, expand=True, fillcolor=(0, 0, 0)), 0, 0.95),
    (
        lambda i: F.rotate(i, -45, T.InterpolationMode.BILINEAR, fill=[7.0]),
        lambda i: i.rotate(-45, Image.Resampling.BILINEAR, fillcolor=(7, 7, 7)), 3, 0.9,
    ),
    (lambda i: F.affine(i, 10.0, [2, 3], 1.2, [5.0, 1.0]), None, 0, 0.97),
    (lambda i: F.perspective(i, [[0, 0], [36, 0], [36, 29], [0, 29]], [[3, 2], [30, 4], [35, 25], [1, 28]]), None, 3, 0.9),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "pillows", "levels", "share"), TURNS, ids=["rotate", "expand", "fill", "affine", "perspective"])
def test_turns_agree_between_tensors_and_pillow(photo, ours, pillows, levels, share):
    if pillows is not None:
        assert same_picture(ours(photo), pillows(photo))
    assert close(ours(tensor_of(photo)), ours(photo), levels, share)


def test_hue_goes_round_the_circle(photo):
    tensor = tensor_of(photo)
    assert close(F.adjust_hue(tensor, 0.0), photo, 1)
    assert close(F.adjust_hue(tensor, 0.25), F.adjust_hue(photo, 0.25), 12, 0.97)  # Pillow's hue has 256 steps
    red = flambeau.tensor([[[1.0]], [[0.0]], [[0.0]]])
    assert F.adjust_hue(red, 1 / 3).flatten().tolist() == pytest.approx([0.0, 1.0, 0.0], abs=1e-6)
    assert flambeau.equal(F.adjust_hue(tensor[:1], 0.3), tensor[:1])
    with pytest.raises(ValueError, match="not in .-0.5, 0.5."):
        F.adjust_hue(photo, 0.7)


def test_gamma():
    image = flambeau.tensor([0.0, 0.25, 1.0]).reshape(1, 1, 3)
    assert F.adjust_gamma(image, 0.5).flatten().tolist() == pytest.approx([0.0, 0.5, 1.0])
    assert F.adjust_gamma(image, 2, gain=4).flatten().tolist() == pytest.approx([0.0, 0.25, 1.0])
    with pytest.raises(ValueError, match="non-negative"):
        F.adjust_gamma(image, -1)


def test_gaussian_blur_is_a_separable_normal_curve():
    image = flambeau.zeros(1, 7, 7)
    image[0, 3, 3] = 1.0
    weights = np.exp(-0.5 * (np.arange(-2, 3) / 0.8) ** 2)
    weights /= weights.sum()
    expected = np.zeros((7, 7))
    expected[1:6, 1:6] = np.outer(weights, weights)
    np.testing.assert_allclose(F.gaussian_blur(image, 5, 0.8).numpy()[0], expected, atol=1e-6)
    with pytest.raises(ValueError, match="odd and positive"):
        F.gaussian_blur(image, 4)


@pytest.mark.parametrize("mode", ["edge", "reflect", "symmetric"])
@pytest.mark.parametrize("padding", [3, (1, 2, 3, 4)])
def test_borders(photo, mode, padding):
    left, top, right, bottom = (padding,) * 4 if isinstance(padding, int) else padding
    expected = np.pad(np.asarray(photo), ((top, bottom), (left, right), (0, 0)), mode)
    np.testing.assert_array_equal(np.asarray(F.pad(photo, padding, padding_mode=mode)), expected)
    np.testing.assert_array_equal(F.pad(tensor_of(photo), padding, padding_mode=mode).numpy(), expected.transpose(2, 0, 1))


def test_a_colour_for_each_channel(photo):
    padded = F.pad(tensor_of(photo), 1, fill=[1, 2, 3])
    assert padded[:, 0, 0].tolist() == [1, 2, 3] and same_picture(F.to_pil_image(padded), F.pad(photo, 1, fill=(1, 2, 3)))


def test_elastic_without_displacement_changes_nothing(photo):
    tensor = tensor_of(photo)
    assert close(F.elastic_transform(tensor, flambeau.zeros(1, 30, 37, 2)), photo, 1)
    with pytest.raises(ValueError, match="displacement shape should be"):
        F.elastic_transform(tensor, flambeau.zeros(1, 3, 3, 2))


def test_crops_of_all_corners(photo):
    boxes = [(0, 0), (0, 27), (20, 0), (20, 27), (10, 14)]
    expected = [np.asarray(photo)[top : top + 10, left : left + 10] for top, left in boxes]
    for crop, array in zip(T.FiveCrop(10)(photo), expected, strict=True):
        np.testing.assert_array_equal(np.asarray(crop), array)
    ten = T.TenCrop(10, vertical_flip=True)(tensor_of(photo))
    assert len(ten) == 10 and flambeau.equal(ten[5], F.vflip(tensor_of(photo))[:, :10, :10])
    with pytest.raises(ValueError, match="bigger than input size"):
        T.FiveCrop(100)(photo)


def test_to_tensor_and_back():
    array = scene(5, 4)
    tensor = T.ToTensor()(array)
    assert tensor.dtype == flambeau.float32 and tuple(tensor.shape) == (3, 5, 4)
    np.testing.assert_array_equal(tensor.numpy(), (array / np.float32(255)).transpose(2, 0, 1))
    np.testing.assert_array_equal(np.asarray(T.ToPILImage()(T.PILToTensor()(Image.fromarray(array)))), array)
    for mode, dtype in (("I", flambeau.int32), ("F", flambeau.float32), ("1", flambeau.float32), ("LA", flambeau.float32)):
        assert T.ToTensor()(Image.fromarray(array[:, :, 0]).convert(mode)).dtype == dtype
    assert T.ToTensor()(array[:, :, 0].astype(np.float64)).dtype == flambeau.float64
    for wrong, error in (("text", TypeError), (np.zeros(3), ValueError), (tensor, TypeError)):
        with pytest.raises(error, match="pic should be"):
            T.ToTensor()(wrong)


@pytest.mark.parametrize("value", [0, 1, 127, 255])
def test_every_byte_survives_the_way_through_floats(value):
    image = flambeau.full((1, 1, 1), value, dtype=flambeau.uint8)
    assert F.convert_image_dtype(F.convert_image_dtype(image, flambeau.float32), flambeau.uint8).item() == value
    assert F.convert_image_dtype(image, flambeau.int16).item() == value * 128
    assert F.convert_image_dtype(F.convert_image_dtype(image, flambeau.int16), flambeau.uint8).item() == value


def test_floats_lack_digits_for_wide_integers():
    with pytest.raises(RuntimeError, match="cannot be performed safely"):
        F.convert_image_dtype(flambeau.ones(1, 2, 2), flambeau.int32)


@pytest.mark.parametrize(
    ("pic", "mode", "error"),
    [
        (np.zeros((2, 2, 5), np.uint8), None, ValueError),
        (np.zeros(4, np.uint8), None, ValueError),
        (np.zeros((2, 2), np.uint8), "RGB", ValueError),
        (np.zeros((2, 2, 3), np.uint8), "L", ValueError),
        (np.zeros((2, 2), np.int64), None, TypeError),
        ("text", None, TypeError),
    ],
)
def test_what_is_no_picture(pic, mode, error):
    with pytest.raises(error):
        F.to_pil_image(pic, mode)


def test_normalize():
    image = flambeau.arange(12.0).reshape(3, 2, 2)
    expected = (np.arange(12.0).reshape(3, 2, 2) - np.array([1, 2, 3]).reshape(3, 1, 1)) / np.array([2, 4, 5]).reshape(3, 1, 1)
    np.testing.assert_allclose(T.Normalize([1, 2, 3], [2, 4, 5])(image).numpy(), expected, rtol=1e-6)
    assert image[0, 0, 1].item() == 1.0
    assert T.Normalize([1.0], [2.0], inplace=True)(image) is image and image[0, 0, 1].item() == 0.0
    with pytest.raises(TypeError, match="put ToTensor"):
        T.Normalize([1.0], [2.0])(flambeau.zeros(3, 2, 2, dtype=flambeau.uint8))
    with pytest.raises(ValueError, match="division by zero"):
        T.Normalize([1.0], [0.0])(image)
    with pytest.raises(ValueError, match=r"\(..., C, H, W\)"):
        T.Normalize([1.0], [1.0])(image[0])
    with pytest.raises(TypeError, match="img should be Tensor Image"):
        T.Normalize([1.0], [1.0])("image")


def test_gradients_pass_through():
    image = flambeau.rand(3, 8, 8, requires_grad=True)
    F.normalize(F.resize(F.hflip(image), (4, 4)), [0.5], [0.5]).sum().backward()
    assert image.grad.shape == image.shape and float(image.grad.sum()) == pytest.approx(2 * 3 * 16, rel=1e-5)


DRAWS = {  # torchvision 0.28, manual_seed(7), an image of 3 x 30 x 37; two in a row
    "RandomCrop": (lambda image: T.RandomCrop.get_params(image, (20, 21)), [(3, 5, 20, 21), (1, 9, 20, 21)]),
    "RandomResizedCrop": (
        lambda image: T.RandomResizedCrop.get_params(image, (0.08, 1.0), (3 / 4, 4 / 3)),
        [(1, 11, 27, 23), (2, 19, 18, 18)],
    ),
    "RandomRotation": (lambda image: T.RandomRotation.get_params([-30.0, 30.0]), [2.0953524112701416, -18.071807861328125]),
    "RandomAffine": (
        lambda image: T.RandomAffine.get_params([-10.0, 10.0], (0.1, 0.2), (0.5, 2.0), [-5.0, 5.0, 1.0, 2.0], [37, 30]),
        [
            (0.6984508037567139, (-2, 2), 1.485335350036621, (-2.672384262084961, 1.4250614643096924)),
            (-5.858279228210449, (1, -2), 1.7769025564193726, (3.549431562423706, 1.5509352684020996)),
        ],
    ),
    "RandomPerspective": (
        lambda image: T.RandomPerspective.get_params(37, 30, 0.5)[1],
        [[[5, 4], [28, 6], [30, 25], [7, 29]], [[8, 1], [35, 7], [35, 23], [2, 24]]],
    ),
    "ColorJitter": (
        lambda image: [
            part.tolist() if isinstance(part, flambeau.Tensor) else part
            for part in T.ColorJitter.get_params((0.6, 1.4), None, (0.5, 1.5), (-0.1, 0.1))
        ],
        [
            [[3, 2, 0, 1], 1.1255122423171997, None, 0.732761561870575, -0.014987719245254993],
            [[3, 0, 2, 1], 1.2810146808624268, None, 1.3549431562423706, 0.010187041945755482],
        ],
    ),
    "GaussianBlur": (lambda image: T.GaussianBlur.get_params(0.1, 2.0), [1.1163527965545654, 0.4777260422706604]),
    "RandomErasing": (
        lambda image: T.RandomErasing.get_params(image, (0.02, 0.33), (0.3, 3.3), [0.5])[:4],
        [(13, 9, 10, 21), (11, 14, 9, 11)],
    ),
    "AutoAugment": (
        lambda image: [part if isinstance(part, int) else part.tolist() for part in T.AutoAugment.get_params(25)],
        [[15, [0.19880318641662598, 0.6592116951942444], [0, 1]], [22, [0.20708602666854858, 0.6297363638877869], [0, 1]]],
    ),
}


@pytest.mark.parametrize("name", DRAWS)
def test_draws_are_torchvisions(name):
    draw, expected = DRAWS[name]
    flambeau.manual_seed(7)
    image = flambeau.zeros(3, 30, 37)
    assert [draw(image), draw(image)] == expected


@pytest.mark.parametrize("counts", [(1, 3, 624, 5), (623, 1, 1, 0, 1248)])
def test_random_words_are_those_of_the_generator(counts):
    flambeau.manual_seed(11)
    expected = flambeau.randint(0, 2**27, (sum(counts) + 3,)).numpy()
    flambeau.manual_seed(11)
    words = np.concatenate([random_words(count) for count in counts])
    np.testing.assert_array_equal(words % 2**27, expected[: sum(counts)])
    np.testing.assert_array_equal(flambeau.randint(0, 2**27, (3,)).numpy(), expected[-3:])


def test_probabilities_nought_and_one(photo):
    photo = F.adjust_contrast(photo, 0.5)
    for make in (T.RandomHorizontalFlip, T.RandomVerticalFlip, T.RandomInvert, T.RandomEqualize, T.RandomAutocontrast, T.RandomGrayscale):
        assert make(p=0.0)(photo) is photo
        assert not same_picture(make(p=1.0)(photo), photo)


def test_random_crop_pads_when_needed(photo):
    flambeau.manual_seed(0)
    crop = T.RandomCrop((40, 50), pad_if_needed=True, fill=5)
    assert crop(photo).size == (50, 40) and tuple(crop(tensor_of(photo)).shape) == (3, 40, 50)
    with pytest.raises(ValueError, match=r"Required crop size \(40, 50\) is larger than input image size \(30, 37\)"):
        T.RandomCrop((40, 50))(photo)
    assert T.RandomCrop((30, 37))(photo).size == (37, 30)


def test_random_erasing_paints_in_tensors():
    flambeau.manual_seed(3)
    image = flambeau.zeros(3, 20, 20)
    painted = T.RandomErasing(p=1.0, value=(1.0, 2.0, 3.0))(image)
    holes = (painted != 0).sum(dim=(1, 2)).tolist()
    assert holes[0] == holes[1] == holes[2] > 0 and sorted(set(painted[2].flatten().tolist())) == [0.0, 3.0]
    assert float(image.abs().sum()) == 0.0
    assert T.RandomErasing(p=1.0, value="random", inplace=True)(image) is image and float(image.abs().sum()) > 0
    with pytest.raises(ValueError, match="single value or 3"):
        T.RandomErasing(p=1.0, value=(1.0, 2.0))(image)


def test_containers(photo):
    random.seed(0)
    flambeau.manual_seed(0)
    small, smaller = T.CenterCrop(20), T.CenterCrop(10)
    assert T.Compose([small, smaller])(photo).size == (10, 10)
    assert T.RandomApply([small], p=1.0)(photo).size == (20, 20) and T.RandomApply([small], p=0.0)(photo) is photo
    assert T.RandomOrder([small, smaller])(photo).size in ((10, 10), (20, 20))
    assert {T.RandomChoice([small, smaller])(photo).size[0] for _ in range(20)} == {10, 20}
    assert T.RandomChoice([small, smaller], p=[0, 1])(photo).size == (10, 10)
    assert T.Lambda(lambda image: image.size)(photo) == (37, 30)
    with pytest.raises(TypeError, match="should be callable, got 'int'"):
        T.Lambda(3)
    with pytest.raises(TypeError, match="should be a sequence"):
        T.RandomOrder(small)


def test_transforms_make_a_sequential_module(photo):
    model = flambeau.nn.Sequential(T.CenterCrop(10), T.ConvertImageDtype(flambeau.float32), T.Normalize([0.5], [0.5]))
    assert tuple(model(tensor_of(photo)).shape) == (3, 10, 10)


@pytest.mark.parametrize("make", [T.AutoAugment, T.RandAugment, T.TrivialAugmentWide, T.AugMix])
def test_augmentations_keep_the_kind_of_image(photo, make):
    flambeau.manual_seed(0)
    transform = make(fill=[1.0, 2.0, 3.0]) if make is not T.AugMix else make()
    for _ in range(8):
        picture, tensor = transform(photo), transform(tensor_of(photo))
        assert picture.size == photo.size and picture.mode == "RGB"
        assert tensor.dtype == flambeau.uint8 and tuple(tensor.shape) == (3, 30, 37)


def test_the_policies_are_whole():
    for policy in T.AutoAugmentPolicy:
        pairs = T.AutoAugment(policy).policies
        assert len(pairs) == 25 and all(len(pair) == 2 for pair in pairs)
        assert all(0.0 <= probability <= 1.0 for pair in pairs for _, probability, _ in pair)
    with pytest.raises(ValueError, match="policy mnist is not recognized"):
        T.AutoAugment("mnist")


@pytest.mark.parametrize(
    ("make", "error", "what"),
    [
        (lambda: T.Resize(20.0), TypeError, "Size should be int or sequence"),
        (lambda: T.Resize((1, 2, 3)), ValueError, "1 or 2 values"),
        (lambda: T.Pad((1, 2, 3)), ValueError, "1, 2, or 4 element"),
        (lambda: T.Pad("x"), TypeError, "inappropriate padding"),
        (lambda: T.Pad(1, padding_mode="wrap"), ValueError, "constant, edge, reflect or symmetric"),
        (lambda: T.RandomRotation(-3), ValueError, "must be positive"),
        (lambda: T.RandomAffine(3, translate=(0.1, 1.2)), ValueError, "between 0 and 1"),
        (lambda: T.RandomAffine(3, scale=(0, 1)), ValueError, "should be positive"),
        (lambda: T.ColorJitter(hue=0.7), ValueError, "hue values should be between"),
        (lambda: T.ColorJitter(brightness=-1), ValueError, "must be non negative"),
        (lambda: T.ColorJitter(brightness="x"), TypeError, "single number or a list/tuple"),
        (lambda: T.RandomErasing(value="red"), ValueError, "should be 'random'"),
        (lambda: T.RandomErasing(scale=(0.1, 1.4)), ValueError, "between 0 and 1"),
        (lambda: T.GaussianBlur(4), ValueError, "odd and positive"),
        (lambda: T.GaussianBlur(3, (2.0, 1.0)), ValueError, r"\(min, max\)"),
        (lambda: T.AugMix(severity=11), ValueError, r"between \[1, 10\]"),
        (lambda: T.CenterCrop((1, 2, 3)), ValueError, "only two dimensions"),
        (lambda: T.ElasticTransform(alpha=1), TypeError, "alpha should be float"),
        (lambda: T.LinearTransformation(flambeau.zeros(2, 3), flambeau.zeros(2)), ValueError, "should be square"),
    ],
)
def test_wrong_arguments(make, error, what):
    with pytest.raises(error, match=what):
        make()


def test_wrong_images():
    for image in ("picture", np.zeros((3, 3), np.uint8)):
        with pytest.raises(TypeError, match="expected a PIL image or a tensor"):
            T.CenterCrop(2)(image)
    with pytest.raises(TypeError, match="permitted channel values are .1, 3., but found 2"):
        F.invert(flambeau.zeros(2, 3, 3))
    with pytest.raises(TypeError, match="Only .*uint8"):
        F.posterize(flambeau.zeros(3, 3, 3), 2)
