"""The base classes of the image data sets."""

import operator
import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import flambeau
from flambeau.utils.data import Dataset, default_collate
from flambeau.utils.data.recipe import Recipe, Unchanged

from .._pillow import has_pillow, picture_from_array, pillow
from ..transforms.batch import BatchPipeline, takes_arrays
from .batches import read_batch

__all__ = ["ArrayDataset", "Source", "StandardTransform", "VisionDataset"]


class Source(NamedTuple):
    """Where the files of a data set came from; `str()` says it in a line."""

    kind: str  # "folder", "system package", "download" or "sample"
    folder: str
    detail: str = ""

    def __str__(self) -> str:
        told = {
            "folder": f"files in {self.folder}",
            "system package": f"system files in {self.folder}",
            "download": f"downloaded from {self.detail} into {self.folder}",
        }
        return told.get(self.kind) or f"{self.detail} in {self.folder}"


def as_array(values) -> np.ndarray:
    """The memory of a tensor as an array; arrays stay, lists are copied."""
    return values.numpy() if isinstance(values, flambeau.Tensor) else np.asarray(values)


class StandardTransform:
    """Applies `transform` to the input and `target_transform` to the target; either may be None."""

    def __init__(self, transform: Callable | None = None, target_transform: Callable | None = None):
        self.transform = transform
        self.target_transform = target_transform

    def __call__(self, input: Any, target: Any) -> tuple[Any, Any]:
        if self.transform is not None:
            input = self.transform(input)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return input, target

    def __repr__(self) -> str:
        lines = [type(self).__name__]
        for head, transform in (("Transform: ", self.transform), ("Target transform: ", self.target_transform)):
            if transform is not None:
                first, *rest = repr(transform).splitlines()
                lines += [head + first, *(" " * len(head) + line for line in rest)]
        return "\n".join(lines)


class VisionDataset(Dataset):
    """The base of image data sets: holds `root` and the transforms, and prints itself.

    Give either `transforms(input, target)`, which sees both, or `transform(input)` and `target_transform(target)`.
    Subclasses define `__getitem__` and `__len__`, and may add lines to the printed form by `extra_repr`.

    Raises ValueError when both kinds of transforms are given.
    """

    def __init__(self, root=None, transforms: Callable | None = None, transform: Callable | None = None, target_transform=None):
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        separate = transform is not None or target_transform is not None
        if transforms is not None and separate:
            raise ValueError("Only transforms or transform/target_transform can be passed as argument")
        self.transform = transform
        self.target_transform = target_transform
        self.transforms = StandardTransform(transform, target_transform) if separate else transforms

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, index)")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__(self)")

    def extra_repr(self) -> str:
        """Lines to show between the root and the transforms."""
        return ""

    def __repr__(self) -> str:
        body = [f"Number of datapoints: {len(self)}"]
        if self.root is not None:
            body.append(f"Root location: {self.root}")
        body += self.extra_repr().splitlines()
        if self.transforms is not None:
            body.append(repr(self.transforms))
        return "\n".join([f"Dataset {type(self).__name__}", *(" " * 4 + line for line in body)])


class ArrayDataset(VisionDataset):
    """Images that lie in memory as one array: samples one by one, or a whole batch at once.

    A sample is (PIL image, int), then transformed. A first transform that reads arrays as well (ToTensor) gets the array
    (H, W[, C]) instead: the result is the same, and Pillow is not needed.

    `dataset.__getbatch__(indices)`, which loaders ask for, returns what `default_collate([dataset[i] for i in indices])` would, bit
    for bit and with the same random draws, in a few whole-array operations; the first steps of a `transform` that cannot take batches (see
    transforms.batch) are applied to one sample after another. NotImplemented when its last cannot, or a subclass overrides `__getitem__`.

    A subclass says where its data are: `_pictures()` gives uint8 (N, H, W) or (N, H, W, C), `_labels(indices)` the targets as
    an int64 array or a list.
    """

    source: Source

    def _pictures(self) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} must define _pictures(self)")

    def _labels(self, indices) -> np.ndarray | list:
        raise NotImplementedError(f"{type(self).__name__} must define _labels(self, indices)")

    def _split(self) -> str:
        return "train" if self.train else "test"

    @property
    def content_key(self) -> tuple[str, str, str]:
        """(class, folder of the files, split): equal for two data sets exactly when they hold the same samples."""
        return type(self).__name__, os.path.realpath(self.source.folder), self._split()

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        index = operator.index(index)
        image, target = self._raw(index)
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def _raw(self, index: int) -> tuple[Any, Any]:
        """What the transforms of one sample are given."""
        array, target = self._pictures()[index], self._labels([index])[0]
        if isinstance(target, np.integer):
            target = int(target)
        if takes_arrays(self.transform):
            return np.ascontiguousarray(array), target
        if not has_pillow():
            pillow(f"a sample of {type(self).__name__} is a PIL image unless transform starts with ToTensor(): it")
        return picture_from_array(array), target

    def __getrecipe__(self) -> "ArrayRecipe | None":
        """How whole batches are made by arithmetic alone; None where samples have to be made one by one."""
        pipeline = BatchPipeline.of(self.transform)
        return None if pipeline is None or self.target_transform is not None or not pipeline.is_ours else ArrayRecipe(self, pipeline)

    def __getbatch__(self, indices: Sequence[int]) -> list:
        """The collated batch, or NotImplemented where samples have to be made one by one."""
        if type(self).__getitem__ is not ArrayDataset.__getitem__:
            return NotImplemented
        pipeline = BatchPipeline.of(self.transform)
        if pipeline is None or (pipeline.random and self.target_transform is not None):
            return read_batch(self, self._raw, indices)
        rows = np.array(indices, np.int64)
        images = flambeau.from_numpy(np.ascontiguousarray(pipeline(self._planes(), rows=rows)))
        targets = self._labels(rows)
        if self.target_transform is not None:
            values = targets.tolist() if isinstance(targets, np.ndarray) else targets
            return [images, default_collate([self.target_transform(value) for value in values])]
        return [images, flambeau.from_numpy(targets) if isinstance(targets, np.ndarray) else default_collate(targets)]

    def _planes(self) -> np.ndarray:
        """All pictures (N, C, H, W), the same memory."""
        images = self._pictures()
        return images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)


class ArrayRecipe(Recipe):
    """The batches of an ArrayDataset."""

    def __init__(self, dataset: ArrayDataset, pipeline: BatchPipeline):
        self._dataset, self._pipeline, self._transform = dataset, pipeline, dataset.transform
        self.words_each = pipeline.words(dataset._planes().shape[1:])
        self._unchanged = Unchanged(lambda: [getattr(dataset, name, None) for name in ("data", "targets", "labels")])

    def arrays(self, indices, words):
        rows = np.array(indices, np.int64)
        targets = self._dataset._labels(rows)
        if not isinstance(targets, np.ndarray):
            targets = np.stack([np.asarray(target) for target in targets])
        return [np.ascontiguousarray(self._pipeline(self._dataset._planes(), words, rows)), targets]

    def is_current(self) -> bool:
        dataset = self._dataset
        return (dataset.transform is self._transform and dataset.target_transform is None and self._pipeline.is_current(self._transform)
                and bool(self._unchanged))
