"""ResNet (He, Zhang, Ren, Sun, 2015), with the stride in the 3 x 3 convolution of a bottleneck, as torchvision has it."""

import flambeau
from flambeau import Tensor, nn

from ._build import build, no_weights


def _conv(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel_size=size, stride=stride, padding=size // 2, bias=False)


class BasicBlock(nn.Module):
    """x + conv3x3(conv3x3(x)): (N, inputs, H, W) -> (N, width, H / stride, W / stride)."""

    expansion = 1

    def __init__(self, inputs: int, width: int, stride: int = 1, downsample: nn.Module | None = None):
        super().__init__()
        self.conv1 = _conv(inputs, width, 3, stride)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = _conv(width, width, 3)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(x)) + shortcut)


class Bottleneck(nn.Module):
    """x + conv1x1(conv3x3(conv1x1(x))): (N, inputs, H, W) -> (N, 4 width, H / stride, W / stride)."""

    expansion = 4

    def __init__(self, inputs: int, width: int, stride: int = 1, downsample: nn.Module | None = None):
        super().__init__()
        self.conv1 = _conv(inputs, width, 1)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = _conv(width, width, 3, stride)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = _conv(width, width * self.expansion, 1)
        self.bn3 = nn.BatchNorm2d(width * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return self.relu(self.bn3(self.conv3(x)) + shortcut)


class ResNet(nn.Module):
    """A stem, four stages of blocks that halve the size and double the width, average pooling, one linear layer.

    x (N, 3, H, W), H and W at least 32 -> logits (N, num_classes). layers: the number of blocks in each stage.
    zero_init_residual: start with every block as the identity.
    """

    def __init__(
        self, block: type[BasicBlock] | type[Bottleneck], layers: list[int], num_classes: int = 1000, zero_init_residual: bool = False
    ):
        super().__init__()
        self.inplanes = 64
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._stage(block, 64, layers[0])
        self.layer2 = self._stage(block, 128, layers[1], stride=2)
        self.layer3 = self._stage(block, 256, layers[2], stride=2)
        self.layer4 = self._stage(block, 512, layers[3], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)
        self._initialize(zero_init_residual)

    def _stage(self, block, width: int, count: int, stride: int = 1) -> nn.Sequential:
        outputs = width * block.expansion
        downsample = None
        if stride != 1 or self.inplanes != outputs:
            downsample = nn.Sequential(_conv(self.inplanes, outputs, 1, stride), nn.BatchNorm2d(outputs))
        blocks = [block(self.inplanes, width, stride, downsample)]
        self.inplanes = outputs
        return nn.Sequential(*blocks, *(block(outputs, width) for _ in range(1, count)))

    def _initialize(self, zero_init_residual: bool) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.constant_(module.weight, 1)
                nn.init.constant_(module.bias, 0)
        if zero_init_residual:
            for module in self.modules():
                if isinstance(module, (BasicBlock, Bottleneck)):
                    nn.init.constant_((module.bn3 if isinstance(module, Bottleneck) else module.bn2).weight, 0)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))  # (N, 64, H / 4, W / 4)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))  # (N, 512 or 2048, H / 32, W / 32)
        return self.fc(flambeau.flatten(self.avgpool(x), 1))


@build
def resnet18(*, weights=None, progress: bool = True, **config) -> ResNet:
    """ResNet-18: 11,689,512 parameters for 1,000 classes."""
    no_weights(weights, "resnet18")
    return ResNet(BasicBlock, [2, 2, 2, 2], **config)


@build
def resnet34(*, weights=None, progress: bool = True, **config) -> ResNet:
    """ResNet-34: 21,797,672 parameters for 1,000 classes."""
    no_weights(weights, "resnet34")
    return ResNet(BasicBlock, [3, 4, 6, 3], **config)


@build
def resnet50(*, weights=None, progress: bool = True, **config) -> ResNet:
    """ResNet-50: 25,557,032 parameters for 1,000 classes."""
    no_weights(weights, "resnet50")
    return ResNet(Bottleneck, [3, 4, 6, 3], **config)
