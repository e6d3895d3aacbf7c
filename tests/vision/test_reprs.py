"""The printed forms, character for character those of torchvision 0.28."""

import pytest

import flambeau
from flambeau.vision import transforms as T
from flambeau.vision.transforms import v2 as V

FORMS = [
    (lambda: T.Resize(20), "Resize(size=20, interpolation=bilinear, max_size=None, antialias=True)"),
    (
        lambda: T.Resize((20, 30), T.InterpolationMode.NEAREST),
        "Resize(size=(20, 30), interpolation=nearest, max_size=None, antialias=True)",
    ),
    (lambda: T.Resize([20], max_size=25, antialias=None), "Resize(size=[20], interpolation=bilinear, max_size=25, antialias=None)"),
    (lambda: T.CenterCrop(10), "CenterCrop(size=(10, 10))"),
    (lambda: T.Pad((1, 2), fill=3, padding_mode="edge"), "Pad(padding=(1, 2), fill=3, padding_mode=edge)"),
    (lambda: T.RandomCrop(32, padding=4), "RandomCrop(size=(32, 32), padding=4)"),
    (lambda: T.RandomHorizontalFlip(0.3), "RandomHorizontalFlip(p=0.3)"),
    (lambda: T.RandomVerticalFlip(), "RandomVerticalFlip(p=0.5)"),
    (
        lambda: T.RandomResizedCrop(24),
        "RandomResizedCrop(size=(24, 24), scale=(0.08, 1.0), ratio=(0.75, 1.3333), interpolation=bilinear, antialias=True)",
    ),
    (lambda: T.FiveCrop(7), "FiveCrop(size=(7, 7))"),
    (lambda: T.TenCrop((7, 8), vertical_flip=True), "TenCrop(size=(7, 8), vertical_flip=True)"),
    (lambda: T.RandomRotation(15), "RandomRotation(degrees=[-15.0, 15.0], interpolation=nearest, expand=False, fill=0)"),
    (
        lambda: T.RandomRotation((5, 10), expand=True, center=(3, 4), fill=7),
        "RandomRotation(degrees=[5.0, 10.0], interpolation=nearest, expand=True, center=(3, 4), fill=7)",
    ),
    (lambda: T.RandomAffine(10), "RandomAffine(degrees=[-10.0, 10.0])"),
    (
        lambda: T.RandomAffine(10, (0.1, 0.2), (0.5, 2.0), 5, T.InterpolationMode.BILINEAR, 3, [1, 2]),
        "RandomAffine(degrees=[-10.0, 10.0], translate=(0.1, 0.2), scale=(0.5, 2.0), shear=[-5.0, 5.0], "
        "interpolation=bilinear, fill=3, center=[1, 2])",
    ),
    (lambda: T.RandomPerspective(0.4, p=0.2), "RandomPerspective(p=0.2)"),
    (
        lambda: T.ElasticTransform(),
        "ElasticTransform(alpha=[50.0, 50.0], sigma=[5.0, 5.0], interpolation=InterpolationMode.BILINEAR, fill=[0.0])",
    ),
    (lambda: T.GaussianBlur(3), "GaussianBlur(kernel_size=(3, 3), sigma=(0.1, 2.0))"),
    (lambda: T.GaussianBlur((3, 5), 1.5), "GaussianBlur(kernel_size=(3, 5), sigma=(1.5, 1.5))"),
    (
        lambda: T.ColorJitter(0.4, (0.5, 2), 0, 0.1),
        "ColorJitter(brightness=(0.6, 1.4), contrast=(0.5, 2.0), saturation=None, hue=(-0.1, 0.1))",
    ),
    (lambda: T.Grayscale(3), "Grayscale(num_output_channels=3)"),
    (lambda: T.RandomGrayscale(), "RandomGrayscale(p=0.1)"),
    (lambda: T.RandomInvert(), "RandomInvert(p=0.5)"),
    (lambda: T.RandomPosterize(3), "RandomPosterize(bits=3,p=0.5)"),
    (lambda: T.RandomSolarize(128), "RandomSolarize(threshold=128,p=0.5)"),
    (lambda: T.RandomAdjustSharpness(2), "RandomAdjustSharpness(sharpness_factor=2,p=0.5)"),
    (lambda: T.RandomAutocontrast(), "RandomAutocontrast(p=0.5)"),
    (lambda: T.RandomEqualize(), "RandomEqualize(p=0.5)"),
    (lambda: T.RandomErasing(), "RandomErasing(p=0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=0, inplace=False)"),
    (lambda: T.ToTensor(), "ToTensor()"),
    (lambda: T.PILToTensor(), "PILToTensor()"),
    (lambda: T.ToPILImage(), "ToPILImage()"),
    (lambda: T.ToPILImage("L"), "ToPILImage(mode=L)"),
    (lambda: T.ConvertImageDtype(flambeau.float64), "ConvertImageDtype()"),
    (lambda: T.Normalize((0.5,), (0.25,)), "Normalize(mean=(0.5,), std=(0.25,))"),
    (lambda: T.Lambda(abs), "Lambda()"),
    (
        lambda: T.LinearTransformation(flambeau.eye(2), flambeau.zeros(2)),
        "LinearTransformation(transformation_matrix=[[1.0, 0.0], [0.0, 1.0]], mean_vector=[0.0, 0.0])",
    ),
    (
        lambda: T.Compose([T.CenterCrop(10), T.ToTensor()]),
        "Compose(\n    CenterCrop(size=(10, 10))\n    ToTensor()\n)",
    ),
    (
        lambda: T.RandomApply([T.CenterCrop(10), T.ToTensor()], p=0.3),
        "RandomApply(\n    p=0.3\n    CenterCrop(size=(10, 10))\n    ToTensor()\n)",
    ),
    (
        lambda: T.RandomChoice([T.CenterCrop(10), T.ToTensor()]),
        "RandomChoice(\n    CenterCrop(size=(10, 10))\n    ToTensor()\n)(p=None)",
    ),
    (
        lambda: T.RandomOrder([T.CenterCrop(10), T.ToTensor()]),
        "RandomOrder(\n    CenterCrop(size=(10, 10))\n    ToTensor()\n)",
    ),
    (lambda: T.AutoAugment(), "AutoAugment(policy=AutoAugmentPolicy.IMAGENET, fill=None)"),
    (
        lambda: T.RandAugment(),
        "RandAugment(num_ops=2, magnitude=9, num_magnitude_bins=31, interpolation=InterpolationMode.NEAREST, fill=None)",
    ),
    (lambda: T.TrivialAugmentWide(), "TrivialAugmentWide(num_magnitude_bins=31, interpolation=InterpolationMode.NEAREST, fill=None)"),
    (
        lambda: T.AugMix(),
        "AugMix(severity=3, mixture_width=3, chain_depth=-1, alpha=1.0, all_ops=True, interpolation=InterpolationMode.BILINEAR, fill=None)",
    ),
    (lambda: V.Resize(20), "Resize(size=[20], interpolation=bilinear, antialias=True)"),
    (
        lambda: V.Resize((20, 30), V.InterpolationMode.NEAREST),
        "Resize(size=[20, 30], interpolation=InterpolationMode.NEAREST, antialias=True)",
    ),
    (lambda: V.CenterCrop(10), "CenterCrop(size=(10, 10))"),
    (lambda: V.Pad((1, 2), fill=3, padding_mode="edge"), "Pad(padding=[1, 2], fill=3, padding_mode=edge)"),
    (
        lambda: V.RandomCrop(32, padding=4),
        "RandomCrop(size=(32, 32), padding=[4, 4, 4, 4], pad_if_needed=False, fill=0, padding_mode=constant)",
    ),
    (lambda: V.RandomHorizontalFlip(0.3), "RandomHorizontalFlip(p=0.3)"),
    (
        lambda: V.RandomResizedCrop(24),
        "RandomResizedCrop(size=(24, 24), scale=(0.08, 1.0), ratio=(0.75, 1.3333333333333333), interpolation=bilinear, antialias=True)",
    ),
    (lambda: V.FiveCrop(7), "FiveCrop(size=(7, 7))"),
    (lambda: V.TenCrop((7, 8), vertical_flip=True), "TenCrop(size=(7, 8), vertical_flip=True)"),
    (
        lambda: V.RandomRotation((5, 10), expand=True, center=(3, 4), fill=7),
        "RandomRotation(degrees=[5.0, 10.0], interpolation=nearest, expand=True, fill=7, center=(3, 4))",
    ),
    (
        lambda: V.RandomAffine(10, (0.1, 0.2), (0.5, 2.0), 5, "bilinear", 3, [1, 2]),
        "RandomAffine(degrees=[-10.0, 10.0], translate=(0.1, 0.2), scale=(0.5, 2.0), shear=[-5.0, 5.0], "
        "interpolation=bilinear, fill=3, center=[1, 2])",
    ),
    (lambda: V.RandomPerspective(0.4, p=0.2), "RandomPerspective(p=0.2, distortion_scale=0.4, interpolation=bilinear, fill=0)"),
    (lambda: V.ElasticTransform(), "ElasticTransform(alpha=[50.0, 50.0], sigma=[5.0, 5.0], interpolation=bilinear, fill=0)"),
    (lambda: V.GaussianBlur(3), "GaussianBlur(kernel_size=(3, 3), sigma=[0.1, 2.0])"),
    (lambda: V.ColorJitter(0.4, (0.5, 2), None, 0.1), "ColorJitter(brightness=(0.6, 1.4), contrast=(0.5, 2.0), hue=(-0.1, 0.1))"),
    (lambda: V.Grayscale(3), "Grayscale(num_output_channels=3)"),
    (lambda: V.RandomGrayscale(), "RandomGrayscale(p=0.1)"),
    (lambda: V.RandomPosterize(3), "RandomPosterize(p=0.5, bits=3)"),
    (lambda: V.RandomSolarize(128), "RandomSolarize(p=0.5, threshold=128)"),
    (lambda: V.RandomAdjustSharpness(2), "RandomAdjustSharpness(p=0.5, sharpness_factor=2)"),
    (lambda: V.RandomErasing(), "RandomErasing(p=0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=[0.0], inplace=False)"),
    (lambda: V.RandomErasing(value="random"), "RandomErasing(p=0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), inplace=False)"),
    (lambda: V.ToImage(), "ToImage()"),
    (lambda: V.PILToTensor(), "PILToTensor()"),
    (lambda: V.ToDtype(flambeau.float32, scale=True), "ToDtype(scale=True)"),
    (lambda: V.ToPILImage(), "ToPILImage()"),
    (lambda: V.ConvertImageDtype(flambeau.float64), "ConvertImageDtype()"),
    (lambda: V.Normalize((0.5,), (0.25,)), "Normalize(mean=[0.5], std=[0.25], inplace=False)"),
    (lambda: V.Identity(), "Identity()"),
    (lambda: V.Lambda(abs), "Lambda(abs, types=['object'])"),
    (
        lambda: V.Compose([V.CenterCrop(10), V.ToImage()]),
        "Compose(\n      CenterCrop(size=(10, 10))\n      ToImage()\n)",
    ),
    (
        lambda: V.RandomApply([V.CenterCrop(10), V.ToImage()], p=0.3),
        "RandomApply(\n      CenterCrop(size=(10, 10))\n      ToImage()\n)",
    ),
    (
        lambda: V.RandomChoice([V.CenterCrop(10), V.ToImage()], p=[1, 3]),
        "RandomChoice(transforms=[CenterCrop(size=(10, 10)), ToImage()], p=[0.25, 0.75])",
    ),
    (lambda: V.RandomOrder([V.CenterCrop(10)]), "RandomOrder(transforms=[CenterCrop(size=(10, 10))])"),
    (lambda: V.AutoAugment(), "AutoAugment(interpolation=nearest, policy=AutoAugmentPolicy.IMAGENET)"),
    (lambda: V.RandAugment(), "RandAugment(interpolation=nearest, num_ops=2, magnitude=9, num_magnitude_bins=31)"),
    (lambda: V.TrivialAugmentWide(), "TrivialAugmentWide(interpolation=nearest, num_magnitude_bins=31)"),
    (lambda: V.AugMix(), "AugMix(interpolation=bilinear, severity=3, mixture_width=3, chain_depth=-1, alpha=1.0, all_ops=True)"),
    (lambda: V.MixUp(num_classes=10), "MixUp(alpha=1.0, num_classes=10)"),
    (lambda: V.CutMix(alpha=0.5, num_classes=10), "CutMix(alpha=0.5, num_classes=10)"),
    (lambda: V.RGB(), "RGB()"),
    (lambda: V.RandomChannelPermutation(), "RandomChannelPermutation()"),
    (
        lambda: V.RandomPhotometricDistort(),
        "RandomPhotometricDistort(brightness=(0.875, 1.125), contrast=(0.5, 1.5), hue=(-0.05, 0.05), saturation=(0.5, 1.5), p=0.5)",
    ),
    (lambda: V.RandomZoomOut(), "RandomZoomOut(p=0.5, fill=0, side_range=(1.0, 4.0))"),
    (
        lambda: V.ScaleJitter((20, 30)),
        "ScaleJitter(target_size=(20, 30), scale_range=(0.1, 2.0), interpolation=bilinear, antialias=True)",
    ),
    (lambda: V.RandomShortestSize([10, 20]), "RandomShortestSize(min_size=[10, 20], interpolation=bilinear, antialias=True)"),
    (lambda: V.RandomResize(10, 20), "RandomResize(min_size=10, max_size=20, interpolation=bilinear, antialias=True)"),
    (lambda: V.GaussianNoise(), "GaussianNoise(mean=0.0, sigma=0.1, clip=True)"),
]


@pytest.mark.parametrize(("make", "form"), FORMS, ids=[f"{number}-{form.split(chr(40))[0]}" for number, (_, form) in enumerate(FORMS)])
def test_printed_form(make, form):
    assert repr(make()) == form


def test_v2_totensor_warns_of_its_end():
    with pytest.warns(UserWarning, match="ToTensor.* is deprecated"):
        assert repr(V.ToTensor()) == "ToTensor()"
