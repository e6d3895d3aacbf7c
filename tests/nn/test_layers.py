"""Layers on small inputs, against values worked out by hand or by NumPy; options, reprs, errors, lazy layers."""

import math

import numpy as np
import pytest

import flambeau
from flambeau import nn


def t(*values, **options):
    return flambeau.tensor(values if len(values) > 1 else values[0], dtype=flambeau.float32, **options)


def close(got, expected, tolerance=1e-5):
    np.testing.assert_allclose(got.detach().numpy(), np.asarray(expected, dtype="float64"), rtol=tolerance, atol=tolerance)


def fill(module, value=1.0):
    with flambeau.no_grad():
        for parameter in module.parameters():
            parameter.fill_(value)
    return module


class TestLinear:
    def test_linear(self):
        layer = nn.Linear(2, 3)
        x = flambeau.rand(4, 2)
        close(layer(x), x.numpy() @ layer.weight.detach().numpy().T + layer.bias.detach().numpy())
        assert nn.Linear(2, 3, bias=False).bias is None and nn.Linear(2, 3, dtype=flambeau.float64).weight.dtype == flambeau.float64

    def test_bilinear(self):
        layer = nn.Bilinear(2, 3, 4)
        a, b = flambeau.rand(5, 2), flambeau.rand(5, 3)
        close(layer(a, b), np.einsum("ni,kij,nj->nk", a.numpy(), layer.weight.detach().numpy(), b.numpy()) + layer.bias.detach().numpy())
        with pytest.raises(ValueError):
            nn.Bilinear(0, 1, 1)

    def test_identity(self):
        x = flambeau.ones(1)
        assert nn.Identity(1, any_option=2)(x) is x

    def test_lazy(self):
        layer = nn.LazyLinear(3)
        assert repr(layer) == "LazyLinear(in_features=0, out_features=3, bias=True)" and repr(layer.weight) == "<UninitializedParameter>"
        assert nn.LazyLinear(3).double().weight.dtype == flambeau.float64
        with pytest.raises(RuntimeError, match="Can't access the shape"):
            layer.weight.shape
        assert layer(flambeau.ones(2, 5)).shape == (2, 3)
        assert type(layer) is nn.Linear and layer.in_features == 5 and type(layer.weight) is nn.Parameter
        assert "_initialize_hook" not in layer.__dict__

    def test_lazy_loads(self):
        layer = nn.LazyLinear(3)
        layer.load_state_dict(nn.Linear(4, 3).state_dict())
        assert layer.weight.shape == (3, 4)
        assert layer(flambeau.ones(1, 4)).shape == (1, 3) and layer.in_features == 4


