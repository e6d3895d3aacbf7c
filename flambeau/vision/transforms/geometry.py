"""Transforms that turn, shear, bend and blur the image."""

import numbers
from collections.abc import Sequence

import flambeau
from flambeau import Tensor

from . import functional as F
from ._modes import InterpolationMode, angle_range, check_sequence, interpolation_mode, pair
from .base import Sometimes, Transform, below, between


def check_fill(fill):
    """0 for None. Raises TypeError for anything else that is neither a number nor a sequence."""
    if fill is None:
        return 0
    if not isinstance(fill, (Sequence, numbers.Number)):
        raise TypeError("Fill should be either a sequence or a number.")
    return fill


def fill_for(image, fill):
    """`fill` as floats, one for each channel, where the image is a tensor; None stays."""
    if fill is None or not isinstance(image, Tensor):
        return fill
    if isinstance(fill, (int, float)):
        return [float(fill)] * F.get_image_num_channels(image)
    return [float(value) for value in fill]


class RandomRotation(Transform):
    """Turns by an angle drawn evenly from `degrees` (low, high), or from -degrees to degrees, about `center` (x, y; default: the middle).

    expand: make the image large enough to hold all of it. fill: what is laid bare.
    """

    random = True

    def __init__(self, degrees, interpolation=InterpolationMode.NEAREST, expand: bool = False, center=None, fill=0):
        super().__init__()
        self.degrees = angle_range(degrees, "degrees")
        if center is not None:
            check_sequence(center, "center", (2,))
        self.center = center
        self.interpolation = interpolation_mode(interpolation)
        self.expand = expand
        self.fill = check_fill(fill)

    @staticmethod
    def get_params(degrees: Sequence[float]) -> float:
        """A random angle."""
        return between(float(degrees[0]), float(degrees[1]))

    def draw(self, size):
        return self.get_params(self.degrees)

    def transform(self, image, params):
        return F.rotate(image, params, self.interpolation, self.expand, self.center, fill_for(image, self.fill))

    def extra_repr(self) -> str:
        center = "" if self.center is None else f", center={self.center}"
        return f"degrees={self.degrees}, interpolation={self.interpolation.value}, expand={self.expand}{center}, fill={self.fill}"


class RandomAffine(Transform):
    """Turns, moves, scales and shears by random amounts.

    degrees, shear: angle ranges as in RandomRotation (shear of four numbers: x, then y). translate: the largest moves (x, y) as shares
    of width and height. scale: (low, high). fill: what is laid bare. center: (x, y) in pixels; default: the middle.
    """

    random = True

    def __init__(self, degrees, translate=None, scale=None, shear=None, interpolation=InterpolationMode.NEAREST, fill=0, center=None):
        super().__init__()
        self.degrees = angle_range(degrees, "degrees")
        if translate is not None:
            check_sequence(translate, "translate", (2,))
            if not all(0.0 <= share <= 1.0 for share in translate):
                raise ValueError("translation values should be between 0 and 1")
        self.translate = translate
        if scale is not None:
            check_sequence(scale, "scale", (2,))
            if any(factor <= 0 for factor in scale):
                raise ValueError("scale values should be positive")
        self.scale = scale
        self.shear = None if shear is None else angle_range(shear, "shear", (2, 4))
        self.interpolation = interpolation_mode(interpolation)
        self.fill = check_fill(fill)
        if center is not None:
            check_sequence(center, "center", (2,))
        self.center = center

    @staticmethod
    def get_params(degrees, translate, scale_ranges, shears, img_size):
        """(angle, (x, y) move in pixels, scale, (x, y) shear); img_size: (width, height)."""
        angle = between(float(degrees[0]), float(degrees[1]))
        move = (0, 0)
        if translate is not None:
            reach_x, reach_y = float(translate[0] * img_size[0]), float(translate[1] * img_size[1])
            move = int(round(between(-reach_x, reach_x))), int(round(between(-reach_y, reach_y)))
        scale = 1.0 if scale_ranges is None else between(*scale_ranges)
        shear_x = 0.0 if shears is None else between(shears[0], shears[1])
        shear_y = between(shears[2], shears[3]) if shears is not None and len(shears) == 4 else 0.0
        return angle, move, scale, (shear_x, shear_y)

    def draw(self, size):
        return self.get_params(self.degrees, self.translate, self.scale, self.shear, (size[2], size[1]))

    def transform(self, image, params):
        return F.affine(image, *params, interpolation=self.interpolation, fill=fill_for(image, self.fill), center=self.center)

    def extra_repr(self) -> str:
        shown = [f"degrees={self.degrees}"]
        shown += [f"{name}={value}" for name in ("translate", "scale", "shear") if (value := getattr(self, name)) is not None]
        shown += [f"interpolation={self.interpolation.value}"] if self.interpolation is not InterpolationMode.NEAREST else []
        shown += [f"fill={self.fill}"] if self.fill != 0 else []
        return ", ".join(shown + ([f"center={self.center}"] if self.center is not None else []))


