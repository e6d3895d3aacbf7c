"""Augmentation by random sequences of simple operations: AutoAugment, RandAugment, TrivialAugmentWide and AugMix.

A table names the operations open to a policy, each with a function from (number of bins, height, width) to its magnitudes (None: it
has none) and whether its sign is drawn. Angles are in degrees, moves in pixels, shears are tangents.
"""

import enum
import math
from collections.abc import Callable
from functools import partial

import flambeau
from flambeau import Tensor

from . import functional as F
from ._modes import InterpolationMode, interpolation_mode
from .base import Transform, below
from .geometry import fill_for
from .policies import POLICIES


class AutoAugmentPolicy(enum.Enum):
    """The data set for which the policy was learnt."""

    IMAGENET = "imagenet"
    CIFAR10 = "cifar10"
    SVHN = "svhn"


Magnitudes = Callable[[int, int, int], list[float] | None]


def _linear(start: float, end: float) -> Magnitudes:
    return lambda bins, height, width: flambeau.linspace(start, end, bins).tolist()


def _of_width(share: float) -> Magnitudes:
    return lambda bins, height, width: flambeau.linspace(0.0, share * width, bins).tolist()


def _of_height(share: float) -> Magnitudes:
    return lambda bins, height, width: flambeau.linspace(0.0, share * height, bins).tolist()


def _bits(most: int, range_: int) -> Magnitudes:
    return lambda bins, height, width: [most - round(index / ((bins - 1) / range_)) for index in range(bins)]


def _none(bins: int, height: int, width: int) -> None:
    return None


def _table(shear: float, moves: tuple[Magnitudes, Magnitudes], degrees: float, strength: float | None, bits: Magnitudes) -> dict:
    table = {
        "ShearX": (_linear(0.0, shear), True),
        "ShearY": (_linear(0.0, shear), True),
        "TranslateX": (moves[0], True),
        "TranslateY": (moves[1], True),
        "Rotate": (_linear(0.0, degrees), True),
    }
    colours = {name: (_linear(0.0, strength or 0.9), True) for name in ("Brightness", "Color", "Contrast", "Sharpness")}
    tones = {"Posterize": (bits, False), "Solarize": (_linear(255.0, 0.0), False)}
    tones |= {"AutoContrast": (_none, False), "Equalize": (_none, False)}
    return table | tones | colours if strength is None else table | colours | tones


_MODERATE = _table(0.3, (_of_width(150.0 / 331.0), _of_height(150.0 / 331.0)), 30.0, 0.9, _bits(8, 4))
AUTO = _MODERATE | {"Invert": (_none, False)}
_RAND = {"Identity": (_none, False)} | _MODERATE
_WIDE = {"Identity": (_none, False)} | _table(0.99, (_linear(0.0, 32.0), _linear(0.0, 32.0)), 135.0, 0.99, _bits(8, 6))
_MIX = _table(0.3, (_of_width(1 / 3.0), _of_height(1 / 3.0)), 30.0, None, _bits(4, 4))


def apply_operation(functional, image, name: str, magnitude: float, interpolation, fill):
    """The image under the operation `name`, by the functions in the module `functional`.

    Solarize's magnitude is for bytes, and scaled for other types.
    """
    affine = partial(functional.affine, image, angle=0.0, scale=1.0, interpolation=interpolation, fill=fill)
    shear = math.degrees(math.atan(magnitude)) if name.startswith("Shear") else 0.0
    operations = {
        "Identity": lambda: image,
        "ShearX": lambda: affine(translate=[0, 0], shear=[shear, 0.0], center=[0, 0]),
        "ShearY": lambda: affine(translate=[0, 0], shear=[0.0, shear], center=[0, 0]),
        "TranslateX": lambda: affine(translate=[int(magnitude), 0], shear=[0.0, 0.0]),
        "TranslateY": lambda: affine(translate=[0, int(magnitude)], shear=[0.0, 0.0]),
        "Rotate": lambda: functional.rotate(image, magnitude, interpolation=interpolation, fill=fill),
        "Brightness": lambda: functional.adjust_brightness(image, 1.0 + magnitude),
        "Color": lambda: functional.adjust_saturation(image, 1.0 + magnitude),
        "Contrast": lambda: functional.adjust_contrast(image, 1.0 + magnitude),
        "Sharpness": lambda: functional.adjust_sharpness(image, 1.0 + magnitude),
        "Posterize": lambda: functional.posterize(image, int(magnitude)),
        "Solarize": lambda: functional.solarize(image, magnitude * (F.white(image) / 255)),
        "AutoContrast": lambda: functional.autocontrast(image),
        "Equalize": lambda: functional.equalize(image),
        "Invert": lambda: functional.invert(image),
    }
    if name not in operations:
        raise ValueError(f"The provided operator {name} is not recognized.")
    return operations[name]()


class _Augment(Transform):
    random = True
    functional = F  # the functions that do the work; transforms.v2 has its own

    def __init__(self, interpolation, fill):
        super().__init__()
        self.interpolation = interpolation_mode(interpolation)
        self.fill = fill

    def _apply(self, image, name: str, magnitude: float):
        return apply_operation(self.functional, image, name, magnitude, self.interpolation, fill_for(image, self.fill))

    def _draw_operation(self, table: dict, bins: int, size, level: int | None, levels: int = 0):
        """(name, magnitude): one of the table, at `level`, or at one drawn below `levels` when that is None."""
        names = list(table)
        name = names[below(len(names))]
        magnitudes, signed = table[name]
        values = magnitudes(bins, *size[1:])
        if values is None:
            return name, 0.0
        magnitude = float(values[below(levels) if level is None else level])
        return name, -magnitude if signed and self._negative() else magnitude

    def _negative(self) -> bool:
        return below(2) == 1

    def transform(self, image, params):
        for name, magnitude in params:
            image = self._apply(image, name, magnitude)
        return image