class TestConvolution:
    def test_by_hand(self):
        layer = fill(nn.Conv1d(1, 1, 3, bias=False))
        assert layer(t([[1, 2, 3, 4]])).tolist() == [[6, 9]]
        assert fill(nn.Conv1d(1, 1, 3, padding="same"))(t([[1, 2, 3, 4]])).tolist() == [[4, 7, 10, 8]]
        assert fill(nn.Conv1d(1, 1, 3, padding=1, bias=False, padding_mode="circular"))(t([[1, 2, 3, 4]])).tolist() == [[7, 6, 9, 8]]
        assert fill(nn.Conv1d(1, 1, 2, stride=2, dilation=2, bias=False))(t([[1, 2, 3, 4, 5]])).tolist() == [[4, 8]]

    @pytest.mark.parametrize("axes", [1, 2, 3])
    def test_transposed_reverses_sizes(self, axes):
        conv = getattr(nn, f"Conv{axes}d")(2, 4, 3, stride=2, padding=1, groups=2)
        back = getattr(nn, f"ConvTranspose{axes}d")(4, 2, 3, stride=2, padding=1, groups=2)
        for size in (7, 8):
            x = flambeau.rand(1, 2, *[size] * axes)
            assert back(conv(x), output_size=x.shape).shape == x.shape
        with pytest.raises(ValueError, match="valid sizes range from"):
            back(conv(x), output_size=[20] * axes)
        with pytest.raises(ValueError, match="must have"):
            back(conv(x), output_size=[1] * 7)

    def test_transposed_by_hand(self):
        assert fill(nn.ConvTranspose1d(1, 1, 2, stride=2, output_padding=1, bias=False))(t([[1, 2]])).tolist() == [[1, 1, 2, 2, 0]]

    def test_weights(self):
        layer = nn.Conv2d(4, 6, (3, 5), groups=2)
        assert layer.weight.shape == (6, 2, 3, 5) and layer.weight.abs().max().item() <= 1 / math.sqrt(30)
        assert nn.ConvTranspose2d(4, 6, 3, groups=2).weight.shape == (4, 3, 3, 3)

    @pytest.mark.parametrize("layer, text", [
        (lambda: nn.Conv1d(1, 2, 3), "Conv1d(1, 2, kernel_size=(3,), stride=(1,))"),
        (lambda: nn.Conv2d(2, 4, (3, 2), stride=2, padding=1, dilation=(1, 2), groups=2, bias=False, padding_mode="reflect"),
         "Conv2d(2, 4, kernel_size=(3, 2), stride=(2, 2), padding=(1, 1), dilation=(1, 2), groups=2, bias=False, padding_mode=reflect)"),
        (lambda: nn.Conv3d(1, 1, 1, padding="valid"), "Conv3d(1, 1, kernel_size=(1, 1, 1), stride=(1, 1, 1), padding=valid)"),
        (lambda: nn.ConvTranspose1d(1, 1, 2, 2, output_padding=1),
         "ConvTranspose1d(1, 1, kernel_size=(2,), stride=(2,), output_padding=(1,))"),
        (lambda: nn.LazyConv2d(3, 2), "LazyConv2d(0, 3, kernel_size=(2, 2), stride=(1, 1))"),
    ])
    def test_repr(self, layer, text):
        assert repr(layer()) == text

    @pytest.mark.parametrize("options", [
        {"groups": 2}, {"groups": 0}, {"padding": "half"}, {"padding": "same", "stride": 2}, {"padding_mode": "mirror"},
    ])
    def test_options_that_do_not_go_together(self, options):
        with pytest.raises(ValueError):
            nn.Conv2d(3, 3, 2, **options)
        with pytest.raises(ValueError):
            nn.ConvTranspose2d(3, 3, 2, padding_mode="reflect")

    @pytest.mark.parametrize("axes", [1, 2, 3])
    def test_lazy(self, axes):
        for kind in ("Conv", "ConvTranspose"):
            layer = getattr(nn, f"Lazy{kind}{axes}d")(4, 3, padding=1)
            assert layer(flambeau.rand(2, 6, *[5] * axes)).shape == (2, 4, *[5] * axes)
            assert type(layer) is getattr(nn, f"{kind}{axes}d") and layer.in_channels == 6
        with pytest.raises(RuntimeError, match="Expected"):
            getattr(nn, f"LazyConv{axes}d")(4, 3)(flambeau.rand(2))


