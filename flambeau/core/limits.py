"""finfo and iinfo: the numerical limits of dtypes."""
from __future__ import annotations

import numpy as np

from . import dtype as dt


class finfo:
    """Limits of a floating (or complex) dtype: bits, eps, max, min, tiny, smallest_normal, resolution."""

    __slots__ = ("dtype", "bits", "eps", "max", "min", "tiny", "smallest_normal", "resolution")

    def __init__(self, type=None):
        d = dt.default_dtype() if type is None else dt.as_dtype(type)
        if d.category < 2:
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{d}'")
        real = d.to_real()
        self.bits = real.itemsize * 8
        if real is dt.bfloat16:         # 8 bits of exponent, 7 of fraction
            self.eps, self.max, self.tiny, self.resolution = 2.0 ** -7, (2 - 2.0 ** -7) * 2.0 ** 127, 2.0 ** -126, 0.01
        else:
            info = np.finfo(real.numpy)
            self.eps, self.max, self.tiny = (float(v) for v in (info.eps, info.max, info.tiny))
            self.resolution = float(f"1e-{info.precision}")
        self.min, self.smallest_normal, self.dtype = -self.max, self.tiny, real.name

    def __repr__(self) -> str:
        return (f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, smallest_normal={self.smallest_normal:g}, "
                f"tiny={self.tiny:g}, dtype={self.dtype})")

    def __eq__(self, other) -> bool:
        return isinstance(other, finfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)


class iinfo:
    """Limits of an integer dtype: bits, max, min."""

    __slots__ = ("dtype", "bits", "max", "min")

    def __init__(self, type):
        d = dt.as_dtype(type)
        if d.category > 1:
            raise TypeError(f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{d}'")
        if d is dt.bool_:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        info = np.iinfo(d.numpy)
        self.bits, self.max, self.min, self.dtype = d.itemsize * 8, int(info.max), int(info.min), d.name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"

    def __eq__(self, other) -> bool:
        return isinstance(other, iinfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)
