"""Several transforms, each for its part of an axis."""

from collections.abc import Iterator, Sequence

import flambeau
from flambeau import Tensor
from flambeau.distributions import constraints
from flambeau.distributions._transforms.base import Transform
from flambeau.distributions.utils import _sum_rightmost, lazy_property

__all__ = ["CatTransform", "StackTransform"]


class _Joined(Transform):
    def __init__(self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0) -> None:
        for transform in tseq:
            if not isinstance(transform, Transform):
                raise AssertionError(f"All elements of tseq must be Transform instances, one is {type(transform).__name__}")
        super().__init__(cache_size=cache_size)
        self.transforms = [transform.with_cache(cache_size) if cache_size else transform for transform in tseq]
        self.dim = dim

    @property
    def bijective(self) -> bool:
        return all(transform.bijective for transform in self.transforms)

    def _check(self, x: Tensor, length: int) -> None:
        if not -x.dim() <= self.dim < x.dim():
            raise AssertionError(f"dim {self.dim} out of range for tensor with {x.dim()} dimensions")
        if x.size(self.dim) != length:
            raise AssertionError(f"size {x.size(self.dim)} along dim {self.dim} must be {length}, that of the transforms")


class CatTransform(_Joined):
    """Transforms of parts along an axis: the first ``lengths[0]`` places by the first transform, and so on.

    Args:
        tseq: the transforms.
        dim: the axis.
        lengths: of the parts; 1 each if None.
        cache_size: 0 or 1.
    """

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, lengths: Sequence[int] | None = None, cache_size: int = 0) -> None:
        super().__init__(tseq, dim, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.transforms):
            raise AssertionError(f"lengths ({len(self.lengths)}) must match transforms ({len(self.transforms)})")

    def _copy(self, cache_size: int) -> Transform:
        return CatTransform(self.transforms, self.dim, self.lengths, cache_size)

    @lazy_property
    def event_dim(self) -> int:
        return max(transform.event_dim for transform in self.transforms)

    @lazy_property
    def length(self) -> int:
        """Of the axis."""
        return sum(self.lengths)

    @constraints.dependent_property
    def domain(self) -> constraints.Constraint:
        return constraints.cat([transform.domain for transform in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self) -> constraints.Constraint:
        return constraints.cat([transform.codomain for transform in self.transforms], self.dim, self.lengths)

    def _parts(self, x: Tensor) -> Iterator[Tensor]:
        self._check(x, self.length)
        start = 0
        for length in self.lengths:
            yield x.narrow(self.dim, start, length)
            start += length

    def _call(self, x: Tensor) -> Tensor:
        return flambeau.cat([f(part) for f, part in zip(self.transforms, self._parts(x), strict=True)], dim=self.dim)

    def _inverse(self, y: Tensor) -> Tensor:
        return flambeau.cat([f.inv(part) for f, part in zip(self.transforms, self._parts(y), strict=True)], dim=self.dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        terms = []
        for f, before, after in zip(self.transforms, self._parts(x), self._parts(y), strict=True):
            terms.append(_sum_rightmost(f.log_abs_det_jacobian(before, after), self.event_dim - f.event_dim))
        dim = (self.dim - x.dim() if self.dim >= 0 else self.dim) + self.event_dim
        return flambeau.cat(terms, dim=dim) if dim < 0 else sum(terms)  # summed where the axis is within an event


class StackTransform(_Joined):
    """Transforms of the slices along an axis, one for each.

    Args:
        tseq: the transforms.
        dim: the axis.
        cache_size: 0 or 1.
    """

    def _copy(self, cache_size: int) -> Transform:
        return StackTransform(self.transforms, self.dim, cache_size)

    @constraints.dependent_property
    def domain(self) -> constraints.Constraint:
        return constraints.stack([transform.domain for transform in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self) -> constraints.Constraint:
        return constraints.stack([transform.codomain for transform in self.transforms], self.dim)

    def _slices(self, x: Tensor) -> Iterator[Tensor]:
        self._check(x, len(self.transforms))
        return (x.select(self.dim, i) for i in range(len(self.transforms)))

    def _call(self, x: Tensor) -> Tensor:
        return flambeau.stack([f(part) for f, part in zip(self.transforms, self._slices(x), strict=True)], dim=self.dim)

    def _inverse(self, y: Tensor) -> Tensor:
        return flambeau.stack([f.inv(part) for f, part in zip(self.transforms, self._slices(y), strict=True)], dim=self.dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        parts = zip(self.transforms, self._slices(x), self._slices(y), strict=True)
        return flambeau.stack([f.log_abs_det_jacobian(before, after) for f, before, after in parts], dim=self.dim)
