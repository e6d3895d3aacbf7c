"""Transforms of samples that change colours, mix images, or paint holes."""

import math
from collections.abc import Mapping

import flambeau
from flambeau import Tensor

from ..._pillow import is_picture
from .. import autoaugment, color
from ..autoaugment import AutoAugmentPolicy
from ..base import below, between, happens
from . import functional as F
from ._tree import leaves, rebuild
from .base import Transform, check_probability


class Grayscale(Transform, color.Grayscale):
    """Luminance in 1 channel, or repeated in 3."""


class RGB(Transform):
    """The image in three channels."""

    def transform(self, inpt, params):
        return F.grayscale_to_rgb(inpt)


class ColorJitter(Transform, color.ColorJitter):
    """Changes brightness, contrast, saturation and hue by random amounts, in random order."""

    def __init__(self, brightness=None, contrast=None, saturation=None, hue=None):
        super().__init__(brightness, contrast, saturation, hue)


class RandomChannelPermutation(Transform):
    """Puts the channels into a random order."""

    random = True

    def draw(self, size):
        return flambeau.randperm(size[0])

    def transform(self, inpt, params):
        return F.permute_channels(inpt, params)


class RandomPhotometricDistort(Transform):
    """Changes brightness, contrast, saturation, hue and the order of channels, each with probability `p`, as SSD was trained."""

    random = True

    def __init__(self, brightness=(0.875, 1.125), contrast=(0.5, 1.5), saturation=(0.5, 1.5), hue=(-0.05, 0.05), p: float = 0.5):
        super().__init__()
        self.brightness = brightness
        self.contrast = contrast
        self.hue = hue
        self.saturation = saturation
        self.p = p

    def draw(self, size):
        limits = (self.brightness, self.contrast, self.saturation, self.hue)
        factors = [between(*limit) if happens(self.p) else None for limit in limits]
        contrast_first = bool(flambeau.rand(()) < 0.5)
        return factors, contrast_first, flambeau.randperm(size[0]) if happens(self.p) else None

    def transform(self, inpt, params):
        (brightness, contrast, saturation, hue), contrast_first, permutation = params
        steps = [(F.adjust_saturation, saturation), (F.adjust_hue, hue)]
        steps.insert(0 if contrast_first else 2, (F.adjust_contrast, contrast))
        for change, value in [(F.adjust_brightness, brightness), *steps, (F.permute_channels, permutation)]:
            inpt = inpt if value is None else change(inpt, value)
        return inpt


class RandomGrayscale(Transform, color.RandomGrayscale):
    """The luminance with probability `p`, in as many channels as the image has."""

    def __init__(self, p: float = 0.1):
        super().__init__(check_probability(p))


class RandomInvert(Transform, color.RandomInvert):
    """White minus the image, with probability `p`."""


class RandomPosterize(Transform, color.RandomPosterize):
    """Keeps the highest `bits` of every byte, with probability `p`."""

    shown = ("p", "bits")

    def transform(self, inpt, params):
        return F.posterize(inpt, self.bits)


class RandomSolarize(Transform, color.RandomSolarize):
    """Inverts the values from `threshold` on, with probability `p`."""

    shown = ("p", "threshold")


class RandomAdjustSharpness(Transform, color.RandomAdjustSharpness):
    """Blends with a smoothed image, with probability `p`."""

    shown = ("p", "sharpness_factor")


class RandomAutocontrast(Transform, color.RandomAutocontrast):
    """Stretches every channel from black to white, with probability `p`."""


class RandomEqualize(Transform, color.RandomEqualize):
    """Spreads the values of every channel evenly, with probability `p`."""

    def transform(self, inpt, params):
        return F.equalize(inpt)


class RandomErasing(Transform, color.RandomErasing):
    """With probability `p`, paints over a window of a tensor image."""

    shown = ("p", "scale", "ratio", "value", "inplace")

    def __init__(self, p: float = 0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=0.0, inplace: bool = False):
        super().__init__(check_probability(p), scale, ratio, value, inplace)
        if isinstance(value, str):
            self.value = None
        else:
            self.value = [float(value)] if isinstance(value, (int, float)) else [float(part) for part in value]

    def transform(self, image, params):
        return image if params is None else F.erase(image, *params, self.inplace)


