"""Whole batches through the transforms.

A transform that can take many images at once says so by four members; all our own that change no more than the place or the scale of
pixels have them, and a user's class may:

    batch_of                   what it reads: a subset of ("picture", "tensor"). "picture" stands for what is a PIL image (mode L or
                               RGB) when samples go one by one, and is uint8 here; `gives_tensor` is True where the result is a tensor
    batch(images, words)       images: array (N, C, H, W), its own to change; returns the transformed array
    words(size)                how many 32-bit draws each image of `size` [C, H, W] takes; 0 unless the transform is random
    output_size(size)          [C, H, W] afterwards

The results must be those of the sample-by-sample path, bit for bit, and so must the draws: the batch's random words are drawn at
once, and image n takes words[n], transform after transform, just as samples 0, 1, 2 … would have drawn them.
"""

import numpy as np

from .draws import random_words

_OVERRIDABLE = ("__call__", "forward", "transform", "draw")


class BatchPipeline:
    """A transform, or a Compose of them, for batches; made by `BatchPipeline.of`."""

    def __init__(self, steps: list):
        self.steps = steps
        self.random = any(step.random for step in steps)

    @classmethod
    def of(cls, transform) -> "BatchPipeline | None":
        """The pipeline of a data set's `transform`, or None when some part of it takes no batches, or leaves PIL images."""
        steps = _flatten(transform)
        if not steps:
            return None
        kind = "picture"
        for step in steps:
            if not _trusted(step, "batch") or kind not in step.batch_of:
                return None
            kind = "tensor" if step.gives_tensor else kind
        return cls(steps) if kind == "tensor" else None

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """images: uint8 (N, C, H, W), used up; returns the array of what the transform makes of each."""
        sizes, counts = [list(images.shape[1:])], []
        for step in self.steps:
            counts.append(step.words(sizes[-1]))
            sizes.append(step.output_size(sizes[-1]))
        words = random_words(len(images) * sum(counts)).reshape(len(images), sum(counts)) if sum(counts) else None
        start = 0
        for step, count in zip(self.steps, counts, strict=True):
            images = step.batch(images, words[:, start : start + count] if count else None)
            start += count
        return images


def _flatten(transform) -> list:
    """The steps of a transform: those of its parts for a Compose, itself otherwise."""
    if transform is None:
        return []
    if _trusted(transform, "is_sequence"):
        return [step for part in transform.transforms for step in _flatten(part)]
    return [transform]


def _trusted(step, member: str) -> bool:
    """Whether the step has `member`, and no subclass from elsewhere changed what the step does without defining it anew."""
    for cls in type(step).__mro__:
        if member in vars(cls):
            return bool(getattr(step, member))
        if not cls.__module__.startswith(__package__) and any(name in vars(cls) for name in _OVERRIDABLE):
            return False
    return False


def takes_arrays(transform) -> bool:
    """Whether the first step gives for an array (H, W[, C]) of bytes what it gives for the PIL image of it."""
    steps = _flatten(transform)
    return bool(steps) and _trusted(steps[0], "reads_arrays")
