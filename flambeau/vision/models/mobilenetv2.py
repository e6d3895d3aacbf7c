"""MobileNetV2 (Sandler, Howard, Zhu, Zhmoginov, Chen, 2018)."""

import flambeau
from flambeau import Tensor, nn

from ._build import build, no_weights

STAGES = (  # expansion, width, blocks, stride of the first
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def make_divisible(value: float, divisor: int = 8) -> int:
    """The multiple of `divisor` nearest to `value`, but not below 90 % of it."""
    nearest = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * value else nearest


def _conv_norm(inputs: int, outputs: int, size: int = 3, stride: int = 1, groups: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, size, stride, (size - 1) // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU6(inplace=True))


class InvertedResidual(nn.Module):
    """Widen by 1 x 1, filter each channel by 3 x 3, narrow by 1 x 1; with a shortcut where the shape stays."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int):
        super().__init__()
        if stride not in (1, 2):
            raise ValueError(f"stride should be 1 or 2 instead of {stride}")
        hidden = int(round(inputs * expansion))
        self.stride = stride
        self.use_res_connect = stride == 1 and inputs == outputs
        widen = [_conv_norm(inputs, hidden, 1)] if expansion != 1 else []
        filter_ = _conv_norm(hidden, hidden, stride=stride, groups=hidden)
        self.conv = nn.Sequential(*widen, filter_, nn.Conv2d(hidden, outputs, 1, 1, 0, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNetV2(nn.Module):
    """x (N, 3, H, W), H and W at least 32 -> logits (N, num_classes). width_mult: scales all widths."""

    def __init__(self, num_classes: int = 1000, width_mult: float = 1.0, dropout: float = 0.2):
        super().__init__()
        width = make_divisible(32 * width_mult)
        self.last_channel = make_divisible(1280 * max(1.0, width_mult))
        features = [_conv_norm(3, width, stride=2)]
        for expansion, outputs, blocks, stride in STAGES:
            outputs = make_divisible(outputs * width_mult)
            for block in range(blocks):
                features.append(InvertedResidual(width, outputs, stride if block == 0 else 1, expansion))
                width = outputs
        features.append(_conv_norm(width, self.last_channel, 1))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(p=dropout), nn.Linear(self.last_channel, num_classes))
        self._initialize()

    def _initialize(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.ones_(module.weight)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0, 0.01)
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.adaptive_avg_pool2d(self.features(x), (1, 1))
        return self.classifier(flambeau.flatten(x, 1))


@build
def mobilenet_v2(*, weights=None, progress: bool = True, **config) -> MobileNetV2:
    """MobileNetV2: 3,504,872 parameters for 1,000 classes."""
    no_weights(weights, "mobilenet_v2")
    return MobileNetV2(**config)
