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
import operator
from functools import cache

import numpy as np

from flambeau import Tensor, get_default_dtype

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
        self.is_ours = all(type(step).__module__.startswith(__package__) for step in steps)  # no step is a user's: it may run in any thread
        self._compiles = self.is_ours and all(step.pointwise or hasattr(type(step), "geometry") for step in steps)
        self._watched = [_Watched(step) for step in steps]
        self._dtype = get_default_dtype()
        self._plans: dict[tuple, list] = {}
        self._tables: dict = {}  # by the number of channels

    def __reduce__(self):
        return BatchPipeline, (self.steps,)

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
        return self._plan(size)[-1][2]

    def _plan(self, size) -> list[tuple]:
        """(step, first of its words, first of those of the next step) for pictures of `size` [C, H, W]."""
        size = tuple(size)
        plan = self._plans.get(size)
        if plan is None:
            plan, start, now = [], 0, list(size)
            for step in self.steps:
                stop = start + (step.words(now) if self.random else 0)
                plan.append((step, start, stop))
                start, now = stop, step.output_size(now)
            self._plans[size] = plan
        return plan

    def __call__(self, images: np.ndarray, words: np.ndarray | None = None, rows: np.ndarray | None = None) -> np.ndarray:
        """images: uint8 (N, C, H, W), used up; words: (N, words(size)), drawn now where they are not given.

        With rows, int64 (n,), those of the images, which are left as they are. Returns the array of what the transform makes of each.
        """
        count = len(images) if rows is None else len(rows)
        plan = self._plan(images.shape[1:])
        if words is None and self.random:
            each = plan[-1][2]
            words = random_words(count * each).reshape(count, each)
        fast = self._compiled(plan, images, words, rows)
        if fast is not None:
            return fast
        images = images if rows is None else images[rows]
        block = max(1, BLOCK // (4 * images[:1].size or 1))
        if count <= 2 * block:
            return self._run(plan, images, words)
        result = None
        for first in range(0, count, block):
            part = slice(first, first + block)
            values = self._run(plan, images[part], None if words is None else words[part])
            if result is None:
                result = np.empty((count, *values.shape[1:]), values.dtype)
            result[part] = values
        return result

    def _compiled(self, plan, images: np.ndarray, words: np.ndarray | None, rows: np.ndarray | None) -> np.ndarray | None:
        """The same by one compiled loop, where all steps are windows, mirrors and arithmetic on single values, and there is enough to do; else None."""
        global _seen
        if not self._compiles or images.dtype != np.uint8 or not images.size:
            return None
        channels, height, width = images.shape[1:]
        count = len(images) if rows is None else len(rows)
        _seen += count * channels * height * width
        if _seen < COMPILED_FROM or not count:
            return None
        if channels not in self._tables:
            values = self._table(channels)
            self._tables[channels] = None if values is None else _lookup().Table(values)
        table = self._tables[channels]
        if table is None:
            return None
        view, padding_is_over = _lookup().View(images, np.arange(count) if rows is None else rows), False
        for step, start, stop in plan:
            if step.pointwise:
                padding_is_over = True  # a border that comes now is not made of bytes any more
            elif not step.geometry(view, words[:, start:stop] if start < stop else None, not padding_is_over):
                return None
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
    def _run(plan, images: np.ndarray, words: np.ndarray | None) -> np.ndarray:
        for step, start, stop in plan:
            images = step.batch(images, words[:, start:stop] if start < stop else None)
        return images

    @property
    def takes_arrays(self) -> bool:
        """Whether it gives for an array (H, W[, C]) of bytes what it gives for the PIL image of it."""
        return _trusted(self.steps[0], "reads_arrays")

    def is_current(self, transform) -> bool:
        """Whether this is the pipeline of `transform` still."""
        steps = _flatten(transform)
        return (len(steps) == len(self.steps) and all(map(operator.is_, steps, self.steps)) and self._dtype == get_default_dtype()
                and all(watched.is_the_same() for watched in self._watched))


class _Watched:
    """Notices that an attribute of a transform is another, or that what it holds was changed."""

    def __init__(self, step):
        self._step, self._size = step, len(vars(step))
        names = [name for name in vars(step) if name[0] != "_"]
        self._get = operator.itemgetter(*names) if names else lambda attributes: None
        values = self._get(vars(step))
        self._then = _frozen(values)
        self._is_plain = _is_plain(values)

    def is_the_same(self) -> bool:
        attributes = vars(self._step)
        if len(attributes) != self._size:
            return False
        try:
            now = self._get(attributes)
            return bool((now if self._is_plain and now == self._then else _frozen(now)) == self._then)
        except (KeyError, TypeError, ValueError, RuntimeError):  # an attribute is gone, or cannot be compared with what it was
            return False


def _is_plain(value) -> bool:
    """Whether it can be compared as it is with a copy of it."""
    return all(map(_is_plain, value)) if isinstance(value, (list, tuple)) else not isinstance(value, (np.ndarray, Tensor))


def _frozen(value):
    """A copy to compare with later: of lists, arrays and tensors, of which the same object may hold something else then."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(_frozen, value)) if type(value) in (list, tuple) else value
    if isinstance(value, (np.ndarray, Tensor)):
        return type(value), str(value.dtype), value.tolist()
    return value


@cache
def _lookup():
    """The module of that name, with which the compiler is loaded."""
    return importlib.import_module(".lookup", __package__)


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
