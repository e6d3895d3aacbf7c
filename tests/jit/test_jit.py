"""torch.jit as pass-through: functions and modules keep working, and what needs TorchScript says so."""
import copy
from typing import List, Optional  # noqa: UP035 - what programs for TorchScript write

import pytest

import flambeau as torch
from flambeau.jit import modules


class Net(torch.nn.Module):
    """A small module with a child and a buffer."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 3)
        self.register_buffer("shift", torch.ones(3))

    def forward(self, x):
        return self.linear(x) + self.shift

    @torch.jit.export
    def twice(self, x):
        return 2 * self(x)


@pytest.fixture(autouse=True)
def warned(monkeypatch):
    monkeypatch.setattr(modules, "_warned", True)


def test_it_warns_once(monkeypatch):
    monkeypatch.setattr(modules, "_warned", False)
    with pytest.warns(UserWarning, match="makes no TorchScript"):
        torch.jit.script(len)
    torch.jit.script(len)                            # a second warning would be an error


def test_functions_are_given_back():
    def f(x):
        return x + 1
    assert torch.jit.script(f) is f and torch.jit.trace(f, torch.ones(1)) is f
    for decorator in (torch.jit.ignore, torch.jit.unused, torch.jit.export, torch.jit.ignore(drop=True), torch.jit.script_if_tracing):
        assert decorator(f) is f


@pytest.mark.parametrize("make", [
    torch.jit.script, lambda m: torch.jit.trace(m, torch.ones(1, 2)), lambda m: torch.jit.trace_module(m, {"twice": torch.ones(1, 2)}),
])
def test_modules_share_everything(make):
    model = Net()
    scripted = make(model)
    x = torch.randn(4, 2)
    assert isinstance(scripted, torch.jit.ScriptModule) and isinstance(scripted, Net) and scripted.original_name == "Net"
    assert torch.equal(scripted(x), model(x)) and torch.equal(scripted.twice(x), 2 * model(x))
    assert list(scripted.state_dict()) == list(model.state_dict()) and scripted.linear is model.linear
    scripted.eval()
    assert not model.training
    scripted.load_state_dict({k: torch.zeros_like(v) for k, v in model.state_dict().items()})
    assert model.linear.weight.abs().sum().item() == 0
    assert torch.jit.script(scripted) is scripted


def test_copies():
    scripted = torch.jit.script(Net())
    other = copy.deepcopy(scripted)
    assert isinstance(other, torch.jit.ScriptModule) and other.linear.weight is not scripted.linear.weight
    assert torch.equal(other.linear.weight, scripted.linear.weight)


def test_saved_and_loaded(tmp_path):
    model, x = Net(), torch.randn(4, 2)
    torch.jit.script(model).save(tmp_path / "net.pt")
    loaded = torch.jit.load(tmp_path / "net.pt")
    assert isinstance(loaded, torch.jit.ScriptModule) and torch.equal(loaded(x), model(x))
    torch.jit.save(model, tmp_path / "other.pt")
    assert type(torch.load(tmp_path / "other.pt", weights_only=False)) is Net
    with pytest.raises(NotImplementedError, match="extra files"):
        torch.jit.save(model, tmp_path / "x.pt", {"a": "b"})


def test_what_needs_torchscript():
    scripted = torch.jit.script(Net())
    for name in ("code", "graph"):
        with pytest.raises(NotImplementedError, match=f"no {name} of it"):
            getattr(scripted, name)
    with pytest.raises(AttributeError):
        scripted.nothing  # noqa: B018


def test_an_example_that_does_not_fit_is_an_error():
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        torch.jit.trace(Net(), torch.ones(1, 5))


def test_questions():
    assert not torch.jit.is_scripting() and not torch.jit.is_tracing()
    assert torch.jit.isinstance([1], List[int]) and not torch.jit.isinstance(3, List[int]) and torch.jit.isinstance(None, Optional[int])  # noqa: UP006, UP045
    assert torch.jit.isinstance(3, (str, int)) and torch.jit.annotate(int, 3) == 3
    assert torch.jit.wait(torch.jit.fork(lambda a, b: a + b, 1, b=2)) == 3
    model = Net()
    assert torch.jit.freeze(model) is model and torch.jit.optimize_for_inference(model) is model
    with torch.jit.optimized_execution(False), torch.jit.strict_fusion():
        pass
