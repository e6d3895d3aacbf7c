"""LBFGS and its line search."""

import math

import numpy as np
import pytest

import flambeau
from flambeau import optim
from flambeau.optim._line_search import Point, strong_wolfe


def rosenbrock(w, steepness=10):
    return (1 - w[0]) ** 2 + steepness * (w[1] - w[0] ** 2) ** 2


def minimise(function, start, steps, **options):
    w = flambeau.tensor(start, requires_grad=True, dtype=flambeau.float64)
    optimizer = optim.LBFGS([w], **options)
    calls = []

    def closure():
        calls.append(1)
        optimizer.zero_grad()
        loss = function(w)
        loss.backward()
        return loss

    losses = [optimizer.step(closure).item() for _ in range(steps)]
    return w, losses, len(calls), optimizer


def test_rosenbrock():
    w, losses, calls, optimizer = minimise(rosenbrock, [-1.2, 1.0], 4, line_search_fn="strong_wolfe", max_iter=20)
    np.testing.assert_allclose(w.detach().numpy(), [1, 1], atol=1e-5)
    assert losses == sorted(losses, reverse=True)
    state = optimizer.state[w]
    assert state["func_evals"] == calls and state["n_iter"] <= 80


def test_a_quadratic_takes_few_steps():
    """In n dimensions, exact steps are done after about n of them, whatever the condition number."""
    scales = flambeau.tensor([1.0, 30.0, 1000.0], dtype=flambeau.float64)
    w, _, calls, _ = minimise(lambda w: (scales * (w - 2) ** 2).sum(), [0.0, 5.0, -3.0], 1, line_search_fn="strong_wolfe")
    np.testing.assert_allclose(w.detach().numpy(), 2, atol=1e-5)
    assert calls <= 25


def test_without_line_search_the_first_step_is_short():
    w, losses, calls, optimizer = minimise(lambda w: (w**2).sum(), [3.0, -4.0], 1, lr=0.5, max_iter=1)
    # min(1, 1 / |g|_1) * lr along -g, where g = (6, -8)
    np.testing.assert_allclose(w.detach().numpy(), np.array([3, -4]) - 0.5 / 14 * np.array([6, -8]), rtol=1e-12)
    assert losses == [25.0] and calls == 1  # after the last iteration nobody would use a gradient
    assert optimizer.state[w]["t"].item() == pytest.approx(0.5 / 14)


def test_stops_where_the_gradient_is_zero():
    w, losses, calls, optimizer = minimise(lambda w: (w**2).sum(), [0.0, 0.0], 2)
    assert losses == [0.0, 0.0] and calls == 2 and "d" not in optimizer.state[w]


def test_limits():
    _, _, calls, _ = minimise(rosenbrock, [-1.2, 1.0], 1, line_search_fn="strong_wolfe", max_iter=100, max_eval=7)
    assert 7 <= calls <= 8
    _, _, _, optimizer = minimise(rosenbrock, [-1.2, 1.0], 1, history_size=3, line_search_fn="strong_wolfe")
    state = optimizer.state_dict()["state"][0]
    assert len(state["old_dirs"]) == len(state["old_stps"]) == len(state["ro"]) == 3 and len(state["al"]) == 3
    assert optimizer.param_groups[0]["max_eval"] == 25


def test_state_is_one_vector_for_all_parameters():
    a, b = flambeau.ones(2, 2, requires_grad=True), flambeau.ones(1, dtype=flambeau.float32, requires_grad=True)
    unused = flambeau.ones(3, requires_grad=True)
    optimizer = optim.LBFGS([a, b, unused], max_iter=3)

    def closure():
        optimizer.zero_grad()
        loss = (a.T - 2).pow(2).sum() + (b + 1).pow(4).sum()
        loss.backward()
        return loss

    first = optimizer.step(closure)
    assert first.requires_grad and closure().item() < first.item()
    state = optimizer.state_dict()["state"]
    assert list(state) == [0] and state[0]["d"].shape == (8,) and unused.tolist() == [1, 1, 1]
    assert set(state[0]) == set("H_diag al d func_evals n_iter old_dirs old_stps prev_flat_grad prev_loss ro t".split())


def test_complex_parameters():
    z = flambeau.tensor([1 + 1j, -2j], requires_grad=True)
    optimizer = optim.LBFGS([z], line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = (z - (3 - 1j)).abs().square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    np.testing.assert_allclose(z.detach().numpy(), [3 - 1j] * 2, atol=1e-4)


def test_errors():
    w = flambeau.ones(1, requires_grad=True)
    with pytest.raises(TypeError):
        optim.LBFGS([w]).step()
    with pytest.raises(ValueError, match="doesn't support per-parameter options"):
        optim.LBFGS([{"params": [w]}, {"params": [flambeau.ones(1, requires_grad=True)]}])
    with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported"):
        optim.LBFGS([w], line_search_fn="armijo").step(lambda: (w**2).sum())


@pytest.mark.parametrize("first", [1e-3, 0.1, 1.0, 7.0, 100.0])
@pytest.mark.parametrize("name", ["parabola", "quartic", "wave", "well"])
def test_strong_wolfe_conditions_hold(name, first):
    function, slope = {
        "parabola": (lambda t: (t - 2) ** 2, lambda t: 2 * (t - 2)),
        "quartic": (lambda t: (t - 1) ** 4 - t, lambda t: 4 * (t - 1) ** 3 - 1),
        "wave": (lambda t: math.cos(t + 1) + 0.01 * t * t, lambda t: -math.sin(t + 1) + 0.02 * t),
        "well": (lambda t: -math.exp(-((t - 3) ** 2)), lambda t: 2 * (t - 3) * math.exp(-((t - 3) ** 2))),
    }[name]

    def evaluate(t):
        t = float(t)
        return Point(t, function(t), None, flambeau.tensor(slope(t), dtype=flambeau.float64))

    start = evaluate(0.0)
    best, evaluations = strong_wolfe(evaluate, start, first, flambeau.tensor(1.0), 50)
    assert best.loss <= start.loss + 1e-4 * best.t * start.slope
    assert abs(best.slope) <= 0.9 * abs(start.slope)
    assert evaluations <= 50