class TestPooling:
    def test_by_hand(self):
        x = t([[1, 3, 2, 5, 4]])
        assert nn.MaxPool1d(2)(x).tolist() == [[3, 5]] and nn.MaxPool1d(2, ceil_mode=True)(x).tolist() == [[3, 5, 4]]
        assert nn.AvgPool1d(3, 1)(x).tolist() == [[2, pytest.approx(10 / 3), pytest.approx(11 / 3)]]
        close(nn.LPPool1d(2, 2)(x), [[math.sqrt(10), math.sqrt(29)]])
        assert nn.AdaptiveMaxPool1d(2)(x).tolist() == [[3, 5]] and nn.AdaptiveAvgPool1d(1)(x).tolist() == [[3]]
        values, places = nn.MaxPool1d(2, return_indices=True)(x)
        assert nn.MaxUnpool1d(2)(values, places, output_size=[5]).tolist() == [[0, 3, 0, 5, 0]]

    @pytest.mark.parametrize("axes", [1, 2, 3])
    def test_shapes(self, axes):
        x = flambeau.rand(2, 3, *[6] * axes)
        for name, options, size in (("MaxPool", (2,), 3), ("AvgPool", (3, 2, 1), 3), ("LPPool", (2, 2), 3), ("AdaptiveAvgPool", (4,), 4),
                                    ("AdaptiveMaxPool", (5,), 5)):
            assert getattr(nn, f"{name}{axes}d")(*options)(x).shape == (2, 3, *[size] * axes)
        y, places = getattr(nn, f"MaxPool{axes}d")(2, return_indices=True)(x)
        assert getattr(nn, f"MaxUnpool{axes}d")(2)(y, places).shape == x.shape

    def test_fractional(self):
        assert nn.FractionalMaxPool2d(2, output_size=3)(flambeau.rand(1, 2, 7, 7)).shape == (1, 2, 3, 3)
        assert nn.FractionalMaxPool3d(2, output_ratio=0.5)(flambeau.rand(1, 2, 6, 6, 6)).shape == (1, 2, 3, 3, 3)
        for options in ({}, {"output_size": 2, "output_ratio": 0.5}, {"output_ratio": 1.5}):
            with pytest.raises(ValueError):
                nn.FractionalMaxPool2d(2, **options)
        with pytest.raises(ValueError):
            nn.FractionalMaxPool3d(0, output_size=2)

    def test_repr(self):
        assert repr(nn.MaxPool2d(2)) == "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
        assert repr(nn.AvgPool1d(2)) == "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))"
        assert repr(nn.AdaptiveAvgPool2d((1, None))) == "AdaptiveAvgPool2d(output_size=(1, None))"


class TestPadding:
    @pytest.mark.parametrize("kind, expected", [
        ("Zero", [0, 0, 1, 2, 3, 0]), ("Reflection", [3, 2, 1, 2, 3, 2]), ("Replication", [1, 1, 1, 2, 3, 3]), ("Circular", [2, 3, 1, 2, 3, 1]),
    ])
    def test_by_hand(self, kind, expected):
        assert getattr(nn, f"{kind}Pad1d")((2, 1))(t([[1, 2, 3]])).tolist() == [expected]

    @pytest.mark.parametrize("axes", [1, 2, 3])
    def test_shapes(self, axes):
        x = flambeau.rand(1, 2, *[4] * axes)
        for kind in ("Zero", "Reflection", "Replication", "Circular"):
            layer = getattr(nn, f"{kind}Pad{axes}d")(1)
            assert layer(x).shape == (1, 2, *[6] * axes) and repr(layer) == f"{kind}Pad{axes}d({(1,) * 2 * axes})"
        constant = getattr(nn, f"ConstantPad{axes}d")(1, 7)
        assert constant(x).max().item() == 7 and repr(constant) == f"ConstantPad{axes}d(padding={(1,) * 2 * axes}, value=7)"
        with pytest.raises(ValueError, match="expected"):
            getattr(nn, f"CircularPad{axes}d")(1)(flambeau.rand(1))


