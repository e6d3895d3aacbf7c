"""How LinearCrossEntropyLoss computes: in pieces, and how exactly."""

import dataclasses
from typing import Any

import flambeau

__all__ = ["LinearCrossEntropyOptions"]

_POLICIES = ("accurate", "balanced", "compact", "auto")


@dataclasses.dataclass(slots=True, frozen=True)
class LinearCrossEntropyOptions:
    """Options of :class:`LinearCrossEntropyLoss` and ``F.linear_cross_entropy``. They change memory and rounding, not the formula.

    Attributes:
        allow_retain_graph: whether backward may run twice, which needs more memory.
        batch_chunk_size: samples that are computed at once; None: as chunking_method says.
        chunking_method: ``"auto"``, ``"aspect_ratio"`` or ``"aspect_ratio:n"``; None: all at once, or batch_chunk_size.
        acc_policy: ``"accurate"``, ``"balanced"``, ``"compact"`` or ``"auto"``: exactness of sums against memory.
        acc_dtype: in which sums are kept; None: by policy.

    Raises:
        ValueError: a value out of range.
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: Any = None

    def __post_init__(self) -> None:
        if self.acc_policy not in _POLICIES:
            raise ValueError(f"invalid acc_policy: {self.acc_policy!r}; it is one of {_POLICIES}")
        if self.chunking_method not in (None, "auto"):
            name, colon, factor = self.chunking_method.partition(":")
            if name != "aspect_ratio" or (colon and not (factor.isdigit() and int(factor) > 0)):
                raise ValueError(f"invalid chunking_method: {self.chunking_method!r}; it is 'auto', 'aspect_ratio' or 'aspect_ratio:n'")
        if self.batch_chunk_size is not None and not (isinstance(self.batch_chunk_size, int) and self.batch_chunk_size > 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {self.batch_chunk_size!r}")
        if self.acc_dtype is not None and self.acc_dtype not in (flambeau.float16, flambeau.bfloat16, flambeau.float32, flambeau.float64):
            raise ValueError(f"acc_dtype must be a floating dtype or None, got {self.acc_dtype!r}")
