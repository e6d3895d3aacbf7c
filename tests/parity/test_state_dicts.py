"""State dicts of ten networks: what PyTorch saves loads here with the same outputs, and what is saved here loads there."""
import io

import numpy as np
import pytest

import flambeau

torch = pytest.importorskip("torch")


def networks(lib) -> dict:
    """Name -> (network in evaluation mode, shape of an input, or the number of words that it takes)."""
    nn, F = lib.nn, lib.nn.functional

    class Residual(nn.Module):
        def __init__(self, before, after, stride=1):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after)
            self.conv2, self.bn2 = nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after)
            self.downsample = None if before == after else nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

        def forward(self, x):
            y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
            return F.relu(y + (x if self.downsample is None else self.downsample(x)))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.wte, self.wpe = nn.Embedding(13, 16), nn.Embedding(8, 16)
            layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, norm_first=True, activation="gelu")
            self.blocks, self.head = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), nn.Linear(16, 13, bias=False)
            self.head.weight = self.wte.weight
            self.register_buffer("mask", lib.triu(lib.full((8, 8), float("-inf")), 1))

        def forward(self, i):
            x = self.wte(i) + self.wpe(lib.arange(i.shape[1]))
            return self.head(self.blocks(x, mask=self.mask[:i.shape[1], :i.shape[1]]))

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.down1, self.down2 = (nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.GroupNorm(2, b), nn.SiLU()) for a, b in ((3, 4), (4, 8)))
            self.up, self.last = nn.ConvTranspose2d(8, 4, 2, 2), nn.Conv2d(8, 1, 1)

        def forward(self, x):
            first = self.down1(x)
            return self.last(lib.cat([first, self.up(self.down2(F.max_pool2d(first, 2)))], 1))

    class Words(nn.Module):
        def __init__(self, recurrent):
            super().__init__()
            self.embedding, self.rnn = nn.Embedding(13, 6, padding_idx=0), recurrent
            self.out = nn.LazyLinear(3)

        def forward(self, i):
            return self.out(self.rnn(self.embedding(i))[0][:, -1])

    class Translate(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.transformer = nn.Embedding(13, 8), nn.Transformer(8, 2, 1, 1, 16, batch_first=True)

        def forward(self, i):
            return self.transformer(self.embedding(i), self.embedding(i.flip(1)))

    made = {
        "mlp": (nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3)), (4, 5)),
        "resnet": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), Residual(4, 4), Residual(4, 8, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                                 nn.Linear(8, 5)), (2, 3, 12, 12)),
        "gpt": (GPT(), 13), "unet": (UNet(), (2, 3, 8, 8)),
        "lstm": (Words(nn.LSTM(6, 5, 2, batch_first=True, bidirectional=True)), 13), "gru": (Words(nn.GRU(6, 5, batch_first=True)), 13),
        "transformer": (Translate(), 13),
        "weight_norm": (nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv1d(3, 4, 3)), nn.PReLU(), nn.InstanceNorm1d(4, affine=True)), (2, 3, 9)),
        "depthwise": (nn.Sequential(nn.Conv2d(4, 8, 3, groups=4), nn.Hardswish(), nn.ConvTranspose2d(8, 4, 3, 2, groups=2), nn.LocalResponseNorm(2)),
                      (2, 4, 7, 7)),
        "containers": (nn.Sequential(nn.ModuleDict({"a": nn.Bilinear(3, 3, 2)})["a"], nn.LayerNorm(2)), "pair"),
    }
    return {name: (model.eval(), takes) for name, (model, takes) in made.items()}


NAMES = ["mlp", "resnet", "gpt", "unet", "lstm", "gru", "transformer", "weight_norm", "depthwise", "containers"]


def outputs(lib, model, takes):
    rng = np.random.default_rng(0)
    if takes == "pair":
        a, b = (lib.tensor(rng.standard_normal((4, 3)).astype("float32")) for _ in range(2))
        result = model[1](model[0](a, b))
    else:
        numbers = rng.integers(1, takes, (2, 7)) if isinstance(takes, int) else rng.standard_normal(takes).astype("float32")
        result = model(lib.tensor(numbers))
    return result.detach().numpy()


def disturbed(lib, model):
    """Every parameter and buffer away from where it began, so that zeros and ones hide nothing."""
    with lib.no_grad():
        for k, (name, t) in enumerate(model.state_dict(keep_vars=True).items()):
            if t.is_floating_point() and name != "mask" and t.dim():
                t.add_(lib.linspace(0, 0.1 + 0.01 * k, t.numel()).view(t.shape))


@pytest.mark.parametrize("source, target", [(torch, flambeau), (flambeau, torch)], ids=["theirs-loads-here", "ours-loads-there"])
@pytest.mark.parametrize("name", NAMES)
def test_the_same_outputs(name, source, target):
    source.manual_seed(1)
    target.manual_seed(2)
    (model, takes), (other, _) = networks(source)[name], networks(target)[name]
    outputs(source, model, takes), outputs(target, other, takes)               # lazy layers get their shapes
    disturbed(source, model)
    file = io.BytesIO()
    source.save(model.state_dict(), file)
    file.seek(0)
    found = target.load(file, weights_only=True)
    assert list(found) == list(model.state_dict())
    assert str(other.load_state_dict(found)) == "<All keys matched successfully>"
    np.testing.assert_allclose(outputs(target, other, takes), outputs(source, model, takes), rtol=1e-5, atol=1e-5)
