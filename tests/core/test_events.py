"""A step that is matched with what was recorded before gives what recording it one by one gives, whatever happens in between."""
from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest

import flambeau as torch
from flambeau import nn, runtime
from flambeau.core import events, graph, record
from flambeau.core.op import MAX_INTERNED
from flambeau.nn import functional as F


@pytest.fixture(autouse=True, params=["interpreted", "compiled"])
def tier(request, monkeypatch):
    """Bits are compared: whether a program is compiled must not depend on how often its structure was seen."""
    if request.param == "interpreted":
        monkeypatch.setattr(runtime, "INTERPRET", True)
        yield
    else:
        torch.use_deterministic_algorithms(True)
        yield
        torch.use_deterministic_algorithms(False)


@pytest.fixture
def matched(monkeypatch):
    """Counts the calls that were matched."""
    count = []
    plain = events.run

    def run(trace, event, inputs):
        result = plain(trace, event, inputs)
        if result is not events.MISS:
            count.append(event.call)
        return result
    monkeypatch.setattr("flambeau.core.record._run", run)
    monkeypatch.setattr(events, "run", run)
    return count


def one_by_one(monkeypatch):
    """Let no recording match anything."""
    def begin(trace):
        plain(trace)
        trace.cursor, trace.reached, trace.next = None, None, graph.NO_EVENT
    plain = events.begin
    monkeypatch.setattr(graph, "_begin", begin)
    torch.run_pending()
    graph.current_trace().begin()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.norm, self.second = nn.Linear(4, 8), nn.LayerNorm(8), nn.Linear(8, 6)

    def forward(self, x):
        h = F.gelu(self.norm(self.first(x)))
        a, b = self.second(h).split(3, dim=1)
        h = torch.relu(a) * b.view(-1, 3).transpose(0, 1).reshape(-1, 3)
        return (h @ h.t() / 2.0 + h.sum(0, keepdim=True).mean()).softmax(-1) if self.training else h * 3


def run(meddle, steps=8):
    """What a training with `meddle(k, what)` in between prints: losses, gradients, weights."""
    torch.run_pending()
    torch.manual_seed(0)
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    seen = []
    what = {"model": model, "optimizer": optimizer, "seen": seen, "data": [torch.randn(3, 4) for _ in range(2)], "n": 3}
    for k in range(steps):
        x = what["data"][k % 2]
        meddle(k, what)
        try:
            out = model(x[: what["n"]] if what["n"] != 3 else x)
            what["out"] = out
            meddle(k + 0.25, what)
            loss = (out ** 2).sum()
            meddle(k + 0.5, what)
            loss.backward()
        except (RuntimeError, ZeroDivisionError) as error:
            seen.append(type(error).__name__)
            torch.run_pending()
            optimizer.zero_grad()
            continue
        meddle(k + 0.75, what)
        optimizer.step()
        seen.append(loss)
        if k % 3 == 2:
            seen.append([None if p.grad is None else p.grad.tolist() for p in model.parameters()])
        optimizer.zero_grad()
    return [s.item() if isinstance(s, torch.Tensor) else s for s in seen], [p.tolist() for p in model.parameters()]


def at(moment):
    """A meddling function that acts at these moments: before, after forward (.25), before backward (.5), before step (.75)."""
    def decorate(function):
        def meddle(k, what):
            if k in moment:
                function(k, what)
        meddle.__name__ = function.__name__
        return meddle
    return decorate


def nothing(k, what):
    pass


@at([4.5])
def hook_on_a_weight(k, what):
    what["model"].first.weight.register_hook(lambda g: g * 2)


@at([4.25])
def hook_on_a_result(k, what):
    what["out"].register_hook(lambda g: g * 3)


@at([4.25])
def hook_on_a_grad_fn(k, what):
    what["out"].grad_fn.register_hook(lambda grads, outs: what["seen"].append(len(grads)))


@at([3])
def forward_hook(k, what):
    what["model"].norm.register_forward_hook(lambda m, args, out: out * 2)


@at([3, 5])
def frozen_weight(k, what):
    what["model"].first.weight.requires_grad_(k != 3)


@at([3.25])
def frozen_after_the_forward(k, what):
    what["model"].norm.bias.requires_grad_(False)


@at([4])
def other_data(k, what):
    weight = what["model"].first.weight
    weight.data = weight.data * 2


@at([4, 4.5])
def written_weight(k, what):
    with torch.no_grad():
        what["model"].norm.weight.add_(0.5)        # at 4.5 between forward and backward: an error, as ever


@at([2, 3, 4, 5])
def held_gradient(k, what):
    p = what["model"].first.weight
    p.grad = torch.ones_like(p) if k == 3 else None


