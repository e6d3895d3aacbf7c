"""Calls that cannot be replayed are made as they stand: nothing that Python code does is lost, and no number is stale."""
import itertools
import random
import threading

import numpy as np
import pytest

import flambeau as torch
from flambeau import nn

counter = 0
setting = {"scale": 2.0}
factor = 3.0


def run(function, n=9, argument=lambda: torch.ones(2)):
    """The results of n calls, compiled."""
    compiled = torch.compile(function)
    found = []
    for _ in range(n):
        out = compiled(argument())
        found.append(out.tolist() if isinstance(out, torch.Tensor) else out)
    return found, compiled._compiled


def test_a_global_counter():
    global counter
    counter = 0

    def f(x):
        global counter
        counter += 1
        return x + counter
    found, _ = run(f)
    assert counter == 9 and [a[0] for a in found] == [*range(2, 11)]


def test_a_closure_counter():
    count = 0

    def f(x):
        nonlocal count
        count += 1
        return x
    run(f)
    assert count == 9


def test_an_attribute_counter():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.calls = 0
            self.linear = nn.Linear(2, 2)

        def forward(self, x):
            self.calls += 1
            return self.linear(x)
    model = Model()
    compiled = torch.compile(model)
    with torch.no_grad():
        for _ in range(9):
            compiled(torch.ones(1, 2))
    assert model.calls == 9


def test_lists_and_dictionaries_outside():
    losses, last = [], {}

    def f(x):
        loss = x.sum()
        losses.append(loss)
        last["loss"] = loss
        return loss
    run(f)
    assert len(losses) == 9 and last["loss"] is losses[-1]


def test_an_argument_that_is_a_list():
    def f(x, into):
        into.append(1)
        return x + len(into)
    compiled = torch.compile(f)
    assert [compiled(torch.zeros(1), [0] * 2).item() for _ in range(8)] == [3.0] * 8
    kept = []
    for k in range(8):
        assert compiled(torch.zeros(1), kept).item() == k + 1
    assert len(kept) == 8


def test_a_dictionary_argument_that_is_written_to():
    def f(batch):
        batch["y"] = batch["x"] * 2
        return batch["y"]
    compiled = torch.compile(f)
    for _ in range(8):
        batch = {"x": torch.ones(2)}
        out = compiled(batch)
        assert batch["y"] is out


@pytest.mark.parametrize("source", ["random.random()", "next(numbers)", "np.random.rand()", "generator.random()", "clock()"])
def test_other_sources_of_numbers(source):
    numbers, generator, clock = itertools.count(), random.Random(0), itertools.count().__next__
    names = {"random": random, "np": np, "numbers": numbers, "generator": generator, "clock": clock}
    exec(f"def f(x):\n    return x + {source}", names)
    found, _ = run(names["f"])
    assert len({a[0] for a in found}) == 9


def test_a_for_loop_over_an_iterator_outside():
    numbers = iter(range(100))

    def f(x):
        for n in numbers:
            return x + n
    found, _ = run(f)
    assert [a[0] for a in found] == [*range(1, 10)]


def test_map_of_a_function_with_effects():
    def f(x):
        return x + sum(map(random.uniform, [0.0], [1.0]))

    def g(x):
        return x + sum(map(draw, [1]))
    draw = random.Random(0).randrange
    assert len({a[0] for a in run(f)[0]}) == 9
    run(lambda x: x + sum(map(draw, [10 ** 6])))
    found, _ = run(lambda x: x + sum(map(draw, [10 ** 6])))
    assert len({a[0] for a in found}) > 5


def test_prints(capsys):
    def f(x):
        print("called")
        return x + 1
    run(f)
    assert capsys.readouterr().out == "called\n" * 9


def test_printing_a_tensor(capsys):
    def f(x):
        str(x + 1)
        return x * 2
    argument = iter(range(100))
    found, _ = run(f, argument=lambda: torch.full((2,), float(next(argument))))
    assert [a[0] for a in found] == [2.0 * k for k in range(9)]


def test_values_decide_the_way():
    def f(x):
        return x + 1 if x.sum() > 0 else x - 1
    sign = itertools.cycle([1.0, -1.0])
    found, _ = run(f, argument=lambda: torch.full((2,), next(sign)))
    assert [a[0] for a in found] == [2.0, -2.0] * 4 + [2.0]


