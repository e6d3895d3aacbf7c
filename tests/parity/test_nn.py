"""Modules against PyTorch's, on the inputs of its own module database: outputs, gradients, buffers, first weights, reprs and errors."""

import warnings

import numpy as np
import pytest

import flambeau
from flambeau import nn

torch = pytest.importorskip("torch")
common_modules = pytest.importorskip("torch.testing._internal.common_modules")

INFOS = {info.name.removeprefix("nn."): info for info in common_modules.module_db}
SOME = 6  # inputs of a module and mode: some have thousands
BY_CHANCE = {"FractionalMaxPool2d", "FractionalMaxPool3d"}  # draw their windows in forward


def ours(x):
    """Whatever PyTorch's module takes, as flambeau's takes it."""
    if isinstance(x, torch.nn.utils.rnn.PackedSequence):
        return nn.utils.rnn.PackedSequence(*map(ours, x))
    if isinstance(x, torch.Tensor):
        tensor = flambeau.tensor(x.detach().numpy().copy())
        return tensor.requires_grad_() if x.requires_grad else tensor
    if isinstance(x, torch.dtype):
        return getattr(flambeau, str(x).removeprefix("torch."))
    if isinstance(x, torch.device):
        return flambeau.device(str(x))
    if isinstance(x, torch.nn.TransformerEncoderLayer):
        attention = x.self_attn
        layer = nn.TransformerEncoderLayer(
            attention.embed_dim, attention.num_heads, x.linear1.out_features, x.dropout.p, ours(x.activation), x.norm1.eps,
            attention.batch_first, x.norm_first, x.linear1.bias is not None)
        layer.load_state_dict(ours(x.state_dict()))
        return layer
    if isinstance(x, torch.nn.LinearCrossEntropyOptions):
        return nn.LinearCrossEntropyOptions(**{name: ours(getattr(x, name)) for name in x.__dataclass_fields__})
    if isinstance(x, dict):
        return type(x)((key, ours(value)) for key, value in x.items())
    if type(x) in (list, tuple):
        return type(x)(map(ours, x))
    if callable(x) and getattr(torch.nn.functional, x.__name__, None) is x:
        return getattr(nn.functional, x.__name__)
    return x


def tensors(x):
    """The tensors in an output, in order."""
    if isinstance(x, torch.Tensor | flambeau.Tensor):
        return [x]
    return [tensor for part in x for tensor in tensors(part)] if isinstance(x, list | tuple) else []


def close(got, expected, loose=1):
    if expected is None:
        assert got is None or not got.any()
        return
    assert got is not None and tuple(got.shape) == tuple(expected.shape)
    assert str(got.dtype) == str(expected.dtype)
    np.testing.assert_allclose(
        got.detach().numpy(), expected.detach().numpy(), rtol=1e-4 * loose, atol=2e-5 * loose)