@at([1.75, 2.75, 3.75, 4.75, 5.75])
def kept_gradients(k, what):
    what.setdefault("kept", []).append(what["model"].first.bias.grad)
    if k == 5.75:
        what["seen"].append([g.tolist() for g in what["kept"]])
        what["seen"].append(len({id(g) for g in what["kept"]}))


@at([2, 3, 4, 5, 6])
def evaluation(k, what):
    if k % 2:
        what["model"].eval()
    else:
        what["model"].train()


@at([2, 4, 5])
def other_rate(k, what):
    what["optimizer"].param_groups[0]["lr"] *= 0.5


@at([3, 4, 6])
def other_shape(k, what):
    what["n"] = {3: 3, 4: 3, 6: 3}[k]
    what["data"] = [torch.randn(3, 4, generator=torch.Generator().manual_seed(int(k))) for _ in range(2)]


@at([2.25, 3.25])
def written_view(k, what):
    with torch.no_grad():
        what["out"][0].mul_(0.5)


@at([2, 3, 4])
def numpy_export(k, what):
    what["data"][0].numpy()[:] += 1


@at([2.25, 4.25])
def numpy_of_a_result(k, what):
    what["seen"].append(what["out"].detach().numpy().sum().item())


@at([2, 5])
def other_default_type(k, what):
    torch.set_default_dtype(torch.float64 if k == 2 else torch.float32)
    what["seen"].append((torch.arange(3) / 2).dtype is torch.get_default_dtype())


@at([3])
def monkeypatched_forward(k, what):
    model = what["model"]
    plain = model.second.forward
    model.second.forward = lambda x: plain(x) * 2


@at([3])
def same_tensor_twice(k, what):
    what["model"].second.bias = what["model"].second.bias
    what["data"][1] = what["data"][0]


@at([2, 3, 4])
def aliases(k, what):
    base = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))
    what["data"] = [base[:3], base[:3]] if k == 2 else [base[:3], base[3:]] if k == 3 else [base[:3].clone(), base[1:4]]


@at([2.25, 3.25, 4.25])
def looked_at(k, what):
    what["seen"].append(what["out"].sum().item())


@at([3.25, 4.25])
def detached(k, what):
    d = what["out"].detach()
    if k == 3.25:
        d.zero_()                   # what softmax saved is gone: an error


@at([3, 4])
def anomaly(k, what):
    torch.autograd.set_detect_anomaly(k == 3)


@at([2.25, 3.25])
def names(k, what):
    what["seen"].append((type(what["out"].grad_fn).__name__, what["out"].requires_grad, what["out"].is_leaf, len(what["out"].grad_fn.next_functions)))


@at([4.25, 5.25])
def retained(k, what):
    what["out"].retain_grad()


@at([4.75, 5.75])
def retained_gradient(k, what):
    what["seen"].append(what["out"].grad is None)


MEDDLERS = [nothing, hook_on_a_weight, hook_on_a_result, hook_on_a_grad_fn, forward_hook, frozen_weight, frozen_after_the_forward, other_data, written_weight,
            held_gradient, kept_gradients, evaluation, other_rate, other_shape, written_view, numpy_export, numpy_of_a_result, other_default_type,
            monkeypatched_forward, same_tensor_twice, aliases, looked_at, detached, anomaly, names, retained]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("meddle", MEDDLERS, ids=lambda f: f.__name__)
def test_what_happens_in_between_is_seen(meddle, monkeypatch, matched):
    torch.set_default_dtype(torch.float32)
    try:
        run(nothing, 3)
        del matched[:]
        found = run(meddle)
        assert matched
        with monkeypatch.context() as patch:
            one_by_one(patch)
            del matched[:]
            wanted = run(meddle)
            assert not matched
        graph.current_trace().begin()
        assert found == wanted
    finally:
        torch.set_default_dtype(torch.float32)
        torch.autograd.set_detect_anomaly(False)


def test_steps_that_repeat_are_matched_whole(matched):
    run(nothing, 3)
    model, x = Net(), torch.randn(3, 4)
    for _ in range(4):
        del matched[:]
        model(x).sum().backward()
        for p in model.parameters():
            p.grad = None
        torch.run_pending()
    assert len(matched) >= 10


def test_autocast_is_no_event():
    lin, x = nn.Linear(4, 4), torch.randn(2, 4)
    kinds = []
    for k in range(8):
        torch.run_pending()
        with torch.autocast("cpu", enabled=k % 2 == 1):
            kinds.append(lin(x).dtype)
        kinds.append(lin(x).dtype)
    assert kinds == [torch.float32, torch.float32, torch.bfloat16, torch.float32] * 4


