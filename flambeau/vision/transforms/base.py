"""What the transforms have in common."""

import numpy as np

import flambeau
from flambeau import nn

from . import functional as F

SKIP = object()  # drawn by transforms with a probability: this image stays as it is


class Transform(nn.Module):
    """A transform of one image: `forward` draws the random numbers, if any, and applies them.

    A subclass defines `transform(image, params)`, and if it is `random` also `draw(size)`, which gives the params for an image of
    [channels, height, width]. Those that take batches define the members told of in `transforms.batch`.
    """

    random = False
    is_sequence = False  # whether it only applies its `transforms` one after the other
    reads_arrays = False  # whether arrays (H, W[, C]) do as well as PIL images
    batch_of: tuple[str, ...] = ()
    gives_tensor = False
    pointwise = False  # whether the batch form changes each value by itself

    def draw(self, size: list[int]):
        """The random parameters for one image of `size`."""
        return None

    def transform(self, image, params):
        """The image under the parameters that `draw` gave."""
        raise NotImplementedError(f"{type(self).__name__} must define transform(self, image, params)")

    def forward(self, image):
        """Draws and applies."""
        return self.transform(image, self.draw(F.get_dimensions(image)) if self.random else None)

    def words(self, size: list[int]) -> int:
        """How many 32-bit random words the batch form takes for each image."""
        return 0

    def output_size(self, size: list[int]) -> list[int]:
        """[channels, height, width] after the transform."""
        return size

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.extra_repr()})"


class Sometimes(Transform):
    """A transform applied with probability `p`: one draw decides, further ones are made only when it says yes."""

    random = True

    def __init__(self, p: float = 0.5):
        super().__init__()
        self.p = p

    def draw(self, size):
        return self.draw_applied(size) if happens(self.p) else SKIP

    def draw_applied(self, size):
        """The parameters, given that the transform is applied."""
        return None

    def forward(self, image):
        params = self.draw(F.get_dimensions(image))
        return image if params is SKIP else self.transform(image, params)

    def extra_repr(self) -> str:
        return f"p={self.p}"


def happens(p: float) -> bool:
    """One draw that says yes with probability `p`, which counts as the float32 that the draw is."""
    return flambeau.rand(1).item() < np.float32(p)


def between(low: float, high: float) -> float:
    """One float32 drawn uniformly from [low, high)."""
    return flambeau.empty(1).uniform_(low, high).item()


def below(high: int, low: int = 0) -> int:
    """One whole number drawn from low to high - 1."""
    return int(flambeau.randint(low, high, size=(1,)).item())
