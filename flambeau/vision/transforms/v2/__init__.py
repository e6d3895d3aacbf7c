"""Transforms of whole samples: the images change, all else in the nest of tuples, lists and dicts passes.

The tensors here are plain ones (ToImage gives a Tensor); bounding boxes and masks as types of their own are not known.
"""

from .._modes import InterpolationMode
from ..autoaugment import AutoAugmentPolicy
from . import functional
from .base import Transform
from .color import (
    RGB,
    AugMix,
    AutoAugment,
    ColorJitter,
    CutMix,
    GaussianNoise,
    Grayscale,
    MixUp,
    RandAugment,
    RandomAdjustSharpness,
    RandomAutocontrast,
    RandomChannelPermutation,
    RandomEqualize,
    RandomErasing,
    RandomGrayscale,
    RandomInvert,
    RandomPhotometricDistort,
    RandomPosterize,
    RandomSolarize,
    TrivialAugmentWide,
)
from .container import Compose, RandomApply, RandomChoice, RandomOrder
from .convert import (
    ConvertImageDtype,
    Identity,
    Lambda,
    LinearTransformation,
    Normalize,
    PILToTensor,
    ToDtype,
    ToImage,
    ToPILImage,
    ToPureTensor,
    ToTensor,
)
from .geometry import (
    CenterCrop,
    ElasticTransform,
    FiveCrop,
    GaussianBlur,
    Pad,
    RandomAffine,
    RandomCrop,
    RandomHorizontalFlip,
    RandomPerspective,
    RandomResize,
    RandomResizedCrop,
    RandomRotation,
    RandomShortestSize,
    RandomVerticalFlip,
    RandomZoomOut,
    Resize,
    ScaleJitter,
    TenCrop,
)

__all__ = [
    "RGB", "AugMix", "AutoAugment", "AutoAugmentPolicy", "CenterCrop", "ColorJitter", "Compose", "ConvertImageDtype", "CutMix",
    "ElasticTransform", "FiveCrop", "GaussianBlur", "GaussianNoise", "Grayscale", "Identity", "InterpolationMode", "Lambda",
    "LinearTransformation", "MixUp", "Normalize", "PILToTensor", "Pad", "RandAugment", "RandomAdjustSharpness", "RandomAffine",
    "RandomApply", "RandomAutocontrast", "RandomChannelPermutation", "RandomChoice", "RandomCrop", "RandomEqualize", "RandomErasing",
    "RandomGrayscale", "RandomHorizontalFlip", "RandomInvert", "RandomOrder", "RandomPerspective", "RandomPhotometricDistort",
    "RandomPosterize", "RandomResize", "RandomResizedCrop", "RandomRotation", "RandomShortestSize", "RandomSolarize",
    "RandomVerticalFlip", "RandomZoomOut", "Resize", "ScaleJitter", "TenCrop", "ToDtype", "ToImage", "ToPILImage", "ToPureTensor",
    "ToTensor", "Transform", "TrivialAugmentWide", "functional",
]  # fmt: skip