def test_modes_in_the_middle():
    x = torch.ones(3, requires_grad=True)
    for _ in range(5):
        torch.run_pending()
        x.grad = None
        a = x * 2
        with torch.no_grad():
            b = a * 3
        c = a * b
        with torch.inference_mode():
            d = c * 2
        assert not b.requires_grad and c.requires_grad and d.is_inference() and not d.requires_grad
        c.sum().backward()
        assert x.grad.tolist() == [12, 12, 12]


def test_numbers_are_told_by_type_and_sign():
    x = torch.tensor([1, 2])
    for _ in range(4):
        torch.run_pending()
        kinds = [(x * k).dtype for k in (2, 2.0, True, 2)]
        assert kinds == [torch.int64, torch.float32, torch.int64, torch.int64]
        z = torch.tensor([1.0])
        assert [str((z * k).item()) for k in (0.0, -0.0, 0.0)] == ["0.0", "-0.0", "0.0"]


def test_a_leaf_that_got_another_value_is_met_anew():
    x = torch.ones(2)
    for k in range(6):
        torch.run_pending()
        y = x * 2
        x.data = torch.full((2,), float(k))
        z = x * 2
        x.copy_(torch.full((2,), 10.0 + k))
        w = x * 2
        assert y.tolist() == [2 if not k else 2 * (9.0 + k)] * 2 and z.tolist() == [2 * k] * 2 and w.tolist() == [20 + 2 * k] * 2


def test_results_die_with_their_last_reference():
    w, x = torch.ones(3, requires_grad=True), torch.ones(3)
    for _ in range(4):
        torch.run_pending()
        w.grad = None
        h = w * x
        gone = weakref.ref(h)
        loss = (h * h).sum()
        loss.backward()
        del h
        assert gone() is None and w.grad.tolist() == [2, 2, 2]


def test_losses_that_are_kept_do_not_keep_the_data():
    w, kept = torch.ones(3, requires_grad=True), []
    for _ in range(5):
        x = torch.ones(3)
        data = weakref.ref(x._storage)
        loss = (w * x * x).sum()
        loss.backward()
        kept.append(loss)
        w.grad = None
        torch.run_pending()
        del x
        gc.collect()
        assert data() is None
    assert [type(t.grad_fn).__name__ for t in kept] == ["SumBackward0"] * 5
    node = kept[-1].grad_fn.next_functions[0][0]
    assert node.name() == "MulBackward0" and node.next_functions[0][0].next_functions[0][0].variable is w
    with pytest.raises(RuntimeError, match="second time"):
        kept[-1].backward()


def test_backward_after_the_values_were_looked_at():
    w, x = torch.ones(3, requires_grad=True), torch.arange(3.0)
    for _ in range(5):
        w.grad = None
        h = (w * x).exp()
        loss = (h * w).sum()
        value = loss.item()
        loss.backward()
        assert w.grad.tolist() == pytest.approx([1, 2 * np.e, 3 * np.e ** 2]) and value == pytest.approx(1 + np.e + np.e ** 2)


def test_two_backwards_over_one_trunk():
    w = torch.ones(2, requires_grad=True)
    for _ in range(5):
        torch.run_pending()
        w.grad = None
        trunk = w * 3
        first, second = (trunk * 2).sum(), (trunk ** 2).sum()
        first.backward(retain_graph=True)
        second.backward()
        assert w.grad.tolist() == [6 + 18] * 2
        w.grad = None
        (w * 2).sum().backward()
        with pytest.raises(RuntimeError, match="second time"):
            second.backward()
        assert w.grad.tolist() == [2, 2]


def test_gradients_of_gradients():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(5):
        torch.run_pending()
        g, = torch.autograd.grad((w ** 3).sum(), w, create_graph=True)
        h, = torch.autograd.grad(g.sum(), w)
        assert h.tolist() == [6, 12]


def test_threads_share_a_model():
    model, found = nn.Linear(3, 2), {}
    x = torch.ones(4, 3)

    def work(k):
        found[k] = []
        for _ in range(60):
            out = (model(x) * (k + 1)).sum()
            g = torch.autograd.grad(out, model.bias)[0]
            found[k].append((out.item(), g.tolist()))
    threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    base = model(x).sum().item()
    for k in range(3):
        assert all(value == pytest.approx(base * (k + 1), rel=1e-5) and g == [4 * (k + 1)] * 2 for value, g in found[k])


