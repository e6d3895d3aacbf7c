"""Optimizers and schedules against PyTorch's, on the configurations of its own optimizer database."""

import copy
import inspect
import math

import numpy as np
import pytest

import flambeau
from flambeau import optim

torch = pytest.importorskip("torch")
common_optimizers = pytest.importorskip("torch.testing._internal.common_optimizers")

STEPS = 5
INFOS = {info.name: info for info in common_optimizers.optim_db}
if not flambeau.sparse_coo_tensor([[0]], [1.0], (2,)).is_sparse:
    del INFOS["SparseAdam"]  # whose gradients are sparse: flambeau holds sparse tensors dense


def ours(x):
    """A tensor of PyTorch's, or what holds some, as flambeau's."""
    if isinstance(x, torch.Tensor):
        return flambeau.tensor(x.detach().numpy().copy())
    if isinstance(x, dict):
        return {key: ours(value) for key, value in x.items()}
    return type(x)(map(ours, x)) if isinstance(x, (list, tuple)) else x


def theirs(x):
    """A tensor of flambeau's, or what holds some, as PyTorch's."""
    if isinstance(x, flambeau.Tensor):
        return torch.tensor(x.detach().numpy().copy())
    if isinstance(x, dict):
        return {key: theirs(value) for key, value in x.items()}
    return type(x)(map(theirs, x)) if isinstance(x, (list, tuple)) else x


def kind(x):
    if isinstance(x, (torch.Tensor, flambeau.Tensor)):
        return "tensor", str(x.dtype).rpartition(".")[2], tuple(x.shape)
    return type(x).__name__


def numbers(x):
    """Tensors as nested lists, so that both packages' compare."""
    if isinstance(x, (torch.Tensor, flambeau.Tensor)):
        return x.tolist()
    return [numbers(y) for y in x] if isinstance(x, (list, tuple)) else x


class Problem:
    """The same parameters and gradients for both packages."""

    def __init__(self, name, dtype="float64"):
        rng = np.random.RandomState(0)
        self.name = name
        self.steps = 2 if name == "LBFGS" else STEPS  # each of its steps is up to twenty
        self.shapes = [(4, 3), (3, 2)] + ([] if name == "Muon" else [(5,)])
        self.start = [rng.uniform(0.3, 1.5, shape).astype(dtype) for shape in self.shapes]
        self.grads = [[rng.standard_normal(shape).astype(dtype) * (0.3 + t % 2) for shape in self.shapes] for t in range(2 * self.steps)]

    def params(self, package):
        return [package.tensor(x, requires_grad=True) for x in self.start]

    def step(self, package, optimizer, params, t):
        if self.name == "LBFGS":

            def closure():
                optimizer.zero_grad()
                loss = sum(((p - 0.5) ** 2 + p**4 / 20).sum() for p in params)
                loss.backward()
                return loss

            return optimizer.step(closure)
        for index, (param, grad) in enumerate(zip(params, self.grads[t], strict=True)):
            if t % 2 and index == 1:
                param.grad = None
            elif self.name == "SparseAdam":
                rows = np.arange(t % grad.shape[0], grad.shape[0], 2)
                indices, shape = package.tensor([rows.tolist()]), tuple(grad.shape)
                extra = {"check_invariants": True} if package is torch else {}
                param.grad = package.sparse_coo_tensor(indices, package.tensor(grad[rows]), shape, **extra)
            else:
                param.grad = package.tensor(grad)
        optimizer.step()


def agree(problem, ps, qs, before, dtype):
    far = {"Muon": 0.05, "LBFGS": 1e-2 if dtype == "float32" else 1e-5}.get(problem.name, 1e-3 if dtype == "float32" else 1e-6)
    for p, q, b in zip(ps, qs, before, strict=True):
        p, q = p.detach().numpy(), q.detach().numpy()
        np.testing.assert_allclose(p, q, rtol=1e-6 if dtype == "float32" else 1e-12, atol=far * abs(q - b).max())


def configurations():
    for name, info in INFOS.items():
        for item in info.optim_inputs_func(device="cpu"):
            if "capturable" not in item.kwargs:
                yield pytest.param(name, item.kwargs, id=f"{name}-{item.desc.replace(' ', '_')}")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "options"), list(configurations()))
