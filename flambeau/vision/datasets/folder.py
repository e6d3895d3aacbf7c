"""Images (or other files) in one folder for each class."""

import os
from collections.abc import Callable, Sequence
from typing import Any

from .._pillow import open_picture
from .batches import read_batch
from .vision import VisionDataset

__all__ = ["DatasetFolder", "ImageFolder"]

IMG_EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def has_file_allowed_extension(filename: str, extensions: str | tuple[str, ...]) -> bool:
    """Whether the name ends, in either case, in one of the (lower case) extensions."""
    return filename.lower().endswith(extensions if isinstance(extensions, str) else tuple(extensions))


def is_image_file(filename: str) -> bool:
    """Whether the name has one of IMG_EXTENSIONS."""
    return has_file_allowed_extension(filename, IMG_EXTENSIONS)


def find_classes(directory) -> tuple[list[str], dict[str, int]]:
    """The names of the folders in `directory`, sorted, and their numbers. Raises FileNotFoundError when there are none."""
    classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
    if not classes:
        raise FileNotFoundError(f"Couldn't find any class folder in {directory}.")
    return classes, {name: number for number, name in enumerate(classes)}


def make_dataset(
    directory,
    class_to_idx: dict[str, int] | None = None,
    extensions: str | tuple[str, ...] | None = None,
    is_valid_file: Callable[[str], bool] | None = None,
    allow_empty: bool = False,
) -> list[tuple[str, int]]:
    """[(path, class number), …] of the files below each class's folder, sorted.

    Give `extensions` or `is_valid_file`, not both (ValueError). Raises FileNotFoundError when a class has no files, unless `allow_empty`.
    """
    directory = os.path.expanduser(directory)
    if class_to_idx is None:
        _, class_to_idx = find_classes(directory)
    elif not class_to_idx:
        raise ValueError("'class_to_index' must have at least one entry to collect any samples.")
    if (extensions is None) == (is_valid_file is None):
        raise ValueError("Both extensions and is_valid_file cannot be None or not None at the same time")
    samples, found = [], set()
    for name, number in sorted(class_to_idx.items()):
        for folder, _, files in sorted(os.walk(os.path.join(directory, name), followlinks=True)):
            for path in (os.path.join(folder, file) for file in sorted(files)):
                if is_valid_file(path) if extensions is None else has_file_allowed_extension(path, extensions):
                    samples.append((path, number))
                    found.add(name)
    if not allow_empty and (empty := sorted(class_to_idx.keys() - found)):
        supported = extensions if isinstance(extensions, str) else ", ".join(extensions or ())
        hint = f"Supported extensions are: {supported}" if extensions is not None else ""
        raise FileNotFoundError(f"Found no valid file for the classes {', '.join(empty)}. {hint}")
    return samples


def pil_loader(path):
    """The image in a file as an RGB PIL image. Raises ImageError that names the file when it holds none."""
    return open_picture(path, path, lambda picture: picture if picture.mode == "RGB" else picture.convert("RGB"))


default_loader = pil_loader


class DatasetFolder(VisionDataset):
    """Samples loaded from the files below `root`/class/…, one folder for each class.

    loader: path -> sample. extensions or is_valid_file: which files count. allow_empty: classes may have no files.
    classes, class_to_idx: the names, sorted, and their numbers. samples: [(path, number), …]. targets: the numbers.
    Override `find_classes` for another choice of classes, `make_dataset` for another choice of files.
    """

    def __init__(
        self,
        root,
        loader: Callable[[str], Any],
        extensions: tuple[str, ...] | None = None,
        transform: Callable | None = None,
        target_transform: Callable | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ):
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.classes, self.class_to_idx = self.find_classes(self.root)
        self.samples = self.make_dataset(self.root, self.class_to_idx, extensions, is_valid_file, allow_empty)
        self.loader = loader
        self.extensions = extensions
        self.targets = [number for _, number in self.samples]

    @staticmethod
    def make_dataset(directory, class_to_idx, extensions=None, is_valid_file=None, allow_empty=False) -> list[tuple[str, int]]:
        """The samples: `folder.make_dataset`, but `class_to_idx` must be given (ValueError)."""
        if class_to_idx is None:
            raise ValueError("The class_to_idx parameter cannot be None.")
        return make_dataset(directory, class_to_idx, extensions=extensions, is_valid_file=is_valid_file, allow_empty=allow_empty)

    def find_classes(self, directory) -> tuple[list[str], dict[str, int]]:
        """The class names and numbers."""
        return find_classes(directory)

    @property
    def content_key(self) -> tuple[str, str, str]:
        """(class, folder, ""): equal for two data sets exactly when they hold the same samples."""
        return type(self).__name__, os.path.realpath(self.root), ""

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        sample, target = self._raw(index)
        if self.transform is not None:
            sample = self.transform(sample)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return sample, target

    def _raw(self, index: int) -> tuple[Any, Any]:
        path, target = self.samples[index]
        return self.loader(path), target

    def __getbatch__(self, indices: Sequence[int]) -> Any:
        """The collated batch: what comes after ToTensor (or its like) is done for all images at once."""
        return read_batch(self, self._raw, indices)

    def __len__(self) -> int:
        return len(self.samples)


class ImageFolder(DatasetFolder):
    """Images below `root`/class/…, as RGB PIL images unless `loader` says otherwise. imgs: another name of `samples`."""

    def __init__(
        self,
        root,
        transform: Callable | None = None,
        target_transform: Callable | None = None,
        loader: Callable[[str], Any] = default_loader,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ):
        extensions = IMG_EXTENSIONS if is_valid_file is None else None
        super().__init__(root, loader, extensions, transform, target_transform, is_valid_file, allow_empty)
        self.imgs = self.samples