def test_numbers_that_change_each_time_do_not_pile_up():
    x = torch.ones(2)
    for k in range(200):
        torch.run_pending()
        assert (x * float(k)).tolist() == [k, k]
    trace = graph.current_trace()
    assert all(len(found) <= events.MAX_ALTERNATIVES for root in trace.roots.values() for found in root.others.values() if type(found) is tuple)


def test_a_failing_call_in_the_middle():
    a, b = torch.ones(2, 3), torch.ones(2, 3, requires_grad=True)
    for _ in range(5):
        torch.run_pending()
        b.grad = None
        c = a * b
        with pytest.raises(RuntimeError):
            torch.mm(c, c)
        (c * 2).sum().backward()
        assert b.grad.tolist() == [[2] * 3] * 2


def test_frozen_parameters_and_swapped_tensors():
    frozen, free = nn.Parameter(torch.ones(2), requires_grad=False), nn.Parameter(torch.ones(2) * 3)
    for k in range(6):
        torch.run_pending()
        free.grad = frozen.grad = None
        (frozen * free * 2).sum().backward()
        assert frozen.grad is None and free.grad.tolist() == (frozen * 2).tolist()
        if k % 2:
            frozen, free = free, frozen
            torch.utils.swap_tensors(frozen, free)
            assert not frozen.requires_grad and free.requires_grad


def test_views_taken_in_place():
    w = torch.arange(6.0).reshape(2, 3).clone().requires_grad_()
    for _ in range(5):
        torch.run_pending()
        w.grad = None
        h = w * 2
        g = h * h
        h.t_()
        assert (h @ g).shape == (3, 3)
        with pytest.raises(RuntimeError, match="modified by an inplace"):
            g.sum().backward()


def test_causal_attention_in_every_mode():
    q = torch.randn(2, 4, 3, requires_grad=True)
    for k in range(4):
        torch.run_pending()
        with torch.inference_mode(k == 0):
            out = F.scaled_dot_product_attention(q, q, q, is_causal=True)
            out = out + F.scaled_dot_product_attention(q, q, q, is_causal=True)
        if k:
            q.grad = None
            out.sum().backward()
            assert q.grad is not None
        assert out[:, 0].tolist() == (q[:, 0] * 2).tolist()


def test_dropout_within_attention_is_drawn_anew():
    torch.manual_seed(0)
    q, found = torch.randn(2, 8, 4), []
    for _ in range(5):
        torch.run_pending()
        found.append(F.scaled_dot_product_attention(q, q, q, dropout_p=0.5).sum().item())
    assert len(set(found)) == 5


def test_what_was_matched_does_not_keep_weights_from_being_written_in_place():
    """A step's program may write into the memory of the old weights: nobody but the trace holds them."""
    w = nn.Parameter(torch.ones(64))
    optimizer, trace = torch.optim.SGD([w], lr=0.5), graph.current_trace()
    for _ in range(6):
        torch.run_pending()
        (w * 2).sum().backward()
        optimizer.step()
        event, key = runtime._matched(trace)
        if event is None:
            graph.stop_events(trace)
        spare = runtime._spare(trace.leaves) if event is None else key[1]       # apart, since an assert holds what it looked at
        assert spare[0]
        optimizer.zero_grad()
    assert w.tolist() == [-5] * 64


def test_views_of_a_loop_do_not_pile_up():
    """They leave nothing pending, so that the recording that they are in never ends by itself."""
    def events_kept():
        gc.collect()
        return sum(type(o) is events.Event for o in gc.get_objects())

    torch.run_pending()
    before = events_kept()
    x = torch.zeros(60_000)
    for i in range(60_000):
        x[i]
    assert len(record._views) <= MAX_INTERNED and events_kept() - before <= graph.MAX_PENDING + 10


def test_a_number_that_changes_hands_names_nobody_else():
    """f(x, x) was seen, and f(x, y) comes: y had the number last time that x takes now."""
    def both(a, b):
        torch.run_pending()
        return (a - b).tolist()
    for _ in range(3):
        x, y = torch.tensor([3.0, 4.0]), torch.tensor([1.0, 1.0])
        assert both(y, x) == [-2, -3] and both(x, x) == [0, 0] and both(y, x) == [-2, -3]
        assert both(x, y) == [2, 3] and both(x, x) == [0, 0] and both(x, y) == [2, 3]
    z = torch.tensor(2.0)
    for _ in range(3):                  # of two shapes, so that the event of f(x, x) is tried first
        torch.run_pending()
        assert bool((z <= x).all()) and (x - z).tolist() == [1, 2]
        assert (x - x).tolist() == [0, 0]
        assert bool((z <= x).all()) and (x - z).tolist() == [1, 2]
