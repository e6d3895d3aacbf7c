"""Checkpoints against PyTorch: the same bytes from the same objects, and each reads what the other has written."""
import io
import math
import pickle
from collections import Counter, OrderedDict

import numpy as np
import pytest

import flambeau
import flambeau.serialization as s

torch = pytest.importorskip("torch")

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64", "complex128"]
FORMATS = [{}, {"_use_new_zipfile_serialization": False}, {"pickle_protocol": 3}, {"pickle_protocol": 4}, {"pickle_protocol": 5}]


def ours(obj, **options) -> bytes:
    buffer = io.BytesIO()
    s.save(obj, buffer, **options)
    return buffer.getvalue()


def theirs(obj, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(obj, buffer, **options)
    return buffer.getvalue()


def objects(lib) -> dict:
    """Objects of every kind that checkpoints hold, made by flambeau or PyTorch."""
    x = lib.arange(6.0)
    labelled, parameter = lib.ones(2), lib.nn.Parameter(lib.ones(2))
    labelled.label, parameter.decay = "first", 0.5
    numbers = lib.tensor([[0.0, 1.0, 2.0], [100.0, 3.0, 5.0]])
    return {
        **{f"dtype {name}": (numbers * (2 - 1j) if "complex" in name else numbers).to(getattr(lib, name)) for name in DTYPES},
        "views": [x, x[2:4], x.view(2, 3).t(), x[:1].expand(3), x], "scalar": lib.tensor(3), "empty": lib.empty(0, 3),
        "special": lib.tensor([math.nan, math.inf, -0.0]), "gradient": lib.ones(2, requires_grad=True),
        "parameters": [lib.nn.Parameter(lib.ones(2)), lib.nn.Parameter(lib.zeros(1), requires_grad=False)],
        "attributes": [labelled, parameter], "meta": lib.empty(2, 3, device="meta"),
        "lib": [lib.Size([1, 2]), lib.float32, lib.bfloat16, lib.device("cpu"), lib.device("cuda:1"), lib.strided],
        "plain": [None, True, -7, 10**40, 2.5, 1 - 2j, "grüße" * 100, b"\x00\xff", bytearray(b"ab"), [1, [2]], (1,), (), (1, 2, 3, 4), {1},
                  Counter("aab"), OrderedDict(b=1, a=2), {(1, "k"): 2}],
        "numpy": [np.arange(3.0), np.float32(2)],
    }


def comparable(value):
    """Tensors as what can be compared, whichever library they are of."""
    if isinstance(value, (torch.Tensor, flambeau.Tensor)):
        dtype = str(value.dtype).rpartition(".")[2]
        where = (dtype, tuple(value.shape), tuple(value.stride()), value.storage_offset(), value.requires_grad)
        return where if value.device.type == "meta" else (*where, repr(value.tolist()))
    if isinstance(value, dict):
        return {k: comparable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [comparable(v) for v in value]
    return repr(value).replace("flambeau.", "torch.")


@pytest.mark.parametrize("options", FORMATS, ids=str)
@pytest.mark.parametrize("kind", objects(flambeau))
def test_the_same_bytes(kind, options):
    if not options or options == {"pickle_protocol": 3}:  # from 4 on, a pickle depends on which equal strings are one object
        a, b = ours(objects(flambeau)[kind], **options), theirs(objects(torch)[kind], **options)
        end = a.index(b"archive/.data/serialization_id")  # a number made from the contents, by another formula
        assert len(a) == len(b) and a[:end] == b[:end]
    else:
        written = ours(objects(flambeau)[kind], **options)
        assert comparable(torch.load(io.BytesIO(written), weights_only=False)) == comparable(objects(torch)[kind])


@pytest.mark.parametrize("options", FORMATS, ids=str)
def test_pytorchs_files(options):
    for kind, obj in objects(torch).items():
        loaded = s.load(io.BytesIO(theirs(obj, **options)), weights_only=kind != "numpy")
        assert comparable(loaded) == comparable(obj), kind


def test_pytorch_reads_our_files_as_weights_only():
    for kind, obj in objects(flambeau).items():
        if kind != "numpy":
            assert comparable(torch.load(io.BytesIO(ours(obj)))) == comparable(objects(torch)[kind]), kind


def test_sharing_across(tmp_path):
    x = torch.arange(6.0)
    torch.save({"x": x, "v": x[2:4], "again": x}, tmp_path / "x.pt")
    for mmap in (False, True):
        loaded = s.load(tmp_path / "x.pt", mmap=mmap)
        loaded["x"][2] = 99
        assert loaded["v"].tolist() == [99, 3] and loaded["again"] is loaded["x"]
    s.save(loaded, tmp_path / "y.pt")
    for mmap in (False, True):
        back = torch.load(tmp_path / "y.pt", mmap=mmap)
        back["x"][2] = 7
        assert back["v"].tolist() == [7, 3] and back["again"] is back["x"]


def test_conjugated_and_negated_views():
    x = torch.tensor([1 + 2j, 3 - 1j])
    assert s.load(io.BytesIO(theirs(x.conj()))).tolist() == [1 - 2j, 3 + 1j]
    assert s.load(io.BytesIO(theirs(x.conj().imag))).tolist() == [-2, 1]


def test_files_without_checksums(tmp_path):
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        data = theirs(torch.ones(3))
    finally:
        torch.serialization.set_crc32_options(before)
    assert s.load(io.BytesIO(data)).tolist() == [1, 1, 1]
    s.set_crc32_options(False)
    try:
        data = ours(flambeau.ones(3))
    finally:
        s.set_crc32_options(True)
    assert torch.load(io.BytesIO(data)).tolist() == [1, 1, 1]


def test_safetensors_across(tmp_path):
    theirs_st = pytest.importorskip("safetensors.torch")
    tensors = {k: v for k, v in objects(torch).items() if isinstance(v, torch.Tensor) and k not in ("dtype complex128", "meta")}
    theirs_st.save_file(tensors, tmp_path / "x.safetensors")
    loaded = s.load(tmp_path / "x.safetensors")
    assert comparable(loaded) == {k: comparable(v.detach()) for k, v in tensors.items()}
    s.safetensors.save_file(loaded, tmp_path / "y.safetensors")
    assert comparable(theirs_st.load_file(tmp_path / "y.safetensors")) == comparable(loaded)


@pytest.mark.parametrize("wrong", ["function", "numpy", "empty", "cut", "directory", "nothing", "junk", "cuda", "no folder", "no file",
                                   "lambda"])
def test_the_same_kind_of_error(wrong, tmp_path):
    data = theirs(torch.ones(100))
    (tmp_path / "empty").touch()
    (tmp_path / "cut").write_bytes(data[:300])
    (tmp_path / "junk").write_bytes(b"\x99hello" * 10)
    torch.save(pytest.approx, tmp_path / "function")
    torch.save(np.ones(2), tmp_path / "numpy")

    def attempt(lib):
        if wrong == "cuda":
            return lib.load(io.BytesIO(data), map_location="cuda")
        if wrong == "no folder":
            return lib.save(1, tmp_path / "no" / "x")
        if wrong == "no file":
            return lib.save(1, 5)
        if wrong == "lambda":
            return lib.save(lambda: 1, io.BytesIO())
        return lib.load(tmp_path / wrong if wrong != "directory" else tmp_path)

    with pytest.raises((RuntimeError, pickle.UnpicklingError, pickle.PicklingError, EOFError, OSError, AttributeError)) as expected:
        attempt(torch)
    with pytest.raises(expected.type):
        attempt(s)


# ---------------------------------------------------------------------------------------------------------------- ten models
def block(nn, channels_in, channels_out, stride=1):
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False), nn.BatchNorm2d(channels_out), nn.ReLU(),
                         nn.Conv2d(channels_out, channels_out, 3, 1, 1), nn.GroupNorm(2, channels_out))


