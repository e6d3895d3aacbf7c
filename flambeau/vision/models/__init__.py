"""Networks for images, with torchvision's structure and parameter names, so that its checkpoints load.

    model = models.resnet18(num_classes=10)
    model.load_state_dict(flambeau.load("resnet18-f37072fd.pth"))      # a checkpoint that you have

No weights are downloaded: `weights` other than None is an error that says so.
"""

from ._build import get_model, list_models
from .lenet import LeNet, lenet
from .mobilenetv2 import MobileNetV2, mobilenet_v2
from .resnet import ResNet, resnet18, resnet34, resnet50
from .vgg import VGG, vgg11, vgg11_bn
from .vision_transformer import VisionTransformer, vit_b_16, vit_tiny

__all__ = [
    "VGG", "LeNet", "MobileNetV2", "ResNet", "VisionTransformer", "get_model", "lenet", "list_models", "mobilenet_v2", "resnet18",
    "resnet34", "resnet50", "vgg11", "vgg11_bn", "vit_b_16", "vit_tiny",
]  # fmt: skip