def test_steps_and_state(name, options, dtype):
    problem = Problem(name, dtype)
    ps, qs = problem.params(flambeau), problem.params(torch)
    mine, real = getattr(optim, name)(ps, **ours(options)), getattr(torch.optim, name)(qs, **copy.deepcopy(options))
    for t in range(problem.steps):
        problem.step(flambeau, mine, ps, t)
        problem.step(torch, real, qs, t)
        agree(problem, ps, qs, problem.start, dtype)
    a, b = mine.state_dict(), real.state_dict()
    assert list(a) == list(b)
    assert [list(group) for group in a["param_groups"]] == [list(group) for group in b["param_groups"]]
    for group, other in zip(a["param_groups"], b["param_groups"], strict=True):
        assert {k: numbers(v) for k, v in group.items()} == {k: numbers(v) for k, v in other.items()}
    assert {i: {k: kind(v) for k, v in s.items()} for i, s in a["state"].items()} == {
        i: {k: kind(v) for k, v in s.items()} for i, s in b["state"].items()
    }


@pytest.mark.parametrize("direction", ["theirs to ours", "ours to theirs"])
@pytest.mark.parametrize("name", list(INFOS))
def test_state_dicts_are_exchanged(name, direction):
    """Half the steps in one package and the rest in the other are what all of them are in one."""
    problem = Problem(name)
    first, second, convert = (torch, flambeau, ours) if direction == "theirs to ours" else (flambeau, torch, theirs)
    ps = problem.params(first)
    optimizer = getattr(first.optim, name)(ps, lr=0.01)
    for t in range(problem.steps):
        problem.step(first, optimizer, ps, t)
    qs = [second.tensor(p.detach().numpy().copy(), requires_grad=True) for p in ps]
    other = getattr(second.optim, name)(qs, lr=0.5)
    other.load_state_dict(convert(optimizer.state_dict()))
    before = [p.detach().numpy().copy() for p in ps]
    for t in range(problem.steps, 2 * problem.steps):
        problem.step(first, optimizer, ps, t)
        problem.step(second, other, qs, t)
        agree(problem, qs, ps, before, "float64")


@pytest.mark.parametrize("name", list(INFOS))
def test_signature_and_repr(name):
    a, b = (inspect.signature(getattr(package, name)).parameters for package in (optim, torch.optim))
    assert list(a) == list(b)
    assert [(p.kind, p.default) for p in a.values()] == [(p.kind, p.default) for p in b.values()]
    problem = Problem(name)
    assert repr(getattr(optim, name)(problem.params(flambeau))) == repr(getattr(torch.optim, name)(problem.params(torch)))


def schedules():
    up, down = (lambda e: 1.0 / (1 + e)), (lambda e: 0.95**e)
    yield "LambdaLR", lambda S, o: S.LambdaLR(o, lr_lambda=[up, down])
    yield "MultiplicativeLR", lambda S, o: S.MultiplicativeLR(o, lambda e: 1 - 0.01 * e)
    yield "StepLR", lambda S, o: S.StepLR(o, 7, 0.5)
    yield "MultiStepLR", lambda S, o: S.MultiStepLR(o, [4, 4, 20], 0.3)
    yield "ConstantLR", lambda S, o: S.ConstantLR(o, 0.3, 12)
    yield "LinearLR", lambda S, o: S.LinearLR(o, 0.9, 0.1, 20)
    yield "ExponentialLR", lambda S, o: S.ExponentialLR(o, 0.9)
    yield "PolynomialLR", lambda S, o: S.PolynomialLR(o, 20, 2.5)
    yield "CosineAnnealingLR", lambda S, o: S.CosineAnnealingLR(o, 7, 0.003)
    yield "CosineAnnealingWarmRestarts", lambda S, o: S.CosineAnnealingWarmRestarts(o, 4, 2, 1e-3)
    for mode in ("triangular", "triangular2", "exp_range"):
        yield f"CyclicLR-{mode}", lambda S, o, mode=mode: S.CyclicLR(o, 0.001, [0.1, 0.2], 5, 7, mode, 0.97)
    yield "OneCycleLR", lambda S, o: S.OneCycleLR(o, [0.3, 0.1], epochs=5, steps_per_epoch=9)
    yield "OneCycleLR-linear", lambda S, o: S.OneCycleLR(o, 0.3, total_steps=45, anneal_strategy="linear", three_phase=True)
    yield (
        "SequentialLR",
        lambda S, o: S.SequentialLR(o, [S.LinearLR(o, 0.1, 1.0, 5), S.StepLR(o, 3, 0.5), S.CosineAnnealingLR(o, 10)], [5, 15]),
    )
    yield "ChainedScheduler", lambda S, o: S.ChainedScheduler([S.ConstantLR(o, 0.1, 6), S.ExponentialLR(o, 0.9)])
    yield (
        "SequentialLR-of-chained",
        lambda S, o: S.SequentialLR(
            o, [S.ChainedScheduler([S.ConstantLR(o, 0.1, 3), S.ExponentialLR(o, 0.9)]), S.CosineAnnealingLR(o, 10)], [8]
        ),
    )