def models(lib) -> dict:
    """Name -> (model, input), with the same layers in flambeau and PyTorch."""
    nn = lib.nn

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.body, self.short = nn.Conv2d(3, 4, 3, padding=1), block(nn, 4, 8, 2), nn.Conv2d(4, 8, 1, 2)
            self.head = nn.Linear(8, 5)

        def forward(self, x):
            x = self.stem(x)
            return self.head(lib.relu(self.body(x) + self.short(x)).mean((2, 3)))

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.down, self.pool, self.middle = block(nn, 1, 4), nn.MaxPool2d(2), block(nn, 4, 8)
            self.up, self.out = nn.ConvTranspose2d(8, 4, 2, 2), nn.Conv2d(8, 1, 1)

        def forward(self, x):
            a = self.down(x)
            return self.out(lib.cat([a, self.up(self.middle(self.pool(a)))], 1))

    class Recurrent(nn.Module):
        def __init__(self, kind):
            super().__init__()
            self.embedding, self.cell = nn.Embedding(11, 6), getattr(nn, kind)(6, 7, num_layers=2, batch_first=True)
            self.out = nn.Linear(7, 11)

        def forward(self, x):
            return self.out(self.cell(self.embedding(x))[0])

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.places = nn.Embedding(11, 8), nn.Parameter(lib.zeros(1, 5, 8))
            self.norm, self.qkv, self.mix = nn.LayerNorm(8), nn.Linear(8, 24), nn.Linear(8, 8)
            self.feed = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
            self.head = nn.Linear(8, 11, bias=False)
            self.head.weight = self.tokens.weight
            self.register_buffer("mask", lib.tril(lib.ones(5, 5)))

        def forward(self, x):
            h = self.tokens(x) + self.places
            q, k, v = self.qkv(self.norm(h)).split(8, -1)
            scores = (q @ k.transpose(-2, -1) / 8**0.5).masked_fill(self.mask == 0, -1e9)
            h = h + self.mix(lib.softmax(scores, -1) @ v)
            return self.head(h + self.feed(h))

    image, text, rows = lib.linspace(-1, 1, 3 * 64).view(1, 3, 8, 8), lib.tensor([[1, 5, 2, 10, 0]]), lib.linspace(-1, 1, 12).view(3, 4)
    return {
        "mlp": (nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2)), rows),
        "batchnorm": (nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.LeakyReLU(), nn.Dropout(0.5), nn.Linear(6, 1)), rows),
        "resnet": (Residual(), image), "unet": (UNet(), image[:, :1]), "lstm": (Recurrent("LSTM"), text), "gru": (Recurrent("GRU"), text),
        "gpt": (GPT(), text), "rnn": (Recurrent("RNN"), text), "prelu": (nn.Sequential(nn.Linear(4, 3), nn.PReLU(), nn.Softmax(1)), rows),
        "attention": (nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), lib.linspace(-1, 1, 40).view(1, 5, 8)),
    }


