"""torch.onnx.export with open axes: one file is right at every size. Run by onnxruntime where it is installed, else by onnx's reference evaluator."""
import io

import numpy as np
import pytest

import flambeau as torch
import flambeau.nn.functional as F
from flambeau import nn
from flambeau.onnx.capture import tensors_in
from flambeau.vision import models

onnx = pytest.importorskip("onnx")


def session(data: bytes):
    try:
        import onnxruntime
    except ModuleNotFoundError:
        from onnx.reference import ReferenceEvaluator
        return ReferenceEvaluator(onnx.load_from_string(data)).run
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"]).run


def agree(model, inputs, axes, sizes, **options):
    """Export at sizes[0], compare at all."""
    model.eval()
    names = [f"x{k}" for k in range(len(inputs(*sizes[0])))]
    options = options or {"dynamic_axes": {name: a for name, a in zip(names, axes, strict=True) if a}}
    file = io.BytesIO()
    program = torch.onnx.export(model, inputs(*sizes[0]), file, input_names=names, **options)
    run = session(file.getvalue())
    for at in sizes:
        given = inputs(*at)
        with torch.no_grad():
            expected = [t.numpy() for t in tensors_in([model(*given)])]
        found = run(None, {name: x.numpy() for name, x in zip(names, given, strict=True)})
        for k, (a, b) in enumerate(zip(found, expected, strict=True)):
            assert a.dtype == b.dtype and a.shape == b.shape, (at, k, a.shape, b.shape)
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5, err_msg=f"result {k} at {at}")
    return program


def words(b, t):
    return (torch.randint(0, 20, (b, t)),)


BATCHES, BOTH = [(2, 6), (1, 6), (5, 6)], [(2, 6), (1, 4), (5, 9)]


@pytest.mark.parametrize("name, size", [("lenet", 28), ("mobilenet_v2", 32), ("resnet18", 32), ("vit_tiny", 32)])
def test_vision_models(name, size):
    model = models.get_model(name) if name != "vit_tiny" else models.VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=5)
    for p in model.parameters():
        if p.ndim == 2:
            nn.init.normal_(p, 0, 0.1)          # a head of zeros would hide everything
    agree(model, lambda b, _: (torch.randn(b, 1 if name == "lenet" else 3, size, size),), [{0: "batch"}], BATCHES)


class Attention(nn.Module):
    """A block of a GPT, with both ways to see only what is behind."""

    def __init__(self, fused):
        super().__init__()
        self.fused, self.qkv, self.norm = fused, nn.Linear(16, 48), nn.LayerNorm(16)
        self.register_buffer("mask", torch.tril(torch.ones(12, 12)).view(1, 1, 12, 12))

    def forward(self, x):
        batch, time, width = x.shape
        q, k, v = (y.view(batch, time, 4, 4).transpose(1, 2) for y in self.qkv(self.norm(x)).split(width, dim=2))
        if self.fused:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = (q @ k.transpose(-2, -1)) / k.size(-1) ** 0.5
            y = scores.masked_fill(self.mask[:, :, :time, :time] == 0, float("-inf")).softmax(-1) @ v
        return x + y.transpose(1, 2).contiguous().view(batch, time, width)


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places, self.head = nn.Embedding(20, 16), nn.Embedding(12, 16), nn.Linear(16, 20, bias=False)
        self.blocks = nn.Sequential(Attention(True), nn.GELU(), Attention(False))

    def forward(self, x):
        places = torch.arange(0, x.size(1), dtype=torch.long)
        return self.head(self.blocks(self.words(x) + self.places(places)))[:, [-1], :]


class Classifier(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.words, self.layers, self.head = nn.Embedding(20, 8), kind(8, 6, 2, batch_first=True, bidirectional=True), nn.Linear(12, 3)

    def forward(self, x):
        output, state = self.layers(self.words(x))
        return self.head(output[:, -1]), state


class States(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.LSTM(4, 5)

    def forward(self, x):
        zeros = torch.zeros(1, x.size(1), 5)
        return self.layer(x, (zeros, zeros + 1))


class UNet(nn.Module):
    def __init__(self, transposed):
        super().__init__()
        self.down, self.bottom, self.pool = nn.Conv2d(2, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1), nn.MaxPool2d(2)
        self.norm, self.instance = nn.GroupNorm(2, 8), nn.InstanceNorm2d(4, affine=True)
        self.up = nn.ConvTranspose2d(8, 4, 2, 2) if transposed else nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(8, 4, 1))
        self.last = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        skip = self.instance(self.down(x)).relu()
        return self.last(torch.cat([skip, self.up(self.norm(self.bottom(self.pool(skip))))], 1))


class Places(nn.Module):
    """Sines of places, written through strided views of zeros."""

    def forward(self, x):
        count, width = x.shape[1:]
        places, rates = torch.arange(count).unsqueeze(1), torch.exp(torch.arange(0, width, 2) * (-4.0 / width))
        table = torch.zeros(count, width)
        table[:, 0::2], table[:, 1::2] = torch.sin(places * rates), torch.cos(places * rates)
        return x + table


MODELS = {
    "gpt": (GPT, words, BOTH, [{0: "batch", 1: "time"}]), "lstm": (lambda: Classifier(nn.LSTM), words, BOTH, [{0: "batch", 1: "time"}]),
    "gru": (lambda: Classifier(nn.GRU), words, BOTH, [[0, 1]]), "rnn": (lambda: Classifier(nn.RNN), words, BATCHES, [[0]]),
    "states": (States, lambda b, t: (torch.randn(t, b, 4),), BOTH, [{0: "time", 1: "batch"}]),
    "unet": (lambda: UNet(True), lambda b, t: (torch.randn(b, 2, 2 * t, 8),), BOTH, [{0: "batch", 2: "height"}]),
    "unet upsampling": (lambda: UNet(False), lambda b, t: (torch.randn(b, 2, 2 * t, 2 * b + 2),), BOTH, [{0: "batch", 2: "height", 3: "width"}]),
    "encoder": (lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2), lambda b, t: (torch.randn(b, t, 8),), BOTH, [[0, 1]]),
    "places": (Places, lambda b, t: (torch.randn(b, t, 6),), BOTH, [[0, 1]]),
}


