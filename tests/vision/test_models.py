"""The models: sizes, names, and that they learn."""

import pytest

import flambeau
from flambeau.vision import models

PARAMETERS = {  # for 1,000 classes, as torchvision documents them
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "mobilenet_v2": 3_504_872,
    "vit_tiny": 5_717_416,
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_number_of_parameters(name):
    model = models.get_model(name)
    assert sum(parameter.numel() for parameter in model.parameters()) == PARAMETERS[name]


NAMES = {  # a few of each, as torchvision's checkpoints have them
    "resnet18": ["conv1.weight", "bn1.running_var", "layer1.0.conv1.weight", "layer2.0.downsample.1.bias", "layer4.1.bn2.bias", "fc.bias"],
    "resnet50": ["layer1.0.conv3.weight", "layer1.0.downsample.0.weight", "layer3.5.bn3.num_batches_tracked"],
    "mobilenet_v2": ["features.0.0.weight", "features.1.conv.0.0.weight", "features.2.conv.3.weight", "classifier.1.weight"],
    "vit_tiny": [
        "class_token", "conv_proj.weight", "encoder.pos_embedding", "encoder.layers.encoder_layer_0.ln_1.weight",
        "encoder.layers.encoder_layer_11.self_attention.in_proj_weight", "encoder.layers.encoder_layer_3.self_attention.out_proj.bias",
        "encoder.layers.encoder_layer_3.mlp.0.weight", "encoder.layers.encoder_layer_3.mlp.3.bias", "encoder.ln.bias", "heads.head.weight",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_of_parameters(name):
    assert set(NAMES[name]) <= set(models.get_model(name).state_dict())


def test_vgg_names_without_building_its_head():
    features = models.vgg.make_layers(models.vgg.LAYERS_11, batch_norm=True)
    assert [type(layer).__name__ for layer in features[:4]] == ["Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d"]
    assert tuple(features(flambeau.zeros(1, 3, 32, 32)).shape) == (1, 512, 1, 1)
    assert list(models.vgg.make_layers(models.vgg.LAYERS_11).state_dict())[-1] == "18.bias"


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: models.lenet(), (2, 1, 28, 28)),
        (lambda: models.lenet(channels=3, image_size=32), (2, 3, 32, 32)),
        (lambda: models.resnet18(num_classes=10), (2, 3, 32, 32)),
        (lambda: models.mobilenet_v2(num_classes=10, width_mult=0.25), (2, 3, 32, 32)),
        (lambda: models.vit_tiny(num_classes=10, image_size=16, patch_size=4), (2, 3, 16, 16)),
    ],
)
def test_a_step_lowers_the_loss(make, shape):
    flambeau.manual_seed(0)
    model = make()
    images, labels = flambeau.randn(shape), flambeau.tensor([1, 7])
    optimizer = flambeau.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    for _ in range(3):
        logits = model(images)
        assert tuple(logits.shape) == (2, 10)
        loss = flambeau.nn.functional.cross_entropy(logits, labels)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < losses[0]
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_zero_init_residual_starts_as_the_identity():
    model = models.resnet18(num_classes=10, zero_init_residual=True)
    assert float(model.layer3[1].bn2.weight.detach().abs().sum()) == 0.0


def test_what_cannot_be_had():
    with pytest.raises(ValueError, match="no trained weights to download.*load_state_dict"):
        models.resnet18(weights="DEFAULT")
    with pytest.raises(ValueError, match="Unknown model alexnet: choose from lenet, mobilenet_v2"):
        models.get_model("alexnet")
    with pytest.raises(ValueError, match="takes images of 224 x 224"):
        models.vit_tiny()(flambeau.zeros(1, 3, 32, 32))
    assert "resnet50" in models.list_models()
