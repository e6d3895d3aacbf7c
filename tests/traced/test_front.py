"""torch.compile's own behaviour: arguments, the wrapper around modules, torch.compiler."""
import copy
import pickle

import pytest

import flambeau as torch
from flambeau import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 3)
        self.register_buffer("shift", torch.ones(3))

    def forward(self, x):
        return self.linear(x) + self.shift

    def halve(self):
        return 0.5


def test_arguments_and_decorators():
    @torch.compile(mode="reduce-overhead", fullgraph=True)
    def f(x):
        """What it does."""
        return x + 1

    @torch.compile
    def g(x):
        return x + 2
    assert f(1) == 2 and g(1) == 3 and not torch.compiler.is_compiling()
    assert f.__name__ == "f" and f.__doc__ == "What it does." and f.__wrapped__(3) == 4
    assert torch.compile(f, disable=True) is f and torch.compile(Net) is Net
    with pytest.raises(RuntimeError, match="Unrecognized mode"):
        torch.compile(f, mode="fast")
    with pytest.raises(RuntimeError, match="mode or options"):
        torch.compile(f, mode="default", options={})
    with pytest.raises(TypeError, match="takes a function"):
        torch.compile(3)


def test_the_wrapper_of_a_module_is_pytorchs():
    model = Net()
    compiled = torch.compile(model)
    assert compiled is not model and compiled._orig_mod is model and isinstance(compiled, nn.Module) and not isinstance(compiled, Net)
    assert type(compiled).__name__ == "OptimizedModule" and type(compiled) is torch._dynamo.OptimizedModule
    assert list(compiled.state_dict()) == ["_orig_mod.shift", "_orig_mod.linear.weight", "_orig_mod.linear.bias"]
    assert [n for n, _ in compiled.named_parameters()] == ["_orig_mod.linear.weight", "_orig_mod.linear.bias"]
    assert [n for n, _ in compiled.named_modules()] == ["", "_orig_mod", "_orig_mod.linear"]
    assert compiled.linear is model.linear and compiled.halve() == 0.5 and compiled.shift is model.shift
    assert repr(compiled).startswith("OptimizedModule(\n  (_orig_mod): Net(")
    assert compiled.eval() is compiled and not model.training and not compiled.training
    model.train()
    assert compiled.training and "halve" in dir(compiled)
    compiled.extra = 3
    assert model.extra == 3 and "extra" not in vars(compiled)
    del compiled.extra
    assert not hasattr(model, "extra")
    with pytest.raises(AttributeError, match="nothing_there"):
        compiled.nothing_there  # noqa: B018
    assert compiled.to(torch.float64) is compiled and model.linear.weight.dtype is torch.float64
    weights = {name: torch.zeros_like(value) for name, value in compiled.state_dict().items()}
    compiled.load_state_dict(weights)
    model.load_state_dict({name.removeprefix("_orig_mod."): value for name, value in weights.items()})
    assert not model.linear.weight.any()
    with pytest.raises(RuntimeError, match="Missing key"):
        compiled.load_state_dict(model.state_dict())


def test_len_and_copies_of_the_wrapper():
    compiled = torch.compile(nn.Sequential(Net(), nn.ReLU()))
    x = torch.randn(2, 2)
    assert len(compiled) == 2
    with pytest.raises(TypeError):
        compiled[0]
    twin = copy.deepcopy(compiled)
    assert type(twin) is type(compiled) and twin._orig_mod is not compiled._orig_mod and torch.equal(twin(x), compiled(x))
    again = pickle.loads(pickle.dumps(compiled))
    assert torch.equal(again(x), compiled(x)) and list(again.state_dict()) == list(compiled.state_dict())


def test_hooks_see_the_wrapper_and_the_module():
    model = Net()
    compiled, seen = torch.compile(model), []
    compiled.register_forward_hook(lambda m, args, out: seen.append(type(m).__name__))
    model.register_forward_hook(lambda m, args, out: seen.append(type(m).__name__))
    for _ in range(6):
        compiled(torch.ones(1, 2))
    assert seen == ["Net", "OptimizedModule"] * 6


def test_compile_in_place_keeps_the_names():
    model = Net()
    x = torch.randn(2, 2)
    expected = model(x)
    assert model.compile() is None and list(model.state_dict()) == ["shift", "linear.weight", "linear.bias"]
    with torch.no_grad():
        for _ in range(6):
            assert torch.equal(model(x), expected.detach())
    copy.deepcopy(model)
    pickle.dumps(model)


