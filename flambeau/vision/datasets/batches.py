"""Batches of data sets whose pictures are read one by one: the last steps of their transforms still take the batch as a whole."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flambeau import Tensor, from_numpy, get_default_dtype, set_default_dtype
from flambeau.utils.data import default_collate, get_worker_info
from flambeau.utils.data.reading import noting
from flambeau.utils.data.words import random_words

from .._pillow import is_picture
from ..transforms.batch import BatchPipeline

__all__ = ["read_batch"]

_MODES = ("L", "RGB")  # of pictures that are bytes (C, H, W) when ToTensor or its like has read them


def read_batch(dataset: Any, raw: Callable[[int], tuple[Any, Any]], indices: Sequence[int]) -> Any:
    """What `default_collate([dataset[i] for i in indices])` gives, bit for bit and draw for draw, or NotImplemented.

    raw(index): (image, target) before the transforms. The steps of `dataset.transform` up to ToTensor (or its like) are applied to
    one image after another, those from there on to all at once; the words that these would draw are drawn in between, in their turn.
    """
    parts = BatchPipeline.split(dataset.transform)
    if parts is None:
        return NotImplemented
    steps, pipeline = parts
    images: list[np.ndarray] = []
    words: list[np.ndarray] = []
    finished: list[Any] | None = None  # images transformed one by one, once they turn out not to be all of one kind
    targets = []
    for index in indices:
        with noting("while loading sample {} of {}", index, dataset):
            image, target = raw(index)
            for step in steps:
                image = step(image)
            array = _as_array(image, pipeline)
            if finished is None and (array is None or (images and array.shape != images[0].shape)):
                finished = _one_by_one(pipeline, images, words)
            if finished is None:
                images.append(array)
                if pipeline.random:
                    words.append(random_words(pipeline.words(_size(array))))
            else:
                for step in pipeline.steps:
                    image = step(image)
                finished.append(image)
            targets.append(target if dataset.target_transform is None else dataset.target_transform(target))
    if finished is not None:
        return default_collate(list(zip(finished, targets, strict=True)))
    stacked, drawn = np.stack(images), np.stack(words) if pipeline.random else None
    if get_worker_info() is not None and pipeline.is_ours:
        return [_Unfinished(pipeline, stacked, drawn), default_collate(targets)]
    return [finish(pipeline, stacked, drawn), default_collate(targets)]


def finish(pipeline: BatchPipeline, images: np.ndarray, words: np.ndarray | None) -> Tensor:
    """The batch (N, C, H, W) of pictures (N, H, W[, C])."""
    return from_numpy(np.ascontiguousarray(pipeline(_planes(images), words)))


class _Unfinished:
    """A batch in a worker. What is sent are the bytes of the pictures, a quarter of the floats; it becomes a tensor where it is received,
    in memory that has to be filled there anyway."""

    def __init__(self, pipeline: BatchPipeline, images: np.ndarray, words: np.ndarray | None):
        self.pipeline, self.images, self.words = pipeline, images, words

    def __reduce__(self):
        return _finish_there, (self.pipeline, self.images, self.words, get_default_dtype())


def _finish_there(pipeline: BatchPipeline, images: np.ndarray, words: np.ndarray | None, dtype) -> Tensor:
    here = get_default_dtype()
    if dtype != here:  # the program has changed it since the workers began
        set_default_dtype(dtype)
    try:
        return finish(pipeline, images.copy() if pipeline.random else images, words)
    finally:
        if dtype != here:
            set_default_dtype(here)


def _as_array(image: Any, pipeline: BatchPipeline) -> np.ndarray | None:
    """The bytes (H, W) or (H, W, C) of an image that the batch form of a transform takes; else None."""
    if isinstance(image, np.ndarray):
        return image if image.dtype == np.uint8 and image.ndim in (2, 3) and pipeline.takes_arrays else None
    return np.asarray(image) if is_picture(image) and image.mode in _MODES else None


def _size(array: np.ndarray) -> list[int]:
    return [1 if array.ndim == 2 else array.shape[2], *array.shape[:2]]


def _planes(images: np.ndarray) -> np.ndarray:
    """(N, H, W[, C]) -> (N, C, H, W), the same memory."""
    return images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)


def _one_by_one(pipeline: BatchPipeline, images: list[np.ndarray], words: list[np.ndarray]) -> list[Any]:
    """The images so far, each as a batch of one, with the words that were drawn for it."""
    return [from_numpy(np.ascontiguousarray(pipeline(_planes(image[None].copy()), words[n][None] if words else None))[0])
            for n, image in enumerate(images)]
