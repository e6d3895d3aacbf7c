"""Transforms of samples made of transforms."""

from collections.abc import Callable, Sequence

import flambeau

from ..base import happens
from .base import Transform, check_probability


class _Several(Transform):
    def __init__(self, transforms: Sequence[Callable]):
        super().__init__()
        if not isinstance(transforms, (Sequence, flambeau.nn.ModuleList)):
            raise TypeError("Argument transforms should be a sequence of callables")
        if not transforms:
            raise ValueError("Pass at least one transform")
        self.transforms = transforms

    def _apply(self, order, inputs):
        for transform in order:
            outputs = transform(*inputs)
            inputs = outputs if len(inputs) > 1 else (outputs,)
        return inputs if len(inputs) > 1 else inputs[0]


class Compose(_Several):
    """Applies `transforms` one after the other."""

    is_sequence = True

    def forward(self, *inputs):
        return self._apply(self.transforms, inputs)

    def extra_repr(self) -> str:
        return "\n".join(f"    {transform}" for transform in self.transforms)


class RandomApply(_Several):
    """Applies all of `transforms` with probability `p`, or none."""

    def __init__(self, transforms: Sequence[Callable], p: float = 0.5):
        super().__init__(transforms)
        self.p = check_probability(p)

    def forward(self, *inputs):
        return self._apply(self.transforms if happens(self.p) else (), inputs)

    def extra_repr(self) -> str:
        return "\n".join(f"    {transform}" for transform in self.transforms)


class RandomChoice(_Several):
    """Applies one of `transforms`, drawn with the weights `p` (default: all alike)."""

    shown = ("transforms", "p")

    def __init__(self, transforms: Sequence[Callable], p: Sequence[float] | None = None):
        super().__init__(transforms)
        weights = list(p) if p is not None else [1] * len(transforms)
        if len(weights) != len(transforms):
            raise ValueError(f"Length of p doesn't match the number of transforms: {len(weights)} != {len(transforms)}")
        self.p = [weight / sum(weights) for weight in weights]

    def forward(self, *inputs):
        chosen = int(flambeau.multinomial(flambeau.tensor(self.p), 1))
        return self.transforms[chosen](*inputs)


class RandomOrder(_Several):
    """Applies all of `transforms`, in a random order."""

    def forward(self, *inputs):
        return self._apply([self.transforms[number] for number in flambeau.randperm(len(self.transforms)).tolist()], inputs)
