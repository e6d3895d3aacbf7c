"""Checkpointed parts give the results and gradients of plain ones, by computing them twice."""
import collections
import contextlib
import dataclasses
import warnings

import pytest

import flambeau
from flambeau import nn
from flambeau.utils.checkpoint import (
    CheckpointError,
    checkpoint,
    checkpoint_sequential,
    detach_variable,
    set_checkpoint_debug_enabled,
    set_checkpoint_early_stop,
)

BOTH = pytest.mark.parametrize("use_reentrant", [False, True])


def model():
    flambeau.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 8), nn.Sigmoid(), nn.Linear(8, 2))


def gradients(run, **options):
    """(the result, gradients of the input and of all parameters)."""
    net, x = model(), flambeau.linspace(-1, 1, 12).reshape(4, 3).requires_grad_()
    out = run(net, x, **options)
    (out ** 2).sum().backward()
    return [out, x.grad, *(parameter.grad for parameter in net.parameters())]


def agree(found, expected):
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert a is not None and flambeau.allclose(a, b, rtol=1e-5, atol=1e-7)
    return True


@BOTH
def test_a_part(use_reentrant):
    def run(net, x):
        return net[4](checkpoint(net[:4], net[0](x) @ flambeau.ones(8, 3), use_reentrant=use_reentrant))

    def plain(net, x):
        return net[4](net[:4](net[0](x) @ flambeau.ones(8, 3)))

    assert agree(gradients(run), gradients(plain))


@BOTH
@pytest.mark.parametrize("segments", [1, 2, 3, 5])
def test_sequential(use_reentrant, segments):
    expected = gradients(lambda net, x: net(x))
    assert agree(gradients(lambda net, x: checkpoint_sequential(net, segments, x, use_reentrant=use_reentrant)), expected)
    functions = gradients(lambda net, x: checkpoint_sequential(list(net), segments, x, use_reentrant=use_reentrant))
    assert agree(functions, expected)


@BOTH
def test_it_runs_twice_and_keeps_nothing_in_between(use_reentrant):
    calls = []

    def part(x):
        calls.append(flambeau.is_grad_enabled())
        return x.exp()

    x = flambeau.ones(3, requires_grad=True)
    y = checkpoint(part, x, use_reentrant=use_reentrant)
    assert len(calls) == 1
    y.sum().backward()
    assert len(calls) == 2 and calls[1]
    assert flambeau.allclose(x.grad, flambeau.ones(3).exp())


@BOTH
def test_random_numbers_are_drawn_again(use_reentrant):
    x = flambeau.ones(1000, requires_grad=True)
    flambeau.manual_seed(4)
    y = checkpoint(lambda x: nn.functional.dropout(x, 0.5), x, use_reentrant=use_reentrant)
    after = flambeau.get_rng_state()
    flambeau.rand(5)
    moved = flambeau.get_rng_state()
    y.sum().backward()
    assert flambeau.equal(x.grad, y.detach()) and flambeau.equal(flambeau.get_rng_state(), moved)
    flambeau.manual_seed(4)
    nn.functional.dropout(x, 0.5)
    assert flambeau.equal(flambeau.get_rng_state(), after)
    x.grad = None
    y = checkpoint(lambda x: nn.functional.dropout(x, 0.5), x, use_reentrant=use_reentrant, preserve_rng_state=False)
    y.sum().backward()
    assert not flambeau.equal(x.grad, y.detach())


