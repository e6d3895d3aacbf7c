"""softmax, log_softmax and softmin as nn.functional has them: the axis may be left out, which is deprecated."""
from __future__ import annotations

import warnings

from . import softmax as pages
from .common import Tensor, need_tensor


def _axis(name: str, x: Tensor, dim: int | None, stacklevel: int) -> int:
    """`dim`, or the axis that PyTorch once took without being told: 0 for tensors of 0, 1 and 3 axes, else 1."""
    if dim is not None:
        return dim
    warnings.warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.", UserWarning,
                  stacklevel=stacklevel)
    return 0 if x.ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype=None) -> Tensor:
    """e^x / Σ e^x along axis `dim`; `dtype` converts the input first."""
    return pages.softmax(input, _axis("softmax", need_tensor(input, "softmax"), dim, _stacklevel), dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype=None) -> Tensor:
    """log(e^x / Σ e^x) along axis `dim`, without overflow; `dtype` converts the input first."""
    return pages.log_softmax(input, _axis("log_softmax", need_tensor(input, "log_softmax"), dim, _stacklevel), dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype=None) -> Tensor:
    """e^-x / Σ e^-x along axis `dim`; `dtype` converts the input first."""
    return pages.softmax(-need_tensor(input, "softmin"), _axis("softmin", input, dim, _stacklevel), dtype)


__all__: list[str] = []         # nn.functional's names; the package's own are in softmax.py