def test_items_and_indices():
    def item(x):
        return x.sum().item()

    def index(x):
        return torch.arange(5)[int(x[0])]

    def tensor_index(x):
        return torch.arange(5)[x.long()[0]]
    numbers = itertools.cycle([0.0, 1.0, 2.0])
    for f, expected in ((item, [0, 2, 4] * 3), (index, [0, 1, 2] * 3), (tensor_index, [0, 1, 2] * 3)):
        found, _ = run(f, argument=lambda: torch.full((2,), next(numbers)))
        assert found == expected


def test_numpy_inside():
    def f(x):
        return torch.from_numpy(x.numpy() * 2)
    numbers = itertools.count()
    found, _ = run(f, argument=lambda: torch.full((2,), float(next(numbers))))
    assert [a[0] for a in found] == [2.0 * k for k in range(9)]


def test_an_array_outside():
    array = np.zeros(2, np.float32)

    def f(x):
        return x + torch.tensor(array)
    compiled = torch.compile(f)
    for k in range(9):
        array[:] = k
        assert compiled(torch.zeros(2)).tolist() == [k, k]


def test_memory_shared_with_numpy():
    array = np.zeros(2, np.float32)
    state = torch.from_numpy(array)

    @torch.compile
    def reads(x):
        return x + state

    @torch.compile
    def writes(x):
        state.add_(x)
    for k in range(9):
        array[:] = k
        assert reads(torch.zeros(2)).tolist() == [k, k]
    array[:] = 0
    for k in range(9):
        writes(torch.ones(2))
        assert array.tolist() == [k + 1, k + 1]


def test_globals_closures_and_attributes_that_change():
    global factor
    factor = 3.0
    shift = 1.0

    class Config:
        power = 1

    config = Config()

    def f(x):
        return x * factor * setting["scale"] + shift + config.power
    compiled = torch.compile(f)

    def expect():
        assert compiled(torch.ones(2))[0].item() == factor * setting["scale"] + shift + config.power
    for _ in range(4):
        expect()
    assert compiled._compiled.made == 1
    factor = 4.0
    expect()
    setting["scale"] = 5.0
    expect()
    shift = 7.0
    expect()
    config.power = 2
    expect()
    Config.power = 100
    del config.power
    expect()
    Config.power = 200
    expect()
    setting["scale"] = 2.0
    for _ in range(4):
        expect()


def test_functions_and_methods_that_are_replaced(monkeypatch):
    def helper(x):
        return x + 1

    class Model(nn.Module):
        def forward(self, x):
            return self.inner(helper(x))

        def inner(self, x):
            return x * 2
    model = Model()
    compiled = torch.compile(model)
    for _ in range(5):
        assert compiled(torch.ones(1)).item() == 4
    assert compiled.forward._compiled.made == 1
    before = helper

    def helper(x):
        return before(x) + 1
    assert compiled(torch.ones(1)).item() == 6
    monkeypatch.setattr(Model, "inner", lambda self, x: x * 10)
    assert compiled(torch.ones(1)).item() == 30
    model.inner = lambda x: x
    assert compiled(torch.ones(1)).item() == 3
    model.forward = lambda x: x - 1
    assert compiled(torch.ones(1)).item() == 0


def test_layers_that_are_replaced_and_patched(monkeypatch):
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    compiled = torch.compile(model)
    x = torch.randn(3, 2)

    def expect():
        assert torch.allclose(compiled(x), model(x))
    with torch.no_grad():
        for _ in range(4):
            expect()
        model[1] = nn.Tanh()
        expect()
        model.append(nn.Linear(2, 3))
        expect()
        model[0].weight = nn.Parameter(torch.ones(2, 2))
        expect()
        model[0].weight.data = torch.zeros(2, 2)
        expect()
        model[0].weight.fill_(2)
        expect()
        model[0].__dict__["bias"] = None
        model[0]._parameters["bias"] = None
        expect()
        monkeypatch.setattr(nn.Tanh, "forward", lambda self, x: x)
        expect()
        for _ in range(4):
            expect()
        hook = model[0].register_forward_hook(lambda m, args, out: out * 100)
        expect()
        hook.remove()
        expect()