class TestNotReentrant:
    def test_every_way_of_asking_for_gradients(self):
        net, x = model(), flambeau.ones(4, 3)
        expected = flambeau.autograd.grad(net(x).sum(), list(net.parameters()))
        out = checkpoint(net, x, use_reentrant=False)  # nothing that is passed requires grad
        assert agree(flambeau.autograd.grad(out.sum(), list(net.parameters()), retain_graph=True), expected)
        assert all(parameter.grad is None for parameter in net.parameters())
        (only,) = flambeau.autograd.grad(out.sum(), [net[2].weight])
        assert flambeau.allclose(only, expected[2])

    def test_a_second_backward(self):
        x = flambeau.ones(3, requires_grad=True)
        y = checkpoint(flambeau.exp, x, use_reentrant=False).sum()
        y.backward(retain_graph=True)
        y.backward()
        assert flambeau.allclose(x.grad, 2 * flambeau.ones(3).exp())

    def test_nested_arguments_and_results(self):
        a, b, c = (flambeau.tensor(float(k), requires_grad=True) for k in (2, 3, 4))

        def part(pair, *, more, scale):
            return {"sum": pair[0] + more["c"], "product": [pair[0] * pair[1] * scale, 7]}

        out = checkpoint(part, (a, b), more={"c": c}, scale=10.0, use_reentrant=False)
        assert out["product"][1] == 7
        (out["sum"] + out["product"][0]).backward()
        assert (a.grad.item(), b.grad.item(), c.grad.item()) == (31.0, 20.0, 1.0)

    def test_some_results_without_gradient(self):
        x = flambeau.tensor([3.0, 1.0], requires_grad=True)
        values, order = checkpoint(lambda x: flambeau.sort(x), x, use_reentrant=False)
        assert order.tolist() == [1, 0] and not order.requires_grad
        values[0].backward()
        assert x.grad.tolist() == [0.0, 1.0]

    def test_results_of_many_kinds(self):
        Pair = collections.namedtuple("Pair", "a b")

        @dataclasses.dataclass(frozen=True)
        class Output:
            value: flambeau.Tensor
            name: str = "x"

        class Hidden:
            def __init__(self, value):
                self.value = value

        x = flambeau.tensor(2.0, requires_grad=True)
        for make, get in (
            (lambda y: Pair(y, 1), lambda r: r.a), (lambda y: Output(y), lambda r: r.value), (lambda y: [[y]], lambda r: r[0][0]),
            (lambda y: collections.OrderedDict(y=y), lambda r: r["y"]), (lambda y: collections.defaultdict(list, y=y), lambda r: r["y"]),
        ):
            x.grad = None
            result = checkpoint(lambda x, make=make: make(x * x), x, use_reentrant=False)
            assert type(result) is type(make(x))
            get(result).backward()
            assert x.grad.item() == 4.0
        with pytest.raises(TypeError, match="it returned a Hidden with tensors in it"):
            checkpoint(lambda x: [Hidden(x * x)], x, use_reentrant=False)

    def test_gradients_of_gradients(self):
        def second(run):
            w = flambeau.tensor(1.5, requires_grad=True)
            x = w * 2  # w is used before the part and in it
            y = run(lambda x: (x * w).sin() * x, x)
            (g,) = flambeau.autograd.grad(y, w, create_graph=True)
            (gg,) = flambeau.autograd.grad(g, w)
            return [y, g, gg]

        def checkpointed(part, x):
            return checkpoint(part, x, use_reentrant=False)

        assert agree(second(checkpointed), second(lambda part, x: part(x)))

    def test_one_within_another(self):
        def inner(x):
            return x.sin()

        def outer(x):
            return checkpoint(inner, x * 2, use_reentrant=False) * x

        x = flambeau.tensor(0.7, requires_grad=True)
        checkpoint(outer, x, use_reentrant=False).backward()
        y = flambeau.tensor(0.7, requires_grad=True)
        ((y * 2).sin() * y).backward()
        assert flambeau.allclose(x.grad, y.grad)

    def test_without_gradients_it_is_a_call(self):
        with flambeau.no_grad():
            assert not checkpoint(model(), flambeau.ones(1, 3), use_reentrant=False).requires_grad
        x = flambeau.ones(3)
        assert not checkpoint(flambeau.exp, x, use_reentrant=False).requires_grad

    def test_contexts(self):
        seen = []

        @contextlib.contextmanager
        def context(name):
            seen.append(name)
            yield

        x = flambeau.ones(3, requires_grad=True)
        checkpoint(flambeau.exp, x, use_reentrant=False, context_fn=lambda: (context("first"), context("second"))).sum().backward()
        assert seen == ["first", "second"]

    def test_a_part_that_does_something_else_the_second_time(self):
        sizes = iter([3, 4, 3, 4])

        def part(x):
            return x.expand(next(sizes), 2)

        x = flambeau.ones(2, requires_grad=True)
        with pytest.raises(CheckpointError, match="gave something else when it was run again.*debug=True"):
            checkpoint(part, x, use_reentrant=False).sum().backward()
        with pytest.raises(CheckpointError, match=r"first \[\(\(3, 2\).*then \[\(\(4, 2\)"), set_checkpoint_debug_enabled(True):
            checkpoint(part, x, use_reentrant=False).sum().backward()

    def test_an_input_that_is_overwritten(self):
        x = flambeau.ones(2, requires_grad=True)
        h = x * 2
        y = checkpoint(flambeau.exp, h, use_reentrant=False)
        h.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


class TestReentrant:
    def test_an_input_must_require_grad(self):
        with pytest.warns(UserWarning, match="None of the inputs have requires_grad=True"):
            out = checkpoint(model(), flambeau.ones(1, 3), use_reentrant=True)
        assert not out.requires_grad

    def test_some_result_must(self):
        x = flambeau.ones(2, requires_grad=True)
        y = checkpoint(lambda x: x.detach(), x, use_reentrant=True)
        with pytest.raises(RuntimeError, match="none of output has requires_grad=True"):
            y.sum().backward()

    def test_options_of_the_other_kind(self):
        x = flambeau.ones(2, requires_grad=True)
        with pytest.raises(ValueError, match="Unexpected keyword arguments: scale"):
            checkpoint(flambeau.exp, x, use_reentrant=True, scale=2)
        with pytest.raises(ValueError, match="only supported when use_reentrant=False"):
            checkpoint(flambeau.exp, x, use_reentrant=True, debug=True)

    def test_it_is_what_one_gets_without_saying(self):
        with pytest.warns(UserWarning, match="use_reentrant parameter should be passed explicitly"):
            checkpoint(flambeau.exp, flambeau.ones(2, requires_grad=True))
        with pytest.warns(UserWarning, match="use_reentrant parameter should be passed explicitly"):
            checkpoint_sequential([flambeau.exp, flambeau.exp], 2, flambeau.ones(2, requires_grad=True))


def test_other_errors():
    with pytest.raises(ValueError, match="determinism_check should be one of"):
        checkpoint(flambeau.exp, flambeau.ones(1), use_reentrant=False, determinism_check="often")
    with pytest.raises(ValueError, match="Unexpected keyword arguments: scale"):
        checkpoint_sequential([flambeau.exp], 1, flambeau.ones(1), use_reentrant=False, scale=1)
    with pytest.raises(RuntimeError, match="Only tuple of tensors is supported"):
        detach_variable([flambeau.ones(1)])


def test_early_stop_is_accepted():
    with warnings.catch_warnings(), set_checkpoint_early_stop(False):
        warnings.simplefilter("error")
        x = flambeau.ones(2, requires_grad=True)
        checkpoint(flambeau.exp, x, use_reentrant=False, early_stop=True).sum().backward()
        assert flambeau.allclose(x.grad, flambeau.ones(2).exp())