class TestActivations:
    X = np.linspace(-4, 4, 9)

    @pytest.mark.parametrize("layer, formula", [
        (nn.ReLU(), lambda x: np.maximum(x, 0)),
        (nn.ReLU6(), lambda x: np.clip(x, 0, 6)),
        (nn.LeakyReLU(0.1), lambda x: np.where(x > 0, x, 0.1 * x)),
        (nn.ELU(2.0), lambda x: np.where(x > 0, x, 2 * np.expm1(x))),
        (nn.CELU(2.0), lambda x: np.where(x > 0, x, 2 * np.expm1(x / 2))),
        (nn.SELU(), lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))),
        (nn.GELU("tanh"), lambda x: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))),
        (nn.SiLU(), lambda x: x / (1 + np.exp(-x))),
        (nn.Mish(), lambda x: x * np.tanh(np.log1p(np.exp(x)))),
        (nn.Sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
        (nn.LogSigmoid(), lambda x: -np.log1p(np.exp(-x))),
        (nn.Tanh(), np.tanh),
        (nn.Softplus(2), lambda x: np.log1p(np.exp(2 * x)) / 2),
        (nn.Softsign(), lambda x: x / (1 + abs(x))),
        (nn.Tanhshrink(), lambda x: x - np.tanh(x)),
        (nn.Softshrink(1), lambda x: np.sign(x) * np.maximum(abs(x) - 1, 0)),
        (nn.Hardshrink(1.5), lambda x: np.where(abs(x) > 1.5, x, 0)),
        (nn.Hardtanh(-1, 2), lambda x: np.clip(x, -1, 2)),
        (nn.Hardsigmoid(), lambda x: np.clip(x / 6 + 0.5, 0, 1)),
        (nn.Hardswish(), lambda x: x * np.clip(x + 3, 0, 6) / 6),
        (nn.Threshold(1, -5), lambda x: np.where(x > 1, x, -5)),
        (nn.PReLU(), lambda x: np.where(x > 0, x, 0.25 * x)),
        (nn.RReLU(0.2, 0.4).eval(), lambda x: np.where(x > 0, x, 0.3 * x)),
        (nn.Softmax(0), lambda x: np.exp(x) / np.exp(x).sum()),
        (nn.Softmin(0), lambda x: np.exp(-x) / np.exp(-x).sum()),
        (nn.LogSoftmax(0), lambda x: x - np.log(np.exp(x).sum())),
    ], ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "")
    def test_formula(self, layer, formula):
        close(layer(flambeau.tensor(self.X, dtype=flambeau.float32)), formula(self.X))

    def test_in_place(self):
        for layer in (nn.ReLU(True), nn.SiLU(True), nn.Hardtanh(inplace=True), nn.LeakyReLU(inplace=True), nn.ELU(inplace=True)):
            x = t(-1.0, 1.0)
            assert layer(x) is x and x[0].item() != -1 or isinstance(layer, nn.Hardtanh)

    def test_channels(self):
        assert nn.GLU(0)(t(2.0, 0.0)).tolist() == [1.0]
        close(nn.Softmax2d()(flambeau.zeros(4, 1, 1)), np.full((4, 1, 1), 0.25))
        with pytest.raises(ValueError):
            nn.Softmax2d()(flambeau.zeros(4))
        assert nn.PReLU(3).weight.tolist() == [0.25] * 3

    @pytest.mark.parametrize("layer, text", [
        (nn.ReLU(), "ReLU()"), (nn.ReLU(True), "ReLU(inplace=True)"), (nn.ReLU6(True), "ReLU6(inplace=True)"),
        (nn.ELU(inplace=True), "ELU(alpha=1.0, inplace=True)"), (nn.GELU(), "GELU(approximate='none')"), (nn.Hardswish(True), "Hardswish()"),
        (nn.Threshold(1, 2), "Threshold(threshold=1, value=2)"), (nn.Softmax(1), "Softmax(dim=1)"), (nn.Softshrink(), "Softshrink(0.5)"),
        (nn.PReLU(2), "PReLU(num_parameters=2)"), (nn.RReLU(), "RReLU(lower=0.125, upper=0.3333333333333333)"), (nn.GLU(), "GLU(dim=-1)"),
    ])
    def test_repr(self, layer, text):
        assert repr(layer) == text

    def test_hardtanh_options(self):
        with pytest.raises(AssertionError):
            nn.Hardtanh(1, 0)
        with pytest.warns(FutureWarning):
            assert nn.Hardtanh(min_value=-3).min_val == -3


