"""Names for the ways of resampling, and the checks of arguments that many transforms share."""

import enum
import numbers
from collections.abc import Sequence


class InterpolationMode(enum.Enum):
    """How pixel values between the pixels are found."""

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"  # the last three for PIL images only
    HAMMING = "hamming"
    LANCZOS = "lanczos"


PILLOW_CODES = {  # PIL.Image.Resampling, whose numbers are part of Pillow's interface
    InterpolationMode.NEAREST: 0,
    InterpolationMode.NEAREST_EXACT: 0,
    InterpolationMode.LANCZOS: 1,
    InterpolationMode.BILINEAR: 2,
    InterpolationMode.BICUBIC: 3,
    InterpolationMode.BOX: 4,
    InterpolationMode.HAMMING: 5,
}
_FROM_CODE = {code: mode for mode, code in PILLOW_CODES.items() if mode is not InterpolationMode.NEAREST_EXACT}
PADDING_MODES = ("constant", "edge", "reflect", "symmetric")


def interpolation_mode(value) -> InterpolationMode:
    """The mode that `value` names: a mode, its string, or Pillow's integer. Raises TypeError or ValueError otherwise."""
    if isinstance(value, InterpolationMode):
        return value
    if isinstance(value, str):
        try:
            return InterpolationMode(value.lower())
        except ValueError:
            modes = ", ".join(mode.value for mode in InterpolationMode)
            raise ValueError(f"interpolation {value!r} is none of {modes}") from None
    if isinstance(value, int) and value in _FROM_CODE:
        return _FROM_CODE[value]
    raise TypeError("Argument interpolation should be a InterpolationMode or a corresponding Pillow integer constant")


def pair(size, message: str = "Please provide only two dimensions (h, w) for size.") -> tuple[int, int]:
    """(h, w) of a number, a sequence of one, or a sequence of two. Raises ValueError otherwise."""
    if isinstance(size, numbers.Number):
        return int(size), int(size)
    if isinstance(size, Sequence) and len(size) == 1:
        return size[0], size[0]
    if len(size) != 2:
        raise ValueError(message)
    return size


def check_sequence(value, name: str, lengths: tuple[int, ...]) -> None:
    """Raises TypeError or ValueError unless `value` is a sequence of one of the lengths."""
    wanted = " or ".join(map(str, lengths))
    if not isinstance(value, Sequence):
        raise TypeError(f"{name} should be a sequence of length {wanted}.")
    if len(value) not in lengths:
        raise ValueError(f"{name} should be a sequence of length {wanted}.")


def angle_range(value, name: str, lengths: tuple[int, ...] = (2,)) -> list[float]:
    """[-value, value] of a number, else the sequence as floats."""
    if isinstance(value, numbers.Number):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be positive.")
        value = [-value, value]
    else:
        check_sequence(value, name, lengths)
    return [float(angle) for angle in value]


def sides(padding) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of an int, or of 1, 2 (left and right, top and bottom) or 4 ints."""
    if isinstance(padding, numbers.Number):
        return (padding,) * 4
    if not isinstance(padding, (tuple, list)):
        raise TypeError("Got inappropriate padding arg")
    if len(padding) not in (1, 2, 4):
        raise ValueError(f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(padding)} element tuple")
    return tuple(padding) * (4 // len(padding))


def check_padding_mode(mode) -> None:
    """Raises ValueError unless `mode` is one of the four."""
    if mode not in PADDING_MODES:
        raise ValueError("Padding mode should be either constant, edge, reflect or symmetric")


def check_range(value: float, low: float, high: float, name: str) -> None:
    """Raises ValueError unless low <= value <= high."""
    if not low <= value <= high:
        raise ValueError(f"{name} should be between {low} and {high}, got {value}")
