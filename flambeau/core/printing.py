"""How a tensor looks when printed: PyTorch's text, character for character.

The text is ``prefix + contents + suffixes + ")"``. Contents are nested brackets of cells. Every cell of a tensor is written with one
rule, decided from the values shown that are neither zero, infinite nor NaN:

- scientific (``1.5000e+10``): the largest magnitude is over 1000 times the smallest, or over 1e8, or the smallest is under 1e-4;
- else whole (``3.``): no value has a fraction;
- else fixed (``3.2500``).

The width of a cell comes from the same values, so zeros, infinities and NaNs may be wider than the column they stand in.
The real and the imaginary parts of a complex tensor are decided apart.

Beyond ``threshold`` elements only the ``edgeitems`` first and last along each axis are shown, and only those are read.
"""

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .suggest import did_you_mean

__all__ = ["PrintOptions", "format_tensor", "get_printoptions", "printoptions", "set_printoptions"]


@dataclass
class PrintOptions:
    """The choices that printing follows; the values here are those of the profile "default"."""

    precision: int = 4  # digits after the point
    threshold: float = 1000  # with more elements than this a tensor is summarised
    edgeitems: int = 3  # elements shown at either end of a summarised axis
    linewidth: int = 80  # characters
    sci_mode: bool | None = None  # scientific notation always, never, or (None) where the values call for it


_PROFILES = {
    "default": PrintOptions(),
    "short": PrintOptions(precision=2, edgeitems=2),
    "full": PrintOptions(threshold=math.inf),
}
_options = PrintOptions()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed, in the whole process. What is None stays as it is, except ``sci_mode``: None is a choice of its own.

    Args:
        precision: digits after the point (4).
        threshold: number of elements above which a tensor is summarised (1000).
        edgeitems: elements shown at either end of a summarised axis (3).
        linewidth: characters after which lines are broken (80).
        profile: "default", "short" (precision 2, edgeitems 2) or "full" (no summaries), applied before the other arguments.
        sci_mode: True: scientific notation for all floats; False: for none; None: as the values call for.
    """
    if profile is not None:
        if profile in _PROFILES:
            _assign(_PROFILES[profile])
        else:
            # PyTorch ignores such a name without a word; a program that relies on it must still run.
            hint = did_you_mean(str(profile), _PROFILES)
            warnings.warn(f"set_printoptions: no profile {profile!r} among {', '.join(_PROFILES)}, ignored{hint}", stacklevel=2)
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    for name, value in given.items():
        if value is not None:
            setattr(_options, name, value)
    _options.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The options in force, as a dict to be passed to :func:`set_printoptions`."""
    return asdict(_options)


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """``with printoptions(precision=2): …``: :func:`set_printoptions`, undone at the end of the block."""
    before = PrintOptions(**get_printoptions())
    set_printoptions(**options)
    try:
        yield
    finally:
        _assign(before)


def _assign(options: PrintOptions) -> None:
    for name, value in asdict(options).items():
        setattr(_options, name, value)