class TestNormalisation:
    @pytest.mark.parametrize("name, shape", [("BatchNorm1d", (8, 3)), ("BatchNorm2d", (4, 3, 2, 2)), ("BatchNorm3d", (2, 3, 2, 2, 2))])
    def test_batch_norm(self, name, shape):
        layer = getattr(nn, name)(3, momentum=0.5)
        x = flambeau.randn(*shape)
        over = tuple(axis for axis in range(len(shape)) if axis != 1)
        y = layer(x)
        close(y.mean(over), np.zeros(3), 1e-5)
        close((y * y).mean(over), np.ones(3), 1e-3)
        close(layer.running_mean, 0.5 * x.numpy().mean(over))
        close(layer.running_var, 0.5 + 0.5 * x.numpy().var(over, ddof=1))
        assert layer.num_batches_tracked.item() == 1
        layer.eval()
        layer(x)
        assert layer.num_batches_tracked.item() == 1
        layer.reset_running_stats()
        close(layer(x), x.numpy(), 1e-4)
        with pytest.raises(ValueError, match="expected"):
            layer(flambeau.ones(3))

    def test_mean_of_all_batches(self):
        layer = nn.BatchNorm1d(1, momentum=None)
        for value in (1.0, 2.0, 6.0):
            layer(flambeau.full((2, 1), value))
        assert layer.running_mean.item() == pytest.approx(3)

    def test_options(self):
        layer = nn.BatchNorm1d(2, affine=False, track_running_stats=False)
        assert list(layer.state_dict()) == [] and layer.weight is layer.running_mean is None
        assert nn.BatchNorm1d(2, bias=False).bias is None and nn.InstanceNorm1d(2).running_mean is None
        assert repr(nn.BatchNorm2d(2)) == "BatchNorm2d(2, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)"

    def test_old_state_dict(self):
        state = nn.BatchNorm1d(2).state_dict()
        state._metadata[""]["version"] = 1
        del state["num_batches_tracked"]
        nn.BatchNorm1d(2).load_state_dict(state)
        state._metadata[""]["version"] = 2
        with pytest.raises(RuntimeError, match="num_batches_tracked"):
            nn.BatchNorm1d(2).load_state_dict(state)

    @pytest.mark.parametrize("axes", [1, 2, 3])
    def test_instance_norm(self, axes):
        x = flambeau.randn(2, 3, *[4] * axes)
        layer = getattr(nn, f"InstanceNorm{axes}d")(3, affine=True)
        over = tuple(range(2, axes + 2))
        expected = (x.numpy() - x.numpy().mean(over, keepdims=True)) / np.sqrt(x.numpy().var(over, keepdims=True) + 1e-5)
        close(layer(x), expected, 1e-4)
        close(layer(x[0]), expected[0], 1e-4)
        with pytest.raises(ValueError, match="to match num_features"):
            layer(flambeau.ones(2, 4, *[4] * axes))
        with pytest.warns(UserWarning, match="does not match num_features"):
            getattr(nn, f"InstanceNorm{axes}d")(5)(x)

    def test_lazy(self):
        for name, kind in (("LazyBatchNorm2d", nn.BatchNorm2d), ("LazyInstanceNorm2d", nn.InstanceNorm2d)):
            layer = getattr(nn, name)(affine=True, track_running_stats=True)
            layer(flambeau.randn(2, 5, 3, 3))
            assert type(layer) is kind and layer.running_mean.shape == (5,) and layer.weight.tolist() == [1] * 5

    def test_sync_batch_norm(self):
        model = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2), nn.Sequential(nn.BatchNorm2d(2)))
        weight = model[1].weight
        synced = nn.SyncBatchNorm.convert_sync_batchnorm(model)
        assert type(synced[1]) is type(synced[2][0]) is nn.SyncBatchNorm and synced[1].weight is weight
        x = flambeau.randn(2, 1, 3, 3)
        assert synced(x).shape == (2, 2, 3, 3)

    def test_layer_group_rms(self):
        x = flambeau.randn(2, 4, 3)
        a = x.numpy().astype("float64")
        close(nn.LayerNorm(3)(x), (a - a.mean(-1, keepdims=True)) / np.sqrt(a.var(-1, keepdims=True) + 1e-5), 1e-4)
        close(nn.RMSNorm((4, 3), eps=1e-3)(x), a / np.sqrt((a * a).mean((1, 2), keepdims=True) + 1e-3), 1e-4)
        groups = a.reshape(2, 2, 6)
        groups = (groups - groups.mean(-1, keepdims=True)) / np.sqrt(groups.var(-1, keepdims=True) + 1e-5)
        close(nn.GroupNorm(2, 4)(x), groups.reshape(2, 4, 3), 1e-4)
        with pytest.raises(ValueError, match="divisible"):
            nn.GroupNorm(3, 4)
        assert repr(nn.LayerNorm(3, bias=False)) == "LayerNorm((3,), eps=1e-05, elementwise_affine=True, bias=False)"
        assert repr(nn.RMSNorm([2])) == "RMSNorm((2,), eps=None, elementwise_affine=True)"

    def test_local_response(self):
        x = np.arange(1.0, 6).reshape(1, 5, 1, 1)
        window = np.array([sum(x[0, max(0, c - 1):c + 2, 0, 0] ** 2) for c in range(5)]).reshape(1, 5, 1, 1)
        layer = nn.LocalResponseNorm(3, alpha=0.3, beta=0.5, k=2)
        close(layer(flambeau.tensor(x, dtype=flambeau.float32)), x / np.sqrt(2 + 0.1 * window))
        crossed = window + np.array([0, 0, 1, 1, 1]).reshape(1, 5, 1, 1)  # the first channel stays in the sum
        layer = nn.CrossMapLRN2d(3, alpha=0.3, beta=0.5, k=2)
        close(layer(flambeau.tensor(x, dtype=flambeau.float32)), x / np.sqrt(2 + 0.1 * crossed))
        with pytest.raises(ValueError, match="4D"):
            layer(flambeau.ones(2))


