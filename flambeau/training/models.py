"""The networks that `flambeau train` knows."""
from __future__ import annotations

from collections.abc import Callable

from flambeau import Tensor, nn
from flambeau.vision import models

__all__ = ["CNN", "MLP", "MODELS", "build"]


def _block(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


class CNN(nn.Module):
    """Four 3x3 convolutions with BatchNorm and ReLU, three poolings, one linear layer: x (N, C, S, S) -> logits (N, classes).

    Some 250,000 weights for 28 x 28 pixels. S must be at least 8.
    """

    def __init__(self, channels: int, size: int, classes: int, width: int = 32, dropout: float = 0.2):
        super().__init__()
        if size < 8:
            raise ValueError(f"the cnn halves its pictures three times: they must be 8 x 8 pixels or more, found {size} x {size}")
        self.features = nn.Sequential(
            *_block(channels, width), nn.MaxPool2d(2),
            *_block(width, 2 * width), nn.MaxPool2d(2),
            *_block(2 * width, 4 * width),
            *_block(4 * width, 4 * width), nn.MaxPool2d(2),
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(dropout), nn.Linear(4 * width * (size // 8) ** 2, classes))

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        return self.head(self.features(x))


class MLP(nn.Module):
    """Flatten, two hidden layers with ReLU and dropout, one linear layer: x (N, ...) of `inputs` numbers each -> (N, outputs)."""

    def __init__(self, inputs: int, outputs: int, hidden: int = 256, dropout: float = 0.1):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(inputs, hidden), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Logits, or the values of a regression."""
        return self.layers(x)


def _of_pictures(make: Callable) -> Callable:
    """A model of `flambeau.vision.models`, which takes pictures in colour."""
    def build(channels: int, size: int, outputs: int) -> nn.Module:
        if channels != 3:
            raise ValueError("this model takes pictures in colour (3 channels); for grey ones use --model cnn")
        return make(num_classes=outputs)
    return build


MODELS: dict[str, Callable[[int, int, int], nn.Module]] = {
    "cnn": CNN,
    "mlp": lambda channels, size, outputs: MLP(channels * size * size, outputs),
    "resnet18": _of_pictures(models.resnet18),
    "resnet34": _of_pictures(models.resnet34),
    "mobilenet_v2": _of_pictures(models.mobilenet_v2),
}


def build(name: str, shape: tuple[int, ...], outputs: int) -> nn.Module:
    """The network of that name for samples of `shape`: (C, S, S) pictures or (F,) numbers. ValueError for a name that is not known."""
    if len(shape) == 1:
        if name != "mlp":
            raise ValueError(f"a table is learned by the model mlp, not by {name}")
        return MLP(shape[0], outputs, hidden=128)
    if name not in MODELS:
        raise ValueError(f"there is no model {name}; there are {', '.join(MODELS)}")
    return MODELS[name](shape[0], shape[1], outputs)
