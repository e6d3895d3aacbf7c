"""Whole batches through the transforms.

A transform that can take many images at once says so by four members; all our own that change no more than the place or the scale of
pixels have them, and a user's class may:

    batch_of                   what it reads: a subset of ("picture", "tensor"). "picture" stands for what is a PIL image (mode L or
                               RGB) when samples go one by one, and is uint8 here; `gives_tensor` is True where the result is a tensor
    batch(images, words)       images: array (N, C, H, W), its own to change; returns the transformed array
    words(size)                how many 32-bit draws each image of `size` [C, H, W] takes; 0 unless the transform is random
    output_size(size)          [C, H, W] afterwards

Steps that change single values only say `pointwise = True`; those that choose pixels may have `geometry(view, words, may_pad)`, which does it to a
lookup.View and returns whether it could. Where all steps are of these two kinds, one compiled loop does the work.

The results must be those of the sample-by-sample path, bit for bit, and so must the draws: the batch's random words are drawn at
once, and image n takes words[n], transform after transform, just as samples 0, 1, 2 … would have drawn them.
"""

import importlib

import numpy as np

from flambeau import get_default_dtype

from .draws import random_words

BLOCK = 1 << 19  # bytes of floats that are worked on at a time: they stay in the processor's cache from step to step
COMPILED_FROM = 1 << 23  # bytes of pictures in this process from which on loading the compiler pays
_seen = 0
_OVERRIDABLE = ("__call__", "forward", "transform", "draw")


class BatchPipeline:
    """A transform, or a Compose of them, for batches; made by `of` or `split`.

    Whether it is still what its transforms say is told by `is_current()`: their attributes are compared with what they were.
    """

    def __init__(self, steps: list):
        self.steps = steps
        self.random = any(step.random for step in steps)
        self._seen = self._look()
        self._tables: dict[int, np.ndarray | None] = {}  # by the number of channels

    @classmethod
    def of(cls, transform) -> "BatchPipeline | None":
        """The pipeline of a data set's `transform`, or None when some part of it takes no batches, or leaves PIL images."""
        steps = _flatten(transform)
        return cls(steps) if _take_batches(steps) else None

    @classmethod
    def split(cls, transform) -> "tuple[list, BatchPipeline] | None":
        """(the first steps, to be applied to each picture, the pipeline of the others); None where the last takes no batches."""
        steps = _flatten(transform)
        for first in range(len(steps)):
            if _take_batches(steps[first:]):
                return steps[:first], cls(steps[first:])
        return None

    def words(self, size) -> int:
        """How many 32-bit draws each image of `size` [C, H, W] takes."""
        return sum(count for _, count in self._counts(size)) if self.random else 0

    def _counts(self, size):
        size = list(size)
        for step in self.steps:
            yield step, step.words(size)
            size = step.output_size(size)

    def __call__(self, images: np.ndarray, words: np.ndarray | None = None) -> np.ndarray:
        """images: uint8 (N, C, H, W), used up; words: (N, words(size)), drawn now where they are not given.

        Returns the array of what the transform makes of each.
        """
        counts = list(self._counts(images.shape[1:]))
        if words is None and self.random:
            each = sum(count for _, count in counts)
            words = random_words(len(images) * each).reshape(len(images), each)
        fast = self._compiled(counts, images, words)
        if fast is not None:
            return fast
        block = max(1, BLOCK // (4 * images[:1].size or 1))
        if len(images) <= 2 * block:
            return self._run(counts, images, words)
        result = None
        for first in range(0, len(images), block):
            part = slice(first, first + block)
            values = self._run(counts, images[part], None if words is None else words[part])
            if result is None:
                result = np.empty((len(images), *values.shape[1:]), values.dtype)
            result[part] = values
        return result

    def _compiled(self, counts, images: np.ndarray, words: np.ndarray | None) -> np.ndarray | None:
        """The same by one compiled loop, where all steps are windows, mirrors and arithmetic on single values, and there is enough to do; else None."""
        global _seen
        if not self.is_ours or not all(step.pointwise or hasattr(type(step), "geometry") for step in self.steps):
            return None
        _seen += images.size
        if _seen < COMPILED_FROM or images.dtype != np.uint8 or not images.size:
            return None
        channels = images.shape[1]
        if channels not in self._tables:
            self._tables[channels] = self._table(channels)
        table = self._tables[channels]
        if table is None:
            return None
        view, start, padding_is_over = importlib.import_module(".lookup", __package__).View(images), 0, False
        for step, count in counts:
            if step.pointwise:
                padding_is_over = True  # a border that comes now is not made of bytes any more
            elif not step.geometry(view, words[:, start : start + count] if count else None, not padding_is_over):
                return None
            start += count
        return view.look_up(table)

    def _table(self, channels: int) -> np.ndarray | None:
        """float32 (channels, 256): what the arithmetic of the steps makes of each byte; None where it is nothing of that kind."""
        values = np.empty((1, channels, 16, 16), np.uint8)
        values[:] = np.arange(256, dtype=np.uint8).reshape(16, 16)
        for step in self.steps:
            if step.pointwise:
                values = step.batch(values, None)
        if values.dtype != np.float32 or values.shape != (1, channels, 16, 16):
            return None
        return np.ascontiguousarray(values).reshape(channels, 256)

    @staticmethod
    def _run(counts, images: np.ndarray, words: np.ndarray | None) -> np.ndarray:
        start = 0
        for step, count in counts:
            images = step.batch(images, words[:, start : start + count] if count else None)
            start += count
        return images

    @property
    def is_ours(self) -> bool:
        """Whether no step is of a user's class, so that it may run in any thread."""
        return all(type(step).__module__.startswith(__package__) for step in self.steps)

    @property
    def takes_arrays(self) -> bool:
        """Whether it gives for an array (H, W[, C]) of bytes what it gives for the PIL image of it."""
        return _trusted(self.steps[0], "reads_arrays")

    def is_current(self, transform) -> bool:
        """Whether this is the pipeline of `transform` still."""
        steps = _flatten(transform)
        if len(steps) != len(self.steps) or any(a is not b for a, b in zip(steps, self.steps, strict=True)):
            return False
        try:
            return self._look() == self._seen
        except (TypeError, ValueError, RuntimeError):  # an attribute that is not the old one, and cannot be compared with it (arrays)
            return False

    def _look(self) -> list:
        return [get_default_dtype(), *({name: value for name, value in vars(step).items() if name[0] != "_"} for step in self.steps)]


def _take_batches(steps: list) -> bool:
    """Whether pictures go in, batches pass through all steps, and tensors come out."""
    kind = "picture"
    for step in steps:
        if not _trusted(step, "batch") or kind not in step.batch_of:
            return False
        kind = "tensor" if step.gives_tensor else kind
    return kind == "tensor"


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
