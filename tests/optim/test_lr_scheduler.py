"""Learning-rate schedules against their closed forms."""

import copy
import functools
import math
import pickle
import warnings

import pytest

import flambeau
from flambeau import optim
from flambeau.optim import lr_scheduler as S
from flambeau.optim.swa_utils import SWALR


def optimizer(*rates, momentum=0.9):
    rates = rates or (1.0,)
    groups = [{"params": [flambeau.ones(1, requires_grad=True)], "lr": lr} for lr in rates]
    return optim.SGD(groups, lr=0.1, momentum=momentum)


def run(make, steps=20, rates=(1.0,)):
    """The first group's rates at the start and after each step."""
    o = optimizer(*rates)
    scheduler = make(o)
    got = [o.param_groups[0]["lr"]]
    for _ in range(steps):
        o.step()
        scheduler.step()
        got.append(o.param_groups[0]["lr"])
        assert scheduler.get_last_lr() == [group["lr"] for group in o.param_groups]
    return got


def triangle(t, up=4, down=6):
    place = t % (up + down)
    return place / up if place <= up else (up + down - place) / down


def one_cycle(t, total=20, up=0.3, top=0.5, div=25.0, final=1e4):
    cos = lambda a, b, part: b + (a - b) * (1 + math.cos(math.pi * part)) / 2
    end = up * total - 1
    if t <= end:
        return cos(top / div, top, t / end)
    return cos(top, top / div / final, (t - end) / (total - 1 - end))