def test_requires_grad_freezes_and_thaws():
    torch.manual_seed(0)
    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    @torch.compile
    def step(x):
        model(x).square().sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    for _ in range(5):
        step(torch.ones(1, 2))
    assert step._compiled.made == 1
    model.bias.requires_grad_(False)
    frozen = model.bias.clone()
    for _ in range(5):
        step(torch.ones(1, 2))
        assert torch.equal(model.bias, frozen)
    model.bias.requires_grad_(True)
    step(torch.ones(1, 2))
    assert not torch.equal(model.bias, frozen)


def test_hooks_on_tensors_are_called():
    model, seen = nn.Linear(2, 2), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    @torch.compile
    def step(x):
        model(x).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    for _ in range(5):
        step(torch.ones(1, 2))
    model.bias.register_hook(lambda g: seen.append(g.tolist()))
    for _ in range(5):
        step(torch.ones(1, 2))
    assert seen == [[1.0, 1.0]] * 5


def test_modes_around_the_call():
    weight = torch.ones(2, requires_grad=True)

    @torch.compile
    def f(x):
        return x * weight
    x = torch.ones(2)
    with torch.no_grad():
        for _ in range(5):
            assert not f(x).requires_grad
    for _ in range(5):
        assert f(x).requires_grad
    with torch.autocast("cpu", dtype=torch.bfloat16):
        g = torch.compile(lambda a: a @ a)
        for _ in range(5):
            assert g(torch.ones(2, 2)).dtype is torch.bfloat16
    assert g(torch.ones(2, 2)).dtype is torch.float32
    h = torch.compile(lambda a: torch.ones(2))
    for _ in range(5):
        assert h(x).dtype is torch.float32
    torch.set_default_dtype(torch.float64)
    try:
        assert h(x).dtype is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_mode_that_the_call_leaves_changed():
    def f(x):
        torch.set_grad_enabled(False)
        return x + 1
    try:
        run(f)
        torch.set_grad_enabled(True)
        torch.compile(f)(torch.ones(1))
        assert not torch.is_grad_enabled()
    finally:
        torch.set_grad_enabled(True)


def test_signs_of_zero_and_kinds_of_numbers():
    f = torch.compile(lambda x, n: x / n)
    for _ in range(4):
        assert f(torch.ones(1), 0.0).item() == float("inf")
        assert f(torch.ones(1), -0.0).item() == -float("inf")
    g = torch.compile(lambda x, n: x + n)
    for _ in range(4):
        assert g(torch.ones(1, dtype=torch.int64), 1).dtype is torch.int64
        assert g(torch.ones(1, dtype=torch.int64), 1.0).dtype is torch.float32
        assert g(torch.ones(1, dtype=torch.bool), True).dtype is torch.bool
        assert g(torch.ones(1, dtype=torch.int64), True).dtype is torch.int64


def test_aliases_among_the_arguments():
    f = torch.compile(lambda a, b: (a.add_(1), b * 2)[1])
    for _ in range(5):
        a, b = torch.zeros(2), torch.ones(2)
        assert f(a, b).tolist() == [2, 2] and a.tolist() == [1, 1]
    for _ in range(5):
        a = torch.zeros(2)
        assert f(a, a).tolist() == [2, 2] and a.tolist() == [1, 1]
        a = torch.zeros(4)
        assert f(a[1:3], a[2:]).tolist() == [2, 0] and a.tolist() == [0, 1, 1, 0]


def test_pending_reads_see_what_was_there():
    """What was recorded before a replay that writes in place must not see what it writes."""
    state = torch.zeros(4)

    @torch.compile
    def step(x):
        state.add_(x)
        return state.sum()
    for k in range(12):
        before = state * 1
        view = state[1:3]
        twin = state.detach()
        copy = state.clone()
        step(torch.ones(4))
        after = state + 0
        assert before.tolist() == copy.tolist() == [k] * 4 and after.tolist() == view.tolist() * 2 == twin.tolist() == [k + 1] * 4
    assert step._compiled.made == 1


