"""VGG-11 (Simonyan and Zisserman, 2014)."""

import flambeau
from flambeau import Tensor, nn

from ._build import build, no_weights

LAYERS_11 = (64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M")  # widths of 3 x 3 convolutions; M: max pooling by 2


class VGG(nn.Module):
    """Convolutions (`features`), pooling to 7 x 7, three linear layers with dropout: x (N, 3, H, W) -> logits (N, num_classes)."""

    def __init__(self, features: nn.Module, num_classes: int = 1000, init_weights: bool = True, dropout: float = 0.5):
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, num_classes),
        )
        if init_weights:
            self._initialize()

    def _initialize(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                nn.init.constant_(module.bias, 0)
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.constant_(module.weight, 1)
                nn.init.constant_(module.bias, 0)
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0, 0.01)
                nn.init.constant_(module.bias, 0)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(flambeau.flatten(self.avgpool(self.features(x)), 1))


def make_layers(widths, batch_norm: bool = False) -> nn.Sequential:
    """The convolutions, each with ReLU (and normalisation before it), and the poolings."""
    layers, inputs = [], 3
    for width in widths:
        if width == "M":
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
        else:
            layers.append(nn.Conv2d(inputs, width, kernel_size=3, padding=1))
            layers += [nn.BatchNorm2d(width)] if batch_norm else []
            layers.append(nn.ReLU(inplace=True))
            inputs = width
    return nn.Sequential(*layers)


@build
def vgg11(*, weights=None, progress: bool = True, **config) -> VGG:
    """VGG-11: 132,863,336 parameters for 1,000 classes."""
    no_weights(weights, "vgg11")
    return VGG(make_layers(LAYERS_11), **config)


@build
def vgg11_bn(*, weights=None, progress: bool = True, **config) -> VGG:
    """VGG-11 with batch normalisation: 132,868,840 parameters for 1,000 classes."""
    no_weights(weights, "vgg11_bn")
    return VGG(make_layers(LAYERS_11, batch_norm=True), **config)