def inputs_of(info, training, requires_grad=True):
    torch.manual_seed(0)
    found = [i for i in info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=requires_grad, training=training)
             if i.forward_input is not None]
    return found[:: -(-len(found) // SOME)]


def pair(name, info, constructor):
    """The module in both packages, from the same seed."""
    made = []
    for package, take in ((torch, lambda x: x), (flambeau, ours)):
        package.manual_seed(1)
        module = getattr(package.nn, name)(*take(list(constructor.args)), **take(dict(constructor.kwargs)))
        made.append(module.to(package.float32))
    return made


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("name", INFOS)
def test_module(name, training):
    info = INFOS[name]
    for case in inputs_of(info, training):
        theirs, mine = pair(name, info, case.constructor_input)
        args, kwargs = case.forward_input.args, case.forward_input.kwargs
        my_args, my_kwargs = ours(list(args)), ours(dict(kwargs))
        if info.is_lazy:
            with torch.no_grad():
                theirs(*args, **kwargs)
            with flambeau.no_grad():
                mine(*my_args, **my_kwargs)
        assert repr(mine) == repr(theirs)
        state = theirs.state_dict()
        assert list(mine.state_dict()) == list(state)
        for key, first in mine.state_dict().items():  # drawn bit for bit
            assert first.numpy().tobytes() == state[key].numpy().tobytes(), f"{key} starts with other values"
        theirs.train(training)
        mine.train(training)
        torch.manual_seed(2)
        flambeau.manual_seed(2)
        expected, got = theirs(*args, **kwargs), mine(*my_args, **my_kwargs)
        if name in BY_CHANCE and case.constructor_input.kwargs.get("_random_samples") is None:
            assert [tuple(t.shape) for t in tensors(got)] == [tuple(t.shape) for t in tensors(expected)]
            continue
        for a, b in zip(tensors(got), tensors(expected), strict=True):
            close(a, b)
        for key, value in theirs.state_dict().items():
            close(mine.state_dict()[key], value)
        compare_gradients(theirs, mine, (args, kwargs), (my_args, my_kwargs), expected, got)


def compare_gradients(theirs, mine, given, my_given, expected, got):
    """Of all inputs and parameters, for the sum of the outputs times fixed numbers."""
    losses = []
    for outputs in (tensors(expected), tensors(got)):
        losses.append([(t * (1 + 0.1 * k)).sum() for k, t in enumerate(outputs) if t.requires_grad])
    assert len(losses[0]) == len(losses[1])
    if not losses[0]:
        return
    for parts in losses:
        sum(parts).backward()
    leaves = [[t for t in (*tensors(list(args)), *tensors(list(kwargs.values()))) if t.requires_grad]
              for args, kwargs in (given, my_given)]
    for b, a in zip(*leaves, strict=True):
        if b.is_leaf:
            close(a.grad, b.grad, loose=10)
    for (key, b), (my_key, a) in zip(theirs.named_parameters(), mine.named_parameters(), strict=True):
        assert key == my_key
        close(a.grad, b.grad, loose=10)
    for t in leaves[0]:
        if t.is_leaf:
            t.grad = None  # inputs are shared between cases


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name, info in INFOS.items() if info.module_error_inputs_func is not None])
def test_errors(name):
    info = INFOS[name]
    for case in info.module_error_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=False, training=True):
        constructor, forward = case.module_error_input.constructor_input, case.module_error_input.forward_input

        def provoke(package, take, constructor=constructor, forward=forward):
            module = getattr(package.nn, name)(*take(list(constructor.args)), **take(dict(constructor.kwargs)))
            if forward is not None:
                module(*take(list(forward.args)), **take(dict(forward.kwargs)))

        try:
            provoke(torch, lambda x: x)
        except Exception as error:
            builtin = next(kind for kind in type(error).__mro__ if kind.__module__ == "builtins")
            with pytest.raises(builtin):
                provoke(flambeau, ours)


def test_same_names():
    assert set(torch.nn.modules.__all__) <= set(dir(nn))
    assert set(torch.nn.init.__all__) <= set(dir(nn.init))
    assert set(torch.nn.utils.__all__) <= set(nn.utils.__all__)
    assert set(torch.nn.utils.rnn.__all__) <= set(nn.utils.rnn.__all__)
    methods = {name for name in vars(torch.nn.Module) if not name.startswith("_")} - {"T_destination"}
    assert methods <= set(dir(nn.Module))


@pytest.mark.parametrize("make", [
    lambda init, x: init.uniform_(x, -1, 2),
    lambda init, x: init.normal_(x, 1, 3),
    lambda init, x: init.trunc_normal_(x),
    lambda init, x: init.trunc_normal_(x, 0, 1, 2.0, 3.0),
    lambda init, x: init.trunc_normal_(x, 0, 1, -0.2, 0.1),
    lambda init, x: init.xavier_uniform_(x, 2),
    lambda init, x: init.xavier_normal_(x),
    lambda init, x: init.kaiming_uniform_(x, 0.3, "fan_out"),
    lambda init, x: init.kaiming_normal_(x, nonlinearity="relu"),
    lambda init, x: init.sparse_(x, 0.3),
    lambda init, x: init.eye_(x),
])
def test_init_draws_the_same(make):
    drawn = []
    for package in (torch, flambeau):
        package.manual_seed(3)
        x = make(package.nn.init, package.empty(20, 30))
        drawn.append((x.numpy().tobytes(), package.rand(1).item()))  # and leaves the generator in the same state
    assert drawn[0] == drawn[1]