CLOSED = {
    "LambdaLR": (lambda o: S.LambdaLR(o, lambda e: 1 / (1 + e)), lambda t: 1 / (1 + t)),
    "MultiplicativeLR": (lambda o: S.MultiplicativeLR(o, lambda e: 0.9), lambda t: 0.9**t),
    "StepLR": (lambda o: S.StepLR(o, 3, 0.5), lambda t: 0.5 ** (t // 3)),
    "MultiStepLR": (lambda o: S.MultiStepLR(o, [2, 7, 7], 0.5), lambda t: 0.5 ** ((t >= 2) + 2 * (t >= 7))),
    "ConstantLR": (lambda o: S.ConstantLR(o, 0.25, 4), lambda t: 0.25 if t < 4 else 1),
    "LinearLR": (lambda o: S.LinearLR(o, 0.25, 0.75, 5), lambda t: 0.25 + 0.1 * min(t, 5)),
    "ExponentialLR": (lambda o: S.ExponentialLR(o, 0.8), lambda t: 0.8**t),
    "PolynomialLR": (lambda o: S.PolynomialLR(o, 8, 2.0), lambda t: (1 - min(t, 8) / 8) ** 2),
    "CosineAnnealingLR": (lambda o: S.CosineAnnealingLR(o, 6, 0.1), lambda t: 0.1 + 0.9 * (1 + math.cos(math.pi * t / 6)) / 2),
    "CosineAnnealingWarmRestarts": (
        lambda o: S.CosineAnnealingWarmRestarts(o, 2, 2, 0.1),  # restarts at 2, 6 and 14
        lambda t: 0.1 + 0.9 * (1 + math.cos(math.pi * next((t - a) / n for a, n in ((14, 16), (6, 8), (2, 4), (0, 2)) if t >= a))) / 2,
    ),
    "CyclicLR": (lambda o: S.CyclicLR(o, 0.1, 0.5, 4, 6), lambda t: 0.1 + 0.4 * triangle(t)),
    "CyclicLR-triangular2": (lambda o: S.CyclicLR(o, 0.1, 0.5, 4, 6, "triangular2"), lambda t: 0.1 + 0.4 * triangle(t) / 2 ** (t // 10)),
    "CyclicLR-exp_range": (lambda o: S.CyclicLR(o, 0.1, 0.5, 4, 6, "exp_range", 0.9), lambda t: 0.1 + 0.4 * triangle(t) * 0.9**t),
    "CyclicLR-scale_fn": (
        lambda o: S.CyclicLR(o, 0.1, 0.5, 5, scale_fn=lambda c: 1 / c),
        lambda t: 0.1 + 0.4 * triangle(t, 5, 5) / (1 + t // 10),
    ),
    "OneCycleLR": (lambda o: S.OneCycleLR(o, 0.5, total_steps=20), one_cycle),
    "SequentialLR": (
        lambda o: S.SequentialLR(o, [S.ConstantLR(o, 0.5, 100), S.ExponentialLR(o, 0.9), S.StepLR(o, 2, 0.5)], [4, 9]),
        lambda t: 0.5 if t < 4 else 0.9 ** (t - 4) if t < 9 else 0.5 ** ((t - 9) // 2),
    ),
    "ChainedScheduler": (
        lambda o: S.ChainedScheduler([S.ConstantLR(o, 0.5, 4), S.ExponentialLR(o, 0.9)]),
        lambda t: (0.5 if t < 4 else 1) * 0.9**t,
    ),
    "SWALR": (lambda o: SWALR(o, 0.2, 8), lambda t: 0.2 + 0.8 * (1 + math.cos(math.pi * min(t, 8) / 8)) / 2),
    "SWALR-linear": (lambda o: SWALR(o, 0.2, 5, "linear"), lambda t: 1 - 0.8 * min(t, 5) / 5),
}


@pytest.mark.parametrize("name", CLOSED)
def test_closed_form(name):
    make, wanted = CLOSED[name]
    steps = 19
    assert run(make, steps) == pytest.approx([wanted(t) for t in range(steps + 1)], abs=1e-9)


@pytest.mark.parametrize("name", CLOSED)
def test_every_group_has_its_rate(name):
    if name.startswith(("CyclicLR", "OneCycleLR", "SWALR")):
        pytest.skip("sets rates whatever they were")
    make, _ = CLOSED[name]
    o = optimizer(1.0, 0.25)
    scheduler = make(o)
    for _ in range(5):
        o.step()
        scheduler.step()
    least = getattr(scheduler, "eta_min", 0)
    first, second = (group["lr"] for group in o.param_groups)
    assert (second - least) / (first - least) == pytest.approx((0.25 - least) / (1 - least))
    assert [group["initial_lr"] for group in o.param_groups] == [1.0, 0.25]


@pytest.mark.parametrize("name", CLOSED)
def test_state_dict(name):
    make, wanted = CLOSED[name]
    o, other = optimizer(), optimizer()
    scheduler, resumed = make(o), make(other)
    for _ in range(7):
        o.step()
        scheduler.step()
    state = scheduler.state_dict()
    assert "optimizer" not in state
    kept = copy.deepcopy(state)
    other.load_state_dict(o.state_dict())
    resumed.load_state_dict(pickle.loads(pickle.dumps(state)))
    assert resumed.get_last_lr() == scheduler.get_last_lr()
    for t in range(8, 15):
        other.step()
        resumed.step()
        assert other.param_groups[0]["lr"] == pytest.approx(wanted(t), abs=1e-9)
    assert sorted(kept) == sorted(scheduler.state_dict())


@pytest.mark.parametrize("name", CLOSED)
def test_a_tensor_rate_is_written_to(name):
    make, wanted = CLOSED[name]
    if name.startswith("SWALR"):
        pytest.skip("a rate of its own")
    lr = flambeau.tensor(1.0, dtype=flambeau.float64)
    o = optim.SGD([flambeau.ones(1, requires_grad=True)], lr=lr, momentum=0.5)
    scheduler = make(o)
    for _ in range(3):
        o.step()
        scheduler.step()
    assert o.param_groups[0]["lr"] is lr and lr.item() == pytest.approx(wanted(3))
    last = scheduler.get_last_lr()[0]
    assert last.item() == lr.item() and last is not lr


def test_going_on_with_last_epoch():
    o = optimizer()
    with pytest.raises(KeyError, match="param 'initial_lr' is not specified in param_groups"):
        S.StepLR(o, 3, last_epoch=4)
    o.param_groups[0]["initial_lr"] = 1.0
    S.LambdaLR(o, lambda e: (10 - e) / 10, last_epoch=4)
    assert o.param_groups[0]["lr"] == pytest.approx(0.5)
    scheduler = S.CosineAnnealingLR(o, 10, last_epoch=4)  # the rate is in the optimizer's state, which was loaded
    assert o.param_groups[0]["lr"] == pytest.approx(0.5) and scheduler.last_epoch == 5


def test_epoch_argument_is_deprecated_and_uses_the_closed_form():
    for name in ("StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR", "CosineAnnealingLR", "LambdaLR"):
        make, wanted = CLOSED[name]
        o = optimizer()
        scheduler = make(o)
        o.step()
        with pytest.warns(UserWarning, match="The epoch parameter in `scheduler.step"):
            scheduler.step(11)
        assert o.param_groups[0]["lr"] == pytest.approx(wanted(11), abs=1e-12), name


def test_warm_restarts_at_fractions():
    o = optimizer()
    scheduler = S.CosineAnnealingWarmRestarts(o, 2, 2)
    for epoch, place in ((0.5, 0.25), (1.5, 0.75), (2, 0), (5, 0.75), (6, 0), (10, 0.5), (1, 0.5)):
        scheduler.step(epoch)
        assert o.param_groups[0]["lr"] == pytest.approx((1 + math.cos(math.pi * place)) / 2)
    with pytest.raises(ValueError, match="Expected non-negative epoch, but got -1"):
        scheduler.step(-1)


class TestOrderOfCalls:
    def test_scheduler_first(self):
        scheduler = S.StepLR(optimizer(), 3)
        with pytest.warns(UserWarning, match=r"Detected call of `lr_scheduler.step\(\)` before `optimizer.step\(\)`"):
            scheduler.step()

    def test_step_overridden(self):
        o = optimizer()
        scheduler = S.StepLR(o, 3)
        o.step = lambda: None
        with pytest.warns(UserWarning, match=r"`optimizer.step\(\)` has been overridden"):
            scheduler.step()

    def test_optimizer_first(self):
        o = optimizer()
        scheduler = S.StepLR(o, 3)
        assert o.step(lambda: 5) == 5
        scheduler.step()

    def test_get_lr_by_hand(self):
        scheduler = S.StepLR(optimizer(), 3)
        with pytest.warns(UserWarning, match="please use `get_last_lr"):
            scheduler.get_lr()


class TestPlateau:
    def run(self, measures, **options):
        o = optimizer()
        scheduler = S.ReduceLROnPlateau(o, **options)
        got = []
        for measure in measures:
            o.step()
            scheduler.step(measure)
            got.append(o.param_groups[0]["lr"])
        assert scheduler.get_last_lr() == got[-1:]
        return got, scheduler

    def test_patience_and_cooldown(self):
        got, _ = self.run([5, 4, 4, 4, 4, 4, 4, 4, 4], factor=0.5, patience=1, cooldown=2)
        assert got == [1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]

    def test_thresholds(self):
        slow = [10 - 0.05 * i for i in range(8)]
        assert self.run(slow, patience=3, threshold=0.1)[0][-1] < 1
        assert self.run(slow, patience=3, threshold=0.001)[0][-1] == 1
        assert self.run(slow, patience=3, threshold=0.04, threshold_mode="abs")[0][-1] == 1
        assert self.run(slow, patience=3, threshold=0.4, threshold_mode="abs")[0][-1] < 1

    def test_max(self):
        assert self.run(range(1, 9), mode="max", patience=1)[0][-1] == 1
        assert self.run(range(9, 1, -1), mode="max", patience=1)[0][-1] < 1
        assert self.run(range(1, 9), mode="max", patience=1, threshold=2, threshold_mode="abs")[0][-1] < 1

    def test_least_rate_and_eps(self):
        assert self.run([1] * 20, patience=0, min_lr=0.05)[0][-1] == 0.05
        assert self.run([1] * 20, patience=0, eps=0.5)[0][-1] == pytest.approx(0.1)
        o = optimizer(1.0, 1.0)
        scheduler = S.ReduceLROnPlateau(o, patience=0, min_lr=[0.3, 0.2])
        for _ in range(5):
            scheduler.step(flambeau.tensor(1.0))
        assert scheduler.get_last_lr() == [0.3, 0.2]

    def test_a_group_that_was_added(self):
        o = optimizer()
        scheduler = S.ReduceLROnPlateau(o, patience=0, factor=0.5)
        strict = S.ReduceLROnPlateau(o, patience=0, min_lr=[0.1])
        o.add_param_group({"params": [flambeau.ones(1, requires_grad=True)], "lr": 0.8})
        for _ in range(2):
            scheduler.step(1.0)
        assert scheduler.get_last_lr() == [0.5, 0.4]
        strict.step(1.0)
        with pytest.raises(RuntimeError, match=r"The number of param groups in the `optimizer` \(2\) differs"):
            strict.step(1.0)

    def test_state_dict(self):
        _, scheduler = self.run([5, 4, 4.5], patience=3)
        other = S.ReduceLROnPlateau(optimizer(), mode="max")
        other.load_state_dict(copy.deepcopy(scheduler.state_dict()))
        assert (other.best, other.num_bad_epochs, other.mode, other.mode_worse, other.last_epoch) == (4, 1, "min", math.inf, 3)

    def test_errors(self):
        o = optimizer()
        for options, message in (
            ({"factor": 1.0}, "Factor should be < 1.0"),
            ({"mode": "least"}, "mode least is unknown!"),
            ({"threshold_mode": "x"}, "threshold mode x is unknown!"),
            ({"min_lr": [0.1, 0.1]}, "expected 1 min_lrs, got 2"),
        ):
            with pytest.raises(ValueError, match=message):
                S.ReduceLROnPlateau(o, **options)
        with pytest.raises(TypeError, match="list is not an Optimizer"):
            S.ReduceLROnPlateau([])
        with pytest.warns(UserWarning, match="The epoch parameter"):
            S.ReduceLROnPlateau(o).step(1.0, 3)


class TestMomentum:
    def test_goes_the_other_way(self):
        o = optimizer(momentum=0.5)
        scheduler = S.CyclicLR(o, 0.1, 0.5, 4, base_momentum=0.6, max_momentum=0.8)
        got = []
        for _ in range(8):
            got.append(o.param_groups[0]["momentum"])
            o.step()
            scheduler.step()
        assert got == pytest.approx([0.8, 0.75, 0.7, 0.65, 0.6, 0.65, 0.7, 0.75])

    def test_first_beta_of_adam(self):
        o = optim.Adam([flambeau.ones(1, requires_grad=True)])
        S.OneCycleLR(o, 0.1, total_steps=10)
        assert o.param_groups[0]["betas"] == (0.95, 0.999) and o.param_groups[0]["lr"] == pytest.approx(0.1 / 25)

    def test_an_optimizer_without(self):
        o = optim.Adagrad([flambeau.ones(1, requires_grad=True)])
        for make in (lambda **k: S.CyclicLR(o, 0.1, 0.5, **k), lambda **k: S.OneCycleLR(o, 0.1, 10, **k)):
            with pytest.raises(ValueError, match="optimizer must support momentum or beta1 with `cycle_momentum`"):
                make()
            make(cycle_momentum=False)

    def test_three_phases(self):
        got = run(
            lambda o: S.OneCycleLR(o, 1.0, total_steps=21, pct_start=1 / 3, three_phase=True, anneal_strategy="linear", div_factor=10), 20
        )
        assert [got[0], got[6], got[12], got[20]] == pytest.approx([0.1, 1.0, 0.1, 1e-5])


def test_errors():
    o = optimizer(1.0, 0.5)
    for make, message in (
        (lambda: S.LambdaLR(o, [abs]), "Expected 2 lr_lambdas, but got 1"),
        (lambda: S.ConstantLR(o, 1.5), "between 0 and 1"),
        (lambda: S.LinearLR(o, 0.0), "greater than 0 and less or equal to 1"),
        (lambda: S.LinearLR(o, 0.5, 1.5), "Ending multiplicative factor expected to be between 0 and 1"),
        (lambda: S.CosineAnnealingWarmRestarts(o, 0), "Expected positive integer T_0, but got 0"),
        (lambda: S.CosineAnnealingWarmRestarts(o, 2, 0), "Expected integer T_mult >= 1, but got 0"),
        (lambda: S.CosineAnnealingWarmRestarts(o, 2, eta_min="0"), "Expected float or int eta_min"),
        (lambda: S.CyclicLR(o, [0.1], 0.5), "base_lr must have the same length as optimizer.param_groups"),
        (lambda: S.CyclicLR(o, 0.1, 0.5, mode="square"), "mode is invalid and scale_fn is None"),
        (lambda: S.OneCycleLR(o, 0.1), "You must define either total_steps OR"),
        (lambda: S.OneCycleLR(o, 0.1, total_steps=0), "Expected positive integer total_steps, but got 0"),
        (lambda: S.OneCycleLR(o, 0.1, epochs=2, steps_per_epoch=1.5), "Expected positive integer steps_per_epoch, but got 1.5"),
        (lambda: S.OneCycleLR(o, 0.1, total_steps=9, pct_start=2.0), "Expected float between 0 and 1 pct_start"),
        (lambda: S.OneCycleLR(o, 0.1, total_steps=9, anneal_strategy="sine"), "anneal_strategy must be one of 'cos' or 'linear'"),
        (lambda: S.SequentialLR(o, [], []), "expects at least one scheduler"),
        (lambda: S.SequentialLR(o, [S.ConstantLR(o)], [3]), "one more than the number of milestone points"),
        (lambda: S.SequentialLR(o, [S.ConstantLR(o), S.ConstantLR(optimizer())], [3]), "to belong to the same optimizer"),
        (lambda: S.ChainedScheduler([S.ReduceLROnPlateau(o)]), "does not support `ReduceLROnPlateau`"),
        (lambda: SWALR(o, 0.1, -1), "anneal_epochs must be equal or greater than 0"),
        (lambda: SWALR(o, 0.1, anneal_strategy="sine"), "anneal_strategy must be one of 'cos' or 'linear'"),
    ):
        with pytest.raises(ValueError, match=message):
            make()
    for make, message in (
        (lambda: S.StepLR([], 3), "list is not an Optimizer"),
        (lambda: S.MultiplicativeLR(o, 0.5), "lr_lambda should be a function, but got float"),
        (lambda: S.ChainedScheduler([3], o), "should have `optimizer` as its attribute"),
    ):
        with pytest.raises(TypeError, match=message):
            make()


def test_one_cycle_ends():
    o = optimizer()
    scheduler = S.OneCycleLR(o, 0.1, total_steps=3)
    for _ in range(3):
        o.step()
        scheduler.step()
    with pytest.raises(ValueError, match="Tried to step 4 times. The specified number of total steps is 3"):
        scheduler.step()


def test_functions_are_not_saved_but_callable_objects_are():
    class Rate:
        def __init__(self, base):
            self.base = base

        def __call__(self, epoch):
            return self.base**epoch

    o = optimizer(1.0, 1.0)
    scheduler = S.LambdaLR(o, [Rate(0.5), lambda e: 1.0])
    state = scheduler.state_dict()
    assert state["lr_lambdas"] == [{"base": 0.5}, None]
    other = S.LambdaLR(optimizer(1.0, 1.0), [Rate(0.9), lambda e: 1.0])
    other.load_state_dict(state)
    assert other.lr_lambdas[0].base == 0.5 and state["lr_lambdas"] == [{"base": 0.5}, None]
    cyclic = S.CyclicLR(o, 0.1, 0.2, scale_fn=Rate(0.5))
    assert cyclic.state_dict()["_scale_fn_custom"] == {"base": 0.5}
    assert S.CyclicLR(o, 0.1, 0.2, scale_fn=lambda c: c).state_dict()["_scale_fn_custom"] is None


def test_a_schedule_of_ones_own():
    class Halving(S._LRScheduler):
        def get_lr(self):
            return [base * 0.5**self.last_epoch for base in self.base_lrs]

    assert run(Halving, 3) == [1.0, 0.5, 0.25, 0.125]
    with pytest.raises(NotImplementedError):
        S.LRScheduler(optimizer())


def test_schedulers_can_be_pickled_and_let_go_of_optimizers():
    o = optimizer()
    scheduler = S.OneCycleLR(o, 0.5, total_steps=20)
    other = pickle.loads(pickle.dumps(scheduler))
    assert other.get_last_lr() == scheduler.get_last_lr() and other.optimizer is not o
    assert "step" not in copy.deepcopy(o).__dict__  # the wrapper that watches the order of calls is the optimizer's own


def test_two_schedulers_in_turn_warn_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        o = optimizer()
        schedulers = [S.StepLR(o, 2), S.LambdaLR(o, functools.partial(max, 1))]
        for _ in range(3):
            o.step()
            for scheduler in schedulers:
                scheduler.step()
