"""torch.onnx.export checked by onnxruntime: a network of flambeau's in its file gives what the network gives."""
import io

import numpy as np
import pytest

import flambeau
from flambeau import nn

runtime = pytest.importorskip("onnxruntime")

MODELS = {
    "convolutions": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, stride=2, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(3, 2, 1, ceil_mode=True),
                                           nn.Flatten(), nn.Linear(36, 2)), (2, 3, 8, 8)),
    "bilinear": (lambda: nn.Sequential(nn.ConvTranspose2d(3, 4, 2, 2), nn.Upsample(scale_factor=2, mode="bilinear"), nn.Mish()), (2, 3, 4, 4)),
    "lstm": (lambda: nn.LSTM(4, 5, 2, batch_first=True), (2, 3, 4)),
    "attention": (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (2, 3, 8)),
    "resnet18": (lambda: flambeau.vision.models.resnet18(num_classes=10), (1, 3, 32, 32)),
}


@pytest.mark.parametrize("name", MODELS)
def test_onnxruntime_agrees(name):
    make, shape = MODELS[name]
    model, file = make().eval(), io.BytesIO()
    flambeau.onnx.export(model, flambeau.randn(shape), file)
    session = runtime.InferenceSession(file.getvalue(), providers=["CPUExecutionProvider"])
    x = flambeau.randn(shape)
    with flambeau.no_grad():
        expected = model(x)
    expected = expected if isinstance(expected, flambeau.Tensor) else expected[0]
    (found, *_) = session.run(None, {"input": x.numpy()})
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4, atol=1e-5)
