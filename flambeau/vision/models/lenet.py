"""LeNet-5 (LeCun, Bottou, Bengio, Haffner, 1998), with ReLU and max pooling as it is built today."""

import flambeau
from flambeau import Tensor, nn

from ._build import build


class LeNet(nn.Module):
    """Two convolutions and three linear layers: x (N, channels, 28 or 32, 28 or 32) -> logits (N, num_classes).

    Images of 28 pixels are padded to 32 by the first convolution (`image_size` says which).
    """

    def __init__(self, num_classes: int = 10, channels: int = 1, image_size: int = 28):
        super().__init__()
        if image_size not in (28, 32):
            raise ValueError(f"LeNet takes images of 28 or 32 pixels, not {image_size}")
        self.conv1 = nn.Conv2d(channels, 6, kernel_size=5, padding=2 if image_size == 28 else 0)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=5)
        self.pool = nn.MaxPool2d(2)
        self.relu = nn.ReLU()
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.conv1(x)))  # (N, 6, 14, 14)
        x = self.pool(self.relu(self.conv2(x)))  # (N, 16, 5, 5)
        x = flambeau.flatten(x, 1)
        x = self.relu(self.fc1(x))
        x = self.relu(self.fc2(x))
        return self.fc3(x)


@build
def lenet(num_classes: int = 10, **config) -> LeNet:
    """LeNet-5: 61,706 parameters for ten classes of grey images."""
    return LeNet(num_classes, **config)