class RandomPerspective(Sometimes):
    """With probability `p`, moves each corner inwards by up to half the size times `distortion_scale` (0 to 1)."""

    def __init__(self, distortion_scale: float = 0.5, p: float = 0.5, interpolation=InterpolationMode.BILINEAR, fill=0):
        super().__init__(p)
        self.interpolation = interpolation_mode(interpolation)
        self.distortion_scale = distortion_scale
        self.fill = check_fill(fill)

    @staticmethod
    def get_params(width: int, height: int, distortion_scale: float):
        """(startpoints, endpoints): the corners from the upper left one clockwise, and where they come to lie, as [x, y]."""
        x, y = (int(distortion_scale * (size // 2)) + 1 for size in (width, height))
        ends = [
            [below(x), below(y)],
            [below(width, width - x), below(y)],
            [below(width, width - x), below(height, height - y)],
            [below(x), below(height, height - y)],
        ]
        return [[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], ends

    def draw_applied(self, size):
        return self.get_params(size[2], size[1], self.distortion_scale)

    def transform(self, image, params):
        return F.perspective(image, *params, self.interpolation, fill_for(image, self.fill))


class ElasticTransform(Transform):
    """Moves every pixel by a smooth random field: uniform noise blurred by `sigma` (y, x pixels) times `alpha`."""

    random = True

    def __init__(self, alpha=50.0, sigma=5.0, interpolation=InterpolationMode.BILINEAR, fill=0):
        super().__init__()
        self.alpha = _float_pair(alpha, "alpha")
        self.sigma = _float_pair(sigma, "sigma")
        self.interpolation = interpolation_mode(interpolation)
        if not isinstance(fill, (int, float, list, tuple)):
            raise TypeError(f"fill should be int or float or a list or tuple of them. Got {type(fill)}")
        self.fill = [float(fill)] if isinstance(fill, (int, float)) else [float(value) for value in fill]

    @staticmethod
    def get_params(alpha: Sequence[float], sigma: Sequence[float], size: Sequence[int]) -> Tensor:
        """A random displacement (1, H, W, 2) for an image of `size` [H, W]."""
        fields = []
        for strength, blur, extent in zip(alpha, sigma, reversed(size), strict=True):
            field = flambeau.rand([1, 1, *size]) * 2 - 1
            if blur > 0.0:
                field = F.gaussian_blur(field, [int(8 * blur + 1) | 1] * 2, list(sigma))
            fields.append(field * strength / extent)
        return flambeau.cat(fields, 1).permute(0, 2, 3, 1)

    def draw(self, size):
        return self.get_params(self.alpha, self.sigma, size[1:])

    def transform(self, image, params):
        return F.elastic_transform(image, params, self.interpolation, self.fill)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}, sigma={self.sigma}, interpolation={self.interpolation}, fill={self.fill}"


def _float_pair(value, name: str) -> list[float]:
    if not isinstance(value, (float, Sequence)):
        raise TypeError(f"{name} should be float or a sequence of floats. Got {type(value)}")
    if isinstance(value, float):
        return [value, value]
    if len(value) not in (1, 2):
        raise ValueError(f"If {name} is a sequence its length should be 2. Got {len(value)}")
    for element in value:
        if not isinstance(element, float):
            raise TypeError(f"{name} should be a sequence of floats. Got {type(element)}")
    return list(value) * (2 if len(value) == 1 else 1)


class GaussianBlur(Transform):
    """A blur by a normal curve of random width. kernel_size: odd, one number or (x, y). sigma: pixels, one number or (low, high)."""

    random = True

    def __init__(self, kernel_size, sigma=(0.1, 2.0)):
        super().__init__()
        self.kernel_size = pair(kernel_size, "Kernel size should be a tuple/list of two integers")
        if any(size <= 0 or size % 2 == 0 for size in self.kernel_size):
            raise ValueError("Kernel size value should be an odd and positive number.")
        if isinstance(sigma, numbers.Number):
            if sigma <= 0:
                raise ValueError("If sigma is a single number, it must be positive.")
            sigma = (sigma, sigma)
        elif not (isinstance(sigma, Sequence) and len(sigma) == 2):
            raise ValueError("sigma should be a single number or a list/tuple with length 2.")
        elif not 0.0 < sigma[0] <= sigma[1]:
            raise ValueError("sigma values should be positive and of the form (min, max).")
        self.sigma = sigma

    @staticmethod
    def get_params(sigma_min: float, sigma_max: float) -> float:
        """A random width."""
        return between(sigma_min, sigma_max)

    def draw(self, size):
        return self.get_params(*self.sigma)

    def transform(self, image, params):
        return F.gaussian_blur(image, self.kernel_size, [params, params])

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, sigma={self.sigma}"