def test_results_are_their_own():
    f = torch.compile(lambda x: x * 2)
    kept = [f(torch.full((3,), float(k))) for k in range(8)]
    assert [t[0].item() for t in kept] == [2.0 * k for k in range(8)]
    kept[-1].add_(1)
    kept[-1].numpy()[:] = 50
    f(torch.ones(3))
    assert kept[-1].tolist() == [50] * 3 and kept[-2].tolist() == [12] * 3


def test_views_and_graphs_go_in():
    w = torch.ones(3, requires_grad=True)
    f = torch.compile(lambda x: (x * 2).sum())
    for _ in range(6):
        f(w * 3).backward()
    assert w.grad.tolist() == [36.0] * 3
    data = torch.arange(12.0)
    assert [f(data[k:k + 3]).item() for k in range(0, 10)] == [2.0 * (3 * k + 3) for k in range(10)]


def test_recursion_generators_and_classes():
    @torch.compile
    def power(x, n):
        return x if n == 0 else power(x * 2, n - 1)
    for _ in range(5):
        assert power(torch.ones(1), 3).item() == 8

    @torch.compile
    def several(x):
        yield x + 1
        yield x + 2
    for _ in range(5):
        assert [t.item() for t in several(torch.ones(1))] == [2, 3]

    @torch.compile
    def summed(x):
        return sum(t * 2 for t in [x, x + 1])
    for _ in range(5):
        assert summed(torch.ones(1)).item() == 6

    @torch.compile
    def made(x):
        class Local:
            value = 3
        return x + Local.value
    for _ in range(5):
        assert made(torch.ones(1)).item() == 4


def test_getattr_with_names_that_are_computed():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            for k in range(2):
                setattr(self, f"layer{k}", nn.Linear(2, 2))
            self.order = [0, 1]

        def forward(self, x):
            for k in self.order:
                x = getattr(self, f"layer{k}")(x)
            return x
    model = Model()
    compiled = torch.compile(model)
    x = torch.randn(1, 2)
    with torch.no_grad():
        for _ in range(5):
            assert torch.allclose(compiled(x), model(x))
        model.layer1 = nn.Linear(2, 2)
        assert torch.allclose(compiled(x), model(x))
        model.order.reverse()
        assert torch.allclose(compiled(x), model(x))
        model.order.append(0)
        assert torch.allclose(compiled(x), model(x))


def test_errors_leave_things_as_the_plain_call_does():
    state = torch.zeros(2)

    @torch.compile
    def f(x):
        state.add_(1)
        return x @ state
    for _ in range(5):
        f(torch.ones(2))
    with pytest.raises(RuntimeError):
        f(torch.ones(3))
    assert state.tolist() == [6, 6]
    f(torch.ones(2))
    assert state.tolist() == [7, 7]

    @torch.compile
    def g(x):
        state.add_(1)
        raise ValueError("no")
    for _ in range(6):
        with pytest.raises(ValueError, match="no"):
            g(torch.ones(1))
    assert state.tolist() == [13, 13]