@pytest.mark.parametrize("name", ["mlp", "batchnorm", "resnet", "unet", "lstm", "gru", "gpt", "rnn", "prelu", "attention"])
def test_state_dicts_of_ten_models(name, tmp_path):
    torch.manual_seed(1)
    flambeau.manual_seed(2)
    (a, x), (b, y) = models(torch)[name], models(flambeau)[name]
    a.eval(), b.eval()
    torch.save(a.state_dict(), tmp_path / "theirs.pt")
    b.load_state_dict(s.load(tmp_path / "theirs.pt"))
    expected = a(x).detach().numpy()
    np.testing.assert_allclose(b(y).detach().numpy(), expected, rtol=1e-5, atol=1e-5)
    s.save(b.state_dict(), tmp_path / "ours.pt")
    c = models(torch)[name][0].eval()
    c.load_state_dict(torch.load(tmp_path / "ours.pt"))
    np.testing.assert_array_equal(c(x).detach().numpy(), expected)


def test_whole_modules_across():
    """Modules with the same names and attributes in both libraries."""
    torch.manual_seed(1)
    a = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    x = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)
    b = s.load(io.BytesIO(theirs(a)), weights_only=False)
    assert isinstance(b, flambeau.nn.Sequential)
    expected = a(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(b(flambeau.from_numpy(x)).detach().numpy(), expected, rtol=1e-5, atol=1e-6)
    c = torch.load(io.BytesIO(ours(b)), weights_only=False)
    assert isinstance(c, torch.nn.Sequential)
    np.testing.assert_array_equal(c(torch.from_numpy(x)).detach().numpy(), expected)


def test_optimizers_across(tmp_path):
    def train(lib):
        lib.manual_seed(3)
        model = lib.nn.Linear(3, 2)
        optimizer = lib.optim.Adam(model.parameters(), lr=0.1, amsgrad=True)
        model(lib.ones(2, 3)).sum().backward()
        optimizer.step()
        return model, optimizer

    (model, optimizer), (other, _) = train(torch), train(flambeau)
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, tmp_path / "x.pt")
    loaded = s.load(tmp_path / "x.pt")
    fresh = flambeau.optim.Adam(other.parameters())
    fresh.load_state_dict(loaded["optimizer"])
    s.save(fresh.state_dict(), tmp_path / "y.pt")
    assert comparable(torch.load(tmp_path / "y.pt")) == comparable(optimizer.state_dict())
