"""Transforms of images: PIL images, tensors (C, H, W), and batches of tensors (..., C, H, W).

Random transforms draw from flambeau's default generator, in the order in which torchvision's draw. `transforms.functional` has the
same operations as functions, `transforms.v2` takes whole samples (images with labels, nested as one likes), `transforms.batch` tells
how a transform joins the fast path of a loader.
"""

import importlib

from . import functional
from ._modes import InterpolationMode
from .autoaugment import AugMix, AutoAugment, AutoAugmentPolicy, RandAugment, TrivialAugmentWide
from .color import (
    ColorJitter,
    Grayscale,
    RandomAdjustSharpness,
    RandomAutocontrast,
    RandomEqualize,
    RandomErasing,
    RandomGrayscale,
    RandomInvert,
    RandomPosterize,
    RandomSolarize,
)
from .container import Compose, RandomApply, RandomChoice, RandomOrder
from .conversion import ConvertImageDtype, Lambda, LinearTransformation, Normalize, PILToTensor, ToPILImage, ToTensor
from .crop import (
    CenterCrop,
    FiveCrop,
    Pad,
    RandomCrop,
    RandomHorizontalFlip,
    RandomResizedCrop,
    RandomVerticalFlip,
    Resize,
    TenCrop,
)
from .geometry import ElasticTransform, GaussianBlur, RandomAffine, RandomPerspective, RandomRotation

__all__ = [
    "AugMix", "AutoAugment", "AutoAugmentPolicy", "CenterCrop", "ColorJitter", "Compose", "ConvertImageDtype", "ElasticTransform",
    "FiveCrop", "GaussianBlur", "Grayscale", "InterpolationMode", "Lambda", "LinearTransformation", "Normalize", "PILToTensor", "Pad",
    "RandAugment", "RandomAdjustSharpness", "RandomAffine", "RandomApply", "RandomAutocontrast", "RandomChoice", "RandomCrop",
    "RandomEqualize", "RandomErasing", "RandomGrayscale", "RandomHorizontalFlip", "RandomInvert", "RandomOrder", "RandomPerspective",
    "RandomPosterize", "RandomResizedCrop", "RandomRotation", "RandomSolarize", "RandomVerticalFlip", "Resize", "TenCrop", "ToPILImage",
    "ToTensor", "TrivialAugmentWide", "functional", "v2",
]  # fmt: skip


def __getattr__(name):
    if name == "v2":
        return importlib.import_module(".v2", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