class GaussianNoise(Transform):
    """Adds normal noise to tensor images: floats in 0 to 1, or uint8 with mean and sigma as shares of 255."""

    def __init__(self, mean: float = 0.0, sigma: float = 0.1, clip: bool = True):
        super().__init__()
        self.mean = mean
        self.sigma = sigma
        self.clip = clip

    def transform(self, inpt, params):
        return F.gaussian_noise(inpt, mean=self.mean, sigma=self.sigma, clip=self.clip)


class _Augment(Transform):
    functional = F

    def _negative(self) -> bool:
        return bool(flambeau.rand(()) <= 0.5)

    def check_inputs(self, flat_inputs) -> None:
        images = sum(self.needs_transform(flat_inputs))
        if images == 0:
            raise TypeError("Found no image in the sample.")
        if images > 1:
            raise TypeError(f"Auto augment transformations are only properly defined for a single image or video, but found {images}.")


class AutoAugment(_Augment, autoaugment.AutoAugment):
    """One of 25 pairs of operations, learnt for a data set."""

    shown = ("interpolation", "fill", "policy")

    def __init__(self, policy=AutoAugmentPolicy.IMAGENET, interpolation="nearest", fill=None):
        super().__init__(policy, interpolation, fill)
        self.interpolation = interpolation

    def draw(self, size):
        chosen = []
        for name, probability, level in self.policies[below(len(self.policies))]:
            if bool(flambeau.rand(()) <= probability):
                magnitudes, signed = autoaugment.AUTO[name]
                values = magnitudes(10, *size[1:])
                magnitude = 0.0 if values is None else float(values[level])
                chosen.append((name, -magnitude if signed and values is not None and self._negative() else magnitude))
        return chosen


class RandAugment(_Augment, autoaugment.RandAugment):
    """`num_ops` operations, any, all of the same strength."""

    shown = ("interpolation", "fill", "num_ops", "magnitude", "num_magnitude_bins")

    def __init__(self, num_ops: int = 2, magnitude: int = 9, num_magnitude_bins: int = 31, interpolation="nearest", fill=None):
        if not isinstance(num_ops, int) or num_ops < 0:
            raise ValueError(f"num_ops should be a non-negative integer, but got {num_ops} instead.")
        super().__init__(num_ops, magnitude, num_magnitude_bins, interpolation, fill)
        self.interpolation = interpolation


class TrivialAugmentWide(_Augment, autoaugment.TrivialAugmentWide):
    """One operation of any strength."""

    shown = ("interpolation", "fill", "num_magnitude_bins")

    def __init__(self, num_magnitude_bins: int = 31, interpolation="nearest", fill=None):
        super().__init__(num_magnitude_bins, interpolation, fill)
        self.interpolation = interpolation


class AugMix(_Augment, autoaugment.AugMix):
    """Mixes the image with chains of operations in random proportions."""

    shown = ("interpolation", "fill", "severity", "mixture_width", "chain_depth", "alpha", "all_ops")

    def __init__(
        self, severity: int = 3, mixture_width: int = 3, chain_depth: int = -1, alpha: float = 1.0, all_ops: bool = True,
        interpolation="bilinear", fill=None,
    ):  # fmt: skip
        super().__init__(severity, mixture_width, chain_depth, alpha, all_ops, interpolation, fill)
        self.interpolation = interpolation

    def draw(self, size):
        return None

    def transform(self, inpt, params):
        return autoaugment.AugMix.forward(self, inpt)


