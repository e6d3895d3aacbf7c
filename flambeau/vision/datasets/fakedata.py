"""Images of noise, for trying out a program."""

from collections.abc import Callable
from typing import Any

import flambeau

from ..transforms import functional as F
from .vision import VisionDataset

__all__ = ["FakeData"]


class FakeData(VisionDataset):
    """`size` PIL images of normal noise, always the same for the same index, with random classes.

    image_size: (channels, height, width). random_offset: added to the index for another set. The default generator is left as it was.
    """

    def __init__(
        self,
        size: int = 1000,
        image_size: tuple[int, int, int] = (3, 224, 224),
        num_classes: int = 10,
        transform: Callable | None = None,
        target_transform: Callable | None = None,
        random_offset: int = 0,
    ):
        super().__init__(None, transform=transform, target_transform=target_transform)
        self.size = size
        self.image_size = image_size
        self.num_classes = num_classes
        self.random_offset = random_offset

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if index >= len(self):
            raise IndexError(f"{type(self).__name__} index out of range: {index} of {len(self)}")
        state = flambeau.get_rng_state()
        flambeau.manual_seed(index + self.random_offset)
        image = flambeau.randn(*self.image_size)
        target = flambeau.randint(0, self.num_classes, size=(1,), dtype=flambeau.long)[0]
        flambeau.set_rng_state(state)
        image = F.to_pil_image(image)
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target.item() if isinstance(target, flambeau.Tensor) else target

    def __len__(self) -> int:
        return self.size