def test_orthogonal_init():
    drawn = []
    for package in (torch, flambeau):
        package.manual_seed(3)
        drawn.append([package.nn.init.orthogonal_(package.empty(*shape), 2).numpy() for shape in ((5, 3), (3, 5), (4, 2, 2))])
    for a, b in zip(*drawn, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def models():
    def build(n):
        class Net(n.Module):
            def __init__(self):
                super().__init__()
                self.features = n.Sequential(n.Conv2d(1, 4, 3, padding=1), n.BatchNorm2d(4), n.ReLU(), n.MaxPool2d(2))
                self.head = n.ModuleDict({"a": n.Linear(4 * 4 * 4, 3), "b": n.Linear(64, 2, bias=False)})
                self.scale = n.Parameter(n.init.ones_(self.head["a"].weight.detach().clone()[:1, :1]))

            def forward(self, x):
                x = self.features(x).flatten(1)
                return self.head["a"](x) * self.scale, self.head["b"](x)

        return Net()

    return build(torch.nn), build(nn)


def test_state_dicts_go_both_ways():
    theirs, mine = models()
    mine.load_state_dict({key: ours(value) for key, value in theirs.state_dict().items()})
    x = torch.rand(2, 1, 8, 8)
    theirs.eval()
    mine.eval()
    for a, b in zip(mine(ours(x)), theirs(x), strict=True):
        close(a, b)
    theirs.load_state_dict({key: torch.tensor(value.numpy()) for key, value in mine.state_dict().items()})
    assert mine.state_dict()._metadata == theirs.state_dict()._metadata


@pytest.mark.parametrize("change", [
    lambda state: state.pop("scale"),
    lambda state: state.update(junk=next(iter(state.values()))),
    lambda state: state.update({"scale": state["head.b.weight"]}),
    lambda state: (state.pop("head.a.bias"), state.update({"head.c": state["scale"]})),
])
def test_load_errors_word_for_word(change):
    theirs, mine = models()
    said = []
    for model in (theirs, mine):
        state = model.state_dict()
        change(state)
        with pytest.raises(RuntimeError) as raised:
            model.load_state_dict(state)
        said.append(str(raised.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize("options", [
    {}, {"num_layers": 2, "bidirectional": True}, {"bias": False, "batch_first": True}, {"num_layers": 2, "dropout": 0.5},
    {"proj_size": 2, "bidirectional": True, "num_layers": 2},
], ids=str)
def test_recurrent_layers_packed(kind, options):
    if "proj_size" in options and kind != "LSTM":
        pytest.skip("only LSTM has projections")
    results = []
    x = np.random.RandomState(0).standard_normal((4, 3, 2)).astype("float32")
    for package in (torch, flambeau):
        package.manual_seed(0)
        module = getattr(package.nn, kind)(2, 3, **options)
        rnn = package.nn.utils.rnn
        packed = rnn.pack_padded_sequence(
            package.tensor(x), [3, 1, 2, 3][:4 if options.get("batch_first") else 3], batch_first=options.get("batch_first", False),
            enforce_sorted=False)
        output, state = module(packed)
        states = state if isinstance(state, tuple) else (state,)
        padded, lengths = rnn.pad_packed_sequence(output, total_length=5, padding_value=7)
        ((padded * padded).sum() + sum((s * s).sum() for s in states)).backward()
        results.append([padded, lengths, *states, *(p.grad for p in module.parameters())])
    for b, a in zip(*results, strict=True):
        close(a, b, loose=10)


def test_encoder_leaves_padding_out():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = []
        for package in (torch, flambeau):
            package.manual_seed(0)
            layer = package.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
            encoder = package.nn.TransformerEncoder(layer, 2).eval()
            x = package.tensor(np.random.RandomState(0).standard_normal((2, 4, 8)).astype("float32"))
            mask = package.tensor([[False, False, False, True], [False, False, True, True]])
            with package.no_grad():
                results.append(encoder(x, src_key_padding_mask=mask))
    close(results[1], results[0])
    assert not results[1][0, 3].any()