class _Mix(Transform):
    """Mixes every image of a batch with the one before it, and their labels alike."""

    def __init__(self, *, alpha: float = 1.0, num_classes: int | None = None, labels_getter="default"):
        super().__init__()
        self.alpha = float(alpha)
        self.num_classes = num_classes
        if labels_getter is not None and labels_getter != "default" and not callable(labels_getter):
            raise ValueError(f"labels_getter should either be 'default', a callable, or None, but got {labels_getter}.")
        self._labels_getter = _find_labels if labels_getter == "default" else labels_getter or _no_labels

    def forward(self, *inputs):
        sample = inputs if len(inputs) > 1 else inputs[0]
        flat = leaves(sample)
        if any(is_picture(leaf) for leaf in flat):
            raise ValueError(f"{type(self).__name__}() does not support PIL images, bounding boxes, keypoints and masks.")
        labels = self._check_labels(self._labels_getter(sample))
        number = next(index for index, leaf in enumerate(flat) if leaf is labels)
        chosen = [change and index != number for index, change in enumerate(self.needs_transform(flat))]
        for leaf, change in zip(flat, chosen, strict=True):
            if change:
                self._check_images(leaf, labels.shape[0])
        share, place = self._draw_mix([leaf for leaf, change in zip(flat, chosen, strict=True) if change])
        mixed = [self._mix_images(leaf, share, place) if change else leaf for leaf, change in zip(flat, chosen, strict=True)]
        mixed[number] = self._mix_labels(labels, share)
        return rebuild(sample, mixed)

    def _check_labels(self, labels) -> Tensor:
        if not isinstance(labels, Tensor):
            raise ValueError(f"The labels must be a tensor, but got {type(labels)} instead.")
        if labels.ndim not in (1, 2):
            raise ValueError(
                "labels should be index based with shape (batch_size,) or probability based with shape (batch_size, num_classes), "
                f"but got a tensor of shape {tuple(labels.shape)} instead."
            )
        if labels.ndim == 2 and self.num_classes is not None and labels.shape[-1] != self.num_classes:
            raise ValueError(
                "When passing 2D labels, the number of elements in last dimension must match num_classes: "
                f"{labels.shape[-1]} != {self.num_classes}. You can Leave num_classes to None."
            )
        if labels.ndim == 1 and self.num_classes is None:
            raise ValueError("num_classes must be passed if the labels are index-based (1D)")
        return labels

    def _check_images(self, images: Tensor, batch_size: int) -> None:
        if images.ndim != 4:
            raise ValueError(f"Expected a batched input with 4 dims, but got {images.ndim} dimensions instead.")
        if images.shape[0] != batch_size:
            raise ValueError(
                f"The batch size of the image or video does not match the batch size of the labels: {images.shape[0]} != {batch_size}."
            )

    def _mix_labels(self, labels: Tensor, share: float) -> Tensor:
        if labels.ndim == 1:
            labels = flambeau.nn.functional.one_hot(labels, num_classes=self.num_classes)
        labels = labels if labels.is_floating_point() else labels.float()
        return labels.roll(1, 0) * (1.0 - share) + labels * share

    def _draw_share(self) -> float:
        alpha = flambeau.tensor([self.alpha])
        return float(flambeau.distributions.Beta(alpha, alpha).sample(()))


class MixUp(_Mix):
    """Blends every image of a batch with the one before it, in a share drawn from Beta(alpha, alpha) (Zhang et al., 2018).

    Takes (images (N, C, H, W) floats, labels), nested as one likes; labels (N,) of class numbers (give `num_classes`) or (N, K).
    labels_getter: finds them in the sample; "default": the second of a pair, or the first entry of a dict with "label" in its name.
    """

    def _draw_mix(self, images):
        return self._draw_share(), None

    def _mix_images(self, images: Tensor, share: float, place) -> Tensor:
        return images.roll(1, 0) * (1.0 - share) + images * share


class CutMix(_Mix):
    """Puts a window of the image before it into every image of a batch, its area drawn by Beta(alpha, alpha) (Yun et al., 2019).

    Takes samples as MixUp does; the labels are mixed in the share of the areas.
    """

    def _draw_mix(self, images):
        share = self._draw_share()
        height, width = F.get_size(images[0])
        x, y = below(width), below(height)
        half = 0.5 * math.sqrt(1.0 - share)
        half_width, half_height = int(half * width), int(half * height)
        left, right = max(x - half_width, 0), min(x + half_width, width)
        top, bottom = max(y - half_height, 0), min(y + half_height, height)
        return 1.0 - (right - left) * (bottom - top) / (width * height), (top, bottom, left, right)

    def _mix_images(self, images: Tensor, share: float, place) -> Tensor:
        top, bottom, left, right = place
        mixed = images.clone()
        mixed[..., top:bottom, left:right] = images.roll(1, 0)[..., top:bottom, left:right]
        return mixed


def _no_labels(sample) -> None:
    return None


def _find_labels(sample) -> Tensor:
    if isinstance(sample, (tuple, list)):
        sample = sample[1]
    if isinstance(sample, Tensor):
        return sample
    if not isinstance(sample, Mapping):
        raise ValueError(
            "When using the default labels_getter, the input passed to forward must be a dictionary or a two-tuple whose second item "
            f"is a dictionary or a tensor, but got {sample} instead."
        )
    names = [key for key in sample if "label" in key.lower()]
    names.sort(key=lambda key: key.lower() != "labels")
    if not names:
        raise ValueError("Could not infer where the labels are in the sample. Try passing a callable as the labels_getter parameter?")
    return sample[names[0]]