class AutoAugment(_Augment):
    """One of 25 pairs of operations, learnt for a data set (Cubuk et al., 2018): each with its probability and strength.

    policy: an AutoAugmentPolicy. fill: what moves and turns lay bare (default: black).
    """

    def __init__(self, policy=AutoAugmentPolicy.IMAGENET, interpolation=InterpolationMode.NEAREST, fill=None):
        super().__init__(interpolation, fill)
        self.policy = policy
        if policy not in list(AutoAugmentPolicy):
            raise ValueError(f"The provided policy {policy} is not recognized.")
        self.policies = POLICIES[policy.value]

    @staticmethod
    def get_params(transform_num: int):
        """(number of the pair, two probabilities, two signs)."""
        return below(transform_num), flambeau.rand((2,)), flambeau.randint(2, (2,))

    def draw(self, size):
        number, probabilities, signs = self.get_params(len(self.policies))
        chosen = []
        for index, (name, probability, level) in enumerate(self.policies[number]):
            if bool(probabilities[index] <= probability):
                magnitudes, signed = AUTO[name]
                magnitude = float(magnitudes(10, *size[1:])[level]) if level is not None else 0.0
                chosen.append((name, -magnitude if signed and bool(signs[index] == 0) else magnitude))
        return chosen

    def extra_repr(self) -> str:
        return f"policy={self.policy}, fill={self.fill}"


class RandAugment(_Augment):
    """`num_ops` operations, any, all of strength `magnitude` out of `num_magnitude_bins` (Cubuk et al., 2019)."""

    def __init__(
        self, num_ops: int = 2, magnitude: int = 9, num_magnitude_bins: int = 31, interpolation=InterpolationMode.NEAREST, fill=None
    ):
        super().__init__(interpolation, fill)
        self.num_ops = num_ops
        self.magnitude = magnitude
        self.num_magnitude_bins = num_magnitude_bins

    def draw(self, size):
        return [self._draw_operation(_RAND, self.num_magnitude_bins, size, self.magnitude) for _ in range(self.num_ops)]

    def extra_repr(self) -> str:
        return (
            f"num_ops={self.num_ops}, magnitude={self.magnitude}, num_magnitude_bins={self.num_magnitude_bins}, "
            f"interpolation={self.interpolation}, fill={self.fill}"
        )


class TrivialAugmentWide(_Augment):
    """One operation of any strength (Müller and Hutter, 2021)."""

    def __init__(self, num_magnitude_bins: int = 31, interpolation=InterpolationMode.NEAREST, fill=None):
        super().__init__(interpolation, fill)
        self.num_magnitude_bins = num_magnitude_bins

    def draw(self, size):
        return [self._draw_operation(_WIDE, self.num_magnitude_bins, size, None, self.num_magnitude_bins)]

    def extra_repr(self) -> str:
        return f"num_magnitude_bins={self.num_magnitude_bins}, interpolation={self.interpolation}, fill={self.fill}"


class AugMix(_Augment):
    """Mixes the image with `mixture_width` chains of operations in random proportions (Hendrycks et al., 2019).

    severity: 1 to 10, the strongest level drawn. chain_depth: operations in a chain; below 1: 1 to 3, drawn. alpha: of the Dirichlet
    distributions of the proportions. all_ops: brightness, colour, contrast and sharpness too.
    """

    bins = 10

    def __init__(
        self, severity: int = 3, mixture_width: int = 3, chain_depth: int = -1, alpha: float = 1.0, all_ops: bool = True,
        interpolation=InterpolationMode.BILINEAR, fill=None,
    ):  # fmt: skip
        super().__init__(interpolation, fill)
        if not 1 <= severity <= self.bins:
            raise ValueError(f"The severity must be between [1, {self.bins}]. Got {severity} instead.")
        self.severity = severity
        self.mixture_width = mixture_width
        self.chain_depth = chain_depth
        self.alpha = alpha
        self.all_ops = all_ops

    def forward(self, image):
        tensor = image if isinstance(image, Tensor) else F.pil_to_tensor(image)
        mixed = self._mix(tensor, F.get_dimensions(tensor))
        return mixed if isinstance(image, Tensor) else F.to_pil_image(mixed)

    def _mix(self, image: Tensor, size) -> Tensor:
        batch = image.reshape((1,) * max(4 - image.ndim, 0) + tuple(image.shape))
        rows, ones = batch.shape[0], (1,) * (batch.ndim - 1)
        share = self._proportions(rows, 2)
        weights = self._proportions(rows, self.mixture_width) * share[:, 1:]
        table = _MIX if self.all_ops else dict(list(_MIX.items())[:9])
        mixed = share[:, 0].reshape(rows, *ones) * batch
        for chain in range(self.mixture_width):
            changed = batch
            depth = self.chain_depth if self.chain_depth > 0 else below(4, 1)
            for _ in range(depth):
                changed = self._apply(changed, *self._draw_operation(table, self.bins, size, None, self.severity))
            mixed = mixed + weights[:, chain].reshape(rows, *ones) * changed
        return mixed.reshape(image.shape).to(image.dtype)

    def _proportions(self, rows: int, parts: int) -> Tensor:
        """`rows` draws from the symmetric Dirichlet distribution, (rows, parts)."""
        return flambeau.distributions.Dirichlet(flambeau.full((parts,), self.alpha)).sample((rows,))

    def extra_repr(self) -> str:
        return (
            f"severity={self.severity}, mixture_width={self.mixture_width}, chain_depth={self.chain_depth}, alpha={self.alpha}, "
            f"all_ops={self.all_ops}, interpolation={self.interpolation}, fill={self.fill}"
        )
