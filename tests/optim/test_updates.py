"""Steps that are recorded for all parameters at once, and replayed, are those that the general formula makes, bit for bit."""
from __future__ import annotations

import pytest

import flambeau as torch
from flambeau import optim
from flambeau.core import graph

CASES = {
    "sgd": lambda p: optim.SGD(p, lr=0.1),
    "sgd decay": lambda p: optim.SGD(p, lr=0.1, weight_decay=0.01, maximize=True),
    "sgd momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "sgd nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "sgd dampening": lambda p: optim.SGD(p, lr=1.0, momentum=0.9, dampening=0.5),
    "adam": lambda p: optim.Adam(p, lr=0.01),
    "adam decay": lambda p: optim.Adam(p, lr=0.01, weight_decay=0.1, maximize=True),
    "adam amsgrad": lambda p: optim.Adam(p, lr=0.01, amsgrad=True, weight_decay=1),
    "adamw": lambda p: optim.AdamW(p, lr=0.01, betas=(0.8, 0.95)),
}


def train(make, steps=7, meddle=None):
    """The parameters after some steps, and the optimizer's state."""
    torch.manual_seed(0)
    params = [torch.nn.Parameter(torch.randn(3, 2)), torch.nn.Parameter(torch.randn(4)), torch.nn.Parameter(torch.randn(()))]
    optimizer = make([{"params": params[:1]}, {"params": params[1:]}])
    for k in range(steps):
        optimizer.param_groups[0]["lr"] *= 0.9
        if "betas" in optimizer.param_groups[1]:
            optimizer.param_groups[1]["betas"] = (0.9 - 0.01 * k, 0.99)
        optimizer.zero_grad()
        sum(((p - 1) ** 2).sum() for p in params).backward()
        if meddle is not None:
            meddle(k, params, optimizer)
        optimizer.step()
    state = [[value.tolist() for value in optimizer.state[p].values() if isinstance(value, torch.Tensor)] for p in params]
    return [p.tolist() for p in params], state, [p._version for p in params]


def general(monkeypatch):
    """Let every update take the general way."""
    monkeypatch.setattr(optim.SGD, "_update_all", lambda self, group: False)
    monkeypatch.setattr(optim.Adam, "_update_all", lambda self, group: False)


def frozen(k, params, optimizer):
    if k % 3 == 1:
        params[1].grad = None


def held(k, params, optimizer):
    optimizer.kept = [*getattr(optimizer, "kept", []), params[0].grad]


def rebound(k, params, optimizer):
    if k == 3:
        params[0].data = params[0].data.clone() * 2


def written(k, params, optimizer):
    if k == 4:
        with torch.no_grad():
            params[1].mul_(0.5)
            params[1].grad += 1


def shared(k, params, optimizer):
    if k == 2:
        array = params[0].detach().numpy()
        array[0] = 7


def replaced(k, params, optimizer):
    if k == 5:
        for value in optimizer.state[params[2]].values():
            if isinstance(value, torch.Tensor):
                value.zero_()


def transposed(k, params, optimizer):
    params[0].grad = params[0].grad.t().contiguous().t()


@pytest.mark.parametrize("meddle", [None, frozen, held, rebound, written, shared, replaced, transposed], ids=lambda f: "plain" if f is None else f.__name__)
@pytest.mark.parametrize("name", CASES)
def test_updates_of_all_at_once_are_the_general_ones(name, meddle, monkeypatch):
    found = train(CASES[name], meddle=meddle)
    with monkeypatch.context() as patch:
        general(patch)
        wanted = train(CASES[name], meddle=meddle)
    assert found == wanted


def test_a_schedule_makes_no_new_structure():
    trace = graph.current_trace()
    train(CASES["adamw"], steps=4)
    before = trace.entries
    train(CASES["adamw"], steps=12)
    assert trace.entries == before


def test_a_parameter_given_twice_is_updated_twice():
    with pytest.warns(UserWarning, match="duplicate"):
        p = torch.nn.Parameter(torch.ones(2))
        optimizer = optim.SGD([p, p], lr=0.5)
    p.grad = torch.ones(2)
    optimizer.step()
    assert p.tolist() == [0, 0]


def test_gradients_of_another_dtype_are_not_written_as_such():
    p = torch.nn.Parameter(torch.ones(2))
    p._grad = torch.ones(2, dtype=torch.float64)        # past the check of the setter
    optim.SGD([p], lr=0.5).step()
    assert p.dtype is torch.float32 and p.tolist() == [0.5, 0.5]
    assert p.detach().numpy().dtype == "float32"


def test_weights_read_before_the_step_ran_are_the_new_ones():
    p = torch.nn.Parameter(torch.ones(2))
    optimizer = optim.SGD([p], lr=0.5)
    for k in range(1, 4):
        p.grad = torch.ones(2)
        view, old = p.detach()[:1], p.detach().clone()
        optimizer.step()
        assert view.tolist() == [1 - 0.5 * k] and old.tolist() == [1.5 - 0.5 * k] * 2
        with torch.no_grad():
            p += 0