def test_two_threads():
    torch.manual_seed(0)
    model = nn.Linear(4, 4)
    state = torch.zeros(4)

    @torch.compile
    def f(x):
        with torch.no_grad():
            return model(x) * 2

    @torch.compile
    def count():
        state.add_(1)
    inputs = [torch.randn(3, 4) for _ in range(40)]
    expected = [(model(x) * 2).tolist() for x in inputs]
    failures = []
    for _ in range(4):
        count()                         # from here on it is replayed, one at a time
    assert count._compiled.made == 1

    def work():
        for _ in range(5):
            for x, e in zip(inputs, expected, strict=True):
                if not torch.allclose(f(x), torch.tensor(e)):
                    failures.append(x)
                count()
    threads = [threading.Thread(target=work) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures and state.tolist() == [604.0] * 4


def test_optimizers_that_are_not_replayed_are_right():
    for make in (torch.optim.RMSprop, torch.optim.Adagrad, torch.optim.NAdam, torch.optim.Adamax):
        losses = []
        for way in (lambda f: f, torch.compile):
            torch.manual_seed(0)
            model = nn.Linear(3, 2)
            optimizer = make(model.parameters(), lr=0.01)

            def step(x, model=model, optimizer=optimizer):
                optimizer.zero_grad()
                loss = model(x).square().mean()
                loss.backward()
                optimizer.step()
                return loss
            run_step = way(step)
            losses.append([run_step(torch.full((2, 3), 1.0 + k)).item() for k in range(8)])
        assert losses[1] == pytest.approx(losses[0], rel=1e-5)


def test_state_that_is_loaded_and_groups_that_change():
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    twin = nn.Linear(3, 2)
    twin.load_state_dict(model.state_dict())
    other = torch.optim.Adam(twin.parameters(), lr=0.1)

    def step_of(model, optimizer):
        def step(x):
            loss = model(x).square().mean()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            return loss
        return step
    plain, compiled = step_of(twin, other), torch.compile(step_of(model, optimizer))

    def go(n=4):
        for _ in range(n):
            x = torch.randn(2, 3)
            assert compiled(x).item() == pytest.approx(plain(x).item(), rel=1e-4)
    go()
    for o in (optimizer, other):
        o.load_state_dict(o.state_dict())
    go()
    for o in (optimizer, other):
        o.param_groups[0]["lr"] = 0.01
        o.param_groups[0]["weight_decay"] = 0.1
    go()
    for o in (optimizer, other):
        for s in o.state.values():
            s["step"].fill_(1)
            s["exp_avg"].zero_()
    go()
    for o in (optimizer, other):
        for s in o.state.values():
            s["step"].zero_()
    go()
    for m in (model, twin):
        with torch.no_grad():
            m.weight.mul_(2)
            m.bias.data = torch.ones(2)
    go()
    for m in (model, twin):
        m.weight.grad = torch.ones(2, 3)
    go()
    extra, extra_twin = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1))
    optimizer.add_param_group({"params": [extra], "lr": 0.5})
    other.add_param_group({"params": [extra_twin], "lr": 0.5})
    go()


def test_attributes_that_take_the_place_of_others():
    """As many attributes as before, and other ones: of an object, of a class, of a tensor."""
    class Config:
        plain = 1

        def __init__(self):
            self.unread, self.used = 5, 1

    class Holder:
        def __init__(self):
            self.config = Config()

    holder = Holder()
    weight = torch.ones(2, requires_grad=True)
    seen = []

    @torch.compile
    def f(x):
        extra = holder.config.late if hasattr(holder.config, "late") else 0
        (weight * x).sum().backward()
        weight.grad = None
        return x * holder.config.used + extra
    for _ in range(5):
        assert f(torch.ones(2))[0].item() == 1
    assert f._compiled.made == 1
    del holder.config.unread
    holder.config.late = 10
    assert f(torch.ones(2))[0].item() == 11
    weight.register_hook(lambda g: seen.append(1))
    for _ in range(3):
        assert f(torch.ones(2))[0].item() == 11
    assert len(seen) == 3
    holder.config.__dict__ = {"used": 7, "late": 0}
    assert f(torch.ones(2))[0].item() == 7
    Config.late = 3
    del holder.config.late
    assert f(torch.ones(2))[0].item() == 10


def test_values_held_outside_are_not_written_over():
    """A plan whose memory somebody comes to hold works on other memory, and goes back to working in place."""
    state = torch.zeros(64, 8)
    total = nn.Parameter(torch.zeros(8))

    @torch.compile
    def f(x):
        state.add_(x @ x.T.sum(0, keepdim=True).T * 0 + 1)
        with torch.no_grad():
            total.add_(state.mean(0)).mul_(0.5).add_(state.tanh().sum(0)).sub_(state.exp().mean(0) * 0).add_(1)
        return state.sum()
    expected = None
    for k in range(30):
        pending = state * 1 if k % 5 == 0 else None
        shown = state.numpy().copy() if k % 7 == 0 else None
        out = f(torch.ones(64, 64))
        assert out.item() == (k + 1) * 512
        if pending is not None:
            assert pending.sum().item() == k * 512
        if shown is not None:
            assert shown.sum() == k * 512
        expected = 0.5 * ((0 if expected is None else expected) + k + 1) + 64 * np.tanh(k + 1) + 1
        assert total[0].item() == pytest.approx(expected, rel=1e-4)