def test_gradients_pass_through_a_compiled_module():
    torch.manual_seed(0)
    model, x = Net(), torch.randn(4, 2, requires_grad=True)
    compiled, found = torch.compile(model), []
    for call in (model, compiled, compiled, compiled, compiled, compiled, compiled):
        out = call(x)
        assert out.requires_grad and out.grad_fn.name() == "AddBackward0"
        gradients = torch.autograd.grad(out.square().sum(), [x, *model.parameters()], create_graph=True)
        gradients[0].sum().backward()
        found.append([g.detach().tolist() for g in gradients] + [x.grad.tolist()])
        x.grad = None
        model.zero_grad()
    assert all(f == found[0] for f in found)


def test_a_network_is_replayed_without_gradients():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4, 2)).eval()
    compiled = torch.compile(model)
    with torch.no_grad():
        for _ in range(6):
            x = torch.randn(5, 3)
            assert torch.allclose(compiled(x), model(x)) and not compiled(x).requires_grad
    assert compiled.forward._compiled.made == 1
    with torch.inference_mode():
        for _ in range(6):
            out = compiled(torch.randn(5, 3))
            assert out.is_inference()
    assert compiled.forward._compiled.made == 2
    assert not compiled(torch.randn(5, 3)).is_inference()
    model.train()
    a, b = compiled(torch.ones(64, 3)), compiled(torch.ones(64, 3))
    assert not torch.equal(a, b)                    # dropout is at work again


def test_is_compiling_while_a_call_is_captured():
    seen = []

    @torch.compile
    def f(x):
        return x + (1 if torch.compiler.is_compiling() else 2)
    for _ in range(5):
        seen.append(f(torch.zeros(2))[0].item())
    assert not torch.compiler.is_compiling() and len(set(seen)) == 1


def test_disable_keeps_a_function_out():
    calls = []

    @torch.compiler.disable
    def note(x):
        calls.append(1)
        return x

    @torch.compile
    def f(x):
        return note(x) + 1
    for _ in range(8):
        f(torch.ones(2))
    assert len(calls) == 8 and note.__name__ == "note" and torch.compiler.disable(recursive=False)(len)([1]) == 1


def test_stance_and_reset():
    @torch.compile
    def f(x):
        return x * 2
    with torch.compiler.set_stance("force_eager"):
        for _ in range(5):
            f(torch.ones(2))
    assert f._compiled.made == 0
    for _ in range(4):
        f(torch.ones(2))
    assert f._compiled.made == 1
    torch.compiler.reset()
    assert f._compiled.made == 0 and torch.equal(f(torch.ones(2)), torch.full((2,), 2.0))
    with pytest.raises(RuntimeError, match="Unknown stance"):
        torch.compiler.set_stance("often")


def test_the_number_of_kinds_of_calls_is_bounded(capsys, monkeypatch):
    monkeypatch.setenv("FLAMBEAU_LOG", "compile")

    @torch.compile
    def f(x, n):
        return x * n
    for _ in range(3):
        for n in range(20):
            assert f(torch.ones(2), n)[0].item() == n
    assert f._compiled.made <= 8 and len(f._compiled.signatures) <= 8
    assert "other calls are made as they stand" in capsys.readouterr().err


def test_fullgraph_names_the_reason_and_the_line():
    @torch.compile(fullgraph=True)
    def looks(x):
        y = x + 1
        return y.sum().item()

    @torch.compile(fullgraph=True)
    def prints(x):
        print("here")
        return x + 1

    seen = []

    @torch.compile(fullgraph=True)
    def appends(x):
        seen.append(1)
        return x + 1
    with pytest.raises(RuntimeError, match=r"looks at a value.*test_front.py:\d+, in looks"):
        looks(torch.ones(2))
    with pytest.raises(RuntimeError, match=r"calls print.*test_front.py:\d+, in prints"):
        prints(torch.ones(2))
    with pytest.raises(RuntimeError, match=r"changes 'seen'"):
        for _ in range(10):
            appends(torch.ones(2))

    @torch.compile(fullgraph=True)
    def goes_on(x):
        return (x * x).sum()
    x = torch.ones(2, requires_grad=True)
    for _ in range(8):
        goes_on(x).backward()               # recorded as it stands, as a whole
    assert x.grad.tolist() == [16.0, 16.0]