def format_tensor(
    array: np.ndarray | None,
    *,
    dtype_name: str,
    default_dtype_name: str = "float32",
    prefix: str = "tensor(",
    device: str | None = None,
    requires_grad: bool = False,
    grad_fn_name: str | None = None,
    shape: Sequence[int] | None = None,
    contents: str | None = None,
    tangent: str | None = None,
    parameter: bool = False,
) -> str:
    """The text of one tensor.

    Args:
        array: the values, of any shape and strides; kinds other than bool, integer and complex (float16, bfloat16, …) must convert to
            float64. None for a tensor without data (device "meta"): ``tensor(..., device='meta', size=(2,))``.
        dtype_name: ``"float16"`` or ``"torch.float16"``.
        default_dtype_name: that of the default floating dtype, which is not shown; nor are its complex partner, int64 and bool.
        prefix: ``"tensor("``, or ``"MyTensor("`` for a subclass; lines are indented by its length.
        device: ``str(device)``; None and "cpu" are not shown.
        requires_grad: shown where there is no ``grad_fn_name``.
        grad_fn_name: the name of the backward node, such as ``"MulBackward0"``.
        shape: needed where ``array`` is None.
        contents: text to stand in place of the values (``Tensor.__repr__(tensor_contents=…)``).
        tangent: the text of a dual tensor's tangent.
        parameter: True for a Parameter; one of a subclass prints as ``Parameter(MyTensor(…))``. The line ``Parameter containing:``
            that plain ones begin with is written by ``Parameter.__repr__``.
    """
    indent = len(prefix)
    shape = array.shape if array is not None else tuple(shape or ())
    name, default_name = dtype_name.rpartition(".")[2], default_dtype_name.rpartition(".")[2]
    default_complex_name = "complex128" if default_name == "float64" else "complex64"

    suffixes = []
    if device not in (None, "cpu"):
        suffixes.append(f"device='{device}'")
    if array is None or array.size == 0:
        # Without elements to tell int64 and bool by, only the default dtype goes unsaid.
        show_size = array is None or len(shape) != 1
        show_dtype = name != default_name
    else:
        show_size = not _options.edgeitems
        show_dtype = name not in (default_name, default_complex_name, "int64", "bool")
    if show_size:
        suffixes.append(f"size={tuple(shape)}")
    if show_dtype:
        suffixes.append(f"dtype=torch.{name}")
    if grad_fn_name is not None:
        suffixes.append(f"grad_fn=<{grad_fn_name}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    if tangent is not None:
        suffixes.append(f"tangent={tangent}")

    if contents is None:
        contents = "..." if array is None else _contents(array, indent)
    text = append_suffixes(prefix + contents, suffixes, indent)
    return f"Parameter({text})" if parameter and prefix != "tensor(" else text


def append_suffixes(text: str, suffixes: list[str], indent: int) -> str:
    """``text, suffix, suffix)``, a suffix that would pass the line's width beginning a new line."""
    column = len(text) - text.rfind("\n") + 1
    parts = [text]
    for suffix in suffixes:
        if column + len(suffix) + 2 > _options.linewidth:
            parts.append(",\n" + " " * indent + suffix)
            column = indent + len(suffix)
        else:
            parts.append(", " + suffix)
            column += len(suffix) + 2
    return "".join(parts) + ")"


def _contents(array: np.ndarray, indent: int) -> str:
    """The bracketed values of an array; ``indent`` is the column where they begin."""
    if not array.size:
        return "[]"
    cut = [False] * array.ndim
    if array.ndim and array.size > _options.threshold:
        edge = _options.edgeitems
        if not edge:
            return "[...]"
        cut = [length > 2 * edge for length in array.shape]
        array = array[np.ix_(*(_shown(length, edge) for length in array.shape))]
    cells, width = _complex_cells(array) if array.dtype.kind == "c" else _real_cells(array)
    return _brackets(iter(cells), array.shape, cut, indent, width) if array.ndim else cells[0]


def _shown(length: int, edge: int) -> np.ndarray:
    """The indices that a summary shows along an axis."""
    indices = np.arange(min(length, 2 * edge))
    indices[edge:] += length - len(indices)
    return indices


def _brackets(cells: Iterator[str], shape: Sequence[int], cut: Sequence[bool], indent: int, width: int) -> str:
    """Nested brackets around the next ``prod(shape)`` cells, with an ellipsis half way along each axis that is ``cut``."""
    if len(shape) > 1:
        items = [_brackets(cells, shape[1:], cut[1:], indent + 1, width) for _ in range(shape[0])]
        if cut[0]:
            items.insert(_options.edgeitems, "...")
        return "[" + ("," + "\n" * (len(shape) - 1) + " " * (indent + 1)).join(items) + "]"
    items = [next(cells) for _ in range(shape[0])]
    if cut[0]:
        items.insert(_options.edgeitems, " ...")
    per_line = max(1, math.floor((_options.linewidth - indent) / (width + 2)))
    lines = [", ".join(items[i : i + per_line]) for i in range(0, len(items), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _complex_cells(array: np.ndarray) -> tuple[list[str], int]:
    """The cells of a complex array in row-major order, and their width."""
    reals, real_width = _real_cells(array.real)
    imaginaries, imaginary_width = _real_cells(array.imag)
    unpadded = (text.lstrip() for text in imaginaries)
    cells = [real + (text if text[0] == "-" else "+" + text) + "j" for real, text in zip(reals, unpadded, strict=True)]
    return cells, real_width + imaginary_width + 1


def _real_cells(array: np.ndarray) -> tuple[list[str], int]:
    """The cells of a bool, integer or floating array in row-major order, padded on the left to the width that comes with them."""
    flat = array.reshape(-1)
    if flat.dtype.kind in "biu":
        cells = [str(value) for value in flat.tolist()]
        width = max(map(len, cells))
    else:
        flat = flat.astype(np.float64)
        telling = np.isfinite(flat) & (flat != 0)
        cells = _float_cells(flat.tolist(), flat[telling])
        width = max((len(cells[i]) for i in np.flatnonzero(telling)), default=1)
    return [cell.rjust(width) for cell in cells], width


def _float_cells(values: list[float], telling: np.ndarray) -> list[str]:
    """Each value as text, by the rule that the ``telling`` values (finite and not zero) call for."""
    if telling.size and _scientific(np.abs(telling)):
        spec = f".{_options.precision}e"
    elif not (telling == np.ceil(telling)).all():
        spec = f".{_options.precision}f"
    else:
        return [f"{value:.0f}." if math.isfinite(value) else f"{value:.0f}" for value in values]
    return [format(value, spec) for value in values]


def _scientific(magnitudes: np.ndarray) -> bool:
    if _options.sci_mode is not None:
        return bool(_options.sci_mode)
    least, most = float(magnitudes.min()), float(magnitudes.max())
    return most / least > 1000.0 or most > 1.0e8 or least < 1.0e-4