@pytest.mark.filterwarnings("ignore:Detected call of")  # by both, when schedules are nested
@pytest.mark.parametrize(("name", "make"), list(schedules()), ids=[name for name, _ in schedules()])
def test_schedules(name, make):
    """Forty rates and momenta, to the last bit but for rounding, and the saved state's names."""

    def run(package):
        params = [package.zeros(1, requires_grad=True) for _ in "ab"]
        optimizer = package.optim.SGD([{"params": params[:1]}, {"params": params[1:], "lr": 0.02}], lr=0.1, momentum=0.9)
        scheduler = make(package.optim.lr_scheduler, optimizer)
        got = []
        for _ in range(40):
            got.append([group[name] for group in optimizer.param_groups for name in ("lr", "momentum")])
            optimizer.step()
            scheduler.step()
        return got, scheduler.state_dict()

    (a, state), (b, real) = run(flambeau), run(torch)
    np.testing.assert_allclose(a, b, rtol=1e-12)
    assert set(state) == set(real) - {"anneal_func"}
    for key in set(state) & {"last_epoch", "_step_count", "_last_lr", "base_lrs", "_is_initial", "_get_lr_called_within_step"}:
        assert numbers(state[key]) == pytest.approx(numbers(real[key]))


def test_schedulers_exchange_state_dicts():
    def make(package, steps):
        optimizer = package.optim.SGD([package.zeros(1, requires_grad=True)], lr=0.1)
        scheduler = package.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
        for _ in range(steps):
            optimizer.step()
            scheduler.step()
        return optimizer, scheduler

    for first, second in ((flambeau, torch), (torch, flambeau)):
        optimizer, scheduler = make(first, 4)
        other, resumed = make(second, 0)
        other.load_state_dict(optimizer.state_dict())
        resumed.load_state_dict(scheduler.state_dict())
        for _ in range(4):
            for o, s in ((optimizer, scheduler), (other, resumed)):
                o.step()
                s.step()
        assert resumed.get_last_lr() == pytest.approx(scheduler.get_last_lr())


def test_plateau():
    measures = [math.exp(-i / 5) + 0.1 * math.sin(i) for i in range(60)]
    for options in ({}, {"mode": "max", "patience": 2}, {"patience": 1, "cooldown": 2, "threshold_mode": "abs", "threshold": 0.05}):

        def run(package, options=options):
            optimizer = package.optim.SGD([package.zeros(1, requires_grad=True)], lr=0.1)
            scheduler = package.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, **options)
            got = []
            for measure in measures:
                scheduler.step(measure)
                got.append(optimizer.param_groups[0]["lr"])
            return got

        assert run(flambeau) == run(torch)


def test_names():
    assert set(torch.optim.__all__) <= set(optim.__all__) | {"lr_scheduler", "swa_utils"}
    assert set(torch.optim.lr_scheduler.__all__) <= set(optim.lr_scheduler.__all__)
    assert set(torch.optim.swa_utils.__all__) <= set(optim.swa_utils.__all__)