@pytest.mark.parametrize("name", MODELS)
def test_models(name):
    make, inputs, sizes, axes = MODELS[name]
    agree(make(), inputs, axes, sizes)


def apart(x):
    """Values none of which is near another: what is first in order does not hang on the last bit."""
    order = torch.randperm(x.numel()).reshape(x.shape).float()
    return (order / x.numel() - 0.45,)


def numbers(b, _=0):
    return apart(torch.empty(b, 6, 4))


def at(x):
    return (x * 1000).long().abs() % 6


OPERATORS = {
    "order": lambda x: (x.sort(1, descending=True), x.topk(3, 1), x.topk(2, dim=-1, largest=False), x.kthvalue(2, 1), x.median(1), x.argsort(-1), x.median()),
    "where": lambda x: (x.argmax(-1), x.argmin(1, keepdim=True), x.max(1), x.amax((1, 2)), torch.where(x > 0, x, x * 0.1), x.any(), (x > 0).all(1)),
    "einsum": lambda x: (torch.einsum("bij,bkj->bik", x, x), torch.einsum("bij->jb", x), torch.bmm(x, x.mT), x @ x.mT @ x),
    "scatter": lambda x: (torch.zeros_like(x).scatter_(1, at(x), x), torch.zeros(x.size(0), 6, 4).scatter_add(1, at(x), x),
                          x.scatter_reduce(1, at(x), x, "amax"), x.scatter_reduce(1, at(x), x, "mean", include_self=False), x.gather(1, at(x))),
    "index": lambda x: (x.index_put((torch.tensor([0]), torch.tensor([2])), torch.tensor(5.0)), x[:, torch.tensor([0, 2, -1])], x.index_select(1, torch.tensor([3, 3])),
                        x[:, torch.tensor([[0, 1]]), torch.tensor([[2], [3]])], x[torch.arange(x.size(0)), 1], x.index_add(1, torch.tensor([1, 1]), x[:, :2]),
                        x.take_along_dim(at(x), 1), F.one_hot(at(x), 6)),
    "scans": lambda x: (x.cumsum(1), x.flip(1).cumsum(-1), x.roll(2, 1), x.flip(0, 2), x.diff(dim=1), x.tril(1), x.triu()),
    "pads": lambda x: (F.pad(x, (1, 2), "reflect"), F.pad(x, (2, 1), "replicate"), F.pad(x, (1, 2), "circular"), F.pad(x, (1, -1, 0, 2), value=3.0)),
    "views": lambda x: (x[:, -1], x[:, 1:-1, ::2], x[-1], x[x.size(0) // 2], x.flatten(1), x.permute(2, 0, 1).reshape(x.size(2), -1), x.unfold(1, 3, 2), x.chunk(3, 1)[1],
                        x.diagonal(dim1=1, dim2=2), x.repeat(1, 2, 1), x.repeat_interleave(2, 1), torch.stack([x, -x], 1), x.expand(2, *x.shape)),
    "sizes": lambda x: (x.mean() * x.size(0), x.sum((0, 1)) / x.shape[0], torch.arange(x.size(0)), torch.full((x.size(0), 2), 7.0), torch.eye(x.size(0) + 1),
                        x.new_ones(x.size(0)), torch.arange(2 * x.size(0)).view(-1, 2), x * x.size(0) ** -0.5, x.std(), x.var(1), torch.std_mean(x, 2)),
    "arithmetic": lambda x: (x // 0.5, x % 0.3, torch.remainder(x, -0.7), at(x) // 4, -at(x) % 4, x.trunc(), x.frac(), torch.atan2(x, x + 0.01), x.abs().log1p(),
                             x.expm1(), torch.lerp(x, x * 2, 0.3), torch.addcmul(x, x, x, value=2), x.logsumexp(1), x.norm(dim=2), x.norm(3, 1), x.isnan(), ~(x > 0),
                             x.abs().pow(1.5)),
    "activations": lambda x: (F.glu(x), F.hardshrink(x), F.softshrink(x, 0.1), F.threshold(x, 0.1, 2.0), F.celu(x), F.selu(x), F.mish(x), F.rms_norm(x, (4,)),
                              F.normalize(x)),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators(name):
    class Model(nn.Module):
        def forward(self, x):
            return OPERATORS[name](x)
    agree(Model(), numbers, [{0: "batch"}], [(3,), (2,), (5,)])


IMAGES = {
    "pools": lambda x: (F.adaptive_avg_pool2d(x, (3, 5)), F.adaptive_max_pool2d(x[:, :, :6], 3), F.adaptive_avg_pool2d(x, 1), F.adaptive_avg_pool2d(x, 4),
                        F.avg_pool2d(x, 3, 2, 1), F.avg_pool2d(x, 2, divisor_override=3),
                        F.max_pool2d(x, 3, 2, ceil_mode=True), F.max_pool2d(x, 3, 2, 1, return_indices=True),
                        F.max_unpool2d(*F.max_pool2d(x[:, :, :6], 2, return_indices=True), 2), F.lp_pool2d(x.abs(), 2, 2), F.local_response_norm(x, 2)),
    "sizes": lambda x: (F.interpolate(x, size=(7, 9), mode="bilinear"), F.interpolate(x, scale_factor=1.5), F.interpolate(x, scale_factor=2, mode="bicubic"),
                        F.interpolate(x, size=(5, 5), mode="bilinear", align_corners=True), F.interpolate(x, size=(5, 7), mode="nearest-exact"),
                        F.interpolate(x, size=(4, 5), mode="bilinear", antialias=True), F.interpolate(x, size=(4, 6), mode="area"),
                        F.pixel_shuffle(x, 2), F.unfold(x, 3, padding=1), F.fold(F.unfold(x, 2, stride=2), (8, 10), 2, stride=2)),
}


@pytest.mark.parametrize("name", IMAGES)
def test_images(name):
    class Model(nn.Module):
        def forward(self, x):
            return IMAGES[name](x)
    agree(Model(), lambda b: apart(torch.empty(b, 4, 8, 10)), [{0: "batch"}], [(3,), (1,), (4,)])


# ------------------------------------------------------------------------------------------------------------ how axes are named
class Two(nn.Module):
    def forward(self, x, y):
        return x @ y.T, x.sum(0)


def test_dynamic_shapes():
    batch = torch.export.Dim("batch", min=1, max=64)
    program = agree(Two(), lambda n, m: (torch.randn(n, 3), torch.randn(m, 3)), None, [(2, 4), (1, 1), (7, 3)], dynamic_shapes={"x": {0: batch}, "y": ("rows", None)})
    graph = program.model_proto.graph
    named = lambda values: [[d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in values]
    assert named(graph.input) == [["batch", 3], ["rows", 3]] and named(graph.output) == [["batch", "rows"], [3]]
    agree(Two(), lambda n, m: (torch.randn(n, 3), torch.randn(m, 3)), None, [(2, 4), (1, 1), (7, 3)],
          dynamic_shapes=({0: torch.export.Dim.DYNAMIC}, {0: torch.export.Dim.AUTO}))


def test_axes_of_outputs_are_named_and_equal_sizes_are_tied():
    class Sum(nn.Module):
        def forward(self, x, y):
            return torch.cat([x + y, x])
    program = torch.onnx.export(Sum(), (torch.ones(2, 3), torch.ones(2, 3)), input_names=["a", "b"], output_names=["c"],
                                dynamic_axes={"a": {0: "n"}, "b": {0: "m"}, "c": {0: "both"}})
    assert program.model_proto.graph.output[0].type.tensor_type.shape.dim[0].dim_param == "both"


def test_what_cannot_be_open_is_said():
    class Loop(nn.Module):
        def forward(self, x):
            out = x[0]
            for row in x[1:]:
                out = torch.tanh(out + row)
            return out
    with pytest.raises(torch.onnx.OnnxExporterError, match="loop") as caught:
        torch.onnx.export(Loop(), torch.ones(3, 2), dynamic_axes={"input": [0]})
    assert "test_onnx_dynamic.py" in str(caught.value) and "leave that axis fixed" in str(caught.value)
    with pytest.raises(torch.onnx.OnnxExporterError, match="does not run at another size of n"):
        torch.onnx.export(nn.Linear(3, 2), torch.ones(2, 3), dynamic_axes={"input": {1: "n"}})
    with pytest.raises(ValueError, match="2 axes"):
        torch.onnx.export(nn.Linear(3, 2), torch.ones(2, 3), dynamic_axes={"input": [4]})
    with pytest.raises(ValueError, match="names \\['z'\\]"):
        torch.onnx.export(nn.Linear(3, 2), torch.ones(2, 3), dynamic_shapes={"z": {0: "n"}})
    with pytest.warns(UserWarning, match="Provided key y"):
        torch.onnx.export(nn.Linear(3, 2), torch.ones(2, 3), dynamic_axes={"y": [0]})
