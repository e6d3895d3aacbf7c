"""torch.onnx.export: what the file computes is what the model computes. Files are run by onnx's own reference evaluator.

Open axes, and every kind of operator: tests/test_onnx_dynamic.py.
"""
import builtins
import io

import numpy as np
import pytest

import flambeau as torch
from flambeau import nn
from flambeau.onnx.capture import tensors_in

onnx = pytest.importorskip("onnx")
reference = pytest.importorskip("onnx.reference")


class Everything(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 4))

    def forward(self, x):
        y = x.clone()
        y[:, 0] = x[:, 1] * 2                                              # in place, through a view
        y = torch.where(y > 0, y, -y).clamp(0.1, 3)
        z = (y @ self.weight).softmax(-1).transpose(0, 1)[1:, ::2]        # a strided view
        values, where = x.max(1)
        return {"a": z, "b": [y.mean(0), (x != 0).float().sum(1, keepdim=True), x.masked_fill(x < 0, -1.0) ** 2], "c": torch.cat([x, x * 3 - 1], 1),
                "d": (x.view(-1), x.max(), x.argmin(-1), values, where), "e": torch.arange(3.0), "f": x.cumsum(1).tril() + x.norm(dim=0)}


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.places = nn.Embedding(11, 8), nn.Embedding(6, 8)
        self.layers = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu"), 2)
        self.head = nn.Linear(8, 11)

    def forward(self, words):
        count = words.shape[1]
        x = self.embedding(words) + self.places(torch.arange(count))
        return self.head(self.layers(x, mask=nn.Transformer.generate_square_subsequent_mask(count)))


IMAGES = (2, 3, 8, 8)
MODELS = {
    "convolutions": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, stride=2), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.AvgPool2d(2), nn.Dropout(),
                                           nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2), nn.LogSoftmax(1)), IMAGES),
    "upwards": (lambda: nn.Sequential(nn.ConvTranspose2d(3, 4, 3, 2, 1, output_padding=1), nn.LeakyReLU(), nn.GroupNorm(2, 4), nn.InstanceNorm2d(4), nn.ELU(),
                                      nn.Hardswish(), nn.Softplus(), nn.Sigmoid(), nn.Upsample(scale_factor=2)), IMAGES),
    "lstm": (lambda: nn.LSTM(4, 5, 2, batch_first=True, bidirectional=True), (2, 3, 4)), "gru": (lambda: nn.GRU(4, 5), (2, 3, 4)),
    "one sequence": (lambda: nn.LSTM(4, 5), (3, 4)),
    "transformer": (Words, None), "everything": (Everything, (3, 4, 4)),
    "activations": (lambda: nn.Sequential(nn.GELU(), nn.GELU("tanh"), nn.LayerNorm(4), nn.SiLU(), nn.Tanh(), nn.Hardtanh(), nn.Hardsigmoid(), nn.LogSigmoid()), (2, 4)),
}


def example(shape):
    return torch.randint(0, 11, (2, 6)) if shape is None else torch.randn(shape)


@pytest.mark.parametrize("name", MODELS)
def test_the_file_computes_what_the_model_does(name, tmp_path):
    make, shape = MODELS[name]
    model = make()
    torch.export.onnx(model, example(shape), tmp_path / "model.onnx", input_names=["x"])
    assert model.training
    model.eval()
    x = example(shape)
    with torch.no_grad():
        expected = [t.numpy() for t in tensors_in(model(x))]
    found = reference.ReferenceEvaluator(str(tmp_path / "model.onnx")).run(None, {"x": x.numpy()})
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    assert sorted(tmp_path.iterdir()) == [tmp_path / "model.onnx"]


def test_names_and_a_file_object():
    file = io.BytesIO()
    program = torch.onnx.export(nn.Linear(2, 3), (torch.ones(1, 2),), file, input_names=["a"], output_names=["b"])
    graph = onnx.load_from_string(file.getvalue()).graph
    assert [n.name for n in graph.input] == ["a"] and [n.name for n in graph.output] == ["b"]
    assert {t.name for t in graph.initializer} >= {"weight", "bias"} and program.model_proto.opset_import[0].version == 18
    assert not torch.onnx.is_in_onnx_export()


def refused(function, *args, match):
    class Model(nn.Module):
        def forward(self, *args):
            return function(*args)
    with pytest.raises(torch.onnx.OnnxExporterError, match=match) as caught:
        torch.onnx.export(Model(), args)
    return str(caught.value)


def test_what_cannot_be_written_is_named_with_its_line():
    message = refused(lambda x: torch.linalg.inv(x), torch.eye(3), match="LinalgInv")
    assert "test_onnx.py" in message and "in <lambda>" in message and "Compute it before or after" in message
    with pytest.raises(ValueError, match="opset"):
        torch.onnx.export(nn.ReLU(), torch.ones(3), opset_version=9)
    with pytest.raises(ValueError, match="give one of them"):
        torch.onnx.export(nn.ReLU(), torch.ones(3), dynamic_axes={"input": [0]}, dynamic_shapes=({0: "n"},))


def test_what_depends_on_values_is_refused():
    x = torch.arange(6.0) - 2
    refused(lambda x: x * 2 if x[0] > 0 else -x, torch.tensor([1.0, -2.0]), match="depends on the values")
    refused(lambda x: x[x > 0], x, match="depends on the values of the inputs, .*in <lambda>")
    refused(lambda x: x + x.sum().item(), x, match="depends on the values")
    refused(lambda x: x + torch.randn(6), x, match="random")


def test_without_the_package_it_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "onnx":
            raise ModuleNotFoundError("No module named 'onnx'", name="onnx")
        return real(name, *args, **kwargs)
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ModuleNotFoundError, match="pip install onnx"):
        torch.onnx.export(nn.ReLU(), torch.ones(3))