class TestDropout:
    def test_training_and_evaluation(self):
        for name in ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"):
            layer = getattr(nn, name)(0.5)
            shape = {"Dropout1d": (200, 4, 2), "Dropout3d": (100, 4, 2, 2, 2)}.get(name, (100, 4, 3, 3))
            x = flambeau.ones(*shape)
            y = layer(x)
            assert 0.3 < (y != y.max()).float().mean().item() < 0.7
            if "Alpha" not in name:
                assert set(y.unique().tolist()) == {0.0, 2.0}
            if name not in ("Dropout", "AlphaDropout"):  # whole channels
                assert ((y == y.flatten(2)[:, :, :1].reshape(*shape[:2], *[1] * (len(shape) - 2))).all()).item()
            assert flambeau.equal(layer.eval()(x), x)
        assert repr(nn.Dropout(0.1)) == "Dropout(p=0.1, inplace=False)"
        for p in (-0.1, 1.5):
            with pytest.raises(ValueError):
                nn.Dropout(p)


class TestEmbedding:
    def test_rows(self):
        layer = nn.Embedding(4, 2, padding_idx=-1)
        assert layer.padding_idx == 3 and layer.weight[3].tolist() == [0, 0]
        y = layer(flambeau.tensor([[0, 3], [0, 1]]))
        assert y.shape == (2, 2, 2)
        y.sum().backward()
        assert layer.weight.grad.tolist() == [[2, 2], [1, 1], [0, 0], [0, 0]]

    def test_max_norm(self):
        layer = nn.Embedding.from_pretrained(t([3.0, 4.0], [0.3, 0.4]), max_norm=1.0)
        close(layer(flambeau.tensor([0])), [[0.6, 0.8]], 1e-4)
        close(layer.weight, [[0.6, 0.8], [0.3, 0.4]], 1e-4)
        assert not layer.weight.requires_grad

    @pytest.mark.parametrize("mode, expected", [("sum", [[4, 6], [5, 6]]), ("mean", [[2, 3], [5, 6]]), ("max", [[3, 4], [5, 6]])])
    def test_bags(self, mode, expected):
        bags = nn.EmbeddingBag.from_pretrained(t([1.0, 2.0], [3.0, 4.0], [5.0, 6.0]), mode=mode)
        close(bags(flambeau.tensor([0, 1, 2]), flambeau.tensor([0, 2])), expected)

    def test_repr_and_errors(self):
        assert repr(nn.Embedding(4, 2, 1, max_norm=1.0, sparse=True)) == "Embedding(4, 2, padding_idx=1, max_norm=1.0, sparse=True)"
        assert repr(nn.EmbeddingBag(4, 2, mode="sum")) == "EmbeddingBag(4, 2, mode='sum')"
        for wrong in (lambda: nn.Embedding(4, 2, 4), lambda: nn.EmbeddingBag(4, 2, padding_idx=-5),
                      lambda: nn.Embedding.from_pretrained(flambeau.ones(2)), lambda: nn.Embedding(2, 2, _weight=flambeau.ones(3, 2))):
            with pytest.raises(AssertionError):
                wrong()


