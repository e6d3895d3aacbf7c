"""Hooks of modules: order, what they may replace, what happens after errors, and that they cost nothing once gone."""

import copy

import pytest

import flambeau
from flambeau import nn
from flambeau.nn.modules import module as modules


class Add(nn.Module):
    def __init__(self):
        super().__init__()
        self.amount = nn.Parameter(flambeau.ones(1))

    def forward(self, x, times=1):
        return x + self.amount * times


def test_order_and_prepend():
    log, module = [], Add()
    module.register_forward_pre_hook(lambda m, a: log.append("pre"))
    module.register_forward_pre_hook(lambda m, a: log.append("before pre"), prepend=True)
    module.register_forward_hook(lambda m, a, y: log.append("post"))
    module.register_forward_hook(lambda m, a, y: log.append("before post"), prepend=True)
    module(flambeau.ones(1))
    assert log == ["before pre", "pre", "before post", "post"]


def test_replacing_arguments_and_output():
    module = Add()
    module.register_forward_pre_hook(lambda m, args: args[0] * 10)
    module.register_forward_pre_hook(lambda m, args, kwargs: (args, {"times": kwargs["times"] + 1}), with_kwargs=True)
    module.register_forward_hook(lambda m, args, kwargs, y: y + kwargs["times"], with_kwargs=True)
    module.register_forward_hook(lambda m, args, y: y * 2)
    assert module(flambeau.ones(1), times=2).item() == (10 + 3 + 3) * 2


def test_pre_hook_that_returns_something_else():
    module = Add()
    module.register_forward_pre_hook(lambda m, args, kwargs: args, with_kwargs=True)
    with pytest.raises(RuntimeError, match="must return None or a tuple"):
        module(flambeau.ones(1))


def test_removed_hooks():
    log, module = [], Add()
    handle = module.register_forward_hook(lambda *a: log.append(1))
    with module.register_forward_hook(lambda *a: log.append(2)):
        module(flambeau.ones(1))
    handle.remove()
    handle.remove()
    module(flambeau.ones(1))
    assert log == [1, 2]


def test_modules_without_hooks_have_no_tables():
    module = Add()
    module(flambeau.ones(1))
    assert not [name for name in module.__dict__ if "hook" in name] and not module._call_slowly
    assert len(module._forward_hooks) == 0 and module._call_slowly


def test_always_called():
    log, module = [], Add()
    module.register_forward_hook(lambda m, a, y: log.append(("always", y)), always_call=True)
    module.register_forward_hook(lambda m, a, y: log.append("never"))
    with pytest.raises(RuntimeError):
        module(flambeau.ones(2), times=flambeau.ones(3))
    assert log == [("always", None)]

    def fails(m, a, y):
        raise KeyError("hook")

    module.register_forward_hook(fails, always_call=True)
    with pytest.warns(UserWarning, match="silenced"), pytest.raises(RuntimeError):
        module(flambeau.ones(2), times=flambeau.ones(3))


def test_hooks_stay_with_copies():
    module = Add()
    module.register_forward_hook(lambda m, a, y: y * 0)
    assert copy.deepcopy(module)(flambeau.ones(1)).item() == 0