class TestShapes:
    def test_flatten(self):
        assert nn.Flatten()(flambeau.ones(2, 3, 4)).shape == (2, 12) and nn.Flatten(0, 1)(flambeau.ones(2, 3, 4)).shape == (6, 4)
        assert nn.Unflatten(1, (2, -1))(flambeau.ones(2, 6)).shape == (2, 2, 3)
        assert repr(nn.Flatten()) == "Flatten(start_dim=1, end_dim=-1)"
        for wrong in (6, ("a", 2)):
            with pytest.raises(TypeError):
                nn.Unflatten(1, wrong)

    def test_shuffles(self):
        x = flambeau.arange(16.0).reshape(1, 4, 2, 2)
        assert flambeau.equal(nn.PixelUnshuffle(2)(nn.PixelShuffle(2)(x)), x)
        assert nn.PixelShuffle(2)(x)[0, 0, 0].tolist() == [0, 4, 1, 5]
        assert nn.ChannelShuffle(2)(x)[0, :, 0, 0].tolist() == [0, 8, 4, 12]

    def test_folds(self):
        x = flambeau.arange(16.0).reshape(1, 1, 4, 4)
        windows = nn.Unfold(2, stride=2)(x)
        assert windows.shape == (1, 4, 4) and flambeau.equal(nn.Fold(4, 2, stride=2)(windows), x)

    def test_upsampling(self):
        x = t([[[1.0, 2.0]]]).reshape(1, 1, 1, 2)
        assert nn.Upsample(scale_factor=2)(x).tolist() == [[[[1, 1, 2, 2], [1, 1, 2, 2]]]]
        assert nn.UpsamplingNearest2d(size=(1, 4))(x).tolist() == [[[[1, 1, 2, 2]]]]
        close(nn.UpsamplingBilinear2d(size=(1, 3))(x), [[[[1, 1.5, 2]]]])
        assert repr(nn.Upsample(scale_factor=(2, 3))) == "Upsample(scale_factor=(2.0, 3.0), mode='nearest')"

    def test_distances(self):
        a, b = t([3.0, 4.0], [1.0, 0.0]), t([0.0, 0.0], [0.0, 1.0])
        close(nn.PairwiseDistance(eps=0)(a, b), [5, math.sqrt(2)])
        close(nn.CosineSimilarity()(t([1.0, 1.0], [1.0, 0.0]), t([2.0, 2.0], [0.0, 1.0])), [1, 0])


class TestAdaptiveSoftmax:
    def test_consistent(self):
        layer = nn.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10], div_value=2.0)
        x, target = flambeau.randn(6, 8), flambeau.tensor([0, 3, 4, 9, 10, 19])
        output, loss = layer(x, target)
        full = layer.log_prob(x)
        close(full.exp().sum(1), np.ones(6))
        close(output, full.gather(1, target.unsqueeze(1)).squeeze(1).detach().numpy())
        close(loss, -output.mean().item())
        assert layer.predict(x).tolist() == full.argmax(1).tolist()
        loss.backward()
        assert all(p.grad is not None for p in layer.parameters())
        one, _ = layer(x[0], target[0])
        close(one, output[0].item())

    def test_errors(self):
        layer = nn.AdaptiveLogSoftmaxWithLoss(4, 10, [5])
        for x, target in ((flambeau.ones(2, 4), flambeau.tensor([1, 10])), (flambeau.ones(2, 4), flambeau.tensor([1])),
                          (flambeau.ones(4), flambeau.tensor([1])), (flambeau.ones(1, 4), flambeau.tensor([[1]]))):
            with pytest.raises(RuntimeError):
                layer(x, target)
        for cutoffs in ([], [5, 3], [0], [10], [2, 2]):
            with pytest.raises(ValueError):
                nn.AdaptiveLogSoftmaxWithLoss(4, 10, cutoffs)