class TestBackward:
    def test_full(self):
        log, module = [], Add()
        module.register_full_backward_hook(lambda m, gi, go: log.append((gi[0].item(), go[0].item())))
        x = flambeau.ones(1, requires_grad=True)
        (module(x) * 3).sum().backward()
        assert log == [(3.0, 3.0)] and x.grad.item() == 3 and module.amount.grad.item() == 3

    def test_replacing_gradients(self):
        module = Add()
        module.register_full_backward_pre_hook(lambda m, go: (go[0] * 10,))
        module.register_full_backward_hook(lambda m, gi, go: (gi[0] * 2,))
        x = flambeau.ones(1, requires_grad=True)
        module(x).sum().backward()
        assert x.grad.item() == 20 and module.amount.grad.item() == 10

    def test_wrong_number(self):
        module = Add()
        module.register_full_backward_hook(lambda m, gi, go: (gi[0], gi[0]))
        with pytest.raises(RuntimeError, match="invalid number of grad_input, got 2, but expected 1"):
            module(flambeau.ones(1, requires_grad=True)).sum().backward()

    def test_no_input_requires_grad(self):
        log, module = [], Add()
        module.register_full_backward_hook(lambda m, gi, go: log.append((gi, go[0].item())))
        y = module(flambeau.ones(1))
        with pytest.warns(UserWarning, match="no inputs require gradients"):
            y.sum().backward()
        assert log == [((None,), 1.0)]

    def test_other_values_are_none(self):
        class Pair(nn.Module):
            def forward(self, a, text, b):
                return a * b, text

        log, module = [], Pair()
        module.register_full_backward_hook(lambda m, gi, go: log.append((len(gi), gi[1], go[1])))
        a, b = flambeau.ones(1, requires_grad=True), flambeau.ones(1)
        module(a, "text", b)[0].sum().backward()
        assert log == [(3, None, None)]

    def test_kinds_do_not_mix(self):
        module = Add()
        module.register_full_backward_hook(lambda *a: None)
        with pytest.raises(RuntimeError, match="Cannot use both"):
            module.register_backward_hook(lambda *a: None)

    def test_older_kind(self):
        log, module = [], nn.Identity()
        module.forward = lambda x: x * 2
        module.register_backward_hook(lambda m, gi, go: log.append(go[0].item()))
        x = flambeau.ones(1, requires_grad=True)
        with pytest.warns(FutureWarning, match="register_full_backward_hook"):
            module(x).sum().backward()
        assert log == [1.0]

    def test_without_grad(self):
        module = Add()
        module.register_full_backward_hook(lambda *a: None)
        with flambeau.no_grad():
            assert module(flambeau.ones(1)).grad_fn is None


class TestGlobal:
    def test_forward(self):
        log, model = [], nn.Sequential(Add(), Add())
        handles = [
            modules.register_module_forward_pre_hook(lambda m, a: log.append(("pre", type(m).__name__))),
            modules.register_module_forward_hook(lambda m, a, y: log.append(("post", type(m).__name__))),
        ]
        model(flambeau.ones(1))
        assert log == [("pre", "Sequential"), ("pre", "Add"), ("post", "Add"), ("pre", "Add"), ("post", "Add"), ("post", "Sequential")]
        for handle in handles:
            handle.remove()
        model(flambeau.ones(1))
        assert len(log) == 6 and not nn.Module._call_slowly and not model._call_slowly

    def test_with_kwargs_and_always(self):
        log = []
        with modules.register_module_forward_hook(lambda m, a, k, y: log.append(k), with_kwargs=True, always_call=True):
            Add()(flambeau.ones(1), times=2)
        assert log == [{"times": 2}]

    def test_backward(self):
        log = []
        with (modules.register_module_full_backward_pre_hook(lambda m, go: log.append("pre")),
              modules.register_module_full_backward_hook(lambda m, gi, go: log.append("full"))):
            Add()(flambeau.ones(1, requires_grad=True)).sum().backward()
            with pytest.raises(RuntimeError, match="Cannot use both"):
                modules.register_module_backward_hook(lambda *a: None)
        assert log == ["pre", "full"]

    def test_registration(self):
        log = []
        with (modules.register_module_module_registration_hook(lambda m, name, child: log.append(name)),
              modules.register_module_parameter_registration_hook(lambda m, name, p: log.append(name)),
              modules.register_module_buffer_registration_hook(lambda m, name, b: flambeau.full((1,), 7.0))):
            model = nn.Sequential(Add())
            model.register_buffer("b", flambeau.zeros(1))
        assert log == ["amount", "0"] and model.b.item() == 7
